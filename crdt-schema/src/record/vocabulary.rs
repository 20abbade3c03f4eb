//! Controlled lists. A term has a code, which edits write, and a wording in each language, which pages show.

use crate::record::{Wording, wording};

/// A controlled list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vocabulary {
    /// Stable code.
    pub code: &'static str,
    /// The terms, in the order in which forms offer them.
    pub terms: &'static [Term],
}

/// One notion of a vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// What edits write.
    pub code: &'static str,
    /// What people read.
    pub wording: Wording,
}

impl Vocabulary {
    /// Returns the term with this code.
    pub fn term(&self, code: &str) -> Option<&'static Term> {
        self.terms.iter().find(|term| term.code == code)
    }

    /// Returns the term that a person or a file means: by code, or by its wording in either language, without regard to case,
    /// accents and the signs between words.
    pub fn meant(&self, text: &str) -> Option<&'static Term> {
        let wanted = folded(text);
        self.terms.iter().find(|term| {
            [term.code, term.wording.fr, term.wording.en]
                .iter()
                .any(|name| folded(name) == wanted)
        })
    }
}

/// Lower case, no accents, one space where there was anything but letters and digits.
pub fn folded(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let mut folded = String::with_capacity(text.len());
    for letter in text
        .nfkd()
        .filter(|letter| !is_combining(*letter))
        .flat_map(char::to_lowercase)
    {
        if letter.is_alphanumeric() {
            folded.push(letter);
        } else if !folded.ends_with(' ') && !folded.is_empty() {
            folded.push(' ');
        }
    }
    folded.trim_end().to_owned()
}

