//! Rows as they are typed or as a file says them: a list of JSON objects, each with its cells by the names or headings of the columns.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::read::{Context, Reading, read, shown, tidy};
use super::{Wanted, json_text};
use crate::edit::Value;
use crate::record::{ROW_ID, ROWS_MAX, Row, RowColumn, Rows, Shape, is_row_id, row_id_of};
use crate::register::{Code, CommunesMeant, Outcome, communes_meant};

/// What is to be said of a cell, or of a row as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowSaid {
    /// Which row of the list, from 0.
    pub row: usize,
    /// The column; none for the whole row.
    pub column: Option<&'static RowColumn>,
    /// What was typed.
    pub text: String,
    /// Why.
    pub code: Code,
    /// A text to offer.
    pub suggestion: Option<String>,
    /// Whether it is taken, changed or with a warning.
    pub is_taken: bool,
}

/// Rows that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowsRead {
    /// The terms of the field.
    pub terms: BTreeSet<String>,
    /// What is to be said; nothing is to be written while anything is not taken.
    pub said: Vec<RowSaid>,
}

impl RowsRead {
    /// Returns what cannot be taken.
    pub fn refused(&self) -> impl Iterator<Item = &RowSaid> {
        self.said.iter().filter(|said| !said.is_taken)
    }
}

/// Reads rows: a list of objects, or one object. An id that stands in a row is kept; a row without one is told by what it says. A row
/// with nothing in it is left out. What a column does not know is kept as it is.
pub fn read_rows(rows: &'static Rows, text: &str, context: &Context<'_>) -> RowsRead {
    let objects = match serde_json::from_str(text) {
        Ok(Json::Array(objects)) => objects,
        Ok(object @ Json::Object(_)) => vec![object],
        _ => return refused(0, text, Code::Format),
    };
    if objects.len() > ROWS_MAX {
        return refused(ROWS_MAX, &objects.len().to_string(), Code::Length);
    }
    let mut read = RowsRead::default();
    let mut ids = BTreeSet::new();
    let mut unnamed = Vec::new();
    for (row, object) in objects.into_iter().enumerate() {
        let Json::Object(object) = object else {
            read.said
                .extend(refused(row, &json_text(&object), Code::Format).said);
            continue;
        };
        let Some((id, cells)) = read_row(rows, (row, object), context, &mut read.said) else {
            continue;
        };
        match id {
            Some(id) => {
                take(&mut read, row, &id, cells);
                ids.insert(id);
            }
            None => unnamed.push((row, cells)),
        }
    }
    // What has its id keeps it, wherever it stands in the list.
    for (row, cells) in unnamed {
        let mut n = 0;
        let mut id = row_id_of(&cells, n);
        while !ids.insert(id.clone()) {
            n += 1;
            id = row_id_of(&cells, n);
        }
        take(&mut read, row, &id, cells);
    }
    read
}

/// Reads rows as the content of a field, with the first thing that is to be said.
pub(super) fn read_field(rows: &'static Rows, text: &str, context: &Context<'_>) -> Reading {
    let RowsRead { terms, said } = read_rows(rows, text, context);
    let refused = said.iter().find(|said| !said.is_taken);
    if let Some(refused) = refused {
        return Reading {
            outcome: Outcome::Invalid(refused.code),
            suggestion: refused.suggestion.clone(),
        };
    }
    let wanted = match terms.is_empty() {
        true => Wanted::Nothing,
        false => Wanted::Terms(terms),
    };
    let outcome = match said.first() {
        Some(said) => Outcome::Repaired(wanted, said.code),
        None => Outcome::Valid(wanted),
    };
    Reading {
        outcome,
        suggestion: None,
    }
}

fn take(read: &mut RowsRead, row: usize, id: &str, cells: BTreeMap<String, Json>) {
    match Row::of(id, cells) {
        Some(made) => drop(read.terms.insert(made.term())),
        None => read.said.extend(refused(row, "", Code::Length).said),
    }
}

