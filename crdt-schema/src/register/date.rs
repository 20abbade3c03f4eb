//! Civil dates and instants.
//!
//! The database of time zones is compiled in: every node reads a local time alike.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::clean::{clean, is_digits};
use super::local_time::from_french;
use super::outcome::{Code, Outcome};

/// The day from which a workbook counts; its flag says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Epoch {
    /// Day 1 is 1 January 1900, and day 60 never was.
    Of1900,
    /// Day 0 is 1 January 1904.
    Of1904,
}

/// Reads a civil date, as `AAAA-MM-JJ`. Day and month are always in the French order.
pub fn date(input: &str) -> Outcome<String> {
    let text = clean(input).to_lowercase();
    if is_period(&text) {
        return Outcome::Invalid(Code::Period);
    }
    match split_time(&text) {
        (day, Clock::None | Clock::Midnight) => read_day(day),
        (day, Clock::Other) => read_day(day).only_proposed(Code::TimeGiven),
    }
}

/// Reads the serial number of a date cell, as `AAAA-MM-JJ`.
pub fn date_from_serial(serial: f64, epoch: Epoch) -> Outcome<String> {
    if !serial.is_finite() {
        return Outcome::Invalid(Code::Format);
    }
    if !(0.0..SERIAL_END).contains(&serial) {
        return Outcome::Invalid(Code::Range);
    }
    // In range, so the conversion is exact.
    let days = serial.trunc() as i64;
    let start = match (epoch, days) {
        (Epoch::Of1900, 0 | 60) => return Outcome::Invalid(Code::NoSuchDay),
        (Epoch::Of1900, 1..60) => Date::constant(1899, 12, 31),
        (Epoch::Of1900, _) => Date::constant(1899, 12, 30),
        (Epoch::Of1904, _) => Date::constant(1904, 1, 1),
    };
    let outcome = match start.checked_add(days.days()) {
        Ok(day) => in_range(day),
        Err(_) => Outcome::Invalid(Code::Range),
    };
    if serial.fract() == 0.0 {
        outcome
    } else {
        outcome.only_proposed(Code::TimeGiven)
    }
}

/// Reads an instant, as RFC 3339 in UTC, in milliseconds when there are any.
///
/// A text without offset is a local time of `zone`, an IANA name. Day and month may stand in the French order.
pub fn instant(input: &str, zone: Option<&str>) -> Outcome<String> {
    let text = clean(input);
    let text = from_french(&text).unwrap_or(text);
    let Some((local, offset)) = split_offset(&text) else {
        return Outcome::Invalid(Code::Format);
    };
    let local = match read_local(local) {
        Ok(local) => local,
        Err(code) => return Outcome::Invalid(code),
    };
    if let Some(offset) = offset {
        return match offset.to_timestamp(local) {
            Ok(instant) => Outcome::Valid(in_utc(instant)),
            Err(_) => Outcome::Invalid(Code::Range),
        };
    }
    let Some(zone) = zone else {
        return Outcome::Invalid(Code::NoZone);
    };
    let Ok(zone) = TimeZone::get(zone) else {
        return Outcome::Invalid(Code::ZoneUnknown);
    };
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let (offset, warning) = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => (offset, None),
        AmbiguousOffset::Fold { before, .. } => (before, Some(Code::AmbiguousLocalTime)),
        AmbiguousOffset::Gap { .. } => return Outcome::Invalid(Code::NonexistentLocalTime),
    };
    match (offset.to_timestamp(local), warning) {
        (Ok(instant), None) => Outcome::Valid(in_utc(instant)),
        (Ok(instant), Some(code)) => Outcome::Warned(in_utc(instant), code),
        (Err(_), _) => Outcome::Invalid(Code::Range),
    }
}

/// Tells whether a text is a local time, which only a zone makes an instant.
pub fn is_local_time(input: &str) -> bool {
    instant(input, None).code() == Some(Code::NoZone)
}

