//! A file against what its source said the last time and what the record says now: what the source did not change stays as the partners
//! have made it, and what both changed is left to a person.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::draft::{Draft, TIME_ZONE, Wanted, shown};
use crdt_schema::edit::{Field, Value};
use crdt_schema::id::RecordId;

use crate::import::earlier::EDITED_SINCE;
use crate::import::imprint::held_as;
use crate::import::{Census, Erased, Imprint, Level, Report, Settings};
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

/// What is to be said of a field in which file and record differ: why the record's own value stays, or why a person should know that it does not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Difference {
    /// The source and the record changed, each in its way.
    BothChanged,
    /// The source says what it said; the record has changed.
    ChangedHere,
    /// Nothing is known of an earlier import, and the file says what the record said before somebody edited it: it is older.
    EditedSince,
    /// Something of the record was erased, and the field is empty: what went stays away unless a person says otherwise.
    Erased,
    /// Another partner wrote it, and nothing is known of an earlier import: the file is taken, and the person told before anything is
    /// written.
    Replaced,
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
        // A record that says nothing is new, or what was written in it was taken back.
        let is_new = held.is_empty();
        for (name, wanted) in &draft.fields {
            let held = held.get(name).unwrap_or(&empty);
            if is_cut(wanted, held) {
                let column = self.mapping.column_of(name);
                let column = column.and_then(|column| self.columns.get(column));
                let text = shortened(&wanted.shown());
                let problem = Problem::of_row(line, &text, "text_cut", CUT.to_owned());
                let problem = match column {
                    Some(column) => problem.in_column(column),
                    None => problem,
                };
                report.problem(Level::Warning, problem);
                continue;
            }
            if let Some(difference) = self.difference((record, is_new), name, wanted, held)? {
                let column = self.mapping.column_of(name);
                // What was only inferred from other columns replaces nothing that somebody says.
                if column.is_none() && INFERRED.contains(&name.as_str()) {
                    continue;
                }
                let column = column.and_then(|column| self.columns.get(column));
                if !self.is_confirmed(column, difference) {
                    report.problem(
                        difference.level(),
                        problem(line, column, difference, wanted, held),
                    );
                    if difference != Difference::Replaced {
                        continue;
                    }
                }
            }
            changed.fields.insert(name.clone(), wanted.clone());
        }
        Ok(changed)
    }

    /// Tells why the record's own value stays, or is replaced; nothing where the row writes what nobody misses, or has nothing to write.
    fn difference(
        &self,
        (record, is_new): (&RecordId, bool),
        name: &str,
        wanted: &Wanted,
        held: &Field,
    ) -> Result<Option<Difference>, C::Error> {
        let now = held_as(wanted, held);
        if now.as_ref() == Some(wanted) {
            return Ok(None);
        }
        let Some(before) = self.before.filter(|before| before.speaks_of(name)) else {
            if held.is_empty() && self.census.erased(record)? == Some(Erased::Values) {
                return Ok(Some(Difference::Erased));
            }
            if !is_new && self.is_earlier(record, name, wanted, held)? {
                return Ok(Some(Difference::EditedSince));
            }
            let is_free = held.is_empty() || self.census.is_own(record, name, held)?;
            return Ok((!is_free).then_some(Difference::Replaced));
        };
        let is_as_imported = now.is_some_and(|now| before.says(name, &now));
        let is_as_before = before.says(name, wanted)
            || (!is_as_imported && self.said_before_merging(name, wanted, before)?);
        Ok(match (is_as_before, is_as_imported) {
            (true, true) | (false, true) => None,
            (true, false) => Some(Difference::ChangedHere),
            (false, false) => Some(Difference::BothChanged),
        })
    }

    /// Tells whether the field read as the file says before a later edit. One of the values of a conflict stands there still.
    fn is_earlier(
        &self,
        record: &RecordId,
        name: &str,
        wanted: &Wanted,
        held: &Field,
    ) -> Result<bool, C::Error> {
        let mut values = held.values.iter();
        let is_there = match wanted {
            Wanted::Nothing => true,
            Wanted::Value(value) => values.any(|written| written.value == *value),
            Wanted::Terms(_) | Wanted::Text(_) => false,
        };
        if is_there {
            return Ok(false);
        }
        let earlier = self.census.earlier(record)?;
        Ok(earlier.iter().any(|earlier| earlier.says(name, wanted)))
    }

    /// Tells whether the file said the same of links before records that it names were merged: then it named what was replaced.
    fn said_before_merging(
        &self,
        name: &str,
        wanted: &Wanted,
        before: &Imprint,
    ) -> Result<bool, C::Error> {
        Ok(match wanted {
            Wanted::Value(Value::Record(record)) => {
                let replaced = self.census.replaced(record)?;
                let mut former = replaced.into_iter().map(Value::Record);
                former.any(|former| before.says(name, &Wanted::Value(former)))
            }
            Wanted::Terms(terms) => {
                let mut ways = vec![BTreeSet::new()];
                for term in terms {
                    let mut named = BTreeSet::from([term.clone()]);
                    if let Ok(record) = RecordId::parse(term) {
                        let replaced = self.census.replaced(&record)?;
                        named.extend(replaced.iter().map(ToString::to_string));
                    }
                    ways = with_some_of(&ways, &named);
                }
                let mut ways = ways.into_iter().map(Wanted::Terms);
                ways.any(|way| before.says(name, &way))
            }
            Wanted::Nothing | Wanted::Text(_) | Wanted::Value(_) => false,
        })
    }

    fn is_confirmed(&self, column: Option<&Column>, difference: Difference) -> bool {
        let confirmed = self.settings.confirmed.iter();
        column.is_some_and(|column| {
            let mut confirmed = confirmed.filter(|(name, _)| *name == column.name);
            confirmed.any(|(_, code)| code == difference.code())
        })
    }
}

