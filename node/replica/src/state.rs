//! What a node keeps in memory of what it holds: the feeds, the constitution, and what they mean together. All of it is rebuilt
//! from the store at start.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crdt_schema::entry::{Certificate, Header, Kind, VerifiedEntry};
use crdt_schema::governance::{
    Approval, Change, Charter, Charters, Feeds, Governance, Holdings, Position, SignedAct,
};
use crdt_schema::id::{EntryId, FederationId, FeedId, ItemId, PartnerId};
use crdt_schema::label::Labels;
use redb::{Database, ReadableDatabase, ReadableTable};

use crate::apply::place;
use crate::fault::Fault;
use crate::store::tables::{self, EntryPlace};
use crate::store::{Identity, ReadEntries, header_of};

/// Everything that verdicts depend on.
#[derive(Debug, Clone)]
pub struct State {
    pub(crate) charters: Charters,
    pub(crate) feeds: Feeds,
    pub(crate) feed_numbers: BTreeMap<FeedId, u32>,
    pub(crate) acts: BTreeMap<ItemId, SignedAct>,
    certificates: BTreeMap<FeedId, Certificate>,
    /// Every beginning of each feed: a feed that begins twice has two, and whoever holds its key can add one in any name.
    beginnings: BTreeMap<FeedId, BTreeMap<EntryId, Certificate>>,
    /// The checkpoint of each feed that stands furthest, with its sequence.
    pub(crate) checkpoints: BTreeMap<FeedId, (u64, EntryId)>,
    /// Of the feeds that have too many branches, the first entry that was refused here. It decides nothing.
    pub(crate) floods: BTreeMap<FeedId, Position>,
    pub(crate) governance: Arc<Governance>,
    /// Follows from the three above, and is judged with them.
    pub(crate) labels: Arc<Labels>,
}

/// What an entry leaves to be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsettled {
    /// Nothing: it stands for itself.
    Nothing,
    /// Who may do what. Whose worth that changes shows when both evaluations are compared.
    Rights,
    /// The same, and how the feed of the entry reads: its earlier entries may have been worth something else, and no comparison shows it.
    Feed,
}

/// What is held of one feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedSummary {
    /// The feed.
    pub feed: FeedId,
    /// The partner for which it is written.
    pub partner: Option<PartnerId>,
    /// The last entry of each branch: one, on an honest feed.
    pub heads: Vec<(u64, EntryId)>,
    /// The lowest sequence at which two entries are held.
    pub fork: Option<u64>,
}

impl State {
    /// Starts from the charter that this node trusts. It is also all that is known where there is no node.
    pub fn new(pin: Charter) -> Self {
        let feeds = Feeds::new(pin.federation());
        let charters = Charters::new(pin);
        let acts = BTreeMap::new();
        let holdings = Holdings {
            feeds: &feeds,
            charters: &charters,
            acts: &acts,
        };
        let governance = Arc::new(Governance::evaluate(holdings));
        let (feed_numbers, certificates) = (BTreeMap::new(), BTreeMap::new());
        Self {
            charters,
            feeds,
            feed_numbers,
            acts,
            certificates,
            beginnings: BTreeMap::new(),
            checkpoints: BTreeMap::new(),
            floods: BTreeMap::new(),
            governance,
            labels: Arc::default(),
        }
    }

    /// Reads everything from the store.
    pub(crate) fn load(database: &Database, identity: &Identity) -> Result<Self, Fault> {
        let read = database.begin_read()?;
        let charters = read.open_table(tables::CHARTERS)?;
        let pin = charters.get(identity.pin.as_bytes())?;
        let mut state = Self::new(charter(pin.ok_or_else(|| Fault::damaged("pin"))?.value())?);
        for row in charters.iter()? {
            state.charters.insert(charter(row?.1.value())?);
        }
        for row in read.open_table(tables::APPROVALS)?.iter()? {
            let approval = Approval::from_bytes(row?.0.value());
            state
                .charters
                .approve(approval.map_err(|_| Fault::damaged("approval"))?);
        }
        for row in read.open_table(tables::FEEDS)?.iter()? {
            let (number, feed) = row?;
            state
                .feed_numbers
                .insert(FeedId::from_bytes(*feed.value()), number.value());
        }
        for row in read.open_table(tables::FLOODS)?.iter()? {
            let (feed, refused) = row?;
            state
                .floods
                .insert(FeedId::from_bytes(*feed.value()), place_of(refused.value()));
        }
        let entries = ReadEntries::open(&read)?;
        for row in entries.rows.iter()? {
            let (key, row) = row?;
            let place = EntryPlace::from_key(key.value());
            state.load_entry(place, row.value(), &entries)?;
        }
        state.evaluate();
        Ok(state)
    }

