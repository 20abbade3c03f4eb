//! Edits: what people change in a record, and how all the edits of a record become one document.
//!
//! [`replay`] takes the whole history of a record, in any order, and gives the same fields on every node. What an edit *says* is in
//! `operation`; in which order edits stand, and which are heads, in `history`. Two ways lead to the fields: `linear`, a plain
//! succession, when nobody wrote at the same time as somebody else, and `plan`, `walk` and `engine`, which is automerge's merging.

mod engine;
mod frame;
mod history;
mod judge;
mod linear;
mod merged;
mod operation;
mod plan;
mod replay;
mod walk;

pub use frame::{Past, check_frame};
pub use history::{ReplayError, Replayed, causal_order, heads, is_linear};
pub use judge::{HeldEdit, History, Pending, State};
pub use merged::{Field, Merged, Writer, Written};
pub use operation::{Content, Invalid, Operation, Value};
pub use replay::{export_document, replay, replay_as_given, replay_automerge, replay_linear};
