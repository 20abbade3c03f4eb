//! The statement on accessibility, for everybody.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use crate::app::App;
use crate::error::{PageError, page};
use crate::layout::Layout;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "accessibility.html")]
struct Accessibility {
    layout: Layout,
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/accessibilite", get(accessibility))
}

async fn accessibility(visit: Visit) -> Result<Response, PageError> {
    let layout = visit.layout(visit.language.text("accessibility"));
    page(StatusCode::OK, &Accessibility { layout })
}
