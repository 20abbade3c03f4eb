//! What a column is by what stands in it, where its name says nothing: `Colonne3` full of SIRET is one of SIRET. A name that says anything
//! at all goes first: `SIRET du financeur` is full of SIRET too.

use std::collections::BTreeSet;

use crdt_schema::draft::{Context, read};
use crdt_schema::record::{Kind, Shape};
use crdt_schema::register::{Outcome, Territories};
use crdt_schema::vocabulary::Words;

use crate::mapping::{Mapping, Use, key};
use crate::table::Column;

/// Some different values of each column.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Values(Vec<BTreeSet<String>>);

impl Values {
    /// Takes the cells of a row.
    pub fn look(&mut self, cells: &[String]) {
        if self.0.len() < cells.len() {
            self.0.resize_with(cells.len(), BTreeSet::new);
        }
        for (values, cell) in self.0.iter_mut().zip(cells) {
            if !cell.is_empty() && values.len() < VALUES_MAX {
                values.insert(cell.chars().take(VALUE_CHARS_MAX).collect());
            }
        }
    }

    /// Returns the columns that are recognised, each with its field, beside what the person wishes: those whose name says nothing and
    /// whose values are all of one sort, where the kind has a field for it that no other column has.
    pub fn recognised(
        &self,
        columns: &[Column],
        mapping: &Mapping,
        wishes: &[(String, String)],
        (words, lists): (&Words, &Territories),
    ) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        for (place, values) in self.0.iter().enumerate() {
            let Some(column) = columns
                .get(place)
                .filter(|_| mapping.is_mute(columns, place))
            else {
                continue;
            };
            let is_wished = wishes.iter().any(|(name, _)| *name == column.name);
            if is_wished || values.len() < VALUES_MIN {
                continue;
            }
            let is_free =
                |field: &&str| !mapping.has(field) && found.iter().all(|(_, taken)| taken != field);
            let context = Context {
                words,
                ..Context::of(lists)
            };
            let field = FIELDS
                .iter()
                .copied()
                .filter(is_free)
                .find(|field| is_of(mapping.kind, field, values, &context));
            found.extend(field.map(|field| (column.name.clone(), field.to_owned())));
        }
        found
    }
}

impl Mapping {
    /// Tells whether nothing was said of a column, and its name says nothing.
    pub(crate) fn is_mute(&self, columns: &[Column], place: usize) -> bool {
        let Some(column) = columns.get(place) else {
            return false;
        };
        let mut others = columns.iter().filter(|other| other.index != column.index);
        self.format.is_none()
            && self.list.is_none()
            && matches!(self.uses.get(place), Some(Use::Extra(_)))
            && says_nothing(&column.name)
            && others.all(|other| other.name != column.name)
    }
}

/// Tells whether values are what a field of a kind takes, without a doubt about any of them.
fn is_of(kind: &Kind, field: &str, values: &BTreeSet<String>, context: &Context<'_>) -> bool {
    let Some(shape) = kind.field(field).map(|field| field.shape) else {
        return false;
    };
    let is_plain =
        |value: &String| matches!(read(&shape, value, context).outcome, Outcome::Valid(_));
    let is_postal = |value: &&String| context.lists.communes_of_postal(value).next().is_some();
    let postal = values.iter().filter(is_postal).count();
    match shape {
        // INSEE and postal codes share digits: most codes of either are none of the other.
        Shape::Commune => values.iter().all(is_plain) && 2 * postal < values.len(),
        Shape::PostalCode => {
            let lists = context.lists;
            let insee = values.iter().filter(|value| lists.commune(value).is_some());
            postal == values.len() && 2 * insee.count() < values.len()
        }
        // Who reads the mails of a person is not for a guess to decide.
        Shape::Email => values
            .iter()
            .all(|value| is_plain(value) && is_of_a_desk(value)),
        _ => values.iter().all(is_plain),
    }
}

/// Tells whether a mail is that of a desk, and not of a person.
fn is_of_a_desk(mail: &str) -> bool {
    let local = mail.split('@').next().unwrap_or_default();
    let first = local.split(['.', '-', '_', '+']).next().unwrap_or_default();
    DESKS.contains(&key(first).as_str())
}

/// Tells whether nothing but the values of a column, or a person, could have said that it goes to this field.
pub(crate) fn is_told_by_values(column: &Column, field: &str) -> bool {
    FIELDS.contains(&field) && says_nothing(&column.name)
}

fn says_nothing(name: &str) -> bool {
    let key = key(name);
    let word = key.trim_end_matches(|c: char| c.is_ascii_digit());
    word.chars().count() <= 2 || MUTE.contains(&word)
}

