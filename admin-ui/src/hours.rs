//! Opening hours in words: `Mo-Fr 08:30-12:30; PH off` as a sign at a door says it.

use crdt_schema::register::{
    Holiday, OpenDays, OpenState, OpenTime, OpenTimes, OpeningHours, OpeningRule, RuleJoint,
    YearDay,
};
use fluent_bundle::FluentValue;

use crate::i18n::Language;
use crate::wording;

/// Says opening hours in words. What cannot be read is shown as it is.
pub(crate) fn in_words(language: Language, text: &str) -> String {
    let Some(hours) = OpeningHours::parse(text) else {
        return text.to_owned();
    };
    let say = Saying(language);
    let rules: Vec<String> = hours.rules.iter().map(|rule| say.rule(rule)).collect();
    rules.join(&language.text("hours-next"))
}

struct Saying(Language);

impl Saying {
    fn rule(&self, rule: &OpeningRule) -> String {
        let when = self.when(rule);
        let is_all_day = rule.times.is_empty() && !rule.is_always && !when.is_empty();
        let said = match rule.state {
            OpenState::Closed if when.is_empty() => self.0.text("hours-closed"),
            OpenState::Closed => self.with("hours-closed-when", &[("when", when)]),
            OpenState::Open if is_all_day => self.with("hours-all-day", &[("when", when)]),
            OpenState::Unknown if rule.comment.is_none() => {
                self.with("hours-to-ask", &[("when", when)])
            }
            OpenState::Open | OpenState::Unknown => when,
        };
        let said = match &rule.comment {
            Some(comment) if said.is_empty() => comment.clone(),
            Some(comment) => self.with(
                "hours-commented",
                &[("said", said), ("comment", comment.clone())],
            ),
            None => said,
        };
        match rule.joint {
            RuleJoint::Otherwise => self.with("hours-otherwise", &[("said", said)]),
            RuleJoint::Added | RuleJoint::Then => said,
        }
    }

    /// Says the years, the dates, the weeks, the days and the times of a rule, one after the other.
    fn when(&self, rule: &OpeningRule) -> String {
        let mut said = Vec::new();
        if rule.is_always {
            said.push(self.0.text("hours-always"));
        }
        said.push(self.list(rule.years.iter().map(|years| self.years(*years))));
        said.push(self.list(rule.dates.iter().map(|dates| self.dates(*dates))));
        said.push(self.list(rule.weeks.iter().map(|weeks| self.weeks(*weeks))));
        said.push(self.list(rule.within.iter().map(|holiday| self.holiday(*holiday))));
        said.push(self.list(rule.days.iter().map(|days| self.days(days))));
        said.push(self.list(rule.times.iter().map(|times| self.times(*times))));
        said.retain(|part| !part.is_empty());
        said.join(" ")
    }

    fn years(&self, (from, to): (u16, Option<u16>)) -> String {
        // A year is no number that is grouped by thousands.
        let from = from.to_string();
        match to.map(|to| to.to_string()) {
            None => self.with("hours-years-on", &[("from", from)]),
            Some(to) if to == from => self.with("hours-year", &[("year", from)]),
            Some(to) => self.with("hours-years", &[("from", from), ("to", to)]),
        }
    }

    fn dates(&self, (from, to): (YearDay, YearDay)) -> String {
        let [first, last] = [from, to].map(|at| self.year_day(at));
        match (from == to, from.day.is_some()) {
            (true, true) => self.with("hours-date", &[("date", first)]),
            (true, false) => self.with("hours-month", &[("month", first)]),
            (false, true) => self.with("hours-dates", &[("from", first), ("to", last)]),
            (false, false) => self.with("hours-months", &[("from", first), ("to", last)]),
        }
    }

    fn year_day(&self, at: YearDay) -> String {
        let month = self.0.month(usize::from(at.month));
        let said = match at.day {
            None => month,
            Some(day) => {
                let values = [("day", u64::from(day).into()), ("month", month.into())];
                self.0.text_with("hours-day-of-month", &values)
            }
        };
        match at.year {
            None => said,
            Some(year) => format!("{said} {year}"),
        }
    }

