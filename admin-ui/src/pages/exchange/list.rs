//! What is asked of an official list of territories: its year, and the part of it that is wanted.

use exchange::Only;

use crate::form::SentForm;
use crate::i18n::Language;
use crate::imports::{Job, ListChoice};
use crate::parts::{Field, Problem};

/// The fields that are asked; no year of a list that says its own.
pub(super) struct Asked {
    pub(super) year: Option<Field>,
    pub(super) only: Field,
}

impl Asked {
    /// Asks, when the file is an official list.
    pub(super) fn of(language: Language, job: &Job, problems: &[Problem]) -> Option<Self> {
        let (year, only) = job.choices().list.typed;
        let field = |id, label: &str, hint: &str, value: &str| {
            Field::text(id, language.text(label))
                .with_hint(language.text(hint))
                .with_value(value)
                .with_autocomplete("off")
                .with_problems(problems)
        };
        job.sheet().is_official.then(|| Self {
            year: job
                .sheet()
                .needs_year
                .then(|| field(YEAR, "import-list-year", "import-list-year-hint", &year)),
            only: field(ONLY, "import-only", "import-only-hint", &only),
        })
    }
}

/// Reads what the form says of a list. A year that is missing is said by the dry run too; here it is said beside its field.
pub(super) fn read(language: Language, job: &Job, form: &SentForm) -> (ListChoice, Vec<Problem>) {
    if !job.sheet().is_official {
        return (ListChoice::default(), Vec::new());
    }
    let typed = [YEAR, ONLY].map(|field| form.text(field).trim().to_owned());
    let [year, only] = &typed;
    let (mut choice, mut problems) = (ListChoice::default(), Vec::new());
    if job.sheet().needs_year {
        choice.year = year.parse().ok().filter(|_| year.len() == 4);
        if choice.year.is_none() {
            problems.push(Problem::new(YEAR, language.text("import-list-year-wrong")));
        }
    }
    choice.only = Only::parse(only);
    if choice.only.is_none() && !only.is_empty() {
        problems.push(Problem::new(ONLY, language.text("import-only-wrong")));
    }
    choice.typed = typed.into();
    (choice, problems)
}

const YEAR: &str = "list_year";
const ONLY: &str = "only";
