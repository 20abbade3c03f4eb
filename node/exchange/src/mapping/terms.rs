//! Terms of other lists, and ours that mean the same: data·inclusion in both versions, the census of partners, common words.

use super::key;

/// Returns our codes for a foreign term of one vocabulary. An empty list: the term says nothing.
pub(crate) fn ours(vocabulary: &str, foreign: &str) -> Option<&'static [&'static str]> {
    let table = match vocabulary {
        "access-modes" => ACCESS_MODES,
        "actor-natures" => ACTOR_NATURES,
        "audiences" => AUDIENCES,
        "costs" => COSTS,
        "disabilities" => DISABILITIES,
        "event-statuses" => EVENT_STATUSES,
        "initiative-natures" => INITIATIVE_NATURES,
        "initiative-statuses" => INITIATIVE_STATUSES,
        "themes" => THEMES,
        "territory-levels" => LEVELS,
        _ => return None,
    };
    // `categorie--sous-theme`: the category is what our themes speak of.
    let head = foreign.split_once("--").map_or(foreign, |(head, _)| head);
    let (whole, head) = (key(foreign), key(head));
    [whole, head].iter().find_map(|wanted| {
        let row = table
            .iter()
            .find(|(names, _)| names.contains(&wanted.as_str()));
        row.map(|(_, ours)| *ours)
    })
}

