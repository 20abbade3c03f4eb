//! The first page after the login.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use crate::app::App;
use crate::error::{PageError, page};
use crate::layout::Layout;
use crate::pages::accounts::role_name;
use crate::pages::federation::limits::disk_alarm;
use crate::visit::PersonVisit;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    layout: Layout,
    account: String,
    role: String,
    since: String,
    /// Said where everybody looks first: nobody can write then.
    alarm: Option<String>,
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/", get(home))
}

async fn home(
    State(app): State<App>,
    PersonVisit { visit, person }: PersonVisit,
) -> Result<Response, PageError> {
    let language = visit.language;
    // A node without a census has nothing that fills a disk.
    let census = app.census().ok();
    let view = Home {
        layout: visit.layout(language.text("section-home")),
        account: person.account.name.to_string(),
        role: role_name(language, person.account.role),
        since: language.day(person.since),
        alarm: census.and_then(|census| disk_alarm(language, &census.replica)),
    };
    page(StatusCode::OK, &view)
}
