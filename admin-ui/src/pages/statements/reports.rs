//! Signalements: the records that partners report, what each says is wrong, and the way to the record that waits for an answer.

use std::collections::BTreeSet;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::statement::ReportReason;
use replica::search::{Error, Query, Sort};
use replica::{REPORTED, Reader, Replica};

use super::{author, words};
use crate::app::App;
use crate::error::{PageError, page};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::asked::{Asked, ROWS_PER_PAGE};
use crate::pages::census;
use crate::parts::Pagination;
use crate::visit::{PersonVisit, Visit};
use crate::wording;

const PLACE: &str = "/signalements";
/// How an address names a reason.
const REASON: &str = "motif";

#[derive(Template)]
#[template(path = "statements/reports.html")]
struct Reports {
    layout: Layout,
    reasons: Vec<Choice>,
    found: String,
    rows: Vec<Row>,
    pagination: Pagination,
    is_filtered: bool,
}

struct Choice {
    label: String,
    href: String,
    count: String,
    is_chosen: bool,
}

struct Row {
    href: String,
    name: String,
    kind: String,
    reports: Vec<Reported>,
}

struct Reported {
    reason: String,
    why: String,
    by: String,
    day: String,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route(PLACE, get(list))
}

async fn list(
    State(app): State<App>,
    PersonVisit { visit, .. }: PersonVisit,
    RawQuery(query): RawQuery,
) -> Result<Response, Response> {
    let shown = render(&app, &visit, &query.unwrap_or_default()).await;
    shown.map_err(IntoResponse::into_response)
}

async fn render(app: &App, visit: &Visit, query: &str) -> Result<Response, PageError> {
    let language = visit.language;
    let reason = Asked::value(query, REASON).and_then(|code| ReportReason::parse(&code));
    let number = Asked::value(query, "page").and_then(|page| page.parse::<usize>().ok());
    let read = app.read(move |replica, reader| {
        match found(language, (replica, reader), reason, number.unwrap_or(1)) {
            Ok(found) => Ok(Some(found)),
            // A page that no list has.
            Err(Error::Refused(_)) => Ok(None),
            Err(Error::Fault(fault)) => Err(fault.into()),
        }
    });
    let (total, counts, rows) = read.await?.ok_or(PageError::NotFound)?;
    let address = |reason: Option<ReportReason>| match reason {
        Some(reason) => format!("{PLACE}?{REASON}={}", reason.code()),
        None => PLACE.to_owned(),
    };
    let choices = std::iter::once(None).chain(ReportReason::ALL.map(Some));
    let choices = choices.zip(counts).map(|(of, count)| Choice {
        label: match of {
            Some(reason) => words::reason(language, reason),
            None => language.text("reports-all"),
        },
        href: address(of),
        count: language.number(count),
        is_chosen: of == reason,
    });
    let between = if reason.is_some() { '&' } else { '?' };
    let base = format!("{}{between}", address(reason));
    let count = usize::try_from(total).unwrap_or(usize::MAX);
    let view = Reports {
        layout: visit.layout(language.text("reports-heading")),
        reasons: choices.collect(),
        found: language.text_with("reports-found", &[("count", total.into())]),
        rows,
        pagination: Pagination::new(language, &base, number, count, ROWS_PER_PAGE),
        is_filtered: reason.is_some(),
    };
    page(StatusCode::OK, &view)
}

/// How many records are reported for the reason, how many for any and for each of them, and one page.
type Found = (u64, Vec<u64>, Vec<Row>);

fn found(
    language: Language,
    (replica, reader): (&Replica, &Reader),
    reason: Option<ReportReason>,
    number: usize,
) -> Result<Found, Error> {
    let of = |reasons: &[ReportReason], number: usize| Query {
        facets: [(
            REPORTED.to_owned(),
            reasons
                .iter()
                .map(|reason| reason.code().to_owned())
                .collect::<BTreeSet<_>>(),
        )]
        .into(),
        sort: Sort::Newest,
        size: ROWS_PER_PAGE,
        offset: (number - 1) * ROWS_PER_PAGE,
        ..Query::default()
    };
    let mut counts = vec![replica.count(&of(&ReportReason::ALL, 1))?];
    for each in ReportReason::ALL {
        counts.push(replica.count(&of(&[each], 1))?);
    }
    let reasons = reason.map_or_else(|| ReportReason::ALL.to_vec(), |reason| vec![reason]);
    let count = usize::try_from(replica.count(&of(&reasons, 1))?).unwrap_or(usize::MAX);
    // A page that the list does not have becomes the nearest one.
    let number = number.clamp(1, count.div_ceil(ROWS_PER_PAGE).max(1));
    let answer = replica.search(&of(&reasons, number))?;
    // All is read before the state is held: readers take it too.
    let mut found = Vec::new();
    for hit in &answer.hits {
        if let Some(view) = reader.record(&hit.record)? {
            found.push((view, reader.statements_with(&hit.record, REPORTED)?));
        }
    }
    let state = replica.state();
    let rows = found.iter().map(|(view, held)| {
        let reports = held.iter().filter_map(|held| {
            let report = held.report()?;
            Some(Reported {
                reason: words::reason(language, report.reason()),
                why: report.why().to_owned(),
                by: author(&state, held),
                day: language.moment(held.claimed),
            })
        });
        Row {
            href: format!("/fiches/{}", view.record),
            name: census::name(language, view),
            kind: wording::kind_label(language, view.kind()),
            reports: reports.collect(),
        }
    });
    Ok((answer.total, counts, rows.collect()))
}
