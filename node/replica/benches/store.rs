//! What the store costs: a batch through the writer, the views of it, the digest of all of them, searches. `scripts/bench --parts` runs it.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::Duration;

use crdt_schema::cbor::Wire;
use crdt_schema::edit::{Content, Operation, Value};
use crdt_schema::entry::{
    Body, Certificate, EditFrame, Frame, Item, Kind, Payload, RecordBirth, UnsignedEntry,
    VerifiedEntry,
};
use crdt_schema::governance::{Charter, Confirmed, Mandate, Quotas, Recovery, Seat};
use crdt_schema::id::RecordId;
use crdt_schema::key::SecretKey;
use crdt_schema::limits::ENTRY_ITEMS_MAX;
use crdt_schema::time::Timestamp;
use criterion::{BatchSize, Criterion, Throughput};
use replica::Replica;
use replica::search::Query;
use tempfile::TempDir;

/// Entries of a batch, full ones: 4,096 records.
const ENTRIES: usize = 16;
const DEADLINE: Duration = Duration::from_secs(60);

/// A store in a folder of its own.
struct Store {
    replica: Replica,
    _folder: TempDir,
}

fn main() {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let batch = batch();
    let records = (ENTRIES * ENTRY_ITEMS_MAX) as u64;
    let mut group = criterion.benchmark_group("store");
    group.throughput(Throughput::Elements(records));
    group.bench_function("ingest_4096", |bench| {
        let setup = || (Store::new(), batch.clone());
        // The store is given back, so that closing it is not measured.
        let ingest = |(store, batch): (Store, Vec<_>)| {
            store.replica.ingest(batch).expect("it is written");
            store
        };
        bench.iter_batched(setup, ingest, BatchSize::PerIteration);
    });
    group.bench_function("build_views_4096", |bench| {
        let views = |store: Store| {
            assert!(store.replica.wait_for_views(DEADLINE));
            store
        };
        bench.iter_batched(|| Store::with(&batch), views, BatchSize::PerIteration);
    });
    let store = Store::with(&batch);
    assert!(store.replica.wait_for_views(DEADLINE));
    let reader = store.replica.read().expect("a snapshot");
    group.bench_function("state_digest_4096", |bench| {
        bench.iter(|| reader.state_digest().expect("readable"));
    });
    group.finish();
    searches(&mut criterion, &store.replica);
    criterion.final_summary();
}

fn searches(criterion: &mut Criterion, replica: &Replica) {
    // The values that most records have, as a person would choose them.
    let counted = replica
        .search(&Query::default())
        .expect("it answers")
        .facets;
    let facets: BTreeMap<_, _> = ["kind", "themes", "status", "audiences"]
        .iter()
        .filter_map(|facet| {
            let value = counted.get(*facet)?.first()?.value.clone();
            Some(((*facet).to_owned(), BTreeSet::from([value])))
        })
        .take(3)
        .collect();
    assert!(facets.len() > 1, "{:?}", counted.keys());
    let mut group = criterion.benchmark_group("search");
    for (name, query) in [
        ("everything", Query::default()),
        (
            "facets",
            Query {
                facets: facets.clone(),
                ..Query::default()
            },
        ),
        (
            "a_word_and_facets",
            Query {
                text: "atelier ".to_owned(),
                facets,
                ..Query::default()
            },
        ),
    ] {
        assert!(
            replica.search(&query).expect("it answers").total > 0,
            "{name}"
        );
        group.bench_function(name, |bench| {
            bench.iter(|| replica.search(black_box(&query)).expect("it answers").total);
        });
    }
    group.finish();
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Replica::create(folder.path(), &[charter()], &[]).expect("an empty folder");
        Self {
            replica: Replica::open(folder.path(), None).expect("a store"),
            _folder: folder,
        }
    }

    fn with(batch: &[VerifiedEntry]) -> Self {
        let store = Self::new();
        store.replica.ingest(batch.to_vec()).expect("it is written");
        store
    }
}

fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

/// A federation of one partner, which coordinates nothing.
fn charter() -> Charter {
    let root = *key(1).public().as_bytes();
    let partner = Confirmed {
        root,
        name: "Préfecture".to_owned(),
        mandate: Mandate::everything(),
    };
    Charter {
        federation: None,
        version: 0,
        parent: None,
        name: "Mesure".to_owned(),
        seats: vec![Seat {
            id: "Préfecture".to_owned(),
            key: root,
        }],
        k: 1,
        recovery: Recovery::default(),
        coordinators: BTreeMap::new(),
        partners: [(key(1).public().partner(), partner)].into(),
        cuts: BTreeMap::new(),
        schemes: BTreeMap::new(),
        quotas: Quotas::default(),
        min_protocol: 1,
    }
}

/// A certificate, then full entries of new records.
fn batch() -> Vec<VerifiedEntry> {
    let charter = charter();
    let (federation, root, instance) = (charter.federation(), key(1), key(2));
    let (partner, feed) = (root.public().partner(), instance.public().feed());
    let certificate = Certificate::sign(&root, partner, &federation, &feed, [3; 32]);
    let frame = Frame::Certificate(Box::new(certificate));
    let mut entries: Vec<VerifiedEntry> = Vec::new();
    for place in 0..=ENTRIES {
        let (kind, items) = match place {
            0 => (Kind::Certificate, vec![item(frame.clone(), Vec::new())]),
            _ => {
                let first = (place - 1) * ENTRY_ITEMS_MAX;
                let numbers = first..first + ENTRY_ITEMS_MAX;
                (Kind::Contribution, numbers.map(new_record).collect())
            }
        };
        let entry = UnsignedEntry {
            kind,
            federation,
            place: (place as u64, entries.last().map(VerifiedEntry::id)),
            charter: charter.id(),
            claimed: Timestamp::from_millis(1_764_000_000_000),
            payload: Payload::new(items).expect("within the limits"),
        };
        entries.push(entry.sign(&instance));
    }
    entries
}

fn new_record(number: usize) -> Item {
    let mut nonce = [0; 16];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    let birth = RecordBirth {
        kind: "initiative".to_owned(),
        territory: "45".to_owned(),
        nonce,
    };
    let record = RecordId::of(
        &charter().federation(),
        &birth.kind,
        &birth.territory,
        &nonce,
    );
    let put = |field: &str, value: String| Operation::Put {
        field: field.to_owned(),
        value: Value::Text(value),
    };
    let code = |field: &str, code: &str| Operation::Put {
        field: field.to_owned(),
        value: Value::Term(code.to_owned()),
    };
    let add = |field: &str, term: &str| Operation::Add {
        field: field.to_owned(),
        term: term.to_owned(),
    };
    let operations = vec![
        put("name", format!("Atelier inventé numéro {number}")),
        put(
            "summary",
            format!("Un résumé de quelques mots pour l’atelier {number}, sans rien de vrai"),
        ),
        put(
            "website",
            format!("https://www.exemple.fr/ateliers/{number}"),
        ),
        code("status", ["running", "planned"][number % 2]),
        add("themes", ["sport", "culture", "education"][number % 3]),
        add("audiences", "youth"),
    ];
    let frame = Frame::Edit(EditFrame {
        record,
        base: vec![],
        creation: Some(birth),
    });
    item(frame, Content(operations).to_cbor())
}

fn item(frame: Frame, content: Vec<u8>) -> Item {
    let salt = [4; 16];
    let body = Body::Held { salt, content };
    Item { frame, body }
}
