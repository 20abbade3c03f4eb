//! How a mapping is made: each step claims columns that nobody has claimed before it.

use std::collections::BTreeSet;

use crdt_schema::limits::FIELD_BYTES_MAX;
use crdt_schema::record::{DOCUMENTS, Field, Kind, REPLACED_BY, WITHDRAWN};
use crdt_schema::vocabulary::Words;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::export::{LABELS, LICENCES};
use crate::import::{LINE, TO_CORRECT};
use crate::mapping::inclusion::List;
use crate::mapping::names::{Format, addresses, is_of_a_person, of_format, of_kind, part};
use crate::mapping::personal::{Personal, is_of_a_contact, personal};
use crate::mapping::{Unmapped, Use, key, keys, spreadsheet};
use crate::table::Column;

/// The mapping while it is made.
pub(super) struct Draft<'a> {
    columns: &'a [Column],
    keys: Vec<Vec<String>>,
    kind: &'static Kind,
    uses: Vec<Option<Use>>,
}

impl<'a> Draft<'a> {
    pub(super) fn of(columns: &'a [Column], kind: &'static Kind) -> Self {
        Self {
            columns,
            keys: columns.iter().map(keys).collect(),
            kind,
            uses: vec![None; columns.len()],
        }
    }

    pub(super) fn obey(&mut self, wishes: &[(String, String)]) -> Result<(), Unmapped> {
        for (column, field) in wishes {
            let place = self
                .column_meant(column)
                .ok_or_else(|| Unmapped::ColumnAbsent(column.clone()))?;
            let usage = match field.as_str() {
                "" => Use::Dropped,
                HOLDER_ID if self.kind.field("holder").is_some() => Use::HolderId,
                "latitude" => Use::Latitude,
                "longitude" => Use::Longitude,
                "record" => Use::Record,
                extra if extra.starts_with("x_") && extra.len() <= FIELD_BYTES_MAX => {
                    Use::Extra(extra.to_owned())
                }
                name => {
                    let known = self.kind.field(name).map(|field| Use::Field(field.name));
                    let names = || spreadsheet::named_field(self.kind, name).map(Use::Names);
                    match known.or_else(names) {
                        Some(usage) => usage,
                        None => {
                            let (kind, field) = (self.kind.code, field.clone());
                            return Err(Unmapped::FieldAbsent { kind, field });
                        }
                    }
                }
            };
            self.uses[place] = Some(usage);
        }
        Ok(())
    }

    /// Finds the column that a person named. Of several columns with one name, the first that nothing was said about is meant.
    fn column_meant(&self, name: &str) -> Option<usize> {
        let wanted = key(name);
        let is_it = |other: &Column| other.name == name;
        let is_like = |other: &Column| !wanted.is_empty() && key(&other.name) == wanted;
        let find = |is_meant: &dyn Fn(&Column) -> bool, is_free: bool| {
            let mut columns = self.columns.iter().zip(&self.uses);
            columns.position(|(column, usage)| is_meant(column) && !(is_free && usage.is_some()))
        };
        find(&is_it, true)
            .or_else(|| find(&is_it, false))
            .or_else(|| find(&is_like, true))
            .or_else(|| find(&is_like, false))
    }

    /// Claims the columns of a table that we wrote for people.
    pub(super) fn recognise_spreadsheet(&mut self) {
        for (usage, column) in self.uses.iter_mut().zip(self.columns) {
            if usage.is_none() {
                *usage = spreadsheet::usage(self.kind, &column.name);
            }
        }
    }

    /// Claims the columns that a format names in its own way, before anybody reads these names otherwise.
    pub(super) fn recognise_format(&mut self, format: &'static Format) {
        for (usage, keys) in self.uses.iter_mut().zip(&self.keys) {
            if usage.is_none() && is_of_a_person(format, &keys[0]) {
                *usage = Some(Use::Personal);
            }
        }
        for row in of_format(format) {
            self.claim_field(row.field, &row.names);
        }
    }

