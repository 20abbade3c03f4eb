//! The way of an entry: written (`UnsignedEntry`), signed (`SignedEntry`), checked (`VerifiedEntry`).

use crate::entry::{
    Certified, Frame, HEADER_BYTES, Header, HeaderError, Item, Kind, Payload, PayloadError,
    ProvenRotation, Root,
};
use crate::id::{CharterId, EntryId, FederationId, ItemId, PartnerId};
use crate::key::{BadSignature, KeyError, PublicKey, SecretKey};
use crate::limits::PAYLOAD_BYTES_MAX;
use crate::time::Timestamp;

/// The size of a signature.
pub const SIGNATURE_BYTES: usize = 64;
const PURPOSE: &str = "entry";

/// An entry that its author has not signed yet.
#[derive(Debug, Clone)]
pub struct UnsignedEntry {
    /// What the entry is for.
    pub kind: Kind,
    /// The federation.
    pub federation: FederationId,
    /// Position in the feed and entry before it.
    pub place: (u64, Option<EntryId>),
    /// The newest charter that the author holds.
    pub charter: CharterId,
    /// The author's clock.
    pub claimed: Timestamp,
    /// What it says.
    pub payload: Payload,
}

/// An entry as bytes that came from somewhere: nothing of it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedEntry {
    /// The header.
    pub header: [u8; HEADER_BYTES],
    /// The author's signature over the header.
    pub signature: [u8; SIGNATURE_BYTES],
    /// The payload, maybe with erased contents.
    pub payload: Vec<u8>,
}

/// An entry whose signature, commitment and form hold. What it says may still be without effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedEntry {
    id: EntryId,
    header: Header,
    signature: [u8; SIGNATURE_BYTES],
    payload: Payload,
}

/// Why an entry is not taken at all. The peer that sent it is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// The certificate at the start of the feed is not signed by the root that it names, or that root is not the partner's.
    #[error("the certificate does not hold")]
    Certificate,
    /// The payload is not the one that was signed.
    #[error("the payload is not the one that was signed")]
    Commitment,
    /// The entry belongs to another federation.
    #[error("the entry belongs to another federation")]
    Federation,
    /// The header breaks its form.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The feed is not named by a sound key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The payload breaks its form.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The author did not sign this.
    #[error(transparent)]
    Signature(#[from] BadSignature),
}

impl UnsignedEntry {
    /// Signs the entry. What is signed by our own key is verified by construction.
    pub fn sign(self, author: &SecretKey) -> VerifiedEntry {
        let (sequence, previous) = self.place;
        let header = Header {
            kind: self.kind,
            critical: false,
            federation: self.federation,
            feed: author.public().feed(),
            sequence,
            previous,
            charter: self.charter,
            claimed: self.claimed,
            payload: self.payload.commitment(),
            payload_bytes: u32::try_from(self.payload.to_bytes().len())
                .expect("a payload is within its limit"),
        };
        let signature = author.sign(PURPOSE, &header.to_bytes());
        VerifiedEntry {
            id: header.id(),
            header,
            signature,
            payload: self.payload,
        }
    }
}

impl SignedEntry {
    /// Checks everything that the bytes alone can show, cheapest first.
    pub fn verify(self, federation: &FederationId) -> Result<VerifiedEntry, EntryError> {
        let header = Header::from_bytes(&self.header)?;
        if header.federation != *federation {
            return Err(EntryError::Federation);
        }
        let author = PublicKey::from_bytes(header.feed.as_bytes())?;
        author.verify(PURPOSE, &self.header, &self.signature)?;
        let size_bytes = header.payload_bytes as usize;
        if size_bytes > PAYLOAD_BYTES_MAX {
            // Else an erased form would be taken of an entry that is refused when whole.
            return Err(PayloadError::TooLarge(size_bytes).into());
        }
        let payload = Payload::from_bytes(&self.payload)?;
        if !payload.can_be_of(size_bytes) || payload.commitment() != header.payload {
            return Err(EntryError::Commitment);
        }
        let entry = VerifiedEntry {
            id: header.id(),
            header,
            signature: self.signature,
            payload,
        };
        entry.check_certificate()?;
        Ok(entry)
    }
}

impl VerifiedEntry {
    /// Takes an entry from our own store, where only verified entries are written. The nightly check verifies them again.
    pub fn from_store(stored: &SignedEntry) -> Result<Self, EntryError> {
        let header = Header::from_bytes(&stored.header)?;
        let payload = Payload::from_bytes(&stored.payload)?;
        Ok(Self {
            id: header.id(),
            header,
            signature: stored.signature,
            payload,
        })
    }

