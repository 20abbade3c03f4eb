//! Files in and out.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crdt_schema::cbor::Wire;
use crdt_schema::edit::Content;
use crdt_schema::entry::{EditFrame, Frame};
use crdt_schema::id::RecordId;
use crdt_schema::record::{KINDS, Kind};
use crdt_schema::view::RecordView;
use exchange::export::{CsvExport, JsonExport, Output, extra_columns};
use exchange::import::{Census, Found, PlannedEdit, Planner, Report};
use exchange::mapping::Mapping;
use exchange::{Choices, Table};
use replica::{Fault, NewItem, Reader};
use serde_json::json;

use crate::app::App;
use crate::call::{Export, Import, Outcome, Progress, Refusal};

/// Edits that are signed at once: one entry of 256 records, several entries a transaction.
const EDITS_AT_ONCE: usize = 2_048;
/// Rows between two words on the progress.
const PROGRESS_ROWS: u64 = 200;

/// The census as an import compares with it.
struct Held<'r>(&'r Reader);

impl Census for Held<'_> {
    type Error = Fault;

    fn find(&self, record: &RecordId) -> Result<Option<Found>, Fault> {
        let view = self.0.record(record)?;
        Ok(view.map(|view| (view.heads, view.merged.fields)))
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
            app.replica
                .contribute(edits.into_iter().map(item).collect())
                .map(|_| ())
                .map_err(Refusal::from)
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
    let mut table = Table::open(&import.file, &Choices::default())
        .map_err(|unreadable| unreadable_file(unreadable.code(), &unreadable.to_string()))?;
    let mapping = Mapping::find(table.columns(), import.kind.as_deref(), &import.columns)
        .map_err(|error| unreadable_file(error.code(), &error.to_string()))?;
    let reader = app.replica.read()?;
    let census = Held(&reader);
    let federation = *app.replica.state().federation();
    let mut planner = Planner::new(&census, federation, &source(import), mapping, &table);
    let (mut edits, mut rows) = (Vec::new(), 0_u64);
    for row in table.by_ref() {
        edits.extend(planner.row(row)?);
        rows += 1;
        if rows.is_multiple_of(PROGRESS_ROWS) {
            progress(Progress {
                done: rows,
                total: None,
            });
        }
        if edits.len() == EDITS_AT_ONCE {
            take(std::mem::take(&mut edits))?;
        }
    }
    take(edits)?;
    Ok(planner.finish(&table))
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

/// Exports the records of one kind (CSV), or of all (JSON, GeoJSON), to a file that is complete or not there.
pub(crate) fn export(app: &App, export: &Export, progress: &mut dyn FnMut(Progress)) -> Outcome {
    let Some(output) = Output::parse(&export.format) else {
        let message = format!(
            "there is no format {:?}: csv, tableur, json or geojson",
            export.format
        );
        return Err(Refusal::new("format_unknown", message));
    };
    let kind = match export.kind.as_deref() {
        None if output.is_of_one_kind() => {
            return Err(Refusal::new(
                "kind_missing",
                "a CSV file holds one kind: --kind actor, initiative, event or territory",
            ));
        }
        None => None,
        Some(code) => Some(Kind::parse(code).ok_or_else(|| {
            let known: Vec<&str> = KINDS.iter().map(|kind| kind.code).collect();
            Refusal::new(
                "kind_unknown",
                format!("there is no kind {code}: {}", known.join(", ")),
            )
        })?),
    };
    let failed =
        |error: std::io::Error| Refusal::new("file", format!("{}: {error}", export.file.display()));
    let folder = export.file.parent().unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let reader = app.replica.read()?;
    let records = write_records(&reader, output, kind, file.as_file(), progress).map_err(
        |error| match error {
            WriteError::Fault(fault) => fault.into(),
            WriteError::Io(error) => failed(error),
        },
    )?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&export.file)
        .map_err(|error| failed(error.error))?;
    Ok(
        json!({ "records": records, "file": export.file.display().to_string(), "format": export.format }),
    )
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
    kind: Option<&'static Kind>,
    file: &File,
    progress: &mut dyn FnMut(Progress),
) -> Result<u64, WriteError> {
    let is_wanted = |view: &RecordView| kind.is_none_or(|kind| kind.code == view.kind());
    let done = RefCell::new(0_u64);
    let mut each = |write: &mut dyn FnMut(&RecordView) -> Result<(), WriteError>| {
        reader.each_record(|view| {
            if is_wanted(&view) {
                *done.borrow_mut() += 1;
                write(&view)?;
                if done.borrow().is_multiple_of(PROGRESS_ROWS) {
                    progress(Progress {
                        done: *done.borrow(),
                        total: None,
                    });
                }
            }
            Ok::<(), WriteError>(())
        })
    };
    let out = BufWriter::new(file);
    match kind.filter(|_| output.is_of_one_kind()) {
        Some(kind) => {
            let mut extras = std::collections::BTreeSet::new();
            each(&mut |view| {
                extras.extend(extra_columns(std::iter::once(view)));
                Ok(())
            })?;
            done.replace(0);
            let mut csv = CsvExport::new(out, output == Output::Spreadsheet, kind, extras)?;
            each(&mut |view| Ok(csv.record(view)?))?;
            csv.finish()?.flush()?;
        }
        None => {
            let mut json = JsonExport::new(out, output == Output::GeoJson)?;
            each(&mut |view| Ok(json.record(view)?))?;
            json.finish()?.flush()?;
        }
    }
    Ok(done.into_inner())
}
