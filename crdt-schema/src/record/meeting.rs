//! `meeting`: a working or regional meeting, with who came, what was said and what was decided.

use std::collections::BTreeSet;

use crate::edit::Field as Held;
use crate::record::common::{
    ADDRESS, COMMUNE, COMMUNE_NAME, ENDS_AT, FOLLOW_UP, NAME, ORGANISER, PLACE_NAME, POINT,
    POSTAL_CODE, STARTS_AT, SUMMARY, TERRITORIES, THEMES_FIELD, TIME_ZONE,
};
use crate::record::rows::{column, link};
use crate::record::vocabulary::{COMMITMENT_STATES, EVENT_STATUSES};
use crate::record::{
    Field, Kind, Row, RowCell, RowColumn, Rows, Section, Shape, internal, public, wording,
};

pub(crate) const MEETING: Kind = Kind {
    code: "meeting",
    wording: wording("Rencontre", "Meeting"),
    plural: wording("Rencontres", "Meetings"),
    sections: &[
        Section {
            code: "identity",
            wording: wording("Identité", "Identity"),
            fields: &[NAME, STATUS, GROUP, SUMMARY, THEMES_FIELD, TERRITORIES],
        },
        Section {
            code: "when",
            wording: wording("Date", "Date"),
            fields: &[STARTS_AT, ENDS_AT, TIME_ZONE],
        },
        Section {
            code: "place",
            wording: wording("Lieu", "Place"),
            fields: &[
                PLACE_NAME,
                ADDRESS,
                POSTAL_CODE,
                COMMUNE,
                COMMUNE_NAME,
                POINT,
                REMOTE_LINK,
            ],
        },
        Section {
            code: "attendance",
            wording: wording("Organismes", "Organisations"),
            fields: &[ORGANISER, INVITED, ATTENDING, EXCUSED],
        },
        Section {
            code: "minutes",
            wording: wording("Ordre du jour et compte rendu", "Agenda and minutes"),
            fields: &[AGENDA, MINUTES, DECISIONS, COMMITMENTS, FOLLOW_UP_MEETING],
        },
        FOLLOW_UP,
    ],
};

