//! Erasure over real stores in temporary folders.

mod clearing;
mod federation;
mod receipts;
mod rewriting;
