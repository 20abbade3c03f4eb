//! A small federation in temporary folders: two confirmed partners, whose keys are made of one byte.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crdt_schema::cbor::Wire;
use crdt_schema::edit::{Content, Operation, Value};
use crdt_schema::entry::{Certificate, EditFrame, Frame, RecordBirth, SignedEntry, VerifiedEntry};
use crdt_schema::governance::{
    Act, Charter, Confirmed, Coordinator, Mandate, NoEffect, Quotas, Recovery, Seat, Selection,
};
use crdt_schema::id::{EntryId, FederationId, ItemId, RecordId};
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;
use replica::{Author, ContributeError, NewItem, Replica};

pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// Waits until something is so. Endpoints and replicas tell no event for most of what tests look at.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waited = tokio::time::timeout(DEADLINE, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "not in time: {what}");
}

pub(crate) fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

/// A charter with two confirmed partners, whose roots are `key(1)` and `key(2)`; the first coordinates.
pub(crate) fn charter() -> Charter {
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
        partners: [
            confirmed(1, "Préfecture"),
            confirmed(2, "Ville"),
            confirmed(3, "Association"),
        ]
        .into(),
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

pub(crate) struct Node {
    pub(crate) replica: Arc<Replica>,
    pub(crate) folder: tempfile::TempDir,
}

impl Node {
    /// The node of the partner whose root is `key(partner)` and whose instance is `key(partner + 100)`.
    pub(crate) fn new(partner: u8) -> Self {
        Self::under(&charter(), partner)
    }

    /// The node of the same partner in a federation of another name.
    pub(crate) fn founding(partner: u8, federation: &str) -> Self {
        let name = federation.to_owned();
        Self::under(&Charter { name, ..charter() }, partner)
    }

    pub(crate) fn under(charter: &Charter, partner: u8) -> Self {
        Self::within(tempfile::tempdir().expect("a folder"), charter, partner)
    }

    /// The node of a partner in an empty folder.
    pub(crate) fn within(folder: tempfile::TempDir, charter: &Charter, partner: u8) -> Self {
        Replica::create(folder.path(), std::slice::from_ref(charter), &[])
            .expect("an empty folder");
        let node = Self {
            replica: Self::open(folder.path(), partner),
            folder,
        };
        let (root, instance) = (key(partner), key(partner + 100));
        let certificate = Certificate::sign(
            &root,
            root.public().partner(),
            &charter.federation(),
            &instance.public().feed(),
            [partner; 32],
        );
        node.replica
            .certify(certificate, &[])
            .expect("the feed starts");
        node
    }

    pub(crate) fn open(folder: &std::path::Path, partner: u8) -> Arc<Replica> {
        let author = Author {
            secret: key(partner + 100),
            now,
            fill_random: fill,
        };
        Arc::new(Replica::open(folder, Some(author)).expect("a store"))
    }

    /// Stops the replica in good order, and opens it again.
    pub(crate) fn reopened(self, partner: u8) -> Self {
        let Self { replica, folder } = self;
        drop(replica);
        Self {
            replica: Self::open(folder.path(), partner),
            folder,
        }
    }

    pub(crate) fn put(&self, record: RecordId, birth: Option<RecordBirth>, name: &str) -> EntryId {
        self.try_put(record, birth, name).expect("it is written")
    }

    pub(crate) fn try_put(
        &self,
        record: RecordId,
        birth: Option<RecordBirth>,
        name: &str,
    ) -> Result<EntryId, ContributeError> {
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
        let signed = self.replica.contribute(vec![NewItem { frame, content }])?;
        Ok(signed[0])
    }

    pub(crate) fn heads(&self, record: &RecordId) -> Vec<ItemId> {
        let reader = self.replica.read().expect("a snapshot");
        reader
            .record(record)
            .expect("readable")
            .map(|view| view.heads)
            .unwrap_or_default()
    }

    pub(crate) fn names(&self, record: &RecordId) -> Vec<String> {
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

    pub(crate) fn entries(&self) -> Vec<SignedEntry> {
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

    /// Takes entries in the order that they come in, as often as it needs until all whose past is there are held.
    pub(crate) fn take_in_any_order(&self, entries: &[VerifiedEntry]) {
        let mut waiting = entries.to_vec();
        loop {
            let before = waiting.len();
            waiting.retain(|entry| {
                let ingested = self.replica.ingest(vec![entry.clone()]);
                ingested.expect("it is written").unconnected.is_some()
            });
            if waiting.is_empty() {
                return;
            }
            assert!(waiting.len() < before, "{} entries have no past", before);
        }
    }

    pub(crate) fn verified(&self) -> Vec<VerifiedEntry> {
        let federation = *self.replica.state().federation();
        let entries = self.entries().into_iter();
        entries
            .map(|entry| entry.verify(&federation).expect("signed"))
            .collect()
    }

    /// Signs acts, which must be written.
    pub(crate) fn decide(&self, acts: &[Act]) -> EntryId {
        let items = acts.iter().map(|act| NewItem {
            frame: Frame::Act(act.name().expect("a known act").to_owned()),
            content: act.to_content(),
        });
        let signed = self.replica.decide(items.collect());
        *signed.expect("it is written").last().expect("an entry")
    }

    /// Returns why the acts of an entry count for nothing; nothing for those that count.
    pub(crate) fn outcome(&self, entry: &EntryId) -> Result<(), NoEffect> {
        let state = self.replica.state();
        let mut of_entry = state
            .acts()
            .iter()
            .filter(|(_, signed)| signed.entry == *entry);
        let (id, _) = of_entry.next().expect("the act is held");
        let outcome = state.governance().acts().outcome(id);
        outcome.expect("it was judged")
    }

    pub(crate) fn is_enrolled(&self, root: u8) -> bool {
        let state = self.replica.state();
        let partners = state.governance().partners();
        partners
            .enrolled()
            .contains_key(&key(root).public().partner())
    }

    pub(crate) fn take_all(&self, from: &Node) {
        let ingested = self.replica.ingest(from.verified()).expect("it is written");
        assert_eq!(ingested.unconnected, None);
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        assert!(self.replica.wait_for_views(DEADLINE));
        self.replica
            .read()
            .expect("a snapshot")
            .state_digest()
            .expect("readable")
    }
}

/// A record of kind `actor` in the Loiret.
pub(crate) fn birth(nonce: u8) -> (RecordId, RecordBirth) {
    birth_in(&charter().federation(), nonce)
}

/// The same in the federation of another charter.
pub(crate) fn birth_in(federation: &FederationId, nonce: u8) -> (RecordId, RecordBirth) {
    let birth = RecordBirth {
        kind: "actor".to_owned(),
        territory: "45".to_owned(),
        nonce: [nonce; 16],
    };
    let record = RecordId::of(federation, &birth.kind, &birth.territory, &birth.nonce);
    (record, birth)
}
