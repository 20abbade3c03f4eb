//! The bytes of attached files, beside the store: a folder with one file for each hash. What records say of them is in entries, and comes
//! to every node; the bytes come when somebody asks for them, and go when no record names them any more.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::{Duration, SystemTime};

use crdt_schema::id::FileHash;
use crdt_schema::record::{AttachedFile, Document, FILE_BYTES_MAX};
use crdt_schema::time::Timestamp;

use crate::fault::Fault;
use crate::indexing::{FILES, HAS_FILES};
use crate::replica::Replica;
use crate::room::RoomState;
use crate::search;

/// How long the bytes of a file stay that no record names any more: somebody may take the removal back. Erased ones do not wait.
pub const UNNAMED_KEPT: Duration = Duration::from_secs(20 * 3_600);
/// How old an unfinished file is that no process writes any more.
const ABANDONED: Duration = Duration::from_secs(10 * 60);

/// The folder of attached files.
#[derive(Debug, Clone)]
pub struct Attachments {
    folder: PathBuf,
}

/// Files that records name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedFiles {
    /// The files, as the records name them.
    pub files: Vec<AttachedFile>,
    /// The newest change of these records here.
    pub newest: Option<u64>,
}

/// When files go that no record names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// After [`UNNAMED_KEPT`].
    Later,
    /// At once: something was erased.
    Now,
}

impl Attachments {
    pub(crate) fn of(node: &Path) -> Self {
        Self {
            folder: node.join(FOLDER),
        }
    }

    /// Keeps these bytes, and returns their hash. When it returns, they are on disk.
    pub fn keep(&self, bytes: &[u8]) -> io::Result<FileHash> {
        let hash = hash_of(bytes);
        if self.read(&hash)?.is_some() {
            return Ok(hash);
        }
        fs::create_dir_all(&self.folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(&self.folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(self.path(&hash))
            .map_err(|failed| failed.error)?;
        File::open(&self.folder)?.sync_all()?;
        Ok(hash)
    }

    /// Returns the bytes of a file that is held. Bytes that a disk has changed are no file any more: they go, and may be had again from
    /// another node.
    pub fn read(&self, hash: &FileHash) -> io::Result<Option<Vec<u8>>> {
        let path = self.path(hash);
        let bytes = match fs::metadata(&path) {
            Ok(found) if found.len() <= FILE_BYTES_MAX => fs::read(&path)?,
            Ok(_) => Vec::new(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if hash_of(&bytes) == *hash {
            return Ok(Some(bytes));
        }
        // Set aside first: another thread may have put a good one there meanwhile.
        let aside = self.folder.join(format!("{UNFINISHED}{hash}"));
        fs::rename(&path, &aside)?;
        let bytes = fs::read(&aside)?;
        if hash_of(&bytes) == *hash {
            fs::rename(&aside, &path)?;
            return Ok(Some(bytes));
        }
        tracing::error!(file = %hash, "an attached file is damaged and was removed: it is asked for again when somebody opens it");
        fs::remove_file(&aside)?;
        Ok(None)
    }

    /// Returns whether the bytes are held, as far as the folder says.
    pub fn holds(&self, hash: &FileHash) -> bool {
        self.path(hash).is_file()
    }

    /// Returns the files that are held, with their sizes in bytes.
    pub fn held(&self) -> io::Result<Vec<(FileHash, u64)>> {
        let mut held = Vec::new();
        for (name, size, _) in self.files()? {
            if let Ok(hash) = FileHash::parse(&name) {
                held.push((hash, size));
            }
        }
        held.sort_unstable();
        Ok(held)
    }

    /// Reads every file again, and returns how many were held and how many of them were damaged and removed.
    fn check(&self) -> io::Result<(u64, u64)> {
        let (mut held, mut damaged) = (0, 0);
        for (hash, _) in self.held()? {
            held += 1;
            damaged += u64::from(self.read(&hash)?.is_none());
        }
        Ok((held, damaged))
    }

    /// Looks at every file: those that no record names get a mark, whose age is how long that has been so, and those that are named lose
    /// theirs. What a killed process left is removed. Returns the files whose time has come.
    fn due(
        &self,
        is_named: impl Fn(&FileHash) -> Result<bool, Fault>,
        leaving: Leaving,
        now: SystemTime,
    ) -> Result<BTreeSet<FileHash>, Fault> {
        let mut due = BTreeSet::new();
        let files = self.files().map_err(|error| self.fault(&error))?;
        let names: BTreeSet<&str> = files.iter().map(|(name, ..)| name.as_str()).collect();
        for (name, _, changed) in &files {
            // A clock that was set back makes nothing old.
            let age = now.duration_since(*changed).unwrap_or_default();
            let path = self.folder.join(name);
            if let Some(hash) = name.strip_suffix(UNNAMED) {
                if !names.contains(hash) {
                    self.remove(&path)?;
                }
                continue;
            }
            let Ok(hash) = FileHash::parse(name) else {
                if name.starts_with(UNFINISHED) && age > ABANDONED {
                    self.remove(&path)?;
                }
                continue;
            };
            if is_named(&hash)? {
                self.remove(&self.mark(&hash))?;
            } else if self.is_due(&hash, leaving, now)? {
                due.insert(hash);
            }
        }
        Ok(due)
    }

    /// A file that was marked before was taken away by an edit, which somebody may take back: an erasure is about the others.
    fn is_due(&self, hash: &FileHash, leaving: Leaving, now: SystemTime) -> Result<bool, Fault> {
        let mark = self.mark(hash);
        match fs::metadata(&mark).and_then(|found| found.modified()) {
            Ok(since) => Ok(now.duration_since(since).unwrap_or_default() >= UNNAMED_KEPT),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if leaving == Leaving::Now {
                    return Ok(true);
                }
                let marked = File::create(&mark).and_then(|file| file.set_modified(now));
                marked.map_err(|error| self.fault(&error))?;
                Ok(false)
            }
            Err(error) => Err(self.fault(&error)),
        }
    }

    fn leave(&self, hash: &FileHash) -> Result<(), Fault> {
        self.remove(&self.path(hash))?;
        self.remove(&self.mark(hash))
    }

    fn mark(&self, hash: &FileHash) -> PathBuf {
        self.folder.join(format!("{hash}{UNNAMED}"))
    }

    fn files(&self) -> io::Result<Vec<(String, u64, SystemTime)>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry?;
            let about = entry.metadata()?;
            if let (true, Ok(name)) = (about.is_file(), entry.file_name().into_string()) {
                files.push((name, about.len(), about.modified()?));
            }
        }
        Ok(files)
    }

    fn remove(&self, path: &Path) -> Result<(), Fault> {
        match fs::remove_file(path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(self.fault(&error)),
        }
    }

    fn path(&self, hash: &FileHash) -> PathBuf {
        self.folder.join(hash.to_string())
    }

    fn fault(&self, error: &io::Error) -> Fault {
        Fault::file(&self.folder, error)
    }
}

impl Replica {
    /// Returns the attached files of this node.
    pub fn attachments(&self) -> Attachments {
        Attachments::of(self.folder())
    }

