//! The official lists of territories, compiled in, and the list of neighbourhoods, passed in.
//!
//! The files under `lists/` are written by `scripts/vendor`; each names its source, licence and
//! year in its first line. Rows are sorted by code, in byte order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, OnceLock};

use super::names::folded_name;

/// A commune of the latest list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commune {
    /// The INSEE code.
    pub code: &'static str,
    /// The name, with its article.
    pub name: &'static str,
    /// The code of the département or collectivity.
    pub departement: &'static str,
    postal: &'static str,
}

impl Commune {
    /// Returns the postal codes that serve the commune.
    pub fn postal_codes(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.postal.split_whitespace()
    }
}

/// A département, or an overseas collectivity that counts as a home territory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departement {
    /// The INSEE code.
    pub code: &'static str,
    /// The name.
    pub name: &'static str,
    /// The code of the région; a collectivity has its own code here.
    pub region: &'static str,
}

/// A région.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// The INSEE code.
    pub code: &'static str,
    /// The name.
    pub name: &'static str,
}

/// A group of communes with its own tax, or an EPT of Greater Paris.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epci {
    /// The SIREN.
    pub code: &'static str,
    /// The first year in which a list has it, or the first list we hold.
    pub first_year: u16,
    /// The last year in which a list has it.
    pub last_year: u16,
    /// The kind: `CC`, `CA`, `CU`, `METRO`, `MET69` or `EPT`.
    pub kind: &'static str,
    /// The name.
    pub name: &'static str,
    members: &'static str,
}

impl Epci {
    /// Returns the communes of the latest year; none when the group is gone by then.
    pub fn members(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.members.split_whitespace()
    }

    /// Tells whether it is an EPT, which has no tax of its own.
    pub fn is_ept(&self) -> bool {
        self.kind == "EPT"
    }
}

/// What a code was over a span of years, for codes that are not simply a commune in all lists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Movement {
    pub(super) code: &'static str,
    pub(super) first_year: u16,
    pub(super) last_year: u16,
    pub(super) kind: &'static str,
    pub(super) target: &'static str,
    pub(super) name: &'static str,
}

/// The official lists.
///
/// Building one reads about 1.4 MB of text: build it once and share it.
#[derive(Debug, Clone)]
pub struct Territories {
    communes: Vec<Commune>,
    by_postal: BTreeMap<&'static str, Vec<usize>>,
    /// Made when a name is first asked for.
    by_name: OnceLock<BTreeMap<String, Vec<usize>>>,
    departements: Vec<Departement>,
    epci: Vec<Epci>,
    epci_by_commune: BTreeMap<&'static str, usize>,
    movements: Vec<Movement>,
    /// Places of the movements of parts, by the commune that has them.
    parts: BTreeMap<&'static str, Vec<usize>>,
    qpv: Option<BTreeSet<String>>,
    is_qpv_part: bool,
    regions: Vec<Region>,
}

impl Territories {
    /// Builds the lists that are compiled in. They hold no neighbourhoods.
    pub fn embedded() -> Self {
        let communes: Vec<Commune> = rows(COMMUNES).map(Commune::from).collect();
        let mut by_postal: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (place, commune) in communes.iter().enumerate() {
            for postal in commune.postal_codes() {
                by_postal.entry(postal).or_default().push(place);
            }
        }
        let epci: Vec<Epci> = rows(EPCI).map(Epci::from).collect();
        // An EPT lies inside the métropole: a commune's EPCI is the métropole.
        let epci_by_commune = epci
            .iter()
            .enumerate()
            .filter(|(_, group)| !group.is_ept())
            .flat_map(|(place, group)| group.members().map(move |commune| (commune, place)))
            .collect();
        let movements: Vec<Movement> = rows(MOVEMENTS).map(Movement::from).collect();
        let mut parts: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (place, movement) in movements.iter().enumerate() {
            if matches!(movement.kind, "associated" | "delegated") {
                parts.entry(movement.target).or_default().push(place);
            }
        }
        Self {
            communes,
            by_postal,
            by_name: OnceLock::new(),
            departements: rows(DEPARTEMENTS)
                .map(|[code, name, region]| Departement { code, name, region })
                .collect(),
            epci,
            epci_by_commune,
            movements,
            parts,
            qpv: None,
            is_qpv_part: false,
            regions: rows(REGIONS)
                .map(|[code, name]| Region { code, name })
                .collect(),
        }
    }

