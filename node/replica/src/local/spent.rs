//! What was charged to partners of what they may publish in a day. Whoever counts chooses the bytes.

use redb::{Durability, ReadableDatabase, ReadableTable};

use super::{Local, SPENT};
use crate::fault::Fault;

/// A row as it is kept: account and day, with what was charged.
pub type SpentBytes = ([u8; 41], [u8; 32]);

impl Local {
    /// Returns every row.
    pub fn spent(&self) -> Result<Vec<SpentBytes>, Fault> {
        let read = self.database().begin_read()?;
        let mut rows = Vec::new();
        for row in read.open_table(SPENT)?.iter()? {
            let (key, value) = row?;
            rows.push((*key.value(), *value.value()));
        }
        Ok(rows)
    }

    /// Keeps rows in the place of those before; one of zeros is forgotten. It is not waited for the disk: after a crash, what was counted
    /// since the last write that was waited for may be spent once more.
    pub fn keep_spent(&self, rows: &[SpentBytes]) -> Result<(), Fault> {
        self.write_with(Durability::None, |write| {
            let mut table = write.open_table(SPENT)?;
            for (key, value) in rows {
                if *value == [0; 32] {
                    table.remove(key)?;
                } else {
                    table.insert(key, value)?;
                }
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::local::tests::temporary;
    use crate::local::{FILE, Local};

    #[test]
    fn what_was_spent_is_there_after_a_stop_in_good_order() {
        let (folder, local) = temporary();
        let row = |key, value| ([key; 41], [value; 32]);
        let keep = |local: &Local, rows: &[_]| local.keep_spent(rows).expect("writes");
        keep(&local, &[row(1, 1), row(2, 2), row(3, 3)]);
        keep(&local, &[row(1, 4), row(2, 0)]);
        assert_eq!(local.spent().expect("reads"), [row(1, 4), row(3, 3)]);
        let copy = folder.path().join("copy");
        local.copy_to(&copy).expect("copies");
        drop(local);
        for path in [folder.path().join(FILE), copy] {
            let local = Local::open(&path).expect("opens again");
            assert_eq!(local.spent().expect("reads"), [row(1, 4), row(3, 3)]);
        }
    }
}
