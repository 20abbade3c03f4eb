//! Approvals: the vote of one seat, or of one recovery key, for one charter.

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::id::{CharterId, FederationId};
use crate::key::{BadSignature, PublicKey, SecretKey};

/// A vote whose signature holds: there is no other way to have one. Whether the signer has a seat is decided by `Adoption`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Approval {
    vote: Vote,
    signature: [u8; 64],
}

/// What is signed, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vote {
    /// The charter that is approved.
    pub charter: CharterId,
    /// The charter that it follows.
    pub parent: CharterId,
    /// The federation of both.
    pub federation: FederationId,
    /// The public key that signs.
    pub signer: [u8; 32],
}

/// Bytes that are no approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// The bytes are not the one CBOR writing of an approval.
    #[error("the approval cannot be read: {0}")]
    Cbor(#[from] CborError),
    /// The key that it names did not sign it, or is weak.
    #[error(transparent)]
    Signature(#[from] BadSignature),
}

impl ApprovalError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            ApprovalError::Cbor(_) => "approval_unreadable",
            ApprovalError::Signature(_) => "approval_not_signed",
        }
    }
}

impl Approval {
    /// Signs a vote. The caller has recorded on disk that it approves no other child of this parent.
    pub fn sign(
        seat: &SecretKey,
        federation: FederationId,
        parent: CharterId,
        charter: CharterId,
    ) -> Self {
        let vote = Vote {
            charter,
            parent,
            federation,
            signer: *seat.public().as_bytes(),
        };
        Self {
            vote,
            signature: seat.sign(PURPOSE, &vote.message()),
        }
    }

    /// Reads the bytes of an approval and checks its signature.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ApprovalError> {
        let approval: Self = cbor::decode_exact(bytes)?;
        approval.verify()?;
        Ok(approval)
    }

    /// Returns the bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_cbor()
    }

    /// Returns what is signed, and by whom.
    pub fn vote(&self) -> &Vote {
        &self.vote
    }

    fn verify(&self) -> Result<(), BadSignature> {
        let signer = PublicKey::from_bytes(&self.vote.signer).map_err(|_| BadSignature)?;
        signer.verify(PURPOSE, &self.vote.message(), &self.signature)
    }
}

impl Vote {
    fn message(&self) -> Vec<u8> {
        [
            *self.federation.as_bytes(),
            *self.parent.as_bytes(),
            *self.charter.as_bytes(),
        ]
        .concat()
    }
}

impl Wire for Approval {
    fn encode(&self, to: &mut Writer) {
        to.array(6).unsigned(FORMAT_VERSION);
        to.bytes(&self.vote.signer);
        to.bytes(self.vote.federation.as_bytes());
        to.bytes(self.vote.parent.as_bytes());
        to.bytes(self.vote.charter.as_bytes());
        to.bytes(&self.signature);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 6)?;
        if from.u64()? != FORMAT_VERSION {
            return Err(CborError::Malformed);
        }
        let signer = cbor::fixed_bytes(from)?;
        let federation = FederationId::from_bytes(cbor::fixed_bytes(from)?);
        let parent = CharterId::from_bytes(cbor::fixed_bytes(from)?);
        let charter = CharterId::from_bytes(cbor::fixed_bytes(from)?);
        let vote = Vote {
            charter,
            parent,
            federation,
            signer,
        };
        Ok(Self {
            vote,
            signature: cbor::fixed_bytes(from)?,
        })
    }
}

const PURPOSE: &str = "approval";
const FORMAT_VERSION: u64 = 1;
