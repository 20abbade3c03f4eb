//! What a code was in the list of a year, and what became of it by another year.

use super::lists::{Movement, Territories};

/// The first yearly list that is compiled in.
pub const FIRST_YEAR: u16 = 2021;
/// The latest yearly list that is compiled in.
pub const LAST_YEAR: u16 = 2026;

/// What a code stands for in the list of a year (1 January).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// An associated commune of another.
    Associated {
        /// The commune it belongs to.
        commune: &'static str,
    },
    /// A commune.
    Commune,
    /// A delegated commune of another.
    Delegated {
        /// The commune it belongs to.
        commune: &'static str,
    },
    /// No longer a code: the commune was merged.
    Merged {
        /// The commune that took it; none when it was shared out.
        commune: Option<&'static str>,
    },
    /// An arrondissement of Paris, Lyon or Marseille.
    MunicipalArrondissement {
        /// The city.
        commune: &'static str,
    },
    /// The same commune under an old number.
    Renumbered {
        /// Its code now.
        commune: &'static str,
    },
}

/// What became of a commune between two years.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// It was split, or a commune that it had taken came back: a person chooses.
    Choose(Vec<&'static str>),
    /// The same code means the same commune.
    Same,
    /// One commune took its place.
    Successor(&'static str),
    /// One of the two lists does not have it.
    Unknown,
}

impl Territories {
    /// Returns what a code stood for in a year; years outside our lists read the nearest list.
    pub fn standing(&self, code: &str, year: u16) -> Option<Standing> {
        let movements = self.movements_of(code);
        if movements.is_empty() {
            return self.commune(code).map(|_| Standing::Commune);
        }
        let movement = covering(movements, year)?;
        let commune = movement.target;
        Some(match movement.kind {
            "arrondissement" => Standing::MunicipalArrondissement { commune },
            "associated" => Standing::Associated { commune },
            "delegated" => Standing::Delegated { commune },
            "merged" => Standing::Merged {
                commune: (!commune.contains(' ')).then_some(commune),
            },
            "renumbered" => Standing::Renumbered { commune },
            _ => Standing::Commune,
        })
    }

    /// Returns the name that a code had in a year; a code merged before our lists has none.
    pub fn name_in(&self, code: &str, year: u16) -> Option<&'static str> {
        let movements = self.movements_of(code);
        if movements.is_empty() {
            return self.commune(code).map(|commune| commune.name);
        }
        covering(movements, year)
            .map(|movement| movement.name)
            .filter(|name| !name.is_empty())
    }

    /// Tells what became of a commune from the list of one year to a later one.
    pub fn carry(&self, code: &str, from: u16, to: u16) -> Carried {
        let (Some(Standing::Commune), Some(now)) =
            (self.standing(code, from), self.standing(code, to))
        else {
            return Carried::Unknown;
        };
        let successor = match now {
            Standing::Commune => None,
            Standing::Associated { commune }
            | Standing::Delegated { commune }
            | Standing::MunicipalArrondissement { commune }
            | Standing::Renumbered { commune }
            | Standing::Merged {
                commune: Some(commune),
            } => Some(commune),
            Standing::Merged { commune: None } => return Carried::Unknown,
        };
        let mut choices: Vec<&'static str> = self
            .parts_of(code)
            .filter(|part| covers(part, from))
            .map(|part| part.code)
            .filter(|part| Some(*part) != successor && *part != code)
            .filter(|part| self.standing(part, to) == Some(Standing::Commune))
            .collect();
        match (choices.is_empty(), successor) {
            (true, None) => Carried::Same,
            (true, Some(successor)) => Carried::Successor(successor),
            (false, kept) => {
                choices.extend(kept.or_else(|| self.commune(code).map(|commune| commune.code)));
                choices.sort_unstable();
                Carried::Choose(choices)
            }
        }
    }

    /// Tells what became of a code that a record holds since the year of its list. A code that was none then, a delegated commune that
    /// an older version took among them, leads to where it stands in the year asked.
    pub fn became(&self, code: &str, from: u16, to: u16) -> Carried {
        // What is right today is not led back to what it was.
        if from > to && self.standing(code, from) == Some(Standing::Commune) {
            return Carried::Same;
        }
        match (self.carry(code, from.min(to), to), self.standing(code, to)) {
            (Carried::Unknown, Some(standing)) => match standing {
                Standing::Commune | Standing::MunicipalArrondissement { .. } => Carried::Same,
                Standing::Associated { commune }
                | Standing::Delegated { commune }
                | Standing::Renumbered { commune }
                | Standing::Merged {
                    commune: Some(commune),
                } => Carried::Successor(commune),
                Standing::Merged { commune: None } => Carried::Unknown,
            },
            (carried, _) => carried,
        }
    }
}

