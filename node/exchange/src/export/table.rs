//! Records as rows for programs: one file for one kind, with codes everywhere.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crdt_schema::edit::Field as Held;
use crdt_schema::record::{Field, Kind, Shape};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;

use crate::csv::{Cell, Flavour, Writer};
use crate::export::Reach;
use crate::export::fields::{CODES, Fields, is_code, said};
use crate::export::labels::{LABELS, LabelsSaid, beside_labels};

/// A CSV that is being written.
pub struct Csv<W> {
    writer: Writer<W>,
    fields: Fields,
    labels: LabelsSaid,
}

impl<W: Write> Csv<W> {
    /// Starts a file with its header: the record, the fields of the kind, the extra fields, the labels, and which fields have
    /// conflicts.
    pub fn new(
        out: W,
        kind: &'static Kind,
        extras: &BTreeSet<String>,
        reach: Reach,
        words: &Words,
    ) -> io::Result<Self> {
        let fields = Fields::of(kind, extras, reach, words);
        let mut writer = Writer::new(out, Flavour::Machine)?;
        let names: Vec<_> = fields.names().map(beside_labels).collect();
        let names: Vec<&str> = ["record"]
            .into_iter()
            .chain(names.iter().map(AsRef::as_ref))
            .chain([LABELS, "conflicts"])
            .collect();
        writer.header(&names)?;
        Ok(Self {
            writer,
            fields,
            labels: LabelsSaid::default(),
        })
    }

    /// Says these labels beside their records.
    #[must_use]
    pub fn with_labels(mut self, labels: LabelsSaid) -> Self {
        self.labels = labels;
        self
    }

    /// Writes one record.
    pub fn record(&mut self, view: &RecordView) -> io::Result<()> {
        let mut cells = vec![Cell::Code(view.record.to_string())];
        for field in &self.fields.declared {
            cells.push(cell(Some(field), field.name, view.field(field.name)));
        }
        for name in &self.fields.extras {
            cells.push(cell(None, name, view.field(name)));
        }
        cells.push(Cell::Text(self.labels.codes(&view.record).join("|")));
        cells.push(Cell::Text(self.fields.conflicts(view).join("|")));
        self.writer.row(&cells)
    }

    /// Ends the file and gives back what it was written to.
    pub fn finish(self) -> io::Result<W> {
        self.writer.finish()
    }
}

/// Returns what a field holds, as a cell.
fn cell(field: Option<&Field>, name: &str, held: Option<&Held>) -> Cell {
    let Some(held) = held else {
        return Cell::Empty;
    };
    let shape = field.map(|field| &field.shape);
    let text = said(shape, held);
    match shape {
        _ if field.map_or(CODES.contains(&name), is_code) => Cell::Code(text),
        Some(Shape::Date) => Cell::Date(text),
        Some(Shape::Decimal | Shape::Integer) => Cell::Number(text),
        _ => Cell::Text(text),
    }
}
