//! What a field says in a typed column.

use crdt_schema::draft::{degrees, shown};
use crdt_schema::edit::{Field as Held, Value};
use crdt_schema::record::{Field, Shape};
use jiff::civil::Date;

use crate::export::fields::{is_code, said};

/// The type of a column.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Typed {
    Boolean,
    Date,
    Instant,
    Integer,
    List,
    Number,
    Point,
    Text,
}

/// What stands in one column of one row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Boolean(bool),
    /// Days since 1970.
    Date(i32),
    Empty,
    /// Milliseconds since 1970, UTC.
    Instant(i64),
    Integer(i64),
    List(Vec<String>),
    Number(f64),
    /// Latitude and longitude in degrees.
    Point(f64, f64),
    Text(String),
}

impl Typed {
    /// Returns the type that the shape of a field asks for. Codes are texts.
    pub(super) fn of(field: &Field) -> Self {
        match field.shape {
            _ if is_code(field) => Typed::Text,
            // A list of objects, as JSON: what reads it knows better than a schema that each version would change.
            Shape::Rows(_) => Typed::Text,
            _ if field.shape.is_set() => Typed::List,
            Shape::Boolean => Typed::Boolean,
            Shape::Date => Typed::Date,
            Shape::Decimal => Typed::Number,
            Shape::Instant => Typed::Instant,
            Shape::Integer => Typed::Integer,
            Shape::Point => Typed::Point,
            _ => Typed::Text,
        }
    }
}

/// Returns what a field holds for a column of this type; nothing when the type cannot hold it.
pub(super) fn cell(typed: Typed, field: Option<&Field>, held: Option<&Held>) -> Option<Cell> {
    let Some(held) = held else {
        return Some(Cell::Empty);
    };
    let text = said(field.map(|field| &field.shape), held);
    if text.is_empty() {
        return Some(Cell::Empty);
    }
    if typed == Typed::Text {
        return Some(Cell::Text(text));
    }
    if typed == Typed::List {
        let terms: Vec<_> = held.terms.keys().cloned().collect();
        // A set that holds a value instead is a list of that one.
        return Some(Cell::List(if terms.is_empty() {
            vec![text]
        } else {
            terms
        }));
    }
    match (typed, &held.winner()?.value) {
        (Typed::Boolean, Value::Boolean(yes)) => Some(Cell::Boolean(*yes)),
        (Typed::Date, Value::Date(day)) => days(day).map(Cell::Date),
        (Typed::Instant, Value::Instant(millis)) => Some(Cell::Instant(*millis)),
        (Typed::Integer, Value::Integer(whole)) => Some(Cell::Integer(*whole)),
        (Typed::Number, value @ (Value::Decimal { .. } | Value::Integer(_))) => {
            exact(&shown(value)).map(Cell::Number)
        }
        (
            Typed::Point,
            Value::Point {
                latitude_e7,
                longitude_e7,
            },
        ) => Some(Cell::Point(degrees(*latitude_e7), degrees(*longitude_e7))),
        _ => None,
    }
}

fn days(day: &str) -> Option<i32> {
    let date: Date = day.parse().ok()?;
    let hours = date.duration_since(Date::constant(1970, 1, 1)).as_hours();
    i32::try_from(hours / 24).ok()
}

/// Reads a number that a column of floating numbers keeps exactly.
fn exact(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}
