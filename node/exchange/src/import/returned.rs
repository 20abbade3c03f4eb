//! The table that somebody has sent, handed back as a workbook: faulty cells are marked, a column says why, and a second sheet lists all
//! that was said. Corrected, the first sheet can be imported as it is.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use crate::csv::Cell;
use crate::import::{Level, Report, Reported};
use crate::official::InList;
use crate::table::{Column, Row, Table};
use crate::workbook::{Book, Mark, Tone};

/// Writes the table, read once more, with what the report says of it. Rows wait in private files of this folder.
pub fn hand_back<W: Write + Send>(
    mut table: Table,
    report: &Report,
    folder: &Path,
    out: W,
) -> io::Result<W> {
    let columns = table.columns().to_vec();
    let said = said(&report.problems);
    let mut book = Book::new(folder)?;
    let mut widths: Vec<(&str, u8)> = columns
        .iter()
        .map(|column| (column.name.as_str(), 24))
        .collect();
    widths.extend([(TO_CORRECT, 60), (LINE, 12)]);
    let rows = book.sheet(TABLE_SHEET, &widths)?;
    let mut places = BTreeMap::new();
    // A code that is gone is a row of no file: most are held by nobody.
    let is_row = |row: &Result<Row, _>| !matches!(row, Ok(row) if row.in_list == InList::Gone);
    for (place, row) in (2_u64..).zip(table.by_ref().filter(is_row)) {
        let (line, cells) = match row {
            Ok(row) => (row.line, cells(&row, &columns, &said)),
            // Such a row has no columns: its text is shown as it stands.
            Err(problem) => {
                let mut cells = vec![(Cell::Empty, Tone::Refused); columns.len()];
                cells[0].0 = Cell::Text(problem.value);
                (problem.line, cells)
            }
        };
        places.insert(line, place);
        book.row(rows, &with_reasons(line, cells, &said))?;
    }
    list(&mut book, report, &columns, &places)?;
    book.finish(out)
}

type Said<'a> = BTreeMap<u64, Vec<&'a Reported>>;

fn said(problems: &[Reported]) -> Said<'_> {
    let mut said = Said::new();
    for one in problems {
        said.entry(one.problem.line).or_default().push(one);
    }
    said
}

fn cells(row: &Row, columns: &[Column], said: &Said<'_>) -> Vec<(Cell, Tone)> {
    let of_row = said.get(&row.line).map_or(&[][..], Vec::as_slice);
    let cell = |column: &Column| {
        let text = &row.cells[column.index];
        let cell = match row.marks.get(&column.index) {
            _ if text.is_empty() => Cell::Empty,
            Some(Mark::Number) => Cell::Number(text.clone()),
            _ => Cell::Text(text.clone()),
        };
        let here = of_row
            .iter()
            .filter(|one| one.problem.letter.as_ref() == Some(&column.letter));
        let tone = here.map(|one| tone(one.level)).max().unwrap_or_default();
        (cell, tone)
    };
    columns.iter().map(cell).collect()
}

/// Adds the reasons of a row and its line in the file that was sent.
fn with_reasons(line: u64, mut cells: Vec<(Cell, Tone)>, said: &Said<'_>) -> Vec<(Cell, Tone)> {
    let of_row = said.get(&line).map_or(&[][..], Vec::as_slice);
    let reason = |one: &&Reported| {
        let problem = &one.problem;
        let column = problem.column.as_ref().map(|name| format!("{name} : "));
        let offer = problem.suggestion.as_ref();
        let offer = offer.map(|offer| format!(" Proposition : {offer}"));
        format!(
            "{}{}{}",
            column.unwrap_or_default(),
            problem.reason,
            offer.unwrap_or_default()
        )
    };
    let reasons: Vec<_> = of_row.iter().map(reason).collect();
    let worst = of_row.iter().map(|one| tone(one.level)).max();
    cells.push((Cell::Text(reasons.join("\n")), worst.unwrap_or_default()));
    cells.push((Cell::Number(line.to_string()), Tone::Plain));
    cells
}

/// The second sheet: what refuses a row first, then what is to be looked at, then what was accepted.
fn list(
    book: &mut Book,
    report: &Report,
    columns: &[Column],
    places: &BTreeMap<u64, u64>,
) -> io::Result<()> {
    let sheet = book.sheet(
        PROBLEMS_SHEET,
        &[
            ("Cellule de la première feuille", 14),
            ("Ligne du fichier", 10),
            ("Colonne du fichier", 10),
            ("Nom de la colonne", 24),
            ("Gravité", 14),
            ("Valeur", 30),
            ("Motif", 70),
            ("Proposition", 30),
        ],
    )?;
    let of = |level| move |one: &&Reported| one.level == level;
    let problems = &report.problems;
    let refused = problems.iter().filter(of(Level::Refused));
    let warned = problems.iter().filter(of(Level::Warning));
    for one in refused
        .chain(warned)
        .chain(&report.notices)
        .take(LISTED_MAX)
    {
        let problem = &one.problem;
        let column = columns
            .iter()
            .find(|column| Some(&column.letter) == problem.letter.as_ref());
        let cell = column
            .zip(places.get(&problem.line))
            .map(|(column, place)| format!("{}{place}", Column::letter_of(column.index)));
        let text = |text: &Option<String>| text.clone().map_or(Cell::Empty, Cell::Text);
        let line = match problem.line {
            0 => Cell::Empty,
            line => Cell::Number(line.to_string()),
        };
        let cells = [
            text(&cell),
            line,
            text(&problem.letter),
            text(&problem.column),
            Cell::Text(gravity(one.level).to_owned()),
            Cell::Text(problem.value.clone()),
            Cell::Text(problem.reason.clone()),
            text(&problem.suggestion),
        ];
        let cells = cells.map(|cell| (cell, tone(one.level)));
        book.row(sheet, &cells)?;
    }
    Ok(())
}

fn tone(level: Level) -> Tone {
    match level {
        Level::Notice => Tone::Plain,
        Level::Refused => Tone::Refused,
        Level::Warning => Tone::Warned,
    }
}

fn gravity(level: Level) -> &'static str {
    match level {
        Level::Notice => "pour information",
        Level::Refused => "refusé",
        Level::Warning => "à vérifier",
    }
}

/// Columns that are added here, and that an import leaves out.
pub(crate) const TO_CORRECT: &str = "À corriger (Maillage)";
pub(crate) const LINE: &str = "Ligne d'origine (Maillage)";
const TABLE_SHEET: &str = "Tableau";
const PROBLEMS_SHEET: &str = "Problèmes";
/// Problems that a sheet can list.
const LISTED_MAX: usize = 1_000_000;
