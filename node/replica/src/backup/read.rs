//! Reading a backup: once to see that it is whole, once more to take it.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use crdt_schema::entry::{HEADER_BYTES, SIGNATURE_BYTES, SignedEntry, VerifiedEntry};
use sha2::{Digest, Sha256};

use super::{
    ATTACHMENT, BackupError, BackupFile, END, ENTRY, FILE, MAGIC, MAGIC_OF_ANY, NAME_BYTES_MAX,
    PIN, SECTION_BYTES_MAX,
};
use crate::pin::{self, Kept};
use crate::replica::Replica;

/// Entries that are taken at once.
const TAKEN_AT_ONCE: usize = 256;

/// A backup that is whole.
#[derive(Debug)]
pub struct Backup {
    path: PathBuf,
    files: Vec<BackupFile>,
    kept: Kept,
    entries: u64,
}

/// What follows in the file.
struct Section {
    kind: u8,
    name: String,
    bytes: Vec<u8>,
}

type From<'a> = zstd::stream::read::Decoder<'a, BufReader<File>>;

impl Backup {
    /// Opens a backup, and reads all of it to see that nothing is missing.
    pub fn open(path: &Path) -> Result<Self, BackupError> {
        let mut backup = Self {
            path: path.to_owned(),
            files: Vec::new(),
            kept: (Vec::new(), Vec::new()),
            entries: 0,
        };
        let mut hash = Sha256::new();
        let mut from = backup.start()?;
        loop {
            let before = hash.clone();
            let section = backup.section(&mut from, &mut hash)?;
            match section.kind {
                FILE => backup.files.push(BackupFile {
                    name: section.name,
                    bytes: section.bytes,
                }),
                PIN => {
                    let kept = pin::from_bytes(&section.bytes);
                    backup.kept = kept.ok_or_else(|| backup.damaged("its charters"))?;
                }
                ENTRY => backup.entries += 1,
                // Read again when it is taken: together they may be larger than memory.
                ATTACHMENT => {}
                END => {
                    let hash = before.finalize();
                    let said = [&backup.entries.to_be_bytes()[..], hash.as_slice()].concat();
                    if section.bytes != said {
                        return Err(backup.damaged("its end"));
                    }
                    break;
                }
                // No version before this one wrote others.
                _ => {
                    return Err(BackupError::Newer {
                        path: backup.path.clone(),
                    });
                }
            }
        }
        // The checksum of the frame comes last, and nothing after it: neither in the frame nor behind it.
        let is_over = |from: &mut dyn Read| matches!(from.read(&mut [0]), Ok(0));
        if !is_over(&mut from) || !is_over(&mut from.finish()) {
            return Err(backup.damaged("what follows its end"));
        }
        if backup.kept.0.is_empty() {
            return Err(backup.damaged("it holds no charter"));
        }
        Ok(backup)
    }

    /// Returns the small files.
    pub fn files(&self) -> &[BackupFile] {
        &self.files
    }

    /// Returns how many entries it holds.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Makes a store in a folder that has none, and fills it. Returns how many entries hold. `progress` hears how many of how many.
    pub fn restore(
        &self,
        folder: &Path,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<u64, BackupError> {
        let (charters, approvals) = &self.kept;
        Replica::create(folder, charters, approvals)?;
        let replica = Replica::open(folder, None)?;
        let federation = *replica.state().federation();
        let mut from = self.start()?;
        let (mut batch, mut read, mut held) = (Vec::<VerifiedEntry>::new(), 0, 0);
        loop {
            let section = self.section(&mut from, &mut Sha256::new())?;
            let is_end = section.kind == END;
            let entry = (section.kind == ENTRY)
                .then(|| entry(&section.bytes)?.verify(&federation).ok())
                .flatten();
            // A gap ends a batch, so a batch is of one feed.
            let is_next = |entry: &VerifiedEntry| {
                let last = batch.last();
                last.is_some_and(|last| last.header().feed != entry.header().feed)
            };
            if is_end || batch.len() == TAKEN_AT_ONCE || entry.as_ref().is_some_and(is_next) {
                held += replica.ingest(std::mem::take(&mut batch))?.added as u64;
                progress(read, self.entries);
            }
            read += u64::from(section.kind == ENTRY);
            batch.extend(entry);
            if section.kind == ATTACHMENT {
                let kept = replica.attachments().keep(&section.bytes);
                kept.map_err(|error| self.failed(&error))?;
            }
            if is_end {
                pin::keep(folder, &replica)?;
                return Ok(held);
            }
        }
    }

    fn start(&self) -> Result<From<'static>, BackupError> {
        let io = |error: io::Error| self.failed(&error);
        let mut file = File::open(&self.path).map_err(io)?;
        let mut magic = vec![0; MAGIC.len()];
        let is_read = file.read_exact(&mut magic).is_ok();
        if !is_read || !magic.starts_with(MAGIC_OF_ANY) {
            return Err(BackupError::NoBackup {
                path: self.path.clone(),
            });
        }
        if magic != MAGIC {
            return Err(BackupError::Newer {
                path: self.path.clone(),
            });
        }
        let decoder = zstd::stream::read::Decoder::new(file).map_err(io)?;
        Ok(decoder.single_frame())
    }

    fn section(&self, from: &mut From<'_>, hash: &mut Sha256) -> Result<Section, BackupError> {
        let mut take = |length: usize, max: usize| {
            if length > max {
                return Err(self.damaged("a section is longer than any of ours"));
            }
            let mut bytes = Vec::new();
            let taken = from.by_ref().take(length as u64).read_to_end(&mut bytes);
            if taken.is_err() || bytes.len() != length {
                return Err(self.damaged("it is cut short"));
            }
            hash.update(&bytes);
            Ok(bytes)
        };
        let kind = take(1, 1)?[0];
        let name_length = number(&take(2, 2)?);
        let name = String::from_utf8(take(name_length, NAME_BYTES_MAX)?);
        let length = number(&take(4, 4)?);
        let bytes = take(length, SECTION_BYTES_MAX)?;
        let name = name.map_err(|_| self.damaged("the name of a file"))?;
        Ok(Section { kind, name, bytes })
    }

    fn damaged(&self, what: &str) -> BackupError {
        BackupError::Damaged {
            path: self.path.clone(),
            what: what.to_owned(),
        }
    }

    fn failed(&self, error: &io::Error) -> BackupError {
        BackupError::File {
            path: self.path.clone(),
            reason: error.to_string(),
        }
    }
}

fn entry(bytes: &[u8]) -> Option<SignedEntry> {
    let (header, rest) = bytes.split_first_chunk::<HEADER_BYTES>()?;
    let (signature, payload) = rest.split_first_chunk::<SIGNATURE_BYTES>()?;
    Some(SignedEntry {
        header: *header,
        signature: *signature,
        payload: payload.to_vec(),
    })
}

/// Reads up to four big-endian bytes.
fn number(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |number, byte| (number << 8) | usize::from(*byte))
}
