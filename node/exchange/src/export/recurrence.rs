//! Recurrences as calendars write them (RFC 5545, 3.3.10 and 3.8.5).
//!
//! A record keeps a recurrence as a text: what another calendar said, or what a person typed. A rule is written where it is one, whole and
//! valid; the words of a person where they can mean one rule only. A series with an hour is told in its own zone, with the zone itself:
//! in UTC it would move by an hour each spring.

use std::io::{self, Write};

use crdt_schema::record::folded;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

/// When the first of a series is.
#[derive(Clone, Debug)]
pub(super) enum Start {
    Day(Date),
    Hour(Timestamp, TimeZone),
}

/// A series.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Series {
    /// The lines that say it.
    pub(super) lines: String,
    /// Whether a person said it in words, beside the first day of it and the last.
    pub(super) is_worded: bool,
    /// Of one that a person said, the shortest time from one date to the next.
    pub(super) period_days: i32,
}

impl Series {
    /// Reads what a record says. `last` is its last day, which ends a series that a person typed. Nothing where it is no rule.
    pub(super) fn of(text: &str, start: &Start, last: Option<Date>) -> Option<Self> {
        if let Some(rule) = worded(text, start) {
            let until = last.and_then(|last| start.until(&last.strftime("%Y%m%d").to_string()));
            let until = until.map_or(String::new(), |until| format!(";UNTIL={until}"));
            return Some(Self {
                is_worded: true,
                period_days: period_days(&rule),
                lines: format!("RRULE:{rule}{until}\r\n"),
            });
        }
        let mut lines = String::new();
        let mut parts = text.split_whitespace();
        while let Some(part) = parts.next() {
            // An import says in brackets how many dates it did not keep.
            if part == "(et" {
                parts.by_ref().find(|part| part.ends_with(')'));
                continue;
            }
            let (name, value) = part.split_once(':')?;
            match name {
                "RRULE" => lines = format!("RRULE:{}\r\n{lines}", rule(value, start)?),
                "EXDATE" | "RDATE" => {
                    let dates = value.split(',').filter_map(|date| start.date(date));
                    let dates: Vec<String> = dates.collect();
                    if dates.is_empty() {
                        continue;
                    }
                    let kind = match start {
                        Start::Day(_) => ";VALUE=DATE",
                        Start::Hour(..) => "",
                    };
                    lines += &format!("{name}{kind}:{}\r\n", dates.join(","));
                }
                _ => return None,
            }
        }
        (!lines.is_empty()).then_some(Self {
            lines,
            is_worded: false,
            period_days: 0,
        })
    }
}

/// The shortest time from one date of a rule to the next, in days.
fn period_days(rule: &str) -> i32 {
    let value = |key: &str| rule.split(';').find_map(|part| part.strip_prefix(key));
    let every: i32 = value("INTERVAL=")
        .and_then(|every| every.parse().ok())
        .unwrap_or(1);
    let has_several = value("BYDAY=").is_some_and(|days| days.contains(','));
    let days = match value("FREQ=") {
        Some("YEARLY") => 365,
        Some("MONTHLY") => 28,
        Some("WEEKLY") if !has_several => 7,
        _ => 1,
    };
    every.saturating_mul(days)
}

impl Start {
    /// The day on which it starts, where it is.
    fn weekday(&self) -> Weekday {
        match self {
            Start::Day(day) => day.weekday(),
            Start::Hour(at, zone) => at.to_zoned(zone.clone()).weekday(),
        }
    }

    /// An end as a rule of this start takes it: a day for days, an instant in UTC for hours.
    fn until(&self, text: &str) -> Option<String> {
        match self {
            Start::Day(_) => Some(day(text.get(..8)?)?.strftime("%Y%m%d").to_string()),
            Start::Hour(_, zone) => {
                let at = match text.len() {
                    8 => zone.to_timestamp(day(text)?.at(23, 59, 59, 0)).ok()?,
                    _ => instant(text, zone)?,
                };
                Some(at.strftime("%Y%m%dT%H%M%SZ").to_string())
            }
        }
    }

