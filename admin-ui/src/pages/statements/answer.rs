//! The form by which an organisation says what became of a report, and the button that takes it back.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use crdt_schema::id::{EntryId, ItemId, RecordId};
use crdt_schema::statement::{Answer, Outcome};
use crdt_schema::view::RecordView;
use replica::Reported;

use super::forms::{Say, sentence, show_say, why_problem};
use super::{author, held_record, not_signed, words};
use crate::app::{App, blocking};
use crate::error::PageError;
use crate::form::SentForm;
use crate::pages::census;
use crate::pages::free_text::{self, Keep};
use crate::parts::{Problem, Summary};
use crate::visit::{PersonVisit, Visit};

pub(super) fn routes() -> Router<App> {
    let place = "/fiches/{record}/signalements/{report}";
    Router::new()
        .route(place, get(form).post(answer))
        .route(&format!("{place}/retirer"), post(take_back))
}

/// A report that our organisation may settle, with all that the form says of it.
struct Asked {
    record: RecordId,
    view: RecordView,
    reported: Reported,
    by: String,
    /// What this node has answered before.
    own: Option<Answer>,
}

impl Asked {
    async fn of(app: &App, record: &str, report: &str) -> Result<Self, Response> {
        let (record, view) = held_record(app, record).await?;
        let not_found = || PageError::NotFound.into_response();
        let report = ItemId::parse(report).map_err(|_| not_found())?;
        let read = app.read(move |replica, reader| {
            let reports = reader.reports(&view)?;
            let Some(reported) = reports.into_iter().find(|each| each.held.id == report) else {
                return Ok(None);
            };
            let may_settle = replica.may_settle(&view, &reported.held);
            let feed = replica.feed();
            let mut answers = reported.answers.iter();
            let own = answers.find(|each| Some(each.held.feed) == feed);
            let own = own.map(|each| each.answer.clone());
            let by = author(&replica.state(), &reported.held);
            let asked = Asked {
                record,
                view,
                reported,
                by,
                own,
            };
            Ok(Some((asked, may_settle)))
        });
        let read = read.await.map_err(IntoResponse::into_response)?;
        match read.ok_or_else(not_found)? {
            (asked, true) => Ok(asked),
            (_, false) => Err(PageError::NotForThisRole.into_response()),
        }
    }
}

async fn form(
    State(app): State<App>,
    Path((record, report)): Path<(String, String)>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    visit.writer().map_err(IntoResponse::into_response)?;
    let asked = Asked::of(&app, &record, &report).await?;
    let (chosen, why) = match &asked.own {
        Some(own) => (own.outcome().code(), own.why()),
        None => ("", ""),
    };
    show(&visit, &asked, (chosen, why), Vec::new()).map_err(IntoResponse::into_response)
}

async fn answer(
    State(app): State<App>,
    Path((record, report)): Path<(String, String)>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let asked = Asked::of(&app, &record, &report).await?;
    let language = form.visit.language;
    let (typed, why) = (form.text("reason"), sentence(&form));
    let outcome = Outcome::parse(typed);
    let mut problems = Vec::new();
    if outcome.is_none() {
        problems.push(Problem::new("reason", language.text("outcome-missing")));
    }
    problems.extend(free_text::problem(language, &form, "why", &why));
    // What needs no reason shows what else is wrong with the sentence.
    match Answer::new(outcome.unwrap_or(Outcome::Settled), &why) {
        Ok(answer) if problems.is_empty() => {
            let signed = sign(&app, asked.record, asked.reported.held.id, Some(answer)).await;
            signed.map_err(IntoResponse::into_response)?;
            Ok(Redirect::to(&format!("/fiches/{record}#declarations")).into_response())
        }
        outcome => {
            problems.extend(outcome.err().map(|error| why_problem(language, error)));
            show(&form.visit, &asked, (typed, &why), problems).map_err(IntoResponse::into_response)
        }
    }
}

async fn take_back(
    State(app): State<App>,
    Path((record, report)): Path<(String, String)>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let (record, _) = held_record(&app, &record).await?;
    let report = ItemId::parse(&report).map_err(|_| PageError::NotFound.into_response())?;
    let signed = sign(&app, record, report, None).await;
    signed.map_err(IntoResponse::into_response)?;
    Ok(Redirect::to(&format!("/fiches/{record}#declarations")).into_response())
}

async fn sign(
    app: &App,
    record: RecordId,
    report: ItemId,
    answer: Option<Answer>,
) -> Result<EntryId, PageError> {
    let replica = Arc::clone(&app.census()?.replica);
    let signed = blocking(move || replica.answer_report(record, report, answer)).await?;
    signed.map_err(not_signed)
}

fn show(
    visit: &Visit,
    asked: &Asked,
    (chosen, why): (&str, &str),
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let language = visit.language;
    let outcomes = Outcome::ALL.map(|outcome| {
        let code = outcome.code();
        (code, words::outcome(language, outcome), code == chosen)
    });
    let name = census::name(language, &asked.view);
    let said = [
        ("partner", asked.by.clone().into()),
        (
            "said",
            words::reported(language, &asked.reported.report).into(),
        ),
    ];
    let page = format!("/fiches/{}", asked.record);
    show_say(
        Say {
            layout: visit.layout(language.text_with("answer-heading", &[("name", name.into())])),
            summary: Summary::new(language, Vec::new()),
            lead: language.text_with("answer-lead", &said),
            button: language.text("answer-button"),
            action: format!("{page}/signalements/{}", asked.reported.held.id),
            cancel: page,
            legend: language.text("answer-outcome"),
            reasons: outcomes.into(),
            reason_error: None,
            why: why.to_owned(),
            why_hint: language.text("answer-why-hint"),
            why_error: None,
            keep: Keep::of(language, []),
        },
        problems,
    )
}
