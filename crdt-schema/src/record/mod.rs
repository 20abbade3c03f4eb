//! The kinds of records, and the fields that each offers: what forms ask, what imports map, how values are shown.
//!
//! None of it decides whether an edit is valid: nodes of different versions would disagree. A field or a term that this version does
//! not know is kept, shown as it is, and exported again.

mod actor;
mod application;
mod call;
mod campaign;
mod common;
mod contribution;
mod diagnostic;
mod document;
mod event;
mod group;
mod indicator;
mod initiative;
mod meeting;
mod proposal;
mod referral;
mod rows;
mod source;
mod territory;
mod vocabulary;
mod withdrawal;

use std::collections::BTreeSet;

pub use document::{AttachedFile, DOCUMENTS, Document, FILE_BYTES_MAX, FileType, file_name};
pub use meeting::{COMMITMENT_ROWS, COMMITMENTS, Commitment, OPEN_COMMITMENT, commitment_states};
pub use rows::{
    HeldRow, HeldRows, ROW_BYTES_MAX, ROWS_MAX, Row, RowCell, RowColumn, Rows, cell_text,
    is_in_conflict, row_id, row_id_of,
};
pub(crate) use rows::{ID as ROW_ID, is_row_id};
pub use source::Licence;
pub use vocabulary::COMMITMENT_STATES;
pub(crate) use vocabulary::TERRITORY_LEVELS;
pub use vocabulary::{Term, Vocabulary, folded};
pub use withdrawal::{REPLACED_BY, WITHDRAWN, field_of_every_kind, restoring, withdrawing};

/// A kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The stable code that the record's id is the hash of.
    pub code: &'static str,
    /// What it is called, one and many.
    pub wording: Wording,
    /// What several of them are called.
    pub plural: Wording,
    /// The fields, section by section.
    pub sections: &'static [Section],
}

/// A group of fields on forms and pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// Stable code, for anchors and for *verified* statements.
    pub code: &'static str,
    /// The heading.
    pub wording: Wording,
    /// Its fields, in their order.
    pub fields: &'static [Field],
}

/// A field of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The stable name, as edits write it.
    pub name: &'static str,
    /// What may be put in it.
    pub shape: Shape,
    /// The label.
    pub wording: Wording,
    /// What to write, with an example.
    pub hint: Wording,
    /// Whether the public portal shows it.
    pub is_public: bool,
}

/// A text for people, in both languages of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wording {
    /// French.
    pub fr: &'static str,
    /// English.
    pub en: &'static str,
}

/// What may be put in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Yes or no.
    Boolean,
    /// A commune, by its INSEE code.
    Commune,
    /// A civil date.
    Date,
    /// An exact amount or measure.
    Decimal,
    /// A mail address of an organisation.
    Email,
    /// A volume and folio of a tribunal of Alsace-Moselle, whose name stands in a field beside it.
    Folio,
    /// An instant with its time zone's offset.
    Instant,
    /// A whole number.
    Integer,
    /// The address of a page.
    Link,
    /// A text of several paragraphs, merged letter by letter.
    LongText,
    /// The official code of a territory, of the level that stands in a field beside it.
    OfficialCode,
    /// Opening hours, as OpenStreetMap writes them.
    OpeningHours,
    /// The outline of a territory: polygons, as GeoJSON writes them.
    Outline,
    /// A number of the registers of New Caledonia or French Polynesia.
    Pacific,
    /// A phone number of an organisation.
    Phone,
    /// A place.
    Point,
    /// A postal code, which is no code of a commune.
    PostalCode,
    /// A number that a prefecture gave an association before 2009.
    Prefecture,
    /// A priority neighbourhood.
    Qpv,
    /// Another record, of one of these kinds.
    Record(&'static [&'static str]),
    /// Several other records, of one of these kinds.
    Records(&'static [&'static str]),
    /// A number of the register of associations.
    Rna,
    /// Rows of several cells.
    Rows(&'static Rows),
    /// A number of a whole organisation in the Sirene register.
    Siren,
    /// A number of an establishment in the Sirene register.
    Siret,
    /// One term of a vocabulary.
    Term(&'static Vocabulary),
    /// Several terms of a vocabulary.
    Terms(&'static Vocabulary),
    /// A line of text.
    Text,
    /// Free words, each a term of its own.
    Words,
    /// Official codes of territories, each with its level.
    Zones,
}

impl Kind {
    /// Returns the kind with this code.
    pub fn parse(code: &str) -> Option<&'static Kind> {
        KINDS.iter().copied().find(|kind| kind.code == code)
    }

    /// Returns every field, in the order of the form.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> {
        self.sections.iter().flat_map(|section| section.fields)
    }

    /// Returns the field with this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields().find(|field| field.name == name)
    }
}

impl Shape {
    /// Returns whether the field holds a set, to which values are added and from which they are removed one by one.
    pub fn is_set(&self) -> bool {
        matches!(
            self,
            Shape::Records(_) | Shape::Rows(_) | Shape::Terms(_) | Shape::Words | Shape::Zones
        )
    }