/// Returns the time zone that a form offers first for a département.
pub fn zone_of_departement(code: &str) -> &'static str {
    match code {
        "971" => "America/Guadeloupe",
        "972" => "America/Martinique",
        "973" => "America/Cayenne",
        "974" => "Indian/Reunion",
        "975" => "America/Miquelon",
        "976" => "Indian/Mayotte",
        "977" => "America/St_Barthelemy",
        "978" => "America/Marigot",
        "986" => "Pacific/Wallis",
        "987" => "Pacific/Tahiti",
        "988" => "Pacific/Noumea",
        _ => "Europe/Paris",
    }
}

/// The time of day that stands after a date.
enum Clock {
    None,
    Midnight,
    Other,
}

fn split_time(text: &str) -> (&str, Clock) {
    let Some((day, time)) = text.rsplit_once([' ', 't']) else {
        return (text, Clock::None);
    };
    let is_time = time.starts_with(|c: char| c.is_ascii_digit())
        && time.contains(':')
        && time
            .bytes()
            .all(|b| b.is_ascii_digit() || b":.z+-".contains(&b));
    if !is_time {
        (text, Clock::None)
    } else if time.bytes().all(|b| b"0:.".contains(&b)) {
        (day.trim_end(), Clock::Midnight)
    } else {
        (day.trim_end(), Clock::Other)
    }
}

fn is_period(text: &str) -> bool {
    let is_day = |text: &str| read_day(text.trim()).accepted().is_some();
    if let Some((_, end)) = text
        .strip_prefix("du ")
        .and_then(|rest| rest.split_once(" au "))
    {
        return is_day(end);
    }
    ["/", " - ", " – ", " au "]
        .into_iter()
        .filter_map(|separator| text.split_once(separator))
        .any(|(start, end)| is_day(start) && is_day(end))
}

fn read_day(text: &str) -> Outcome<String> {
    if is_digits(text) {
        return read_digits(text);
    }
    let separators: Vec<char> = text.chars().filter(|c| "/-.".contains(*c)).collect();
    match separators[..] {
        [separator] => read_two_fields(text, separator),
        [separator, second] if separator == second => read_three_fields(text, separator),
        _ => read_words(text),
    }
}

fn read_digits(text: &str) -> Outcome<String> {
    match text.len() {
        4 => Outcome::Invalid(Code::Precision),
        5 => {
            // SAFETY: five ASCII digits.
            let serial = text.parse().expect("five digits are a number");
            date_from_serial(serial, Epoch::Of1900).only_proposed(Code::SerialInText)
        }
        8 => civil(&text[..4], &text[4..6], &text[6..]).only_proposed(Code::BasicForm),
        _ => Outcome::Invalid(Code::Format),
    }
}

fn read_two_fields(text: &str, separator: char) -> Outcome<String> {
    let lengths: Vec<usize> = text
        .split(separator)
        .map(|field| if is_digits(field) { field.len() } else { 0 })
        .collect();
    match lengths[..] {
        [4, 1 | 2] | [1 | 2, 4] => Outcome::Invalid(Code::Precision),
        _ => read_words(text),
    }
}

fn read_three_fields(text: &str, separator: char) -> Outcome<String> {
    let fields: Vec<&str> = text.split(separator).collect();
    let [first, second, third] = fields[..] else {
        return Outcome::Invalid(Code::Format);
    };
    if ![first, second, third].into_iter().all(is_digits) {
        return Outcome::Invalid(Code::Format);
    }
    match (first.len(), second.len(), third.len()) {
        (4, 2, 2) if separator == '-' => civil(first, second, third),
        (4, 1 | 2, 1 | 2) if separator == '-' => {
            civil(first, second, third).only_proposed(Code::Padding)
        }
        (4, 1 | 2, 1 | 2) => civil(first, second, third).only_proposed(Code::Separator),
        (1 | 2, 1 | 2, 4) => civil(third, second, first),
        (1 | 2, 1 | 2, 2) => Outcome::Invalid(Code::TwoDigitYear),
        _ => Outcome::Invalid(Code::Format),
    }
}

fn read_words(text: &str) -> Outcome<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (day, month, year) = match words[..] {
        [month, year] => ("", month, year),
        [day, month, year] => (day, month, year),
        _ => return Outcome::Invalid(Code::Format),
    };
    let (Some(month), true) = (month_of(month), is_digits(year)) else {
        return Outcome::Invalid(Code::Format);
    };
    let day = if day == "1er" { "1" } else { day };
    match (day.len(), year.len()) {
        (0, 4) => Outcome::Invalid(Code::Precision),
        (1 | 2, 4) if is_digits(day) => civil(year, month, day),
        (1 | 2, 2) if is_digits(day) => Outcome::Invalid(Code::TwoDigitYear),
        _ => Outcome::Invalid(Code::Format),
    }
}

