//! The history of a record, edit by edit, with what became of each.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::draft::zone_of;
use crdt_schema::edit::{Operation, State as EditState};
use crdt_schema::id::RecordId;
use crdt_schema::record::{Row, RowColumn, Rows, Shape};
use crdt_schema::vocabulary::Words;
use replica::{EditInfo, Fault, Reader, State as Held};

use crate::app::App;
use crate::error::{PageError, page};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::census;
use crate::pages::why::Why;
use crate::visit::PersonVisit;
use crate::wording;

/// Letters of an inserted text that are shown: enough to recognise it.
const SHOWN_LETTERS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "history.html")]
struct History {
    layout: Layout,
    address: String,
    name: String,
    edits: Vec<Edit>,
}

struct Edit {
    author: String,
    day: String,
    entry: String,
    /// Where the whole entry is shown.
    href: String,
    state: String,
    is_live: bool,
    why: Option<Why>,
    changes: Vec<String>,
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/fiches/{record}/historique", get(history))
}

async fn history(
    State(app): State<App>,
    Path(record): Path<String>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let record = RecordId::parse(&record).map_err(|_| PageError::NotFound.into_response())?;
    let read = app.read(move |replica, reader| {
        let Some(view) = reader.record(&record)? else {
            return Ok(None);
        };
        let mut edits = reader.edits(&record)?;
        // For reading only: what merges is decided by what each edit stands on, never by these times.
        edits.sort_by_key(|edit| std::cmp::Reverse((edit.claimed, edit.id)));
        let state = replica.state();
        let seen = Seen {
            language,
            state: &state,
            reader,
            kind: view.kind(),
            zone: zone_of(view.fields()),
        };
        let edits = edits.iter().map(|edit| seen.edit(&record, edit));
        let edits = edits.collect::<Result<Vec<Edit>, Fault>>()?;
        let is_erased = state.governance().erasures().records().contains(&record);
        let name = match is_erased {
            true => language.text("record-erased-name"),
            false => census::name(language, &view),
        };
        Ok(Some((name, is_erased, edits)))
    });
    let read = read.await.and_then(|read| read.ok_or(PageError::NotFound));
    let (name, is_erased, edits) = read.map_err(IntoResponse::into_response)?;
    let heading = language.text_with("history-heading", &[("name", name.clone().into())]);
    let view = History {
        layout: visit.layout(heading),
        address: format!("/fiches/{record}"),
        // Of an erased record, the heading says it once.
        name: if is_erased { String::new() } else { name },
        edits,
    };
    page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
}

/// What the history is read from.
struct Seen<'s> {
    language: Language,
    state: &'s Held,
    reader: &'s Reader,
    kind: &'s str,
    /// The zone in which its hours are said.
    zone: &'s str,
}

