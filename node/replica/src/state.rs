//! What a node keeps in memory of what it holds: the feeds, the constitution, and what they mean together. All of it is rebuilt
//! from the store at start.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crdt_schema::entry::{Certificate, Frame, Header, Kind, VerifiedEntry};
use crdt_schema::governance::{Act, Approval, Charter, Feeds, Governance, Holdings};
use crdt_schema::id::{CharterId, EntryId, FederationId, FeedId, ItemId};
use redb::{Database, ReadableDatabase, ReadableTable};

use crate::apply::place;
use crate::fault::Fault;
use crate::store::tables::{self, EntryPlace};
use crate::store::{EntryRow, Identity};

/// Everything that verdicts depend on.
#[derive(Debug, Clone)]
pub struct State {
    pub(crate) federation: FederationId,
    pub(crate) pin: CharterId,
    pub(crate) charters: BTreeMap<CharterId, Charter>,
    pub(crate) approvals: BTreeSet<Approval>,
    pub(crate) feeds: Feeds,
    pub(crate) feed_numbers: BTreeMap<FeedId, u32>,
    pub(crate) acts: BTreeMap<ItemId, (EntryId, Act)>,
    pub(crate) certificates: BTreeMap<FeedId, Certificate>,
    pub(crate) governance: Arc<Governance>,
}

impl State {
    /// Reads everything from the store.
    pub(crate) fn load(database: &Database, identity: &Identity) -> Result<Self, Fault> {
        let read = database.begin_read()?;
        let mut state = Self {
            federation: identity.federation,
            pin: identity.pin,
            charters: BTreeMap::new(),
            approvals: BTreeSet::new(),
            feeds: Feeds::new(identity.federation),
            feed_numbers: BTreeMap::new(),
            acts: BTreeMap::new(),
            certificates: BTreeMap::new(),
            governance: Arc::new(Governance::default()),
        };
        for row in read.open_table(tables::CHARTERS)?.iter()? {
            let bytes = row?.1.value().to_vec();
            state.add_charter(Charter::from_bytes(&bytes).map_err(|_| Fault::damaged("charter"))?);
        }
        for row in read.open_table(tables::APPROVALS)?.iter()? {
            let bytes = row?.0.value().to_vec();
            let approval = Approval::from_bytes(&bytes);
            state.approvals.insert(approval.map_err(|_| Fault::damaged("approval"))?);
        }
        for row in read.open_table(tables::FEEDS)?.iter()? {
            let (number, feed) = row?;
            state.feed_numbers.insert(FeedId::from_bytes(*feed.value()), number.value());
        }
        for row in read.open_table(tables::ENTRIES)?.iter()? {
            state.load_entry(row?.1.value())?;
        }
        state.evaluate();
        Ok(state)
    }

    /// Only entries that decide something are decompressed: of the others the header is enough.
    fn load_entry(&mut self, row: &[u8]) -> Result<(), Fault> {
        let header = EntryRow::header(row).and_then(|bytes| Header::from_bytes(bytes).ok());
        let header = header.ok_or_else(|| Fault::damaged("header of an entry"))?;
        if header.sequence == 0 || header.kind == Kind::Governance {
            self.add_entry(&EntryRow::decode(row)?);
        } else {
            self.feeds.insert(header.id(), &header, None);
        }
        Ok(())
    }

    /// Takes an entry whose feed is held up to it.
    pub(crate) fn add_entry(&mut self, entry: &VerifiedEntry) {
        let header = entry.header();
        self.feeds.insert(entry.id(), header, entry.certified_partner());
        if let Some(certificate) = entry.certificate() {
            self.certificates.insert(header.feed, certificate.clone());
        }
        for (id, item) in entry.identified_items() {
            if let (Frame::Act(name), Some(content)) = (&item.frame, item.content()) {
                self.acts.insert(id, (entry.id(), Act::read(name, content)));
            }
        }
    }

    pub(crate) fn add_charter(&mut self, charter: Charter) {
        self.charters.insert(charter.id(), charter);
    }

    /// Decides again who may do what.
    pub(crate) fn evaluate(&mut self) {
        self.governance = Arc::new(Governance::evaluate(&Holdings {
            federation: self.federation,
            pin: self.pin,
            charters: &self.charters,
            approvals: &self.approvals,
            feeds: &self.feeds,
            acts: &self.acts,
        }));
    }

    /// Returns whether a new entry can change what other entries are worth.
    pub(crate) fn may_change_governance(&self, entry: &VerifiedEntry) -> bool {
        let header = entry.header();
        !matches!(header.kind, Kind::Contribution | Kind::Checkpoint)
            || header.sequence == 0
            || self.feeds.first_fork(&header.feed).is_some()
            || self.governance.names_feed(&header.feed)
    }

    /// Returns the place of an entry in the store.
    pub(crate) fn place(&self, entry: &EntryId) -> Option<EntryPlace> {
        let held = self.feeds.entry(entry)?;
        let number = self.feed_numbers.get(&held.feed)?;
        Some(place(*number, held.sequence, entry))
    }

    /// Returns the federation.
    pub fn federation(&self) -> FederationId {
        self.federation
    }

    /// Returns what is held of the feeds.
    pub fn feeds(&self) -> &Feeds {
        &self.feeds
    }

    /// Returns who may do what.
    pub fn governance(&self) -> &Governance {
        &self.governance
    }

    /// Returns every charter that is held.
    pub fn charters(&self) -> &BTreeMap<CharterId, Charter> {
        &self.charters
    }

    /// Returns every approval that is held.
    pub fn approvals(&self) -> &BTreeSet<Approval> {
        &self.approvals
    }

    /// Returns the acts that are held, whether they count or not, with the entry that carries each.
    pub fn acts(&self) -> &BTreeMap<ItemId, (EntryId, Act)> {
        &self.acts
    }

    /// Returns the certificate of each feed.
    pub fn certificates(&self) -> &BTreeMap<FeedId, Certificate> {
        &self.certificates
    }
}
