//! `call`: a call for projects or for expressions of interest.

use crate::record::common::{
    AUDIENCES_FIELD, DESCRIPTION, FOLLOW_UP, NAME, SUMMARY, TERRITORIES, THEMES_FIELD, WEBSITE,
};
use crate::record::vocabulary::CALL_STATUSES;
use crate::record::{Field, Kind, Section, Shape, internal, public, wording};

pub(crate) const CALL: Kind = Kind {
    code: "call",
    wording: wording("Appel à projets", "Call for projects"),
    plural: wording("Appels à projets", "Calls for projects"),
    sections: &[
        Section {
            code: "identity",
            wording: wording("Identité", "Identity"),
            fields: &[
                NAME,
                STATUS,
                SUMMARY,
                DESCRIPTION,
                THEMES_FIELD,
                AUDIENCES_FIELD,
                TERRITORIES,
            ],
        },
        Section {
            code: "when",
            wording: wording("Dates", "Dates"),
            fields: &[OPENS, CLOSES, DECIDED_ON],
        },
        Section {
            code: "people",
            wording: wording("Qui appelle", "Who calls"),
            fields: &[ISSUER, ISSUER_NAME, FUNDERS],
        },
        Section {
            code: "rules",
            wording: wording("Règlement", "Rules"),
            fields: &[
                PRIORITIES,
                CRITERIA,
                ELIGIBLE,
                ENVELOPE,
                AMOUNT_MIN,
                AMOUNT_MAX,
                WEBSITE,
                DIAGNOSTICS,
            ],
        },
        FOLLOW_UP,
    ],
};

const STATUS: Field = public(
    "status",
    Shape::Term(&CALL_STATUSES),
    wording("État", "Status"),
    wording("Où en est l'appel.", "Where the call stands."),
);
const OPENS: Field = public(
    "opens",
    Shape::Date,
    wording("Ouverture", "Opens"),
    wording("AAAA-MM-JJ ou JJ/MM/AAAA.", "Year, month, day."),
);
const CLOSES: Field = public(
    "closes",
    Shape::Date,
    wording("Clôture", "Closes"),
    wording("Le dernier jour pour déposer.", "The last day to apply."),
);
const DECIDED_ON: Field = public(
    "decided_on",
    Shape::Date,
    wording("Décision", "Decided on"),
    wording(
        "Le jour du comité, s'il est connu.",
        "The day of the committee, when known.",
    ),
);
const ISSUER: Field = public(
    "issuer",
    Shape::Record(&["actor"]),
    wording("Organisme", "Issuer"),
    wording(
        "La fiche de l'organisme qui lance l'appel.",
        "The record of the organisation that calls.",
    ),
);
const ISSUER_NAME: Field = public(
    "issuer_name",
    Shape::Text,
    wording("Nom de l'organisme", "Name of the issuer"),
    wording(
        "Quand l'organisme n'a pas encore de fiche.",
        "While the organisation has no record.",
    ),
);
const FUNDERS: Field = public(
    "funders",
    Shape::Words,
    wording("Financeurs", "Funders"),
    wording("Séparés par « | ».", "Separated by “|”."),
);
const PRIORITIES: Field = public(
    "priorities",
    Shape::LongText,
    wording("Priorités", "Priorities"),
    wording("Une priorité par paragraphe.", "One a paragraph."),
);
const CRITERIA: Field = public(
    "criteria",
    Shape::LongText,
    wording("Critères", "Criteria"),
    wording("Un critère par paragraphe.", "One criterion a paragraph."),
);
const ELIGIBLE: Field = public(
    "eligible",
    Shape::Text,
    wording("Qui peut déposer", "Who may apply"),
    wording(
        "Par exemple « associations et collectivités du département ».",
        "For example “associations”.",
    ),
);
const ENVELOPE: Field = public(
    "envelope",
    Shape::Decimal,
    wording("Enveloppe, en euros", "Envelope, in euros"),
    wording(
        "Le montant total, par exemple « 250 000 ».",
        "The whole amount.",
    ),
);
const AMOUNT_MIN: Field = public(
    "amount_min",
    Shape::Decimal,
    wording("Aide minimale, en euros", "Smallest grant, in euros"),
    wording("Par projet.", "For each project."),
);
const AMOUNT_MAX: Field = public(
    "amount_max",
    Shape::Decimal,
    wording("Aide maximale, en euros", "Largest grant, in euros"),
    wording("Par projet.", "For each project."),
);
const DIAGNOSTICS: Field = internal(
    "diagnostics",
    Shape::Records(&["diagnostic"]),
    wording("Diagnostics repris", "Diagnostics taken over"),
    wording(
        "Les fiches dont l'appel reprend les priorités.",
        "The records whose priorities the call takes over.",
    ),
);
