//! An empty census of a federation of one, in a temporary folder.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crdt_schema::entry::Certificate;
use crdt_schema::governance::{
    Charter, Confirmed, Coordinator, Mandate, Quotas, Recovery, Seat, Selection,
};
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;
use replica::{Author, Replica};

fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

pub(crate) fn replica(folder: &Path) -> Arc<Replica> {
    let root = key(1);
    let coordinator = Coordinator {
        root: *root.public().as_bytes(),
        name: "Ville d’Exemple".to_owned(),
        rights: Selection::All,
        mandate: Mandate::everything(),
    };
    let confirmed = Confirmed {
        root: *root.public().as_bytes(),
        name: "Ville d’Exemple".to_owned(),
        mandate: Mandate::everything(),
    };
    let charter = Charter {
        federation: None,
        version: 0,
        parent: None,
        name: "Essai".to_owned(),
        seats: vec![Seat {
            id: "Ville".to_owned(),
            key: *key(9).public().as_bytes(),
        }],
        k: 1,
        recovery: Recovery::default(),
        coordinators: [(root.public().partner(), coordinator)].into(),
        partners: [(root.public().partner(), confirmed)].into(),
        cuts: [].into(),
        schemes: [].into(),
        quotas: Quotas::default(),
        min_protocol: 1,
    };
    Replica::create(folder, std::slice::from_ref(&charter), &[]).expect("an empty folder");
    let author = Author {
        secret: key(101),
        now: || Timestamp::from_millis(1_764_000_000_000),
        fill_random: fill,
    };
    let replica = Replica::open(folder, Some(author)).expect("a store");
    let certificate = Certificate::sign(
        &root,
        root.public().partner(),
        &charter.federation(),
        &key(101).public().feed(),
        [1; 32],
    );
    replica.certify(certificate, &[]).expect("the feed starts");
    Arc::new(replica)
}

/// Any bytes do for salts here: each call gives others.
fn fill(bytes: &mut [u8]) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    for (byte, value) in bytes.iter_mut().zip(next.iter().cycle()) {
        *byte = *value;
    }
}
