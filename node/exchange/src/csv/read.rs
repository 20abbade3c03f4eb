//! The rows of a CSV, as a table gives them.

use std::io::{Seek, SeekFrom};

use crate::csv::detect::{Separator, layout};
use crate::csv::records::{Flaw, Record, Records};
use crate::report::{Problem, Unreadable};
use crate::table::{CELL_BYTES_MAX, Cleaner, Column, Row, Source, columns};
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
        let names = header
            .cells
            .into_iter()
            .map(|cell| cleaner.name(cell))
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
                return Err(match fault {
                    Fault::Io(error) => error.into(),
                    Fault::Malformed => Unreadable::EncodingMixed {
                        encoding,
                        line: header.line,
                    },
                });
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
                    return Some(Err(Box::new(interrupted(self.record.line, fault))));
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
        Ok(Row { line, cells })
    }
}

fn header_below(rows_before: usize, line: u64) -> Problem {
    let reason =
        format!("L'en-tête est ligne {line} ; {rows_before} ligne(s) au-dessus ne sont pas lues.");
    Problem::of_row(line, "", "header_below", reason)
}

fn blank_rows((line, count): (u64, u64)) -> Problem {
    let reason =
        format!("{count} ligne(s) sans aucune valeur ne sont pas lues, la première ligne {line}.");
    Problem::of_row(line, "", "rows_blank", reason)
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

fn cell_too_long(line: u64, column: Option<&Column>) -> Problem {
    let reason = format!(
        "Une cellule dépasse {} Kio. Raccourcissez ce texte, ou vérifiez les guillemets de la ligne.",
        CELL_BYTES_MAX / 1024
    );
    let problem = Problem::of_row(line, "", "cell_too_long", reason);
    match column {
        Some(column) => problem.in_column(column),
        None => problem,
    }
}

/// The file was read whole once already: it changed, or the disk failed.
fn interrupted(line: u64, fault: Fault) -> Problem {
    let cause = match fault {
        Fault::Io(error) => error.to_string(),
        Fault::Malformed => "il a changé pendant la lecture".to_owned(),
    };
    let reason =
        format!("La lecture du fichier s'est arrêtée ici ({cause}). Recommencez l'import.");
    Problem::of_row(line, "", "read_interrupted", reason)
}
