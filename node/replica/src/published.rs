//! The sidecar `published`: the last entry of our own feed that may have left this machine. It is written after the commit and
//! before the entry is sent, so that a store that was rolled back is found out before it signs one sequence twice.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crdt_schema::id::{EntryId, FeedId};

use crate::fault::Fault;
use crate::store;

const NAME: &str = "published";
const ENDED: &str = "ended";

/// A place in our own feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) feed: FeedId,
    pub(crate) sequence: u64,
    pub(crate) entry: EntryId,
}

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The feed is signed no more, whatever is held of it.
    Ended(FeedId),
    /// The last entry that may have left this machine.
    Published(Published),
}

/// The file, in the node's folder.
#[derive(Debug, Clone)]
pub(crate) struct Sidecar {
    path: PathBuf,
}

impl Sidecar {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join(NAME),
        }
    }

    /// The file as it was when a damaged store was set aside under this name.
    pub(crate) fn beside(aside: &Path) -> Self {
        let name = aside.file_name().unwrap_or_default().to_string_lossy();
        Self {
            path: aside.with_file_name(name.replacen(store::FILE, NAME, 1)),
        }
    }

    /// Keeps what the file says now beside a store that is about to be set aside.
    pub(crate) fn keep_beside(&self, aside: &Path) -> Result<(), Fault> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Self::beside(aside).replace(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Fault::file(&self.path, &error)),
        }
    }

    /// Removes the file, if it is there.
    pub(crate) fn remove(&self) -> Result<(), Fault> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Fault::file(&self.path, &error))
            }
            _ => Ok(()),
        }
    }

    /// Reads the file. `None` when there is none.
    pub(crate) fn read(&self) -> Result<Option<Mark>, Fault> {
        match fs::read_to_string(&self.path) {
            Ok(text) => parse(&text).map(Some).ok_or_else(|| Fault::damaged(NAME)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Fault::file(&self.path, &error)),
        }
    }

    /// Replaces the file: a power cut leaves the old one or the new one.
    pub(crate) fn write(&self, published: &Published) -> Result<(), Fault> {
        self.replace(&format!(
            "{} {} {}\n",
            published.feed, published.sequence, published.entry
        ))
    }

    /// Ends a feed: its key signs no more, also after a restart.
    pub(crate) fn end(&self, feed: &FeedId) -> Result<(), Fault> {
        self.replace(&format!("{ENDED} {feed}\n"))
    }

    fn replace(&self, text: &str) -> Result<(), Fault> {
        let path = &self.path;
        let mut new = path.clone().into_os_string();
        new.push(".new");
        let folder = path.parent().unwrap_or(Path::new("."));
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, path)?;
            File::open(folder)?.sync_all()
        };
        write().map_err(|error| Fault::file(path, &error))
    }
}

fn parse(text: &str) -> Option<Mark> {
    let mut words = text.split_whitespace();
    let mark = match words.next()? {
        ENDED => Mark::Ended(FeedId::parse(words.next()?).ok()?),
        feed => Mark::Published(Published {
            feed: FeedId::parse(feed).ok()?,
            sequence: words.next()?.parse().ok()?,
            entry: EntryId::parse(words.next()?).ok()?,
        }),
    };
    words.next().is_none().then_some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sidecar_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let sidecar = Sidecar::in_folder(folder.path());
        assert_eq!(sidecar.read().expect("no file is fine"), None);
        for sequence in [0, u64::MAX] {
            let published = Published {
                feed: FeedId::from_bytes([3; 32]),
                sequence,
                entry: EntryId::from_bytes([4; 32]),
            };
            sidecar.write(&published).expect("the folder is writable");
            assert_eq!(
                sidecar.read().expect("it was just written"),
                Some(Mark::Published(published))
            );
        }
    }

    #[test]
    fn an_ended_feed_stays_ended_until_another_is_published() {
        let folder = tempfile::tempdir().expect("a folder");
        let sidecar = Sidecar::in_folder(folder.path());
        let feed = FeedId::from_bytes([3; 32]);
        sidecar.end(&feed).expect("the folder is writable");
        assert_eq!(
            sidecar.read().expect("it was just written"),
            Some(Mark::Ended(feed))
        );
        for damaged in ["ended", "ended 03", "ended x y", ""] {
            fs::write(folder.path().join(NAME), damaged).expect("the folder is writable");
            assert!(sidecar.read().is_err(), "{damaged:?}");
        }
    }

    #[test]
    fn a_damaged_sidecar_is_no_missing_sidecar() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(NAME), "0304 7").expect("the folder is writable");
        let read = Sidecar::in_folder(folder.path()).read();
        assert!(matches!(read, Err(Fault::Damaged { .. })), "{read:?}");
    }
}
