//! The shape that every format is read into: columns, then a stream of rows.

mod clean;
mod packed;
mod said;
mod shown;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::calendar::{Rows as CalendarRows, Unfolded};
use crate::csv::{Rows as CsvRows, Separator};
use crate::feed::Rows as FeedRows;
use crate::json::Rows as JsonRows;
use crate::official::{InList, Layout, Official, Only, YEARS};
use crate::report::{Problem, Unreadable};
use crate::text::{Encoding, Lost, inspect};
use crate::workbook::{Mark, Rows as SheetRows, is_workbook};

pub(crate) use clean::{Cleaner, trimmed};
pub(crate) use said::{blank_rows, cell_too_long, header_below, interrupted};
pub(crate) use shown::{Shown, next_of};

/// A file opened as a table: its columns are known, its rows are read as they are asked for.
///
/// Iterating gives each row, or the problem that refuses it. At most one row is in memory.
pub struct Table {
    format: Format,
    encoding: Encoding,
    columns: Vec<Column>,
    cleaner: Cleaner,
    rows: Rows,
    /// The official list that it is: its rows are then those of territories.
    official: Option<Official>,
}

enum Rows {
    Calendar(Box<CalendarRows>),
    Csv(CsvRows),
    Feed(Box<FeedRows>),
    Json(JsonRows),
    Sheet(SheetRows),
}

impl Table {
    /// Opens a file by its path; the extension tells the format unless `choices` does.
    pub fn open(path: &Path, choices: &Choices) -> Result<Self, Unreadable> {
        let format = choices.format.or_else(|| Format::of_name(path));
        Self::read(
            File::open(path)?,
            &Choices {
                format,
                ..choices.clone()
            },
        )
    }

    /// Opens anything that can be read several times; its first character tells the format.
    pub fn read(source: impl Source, choices: &Choices) -> Result<Self, Unreadable> {
        let mut source: Box<dyn Source> = packed::unpacked(Box::new(source))?;
        if choices.list_year.is_some_and(|year| !YEARS.contains(&year)) {
            let year = choices.list_year.unwrap_or_default();
            return Err(Unreadable::YearUnlikely { year });
        }
        if is_workbook(&mut source)? {
            if choices.list_year.is_some() || choices.only.is_some() {
                return Err(Unreadable::NotOfficial);
            }
            return Self::of_sheet(source, choices);
        }
        if choices.sheet.is_some() {
            return Err(Unreadable::NoSheets);
        }
        // As with workbooks, the first words are surer than the name. What is folded cannot be decoded before it is unfolded.
        let is_calendar =
            crate::calendar::looks_like(&mut source)? || choices.format == Some(Format::Calendar);
        if is_calendar {
            source = Box::new(Unfolded::new(source));
        }
        let origin = inspect(&mut source, choices.encoding, choices.lost_accents)?;
        let format = match choices.format {
            _ if is_calendar => Format::Calendar,
            Some(format) if format != Format::Workbook => format,
            _ if crate::json::looks_like(&mut source, origin.encoding)? => Format::Json,
            _ if crate::feed::looks_like(&mut source, origin.encoding)? => Format::Feed,
            _ => Format::Csv,
        };
        let encoding = origin.encoding;
        let mut cleaner = Cleaner::new(choices.repair_accents);
        cleaner.lost = choices.lost_accents;
        cleaner
            .notices
            .extend(origin.mojibake.filter(|_| !choices.repair_accents));
        let (columns, rows) = match format {
            Format::Calendar => {
                let (columns, rows) = CalendarRows::open(source, encoding, &mut cleaner)?;
                (columns, Rows::Calendar(Box::new(rows)))
            }
            Format::Feed => {
                let (columns, rows) = FeedRows::open(source, encoding, &mut cleaner)?;
                (columns, Rows::Feed(Box::new(rows)))
            }
            Format::Csv => {
                let (columns, rows) =
                    CsvRows::open(source, encoding, choices.separator, &mut cleaner)?;
                (columns, Rows::Csv(rows))
            }
            Format::Json | Format::JsonLines => {
                let lines = format == Format::JsonLines;
                let list = choices.list.as_deref();
                let (columns, rows) = JsonRows::open(source, encoding, list, lines, &mut cleaner)?;
                (columns, Rows::Json(rows))
            }
            Format::Workbook => return Err(Unreadable::NotATable),
        };
        let table = Self {
            format,
            encoding,
            columns,
            cleaner,
            rows,
            official: None,
        };
        table.recognised(choices)
    }

