//! Opening a store that may be damaged, as a supervised step: a file that makes the program fail, panic or die is set aside with its
//! date, an empty store takes its place, and peers bring everything again.
//!
//! What supervises is the file `running` beside the store. It holds a count while the store is being opened, the word `open` while the
//! node has it open, and is removed in good order. A stop without warning is known by it, and so is an opening that killed the process.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crdt_schema::time::Timestamp;
use redb::{Database, ReadableDatabase};

use crate::author::Author;
use crate::fault::Fault;
use crate::pin;
use crate::published::{Mark, Sidecar};
use crate::replica::Replica;
use crate::store;

/// Openings that ended the process before the store is taken for damaged: a power cut can do it once or twice.
const OPENINGS_MAX: u32 = 3;
/// Entries that are saved from a damaged store at once.
const SAVED_AT_ONCE: usize = 256;
const RUNNING: &str = "running";
/// What stands between the name of a store and the time at which it was set aside.
const ASIDE: &str = ".damaged-";

/// A store that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Where it is now.
    pub file: PathBuf,
    /// What was wrong with it.
    pub reason: String,
    /// Entries that could still be read from it, and hold.
    pub saved: usize,
}

/// How the process that had the store before has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// In good order, or there was none.
    Well,
    /// Without warning, or after a fault.
    Suddenly,
    /// While it opened the store, so many times.
    WhileOpening(u32),
}

impl Replica {
    /// Opens the store of a folder like `open`. One that is damaged is set aside, and what can still be read of it is kept: the
    /// feed of this node then has ended, and a new instance key is needed.
    pub fn open_or_set_aside(
        folder: &Path,
        author: Option<Author>,
        now: Timestamp,
    ) -> Result<(Self, Option<SetAside>), Fault> {
        let before = before(folder);
        let opened = match before {
            Before::WhileOpening(times) if times >= OPENINGS_MAX => Err(Fault::damaged(format!(
                "{times} times in a row the program ended while it opened it"
            ))),
            _ => supervised(|| Self::open(folder, author.clone())),
        };
        match opened {
            Ok(replica) => {
                pin::keep(folder, &replica)?;
                Ok((replica, None))
            }
            Err(fault) if is_damage(&fault) => {
                let (replica, aside) = set_aside(folder, author, now, &fault)?;
                Ok((replica, Some(aside)))
            }
            Err(fault) => Err(fault),
        }
    }
}

impl Replica {
    /// Returns the damaged stores that still stand beside this one, set aside by this process or by one before it. They may hold what was
    /// erased.
    pub fn set_aside(&self) -> Result<Vec<PathBuf>, Fault> {
        aside(self.folder())
    }

    /// Returns the own entries that may have left this machine before a store was set aside, and that are not held again: how many at least.
    pub fn missing_since_set_aside(&self) -> Result<u64, Fault> {
        let mut missing = 0;
        for file in self.set_aside()? {
            let Some(Mark::Published(mark)) = Sidecar::beside(&file).read()? else {
                continue;
            };
            let state = self.state();
            if !state.feeds().holds(&mark.entry) {
                let held = state.feeds().furthest_head(&mark.feed);
                let held = held.map_or(0, |(sequence, _)| sequence);
                missing += mark.sequence.saturating_sub(held).max(1);
            }
        }
        Ok(missing)
    }

    /// Removes them, and returns how many there were. Whoever calls this knows that a peer has brought again what could not be saved.
    pub fn remove_set_aside(&self) -> Result<usize, Fault> {
        let files = self.set_aside()?;
        for file in &files {
            fs::remove_file(file).map_err(|error| Fault::file(file, &error))?;
            Sidecar::beside(file).remove()?;
            tracing::warn!(file = %file.display(), "a damaged store that was set aside is removed after an erasure");
        }
        if !files.is_empty() {
            let folder = fs::File::open(self.folder()).and_then(|folder| folder.sync_all());
            folder.map_err(|error| Fault::file(self.folder(), &error))?;
        }
        Ok(files.len())
    }
}

