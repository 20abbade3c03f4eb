//! From the store of an earlier version to the one of this version, in one transaction: there is the old one, or the new one.

use crdt_schema::cbor::decode_exact;
use crdt_schema::entry::Frame;
use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    TableDefinition, TableHandle, UntypedTableHandle, WriteTransaction,
};

use super::entries::WriteEntries;
use super::tables::{self, EntryPlace, ItemPlace, META, item_of, subject_key};
use super::{VERSION, create_tables};
use crate::fault::Fault;
use crate::view_rows::{Dictionaries, Packer};

/// Entries before version 6: header, signature and the payload as one block, whatever its length.
pub(super) const ENTRIES_1: TableDefinition<'_, &[u8; 20], &[u8]> =
    TableDefinition::new("entries_1");
/// Views before version 5: canonical CBOR, compressed each for itself.
const VIEWS_1: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("views_1");

/// Brings a store up to this version. Nothing is written to one that is.
pub(super) fn upgrade(database: &Database) -> Result<(), Fault> {
    let is_current = |row: &[u8]| row == VERSION.to_be_bytes().as_slice();
    let meta = database.begin_read()?.open_table(META)?;
    if meta
        .get("version")?
        .is_some_and(|row| is_current(row.value()))
    {
        return Ok(());
    }
    drop(meta);
    let write = database.begin_write()?;
    create_tables(&write)?;
    write_entries_anew(&write)?;
    fill_subjects(&write)?;
    write_views_anew(&write)?;
    write
        .open_table(META)?
        .insert("version", VERSION.to_be_bytes().as_slice())?;
    Ok(write.commit()?)
}

/// Version 1 did not know the persons of the personal values.
fn fill_subjects(write: &WriteTransaction) -> Result<(), Fault> {
    let mut subjects = write.open_table(tables::SUBJECTS)?;
    let personal = write.open_table(tables::PERSONAL)?;
    if subjects.len()? > 0 {
        return Ok(());
    }
    let entries = WriteEntries::open(write)?;
    for row in personal.iter()? {
        let (key, place) = row?;
        let at = ItemPlace::from_bytes(place.value());
        let entry = entries.verified(at.entry)?;
        let entry = entry.ok_or_else(|| Fault::damaged("place of an entry"))?;
        if let Some(item) = entry.items().get(usize::from(at.index))
            && let Frame::Personal(frame) = &item.frame
        {
            let key = subject_key(&frame.subject, &item_of(key.value()));
            subjects.insert(&key, place.value())?;
        }
    }
    Ok(())
}

/// Version 6 keeps headers apart from long payloads. Each entry stays as it was signed.
fn write_entries_anew(write: &WriteTransaction) -> Result<(), Fault> {
    if !is_listed(write.list_tables()?, &ENTRIES_1) {
        return Ok(());
    }
    {
        let earlier = write.open_table(ENTRIES_1)?;
        let mut entries = WriteEntries::open(write)?;
        for row in earlier.iter()? {
            let (key, row) = row?;
            let place = EntryPlace::from_key(key.value());
            entries.insert_whole_row(place, row.value())?;
        }
    }
    write.delete_table(ENTRIES_1)?;
    Ok(())
}

/// Returns whether a store has a table.
pub(super) fn holds(read: &ReadTransaction, table: &impl TableHandle) -> Result<bool, Fault> {
    Ok(is_listed(read.list_tables()?, table))
}

fn is_listed(mut held: impl Iterator<Item = UntypedTableHandle>, table: &impl TableHandle) -> bool {
    held.any(|held| held.name() == table.name())
}

