//! When an event is: hours with their zone, or whole days.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

use super::line::Property;

/// The dates of an event as the cells that a table of dates has.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Dates {
    /// First hour: a local time of the zone, or UTC.
    pub(super) starts_at: String,
    pub(super) ends_at: String,
    /// First day.
    pub(super) starts: String,
    /// Last day: in a calendar, the end of whole days is the day after.
    pub(super) ends: String,
    /// The zone; empty when the file gives none.
    pub(super) zone: String,
    /// The hours are local, and nothing says of where.
    pub(super) is_floating: bool,
}

/// One date as written.
#[derive(Clone, Copy)]
enum Moment {
    Day(Date),
    Local(DateTime),
    Utc(DateTime),
}

/// Where a property is in time.
struct Placed<'p> {
    moment: Option<Moment>,
    value: &'p str,
    /// The zone that it names, by its name in the database where it is there.
    zone: Option<String>,
}

impl Dates {
    /// Reads the dates of an event. `usual` is the zone that the calendar names for all.
    pub(super) fn of(
        start: Option<&Property<'_>>,
        end: Option<&Property<'_>>,
        duration: Option<&str>,
        usual: Option<&str>,
    ) -> Self {
        let mut dates = Self::default();
        let Some(start) = start.map(Placed::of) else {
            return dates;
        };
        let end = end.map(Placed::of);
        let duration = duration.and_then(Duration::parse);
        match start.moment {
            Some(Moment::Day(day)) => dates.whole_days(day, end.as_ref(), duration),
            Some(Moment::Local(local)) => {
                let zone = start.zone.as_deref().or(usual);
                dates.is_floating = zone.is_none();
                dates.zone = zone.unwrap_or_default().to_owned();
                dates.starts_at = local.to_string();
                dates.end_of_hours(end.as_ref());
                if let (None, Some(duration)) = (&end, duration) {
                    dates.ends_at = duration.after(local, zone).unwrap_or_default();
                }
            }
            Some(Moment::Utc(utc)) => {
                dates.zone = usual.unwrap_or_default().to_owned();
                dates.starts_at = format!("{utc}Z");
                dates.end_of_hours(end.as_ref());
                if let (None, Some(duration)) = (&end, duration) {
                    dates.ends_at = duration.after(utc, Some("UTC")).unwrap_or_default();
                }
            }
            // What is no date is shown as it is, and refused where dates are read.
            None => {
                dates.starts_at = start.value.to_owned();
                dates.end_of_hours(end.as_ref());
            }
        }
        // An end that is the start says nothing.
        if dates.ends_at == dates.starts_at {
            dates.ends_at.clear();
        }
        dates
    }

    fn whole_days(&mut self, first: Date, end: Option<&Placed<'_>>, duration: Option<Duration>) {
        self.starts = first.to_string();
        let after = match (end.map(|end| (end.moment, end.value)), duration) {
            (Some((Some(Moment::Day(after)), _)), _) => Some(after),
            (Some((_, value)), _) => {
                self.ends = value.to_owned();
                return;
            }
            (None, Some(duration)) => first.checked_add(duration.days.days()).ok(),
            (None, None) => return,
        };
        let last = after.and_then(|after| after.checked_sub(1.day()).ok());
        self.ends = last.unwrap_or(first).max(first).to_string();
    }

    fn end_of_hours(&mut self, end: Option<&Placed<'_>>) {
        let Some(end) = end else { return };
        self.ends_at = match (end.moment, &end.zone) {
            (Some(Moment::Utc(utc)), _) => format!("{utc}Z"),
            (Some(Moment::Local(local)), Some(zone)) if *zone != self.zone => {
                // A zone that nobody knows stays beside its hour: it is refused where hours are read.
                in_utc(local, zone).unwrap_or_else(|| format!("{local} ({zone})"))
            }
            (Some(Moment::Local(local)), _) => local.to_string(),
            (Some(Moment::Day(after)), _) => {
                self.ends = after.checked_sub(1.day()).unwrap_or(after).to_string();
                String::new()
            }
            (None, _) => end.value.to_owned(),
        };
    }
}

impl<'p> Placed<'p> {
    fn of(property: &Property<'p>) -> Self {
        Self {
            moment: moment(property.value),
            value: property.value,
            zone: property.parameter("TZID").map(zone),
        }
    }
}

