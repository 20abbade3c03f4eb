//! The feeds that are held: which entries are connected, who owns them, where a feed forks, what a cut keeps.
//!
//! A feed is a tree; nearly always it is a chain. The tree is kept as *branches*, runs of entries that follow one another. On a
//! feed without a fork there is one branch, so that ancestry is a comparison of two sequences, however long the feed is. How the
//! tree falls into branches depends on the order of arrival; no answer does.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::entry::{Certified, Header, Kind, ProvenRotation, Root, VerifiedEntry};
use crate::id::{CharterId, EntryId, FederationId, FeedId, PartnerId};

/// A light index of every entry held in one federation. It does not hold what the entries say, but for the rotations of roots: what a
/// certificate is worth depends on them.
#[derive(Debug, Clone)]
pub struct Feeds {
    federation: FederationId,
    entries: BTreeMap<EntryId, Place>,
    branches: Vec<Branch>,
    forks: BTreeMap<FeedId, Option<u64>>,
    charters: Vec<CharterId>,
    charter_places: BTreeMap<CharterId, u32>,
    unknown_critical: Vec<EntryId>,
    /// By partner, with the entries that carry each.
    rotations: BTreeMap<PartnerId, BTreeMap<ProvenRotation, BTreeSet<EntryId>>>,
}

/// A place in a feed: a sequence, and the entry that its author had put there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The sequence.
    pub sequence: u64,
    /// The entry.
    pub entry: EntryId,
}

/// What is known of a held entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The feed.
    pub feed: FeedId,
    /// The position in it.
    pub sequence: u64,
    /// The partner that the certificate at the start of the entry's own branch names.
    pub owner: Option<PartnerId>,
    /// The root of that partner that signed this certificate. The first one where there is none.
    pub root: Root,
    /// What the entry is for.
    pub kind: Kind,
    /// The newest charter that the author held.
    pub charter: CharterId,
}

/// What an insertion changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The entry stands at the end of a branch, or starts a feed.
    Appended,
    /// The entry was held, and is now known to start with a certificate.
    Certified,
    /// The entry shows a fork of its feed.
    Forked,
    /// The entry was held already.
    Known,
    /// The entry carries a rotation of a root that was not held.
    Rotated,
}

/// Why an entry is not held, as far as the rules of the federation go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Ignored {
    /// Its chain down to sequence 0 is not held.
    #[error("not connected")]
    NotConnected,
    /// It means nothing here.
    #[error("other federation")]
    OtherFederation,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    sequence: u64,
    branch: u32,
    charter: u32,
    kind: Kind,
}

#[derive(Debug, Clone)]
struct Branch {
    feed: FeedId,
    /// The branch in which the chain of this one starts at sequence 0.
    root: u32,
    /// The owner, in a root branch.
    owner: Option<Certified>,
    last: EntryId,
    /// The branch that this one leaves, and the last sequence that they share.
    leaves: Option<(u32, u64)>,
}

impl Feeds {
    /// Starts with nothing held.
    pub fn new(federation: FederationId) -> Self {
        Self {
            federation,
            entries: BTreeMap::new(),
            branches: Vec::new(),
            forks: BTreeMap::new(),
            charters: Vec::new(),
            charter_places: BTreeMap::new(),
            unknown_critical: Vec::new(),
            rotations: BTreeMap::new(),
        }
    }

    /// Takes an entry. `certified` is what a certificate among its items says, where the items are held.
    ///
    /// The same entry may come again, also with a certificate whose bytes were missing the first time.
    pub fn insert(
        &mut self,
        id: EntryId,
        header: &Header,
        certified: Option<Certified>,
    ) -> Result<Change, Ignored> {
        if header.federation != self.federation {
            return Err(Ignored::OtherFederation);
        }
        let is_first = header.sequence == 0;
        let owner = certified.filter(|_| is_first && header.kind.is_known());
        if let Some(known) = self.entries.get(&id) {
            return Ok(self.certify(known.branch, owner));
        }
        let (branch, change) = match header.previous {
            Some(previous) => self.continue_branch(id, header, previous)?,
            None if is_first => self.start_feed(id, header, owner),
            None => return Err(Ignored::NotConnected),
        };
        let place = Place {
            sequence: header.sequence,
            branch,
            charter: self.place_of_charter(header.charter),
            kind: header.kind,
        };
        self.entries.insert(id, place);
        if header.critical && !header.kind.is_known() {
            self.unknown_critical.push(id);
        }
        Ok(change)
    }

    /// Takes an entry with what it says of owners and roots.
    pub fn take(&mut self, entry: &VerifiedEntry) -> Result<Change, Ignored> {
        let mut change = self.insert(entry.id(), entry.header(), entry.certified())?;
        for rotation in entry.rotations() {
            if self.rotate(entry.id(), rotation) {
                change = Change::Rotated;
            }
        }
        Ok(change)
    }

