//! The sidecar `published`: the last entry of our own feed that may have left this machine. It is written after the commit and
//! before the entry is sent, so that a store that was rolled back is found out before it signs one sequence twice.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crdt_schema::id::{EntryId, FeedId};

use crate::fault::Fault;

const NAME: &str = "published";

/// A place in our own feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) feed: FeedId,
    pub(crate) sequence: u64,
    pub(crate) entry: EntryId,
}

/// The file, in the node's folder.
#[derive(Debug, Clone)]
pub(crate) struct Sidecar {
    folder: PathBuf,
}

impl Sidecar {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Reads the file. `None` when there is none.
    pub(crate) fn read(&self) -> Result<Option<Published>, Fault> {
        let path = self.folder.join(NAME);
        match fs::read_to_string(&path) {
            Ok(text) => parse(&text).map(Some).ok_or_else(|| Fault::damaged(NAME)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Fault::file(path, &error)),
        }
    }

    /// Replaces the file: a power cut leaves the old one or the new one.
    pub(crate) fn write(&self, published: &Published) -> Result<(), Fault> {
        let path = self.folder.join(NAME);
        let new = self.folder.join(format!("{NAME}.new"));
        let text = format!(
            "{} {} {}\n",
            published.feed, published.sequence, published.entry
        );
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|error| Fault::file(&path, &error))
    }
}

fn parse(text: &str) -> Option<Published> {
    let mut words = text.split_whitespace();
    let published = Published {
        feed: FeedId::parse(words.next()?).ok()?,
        sequence: words.next()?.parse().ok()?,
        entry: EntryId::parse(words.next()?).ok()?,
    };
    words.next().is_none().then_some(published)
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
                Some(published)
            );
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
