//! Records as a workbook: one sheet for each kind.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use crdt_schema::record::{Field, Kind, Shape};
use crdt_schema::view::RecordView;

use crate::csv::Cell;
use crate::export::Reach;
use crate::export::fields::{Fields, is_code};
use crate::export::table::cell;
use crate::workbook::{Book, Tone};

/// A workbook of records that is being written.
pub struct Sheets {
    book: Book,
    kinds: BTreeMap<&'static str, (usize, Fields)>,
}

impl Sheets {
    /// Starts a file: a sheet for each of these kinds, with a column for each of its extra fields. Rows wait in private files of this
    /// folder.
    pub fn new(
        folder: &Path,
        kinds: &[(&'static Kind, BTreeSet<String>)],
        reach: Reach,
    ) -> io::Result<Self> {
        let mut book = Book::new(folder)?;
        let mut sheets = BTreeMap::new();
        for (kind, extras) in kinds {
            let fields = Fields::of(kind, extras, reach);
            let declared = fields
                .declared
                .iter()
                .map(|field| (field.name, width(field)));
            let extras = fields.extras.iter().map(|name| (name.as_str(), TEXT_WIDTH));
            let columns = [("record", RECORD_WIDTH)].into_iter();
            let columns = columns.chain(declared).chain(extras);
            let columns: Vec<_> = columns.chain([("conflicts", TEXT_WIDTH)]).collect();
            let place = book.sheet(&sheet_name(kind), &columns)?;
            sheets.insert(kind.code, (place, fields));
        }
        Ok(Self {
            book,
            kinds: sheets,
        })
    }

    /// Writes one record to the sheet of its kind; of a kind without a sheet, nothing.
    pub fn record(&mut self, view: &RecordView) -> io::Result<()> {
        let Some((place, fields)) = self.kinds.get(view.kind()) else {
            return Ok(());
        };
        let mut cells = vec![Cell::Code(view.record.to_string())];
        let declared = fields.declared.iter();
        cells.extend(declared.map(|field| cell(Some(field), field.name, view.field(field.name))));
        let extras = fields.extras.iter();
        cells.extend(extras.map(|name| cell(None, name, view.field(name))));
        cells.push(Cell::Text(fields.conflicts(view).join("|")));
        let cells: Vec<_> = cells.into_iter().map(|cell| (cell, Tone::Plain)).collect();
        self.book.row(*place, &cells)
    }

    /// Ends the file and gives back what it was written to.
    pub fn finish<W: Write + Send>(self, out: W) -> io::Result<W> {
        self.book.finish(out)
    }
}

/// The plural of the kind, without what a name of a sheet cannot have.
fn sheet_name(kind: &Kind) -> String {
    let allowed = |c: &char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'');
    kind.plural.fr.chars().filter(allowed).take(31).collect()
}

fn width(field: &Field) -> u8 {
    match field.shape {
        _ if is_code(field) => CODE_WIDTH,
        Shape::Boolean | Shape::Date | Shape::Decimal | Shape::Integer => 12,
        Shape::LongText => 60,
        _ => TEXT_WIDTH,
    }
}

/// Widths in characters: a SIRET, a line of text, an id of a record.
const CODE_WIDTH: u8 = 17;
const TEXT_WIDTH: u8 = 28;
const RECORD_WIDTH: u8 = 34;