    /// Reads an official list as a table of territories.
    fn recognised(mut self, choices: &Choices) -> Result<Self, Unreadable> {
        let (has_outlines, first) = match &self.rows {
            Rows::Json(rows) => rows.surveyed(),
            _ => (false, &[][..]),
        };
        let names: Vec<_> = self.columns.iter().map(|column| &*column.name).collect();
        let layout = Layout::of(&names, has_outlines, first);
        if layout.is_none() && (choices.list_year.is_some() || choices.only.is_some()) {
            return Err(Unreadable::NotOfficial);
        }
        if let Rows::Json(rows) = &mut self.rows {
            match layout {
                Some(layout) if layout.has_own_places() => rows.keep_outlines(&mut self.columns),
                // That these are not its own is said by the list.
                Some(_) => {}
                None => self.cleaner.notices.extend(rows.outlines_dropped()),
            }
        }
        if let Some(layout) = layout {
            let inner = std::mem::replace(&mut self.columns, Official::columns());
            let (year, only) = (choices.list_year, choices.only.clone());
            let official = Official::new(layout, inner, year, only);
            self.cleaner.notices.push(official.found());
            self.official = Some(official);
        }
        Ok(self)
    }

    /// Opens a sheet of a workbook, whatever the name of the file says.
    fn of_sheet(source: Box<dyn Source>, choices: &Choices) -> Result<Self, Unreadable> {
        let mut cleaner = Cleaner::new(choices.repair_accents);
        cleaner.lost = choices.lost_accents;
        let sheet = choices.sheet.as_deref();
        let (columns, rows) = SheetRows::open(source, sheet, &mut cleaner)?;
        Ok(Self {
            format: Format::Workbook,
            encoding: Encoding::Utf8,
            columns,
            cleaner,
            rows: Rows::Sheet(rows),
            official: None,
        })
    }

    /// Returns the columns, in the order of the cells of each row.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns what is worth knowing and refuses nothing; grows while the rows are read.
    pub fn notices(&self) -> &[Problem] {
        &self.cleaner.notices
    }

    /// Returns the format that was found or chosen.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns the encoding that was found or chosen.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Returns the separator of a CSV.
    pub fn separator(&self) -> Option<Separator> {
        match &self.rows {
            Rows::Csv(rows) => Some(rows.separator()),
            Rows::Calendar(_) | Rows::Feed(_) | Rows::Json(_) | Rows::Sheet(_) => None,
        }
    }

    /// Tells whether it is an official list of territories.
    pub fn is_official(&self) -> bool {
        self.official.is_some()
    }

    /// Tells whether it is an official list whose year a person has to name.
    pub fn needs_year(&self) -> bool {
        self.official.as_ref().is_some_and(Official::needs_year)
    }

    /// Tells whether the year of the list has to be named, and was not.
    pub fn lacks_year(&self) -> bool {
        self.official.as_ref().is_some_and(Official::lacks_year)
    }

    /// Returns the name of the sheet that is read, in a workbook.
    pub fn sheet(&self) -> Option<&str> {
        match &self.rows {
            Rows::Sheet(rows) => Some(&rows.sheet),
            Rows::Calendar(_) | Rows::Csv(_) | Rows::Feed(_) | Rows::Json(_) => None,
        }
    }

    /// Returns the sheets that hold cells, in a workbook, and whether each is hidden.
    pub fn sheets(&self) -> &[(String, bool)] {
        match &self.rows {
            Rows::Sheet(rows) => &rows.sheets,
            Rows::Calendar(_) | Rows::Csv(_) | Rows::Feed(_) | Rows::Json(_) => &[],
        }
    }
}

impl Iterator for Table {
    type Item = Result<Row, Box<Problem>>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows = &mut self.rows;
        match &mut self.official {
            None => rows.next(&self.columns, &mut self.cleaner),
            Some(official) => official.next(&mut self.cleaner, |columns, cleaner| {
                rows.next(columns, cleaner)
            }),
        }
    }
}

