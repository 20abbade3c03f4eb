//! All routes, and the layers around them.

use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::{RequestBodyDeadlineLayer, TimeoutLayer};
use tower_http::trace::TraceLayer;
use tracing::Span;

use crate::app::App;
use crate::error::{self, PageError};
use crate::{assets, csrf, form, host, pages};

/// How long a page may take, and how long a browser may take to send a form.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// Returns the service of the pages. A page adds its routes in `pages`.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .merge(assets::routes())
        .merge(pages::routes())
        .fallback(|| async { PageError::NotFound });
    layered(routes, &app).with_state(app)
}

/// Puts the layers around routes: the last one here is the first that a request meets. `error::frame` stands outside of the checks, so
/// that refusals too have their page and headers.
fn layered(routes: Router<App>, app: &App) -> Router<App> {
    routes
        .layer(form::body_limit())
        .layer(RequestBodyDeadlineLayer::new(ANSWER_TIME))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            ANSWER_TIME,
        ))
        .layer(middleware::from_fn_with_state(app.clone(), csrf::check))
        .layer(CsrfLayer::new())
        .layer(middleware::from_fn_with_state(app.clone(), host::check))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn_with_state(app.clone(), error::frame))
        .layer(TraceLayer::new_for_http().make_span_with(span))
}

/// Names a request in the log: never its query, which may hold what somebody searched for.
fn span(request: &Request) -> Span {
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::header::HOST;
    use axum::response::Response;
    use axum::routing::get;
    use crdt_schema::time::Timestamp;
    use replica::local::Local;
    use tower::ServiceExt;

    use super::*;
    use crate::app::{Settings, Transport};
    use crate::error::page;
    use crate::headers::CSP;

    async fn answer(path: &str) -> (StatusCode, String, Option<String>) {
        let folder = tempfile::tempdir().expect("temporary folder");
        let local = Local::open(&folder.path().join("local.redb")).expect("opens");
        let settings = Settings::new("Ville", Transport::Loopback(80), &[]).expect("is valid");
        let app = App::new(
            local,
            settings,
            || Timestamp::from_millis(0),
            |bytes| {
                bytes.fill(0xab);
            },
        );
        let routes = Router::new()
            .route("/panic", get(panics))
            .route(
                "/fault",
                get(|| async {
                    PageError::Fault(replica::Fault::Stopped("the instance key".to_owned()))
                }),
            )
            .route("/page", get(text));
        let request = Request::builder().uri(path).header(HOST, "localhost:80");
        let request = request.body(Body::empty()).expect("is valid");
        let service = layered(routes, &app).with_state(app);
        let response = service.oneshot(request).await.expect("never fails");
        let csp = response.headers().get("content-security-policy");
        let csp = csp.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20)
            .await
            .expect("is short");
        (status, String::from_utf8_lossy(&body).into_owned(), csp)
    }

    async fn panics() -> StatusCode {
        panic!("canary of a secret")
    }

    async fn text() -> Result<Response, PageError> {
        #[derive(askama::Template)]
        #[template(source = "{{ name }}", ext = "html")]
        struct Page {
            name: &'static str,
        }
        page(StatusCode::OK, &Page { name: "<b>" })
    }

    #[tokio::test]
    async fn a_panic_and_a_fault_show_an_incident_number_and_nothing_of_their_cause() {
        for path in ["/panic", "/fault"] {
            let (status, body, csp) = answer(path).await;
            assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
            assert!(body.contains("ABAB-ABAB"), "{body}");
            assert!(
                !body.contains("canary") && !body.contains("instance key"),
                "{body}"
            );
            assert_eq!(csp.as_deref(), Some(CSP));
        }
    }

    #[tokio::test]
    async fn a_page_escapes_what_it_shows() {
        let (status, body, _) = answer("/page").await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "&#60;b&#62;"));
    }
}
