//! Writing a backup, while the node goes on: the rows come from one read transaction.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use redb::{ReadableDatabase, ReadableTable, ReadableTableMetadata};
use sha2::{Digest, Sha256};

use super::{ATTACHMENT, BackedUp, BackupError, BackupFile, END, ENTRY, FILE, MAGIC, PIN};
use crate::pin;
use crate::replica::Replica;
use crate::store::ReadEntries;
use crate::store::tables::EntryPlace;

/// Enough for twice the disk's speed, and two thirds of the size.
const LEVEL: i32 = 3;
/// Entries between two words on the progress.
const PROGRESS_ENTRIES: u64 = 256;

/// Sections on their way to the disk.
struct Sections<W: Write> {
    to: zstd::stream::write::Encoder<'static, W>,
    hash: Sha256,
}

impl Replica {
    /// Writes a backup to a file that must not exist, which only its owner can read. `progress` hears how many of how many are done.
    pub fn backup(
        &self,
        path: &Path,
        files: &[BackupFile],
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<BackedUp, BackupError> {
        let new = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let file = new.map_err(|error| failed(path, &error))?;
        let written = self.write_backup(path, file, files, progress);
        if written.is_err() {
            // A part of a backup would be taken for one. The first failure is the one to tell.
            let _ = fs::remove_file(path);
        }
        written
    }

    fn write_backup(
        &self,
        path: &Path,
        file: File,
        files: &[BackupFile],
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<BackedUp, BackupError> {
        let io = |error: io::Error| failed(path, &error);
        let mut to = BufWriter::new(file);
        to.write_all(MAGIC).map_err(io)?;
        let mut sections = Sections::new(to).map_err(io)?;
        for file in files {
            sections.add(FILE, &file.name, &file.bytes).map_err(io)?;
        }
        sections.add(PIN, "", &pin::to_bytes(self)).map_err(io)?;
        let database = self.database();
        let read = database.begin_read().map_err(crate::Fault::from)?;
        let entries = ReadEntries::open(&read)?;
        let total = entries.rows.len().map_err(crate::Fault::from)?;
        let mut done = BackedUp::default();
        for row in entries.rows.iter().map_err(crate::Fault::from)? {
            let (key, row) = row.map_err(crate::Fault::from)?;
            match entries.of_row(EntryPlace::from_key(key.value()), row.value()) {
                Ok(entry) => {
                    let bytes = [&entry.header[..], &entry.signature, &entry.payload].concat();
                    sections.add(ENTRY, "", &bytes).map_err(io)?;
                    done.entries += 1;
                }
                // Peers have it: `check` says so, and fetches it again.
                Err(_) => done.left_out += 1,
            }
            if (done.entries + done.left_out).is_multiple_of(PROGRESS_ENTRIES) {
                progress(done.entries, total);
            }
        }
        let attachments = self.attachments();
        for (hash, _) in attachments.held().map_err(io)? {
            // One that went meanwhile, or is damaged, is on other nodes or nowhere.
            if let Some(bytes) = attachments.read(&hash).map_err(io)? {
                sections.add(ATTACHMENT, "", &bytes).map_err(io)?;
                done.attachments += 1;
            }
        }
        let to = sections.end(done.entries).map_err(io)?;
        let file = to.into_inner().map_err(|error| io(error.into_error()))?;
        file.sync_all().map_err(io)?;
        progress(done.entries, total);
        Ok(done)
    }
}

impl<W: Write> Sections<W> {
    fn new(to: W) -> io::Result<Self> {
        let mut to = zstd::stream::write::Encoder::new(to, LEVEL)?;
        to.include_checksum(true)?;
        Ok(Self {
            to,
            hash: Sha256::new(),
        })
    }

    fn add(&mut self, kind: u8, name: &str, bytes: &[u8]) -> io::Result<()> {
        let too_long = |_| io::Error::other("a section is too long");
        let name_length = u16::try_from(name.len()).map_err(too_long)?.to_be_bytes();
        let length = u32::try_from(bytes.len()).map_err(too_long)?.to_be_bytes();
        for part in [&[kind][..], &name_length, name.as_bytes(), &length, bytes] {
            self.hash.update(part);
            self.to.write_all(part)?;
        }
        Ok(())
    }

    fn end(mut self, entries: u64) -> io::Result<W> {
        let hash = self.hash.clone().finalize();
        let content = [&entries.to_be_bytes()[..], hash.as_slice()].concat();
        self.add(END, "", &content)?;
        self.to.finish()
    }
}

fn failed(path: &Path, error: &io::Error) -> BackupError {
    BackupError::File {
        path: path.to_owned(),
        reason: match error.kind() {
            io::ErrorKind::AlreadyExists => {
                "exists already, and a backup overwrites nothing: choose another name".to_owned()
            }
            _ => error.to_string(),
        },
    }
}
