//! Repeated rows of a record: commitments of a meeting, funding lines of an initiative. Each row is a term of its field, so that rows
//! are added, removed and merged as any set.
//!
//! A term is a JSON object in its canonical form (RFC 8785): `id`, which stays while the row changes, and the cells that say something,
//! each as the text that [`read`](crate::draft::read) turns into the same value. Two partners who change one row apart leave two terms
//! with one id: two versions, until somebody settles which counts. A term that is no row, a cell that its column cannot read and a
//! cell of a column that this version does not know are kept, and shown as they are.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use crate::draft::{Context, Wanted, json, read, shown};
use crate::edit::{Field as Held, Value};
use crate::id::{RecordId, hash};
use crate::record::{Kind, Shape, Wording, folded};
use crate::register::{Outcome, Territories};
use crate::view::RecordView;

/// Rows of one field: all of them, changed in one edit, take half of its operations.
pub const ROWS_MAX: usize = 50;
/// Bytes of a row as a term: a paragraph in its longest cell. What is longer has a text of its own.
pub const ROW_BYTES_MAX: usize = 2_000;

/// What the rows of a field are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// What one row is called.
    pub one: Wording,
    /// What the page of a record that a row leads to says of those that lead there.
    pub led: Wording,
    /// The columns, in their order.
    pub columns: &'static [RowColumn],
    /// The columns by which rows are ordered.
    pub order: &'static [&'static str],
}

/// A column of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowColumn {
    /// The stable name, as terms write it.
    pub name: &'static str,
    /// What may be put in it: one value, and no rows.
    pub shape: Shape,
    /// The heading.
    pub wording: Wording,
    /// What to write, with an example.
    pub hint: Wording,
    /// The column that takes the words where this one, a link, leads to no record.
    pub in_words: Option<&'static str>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    id: String,
    cells: BTreeMap<String, Json>,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowCell {
    /// Nothing.
    Empty,
    /// What its column cannot read.
    Unread(String),
    /// A value.
    Value(Value),
}

/// The rows of a field as it reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldRows {
    /// The rows in their order.
    pub rows: Vec<HeldRow>,
    /// Terms that are no rows, in the order of their bytes.
    pub unread: Vec<String>,
}

/// One row with its versions: several where partners changed it apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRow {
    /// What stays while the row changes.
    pub id: String,
    /// Never empty; in the order of their terms.
    pub versions: Vec<Row>,
}

/// Writes a column.
pub(crate) const fn column(
    name: &'static str,
    shape: Shape,
    label: Wording,
    hint: Wording,
) -> RowColumn {
    RowColumn {
        name,
        shape,
        wording: label,
        hint,
        in_words: None,
    }
}

/// Writes a column that leads to an organisation, with the column beside it for those without a record.
pub(crate) const fn link(
    name: &'static str,
    in_words: &'static str,
    label: Wording,
    hint: Wording,
) -> RowColumn {
    RowColumn {
        in_words: Some(in_words),
        ..column(name, Shape::Record(&["actor"]), label, hint)
    }
}

