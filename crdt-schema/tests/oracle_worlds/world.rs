//! A world in the oracle's JSON, as the values of this crate.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::cbor::{Tree, Wire};
use crdt_schema::edit::{Content, Operation, State, Value as EditValue};
use crdt_schema::entry::{
    Body, EditFrame, Frame, Header, Item, Kind, PersonalFrame, RecordBirth, StatementFrame,
};
use crdt_schema::governance::{
    Act, Approval, Change, Charter, Charters, Confirmed, Contributed, Contributions, Coordinator,
    Erasure, Feeds, Governance, Holdings, Ignored, Label, Mandate, Position, Quotas, Recovery,
    Scheme, SchemeId, SchemeName, Scope, Seat, Selection, SignedAct, Void,
};
use crdt_schema::id::{EntryId, FeedId, ItemId, PartnerId};
use crdt_schema::time::Timestamp;
use serde_json::{Map, Value, json};

use crate::names::{self, Names};

/// Everything that a node holds.
pub(crate) struct World {
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
            names.births.insert(record.clone(), birth);
        }
        let mut world = Self {
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

    /// Judges the world, and writes the verdict as the oracle does.
    pub(crate) fn verdict(&self) -> Value {
        let governance = self.governance();
        let contributions = Contributions::judge(&self.feeds, &governance, &self.items);
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
            certificate.map(|item| self.names.partner(item["partner"].as_str().unwrap()));
        let change = self.feeds.insert(id, &header, certified);
        if change == Err(Ignored::OtherFederation) {
            self.ignored
                .insert(text(&json["id"]), Ignored::OtherFederation);
        }
        let change = change?;
        for item in items {
            self.take_item(id, item);
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

    fn take_item(&mut self, entry: EntryId, json: &Value) {
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
            item: item.clone(),
        });
        if held.item.content().is_none() {
            held.item = item;
        }
    }
}

fn charters(json: &Value, names: &mut Names) -> Charters {
    let mut read: BTreeMap<String, Charter> = BTreeMap::new();
    let all: BTreeMap<String, &Value> = list(&json["charters"])
        .iter()
        .map(|each| (text(&each["id"]), each))
        .collect();
    let mut waiting: Vec<&String> = all.keys().collect();
    while !waiting.is_empty() {
        // A charter holds its parent's id, so parents go first.
        waiting.retain(|name| {
            let parent = all[*name]["parent"].as_str();
            if parent.is_some_and(|parent| all.contains_key(parent) && !read.contains_key(parent)) {
                return true;
            }
            let written = charter(all[*name], names).to_bytes();
            let charter = Charter::from_bytes(&written).unwrap();
            names.name_charter(name, charter.id());
            read.insert((*name).clone(), charter);
            false
        });
    }
    let pin = read[json["pin"].as_str().unwrap()].clone();
    let mut charters = Charters::new(pin);
    for charter in read.into_values() {
        charters.insert(charter);
    }
    for each in list(&json["approvals"]) {
        // Nobody can sign with a weak key so that `verify_strict` accepts it.
        if let Some(signer) = names::secret(each["signer"].as_str().unwrap()) {
            let id = |key: &str| names.charter(each[key].as_str().unwrap());
            let federation = id("federation").founds();
            charters.approve(Approval::sign(
                &signer,
                federation,
                id("parent"),
                id("charter"),
            ));
        }
    }
    charters
}