    fn rotate(&mut self, carrier: EntryId, rotation: ProvenRotation) -> bool {
        let its = self
            .rotations
            .entry(rotation.said().partner)
            .or_default()
            .entry(rotation)
            .or_default();
        let is_news = its.is_empty();
        its.insert(carrier);
        is_news
    }

    /// Returns the rotations of a partner's roots that are held, whatever they are worth, each with the entries that carry it.
    pub fn rotations_of(
        &self,
        partner: &PartnerId,
    ) -> impl Iterator<Item = (&ProvenRotation, &BTreeSet<EntryId>)> {
        self.rotations.get(partner).into_iter().flatten()
    }

    /// Returns the partners of whom a rotation is held. Anybody can make one for a name of its own.
    pub(crate) fn rotated(&self) -> impl Iterator<Item = &PartnerId> {
        self.rotations.keys()
    }

    /// Returns the federation.
    pub fn federation(&self) -> &FederationId {
        &self.federation
    }

    /// Returns how many entries are held.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns whether an entry and its chain down to sequence 0 are held.
    pub fn holds(&self, entry: &EntryId) -> bool {
        self.entries.contains_key(entry)
    }

    /// Returns what is known of a held entry.
    pub fn entry(&self, id: &EntryId) -> Option<Held> {
        let place = self.entries.get(id)?;
        let branch = self.branch(place.branch);
        let certified = self.branch(branch.root).owner;
        Some(Held {
            feed: branch.feed,
            sequence: place.sequence,
            owner: certified.map(|its| its.partner),
            root: certified.map_or(Root::First, |its| its.root),
            kind: place.kind,
            charter: self.charters[place.charter as usize],
        })
    }

    /// Returns the partner that the certificate at the start of the entry's own branch names.
    pub fn owner(&self, entry: &EntryId) -> Option<PartnerId> {
        self.entry(entry)?.owner
    }

    /// Returns whether `entry` is `of` or stands before it on the same branch of the same feed.
    pub fn is_same_or_ancestor(&self, entry: &EntryId, of: &EntryId) -> bool {
        let (Some(entry), Some(of)) = (self.entries.get(entry), self.entries.get(of)) else {
            return false;
        };
        let (mut branch, mut last) = (of.branch, of.sequence);
        while branch != entry.branch {
            match self.branch(branch).leaves {
                // Below the first entry of a branch, its chain goes on in the branch that it leaves.
                Some((below, shared)) if shared >= entry.sequence => {
                    (branch, last) = (below, shared);
                }
                _ => return false,
            }
        }
        entry.sequence <= last
    }

    /// Returns whether a cut at `place` keeps the entry: by ancestry where the place is held, else only if nothing is ambiguous.
    pub fn within(&self, entry: &EntryId, place: &Position) -> bool {
        let Some(held) = self.entry(entry) else {
            return false;
        };
        if held.sequence > place.sequence {
            return false;
        }
        if self.holds(&place.entry) {
            return self.is_same_or_ancestor(entry, &place.entry);
        }
        self.first_fork(&held.feed).is_none()
    }

    /// Returns the lowest sequence at which two entries of a feed are held.
    pub fn first_fork(&self, feed: &FeedId) -> Option<u64> {
        self.forks.get(feed).copied().flatten()
    }

    /// Returns the forked feeds, each with its lowest forked sequence.
    pub fn forks(&self) -> impl Iterator<Item = (&FeedId, u64)> {
        self.forks
            .iter()
            .filter_map(|(feed, fork)| fork.map(|sequence| (feed, sequence)))
    }

    /// Returns whether the entry stands at or after the first fork of its feed.
    pub fn is_forked_at(&self, entry: &EntryId) -> bool {
        self.entry(entry).is_some_and(|held| {
            self.first_fork(&held.feed)
                .is_some_and(|fork| held.sequence >= fork)
        })
    }

    /// Returns the feeds of which something is held, in the order of their ids.
    pub fn ids(&self) -> impl Iterator<Item = &FeedId> {
        self.forks.keys()
    }

    /// Returns the last entry of each branch of a feed, with its sequence: one on an honest feed, in the order of their ids.
    pub fn heads(&self, feed: &FeedId) -> Vec<(u64, EntryId)> {
        let branches = self.branches.iter().filter(|branch| branch.feed == *feed);
        let mut heads: Vec<_> = branches
            .map(|branch| (self.entries[&branch.last].sequence, branch.last))
            .collect();
        heads.sort_unstable_by_key(|(_, id)| *id);
        heads
    }

    /// Returns the furthest head of a feed. Between two as far, the higher id.
    pub fn furthest_head(&self, feed: &FeedId) -> Option<(u64, EntryId)> {
        self.heads(feed).into_iter().max()
    }

