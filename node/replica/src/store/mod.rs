//! The database file: opening it, its version, and how an entry is kept in it.

mod entries;
#[cfg(test)]
pub(crate) mod faulty;
mod file;
pub(crate) mod tables;
mod upgrade;

use std::fs;
use std::path::Path;

use crdt_schema::entry::SignedEntry;
use crdt_schema::governance::{Approval, Charter};
use crdt_schema::id::{CharterId, FederationId};
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, WriteTransaction};

use crate::fault::Fault;
use crate::lock::patiently;
pub(crate) use entries::{PayloadPacker, ReadEntries, WriteEntries, header_of};
#[cfg(test)]
pub(crate) use file::{NEW_FILE, Step};
pub(crate) use file::{StoreFile, begin_anew};
use tables::META;

/// Name of the file in the node's folder.
pub(crate) const FILE: &str = "replica.redb";
const VERSION: u32 = 6;
/// The name in `META` of the number from which changes are counted, where it is not 1.
const CHANGES_FROM: &str = "changes_from";
/// Bytes of the database's page cache. The library's default of 1 GiB is more than a small machine has.
const CACHE_BYTES: usize = 128 << 20;

/// What the store is about, written when it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) federation: FederationId,
    pub(crate) pin: CharterId,
}

/// Makes a store that holds charters and nothing else, in one transaction: there is a whole store, or none.
pub(crate) fn create(
    folder: &Path,
    identity: &Identity,
    charters: &[Charter],
    approvals: &[Approval],
) -> Result<(), Fault> {
    fs::create_dir_all(folder).map_err(|error| Fault::file(folder, &error))?;
    let path = folder.join(FILE);
    let database = on_disk(&builder(), &path, |builder| builder.create(&path));
    let database = database.map_err(|error| opening(folder, error))?;
    let write = database.begin_write()?;
    create_tables(&write)?;
    {
        let mut meta = write.open_table(META)?;
        meta.insert("version", VERSION.to_be_bytes().as_slice())?;
        meta.insert("federation", identity.federation.as_bytes().as_slice())?;
        meta.insert("pin", identity.pin.as_bytes().as_slice())?;
    }
    {
        let mut table = write.open_table(tables::CHARTERS)?;
        for charter in charters {
            table.insert(charter.id().as_bytes(), charter.to_bytes().as_slice())?;
        }
        let mut table = write.open_table(tables::APPROVALS)?;
        for approval in approvals {
            table.insert(approval.to_bytes().as_slice(), ())?;
        }
    }
    write.commit()?;
    Ok(())
}

/// Opens the store of a folder. After a stop without warning every page is compared with its checksum first.
pub(crate) fn open(folder: &Path, checks: bool) -> Result<(Database, Identity), Fault> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Err(Fault::NoStore {
            path: folder.to_owned(),
        });
    }
    let mut builder = builder();
    if checks {
        builder.set_check_integrity_on_open(true);
    }
    builder.set_repair_callback(|session| {
        tracing::info!(
            percent = (session.progress() * 100.0) as u32,
            "the store is being repaired"
        );
    });
    let database = patiently(
        || on_disk(&builder, &path, |builder| builder.open(&path)),
        |error| matches!(error, redb::DatabaseError::DatabaseAlreadyOpen),
    );
    let database = database.map_err(|error| opening(folder, error))?;
    let identity = identity(&database)?;
    upgrade::upgrade(&database)?;
    Ok((database, identity))
}

/// Counts changes from this number on, be the greatest that the store knows as it may.
pub(crate) fn go_on_from(database: &Database, change: u64) -> Result<(), Fault> {
    let write = database.begin_write()?;
    let bytes = change.to_be_bytes();
    write
        .open_table(META)?
        .insert(CHANGES_FROM, bytes.as_slice())?;
    Ok(write.commit()?)
}

/// Returns the number from which changes are counted.
pub(crate) fn goes_on_from(read: &ReadTransaction) -> Result<u64, Fault> {
    let meta = read.open_table(META)?;
    let bytes = meta.get(CHANGES_FROM)?.map(|row| row.value().to_vec());
    match bytes.map(|bytes| bytes.try_into().map(u64::from_be_bytes)) {
        None => Ok(1),
        Some(Ok(change)) => Ok(change),
        Some(Err(_)) => Err(Fault::damaged("meta changes_from")),
    }
}

fn identity(database: &Database) -> Result<Identity, Fault> {
    let read = database.begin_read()?;
    let meta = read.open_table(META)?;
    let value = |name: &str| -> Result<Vec<u8>, Fault> {
        let found = meta.get(name)?.map(|value| value.value().to_vec());
        found.ok_or_else(|| Fault::damaged(format!("meta {name}")))
    };
    let version = value("version")?.try_into().map(u32::from_be_bytes);
    let found = version.map_err(|_| Fault::damaged("meta version"))?;
    if found > VERSION {
        return Err(Fault::Newer {
            found,
            known: VERSION,
        });
    }
    Ok(Identity {
        federation: FederationId::from_slice(&value("federation")?)
            .ok_or_else(|| Fault::damaged("meta federation"))?,
        pin: CharterId::from_slice(&value("pin")?).ok_or_else(|| Fault::damaged("meta pin"))?,
    })
}

fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Opens the file. In tests, a disk that fails may stand in its place.
fn on_disk(
    builder: &redb::Builder,
    path: &Path,
    open: impl FnOnce(&redb::Builder) -> Result<Database, redb::DatabaseError>,
) -> Result<Database, redb::DatabaseError> {
    #[cfg(test)]
    if let Some(disk) = faulty::Disk::at(path) {
        return builder.create_with_backend(disk);
    }
    #[cfg(not(test))]
    let _ = path;
    open(builder)
}

fn opening(folder: &Path, error: redb::DatabaseError) -> Fault {
    match error {
        redb::DatabaseError::DatabaseAlreadyOpen => Fault::InUse {
            path: folder.to_owned(),
        },
        other => other.into(),
    }
}

/// Offers every entry of a store of this version or an earlier one, in the order of their places: how to read it, which may fail.
pub(crate) fn each_entry(
    read: &ReadTransaction,
    mut take: impl FnMut(&dyn Fn() -> Result<SignedEntry, Fault>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if upgrade::holds(read, &upgrade::ENTRIES_1)? {
        for row in read.open_table(upgrade::ENTRIES_1)?.iter()? {
            let row = row?.1;
            take(&|| entries::of_whole_row(row.value()))?;
        }
        return Ok(());
    }
    let held = ReadEntries::open(read)?;
    for row in held.rows.iter()? {
        let (key, row) = row?;
        let place = tables::EntryPlace::from_key(key.value());
        take(&|| held.of_row(place, row.value()))?;
    }
    Ok(())
}

/// Readers expect every table, so an empty store has them all.
fn create_tables(write: &WriteTransaction) -> Result<(), Fault> {
    struct Create<'txn>(&'txn WriteTransaction);
    impl tables::EachTable for Create<'_> {
        fn table<K: redb::Key + 'static, V: redb::Value + 'static>(
            &mut self,
            table: redb::TableDefinition<'static, K, V>,
        ) -> Result<(), Fault> {
            self.0.open_table(table)?;
            Ok(())
        }
    }
    tables::each_table(&mut Create(write))
}
