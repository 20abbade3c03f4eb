//! What goes to the open data of grants, before it is fetched: how much, what stays behind and all that each lacks.

use std::ops::ControlFlow;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::record::Kind;

use super::export::refused;
use super::inclusion::{LEFT_MAX, SEEN};
use crate::app::{App, blocking};
use crate::error::page;
use crate::files::{Export, Form, GrantsReport, Reach};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::asked::Asked;
use crate::visit::PersonVisit;

#[derive(Template)]
#[template(path = "exchange/grants.html")]
struct GrantsPage {
    layout: Layout,
    counts: String,
    others: Option<String>,
    left_out: Option<String>,
    left: Vec<LeftRow>,
    /// Where the file is fetched; nothing where it would be empty.
    file: Option<String>,
    back: String,
}

struct LeftRow {
    href: String,
    name: String,
    reasons: Vec<&'static str>,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route(ADDRESS, get(summary))
}

async fn summary(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let asked = Asked::read(&query.unwrap_or_default());
    let kind = asked.kind.as_deref().and_then(Kind::parse);
    let replica = Arc::clone(&app.census().map_err(IntoResponse::into_response)?.replica);
    let (found, is_plain) = (asked.to_query(app.today()), asked.is_only_a_kind());
    let (now, language) = (app.now(), visit.language);
    let counted = blocking(move || {
        let export = Export {
            form: Form::Grants,
            kind,
            found: (!is_plain).then_some(&found),
            language: language.tag(),
            reach: Reach::Public,
            now,
            address: None,
            said_max: LEFT_MAX,
        };
        export.write(
            &replica,
            std::io::sink(),
            &mut |_| ControlFlow::Continue(()),
        )
    });
    let exported = match counted.await.map_err(IntoResponse::into_response)? {
        Ok(exported) => exported,
        Err(error) => {
            let answer = refused(&app, &visit, &asked, Form::Grants, error).await;
            return answer.map_err(IntoResponse::into_response);
        }
    };
    let report = exported.grants.unwrap_or_default();
    let layout = visit.layout(language.text("section-grants"));
    let shown = view(layout, language, &asked, &report);
    page(StatusCode::OK, &shown).map_err(IntoResponse::into_response)
}

fn view(layout: Layout, language: Language, asked: &Asked, report: &GrantsReport) -> GrantsPage {
    let said = |key: &'static str, count: u64| {
        (count > 0).then(|| language.text_with(key, &[("count", count.into())]))
    };
    let place = asked.to_address(|_| ());
    let left = report.left.iter().map(|(named, unfit)| LeftRow {
        href: format!("/fiches/{}", named.record),
        name: match named.name.is_empty() {
            true => named.record.short(),
            false => named.name.clone(),
        },
        reasons: unfit.iter().map(|unfit| unfit.reason()).collect(),
    });
    let code = Form::Grants.code();
    GrantsPage {
        counts: language.text_with("grants-counts", &[("count", report.grants.into())]),
        others: said("grants-others", report.others),
        left_out: said("grants-left", report.left_out),
        left: left.collect(),
        file: (report.grants > 0)
            .then(|| format!("/exporter/fichier?format={code}&{SEEN}=1&{place}")),
        back: format!("/exporter?{place}"),
        layout,
    }
}

/// Where the page is.
pub(super) const ADDRESS: &str = "/exporter/scdl-subventions";