fn month_of(word: &str) -> Option<&'static str> {
    Some(match word.trim_end_matches('.') {
        "janvier" | "janv" => "1",
        "février" | "fevrier" | "févr" | "fevr" => "2",
        "mars" => "3",
        "avril" | "avr" => "4",
        "mai" => "5",
        "juin" => "6",
        "juillet" | "juil" => "7",
        "août" | "aout" => "8",
        "septembre" | "sept" => "9",
        "octobre" | "oct" => "10",
        "novembre" | "nov" => "11",
        "décembre" | "decembre" | "déc" | "dec" => "12",
        _ => return None,
    })
}

/// Reads a day from at most four ASCII digits each.
fn civil(year: &str, month: &str, day: &str) -> Outcome<String> {
    let number = |text: &str| text.parse::<i16>().ok();
    let (Some(year), Some(month), Some(day)) = (number(year), number(month), number(day)) else {
        return Outcome::Invalid(Code::Format);
    };
    let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else {
        return Outcome::Invalid(Code::NoSuchDay);
    };
    match Date::new(year, month, day) {
        Ok(day) => in_range(day),
        Err(_) => Outcome::Invalid(Code::NoSuchDay),
    }
}

fn in_range(day: Date) -> Outcome<String> {
    if (YEAR_MIN..=YEAR_MAX).contains(&day.year()) {
        Outcome::Valid(day.to_string())
    } else {
        Outcome::Invalid(Code::Range)
    }
}

/// Splits `Z` or `±HH:MM` from the end; none when it is out of form.
fn split_offset(text: &str) -> Option<(&str, Option<Offset>)> {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return Some((local, Some(Offset::UTC)));
    }
    // A date has its own hyphens: the sign of an offset comes after `T12:00`.
    let start = (text.is_ascii() && text.len() > SIGN_START)
        .then(|| text[SIGN_START..].find(['+', '-']))
        .flatten();
    let Some(start) = start else {
        return Some((text, None));
    };
    let (local, offset) = text.split_at(start + SIGN_START);
    let [sign, a, b, b':', c, d] = offset.as_bytes() else {
        return None;
    };
    let hours = two_digits(*a, *b).filter(|hours| *hours < 24)?;
    let minutes = two_digits(*c, *d).filter(|minutes| *minutes < 60)?;
    let seconds = i32::from(hours) * 3_600 + i32::from(minutes) * 60;
    let signed = if *sign == b'-' { -seconds } else { seconds };
    Some((local, Some(Offset::from_seconds(signed).ok()?)))
}

/// Reads `AAAA-MM-JJ`, `T` or a space, `HH:MM`, then seconds and their fraction if they are there.
fn read_local(text: &str) -> Result<DateTime, Code> {
    let (day, time) = text
        .split_at_checked(10)
        .filter(|_| text.is_ascii())
        .ok_or(Code::Format)?;
    let time = time.strip_prefix(['T', 't', ' ']).ok_or(Code::Format)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = day.as_bytes() else {
        return Err(Code::Format);
    };
    let field = |a: &u8, b: &u8| two_digits(*a, *b).ok_or(Code::Format);
    let year = i16::from(field(y1, y2)?) * 100 + i16::from(field(y3, y4)?);
    let (month, day) = (field(m1, m2)?, field(d1, d2)?);
    let (hour, minute, second, fraction) = match time.as_bytes() {
        [h1, h2, b':', n1, n2] => (field(h1, h2)?, field(n1, n2)?, 0, &[][..]),
        [h1, h2, b':', n1, n2, b':', s1, s2, fraction @ ..] => {
            (field(h1, h2)?, field(n1, n2)?, field(s1, s2)?, fraction)
        }
        _ => return Err(Code::Format),
    };
    let nanos = i32::from(milliseconds(fraction).ok_or(Code::Format)?) * 1_000_000;
    if second == 60 && hour < 24 && minute < 60 {
        return Err(Code::NoSuchInstant);
    }
    let time = Time::new(hour, minute, second, nanos).map_err(|_| Code::Format)?;
    let day = Date::new(year, month, day).map_err(|_| Code::NoSuchDay)?;
    if !(YEAR_MIN..=YEAR_MAX).contains(&year) {
        return Err(Code::Range);
    }
    Ok(DateTime::from_parts(day, time))
}

