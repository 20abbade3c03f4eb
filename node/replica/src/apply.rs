//! Writing entries inside a transaction: the same path for our own and for everybody else's.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::cbor::Wire;
use crdt_schema::entry::{EditFrame, Frame, RecordBirth, VerifiedEntry};
use crdt_schema::governance::{Approval, Charter, Position};
use crdt_schema::id::{EntryId, FederationId, FeedId, ItemId, RecordId};
use redb::{ReadableTable, ReadableTableMetadata, Table, WriteTransaction};

use crate::birth::birth_to_bytes;
use crate::fault::Fault;
use crate::state::place_bytes;
use crate::store::tables::{self, EntryPlace, ItemPlace, item_key, item_keys, subject_key};
use crate::store::{PayloadPacker, WriteEntries};

/// The tables of one write transaction, open together.
pub(crate) struct Tables<'txn> {
    approvals: Table<'txn, &'static [u8], ()>,
    births: Table<'txn, u64, &'static [u8]>,
    charters: Table<'txn, &'static [u8; 32], &'static [u8]>,
    dirty: Table<'txn, u64, u64>,
    pub(crate) edits: Table<'txn, &'static [u8; 24], &'static [u8; 22]>,
    pub(crate) entries: WriteEntries<'txn>,
    pub(crate) erased: Table<'txn, &'static [u8; 16], ()>,
    pub(crate) erasures: Table<'txn, &'static [u8; 16], &'static [u8; 9]>,
    feeds: Table<'txn, u32, &'static [u8; 32]>,
    floods: Table<'txn, &'static [u8; 32], &'static [u8; 40]>,
    foreign: Table<'txn, &'static [u8; 16], ()>,
    pub(crate) personal: Table<'txn, &'static [u8; 24], &'static [u8; 22]>,
    record_ids: Table<'txn, u64, &'static [u8; 16]>,
    pub(crate) records: Table<'txn, &'static [u8; 16], u64>,
    pub(crate) statements: Table<'txn, &'static [u8; 24], &'static [u8; 22]>,
    pub(crate) subjects: Table<'txn, &'static [u8; 32], &'static [u8; 22]>,
}

/// What the writer counts and numbers, across transactions.
#[derive(Debug, Clone)]
pub(crate) struct Numbers {
    pub(crate) federation: FederationId,
    pub(crate) feeds: BTreeMap<FeedId, u32>,
    pub(crate) next_record: u64,
    pub(crate) next_mark: u64,
    pub(crate) next_change: u64,
}

impl<'txn> Tables<'txn> {
    pub(crate) fn open(write: &'txn WriteTransaction) -> Result<Self, Fault> {
        Ok(Self {
            approvals: write.open_table(tables::APPROVALS)?,
            births: write.open_table(tables::BIRTHS)?,
            charters: write.open_table(tables::CHARTERS)?,
            dirty: write.open_table(tables::DIRTY)?,
            edits: write.open_table(tables::EDITS)?,
            entries: WriteEntries::open(write)?,
            erased: write.open_table(tables::ERASED)?,
            erasures: write.open_table(tables::ERASURES)?,
            feeds: write.open_table(tables::FEEDS)?,
            floods: write.open_table(tables::FLOODS)?,
            foreign: write.open_table(tables::FOREIGN)?,
            personal: write.open_table(tables::PERSONAL)?,
            record_ids: write.open_table(tables::RECORD_IDS)?,
            records: write.open_table(tables::RECORDS)?,
            statements: write.open_table(tables::STATEMENTS)?,
            subjects: write.open_table(tables::SUBJECTS)?,
        })
    }

    /// Writes an entry whose feed is held up to it.
    pub(crate) fn add_entry(
        &mut self,
        entry: &VerifiedEntry,
        numbers: &mut Numbers,
        packer: &mut PayloadPacker,
    ) -> Result<(), Fault> {
        let place = self.place_of(entry, numbers)?;
        self.entries.insert(place, &entry.to_signed(), packer)?;
        for (index, (id, item)) in entry.identified_items().enumerate() {
            let place = ItemPlace {
                entry: place,
                index: index as u16,
            };
            match &item.frame {
                Frame::Edit(edit) => self.add_edit(&id, edit, place, numbers)?,
                Frame::Personal(personal) => {
                    let record = self.record(&personal.record, numbers)?;
                    self.personal
                        .insert(&item_key(record, &id), &place.to_bytes())?;
                    self.subjects
                        .insert(&subject_key(&personal.subject, &id), &place.to_bytes())?;
                    self.mark(record, numbers)?;
                }
                Frame::Statement(statement) => {
                    for subject in [Some(statement.subject), statement.other]
                        .into_iter()
                        .flatten()
                    {
                        let record = self.record(&subject, numbers)?;
                        self.statements
                            .insert(&item_key(record, &id), &place.to_bytes())?;
                        self.mark(record, numbers)?;
                    }
                }
                Frame::Act(_)
                | Frame::Certificate(_)
                | Frame::Checkpoint
                | Frame::Rotation(_)
                | Frame::Unknown(_) => {}
            }
        }
        Ok(())
    }

    /// Keeps that an entry of a feed was refused, since it began a branch too many.
    pub(crate) fn add_flood(&mut self, feed: &FeedId, refused: &Position) -> Result<(), Fault> {
        let row = place_bytes(refused);
        self.floods.insert(feed.as_bytes(), &row)?;
        Ok(())
    }

