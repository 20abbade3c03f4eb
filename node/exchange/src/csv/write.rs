//! The two kinds of CSV that we hand out.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::csv::guard::guarded;

/// Writes rows as they come; nothing is kept.
pub struct Writer<W> {
    out: W,
    flavour: Flavour,
}

impl<W: Write> Writer<W> {
    /// Starts a file.
    pub fn new(mut out: W, flavour: Flavour) -> io::Result<Self> {
        if flavour == Flavour::Spreadsheet {
            out.write_all("\u{FEFF}".as_bytes())?;
        }
        Ok(Self { out, flavour })
    }

    /// Writes the names of the columns.
    pub fn header(&mut self, names: &[&str]) -> io::Result<()> {
        let cells: Vec<_> = names
            .iter()
            .map(|name| Cell::Text((*name).to_owned()))
            .collect();
        self.row(&cells)
    }

    /// Writes one row.
    pub fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.out.write_all(self.flavour.separator().as_bytes())?;
            }
            self.cell(cell, cells.len() == 1)?;
        }
        self.out.write_all(b"\r\n")
    }

    /// Ends the file and gives back what it was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn cell(&mut self, cell: &Cell, alone: bool) -> io::Result<()> {
        let text = match self.flavour {
            Flavour::Machine => cell.machine(),
            Flavour::Spreadsheet => cell.spreadsheet(),
        };
        // Neither a person nor our own import can use it: it would make the file binary.
        let text = if text.contains('\0') {
            Cow::Owned(text.replace('\0', ""))
        } else {
            text
        };
        // A lone empty cell would read as a blank line.
        let code = matches!(cell, Cell::Code(_));
        if code || (alone && text.is_empty()) || self.flavour.must_quote(&text) {
            write!(self.out, "\"{}\"", text.replace('"', "\"\""))
        } else {
            self.out.write_all(text.as_bytes())
        }
    }
}

/// Who the file is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flavour {
    /// A program: UTF-8 without mark, `,`, no guard.
    Machine,
    /// A person with a French spreadsheet: UTF-8 with its mark, `;`, decimal comma, French dates,
    /// formula guard.
    Spreadsheet,
}

impl Flavour {
    /// Returns the name of a file: that of a spreadsheet says so.
    pub fn file_name(self, stem: &str) -> String {
        match self {
            Self::Machine => format!("{stem}.csv"),
            Self::Spreadsheet => format!("{stem}-tableur.csv"),
        }
    }

    fn separator(self) -> &'static str {
        match self {
            Self::Machine => ",",
            Self::Spreadsheet => ";",
        }
    }

    fn must_quote(self, text: &str) -> bool {
        text.contains(['"', '\r', '\n']) || text.contains(self.separator())
    }
}

/// What a cell holds; decides how it is written, not what it means.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Cell {
    /// A text that looks like a number and is not: SIRET, commune, telephone.
    Code(String),
    /// A date or a local date and time as records hold it: `2026-05-17`, `2026-05-17T14:30`.
    Date(String),
    /// Nothing.
    Empty,
    /// A decimal number with a point: `-61.5`.
    Number(String),
    /// Terms of a vocabulary, which never contain `|`.
    Set(Vec<String>),
    /// Anything that people wrote.
    Text(String),
}

impl Cell {
    fn machine(&self) -> Cow<'_, str> {
        match self {
            Self::Code(text) | Self::Date(text) | Self::Number(text) | Self::Text(text) => {
                Cow::Borrowed(text)
            }
            Self::Empty => Cow::Borrowed(""),
            Self::Set(terms) => Cow::Owned(terms.join("|")),
        }
    }

    /// INVARIANT: whatever is not exactly a number or a date goes through the guard.
    fn spreadsheet(&self) -> Cow<'_, str> {
        match self {
            Self::Number(text) if is_number(text) => Cow::Owned(text.replace('.', ",")),
            Self::Date(text) => {
                french_date(text).map_or_else(|| guarded(text.trim_end()), Cow::Owned)
            }
            Self::Code(text) | Self::Number(text) | Self::Text(text) => guarded(text.trim_end()),
            Self::Empty => Cow::Borrowed(""),
            Self::Set(terms) => Cow::Owned(guarded(terms.join("|").trim_end()).into_owned()),
        }
    }
}

fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let bare = text.strip_prefix('-').unwrap_or(text);
    match bare.split_once('.') {
        Some((whole, decimals)) => digits(whole) && digits(decimals),
        None => digits(bare),
    }
}

/// Turns `2026-05-17` into `17/05/2026`, and `2026-05-17T14:30…` into `17/05/2026 14:30`.
fn french_date(text: &str) -> Option<String> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let fits = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text
                .bytes()
                .zip(shape.bytes())
                .all(|(byte, sign)| match sign {
                    b'0' => byte.is_ascii_digit(),
                    sign => byte == sign,
                })
    };
    if !fits(date, "0000-00-00") {
        return None;
    }
    let day = format!("{}/{}/{}", &date[8..10], &date[5..7], &date[..4]);
    match time {
        None => Some(day),
        // A zone or seconds would be lost: such a time is left as it is.
        Some(time) => fits(time, "00:00").then(|| format!("{day} {time}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(flavour: Flavour, cells: &[Cell]) -> String {
        let mut writer = Writer::new(Vec::new(), flavour).expect("memory");
        writer.row(cells).expect("memory");
        String::from_utf8(writer.finish().expect("memory")).expect("UTF-8")
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    fn sample() -> Vec<Cell> {
        vec![
            Cell::Code("01004".into()),
            Cell::Number("-61.5".into()),
            Cell::Date("2026-05-17".into()),
            Cell::Set(vec!["sport".into(), "culture".into()]),
            Cell::Empty,
            text("Dit \"Le Phare\", à Lyon; ok"),
            text("=1+1"),
        ]
    }

    #[test]
    fn the_machine_file_is_exact() {
        assert_eq!(
            written(Flavour::Machine, &sample()),
            "\"01004\",-61.5,2026-05-17,sport|culture,,\"Dit \"\"Le Phare\"\", à Lyon; ok\",=1+1\r\n"
        );
    }

    #[test]
    fn the_spreadsheet_file_is_french_and_guarded() {
        assert_eq!(
            written(Flavour::Spreadsheet, &sample()),
            "\u{FEFF}\"01004\";-61,5;17/05/2026;sport|culture;;\"Dit \"\"Le Phare\"\", à Lyon; ok\";'=1+1\r\n"
        );
    }

    #[test]
    fn only_a_number_escapes_the_guard() {
        for number in ["-61.5", "0", "-0.25", "12"] {
            assert!(!written(Flavour::Spreadsheet, &[Cell::Number(number.into())]).contains('\''));
        }
        for not in ["-", "-1+2", "=1", "+33", "-.5", "-5.", "-1e5", "-١"] {
            let line = written(Flavour::Spreadsheet, &[Cell::Number(not.into())]);
            assert!(line.starts_with("\u{FEFF}'"), "{not}: {line}");
        }
        let hostile = [
            Cell::Code("+33".into()),
            Cell::Set(vec!["=1".into()]),
            Cell::Date("=1".into()),
        ];
        assert_eq!(
            written(Flavour::Spreadsheet, &hostile),
            "\u{FEFF}\"'+33\";'=1;'=1\r\n"
        );
    }

    #[test]
    fn dates_are_turned_only_when_nothing_is_lost() {
        let cases = [
            ("2026-05-17", Some("17/05/2026")),
            ("2026-05-17T14:30", Some("17/05/2026 14:30")),
            ("2026-05-17T14:30Z", None),
            ("2026-05", None),
            ("2026-05-1é", None),
            ("", None),
        ];
        for (date, expected) in cases {
            assert_eq!(french_date(date).as_deref(), expected, "{date}");
        }
    }

    #[test]
    fn a_lone_empty_cell_is_not_a_blank_line() {
        assert_eq!(written(Flavour::Machine, &[Cell::Empty]), "\"\"\r\n");
    }

    #[test]
    fn the_name_of_a_spreadsheet_file_says_so() {
        assert_eq!(Flavour::Machine.file_name("carte"), "carte.csv");
        assert_eq!(Flavour::Spreadsheet.file_name("carte"), "carte-tableur.csv");
    }
}
