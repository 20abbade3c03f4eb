//! Reading: a snapshot of the store, which neither waits for the writer nor makes it wait.

use std::sync::{Arc, RwLockReadGuard};

use crdt_schema::edit::{Content, Invalid, Operation, State as EditState};
use crdt_schema::entry::{Frame, SignedEntry, VerifiedEntry};
use crdt_schema::id::{EntryId, FeedId, ItemId, PartnerId, RecordId, hash};
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata};

use crate::fault::Fault;
use crate::materialise::{EntryCache, FoundEdit, Source, Voids};
use crate::shared::Shared;
use crate::state::State;
use crate::store::header_of;
use crate::store::tables::{self, EntryPlace};
use crate::view_rows::{Troubles, digest, digest_of};

/// A snapshot. Records whose view is not built yet are built as they are asked for.
pub struct Reader {
    pub(crate) read: ReadTransaction,
    pub(crate) source: Source,
    pub(crate) shared: Arc<Shared>,
    pub(crate) cache: Arc<EntryCache>,
    /// The last field, since it is dropped last: a database that is dropped closes its snapshots, and the file may be written anew
    /// meanwhile.
    _database: Arc<Database>,
}

/// An edit of a record as its history shows it.
#[derive(Debug, Clone)]
pub struct EditInfo {
    /// The edit.
    pub id: ItemId,
    /// The entry that carries it.
    pub entry: EntryId,
    /// The feed of the author.
    pub feed: FeedId,
    /// Position of the entry in its feed.
    pub sequence: u64,
    /// The partner for which the author writes.
    pub partner: Option<PartnerId>,
    /// When the author says it was signed.
    pub claimed: Timestamp,
    /// The heads that the author saw.
    pub base: Vec<ItemId>,
    /// Whether it creates the record.
    pub is_creation: bool,
    /// What became of it.
    pub state: EditState,
    /// What it changes; the rule that its content breaks; nothing where the bytes are gone.
    pub operations: Option<Result<Vec<Operation>, Invalid>>,
}

/// How much is held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records that have a view.
    pub records: u64,
    /// Entries.
    pub entries: u64,
    /// Edits that wait or do not count.
    pub troubles: Troubles,
    /// Records whose view is still to be built.
    pub unbuilt: u64,
}

/// How far the node is with what has arrived. Cheap to ask again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InHand {
    /// Entries: verified, on disk, their records readable on demand.
    pub entries: u64,
    /// Records whose view is still to be built.
    pub unbuilt: u64,
    /// Whether every view is built, and found by the search.
    pub is_searchable: bool,
}

impl Reader {
    pub(crate) fn open(
        database: Arc<Database>,
        shared: Arc<Shared>,
        cache: Arc<EntryCache>,
    ) -> Result<Self, Fault> {
        let state = shared.state();
        let epoch = cache.epoch();
        let read = database.begin_read()?;
        drop(state);
        let source = Source::open(&read, epoch)?;
        Ok(Self {
            read,
            source,
            shared,
            cache,
            _database: database,
        })
    }

