//! Signalements: the records that partners report, what each says is wrong, and the way to the record that waits for an answer.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::statement::ReportReason;
use replica::search::Error;
use replica::{Reader, Replica, State as Held};

use super::{author, words};
use crate::app::App;
use crate::error::{PageError, page};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::asked::{Asked, ROWS_PER_PAGE};
use crate::pages::{census, is_writer};
use crate::parts::Pagination;
use crate::reports::{self, ReportedRecord, Which};
use crate::visit::{PersonVisit, Visit};
use crate::wording;

const PLACE: &str = "/signalements";
/// How an address names a reason.
const REASON: &str = "motif";
/// How an address says which reports are meant.
const WHICH: &str = "etat";

#[derive(Template)]
#[template(path = "statements/reports.html")]
struct Reports {
    layout: Layout,
    which: Vec<Choice>,
    reasons: Vec<Choice>,
    found: String,
    none: String,
    rows: Vec<Row>,
    pagination: Pagination,
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
    reports: Vec<Said>,
}

struct Said {
    reason: String,
    why: String,
    by: String,
    day: String,
    badge: &'static str,
    answers: Vec<String>,
    /// Where it is answered, for those who may settle it.
    answer: Option<String>,
}

/// What an address asks for.
#[derive(Clone, Copy)]
struct Wanted {
    language: Language,
    which: Which,
    reason: Option<ReportReason>,
    number: usize,
    is_writer: bool,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route(PLACE, get(list))
}

async fn list(
    State(app): State<App>,
    PersonVisit { visit, person }: PersonVisit,
    RawQuery(query): RawQuery,
) -> Result<Response, Response> {
    let query = query.unwrap_or_default();
    let number = Asked::value(&query, "page").and_then(|page| page.parse::<usize>().ok());
    let which = Asked::value(&query, WHICH).and_then(|code| Which::parse(&code));
    let which = which.unwrap_or(Which::Open);
    let reason = Asked::value(&query, REASON).and_then(|code| ReportReason::parse(&code));
    let wanted = Wanted {
        language: visit.language,
        which,
        reason: reason.filter(|_| which != Which::Ours),
        number: number.unwrap_or(1),
        is_writer: is_writer(person.account.role),
    };
    let shown = render(&app, &visit, wanted).await;
    shown.map_err(IntoResponse::into_response)
}

fn address(which: Which, reason: Option<ReportReason>) -> String {
    let which = (which != Which::Open).then(|| format!("{WHICH}={}", which.code()));
    let reason = reason.map(|reason| format!("{REASON}={}", reason.code()));
    let asked: Vec<String> = which.into_iter().chain(reason).collect();
    match asked.is_empty() {
        true => PLACE.to_owned(),
        false => format!("{PLACE}?{}", asked.join("&")),
    }
}

async fn render(app: &App, visit: &Visit, wanted: Wanted) -> Result<Response, PageError> {
    let (language, which) = (visit.language, wanted.which);
    let read = app.read(
        move |replica, reader| match found(wanted, (replica, reader)) {
            Ok(found) => Ok(Some(found)),
            // A page that no list has.
            Err(Error::Refused(_)) => Ok(None),
            Err(Error::Fault(fault)) => Err(fault.into()),
        },
    );
    let found = read.await?.ok_or(PageError::NotFound)?;
    let chosen = Which::ALL.into_iter().zip(found.of_each);
    let chosen = chosen.map(|(of, count)| Choice {
        label: language.text(match of {
            Which::Open => "reports-open",
            Which::Ours => "reports-ours",
            Which::Settled => "reports-settled",
        }),
        href: address(of, None),
        count: language.number(count),
        is_chosen: of == which,
    });
    let choices = std::iter::once(None).chain(ReportReason::ALL.map(Some));
    let choices = choices.zip(found.of_reason).map(|(of, count)| Choice {
        label: match of {
            Some(reason) => words::reason(language, reason),
            None => language.text("reports-all"),
        },
        href: address(which, of),
        count: language.number(count),
        is_chosen: of == wanted.reason,
    });
    let here = address(which, wanted.reason);
    let between = if here.contains('?') { '&' } else { '?' };
    let base = format!("{here}{between}");
    let count = usize::try_from(found.total).unwrap_or(usize::MAX);
    let key = match which {
        Which::Open => "reports-found",
        Which::Ours => "reports-found-ours",
        Which::Settled => "reports-found-settled",
    };
    let view = Reports {
        layout: visit.layout(language.text("reports-heading")),
        which: chosen.collect(),
        reasons: choices.collect(),
        found: language.text_with(key, &[("count", found.total.into())]),
        none: language.text(match (which, wanted.reason) {
            (Which::Open, None) => "reports-none",
            (_, Some(_)) => "reports-none-of-reason",
            (Which::Ours, None) => "reports-none-ours",
            (Which::Settled, None) => "reports-none-settled",
        }),
        rows: found.rows,
        pagination: Pagination::new(language, &base, Some(wanted.number), count, ROWS_PER_PAGE),
    };
    page(StatusCode::OK, &view)
}