    /// Returns the vocabulary that the field's terms come from.
    pub fn vocabulary(&self) -> Option<&'static Vocabulary> {
        match self {
            Shape::Term(vocabulary) | Shape::Terms(vocabulary) => Some(vocabulary),
            _ => None,
        }
    }
}

impl Wording {
    /// Returns the text in a language: English for `en`, else French.
    pub fn in_language(&self, language: &str) -> &'static str {
        if language == "en" { self.en } else { self.fr }
    }
}

/// Every kind, in the order in which pages list them.
pub const KINDS: &[&Kind] = &[
    &actor::ACTOR,
    &initiative::INITIATIVE,
    &event::EVENT,
    &meeting::MEETING,
    &group::GROUP,
    &contribution::CONTRIBUTION,
    &referral::REFERRAL,
    &territory::TERRITORY,
    &indicator::INDICATOR,
    &diagnostic::DIAGNOSTIC,
    &call::CALL,
    &application::APPLICATION,
    &campaign::CAMPAIGN,
    &source::SOURCE,
    &proposal::PROPOSAL,
];

/// Returns the vocabularies of this version that fields use, each once, in the order of the fields.
pub fn vocabularies() -> Vec<&'static Vocabulary> {
    let mut seen = BTreeSet::new();
    let fields = KINDS.iter().flat_map(|kind| kind.fields());
    fields
        .filter_map(|field| field.shape.vocabulary())
        .filter(|vocabulary| seen.insert(vocabulary.code))
        .collect()
}

/// Returns the vocabulary of this version with this code.
pub fn vocabulary_named(code: &str) -> Option<&'static Vocabulary> {
    let mut vocabularies = vocabularies().into_iter();
    vocabularies.find(|vocabulary| vocabulary.code == code)
}

/// Writes a wording.
pub(crate) const fn wording(fr: &'static str, en: &'static str) -> Wording {
    Wording { fr, en }
}

/// Writes a field that the public portal may show.
pub(crate) const fn public(
    name: &'static str,
    shape: Shape,
    label: Wording,
    hint: Wording,
) -> Field {
    Field {
        name,
        shape,
        wording: label,
        hint,
        is_public: true,
    }
}

/// Writes a field that only partners see.
pub(crate) const fn internal(
    name: &'static str,
    shape: Shape,
    label: Wording,
    hint: Wording,
) -> Field {
    Field {
        name,
        shape,
        wording: label,
        hint,
        is_public: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::FIELD_BYTES_MAX;

    #[test]
    fn every_field_is_named_once_and_worded_in_both_languages() {
        for kind in KINDS {
            let names: Vec<_> = kind.fields().map(|field| field.name).collect();
            assert_eq!(
                names.iter().collect::<BTreeSet<_>>().len(),
                names.len(),
                "{}",
                kind.code
            );
            assert!(names.contains(&"name"), "{}", kind.code);
            for field in kind.fields() {
                assert!(field.name.len() <= FIELD_BYTES_MAX);
                assert!(
                    field
                        .name
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
                );
                let texts = [field.wording, field.hint].map(|text| [text.fr, text.en]);
                for text in texts.concat() {
                    assert!(!text.is_empty(), "{} {}", kind.code, field.name);
                }
            }
        }
    }

    #[test]
    fn links_point_at_known_kinds() {
        let fields = KINDS.iter().flat_map(|kind| kind.fields());
        for field in fields {
            let columns = match field.shape {
                Shape::Rows(rows) => rows.columns,
                _ => &[],
            };
            let columns = columns.iter().map(|column| column.shape);
            for shape in columns.chain([field.shape]) {
                if let Shape::Record(kinds) | Shape::Records(kinds) = shape {
                    let is_known = |kind: &&str| Kind::parse(kind).is_some();
                    assert!(kinds.iter().all(is_known), "{}", field.name);
                }
            }
        }
    }

    #[test]
    fn a_row_has_columns_of_one_value_that_are_worded_and_named_once() {
        let fields = KINDS.iter().flat_map(|kind| kind.fields());
        let rows = fields.filter_map(|field| match field.shape {
            Shape::Rows(rows) => Some(rows),
            _ => None,
        });
        let rows: Vec<&Rows> = rows.collect();
        assert!(!rows.is_empty());
        for rows in rows {
            let mut names = BTreeSet::new();
            for column in rows.columns {
                assert!(names.insert(column.name) && column.name != ROW_ID);
                let texts = [column.wording, column.hint].map(|text| [text.fr, text.en]);
                assert!(texts.concat().iter().all(|text| !text.is_empty()));
                let is_one_value = !column.shape.is_set() && column.shape != Shape::LongText;
                assert!(is_one_value, "{}", column.name);
                // Names of the parts of a form are made of it, with hyphens between.
                assert!(
                    column
                        .name
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b == b'_')
                );
                let beside = column.in_words.map(|name| rows.column(name));
                let is_of_words =
                    beside.is_none_or(|it| it.is_some_and(|it| it.shape == Shape::Text));
                assert!(is_of_words, "{}", column.name);
            }
            for text in [rows.one.fr, rows.one.en, rows.led.fr, rows.led.en] {
                assert!(!text.is_empty());
            }
            assert!(rows.order.iter().all(|name| rows.column(name).is_some()));
        }
    }
}
