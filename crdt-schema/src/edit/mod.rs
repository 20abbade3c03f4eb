//! Edits: what people change in a record, and how all the edits of a record become one document.

mod judge;
mod operation;

pub use judge::{HeldEdit, History, Pending, State, check_frame, is_birth_of};
pub use operation::{Content, Invalid, Operation, Value};
