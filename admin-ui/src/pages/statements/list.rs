//! Every current statement about a record, by whoever states it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::profile::Profile;
use crdt_schema::record::Kind;

use super::{by_author, held_record, words};
use crate::app::App;
use crate::error::page;
use crate::layout::Layout;
use crate::pages::census;
use crate::visit::PersonVisit;

#[derive(Template)]
#[template(path = "statements/list.html")]
struct List {
    layout: Layout,
    address: String,
    name: String,
    partners: Vec<Partner>,
}

struct Partner {
    name: String,
    statements: Vec<Stated>,
}

struct Stated {
    what: String,
    lines: Vec<String>,
    other: Option<String>,
    day: String,
    entry: String,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/fiches/{record}/declarations", get(list))
}

async fn list(
    State(app): State<App>,
    Path(record): Path<String>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let (record, view) = held_record(&app, &record).await?;
    let language = visit.language;
    let prisms = Profile::prisms(visit.profile(), language.tag());
    let kind = Kind::parse(view.kind());
    let read = app.read(move |replica, reader| {
        let held = reader.statements(&record)?;
        let state = replica.state();
        let partners = by_author(&state, &held).into_iter();
        let partners = partners.map(|(name, statements)| Partner {
            name,
            statements: statements
                .into_iter()
                .map(|held| Stated {
                    what: words::predicate(language, &held.frame.predicate),
                    lines: words::lines(language, kind, &prisms, held),
                    other: held
                        .frame
                        .other
                        .map(|other| {
                            if other == record {
                                held.frame.subject
                            } else {
                                other
                            }
                        })
                        .map(|other| format!("/fiches/{other}")),
                    day: language.moment(held.claimed),
                    entry: held.entry.to_string(),
                })
                .collect(),
        });
        Ok(partners.collect())
    });
    let name = census::name(language, &view);
    let shown = List {
        partners: read.await.map_err(IntoResponse::into_response)?,
        layout: visit
            .layout(language.text_with("statements-heading", &[("name", name.clone().into())])),
        address: format!("/fiches/{record}"),
        name,
    };
    page(StatusCode::OK, &shown).map_err(IntoResponse::into_response)
}
