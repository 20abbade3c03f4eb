//! The one door of a session: what may come in, and what comes out.

use std::time::Duration;

use crdt_schema::entry::SignedEntry;
use crdt_schema::id::{EntryId, FeedId};

use crate::message::{FeedHeads, Message, NewHead, PeerAddress, Tip};
use crate::roster::Enough;
use crate::session::{Close, PeerId, Unreadable};

/// What a session is told when it begins.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who dialled.
    pub role: Role,
    /// The peer's network identity, proved by the handshake.
    pub peer: PeerId,
    /// Name and version of this program, at most `limits::SOFTWARE_BYTES_MAX` bytes.
    pub software: String,
    /// Keying material of the TLS session, the same on both sides and on no other connection.
    pub exporter: [u8; 32],
    /// A random number that spreads the digests of many nodes over time.
    pub jitter: u64,
}

/// Who dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// This node did. It compares digests from time to time.
    Dialler,
    /// The peer did.
    Listener,
}

/// What happens to a session.
#[derive(Debug, Clone)]
pub enum Input {
    /// The connection stands. The first input.
    Start,
    /// The peer says something.
    Message(Message),
    /// The outcome of `Output::Store`, after the commit.
    Stored {
        /// The number of the batch.
        batch: u32,
        /// What the replica made of it.
        outcome: Result<Receipt, Refusal>,
    },
    /// The replica has a new head, written here or received from another peer.
    NewLocalHead(NewHead),
    /// The replica has new charters or approvals, made here or received from another peer.
    NewObjects,
    /// These entries are damaged here: ask the peer for them, once it is known what it speaks.
    Fetch(Vec<EntryId>),
    /// A checkpoint names these heads, which are not held here: ask the peer for what follows in their feeds. Nothing is asked of a peer
    /// with which no exchange is open yet: opening it compares all heads.
    Ask(Vec<NewHead>),
    /// Where other nodes are: tell the peer what it was not told, once the exchange is open. Before, nothing is told: it is given again then.
    Peers(Vec<PeerAddress>),
    /// Some feeds wait no more: ask for the rest of them.
    Resume,
    /// Announcements were lost: compare digests as soon as possible.
    Compare,
    /// The moment of a timer has come.
    Timer(Timer),
    /// The connection is gone.
    Lost,
    /// This node has enough sessions, or another one with this peer.
    Leave(Enough),
    /// This node stops.
    Stop,
}

/// What a session wants done, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Send to the peer.
    Send(Message),
    /// Verify and commit in one transaction, then report with `Input::Stored`. Batches are stored in their order.
    Store {
        /// The number of the batch.
        batch: u32,
        /// What to store.
        content: Batch,
    },
    /// Give the timer back at this moment. A timer of the same kind that is under way is replaced.
    Schedule(Timer, Duration),
    /// Tell whoever watches.
    Report(Event),
    /// End the session. Nothing follows.
    Close(Close),
}

/// What a peer sent and nobody has verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Batch {
    /// Entries, each feed's in its order.
    Entries(Vec<SignedEntry>),
    /// Charters and approvals.
    Objects {
        /// Charters, as bytes.
        charters: Vec<Vec<u8>>,
        /// Approvals, as bytes.
        approvals: Vec<Vec<u8>>,
    },
}

/// What is on disk now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Heads that are new.
    pub heads: Vec<NewHead>,
    /// Whether a charter or an approval is new.
    pub has_new_objects: bool,
    /// Feeds of which no more is taken for now: quota, flood, or a gap.
    pub paused: Vec<FeedId>,
    /// Those among them that `Library::is_paused` will say are free again.
    pub waiting: Vec<FeedId>,
    /// Whether some of these wait for what other feeds may hold: the peer is asked for all of them first.
    pub misses: bool,
    /// Entries left out because their signature does not hold.
    pub bad_signatures: u32,
}

/// Why a batch was not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The bytes are not what a sound node sends; the code of the reason.
    Invalid(String),
    /// The disk is nearly full. What was sent is taken once there is room again.
    NoRoom,
    /// The replica cannot write.
    Fault(Unreadable),
    /// The peer sends again and again what it knows to be held.
    Flood,
}

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// See whether the peer has shown what it claims of our own feed.
    Claim,
    /// Compare digests again.
    Digest,
    /// See whether the peer has answered.
    Silence,
}

/// What an operator may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The peer has said who it is.
    Met {
        /// Name and version of its program, as it says.
        software: String,
        /// The protocol that is spoken.
        protocol: u16,
        /// The charter that it has adopted.
        tip: Tip,
    },
    /// What the peer holds of the feed that this node signs. An act is signed only after this was seen once.
    OwnFeed(OwnFeed),
    /// The two sides differ.
    Compared {
        /// Feeds of which the peer has heads that we lack.
        feeds_behind: usize,
        /// Entries that we lack at least, from the sequences.
        entries_behind: u64,
    },
    /// Nothing is left to send on either side.
    Level,
    /// The peer says where others are.
    Peers(Vec<PeerAddress>),
}

/// What a peer holds of the feed that this node signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnFeed {
    /// Nothing that we do not hold.
    Confirmed(FeedHeads),
    /// Entries that we do not hold: this store is older than what was published, or the peer lies. Sign nothing before it is known.
    Unknown(FeedHeads),
}
