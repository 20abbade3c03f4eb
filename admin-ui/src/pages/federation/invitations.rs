//! Inviting, admitting, sending away.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use crdt_schema::id::PartnerId;

use super::deciding::{self, Pending, refused_in_words};
use super::mandates;
use crate::app::{App, blocking};
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::layout::Layout;
use crate::office::NewInvitation;
use crate::parts::Problem;
use crate::qr;

#[derive(Template)]
#[template(path = "federation/ticket.html")]
struct Ticket {
    layout: Layout,
    lead: String,
    ticket: String,
    command: String,
    /// What is to be done on this node first, where the newcomer is our own.
    before: Option<String>,
    code: Option<String>,
}

#[derive(Template)]
#[template(path = "federation/refused.html")]
struct NotDone {
    layout: Layout,
    problem: Problem,
    back: &'static str,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/federation/admettre", post(answer))
        .route("/federation/annuler", post(revoke))
        .route("/federation/inviter", post(invite))
        .route("/federation/inviter-noeud", post(invite_instance))
}

/// Returns the form when its sender may decide.
pub(in crate::pages) fn allowed(form: SentForm) -> Result<SentForm, PageError> {
    form.visit.decider()?;
    Ok(form)
}

/// Says why a form was not carried out.
pub(in crate::pages) fn not_done(
    form: &SentForm,
    problem: Problem,
    back: &'static str,
) -> Response {
    let language = form.visit.language;
    let view = NotDone {
        layout: form.visit.layout(language.text("not-done-heading")),
        problem,
        back,
    };
    page(StatusCode::UNPROCESSABLE_ENTITY, &view).unwrap_or_else(IntoResponse::into_response)
}

async fn invite(State(app): State<App>, form: SentForm) -> Result<Response, Response> {
    let form = allowed(form).map_err(IntoResponse::into_response)?;
    let language = form.visit.language;
    let mandate = match mandates::mandate(language, &form) {
        Ok(mandate) => mandate,
        Err(problem) => return Ok(not_done(&form, problem, "/federation")),
    };
    let wish = NewInvitation {
        name: form.text("name").to_owned(),
        hours: form.text("hours").parse().unwrap_or(0),
        is_auto: form.text("auto") == "1",
        mandate,
    };
    let office = app.office().map_err(IntoResponse::into_response)?;
    let name = wish.name.clone();
    let made = blocking(move || office.invite(&wish)).await;
    match made.map_err(IntoResponse::into_response)? {
        Ok(ticket) => {
            let view = Ticket {
                layout: form.visit.layout(language.text("ticket-heading")),
                lead: language.text_with("ticket-lead", &[("name", name.into())]),
                code: qr::svg(&ticket),
                command: format!("maillage join {ticket}"),
                before: None,
                ticket,
            };
            page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
        }
        Err(refused) => {
            let problem = Problem::new("invite-name", refused_in_words(language, &refused));
            Ok(not_done(&form, problem, "/federation"))
        }
    }
}

/// Makes a ticket for another node of our own organisation.
async fn invite_instance(State(app): State<App>, form: SentForm) -> Result<Response, Response> {
    let form = allowed(form).map_err(IntoResponse::into_response)?;
    let language = form.visit.language;
    let hours = form.text("hours").parse().unwrap_or(0);
    let office = app.office().map_err(IntoResponse::into_response)?;
    let made = blocking(move || office.invite_instance(hours)).await;
    match made.map_err(IntoResponse::into_response)? {
        Ok(ticket) => {
            let view = Ticket {
                layout: form.visit.layout(language.text("ticket-own-heading")),
                lead: language.text("ticket-own-lead"),
                code: qr::svg(&ticket),
                command: format!("maillage join {ticket} --root racine.key"),
                before: Some("maillage export-root racine.key".to_owned()),
                ticket,
            };
            page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
        }
        Err(refused) => {
            let problem = Problem::new("instance-hours", refused_in_words(language, &refused));
            Ok(not_done(&form, problem, "/federation"))
        }
    }
}

async fn revoke(State(app): State<App>, form: SentForm) -> Result<Response, Response> {
    let form = allowed(form).map_err(IntoResponse::into_response)?;
    let office = app.office().map_err(IntoResponse::into_response)?;
    let invitation = form.text("invitation").to_owned();
    let revoked = blocking(move || office.revoke(&invitation)).await;
    match revoked.map_err(IntoResponse::into_response)? {
        Ok(()) => Ok(Redirect::to("/federation?fait=annule").into_response()),
        Err(refused) => {
            let text = refused_in_words(form.visit.language, &refused);
            Ok(not_done(
                &form,
                Problem::new("invitation", text),
                "/federation",
            ))
        }
    }
}

/// Admits the newcomer, after a preview, or sends it away.
async fn answer(State(app): State<App>, form: SentForm) -> Result<Response, Response> {
    let form = allowed(form).map_err(IntoResponse::into_response)?;
    let language = form.visit.language;
    let partner = PartnerId::parse(form.text("partner"));
    let partner = partner.map_err(|_| PageError::StaleForm.into_response())?;
    if form.text("answer") == "decline" {
        let office = app.office().map_err(IntoResponse::into_response)?;
        let declined = blocking(move || office.decline(&partner)).await;
        return match declined.map_err(IntoResponse::into_response)? {
            Ok(()) => Ok(Redirect::to("/federation?fait=refuse").into_response()),
            Err(refused) => {
                let text = refused_in_words(language, &refused);
                Ok(not_done(
                    &form,
                    Problem::new("partner", text),
                    "/federation",
                ))
            }
        };
    }
    let mandate = match mandates::mandate(language, &form) {
        Ok(mandate) => mandate,
        Err(problem) => return Ok(not_done(&form, problem, "/federation")),
    };
    let office = app.office().map_err(IntoResponse::into_response)?;
    let pending = match office.admission(&partner, &mandate) {
        Ok(act) => Pending::Admission(Box::new(act)),
        Err(refused) => {
            let text = refused_in_words(language, &refused);
            return Ok(not_done(
                &form,
                Problem::new("partner", text),
                "/federation",
            ));
        }
    };
    let shown = deciding::show(&app, &form.visit, &pending, Vec::new()).await;
    shown.map_err(IntoResponse::into_response)
}
