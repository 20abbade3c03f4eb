//! What our operator must act on.

use std::path::PathBuf;

/// The store, or the disk below it, does not do what it must. The node stops writing and says what to do.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// Something that only we write does not read as we wrote it.
    #[error("the store is damaged ({what}): run `maillage check`, or restore a backup")]
    Damaged {
        /// What could not be read.
        what: String,
    },
    /// The system has refused to write more: the disk is full, or a quota of the system is used up.
    #[error(
        "the disk is full: what was not confirmed is not saved, and nothing more is written; free some space, then start the node again"
    )]
    DiskFull,
    /// A file cannot be read or written.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Another process has the store open.
    #[error(
        "{path} is open in another process: stop it, or let it run and call this command again"
    )]
    InUse {
        /// The store.
        path: PathBuf,
    },
    /// A later version wrote the store.
    #[error("the store has format {found}, this version knows {known}: upgrade maillage")]
    Newer {
        /// Format of the store.
        found: u32,
        /// Format of this version.
        known: u32,
    },
    /// The disk is nearly full. Nothing is latched.
    #[error(
        "the disk has {} MiB left, and {} MiB are kept free: nothing is written before there is more room; free some space, no restart is needed",
        free_bytes >> 20,
        needed_bytes.div_ceil(1 << 20)
    )]
    NoRoom {
        /// Bytes that may still be used.
        free_bytes: u64,
        /// Bytes that are kept free.
        needed_bytes: u64,
    },
    /// The folder holds no store.
    #[error("{path} is no node's folder: make one with `maillage init` or `maillage join`")]
    NoStore {
        /// The folder.
        path: PathBuf,
    },
    /// An earlier fault ended all writing.
    #[error("nothing is written any more since an earlier fault: {0}")]
    Stopped(String),
    /// The search index says no.
    #[error("{0}")]
    Search(String),
    /// The database says no.
    #[error("the store failed: {0}")]
    Store(String),
}

impl Fault {
    /// Returns the stable code of this fault.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Damaged { .. } => "store_damaged",
            Fault::DiskFull => "disk_full",
            Fault::File { .. } => "file",
            Fault::InUse { .. } => "store_in_use",
            Fault::Newer { .. } => "store_newer",
            Fault::NoRoom { .. } => "no_room",
            Fault::NoStore { .. } => "no_store",
            Fault::Search(_) => "search",
            Fault::Stopped(_) => "stopped",
            Fault::Store(_) => "store",
        }
    }

    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Fault::Damaged { what: what.into() }
    }

    pub(crate) fn file(path: impl Into<PathBuf>, error: &std::io::Error) -> Self {
        if is_full(error) {
            return Fault::DiskFull;
        }
        Fault::File {
            path: path.into(),
            reason: error.to_string(),
        }
    }
}

fn is_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), QuotaExceeded | StorageFull)
}

impl From<crate::search::Fault> for Fault {
    fn from(fault: crate::search::Fault) -> Self {
        Fault::Search(fault.to_string())
    }
}

impl From<Fault> for crate::search::Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(crate::search::Fault::Store(fault.to_string()))
    }
}

macro_rules! from_redb {
    ($($error:ty),*) => {$(
        impl From<$error> for Fault {
            fn from(error: $error) -> Self {
                Fault::of_store(&error.into())
            }
        }
    )*};
}

from_redb!(
    redb::CommitError,
    redb::DatabaseError,
    redb::SetDurabilityError,
    redb::StorageError,
    redb::TableError,
    redb::TransactionError
);

impl Fault {
    /// A file that is damaged is another matter than a disk that does not answer: the first can be set aside.
    fn of_store(error: &redb::Error) -> Self {
        use std::io::ErrorKind;
        let is_damaged = match error {
            redb::Error::Corrupted(_)
            | redb::Error::TableDoesNotExist(_)
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TypeDefinitionChanged { .. } => true,
            redb::Error::Io(error) => {
                matches!(
                    error.kind(),
                    ErrorKind::InvalidData | ErrorKind::UnexpectedEof
                )
            }
            _ => false,
        };
        let is_full = matches!(error, redb::Error::Io(error) if is_full(error));
        if is_full {
            Fault::DiskFull
        } else if is_damaged {
            Fault::damaged(error.to_string())
        } else {
            Fault::Store(error.to_string())
        }
    }
}