type Rows = &'static [(&'static [&'static str], &'static [&'static str])];

const THEMES: Rows = &[
    (
        &[
            "accesdroits",
            "droits",
            "accesauxdroitsetcitoyennete",
            "difficultesadministratives",
            "difficultesadministrativesoujuridiques",
        ],
        &["acces-aux-droits"],
    ),
    (&["aidantssante", "aidants"], &["aidants", "sante"]),
    (&["aidance"], &["aidants"]),
    (
        &[
            "emploiinsertion",
            "trouverunemploi",
            "preparersacandidature",
            "choisirunmetier",
            "creeruneentreprise",
            "entrepreneuriat",
            "souvriralinternational",
            "emploi",
            "formation",
            "seformer",
            "creationactivite",
        ],
        &["emploi-formation"],
    ),
    (
        &["liensseniors", "lienseniors", "seniors"],
        &["vieillissement"],
    ),
    (
        &["alimentation", "equipementetalimentation"],
        &["alimentation"],
    ),
    (
        &[
            "education",
            "jeunesse",
            "illettrisme",
            "lectureecriturecalcul",
            "apprendrefrancais",
            "gestiondesconflits",
        ],
        &["education-jeunesse"],
    ),
    (&["handicap", "accessibilite"], &["handicap-accessibilite"]),
    (
        &["famille", "gardedenfant", "enfance"],
        &["famille-enfance"],
    ),
    (
        &["logementhebergement", "hebergement", "habitat"],
        &["logement"],
    ),
    (
        &[
            "remobilisation",
            "accompagnementsocialetprofessionnelpersonnalise",
            "insertion",
        ],
        &["insertion"],
    ),
    (
        &["difficultesfinancieres", "gestionfinanciere", "solidarites"],
        &["solidarite"],
    ),
    (&["sports", "activitesphysiques"], &["sport"]),
    (
        &["ecologie", "transitionecologique", "developpementdurable"],
        &["environnement"],
    ),
    (&["inclusionnumerique"], &["numerique"]),
    (&["liensocial", "animation"], &["vie-locale"]),
];
const AUDIENCES: Rows = &[
    (&["touspublic", "toutpublic", "tous"], &["tous-publics"]),
    // No audience of ours means these.
    (
        &[
            "actifs",
            "adultes",
            "agentpublic",
            "alternants",
            "personnesensituationisolement",
            "personnesensituationjuridiquespecifique",
            "salaries",
        ],
        &[],
    ),
    (&["enfant", "enfance"], &["enfants"]),
    (&["jeune", "jeunes1626", "jeunes1626ans"], &["jeunes"]),
    (&["famillesenfants", "famille", "parents"], &["familles"]),
    (&["femme"], &["femmes"]),
    (
        &[
            "seniors65",
            "seniors65ans",
            "retraites",
            "personnesagees",
            "senior",
        ],
        &["seniors"],
    ),
    (
        &[
            "personnesensituationdehandicap",
            "personnehandicapee",
            "deficienceauditive",
            "deficiencevisuelle",
            "surdite",
        ],
        &["personnes-handicapees"],
    ),
    (
        &[
            "demandeursdemploi",
            "demandeuremploi",
            "chomeurs",
            "publiceninsertionprofessionnelle",
        ],
        &["demandeurs-emploi"],
    ),
    (&["etudiant"], &["etudiants"]),
    (
        &[
            "residentsqpvfrr",
            "residentsqpv",
            "habitantsqpv",
            "habitantsdesqpv",
        ],
        &["habitants-qpv"],
    ),
    (
        &[
            "refugiesetdemandeursasile",
            "personnesexilees",
            "migrants",
            "refugies",
        ],
        &["personnes-exilees"],
    ),
    (
        &[
            "beneficiairesdesminimassociaux",
            "personnesensituationprecaire",
            "precaires",
            "sansdomicilefixe",
            "personnesensituationdurgence",
        ],
        &["personnes-precaires"],
    ),
    (&["professionnel", "entreprises"], &["professionnels"]),
];
const INITIATIVE_NATURES: Rows = &[
    (&["atelier", "evenement", "lieu", "actions"], &["action"]),
    (&["projets"], &["projet"]),
    (
        &[
            "accompagnement",
            "aidefinanciere",
            "aidematerielle",
            "formation",
            "information",
            "services",
        ],
        &["service"],
    ),
];
const INITIATIVE_STATUSES: Rows = &[
    (
        &[
            "planifie",
            "planifiee",
            "prevu",
            "avenir",
            "enprojet",
            "programme",
        ],
        &["prevue"],
    ),
    (
        &["termine", "realise", "realisee", "fait", "fini"],
        &["terminee"],
    ),
    (
        &["abandonne", "abandonnee", "arrete", "annule", "annulee"],
        &["arretee"],
    ),
    (
        &["actif", "active", "encoursderealisation", "ouvert"],
        &["en-cours"],
    ),
    (&["averifier", "nonrenseigne"], &[]),
];
const EVENT_STATUSES: Rows = &[
    (
        &["scheduled", "programme", "avenir", "planifie", "enprojet"],
        &["prevu"],
    ),
    (&["cancelled", "annulee"], &["annule"]),
    (&["termine", "passe"], &["passe"]),
    (&["encours"], &["confirme"]),
    (&["averifier", "nonrenseigne"], &[]),
];
const COSTS: Rows = &[
    (
        &[
            "gratuitsouscondition",
            "gratuitsousconditions",
            "adhesion",
            "payant",
        ],
        &["payant"],
    ),
    (&["pasdecharge", "gratuite"], &["gratuit"]),
];
const ACCESS_MODES: Rows = &[
    (&["presentiel", "surplace"], &["en-presentiel"]),
    (&["distanciel", "enligne", "adistance"], &["a-distance"]),
];
const DISABILITIES: Rows = &[
    (&["nonrenseigne", "aucun"], &[]),
    (
        &[
            "intellectuel",
            "mentale",
            "handicapmental",
            "handicapintellectuel",
        ],
        &["mental"],
    ),
    (&["handicapmoteur", "motrice", "pmr"], &["moteur"]),
    (&["handicapauditif", "auditive", "surdite"], &["auditif"]),
    (&["handicapvisuel", "visuelle"], &["visuel"]),
    (&["handicappsychique"], &["psychique"]),
];
const ACTOR_NATURES: Rows = &[
    (
        &["associatif", "asso", "associationloi1901"],
        &["association"],
    ),
    (
        &[
            "collectivitelocale",
            "collectivitelocaleouterritoriale",
            "mairie",
            "commune",
        ],
        &["collectivite"],
    ),
    (&["etat", "servicesdeletat"], &["service-etat"]),
    (&["societe", "prive"], &["entreprise"]),
    // The import file of the register of associations: Simple, Declared, Recognised as useful to the public.
    (&["d", "s", "r"], &["association"]),
];
const LEVELS: Rows = &[
    (
        &["intercommunalite", "cc", "ca", "cu", "metropole"],
        &["epci"],
    ),
    (&["quartier", "quartierprioritaire"], &["qpv"]),
    (&["dep", "dept"], &["departement"]),
];

#[cfg(test)]
mod tests {
    use crdt_schema::record::{KINDS, Shape};

    use super::*;

    #[test]
    fn every_foreign_term_leads_to_terms_that_exist() {
        for (code, table) in [
            ("access-modes", ACCESS_MODES),
            ("actor-natures", ACTOR_NATURES),
            ("audiences", AUDIENCES),
            ("costs", COSTS),
            ("disabilities", DISABILITIES),
            ("event-statuses", EVENT_STATUSES),
            ("initiative-natures", INITIATIVE_NATURES),
            ("initiative-statuses", INITIATIVE_STATUSES),
            ("themes", THEMES),
            ("territory-levels", LEVELS),
        ] {
            let fields = KINDS.iter().flat_map(|kind| kind.fields());
            let vocabulary = fields
                .filter_map(|field| match field.shape {
                    Shape::Term(vocabulary) | Shape::Terms(vocabulary) => Some(vocabulary),
                    _ => None,
                })
                .find(|vocabulary| vocabulary.code == code)
                .expect("a field uses it");
            for (names, ours) in table {
                assert!(
                    ours.iter().all(|term| vocabulary.term(term).is_some()),
                    "{ours:?}"
                );
                assert!(names.iter().all(|name| key(name) == *name), "{names:?}");
            }
        }
    }

    #[test]
    fn a_category_stands_for_its_themes() {
        assert_eq!(
            ours("themes", "trouver-un-emploi--conseils"),
            Some(&["emploi-formation"][..])
        );
        assert_eq!(ours("themes", "divers"), None);
        assert_eq!(ours("themes", ""), None);
    }
}
