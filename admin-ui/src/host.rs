//! The list of names under which the pages answer. A page elsewhere whose name is made to resolve to this machine (DNS rebinding)
//! would otherwise be of our own origin.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::{App, Settings};

/// Answers 421 unless every name that the request gives us is ours, and there is one.
pub(crate) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    if is_for_us(&request, app.settings()) {
        next.run(request).await
    } else {
        StatusCode::MISDIRECTED_REQUEST.into_response()
    }
}

fn is_for_us(request: &Request, settings: &Settings) -> bool {
    let hosts = request.headers().get_all(HOST).into_iter();
    let hosts = hosts.map(|value| value.to_str().unwrap_or_default());
    let authority = request.uri().authority().map(|name| name.as_str());
    let mut names = hosts.chain(authority).peekable();
    names.peek().is_some() && names.all(|name| settings.is_ours(name))
}
