//! The forms by which a person states something for their organisation.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use crdt_schema::id::RecordId;
use crdt_schema::limits::NAME_BYTES_MAX;
use crdt_schema::profile::Profile;
use crdt_schema::statement::{
    Assessment, Endorsement, Report, ReportReason, Statement, StatementError,
};
use crdt_schema::view::RecordView;

use super::marks::{AskedMark, MarkForm, Typed, read, typed_of};
use super::{held_record, not_signed, sign, words};
use crate::app::{App, blocking};
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::free_text::{self, Keep};
use crate::pages::{census, labels};
use crate::parts::{self, Problem, Summary};
use crate::visit::{PersonVisit, Visit};

#[derive(Template)]
#[template(path = "statements/assess.html")]
struct Assess {
    layout: Layout,
    summary: Summary,
    address: String,
    marks: MarkForm,
}

#[derive(Template)]
#[template(path = "statements/say.html")]
pub(super) struct Say {
    pub(super) layout: Layout,
    pub(super) summary: Summary,
    pub(super) lead: String,
    pub(super) button: String,
    pub(super) action: String,
    pub(super) cancel: String,
    /// What the choice is about.
    pub(super) legend: String,
    /// What is wrong with the record, or what became of a report: code, words, whether it is chosen.
    pub(super) reasons: Vec<(&'static str, String, bool)>,
    pub(super) reason_error: Option<String>,
    pub(super) why: String,
    pub(super) why_hint: String,
    pub(super) why_error: Option<String>,
    pub(super) keep: Keep,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/fiches/{record}/verifier", post(verify))
        .route("/fiches/{record}/qualifier", get(assess_form).post(assess))
        .route("/fiches/{record}/signaler", get(report_form).post(report))
        .route("/fiches/{record}/soutenir", get(endorse_form).post(endorse))
}

/// "Toujours valable": a section was looked at, and is still right.
async fn verify(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let (record, _) = held_record(&app, &record).await?;
    let sections: BTreeSet<String> = form.all("section").map(str::to_owned).collect();
    let is_code = |code: &String| (1..=NAME_BYTES_MAX).contains(&code.len());
    if sections.is_empty() || !sections.iter().all(is_code) {
        return Err(PageError::StaleForm.into_response());
    }
    let signed = verified(&app, record, sections).await;
    signed.map_err(IntoResponse::into_response)?;
    Ok(Redirect::to(&format!("/fiches/{record}#verification")).into_response())
}

async fn verified(
    app: &App,
    record: RecordId,
    sections: BTreeSet<String>,
) -> Result<(), PageError> {
    let today = labels::today(app.now())?;
    let replica = Arc::clone(&app.census()?.replica);
    let signed = blocking(move || replica.verify_sections(record, &sections, today)).await?;
    signed.map(drop).map_err(not_signed)
}

async fn assess_form(
    State(app): State<App>,
    Path(record): Path<String>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    visit.writer().map_err(IntoResponse::into_response)?;
    let (record, view) = held_record(&app, &record).await?;
    let typed = own_assessment(&app, record).await;
    let typed = typed.map_err(IntoResponse::into_response)?;
    show_assess(&visit, &view, &typed, Vec::new()).map_err(IntoResponse::into_response)
}

/// What our own organisation has said before, to begin with.
async fn own_assessment(app: &App, record: RecordId) -> Result<Typed, PageError> {
    let read = app.read(move |replica, reader| {
        let feed = replica.feed();
        let held = reader.statements_with(&record, "assessed")?;
        let own = held.into_iter().find(|each| Some(each.feed) == feed);
        Ok(own.and_then(|own| own.statement))
    });
    Ok(match read.await? {
        Some(Statement::Assessed(assessment)) if assessment.is_by_prisms() => typed_of(&assessment),
        _ => Typed::default(),
    })
}

async fn assess(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let (record, view) = held_record(&app, &record).await?;
    let asked = prisms(&form.visit);
    match read(form.visit.language, &asked, &form, Assessment::by_prisms) {
        (_, Ok(assessment)) => {
            let signed = sign(&app, record, Statement::Assessed(assessment)).await;
            signed.map_err(IntoResponse::into_response)?;
            Ok(Redirect::to(&format!("/fiches/{record}#qualification")).into_response())
        }
        (typed, Err(problems)) => {
            show_assess(&form.visit, &view, &typed, problems).map_err(IntoResponse::into_response)
        }
    }
}

fn prisms(visit: &Visit) -> Vec<AskedMark> {
    let prisms = Profile::prisms(visit.profile(), visit.language.tag());
    let asked = prisms.into_iter().map(|(code, label)| AskedMark {
        code: code.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
    });
    asked.collect()
}

fn show_assess(
    visit: &Visit,
    view: &RecordView,
    typed: &Typed,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let language = visit.language;
    let status = parts::status(&problems);
    let name = census::name(language, view);
    let form = Assess {
        layout: visit.layout(language.text_with("assess-heading", &[("name", name.into())])),
        address: format!("/fiches/{}", view.record),
        marks: MarkForm::new(language, &prisms(visit), typed, &problems),
        summary: Summary::new(language, problems),
    };
    page(status, &form)
}

async fn report_form(
    State(app): State<App>,
    Path(record): Path<String>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    visit.writer().map_err(IntoResponse::into_response)?;
    let (_, view) = held_record(&app, &record).await?;
    show_report(&visit, &view, "", "", Vec::new()).map_err(IntoResponse::into_response)
}

async fn report(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let (record, view) = held_record(&app, &record).await?;
    let language = form.visit.language;
    let (typed, why) = (form.text("reason"), sentence(&form));
    let reason = ReportReason::parse(typed);
    let mut problems = Vec::new();
    if reason.is_none() {
        problems.push(Problem::new(
            "reason",
            language.text("report-reason-missing"),
        ));
    }
    problems.extend(free_text::problem(language, &form, "why", &why));
    // Any reason shows what is wrong with the sentence.
    let report = Report::new(reason.unwrap_or(ReportReason::Wrong), &why);
    match report {
        Ok(report) if problems.is_empty() => {
            let signed = sign(&app, record, Statement::Reported(report)).await;
            signed.map_err(IntoResponse::into_response)?;
            Ok(Redirect::to(&format!("/fiches/{record}#declarations")).into_response())
        }
        outcome => {
            problems.extend(outcome.err().map(|error| why_problem(language, error)));
            show_report(&form.visit, &view, typed, &why, problems)
                .map_err(IntoResponse::into_response)
        }
    }
}

fn show_report(
    visit: &Visit,
    view: &RecordView,
    chosen: &str,
    why: &str,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let language = visit.language;
    let reasons = ReportReason::ALL.map(|reason| {
        let code = reason.code();
        (code, words::reason(language, reason), code == chosen)
    });
    let name = census::name(language, view);
    show_say(
        Say {
            layout: visit.layout(language.text_with("report-heading", &[("name", name.into())])),
            summary: Summary::new(language, Vec::new()),
            lead: language.text("report-lead"),
            button: language.text("report-button"),
            action: format!("/fiches/{}/signaler", view.record),
            cancel: format!("/fiches/{}", view.record),
            legend: language.text("report-reason"),
            reasons: reasons.into(),
            reason_error: None,
            why: why.to_owned(),
            why_hint: language.text("report-why-hint"),
            why_error: None,
            keep: Keep::of(language, []),
        },
        problems,
    )
}

async fn endorse_form(
    State(app): State<App>,
    Path(record): Path<String>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    visit.writer().map_err(IntoResponse::into_response)?;
    let (_, view) = held_record(&app, &record).await?;
    show_endorse(&visit, &view, "", Vec::new()).map_err(IntoResponse::into_response)
}

async fn endorse(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let (record, view) = held_record(&app, &record).await?;
    let why = sentence(&form);
    let personal = free_text::problem(form.visit.language, &form, "why", &why);
    match Endorsement::new(&why) {
        Ok(_) if personal.is_some() => {
            let problems = personal.into_iter().collect();
            show_endorse(&form.visit, &view, &why, problems).map_err(IntoResponse::into_response)
        }
        Ok(endorsement) => {
            let signed = sign(&app, record, Statement::Endorsed(endorsement)).await;
            signed.map_err(IntoResponse::into_response)?;
            Ok(Redirect::to(&format!("/fiches/{record}#declarations")).into_response())
        }
        Err(error) => {
            let problems = vec![why_problem(form.visit.language, error)];
            show_endorse(&form.visit, &view, &why, problems).map_err(IntoResponse::into_response)
        }
    }
}

fn show_endorse(
    visit: &Visit,
    view: &RecordView,
    why: &str,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let language = visit.language;
    let name = census::name(language, view);
    show_say(
        Say {
            layout: visit.layout(language.text_with("endorse-heading", &[("name", name.into())])),
            summary: Summary::new(language, Vec::new()),
            lead: language.text("endorse-lead"),
            button: language.text("endorse-button"),
            action: format!("/fiches/{}/soutenir", view.record),
            cancel: format!("/fiches/{}", view.record),
            legend: String::new(),
            reasons: Vec::new(),
            reason_error: None,
            why: why.to_owned(),
            why_hint: language.text("endorse-why-hint"),
            why_error: None,
            keep: Keep::of(language, []),
        },
        problems,
    )
}

pub(super) fn show_say(form: Say, problems: Vec<Problem>) -> Result<Response, PageError> {
    let of = |field: &str| problems.iter().find_map(|problem| problem.of(field));
    let status = parts::status(&problems);
    let keep = Keep::of(form.layout.language, [form.why.as_str()]);
    let shown = Say {
        keep,
        reason_error: of("reason"),
        why_error: of("why"),
        summary: Summary::new(form.layout.language, problems),
        ..form
    };
    page(status, &shown)
}

pub(super) fn sentence(form: &SentForm) -> String {
    form.text("why").replace("\r\n", "\n")
}

pub(super) fn why_problem(language: Language, error: StatementError) -> Problem {
    let key = match error {
        StatementError::WhyTooLong => "why-too-long",
        _ => "why-missing",
    };
    Problem::new("why", language.text(key))
}
