//! What partners report of records, and what became of it, for the page and for the command.

use std::collections::BTreeSet;

use crdt_schema::id::PartnerId;
use crdt_schema::statement::ReportReason;
use crdt_schema::view::RecordView;
use replica::search::{Error, Query, Sort, Withdrawn};
use replica::{ANSWERED, REPORTED, REPORTER, Reader, Replica, Reported};

/// Which reports are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that nobody has settled, of records that are not withdrawn.
    Open,
    /// Those of our own organisation, whatever became of them.
    Ours,
    /// Those that somebody has settled.
    Settled,
}

/// A record with the reports that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedRecord {
    /// The record.
    pub view: RecordView,
    /// Its reports.
    pub reports: Vec<Reported>,
}

impl Which {
    /// All of them, in the order in which pages offer them.
    pub const ALL: [Which; 3] = [Which::Open, Which::Settled, Which::Ours];

    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Which::Open => "open",
            Which::Ours => "ours",
            Which::Settled => "settled",
        }
    }

    /// Reads a code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.code() == code)
    }

    fn has(self, own: Option<PartnerId>, reported: &Reported) -> bool {
        match self {
            Which::Open => reported.is_open(),
            Which::Ours => own.is_some() && reported.held.partner == own,
            Which::Settled => !reported.is_open(),
        }
    }
}

/// Returns the search for records with such reports. A reason narrows all but those of our own organisation, which are few.
fn query(which: Which, reason: Option<ReportReason>, own: Option<PartnerId>) -> Query {
    let reasons = reason.map_or_else(|| ReportReason::ALL.to_vec(), |reason| vec![reason]);
    let reasons = reasons.iter().map(|reason| reason.code().to_owned());
    let (facet, values): (_, BTreeSet<String>) = match which {
        Which::Open => (REPORTED, reasons.collect()),
        Which::Ours => (REPORTER, own.iter().map(PartnerId::to_string).collect()),
        Which::Settled => (ANSWERED, reasons.collect()),
    };
    Query {
        among: values.is_empty().then(BTreeSet::new),
        facets: [(facet.to_owned(), values)].into(),
        sort: Sort::Newest,
        // What was settled by withdrawing the record stays in the history.
        withdrawn: match which {
            Which::Open => Withdrawn::LeftOut,
            Which::Ours | Which::Settled => Withdrawn::Included,
        },
        ..Query::default()
    }
}

/// Returns how many records have such a report.
pub fn count(replica: &Replica, which: Which, reason: Option<ReportReason>) -> Result<u64, Error> {
    replica.count(&query(which, reason, replica.partner()))
}

/// Reads some of the records with such a report, the most recently changed first.
pub fn list(
    (replica, reader): (&Replica, &Reader),
    (which, reason): (Which, Option<ReportReason>),
    size: usize,
    offset: usize,
) -> Result<Vec<ReportedRecord>, Error> {
    let own = replica.partner();
    let asked = Query {
        size,
        offset,
        ..query(which, reason, own)
    };
    let mut found = Vec::new();
    for hit in replica.search(&asked)?.hits {
        let Some(view) = reader.record(&hit.record)? else {
            continue;
        };
        let mut reports = reader.reports(&view)?;
        reports.retain(|each| {
            let is_of_reason =
                which == Which::Ours || reason.is_none_or(|of| of == each.report.reason());
            is_of_reason && which.has(own, each)
        });
        found.push(ReportedRecord { view, reports });
    }
    Ok(found)
}
