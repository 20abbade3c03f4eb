//! The documents of a record: what its page shows of them, how files and addresses are added and taken away, and how a file is opened
//! that only another node keeps.

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, REFRESH};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use crdt_schema::draft::Draft;
use crdt_schema::edit::Operation;
use crdt_schema::id::{FileHash, ItemId, RecordId};
use crdt_schema::personal::traces;
use crdt_schema::record::{AttachedFile, DOCUMENTS, Document, FileType};
use crdt_schema::register::link;
use crdt_schema::view::RecordView;
use exchange::attachment::{Unfit, prepare};
use replica::{Attachments, EditInfo, Saving};

use crate::app::{App, blocking};
use crate::error::{PageError, page};
use crate::fetching::{Coming, NoFile};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::census;
use crate::pages::statements::held_record;
use crate::parts::{self, Field, Problem, Summary};
use crate::upload::{self, FILE, SentFile, UploadError};
use crate::visit::{PersonVisit, Visit, encoded};

/// The part of the record's page.
#[derive(Template)]
#[template(path = "record_documents.html")]
pub(super) struct Block {
    language: Language,
    address: String,
    token: String,
    is_writer: bool,
    rows: Vec<Row>,
    /// A document that was taken away just now, to be put back.
    removed: Option<Removed>,
}

struct Row {
    href: String,
    name: String,
    /// Type and size of a file.
    about: Option<String>,
    /// Whether the bytes of a file are on another node only.
    is_elsewhere: bool,
    sources: Vec<String>,
    term: String,
}

struct Removed {
    said: String,
    term: String,
}

#[derive(Template)]
#[template(path = "documents/add.html")]
struct AddPage {
    layout: Layout,
    summary: Summary,
    back: String,
    file_error: Option<String>,
    hint: String,
    accepted: String,
    link: Field,
}

#[derive(Template)]
#[template(path = "documents/coming.html")]
struct ComingPage {
    layout: Layout,
    back: String,
    here: String,
    said: String,
    /// Bytes that have come, and all of them, while they come.
    share: Option<(u64, u64)>,
    refreshes: bool,
}

impl HtmlSafe for Block {}

pub(super) fn routes() -> Router<App> {
    let sending = post(attach).layer(upload::body_limit());
    Router::new()
        .route("/fiches/{record}/documents/ajouter", get(form))
        .route("/fiches/{record}/documents/fichier", sending)
        .route("/fiches/{record}/documents/adresse", post(add_link))
        .route("/fiches/{record}/documents/retirer", post(remove))
        .route("/fiches/{record}/documents/remettre", post(put_back))
        .route("/fiches/{record}/documents/{hash}", get(open))
}

impl Block {
    /// Puts the part together. `query` is that of the page, which may name a document that was taken away just now.
    pub(super) fn of(
        visit: &Visit,
        is_writer: bool,
        attachments: &Attachments,
        (view, edits, authors): (&RecordView, &[EditInfo], &BTreeMap<ItemId, String>),
        query: &str,
    ) -> Self {
        let language = visit.language;
        let address = format!("/fiches/{}", view.record);
        let field = view.field(DOCUMENTS.name);
        let terms = field.into_iter().flat_map(|field| &field.terms);
        let rows = terms.map(|(term, writers)| {
            let sources = writers.iter();
            let sources = sources.filter_map(|writer| authors.get(&writer.edit).cloned());
            let document = Document::parse(term);
            Row {
                href: match &document {
                    Some(Document::File(file)) => href(&address, file),
                    Some(Document::Link(address)) => address.clone(),
                    None => String::new(),
                },
                name: document.as_ref().map_or_else(|| term.clone(), name),
                about: match &document {
                    Some(Document::File(file)) => Some(about(language, file)),
                    Some(Document::Link(_)) | None => None,
                },
                is_elsewhere: match &document {
                    Some(Document::File(file)) => !attachments.holds(&file.hash),
                    Some(Document::Link(_)) | None => false,
                },
                sources: sources.collect(),
                term: term.clone(),
            }
        });
        let removed = removed_in(query)
            .filter(|document| !view.documents().contains(document))
            // Whoever makes a link up puts no words in our mouth.
            .filter(|document| was_removed(edits, document))
            .map(|document| Removed {
                said: language.text_with("document-removed", &[("name", name(&document).into())]),
                term: document.term(),
            });
        Self {
            language,
            token: visit.form_token(),
            is_writer,
            rows: rows.collect(),
            removed,
            address,
        }
    }

