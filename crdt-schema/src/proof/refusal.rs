//! Why a file proves nothing: a reason each, so that people know whom to ask.

use crate::cbor::CborError;
use crate::entry::EntryError;
use crate::id::FederationId;

/// Why a file proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Entries do not follow one another from the start of their feed, or one is not signed by anything.
    #[error("the entries do not follow one another from the start of their feed")]
    Chain,
    /// The charters are not adopted one after the other from the genesis: a vote, a link or the genesis is missing.
    #[error("the charters do not follow from the founding one with the votes that each needs")]
    CharterChain,
    /// The credential is not what these entries give.
    #[error("the credential does not say what the signed entries say")]
    Credential,
    /// The newest charter cuts a feed, and the proof does not show whether its entries stand before the cut.
    #[error("a feed was cut by the charter, and the proof does not show where its entries stand")]
    CutNotShown,
    /// An entry does not hold.
    #[error("an entry does not hold: {0}")]
    Entry(#[from] EntryError),
    /// The proof is of another federation than the one expected.
    #[error("the proof is of another federation, {found}")]
    Foreign {
        /// The federation of the proof.
        found: FederationId,
    },
    /// The maker of the proof has no certificate in it.
    #[error("the proof does not show who made it")]
    Maker,
    /// The file is something else.
    #[error("this is no proof of a label")]
    NotAProof,
    /// Fewer partners of the committee decided than must.
    #[error("{votes} partners of the committee decided, {k} must")]
    NotEnoughPartners {
        /// How many have.
        votes: usize,
        /// How many must. 0 where the scheme is not known.
        k: u32,
    },
    /// The record's fields in the proof are not those that the label is bound to.
    #[error("the fields of the record are not those that were signed")]
    Projection,
    /// The charter names a later root of a partner that decided, and the proof does not show how it came.
    #[error("a partner has another root key, and the proof does not show since when")]
    RootNotShown,
    /// A byte is not the one that the maker signed.
    #[error("the file was changed after it was made")]
    Tampered,
    /// The file is too large.
    #[error("the file takes {0} bytes, more than a proof may")]
    TooLarge(usize),
    /// The end of the file is missing.
    #[error("the end of the file is missing")]
    Truncated,
    /// What the maker signed is not a proof.
    #[error("the proof cannot be read: {0}")]
    Unreadable(#[from] CborError),
    /// The file was made by a later version.
    #[error("the proof was made by a later version of the program: upgrade")]
    Version,
}

impl Refusal {
    /// Returns the stable code of this reason.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Chain => "proof_entry_chain",
            Refusal::CharterChain => "proof_charter_chain",
            Refusal::Credential => "proof_credential",
            Refusal::CutNotShown => "proof_cut_not_shown",
            Refusal::Entry(_) => "proof_entry",
            Refusal::Foreign { .. } => "proof_foreign",
            Refusal::Maker => "proof_maker",
            Refusal::NotAProof => "proof_not_a_proof",
            Refusal::NotEnoughPartners { .. } => "proof_not_enough_partners",
            Refusal::Projection => "proof_projection",
            Refusal::RootNotShown => "proof_root_not_shown",
            Refusal::Tampered => "proof_tampered",
            Refusal::TooLarge(_) => "proof_too_large",
            Refusal::Truncated => "proof_truncated",
            Refusal::Unreadable(_) => "proof_unreadable",
            Refusal::Version => "proof_version",
        }
    }
}
