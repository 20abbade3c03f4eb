//! What goes to data·inclusion, before it is fetched: how much, what stays behind and why, how complete the services are.

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
use crate::app::{App, blocking};
use crate::error::page;
use crate::files::{Export, Form, InclusionReport, Reach};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::asked::Asked;
use crate::visit::PersonVisit;

#[derive(Template)]
#[template(path = "exchange/inclusion.html")]
struct InclusionPage {
    layout: Layout,
    counts: String,
    score: Option<String>,
    others: Option<String>,
    notices: Option<String>,
    left_out: Option<String>,
    left: Vec<LeftRow>,
    files: Vec<(String, String)>,
    back: String,
}

struct LeftRow {
    href: String,
    name: String,
    reason: &'static str,
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
            form: Form::Inclusion,
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
            let answer = refused(&app, &visit, &asked, Form::Inclusion, error).await;
            return answer.map_err(IntoResponse::into_response);
        }
    };
    let report = exported.inclusion.unwrap_or_default();
    let layout = visit.layout(visit.language.text("section-inclusion"));
    page(
        StatusCode::OK,
        &view(layout, visit.language, &asked, &report),
    )
    .map_err(IntoResponse::into_response)
}

fn view(
    layout: Layout,
    language: Language,
    asked: &Asked,
    report: &InclusionReport,
) -> InclusionPage {
    let said = |key: &'static str, count: u64| {
        (count > 0).then(|| language.text_with(key, &[("count", count.into())]))
    };
    let place = asked.to_address(|_| ());
    let file = |form: Form, label: &'static str| {
        let href = format!("/exporter/fichier?format={}&{SEEN}=1&{place}", form.code());
        (href, language.text(label))
    };
    let left = report.left.iter().map(|(named, why)| LeftRow {
        href: format!("/fiches/{}", named.record),
        name: if named.name.is_empty() {
            named.record.short()
        } else {
            named.name.clone()
        },
        reason: why.reason(),
    });
    let counts = [
        ("structures", report.structures.into()),
        ("services", report.services.into()),
    ];
    InclusionPage {
        counts: language.text_with("inclusion-counts", &counts),
        score: report.mean_score().map(|score| {
            let percent = format!("{:.0}", score * 100.0);
            language.text_with("inclusion-score", &[("percent", percent.into())])
        }),
        others: said("inclusion-others", report.others),
        notices: said("inclusion-notices", report.notices),
        left_out: said("inclusion-left", report.left_out),
        left: left.collect(),
        files: vec![
            file(Form::Inclusion, "inclusion-workbook"),
            file(Form::InclusionStructures, "inclusion-structures"),
            file(Form::InclusionServices, "inclusion-services"),
        ],
        back: format!("/exporter?{place}"),
        layout,
    }
}

/// Where the page is.
pub(super) const ADDRESS: &str = "/exporter/data-inclusion";
/// Says in an address that the person has seen what stays behind.
pub(super) const SEEN: &str = "vu";
/// Records that a page names; a workbook of data·inclusion and the commands name all.
pub(super) const LEFT_MAX: usize = 50;
