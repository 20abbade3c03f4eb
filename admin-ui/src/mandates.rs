//! Whether a record that is about to be made will count: what our own organisation may write. Authority is judged when entries are read;
//! here a person is told before anything is signed.

use crdt_schema::governance::Mandate;
use crdt_schema::id::PartnerId;
use crdt_schema::record::{Kind, Shape};
use crdt_schema::view::RecordView;
use exchange::{Level, PlannedEdit, Problem, Report, Reported};
use replica::{Fault, Reader, Replica};

use crate::i18n::Language;
use crate::parts::Problem as FormProblem;
use crate::said;

/// What our own organisation may write.
#[derive(Debug, Clone)]
pub(crate) struct OwnMandate(Vec<Mandate>);

/// Rows of an import that would count for nothing.
#[derive(Debug, Default)]
pub(crate) struct Outside {
    count: u64,
    first: Vec<(u64, String)>,
}

impl OwnMandate {
    /// Reads what was given to our organisation. `None` where nothing was: whoever is not enrolled yet is told so elsewhere.
    pub(crate) fn of(replica: &Replica) -> Option<Self> {
        let partner: PartnerId = replica.partner()?;
        let state = replica.state();
        let given: Vec<Mandate> = state.mandates(&partner).cloned().collect();
        (!given.is_empty()).then_some(Self(given))
    }

    /// Returns whether a record of this kind and home territory would count.
    pub(crate) fn covers(&self, kind: &str, territory: &str) -> bool {
        let mut given = self.0.iter();
        given.any(|mandate| mandate.covers(kind, territory))
    }

    /// Returns whether what we write in a record would count. Of one of which nobody knows where it was born, nothing is said.
    pub(crate) fn covers_record(&self, view: &RecordView) -> bool {
        let born = view.birth.as_ref();
        born.is_none_or(|(kind, territory)| self.covers(kind, territory))
    }

    fn covers_all(&self) -> bool {
        self.0
            .iter()
            .any(|mandate| *mandate == Mandate::everything())
    }

    /// Says that a record would count for nothing, and what can be done. `None` where it would count.
    pub(crate) fn problem(
        &self,
        language: Language,
        kind: &'static Kind,
        territory: &str,
    ) -> Option<FormProblem> {
        if self.covers(kind.code, territory) {
            return None;
        }
        let has_commune = kind.fields().any(|field| field.shape == Shape::Commune);
        let (field, key) = match (has_commune, territory) {
            (true, "*") => ("commune", "form-outside-mandate-nowhere"),
            (true, _) => ("commune", "form-outside-mandate"),
            (false, _) => ("name", "form-outside-mandate-kind"),
        };
        let values = [
            ("mandate", self.in_words(language).into()),
            ("territory", territory.to_owned().into()),
        ];
        Some(FormProblem::new(field, language.text_with(key, &values)))
    }

    fn in_words(&self, language: Language) -> String {
        let given = self
            .0
            .iter()
            .map(|mandate| said::mandate(language, mandate));
        let mut words: Vec<String> = given.collect();
        words.sort();
        words.dedup();
        words.join(" ; ")
    }
}

impl Outside {
    /// Looks at an edit of an import. Returns whether it would count for nothing.
    pub(crate) fn look(
        &mut self,
        own: &OwnMandate,
        reader: &Reader,
        edit: &PlannedEdit,
    ) -> Result<bool, Fault> {
        let born = match &edit.birth {
            Some(birth) => Some((birth.kind.clone(), birth.territory.clone())),
            None if own.covers_all() => None,
            None => reader.record(&edit.record)?.and_then(|view| view.birth),
        };
        let Some((_, territory)) = born.filter(|(kind, place)| !own.covers(kind, place)) else {
            return Ok(false);
        };
        self.count += 1;
        if self.first.len() < FIRST_MAX {
            self.first.push((edit.line, territory));
        }
        Ok(true)
    }

    /// Says what was seen.
    pub(crate) fn report(self, own: Option<&OwnMandate>, report: &mut Report) {
        let Some(own) = own.filter(|_| self.count > 0) else {
            return;
        };
        let mandate = own.in_words(Language::French);
        let mut warn = |line, reason| {
            report.notices.push(Reported {
                level: Level::Warning,
                problem: Problem::of_row(line, "", "outside_mandate", reason),
            });
        };
        let shown = self.first.len() as u64;
        for (line, territory) in self.first {
            let why = match territory.as_str() {
                "*" => "Rien ne dit de quel département est cette fiche".to_owned(),
                code => format!("Cette fiche est du département {code}"),
            };
            warn(
                line,
                format!(
                    "{why}, et votre organisme peut écrire : {mandate}. Elle resterait sans effet. {MENDED}"
                ),
            );
        }
        if let Some(more) = self.count.checked_sub(shown).filter(|more| *more > 0) {
            warn(
                0,
                format!("Et {more} autre(s) ligne(s) de même, hors de votre mandat. {MENDED}"),
            );
        }
    }
}

const MENDED: &str = "Donnez la commune (son code INSEE, ou son code postal et son nom), ou demandez à un coordinateur d'étendre le mandat.";
/// Enough to find the others.
const FIRST_MAX: usize = 10;
