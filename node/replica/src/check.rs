//! Verifying again what is held: signature, commitment and chain of every entry, as on the day it came. What does not hold is fetched
//! again by its id; it is never signed again, not even our own.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crdt_schema::entry::{Header, Payload, SignedEntry, VerifiedEntry};
use crdt_schema::id::{EntryId, FeedId};
use redb::{ReadableDatabase, ReadableTable, ReadableTableMetadata};

use crate::apply::Tables;
use crate::fault::Fault;
use crate::replica::Replica;
use crate::state::State;
use crate::store::ReadEntries;
use crate::store::tables::EntryPlace;
use crate::writer::Writer;

/// Entries between two words on the progress.
const PROGRESS_ENTRIES: u64 = 256;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Entries that were read.
    pub entries: u64,
    /// Those that do not hold.
    pub damaged: Vec<Damage>,
}

/// An entry that is not any more what its author signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The feed, unless even that cannot be read.
    pub feed: Option<FeedId>,
    /// Its place in the feed.
    pub sequence: u64,
    /// The entry: what to ask other nodes for. Nothing where even the id is lost.
    pub entry: Option<EntryId>,
    /// What is wrong.
    pub what: String,
}

/// Entries to be fetched again.
#[derive(Debug, Default)]
pub(crate) struct Damaged {
    entries: Mutex<BTreeSet<EntryId>>,
    is_repaired: Condvar,
}

impl Damaged {
    fn lock(&self) -> MutexGuard<'_, BTreeSet<EntryId>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn contains(&self, entry: &EntryId) -> bool {
        self.lock().contains(entry)
    }

    fn wait_until_repaired(&self, deadline: Duration) -> bool {
        let waits = |entries: &mut BTreeSet<EntryId>| !entries.is_empty();
        let waited = self
            .is_repaired
            .wait_timeout_while(self.lock(), deadline, waits);
        let (entries, _) = waited.unwrap_or_else(PoisonError::into_inner);
        entries.is_empty()
    }

    pub(crate) fn forget(&self, repaired: &[EntryId]) {
        let mut entries = self.lock();
        for entry in repaired {
            entries.remove(entry);
        }
        drop(entries);
        self.is_repaired.notify_all();
    }
}

impl Replica {
    /// Verifies every entry again, and remembers which ones are to be fetched. `progress` hears how many of how many are done.
    pub fn check(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Checked, Fault> {
        let mut checked = Checked::default();
        let database = self.database();
        let read = database.begin_read()?;
        let entries = ReadEntries::open(&read)?;
        let total = entries.rows.len()?;
        for row in entries.rows.iter()? {
            let (key, row) = row?;
            let place = EntryPlace::from_key(key.value());
            if let Err(what) = self.check_row(place, entries.of_row(place, row.value())) {
                checked.damaged.push(self.damage(place, what));
            }
            checked.entries += 1;
            if checked.entries.is_multiple_of(PROGRESS_ENTRIES) {
                progress(checked.entries, total);
            }
        }
        progress(checked.entries, total);
        let ids = checked.damaged.iter().filter_map(|damage| damage.entry);
        self.shared().damaged.lock().extend(ids);
        for damage in &checked.damaged {
            tracing::error!(sequence = damage.sequence, what = %damage.what, "an entry is damaged");
        }
        Ok(checked)
    }

    /// Returns the entries that a check found damaged and that no peer has brought again yet.
    pub fn damaged(&self) -> Vec<EntryId> {
        self.shared().damaged.lock().iter().copied().collect()
    }

    /// Waits until every damaged entry was brought again, or the deadline has passed. Returns whether they were.
    pub fn wait_until_repaired(&self, deadline: Duration) -> bool {
        self.shared().damaged.wait_until_repaired(deadline)
    }

    fn check_row(
        &self,
        place: EntryPlace,
        entry: Result<SignedEntry, Fault>,
    ) -> Result<(), String> {
        let entry = entry.map_err(|fault| fault.to_string())?;
        let header = Header::from_bytes(&entry.header).map_err(|error| error.to_string())?;
        let state = self.state();
        if state.place(&header.id()) != Some(place) {
            return Err("the header does not belong to its place".to_owned());
        }
        if !state.feeds().is_connected(&header) {
            return Err("the entry before it is not held".to_owned());
        }
        let federation = *state.federation();
        drop(state);
        let verified = entry.verify(&federation);
        verified.map(drop).map_err(|error| error.to_string())
    }

    /// The memory still knows the ids that the disk has lost.
    fn damage(&self, place: EntryPlace, what: String) -> Damage {
        let state = self.state();
        let mut numbers = state.feed_numbers.iter();
        let feed = numbers.find(|(_, number)| **number == place.feed);
        let feed = feed.map(|(feed, _)| *feed);
        let entry = id_at(&state, place);
        Damage {
            feed,
            sequence: place.sequence,
            entry,
            what,
        }
    }
}

fn id_at(state: &State, place: EntryPlace) -> Option<EntryId> {
    let starts = |id: &EntryId| id.as_bytes().starts_with(&place.start_of_id);
    let mut entries = state.feeds().entries();
    let found = entries.find(|(id, held)| held.sequence == place.sequence && starts(id));
    found
        .map(|(id, _)| id)
        .filter(|id| state.place(id) == Some(place))
}

impl Writer {
    /// Writes a held entry again if it is damaged here. What was erased stays erased, whatever the peer still has.
    pub(crate) fn repair(
        &mut self,
        tables: &mut Tables<'_>,
        entry: &VerifiedEntry,
    ) -> Result<bool, Fault> {
        let id = entry.id();
        if !self.shared.damaged.contains(&id) {
            return Ok(false);
        }
        let Some(place) = self.state.place(&id) else {
            return Ok(false);
        };
        let allowed = self.without_erased(entry)?;
        tables.entries.insert(place, &allowed, &mut self.packer)?;
        tables.mark_entry(&place, &mut self.numbers)?;
        tracing::info!(entry.hash = %id.short(), "a damaged entry was fetched again");
        Ok(true)
    }

    fn without_erased(&self, entry: &VerifiedEntry) -> Result<SignedEntry, Fault> {
        let (feeds, governance) = (&self.state.feeds, &self.state.governance);
        let items = entry.identified_items().map(|(id, item)| {
            if governance.is_erased(feeds, &entry.id(), &id, &item.frame) {
                item.erased()
            } else {
                item.clone()
            }
        });
        let payload = Payload::new(items.collect());
        let payload = payload.map_err(|error| Fault::damaged(format!("entry: {error}")))?;
        Ok(SignedEntry {
            payload: payload.to_bytes(),
            ..entry.to_signed()
        })
    }
}
