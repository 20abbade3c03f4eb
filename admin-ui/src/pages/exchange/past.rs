//! The imports of this node, and taking one back: first what that would do, then, once a person has seen it, the edits.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::REFRESH;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use crdt_schema::id::RecordId;
use crdt_schema::vocabulary::Words;
use replica::local::ImportRun;

use super::report::REFRESH_SECONDS;
use crate::app::App;
use crate::error::{PageError, page};
use crate::files::{ALL_KINDS, KeptRecord, Undone};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::imports::{Failure, Stage};
use crate::layout::Layout;
use crate::visit::{PersonVisit, Visit};
use crate::wording;

/// Records that stay and are listed: a longer list helps nobody decide.
const KEPT_MAX: usize = 100;

/// An import as the list shows it.
pub(super) struct Past {
    pub(super) href: String,
    pub(super) file: String,
    pub(super) what: String,
    pub(super) state: &'static str,
    pub(super) state_label: String,
}

#[derive(Template)]
#[template(path = "exchange/past.html")]
struct PastPage {
    layout: Layout,
    token: String,
    file: String,
    what: String,
    stage: Shown,
    here: String,
}

/// What the page shows of how far it is.
enum Shown {
    Busy(String),
    Failed(String),
    Looked {
        figures: Vec<(String, String)>,
        kept: Vec<(String, String, String)>,
        more_kept: Option<String>,
        /// What to say; the button, when there is something to take back.
        finding: String,
        button: Option<String>,
    },
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/importer/faits/{number}", get(show))
        .route("/importer/faits/{number}/annuler", post(undo))
}

/// Returns the newest imports, as the first page of an import lists them.
pub(super) async fn list(app: &App, language: Language) -> Result<Vec<Past>, PageError> {
    let runs = app.local(|local| local.imports()).await?;
    let past = runs.iter().take(PAST_MAX).map(|run| {
        let (state, key) = state(run);
        Past {
            href: format!("/importer/faits/{}", run.number),
            file: run.begun.file.clone(),
            what: what(language, run),
            state,
            state_label: language.text(key),
        }
    });
    Ok(past.collect())
}

async fn show(
    State(app): State<App>,
    Path(number): Path<u64>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    visit.writer().map_err(IntoResponse::into_response)?;
    let run = run(&app, number)
        .await
        .map_err(IntoResponse::into_response)?;
    let imports = app.imports().map_err(IntoResponse::into_response)?;
    let stage = match run.undone {
        // What was done is shown as long as it is known.
        Some(_) => imports.undoing(number).map(|undoing| undoing.stage()),
        None if run.is_under_way => None,
        None => Some(imports.look_at(number, app.now()).stage()),
    };
    let lexicon = app.lexicon().await.map_err(IntoResponse::into_response)?;
    let words = (visit.language, lexicon.words());
    shown(&visit, words, &run, stage.as_ref()).map_err(IntoResponse::into_response)
}

async fn undo(
    State(app): State<App>,
    Path(number): Path<u64>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let imports = app.imports().map_err(IntoResponse::into_response)?;
    imports.undo(number, app.now());
    Ok(Redirect::to(&format!("/importer/faits/{number}")).into_response())
}

async fn run(app: &App, number: u64) -> Result<ImportRun, PageError> {
    let run = app.local(move |local| local.import_run(number)).await?;
    run.ok_or(PageError::NotFound)
}

fn shown(
    visit: &Visit,
    (language, words): (Language, &Words),
    run: &ImportRun,
    stage: Option<&Stage>,
) -> Result<Response, PageError> {
    let is_busy = run.is_under_way || stage.is_some_and(Stage::is_busy);
    let (is_bulk, names) = (is_bulk(run), (language, words, run.begun.kind.as_str()));
    let looked = |undone: &Undone, done| looked(names, undone, (is_bulk, done));
    let stage = match stage {
        None if run.is_under_way => Shown::Busy(language.text("import-undo-under-way")),
        None => looked(&Undone::default(), Some("import-undone-before")),
        Some(Stage::Done(undone)) if is_bulk => looked(undone, Some("bulk-undone")),
        Some(Stage::Done(undone)) => looked(undone, Some("import-undone")),
        Some(Stage::Looked(undone)) => looked(undone, None),
        Some(Stage::Failed(failure)) => Shown::Failed(language.text(match failure {
            Failure::NoRoom => "error-room-text",
            Failure::File(_) | Failure::Interrupted => "import-interrupted",
            Failure::Store => "import-store-failed",
        })),
        Some(Stage::Waiting { .. }) => Shown::Busy(language.text("import-waits")),
        Some(Stage::Running { signs, progress }) => {
            let key = if *signs {
                "import-undo-running"
            } else {
                "import-undo-looking"
            };
            Shown::Busy(language.text_with(key, &[("done", progress.done.into())]))
        }
    };
    let view = PastPage {
        layout: visit.layout(language.text(match is_bulk {
            true => "bulk-undo-heading",
            false => "import-undo-heading",
        })),
        token: visit.form_token(),
        file: run.begun.file.clone(),
        what: what(language, run),
        stage,
        here: format!("/importer/faits/{}", run.number),
    };
    let mut response = page(StatusCode::OK, &view)?;
    if is_busy {
        response.headers_mut().insert(REFRESH, REFRESH_SECONDS);
    }
    Ok(response)
}

