//! What is searched: one flat document for each record.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::id::RecordId;
use crdt_schema::label::Day;
use crdt_schema::likeness::Block;
use crdt_schema::time::Timestamp;

/// A record as the search sees it. Only what is put here can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchDocument {
    /// The record.
    pub record: RecordId,
    /// Its kind, by its code.
    pub kind: String,
    /// Its name, as people read it.
    pub name: String,
    /// All its names, by the whole of which it is found too: in a conflict there are several.
    pub names: Box<[String]>,
    /// All other texts worth finding.
    pub texts: Vec<String>,
    /// Whether it is withdrawn: searches then leave it out, but where they ask for it.
    pub is_withdrawn: bool,
    /// Values by facet: territories, themes, audiences, status… A facet of any name can be added without changing the index.
    pub facets: BTreeMap<String, BTreeSet<String>>,
    /// Codes found by their whole only: SIRET, RNA, commune…
    pub codes: Vec<String>,
    /// What the record is compared by with others.
    pub blocks: BTreeSet<Block>,
    /// When the record was last changed here, for the newest first.
    pub updated: Timestamp,
    /// Latitude and longitude, in 10⁻⁷ degrees.
    pub point: Option<(i32, i32)>,
    /// Since when every section has been confirmed, by what partners claim.
    pub confirmed: Confirmed,
    /// The last day on which any section was confirmed, by what partners claim: once it is reached, all of that holds.
    pub latest: Option<Day>,
    /// Since when every section has been confirmed without days that the clock of this node had not reached: what holds until then. Two of
    /// them, since a clock may be wrong on either side.
    pub reached: Confirmed,
}

/// Since when every section of a record that holds something has been confirmed by a partner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Confirmed {
    /// A section never was.
    Never,
    /// There is nothing to confirm.
    #[default]
    Nothing,
    /// Since this day.
    Since(Day),
}

/// One change of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// Adds a document, in place of the one that the record had.
    Put(SearchDocument),
    /// Removes the document of a record, if there is one.
    Remove(RecordId),
}
