//! From the edits of a record to the record as it reads: a function of the entries that are held and of the charter adopted.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crdt_schema::edit::{HeldEdit, History, State as EditState};
use crdt_schema::entry::{Frame, VerifiedEntry};
use crdt_schema::id::{EntryId, ItemId, RecordId};
use crdt_schema::view::RecordView;
use redb::{ReadOnlyTable, ReadTransaction};

use crate::apply::touched_records;
use crate::birth::birth_from_bytes;
use crate::fault::Fault;
use crate::state::State;
use crate::store::ReadEntries;
use crate::store::tables::{self, EntryPlace, ItemPlace, item_key, item_keys, item_of};
use crate::view_rows::{BuiltView, Troubles};
use crate::waiting::waiting_edits;

/// Decoded entries that are kept: the records of an import stand together in them. At 256 KiB each this is 16 MiB at most.
const CACHED_ENTRIES_MAX: usize = 64;

/// The tables that a view is built from, in one snapshot.
pub(crate) struct Source {
    births: ReadOnlyTable<u64, &'static [u8]>,
    dirty: ReadOnlyTable<u64, u64>,
    edits: ReadOnlyTable<&'static [u8; 24], &'static [u8; 22]>,
    pub(crate) entries: ReadEntries,
    erased: ReadOnlyTable<&'static [u8; 16], ()>,
    /// How many times entries had been rewritten before this snapshot.
    epoch: u64,
    foreign: ReadOnlyTable<&'static [u8; 16], ()>,
    record_ids: ReadOnlyTable<u64, &'static [u8; 16]>,
    records: ReadOnlyTable<&'static [u8; 16], u64>,
}

/// An edit of a record, with the entry that carries it.
#[derive(Debug, Clone)]
pub(crate) struct FoundEdit {
    pub(crate) id: ItemId,
    pub(crate) entry: Arc<VerifiedEntry>,
    pub(crate) index: usize,
}

/// Which entries are void, as long as one state and one snapshot are looked at: an import touches hundreds of records in one entry.
pub(crate) type Voids = BTreeMap<EntryId, bool>;

/// Entries that were decoded lately.
#[derive(Debug, Default)]
pub(crate) struct EntryCache(Mutex<Cached>);

#[derive(Debug, Default)]
struct Cached {
    entries: VecDeque<(EntryPlace, Arc<VerifiedEntry>)>,
    epoch: u64,
}

impl Source {
    /// Opens the tables of a snapshot. The epoch of the cache is asked before the snapshot is taken.
    pub(crate) fn open(read: &ReadTransaction, epoch: u64) -> Result<Self, Fault> {
        Ok(Self {
            births: read.open_table(tables::BIRTHS)?,
            dirty: read.open_table(tables::DIRTY)?,
            edits: read.open_table(tables::EDITS)?,
            entries: ReadEntries::open(read)?,
            erased: read.open_table(tables::ERASED)?,
            epoch,
            foreign: read.open_table(tables::FOREIGN)?,
            record_ids: read.open_table(tables::RECORD_IDS)?,
            records: read.open_table(tables::RECORDS)?,
        })
    }

    /// Returns the first records that are marked, after `after`, with their marks.
    pub(crate) fn marked(
        &self,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, u64)>, Fault> {
        let start = after.map_or(0, |record| record + 1);
        let rows = self.dirty.range(start..)?.take(limit);
        rows.map(|row| {
            row.map(|(record, mark)| (record.value(), mark.value()))
                .map_err(Fault::from)
        })
        .collect()
    }

    pub(crate) fn is_marked(&self, record: u64) -> Result<bool, Fault> {
        Ok(self.dirty.get(record)?.is_some())
    }

    pub(crate) fn number(&self, record: &RecordId) -> Result<Option<u64>, Fault> {
        Ok(self.records.get(record.as_bytes())?.map(|row| row.value()))
    }

    pub(crate) fn record_id(&self, record: u64) -> Result<RecordId, Fault> {
        let row = self.record_ids.get(record)?;
        let row = row.ok_or_else(|| Fault::damaged("number of a record"))?;
        Ok(RecordId::from_bytes(*row.value()))
    }

    pub(crate) fn entry(
        &self,
        place: EntryPlace,
        cache: &EntryCache,
    ) -> Result<Arc<VerifiedEntry>, Fault> {
        if let Some(entry) = cache.find(place) {
            return Ok(entry);
        }
        let entry = self.entries.verified(place)?;
        let entry = Arc::new(entry.ok_or_else(|| Fault::damaged("place of an entry"))?);
        cache.keep(place, Arc::clone(&entry), self.epoch);
        Ok(entry)
    }

    /// Returns the edits of a record, in the order of their ids.
    pub(crate) fn edits(&self, record: u64, cache: &EntryCache) -> Result<Vec<FoundEdit>, Fault> {
        let (first, last) = item_keys(record);
        let mut edits = Vec::new();
        for row in self.edits.range::<&[u8; 24]>(&first..=&last)? {
            let (key, place) = row?;
            let place = ItemPlace::from_bytes(place.value());
            let entry = self.entry(place.entry, cache)?;
            edits.push(FoundEdit {
                id: item_of(key.value()),
                entry,
                index: place.index.into(),
            });
        }
        Ok(edits)
    }

