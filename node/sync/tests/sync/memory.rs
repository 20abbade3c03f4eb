//! A replica in memory: what a session reads and writes, without a disk.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::entry::{
    Body, Frame, Item, Kind, Payload, SignedEntry, StatementFrame, UnsignedEntry, VerifiedEntry,
};
use crdt_schema::id::{CharterId, EntryId, FederationId, FeedId, RecordId};
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;
use sync::codec::{Block, Bytes};
use sync::limits::{HEADS_MAX, OBJECTS_MAX};
use sync::message::{Digest, FeedHeads, Head, NewHead, Tip};
use sync::session::{Batch, Library, ObjectsPage, PeerId, Receipt, Refusal, Room, Unreadable};

/// Tells an approval by a recovery key from one that begins a dispute.
const RECOVERY: u64 = 1 << 63;

/// The approval that puts this version in doubt.
pub(crate) fn dispute(version: u64) -> u64 {
    version
}

/// The approval that ends the dispute about this version.
pub(crate) fn recovery(version: u64) -> u64 {
    version | RECOVERY
}

/// A small generator (splitmix64), so that a seed replays a run.
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    /// Takes the seed from the name of the test, or from `SEED`.
    pub(crate) fn named(name: &str) -> Self {
        let own = name.bytes().fold(7, |hash: u64, byte| {
            hash.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        let asked = std::env::var("SEED")
            .ok()
            .and_then(|seed| seed.parse().ok());
        Self::seeded(asked.unwrap_or(own))
    }

    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next() as u8)
    }
}

pub(crate) fn federation() -> FederationId {
    FederationId::from_bytes([5; 32])
}

pub(crate) fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number + 1; 32])
}

/// A key of its own for each number.
pub(crate) fn wide_key(number: u32) -> SecretKey {
    let mut bytes = [9; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    SecretKey::from_bytes(&bytes)
}

/// A statement of the given size, signed at the given place.
pub(crate) fn entry(
    author: &SecretKey,
    previous: Option<Head>,
    size_bytes: usize,
    chance: &mut Chance,
) -> VerifiedEntry {
    let content = (0..size_bytes).map(|_| chance.next() as u8).collect();
    let item = Item {
        frame: Frame::Statement(StatementFrame {
            subject: RecordId::from_bytes(chance.bytes()),
            other: None,
            predicate: "verified".into(),
        }),
        body: Body::Held {
            salt: chance.bytes(),
            content,
        },
    };
    let unsigned = UnsignedEntry {
        kind: Kind::Contribution,
        federation: federation(),
        place: previous.map_or((0, None), |head| (head.sequence + 1, Some(head.id))),
        charter: CharterId::from_bytes([5; 32]),
        claimed: Timestamp::from_millis(0),
        payload: Payload::new(vec![item]).expect("one small item"),
    };
    unsigned.sign(author)
}

type Feed = BTreeMap<Head, (SignedEntry, Option<EntryId>)>;

/// What one node holds.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    pub(crate) own: SecretKey,
    /// Whether an entry of its own feed came that it had not written.
    has_ended: bool,
    pub(crate) feeds: BTreeMap<FeedId, Feed>,
    heads: BTreeMap<FeedId, BTreeSet<Head>>,
    /// Charters of the test are their version in eight bytes.
    pub(crate) charters: BTreeSet<u64>,
    /// Approvals of the test, in eight bytes: `dispute(version)` puts a charter and all that follow in doubt until `recovery(version)`.
    pub(crate) approvals: BTreeSet<u64>,
    pub(crate) governance: BTreeSet<FeedId>,
    pub(crate) cut: BTreeSet<PeerId>,
    /// The arrival of this feed cuts this peer.
    pub(crate) cutting: Option<(FeedId, PeerId)>,
    pub(crate) refused: BTreeSet<FeedId>,
    /// New entries of one feed that are taken in a day.
    pub(crate) quota: Option<usize>,
    spent: BTreeMap<FeedId, usize>,
    waiting: BTreeSet<FeedId>,
    pub(crate) known_peers: BTreeMap<PeerId, FeedId>,
    pub(crate) protocol_min: u16,
    pub(crate) federation: FederationId,
    /// Feeds in the order in which batches brought them.
    pub(crate) arrivals: Vec<FeedId>,
    pub(crate) duplicates: usize,
}