/// Reads `.` and digits; what is finer than a millisecond is cut.
fn milliseconds(fraction: &[u8]) -> Option<i16> {
    let digits = match fraction {
        [] => return Some(0),
        [b'.', digits @ ..] if !digits.is_empty() => digits,
        _ => return None,
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let padded = digits.iter().chain(b"00").take(3);
    Some(padded.fold(0, |value, byte| value * 10 + i16::from(byte - b'0')))
}

fn two_digits(tens: u8, units: u8) -> Option<i8> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| (byte - b'0').cast_signed());
    Some(digit(tens)? * 10 + digit(units)?)
}

fn in_utc(instant: Timestamp) -> String {
    let utc = Offset::UTC.to_datetime(instant);
    let (day, hour, minute, second) = (utc.date(), utc.hour(), utc.minute(), utc.second());
    match utc.millisecond() {
        0 => format!("{day}T{hour:02}:{minute:02}:{second:02}Z"),
        ms => format!("{day}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z"),
    }
}

/// The years that a census can speak of: associations of 1800 exist, plans beyond 2200 do not.
const YEAR_MIN: i16 = 1800;
const YEAR_MAX: i16 = 2200;
/// More days than from 1900 to 2200.
const SERIAL_END: f64 = 200_000.0;
/// Where an offset can start at the earliest: after `AAAA-MM-JJTHH:MM`.
const SIGN_START: usize = 16;

#[cfg(test)]
mod tests {
    use super::{Epoch, date, date_from_serial, instant, is_local_time, zone_of_departement};
    use crate::register::{Code, Outcome};

    fn valid(text: &str) -> Outcome<String> {
        Outcome::Valid(text.to_owned())
    }

    #[test]
    fn a_date_is_read_in_the_french_order() {
        assert_eq!(date("07/06/2026"), valid("2026-06-07"));
        assert_eq!(date("1er mars\u{A0}2024"), valid("2024-03-01"));
        assert_eq!(date("3 déc. 2024"), valid("2024-12-03"));
        assert_eq!(date("13/25/2026"), Outcome::Invalid(Code::NoSuchDay));
        assert_eq!(date("06/07-2026"), Outcome::Invalid(Code::Format));
        assert_eq!(date("٠٦/٠٧/٢٠٢٦"), Outcome::Invalid(Code::Format));
    }

    #[test]
    fn years_have_limits() {
        assert_eq!(date("1799-12-31"), Outcome::Invalid(Code::Range));
        assert_eq!(date("1800-01-01"), valid("1800-01-01"));
        assert_eq!(date("2200-12-31"), valid("2200-12-31"));
        assert_eq!(date("2201-01-01"), Outcome::Invalid(Code::Range));
        assert_eq!(date("06/07/26"), Outcome::Invalid(Code::TwoDigitYear));
    }

    #[test]
    fn a_time_in_a_date_is_dropped_only_at_midnight() {
        assert_eq!(date("06/07/2026 00:00"), valid("2026-07-06"));
        assert_eq!(date("2026-07-06T00:00:00.000"), valid("2026-07-06"));
        // Midnight in Greenwich is another day in half of the territories.
        assert_eq!(date("2026-07-06T00:00:00Z").code(), Some(Code::TimeGiven));
        assert_eq!(date("2026-07-06 14:30").code(), Some(Code::TimeGiven));
    }

    #[test]
    fn periods_are_seen() {
        for text in [
            "06/07/2026 - 08/07/2026",
            "du 6 au 8 juillet 2026",
            "2026-07-06/2026-08-31",
        ] {
            assert_eq!(date(text), Outcome::Invalid(Code::Period), "{text}");
        }
    }

