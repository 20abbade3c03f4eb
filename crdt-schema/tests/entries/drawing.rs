//! Draws entries of every shape, and seals what no honest node would sign.

use crdt_schema::cbor::{Tree, Wire, Writer};
use crdt_schema::edit::{Content, Operation, Value};
use crdt_schema::entry::{
    Body, Certificate, EditFrame, Frame, Header, Item, Keeping, Kind, Payload, PersonalFrame,
    RecordBirth, Rotation, SignedEntry, StatementFrame, UnsignedEntry,
};
use crdt_schema::id::{CharterId, EntryId, FederationId, ItemId, RecordId, SubjectId, hash};
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;

pub(crate) const FEDERATION: FederationId = FederationId::from_bytes([0xfe; 32]);

pub(crate) fn instance() -> SecretKey {
    SecretKey::from_bytes(&[2; 32])
}

pub(crate) fn root() -> SecretKey {
    SecretKey::from_bytes(&[1; 32])
}

pub(crate) fn certificate() -> Certificate {
    let partner = root().public().partner();
    let feed = instance().public().feed();
    Certificate::sign(&root(), partner, &FEDERATION, &feed, [0xed; 32])
}

pub(crate) fn rotation() -> Rotation {
    let next = SecretKey::from_bytes(&[0x77; 32]);
    let kept = [(instance().public().feed(), Keeping::Open)].into();
    let keys = (&root(), &next);
    let signed = Rotation::sign(FEDERATION, root().public().partner(), keys, kept);
    signed.expect("two keys").said().clone()
}

pub(crate) fn held(frame: Frame, content: Vec<u8>) -> Item {
    let salt = [0x5a; 16];
    Item {
        frame,
        body: Body::Held { salt, content },
    }
}

/// The header of a first entry that carries these bytes as its payload.
pub(crate) fn header(payload: [u8; 32], payload_bytes: usize) -> Header {
    Header {
        kind: Kind::Contribution,
        critical: false,
        federation: FEDERATION,
        feed: instance().public().feed(),
        sequence: 1,
        previous: Some(EntryId::from_bytes([7; 32])),
        charter: CharterId::from_bytes([0xca; 32]),
        claimed: Timestamp::from_millis(0),
        payload,
        payload_bytes: u32::try_from(payload_bytes).expect("a small test"),
    }
}

/// Signs a header as it is.
pub(crate) fn seal(header: &Header, payload: Vec<u8>) -> SignedEntry {
    let header = header.to_bytes();
    SignedEntry {
        header,
        signature: instance().sign("entry", &header),
        payload,
    }
}

/// Signs items given as frame and content bytes, whatever they are: the commitments are computed here, not by the code under test.
pub(crate) fn seal_raw(items: &[(Vec<u8>, Vec<u8>)]) -> SignedEntry {
    let salt = [0x5a; 16];
    let mut payload = Writer::default();
    payload.array(items.len());
    let mut commitments = (items.len() as u32).to_be_bytes().to_vec();
    for (frame, content) in items {
        payload.array(3).bytes(frame).bytes(&salt).bytes(content);
        let inner = hash("content", &[&salt, content]);
        commitments.extend(hash("item", &[frame, &inner]));
    }
    let payload = payload.into_bytes();
    let header = header(hash("payload", &[&commitments]), payload.len());
    seal(&header, payload)
}

/// Replaces the contents of some items by their hashes.
pub(crate) fn erase(items: &[Item], is_erased: impl Fn(usize) -> bool) -> Vec<Item> {
    let erase = |(index, item): (usize, &Item)| match is_erased(index) {
        true => item.erased(),
        false => item.clone(),
    };
    items.iter().enumerate().map(erase).collect()
}

pub(crate) fn with_items(entry: &SignedEntry, items: Vec<Item>) -> SignedEntry {
    SignedEntry {
        payload: Payload::new(items).expect("within the limits").to_bytes(),
        ..entry.clone()
    }
}

/// A small entry with one item of each type that this version knows, and one of a later version.
pub(crate) fn one_of_each() -> SignedEntry {
    let record = RecordId::from_bytes([3; 16]);
    let frames = [
        Frame::Act("enrol".to_owned()),
        Frame::Certificate(Box::new(certificate())),
        Frame::Checkpoint,
        Frame::Edit(EditFrame {
            record,
            base: vec![ItemId::from_bytes([4; 16])],
            creation: None,
        }),
        Frame::Personal(PersonalFrame {
            record,
            field: "contact".to_owned(),
            subject: SubjectId::from_bytes([5; 16]),
            supersedes: vec![ItemId::from_bytes([6; 16])],
        }),
        Frame::Rotation(Box::new(rotation())),
        Frame::Statement(StatementFrame {
            subject: record,
            other: None,
            predicate: "verified".to_owned(),
        }),
        Frame::Unknown(Tree::List(vec![Tree::text("later"), Tree::Null])),
    ];
    let items: Vec<Item> = frames.map(|frame| held(frame, b"content".to_vec())).into();
    let payload = Payload::new(items).expect("a small payload");
    let header = Header {
        sequence: 0,
        previous: None,
        ..header(payload.commitment(), payload.to_bytes().len())
    };
    seal(&header, payload.to_bytes())
}

