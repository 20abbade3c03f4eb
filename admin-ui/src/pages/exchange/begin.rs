//! The first page of an import: which file, of what, from whom.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use crdt_schema::record::Kind;
use data_encoding::HEXLOWER;
use exchange::{Only, Unreadable};
use replica::local::AccountName;

use super::past::{self, Past};
use super::{Choice, Step, reading, steps};
use crate::app::{App, blocking};
use crate::error::{PageError, page};
use crate::files::{AsText, Decided, Import, Refused, Remembered, recall};
use crate::i18n::Language;
use crate::imports::{Choices, Job, ListChoice, Phase, Sheet, Upload};
use crate::layout::Layout;
use crate::pages::asked::Asked;
use crate::parts::{Problem, Summary};
use crate::sources;
use crate::upload::{self, FILE, SentImport, UploadError};
use crate::visit::{PersonVisit, Visit};
use crate::wording;

/// Characters of a source's name: a title, not a paragraph.
const SOURCE_CHARS_MAX: usize = 120;
/// The field of the sheet.
const SHEET: &str = "feuille";
/// Sources that the field suggests.
const SOURCES_MAX: usize = 50;

#[derive(Template)]
#[template(path = "exchange/begin.html")]
struct Begin {
    layout: Layout,
    token: String,
    steps: Vec<Step>,
    summary: Summary,
    kinds: Vec<Choice>,
    source: String,
    sources: Vec<String>,
    file_hint: String,
    file_error: Option<String>,
    source_error: Option<String>,
    sheet: String,
    sheet_error: Option<String>,
    reading: reading::Asked,
    begun: Vec<Begun>,
    past: Vec<Past>,
}

/// An import that goes on, or lies.
struct Begun {
    href: String,
    name: String,
    state: String,
}

/// What the person typed beside the file.
#[derive(Default)]
struct Typed {
    kind: String,
    source: String,
    sheet: String,
    text: AsText,
}

/// Why a file was not begun, and its first lines where it was not read.
struct NotBegun {
    problem: Problem,
    lines: Vec<String>,
}

impl From<Problem> for NotBegun {
    fn from(problem: Problem) -> Self {
        let lines = Vec::new();
        Self { problem, lines }
    }
}

pub(super) fn routes() -> Router<App> {
    let post = axum::routing::post(begin).layer(upload::import_body_limit());
    Router::new().route("/importer", get(form).merge(post))
}

async fn form(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, person }: PersonVisit,
) -> Result<Response, Response> {
    visit.writer().map_err(IntoResponse::into_response)?;
    let owner = &person.account.name;
    // The record of a source leads here with its name.
    let named = Asked::value(&query.unwrap_or_default(), "source");
    let typed = Typed {
        source: named.unwrap_or_default(),
        ..Typed::default()
    };
    let view = view(&app, &visit, owner, &typed, None).await;
    let view = view.map_err(IntoResponse::into_response)?;
    page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
}

async fn begin(State(app): State<App>, SentImport(form): SentImport) -> Result<Response, Response> {
    let typed = Typed {
        kind: form.text("genre").to_owned(),
        source: form.text("source").to_owned(),
        sheet: form.text("feuille").trim().to_owned(),
        text: reading::read(|name| form.text(name)),
    };
    let language = form.visit.language;
    let owner = form.person.account.name;
    let begun = match form.upload {
        _ if typed.source.chars().count() > SOURCE_CHARS_MAX => {
            Err(Problem::new("source", language.text("import-source-too-long")).into())
        }
        Err(error) => Err(Problem::new(FILE, upload_problem(&app, language, error)).into()),
        Ok(upload) => match open(&app, &owner, upload, &typed).await {
            Ok(begun) => begun,
            Err(error) => return Err(error.into_response()),
        },
    };
    let begun = begun.and_then(|job| {
        let imports = app.imports().ok();
        let is_kept = imports.is_some_and(|imports| imports.keep(Arc::clone(&job), app.now()));
        let too_many = || Problem::new(FILE, language.text("import-too-many")).into();
        is_kept.then_some(job).ok_or_else(too_many)
    });
    match begun {
        Ok(job) => Ok(Redirect::to(&format!("/importer/{}/colonnes", job.id)).into_response()),
        Err(not_begun) => {
            let view = view(&app, &form.visit, &owner, &typed, Some(not_begun)).await;
            let view = view.map_err(IntoResponse::into_response)?;
            page(StatusCode::UNPROCESSABLE_ENTITY, &view).map_err(IntoResponse::into_response)
        }
    }
}

