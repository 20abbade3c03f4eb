//! A small federation, whose keys are made of one byte and whose partners are invented, and what its feeds say.

use crdt_schema::cbor::Wire;
use crdt_schema::edit::{Content, Operation, Value};
use crdt_schema::entry::{
    Body, Certificate, EditFrame, Frame, Item, Kind, Payload, RecordBirth, UnsignedEntry,
    VerifiedEntry,
};
use crdt_schema::governance::{
    Act, Charter, Confirmed, Coordinator, Mandate, Quotas, Recovery, Seat, Selection,
};
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;

/// The day on which everything is done.
pub const NOON: Timestamp = Timestamp::from_millis(1_764_000_000_000);

/// The secret key of this number.
pub fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

/// A charter with two partners, whose roots are `key(1)` and `key(2)`; the first coordinates.
pub fn charter() -> Charter {
    let root = |number| *key(number).public().as_bytes();
    let confirmed = |number: u8, name: &str| {
        let profile = Confirmed {
            root: root(number),
            name: name.to_owned(),
            mandate: Mandate::everything(),
        };
        (key(number).public().partner(), profile)
    };
    let coordinator = Coordinator {
        root: root(1),
        name: "Préfecture".to_owned(),
        rights: Selection::All,
        mandate: Mandate::everything(),
    };
    Charter {
        federation: None,
        version: 0,
        parent: None,
        name: "Essai".to_owned(),
        seats: vec![Seat {
            id: "Préfecture".to_owned(),
            key: root(9),
        }],
        k: 1,
        recovery: Recovery::default(),
        coordinators: [(key(1).public().partner(), coordinator)].into(),
        partners: [confirmed(1, "Préfecture"), confirmed(2, "Ville")].into(),
        cuts: [].into(),
        schemes: [].into(),
        quotas: Quotas::default(),
        min_protocol: 1,
    }
}

/// Everything that the two partners have signed, each feed in its order: a certificate, edits of two records, and an act.
pub fn entries() -> Vec<VerifiedEntry> {
    let (mut all, mut heads) = (Vec::new(), [None, None]);
    for partner in [1, 2] {
        let mut feed: Vec<VerifiedEntry> = Vec::new();
        sign(&mut feed, partner, Kind::Certificate, certificate(partner));
        for record in [0, 1] {
            let item = edit(record, heads[usize::from(record)], partner);
            sign(&mut feed, partner, Kind::Contribution, item);
            let entry = feed.last().expect("it was just signed");
            heads[usize::from(record)] = Some(ItemId::of(&entry.id(), 0));
        }
        if partner == 1 {
            sign(&mut feed, partner, Kind::Governance, act());
        }
        all.extend(feed);
    }
    all
}

fn sign(feed: &mut Vec<VerifiedEntry>, partner: u8, kind: Kind, item: Item) {
    let entry = UnsignedEntry {
        kind,
        federation: charter().federation(),
        place: (feed.len() as u64, feed.last().map(VerifiedEntry::id)),
        charter: charter().id(),
        claimed: NOON,
        payload: Payload::new(vec![item]).expect("small"),
    };
    feed.push(entry.sign(&key(partner + 100)));
}

fn certificate(partner: u8) -> Item {
    let root = key(partner);
    let feed = key(partner + 100).public().feed();
    let federation = charter().federation();
    let partner_id = root.public().partner();
    let certificate = Certificate::sign(&root, partner_id, &federation, &feed, [partner; 32]);
    held(Frame::Certificate(Box::new(certificate)), Vec::new())
}

/// A name, a theme and a text; the second edit of a record stands on the first.
fn edit(number: u8, base: Option<ItemId>, partner: u8) -> Item {
    let birth = RecordBirth {
        kind: "actor".to_owned(),
        territory: "45".to_owned(),
        nonce: [number; 16],
    };
    let federation = charter().federation();
    let record = RecordId::of(&federation, &birth.kind, &birth.territory, &birth.nonce);
    let put = |field: &str, value| Operation::Put {
        field: field.to_owned(),
        value,
    };
    let name = format!("Club inventé {number}, vu par {partner}");
    let operations = vec![
        put("name", Value::Text(name)),
        put("x_places", Value::Integer(i64::from(partner))),
        Operation::Add {
            field: "themes".to_owned(),
            term: "sport".to_owned(),
        },
        Operation::Splice {
            field: "description".to_owned(),
            position: 0,
            deleted: 0,
            inserted: "Rien de vrai. ".to_owned(),
        },
    ];
    let frame = Frame::Edit(EditFrame {
        record,
        base: base.into_iter().collect(),
        creation: base.is_none().then_some(birth),
    });
    held(frame, Content(operations).to_cbor())
}

fn act() -> Item {
    let act = Act::Enrol {
        partner: key(3).public().partner(),
        root: *key(3).public().as_bytes(),
        name: "Association inventée".to_owned(),
        mandate: Mandate::everything(),
    };
    act.to_item([3; 16]).expect("a known act")
}

fn held(frame: Frame, content: Vec<u8>) -> Item {
    let salt = [4; 16];
    let body = Body::Held { salt, content };
    Item { frame, body }
}
