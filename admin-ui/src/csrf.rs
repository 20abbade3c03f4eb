//! Requests that change something must come from our own pages. `CsrfLayer` of tower-http judges `Sec-Fetch-Site` and `Origin`; this
//! adds what it lets through: a request that shows neither, and an origin of our name under another scheme.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::{App, Settings};
use crate::error::PageError;

/// Refuses a change that does not show that it comes from one of our pages.
pub(crate) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    if reads || is_shown(request.headers(), app.settings()) {
        next.run(request).await
    } else {
        PageError::ForeignPage.into_response()
    }
}

/// Says whether the headers show one of our pages. Our `no-referrer` makes browsers send `Origin: null` with our own forms: then only
/// `Sec-Fetch-Site` counts. A header that is there twice, or is not text, shows nothing.
fn is_shown(headers: &HeaderMap, settings: &Settings) -> bool {
    let site = single(headers, "sec-fetch-site");
    match single(headers, "origin") {
        None | Some("" | "null") => matches!(site, Some("same-origin" | "none")),
        Some(origin) => settings.is_our_origin(origin),
    }
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).into_iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}