impl Memory {
    pub(crate) fn new(own: SecretKey) -> Self {
        Self {
            own,
            has_ended: false,
            feeds: BTreeMap::new(),
            heads: BTreeMap::new(),
            charters: BTreeSet::from([1]),
            approvals: BTreeSet::new(),
            governance: BTreeSet::new(),
            cut: BTreeSet::new(),
            cutting: None,
            refused: BTreeSet::new(),
            quota: None,
            spent: BTreeMap::new(),
            waiting: BTreeSet::new(),
            known_peers: BTreeMap::new(),
            protocol_min: 1,
            federation: federation(),
            arrivals: Vec::new(),
            duplicates: 0,
        }
    }

    /// The version of the charter in force: the newest before one that is in doubt.
    pub(crate) fn version(&self) -> u64 {
        let mut disputes = self.approvals.iter().filter(|it| **it & RECOVERY == 0);
        let doubted = disputes.find(|version| !self.approvals.contains(&recovery(**version)));
        let in_force = self.charters.iter().rev();
        let mut in_force = in_force.filter(|version| doubted.is_none_or(|it| *version < it));
        *in_force.next().expect("the genesis charter")
    }

    /// Begins a day: what waited may come.
    pub(crate) fn begin_day(&mut self) {
        self.spent.clear();
        self.waiting.clear();
    }

    /// Returns whether some feed waits for the next day.
    pub(crate) fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn is_spent(&mut self, feed: FeedId) -> bool {
        let spent = self.spent.entry(feed).or_default();
        *spent += 1;
        let is_spent = self.quota.is_some_and(|quota| *spent > quota);
        if is_spent {
            self.waiting.insert(feed);
        }
        is_spent
    }

    pub(crate) fn ends(&self, feed: &FeedId) -> Vec<Head> {
        let heads = self.heads.get(feed).into_iter().flatten();
        heads.take(HEADS_MAX).copied().collect()
    }

    pub(crate) fn all_heads(&self) -> Vec<FeedHeads> {
        let feeds = self.feeds.keys();
        feeds
            .map(|feed| FeedHeads {
                feed: *feed,
                heads: self.ends(feed),
            })
            .collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.feeds.values().map(BTreeMap::len).sum()
    }

    /// Bytes of the entries that the other node holds and this one does not.
    pub(crate) fn missing_bytes(&self, other: &Memory) -> usize {
        let empty = Feed::new();
        let lacking = other.feeds.iter().flat_map(|(feed, entries)| {
            let ours = self.feeds.get(feed).unwrap_or(&empty);
            entries.iter().filter(|(head, _)| !ours.contains_key(head))
        });
        lacking
            .map(|(_, (entry, _))| Block::size_bytes(entry))
            .sum()
    }

    /// Writes an entry of this author after `previous`.
    pub(crate) fn write_after(
        &mut self,
        author: &SecretKey,
        previous: Option<Head>,
        size_bytes: usize,
        chance: &mut Chance,
    ) -> NewHead {
        self.insert(&entry(author, previous, size_bytes, chance))
    }

    /// Writes an entry of this author after its newest head.
    pub(crate) fn write(
        &mut self,
        author: &SecretKey,
        size_bytes: usize,
        chance: &mut Chance,
    ) -> NewHead {
        let previous = self.ends(&author.public().feed()).last().copied();
        self.write_after(author, previous, size_bytes, chance)
    }

    pub(crate) fn insert(&mut self, entry: &VerifiedEntry) -> NewHead {
        let header = entry.header();
        let (feed, sequence, id) = (header.feed, header.sequence, entry.id());
        let head = Head { sequence, id };
        let stored = (entry.to_signed(), header.previous);
        self.feeds.entry(feed).or_default().insert(head, stored);
        let heads = self.heads.entry(feed).or_default();
        if let Some(previous) = header.previous {
            heads.retain(|head| head.id != previous);
        }
        heads.insert(head);
        NewHead { feed, head }
    }

