//! Cells with rows: a JSON list of objects, as our own files write them and other programs may. Links in rows are found as those of whole
//! cells are, and rows that the record holds already are known again.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::draft::{Context, RowSaid, Wanted, read_rows};
use crdt_schema::edit::{Field, Value};
use crdt_schema::id::RecordId;
use crdt_schema::limits::VALUE_BYTES_MAX;
use crdt_schema::record::{ROW_BYTES_MAX, ROWS_MAX, Row, RowColumn, Rows, Shape, cell_text};
use serde_json::{Map, Value as Json};

use crate::import::links::{Found, why_unlinked};
use crate::import::reason::sentence;
use crate::import::row::{Reading, is_as_held};
use crate::import::{Census, Plan, Strictness};
use crate::report::Problem;

/// A cell that is to become rows.
pub(super) struct TypedRows {
    pub(super) field: String,
    /// What the field is called.
    pub(super) label: String,
    pub(super) rows: &'static Rows,
    pub(super) column: usize,
    pub(super) text: String,
}

impl TypedRows {
    /// Returns what people may have written in it: the cells of words, and those of columns that nobody knows.
    pub(super) fn texts(&self) -> Vec<String> {
        let Some(objects) = objects(&self.text) else {
            return vec![self.text.clone()];
        };
        let is_of_words = |name: &str| {
            let column = self.rows.column_called(name);
            column.is_none_or(|column| column.shape == Shape::Text || column.in_words.is_some())
        };
        let cells = objects.iter().flat_map(|row| match row {
            Json::Object(cells) => cells
                .iter()
                .map(|(name, cell)| (name.as_str(), cell))
                .collect(),
            other => vec![("", other)],
        });
        let worded = cells.filter(|(name, _)| is_of_words(name) && *name != "id");
        worded.map(|(_, cell)| cell_text(cell)).collect()
    }
}

