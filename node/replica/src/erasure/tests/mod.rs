//! Erasure over real stores in temporary folders.

mod clearing;
mod dictionaries;
pub(crate) mod federation;
mod receipts;
mod rewriting;