/// Reads `20260621`, `20260621T183000` and `20260621T163000Z`, and the same with their separators.
fn moment(value: &str) -> Option<Moment> {
    let digits: String = value
        .trim()
        .chars()
        .filter(|sign| !matches!(sign, '-' | ':'))
        .collect();
    let number = |text: &str| -> Option<i16> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().ok()).flatten()
    };
    let small = |text: &str| i8::try_from(number(text)?).ok();
    let (day, time) = match digits.split_once(['T', 't']) {
        Some((day, time)) => (day, Some(time)),
        None => (digits.as_str(), None),
    };
    if day.len() != 8 || !day.is_ascii() {
        return None;
    }
    let day = Date::new(number(&day[..4])?, small(&day[4..6])?, small(&day[6..])?).ok()?;
    let Some(time) = time else {
        return Some(Moment::Day(day));
    };
    let (time, is_utc) = match time.strip_suffix(['Z', 'z']) {
        Some(time) => (time, true),
        None => (time, false),
    };
    if !matches!(time.len(), 4 | 6) || !time.is_ascii() {
        return None;
    }
    let second = time.get(4..).filter(|second| !second.is_empty());
    // A leap second is the one before it.
    let second = second.map_or(Some(0), small)?;
    let second = if second == 60 { 59 } else { second };
    let time = jiff::civil::Time::new(small(&time[..2])?, small(&time[2..4])?, second, 0).ok()?;
    let at = day.to_datetime(time);
    Some(if is_utc {
        Moment::Utc(at)
    } else {
        Moment::Local(at)
    })
}

/// Returns the name of a zone in the database; as it is written when no name is found.
pub(super) fn zone(written: &str) -> String {
    let written = written.trim();
    let is_known = |name: &str| TimeZone::get(name).is_ok();
    if is_known(written) {
        return written.to_owned();
    }
    let of_windows = WINDOWS.iter().find(|(name, _)| *name == written);
    if let Some((_, name)) = of_windows {
        return (*name).to_owned();
    }
    // Some programs put a path before the name: `/example.org/2026/Europe/Paris`.
    let starts = written.match_indices('/').map(|(at, _)| &written[at + 1..]);
    let mut names = starts.filter(|name| name.contains('/') && is_known(name));
    names.next().unwrap_or(written).to_owned()
}

fn in_utc(local: DateTime, zone: &str) -> Option<String> {
    let zone = TimeZone::get(zone).ok()?;
    let instant = zone.to_ambiguous_timestamp(local).compatible().ok()?;
    Some(instant.to_string())
}

/// How long an event lasts: days of the calendar, then seconds of the clock (RFC 5545, 3.3.6).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Duration {
    days: i64,
    seconds: i64,
}

impl Duration {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut rest = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
        let (mut days, mut seconds, mut in_time) = (0_i64, 0_i64, false);
        while !rest.is_empty() {
            if let Some(time) = rest.strip_prefix('T') {
                in_time = true;
                rest = time;
                continue;
            }
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let number: i64 = rest[..end].parse::<u32>().ok()?.into();
            let (sum, unit) = match (rest.as_bytes()[end], in_time) {
                (b'W', false) => (&mut days, 7),
                (b'D', false) => (&mut days, 1),
                (b'H', true) => (&mut seconds, 3600),
                (b'M', true) => (&mut seconds, 60),
                (b'S', true) => (&mut seconds, 1),
                _ => return None,
            };
            *sum = sum.checked_add(number.checked_mul(unit)?)?;
            rest = &rest[end + 1..];
        }
        // Nobody means an event of more than a century, and dates end there.
        let is_meant = (days, seconds) != (0, 0) && days < 36_500 && seconds < 36_500 * 86_400;
        is_meant.then_some(Self { days, seconds })
    }

    /// Returns when it ends, in UTC where the zone is known.
    fn after(self, start: DateTime, zone: Option<&str>) -> Option<String> {
        let seconds = SignedDuration::from_secs(self.seconds);
        let start = start.checked_add(self.days.days()).ok()?;
        match zone {
            None => Some(start.checked_add(seconds).ok()?.to_string()),
            Some(zone) => {
                let zone = TimeZone::get(zone).ok()?;
                let instant = zone.to_ambiguous_timestamp(start).compatible().ok()?;
                Some(instant.checked_add(seconds).ok()?.to_string())
            }
        }
    }
}