impl<C: Census> Plan<'_, C> {
    /// Puts the rows of cells in the draft of their line; a cell with something that cannot be read is refused, unless the record that
    /// the line names says just that.
    pub(super) fn find_rows(
        &mut self,
        (line, own): (u64, RecordId),
        reading: &mut Reading,
    ) -> Result<(), C::Error> {
        for typed in std::mem::take(&mut reading.rows) {
            let view = self.census.find(&own)?;
            let held = view.as_ref().and_then(|view| view.field(&typed.field));
            let shape = Shape::Rows(typed.rows);
            let is_said = |held: &&Field| {
                // A list of texts comes out of JSON as a set does.
                let is_set = held.terms.keys().cloned().collect::<Vec<_>>().join("|") == typed.text;
                is_set || is_as_held(view.as_ref(), &typed.field, shape, &typed.text)
            };
            if let Some(held) = held.filter(|held| reading.is_of_named && is_said(held)) {
                reading.draft.fields.insert(typed.field, Wanted::of(held));
                continue;
            }
            let (text, mut refused) = self.with_links((line, own), &typed)?;
            let context = Context {
                year: self.settings.year,
                words: self.settings.words,
                ..Context::of(self.settings.lists)
            };
            let read = read_rows(typed.rows, &text, &context);
            for said in &read.said {
                let problem = self.said(line, &typed, said);
                match said.is_taken {
                    true => reading.notes.push(problem),
                    false => refused.push(problem),
                }
            }
            if refused.is_empty() {
                let empty = Field::default();
                let terms = self.known_again(typed.rows, &read.terms, held.unwrap_or(&empty))?;
                if !terms.is_empty() {
                    reading
                        .draft
                        .fields
                        .insert(typed.field, Wanted::Terms(terms));
                }
                continue;
            }
            let is_kept = typed.text.len() <= VALUE_BYTES_MAX;
            if self.settings.strictness == Strictness::Row || !is_kept {
                reading.refusals.extend(refused);
                continue;
            }
            if let Some(spare) = self.mapping.spare(typed.column) {
                let kept = Wanted::Value(Value::Text(typed.text));
                reading.draft.fields.insert(spare.to_owned(), kept);
            }
            reading.notes.extend(refused);
        }
        Ok(())
    }

    /// Puts the identifiers of records in the place of what cells call them. What leads to no record is taken as words, where a column
    /// beside takes them.
    fn with_links(
        &mut self,
        at: (u64, RecordId),
        typed: &TypedRows,
    ) -> Result<(String, Vec<Problem>), C::Error> {
        let (mut problems, Some(mut objects)) = (Vec::new(), objects(&typed.text)) else {
            return Ok((typed.text.clone(), Vec::new()));
        };
        for (place, object) in objects.iter_mut().enumerate() {
            let Json::Object(cells) = object else {
                continue;
            };
            let names: Vec<String> = cells.keys().cloned().collect();
            for name in names {
                let column = typed.rows.column_called(&name);
                let Some((column, Shape::Record(kinds))) = column.map(|it| (it, it.shape)) else {
                    continue;
                };
                let text = cell_text(&cells[&name]).trim().to_owned();
                if text.is_empty() || cells[&name].is_null() {
                    continue;
                }
                self.links.former.clear();
                let found = self.found(kinds, &text, (at.1, false))?;
                if let Found::One(record) = found {
                    problems.extend(self.said_former(at.0, typed.column));
                    let place = self.census.standing(&record)?;
                    cells.insert(name, Json::String(place.to_string()));
                    continue;
                }
                let is_free = |words: &&str| !is_said(typed.rows, cells, words);
                match (&found, column.in_words.filter(is_free)) {
                    (Found::Nothing, Some(words)) if RecordId::parse(&text).is_err() => {
                        cells.shift_remove(&name);
                        cells.insert(words.to_owned(), Json::String(text));
                    }
                    _ => {
                        let (code, reason, suggestion) = why_unlinked(column.shape, &found);
                        let reason = in_cell(typed, place, Some(column), &reason);
                        let problem = Problem::of_row(at.0, &text, code, reason);
                        let problem = self.in_its_column(typed, problem);
                        problems.push(match suggestion {
                            Some(suggestion) => problem.suggesting(suggestion),
                            None => problem,
                        });
                        // It is said once: what follows reads the rest.
                        cells.shift_remove(&name);
                    }
                }
            }
        }
        Ok((Json::Array(objects).to_string(), problems))
    }

    /// Gives the rows that the record holds already their terms: those of one id that lead to the same records by others, and those
    /// without an id in the file that say the same.
    fn known_again(
        &self,
        rows: &'static Rows,
        read: &BTreeSet<String>,
        held: &Field,
    ) -> Result<BTreeSet<String>, C::Error> {
        // By what they say, each link led to what stands.
        let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for term in held.terms.keys() {
            let led = rows.leading(term.clone(), |record| self.census.standing(record))?;
            known.entry(led).or_default().push(term.clone());
        }
        let says = |term: &str| Row::parse(term).map(|row| row.cells().clone());
        let mut terms = BTreeSet::new();
        let mut others = Vec::new();
        for term in read {
            match known.remove(term) {
                Some(same) => terms.extend(same),
                None => others.push(term),
            }
        }
        for term in others {
            let told = Row::parse(term).filter(Row::is_told_by_what_it_says);
            let same = told.and_then(|row| {
                let mut known = known.keys();
                known
                    .find(|led| says(led).as_ref() == Some(row.cells()))
                    .cloned()
            });
            match same.and_then(|led| known.remove(&led)) {
                Some(same) => terms.extend(same),
                None => drop(terms.insert(term.clone())),
            }
        }
        Ok(terms)
    }

    fn said(&self, line: u64, typed: &TypedRows, said: &RowSaid) -> Problem {
        let reason = match (said.column, said.code.as_str()) {
            (Some(column), _) => sentence(said.code, column.shape, column.hint.fr),
            (None, "length") if said.row == ROWS_MAX => {
                format!("Il y a plus de {ROWS_MAX} lignes : répartissez-les sur plusieurs fiches.")
            }
            (None, "length") => format!(
                "La ligne est trop longue : {ROW_BYTES_MAX} octets au plus. Raccourcissez ses textes."
            ),
            (None, _) => LIST_WANTED.to_owned(),
        };
        let reason = in_cell(typed, said.row, said.column, &reason);
        let problem = Problem::of_row(line, &said.text, said.code.as_str(), reason);
        let problem = self.in_its_column(typed, problem);
        match &said.suggestion {
            Some(suggestion) => problem.suggesting(suggestion.clone()),
            None => problem,
        }
    }

    fn in_its_column(&self, typed: &TypedRows, problem: Problem) -> Problem {
        match self.columns.get(typed.column) {
            Some(column) => problem.in_column(column),
            None => problem,
        }
    }
}

/// Says in which row of a cell, and under which heading, something is wrong.
fn in_cell(typed: &TypedRows, row: usize, column: Option<&RowColumn>, reason: &str) -> String {
    let (label, row) = (&typed.label, row + 1);
    match column {
        Some(column) => format!("{label}, ligne {row}, « {} » : {reason}", column.wording.fr),
        None => format!("{label}, ligne {row} : {reason}"),
    }
}

/// Tells whether a row says something in a column.
fn is_said(rows: &Rows, cells: &Map<String, Json>, column: &str) -> bool {
    let is_it = |name: &str| rows.column_called(name).is_some_and(|it| it.name == column);
    let mut cells = cells.iter();
    cells.any(|(name, cell)| is_it(name) && !cell.is_null() && !cell_text(cell).trim().is_empty())
}

fn objects(text: &str) -> Option<Vec<Json>> {
    match serde_json::from_str(text).ok()? {
        Json::Array(objects) => Some(objects),
        object @ Json::Object(_) => Some(vec![object]),
        _ => None,
    }
}

const LIST_WANTED: &str = "Il faut une liste d'objets JSON, un par ligne, dont les noms sont ceux des colonnes, par exemple « [{\"quoi\": \"Envoyer la liste\"}] ».";