    /// Verifies and keeps a batch, stopping at a prefix of a feed where something is wrong.
    pub(crate) fn store(&mut self, batch: Batch) -> Result<Receipt, Refusal> {
        match batch {
            Batch::Entries(entries) => self.store_entries(entries),
            Batch::Objects {
                charters,
                approvals,
            } => {
                let mut receipt = Receipt::default();
                let number = |bytes: Vec<u8>| {
                    let number = bytes.try_into().map(u64::from_be_bytes);
                    number.map_err(|_| Refusal::Invalid("object".into()))
                };
                for charter in charters {
                    receipt.has_new_objects |= self.charters.insert(number(charter)?);
                }
                for approval in approvals {
                    receipt.has_new_objects |= self.approvals.insert(number(approval)?);
                }
                Ok(receipt)
            }
        }
    }

    fn store_entries(&mut self, entries: Vec<SignedEntry>) -> Result<Receipt, Refusal> {
        let mut receipt = Receipt::default();
        let mut new = Vec::new();
        for signed in entries {
            let Ok(entry) = signed.verify(&self.federation) else {
                receipt.bad_signatures += 1;
                continue;
            };
            let header = entry.header();
            let feed = header.feed;
            let place = Head {
                sequence: header.sequence,
                id: entry.id(),
            };
            if self
                .feeds
                .get(&feed)
                .is_some_and(|held| held.contains_key(&place))
            {
                self.duplicates += 1;
                continue;
            }
            // Whether it is kept or not: somebody else has the key.
            self.has_ended |= feed == self.own.public().feed();
            let is_flooded = self.heads.get(&feed).is_some_and(|heads| {
                heads.len() >= HEADS_MAX
                    && !heads.iter().any(|head| Some(head.id) == header.previous)
            });
            let has_previous = header.previous.is_none_or(|previous| {
                let before = header.sequence - 1;
                let place = Head {
                    sequence: before,
                    id: previous,
                };
                self.feeds
                    .get(&feed)
                    .is_some_and(|held| held.contains_key(&place))
            });
            if is_flooded || !has_previous || self.refused.contains(&feed) {
                receipt.paused.push(feed);
                continue;
            }
            if self.is_spent(feed) {
                receipt.paused.push(feed);
                receipt.waiting.push(feed);
                continue;
            }
            self.arrivals.push(feed);
            let cutting = self.cutting.filter(|(cutting, _)| *cutting == feed);
            self.cut.extend(cutting.map(|(_, peer)| peer));
            new.push(self.insert(&entry));
        }
        new.retain(|new| self.heads[&new.feed].contains(&new.head));
        receipt.paused.sort_unstable();
        receipt.paused.dedup();
        receipt.waiting.dedup();
        receipt.heads = new;
        Ok(receipt)
    }

    fn before(&self, feed: &FeedId, head: &Head) -> Option<Head> {
        let (_, previous) = self.feeds.get(feed)?.get(head)?;
        Some(Head {
            sequence: head.sequence.checked_sub(1)?,
            id: (*previous)?,
        })
    }
}

impl Library for Memory {
    fn federation(&self) -> FederationId {
        self.federation
    }

    fn tip(&self) -> Result<Tip, Unreadable> {
        let version = self.version();
        let mut id = [0; 32];
        id[..8].copy_from_slice(&version.to_be_bytes());
        Ok(Tip {
            version,
            id: CharterId::from_bytes(id),
        })
    }

    fn protocol_min(&self) -> Result<u16, Unreadable> {
        Ok(self.protocol_min)
    }

    fn own_feed(&self) -> Result<Option<FeedId>, Unreadable> {
        Ok((!self.has_ended).then(|| self.own.public().feed()))
    }

    fn feeds_of(&self, peer: &PeerId) -> Result<Vec<FeedId>, Unreadable> {
        Ok(self.known_peers.get(peer).copied().into_iter().collect())
    }

