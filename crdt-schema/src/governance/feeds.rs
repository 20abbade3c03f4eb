//! The feeds that are held: which entries are connected, who owns them, where a feed forks, what a cut keeps.
//!
//! A feed is a tree; nearly always it is a chain. The tree is kept as *branches*, runs of entries that follow one another. On a
//! feed without a fork there is one branch, so that ancestry is a comparison of two sequences, however long the feed is. How the
//! tree falls into branches depends on the order of arrival; no answer does.

use std::collections::BTreeMap;

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::entry::{Header, Kind};
use crate::id::{CharterId, EntryId, FederationId, FeedId, PartnerId};

/// A light index of every entry held in one federation. It does not hold what the entries say.
#[derive(Debug, Clone)]
pub struct Feeds {
    federation: FederationId,
    entries: BTreeMap<EntryId, Place>,
    branches: Vec<Branch>,
    forks: BTreeMap<FeedId, Option<u64>>,
    charters: Vec<CharterId>,
    charter_places: BTreeMap<CharterId, u32>,
    unknown_critical: Vec<EntryId>,
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
    owner: Option<PartnerId>,
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
        }
    }

    /// Takes an entry. `certified` is the partner that a certificate among its items names, where the items are held.
    ///
    /// The same entry may come again, also with a certificate whose bytes were missing the first time.
    pub fn insert(
        &mut self,
        id: EntryId,
        header: &Header,
        certified: Option<PartnerId>,
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
        Some(Held {
            feed: branch.feed,
            sequence: place.sequence,
            owner: self.branch(branch.root).owner,
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

    /// Returns the entries of an unknown kind whose critical bit is set, in no particular order.
    pub(crate) fn unknown_critical(&self) -> &[EntryId] {
        &self.unknown_critical
    }

    fn certify(&mut self, branch: u32, owner: Option<PartnerId>) -> Change {
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
        owner: Option<PartnerId>,
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
