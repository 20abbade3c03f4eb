//! The first look at a file: its columns, and what stands in them.

use crdt_schema::record::Kind;
use crdt_schema::register::Territories;
use crdt_schema::vocabulary::Words;
use exchange::csv::Separator;
use exchange::{Column, Encoding, Format, Mapping, Table, Values};

/// The columns of a file, with some of their values.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) columns: Vec<Column>,
    /// What stands in the columns, by which those are recognised whose name says nothing.
    values: Values,
    /// For each column, some different values.
    pub(crate) samples: Vec<Vec<String>>,
    /// Whether it is an official list of territories.
    pub(crate) is_official: bool,
    /// Whether it is one whose year a person has to name.
    pub(crate) needs_year: bool,
    /// How its text was read; nothing of a workbook, which says so itself.
    pub(crate) read_as: Option<(Encoding, Option<Separator>)>,
    /// The sheet that is read, in a workbook.
    pub(crate) name: Option<String>,
    /// The sheets of a workbook, and whether each is hidden.
    pub(crate) sheets: Vec<(String, bool)>,
    /// Whether it has accents that were encoded twice.
    pub(crate) has_double_accents: bool,
}

impl Sheet {
    /// Looks at the first rows.
    pub(crate) fn of(mut table: Table) -> Self {
        let columns = table.columns().to_vec();
        let (is_official, needs_year) = (table.is_official(), table.needs_year());
        let is_text = table.format() != Format::Workbook;
        let read_as = is_text.then(|| (table.encoding(), table.separator()));
        let mut notices = table.notices().iter();
        let has_double_accents = notices.any(|notice| notice.code == "mojibake");
        let (name, sheets) = (table.sheet().map(str::to_owned), table.sheets().to_vec());
        let mut samples = vec![Vec::new(); columns.len()];
        let mut values = Values::default();
        for row in table.by_ref().take(ROWS_LOOKED_AT).flatten() {
            values.look(&row.cells);
            for (samples, cell) in samples.iter_mut().zip(&row.cells) {
                let sample = shortened(cell);
                if samples.len() < SAMPLES && !sample.is_empty() && !samples.contains(&sample) {
                    samples.push(sample);
                }
            }
        }
        Self {
            columns,
            values,
            samples,
            is_official,
            needs_year,
            read_as,
            name,
            sheets,
            has_double_accents,
        }
    }
}

impl Sheet {
    /// Returns the columns that are recognised by their values, each with its field; none of an official list.
    pub(crate) fn recognised(
        &self,
        kind: Option<&'static Kind>,
        words: &Words,
    ) -> Vec<(String, String)> {
        let mapping = Mapping::of(&self.columns, kind, &[], words).ok();
        let mapping = mapping.filter(|_| !self.is_official);
        mapping.map_or(Vec::new(), |mapping| {
            let knowing = (words, Territories::shared());
            self.values
                .recognised(&self.columns, &mapping, &[], knowing)
        })
    }
}

fn shortened(cell: &str) -> String {
    let line = cell.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SAMPLE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Enough to meet values of columns that are seldom filled in.
const ROWS_LOOKED_AT: usize = 200;
/// Enough to recognise what a column is about.
const SAMPLES: usize = 3;
/// A line of a narrow screen.
const SAMPLE_CHARS_MAX: usize = 48;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn samples_are_few_short_and_different() {
        let long = "é".repeat(SAMPLE_CHARS_MAX + 1);
        let file = format!("nom;note\na;\na;\nb;x\nc;\nd;{long}\n");
        let table = Table::read(Cursor::new(file), &exchange::Choices::default());
        let sheet = Sheet::of(table.expect("a table"));
        assert_eq!(sheet.samples[0], ["a", "b", "c"]);
        assert_eq!(
            sheet.samples[1][1],
            format!("{}…", "é".repeat(SAMPLE_CHARS_MAX))
        );
    }
}
