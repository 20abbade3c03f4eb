//! CSV: reading whatever people have, writing two exact kinds.

mod detect;
mod guard;
mod read;
mod records;
mod write;

pub use detect::Separator;
pub use guard::{guarded, unguarded};
pub(crate) use read::Rows;
pub use write::{Cell, Flavour, Writer};
