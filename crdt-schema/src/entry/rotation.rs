//! Rotations: a partner gives itself another root key. The old root and the new one both sign, so that neither a thief of the old
//! key alone nor a stranger with a new one can make a rotation that says what its owner did not mean.
//!
//! A rotation proves itself by its two signatures: who carries it does not matter. It is the frame of an item, so that it can never be
//! erased, and counts where it stands in a *governance* entry or at the start of a feed; elsewhere it says nothing. The entry that
//! starts the feed of a later root carries the whole way from the first root to its own: nobody can certify in the name of a partner
//! without having had its key.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::entry::Root;
use crate::governance::Position;
use crate::id::{EntryId, FederationId, FeedId, PartnerId};
use crate::key::{PublicKey, SecretKey};
use crate::limits::ROTATION_FEEDS_MAX;

/// What the frame of a rotation says. Nothing of it is believed before [`Rotation::prove`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rotation {
    /// The federation in which it holds.
    pub federation: FederationId,
    /// The partner, named by the hash of its first root key.
    pub partner: PartnerId,
    /// The root public key that goes.
    pub previous: [u8; 32],
    /// The root public key that comes.
    pub next: [u8; 32],
    /// The feeds certified by an earlier root that still count. One that is not named counts for nothing any more.
    pub kept: BTreeMap<FeedId, Keeping>,
    /// The signature of the root that goes.
    pub by_previous: [u8; 64],
    /// The signature of the root that comes.
    pub by_next: [u8; 64],
}

/// How much of a feed stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keeping {
    /// All that it holds, and all that it signs later.
    Open,
    /// What stands at or before this place.
    Until(Position),
}

impl Keeping {
    /// Writes what is kept of a feed as `feed` or `feed:sequence:entry`: how it travels from its preview to its signature.
    pub fn to_text(self, feed: &FeedId) -> String {
        match self {
            Keeping::Open => feed.to_string(),
            Keeping::Until(place) => format!("{feed}:{}:{}", place.sequence, place.entry),
        }
    }

    /// Reads what [`Keeping::to_text`] writes.
    pub fn from_text(text: &str) -> Option<(FeedId, Self)> {
        let mut parts = text.split(':');
        let feed = FeedId::parse(parts.next()?).ok()?;
        let keeping = match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => Keeping::Open,
            (Some(sequence), Some(entry), None) => Keeping::Until(Position {
                sequence: sequence.parse().ok()?,
                entry: EntryId::parse(entry).ok()?,
            }),
            _ => return None,
        };
        Some((feed, keeping))
    }
}

/// A rotation whose two signatures hold: there is no other way to have one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProvenRotation(Rotation);

/// Why a rotation is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RotationError {
    /// It holds elsewhere.
    #[error("the rotation belongs to another federation")]
    Federation,
    /// One of its keys is weak or not canonical, or both are one.
    #[error("the rotation does not name two sound keys")]
    Keys,
    /// One of the two roots did not sign it.
    #[error("the rotation is not signed by both roots")]
    NotSigned,
    /// It names more feeds than a node takes.
    #[error("a rotation keeps {0} feeds, {ROTATION_FEEDS_MAX} at most")]
    TooManyFeeds(usize),
}

impl RotationError {
    /// Returns the stable code of this error.
    pub fn code(self) -> &'static str {
        match self {
            RotationError::Federation => "rotation_of_another_federation",
            RotationError::Keys => "rotation_keys",
            RotationError::NotSigned => "rotation_not_signed",
            RotationError::TooManyFeeds(_) => "rotation_too_many_feeds",
        }
    }
}

impl Rotation {
    /// Signs with both roots.
    pub fn sign(
        federation: FederationId,
        partner: PartnerId,
        (previous, next): (&SecretKey, &SecretKey),
        kept: BTreeMap<FeedId, Keeping>,
    ) -> Result<ProvenRotation, RotationError> {
        let mut rotation = Self {
            federation,
            partner,
            previous: *previous.public().as_bytes(),
            next: *next.public().as_bytes(),
            kept,
            by_previous: [0; 64],
            by_next: [0; 64],
        };
        let message = rotation.message();
        rotation.by_previous = previous.sign(PREVIOUS, &message);
        rotation.by_next = next.sign(NEXT, &message);
        rotation.prove(&federation)
    }

