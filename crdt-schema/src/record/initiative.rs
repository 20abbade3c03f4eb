//! `initiative`: a project, an action, a scheme or a service.

use crate::record::common::{
    ADDRESS, AUDIENCES_FIELD, COMMUNE, COMMUNE_NAME, DESCRIPTION, EMAIL, FOLLOW_UP, NAME,
    OPENING_HOURS, PARTNER_ROLES, PHONE, POINT, POSTAL_CODE, QPV, SUMMARY, THEMES_FIELD, WEBSITE,
};
use crate::record::rows::{column, link};
use crate::record::vocabulary::{
    ACCESS_MODES, COSTS, DISABILITIES, INITIATIVE_NATURES, INITIATIVE_STATUSES, JOINING,
    MOBILISERS, SERVICE_TYPES,
};
use crate::record::{Field, Kind, Rows, Section, Shape, internal, public, wording};

pub(crate) const INITIATIVE: Kind = Kind {
    code: "initiative",
    wording: wording("Initiative", "Initiative"),
    plural: wording("Initiatives", "Initiatives"),
    sections: &[
        Section {
            code: "identity",
            wording: wording("Identité", "Identity"),
            fields: &[
                NAME,
                NATURE,
                SERVICE_TYPE,
                STATUS,
                SUMMARY,
                DESCRIPTION,
                THEMES_FIELD,
                FALC,
            ],
        },
        Section {
            code: "people",
            wording: wording("Porteur et publics", "Holder and audiences"),
            fields: &[
                HOLDER,
                HOLDER_NAME,
                PARTNERS,
                PARTNER_NAMES,
                PARTNER_ROLES,
                AUDIENCES_FIELD,
                DISABILITIES_FIELD,
            ],
        },
        Section {
            code: "place",
            wording: wording("Lieu", "Place"),
            fields: &[
                ADDRESS,
                POSTAL_CODE,
                COMMUNE,
                COMMUNE_NAME,
                QPV,
                POINT,
                OTHER_PLACES,
                ELIGIBILITY_ZONE,
            ],
        },
        Section {
            code: "access",
            wording: wording("Dates et accès", "Dates and access"),
            fields: &[
                STARTS,
                ENDS,
                RECURRENCE,
                COST,
                COST_DETAIL,
                ACCESS,
                JOINING_FIELD,
                MOBILISABLE_BY,
                CONDITIONS,
                OPENING_HOURS,
                WEBSITE,
                PHONE,
                EMAIL,
            ],
        },
        Section {
            code: "means",
            wording: wording("Moyens et résultats", "Means and results"),
            fields: &[
                BUDGET,
                GRANT,
                FUNDERS,
                FUNDING_LINES,
                SCHEMES,
                EXPECTED_PEOPLE,
                REACHED_PEOPLE,
                RESULTS,
            ],
        },
        FOLLOW_UP,
    ],
};