/// Looks at the file for the first time. The sentence that says why it is no table is French, whatever the language of the page.
async fn open(
    app: &App,
    owner: &AccountName,
    upload: Upload,
    typed: &Typed,
) -> Result<Result<Arc<Job>, NotBegun>, PageError> {
    let source = if typed.source.is_empty() {
        upload.name.chars().take(SOURCE_CHARS_MAX).collect()
    } else {
        typed.source.clone()
    };
    let kind = Kind::parse(&typed.kind);
    let sheet_name = (!typed.sheet.is_empty()).then(|| typed.sheet.clone());
    let (wanted, text) = (sheet_name.clone(), typed.text);
    let read = blocking(move || {
        let import = Import {
            file: &upload.file,
            name: &upload.name,
            sheet: wanted.as_deref(),
            text,
            source: "",
            kind,
            wishes: &[],
            confirmed: &[],
            refused: Refused::Stop,
            problems_max: 0,
            contacts: None,
            list_year: None,
            only: None,
            decided: None,
        };
        let sheet = import.table().map(Sheet::of).map_err(|error| {
            let field = match error {
                Unreadable::NoSheets | Unreadable::SheetAbsent { .. } => SHEET,
                _ => FILE,
            };
            NotBegun {
                problem: Problem::new(field, error.to_string()),
                lines: import.first_lines(),
            }
        });
        (upload, sheet)
    });
    let (upload, sheet) = match read.await? {
        (upload, Ok(sheet)) => (upload, sheet),
        (_, Err(not_begun)) => return Ok(Err(not_begun)),
    };
    let (name, columns) = (source.clone(), sheet.columns.clone());
    let lexicon = app.lexicon().await?;
    let recognised = sheet.recognised(kind, lexicon.words());
    let words = lexicon.words().clone();
    let remembered = app
        .local(move |local| recall((local, &words), &name, kind, || Some(columns)))
        .await?;
    let is_remembered = remembered.is_some();
    let remembered = remembered.unwrap_or(Remembered {
        kind,
        wishes: recognised,
        ..Remembered::default()
    });
    let only = remembered.only.as_ref().map(Only::code);
    let choices = Choices {
        source,
        sheet: sheet_name,
        text: typed.text,
        kind: remembered.kind,
        wishes: remembered.wishes,
        confirmed: remembered.confirmed,
        // For whom contacts are is said anew for each file.
        contacts: None,
        // The year is that of the file.
        decided: Decided::default(),
        list: ListChoice {
            year: None,
            typed: (String::new(), only.unwrap_or_default()),
            only: remembered.only,
        },
    };
    let id = HEXLOWER.encode(&app.draw::<16>());
    let begun = (id, owner.clone());
    let job = Job::new(begun, (upload, sheet), (choices, is_remembered), app.now());
    Ok(Ok(Arc::new(job)))
}

fn upload_problem(app: &App, language: Language, error: UploadError) -> String {
    match error {
        UploadError::Missing => language.text("import-file-missing"),
        UploadError::TooLarge => {
            language.text_with("import-file-too-large", &[("size", mebibytes(app).into())])
        }
    }
}

/// How large a file may be, in whole mebibytes.
fn mebibytes(app: &App) -> u64 {
    app.settings().import_bytes_max() >> 20
}

async fn view(
    app: &App,
    visit: &Visit,
    owner: &AccountName,
    typed: &Typed,
    not_begun: Option<NotBegun>,
) -> Result<Begin, PageError> {
    let language = visit.language;
    let (problems, lines) = match not_begun {
        Some(NotBegun { problem, lines }) => (vec![problem], lines),
        None => (Vec::new(), Vec::new()),
    };
    let known = app.read_both(|replica, local| {
        let reader = replica.read()?;
        // Without an answer of the index, those that imports have named.
        let named = sources::list((replica, &reader), local);
        let named = named.map(|all| all.into_iter().map(|source| source.name).collect());
        match named {
            Ok(named) => Ok(named),
            Err(_) => Ok(local.known_sources()?.into_iter().collect::<Vec<_>>()),
        }
    });
    let mut sources = known.await?;
    sources.truncate(SOURCES_MAX);
    let guessed = Choice {
        value: String::new(),
        label: language.text("import-kind-guess"),
        is_chosen: typed.kind.is_empty(),
    };
    let kinds = wording::kinds_to_choose(language, visit.profile(), Some(&typed.kind));
    let kinds = kinds.into_iter().map(|kind| Choice {
        value: kind.code.to_owned(),
        is_chosen: typed.kind == kind.code,
        label: kind.many,
    });
    let past = past::list(app, language).await?;
    let begun = app.imports()?.of(owner, app.now());
    let begun = begun.iter().map(|job| Begun {
        href: format!("/importer/{}", job.id),
        name: job.upload.name.clone(),
        state: state(language, &job.phase()),
    });
    let of = |field: &str| problems.iter().find_map(|problem| problem.of(field));
    Ok(Begin {
        layout: visit.layout(language.text("section-import")),
        token: visit.form_token(),
        steps: steps(language, 0),
        file_hint: language.text_with("import-file-hint", &[("size", mebibytes(app).into())]),
        file_error: of(FILE),
        source_error: of("source"),
        sheet_error: of(SHEET),
        reading: reading::Asked::of_file(language, typed.text, lines),
        summary: Summary::new(language, problems),
        kinds: std::iter::once(guessed).chain(kinds).collect(),
        source: typed.source.clone(),
        sheet: typed.sheet.clone(),
        sources,
        begun: begun.collect(),
        past,
    })
}

fn state(language: Language, phase: &Phase) -> String {
    language.text(match phase {
        Phase::Columns => "import-state-columns",
        Phase::Done(_) => "import-state-done",
        Phase::Failed(_) => "import-state-failed",
        Phase::Running(..) => "import-state-running",
        Phase::Tried(_) => "import-state-tried",
        Phase::Waiting(_) => "import-state-waiting",
    })
}
