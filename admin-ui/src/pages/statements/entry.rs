//! One signed entry: who signed it, and where it stands. It shows no content.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::id::EntryId;

use crate::app::App;
use crate::error::{PageError, page};
use crate::layout::Layout;
use crate::visit::PersonVisit;

#[derive(Template)]
#[template(path = "statements/entry.html")]
struct Entry {
    layout: Layout,
    entry: String,
    partner: String,
    claimed: String,
    feed: String,
    sequence: String,
    items: String,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/entrees/{entry}", get(entry))
}

async fn entry(
    State(app): State<App>,
    Path(entry): Path<String>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let id = EntryId::parse(&entry).map_err(|_| PageError::NotFound.into_response())?;
    let read = app.read(move |replica, reader| {
        let Some(held) = reader.entry(&id)? else {
            return Ok(None);
        };
        let header = held.header();
        let state = replica.state();
        let owner = state.feeds().owner(&id);
        let partner = owner.map_or_else(
            || header.feed.short(),
            |partner| state.partner_name(&partner),
        );
        Ok(Some(Entry {
            layout: visit.layout(language.text("entry-heading")),
            entry: id.to_string(),
            partner,
            claimed: language.moment(header.claimed),
            feed: header.feed.to_string(),
            sequence: language.number(header.sequence),
            items: language.number(held.items().len() as u64),
        }))
    });
    let shown = read.await.and_then(|held| held.ok_or(PageError::NotFound));
    page(StatusCode::OK, &shown.map_err(IntoResponse::into_response)?)
        .map_err(IntoResponse::into_response)
}
