//! Files that commands write: complete or not there.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::call::Refusal;

/// A file that is complete or not there.
pub(crate) struct WholeFile<'a> {
    path: &'a Path,
    file: NamedTempFile,
}

/// What becomes of a file that is there already.
#[derive(Clone, Copy)]
pub(crate) enum Existing {
    /// It stays, and the new one is refused.
    Kept,
    /// It is replaced.
    Replaced,
}

/// Why a file is not there.
pub(crate) enum Unwhole<E> {
    File(Refusal),
    Other(E),
}

impl<E: Display> Unwhole<E> {
    pub(crate) fn sentence(self) -> String {
        match self {
            Unwhole::File(refusal) => refusal.message,
            Unwhole::Other(error) => error.to_string(),
        }
    }
}

impl<'a> WholeFile<'a> {
    /// Says at once where the folder takes no file.
    pub(crate) fn begin(path: &'a Path) -> Result<Self, Refusal> {
        let folder = path.parent().unwrap_or(Path::new("."));
        match NamedTempFile::new_in(folder) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(unwritten(path, &error)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.path
    }

    /// Writes it, and gives it its name once it is on the disk.
    pub(crate) fn write<T, E>(
        self,
        existing: Existing,
        write: impl FnOnce(&File) -> Result<T, E>,
    ) -> Result<T, Unwhole<E>> {
        let failed = |error: io::Error| Unwhole::File(unwritten(self.path, &error));
        let written = write(self.file.as_file()).map_err(Unwhole::Other)?;
        self.file.as_file().sync_all().map_err(failed)?;
        let placed = match existing {
            Existing::Kept => self.file.persist_noclobber(self.path),
            Existing::Replaced => self.file.persist(self.path),
        };
        placed.map_err(|error| match error.error.kind() {
            ErrorKind::AlreadyExists => Unwhole::File(exists(self.path)),
            _ => failed(error.error),
        })?;
        Ok(written)
    }
}

/// The refusal of a name that is taken.
pub(crate) fn exists(path: &Path) -> Refusal {
    let message = format!(
        "{} is there already: give another name, or replace it with --force",
        path.display()
    );
    Refusal::new("file_exists", message)
}

/// The refusal of a file that cannot be written.
pub(crate) fn unwritten(path: &Path, error: &io::Error) -> Refusal {
    Refusal::new("file", format!("{}: {error}", path.display()))
}
