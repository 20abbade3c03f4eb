//! What the domain costs: checking an entry, its bytes, replaying a record, deciding who may do what. `scripts/bench --parts` runs it.

use std::collections::BTreeMap;
use std::hint::black_box;

use crdt_schema::cbor::Wire;
use crdt_schema::edit::{Content, Operation, Replayed, Value, replay};
use crdt_schema::entry::{
    Body, Certificate, EditFrame, Frame, Header, Item, Kind, Payload, RecordBirth, UnsignedEntry,
    VerifiedEntry,
};
use crdt_schema::governance::{
    Act, Charter, Charters, Coordinator, Feeds, Governance, Holdings, Mandate, Quotas, Recovery,
    Seat, Selection, SignedAct,
};
use crdt_schema::id::{ItemId, RecordId, hash};
use crdt_schema::key::SecretKey;
use crdt_schema::limits::ENTRY_ITEMS_MAX;
use crdt_schema::time::Timestamp;
use criterion::Criterion;

const EDITS: usize = 2_000;
const PARTNERS: u32 = 200;
const ACTS: u32 = 1_000;

fn main() {
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    entries(&mut criterion);
    replays(&mut criterion);
    governance(&mut criterion);
    criterion.final_summary();
}

fn entries(criterion: &mut Criterion) {
    let federation = charter().federation();
    let mut group = criterion.benchmark_group("entry");
    for count in [1, ENTRY_ITEMS_MAX] {
        let entry = contribution(count);
        let signed = entry.to_signed();
        let payload = Payload::new(entry.items().to_vec()).expect("within the limits");
        group.bench_function(format!("hash_and_verify_{count}"), |bench| {
            bench.iter(|| black_box(&signed).clone().verify(&federation));
        });
        group.bench_function(format!("decode_items_{count}"), |bench| {
            bench.iter(|| Payload::from_bytes(black_box(&signed.payload)));
        });
        group.bench_function(format!("encode_items_{count}"), |bench| {
            bench.iter(|| black_box(&payload).to_bytes());
        });
        if count == 1 {
            group.bench_function("decode_header", |bench| {
                bench.iter(|| Header::from_bytes(black_box(&signed.header)));
            });
            group.bench_function("encode_header", |bench| {
                bench.iter(|| black_box(entry.header()).to_bytes());
            });
        }
    }
    group.finish();
}

fn replays(criterion: &mut Criterion) {
    let line = |n: usize| n.checked_sub(1).into_iter().collect();
    // A pair on one edit, then an edit on both.
    let pairs = |n: usize| match n % 3 {
        _ if n == 0 => vec![],
        1 => vec![n - 1],
        2 => vec![n - 2],
        _ => vec![n - 2, n - 1],
    };
    let mut group = criterion.benchmark_group("replay");
    group.sample_size(10);
    for (name, history) in [
        ("linear_2000", history(line)),
        ("half_concurrent_2000", history(pairs)),
    ] {
        group.bench_function(name, |bench| bench.iter(|| replay(black_box(&history))));
    }
    let merged = replay(&history(pairs)).expect("it replays");
    group.bench_function("digest_of_a_record", |bench| {
        bench.iter(|| black_box(&merged).digest());
    });
    group.finish();
}

fn history(under: impl Fn(usize) -> Vec<usize>) -> Vec<Replayed> {
    let id = |n: usize| {
        let hash = hash("bench", &[&n.to_be_bytes()]);
        ItemId::from_slice(&hash[..16]).expect("sixteen bytes")
    };
    let edit = |n| {
        let mut parents: Vec<_> = under(n).into_iter().map(id).collect();
        parents.sort_unstable();
        Replayed {
            id: id(n),
            parents,
            operations: vec![put(&format!("field_{}", n % 25), &format!("value {n}"))],
        }
    };
    (0..EDITS).map(edit).collect()
}

