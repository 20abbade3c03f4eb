//! Files in and out.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crdt_schema::cbor::Wire;
use crdt_schema::edit::Content;
use crdt_schema::entry::{EditFrame, Frame};
use crdt_schema::id::{FederationId, RecordId};
use crdt_schema::record::{KINDS, Kind};
use crdt_schema::register::{LAST_YEAR, Territories};
use crdt_schema::view::RecordView;
use exchange::csv::Flavour;
use exchange::export::{Csv, GeoJson, Reach, extras};
use exchange::{Census, Choices, Plan, PlannedEdit, Report, Settings, Strictness, Table};
use replica::{Fault, NewItem, Reader};
use serde_json::json;

use crate::app::App;
use crate::call::{Export, Import, Outcome, Progress, Refusal};

/// Edits that are signed at once: one entry of 256 records, several entries a transaction.
const EDITS_AT_ONCE: usize = 2_048;
/// Rows between two words on the progress.
const PROGRESS_ROWS: u64 = 200;

/// The census as an import compares with it.
struct Held<'r> {
    reader: &'r Reader,
    federation: FederationId,
}

impl Census for Held<'_> {
    type Error = Fault;

    fn federation(&self) -> FederationId {
        self.federation
    }

    fn find(&self, record: &RecordId) -> Result<Option<RecordView>, Fault> {
        self.reader.record(record)
    }
}

/// Imports a file: once to see whether anything is refused, once more to sign. Nothing is written when rows are refused, unless the
/// person asks for the rest.
pub(crate) fn import(app: &App, import: &Import, progress: &mut dyn FnMut(Progress)) -> Outcome {
    let mut ignore = |_: Vec<PlannedEdit>| Ok(());
    let report = plan(app, import, progress, &mut ignore)?;
    let may_write = !import.dry_run && (report.refused == 0 || import.import_the_rest);
    if may_write && report.new + report.changed > 0 {
        let mut sign = |edits: Vec<PlannedEdit>| {
            let signed = app
                .replica
                .contribute(edits.into_iter().map(item).collect());
            signed.map(|_| ()).map_err(Refusal::from)
        };
        plan(app, import, progress, &mut sign)?;
    }
    let mut answer =
        serde_json::to_value(&report).map_err(|error| Refusal::new("failed", error.to_string()))?;
    answer["written"] = json!(may_write);
    Ok(answer)
}

fn plan(
    app: &App,
    import: &Import,
    progress: &mut dyn FnMut(Progress),
    take: &mut dyn FnMut(Vec<PlannedEdit>) -> Result<(), Refusal>,
) -> Result<Report, Refusal> {
    let table = Table::open(&import.file, &Choices::default())
        .map_err(|unreadable| unreadable_file(unreadable.code(), &unreadable.to_string()))?;
    let reader = app.replica.read()?;
    let federation = *app.replica.state().federation();
    let census = Held {
        reader: &reader,
        federation,
    };
    let source = source(import);
    let settings = Settings {
        source: &source,
        kind: import.kind.as_deref().map(kind).transpose()?,
        wishes: &import.columns,
        confirmed: &[],
        lists: Territories::shared(),
        year: LAST_YEAR,
        strictness: Strictness::Row,
    };
    let mut plan = Plan::new(table, settings, &census)
        .map_err(|error| unreadable_file("mapping", &error.to_string()))?;
    let (mut edits, mut planned) = (Vec::new(), 0_u64);
    for edit in plan.by_ref() {
        edits.push(edit?);
        planned += 1;
        if planned.is_multiple_of(PROGRESS_ROWS) {
            progress(Progress {
                done: planned,
                total: None,
            });
        }
        if edits.len() == EDITS_AT_ONCE {
            take(std::mem::take(&mut edits))?;
        }
    }
    take(edits)?;
    Ok(plan.finish()?)
}

fn kind(code: &str) -> Result<&'static Kind, Refusal> {
    Kind::parse(code).ok_or_else(|| {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.code).collect();
        Refusal::new(
            "kind_unknown",
            format!("there is no kind {code}: {}", known.join(", ")),
        )
    })
}

/// Without a name of its own, a source is named by its file.
fn source(import: &Import) -> String {
    let file = import
        .file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    import.source.clone().or(file).unwrap_or_default()
}

fn item(edit: PlannedEdit) -> NewItem {
    let PlannedEdit {
        record,
        birth,
        base,
        operations,
        ..
    } = edit;
    let frame = Frame::Edit(EditFrame {
        record,
        base,
        creation: birth,
    });
    NewItem {
        frame,
        content: Content(operations).to_cbor(),
    }
}

