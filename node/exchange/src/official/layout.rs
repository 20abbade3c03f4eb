//! The lists that are known, each by the columns that it has.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::register::{Territories, names_agree};
use crdt_schema::territory::{Level, TerritoryCode};
use serde::Deserialize;

use crate::json::GEOMETRY;

/// A list as it is published.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Layout {
    /// What it is, for people.
    pub(super) what: &'static str,
    kind: Kind,
    /// Columns that it has.
    marks: &'static [&'static str],
    /// Columns that another list has beside these.
    others: &'static [&'static str],
    /// Whether it has no further columns, but a place.
    is_exact: bool,
    /// Whether it is one only with outlines.
    is_outlined: bool,
    code: &'static str,
    name: &'static str,
    population: &'static str,
}

/// How the rows of a list are read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// Communes as the API gives them, or as outlines.
    Communes,
    /// Communes, with those that are part of another: Etalab.
    CommunesOfEtalab,
    /// The same: INSEE.
    CommunesOfInsee,
    Departements,
    Groups,
    /// Neighbourhoods with their outlines.
    Neighbourhoods,
    /// One row for each commune, with the neighbourhoods that it has: the place and the outline are those of the commune.
    NeighbourhoodsByCommune,
    Regions,
}

/// What a row says of one territory.
pub(super) struct Said {
    pub(super) code: TerritoryCode,
    pub(super) name: String,
    pub(super) population: String,
    /// Typed codes of what it is a part of.
    pub(super) parents: BTreeSet<String>,
    /// The communes of a group.
    pub(super) members: Vec<String>,
}

/// What a row is.
pub(super) enum Sort {
    /// A code of the list.
    Listed(Box<Said>),
    /// A code that became a part of another commune.
    PartOf { code: String, commune: String },
    /// No territory of the level: a collectivity among régions.
    Other,
    /// Its code does not have the form.
    Malformed(String),
}

/// The cells of a row, by the names of the columns.
pub(super) struct Cells<'a> {
    pub(super) index: &'a BTreeMap<String, usize>,
    pub(super) cells: &'a [String],
}

impl Cells<'_> {
    pub(super) fn text(&self, name: &str) -> &str {
        let place = self.index.get(name);
        place
            .and_then(|place| self.cells.get(*place))
            .map_or("", String::as_str)
    }

    pub(super) fn words(&self, name: &str) -> Vec<String> {
        words(self.text(name)).collect()
    }
}

