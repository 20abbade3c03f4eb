//! A backup: one file that holds what a node cannot get from its peers, and what it would take long to get.
//!
//! ```text
//! "maillage/backup/1\n", then one zstd frame with a checksum, which holds sections:
//!   kind (1 byte)   1 file, 2 pin, 3 entry, 4 end, 5 attached file
//!   name length (2) and name, for a file; both empty for the others
//!   length (4), then so many bytes
//! end holds the number of entries (8) and SHA-256 over every byte before its own section (32)
//! ```
//!
//! Integers are big-endian. An entry is header (184), signature (64) and payload, as it is sent; the pin is the file `pin`. Nothing
//! derived is kept: a restored node verifies every entry and builds the rest anew, so that a backup of an old version stays good.

mod read;
mod write;

use std::path::PathBuf;

use crate::fault::Fault;

pub use read::Backup;

const MAGIC: &[u8] = b"maillage/backup/1\n";
const MAGIC_OF_ANY: &[u8] = b"maillage/backup/";
const FILE: u8 = 1;
const PIN: u8 = 2;
const ENTRY: u8 = 3;
const END: u8 = 4;
const ATTACHMENT: u8 = 5;
/// Bytes of one section: the local store of a large organisation is a few megabytes. More is no backup of ours.
const SECTION_BYTES_MAX: usize = 256 << 20;
/// Bytes of a file's name.
const NAME_BYTES_MAX: usize = 200;

/// A small file beside the store, with the name that it has in the node's folder.
#[derive(Clone, PartialEq, Eq)]
pub struct BackupFile {
    /// The name, `keys/root.age` for one in a folder.
    pub name: String,
    /// What it holds. It may be a key.
    pub bytes: Vec<u8>,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackedUp {
    /// Entries.
    pub entries: u64,
    /// Entries that are damaged in the store, and left out.
    pub left_out: u64,
    /// Attached files.
    pub attachments: u64,
}

/// Why there is no backup, or none that can be restored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BackupError {
    /// The file is cut short or altered.
    #[error("{path} is not whole ({what}): take an older backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not hold.
        what: String,
    },
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The file cannot be read or written.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A later version wrote it.
    #[error("{path} was written by a later version: upgrade maillage")]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// It is something else.
    #[error("{path} is no backup of a node")]
    NoBackup {
        /// The file.
        path: PathBuf,
    },
}

impl BackupError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            BackupError::Damaged { .. } => "backup_damaged",
            BackupError::Fault(fault) => fault.code(),
            BackupError::File { .. } => "file",
            BackupError::Newer { .. } => "backup_newer",
            BackupError::NoBackup { .. } => "no_backup",
        }
    }
}

impl std::fmt::Debug for BackupFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.name, self.bytes.len())
    }
}
