//! The other store, `local.redb`: accounts, logins, watches, import mappings and settings of this node. Nothing in it is ever synchronised,
//! and `sync` cannot name it.
//!
//! Each write is one durable transaction, in the thread that asks: redb lets one writer in at a time, and people write seldom.
//! The number at the end of a table's name grows when its format changes.

mod account;
mod chosen;
mod imported;
mod login;
mod objection;
mod own;
mod source;
mod spent;
mod watch;
mod watch_feed;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use redb::{
    Database, Durability, Key, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition,
    Value, WriteTransaction,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::Fault;
use crate::lock::patiently;
use crate::room::Space;

pub use account::{
    ACCOUNT_NAME_BYTES_MAX, Account, AccountName, AccountNameError, CreateAccountError, Role,
};
pub use imported::{ImportBegun, ImportRun, Imprints, Remembered, UnderWay};
pub use login::{LOGIN_IDLE, LOGIN_TOTAL, Login, LoginId, LoginKey};
pub use objection::{Objection, folded};
pub use own::OwnValue;
pub use source::SourceResult;
pub use spent::SpentBytes;
pub use watch::{
    Seen, WATCH_NAME_CHARS_MAX, WATCH_SEARCH_BYTES_MAX, WATCHES_MAX, Watch, WatchError,
};
pub use watch_feed::{FeedSecret, OpenFeed};

/// Name of the account → account, as JSON.
const ACCOUNTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("accounts_1");
/// SHA-256 of a login's id → login, as JSON.
const LOGINS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("logins_1");
/// Source and row → what a person has decided of the row, in the bytes of whoever keeps it.
const IMPORT_CHOICES: TableDefinition<'_, &[u8; 32], &[u8]> =
    TableDefinition::new("import_choices_1");
/// Number and place → an entry that this import has signed.
const IMPORT_ENTRIES: TableDefinition<'_, (u64, u32), &[u8; 32]> =
    TableDefinition::new("import_entries_1");
/// Number → an import that has signed something, as JSON.
const IMPORTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("imports_1");
/// Source and record → what the source said of the record the last time, in the bytes of whoever keeps it.
const IMPRINTS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("imprints_1");
/// Source of an import → how its columns become fields, in the bytes of whoever keeps it.
const MAPPINGS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("mappings_1");
/// Keyed hash of what somebody is called → when they objected, in milliseconds since 1970.
const OBJECTIONS: TableDefinition<'_, &[u8; 32], i64> = TableDefinition::new("objections_1");
/// Record, person and field → personal value that stays here, as JSON.
const OWN_VALUES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("own_values_1");
/// Name of a setting → its bytes.
const SETTINGS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("settings_1");
/// Source of an import → what its last import did, as JSON.
const SOURCE_RESULTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("source_results_1");
/// Account and day → what was charged to it, in the bytes of whoever counts.
const SPENT: TableDefinition<'_, &[u8; 41], &[u8; 32]> = TableDefinition::new("spent_1");
/// SHA-256 of a secret → the watch whose feed has it, as JSON.
const WATCH_FEEDS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("watch_feeds_1");
/// Name of the account and number → a search that it follows, as JSON.
const WATCHES: TableDefinition<'_, (&str, u64), &[u8]> = TableDefinition::new("watches_1");

/// Name of the file in the node's folder.
pub const FILE: &str = "local.redb";
/// Bytes of the page cache: the file holds some thousands of small rows.
const CACHE_BYTES: usize = 4 << 20;
/// Bytes of the disk below which nothing is written: some hundred times a transaction of this store.
const FREE_BYTES_MIN: u64 = 1 << 20;

/// The open local store. Cloning gives another handle to it.
#[derive(Clone)]
pub struct Local {
    path: PathBuf,
    /// Taken for writing only while the file is written anew.
    database: Arc<RwLock<Database>>,
    /// The numbers of the imports that are under way.
    under_way: Arc<Mutex<BTreeSet<u64>>>,
}

impl Local {
    /// Opens the store, and makes it if there is none.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let database = patiently(
            || builder().create(path),
            |error| matches!(error, redb::DatabaseError::DatabaseAlreadyOpen),
        );
        let database = database.map_err(|error| opening(path, error))?;
        let local = Self {
            path: path.to_owned(),
            database: Arc::new(RwLock::new(database)),
            under_way: Arc::default(),
        };
        local.commit(Durability::Immediate, |write| {
            write.open_table(ACCOUNTS)?;
            write.open_table(IMPORT_CHOICES)?;
            write.open_table(IMPORT_ENTRIES)?;
            write.open_table(IMPORTS)?;
            write.open_table(IMPRINTS)?;
            write.open_table(LOGINS)?;
            write.open_table(MAPPINGS)?;
            write.open_table(OBJECTIONS)?;
            write.open_table(OWN_VALUES)?;
            write.open_table(SETTINGS)?;
            write.open_table(SOURCE_RESULTS)?;
            write.open_table(SPENT)?;
            write.open_table(WATCH_FEEDS)?;
            write.open_table(WATCHES)?;
            Ok(())
        })?;
        // What a rewriting that was cut short has left.
        match fs::remove_file(local.new_path()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Fault::file(local.new_path(), &error))
            }
            _ => Ok(local),
        }
    }

    /// Copies everything but logins to a store of its own, from one snapshot. A browser that was logged in when a backup was made is
    /// not logged in where it is restored.
    pub fn copy_to(&self, path: &Path) -> Result<(), Fault> {
        let copy = Self::open(path)?;
        let read = self.database().begin_read()?;
        copy.write(|write| {
            copy_table(&read, write, ACCOUNTS)?;
            copy_table(&read, write, IMPORT_CHOICES)?;
            copy_table(&read, write, IMPORT_ENTRIES)?;
            copy_table(&read, write, IMPORTS)?;
            copy_table(&read, write, IMPRINTS)?;
            copy_table(&read, write, MAPPINGS)?;
            copy_table(&read, write, OBJECTIONS)?;
            copy_table(&read, write, OWN_VALUES)?;
            copy_table(&read, write, SETTINGS)?;
            copy_table(&read, write, SOURCE_RESULTS)?;
            copy_table(&read, write, SPENT)?;
            copy_table(&read, write, WATCH_FEEDS)?;
            copy_table(&read, write, WATCHES)
        })
    }

    /// Returns the mapping kept for a source of imports.
    pub fn mapping(&self, source: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.bytes(MAPPINGS, source)
    }

    /// Keeps the mapping of a source, in the place of the one before.
    pub fn keep_mapping(&self, source: &str, mapping: &[u8]) -> Result<(), Fault> {
        self.keep_bytes(MAPPINGS, source, mapping)
    }

    /// Returns the sources that have a mapping, in the order of their names.
    pub fn mapped_sources(&self) -> Result<Vec<String>, Fault> {
        let read = self.database().begin_read()?;
        let table = read.open_table(MAPPINGS)?;
        let mut sources = Vec::new();
        for row in table.iter()? {
            sources.push(row?.0.value().to_owned());
        }
        Ok(sources)
    }

    /// Forgets the mapping of a source; says whether there was one.
    pub fn forget_mapping(&self, source: &str) -> Result<bool, Fault> {
        self.write(|write| Ok(write.open_table(MAPPINGS)?.remove(source)?.is_some()))
    }

    /// Returns a setting.
    pub fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.bytes(SETTINGS, name)
    }

    /// Keeps a setting, in the place of its value before.
    pub fn keep_setting(&self, name: &str, value: &[u8]) -> Result<(), Fault> {
        self.keep_bytes(SETTINGS, name, value)
    }

    fn bytes(
        &self,
        table: TableDefinition<'_, &str, &[u8]>,
        key: &str,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let read = self.database().begin_read()?;
        let found = read.open_table(table)?.get(key)?;
        Ok(found.map(|value| value.value().to_vec()))
    }

    fn keep_bytes(
        &self,
        table: TableDefinition<'_, &str, &[u8]>,
        key: &str,
        value: &[u8],
    ) -> Result<(), Fault> {
        self.write(|write| {
            write.open_table(table)?.insert(key, value)?;
            Ok(())
        })
    }

    /// Runs one transaction. INVARIANT: it is on disk when this returns `Ok`.
    fn write<T>(
        &self,
        change: impl FnOnce(&WriteTransaction) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.write_with(Durability::Immediate, change)
    }

    fn write_with<T>(
        &self,
        durability: Durability,
        change: impl FnOnce(&WriteTransaction) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.check_room()?;
        self.commit(durability, change)
    }

    /// Refuses while next to nothing is left on the disk: after a write that failed, the database would refuse all others until it is
    /// opened again, and nobody could log in. Logins go on where the census is read-only already.
    fn check_room(&self) -> Result<(), Fault> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        match Space::of(folder) {
            Ok(space) if space.free_bytes < FREE_BYTES_MIN => Err(Fault::NoRoom {
                free_bytes: space.free_bytes,
                needed_bytes: FREE_BYTES_MIN,
            }),
            // One that cannot be measured is left to the write itself.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn commit<T>(
        &self,
        durability: Durability,
        change: impl FnOnce(&WriteTransaction) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let database = self.database();
        let mut write = database.begin_write()?;
        write.set_durability(durability)?;
        let done = change(&write)?;
        write.commit()?;
        Ok(done)
    }

    /// Writes the file anew, so that nothing of what was removed is left in freed pages. A kill at any moment leaves the old file or the
    /// new one. Everybody else waits: the file is small.
    fn rewrite(&self) -> Result<(), Fault> {
        let mut database = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let path = self.new_path();
        let copied = copy(&database.begin_read()?, &path);
        match copied {
            Ok(copy) => {
                fs::rename(&path, &self.path).map_err(|error| Fault::file(&path, &error))?;
                *database = copy;
            }
            Err(fault) => {
                // The old file stands; an empty or half new one is removed at the next start at the latest.
                let _ = fs::remove_file(&path);
                return Err(fault);
            }
        }
        let folder = self.path.parent().unwrap_or(Path::new("."));
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| Fault::file(folder, &error))
    }

    fn database(&self) -> RwLockReadGuard<'_, Database> {
        self.database.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn new_path(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        name.into()
    }
}

