//! Rows on the page of a record: a table, and the rows that partners changed apart, to be settled as a whole or cell by cell.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Field;
use crdt_schema::id::RecordId;
use crdt_schema::record::{COMMITMENTS, Commitment, Kind, Row, Rows, Shape, row_id_of};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::{AnyField, Lexicon};
use replica::Saving;
use serde_json::Value as Json;

use super::{Held, to_settle};
use crate::app::App;
use crate::error::PageError;
use crate::form::SentForm;
use crate::i18n::Language;
use crate::wording;

/// The rows of a field as a table.
#[derive(Template)]
#[template(path = "parts/rows.html")]
pub(super) struct RowsTable {
    caption: String,
    headings: Vec<String>,
    who: String,
    late: String,
    rows: Vec<TableRow>,
    /// What is no row, and who wrote it.
    unread: Vec<(String, Vec<String>)>,
}

impl HtmlSafe for RowsTable {}

struct TableRow {
    cells: Vec<TableCell>,
    /// What this version does not know.
    others: Vec<String>,
    /// Why it stands there twice.
    conflict: Option<String>,
    is_late: bool,
    sources: Vec<String>,
}

struct TableCell {
    text: String,
    href: Option<String>,
    /// Whether the badge of what is late stands here.
    is_due: bool,
}

/// A row with several versions, to be settled.
#[derive(Template)]
#[template(path = "parts/row_conflict.html")]
pub(super) struct RowConflict {
    language: Language,
    address: String,
    token: String,
    is_writer: bool,
    field: String,
    id: String,
    title: String,
    /// The term, what it says, and who wrote it.
    versions: Vec<(String, String, String)>,
    /// The cells in which they differ: name, label, and what each says.
    cells: Vec<(String, String, Vec<String>)>,
}

impl HtmlSafe for RowConflict {}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/fiches/{record}/trancher-ligne", post(settle))
}

impl RowsTable {
    /// The rows of a field, those of several versions too.
    pub(super) fn of(
        language: Language,
        lexicon: &Lexicon,
        (field, rows): (AnyField<'_>, &Rows),
        held: &Field,
        page: &Held,
    ) -> Self {
        let tag = language.tag();
        let read = rows.held(held.terms.keys().map(String::as_str));
        let sources = |term: &str| {
            let writers = held.terms.get(term).into_iter().flatten();
            let sources = writers.filter_map(|writer| page.authors.get(&writer.edit).cloned());
            sources.collect::<Vec<_>>()
        };
        let mut made = Vec::new();
        for row in &read.rows {
            for version in &row.versions {
                let late = Commitment(version).is_late(&page.today);
                let is_late = field.name() == COMMITMENTS.name && late;
                let cells = rows.columns.iter().map(|column| {
                    let link = version.link(column);
                    let link = link.and_then(|record| page.link(language, &record));
                    let (href, text) = link.unzip();
                    let said = || wording::cell(language, lexicon.words(), column, version);
                    TableCell {
                        text: text.unwrap_or_else(said),
                        href,
                        is_due: column.name == "due",
                    }
                });
                let others = version.others(rows).into_iter().map(|(column, text)| {
                    let values = [("column", column.to_owned().into()), ("text", text.into())];
                    language.text_with("row-other-cell", &values)
                });
                made.push(TableRow {
                    cells: cells.collect(),
                    others: others.collect(),
                    conflict: (row.versions.len() > 1).then(|| language.text("conflict")),
                    is_late,
                    sources: sources(&version.term()),
                });
            }
        }
        let headings = rows.columns.iter();
        Self {
            caption: field.label(tag).to_owned(),
            headings: headings
                .map(|column| column.wording.in_language(tag).to_owned())
                .collect(),
            who: language.text("record-who"),
            late: language.text("commitment-late"),
            rows: made,
            unread: read
                .unread
                .into_iter()
                .map(|term| (term.clone(), sources(&term)))
                .collect(),
        }
    }
}

impl RowConflict {
    /// The rows of a record that partners changed apart.
    pub(super) fn all(
        language: Language,
        lexicon: &Lexicon,
        page: &Held,
        (token, is_writer): (&str, bool),
    ) -> Vec<Self> {
        let kind = Kind::parse(page.view.kind());
        let fields = kind.into_iter().flat_map(Kind::fields);
        let mut conflicts = Vec::new();
        for field in fields {
            let (Shape::Rows(rows), Some(held)) = (field.shape, page.view.field(field.name)) else {
                continue;
            };
            let read = rows.held(held.terms.keys().map(String::as_str));
            for row in read.rows.iter().filter(|row| row.versions.len() > 1) {
                let label = field.wording.in_language(language.tag()).to_owned();
                let values = [
                    ("field", label.into()),
                    ("count", row.versions.len().into()),
                ];
                let name = |record: &RecordId| page.link(language, record).map(|(_, name)| name);
                let versions = row.versions.iter().map(|version| {
                    let term = version.term();
                    let writers = held.terms.get(&term).into_iter().flatten();
                    let sources =
                        writers.filter_map(|writer| page.authors.get(&writer.edit).cloned());
                    let said = wording::row(language, lexicon.words(), rows, version, &name);
                    (term, said, sources.collect::<Vec<_>>().join(" ; "))
                });
                let cells = rows.columns.iter().map(|column| {
                    let say = |version: &Row| {
                        let linked = version.link(column).and_then(|record| name(&record));
                        linked.unwrap_or_else(|| {
                            wording::cell(language, lexicon.words(), column, version)
                        })
                    };
                    let said: Vec<String> = row.versions.iter().map(say).collect();
                    let label = column.wording.in_language(language.tag()).to_owned();
                    (column.name.to_owned(), label, said)
                });
                let differs = |said: &[String]| said.iter().any(|one| *one != said[0]);
                let cells: Vec<_> = cells.filter(|(_, _, said)| differs(said)).collect();
                conflicts.push(Self {
                    language,
                    address: format!("/fiches/{}", page.view.record),
                    token: token.to_owned(),
                    is_writer,
                    field: field.name.to_owned(),
                    id: row.id.clone(),
                    title: language.text_with("row-conflict-title", &values),
                    versions: versions.collect(),
                    cells,
                });
            }
        }
        conflicts
    }
}

/// What a person wants of the versions of a row.
enum Choice {
    /// Both, or all, as rows of their own.
    All,
    /// The cells of these versions, by column; the rest of the first one.
    Cells(BTreeMap<String, usize>),
    /// This one.
    One(usize),
}

impl Choice {
    fn read(form: &SentForm, rows: &Rows) -> Option<Self> {
        match form.text("garder") {
            "toutes" => Some(Choice::All),
            "cellules" => {
                let cells = rows.columns.iter().filter_map(|column| {
                    let chosen = form.text(&format!("cellule-{}", column.name));
                    Some((column.name.to_owned(), chosen.parse().ok()?))
                });
                Some(Choice::Cells(cells.collect()))
            }
            version => version.parse().ok().map(Choice::One),
        }
    }

