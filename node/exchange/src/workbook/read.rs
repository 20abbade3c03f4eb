//! The rows of a sheet, as a table gives them.

use std::collections::BTreeMap;

use crate::official::InList;
use crate::report::{Problem, Unreadable};
use crate::table::{
    Cleaner, Column, Row, Source, blank_rows, cell_too_long, columns, header_below, interrupted,
};
use crate::workbook::cell::Mark;
use crate::workbook::sheet::{Sheet, load};
use crate::workbook::spool::{HeldRow, Spooled};

/// The rows below the header.
pub(crate) struct Rows {
    rows: Spooled,
    pub(crate) sheet: String,
    /// All sheets that hold cells, in their order, and whether each is hidden.
    pub(crate) sheets: Vec<(String, bool)>,
    /// Place among the columns of the table, by column of the sheet.
    places: BTreeMap<u32, usize>,
    line: u64,
    blank: Option<(u64, u64)>,
    ended: bool,
}

impl Rows {
    /// Finds the sheet and its header, and stands before the first row.
    pub(crate) fn open(
        source: Box<dyn Source>,
        wanted: Option<&str>,
        cleaner: &mut Cleaner,
    ) -> Result<(Vec<Column>, Self), Unreadable> {
        cleaner.has_guards = false;
        let sheet = load(source, wanted)?;
        let header_line = u64::from(sheet.header.row) + 1;
        // A column without a name is one as soon as a row has something there.
        let mut names: BTreeMap<u32, String> = sheet
            .used
            .iter()
            .map(|column| (*column, String::new()))
            .collect();
        let named = sheet.header.names.iter();
        names.extend(named.map(|(column, name)| (*column, cleaner.name(name.clone()))));
        let places = names.keys().copied().zip(0..).collect();
        let named = names
            .into_iter()
            .map(|(column, name)| (column as usize, name));
        let columns = columns(named.collect::<Vec<_>>(), header_line, &mut cleaner.notices)?;
        notices(&sheet, header_line, &mut cleaner.notices);
        Ok((
            columns,
            Self {
                rows: sheet.rows,
                sheet: sheet.name,
                sheets: sheet.sheets,
                places,
                line: header_line,
                blank: None,
                ended: false,
            },
        ))
    }

    /// Reads the next row that holds something.
    pub(crate) fn next(
        &mut self,
        columns: &[Column],
        cleaner: &mut Cleaner,
    ) -> Option<Result<Row, Box<Problem>>> {
        while !self.ended {
            match self.rows.next() {
                Ok(Some(held)) => {
                    let line = u64::from(held.row) + 1;
                    self.skip(self.line + 1, line - self.line - 1);
                    self.line = line;
                    let row = self.row(held, line, columns, cleaner);
                    let is_empty =
                        |row: &Row| row.marks.is_empty() && row.cells.iter().all(String::is_empty);
                    if row.as_ref().is_ok_and(is_empty) {
                        self.skip(line, 1);
                        continue;
                    }
                    return Some(row);
                }
                Ok(None) => {
                    self.ended = true;
                    cleaner.notices.extend(self.blank.map(blank_rows));
                }
                Err(error) => {
                    self.ended = true;
                    let cause = error.to_string();
                    return Some(Err(Box::new(interrupted(self.line, &cause))));
                }
            }
        }
        None
    }

    fn skip(&mut self, line: u64, count: u64) {
        if count > 0 {
            let (_, sum) = self.blank.get_or_insert((line, 0));
            *sum += count;
        }
    }

    fn row(
        &self,
        held: HeldRow,
        line: u64,
        columns: &[Column],
        cleaner: &mut Cleaner,
    ) -> Result<Row, Box<Problem>> {
        let mut row = Row {
            line,
            cells: vec![String::new(); columns.len()],
            marks: BTreeMap::new(),
            in_list: InList::Silent,
        };
        for cell in held.cells {
            // The columns were made from these very cells.
            let Some(column) = self
                .places
                .get(&cell.column)
                .and_then(|place| columns.get(*place))
            else {
                continue;
            };
            if cell.is_too_long {
                return Err(Box::new(cell_too_long(line, Some(column))));
            }
            row.cells[column.index] = match cell.mark {
                Some(Mark::Error | Mark::Uncalculated) => cell.text,
                None | Some(Mark::Number) => cleaner.clean(column, line, cell.text),
            };
            if let Some(mark) = cell.mark {
                row.marks.insert(column.index, mark);
            }
        }
        Ok(row)
    }
}

fn notices(sheet: &Sheet, header_line: u64, notices: &mut Vec<Problem>) {
    let others = sheet.sheets.iter();
    let mut others = others.filter(|(other, _)| *other != sheet.name).peekable();
    if others.peek().is_some() {
        let others = others.map(|(name, is_hidden)| match is_hidden {
            true => format!("« {name} » (masquée)"),
            false => format!("« {name} »"),
        });
        let others: Vec<_> = others.collect();
        let reason = format!(
            "La feuille lue est « {} ». Le classeur en a d'autres, qui ne sont pas lues : {}.",
            sheet.name,
            others.join(", ")
        );
        notices.push(Problem::of_row(0, &sheet.name, "sheet_read", reason));
    }
    if sheet.header.rows_before > 0 {
        notices.push(header_below(sheet.header.rows_before, header_line));
    }
    if let Some((count, first)) = sheet.merged {
        let line = u64::from(first) + 1;
        let reason = format!(
            "Des cellules sont fusionnées ({count} fois, la première ligne {line}) : seule la première de chacune a une valeur, \
             les autres sont lues vides. Défusionnez-les et recopiez la valeur s'il le faut."
        );
        notices.push(Problem::of_row(line, "", "cells_merged", reason));
    }
}
