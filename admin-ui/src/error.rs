//! Pages that say what went wrong. Handlers and layers answer with a status and, when they know it, a [`PageError`]; the page is
//! written in one place, outside of them all, where the language is known and an incident gets its number.

use std::any::Any;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, SET_COOKIE};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use crate::app::App;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::{cookies, headers};

/// Why there is no page.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum PageError {
    #[error("the store failed: {0}")]
    Fault(replica::Fault),
    #[error("a change came from another site's page")]
    ForeignPage,
    #[error("nothing is signed for now: a peer is asked what it holds of our feed")]
    Held,
    #[error("work on another thread was interrupted")]
    Interrupted,
    #[error("there is no such page")]
    NotFound,
    #[error("this person's role does not open the page")]
    NotForThisRole,
    #[error("a handler panicked")]
    Panic,
    #[error("a form came without the token of its browser")]
    StaleForm,
    #[error("a record would take more than an entry can carry")]
    TooLarge,
    #[error("a page could not be written: {0}")]
    Template(String),
}

impl PageError {
    fn status(&self) -> StatusCode {
        match self {
            PageError::Fault(replica::Fault::NoRoom { .. }) => StatusCode::INSUFFICIENT_STORAGE,
            PageError::Held => StatusCode::SERVICE_UNAVAILABLE,
            PageError::Fault(_)
            | PageError::Interrupted
            | PageError::Panic
            | PageError::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
            PageError::ForeignPage | PageError::NotForThisRole | PageError::StaleForm => {
                StatusCode::FORBIDDEN
            }
            PageError::NotFound => StatusCode::NOT_FOUND,
            PageError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes a page.
pub(crate) fn page<T: Template>(status: StatusCode, template: &T) -> Result<Response, PageError> {
    match template.render() {
        Ok(html) => Ok((status, Html(html)).into_response()),
        Err(error) => Err(PageError::Template(error.to_string())),
    }
}

/// Answers for a handler that panicked. What it said is on the console already, and might name somebody: it is not repeated.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    PageError::Panic.into_response()
}

/// Chooses the language, lets the page be made, writes the page of an error in its place, and adds the headers of every answer.
pub(crate) async fn frame(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let (language, chosen) = language(&request);
    request.extensions_mut().insert(language);
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    if is_bare_error(&response) {
        response = error_page(&app, language, &path, &response);
    }
    if chosen {
        let cookie = cookies::keep_language(language);
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    headers::secure(response.headers_mut());
    response
}

/// Returns the language of the answer, and whether the address chose it.
fn language(request: &Request) -> (Language, bool) {
    let query = request.uri().query().unwrap_or_default();
    let asked = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("lang="))
        .and_then(Language::parse);
    if let Some(language) = asked {
        return (language, request.method() == Method::GET);
    }
    let accepted = request
        .headers()
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let language = cookies::language(request.headers())
        .unwrap_or_else(|| Language::negotiate(accepted.unwrap_or_default()));
    (language, false)
}

/// Says whether the answer is an error without a page: ours, a layer's, or axum's own in plain text.
fn is_bare_error(response: &Response) -> bool {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let content = response
        .headers()
        .get(CONTENT_TYPE)
        .map(|value| value.as_bytes());
    is_error && content.is_none_or(|content| content.starts_with(b"text/plain"))
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    layout: Layout,
    explanation: String,
    incident: Option<String>,
}

fn error_page(app: &App, language: Language, path: &str, bare: &Response) -> Response {
    let status = bare.status();
    let error = bare.extensions().get::<PageError>();
    // Of a full disk, and of signing that is held, the page says all that there is to know.
    let is_said =
        matches!(error, Some(PageError::Held)) || status == StatusCode::INSUFFICIENT_STORAGE;
    let is_incident = status.is_server_error() && !is_said;
    let incident = is_incident.then(|| incident_number(app));
    if let Some(incident) = &incident {
        let cause = error.map_or_else(|| status.to_string(), ToString::to_string);
        tracing::error!(%incident, path, %cause, "a page failed: look for its cause, not for its reader");
    }
    let (heading, explanation) = words(language, status, error);
    let shown = ErrorPage {
        layout: Layout::of_error(language, heading),
        explanation,
        incident,
    };
    let mut response = page(status, &shown).unwrap_or_else(|_| status.into_response());
    // What the layer had to say besides: `Allow`, `Retry-After`.
    for (name, value) in bare.headers() {
        if !response.headers().contains_key(name) && name != "content-length" {
            response.headers_mut().append(name, value.clone());
        }
    }
    response
}

/// Draws the number that is on the page and in the log.
fn incident_number(app: &App) -> String {
    let number = u32::from_be_bytes(app.draw());
    format!("{:04X}-{:04X}", number >> 16, number & 0xffff)
}

fn words(language: Language, status: StatusCode, error: Option<&PageError>) -> (String, String) {
    let (heading, explanation) = match (status, error) {
        (_, Some(PageError::NotForThisRole)) => ("error-role", "error-role-text"),
        (_, Some(PageError::StaleForm)) => ("error-form", "error-form-text"),
        (_, Some(PageError::Held)) => ("error-held", "error-held-text"),
        (StatusCode::FORBIDDEN, _) => ("error-foreign", "error-foreign-text"),
        (StatusCode::NOT_FOUND, _) => ("error-not-found", "error-not-found-text"),
        (StatusCode::METHOD_NOT_ALLOWED, _) => ("error-method", "error-method-text"),
        (StatusCode::REQUEST_TIMEOUT, _) => ("error-time", "error-time-text"),
        (StatusCode::PAYLOAD_TOO_LARGE, _) => ("error-size", "error-size-text"),
        (StatusCode::INSUFFICIENT_STORAGE, _) => ("error-room", "error-room-text"),
        (StatusCode::MISDIRECTED_REQUEST, _) => ("error-host", "error-host-text"),
        (status, _) if status.is_client_error() => ("error-request", "error-request-text"),
        _ => ("error-fault", "error-fault-text"),
    };
    (language.text(heading), language.text(explanation))
}
