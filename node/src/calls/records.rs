//! Reading records: as they stand, with who wrote each value, and edit by edit.

use std::collections::BTreeMap;
use std::time::Duration;

use crdt_schema::edit::{Field, Operation, State, Value};
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::label::{Day, Standing};
use crdt_schema::statement::Due;
use crdt_schema::view::RecordView;
use exchange::export::linked;
use replica::search::{Query, Sort, Withdrawn};
use replica::{EditInfo, Reader};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::app::App;
use crate::call::{Outcome, Refusal};
use crate::calls::documents::documents_json;
use crate::calls::{labels, rows};
use crate::clock;

/// How long is waited for records that came just now. An index that takes longer is filled by a node that runs, or by `reindex`.
pub(super) const VIEWS_DEADLINE: Duration = Duration::from_secs(5);
/// Shortest start of an id that is looked for: fewer digits would match by chance.
const START_DIGITS_MIN: usize = 6;

pub(crate) fn record_show(app: &App, record: &str) -> Outcome {
    let reader = app.replica.read()?;
    let record = find(&reader, record)?;
    let view = reader
        .record(&record)?
        .ok_or_else(|| not_found(&record.to_string()))?;
    let authors = Authors::of(app, reader.edits(&record)?);
    let mut fields = Map::new();
    for (name, field) in view.fields() {
        let mut shown = field_json(field, &authors);
        if let Some(of) = rows::rows_of(Some(view.kind()), name) {
            shown["rows"] = rows::rows_json(&reader, of, field)?;
        }
        fields.insert(name.clone(), shown);
    }
    let mut labels = labels::in_short(app, &reader, [record])?;
    let (kind, territory) = view.birth.clone().unzip();
    let mut replaced = Map::new();
    for linked in linked(&view) {
        let place = reader.standing(&linked)?;
        // What was merged into this very record leads nowhere else.
        if place != linked && place != record {
            replaced.insert(linked.to_string(), json!(place.to_string()));
        }
    }
    Ok(json!({
        "record": record.to_string(),
        "kind": kind,
        "territory": territory,
        "withdrawn": view.is_withdrawn(),
        "replaced_by": view.replaced_by().map(|record| record.to_string()),
        "heads": view.heads.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "conflicts": view.conflicts(),
        "fields": fields,
        "links_replaced": replaced,
        "documents": documents_json(app, &view),
        "labels": labels.remove(&record).unwrap_or_else(|| json!([])),
    }))
}

pub(crate) fn record_history(app: &App, record: &str) -> Outcome {
    let reader = app.replica.read()?;
    let record = find(&reader, record)?;
    let mut edits = reader.edits(&record)?;
    // By claimed time: the order of a history is for reading. What merges is decided by what each edit stands on.
    edits.sort_by_key(|edit| (edit.claimed, edit.id));
    let authors = Authors::of(app, edits.clone());
    let view = reader.record(&record)?;
    let kind = view.as_ref().map(RecordView::kind);
    let mut shown: Vec<Json> = edits.iter().map(|edit| edit_json(edit, &authors)).collect();
    let operations = shown.iter_mut();
    let operations = operations.filter_map(|edit| edit["operations"].as_array_mut());
    for operation in operations.flatten() {
        let (field, term) = (&operation["field"], &operation["term"]);
        let of = field.as_str().and_then(|field| rows::rows_of(kind, field));
        if let (Some(of), Some(term)) = (of, term.as_str()) {
            operation["says"] = json!(rows::said(&reader, of, term)?);
        }
    }
    Ok(json!({ "record": record.to_string(), "edits": shown }))
}

/// What records are searched by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Question {
    /// The words.
    pub(crate) text: String,
    /// Only records with these terms: facet and term; `due`, `label` and `label_state` are three of them.
    pub(crate) facets: Vec<(String, String)>,
    /// Only withdrawn records, instead of all others.
    #[serde(default)]
    pub(crate) withdrawn: bool,
}

/// See `maillage search`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Search {
    /// What is searched for.
    pub(crate) question: Question,
    /// Only this kind.
    pub(crate) kind: Option<String>,
    /// The order, by its code.
    #[serde(default)]
    pub(crate) sort: Option<String>,
    /// Hits of a page.
    pub(crate) limit: usize,
    /// Hits before the page.
    pub(crate) offset: usize,
}