    fn is_allowed(&self, peer: &PeerId) -> Result<bool, Unreadable> {
        Ok(!self.cut.contains(peer))
    }

    fn is_governance(&self, feed: &FeedId) -> Result<bool, Unreadable> {
        Ok(self.governance.contains(feed))
    }

    fn is_paused(&self, feed: &FeedId) -> Result<bool, Unreadable> {
        Ok(self.waiting.contains(feed))
    }

    fn objects_above(
        &self,
        tip: &Tip,
        skip: usize,
        bytes_max: usize,
    ) -> Result<ObjectsPage, Unreadable> {
        // As the real one: below a tip that is in force here too, nothing is told.
        let is_ours = tip.version <= self.version();
        let is_above = |version: u64| !is_ours || version > tip.version;
        let charters = self.charters.iter().map(|version| (*version, true));
        let charters = charters.filter(|(version, _)| is_above(*version));
        let approvals = self.approvals.iter().map(|approval| (*approval, false));
        let approvals = approvals.filter(|(approval, _)| is_above(approval & !RECOVERY));
        let mut rest = charters.chain(approvals).skip(skip);
        let mut page = ObjectsPage::default();
        for (number, is_charter) in rest.by_ref().take(OBJECTS_MAX.min(bytes_max / 8)) {
            let bytes = Bytes::new(number.to_be_bytes().to_vec()).expect("small");
            if is_charter {
                page.charters.push(bytes);
            } else {
                page.approvals.push(bytes);
            }
        }
        page.has_more = rest.next().is_some();
        Ok(page)
    }

    fn digest(&self) -> Result<Digest, Unreadable> {
        Ok(Digest::of(&self.all_heads()))
    }

    fn frontier(&self, feeds_max: usize) -> Result<Vec<FeedHeads>, Unreadable> {
        let mut feeds = self.all_heads();
        feeds.truncate(feeds_max);
        Ok(feeds)
    }

    fn heads(&self, feed: &FeedId) -> Result<Vec<Head>, Unreadable> {
        Ok(self.ends(feed))
    }

    fn holds(&self, feed: &FeedId, head: &Head) -> Result<bool, Unreadable> {
        Ok(self
            .feeds
            .get(feed)
            .is_some_and(|held| held.contains_key(head)))
    }

    fn ancestor(
        &self,
        feed: &FeedId,
        head: &Head,
        sequence: u64,
    ) -> Result<Option<Head>, Unreadable> {
        let mut way = std::iter::successors(Some(*head), |head| self.before(feed, head));
        Ok(way.find(|head| head.sequence == sequence))
    }

    fn entries_after(
        &self,
        feed: &FeedId,
        known: &[Head],
        cursor: Option<&Head>,
        mut room: Room,
    ) -> Result<Vec<(Head, SignedEntry)>, Unreadable> {
        let mut common = BTreeSet::new();
        for head in known {
            let mut next = Some(*head);
            while let Some(head) = next.filter(|head| common.insert(*head)) {
                next = self.before(feed, &head);
            }
        }
        let mut found = Vec::new();
        for (head, (entry, _)) in self.feeds.get(feed).into_iter().flatten() {
            if common.contains(head) || cursor.is_some_and(|cursor| head <= cursor) {
                continue;
            }
            let size = Block::size_bytes(entry);
            if room.entries == 0 || room.bytes < size {
                break;
            }
            room.entries -= 1;
            room.bytes -= size;
            found.push((*head, entry.clone()));
        }
        Ok(found)
    }

    fn entry(&self, id: &EntryId) -> Result<Option<(FeedId, Head, SignedEntry)>, Unreadable> {
        let mut all = self
            .feeds
            .iter()
            .flat_map(|(feed, held)| held.iter().map(move |(head, row)| (*feed, *head, row)));
        let found = all.find(|(_, head, _)| head.id == *id);
        Ok(found.map(|(feed, head, (entry, _))| (feed, head, entry.clone())))
    }
}
