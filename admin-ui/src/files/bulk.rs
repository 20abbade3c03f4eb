//! One change in all records that a search finds: looked at first, then signed as ordinary edits, which can be taken back like an import.

use std::collections::BTreeSet;

use crdt_schema::draft::{Draft, Wanted, zone_of};
use crdt_schema::edit::Field;
use crdt_schema::id::RecordId;
use crdt_schema::record::{Kind, Shape};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::AnyField;
use replica::local::{ImportBegun, Local};
use replica::search::{self, Query};
use replica::{ContributeError, Fault, NewItem, Replica};

use super::export::VIEWS_DEADLINE;
use super::records::found;
use super::{ExportError, Request, name_of};
use crate::mandates::OwnMandate;

/// A change in one field of all records of one kind that a search finds.
#[derive(Clone, Copy)]
pub struct Bulk<'a> {
    /// Which records.
    pub query: &'a Query,
    /// Their kind: others that the search finds are left alone.
    pub kind: &'static Kind,
    /// The name of the field.
    pub field: &'a str,
    /// What becomes of it.
    pub change: &'a BulkChange,
}

/// What becomes of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkChange {
    /// These stand beside the others.
    Add(BTreeSet<String>),
    /// This, whatever was there.
    Put(Wanted),
    /// The others stay.
    Remove(BTreeSet<String>),
}

/// What a bulk edit did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BulkReport {
    /// Records that it changes.
    pub changed: u64,
    /// Records where several values stand side by side: they are left to a person.
    pub conflicts: u64,
    /// The first records that it changes, and what their field holds before and after.
    pub examples: Vec<BulkExample>,
    /// The number under which it can be taken back, once it is signed.
    pub number: Option<u64>,
    /// Records that it would change and that our mandate does not cover: they are left out, since one of them would void the others that
    /// are signed with it.
    pub outside: u64,
    /// Records that say already what they are to say.
    pub unchanged: u64,
}

/// A record that a bulk edit changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkExample {
    /// The record, as it reads before.
    pub record: RecordId,
    /// Its name.
    pub name: String,
    /// What the field holds.
    pub before: Wanted,
    /// What it is to hold.
    pub after: Wanted,
    /// The zone of its hours.
    pub zone: String,
}

/// Why a bulk edit was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// The replica did not take what was signed.
    #[error(transparent)]
    Contribute(#[from] ContributeError),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The search cannot be answered.
    #[error(transparent)]
    Search(search::Error),
    /// What would be signed is not what was seen.
    #[error("{now} records would change now, and {seen} were shown: look at it again, then sign")]
    NotAsSeen {
        /// Records that were shown.
        seen: u64,
        /// Records that would change.
        now: u64,
    },
    /// The search finds more than can be changed at once.
    #[error("the search finds more than {FOUND_MAX} records: narrow it")]
    TooMany,
}

/// Returns whether many records can have one value of this field: not what names one thing, nor texts that each record has of its own.
pub fn may_change_many(field: AnyField<'_>) -> bool {
    let is_own = matches!(
        field.shape(),
        Shape::Folio
            | Shape::LongText
            | Shape::OfficialCode
            | Shape::Pacific
            | Shape::Point
            | Shape::Prefecture
            | Shape::Rna
            | Shape::Rows(_)
            | Shape::Siret
    );
    !is_own && field.name() != "name"
}

impl BulkError {
    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        match self {
            BulkError::Contribute(error) => error.code(),
            BulkError::Fault(fault) => fault.code(),
            BulkError::NotAsSeen { .. } => "not_as_seen",
            BulkError::Search(error) => error.code(),
            BulkError::TooMany => "too_many",
        }
    }
}

