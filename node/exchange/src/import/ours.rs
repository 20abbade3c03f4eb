//! A calendar that we wrote ourselves, when it comes back: it says less than the record, and in other words. What it says as we said it
//! changes nothing; only what somebody has changed in it since is read.

use std::collections::BTreeMap;

use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;

use crate::calendar::cells_of_one;
use crate::export::{Calendar, Reach, Revisions};
use crate::import::Census;
use crate::mapping::{Mapping, Use};
use crate::table::{Column, Row};

/// A row about a record that is here already.
pub(super) struct Ours {
    pub(super) record: RecordId,
    /// The row, without what we wrote.
    pub(super) row: Row,
    /// The name that the record has, where the row says it as we wrote it.
    has_our_name: bool,
}

impl Ours {
    /// Finds the record by the name that we gave it; nothing when the row is about something else.
    pub(super) fn of<C: Census>(
        row: &Row,
        columns: &[Column],
        census: &C,
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
            has_our_name: false,
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
        Ok(Some(ours))
    }

    /// Tells whether nothing is left that could change the record.
    pub(super) fn is_unchanged(&self, columns: &[Column], mapping: &Mapping) -> bool {
        let mut cells = columns.iter().zip(&mapping.uses).zip(&self.row.cells);
        cells.all(|((column, usage), cell)| {
            cell.is_empty()
                || matches!(usage, Use::Dropped | Use::Personal)
                || column.name == "SUMMARY" && self.has_our_name
        })
    }
}

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
