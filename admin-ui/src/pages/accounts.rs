//! The accounts of this node, for its administrator. They are made and changed on the command line.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use replica::local::{Account, Role};
use serde::Deserialize;

use crate::app::App;
use crate::error::{PageError, page};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::parts::{Cell, Pagination, Table};
use crate::visit::PersonVisit;

/// Rows of a page: what one scrolls through without losing the headings.
const ROWS_PER_PAGE: usize = 50;

#[derive(Template)]
#[template(path = "accounts.html")]
struct Accounts {
    layout: Layout,
    table: Table,
    pagination: Pagination,
}

#[derive(Deserialize)]
struct Asked {
    page: Option<usize>,
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/comptes", get(accounts))
}

async fn accounts(
    State(app): State<App>,
    asked: Query<Asked>,
    PersonVisit { visit, person }: PersonVisit,
) -> Result<Response, Response> {
    if person.account.role != Role::NodeAdmin {
        return Err(PageError::NotForThisRole.into_response());
    }
    let accounts = app.local(|local| local.accounts()).await;
    let accounts = accounts.map_err(IntoResponse::into_response)?;
    let language = visit.language;
    let pagination = Pagination::new(
        language,
        "/comptes?",
        asked.page,
        accounts.len(),
        ROWS_PER_PAGE,
    );
    let shown = accounts.get(pagination.rows()).unwrap_or_default();
    let view = Accounts {
        layout: visit.layout(language.text("section-accounts")),
        table: table(language, accounts.len(), shown),
        pagination,
    };
    page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
}

fn table(language: Language, count: usize, accounts: &[Account]) -> Table {
    let values = [("count", count.into())];
    let rows = accounts.iter().map(|account| {
        vec![
            Cell::Heading(account.name.to_string()),
            Cell::Text(role_name(language, account.role)),
            Cell::Text(language.day(account.created)),
        ]
    });
    Table {
        caption: language.text_with("accounts-caption", &values),
        columns: ["accounts-name", "accounts-role", "accounts-created"]
            .map(|key| language.text(key))
            .to_vec(),
        rows: rows.collect(),
    }
}

/// Returns the wording of a role.
pub(crate) fn role_name(language: Language, role: Role) -> String {
    language.text(match role {
        Role::Assessor => "role-assessor",
        Role::Contributor => "role-contributor",
        Role::Coordinator => "role-coordinator",
        Role::Moderator => "role-moderator",
        Role::NodeAdmin => "role-node-admin",
        Role::Reader => "role-reader",
        Role::Verifier => "role-verifier",
    })
}