fn covering(movements: &[Movement], year: u16) -> Option<&Movement> {
    movements.iter().find(|movement| covers(movement, year))
}

fn covers(movement: &Movement, year: u16) -> bool {
    let year = year.clamp(FIRST_YEAR, LAST_YEAR);
    (movement.first_year..=movement.last_year).contains(&year)
}

#[cfg(test)]
mod tests {
    use super::{Carried, Standing};
    use crate::register::Territories;

    #[test]
    fn a_code_can_go_and_come_back() {
        let lists = Territories::embedded();
        let delegated = Some(Standing::Delegated { commune: "85084" });
        assert_eq!(lists.standing("85165", 2023), delegated);
        assert_eq!(lists.standing("85165", 2024), Some(Standing::Commune));
        assert_eq!(lists.standing("85165", 1990), delegated, "the nearest list");
        assert_eq!(lists.standing("85165", 2090), Some(Standing::Commune));
        assert_eq!(lists.standing("01999", 2026), None);
        assert_eq!(lists.name_in("85165", 2023), Some("L'Oie"));
    }

    #[test]
    fn a_commune_is_carried_to_its_successor() {
        let lists = Territories::embedded();
        assert_eq!(lists.carry("01004", 2022, 2026), Carried::Same);
        assert_eq!(
            lists.carry("27058", 2022, 2023),
            Carried::Successor("27676")
        );
        assert_eq!(
            lists.carry("01039", 2022, 2026),
            Carried::Successor("01138")
        );
        assert_eq!(
            lists.carry("12076", 2024, 2025),
            Carried::Successor("12218")
        );
        assert_eq!(lists.carry("01999", 2022, 2026), Carried::Unknown);
    }

    #[test]
    fn what_a_record_holds_leads_to_the_commune_of_today() {
        let lists = Territories::embedded();
        let became = |code, from| lists.became(code, from, 2026);
        assert_eq!(became("45155", 2021), Carried::Same);
        assert_eq!(became("27058", 2022), Carried::Successor("27676"));
        // An older version took the code of a delegated commune.
        assert_eq!(became("01039", 2025), Carried::Successor("01138"));
        assert_eq!(became("13201", 2025), Carried::Same);
        assert_eq!(became("85084", 2025), Carried::Same);
        assert_eq!(
            became("85084", 2023),
            Carried::Choose(vec!["85084", "85165", "85212"])
        );
        assert_eq!(became("01999", 2025), Carried::Unknown);
        // A record of a later year than the one asked is not carried backwards.
        assert_eq!(lists.became("85084", 2025, 2023), Carried::Same);
        assert_eq!(
            lists.became("85165", 2026, 2023),
            Carried::Same,
            "right today"
        );
        assert_eq!(lists.became("27676", 2026, 2022), Carried::Same);
    }

    #[test]
    fn a_split_is_chosen_by_a_person() {
        let lists = Territories::embedded();
        assert_eq!(lists.carry("85084", 2022, 2023), Carried::Same);
        assert_eq!(
            lists.carry("85084", 2023, 2024),
            Carried::Choose(vec!["85084", "85165", "85212"])
        );
    }
}