impl Rows {
    fn next(
        &mut self,
        columns: &[Column],
        cleaner: &mut Cleaner,
    ) -> Option<Result<Row, Box<Problem>>> {
        match self {
            Rows::Calendar(rows) => rows.next(columns, cleaner),
            Rows::Csv(rows) => rows.next(columns, cleaner),
            Rows::Feed(rows) => rows.next(columns, cleaner),
            Rows::Json(rows) => rows.next(columns, cleaner),
            Rows::Sheet(rows) => rows.next(columns, cleaner),
        }
    }
}

/// What a person may decide in the preview; everything else is found.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// The format, where the name and the first character would mislead.
    pub format: Option<Format>,
    /// The encoding, where the preview shows wrong letters.
    pub encoding: Option<Encoding>,
    /// The separator of a CSV.
    pub separator: Option<Separator>,
    /// Accepts the conversion that the notice `mojibake` proposes.
    pub repair_accents: bool,
    /// What lost accents refuse.
    pub lost_accents: Lost,
    /// The list to read, in a JSON object that has several.
    pub list: Option<String>,
    /// The sheet to read, in a workbook: the first that has a table where it is not given.
    pub sheet: Option<String>,
    /// The year of an official list whose codes do not say it.
    pub list_year: Option<u16>,
    /// The part of an official list that is wanted.
    pub only: Option<Only>,
}

/// A family of files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// Events of an agenda (iCalendar).
    Calendar,
    /// Text with separators.
    Csv,
    /// Articles of a site (Atom or RSS).
    Feed,
    /// A list of objects, an object that holds one, or a GeoJSON.
    Json,
    /// One object after another.
    JsonLines,
    /// A workbook of sheets (XLSX).
    Workbook,
}

impl Format {
    /// Returns the format that the name of a file tells.
    pub fn of_name(name: &Path) -> Option<Self> {
        let extension = name.extension()?.to_str()?;
        if extension.eq_ignore_ascii_case("gz") {
            return Self::of_name(Path::new(name.file_stem()?));
        }
        match extension.to_ascii_lowercase().as_str() {
            "atom" | "rss" | "xml" => Some(Self::Feed),
            "csv" | "tab" | "tsv" | "txt" => Some(Self::Csv),
            "geojson" | "json" => Some(Self::Json),
            "ical" | "ics" => Some(Self::Calendar),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "xlsm" | "xlsx" => Some(Self::Workbook),
            _ => None,
        }
    }
}

/// Anything that can be read more than once, in any thread.
pub trait Source: Read + Seek + Send + 'static {}

impl<T: Read + Seek + Send + 'static> Source for T {}

/// One column of a table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Column {
    /// Position, from 0.
    pub index: usize,
    /// Letter that a spreadsheet shows: A, B, … Z, AA.
    pub letter: String,
    /// Name as written, trimmed; empty where the file has none.
    pub name: String,
    /// Name without case, accents and spaces, by which columns are compared.
    pub normal_name: String,
}

impl Column {
    /// Makes a column that stands in the sheet where it stands in the table.
    pub(crate) fn new(index: usize, name: String) -> Self {
        Self::at(index, index, name)
    }

    /// Returns the letter of a place in a sheet.
    pub(crate) fn letter_of(place: usize) -> String {
        letter(place)
    }

    /// Makes a column that stands elsewhere in the sheet than in the table.
    fn at(index: usize, place: usize, name: String) -> Self {
        let normal_name = normal_name(&name);
        Self {
            index,
            letter: letter(place),
            name,
            normal_name,
        }
    }
}

/// One row: as many cells as the table has columns.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// Line of the file where the record starts; for JSON, position of the object in its list, from 1.
    pub line: u64,
    /// Trimmed cells; empty where the file says nothing.
    pub cells: Vec<String>,
    /// What a workbook knows of cells beyond their text, by the index of their column.
    pub marks: BTreeMap<usize, Mark>,
    /// What an official list says of its code.
    pub in_list: InList,
}

