//! Records as a workbook: one sheet for each kind.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use crdt_schema::id::RecordId;
use crdt_schema::record::{Kind, Shape};
use crdt_schema::view::RecordView;

use crate::export::Reach;
use crate::export::labels::LabelsSaid;
use crate::export::worded::{Columns, Worded};
use crate::workbook::{Book, Tone};

/// A workbook of records that is being written.
pub struct Sheets<'w> {
    book: Book,
    kinds: BTreeMap<&'static str, (usize, Columns<'w>)>,
}

impl<'w> Sheets<'w> {
    /// Starts a file: a sheet for each of these kinds, with a column for each of its extra fields. Rows wait in private files of this
    /// folder.
    pub fn new(
        folder: &Path,
        kinds: &[(&'static Kind, BTreeSet<String>)],
        reach: Reach,
        worded: Worded<'w>,
    ) -> io::Result<Self> {
        let mut book = Book::new(folder)?;
        let mut sheets = BTreeMap::new();
        for (kind, extras) in kinds {
            let columns = Columns::of(kind, extras, reach, worded);
            let widths = columns.shapes();
            let widths: Vec<_> = widths
                .map(|(header, shape)| (header, width(shape)))
                .collect();
            let name = kind.plural.in_language(worded.language);
            let place = book.sheet(&sheet_name(name), &widths)?;
            sheets.insert(kind.code, (place, columns));
        }
        Ok(Self {
            book,
            kinds: sheets,
        })
    }

    /// Says these labels beside their records.
    #[must_use]
    pub fn with_labels(mut self, labels: &LabelsSaid) -> Self {
        for (_, columns) in self.kinds.values_mut() {
            columns.labels = labels.clone();
        }
        self
    }

    /// Writes one record to the sheet of its kind, with the names of those that it is [`linked`](crate::export::linked) to; of a kind
    /// without a sheet, nothing.
    pub fn record(
        &mut self,
        view: &RecordView,
        names: &BTreeMap<RecordId, String>,
    ) -> io::Result<()> {
        let Some((place, columns)) = self.kinds.get(view.kind()) else {
            return Ok(());
        };
        let cells = columns.cells(view, names).into_iter();
        let cells: Vec<_> = cells.map(|cell| (cell, Tone::Plain)).collect();
        self.book.row(*place, &cells)
    }

    /// Ends the file and gives back what it was written to.
    pub fn finish<W: Write + Send>(self, out: W) -> io::Result<W> {
        self.book.finish(out)
    }
}

/// The plural of the kind, without what a name of a sheet cannot have.
fn sheet_name(plural: &str) -> String {
    let allowed = |c: &char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'');
    plural.chars().filter(allowed).take(31).collect()
}

/// The width of a column, by what stands in it; nothing: the id of a record.
fn width(shape: Option<Shape>) -> u8 {
    match shape {
        None | Some(Shape::Record(_)) => RECORD_WIDTH,
        Some(
            Shape::Commune
            | Shape::Folio
            | Shape::Instant
            | Shape::OfficialCode
            | Shape::Pacific
            | Shape::Phone
            | Shape::PostalCode
            | Shape::Prefecture
            | Shape::Qpv
            | Shape::Rna
            | Shape::Siren
            | Shape::Siret,
        ) => CODE_WIDTH,
        Some(Shape::Boolean | Shape::Date | Shape::Decimal | Shape::Integer) => 12,
        Some(Shape::LongText | Shape::Rows(_)) => 60,
        Some(_) => TEXT_WIDTH,
    }
}

/// Widths in characters: a SIRET or an hour, a line of text, an id of a record.
const CODE_WIDTH: u8 = 17;
const TEXT_WIDTH: u8 = 28;
const RECORD_WIDTH: u8 = 34;
