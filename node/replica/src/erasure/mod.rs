//! Erasure: contents go for good, frames and ids stay.
//!
//! In the transaction in which an erasure comes into force, every row that holds such a content is written again without it, so that no
//! snapshot shows the act and the content together, and nothing that is served from then on has the bytes (`clearing`). What comes
//! later is stored without these contents from the start. The bytes are then still in freed pages of the file and in old segments of
//! the search index; both are written anew within a day (`rewriting`), and the next checkpoint says so (`receipts`).
//!
//! What cannot be reached from here: blocks that the file system has freed, copies of the folder, and nodes that do not follow the rules.

mod clearing;
mod preview;
mod receipts;
mod rewriting;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use clearing::Clearing;
pub use preview::ErasurePreview;
pub(crate) use receipts::Node;
pub use receipts::{ErasureStatus, OutNode, Receipt};
pub(crate) use rewriting::finish;
pub use rewriting::{REWRITE_AFTER, Rewriting};

use crdt_schema::entry::Kind;
use crdt_schema::governance::{Act, Erasure, SignedAct};
use crdt_schema::id::ItemId;
use crdt_schema::time::Timestamp;

use crate::state::State;

/// An act by which contents have to go.
pub(crate) struct InForce<'s> {
    pub(crate) act: ItemId,
    pub(crate) signed: &'s SignedAct,
    pub(crate) erasure: &'s Erasure,
    /// Whether it reaches everybody's contributions, or its own author's only.
    pub(crate) is_for_all: bool,
}

impl State {
    /// Returns the erasures in force: those of coordinators that count, and authors' own.
    pub(crate) fn erasures_in_force(&self) -> impl Iterator<Item = InForce<'_>> {
        self.acts.iter().filter_map(|(id, signed)| {
            let Act::Erase(erasure) = &signed.act else {
                return None;
            };
            let entry = self.feeds.entry(&signed.entry)?;
            let is_for_all = self.governance.acts().counts(id);
            let is_own = entry.owner.is_some() && !erasure.items.is_empty();
            (entry.kind == Kind::Governance && (is_for_all || is_own)).then_some(InForce {
                act: *id,
                signed,
                erasure,
                is_for_all,
            })
        })
    }
}

/// What is kept of an erasure that was in force once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    /// When it was met here.
    pub(crate) met: Timestamp,
    pub(crate) is_done: bool,
}

impl Progress {
    pub(crate) fn to_bytes(self) -> [u8; 9] {
        let mut bytes = [0; 9];
        bytes[..8].copy_from_slice(&self.met.as_millis().to_be_bytes());
        bytes[8] = u8::from(self.is_done);
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; 9]) -> Self {
        let [met @ .., is_done] = *bytes;
        Self {
            met: Timestamp::from_millis(i64::from_be_bytes(met)),
            is_done: is_done != 0,
        }
    }
}