impl Question {
    /// Whether it asks for everything.
    pub(crate) fn is_plain(&self) -> bool {
        self.text.trim().is_empty() && self.facets.is_empty() && !self.withdrawn
    }

    /// Returns what the index is asked, judged on this day.
    pub(super) fn to_query(&self) -> Result<Query, Refusal> {
        let mut query = Query {
            text: self.text.clone(),
            today: Day::of(clock::now()),
            withdrawn: match self.withdrawn {
                true => Withdrawn::Only,
                false => Withdrawn::LeftOut,
            },
            ..Query::default()
        };
        for (facet, term) in &self.facets {
            match facet.as_str() {
                "due" => {
                    let due = Due::parse(term).ok_or_else(|| {
                        let message = format!(
                            "\"{term}\" says not how long a record waits: write never, required, advised or up_to_date"
                        );
                        Refusal::new("due_unknown", message)
                    })?;
                    query.due.insert(due);
                }
                "label" => drop(query.labels.insert(term.clone())),
                "label_state" => {
                    let standing = Standing::parse(term).ok_or_else(|| {
                        let words = Standing::ALL.map(Standing::word).join(", ");
                        let message =
                            format!("\"{term}\" says not how a label stands: write one of {words}");
                        Refusal::new("label_state_unknown", message)
                    })?;
                    query.standings.insert(standing);
                }
                _ => drop(
                    query
                        .facets
                        .entry(facet.clone())
                        .or_default()
                        .insert(term.clone()),
                ),
            }
        }
        Ok(query)
    }
}

pub(crate) fn search(app: &App, search: &Search) -> Outcome {
    let sort = match search.sort.as_deref() {
        Some("confirmed") => Sort::Confirmed,
        Some("name") => Sort::Name,
        Some("newest") => Sort::Newest,
        _ => Sort::Relevance,
    };
    let query = Query {
        kind: search.kind.clone(),
        sort,
        size: search.limit,
        offset: search.offset,
        ..search.question.to_query()?
    };
    let is_complete = app.replica.wait_for_views(VIEWS_DEADLINE);
    let answer = app.replica.search(&query)?;
    let reader = app.replica.read()?;
    let records = answer.hits.iter().map(|hit| hit.record);
    let mut labels = labels::in_short(app, &reader, records)?;
    let mut hits = Vec::new();
    for hit in &answer.hits {
        let Some(view) = reader.record(&hit.record)? else {
            continue;
        };
        hits.push(json!({
            "record": hit.record.to_string(),
            "kind": view.kind(),
            "name": name_of(view.fields()),
            "commune": view.field("commune_name").and_then(Field::winner).map(|written| value_json(&written.value)),
            "labels": labels.remove(&hit.record).unwrap_or_else(|| json!([])),
        }));
    }
    let facets: Map<String, Json> = answer
        .facets
        .iter()
        .map(|(facet, counts)| {
            let counts = counts
                .iter()
                .map(|each| json!({ "value": each.value, "count": each.count }));
            (facet.clone(), counts.collect())
        })
        .collect();
    Ok(
        json!({ "total": answer.total, "withdrawn": answer.withdrawn, "complete": is_complete, "hits": hits, "facets": facets }),
    )
}

impl From<replica::search::Error> for Refusal {
    fn from(error: replica::search::Error) -> Self {
        Refusal::new(error.code(), error.to_string())
    }
}

/// Who wrote each edit of a record, in words.
struct Authors {
    names: BTreeMap<ItemId, Json>,
}

impl Authors {
    fn of(app: &App, edits: Vec<EditInfo>) -> Self {
        let state = app.replica.state();
        let names = edits.into_iter().map(|edit| {
            let partner = edit.partner.map(|partner| state.partner_name(&partner));
            let author = json!({
                "partner": partner,
                "partner_id": edit.partner.map(|partner| partner.to_string()),
                "entry": edit.entry.to_string(),
                "claimed": edit.claimed.to_string(),
            });
            (edit.id, author)
        });
        Self {
            names: names.collect(),
        }
    }

    fn json(&self, edit: &ItemId) -> Json {
        self.names.get(edit).cloned().unwrap_or(Json::Null)
    }
}