/// The fields that values tell, the surest first.
const FIELDS: [&str; 9] = [
    "siret",
    "rna",
    "qpv",
    "website",
    "email",
    "commune",
    "postal_code",
    "starts",
    "ends",
];
/// Words that programs and hurried people put above a column, as [`key`] writes them.
const MUTE: &[&str] = &[
    "champ",
    "cle",
    "code",
    "col",
    "colonne",
    "column",
    "data",
    "donnee",
    "donnees",
    "field",
    "identifiant",
    "info",
    "infos",
    "num",
    "numero",
    "ref",
    "reference",
    "sansnom",
    "sanstitre",
    "unnamed",
    "valeur",
    "value",
    "var",
];
/// How mails of organisations begin.
const DESKS: &[&str] = &[
    "accueil",
    "administration",
    "asso",
    "association",
    "bonjour",
    "bureau",
    "club",
    "contact",
    "courrier",
    "info",
    "infos",
    "mairie",
    "secretariat",
];
/// Fewer values may be alike by chance.
const VALUES_MIN: usize = 3;
/// Enough that what holds for all of them holds for the column.
const VALUES_MAX: usize = 40;
/// Longer than anything that is recognised.
const VALUE_CHARS_MAX: usize = 200;
/// Rows that are looked at: enough to meet values of columns that are seldom filled in.
pub(crate) const ROWS_LOOKED_AT: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(kind: &str, names: &[&str], rows: &[&[&str]]) -> Vec<(String, String)> {
        let columns: Vec<_> = names
            .iter()
            .enumerate()
            .map(|(index, name)| Column::new(index, (*name).to_owned()))
            .collect();
        let words = Words::shipped();
        let mapping = Mapping::of(&columns, Kind::parse(kind), &[], words).expect("no wish");
        let mut values = Values::default();
        for row in rows {
            let cells: Vec<_> = row.iter().map(|cell| (*cell).to_owned()).collect();
            values.look(&cells);
        }
        values.recognised(&columns, &mapping, &[], (words, Territories::shared()))
    }

    fn pair(column: &str, field: &str) -> (String, String) {
        (column.to_owned(), field.to_owned())
    }

    #[test]
    fn a_column_without_a_telling_name_is_known_by_its_values() {
        let rows: [&[&str]; 3] = [
            &[
                "Un",
                "40229699000037",
                "45155",
                "contact@un.example",
                "45500",
                "06/07/2026",
            ],
            &[
                "Deux",
                "13003013300016",
                "45234",
                "mairie.gien@deux.example",
                "45000",
                "",
            ],
            &[
                "Trois",
                "23350001600040",
                "2A004",
                "info@trois.example",
                "20000",
                "",
            ],
        ];
        let names = ["Nom", "Colonne2", "C", "Champ 4", "Unnamed: 5", "F6"];
        assert_eq!(
            recognised("actor", &names, &rows),
            [
                pair("Colonne2", "siret"),
                pair("C", "commune"),
                pair("Champ 4", "email"),
                pair("Unnamed: 5", "postal_code"),
            ]
        );
    }

    #[test]
    fn a_name_that_says_something_goes_first() {
        let rows: [&[&str]; 3] = [
            &["Un", "40229699000037"],
            &["Deux", "13003013300016"],
            &["Trois", "23350001600040"],
        ];
        assert!(recognised("actor", &["Nom", "N° du financeur"], &rows).is_empty());
        // A kind without the field has no place for them.
        assert!(recognised("event", &["Nom", "Colonne2"], &rows).is_empty());
        // Nor has a kind whose field another column has.
        let names = ["Nom", "Colonne2", "SIRET"];
        assert!(recognised("actor", &names, &rows).is_empty());
    }

    #[test]
    fn one_doubtful_value_or_few_values_are_no_sign() {
        let sirets = ["40229699000037", "13003013300016", "23350001600040"];
        let rows = |last| [[sirets[0]], [sirets[1]], [last]].map(|row| row.to_vec());
        let of = |rows: &[Vec<&'static str>]| {
            let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
            recognised("actor", &["Colonne1"], &rows)
        };
        assert_eq!(of(&rows(sirets[2])), [pair("Colonne1", "siret")]);
        assert!(of(&rows("40229699000038")).is_empty());
        assert!(of(&rows(sirets[2])[..2]).is_empty());
    }

    #[test]
    fn mails_of_persons_are_not_guessed() {
        let rows: [&[&str]; 3] = [
            &["contact@un.example"],
            &["jeanne.martin@deux.example"],
            &["info@trois.example"],
        ];
        assert!(recognised("actor", &["Colonne1"], &rows).is_empty());
    }

    #[test]
    fn two_columns_of_days_are_the_first_and_the_last() {
        let rows: [&[&str]; 3] = [
            &["Fête", "2026-06-21", "2026-06-22"],
            &["Bal", "2026-07-13", "2026-07-14"],
            &["Foire", "2026-09-01", "2026-09-03"],
        ];
        assert_eq!(
            recognised("event", &["Nom", "Col1", "Col2"], &rows),
            [pair("Col1", "starts"), pair("Col2", "ends")]
        );
    }
}