/// The stores of a folder that were set aside, in the order of their names.
pub(crate) fn aside(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let failed = |error: &std::io::Error| Fault::file(folder, error);
    let mut files = Vec::new();
    for file in fs::read_dir(folder).map_err(|error| failed(&error))? {
        let file = file.map_err(|error| failed(&error))?;
        let name = file.file_name();
        if name
            .to_string_lossy()
            .starts_with(&format!("{}{ASIDE}", store::FILE))
        {
            files.push(file.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Faults of the file itself. What another process, another version or the system cause is mended without it.
fn is_damage(fault: &Fault) -> bool {
    matches!(fault, Fault::Damaged { .. })
}

fn supervised<T>(step: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    let done = catch_unwind(AssertUnwindSafe(step));
    done.unwrap_or_else(|_| Err(Fault::damaged("reading it panicked")))
}

fn set_aside(
    folder: &Path,
    author: Option<Author>,
    now: Timestamp,
    fault: &Fault,
) -> Result<(Replica, SetAside), Fault> {
    // Without the charter that this node trusts there is nothing to start from.
    let Some((charters, approvals)) = pin::read(folder)? else {
        return Err(fault.clone());
    };
    let from = folder.join(store::FILE);
    let file = free_name(folder, now);
    let sidecar = Sidecar::in_folder(folder);
    // What this node has signed until now: the file goes only once a peer has brought that again.
    sidecar.keep_beside(&file)?;
    if let Some(author) = &author {
        // Before anything else: whatever happens next, this key does not sign a sequence twice.
        sidecar.end(&author.feed())?;
    }
    tracing::error!(file = %file.display(), "the store is damaged and set aside: {fault}");
    fs::rename(&from, &file).map_err(|error| Fault::file(&from, &error))?;
    Replica::create(folder, &charters, &approvals)?;
    let replica = Replica::open(folder, author)?;
    let saved = supervised(|| save(&replica, &file)).unwrap_or_else(|fault| {
        tracing::warn!("nothing more can be read of the damaged store: {fault}");
        0
    });
    let saved = saved.max(replica.state().feeds().len());
    let reason = fault.to_string();
    let aside = SetAside {
        file,
        reason,
        saved,
    };
    Ok((replica, aside))
}

/// Takes over the entries that can still be read. Each is verified like one that a peer brings; a gap in a feed ends it.
fn save(replica: &Replica, file: &Path) -> Result<usize, Fault> {
    let database = Database::builder().open(file)?;
    let read = database.begin_read()?;
    let federation = *replica.state().federation();
    let mut batch = Vec::new();
    let mut saved = 0;
    store::each_entry(&read, |read_entry| {
        let entry = supervised(read_entry);
        let Some(entry) = entry.ok().and_then(|it| it.verify(&federation).ok()) else {
            return Ok(());
        };
        let is_next_feed = batch
            .last()
            .is_some_and(|last: &crdt_schema::entry::VerifiedEntry| {
                last.header().feed != entry.header().feed
            });
        if is_next_feed || batch.len() == SAVED_AT_ONCE {
            saved += replica.ingest(std::mem::take(&mut batch))?.added;
        }
        batch.push(entry);
        Ok(())
    })?;
    saved += replica.ingest(batch)?.added;
    Ok(saved)
}

/// A name that says when, and that no other file has.
fn free_name(folder: &Path, now: Timestamp) -> PathBuf {
    let when = now.to_string().replace(':', "-");
    let first = folder.join(format!("{}{ASIDE}{when}", store::FILE));
    let others = (2..).map(|number| folder.join(format!("{}{ASIDE}{when}-{number}", store::FILE)));
    std::iter::once(first)
        .chain(others)
        .find(|path| !path.exists())
        .expect("one of endless names is free")
}

/// Returns how the process before ended.
pub(crate) fn before(folder: &Path) -> Before {
    match fs::read_to_string(folder.join(RUNNING)) {
        Err(_) => Before::Well,
        Ok(text) => match text.trim().parse() {
            Ok(times) => Before::WhileOpening(times),
            Err(_) => Before::Suddenly,
        },
    }
}

/// Notes that the store is being opened.
pub(crate) fn begin(folder: &Path, before: Before) -> Result<(), Fault> {
    let times = match before {
        Before::WhileOpening(times) => times,
        Before::Well | Before::Suddenly => 0,
    };
    note(folder, &times.saturating_add(1).to_string())
}

/// Notes how the opening ended. One that failed with a sentence is none that killed the process.
pub(crate) fn end(folder: &Path, before: Before, fault: Option<&Fault>) -> Result<(), Fault> {
    match (fault, before) {
        // Another process has it open, or there is none: what it noted stays.
        (Some(Fault::InUse { .. } | Fault::NoStore { .. }), Before::Well) => {
            left(folder);
            Ok(())
        }
        (Some(Fault::InUse { .. } | Fault::NoStore { .. }), Before::WhileOpening(times)) => {
            note(folder, &times.to_string())
        }
        _ => note(folder, "open"),
    }
}

/// Notes that the store was left in good order.
pub(crate) fn left(folder: &Path) {
    // A file that stays costs a check at the next start, nothing else.
    let _ = fs::remove_file(folder.join(RUNNING));
}

fn note(folder: &Path, text: &str) -> Result<(), Fault> {
    let path = folder.join(RUNNING);
    let write = || {
        fs::File::create(&path).and_then(|mut file| {
            std::io::Write::write_all(&mut file, text.as_bytes())?;
            file.sync_all()
        })
    };
    write().map_err(|error| Fault::file(&path, &error))
}
