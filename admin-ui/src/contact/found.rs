//! A person is looked for by a name, a mail or a phone, as somebody types it: everything that this node holds on them.

use std::collections::BTreeSet;

use crdt_schema::edit::{Field, Value};
use crdt_schema::id::{RecordId, SubjectId};
use crdt_schema::personal::traces;
use crdt_schema::record::{Row, cell_text};
use crdt_schema::time::Timestamp;
use replica::local::{Local, folded};
use replica::{Fault, Replica};
use serde_json::{Value as Json, json};

use super::held::{HeldValue, Origin, about, joined};
use crate::files::text_of;

/// What is held on whoever answers to a value.
#[derive(Default)]
pub struct Found {
    /// Values, person by person, also those by which the person was not found.
    pub values: Vec<HeldValue>,
    /// Texts of records in which the value stands.
    pub spots: Vec<Spot>,
    /// When somebody objected who answers to the value.
    pub objection: Option<Timestamp>,
    /// Whether there is more than is shown.
    pub is_cut: bool,
}

/// A field of a record that names somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The record.
    pub record: RecordId,
    /// What the record is called.
    pub name: String,
    /// The field.
    pub field: String,
}

/// Values and texts of one answer: a person has a handful, a first name alone may have more.
const FOUND_MAX: usize = 500;
/// Letters of the shortest text that is looked for: a shorter one would find everything.
const LETTERS_MIN: usize = 3;

/// Looks for a person in everything that this node holds now. It reads all records. What edits said before they were replaced is not
/// looked at.
pub fn find(replica: &Replica, local: &Local, typed: &str) -> Result<Found, Fault> {
    let Some(wanted) = Wanted::of(typed) else {
        return Ok(Found::default());
    };
    let reader = replica.read()?;
    let is_it = |value: &str| wanted.is_value(value);
    let shared = reader.find_personal(FOUND_MAX, |value| {
        value
            .content
            .as_ref()
            .is_some_and(|content| is_it(&content.value))
    })?;
    let mut own = local.every_own_value()?;
    own.retain(|own| is_it(&own.value));
    let mut found = Found {
        objection: local.objection_to(typed)?,
        is_cut: shared.len() >= FOUND_MAX,
        ..Found::default()
    };
    let subjects: BTreeSet<SubjectId> = joined(shared, own).map(|value| value.subject).collect();
    for subject in &subjects {
        found.values.extend(about(&reader, local, subject)?);
    }
    reader.each_record(|view| {
        let named = view
            .fields()
            .iter()
            .filter(|(_, field)| wanted.is_in(field));
        let spots = named.map(|(name, _)| Spot {
            record: view.record,
            name: text_of(&view, "name"),
            field: name.clone(),
        });
        found.spots.extend(spots);
        Ok::<(), Fault>(())
    })?;
    found.is_cut |= found.spots.len() > FOUND_MAX;
    found.spots.truncate(FOUND_MAX);
    Ok(found)
}

impl Found {
    /// Returns whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.spots.is_empty() && self.objection.is_none()
    }

    /// Writes everything for the person who asked, or for a program.
    pub fn to_json(&self, replica: &Replica) -> Json {
        let values = self.values.iter().map(|value| value.to_json(replica));
        let texts = self.spots.iter().map(|spot| {
            json!({ "record": spot.record.to_string(), "name": spot.name, "field": spot.field })
        });
        json!({
            "values": values.collect::<Vec<_>>(),
            "texts": texts.collect::<Vec<_>>(),
            "objection": self.objection.map(|since| since.to_string()),
            "cut": self.is_cut,
        })
    }
}

impl HeldValue {
    /// Writes a value with all that is known of it.
    pub fn to_json(&self, replica: &Replica) -> Json {
        let (item, partner, claimed, state) = match self.origin {
            Origin::Here => (None, None, None, "own"),
            Origin::Shared {
                item,
                partner,
                claimed,
                state,
            } => {
                let partner = partner.map(|partner| replica.state().partner_name(&partner));
                let state = state.code();
                (
                    Some(item.to_string()),
                    partner,
                    Some(claimed.to_string()),
                    state,
                )
            }
        };
        json!({
            "record": self.record.to_string(),
            "subject": self.subject.to_string(),
            "field": self.field,
            "value": self.value,
            "seen_by": self.seen_by.code(),
            "purpose": self.purpose,
            "until": self.until,
            "item": item,
            "partner": partner,
            "claimed": claimed,
            "state": state,
        })
    }
}

/// What is looked for, in the form in which two writings are compared.
struct Wanted {
    folded: String,
    words: BTreeSet<String>,
}

impl Wanted {
    fn of(typed: &str) -> Option<Self> {
        let folded = folded(typed);
        let is_name = !folded.contains('@') && folded.chars().any(char::is_alphabetic);
        let words = if is_name {
            words(&folded)
        } else {
            BTreeSet::new()
        };
        (folded.chars().count() >= LETTERS_MIN).then_some(Self { folded, words })
    }

    fn is_value(&self, value: &str) -> bool {
        folded(value) == self.folded || self.is_named(value)
    }

    /// Every word of the name is there, also within a mail address: `camille.exemple@…`.
    fn is_named(&self, text: &str) -> bool {
        !self.words.is_empty() && self.words.is_subset(&words(&text.replace('@', " ")))
    }

    fn is_in(&self, field: &Field) -> bool {
        let values = field
            .values
            .iter()
            .filter_map(|written| match &written.value {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            });
        let terms = field.terms.keys().map(String::as_str);
        // The cells of a row are texts of their own; the whole term may hold a name across them.
        let rows = field.terms.keys().filter_map(|term| Row::parse(term));
        let mut cells =
            rows.flat_map(|row| row.cells().values().map(cell_text).collect::<Vec<_>>());
        values
            .chain(terms)
            .chain(field.text.as_deref())
            .any(|text| self.is_in_text(text))
            || cells.any(|cell| self.is_in_text(&cell))
    }

    fn is_in_text(&self, text: &str) -> bool {
        self.is_named(text)
            || folded(text) == self.folded
            || traces(text)
                .iter()
                .any(|trace| folded(trace.text) == self.folded)
    }
}

fn words(text: &str) -> BTreeSet<String> {
    let folded = folded(text);
    folded
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_answers_to_several_writings() {
        let name = Wanted::of("EXEMPLE Camille").expect("long enough");
        for value in [
            "Camille Exemple",
            "camille.exemple@mail.example",
            "Mme Camille d’Exemple",
        ] {
            assert!(name.is_value(value), "{value}");
        }
        assert!(!name.is_value("Camille") && !name.is_value("Exemple Zoé"));
        assert!(name.is_in_text("La référente est Camille Exemple."));
        let phone = Wanted::of("+33 6 39 98 00 01").expect("long enough");
        assert!(phone.is_value("0639980001") && !phone.is_value("0639980002"));
        assert!(phone.is_in_text("Appeler le 06.39.98.00.01 le soir"));
        let mail = Wanted::of("Camille@Exemple.fr").expect("long enough");
        assert!(mail.is_in_text("écrire à camille@exemple.fr"));
        assert!(Wanted::of("zo").is_none() && Wanted::of("  ").is_none());
    }
}
