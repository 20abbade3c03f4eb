//! A replica, as a session reads it.

use crdt_schema::entry::SignedEntry;
use crdt_schema::id::{CharterId, EntryId, FederationId, FeedId};
use replica::{Fault, Replica};

use crate::limits::{
    BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, FEED_HEADS_MAX, FRONTIER_FEEDS_MAX, LOCATOR_IDS_MAX,
};
use crate::message::CharterBytes;
use crate::session::{Heads, Library};

/// Bytes of a batch's payloads: they have to fit into one frame when they do not compress, with their headers.
const BATCH_PAYLOAD_BYTES: usize = 512 * 1024;

/// See the module.
pub(crate) struct Shelf<'r>(pub(crate) &'r Replica);

impl Shelf<'_> {
    fn read<T: Default>(&self, read: impl FnOnce(&Self) -> Result<T, Fault>) -> T {
        // A store that cannot be read ends the node elsewhere; here, nothing is told that was not read.
        read(self).unwrap_or_else(|fault| {
            tracing::error!(
                code = fault.code(),
                "the store cannot be read for a peer: {fault}"
            );
            T::default()
        })
    }

    fn walk_back(&self, feed: &FeedId) -> Result<Vec<EntryId>, Fault> {
        let reader = self.0.read()?;
        let mut ids = Vec::new();
        for (last, head) in self.heads(feed) {
            let mut step = 1;
            let mut sequence = Some(last);
            while let Some(at) = sequence.filter(|_| ids.len() < LOCATOR_IDS_MAX) {
                let found = reader.feed_entries_at(feed, at)?;
                let state = self.0.state();
                ids.extend(
                    found
                        .into_iter()
                        .filter(|id| state.feeds().is_same_or_ancestor(id, &head)),
                );
                sequence = match at {
                    0 => None,
                    _ => Some(at.saturating_sub(step)),
                };
                step *= 2;
            }
        }
        ids.dedup();
        Ok(ids)
    }
}

impl Library for Shelf<'_> {
    fn federation(&self) -> FederationId {
        *self.0.state().federation()
    }

    fn charter(&self) -> CharterId {
        self.0.state().governance().adoption().tip_id()
    }

    fn charters(&self) -> CharterBytes {
        let state = self.0.state();
        let mut charters: Vec<_> = state.charters().iter().collect();
        charters.sort_by_key(|(id, charter)| (charter.version, **id));
        CharterBytes {
            charters: charters
                .iter()
                .map(|(_, charter)| charter.to_bytes())
                .collect(),
            approvals: charters
                .iter()
                .flat_map(|(id, _)| state.charters().approvals(id))
                .map(|approval| approval.to_bytes())
                .collect(),
        }
    }

    fn frontier(&self) -> Vec<(FeedId, Heads)> {
        let state = self.0.state();
        let coordinators = &state.governance().adoption().tip().coordinators;
        let mut feeds: Vec<_> = state.feed_summaries().collect();
        feeds.sort_by_key(|feed| {
            let is_coordinator = feed
                .partner
                .is_some_and(|partner| coordinators.contains_key(&partner));
            (!is_coordinator, feed.feed)
        });
        feeds.truncate(FRONTIER_FEEDS_MAX);
        feeds
            .into_iter()
            .map(|feed| (feed.feed, told(feed.heads)))
            .collect()
    }

    fn heads(&self, feed: &FeedId) -> Heads {
        told(self.0.state().feeds().heads(feed))
    }

    fn holds(&self, entry: &EntryId) -> bool {
        self.0.state().feeds().holds(entry)
    }

    fn sequence(&self, feed: &FeedId, entry: &EntryId) -> Option<u64> {
        let held = self.0.state().feeds().entry(entry)?;
        (held.feed == *feed).then_some(held.sequence)
    }

    fn locator(&self, feed: &FeedId) -> Vec<EntryId> {
        self.read(|shelf| shelf.walk_back(feed))
    }

    fn entries(
        &self,
        feed: &FeedId,
        from: u64,
        known: &[EntryId],
    ) -> (Vec<SignedEntry>, Option<u64>) {
        let bounds = (BATCH_ENTRIES_MAX, BATCH_PAYLOAD_BYTES.min(BATCH_BYTES_MAX));
        self.read(|shelf| {
            let is_known = |id: &EntryId| {
                let state = shelf.0.state();
                known
                    .iter()
                    .any(|known| state.feeds().is_same_or_ancestor(id, known))
            };
            shelf.0.read()?.feed_entries(feed, from, bounds, is_known)
        })
    }
}

/// A feed with more branches than are told is flooded: what is told is the same on every node that holds the same.
fn told(mut heads: Heads) -> Heads {
    heads.truncate(FEED_HEADS_MAX);
    heads
}
