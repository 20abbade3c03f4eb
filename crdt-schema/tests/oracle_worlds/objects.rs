//! What is signed, from the oracle's JSON to the values of this crate.

use std::collections::BTreeMap;

use crdt_schema::cbor::{Tree, Wire};
use crdt_schema::edit::{Content, Operation, Value as EditValue};
use crdt_schema::entry::{EditFrame, Frame, Kind, PersonalFrame, RecordBirth, StatementFrame};
use crdt_schema::governance::{
    Act, Approval, Charter, Charters, Confirmed, Coordinator, Erasure, Label, Mandate, Position,
    Quotas, Recovery, Scheme, SchemeId, SchemeName, Scope, Seat, Selection,
};
use crdt_schema::id::{FeedId, ItemId, PartnerId};
use serde_json::{Map, Value};

use crate::names::{self, Names};

pub(crate) fn charters(json: &Value, names: &mut Names) -> Charters {
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

pub(crate) fn act(name: &str, body: &Value, names: &mut Names) -> Act {
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

fn label(body: &Value, names: &mut Names) -> Label {
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
        record: names.remember_record(body["record"].as_str().unwrap()),
        projection: names::digest(&canonical(&body["projection"])),
        from: text(&body["from"]),
    }
}

/// The canonical text of a projection: keys sorted, no spaces.
pub(crate) fn canonical(json: &Value) -> String {
    let mut json = json.clone();
    json.sort_all_objects();
    json.to_string()
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

pub(crate) fn edit(json: &Value, names: &Names) -> Frame {
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

pub(crate) fn statement(json: &Value, names: &Names) -> Frame {
    Frame::Statement(StatementFrame {
        subject: names.record(json["subject"].as_str().unwrap()),
        other: json
            .get("other")
            .and_then(Value::as_str)
            .map(|other| names.record(other)),
        predicate: text(&json["predicate"]),
    })
}

pub(crate) fn personal(json: &Value, names: &Names) -> Frame {
    Frame::Personal(PersonalFrame {
        record: names.record(json["record"].as_str().unwrap()),
        field: text(&json["field"]),
        subject: names::subject(json["subject"].as_str().unwrap()),
        supersedes: ids(&json["supersedes"]),
    })
}

pub(crate) fn operations(all: &[Value]) -> Vec<u8> {
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

pub(crate) fn bytes(value: &Value) -> Option<Vec<u8>> {
    (!value.is_null()).then(|| Tree::text(&value.to_string()).to_cbor())
}

pub(crate) fn kind(name: &str) -> Kind {
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

pub(crate) fn text(json: &Value) -> String {
    json.as_str().unwrap().to_owned()
}

fn number(json: &Value) -> u32 {
    u32::try_from(json.as_u64().unwrap()).unwrap()
}

pub(crate) fn list(json: &Value) -> &[Value] {
    json.as_array().unwrap()
}

pub(crate) fn object(json: &Value) -> &Map<String, Value> {
    json.as_object().unwrap()
}
