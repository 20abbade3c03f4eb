//! The third and fourth pages of an import, under one address: the dry run, and what was written. While work goes on, the page says
//! how far it is and asks for itself again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::REFRESH;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use exchange::{KEPT_CODES, Level, Reported, Unreadable};
use serde::Deserialize;

use super::alike::{self, Alike};
use super::changes::{self, Change};
use super::export::sent;
use super::{Own, Step, problems, steps};
use crate::app::{App, blocking};
use crate::error::{PageError, page};
use crate::files::{Form, Imported, Progress, Refused};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::imports::{Choices, Failure, Job, Phase, Work};
use crate::intake::OwnUse;
use crate::layout::Layout;
use crate::parts::Pagination;
use crate::visit::{PersonVisit, Visit};
use crate::wording;

/// Problems of a page.
const ROWS_PER_PAGE: usize = 50;
/// Notices that are shown: each column has ten examples of each kind at most.
const NOTICES_MAX: usize = 200;
/// Seconds until the page of work that goes on asks for itself again.
pub(super) const REFRESH_SECONDS: HeaderValue = HeaderValue::from_static("2");

#[derive(Template)]
#[template(path = "exchange/report.html")]
struct ReportPage {
    layout: Layout,
    token: String,
    steps: Vec<Step>,
    id: String,
    file: String,
    finding: String,
    /// What partners do not take today.
    over: Option<String>,
    is_done: bool,
    figures: Vec<(String, String)>,
    action: Action,
    proposals: Vec<Proposal>,
    problems: Vec<Line>,
    problems_caption: String,
    left_out: Option<String>,
    /// The link to the file with what was said of its cells.
    handed_back: Option<String>,
    pagination: Pagination,
    notices: Vec<Line>,
    touched: Vec<(String, String)>,
    more_touched: Option<String>,
    /// What would change of records that are there; once it is written, their histories say it.
    changes: Vec<Change>,
    /// New rows that may be records which are there already.
    alike: Option<Alike>,
    /// How many decisions on such rows were followed.
    decided: Option<String>,
    census: String,
    /// Where the import can be taken back.
    undo: Option<String>,
}

