//! Records into a file: all, those of one kind, or those that a search finds.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

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
use replica::search::{self, Query, Withdrawn};
use replica::{Fault, Reader, Replica, Standing};

use super::grants::{self, GrantsReport};
use super::inclusion::{InclusionReport, Part, outgoing};
use super::licences::{Licences, LicensedSource};
use super::records::{Records, found};
use super::{Progress, feed, labels, name_of};

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
    /// Who may read the file. data·inclusion and grants have their own columns, for everyone.
    pub reach: Reach,
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

    /// Says who reads files of this form where nobody says otherwise: what is given away has only what everyone may read.
    pub fn reach(self) -> Reach {
        match self {
            Form::Atom
            | Form::Calendar
            | Form::Grants
            | Form::Inclusion
            | Form::InclusionServices
            | Form::InclusionStructures => Reach::Public,
            Form::Csv
            | Form::GeoJson
            | Form::Json
            | Form::Parquet
            | Form::Spreadsheet
            | Form::Workbook => Reach::Partners,
        }
    }

    /// Says whether files of this form have nothing but columns that are for everyone.
    fn is_for_all(self) -> bool {
        self == Form::Grants || Part::of(self).is_some()
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

pub(super) type Watch<'w> = &'w mut dyn FnMut(Progress) -> ControlFlow<()>;

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
        let is_for_all = self.reach == Reach::Public || self.form.is_for_all();
        if is_for_all {
            // A source that was closed a moment ago is closed.
            replica.wait_for_views(VIEWS_DEADLINE);
        }
        let licences = Licences::of(replica, &reader)?;
        let mut records = Records {
            reader: &reader,
            words: &words,
            kind: self.kind,
            found: found.as_deref(),
            withdrawn: self
                .found
                .map_or(Withdrawn::LeftOut, |query| query.withdrawn),
            standing: Standing::default(),
            licences: &licences,
            is_for_all,
            closed: BTreeSet::new(),
            used: BTreeSet::new(),
            done: 0,
            watch,
        };
        let told = (worded, labels);
        let exported = self.fill(replica, &mut records, told, BufWriter::new(out))?;
        Ok(Exported {
            closed: records.closed.len() as u64,
            sources: records.sources().cloned().collect(),
            ..exported
        })
    }

    fn fill(
        &self,
        replica: &Replica,
        records: &mut Records<'_>,
        (worded, labels): (Worded<'_>, LabelsSaid),
        out: impl Write + Send,
    ) -> Result<Exported, ExportError> {
        let words = worded.words;
        if let Some(part) = Part::of(self.form) {
            let report = outgoing(
                records,
                replica,
                (self.now, self.said_max),
                (part, words),
                out,
            )?;
            return Ok(Exported {
                records: report.structures + report.services,
                without_date: 0,
                reach: Reach::Public,
                closed: 0,
                sources: Vec::new(),
                inclusion: Some(Box::new(report)),
                grants: None,
            });
        }
        let reach = self.reach;
        match (self.form, self.kind) {
            (Form::Csv, Some(kind)) => csv(records, out, kind, (reach, words), labels)?,
            (Form::Spreadsheet, Some(kind)) => {
                spreadsheet(records, out, kind, (reach, worded), labels)?;
            }
            (Form::GeoJson, Some(kind)) => {
                let extras = records.extras(kind)?;
                let geojson = GeoJson::new(out, kind, &extras, reach, words)?;
                let mut geojson = geojson.with_labels(labels);
                records.each(&mut |view| Ok(geojson.record(view)?))?;
                let sources: Vec<String> = records.sources().map(LicensedSource::line).collect();
                geojson.finish(&sources)?.flush()?;
            }
            (Form::Parquet, Some(kind)) => parquet(records, out, kind, (reach, words), labels)?,
            (Form::Json, _) => {
                let mut json = Json::new(out, reach)?.with_labels(labels);
                let licences = records.licences;
                records.each(&mut |view| Ok(json.licensed(view, &licences.lines(view))?))?;
                json.finish()?.flush()?;
            }
            (Form::Atom, kind) => {
                let title = title(replica, kind);
                feed::write(self, replica, records, &title, out)?;
            }
            (Form::Workbook, kind) => {
                let told = (replica.folder(), reach, worded);
                workbook(records, out, kind, told, &labels)?;
            }
            (Form::Grants, Some(kind)) if kind.code != grants::APPLICATION => {
                return Err(ExportError::NoGrants);
            }
            (Form::Grants, _) => {
                let report = grants::outgoing(records, self.said_max, out)?;
                return Ok(Exported {
                    records: report.grants,
                    without_date: 0,
                    reach: Reach::Public,
                    closed: 0,
                    sources: Vec::new(),
                    inclusion: None,
                    grants: Some(Box::new(report)),
                });
            }
            (Form::Calendar, Some(kind)) if !has_dates(kind) => return Err(ExportError::NoDates),
            (Form::Calendar, kind) => {
                let title = title(replica, kind);
                return calendar(records, out, &title, (self.now, self.reach));
            }
            _ => return Err(ExportError::KindMissing),
        }
        Ok(Exported {
            records: records.done,
            without_date: 0,
            reach,
            closed: 0,
            sources: Vec::new(),
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
    /// Who may read the file.
    pub reach: Reach,
    /// Records that are not in a file for everyone, since the licence of their source is closed.
    pub closed: u64,
    /// The sources of the records in the file that have records of their own, with their licences.
    pub sources: Vec<LicensedSource>,
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
    (now, reach): (Timestamp, Reach),
) -> Result<Exported, ExportError> {
    let (mut written, mut without_date) = (0, 0);
    let reader = records.reader;
    let mut calendar = Calendar::new(out, title, now, reach)?;
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
        reach,
        closed: 0,
        sources: Vec::new(),
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
    (reach, words): (Reach, &Words),
    labels: LabelsSaid,
) -> Result<(), ExportError> {
    let extras = records.extras(kind)?;
    let csv = Csv::new(out, kind, &extras, reach, words)?;
    let mut csv = csv.with_labels(labels);
    records.each(&mut |view| Ok(csv.record(view)?))?;
    Ok(csv.finish()?.flush()?)
}

fn spreadsheet(
    records: &mut Records<'_>,
    out: impl Write,
    kind: &'static Kind,
    (reach, worded): (Reach, Worded<'_>),
    labels: LabelsSaid,
) -> Result<(), ExportError> {
    let extras = records.extras(kind)?;
    let mut names = Names::of(records);
    let sheet = Spreadsheet::new(out, kind, &extras, reach, worded)?;
    let mut sheet = sheet.with_labels(labels);
    records.each(&mut |view| Ok(sheet.record(view, names.linked(view)?)?))?;
    Ok(sheet.finish()?.flush()?)
}

/// The names of records that links lead to, as far as they were looked up.
struct Names<'a> {
    reader: &'a Reader,
    /// What closes records whose name does not leave either; none in a file for partners.
    closing: Option<&'a Licences>,
    known: BTreeMap<RecordId, String>,
}

impl<'a> Names<'a> {
    fn of(records: &Records<'a>) -> Self {
        Self {
            reader: records.reader,
            closing: records.is_for_all.then_some(records.licences),
            known: BTreeMap::new(),
        }
    }

    /// Returns the names of those that a record leads to, among others.
    fn linked(&mut self, view: &RecordView) -> Result<&BTreeMap<RecordId, String>, Fault> {
        if self.known.len() > NAMES_MAX {
            self.known.clear();
        }
        for record in linked(view) {
            if !self.known.contains_key(&record) {
                let view = self.reader.record(&record)?;
                let is_closed =
                    |view: &RecordView| self.closing.is_some_and(|licences| licences.closes(view));
                let view = view.filter(|view| !is_closed(view));
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
    (reach, words): (Reach, &Words),
    labels: LabelsSaid,
) -> Result<(), ExportError> {
    let mut seen = Seen::new(kind);
    records.each(&mut |view| {
        seen.record(view);
        Ok(())
    })?;
    let parquet = Parquet::new(out, &seen, reach, words)?;
    let mut parquet = parquet.with_labels(labels);
    records.each(&mut |view| Ok(parquet.record(view)?))?;
    Ok(parquet.finish()?.flush()?)
}

/// Rows wait in private files of the node's folder, as the file itself does.
fn workbook(
    records: &mut Records<'_>,
    out: impl Write + Send,
    kind: Option<&'static Kind>,
    (folder, reach, worded): (&Path, Reach, Worded<'_>),
    labels: &LabelsSaid,
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
    let mut names = Names::of(records);
    let sheets = Sheets::new(folder, &kinds, reach, worded)?;
    let mut sheets = sheets.with_labels(labels);
    records.each(&mut |view| Ok(sheets.record(view, names.linked(view)?)?))?;
    sheets.finish(out)?;
    Ok(())
}

fn check_sheets(counts: &BTreeMap<&'static str, u64>) -> Result<(), ExportError> {
    let mut counts = counts.iter();
    match counts.find(|(_, count)| **count > SHEET_RECORDS_MAX) {
        Some((kind, _)) => Err(ExportError::SheetFull(kind)),
        None => Ok(()),
    }
}

/// As long as commands wait for the index elsewhere.
pub(super) const VIEWS_DEADLINE: Duration = Duration::from_secs(5);
/// Names that are kept: some megabytes. A census of links to more records looks some up again.
const NAMES_MAX: usize = 20_000;
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
