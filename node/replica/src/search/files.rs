//! The folder of the index: opened when it can be used, emptied and begun again when it cannot.

use std::path::Path;
use std::{fs, io};

use tantivy::directory::error::LockError;
use tantivy::directory::{Directory, INDEX_WRITER_LOCK, MmapDirectory};
use tantivy::schema::Schema;

use super::error::Fault;
use crate::lock::patiently;

/// Opens the index in a folder, or begins an empty one when there is none, or one that is damaged or of another version.
///
/// `accept` tells whether the payload of the last commit is of the version wanted.
pub(super) fn open(
    folder: &Path,
    schema: &Schema,
    accept: impl Fn(&str) -> bool,
) -> Result<tantivy::Index, Fault> {
    let unusable = |source| Fault::Folder {
        folder: folder.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(unusable)?;
    let directory = MmapDirectory::open(folder).map_err(tantivy::TantivyError::from)?;
    // Held while judging, so that a folder being written by another process is never taken for a damaged one.
    let lock = patiently(
        || directory.acquire_lock(&INDEX_WRITER_LOCK),
        |error| matches!(error, LockError::LockBusy),
    );
    let lock = lock.map_err(|error| match error {
        LockError::LockBusy => Fault::InUse {
            folder: folder.to_owned(),
        },
        LockError::IoError(source) => unusable(io::Error::new(source.kind(), source)),
    })?;
    if let Some(index) = usable(&directory, schema, accept) {
        return Ok(index);
    }
    empty(folder).map_err(unusable)?;
    // A directory remembers the files it has seen; this one has seen the old ones.
    let directory = MmapDirectory::open(folder).map_err(tantivy::TantivyError::from)?;
    let index =
        tantivy::Index::create(directory, schema.clone(), tantivy::IndexSettings::default())?;
    drop(lock);
    Ok(index)
}

/// Returns the index of a folder when it has the schema and version wanted and all its segments can be read.
fn usable(
    directory: &MmapDirectory,
    schema: &Schema,
    accept: impl Fn(&str) -> bool,
) -> Option<tantivy::Index> {
    if !tantivy::Index::exists(directory).ok()? {
        return None;
    }
    let problem = match read(directory) {
        Ok((index, payload)) => {
            let wanted = index.schema() == *schema && payload.as_deref().is_some_and(accept);
            if wanted {
                return Some(index);
            }
            "another version wrote it".to_owned()
        }
        Err(error) => error.to_string(),
    };
    tracing::warn!(
        problem,
        "the search index cannot be used and is begun again"
    );
    None
}

fn read(directory: &MmapDirectory) -> tantivy::Result<(tantivy::Index, Option<String>)> {
    let index = tantivy::Index::open(directory.clone())?;
    // Opens each file of each segment, whose footers show a truncation.
    index.reader()?;
    let payload = index.load_metas()?.payload;
    Ok((index, payload))
}

/// Removes the files of an index, and nothing else: the folder comes from a configuration, which may be wrong.
fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_file() && name.to_str().is_some_and(is_of_an_index) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn is_of_an_index(name: &str) -> bool {
    let segment = name.split('.').next().unwrap_or_default();
    let is_segment = segment.len() == 32 && segment.bytes().all(|b| b.is_ascii_hexdigit());
    is_segment || name == "meta.json" || name == ".managed.json"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_an_index_are_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let segment = "0123456789abcdef0123456789abcdef.12.del";
        let kept = [
            "store.redb",
            "0123.idx",
            ".tantivy-writer.lock",
            "meta.json.old",
        ];
        for name in ["meta.json", ".managed.json", segment].iter().chain(&kept) {
            fs::write(folder.path().join(name), "x").expect("written");
        }
        empty(folder.path()).expect("emptied");
        let left = fs::read_dir(folder.path()).expect("read").count();
        assert_eq!(left, kept.len());
        assert!(kept.iter().all(|name| folder.path().join(name).exists()));
    }
}
