//! A small invented federation: partner 1 coordinates and may erase, partners 2 and 3 do not. Keys are made of one byte.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crdt_schema::cbor::Wire;
use crdt_schema::edit::{Content, Operation, Value};
use crdt_schema::entry::{
    Body, Certificate, EditFrame, Frame, Item, Kind, Payload, PersonalFrame, RecordBirth,
    StatementFrame, UnsignedEntry, VerifiedEntry,
};
use crdt_schema::governance::{
    Act, Charter, Confirmed, Coordinator, Erasure, Mandate, Quotas, Recovery, Scheme, SchemeName,
    Seat, Selection,
};
use crdt_schema::id::{EntryId, ItemId, RecordId, SubjectId};
use crdt_schema::key::SecretKey;
use crdt_schema::personal::{PersonalContent, Visibility};
use crdt_schema::time::Timestamp;

use crate::{Author, Replica};

pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

pub(crate) fn charter() -> Charter {
    let root = |number| *key(number).public().as_bytes();
    let confirmed = |number: u8| {
        let profile = Confirmed {
            root: root(number),
            name: format!("Partenaire {number}"),
            mandate: Mandate::everything(),
        };
        (key(number).public().partner(), profile)
    };
    let coordinator = Coordinator {
        root: root(1),
        name: "Partenaire 1".to_owned(),
        rights: Selection::All,
        mandate: Mandate::everything(),
    };
    // One label, which the coordinator decides alone.
    let scheme = Scheme {
        title: "Accueil pour tous".to_owned(),
        fields: vec!["name".to_owned()],
        k: 1,
        committee: [key(1).public().partner()].into(),
        months: 24,
        ..Scheme::default()
    };
    let name = SchemeName {
        id: "accueil".to_owned(),
        version: 1,
    };
    Charter {
        federation: None,
        version: 0,
        parent: None,
        name: "Essai".to_owned(),
        seats: vec![Seat {
            id: "Siège".to_owned(),
            key: root(9),
        }],
        k: 1,
        recovery: Recovery::default(),
        coordinators: [(key(1).public().partner(), coordinator)].into(),
        partners: [confirmed(1), confirmed(2), confirmed(3)].into(),
        cuts: [].into(),
        schemes: [(name, scheme)].into(),
        quotas: Quotas::default(),
        min_protocol: 1,
    }
}

/// Any bytes do for salts here: each call gives others.
fn fill(bytes: &mut [u8]) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    for (byte, value) in bytes.iter_mut().zip(next.iter().cycle()) {
        *byte = *value;
    }
}

/// A clock that goes on by a second each time it is read.
pub(crate) fn now() -> Timestamp {
    static NOW: AtomicI64 = AtomicI64::new(1_764_000_000_000);
    Timestamp::from_millis(NOW.fetch_add(1_000, Ordering::Relaxed))
}

pub(crate) fn certificate(partner: u8) -> Certificate {
    let (root, instance) = (key(partner), key(partner + 100));
    Certificate::sign(
        &root,
        root.public().partner(),
        &charter().federation(),
        &instance.public().feed(),
        [partner; 32],
    )
}

/// A node, with its folder.
pub(crate) struct Node {
    pub(crate) replica: Replica,
    pub(crate) folder: tempfile::TempDir,
}

impl Node {
    pub(crate) fn new(partner: u8) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Replica::create(folder.path(), &[charter()], &[]).expect("an empty folder");
        let replica = open(folder.path(), partner);
        replica
            .certify(certificate(partner), &[])
            .expect("the feed starts");
        Self { replica, folder }
    }

    pub(crate) fn reopened(self, partner: u8) -> Self {
        let Self { replica, folder } = self;
        drop(replica);
        let replica = open(folder.path(), partner);
        Self { replica, folder }
    }

    /// Gives every entry that is held to another node, as it would be sent.
    pub(crate) fn give_all(&self, other: &Node) {
        let entries = self.entries();
        other.replica.ingest(entries).expect("it is written");
    }

    /// Every entry that is held, feed after feed, verified from its bytes as a receiver would.
    pub(crate) fn entries(&self) -> Vec<VerifiedEntry> {
        let reader = self.replica.read().expect("a snapshot");
        let feeds: Vec<_> = self.replica.state().feeds().ids().copied().collect();
        let federation = charter().federation();
        let of_feed = |feed| {
            let bounds = (usize::MAX, usize::MAX);
            let page = reader.feed_entries(feed, 0, bounds, |_| false);
            page.expect("readable").0
        };
        let signed = feeds.iter().flat_map(of_feed);
        signed
            .map(|entry| entry.verify(&federation).expect("a stored entry verifies"))
            .collect()
    }

    pub(crate) fn settle(&self) {
        assert!(self.replica.wait_for_views(DEADLINE), "views are built");
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        let reader = self.replica.read().expect("a snapshot");
        reader.state_digest().expect("readable")
    }
}

