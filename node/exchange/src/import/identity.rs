//! By what a row keeps its record from one import to the next.

use std::collections::HashMap;

use crdt_schema::entry::RecordBirth;
use crdt_schema::id::{RecordId, hash};
use crdt_schema::territory::TerritoryCode;

use crate::report::Problem;
use crate::table::Column;

/// The identity of a row.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// The record that the row names itself, as our exports do.
    pub(super) record: Option<RecordId>,
    /// What tells the row from the others of its source.
    pub(super) key: String,
    /// The key that the row had, or will have, when a column whose name says nothing is read otherwise: by it the record is found where
    /// the first key finds none.
    pub(super) other_key: Option<String>,
    /// The column that the key comes from, if it is one.
    pub(super) column: Option<usize>,
    /// The official territory that the row is about: its record is the same for all partners, whatever the source is called.
    pub(super) official: Option<TerritoryCode>,
    /// The home territory of a new record.
    pub(super) territory: &'static str,
    /// The territory of the commune, whatever told which column has it.
    pub(super) place: &'static str,
}

impl Identity {
    /// Returns what a new record is born with.
    pub(super) fn birth(
        &self,
        kind: &str,
        territory: &str,
        (source, occurrence): (&str, u32),
    ) -> RecordBirth {
        match &self.official {
            Some(code) => code.birth(),
            None => RecordBirth {
                kind: kind.to_owned(),
                territory: territory.to_owned(),
                nonce: self.nonce(source, occurrence),
            },
        }
    }

    /// Returns the births that the record of the row may have had, the likeliest first.
    pub(super) fn births(&self, kind: &str, source: &str, times: Times) -> Vec<RecordBirth> {
        if let Some(code) = &self.official {
            return vec![code.birth()];
        }
        let keys = [
            Some((&self.key, times.key)),
            self.other_key.as_ref().map(|key| (key, times.other_key)),
        ];
        let mut births: Vec<RecordBirth> = Vec::new();
        for (key, occurrence) in keys.into_iter().flatten() {
            // A row that had no commune the last time has its record without territory.
            for territory in [self.territory, self.place, "*"] {
                let birth = RecordBirth {
                    kind: kind.to_owned(),
                    territory: territory.to_owned(),
                    nonce: nonce(key, source, occurrence),
                };
                if !births.contains(&birth) {
                    births.push(birth);
                }
            }
        }
        births
    }

    /// Returns the bytes that a new record's id is made of; the occurrence tells apart rows with the same key.
    pub(super) fn nonce(&self, source: &str, occurrence: u32) -> [u8; 16] {
        if let Some(code) = &self.official {
            return code.birth().nonce;
        }
        nonce(&self.key, source, occurrence)
    }

    /// Returns what names the row for what persons decide of it: a file of one kind says nothing of the rows of another, though they have
    /// the same identifiers.
    pub(super) fn row(&self, kind: &str, source: &str, occurrence: u32) -> [u8; 16] {
        let nonce = self.nonce(source, occurrence);
        let hash = hash("import-row-decided", &[kind.as_bytes(), &nonce]);
        *hash.first_chunk().expect("a hash is longer")
    }

    /// Warns that another row of the file has the same key.
    pub(super) fn repeated(&self, line: u64, columns: &[Column]) -> Problem {
        let reason = if self.official.is_some() {
            "Une autre ligne de ce fichier est du même territoire. Gardez une seule des deux lignes."
        } else if self.column.is_some() {
            "Une autre ligne de ce fichier a le même identifiant : elle donne une autre fiche. Vérifiez qu'il ne s'agit pas d'un doublon."
        } else {
            "Une autre ligne de ce fichier a le même nom et la même adresse : elle donne une autre fiche. Vérifiez qu'il ne s'agit pas d'un doublon."
        };
        let value = self.key.split_once(':').map_or("", |(_, value)| value);
        let value = value.replace('\u{1f}', " ");
        self.problem(line, columns, &value, "row_repeated", reason)
    }

    /// Refuses a row that names a record which it cannot be.
    pub(super) fn misplaced(
        &self,
        line: u64,
        columns: &[Column],
        is_of_another_kind: bool,
    ) -> Problem {
        let record = self
            .record
            .map(|record| record.to_string())
            .unwrap_or_default();
        let (code, reason) = if is_of_another_kind {
            (
                "record_of_another_kind",
                "Cette fiche existe, mais elle est d'une autre sorte. Choisissez la bonne sorte de fiches.",
            )
        } else {
            (
                "record_twice",
                "Une autre ligne de ce fichier décrit déjà cette fiche. Gardez une seule des deux lignes.",
            )
        };
        self.problem(line, columns, &record, code, reason)
    }

    fn problem(
        &self,
        line: u64,
        columns: &[Column],
        value: &str,
        code: &'static str,
        reason: &str,
    ) -> Problem {
        let problem = Problem::of_row(line, value, code, reason.to_owned());
        match self.column.and_then(|column| columns.get(column)) {
            Some(column) => problem.in_column(column),
            None => problem,
        }
    }
}

fn nonce(key: &str, source: &str, occurrence: u32) -> [u8; 16] {
    let source_len = u32::try_from(source.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    let occurrence = occurrence.to_be_bytes();
    let parts: [&[u8]; 4] = [&source_len, source.as_bytes(), &occurrence, key.as_bytes()];
    let mut nonce = [0; 16];
    nonce.copy_from_slice(&hash("import-row", &parts)[..16]);
    nonce
}

/// How many rows before had the same keys.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    pub(super) key: u32,
    other_key: u32,
}

/// The keys that were seen, by their nonces: sixteen bytes each, however long the texts.
#[derive(Debug, Default)]
pub(super) struct Seen(HashMap<[u8; 16], u32>);

impl Seen {
    /// Returns how many times the keys of a row were seen before, and counts them.
    pub(super) fn times(&mut self, identity: &Identity, source: &str) -> Times {
        let key = self.count(&identity.nonce(source, 0));
        let other = identity.other_key.as_deref();
        let other_key = other.map_or(0, |other| self.count_other(other, source));
        Times { key, other_key }
    }

    /// The other keys are counted apart: a row may have for its other key what a row before had for its first.
    fn count_other(&mut self, key: &str, source: &str) -> u32 {
        self.count(&nonce(key, source, u32::MAX))
    }

    fn count(&mut self, nonce: &[u8; 16]) -> u32 {
        let count = self.0.entry(*nonce).or_default();
        let before = *count;
        *count += 1;
        before
    }
}
