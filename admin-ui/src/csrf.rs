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

/// What a header says.
enum Said<'a> {
    /// It is not there.
    Nothing,
    /// It is there twice, or is no text: no browser sends that.
    Garbled,
    Text(&'a str),
}

/// Says whether the headers show one of our pages. Our `no-referrer` makes browsers send `Origin: null` with our own forms: then only
/// `Sec-Fetch-Site` counts.
fn is_shown(headers: &HeaderMap, settings: &Settings) -> bool {
    match said(headers, "origin") {
        Said::Nothing | Said::Text("" | "null") => matches!(
            said(headers, "sec-fetch-site"),
            Said::Text("same-origin" | "none")
        ),
        Said::Text(origin) => settings.is_our_origin(origin),
        Said::Garbled => false,
    }
}

fn said<'a>(headers: &'a HeaderMap, name: &str) -> Said<'a> {
    let mut values = headers.get_all(name).into_iter();
    match (values.next(), values.next()) {
        (None, _) => Said::Nothing,
        (Some(value), None) => value.to_str().map_or(Said::Garbled, Said::Text),
        (Some(_), Some(_)) => Said::Garbled,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;
    use crate::app::Transport;

    fn shows(lines: &[(&'static str, &[u8])]) -> bool {
        let settings = Settings::new("Ville", Transport::Loopback(80), &[]).expect("is valid");
        let headers = lines.iter().map(|(name, value)| {
            let value = HeaderValue::from_bytes(value).expect("a value");
            (HeaderName::from_static(name), value)
        });
        is_shown(&headers.collect(), &settings)
    }

    #[test]
    fn an_origin_that_is_there_twice_or_is_no_text_shows_no_page_of_ours() {
        let ours = ("origin", b"http://localhost:80".as_slice());
        let site = ("sec-fetch-site", b"same-origin".as_slice());
        assert!(shows(&[ours]) && shows(&[site]) && shows(&[("origin", b"null"), site]));
        assert!(!shows(&[ours, ours]) && !shows(&[ours, ours, site]));
        assert!(!shows(&[("origin", b"http://evil.example"), site]));
        assert!(!shows(&[("origin", b"http://\xe9"), site]));
        assert!(!shows(&[site, site]) && !shows(&[]));
    }
}