fn is_combining(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

macro_rules! vocabulary {
    ($name:ident, $code:literal, [$($term:literal, $fr:literal, $en:literal;)*]) => {
        pub(crate) const $name: Vocabulary = Vocabulary {
            code: $code,
            terms: &[$(Term { code: $term, wording: wording($fr, $en) }),*],
        };
    };
}

vocabulary!(THEMES, "themes", [
    "acces-aux-droits", "Accès aux droits", "Access to rights";
    "aidants", "Aidants", "Carers";
    "alimentation", "Alimentation", "Food";
    "citoyennete", "Citoyenneté", "Citizenship";
    "culture", "Culture", "Culture";
    "education-jeunesse", "Éducation et jeunesse", "Education and youth";
    "emploi-formation", "Emploi et formation", "Work and training";
    "environnement", "Environnement", "Environment";
    "famille-enfance", "Famille et enfance", "Family and childhood";
    "handicap-accessibilite", "Handicap et accessibilité", "Disability and accessibility";
    "insertion", "Insertion", "Inclusion";
    "logement", "Logement", "Housing";
    "mobilite", "Mobilité", "Mobility";
    "numerique", "Numérique", "Digital";
    "sante", "Santé", "Health";
    "solidarite", "Solidarité", "Solidarity";
    "sport", "Sport", "Sport";
    "vie-locale", "Vie locale", "Local life";
    "vieillissement", "Avancée en âge", "Ageing";
]);

vocabulary!(AUDIENCES, "audiences", [
    "tous-publics", "Tous publics", "Everyone";
    "enfants", "Enfants", "Children";
    "jeunes", "Jeunes", "Young people";
    "familles", "Familles", "Families";
    "femmes", "Femmes", "Women";
    "seniors", "Seniors", "Older people";
    "personnes-handicapees", "Personnes en situation de handicap", "Disabled people";
    "aidants", "Aidants", "Carers";
    "demandeurs-emploi", "Demandeurs d'emploi", "Job seekers";
    "etudiants", "Étudiants", "Students";
    "habitants-qpv", "Habitants des quartiers prioritaires", "People of priority neighbourhoods";
    "personnes-exilees", "Personnes exilées", "Exiled people";
    "personnes-precaires", "Personnes en situation de précarité", "People in hardship";
    "professionnels", "Professionnels", "Professionals";
    "benevoles", "Bénévoles", "Volunteers";
]);

vocabulary!(ACTOR_NATURES, "actor-natures", [
    "service-etat", "Service de l'État", "State service";
    "collectivite", "Collectivité territoriale", "Local authority";
    "association", "Association", "Association";
    "entreprise", "Entreprise", "Company";
    "etablissement", "Établissement public", "Public establishment";
    "medico-social", "Structure médico-sociale", "Medico-social structure";
    "collectif", "Collectif", "Collective";
]);

vocabulary!(INITIATIVE_NATURES, "initiative-natures", [
    "projet", "Projet", "Project";
    "action", "Action", "Action";
    "dispositif", "Dispositif", "Scheme";
    "service", "Service", "Service";
]);

vocabulary!(INITIATIVE_STATUSES, "initiative-statuses", [
    "idee", "Idée", "Idea";
    "prevue", "Prévue", "Planned";
    "en-cours", "En cours", "Running";
    "terminee", "Terminée", "Done";
    "arretee", "Arrêtée", "Stopped";
]);

vocabulary!(EVENT_STATUSES, "event-statuses", [
    "prevu", "Prévu", "Planned";
    "confirme", "Confirmé", "Confirmed";
    "reporte", "Reporté", "Postponed";
    "complet", "Complet", "Full";
    "annule", "Annulé", "Cancelled";
    "passe", "Passé", "Past";
]);

vocabulary!(DISABILITIES, "disabilities", [
    "auditif", "Auditif", "Hearing";
    "visuel", "Visuel", "Sight";
    "moteur", "Moteur", "Motor";
    "mental", "Intellectuel", "Intellectual";
    "psychique", "Psychique", "Mental health";
    "autisme", "Troubles du spectre de l'autisme", "Autism";
    "dys", "Troubles dys", "Learning disorders";
    "polyhandicap", "Polyhandicap", "Multiple disabilities";
]);

vocabulary!(COSTS, "costs", [
    "gratuit", "Gratuit", "Free";
    "payant", "Payant", "Paid";
]);

vocabulary!(ACCESS_MODES, "access-modes", [
    "en-presentiel", "En présentiel", "On site";
    "a-distance", "À distance", "At a distance";
]);

vocabulary!(JOINING, "joining", [
    "se-presenter", "Se présenter", "Come in";
    "telephoner", "Téléphoner", "Call";
    "envoyer-un-courriel", "Envoyer un courriel", "Write a mail";
    "utiliser-lien-mobilisation", "Utiliser le lien", "Use the link";
]);

vocabulary!(SIRET_STATUSES, "siret-statuses", [
    "inconnu", "Inconnu", "Unknown";
    "actif", "Actif", "Active";
    "ferme", "Fermé", "Closed";
    "remplace", "Remplacé par un autre", "Succeeded by another";
]);

vocabulary!(SERVICE_TYPES, "service-types", [
    "accompagnement", "Accompagnement", "Support";
    "aide-financiere", "Aide financière", "Financial aid";
    "aide-materielle", "Aide matérielle", "Material aid";
    "atelier", "Atelier", "Workshop";
    "formation", "Formation", "Training";
    "information", "Information", "Information";
]);

vocabulary!(MOBILISERS, "mobilisers", [
    "usagers", "Les personnes elles-mêmes", "The people themselves";
    "professionnels", "Les professionnels", "Professionals";
]);

vocabulary!(TERRITORY_LEVELS, "territory-levels", [
    "commune", "Commune", "Commune";
    "arrondissement-municipal", "Arrondissement municipal", "Municipal arrondissement";
    "epci", "Intercommunalité (EPCI)", "EPCI";
    "departement", "Département", "Département";
    "region", "Région", "Région";
    "qpv", "Quartier prioritaire (QPV)", "Priority neighbourhood";
    "autre", "Autre périmètre", "Other perimeter";
]);

vocabulary!(GROUP_NATURES, "group-natures", [
    "groupe-travail", "Groupe de travail", "Working group";
    "comite", "Comité", "Committee";
    "conseil", "Conseil", "Council";
    "reseau", "Réseau", "Network";
    "atelier", "Atelier", "Workshop";
]);

vocabulary!(GROUP_STATUSES, "group-statuses", [
    "actif", "Actif", "Active";
    "en-sommeil", "En sommeil", "Dormant";
    "clos", "Clos", "Closed";
]);

vocabulary!(CONTRIBUTION_NATURES, "contribution-natures", [
    "note", "Note", "Note";
    "avis", "Avis", "Opinion";
    "synthese", "Synthèse", "Synthesis";
    "fiche-methode", "Fiche méthode", "Method sheet";
    "reponse-saisine", "Réponse à une saisine", "Answer to a referral";
]);

vocabulary!(CONTRIBUTION_STATES, "contribution-states", [
    "brouillon", "Brouillon", "Draft";
    "en-relecture", "En relecture", "Under review";
    "adopte", "Adopté", "Adopted";
    "publie", "Publié", "Published";
]);

vocabulary!(REFERRAL_STATES, "referral-states", [
    "recue", "Reçue", "Received";
    "en-cours", "En cours", "Being answered";
    "repondue", "Répondue", "Answered";
    "retiree", "Retirée", "Withdrawn";
]);

vocabulary!(CALL_STATUSES, "call-statuses", [
    "en-preparation", "En préparation", "In preparation";
    "ouvert", "Ouvert", "Open";
    "en-instruction", "En instruction", "Being examined";
    "decide", "Décidé", "Decided";
    "clos", "Clos", "Closed";
]);

vocabulary!(APPLICATION_DECISIONS, "application-decisions", [
    "en-attente", "En attente", "Waiting";
    "accordee", "Accordée", "Granted";
    "refusee", "Refusée", "Refused";
    "ajournee", "Ajournée", "Put off";
    "abandonnee", "Abandonnée", "Given up";
]);

vocabulary!(GRANT_NATURES, "grant-natures", [
    "numeraire", "Aide en numéraire", "In money";
    "nature", "Aide en nature", "In kind";
]);

vocabulary!(SOURCE_FORMATS, "source-formats", [
    "csv", "CSV", "CSV";
    "json", "JSON", "JSON";
    "geojson", "GeoJSON", "GeoJSON";
    "xlsx", "Classeur XLSX", "XLSX workbook";
    "icalendar", "Agenda iCalendar", "iCalendar";
    "atom", "Flux Atom ou RSS", "Atom or RSS feed";
    "data-inclusion", "data·inclusion", "data·inclusion";
    "openagenda", "OpenAgenda", "OpenAgenda";
]);

vocabulary!(LICENCES, "licences", [
    "licence-ouverte-2", "Licence Ouverte 2.0", "Open Licence 2.0 (Etalab)";
    "odbl-1", "ODbL 1.0", "ODbL 1.0";
    "cc0-1", "CC0 1.0", "CC0 1.0";
    "cc-by-4", "CC BY 4.0", "CC BY 4.0";
    "cc-by-sa-4", "CC BY-SA 4.0", "CC BY-SA 4.0";
    "usage-interne", "Usage interne", "Internal use";
    "tous-droits-reserves", "Tous droits réservés", "All rights reserved";
]);

/// The licences under which nothing leaves for everyone.
pub(crate) const CLOSED_LICENCES: [&str; 2] = ["usage-interne", "tous-droits-reserves"];

vocabulary!(FREQUENCIES, "frequencies", [
    "a-la-demande", "À la demande", "On request";
    "chaque-jour", "Chaque jour", "Every day";
    "chaque-semaine", "Chaque semaine", "Every week";
    "chaque-mois", "Chaque mois", "Every month";
]);

vocabulary!(PROPOSAL_ORIGINS, "proposal-origins", [
    "public", "Envoyée par le public", "Sent by the public";
    "source", "Vue dans une source suivie", "Seen in a watched source";
    "partenaire", "Signalée par un partenaire", "Reported by a partner";
]);

vocabulary!(PROPOSAL_STATES, "proposal-states", [
    "a-qualifier", "À qualifier", "To qualify";
    "retenue", "Retenue", "Kept";
    "ecartee", "Écartée", "Set aside";
]);

/// Where a commitment stands. The program acts on these terms: no act words others.
pub const COMMITMENT_STATES: Vocabulary = Vocabulary {
    code: "commitment-states",
    terms: &[
        Term {
            code: "todo",
            wording: wording("À faire", "To do"),
        },
        Term {
            code: "doing",
            wording: wording("En cours", "In progress"),
        },
        Term {
            code: "done",
            wording: wording("Fait", "Done"),
        },
        Term {
            code: "dropped",
            wording: wording("Abandonné", "Dropped"),
        },
    ],
};

vocabulary!(RECORD_KINDS, "record-kinds", [
    "actor", "Acteur", "Actor";
    "initiative", "Initiative", "Initiative";
    "event", "Événement", "Event";
    "meeting", "Rencontre", "Meeting";
    "call", "Appel à projets", "Call for projects";
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_found_by_code_and_by_either_wording() {
        for text in [
            "education-jeunesse",
            "Éducation et jeunesse",
            "EDUCATION ET JEUNESSE",
            " education and youth",
        ] {
            assert_eq!(
                THEMES.meant(text).map(|term| term.code),
                Some("education-jeunesse"),
                "{text}"
            );
        }
        assert_eq!(THEMES.meant("éducation"), None);
        assert_eq!(THEMES.meant(""), None);
    }
}
