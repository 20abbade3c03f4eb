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
