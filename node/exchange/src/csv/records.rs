//! Cutting text into records, as RFC 4180 says and as files really are.
//!
//! The `csv` crate does the same job faster, but not what an error report needs: it counts lines by LF
//! only, gives a record after blank lines the number of the first blank one, and says nothing of a quote
//! that is never closed. It stays beside, in the tests, to check the cells.

use std::io::Read;

use crate::csv::detect::Separator;
use crate::table::{CELL_BYTES_MAX, COLUMNS_MAX};
use crate::text::{Fault, Text};

/// One record and where it starts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) line: u64,
    /// The first cells; those after [`COLUMNS_MAX`] are only counted.
    pub(crate) cells: Vec<String>,
    pub(crate) count: usize,
    pub(crate) flaw: Option<Flaw>,
    current: String,
    overflowed: bool,
}

/// What makes a record doubtful although it was cut.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flaw {
    /// The cell of this position was longer than allowed; its end was dropped.
    CellTooLong(usize),
    /// Text follows a closing quote: it was kept as it is.
    QuoteStray,
    /// A quote was still open at the end of the file.
    QuoteUnclosed,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
    CellStart,
    Plain,
    Quoted,
    /// Just after a quote inside a quoted cell: the end of the cell, or half of a doubled quote.
    QuoteSeen,
}

/// The records of a text, one after another.
pub(crate) struct Records<R> {
    text: Text<R>,
    block: String,
    at: usize,
    line: u64,
    /// The last character was CR: an LF now belongs to it.
    after_carriage_return: bool,
    separator: Separator,
}

impl<R: Read> Records<R> {
    pub(crate) fn new(text: Text<R>, separator: Separator) -> Self {
        let block = String::new();
        Self {
            text,
            block,
            at: 0,
            line: 1,
            after_carriage_return: false,
            separator,
        }
    }

    /// Reads the next record that is not a blank line; false at the end.
    pub(crate) fn read(&mut self, record: &mut Record) -> Result<bool, Fault> {
        record.restart(self.line);
        let separator = self.separator.byte();
        let mut state = State::CellStart;
        loop {
            if self.at == self.block.len() {
                self.at = 0;
                if !self.text.fill(&mut self.block)? {
                    return Ok(record.end_of_file(state));
                }
            }
            let byte = self.block.as_bytes()[self.at];
            if byte == b'\n' && self.after_carriage_return {
                self.after_carriage_return = false;
                self.at += 1;
                if state == State::Quoted {
                    record.push("\n");
                }
                continue;
            }
            let ends_line = matches!(byte, b'\r' | b'\n');
            self.after_carriage_return = byte == b'\r';
            self.line += u64::from(ends_line);
            self.at += 1;
            state = match state {
                State::Quoted if byte == b'"' => State::QuoteSeen,
                State::Quoted => {
                    self.push_run(record, |byte| matches!(byte, b'"' | b'\r' | b'\n'));
                    State::Quoted
                }
                State::CellStart if byte == b'"' => State::Quoted,
                State::QuoteSeen if byte == b'"' => {
                    record.push("\"");
                    State::Quoted
                }
                _ if byte == separator => {
                    record.end_cell();
                    State::CellStart
                }
                State::CellStart if ends_line && record.count == 0 => {
                    record.line = self.line;
                    State::CellStart
                }
                _ if ends_line => {
                    record.end_cell();
                    return Ok(true);
                }
                _ => {
                    if state == State::QuoteSeen {
                        record.flaw.get_or_insert(Flaw::QuoteStray);
                    }
                    self.push_run(record, |byte| {
                        byte == separator || matches!(byte, b'\r' | b'\n')
                    });
                    State::Plain
                }
            };
        }
    }

    /// Adds the byte just read and all that follow until one that `stops`.
    fn push_run(&mut self, record: &mut Record, stops: impl Fn(u8) -> bool) {
        let start = self.at - 1;
        let bytes = self.block.as_bytes();
        // A line end that comes first is added alone: it was counted by the caller.
        if !matches!(bytes[start], b'\r' | b'\n') {
            let length = bytes[self.at..].iter().position(|byte| stops(*byte));
            self.at = length.map_or(bytes.len(), |length| self.at + length);
        }
        record.push(&self.block[start..self.at]);
    }
}

impl Record {
    fn restart(&mut self, line: u64) {
        self.line = line;
        self.cells.clear();
        self.count = 0;
        self.flaw = None;
        self.current.clear();
        self.overflowed = false;
    }

