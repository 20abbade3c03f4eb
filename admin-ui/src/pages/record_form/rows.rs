//! Rows on a form: each is a group of inputs with the term that it stood for, an empty one comes last, and a button asks the node for one
//! more. A row that nobody touched keeps its term, whatever this version can read of it.
//!
//! What is typed stands under names of its own: `FIELD` lists the terms that the rows stood for, empty for a new one, and
//! `FIELD-N-COLUMN` what was typed into a cell of row N. A form carries a hash of each term: browsers change line ends.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::cbor::Wire;
use crdt_schema::draft::{Draft, RowSaid, Wanted, read_rows};
use crdt_schema::edit::{Content, Field as HeldField};
use crdt_schema::id::hash;
use crdt_schema::limits::{BASE_MAX, ITEM_BYTES_MAX, NAME_BYTES_MAX, OPERATIONS_MAX};
use crdt_schema::record::{
    ROW_BYTES_MAX, ROWS_MAX, Row, RowColumn, Rows, Shape, cell_text, row_id,
};
use crdt_schema::register::Outcome;
use crdt_schema::vocabulary::AnyField;
use data_encoding::HEXLOWER;
use serde_json::{Map, Value as Json, json};

use super::links::{Chosen, Links, Wanted as WantedLink, kinds_of};
use super::remarks::Remark;
use super::typed::{Asked, Typed, problem_text};
use super::{Control, Input};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::parts::Problem;

/// How a form asks for one row more: the value is the name of the field.
pub(super) const ADD: &str = "ajouter-ligne";
/// The part of a row that says which term it stood for, by its mark.
const STOOD: &str = "etait";
/// The part of a row by which it is taken away.
const REMOVED: &str = "retirer";
/// Rows that a form can send back: more than a field may hold, since partners who add rows apart may exceed it.
const SENT_MAX: usize = 500;

/// The rows of a field, as a form asks for them.
pub(super) struct FormRows {
    pub(super) rows: Vec<FormRow>,
    /// The label of the button for one more, and where it leads.
    pub(super) add: Option<String>,
}

pub(super) struct FormRow {
    pub(super) id: String,
    pub(super) legend: String,
    /// The mark of the term that it stood for.
    pub(super) stood: Option<String>,
    pub(super) error: Option<String>,
    /// What is to be known of it.
    pub(super) notes: Vec<String>,
    pub(super) inputs: Vec<Input>,
    /// The label of the box by which it is taken away, and whether it is ticked.
    pub(super) remove: Option<(String, bool)>,
}

/// Names a cell of a form.
pub(super) fn cell_name(field: &str, row: usize, column: &str) -> String {
    format!("{field}-{row}-{column}")
}

/// What the form sent of the rows of a field.
pub(super) fn typed(form: &SentForm, field: &str, rows: &Rows, typed: &mut Typed) {
    let mut stood = Vec::new();
    for row in sent(form, field) {
        stood.push(form.raw(&cell_name(field, row, STOOD)).to_owned());
        for name in rows
            .columns
            .iter()
            .map(|column| column.name)
            .chain([REMOVED])
        {
            let name = cell_name(field, row, name);
            let values = form.all(&name).map(str::trim);
            let values: Vec<String> = values
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .collect();
            if !values.is_empty() {
                typed.insert(name, values);
            }
        }
    }
    if form.text(ADD) == field {
        stood.push(String::new());
    }
    if !stood.is_empty() {
        typed.insert(field.to_owned(), stood);
    }
}

/// Puts the terms that stood in the place of their marks. A mark of none of them is that of a new row.
pub(super) fn recall(asked: &Asked<'_>, typed: &mut Typed, stood: &Typed) {
    for (field, _) in of_rows(asked.fields()) {
        let terms = stood.get(field.name()).map_or(&[][..], Vec::as_slice);
        for sent in typed.get_mut(field.name()).into_iter().flatten() {
            let term = terms.iter().find(|term| mark(term) == *sent);
            *sent = term.cloned().unwrap_or_default();
        }
    }
}

