//! What sessions over a file read: a node without a peer, and a node that holds nothing.

use crdt_schema::entry::SignedEntry;
use crdt_schema::id::{CharterId, EntryId, FederationId, FeedId};

use crate::message::{Digest, FeedHeads, Head, Tip};
use crate::session::{Library, ObjectsPage, PeerId, Room, Unreadable};

/// A node whose peer is a file: nobody is behind it who could be admitted or have a feed.
pub(super) struct Alone<L> {
    pub(super) library: L,
    /// Whether it says what it holds. One that imports has nobody to give it to.
    pub(super) gives: bool,
}

/// A node that holds nothing, for which a bundle is written.
pub(super) struct Nothing(pub(super) FederationId);

impl<L: Library> Library for Alone<L> {
    fn federation(&self) -> FederationId {
        self.library.federation()
    }

    fn tip(&self) -> Result<Tip, Unreadable> {
        self.library.tip()
    }

    fn protocol_min(&self) -> Result<u16, Unreadable> {
        self.library.protocol_min()
    }

    fn own_feed(&self) -> Result<Option<FeedId>, Unreadable> {
        self.library.own_feed()
    }

    fn feeds_of(&self, _: &PeerId) -> Result<Vec<FeedId>, Unreadable> {
        Ok(Vec::new())
    }

    fn is_allowed(&self, _: &PeerId) -> Result<bool, Unreadable> {
        Ok(true)
    }

    fn is_governance(&self, feed: &FeedId) -> Result<bool, Unreadable> {
        self.library.is_governance(feed)
    }

    fn is_paused(&self, feed: &FeedId) -> Result<bool, Unreadable> {
        self.library.is_paused(feed)
    }

    fn objects_above(
        &self,
        tip: &Tip,
        skip: usize,
        bytes_max: usize,
    ) -> Result<ObjectsPage, Unreadable> {
        if self.gives {
            self.library.objects_above(tip, skip, bytes_max)
        } else {
            Ok(ObjectsPage::default())
        }
    }

    fn digest(&self) -> Result<Digest, Unreadable> {
        self.library.digest()
    }

    fn frontier(&self, feeds_max: usize) -> Result<Vec<FeedHeads>, Unreadable> {
        if self.gives {
            self.library.frontier(feeds_max)
        } else {
            Ok(Vec::new())
        }
    }

    fn heads(&self, feed: &FeedId) -> Result<Vec<Head>, Unreadable> {
        self.library.heads(feed)
    }

    fn holds(&self, feed: &FeedId, head: &Head) -> Result<bool, Unreadable> {
        self.library.holds(feed, head)
    }

    fn ancestor(
        &self,
        feed: &FeedId,
        head: &Head,
        sequence: u64,
    ) -> Result<Option<Head>, Unreadable> {
        self.library.ancestor(feed, head, sequence)
    }

    fn entries_after(
        &self,
        feed: &FeedId,
        known: &[Head],
        cursor: Option<&Head>,
        room: Room,
    ) -> Result<Vec<(Head, SignedEntry)>, Unreadable> {
        self.library.entries_after(feed, known, cursor, room)
    }

    fn entry(&self, id: &EntryId) -> Result<Option<(FeedId, Head, SignedEntry)>, Unreadable> {
        self.library.entry(id)
    }
}

impl Library for Nothing {
    fn federation(&self) -> FederationId {
        self.0
    }

    fn tip(&self) -> Result<Tip, Unreadable> {
        // A charter that nobody has: all are sent to who says so.
        Ok(Tip {
            version: 0,
            id: CharterId::from_bytes([0; 32]),
        })
    }

    fn protocol_min(&self) -> Result<u16, Unreadable> {
        Ok(0)
    }

    fn own_feed(&self) -> Result<Option<FeedId>, Unreadable> {
        Ok(None)
    }

    fn feeds_of(&self, _: &PeerId) -> Result<Vec<FeedId>, Unreadable> {
        Ok(Vec::new())
    }

    fn is_allowed(&self, _: &PeerId) -> Result<bool, Unreadable> {
        Ok(true)
    }

    fn is_governance(&self, _: &FeedId) -> Result<bool, Unreadable> {
        Ok(false)
    }

    fn is_paused(&self, _: &FeedId) -> Result<bool, Unreadable> {
        Ok(false)
    }

    fn objects_above(&self, _: &Tip, _: usize, _: usize) -> Result<ObjectsPage, Unreadable> {
        Ok(ObjectsPage::default())
    }

    fn digest(&self) -> Result<Digest, Unreadable> {
        Ok(Digest::of(&[]))
    }

    fn frontier(&self, _: usize) -> Result<Vec<FeedHeads>, Unreadable> {
        Ok(Vec::new())
    }

    fn heads(&self, _: &FeedId) -> Result<Vec<Head>, Unreadable> {
        Ok(Vec::new())
    }

    fn holds(&self, _: &FeedId, _: &Head) -> Result<bool, Unreadable> {
        Ok(false)
    }

    fn ancestor(&self, _: &FeedId, _: &Head, _: u64) -> Result<Option<Head>, Unreadable> {
        Ok(None)
    }

    fn entries_after(
        &self,
        _: &FeedId,
        _: &[Head],
        _: Option<&Head>,
        _: Room,
    ) -> Result<Vec<(Head, SignedEntry)>, Unreadable> {
        Ok(Vec::new())
    }

    fn entry(&self, _: &EntryId) -> Result<Option<(FeedId, Head, SignedEntry)>, Unreadable> {
        Ok(None)
    }
}
