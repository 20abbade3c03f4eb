//! `source`: a feed or a file that is watched.

use crate::edit::Value;
use crate::record::common::{DESCRIPTION, FOLLOW_UP_OF_OUR_OWN, NAME, SUMMARY};
use crate::record::vocabulary::{CLOSED_LICENCES, FREQUENCIES, LICENCES, SOURCE_FORMATS};
use crate::record::{Field, Kind, Section, Shape, internal, wording};
use crate::view::RecordView;

pub(crate) const SOURCE: Kind = Kind {
    code: "source",
    wording: wording("Source suivie", "Watched source"),
    plural: wording("Sources suivies", "Watched sources"),
    sections: &[
        Section {
            code: "identity",
            wording: wording("Identité", "Identity"),
            fields: &[NAME, PUBLISHER, SUMMARY, DESCRIPTION],
        },
        Section {
            code: "access",
            wording: wording("Accès", "Access"),
            fields: &[LOCATION, FORMAT, FREQUENCY, LICENCE, ATTRIBUTION],
        },
        FOLLOW_UP_OF_OUR_OWN,
    ],
};

const PUBLISHER: Field = internal(
    "publisher",
    Shape::Record(&["actor"]),
    wording("Organisme", "Publisher"),
    wording(
        "La fiche de qui publie la source.",
        "The record of who publishes it.",
    ),
);
const LOCATION: Field = internal(
    "location",
    Shape::Link,
    wording("Adresse", "Address"),
    wording("Commence par « https:// ».", "Starts with “https://”."),
);
const FORMAT: Field = internal(
    "format",
    Shape::Term(&SOURCE_FORMATS),
    wording("Format", "Format"),
    wording("Ce que l'adresse donne.", "What the address gives."),
);
const FREQUENCY: Field = internal(
    "frequency",
    Shape::Term(&FREQUENCIES),
    wording("Fréquence", "Frequency"),
    wording("Quand la relire.", "How often to read it."),
);
const LICENCE: Field = internal(
    "licence",
    Shape::Term(&LICENCES),
    wording("Licence", "Licence"),
    wording(
        "Elle décide de ce qui part dans les fichiers pour tout le monde : une licence fermée garde les fiches de cette source entre partenaires.",
        "It decides what leaves in files for everyone: a closed licence keeps the records of this source among partners.",
    ),
);
const ATTRIBUTION: Field = internal(
    "attribution",
    Shape::Text,
    wording("Mention à citer", "Attribution"),
    wording(
        "Ce que la licence demande d'écrire.",
        "What the licence asks to be written.",
    ),
);

/// What the licence of a source says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// In French words, or as somebody wrote it.
    pub name: String,
    /// Whether nothing of the source leaves for everyone.
    pub is_closed: bool,
}

impl Licence {
    /// Reads the licence of a source. Where partners disagree, one who says that it is closed is enough. A word that is no licence of the
    /// list is shown, and closes nothing.
    pub fn of(source: &RecordView) -> Option<Self> {
        let held = source.field(LICENCE.name)?;
        let mut licences = held.values.iter().filter_map(|written| {
            let (Value::Term(text) | Value::Text(text)) = &written.value else {
                return None;
            };
            let known = LICENCES.meant(text);
            Some(Self {
                name: known.map_or_else(|| text.clone(), |term| term.wording.fr.to_owned()),
                is_closed: known.is_some_and(|term| CLOSED_LICENCES.contains(&term.code)),
            })
        });
        let first = licences.next()?;
        match first.is_closed {
            true => Some(first),
            false => Some(licences.find(|other| other.is_closed).unwrap_or(first)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::{Field as Held, Merged, Written};
    use crate::id::{ItemId, RecordId};

    fn source(values: &[Value]) -> RecordView {
        let written = values.iter().map(|value| Written {
            value: value.clone(),
            edit: ItemId::from_bytes([1; ItemId::BYTES]),
            number: 1,
        });
        let held = Held {
            values: written.collect(),
            ..Held::default()
        };
        RecordView {
            record: RecordId::from_bytes([2; RecordId::BYTES]),
            birth: Some(("source".to_owned(), "45".to_owned())),
            heads: Vec::new(),
            merged: Merged {
                fields: [(LICENCE.name.to_owned(), held)].into(),
                ..Merged::default()
            },
        }
    }

    #[test]
    fn a_licence_is_closed_by_its_term_and_by_its_words() {
        let term = |code: &str| Value::Term(code.to_owned());
        let text = |words: &str| Value::Text(words.to_owned());
        for (values, expected) in [
            (
                vec![term("licence-ouverte-2")],
                Some(("Licence Ouverte 2.0", false)),
            ),
            (vec![term("usage-interne")], Some(("Usage interne", true))),
            (
                vec![text("Tous droits reserves")],
                Some(("Tous droits réservés", true)),
            ),
            (
                vec![text("Licence maison")],
                Some(("Licence maison", false)),
            ),
            (
                vec![term("odbl-1"), term("usage-interne")],
                Some(("Usage interne", true)),
            ),
            (vec![], None),
        ] {
            let licence = Licence::of(&source(&values));
            let said = licence.as_ref().map(|it| (it.name.as_str(), it.is_closed));
            assert_eq!(said, expected, "{values:?}");
        }
        assert!(
            CLOSED_LICENCES
                .iter()
                .all(|code| LICENCES.term(code).is_some())
        );
    }
}