    /// Returns what verdicts depend on, as it is on disk.
    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.shared.state()
    }

    /// Returns the words of the federation, as its coordinators declared them.
    pub(crate) fn words(&self) -> Words {
        self.state().governance().words().clone()
    }

    /// Returns a record as it reads. `None` when nothing of it is held, or nothing with its whole past.
    pub fn record(&self, record: &RecordId) -> Result<Option<RecordView>, Fault> {
        match self.source.number(record)? {
            Some(number) => self.view(number),
            None => Ok(None),
        }
    }

    /// Returns a record as it read at these heads: what a person saw who opened a form then. Edits that have come since are left out.
    pub fn record_at(
        &self,
        record: &RecordId,
        heads: &[ItemId],
    ) -> Result<Option<RecordView>, Fault> {
        let Some(number) = self.source.number(record)? else {
            return Ok(None);
        };
        let edits = self.source.edits(number, &self.cache)?;
        let state = self.shared.state();
        let mut history = self
            .source
            .history(record, &edits, &state, &mut Voids::new())?;
        drop(state);
        history.keep_past_of(heads);
        RecordView::of(*record, &history)
            .map_err(|error| Fault::damaged(format!("record {}: {error}", record.short())))
    }

    fn view(&self, number: u64) -> Result<Option<RecordView>, Fault> {
        if self.source.is_marked(number)? {
            let state = self.shared.state();
            let mut voids = Voids::new();
            let built = self
                .source
                .build(number, 0, &state, &mut voids, &self.cache)?;
            return Ok(built.view);
        }
        let views = self.read.open_table(tables::VIEWS)?;
        views
            .get(number)?
            .map(|row| self.shared.dictionaries.read(row.value()))
            .transpose()
    }

    /// Calls `visit` with every record, in the order in which they were first met here.
    pub fn each_record<E: From<Fault>>(
        &self,
        mut visit: impl FnMut(RecordView) -> Result<(), E>,
    ) -> Result<(), E> {
        let ids = self
            .read
            .open_table(tables::RECORD_IDS)
            .map_err(Fault::from)?;
        for row in ids.iter().map_err(Fault::from)? {
            let number = row.map_err(Fault::from)?.0.value();
            if let Some(view) = self.view(number)? {
                visit(view)?;
            }
        }
        Ok(())
    }

    /// Returns the edits of a record with what became of each, in the order of their ids.
    pub fn edits(&self, record: &RecordId) -> Result<Vec<EditInfo>, Fault> {
        let Some(number) = self.source.number(record)? else {
            return Ok(Vec::new());
        };
        let edits = self.source.edits(number, &self.cache)?;
        let state = self.shared.state();
        let history = self
            .source
            .history(record, &edits, &state, &mut Voids::new())?;
        let owner = |entry: &EntryId| state.feeds.owner(entry);
        let info = |edit: &FoundEdit| {
            let became = history.states.get(&edit.id)?;
            edit_info(edit, *became, owner(&edit.entry.id()))
        };
        Ok(edits.iter().filter_map(info).collect())
    }

    /// Returns a held entry.
    pub fn entry(&self, id: &EntryId) -> Result<Option<Arc<VerifiedEntry>>, Fault> {
        self.entry_in(&self.state(), id)
    }

    /// Does the same for a caller that looks at the state already: to lock it twice could wait for ever.
    pub(crate) fn entry_in(
        &self,
        state: &State,
        id: &EntryId,
    ) -> Result<Option<Arc<VerifiedEntry>>, Fault> {
        let place = state.place(id);
        place
            .map(|place| self.source.entry(place, &self.cache))
            .transpose()
    }

    /// Returns an entry that the state shows, if it is in this snapshot too: the state may be newer.
    pub(crate) fn held(&self, state: &State, id: &EntryId) -> Result<Option<VerifiedEntry>, Fault> {
        let Some(place) = state.place(id) else {
            return Ok(None);
        };
        self.source.entries.verified(place)
    }

    /// Returns the bytes of held entries as they are sent, in the order asked. Ids that are not held are left out.
    pub fn signed_entries(&self, ids: &[EntryId]) -> Result<Vec<SignedEntry>, Fault> {
        let mut signed = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(place) = self.shared.state().place(id) else {
                continue;
            };
            signed.extend(self.source.entries.signed(place)?);
        }
        Ok(signed)
    }

    /// Returns entries of a feed from a sequence on, in their order, without those that `skip` names, until a bound is reached. With
    /// them, the sequence from which to go on; `None` at the end of the feed. A sequence is never cut between two branches.
    pub fn feed_entries(
        &self,
        feed: &FeedId,
        from: u64,
        (entries_max, bytes_max): (usize, usize),
        skip: impl Fn(&EntryId) -> bool,
    ) -> Result<(Vec<SignedEntry>, Option<u64>), Fault> {
        let Some((first, last)) = self.feed_keys(&self.state(), feed, from) else {
            return Ok((Vec::new(), None));
        };
        let held = &self.source.entries;
        let (mut entries, mut bytes) = (Vec::new(), 0);
        let mut reached = from;
        for row in held.rows.range::<&[u8; 20]>(&first..=&last)? {
            let (key, row) = row?;
            let place = EntryPlace::from_key(key.value());
            let sequence = place.sequence;
            if sequence > reached && (entries.len() >= entries_max || bytes >= bytes_max) {
                return Ok((entries, Some(sequence)));
            }
            reached = sequence;
            if !skip(&header_of(row.value())?.id()) {
                let entry = held.of_row(place, row.value())?;
                bytes += entry.payload.len();
                entries.push(entry);
            }
        }
        Ok((entries, None))
    }

    /// Returns the entries of a feed at a sequence: one, unless the feed is forked.
    pub fn feed_entries_at(&self, feed: &FeedId, sequence: u64) -> Result<Vec<EntryId>, Fault> {
        let keys = self.feed_keys(&self.state(), feed, sequence);
        self.entries_from(keys)
    }

    /// Does the same for a caller that looks at the state already.
    pub(crate) fn feed_entries_at_in(
        &self,
        state: &State,
        feed: &FeedId,
        sequence: u64,
    ) -> Result<Vec<EntryId>, Fault> {
        self.entries_from(self.feed_keys(state, feed, sequence))
    }

    fn entries_from(&self, keys: Option<([u8; 20], [u8; 20])>) -> Result<Vec<EntryId>, Fault> {
        let Some((first, _)) = keys else {
            return Ok(Vec::new());
        };
        let mut last = first;
        last[12..].fill(0xff);
        let table = &self.source.entries.rows;
        let mut ids = Vec::new();
        for row in table.range::<&[u8; 20]>(&first..=&last)? {
            ids.push(header_of(row?.1.value())?.id());
        }
        Ok(ids)
    }

    /// Returns the first and the last key that the entries of a feed can have from a sequence on.
    pub(crate) fn feed_keys(
        &self,
        state: &State,
        feed: &FeedId,
        from: u64,
    ) -> Option<([u8; 20], [u8; 20])> {
        let feed = *state.feed_numbers.get(feed)?;
        Some(EntryPlace::keys_between(feed, from, u64::MAX))
    }

    /// Counts what is held.
    pub fn counts(&self) -> Result<Counts, Fault> {
        let mut troubles = Troubles::default();
        for row in self.read.open_table(tables::TROUBLES)?.iter()? {
            let more = Troubles::from_bytes(row?.1.value());
            troubles.pending += more.pending;
            troubles.rejected += more.rejected;
        }
        Ok(Counts {
            records: self.count_records()?,
            entries: self.source.entries.rows.len()?,
            troubles,
            unbuilt: self.count_unbuilt()?,
        })
    }

    pub(crate) fn count_unbuilt(&self) -> Result<u64, Fault> {
        Ok(self.read.open_table(tables::DIRTY)?.len()?)
    }

    /// A view that waits to be built counts as what it will be.
    fn count_records(&self) -> Result<u64, Fault> {
        let views = self.read.open_table(tables::VIEWS)?;
        let mut records = views.len()?;
        for row in self.read.open_table(tables::DIRTY)?.iter()? {
            let number = row?.0.value();
            let was_there = views.get(number)?.is_some();
            match (was_there, self.view(number)?.is_some()) {
                (true, false) => records -= 1,
                (false, true) => records += 1,
                _ => {}
            }
        }
        Ok(records)
    }

    /// Returns the digest of all views: equal on two nodes that hold the same entries and charters.
    pub fn state_digest(&self) -> Result<[u8; 32], Fault> {
        let records = self.read.open_table(tables::RECORDS)?;
        let views = self.read.open_table(tables::VIEWS)?;
        let mut leaves: Vec<[u8; 32]> = Vec::new();
        for row in records.iter()? {
            let number = row?.1.value();
            let leaf = match self.source.is_marked(number)? {
                true => self.view(number)?.map(|view| digest(&view)),
                false => {
                    let row = views.get(number)?;
                    row.map(|row| digest_of(row.value())).transpose()?
                }
            };
            leaves.extend(leaf);
        }
        let count = (leaves.len() as u64).to_be_bytes();
        let mut parts: Vec<&[u8]> = vec![&count];
        parts.extend(leaves.iter().map(<[u8; 32]>::as_slice));
        Ok(hash("state", &parts))
    }

    /// Returns the digest of what all records say: equal to what it was once an import was taken back, although views hold who wrote, and
    /// records that say nothing any more stay. It reads every view, which takes longer than [`Self::state_digest`].
    pub fn live_digest(&self) -> Result<[u8; 32], Fault> {
        let mut leaves = Vec::new();
        self.each_record(|view| {
            if !view.fields().is_empty() {
                leaves.push(view.said_digest());
            }
            Ok::<(), Fault>(())
        })?;
        leaves.sort_unstable();
        let parts: Vec<&[u8]> = leaves.iter().map(<[u8; 32]>::as_slice).collect();
        Ok(hash("live", &parts))
    }

    /// Returns the numbers of the oldest and the newest change that the store still knows. 1 and 0 when it knows none.
    pub(crate) fn change_range(&self) -> Result<(u64, u64), Fault> {
        let changes = self.read.open_table(tables::CHANGES)?;
        let oldest = changes.first()?.map_or(1, |(change, _)| change.value());
        let newest = changes.last()?.map_or(0, |(change, _)| change.value());
        Ok((oldest, newest))
    }

    /// Returns the changes of views after a change number, in their order, read as they are asked for: a record comes once for each of its
    /// changes.
    pub(crate) fn changes_after(
        &self,
        change: u64,
    ) -> Result<impl Iterator<Item = Result<(u64, RecordId), Fault>> + '_, Fault> {
        let changes = self.read.open_table(tables::CHANGES)?;
        let rows = changes.range(change + 1..)?;
        Ok(rows.map(|row| {
            let (number, record) = row?;
            Ok((number.value(), self.source.record_id(record.value())?))
        }))
    }

    /// Returns the records whose ids start with these hexadecimal digits, two at most.
    pub fn records_that_start_with(&self, digits: &str) -> Result<Vec<RecordId>, Fault> {
        let pad = |fill: &str| {
            let mut text = digits.to_owned();
            while text.len() < 32 {
                text.push_str(fill);
            }
            RecordId::parse(&text).ok()
        };
        let (Some(first), Some(last)) = (pad("0"), pad("f")) else {
            return Ok(Vec::new());
        };
        let records = self.read.open_table(tables::RECORDS)?;
        let rows = records
            .range::<&[u8; 16]>(first.as_bytes()..=last.as_bytes())?
            .take(2);
        rows.map(|row| Ok(RecordId::from_bytes(*row?.0.value())))
            .collect()
    }
}

fn edit_info(edit: &FoundEdit, state: EditState, partner: Option<PartnerId>) -> Option<EditInfo> {
    let item = &edit.entry.items()[edit.index];
    let Frame::Edit(frame) = &item.frame else {
        return None;
    };
    let header = edit.entry.header();
    Some(EditInfo {
        id: edit.id,
        entry: edit.entry.id(),
        feed: header.feed,
        sequence: header.sequence,
        partner,
        claimed: header.claimed,
        base: frame.base.clone(),
        is_creation: frame.creation.is_some(),
        state,
        operations: item
            .content()
            .map(|bytes| Content::from_bytes(bytes).map(|content| content.0)),
    })
}
