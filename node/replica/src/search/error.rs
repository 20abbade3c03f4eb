//! What can go wrong: the question is refused, or the index fails.

use std::io;
use std::path::PathBuf;

/// An answer that cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The index failed; our operator acts.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The question is not one; the person who asks acts.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl Error {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.code(),
            Self::Refused(refused) => refused.code(),
        }
    }
}

impl From<tantivy::TantivyError> for Error {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Fault(error.into())
    }
}

/// A query that is refused, with the limit to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The box is empty or outside the Earth.
    #[error("the south of the box is above its north, or a side is outside the Earth")]
    BoxMalformed,
    /// A word begins with a wildcard.
    #[error("a word cannot begin with *")]
    LeadingWildcard,
    /// The page has no line or too many.
    #[error("a page has between 1 and {max} lines")]
    PageSize {
        /// The most lines of a page.
        max: usize,
    },
    /// The text is too long.
    #[error("the text is longer than {max} characters")]
    TextTooLong {
        /// The most characters.
        max: usize,
    },
    /// There are too many facets with a selection.
    #[error("more than {max} facets are selected")]
    TooManyFacets {
        /// The most facets.
        max: usize,
    },
    /// Too many records are named.
    #[error("more than {max} records are named")]
    TooManyRecords {
        /// The most records.
        max: usize,
    },
    /// There are too many words.
    #[error("the text has more than {max} words")]
    TooManyTerms {
        /// The most words.
        max: usize,
    },
    /// Too many values of one facet are selected.
    #[error("more than {max} values of one facet are selected")]
    TooManyValues {
        /// The most values.
        max: usize,
    },
}

impl Refused {
    /// Returns the stable code of this error, under which people's texts are found.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BoxMalformed => "search_box_malformed",
            Self::LeadingWildcard => "search_leading_wildcard",
            Self::PageSize { .. } => "search_page_size",
            Self::TextTooLong { .. } => "search_text_too_long",
            Self::TooManyFacets { .. } => "search_too_many_facets",
            Self::TooManyRecords { .. } => "search_too_many_records",
            Self::TooManyTerms { .. } => "search_too_many_terms",
            Self::TooManyValues { .. } => "search_too_many_values",
        }
    }
}

/// A failure of the index, for our operator.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The engine failed; the index can be deleted and filled again.
    #[error("the search index failed; run `maillage reindex` if it goes on: {0}")]
    Engine(#[from] tantivy::TantivyError),
    /// The folder cannot be used.
    #[error("the folder of the search index {folder} cannot be used: {source}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// What a query needs to be told first cannot be read.
    #[error("what the search needs of the store cannot be read: {0}")]
    Store(String),
    /// Another process writes this index.
    #[error("the search index {folder} is in use by another process")]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
}

impl Fault {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Engine(_) => "search_engine_failed",
            Self::Folder { .. } => "search_folder_unusable",
            Self::InUse { .. } => "search_index_in_use",
            Self::Store(_) => "search_store_unreadable",
        }
    }
}
