//! `referral`: a *saisine*, a question put to a council, with the day by which it must be answered.

use crate::record::common::{FOLLOW_UP, NAME, SUMMARY, THEMES_FIELD};
use crate::record::vocabulary::REFERRAL_STATES;
use crate::record::{Field, Kind, Section, Shape, internal, public, wording};

pub(crate) const REFERRAL: Kind = Kind {
    code: "referral",
    wording: wording("Saisine", "Referral"),
    plural: wording("Saisines", "Referrals"),
    sections: &[
        Section {
            code: "identity",
            wording: wording("Identité", "Identity"),
            fields: &[NAME, STATE, SUMMARY, QUESTION, THEMES_FIELD],
        },
        Section {
            code: "people",
            wording: wording("Qui demande, qui répond", "Who asks, who answers"),
            fields: &[ASKER, ASKER_NAME, GROUP],
        },
        Section {
            code: "when",
            wording: wording("Dates", "Dates"),
            fields: &[ASKED_ON, DEADLINE, ANSWERED_ON],
        },
        Section {
            code: "answer",
            wording: wording("Réponse", "Answer"),
            fields: &[ANSWER],
        },
        FOLLOW_UP,
    ],
};

const STATE: Field = public(
    "state",
    Shape::Term(&REFERRAL_STATES),
    wording("État de la saisine", "State of the referral"),
    wording("Où elle en est.", "Where it stands."),
);
const QUESTION: Field = public(
    "question",
    Shape::LongText,
    wording("Question posée", "Question"),
    wording("Telle qu'elle a été reçue.", "As it was received."),
);
const ASKER: Field = public(
    "asker",
    Shape::Record(&["actor"]),
    wording("Auteur de la saisine", "Asked by"),
    wording(
        "La fiche de l'organisme qui demande.",
        "The record of the organisation that asks.",
    ),
);
const ASKER_NAME: Field = public(
    "asker_name",
    Shape::Text,
    wording("Nom de l'auteur", "Name of who asks"),
    wording(
        "Quand l'organisme n'a pas encore de fiche ; « autosaisine » sinon.",
        "While the organisation has no record.",
    ),
);
const GROUP: Field = public(
    "group",
    Shape::Record(&["group"]),
    wording("Groupe", "Group"),
    wording("Le groupe qui répond.", "The group that answers."),
);
const ASKED_ON: Field = public(
    "asked_on",
    Shape::Date,
    wording("Reçue le", "Received on"),
    wording("AAAA-MM-JJ ou JJ/MM/AAAA.", "Year, month, day."),
);
const DEADLINE: Field = public(
    "deadline",
    Shape::Date,
    wording("Réponse attendue le", "Answer due on"),
    wording("AAAA-MM-JJ ou JJ/MM/AAAA.", "Year, month, day."),
);
const ANSWERED_ON: Field = public(
    "answered_on",
    Shape::Date,
    wording("Répondue le", "Answered on"),
    wording("AAAA-MM-JJ ou JJ/MM/AAAA.", "Year, month, day."),
);
const ANSWER: Field = internal(
    "answer",
    Shape::Record(&["contribution"]),
    wording("Contribution en réponse", "Contribution that answers"),
    wording(
        "La fiche du texte qui répond.",
        "The record of the text that answers.",
    ),
);
