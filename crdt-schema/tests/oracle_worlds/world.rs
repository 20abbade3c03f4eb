//! A world in the oracle's JSON, as the values of this crate.

use std::collections::BTreeMap;

use crdt_schema::entry::{Body, Header, Item};
use crdt_schema::governance::{
    Act, Change, Charters, Contributed, Feeds, Governance, Holdings, Ignored, SignedAct,
};
use crdt_schema::id::{EntryId, ItemId};
use crdt_schema::time::Timestamp;
use serde_json::Value;

use crate::names::{self, Names};
use crate::objects::{
    act, bytes, charters, edit, kind, list, object, operations, personal, statement, text,
};

/// Everything that a node holds.
pub(crate) struct World {
    /// The day on which labels are judged.
    pub(crate) today: String,
    pub(crate) names: Names,
    pub(crate) feeds: Feeds,
    pub(crate) charters: Charters,
    pub(crate) acts: BTreeMap<ItemId, SignedAct>,
    pub(crate) items: BTreeMap<ItemId, Contributed>,
    pub(crate) ignored: BTreeMap<String, Ignored>,
}

impl World {
    /// Reads a world. Entries are taken in the order in which they are written; one that is not connected yet is tried again.
    pub(crate) fn read(json: &Value) -> Self {
        let mut names = Names::default();
        names.federation = text(&json["federation"]);
        let charters = charters(json, &mut names);
        for (record, birth) in object(&json["records"]) {
            let birth = (text(&birth["kind"]), text(&birth["territory"]));
            names.name_record(record, birth);
        }
        let mut world = Self {
            today: text(&json["today"]),
            feeds: Feeds::new(names.federation(&names.federation)),
            names,
            charters,
            acts: BTreeMap::new(),
            items: BTreeMap::new(),
            ignored: BTreeMap::new(),
        };
        world.take_entries(list(&json["entries"]));
        world
    }

    pub(crate) fn governance(&self) -> Governance {
        Governance::evaluate(Holdings {
            feeds: &self.feeds,
            charters: &self.charters,
            acts: &self.acts,
        })
    }

    fn take_entries(&mut self, entries: &[Value]) {
        let mut waiting: Vec<&Value> = entries.iter().collect();
        loop {
            let before = waiting.len();
            waiting.retain(|entry| self.take_entry(entry).err() == Some(Ignored::NotConnected));
            if waiting.len() == before {
                break;
            }
        }
        for entry in waiting {
            self.ignored
                .insert(text(&entry["id"]), Ignored::NotConnected);
        }
    }

    /// Takes an entry, unless what comes before it is missing, and says what that changed in the feeds.
    pub(crate) fn take_entry(
        &mut self,
        json: &Value,
    ) -> Result<(EntryId, Header, Change), Ignored> {
        let id = self.names.entry(json["id"].as_str().unwrap());
        let header = self.header(json);
        let items: &[Value] = match json["items"].as_array() {
            Some(items) if header.kind.is_known() => items,
            _ => &[],
        };
        let certificate = items.iter().find(|item| item["type"] == "certificate");
        let certified =
            certificate.map(|item| self.names.partner(item["partner"].as_str().unwrap()).into());
        let change = self.feeds.insert(id, &header, certified);
        if change == Err(Ignored::OtherFederation) {
            self.ignored
                .insert(text(&json["id"]), Ignored::OtherFederation);
        }
        let change = change?;
        for (index, item) in items.iter().enumerate() {
            self.take_item(id, index, item);
        }
        Ok((id, header, change))
    }

    fn header(&mut self, json: &Value) -> Header {
        Header {
            kind: kind(json["kind"].as_str().unwrap()),
            critical: json["critical"].as_bool().unwrap_or(false),
            federation: self.names.federation(json["federation"].as_str().unwrap()),
            feed: self.names.feed(json["feed"].as_str().unwrap()),
            sequence: json["sequence"].as_u64().unwrap(),
            previous: json["previous"]
                .as_str()
                .map(|previous| self.names.entry(previous)),
            charter: self.names.charter(json["charter"].as_str().unwrap()),
            claimed: Timestamp::from_millis(0),
            payload: [0; 32],
            payload_bytes: 0,
        }
    }

    fn take_item(&mut self, entry: EntryId, index: usize, json: &Value) {
        let id = names::item(json["id"].as_str().unwrap());
        let (frame, content) = match json["type"].as_str().unwrap() {
            "act" => {
                let name = json["act"].as_str().unwrap();
                let content = act(name, &json["body"], &mut self.names).to_content();
                let act = Act::read(name, &content);
                self.acts.insert(id, SignedAct { entry, act });
                return;
            }
            "edit" => (
                edit(json, &self.names),
                json["operations"].as_array().map(|all| operations(all)),
            ),
            "statement" => (statement(json, &self.names), bytes(&json["value"])),
            "personal" => (personal(json, &self.names), bytes(&json["value"])),
            _ => return,
        };
        let body = match content {
            Some(content) => Body::Held {
                salt: [0; 16],
                content,
            },
            None => Body::Erased {
                content_hash: [0; 32],
            },
        };
        let item = Item { frame, body };
        let held = self.items.entry(id).or_insert_with(|| Contributed {
            entry,
            index,
            item: item.clone(),
        });
        if held.item.content().is_none() {
            held.item = item;
        }
    }
}
