//! The file of the store while the node runs, and its being written anew.
//!
//! Freed pages of the database keep their bytes. After an erasure the live rows are therefore copied to a new file, which then takes the
//! name of the old one. A kill at any moment leaves the old file or the new one, each whole: the new one is on disk before it is renamed.
//! Snapshots that are still open on the old file read it until they are dropped; its blocks are free from then on.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use redb::{
    Database, Key, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, TableHandle,
    Value, WriteTransaction,
};

use super::tables::{self, EachTable};
use super::{FILE, builder};
use crate::fault::Fault;

/// Name of the file that is being written.
pub(crate) const NEW_FILE: &str = "replica.redb.new";

/// The file that has the name of the store now.
pub(crate) struct StoreFile {
    folder: PathBuf,
    database: RwLock<Arc<Database>>,
}

/// How far the writing of a new file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The new file holds every row, and is on disk.
    Copied,
    /// The new file has the name of the old one.
    Renamed,
}

impl StoreFile {
    pub(crate) fn new(folder: &Path, database: Database) -> Self {
        Self {
            folder: folder.to_owned(),
            database: RwLock::new(Arc::new(database)),
        }
    }

    /// Returns the database. It is kept as long as a snapshot or transaction of it is used, and not longer: it keeps an old file alive.
    pub(crate) fn database(&self) -> Arc<Database> {
        let database = self.database.read();
        Arc::clone(&database.unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Copies every row but views to a new file, lets `finish` write those and its last rows, and puts it in the place of the old one. Only
    /// the writer may call this: nothing may be written meanwhile.
    pub(crate) fn rewrite(
        &self,
        finish: impl FnOnce(&ReadTransaction, &WriteTransaction) -> Result<(), Fault>,
        reached: impl Fn(Step),
    ) -> Result<(), Fault> {
        let path = self.folder.join(NEW_FILE);
        begin_anew(&self.folder)?;
        let copied = copy(&self.database(), &path, finish);
        let database = match copied {
            Ok(database) => database,
            Err(fault) => {
                // The old file stands. What failed here is said, and tried again later.
                begin_anew(&self.folder)?;
                return Err(fault);
            }
        };
        reached(Step::Copied);
        fs::rename(&path, self.folder.join(FILE)).map_err(|error| Fault::file(&path, &error))?;
        reached(Step::Renamed);
        let mut current = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(database);
        drop(current);
        let folder = File::open(&self.folder).and_then(|folder| folder.sync_all());
        folder.map_err(|error| Fault::file(&self.folder, &error))
    }
}

/// Removes what a rewriting that was cut short has left.
pub(crate) fn begin_anew(folder: &Path) -> Result<(), Fault> {
    let path = folder.join(NEW_FILE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Fault::file(path, &error)),
        _ => Ok(()),
    }
}

/// The memory that this takes is bounded by the page caches: rows are read and written one by one.
fn copy(
    from: &Database,
    path: &Path,
    finish: impl FnOnce(&ReadTransaction, &WriteTransaction) -> Result<(), Fault>,
) -> Result<Database, Fault> {
    let read = from.begin_read()?;
    let database = builder().create(path)?;
    let write = database.begin_write()?;
    let mut copy = Copy {
        read: &read,
        write: &write,
        tables: 0,
    };
    tables::each_table(&mut copy)?;
    let held = read.list_tables()?.count();
    if held != copy.tables || read.list_multimap_tables()?.next().is_some() {
        // A table of a later version: better an old file than a file without it.
        return Err(Fault::damaged("a table that is not copied"));
    }
    finish(&read, &write)?;
    write.commit()?;
    Ok(database)
}

struct Copy<'txn> {
    read: &'txn ReadTransaction,
    write: &'txn WriteTransaction,
    tables: usize,
}

impl EachTable for Copy<'_> {
    fn table<K: Key + 'static, V: Value + 'static>(
        &mut self,
        table: TableDefinition<'static, K, V>,
    ) -> Result<(), Fault> {
        self.tables += 1;
        if [tables::VIEWS.name(), tables::DICTIONARIES.name()].contains(&table.name()) {
            return Ok(());
        }
        let from = self.read.open_table(table)?;
        let mut to = self.write.open_table(table)?;
        for row in from.iter()? {
            let (key, value) = row?;
            to.insert(key.value(), value.value())?;
        }
        tracing::debug!(table = table.name(), "copied");
        Ok(())
    }
}
