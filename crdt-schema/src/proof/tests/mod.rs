//! Proofs of a small federation with real keys: what is accepted, what it says, and everything that is refused.

#![expect(clippy::unwrap_used, reason = "tests")]

mod federation;
mod genuine;
mod golden;
mod hostile;
mod listed;
mod roots;
