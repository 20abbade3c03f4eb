//! What our organisation has to confirm.

use admin_ui::due::{DueRecord, of_partner, page};
use crdt_schema::label::Day;
use crdt_schema::statement::{Due, DueDays};
use replica::search::Query;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::app::App;
use crate::call::{Outcome, Refusal};
use crate::calls::records;
use crate::clock;

/// See `maillage due`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DueAsk {
    /// The words that records are searched by.
    pub(crate) text: String,
    /// Only this kind.
    pub(crate) kind: Option<String>,
    /// Only what waits so long, by code; everything that waits when empty.
    pub(crate) states: Vec<String>,
    /// Records of a page.
    pub(crate) limit: usize,
    /// Records before the page.
    pub(crate) offset: usize,
}

/// Lists the records that our organisation keeps, those that wait for the longest time first.
pub(crate) fn due(app: &App, ask: &DueAsk) -> Outcome {
    let partner = app.replica.partner().ok_or_else(|| {
        let message = "this node signs for no organisation: `maillage renew` or `maillage join` give it a key";
        Refusal::new("read_only", message)
    })?;
    let today = Day::of(clock::now()).ok_or_else(|| {
        Refusal::new("clock", "the clock of this machine is outside the calendar")
    })?;
    let is_complete = app.replica.wait_for_views(records::VIEWS_DEADLINE);
    let query = Query {
        text: ask.text.clone(),
        kind: ask.kind.clone(),
        due: ask
            .states
            .iter()
            .filter_map(|code| Due::parse(code))
            .collect(),
        today: Some(today),
        size: ask.limit,
        offset: ask.offset,
        ..Query::default()
    };
    let found = page(
        &app.replica,
        &app.replica.read()?,
        &of_partner(query, &partner),
        today,
    )?;
    let counts = found.counts.iter();
    let counts: Map<String, Json> = counts
        .map(|(due, count)| (due.code().to_owned(), json!(count)))
        .collect();
    // Of one kind, nothing is said of others.
    let others = found.dates.others().iter().filter(|_| ask.kind.is_none());
    let after = ask.kind.as_deref().map(|kind| found.dates.days(kind));
    let after_by_kind: Map<String, Json> = others
        .map(|(kind, days)| ((*kind).to_owned(), days_json(*days)))
        .collect();
    Ok(json!({
        "partner_id": partner.to_string(),
        "today": today.to_string(),
        "total": found.total,
        "counts": counts,
        "after": days_json(after.unwrap_or_default()),
        "after_by_kind": after_by_kind,
        "records": found.records.iter().map(to_json).collect::<Vec<_>>(),
        "complete": is_complete,
    }))
}

/// After how many days a section should, and must be looked at again.
fn days_json(days: DueDays) -> Json {
    json!({ "advised": days.advised(), "required": days.required() })
}

fn to_json(record: &DueRecord) -> Json {
    let sections = record.sections.iter();
    let sections: Map<String, Json> = sections
        .map(|(section, day)| ((*section).to_owned(), json!(day.map(|day| day.to_string()))))
        .collect();
    json!({
        "record": record.record.to_string(),
        "kind": record.kind,
        "name": record.name,
        "due": record.due.code(),
        "sections": sections,
    })
}
