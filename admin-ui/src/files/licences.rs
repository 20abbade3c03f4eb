//! The licences of sources, and what of their records may leave for everyone.
//!
//! Records name their sources in words: a word is that of a source's record by its name, or by its id.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::id::RecordId;
use crdt_schema::record::{Licence, folded};
use crdt_schema::view::RecordView;
use replica::search::{Query, Withdrawn};
use replica::{Reader, Replica};

use super::export::ExportError;
use super::{name_of, text_of};

/// A source that has a record of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicensedSource {
    /// Its record.
    pub record: RecordId,
    /// Its name.
    pub name: String,
    /// Its licence, if anybody said it.
    pub licence: Option<Licence>,
    /// What the licence asks to be written.
    pub attribution: String,
}

/// The sources of a census, by the words that records name them by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Licences {
    sources: Vec<LicensedSource>,
    by_word: BTreeMap<String, Vec<usize>>,
}

impl LicensedSource {
    /// Whether its records stay among partners.
    pub fn is_closed(&self) -> bool {
        self.licence
            .as_ref()
            .is_some_and(|licence| licence.is_closed)
    }

    /// Says in one line under what its records may be used.
    pub fn line(&self) -> String {
        let licence = self.licence.as_ref().map(|licence| licence.name.as_str());
        let parts = [
            Some(self.name.as_str()),
            licence,
            Some(self.attribution.as_str()),
        ];
        let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(", ")
    }
}

impl Licences {
    /// Reads the sources. One that came an instant ago may be missing.
    pub(crate) fn of(replica: &Replica, reader: &Reader) -> Result<Self, ExportError> {
        let query = Query {
            kind: Some("source".to_owned()),
            withdrawn: Withdrawn::Included,
            ..Query::default()
        };
        let mut licences = Self::default();
        for record in replica.found(&query).map_err(ExportError::Search)? {
            let Some(view) = reader.record(&record)? else {
                continue;
            };
            let licence = Licence::of(&view);
            // What a source closed stays closed when its record is withdrawn, or merged into another one.
            if view.is_withdrawn() && !licence.as_ref().is_some_and(|licence| licence.is_closed) {
                continue;
            }
            let (name, place) = (name_of(&view), licences.sources.len());
            for word in [folded(&name), record.to_string()] {
                licences.by_word.entry(word).or_default().push(place);
            }
            licences.sources.push(LicensedSource {
                record,
                name,
                licence,
                attribution: text_of(&view, "attribution"),
            });
        }
        Ok(licences)
    }

    /// All sources, in the order of their records.
    pub(crate) fn sources(&self) -> &[LicensedSource] {
        &self.sources
    }

    /// Returns the source that a word names; `None` where it names none, or several.
    pub(crate) fn named(&self, word: &str) -> Option<&LicensedSource> {
        match self.places(word) {
            [place] => Some(&self.sources[*place]),
            _ => None,
        }
    }

    /// Whether a source of a record is closed. Of several sources of one name, one that is closed is enough.
    pub(crate) fn closes(&self, view: &RecordView) -> bool {
        self.places_of(view)
            .iter()
            .any(|place| self.sources[*place].is_closed())
    }

    /// The sources of a record that have records of their own, by their places.
    pub(super) fn places_of(&self, view: &RecordView) -> BTreeSet<usize> {
        let words = view.field("sources").into_iter();
        let words = words.flat_map(|held| held.terms.keys());
        words.flat_map(|word| self.places(word)).copied().collect()
    }

    /// Says in a line each under what a record may be used, by its sources that have records of their own.
    pub(super) fn lines(&self, view: &RecordView) -> Vec<String> {
        let places = self.places_of(view).into_iter();
        places.map(|place| self.sources[place].line()).collect()
    }

    fn places(&self, word: &str) -> &[usize] {
        let known = self
            .by_word
            .get(&folded(word))
            .or_else(|| self.by_word.get(word));
        known.map_or(&[], Vec::as_slice)
    }
}
