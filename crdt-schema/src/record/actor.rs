//! `actor`: an organisation.

use crate::record::common::{
    ADDRESS, ADDRESS_EXTRA, AUDIENCES_FIELD, COMMUNE, COMMUNE_NAME, DESCRIPTION, EMAIL, FOLLOW_UP,
    NAME, OPENING_HOURS, PHONE, POINT, POSTAL_CODE, QPV, RNA, SIRET, SUMMARY, THEMES_FIELD,
    WEBSITE,
};
use crate::record::vocabulary::{ACTOR_NATURES, SIRET_STATUSES};
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
            fields: &[SIRET, SIREN, RNA, NETWORKS, PARENT],
        },
        Section {
            code: "other_registers",
            wording: wording("Autres registres", "Other registers"),
            fields: &[
                SIRET_STATUS,
                SIRET_STATUS_ON,
                SIRET_SUCCESSOR,
                PREFECTURE,
                ALSACE_MOSELLE,
                TRIBUNAL,
                RIDET,
                TAHITI,
            ],
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
const SIREN: Field = public(
    "siren",
    Shape::Siren,
    wording("SIREN", "SIREN"),
    wording(
        "Les neuf chiffres de l'organisme entier, par exemple « 130 025 265 » ; ses établissements le partagent.",
        "The nine digits of the whole organisation, which its establishments share.",
    ),
);
const SIRET_STATUS: Field = public(
    "siret_status",
    Shape::Term(&SIRET_STATUSES),
    wording("État du SIRET", "State of the SIRET"),
    wording(
        "Ce que dit le répertoire Sirene, que ce nœud n'interroge pas.",
        "What the Sirene register says, which this node does not ask.",
    ),
);
const SIRET_STATUS_ON: Field = public(
    "siret_status_on",
    Shape::Date,
    wording("État du SIRET constaté le", "State of the SIRET seen on"),
    wording(
        "Le jour où le répertoire le disait, par exemple « 15/01/2026 ».",
        "The day on which the register said so.",
    ),
);
const SIRET_SUCCESSOR: Field = public(
    "siret_successor",
    Shape::Siret,
    wording("SIRET qui lui succède", "Succeeding SIRET"),
    wording(
        "Celui de l'établissement qui a pris la suite.",
        "That of the establishment that followed it.",
    ),
);
const PREFECTURE: Field = public(
    "prefecture",
    Shape::Prefecture,
    wording("Ancien numéro de préfecture", "Old prefecture number"),
    wording(
        "Dix caractères, par exemple « 0451001234 », pour une association d'avant 2009 sans changement depuis.",
        "Ten characters, for an association of before 2009 without a change since.",
    ),
);
const ALSACE_MOSELLE: Field = public(
    "alsace_moselle",
    Shape::Folio,
    wording(
        "Registre d'Alsace-Moselle : volume et folio",
        "Register of Alsace-Moselle: volume and folio",
    ),
    wording(
        "Par exemple « 178/236 » ; le tribunal est nécessaire.",
        "For example “178/236”; the tribunal is needed.",
    ),
);
const TRIBUNAL: Field = public(
    "tribunal",
    Shape::Text,
    wording(
        "Registre d'Alsace-Moselle : tribunal",
        "Register of Alsace-Moselle: tribunal",
    ),
    wording(
        "Le tribunal qui tient le registre, par exemple « Strasbourg ».",
        "The tribunal that keeps the register, for example “Strasbourg”.",
    ),
);
const RIDET: Field = public(
    "ridet",
    Shape::Pacific,
    wording("RIDET (Nouvelle-Calédonie)", "RIDET (New Caledonia)"),
    wording(
        "De six à dix caractères ; la forme n'est pas vérifiée.",
        "Six to ten characters; its form is not checked.",
    ),
);
const TAHITI: Field = public(
    "tahiti",
    Shape::Pacific,
    wording(
        "Numéro Tahiti (Polynésie française)",
        "Tahiti number (French Polynesia)",
    ),
    wording(
        "De six à dix caractères ; la forme n'est pas vérifiée.",
        "Six to ten characters; its form is not checked.",
    ),
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
