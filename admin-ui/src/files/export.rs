//! Records into a file: all, those of one kind, or those that a search finds.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

use crdt_schema::edit::State;
use crdt_schema::id::RecordId;
use crdt_schema::record::{KINDS, Kind};
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use exchange::csv::Flavour;
use exchange::export::{
    Calendar, Csv, GeoJson, Json, LabelsSaid, Parquet, Reach, Revisions, Seen, Sheets, Spreadsheet,
    Worded, extras, has_dates, linked,
};
use replica::search::{self, PAGE_MAX, Query, Sort, Withdrawn};
use replica::{Fault, Reader, Replica};

use super::grants::{self, GrantsReport};
use super::inclusion::{InclusionReport, Part, outgoing};
use super::{PROGRESS_ROWS, Progress, feed, labels, name_of};

/// Which records leave, and in which form.
#[derive(Debug, Clone, Copy)]
pub struct Export<'a> {
    /// The form of the file.
    pub form: Form,
    /// Only records of this kind. Forms with columns need one, but for workbooks, which have a sheet for each. A calendar takes all that
    /// have dates.
    pub kind: Option<&'static Kind>,
    /// Only what this search finds; its page and order do not count.
    pub found: Option<&'a Query>,
    /// The language of tables for people: English for `en`, else French.
    pub language: &'a str,
    /// Now: nothing in the file is said to have changed later.
    pub now: Timestamp,
    /// Where the pages of the node are for everybody, if anywhere: feeds lead there.
    pub address: Option<&'a str>,
    /// How many records are named, with what of them did not come along; all are counted.
    pub said_max: usize,
}

/// A form in which records leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A feed (Atom): what is new first, and what went.
    Atom,
    /// A calendar (iCalendar) of events and meetings.
    Calendar,
    /// CSV for programs, which reads back as the same records.
    Csv,
    /// Outlines and points with properties.
    GeoJson,
    /// Grants as open data (SCDL subventions): one line for each application that was granted.
    Grants,
    /// Structures and services of data·inclusion: a workbook with a sheet for each.
    Inclusion,
    /// The services of data·inclusion, as a list of objects.
    InclusionServices,
    /// The structures of data·inclusion, as a list of objects.
    InclusionStructures,
    /// A list of objects, with every concurrent value.
    Json,
    /// Columns of values with their types (Parquet), for programs that analyse.
    Parquet,
    /// CSV for people with a spreadsheet: formulas are guarded.
    Spreadsheet,
    /// A workbook (XLSX) with a sheet for each kind: texts, dates and numbers are typed.
    Workbook,
}

impl Form {
    /// All forms, those for people first.
    pub const ALL: [Form; 12] = [
        Form::Workbook,
        Form::Spreadsheet,
        Form::Calendar,
        Form::Atom,
        Form::Csv,
        Form::Json,
        Form::GeoJson,
        Form::Parquet,
        Form::Inclusion,
        Form::InclusionStructures,
        Form::InclusionServices,
        Form::Grants,
    ];

    /// Returns the word for it.
    pub fn code(self) -> &'static str {
        match self {
            Form::Atom => "atom",
            Form::Calendar => "ics",
            Form::Csv => "csv",
            Form::GeoJson => "geojson",
            Form::Grants => "scdl-subventions",
            Form::Inclusion => "data-inclusion",
            Form::InclusionServices => "data-inclusion-services",
            Form::InclusionStructures => "data-inclusion-structures",
            Form::Json => "json",
            Form::Parquet => "parquet",
            Form::Spreadsheet => "tableur",
            Form::Workbook => "xlsx",
        }
    }

    /// Reads the word for it.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.code() == code)
    }

    /// Returns the media type of the file.
    pub fn media_type(self) -> &'static str {
        match self {
            Form::Atom => "application/atom+xml",
            Form::Calendar => "text/calendar; charset=utf-8",
            Form::Csv | Form::Grants | Form::Spreadsheet => "text/csv; charset=utf-8",
            Form::GeoJson => "application/geo+json",
            Form::InclusionServices | Form::InclusionStructures | Form::Json => "application/json",
            Form::Parquet => "application/vnd.apache.parquet",
            Form::Inclusion | Form::Workbook => {
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            }
        }
    }

    /// Returns a name for the file.
    pub fn file_name(self, stem: &str) -> String {
        match self {
            Form::Csv => Flavour::Machine.file_name(stem),
            Form::Atom => format!("{stem}.atom"),
            Form::Calendar => format!("{stem}.ics"),
            Form::GeoJson => format!("{stem}.geojson"),
            Form::Grants => Flavour::Machine.file_name(&format!("{stem}-scdl-subventions")),
            Form::Inclusion => format!("{stem}-data-inclusion.xlsx"),
            Form::InclusionServices => format!("{stem}-services.json"),
            Form::InclusionStructures => format!("{stem}-structures.json"),
            Form::Json => format!("{stem}.json"),
            Form::Parquet => format!("{stem}.parquet"),
            Form::Spreadsheet => Flavour::Spreadsheet.file_name(stem),
            Form::Workbook => format!("{stem}.xlsx"),
        }
    }

    /// Says whether a file holds one kind only.
    pub fn needs_kind(self) -> bool {
        matches!(
            self,
            Form::Csv | Form::GeoJson | Form::Parquet | Form::Spreadsheet
        )
    }
}

