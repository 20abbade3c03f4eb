//! What comes in: parts of a batch until it is whole, and the batches that the replica is writing.

use std::collections::VecDeque;

use crdt_schema::entry::SignedEntry;

use crate::codec::Block;
use crate::limits::{BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, BATCHES_IN_FLIGHT_MAX};
use crate::message::{Entries, Objects};
use crate::session::{Batch, Close, Output, PeerFault, Session};

/// Batches from the peer. INVARIANT: at most `BATCHES_IN_FLIGHT_MAX` are held, the unfinished one included.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    next_batch: u32,
    part: Vec<SignedEntry>,
    part_bytes: usize,
    storing: VecDeque<u32>,
    /// Whether the last charters and approvals of the opening have come.
    has_last_objects: bool,
}

impl Incoming {
    /// Returns whether nothing is half received or being written.
    pub(super) fn is_idle(&self) -> bool {
        self.part.is_empty() && self.storing.is_empty()
    }

    /// Returns whether the replica is writing a batch, so that it is not the peer's turn.
    pub(super) fn is_storing(&self) -> bool {
        !self.storing.is_empty()
    }

    /// Returns whether the charters and approvals of the opening are written.
    pub(super) fn has_objects(&self) -> bool {
        self.has_last_objects && self.storing.is_empty()
    }

    /// Forgets a batch that is written.
    pub(super) fn settle(&mut self, batch: u32) {
        self.storing.retain(|storing| *storing != batch);
    }

    fn admit(&self, batch: u32) -> Result<(), PeerFault> {
        if batch != self.next_batch {
            return Err(PeerFault::Batch(batch));
        }
        if self.storing.len() >= BATCHES_IN_FLIGHT_MAX {
            return Err(PeerFault::TooManyBatches);
        }
        Ok(())
    }

    fn finish(&mut self) -> u32 {
        let batch = self.next_batch;
        self.next_batch = batch.wrapping_add(1);
        self.storing.push_back(batch);
        batch
    }

    /// Adds a part, and returns the entries of the batch once it is whole.
    fn add(&mut self, entries: &Entries) -> Result<Option<Vec<SignedEntry>>, PeerFault> {
        self.admit(entries.batch)?;
        self.part_bytes += entries.block.declared_bytes();
        if self.part_bytes > BATCH_BYTES_MAX {
            return Err(PeerFault::Batch(entries.batch));
        }
        let more = entries.block.open()?;
        if more.is_empty() || self.part.len() + more.len() > BATCH_ENTRIES_MAX {
            return Err(PeerFault::Batch(entries.batch));
        }
        self.part.extend(more);
        if !entries.last {
            return Ok(None);
        }
        self.part_bytes = 0;
        Ok(Some(std::mem::take(&mut self.part)))
    }
}

impl Session {
    pub(super) fn take_entries(&mut self, entries: &Entries) -> Result<(), Close> {
        if let Some(whole) = self.incoming.add(entries)? {
            let batch = self.incoming.finish();
            let content = Batch::Entries(whole);
            self.outputs.push(Output::Store { batch, content });
        }
        Ok(())
    }

    pub(super) fn take_objects(&mut self, objects: Objects) -> Result<(), Close> {
        self.incoming.admit(objects.batch)?;
        if !self.incoming.part.is_empty() {
            return Err(PeerFault::Batch(objects.batch).into());
        }
        if self.incoming.has_last_objects && !self.has_opened {
            return Err(PeerFault::OutOfState("governance").into());
        }
        self.incoming.has_last_objects |= objects.last;
        let content = Batch::Objects {
            charters: objects
                .charters
                .into_iter()
                .map(|it| it.into_vec())
                .collect(),
            approvals: objects
                .approvals
                .into_iter()
                .map(|it| it.into_vec())
                .collect(),
        };
        let batch = self.incoming.finish();
        self.outputs.push(Output::Store { batch, content });
        Ok(())
    }
}

/// Returns how many of the entries fit the next block: at least one.
pub(super) fn block_length(entries: &[SignedEntry]) -> usize {
    let mut size_bytes = 0;
    let fitting = entries.iter().take_while(|entry| {
        size_bytes += Block::size_bytes(entry);
        size_bytes <= crate::limits::BLOCK_BYTES_MAX
    });
    fitting.count().max(1)
}
