//! A disk in memory for tests: it fails when it is told to, and what was not synced may be lost, whole or in part.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

/// What a disk writes whole or not at all.
const SECTOR: u64 = 512;

/// The disks that stand in the place of files, by path.
static DISKS: Mutex<BTreeMap<PathBuf, Disk>> = Mutex::new(BTreeMap::new());

/// One file on such a disk. Copies are the same disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<Platter>>);

#[derive(Debug, Default)]
struct Platter {
    /// What the process reads.
    now: Vec<u8>,
    /// What a power cut leaves for sure.
    synced: Vec<u8>,
    /// What was done since, in its order.
    since: Vec<Change>,
    calls: u64,
    failing: Failing,
}

#[derive(Debug, Clone)]
enum Change {
    Length(u64),
    Written(u64, Vec<u8>),
}

/// Which calls fail, counted from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Failing {
    #[default]
    None,
    /// This one.
    Once(u64),
    /// This one and all after it.
    From(u64),
}

impl Disk {
    /// Puts a new disk in the place of a file.
    pub(crate) fn instead_of(path: &Path) -> Self {
        let disk = Self::default();
        lock(&DISKS).insert(path.to_owned(), disk.clone());
        disk
    }

    /// Returns the disk that stands in the place of a file.
    pub(super) fn at(path: &Path) -> Option<Self> {
        lock(&DISKS).get(path).cloned()
    }

    /// Counts calls anew, and lets some of them fail.
    pub(crate) fn fail(&self, failing: Failing) {
        let mut platter = lock(&self.0);
        (platter.calls, platter.failing) = (0, failing);
    }

    /// Returns how many calls there were since.
    pub(crate) fn calls(&self) -> u64 {
        lock(&self.0).calls
    }

    /// The power is cut: of what was not synced, any sectors are written, in any order. `keeps` says of each whether it is.
    pub(crate) fn cut(&self, mut keeps: impl FnMut() -> bool) {
        let mut platter = lock(&self.0);
        let mut left = std::mem::take(&mut platter.synced);
        for change in std::mem::take(&mut platter.since) {
            match change {
                Change::Length(length) => {
                    if keeps() {
                        left.resize(length as usize, 0);
                    }
                }
                Change::Written(mut offset, bytes) => {
                    let mut bytes = bytes.as_slice();
                    while !bytes.is_empty() {
                        let room = (SECTOR - offset % SECTOR).min(bytes.len() as u64);
                        let (sector, rest) = bytes.split_at(room as usize);
                        if keeps() {
                            put(&mut left, offset, sector);
                        }
                        (offset, bytes) = (offset + room, rest);
                    }
                }
            }
        }
        platter.synced.clone_from(&left);
        platter.now = left;
    }

    fn call(&self) -> Result<MutexGuard<'_, Platter>, io::Error> {
        let mut platter = lock(&self.0);
        let call = platter.calls;
        platter.calls += 1;
        let fails = match platter.failing {
            Failing::None => false,
            Failing::Once(only) => call == only,
            Failing::From(first) => call >= first,
        };
        match fails {
            true => Err(io::Error::other("the disk fails")),
            false => Ok(platter),
        }
    }
}

impl Drop for DiskInPlace {
    fn drop(&mut self) {
        lock(&DISKS).remove(&self.0);
    }
}

/// Takes the disk away when the test ends.
pub(crate) struct DiskInPlace(pub(crate) PathBuf);

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, io::Error> {
        Ok(self.call()?.now.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        let platter = self.call()?;
        let bytes = platter.now.get(offset as usize..).unwrap_or_default();
        match bytes.get(..out.len()) {
            Some(bytes) => out.copy_from_slice(bytes),
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> Result<(), io::Error> {
        let mut platter = self.call()?;
        platter.now.resize(length as usize, 0);
        platter.since.push(Change::Length(length));
        Ok(())
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        let mut platter = self.call()?;
        let platter = &mut *platter;
        platter.synced.clone_from(&platter.now);
        platter.since.clear();
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), io::Error> {
        let mut platter = self.call()?;
        put(&mut platter.now, offset, bytes);
        platter
            .since
            .push(Change::Written(offset, bytes.to_owned()));
        Ok(())
    }
}

fn put(file: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    let end = offset as usize + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[offset as usize..end].copy_from_slice(bytes);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