const STATUS: Field = public(
    "status",
    Shape::Term(&EVENT_STATUSES),
    wording("État", "Status"),
    wording(
        "Une rencontre annulée reste dans le recensement.",
        "A cancelled meeting stays in the census.",
    ),
);
const GROUP: Field = public(
    "group",
    Shape::Record(&["group"]),
    wording("Groupe", "Group"),
    wording(
        "Le groupe de travail ou l'instance qui se réunit.",
        "The working group or committee that meets.",
    ),
);
const REMOTE_LINK: Field = internal(
    "remote_link",
    Shape::Link,
    wording("Lien de la visioconférence", "Link of the video meeting"),
    wording("Pour les partenaires seulement.", "Shown to partners only."),
);
const INVITED: Field = internal(
    "invited",
    Shape::Records(&["actor"]),
    wording("Organismes invités", "Organisations invited"),
    wording(
        "Des organismes, jamais des personnes.",
        "Organisations, never persons.",
    ),
);
const ATTENDING: Field = internal(
    "attending",
    Shape::Records(&["actor"]),
    wording("Organismes présents", "Organisations present"),
    wording(
        "Des organismes, jamais des personnes.",
        "Organisations, never persons.",
    ),
);
const EXCUSED: Field = internal(
    "excused",
    Shape::Records(&["actor"]),
    wording("Organismes excusés", "Organisations excused"),
    wording(
        "Des organismes, jamais des personnes.",
        "Organisations, never persons.",
    ),
);
const AGENDA: Field = public(
    "agenda",
    Shape::LongText,
    wording("Ordre du jour", "Agenda"),
    wording("Un point par paragraphe.", "One point a paragraph."),
);
const MINUTES: Field = internal(
    "minutes",
    Shape::LongText,
    wording("Compte rendu", "Minutes"),
    wording(
        "Plusieurs partenaires peuvent l'écrire en même temps.",
        "Several partners can write it at the same time.",
    ),
);
const DECISIONS: Field = internal(
    "decisions",
    Shape::LongText,
    wording("Décisions", "Decisions"),
    wording("Une décision par paragraphe.", "One decision a paragraph."),
);
/// What organisations promise at a meeting.
pub const COMMITMENTS: Field = internal(
    "commitments",
    Shape::Rows(&COMMITMENT_ROWS),
    wording("Engagements", "Commitments"),
    wording(
        "Qui fait quoi, pour quand. Des organismes, jamais des personnes.",
        "Who does what, by when. Organisations, never persons.",
    ),
);
/// The columns of commitments.
pub const COMMITMENT_ROWS: Rows = Rows {
    one: wording("Engagement", "Commitment"),
    led: wording("Engagements pris", "Commitments made"),
    columns: &[
        WHAT,
        link(
            "who",
            "who_name",
            wording("Organisme", "Organisation"),
            wording(
                "Celui qui s'engage, s'il a une fiche.",
                "The one that promises, if it has a record.",
            ),
        ),
        column(
            "who_name",
            Shape::Text,
            wording("Organisme sans fiche", "Organisation without a record"),
            wording(
                "Son nom, par exemple « Club de lecture de Gien ».",
                "Its name.",
            ),
        ),
        DUE,
        STATE,
    ],
    order: &["due", "what"],
};
const WHAT: RowColumn = column(
    "what",
    Shape::Text,
    wording("Quoi", "What"),
    wording(
        "Ce qui est promis, en une phrase, par exemple « envoyer la liste des salles ».",
        "What is promised, in one sentence.",
    ),
);
const DUE: RowColumn = column(
    "due",
    Shape::Date,
    wording("Échéance", "Due"),
    wording(
        "AAAA-MM-JJ ou JJ/MM/AAAA, par exemple « 2026-09-15 ».",
        "Year, month, day.",
    ),
);
const STATE: RowColumn = column(
    "state",
    Shape::Term(&COMMITMENT_STATES),
    wording("État", "State"),
    wording("Sans réponse : à faire.", "Without an answer: to do."),
);
const FOLLOW_UP_MEETING: Field = internal(
    "follow_up_meeting",
    Shape::Record(&["meeting"]),
    wording("Rencontre suivante", "Follow-up meeting"),
    wording(
        "La fiche de la rencontre qui prend la suite.",
        "The record of the meeting that follows.",
    ),
);

/// What a commitment is about, where the program acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment<'r>(pub &'r Row);

impl<'r> Commitment<'r> {
    /// Returns the code of its state: to do where nothing is said.
    pub fn state(self) -> &'r str {
        self.0.text(STATE.name).unwrap_or(TO_DO)
    }

    /// Tells whether it is still to be kept. A state that this version does not know ends nothing.
    pub fn is_open(self) -> bool {
        ![DONE, DROPPED].contains(&self.state())
    }

    /// Returns the day by which it is to be kept, `AAAA-MM-JJ`. None where the cell says no day.
    pub fn due(self) -> Option<&'r str> {
        match self.0.cell(&DUE) {
            RowCell::Value(_) => self.0.text(DUE.name),
            _ => None,
        }
    }

    /// Tells whether its day has passed and it is still to be kept.
    pub fn is_late(self, today: &str) -> bool {
        self.is_open() && self.due().is_some_and(|due| due < today)
    }
}

/// Returns the states of the commitments of a meeting, those of every version, and [`OPEN_COMMITMENT`] where one is still to be kept.
pub fn commitment_states(held: &Held) -> BTreeSet<String> {
    let rows = held.terms.keys().filter_map(|term| Row::parse(term));
    let mut states = BTreeSet::new();
    for row in rows {
        let commitment = Commitment(&row);
        states.insert(commitment.state().to_owned());
        if commitment.is_open() {
            states.insert(OPEN_COMMITMENT.to_owned());
        }
    }
    states
}

/// What stands for every state of what is still to be kept.
pub const OPEN_COMMITMENT: &str = "open";
const TO_DO: &str = "todo";
const DONE: &str = "done";
const DROPPED: &str = "dropped";