    fn add_edit(
        &mut self,
        id: &ItemId,
        edit: &EditFrame,
        place: ItemPlace,
        numbers: &mut Numbers,
    ) -> Result<(), Fault> {
        let record = self.record(&edit.record, numbers)?;
        self.edits
            .insert(&item_key(record, id), &place.to_bytes())?;
        self.mark(record, numbers)?;
        if let Some(birth) = &edit.creation
            && edit.creates_its_record(&numbers.federation)
        {
            self.add_birth(record, birth, &place.entry, numbers)?;
        }
        Ok(())
    }

    /// Once the kind and place of a record are known, every entry that already touched it is judged by its author's mandate, so
    /// whatever else these entries touched is to be seen again. All that the entry itself touches is marked as it is written.
    fn add_birth(
        &mut self,
        record: u64,
        birth: &RecordBirth,
        within: &EntryPlace,
        numbers: &mut Numbers,
    ) -> Result<(), Fault> {
        if self.births.get(record)?.is_some() {
            return Ok(());
        }
        self.births
            .insert(record, birth_to_bytes(birth).as_slice())?;
        let mut earlier = self.entries_that_touch(record)?;
        earlier.remove(within);
        for entry in earlier {
            self.mark_entry(&entry, numbers)?;
        }
        Ok(())
    }

    fn entries_that_touch(&self, record: u64) -> Result<BTreeSet<EntryPlace>, Fault> {
        let (first, last) = item_keys(record);
        let mut entries = BTreeSet::new();
        for table in [&self.edits, &self.personal] {
            for row in table.range::<&[u8; 24]>(&first..=&last)? {
                entries.insert(ItemPlace::from_bytes(row?.1.value()).entry);
            }
        }
        Ok(entries)
    }

    /// Marks every record that an entry says something about as to be built again, and to be found anew: what is stated of a record may
    /// count or not by the rights of who states it.
    pub(crate) fn mark_entry(
        &mut self,
        place: &EntryPlace,
        numbers: &mut Numbers,
    ) -> Result<(), Fault> {
        let entry = self.entries.verified(*place)?;
        for item in entry.iter().flat_map(VerifiedEntry::items) {
            self.mark_frame(&item.frame, numbers)?;
        }
        Ok(())
    }

    /// Marks a record's view as out of date.
    pub(crate) fn mark(&mut self, record: u64, numbers: &mut Numbers) -> Result<(), Fault> {
        self.dirty.insert(record, numbers.next_mark)?;
        numbers.next_mark += 1;
        Ok(())
    }

    /// Takes a mark away, unless the record was marked again since.
    pub(crate) fn unmark(&mut self, record: u64, mark: u64) -> Result<(), Fault> {
        let is_current = self
            .dirty
            .get(record)?
            .is_some_and(|row| row.value() == mark);
        if is_current {
            self.dirty.remove(record)?;
        }
        Ok(())
    }

    /// Remembers that edits stand on edits of other records, and marks those records.
    pub(crate) fn add_foreign(
        &mut self,
        ids: &BTreeMap<ItemId, BTreeSet<u64>>,
        numbers: &mut Numbers,
    ) -> Result<(), Fault> {
        for (id, records) in ids {
            self.foreign.insert(id.as_bytes(), ())?;
            for record in records {
                self.mark(*record, numbers)?;
            }
        }
        Ok(())
    }

    pub(crate) fn add_charter(&mut self, charter: &Charter) -> Result<(), Fault> {
        self.charters
            .insert(charter.id().as_bytes(), charter.to_cbor().as_slice())?;
        Ok(())
    }

    pub(crate) fn add_approval(&mut self, approval: &Approval) -> Result<(), Fault> {
        self.approvals.insert(approval.to_cbor().as_slice(), ())?;
        Ok(())
    }

    pub(crate) fn record(&mut self, id: &RecordId, numbers: &mut Numbers) -> Result<u64, Fault> {
        if let Some(row) = self.records.get(id.as_bytes())? {
            return Ok(row.value());
        }
        let number = numbers.next_record;
        numbers.next_record += 1;
        self.records.insert(id.as_bytes(), number)?;
        self.record_ids.insert(number, id.as_bytes())?;
        Ok(number)
    }

    fn place_of(
        &mut self,
        entry: &VerifiedEntry,
        numbers: &mut Numbers,
    ) -> Result<EntryPlace, Fault> {
        let feed = entry.header().feed;
        let number = match numbers.feeds.get(&feed) {
            Some(number) => *number,
            None => {
                let number = self.feeds.len()? as u32;
                self.feeds.insert(number, feed.as_bytes())?;
                numbers.feeds.insert(feed, number);
                number
            }
        };
        Ok(place(number, entry.header().sequence, &entry.id()))
    }
}

/// The place of an entry, from the number of its feed.
pub(crate) fn place(feed: u32, sequence: u64, id: &EntryId) -> EntryPlace {
    let start_of_id = *id.as_bytes().first_chunk().expect("an id has 32 bytes");
    EntryPlace {
        feed,
        sequence,
        start_of_id,
    }
}

/// The records that the edits and personal values of an entry touch: those that a mandate must cover.
pub(crate) fn touched_records(entry: &VerifiedEntry) -> Vec<RecordId> {
    let records: BTreeSet<RecordId> = entry
        .items()
        .iter()
        .filter_map(|item| match &item.frame {
            Frame::Edit(edit) => Some(edit.record),
            Frame::Personal(personal) => Some(personal.record),
            _ => None,
        })
        .collect();
    records.into_iter().collect()
}