impl Layout {
    /// Recognises a list by the names of its columns, whether it has outlines, and its first row.
    pub(crate) fn of(
        names: &[&str],
        has_outlines: bool,
        first: &[String],
    ) -> Option<&'static Self> {
        let has = |name: &&str| names.contains(name);
        let places = ["longitude", "latitude", GEOMETRY];
        let fits = |layout: &&Layout| {
            let has_others = names
                .iter()
                .any(|name| !layout.marks.contains(name) && !places.contains(name));
            layout.marks.iter().all(has)
                && !layout.others.iter().any(has)
                && !(layout.is_exact && has_others)
                && (has_outlines || !layout.is_outlined)
        };
        let mut fitting = LAYOUTS.iter().filter(fits);
        fitting.find(|layout| layout.is_told_by(names, first))
    }

    /// Tells whether the first row is of this level. `code` and `nom` alone do not say it: the code of a commune does, and the name that
    /// goes with the code of a département or a région.
    fn is_told_by(&self, names: &[&str], first: &[String]) -> bool {
        let cell = |wanted: &str| {
            let place = names.iter().position(|name| *name == wanted);
            place
                .and_then(|place| first.get(place))
                .map_or("", String::as_str)
        };
        if !self.is_exact || (self.code, self.name) != ("code", "nom") {
            return true;
        }
        let (code, name, lists) = (cell(self.code), cell(self.name), Territories::shared());
        let official = match self.kind {
            Kind::Communes => return TerritoryCode::of(Level::Commune, code).is_some(),
            Kind::Departements => lists.departement(code).map(|one| one.name),
            Kind::Regions => lists.region(code).map(|one| one.name),
            _ => return true,
        };
        official.is_some_and(|official| names_agree(name, official))
    }

    /// Tells whether codes of the list are those of a year that a person has to name.
    pub(crate) fn needs_year(&self) -> bool {
        !matches!(
            self.kind,
            Kind::Neighbourhoods | Kind::NeighbourhoodsByCommune
        )
    }

    /// Tells whether places and outlines are those of the territories that it lists.
    pub(crate) fn has_own_places(&self) -> bool {
        self.kind != Kind::NeighbourhoodsByCommune
    }

    pub(super) fn is_by_commune(&self) -> bool {
        self.kind == Kind::NeighbourhoodsByCommune
    }

    /// Tells whether a code that is in the list has nothing in its place.
    pub(super) fn is_complete(&self) -> bool {
        matches!(self.kind, Kind::CommunesOfEtalab | Kind::CommunesOfInsee)
    }

    /// Reads a row.
    pub(super) fn read(&self, cells: &Cells<'_>) -> Sort {
        let code = cells.text(self.code);
        let level = match self.kind {
            Kind::Communes => Level::Commune,
            Kind::CommunesOfEtalab | Kind::CommunesOfInsee => match part(cells) {
                Part::Commune => Level::Commune,
                Part::Arrondissement => Level::MunicipalArrondissement,
                Part::Of(commune) => {
                    let (code, commune) = (code.to_owned(), commune.to_owned());
                    return Sort::PartOf { code, commune };
                }
                Part::Unknown => return Sort::Other,
            },
            Kind::Departements => Level::Departement,
            Kind::Groups => Level::Epci,
            Kind::Neighbourhoods | Kind::NeighbourhoodsByCommune => Level::Qpv,
            // Collectivities overseas stand beside the régions, and are none.
            Kind::Regions
                if code.len() == 3 && TerritoryCode::of(Level::Departement, code).is_some() =>
            {
                return Sort::Other;
            }
            Kind::Regions => Level::Region,
        };
        // ANCT lists the EPT beside the groups, in columns of their own.
        let ept = cells.text("siren_ept");
        let (code, name) = match (self.kind, ept) {
            (Kind::Groups, ept) if !ept.is_empty() => (ept, cells.text("lib_ept")),
            _ => (code, cells.text(self.name)),
        };
        match TerritoryCode::of(level, code) {
            Some(code) => Sort::Listed(Box::new(self.said(code, name, cells))),
            None => Sort::Malformed(code.to_owned()),
        }
    }

    fn said(&self, code: TerritoryCode, name: &str, cells: &Cells<'_>) -> Said {
        let members = members(cells.text("membres"));
        let mut parents = BTreeSet::new();
        let mut add = |level: Level, code: &str| {
            parents.extend(TerritoryCode::of(level, code).map(|code| code.to_string()));
        };
        for (column, level) in PARENTS {
            // The code of the list itself stands in such a column too.
            if *column != self.code && *level != code.level() {
                for word in words(cells.text(column)) {
                    add(*level, &word);
                }
            }
        }
        if code.level() == Level::MunicipalArrondissement {
            add(Level::Commune, cells.text("commune"));
            add(Level::Commune, cells.text("COMPARENT"));
        }
        if code.level() == Level::Qpv
            && let Some(departement) = code.departement()
        {
            add(Level::Departement, departement);
        }
        for member in &members {
            let departement = TerritoryCode::of(Level::Commune, member);
            if let Some(departement) = departement.as_ref().and_then(TerritoryCode::departement) {
                add(Level::Departement, departement);
            }
        }
        Said {
            code,
            name: name.to_owned(),
            population: cells.text(self.population).to_owned(),
            parents,
            members,
        }
    }
}

/// What a row of a list of communes is.
enum Part<'a> {
    Arrondissement,
    Commune,
    Of(&'a str),
    Unknown,
}