fn field_json(field: &Field, authors: &Authors) -> Json {
    let mut parts = Map::new();
    if !field.values.is_empty() {
        let values = field.values.iter().map(|written| {
            json!({ "value": value_json(&written.value), "type": written.value.type_name(), "edit": written.edit.to_string(), "by": authors.json(&written.edit) })
        });
        parts.insert("values".to_owned(), values.collect());
    }
    if !field.terms.is_empty() {
        let terms = field.terms.iter().map(|(term, writers)| {
            json!({ "term": term, "by": writers.iter().map(|writer| authors.json(&writer.edit)).collect::<Vec<_>>() })
        });
        parts.insert("terms".to_owned(), terms.collect());
    }
    if let Some(text) = &field.text {
        parts.insert("text".to_owned(), json!(text));
    }
    Json::Object(parts)
}

fn edit_json(edit: &EditInfo, authors: &Authors) -> Json {
    let (state, reason) = match edit.state {
        State::Live => ("live", None),
        State::Erased => ("erased", None),
        State::Void => ("void", None),
        State::Invalid(reason) => ("invalid", Some(reason.to_string())),
        State::Pending(reason) => ("pending", Some(reason.to_string())),
    };
    let operations = match &edit.operations {
        Some(Ok(operations)) => operations.iter().map(operation_json).collect(),
        _ => Vec::new(),
    };
    json!({
        "edit": edit.id.to_string(),
        "feed": edit.feed.to_string(),
        "sequence": edit.sequence,
        "by": authors.json(&edit.id),
        "creation": edit.is_creation,
        "base": edit.base.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "state": state,
        "reason": reason,
        "operations": operations,
    })
}

fn operation_json(operation: &Operation) -> Json {
    match operation {
        Operation::Put { field, value } => {
            json!({ "op": "put", "field": field, "type": value.type_name(), "value": value_json(value) })
        }
        Operation::Clear { field } => json!({ "op": "clear", "field": field }),
        Operation::Add { field, term } => json!({ "op": "add", "field": field, "term": term }),
        Operation::Remove { field, term } => {
            json!({ "op": "remove", "field": field, "term": term })
        }
        Operation::Splice {
            field,
            position,
            deleted,
            inserted,
        } => {
            json!({ "op": "splice", "field": field, "position": position, "deleted": deleted, "inserted": inserted })
        }
    }
}

pub(crate) fn value_json(value: &Value) -> Json {
    match value {
        Value::Text(text) | Value::Date(text) | Value::Term(text) => json!(text),
        Value::Integer(number) | Value::Instant(number) => json!(number),
        Value::Decimal { mantissa, scale } => json!({ "mantissa": mantissa, "scale": scale }),
        Value::Boolean(value) => json!(value),
        Value::Point {
            latitude_e7,
            longitude_e7,
        } => {
            json!({ "latitude_e7": latitude_e7, "longitude_e7": longitude_e7 })
        }
        Value::Record(record) => json!(record.to_string()),
    }
}

pub(crate) fn name_of(fields: &BTreeMap<String, Field>) -> String {
    match fields
        .get("name")
        .and_then(Field::winner)
        .map(|written| &written.value)
    {
        Some(Value::Text(name)) => name.clone(),
        _ => String::new(),
    }
}

/// Finds a record by its whole id, or by the start of it when only one record starts so.
pub(crate) fn find(reader: &Reader, text: &str) -> Result<RecordId, Refusal> {
    if let Ok(record) = RecordId::parse(text) {
        return Ok(record);
    }
    if text.len() < START_DIGITS_MIN {
        let message = format!(
            "a record is named by at least {START_DIGITS_MIN} digits of its id: find it with `maillage search`"
        );
        return Err(Refusal::new("record_ambiguous", message));
    }
    let found = reader.records_that_start_with(text)?;
    match found.as_slice() {
        [record] => Ok(*record),
        [] => Err(not_found(text)),
        _ => Err(Refusal::new(
            "record_ambiguous",
            format!("several records start with {text}: give more digits"),
        )),
    }
}

pub(super) fn not_found(text: &str) -> Refusal {
    Refusal::new(
        "record_not_found",
        format!("no record {text} is held here: find it with `maillage search`"),
    )
}
