//! `campaign`: “please bring these up to date”. What is done of it is computed from the partners' *verified* statements.

use crate::record::common::{DESCRIPTION, FOLLOW_UP_OF_OUR_OWN, NAME, SUMMARY};
use crate::record::{Field, Kind, Section, Shape, internal, wording};

pub(crate) const CAMPAIGN: Kind = Kind {
    code: "campaign",
    wording: wording("Campagne de mise à jour", "Update campaign"),
    plural: wording("Campagnes de mise à jour", "Update campaigns"),
    sections: &[
        Section {
            code: "identity",
            wording: wording("Identité", "Identity"),
            fields: &[NAME, SUMMARY, DESCRIPTION],
        },
        Section {
            code: "asked",
            wording: wording("Ce qui est demandé", "What is asked"),
            fields: &[SEARCH, RECORDS, SECTIONS_ASKED, PARTNERS_ASKED],
        },
        Section {
            code: "when",
            wording: wording("Dates", "Dates"),
            fields: &[STARTS, DEADLINE],
        },
        FOLLOW_UP_OF_OUR_OWN,
    ],
};

const SEARCH: Field = internal(
    "search",
    Shape::Text,
    wording("Recherche", "Search"),
    wording(
        "Ce qui suit « ? » dans l'adresse d'une page du recensement, par exemple « kind=actor&themes=sport ».",
        "What follows “?” in the address of a page of the census.",
    ),
);
const RECORDS: Field = internal(
    "records",
    Shape::Records(&["actor", "event", "group", "initiative"]),
    wording("Fiches", "Records"),
    wording(
        "Des fiches précises, au lieu d'une recherche ou en plus.",
        "Particular records, instead of a search or beside it.",
    ),
);
const SECTIONS_ASKED: Field = internal(
    "sections_asked",
    Shape::Words,
    wording("Rubriques à vérifier", "Sections to verify"),
    wording(
        "Leurs codes, séparés par « | », par exemple « contact | place » ; toutes si rien n'est écrit.",
        "Their codes, separated by “|”; all of them when empty.",
    ),
);
const PARTNERS_ASKED: Field = internal(
    "partners_asked",
    Shape::Words,
    wording("Partenaires sollicités", "Partners asked"),
    wording(
        "Leurs noms, séparés par « | » ; tous si rien n'est écrit.",
        "Their names, separated by “|”; all of them when empty.",
    ),
);
const STARTS: Field = internal(
    "starts",
    Shape::Date,
    wording("Depuis le", "From"),
    wording(
        "Une vérification plus ancienne ne compte pas.",
        "An older confirmation does not count.",
    ),
);
const DEADLINE: Field = internal(
    "deadline",
    Shape::Date,
    wording("Avant le", "Until"),
    wording("AAAA-MM-JJ ou JJ/MM/AAAA.", "Year, month, day."),
);
