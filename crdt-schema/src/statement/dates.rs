//! After how many days a section is to be looked at again: by kind, as the programme of the federation says.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::label::Day;
use crate::profile::ProfileError;
use crate::statement::Due;

/// Days after which a section should, and after which it must be looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DueDays {
    advised: u16,
    required: u16,
}

/// The days of each kind. A kind of which no programme says anything has the usual ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DueDates(BTreeMap<&'static str, DueDays>);

impl Default for DueDays {
    fn default() -> Self {
        Self::USUAL
    }
}

impl DueDays {
    /// Those of a kind for which no programme names others.
    pub const USUAL: DueDays = DueDays {
        advised: 180,
        required: 240,
    };

    /// Takes both, in their order.
    pub fn new(advised: u16, required: u16) -> Option<Self> {
        let is_sound = (1..required).contains(&advised) && required <= DAYS_MAX;
        is_sound.then_some(Self { advised, required })
    }

    /// Returns the days after which a section should be looked at again.
    pub fn advised(self) -> i64 {
        self.advised.into()
    }

    /// Returns the days after which a section must be looked at again.
    pub fn required(self) -> i64 {
        self.required.into()
    }

    /// Judges the last day on which a section was confirmed. A day after tomorrow's is nobody's: a wrong clock must not keep a section
    /// up to date for ever. Tomorrow is allowed, for the sake of time zones.
    pub fn judge(self, confirmed: Option<Day>, today: Day) -> Due {
        match confirmed.filter(|day| is_reached(*day, today)) {
            None => Due::Never,
            Some(day) => match today.days_since(day) {
                age if age >= self.required() => Due::Required,
                age if age >= self.advised() => Due::Advised,
                _ => Due::UpToDate,
            },
        }
    }

    pub(crate) fn checked(self, what: &str) -> Result<Self, ProfileError> {
        let wrong = || ProfileError::Days(what.to_owned());
        Self::new(self.advised, self.required).ok_or_else(wrong)
    }

    /// Of two programmes, the one that asks sooner: what is confirmed for it is confirmed for the other one.
    pub(crate) fn stricter(self, other: Self) -> Self {
        Self {
            advised: self.advised.min(other.advised),
            required: self.required.min(other.required),
        }
    }
}

impl DueDates {
    /// Gathers what was said of kinds.
    pub fn of(said: impl IntoIterator<Item = (&'static str, DueDays)>) -> Self {
        let others = said.into_iter().filter(|(_, days)| *days != DueDays::USUAL);
        Self(others.collect())
    }

    /// Returns the days of a kind, by its code.
    pub fn days(&self, kind: &str) -> DueDays {
        self.0.get(kind).copied().unwrap_or_default()
    }

    /// Returns the kinds whose days are not the usual ones, by their code.
    pub fn others(&self) -> &BTreeMap<&'static str, DueDays> {
        &self.0
    }
}

/// Tells whether a day is one that somebody can have seen.
pub(super) fn is_reached(day: Day, today: Day) -> bool {
    today.days_since(day) >= -1
}

/// Ten years: who wants to wait longer wants no confirmation.
const DAYS_MAX: u16 = 3_660;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_taken_in_their_order_and_within_ten_years() {
        for (advised, required) in [(1, 2), (180, 240), (3_659, 3_660)] {
            assert!(DueDays::new(advised, required).is_some(), "{advised}");
        }
        for (advised, required) in [(0, 1), (2, 2), (3, 2), (1, 3_661)] {
            assert_eq!(DueDays::new(advised, required), None, "{advised}");
        }
    }

    #[test]
    fn the_stricter_of_two_asks_as_soon_as_either() {
        let [soon, late] = [(30, 200), (60, 90)]
            .map(|(advised, required)| DueDays::new(advised, required).expect("sound"));
        let both = soon.stricter(late);
        assert_eq!((both.advised(), both.required()), (30, 90));
        assert_eq!(both, late.stricter(soon));
    }

    #[test]
    fn a_kind_of_which_nobody_says_anything_has_the_usual_days() {
        let own = DueDays::new(60, 90).expect("sound");
        let dates = DueDates::of([("actor", DueDays::USUAL), ("event", own)]);
        assert_eq!(dates.days("event"), own);
        assert_eq!(dates.days("actor"), DueDays::USUAL);
        assert_eq!(dates.others().len(), 1, "what is usual is not said apart");
    }
}
