//! The rows of a CSV, as a table gives them.

use std::collections::BTreeMap;
use std::io::{Seek, SeekFrom};

use crate::csv::detect::{Separator, layout};
use crate::csv::records::{Flaw, Record, Records};
use crate::official::InList;
use crate::report::{Problem, Unreadable};
use crate::table::{
    Cleaner, Column, Row, Source, blank_rows, cell_too_long, columns, header_below, interrupted,
};
use crate::text::{Encoding, Fault, Text};

/// The rows after the header.
pub(crate) struct Rows {
    records: Records<Box<dyn Source>>,
    record: Record,
    separator: Separator,
    /// Rows without any text, which exports leave at their end: first line and how many.
    blank: Option<(u64, u64)>,
    said_quote: bool,
    ended: bool,
}

impl Rows {
    /// Finds separator and header, and stands after the header.
    pub(crate) fn open(
        mut source: Box<dyn Source>,
        encoding: Encoding,
        chosen: Option<Separator>,
        cleaner: &mut Cleaner,
    ) -> Result<(Vec<Column>, Self), Unreadable> {
        let layout = layout(&mut source, encoding, chosen)?;
        let header = layout.header;
        if header.count > header.cells.len() {
            return Err(Unreadable::ColumnsTooMany {
                count: header.count,
                max: header.cells.len(),
            });
        }
        let names: Vec<_> = header
            .cells
            .into_iter()
            .map(|cell| cleaner.name(cell))
            .enumerate()
            .collect();
        let columns = columns(names, header.line, &mut cleaner.notices)?;
        if layout.rows_before > 0 {
            cleaner
                .notices
                .push(header_below(layout.rows_before, header.line));
        }
        source.seek(SeekFrom::Start(0))?;
        let separator = layout.separator;
        let records = Records::new(Text::new(source, encoding), separator);
        let record = Record::default();
        let mut rows = Self {
            records,
            record,
            separator,
            blank: None,
            said_quote: false,
            ended: false,
        };
        for _ in 0..=layout.rows_before {
            if let Err(fault) = rows.records.read(&mut rows.record) {
                return Err(fault.unreadable(encoding, header.line));
            }
        }
        Ok((columns, rows))
    }

    pub(crate) fn separator(&self) -> Separator {
        self.separator
    }

    /// Reads the next row that holds something.
    pub(crate) fn next(
        &mut self,
        columns: &[Column],
        cleaner: &mut Cleaner,
    ) -> Option<Result<Row, Box<Problem>>> {
        while !self.ended {
            match self.records.read(&mut self.record) {
                Ok(true) => {}
                Ok(false) => {
                    self.ended = true;
                    cleaner.notices.extend(self.blank.map(blank_rows));
                    return None;
                }
                Err(fault) => {
                    self.ended = true;
                    return Some(Err(Box::new(stopped(self.record.line, fault))));
                }
            }
            let outcome = self.row(columns, cleaner);
            if outcome
                .as_ref()
                .is_ok_and(|row| row.cells.iter().all(String::is_empty))
            {
                let (_, count) = self.blank.get_or_insert((self.record.line, 0));
                *count += 1;
                continue;
            }
            return Some(outcome);
        }
        None
    }

    fn row(&mut self, columns: &[Column], cleaner: &mut Cleaner) -> Result<Row, Box<Problem>> {
        let record = &mut self.record;
        let line = record.line;
        match record.flaw {
            Some(Flaw::QuoteUnclosed) => return Err(Box::new(quote_unclosed(record))),
            Some(Flaw::CellTooLong(index)) => {
                return Err(Box::new(cell_too_long(line, columns.get(index))));
            }
            Some(Flaw::QuoteStray) if !self.said_quote => {
                self.said_quote = true;
                cleaner.notices.push(quote_stray(record));
            }
            Some(Flaw::QuoteStray) | None => {}
        }
        if record.count != columns.len() {
            return Err(Box::new(uneven(record, self.separator, columns.len())));
        }
        let cells = columns.iter().zip(record.cells.drain(..));
        let cells = cells
            .map(|(column, cell)| cleaner.clean(column, line, cell))
            .collect();
        Ok(Row {
            line,
            cells,
            marks: BTreeMap::new(),
            in_list: InList::Silent,
        })
    }
}

fn uneven(record: &Record, separator: Separator, expected: usize) -> Problem {
    let reason = format!(
        "Cette ligne a {} cellules, l'en-tête en a {expected}. Vérifiez les guillemets et les textes qui \
         contiennent le séparateur ({separator}).",
        record.count
    );
    let value = record.cells.join(&char::from(separator.byte()).to_string());
    Problem::of_row(record.line, &value, "row_uneven", reason)
}

fn quote_unclosed(record: &Record) -> Problem {
    let reason = "Un guillemet s'ouvre dans cette ligne et ne se ferme jamais : la suite du fichier n'est pas lue. \
                  Fermez-le, ou doublez-le s'il fait partie du texte.";
    let opening = record.cells.last().map_or("", String::as_str);
    Problem::of_row(record.line, opening, "quote_unclosed", reason.to_owned())
}

fn quote_stray(record: &Record) -> Problem {
    let reason = "Un guillemet est fermé au milieu d'un texte : le texte est gardé tel quel, vérifiez-le. Un guillemet \
                  dans un texte s'écrit deux fois (dit une fois par fichier).";
    Problem::of_row(
        record.line,
        &record.cells.join(" "),
        "quote_stray",
        reason.to_owned(),
    )
}

/// The file was read whole once already: it changed, or the disk failed.
fn stopped(line: u64, fault: Fault) -> Problem {
    let cause = match fault {
        Fault::Io(error) => error.to_string(),
        Fault::Malformed => "il a changé pendant la lecture".to_owned(),
    };
    interrupted(line, &cause)
}
