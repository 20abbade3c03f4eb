//! The tables of `replica.redb`, and how their keys are written. `STORE.md` beside this crate describes each as a format; the
//! number at the end of a table's name grows when its format changes.

use crdt_schema::id::{ItemId, SubjectId};
use redb::TableDefinition;

use crate::fault::Fault;

/// Single values by name: store version, federation, pin, counters.
pub(crate) const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta_1");
/// Feed number → feed id, in the order in which they were met.
pub(crate) const FEEDS: TableDefinition<'_, u32, &[u8; 32]> = TableDefinition::new("feeds_1");
/// Place of an entry → header, signature, and the compressed payload if it is short.
pub(crate) const ENTRIES: TableDefinition<'_, &[u8; 20], &[u8]> = TableDefinition::new("entries_2");
/// Place of an entry and number of a part → this part of a compressed payload that is long.
pub(crate) const PAYLOADS: TableDefinition<'_, &[u8; 22], &[u8]> =
    TableDefinition::new("payloads_1");
/// Record id → record number. The only table with random keys that every record needs.
pub(crate) const RECORDS: TableDefinition<'_, &[u8; 16], u64> = TableDefinition::new("records_1");
/// Record number → record id.
pub(crate) const RECORD_IDS: TableDefinition<'_, u64, &[u8; 16]> =
    TableDefinition::new("record_ids_1");
/// Feed id → sequence and id of the first entry that was refused here since it began a branch too many.
pub(crate) const FLOODS: TableDefinition<'_, &[u8; 32], &[u8; 40]> =
    TableDefinition::new("floods_1");
/// Record number → what the record's id is the hash of, once a creation is held.
pub(crate) const BIRTHS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("births_1");
/// Record number and item id → place of the edit.
pub(crate) const EDITS: TableDefinition<'_, &[u8; 24], &[u8; 22]> = TableDefinition::new("edits_1");
/// Record number and item id → place of the statement about the record.
pub(crate) const STATEMENTS: TableDefinition<'_, &[u8; 24], &[u8; 22]> =
    TableDefinition::new("statements_1");
/// Record number and item id → place of the personal value of the record.
pub(crate) const PERSONAL: TableDefinition<'_, &[u8; 24], &[u8; 22]> =
    TableDefinition::new("personal_1");
/// Charter id → bytes of the charter.
pub(crate) const CHARTERS: TableDefinition<'_, &[u8; 32], &[u8]> =
    TableDefinition::new("charters_1");
/// Bytes of an approval → nothing.
pub(crate) const APPROVALS: TableDefinition<'_, &[u8], ()> = TableDefinition::new("approvals_1");
/// Record number → mark of the change that its view does not show yet.
pub(crate) const DIRTY: TableDefinition<'_, u64, u64> = TableDefinition::new("dirty_1");
/// Record number → the record as it reads: its digest, number of a dictionary, compressed.
pub(crate) const VIEWS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("views_2");
/// Number of a dictionary → what views are compressed with.
pub(crate) const DICTIONARIES: TableDefinition<'_, u16, &[u8]> =
    TableDefinition::new("dictionaries_1");
/// Change number → record number: what the search index has still to read.
pub(crate) const CHANGES: TableDefinition<'_, u64, u64> = TableDefinition::new("changes_1");
/// Record number → number of the last change by which the record reads differently here.
pub(crate) const CHANGED: TableDefinition<'_, u64, u64> = TableDefinition::new("changed_1");
/// Record number → ids that its edits stand on and that are not held, one after the other.
pub(crate) const WAITING: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("waiting_1");
/// Id of an edit that an edit of *another* record stands on → nothing. Such a dependant is invalid, not waiting.
pub(crate) const FOREIGN: TableDefinition<'_, &[u8; 16], ()> = TableDefinition::new("foreign_1");
/// Record number → how many of its edits wait, how many are void or invalid (two big-endian `u32`).
pub(crate) const TROUBLES: TableDefinition<'_, u64, &[u8; 8]> = TableDefinition::new("troubles_1");
/// Id of an item whose content was erased here → nothing. For ever: nobody can bring the content back.
pub(crate) const ERASED: TableDefinition<'_, &[u8; 16], ()> = TableDefinition::new("erased_1");
/// Id of an `erase` act that was in force once → when it was met here (milliseconds since 1970), and whether it is done (1) or bytes
/// may still be in freed pages of this file or in old segments of the search index (0).
pub(crate) const ERASURES: TableDefinition<'_, &[u8; 16], &[u8; 9]> =
    TableDefinition::new("erasures_1");
/// Id of a person and item id → place of the personal value.
pub(crate) const SUBJECTS: TableDefinition<'_, &[u8; 32], &[u8; 22]> =
    TableDefinition::new("subjects_1");

/// Something to do with every table.
pub(crate) trait EachTable {
    /// Does it with one of them.
    fn table<K: redb::Key + 'static, V: redb::Value + 'static>(
        &mut self,
        table: TableDefinition<'static, K, V>,
    ) -> Result<(), Fault>;
}

