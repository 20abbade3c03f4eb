//! Views in the store: what the worker built, written by the writer in one go with the end of their `dirty` marks.
//!
//! Records of one census repeat each other, so views are compressed with a dictionary that was learnt from some of them: a third of the
//! size. A dictionary holds pieces of what records say; it goes when the file is written anew after an erasure, and so does all that was
//! compressed with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crdt_schema::cbor::Wire;
use crdt_schema::id::{ItemId, RecordId, hash};
use crdt_schema::view::RecordView;
use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata, Table,
    WriteTransaction,
};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::{self, CCtx, DCtx};

use crate::apply::{Numbers, Tables};
use crate::fault::Fault;
use crate::store::tables;
use crate::view_codec;
use crate::waiting::WaitingEdit;

/// Level of compression of a view: with a dictionary, 10 µs and three quarters of the size of the first level.
const LEVEL: i32 = 3;
/// Bytes of a dictionary: zstd's own default, beyond which little is won.
const DICTIONARY_BYTES: usize = 112_640;
/// Views from which on a dictionary is learnt: fewer say too little, and take little place.
pub(crate) const LEARNT_FROM: u64 = 512;
/// How many times more views there must be than when one was learnt for another to be learnt.
const LEARNT_AGAIN: u64 = 8;
/// Views that a dictionary is learnt from, spread over all of them. 100 ms of work.
const SAMPLES: u64 = 1_000;
/// Bytes of a view that is read at most: a record of 4,096 edits of 64 KiB. What claims more is damaged.
const VIEW_BYTES_MAX: u64 = 256 << 20;
const DIGEST_BYTES: usize = 32;
const HEAD_BYTES: usize = DIGEST_BYTES + 2;

/// A view, and what it was built from.
#[derive(Debug)]
pub(crate) struct BuiltView {
    pub(crate) record: u64,
    pub(crate) id: RecordId,
    /// The mark that was seen. If the record was marked again meanwhile, it stays to be built.
    pub(crate) mark: u64,
    /// `None` when no edit of the record is held with its whole past.
    pub(crate) view: Option<RecordView>,
    pub(crate) troubles: Troubles,
    /// Edits that wait for one that they stand on.
    pub(crate) waiting: Vec<WaitingEdit>,
    /// Ids that its edits stand on and that are not edits of this record.
    pub(crate) missing: BTreeSet<ItemId>,
}

/// A view as it is to be stored.
#[derive(Debug)]
pub(crate) struct PackedView {
    pub(crate) built: BuiltView,
    pub(crate) row: Option<Vec<u8>>,
}

/// How many edits of a record do not count yet, or never will.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Troubles {
    /// Edits that wait for a base or for bytes.
    pub pending: u32,
    /// Edits that are void or invalid.
    pub rejected: u32,
}

impl Troubles {
    fn to_bytes(self) -> [u8; 8] {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&self.pending.to_be_bytes());
        bytes[4..].copy_from_slice(&self.rejected.to_be_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = *bytes;
        Self {
            pending: u32::from_be_bytes([a, b, c, d]),
            rejected: u32::from_be_bytes([e, f, g, h]),
        }
    }
}

/// What views are compressed with, under its number. INVARIANT: a number never stands for another dictionary, also after the file was
/// written anew: snapshots of the old file are still read.
pub(crate) struct Dictionary {
    number: u16,
    /// Views that there were when it was learnt.
    views: u64,
    encoder: EncoderDictionary<'static>,
    decoder: DecoderDictionary<'static>,
}

#[derive(Default)]
struct Known {
    by_number: BTreeMap<u16, Arc<Dictionary>>,
    /// What views are compressed with now. INVARIANT: it is in the file of the store.
    used: Option<Arc<Dictionary>>,
}

/// The dictionaries that were in use since the store was opened.
#[derive(Default)]
pub(crate) struct Dictionaries {
    known: RwLock<Known>,
    /// Making one costs more than reading a view.
    readers: Mutex<Vec<DCtx<'static>>>,
}

