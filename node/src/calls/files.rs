//! Files in and out, for commands. The work itself is in `admin_ui::files`, which the pages use too.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::PathBuf;

use admin_ui::contact::SeenBy;
use admin_ui::files::{self, Contacts, ExportError, Form, ImportError, Refused, Request};
use crdt_schema::record::{KINDS, Kind};
use exchange::Unreadable;
use replica::local::Local;
use serde_json::json;

use crate::app::App;
use crate::call::{ContactsAsk, Export, Import, Outcome, Progress, Refusal};
use crate::whole_file::{Existing, Unwhole, WholeFile, unwritten};
use crate::{clock, keys, limits};

/// Imports a file, or says what importing it would do.
pub(crate) fn import(app: &App, import: &Import, progress: &mut dyn FnMut(Progress)) -> Outcome {
    let is_the_file = |report: &PathBuf| {
        let same = [report, &import.file].map(|path| path.canonicalize().ok());
        same[0].is_some() && same[0] == same[1]
    };
    if import.report.as_ref().is_some_and(is_the_file) {
        let sentence = "--report names the file that is imported: give it another name";
        return Err(Refusal::new("report_is_the_file", sentence));
    }
    // Before anything is signed: a folder that takes no file is said at once.
    let report = import.report.as_deref().map(WholeFile::begin).transpose()?;
    let file = File::open(&import.file).map_err(Unreadable::Io);
    let file = file.map_err(|error| refusal(&ImportError::from(error)))?;
    let name = import.file.file_name().map(|name| name.to_string_lossy());
    let name = name.unwrap_or_default();
    let local = app.local().map_err(Refusal::from)?;
    let contacts = import.contacts.as_ref().map(|ask| contacts(ask, &local));
    let contacts = contacts.transpose()?;
    let wanted = files::Import {
        file: &file,
        name: &name,
        sheet: import.sheet.as_deref(),
        // Without a name of its own, a source is named by its file.
        source: import.source.as_deref().unwrap_or(&name),
        kind: import.kind.as_deref().map(kind).transpose()?,
        wishes: &import.columns,
        confirmed: &import.confirmed,
        refused: refused(&import.refused)?,
        problems_max: usize::MAX,
        contacts,
    };
    let mut watch = |files::Progress { done, total }| {
        progress(Progress { done, total });
        ControlFlow::Continue(())
    };
    let imported = if import.dry_run {
        wanted.dry_run((&app.replica, &local), &mut watch)
    } else {
        let request = Request {
            by: "",
            at: clock::now(),
        };
        wanted.run((&app.replica, &local), request, &mut watch)
    };
    let imported = imported.map_err(|error| refusal(&error))?;
    let mut answer = serde_json::to_value(&imported.report)
        .map_err(|error| Refusal::new("failed", error.to_string()))?;
    answer["written"] = json!(imported.is_written);
    if let Some(number) = imported.number {
        answer["import"] = json!(number);
    }
    if imported.is_written {
        let own = limits::own_use(app)?;
        answer["waits"] = own["waits"].as_bool().unwrap_or_default().into();
    }
    if let Some(report) = report {
        let path = json!(report.path().display().to_string());
        let handed = report.write(Existing::Replaced, |file| {
            let folder = app.replica.folder();
            wanted.hand_back(&imported.report, folder, file).map(drop)
        });
        match handed.map_err(Unwhole::<Unreadable>::sentence) {
            Ok(()) => answer["report"] = path,
            // What was signed stands: it is counted, and this is said with it.
            Err(sentence) => answer["report_missing"] = sentence.into(),
        }
    }
    if import.contacts.is_some() {
        let counts = imported.contacts;
        answer["contacts"] = json!({
            "kept": counts.kept,
            "unchanged": counts.unchanged,
            "objected": counts.objected,
        });
    }
    Ok(answer)
}

fn contacts<'a>(ask: &'a ContactsAsk, local: &'a Local) -> Result<Contacts<'a>, Refusal> {
    let seen_by = SeenBy::parse(&ask.seen_by).ok_or_else(|| {
        Refusal::new(
            "seen_by_unknown",
            "contacts are for own, partners or public",
        )
    })?;
    let contacts = Contacts {
        seen_by,
        purpose: &ask.purpose,
        until: &ask.until,
        local,
        draw: keys::fill_random,
    };
    let wrong = contacts.wrong();
    if wrong.is_empty() {
        return Ok(contacts);
    }
    let message = format!("these cannot be read: --{}", wrong.join(", --"));
    Err(Refusal::new("contact_unreadable", message))
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

fn refused(code: &str) -> Result<Refused, Refusal> {
    Refused::parse(code).ok_or_else(|| {
        Refusal::new(
            "refused_unknown",
            format!("there is no choice {code:?} for what is refused: stop, row or cell"),
        )
    })
}

/// Says why nothing was imported; for a file that cannot be read as a whole, with the report of a dry run.
fn refusal(error: &ImportError) -> Refusal {
    let (code, reason) = (error.code(), error.to_string());
    let detail = match error {
        ImportError::Unmapped(_) | ImportError::Unreadable(_) => Some(Box::new(json!({
            "rows": 0, "new": 0, "changed": 0, "unchanged": 0, "refused": 0, "duplicates": 0, "problems": [],
            "code": code, "reason": reason,
        }))),
        ImportError::Contribute(_) | ImportError::Fault(_) | ImportError::Stopped => None,
    };
    Refusal {
        detail,
        ..Refusal::new(code, reason)
    }
}

/// Exports the records of one kind, or of all (JSON), to a file that is complete or not there.
pub(crate) fn export(app: &App, export: &Export, progress: &mut dyn FnMut(Progress)) -> Outcome {
    let wanted = files::Export {
        form: form(&export.format)?,
        kind: export.kind.as_deref().map(kind).transpose()?,
        found: None,
        now: clock::now(),
    };
    let mut watch = |files::Progress { done, total }| {
        progress(Progress { done, total });
        ControlFlow::Continue(())
    };
    let written = WholeFile::begin(&export.file)?.write(Existing::Replaced, |file| {
        wanted.write(&app.replica, file, &mut watch)
    });
    let exported = written.map_err(|error| match error {
        Unwhole::File(refusal) => refusal,
        Unwhole::Other(ExportError::Io(error)) => unwritten(&export.file, &error),
        Unwhole::Other(other) => Refusal::new(other.code(), other.to_string()),
    })?;
    Ok(json!({
        "records": exported.records,
        "without_date": exported.without_date,
        "file": export.file.display().to_string(),
        "format": export.format,
    }))
}

fn form(code: &str) -> Result<Form, Refusal> {
    Form::parse(code).ok_or_else(|| {
        Refusal::new(
            "format_unknown",
            format!("there is no format {code:?}: xlsx, tableur, ics, csv, json or geojson"),
        )
    })
}
