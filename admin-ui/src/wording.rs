//! How values of the census are said to people.

use crdt_schema::draft::{degrees_text, written};
use crdt_schema::edit::Value;
use crdt_schema::record::{Field, Kind, Shape};
use crdt_schema::time::Timestamp;

use crate::i18n::Language;

/// Returns a value in words: dates with their month, terms by their wording, amounts in the reader's way.
pub(crate) fn value(language: Language, shape: Option<Shape>, value: &Value) -> String {
    match value {
        Value::Boolean(true) => language.text("yes"),
        Value::Boolean(false) => language.text("no"),
        Value::Date(date) => language.date(date),
        Value::Decimal { .. } => decimal(language, &written(value)),
        Value::Instant(millis) => Timestamp::from_millis(*millis).to_string(),
        Value::Integer(number) if *number >= 0 => language.number(number.unsigned_abs()),
        Value::Point {
            latitude_e7,
            longitude_e7,
        } => {
            format!(
                "{} ; {}",
                degrees_text(*latitude_e7),
                degrees_text(*longitude_e7)
            )
        }
        Value::Term(code) => term(language, shape, code),
        Value::Integer(_) | Value::Record(_) | Value::Text(_) => written(value),
    }
}

/// Returns a term by its wording; a term that no vocabulary of ours knows is shown as it is.
pub(crate) fn term(language: Language, shape: Option<Shape>, code: &str) -> String {
    let vocabulary = shape.and_then(|shape| shape.vocabulary());
    let known = vocabulary.and_then(|vocabulary| vocabulary.term(code));
    known.map_or_else(
        || code.to_owned(),
        |term| term.wording.in_language(language.tag()).to_owned(),
    )
}

/// Returns the label of a field; a field that no kind of ours knows is named by its code.
pub(crate) fn field_label(language: Language, field: Option<&Field>, name: &str) -> String {
    field.map_or_else(
        || name.trim_start_matches("x_").replace('_', " "),
        |field| field.wording.in_language(language.tag()).to_owned(),
    )
}

/// Returns what a record of this kind is called.
pub(crate) fn kind_label(language: Language, code: &str) -> String {
    Kind::parse(code).map_or_else(
        || code.to_owned(),
        |kind| kind.wording.in_language(language.tag()).to_owned(),
    )
}

fn decimal(language: Language, text: &str) -> String {
    match language {
        Language::English => text.to_owned(),
        Language::French => text.replace('.', ","),
    }
}
