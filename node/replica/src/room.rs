//! Free space of the disk that holds the node's folder. The writer looks at it before each transaction: a disk that fills up in the middle
//! of one would end all writing, and the disk is shared with other programs.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::fault::Fault;
use crate::replica::Replica;

/// What the usual guard keeps free at least, in bytes.
const FREE_BYTES_MIN: u64 = 1 << 30;
/// The part of the disk that the usual guard keeps free at least: a tenth.
const FREE_SHARE: u64 = 10;
/// The part of the guard below which nothing is written at all: a quarter. In between, people go on writing, and decisions get through.
const FULL_SHARE: u64 = 4;

/// How much of the disk is kept free.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FreeMin {
    /// So many bytes.
    Bytes(u64),
    /// Nothing: whoever opened the replica looks after the disk.
    #[default]
    Unguarded,
    /// A gibibyte, or a tenth of the disk if that is more.
    Usual,
}

/// What a disk holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Bytes that this node may still use.
    pub free_bytes: u64,
    /// Bytes of the whole disk.
    pub total_bytes: u64,
}

/// The room on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that this node may still use.
    pub free_bytes: u64,
    /// Bytes that are kept free: below, nothing is fetched from other nodes.
    pub min_bytes: u64,
}

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomState {
    /// Enough.
    Ample,
    /// Nothing is written.
    Full,
    /// Nothing is fetched from other nodes but what coordinators write.
    Low,
}

/// Measures the disk that holds a folder.
pub type Measure = Box<dyn Fn(&Path) -> io::Result<Space> + Send + Sync>;

/// What is kept free, as it was last said, and how the disk is measured.
pub(crate) struct Guard {
    folder: PathBuf,
    kept: Mutex<Kept>,
}

struct Kept {
    min: FreeMin,
    measure: Measure,
}

impl Space {
    /// Asks the system.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let disk = rustix::fs::statvfs(folder)?;
        let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        Ok(Self {
            free_bytes: bytes(disk.f_bavail),
            total_bytes: bytes(disk.f_blocks),
        })
    }
}

impl Room {
    /// Returns the bytes below which nothing is written.
    pub fn full_bytes(&self) -> u64 {
        self.min_bytes / FULL_SHARE
    }

    /// Returns how much room there is.
    pub fn state(&self) -> RoomState {
        if self.free_bytes < self.full_bytes() {
            RoomState::Full
        } else if self.free_bytes < self.min_bytes {
            RoomState::Low
        } else {
            RoomState::Ample
        }
    }

    /// Refuses where nothing would be written, once so many bytes are used as well.
    fn check(mut self, more_bytes: u64) -> Result<(), Fault> {
        let free_bytes = self.free_bytes;
        self.free_bytes = free_bytes.saturating_sub(more_bytes);
        match self.state() {
            RoomState::Ample | RoomState::Low => Ok(()),
            RoomState::Full => Err(Fault::NoRoom {
                free_bytes,
                needed_bytes: self.full_bytes().saturating_add(more_bytes),
            }),
        }
    }
}

impl RoomState {
    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            RoomState::Ample => "ample",
            RoomState::Full => "full",
            RoomState::Low => "low",
        }
    }
}

impl FreeMin {
    fn of(self, total_bytes: u64) -> u64 {
        match self {
            FreeMin::Bytes(bytes) => bytes,
            FreeMin::Unguarded => 0,
            FreeMin::Usual => FREE_BYTES_MIN.max(total_bytes / FREE_SHARE),
        }
    }
}

