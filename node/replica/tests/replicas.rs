//! Whole replicas in temporary folders: what one signs, another takes, and both show the same.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crdt_schema::cbor::Wire;
use crdt_schema::edit::{Content, Operation, Value};
use crdt_schema::entry::{Certificate, EditFrame, Frame, RecordBirth, SignedEntry};
use crdt_schema::governance::{
    Charter, Confirmed, Coordinator, Mandate, Quotas, Recovery, Seat, Selection,
};
use crdt_schema::id::{EntryId, ItemId, RecordId};
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;
use replica::{Author, NewItem, Replica};

const DEADLINE: Duration = Duration::from_secs(20);

fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

/// A charter with two confirmed partners, whose roots are `key(1)` and `key(2)`; the first coordinates.
fn charter() -> Charter {
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

/// Any bytes do for salts here: each call gives others.
fn fill(bytes: &mut [u8]) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    for (byte, value) in bytes.iter_mut().zip(next.iter().cycle()) {
        *byte = *value;
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_764_000_000_000)
}

struct Node {
    replica: Replica,
    folder: tempfile::TempDir,
}

impl Node {
    /// The node of the partner whose root is `key(partner)` and whose instance is `key(partner + 100)`.
    fn new(partner: u8) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Replica::create(folder.path(), &[charter()], &[]).expect("an empty folder");
        let node = Self {
            replica: Self::open(folder.path(), partner),
            folder,
        };
        let (root, instance) = (key(partner), key(partner + 100));
        let certificate = Certificate::sign(
            &root,
            root.public().partner(),
            &charter().federation(),
            &instance.public().feed(),
            [partner; 32],
        );
        node.replica.certify(certificate).expect("the feed starts");
        node
    }

    fn open(folder: &std::path::Path, partner: u8) -> Replica {
        let author = Author {
            secret: key(partner + 100),
            now,
            fill_random: fill,
        };
        Replica::open(folder, Some(author)).expect("a store")
    }

    fn put(&self, record: RecordId, birth: Option<RecordBirth>, name: &str) -> EntryId {
        let base = self.heads(&record);
        let value = Value::Text(name.to_owned());
        let content = Content(vec![Operation::Put {
            field: "name".to_owned(),
            value,
        }])
        .to_cbor();
        let frame = Frame::Edit(EditFrame {
            record,
            base,
            creation: birth,
        });
        self.replica
            .contribute(vec![NewItem { frame, content }])
            .expect("it is written")[0]
    }

    fn heads(&self, record: &RecordId) -> Vec<ItemId> {
        let reader = self.replica.read().expect("a snapshot");
        reader
            .record(record)
            .expect("readable")
            .map(|view| view.heads)
            .unwrap_or_default()
    }

    fn names(&self, record: &RecordId) -> Vec<String> {
        let reader = self.replica.read().expect("a snapshot");
        let view = reader.record(record).expect("readable").expect("held");
        let values = view
            .field("name")
            .map(|field| field.values.clone())
            .unwrap_or_default();
        values
            .into_iter()
            .map(|written| match written.value {
                Value::Text(text) => text,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn entries(&self) -> Vec<SignedEntry> {
        let mut ids: Vec<_> = self
            .replica
            .state()
            .feeds()
            .entries()
            .map(|(id, held)| (held.sequence, id))
            .collect();
        ids.sort_unstable();
        let ids: Vec<_> = ids.into_iter().map(|(_, id)| id).collect();
        self.replica
            .read()
            .expect("a snapshot")
            .signed_entries(&ids)
            .expect("readable")
    }

    fn take_all(&self, from: &Node) {
        let federation = charter().federation();
        let entries = from
            .entries()
            .into_iter()
            .map(|entry| entry.verify(&federation).expect("signed"));
        let ingested = self
            .replica
            .ingest(entries.collect())
            .expect("it is written");
        assert_eq!(ingested.unconnected, None);
    }

    fn digest(&self) -> [u8; 32] {
        assert!(self.replica.wait_for_views(DEADLINE));
        self.replica
            .read()
            .expect("a snapshot")
            .state_digest()
            .expect("readable")
    }
}

fn birth(nonce: u8) -> (RecordId, RecordBirth) {
    let birth = RecordBirth {
        kind: "actor".to_owned(),
        territory: "45".to_owned(),
        nonce: [nonce; 16],
    };
    let record = RecordId::of(
        &charter().federation(),
        &birth.kind,
        &birth.territory,
        &birth.nonce,
    );
    (record, birth)
}

#[test]
fn edits_made_apart_merge_and_keep_both_values() {
    let (prefecture, ville) = (Node::new(1), Node::new(2));
    let (record, birth) = birth(1);
    prefecture.put(record, Some(birth), "Maison de quartier");
    ville.take_all(&prefecture);
    assert_eq!(ville.names(&record), ["Maison de quartier"]);
    assert_eq!(prefecture.names(&record), ["Maison de quartier"]);
    prefecture.put(record, None, "Maison du quartier nord");
    ville.put(record, None, "Maison de quartier Jean-Zay");
    assert_ne!(prefecture.digest(), ville.digest());
    ville.take_all(&prefecture);
    prefecture.take_all(&ville);
    assert_eq!(prefecture.digest(), ville.digest());
    let mut names = ville.names(&record);
    assert_eq!(names, prefecture.names(&record));
    names.sort();
    assert_eq!(
        names,
        ["Maison de quartier Jean-Zay", "Maison du quartier nord"]
    );
    ville.put(record, None, "Maison de quartier Jean-Zay");
    prefecture.take_all(&ville);
    assert_eq!(prefecture.names(&record), ["Maison de quartier Jean-Zay"]);
    assert_eq!(prefecture.digest(), ville.digest());
}

#[test]
fn a_replica_that_is_opened_again_holds_the_same() {
    let node = Node::new(1);
    let (record, birth) = birth(1);
    node.put(record, Some(birth), "Maison de quartier");
    let digest = node.digest();
    let Node { replica, folder } = node;
    drop(replica);
    let node = Node {
        replica: Node::open(folder.path(), 1),
        folder,
    };
    assert_eq!(node.digest(), digest);
    node.put(record, None, "Maison du quartier");
    assert_eq!(node.names(&record), ["Maison du quartier"]);
    assert_ne!(node.digest(), digest);
}

#[test]
fn what_comes_before_its_base_waits_and_then_counts() {
    let (prefecture, ville, third) = (Node::new(1), Node::new(2), Node::new(1));
    let (record, birth) = birth(1);
    prefecture.put(record, Some(birth), "Maison de quartier");
    ville.take_all(&prefecture);
    ville.put(record, None, "Maison du quartier");
    // A third node gets the ville's feed first: its edit stands on one that is not there yet.
    let federation = charter().federation();
    let (own, others): (Vec<_>, Vec<_>) = ville
        .entries()
        .into_iter()
        .map(|entry| entry.verify(&federation).expect("signed"))
        .partition(|entry| entry.header().feed == key(102).public().feed());
    let folder = tempfile::tempdir().expect("a folder");
    Replica::create(folder.path(), &[charter()], &[]).expect("an empty folder");
    drop(third);
    let late = Node {
        replica: Replica::open(folder.path(), None).expect("a store"),
        folder,
    };
    late.replica.ingest(own).expect("it is written");
    assert!(late.replica.wait_for_views(DEADLINE));
    let counts = late
        .replica
        .read()
        .expect("a snapshot")
        .counts()
        .expect("readable");
    assert_eq!((counts.records, counts.troubles.pending), (0, 1));
    late.replica.ingest(others).expect("it is written");
    assert_eq!(late.digest(), ville.digest());
    let counts = late
        .replica
        .read()
        .expect("a snapshot")
        .counts()
        .expect("readable");
    assert_eq!((counts.records, counts.troubles.pending), (1, 0));
}

#[test]
fn a_gap_in_a_feed_is_never_skipped() {
    let (prefecture, ville) = (Node::new(1), Node::new(2));
    let (record, birth) = birth(1);
    prefecture.put(record, Some(birth), "a");
    let skipped = prefecture.put(record, None, "b");
    let last = prefecture.put(record, None, "c");
    let federation = charter().federation();
    let entries = prefecture
        .entries()
        .into_iter()
        .map(|entry| entry.verify(&federation).expect("signed"));
    let entries: Vec<_> = entries.filter(|entry| entry.id() != skipped).collect();
    let ingested = ville.replica.ingest(entries).expect("it is written");
    assert_eq!(ingested.unconnected, Some(last));
    assert_eq!(ingested.added, 2);
    assert_eq!(ville.names(&record), ["a"]);
}
