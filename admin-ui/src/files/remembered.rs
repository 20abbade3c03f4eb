//! What is remembered of a source for its next file, for the command as for the pages.

use crdt_schema::record::Kind;
use crdt_schema::vocabulary::Words;
use exchange::{Column, Mapping, Only};
use replica::Fault;
use replica::local::Local;

use crate::imports::Kept;

/// What a person said of the columns of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remembered {
    /// The kind of the records.
    pub kind: Option<&'static Kind>,
    /// Columns and the fields that they go to.
    pub wishes: Vec<(String, String)>,
    /// Columns and codes of proposed readings that were confirmed.
    pub confirmed: Vec<(String, String)>,
    /// The part of an official list that was wanted.
    pub only: Option<Only>,
}

/// Returns what is kept of a source, for a file with these columns. The kind that a person names goes first: what was kept for another one
/// says nothing then. Nor does what names a field that no kind has any more.
pub fn recall(
    (local, words): (&Local, &Words),
    source: &str,
    kind: Option<&'static Kind>,
    columns: impl FnOnce() -> Option<Vec<Column>>,
) -> Result<Option<Remembered>, Fault> {
    let kept = local.mapping(source)?;
    let Some(kept) = kept.and_then(|bytes| Kept::read(&bytes)) else {
        return Ok(None);
    };
    let Some(columns) = columns() else {
        return Ok(None);
    };
    let remembered = kept.remembered(kind, &columns).filter(|remembered| {
        Mapping::of(&columns, remembered.kind, &remembered.wishes, words).is_ok()
    });
    Ok(remembered)
}

/// Keeps what was said of a source for its next file.
pub fn remember(local: &Local, source: &str, what: &Remembered) {
    Kept::of(what).keep(local, source);
}
