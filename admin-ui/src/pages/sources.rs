//! Sources: what is known of each, on a page of its own and on the record that describes it.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::record::{Kind, Shape};
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::{AnyField, Words};
use replica::search::Error;

use crate::app::App;
use crate::error::{PageError, page};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::is_writer;
use crate::sources::{self, Source};
use crate::visit::{PersonVisit, Visit};
use crate::wording;

#[derive(Template)]
#[template(path = "sources/list.html")]
struct List {
    layout: Layout,
    rows: Vec<Row>,
    is_writer: bool,
}

/// What is shown of a source.
struct Row {
    name: String,
    href: Option<String>,
    format: String,
    frequency: String,
    licence: String,
    is_due: bool,
    result: Vec<String>,
    kind: String,
    /// Columns, and what each becomes.
    columns: Vec<(String, String)>,
    mapped: String,
    import: String,
}

/// The part of the page of a source's record; nothing for other records.
#[derive(Template)]
#[template(path = "sources/block.html")]
pub(in crate::pages) struct Block {
    language: Language,
    row: Option<Row>,
    is_writer: bool,
}

impl HtmlSafe for Block {}

impl Block {
    fn text(&self, key: &str) -> String {
        self.language.text(key)
    }
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/sources", get(list))
}

/// Reads the part for the page of a record that is held.
pub(in crate::pages) async fn block(
    app: &App,
    language: Language,
    view: &RecordView,
    is_writer: bool,
) -> Result<Block, PageError> {
    let mut row = None;
    if view.kind() == "source" {
        let view = view.clone();
        let read = app.local(move |local| sources::of_record(local, &view));
        let lexicon = app.lexicon().await?;
        let now = app.now();
        let shown = |source: &Source| Row::of(language, lexicon.words(), source, now);
        row = read.await?.as_ref().map(shown);
    }
    Ok(Block {
        language,
        row,
        is_writer,
    })
}

async fn list(
    State(app): State<App>,
    PersonVisit { visit, person }: PersonVisit,
) -> Result<Response, Response> {
    let is_writer = is_writer(person.account.role);
    let shown = render(&app, &visit, is_writer).await;
    shown.map_err(IntoResponse::into_response)
}

async fn render(app: &App, visit: &Visit, is_writer: bool) -> Result<Response, PageError> {
    let language = visit.language;
    let read = app.read_both(move |replica, local| {
        let reader = replica.read()?;
        match sources::list((replica, &reader), local) {
            Ok(found) => Ok(found),
            Err(Error::Fault(fault)) => Err(fault.into()),
            // The question is ours: no index refuses it.
            Err(Error::Refused(_)) => Ok(Vec::new()),
        }
    });
    let found = read.await?;
    let lexicon = app.lexicon().await?;
    let now = app.now();
    let rows = found.iter();
    let rows = rows.map(|source| Row::of(language, lexicon.words(), source, now));
    let view = List {
        layout: visit.layout(language.text("sources-heading")),
        rows: rows.collect(),
        is_writer,
    };
    page(StatusCode::OK, &view)
}

impl Row {
    fn of(language: Language, words: &Words, source: &Source, now: Timestamp) -> Self {
        let term = |field: &str, code: &Option<String>| {
            let shape = words.any_field("source", field).map(AnyField::shape);
            let word = |code: &String| wording::term(language, words, shape, code);
            code.as_ref().map_or_else(String::new, word)
        };
        let mapping = source.kept.mapping.as_ref();
        let kind = mapping.and_then(|mapping| mapping.kind);
        let columns = mapping.into_iter().flat_map(|mapping| &mapping.wishes);
        let columns = columns.map(|(column, field)| {
            let becomes = match field.as_str() {
                "" => language.text("sources-left-out"),
                name => label(language, words, kind, name),
            };
            (column.clone(), becomes)
        });
        let columns: Vec<(String, String)> = columns.collect();
        let count = [("count", columns.len().into())];
        Self {
            name: source.name.clone(),
            href: source.record.map(|record| format!("/fiches/{record}")),
            format: term("format", &source.terms.format),
            frequency: term("frequency", &source.terms.frequency),
            licence: term("licence", &source.terms.licence),
            is_due: source.is_due(now.as_millis()),
            result: result(language, source),
            kind: kind.map_or_else(String::new, |kind| wording::kind_label(language, kind.code)),
            mapped: match mapping {
                Some(_) => language.text_with("sources-mapped", &count),
                None => language.text("sources-not-mapped"),
            },
            import: format!("/importer?source={}", encoded(&source.name)),
            columns,
        }
    }
}

fn label(language: Language, words: &Words, kind: Option<&'static Kind>, name: &str) -> String {
    let field = kind.and_then(|kind| words.any_field(kind.code, name));
    // What is no field of the kind is a part of one: a latitude, a street.
    match field.map(AnyField::shape) {
        Some(Shape::Outline) | None => name.to_owned(),
        Some(_) => wording::field_label(language, field, name),
    }
}

/// What the last import did, a line for each thing.
fn result(language: Language, source: &Source) -> Vec<String> {
    let Some(result) = &source.kept.result else {
        return vec![language.text("sources-never")];
    };
    let by = match result.by.is_empty() {
        true => language.text("import-past-by-command"),
        false => result.by.clone(),
    };
    let at = Timestamp::from_millis(result.at_ms);
    let when = [
        ("moment", language.moment(at).into()),
        ("file", result.file.clone().into()),
        ("by", by.into()),
    ];
    let counts = [
        ("rows", result.rows.into()),
        ("new", result.new.into()),
        ("changed", result.changed.into()),
        ("unchanged", result.unchanged.into()),
        ("refused", result.refused.into()),
    ];
    let mut lines = vec![
        language.text_with("sources-last", &when),
        language.text_with("sources-last-counts", &counts),
    ];
    if !result.is_written {
        lines.push(language.text("sources-last-held-up"));
    }
    lines
}

/// Writes a name for the query of an address: everything but letters, digits and `-` as bytes.
fn encoded(name: &str) -> String {
    let mut written = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => written.push(char::from(byte)),
            _ => written.push_str(&format!("%{byte:02X}")),
        }
    }
    written
}