    fn push(&mut self, text: &str) {
        if self.current.len() + text.len() > CELL_BYTES_MAX {
            self.overflowed = true;
        }
        if !self.overflowed {
            self.current.push_str(text);
        }
    }

    fn end_cell(&mut self) {
        if self.overflowed {
            self.flaw = Some(Flaw::CellTooLong(self.count));
        }
        self.overflowed = false;
        self.count += 1;
        if self.cells.len() < COLUMNS_MAX {
            self.cells.push(self.current.as_str().to_owned());
        }
        self.current.clear();
    }

    fn end_of_file(&mut self, state: State) -> bool {
        if state == State::CellStart && self.count == 0 {
            return false;
        }
        if state == State::Quoted {
            self.flaw = Some(Flaw::QuoteUnclosed);
            self.overflowed = false;
        }
        self.end_cell();
        true
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::text::Encoding;

    fn records(text: &str, separator: Separator) -> Vec<Record> {
        let text = Text::new(Cursor::new(text.as_bytes()), Encoding::Utf8);
        let mut records = Records::new(text, separator);
        let (mut all, mut record) = (Vec::new(), Record::default());
        while records.read(&mut record).expect("valid UTF-8") {
            all.push(record.clone());
        }
        all
    }

    fn lines_and_cells(text: &str) -> Vec<(u64, Vec<String>)> {
        records(text, Separator::Semicolon)
            .into_iter()
            .map(|r| (r.line, r.cells))
            .collect()
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn the_three_line_ends_give_the_same_records_and_lines() {
        for end in ["\r\n", "\n", "\r"] {
            let text = ["a;b", "", "c;\"d", "e\"", ";", "f;g"].join(end);
            let quoted = format!("d{end}e");
            let expected = [
                row(1, &["a", "b"]),
                row(3, &["c", &quoted]),
                row(5, &["", ""]),
                row(6, &["f", "g"]),
            ];
            assert_eq!(lines_and_cells(&text), expected, "{end:?}");
            assert_eq!(
                lines_and_cells(&format!("{text}{end}")),
                expected,
                "{end:?} at the end"
            );
        }
    }

    #[test]
    fn quotes_are_obeyed_only_at_the_start_of_a_cell() {
        assert_eq!(
            lines_and_cells("\"a;\"\"b\"\"\";c\"d;\"\""),
            [row(1, &["a;\"b\"", "c\"d", ""])]
        );
    }

    #[test]
    fn text_after_a_closing_quote_is_kept_and_said() {
        let all = records("\"il dit \"oui\" hier\";b", Separator::Semicolon);
        assert_eq!(all[0].cells, ["il dit oui\" hier\"", "b"]);
        assert_eq!(all[0].flaw, Some(Flaw::QuoteStray));
    }

    #[test]
    fn a_quote_never_closed_is_said_at_the_line_where_it_opens() {
        let all = records("a;b\nc;\"d\ne;f\n", Separator::Semicolon);
        assert_eq!((all[1].line, all[1].flaw), (2, Some(Flaw::QuoteUnclosed)));
        assert_eq!(all.len(), 2);
    }

    #[test]
    fn the_limit_of_a_cell_holds_at_its_edge() {
        for (length, flaw) in [
            (CELL_BYTES_MAX - 1, None),
            (CELL_BYTES_MAX, None),
            (CELL_BYTES_MAX + 1, Some(Flaw::CellTooLong(1))),
        ] {
            let long = "x".repeat(length);
            assert_eq!(
                records(&format!("a;{long};b"), Separator::Semicolon)[0].flaw,
                flaw
            );
            assert_eq!(
                records(&format!("a;\"{long}\";b"), Separator::Semicolon)[0].flaw,
                flaw
            );
        }
    }

    #[test]
    fn endless_columns_are_counted_and_not_kept() {
        let all = records(&";".repeat(100_000), Separator::Semicolon);
        assert_eq!((all[0].count, all[0].cells.len()), (100_001, COLUMNS_MAX));
    }

    proptest! {
        /// The `csv` crate is the witness.
        #[test]
        fn cells_are_those_of_the_csv_crate(text in "[ab;\"\r\né]{0,60}") {
            let mut witness = ::csv::ReaderBuilder::new()
                .delimiter(b';').has_headers(false).flexible(true).from_reader(text.as_bytes());
            let expected: Vec<Vec<String>> = witness
                .records()
                .map(|record| record.expect("valid UTF-8").iter().map(str::to_owned).collect())
                .collect();
            let cells: Vec<_> =
                records(&text, Separator::Semicolon).into_iter().map(|record| record.cells).collect();
            prop_assert_eq!(cells, expected);
        }
    }
}