    /// Only entries that decide something are decompressed, and these are verified again: of the others the header is enough. A
    /// header that does not belong to its place was altered on the disk.
    fn load_entry(
        &mut self,
        held_at: EntryPlace,
        row: &[u8],
        entries: &ReadEntries,
    ) -> Result<(), Fault> {
        let header = header_of(row)?;
        let at = self.feed_numbers.get(&header.feed);
        let at = at.map(|number| place(*number, header.sequence, &header.id()));
        if at != Some(held_at) {
            return Err(Fault::damaged("place of an entry"));
        }
        if header.sequence == 0 || header.kind == Kind::Governance {
            let entry = entries.of_row(held_at, row)?;
            let entry = entry.verify(self.feeds.federation());
            self.add_entry(&entry.map_err(|error| Fault::damaged(format!("entry: {error}")))?);
        } else {
            self.note_checkpoint(&header, header.id());
            self.feeds
                .insert(header.id(), &header, None)
                .map_err(|why| Fault::damaged(format!("entry {}", why)))?;
        }
        Ok(())
    }

    /// Takes an entry whose feed is held up to it, and returns what is to be decided again.
    pub(crate) fn add_entry(&mut self, entry: &VerifiedEntry) -> Unsettled {
        let header = entry.header();
        self.note_checkpoint(header, entry.id());
        let change = self.feeds.take(entry);
        let change = change.unwrap_or(Change::Known);
        if let Some(certificate) = entry.certificate() {
            let beginnings = self.beginnings.entry(header.feed).or_default();
            beginnings.insert(entry.id(), certificate.clone());
            if beginnings.len() == 1 {
                self.certificates.insert(header.feed, certificate.clone());
            } else {
                self.settle_beginnings();
            }
        }
        let acts = acts_of(entry);
        let has_acts = !acts.is_empty();
        self.acts.extend(acts);
        match self.governance.is_touched_by(&entry.id(), header, change) {
            true => Unsettled::Feed,
            false if has_acts => Unsettled::Rights,
            false => Unsettled::Nothing,
        }
    }

    fn note_checkpoint(&mut self, header: &Header, id: EntryId) {
        if header.kind == Kind::Checkpoint {
            let newest = self
                .checkpoints
                .entry(header.feed)
                .or_insert((header.sequence, id));
            *newest = (*newest).max((header.sequence, id));
        }
    }

    /// Decides again who may do what.
    pub(crate) fn evaluate(&mut self) {
        let governance = Governance::evaluate(self.holdings());
        self.labels = self.judged_labels(&governance);
        self.governance = Arc::new(governance);
        self.settle_beginnings();
    }

    /// Takes the evaluation of a state that holds the same.
    pub(crate) fn take_evaluation(&mut self, of: &Self) {
        self.governance = Arc::clone(&of.governance);
        self.labels = Arc::clone(&of.labels);
        self.settle_beginnings();
    }

    /// Of the certificates of a feed that begins more than once, shows that of an enrolled partner, by a root in force; between two of these, that
    /// of the entry with the lowest id. What came last would differ from node to node, and would let a key hide whose it is.
    fn settle_beginnings(&mut self) {
        let enrolled = self.governance.partners().enrolled();
        let roots = self.governance.roots();
        for (feed, beginnings) in &self.beginnings {
            if beginnings.len() < 2 {
                continue;
            }
            let is_stranger = |its: &Certificate| !enrolled.contains_key(&its.partner);
            let is_outdated = |its: &Certificate| !roots.vouch_for(feed, &its.into());
            let shown = beginnings
                .iter()
                .min_by_key(|(id, its)| (is_stranger(its), is_outdated(its), **id));
            if let Some((_, shown)) = shown {
                self.certificates.insert(*feed, shown.clone());
            }
        }
    }