pub(crate) fn entries() -> impl Strategy<Value = SignedEntry> {
    let kinds = prop_oneof![
        Just(Kind::Certificate),
        Just(Kind::Contribution),
        Just(Kind::Governance),
        Just(Kind::Checkpoint),
        Just(Kind::Unknown(0)),
        (5_u16..0x8000).prop_map(Kind::Unknown),
    ];
    let places = prop_oneof![
        Just((0, None)),
        (1..=u64::MAX, any::<[u8; 32]>()).prop_filter_map("names an entry", |(sequence, id)| {
            (id != [0; 32]).then(|| (sequence, Some(EntryId::from_bytes(id))))
        }),
    ];
    let times = any::<i64>().prop_map(Timestamp::from_millis);
    let charters = any::<[u8; 32]>().prop_map(CharterId::from_bytes);
    let author = any::<[u8; 32]>().prop_map(|bytes| SecretKey::from_bytes(&bytes));
    let rest = (kinds, places, charters, times, author);
    (rest, vec(items(), 1..8)).prop_map(|((kind, place, charter, claimed, author), items)| {
        UnsignedEntry {
            kind,
            federation: FEDERATION,
            place,
            charter,
            claimed,
            payload: Payload::new(items).expect("drawn items are small"),
        }
        .sign(&author)
        .to_signed()
    })
}

/// Items of every type but certificates, which only hold in their own feed.
pub(crate) fn items() -> impl Strategy<Value = Item> {
    let contents = prop_oneof![
        vec(any::<u8>(), 0..60),
        vec(operations(), 1..6).prop_map(|operations| Content(operations).to_cbor()),
    ];
    (frames(), any::<[u8; 16]>(), contents).prop_map(|(frame, salt, content)| Item {
        frame,
        body: Body::Held { salt, content },
    })
}

fn frames() -> impl Strategy<Value = Frame> {
    let record = || any::<[u8; 16]>().prop_map(RecordId::from_bytes);
    let ids = || vec(any::<[u8; 16]>().prop_map(ItemId::from_bytes), 0..20);
    let birth =
        (".{0,9}", ".{0,9}", any::<[u8; 16]>()).prop_map(|(kind, territory, nonce)| RecordBirth {
            kind,
            territory,
            nonce,
        });
    let edit =
        (record(), ids(), proptest::option::of(birth)).prop_map(|(record, base, creation)| {
            Frame::Edit(EditFrame {
                record,
                base,
                creation,
            })
        });
    let personal = (record(), ".{0,9}", any::<[u8; 16]>(), ids()).prop_map(
        |(record, field, subject, supersedes)| {
            Frame::Personal(PersonalFrame {
                record,
                field,
                subject: SubjectId::from_bytes(subject),
                supersedes,
            })
        },
    );
    let statement = (record(), proptest::option::of(record()), ".{0,9}").prop_map(
        |(subject, other, predicate)| {
            Frame::Statement(StatementFrame {
                subject,
                other,
                predicate,
            })
        },
    );
    let unknown = ("later[a-z]{0,4}", any::<i64>()).prop_map(|(name, number)| {
        Frame::Unknown(Tree::List(vec![Tree::Text(name), Tree::Integer(number)]))
    });
    prop_oneof![
        ".{0,9}".prop_map(Frame::Act),
        Just(Frame::Checkpoint),
        edit,
        personal,
        statement,
        unknown
    ]
}

pub(crate) fn operations() -> impl Strategy<Value = Operation> {
    let key = || "[^\\x00]{1,12}";
    prop_oneof![
        (key(), values()).prop_map(|(field, value)| Operation::Put { field, value }),
        key().prop_map(|field| Operation::Clear { field }),
        (key(), key()).prop_map(|(field, term)| Operation::Add { field, term }),
        (key(), key()).prop_map(|(field, term)| Operation::Remove { field, term }),
        (key(), any::<u64>(), any::<u64>(), ".{0,20}").prop_map(
            |(field, position, deleted, inserted)| Operation::Splice {
                field,
                position,
                deleted,
                inserted
            }
        ),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let dates = (0_i16..=9999, 1_u8..=12, 1_u8..=28)
        .prop_map(|(year, month, day)| Value::Date(format!("{year:04}-{month:02}-{day:02}")));
    let points = (-900_000_000..=900_000_000, -1_800_000_000..=1_800_000_000).prop_map(
        |(latitude_e7, longitude_e7)| Value::Point {
            latitude_e7,
            longitude_e7,
        },
    );
    prop_oneof![
        ".{0,20}".prop_map(Value::Text),
        any::<i64>().prop_map(Value::Integer),
        (any::<i64>(), 0_u8..=18).prop_map(|(mantissa, scale)| Value::decimal(mantissa, scale)),
        any::<bool>().prop_map(Value::Boolean),
        dates,
        any::<i64>().prop_map(Value::Instant),
        points,
        "[^\\x00]{1,12}".prop_map(Value::Term),
        any::<[u8; 16]>().prop_map(|id| Value::Record(RecordId::from_bytes(id))),
    ]
}