/// Compresses views, one after the other.
pub(crate) struct Packer {
    context: CCtx<'static>,
    dictionary: Option<Arc<Dictionary>>,
}

impl Dictionary {
    fn from_row(number: u16, row: &[u8]) -> Result<Self, Fault> {
        let (views, bytes) = row
            .split_first_chunk::<8>()
            .ok_or_else(|| Fault::damaged("dictionary of views"))?;
        Ok(Self {
            number,
            views: u64::from_be_bytes(*views),
            encoder: EncoderDictionary::copy(bytes, LEVEL),
            decoder: DecoderDictionary::copy(bytes),
        })
    }
}

impl Dictionaries {
    /// Reads those of a store.
    pub(crate) fn load(database: &Database) -> Result<Self, Fault> {
        let read = database.begin_read()?;
        let dictionaries = Self::default();
        for row in read.open_table(tables::DICTIONARIES)?.iter()? {
            let (number, row) = row?;
            let dictionary = dictionaries.add(number.value(), row.value())?;
            dictionaries.use_now(Some(dictionary));
        }
        Ok(dictionaries)
    }

    fn add(&self, number: u16, row: &[u8]) -> Result<Arc<Dictionary>, Fault> {
        let dictionary = Arc::new(Dictionary::from_row(number, row)?);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.by_number.insert(number, Arc::clone(&dictionary));
        Ok(dictionary)
    }

    /// Compresses with this one from now on, or with none.
    pub(crate) fn use_now(&self, dictionary: Option<Arc<Dictionary>>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.used = dictionary;
    }

    fn used(&self) -> Option<Arc<Dictionary>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.used.clone()
    }

    fn numbered(&self, number: u16) -> Option<Arc<Dictionary>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.by_number.get(&number).cloned()
    }

    fn next_number(&self) -> Option<u16> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let last = known.by_number.last_key_value();
        last.map_or(0, |(number, _)| *number).checked_add(1)
    }

    /// Returns whether a dictionary is worth being learnt.
    pub(crate) fn is_due(&self, views: u64) -> bool {
        match self.used() {
            None => views >= LEARNT_FROM,
            Some(used) => views / LEARNT_AGAIN >= used.views.max(1),
        }
    }

    /// Learns a dictionary from the views of a snapshot: the row to store. `None` where they have nothing in common.
    pub(crate) fn learn(&self, read: &ReadTransaction) -> Result<Option<Vec<u8>>, Fault> {
        let views = read.open_table(tables::VIEWS)?;
        let count = views.len()?;
        let step = usize::try_from(count / SAMPLES)
            .unwrap_or(usize::MAX)
            .max(1);
        let mut samples = Vec::new();
        for row in views.iter()?.step_by(step) {
            samples.push(self.plain(row?.1.value())?);
        }
        let Ok(bytes) = zstd::dict::from_samples(&samples, DICTIONARY_BYTES) else {
            return Ok(None);
        };
        let mut row = count.to_be_bytes().to_vec();
        row.extend(bytes);
        Ok(Some(row))
    }

    /// Stores a dictionary under the next number. It can be read with, and is used once somebody says so: after the commit.
    pub(crate) fn store(
        &self,
        row: &[u8],
        write: &WriteTransaction,
    ) -> Result<Option<Arc<Dictionary>>, Fault> {
        let Some(number) = self.next_number() else {
            // After sixty-five thousand rewritings, there is none any more.
            return Ok(None);
        };
        write
            .open_table(tables::DICTIONARIES)?
            .insert(number, row)?;
        self.add(number, row).map(Some)
    }

    /// Reads a view as it was stored.
    pub(crate) fn read(&self, row: &[u8]) -> Result<RecordView, Fault> {
        view_codec::decode(&self.plain(row)?).map_err(|_| damaged())
    }

    fn plain(&self, row: &[u8]) -> Result<Vec<u8>, Fault> {
        let number = number_of(row)?;
        let block = &row[HEAD_BYTES..];
        let size = zstd_safe::get_frame_content_size(block).ok().flatten();
        let size = size
            .filter(|size| *size <= VIEW_BYTES_MAX)
            .ok_or_else(damaged)?;
        let mut plain = Vec::with_capacity(usize::try_from(size).map_err(|_| damaged())?);
        let mut context = self.reading().pop().unwrap_or_else(DCtx::create);
        let read = match number {
            0 => context.decompress(&mut plain, block),
            number => {
                let dictionary = self.numbered(number).ok_or_else(damaged)?;
                context.decompress_using_ddict(&mut plain, block, dictionary.decoder.as_ddict())
            }
        };
        self.reading().push(context);
        read.map_err(|_| damaged())?;
        Ok(plain)
    }

    fn reading(&self) -> std::sync::MutexGuard<'_, Vec<DCtx<'static>>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Copies all views to a new file, with a dictionary learnt from what is left: the old one holds pieces of what was erased. Returns what
    /// is to be used once the new file has the place of the old one.
    pub(crate) fn copy_views(
        &self,
        read: &ReadTransaction,
        write: &WriteTransaction,
    ) -> Result<Option<Arc<Dictionary>>, Fault> {
        let from = read.open_table(tables::VIEWS)?;
        let mut to = write.open_table(tables::VIEWS)?;
        let had_one = read.open_table(tables::DICTIONARIES)?.len()? > 0;
        write.open_table(tables::DICTIONARIES)?;
        let learnt = match had_one {
            true => self.learn(read)?,
            false => None,
        };
        let learnt = learnt.map(|row| self.store(&row, write)).transpose()?;
        let mut packer = Packer::with(learnt.flatten());
        for row in from.iter()? {
            let (record, row) = row?;
            if number_of(row.value())? == 0 {
                to.insert(record.value(), row.value())?;
            } else {
                let repacked = self.repacked(row.value(), &mut packer)?;
                to.insert(record.value(), repacked.as_slice())?;
            }
        }
        Ok(packer.dictionary)
    }

    fn repacked(&self, row: &[u8], packer: &mut Packer) -> Result<Vec<u8>, Fault> {
        let digest = row.first_chunk().ok_or_else(damaged)?;
        packer.pack_plain(digest, &self.plain(row)?)
    }
}