    fn weeks(&self, (from, to, step): (u8, u8, u8)) -> String {
        let values: [(&str, FluentValue<'_>); 3] = [
            ("from", u64::from(from).into()),
            ("to", u64::from(to).into()),
            ("step", u64::from(step).into()),
        ];
        self.0.text_with(
            match (from == to, step) {
                (true, _) => "hours-week",
                (false, 1) => "hours-weeks",
                (false, _) => "hours-weeks-step",
            },
            &values,
        )
    }

    fn holiday(&self, holiday: Holiday) -> String {
        self.0.text(match holiday {
            Holiday::Public => "hours-public-holidays",
            Holiday::School => "hours-school-holidays",
        })
    }

    fn days(&self, days: &OpenDays) -> String {
        match days {
            OpenDays::Holiday(holiday) => self.holiday(*holiday),
            OpenDays::InMonth(day, places) => {
                let places = places.iter().flat_map(|(first, last)| *first..=*last);
                self.list(places.map(|place| self.in_month(*day, place)))
            }
            OpenDays::Week(0, 6) => self.0.text("hours-every-day"),
            OpenDays::Week(first, last) if first == last => self.weekday(*first),
            OpenDays::Week(first, last) => {
                let (from, to) = (self.weekday(*first), self.weekday(*last));
                self.with("hours-days", &[("from", from), ("to", to)])
            }
        }
    }

    fn in_month(&self, day: u8, place: i8) -> String {
        let values: [(&str, FluentValue<'_>); 2] = [
            ("day", self.weekday(day).into()),
            ("place", u64::from(place.unsigned_abs()).into()),
        ];
        self.0.text_with(
            match place {
                -1 => "hours-last-of-month",
                ..0 => "hours-from-end-of-month",
                _ => "hours-of-month",
            },
            &values,
        )
    }

    fn times(&self, times: OpenTimes) -> String {
        let from = self.time(times.from);
        match times.to {
            Some(to) => self.with("hours-times", &[("from", from), ("to", self.time(to))]),
            None => self.with("hours-from", &[("from", from)]),
        }
    }

    fn time(&self, time: OpenTime) -> String {
        let at = match time {
            OpenTime::At(at) => at,
            OpenTime::Sunrise => return self.0.text("hours-sunrise"),
            OpenTime::Sunset => return self.0.text("hours-sunset"),
        };
        if at == DAY {
            return self.0.text("hours-midnight");
        }
        let within = at % DAY;
        let values: [(&str, FluentValue<'_>); 2] = [
            ("hour", u64::from(within / 60).into()),
            ("minute", format!("{:02}", within % 60).into()),
        ];
        let said = self.0.text_with(
            match within % 60 {
                0 => "hours-sharp",
                _ => "hours-time",
            },
            &values,
        );
        match at > DAY {
            true => self.with("hours-next-day", &[("time", said)]),
            false => said,
        }
    }

    fn weekday(&self, day: u8) -> String {
        wording::weekday(self.0, usize::from(day))
    }

    /// Joins with commas, the last with a word.
    fn list(&self, said: impl Iterator<Item = String>) -> String {
        let mut all: Vec<String> = said.collect();
        let Some(last) = all.pop() else {
            return String::new();
        };
        match all.is_empty() {
            true => last,
            false => self.with("hours-and", &[("first", all.join(", ")), ("last", last)]),
        }
    }

    fn with<const N: usize>(&self, key: &str, values: &[(&str, String); N]) -> String {
        let values = values
            .each_ref()
            .map(|(name, text)| (*name, text.clone().into()));
        self.0.text_with(key, &values)
    }
}

/// Minutes.
const DAY: u16 = 24 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_said_in_both_languages() {
        for (hours, french, english) in [
            (
                "Mo-Fr 08:30-12:30,13:30-17:00; Sa 09:00-12:00",
                "du lundi au vendredi de 8\u{a0}h\u{a0}30 à 12\u{a0}h\u{a0}30 et de 13\u{a0}h\u{a0}30 à 17\u{a0}h\u{a0}; samedi de 9\u{a0}h à 12\u{a0}h",
                "Monday to Friday 8:30–12:30 and 13:30–17:00; Saturday 9:00–12:00",
            ),
            (
                "24/7",
                "24\u{a0}h sur 24, 7 jours sur 7",
                "24 hours a day, 7 days a week",
            ),
            (
                "We[1] 14:00-16:00",
                "le 1er mercredi du mois de 14\u{a0}h à 16\u{a0}h",
                "Wednesday no. 1 of the month 14:00–16:00",
            ),
            (
                "Jul 06-Aug 31 Mo-Sa 10:00-19:00",
                "du 6 juillet au 31 août du lundi au samedi de 10\u{a0}h à 19\u{a0}h",
                "6 July to 31 August Monday to Saturday 10:00–19:00",
            ),
            (
                "Mo-Fr 22:00-26:00; PH off",
                "du lundi au vendredi de 22\u{a0}h à 2\u{a0}h le lendemain\u{a0}; jours fériés\u{a0}: fermé",
                "Monday to Friday 22:00–2:00 on the next day; public holidays: closed",
            ),
            (
                "Mo-Su 10:00-18:00 \"sur rendez-vous\"",
                "tous les jours de 10\u{a0}h à 18\u{a0}h (sur rendez-vous)",
                "every day 10:00–18:00 (sur rendez-vous)",
            ),
            (
                "Mo,We",
                "lundi et mercredi toute la journée",
                "Monday and Wednesday all day",
            ),
            ("lundi 9h-12h", "lundi 9h-12h", "lundi 9h-12h"),
        ] {
            assert_eq!(in_words(Language::French, hours), french);
            assert_eq!(in_words(Language::English, hours), english);
        }
    }
}
