//! What imports have done: what each source said of each record the last time, as hashes, and which entries each import has signed, so
//! that it can be taken back. No value of a record is kept here.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crdt_schema::id::{EntryId, RecordId, hash};
use crdt_schema::time::Timestamp;
use redb::{Durability, ReadOnlyTable, ReadableDatabase, ReadableTable, Table, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::{IMPORT_ENTRIES, IMPORTS, IMPRINTS, Local, from_row, to_row};
use crate::fault::Fault;

/// Imports that are remembered: nobody takes back one that is older, and the list stays readable.
const IMPORTS_MAX: usize = 200;

/// An import that has signed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRun {
    /// Its number on this node, from 1.
    pub number: u64,
    /// What it was about.
    pub begun: ImportBegun,
    /// Records that it made and changed, once it has ended; without, it is under way or was interrupted.
    pub ended: Option<(u64, u64)>,
    /// Whether it is under way in this process.
    pub is_under_way: bool,
    /// When it was taken back.
    pub undone: Option<Timestamp>,
}

/// An import that is under way, as long as this is held.
#[derive(Debug)]
pub struct UnderWay {
    number: u64,
    all: Arc<Mutex<BTreeSet<u64>>>,
}

impl UnderWay {
    /// Returns the number of the import on this node.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        lock(&self.all).remove(&self.number);
    }
}

/// A record and what its source said of it, in the bytes of whoever keeps it; nothing for one that is forgotten.
pub type Remembered = (RecordId, Option<Vec<u8>>);

/// What is known of an import when it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportBegun {
    /// The name of the source.
    pub source: String,
    /// The name of the file.
    pub file: String,
    /// The kind of the records, by its code.
    pub kind: String,
    /// The account that asked for it; empty for the command line.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What one source said of records the last time, in one snapshot.
pub struct Imprints {
    source: [u8; SOURCE_BYTES],
    table: ReadOnlyTable<&'static [u8; 32], &'static [u8]>,
}

impl Imprints {
    /// Returns what is kept for a record, in the bytes of whoever keeps it.
    pub fn of(&self, record: &RecordId) -> Result<Option<Vec<u8>>, Fault> {
        let row = self.table.get(&imprint_key(&self.source, record))?;
        Ok(row.map(|row| row.value().to_vec()))
    }
}

impl std::fmt::Debug for Imprints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Imprints")
    }
}

impl Local {
    /// Opens what a source said the last time.
    pub fn imprints(&self, source: &str) -> Result<Imprints, Fault> {
        Ok(Imprints {
            source: source_key(source),
            table: self.database().begin_read()?.open_table(IMPRINTS)?,
        })
    }

    /// Begins to remember an import.
    pub fn begin_import(&self, begun: &ImportBegun) -> Result<UnderWay, Fault> {
        // Held until the import is among those under way: nobody sees it in between.
        let mut under_way = lock(&self.under_way);
        let number = self.write(|write| {
            let mut table = write.open_table(IMPORTS)?;
            let last = table.last()?.map_or(0, |(number, _)| number.value());
            let number = last + 1;
            table.insert(number, Row::of(begun).to_bytes().as_slice())?;
            let oldest = table.first()?.map(|(number, _)| number.value());
            let is_full = table.iter()?.count() > IMPORTS_MAX;
            if let Some(oldest) = oldest.filter(|_| is_full) {
                table.remove(oldest)?;
                drop(table);
                forget_entries(write, oldest)?;
            }
            Ok(number)
        })?;
        under_way.insert(number);
        drop(under_way);
        Ok(UnderWay {
            number,
            all: Arc::clone(&self.under_way),
        })
    }

    /// Remembers the entries that an import has just signed, and what its source said of their records and of others.
    pub fn keep_imported(
        &self,
        number: u64,
        entries: &[EntryId],
        source: &str,
        imprints: &[(RecordId, Vec<u8>)],
    ) -> Result<(), Fault> {
        self.write(|write| {
            keep_imprints(write, source, imprints)?;
            let mut table = write.open_table(IMPORT_ENTRIES)?;
            add_entries(&mut table, number, entries)
        })
    }

    /// Remembers entries that say again what one that an import had signed said, where a later import that had replaced it was taken back:
    /// whoever takes the first one back takes them back too. Nothing happens where no import had signed it.
    pub fn keep_in_place(&self, former: &EntryId, entries: &[EntryId]) -> Result<(), Fault> {
        self.write(|write| {
            let mut table = write.open_table(IMPORT_ENTRIES)?;
            let mut number = None;
            for row in table.iter()? {
                let (key, entry) = row?;
                if entry.value() == former.as_bytes() {
                    number = Some(key.value().0);
                    break;
                }
            }
            let Some(number) = number else {
                return Ok(());
            };
            add_entries(&mut table, number, entries)
        })
    }