/// Why a file was not written to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The file cannot be written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The form needs one kind.
    #[error("this format holds one kind a file: --kind actor, initiative, event or territory")]
    KindMissing,
    /// A calendar of records that have no dates.
    #[error("a calendar holds what has dates: --kind event or meeting, or no --kind for both")]
    NoDates,
    /// Grants of records that are no applications.
    #[error("grants are applications: --kind application, or no --kind")]
    NoGrants,
    /// The search cannot be answered.
    #[error(transparent)]
    Search(search::Error),
    /// Whoever watches asked for it.
    #[error("stopped")]
    Stopped,
    /// A sheet of a workbook cannot hold so many records of one kind.
    #[error(
        "a sheet of a workbook holds {SHEET_RECORDS_MAX} records, and there are more of the kind {0}: export it as tableur, or narrow the search"
    )]
    SheetFull(&'static str),
}

impl ExportError {
    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        match self {
            ExportError::Fault(fault) => fault.code(),
            ExportError::Io(_) => "file",
            ExportError::KindMissing => "kind_missing",
            ExportError::NoDates => "no_dates",
            ExportError::NoGrants => "no_grants",
            ExportError::Search(error) => error.code(),
            ExportError::SheetFull(_) => "sheet_full",
            ExportError::Stopped => "stopped",
        }
    }
}

type Watch<'w> = &'w mut dyn FnMut(Progress) -> ControlFlow<()>;

impl Export<'_> {
    /// Writes the file, and says how many records are in it.
    pub fn write(
        &self,
        replica: &Replica,
        out: impl Write + Send,
        watch: Watch<'_>,
    ) -> Result<Exported, ExportError> {
        let reader = replica.read()?;
        let found = match self.found {
            Some(query) => Some(found(replica, query)?),
            None => None,
        };
        let words = replica.state().governance().words().clone();
        let labels = labels::said(self, replica, &reader)?;
        let worded = Worded {
            words: &words,
            language: self.language,
        };
        let mut records = Records {
            reader: &reader,
            kind: self.kind,
            found: found.as_deref(),
            withdrawn: self
                .found
                .map_or(Withdrawn::LeftOut, |query| query.withdrawn),
            done: 0,
            watch,
        };
        let out = BufWriter::new(out);
        if let Some(part) = Part::of(self.form) {
            let report = outgoing(
                &mut records,
                replica,
                (self.now, self.said_max),
                (part, &words),
                out,
            )?;
            return Ok(Exported {
                records: report.structures + report.services,
                without_date: 0,
                inclusion: Some(Box::new(report)),
                grants: None,
            });
        }
        match (self.form, self.kind) {
            (Form::Csv, Some(kind)) => csv(&mut records, out, kind, (&words, labels))?,
            (Form::Spreadsheet, Some(kind)) => {
                spreadsheet(&mut records, out, kind, (worded, labels))?;
            }
            (Form::GeoJson, Some(kind)) => {
                let extras = records.extras(kind)?;
                let geojson = GeoJson::new(out, kind, &extras, Reach::Partners, &words)?;
                let mut geojson = geojson.with_labels(labels);
                records.each(&mut |view| Ok(geojson.record(view)?))?;
                geojson.finish()?.flush()?;
            }
            (Form::Parquet, Some(kind)) => parquet(&mut records, out, kind, (&words, labels))?,
            (Form::Json, _) => {
                let mut json = Json::new(out, Reach::Partners)?.with_labels(labels);
                records.each(&mut |view| Ok(json.record(view)?))?;
                json.finish()?.flush()?;
            }
            (Form::Atom, kind) => {
                let title = title(replica, kind);
                feed::write(self, replica, &mut records, &title, out)?;
            }
            (Form::Workbook, kind) => {
                let told = (replica.folder(), worded, labels);
                workbook(&mut records, out, kind, told)?;
            }
            (Form::Grants, Some(kind)) if kind.code != grants::APPLICATION => {
                return Err(ExportError::NoGrants);
            }
            (Form::Grants, _) => {
                let report = grants::outgoing(&mut records, self.said_max, out)?;
                return Ok(Exported {
                    records: report.grants,
                    without_date: 0,
                    inclusion: None,
                    grants: Some(Box::new(report)),
                });
            }
            (Form::Calendar, Some(kind)) if !has_dates(kind) => return Err(ExportError::NoDates),
            (Form::Calendar, kind) => {
                let title = title(replica, kind);
                return calendar(&mut records, out, &title, self.now);
            }
            _ => return Err(ExportError::KindMissing),
        }
        Ok(Exported {
            records: records.done,
            without_date: 0,
            inclusion: None,
            grants: None,
        })
    }
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// Records in the file.
    pub records: u64,
    /// Events and meetings that are not in a calendar, because they have no date.
    pub without_date: u64,
    /// What became of records that left for data·inclusion.
    pub inclusion: Option<Box<InclusionReport>>,
    /// What became of applications that left as grants.
    pub grants: Option<Box<GrantsReport>>,
}