fn mark(term: &str) -> String {
    HEXLOWER.encode(&hash("row-on-form", &[term.as_bytes()])[..16])
}

/// The numbers of the rows that a form sent.
fn sent<'f>(form: &'f SentForm, field: &'f str) -> impl Iterator<Item = usize> + 'f {
    let is_sent = move |row: &usize| form.all(&cell_name(field, *row, STOOD)).count() > 0;
    (0..SENT_MAX).take_while(is_sent)
}

/// What the form shows of the rows that a record holds.
pub(super) fn shown(held: &HeldField, field: &str, rows: &Rows, typed: &mut Typed) {
    let terms = in_order(rows, held);
    for (place, term) in terms.iter().enumerate() {
        let Some(row) = Row::parse(term) else {
            continue;
        };
        for column in rows.columns {
            if let Some(cell) = row.cells().get(column.name) {
                typed.insert(cell_name(field, place, column.name), vec![cell_text(cell)]);
            }
        }
    }
    if !terms.is_empty() {
        typed.insert(field.to_owned(), terms);
    }
}

fn in_order(rows: &Rows, held: &HeldField) -> Vec<String> {
    let held = rows.held(held.terms.keys().map(String::as_str));
    let versions = held.rows.iter().flat_map(|row| &row.versions);
    versions.map(Row::term).chain(held.unread).collect()
}

/// The names of the cells of a sent form that lead to records.
pub(super) fn link_names(form: &SentForm, field: &str, rows: &Rows) -> Vec<String> {
    let links = || {
        let columns = rows.columns.iter();
        columns.filter(|column| kinds_of(&column.shape).is_some())
    };
    sent(form, field)
        .flat_map(|row| links().map(move |column| cell_name(field, row, column.name)))
        .collect()
}

/// The cells that lead to records, to be read as fields that do.
pub(super) fn links(
    asked: &Asked<'_>,
    chosen: &mut Chosen,
    typed: &Typed,
    stood: &Typed,
) -> Vec<WantedLink> {
    let mut wanted = Vec::new();
    for (field, rows) in of_rows(asked.fields()) {
        let count = typed.get(field.name()).map_or(0, Vec::len);
        for row in 0..count.max(1) + 1 {
            for column in rows.columns {
                let Some((kinds, is_single)) = kinds_of(&column.shape) else {
                    continue;
                };
                let name = cell_name(field.name(), row, column.name);
                wanted.push(WantedLink {
                    label: label(asked.language, field, row, column),
                    kinds,
                    is_single,
                    typed: typed.get(&name).cloned().unwrap_or_default(),
                    stood: stood_link(typed, stood, (field, row), column),
                    chosen: chosen.remove(&name).unwrap_or_default(),
                    name,
                });
            }
        }
    }
    wanted
}