    /// Keeps a new file, then signs what names it: the bytes are on disk before any entry speaks of them, and nothing cleans in between.
    pub fn attach<T, E: From<Fault>>(
        &self,
        bytes: &[u8],
        sign: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.shared.room.check_for(bytes.len() as u64)?;
        let attaching = self.shared.attaching.read();
        let _attaching = attaching.unwrap_or_else(PoisonError::into_inner);
        let files = self.attachments();
        files.keep(bytes).map_err(|error| files.fault(&error))?;
        sign()
    }

    /// Signs what names a file that is held already: nothing cleans in between.
    pub fn name_again<T>(&self, sign: impl FnOnce() -> T) -> T {
        let attaching = self.shared.attaching.read();
        let _attaching = attaching.unwrap_or_else(PoisonError::into_inner);
        sign()
    }

    /// Keeps the bytes of a file that another node has given. Returns whether it is kept: not without room for it, and not if it was
    /// erased while it came.
    pub fn keep_fetched(&self, bytes: &[u8]) -> Result<bool, Fault> {
        let attaching = self.shared.attaching.read();
        let _attaching = attaching.unwrap_or_else(PoisonError::into_inner);
        let hash = hash_of(bytes);
        let is_ample = self.room()?.state() == RoomState::Ample;
        // What names it may have come just now: the index follows the views.
        let is_named = self.names_file(&hash)?
            || (self.wait_for_views(VIEWS_DEADLINE) && self.names_file(&hash)?);
        if !is_ample || !is_named {
            return Ok(false);
        }
        let files = self.attachments();
        files.keep(bytes).map_err(|error| files.fault(&error))?;
        Ok(true)
    }

    /// Reads every attached file again, and returns how many were held and how many of them were damaged and removed.
    pub fn check_attachments(&self) -> Result<(u64, u64), Fault> {
        let files = self.attachments();
        files.check().map_err(|error| files.fault(&error))
    }

