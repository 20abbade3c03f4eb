//! The check of a label by anybody, without a login: of a proof that is sent, or of the reference that a code holds. Nothing is kept.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, RETRY_AFTER, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::governance::Label;
use crdt_schema::label::Day;
use crdt_schema::proof::{Proof, Refusal, Verdict};
use replica::{LabelError, Reader, Replica};
use serde::Deserialize;

use super::words::{Row, rows};
use super::{STATUS_LIST_PATH, VERIFIER, address, today};
use crate::app::{App, blocking};
use crate::cookies::{self, Purpose};
use crate::error::{PageError, page};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::census;
use crate::parts::{Problem, Summary};
use crate::upload::{self, FILE, PublicError, PublicFile};
use crate::verdict::{Judged, Outcome, Told};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "labels/verifier.html")]
struct Verifier {
    layout: Layout,
    token: String,
    summary: Summary,
    file_error: Option<String>,
    told: Option<Told>,
    /// Whether a proof was sent that is good.
    is_good: bool,
    /// What this node holds of the label that was asked for.
    here: Option<Known>,
    /// Whether a reference was asked for that means nothing here.
    is_unknown: bool,
}

/// A label as this node holds it.
struct Known {
    name: String,
    row: Row,
}

#[derive(Deserialize)]
struct Asked {
    label: Option<String>,
}

pub(super) fn routes() -> Router<App> {
    let check = Router::new()
        .route(VERIFIER, get(open).post(check))
        .layer(upload::body_limit());
    check.route(STATUS_LIST_PATH, get(status_list))
}

async fn open(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    visit: Visit,
) -> Result<Response, PageError> {
    let mut view = empty(&visit);
    let mut status = StatusCode::OK;
    if let Some(wanted) = asked.label {
        let language = visit.language;
        let today = today(app.now())?;
        view.here = app
            .read(move |replica, reader| {
                let labels = replica.state().labels();
                let named = labels.iter().map(|(label, _)| label);
                let label = named
                    .into_iter()
                    .find(|label| address(label) == wanted.trim());
                let known = label.map(|label| known(language, replica, reader, label, today));
                Ok(known.transpose()?.flatten())
            })
            .await?;
        if view.here.is_none() {
            view.is_unknown = true;
            status = StatusCode::NOT_FOUND;
        }
    }
    let mut response = page(status, &view)?;
    keep_visit(&app, &visit, &mut response);
    Ok(response)
}

async fn check(State(app): State<App>, sent: PublicFile) -> Result<Response, PageError> {
    let visit = sent.visit;
    let language = visit.language;
    let upload = match sent.upload {
        Ok(upload) => upload,
        Err(error) => return refused(&visit, error),
    };
    let on = today(app.now())?;
    let federation = app.read(|replica, _| Ok(*replica.state().federation()));
    let federation = federation.await?;
    // The place goes back with the bytes, once the file was judged.
    let result = blocking(move || Proof::verify(&upload.bytes, Some(&federation), on)).await?;
    let judged = Judged {
        result: &result,
        on,
        is_expected: true,
        list: None,
    };
    let told = judged.told(language);
    let status = status(&result);
    let mut view = empty(&visit);
    view.told = Some(told);
    if let Ok(verdict) = result {
        view.is_good = true;
        view.here = here(&app, language, verdict, on).await?;
    }
    let mut response = page(status, &view)?;
    keep_visit(&app, &visit, &mut response);
    Ok(response)
}

fn status(result: &Result<Verdict, Refusal>) -> StatusCode {
    if result.is_ok() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// What this node holds of the label of a proof: it may know of a withdrawal that the file does not.
async fn here(
    app: &App,
    language: Language,
    verdict: Verdict,
    today: Day,
) -> Result<Option<Known>, PageError> {
    let read = move |replica: &Replica, reader: &Reader| {
        known(language, replica, reader, &verdict.label, today)
    };
    app.read(read).await
}

fn known(
    language: Language,
    replica: &Replica,
    reader: &Reader,
    label: &Label,
    today: Day,
) -> Result<Option<Known>, replica::Fault> {
    let labels = reader.labels_of(&label.record, today)?;
    let Some(labelled) = labels.into_iter().find(|each| each.label == *label) else {
        return Ok(None);
    };
    let view = reader.record(&label.record)?;
    let kind = view.as_ref().map_or("", |view| view.kind());
    let row = rows(
        language,
        &replica.state(),
        kind,
        std::slice::from_ref(&labelled),
    );
    let name = view.map_or_else(
        || label.record.short(),
        |view| census::name(language, &view),
    );
    Ok(row.into_iter().next().map(|row| Known { name, row }))
}

fn refused(visit: &Visit, error: PublicError) -> Result<Response, PageError> {
    let language = visit.language;
    let (status, text, seconds) = match error {
        PublicError::Missing => (
            StatusCode::UNPROCESSABLE_ENTITY,
            language.text("verify-file-missing"),
            None,
        ),
        PublicError::Wait(seconds) => {
            let values = [("seconds", seconds.into())];
            let text = language.text_with("verify-wait", &values);
            (StatusCode::TOO_MANY_REQUESTS, text, Some(seconds))
        }
    };
    let mut view = empty(visit);
    view.file_error = Some(text.clone());
    view.summary = Summary::new(language, vec![Problem::new(FILE, text)]);
    let mut response = page(status, &view)?;
    if let Some(seconds) = seconds {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

fn empty(visit: &Visit) -> Verifier {
    Verifier {
        layout: visit.layout(visit.language.text("verify-heading")),
        token: visit.form_token(),
        summary: Summary::new(visit.language, Vec::new()),
        file_error: None,
        told: None,
        is_good: false,
        here: None,
        is_unknown: false,
    }
}

/// The form is tied to the browser by a cookie, as that of the login is.
fn keep_visit(app: &App, visit: &Visit, response: &mut Response) {
    if let Some(secret) = visit.new_secret() {
        let cookie = cookies::keep_secret(app.settings().transport(), Purpose::Visit, secret);
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// The signed list of what this coordinator has withdrawn, as wallets of other sites fetch it too: it holds nothing but bits.
async fn status_list(State(app): State<App>) -> Result<Response, PageError> {
    let list = app.settings().status_list().map(str::to_owned);
    let list = list.ok_or(PageError::NotFound)?;
    let read = app.read(move |replica, _| match replica.status_list(&list) {
        Ok(list) => Ok(Some(list.to_string())),
        Err(LabelError::Fault(fault)) => Err(fault),
        Err(error) => {
            tracing::warn!(code = error.code(), "the status list was not written");
            Ok(None)
        }
    });
    let list = read.await?.ok_or(PageError::NotFound)?;
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    Ok((headers, list).into_response())
}