    fn text(&self, key: &str) -> String {
        self.language.text(key)
    }
}

fn name(document: &Document) -> String {
    match document {
        Document::File(file) => file.name.clone(),
        Document::Link(address) => address.clone(),
    }
}

/// Names the very document: a record may name one hash by several sizes and names.
fn href(address: &str, file: &AttachedFile) -> String {
    let (bytes, name) = (file.bytes, encoded(&file.name));
    format!(
        "{address}/documents/{}?octets={bytes}&nom={name}",
        file.hash
    )
}

fn about(language: Language, file: &AttachedFile) -> String {
    let size = size(language, file.bytes);
    let file_type = file.file_type.code().to_uppercase();
    let values = [("type", file_type.into()), ("size", size.into())];
    language.text_with("document-about", &values)
}

/// Says a size as people read it, with a digit behind the comma below ten.
fn size(language: Language, bytes: u64) -> String {
    let (unit, key) = match bytes {
        0..KILO => return language.text_with("size-bytes", &[("count", bytes.into())]),
        KILO..MEGA => (KILO, "size-kilo"),
        _ => (MEGA, "size-mega"),
    };
    let tenths = (bytes * 10).div_ceil(unit);
    let number = match tenths % 10 {
        0 => (tenths / 10).to_string(),
        _ if tenths >= 100 => tenths.div_ceil(10).to_string(),
        tenth => {
            let sign = if language == Language::French {
                ','
            } else {
                '.'
            };
            format!("{}{sign}{tenth}", tenths / 10)
        }
    };
    language.text_with(key, &[("number", number.into())])
}

fn was_removed(edits: &[EditInfo], document: &Document) -> bool {
    let term = document.term();
    edits.iter().any(|edit| {
        let operations = edit.operations.as_ref();
        let operations = operations.and_then(|operations| operations.as_ref().ok());
        operations.is_some_and(|all| {
            all.iter().any(|one| {
                matches!(one, Operation::Remove { field, term: its } if field == DOCUMENTS.name && *its == term)
            })
        })
    })
}

fn removed_in(query: &str) -> Option<Document> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let mut removed = pairs.filter(|(key, _)| key == REMOVED);
    Document::parse(&removed.next()?.1)
}

async fn form(
    State(app): State<App>,
    Path(record): Path<String>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    visit.writer().map_err(IntoResponse::into_response)?;
    let (_, view) = held_record(&app, &record).await?;
    ask(&visit, &view, "", &[]).map_err(IntoResponse::into_response)
}

fn ask(
    visit: &Visit,
    view: &RecordView,
    typed: &str,
    problems: &[Problem],
) -> Result<Response, PageError> {
    let language = visit.language;
    let name = census::name(language, view);
    let types: Vec<String> = FileType::ALL
        .iter()
        .map(|each| each.code().to_uppercase())
        .collect();
    let endings = FileType::ALL.iter().map(|each| format!(".{each}"));
    let mut accepted: Vec<String> = endings.collect();
    accepted.push(".jpeg".to_owned());
    let shown = AddPage {
        layout: visit.layout(language.text_with("document-add-heading", &[("name", name.into())])),
        back: format!("/fiches/{}", view.record),
        file_error: problems.iter().find_map(|problem| problem.of(FILE)),
        hint: language.text_with("document-file-hint", &[("types", types.join(", ").into())]),
        accepted: accepted.join(","),
        link: Field::text(LINK, language.text("document-link"))
            .with_hint(language.text("document-link-hint"))
            .with_value(typed)
            .with_problems(problems),
        summary: Summary::new(language, problems.to_vec()),
    };
    page(parts::status(problems), &shown)
}

async fn attach(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentFile,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let (_, view) = held_record(&app, &record).await?;
    attached(&app, form, view)
        .await
        .map_err(IntoResponse::into_response)
}

