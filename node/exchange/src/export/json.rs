//! Records as a list of JSON objects, with every concurrent value.

use std::io::{self, Write};

use crdt_schema::draft::json as json_of;
use crdt_schema::edit::Field as Held;
use crdt_schema::record::{Kind, Shape, is_in_conflict};
use crdt_schema::view::RecordView;
use serde_json::{Map, Value, json};

use crate::export::Reach;
use crate::export::labels::{LABELS, LICENCES, LabelsSaid, beside_labels};

/// A JSON list that is being written.
pub struct Json<W> {
    out: W,
    reach: Reach,
    labels: LabelsSaid,
    is_empty: bool,
}

impl<W: Write> Json<W> {
    /// Starts the list.
    pub fn new(mut out: W, reach: Reach) -> io::Result<Self> {
        out.write_all(b"[")?;
        Ok(Self {
            out,
            reach,
            labels: LabelsSaid::default(),
            is_empty: true,
        })
    }

    /// Says these labels beside their records.
    #[must_use]
    pub fn with_labels(mut self, labels: LabelsSaid) -> Self {
        self.labels = labels;
        self
    }

    /// Writes one record, of any kind, of a source without a licence.
    pub fn record(&mut self, view: &RecordView) -> io::Result<()> {
        self.licensed(view, &[])
    }

    /// Writes one record with a line for each of its sources that has a record of its own: who gives it, and under what it may be used.
    pub fn licensed(&mut self, view: &RecordView, licences: &[String]) -> io::Result<()> {
        self.out
            .write_all(if self.is_empty { b"\n" } else { b",\n" })?;
        self.is_empty = false;
        let mut object = object(view, self.reach, &self.labels);
        if !licences.is_empty() {
            object.insert(LICENCES.to_owned(), json!(licences));
        }
        serde_json::to_writer(&mut self.out, &object)?;
        Ok(())
    }

    /// Ends the list and gives back what it was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(b"\n]\n")?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Returns a record as an object: each field once, under `labels` how its labels stand, and under `conflicts` all the values of the
/// fields that have several.
fn object(view: &RecordView, reach: Reach, labels: &LabelsSaid) -> Map<String, Value> {
    let kind = Kind::parse(view.kind());
    let mut object = Map::new();
    object.insert("record".to_owned(), json!(view.record.to_string()));
    object.insert("kind".to_owned(), json!(view.kind()));
    let mut conflicts = Map::new();
    for (name, held) in view.fields() {
        let field = kind.and_then(|kind| kind.field(name));
        if reach == Reach::Public && !field.is_some_and(|field| field.is_public) {
            continue;
        }
        let name = beside_labels(name).into_owned();
        let shape = field.map(|field| &field.shape);
        object.insert(name.clone(), content(shape, held));
        if is_in_conflict(shape.copied(), held) {
            conflicts.insert(name, all(shape, held));
        }
    }
    object.insert(LABELS.to_owned(), labels.objects(&view.record));
    if !conflicts.is_empty() {
        object.insert("conflicts".to_owned(), Value::Object(conflicts));
    }
    object
}

/// Returns what stands for the field: the part that its shape asks for, else what there is.
pub(super) fn content(shape: Option<&Shape>, held: &Held) -> Value {
    let value = held.winner().map(|written| json_of(&written.value));
    let text = held.text.as_ref().map(|text| json!(text));
    let terms = (!held.terms.is_empty()).then(|| terms(shape, held));
    let in_order = match shape {
        Some(shape) if shape.is_set() => [terms, value, text],
        Some(Shape::LongText) => [text, value, terms],
        _ => [value, text, terms],
    };
    in_order.into_iter().flatten().next().unwrap_or(Value::Null)
}

fn all(shape: Option<&Shape>, held: &Held) -> Value {
    let mut all: Vec<Value> = held
        .values
        .iter()
        .map(|written| json_of(&written.value))
        .collect();
    all.extend(held.text.as_ref().map(|text| json!(text)));
    if !held.terms.is_empty() {
        all.push(terms(shape, held));
    }
    Value::Array(all)
}

fn terms(shape: Option<&Shape>, held: &Held) -> Value {
    let terms = held.terms.keys().map(String::as_str);
    match shape {
        Some(Shape::Rows(rows)) => rows.to_json(terms),
        _ => terms.collect(),
    }
}