    /// Returns the id.
    pub fn id(&self) -> EntryId {
        self.id
    }

    /// Returns the header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the items, in their order.
    pub fn items(&self) -> &[Item] {
        self.payload.items()
    }

    /// Returns the items with their ids, in their order.
    pub fn identified_items(&self) -> impl Iterator<Item = (ItemId, &Item)> {
        self.items()
            .iter()
            .enumerate()
            .map(|(index, item)| (ItemId::of(&self.id, index as u32), item))
    }

    /// Returns the entry without the contents that have to go. `None` when it holds none of them.
    pub fn erased(&self, has_to_go: impl Fn(&ItemId, &Frame) -> bool) -> Option<Self> {
        let goes: Vec<bool> = self
            .identified_items()
            .map(|(id, item)| item.content().is_some() && has_to_go(&id, &item.frame))
            .collect();
        goes.contains(&true).then(|| {
            let keep = |(item, goes): (&Item, &bool)| match goes {
                true => item.erased(),
                false => item.clone(),
            };
            let items = self.items().iter().zip(&goes).map(keep).collect();
            let payload = Payload::new(items);
            self.with(payload.expect("`can_be_of` leaves room for the hash of every content"))
        })
    }

    /// Returns the entry with contents that it lacks and that another form of the same entry holds. `None` when there are none.
    pub fn filled(&self, from: &Self, may_come: impl Fn(&ItemId, &Frame) -> bool) -> Option<Self> {
        if self.id != from.id {
            return None;
        }
        let comes: Vec<bool> = self
            .identified_items()
            .zip(from.items())
            .map(|((id, ours), theirs)| {
                let is_news = ours.content().is_none() && theirs.content().is_some();
                is_news && may_come(&id, &ours.frame)
            })
            .collect();
        if !comes.contains(&true) {
            return None;
        }
        let pairs = self.items().iter().zip(from.items()).zip(&comes);
        let take = |((ours, theirs), comes): ((&Item, &Item), &bool)| match comes {
            true => theirs.clone(),
            false => ours.clone(),
        };
        // An author who lied about the size is found out here at the latest.
        let payload = Payload::new(pairs.map(take).collect()).ok()?;
        let size_bytes = self.header.payload_bytes as usize;
        payload.can_be_of(size_bytes).then(|| self.with(payload))
    }

    /// The commitment does not depend on which contents are there, so the entry still holds.
    fn with(&self, payload: Payload) -> Self {
        Self {
            id: self.id,
            header: self.header.clone(),
            signature: self.signature,
            payload,
        }
    }

    /// Returns the bytes to store and to send.
    pub fn to_signed(&self) -> SignedEntry {
        SignedEntry {
            header: self.header.to_bytes(),
            signature: self.signature,
            payload: self.payload.to_bytes(),
        }
    }

    /// Returns the partner that the certificate of this entry names, at the start of a feed.
    pub fn certified_partner(&self) -> Option<PartnerId> {
        self.certificate().map(|certificate| certificate.partner)
    }

    /// Returns whose feed starts here, and by which root.
    pub fn certified(&self) -> Option<Certified> {
        self.certificate().map(Certified::from)
    }

    /// Returns the rotations that this entry carries and that both roots signed: in a *governance* entry and at the start of a feed.
    pub fn rotations(&self) -> Vec<ProvenRotation> {
        let is_start = self.header.sequence == 0 && self.header.kind.is_known();
        if !is_start && self.header.kind != Kind::Governance {
            return Vec::new();
        }
        self.items()
            .iter()
            .filter_map(|item| match &item.frame {
                Frame::Rotation(rotation) => rotation.prove(&self.header.federation).ok(),
                _ => None,
            })
            .collect()
    }

    /// Returns the certificate at the start of a feed.
    pub fn certificate(&self) -> Option<&crate::entry::Certificate> {
        if self.header.sequence != 0 {
            return None;
        }
        self.items().iter().find_map(|item| match &item.frame {
            Frame::Certificate(certificate) => Some(certificate.as_ref()),
            _ => None,
        })
    }

    fn check_certificate(&self) -> Result<(), EntryError> {
        let Some(certificate) = self.certificate() else {
            return Ok(());
        };
        certificate
            .verify(&self.header.federation, &self.header.feed)
            .map_err(|_| EntryError::Certificate)?;
        // A later root shows the way to it from the first one. Whether it is still in force is governance's matter.
        let Certified { partner, root } = certificate.into();
        if root == Root::First || ProvenRotation::lead(&self.rotations(), &partner, root) {
            Ok(())
        } else {
            Err(EntryError::Certificate)
        }
    }
}