impl Guard {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            kept: Mutex::new(Kept {
                min: FreeMin::default(),
                measure: Box::new(Space::of),
            }),
        }
    }

    /// Measures the room.
    pub(crate) fn room(&self) -> Result<Room, Fault> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let space = (kept.measure)(&self.folder);
        let space = space.map_err(|error| Fault::file(&self.folder, &error))?;
        Ok(Room {
            free_bytes: space.free_bytes,
            min_bytes: kept.min.of(space.total_bytes),
        })
    }

    /// Refuses to write while the disk is full. Nothing is latched: it goes on as soon as there is room again.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        self.check_for(0)
    }

    fn check_ample(&self) -> Result<(), Fault> {
        self.check()?;
        let room = self.room()?;
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match room.state() == RoomState::Ample || kept.min == FreeMin::Unguarded {
            true => Ok(()),
            false => Err(Fault::NoRoom {
                free_bytes: room.free_bytes,
                needed_bytes: room.min_bytes,
            }),
        }
    }

    /// Refuses to write so many bytes where the disk would be full after them.
    pub(crate) fn check_for(&self, more_bytes: u64) -> Result<(), Fault> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_guarded = kept.min != FreeMin::Unguarded;
        drop(kept);
        if is_guarded {
            self.room()?.check(more_bytes)
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Guard").finish_non_exhaustive()
    }
}

impl Replica {
    /// Says how much of the disk is kept free, from now on.
    pub fn keep_free(&self, min: FreeMin) {
        let guard = &self.shared.room;
        guard
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .min = min;
        self.shared.wake_worker();
    }

    /// Measures the disk in another way from now on: tests say what is free.
    pub fn measure_with(&self, measure: Measure) {
        let guard = &self.shared.room;
        guard
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .measure = measure;
        self.shared.wake_worker();
    }

    /// Refuses where nothing may be written: for what is kept beside the census.
    pub fn check_room(&self) -> Result<(), Fault> {
        self.shared.room.check()
    }

    /// Refuses where less is free than is kept for the census: for what nobody misses who sends it again later.
    pub fn check_ample_room(&self) -> Result<(), Fault> {
        self.shared.room.check_ample()
    }

    /// Measures the room on the disk.
    pub fn room(&self) -> Result<Room, Fault> {
        self.shared.room.room()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_low_below_the_guard_and_full_below_a_quarter_of_it() {
        for (free_bytes, state) in [
            (4_000, RoomState::Ample),
            (3_999, RoomState::Low),
            (1_000, RoomState::Low),
            (999, RoomState::Full),
            (0, RoomState::Full),
        ] {
            let min_bytes = 4_000;
            let room = Room {
                free_bytes,
                min_bytes,
            };
            assert_eq!(room.state(), state, "{free_bytes}");
            assert_eq!(room.check(0).is_err(), state == RoomState::Full);
            let needs = free_bytes.saturating_sub(1_000);
            assert_eq!(room.check(needs).is_ok(), free_bytes >= 1_000);
            assert!(room.check(needs + 1).is_err(), "{free_bytes}");
        }
    }

    #[test]
    fn the_usual_guard_is_a_gibibyte_or_a_tenth() {
        for (total_bytes, min_bytes) in [
            (0, FREE_BYTES_MIN),
            (10 * FREE_BYTES_MIN, FREE_BYTES_MIN),
            (10 * FREE_BYTES_MIN + 10, FREE_BYTES_MIN + 1),
        ] {
            assert_eq!(FreeMin::Usual.of(total_bytes), min_bytes);
        }
        assert_eq!(FreeMin::Unguarded.of(1 << 40), 0);
        assert_eq!(FreeMin::Bytes(7).of(1 << 40), 7);
    }

    #[test]
    fn the_disk_of_a_folder_is_measured() {
        let folder = tempfile::tempdir().expect("a folder");
        let space = Space::of(folder.path()).expect("measured");
        assert!(space.free_bytes > 0 && space.total_bytes >= space.free_bytes);
        let nowhere = Guard::new(&folder.path().join("nowhere"));
        assert!(nowhere.check().is_ok(), "nobody guards it");
        nowhere.kept.lock().expect("no panic").min = FreeMin::Usual;
        assert_eq!(nowhere.check().map_err(|fault| fault.code()), Err("file"));
    }
}
