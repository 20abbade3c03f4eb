//! What a session reads of a replica: one consistent snapshot, without waiting for a writer.

use std::fmt;

use crdt_schema::entry::SignedEntry;
use crdt_schema::id::{EntryId, FederationId, FeedId};

use crate::codec::Bytes;
use crate::limits::OBJECT_BYTES_MAX;
use crate::message::{Digest, FeedHeads, Head, Tip};

/// A snapshot of what this node holds. Every call is short: it reads an index, or at most one batch.
///
/// An error ends the session as a fault of ours. The answers of one snapshot belong together; the next call of
/// `Session::handle` may be given a newer one, which holds everything whose storing was reported before.
pub trait Library {
    /// Returns the federation.
    fn federation(&self) -> FederationId;

    /// Returns the newest charter that is adopted.
    fn tip(&self) -> Result<Tip, Unreadable>;

    /// Returns the oldest protocol that the charter allows.
    fn protocol_min(&self) -> Result<u16, Unreadable>;

    /// Returns the feed that this node signs now, if it has one.
    fn own_feed(&self) -> Result<Option<FeedId>, Unreadable>;

    /// Returns the feeds whose certificates name this network identity, at most `limits::OWN_FEEDS_MAX`.
    fn feeds_of(&self, peer: &PeerId) -> Result<Vec<FeedId>, Unreadable>;

    /// Returns whether the network identity is named by a live certificate.
    fn is_allowed(&self, peer: &PeerId) -> Result<bool, Unreadable>;

    /// Returns whether the feed may hold acts or erasures, so that it goes before data. A feed may become one, never cease to be.
    fn is_governance(&self, feed: &FeedId) -> Result<bool, Unreadable>;

    /// Returns whether nothing more of the feed is taken here for now, until something ends that by itself.
    fn is_paused(&self, feed: &FeedId) -> Result<bool, Unreadable>;

    /// Returns charters and approvals that a node with this tip may lack: all above its version if the tip is on our chain,
    /// otherwise all. Charters first, parents before children, in an order that only grows; the first `skip` objects are left out.
    ///
    /// At most `limits::OBJECTS_MAX` of each, and no further object once `bytes_max` is reached.
    fn objects_above(
        &self,
        tip: &Tip,
        skip: usize,
        bytes_max: usize,
    ) -> Result<ObjectsPage, Unreadable>;

    /// Returns `Digest::of` all heads held, at most `limits::HEADS_MAX` of each feed.
    fn digest(&self) -> Result<Digest, Unreadable>;

    /// Returns the heads of the first `feeds_max` feeds, in ascending order of feeds, at most `limits::HEADS_MAX` sorted heads each.
    fn frontier(&self, feeds_max: usize) -> Result<Vec<FeedHeads>, Unreadable>;

    /// Returns the sorted heads of one feed, at most `limits::HEADS_MAX`, none if the feed is not held.
    fn heads(&self, feed: &FeedId) -> Result<Vec<Head>, Unreadable>;

    /// Returns whether this entry is held, with all entries before it.
    fn holds(&self, feed: &FeedId, head: &Head) -> Result<bool, Unreadable>;

    /// Returns the entry at `sequence` on the way from the start of the feed to `head`, which is held.
    fn ancestor(
        &self,
        feed: &FeedId,
        head: &Head,
        sequence: u64,
    ) -> Result<Option<Head>, Unreadable>;

    /// Returns entries of the feed that are neither among `known` (which are held) nor before one of them, in ascending order of
    /// `Head`, those after the cursor only.
    ///
    /// Never more than the room; none only if there are none, since the room always holds the largest entry
    /// (`codec::Block::size_bytes` counts).
    fn entries_after(
        &self,
        feed: &FeedId,
        known: &[Head],
        cursor: Option<&Head>,
        room: Room,
    ) -> Result<Vec<(Head, SignedEntry)>, Unreadable>;

    /// Returns an entry, if it is held.
    fn entry(&self, id: &EntryId) -> Result<Option<(FeedId, Head, SignedEntry)>, Unreadable>;
}

/// The network identity of another node: its ed25519 public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId([u8; 32]);

/// How much an answer may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Entries.
    pub entries: usize,
    /// Bytes, as `codec::Block::size_bytes` counts them.
    pub bytes: usize,
}

/// Some charters and approvals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectsPage {
    /// Charters.
    pub charters: Vec<Bytes<OBJECT_BYTES_MAX>>,
    /// Approvals.
    pub approvals: Vec<Bytes<OBJECT_BYTES_MAX>>,
    /// Whether there are more.
    pub has_more: bool,
}

/// The replica cannot be read. Our operator must act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the replica cannot be read: {0}")]
pub struct Unreadable(pub String);

impl PeerId {
    /// Takes the bytes of the public key.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes of the public key.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the first eight hexadecimal digits, for logs and lists.
    pub fn short(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0[..4])
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerId({})", self.short())
    }
}