fn title(replica: &Replica, kind: Option<&'static Kind>) -> String {
    let state = replica.state();
    let federation = &state.governance().adoption().tip().name;
    match kind {
        Some(kind) => format!("{federation} : {}", kind.plural.fr),
        None => federation.clone(),
    }
}

fn calendar(
    records: &mut Records<'_>,
    out: impl Write,
    title: &str,
    now: Timestamp,
) -> Result<Exported, ExportError> {
    let (mut written, mut without_date) = (0, 0);
    let reader = records.reader;
    let mut calendar = Calendar::new(out, title, now, Reach::Partners)?;
    records.each(&mut |view| {
        if Kind::parse(view.kind()).is_none_or(|kind| !has_dates(kind)) {
            return Ok(());
        }
        match calendar.record(view, revisions(reader, &view.record)?)? {
            true => written += 1,
            false => without_date += 1,
        }
        Ok(())
    })?;
    calendar.finish()?;
    Ok(Exported {
        records: written,
        without_date,
        inclusion: None,
        grants: None,
    })
}

/// Only live edits count: what was refused has changed nothing for anybody.
pub(super) fn revisions(reader: &Reader, record: &RecordId) -> Result<Revisions, Fault> {
    let mut revisions = Revisions::default();
    for edit in reader.edits(record)? {
        if let (State::Live, Some(Ok(operations))) = (edit.state, &edit.operations) {
            revisions.add(edit.claimed, edit.is_creation, operations);
        }
    }
    Ok(revisions)
}

fn csv(
    records: &mut Records<'_>,
    out: impl Write,
    kind: &'static Kind,
    (words, labels): (&Words, LabelsSaid),
) -> Result<(), ExportError> {
    let extras = records.extras(kind)?;
    let csv = Csv::new(out, kind, &extras, Reach::Partners, words)?;
    let mut csv = csv.with_labels(labels);
    records.each(&mut |view| Ok(csv.record(view)?))?;
    Ok(csv.finish()?.flush()?)
}

fn spreadsheet(
    records: &mut Records<'_>,
    out: impl Write,
    kind: &'static Kind,
    (worded, labels): (Worded<'_>, LabelsSaid),
) -> Result<(), ExportError> {
    let extras = records.extras(kind)?;
    let mut names = Names::of(records.reader);
    let sheet = Spreadsheet::new(out, kind, &extras, Reach::Partners, worded)?;
    let mut sheet = sheet.with_labels(labels);
    records.each(&mut |view| Ok(sheet.record(view, names.linked(view)?)?))?;
    Ok(sheet.finish()?.flush()?)
}

/// The names of records that links lead to, as far as they were looked up.
struct Names<'a> {
    reader: &'a Reader,
    known: BTreeMap<RecordId, String>,
}

impl<'a> Names<'a> {
    fn of(reader: &'a Reader) -> Self {
        let known = BTreeMap::new();
        Self { reader, known }
    }

    /// Returns the names of those that a record leads to, among others.
    fn linked(&mut self, view: &RecordView) -> Result<&BTreeMap<RecordId, String>, Fault> {
        if self.known.len() > NAMES_MAX {
            self.known.clear();
        }
        for record in linked(view) {
            if !self.known.contains_key(&record) {
                let view = self.reader.record(&record)?;
                let name = view.as_ref().map(name_of).unwrap_or_default();
                self.known.insert(record, name);
            }
        }
        Ok(&self.known)
    }
}

