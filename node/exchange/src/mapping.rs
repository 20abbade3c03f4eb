//! Which column goes to which field: found by name, or said by the person.

use crdt_schema::record::{KINDS, Kind};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::synonyms::{PERSONAL, SYNONYMS};
use crate::table::Column;

/// Where the cells of a column go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// To a field of the kind.
    Field(&'static str),
    /// One half of the position.
    Latitude,
    /// The other half of the position.
    Longitude,
    /// To a field that no kind knows: kept as it is, and exported again.
    Extra(String),
    /// The name of a person, or a way to reach one: never put into a record.
    Personal,
    /// Names the record in a file that we exported.
    Record,
    /// What we add to our own exports, and do not read back.
    Nothing,
}

/// The columns of a table, each with its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The kind of the records.
    pub kind: &'static Kind,
    /// For each column of the table, in their order.
    pub targets: Vec<Target>,
}

/// A wish of the person that cannot be met.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// The kind has no such field.
    #[error("le genre « {kind} » n'a pas de champ « {field} » : champs connus : {known}")]
    FieldUnknown {
        /// The kind.
        kind: String,
        /// The field that was asked for.
        field: String,
        /// Those that there are.
        known: String,
    },
    /// The file has no such column.
    #[error("le fichier n'a pas de colonne « {0} »")]
    ColumnUnknown(String),
    /// No kind has this code.
    #[error("le genre « {0} » n'existe pas : actor, initiative, event ou territory")]
    KindUnknown(String),
    /// No column gives the name of the records.
    #[error(
        "aucune colonne ne donne le nom des fiches : dites laquelle, par exemple --column \"Intitulé=name\""
    )]
    NameMissing,
}

impl MappingError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            MappingError::FieldUnknown { .. } => "field_unknown",
            MappingError::ColumnUnknown(_) => "column_unknown",
            MappingError::KindUnknown(_) => "kind_unknown",
            MappingError::NameMissing => "name_missing",
        }
    }
}

impl Mapping {
    /// Finds a target for each column. `wishes` are pairs of a column's name and a field, and go first.
    pub fn find(
        columns: &[Column],
        kind: Option<&str>,
        wishes: &[(String, String)],
    ) -> Result<Self, MappingError> {
        let kind = match kind {
            Some(code) => {
                Kind::parse(code).ok_or_else(|| MappingError::KindUnknown(code.to_owned()))?
            }
            None => guessed_kind(columns),
        };
        // « commune » alone is a name; beside a column of names, as in our own exports, it is the code.
        let has_names = columns
            .iter()
            .any(|column| plain_name(&column.name) == "commune name");
        let named = |name: String| {
            if name == "commune" && !has_names {
                "commune name".to_owned()
            } else {
                name
            }
        };
        let mut targets: Vec<Target> = columns
            .iter()
            .map(|column| target(kind, &named(plain_name(&column.name))))
            .collect();
        for (name, field) in wishes {
            let wanted = plain_name(name);
            let at = columns
                .iter()
                .position(|column| plain_name(&column.name) == wanted);
            let at = at.ok_or_else(|| MappingError::ColumnUnknown(name.clone()))?;
            targets[at] = wished(kind, field)?;
        }
        keep_first(&mut targets, columns);
        let mapping = Self { kind, targets };
        if mapping.column_of("name").is_none() {
            Err(MappingError::NameMissing)
        } else {
            Ok(mapping)
        }
    }

    /// Returns the column that goes to a field.
    pub fn column_of(&self, field: &str) -> Option<usize> {
        self.targets
            .iter()
            .position(|target| matches!(target, Target::Field(name) if *name == field))
    }

    /// Returns the column with this target.
    pub fn column_with(&self, target: &Target) -> Option<usize> {
        self.targets.iter().position(|each| each == target)
    }
}

/// Two columns for one field: the first one goes there, the other is kept beside it.
fn keep_first(targets: &mut [Target], columns: &[Column]) {
    for at in 1..targets.len() {
        let is_taken = matches!(
            targets[at],
            Target::Field(_) | Target::Latitude | Target::Longitude | Target::Record
        ) && targets[..at].contains(&targets[at]);
        if is_taken {
            targets[at] = extra(&plain_name(&columns[at].name));
        }
    }
}

fn wished(kind: &'static Kind, field: &str) -> Result<Target, MappingError> {
    match field {
        "latitude" => return Ok(Target::Latitude),
        "longitude" => return Ok(Target::Longitude),
        "-" => return Ok(Target::Nothing),
        _ => {}
    }
    if let Some(found) = kind.field(field) {
        return Ok(Target::Field(found.name));
    }
    if field.starts_with("x_") {
        return Ok(Target::Extra(field.to_owned()));
    }
    let known: Vec<&str> = kind.fields().map(|field| field.name).collect();
    Err(MappingError::FieldUnknown {
        kind: kind.code.to_owned(),
        field: field.to_owned(),
        known: known.join(", "),
    })
}

