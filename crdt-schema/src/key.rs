//! Keys: ed25519, checked so that one key has one name, and verified strictly, one signature at a time (batch verification can
//! disagree with single verification on crafted keys).

use std::fmt;

use data_encoding::HEXLOWER_PERMISSIVE;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::id::{FeedId, PartnerId, domain, hash};

/// A public key that no honest node makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are not the canonical encoding of a point.
    #[error("the public key is not a canonical point")]
    NotCanonical,
    /// The point has a small order: anything would seem signed by it.
    #[error("the public key is weak")]
    Weak,
}

/// A signature that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not hold")]
pub struct BadSignature;

/// A public key that is canonical and not weak.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Checks and takes 32 bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NotCanonical)?;
        if key.to_edwards().compress().as_bytes() != bytes {
            return Err(KeyError::NotCanonical);
        }
        if key.is_weak() {
            return Err(KeyError::Weak);
        }
        Ok(Self(key))
    }

    /// Reads 64 hexadecimal digits, as people pass a public key on. `None` for anything else, and for a key that is refused.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok()?;
        Self::from_bytes(&bytes.try_into().ok()?).ok()
    }

    /// Returns the 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Checks a signature over the domain prefix of `what` and the message.
    pub fn verify(
        &self,
        what: &str,
        message: &[u8],
        signature: &[u8; 64],
    ) -> Result<(), BadSignature> {
        let signed = [domain(what).as_slice(), message].concat();
        let signature = Signature::from_bytes(signature);
        self.0
            .verify_strict(&signed, &signature)
            .map_err(|_| BadSignature)
    }

    /// Checks a signature over 64 bare bytes: the one signature without a domain prefix, which Data Integrity defines otherwise.
    pub(crate) fn verify_bare(
        &self,
        message: &[u8; 64],
        signature: &[u8; 64],
    ) -> Result<(), BadSignature> {
        let signature = Signature::from_bytes(signature);
        self.0
            .verify_strict(message, &signature)
            .map_err(|_| BadSignature)
    }

    /// Returns the partner whose first root key this is.
    pub fn partner(&self) -> PartnerId {
        PartnerId::from_bytes(hash("partner", &[self.as_bytes()]))
    }

    /// Returns the feed that this instance key signs.
    pub fn feed(&self) -> FeedId {
        FeedId::from_bytes(*self.as_bytes())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.feed().short())
    }
}

/// A secret key. It is wiped from memory when dropped, and never shown.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// Takes the 32 secret bytes, drawn by the caller from a secure source.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(bytes))
    }

    /// Returns the 32 secret bytes, for a key file.
    pub fn to_bytes(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes())
    }

    /// Returns the public key.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs the domain prefix of `what` and the message.
    pub fn sign(&self, what: &str, message: &[u8]) -> [u8; 64] {
        self.0
            .sign(&[domain(what).as_slice(), message].concat())
            .to_bytes()
    }

    /// Signs 64 bare bytes, as Data Integrity asks.
    ///
    /// INVARIANT: no message that we sign behind a domain prefix has 64 bytes with it, so that one is never taken for the other.
    pub(crate) fn sign_bare(&self, message: &[u8; 64]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey of {:?}", self.public())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_purpose_and_message_only() {
        let key = SecretKey::from_bytes(&[7; 32]);
        let signature = key.sign("entry", b"text");
        assert_eq!(key.public().verify("entry", b"text", &signature), Ok(()));
        assert_eq!(
            key.public().verify("approval", b"text", &signature),
            Err(BadSignature)
        );
        assert_eq!(
            key.public().verify("entry", b"texu", &signature),
            Err(BadSignature)
        );
        let other = SecretKey::from_bytes(&[8; 32]).public();
        assert_eq!(
            other.verify("entry", b"text", &signature),
            Err(BadSignature)
        );
    }

    #[test]
    fn the_identity_and_other_small_points_are_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(PublicKey::from_bytes(&identity), Err(KeyError::Weak));
        assert_eq!(PublicKey::from_bytes(&[0; 32]), Err(KeyError::Weak));
    }

    #[test]
    fn encodings_above_the_field_are_refused() {
        // y = p + k for small k: the reader of the library takes them modulo p.
        for low in 0xed..=0xff_u8 {
            for sign in [0x7f, 0xff] {
                let mut bytes = [0xff; 32];
                bytes[0] = low;
                bytes[31] = sign;
                assert!(PublicKey::from_bytes(&bytes).is_err(), "{low:x} {sign:x}");
            }
        }
    }
}