/// What stood in a link of the row that a sent row stood for.
fn stood_link(
    typed: &Typed,
    stood: &Typed,
    (field, row): (AnyField<'_>, usize),
    column: &RowColumn,
) -> Vec<String> {
    let terms = |typed: &Typed| typed.get(field.name()).cloned().unwrap_or_default();
    let term = terms(typed).get(row).cloned().unwrap_or_default();
    if !terms(stood).contains(&term) {
        return Vec::new();
    }
    let link = Row::parse(&term).and_then(|row| row.link(column));
    link.iter().map(ToString::to_string).collect()
}

/// The places of a form where people write texts: its names, labels and what is typed there. Those of rows are their cells of words.
pub(in crate::pages) fn texts<'t>(
    language: Language,
    fields: &[AnyField<'_>],
    typed: &'t Typed,
) -> Vec<(String, String, &'t [String])> {
    let mut texts = Vec::new();
    for field in fields {
        if let Shape::Rows(rows) = field.shape() {
            let count = typed.get(field.name()).map_or(0, Vec::len);
            let columns = rows.columns.iter();
            let columns: Vec<_> = columns.filter(|it| it.shape == Shape::Text).collect();
            for (row, column) in (0..count).flat_map(|row| columns.iter().map(move |it| (row, it)))
            {
                let name = cell_name(field.name(), row, column.name);
                if let Some(values) = typed.get(&name) {
                    texts.push((
                        name,
                        label(language, *field, row, column),
                        values.as_slice(),
                    ));
                }
            }
        }
        let is_text = matches!(
            field.shape(),
            Shape::LongText | Shape::OpeningHours | Shape::Text | Shape::Words
        );
        if let (Some(values), true) = (typed.get(field.name()), is_text) {
            let label = field.label(language.tag()).to_owned();
            texts.push((field.name().to_owned(), label, values.as_slice()));
        }
    }
    texts
}

/// Whether a name is that of a field, or of a cell of its rows.
pub(in crate::pages) fn is_asked(fields: &[AnyField<'_>], name: &str) -> bool {
    fields.iter().any(|field| {
        let is_cell = || {
            let cell = name.strip_prefix(field.name());
            let cell = cell.and_then(|cell| cell.strip_prefix('-')?.split_once('-'));
            cell.is_some_and(|(row, _)| row.parse::<usize>().is_ok())
        };
        field.name() == name || matches!(field.shape(), Shape::Rows(_)) && is_cell()
    })
}

fn of_rows<'l>(fields: &[AnyField<'l>]) -> impl Iterator<Item = (AnyField<'l>, &'static Rows)> {
    fields.iter().filter_map(|field| match field.shape() {
        Shape::Rows(rows) => Some((*field, rows)),
        _ => None,
    })
}

/// Names a cell to people: its field, its row and its column.
fn label(language: Language, field: AnyField<'_>, row: usize, column: &RowColumn) -> String {
    let tag = language.tag();
    let values = [
        ("field", field.label(tag).to_owned().into()),
        ("row", (row + 1).into()),
        ("column", column.wording.in_language(tag).to_owned().into()),
    ];
    language.text_with("row-cell-of", &values)
}

