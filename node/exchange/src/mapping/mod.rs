//! Which column goes to which field: guessed from the names of the columns, corrected by the person.
//!
//! Nothing is lost in silence: a column that is not understood is kept as an extra field `x_…`, and one that speaks of a person is
//! named in the report and left out.

mod draft;
mod inclusion;
mod names;
mod personal;
pub(crate) mod spreadsheet;
mod terms;
mod values;

use std::collections::BTreeSet;

use crdt_schema::record::{Field, KINDS, Kind, Shape};
use crdt_schema::vocabulary::Words;
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::mapping::draft::Draft;
use crate::mapping::names::{CALENDAR, Format, format, is_hint};
use crate::table::Column;

pub(crate) use inclusion::List;
pub use personal::ContactPart;
pub(crate) use personal::holds_mail;
pub(crate) use terms::ours;
pub use values::Values;
pub(crate) use values::{ROWS_LOOKED_AT, is_told_by_values};

/// What becomes of each column of a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mapping {
    /// The kind of the records.
    pub kind: &'static Kind,
    /// One use for each column, in their order.
    pub uses: Vec<Use>,
    /// For each column, the extra field that keeps what its own field cannot take.
    pub(crate) spares: Vec<String>,
    /// The list of data·inclusion that the file is.
    pub(crate) list: Option<List>,
    /// The format whose own names the columns have.
    format: Option<&'static Format>,
    /// Whether the file is a table of ours for people.
    is_spreadsheet: bool,
    /// The columns that only their values tell: they fill their fields, and say nothing of which record a row is about.
    pub(crate) by_values: BTreeSet<usize>,
}

/// What becomes of one column.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Use {
    /// Written by an export of ours to be read by people only, or left out because the person said so.
    Dropped,
    /// An extra field: read as the federation declared it, or kept as it is.
    Extra(String),
    /// A whole field.
    Field(&'static str),
    /// The identifier of the holder at the source of the file; its record is looked for.
    HolderId,
    /// The latitude of the field `point`.
    Latitude,
    /// The longitude of the field `point`.
    Longitude,
    /// A part of the field `address`; parts are joined in this order.
    AddressPart(usize),
    /// The names of the records that this field leads to, as our tables for people write them beside the identifiers.
    Names(&'static str),
    /// Speaks of a person: never put in a record.
    Personal,
    /// The record that the row describes, as our exports write it.
    Record,
}

/// A column and what it is used for, as reports show it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ColumnUse {
    /// Name as the file has it.
    pub column: String,
    /// Letter of the column.
    pub letter: String,
    /// Name of the field, if any.
    pub field: Option<String>,
    /// `field`, `part`, `extra`, `record`, `personal` or `dropped`.
    pub how: &'static str,
}

/// A wish that cannot be fulfilled.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unmapped {
    /// The file has no such column.
    #[error("Le fichier n'a pas de colonne « {0} ».")]
    ColumnAbsent(String),
    /// The kind has no such field.
    #[error("Une fiche « {kind} » n'a pas de champ « {field} ».")]
    FieldAbsent {
        /// The kind.
        kind: &'static str,
        /// The field.
        field: String,
    },
}

impl Mapping {
    /// Maps the columns: by what the person says first (column, field; an empty field leaves the column out), then by their names, at
    /// last by the labels of the federation's own fields.
    /// Without a kind, the one that the columns speak of most is taken.
    pub fn of(
        columns: &[Column],
        kind: Option<&'static Kind>,
        wishes: &[(String, String)],
        words: &Words,
    ) -> Result<Self, Unmapped> {
        let kind = kind.unwrap_or_else(|| guess(columns));
        let format = format(columns);
        let mut draft = Draft::of(columns, kind);
        draft.obey(wishes)?;
        let is_spreadsheet = spreadsheet::kind(columns) == Some(kind);
        if is_spreadsheet {
            draft.recognise_spreadsheet();
        }
        if let Some(format) = format {
            draft.recognise_format(format);
        }
        draft.set_persons_aside();
        draft.recognise();
        draft.recognise_own(words);
        draft.find_a_name();
        let (uses, spares) = draft.finish();
        let list = List::of(columns).filter(|list| list.kind() == kind);
        Ok(Self {
            kind,
            uses,
            spares,
            list,
            format,
            is_spreadsheet,
            by_values: BTreeSet::new(),
        })
    }

    /// Lists the columns and their uses.
    pub fn described(&self, columns: &[Column]) -> Vec<ColumnUse> {
        let described = |(column, usage): (&Column, &Use)| {
            let (field, how) = match usage {
                Use::AddressPart(_) => (Some("address"), "part"),
                Use::Dropped => (None, "dropped"),
                Use::Extra(field) => (Some(field.as_str()), "extra"),
                Use::Field(field) => (Some(*field), "field"),
                Use::HolderId => (Some("holder"), "field"),
                Use::Latitude | Use::Longitude => (Some("point"), "part"),
                Use::Names(field) => (Some(*field), "part"),
                Use::Personal => (None, "personal"),
                Use::Record => (Some("record"), "record"),
            };
            ColumnUse {
                column: column.name.clone(),
                letter: column.letter.clone(),
                field: field.map(str::to_owned),
                how,
            }
        };
        columns.iter().zip(&self.uses).map(described).collect()
    }