/// Makes the columns from names and their places, and notices the names that mapping cannot tell apart.
pub(crate) fn columns(
    names: impl IntoIterator<Item = (usize, String), IntoIter: ExactSizeIterator>,
    line: u64,
    notices: &mut Vec<Problem>,
) -> Result<Vec<Column>, Unreadable> {
    let names = names.into_iter();
    if names.len() > COLUMNS_MAX {
        return Err(Unreadable::ColumnsTooMany {
            count: names.len(),
            max: COLUMNS_MAX,
        });
    }
    let named = names.enumerate();
    let columns: Vec<_> = named
        .map(|(index, (place, name))| Column::at(index, place, name))
        .collect();
    for column in &columns {
        let letter = &column.letter;
        if column.normal_name.is_empty() {
            let reason = format!("La colonne {letter} n'a pas de nom : elle n'est pas reconnue.");
            notices.push(Problem::of_row(line, "", "header_empty", reason).in_column(column));
            continue;
        }
        let mut before = columns[..column.index].iter();
        if let Some(first) = before.find(|other| other.normal_name == column.normal_name) {
            let reason = format!(
                "Les colonnes {} et {letter} ont le même nom « {} », à la casse, aux accents et aux espaces près.",
                first.letter, column.name
            );
            let notice = Problem::of_row(line, &column.name, "header_duplicate", reason);
            notices.push(notice.in_column(column));
        }
    }
    Ok(columns)
}

/// Returns a name without case, accents and spaces.
pub fn normal_name(name: &str) -> String {
    let plain = name
        .nfkd()
        .filter(|c| !is_combining_mark(*c) && !c.is_whitespace());
    plain.flat_map(char::to_lowercase).collect()
}

fn letter(index: usize) -> String {
    let mut letters = Vec::new();
    let mut left = index + 1;
    while left > 0 {
        let digit = (left - 1) % 26;
        letters.push(b'A' + u8::try_from(digit).expect("below 26"));
        left = (left - 1) / 26;
    }
    letters
        .iter()
        .rev()
        .map(|letter| char::from(*letter))
        .collect()
}

/// The widest sheet that LibreOffice opened until version 7.4: no partner can have prepared a wider one
/// with every common tool.
pub(crate) const COLUMNS_MAX: usize = 1024;

/// Titles and mentions before the header take a few rows; ten is the rule of the design.
pub(crate) const HEADER_ROWS: usize = 10;

/// The longest sheet that is read (page 7 of the design); a larger file comes as CSV.
pub(crate) const ROWS_MAX: u64 = 200_000;

/// The longest cell, of every format (page 7 of the design); a description is far below.
pub(crate) const CELL_BYTES_MAX: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_a_spreadsheet() {
        let cases = [
            (0, "A"),
            (1, "B"),
            (25, "Z"),
            (26, "AA"),
            (51, "AZ"),
            (52, "BA"),
            (701, "ZZ"),
            (702, "AAA"),
        ];
        for (index, expected) in cases {
            assert_eq!(letter(index), expected);
        }
    }

    #[test]
    fn names_are_compared_without_case_accents_and_spaces() {
        for name in [
            "Numéro de téléphone",
            "NUMERO DE TELEPHONE",
            " nume\u{301}ro\u{a0}de  telephone",
        ] {
            assert_eq!(normal_name(name), "numerodetelephone");
        }
        assert_ne!(normal_name("code_postal"), normal_name("code postal"));
    }

    #[test]
    fn empty_and_duplicate_names_are_noticed() {
        let names = ["Nom", "", "NÔM", "x"].map(str::to_owned).to_vec();
        let mut notices = Vec::new();
        let named: Vec<_> = names.into_iter().enumerate().collect();
        let columns = columns(named, 3, &mut notices).expect("few columns");
        assert_eq!(columns.len(), 4);
        let seen: Vec<_> = notices
            .iter()
            .map(|n| (n.code, n.line, n.letter.as_deref().expect("a letter")))
            .collect();
        assert_eq!(
            seen,
            [("header_empty", 3, "B"), ("header_duplicate", 3, "C")]
        );
    }

    #[test]
    fn the_limit_of_columns_holds_at_its_edge() {
        for (count, accepted) in [
            (COLUMNS_MAX - 1, true),
            (COLUMNS_MAX, true),
            (COLUMNS_MAX + 1, false),
        ] {
            let names = (0..count).map(|index| (index, format!("c{index}")));
            assert_eq!(
                columns(names, 1, &mut Vec::new()).is_ok(),
                accepted,
                "{count}"
            );
        }
    }
}
