//! From records to files. What is exported as CSV for programs can be imported again as the same records.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crdt_schema::draft::written;
use crdt_schema::edit::{Field, Value};
use crdt_schema::record::{Kind, Shape};
use crdt_schema::view::RecordView;
use serde_json::{Map, Value as Json, json};

use crate::csv::{Cell, Flavour, Writer};
use crate::import::{extra_fields, point_cells};

/// A form in which records leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// CSV for programs.
    Csv,
    /// GeoJSON (RFC 7946).
    GeoJson,
    /// JSON with all concurrent values.
    Json,
    /// CSV for spreadsheets, in the French way.
    Spreadsheet,
}

impl Output {
    /// Returns the form with this name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Output::Csv),
            "geojson" => Some(Output::GeoJson),
            "json" => Some(Output::Json),
            "tableur" => Some(Output::Spreadsheet),
            _ => None,
        }
    }

    /// Returns whether all records of a file are of one kind.
    pub fn is_of_one_kind(self) -> bool {
        matches!(self, Output::Csv | Output::Spreadsheet)
    }
}

/// Writes records of one kind as CSV. `extras` are the fields beyond the kind's own, by `extra_columns`.
pub struct CsvExport<W: Write> {
    writer: Writer<W>,
    kind: &'static Kind,
    extras: BTreeSet<String>,
    has_point: bool,
}

/// Returns the fields of these records that no kind knows.
pub fn extra_columns<'v>(views: impl Iterator<Item = &'v RecordView>) -> BTreeSet<String> {
    let mut extras = BTreeSet::new();
    for view in views {
        extras.extend(extra_fields(view.fields().keys()));
    }
    extras
}

impl<W: Write> CsvExport<W> {
    /// Writes the header.
    pub fn new(
        out: W,
        is_spreadsheet: bool,
        kind: &'static Kind,
        extras: BTreeSet<String>,
    ) -> io::Result<Self> {
        let flavour = if is_spreadsheet {
            Flavour::Spreadsheet
        } else {
            Flavour::Machine
        };
        let mut writer = Writer::new(out, flavour)?;
        let has_point = kind.field("point").is_some();
        let mut names = vec!["record".to_owned()];
        names.extend(columns(kind).map(str::to_owned));
        if has_point {
            names.extend(["latitude", "longitude"].map(str::to_owned));
        }
        names.extend(extras.iter().cloned());
        names.push("conflicts".to_owned());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        writer.header(&names)?;
        Ok(Self {
            writer,
            kind,
            extras,
            has_point,
        })
    }

    /// Writes a record: of a conflict, the value that wins; the last column says which fields have one.
    pub fn record(&mut self, view: &RecordView) -> io::Result<()> {
        let mut cells = vec![Cell::Code(view.record.to_string())];
        for name in columns(self.kind) {
            let shape = self.kind.field(name).map(|field| field.shape);
            cells.push(
                view.field(name)
                    .map_or(Cell::Empty, |field| cell(field, shape)),
            );
        }
        if self.has_point {
            match view
                .field("point")
                .and_then(Field::winner)
                .map(|written| &written.value)
            {
                Some(Value::Point {
                    latitude_e7,
                    longitude_e7,
                }) => {
                    let (latitude, longitude) = point_cells(*latitude_e7, *longitude_e7);
                    cells.extend([Cell::Number(latitude), Cell::Number(longitude)]);
                }
                _ => cells.extend([Cell::Empty, Cell::Empty]),
            }
        }
        for name in &self.extras {
            cells.push(
                view.field(name)
                    .map_or(Cell::Empty, |field| cell(field, None)),
            );
        }
        let conflicts = view
            .fields()
            .iter()
            .filter(|(_, field)| field.is_conflict());
        cells.push(Cell::Set(conflicts.map(|(name, _)| name.clone()).collect()));
        self.writer.row(&cells)
    }

    /// Ends the file.
    pub fn finish(self) -> io::Result<W> {
        self.writer.finish()
    }
}