/// The first pass finds the extra fields, and what cannot be typed.
fn parquet(
    records: &mut Records<'_>,
    out: impl Write + Send,
    kind: &'static Kind,
    (words, labels): (&Words, LabelsSaid),
) -> Result<(), ExportError> {
    let mut seen = Seen::new(kind);
    records.each(&mut |view| {
        seen.record(view);
        Ok(())
    })?;
    let parquet = Parquet::new(out, &seen, Reach::Partners, words)?;
    let mut parquet = parquet.with_labels(labels);
    records.each(&mut |view| Ok(parquet.record(view)?))?;
    Ok(parquet.finish()?.flush()?)
}

/// Rows wait in private files of the node's folder, as the file itself does.
fn workbook(
    records: &mut Records<'_>,
    out: impl Write + Send,
    kind: Option<&'static Kind>,
    (folder, worded, labels): (&Path, Worded<'_>, LabelsSaid),
) -> Result<(), ExportError> {
    let mut found: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    records.each(&mut |view| {
        if let Some(kind) = Kind::parse(view.kind()) {
            *counts.entry(kind.code).or_default() += 1;
            let names = found.entry(kind.code).or_default();
            names.extend(extras(kind, std::iter::once(view)));
        }
        Ok(())
    })?;
    check_sheets(&counts)?;
    // A file has a sheet at least: without records, it shows the columns.
    if found.is_empty() {
        found.insert(kind.unwrap_or(KINDS[0]).code, BTreeSet::new());
    }
    let in_order = KINDS.iter().copied();
    let kinds: Vec<_> = in_order
        .filter_map(|kind| Some((kind, found.remove(kind.code)?)))
        .collect();
    let mut names = Names::of(records.reader);
    let sheets = Sheets::new(folder, &kinds, Reach::Partners, worded)?;
    let mut sheets = sheets.with_labels(&labels);
    records.each(&mut |view| Ok(sheets.record(view, names.linked(view)?)?))?;
    sheets.finish(out)?;
    Ok(())
}

/// The records that leave, read as often as the form needs.
pub(super) struct Records<'a> {
    pub(super) reader: &'a Reader,
    kind: Option<&'static Kind>,
    found: Option<&'a [RecordId]>,
    withdrawn: Withdrawn,
    done: u64,
    watch: Watch<'a>,
}

impl Records<'_> {
    pub(super) fn each(
        &mut self,
        write: &mut dyn FnMut(&RecordView) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let withdrawn = self.withdrawn;
        let (kind, total) = (self.kind, self.found.map(|found| found.len() as u64));
        let (mut done, watch) = (0, &mut *self.watch);
        let mut visit = |view: &RecordView| {
            // One that says nothing is no record for anybody: an import was taken back, or nothing of it counts.
            let says_something = !view.fields().is_empty();
            // The index may be a moment behind.
            let is_wanted = match withdrawn {
                Withdrawn::Included => true,
                Withdrawn::LeftOut => !view.is_withdrawn(),
                Withdrawn::Only => view.is_withdrawn(),
            };
            if says_something && is_wanted && kind.is_none_or(|kind| kind.code == view.kind()) {
                write(view)?;
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
            None => self.reader.each_record(|view| visit(&view))?,
            Some(found) => {
                for record in found {
                    if let Some(view) = self.reader.record(record)? {
                        visit(&view)?;
                    }
                }
            }
        }
        self.done = done;
        Ok(())
    }

    /// A column for each field that the kind does not know: they are found in a first pass.
    fn extras(&mut self, kind: &'static Kind) -> Result<BTreeSet<String>, ExportError> {
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

fn check_sheets(counts: &BTreeMap<&'static str, u64>) -> Result<(), ExportError> {
    let mut counts = counts.iter();
    match counts.find(|(_, count)| **count > SHEET_RECORDS_MAX) {
        Some((kind, _)) => Err(ExportError::SheetFull(kind)),
        None => Ok(()),
    }
}

/// Names that are kept: some megabytes. A census of links to more records looks some up again.
const NAMES_MAX: usize = 20_000;
/// Every page of a search goes through all hits before it: twenty pages are answered at once.
const BY_NAME_MAX: u64 = 20 * PAGE_MAX as u64;
/// The rows of a sheet, a hard limit of the format, but its header.
const SHEET_RECORDS_MAX: u64 = 1_048_575;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_with_more_records_than_a_sheet_has_rows_is_refused_by_name() {
        let counts = |events| BTreeMap::from([("actor", 3), ("event", events)]);
        assert!(check_sheets(&counts(SHEET_RECORDS_MAX)).is_ok());
        let refused = check_sheets(&counts(SHEET_RECORDS_MAX + 1)).expect_err("too many");
        assert_eq!(refused.code(), "sheet_full");
        assert!(refused.to_string().contains("kind event"), "{refused}");
    }
}
