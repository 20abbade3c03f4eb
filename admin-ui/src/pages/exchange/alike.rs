//! New rows of a file that may be records which are there already.

use crate::files::Imported;
use crate::i18n::Language;
use crate::pages::duplicates;

/// The rows, as their table shows them.
pub(super) struct Alike {
    pub(super) caption: String,
    pub(super) rows: Vec<Row>,
    /// How many are not shown.
    pub(super) more: Option<String>,
}

/// A row and the record that it may be.
pub(super) struct Row {
    pub(super) line: String,
    pub(super) name: String,
    pub(super) href: String,
    pub(super) record_name: String,
    pub(super) speaks_for: String,
    pub(super) against: String,
}

/// Shows the rows of a dry run. Nothing where there is none.
pub(super) fn of(language: Language, imported: &Imported) -> Option<Alike> {
    let alike = &imported.alike;
    let count = |key: &str, count: u64| language.text_with(key, &[("count", count.into())]);
    let rows = alike.listed.iter().map(|row| {
        let (speaks_for, against) = duplicates::reasons(language, &row.likeness.reasons);
        Row {
            line: language.number(row.line),
            name: row.name.clone(),
            href: format!("/fiches/{}", row.record),
            record_name: row.record_name.clone(),
            speaks_for: speaks_for.join(", "),
            against: against.join(", "),
        }
    });
    let rows: Vec<Row> = rows.collect();
    let more = alike.rows.saturating_sub(rows.len() as u64);
    (alike.rows > 0).then(|| Alike {
        caption: count("import-alike", alike.rows),
        more: (more > 0).then(|| count("import-alike-more", more)),
        rows,
    })
}
