//! What persons have decided of rows of a source, for its next file. Nothing of the rows is kept: sixteen bytes name each.

use std::collections::BTreeMap;

use redb::ReadableDatabase;

use super::imported::{SOURCE_BYTES, source_key};
use super::{IMPORT_CHOICES, Local};
use crate::fault::Fault;

/// What names a row among those of its source.
type Row = [u8; 16];

impl Local {
    /// Returns what was decided of the rows of a source.
    pub fn row_choices(&self, source: &str) -> Result<BTreeMap<Row, Vec<u8>>, Fault> {
        let (first, last) = keys_of(source);
        let read = self.database().begin_read()?;
        let table = read.open_table(IMPORT_CHOICES)?;
        let mut choices = BTreeMap::new();
        for row in table.range::<&[u8; 32]>(&first..=&last)? {
            let (key, choice) = row?;
            let row: Row = *key.value().last_chunk().expect("of 32 bytes");
            choices.insert(row, choice.value().to_vec());
        }
        Ok(choices)
    }

    /// Keeps what was decided of rows of a source, in the place of what was before.
    pub fn keep_row_choices(&self, source: &str, choices: &[(Row, Vec<u8>)]) -> Result<(), Fault> {
        if choices.is_empty() {
            return Ok(());
        }
        self.write(|write| {
            let mut table = write.open_table(IMPORT_CHOICES)?;
            for (row, choice) in choices {
                table.insert(&key(source, row), choice.as_slice())?;
            }
            Ok(())
        })
    }

    /// Forgets what was decided of the rows of a source.
    pub fn forget_row_choices(&self, source: &str) -> Result<(), Fault> {
        let (first, last) = keys_of(source);
        self.write(|write| {
            let mut table = write.open_table(IMPORT_CHOICES)?;
            table.retain_in::<&[u8; 32], _>(&first..=&last, |_, _| false)?;
            Ok(())
        })
    }
}

fn key(source: &str, row: &Row) -> [u8; 32] {
    let mut key = [0; 32];
    key[..SOURCE_BYTES].copy_from_slice(&source_key(source));
    key[SOURCE_BYTES..].copy_from_slice(row);
    key
}

fn keys_of(source: &str) -> ([u8; 32], [u8; 32]) {
    (key(source, &[0; 16]), key(source, &[0xff; 16]))
}

#[cfg(test)]
mod tests {
    use crate::local::tests::temporary;

    #[test]
    fn decisions_are_kept_by_source_until_they_are_forgotten() {
        let (_folder, local) = temporary();
        let keep = |source, row: u8, choice: u8| {
            let kept = local.keep_row_choices(source, &[([row; 16], vec![choice])]);
            kept.expect("writes");
        };
        keep("clubs", 0, 1);
        keep("clubs", 0xff, 2);
        keep("clubs", 0xff, 3);
        keep("autre", 7, 4);
        let held = |source| local.row_choices(source).expect("reads");
        let clubs = [([0; 16], vec![1]), ([0xff; 16], vec![3])];
        assert_eq!(held("clubs"), clubs.into());
        local.forget_row_choices("clubs").expect("writes");
        assert!(held("clubs").is_empty());
        assert_eq!(held("autre").len(), 1);
    }
}
