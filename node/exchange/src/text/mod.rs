//! From the bytes of a file to text: which encoding, and what was damaged before us.

mod damage;
mod decode;
mod glimpse;
mod mojibake;
mod plain;

pub use damage::Lost;
pub(crate) use damage::inspect;
pub use decode::Encoding;
pub(crate) use decode::{Fault, Text};
pub use glimpse::first_lines;
pub(crate) use mojibake::repaired;
pub(crate) use plain::{plain, plain_if_html, push_escaped};