    /// Returns how many attached files are held, and their bytes together.
    pub fn attachments_held(&self) -> Result<(u64, u64), Fault> {
        let files = self.attachments();
        let held = files.held().map_err(|error| files.fault(&error))?;
        Ok((held.len() as u64, held.iter().map(|(_, bytes)| bytes).sum()))
    }

    /// Returns whether a record names this file, as far as views are built. A withdrawn record still does.
    pub fn names_file(&self, hash: &FileHash) -> Result<bool, Fault> {
        let mut query = search::Query {
            size: 1,
            withdrawn: search::Withdrawn::Included,
            ..search::Query::default()
        };
        query
            .facets
            .insert(FILES.to_owned(), [hash.to_string()].into());
        match self.index().search(&query) {
            Ok(answer) => Ok(!answer.hits.is_empty()),
            Err(search::Error::Fault(fault)) => Err(fault.into()),
            Err(search::Error::Refused(refused)) => Err(Fault::Search(refused.to_string())),
        }
    }

    /// Returns the files that records name, of the records that changed here after a change; of all records without one.
    pub fn files_named_after(&self, change: Option<u64>) -> Result<NamedFiles, Fault> {
        let mut named = NamedFiles::default();
        let reader = self.read()?;
        let mut query = search::Query {
            size: search::PAGE_MAX,
            withdrawn: search::Withdrawn::Included,
            changed_after: change,
            ..search::Query::default()
        };
        query
            .facets
            .insert(HAS_FILES.to_owned(), [HAS_FILES.to_owned()].into());
        loop {
            let answer = match self.index().search(&query) {
                Ok(answer) => answer,
                Err(search::Error::Fault(fault)) => return Err(fault.into()),
                Err(search::Error::Refused(refused)) => {
                    return Err(Fault::Search(refused.to_string()));
                }
            };
            for hit in &answer.hits {
                named.newest = named.newest.max(Some(hit.changed));
                let view = reader.record(&hit.record)?;
                let documents = view.map(|view| view.documents()).unwrap_or_default();
                named
                    .files
                    .extend(documents.into_iter().filter_map(Document::into_file));
            }
            query.offset += answer.hits.len();
            if answer.hits.len() < query.size {
                return Ok(named);
            }
        }
    }

    /// Removes the bytes of files that no record names any more, and returns how many went. `None` while it is not known what records
    /// name: views or the search index are being built, and it is to be asked again. While a charter or a root is in dispute, edits do
    /// not count that may count again, and only what was erased goes.
    pub fn clean_attachments(
        &self,
        leaving: Leaving,
        now: Timestamp,
    ) -> Result<Option<u64>, Fault> {
        let attaching = self.shared.attaching.write();
        let _attaching = attaching.unwrap_or_else(PoisonError::into_inner);
        if !self.wait_for_views(VIEWS_DEADLINE) || !self.is_level()? {
            return Ok(None);
        }
        let since_epoch = u64::try_from(now.as_millis()).unwrap_or_default();
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(since_epoch);
        let files = self.attachments();
        let mut due = files.due(|hash| self.names_file(hash), leaving, now)?;
        if due.is_empty() || (leaving == Leaving::Later && self.is_in_dispute()) {
            return Ok(Some(0));
        }
        // The index may be wrong without knowing: what is removed for good is asked of the records themselves.
        self.read()?.each_record(|view| {
            for document in view.documents() {
                if let Document::File(file) = document {
                    due.remove(&file.hash);
                }
            }
            Ok::<(), Fault>(())
        })?;
        for hash in &due {
            files.leave(hash)?;
        }
        Ok(Some(due.len() as u64))
    }

    fn is_in_dispute(&self) -> bool {
        let state = self.state();
        let governance = state.governance();
        let mut lines = governance.roots().lines();
        governance.adoption().is_disputed() || lines.any(|(_, line)| line.is_disputed())
    }
}

/// Returns the hash by which these bytes are named (BLAKE3, 32 bytes).
pub fn hash_of(bytes: &[u8]) -> FileHash {
    FileHash::from_bytes(*blake3::hash(bytes).as_bytes())
}

/// The folder of a node in which the files are.
pub(crate) const FOLDER: &str = "attachments";
const UNFINISHED: &str = ".unfinished";
const UNNAMED: &str = ".unnamed";
/// A node that is busy building views cleans another time.
const VIEWS_DEADLINE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    struct Folder {
        files: Attachments,
        named: RefCell<BTreeSet<FileHash>>,
        begun: SystemTime,
        _folder: tempfile::TempDir,
    }

