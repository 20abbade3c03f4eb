//! One-for-one names: the opaque texts of a world, and the identifiers that stand for them here.

use std::collections::BTreeMap;

use crdt_schema::id::{
    CharterId, EntryId, FederationId, FeedId, ItemId, PartnerId, RecordId, SubjectId,
};
use crdt_schema::key::SecretKey;
use sha2::{Digest, Sha256};

/// The names of one world.
#[derive(Default)]
pub(crate) struct Names {
    /// The charters are real, so that their ids are the hashes of their bytes.
    pub(crate) charters: BTreeMap<String, CharterId>,
    /// The births of the records, so that their ids are the hashes of these.
    births: BTreeMap<String, (String, String)>,
    /// The genesis charter.
    pub(crate) federation: String,
    back: BTreeMap<Vec<u8>, String>,
}

impl Names {
    pub(crate) fn name_charter(&mut self, name: &str, id: CharterId) {
        self.charters.insert(name.to_owned(), id);
        self.back.insert(id.as_bytes().to_vec(), name.to_owned());
    }

    /// Takes the kind and the home territory of a record.
    pub(crate) fn name_record(&mut self, name: &str, birth: (String, String)) {
        self.births.insert(name.to_owned(), birth);
        self.remember_record(name);
    }

    pub(crate) fn charter(&self, name: &str) -> CharterId {
        let known = self.charters.get(name).copied();
        known.unwrap_or_else(|| CharterId::from_bytes(digest(name)))
    }

    pub(crate) fn federation(&self, name: &str) -> FederationId {
        self.charter(name).founds()
    }

    pub(crate) fn entry(&mut self, name: &str) -> EntryId {
        EntryId::from_bytes(self.remember(name))
    }

    pub(crate) fn feed(&mut self, name: &str) -> FeedId {
        FeedId::from_bytes(self.remember(name))
    }

    pub(crate) fn partner(&mut self, name: &str) -> PartnerId {
        PartnerId::from_bytes(self.remember(name))
    }

    pub(crate) fn record(&self, name: &str) -> RecordId {
        match self.births.get(name) {
            Some((kind, territory)) => {
                let federation = self.federation(&self.federation);
                RecordId::of(&federation, kind, territory, &half(name))
            }
            None => RecordId::from_bytes(half(name)),
        }
    }

    pub(crate) fn remember_record(&mut self, name: &str) -> RecordId {
        let id = self.record(name);
        self.back.insert(id.as_bytes().to_vec(), name.to_owned());
        id
    }

    /// Returns the text that stands for an identifier.
    pub(crate) fn back(&self, bytes: &[u8]) -> String {
        self.back[bytes].clone()
    }

    fn remember(&mut self, name: &str) -> [u8; 32] {
        let bytes = digest(name);
        self.back.insert(bytes.to_vec(), name.to_owned());
        bytes
    }
}

/// The ids of items are used as they are.
pub(crate) fn item(name: &str) -> ItemId {
    ItemId::parse(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn subject(name: &str) -> SubjectId {
    SubjectId::from_bytes(half(name))
}

/// The secret behind a symbolic key. A weak key has none.
pub(crate) fn secret(name: &str) -> Option<SecretKey> {
    (!name.starts_with("weak")).then(|| SecretKey::from_bytes(&digest(name)))
}

/// The public key behind a symbolic key. The weak ones become the identity.
pub(crate) fn key(name: &str) -> [u8; 32] {
    let mut identity = [0; 32];
    identity[0] = 1;
    secret(name).map_or(identity, |secret| *secret.public().as_bytes())
}

pub(crate) fn half(name: &str) -> [u8; 16] {
    digest(name)[..16].try_into().unwrap()
}

pub(crate) fn digest(name: &str) -> [u8; 32] {
    Sha256::digest(name.as_bytes()).into()
}
