//! The labels of the oracle's worlds: votes, last days and states must be the same, and so must what "changed" means.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crdt_schema::edit::{Field, HeldEdit, History, Value as EditValue};
use crdt_schema::entry::Frame;
use crdt_schema::governance::{Contributions, Governance, Holdings, SchemeId, State as ItemState};
use crdt_schema::id::RecordId;
use crdt_schema::label::{Day, Labels, Projection, State};
use crdt_schema::view::RecordView;
use serde_json::{Value, json};

use crate::drawn;
use crate::names::digest;
use crate::world::World;

fn oracle() -> Option<PathBuf> {
    let found = ["../../shared/oracle", "../../../shared/oracle"]
        .map(|place| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(place))
        .into_iter()
        .find(|folder| folder.is_dir());
    if found.is_none() {
        println!("the oracle is not beside this repository: nothing is compared");
    }
    found
}

#[test]
fn the_labels_of_the_stored_worlds_are_the_oracle_s() {
    let Some(folder) = oracle() else { return };
    let read = |name: String| -> Value {
        let text = std::fs::read_to_string(folder.join("worlds").join(name)).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let mut states = BTreeSet::new();
    for number in 1..=60 {
        let world = read(format!("{number:03}.json"));
        let verdict = read(format!("{number:03}.verdict.json"));
        let ours = labels(world);
        states.extend(ours.iter().map(|label| label["state"].to_string()));
        assert_eq!(json!(ours), verdict["labels"], "world {number:03}");
    }
    assert_eq!(states.len(), 6, "every state is seen: {states:?}");
}

#[test]
fn the_labels_of_drawn_worlds_are_the_oracle_s() {
    let Some(folder) = oracle() else { return };
    let mut compared = 0;
    for (name, world, verdict) in drawn::worlds(&folder) {
        let ours = labels(world);
        compared += ours.len();
        assert_eq!(json!(ours), verdict["labels"], "world {name}");
    }
    println!("{compared} labels of drawn worlds");
}

/// The labels as the oracle writes them.
fn labels(mut json: Value) -> Vec<Value> {
    let mut records = BTreeMap::new();
    write_canonical_projections(&mut json);
    let world = World::read(&json);
    let mut note = |name: &Value| {
        if let Some(name) = name.as_str() {
            records.insert(world.names.record(name), name.to_owned());
        }
    };
    for entry in json["entries"].as_array().unwrap() {
        for item in entry["items"].as_array().into_iter().flatten() {
            note(&item["body"]["record"]);
        }
    }
    let governance = world.governance();
    let views = views(&world, &governance);
    let holdings = Holdings {
        feeds: &world.feeds,
        charters: &world.charters,
        acts: &world.acts,
    };
    let today = Day::parse(json["today"].as_str().unwrap()).unwrap();
    let mut labels: Vec<_> = Labels::judge(holdings, &governance)
        .iter()
        .map(|(label, decision)| {
            let nothing = BTreeMap::new();
            let fields = views.get(&label.record).unwrap_or(&nothing);
            let now = as_the_oracle_writes(&Projection::of(fields, &decision.scheme.fields));
            let is_changed = digest(&now) != label.projection;
            let votes: BTreeSet<_> = decision
                .votes
                .keys()
                .map(|partner| world.names.back(partner.as_bytes()))
                .collect();
            let scheme = match &label.scheme {
                SchemeId::Charter(name) => format!("{}@{}", name.id, name.version),
                SchemeId::Declared(act) => act.to_string(),
            };
            json!({
                "scheme": scheme,
                "record": records[&label.record],
                "from": label.from,
                "projection_sha256": hex(&label.projection),
                "votes": votes,
                "k": decision.scheme.k,
                "changed": is_changed,
                "last_day": decision.last_day.to_string(),
                "state": word(decision.state(is_changed, today)),
            })
        })
        .collect();
    let key = |label: &Value| {
        ["scheme", "record", "from"].map(|part| label[part].as_str().unwrap().to_owned())
    };
    // Labels that differ by their projection only are told apart by its hash here, by its text in the oracle.
    let rank =
        |label: &Value| projections(&json)[label["projection_sha256"].as_str().unwrap()].clone();
    labels.sort_by_key(|label| (key(label), rank(label)));
    labels
}

/// The canonical text of each projection of a world, by its hash.
fn projections(json: &Value) -> BTreeMap<String, String> {
    let entries = json["entries"].as_array().unwrap().iter();
    let items = entries.flat_map(|entry| entry["items"].as_array().into_iter().flatten());
    let texts = items.map(|item| item["body"]["projection"].to_string());
    texts.map(|text| (hex(&digest(&text)), text)).collect()
}

fn views(world: &World, governance: &Governance) -> BTreeMap<RecordId, BTreeMap<String, Field>> {
    let contributions = Contributions::judge(&world.feeds, governance, &world.items);
    let mut edits: BTreeMap<RecordId, Vec<HeldEdit<'_>>> = BTreeMap::new();
    let mut record_of = BTreeMap::new();
    for (id, contributed) in &world.items {
        let Frame::Edit(frame) = &contributed.item.frame else {
            continue;
        };
        record_of.insert(*id, frame.record);
        edits.entry(frame.record).or_default().push(HeldEdit {
            id: *id,
            frame,
            content: contributed.item.content(),
            is_void: matches!(contributions.state(id), Some(ItemState::Void(_))),
            is_erased: governance.is_erased(
                &world.feeds,
                &contributed.entry,
                id,
                &contributed.item.frame,
            ),
        });
    }
    let views = edits.into_iter().filter_map(|(record, edits)| {
        let is_foreign = |id: &_| record_of.get(id).is_some_and(|other| *other != record);
        let history = History::judge(world.feeds.federation(), &record, &edits, is_foreign);
        let view = RecordView::of(record, &history).unwrap()?;
        Some((record, view.merged.fields))
    });
    views.collect()
}

/// Sorts the keys of the projections, so that one projection has one text.
fn write_canonical_projections(json: &mut Value) {
    for entry in json["entries"].as_array_mut().unwrap() {
        for item in entry["items"].as_array_mut().into_iter().flatten() {
            if let Some(projection) = item
                .get_mut("body")
                .and_then(|body| body.get_mut("projection"))
            {
                *projection = sorted(projection);
            }
        }
    }
}

fn sorted(json: &Value) -> Value {
    match json {
        Value::Object(pairs) => {
            let pairs: BTreeMap<_, _> = pairs
                .iter()
                .map(|(key, each)| (key, sorted(each)))
                .collect();
            json!(pairs)
        }
        Value::Array(all) => all.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

fn as_the_oracle_writes(projection: &Projection) -> String {
    let fields: BTreeMap<_, _> = projection
        .fields()
        .iter()
        .map(|(name, bound)| {
            let mut part = json!({});
            if !bound.values.is_empty() {
                part["values"] = values(bound.values.iter());
            }
            if !bound.terms.is_empty() {
                part["terms"] = json!(bound.terms);
            }
            if let Some(text) = &bound.text {
                part["text"] = json!(text);
            }
            (name, part)
        })
        .collect();
    sorted(&json!(fields)).to_string()
}

/// The oracle sorts values by the name of their type, then by their text in JSON.
fn values<'v>(values: impl Iterator<Item = &'v EditValue>) -> Value {
    let mut written: Vec<(&str, String, Value)> = values
        .map(|value| {
            let (name, value) = match value {
                EditValue::Text(text) => ("text", json!(text)),
                EditValue::Integer(number) => ("integer", json!(number)),
                EditValue::Boolean(boolean) => ("boolean", json!(boolean)),
                other => panic!("the oracle does not draw {other:?}"),
            };
            (name, value.to_string(), value)
        })
        .collect();
    written.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    let written = written.into_iter();
    json!(
        written
            .map(|(name, _, value)| json!({"type": name, "value": value}))
            .collect::<Vec<_>>()
    )
}

fn word(state: State) -> &'static str {
    match state {
        State::Withdrawn => "withdrawn",
        State::BeingDecided { .. } => "being decided",
        State::Expired => "expired",
        State::ChangedSince => "changed since",
        State::Expiring => "expiring",
        State::InForce => "in force",
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
