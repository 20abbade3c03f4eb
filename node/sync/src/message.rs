//! What two nodes say to each other. These types are also the wire format: fields in their order, identifiers as bare bytes, lists
//! bounded while they are read. Nothing of another crate is serialised.

use std::fmt;
use std::net::SocketAddr;

use crdt_schema::id::{CharterId, EntryId, FederationId, FeedId, hash};
use serde::{Deserialize, Serialize};

use crate::codec::wire::{self, Bytes};
use crate::codec::{Block, CodecError};
use crate::limits::{
    BATCH_BYTES_MIN, BATCH_ENTRIES_MAX, FRONTIER_FEEDS_MAX, HEADS_MAX, LOCATOR_MAX,
    OBJECT_BYTES_MAX, OBJECTS_MAX, OWN_FEEDS_MAX, REQUEST_IDS_MAX, SOFTWARE_BYTES_MAX,
};
use crate::session::PeerId;

/// One message. The order of the variants is their number on the wire: new ones go to the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Who speaks. The first message of both sides.
    Hello(Box<Hello>),
    /// Charters and approvals that the other side may lack.
    Governance(Objects),
    /// What I hold, in 32 bytes.
    Digest(Summary),
    /// What I hold, feed by feed.
    Frontier(Frontier),
    /// Feeds of which I do not know all your heads: say where you are.
    Ask {
        /// The feeds.
        #[serde(serialize_with = "wire::list")]
        #[serde(deserialize_with = "wire::bounded_list::<_, _, REQUEST_IDS_MAX>")]
        feeds: Vec<FeedId>,
    },
    /// Answers to `Ask`, one for each feed.
    Locators {
        /// The answers.
        #[serde(deserialize_with = "wire::bounded::<_, _, REQUEST_IDS_MAX>")]
        locators: Vec<Locator>,
    },
    /// Entries.
    Entries(Entries),
    /// The batch is on my disk.
    Ack {
        /// The number of the batch, of entries or of objects.
        batch: u32,
        /// Feeds of which I take no more for now: do not send them in this session.
        #[serde(serialize_with = "wire::list")]
        #[serde(deserialize_with = "wire::bounded_list::<_, _, BATCH_ENTRIES_MAX>")]
        paused: Vec<FeedId>,
    },
    /// Everything of this stage is sent and acknowledged.
    Done(Stage),
    /// Entries that I have just written or received.
    NewHeads {
        /// The heads.
        #[serde(deserialize_with = "wire::bounded::<_, _, REQUEST_IDS_MAX>")]
        heads: Vec<NewHead>,
    },
    /// Send me what follows these heads of mine.
    Want(FeedHeads),
    /// Send me these entries again: I hold them, and they are damaged here. From protocol 2 on.
    Fetch {
        /// The entries. Those that the other side does not hold are left out of its answer.
        #[serde(serialize_with = "wire::list")]
        #[serde(deserialize_with = "wire::bounded_list::<_, _, REQUEST_IDS_MAX>")]
        ids: Vec<EntryId>,
    },
    /// Where I have met other nodes. From protocol 3 on.
    Peers {
        /// The nodes, one address each.
        #[serde(deserialize_with = "wire::bounded::<_, _, REQUEST_IDS_MAX>")]
        peers: Vec<PeerAddress>,
    },
}

/// Where a node listens, as somebody says. Who is called there proves its identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PeerAddress {
    /// The network identity.
    #[serde(with = "wire::fixed")]
    pub peer: PeerId,
    /// The address: 16 bytes of IPv6, where IPv4 is mapped, and the port.
    #[serde(with = "wire::address")]
    pub address: SocketAddr,
}

/// Who speaks, and what it can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Oldest and newest version of this protocol that the program speaks.
    pub protocol: (u16, u16),
    /// The federation.
    #[serde(with = "wire::fixed")]
    pub federation: FederationId,
    /// The newest charter that it has adopted.
    pub tip: Tip,
    /// Name and version of the program, shown to the operator.
    #[serde(deserialize_with = "wire::text::<_, SOFTWARE_BYTES_MAX>")]
    pub software: String,
    /// Bytes of a batch, inflated, that it accepts.
    pub batch_bytes_max: u32,
    /// The heads that it holds of the feeds that the *other* side has signed, so that a restored node finds out. With none or one, the
    /// bytes are those of protocol 1.
    #[serde(deserialize_with = "wire::bounded::<_, _, OWN_FEEDS_MAX>")]
    pub yours: Vec<FeedHeads>,
    /// Ties this message to the TLS session: hash of the exported keying material, the role and the protocol range.
    pub binding: [u8; 32],
}

/// A charter: its version and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tip {
    /// The version, from the genesis charter's.
    pub version: u64,
    /// The id.
    #[serde(with = "wire::fixed")]
    pub id: CharterId,
}

