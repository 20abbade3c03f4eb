//! A file against what its source said the last time and what the record says now: what the source did not change stays as the partners
//! have made it, and what both changed is left to a person.

use std::collections::BTreeMap;

use crdt_schema::draft::{Draft, Wanted, shown, shown_set};
use crdt_schema::edit::Field;
use crdt_schema::id::RecordId;

use crate::import::imprint::held_as;
use crate::import::{Census, Imprint, Level, Report, Settings};
use crate::mapping::Mapping;
use crate::report::{Problem, shortened};
use crate::table::Column;

/// What a row is compared with.
pub(super) struct ThreeWay<'a, C: Census> {
    pub(super) census: &'a C,
    pub(super) settings: &'a Settings<'a>,
    pub(super) mapping: &'a Mapping,
    pub(super) columns: &'a [Column],
    /// What the source said of this record the last time.
    pub(super) before: Option<&'a Imprint>,
}

/// Why the record's own value stays.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kept {
    /// The source and the record changed, each in its way.
    BothChanged,
    /// The source says what it said; the record has changed.
    ChangedHere,
    /// Another partner wrote it, and nothing is known of an earlier import.
    OfAPartner,
}

impl<C: Census> ThreeWay<'_, C> {
    /// Returns what a row may change. What it may not change is said, and can be confirmed by column and code.
    pub(super) fn changed(
        &self,
        (line, record): (u64, &RecordId),
        draft: &Draft,
        held: &BTreeMap<String, Field>,
        report: &mut Report,
    ) -> Result<Draft, C::Error> {
        let (mut changed, empty) = (Draft::default(), Field::default());
        for (name, wanted) in &draft.fields {
            let held = held.get(name).unwrap_or(&empty);
            if let Some(kept) = self.kept(record, name, wanted, held)? {
                let column = self.mapping.column_of(name);
                let column = column.and_then(|column| self.columns.get(column));
                if !self.is_confirmed(column, kept) {
                    report.problem(kept.level(), problem(line, column, kept, wanted, held));
                    continue;
                }
            }
            changed.fields.insert(name.clone(), wanted.clone());
        }
        Ok(changed)
    }

    /// Tells why the record's own value stays; nothing where the row may write, or has nothing to write.
    fn kept(
        &self,
        record: &RecordId,
        name: &str,
        wanted: &Wanted,
        held: &Field,
    ) -> Result<Option<Kept>, C::Error> {
        let now = held_as(wanted, held);
        if now.as_ref() == Some(wanted) {
            return Ok(None);
        }
        let Some(before) = self.before.filter(|before| before.speaks_of(name)) else {
            let may_write = held.is_empty() || self.census.is_own(record, name, held)?;
            return Ok((!may_write).then_some(Kept::OfAPartner));
        };
        let is_as_imported = now.is_some_and(|now| before.says(name, &now));
        Ok(match (before.says(name, wanted), is_as_imported) {
            (true, true) | (false, true) => None,
            (true, false) => Some(Kept::ChangedHere),
            (false, false) => Some(Kept::BothChanged),
        })
    }

    fn is_confirmed(&self, column: Option<&Column>, kept: Kept) -> bool {
        let confirmed = self.settings.confirmed.iter();
        column.is_some_and(|column| {
            let mut confirmed = confirmed.filter(|(name, _)| *name == column.name);
            confirmed.any(|(_, code)| code == kept.code())
        })
    }
}

/// The codes with which a value of a record stays that the file would change. Confirmed by column, the file is taken.
pub const KEPT_CODES: [&str; 3] = ["both_changed", "changed_here", "partner_value"];

impl Kept {
    fn code(self) -> &'static str {
        match self {
            Kept::BothChanged => "both_changed",
            Kept::ChangedHere => "changed_here",
            Kept::OfAPartner => "partner_value",
        }
    }

    fn level(self) -> Level {
        match self {
            Kept::BothChanged | Kept::OfAPartner => Level::Warning,
            Kept::ChangedHere => Level::Notice,
        }
    }

    fn reason(self, now: &str) -> String {
        let now = match now.is_empty() {
            true => "La fiche, où ce champ a été vidé, est gardée telle quelle".to_owned(),
            false => format!("La valeur de la fiche, « {now} », est gardée"),
        };
        match self {
            Kept::BothChanged => format!(
                "Le fichier et la fiche ont changé tous les deux depuis le dernier import. {now} : confirmez celle du fichier si c'est la bonne."
            ),
            Kept::ChangedHere => {
                format!(
                    "La fiche a été modifiée depuis le dernier import, et le fichier non. {now}."
                )
            }
            Kept::OfAPartner => format!(
                "Un partenaire a écrit autre chose dans cette fiche. {now} : confirmez celle du fichier si c'est la bonne."
            ),
        }
    }
}

fn problem(
    line: u64,
    column: Option<&Column>,
    kept: Kept,
    wanted: &Wanted,
    held: &Field,
) -> Problem {
    let now = match held_as(wanted, held) {
        Some(now) => said(&now),
        None => {
            let values = held.values.iter();
            let values: Vec<_> = values.map(|written| shown(&written.value)).collect();
            values.join(" / ")
        }
    };
    let reason = kept.reason(&shortened(&now));
    let problem = Problem::of_row(line, &said(wanted), kept.code(), reason);
    match column {
        Some(column) => problem.in_column(column),
        None => problem,
    }
}

fn said(wanted: &Wanted) -> String {
    match wanted {
        Wanted::Nothing => String::new(),
        Wanted::Terms(terms) => shown_set(terms.iter().map(String::as_str)),
        Wanted::Text(text) => text.clone(),
        Wanted::Value(value) => shown(value),
    }
}