fn columns(kind: &'static Kind) -> impl Iterator<Item = &'static str> {
    kind.fields()
        .map(|field| field.name)
        .filter(|name| *name != "point")
}

fn cell(field: &Field, shape: Option<Shape>) -> Cell {
    if let Some(text) = &field.text {
        return Cell::Text(text.clone());
    }
    if !field.terms.is_empty() {
        return Cell::Set(field.terms.keys().cloned().collect());
    }
    let Some(winner) = field.winner() else {
        return Cell::Empty;
    };
    let text = written(&winner.value);
    match (&winner.value, shape) {
        (Value::Integer(_) | Value::Decimal { .. }, _) => Cell::Number(text),
        (Value::Date(_), _) => Cell::Date(text),
        (Value::Text(_), Some(Shape::Text | Shape::LongText | Shape::OpeningHours) | None) => {
            Cell::Text(text)
        }
        _ => Cell::Code(text),
    }
}

/// Writes a record as JSON: the winner of each field, and beside it every concurrent value.
pub fn record_json(view: &RecordView) -> Json {
    let mut object = Map::new();
    object.insert("record".to_owned(), json!(view.record.to_string()));
    object.insert("kind".to_owned(), json!(view.kind()));
    object.insert(
        "territory".to_owned(),
        json!(view.birth.as_ref().map(|(_, territory)| territory)),
    );
    let mut conflicts = Map::new();
    for (name, field) in view.fields() {
        if field.is_conflict() {
            let values = field
                .values
                .iter()
                .map(|written| value_json(&written.value));
            conflicts.insert(name.clone(), values.collect());
        }
        object.insert(name.clone(), field_json(field));
    }
    if !conflicts.is_empty() {
        object.insert("conflicts".to_owned(), Json::Object(conflicts));
    }
    Json::Object(object)
}

/// Writes a record as a feature of GeoJSON: longitude first, `null` without a place.
pub fn record_feature(view: &RecordView) -> Json {
    let geometry = match view
        .field("point")
        .and_then(Field::winner)
        .map(|written| &written.value)
    {
        Some(Value::Point {
            latitude_e7,
            longitude_e7,
        }) => {
            json!({ "type": "Point", "coordinates": [degrees(*longitude_e7), degrees(*latitude_e7)] })
        }
        _ => Json::Null,
    };
    let mut properties = record_json(view);
    if let Json::Object(properties) = &mut properties {
        properties.remove("point");
    }
    json!({ "type": "Feature", "id": view.record.to_string(), "geometry": geometry, "properties": properties })
}

fn field_json(field: &Field) -> Json {
    if let Some(text) = &field.text {
        return json!(text);
    }
    if !field.terms.is_empty() {
        return field.terms.keys().map(|term| json!(term)).collect();
    }
    field
        .winner()
        .map_or(Json::Null, |written| value_json(&written.value))
}

fn value_json(value: &Value) -> Json {
    match value {
        Value::Integer(number) => json!(number),
        Value::Boolean(value) => json!(value),
        Value::Point {
            latitude_e7,
            longitude_e7,
        } => {
            json!({ "latitude": degrees(*latitude_e7), "longitude": degrees(*longitude_e7) })
        }
        _ => json!(written(value)),
    }
}

fn degrees(e7: i32) -> f64 {
    f64::from(e7) / 1e7
}

/// Writes many records as one JSON file, one after the other.
pub struct JsonExport<W: Write> {
    out: W,
    is_geojson: bool,
    is_first: bool,
}

impl<W: Write> JsonExport<W> {
    /// Writes what stands before the first record.
    pub fn new(mut out: W, is_geojson: bool) -> io::Result<Self> {
        out.write_all(if is_geojson {
            b"{\"type\":\"FeatureCollection\",\"features\":[\n"
        } else {
            b"[\n"
        })?;
        Ok(Self {
            out,
            is_geojson,
            is_first: true,
        })
    }

    /// Writes a record.
    pub fn record(&mut self, view: &RecordView) -> io::Result<()> {
        if !self.is_first {
            self.out.write_all(b",\n")?;
        }
        self.is_first = false;
        let json = if self.is_geojson {
            record_feature(view)
        } else {
            record_json(view)
        };
        serde_json::to_writer(&mut self.out, &json)?;
        Ok(())
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<W> {
        self.out
            .write_all(if self.is_geojson { b"\n]}\n" } else { b"\n]\n" })?;
        Ok(self.out)
    }
}
