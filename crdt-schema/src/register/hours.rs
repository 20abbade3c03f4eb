//! Opening hours, in the form of OpenStreetMap (`opening_hours`): read strictly, so that whoever takes our files can read them too.
//!
//! What people write instead (`lundi à vendredi 9h-12h`) is never taken as it is: one reading is offered, and a person confirms it. Of
//! the grammar, what no reception desk uses is left out: offsets from Easter or from the sun, steps of years.

mod grammar;
mod typed;

use super::outcome::{Code, Outcome};

/// Opening hours, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningHours {
    /// The rules, in their order: a later one stands above those before it, on its days.
    pub rules: Vec<OpeningRule>,
}

/// One rule: when, and what is so then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpeningRule {
    /// How it stands to the rules before.
    pub joint: RuleJoint,
    /// `24/7`.
    pub is_always: bool,
    /// Years, from and to; without an end, all that follow.
    pub years: Vec<(u16, Option<u16>)>,
    /// Dates of each year, from and to.
    pub dates: Vec<(YearDay, YearDay)>,
    /// Weeks of the year, from and to, and how many weeks each step takes.
    pub weeks: Vec<(u8, u8, u8)>,
    /// Holidays within which the days of the week are meant.
    pub within: Vec<Holiday>,
    /// Days.
    pub days: Vec<OpenDays>,
    /// Times of the day; none for all day.
    pub times: Vec<OpenTimes>,
    /// Whether it is open then.
    pub state: OpenState,
    /// What is said beside.
    pub comment: Option<String>,
}

/// How a rule stands to those before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RuleJoint {
    /// It adds to them.
    Added,
    /// It holds where none of them says anything.
    Otherwise,
    /// It stands in their place.
    #[default]
    Then,
}

/// A day of each year, or a whole month: the day is then not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct YearDay {
    /// The year, where one is said.
    pub year: Option<u16>,
    /// From 1.
    pub month: u8,
    /// From 1.
    pub day: Option<u8>,
}

/// Days that are no matter of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holiday {
    /// `PH`.
    Public,
    /// `SH`.
    School,
}

/// Days of a rule. Those of the week are counted from 0, Monday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenDays {
    /// Holidays.
    Holiday(Holiday),
    /// One day of the week, at some of its places in the month; those below zero are counted from the end.
    InMonth(u8, Vec<(i8, i8)>),
    /// From one day of the week to another.
    Week(u8, u8),
}

/// A time of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenTime {
    /// Minutes since midnight; beyond 24 hours, on the next day.
    At(u16),
    /// `sunrise`, or `dawn`.
    Sunrise,
    /// `sunset`, or `dusk`.
    Sunset,
}

/// From one time to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenTimes {
    /// When it opens.
    pub from: OpenTime,
    /// When it closes; nothing where only the beginning is known.
    pub to: Option<OpenTime>,
}

/// Whether it is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OpenState {
    /// `off` or `closed`.
    Closed,
    /// It is.
    #[default]
    Open,
    /// `unknown`, or nothing but a comment: one has to ask.
    Unknown,
}

impl OpeningHours {
    /// Reads opening hours in their strict form.
    pub fn parse(text: &str) -> Option<Self> {
        grammar::read(text)
    }

    /// Says whether a rule names days and no hours, which means all day: often the hours were forgotten.
    pub fn is_open_all_day(&self) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.state == OpenState::Open && !rule.is_always && rule.times.is_empty())
    }
}

/// Reads opening hours as people type them.
pub fn opening_hours(text: &str) -> Outcome<String> {
    let strict = |text: &str| {
        OpeningHours::parse(text).map(|hours| match hours.is_open_all_day() {
            true => Outcome::Warned(text.to_owned(), Code::AllDay),
            false => Outcome::Valid(text.to_owned()),
        })
    };
    if let Some(outcome) = strict(text) {
        return outcome;
    }
    if let Some(outcome) = text
        .strip_suffix(';')
        .and_then(|rest| strict(rest.trim_end()))
    {
        return outcome.repaired(Code::Separator);
    }
    let offered = typed::reading(text).and_then(|offered| strict(&offered));
    offered.map_or(Outcome::Invalid(Code::Format), |outcome| {
        outcome.only_proposed(Code::Format)
    })
}

#[cfg(test)]
mod tests;
