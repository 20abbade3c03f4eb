//! `indicator`: a figure about a territory. A figure under statistical secrecy says so, and has no value; most cannot be summed.

use crate::record::common::{DESCRIPTION, FOLLOW_UP, NAME, THEMES_FIELD};
use crate::record::{Field, Kind, Section, Shape, public, wording};

pub(crate) const INDICATOR: Kind = Kind {
    code: "indicator",
    wording: wording("Indicateur", "Indicator"),
    plural: wording("Indicateurs", "Indicators"),
    sections: &[
        Section {
            code: "identity",
            wording: wording("Identité", "Identity"),
            fields: &[NAME, TERRITORY, MEASURE, DESCRIPTION, THEMES_FIELD],
        },
        Section {
            code: "figure",
            wording: wording("Valeur", "Figure"),
            fields: &[FIGURE, UNIT, YEAR, IS_SECRET, MAY_BE_SUMMED],
        },
        FOLLOW_UP,
    ],
};

const TERRITORY: Field = public(
    "territory",
    Shape::Record(&["territory"]),
    wording("Territoire", "Territory"),
    wording(
        "La fiche du territoire que la valeur décrit.",
        "The record of the territory that the figure is about.",
    ),
);
const MEASURE: Field = public(
    "measure",
    Shape::Text,
    wording("Code de la mesure", "Code of the measure"),
    wording(
        "Par exemple « TP60 » : le même pour tous les territoires.",
        "The same for all territories.",
    ),
);
const FIGURE: Field = public(
    "figure",
    Shape::Decimal,
    wording("Valeur", "Figure"),
    wording(
        "Vide quand elle est couverte par le secret statistique.",
        "Empty under statistical secrecy.",
    ),
);
const UNIT: Field = public(
    "unit",
    Shape::Text,
    wording("Unité", "Unit"),
    wording(
        "Par exemple « % », « habitants » ou « € par an ».",
        "For example “%”.",
    ),
);
const YEAR: Field = public(
    "year",
    Shape::Integer,
    wording("Année", "Year"),
    wording(
        "L'année que la valeur décrit, par exemple « 2023 ».",
        "The year that the figure describes.",
    ),
);
const IS_SECRET: Field = public(
    "is_secret",
    Shape::Boolean,
    wording("Secret statistique", "Statistical secrecy"),
    wording(
        "« oui » quand la valeur ne peut pas être publiée.",
        "“yes” when the figure cannot be published.",
    ),
);
const MAY_BE_SUMMED: Field = public(
    "may_be_summed",
    Shape::Boolean,
    wording("Peut être additionnée", "May be summed"),
    wording(
        "« non » pour un taux, une médiane ou un indice.",
        "“no” for a rate, a median or an index.",
    ),
);
