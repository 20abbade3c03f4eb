//! Civil days, as labels count them.

use std::fmt;

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use crate::time::Timestamp;

/// A civil day, written `AAAA-MM-JJ`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

impl Day {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let day = Self(text.parse().ok()?);
        (day.to_string() == text).then_some(day)
    }

    /// Returns the day of an instant, in UTC. `None` outside the calendar.
    pub fn of(instant: Timestamp) -> Option<Self> {
        Self::parse(&instant.date()?)
    }

    /// Returns the last day of a time of so many months that starts on this day: the day before the same day, so many months later;
    /// the end of that month, where it has no such day. The calendar's end, where it would be beyond.
    pub fn last_of(self, months: u32) -> Self {
        let span = Span::new().try_months(months);
        let Ok(end) = span.and_then(|span| self.0.checked_add(span)) else {
            return Self(Date::MAX);
        };
        if end.day() < self.0.day() {
            return Self(end);
        }
        Self(end.yesterday().unwrap_or(Date::MIN))
    }

    /// Returns how many days there are from another day to this one; fewer than 0 when the other one is later.
    pub fn days_since(self, other: Self) -> i64 {
        self.0.duration_since(other.0).as_hours() / 24
    }

    /// Returns the number of the day since 1970, for what is sorted by days.
    pub fn number(self) -> i64 {
        self.days_since(Self(jiff::civil::date(1970, 1, 1)))
    }

    /// Returns the day so many days before, or the calendar's start.
    pub fn minus_days(self, days: u16) -> Self {
        Self(self.0.saturating_sub(i64::from(days).days()))
    }

    /// Returns the day after, or the calendar's end.
    pub fn tomorrow(self) -> Self {
        Self(self.0.tomorrow().unwrap_or(Date::MAX))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn only_the_one_writing_of_a_day_is_read() {
        assert_eq!(Day::parse("2026-02-28").unwrap().to_string(), "2026-02-28");
        for wrong in [
            "",
            "2026-02-29",
            "20260228",
            "2026-2-28",
            "2026-02-28T00:00",
            "+002026-02-28",
        ] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_time_ends_the_day_before_or_with_a_shorter_month() {
        for (first, months, last) in [
            ("2026-01-15", 24, "2028-01-14"),
            ("2024-02-29", 24, "2026-02-28"),
            ("2024-02-29", 48, "2028-02-28"),
            ("2026-01-31", 1, "2026-02-28"),
            ("2026-01-31", 2, "2026-03-30"),
            ("2026-01-01", 12, "2026-12-31"),
            ("2026-01-01", 0, "2025-12-31"),
            ("9999-01-01", 24, "9999-12-31"),
            ("2026-01-01", u32::MAX, "9999-12-31"),
        ] {
            let first = Day::parse(first).unwrap();
            assert_eq!(first.last_of(months).to_string(), last, "{first} {months}");
        }
    }
}
