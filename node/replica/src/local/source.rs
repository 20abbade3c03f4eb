//! The last result of each source of imports on this node, so that whoever keeps the source sees whether it still comes in.

use std::collections::BTreeSet;

use redb::{ReadableDatabase, ReadableTable};
use serde::{Deserialize, Serialize};

use super::{Local, MAPPINGS, SOURCE_RESULTS, from_row, to_row};
use crate::fault::Fault;

/// What the last import of a source did. No value of a record is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceResult {
    /// The name of the file.
    pub file: String,
    /// The kind of the records, by its code.
    pub kind: String,
    /// The account that asked for it; empty for the command line.
    pub by: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Rows that were read.
    pub rows: u64,
    /// Rows that made a record.
    pub new: u64,
    /// Rows that changed one.
    pub changed: u64,
    /// Rows that changed nothing.
    pub unchanged: u64,
    /// Rows that were refused.
    pub refused: u64,
    /// Whether anything was allowed to be written: a file with refused rows may have been held up whole.
    pub is_written: bool,
}

impl Local {
    /// Keeps what the last import of a source did, in the place of the one before.
    pub fn keep_source_result(&self, source: &str, result: &SourceResult) -> Result<(), Fault> {
        self.keep_bytes(SOURCE_RESULTS, source, &to_row(result))
    }

    /// Returns what the last import of a source did.
    pub fn source_result(&self, source: &str) -> Result<Option<SourceResult>, Fault> {
        let row = self.bytes(SOURCE_RESULTS, source)?;
        row.map(|row| from_row("source results", &row)).transpose()
    }

    /// Returns the names of the sources of which a mapping or a result is kept, in their order.
    pub fn known_sources(&self) -> Result<BTreeSet<String>, Fault> {
        let read = self.database().begin_read()?;
        let mut sources = BTreeSet::new();
        for table in [MAPPINGS, SOURCE_RESULTS] {
            for row in read.open_table(table)?.iter()? {
                sources.insert(row?.0.value().to_owned());
            }
        }
        Ok(sources)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::FILE;
    use crate::local::tests::temporary;

    fn result(rows: u64) -> SourceResult {
        SourceResult {
            file: "clubs.csv".to_owned(),
            kind: "actor".to_owned(),
            by: "camille".to_owned(),
            at_ms: 7,
            rows,
            new: 1,
            changed: 2,
            unchanged: 3,
            refused: 4,
            is_written: true,
        }
    }

    #[test]
    fn the_last_result_of_a_source_stands_and_is_in_copies() {
        let (folder, local) = temporary();
        local.keep_mapping("drajes", b"{}").expect("writes");
        for rows in [10, 11] {
            let kept = local.keep_source_result("clubs", &result(rows));
            kept.expect("writes");
        }
        drop(local);
        let local = Local::open(&folder.path().join(FILE)).expect("opens again");
        let path = folder.path().join("copy");
        local.copy_to(&path).expect("copies");
        let copy = Local::open(&path).expect("opens");
        for store in [&local, &copy] {
            let held = store.source_result("clubs").expect("reads");
            assert_eq!(held, Some(result(11)));
            assert_eq!(store.source_result("drajes").expect("reads"), None);
            let known = store.known_sources().expect("reads");
            assert!(known.iter().eq(["clubs", "drajes"]), "{known:?}");
        }
    }
}