async fn attached(app: &App, form: SentFile, view: RecordView) -> Result<Response, PageError> {
    let language = form.visit.language;
    let read = match form.upload {
        Ok(upload) => {
            let prepared = blocking(move || {
                let name = upload.name.clone();
                let bytes = upload.bytes();
                bytes.map(|bytes| prepare(bytes, &name))
            });
            prepared.await?.map_err(|_| PageError::Interrupted)?
        }
        Err(UploadError::Missing) => {
            let problem = Problem::new(FILE, language.text("document-missing"));
            return ask(&form.visit, &view, "", &[problem]);
        }
        Err(UploadError::TooLarge) => Err(Unfit::TooLarge),
    };
    let prepared = match read {
        Ok(prepared) if traces(&prepared.name).is_empty() => prepared,
        Ok(_) => {
            let problem = Problem::new(FILE, language.text("document-name-personal"));
            return ask(&form.visit, &view, "", &[problem]);
        }
        Err(unfit) => {
            let problem = Problem::new(FILE, language.text(unfit_key(unfit)));
            return ask(&form.visit, &view, "", &[problem]);
        }
    };
    let document = Document::File(AttachedFile {
        hash: replica::hash_of(&prepared.bytes),
        bytes: prepared.bytes.len() as u64,
        file_type: prepared.file_type,
        name: prepared.name,
    });
    let saving = Saving::over(&view, view.adding_document(&document));
    app.attach(prepared.bytes, saving).await?;
    Ok(to_record(&view, SAVED))
}

fn unfit_key(unfit: Unfit) -> &'static str {
    match unfit {
        Unfit::Damaged => "document-damaged",
        Unfit::Empty => "document-empty",
        Unfit::Macros => "document-macros",
        Unfit::TooLarge => "document-too-large",
        Unfit::Type => "document-type",
    }
}

async fn add_link(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let (_, view) = held_record(&app, &record).await?;
    linked(&app, &form, view)
        .await
        .map_err(IntoResponse::into_response)
}

async fn linked(app: &App, form: &SentForm, view: RecordView) -> Result<Response, PageError> {
    let language = form.visit.language;
    let typed = form.text(LINK);
    let outcome = link(typed);
    let (proposed, address) = (outcome.proposed().cloned(), outcome.into_accepted());
    let Some(address) = address else {
        let said = match (typed.is_empty(), proposed) {
            (true, _) => language.text("document-link-missing"),
            (false, Some(proposed)) => {
                language.text_with("document-link-proposed", &[("address", proposed.into())])
            }
            (false, None) => language.text("document-link-wrong"),
        };
        return ask(&form.visit, &view, typed, &[Problem::new(LINK, said)]);
    };
    let draft = view.adding_document(&Document::Link(address));
    save(app, &view, draft).await?;
    Ok(to_record(&view, SAVED))
}

async fn remove(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let (_, view) = held_record(&app, &record).await?;
    let document = named(&form).map_err(IntoResponse::into_response)?;
    let draft = view.removing_document(&document);
    let saved = save(&app, &view, draft).await;
    saved.map_err(IntoResponse::into_response)?;
    let query = format!("{REMOVED}={}", encoded(&document.term()));
    Ok(to_record(&view, &query))
}

async fn put_back(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let (_, view) = held_record(&app, &record).await?;
    let document = named(&form).map_err(IntoResponse::into_response)?;
    let draft = view.adding_document(&document);
    let saved = app.name_again(Saving::over(&view, draft)).await;
    saved.map_err(IntoResponse::into_response)?;
    Ok(to_record(&view, SAVED))
}

fn named(form: &SentForm) -> Result<Document, PageError> {
    Document::parse(form.raw("document")).ok_or(PageError::NotFound)
}

async fn save(app: &App, view: &RecordView, draft: Draft) -> Result<(), PageError> {
    app.save(Saving::over(view, draft)).await.map(drop)
}

fn to_record(view: &RecordView, query: &str) -> Response {
    Redirect::to(&format!("/fiches/{}?{query}#documents", view.record)).into_response()
}

