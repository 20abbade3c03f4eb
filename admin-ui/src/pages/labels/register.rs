//! The register of labels, and the schemes that they go by.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::governance::{Amendment, SchemeId};
use replica::{Labelled, Reader, Replica};

use super::today;
use super::words::{Row, rows};
use crate::app::App;
use crate::error::page;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::census;
use crate::said::{self, Said};
use crate::visit::PersonVisit;

#[derive(Template)]
#[template(path = "labels/register.html")]
struct Register {
    layout: Layout,
    labels: Vec<Listed>,
    own_labels: Vec<Listed>,
    schemes: Vec<Said>,
}

struct Listed {
    href: String,
    name: String,
    row: Row,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/labels", get(register))
}

async fn register(
    State(app): State<App>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let today = today(app.now()).map_err(IntoResponse::into_response)?;
    let read = app.read(move |replica, reader| {
        let listed = listed(language, replica, reader, &reader.labels(today)?)?;
        Ok((listed, schemes(language, replica)))
    });
    let (listed, schemes) = read.await.map_err(IntoResponse::into_response)?;
    // The two are never shown as one.
    let (own_labels, labels) = listed.into_iter().partition(|each| each.row.own.is_some());
    let view = Register {
        layout: visit.layout(language.text("section-labels")),
        labels,
        own_labels,
        schemes,
    };
    page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
}

fn listed(
    language: Language,
    replica: &Replica,
    reader: &Reader,
    labels: &[Labelled],
) -> Result<Vec<Listed>, replica::Fault> {
    let mut named = BTreeMap::new();
    for each in labels {
        let record = each.label.record;
        let view = reader.record(&record)?;
        let kind = view
            .as_ref()
            .map_or(String::new(), |view| view.kind().to_owned());
        let name = view.map_or_else(|| record.short(), |view| census::name(language, &view));
        named.insert(record, (kind, name));
    }
    let state = replica.state();
    let mut listed: Vec<Listed> = labels
        .iter()
        .filter_map(|each| {
            let (kind, name) = named.get(&each.label.record)?;
            let row = rows(language, &state, kind, std::slice::from_ref(each)).pop()?;
            Some(Listed {
                href: format!("/fiches/{}", each.label.record),
                name: name.clone(),
                row,
            })
        })
        .collect();
    listed.sort_by_key(|each| (each.row.title.clone(), each.name.to_lowercase()));
    Ok(listed)
}

fn schemes(language: Language, replica: &Replica) -> Vec<Said> {
    let state = replica.state();
    let schemes = state.governance().schemes().iter();
    schemes
        .filter_map(|(id, scheme)| match id {
            SchemeId::Charter(name) => {
                let amendment = Amendment::Scheme(name.clone(), scheme.clone());
                Some(said::amendment(language, &state, &amendment))
            }
            SchemeId::Declared(_) => None,
        })
        .collect()
}