    /// A date that a series adds or leaves out.
    fn date(&self, text: &str) -> Option<String> {
        match self {
            Start::Day(_) => self.until(text),
            Start::Hour(_, zone) => {
                let at = instant(text, zone)?;
                Some(at.strftime("%Y%m%dT%H%M%SZ").to_string())
            }
        }
    }
}

fn day(text: &str) -> Option<Date> {
    Date::strptime("%Y%m%d", text).ok()
}

fn instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let (text, zone) = match text.strip_suffix('Z') {
        Some(text) => (text, &TimeZone::UTC),
        None => (text, zone),
    };
    let at = DateTime::strptime("%Y%m%dT%H%M%S", text).ok()?;
    zone.to_timestamp(at).ok()
}

/// Takes a rule apart and writes it again: `None` for one that a calendar could misread.
fn rule(text: &str, start: &Start) -> Option<String> {
    let text = text.to_ascii_uppercase();
    let mut parts: Vec<(&str, String)> = Vec::new();
    for part in text.split(';').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=')?;
        if parts.iter().any(|(known, _)| *known == name) {
            return None;
        }
        let value = match name {
            "UNTIL" => start.until(value)?,
            _ => is_part(name, value).then(|| value.to_owned())?,
        };
        parts.push((name, value));
    }
    let has = |wanted: &str| parts.iter().any(|(name, _)| *name == wanted);
    let frequency = parts.iter().find(|(name, _)| *name == "FREQ")?.1.clone();
    let has_numbers = parts.iter().any(|(name, value)| {
        *name == "BYDAY" && value.contains(|letter: char| letter.is_ascii_digit())
    });
    let is_long = matches!(frequency.as_str(), "MONTHLY" | "YEARLY");
    if (has("COUNT") && has("UNTIL")) || (has_numbers && !is_long) {
        return None;
    }
    // The frequency first, as older readers want it.
    parts.sort_by_key(|(name, _)| *name != "FREQ");
    let parts = parts.iter().map(|(name, value)| format!("{name}={value}"));
    Some(parts.collect::<Vec<_>>().join(";"))
}

fn is_part(name: &str, value: &str) -> bool {
    let number = |text: &str, most: i32| -> bool {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let is_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_digits
            && text
                .parse::<i32>()
                .is_ok_and(|it| it != 0 && it.abs() <= most)
    };
    let all = |is_one: &dyn Fn(&str) -> bool| value.split(',').all(is_one);
    let is_positive = !value.starts_with(['+', '-']);
    match name {
        "FREQ" => matches!(value, "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY"),
        "COUNT" | "INTERVAL" => is_positive && number(value, 100_000),
        "BYMONTH" => is_positive && all(&|it| number(it, 12)),
        "BYMONTHDAY" => all(&|it| number(it, 31)),
        "BYYEARDAY" | "BYSETPOS" => all(&|it| number(it, 366)),
        "BYWEEKNO" => all(&|it| number(it, 53)),
        "WKST" => DAYS.iter().any(|(_, code, _)| *code == value),
        "BYDAY" => all(&|it| {
            let Some(at) = it
                .len()
                .checked_sub(2)
                .filter(|at| it.is_char_boundary(*at))
            else {
                return false;
            };
            let (ordinal, code) = it.split_at(at);
            let is_day = DAYS.iter().any(|(_, known, _)| *known == code);
            is_day && (ordinal.is_empty() || number(ordinal, 53))
        }),
        _ => false,
    }
}

