//! Grants as open data: which applications leave, and what keeps the others back.

use std::io::Write;

use exchange::export::{Grants, Parties, Unfit, is_granted};
use replica::Standing;

use super::export::ExportError;
use super::inclusion::Named;
use super::name_of;
use super::records::Records;

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
    let (reader, words, licences) = (records.reader, records.words, records.licences);
    // Links of links are led on the way: those of the records themselves are already.
    let mut standing = Standing::default();
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
        let parties = Parties::of(view, |record| {
            // The file is for everybody: nothing of a record whose source is closed is in it.
            let held = reader.record(record)?.filter(|held| !licences.closes(held));
            let led = held.map(|held| held.leading(words, |link| standing.of(reader, link)));
            led.transpose()
        })?;
        match file.grant(&parties.grant(view))? {
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
