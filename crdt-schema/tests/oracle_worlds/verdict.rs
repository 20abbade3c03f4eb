//! The verdict on a world, written as the oracle does.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::edit::{Field, State};
use crdt_schema::entry::Frame;
use crdt_schema::governance::{Contributions, Governance, Holdings, Label, Scheme, Void};
use crdt_schema::id::{ItemId, PartnerId, RecordId};
use crdt_schema::label::{Day, Decision, Labels, State as LabelState};
use crdt_schema::view::RecordView;
use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};

use crate::fields::{field_to_json, value_to_json};
use crate::names;
use crate::objects::canonical;
use crate::world::World;

type Views = BTreeMap<RecordId, RecordView>;

impl World {
    /// Judges the world, and writes the verdict as the oracle does.
    pub(crate) fn verdict(&self) -> Value {
        self.verdict_of(&self.governance())
    }

    /// Writes the verdict that follows from an evaluation of this world.
    pub(crate) fn verdict_of(&self, governance: &Governance) -> Value {
        let contributions = Contributions::judge(&self.feeds, governance, &self.items);
        let views = self.views(&contributions);
        let records = views.values().map(|view| {
            let name = self.names.back(view.record.as_bytes());
            (name, self.record_to_json(view, &contributions))
        });
        let mut verdict = self.authority_of(governance, &contributions);
        verdict["records"] = Value::Object(sorted(records));
        verdict["labels"] = Value::Object(self.labels_to_json(governance, &views));
        verdict
    }

    /// The part of the verdict that says who may do what, and what counts.
    pub(crate) fn authority(&self) -> Value {
        let governance = self.governance();
        let contributions = Contributions::judge(&self.feeds, &governance, &self.items);
        self.authority_of(&governance, &contributions)
    }

    fn authority_of(&self, governance: &Governance, contributions: &Contributions) -> Value {
        let adoption = governance.adoption();
        let back = |bytes: &[u8]| self.names.back(bytes);
        let adopted: Vec<_> = adoption
            .chain()
            .iter()
            .map(|each| back(each.id.as_bytes()))
            .collect();
        let rivals = adoption.rivals().iter().map(|(parent, rivals)| {
            let rivals: BTreeSet<_> = rivals.iter().map(|id| back(id.as_bytes())).collect();
            (back(parent.as_bytes()), json!(rivals))
        });
        let forks = self
            .feeds
            .forks()
            .map(|(feed, at)| (back(feed.as_bytes()), json!(at)));
        let ignored = self
            .ignored
            .iter()
            .map(|(id, why)| (id.clone(), json!(why.to_string())));
        let enrolled: BTreeSet<_> = governance
            .partners()
            .enrolled()
            .keys()
            .map(|id| back(id.as_bytes()))
            .collect();
        let acts = governance.acts().outcomes().map(|(id, outcome)| {
            let outcome = match outcome {
                Ok(()) => json!({"counts": true}),
                Err(why) => json!({"counts": false, "reason": why.to_string()}),
            };
            (id.to_string(), outcome)
        });
        let erased: Vec<_> = self
            .items
            .iter()
            .filter(|(id, each)| {
                governance.is_erased(&self.feeds, &each.entry, id, &each.item.frame)
            })
            .map(|(id, _)| id.to_string())
            .collect();
        let items = contributions
            .states()
            .map(|(id, state)| (id.to_string(), written(state, contributions.why_void(id))));
        json!({
            "charter": {
                "tip": back(adoption.tip_id().as_bytes()),
                "adopted": adopted,
                "disputed": adoption.is_disputed(),
                "rivals": sorted(rivals),
            },
            "read_only": governance.acts().is_read_only(),
            "forks": sorted(forks),
            "ignored": sorted(ignored),
            "enrolled": enrolled,
            "acts": sorted(acts),
            "erased": erased,
            "items": sorted(items),
        })
    }

    /// The records of which an edit is held with its whole past.
    fn views(&self, contributions: &Contributions) -> Views {
        contributions
            .histories()
            .iter()
            .filter_map(|(record, history)| {
                let view = RecordView::of(*record, history).expect("a world can be replayed");
                Some((*record, view?))
            })
            .collect()
    }

    fn record_to_json(&self, view: &RecordView, contributions: &Contributions) -> Value {
        let fields = view.fields().iter();
        let fields = fields.map(|(name, field)| (name.clone(), field_to_json(field)));
        let statements = contributions.statements(&self.feeds, &self.items, &view.record);
        let personal = contributions.personal(&self.items, &view.record);
        let personal = personal.into_iter().map(|(field, items)| {
            let items: Vec<String> = items.iter().map(ItemId::to_string).collect();
            (field.to_owned(), json!(items))
        });
        json!({
            "kind": view.birth.as_ref().map(|(kind, _)| kind),
            "territory": view.birth.as_ref().map(|(_, territory)| territory),
            "heads": view.heads.iter().map(ItemId::to_string).collect::<Vec<_>>(),
            "fields": sorted(fields),
            "statements": statements.iter().map(|id| self.statement_to_json(id)).collect::<Vec<_>>(),
            "personal": sorted(personal),
        })
    }

