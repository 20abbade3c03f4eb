//! The part of a list that a federation wants: most live in one département, and need no 35,000 communes.

use std::collections::BTreeSet;

use crdt_schema::register::Territories;
use crdt_schema::territory::{Level, TerritoryCode};

/// A département or a région, of which the territories are kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Only {
    code: TerritoryCode,
    departements: BTreeSet<&'static str>,
}

impl Only {
    /// Reads `DEP-45` or `REG-24`. A bare code says too little: `93` is both.
    pub fn parse(text: &str) -> Option<Self> {
        let lists = Territories::shared();
        let code = TerritoryCode::parse(text)?;
        let departements: BTreeSet<_> = match code.level() {
            Level::Departement => lists
                .departement(code.code())
                .map(|one| one.code)
                .into_iter()
                .collect(),
            Level::Region => lists
                .departements()
                .iter()
                .filter(|one| one.region == code.code())
                .map(|one| one.code)
                .collect(),
            _ => return None,
        };
        (!departements.is_empty()).then_some(Self { code, departements })
    }

    /// Returns the code, as it is typed.
    pub fn code(&self) -> String {
        self.code.to_string()
    }

    /// Tells whether a territory is kept. `members` are the communes of a group, where the list names them.
    pub(super) fn keeps(&self, code: &TerritoryCode, members: &[String]) -> bool {
        let lists = Territories::shared();
        let has = |departement: &str| self.departements.contains(departement);
        let has_commune = |commune: &str| {
            TerritoryCode::of(Level::Commune, commune)
                .as_ref()
                .and_then(TerritoryCode::departement)
                .is_some_and(has)
        };
        match code.level() {
            Level::Region => lists
                .departements()
                .iter()
                .any(|one| one.region == code.code() && has(one.code)),
            Level::Epci if members.is_empty() => lists
                .epci_by_code(code.code())
                .is_some_and(|group| group.members().any(has_commune)),
            Level::Epci => members.iter().any(|member| has_commune(member)),
            _ => code.departement().is_some_and(has),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> TerritoryCode {
        TerritoryCode::parse(text).expect(text)
    }

    #[test]
    fn a_departement_keeps_what_lies_in_it() {
        let only = Only::parse("dep-45").expect("listed");
        assert_eq!(only.code(), "DEP-45");
        for kept in [
            "COM-45155",
            "DEP-45",
            "REG-24",
            "EPCI-244500211",
            "QPV-QN04512M",
        ] {
            assert!(only.keeps(&code(kept), &[]), "{kept}");
        }
        for other in [
            "COM-18033",
            "DEP-18",
            "REG-93",
            "EPCI-200093201",
            "QPV-QN01801M",
        ] {
            assert!(!only.keeps(&code(other), &[]), "{other}");
        }
        let members = ["18033", "45155"].map(str::to_owned);
        assert!(
            only.keeps(&code("EPCI-200093201"), &members),
            "the list says so"
        );
        assert!(!only.keeps(&code("EPCI-244500211"), &members[..1]));
    }

    #[test]
    fn a_region_keeps_its_departements() {
        let only = Only::parse("REG-24").expect("listed");
        assert!(only.keeps(&code("COM-18033"), &[]));
        assert!(only.keeps(&code("DEP-45"), &[]));
        assert!(!only.keeps(&code("REG-93"), &[]));
    }

    #[test]
    fn a_bare_code_another_level_and_what_no_list_has_are_none() {
        for text in ["45", "93", "COM-45155", "DEP-99", "REG-82", "DEP-045", ""] {
            assert_eq!(Only::parse(text), None, "{text}");
        }
    }
}
