//! Full-text search and facets over the records of this replica.
//!
//! The index is derived: it may be deleted at any time and is filled again from the store, from the counter that [`Index::progress`]
//! gives back. It knows nothing of the store, of mandates or of scopes: whoever fills it decides what may be found.
//!
//! Words are read as French: lower case, accents folded, elisions and stop words dropped, then stemmed. Names are also kept unstemmed,
//! so that a typing mistake or an unfinished last word still finds them.

mod analysis;
mod blocks;
mod document;
mod error;
mod facets;
mod files;
mod index;
mod matching;
mod purge;
mod query;
mod schema;
#[cfg(test)]
mod tests;
mod wordings;

pub use blocks::{Blocks, SharedBlock};
pub use document::{Confirmed, SearchDocument, Update};
pub use error::{Error, Fault, Refused};
pub use index::{Answer, FacetCount, Hit, Index};
pub use query::{
    AMONG_MAX, BoundingBox, Confirming, FACET_VALUES_MAX, FACETS_MAX, PAGE_MAX, Query, Sort,
    TERMS_MAX, TEXT_CHARS_MAX, Withdrawn,
};