/// A charter, 200 partners that acts enrol, and a thousand acts in all.
fn governance(criterion: &mut Criterion) {
    let charter = charter();
    let mut feed = vec![sign(&[], Kind::Certificate, vec![certificate(&charter)])];
    for first in (0..ACTS).step_by(ENTRY_ITEMS_MAX) {
        let last = ACTS.min(first + ENTRY_ITEMS_MAX as u32);
        let items = (first..last).map(act).collect();
        feed.push(sign(&feed, Kind::Governance, items));
    }
    let mut feeds = Feeds::new(charter.federation());
    let mut acts = BTreeMap::new();
    for entry in &feed {
        feeds.take(entry).expect("a chain");
        acts.extend(SignedAct::all_of(entry));
    }
    let charters = Charters::new(charter);
    let holdings = Holdings {
        feeds: &feeds,
        charters: &charters,
        acts: &acts,
    };
    assert_eq!(acts.len(), ACTS as usize);
    let mut group = criterion.benchmark_group("governance");
    group.bench_function("evaluate_1000_acts", |bench| {
        bench.iter(|| Governance::evaluate(black_box(holdings)));
    });
    group.finish();
}

fn key(number: u32) -> SecretKey {
    SecretKey::from_bytes(&hash("bench-key", &[&number.to_be_bytes()]))
}

fn charter() -> Charter {
    let root = *key(0).public().as_bytes();
    let coordinator = Coordinator {
        root,
        name: "Préfecture".to_owned(),
        rights: Selection::All,
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
        coordinators: [(key(0).public().partner(), coordinator)].into(),
        partners: BTreeMap::new(),
        cuts: BTreeMap::new(),
        schemes: BTreeMap::new(),
        quotas: Quotas::default(),
        min_protocol: 1,
    }
}

fn sign(feed: &[VerifiedEntry], kind: Kind, items: Vec<Item>) -> VerifiedEntry {
    let charter = charter();
    let entry = UnsignedEntry {
        kind,
        federation: charter.federation(),
        place: (feed.len() as u64, feed.last().map(VerifiedEntry::id)),
        charter: charter.id(),
        claimed: Timestamp::from_millis(0),
        payload: Payload::new(items).expect("within the limits"),
    };
    entry.sign(&key(1))
}

fn certificate(charter: &Charter) -> Item {
    let (root, feed) = (key(0), key(1).public().feed());
    let partner = root.public().partner();
    let certificate = Certificate::sign(&root, partner, &charter.federation(), &feed, [9; 32]);
    item(Frame::Certificate(Box::new(certificate)), Vec::new())
}

/// Enrols a partner, or changes what one may write.
fn act(number: u32) -> Item {
    let root = key(100 + number % PARTNERS).public();
    let act = Act::Enrol {
        partner: root.partner(),
        root: *root.as_bytes(),
        name: format!("Partenaire {number}"),
        mandate: Mandate::everything(),
    };
    act.to_item([1; 16]).expect("a known act")
}

/// New records of about a kilobyte.
fn contribution(count: usize) -> VerifiedEntry {
    let federation = charter().federation();
    let new = |number: usize| {
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&number.to_be_bytes());
        let birth = RecordBirth {
            kind: "initiative".to_owned(),
            territory: "45".to_owned(),
            nonce,
        };
        let record = RecordId::of(&federation, &birth.kind, &birth.territory, &nonce);
        let operations = (0..20).map(|n| {
            put(
                &format!("field_{n}"),
                &format!("valeur {number} {n} inventée"),
            )
        });
        let frame = Frame::Edit(EditFrame {
            record,
            base: vec![],
            creation: Some(birth),
        });
        item(frame, Content(operations.collect()).to_cbor())
    };
    sign(&[], Kind::Contribution, (0..count).map(new).collect())
}

fn put(field: &str, value: &str) -> Operation {
    Operation::Put {
        field: field.to_owned(),
        value: Value::Text(value.to_owned()),
    }
}

fn item(frame: Frame, content: Vec<u8>) -> Item {
    let salt = [2; 16];
    let body = Body::Held { salt, content };
    Item { frame, body }
}
