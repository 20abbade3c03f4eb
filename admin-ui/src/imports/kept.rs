//! What is remembered of a source, so that its next file needs no more than a look.

use crdt_schema::record::Kind;
use exchange::{Column, KEPT_CODES, Only};
use replica::local::Local;
use serde::{Deserialize, Serialize};

use crate::files::Remembered;

/// How the columns of a source become fields, as it lies in the local store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    version: u8,
    kind: Option<String>,
    wishes: Vec<(String, String)>,
    confirmed: Vec<(String, String)>,
    /// The part of an official list that is wanted: the next year's list is cut in the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    only: Option<String>,
}

/// The version that is written.
const VERSION: u8 = 1;

impl Kept {
    pub(crate) fn of(what: &Remembered) -> Self {
        Self {
            version: VERSION,
            kind: what.kind.map(|kind| kind.code.to_owned()),
            wishes: what.wishes.clone(),
            confirmed: lasting(&what.confirmed).cloned().collect(),
            only: what.only.as_ref().map(Only::code),
        }
    }

    /// Reads what is kept of a source. What a newer version wrote is no more than nothing.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let kept: Self = serde_json::from_slice(bytes).ok()?;
        (kept.version == VERSION).then_some(kept)
    }

    /// Keeps it. A mapping that is not kept costs some clicks the next time: it does not fail the import.
    pub(crate) fn keep(&self, local: &Local, source: &str) {
        let Ok(bytes) = serde_json::to_vec(self) else {
            return;
        };
        if let Err(error) = local.keep_mapping(source, &bytes) {
            tracing::error!(%error, "the mapping of a source was not kept");
        }
    }

    /// Returns all that is kept, whatever columns a file has.
    pub(crate) fn whole(&self) -> Remembered {
        Remembered {
            kind: self.kind.as_deref().and_then(Kind::parse),
            wishes: self.wishes.clone(),
            confirmed: lasting(&self.confirmed).cloned().collect(),
            only: self.only.as_deref().and_then(Only::parse),
        }
    }

    /// Returns what holds for a file of the same source: of the columns, those that this file has too. The kind that the person
    /// names goes first, and then only columns of that kind are remembered.
    pub(crate) fn remembered(
        &self,
        kind: Option<&'static Kind>,
        columns: &[Column],
    ) -> Option<Remembered> {
        let own = self.kind.as_deref().and_then(Kind::parse);
        if kind.is_some() && kind.map(|kind| kind.code) != own.map(|kind| kind.code) {
            return None;
        }
        let is_there = |name: &str| columns.iter().any(|column| column.name == name);
        let wishes = self.wishes.iter();
        let wishes = wishes.filter(|(column, _)| is_there(column));
        let confirmed = lasting(&self.confirmed).filter(|(column, _)| is_there(column));
        Some(Remembered {
            kind: own,
            wishes: wishes.cloned().collect(),
            confirmed: confirmed.cloned().collect(),
            only: self.only.as_deref().and_then(Only::parse),
        })
    }
}

/// The confirmations that hold for the next file too. How a column is read is such a one; that the file goes before what a partner wrote,
/// or brings back what was erased, is decided for the values that a person has seen, and for no others. What older versions kept may
/// have those: they are left out when it is read as well.
fn lasting(confirmed: &[(String, String)]) -> impl Iterator<Item = &(String, String)> {
    let is_lasting = |(_, code): &&(String, String)| !KEPT_CODES.contains(&code.as_str());
    confirmed.iter().filter(is_lasting)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use exchange::Table;

    use super::*;

    fn pair(column: &str, to: &str) -> (String, String) {
        (column.to_owned(), to.to_owned())
    }

    #[test]
    fn only_columns_that_the_next_file_has_are_remembered() {
        let said = Remembered {
            kind: Kind::parse("actor"),
            wishes: vec![pair("Club", "name"), pair("Ancienne", "")],
            confirmed: vec![pair("CP", "padding")],
            only: Only::parse("DEP-45"),
        };
        let kept = Kept::of(&said);
        let bytes = serde_json::to_vec(&kept).expect("serialises");
        let read = Kept::read(&bytes).expect("is what was written");
        assert_eq!(read, kept);
        let file = Cursor::new("Club;Nouvelle\na;b\n");
        let table = Table::read(file, &exchange::Choices::default()).expect("a table");
        let again = read.remembered(None, table.columns()).expect("fits");
        assert_eq!(again.wishes, [pair("Club", "name")]);
        assert!(again.confirmed.is_empty());
        assert_eq!(again.only, Only::parse("DEP-45"));
        assert_eq!(read.remembered(Kind::parse("event"), table.columns()), None);
    }

    #[test]
    fn what_was_decided_for_single_values_is_neither_kept_nor_read_back() {
        let mut said = Remembered {
            confirmed: vec![pair("CP", "padding")],
            ..Remembered::default()
        };
        let lasting = said.confirmed.clone();
        let decided = KEPT_CODES.map(|code| pair("CP", code));
        said.confirmed.extend(decided.clone());
        assert_eq!(Kept::of(&said).confirmed, lasting);
        let older = Kept {
            confirmed: said.confirmed,
            ..Kept::of(&Remembered::default())
        };
        let file = Cursor::new("CP;Nom\n45500;b\n");
        let table = Table::read(file, &exchange::Choices::default()).expect("a table");
        let again = older.remembered(None, table.columns()).expect("fits");
        assert_eq!(again.confirmed, lasting);
    }

    #[test]
    fn what_is_no_mapping_of_ours_is_nothing() {
        for bytes in [
            &b""[..],
            b"{}",
            b"\xff",
            br#"{"version":2,"kind":null,"wishes":[],"confirmed":[]}"#,
        ] {
            assert_eq!(Kept::read(bytes), None);
        }
    }
}
