//! `actor`: an organisation.

use crate::record::common::{
    ADDRESS, ADDRESS_EXTRA, AUDIENCES_FIELD, COMMUNE, COMMUNE_NAME, DESCRIPTION, EMAIL, FOLLOW_UP,
    NAME, OPENING_HOURS, PHONE, POINT, POSTAL_CODE, QPV, RNA, SIRET, SUMMARY, THEMES_FIELD,
    WEBSITE,
};
use crate::record::vocabulary::ACTOR_NATURES;
use crate::record::{Field, Kind, Section, Shape, internal, public, wording};

pub(crate) const ACTOR: Kind = Kind {
    code: "actor",
    wording: wording("Acteur", "Actor"),
    plural: wording("Acteurs", "Actors"),
    sections: &[
        Section {
            code: "identity",
            wording: wording("Identité", "Identity"),
            fields: &[
                NAME,
                NATURE,
                SUMMARY,
                DESCRIPTION,
                THEMES_FIELD,
                AUDIENCES_FIELD,
            ],
        },
        Section {
            code: "registers",
            wording: wording("Registres", "Registers"),
            fields: &[SIRET, RNA, NETWORKS, PARENT],
        },
        Section {
            code: "place",
            wording: wording("Lieu", "Place"),
            fields: &[
                ADDRESS,
                ADDRESS_EXTRA,
                POSTAL_CODE,
                COMMUNE,
                COMMUNE_NAME,
                QPV,
                POINT,
                ACCESSIBILITY,
            ],
        },
        Section {
            code: "contact",
            wording: wording("Joindre", "Contact"),
            fields: &[WEBSITE, PHONE, EMAIL, OPENING_HOURS],
        },
        FOLLOW_UP,
    ],
};

const NATURE: Field = public(
    "nature",
    Shape::Term(&ACTOR_NATURES),
    wording("Nature", "Nature"),
    wording("Ce qu'est l'organisme.", "What the organisation is."),
);
const NETWORKS: Field = public(
    "networks",
    Shape::Words,
    wording("Réseaux", "Networks"),
    wording(
        "Réseaux dont il est membre, séparés par « | ».",
        "Networks that it belongs to, separated by “|”.",
    ),
);
const PARENT: Field = internal(
    "parent",
    Shape::Record(&["actor"]),
    wording("Dépend de", "Part of"),
    wording(
        "La fiche de l'organisme qui le porte.",
        "The record of the organisation above it.",
    ),
);
const ACCESSIBILITY: Field = public(
    "accessibility",
    Shape::Link,
    wording("Accessibilité du lieu", "Accessibility of the place"),
    wording(
        "L'adresse de la fiche acceslibre.",
        "The address of its page on acceslibre.",
    ),
);
