//! What may stand in the place of a withdrawn record, as far as this node can tell, and what does.

use std::collections::{BTreeSet, HashMap};

use crdt_schema::id::RecordId;

use crate::fault::Fault;
use crate::indexing::LINKS;
use crate::reader::Reader;
use crate::replica::Replica;
use crate::search::{self, Query, Withdrawn};

/// Why a record cannot stand in the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoReplacement {
    /// It is the record that is withdrawn.
    #[error("a record cannot replace itself")]
    Itself,
    /// It is not held here.
    #[error("the record that replaces it is not held here")]
    Unknown,
    /// It is withdrawn too.
    #[error("the record that replaces it is withdrawn itself")]
    Withdrawn,
}

impl NoReplacement {
    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            NoReplacement::Itself => "replaced_by_itself",
            NoReplacement::Unknown => "replaced_by_unknown",
            NoReplacement::Withdrawn => "replaced_by_withdrawn",
        }
    }
}

impl Reader {
    /// Says why a record cannot stand in the place of another. Nothing is judged for ever: partners may withdraw both at once, apart.
    pub fn replaces(
        &self,
        record: &RecordId,
        other: &RecordId,
    ) -> Result<Option<NoReplacement>, Fault> {
        if record == other {
            return Ok(Some(NoReplacement::Itself));
        }
        Ok(match self.record(other)? {
            Some(view) if view.fields().is_empty() => Some(NoReplacement::Unknown),
            None => Some(NoReplacement::Unknown),
            Some(view) => view.is_withdrawn().then_some(NoReplacement::Withdrawn),
        })
    }

    /// Returns the record in whose place a link leads: itself, or what replaced it, through as many records as that takes. Of records
    /// that replace each other, none stands for the others: each leads to itself.
    pub fn standing(&self, record: &RecordId) -> Result<RecordId, Fault> {
        let (mut at, mut met) = (*record, BTreeSet::from([*record]));
        while let Some(next) = self.record(&at)?.and_then(|view| view.replaced_by()) {
            if !met.insert(next) {
                return Ok(*record);
            }
            let held = self.record(&next)?;
            if held.is_none_or(|view| view.fields().is_empty()) {
                break;
            }
            at = next;
        }
        Ok(at)
    }
}

/// Where links lead, for whoever reads many records: most lead to few.
#[derive(Default)]
pub struct Standing {
    known: HashMap<RecordId, RecordId>,
}

/// Links that are remembered: a megabyte.
const KNOWN_MAX: usize = 20_000;

impl Standing {
    /// Does what [`Reader::standing`] does, and remembers it.
    pub fn of(&mut self, reader: &Reader, record: &RecordId) -> Result<RecordId, Fault> {
        if let Some(known) = self.known.get(record) {
            return Ok(*known);
        }
        let standing = reader.standing(record)?;
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        self.known.insert(*record, standing);
        Ok(standing)
    }
}

/// Records that one replaces and that are looked for: what leads to more of them is found in part.
const REPLACED_MAX: usize = 200;

impl Replica {
    /// Returns the withdrawn records in whose place this one stands. What was withdrawn an instant ago may be missing.
    pub fn replaced(&self, record: &RecordId) -> Result<BTreeSet<RecordId>, search::Error> {
        let reader = self.read()?;
        let (mut replaced, mut waiting) = (BTreeSet::new(), vec![*record]);
        while let Some(place) = waiting.pop() {
            let query = Query {
                facets: [(LINKS.to_owned(), [place.to_string()].into())].into(),
                withdrawn: Withdrawn::Only,
                ..Query::default()
            };
            for other in self.index().records(&query)? {
                let view = reader.record(&other)?;
                let is_its = view.is_some_and(|view| view.replaced_by() == Some(place));
                if is_its && other != *record && replaced.insert(other) {
                    waiting.push(other);
                }
                if replaced.len() >= REPLACED_MAX {
                    return Ok(replaced);
                }
            }
        }
        Ok(replaced)
    }
}
