//! The certificate at the start of every feed: the root key of a partner says that this instance, with this network identity,
//! writes for it.

use minicbor::Decoder;

use crate::cbor::{self, CborError, Writer};
use crate::id::{FederationId, FeedId, PartnerId};
use crate::key::{BadSignature, PublicKey, SecretKey};

/// A root key's signature over an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The partner, named by the hash of its first root key.
    pub partner: PartnerId,
    /// The root public key that signs.
    pub root: [u8; 32],
    /// The iroh identity of the instance.
    pub endpoint: [u8; 32],
    /// The root's signature.
    pub signature: [u8; 64],
}

/// A root key, as its partner counts: the first one is named by the partner itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    /// The one whose hash is the partner's id.
    First,
    /// One that a rotation brought, by its public key.
    Later([u8; 32]),
}

/// Whose feed it is, and which root says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Certified {
    /// The partner.
    pub partner: PartnerId,
    /// Its root key that signed the certificate.
    pub root: Root,
}

impl Root {
    /// Returns which root of the partner a public key is, if it is one at all.
    pub fn of(partner: &PartnerId, key: &[u8; 32]) -> Self {
        match PublicKey::from_bytes(key) {
            Ok(root) if root.partner() == *partner => Root::First,
            _ => Root::Later(*key),
        }
    }
}

impl From<PartnerId> for Certified {
    /// Certified by the partner's first root.
    fn from(partner: PartnerId) -> Self {
        let root = Root::First;
        Self { partner, root }
    }
}

impl From<&Certificate> for Certified {
    fn from(certificate: &Certificate) -> Self {
        Self {
            partner: certificate.partner,
            root: Root::of(&certificate.partner, &certificate.root),
        }
    }
}

impl Certificate {
    /// Values of the frame, its type included.
    pub(crate) const FRAME_VALUES: u64 = 5;

    /// Signs the instance that writes `feed` and speaks on the network as `endpoint`.
    pub fn sign(
        root: &SecretKey,
        partner: PartnerId,
        federation: &FederationId,
        feed: &FeedId,
        endpoint: [u8; 32],
    ) -> Self {
        let signature = root.sign(PURPOSE, &message(federation, &partner, feed, &endpoint));
        Self {
            partner,
            root: *root.public().as_bytes(),
            endpoint,
            signature,
        }
    }

    /// Checks the signature. Whether the root is the partner's is shown by the entry that carries the certificate.
    pub fn verify(&self, federation: &FederationId, feed: &FeedId) -> Result<(), BadSignature> {
        let root = PublicKey::from_bytes(&self.root).map_err(|_| BadSignature)?;
        let message = message(federation, &self.partner, feed, &self.endpoint);
        root.verify(PURPOSE, &message, &self.signature)
    }

    /// Returns whether the root is the partner's first one, which names it.
    pub fn is_of_first_root(&self) -> bool {
        PublicKey::from_bytes(&self.root).is_ok_and(|root| root.partner() == self.partner)
    }

    pub(crate) fn encode_frame<'w>(&self, to: &'w mut Writer) -> &'w mut Writer {
        to.array(Self::FRAME_VALUES as usize).text("certificate");
        to.bytes(self.partner.as_bytes()).bytes(&self.root);
        to.bytes(&self.endpoint).bytes(&self.signature)
    }

    pub(crate) fn decode_frame(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        Ok(Self {
            partner: PartnerId::from_bytes(cbor::fixed_bytes(from)?),
            root: cbor::fixed_bytes(from)?,
            endpoint: cbor::fixed_bytes(from)?,
            signature: cbor::fixed_bytes(from)?,
        })
    }
}

fn message(
    federation: &FederationId,
    partner: &PartnerId,
    feed: &FeedId,
    endpoint: &[u8; 32],
) -> Vec<u8> {
    [
        *federation.as_bytes(),
        *partner.as_bytes(),
        *feed.as_bytes(),
        *endpoint,
    ]
    .concat()
}

const PURPOSE: &str = "certificate";