    /// Remembers what a source said of records that it did not change. It is not waited for the disk: at worst it is found out again.
    pub fn keep_imprints(
        &self,
        source: &str,
        imprints: &[(RecordId, Vec<u8>)],
    ) -> Result<(), Fault> {
        self.write_with(Durability::None, |write| {
            keep_imprints(write, source, imprints)
        })
    }

    /// Says that an import has come to its end: how many records it made, and how many it changed.
    pub fn end_import(&self, number: u64, made: u64, changed: u64) -> Result<(), Fault> {
        self.change_import(number, |row| row.ended = Some((made, changed)))
    }

    /// Says that an import was taken back, and remembers of these records what its source said, or nothing any more: the same file makes
    /// them again.
    pub fn undo_import(
        &self,
        run: &ImportRun,
        imprints: &[Remembered],
        now: Timestamp,
    ) -> Result<(), Fault> {
        let source = source_key(&run.begun.source);
        self.write(|write| {
            let mut table = write.open_table(IMPRINTS)?;
            for (record, imprint) in imprints {
                let key = imprint_key(&source, record);
                match imprint {
                    Some(imprint) => table.insert(&key, imprint.as_slice())?,
                    None => table.remove(&key)?,
                };
            }
            Ok(())
        })?;
        self.change_import(run.number, |row| row.undone = Some(now.as_millis()))
    }

    /// Forgets what all sources said of these records; says how many rows went. Their bytes are gone when this returns.
    pub fn forget_imprints(&self, records: &BTreeSet<RecordId>) -> Result<usize, Fault> {
        let is_named = |key: &[u8; 32]| {
            let record = RecordId::from_slice(&key[SOURCE_BYTES..]);
            record.is_some_and(|record| records.contains(&record))
        };
        let named: Vec<[u8; 32]> = {
            let read = self.database().begin_read()?;
            let table = read.open_table(IMPRINTS)?;
            let mut named = Vec::new();
            for row in table.iter()? {
                let key = *row?.0.value();
                named.extend(is_named(&key).then_some(key));
            }
            named
        };
        if named.is_empty() {
            return Ok(0);
        }
        self.write(|write| {
            let mut table = write.open_table(IMPRINTS)?;
            for key in &named {
                table.remove(key)?;
            }
            Ok(())
        })?;
        self.rewrite()?;
        Ok(named.len())
    }

    /// Returns the imports that are remembered, the newest first.
    pub fn imports(&self) -> Result<Vec<ImportRun>, Fault> {
        let under_way = lock(&self.under_way).clone();
        let read = self.database().begin_read()?;
        let table = read.open_table(IMPORTS)?;
        let mut runs = Vec::new();
        for row in table.iter()?.rev() {
            let (number, row) = row?;
            let row: Row = from_row("imports", row.value())?;
            runs.push(row.run(number.value(), &under_way));
        }
        Ok(runs)
    }

    /// Returns the import with this number.
    pub fn import_run(&self, number: u64) -> Result<Option<ImportRun>, Fault> {
        let under_way = lock(&self.under_way).clone();
        let read = self.database().begin_read()?;
        let row = read.open_table(IMPORTS)?.get(number)?;
        let row = row.map(|row| from_row::<Row>("imports", row.value()));
        Ok(row.transpose()?.map(|row| row.run(number, &under_way)))
    }

    /// Returns the entries that an import has signed, in their order.
    pub fn import_entries(&self, number: u64) -> Result<Vec<EntryId>, Fault> {
        let read = self.database().begin_read()?;
        let table = read.open_table(IMPORT_ENTRIES)?;
        let mut entries = Vec::new();
        for row in table.range(entries_of(number))? {
            entries.push(EntryId::from_bytes(*row?.1.value()));
        }
        Ok(entries)
    }

    /// Returns the entries of the imports that were taken back: what they said, nobody wants any more.
    pub fn undone_entries(&self) -> Result<BTreeSet<EntryId>, Fault> {
        let mut entries = BTreeSet::new();
        for run in self.imports()? {
            if run.undone.is_some() {
                entries.extend(self.import_entries(run.number)?);
            }
        }
        Ok(entries)
    }