/// Takes every table, so that none is forgotten where all of them are made or copied.
pub(crate) fn each_table(work: &mut impl EachTable) -> Result<(), Fault> {
    work.table(APPROVALS)?;
    work.table(BIRTHS)?;
    work.table(CHANGED)?;
    work.table(CHANGES)?;
    work.table(CHARTERS)?;
    work.table(DICTIONARIES)?;
    work.table(DIRTY)?;
    work.table(EDITS)?;
    work.table(ENTRIES)?;
    work.table(ERASED)?;
    work.table(ERASURES)?;
    work.table(FEEDS)?;
    work.table(FLOODS)?;
    work.table(FOREIGN)?;
    work.table(META)?;
    work.table(PAYLOADS)?;
    work.table(PERSONAL)?;
    work.table(RECORDS)?;
    work.table(RECORD_IDS)?;
    work.table(STATEMENTS)?;
    work.table(SUBJECTS)?;
    work.table(TROUBLES)?;
    work.table(VIEWS)?;
    work.table(WAITING)
}

/// Where an entry stands: number of its feed, sequence, first eight bytes of its id (two branches of a fork differ there).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EntryPlace {
    pub(crate) feed: u32,
    pub(crate) sequence: u64,
    pub(crate) start_of_id: [u8; 8],
}

impl EntryPlace {
    pub(crate) fn to_key(self) -> [u8; 20] {
        let mut key = [0; 20];
        key[..4].copy_from_slice(&self.feed.to_be_bytes());
        key[4..12].copy_from_slice(&self.sequence.to_be_bytes());
        key[12..].copy_from_slice(&self.start_of_id);
        key
    }

    /// Returns the first and the last key that the entries of a feed between two sequences can have.
    pub(crate) fn keys_between(feed: u32, first: u64, last: u64) -> ([u8; 20], [u8; 20]) {
        let key = |sequence, byte| {
            let start_of_id = [byte; 8];
            Self {
                feed,
                sequence,
                start_of_id,
            }
            .to_key()
        };
        (key(first, 0), key(last, 0xff))
    }

    pub(crate) fn from_key(key: &[u8; 20]) -> Self {
        Self {
            feed: u32::from_be_bytes(part(key, 0)),
            sequence: u64::from_be_bytes(part(key, 4)),
            start_of_id: part(key, 12),
        }
    }
}

/// Where an item stands: its entry, and its position there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ItemPlace {
    pub(crate) entry: EntryPlace,
    pub(crate) index: u16,
}

impl ItemPlace {
    pub(crate) fn to_bytes(self) -> [u8; 22] {
        let mut bytes = [0; 22];
        bytes[..20].copy_from_slice(&self.entry.to_key());
        bytes[20..].copy_from_slice(&self.index.to_be_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; 22]) -> Self {
        Self {
            entry: EntryPlace::from_key(&part(bytes, 0)),
            index: u16::from_be_bytes(part(bytes, 20)),
        }
    }
}

/// The key of an item of a record.
pub(crate) fn item_key(record: u64, item: &ItemId) -> [u8; 24] {
    let mut key = [0; 24];
    key[..8].copy_from_slice(&record.to_be_bytes());
    key[8..].copy_from_slice(item.as_bytes());
    key
}

/// The first and last possible keys of the items of a record.
pub(crate) fn item_keys(record: u64) -> ([u8; 24], [u8; 24]) {
    (
        item_key(record, &ItemId::from_bytes([0; 16])),
        item_key(record, &ItemId::from_bytes([0xff; 16])),
    )
}

/// The key of a personal value of a person.
pub(crate) fn subject_key(subject: &SubjectId, item: &ItemId) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(subject.as_bytes());
    key[16..].copy_from_slice(item.as_bytes());
    key
}

/// The first and last possible keys of the personal values of a person.
pub(crate) fn subject_keys(subject: &SubjectId) -> ([u8; 32], [u8; 32]) {
    (
        subject_key(subject, &ItemId::from_bytes([0; 16])),
        subject_key(subject, &ItemId::from_bytes([0xff; 16])),
    )
}

/// The item that a key names.
pub(crate) fn item_of(key: &[u8; 24]) -> ItemId {
    ItemId::from_bytes(part(key, 8))
}

fn part<const N: usize>(bytes: &[u8], from: usize) -> [u8; N] {
    bytes[from..from + N]
        .try_into()
        .expect("the range has N bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_feed_then_sequence_then_id() {
        let place = |feed, sequence, start| EntryPlace {
            feed,
            sequence,
            start_of_id: [start; 8],
        };
        let rising = [
            place(1, 300, 9),
            place(2, 1, 9),
            place(2, 256, 0),
            place(2, 256, 1),
        ];
        assert!(
            rising
                .windows(2)
                .all(|pair| pair[0].to_key() < pair[1].to_key())
        );
        for place in rising {
            assert_eq!(EntryPlace::from_key(&place.to_key()), place);
            let item = ItemPlace {
                entry: place,
                index: 255,
            };
            assert_eq!(ItemPlace::from_bytes(&item.to_bytes()), item);
        }
    }
}
