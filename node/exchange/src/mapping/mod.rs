//! Which column goes to which field: guessed from the names of the columns, corrected by the person.
//!
//! Nothing is lost in silence: a column that is not understood is kept as an extra field `x_…`, and one that speaks of a person is
//! named in the report and left out.

mod names;
mod personal;
mod terms;

use std::collections::BTreeSet;

use crdt_schema::limits::FIELD_BYTES_MAX;
use crdt_schema::record::{KINDS, Kind};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::mapping::names::{ADDRESS_PARTS, COMMON, LATITUDE, LONGITUDE, hints, of_kind};
use crate::mapping::personal::{Personal, is_of_a_contact, personal};
use crate::table::Column;

pub(crate) use personal::holds_mail;
pub(crate) use terms::ours;

/// What becomes of each column of a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mapping {
    /// The kind of the records.
    pub kind: &'static Kind,
    /// One use for each column, in their order.
    pub uses: Vec<Use>,
    /// For each column, the extra field that keeps what its own field cannot take.
    pub(crate) spares: Vec<String>,
}

/// What becomes of one column.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Use {
    /// Written by an export of ours to be read by people only, or left out because the person said so.
    Dropped,
    /// Kept as it is, in an extra field.
    Extra(String),
    /// A whole field.
    Field(&'static str),
    /// The latitude of the field `point`.
    Latitude,
    /// The longitude of the field `point`.
    Longitude,
    /// A part of the field `address`; parts are joined in this order.
    AddressPart(usize),
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
    /// Maps the columns: by what the person says first (column, field; an empty field leaves the column out), then by their names.
    /// Without a kind, the one that the columns speak of most is taken.
    pub fn of(
        columns: &[Column],
        kind: Option<&'static Kind>,
        wishes: &[(String, String)],
    ) -> Result<Self, Unmapped> {
        let kind = kind.unwrap_or_else(|| guess(columns));
        let mut draft = Draft::of(columns, kind);
        draft.obey(wishes)?;
        draft.set_persons_aside();
        draft.recognise();
        draft.find_a_name();
        let (uses, spares) = draft.finish();
        Ok(Self { kind, uses, spares })
    }

    /// Lists the columns and their uses.
    pub fn described(&self, columns: &[Column]) -> Vec<ColumnUse> {
        let described = |(column, usage): (&Column, &Use)| {
            let (field, how) = match usage {
                Use::AddressPart(_) => (Some("address"), "part"),
                Use::Dropped => (None, "dropped"),
                Use::Extra(field) => (Some(field.as_str()), "extra"),
                Use::Field(field) => (Some(*field), "field"),
                Use::Latitude | Use::Longitude => (Some("point"), "part"),
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

    /// Tells whether a column goes to this field.
    pub fn has(&self, field: &str) -> bool {
        self.uses.iter().any(|usage| match usage {
            Use::Field(name) => *name == field,
            Use::AddressPart(_) => field == "address",
            Use::Latitude | Use::Longitude => field == "point",
            _ => false,
        })
    }
}

/// Returns the kind that the columns speak of most; an actor when they say nothing.
pub fn guess(columns: &[Column]) -> &'static Kind {
    let keys: BTreeSet<String> = columns.iter().flat_map(keys).collect();
    let score = |kind: &Kind| {
        let own = kind
            .fields()
            .filter(|field| keys.contains(&key(field.name)));
        let hinted = hints(kind.code).iter().filter(|hint| keys.contains(**hint));
        own.count() + HINT_WEIGHT * hinted.count()
    };
    let mut best = (KINDS[0], 0);
    for kind in KINDS.iter().copied() {
        if score(kind) > best.1 {
            best = (kind, score(kind));
        }
    }
    best.0
}

/// The mapping while it is made.
struct Draft<'a> {
    columns: &'a [Column],
    keys: Vec<Vec<String>>,
    kind: &'static Kind,
    uses: Vec<Option<Use>>,
}

impl<'a> Draft<'a> {
    fn of(columns: &'a [Column], kind: &'static Kind) -> Self {
        Self {
            columns,
            keys: columns.iter().map(keys).collect(),
            kind,
            uses: vec![None; columns.len()],
        }
    }

    fn obey(&mut self, wishes: &[(String, String)]) -> Result<(), Unmapped> {
        for (column, field) in wishes {
            let wanted = key(column);
            let place = self
                .columns
                .iter()
                .position(|other| other.name == *column || key(&other.name) == wanted)
                .ok_or_else(|| Unmapped::ColumnAbsent(column.clone()))?;
            let usage = match field.as_str() {
                "" => Use::Dropped,
                "latitude" => Use::Latitude,
                "longitude" => Use::Longitude,
                "record" => Use::Record,
                extra if extra.starts_with("x_") && extra.len() <= FIELD_BYTES_MAX => {
                    Use::Extra(extra.to_owned())
                }
                name => match self.kind.field(name) {
                    Some(field) => Use::Field(field.name),
                    None => {
                        let (kind, field) = (self.kind.code, field.clone());
                        return Err(Unmapped::FieldAbsent { kind, field });
                    }
                },
            };
            self.uses[place] = Some(usage);
        }
        Ok(())
    }

    fn set_persons_aside(&mut self) {
        let own_names: BTreeSet<String> = self.kind.fields().map(|field| key(field.name)).collect();
        let says = |keys: &[String], what: Personal| {
            !keys.iter().any(|key| own_names.contains(key))
                && keys.iter().any(|key| personal(key) == Some(what))
        };
        let names_persons = self.keys.iter().any(|keys| says(keys, Personal::Identity));
        for (place, keys) in self.keys.iter().enumerate() {
            let is_of_a_person = says(keys, Personal::Identity)
                || names_persons
                    && says(keys, Personal::Reach)
                    && keys.iter().any(|key| is_of_a_contact(key));
            if is_of_a_person && self.uses[place].is_none() {
                self.uses[place] = Some(Use::Personal);
            }
        }
    }

    fn recognise(&mut self) {
        self.claim_all("record", false, || Use::Record);
        for ours in ["conflicts", "kind"] {
            self.claim_all(ours, false, || Use::Dropped);
        }
        let is_ours = self.is_ours();
        for field in self.kind.fields() {
            if is_ours || !AMBIGUOUS.contains(&field.name) {
                self.claim_all(&key(field.name), false, || Use::Field(field.name));
            }
        }
        // The register of associations in its current file: `id` is the RNA number. In its import file it is another number.
        if self.free("adrslibvoie").is_some() {
            self.claim_field("rna", &["id"]);
        }
        for (field, names) in of_kind(self.kind.code).iter().chain(COMMON) {
            self.claim_field(field, names);
        }
        self.claim_point();
        self.claim_address();
    }

    /// Tells whether the columns have the names of our fields, and not only words that mean something else in other files.
    fn is_ours(&self) -> bool {
        let is_there = |name: &str| self.keys.iter().any(|keys| keys[0] == key(name));
        let own = self.kind.fields().map(|field| field.name);
        let own = own.filter(|name| !AMBIGUOUS.contains(name) && is_there(name));
        is_there("record") || own.count() >= OWN_NAMES_MIN
    }

    fn claim_field(&mut self, field: &str, names: &[&str]) {
        let Some(field) = self.kind.field(field) else {
            return;
        };
        if self.is_claimed(field.name) {
            return;
        }
        for name in names {
            if self.claim_all(name, field.shape.is_set(), || Use::Field(field.name)) {
                return;
            }
        }
    }

    /// Latitude and longitude only go together; they are surer than a text with both.
    fn claim_point(&mut self) {
        let find = |draft: &Self, names: &[&str]| names.iter().find_map(|name| draft.free(name));
        if self.kind.field("point").is_none() || self.uses.contains(&Some(Use::Latitude)) {
            return;
        }
        if let (Some(latitude), Some(longitude)) = (find(self, LATITUDE), find(self, LONGITUDE)) {
            for usage in &mut self.uses {
                if *usage == Some(Use::Field("point")) {
                    *usage = None;
                }
            }
            self.uses[latitude] = Some(Use::Latitude);
            self.uses[longitude] = Some(Use::Longitude);
        }
    }

    fn claim_address(&mut self) {
        if self.kind.field("address").is_none() {
            return;
        }
        for parts in ADDRESS_PARTS {
            let found: Vec<_> = parts
                .iter()
                .filter_map(|names| names.iter().find_map(|name| self.free(name)))
                .collect();
            let is_better = found.len() == parts.len() || !self.is_claimed("address");
            if found.len() > 1 && is_better {
                for usage in &mut self.uses {
                    if *usage == Some(Use::Field("address")) {
                        *usage = None;
                    }
                }
                for (order, place) in found.into_iter().enumerate() {
                    self.uses[place] = Some(Use::AddressPart(order));
                }
                return;
            }
        }
    }

    /// A record without a name is found by nobody: the best of what is there names it.
    fn find_a_name(&mut self) {
        let stand_ins = [
            "holder_name",
            "place_name",
            "organiser_name",
            "summary",
            "commune_name",
        ];
        if self.is_claimed("name") {
            return;
        }
        let place = stand_ins.iter().find_map(|field| {
            let is_it =
                |usage: &Option<Use>| matches!(usage, Some(Use::Field(name)) if name == field);
            self.uses.iter().position(is_it)
        });
        if let Some(place) = place {
            self.uses[place] = Some(Use::Field("name"));
        }
    }

    fn is_claimed(&self, field: &str) -> bool {
        let is_it = |usage: &Option<Use>| matches!(usage, Some(Use::Field(name)) if *name == field);
        self.uses.iter().any(is_it)
    }

    fn free(&self, name: &str) -> Option<usize> {
        let is_it = |place: &usize| {
            self.uses[*place].is_none() && self.keys[*place].iter().any(|key| key == name)
        };
        (0..self.columns.len()).find(is_it)
    }

    fn claim_all(&mut self, name: &str, is_set: bool, usage: impl Fn() -> Use) -> bool {
        let mut claimed = false;
        while let Some(place) = self.free(name) {
            if let Some(slot) = self.uses.get_mut(place) {
                *slot = Some(usage());
            }
            claimed = true;
            if !is_set {
                break;
            }
        }
        claimed
    }

    /// What is left becomes an extra field, except mails and phones that nobody says are the organisation's.
    fn finish(mut self) -> (Vec<Use>, Vec<String>) {
        for (usage, (column, keys)) in self
            .uses
            .iter_mut()
            .zip(self.columns.iter().zip(&self.keys))
        {
            let is_reach = keys
                .iter()
                .any(|key| personal(key) == Some(Personal::Reach));
            if usage.is_none() && is_reach && !column.name.starts_with("x_") {
                *usage = Some(Use::Personal);
            }
        }
        // Extra fields choose their names first: a file of ours must find its own again.
        let mut taken: BTreeSet<String> = self.uses.iter().flatten().filter_map(extra).collect();
        let mut spares: Vec<Option<String>> = self
            .uses
            .iter()
            .map(|usage| usage.as_ref().and_then(extra))
            .collect();
        for is_extra in [true, false] {
            for (place, column) in self.columns.iter().enumerate() {
                if spares[place].is_none() && self.uses[place].is_none() == is_extra {
                    spares[place] = Some(extra_name(column, &mut taken));
                }
            }
        }
        let spares: Vec<String> = spares.into_iter().flatten().collect();
        let uses = self.uses.into_iter().zip(&spares);
        let uses = uses.map(|(usage, spare)| usage.unwrap_or_else(|| Use::Extra(spare.clone())));
        (uses.collect(), spares)
    }
}

fn extra(usage: &Use) -> Option<String> {
    match usage {
        Use::Extra(name) => Some(name.clone()),
        _ => None,
    }
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

/// Names the extra field of a column: `x_` and its name in small letters, digits and underscores, cut to the limit.
fn extra_name(column: &Column, taken: &mut BTreeSet<String>) -> String {
    let plain = column.name.nfkd().filter(|c| !is_combining_mark(*c));
    let mut name = String::from("x_");
    let bare = column.name.strip_prefix("x_").map_or(0, |_| 2);
    for letter in plain.skip(bare).flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            name.push(letter);
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    let name = name.trim_end_matches('_');
    let name = if name.len() <= 1 {
        format!("x_colonne_{}", column.letter.to_lowercase())
    } else {
        name.to_owned()
    };
    let mut cut = within(&name, FIELD_BYTES_MAX);
    let mut number = 2;
    while !taken.insert(cut.clone()) {
        let ending = format!("_{number}");
        cut = within(&name, FIELD_BYTES_MAX - ending.len()) + &ending;
        number += 1;
    }
    cut
}

fn within(text: &str, bytes_max: usize) -> String {
    let end = (0..=text.len().min(bytes_max))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text[..end.unwrap_or(0)].to_owned()
}

/// Names of fields that are French words for something else: `commune` is the name of one, `nature` that of a grant.
const AMBIGUOUS: &[&str] = &[
    "access",
    "commune",
    "nature",
    "programme",
    "recurrence",
    "registration",
    "status",
];
/// So many of our names are no chance.
const OWN_NAMES_MIN: usize = 3;
/// A name that only one kind has says more than one that several share.
const HINT_WEIGHT: usize = 3;

#[cfg(test)]
mod tests;
