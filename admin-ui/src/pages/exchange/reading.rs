//! How the text of a file is read: asked with the file, and again where a person sees wrong letters or columns.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use exchange::Encoding;
use exchange::csv::Separator;

use super::columns;
use super::{Choice, Own};
use crate::app::{App, blocking};
use crate::error::PageError;
use crate::files::AsText;
use crate::form::SentForm;
use crate::i18n::Language;
use crate::imports::{Choices, Job, Sheet};
use crate::parts::Problem;
use crate::visit::{PersonVisit, Visit};

/// The field of the encoding.
pub(super) const ENCODING: &str = "encodage";
const SEPARATOR: &str = "separateur";
const ACCENTS: &str = "accents";

/// What is asked, and what helps to answer.
pub(super) struct Asked {
    pub(super) encodings: Vec<Choice>,
    pub(super) separators: Vec<Choice>,
    pub(super) repairs_accents: bool,
    /// How it is read now.
    pub(super) read_as: Option<String>,
    /// The first lines of the file.
    pub(super) lines: Vec<String>,
    pub(super) error: Option<String>,
    /// Whether there is a reason to look.
    pub(super) is_open: bool,
}

impl Asked {
    /// Asks with the file; when it was not read, its first lines are shown.
    pub(super) fn of_file(language: Language, text: AsText, lines: Vec<String>) -> Self {
        let is_open = !lines.is_empty() || text != AsText::default();
        Self {
            encodings: encodings(language, text),
            separators: separators(language, text),
            repairs_accents: text.repair_accents,
            read_as: None,
            lines,
            error: None,
            is_open,
        }
    }

    /// Asks beside the columns, unless the file is a workbook.
    pub(super) fn of_job(language: Language, job: &Job, problems: &[Problem]) -> Option<Self> {
        let (sheet, choices) = (job.sheet(), job.choices());
        let (encoding, separator) = sheet.read_as?;
        let error = problems.iter().find_map(|problem| problem.of(ENCODING));
        let encoding = encoding.to_string();
        let read_as = match separator {
            Some(separator) => {
                let separator = language.text(separator_key(separator));
                let values = [
                    ("encoding", encoding.into()),
                    ("separator", separator.into()),
                ];
                language.text_with("import-read-as", &values)
            }
            None => language.text_with("import-read-in", &[("encoding", encoding.into())]),
        };
        Some(Self {
            read_as: Some(read_as),
            is_open: sheet.has_double_accents
                || error.is_some()
                || choices.text != AsText::default(),
            error,
            ..Self::of_file(language, choices.text, job.import(&choices).first_lines())
        })
    }
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/importer/{import}/lecture", post(read_again))
}

/// Reads what a form says; what it does not say is found.
pub(super) fn read<'f>(text: impl Fn(&str) -> &'f str) -> AsText {
    AsText {
        encoding: Encoding::parse(text(ENCODING)),
        separator: Separator::parse(text(SEPARATOR)),
        repair_accents: text(ACCENTS) == "oui",
    }
}

/// Reads the same file otherwise. Where it cannot be read so, the reading of before stays.
async fn read_again(
    State(app): State<App>,
    Own(job): Own,
    PersonVisit { .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, Response> {
    let text = read(|name| form.text(name));
    let choices = Choices {
        text,
        ..job.choices()
    };
    read_with(
        &app,
        &job,
        (&form.visit, ENCODING),
        choices,
        |sheet, recognised| {
            job.read_again(sheet, text, recognised);
        },
    )
    .await
}

/// Reads the file of an import by other choices, and keeps what was read. A fault is said at a field, and what was read before stays.
pub(super) async fn read_with(
    app: &App,
    job: &Arc<Job>,
    (visit, field): (&Visit, &'static str),
    choices: Choices,
    keep: impl FnOnce(Sheet, Vec<(String, String)>),
) -> Result<Response, Response> {
    let reading = Arc::clone(job);
    let table = blocking(move || reading.import(&choices).table().map(Sheet::of));
    let lexicon = app.lexicon().await.map_err(IntoResponse::into_response)?;
    let problem = match table.await.map_err(IntoResponse::into_response)? {
        Ok(sheet) => {
            let recognised = sheet.recognised(job.choices().kind, lexicon.words());
            keep(sheet, recognised);
            let place = format!("/importer/{}/colonnes", job.id);
            return Ok(Redirect::to(&place).into_response());
        }
        Err(error) => Problem::new(field, error.to_string()),
    };
    let shown = columns::shown(visit, job, &lexicon, vec![problem]);
    shown.map_err(|error: PageError| error.into_response())
}

fn encodings(language: Language, text: AsText) -> Vec<Choice> {
    let found = Choice {
        value: String::new(),
        label: language.text("import-found"),
        is_chosen: text.encoding.is_none(),
    };
    let known = Encoding::ALL.into_iter().map(|encoding| Choice {
        value: encoding.code().to_owned(),
        label: language.text(match encoding {
            Encoding::MacRoman => "import-encoding-mac-roman",
            Encoding::Utf16Be => "import-encoding-utf-16be",
            Encoding::Utf16Le => "import-encoding-utf-16le",
            Encoding::Utf8 => "import-encoding-utf-8",
            Encoding::Windows1252 => "import-encoding-windows-1252",
        }),
        is_chosen: text.encoding == Some(encoding),
    });
    std::iter::once(found).chain(known).collect()
}

fn separators(language: Language, text: AsText) -> Vec<Choice> {
    let found = Choice {
        value: String::new(),
        label: language.text("import-found"),
        is_chosen: text.separator.is_none(),
    };
    let known = Separator::ALL.into_iter().map(|separator| Choice {
        value: separator.code().to_owned(),
        label: language.text(separator_key(separator)),
        is_chosen: text.separator == Some(separator),
    });
    std::iter::once(found).chain(known).collect()
}

fn separator_key(separator: Separator) -> &'static str {
    match separator {
        Separator::Bar => "import-separator-bar",
        Separator::Comma => "import-separator-comma",
        Separator::Semicolon => "import-separator-semicolon",
        Separator::Tab => "import-separator-tab",
    }
}