    fn change_import(&self, number: u64, change: impl FnOnce(&mut Row)) -> Result<(), Fault> {
        self.write(|write| {
            let mut table = write.open_table(IMPORTS)?;
            let held = table.get(number)?.map(|row| row.value().to_vec());
            // One that is forgotten meanwhile needs no more to be said of it.
            if let Some(held) = held {
                let mut row: Row = from_row("imports", &held)?;
                change(&mut row);
                table.insert(number, row.to_bytes().as_slice())?;
            }
            Ok(())
        })
    }
}

fn add_entries(
    table: &mut Table<'_, (u64, u32), &'static [u8; 32]>,
    number: u64,
    entries: &[EntryId],
) -> Result<(), Fault> {
    let first = match table.range(entries_of(number))?.next_back() {
        Some(row) => row?.0.value().1 + 1,
        None => 0,
    };
    for (place, entry) in (first..).zip(entries) {
        table.insert((number, place), entry.as_bytes())?;
    }
    Ok(())
}

/// An import as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    source: String,
    file: String,
    kind: String,
    by: String,
    at: i64,
    ended: Option<(u64, u64)>,
    undone: Option<i64>,
}

impl Row {
    fn of(begun: &ImportBegun) -> Self {
        Self {
            source: begun.source.clone(),
            file: begun.file.clone(),
            kind: begun.kind.clone(),
            by: begun.by.clone(),
            at: begun.at.as_millis(),
            ended: None,
            undone: None,
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        to_row(self)
    }

    fn run(self, number: u64, under_way: &BTreeSet<u64>) -> ImportRun {
        ImportRun {
            number,
            is_under_way: under_way.contains(&number),
            begun: ImportBegun {
                source: self.source,
                file: self.file,
                kind: self.kind,
                by: self.by,
                at: Timestamp::from_millis(self.at),
            },
            ended: self.ended,
            undone: self.undone.map(Timestamp::from_millis),
        }
    }
}

fn keep_imprints(
    write: &WriteTransaction,
    source: &str,
    imprints: &[(RecordId, Vec<u8>)],
) -> Result<(), Fault> {
    let source = source_key(source);
    let mut table = write.open_table(IMPRINTS)?;
    for (record, imprint) in imprints {
        table.insert(&imprint_key(&source, record), imprint.as_slice())?;
    }
    Ok(())
}

fn lock(under_way: &Mutex<BTreeSet<u64>>) -> MutexGuard<'_, BTreeSet<u64>> {
    under_way.lock().unwrap_or_else(PoisonError::into_inner)
}

fn forget_entries(write: &WriteTransaction, number: u64) -> Result<(), Fault> {
    let mut table = write.open_table(IMPORT_ENTRIES)?;
    table.retain_in(entries_of(number), |_, _| false)?;
    Ok(())
}

pub(super) fn source_key(source: &str) -> [u8; SOURCE_BYTES] {
    let hash = hash("import-source", &[source.as_bytes()]);
    *hash.first_chunk().expect("a hash is longer")
}

fn imprint_key(source: &[u8; SOURCE_BYTES], record: &RecordId) -> [u8; 32] {
    let mut key = [0; 32];
    key[..SOURCE_BYTES].copy_from_slice(source);
    key[SOURCE_BYTES..].copy_from_slice(record.as_bytes());
    key
}

/// What a key of an imprint begins with; the record follows.
pub(super) const SOURCE_BYTES: usize = 16;

