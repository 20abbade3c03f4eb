//! Entries: the header, and the items that it commits to.

use crdt_schema::edit::{Content, Replayed, replay, replay_automerge};
use crdt_schema::entry::{
    Frame, HEADER_BYTES, Header, Kind, Payload, SignedEntry, UnsignedEntry, VerifiedEntry,
};
use crdt_schema::governance::Act;
use crdt_schema::id::{CharterId, FederationId, ItemId};
use crdt_schema::key::SecretKey;
use crdt_schema::limits::PAYLOAD_BYTES_MAX;
use crdt_schema::personal::PersonalContent;
use crdt_schema::statement::Statement;
use crdt_schema::time::Timestamp;

use crate::Target;

/// A header has one size: what is read beside it is its copies.
pub(crate) const HEADER: Target = Target {
    name: "header",
    bytes_max: 2 * HEADER_BYTES,
    run: header,
    fixed: 1 << 10,
    per_byte: 0,
};

/// The smallest item takes some ten bytes and becomes a structure of some two hundred. It is written back twice, and replayed by the engine, which
/// keeps a column for each property of an operation.
pub(crate) const ITEMS: Target = Target {
    name: "items",
    bytes_max: 64 << 10,
    run: items,
    fixed: 128 << 10,
    per_byte: 128,
};

pub(crate) const FEDERATION: FederationId = FederationId::from_bytes([1; 32]);

fn header(input: &[u8]) {
    let Some(bytes) = input.first_chunk::<HEADER_BYTES>() else {
        return;
    };
    let Ok(header) = Header::from_bytes(bytes) else {
        return;
    };
    assert_eq!(header.to_bytes(), *bytes, "a header has one writing");
    assert_eq!(header.sequence == 0, header.previous.is_none());
    let entry = SignedEntry {
        header: *bytes,
        signature: [0; 64],
        payload: input[HEADER_BYTES..].to_vec(),
    };
    assert!(
        entry.verify(&header.federation).is_err(),
        "nobody signed it"
    );
}

fn items(input: &[u8]) {
    let Ok(payload) = Payload::from_bytes(input) else {
        return;
    };
    assert_eq!(payload.to_bytes(), input, "a payload has one writing");
    // What one item may lose, all may: the commitment stays, and what is left is a payload.
    let erased = payload.items().iter().map(|item| item.erased()).collect();
    let erased = Payload::new(erased).expect("there is room for the hash of every content");
    assert_eq!(erased.commitment(), payload.commitment());
    assert!(erased.can_be_of(input.len()) || !payload.is_whole());
    for item in payload.items() {
        if let Some(content) = item.content() {
            read(&item.frame, content);
        }
    }
    if payload.is_whole() && input.len() <= PAYLOAD_BYTES_MAX {
        sign(payload);
    }
}

/// What a payload holds can be signed, and what is signed is verified, unless a certificate in it does not hold.
fn sign(payload: Payload) {
    let has_certificate = payload
        .items()
        .iter()
        .any(|item| matches!(item.frame, Frame::Certificate(_)));
    let entry = UnsignedEntry {
        kind: Kind::Contribution,
        federation: FEDERATION,
        place: (0, None),
        charter: CharterId::from_bytes([2; 32]),
        claimed: Timestamp::from_millis(0),
        payload,
    };
    let entry = entry.sign(&SecretKey::from_bytes(&[3; 32]));
    let verified = entry.to_signed().verify(&FEDERATION);
    assert!(has_certificate || verified.as_ref() == Ok(&entry));
    if let Ok(verified) = verified {
        replayed(&verified);
    }
}

/// Each content is read by whoever knows its type, and what is read is written back.
fn read(frame: &Frame, content: &[u8]) {
    match frame {
        Frame::Act(name) => {
            let act = Act::read(name, content);
            if act != Act::Unknown {
                assert_eq!(act.to_content(), content, "an act has one writing");
                assert_eq!(Act::from_text(&act.to_text()).as_ref(), Some(&act));
            }
        }
        Frame::Statement(frame) => {
            if let Some(statement) = Statement::read(frame, content) {
                assert_eq!(statement.to_content(), content);
                assert_eq!(statement.predicate(), frame.predicate);
            }
        }
        Frame::Personal(_) => {
            PersonalContent::read(content);
        }
        _ => {}
    }
}

/// The edits of an entry as one record, each on the one before: the plain way and the engine give the same fields.
fn replayed(entry: &VerifiedEntry) {
    let mut history: Vec<Replayed> = Vec::new();
    for (id, item) in entry.identified_items() {
        let (Frame::Edit(_), Some(content)) = (&item.frame, item.content()) else {
            continue;
        };
        let Ok(Content(operations)) = Content::from_bytes(content) else {
            continue;
        };
        let parents = history.last().map(|edit| edit.id);
        history.push(Replayed {
            id,
            parents: parents.into_iter().collect(),
            operations,
        });
    }
    if history.is_empty() {
        return;
    }
    let plain = replay(&history).expect("a succession of edits that are valid");
    let merged = replay_automerge(&history).expect("the engine takes what is valid");
    assert_eq!(plain, merged);
    // All of them at once, on the first.
    let first: ItemId = history[0].id;
    for edit in history.iter_mut().skip(1) {
        edit.parents = vec![first];
    }
    let merged = replay(&history).expect("edits made apart merge");
    history.reverse();
    assert_eq!(replay(&history).as_ref(), Ok(&merged), "in any order");
}