/// A rule that the words of a person mean, and no other: a day of the week has to be that of the start.
fn worded(text: &str, start: &Start) -> Option<String> {
    let text = folded(text);
    let whole = [
        (
            "DAILY",
            ["tous les jours", "chaque jour", "quotidien", "every day"],
        ),
        (
            "WEEKLY",
            [
                "toutes les semaines",
                "chaque semaine",
                "hebdomadaire",
                "every week",
            ],
        ),
        (
            "MONTHLY",
            ["tous les mois", "chaque mois", "mensuel", "every month"],
        ),
        (
            "YEARLY",
            ["tous les ans", "chaque annee", "annuel", "every year"],
        ),
    ];
    if let Some((frequency, _)) = whole
        .iter()
        .find(|(_, words)| words.contains(&text.as_str()))
    {
        return Some(format!("FREQ={frequency}"));
    }
    let day = ["tous les ", "chaque ", "every "].iter();
    let day = day.filter_map(|before| text.strip_prefix(before)).next()?;
    let day = day.strip_suffix('s').unwrap_or(day);
    let (_, code, _) = DAYS
        .iter()
        .find(|(weekday, _, names)| names.contains(&day) && *weekday == start.weekday())?;
    Some(format!("FREQ=WEEKLY;BYDAY={code}"))
}

const DAYS: [(Weekday, &str, [&str; 2]); 7] = [
    (Weekday::Monday, "MO", ["lundi", "monday"]),
    (Weekday::Tuesday, "TU", ["mardi", "tuesday"]),
    (Weekday::Wednesday, "WE", ["mercredi", "wednesday"]),
    (Weekday::Thursday, "TH", ["jeudi", "thursday"]),
    (Weekday::Friday, "FR", ["vendredi", "friday"]),
    (Weekday::Saturday, "SA", ["samedi", "saturday"]),
    (Weekday::Sunday, "SU", ["dimanche", "sunday"]),
];

/// Writes a zone with all its changes, from some years ago to some years on.
pub(super) fn zone(out: &mut impl Write, name: &str, zone: &TimeZone, year: i16) -> io::Result<()> {
    let first = Date::constant(ZONE_FROM, 1, 1).at(0, 0, 0, 0);
    let Ok(first) = zone.to_timestamp(first) else {
        return Ok(());
    };
    write!(out, "BEGIN:VTIMEZONE\r\nTZID:{name}\r\n")?;
    let before = zone.to_offset(first);
    observance(out, "STANDARD", "19700101T000000", (before, before))?;
    for change in zone.following(first) {
        let at = change.timestamp();
        let Ok(earlier) = at.checked_sub(1.second()) else {
            break;
        };
        let from = zone.to_offset(earlier);
        let local = from.to_datetime(at);
        if local.year() > year.saturating_add(ZONE_YEARS) {
            break;
        }
        let kind = if change.dst().is_dst() {
            "DAYLIGHT"
        } else {
            "STANDARD"
        };
        let onset = local.strftime("%Y%m%dT%H%M%S").to_string();
        observance(out, kind, &onset, (from, change.offset()))?;
    }
    write!(out, "END:VTIMEZONE\r\n")
}

fn observance(
    out: &mut impl Write,
    kind: &str,
    onset: &str,
    (from, to): (Offset, Offset),
) -> io::Result<()> {
    let [from, to] = [from, to].map(|offset| {
        let seconds = offset.seconds();
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = seconds.unsigned_abs() / 60;
        format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
    });
    write!(
        out,
        "BEGIN:{kind}\r\nDTSTART:{onset}\r\nTZOFFSETFROM:{from}\r\nTZOFFSETTO:{to}\r\nEND:{kind}\r\n"
    )
}

