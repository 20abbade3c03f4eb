//! `source`: a feed or a file that is watched.

use crate::record::common::{DESCRIPTION, FOLLOW_UP_OF_OUR_OWN, NAME, SUMMARY};
use crate::record::vocabulary::{FREQUENCIES, SOURCE_FORMATS};
use crate::record::{Field, Kind, Section, Shape, internal, wording};

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
    Shape::Text,
    wording("Licence", "Licence"),
    wording(
        "Par exemple « Licence Ouverte 2.0 » : elle décide de ce qui peut être exporté.",
        "It decides what may be exported.",
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
