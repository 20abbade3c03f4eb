//! Taking contents out of the rows, inside the transaction of the writer.

use std::collections::BTreeSet;
use std::path::Path;

use crdt_schema::entry::{Frame, VerifiedEntry};
use crdt_schema::governance::Erasures;
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::time::Timestamp;
use redb::{ReadableTable, ReadableTableMetadata, Table};

use super::Progress;
use crate::apply::{Numbers, Tables};
use crate::fault::Fault;
use crate::opening::aside;
use crate::state::State;
use crate::store::PayloadPacker;
use crate::store::tables::{EntryPlace, ItemPlace, item_keys, item_of, subject_keys};

/// What clearing works with.
pub(crate) struct Clearing<'w, 'txn> {
    pub(crate) tables: &'w mut Tables<'txn>,
    pub(crate) state: &'w State,
    pub(crate) numbers: &'w mut Numbers,
    pub(crate) packer: &'w mut PayloadPacker,
    /// The folder of the store.
    pub(crate) folder: &'w Path,
}

impl Clearing<'_, '_> {
    /// Takes away what has to go by now and did not before. Returns whether a row was written again.
    pub(crate) fn clear(
        &mut self,
        before: &Erasures,
        now: Option<Timestamp>,
    ) -> Result<bool, Fault> {
        let mut has_cleared = false;
        if self.state.governance.erasures() != before {
            for place in self.reached_entries(before)? {
                has_cleared |= self.clear_entry(place)?;
            }
        }
        self.note_new_acts(has_cleared, now)?;
        Ok(has_cleared)
    }

    /// The entries in which a new erasure may reach something. They are asked item by item afterwards.
    fn reached_entries(&self, before: &Erasures) -> Result<BTreeSet<EntryPlace>, Fault> {
        let after = self.state.governance.erasures();
        let mut entries = BTreeSet::new();
        for record in after.records().difference(before.records()) {
            self.entries_of_record(record, &mut entries)?;
        }
        for subject in after.subjects().difference(before.subjects()) {
            let (first, last) = subject_keys(subject);
            for row in self.tables.subjects.range::<&[u8; 32]>(&first..=&last)? {
                entries.insert(ItemPlace::from_bytes(row?.1.value()).entry);
            }
        }
        let items = newly_named(before, after);
        if !items.is_empty() {
            // Item ids are hashes, and no table starts with them: one pass over the keys, as rare as erasures are.
            for table in self.item_tables() {
                for row in table.iter()? {
                    let (key, place) = row?;
                    if items.contains(&item_of(key.value())) {
                        entries.insert(ItemPlace::from_bytes(place.value()).entry);
                    }
                }
            }
        }
        Ok(entries)
    }

    fn entries_of_record(
        &self,
        record: &RecordId,
        entries: &mut BTreeSet<EntryPlace>,
    ) -> Result<(), Fault> {
        let Some(number) = self.tables.records.get(record.as_bytes())? else {
            return Ok(());
        };
        let (first, last) = item_keys(number.value());
        for table in self.item_tables() {
            for row in table.range::<&[u8; 24]>(&first..=&last)? {
                entries.insert(ItemPlace::from_bytes(row?.1.value()).entry);
            }
        }
        Ok(())
    }

    fn item_tables(&self) -> [&Table<'_, &'static [u8; 24], &'static [u8; 22]>; 3] {
        let tables = &*self.tables;
        [&tables.edits, &tables.personal, &tables.statements]
    }

    fn clear_entry(&mut self, place: EntryPlace) -> Result<bool, Fault> {
        let entry = self.tables.entries.verified(place)?;
        let entry = entry.ok_or_else(|| Fault::damaged("place of an entry"))?;
        let Some(erased) = self.tables.without_erased(&entry, self.state)? else {
            return Ok(false);
        };
        let erased_bytes = erased.to_signed();
        self.tables
            .entries
            .insert(place, &erased_bytes, self.packer)?;
        let pairs = entry.items().iter().zip(erased.items());
        for (item, left) in pairs {
            if item.content().is_some() && left.content().is_none() {
                self.tables.mark_frame(&item.frame, self.numbers)?;
            }
        }
        Ok(true)
    }