impl Asked<'_> {
    /// Reads the rows of a field. `Ok(None)` where they are what stood.
    pub(super) fn read_rows(
        &self,
        (field, rows): (AnyField<'_>, &'static Rows),
        typed: &Typed,
        stood: &Typed,
        links: &Links,
    ) -> Result<(Option<Wanted>, Vec<Remark>), Vec<Problem>> {
        let name = field.name();
        let of = |typed: &Typed| typed.get(name).cloned().unwrap_or_default();
        let before: BTreeSet<String> = of(stood).into_iter().collect();
        let (mut terms, mut remarks, mut problems) = (BTreeSet::new(), Vec::new(), Vec::new());
        for (place, term) in of(typed).into_iter().enumerate() {
            let known = Some(term).filter(|term| before.contains(term));
            if typed.contains_key(&cell_name(name, place, REMOVED)) {
                continue;
            }
            let row = known.as_deref().and_then(Row::parse);
            let mut wrong = self.links_of((field, rows), place, links);
            let is_same = wrong.is_empty()
                && known.is_some()
                && row
                    .as_ref()
                    .is_none_or(|row| is_as_it_stood((name, rows), place, row, typed));
            if let (Some(term), true) = (&known, is_same) {
                terms.insert(term.clone());
                continue;
            }
            let drawn = hash(
                "row-of-form",
                &[&links.drawn, name.as_bytes(), &place.to_be_bytes()],
            );
            let object = object((name, rows), place, row.as_ref(), typed, &row_id(&drawn));
            let read = read_rows(
                rows,
                &json!([object]).to_string(),
                &self.context(typed, links),
            );
            for said in &read.said {
                match said.is_taken {
                    true => remarks.extend(Remark::of(name, &Outcome::Repaired((), said.code))),
                    false => wrong.push(self.row_problem(field, place, said)),
                }
            }
            terms.extend(read.terms);
            problems.extend(wrong);
        }
        if terms.len() > ROWS_MAX && terms.len() > before.len() {
            let label = field.label(self.language.tag()).to_owned();
            let values = [("field", label.into()), ("max", ROWS_MAX.into())];
            let text = self.language.text_with("rows-too-many", &values);
            problems.push(Problem::new(name, text));
        }
        match (problems.is_empty(), terms == before) {
            (false, _) => Err(problems),
            (true, true) => Ok((None, Vec::new())),
            (true, false) if terms.is_empty() => Ok((Some(Wanted::Nothing), remarks)),
            (true, false) => Ok((Some(Wanted::Terms(terms)), remarks)),
        }
    }

    /// What is wrong in the links of a row.
    fn links_of(
        &self,
        (field, rows): (AnyField<'_>, &Rows),
        row: usize,
        links: &Links,
    ) -> Vec<Problem> {
        let cells = rows.columns.iter();
        let cells = cells.map(|column| cell_name(field.name(), row, column.name));
        cells.filter_map(|cell| links.problem(&cell)).collect()
    }

    fn row_problem(&self, field: AnyField<'_>, row: usize, said: &RowSaid) -> Problem {
        let Some(column) = said.column else {
            let values = [
                ("field", field.label(self.language.tag()).to_owned().into()),
                ("row", (row + 1).into()),
                ("max", ROW_BYTES_MAX.into()),
            ];
            let text = self.language.text_with("row-too-long", &values);
            return Problem::new(format!("{}-{row}", field.name()), text);
        };
        let label = label(self.language, field, row, column);
        let suggestion = said.suggestion.clone();
        let text = problem_text(
            self.language,
            (label, column.shape),
            Some(said.code),
            suggestion,
        );
        Problem::new(cell_name(field.name(), row, column.name), text)
    }

    /// The rows of a field as the form asks for them, with an empty one at their end.
    pub(super) fn form_rows(
        &self,
        (field, rows): (AnyField<'_>, &'static Rows),
        typed: &Typed,
        links: &Links,
        problems: &[Problem],
    ) -> FormRows {
        let name = field.name();
        let terms = typed.get(name).cloned().unwrap_or_default();
        // What somebody emptied is not asked for again, but where they asked for one more.
        let mut places: Vec<usize> = (0..terms.len()).collect();
        let is_blank = |place: usize| {
            terms.get(place).is_none_or(String::is_empty) && !has_cells((name, rows), place, typed)
        };
        if terms.last().is_none_or(|_| !is_blank(terms.len() - 1)) && terms.len() < ROWS_MAX {
            places.push(terms.len());
        }
        let count = |id: &str| {
            let rows = terms.iter().filter_map(|term| Row::parse(term));
            rows.filter(|row| row.id() == id).count()
        };
        let made = places.iter().map(|&place| {
            let stood = terms.get(place).filter(|term| !term.is_empty());
            let row = stood.and_then(|term| Row::parse(term));
            let id = format!("{name}-{place}");
            let mut notes = Vec::new();
            if row.as_ref().is_some_and(|row| count(row.id()) > 1) {
                notes.push(self.language.text("row-several-versions"));
            }
            for (column, text) in row.iter().flat_map(|row| row.others(rows)) {
                let values = [("column", column.to_owned().into()), ("text", text.into())];
                notes.push(self.language.text_with("row-other-cell", &values));
            }
            let is_unread = stood.is_some() && row.is_none();
            if let Some(term) = stood.filter(|_| is_unread) {
                let values = [("text", term.clone().into())];
                notes.push(self.language.text_with("row-unread", &values));
            }
            let columns = rows.columns.iter().filter(|_| !is_unread);
            let values = [
                (
                    "one",
                    rows.one.in_language(self.language.tag()).to_owned().into(),
                ),
                ("row", (place + 1).into()),
            ];
            FormRow {
                legend: self.language.text_with("row-legend", &values),
                error: problems.iter().find_map(|problem| problem.of(&id)),
                inputs: columns
                    .map(|column| self.cell((name, place), column, typed, (links, problems)))
                    .collect(),
                remove: stood.map(|_| {
                    let is_ticked = typed.contains_key(&cell_name(name, place, REMOVED));
                    (self.language.text("row-remove"), is_ticked)
                }),
                stood: stood.map(|term| mark(term)),
                notes,
                id,
            }
        });
        FormRows {
            rows: made.collect(),
            add: (places.len() < ROWS_MAX).then(|| self.language.text("row-add")),
        }
    }

    fn cell(
        &self,
        (field, row): (&str, usize),
        column: &RowColumn,
        typed: &Typed,
        (links, problems): (&Links, &[Problem]),
    ) -> Input {
        let (tag, name) = (self.language.tag(), cell_name(field, row, column.name));
        let values = typed.get(&name).map_or(&[][..], Vec::as_slice);
        let label = column.wording.in_language(tag).to_owned();
        let mut control = self.control((&name, &label), column.shape, values, links);
        if let Control::Links(naming) = &mut control {
            // One list of names serves all rows.
            naming.list = naming
                .list
                .as_ref()
                .map(|_| cell_name(field, 0, column.name));
            if row > 0 {
                naming.known.clear();
            }
        }
        if let Control::Select(choices) = &mut control {
            // A row is chosen again by hand: no box of it replaces a former term.
            for choice in choices {
                choice.replaced = None;
            }
        }
        Input {
            control,
            hint: column.hint.in_language(tag).to_owned(),
            error: problems.iter().find_map(|problem| problem.of(&name)),
            label,
            id: name,
        }
    }
}