const NATURE: Field = public(
    "nature",
    Shape::Term(&INITIATIVE_NATURES),
    wording("Nature", "Nature"),
    wording(
        "Projet, action, dispositif ou service.",
        "Project, action, scheme or service.",
    ),
);
const SERVICE_TYPE: Field = public(
    "service_type",
    Shape::Term(&SERVICE_TYPES),
    wording("Type de service", "Type of service"),
    wording(
        "Ce qu'un service ou une action apporte surtout, par exemple « Atelier ».",
        "What a service or an action is most of all, for example “Workshop”.",
    ),
);
const STATUS: Field = public(
    "status",
    Shape::Term(&INITIATIVE_STATUSES),
    wording("État", "Status"),
    wording(
        "Où en est l'initiative aujourd'hui.",
        "Where it stands today.",
    ),
);
const FALC: Field = public(
    "plain_summary",
    Shape::LongText,
    wording(
        "Résumé facile à lire et à comprendre (FALC)",
        "Easy-to-read summary",
    ),
    wording(
        "Phrases courtes, mots simples, une idée par phrase.",
        "Short sentences, simple words, one idea each.",
    ),
);
const HOLDER: Field = public(
    "holder",
    Shape::Record(&["actor"]),
    wording("Porteur", "Holder"),
    wording(
        "La fiche de l'organisme porteur.",
        "The record of the organisation that holds it.",
    ),
);
const HOLDER_NAME: Field = public(
    "holder_name",
    Shape::Text,
    wording("Nom du porteur", "Name of the holder"),
    wording(
        "Quand le porteur n'a pas encore de fiche.",
        "While the holder has no record.",
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
const PARTNER_NAMES: Field = public(
    "partner_names",
    Shape::Words,
    wording("Autres partenaires", "Other partners"),
    wording(
        "Ceux qui n'ont pas de fiche, séparés par « | ».",
        "Those without a record, separated by “|”.",
    ),
);
const DISABILITIES_FIELD: Field = public(
    "disabilities",
    Shape::Terms(&DISABILITIES),
    wording("Handicaps concernés", "Disabilities"),
    wording(
        "Pour quels handicaps l'action est pensée.",
        "The disabilities that it is made for.",
    ),
);
const ELIGIBILITY_ZONE: Field = public(
    "eligibility_zone",
    Shape::Zones,
    wording("Zone d'éligibilité", "Eligibility zone"),
    wording(
        "Codes avec leur niveau, séparés par « | », par exemple « DEP-45 | COM-45155 », ou « france ».",
        "Codes with their level, separated by “|”, for example “DEP-45 | COM-45155”, or “france”.",
    ),
);
const STARTS: Field = public(
    "starts",
    Shape::Date,
    wording("Début", "Start"),
    wording(
        "AAAA-MM-JJ ou JJ/MM/AAAA, par exemple « 2026-07-06 ».",
        "Year, month, day.",
    ),
);
const ENDS: Field = public(
    "ends",
    Shape::Date,
    wording("Fin", "End"),
    wording("AAAA-MM-JJ ou JJ/MM/AAAA.", "Year, month, day."),
);
const RECURRENCE: Field = public(
    "recurrence",
    Shape::Text,
    wording("Récurrence", "Recurrence"),
    wording(
        "Par exemple « tous les mercredis hors vacances ».",
        "For example “every Wednesday”.",
    ),
);
const COST: Field = public(
    "cost",
    Shape::Term(&COSTS),
    wording("Frais", "Cost"),
    wording(
        "Ce que paie la personne accueillie.",
        "What the person pays.",
    ),
);
const COST_DETAIL: Field = public(
    "cost_detail",
    Shape::Text,
    wording("Précisions sur les frais", "About the cost"),
    wording(
        "Par exemple « 5 € par séance ».",
        "For example “5 € a session”.",
    ),
);
const ACCESS: Field = public(
    "access_modes",
    Shape::Terms(&ACCESS_MODES),
    wording("Modes d'accueil", "Access modes"),
    wording("Sur place ou à distance.", "On site or at a distance."),
);
const JOINING_FIELD: Field = public(
    "joining",
    Shape::Terms(&JOINING),
    wording("Comment participer", "How to join"),
    wording("Les façons de se manifester.", "The ways to get in touch."),
);
const MOBILISABLE_BY: Field = public(
    "mobilisable_by",
    Shape::Terms(&MOBILISERS),
    wording("Mobilisable par", "Who can mobilise it"),
    wording(
        "Qui peut s'adresser au service : les personnes, les professionnels qui les orientent, ou les deux.",
        "Who may turn to the service: people, professionals who refer them, or both.",
    ),
);
const CONDITIONS: Field = public(
    "conditions",
    Shape::Text,
    wording("Conditions d'accès", "Conditions"),
    wording(
        "Âge, inscription, lieu de résidence…",
        "Age, registration, residence…",
    ),
);
const BUDGET: Field = internal(
    "budget",
    Shape::Decimal,
    wording("Budget total (€)", "Budget (€)"),
    wording("Un montant, par exemple « 12500,50 ».", "An amount."),
);
const GRANT: Field = internal(
    "grant",
    Shape::Decimal,
    wording("Subvention (€)", "Grant (€)"),
    wording("Un montant, par exemple « 4000 ».", "An amount."),
);
const FUNDERS: Field = public(
    "funders",
    Shape::Words,
    wording("Financeurs", "Funders"),
    wording("Séparés par « | ».", "Separated by “|”."),
);
const FUNDING_LINES: Field = internal(
    "funding_lines",
    Shape::Rows(&FUNDING_ROWS),
    wording("Financements", "Funding"),
    wording(
        "Une ligne pour chaque financeur et chaque année.",
        "A line for each funder and each year.",
    ),
);
const FUNDING_ROWS: Rows = Rows {
    one: wording("Financement", "Funding line"),
    led: wording("Financements", "Funding"),
    columns: &[
        link(
            "funder",
            "funder_name",
            wording("Financeur", "Funder"),
            wording(
                "L'organisme qui finance, s'il a une fiche.",
                "The organisation that pays, if it has a record.",
            ),
        ),
        column(
            "funder_name",
            Shape::Text,
            wording("Financeur sans fiche", "Funder without a record"),
            wording("Son nom.", "Its name."),
        ),
        column(
            "scheme",
            Shape::Text,
            wording("Dispositif", "Scheme"),
            wording(
                "Par exemple « Contrat de ville ».",
                "For example “Contrat de ville”.",
            ),
        ),
        column(
            "year",
            Shape::Integer,
            wording("Année", "Year"),
            wording("Par exemple « 2026 ».", "For example “2026”."),
        ),
        column(
            "asked",
            Shape::Decimal,
            wording("Montant demandé (€)", "Amount asked (€)"),
            wording("Un montant, par exemple « 4000 ».", "An amount."),
        ),
        column(
            "granted",
            Shape::Decimal,
            wording("Montant accordé (€)", "Amount granted (€)"),
            wording("Un montant, par exemple « 2500,50 ».", "An amount."),
        ),
    ],
    order: &["year", "funder_name", "scheme"],
};
/// Where an initiative takes place beside its first place, which has fields of its own.
const OTHER_PLACES: Field = public(
    "other_places",
    Shape::Rows(&PLACE_ROWS),
    wording("Autres lieux", "Other places"),
    wording(
        "Quand l'initiative se tient à plusieurs endroits : les champs du lieu disent le premier.",
        "Where the initiative takes place elsewhere too: the fields of the place say the first one.",
    ),
);
const PLACE_ROWS: Rows = Rows {
    one: wording("Lieu", "Place"),
    led: wording("Autres lieux", "Other places"),
    columns: &[
        column(
            "name",
            Shape::Text,
            wording("Nom du lieu", "Name of the place"),
            wording(
                "Par exemple « Salle des fêtes ».",
                "For example “Village hall”.",
            ),
        ),
        column(
            "address",
            Shape::Text,
            wording("Adresse", "Address"),
            wording("Numéro et rue.", "Number and street."),
        ),
        column(
            "postal_code",
            Shape::PostalCode,
            wording("Code postal", "Postal code"),
            wording("Cinq chiffres.", "Five digits."),
        ),
        column(
            "commune_name",
            Shape::Text,
            wording("Nom de la commune", "Name of the commune"),
            wording("Par exemple « Gien ».", "For example “Gien”."),
        ),
        column(
            "commune",
            Shape::Commune,
            wording("Commune (code INSEE)", "Commune (INSEE code)"),
            wording(
                "Le code INSEE, le nom, ou le code postal et le nom, par exemple « 45500 Gien ».",
                "The INSEE code, the name, or the postal code and the name.",
            ),
        ),
        column(
            "point",
            Shape::Point,
            wording("Position", "Position"),
            wording(
                "Latitude, longitude, par exemple « 47.69, 2.63 ».",
                "Latitude, longitude.",
            ),
        ),
    ],
    order: &["name", "address"],
};
const SCHEMES: Field = public(
    "national_schemes",
    Shape::Words,
    wording("Dispositifs nationaux", "National schemes"),
    wording(
        "Par exemple « Quartiers d'été | Cité éducative ».",
        "National schemes, separated by “|”.",
    ),
);
const EXPECTED_PEOPLE: Field = internal(
    "expected_people",
    Shape::Integer,
    wording("Bénéficiaires prévus", "People expected"),
    wording("Un nombre entier.", "A whole number."),
);
const REACHED_PEOPLE: Field = internal(
    "reached_people",
    Shape::Integer,
    wording("Bénéficiaires touchés", "People reached"),
    wording("Un nombre entier.", "A whole number."),
);
const RESULTS: Field = internal(
    "results",
    Shape::LongText,
    wording("Résultats", "Results"),
    wording("Ce que l'initiative a changé.", "What it has changed."),
);