fn builder() -> redb::Builder {
    let mut builder = redb::Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Copies every table to a new file, which is on disk when this returns.
fn copy(read: &ReadTransaction, path: &Path) -> Result<Database, Fault> {
    if path.exists() {
        fs::remove_file(path).map_err(|error| Fault::file(path, &error))?;
    }
    let database = builder().create(path)?;
    let write = database.begin_write()?;
    copy_table(read, &write, ACCOUNTS)?;
    copy_table(read, &write, IMPORT_CHOICES)?;
    copy_table(read, &write, IMPORT_ENTRIES)?;
    copy_table(read, &write, IMPORTS)?;
    copy_table(read, &write, IMPRINTS)?;
    copy_table(read, &write, LOGINS)?;
    copy_table(read, &write, MAPPINGS)?;
    copy_table(read, &write, OBJECTIONS)?;
    copy_table(read, &write, OWN_VALUES)?;
    copy_table(read, &write, SETTINGS)?;
    copy_table(read, &write, SOURCE_RESULTS)?;
    copy_table(read, &write, SPENT)?;
    copy_table(read, &write, WATCH_FEEDS)?;
    copy_table(read, &write, WATCHES)?;
    if read.list_tables()?.count() != write.list_tables()?.count() {
        return Err(Fault::damaged("local.redb, a table that is not copied"));
    }
    write.commit()?;
    Ok(database)
}

fn copy_table<K: Key + 'static, V: Value + 'static>(
    read: &ReadTransaction,
    write: &WriteTransaction,
    table: TableDefinition<'static, K, V>,
) -> Result<(), Fault> {
    let from = read.open_table(table)?;
    let mut to = write.open_table(table)?;
    for row in from.iter()? {
        let (key, value) = row?;
        to.insert(key.value(), value.value())?;
    }
    Ok(())
}

fn opening(path: &Path, error: redb::DatabaseError) -> Fault {
    match error {
        redb::DatabaseError::DatabaseAlreadyOpen => Fault::InUse {
            path: path.to_owned(),
        },
        other => other.into(),
    }
}

fn to_row<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("rows have string keys and no failing serializer")
}

