//! Bringing one sheet of a workbook to a spool.

use std::collections::BTreeSet;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Dimensions, Reader, SheetType, SheetVisible, Xlsx, XlsxCellReader, XlsxError};

use crate::report::Unreadable;
use crate::table::{HEADER_ROWS, ROWS_MAX, Source, normal_name, trimmed};
use crate::workbook::cell::text;
use crate::workbook::header::{self, Header};
use crate::workbook::spool::{Held, HeldRow, Spool, Spooled};

/// One sheet, ready to be read.
pub(super) struct Sheet {
    pub(super) name: String,
    /// All sheets that hold cells, in their order, and whether each is hidden.
    pub(super) sheets: Vec<(String, bool)>,
    pub(super) header: Header,
    /// Columns in which a row below the header holds something.
    pub(super) used: BTreeSet<u32>,
    /// Merged cells below the header: how many areas, and the first row of them, from 0.
    pub(super) merged: Option<(usize, u32)>,
    pub(super) rows: Spooled,
}

type Book = Xlsx<BufReader<Box<dyn Source>>>;

/// Reads the sheet of this name, or the first one that has a table. The archive was looked at before.
pub(super) fn load(source: Box<dyn Source>, wanted: Option<&str>) -> Result<Sheet, Unreadable> {
    // What comes from elsewhere may hit a check inside the parser: the file is to blame, and the node goes on.
    let loaded = catch_unwind(AssertUnwindSafe(|| parse(source, wanted)));
    loaded.unwrap_or_else(|_| {
        Err(Unreadable::WorkbookDamaged {
            detail: "contenu inattendu".to_owned(),
        })
    })
}

fn parse(mut source: Box<dyn Source>, wanted: Option<&str>) -> Result<Sheet, Unreadable> {
    source.rewind()?;
    let mut book: Book = Xlsx::new(BufReader::new(source)).map_err(unreadable)?;
    let sheets: Vec<(String, bool)> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| (sheet.name.clone(), sheet.visible != SheetVisible::Visible))
        .collect();
    let (name, header, areas) = match wanted {
        Some(wanted) => named(&mut book, &sheets, wanted)?,
        None => first_table(&mut book, &sheets)?,
    };
    let below = areas.iter().filter(|area| area.start.0 > header.row);
    let (count, first) = (below.clone().count(), below.map(|area| area.start.0).min());
    let (used, rows) = spool(&mut book, &name, header.row)?;
    Ok(Sheet {
        sheets,
        merged: first.map(|first| (count, first)),
        name,
        header,
        used,
        rows,
    })
}

type Found = (String, Header, Vec<Dimensions>);

fn named(book: &mut Book, sheets: &[(String, bool)], wanted: &str) -> Result<Found, Unreadable> {
    let same = |(name, _): &&(String, bool)| name == wanted;
    let alike = |(name, _): &&(String, bool)| normal_name(name) == normal_name(wanted);
    let found = sheets
        .iter()
        .find(same)
        .or_else(|| sheets.iter().find(alike));
    let Some((name, _)) = found else {
        return Err(Unreadable::SheetAbsent {
            name: wanted.to_owned(),
            present: listed(sheets),
        });
    };
    let (header, areas) = look(book, name)?;
    let header = header.ok_or_else(|| Unreadable::SheetWithoutTable {
        name: name.clone(),
        rows: HEADER_ROWS,
    })?;
    Ok((name.clone(), header, areas))
}

/// Takes the first visible sheet with names and rows; where there is none, the first with names.
fn first_table(book: &mut Book, sheets: &[(String, bool)]) -> Result<Found, Unreadable> {
    let mut empty = None;
    for (name, _) in sheets.iter().filter(|(_, is_hidden)| !is_hidden) {
        let (header, areas) = look(book, name)?;
        if let Some(header) = header {
            if header.has_rows {
                return Ok((name.clone(), header, areas));
            }
            empty.get_or_insert((name.clone(), header, areas));
        }
    }
    empty.ok_or_else(|| Unreadable::SheetsWithoutTable {
        present: listed(sheets),
    })
}

fn listed(sheets: &[(String, bool)]) -> String {
    let names: Vec<_> = sheets
        .iter()
        .map(|(name, _)| format!("« {name} »"))
        .collect();
    names.join(", ")
}

