//! The census, as far as an import asks it.

use std::rc::Rc;

use crdt_schema::edit::Field;
use crdt_schema::id::{FederationId, RecordId};
use crdt_schema::view::RecordView;

use crate::import::{Called, Earlier, Imprint, Named, RowDecision, RowKey};

/// What a plan asks of the census that it is made against.
pub trait Census {
    /// What can go wrong while it is read.
    type Error;

    /// Returns the federation whose records these are.
    fn federation(&self) -> FederationId;

    /// Returns a record as it reads.
    fn find(&self, record: &RecordId) -> Result<Option<RecordView>, Self::Error>;

    /// Returns what the last import of this source wanted of a record: what the source has not changed since is left as the partners
    /// have made it. Nothing is known by default.
    fn imported(&self, _source: &str, _record: &RecordId) -> Result<Option<Imprint>, Self::Error> {
        Ok(None)
    }

    /// Tells whether all that stands in a field was written by our own organisation. It is asked where nothing is known of earlier
    /// imports: then the file wins, and the report says what it replaces of another partner's.
    fn is_own(&self, _record: &RecordId, _field: &str, _held: &Field) -> Result<bool, Self::Error> {
        Ok(true)
    }

    /// Returns how a record read after each of its edits that later ones stand on, the newest first and some tens at most; without those
    /// that an import wrote which was taken back. It is asked where a file says something else than the record. Nothing is known by
    /// default.
    fn earlier(&self, _record: &RecordId) -> Result<Rc<[Earlier]>, Self::Error> {
        Ok(Rc::default())
    }

    /// Returns what was erased of a record: a whole one says nothing ever again, and of single values those that a file says anew are
    /// not written without a word. Nothing was by default.
    fn erased(&self, _record: &RecordId) -> Result<Option<Erased>, Self::Error> {
        Ok(None)
    }

    /// Returns the one record of a kind that has this identifier at this source. Nothing is found by default.
    fn identified(
        &self,
        _kind: &str,
        _source: &str,
        _id: &str,
    ) -> Result<Option<RecordId>, Self::Error> {
        Ok(None)
    }

    /// Returns what stands in the place of a record that was replaced; any other record stands for itself, and so do all by default.
    fn standing(&self, record: &RecordId) -> Result<RecordId, Self::Error> {
        Ok(*record)
    }

    /// Returns the records in whose place this one stands, a few at most. None by default.
    fn replaced(&self, _record: &RecordId) -> Result<Vec<RecordId>, Self::Error> {
        Ok(Vec::new())
    }

    /// Returns what a person has decided of a row that may be a record which is there already. Nothing by default.
    fn decided(&self, _line: u64, _row: &RowKey) -> Result<Option<RowDecision>, Self::Error> {
        Ok(None)
    }

    /// Returns the records of these kinds that are called this and are not withdrawn, a few at most; where there is none, those that stand
    /// in the place of withdrawn ones that were called so. Nothing is found by default.
    fn named(&self, _kinds: &[&str], _called: &Called) -> Result<Vec<Named>, Self::Error> {
        Ok(Vec::new())
    }

    /// Returns the records of these kinds that were called so, are called otherwise now and are not withdrawn, a few at most. It is asked
    /// where none is called so. Nothing is found by default.
    fn formerly(&self, _kinds: &[&str], _called: &Called) -> Result<Vec<Named>, Self::Error> {
        Ok(Vec::new())
    }
}

/// What was erased of a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Erased {
    /// All of it, and all that anybody writes of it later.
    Record,
    /// Some values.
    Values,
}

/// Returns an identifier together with its source, `source--id`, as data·inclusion writes it; one that has it already is left as it is.
pub fn source_identifier(source: &str, id: &str) -> String {
    match id
        .strip_prefix(source)
        .and_then(|rest| rest.strip_prefix("--"))
    {
        Some(_) => id.to_owned(),
        None => format!("{source}--{id}"),
    }
}