fn from_row<T: DeserializeOwned>(table: &str, bytes: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|_| Fault::damaged(format!("local.redb, {table}")))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A store in a folder of its own, removed at the end of the test.
    pub(crate) fn temporary() -> (tempfile::TempDir, Local) {
        let folder = tempfile::tempdir().expect("temporary folder");
        let local = Local::open(&folder.path().join(FILE)).expect("opens");
        (folder, local)
    }

    #[test]
    fn what_was_kept_is_there_after_reopening() {
        let (folder, local) = temporary();
        local.keep_mapping("drajes", b"one").expect("writes");
        local.keep_mapping("drajes", b"two").expect("writes");
        local.keep_mapping("caf", b"").expect("writes");
        local.keep_setting("language", b"fr").expect("writes");
        drop(local);
        let local = Local::open(&folder.path().join(FILE)).expect("opens again");
        assert_eq!(
            local.mapping("drajes").expect("reads").as_deref(),
            Some(&b"two"[..])
        );
        assert_eq!(
            local.mapping("caf").expect("reads").as_deref(),
            Some(&b""[..])
        );
        assert_eq!(local.mapping("other").expect("reads"), None);
        assert_eq!(local.mapped_sources().expect("reads"), ["caf", "drajes"]);
        assert_eq!(
            local.setting("language").expect("reads").as_deref(),
            Some(&b"fr"[..])
        );
        assert_eq!(
            local.setting("drajes").expect("reads"),
            None,
            "settings are not mappings"
        );
    }

    #[test]
    fn a_copy_holds_every_table_but_the_logins() {
        let (folder, local) = temporary();
        local.keep_mapping("drajes", b"one").expect("writes");
        local.keep_setting("language", b"fr").expect("writes");
        let path = folder.path().join("copy");
        local.copy_to(&path).expect("copies");
        let copy = Local::open(&path).expect("opens");
        let mapping = copy.mapping("drajes").expect("reads");
        assert_eq!(mapping.as_deref(), Some(&b"one"[..]));
        // Whoever adds a table says here whether it goes into backups.
        let copied = [
            "accounts_1",
            "import_choices_1",
            "import_entries_1",
            "imports_1",
            "imprints_1",
            "mappings_1",
            "objections_1",
            "own_values_1",
            "settings_1",
            "source_results_1",
            "spent_1",
            "watch_feeds_1",
            "watches_1",
        ];
        let left_out = ["logins_1"];
        let read = local.database().begin_read().expect("a snapshot");
        for table in read.list_tables().expect("readable") {
            let name = redb::TableHandle::name(&table).to_owned();
            let is_known = copied.contains(&name.as_str()) || left_out.contains(&name.as_str());
            assert!(is_known, "{name} is neither copied nor left out");
        }
    }

    #[test]
    fn a_forgotten_mapping_is_gone() {
        let (_folder, local) = temporary();
        local.keep_mapping("caf", b"x").expect("writes");
        assert!(local.forget_mapping("caf").expect("writes"));
        assert!(!local.forget_mapping("caf").expect("writes"));
        assert_eq!(local.mapping("caf").expect("reads"), None);
    }

    #[test]
    fn a_second_opening_of_the_same_file_is_refused_with_its_path() {
        let (folder, _local) = temporary();
        let path = folder.path().join(FILE);
        let refused = Local::open(&path).err().expect("is in use");
        assert_eq!(refused.code(), "store_in_use");
    }
}
