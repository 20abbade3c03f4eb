//! A node whose pages show a census: one partner, whose keys are made of one byte, and invented records.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use admin_ui::Census;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::entry::{Certificate, RecordBirth};
use crdt_schema::governance::{
    Charter, Confirmed, Coordinator, Mandate, Quotas, Recovery, Seat, Selection,
};
use crdt_schema::id::RecordId;
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;
use replica::{Author, Replica, Saving};

const DEADLINE: Duration = Duration::from_secs(20);

fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

fn charter() -> Charter {
    let (root, partner) = (*key(1).public().as_bytes(), key(1).public().partner());
    let name = "Ville d’Exemple".to_owned();
    let coordinator = Coordinator {
        root,
        name: name.clone(),
        rights: Selection::All,
        mandate: Mandate::everything(),
    };
    let confirmed = Confirmed {
        root,
        name,
        mandate: Mandate::everything(),
    };
    Charter {
        federation: None,
        version: 0,
        parent: None,
        name: "Essai".to_owned(),
        seats: vec![Seat {
            id: "Ville d’Exemple".to_owned(),
            key: *key(9).public().as_bytes(),
        }],
        k: 1,
        recovery: Recovery::default(),
        coordinators: [(partner, coordinator)].into(),
        partners: [(partner, confirmed)].into(),
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

/// Opens an empty census in a folder.
pub(crate) fn open(folder: &Path) -> Arc<Replica> {
    Replica::create(folder, &[charter()], &[]).expect("an empty folder");
    let author = Author {
        secret: key(101),
        now: || Timestamp::from_millis(1_764_000_000_000),
        fill_random: fill,
    };
    let replica = Arc::new(Replica::open(folder, Some(author)).expect("a store"));
    let certificate = Certificate::sign(
        &key(1),
        key(1).public().partner(),
        &charter().federation(),
        &key(101).public().feed(),
        [1; 32],
    );
    replica.certify(certificate).expect("the feed starts");
    replica
}

pub(crate) fn pages(replica: &Arc<Replica>) -> Census {
    Census {
        replica: Arc::clone(replica),
        peers: Box::new(Vec::new),
    }
}

/// Writes an actor. A point is latitude and longitude, in 10⁻⁷ degrees.
pub(crate) fn put(
    replica: &Replica,
    nonce: u16,
    name: &str,
    theme: &str,
    point: Option<(i32, i32)>,
) -> RecordId {
    let mut bytes = [0; 16];
    bytes[..2].copy_from_slice(&nonce.to_be_bytes());
    let birth = RecordBirth {
        kind: "actor".to_owned(),
        territory: "45".to_owned(),
        nonce: bytes,
    };
    let record = RecordId::of(
        &charter().federation(),
        &birth.kind,
        &birth.territory,
        &birth.nonce,
    );
    let mut draft = Draft::default();
    let mut want = |field: &str, wanted| draft.fields.insert(field.to_owned(), wanted);
    want("name", Wanted::Value(Value::Text(name.to_owned())));
    want("themes", Wanted::Terms([theme.to_owned()].into()));
    if let Some((latitude_e7, longitude_e7)) = point {
        want(
            "point",
            Wanted::Value(Value::Point {
                latitude_e7,
                longitude_e7,
            }),
        );
    }
    let saving = Saving {
        record,
        birth: Some(birth),
        base: Vec::new(),
        draft,
    };
    replica.save(saving).expect("it is written");
    record
}

/// Waits until all that was written can be found.
pub(crate) fn settle(replica: &Replica) {
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
}
