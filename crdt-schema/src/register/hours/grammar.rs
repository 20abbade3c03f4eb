//! The strict grammar: rules, their selectors, and nothing that is not one of them.

use super::{
    Holiday, OpenDays, OpenState, OpenTime, OpenTimes, OpeningHours, OpeningRule, RuleJoint,
    YearDay,
};

/// Reads all of a text, or nothing.
pub(super) fn read(text: &str) -> Option<OpeningHours> {
    let mut rest = Rest(text);
    let mut rules = vec![rest.rule(RuleJoint::Then)?];
    while !rest.0.is_empty() {
        if rules.len() == RULES_MAX {
            return None;
        }
        let joint = rest.joint()?;
        rules.push(rest.rule(joint)?);
    }
    Some(OpeningHours { rules })
}

/// What is not read yet.
#[derive(Clone, Copy)]
struct Rest<'t>(&'t str);

impl<'t> Rest<'t> {
    fn take(&mut self, sign: &str) -> bool {
        match self.0.strip_prefix(sign) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// Takes a blank, unless the text ends there.
    fn blank(&mut self) -> bool {
        self.0.len() > 1 && self.take(" ")
    }

    /// Takes a word of a list, and returns its place.
    fn word(&mut self, words: &[&str]) -> Option<u8> {
        let place = words.iter().position(|word| self.0.starts_with(word))?;
        let rest = &self.0[words[place].len()..];
        // A longer word is another one.
        if rest.starts_with(|c: char| c.is_alphabetic()) {
            return None;
        }
        self.0 = rest;
        u8::try_from(place).ok()
    }

    /// Takes exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<u16> {
        let number = self.0.get(..digits)?;
        let rest = &self.0[digits..];
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || rest.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.0 = rest;
        number.parse().ok()
    }

