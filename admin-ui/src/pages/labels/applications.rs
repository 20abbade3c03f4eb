//! The applications for labels, in a list.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::statement::Statement;
use replica::{Fault, Reader, Replica, search};
use serde::Deserialize;

use super::application::{Applied, KIND};
use crate::app::App;
use crate::error::{PageError, page};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::census;
use crate::parts::Pagination;
use crate::visit::PersonVisit;

/// Applications of one page.
const ROWS_PER_PAGE: usize = 50;

#[derive(Template)]
#[template(path = "labels/applications.html")]
struct Applications {
    layout: Layout,
    rows: Vec<Row>,
    pagination: Pagination,
}

struct Row {
    href: String,
    name: String,
    scheme: String,
    candidate: String,
    assessed: String,
}

#[derive(Deserialize)]
struct Asked {
    page: Option<usize>,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/labels/candidatures", get(list))
}

async fn list(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let query = search::Query {
        kind: Some(KIND.to_owned()),
        size: ROWS_PER_PAGE,
        offset: asked.page.unwrap_or(1).saturating_sub(1) * ROWS_PER_PAGE,
        ..search::Query::default()
    };
    let read = app.read(move |replica, reader| {
        let answer = match replica.search(&query) {
            Ok(answer) => answer,
            Err(search::Error::Fault(fault)) => return Err(fault.into()),
            // An offset beyond every limit is no page.
            Err(search::Error::Refused(_)) => return Ok(None),
        };
        let mut rows = Vec::new();
        for hit in &answer.hits {
            rows.extend(row(language, replica, reader, hit)?);
        }
        Ok(Some((rows, answer.total)))
    });
    let read = read.await.and_then(|read| read.ok_or(PageError::NotFound));
    let (rows, total) = read.map_err(IntoResponse::into_response)?;
    let total = usize::try_from(total).unwrap_or(usize::MAX);
    let address = "/labels/candidatures?";
    let shown = Applications {
        layout: visit.layout(language.text("applications-heading")),
        rows,
        pagination: Pagination::new(language, address, asked.page, total, ROWS_PER_PAGE),
    };
    page(StatusCode::OK, &shown).map_err(IntoResponse::into_response)
}

fn row(
    language: Language,
    replica: &Replica,
    reader: &Reader,
    hit: &search::Hit,
) -> Result<Option<Row>, Fault> {
    let Some(view) = reader.record(&hit.record)? else {
        return Ok(None);
    };
    let statements = reader.statements_with(&hit.record, "assessed")?;
    let candidate = Applied::candidate(language, reader, &view)?;
    let state = replica.state();
    let applied = Applied::of(&state, &view);
    // One that answers a call asks for a grant, and for no label.
    if applied.is_for_no_label() {
        return Ok(None);
    }
    let of = applied
        .scheme
        .as_ref()
        .map_or(0, |scheme| scheme.committee.len());
    let is_counted = |held: &&replica::HeldStatement| matches!(&held.statement, Some(Statement::Assessed(assessment)) if applied.counts(held, assessment));
    let partners: std::collections::BTreeSet<_> = statements
        .iter()
        .filter(is_counted)
        .filter_map(|held| held.partner)
        .collect();
    let values = [("done", partners.len().into()), ("of", of.into())];
    Ok(Some(Row {
        href: format!("/labels/candidatures/{}", hit.record),
        name: census::name(language, &view),
        scheme: applied.title(),
        candidate: candidate.map_or_else(String::new, |(_, name)| name),
        assessed: language.text_with("applications-assessed", &values),
    }))
}