/// A file that cannot be read as a whole: the report of a dry run, with the reason.
fn unreadable_file(code: &str, reason: &str) -> Refusal {
    let detail = json!({
        "rows": 0, "new": 0, "changed": 0, "unchanged": 0, "refused": 0, "duplicates": 0, "problems": [],
        "code": code, "reason": reason,
    });
    Refusal {
        detail: Some(Box::new(detail)),
        ..Refusal::new(code, reason)
    }
}

/// Exports the records of one kind (CSV, GeoJSON), or of all (JSON), to a file that is complete or not there.
pub(crate) fn export(app: &App, export: &Export, progress: &mut dyn FnMut(Progress)) -> Outcome {
    let output = Output::of(export)?;
    let failed =
        |error: std::io::Error| Refusal::new("file", format!("{}: {error}", export.file.display()));
    let folder = export.file.parent().unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let reader = app.replica.read()?;
    let records =
        write_records(&reader, output, file.as_file(), progress).map_err(|error| match error {
            WriteError::Fault(fault) => fault.into(),
            WriteError::Io(error) => failed(error),
        })?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&export.file)
        .map_err(|error| failed(error.error))?;
    Ok(
        json!({ "records": records, "file": export.file.display().to_string(), "format": export.format }),
    )
}

/// A form in which records leave.
#[derive(Debug, Clone, Copy)]
enum Output {
    Csv(Flavour, &'static Kind),
    GeoJson(&'static Kind),
    Json(Option<&'static Kind>),
}

impl Output {
    fn of(export: &Export) -> Result<Self, Refusal> {
        let given = export.kind.as_deref().map(kind).transpose()?;
        let one = || {
            given.ok_or_else(|| {
            Refusal::new("kind_missing", "this format holds one kind a file: --kind actor, initiative, event or territory")
        })
        };
        match export.format.as_str() {
            "csv" => Ok(Output::Csv(Flavour::Machine, one()?)),
            "geojson" => Ok(Output::GeoJson(one()?)),
            "json" => Ok(Output::Json(given)),
            "tableur" => Ok(Output::Csv(Flavour::Spreadsheet, one()?)),
            other => Err(Refusal::new(
                "format_unknown",
                format!("there is no format {other:?}: csv, tableur, json or geojson"),
            )),
        }
    }

    fn kind(self) -> Option<&'static Kind> {
        match self {
            Output::Csv(_, kind) | Output::GeoJson(kind) => Some(kind),
            Output::Json(kind) => kind,
        }
    }
}

/// What goes wrong while records are written.
enum WriteError {
    Fault(Fault),
    Io(std::io::Error),
}

impl From<Fault> for WriteError {
    fn from(fault: Fault) -> Self {
        WriteError::Fault(fault)
    }
}

impl From<std::io::Error> for WriteError {
    fn from(error: std::io::Error) -> Self {
        WriteError::Io(error)
    }
}

fn write_records(
    reader: &Reader,
    output: Output,
    file: &File,
    progress: &mut dyn FnMut(Progress),
) -> Result<u64, WriteError> {
    let kind = output.kind();
    let mut done = 0_u64;
    let mut each = |write: &mut dyn FnMut(&RecordView) -> Result<(), WriteError>| {
        done = 0;
        reader.each_record(|view| {
            if kind.is_none_or(|kind| kind.code == view.kind()) {
                write(&view)?;
                done += 1;
                if done.is_multiple_of(PROGRESS_ROWS) {
                    progress(Progress { done, total: None });
                }
            }
            Ok::<(), WriteError>(())
        })
    };
    // A column for each field that no kind knows: they are found in a first pass.
    let mut extra_fields = BTreeSet::new();
    if let Some(kind) = kind {
        each(&mut |view| {
            extra_fields.extend(extras(kind, std::iter::once(view)));
            Ok(())
        })?;
    }
    let out = BufWriter::new(file);
    match output {
        Output::Csv(flavour, kind) => {
            let mut csv = Csv::new(out, flavour, kind, &extra_fields, Reach::Partners)?;
            each(&mut |view| Ok(csv.record(view)?))?;
            csv.finish()?.flush()?;
        }
        Output::GeoJson(kind) => {
            let mut geojson = GeoJson::new(out, kind, &extra_fields, Reach::Partners)?;
            each(&mut |view| Ok(geojson.record(view)?))?;
            geojson.finish()?.flush()?;
        }
        Output::Json(_) => {
            let mut json = exchange::export::Json::new(out, Reach::Partners)?;
            each(&mut |view| Ok(json.record(view)?))?;
            json.finish()?.flush()?;
        }
    }
    Ok(done)
}
