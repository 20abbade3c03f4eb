//! What a commune belongs to, by the lists that are compiled in.

use crate::register::{Commune, Departement, Epci, LAST_YEAR, Region, Standing, Territories};

/// What the code of a commune belongs to, in the latest list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Belonging {
    /// The commune of today: that of a municipal arrondissement, or what took the place of a code that is gone.
    pub commune: &'static Commune,
    /// Its group; four islands and the collectivities overseas have none.
    pub epci: Option<&'static Epci>,
    /// Its département, or the home territory overseas.
    pub departement: Option<&'static Departement>,
    /// Its région; the collectivities overseas have none.
    pub region: Option<&'static Region>,
}

impl Belonging {
    /// Finds what a code belongs to. `None` where no list has it, or where several communes share what it was: a person says which.
    pub fn of(code: &str) -> Option<Self> {
        let lists = Territories::shared();
        let today = match lists.standing(code, LAST_YEAR)? {
            Standing::Commune => code,
            Standing::Associated { commune }
            | Standing::Delegated { commune }
            | Standing::MunicipalArrondissement { commune }
            | Standing::Renumbered { commune }
            | Standing::Merged {
                commune: Some(commune),
            } => commune,
            Standing::Merged { commune: None } => return None,
        };
        let commune = lists.commune(today)?;
        let departement = lists.departement(commune.departement);
        Some(Self {
            commune,
            epci: lists.epci_of_commune(commune.code),
            departement,
            region: departement.and_then(|departement| lists.region(departement.region)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(code: &str) -> Option<[Option<&'static str>; 4]> {
        let found = Belonging::of(code)?;
        Some([
            Some(found.commune.code),
            found.epci.map(|epci| epci.code),
            found.departement.map(|departement| departement.code),
            found.region.map(|region| region.code),
        ])
    }

    #[test]
    fn a_commune_belongs_to_a_group_a_departement_and_a_region() {
        let gien = [Some("45155"), Some("244500211"), Some("45"), Some("24")];
        assert_eq!(codes("45155"), Some(gien));
        let ajaccio = codes("2A004").expect("listed");
        assert_eq!(ajaccio[2..], [Some("2A"), Some("94")]);
    }

    #[test]
    fn an_arrondissement_and_an_old_code_belong_where_their_commune_does() {
        assert_eq!(codes("13201"), codes("13055"));
        assert_eq!(codes("27058"), codes("27676"));
        assert_eq!(codes("01039").expect("delegated")[0], Some("01138"));
    }

    #[test]
    fn islands_and_collectivities_lack_what_they_lack() {
        assert_eq!(codes("85113").expect("L'Île-d'Yeu")[1], None);
        let noumea = codes("98818").expect("Nouméa");
        assert_eq!(noumea, [Some("98818"), None, Some("988"), None]);
    }

    #[test]
    fn what_no_list_has_belongs_nowhere() {
        for code in ["", "99100", "01999", "45", "é"] {
            assert_eq!(codes(code), None, "{code:?}");
        }
    }

    #[test]
    fn every_commune_of_the_list_has_its_departement() {
        let lists = Territories::shared();
        for commune in lists.communes() {
            let found = Belonging::of(commune.code).expect(commune.code);
            assert_eq!(found.commune.code, commune.code);
            // Two lands without inhabitants are no home territory.
            let is_home = !matches!(commune.departement, "984" | "989");
            assert_eq!(found.departement.is_some(), is_home, "{}", commune.code);
            let is_in_a_region = !commune.departement.starts_with("98")
                && !matches!(commune.departement, "975" | "977" | "978");
            assert_eq!(found.region.is_some(), is_in_a_region, "{}", commune.code);
        }
    }
}
