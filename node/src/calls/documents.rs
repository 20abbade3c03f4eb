//! Documents of a record: files that are attached, addresses of pages, and the bytes of a file written to the disk.

use std::fs::File;
use std::future::Future;
use std::io::{Read, Write};
use std::path::Path;
use std::pin::Pin;

use admin_ui::{Files, NoFile};
use crdt_schema::id::FileHash;
use crdt_schema::personal::traces;
use crdt_schema::record::{AttachedFile, Document, FILE_BYTES_MAX};
use crdt_schema::register::link;
use crdt_schema::view::RecordView;
use exchange::attachment::{Unfit, prepare};
use replica::{ContributeError, Saving};
use serde_json::{Value as Json, json};
use sync::endpoint::FileError;

use crate::app::App;
use crate::call::{NewDocument, Outcome, Progress, Refusal};
use crate::calls::records::{find, not_found};
use crate::whole_file::{Existing, Unwhole, WholeFile, exists};

/// Adds a document to a record.
pub(crate) fn record_attach(app: &App, record: &str, document: &NewDocument) -> Outcome {
    let view = view(app, record)?;
    match document {
        NewDocument::File { file, name } => attach_file(app, &view, file, name.as_deref()),
        NewDocument::Link(typed) => {
            let outcome = link(typed);
            let proposed = outcome.proposed().cloned();
            let Some(address) = outcome.into_accepted() else {
                let hint = proposed.map_or_else(
                    || "give one that begins with https://".to_owned(),
                    |proposed| format!("do you mean {proposed}?"),
                );
                let message = format!("{typed} is no address of a page: {hint}");
                return Err(Refusal::new("document_link", message));
            };
            let document = Document::Link(address);
            let saved = app
                .replica
                .save(Saving::over(&view, view.adding_document(&document)));
            answer(&view, &document, saved, false)
        }
    }
}

/// Takes a document of a record away.
pub(crate) fn record_detach(app: &App, record: &str, document: &str) -> Outcome {
    let view = view(app, record)?;
    let document = named(&view, document)?;
    let draft = view.removing_document(&document);
    let saved = app.replica.save(Saving::over(&view, draft));
    answer(&view, &document, saved, false)
}

/// Writes an attached file to the disk. One that is not held here is asked of the connected nodes.
pub(crate) fn record_fetch(
    app: &App,
    record: &str,
    document: &str,
    (path, force): (&Path, bool),
    progress: &mut dyn FnMut(Progress),
) -> Outcome {
    if !force && path.exists() {
        return Err(exists(path));
    }
    let view = view(app, record)?;
    let Document::File(file) = named(&view, document)? else {
        return Err(Refusal::new(
            "document_link",
            "this document is a page elsewhere: open its address in a browser",
        ));
    };
    let attachments = app.replica.attachments();
    let unreadable = |error: std::io::Error| Refusal::new("file", error.to_string());
    let held = attachments.read(&file.hash).map_err(unreadable)?;
    let is_fetched = held.is_none();
    let bytes = match held {
        Some(bytes) => bytes,
        None => {
            progress(Progress {
                done: 0,
                total: Some(file.bytes),
            });
            let bytes = app.fetch_file(&file)?;
            // A disk that is nearly full keeps no copy; whoever asked gets the file all the same.
            app.replica.keep_fetched(&bytes)?;
            bytes
        }
    };
    let existing = match force {
        true => Existing::Replaced,
        false => Existing::Kept,
    };
    let written = WholeFile::begin(path)?.write(existing, |mut to| to.write_all(&bytes));
    written.map_err(|error| match error {
        Unwhole::File(refusal) => refusal,
        Unwhole::Other(error) => Refusal::new("file", format!("{}: {error}", path.display())),
    })?;
    let mut answer = document_json(app, &Document::File(file));
    answer["record"] = json!(view.record.to_string());
    answer["file"] = json!(path.display().to_string());
    answer["fetched"] = json!(is_fetched);
    Ok(answer)
}

/// The documents of a record, as `record show --json` gives them.
pub(super) fn documents_json(app: &App, view: &RecordView) -> Vec<Json> {
    let documents = view.documents().into_iter();
    documents
        .map(|document| document_json(app, &document))
        .collect()
}

fn document_json(app: &App, document: &Document) -> Json {
    match document {
        Document::File(file) => json!({
            "name": file.name,
            "type": file.file_type.code(),
            "bytes": file.bytes,
            "blake3": file.hash.to_string(),
            "held": app.replica.attachments().holds(&file.hash),
        }),
        Document::Link(address) => json!({ "link": address }),
    }
}

