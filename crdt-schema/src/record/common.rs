//! Fields and sections that several kinds share.

use crate::record::rows::{column, link};
use crate::record::vocabulary::{AUDIENCES, CONTRIBUTION_STATES, THEMES};
use crate::record::{Field, Rows, Section, Shape, internal, public, wording};

/// The name of the record: what lists show and sort by.
pub(crate) const NAME: Field = public(
    "name",
    Shape::Text,
    wording("Nom", "Name"),
    wording(
        "Le nom complet, par exemple « Maison sport-santé de Gien ».",
        "The full name.",
    ),
);
pub(crate) const SUMMARY: Field = public(
    "summary",
    Shape::Text,
    wording("Résumé", "Summary"),
    wording(
        "Une ou deux phrases, lisibles par tous.",
        "One or two sentences that everyone can read.",
    ),
);
pub(crate) const DESCRIPTION: Field = public(
    "description",
    Shape::LongText,
    wording("Description", "Description"),
    wording(
        "Plusieurs partenaires peuvent y écrire en même temps : leurs textes sont réunis. Pas de nom ni de numéro personnel.",
        "Several partners can write here at the same time: their texts are merged. No personal name or number.",
    ),
);
pub(crate) const THEMES_FIELD: Field = public(
    "themes",
    Shape::Terms(&THEMES),
    wording("Thématiques", "Themes"),
    wording(
        "Une ou plusieurs, dans la liste commune.",
        "One or several, from the shared list.",
    ),
);
pub(crate) const AUDIENCES_FIELD: Field = public(
    "audiences",
    Shape::Terms(&AUDIENCES),
    wording("Publics", "Audiences"),
    wording("À qui cela s'adresse.", "Whom it is for."),
);
pub(crate) const TAGS: Field = internal(
    "tags",
    Shape::Words,
    wording("Mots-clés", "Tags"),
    wording(
        "Séparés par « | », par exemple « été 2026 | mobilité ».",
        "Separated by “|”.",
    ),
);
pub(crate) const SOURCES: Field = internal(
    "sources",
    Shape::Words,
    wording("Sources", "Sources"),
    wording(
        "D'où vient l'information, séparées par « | ».",
        "Where this comes from, separated by “|”.",
    ),
);
pub(crate) const SOURCE_ID: Field = internal(
    "source_id",
    Shape::Text,
    wording("Identifiant d'origine", "Identifier at the source"),
    wording(
        "Le numéro de la ligne chez celui qui fournit le fichier.",
        "The row's number at the provider of the file.",
    ),
);
pub(crate) const ADDRESS: Field = public(
    "address",
    Shape::Text,
    wording("Adresse", "Address"),
    wording(
        "Numéro et voie, par exemple « 12 rue des Écoles ».",
        "Number and street.",
    ),
);
pub(crate) const ADDRESS_EXTRA: Field = public(
    "address_extra",
    Shape::Text,
    wording("Complément d'adresse", "Address, continued"),
    wording("Bâtiment, étage, lieu-dit.", "Building, floor, place."),
);
pub(crate) const POSTAL_CODE: Field = public(
    "postal_code",
    Shape::PostalCode,
    wording("Code postal", "Postal code"),
    wording("Cinq chiffres, par exemple « 45500 ».", "Five digits."),
);
pub(crate) const COMMUNE: Field = public(
    "commune",
    Shape::Commune,
    wording("Commune", "Commune"),
    wording(
        "Le code INSEE « 45155 », ou « 45500 Gien », ou le nom seul : le code est cherché.",
        "The INSEE code “45155”, or “45500 Gien”, or the name alone: the code is looked for.",
    ),
);
pub(crate) const COMMUNE_NAME: Field = public(
    "commune_name",
    Shape::Text,
    wording("Nom de la commune", "Name of the commune"),
    wording(
        "Tel que le partenaire l'écrit.",
        "As the partner writes it.",
    ),
);
pub(crate) const QPV: Field = public(
    "qpv",
    Shape::Qpv,
    wording("Quartier prioritaire", "Priority neighbourhood"),
    wording("Le code, par exemple « QN04512M ».", "The code."),
);
pub(crate) const POINT: Field = public(
    "point",
    Shape::Point,
    wording("Position", "Position"),
    wording(
        "Latitude puis longitude, par exemple « 47.6853, 2.6306 ».",
        "Latitude, then longitude.",
    ),
);
pub(crate) const WEBSITE: Field = public(
    "website",
    Shape::Link,
    wording("Site web", "Website"),
    wording("Commence par « https:// ».", "Starts with “https://”."),
);
pub(crate) const PHONE: Field = public(
    "phone",
    Shape::Phone,
    wording("Téléphone de l'organisme", "Phone of the organisation"),
    wording(
        "Le standard, par exemple « 02 61 91 00 12 » ; jamais le numéro d'une personne.",
        "The switchboard, never a person's number.",
    ),
);
pub(crate) const EMAIL: Field = public(
    "email",
    Shape::Email,
    wording("Courriel de l'organisme", "Mail of the organisation"),
    wording(
        "Une adresse générique, par exemple « accueil@mairie.example ».",
        "A generic address.",
    ),
);
pub(crate) const OPENING_HOURS: Field = public(
    "opening_hours",
    Shape::OpeningHours,
    wording("Horaires d'ouverture", "Opening hours"),
    wording(
        "Au format OpenStreetMap, par exemple « Mo-Fr 08:30-12:30,13:30-17:00; Sa 09:00-12:00 ».",
        "As OpenStreetMap writes them, for example “Mo-Fr 08:30-12:30,13:30-17:00; Sa 09:00-12:00”.",
    ),
);
pub(crate) const SIRET: Field = public(
    "siret",
    Shape::Siret,
    wording("SIRET", "SIRET"),
    wording(
        "Quatorze chiffres, par exemple « 130 025 265 00013 ».",
        "Fourteen digits.",
    ),
);
pub(crate) const RNA: Field = public(
    "rna",
    Shape::Rna,
    wording("Numéro RNA", "RNA number"),
    wording(
        "W et neuf caractères, par exemple « W452001234 ».",
        "W and nine characters.",
    ),
);
pub(crate) const PLACE_NAME: Field = public(
    "place_name",
    Shape::Text,
    wording("Nom du lieu", "Name of the place"),
    wording(
        "Par exemple « Gymnase Pierre-de-Coubertin ».",
        "The name of the place.",
    ),
);
pub(crate) const TIME_ZONE: Field = public(
    "time_zone",
    Shape::Text,
    wording("Fuseau horaire", "Time zone"),
    wording(
        "Celui de la commune si rien n'est écrit, par exemple « Europe/Paris » ou « Indian/Reunion ».",
        "That of the commune when nothing is written, for example “Indian/Reunion”.",
    ),
);
pub(crate) const TERRITORIES: Field = public(
    "territories",
    Shape::Records(&["territory"]),
    wording("Territoires", "Territories"),
    wording(
        "Les fiches des territoires concernés.",
        "The records of the territories concerned.",
    ),
);
pub(crate) const STARTS_AT: Field = public(
    "starts_at",
    Shape::Instant,
    wording("Heure de début", "Starts at"),
    wording(
        "Date et heure du lieu, par exemple « 21/06/2026 18:30 » ou « 2026-06-21T18:30 ».",
        "Date and time at the place, for example “2026-06-21T18:30”.",
    ),
);
pub(crate) const ENDS_AT: Field = public(
    "ends_at",
    Shape::Instant,
    wording("Heure de fin", "Ends at"),
    wording(
        "Date et heure du lieu, par exemple « 21/06/2026 22:00 » ou « 2026-06-21T22:00 ».",
        "Date and time at the place, for example “2026-06-21T22:00”.",
    ),
);
pub(crate) const ORGANISER: Field = public(
    "organiser",
    Shape::Record(&["actor"]),
    wording("Organisateur", "Organiser"),
    wording(
        "La fiche de l'organisme.",
        "The record of the organisation.",
    ),
);
pub(crate) const TEXT_STATE: Field = public(
    "state",
    Shape::Term(&CONTRIBUTION_STATES),
    wording("État du texte", "State of the text"),
    wording(
        "Du brouillon à la publication.",
        "From draft to publication.",
    ),
);

