//! Segments written anew: a removed document stays in its segment, with all its words, until the segment is merged.

use super::error::Fault;
use super::index::Index;

/// Merges of the engine's own run beside ours and may take a segment away first.
const ATTEMPTS_MAX: usize = 5;

impl Index {
    /// Writes every segment anew that holds removed documents, and removes the files of the old ones.
    pub(crate) fn purge(&self) -> Result<(), Fault> {
        let mut writer = self.begin()?;
        for attempt in 1.. {
            let worn: Vec<_> = writer
                .engine
                .index()
                .searchable_segment_metas()?
                .iter()
                .filter(|segment| segment.has_deletes())
                .map(|segment| segment.id())
                .collect();
            if worn.is_empty() {
                break;
            }
            match writer.engine.merge(&worn).wait() {
                Err(error) if attempt == ATTEMPTS_MAX => return Err(error.into()),
                Err(error) => tracing::debug!("segments are merged again: {error}"),
                Ok(_) => {}
            }
        }
        // The reader lets go of the old segments, so that their files can go.
        self.reload()?;
        writer.engine.garbage_collect_files().wait()?;
        Ok(())
    }
}