fn part<'a>(cells: &'a Cells<'_>) -> Part<'a> {
    match cells.text("type") {
        "commune-actuelle" => return Part::Commune,
        "arrondissement-municipal" => return Part::Arrondissement,
        "commune-associee" | "commune-deleguee" => return Part::Of(cells.text("chefLieu")),
        _ => {}
    }
    match cells.text("TYPECOM") {
        "COM" => Part::Commune,
        "ARM" => Part::Arrondissement,
        "COMA" | "COMD" => Part::Of(cells.text("COMPARENT")),
        _ => Part::Unknown,
    }
}

#[derive(Deserialize)]
struct Member {
    code: String,
}

/// Reads the members of a group, which a flat table has as a text.
fn members(text: &str) -> Vec<String> {
    let members: Vec<Member> = serde_json::from_str(text).unwrap_or_default();
    members.into_iter().map(|member| member.code).collect()
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let words = text.split(['|', ',', ';']).map(str::trim);
    words.filter(|word| !word.is_empty()).map(str::to_owned)
}

/// Columns that name what a territory is a part of.
const PARENTS: &[(&str, Level)] = &[
    ("DEP", Level::Departement),
    ("REG", Level::Region),
    ("code_commune", Level::Commune),
    ("code_departement", Level::Departement),
    ("codeDepartement", Level::Departement),
    ("codeRegion", Level::Region),
    ("com", Level::Commune),
    ("departement", Level::Departement),
    ("insee_com", Level::Commune),
    ("region", Level::Region),
];

const NONE: Layout = Layout {
    what: "",
    kind: Kind::Communes,
    marks: &[],
    others: &[],
    is_exact: false,
    is_outlined: false,
    code: "code",
    name: "nom",
    population: "population",
};