    /// Returns the lists that are compiled in, built at the first call and shared from then on.
    pub fn shared() -> &'static Self {
        static LISTS: LazyLock<Territories> = LazyLock::new(Territories::embedded);
        &LISTS
    }

    /// Adds the list of the priority neighbourhoods of 2024, whole or of some départements; without it only their form is checked.
    #[must_use]
    pub fn with_qpv<I>(mut self, codes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.qpv = Some(codes.into_iter().map(Into::into).collect());
        self
    }

    /// Adds neighbourhoods of 2024 of which nobody says that they are all: a code that is not among them is a doubt, and no mistake.
    #[must_use]
    pub fn with_some_qpv<I>(self, codes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self {
            is_qpv_part: true,
            ..self.with_qpv(codes)
        }
    }

    /// Returns the communes of the latest list, by code.
    pub fn communes(&self) -> &[Commune] {
        &self.communes
    }

    /// Returns a commune of the latest list.
    pub fn commune(&self, code: &str) -> Option<&Commune> {
        find(&self.communes, code, |commune| commune.code)
    }

    /// Returns the communes that a postal code serves, by code.
    pub fn communes_of_postal<'a>(&'a self, postal: &str) -> impl Iterator<Item = &'a Commune> {
        let places = self.by_postal.get(postal).map_or(&[][..], Vec::as_slice);
        places.iter().map(|place| &self.communes[*place])
    }

    /// Returns the communes of this name, by code: case, accents and signs do not count.
    pub fn communes_called(&self, name: &str) -> Vec<&Commune> {
        let by_name = self.by_name.get_or_init(|| {
            let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for (place, commune) in self.communes.iter().enumerate() {
                by_name
                    .entry(folded_name(commune.name))
                    .or_default()
                    .push(place);
            }
            by_name
        });
        let places = by_name
            .get(&folded_name(name))
            .map_or(&[][..], Vec::as_slice);
        places.iter().map(|place| &self.communes[*place]).collect()
    }

    /// Returns the départements and home territories, by code.
    pub fn departements(&self) -> &[Departement] {
        &self.departements
    }

    /// Returns a département or a home territory.
    pub fn departement(&self, code: &str) -> Option<&Departement> {
        find(&self.departements, code, |departement| departement.code)
    }

    /// Returns the régions, by code.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// Returns a région.
    pub fn region(&self, code: &str) -> Option<&Region> {
        find(&self.regions, code, |region| region.code)
    }

    /// Returns the EPCI and EPT of all lists we hold, by code.
    pub fn epci(&self) -> &[Epci] {
        &self.epci
    }

    /// Returns an EPCI or EPT of any list we hold; its years say when it existed.
    pub fn epci_by_code(&self, code: &str) -> Option<&Epci> {
        find(&self.epci, code, |group| group.code)
    }

    /// Returns the EPCI of a commune in the latest list; four islands and overseas have none.
    pub fn epci_of_commune(&self, commune: &str) -> Option<&Epci> {
        self.epci_by_commune
            .get(commune)
            .map(|place| &self.epci[*place])
    }

    /// Returns the neighbourhoods of 2024, when they were passed in.
    pub(super) fn qpv(&self) -> Option<&BTreeSet<String>> {
        self.qpv.as_ref()
    }

    /// Whether others may exist beside these.
    pub(super) fn is_qpv_part(&self) -> bool {
        self.is_qpv_part
    }

    /// Returns the movements of one code, by year.
    pub(super) fn movements_of(&self, code: &str) -> &[Movement] {
        let start = self
            .movements
            .partition_point(|movement| movement.code < code);
        let len = self.movements[start..].partition_point(|movement| movement.code == code);
        &self.movements[start..start + len]
    }

    /// Returns the movements of the parts of a commune, by code and year: whoever carries many records over looks for few of all movements.
    pub(super) fn parts_of(&self, commune: &str) -> impl Iterator<Item = &Movement> {
        let places = self.parts.get(commune).into_iter().flatten();
        places.map(|place| &self.movements[*place])
    }
}