/// Charters and approvals as bytes, which only the replica reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objects {
    /// The number of the batch.
    pub batch: u32,
    /// Charters, parents before children.
    #[serde(deserialize_with = "wire::bounded::<_, _, OBJECTS_MAX>")]
    pub charters: Vec<Bytes<OBJECT_BYTES_MAX>>,
    /// Approvals.
    #[serde(deserialize_with = "wire::bounded::<_, _, OBJECTS_MAX>")]
    pub approvals: Vec<Bytes<OBJECT_BYTES_MAX>>,
    /// Whether no more follow for now.
    pub last: bool,
}

/// What a node holds, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Digest of all heads.
    pub heads: Digest,
    /// The newest charter adopted.
    pub tip: Tip,
}

/// SHA-256 over the sorted (feed, heads).
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest([u8; 32]);

/// What a node holds, feed by feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frontier {
    /// Feeds in ascending order.
    #[serde(deserialize_with = "wire::bounded::<_, _, FRONTIER_FEEDS_MAX>")]
    pub feeds: Vec<FeedHeads>,
    /// Whether a feed that is not listed is not held.
    pub is_complete: bool,
}

/// The heads of one feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedHeads {
    /// The feed.
    #[serde(with = "wire::fixed")]
    pub feed: FeedId,
    /// Its heads, sorted.
    #[serde(deserialize_with = "wire::bounded::<_, _, HEADS_MAX>")]
    pub heads: Vec<Head>,
}

/// An entry's place in its feed, with its id, since places alone hide forks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Head {
    /// The sequence.
    pub sequence: u64,
    /// The entry.
    #[serde(with = "wire::fixed")]
    pub id: EntryId,
}

/// A head that its feed did not have before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewHead {
    /// The feed.
    #[serde(with = "wire::fixed")]
    pub feed: FeedId,
    /// The head.
    pub head: Head,
}

/// Where a node is in a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locator {
    /// The feed.
    #[serde(with = "wire::fixed")]
    pub feed: FeedId,
    /// What it needs.
    pub need: Need,
}

/// What a node needs of a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Need {
    /// It holds all that the other side announced.
    Nothing,
    /// What follows the newest of these places that the other side knows: each head, then 1, 2, 4, 8 … entries before it.
    After(
        #[serde(deserialize_with = "wire::bounded::<_, _, LOCATOR_MAX>")]
        /// The places.
        Vec<Head>,
    ),
}

/// A part of a batch of entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    /// The number of the batch.
    pub batch: u32,
    /// Whether the batch ends here.
    pub last: bool,
    /// The entries, compressed.
    pub block: Block,
}

/// Governance goes before data, so that no data is exchanged that an erasure or a cut forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// Feeds that decide rights and erasures.
    Governance,
    /// All other feeds.
    Data,
}

impl Message {
    /// Returns the name of the message, for logs and faults.
    pub fn name(&self) -> &'static str {
        match self {
            Message::Hello(_) => "hello",
            Message::Governance(_) => "governance",
            Message::Digest(_) => "digest",
            Message::Frontier(_) => "frontier",
            Message::Ask { .. } => "ask",
            Message::Locators { .. } => "locators",
            Message::Entries(_) => "entries",
            Message::Ack { .. } => "ack",
            Message::Done(_) => "done",
            Message::NewHeads { .. } => "new_heads",
            Message::Want(_) => "want",
            Message::Fetch { .. } => "fetch",
            Message::Peers { .. } => "peers",
        }
    }
}

impl Hello {
    /// Checks what the types do not say.
    pub(crate) fn check(&self) -> Result<(), CodecError> {
        let is_range = self.protocol.0 <= self.protocol.1;
        if is_range && self.batch_bytes_max as usize >= BATCH_BYTES_MIN {
            Ok(())
        } else {
            Err(CodecError::Malformed)
        }
    }
}

impl Digest {
    /// Returns the digest of all heads. Feeds come in ascending order, each once, the heads of each sorted.
    pub fn of<'a>(feeds: impl IntoIterator<Item = &'a FeedHeads>) -> Self {
        let mut bytes = Vec::new();
        for FeedHeads { feed, heads } in feeds {
            bytes.extend_from_slice(feed.as_bytes());
            bytes.extend_from_slice(&(heads.len() as u64).to_be_bytes());
            for head in heads {
                bytes.extend_from_slice(&head.sequence.to_be_bytes());
                bytes.extend_from_slice(head.id.as_bytes());
            }
        }
        Self(hash("digest", &[&bytes]))
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Digest({})",
            data_encoding::HEXLOWER.encode(&self.0[..4])
        )
    }
}