/// Adds to each set each way to choose some of what names one thing, while the sets are not too many.
fn with_some_of(sets: &[BTreeSet<String>], named: &BTreeSet<String>) -> Vec<BTreeSet<String>> {
    let named: Vec<&String> = named.iter().take(NAMES_MAX).collect();
    let mut all = Vec::new();
    for set in sets {
        for chosen in 1_u32..1 << named.len() {
            if all.len() == WAYS_MAX {
                return all;
            }
            let chosen = (0_u32..)
                .zip(&named)
                .filter(|(n, _)| chosen & (1 << n) != 0);
            let mut with = set.clone();
            with.extend(chosen.map(|(_, name)| (*name).clone()));
            all.push(with);
        }
    }
    all
}

/// Records that one thing was, and that are looked at.
const NAMES_MAX: usize = 4;
/// What a set of links may have been before its records were merged: beyond it, a person is asked.
const WAYS_MAX: usize = 1_024;

/// Fields that a row may say without a column of theirs.
const INFERRED: [&str; 2] = ["commune", TIME_ZONE];

/// Tells whether a text is the beginning of the record's own, as long as a cell of a workbook can be: a spreadsheet cut it.
fn is_cut(wanted: &Wanted, held: &Field) -> bool {
    let (Wanted::Text(text), Some(whole)) = (wanted, &held.text) else {
        return false;
    };
    // The end may have been trimmed.
    let is_beginning = text.len() < whole.len() && whole.starts_with(text.as_str());
    is_beginning && text.encode_utf16().count() + TRIMMED_MAX >= CELL_UNITS_MAX
}

/// The codes with which a value of a record stays that the file would change. Confirmed by column, the file is taken.
pub const KEPT_CODES: [&str; 4] = ["both_changed", "changed_here", EDITED_SINCE, "erased_here"];

impl Difference {
    fn code(self) -> &'static str {
        match self {
            Difference::BothChanged => "both_changed",
            Difference::ChangedHere => "changed_here",
            Difference::EditedSince => EDITED_SINCE,
            Difference::Erased => "erased_here",
            Difference::Replaced => "partner_value",
        }
    }

    fn level(self) -> Level {
        match self {
            Difference::BothChanged
            | Difference::EditedSince
            | Difference::Erased
            | Difference::Replaced => Level::Warning,
            Difference::ChangedHere => Level::Notice,
        }
    }

    fn reason(self, now: &str) -> String {
        let stays = match now.is_empty() {
            true => "La fiche, où ce champ a été vidé, est gardée telle quelle".to_owned(),
            false => format!("La valeur de la fiche, « {now} », est gardée"),
        };
        match self {
            Difference::BothChanged => format!(
                "Le fichier et la fiche ont changé tous les deux depuis le dernier import. {stays} : confirmez celle du fichier si c'est la bonne."
            ),
            Difference::ChangedHere => format!(
                "La fiche a été modifiée depuis le dernier import, et le fichier non. {stays}."
            ),
            Difference::EditedSince => format!(
                "La fiche disait cela avant une modification plus récente : le fichier semble plus ancien qu'elle. {stays} : confirmez celle du fichier si c'est la bonne."
            ),
            Difference::Erased => ERASED.to_owned(),
            Difference::Replaced => format!(
                "Un partenaire avait écrit « {now} » : le fichier remplace cette valeur. Laissez la colonne de côté pour la garder."
            ),
        }
    }
}

fn problem(
    line: u64,
    column: Option<&Column>,
    difference: Difference,
    wanted: &Wanted,
    held: &Field,
) -> Problem {
    let now = match held_as(wanted, held) {
        Some(now) => now.shown(),
        None => {
            let values = held.values.iter();
            let values: Vec<_> = values.map(|written| shown(&written.value)).collect();
            values.join(" / ")
        }
    };
    let reason = difference.reason(&shortened(&now));
    let problem = Problem::of_row(line, &wanted.shown(), difference.code(), reason);
    match column {
        Some(column) => problem.in_column(column),
        None => problem,
    }
}

const ERASED: &str = "Des contenus de cette fiche ont été effacés. Le champ reste vide : confirmez la valeur du fichier si elle peut y revenir.";
const CUT: &str = "Ce texte est le début de celui de la fiche, coupé à la longueur d'une cellule de tableur (32 767 caractères) : la fiche garde le sien, en entier. Modifiez-le depuis la page de la fiche.";
/// What a cell of a workbook holds, in units of UTF-16.
const CELL_UNITS_MAX: usize = 32_767;
/// White space at the cut that reading has taken away.
const TRIMMED_MAX: usize = 16;