fn charter(json: &Value, names: &mut Names) -> Charter {
    let parent = json["parent"].as_str().map(|parent| names.charter(parent));
    let federation = parent.map(|_| names.federation(json["federation"].as_str().unwrap()));
    let recovery = Recovery {
        keys: list(&json["recovery"]["keys"])
            .iter()
            .map(|key| names::key(key.as_str().unwrap()))
            .collect(),
        k: number(&json["recovery"]["k"]),
    };
    let seats = list(&json["seats"]).iter().map(|seat| Seat {
        id: text(&seat["id"]),
        key: names::key(seat["key"].as_str().unwrap()),
    });
    let coordinators = object(&json["coordinators"]).iter().map(|(partner, each)| {
        let coordinator = Coordinator {
            root: [0; 32],
            name: partner.clone(),
            rights: selection(&each["rights"]),
            mandate: mandate(&each["mandate"]),
        };
        (names.partner(partner), coordinator)
    });
    let coordinators: BTreeMap<PartnerId, Coordinator> = coordinators.collect();
    let partners = object(&json["partners"]).iter().map(|(partner, given)| {
        let confirmed = Confirmed {
            root: [0; 32],
            name: partner.clone(),
            mandate: mandate(given),
        };
        (names.partner(partner), confirmed)
    });
    let partners: BTreeMap<PartnerId, Confirmed> = partners.collect();
    let cuts = positions(&json["cuts"], names);
    let schemes = list(&json["schemes"]).iter().map(|each| {
        let name = SchemeName {
            id: text(&each["id"]),
            version: number(&each["version"]),
        };
        (name, scheme(each, names))
    });
    Charter {
        federation,
        version: json["version"].as_u64().unwrap(),
        parent,
        // Two charters of a world may differ by their ids only.
        name: format!("{} ({})", text(&json["name"]), text(&json["id"])),
        seats: seats.collect(),
        k: number(&json["k"]),
        recovery,
        coordinators,
        partners,
        cuts,
        schemes: schemes.collect(),
        quotas: Quotas::default(),
        min_protocol: 1,
    }
}

fn act(name: &str, body: &Value, names: &mut Names) -> Act {
    match name {
        "cut" => Act::Cut {
            feed: feed(&body["feed"], names),
            position: position(&body["position"], names),
        },
        "descope" => Act::Descope {
            grant: names::item(body["grant"].as_str().unwrap()),
            positions: positions(&body["positions"], names),
        },
        "enrol" => Act::Enrol {
            partner: names.partner(body["partner"].as_str().unwrap()),
            root: [0; 32],
            name: text(&body["partner"]),
            mandate: mandate(&body["mandate"]),
        },
        "erase" => Act::Erase(Erasure {
            items: ids(&body["items"]).into_iter().collect(),
            record: body["record"].as_str().map(|record| names.record(record)),
            subject: body["subject"].as_str().map(names::subject),
            ground: body["ground"].as_str().unwrap_or_default().to_owned(),
        }),
        "label_issue" => Act::LabelIssue {
            label: label(body, names),
            proof: Tree::Null,
        },
        "label_withdraw" => Act::LabelWithdraw {
            label: label(body, names),
            reason: body["reason"].as_str().unwrap_or_default().to_owned(),
        },
        "mandate" => Act::Mandate {
            partner: names.partner(body["partner"].as_str().unwrap()),
            mandate: mandate(&body["mandate"]),
        },
        "moderate" => Act::Moderate(Tree::text(&body.to_string())),
        "suspend" => Act::Suspend {
            feed: feed(&body["feed"], names),
            position: position(&body["position"], names),
        },
        "vocabulary" => Act::Vocabulary {
            scheme: body.get("scheme").map(|each| scheme(each, names)),
            body: Tree::text(&body.to_string()),
        },
        _ => Act::Unknown,
    }
}

fn label(body: &Value, names: &Names) -> Label {
    let scheme = body["scheme"].as_str().unwrap();
    let scheme = match scheme.split_once('@') {
        Some((id, version)) => SchemeId::Charter(SchemeName {
            id: id.to_owned(),
            version: version.parse().unwrap(),
        }),
        None => SchemeId::Declared(names::item(scheme)),
    };
    Label {
        scheme,
        record: names.record(body["record"].as_str().unwrap()),
        projection: names::digest(&body["projection"].to_string()),
        from: text(&body["from"]),
    }
}

fn scheme(json: &Value, names: &mut Names) -> Scheme {
    Scheme {
        fields: list(&json["fields"]).iter().map(text).collect(),
        k: number(&json["k"]),
        committee: list(&json["committee"])
            .iter()
            .map(|each| names.partner(each.as_str().unwrap()))
            .collect(),
        months: number(&json["months"]),
        ..Scheme::default()
    }
}

