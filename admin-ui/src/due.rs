//! What an organisation has to confirm: the records that it keeps, by how long they wait, for the page and for the command; and the
//! confirmation of several at once.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::id::{PartnerId, RecordId};
use crdt_schema::label::Day;
use crdt_schema::statement::{Due, DueDates, Freshness};
use crdt_schema::view::RecordView;
use replica::search::{Error, Query, Sort};
use replica::{Fault, KEEPER, Reader, Replica, StateError};

use crate::files::text_of;

/// What waits, and is listed where nobody says otherwise.
pub const WAITING: [Due; 3] = [Due::Never, Due::Required, Due::Advised];

/// A record of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRecord {
    /// The record.
    pub record: RecordId,
    /// Its kind, by its code.
    pub kind: String,
    /// Its name; empty where it has none.
    pub name: String,
    /// Where it is, in words; empty where nobody says so.
    pub place: String,
    /// How long the section waits that waits for the longest time.
    pub due: Due,
    /// The sections that wait, with the day on which each was last confirmed.
    pub sections: BTreeMap<&'static str, Option<Day>>,
}

/// Some of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DuePage {
    /// How many records there are.
    pub total: u64,
    /// Those of the page, those that wait for the longest time first.
    pub records: Vec<DueRecord>,
    /// How many wait how long, whatever of that is asked for.
    pub counts: BTreeMap<Due, u64>,
    /// After how many days each kind is to be looked at again.
    pub dates: DueDates,
    /// The number of the last change that the page can show.
    pub seen: u64,
}

/// What was confirmed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Confirmation {
    /// The records, with the sections that are stated to be right.
    pub confirmed: BTreeMap<RecordId, BTreeSet<String>>,
    /// The records that read differently since they were looked at: nobody has seen what would be confirmed.
    pub changed: BTreeSet<RecordId>,
    /// The records that are not held, or hold nothing to confirm.
    pub empty: BTreeSet<RecordId>,
}

/// Narrows a query to what a partner keeps and has to confirm; the query's own choice of what is due stands. Where it asks for what others
/// keep, nothing is left.
pub fn of_partner(query: Query, partner: &PartnerId) -> Query {
    let mut query = query;
    if query.due.is_empty() {
        query.due = WAITING.into();
    }
    let keeper = partner.to_string();
    let others = query.facets.get(KEEPER);
    if others.is_some_and(|asked| !asked.is_empty() && !asked.contains(&keeper)) {
        query.among = Some(BTreeSet::new());
    }
    query.facets.insert(KEEPER.to_owned(), [keeper].into());
    Query {
        sort: Sort::Confirmed,
        ..query
    }
}

/// Reads a page of the list. The order and what is listed are the index's; how long each section waits is read from the statements.
pub fn page(
    replica: &Replica,
    reader: &Reader,
    query: &Query,
    today: Day,
) -> Result<DuePage, Error> {
    let dates = replica.state().governance().words().due_dates();
    // Before the search: what comes in between was not shown.
    let seen = replica.searched_change();
    let answer = replica.search(query)?;
    let mut records = Vec::new();
    for hit in &answer.hits {
        if let Some(view) = reader.record(&hit.record)? {
            let freshness = reader.freshness(&view, Some(today))?;
            records.extend(due_record(&view, &freshness, &dates, today));
        }
    }
    Ok(DuePage {
        total: answer.total,
        records,
        counts: replica.count_due(query)?,
        dates,
        seen,
    })
}

fn due_record(
    view: &RecordView,
    freshness: &Freshness,
    dates: &DueDates,
    today: Day,
) -> Option<DueRecord> {
    let after = dates.days(view.kind());
    let sections = freshness.sections().iter();
    let waiting = sections.filter(|(_, day)| after.judge(**day, today) != Due::UpToDate);
    Some(DueRecord {
        record: view.record,
        kind: view.kind().to_owned(),
        name: text_of(view, "name"),
        place: text_of(view, "commune_name"),
        due: freshness.due(after, today)?,
        sections: waiting.map(|(section, day)| (*section, *day)).collect(),
    })
}

/// Says what the confirmation of records would state that a person saw when `seen` was the last change: all of their sections that hold
/// something, or those of them that were asked for.
pub fn prepare(
    reader: &Reader,
    records: &BTreeSet<RecordId>,
    seen: u64,
    asked: &BTreeSet<String>,
) -> Result<Confirmation, Fault> {
    let mut prepared = Confirmation::default();
    for record in records {
        let view = reader.record(record)?;
        let filled = view.as_ref().map(crdt_schema::statement::filled_sections);
        let sections = filled.unwrap_or_default().into_iter();
        let sections: BTreeSet<String> = sections
            .filter(|section| asked.is_empty() || asked.contains(*section))
            .map(str::to_owned)
            .collect();
        if reader.last_change(record)? > seen {
            prepared.changed.insert(*record);
        } else if sections.is_empty() {
            prepared.empty.insert(*record);
        } else {
            prepared.confirmed.insert(*record, sections);
        }
    }
    Ok(prepared)
}

/// Signs the confirmation of records, those left out that read differently since a person saw them.
pub fn confirm(
    replica: &Replica,
    records: &BTreeSet<RecordId>,
    seen: u64,
    (asked, today): (&BTreeSet<String>, Day),
) -> Result<Confirmation, StateError> {
    let prepared = prepare(&replica.read()?, records, seen, asked)?;
    if !prepared.confirmed.is_empty() {
        replica.verify_many(&prepared.confirmed, today)?;
    }
    Ok(prepared)
}
