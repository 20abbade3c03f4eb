//! Erasure over real stores in temporary folders.

mod clearing;
pub(crate) mod federation;
mod receipts;
mod rewriting;
