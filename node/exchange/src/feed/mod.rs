//! Feeds in: Atom (RFC 4287), RSS 2.0 and RSS 1.0, an article a row.
//!
//! No document type, no entity but those of XML, no depth beyond what feeds need: nothing in a feed makes the reader fetch or grow.

mod article;
mod read;
mod stream;
mod xml;

pub(crate) use read::{Rows, looks_like};
