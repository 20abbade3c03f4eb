//! The header of an entry: 184 bytes, fixed layout, big-endian. It is what is hashed and signed.

use crate::id::{CharterId, EntryId, FederationId, FeedId, hash};
use crate::time::Timestamp;

/// The size of a header.
pub const HEADER_BYTES: usize = 184;
const FORMAT_VERSION: u8 = 1;
const ALGORITHM: u8 = 1;
const CRITICAL: u16 = 1 << 15;

/// What an entry is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The root of the partner certifies the instance. First entry of every feed.
    Certificate,
    /// Edits, statements and personal values.
    Contribution,
    /// Acts of a coordinator, or erasures by an author.
    Governance,
    /// What a node has seen and done.
    Checkpoint,
    /// A kind of a later version: stored, chained, forwarded, not interpreted.
    Unknown(u16),
}

impl Kind {
    fn to_bits(self) -> u16 {
        match self {
            Kind::Certificate => 1,
            Kind::Contribution => 2,
            Kind::Governance => 3,
            Kind::Checkpoint => 4,
            Kind::Unknown(bits) => bits & !CRITICAL,
        }
    }

    fn from_bits(bits: u16) -> Self {
        match bits & !CRITICAL {
            1 => Kind::Certificate,
            2 => Kind::Contribution,
            3 => Kind::Governance,
            4 => Kind::Checkpoint,
            other => Kind::Unknown(other),
        }
    }

    /// Returns whether this version interprets the kind.
    pub fn is_known(self) -> bool {
        !matches!(self, Kind::Unknown(_))
    }
}

/// The header of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// What the entry is for.
    pub kind: Kind,
    /// Whether a node that does not know the kind must stop trusting later grants of a coordinator's feed.
    pub critical: bool,
    /// The federation, so that an entry means nothing in another one.
    pub federation: FederationId,
    /// The instance key that signs.
    pub feed: FeedId,
    /// Position in the feed, from 0, no gaps.
    pub sequence: u64,
    /// The entry before this one. `None` exactly when the sequence is 0.
    pub previous: Option<EntryId>,
    /// The newest charter that the author held.
    pub charter: CharterId,
    /// When the author says it was signed. Decides nothing.
    pub claimed: Timestamp,
    /// Commitment to the payload.
    pub payload: [u8; 32],
    /// Size of the payload as signed, in bytes.
    pub payload_bytes: u32,
}

/// A header that no honest node writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The first byte names a format that this version cannot read.
    #[error("entry format {0} is not known to this version: upgrade")]
    Format(u8),
    /// The second byte names algorithms that this version does not know.
    #[error("algorithm {0} is not known to this version: upgrade")]
    Algorithm(u8),
    /// Sequence 0 names a previous entry, or a later one names none.
    #[error("the sequence and the previous entry do not go together")]
    Chain,
}

impl Header {
    /// Returns the 184 bytes.
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        let kind = self.kind.to_bits() | if self.critical { CRITICAL } else { 0 };
        bytes[0] = FORMAT_VERSION;
        bytes[1] = ALGORITHM;
        bytes[2..4].copy_from_slice(&kind.to_be_bytes());
        bytes[4..36].copy_from_slice(self.federation.as_bytes());
        bytes[36..68].copy_from_slice(self.feed.as_bytes());
        bytes[68..76].copy_from_slice(&self.sequence.to_be_bytes());
        if let Some(previous) = &self.previous {
            bytes[76..108].copy_from_slice(previous.as_bytes());
        }
        bytes[108..140].copy_from_slice(self.charter.as_bytes());
        bytes[140..148].copy_from_slice(&self.claimed.as_millis().to_be_bytes());
        bytes[148..180].copy_from_slice(&self.payload);
        bytes[180..184].copy_from_slice(&self.payload_bytes.to_be_bytes());
        bytes
    }

    /// Reads the 184 bytes. Every header that is read is written back as the same bytes.
    pub fn from_bytes(bytes: &[u8; HEADER_BYTES]) -> Result<Self, HeaderError> {
        if bytes[0] != FORMAT_VERSION {
            return Err(HeaderError::Format(bytes[0]));
        }
        if bytes[1] != ALGORITHM {
            return Err(HeaderError::Algorithm(bytes[1]));
        }
        let kind = u16::from_be_bytes([bytes[2], bytes[3]]);
        let sequence = u64::from_be_bytes(part(bytes, 68));
        let previous = part::<32>(bytes, 76);
        let previous = (previous != [0; 32]).then(|| EntryId::from_bytes(previous));
        if (sequence == 0) != previous.is_none() {
            return Err(HeaderError::Chain);
        }
        Ok(Self {
            kind: Kind::from_bits(kind),
            critical: kind & CRITICAL != 0,
            federation: FederationId::from_bytes(part(bytes, 4)),
            feed: FeedId::from_bytes(part(bytes, 36)),
            sequence,
            previous,
            charter: CharterId::from_bytes(part(bytes, 108)),
            claimed: Timestamp::from_millis(i64::from_be_bytes(part(bytes, 140))),
            payload: part(bytes, 148),
            payload_bytes: u32::from_be_bytes(part(bytes, 180)),
        })
    }

    /// Returns the id of the entry. The signature is outside it.
    pub fn id(&self) -> EntryId {
        EntryId::from_bytes(hash("entry-id", &[&self.to_bytes()]))
    }
}

fn part<const N: usize>(bytes: &[u8; HEADER_BYTES], from: usize) -> [u8; N] {
    bytes[from..from + N]
        .try_into()
        .expect("the range has N bytes")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_bytes() -> impl Strategy<Value = [u8; HEADER_BYTES]> {
        proptest::collection::vec(any::<u8>(), HEADER_BYTES).prop_map(|bytes| {
            let mut header: [u8; HEADER_BYTES] = bytes.try_into().expect("as many as asked");
            header[0] = FORMAT_VERSION;
            header[1] = ALGORITHM;
            header
        })
    }

    proptest! {
        #[test]
        fn a_header_that_is_read_is_written_back(bytes in any_bytes()) {
            let header = Header::from_bytes(&bytes).expect("a random sequence and previous are not zero");
            prop_assert_eq!(header.to_bytes(), bytes);
        }

        #[test]
        fn any_changed_bit_is_another_entry(bytes in any_bytes(), bit in 16..HEADER_BYTES * 8) {
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            let ids = [bytes, changed].map(|bytes| Header::from_bytes(&bytes).map(|header| header.id()));
            prop_assert_ne!(&ids[0], &ids[1]);
        }
    }

    #[test]
    fn other_formats_and_broken_chains_are_refused() {
        let mut bytes = [1; HEADER_BYTES];
        bytes[0] = 2;
        assert_eq!(Header::from_bytes(&bytes), Err(HeaderError::Format(2)));
        bytes[0] = 1;
        bytes[1] = 0;
        assert_eq!(Header::from_bytes(&bytes), Err(HeaderError::Algorithm(0)));
        bytes[1] = 1;
        bytes[68..76].fill(0);
        assert_eq!(Header::from_bytes(&bytes), Err(HeaderError::Chain));
        bytes[75] = 1;
        bytes[76..108].fill(0);
        assert_eq!(Header::from_bytes(&bytes), Err(HeaderError::Chain));
    }
}
