//! Reports by command: those that wait, those that were settled, our own; and our answer to one.

use admin_ui::reports::{self, Which};
use crdt_schema::id::{EntryId, ItemId, RecordId};
use crdt_schema::statement::{Answer, Outcome, ReportReason};
use crdt_schema::view::RecordView;
use replica::{HeldStatement, Reader, Reported, State};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{Outcome as Answered, Refusal};
use crate::calls::records::{VIEWS_DEADLINE, name_of};
use crate::calls::statements::{not_stated, unknown};

/// Records that are listed at once.
const LISTED_MAX: usize = 200;

/// Lists records with their reports.
pub(crate) fn reports(app: &App, which: &str, reason: Option<&str>) -> Answered {
    let which =
        Which::parse(which).ok_or_else(|| unknown("list", which, &Which::ALL.map(Which::code)))?;
    let reason = reason.map(|code| {
        ReportReason::parse(code)
            .ok_or_else(|| unknown("reason", code, &ReportReason::ALL.map(ReportReason::code)))
    });
    let reason = reason.transpose()?;
    let is_complete = app.replica.wait_for_views(VIEWS_DEADLINE);
    let reader = app.replica.read()?;
    let listed = reports::list((&app.replica, &reader), (which, reason), LISTED_MAX, 0)?;
    let total = reports::count(&app.replica, which, reason)?;
    let state = app.replica.state();
    let records = listed.iter().map(|of| {
        let reports = of.reports.iter().map(|each| to_json(&state, each));
        json!({
            "record": of.view.record.to_string(),
            "kind": of.view.kind(),
            "name": name_of(of.view.fields()),
            "reports": reports.collect::<Vec<_>>(),
        })
    });
    Ok(json!({
        "total": total,
        "is_complete": is_complete,
        "records": records.collect::<Vec<_>>(),
    }))
}

fn to_json(state: &State, reported: &Reported) -> Json {
    let said = |held: &HeldStatement| {
        json!({
            "partner": held.partner.map(|partner| state.partner_name(&partner)),
            "partner_id": held.partner.map(|partner| partner.to_string()),
            "claimed": held.claimed.to_string(),
            "entry": held.entry.to_string(),
        })
    };
    let answers = reported.answers.iter().map(|answered| {
        let mut answer = said(&answered.held);
        answer["outcome"] = answered.answer.outcome().code().into();
        answer["why"] = answered.answer.why().into();
        answer["settles"] = answered.settles.into();
        answer
    });
    let mut report = said(&reported.held);
    report["item"] = reported.held.id.to_string().into();
    report["reason"] = reported.report.reason().code().into();
    report["why"] = reported.report.why().into();
    report["open"] = reported.is_open().into();
    report["answers"] = answers.collect::<Vec<_>>().into();
    report
}

/// Signs our answer to a report, or takes it back.
pub(super) fn answer(
    app: &App,
    (reader, record, view): (&Reader, RecordId, &RecordView),
    report: Option<&str>,
    outcome: Option<&str>,
    why: &str,
) -> Result<EntryId, Refusal> {
    let report = report_of(app, reader, view, report, outcome.is_none())?;
    let answer = outcome.map(|code| {
        let outcome = Outcome::parse(code)
            .ok_or_else(|| unknown("outcome", code, &Outcome::ALL.map(Outcome::code)))?;
        Answer::new(outcome, why.trim()).map_err(not_stated)
    });
    let signed = app
        .replica
        .answer_report(record, report, answer.transpose()?);
    signed.map_err(|error| Refusal::new(error.code(), error.to_string()))
}

/// The report that is meant: the one that is named, or the only one that can be.
fn report_of(
    app: &App,
    reader: &Reader,
    view: &RecordView,
    named: Option<&str>,
    is_taken_back: bool,
) -> Result<ItemId, Refusal> {
    let mut reports = reader.reports(view)?;
    let feed = app.replica.feed();
    reports.retain(|each| match named {
        Some(start) => each.held.id.to_string().starts_with(start),
        None if is_taken_back => {
            let mut answers = each.answers.iter();
            answers.any(|answered| Some(answered.held.feed) == feed)
        }
        None => each.is_open(),
    });
    match (reports.as_slice(), named) {
        ([report], _) => Ok(report.held.id),
        ([], Some(start)) => Err(Refusal::new(
            "report_not_found",
            format!(
                "no report of this record begins with {start}: `maillage statement reports` lists them"
            ),
        )),
        ([], None) => Err(Refusal::new(
            "report_not_found",
            "no report of this record is meant: `maillage statement reports --which ours|open|settled` lists them",
        )),
        (several, _) => {
            let ids = several.iter().map(|each| each.held.id.to_string());
            let ids: Vec<String> = ids.collect();
            let message = format!(
                "several reports are meant: name one with --report: {}",
                ids.join(", ")
            );
            Err(Refusal::new("report_ambiguous", message))
        }
    }
}