/// Version 5 keeps the digest of a view beside it. Each says what it said, so nothing passes for changed.
fn write_views_anew(write: &WriteTransaction) -> Result<(), Fault> {
    if !is_listed(write.list_tables()?, &VIEWS_1) {
        return Ok(());
    }
    let mut packer = Packer::new(&Dictionaries::default());
    {
        let earlier = write.open_table(VIEWS_1)?;
        let mut views = write.open_table(tables::VIEWS)?;
        for row in earlier.iter()? {
            let (record, row) = row?;
            let damaged = || Fault::damaged("view of a record");
            let plain = zstd::stream::decode_all(row.value()).map_err(|_| damaged())?;
            let view = decode_exact(&plain).map_err(|_| damaged())?;
            views.insert(record.value(), packer.pack_view(&view)?.as_slice())?;
        }
    }
    write.delete_table(VIEWS_1)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crdt_schema::cbor::Wire;
    use crdt_schema::edit::Merged;
    use crdt_schema::id::RecordId;
    use crdt_schema::view::RecordView;

    use super::super::ReadEntries;
    use super::*;

    #[test]
    fn views_of_version_4_say_what_they_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::create(folder.path().join("old.redb")).expect("made");
        let views: Vec<RecordView> = (0..3)
            .map(|number| RecordView {
                record: RecordId::from_bytes([number; 16]),
                birth: Some(("actor".to_owned(), "75056".to_owned())),
                heads: Vec::new(),
                merged: Merged::default(),
            })
            .collect();
        let write = database.begin_write().expect("begins");
        create_tables(&write).expect("made");
        {
            let mut meta = write.open_table(META).expect("opened");
            meta.insert("version", 4_u32.to_be_bytes().as_slice())
                .expect("written");
            let mut earlier = write.open_table(VIEWS_1).expect("made");
            for (number, view) in (0..).zip(&views) {
                let row = zstd::bulk::compress(&view.to_cbor(), 1).expect("compressed");
                earlier.insert(number, row.as_slice()).expect("written");
            }
        }
        write.commit().expect("committed");
        upgrade(&database).expect("upgraded");
        let read = database.begin_read().expect("begins");
        assert!(read.open_table(VIEWS_1).is_err());
        let table = read.open_table(tables::VIEWS).expect("there");
        let dictionaries = Dictionaries::load(&database).expect("none");
        for (number, view) in (0..).zip(&views) {
            let row = table.get(number).expect("read").expect("there");
            assert_eq!(dictionaries.read(row.value()).expect("a view"), *view);
            let digest = crate::view_rows::digest_of(row.value()).expect("a digest");
            assert_eq!(digest, crate::view_rows::digest(view));
        }
    }

    #[test]
    fn a_store_of_version_1_gets_its_new_tables_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::create(folder.path().join("old.redb")).expect("made");
        let write = database.begin_write().expect("begins");
        create_tables(&write).expect("made");
        for table in [
            "changed_1",
            "erased_1",
            "erasures_1",
            "floods_1",
            "subjects_1",
        ] {
            let name = redb::TableDefinition::<&[u8; 16], ()>::new(table);
            // Whatever the types: the table goes.
            let handle = write.list_tables().expect("listed");
            let handle = handle.into_iter().find(|it| it.name() == name.name());
            assert!(write.delete_table(handle.expect("made")).expect("deleted"));
        }
        write
            .open_table(META)
            .expect("opened")
            .insert("version", 1_u32.to_be_bytes().as_slice())
            .expect("written");
        write.commit().expect("committed");
        for _ in 0..2 {
            upgrade(&database).expect("upgraded");
            let read = database.begin_read().expect("begins");
            assert!(read.open_table(tables::SUBJECTS).is_ok());
            assert!(read.open_table(tables::CHANGED).is_ok());
            assert!(read.open_table(tables::ERASED).is_ok());
            assert!(read.open_table(tables::ERASURES).is_ok());
            assert!(read.open_table(tables::FLOODS).is_ok());
            let meta = read.open_table(META).expect("opened");
            let version = meta.get("version").expect("read").expect("there");
            assert_eq!(version.value(), VERSION.to_be_bytes());
        }
    }

    #[test]
    fn entries_of_version_5_stay_as_they_were_signed_and_a_damaged_one_stays_damaged() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::create(folder.path().join("old.redb")).expect("made");
        // Short, long, and of many parts: what compresses to nothing does not become long.
        let payloads: Vec<Vec<u8>> = [40, 9_000, 90_000]
            .map(|length| {
                (0..length)
                    .map(|at: u64| (at * at % 251) as u8 ^ (at >> 7) as u8)
                    .collect()
            })
            .to_vec();
        let place = |sequence| EntryPlace {
            feed: 1,
            sequence,
            start_of_id: [3; 8],
        };
        let head = |payload: &[u8]| {
            let mut head = [4; 248];
            head[180..184].copy_from_slice(&(payload.len() as u32).to_be_bytes());
            head
        };
        let write = database.begin_write().expect("begins");
        create_tables(&write).expect("made");
        {
            let mut meta = write.open_table(META).expect("opened");
            meta.insert("version", 5_u32.to_be_bytes().as_slice())
                .expect("written");
            let mut earlier = write.open_table(ENTRIES_1).expect("made");
            for (number, payload) in (0..).zip(&payloads) {
                let block = zstd::bulk::compress(payload, 1).expect("compressed");
                let row = [&head(payload)[..], &block].concat();
                earlier
                    .insert(&place(number).to_key(), row.as_slice())
                    .expect("written");
            }
            let row = [&head(&payloads[1])[..], &[0xff; 5_000]].concat();
            earlier
                .insert(&place(9).to_key(), row.as_slice())
                .expect("written");
        }
        write.commit().expect("committed");
        upgrade(&database).expect("upgraded");
        let read = database.begin_read().expect("begins");
        assert!(!holds(&read, &ENTRIES_1).expect("listed"));
        let entries = ReadEntries::open(&read).expect("opened");
        for (number, payload) in (0..).zip(&payloads) {
            let held = entries.signed(place(number)).expect("read").expect("held");
            assert_eq!(held.payload, *payload);
            assert_eq!(
                [held.header.as_slice(), &held.signature].concat(),
                head(payload)
            );
        }
        assert!(entries.signed(place(9)).is_err());
        let row = entries
            .rows
            .get(&place(9).to_key())
            .expect("read")
            .expect("held");
        assert_eq!(row.value(), head(&payloads[1]));
    }
}
