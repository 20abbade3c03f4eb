//! Views in the store: what the worker built, written by the writer in one go with the end of their `dirty` marks.

use std::collections::BTreeSet;

use crdt_schema::cbor::{Wire, decode_exact};
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::view::RecordView;
use redb::{Table, WriteTransaction};

use crate::apply::{Numbers, Tables};
use crate::fault::Fault;
use crate::store::tables;
use crate::waiting::WaitingEdit;

/// Level of compression of a view: they are written once and read often.
const LEVEL: i32 = 1;

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
        views: Vec<BuiltView>,
        marks: &mut Tables<'_>,
        numbers: &mut Numbers,
    ) -> Result<(), Fault> {
        for built in views {
            let reads = built.view.as_ref().map(compress).transpose()?;
            let before = match &reads {
                Some(view) => self.views.insert(built.record, view.as_slice())?,
                None => self.views.remove(built.record)?,
            };
            // One version of zstd writes one view always in the same way; after an upgrade, a record more may pass for changed.
            let is_changed = before.map(|row| row.value().to_vec()) != reads;
            if is_changed {
                self.changed.insert(built.record, numbers.next_change)?;
            }
            self.store_troubles(&built)?;
            marks.unmark(built.record, built.mark)?;
            self.changes.insert(numbers.next_change, built.record)?;
            numbers.next_change += 1;
        }
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

fn compress(view: &RecordView) -> Result<Vec<u8>, Fault> {
    let bytes = view.to_cbor();
    zstd::bulk::compress(&bytes, LEVEL).map_err(|error| Fault::file("zstd", &error))
}

/// Reads a view as it was stored.
pub(crate) fn decompress(row: &[u8]) -> Result<RecordView, Fault> {
    decode_exact(&canonical_bytes(row)?).map_err(|_| Fault::damaged("view of a record"))
}

/// Reads the canonical bytes of a view. We wrote them, so their size needs no bound here.
pub(crate) fn canonical_bytes(row: &[u8]) -> Result<Vec<u8>, Fault> {
    zstd::stream::decode_all(row).map_err(|_| Fault::damaged("view of a record"))
}