impl Packer {
    /// Takes the dictionary that is used now.
    pub(crate) fn new(dictionaries: &Dictionaries) -> Self {
        Self::with(dictionaries.used())
    }

    fn with(dictionary: Option<Arc<Dictionary>>) -> Self {
        Self {
            context: CCtx::create(),
            dictionary,
        }
    }

    /// Takes the dictionary that is used now, from now on.
    pub(crate) fn follow(&mut self, dictionaries: &Dictionaries) {
        self.dictionary = dictionaries.used();
    }

    /// Compresses the view of what was built.
    pub(crate) fn pack(&mut self, built: BuiltView) -> Result<PackedView, Fault> {
        let row = built.view.as_ref().map(|view| self.pack_view(view));
        let row = row.transpose()?;
        Ok(PackedView { built, row })
    }

    pub(crate) fn pack_view(&mut self, view: &RecordView) -> Result<Vec<u8>, Fault> {
        self.pack_plain(&digest(view), &view_codec::encode(view))
    }

    fn pack_plain(&mut self, digest: &[u8; DIGEST_BYTES], plain: &[u8]) -> Result<Vec<u8>, Fault> {
        let number = self.dictionary.as_ref().map_or(0, |held| held.number);
        let mut block = Vec::with_capacity(zstd_safe::compress_bound(plain.len()));
        let written = match &self.dictionary {
            None => self.context.compress(&mut block, plain, LEVEL),
            Some(held) => {
                self.context
                    .compress_using_cdict(&mut block, plain, held.encoder.as_cdict())
            }
        };
        written
            .map_err(|code| Fault::damaged(format!("zstd: {}", zstd_safe::get_error_name(code))))?;
        let mut row = Vec::with_capacity(HEAD_BYTES + block.len());
        row.extend_from_slice(digest);
        row.extend_from_slice(&number.to_be_bytes());
        row.extend_from_slice(&block);
        Ok(row)
    }

    fn number(&self) -> u16 {
        self.dictionary.as_ref().map_or(0, |held| held.number)
    }
}

