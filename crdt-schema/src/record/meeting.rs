//! `meeting`: a working or regional meeting, with who came, what was said and what was decided.

use crate::record::common::{
    ADDRESS, COMMUNE, COMMUNE_NAME, ENDS_AT, FOLLOW_UP, NAME, ORGANISER, PLACE_NAME, POINT,
    POSTAL_CODE, STARTS_AT, SUMMARY, TERRITORIES, THEMES_FIELD, TIME_ZONE,
};
use crate::record::vocabulary::EVENT_STATUSES;
use crate::record::{Field, Kind, Section, Shape, internal, public, wording};

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
            fields: &[AGENDA, MINUTES, DECISIONS, FOLLOW_UP_MEETING],
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
const FOLLOW_UP_MEETING: Field = internal(
    "follow_up_meeting",
    Shape::Record(&["meeting"]),
    wording("Rencontre suivante", "Follow-up meeting"),
    wording(
        "La fiche de la rencontre qui prend la suite.",
        "The record of the meeting that follows.",
    ),
);
