//! `group`: a working group, a committee, a council. Its members are organisations; persons are personal values.

use crate::record::common::{
    COMMUNE, DESCRIPTION, FOLLOW_UP, NAME, SUMMARY, TERRITORIES, THEMES_FIELD, WEBSITE,
};
use crate::record::vocabulary::{GROUP_NATURES, GROUP_STATUSES};
use crate::record::{Field, Kind, Section, Shape, internal, public, wording};

pub(crate) const GROUP: Kind = Kind {
    code: "group",
    wording: wording("Groupe", "Group"),
    plural: wording("Groupes", "Groups"),
    sections: &[
        Section {
            code: "identity",
            wording: wording("Identité", "Identity"),
            fields: &[
                NAME,
                NATURE,
                STATUS,
                SUMMARY,
                DESCRIPTION,
                THEMES_FIELD,
                TERRITORIES,
                COMMUNE,
            ],
        },
        Section {
            code: "members",
            wording: wording("Membres", "Members"),
            fields: &[REFERENTS, MEMBERS, PARENT_GROUP],
        },
        Section {
            code: "rules",
            wording: wording("Fonctionnement", "How it works"),
            fields: &[RULES, CALENDAR, WEBSITE],
        },
        FOLLOW_UP,
    ],
};

const NATURE: Field = public(
    "nature",
    Shape::Term(&GROUP_NATURES),
    wording("Nature", "Nature"),
    wording("Ce qu'est le groupe.", "What the group is."),
);
const STATUS: Field = public(
    "status",
    Shape::Term(&GROUP_STATUSES),
    wording("État", "Status"),
    wording(
        "Un groupe qui a fini reste dans le recensement.",
        "A group that has ended stays in the census.",
    ),
);
const REFERENTS: Field = public(
    "referents",
    Shape::Records(&["actor"]),
    wording("Organismes référents", "Referent organisations"),
    wording(
        "Les organismes qui animent le groupe.",
        "The organisations that lead the group.",
    ),
);
const MEMBERS: Field = internal(
    "members",
    Shape::Records(&["actor"]),
    wording("Organismes membres", "Member organisations"),
    wording(
        "Des organismes ; une personne se note dans les contacts.",
        "Organisations; a person is noted among the contacts.",
    ),
);
const PARENT_GROUP: Field = public(
    "parent_group",
    Shape::Record(&["group"]),
    wording("Dépend de", "Part of"),
    wording(
        "L'instance dont ce groupe dépend.",
        "The committee that this group belongs to.",
    ),
);
const RULES: Field = internal(
    "rules",
    Shape::LongText,
    wording("Règles", "Rules"),
    wording(
        "Comment le groupe décide et se renouvelle.",
        "How the group decides and renews itself.",
    ),
);
const CALENDAR: Field = internal(
    "calendar",
    Shape::Text,
    wording("Rythme", "Rhythm"),
    wording(
        "Par exemple « chaque premier mardi du mois, 18 h ».",
        "For example “every first Tuesday, 6 pm”.",
    ),
);
