//! What is remembered of a source, so that its next file needs no more than a look.

use crdt_schema::record::Kind;
use exchange::{Column, Only};
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
            confirmed: what.confirmed.clone(),
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
        let present = |pairs: &[(String, String)]| {
            let there = pairs.iter().filter(|(column, _)| is_there(column));
            there.cloned().collect::<Vec<_>>()
        };
        Some(Remembered {
            kind: own,
            wishes: present(&self.wishes),
            confirmed: present(&self.confirmed),
            only: self.only.as_deref().and_then(Only::parse),
        })
    }
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