    /// Returns every entry that is held, in the order of the ids.
    pub fn entries(&self) -> impl Iterator<Item = (EntryId, Held)> {
        self.entries
            .keys()
            .filter_map(|id| Some((*id, self.entry(id)?)))
    }

    /// Returns whether an entry would be connected: it starts its feed, or the entry before it is held.
    pub fn is_connected(&self, header: &Header) -> bool {
        match header.previous {
            None => header.sequence == 0,
            Some(previous) => self.entry(&previous).is_some_and(|held| {
                held.feed == header.feed && header.sequence.checked_sub(1) == Some(held.sequence)
            }),
        }
    }

    /// Returns the entries of an unknown kind whose critical bit is set, in no particular order.
    pub(crate) fn unknown_critical(&self) -> &[EntryId] {
        &self.unknown_critical
    }

    fn certify(&mut self, branch: u32, owner: Option<Certified>) -> Change {
        let branch = &mut self.branches[branch as usize];
        if branch.owner.is_some() || owner.is_none() {
            return Change::Known;
        }
        branch.owner = owner;
        Change::Certified
    }

    fn start_feed(
        &mut self,
        id: EntryId,
        header: &Header,
        owner: Option<Certified>,
    ) -> (u32, Change) {
        let is_fork = self.forks.contains_key(&header.feed);
        let own = self.next_branch();
        self.branches.push(Branch {
            feed: header.feed,
            root: own,
            owner,
            last: id,
            leaves: None,
        });
        if is_fork {
            self.mark_fork(header.feed, 0);
            return (own, Change::Forked);
        }
        self.forks.insert(header.feed, None);
        (own, Change::Appended)
    }

    fn continue_branch(
        &mut self,
        id: EntryId,
        header: &Header,
        previous: EntryId,
    ) -> Result<(u32, Change), Ignored> {
        let before = *self.entries.get(&previous).ok_or(Ignored::NotConnected)?;
        let branch = &mut self.branches[before.branch as usize];
        if branch.feed != header.feed || header.sequence.checked_sub(1) != Some(before.sequence) {
            return Err(Ignored::NotConnected);
        }
        if branch.last == previous {
            branch.last = id;
            return Ok((before.branch, Change::Appended));
        }
        let root = branch.root;
        let own = self.next_branch();
        self.branches.push(Branch {
            feed: header.feed,
            root,
            owner: None,
            last: id,
            leaves: Some((before.branch, before.sequence)),
        });
        self.mark_fork(header.feed, header.sequence);
        Ok((own, Change::Forked))
    }

    fn mark_fork(&mut self, feed: FeedId, sequence: u64) {
        let fork = self.forks.entry(feed).or_default();
        *fork = Some(fork.map_or(sequence, |lowest| lowest.min(sequence)));
    }

    /// Few charters are cited by very many entries, so an entry only holds a number.
    fn place_of_charter(&mut self, charter: CharterId) -> u32 {
        let next = u32::try_from(self.charters.len()).expect(FITS);
        *self.charter_places.entry(charter).or_insert_with(|| {
            self.charters.push(charter);
            next
        })
    }

    fn next_branch(&self) -> u32 {
        u32::try_from(self.branches.len()).expect(FITS)
    }

    fn branch(&self, number: u32) -> &Branch {
        &self.branches[number as usize]
    }
}

impl Wire for Position {
    fn encode(&self, to: &mut Writer) {
        to.array(2)
            .unsigned(self.sequence)
            .bytes(self.entry.as_bytes());
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 2)?;
        Ok(Self {
            sequence: from.u64()?,
            entry: EntryId::from_bytes(cbor::fixed_bytes(from)?),
        })
    }
}