impl Rows {
    /// Returns the column with this name.
    pub fn column(&self, name: &str) -> Option<&'static RowColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Returns the column that a file calls so: by its name, or by its heading in either language.
    pub fn column_called(&self, name: &str) -> Option<&'static RowColumn> {
        let is_called = |column: &&RowColumn| {
            let headings = [column.wording.fr, column.wording.en];
            headings
                .iter()
                .any(|heading| folded(heading) == folded(name))
        };
        let column = self.column(name);
        column.or_else(|| self.columns.iter().find(is_called))
    }

    /// Reads the terms of a field.
    pub fn held<'t>(&self, terms: impl IntoIterator<Item = &'t str>) -> HeldRows {
        let mut by_id: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        let mut unread = Vec::new();
        for term in terms {
            match Row::parse(term) {
                Some(row) => by_id.entry(row.id.clone()).or_default().push(row),
                None => unread.push(term.to_owned()),
            }
        }
        unread.sort();
        let rows = by_id.into_iter().map(|(id, mut versions)| {
            versions.sort_by_cached_key(Row::term);
            HeldRow { id, versions }
        });
        let mut rows: Vec<HeldRow> = rows.collect();
        // Stable: rows that say the same there stay in the order of their ids.
        rows.sort_by_cached_key(|row| {
            let place = |name: &&str| {
                let text = row.versions[0].text(name).map(str::to_owned);
                // What does not say by what it is ordered comes last.
                (text.is_none(), text)
            };
            self.order.iter().map(place).collect::<Vec<_>>()
        });
        HeldRows { rows, unread }
    }

    /// Writes the terms of a field as a list of objects, each with its `id`: what exports write, and imports read back as the same
    /// terms. A term that is no row is a text.
    pub fn to_json<'t>(&self, terms: impl IntoIterator<Item = &'t str>) -> Json {
        let HeldRows { rows, unread } = self.held(terms);
        let rows = rows.iter().flat_map(|row| &row.versions);
        let rows = rows.map(|row| self.object(row));
        rows.chain(unread.into_iter().map(Json::String)).collect()
    }

    fn object(&self, row: &Row) -> Json {
        let mut object = Map::new();
        object.insert(ID.to_owned(), Json::String(row.id.clone()));
        for column in self.columns {
            let cell = match row.cell(column) {
                RowCell::Value(value) => Some(json(&value)),
                RowCell::Empty | RowCell::Unread(_) => row.cells.get(column.name).cloned(),
            };
            object.extend(cell.map(|cell| (column.name.to_owned(), cell)));
        }
        for (name, cell) in &row.cells {
            if self.column(name).is_none() {
                object.insert(name.clone(), cell.clone());
            }
        }
        Json::Object(object)
    }

    /// Returns the records that terms name in the columns that lead to records.
    pub fn links<'t>(&self, terms: impl IntoIterator<Item = &'t str>) -> BTreeSet<RecordId> {
        let rows = terms.into_iter().filter_map(Row::parse);
        rows.flat_map(|row| {
            let links = self
                .columns
                .iter()
                .filter_map(move |column| row.link(column));
            links.collect::<Vec<_>>()
        })
        .collect()
    }

    /// Returns a term with each link led to what stands in its place. A term that is no row stays.
    pub fn leading<E>(
        &self,
        term: String,
        mut place: impl FnMut(&RecordId) -> Result<RecordId, E>,
    ) -> Result<String, E> {
        let Some(mut row) = Row::parse(&term) else {
            return Ok(term);
        };
        for column in self.columns {
            if let Some(record) = row.link(column) {
                let led = Json::String(place(&record)?.to_string());
                row.cells.insert(column.name.to_owned(), led);
            }
        }
        Ok(row.term())
    }

    /// Returns the texts of a term that people wrote: all cells but those that are links, numbers, dates or codes. All of a term that is
    /// no row.
    pub fn texts(&self, term: &str) -> Vec<String> {
        let Some(row) = Row::parse(term) else {
            return vec![term.to_owned()];
        };
        let is_of_words = |name: &str| {
            self.column(name)
                .is_none_or(|column| column.shape == Shape::Text)
        };
        let columns = self.columns.iter();
        let unread = columns.filter_map(|column| match row.cell(column) {
            RowCell::Unread(text) => Some(text),
            RowCell::Empty | RowCell::Value(_) => None,
        });
        let worded = row.cells.iter().filter(|(name, _)| is_of_words(name));
        let worded = worded.map(|(_, cell)| cell_text(cell));
        worded.chain(unread).collect()
    }
}

impl Row {
    /// Makes a row of texts, of which those that are empty are left out. `None` where it would be no row: an id that is none, nothing in
    /// it, or too long.
    pub fn of(id: &str, cells: BTreeMap<String, Json>) -> Option<Self> {
        let mut row = Self {
            id: id.to_owned(),
            cells,
        };
        row.cells.retain(|_, cell| !is_nothing(cell));
        let is_sound = is_row_id(id) && !row.cells.is_empty() && !row.cells.contains_key(ID);
        let is_sound = is_sound && row.cells.keys().all(|name| !name.is_empty());
        (is_sound && row.term().len() <= ROW_BYTES_MAX).then_some(row)
    }

    /// Reads a term of the field. `None` for what is no row: one row has one term.
    pub fn parse(term: &str) -> Option<Self> {
        if term.len() > ROW_BYTES_MAX {
            return None;
        }
        let Ok(Json::Object(object)) = serde_json::from_str(term) else {
            return None;
        };
        let mut cells: BTreeMap<String, Json> = object.into_iter().collect();
        let Some(Json::String(id)) = cells.remove(ID) else {
            return None;
        };
        let row = Self::of(&id, cells)?;
        (row.term() == term).then_some(row)
    }

    /// Writes it as a term of the field.
    pub fn term(&self) -> String {
        let id = (ID.to_owned(), Json::String(self.id.clone()));
        let cells = self.cells.iter();
        let cells = cells.map(|(name, cell)| (name.clone(), cell.clone()));
        canonical(&cells.chain([id]).collect())
    }

    /// Tells whether its id is that of a row without one in its file, and has not been changed since.
    pub fn is_told_by_what_it_says(&self) -> bool {
        let mut ids = (0..ROWS_MAX as u64).map(|n| row_id_of(&self.cells, n));
        ids.any(|id| id == self.id)
    }

    /// Returns what stays while the row changes.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the cells that say something, by the names of their columns.
    pub fn cells(&self) -> &BTreeMap<String, Json> {
        &self.cells
    }

