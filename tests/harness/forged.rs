//! Entries that are signed by hand, as a node never would: any place, any time, any kind.

use crdt_schema::cbor::Wire;
use crdt_schema::edit::{Content, Operation, Value};
use crdt_schema::entry::{
    Body, Certificate, EditFrame, Frame, Item, Kind, Payload, RecordBirth, UnsignedEntry,
    VerifiedEntry,
};
use crdt_schema::governance::Act;
use crdt_schema::id::{CharterId, EntryId, FederationId, FeedId, ItemId, RecordId};
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;

/// A key in the hands of somebody who signs what they like.
pub(crate) struct Forger {
    pub(crate) secret: SecretKey,
    pub(crate) federation: FederationId,
    pub(crate) charter: CharterId,
    pub(crate) claimed: Timestamp,
    salt: u64,
}

/// Position in the feed, and the entry before it.
pub(crate) type Place = (u64, Option<EntryId>);

impl Forger {
    pub(crate) fn new(secret: SecretKey, federation: FederationId, charter: CharterId) -> Self {
        Self {
            secret,
            federation,
            charter,
            claimed: Timestamp::from_millis(1_000),
            salt: 0,
        }
    }

    pub(crate) fn feed(&self) -> FeedId {
        self.secret.public().feed()
    }

    /// The place after an entry.
    pub(crate) fn after(entry: &VerifiedEntry) -> Place {
        (entry.header().sequence + 1, Some(entry.id()))
    }

    pub(crate) fn entry(
        &mut self,
        kind: Kind,
        place: Place,
        frames: Vec<(Frame, Vec<u8>)>,
    ) -> VerifiedEntry {
        let items = frames
            .into_iter()
            .map(|(frame, content)| self.salted(frame, content));
        let payload = Payload::new(items.collect()).expect("small items");
        let entry = UnsignedEntry {
            kind,
            federation: self.federation,
            place,
            charter: self.charter,
            claimed: self.claimed,
            payload,
        };
        entry.sign(&self.secret)
    }

    fn salted(&mut self, frame: Frame, content: Vec<u8>) -> Item {
        self.salt += 1;
        let mut salt = [0xf0; 16];
        salt[..8].copy_from_slice(&self.salt.to_be_bytes());
        Item {
            frame,
            body: Body::Held { salt, content },
        }
    }

    pub(crate) fn edit(
        &mut self,
        place: Place,
        record: RecordId,
        birth: Option<RecordBirth>,
        base: Vec<ItemId>,
        name: &str,
    ) -> VerifiedEntry {
        let value = Value::Text(name.to_owned());
        let field = "name".to_owned();
        let content = Content(vec![Operation::Put { field, value }]).to_cbor();
        let frame = Frame::Edit(EditFrame {
            record,
            base,
            creation: birth,
        });
        self.entry(Kind::Contribution, place, vec![(frame, content)])
    }

    pub(crate) fn act(&mut self, place: Place, act: &Act) -> VerifiedEntry {
        let name = act.name().expect("a known act").to_owned();
        self.entry(
            Kind::Governance,
            place,
            vec![(Frame::Act(name), act.to_content())],
        )
    }

    pub(crate) fn certificate(&mut self, root: &SecretKey, endpoint: [u8; 32]) -> VerifiedEntry {
        let partner = root.public().partner();
        let certificate =
            Certificate::sign(root, partner, &self.federation, &self.feed(), endpoint);
        let frame = Frame::Certificate(Box::new(certificate));
        self.entry(
            Kind::Certificate,
            (0, None),
            vec![(frame, b"forged".to_vec())],
        )
    }
}

/// Chance that a seed repeats: splitmix64.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
    }
}
