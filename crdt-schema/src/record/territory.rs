//! `territory`: a commune, an EPCI, a département, a région, a priority neighbourhood or another perimeter.

use crate::record::common::{DESCRIPTION, FOLLOW_UP, NAME, POINT, SUMMARY};
use crate::record::vocabulary::TERRITORY_LEVELS;
use crate::record::{Field, Kind, Section, Shape, public, wording};

pub(crate) const TERRITORY: Kind = Kind {
    code: "territory",
    wording: wording("Territoire", "Territory"),
    plural: wording("Territoires", "Territories"),
    sections: &[
        Section {
            code: "identity",
            wording: wording("Identité", "Identity"),
            fields: &[NAME, LEVEL, CODE, CODE_YEAR, SUMMARY, DESCRIPTION],
        },
        Section {
            code: "figures",
            wording: wording("Repères", "Key figures"),
            fields: &[POPULATION, PARENTS, SUCCESSORS, POINT, OUTLINE],
        },
        FOLLOW_UP,
    ],
};

const LEVEL: Field = public(
    "level",
    Shape::Term(&TERRITORY_LEVELS),
    wording("Niveau", "Level"),
    wording(
        "Un code seul ne suffit pas : « 93 » est une région et un département.",
        "A bare code says too little.",
    ),
);
const CODE: Field = public(
    "code",
    Shape::OfficialCode,
    wording("Code officiel", "Official code"),
    wording(
        "Celui de son niveau, par exemple « 45155 » pour une commune ou « QN04512M » pour un quartier.",
        "That of its level, for example “45155” for a commune or “QN04512M” for a neighbourhood.",
    ),
);
const CODE_YEAR: Field = public(
    "code_year",
    Shape::Integer,
    wording("Année du code", "Year of the code"),
    wording(
        "L'année de la liste officielle, par exemple « 2026 ».",
        "The year of the official list.",
    ),
);
const POPULATION: Field = public(
    "population",
    Shape::Integer,
    wording("Population", "Population"),
    wording("Nombre d'habitants.", "Number of inhabitants."),
);
const PARENTS: Field = public(
    "parents",
    Shape::Words,
    wording("Fait partie de", "Part of"),
    wording(
        "Codes séparés par « | », par exemple « DEP-45 | REG-24 ».",
        "Codes separated by “|”.",
    ),
);
const SUCCESSORS: Field = public(
    "successors",
    Shape::Words,
    wording("Remplacé par", "Succeeded by"),
    wording(
        "Codes des territoires qui lui succèdent.",
        "Codes of the territories that follow it.",
    ),
);
const OUTLINE: Field = public(
    "outline",
    Shape::Outline,
    wording("Contour", "Outline"),
    wording(
        "Une géométrie GeoJSON, « Polygon » ou « MultiPolygon », de 16 Kio au plus (environ 780 points).",
        "A GeoJSON geometry, “Polygon” or “MultiPolygon”, of 16 KiB at most (some 780 points).",
    ),
);