/// The kind whose own names are met most; a structure when nothing speaks for another.
fn guessed_kind(columns: &[Column]) -> &'static Kind {
    let has = |names: &[&str]| {
        columns
            .iter()
            .filter(|column| names.contains(&plain_name(&column.name).as_str()))
            .count()
    };
    let event = has(&[
        "etat",
        "lieu",
        "organisateur",
        "capacite",
        "datedebut",
        "date debut",
        "title",
        "timings",
        "evenement",
        "nom de la manifestation",
        "firstdate begin",
        "mois habituel de debut",
    ]);
    let initiative = has(&[
        "porteur",
        "porteur nom",
        "statut",
        "description",
        "titre",
        "dispositif",
        "budget total",
        "frais",
        "thematiques",
        "nom du projet",
        "objet",
        "montant",
        "structure porteuse",
        "structure id",
        "type initiative",
        "date debut",
    ]);
    let territory = has(&[
        "codgeo",
        "libgeo",
        "code qp",
        "code qpv",
        "nom qp",
        "population",
        "code",
        "echelon",
    ]);
    let actor = has(&[
        "siret",
        "nature",
        "rna",
        "telephone",
        "courriel",
        "mail",
        "horaires",
        "code postal",
        "site web",
        "nom de la structure",
        "structure nom",
        "typologie",
        "lib fs",
        "objet social1",
    ]);
    let code = if event > initiative && event > actor && event >= 2 {
        "event"
    } else if territory > actor && territory > initiative && territory >= 2 {
        "territory"
    } else if initiative > actor {
        "initiative"
    } else {
        "actor"
    };
    KINDS
        .iter()
        .copied()
        .find(|kind| kind.code == code)
        .expect("the four kinds are known")
}

fn target(kind: &Kind, name: &str) -> Target {
    if PERSONAL.contains(&name) || name.contains("prenom") || name.contains("referent") {
        return Target::Personal;
    }
    match name {
        "record" => return Target::Record,
        "conflicts" => return Target::Nothing,
        "latitude" | "lat" | "geo lat" | "y" | "adresse latitude" => return Target::Latitude,
        "longitude" | "lon" | "long" | "lng" | "geo lon" | "adresse longitude" => {
            return Target::Longitude;
        }
        _ => {}
    }
    if let Some(own) = name.strip_prefix("x ") {
        return extra(own);
    }
    if let Some(field) = kind.fields().find(|field| plain_name(field.name) == name) {
        return Target::Field(field.name);
    }
    let synonyms = SYNONYMS.iter().filter(|(_, names)| names.contains(&name));
    for (field, _) in synonyms {
        if let Some(field) = kind.field(field) {
            return Target::Field(field.name);
        }
    }
    extra(name)
}

/// A column's name in lower case, without accents, with one space where it had anything but letters and digits.
fn plain_name(name: &str) -> String {
    let letters = name
        .nfkd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase);
    let mut plain = String::with_capacity(name.len());
    for letter in letters {
        if letter.is_alphanumeric() {
            plain.push(letter);
        } else if !plain.is_empty() && !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    plain.trim_end().to_owned()
}

/// A field that no kind knows: `x_`, then letters, digits and underscores only, within the limit of a field's name.
fn extra(name: &str) -> Target {
    let plain: String = name
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let mut field = format!("x_{plain}");
    while field.len() > crdt_schema::limits::FIELD_BYTES_MAX {
        field.pop();
    }
    Target::Extra(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Choices, Table};

    fn mapping(header: &str) -> Result<Mapping, MappingError> {
        let row = vec!["1"; header.split(';').count()].join(";");
        let file = std::io::Cursor::new(format!("{header}\n{row}\n"));
        let table = Table::read(file, &Choices::default()).expect("a table");
        Mapping::find(table.columns(), None, &[])
    }

    #[test]
    fn french_names_find_their_fields() {
        let mapping = mapping("Identifiant;Nom de la structure;Code Postal;Code INSEE;Téléphone;LATITUDE;Longitude;Couleur").expect("a name");
        assert_eq!(mapping.kind.code, "actor");
        assert_eq!(
            mapping.targets,
            [
                Target::Field("source_id"),
                Target::Field("name"),
                Target::Field("postal_code"),
                Target::Field("commune"),
                Target::Field("phone"),
                Target::Latitude,
                Target::Longitude,
                Target::Extra("x_couleur".to_owned()),
            ]
        );
    }

    #[test]
    fn persons_never_go_into_a_record() {
        let mapping =
            mapping("Nom;Nom Prénom du référent;contact_courriel;Prénom").expect("a name");
        assert_eq!(
            mapping.targets[1..],
            [Target::Personal, Target::Personal, Target::Personal]
        );
    }

    #[test]
    fn a_commune_is_a_name_unless_a_column_of_names_stands_beside_it() {
        let found = mapping("Nom;Code INSEE;Commune").expect("a name");
        assert_eq!(
            found.targets[1..],
            [Target::Field("commune"), Target::Field("commune_name")]
        );
        let found = mapping("name;commune;commune_name").expect("a name");
        assert_eq!(
            found.targets[1..],
            [Target::Field("commune"), Target::Field("commune_name")]
        );
    }

    #[test]
    fn a_second_column_for_a_field_is_kept_beside_it() {
        let mapping = mapping("Nom;Titre;Siret").expect("a name");
        assert_eq!(mapping.targets[1], Target::Extra("x_titre".to_owned()));
    }

    #[test]
    fn a_file_without_names_says_so() {
        assert_eq!(mapping("Couleur;Taille"), Err(MappingError::NameMissing));
    }
}
