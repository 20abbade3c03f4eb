//! Replay held against itself, against stored histories that automerge merged, and against the oracle.

mod arrival;
mod chance;
mod drawing;
#[path = "../oracle/fields.rs"]
mod fields;
mod oracle;
mod properties;
mod received;
