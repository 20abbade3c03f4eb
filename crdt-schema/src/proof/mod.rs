//! Proofs: a label that leaves the federation, and is checked by people who run no node.
//!
//! Two things leave. The *credential* is a W3C Verifiable Credential in the Open Badges data model, signed by one coordinator, for
//! wallets. The *bundle*, a file that ends in `.maillage-proof`, holds the credential and everything that shows the quorum: the
//! issuing entries as they were signed, and the charters from the genesis on. [`Proof::verify`] judges it with the evaluation of
//! governance itself, without a node and without a network. `PROOF.md` beside this crate is the byte-exact description.
//!
//! What no file can show is what its maker left out: a later withdrawal, a newer charter, a second history. So the maker signs the
//! file with the time, and a verdict always says as of when, and according to whom.

mod build;
mod bundle;
mod chain;
mod credential;
mod integrity;
mod issue;
mod listed;
mod multikey;
mod refusal;
mod status;
#[cfg(test)]
mod tests;
mod verdict;
mod verify;

pub use build::{Request, Unprovable, build};
pub use bundle::PROOF_BYTES_MAX;
pub use integrity::{IntegrityError, canonical, verify as verify_integrity};
pub use issue::{IssueError, Issuing, Seal, StatusPlace, issue, revoked_indices, status_indices};
pub use listed::{Listed, STATUS_LIST_BYTES_MAX};
pub use multikey::{did_key, from_did_key, from_multikey, multikey};
pub use refusal::Refusal;
pub use status::{STATUS_BITS, STATUS_DAYS, StatusError, StatusList, free_index};
pub use verdict::{Signer, Verdict};
pub use verify::Proof;
