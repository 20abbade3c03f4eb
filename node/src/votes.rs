//! What the keys that vote here have voted for: one file a charter, named by the charter that it follows, written before the vote is signed
//! and never replaced. A key so approves one follower of a charter only, whatever happens in between.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use crdt_schema::id::CharterId;
use crdt_schema::key::PublicKey;
use data_encoding::HEXLOWER;

/// The votes of one key.
#[derive(Debug, Clone)]
pub(crate) struct Votes(PathBuf);

impl Votes {
    /// The votes of the seat of a node, in the folder of its keys.
    pub(crate) fn of(node: &Path) -> Self {
        Self(node.join("keys").join("votes"))
    }

    /// The votes of a key that comes to a node only to vote, such as a recovery key: what the node's own seat approves is another matter.
    pub(crate) fn of_guest(node: &Path, key: &PublicKey) -> Self {
        let name = HEXLOWER.encode(key.as_bytes());
        Self(node.join("keys").join("votes-of-guests").join(name))
    }

    /// The votes of a key that is kept apart from any node, in a folder beside its file.
    pub(crate) fn beside(key: &Path) -> Self {
        let mut name = key.as_os_str().to_owned();
        name.push(".votes");
        Self(PathBuf::from(name))
    }

    /// Returns the follower of a charter that was approved.
    pub(crate) fn approved(&self, parent: &CharterId) -> anyhow::Result<Option<CharterId>> {
        let path = self.path(parent);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let id = CharterId::parse(text.trim());
                id.map(Some).with_context(|| path.display().to_string())
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    }

    /// Records that `child` is approved as the follower of `parent`, on disk. Returns the one that was approved before, if there is one.
    pub(crate) fn record(
        &self,
        parent: &CharterId,
        child: &CharterId,
    ) -> anyhow::Result<CharterId> {
        fs::create_dir_all(&self.0).with_context(|| self.0.display().to_string())?;
        let path = self.path(parent);
        // Written whole under another name, then linked: a power cut leaves all of it or none, and a link never replaces.
        let new = path.with_extension("new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)
            .with_context(|| new.display().to_string())?;
        file.write_all(format!("{child}\n").as_bytes())?;
        file.sync_all()?;
        match fs::hard_link(&new, &path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        }
        fs::remove_file(&new)?;
        fs::File::open(&self.0)?.sync_all()?;
        let kept = self.approved(parent)?;
        kept.with_context(|| format!("{} was not written", path.display()))
    }

    fn path(&self, parent: &CharterId) -> PathBuf {
        self.0.join(parent.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> CharterId {
        CharterId::from_bytes([number; 32])
    }

    #[test]
    fn a_seat_approves_one_follower_of_a_charter_for_ever() {
        let node = tempfile::tempdir().expect("a folder");
        let votes = Votes::of(node.path());
        assert_eq!(votes.approved(&id(1)).expect("none is fine"), None);
        assert_eq!(votes.record(&id(1), &id(2)).expect("writes"), id(2));
        assert_eq!(votes.record(&id(1), &id(3)).expect("reads"), id(2));
        assert_eq!(votes.record(&id(1), &id(2)).expect("reads"), id(2));
        assert_eq!(votes.record(&id(2), &id(3)).expect("writes"), id(3));
        let guest = crdt_schema::key::SecretKey::from_bytes(&[7; 32]).public();
        let guest = Votes::of_guest(node.path(), &guest);
        assert_eq!(guest.record(&id(1), &id(3)).expect("writes"), id(3));
        assert_eq!(guest.record(&id(1), &id(2)).expect("reads"), id(3));
        let again = Votes::of(node.path());
        assert_eq!(again.approved(&id(1)).expect("reads"), Some(id(2)));
    }

    #[test]
    fn what_a_killed_process_left_half_written_is_no_vote() {
        let node = tempfile::tempdir().expect("a folder");
        let votes = Votes::of(node.path());
        votes.record(&id(9), &id(9)).expect("makes the folder");
        let half = votes.path(&id(1)).with_extension("new");
        fs::write(half, "0202").expect("writes");
        assert_eq!(votes.approved(&id(1)).expect("none is fine"), None);
        assert_eq!(votes.record(&id(1), &id(3)).expect("writes"), id(3));
    }

    #[test]
    fn a_damaged_vote_is_an_error_and_no_permission() {
        let node = tempfile::tempdir().expect("a folder");
        let votes = Votes::of(node.path());
        votes.record(&id(1), &id(2)).expect("writes");
        fs::write(votes.path(&id(1)), "").expect("writes");
        assert!(votes.record(&id(1), &id(3)).is_err());
    }
}