/// Where a record that may come from a file stands with whoever keeps it.
pub(crate) const FOLLOW_UP: Section = Section {
    code: "follow_up",
    wording: wording("Suivi", "Follow-up"),
    fields: &[TAGS, SOURCES, SOURCE_ID],
};
/// What each partner does: beside the lists of partners, which say only who they are.
pub(crate) const PARTNER_ROLES: Field = public(
    "partner_roles",
    Shape::Rows(&PARTNER_ROWS),
    wording("Rôles des partenaires", "Roles of partners"),
    wording(
        "Ce que fait chaque partenaire, quand il est utile de le dire.",
        "What each partner does, where it helps to say it.",
    ),
);
const PARTNER_ROWS: Rows = Rows {
    one: wording("Partenaire", "Partner"),
    led: wording("Rôles de partenaire", "Roles as a partner"),
    columns: &[
        link(
            "organisation",
            "organisation_name",
            wording("Organisme", "Organisation"),
            wording(
                "Le partenaire, s'il a une fiche.",
                "The partner, if it has a record.",
            ),
        ),
        column(
            "organisation_name",
            Shape::Text,
            wording("Organisme sans fiche", "Organisation without a record"),
            wording("Son nom.", "Its name."),
        ),
        column(
            "role",
            Shape::Text,
            wording("Rôle", "Role"),
            wording(
                "Par exemple « prête la salle » ou « accueille les familles ».",
                "For example “lends the room”.",
            ),
        ),
    ],
    order: &["organisation_name", "role"],
};
/// The same for records that are made here only.
pub(crate) const FOLLOW_UP_OF_OUR_OWN: Section = Section {
    fields: &[TAGS],
    ..FOLLOW_UP
};
