//! Grants as open data: which applications leave, and what keeps the others back.

use std::io::Write;

use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::view::RecordView;
use exchange::export::{Grant, Grants, Unfit, is_granted};
use replica::{Fault, Reader};

use super::export::{ExportError, Records};
use super::inclusion::Named;
use super::name_of;

/// The kind of the records that are lines of the file.
pub(super) const APPLICATION: &str = "application";

/// What became of the applications.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GrantsReport {
    /// Lines of the file.
    pub grants: u64,
    /// Applications that were not granted, or not yet.
    pub others: u64,
    /// Grants that lack what the schema requires.
    pub left_out: u64,
    /// The first of these, each with all that is missing.
    pub left: Vec<(Named, Vec<Unfit>)>,
}

/// Writes one line for each application that was granted.
pub(super) fn outgoing(
    records: &mut Records<'_>,
    said_max: usize,
    out: impl Write,
) -> Result<GrantsReport, ExportError> {
    let reader = records.reader;
    let mut report = GrantsReport::default();
    let mut file = Grants::new(out)?;
    records.each(&mut |view| {
        if view.kind() != APPLICATION {
            return Ok(());
        }
        if !is_granted(view) {
            report.others += 1;
            return Ok(());
        }
        let grantor = grantor(reader, view)?;
        let beneficiary = beneficiary(reader, view)?;
        let grant = Grant {
            application: view,
            grantor: grantor.as_ref(),
            beneficiary: beneficiary.as_ref(),
        };
        match file.grant(&grant)? {
            Ok(()) => report.grants += 1,
            Err(unfit) => {
                report.left_out += 1;
                if report.left.len() < said_max {
                    let (record, name) = (view.record, name_of(view));
                    report.left.push((Named { record, name }, unfit));
                }
            }
        }
        Ok(())
    })?;
    file.finish()?.flush()?;
    Ok(report)
}

/// Who grants: as the application says, else the issuer of its call.
fn grantor(reader: &Reader, application: &RecordView) -> Result<Option<RecordView>, Fault> {
    let named = led_to(reader, application, "grantor")?;
    if named.is_some() {
        return Ok(named.filter(is_actor));
    }
    let Some(call) = led_to(reader, application, "call")? else {
        return Ok(None);
    };
    Ok(led_to(reader, &call, "issuer")?.filter(is_actor))
}

/// Who gets the grant: as the application says, else the actor that is put forward, or that holds or organises what is.
fn beneficiary(reader: &Reader, application: &RecordView) -> Result<Option<RecordView>, Fault> {
    let named = led_to(reader, application, "beneficiary")?;
    if named.is_some() {
        return Ok(named.filter(is_actor));
    }
    let Some(candidate) = led_to(reader, application, "candidate")? else {
        return Ok(None);
    };
    let by = match candidate.kind() {
        "initiative" => led_to(reader, &candidate, "holder")?,
        "event" => led_to(reader, &candidate, "organiser")?,
        _ => Some(candidate),
    };
    Ok(by.filter(is_actor))
}

fn is_actor(view: &RecordView) -> bool {
    view.kind() == "actor"
}

fn led_to(reader: &Reader, view: &RecordView, field: &str) -> Result<Option<RecordView>, Fault> {
    let winner = view.field(field).and_then(|held| held.winner());
    let record: Option<RecordId> = match winner.map(|written| &written.value) {
        Some(Value::Record(record)) => Some(*record),
        _ => None,
    };
    match record {
        Some(record) => reader.record(&record),
        None => Ok(None),
    }
}
