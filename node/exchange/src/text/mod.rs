//! From the bytes of a file to text: which encoding, and what was damaged before us.

mod damage;
mod decode;
mod mojibake;

pub use damage::Lost;
pub(crate) use damage::inspect;
pub use decode::Encoding;
pub(crate) use decode::{Fault, Text};
pub(crate) use mojibake::repaired;