    /// Returns the part of a contact that a column gives, when it speaks of a person.
    pub fn contact_part(&self, columns: &[Column], place: usize) -> Option<ContactPart> {
        // A calendar or a feed names persons as it likes: what it says of them is no contact.
        let is_personal = self.uses.get(place) == Some(&Use::Personal) && self.format.is_none();
        let column = columns.get(place).filter(|_| is_personal)?;
        keys(column)
            .iter()
            .find_map(|key| personal::contact_part(key))
    }

    /// Returns the name of the extra field that would keep a column.
    pub fn spare(&self, column: usize) -> Option<&str> {
        self.spares.get(column).map(String::as_str)
    }

    /// Returns the columns of a table of ours that show what only other ways write in a record: its documents, and that it is withdrawn.
    pub(crate) fn outside<'c>(
        &self,
        columns: &'c [Column],
    ) -> impl Iterator<Item = (&'c Column, &'static Field)> {
        let left_out = columns.iter().zip(&self.uses);
        let left_out = left_out.filter(|(_, usage)| **usage == Use::Dropped);
        left_out.filter_map(|(column, _)| Some((column, draft::field_outside(column)?)))
    }

    /// Returns the columns of labels in a file of ours. No table makes a label.
    pub(crate) fn labels<'c>(&self, columns: &'c [Column]) -> impl Iterator<Item = &'c Column> {
        let left_out = columns.iter().zip(&self.uses);
        let left_out =
            left_out.filter(|(column, usage)| **usage == Use::Dropped && draft::is_labels(column));
        left_out.map(|(column, _)| column)
    }

    /// Tells whether cells may name records, which are then looked for.
    pub fn names_records(&self) -> bool {
        self.uses.iter().any(|usage| match usage {
            Use::Field(name) => {
                let shape = self.kind.field(name).map(|field| field.shape);
                matches!(shape, Some(Shape::Record(_) | Shape::Records(_)))
            }
            _ => false,
        })
    }

    /// Returns the first column that goes to this field, or to a part of it.
    pub(crate) fn column_of(&self, field: &str) -> Option<usize> {
        self.uses.iter().position(|usage| match usage {
            Use::Extra(name) => name == field,
            Use::Field(name) => *name == field,
            Use::AddressPart(_) => field == "address",
            Use::Latitude | Use::Longitude => field == "point",
            Use::HolderId => field == "holder",
            Use::Dropped | Use::Names(_) | Use::Personal | Use::Record => false,
        })
    }

    /// Tells whether the file is a table that we wrote for people: its terms are in our words.
    pub(crate) fn is_spreadsheet(&self) -> bool {
        self.is_spreadsheet
    }

    /// Tells whether the columns are those of a calendar.
    pub(crate) fn is_calendar(&self) -> bool {
        self.format == Some(&CALENDAR)
    }

    /// Tells whether identifiers name the same thing wherever the file comes from.
    pub(crate) fn has_global_ids(&self) -> bool {
        self.format.is_some_and(|format| format.has_global_ids)
    }

    /// Tells whether a column goes to this field.
    pub fn has(&self, field: &str) -> bool {
        self.uses.iter().any(|usage| match usage {
            Use::Field(name) => *name == field,
            Use::HolderId => field == "holder",
            Use::AddressPart(_) => field == "address",
            Use::Latitude | Use::Longitude => field == "point",
            _ => false,
        })
    }
}

/// Returns the kind that the columns speak of most; an actor when they say nothing.
pub fn guess(columns: &[Column]) -> &'static Kind {
    if let Some(kind) = spreadsheet::kind(columns) {
        return kind;
    }
    if let Some(list) = List::of(columns) {
        return list.kind();
    }
    if let Some(kind) = format(columns).and_then(|format| Kind::parse(format.kind)) {
        return kind;
    }
    let keys: BTreeSet<String> = columns.iter().flat_map(keys).collect();
    let score = |kind: &Kind| {
        let own = kind
            .fields()
            .filter(|field| keys.contains(&key(field.name)));
        let hinted = keys.iter().filter(|key| is_hint(kind.code, key));
        let (own, hinted) = (own.count(), hinted.count());
        let is_likely = USUAL.contains(&kind.code) || hinted > 0 || 2 * own > kind.fields().count();
        if is_likely {
            own + HINT_WEIGHT * hinted
        } else {
            0
        }
    };
    let mut best = (KINDS[0], 0);
    for kind in KINDS.iter().copied() {
        if score(kind) > best.1 {
            best = (kind, score(kind));
        }
    }
    best.0
}

/// Returns the name of a column in letters and digits only, which is how it is compared.
pub(crate) fn key(name: &str) -> String {
    let plain = name.nfkd().filter(|c| !is_combining_mark(*c));
    let letters = plain.filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Returns the keys of a column: its whole name, and what follows the wrappers that exports add.
fn keys(column: &Column) -> Vec<String> {
    let mut keys = vec![key(&column.name)];
    for wrapper in ["fields.", "properties.", "attributes.", "_source."] {
        if let Some(rest) = column.name.strip_prefix(wrapper) {
            keys.push(key(rest));
        }
    }
    keys
}

/// The kinds that files are mostly about. Another one has to be spoken of: by a name that only it has, or by most of its fields.
const USUAL: [&str; 4] = ["actor", "event", "initiative", "territory"];
/// A name that only one kind has says more than one that several share.
const HINT_WEIGHT: usize = 3;

#[cfg(test)]
mod tests;
