//! A part of a feed as a proof carries it: every header from sequence 0 to an entry, and payloads only where they say something.
//!
//! An entry holds only with the chain before it, and a chain is long where a coordinator also writes to the census. So a header is
//! written without what its place in the chain says already, and an entry in between has no signature: the hash of its header is in
//! the header after it.

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::entry::{HEADER_BYTES, Header, SIGNATURE_BYTES, SignedEntry, VerifiedEntry};
use crate::id::{EntryId, FederationId, FeedId, ItemId};
use crate::proof::Refusal;
use crate::proof::bundle::each;

/// The entries of a feed from sequence 0 on, on one branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) feed: FeedId,
    pub(super) links: Vec<Link>,
}

/// One entry of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// The header without version, algorithm, federation, feed, sequence and previous entry.
    rest: [u8; REST_BYTES],
    /// Signature and payload, where the entry says something.
    said: Option<Box<([u8; SIGNATURE_BYTES], Vec<u8>)>>,
}

/// An entry of a chain that was read.
pub(super) enum Read {
    /// It says something, and its signature holds.
    Said(Box<VerifiedEntry>),
    /// Its header only, which the entry after it vouches for.
    Silent(Box<Header>),
}

impl Read {
    pub(super) fn id(&self) -> EntryId {
        match self {
            Read::Said(entry) => entry.id(),
            Read::Silent(header) => header.id(),
        }
    }
}

impl Link {
    /// Writes an entry of which only the chain matters.
    pub(super) fn silent(header: &Header) -> Self {
        Self {
            rest: rest(&header.to_bytes()),
            said: None,
        }
    }

    /// Writes an entry with those of its items that matter. The contents of the others are left out: the commitment holds without.
    pub(super) fn said(entry: &VerifiedEntry, keep: impl Fn(&ItemId) -> bool) -> Self {
        let items = entry.identified_items().map(|(id, item)| {
            if keep(&id) {
                item.clone()
            } else {
                item.erased()
            }
        });
        let items: Vec<_> = items.collect();
        let signed = entry.to_signed();
        let mut writer = Writer::default();
        writer.list(&items);
        Self {
            rest: rest(&signed.header),
            said: Some(Box::new((signed.signature, writer.into_bytes()))),
        }
    }
}

impl Chain {
    /// Reads the entries. The last one must say something, or be `vouched`: the id that an adopted charter's cut names.
    pub(super) fn read(
        &self,
        federation: &FederationId,
        vouched: Option<&EntryId>,
    ) -> Result<Vec<Read>, Refusal> {
        let mut read: Vec<Read> = Vec::new();
        let mut previous = None;
        for (sequence, link) in (0_u64..).zip(&self.links) {
            let header = link.header(federation, &self.feed, sequence, previous.as_ref());
            let entry = link.entry(header, federation)?;
            previous = Some(entry.id());
            read.push(entry);
        }
        match read.last() {
            Some(Read::Said(_)) => Ok(read),
            Some(Read::Silent(header)) if Some(&header.id()) == vouched => Ok(read),
            _ => Err(Refusal::Chain),
        }
    }
}

impl Link {
    fn header(
        &self,
        federation: &FederationId,
        feed: &FeedId,
        sequence: u64,
        previous: Option<&EntryId>,
    ) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..2].copy_from_slice(&VERSION_AND_ALGORITHM);
        bytes[2..4].copy_from_slice(&self.rest[..2]);
        bytes[4..36].copy_from_slice(federation.as_bytes());
        bytes[36..68].copy_from_slice(feed.as_bytes());
        bytes[68..76].copy_from_slice(&sequence.to_be_bytes());
        if let Some(previous) = previous {
            bytes[76..108].copy_from_slice(previous.as_bytes());
        }
        bytes[108..].copy_from_slice(&self.rest[2..]);
        bytes
    }

    fn entry(
        &self,
        header: [u8; HEADER_BYTES],
        federation: &FederationId,
    ) -> Result<Read, Refusal> {
        match &self.said {
            None => {
                let header = Header::from_bytes(&header).map_err(|_| Refusal::Chain)?;
                Ok(Read::Silent(Box::new(header)))
            }
            Some(said) => {
                let (signature, payload) = said.as_ref();
                let signed = SignedEntry {
                    header,
                    signature: *signature,
                    payload: payload.clone(),
                };
                Ok(Read::Said(Box::new(signed.verify(federation)?)))
            }
        }
    }
}

fn rest(header: &[u8; HEADER_BYTES]) -> [u8; REST_BYTES] {
    let mut rest = [0; REST_BYTES];
    rest[..2].copy_from_slice(&header[2..4]);
    rest[2..].copy_from_slice(&header[108..]);
    rest
}

impl Wire for Chain {
    fn encode(&self, to: &mut Writer) {
        to.array(2).bytes(self.feed.as_bytes()).list(&self.links);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 2)?;
        Ok(Self {
            feed: FeedId::from_bytes(cbor::fixed_bytes(from)?),
            links: each(from, Link::decode)?,
        })
    }
}

impl Wire for Link {
    fn encode(&self, to: &mut Writer) {
        match &self.said {
            None => to.bytes(&self.rest),
            Some(said) => to.array(3).bytes(&self.rest).bytes(&said.0).bytes(&said.1),
        };
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        if from.datatype()? == minicbor::data::Type::Bytes {
            return Ok(Self {
                rest: cbor::fixed_bytes(from)?,
                said: None,
            });
        }
        cbor::array_of(from, 3)?;
        Ok(Self {
            rest: cbor::fixed_bytes(from)?,
            said: Some(Box::new((cbor::fixed_bytes(from)?, from.bytes()?.to_vec()))),
        })
    }
}

const VERSION_AND_ALGORITHM: [u8; 2] = [1, 1];
const REST_BYTES: usize = 78;