/// The names that calendars of Windows give to the zones where our partners are. The others are refused with their hour.
const WINDOWS: &[(&str, &str)] = &[
    ("Central Europe Standard Time", "Europe/Budapest"),
    ("Central European Standard Time", "Europe/Warsaw"),
    ("Central Pacific Standard Time", "Pacific/Noumea"),
    ("GMT Standard Time", "Europe/London"),
    ("Mauritius Standard Time", "Indian/Reunion"),
    ("Romance Standard Time", "Europe/Paris"),
    ("SA Eastern Standard Time", "America/Cayenne"),
    ("SA Western Standard Time", "America/Martinique"),
    ("W. Europe Standard Time", "Europe/Berlin"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(start: &str, end: Option<&str>, duration: Option<&str>) -> Dates {
        let end = end.map(|end| Property::parse(end).expect("a property"));
        let start = Property::parse(start).expect("a property");
        Dates::of(Some(&start), end.as_ref(), duration, None)
    }

    fn hours(dates: &Dates) -> (&str, &str, &str) {
        (&dates.starts_at, &dates.ends_at, &dates.zone)
    }

    #[test]
    fn hours_keep_their_zone_and_those_of_utc_say_so() {
        let paris = dates(
            "DTSTART;TZID=Europe/Paris:20260621T183000",
            Some("DTEND;TZID=Europe/Paris:20260621T220000"),
            None,
        );
        let expected = ("2026-06-21T18:30:00", "2026-06-21T22:00:00", "Europe/Paris");
        assert_eq!(hours(&paris), expected);
        let utc = dates(
            "DTSTART:20260621T163000Z",
            Some("DTEND:20260621T200000Z"),
            None,
        );
        assert_eq!(
            hours(&utc),
            ("2026-06-21T16:30:00Z", "2026-06-21T20:00:00Z", "")
        );
        let floating = dates("DTSTART:20260621T183000", None, None);
        assert!(floating.is_floating && !utc.is_floating && !paris.is_floating);
    }

    #[test]
    fn an_end_elsewhere_is_put_in_utc() {
        let flight = dates(
            "DTSTART;TZID=Europe/Paris:20260621T183000",
            Some("DTEND;TZID=Indian/Reunion:20260622T090000"),
            None,
        );
        assert_eq!(flight.ends_at, "2026-06-22T05:00:00Z");
    }

    #[test]
    fn whole_days_end_on_their_last_day() {
        let days = |end, duration| {
            let dates = dates("DTSTART;VALUE=DATE:20260228", end, duration);
            (dates.starts, dates.ends)
        };
        let (day, to) = ("2026-02-28", |last: &str| last.to_owned());
        assert_eq!(days(None, None), (to(day), String::new()));
        assert_eq!(days(Some("DTEND:20260301"), None), (to(day), to(day)));
        assert_eq!(days(Some("DTEND:20260228"), None), (to(day), to(day)));
        assert_eq!(
            days(Some("DTEND:20270101"), None),
            (to(day), to("2026-12-31"))
        );
        assert_eq!(days(None, Some("P2D")), (to(day), to("2026-03-01")));
        assert_eq!(days(None, Some("P1W")), (to(day), to("2026-03-06")));
    }

    #[test]
    fn a_duration_adds_days_of_the_calendar_and_hours_of_the_clock() {
        // The clocks go forward in the night: a day later is 23 hours later, and 24 hours later is another hour.
        let start = "DTSTART;TZID=Europe/Paris:20260328T200000";
        assert_eq!(
            dates(start, None, Some("P1D")).ends_at,
            "2026-03-29T18:00:00Z"
        );
        assert_eq!(
            dates(start, None, Some("PT24H")).ends_at,
            "2026-03-29T19:00:00Z"
        );
        let floating = dates("DTSTART:20260621T183000", None, Some("PT1H30M"));
        assert_eq!(floating.ends_at, "2026-06-21T20:00:00");
        for wrong in [
            "",
            "P",
            "PT",
            "1H",
            "P1H",
            "PT1D",
            "PT1",
            "-PT1H",
            "P99999999999D",
            "P36500D",
        ] {
            assert_eq!(Duration::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn zones_are_found_by_the_names_that_programs_give_them() {
        for (written, found) in [
            ("Europe/Paris", "Europe/Paris"),
            ("Romance Standard Time", "Europe/Paris"),
            ("/example.org/20260101/Europe/Paris", "Europe/Paris"),
            ("/x/America/Argentina/Salta", "America/Argentina/Salta"),
            ("Heure de la mairie", "Heure de la mairie"),
        ] {
            assert_eq!(zone(written), found);
        }
        for (_, name) in WINDOWS {
            assert!(TimeZone::get(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_is_no_date_stays_as_it_is() {
        for value in [
            "",
            "2026",
            "20260230",
            "20260621T25",
            "20260621T250000",
            "é0260621",
            "20260621T+10000",
        ] {
            let start = format!("DTSTART:{value}");
            assert_eq!(dates(&start, None, None).starts_at, value);
        }
    }
}