    impl Folder {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            Self {
                files: Attachments::of(folder.path()),
                named: RefCell::default(),
                begun: fs::metadata(folder.path())
                    .and_then(|found| found.modified())
                    .expect("just made"),
                _folder: folder,
            }
        }

        fn clean(&self, leaving: Leaving, after: Duration) -> usize {
            let is_named = |hash: &FileHash| Ok(self.named.borrow().contains(hash));
            let due = self.files.due(is_named, leaving, self.begun + after);
            let due = due.expect("a sound folder");
            for hash in &due {
                self.files.leave(hash).expect("a sound folder");
            }
            due.len()
        }
    }

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_file_reads_back_by_its_hash_and_is_held_once() {
        let folder = Folder::new();
        assert!(folder.files.held().expect("no folder yet").is_empty());
        let hash = folder.files.keep(b"compte rendu").expect("kept");
        assert_eq!(folder.files.keep(b"compte rendu").expect("kept"), hash);
        assert_eq!(folder.files.held().expect("readable"), [(hash, 12)]);
        assert_eq!(
            folder.files.read(&hash).expect("readable").as_deref(),
            Some(&b"compte rendu"[..])
        );
        let other = hash_of(b"autre");
        assert!(!folder.files.holds(&other));
        assert_eq!(folder.files.read(&other).expect("no error"), None);
    }

    #[test]
    fn bytes_that_a_disk_changed_are_never_given_and_go() {
        let folder = Folder::new();
        let hash = folder.files.keep(b"compte rendu").expect("kept");
        fs::write(folder.files.path(&hash), b"compte rendX").expect("written");
        assert_eq!(folder.files.read(&hash).expect("no error"), None);
        assert!(!folder.files.holds(&hash));
        assert_eq!(folder.files.keep(b"compte rendu").expect("kept"), hash);
        fs::write(folder.files.path(&hash), b"").expect("written");
        assert_eq!(folder.files.check().expect("readable"), (1, 1));
    }

    #[test]
    fn a_file_that_no_record_names_goes_after_a_while_and_what_is_named_again_stays() {
        let folder = Folder::new();
        let hash = folder.files.keep(b"compte rendu").expect("kept");
        assert_eq!(folder.clean(Leaving::Later, HOUR), 0);
        assert_eq!(folder.clean(Leaving::Later, 10 * HOUR), 0);
        folder.named.borrow_mut().insert(hash);
        assert_eq!(folder.clean(Leaving::Later, 20 * HOUR), 0);
        folder.named.borrow_mut().clear();
        assert_eq!(
            folder.clean(Leaving::Later, 22 * HOUR),
            0,
            "counted from now on"
        );
        assert_eq!(folder.clean(Leaving::Later, 41 * HOUR), 0);
        assert_eq!(folder.clean(Leaving::Later, 43 * HOUR), 1);
        assert!(
            fs::read_dir(&folder.files.folder)
                .expect("there")
                .next()
                .is_none()
        );
    }

    #[test]
    fn an_erasure_takes_nothing_away_that_somebody_may_put_back() {
        let folder = Folder::new();
        let taken_away = folder.files.keep(b"compte rendu").expect("kept");
        assert_eq!(folder.clean(Leaving::Later, HOUR), 0);
        assert_eq!(folder.clean(Leaving::Now, 2 * HOUR), 0);
        assert!(folder.files.holds(&taken_away));
        assert_eq!(
            folder.clean(Leaving::Now, 22 * HOUR),
            1,
            "its own time has come"
        );
    }

    #[test]
    fn after_an_erasure_it_goes_at_once() {
        let folder = Folder::new();
        let gone = folder.files.keep(b"compte rendu").expect("kept");
        let stays = folder.files.keep(b"statuts").expect("kept");
        folder.named.borrow_mut().insert(stays);
        assert_eq!(folder.clean(Leaving::Now, HOUR), 1);
        assert_eq!(
            (folder.files.holds(&gone), folder.files.holds(&stays)),
            (false, true)
        );
    }

    #[test]
    fn what_a_killed_process_left_goes_and_a_stranger_s_file_stays() {
        let folder = Folder::new();
        folder.files.keep(b"compte rendu").expect("kept");
        for name in [".unfinishedAb3", "aide.txt"] {
            fs::write(folder.files.folder.join(name), b"x").expect("written");
        }
        folder.clean(Leaving::Later, HOUR);
        assert!(!folder.files.folder.join(".unfinishedAb3").exists());
        assert!(folder.files.folder.join("aide.txt").exists());
    }
}
