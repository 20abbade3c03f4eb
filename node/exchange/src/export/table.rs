//! Records as rows: one file for one kind.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crdt_schema::edit::Field as Held;
use crdt_schema::record::{Field, Kind, Shape};
use crdt_schema::view::RecordView;

use crate::csv::{Cell, Flavour, Writer};
use crate::export::Reach;
use crate::export::fields::{CODES, Fields, is_code, said};

/// A CSV that is being written.
pub struct Csv<W> {
    writer: Writer<W>,
    flavour: Flavour,
    fields: Fields,
}

impl<W: Write> Csv<W> {
    /// Starts a file with its header: the record, the fields of the kind, the extra fields, and which fields have conflicts.
    pub fn new(
        out: W,
        flavour: Flavour,
        kind: &'static Kind,
        extras: &BTreeSet<String>,
        reach: Reach,
    ) -> io::Result<Self> {
        let fields = Fields::of(kind, extras, reach);
        let mut writer = Writer::new(out, flavour)?;
        let names: Vec<_> = ["record"]
            .into_iter()
            .chain(fields.names())
            .chain(["conflicts"])
            .collect();
        writer.header(&names)?;
        Ok(Self {
            writer,
            flavour,
            fields,
        })
    }

    /// Writes one record.
    pub fn record(&mut self, view: &RecordView) -> io::Result<()> {
        let mut cells = vec![Cell::Code(view.record.to_string())];
        for field in &self.fields.declared {
            cells.push(self.cell(Some(field), field.name, view.field(field.name)));
        }
        for name in &self.fields.extras {
            cells.push(self.cell(None, name, view.field(name)));
        }
        cells.push(Cell::Text(self.fields.conflicts(view).join("|")));
        self.writer.row(&cells)
    }

    /// Ends the file and gives back what it was written to.
    pub fn finish(self) -> io::Result<W> {
        self.writer.finish()
    }

    fn cell(&self, field: Option<&Field>, name: &str, held: Option<&Held>) -> Cell {
        match cell(field, name, held) {
            Cell::Code(text)
                if self.flavour == Flavour::Spreadsheet
                    && field.is_some_and(|field| field.shape == Shape::Phone) =>
            {
                Cell::Code(national(&text))
            }
            cell => cell,
        }
    }
}

/// Returns what a field holds, as a cell.
pub(super) fn cell(field: Option<&Field>, name: &str, held: Option<&Held>) -> Cell {
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

/// Writes a French number as people do: `04 65 71 00 01`.
fn national(phone: &str) -> String {
    let digits = phone
        .strip_prefix("+33")
        .filter(|rest| rest.len() == 9 && rest.is_ascii());
    let Some(digits) = digits else {
        return phone.to_owned();
    };
    let all = format!("0{digits}");
    let pairs: Vec<_> = (0..5).map(|pair| &all[2 * pair..2 * pair + 2]).collect();
    pairs.join(" ")
}