    /// Returns the place of an entry in the store.
    pub(crate) fn place(&self, entry: &EntryId) -> Option<EntryPlace> {
        let held = self.feeds.entry(entry)?;
        let number = self.feed_numbers.get(&held.feed)?;
        Some(place(*number, held.sequence, entry))
    }

    /// Returns whether one of these entries is of a feed and not held here: of our own feed, only another copy of our key can have signed it.
    pub(crate) fn is_foreign<'e>(
        &self,
        feed: FeedId,
        entries: impl IntoIterator<Item = &'e VerifiedEntry>,
    ) -> bool {
        let mut entries = entries.into_iter();
        entries.any(|entry| entry.header().feed == feed && !self.feeds.holds(&entry.id()))
    }

    /// Returns the federation.
    pub fn federation(&self) -> &FederationId {
        self.feeds.federation()
    }

    /// Returns what is held of the feeds.
    pub fn feeds(&self) -> &Feeds {
        &self.feeds
    }

    /// Returns a summary of each feed, in the order of their ids.
    pub fn feed_summaries(&self) -> impl Iterator<Item = FeedSummary> {
        self.feeds.ids().map(|feed| FeedSummary {
            feed: *feed,
            partner: self
                .certificates
                .get(feed)
                .map(|certificate| certificate.partner),
            heads: self.feeds.heads(feed),
            fork: self.feeds.first_fork(feed),
        })
    }

    /// Returns who may do what.
    pub fn governance(&self) -> &Governance {
        &self.governance
    }

    /// Returns every charter and approval that is held.
    pub fn charters(&self) -> &Charters {
        &self.charters
    }

    /// Returns the acts of governance entries that are held, whether they count or not, with the entry that carries each.
    pub fn acts(&self) -> &BTreeMap<ItemId, SignedAct> {
        &self.acts
    }

    /// Returns the entries that carry them.
    pub(crate) fn act_entries(&self) -> BTreeSet<EntryId> {
        self.acts.values().map(|act| act.entry).collect()
    }

    /// Returns the first entry of a feed that was refused here, since the feed has too many branches already.
    pub fn flood(&self, feed: &FeedId) -> Option<&Position> {
        self.floods.get(feed)
    }

    /// Returns the certificate of each feed.
    pub fn certificates(&self) -> &BTreeMap<FeedId, Certificate> {
        &self.certificates
    }

    /// Returns the name of a partner, as its enrolment says it, or the start of its id.
    pub fn partner_name(&self, partner: &PartnerId) -> String {
        let profile = self.governance.partners().enrolled().get(partner);
        profile.map_or_else(|| partner.short(), |profile| profile.name.clone())
    }
}

/// The acts of an entry of kind *governance*. Those of other kinds never count, and only these entries are read again at a start: what is held
/// would otherwise not be what was held before.
fn acts_of(entry: &VerifiedEntry) -> Vec<(ItemId, SignedAct)> {
    match entry.header().kind {
        Kind::Governance => SignedAct::all_of(entry),
        _ => Vec::new(),
    }
}

/// A place in a feed, as it is kept: sequence and id.
pub(crate) fn place_bytes(place: &Position) -> [u8; 40] {
    let mut bytes = [0; 40];
    bytes[..8].copy_from_slice(&place.sequence.to_be_bytes());
    bytes[8..].copy_from_slice(place.entry.as_bytes());
    bytes
}

fn place_of(bytes: &[u8; 40]) -> Position {
    let (mut sequence, mut entry) = ([0; 8], [0; 32]);
    sequence.copy_from_slice(&bytes[..8]);
    entry.copy_from_slice(&bytes[8..]);
    Position {
        sequence: u64::from_be_bytes(sequence),
        entry: EntryId::from_bytes(entry),
    }
}

fn charter(bytes: &[u8]) -> Result<Charter, Fault> {
    Charter::from_bytes(bytes).map_err(|_| Fault::damaged("charter"))
}

#[cfg(test)]
mod tests;