async fn open(
    State(app): State<App>,
    Path((record, hash)): Path<(String, String)>,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let not_found = || PageError::NotFound.into_response();
    let hash = FileHash::parse(&hash).map_err(|_| not_found())?;
    let (record, view) = held_record(&app, &record).await?;
    // Only what the record names: the hash alone opens nothing.
    let files = view.documents().into_iter().filter_map(Document::into_file);
    let files: Vec<_> = files.filter(|file| file.hash == hash).collect();
    let query = query.unwrap_or_default();
    let asked = |key: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(its, _)| its == key).map(|(_, value)| value)
    };
    let (bytes, name) = (asked("octets"), asked("nom"));
    let is_meant = |file: &&AttachedFile| {
        bytes
            .as_ref()
            .is_none_or(|bytes| **bytes == file.bytes.to_string())
            && name.as_ref().is_none_or(|name| **name == file.name)
    };
    let file = files.iter().find(is_meant).or(files.first());
    let file = file.ok_or_else(not_found)?;
    let stays = asked("fixe").is_some();
    opened(&app, &visit, record, file, !stays)
        .await
        .map_err(IntoResponse::into_response)
}

async fn opened(
    app: &App,
    visit: &Visit,
    record: RecordId,
    file: &AttachedFile,
    refreshes: bool,
) -> Result<Response, PageError> {
    if let Some(bytes) = read(app, file).await? {
        return Ok(sent(file, bytes));
    }
    let language = visit.language;
    let coming = app.fetching().file(app, file).await?;
    let said = match coming {
        Coming::Here => match read(app, file).await? {
            Some(bytes) => return Ok(sent(file, bytes)),
            None => language.text("document-no-room"),
        },
        Coming::Under(bytes) => {
            let values = [
                ("done", size(language, bytes).into()),
                ("total", size(language, file.bytes).into()),
            ];
            language.text_with("document-coming", &values)
        }
        Coming::Missing(NoFile::Alone) => language.text("document-alone"),
        Coming::Missing(NoFile::NotGiven) => language.text("document-not-given"),
        Coming::NoRoom => language.text("document-no-room"),
        Coming::Busy => language.text("document-busy"),
    };
    let share = match coming {
        Coming::Under(bytes) => Some((bytes, file.bytes)),
        _ => None,
    };
    let refreshes = refreshes && share.is_some();
    let view = ComingPage {
        layout: visit.layout(file.name.clone()),
        back: format!("/fiches/{record}#documents"),
        here: href(&format!("/fiches/{record}"), file),
        said,
        share,
        refreshes,
    };
    let status = match share {
        Some(_) => StatusCode::OK,
        None => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut response = page(status, &view)?;
    if refreshes {
        response.headers_mut().insert(REFRESH, REFRESH_SECONDS);
    }
    Ok(response)
}

async fn read(app: &App, file: &AttachedFile) -> Result<Option<Vec<u8>>, PageError> {
    let (attachments, hash) = (app.census()?.replica.attachments(), file.hash);
    let read = blocking(move || attachments.read(&hash)).await?;
    read.map_err(|error| {
        tracing::error!(%error, file = %hash, "an attached file cannot be read");
        PageError::Interrupted
    })
}

/// Sends the file to be kept, never to be shown in the browser: what a partner attached runs nothing here.
fn sent(file: &AttachedFile, bytes: Vec<u8>) -> Response {
    let plain = format!("document.{}", file.file_type);
    let name = encoded(&file.name);
    let headers = [
        (CONTENT_TYPE, file.file_type.media_type().to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{name}"),
        ),
    ];
    (headers, Body::from(bytes)).into_response()
}

const LINK: &str = "adresse";
const REMOVED: &str = "document_retire";
const SAVED: &str = "enregistre=1";
const REFRESH_SECONDS: HeaderValue = HeaderValue::from_static("2");
const KILO: u64 = 1_000;
const MEGA: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_said_with_a_digit_behind_the_comma_below_ten() {
        for (bytes, said) in [
            (1, "1\u{a0}octet"),
            (999, "999\u{a0}octets"),
            (1_000, "1\u{a0}ko"),
            (1_201, "1,3\u{a0}ko"),
            (45_600, "46\u{a0}ko"),
            (20 << 20, "21\u{a0}Mo"),
        ] {
            let shown = size(Language::French, bytes);
            assert_eq!(shown.replace(['\u{2068}', '\u{2069}'], ""), said);
        }
        assert!(size(Language::English, 1_201).contains("1.3"));
    }
}
