//! Segments written anew: a removed document stays in its segment, with all its words, until the segment is merged.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::error::Fault;
use super::index::Index;

/// Merges of the engine's own run beside ours and may take a segment away first.
const ATTEMPTS_MAX: usize = 5;

impl Index {
    /// Writes every segment anew that holds removed documents, and removes the files of the old ones. Returns whether these are gone
    /// from the folder: a search that is under way keeps its segments until it ends.
    pub(crate) fn purge(&self, folder: &Path) -> Result<bool, Fault> {
        let mut writer = self.begin()?;
        let mut old = BTreeSet::new();
        for attempt in 1.. {
            let segments = writer.engine.index().searchable_segment_metas()?;
            let worn = segments.iter().filter(|segment| segment.has_deletes());
            let worn: Vec<_> = worn.map(|segment| segment.id()).collect();
            if worn.is_empty() {
                break;
            }
            old.extend(worn.iter().map(|segment| segment.uuid_string()));
            match writer.engine.merge(&worn).wait() {
                Err(error) if attempt == ATTEMPTS_MAX => return Err(error.into()),
                Err(error) => tracing::debug!("segments are merged again: {error}"),
                Ok(_) => {}
            }
        }
        // The reader lets go of the old segments, so that their files can go.
        self.reload()?;
        writer.engine.garbage_collect_files().wait()?;
        let unusable = |source| Fault::Folder {
            folder: folder.to_owned(),
            source,
        };
        // Segments that the engine had merged by itself are told by what is no segment any more.
        let live = writer.engine.index().searchable_segment_ids()?;
        let live: BTreeSet<String> = live.iter().map(|segment| segment.uuid_string()).collect();
        for file in fs::read_dir(folder).map_err(unusable)? {
            let name = file.map_err(unusable)?.file_name();
            let segment = name.to_str().and_then(|name| name.get(..SEGMENT_CHARS));
            let is_segment = |id: &&str| id.bytes().all(|digit| digit.is_ascii_hexdigit());
            if let Some(id) = segment.filter(is_segment)
                && (old.contains(id) || !live.contains(id))
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The letters of a segment's id, with which the names of its files start.
const SEGMENT_CHARS: usize = 32;