impl Bulk<'_> {
    /// Says what the change would do, and signs nothing.
    pub fn dry_run(&self, replica: &Replica) -> Result<BulkReport, BulkError> {
        self.pass(replica, |_| Ok(()))
    }

    /// Signs the change, and remembers it among the imports of this node under a title.
    pub fn run(
        &self,
        (replica, local): (&Replica, &Local),
        title: &str,
        request: Request<'_>,
    ) -> Result<BulkReport, BulkError> {
        let begun = ImportBegun {
            source: String::new(),
            file: title.to_owned(),
            kind: self.kind.code.to_owned(),
            by: request.by.to_owned(),
            at: request.at,
        };
        let (mut under_way, mut batch) = (None, Vec::new());
        let mut sign = |batch: Vec<NewItem>| {
            if batch.is_empty() {
                return Ok::<_, BulkError>(());
            }
            let under_way = match &mut under_way {
                Some(under_way) => under_way,
                none => none.insert(local.begin_import(&begun)?),
            };
            let entries = replica.contribute(batch)?;
            local.keep_imported(under_way.number(), &entries, &begun.source, &[])?;
            Ok(())
        };
        let mut report = self.pass(replica, |item| {
            batch.push(item);
            match batch.len() < EDITS_AT_ONCE {
                true => Ok(()),
                false => sign(std::mem::take(&mut batch)),
            }
        })?;
        sign(batch)?;
        if let Some(under_way) = under_way {
            local.end_import(under_way.number(), 0, report.changed)?;
            report.number = Some(under_way.number());
        }
        Ok(report)
    }

    fn pass(
        &self,
        replica: &Replica,
        mut edit: impl FnMut(NewItem) -> Result<(), BulkError>,
    ) -> Result<BulkReport, BulkError> {
        let query = Query {
            kind: Some(self.kind.code.to_owned()),
            ..self.query.clone()
        };
        // A record that was saved a moment ago is among them: it would count as not seen.
        replica.wait_for_views(VIEWS_DEADLINE);
        if replica.count(&query).map_err(BulkError::Search)? > FOUND_MAX {
            return Err(BulkError::TooMany);
        }
        let records = found(replica, &query).map_err(|error| match error {
            ExportError::Search(error) => BulkError::Search(error),
            ExportError::Fault(fault) => BulkError::Fault(fault),
            _ => BulkError::TooMany,
        })?;
        let (own, reader) = (OwnMandate::of(replica), replica.read()?);
        let mut report = BulkReport::default();
        for record in &records {
            let Some(view) = reader.record(record)? else {
                continue;
            };
            // The index may be a moment behind.
            if view.kind() != self.kind.code || view.fields().is_empty() {
                continue;
            }
            if let Some(item) = self.edit_of(view, own.as_ref(), &mut report) {
                edit(item)?;
            }
        }
        Ok(report)
    }

    fn edit_of(
        &self,
        view: RecordView,
        own: Option<&OwnMandate>,
        report: &mut BulkReport,
    ) -> Option<NewItem> {
        let empty = Field::default();
        let held = view.field(self.field).unwrap_or(&empty);
        if held.is_conflict() {
            report.conflicts += 1;
            return None;
        }
        let (before, after) = (Wanted::of(held), self.after(held));
        let draft = Draft {
            fields: [(self.field.to_owned(), after.clone())].into(),
        };
        let operations = draft.operations(view.fields());
        if operations.is_empty() {
            report.unchanged += 1;
            return None;
        }
        if own.is_some_and(|own| !own.covers_record(&view)) {
            report.outside += 1;
            return None;
        }
        report.changed += 1;
        if report.examples.len() < EXAMPLES_MAX {
            report.examples.push(BulkExample {
                record: view.record,
                name: name_of(&view),
                before,
                after,
                zone: zone_of(view.fields()).to_owned(),
            });
        }
        Some(NewItem::of_edit(view.record, view.heads, None, operations))
    }

    fn after(&self, held: &Field) -> Wanted {
        let terms = || held.terms.keys().cloned().collect::<BTreeSet<_>>();
        match self.change {
            BulkChange::Put(wanted) => wanted.clone(),
            BulkChange::Add(more) => Wanted::Terms(terms().union(more).cloned().collect()),
            BulkChange::Remove(less) => {
                let left: BTreeSet<_> = terms().difference(less).cloned().collect();
                match left.is_empty() {
                    true => Wanted::Nothing,
                    false => Wanted::Terms(left),
                }
            }
        }
    }
}

/// Records that are changed at once: what is signed in some minutes, and taken back as one.
const FOUND_MAX: u64 = 20_000;
/// Edits that are signed at once.
const EDITS_AT_ONCE: usize = 2_048;
/// Records that are shown before anything is signed: enough to see what it does.
const EXAMPLES_MAX: usize = 20;