    /// Checks everything that the bytes alone can show. Whether the roots are those of the partner is decided with other rotations.
    pub fn prove(&self, federation: &FederationId) -> Result<ProvenRotation, RotationError> {
        if self.federation != *federation {
            return Err(RotationError::Federation);
        }
        if self.kept.len() > ROTATION_FEEDS_MAX {
            return Err(RotationError::TooManyFeeds(self.kept.len()));
        }
        let key = |bytes| PublicKey::from_bytes(bytes).map_err(|_| RotationError::Keys);
        let (previous, next) = (key(&self.previous)?, key(&self.next)?);
        if previous == next {
            return Err(RotationError::Keys);
        }
        let message = self.message();
        let by_previous = previous.verify(PREVIOUS, &message, &self.by_previous);
        let by_next = next.verify(NEXT, &message, &self.by_next);
        match (by_previous, by_next) {
            (Ok(()), Ok(())) => Ok(ProvenRotation(self.clone())),
            _ => Err(RotationError::NotSigned),
        }
    }

    pub(crate) fn encode_frame<'w>(&self, to: &'w mut Writer) -> &'w mut Writer {
        to.array(Self::FRAME_VALUES as usize).text("rotation");
        self.encode_unsigned(to);
        to.bytes(&self.by_previous).bytes(&self.by_next)
    }

    pub(crate) fn decode_frame(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        let federation = FederationId::from_bytes(cbor::fixed_bytes(from)?);
        let partner = PartnerId::from_bytes(cbor::fixed_bytes(from)?);
        Ok(Self {
            federation,
            partner,
            previous: cbor::fixed_bytes(from)?,
            next: cbor::fixed_bytes(from)?,
            kept: read_kept(from)?,
            by_previous: cbor::fixed_bytes(from)?,
            by_next: cbor::fixed_bytes(from)?,
        })
    }

    /// Both roots sign these bytes, each for its own purpose: a signature of the one can never stand for the other's.
    fn message(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.array(SIGNED_VALUES);
        self.encode_unsigned(&mut writer);
        writer.into_bytes()
    }

    fn encode_unsigned(&self, to: &mut Writer) {
        to.bytes(self.federation.as_bytes());
        to.bytes(self.partner.as_bytes());
        to.bytes(&self.previous).bytes(&self.next);
        to.array(self.kept.len());
        for (feed, keeping) in &self.kept {
            to.array(2).bytes(feed.as_bytes());
            match keeping {
                Keeping::Open => to.null(),
                Keeping::Until(place) => to.value(place),
            };
        }
    }

    /// Values of the frame, its type included.
    pub(crate) const FRAME_VALUES: u64 = 8;
}

impl ProvenRotation {
    /// Returns what it says.
    pub fn said(&self) -> &Rotation {
        &self.0
    }

    /// Returns the root that goes, as the partner's certificates name it.
    pub fn from(&self) -> Root {
        Root::of(&self.0.partner, &self.0.previous)
    }

    /// Returns the root that comes.
    pub fn to(&self) -> Root {
        Root::of(&self.0.partner, &self.0.next)
    }

    /// Returns the bytes, as they are kept beside a root key.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        self.0.encode_frame(&mut writer);
        writer.into_bytes()
    }

    /// Reads what [`ProvenRotation::to_bytes`] writes, and checks the signatures in the federation that it names.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let frame: crate::entry::Frame = cbor::decode_exact(bytes).ok()?;
        match frame {
            crate::entry::Frame::Rotation(rotation) => rotation.prove(&rotation.federation).ok(),
            _ => None,
        }
    }

    /// Returns whether these rotations lead a partner from its first root to `root`.
    pub fn lead(rotations: &[Self], partner: &PartnerId, root: Root) -> bool {
        let mut reached = BTreeSet::from([Root::First]);
        let mut waiting: Vec<&Self> = rotations.iter().collect();
        waiting.retain(|each| each.0.partner == *partner);
        loop {
            let before = waiting.len();
            waiting.retain(|each| !(reached.contains(&each.from()) && reached.insert(each.to())));
            if waiting.len() == before {
                return reached.contains(&root);
            }
        }
    }
}

/// Reads feeds in rising order, none twice. Nothing is allocated from the length of the list.
fn read_kept(from: &mut Decoder<'_>) -> Result<BTreeMap<FeedId, Keeping>, CborError> {
    let len = cbor::array(from)?;
    let mut kept = BTreeMap::new();
    for _ in 0..len {
        cbor::array_of(from, 2)?;
        let feed = FeedId::from_bytes(cbor::fixed_bytes(from)?);
        let place = cbor::optional(from, Position::decode)?;
        if kept.last_key_value().is_some_and(|(last, _)| *last >= feed) {
            return Err(CborError::NotDeterministic);
        }
        kept.insert(feed, place.map_or(Keeping::Open, Keeping::Until));
    }
    Ok(kept)
}

const PREVIOUS: &str = "rotation-previous";
const NEXT: &str = "rotation-next";
const SIGNED_VALUES: usize = 5;