fn refused(row: usize, text: &str, code: Code) -> RowsRead {
    RowsRead {
        terms: BTreeSet::new(),
        said: vec![RowSaid {
            row,
            column: None,
            text: text.to_owned(),
            code,
            suggestion: None,
            is_taken: false,
        }],
    }
}

/// Reads the cells of one row. `None` where nothing is in it, or where something is refused.
fn read_row(
    rows: &'static Rows,
    (row, object): (usize, Map<String, Json>),
    context: &Context<'_>,
    said: &mut Vec<RowSaid>,
) -> Option<(Option<String>, BTreeMap<String, Json>)> {
    let (mut id, mut cells) = (None, BTreeMap::new());
    let mut typed: BTreeMap<&str, (&'static RowColumn, String)> = BTreeMap::new();
    for (name, cell) in object {
        if name == ROW_ID && cell.as_str().is_some_and(is_row_id) {
            id = cell.as_str().map(str::to_owned);
            continue;
        }
        let text = tidy(&json_text(&cell));
        if text.is_empty() || cell.is_null() {
            continue;
        }
        match rows.column_called(&name) {
            Some(column) => drop(typed.insert(column.name, (column, text))),
            // Its name would say something else.
            None if name == ROW_ID => {}
            None => drop(cells.insert(name, cell)),
        }
    }
    let beside = |name: &str| typed.get(name).map(|(_, text)| text.as_str());
    let context = Context {
        commune_name: beside("commune_name"),
        postal_code: beside("postal_code"),
        ..*context
    };
    let before = said.len();
    for (column, text) in typed.values() {
        let reading = read_cell(column, text, &context);
        let (code, is_taken) = (reading.outcome.code(), reading.outcome.accepted().is_some());
        let is_noted = matches!(reading.outcome, Outcome::Noted(..));
        if let Some(code) = code.filter(|_| !is_noted) {
            said.push(RowSaid {
                row,
                column: Some(column),
                text: text.clone(),
                code,
                suggestion: reading.suggestion,
                is_taken,
            });
        }
        if let Some(Wanted::Value(value)) = reading.outcome.into_accepted() {
            cells.insert(column.name.to_owned(), Json::String(shown(&value)));
        }
    }
    let is_refused = said[before..].iter().any(|said| !said.is_taken);
    (!is_refused && !cells.is_empty()).then_some((id, cells))
}

/// Reads one cell. A commune may be called by its name, or by a postal code with it, where that means one.
fn read_cell(column: &'static RowColumn, text: &str, context: &Context<'_>) -> Reading {
    let reading = read(&column.shape, text, context);
    let is_unread = reading.outcome.accepted().is_none();
    if column.shape != Shape::Commune || !is_unread {
        return reading;
    }
    let is_postal = |word: &&str| word.len() == 5 && word.bytes().all(|b| b.is_ascii_digit());
    let words: Vec<&str> = text.split([' ', '(', ')', ',']).collect();
    let postal = words.iter().copied().find(is_postal);
    let named: Vec<&str> = words.into_iter().filter(|word| !is_postal(word)).collect();
    let named = Some(named.join(" ")).filter(|named| !named.trim().is_empty());
    let postal = postal.or(context.postal_code);
    let found = |code: &str, why| Outcome::Repaired(Value::Text(code.to_owned()), why);
    let outcome = match communes_meant(postal, named.as_deref(), context.lists) {
        CommunesMeant::One(commune) => found(commune.code, Code::FoundByName),
        CommunesMeant::OneOtherwiseNamed(commune) => found(commune.code, Code::NameDisagrees),
        CommunesMeant::Several(all) if all.is_empty() => return reading,
        CommunesMeant::Several(all) => {
            let said = all.iter().take(SUGGESTED_MAX);
            let said = said.map(|commune| format!("{} ({})", commune.code, commune.name));
            return Reading {
                outcome: Outcome::Invalid(Code::Ambiguous),
                suggestion: Some(said.collect::<Vec<_>>().join(" / ")),
            };
        }
    };
    Reading {
        outcome: outcome.map(Wanted::Value),
        suggestion: None,
    }
}

/// Communes of one name that are offered: more is a search.
const SUGGESTED_MAX: usize = 5;