fn edit(json: &Value, names: &Names) -> Frame {
    let record = json["record"].as_str().unwrap();
    let creation = json.get("creation").filter(|creation| !creation.is_null());
    Frame::Edit(EditFrame {
        record: names.record(record),
        base: ids(&json["base"]),
        creation: creation.map(|birth| RecordBirth {
            kind: text(&birth["kind"]),
            territory: text(&birth["territory"]),
            nonce: names::half(record),
        }),
    })
}

fn statement(json: &Value, names: &Names) -> Frame {
    Frame::Statement(StatementFrame {
        subject: names.record(json["subject"].as_str().unwrap()),
        other: json
            .get("other")
            .and_then(Value::as_str)
            .map(|other| names.record(other)),
        predicate: text(&json["predicate"]),
    })
}

fn personal(json: &Value, names: &Names) -> Frame {
    Frame::Personal(PersonalFrame {
        record: names.record(json["record"].as_str().unwrap()),
        field: text(&json["field"]),
        subject: names::subject(json["subject"].as_str().unwrap()),
        supersedes: ids(&json["supersedes"]),
    })
}

fn operations(all: &[Value]) -> Vec<u8> {
    let operations = all.iter().map(|each| {
        let field = text(&each["field"]);
        match each["op"].as_str().unwrap() {
            "put" => Operation::Put {
                field,
                value: value(&each["value"]),
            },
            "clear" => Operation::Clear { field },
            "add" => Operation::Add {
                field,
                term: text(&each["term"]),
            },
            "remove" => Operation::Remove {
                field,
                term: text(&each["term"]),
            },
            "splice" => Operation::Splice {
                field,
                position: each["position"].as_u64().unwrap(),
                deleted: each["deleted"].as_u64().unwrap(),
                inserted: text(&each["inserted"]),
            },
            unknown => panic!("unknown operation {unknown}"),
        }
    });
    Content(operations.collect()).to_cbor()
}

fn value(json: &Value) -> EditValue {
    match json["type"].as_str().unwrap() {
        "text" => EditValue::Text(text(&json["value"])),
        "integer" => EditValue::Integer(json["value"].as_i64().unwrap()),
        "boolean" => EditValue::Boolean(json["value"].as_bool().unwrap()),
        unknown => panic!("unknown type of value {unknown}"),
    }
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    (!value.is_null()).then(|| Tree::text(&value.to_string()).to_cbor())
}

fn kind(name: &str) -> Kind {
    match name {
        "certificate" => Kind::Certificate,
        "contribution" => Kind::Contribution,
        "governance" => Kind::Governance,
        "checkpoint" => Kind::Checkpoint,
        unknown => {
            let hash = names::digest(unknown);
            Kind::Unknown(0x0100 | u16::from(hash[0]))
        }
    }
}

fn mandate(json: &Value) -> Mandate {
    let scopes = list(json).iter().map(|scope| Scope {
        kinds: selection(&scope["kinds"]),
        territories: selection(&scope["territories"]),
    });
    Mandate::new(scopes.collect())
}

fn selection(json: &Value) -> Selection {
    match json.as_array() {
        Some(names) => Selection::only(names.iter().map(|name| name.as_str().unwrap())),
        None => Selection::All,
    }
}

fn positions(json: &Value, names: &mut Names) -> BTreeMap<FeedId, Position> {
    let all = object(json).iter();
    all.map(|(feed, place)| (names.feed(feed), position(place, names)))
        .collect()
}

fn position(json: &Value, names: &mut Names) -> Position {
    Position {
        sequence: json[0].as_u64().unwrap(),
        entry: names.entry(json[1].as_str().unwrap()),
    }
}

fn feed(json: &Value, names: &mut Names) -> FeedId {
    names.feed(json.as_str().unwrap())
}

fn ids(json: &Value) -> Vec<ItemId> {
    let all = json.as_array().map_or(&[] as &[Value], Vec::as_slice);
    all.iter()
        .map(|id| names::item(id.as_str().unwrap()))
        .collect()
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

fn text(json: &Value) -> String {
    json.as_str().unwrap().to_owned()
}

fn number(json: &Value) -> u32 {
    u32::try_from(json.as_u64().unwrap()).unwrap()
}

fn list(json: &Value) -> &[Value] {
    json.as_array().unwrap()
}

fn object(json: &Value) -> &Map<String, Value> {
    json.as_object().unwrap()
}
