//! Files into a replica and records into files: one place for the command line and for the pages.
//!
//! The formats, the mapping of columns and the report are those of `exchange`, which knows no store; this adds the replica that an
//! import is compared with and signed into, and that an export reads.

mod alike;
mod batch;
mod bulk;
mod carry;
mod contacts;
mod decided;
mod export;
mod feed;
mod former;
mod grants;
mod held;
mod import;
mod inclusion;
mod labels;
mod licences;
mod records;
mod remembered;
mod undo;
mod undo_contacts;
mod watch_feed;

use crdt_schema::edit::{Field, Value};
use crdt_schema::view::RecordView;

pub use alike::{Alike, AlikeRow};
pub use bulk::{Bulk, BulkChange, BulkError, BulkExample, BulkReport, may_change_many};
pub(crate) use carry::ALL_KINDS;
pub use carry::{Became, Carry, CarryReport, Move, is_year};
pub use contacts::{ContactCounts, Contacts};
pub use decided::{Decided, DecidedCounts};
pub use exchange::export::Reach;
pub use export::{Export, ExportError, Exported, Form};
pub use grants::GrantsReport;
pub use import::{AsText, Import, ImportError, Imported, Refused, Request, Touched};
pub use inclusion::InclusionReport;
pub(crate) use licences::Licences;
pub use licences::LicensedSource;
pub use remembered::{Remembered, recall, remember};
pub use undo::{KeptRecord, Undo, UndoError, Undone};
pub(crate) use undo::{fields_of, restored};
pub use undo_contacts::ContactsUndone;
pub(crate) use watch_feed::{PAGES_MAX, WatchFeed};

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows read, or records written.
    pub done: u64,
    /// All there are, where it is known.
    pub total: Option<u64>,
}

/// Rows, or records, between two words on the progress.
const PROGRESS_ROWS: u64 = 200;

pub(crate) fn name_of(view: &RecordView) -> String {
    text_of(view, "name")
}

/// Returns the text that wins in a field; nothing where it holds no text.
pub(crate) fn text_of(view: &RecordView, field: &str) -> String {
    match view
        .field(field)
        .and_then(Field::winner)
        .map(|written| &written.value)
    {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}