/// How the fields of a kind are called.
type Names<'w> = (Language, &'w Words, &'w str);

/// Whether it is a bulk edit: it comes from no source.
fn is_bulk(run: &ImportRun) -> bool {
    run.begun.source.is_empty()
}

fn looked(
    names: Names<'_>,
    undone: &Undone,
    (is_bulk, done): (bool, Option<&'static str>),
) -> Shown {
    let (language, ..) = names;
    let figures = [
        ("import-undo-emptied", undone.emptied),
        ("import-undo-restored", undone.restored),
        ("import-undo-unchanged", undone.unchanged),
        ("import-undo-kept", undone.kept.len() as u64),
        ("import-undo-outside", undone.outside.len() as u64),
        ("import-undo-contacts-gone", undone.contacts.gone),
        ("import-undo-contacts-restored", undone.contacts.restored),
        ("import-undo-contacts-kept", undone.contacts.kept),
    ];
    let figures = figures.into_iter().filter(|(_, number)| *number > 0);
    let figures = figures.map(|(key, number)| {
        let label = language.text_with(key, &[("count", number.into())]);
        (language.number(number), label)
    });
    let kept = undone.kept.iter().map(|kept| kept_row(names, kept));
    let outside = undone.outside.iter();
    let outside = outside.map(|(record, name)| outside_row(language, record, name));
    let rows = kept.chain(outside).take(KEPT_MAX);
    let more = (undone.kept.len() + undone.outside.len()).saturating_sub(KEPT_MAX);
    let to_do = undone.emptied + undone.restored;
    let finding = match (done, undone.is_something()) {
        (Some(key), _) => key,
        (None, false) => "import-undo-nothing",
        (None, true) if is_bulk => "bulk-undo-explained",
        (None, true) => "import-undo-explained",
    };
    let values = [("count", to_do.into())];
    Shown::Looked {
        figures: figures.collect(),
        kept: rows.collect(),
        more_kept: (more > 0)
            .then(|| language.text_with("import-undo-more-kept", &[("count", more.into())])),
        finding: language.text(finding),
        button: (done.is_none() && undone.is_something())
            .then(|| language.text_with(button_key(is_bulk, to_do), &values)),
    }
}

fn button_key(is_bulk: bool, records: u64) -> &'static str {
    match (is_bulk, records) {
        (true, _) => "bulk-undo-button",
        (false, 0) => "import-undo-contacts-button",
        (false, _) => "import-undo-button",
    }
}

/// The link, the name and why a record stays.
fn kept_row((language, words, kind): Names<'_>, kept: &KeptRecord) -> (String, String, String) {
    let why = match kept.fields.is_empty() {
        true => language.text("import-undo-written-since"),
        false => {
            let fields = kept.fields.iter();
            let fields = fields
                .map(|name| wording::field_label(language, words.any_field(kind, name), name));
            let fields = fields.collect::<Vec<_>>().join(", ");
            language.text_with("import-undo-fields-since", &[("fields", fields.into())])
        }
    };
    let name = match kept.name.is_empty() {
        true => language.text("record-nameless"),
        false => kept.name.clone(),
    };
    (format!("/fiches/{}", kept.record), name, why)
}

fn outside_row(language: Language, record: &RecordId, name: &str) -> (String, String, String) {
    let name = match name.is_empty() {
        true => language.text("record-nameless"),
        false => name.to_owned(),
    };
    let why = language.text("import-undo-outside-mandate");
    (format!("/fiches/{record}"), name, why)
}

fn what(language: Language, run: &ImportRun) -> String {
    let kind = match run.begun.kind.as_str() {
        ALL_KINDS => language.text("import-past-all-kinds"),
        kind => wording::kind_label(language, kind).to_lowercase(),
    };
    let by = match run.begun.by.is_empty() {
        true => language.text("import-past-by-command"),
        false => run.begun.by.clone(),
    };
    let values = [
        ("day", language.day(run.begun.at).into()),
        ("by", by.into()),
        ("kind", kind.into()),
    ];
    let what = language.text_with("import-past-what", &values);
    match run.ended {
        None => what,
        Some((new, changed)) => {
            let values = [
                ("what", what.into()),
                ("new", new.into()),
                ("changed", changed.into()),
            ];
            language.text_with("import-past-what-counts", &values)
        }
    }
}

fn state(run: &ImportRun) -> (&'static str, &'static str) {
    match (run.undone, run.ended) {
        (Some(_), _) => ("notice", "import-past-undone"),
        (None, None) if run.is_under_way => ("notice", "import-past-under-way"),
        (None, None) => ("warning", "import-past-interrupted"),
        (None, Some(_)) => ("success", "import-past-done"),
    }
}

/// Imports of the list: those that somebody may still think of.
const PAST_MAX: usize = 20;