struct Found {
    /// Records of the list.
    total: u64,
    /// Records with open, settled and own reports.
    of_each: Vec<u64>,
    /// Records for any reason and for each; empty where reasons are not offered.
    of_reason: Vec<u64>,
    rows: Vec<Row>,
}

fn found(wanted: Wanted, (replica, reader): (&Replica, &Reader)) -> Result<Found, Error> {
    let counted = Which::ALL.map(|which| reports::count(replica, which, None));
    let of_each = counted.into_iter().collect::<Result<Vec<u64>, Error>>()?;
    let mut of_reason = Vec::new();
    if wanted.which != Which::Ours {
        for reason in std::iter::once(None).chain(ReportReason::ALL.map(Some)) {
            of_reason.push(reports::count(replica, wanted.which, reason)?);
        }
    }
    let total = reports::count(replica, wanted.which, wanted.reason)?;
    // A page that the list does not have becomes the nearest one.
    let pages = usize::try_from(total)
        .unwrap_or(usize::MAX)
        .div_ceil(ROWS_PER_PAGE);
    let offset = (wanted.number.clamp(1, pages.max(1)) - 1) * ROWS_PER_PAGE;
    let asked = (wanted.which, wanted.reason);
    let records = reports::list((replica, reader), asked, ROWS_PER_PAGE, offset)?;
    // Asked before the state is held, which it takes too.
    let may_settle: Vec<Vec<bool>> = records
        .iter()
        .map(|of| {
            let reports = of.reports.iter();
            let may = |held| wanted.is_writer && replica.may_settle(&of.view, held);
            reports.map(|each| may(&each.held)).collect()
        })
        .collect();
    let state = replica.state();
    let rows = records.iter().zip(may_settle);
    let rows = rows.map(|(of, may_settle)| row(wanted.language, &state, of, &may_settle));
    Ok(Found {
        total,
        of_each,
        of_reason,
        rows: rows.collect(),
    })
}

fn row(language: Language, state: &Held, of: &ReportedRecord, may_settle: &[bool]) -> Row {
    let href = format!("/fiches/{}", of.view.record);
    let reports = of.reports.iter().zip(may_settle);
    let reports = reports.map(|(each, may_settle)| {
        let answers = each.answers.iter();
        let answer = format!("{href}/signalements/{}", each.held.id);
        Said {
            reason: words::reason(language, each.report.reason()),
            why: each.report.why().to_owned(),
            by: author(state, &each.held),
            day: language.moment(each.held.claimed),
            badge: if each.is_open() {
                "badge-warning"
            } else {
                "badge-success"
            },
            answers: answers
                .map(|answered| words::answered(language, &author(state, &answered.held), answered))
                .collect(),
            answer: may_settle.then_some(answer),
        }
    });
    Row {
        name: census::name(language, &of.view),
        kind: wording::kind_label(language, of.view.kind()),
        reports: reports.collect(),
        href,
    }
}