const LAYOUTS: &[Layout] = &[
    Layout {
        what: "la liste des communes (INSEE, paquet d'Etalab)",
        kind: Kind::CommunesOfEtalab,
        marks: &[
            "code",
            "nom",
            "type",
            "departement",
            "region",
            "codesPostaux",
        ],
        ..NONE
    },
    Layout {
        what: "la liste des communes (INSEE, code officiel géographique)",
        kind: Kind::CommunesOfInsee,
        marks: &["TYPECOM", "COM", "REG", "DEP", "LIBELLE", "COMPARENT"],
        code: "COM",
        name: "LIBELLE",
        ..NONE
    },
    Layout {
        what: "la liste des communes (API Découpage administratif)",
        marks: &["code", "nom", "codeDepartement", "codeRegion"],
        ..NONE
    },
    Layout {
        what: "la liste des départements (INSEE, paquet d'Etalab)",
        kind: Kind::Departements,
        marks: &["code", "nom", "region", "chefLieu", "zone"],
        others: &["departement"],
        ..NONE
    },
    Layout {
        what: "la liste des départements (INSEE, code officiel géographique)",
        kind: Kind::Departements,
        marks: &["DEP", "REG", "CHEFLIEU", "NCCENR", "LIBELLE"],
        others: &["ARR"],
        code: "DEP",
        name: "LIBELLE",
        ..NONE
    },
    Layout {
        what: "la liste des régions (INSEE, paquet d'Etalab)",
        kind: Kind::Regions,
        marks: &["code", "nom", "chefLieu", "zone"],
        others: &["departement", "region"],
        ..NONE
    },
    Layout {
        what: "la liste des régions (INSEE, code officiel géographique)",
        kind: Kind::Regions,
        marks: &["REG", "CHEFLIEU", "NCCENR", "LIBELLE"],
        others: &["ARR", "DEP"],
        code: "REG",
        name: "LIBELLE",
        ..NONE
    },
    Layout {
        what: "la liste des intercommunalités (INSEE, paquet d'Etalab)",
        kind: Kind::Groups,
        marks: &["code", "nom", "modeFinancement", "membres"],
        population: "populationMunicipale",
        ..NONE
    },
    Layout {
        what: "la liste des centres des départements (ANCT)",
        kind: Kind::Departements,
        marks: &["insee_dep", "lib_dep"],
        is_exact: true,
        code: "insee_dep",
        name: "lib_dep",
        ..NONE
    },
    Layout {
        what: "la liste des centres des intercommunalités (ANCT)",
        kind: Kind::Groups,
        marks: &["siren_epci", "lib_epci", "siren_ept", "lib_ept"],
        code: "siren_epci",
        name: "lib_epci",
        ..NONE
    },
    Layout {
        what: "la liste des quartiers prioritaires par commune (ANCT)",
        kind: Kind::NeighbourhoodsByCommune,
        marks: &["insee_com", "lib_com", "code_qp", "lib_qp"],
        is_exact: true,
        code: "code_qp",
        name: "lib_qp",
        ..NONE
    },
    Layout {
        what: "les contours des quartiers prioritaires (ANCT)",
        kind: Kind::Neighbourhoods,
        marks: &["code_qp", "lib_qp"],
        is_outlined: true,
        code: "code_qp",
        name: "lib_qp",
        ..NONE
    },
    Layout {
        what: "les contours des quartiers prioritaires (ANCT)",
        kind: Kind::Neighbourhoods,
        marks: &["code_qp", "nom_qp"],
        is_outlined: true,
        code: "code_qp",
        name: "nom_qp",
        ..NONE
    },
    Layout {
        what: "les contours des quartiers prioritaires",
        kind: Kind::Neighbourhoods,
        marks: &["q", "n", "d", "com"],
        is_outlined: true,
        code: "q",
        name: "n",
        ..NONE
    },
    Layout {
        what: "les contours des communes",
        marks: &["code", "nom"],
        is_exact: true,
        is_outlined: true,
        ..NONE
    },
    Layout {
        what: "les contours des départements",
        kind: Kind::Departements,
        marks: &["code", "nom"],
        is_exact: true,
        is_outlined: true,
        ..NONE
    },
    Layout {
        what: "les contours des régions",
        kind: Kind::Regions,
        marks: &["code", "nom"],
        is_exact: true,
        is_outlined: true,
        ..NONE
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str], has_outlines: bool, first: &[&str]) -> Option<&'static str> {
        let first: Vec<_> = first.iter().map(|cell| (*cell).to_owned()).collect();
        Layout::of(names, has_outlines, &first).map(|layout| layout.what)
    }

    #[test]
    fn every_list_is_found_by_its_own_columns() {
        for layout in LAYOUTS {
            let first = match (layout.is_exact && layout.code == "code", layout.kind) {
                (true, Kind::Departements) => vec!["45", "LOIRET"],
                (true, Kind::Regions) => vec!["24", "Centre-Val de Loire"],
                _ => vec!["45155"; layout.marks.len()],
            };
            assert_eq!(
                found(layout.marks, layout.is_outlined, &first),
                Some(layout.what)
            );
        }
    }

    #[test]
    fn the_same_columns_mean_a_commune_only_with_the_code_of_one() {
        let of = |code| found(&["code", "nom"], true, &[code, "x"]);
        assert!(of("45155").is_some());
        assert_eq!(of("45"), None, "a département or a région");
        let named = |code, name| found(&["code", "nom"], true, &[code, name]);
        let (departements, regions) = ("les contours des départements", "les contours des régions");
        assert_eq!(named("93", "Seine-Saint-Denis"), Some(departements));
        assert_eq!(named("93", "Provence-Alpes-Côte d'Azur"), Some(regions));
        assert_eq!(named("93", "Ailleurs"), None);
        assert_eq!(found(&["code", "nom"], false, &["45155", "x"]), None);
        assert_eq!(
            found(&["code", "nom", "note"], true, &["45155", "x", ""]),
            None
        );
    }

    #[test]
    fn a_table_of_indicators_and_one_of_structures_are_no_list() {
        for names in [
            &["code_qp", "nom_qp", "nom_commune", "pop_mun"][..],
            &["nom", "code_postal", "commune"],
            &["siret", "nom", "region", "departement"],
        ] {
            assert_eq!(found(names, false, &[]), None, "{names:?}");
        }
    }
}
