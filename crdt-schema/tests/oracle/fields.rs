//! Fields and values in the oracle's JSON.

use crdt_schema::edit::{Field, Value};
use serde_json::{Value as Json, json};

/// Writes a field as the oracle does.
pub(crate) fn field_to_json(field: &Field) -> Json {
    let mut parts = json!({});
    if !field.values.is_empty() {
        parts["values"] = field
            .values
            .iter()
            .map(|written| {
                let mut value = value_to_json(&written.value);
                value["edit"] = json!(written.edit.to_string());
                value["number"] = json!(written.number);
                value
            })
            .collect();
    }
    if !field.terms.is_empty() {
        let terms = field.terms.iter().map(|(term, writers)| {
            let writers: Vec<Json> = writers
                .iter()
                .map(|writer| json!({"edit": writer.edit.to_string(), "number": writer.number}))
                .collect();
            (term.clone(), json!(writers))
        });
        parts["terms"] = Json::Object(terms.collect());
    }
    if let Some(text) = &field.text {
        parts["text"] = json!(text);
    }
    parts
}

/// Writes a value as the oracle does.
pub(crate) fn value_to_json(value: &Value) -> Json {
    let content = match value {
        Value::Text(text) | Value::Date(text) | Value::Term(text) => json!(text),
        Value::Integer(number) | Value::Instant(number) => json!(number),
        Value::Decimal { mantissa, scale } => json!([mantissa, scale]),
        Value::Boolean(is_true) => json!(is_true),
        Value::Point {
            latitude_e7,
            longitude_e7,
        } => json!([latitude_e7, longitude_e7]),
        Value::Record(record) => json!(record.to_string()),
    };
    json!({"type": value.type_name(), "value": content})
}