    fn statement_to_json(&self, id: &ItemId) -> Value {
        let held = &self.items[id];
        let Frame::Statement(frame) = &held.item.frame else {
            panic!("{id} is no statement");
        };
        let partner = self.feeds.owner(&held.entry).expect("it is live");
        json!({
            "partner": self.names.back(partner.as_bytes()),
            "predicate": frame.predicate,
            "item": id.to_string(),
        })
    }

    fn labels_to_json(&self, governance: &Governance, views: &Views) -> Map<String, Value> {
        let holdings = Holdings {
            feeds: &self.feeds,
            charters: &self.charters,
            acts: &self.acts,
        };
        let labels = Labels::judge(holdings, governance);
        sorted(labels.iter().map(|(label, decision)| {
            let view = views.get(&label.record);
            let is_changed = projection(view, &decision.scheme) != label.projection;
            (
                self.label_name(label),
                self.label_to_json(decision, is_changed),
            )
        }))
    }

    fn label_name(&self, label: &Label) -> String {
        let scheme = &label.scheme;
        let record = self.names.back(label.record.as_bytes());
        let projection = HEXLOWER.encode(&label.projection);
        format!("{scheme} {record} {} {projection}", label.from)
    }

    fn label_to_json(&self, decision: &Decision, is_changed: bool) -> Value {
        let back = |partner: &PartnerId| self.names.back(partner.as_bytes());
        let today = Day::parse(&self.today).expect("a world has a day");
        json!({
            "votes": decision.votes.keys().map(back).collect::<BTreeSet<_>>(),
            "k": decision.scheme.k,
            "changed": is_changed,
            "last_day": decision.last_day.to_string(),
            "state": word(decision.state(is_changed, today)),
        })
    }
}

/// The labels of the oracle's verdict, in the form in which ours are written.
pub(crate) fn oracle_labels(verdict: &Value) -> Map<String, Value> {
    let labels = verdict["labels"].as_array().expect("a list").iter();
    sorted(labels.map(|label| {
        let text = |part: &str| label[part].as_str().expect("a text");
        let names = ["scheme", "record", "from", "projection_sha256"].map(text);
        let written = json!({
            "votes": label["votes"],
            "k": label["k"],
            "changed": label["changed"],
            "last_day": label["last_day"],
            "state": label["state"],
        });
        (names.join(" "), written)
    }))
}

fn word(state: LabelState) -> &'static str {
    match state {
        LabelState::Withdrawn => "withdrawn",
        LabelState::BeingDecided { .. } => "being decided",
        LabelState::Expired => "expired",
        LabelState::ChangedSince => "changed since",
        LabelState::Expiring => "expiring",
        LabelState::InForce => "in force",
    }
}

/// The hash of the oracle's projection, where the node's own has a binary form.
fn projection(view: Option<&RecordView>, scheme: &Scheme) -> [u8; 32] {
    let fields = scheme.fields.iter().filter_map(|name| {
        let field = view?.field(name)?;
        Some((name.clone(), bound(field)))
    });
    names::digest(&canonical(&Value::Object(fields.collect())))
}

fn bound(field: &Field) -> Value {
    let mut parts = json!({});
    let values: BTreeMap<(String, String), Value> = field
        .values
        .iter()
        .map(|written| value_to_json(&written.value))
        .map(|value| {
            let key = (value["type"].to_string(), value["value"].to_string());
            (key, value)
        })
        .collect();
    if !values.is_empty() {
        parts["values"] = values.into_values().collect();
    }
    if !field.terms.is_empty() {
        parts["terms"] = json!(field.terms.keys().collect::<Vec<_>>());
    }
    if let Some(text) = &field.text {
        parts["text"] = json!(text);
    }
    parts
}

fn written(state: State, void: Option<Void>) -> Value {
    let (name, reason) = match state {
        State::Void => ("void", void.expect("a reason").to_string()),
        State::Invalid(why) => ("invalid", why.to_string()),
        State::Erased => return json!({"state": "erased"}),
        State::Pending(why) => ("pending", why.to_string()),
        State::Live => return json!({"state": "live"}),
    };
    json!({"state": name, "reason": reason})
}

/// The workspace's JSON maps keep the order of insertion; the oracle's are sorted.
fn sorted(pairs: impl Iterator<Item = (String, Value)>) -> Map<String, Value> {
    pairs.collect::<BTreeMap<_, _>>().into_iter().collect()
}