fn attach_file(app: &App, view: &RecordView, path: &Path, name: Option<&str>) -> Outcome {
    let shown = path.display();
    let bytes = read(path).map_err(|error| Refusal::new("file", format!("{shown}: {error}")))?;
    let own = path.file_name().unwrap_or_default().to_string_lossy();
    let prepared = prepare(bytes, name.unwrap_or(&own)).map_err(|unfit| {
        let message = format!("{shown}: {unfit}: {}", what_to_do(unfit));
        Refusal::new(unfit.code(), message)
    })?;
    if !traces(&prepared.name).is_empty() {
        return Err(Refusal::new(
            "document_name_personal",
            "all partners read the name of the file: put no mail address and no phone number there (--name NAME gives another)",
        ));
    }
    let document = Document::File(AttachedFile {
        hash: replica::hash_of(&prepared.bytes),
        bytes: prepared.bytes.len() as u64,
        file_type: prepared.file_type,
        name: prepared.name,
    });
    let saving = Saving::over(view, view.adding_document(&document));
    let saved = app
        .replica
        .attach(&prepared.bytes, || app.replica.save(saving));
    answer(view, &document, saved, prepared.is_cleaned)
}

/// Reads one byte more than may be attached, so that a larger file is told as such.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn what_to_do(unfit: Unfit) -> &'static str {
    match unfit {
        Unfit::Damaged => "open it in a program for pictures, and save it again",
        Unfit::Empty => "give another",
        Unfit::Macros => "save it without macros, or as PDF",
        Unfit::TooLarge => "make it smaller, or give the address where it is (--link)",
        Unfit::Type => {
            "save it as PDF, or give the address where it is (--link); PDF, ODF, Office, CSV, TXT, JPEG, PNG and WebP are taken"
        }
    }
}

fn view(app: &App, record: &str) -> Result<RecordView, Refusal> {
    let reader = app.replica.read()?;
    let record = find(&reader, record)?;
    let view = reader.record(&record)?;
    view.ok_or_else(|| not_found(&record.to_string()))
}

/// Finds a document of a record by its name, its address, or the first digits of its hash.
fn named(view: &RecordView, text: &str) -> Result<Document, Refusal> {
    let is_meant = |document: &Document| match document {
        Document::File(file) => {
            // With its size behind the hash, where records name one hash by several.
            let whole = format!("{}/{}", file.hash, file.bytes);
            let is_start = text.len() >= HASH_DIGITS_MIN && whole.starts_with(text);
            file.name == text || is_start
        }
        Document::Link(address) => address == text,
    };
    let mut meant = view.documents().into_iter().filter(is_meant);
    match (meant.next(), meant.next()) {
        (Some(document), None) => Ok(document),
        (Some(_), Some(_)) => Err(Refusal::new(
            "document_ambiguous",
            format!(
                "several documents are called {text}: give the first digits of one's hash, which `record show --json` has"
            ),
        )),
        (None, _) => Err(Refusal::new(
            "document_unknown",
            format!("the record has no document {text}: `record show` lists them"),
        )),
    }
}

fn answer(
    view: &RecordView,
    document: &Document,
    saved: Result<Option<crdt_schema::id::EntryId>, ContributeError>,
    is_cleaned: bool,
) -> Outcome {
    let saved = saved.map_err(|error| match error {
        ContributeError::Fault(fault) => fault.into(),
        other => Refusal::new(other.code(), other.to_string()),
    })?;
    let name = match document {
        Document::File(file) => &file.name,
        Document::Link(address) => address,
    };
    Ok(json!({
        "record": view.record.to_string(),
        "document": name,
        "entry": saved.map(|entry| entry.to_string()),
        "changed": saved.is_some(),
        "cleaned": is_cleaned,
    }))
}

impl App {
    /// Asks the connected nodes for a file, and waits for it on this thread.
    fn fetch_file(&self, file: &AttachedFile) -> Result<Vec<u8>, Refusal> {
        let came = self.block_on(|app| app.file(&file.hash, file.bytes, &|_| ()));
        match came {
            Some(Ok(bytes)) => Ok(bytes),
            Some(Err(NoFile::NotGiven)) => Err(Refusal::new(
                "document_not_given",
                "no connected node has this file: try again when the node of the organisation that attached it is online",
            )),
            Some(Err(NoFile::Alone)) => Err(Refusal::new(
                "document_alone",
                "this file is on other nodes, and none is connected: try again later",
            )),
            None => Err(Refusal::new(
                "document_alone",
                "this file is on other nodes: start this one with `maillage run`, then ask again",
            )),
        }
    }
}

impl Files for App {
    fn file<'a>(
        &'a self,
        hash: &'a FileHash,
        bytes: u64,
        progress: &'a (dyn Fn(u64) + Send + Sync),
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, NoFile>> + Send + 'a>> {
        Box::pin(async move {
            let endpoint = self.running_endpoint().ok_or(NoFile::Alone)?;
            let came = endpoint.file(hash, bytes, progress).await;
            came.map_err(|error| match error {
                FileError::Alone => NoFile::Alone,
                FileError::NotGiven => NoFile::NotGiven,
            })
        })
    }
}

/// As few digits as other ids are named by.
const HASH_DIGITS_MIN: usize = 4;
