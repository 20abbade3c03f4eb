//! `diagnostic`: what partners write together about a territory, from its indicators and actions.

use crate::record::common::{NAME, SOURCE_ID, SOURCES, SUMMARY, TAGS, TEXT_STATE, THEMES_FIELD};
use crate::record::{Field, Kind, Section, Shape, internal, public, wording};

pub(crate) const DIAGNOSTIC: Kind = Kind {
    code: "diagnostic",
    wording: wording("Diagnostic", "Diagnostic"),
    plural: wording("Diagnostics", "Diagnostics"),
    sections: &[
        Section {
            code: "identity",
            wording: wording("Identité", "Identity"),
            fields: &[
                NAME,
                TERRITORY,
                TEXT_STATE,
                STARTS,
                ENDS,
                SUMMARY,
                THEMES_FIELD,
            ],
        },
        Section {
            code: "text",
            wording: wording("Analyse", "Analysis"),
            fields: &[STRENGTHS, NEEDS, GAPS, PRIORITIES],
        },
        Section {
            code: "follow_up",
            wording: wording("Suivi", "Follow-up"),
            fields: &[FRONTIER, TAGS, SOURCES, SOURCE_ID],
        },
    ],
};

const TERRITORY: Field = public(
    "territory",
    Shape::Record(&["territory"]),
    wording("Territoire", "Territory"),
    wording(
        "La fiche du territoire étudié.",
        "The record of the territory.",
    ),
);
const STARTS: Field = public(
    "starts",
    Shape::Date,
    wording("Début de la période", "First day of the period"),
    wording("AAAA-MM-JJ ou JJ/MM/AAAA.", "Year, month, day."),
);
const ENDS: Field = public(
    "ends",
    Shape::Date,
    wording("Fin de la période", "Last day of the period"),
    wording("AAAA-MM-JJ ou JJ/MM/AAAA.", "Year, month, day."),
);
const STRENGTHS: Field = public(
    "strengths",
    Shape::LongText,
    wording("Atouts", "Strengths"),
    wording("Ce sur quoi s'appuyer.", "What there is to build on."),
);
const NEEDS: Field = public(
    "needs",
    Shape::LongText,
    wording("Besoins", "Needs"),
    wording(
        "Ce que disent les habitants et les indicateurs.",
        "What inhabitants and indicators say.",
    ),
);
const GAPS: Field = public(
    "gaps",
    Shape::LongText,
    wording("Manques", "Gaps"),
    wording(
        "Les thématiques et les publics sans action.",
        "Themes and audiences without any action.",
    ),
);
const PRIORITIES: Field = public(
    "priorities",
    Shape::LongText,
    wording("Priorités", "Priorities"),
    wording(
        "Une priorité par paragraphe ; un appel à projets peut les reprendre.",
        "One a paragraph; a call for projects can take them over.",
    ),
);
const FRONTIER: Field = internal(
    "frontier",
    Shape::Text,
    wording("Calculé à partir de", "Computed from"),
    wording(
        "L'empreinte de ce qui était tenu : un autre nœud refait le même calcul.",
        "The digest of what was held: another node computes the same.",
    ),
);