impl From<[&'static str; 4]> for Commune {
    fn from([code, name, departement, postal]: [&'static str; 4]) -> Self {
        Self {
            code,
            name,
            departement,
            postal,
        }
    }
}

impl From<[&'static str; 6]> for Epci {
    fn from([code, first, last, kind, name, members]: [&'static str; 6]) -> Self {
        let (first_year, last_year) = (year(first), year(last));
        Self {
            code,
            first_year,
            last_year,
            kind,
            name,
            members,
        }
    }
}

impl From<[&'static str; 6]> for Movement {
    fn from([code, first, last, kind, target, name]: [&'static str; 6]) -> Self {
        let (first_year, last_year) = (year(first), year(last));
        Self {
            code,
            first_year,
            last_year,
            kind,
            target,
            name,
        }
    }
}

/// Splits a list into rows of `N` columns.
fn rows<const N: usize>(list: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    list.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut cells = line.split('\t');
            std::array::from_fn(|_| {
                // SAFETY: the lists are compiled in, and a test reads all of them.
                cells.next().expect("scripts/vendor writes every column")
            })
        })
}

fn year(text: &str) -> u16 {
    // SAFETY: the lists are compiled in, and a test reads all of them.
    text.parse().expect("scripts/vendor writes years")
}

fn find<'a, T>(list: &'a [T], code: &str, code_of: impl Fn(&T) -> &str) -> Option<&'a T> {
    let place = list.binary_search_by(|item| code_of(item).cmp(code)).ok()?;
    list.get(place)
}

const COMMUNES: &str = include_str!("lists/communes-2026.tsv");
const DEPARTEMENTS: &str = include_str!("lists/departements-2026.tsv");
const EPCI: &str = include_str!("lists/epci-2021-2026.tsv");
const MOVEMENTS: &str = include_str!("lists/movements-2021-2026.tsv");
const REGIONS: &str = include_str!("lists/regions-2026.tsv");

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::{COMMUNES, DEPARTEMENTS, EPCI, MOVEMENTS, REGIONS, Territories};

    #[test]
    fn the_lists_have_the_official_counts() {
        let lists = Territories::embedded();
        assert_eq!(lists.communes().len(), 34_969);
        assert_eq!(lists.departements().len(), 101 + 6);
        assert_eq!(lists.regions().len(), 18);
        let current = |group: &&super::Epci| group.last_year == 2026;
        let (ept, epci): (Vec<&super::Epci>, Vec<&super::Epci>) = lists
            .epci()
            .iter()
            .filter(current)
            .partition::<Vec<&super::Epci>, _>(|group| group.is_ept());
        assert_eq!((epci.len(), ept.len()), (1_255, 11));
    }

    #[test]
    fn rows_are_sorted_and_found_by_code() {
        let lists = Territories::embedded();
        assert!(lists.communes().is_sorted_by(|a, b| a.code < b.code));
        assert!(lists.epci().is_sorted_by(|a, b| a.code < b.code));
        assert!(lists.movements.is_sorted_by(|a, b| {
            a.code < b.code || (a.code == b.code && a.last_year < b.first_year)
        }));
        let ajaccio = lists.commune("2A004").expect("Ajaccio is a commune");
        assert_eq!((ajaccio.name, ajaccio.departement), ("Ajaccio", "2A"));
        assert!(ajaccio.postal_codes().any(|postal| postal == "20000"));
        assert!(lists.commune("2A9999").is_none());
    }

    #[test]
    fn the_parts_of_a_commune_are_all_movements_that_lead_to_it_as_parts() {
        let lists = Territories::embedded();
        let is_part = |kind| ["associated", "delegated"].contains(&kind);
        let parts: Vec<_> = lists
            .movements
            .iter()
            .filter(|it| is_part(it.kind))
            .collect();
        let found = parts.iter().filter(|part| {
            let mut of_target = lists.parts_of(part.target);
            of_target.any(|it| (it.code, it.first_year) == (part.code, part.first_year))
        });
        assert_eq!(found.count(), parts.len());
        let all: usize = lists.parts.values().map(Vec::len).sum();
        assert_eq!((all, lists.parts_of("99999").count()), (parts.len(), 0));
    }

    #[test]
    fn a_commune_knows_its_group_and_an_island_has_none() {
        let lists = Territories::embedded();
        let lille = lists.epci_of_commune("59350").expect("Lille has a group");
        assert_eq!(lille.code, "200093201");
        // Saint-Denis lies in an EPT, and in the métropole.
        let paris = lists
            .epci_of_commune("93066")
            .expect("Saint-Denis has a group");
        assert_eq!(paris.code, "200054781");
        assert!(lists.epci_of_commune("85113").is_none(), "L'Île-d'Yeu");
    }

    #[test]
    fn the_lists_are_those_that_the_sums_name() {
        let sums = include_str!("lists/SHA256SUMS");
        for (name, text) in [
            ("communes-2026.tsv", COMMUNES),
            ("departements-2026.tsv", DEPARTEMENTS),
            ("epci-2021-2026.tsv", EPCI),
            ("movements-2021-2026.tsv", MOVEMENTS),
            ("regions-2026.tsv", REGIONS),
        ] {
            let sum = data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
            assert!(sums.contains(&format!("{sum}  {name}\n")), "{name}");
        }
    }
}