    /// Where nothing was found, nothing is on its way out and nothing was set aside, an erasure is done at once.
    fn note_new_acts(&mut self, has_cleared: bool, now: Option<Timestamp>) -> Result<(), Fault> {
        let mut new = Vec::new();
        for erasure in self.state.erasures_in_force() {
            if self.tables.erasures.get(erasure.act.as_bytes())?.is_none() {
                new.push(erasure.act);
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        // What a damaged store that was set aside holds, nobody can tell.
        let mut is_unfinished = has_cleared || !aside(self.folder)?.is_empty();
        for row in self.tables.erasures.iter()? {
            is_unfinished |= !Progress::from_bytes(row?.1.value()).is_done;
        }
        let progress = Progress {
            // A node without a clock of its own rewrites when it is next asked to.
            met: now.unwrap_or(Timestamp::from_millis(0)),
            is_done: !is_unfinished,
        };
        for act in new {
            self.tables
                .erasures
                .insert(act.as_bytes(), &progress.to_bytes())?;
        }
        Ok(())
    }
}

impl Tables<'_> {
    /// Returns an entry without what has to go, and remembers for ever that this went. `None` when nothing of it has to.
    pub(crate) fn without_erased(
        &mut self,
        entry: &VerifiedEntry,
        state: &State,
    ) -> Result<Option<VerifiedEntry>, Fault> {
        let owner = state.feeds.owner(&entry.id());
        let erasures = state.governance.erasures();
        let has_to_go =
            |item: &ItemId, frame: &Frame| erasures.is_erased(owner.as_ref(), item, frame);
        for (id, item) in entry.identified_items() {
            if has_to_go(&id, &item.frame) {
                self.erased.insert(id.as_bytes(), ())?;
            }
        }
        // An erasure that does not count any more is not undone: what went here does not come back.
        let mut gone = BTreeSet::new();
        if self.erased.is_empty()? {
            return Ok(None);
        }
        for (id, item) in entry.identified_items() {
            if item.content().is_some() && self.erased.get(id.as_bytes())?.is_some() {
                gone.insert(id);
            }
        }
        Ok(entry.erased(|id, _| gone.contains(id)))
    }

    /// Puts contents into the row of a held entry that lacks them, unless they were erased. Returns the entry if that changed it.
    pub(crate) fn fill(
        &mut self,
        from: &VerifiedEntry,
        state: &State,
        numbers: &mut Numbers,
        packer: &mut PayloadPacker,
    ) -> Result<Option<VerifiedEntry>, Fault> {
        let Some(place) = state.place(&from.id()) else {
            return Ok(None);
        };
        let Some(held) = self.entries.verified(place)? else {
            return Ok(None);
        };
        if held.items().iter().all(|item| item.content().is_some()) {
            return Ok(None);
        }
        let allowed = self.without_erased(from, state)?;
        let from = allowed.as_ref().unwrap_or(from);
        let Some(filled) = held.filled(from, |_, _| true) else {
            return Ok(None);
        };
        self.entries.insert(place, &filled.to_signed(), packer)?;
        for (item, now) in held.items().iter().zip(filled.items()) {
            if item.content().is_none() && now.content().is_some() {
                self.mark_frame(&item.frame, numbers)?;
            }
        }
        Ok(Some(filled))
    }

    /// Marks the records that an item says something about.
    pub(crate) fn mark_frame(&mut self, frame: &Frame, numbers: &mut Numbers) -> Result<(), Fault> {
        let records = match frame {
            Frame::Edit(edit) => [Some(edit.record), None],
            Frame::Personal(personal) => [Some(personal.record), None],
            Frame::Statement(statement) => [Some(statement.subject), statement.other],
            _ => [None, None],
        };
        for record in records.into_iter().flatten() {
            let number = self.record(&record, numbers)?;
            self.mark(number, numbers)?;
        }
        Ok(())
    }
}

/// The items that are named by somebody who had not named them before: a partner who names another's item reaches nothing, and the next
/// one who names it may.
fn newly_named(before: &Erasures, after: &Erasures) -> BTreeSet<ItemId> {
    let by_coordinators = after.items().difference(before.items());
    let by_authors = after.own().iter().flat_map(|(partner, items)| {
        let known = before.own().get(partner);
        let is_new = move |item: &&ItemId| known.is_none_or(|known| !known.contains(*item));
        items.iter().filter(is_new)
    });
    by_coordinators.chain(by_authors).copied().collect()
}