/// The first year whose changes a zone has.
const ZONE_FROM: i16 = 2015;
/// Years after the day of the export whose changes a zone has.
const ZONE_YEARS: i16 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn wednesday() -> Start {
        Start::Day(Date::constant(2026, 9, 2))
    }

    fn evening() -> Start {
        let zone = TimeZone::get("Europe/Paris").expect("compiled in");
        let at = Date::constant(2026, 9, 2).at(18, 0, 0, 0);
        let at = zone.to_timestamp(at).expect("it exists");
        Start::Hour(at, zone)
    }

    fn lines(text: &str, start: &Start) -> Option<String> {
        Series::of(text, start, None).map(|series| series.lines)
    }

    #[test]
    fn a_rule_is_written_as_its_start_takes_it() {
        let text = "RRULE:INTERVAL=2;FREQ=weekly;UNTIL=20270630 EXDATE:20261020T160000Z,20261027T170000 (et 3 autres dates)";
        assert_eq!(
            lines(text, &evening()).as_deref(),
            Some(
                "RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20270630T215959Z\r\nEXDATE:20261020T160000Z,20261027T160000Z\r\n"
            )
        );
        assert_eq!(
            lines(
                "RRULE:FREQ=WEEKLY;UNTIL=20270630T000000Z EXDATE:20261020",
                &wednesday()
            )
            .as_deref(),
            Some("RRULE:FREQ=WEEKLY;UNTIL=20270630\r\nEXDATE;VALUE=DATE:20261020\r\n")
        );
        for right in [
            "FREQ=MONTHLY;BYDAY=2WE,-1FR",
            "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=12",
            "FREQ=YEARLY;BYMONTH=6;BYDAY=SU;BYSETPOS=3;WKST=MO",
        ] {
            let expected = format!("RRULE:{right}\r\n");
            assert_eq!(
                lines(&format!("RRULE:{right}"), &wednesday()),
                Some(expected)
            );
        }
    }

    #[test]
    fn what_is_no_whole_rule_is_not_written() {
        for wrong in [
            "",
            "tous les mercredis hors vacances",
            "RRULE:",
            "RRULE:COUNT=3",
            "RRULE:FREQ=SECONDLY",
            "RRULE:FREQ=WEEKLY;COUNT=3;UNTIL=20270101",
            "RRULE:FREQ=WEEKLY;COUNT=0",
            "RRULE:FREQ=WEEKLY;BYDAY=2WE",
            "RRULE:FREQ=WEEKLY;BYDAY=XX",
            "RRULE:FREQ=WEEKLY;BYDAY=é",
            "RRULE:FREQ=WEEKLY;FREQ=DAILY",
            "RRULE:FREQ=WEEKLY;UNTIL=demain",
            "RRULE:FREQ=DAILY;X-OWN=1",
            "BEGIN:VEVENT",
            "EXDATE:demain",
        ] {
            assert_eq!(lines(wrong, &wednesday()), None, "{wrong}");
        }
    }

    #[test]
    fn words_are_a_rule_where_they_can_mean_one_only() {
        for (words, rule) in [
            ("Tous les mercredis", "FREQ=WEEKLY;BYDAY=WE"),
            ("chaque mercredi", "FREQ=WEEKLY;BYDAY=WE"),
            ("Every Wednesday", "FREQ=WEEKLY;BYDAY=WE"),
            ("hebdomadaire", "FREQ=WEEKLY"),
            ("Tous les ans.", "FREQ=YEARLY"),
        ] {
            let series = Series::of(words, &evening(), None).expect("a series");
            assert_eq!(series.lines, format!("RRULE:{rule}\r\n"), "{words}");
            assert!(series.is_worded);
        }
        assert_eq!(lines("tous les jeudis", &wednesday()), None);
        let last = Some(Date::constant(2027, 6, 30));
        let series = Series::of("tous les mercredis", &wednesday(), last).expect("a series");
        assert_eq!(
            series.lines,
            "RRULE:FREQ=WEEKLY;BYDAY=WE;UNTIL=20270630\r\n"
        );
    }

    #[test]
    fn a_zone_has_its_changes_of_some_years() {
        let paris = TimeZone::get("Europe/Paris").expect("compiled in");
        let mut out = Vec::new();
        zone(&mut out, "Europe/Paris", &paris, 2026).expect("written");
        let text = String::from_utf8(out).expect("ASCII");
        let spring = "BEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\n";
        assert!(text.contains(spring), "{text}");
        assert!(text.contains("DTSTART:20361026T030000"), "{text}");
        assert!(!text.contains("DTSTART:2037"), "{text}");
        let mut out = Vec::new();
        let noumea = TimeZone::get("Pacific/Noumea").expect("compiled in");
        zone(&mut out, "Pacific/Noumea", &noumea, 2026).expect("written");
        let text = String::from_utf8(out).expect("ASCII");
        assert_eq!(text.matches("BEGIN:STANDARD").count(), 1, "{text}");
        assert!(text.contains("TZOFFSETTO:+1100"), "{text}");
    }
}
