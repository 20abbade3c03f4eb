//! Edits that wait for one that they stand on, counted by feed: a bound of what a partner may make others keep for nothing.
//!
//! An edit is counted as it arrives, and counted again when the views of its record are built: what the views say holds. Nothing of it is
//! stored; at start it is counted from the records that wait.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crdt_schema::edit::{History, Pending, State as EditState};
use crdt_schema::entry::{EditFrame, Frame, Item, VerifiedEntry};
use crdt_schema::id::{FeedId, ItemId, RecordId};
use redb::{Database, ReadableDatabase, ReadableTable};

use crate::fault::Fault;
use crate::materialise::{EntryCache, FoundEdit, Source, Voids};
use crate::reader::Reader;
use crate::replica::Replica;
use crate::state::State;
use crate::store::tables;

/// An amount of edits that wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaitingEdits {
    /// How many.
    pub edits: u64,
    /// Bytes of their contents.
    pub bytes: u64,
}

/// An edit that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingEdit {
    /// The edit.
    pub id: ItemId,
    /// The record that it changes.
    pub record: RecordId,
    /// The feed that brought it.
    pub feed: FeedId,
    /// Bytes of its content.
    pub bytes: u64,
}

/// A record with edits that wait, and what they wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingBases {
    /// The record.
    pub record: RecordId,
    /// Edits that are not held, and that held ones stand on.
    pub missing: Vec<ItemId>,
    /// The feeds whose edits wait for them.
    pub feeds: BTreeSet<FeedId>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    records: BTreeMap<RecordId, BTreeMap<ItemId, WaitingEdit>>,
    feeds: BTreeMap<FeedId, WaitingEdits>,
}

/// The entries of one batch before they are stored, one after the other.
pub struct Arrivals<'r> {
    replica: &'r Replica,
    reader: Option<Reader>,
    /// Edits of the batch that are taken and wait for nothing.
    sound: BTreeSet<ItemId>,
}

impl WaitingEdits {
    /// Returns both together.
    #[must_use]
    pub fn plus(self, more: Self) -> Self {
        Self {
            edits: self.edits.saturating_add(more.edits),
            bytes: self.bytes.saturating_add(more.bytes),
        }
    }

    /// Returns the amount of some edits.
    pub fn of(edits: &[WaitingEdit]) -> Self {
        let bytes = edits.iter().map(|edit| edit.bytes);
        Self {
            edits: edits.len() as u64,
            bytes: bytes.fold(0, u64::saturating_add),
        }
    }
}

impl Waiting {
    /// Counts what waits in a store that was just opened.
    pub(crate) fn load(
        database: &Database,
        state: &State,
        cache: &EntryCache,
    ) -> Result<Self, Fault> {
        let waiting = Self::default();
        let read = database.begin_read()?;
        let source = Source::open(&read, cache.epoch())?;
        for row in read.open_table(tables::WAITING)?.iter()? {
            let number = row?.0.value();
            let record = source.record_id(number)?;
            let edits = source.edits(number, cache)?;
            let history = source.history(&record, &edits, state, &mut Voids::new())?;
            waiting.replace(record, waiting_edits(record, &edits, &history));
        }
        Ok(waiting)
    }

    /// Puts what waits in a record in the place of what was counted.
    pub(crate) fn replace(&self, record: RecordId, edits: Vec<WaitingEdit>) {
        let mut counted = self.lock();
        let before = counted.records.remove(&record).unwrap_or_default();
        for edit in before.values() {
            counted.forget(edit);
        }
        for edit in edits {
            counted.add(edit);
        }
    }

    fn add(&self, edits: &[WaitingEdit]) {
        let mut counted = self.lock();
        for edit in edits {
            counted.add(*edit);
        }
    }

    fn holds(&self, record: &RecordId, id: &ItemId) -> bool {
        let counted = self.lock();
        let of_record = counted.records.get(record);
        of_record.is_some_and(|edits| edits.contains_key(id))
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    fn add(&mut self, edit: WaitingEdit) {
        let edits = self.records.entry(edit.record).or_default();
        if edits.insert(edit.id, edit).is_none() {
            let of_feed = self.feeds.entry(edit.feed).or_default();
            *of_feed = of_feed.plus(WaitingEdits::of(&[edit]));
        }
    }

    fn forget(&mut self, edit: &WaitingEdit) {
        if let Some(of_feed) = self.feeds.get_mut(&edit.feed) {
            of_feed.edits = of_feed.edits.saturating_sub(1);
            of_feed.bytes = of_feed.bytes.saturating_sub(edit.bytes);
            if of_feed.edits == 0 {
                self.feeds.remove(&edit.feed);
            }
        }
    }
}

impl Replica {
    /// Returns how much waits for what is not held, by the feed that brought it.
    pub fn waiting_edits(&self) -> BTreeMap<FeedId, WaitingEdits> {
        self.shared.waiting.lock().feeds.clone()
    }