pub(crate) fn open(folder: &std::path::Path, partner: u8) -> Replica {
    let author = Author {
        secret: key(partner + 100),
        now,
        fill_random: fill,
    };
    Replica::open(folder, Some(author)).expect("a store")
}

/// A feed that is written without a node.
#[derive(Clone)]
pub(crate) struct Feed {
    partner: u8,
    head: Option<(u64, EntryId)>,
    salt: u8,
}

impl Feed {
    pub(crate) fn new(partner: u8) -> (Self, VerifiedEntry) {
        let mut feed = Self {
            partner,
            head: None,
            salt: 0,
        };
        let frame = Frame::Certificate(Box::new(certificate(partner)));
        let first = feed.sign(Kind::Certificate, vec![(frame, b"essai".to_vec())]);
        (feed, first)
    }

    pub(crate) fn sign(&mut self, kind: Kind, items: Vec<(Frame, Vec<u8>)>) -> VerifiedEntry {
        let items = items.into_iter().map(|(frame, content)| {
            self.salt = self.salt.wrapping_add(1);
            let salt = [self.salt; 16];
            let body = Body::Held { salt, content };
            Item { frame, body }
        });
        let payload = Payload::new(items.collect()).expect("small items");
        let unsigned = UnsignedEntry {
            kind,
            federation: charter().federation(),
            place: self
                .head
                .map_or((0, None), |(sequence, id)| (sequence + 1, Some(id))),
            charter: charter().id(),
            claimed: now(),
            payload,
        };
        let entry = unsigned.sign(&key(self.partner + 100));
        self.head = Some((entry.header().sequence, entry.id()));
        entry
    }
}

pub(crate) fn birth(number: u8) -> RecordBirth {
    RecordBirth {
        kind: "actor".to_owned(),
        territory: "93".to_owned(),
        nonce: [number; 16],
    }
}

pub(crate) fn record(number: u8) -> RecordId {
    RecordId::of(&charter().federation(), "actor", "93", &[number; 16])
}

pub(crate) fn subject(number: u8) -> SubjectId {
    SubjectId::from_bytes([number; 16])
}

pub(crate) fn creation(number: u8, name: &str) -> (Frame, Vec<u8>) {
    put(number, Vec::new(), Some(birth(number)), name)
}

pub(crate) fn put(
    number: u8,
    base: Vec<ItemId>,
    creation: Option<RecordBirth>,
    name: &str,
) -> (Frame, Vec<u8>) {
    let operation = Operation::Put {
        field: "name".to_owned(),
        value: Value::Text(name.to_owned()),
    };
    let frame = Frame::Edit(EditFrame {
        record: record(number),
        base,
        creation,
    });
    (frame, Content(vec![operation]).to_cbor())
}

pub(crate) fn personal(number: u8, person: u8, value: &str) -> (Frame, Vec<u8>) {
    let frame = Frame::Personal(PersonalFrame {
        record: record(number),
        field: "contact".to_owned(),
        subject: subject(person),
        supersedes: Vec::new(),
    });
    (frame, content(value).to_cbor())
}

pub(crate) fn content(value: &str) -> PersonalContent {
    PersonalContent {
        value: value.to_owned(),
        visibility: Visibility::Partners,
        purpose: "coordination".to_owned(),
        until: None,
    }
}

pub(crate) fn statement(number: u8, text: &str) -> (Frame, Vec<u8>) {
    let frame = Frame::Statement(StatementFrame {
        subject: record(number),
        other: None,
        predicate: "reported".to_owned(),
    });
    (frame, text.as_bytes().to_vec())
}

pub(crate) fn erase(erasure: Erasure) -> (Frame, Vec<u8>) {
    let content = Act::Erase(erasure).to_content();
    (Frame::Act("erase".to_owned()), content)
}

pub(crate) fn of_items(items: impl IntoIterator<Item = ItemId>) -> Erasure {
    Erasure {
        items: items.into_iter().collect(),
        ground: "demande".to_owned(),
        ..Erasure::default()
    }
}

pub(crate) fn of_record(number: u8) -> Erasure {
    Erasure {
        record: Some(record(number)),
        ..of_items([])
    }
}

pub(crate) fn of_subject(person: u8) -> Erasure {
    Erasure {
        subject: Some(subject(person)),
        ..of_items([])
    }
}

pub(crate) fn item(entry: &VerifiedEntry, index: u32) -> ItemId {
    ItemId::of(&entry.id(), index)
}
