//! The two lists of data·inclusion, in both versions: recognised by the columns that they require, and mapped without a word of anybody.

use crdt_schema::record::Kind;

use crate::export::{SERVICE, STRUCTURE};
use crate::mapping::Use;
use crate::table::Column;

/// A list of data·inclusion.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum List {
    Services,
    Structures,
}

impl List {
    /// Recognises a list by the columns that every file of it has.
    pub(super) fn of(columns: &[Column]) -> Option<Self> {
        let has = |name: &&str| columns.iter().any(|column| column.name == **name);
        let is = |required: &[&str]| required.iter().all(has);
        if is(&["source", "id", "structure_id", "nom"]) {
            Some(List::Services)
        } else if is(&["source", "id", "nom", "date_maj"]) {
            Some(List::Structures)
        } else {
            None
        }
    }

    /// Returns the kind of the records that it lists.
    pub(crate) fn kind(self) -> &'static Kind {
        let code = match self {
            List::Services => "initiative",
            List::Structures => "actor",
        };
        Kind::parse(code).expect("a kind of this version")
    }

    /// Returns what a column is for, where its name alone would say something else or nothing.
    pub(super) fn usage(self, column: &str) -> Option<Use> {
        match (self, column) {
            (_, "__ignore__") => Some(Use::Dropped),
            (_, "nom") => Some(Use::Field("name")),
            (_, "source") => Some(Use::Field("sources")),
            (_, "id") => Some(Use::Field("source_id")),
            (List::Services, "structure_id") => Some(Use::HolderId),
            (List::Services, "lien_mobilisation") => Some(Use::Field("website")),
            (List::Services, "type") => Some(Use::Field("service_type")),
            (List::Services, "mobilisable_par") => Some(Use::Field("mobilisable_by")),
            _ => None,
        }
    }

    /// Tells whether a column is of the schema.
    pub(crate) fn has(self, column: &str) -> bool {
        let fields = match self {
            List::Services => SERVICE,
            List::Structures => STRUCTURE,
        };
        column == "__ignore__" || fields.contains(&column)
    }

    /// Returns what a new record of the list is, beside its columns: what they list are services, and those that run.
    pub(crate) fn given(self) -> &'static [(&'static str, &'static str)] {
        match self {
            List::Services => &[("nature", "service"), ("status", "en-cours")],
            List::Structures => &[],
        }
    }
}
