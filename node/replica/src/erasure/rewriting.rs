//! Writing the search index and the file of the store anew, so that nothing of what went is left in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use crdt_schema::id::ItemId;
use crdt_schema::time::Timestamp;
use redb::{ReadableTable, WriteTransaction};

use super::Progress;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::replica::Replica;
use crate::request::Request;
use crate::store::FILE;
use crate::store::tables::ERASURES;

/// How long after an erasure the file is written anew. The design allows a day; what a person erases in one sitting is taken together.
pub const REWRITE_AFTER: Duration = Duration::from_secs(3_600);
/// How long a rewriting waits for the views, which are rebuilt in seconds after an erasure, but in minutes during a first
/// synchronisation.
const VIEWS_DEADLINE: Duration = Duration::from_secs(120);

/// What became of a rewriting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewriting {
    /// Nothing of what was erased is left in a file of the folder.
    Done,
    /// Nothing was to be done.
    NotDue,
    /// Views are still being built, or a search is still reading old files: ask again in some minutes.
    Later,
    /// A damaged store stands beside this one, and may hold what was erased: nothing is said to be done while it does.
    SetAside,
}

impl Replica {
    /// Writes the files anew if an erasure asks for it since `REWRITE_AFTER`. The program calls this every few minutes, outside of
    /// its asynchronous tasks: it may take as long as copying the store, and what is contributed meanwhile waits.
    pub fn rewrite_if_due(&self, now: Timestamp) -> Result<Rewriting, Fault> {
        let reader = self.read()?;
        let is_due = reader.unfinished_erasures()?.values().any(|met| {
            // A clock that jumped, in either direction, makes it due too early rather than never.
            let distance_ms = now.as_millis().abs_diff(met.as_millis());
            u128::from(distance_ms) >= REWRITE_AFTER.as_millis()
        });
        drop(reader);
        if is_due {
            self.rewrite_now()
        } else {
            Ok(Rewriting::NotDue)
        }
    }

    /// Writes the files anew, if there is any erasure that is not done.
    pub fn rewrite_now(&self) -> Result<Rewriting, Fault> {
        let acts: BTreeSet<ItemId> = self.read()?.unfinished_erasures()?.into_keys().collect();
        if acts.is_empty() {
            return Ok(Rewriting::NotDue);
        }
        if !self.set_aside()?.is_empty() {
            return Ok(Rewriting::SetAside);
        }
        // The old file stands beside the new one until that is whole.
        self.shared.room.check_for(self.store_bytes()?)?;
        // The views and the index follow the rows. Afterwards no live row holds what these acts name.
        if !self.wait_for_views(VIEWS_DEADLINE) || !self.is_level()? {
            return Ok(Rewriting::Later);
        }
        if !self.index.purge(&self.folder().join("search"))? {
            return Ok(Rewriting::Later);
        }
        self.ask(|reply| Request::Rewrite(acts, reply))?;
        tracing::info!("the store is written anew after an erasure");
        Ok(Rewriting::Done)
    }

    /// Returns what the file of the store takes on the disk: a copy takes that much at most.
    fn store_bytes(&self) -> Result<u64, Fault> {
        let path = self.folder().join(FILE);
        let held = fs::metadata(&path).map_err(|error| Fault::file(&path, &error))?;
        // Blocks of 512 bytes, whatever the file system: a part of the file that was never written takes none.
        Ok(held.blocks().saturating_mul(512))
    }

    /// Returns whether every view is built and the search index has read them all.
    pub(crate) fn is_level(&self) -> Result<bool, Fault> {
        let reader = self.read()?;
        let (_, newest) = reader.change_range()?;
        let is_read = self.index.progress().is_some_and(|read| read >= newest);
        Ok(is_read && reader.counts()?.unbuilt == 0)
    }
}

impl Reader {
    /// Returns the erasures whose bytes may still be in freed parts of a file, with the time at which each was met here.
    pub fn unfinished_erasures(&self) -> Result<BTreeMap<ItemId, Timestamp>, Fault> {
        let mut unfinished = BTreeMap::new();
        for row in self.read.open_table(ERASURES)?.iter()? {
            let (act, progress) = row?;
            let progress = Progress::from_bytes(progress.value());
            if !progress.is_done {
                unfinished.insert(ItemId::from_bytes(*act.value()), progress.met);
            }
        }
        Ok(unfinished)
    }
}

/// Writes into the new file that these erasures are done, as its last rows.
pub(crate) fn finish(write: &WriteTransaction, acts: &BTreeSet<ItemId>) -> Result<(), Fault> {
    let mut erasures = write.open_table(ERASURES)?;
    for act in acts {
        let held = erasures
            .get(act.as_bytes())?
            .map(|row| Progress::from_bytes(row.value()));
        if let Some(held) = held {
            let done = Progress {
                is_done: true,
                ..held
            };
            erasures.insert(act.as_bytes(), &done.to_bytes())?;
        }
    }
    Ok(())
}
