//! New rows of a file that may be records which are there already: seen before anything is written, since two records are joined by hand
//! and one row is left out at once.

use std::collections::BTreeMap;

use crdt_schema::draft::Wanted;
use crdt_schema::edit::{Field, Merged, Writer, Written};
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::likeness::{Likeness, Traits};
use crdt_schema::view::RecordView;
use exchange::{PlannedEdit, RowKey};
use replica::{Fault, LookAlikes, Reader};

use super::name_of;

/// New rows that may be records of the census.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alike {
    /// How many.
    pub rows: u64,
    /// The first of them.
    pub listed: Vec<AlikeRow>,
    /// Those that share with a record what should be there once only, all of them.
    pub exact: Vec<(RowKey, RecordId)>,
}

/// A new row and the record that it may be; of several, the likeliest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlikeRow {
    /// The line of the file.
    pub line: u64,
    /// What tells the row from the others of its source.
    pub row: RowKey,
    /// Its name in the file.
    pub name: String,
    /// The record of the census.
    pub record: RecordId,
    /// Its name there.
    pub record_name: String,
    /// How alike they are, and why.
    pub likeness: Likeness,
}

impl Alike {
    /// Compares what a row would make with what is there.
    pub(super) fn look(
        &mut self,
        looks: &mut LookAlikes<'_>,
        reader: &Reader,
        edit: &PlannedEdit,
    ) -> Result<(), Fault> {
        // Whoever said that it is another thing is not asked again.
        if edit.decided.is_some() {
            return Ok(());
        }
        let view = read(reader, edit)?;
        let Some((record, likeness)) = looks.likeliest(&Traits::of(&view))? else {
            return Ok(());
        };
        self.rows += 1;
        if likeness.is_sure() {
            self.exact.push((edit.row, record));
        }
        if self.listed.len() < LISTED_MAX {
            let held = reader.record(&record)?;
            self.listed.push(AlikeRow {
                line: edit.line,
                row: edit.row,
                name: name_of(&view),
                record,
                record_name: held.as_ref().map(name_of).unwrap_or_default(),
                likeness,
            });
        }
        Ok(())
    }
}

/// Returns the record that is likeliest to be what a new row makes.
pub(super) fn likeliest(
    looks: &mut LookAlikes<'_>,
    reader: &Reader,
    edit: &PlannedEdit,
) -> Result<Option<RecordId>, Fault> {
    let found = looks.likeliest(&Traits::of(&read(reader, edit)?))?;
    Ok(found.map(|(record, _)| record))
}

fn read(reader: &Reader, edit: &PlannedEdit) -> Result<RecordView, Fault> {
    let mut view = as_read(edit);
    // Of a record whose import was undone, the birth stays.
    if view.birth.is_none() {
        view.birth = reader.record(&edit.record)?.and_then(|held| held.birth);
    }
    Ok(view)
}

/// The record that a row would make. Nobody has written it yet.
fn as_read(edit: &PlannedEdit) -> RecordView {
    let fields = edit.draft.fields.iter();
    let fields = fields.map(|(name, wanted)| (name.clone(), field(wanted)));
    let fields: BTreeMap<_, _> = fields.filter(|(_, field)| !field.is_empty()).collect();
    let birth = edit.birth.as_ref();
    RecordView {
        record: edit.record,
        birth: birth.map(|birth| (birth.kind.clone(), birth.territory.clone())),
        heads: Vec::new(),
        merged: Merged {
            fields,
            ..Merged::default()
        },
    }
}

fn field(wanted: &Wanted) -> Field {
    let (edit, number) = (ItemId::from_bytes([0; 16]), 0);
    match wanted {
        Wanted::Nothing => Field::default(),
        Wanted::Terms(terms) => {
            let writers = |term: &String| (term.clone(), vec![Writer { edit, number }]);
            Field {
                terms: terms.iter().map(writers).collect(),
                ..Field::default()
            }
        }
        Wanted::Text(text) => Field {
            text: Some(text.clone()),
            ..Field::default()
        },
        Wanted::Value(value) => Field {
            values: vec![Written {
                value: value.clone(),
                edit,
                number,
            }],
            ..Field::default()
        },
    }
}

/// Rows that are shown at once: those that are decided make room for the next.
const LISTED_MAX: usize = 200;
