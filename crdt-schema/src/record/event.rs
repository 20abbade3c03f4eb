//! `event`: something dated, open to a public.

use crate::record::common::{
    ADDRESS, AUDIENCES_FIELD, COMMUNE, COMMUNE_NAME, DESCRIPTION, EMAIL, ENDS_AT, FOLLOW_UP, NAME,
    ORGANISER, PARTNER_ROLES, PHONE, PLACE_NAME, POINT, POSTAL_CODE, QPV, STARTS_AT, SUMMARY,
    THEMES_FIELD, TIME_ZONE, WEBSITE,
};
use crate::record::vocabulary::EVENT_STATUSES;
use crate::record::{Field, Kind, Section, Shape, public, wording};

pub(crate) const EVENT: Kind = Kind {
    code: "event",
    wording: wording("Événement", "Event"),
    plural: wording("Événements", "Events"),
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
            ],
        },
        Section {
            code: "when",
            wording: wording("Dates", "Dates"),
            fields: &[STARTS, ENDS, STARTS_AT, ENDS_AT, TIME_ZONE, RECURRENCE],
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
                QPV,
                POINT,
            ],
        },
        Section {
            code: "people",
            wording: wording("Organisateur et accès", "Organiser and access"),
            fields: &[
                ORGANISER,
                ORGANISER_NAME,
                PARTNERS,
                PARTNER_ROLES,
                CAPACITY,
                ACCESS,
                PROGRAMME,
                REGISTRATION,
                WEBSITE,
                PHONE,
                EMAIL,
            ],
        },
        FOLLOW_UP,
    ],
};

const STATUS: Field = public(
    "status",
    Shape::Term(&EVENT_STATUSES),
    wording("État", "Status"),
    wording(
        "Un événement annulé reste dans le recensement.",
        "A cancelled event stays in the census.",
    ),
);
const STARTS: Field = public(
    "starts",
    Shape::Date,
    wording("Premier jour", "First day"),
    wording(
        "AAAA-MM-JJ ou JJ/MM/AAAA, par exemple « 2026-06-21 ».",
        "Year, month, day.",
    ),
);
const ENDS: Field = public(
    "ends",
    Shape::Date,
    wording("Dernier jour", "Last day"),
    wording("AAAA-MM-JJ ou JJ/MM/AAAA.", "Year, month, day."),
);
const RECURRENCE: Field = public(
    "recurrence",
    Shape::Text,
    wording("Récurrence", "Recurrence"),
    wording(
        "Par exemple « chaque premier samedi du mois ».",
        "For example “every first Saturday”.",
    ),
);
const ORGANISER_NAME: Field = public(
    "organiser_name",
    Shape::Text,
    wording("Nom de l'organisateur", "Name of the organiser"),
    wording(
        "Quand l'organisateur n'a pas encore de fiche.",
        "While the organiser has no record.",
    ),
);
const PARTNERS: Field = public(
    "partners",
    Shape::Records(&["actor"]),
    wording("Partenaires", "Partners"),
    wording(
        "Les fiches des organismes partenaires.",
        "The records of the partner organisations.",
    ),
);
const CAPACITY: Field = public(
    "capacity",
    Shape::Integer,
    wording("Capacité", "Capacity"),
    wording("Nombre de places.", "Number of places."),
);
const ACCESS: Field = public(
    "access",
    Shape::Text,
    wording("Accès et accessibilité", "Access"),
    wording(
        "Par exemple « accès fauteuil, boucle magnétique ».",
        "For example “wheelchair access”.",
    ),
);
const PROGRAMME: Field = public(
    "programme",
    Shape::LongText,
    wording("Programme", "Programme"),
    wording("Le déroulé.", "What happens when."),
);
const REGISTRATION: Field = public(
    "registration",
    Shape::Link,
    wording("Inscription", "Registration"),
    wording(
        "L'adresse de la page d'inscription.",
        "The address of the registration page.",
    ),
);
