//! The tables that we write for people, known again when they come back: their columns have the labels of our fields, or any words with
//! a code in brackets behind them.

use crdt_schema::limits::FIELD_BYTES_MAX;
use crdt_schema::record::{Field, Kind, Shape};
use crdt_schema::vocabulary::OWN_FIELD;

use crate::mapping::{Use, key};
use crate::table::Column;

/// The code of the column that says which fields are in conflict.
pub(crate) const CONFLICTS: &str = "conflicts";

/// Writes words and the code that an import reads.
pub(crate) fn with_code(label: &str, code: &str) -> String {
    format!("{label} [{code}]")
}

/// Returns the code of the column with the ids of records, which says of which kind they are. No field has a dot in its name.
pub(crate) fn record_code(kind: &Kind) -> String {
    format!("{RECORD}{}", kind.code)
}

/// Returns the code of the column with the names of what a field leads to. Where the column of the field itself says something, that counts.
pub(crate) fn names_code(field: &str) -> String {
    format!("{field}{NAMES}")
}

/// Tells whether a label alone says which field of the kind a column is, in whichever language it is written.
pub(crate) fn is_clear(kind: &Kind, field: &Field, label: &str) -> bool {
    let mut called = kind.fields().filter(|other| is_called(other, &key(label)));
    !label.ends_with(']') && called.all(|other| other.name == field.name)
}

/// Returns the field that a code of [`names_code`] is about.
pub(super) fn named_field(kind: &'static Kind, code: &str) -> Option<&'static str> {
    let field = kind.field(code.strip_suffix(NAMES)?)?;
    matches!(field.shape, Shape::Record(_) | Shape::Records(_)).then_some(field.name)
}

/// Returns the kind of the records in a table of ours.
pub(super) fn kind(columns: &[Column]) -> Option<&'static Kind> {
    let codes = columns.iter().filter_map(|column| code(&column.name));
    let mut kinds = codes.filter_map(|code| Kind::parse(code.strip_prefix(RECORD)?));
    kinds.next()
}

/// Returns what a column of ours is for; nothing for one that a person added.
pub(super) fn usage(kind: &'static Kind, name: &str) -> Option<Use> {
    let field = |name: &str| kind.field(name).map(|field| Use::Field(field.name));
    match code(name) {
        Some(code) if code == record_code(kind) => Some(Use::Record),
        Some(own) if is_own(own) => Some(Use::Extra(own.to_owned())),
        Some(CONFLICTS) => Some(Use::Dropped),
        Some(code) if code.ends_with(NAMES) => {
            Some(named_field(kind, code).map_or(Use::Dropped, Use::Names))
        }
        // What this version does not know, and what no table may say: that a record is withdrawn.
        Some(code) if is_code(code) => field(code).or(Some(Use::Dropped)),
        _ if is_own(name) => Some(Use::Extra(name.to_owned())),
        _ => {
            let wanted = key(name);
            let mut called = kind.fields().filter(|field| is_called(field, &wanted));
            called.next().map(|field| Use::Field(field.name))
        }
    }
}

fn is_called(field: &Field, wanted: &str) -> bool {
    [field.wording.fr, field.wording.en]
        .iter()
        .any(|label| key(label) == wanted)
}

fn is_own(name: &str) -> bool {
    name.starts_with(OWN_FIELD) && name.len() <= FIELD_BYTES_MAX
}

fn code(name: &str) -> Option<&str> {
    let (_, code) = name.strip_suffix(']')?.rsplit_once(" [")?;
    Some(code)
}

fn is_code(text: &str) -> bool {
    let is_of_a_name = |byte: u8| byte.is_ascii_lowercase() || b"_.".contains(&byte);
    !text.is_empty() && text.bytes().all(is_of_a_name)
}

const RECORD: &str = "record.";
const NAMES: &str = ".name";