    /// Returns the records that miss edits, with what they miss, at most so many, and how many there are.
    pub fn missing_bases(&self, records_max: usize) -> Result<(Vec<MissingBases>, usize), Fault> {
        let reader = self.read()?;
        let table = reader.read.open_table(tables::WAITING)?;
        let (mut found, mut count) = (Vec::new(), 0);
        for row in table.iter()? {
            let (number, ids) = row?;
            count += 1;
            if found.len() < records_max {
                let record = reader.source.record_id(number.value())?;
                let counted = self.shared.waiting.lock();
                let edits = counted.records.get(&record).into_iter();
                found.push(MissingBases {
                    record,
                    missing: ids
                        .value()
                        .chunks_exact(ItemId::BYTES)
                        .filter_map(ItemId::from_slice)
                        .collect(),
                    feeds: edits.flatten().map(|(_, edit)| edit.feed).collect(),
                });
            }
        }
        Ok((found, count))
    }
}

impl<'r> Arrivals<'r> {
    /// Starts with none.
    pub fn of(replica: &'r Replica) -> Self {
        Self {
            replica,
            reader: None,
            sound: BTreeSet::new(),
        }
    }

    /// Returns the edits of an entry that would wait. To be asked without a lock of the state.
    pub fn waiting(&mut self, entry: &VerifiedEntry) -> Result<Vec<WaitingEdit>, Fault> {
        let mut waiting = Vec::new();
        for (id, item) in entry.identified_items() {
            let Frame::Edit(frame) = &item.frame else {
                continue;
            };
            if !self.is_whole(frame)? {
                waiting.push(WaitingEdit {
                    id,
                    record: frame.record,
                    feed: entry.header().feed,
                    bytes: bytes(item),
                });
            }
        }
        Ok(waiting)
    }

    /// Counts an entry that is taken, with those of its edits that wait.
    pub fn take(&mut self, entry: &VerifiedEntry, waiting: &[WaitingEdit]) {
        let edits = entry.identified_items();
        let edits = edits.filter(|(_, item)| matches!(item.frame, Frame::Edit(_)));
        self.sound.extend(edits.map(|(id, _)| id));
        for edit in waiting {
            self.sound.remove(&edit.id);
        }
        self.replica.shared.waiting.add(waiting);
    }

    /// Returns whether everything that an edit stands on is there.
    fn is_whole(&mut self, frame: &EditFrame) -> Result<bool, Fault> {
        for base in &frame.base {
            if self.sound.contains(base) {
                continue;
            }
            if self.replica.shared.waiting.holds(&frame.record, base)
                || !self.is_held(&frame.record, base)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_held(&mut self, record: &RecordId, edit: &ItemId) -> Result<bool, Fault> {
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => self.replica.read()?,
        };
        let is_held = reader.source.holds_edit(record, edit);
        self.reader = Some(reader);
        is_held
    }
}

/// Returns the edits of a record that wait for one that they stand on.
pub(crate) fn waiting_edits(
    record: RecordId,
    edits: &[FoundEdit],
    history: &History,
) -> Vec<WaitingEdit> {
    let waits = EditState::Pending(Pending::Base);
    let waiting = edits
        .iter()
        .filter(|edit| history.states.get(&edit.id) == Some(&waits));
    waiting
        .map(|edit| WaitingEdit {
            id: edit.id,
            record,
            feed: edit.entry.header().feed,
            bytes: bytes(&edit.entry.items()[edit.index]),
        })
        .collect()
}

fn bytes(item: &Item) -> u64 {
    item.content().map_or(0, |content| content.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(id: u8, record: u8, feed: u8, bytes: u64) -> WaitingEdit {
        WaitingEdit {
            id: ItemId::from_bytes([id; 16]),
            record: RecordId::from_bytes([record; 16]),
            feed: FeedId::from_bytes([feed; 32]),
            bytes,
        }
    }

    #[test]
    fn an_edit_is_counted_once_and_what_the_views_say_holds() {
        let waiting = Waiting::default();
        let amount = |feed: u8| {
            let counted = waiting.lock();
            let of_feed = counted.feeds.get(&FeedId::from_bytes([feed; 32]));
            of_feed.map_or((0, 0), |it| (it.edits, it.bytes))
        };
        for _ in 0..2 {
            waiting.add(&[edit(1, 1, 1, 10), edit(2, 1, 2, 20), edit(3, 2, 1, 40)]);
        }
        assert_eq!((amount(1), amount(2)), ((2, 50), (1, 20)));
        let first = edit(1, 1, 1, 10);
        assert!(waiting.holds(&first.record, &first.id));
        waiting.replace(first.record, vec![edit(2, 1, 2, 20), edit(4, 1, 2, 5)]);
        assert!(!waiting.holds(&first.record, &first.id));
        assert_eq!((amount(1), amount(2)), ((1, 40), (2, 25)));
        for record in [1, 2] {
            waiting.replace(RecordId::from_bytes([record; 16]), Vec::new());
        }
        assert_eq!((amount(1), amount(2)), ((0, 0), (0, 0)));
        assert!(waiting.lock().records.is_empty());
    }
}
