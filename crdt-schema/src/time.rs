//! Timestamps: milliseconds since 1970, UTC. A timestamp is what an author *claims*: useful to show, never enough to decide.

use std::fmt;

use jiff::tz::TimeZone;

/// An instant, in milliseconds since 1970-01-01T00:00:00Z. The whole range of `i64` is accepted, since clocks may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Takes milliseconds since 1970, UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Returns milliseconds since 1970, UTC.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the civil date in UTC as `AAAA-MM-JJ`, or `None` outside the years −9999 to 9999.
    pub fn date(self) -> Option<String> {
        Some(self.to_jiff()?.to_zoned(TimeZone::UTC).date().to_string())
    }

    /// Returns this instant moved by a number of days.
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(86_400_000)))
    }

    /// Returns the instant at which the day of this one begins, UTC.
    pub const fn start_of_day(self) -> Self {
        Self(self.0.div_euclid(86_400_000).saturating_mul(86_400_000))
    }

    fn to_jiff(self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_millisecond(self.0).ok()
    }
}

impl fmt::Display for Timestamp {
    /// Writes RFC 3339 with milliseconds, or the bare number where no calendar reaches.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_jiff() {
            Some(instant) => write!(f, "{instant:.3}"),
            None => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_in_utc_with_milliseconds() {
        assert_eq!(
            Timestamp::from_millis(0).to_string(),
            "1970-01-01T00:00:00.000Z"
        );
        assert_eq!(
            Timestamp::from_millis(1_764_000_000_123).date().as_deref(),
            Some("2025-11-24")
        );
    }

    #[test]
    fn days_begin_at_midnight_on_both_sides_of_1970() {
        for (instant, start) in [
            (-1, -86_400_000),
            (0, 0),
            (86_399_999, 0),
            (1_764_000_000_123, 1_763_942_400_000),
        ] {
            let day = Timestamp::from_millis(instant).start_of_day();
            assert_eq!(day, Timestamp::from_millis(start));
        }
        let day = Timestamp::from_millis(i64::MIN).start_of_day();
        assert_eq!(day, Timestamp::from_millis(i64::MIN));
    }

    #[test]
    fn a_clock_beyond_all_calendars_is_still_written() {
        assert_eq!(
            Timestamp::from_millis(i64::MAX).to_string(),
            i64::MAX.to_string()
        );
        assert_eq!(Timestamp::from_millis(i64::MAX).date(), None);
    }
}