    /// The rows that stand in the place of the versions. `None` where a choice is of none of them.
    fn of(&self, versions: &[Row]) -> Option<Vec<Row>> {
        Some(match self {
            Choice::All => {
                let others = versions.iter().enumerate().map(|(place, version)| {
                    let id = row_id_of(version.cells(), place as u64);
                    match place {
                        0 => Some(version.clone()),
                        _ => Row::of(&id, version.cells().clone()),
                    }
                });
                others.collect::<Option<_>>()?
            }
            Choice::One(version) => vec![versions.get(*version)?.clone()],
            Choice::Cells(chosen) => {
                let first = versions.first()?;
                let mut cells = first.cells().clone();
                for (column, version) in chosen {
                    let cell: Option<&Json> = versions.get(*version)?.cells().get(column);
                    match cell {
                        Some(cell) => drop(cells.insert(column.clone(), cell.clone())),
                        None => drop(cells.remove(column)),
                    }
                }
                vec![Row::of(first.id(), cells)?]
            }
        })
    }
}

/// Settles a row: an ordinary edit that stands on all heads. What somebody else settled or changed meanwhile is shown instead.
async fn settle(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    let (record, view) = to_settle(&app, &record, &form).await?;
    let not_found = || PageError::NotFound.into_response();
    let name = form.text("field").to_owned();
    let rows = Kind::parse(view.kind()).and_then(|kind| kind.field(&name));
    let Some(Shape::Rows(rows)) = rows.map(|field| field.shape) else {
        return Err(not_found());
    };
    let seen: BTreeSet<&str> = form.all("version").collect();
    let choice = Choice::read(&form, rows).ok_or_else(not_found)?;
    let said = match draft(&view, (&name, rows), &seen, &choice) {
        Drafted::Changed => CHANGED,
        Drafted::TooLong => TOO_LONG,
        Drafted::Draft(draft) => {
            let saved = app.save(Saving::over(&view, draft)).await;
            saved.map_err(IntoResponse::into_response)?;
            "enregistre=1"
        }
    };
    Ok(Redirect::to(&format!("/fiches/{record}?{said}")).into_response())
}

/// What the address of the page says when nothing was settled: why not.
pub(super) fn unsettled(language: Language, query: &str) -> Option<String> {
    let is_said = |what: &str| query.split('&').any(|pair| pair == what);
    match (is_said(CHANGED), is_said(TOO_LONG)) {
        (true, _) => Some(language.text("row-changed-meanwhile")),
        (_, true) => Some(language.text("row-settled-too-long")),
        (false, false) => None,
    }
}

const CHANGED: &str = "ligne=changee";
const TOO_LONG: &str = "ligne=longue";

enum Drafted {
    /// The versions are others than the person saw.
    Changed,
    Draft(Draft),
    /// The cells together are too long for a row.
    TooLong,
}

fn draft(
    view: &RecordView,
    (name, rows): (&str, &Rows),
    seen: &BTreeSet<&str>,
    choice: &Choice,
) -> Drafted {
    let held = view.field(name).map(|field| field.terms.keys());
    let mut terms: BTreeSet<String> = held.into_iter().flatten().cloned().collect();
    let read = rows.held(terms.iter().map(String::as_str));
    let is_seen = |row: &&[Row]| {
        let now: BTreeSet<String> = row.iter().map(Row::term).collect();
        now.iter().map(String::as_str).eq(seen.iter().copied())
    };
    let mut versions = read.rows.iter().map(|row| row.versions.as_slice());
    let Some(versions) = versions.find(is_seen) else {
        return Drafted::Changed;
    };
    let Some(settled) = choice.of(versions) else {
        return Drafted::TooLong;
    };
    for version in versions {
        terms.remove(&version.term());
    }
    terms.extend(settled.iter().map(Row::term));
    Drafted::Draft(Draft {
        fields: [(name.to_owned(), Wanted::Terms(terms))].into(),
    })
}
