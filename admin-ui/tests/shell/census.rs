//! An empty census of a federation of one or two, in a temporary folder.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::entry::Certificate;
use crdt_schema::governance::{
    Charter, Confirmed, Coordinator, Criterion, Mandate, Quotas, Recovery, Scheme, SchemeName,
    Scope, Seat, Selection,
};
use crdt_schema::id::RecordId;
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;
use replica::{Author, Replica, Saving};

const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

pub(crate) fn replica(folder: &Path) -> Arc<Replica> {
    of_partner(folder, &alone(), 1)
}

fn alone() -> Charter {
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
    Charter {
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
    }
}

/// The same with a second partner, and a label that both decide.
pub(crate) fn committee() -> Charter {
    let mut charter = alone();
    let partners = [1, 2].map(|number| key(number).public().partner());
    let confirmed = Confirmed {
        root: *key(2).public().as_bytes(),
        name: "Département d’Exemple".to_owned(),
        mandate: Mandate::everything(),
    };
    charter.partners.insert(partners[1], confirmed);
    let criterion = |id: &str, title: &str, weight, mandatory| Criterion {
        id: id.to_owned(),
        title: title.to_owned(),
        weight,
        mandatory,
    };
    let scheme = Scheme {
        title: "Accueil pour tous".to_owned(),
        criteria: vec![
            criterion("accueil", "Un <accueil> sans marche", 2, true),
            criterion("suivi", "Un suivi chaque année", 1, false),
        ],
        fields: vec!["name".to_owned()],
        k: 2,
        committee: partners.into(),
        months: 24,
        ..Scheme::default()
    };
    let name = SchemeName {
        id: "accueil".to_owned(),
        version: 1,
    };
    charter.schemes.insert(name, scheme);
    charter
}

/// The same, where a partner may publish three entries a day.
pub(crate) fn with_quotas() -> Charter {
    Charter {
        quotas: Quotas {
            entries_per_day: Some(3),
            bytes_per_day: Some(1_000_000),
        },
        ..committee()
    }
}

/// The same, where the second partner may write the records of one département.
pub(crate) fn with_mandate() -> Charter {
    let mut charter = committee();
    let partner = key(2).public().partner();
    let confirmed = charter.partners.get_mut(&partner).expect("the second");
    confirmed.mandate = Mandate::new(vec![Scope {
        kinds: Selection::All,
        territories: Selection::only(["45"]),
    }]);
    charter
}

/// A federation of three, where the first two coordinate.
pub(crate) fn two_coordinators() -> Charter {
    let mut charter = committee();
    let root = |number| *key(number).public().as_bytes();
    let coordinator = Coordinator {
        root: root(2),
        name: "Département d’Exemple".to_owned(),
        rights: Selection::All,
        mandate: Mandate::everything(),
    };
    let confirmed = Confirmed {
        root: root(3),
        name: "Comité d’Exemple".to_owned(),
        mandate: Mandate::everything(),
    };
    let partners = [2, 3].map(|number| key(number).public().partner());
    charter.coordinators.insert(partners[0], coordinator);
    charter.partners.insert(partners[1], confirmed);
    charter
}

/// The replica of the partner whose root is made of this number.
pub(crate) fn of_partner(folder: &Path, charter: &Charter, number: u8) -> Arc<Replica> {
    Replica::create(folder, std::slice::from_ref(charter), &[]).expect("an empty folder");
    let (root, instance) = (key(number), key(number + 100));
    let feed = instance.public().feed();
    let author = Author {
        secret: instance,
        now: || Timestamp::from_millis(1_764_000_000_000),
        fill_random: fill,
    };
    let replica = Replica::open(folder, Some(author)).expect("a store");
    let partner = root.public().partner();
    let certificate = Certificate::sign(&root, partner, &charter.federation(), &feed, [number; 32]);
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

/// Writes an invented record of this kind, and waits until it is shown.
pub(crate) fn record(replica: &Replica, kind: &str, name: &str) -> RecordId {
    let name = Wanted::Value(Value::Text(name.to_owned()));
    let draft = Draft {
        fields: [("name".to_owned(), name)].into(),
    };
    let federation = *replica.state().federation();
    let saving = Saving::creation(&federation, kind, "45", [5; 16], draft);
    let record = saving.record;
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    record
}