/// Tells whether something is typed in a row.
fn has_cells((field, rows): (&str, &Rows), row: usize, typed: &Typed) -> bool {
    let mut columns = rows.columns.iter();
    columns.any(|column| typed.contains_key(&cell_name(field, row, column.name)))
}

/// Tells whether the cells of a row are those that the form showed.
fn is_as_it_stood((field, rows): (&str, &Rows), place: usize, row: &Row, typed: &Typed) -> bool {
    rows.columns.iter().all(|column| {
        let typed = typed.get(&cell_name(field, place, column.name));
        let typed = typed.map_or(String::new(), |values| values.concat());
        let stood = row
            .cells()
            .get(column.name)
            .map_or(String::new(), cell_text);
        typed == stood.trim()
    })
}

/// Writes what was typed into a row as a file would say it. What the form did not ask stays.
fn object(
    (field, rows): (&str, &Rows),
    place: usize,
    row: Option<&Row>,
    typed: &Typed,
    drawn: &str,
) -> Json {
    let mut object = Map::new();
    let id = row.map_or(drawn, Row::id);
    object.insert("id".to_owned(), Json::from(id));
    for (name, cell) in row.iter().flat_map(|row| row.cells()) {
        if rows.column(name).is_none() {
            object.insert(name.clone(), cell.clone());
        }
    }
    for column in rows.columns {
        let values = typed.get(&cell_name(field, place, column.name));
        let Some(values) = values else {
            continue;
        };
        object.insert(column.name.to_owned(), Json::String(values.concat()));
    }
    Json::Object(object)
}

/// Returns what is wrong where a form changes more at once than one edit can hold.
pub(super) fn too_much(
    language: Language,
    draft: &Draft,
    fields: &BTreeMap<String, HeldField>,
) -> Option<Problem> {
    let operations = draft.operations(fields);
    let first = operations.first()?.field().to_owned();
    let (count, bytes) = (operations.len(), Content(operations).to_cbor().len());
    let is_too_much = count > OPERATIONS_MAX || bytes > CONTENT_BYTES_MAX;
    is_too_much.then(|| Problem::new(first, language.text("form-too-much")))
}

/// Bytes of what an edit says, so that it fits in its item with the longest frame.
const CONTENT_BYTES_MAX: usize = ITEM_BYTES_MAX - 32 * BASE_MAX - 2 * NAME_BYTES_MAX - 256;
