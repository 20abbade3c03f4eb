//! A node that was restored from a backup: what was erased elsewhere since may still be in it, so that its records are shown to nobody
//! before a peer was met, or a person has said that there is none. The file `restored` says so across restarts.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

use crate::call::{Call, Refusal};

const FILE: &str = "restored";
const TEXT: &str = "Restored from a backup. This file goes away once a peer was met: until then the pages stay closed.\n";

/// Whether records may be shown.
pub(crate) struct Restored {
    file: PathBuf,
    is_closed: AtomicBool,
}

/// Marks the folder of a node as restored.
pub(crate) fn mark(node: &Path) -> anyhow::Result<()> {
    let file = node.join(FILE);
    fs::write(&file, TEXT).with_context(|| file.display().to_string())?;
    Ok(fs::File::open(&file)?.sync_all()?)
}

impl Restored {
    pub(crate) fn of(node: &Path) -> Self {
        let file = node.join(FILE);
        let is_closed = AtomicBool::new(file.exists());
        Self { file, is_closed }
    }

    /// Returns whether records are shown to nobody.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// A peer was met, and its erasures are applied.
    pub(crate) fn met(&self) {
        if self.is_closed.swap(false, Ordering::AcqRel) {
            tracing::info!("a peer was met after the restore: the pages open");
        }
        if let Err(error) = fs::remove_file(&self.file)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "{} could not be removed", self.file.display());
        }
    }

    /// A person says that no peer will come. The file stays: the next start waits again.
    pub(crate) fn open_alone(&self) {
        if self.is_closed.swap(false, Ordering::AcqRel) {
            tracing::warn!("--alone: the pages open although no peer was met since the restore");
        }
    }

    /// Refuses calls that show records.
    pub(crate) fn check(&self, call: &Call) -> Result<(), Refusal> {
        let shows = matches!(
            call,
            Call::Bulk(_)
                | Call::BundleExport { .. }
                | Call::ContactDue
                | Call::ContactFind(_)
                | Call::ContactRemove { .. }
                | Call::Contacts { .. }
                | Call::Due(_)
                | Call::Duplicates(_)
                | Call::Export(_)
                | Call::Import(_)
                | Call::ImportUndo { .. }
                | Call::RecordAttach { .. }
                | Call::RecordDetach { .. }
                | Call::TerritoriesCarry(_)
                | Call::RecordFetch { .. }
                | Call::RecordHistory { .. }
                | Call::RecordRestore { .. }
                | Call::RecordShow { .. }
                | Call::RecordWithdraw { .. }
                | Call::Reports { .. }
                | Call::Search(_)
                | Call::Sources
                | Call::Statements { .. }
                | Call::Watch(_)
        );
        if shows && self.is_closed() {
            return Err(Refusal::new(
                "restored_closed",
                "this node was restored from a backup, and has met no peer since: what was erased meanwhile may still be in it; let `maillage run` reach \
                 a peer, or give it --alone",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restored_node_shows_no_record_until_a_peer_was_met() {
        let node = tempfile::tempdir().expect("a folder");
        let show = Call::RecordShow {
            record: "3f".to_owned(),
        };
        assert!(Restored::of(node.path()).check(&show).is_ok());
        mark(node.path()).expect("the folder is writable");
        let restored = Restored::of(node.path());
        assert!(restored.check(&show).is_err());
        assert!(restored.check(&Call::Status).is_ok());
        let file = PathBuf::from("cle.bundle");
        let import = Call::BundleImport { file: file.clone() };
        assert!(restored.check(&import).is_ok(), "it brings erasures");
        let export = Call::BundleExport { file, force: false };
        assert!(
            restored.check(&export).is_err(),
            "it may hold what was erased since"
        );
        restored.open_alone();
        assert!(restored.check(&show).is_ok());
        let again = Restored::of(node.path());
        assert!(again.is_closed(), "alone lasts for one start");
        again.met();
        assert!(!Restored::of(node.path()).is_closed());
    }
}