/// The tables of views, open for writing.
pub(crate) struct ViewTables<'txn> {
    changed: Table<'txn, u64, u64>,
    changes: Table<'txn, u64, u64>,
    troubles: Table<'txn, u64, &'static [u8; 8]>,
    views: Table<'txn, u64, &'static [u8]>,
    waiting: Table<'txn, u64, &'static [u8]>,
}

impl<'txn> ViewTables<'txn> {
    pub(crate) fn open(write: &'txn WriteTransaction) -> Result<Self, Fault> {
        Ok(Self {
            changed: write.open_table(tables::CHANGED)?,
            changes: write.open_table(tables::CHANGES)?,
            troubles: write.open_table(tables::TROUBLES)?,
            views: write.open_table(tables::VIEWS)?,
            waiting: write.open_table(tables::WAITING)?,
        })
    }

    pub(crate) fn store(
        &mut self,
        views: Vec<PackedView>,
        dictionaries: &Dictionaries,
        marks: &mut Tables<'_>,
        numbers: &mut Numbers,
    ) -> Result<(), Fault> {
        let mut packer = Packer::new(dictionaries);
        for PackedView { built, mut row } in views {
            if let Some(packed) = &row
                && number_of(packed)? != packer.number()
            {
                // Its dictionary has gone since it was built: nothing of that one may come to the disk again.
                row = Some(dictionaries.repacked(packed, &mut packer)?);
            }
            let before = match &row {
                Some(row) => self.views.insert(built.record, row.as_slice())?,
                None => self.views.remove(built.record)?,
            };
            let before = before.map(|held| digest_of(held.value())).transpose()?;
            let is_changed = before != row.as_deref().map(digest_of).transpose()?;
            self.store_troubles(&built)?;
            marks.unmark(built.record, built.mark)?;
            self.note(built.record, is_changed, numbers)?;
        }
        Ok(())
    }

    /// Notes that what is found of a record changed, although it reads the same.
    pub(crate) fn note_change(&mut self, record: u64, numbers: &mut Numbers) -> Result<(), Fault> {
        self.note(record, true, numbers)
    }

    fn note(&mut self, record: u64, is_changed: bool, numbers: &mut Numbers) -> Result<(), Fault> {
        if is_changed {
            self.changed.insert(record, numbers.next_change)?;
        }
        self.changes.insert(numbers.next_change, record)?;
        numbers.next_change += 1;
        Ok(())
    }

    fn store_troubles(&mut self, built: &BuiltView) -> Result<(), Fault> {
        if built.troubles == Troubles::default() {
            self.troubles.remove(built.record)?;
        } else {
            self.troubles
                .insert(built.record, &built.troubles.to_bytes())?;
        }
        if built.missing.is_empty() {
            self.waiting.remove(built.record)?;
        } else {
            let ids: Vec<u8> = built.missing.iter().flat_map(|id| *id.as_bytes()).collect();
            self.waiting.insert(built.record, ids.as_slice())?;
        }
        Ok(())
    }

    /// Forgets the changes that the search index has read.
    pub(crate) fn forget_changes(&mut self, up_to: u64) -> Result<(), Fault> {
        // The last one stays, so that numbers go on after a restart.
        self.changes.retain_in(..up_to, |_, _| false)?;
        Ok(())
    }
}

/// Returns the digest of one view: what the digest of a whole state is made of.
pub(crate) fn digest(view: &RecordView) -> [u8; DIGEST_BYTES] {
    hash("view", &[view.record.as_bytes(), &view.to_cbor()])
}

/// Returns the digest of a view as it stands in its row.
pub(crate) fn digest_of(row: &[u8]) -> Result<[u8; DIGEST_BYTES], Fault> {
    row.first_chunk().copied().ok_or_else(damaged)
}

fn number_of(row: &[u8]) -> Result<u16, Fault> {
    let bytes = row.get(DIGEST_BYTES..HEAD_BYTES).ok_or_else(damaged)?;
    Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
}

fn damaged() -> Fault {
    Fault::damaged("view of a record")
}