    pub(super) fn set_persons_aside(&mut self) {
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

    pub(super) fn recognise(&mut self) {
        self.claim_all("record", false, || Use::Record);
        for ours in ["conflicts", "kind"] {
            self.claim_all(ours, false, || Use::Dropped);
        }
        for added in [TO_CORRECT, LINE] {
            self.claim_all(&key(added), false, || Use::Dropped);
        }
        self.recognise_inclusion();
        let is_ours = self.is_ours();
        // No form and no table writes these fields: they would come back as extra fields, beside the real ones.
        for outside in FIELDS_OF_EVERY_KIND.iter().filter(|_| is_ours) {
            self.claim_all(&key(outside.name), false, || Use::Dropped);
        }
        if is_ours {
            self.claim_all(LABELS, true, || Use::Dropped);
            self.claim_all(LICENCES, true, || Use::Dropped);
            // Our JSON has an object there, with all the values of each field in conflict.
            let of_conflicts = |column: &&Column| column.name.starts_with("conflicts.");
            let conflicts: Vec<String> = (self.columns.iter().filter(of_conflicts))
                .map(|column| key(&column.name))
                .collect();
            for name in conflicts {
                self.claim_all(&name, true, || Use::Dropped);
            }
        }
        for field in self.kind.fields() {
            if is_ours || !AMBIGUOUS.contains(&field.name) {
                self.claim_all(&key(field.name), false, || Use::Field(field.name));
            }
        }
        // The register of associations in its current file: `id` is the RNA number. In its import file it is another number.
        if self.free("adrslibvoie").is_some() {
            self.claim_field("rna", &["id"]);
        }
        for row in of_kind(self.kind.code) {
            self.claim_field(row.field, &row.names);
        }
        self.claim_point();
        self.claim_address();
    }

    /// In a list of data·inclusion, each column means one thing.
    fn recognise_inclusion(&mut self) {
        let Some(list) = List::of(self.columns).filter(|list| list.kind() == self.kind) else {
            return;
        };
        for (place, column) in self.columns.iter().enumerate() {
            let usage = list.usage(&column.name);
            if let (None, Some(usage)) = (&self.uses[place], usage)
                && (usage == Use::Dropped || !self.uses.contains(&Some(usage.clone())))
            {
                self.uses[place] = Some(usage);
            }
        }
    }

    /// Finds the federation's own fields, by their name or their labels.
    pub(super) fn recognise_own(&mut self, words: &Words) {
        for own in words.fields(self.kind.code) {
            let wish = || Use::Extra(own.name.clone());
            let bare = own.name.trim_start_matches("x_");
            let labels = ["fr", "en"].map(|language| own.wording.in_language(language));
            let is_set = own.shape.shape().is_set();
            for name in [own.name.as_str(), bare].into_iter().chain(labels) {
                if self.claim_all(&key(name), is_set, wish) {
                    break;
                }
            }
        }
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
        if let (Some(latitude), Some(longitude)) =
            (find(self, part("latitude")), find(self, part("longitude")))
        {
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
        for parts in addresses() {
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
    pub(super) fn find_a_name(&mut self) {
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
        let mut columns = self.keys.iter().zip(&self.uses);
        let called =
            columns.position(|(keys, usage)| usage.is_none() && is_called_a_name(&keys[0]));
        if let Some(place) = called {
            self.uses[place] = Some(Use::Field("name"));
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
    pub(super) fn finish(mut self) -> (Vec<Use>, Vec<String>) {
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

/// Tells whether a column says that it names something, whatever it is: `Nom du club`, `Nom de la maison`.
fn is_called_a_name(key: &str) -> bool {
    let others = ["nombre", "nomenclature", "nomination"];
    key.starts_with("nom") && !others.iter().any(|other| key.starts_with(other))
}

/// Tells whether a column is that of the labels in a file of ours.
pub(super) fn is_labels(column: &Column) -> bool {
    let ours = spreadsheet::with_code(LABELS, LABELS);
    keys(column)
        .iter()
        .any(|it| it == LABELS || *it == key(&ours))
}

/// Returns the field of every kind that a column of ours shows, which has a way of its own into a record.
pub(super) fn field_outside(column: &Column) -> Option<&'static Field> {
    let keys = keys(column);
    let mut outside = FIELDS_OF_EVERY_KIND.iter();
    outside.find(|field| keys.contains(&key(field.name)))
}

fn extra(usage: &Use) -> Option<String> {
    match usage {
        Use::Extra(name) => Some(name.clone()),
        _ => None,
    }
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
/// The fields that records of every kind have, outside their forms.
const FIELDS_OF_EVERY_KIND: &[Field] = &[DOCUMENTS, REPLACED_BY, WITHDRAWN];
/// The wish for [`Use::HolderId`].
const HOLDER_ID: &str = "holder_id";
/// So many of our names are no chance.
const OWN_NAMES_MIN: usize = 3;