/// What can be done next.
enum Action {
    /// All rows can be written.
    All(String),
    /// Some are refused: the others can be written, with or without what is good in the refused ones.
    Choose(Vec<(&'static str, String, String)>),
    /// There is nothing to write, or it is written.
    None,
}

/// Readings of one column that the person can take.
struct Proposal {
    value: String,
    label: String,
    example: String,
}

/// A problem as its table shows it.
pub(super) struct Line {
    line: String,
    column: String,
    pub(super) value: String,
    level: &'static str,
    pub(super) level_label: String,
    pub(super) reason: String,
    suggestion: String,
}

#[derive(Template)]
#[template(path = "exchange/progress.html")]
struct ProgressPage {
    layout: Layout,
    token: String,
    steps: Vec<Step>,
    id: String,
    file: String,
    saying: String,
    /// Done and all, where all is known.
    share: Option<(u64, u64)>,
    refreshes: bool,
    is_writing: bool,
}

#[derive(Template)]
#[template(path = "exchange/failed.html")]
struct FailedPage {
    layout: Layout,
    token: String,
    steps: Vec<Step>,
    id: String,
    file: String,
    reason: String,
    is_french: bool,
}

#[derive(Deserialize)]
struct Asked {
    page: Option<usize>,
    /// Given when the person wants no page that changes by itself.
    fixe: Option<String>,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/importer/{import}", get(report))
        .route("/importer/{import}/problemes.csv", get(problems::file))
        .route("/importer/{import}/corrections.xlsx", get(corrections_file))
        .route("/importer/{import}/essayer", post(try_again))
        .route("/importer/{import}/doublons", post(alike::decide))
        .route("/importer/{import}/ecrire", post(write))
        .route("/importer/{import}/abandonner", post(abandon))
}

async fn report(
    State(app): State<App>,
    Own(job): Own,
    asked: Query<Asked>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let shown = match job.phase() {
        Phase::Columns => {
            return Ok(Redirect::to(&format!("/importer/{}/colonnes", job.id)).into_response());
        }
        Phase::Done(imported) => {
            let mut shown = view(&visit, &job, &imported, true, asked.page);
            shown.over = over(&app, visit.language).await;
            page(StatusCode::OK, &shown)
        }
        Phase::Failed(failure) => failed(&visit, &job, &failure),
        Phase::Running(work, progress) => {
            working(&visit, &job, work, Some(progress), asked.fixe.is_none())
        }
        Phase::Tried(imported) => page(
            StatusCode::OK,
            &view(&visit, &job, &imported, false, asked.page),
        ),
        Phase::Waiting(work) => working(&visit, &job, work, None, asked.fixe.is_none()),
    };
    shown.map_err(IntoResponse::into_response)
}

/// Takes proposed readings, and tries again.
async fn try_again(
    State(app): State<App>,
    Own(job): Own,
    PersonVisit { .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, Response> {
    let mut choices = job.choices();
    let taken = form
        .all("accepter")
        .filter_map(|value| value.split_once('|'));
    for (code, column) in taken {
        let pair = (column.to_owned(), code.to_owned());
        if job.sheet().columns.iter().any(|known| known.name == column)
            && !choices.confirmed.contains(&pair)
        {
            choices.confirmed.push(pair);
        }
    }
    ask(&app, &job, choices, Work::Try).map_err(IntoResponse::into_response)
}

async fn write(
    State(app): State<App>,
    Own(job): Own,
    PersonVisit { .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, Response> {
    // Nothing is written of what nobody has seen.
    if !matches!(job.phase(), Phase::Tried(_)) {
        return Ok(Redirect::to(&format!("/importer/{}", job.id)).into_response());
    }
    let refused = Refused::parse(form.text("refus")).unwrap_or_default();
    let choices = job.choices();
    ask(&app, &job, choices, Work::Write(refused)).map_err(IntoResponse::into_response)
}

pub(super) fn ask(
    app: &App,
    job: &Arc<Job>,
    choices: Choices,
    work: Work,
) -> Result<Response, PageError> {
    let imports = app.imports()?;
    if job.choose(choices) {
        imports.ask(job, work);
    }
    Ok(Redirect::to(&format!("/importer/{}", job.id)).into_response())
}

async fn abandon(
    State(app): State<App>,
    Own(job): Own,
    PersonVisit { .. }: PersonVisit,
    _form: SentForm,
) -> Result<Response, Response> {
    let imports = app.imports().map_err(IntoResponse::into_response)?;
    imports.forget(&job, app.now());
    Ok(Redirect::to("/importer").into_response())
}

fn working(
    visit: &Visit,
    job: &Job,
    work: Work,
    progress: Option<Progress>,
    refreshes: bool,
) -> Result<Response, PageError> {
    let language = visit.language;
    let is_writing = work != Work::Try;
    let saying = match progress {
        None => language.text("import-waits"),
        Some(Progress { done, total: None }) => {
            language.text_with("import-rows-read", &[("done", done.into())])
        }
        Some(Progress {
            done,
            total: Some(total),
        }) => language.text_with(
            "import-rows-read-of",
            &[("done", done.into()), ("total", total.into())],
        ),
    };
    let view = ProgressPage {
        layout: visit.layout(language.text(if is_writing {
            "import-writing-heading"
        } else {
            "import-trying-heading"
        })),
        token: visit.form_token(),
        steps: steps(language, if is_writing { 3 } else { 2 }),
        id: job.id.clone(),
        file: job.upload.name.clone(),
        saying,
        share: progress.and_then(|progress| Some((progress.done, progress.total?))),
        refreshes,
        is_writing,
    };
    let mut response = page(StatusCode::OK, &view)?;
    if refreshes {
        response.headers_mut().insert(REFRESH, REFRESH_SECONDS);
    }
    Ok(response)
}

fn failed(visit: &Visit, job: &Job, failure: &Failure) -> Result<Response, PageError> {
    let language = visit.language;
    let (reason, is_french) = match failure {
        Failure::File(reason) => (reason.clone(), true),
        Failure::Interrupted => (language.text("import-interrupted"), false),
        Failure::NoRoom => (language.text("error-room-text"), false),
        Failure::Store => (language.text("import-store-failed"), false),
    };
    let view = FailedPage {
        layout: visit.layout(language.text("import-failed-heading")),
        token: visit.form_token(),
        steps: steps(language, 2),
        id: job.id.clone(),
        file: job.upload.name.clone(),
        reason,
        is_french,
    };
    page(StatusCode::OK, &view)
}

fn view(
    visit: &Visit,
    job: &Job,
    imported: &Imported,
    is_done: bool,
    asked: Option<usize>,
) -> ReportPage {
    let language = visit.language;
    let report = &imported.report;
    let count = report.problems.len();
    let pagination = Pagination::new(
        language,
        &format!("/importer/{}?", job.id),
        asked,
        count,
        ROWS_PER_PAGE,
    );
    let shown = report.problems.get(pagination.rows()).unwrap_or_default();
    let kind = report.kind.unwrap_or_default();
    let heading = if is_done {
        "import-done-heading"
    } else {
        "import-report-heading"
    };
    let left_out = (imported.problems_left_out > 0).then(|| {
        let values = [("count", imported.problems_left_out.into())];
        language.text_with("import-problems-left-out", &values)
    });
    let touched = imported.touched.iter().filter(|_| is_done);
    let touched: Vec<_> = touched
        .map(|touched| (format!("/fiches/{}", touched.record), touched.name.clone()))
        .collect();
    let more = (report.new + report.changed).saturating_sub(touched.len() as u64);
    ReportPage {
        layout: visit.layout(language.text(heading)),
        token: visit.form_token(),
        steps: steps(language, if is_done { 3 } else { 2 }),
        id: job.id.clone(),
        file: job.upload.name.clone(),
        finding: finding(language, imported, is_done),
        over: None,
        is_done,
        figures: figures(language, imported),
        action: if is_done {
            Action::None
        } else {
            action(language, imported)
        },
        proposals: proposals(language, &report.problems, is_done),
        problems: shown.iter().map(|one| line(language, one)).collect(),
        problems_caption: language.text_with("import-problems", &[("count", count.into())]),
        left_out,
        handed_back: (count > 0).then(|| language.text("import-hand-back")),
        pagination,
        notices: report
            .notices
            .iter()
            .take(NOTICES_MAX)
            .map(|one| line(language, one))
            .collect(),
        more_touched: (is_done && more > 0)
            .then(|| language.text_with("import-more-touched", &[("count", more.into())])),
        touched,
        changes: if is_done {
            Vec::new()
        } else {
            changes::of(language, imported)
        },
        alike: (!is_done).then(|| alike::of(language, imported)).flatten(),
        decided: alike::decided(language, imported),
        census: format!("/recensement?kind={kind}"),
        undo: imported
            .number
            .map(|number| format!("/importer/faits/{number}")),
    }
}

/// What the page comes to, in one sentence.
fn finding(language: Language, imported: &Imported, is_done: bool) -> String {
    let report = &imported.report;
    let kind = report.kind.map_or_else(String::new, |kind| {
        wording::kind_label(language, kind).to_lowercase()
    });
    let values = [
        ("new", report.new.into()),
        ("changed", report.changed.into()),
        ("refused", report.refused.into()),
        ("rows", report.rows.into()),
        ("kind", kind.into()),
    ];
    let written = (report.new + report.changed).max(imported.contacts.kept);
    let key = match (is_done, report.refused, written) {
        (true, _, 0) => "import-finding-nothing",
        (true, 0, _) => "import-finding-written",
        (true, ..) => "import-finding-written-rest",
        (false, 0, 0) => "import-finding-nothing",
        (false, 0, _) => "import-finding-good",
        (false, _, 0) => "import-finding-none-good",
        (false, ..) => "import-finding-refused",
    };
    language.text_with(key, &values)
}

/// Says that our organisation has published more than partners take today.
async fn over(app: &App, language: Language) -> Option<String> {
    let now = app.now();
    let own = app
        .read(move |replica, _| OwnUse::today(replica, now))
        .await;
    let own = own.ok()??;
    own.waits().then(|| language.text("own-use-over"))
}

fn figures(language: Language, imported: &Imported) -> Vec<(String, String)> {
    let report = &imported.report;
    let figures = [
        ("import-figure-rows", report.rows),
        ("import-figure-new", report.new),
        ("import-figure-changed", report.changed),
        ("import-figure-unchanged", report.unchanged),
        ("import-figure-refused", report.refused),
        ("import-figure-duplicates", report.duplicates),
    ];
    let left_out = ("import-figure-left-out", report.left_out);
    let contacts = [
        left_out,
        ("import-contacts-kept", imported.contacts.kept),
        ("import-contacts-objected", imported.contacts.objected),
    ];
    let contacts = contacts.into_iter().filter(|(_, number)| *number > 0);
    let said = figures.into_iter().chain(contacts);
    said.map(|(key, number)| (language.number(number), language.text(key)))
        .collect()
}

fn action(language: Language, imported: &Imported) -> Action {
    let report = &imported.report;
    // A file whose records are as they were may still bring contacts.
    let good = (report.new + report.changed).max(imported.contacts.kept);
    let values = [("count", good.into()), ("refused", report.refused.into())];
    match (good, report.refused) {
        (0, 0) => Action::None,
        (_, 0) => Action::All(language.text_with("import-write-all", &values)),
        (good, _) => {
            let row = |_| {
                let label = language.text_with("import-write-rows", &values);
                (
                    Refused::Row.code(),
                    label,
                    language.text("import-write-rows-hint"),
                )
            };
            let cell = (
                Refused::Cell.code(),
                language.text_with("import-write-cells", &values),
                language.text("import-write-cells-hint"),
            );
            let rows = (good > 0).then_some(()).map(row);
            Action::Choose(rows.into_iter().chain([cell]).collect())
        }
    }
}

/// The readings that a person can take at once, by column and reason.
fn proposals(language: Language, problems: &[Reported], is_done: bool) -> Vec<Proposal> {
    let mut groups: BTreeMap<(&str, &str), (u64, &Reported)> = BTreeMap::new();
    let is_kept = |one: &Reported| KEPT_CODES.contains(&one.problem.code);
    let proposed = problems
        .iter()
        .filter(|one| (one.problem.proposed || is_kept(one)) && !is_done);
    for one in proposed {
        if let Some(column) = &one.problem.column {
            let group = groups.entry((column, one.problem.code)).or_insert((0, one));
            group.0 += 1;
        }
    }
    let proposal = |((column, code), (count, first)): ((&str, &str), (u64, &Reported))| Proposal {
        value: format!("{code}|{column}"),
        label: language.text_with(
            if is_kept(first) {
                "import-take-file"
            } else {
                "import-proposal"
            },
            &[("column", column.into()), ("count", count.into())],
        ),
        example: match &first.problem.suggestion {
            Some(suggestion) => format!(
                "« {} » → « {suggestion} ». {}",
                first.problem.value, first.problem.reason
            ),
            None => format!("« {} ». {}", first.problem.value, first.problem.reason),
        },
    };
    groups.into_iter().map(proposal).collect()
}

pub(super) fn line(language: Language, one: &Reported) -> Line {
    let problem = &one.problem;
    let (level, key) = match one.level {
        Level::Notice => ("notice", "import-level-notice"),
        Level::Refused => ("danger", "import-level-refused"),
        Level::Warning => ("warning", "import-level-warning"),
    };
    let letter = problem.letter.as_deref().unwrap_or_default();
    Line {
        line: match problem.line {
            0 => String::new(),
            line => language.number(line),
        },
        column: match &problem.column {
            Some(column) => format!("{letter} · {column}"),
            None => language.text("import-whole-row"),
        },
        value: problem.value.clone(),
        level,
        level_label: language.text(key),
        reason: problem.reason.clone(),
        suggestion: problem.suggestion.clone().unwrap_or_default(),
    }
}

/// The file as it was sent, as a workbook: faulty cells are marked, and a sheet lists the problems.
async fn corrections_file(
    State(app): State<App>,
    Own(job): Own,
    PersonVisit { .. }: PersonVisit,
) -> Result<Response, Response> {
    let imported = match job.phase() {
        Phase::Done(imported) | Phase::Tried(imported) => imported,
        _ => return Err(PageError::NotFound.into_response()),
    };
    let replica = Arc::clone(&app.census().map_err(IntoResponse::into_response)?.replica);
    let written = blocking(move || {
        let choices = job.choices();
        let file = tempfile::tempfile_in(replica.folder())?;
        let import = job.import(&choices);
        let mut file = import.hand_back(&imported.report, replica.folder(), file)?;
        file.seek(SeekFrom::Start(0))?;
        Ok::<File, Unreadable>(file)
    });
    match written.await.map_err(IntoResponse::into_response)? {
        Ok(file) => {
            sent(file, Form::Workbook, "corrections-import").map_err(IntoResponse::into_response)
        }
        Err(error) => {
            tracing::error!(%error, "a corrected file could not be written: look at the disk of the node's folder");
            Err(PageError::Interrupted.into_response())
        }
    }
}
