//! The records that leave in a file: which they are, and how they are read.

use std::collections::BTreeSet;

use crdt_schema::id::RecordId;
use crdt_schema::record::Kind;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use exchange::export::extras;
use replica::search::{PAGE_MAX, Query, Sort, Withdrawn};
use replica::{Fault, Reader, Replica, Standing};

use super::export::{ExportError, Watch};
use super::licences::{Licences, LicensedSource};
use super::{PROGRESS_ROWS, Progress};

/// The records that leave, read as often as the form needs.
pub(super) struct Records<'a> {
    pub(super) reader: &'a Reader,
    pub(super) words: &'a Words,
    pub(super) kind: Option<&'static Kind>,
    pub(super) found: Option<&'a [RecordId]>,
    pub(super) withdrawn: Withdrawn,
    /// Where links lead.
    pub(super) standing: Standing,
    pub(super) licences: &'a Licences,
    /// Whether everyone may read the file: records of closed sources are not in it.
    pub(super) is_for_all: bool,
    /// The records that were left out for their source.
    pub(super) closed: BTreeSet<RecordId>,
    /// The sources of those that were written, by their places.
    pub(super) used: BTreeSet<usize>,
    pub(super) done: u64,
    pub(super) watch: Watch<'a>,
}

impl Records<'_> {
    /// Calls `write` with each record, its links led to what stands in the place of records that were merged.
    pub(super) fn each(
        &mut self,
        write: &mut dyn FnMut(&RecordView) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let withdrawn = self.withdrawn;
        let (kind, total) = (self.kind, self.found.map(|found| found.len() as u64));
        let (reader, words, standing) = (self.reader, self.words, &mut self.standing);
        let (licences, is_for_all) = (self.licences, self.is_for_all);
        let (closed, used) = (&mut self.closed, &mut self.used);
        let (mut done, watch) = (0, &mut *self.watch);
        let mut visit = |view: RecordView| {
            // One that says nothing is no record for anybody: an import was taken back, or nothing of it counts.
            let says_something = !view.fields().is_empty();
            // The index may be a moment behind.
            let is_wanted = match withdrawn {
                Withdrawn::Included => true,
                Withdrawn::LeftOut => !view.is_withdrawn(),
                Withdrawn::Only => view.is_withdrawn(),
            };
            if says_something && is_wanted && kind.is_none_or(|kind| kind.code == view.kind()) {
                if is_for_all && licences.closes(&view) {
                    closed.insert(view.record);
                    return Ok(());
                }
                used.extend(licences.places_of(&view));
                write(&view.leading(words, |record| standing.of(reader, record))?)?;
                done += 1;
                if u64::is_multiple_of(done, PROGRESS_ROWS)
                    && watch(Progress { done, total }).is_break()
                {
                    return Err(ExportError::Stopped);
                }
            }
            Ok(())
        };
        match self.found {
            None => reader.each_record(visit)?,
            Some(found) => {
                for record in found {
                    if let Some(view) = reader.record(record)? {
                        visit(view)?;
                    }
                }
            }
        }
        self.done = done;
        Ok(())
    }

    /// The sources of the records that were written.
    pub(super) fn sources(&self) -> impl Iterator<Item = &LicensedSource> {
        let sources = self.licences.sources();
        self.used.iter().filter_map(|place| sources.get(*place))
    }

    /// Leads the links of a record that was read apart.
    pub(super) fn led(&mut self, view: RecordView) -> Result<RecordView, Fault> {
        let (reader, standing) = (self.reader, &mut self.standing);
        view.leading(self.words, |record| standing.of(reader, record))
    }

    /// A column for each field that the kind does not know: they are found in a first pass.
    pub(super) fn extras(&mut self, kind: &'static Kind) -> Result<BTreeSet<String>, ExportError> {
        let mut names = BTreeSet::new();
        self.each(&mut |view| {
            names.extend(extras(kind, std::iter::once(view)));
            Ok(())
        })?;
        Ok(names)
    }
}

/// Collects what a search finds: 16 bytes a record, however many there are. A list that a person reads through is by name; a longer one
/// is by id, as a whole kind is.
pub(super) fn found(replica: &Replica, query: &Query) -> Result<Vec<RecordId>, ExportError> {
    let (mut records, mut seen) = (Vec::new(), BTreeSet::new());
    loop {
        let page = Query {
            sort: Sort::Name,
            size: PAGE_MAX,
            offset: records.len(),
            ..query.clone()
        };
        let answer = replica.search(&page).map_err(ExportError::Search)?;
        if answer.total > BY_NAME_MAX {
            return replica.found(query).map_err(ExportError::Search);
        }
        // An index that changes between two pages may show a record twice.
        let before = records.len();
        let hits = answer.hits.into_iter().map(|hit| hit.record);
        records.extend(hits.filter(|record| seen.insert(*record)));
        if records.len() == before || records.len() as u64 >= answer.total {
            return Ok(records);
        }
    }
}

/// Every page of a search goes through all hits before it: twenty pages are answered at once.
const BY_NAME_MAX: u64 = 20 * PAGE_MAX as u64;
