//! The rows of one sheet, in a private file without a name: the parser and its shared texts are gone before the first row is asked for.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};

use crate::table::CELL_BYTES_MAX;
use crate::workbook::cell::Mark;

/// One cell that holds something.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Held {
    /// Column of the sheet, from 0.
    pub(super) column: u32,
    pub(super) text: String,
    pub(super) mark: Option<Mark>,
    /// The text was longer than a cell may be, and is left out.
    pub(super) is_too_long: bool,
}

/// One row that holds something.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct HeldRow {
    /// Row of the sheet, from 0.
    pub(super) row: u32,
    pub(super) cells: Vec<Held>,
}

impl Held {
    pub(super) fn new(column: u32, text: &str, mark: Option<Mark>) -> Self {
        let is_too_long = text.len() > CELL_BYTES_MAX;
        let text = if is_too_long { "" } else { text };
        Self {
            column,
            text: text.to_owned(),
            mark,
            is_too_long,
        }
    }
}

/// A file that is being written.
pub(super) struct Spool {
    out: BufWriter<File>,
    pub(super) bytes: u64,
}

impl Spool {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            out: BufWriter::new(tempfile::tempfile()?),
            bytes: 0,
        })
    }

    pub(super) fn write(&mut self, row: &HeldRow) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend(row.row.to_le_bytes());
        bytes.extend(short(row.cells.len())?.to_le_bytes());
        for cell in &row.cells {
            bytes.extend(cell.column.to_le_bytes());
            bytes.extend([Mark::code(cell.mark), u8::from(cell.is_too_long)]);
            bytes.extend(short(cell.text.len())?.to_le_bytes());
            bytes.extend(cell.text.as_bytes());
        }
        self.bytes += bytes.len() as u64;
        self.out.write_all(&bytes)
    }

    /// Ends the file and stands before its first row.
    pub(super) fn finish(self) -> io::Result<Spooled> {
        let mut file = self
            .out
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Spooled(BufReader::new(file)))
    }
}

/// The rows that were written, one after the other.
pub(super) struct Spooled(BufReader<File>);

impl Spooled {
    /// Reads the next row; nothing at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<HeldRow>> {
        let mut first = [0; 4];
        match self.0.read_exact(&mut first) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let row = u32::from_le_bytes(first);
        let count = self.number()?;
        let mut cells = Vec::new();
        for _ in 0..count {
            let column = self.number()?;
            let mut flags = [0; 2];
            self.0.read_exact(&mut flags)?;
            let mut text = vec![0; self.number()? as usize];
            self.0.read_exact(&mut text)?;
            let text = String::from_utf8(text).map_err(|_| ErrorKind::InvalidData)?;
            cells.push(Held {
                column,
                text,
                mark: Mark::of_code(flags[0]),
                is_too_long: flags[1] != 0,
            });
        }
        Ok(Some(HeldRow { row, cells }))
    }

    fn number(&mut self) -> io::Result<u32> {
        let mut bytes = [0; 4];
        self.0.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }
}

fn short(length: usize) -> io::Result<u32> {
    u32::try_from(length).map_err(|_| ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were_written() {
        let long = "x".repeat(CELL_BYTES_MAX + 1);
        let rows = [
            HeldRow {
                row: 3,
                cells: vec![
                    Held::new(0, "é\n=1", None),
                    Held::new(200, "4000", Some(Mark::Number)),
                ],
            },
            HeldRow::default(),
            HeldRow {
                row: 1_048_575,
                cells: vec![Held::new(1, &long, None), Held::new(2, &long[1..], None)],
            },
        ];
        let mut spool = Spool::new().expect("a temporary file");
        for row in &rows {
            spool.write(row).expect("written");
        }
        let mut spooled = spool.finish().expect("there");
        for row in &rows {
            assert_eq!(spooled.next().expect("read").as_ref(), Some(row));
        }
        assert_eq!(spooled.next().expect("read"), None);
        let [too_long, longest] = rows[2].cells.as_slice() else {
            panic!("two cells")
        };
        assert!(too_long.is_too_long && too_long.text.is_empty());
        assert!(!longest.is_too_long);
    }
}
