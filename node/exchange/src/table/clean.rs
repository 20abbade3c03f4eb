//! What happens to every cell, whatever the format.

use crate::csv::unguarded;
use crate::report::Problem;
use crate::table::Column;
use crate::text::{Lost, repaired};

/// Cleans cells, and remembers what it has already said.
pub(crate) struct Cleaner {
    repair_accents: bool,
    /// Whether texts have the apostrophe that guards formulas: a workbook tells texts from formulas by itself.
    pub(crate) has_guards: bool,
    pub(crate) lost: Lost,
    /// For each column, whether a mark of absence was already noticed.
    said: Vec<bool>,
    pub(crate) notices: Vec<Problem>,
}

impl Cleaner {
    pub(crate) fn new(repair_accents: bool) -> Self {
        Self {
            repair_accents,
            has_guards: true,
            lost: Lost::default(),
            said: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Repairs accents if a person said so, trims, reads marks of absence as empty, removes one guard.
    pub(crate) fn clean(&mut self, column: &Column, line: u64, cell: String) -> String {
        let cell = self.text(cell);
        if ABSENT.contains(&cell.as_str()) {
            self.say_once(column, line, &cell);
            return String::new();
        }
        match self.bare(&cell) {
            bare if bare.len() == cell.len() => cell,
            bare => trimmed(bare).to_owned(),
        }
    }

    /// The same for a name of a column, where `-` is only an odd name.
    pub(crate) fn name(&self, cell: String) -> String {
        let cell = self.text(cell);
        let words: Vec<_> = self.bare(&cell).split_whitespace().collect();
        words.join(" ")
    }

    fn bare<'a>(&self, cell: &'a str) -> &'a str {
        if self.has_guards {
            unguarded(cell)
        } else {
            cell
        }
    }

    /// Repairs and trims.
    fn text(&self, cell: String) -> String {
        let right = if self.repair_accents {
            repaired(&cell)
        } else {
            None
        };
        let cell = right.unwrap_or(cell);
        let kept = trimmed(&cell);
        if kept.len() == cell.len() {
            cell
        } else {
            kept.to_owned()
        }
    }

    fn say_once(&mut self, column: &Column, line: u64, mark: &str) {
        if self.said.len() <= column.index {
            self.said.resize(column.index + 1, false);
        }
        if !self.said[column.index] {
            self.said[column.index] = true;
            let reason = format!(
                "« {mark} » est lu comme une cellule vide (dit une fois par colonne, même s'il revient)."
            );
            let notice = Problem::of_row(line, mark, "absence_mark", reason);
            self.notices.push(notice.in_column(column));
        }
    }
}

/// Drops white space and invisible characters around a text.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200D}' | '\u{2060}')
    })
}

/// How spreadsheets and databases write "nothing". `N/A` alone may be an answer and stays.
const ABSENT: [&str; 4] = ["#N/A", "#N/D", "NULL", "-"];

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(cells: &[&str]) -> (Vec<String>, usize) {
        let column = Column::new(2, "siret".into());
        let mut cleaner = Cleaner::new(false);
        let cells = cells
            .iter()
            .map(|cell| cleaner.clean(&column, 9, (*cell).to_owned()))
            .collect();
        (cells, cleaner.notices.len())
    }

    #[test]
    fn marks_of_absence_are_empty_and_said_once_a_column() {
        let (cells, notices) = cleaned(&["#N/A", " #N/D ", "NULL", "-", "N/A", "null", "--", "—"]);
        assert_eq!(cells, ["", "", "", "", "N/A", "null", "--", "—"]);
        assert_eq!(notices, 1);
    }

    #[test]
    fn a_guarded_mark_of_absence_is_a_text() {
        assert_eq!(
            cleaned(&["'-", "' =1", "'été", "''=1"]).0,
            ["-", "=1", "'été", "'=1"]
        );
    }

    #[test]
    fn invisible_characters_around_a_cell_are_dropped() {
        assert_eq!(cleaned(&["\u{FEFF}\u{a0} a b\u{200B}\t"]).0, ["a b"]);
    }

    #[test]
    fn accents_are_repaired_before_trimming() {
        let column = Column::new(0, "nom".into());
        let mut cleaner = Cleaner::new(true);
        assert_eq!(cleaner.clean(&column, 1, "voilÃ\u{a0}".into()), "voilà");
    }
}
