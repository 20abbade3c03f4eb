//! What is said of records that leave for data·inclusion, in French sentences like those of imports.

use serde::Serialize;

/// Why a record is no structure or service.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum LeftOut {
    /// Nothing says when it changed, or a clock before 2000.
    DateMissing,
    /// A service needs a description of five characters.
    DescriptionMissing,
    /// The actor that holds it is no structure itself.
    HolderLeftOut,
    /// No record of an actor holds it.
    HolderMissing,
    /// The record of the actor that holds it is withdrawn, and nothing stands in its place.
    HolderWithdrawn,
    /// The licence of its source is closed.
    LicenceClosed,
    /// A name has three characters at least.
    NameShort,
    /// It is withdrawn.
    Withdrawn,
}

impl LeftOut {
    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            LeftOut::DateMissing => "date_missing",
            LeftOut::DescriptionMissing => "description_missing",
            LeftOut::HolderLeftOut => "holder_left_out",
            LeftOut::HolderMissing => "holder_missing",
            LeftOut::HolderWithdrawn => "holder_withdrawn",
            LeftOut::LicenceClosed => "licence_closed",
            LeftOut::NameShort => "name_short",
            LeftOut::Withdrawn => "withdrawn",
        }
    }

    /// Returns the sentence.
    pub fn reason(self) -> &'static str {
        match self {
            LeftOut::DateMissing => {
                "Aucune modification datée après l'an 2000 : data·inclusion exige une date de mise à jour."
            }
            LeftOut::DescriptionMissing => {
                "Il manque une description ou un résumé de cinq caractères au moins."
            }
            LeftOut::HolderLeftOut => {
                "La fiche du porteur ne peut pas partir elle-même : complétez-la."
            }
            LeftOut::HolderMissing => "Aucune fiche d'acteur n'est indiquée comme porteur.",
            LeftOut::HolderWithdrawn => {
                "La fiche du porteur est retirée et rien ne la remplace : indiquez un autre porteur."
            }
            LeftOut::LicenceClosed => {
                "La licence de sa source est fermée : elle reste entre partenaires."
            }
            LeftOut::NameShort => "Le nom n'a pas trois caractères.",
            LeftOut::Withdrawn => "La fiche est retirée.",
        }
    }
}

/// What of a record did not come along, or changed on the way.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Notice {
    /// Stable code.
    pub code: &'static str,
    /// The field of data·inclusion.
    pub field: String,
    /// What the record says.
    pub value: String,
    /// French sentence.
    pub reason: &'static str,
}

impl Notice {
    pub(super) fn new(code: &'static str, field: &str, value: &str) -> Self {
        let reason = match code {
            "contact_in_text" => {
                "Ce texte contient un courriel ou un téléphone : il n'est pas repris."
            }
            "commune_unknown" => "Ce code n'est plus celui d'une commune : il n'est pas repris.",
            "description_cut" => "La description est coupée à 10 000 caractères.",
            "description_short" => {
                "La description n'a pas cinq caractères : elle n'est pas reprise."
            }
            "link_unfit" => {
                "Cette adresse n'a pas la forme d'un lien (RFC 3986) : elle n'est pas reprise."
            }
            "hours_invalid" => {
                "Ces horaires n'ont pas la forme d'OpenStreetMap : ils ne sont pas repris. La fiche modifiée en propose une."
            }
            "mail_invalid" => "Ce courriel n'est pas valide : il n'est pas repris.",
            "name_cut" => "Le nom est coupé à 150 caractères.",
            "network_unknown" => {
                "Ce réseau n'est pas dans la liste de data·inclusion : il n'est pas repris."
            }
            "number_unfit" => {
                "Ce nombre n'est pas de ceux que data·inclusion admet : il n'est pas repris."
            }
            "postal_code_invalid" => "Ce code postal n'a pas cinq chiffres : il n'est pas repris.",
            "siret_invalid" => "Ce SIRET n'est pas valide : il n'est pas repris.",
            "term_broader" => {
                "La liste de data·inclusion n'a pas de terme aussi large : celui-ci n'est pas repris."
            }
            "term_unmapped" => {
                "Ce terme de la fédération n'a pas de correspondance dans data·inclusion : il n'est pas repris. Une coordination peut l'indiquer sur la page des termes."
            }
            "types_several" => "data·inclusion n'admet ici qu'une valeur : aucune n'est reprise.",
            "value_unknown" => {
                "Ce terme n'est pas dans la liste de data·inclusion : il n'est pas repris."
            }
            "zone_unknown" => {
                "Ce territoire n'est pas dans les listes officielles : il n'est pas repris."
            }
            _ => "Cette valeur n'est pas reprise.",
        };
        Self {
            code,
            field: field.to_owned(),
            value: value.chars().take(VALUE_CHARS_MAX).collect(),
            reason,
        }
    }
}

/// Enough to find the value in its record.
const VALUE_CHARS_MAX: usize = 200;
