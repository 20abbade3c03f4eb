//! What is asked for beside the exchange: heads that a checkpoint names, and entries that a disk has lost, by their ids. The answer to those is a batch like any other: the replica knows that it holds these
//! entries, verifies what came, and writes only those that it knows to be damaged.

use std::collections::BTreeSet;

use crdt_schema::id::EntryId;

use crate::codec::Block;
use crate::limits::{BATCH_BYTES_SENT, BATCH_ENTRIES_MAX, FETCH_IDS_MAX, REQUEST_IDS_MAX};
use crate::message::{FeedHeads, Message, NewHead};
use crate::session::outgoing::Found;
use crate::session::{Close, Library, PROTOCOL_WITH_FETCH, PeerFault, Session};

impl Session {
    /// Remembers what to ask for. More than the limit waits for the next time the node asks.
    pub(super) fn fetch_later(&mut self, ids: Vec<EntryId>) {
        for id in ids {
            if self.to_fetch.len() < FETCH_IDS_MAX && !self.to_fetch.contains(&id) {
                self.to_fetch.push(id);
            }
        }
    }

    pub(super) fn flush_fetches(&mut self) {
        if !self.has_opened || self.to_fetch.is_empty() {
            return;
        }
        let ids = std::mem::take(&mut self.to_fetch);
        // A peer of an older version would take the message for a fault.
        if self.peer.protocol < PROTOCOL_WITH_FETCH {
            return;
        }
        for some in ids.chunks(REQUEST_IDS_MAX) {
            self.send(Message::Fetch { ids: some.to_vec() });
        }
    }

    /// Asks for what follows in the feeds of heads that others name, once a feed. The peer may know them or not, so nothing is noted of
    /// it, and its own announcements are answered as before. A feed that waits is not asked for: what came of it would be left out.
    pub(super) fn ask_for<L: Library + ?Sized>(
        &mut self,
        heads: Vec<NewHead>,
        library: &L,
    ) -> Result<(), Close> {
        if !self.has_opened {
            return Ok(());
        }
        let mut feeds = BTreeSet::new();
        for NewHead { feed, head } in heads {
            if !library.holds(&feed, &head)? && !library.is_paused(&feed)? {
                feeds.insert(feed);
            }
        }
        for feed in feeds.into_iter().take(REQUEST_IDS_MAX) {
            let heads = library.heads(&feed)?;
            self.send(Message::Want(FeedHeads { feed, heads }));
        }
        Ok(())
    }

    pub(super) fn take_fetch(&mut self, ids: Vec<EntryId>) -> Result<(), Close> {
        if self.peer.protocol < PROTOCOL_WITH_FETCH {
            return Err(PeerFault::OutOfState("fetch").into());
        }
        self.outgoing.again(ids);
        Ok(())
    }

    /// Returns what fits one batch of the entries that the peer asked for again.
    pub(super) fn collect_again<L: Library + ?Sized>(
        &mut self,
        library: &L,
    ) -> Result<Found, Close> {
        let (mut heads, mut entries, mut bytes) = (Vec::new(), Vec::new(), 0);
        let bytes_max = self.peer.batch_bytes_max.min(BATCH_BYTES_SENT);
        while entries.len() < BATCH_ENTRIES_MAX {
            let Some(id) = self.outgoing.next_again() else {
                break;
            };
            let Some((feed, head, entry)) = library.entry(&id)? else {
                self.outgoing.done_again();
                continue;
            };
            bytes += Block::size_bytes(&entry);
            if bytes > bytes_max && !entries.is_empty() {
                break;
            }
            self.outgoing.done_again();
            heads.push(NewHead { feed, head });
            entries.push(entry);
        }
        Ok((heads, entries))
    }
}
