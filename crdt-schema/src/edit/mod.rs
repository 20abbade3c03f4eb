//! Edits: what people change in a record, and how all the edits of a record become one document.

mod operation;

pub use operation::{Content, Invalid, Operation, Value};