    /// Judges the edits of a record. The state shows at least what the snapshot holds, see `Shared::commit`.
    pub(crate) fn history(
        &self,
        record: &RecordId,
        edits: &[FoundEdit],
        state: &State,
        voids: &mut Voids,
    ) -> Result<History, Fault> {
        let mut foreign = BTreeSet::new();
        let mut held = Vec::with_capacity(edits.len());
        for edit in edits
            .iter()
            .filter(|edit| state.feeds.holds(&edit.entry.id()))
        {
            let item = &edit.entry.items()[edit.index];
            let Frame::Edit(frame) = &item.frame else {
                return Err(Fault::damaged("place of an edit"));
            };
            let entry = edit.entry.id();
            let is_void = match voids.get(&entry) {
                Some(is_void) => *is_void,
                None => {
                    let is_void = self.is_void(&edit.entry, state)?;
                    voids.insert(entry, is_void);
                    is_void
                }
            };
            for base in &frame.base {
                if self.foreign.get(base.as_bytes())?.is_some() {
                    foreign.insert(*base);
                }
            }
            // An erasure whose act does not count any more is not undone: nothing can bring the content back here.
            let is_erased = state
                .governance
                .is_erased(&state.feeds, &entry, &edit.id, &item.frame)
                || (item.content().is_none() && self.was_erased(&edit.id)?);
            held.push(HeldEdit {
                id: edit.id,
                frame,
                content: item.content(),
                is_void,
                is_erased,
            });
        }
        Ok(History::judge(state.federation(), record, &held, |id| {
            foreign.contains(id)
        }))
    }

    /// Returns whether an edit of a record is held, be it in whatever state.
    pub(crate) fn holds_edit(&self, record: &RecordId, edit: &ItemId) -> Result<bool, Fault> {
        match self.number(record)? {
            Some(number) => Ok(self.edits.get(&item_key(number, edit))?.is_some()),
            None => Ok(false),
        }
    }

    /// Returns whether a creation of a record is held.
    pub(crate) fn has_birth(&self, record: u64) -> Result<bool, Fault> {
        Ok(self.births.get(record)?.is_some())
    }

    /// Returns whether the content of an item was erased here.
    pub(crate) fn was_erased(&self, item: &ItemId) -> Result<bool, Fault> {
        Ok(self.erased.get(item.as_bytes())?.is_some())
    }

    /// An entry counts as a whole or not at all: one item outside the mandate is enough.
    pub(crate) fn is_void(&self, entry: &VerifiedEntry, state: &State) -> Result<bool, Fault> {
        let mut births = Vec::new();
        for record in touched_records(entry) {
            if let Some(number) = self.number(&record)?
                && let Some(row) = self.births.get(number)?
            {
                births.push(birth_from_bytes(row.value())?);
            }
        }
        let places = births
            .iter()
            .map(|birth| (birth.kind.as_str(), birth.territory.as_str()));
        Ok(state
            .governance
            .check_contribution(&state.feeds, &entry.id(), places)
            .is_err())
    }

    /// Builds the view of a record.
    pub(crate) fn build(
        &self,
        record: u64,
        mark: u64,
        state: &State,
        voids: &mut Voids,
        cache: &EntryCache,
    ) -> Result<BuiltView, Fault> {
        let id = self.record_id(record)?;
        let edits = self.edits(record, cache)?;
        let history = self.history(&id, &edits, state, voids)?;
        let troubles = Troubles {
            pending: history.count(|state| matches!(state, EditState::Pending(_))) as u32,
            rejected: history
                .count(|state| matches!(state, EditState::Void | EditState::Invalid(_)))
                as u32,
        };
        let view = RecordView::of(id, &history)
            .map_err(|error| Fault::damaged(format!("record {}: {error}", id.short())))?;
        Ok(BuiltView {
            record,
            mark,
            view,
            troubles,
            waiting: waiting_edits(id, &edits, &history),
            id,
            missing: history.missing,
        })
    }
}

impl EntryCache {
    /// Returns how many times entries were rewritten. Asked before a snapshot is taken.
    pub(crate) fn epoch(&self) -> u64 {
        self.lock().epoch
    }

    /// Forgets everything. INVARIANT: after this returns, no snapshot from before can put an entry here.
    pub(crate) fn begin_anew(&self) {
        let mut cached = self.lock();
        cached.entries.clear();
        cached.epoch += 1;
    }

    fn find(&self, place: EntryPlace) -> Option<Arc<VerifiedEntry>> {
        let cached = self.lock();
        let mut entries = cached.entries.iter().rev();
        entries
            .find(|(at, _)| *at == place)
            .map(|(_, entry)| Arc::clone(entry))
    }

    /// Forgets an entry whose row was written again.
    pub(crate) fn forget(&self, place: EntryPlace) {
        self.lock().entries.retain(|(at, _)| *at != place);
    }

    fn keep(&self, place: EntryPlace, entry: Arc<VerifiedEntry>, epoch: u64) {
        let mut cached = self.lock();
        if cached.epoch != epoch {
            return;
        }
        if cached.entries.len() == CACHED_ENTRIES_MAX {
            cached.entries.pop_front();
        }
        cached.entries.push_back((place, entry));
    }

    fn lock(&self) -> MutexGuard<'_, Cached> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