/// The keys of the entries of an import.
fn entries_of(number: u64) -> RangeInclusive<(u64, u32)> {
    (number, 0)..=(number, u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::FILE;
    use crate::local::tests::temporary;

    fn begun(source: &str) -> ImportBegun {
        ImportBegun {
            source: source.to_owned(),
            file: "clubs.csv".to_owned(),
            kind: "actor".to_owned(),
            by: "camille".to_owned(),
            at: Timestamp::from_millis(1),
        }
    }

    fn entry(number: u8) -> EntryId {
        EntryId::from_bytes([number; 32])
    }

    fn record(number: u8) -> RecordId {
        RecordId::from_bytes([number; 16])
    }

    fn said(local: &Local, source: &str, number: u8) -> Option<Vec<u8>> {
        let imprints = local.imprints(source).expect("opens");
        imprints.of(&record(number)).expect("reads")
    }

    #[test]
    fn what_an_import_did_is_there_after_reopening_until_it_is_taken_back() {
        let (folder, local) = temporary();
        let under_way = local.begin_import(&begun("clubs")).expect("writes");
        let number = under_way.number();
        let batches = [
            (vec![entry(1), entry(2)], vec![(record(1), vec![1])]),
            (vec![entry(3)], vec![(record(2), vec![2])]),
        ];
        for (entries, imprints) in &batches {
            let kept = local.keep_imported(number, entries, "clubs", imprints);
            kept.expect("writes");
        }
        local
            .keep_imprints("autre", &[(record(1), vec![9])])
            .expect("writes");
        let is_under_way = || local.imports().expect("reads")[0].is_under_way;
        assert!(is_under_way());
        local.end_import(number, 2, 1).expect("writes");
        drop(under_way);
        assert!(!is_under_way());
        drop(local);
        let local = Local::open(&folder.path().join(FILE)).expect("opens again");
        let run = local.imports().expect("reads").remove(0);
        assert_eq!((run.number, run.ended, run.undone), (1, Some((2, 1)), None));
        assert_eq!(run.begun, begun("clubs"));
        let entries = local.import_entries(number).expect("reads");
        assert_eq!(entries, [entry(1), entry(2), entry(3)]);
        assert_eq!(said(&local, "clubs", 2), Some(vec![2]));
        let now = Timestamp::from_millis(2);
        local
            .undo_import(&run, &[(record(1), None), (record(2), Some(vec![7]))], now)
            .expect("writes");
        let run = local.import_run(number).expect("reads").expect("is there");
        assert_eq!(run.undone, Some(now));
        assert_eq!(said(&local, "clubs", 1), None);
        assert_eq!(said(&local, "clubs", 2), Some(vec![7]));
        assert_eq!(said(&local, "autre", 1), Some(vec![9]), "of another source");
        let undone = local.undone_entries().expect("reads");
        assert_eq!(undone, [entry(1), entry(2), entry(3)].into());
    }

    #[test]
    fn what_says_an_entry_of_an_import_again_is_taken_back_with_it() {
        let (_folder, local) = temporary();
        for number in 1..=2 {
            let under_way = local.begin_import(&begun("clubs")).expect("writes");
            let kept = local.keep_imported(under_way.number(), &[entry(number)], "clubs", &[]);
            kept.expect("writes");
        }
        for former in [1, 9] {
            let kept = local.keep_in_place(&entry(former), &[entry(3)]);
            kept.expect("writes");
        }
        let of = |number| local.import_entries(number).expect("reads");
        assert_eq!((of(1), of(2)), (vec![entry(1), entry(3)], vec![entry(2)]));
        assert_eq!(local.undone_entries().expect("reads"), [].into());
    }

    #[test]
    fn no_source_is_remembered_of_a_record_that_is_named_nor_its_bytes() {
        let (folder, local) = temporary();
        let mark = |number: u8| vec![number; 60];
        for source in ["clubs", "autre"] {
            let imprints = [(record(1), mark(0xe1)), (record(2), mark(0xe2))];
            local.keep_imprints(source, &imprints).expect("writes");
        }
        let forget = |number| local.forget_imprints(&[record(number)].into());
        assert_eq!(forget(3).expect("writes"), 0);
        assert_eq!(forget(1).expect("writes"), 2);
        assert_eq!(forget(1).expect("writes"), 0);
        for source in ["clubs", "autre"] {
            assert_eq!(said(&local, source, 1), None);
            assert_eq!(said(&local, source, 2), Some(mark(0xe2)));
        }
        drop(local);
        let file = std::fs::read(folder.path().join(FILE)).expect("reads");
        let has = |mark: &[u8]| file.windows(mark.len()).any(|window| window == mark);
        assert_eq!([has(&mark(0xe1)), has(&mark(0xe2))], [false, true]);
    }

    #[test]
    fn the_oldest_import_is_forgotten_with_its_entries() {
        let (_folder, local) = temporary();
        for _ in 0..IMPORTS_MAX {
            let under_way = local.begin_import(&begun("clubs")).expect("writes");
            let kept = local.keep_imported(under_way.number(), &[entry(1)], "clubs", &[]);
            kept.expect("writes");
        }
        assert_eq!(local.imports().expect("reads").len(), IMPORTS_MAX);
        assert_eq!(local.import_entries(1).expect("reads").len(), 1);
        let newest = local.begin_import(&begun("clubs")).expect("writes");
        let runs = local.imports().expect("reads");
        assert_eq!((runs.len(), runs[0].number), (IMPORTS_MAX, newest.number()));
        assert_eq!(local.import_run(1).expect("reads"), None);
        assert_eq!(local.import_entries(1).expect("reads"), []);
        assert_eq!(local.import_entries(2).expect("reads").len(), 1);
    }
}
