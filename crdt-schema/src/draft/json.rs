//! Values as JSON, and the texts that JSON values stand for.

use serde_json::{Value as Json, json as object};

use super::read::shown;
use crate::edit::Value;

/// Writes a value as JSON: numbers are numbers when nothing is lost, codes and dates are texts.
pub fn json(value: &Value) -> Json {
    let text = shown(value);
    match value {
        Value::Boolean(yes) => Json::Bool(*yes),
        Value::Integer(whole) => Json::from(*whole),
        Value::Decimal { .. } => match text.parse::<f64>() {
            Ok(number) if number.to_string() == text => Json::from(number),
            _ => Json::String(text),
        },
        Value::Point {
            latitude_e7,
            longitude_e7,
        } => {
            object!({ "latitude": degrees(*latitude_e7), "longitude": degrees(*longitude_e7) })
        }
        Value::Date(_) | Value::Instant(_) | Value::Record(_) | Value::Term(_) | Value::Text(_) => {
            Json::String(text)
        }
    }
}

/// Returns degrees with at most seven decimals: the shortest number that reads back to the same ten-millionths.
pub fn degrees(e7: i32) -> f64 {
    f64::from(e7) / 1e7
}

/// Returns the text that stands for what [`json`] wrote, or for what somebody else did.
pub(super) fn json_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        Json::Object(place) => {
            let degrees = |name: &str| place.get(name).and_then(Json::as_f64);
            match (degrees("latitude"), degrees("longitude")) {
                (Some(latitude), Some(longitude)) => format!("{latitude}, {longitude}"),
                _ => value.to_string(),
            }
        }
        other => other.to_string(),
    }
}