    /// Reads with `read`, or stays where it was.
    fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = *self;
        let found = read(self);
        if found.is_none() {
            *self = before;
        }
        found
    }

    /// Reads several, parted by commas.
    fn several<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Vec<T> {
        let mut all: Vec<T> = self.attempt(&mut read).into_iter().collect();
        while !all.is_empty() {
            let next = self.attempt(|rest| {
                if !rest.take(",") {
                    return None;
                }
                read(rest)
            });
            match next {
                Some(next) => all.push(next),
                None => break,
            }
        }
        all
    }

    fn joint(&mut self) -> Option<RuleJoint> {
        for (sign, joint) in [
            ("; ", RuleJoint::Then),
            (";", RuleJoint::Then),
            (" || ", RuleJoint::Otherwise),
            (", ", RuleJoint::Added),
        ] {
            if self.take(sign) {
                return Some(joint);
            }
        }
        None
    }

    fn rule(&mut self, joint: RuleJoint) -> Option<OpeningRule> {
        let before = self.0.len();
        let mut rule = OpeningRule {
            joint,
            ..OpeningRule::default()
        };
        if self.take("24/7") {
            rule.is_always = true;
            self.blank();
        } else {
            self.selectors(&mut rule);
        }
        let state = self.word(&["open", "off", "closed", "unknown"]);
        rule.state = match state {
            Some(1 | 2) => OpenState::Closed,
            Some(3) => OpenState::Unknown,
            _ => OpenState::Open,
        };
        if state.is_some() {
            self.attempt(|rest| (rest.blank() && rest.0.starts_with('"')).then_some(()));
        }
        if self.take("\"") {
            let (comment, rest) = self.0.split_once('"')?;
            rule.comment = Some(comment.to_owned());
            self.0 = rest;
            // Nobody says that it is open then.
            if state.is_none() && !rule.is_always && rule.times.is_empty() {
                rule.state = OpenState::Unknown;
            }
        }
        (self.0.len() < before).then_some(rule)
    }

    /// Reads what says when. Each part is followed by a blank, but the last.
    fn selectors(&mut self, rule: &mut OpeningRule) {
        let before = self.0;
        rule.years = self.several(Self::years);
        self.blank();
        rule.dates = self.several(Self::dates);
        self.blank();
        if self.take("week ") {
            rule.weeks = self.several(Self::weeks);
            self.blank();
        }
        if self.0.len() < before.len() && self.take(":") {
            self.blank();
        }
        rule.days = self.several(Self::days);
        let are_holidays = |days: &[OpenDays]| {
            let holidays = days.iter().map(|day| match day {
                OpenDays::Holiday(holiday) => Some(*holiday),
                _ => None,
            });
            holidays.collect::<Option<Vec<_>>>()
        };
        // `SH Mo-Fr`: the days of the week within the holidays.
        if let Some(holidays) = are_holidays(&rule.days).filter(|all| !all.is_empty()) {
            let within = self.attempt(|rest| {
                let days = rest.blank().then(|| rest.several(Self::days))?;
                (!days.is_empty()).then_some(days)
            });
            if let Some(days) = within {
                (rule.within, rule.days) = (holidays, days);
            }
        }
        self.blank();
        rule.times = self.several(|rest| {
            // A blank after the comma is common, and cannot be mistaken.
            rest.blank();
            rest.times()
        });
        self.attempt(|rest| {
            let is_state = |rest: &Self| {
                rest.0
                    .starts_with(|c: char| c == '"' || c.is_ascii_lowercase())
            };
            (rest.blank() && is_state(rest)).then_some(())
        });
    }

    fn years(&mut self) -> Option<(u16, Option<u16>)> {
        let first = self.number(4).filter(|year| *year >= 1900)?;
        // `10:00` has two digits, and a year is never followed by a time sign.
        if self.take("+") {
            return Some((first, None));
        }
        let last = self.attempt(|rest| rest.take("-").then(|| rest.number(4))?);
        let last = last.unwrap_or(first);
        (last >= first).then_some((first, Some(last)))
    }

    fn dates(&mut self) -> Option<(YearDay, YearDay)> {
        let from = self.year_day()?;
        let to = self.attempt(|rest| {
            if !rest.take("-") {
                return None;
            }
            let same_month = |rest: &mut Self| {
                from.day?;
                let day = rest.number(2)?;
                Some(YearDay {
                    day: Some(u8::try_from(day).ok()?),
                    ..from
                })
            };
            rest.attempt(same_month).or_else(|| rest.year_day())
        });
        let to = to.unwrap_or(from);
        let is_sound = |at: YearDay| {
            let most = DAYS[usize::from(at.month) - 1];
            at.day.is_none_or(|day| (1..=most).contains(&day))
        };
        let are_alike = from.day.is_some() == to.day.is_some();
        (is_sound(from) && is_sound(to) && are_alike).then_some((from, to))
    }

    fn year_day(&mut self) -> Option<YearDay> {
        let year = self.attempt(|rest| {
            let year = rest.number(4)?;
            rest.take(" ").then_some(year)
        });
        let month = self.word(&MONTHS)? + 1;
        let day = self.attempt(|rest| {
            let day = rest.take(" ").then(|| rest.number(2))??;
            // `Jul 10:00` is a month and a time.
            (!rest.0.starts_with(':')).then_some(u8::try_from(day).ok()?)
        });
        Some(YearDay { year, month, day })
    }

    fn weeks(&mut self) -> Option<(u8, u8, u8)> {
        let number = |rest: &mut Self| {
            let week = u8::try_from(rest.number(2)?).ok()?;
            (1..=53).contains(&week).then_some(week)
        };
        let first = number(self)?;
        let Some(last) = self.attempt(|rest| rest.take("-").then(|| number(rest))?) else {
            return Some((first, first, 1));
        };
        let step = self.attempt(|rest| {
            let step = rest.take("/").then(|| rest.number(1))??;
            u8::try_from(step).ok().filter(|step| *step > 0)
        });
        Some((first, last, step.unwrap_or(1)))
    }

    fn days(&mut self) -> Option<OpenDays> {
        if let Some(holiday) = self.word(&["PH", "SH"]) {
            return Some(OpenDays::Holiday(match holiday {
                0 => Holiday::Public,
                _ => Holiday::School,
            }));
        }
        let first = self.word(&WEEK)?;
        if self.take("[") {
            let places = self.several(Self::places);
            let is_closed = self.take("]");
            return (is_closed && !places.is_empty()).then_some(OpenDays::InMonth(first, places));
        }
        let last = match self.take("-") {
            true => self.word(&WEEK)?,
            false => first,
        };
        Some(OpenDays::Week(first, last))
    }

    fn places(&mut self) -> Option<(i8, i8)> {
        let is_from_end = self.take("-");
        let place = |rest: &mut Self| {
            let place = i8::try_from(rest.number(1)?).ok()?;
            (1..=5).contains(&place).then_some(place)
        };
        let first = place(self)?;
        if is_from_end {
            return Some((-first, -first));
        }
        let last = self.attempt(|rest| rest.take("-").then(|| place(rest))?);
        let last = last.unwrap_or(first);
        (last >= first).then_some((first, last))
    }

    fn times(&mut self) -> Option<OpenTimes> {
        let from = self.time(FIRST_MINUTE_MAX)?;
        if self.take("+") {
            return Some(OpenTimes { from, to: None });
        }
        let to = self.take("-").then(|| self.time(LAST_MINUTE_MAX))??;
        Some(OpenTimes { from, to: Some(to) })
    }

    fn time(&mut self, most: u16) -> Option<OpenTime> {
        match self.word(&["sunrise", "dawn", "sunset", "dusk"]) {
            Some(0 | 1) => return Some(OpenTime::Sunrise),
            Some(_) => return Some(OpenTime::Sunset),
            None => {}
        }
        let hour = self.number(2)?;
        let minute = self.take(":").then(|| self.number(2))??;
        let at = hour * 60 + minute;
        (minute < 60 && at <= most).then_some(OpenTime::At(at))
    }
}

/// The days of the week, as the form writes them.
pub(super) const WEEK: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const DAYS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/// Nothing opens later than midnight at the end of a day.
const FIRST_MINUTE_MAX: u16 = 24 * 60;
/// The end of the next day, which the form allows.
const LAST_MINUTE_MAX: u16 = 48 * 60;
/// More than any door has a sign for.
const RULES_MAX: usize = 50;
