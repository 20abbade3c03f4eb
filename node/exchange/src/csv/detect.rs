//! Which separator, and which row is the header.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{Read, Seek, SeekFrom};

use crate::csv::records::{Record, Records};
use crate::report::Unreadable;
use crate::table::{HEADER_ROWS, trimmed};
use crate::text::{Encoding, Fault, Text};

/// What stands between two cells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Separator {
    /// `|`
    Bar,
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tabulation.
    Tab,
}

impl Separator {
    /// All of them, the likeliest first.
    pub const ALL: [Self; 4] = [Self::Semicolon, Self::Comma, Self::Tab, Self::Bar];

    /// Returns the word for it, which a person may choose.
    pub fn code(self) -> &'static str {
        match self {
            Self::Bar => "bar",
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
        }
    }

    /// Reads the word for it, or the sign itself.
    pub fn parse(text: &str) -> Option<Self> {
        let is_it = |one: &Self| one.code() == text || text.as_bytes() == [one.byte()];
        Self::ALL.into_iter().find(is_it)
    }

    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Bar => b'|',
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

impl fmt::Display for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bar => "barre",
            Self::Comma => "virgule",
            Self::Semicolon => "point-virgule",
            Self::Tab => "tabulation",
        })
    }
}

/// How the rows of a file are laid out.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) separator: Separator,
    pub(crate) header: Record,
    /// Rows before the header: titles, mentions.
    pub(crate) rows_before: usize,
}

/// Finds the header under each separator and keeps the one that cuts most rows as their header.
pub(crate) fn layout<R: Read + Seek>(
    source: &mut R,
    encoding: Encoding,
    chosen: Option<Separator>,
) -> Result<Layout, Unreadable> {
    let mut best: Option<(Layout, Fit)> = None;
    for separator in ORDER {
        if chosen.is_some_and(|chosen| chosen != separator) {
            continue;
        }
        source.seek(SeekFrom::Start(0))?;
        let sample = sample(source, encoding, separator)?;
        let Some((layout, fit)) = fitted(separator, sample) else {
            continue;
        };
        // A tie keeps the one that comes first in the order.
        if best
            .as_ref()
            .is_none_or(|(_, before)| fit.is_better_than(before))
        {
            best = Some((layout, fit));
        }
    }
    match best {
        Some((layout, fit)) if chosen.is_some() || fit.is_enough() => Ok(layout),
        Some(_) => Err(Unreadable::SeparatorUnknown),
        None => Err(Unreadable::HeaderMissing { rows: HEADER_ROWS }),
    }
}

fn sample<R: Read>(
    source: &mut R,
    encoding: Encoding,
    separator: Separator,
) -> Result<Vec<Record>, Unreadable> {
    let mut records = Records::new(Text::new(source, encoding), separator);
    let (mut sample, mut record) = (Vec::new(), Record::default());
    while sample.len() < HEADER_ROWS + COMPARED_ROWS {
        match records.read(&mut record) {
            Ok(true) => sample.push(record.clone()),
            Ok(false) => break,
            Err(Fault::Io(error)) => return Err(error.into()),
            Err(Fault::Malformed) => {
                return Err(Unreadable::EncodingMixed {
                    encoding,
                    line: record.line,
                });
            }
        }
    }
    Ok(sample)
}

/// How many of the compared rows have as many cells as the header.
#[derive(Clone, Copy, Debug)]
struct Fit {
    even: usize,
    rows: usize,
}

impl Fit {
    fn is_better_than(self, other: &Self) -> bool {
        self.even * other.rows > other.even * self.rows
    }

    fn is_enough(self) -> bool {
        self.even * 2 >= self.rows
    }
}

fn fitted(separator: Separator, mut sample: Vec<Record>) -> Option<(Layout, Fit)> {
    let rows_before = sample.iter().take(HEADER_ROWS).position(is_header)?;
    sample.truncate(rows_before + 1 + COMPARED_ROWS);
    // Rows before the header count as uneven: else a separator that only the last row contains, inside a
    // text, would be as good as the one that cuts every row.
    let rows = sample.len();
    let width = sample[rows_before].count;
    let even = sample
        .iter()
        .skip(rows_before)
        .filter(|record| record.count == width)
        .count();
    let header = sample.swap_remove(rows_before);
    Some((
        Layout {
            separator,
            header,
            rows_before,
        },
        Fit { even, rows },
    ))
}

fn is_header(record: &Record) -> bool {
    let texts: BTreeSet<_> = record
        .cells
        .iter()
        .map(|cell| trimmed(cell))
        .filter(|cell| !cell.is_empty())
        .collect();
    texts.len() >= 2
}

/// The order decides ties: first what French spreadsheets write.
const ORDER: [Separator; 4] = [
    Separator::Semicolon,
    Separator::Comma,
    Separator::Tab,
    Separator::Bar,
];

/// Rows compared with the header.
const COMPARED_ROWS: usize = 50;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn found(text: &str) -> Result<Layout, Unreadable> {
        layout(&mut Cursor::new(text.as_bytes()), Encoding::Utf8, None)
    }

    fn separator(text: &str) -> Separator {
        found(text).expect("a layout").separator
    }

    #[test]
    fn the_separator_that_cuts_evenly_wins() {
        assert_eq!(separator("a;b\n1,5;2\n"), Separator::Semicolon);
        assert_eq!(separator("a,b\n1;2,3\n"), Separator::Comma);
        assert_eq!(separator("a\tb,c\n1\t2\n"), Separator::Tab);
        assert_eq!(separator("a|b\n1;2|3\n"), Separator::Bar);
        assert_eq!(separator("a,b\n\"1;2\n3;4\",5\n"), Separator::Comma);
    }

    #[test]
    fn a_tie_is_a_semicolon() {
        assert_eq!(separator("a;b,c\n1;2,3\n"), Separator::Semicolon);
        assert_eq!(separator("a,b;c\n1,2;3\n"), Separator::Semicolon);
    }

    #[test]
    fn a_few_uneven_rows_do_not_change_the_separator() {
        assert_eq!(
            separator("a;b;c\n1;2;3\n1;2\n1,2;3;4\n"),
            Separator::Semicolon
        );
    }

    #[test]
    fn the_header_is_found_within_ten_rows_and_not_after() {
        for (titles, accepted) in [(8, true), (9, true), (10, false)] {
            let text = format!("{}nom;ville\nx;y\n", "Titre;;\n".repeat(titles));
            let text = text + &"x;y\n".repeat(20);
            match found(&text) {
                Ok(layout) => {
                    assert_eq!(
                        layout.header.cells == ["nom", "ville"],
                        accepted,
                        "{titles}"
                    );
                    assert_eq!(layout.rows_before, titles);
                }
                Err(error) => assert!(
                    !accepted && error.code() == "header_missing",
                    "{titles}: {error}"
                ),
            }
        }
    }

    #[test]
    fn two_equal_texts_are_not_a_header() {
        let layout = found("Total;Total\nnom;ville\nx;y\n").expect("a layout");
        assert_eq!(layout.rows_before, 1);
    }

    #[test]
    fn a_letter_is_not_a_table() {
        let letter = "Madame, Monsieur,\nveuillez trouver la liste\nde nos membres, et nos tarifs, ici.\nMerci\nB.\n";
        assert_eq!(
            found(letter).expect_err("refused").code(),
            "separator_unknown"
        );
        assert_eq!(
            found("seule\ncolonne\n").expect_err("refused").code(),
            "header_missing"
        );
    }
}
