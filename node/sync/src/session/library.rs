//! What a session asks of the store: reading only. It is a snapshot for the time of one call.

use crdt_schema::entry::SignedEntry;
use crdt_schema::id::{CharterId, EntryId, FederationId, FeedId};

use crate::message::CharterBytes;

/// The heads of one feed, in the order of their ids.
pub type Heads = Vec<(u64, EntryId)>;

/// What a node holds.
pub trait Library {
    /// Returns the federation.
    fn federation(&self) -> FederationId;

    /// Returns the newest charter that is adopted.
    fn charter(&self) -> CharterId;

    /// Returns every charter and approval that is held, oldest first.
    fn charters(&self) -> CharterBytes;

    /// Returns the feeds of coordinators first, then all others, each with at most four heads.
    fn frontier(&self) -> Vec<(FeedId, Heads)>;

    /// Returns at most four heads of a feed.
    fn heads(&self, feed: &FeedId) -> Heads;

    /// Returns whether an entry, and all before it in its feed, are held.
    fn holds(&self, entry: &EntryId) -> bool;

    /// Returns the sequence of a held entry, when it is of this feed.
    fn sequence(&self, feed: &FeedId, entry: &EntryId) -> Option<u64>;

    /// Returns ids of entries of a feed that are held, newest first, in steps of doubling length, down to the first.
    fn locator(&self, feed: &FeedId) -> Vec<EntryId>;

    /// Returns entries of a feed from a sequence on, in their order, as many as fit the bounds of a batch, without those that are
    /// one of `known` or stand before one. With them, the sequence from which to go on; `None` at the end of the feed.
    fn entries(
        &self,
        feed: &FeedId,
        from: u64,
        known: &[EntryId],
    ) -> (Vec<SignedEntry>, Option<u64>);
}
