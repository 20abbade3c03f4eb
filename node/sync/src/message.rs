//! What two nodes say to each other. Only byte arrays and numbers: no type of another library is ever in a message.

use serde::{Deserialize, Serialize};

use crdt_schema::entry::{HEADER_BYTES, SIGNATURE_BYTES, SignedEntry};

/// The version of the exchange that this program speaks.
pub const PROTOCOL: u16 = 1;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// The first message of both sides.
    Hello(Hello),
    /// Charters and approvals. They are kept and evaluated before any entry.
    Charters(CharterBytes),
    /// Hash of all heads: equal on both sides, and nothing more has to be said.
    Digest([u8; 32]),
    /// The heads of feeds: of all of them, or of those that grew.
    Frontier(Vec<FeedHeads>),
    /// Asks for what follows in a feed after the newest entry that both hold.
    Want(Locator),
    /// Entries, each after the one before it in its feed.
    Entries(Vec<EntryBytes>),
    /// A batch of entries is on disk, or was refused as a whole.
    Ack,
}

/// Who speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The lowest and highest version of the exchange that the speaker knows.
    pub protocol: (u16, u16),
    /// The federation.
    pub federation: [u8; 32],
    /// The newest charter that the speaker has adopted.
    pub charter: [u8; 32],
    /// Name and version of the program.
    pub software: String,
    /// The furthest entry that the speaker holds of the *other's* own feed: sequence and id.
    pub your_head: Option<(u64, [u8; 32])>,
}

/// Charters and approvals as they were signed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CharterBytes {
    /// The charters, oldest first.
    pub charters: Vec<Vec<u8>>,
    /// The approvals.
    pub approvals: Vec<Vec<u8>>,
}

/// The heads of one feed: sequence and id, at most four.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedHeads {
    /// The feed.
    pub feed: [u8; 32],
    /// Its heads.
    pub heads: Vec<(u64, [u8; 32])>,
}

/// Entries of a feed that the speaker holds, newest first, in steps of doubling length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locator {
    /// The feed.
    pub feed: [u8; 32],
    /// The entries: none when nothing of the feed is held.
    pub ids: Vec<[u8; 32]>,
}

/// An entry as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryBytes {
    header: Vec<u8>,
    signature: Vec<u8>,
    payload: Vec<u8>,
}

impl From<SignedEntry> for EntryBytes {
    fn from(entry: SignedEntry) -> Self {
        let SignedEntry {
            header,
            signature,
            payload,
        } = entry;
        Self {
            header: header.to_vec(),
            signature: signature.to_vec(),
            payload,
        }
    }
}

impl EntryBytes {
    /// Returns the entry, when header and signature have their sizes.
    pub fn into_signed(self) -> Option<SignedEntry> {
        Some(SignedEntry {
            header: <[u8; HEADER_BYTES]>::try_from(self.header).ok()?,
            signature: <[u8; SIGNATURE_BYTES]>::try_from(self.signature).ok()?,
            payload: self.payload,
        })
    }

    /// Returns the size that is bounded in a batch.
    pub fn size_bytes(&self) -> usize {
        self.header.len() + self.signature.len() + self.payload.len()
    }
}