    /// Returns the text of a cell, if it is one.
    pub fn text(&self, column: &str) -> Option<&str> {
        self.cells.get(column)?.as_str()
    }

    /// Returns what a cell says, as its column reads it.
    pub fn cell(&self, column: &RowColumn) -> RowCell {
        let Some(cell) = self.cells.get(column.name) else {
            return RowCell::Empty;
        };
        let unread = || RowCell::Unread(cell_text(cell));
        let Some(text) = cell.as_str() else {
            return unread();
        };
        // What a list of another year says of a code is no reason to call it unread.
        let is_typed = matches!(
            column.shape,
            Shape::Date | Shape::Decimal | Shape::Integer | Shape::Point | Shape::Record(_)
        );
        let value = match column.shape {
            _ if is_typed => read_value(&column.shape, text),
            Shape::Term(_) => Some(Value::Term(text.to_owned())),
            _ => Some(Value::Text(text.to_owned())),
        };
        value
            .filter(|value| shown(value) == text)
            .map_or_else(unread, RowCell::Value)
    }

    /// Returns the record that a cell leads to.
    pub fn link(&self, column: &RowColumn) -> Option<RecordId> {
        match self.cell(column) {
            RowCell::Value(Value::Record(record)) => Some(record),
            _ => None,
        }
    }

    /// Returns the cells of columns that this version does not know, as texts.
    pub fn others(&self, rows: &Rows) -> Vec<(&str, String)> {
        let others = self.cells.iter();
        let others = others.filter(|(name, _)| rows.column(name).is_none());
        others
            .map(|(name, cell)| (name.as_str(), cell_text(cell)))
            .collect()
    }
}

impl HeldRows {
    /// Tells whether a row has several versions.
    pub fn has_conflict(&self) -> bool {
        self.rows.iter().any(|row| row.versions.len() > 1)
    }
}

/// Tells whether a person has something to settle in a field of this shape.
pub fn is_in_conflict(shape: Option<Shape>, held: &Held) -> bool {
    let of_rows = |rows: &Rows| {
        let held = rows.held(held.terms.keys().map(String::as_str));
        held.has_conflict()
    };
    held.is_conflict() || matches!(shape, Some(Shape::Rows(rows)) if of_rows(rows))
}

impl RecordView {
    /// Returns the names of the fields in which a person has something to settle.
    pub fn conflicts(&self) -> Vec<&str> {
        let kind = Kind::parse(self.kind());
        let shape = |name: &str| kind?.field(name).map(|field| field.shape);
        let fields = self.fields().iter();
        let conflicts = fields.filter(|(name, held)| is_in_conflict(shape(name), held));
        conflicts.map(|(name, _)| name.as_str()).collect()
    }
}

/// Returns the id of a row that is told by what it says, the `n`th of those that say the same: everybody who reads one file makes
/// the same rows.
pub fn row_id_of(cells: &BTreeMap<String, Json>, n: u64) -> String {
    let said = canonical(&cells.clone().into_iter().collect());
    row_id(&hash("row", &[said.as_bytes(), &n.to_be_bytes()]))
}

/// Writes the first bytes of what was drawn, or of a hash, as the id of a row.
pub fn row_id(drawn: &[u8]) -> String {
    let drawn = &drawn[..drawn.len().min(ROW_ID_BYTES)];
    data_encoding::HEXLOWER.encode(drawn)
}

/// Tells whether a text is the id of a row: letters and digits, so that names of a form may be made of it.
pub(crate) fn is_row_id(text: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=ROW_ID_LETTERS_MAX).contains(&text.len()) && text.bytes().all(is_sign)
}

/// Writes a cell as a person can read it.
pub fn cell_text(cell: &Json) -> String {
    match cell {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_nothing(cell: &Json) -> bool {
    matches!(cell, Json::Null) || cell.as_str().is_some_and(str::is_empty)
}

fn read_value(shape: &Shape, text: &str) -> Option<Value> {
    let context = Context::of(Territories::shared());
    match read(shape, text, &context).outcome {
        Outcome::Valid(Wanted::Value(value))
        | Outcome::Noted(Wanted::Value(value), _)
        | Outcome::Warned(Wanted::Value(value), _) => Some(value),
        _ => None,
    }
}

fn canonical(object: &Map<String, Json>) -> String {
    serde_json_canonicalizer::to_string(object).expect("a JSON value holds finite numbers only")
}

/// The name of what stays while a row changes.
pub(crate) const ID: &str = "id";
/// Bytes of an id that is made here. Rows of one field are at most [`ROWS_MAX`]: two of them never share it.
const ROW_ID_BYTES: usize = 8;
const ROW_ID_LETTERS_MAX: usize = 32;

#[cfg(test)]
mod tests;