    #[test]
    fn the_day_that_never_was_has_neighbours() {
        let of_1900 = |serial| date_from_serial(serial, Epoch::Of1900);
        assert_eq!(of_1900(59.0), valid("1900-02-28"));
        assert_eq!(of_1900(60.0), Outcome::Invalid(Code::NoSuchDay));
        assert_eq!(of_1900(61.0), valid("1900-03-01"));
        assert_eq!(of_1900(0.0), Outcome::Invalid(Code::NoSuchDay));
        assert_eq!(of_1900(45_292.5).code(), Some(Code::TimeGiven));
        assert_eq!(of_1900(109_939.0), valid("2200-12-31"));
        assert_eq!(of_1900(109_940.0), Outcome::Invalid(Code::Range));
        for serial in [-1.0, 1e300, f64::NAN, f64::INFINITY] {
            assert_eq!(of_1900(serial).accepted(), None);
        }
        assert_eq!(
            date_from_serial(43_830.0, Epoch::Of1904),
            valid("2024-01-01")
        );
    }

    #[test]
    fn a_local_time_needs_its_zone() {
        let paris = Some("Europe/Paris");
        assert_eq!(
            instant("2026-07-06T14:30", paris),
            valid("2026-07-06T12:30:00Z")
        );
        assert_eq!(
            instant("2026-07-06T14:30", None),
            Outcome::Invalid(Code::NoZone)
        );
        assert_eq!(
            instant("2026-07-06T14:30", Some("Europe/Lutece")),
            Outcome::Invalid(Code::ZoneUnknown)
        );
        assert_eq!(
            instant("2026-03-29T02:30", paris),
            Outcome::Invalid(Code::NonexistentLocalTime)
        );
        assert_eq!(
            instant("2026-10-25T02:30", paris),
            Outcome::Warned("2026-10-25T00:30:00Z".to_owned(), Code::AmbiguousLocalTime)
        );
    }

    #[test]
    fn an_hour_may_be_written_in_the_french_order() {
        let paris = Some("Europe/Paris");
        for text in ["21/06/2026 18:30", "21/06/2026 18h30", "2026-06-21 18:30"] {
            assert_eq!(
                instant(text, paris),
                valid("2026-06-21T16:30:00Z"),
                "{text}"
            );
        }
        assert_eq!(
            instant("25/10/2026 02h30", paris).code(),
            Some(Code::AmbiguousLocalTime)
        );
        assert_eq!(
            instant("31/02/2026 18h30", paris),
            Outcome::Invalid(Code::NoSuchDay)
        );
        assert!(is_local_time("21/06/2026 18h30") && !is_local_time("2026-06-21T18:30Z"));
    }

    #[test]
    fn milliseconds_are_kept_and_finer_is_cut() {
        assert_eq!(
            instant("2026-07-06T14:30:00.5Z", None),
            valid("2026-07-06T14:30:00.500Z")
        );
        assert_eq!(
            instant("2026-07-06T14:30:00.0019-09:30", None),
            valid("2026-07-07T00:00:00.001Z")
        );
    }

    #[test]
    fn instants_out_of_form_are_refused_without_a_panic() {
        for text in [
            "",
            "Z",
            "2026-07-06",
            "2026-07-06T14:30:00.Z",
            "2026-07-06T14:30+2:00",
            "2026-07-06T14:30:00+24:00",
            "2026-07-06T14h30",
            "２026-07-06T14:30:00Z",
            "2026-07-06T14:60:00Z",
            "aaaa-07-06T14:30:00Z",
            "2026-02-30T10:00:00Z",
            "1799-12-31T23:59:59Z",
            "2026-07-06T14:30:00éZ",
            "éééééééééééé+02:00",
        ] {
            assert_eq!(
                instant(text, Some("Europe/Paris")).accepted(),
                None,
                "{text:?}"
            );
        }
    }

    #[test]
    fn every_home_territory_has_a_zone_of_the_database() {
        for code in [
            "13", "2A", "971", "972", "973", "974", "975", "976", "977", "978", "986", "987", "988",
        ] {
            let zone = zone_of_departement(code);
            assert!(
                instant("2026-07-06T14:30", Some(zone)).accepted().is_some(),
                "{zone}"
            );
        }
    }
}
