//! A calendar, or a list of data·inclusion, that we wrote ourselves, when it comes back: it says less than the record, and in other words.
//! What it says as we said it changes nothing; only what somebody has changed in it since is read.

use std::collections::BTreeMap;

use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use serde_json::{Map, Value as Json};

use crate::calendar::cells_of_one;
use crate::export::{Calendar, Inclusion, Reach, Revisions, holder, is_service};
use crate::import::earlier::EDITED_SINCE;
use crate::import::{Census, Settings};
use crate::mapping::{List, Mapping, Use};
use crate::report::Problem;
use crate::table::{Column, Row};

/// A row about a record that is here already.
pub(super) struct Ours {
    pub(super) record: RecordId,
    /// The row, without what we wrote.
    pub(super) row: Row,
    /// The column of the name.
    name: &'static str,
    /// Whether the row says the name as we wrote it.
    has_our_name: bool,
    /// What the row says as we wrote it before somebody edited the record, and what is therefore not read.
    pub(super) older: Vec<Problem>,
}

impl Ours {
    /// Finds the record by the name that we gave it; nothing when the row is about something else, or the file no such file.
    pub(super) fn of<C: Census>(
        row: &Row,
        columns: &[Column],
        census: &C,
        (mapping, settings): (&Mapping, &Settings<'_>),
    ) -> Result<Option<Self>, C::Error> {
        match mapping.list {
            Some(list) => Self::of_list(row, columns, census, (list, mapping, settings)),
            None if mapping.is_calendar() => {
                Self::of_calendar(row, columns, census, (mapping, settings))
            }
            None => Ok(None),
        }
    }

    /// Finds a structure or a service by its id: our record stands in it, whatever the federation was called then.
    fn of_list<C: Census>(
        row: &Row,
        columns: &[Column],
        census: &C,
        (list, mapping, settings): (List, &Mapping, &Settings<'_>),
    ) -> Result<Option<Self>, C::Error> {
        let place = |name: &str| columns.iter().position(|column| column.name == name);
        let cell = |name: &str| Some(row.cells.get(place(name)?)?.as_str());
        let (source, id) = (cell("source").unwrap_or(""), cell("id").unwrap_or(""));
        let Some(record) = inclusion_record(source, id) else {
            return Ok(None);
        };
        let view = census.find(&record)?;
        let Some(view) = view.filter(|view| view.kind() == list.kind().code) else {
            return Ok(None);
        };
        let written = inclusion_values(&view, source, settings);
        let mut ours = Self {
            record,
            row: row.clone(),
            name: "nom",
            has_our_name: false,
            older: Vec::new(),
        };
        for column in columns {
            let cell = &mut ours.row.cells[column.index];
            let value = written.get(column.name.as_str());
            let is_ours = value.is_some_and(|value| says(cell, value));
            if column.name == ours.name {
                ours.has_our_name = is_ours;
                if let (true, Some(name)) = (is_ours, name(&view)) {
                    *cell = name.to_owned();
                }
            } else if is_ours || GIVEN.contains(&column.name.as_str()) {
                cell.clear();
            }
        }
        let known = (mapping, settings);
        if !ours.is_unchanged(columns, mapping) {
            let earlier = census.earlier(&record)?;
            let earlier = earlier
                .iter()
                .map(|it| inclusion_values(&it.view, source, settings));
            let earlier: Vec<_> = earlier.collect();
            ours.keep_newer((columns, known), &view, |column, cell| {
                let mut values = earlier.iter().filter_map(|values| values.get(&column.name));
                values.any(|value| says(cell, value))
            });
        }
        Ok(Some(ours))
    }

    fn of_calendar<C: Census>(
        row: &Row,
        columns: &[Column],
        census: &C,
        known: (&Mapping, &Settings<'_>),
    ) -> Result<Option<Self>, C::Error> {
        let place = |name: &str| columns.iter().position(|column| column.name == name);
        let Some(uid) = place("UID").and_then(|uid| Some((uid, row.cells.get(uid)?))) else {
            return Ok(None);
        };
        let mut found = None;
        for record in RecordId::of_urn(uid.1) {
            if let Some(view) = census.find(&record)? {
                found = Some((record, view));
                break;
            }
        }
        let Some((record, view)) = found else {
            return Ok(None);
        };
        let mut ours = Self {
            record,
            row: row.clone(),
            name: "SUMMARY",
            has_our_name: false,
            older: Vec::new(),
        };
        ours.row.cells[uid.0].clear();
        for reach in [Reach::Partners, Reach::Public] {
            let written = written(&view, reach);
            for column in columns {
                let cell = &row.cells[column.index];
                if written.get(column.name.as_str()) != Some(cell) || cell.is_empty() {
                    continue;
                }
                if column.name == "SUMMARY" {
                    ours.has_our_name = true;
                    ours.row.cells[column.index] = name(&view).unwrap_or(cell).to_owned();
                } else {
                    ours.row.cells[column.index].clear();
                }
            }
        }
        if !ours.is_unchanged(columns, known.0) {
            let earlier = census.earlier(&record)?;
            let reaches = [Reach::Partners, Reach::Public];
            let earlier = earlier
                .iter()
                .flat_map(|it| reaches.map(|reach| written(&it.view, reach)));
            let earlier: Vec<_> = earlier.collect();
            ours.keep_newer((columns, known), &view, |column, cell| {
                let mut values = earlier
                    .iter()
                    .filter_map(|values| values.get(column.name.as_str()));
                values.any(|value| value == cell)
            });
        }
        Ok(Some(ours))
    }

    /// Leaves the cells that say what we wrote before somebody edited the record, unless a person has confirmed their column: what we wrote
    /// of several fields together is none of their values.
    fn keep_newer(
        &mut self,
        (columns, (mapping, settings)): (&[Column], (&Mapping, &Settings<'_>)),
        view: &RecordView,
        is_earlier: impl Fn(&Column, &str) -> bool,
    ) {
        for (column, usage) in columns.iter().zip(&mapping.uses) {
            let is_name = column.name == self.name;
            let is_read = !matches!(usage, Use::Dropped | Use::Personal);
            let cell = &mut self.row.cells[column.index];
            let is_confirmed = settings
                .confirmed
                .iter()
                .any(|(name, code)| *name == column.name && code == EDITED_SINCE);
            let is_ours = cell.is_empty() || (is_name && self.has_our_name);
            if is_ours || !is_read || is_confirmed || !is_earlier(column, cell) {
                continue;
            }
            let older = Problem::of_row(self.row.line, cell, EDITED_SINCE, OLDER.to_owned());
            self.older.push(older.in_column(column));
            match name(view).filter(|_| is_name) {
                Some(name) => {
                    self.has_our_name = true;
                    *cell = name.to_owned();
                }
                None => cell.clear(),
            }
        }
    }

    /// Tells whether nothing is left that could change the record.
    pub(super) fn is_unchanged(&self, columns: &[Column], mapping: &Mapping) -> bool {
        let mut cells = columns.iter().zip(&mapping.uses).zip(&self.row.cells);
        cells.all(|((column, usage), cell)| {
            cell.is_empty()
                || matches!(usage, Use::Dropped | Use::Personal)
                || column.name == self.name && self.has_our_name
        })
    }
}

/// What tells one list from another, and the day of its last change: nothing of it is said of the record.
const GIVEN: [&str; 3] = ["id", "source", "date_maj"];

/// Returns the record of ours that a list of this source names so.
fn inclusion_record(source: &str, id: &str) -> Option<RecordId> {
    let (before, record) = id.rsplit_once("--")?;
    let record = RecordId::parse(record).ok()?;
    (before == source).then_some(record)
}

/// Returns what a list of data·inclusion says of a record, whenever it last changed; nothing where it would not be in the list.
fn inclusion_values(view: &RecordView, source: &str, settings: &Settings<'_>) -> Map<String, Json> {
    let inclusion = Inclusion {
        source,
        today: "9999-12-31",
        lists: settings.lists,
        words: settings.words,
    };
    let changed = Some(ANY_DAY);
    let described = match holder(view) {
        Some(holder) if is_service(view) => inclusion.service(view, changed, &holder),
        _ if view.kind() == "actor" => inclusion.structure(view, changed),
        _ => return Map::new(),
    };
    described.map_or_else(|_| Map::new(), |described| described.values)
}

/// Tells whether a cell says a value of the list, as JSON or as a workbook writes it.
fn says(cell: &str, value: &Json) -> bool {
    match value {
        Json::String(text) => text.trim() == cell,
        Json::Number(number) => {
            let same = |one: f64| {
                number
                    .as_f64()
                    .is_some_and(|other| one.total_cmp(&other).is_eq())
            };
            cell.replace(',', ".").parse::<f64>().is_ok_and(same)
        }
        Json::Array(items) => {
            let items: Vec<&str> = items.iter().filter_map(Json::as_str).collect();
            [",", "|"].iter().any(|between| items.join(between) == cell)
        }
        Json::Bool(_) | Json::Null | Json::Object(_) => false,
    }
}

const OLDER: &str = "Nous avons écrit cela avant une modification plus récente de la fiche : le fichier est plus ancien qu'elle. La fiche est gardée telle quelle : confirmez la valeur du fichier si c'est la bonne.";
/// Some day of this century: the lists want one.
const ANY_DAY: Timestamp = Timestamp::from_millis(1_000_000_000_000);

/// Writes a record as a calendar has it, and reads it back.
fn written(view: &RecordView, reach: Reach) -> BTreeMap<&'static str, String> {
    let text = || {
        let now = Timestamp::from_millis(0);
        let mut calendar = Calendar::new(Vec::new(), "", now, reach)?;
        calendar.record(view, Revisions::default())?;
        calendar.finish()
    };
    text().map_or_else(|_| BTreeMap::new(), |text| cells_of_one(&text))
}

fn name(view: &RecordView) -> Option<&str> {
    match &view.field("name")?.winner()?.value {
        Value::Text(name) => Some(name),
        _ => None,
    }
}
