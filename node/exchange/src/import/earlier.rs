//! How a record read before: a file that says a value which somebody has replaced since is older than the record.

use std::collections::BTreeSet;

use crdt_schema::draft::Wanted;
use crdt_schema::view::RecordView;

use crate::import::imprint::held_as;

/// A record as one edit left it.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// How it read.
    pub view: RecordView,
    /// The fields that the edit wrote in.
    pub wrote: BTreeSet<String>,
}

impl Earlier {
    /// Tells whether the edit left just this in the field.
    pub(super) fn says(&self, name: &str, wanted: &Wanted) -> bool {
        let held = self.view.field(name).filter(|_| self.wrote.contains(name));
        held.is_some_and(|held| held_as(wanted, held).as_ref() == Some(wanted))
    }
}

/// The code of a value that the record had before a later edit.
pub(super) const EDITED_SINCE: &str = "edited_since";