impl Seen<'_> {
    fn edit(&self, record: &RecordId, edit: &EditInfo) -> Result<Edit, Fault> {
        let (language, state) = (self.language, self.state);
        let words = state.governance().words();
        Ok(Edit {
            author: edit
                .partner
                .map_or_else(|| edit.feed.short(), |partner| state.partner_name(&partner)),
            day: language.day(edit.claimed),
            entry: edit.entry.short(),
            href: format!("/entrees/{}", edit.entry),
            state: state_in_words(language, edit.state),
            is_live: edit.state == EditState::Live,
            why: Why::of(language, state, self.reader, record, edit)?,
            changes: match &edit.operations {
                Some(Ok(operations)) => self.changes(words, operations)?,
                Some(Err(_)) | None => Vec::new(),
            },
        })
    }

    /// Says what an edit changed. A row that is taken away and comes back with the same id was changed: it is said once, cell by cell.
    fn changes(&self, words: &Words, operations: &[Operation]) -> Result<Vec<String>, Fault> {
        let rows_of = |field: &str| match words.any_field(self.kind, field)?.shape() {
            Shape::Rows(rows) => Some(rows),
            _ => None,
        };
        let mut names = BTreeMap::new();
        for operation in operations {
            let (field, term) = match operation {
                Operation::Add { field, term } | Operation::Remove { field, term } => (field, term),
                _ => continue,
            };
            for record in rows_of(field)
                .iter()
                .flat_map(|rows| rows.links([term.as_str()]))
            {
                if let Some(held) = self.reader.record(&record)? {
                    names.insert(record, census::name(self.language, &held));
                }
            }
        }
        let named = |record: &RecordId| names.get(record).cloned();
        let row_of = |operation: &Operation| match operation {
            Operation::Add { field, term } => Some((field.clone(), true, Row::parse(term)?)),
            Operation::Remove { field, term } => Some((field.clone(), false, Row::parse(term)?)),
            _ => None,
        };
        let changed: Vec<_> = operations.iter().filter_map(row_of).collect();
        let other = |field: &str, is_added: bool, id: &str| {
            let mut changed = changed.iter();
            let found = changed
                .find(|(name, added, row)| name == field && *added != is_added && row.id() == id);
            found.map(|(_, _, row)| row)
        };
        let mut said = Vec::new();
        for operation in operations {
            let row = row_of(operation).and_then(|it| Some((rows_of(&it.0)?, it)));
            match row {
                Some((rows, (field, true, row))) => match other(&field, true, row.id()) {
                    Some(before) => {
                        said.push(self.row_change(words, (&field, rows), (before, &row), &named));
                    }
                    None => said.push(self.change(words, operation, &named)),
                },
                // It is said where it comes back.
                Some((_, (field, false, row))) if other(&field, false, row.id()).is_some() => {}
                _ => said.push(self.change(words, operation, &named)),
            }
        }
        Ok(said)
    }

    fn row_change(
        &self,
        words: &Words,
        (field, rows): (&str, &Rows),
        (before, after): (&Row, &Row),
        named: &dyn Fn(&RecordId) -> Option<String>,
    ) -> String {
        let language = self.language;
        let say = |row: &Row, column: &RowColumn| {
            let linked = row.link(column).and_then(|record| named(&record));
            let said = linked.unwrap_or_else(|| wording::cell(language, words, column, row));
            match said.is_empty() {
                true => language.text("row-cell-empty"),
                false => said,
            }
        };
        let cells = rows.columns.iter().filter_map(|column| {
            let (was, is) = (say(before, column), say(after, column));
            let label = column.wording.in_language(language.tag()).to_owned();
            let values = [
                ("column", label.into()),
                ("before", was.clone().into()),
                ("after", is.clone().into()),
            ];
            (was != is).then(|| language.text_with("change-cell", &values))
        });
        let mut cells: Vec<String> = cells.collect();
        if cells.is_empty() {
            cells.push(wording::row(language, words, rows, after, named));
        }
        let known = words.any_field(self.kind, field);
        let values = [
            ("field", wording::field_label(language, known, field).into()),
            ("what", cells.join(" ; ").into()),
        ];
        language.text_with("change-row", &values)
    }

    fn change(
        &self,
        words: &Words,
        operation: &Operation,
        named: &dyn Fn(&RecordId) -> Option<String>,
    ) -> String {
        let (language, zone) = (self.language, self.zone);
        let known = words.any_field(self.kind, operation.field());
        let shape = known.map(|field| field.shape());
        let field = wording::field_label(language, known, operation.field());
        let text = |key: &str, what: String| {
            language.text_with(
                key,
                &[("field", field.clone().into()), ("what", what.into())],
            )
        };
        let say = |term: &str| wording::term_or_row(language, words, shape, term, named);
        match operation {
            Operation::Put { value, .. } => text(
                "change-put",
                wording::value(language, words, shape, value, zone),
            ),
            Operation::Clear { .. } => text("change-clear", String::new()),
            Operation::Add { term, .. } => text("change-add", say(term)),
            Operation::Remove { term, .. } => text("change-remove", say(term)),
            Operation::Splice {
                inserted, deleted, ..
            } if inserted.is_empty() => text("change-cut", language.number(*deleted)),
            Operation::Splice { inserted, .. } => text("change-insert", shortened(inserted)),
        }
    }
}

fn state_in_words(language: Language, state: EditState) -> String {
    language.text(match state {
        EditState::Erased => "edit-erased",
        EditState::Invalid(_) => "edit-invalid",
        EditState::Live => "edit-live",
        EditState::Pending(_) => "edit-pending",
        EditState::Void => "edit-void",
    })
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_LETTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
