//! Local times: what a clock on the wall says at an instant, in a zone of the compiled database.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::clean::is_digits;

/// What a clock on the wall says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    local: DateTime,
    offset: Offset,
    repeated: Option<Repeated>,
}

/// Which of the two hours it is, when clocks go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeated {
    /// The one that a local time is read as.
    First,
    /// The other one.
    Second,
}

impl LocalTime {
    /// Returns what a clock says at an instant; `None` where the zone is not in the database, or no calendar reaches the instant.
    pub fn at(millis: i64, zone: &str) -> Option<Self> {
        let zone = TimeZone::get(zone).ok()?;
        let instant = Timestamp::from_millisecond(millis).ok()?;
        let offset = zone.to_offset(instant);
        let local = offset.to_datetime(instant);
        let repeated = match zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Fold { before, .. } if before == offset => Some(Repeated::First),
            AmbiguousOffset::Fold { .. } => Some(Repeated::Second),
            AmbiguousOffset::Gap { .. } | AmbiguousOffset::Unambiguous { .. } => None,
        };
        Some(Self {
            local,
            offset,
            repeated,
        })
    }

    /// Returns the day, as `AAAA-MM-JJ`.
    pub fn day(&self) -> String {
        self.local.date().to_string()
    }

    /// Returns the day of the week: Monday is 0.
    pub fn weekday(&self) -> usize {
        let weekday = self.local.date().weekday().to_monday_zero_offset();
        usize::from(weekday.unsigned_abs())
    }

    /// Returns the hour and the minute.
    pub fn clock(&self) -> (u8, u8) {
        let part = i8::unsigned_abs;
        (part(self.local.hour()), part(self.local.minute()))
    }

    /// Returns which of two hours it is, when the clock says this twice.
    pub fn repeated(&self) -> Option<Repeated> {
        self.repeated
    }

    /// Writes what a person would type, which reads back as the same instant in the same zone: `2026-06-21T18:30`. The second of two
    /// hours has its offset behind it. `None` where a text cannot say it.
    pub fn typed(&self) -> Option<String> {
        let (hour, minute) = self.clock();
        let clock = match (self.local.second(), self.local.millisecond()) {
            (0, 0) => format!("{hour:02}:{minute:02}"),
            (second, 0) => format!("{hour:02}:{minute:02}:{second:02}"),
            (second, ms) => format!("{hour:02}:{minute:02}:{second:02}.{ms:03}"),
        };
        let offset = match self.repeated {
            Some(Repeated::Second) => written(self.offset)?,
            Some(Repeated::First) | None => String::new(),
        };
        Some(format!("{}T{clock}{offset}", self.day()))
    }
}

/// Tells whether a text is the name of a zone of the database.
pub fn is_time_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

/// Writes an offset; `None` for those of before the railways, which have seconds.
fn written(offset: Offset) -> Option<String> {
    let minutes = (offset.seconds() % 60 == 0).then(|| offset.seconds() / 60)?;
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    Some(format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60))
}

/// Turns `21/06/2026 18h30`, in the French order, into `2026-06-21T18:30`. Whether there is such a day is not looked at.
pub(super) fn from_french(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let (day, clock) = text.split_once(char::is_whitespace)?;
    let separator = day.chars().find(|c| !c.is_ascii_digit())?;
    let fields: Vec<&str> = day.split(separator).collect();
    let [day, month, year] = fields[..] else {
        return None;
    };
    let is_in_order = "/-.".contains(separator) && year.len() == 4;
    let is_field = |field: &str| is_digits(field) && field.len() <= 2;
    if !(is_in_order && is_digits(year) && is_field(day) && is_field(month)) {
        return None;
    }
    let clock: String = clock.split_whitespace().collect();
    let clock = clock.strip_prefix('à').unwrap_or(&clock);
    let (hour, minute) = match clock.split_once('h') {
        Some((hour, "")) => (hour, "00"),
        Some((hour, minute)) if minute.len() == 2 && is_digits(minute) => (hour, minute),
        Some(_) => return None,
        None => clock.split_once(':')?,
    };
    is_field(hour).then(|| format!("{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::instant;

    const PARIS: &str = "Europe/Paris";

    fn millis(text: &str) -> i64 {
        let instant: Timestamp = text.parse().expect("an instant");
        instant.as_millisecond()
    }

    #[test]
    fn a_clock_on_the_wall_says_the_time_of_its_zone() {
        let evening = millis("2026-06-21T16:30:00Z");
        let paris = LocalTime::at(evening, PARIS).expect("a zone");
        assert_eq!(paris.day(), "2026-06-21");
        assert_eq!((paris.weekday(), paris.clock()), (6, (18, 30)));
        assert_eq!(paris.typed().as_deref(), Some("2026-06-21T18:30"));
        let nearby = LocalTime::at(evening, "Pacific/Marquesas").expect("a zone");
        assert_eq!(nearby.typed().as_deref(), Some("2026-06-21T07:00"));
        assert_eq!(LocalTime::at(evening, "Europe/Lutece"), None);
        assert_eq!(LocalTime::at(i64::MAX, PARIS), None);
        assert!(is_time_zone("Indian/Reunion") && !is_time_zone("La Réunion"));
    }

    #[test]
    fn what_is_typed_reads_back_as_the_same_instant() {
        for text in [
            "2026-06-21T16:30:00Z",
            "2026-06-21T16:30:07Z",
            "2026-06-21T16:30:07.040Z",
            // The two hours of the night in which clocks go back.
            "2026-10-25T00:30:00Z",
            "2026-10-25T01:30:00Z",
            "1999-12-31T23:00:00Z",
        ] {
            for zone in [PARIS, "America/Miquelon", "Pacific/Marquesas"] {
                let local = LocalTime::at(millis(text), zone).expect("a zone");
                let typed = local.typed().expect("a whole offset");
                let read = instant(&typed, Some(zone)).into_accepted();
                assert_eq!(read.as_deref().map(millis), Some(millis(text)), "{typed}");
            }
        }
        let second = LocalTime::at(millis("2026-10-25T01:30:00Z"), PARIS).expect("a zone");
        assert_eq!(second.repeated(), Some(Repeated::Second));
        assert_eq!(second.typed().as_deref(), Some("2026-10-25T02:30+01:00"));
    }

    #[test]
    fn the_french_order_is_put_in_that_of_the_standard() {
        for text in [
            "21/06/2026 18:30",
            "21/6/2026 18h30",
            "21-06-2026 18 h 30",
            "21.06.2026 à 18\u{A0}h\u{A0}30",
            "21/06/2026 À 18H30",
        ] {
            assert_eq!(
                from_french(text).as_deref(),
                Some("2026-06-21T18:30"),
                "{text}"
            );
        }
        assert_eq!(
            from_french("1/6/2026 9h").as_deref(),
            Some("2026-06-01T09:00")
        );
        for text in [
            "2026-06-21 18:30",
            "21/06/26 18:30",
            "21/06-2026 18:30",
            "21/06/2026",
            "21/06/2026 18h3",
            "21/06/2026 h30",
            "21/06/2026 18",
            "",
        ] {
            assert_eq!(from_french(text), None, "{text}");
        }
    }
}
