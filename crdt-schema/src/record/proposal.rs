//! `proposal`: something seen, or sent by the public, that nobody has qualified yet. It becomes a record, or is set aside with a reason.

use crate::record::common::{COMMUNE, NAME, SOURCE_ID, SOURCES, SUMMARY, TAGS, WEBSITE};
use crate::record::vocabulary::{PROPOSAL_ORIGINS, PROPOSAL_STATES, RECORD_KINDS};
use crate::record::{Field, Kind, Section, Shape, internal, wording};

pub(crate) const PROPOSAL: Kind = Kind {
    code: "proposal",
    wording: wording("Proposition à qualifier", "Proposal to qualify"),
    plural: wording("Propositions à qualifier", "Proposals to qualify"),
    sections: &[
        Section {
            code: "identity",
            wording: wording("Ce qui a été vu", "What was seen"),
            fields: &[NAME, ORIGIN, SUMMARY, CONTENT, WEBSITE, COMMUNE, SEEN_ON],
        },
        Section {
            code: "decision",
            wording: wording("Suite donnée", "What becomes of it"),
            fields: &[STATE, PROPOSED_KIND, BECAME, REASON],
        },
        Section {
            code: "follow_up",
            wording: wording("Suivi", "Follow-up"),
            fields: &[SOURCE, TAGS, SOURCES, SOURCE_ID],
        },
    ],
};

const ORIGIN: Field = internal(
    "origin",
    Shape::Term(&PROPOSAL_ORIGINS),
    wording("Origine", "Origin"),
    wording("D'où elle vient.", "Where it comes from."),
);
const CONTENT: Field = internal(
    "content",
    Shape::LongText,
    wording("Contenu reçu", "Content as received"),
    wording(
        "Tel quel. Sans nom ni numéro d'une personne.",
        "As it came. Without any person's name or number.",
    ),
);
const SEEN_ON: Field = internal(
    "seen_on",
    Shape::Date,
    wording("Vue le", "Seen on"),
    wording("AAAA-MM-JJ ou JJ/MM/AAAA.", "Year, month, day."),
);
const STATE: Field = internal(
    "state",
    Shape::Term(&PROPOSAL_STATES),
    wording("État", "State"),
    wording(
        "À qualifier, retenue ou écartée.",
        "Whether it was qualified.",
    ),
);
const PROPOSED_KIND: Field = internal(
    "proposed_kind",
    Shape::Term(&RECORD_KINDS),
    wording("Type de fiche proposé", "Kind proposed"),
    wording("Ce qu'elle deviendrait.", "What it would become."),
);
const BECAME: Field = internal(
    "became",
    Shape::Record(&["actor", "call", "event", "initiative", "meeting"]),
    wording("Devenue la fiche", "Became the record"),
    wording(
        "La fiche faite à partir d'elle, ou celle qui existait déjà.",
        "The record made of it, or the one that was there already.",
    ),
);
const REASON: Field = internal(
    "reason",
    Shape::Text,
    wording("Motif", "Reason"),
    wording("Pourquoi elle est écartée.", "Why it is set aside."),
);
const SOURCE: Field = internal(
    "source",
    Shape::Record(&["source"]),
    wording("Source suivie", "Watched source"),
    wording(
        "La source où elle a été vue.",
        "The source where it was seen.",
    ),
);
