//! `contribution`: a text that several write together: a note, an opinion, a synthesis, a method sheet, the answer to a referral.

use crate::record::common::{AUDIENCES_FIELD, FOLLOW_UP, NAME, SUMMARY, TEXT_STATE, THEMES_FIELD};
use crate::record::vocabulary::CONTRIBUTION_NATURES;
use crate::record::{Field, Kind, Section, Shape, internal, public, wording};

pub(crate) const CONTRIBUTION: Kind = Kind {
    code: "contribution",
    wording: wording("Contribution", "Contribution"),
    plural: wording("Contributions", "Contributions"),
    sections: &[
        Section {
            code: "identity",
            wording: wording("Identité", "Identity"),
            fields: &[
                NAME,
                NATURE,
                TEXT_STATE,
                SUMMARY,
                THEMES_FIELD,
                AUDIENCES_FIELD,
                GROUP,
                REFERRAL,
            ],
        },
        Section {
            code: "text",
            wording: wording("Texte", "Text"),
            fields: &[TEXT],
        },
        Section {
            code: "opinion",
            wording: wording("Avis rendu", "Opinion given"),
            fields: &[ADOPTED_ON, VOTES_FOR, VOTES_AGAINST, ABSTENTIONS, OUTCOME],
        },
        FOLLOW_UP,
    ],
};

const NATURE: Field = public(
    "nature",
    Shape::Term(&CONTRIBUTION_NATURES),
    wording("Nature", "Nature"),
    wording("Ce qu'est ce texte.", "What this text is."),
);
const GROUP: Field = public(
    "group",
    Shape::Record(&["group"]),
    wording("Groupe", "Group"),
    wording("Le groupe qui écrit.", "The group that writes."),
);
const REFERRAL: Field = public(
    "referral",
    Shape::Record(&["referral"]),
    wording("Saisine", "Referral"),
    wording(
        "La saisine à laquelle ce texte répond.",
        "The referral that this text answers.",
    ),
);
const TEXT: Field = internal(
    "text",
    Shape::LongText,
    wording("Texte", "Text"),
    wording(
        "Plusieurs partenaires peuvent y écrire en même temps : leurs textes sont réunis.",
        "Several partners can write here at the same time: their texts are merged.",
    ),
);
const ADOPTED_ON: Field = public(
    "adopted_on",
    Shape::Date,
    wording("Adopté le", "Adopted on"),
    wording("AAAA-MM-JJ ou JJ/MM/AAAA.", "Year, month, day."),
);
const VOTES_FOR: Field = public(
    "votes_for",
    Shape::Integer,
    wording("Voix pour", "Votes for"),
    wording("Un nombre.", "A number."),
);
const VOTES_AGAINST: Field = public(
    "votes_against",
    Shape::Integer,
    wording("Voix contre", "Votes against"),
    wording("Un nombre.", "A number."),
);
const ABSTENTIONS: Field = public(
    "abstentions",
    Shape::Integer,
    wording("Abstentions", "Abstentions"),
    wording("Un nombre.", "A number."),
);
const OUTCOME: Field = public(
    "outcome",
    Shape::LongText,
    wording("Suites données", "What came of it"),
    wording(
        "Ce que la collectivité a répondu ou fait.",
        "What the authority answered or did.",
    ),
);