const FITS: &str = "four billion entries do not fit in memory";

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::time::Timestamp;

    const FEDERATION: FederationId = FederationId::from_bytes([1; 32]);

    fn id(number: u64) -> EntryId {
        let mut bytes = [0; 32];
        bytes[24..].copy_from_slice(&number.to_be_bytes());
        EntryId::from_bytes(bytes)
    }

    fn header(feed: u8, sequence: u64, previous: Option<u64>) -> Header {
        Header {
            kind: Kind::Contribution,
            critical: false,
            federation: FEDERATION,
            feed: FeedId::from_bytes([feed; 32]),
            sequence,
            previous: previous.map(id),
            charter: CharterId::from_bytes([2; 32]),
            claimed: Timestamp::from_millis(0),
            payload: [0; 32],
            payload_bytes: 0,
        }
    }

    /// Feed 1: 10 – 11 – 12 – 13, a branch 22 – 23 on 11, a branch 33 on 22, and a second start 40 – 41.
    const TREE: [(u64, u64, Option<u64>); 9] = [
        (10, 0, None),
        (11, 1, Some(10)),
        (12, 2, Some(11)),
        (13, 3, Some(12)),
        (22, 2, Some(11)),
        (23, 3, Some(22)),
        (33, 3, Some(22)),
        (40, 0, None),
        (41, 1, Some(40)),
    ];

    fn tree(order: &[usize]) -> Feeds {
        let mut feeds = Feeds::new(FEDERATION);
        let mut waiting = order.to_vec();
        while !waiting.is_empty() {
            waiting.retain(|index| {
                let (entry, sequence, previous) = TREE[*index];
                let header = header(1, sequence, previous);
                feeds.insert(id(entry), &header, None) == Err(Ignored::NotConnected)
            });
        }
        feeds
    }

    fn is_ancestor_by_walking(entry: u64, of: u64) -> bool {
        let previous = |entry| {
            TREE.iter()
                .find(|each| each.0 == entry)
                .and_then(|each| each.2)
        };
        std::iter::successors(Some(of), |entry| previous(*entry)).any(|each| each == entry)
    }

    #[test]
    fn ancestry_is_the_same_whatever_came_first() {
        for turn in 0..TREE.len() {
            let mut order: Vec<usize> = (0..TREE.len()).collect();
            order.rotate_left(turn);
            for order in [order.clone(), order.into_iter().rev().collect()] {
                let feeds = tree(&order);
                for (entry, _, _) in TREE {
                    for (of, _, _) in TREE {
                        let found = feeds.is_same_or_ancestor(&id(entry), &id(of));
                        assert_eq!(found, is_ancestor_by_walking(entry, of), "{entry} {of}");
                    }
                }
                assert_eq!(feeds.first_fork(&FeedId::from_bytes([1; 32])), Some(0));
            }
        }
    }

    #[test]
    fn a_fork_is_at_the_lowest_sequence_that_two_entries_have() {
        let mut feeds = Feeds::new(FEDERATION);
        let feed = FeedId::from_bytes([1; 32]);
        let mut forks = Vec::new();
        for (entry, sequence, previous) in TREE {
            let change = feeds.insert(id(entry), &header(1, sequence, previous), None);
            forks.push((change.unwrap(), feeds.first_fork(&feed)));
        }
        use Change::{Appended, Forked};
        let expected = [
            (Appended, None),
            (Appended, None),
            (Appended, None),
            (Appended, None),
            (Forked, Some(2)),
            (Appended, Some(2)),
            (Forked, Some(2)),
            (Forked, Some(0)),
            (Appended, Some(0)),
        ];
        assert_eq!(forks, expected);
    }

    #[test]
    fn entries_that_do_not_continue_their_feed_are_refused() {
        let mut feeds = Feeds::new(FEDERATION);
        assert_eq!(
            feeds.insert(id(1), &header(1, 0, None), None),
            Ok(Change::Appended)
        );
        for wrong in [
            header(1, 2, Some(1)),
            header(2, 1, Some(1)),
            header(1, 1, Some(9)),
            header(1, 1, None),
            header(1, 0, Some(1)),
        ] {
            assert_eq!(
                feeds.insert(id(2), &wrong, None),
                Err(Ignored::NotConnected)
            );
        }
        let mut foreign = header(1, 1, Some(1));
        foreign.federation = FederationId::from_bytes([9; 32]);
        assert_eq!(
            feeds.insert(id(2), &foreign, None),
            Err(Ignored::OtherFederation)
        );
        assert_eq!(feeds.len(), 1);
    }

    #[test]
    fn a_certificate_that_comes_late_names_the_owner_of_all_branches_on_it() {
        let mut feeds = tree(&[0, 1, 2, 3, 4, 5, 6, 7, 8]);
        let partner = PartnerId::from_bytes([5; 32]);
        assert_eq!(feeds.owner(&id(33)), None);
        let certified = feeds.insert(id(10), &header(1, 0, None), Some(partner.into()));
        assert_eq!(certified, Ok(Change::Certified));
        for entry in [10, 13, 23, 33] {
            assert_eq!(feeds.owner(&id(entry)), Some(partner));
        }
        assert_eq!(feeds.owner(&id(41)), None);
        let again = feeds.insert(id(10), &header(1, 0, None), Some(partner.into()));
        assert_eq!(again, Ok(Change::Known));
    }

    #[test]
    fn a_long_feed_is_not_walked() {
        const LENGTH: u64 = 100_000;
        let mut feeds = Feeds::new(FEDERATION);
        for sequence in 0..LENGTH {
            let header = header(1, sequence, sequence.checked_sub(1));
            feeds.insert(id(sequence), &header, None).unwrap();
        }
        // Walking would take five billion steps.
        let last = Position {
            sequence: LENGTH - 1,
            entry: id(LENGTH - 1),
        };
        assert!((0..LENGTH).all(|sequence| feeds.within(&id(sequence), &last)));
        assert_eq!(feeds.branches.len(), 1);
    }
}