/// Looks at the first rows of a sheet.
fn look(book: &mut Book, name: &str) -> Result<(Option<Header>, Vec<Dimensions>), Unreadable> {
    let areas = book.merge_cells_by_sheet_name(name).map_err(unreadable)?;
    let mut cells = book.worksheet_cells_reader(name).map_err(unreadable)?;
    let mut gathered = Rows::default();
    let mut first = Vec::new();
    while first.len() <= HEADER_ROWS {
        match gathered.next(&mut cells)? {
            Some(row) => first.push(row),
            None => break,
        }
    }
    Ok((header::find(&first, &areas), areas))
}

fn spool(book: &mut Book, name: &str, header: u32) -> Result<(BTreeSet<u32>, Spooled), Unreadable> {
    let mut cells = book.worksheet_cells_reader(name).map_err(unreadable)?;
    let (mut gathered, mut spool) = (Rows::default(), Spool::new()?);
    let (mut used, mut count) = (BTreeSet::new(), 0);
    while let Some(row) = gathered.next(&mut cells)? {
        if row.row <= header {
            continue;
        }
        count += 1;
        if count > ROWS_MAX {
            return Err(Unreadable::RowsTooMany { max: ROWS_MAX });
        }
        used.extend(row.cells.iter().map(|cell| cell.column));
        spool.write(&row)?;
        if spool.bytes > SHEET_BYTES_MAX {
            return Err(Unreadable::WorkbookUnsafe { reason: TOO_MUCH });
        }
    }
    Ok((used, spool.finish()?))
}

/// Gathers cells to rows that hold something.
#[derive(Default)]
struct Rows {
    /// The first cell of the row that comes next.
    ahead: Option<(u32, Held)>,
    last: Option<u32>,
    /// The parser does not stand asking again.
    ended: bool,
}

impl Rows {
    fn next(
        &mut self,
        cells: &mut XlsxCellReader<'_, BufReader<Box<dyn Source>>>,
    ) -> Result<Option<HeldRow>, Unreadable> {
        let mut row = HeldRow::default();
        if let Some((at, cell)) = self.ahead.take() {
            row.row = at;
            row.cells.push(cell);
        }
        while !self.ended {
            let next = cells.next_cell_with_formula_metadata();
            let Some(next) = next.map_err(|error| self.after(error))? else {
                self.ended = true;
                break;
            };
            let (at, column) = next.pos;
            let (text, mark) = text(&next.value, next.formula.is_some());
            if trimmed(&text).is_empty() && mark.is_none() {
                continue;
            }
            let cell = Held::new(column, &text, mark);
            if self.last.is_some_and(|last| at < last) || at >= SHEET_ROWS {
                return Err(Unreadable::WorkbookDamaged {
                    detail: format!("ligne {} inattendue", u64::from(at) + 1),
                });
            }
            self.last = Some(at);
            if row.cells.is_empty() {
                row.row = at;
            } else if row.row != at {
                self.ahead = Some((at, cell));
                break;
            }
            row.cells.push(cell);
        }
        Ok((!row.cells.is_empty()).then_some(row))
    }

    /// Says where the parser stopped.
    fn after(&self, error: XlsxError) -> Unreadable {
        let line = self.last.map_or(1, |last| u64::from(last) + 1);
        match error {
            XlsxError::CellError(value) => Unreadable::CellErrorUnknown { value, line },
            other => match unreadable(other) {
                Unreadable::WorkbookDamaged { detail } => Unreadable::WorkbookDamaged {
                    detail: format!("{detail}, après la ligne {line}"),
                },
                other => other,
            },
        }
    }
}

fn unreadable(error: XlsxError) -> Unreadable {
    match error {
        XlsxError::Io(error) => Unreadable::Io(error),
        XlsxError::Password => Unreadable::WorkbookLocked,
        other => Unreadable::WorkbookDamaged {
            detail: other.to_string(),
        },
    }
}

/// Rows that a sheet can have in any program.
const SHEET_ROWS: u32 = 1_048_576;
/// What the texts of one sheet may come to: one long text that a million cells share is small in the archive only.
const SHEET_BYTES_MAX: u64 = 200 * 1024 * 1024;
const TOO_MUCH: &str = "les textes de cette feuille dépassent 200 Mio";
