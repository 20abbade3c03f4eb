//! From a text that was typed or found in a file to what a field should hold.

use std::collections::BTreeSet;

use crate::draft::Wanted;
use crate::edit::Value;
use crate::id::RecordId;
use crate::limits::{TEXT_BYTES_MAX, VALUE_BYTES_MAX};
use crate::record::{Shape, Vocabulary};

/// A text that cannot be put into the field. The typed text stays with the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}")]
pub struct Unreadable {
    /// Stable code; its sentence is in the locales.
    pub code: &'static str,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

impl Unreadable {
    fn new(code: &'static str) -> Self {
        Self {
            code,
            suggestion: None,
        }
    }

    fn suggesting(code: &'static str, suggestion: impl Into<String>) -> Self {
        Self {
            code,
            suggestion: Some(suggestion.into()),
        }
    }
}

/// Reads a text for a field. An empty text empties the field.
pub fn read(shape: &Shape, text: &str) -> Result<Wanted, Unreadable> {
    let text = clean(text);
    if text.is_empty() {
        return Ok(Wanted::Nothing);
    }
    match shape {
        Shape::LongText => long_text(&text),
        Shape::Terms(vocabulary) => each(&text, |word| term(vocabulary, word)),
        Shape::Words => each(&text, |word| Ok(word.to_owned())),
        Shape::Records(_) => each(&text, |word| record(word).map(|record| record.to_string())),
        _ => value(shape, &text).map(Wanted::Value),
    }
}

fn value(shape: &Shape, text: &str) -> Result<Value, Unreadable> {
    match shape {
        Shape::Boolean => boolean(text),
        Shape::Date => date(text).map(Value::Date),
        Shape::Decimal => decimal(text),
        Shape::Instant => instant(text),
        Shape::Integer => integer(text),
        Shape::Point => point(text),
        Shape::Record(_) => record(text).map(Value::Record),
        Shape::Term(vocabulary) => term(vocabulary, text).map(Value::Term),
        _ if text.len() > VALUE_BYTES_MAX => Err(Unreadable::new("too_long")),
        _ => Ok(Value::Text(text.to_owned())),
    }
}

/// Drops what surrounds a text without being seen.
fn clean(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let is_invisible = |letter: char| {
        matches!(
            letter,
            '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\0'
        )
    };
    let visible: String = text.nfc().filter(|letter| !is_invisible(*letter)).collect();
    visible.trim().to_owned()
}

fn long_text(text: &str) -> Result<Wanted, Unreadable> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if text.len() > TEXT_BYTES_MAX {
        Err(Unreadable::new("too_long"))
    } else {
        Ok(Wanted::Text(text))
    }
}

/// Sets are written with « | » between their members; files of partners also use « ; » and, where no member holds one, « , ».
fn each(
    text: &str,
    read: impl Fn(&str) -> Result<String, Unreadable>,
) -> Result<Wanted, Unreadable> {
    let separator = ['|', ';', ',']
        .into_iter()
        .find(|separator| text.contains(*separator));
    let words: Vec<&str> = match separator {
        Some(separator) => text.split(separator).collect(),
        None => vec![text],
    };
    let mut terms = BTreeSet::new();
    for word in words
        .into_iter()
        .map(str::trim)
        .filter(|word| !word.is_empty())
    {
        if word.len() > VALUE_BYTES_MAX {
            return Err(Unreadable::new("too_long"));
        }
        terms.insert(read(word)?);
    }
    Ok(if terms.is_empty() {
        Wanted::Nothing
    } else {
        Wanted::Terms(terms)
    })
}

fn term(vocabulary: &Vocabulary, text: &str) -> Result<String, Unreadable> {
    if let Some(term) = vocabulary.meant(text) {
        return Ok(term.code.to_owned());
    }
    let known: Vec<&str> = vocabulary
        .terms
        .iter()
        .map(|term| term.wording.fr)
        .collect();
    Err(Unreadable::suggesting("term_unknown", known.join(" · ")))
}

fn record(text: &str) -> Result<RecordId, Unreadable> {
    RecordId::parse(text).map_err(|_| Unreadable::new("record_id"))
}

fn boolean(text: &str) -> Result<Value, Unreadable> {
    match text.to_lowercase().as_str() {
        "oui" | "vrai" | "true" | "yes" | "o" | "1" | "x" => Ok(Value::Boolean(true)),
        "non" | "faux" | "false" | "no" | "n" | "0" => Ok(Value::Boolean(false)),
        _ => Err(Unreadable::suggesting("boolean", "oui · non")),
    }
}

fn integer(text: &str) -> Result<Value, Unreadable> {
    let digits = without_spaces(text);
    match digits.parse() {
        Ok(number) => Ok(Value::Integer(number)),
        Err(_) => Err(Unreadable::new("integer")),
    }
}

fn decimal(text: &str) -> Result<Value, Unreadable> {
    let digits = without_spaces(text).replace('€', "").replace(',', ".");
    let (whole, after) = digits.split_once('.').unwrap_or((&digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = whole.strip_prefix('-').unwrap_or(whole);
    if unsigned.is_empty() || !is_number(unsigned) || !is_number(after) || after.len() > 18 {
        return Err(Unreadable::new("decimal"));
    }
    match format!("{whole}{after}").parse() {
        Ok(mantissa) => Ok(Value::decimal(mantissa, after.len() as u8)),
        Err(_) => Err(Unreadable::new("decimal")),
    }
}

/// Reads `AAAA-MM-JJ`, and the French `J/M/AAAA` with `/`, `-` or `.`: never the American order.
fn date(text: &str) -> Result<String, Unreadable> {
    let day = text.split(['T', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split(['/', '-', '.']).collect();
    let [first, month, last] = parts.as_slice() else {
        return Err(Unreadable::new("date"));
    };
    let (year, day) = if first.len() == 4 {
        (first, last)
    } else {
        (last, first)
    };
    if year.len() != 4 {
        return Err(Unreadable::new("two_digit_year"));
    }
    let number = |text: &str| {
        let is_number =
            !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number
            .then(|| text.parse::<i16>().ok())
            .flatten()
            .ok_or(Unreadable::new("date"))
    };
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    if !(1800..=2200).contains(&year) {
        return Err(Unreadable::new("range"));
    }
    let date = jiff::civil::Date::new(year, month as i8, day as i8);
    date.map(|date| date.to_string())
        .map_err(|_| Unreadable::new("no_such_day"))
}

/// Reads RFC 3339 with an offset, or a local time, which is taken as in Paris.
fn instant(text: &str) -> Result<Value, Unreadable> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Ok(Value::Instant(instant.as_millisecond()));
    }
    let local: jiff::civil::DateTime = text.parse().map_err(|_| Unreadable::new("instant"))?;
    let paris = jiff::tz::TimeZone::get("Europe/Paris").map_err(|_| Unreadable::new("instant"))?;
    match paris.to_ambiguous_zoned(local).unambiguous() {
        Ok(zoned) => Ok(Value::Instant(zoned.timestamp().as_millisecond())),
        Err(_) => Err(Unreadable::new("nonexistent_local_time")),
    }
}

/// Reads « latitude, longitude » in degrees.
fn point(text: &str) -> Result<Value, Unreadable> {
    let separator = if text.contains(';') {
        ';'
    } else if text.contains(", ") || text.matches(',').count() == 1 {
        ','
    } else {
        ' '
    };
    let Some((latitude, longitude)) = text.split_once(separator) else {
        return Err(Unreadable::suggesting("point", "47.6853, 2.6306"));
    };
    let degrees = |text: &str, most: f64| -> Result<i32, Unreadable> {
        let number: f64 = text
            .trim()
            .replace(',', ".")
            .parse()
            .map_err(|_| Unreadable::suggesting("point", "47.6853, 2.6306"))?;
        if !number.is_finite() || number.abs() > most {
            return Err(Unreadable::new("range"));
        }
        Ok((number * 1e7).round() as i32)
    };
    let (latitude_e7, longitude_e7) = (degrees(latitude, 90.0)?, degrees(longitude, 180.0)?);
    if (latitude_e7, longitude_e7) == (0, 0) {
        return Err(Unreadable::new("null_island"));
    }
    Ok(Value::Point {
        latitude_e7,
        longitude_e7,
    })
}

fn without_spaces(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_whitespace())
        .collect()
}

/// Writes a value so that `read` gives it back.
pub fn written(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Date(text) | Value::Term(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Decimal { mantissa, scale } => decimal_text(*mantissa, *scale),
        Value::Boolean(true) => "oui".to_owned(),
        Value::Boolean(false) => "non".to_owned(),
        Value::Instant(millis) => crate::time::Timestamp::from_millis(*millis).to_string(),
        Value::Point {
            latitude_e7,
            longitude_e7,
        } => {
            format!(
                "{}, {}",
                degrees_text(*latitude_e7),
                degrees_text(*longitude_e7)
            )
        }
        Value::Record(record) => record.to_string(),
    }
}

/// Writes degrees with a point and seven digits at most.
pub fn degrees_text(e7: i32) -> String {
    match Value::decimal(e7.into(), 7) {
        Value::Decimal { mantissa, scale } => decimal_text(mantissa, scale),
        _ => unreachable!("a decimal was built"),
    }
}

fn decimal_text(mantissa: i64, scale: u8) -> String {
    let sign = if mantissa < 0 { "-" } else { "" };
    let digits = format!(
        "{:0>width$}",
        mantissa.unsigned_abs(),
        width = usize::from(scale) + 1
    );
    let (whole, after) = digits.split_at(digits.len() - usize::from(scale));
    if after.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{after}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::Kind;

    fn shape(kind: &str, field: &str) -> Shape {
        Kind::parse(kind)
            .and_then(|kind| kind.field(field))
            .expect("a known field")
            .shape
    }

    fn value_of(shape: Shape, text: &str) -> Result<Value, &'static str> {
        match read(&shape, text) {
            Ok(Wanted::Value(value)) => Ok(value),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.code),
        }
    }

    #[test]
    fn dates_are_read_in_the_french_order_and_checked() {
        let read = |text| value_of(Shape::Date, text);
        for text in [
            "2024-03-01",
            "1/3/2024",
            "01.03.2024",
            "2024-03-01T10:00:00Z",
        ] {
            assert_eq!(
                read(text),
                Ok(Value::Date("2024-03-01".to_owned())),
                "{text}"
            );
        }
        assert_eq!(read("3/13/2024"), Err("no_such_day"));
        assert_eq!(read("1/3/24"), Err("two_digit_year"));
        assert_eq!(read("1799-12-31"), Err("range"));
        assert_eq!(read("mars"), Err("date"));
    }

    #[test]
    fn amounts_are_exact() {
        assert_eq!(
            value_of(Shape::Decimal, "1 234,50 €"),
            Ok(Value::Decimal {
                mantissa: 12345,
                scale: 1
            })
        );
        assert_eq!(
            value_of(Shape::Decimal, "-0.05"),
            Ok(Value::Decimal {
                mantissa: -5,
                scale: 2
            })
        );
        assert_eq!(value_of(Shape::Decimal, "1,2,3"), Err("decimal"));
        assert_eq!(
            value_of(Shape::Integer, "12 000"),
            Ok(Value::Integer(12_000))
        );
        assert_eq!(value_of(Shape::Integer, "12.5"), Err("integer"));
    }

    #[test]
    fn places_are_read_with_either_decimal_sign() {
        let gien = Value::Point {
            latitude_e7: 476_853_000,
            longitude_e7: 26_306_000,
        };
        for text in [
            "47.6853, 2.6306",
            "47,6853; 2,6306",
            "47.6853,2.6306",
            "47.6853 2.6306",
        ] {
            assert_eq!(value_of(Shape::Point, text), Ok(gien.clone()), "{text}");
        }
        assert_eq!(value_of(Shape::Point, "0, 0"), Err("null_island"));
        assert_eq!(value_of(Shape::Point, "91, 0"), Err("range"));
    }

    #[test]
    fn an_unknown_term_is_refused_with_those_that_are_known() {
        let themes = shape("actor", "themes");
        let wanted = Wanted::Terms(["culture", "sport"].map(str::to_owned).into());
        assert_eq!(read(&themes, "Sport | Culture"), Ok(wanted));
        let refused = read(&themes, "sport|marelle").expect_err("no such theme");
        assert_eq!(refused.code, "term_unknown");
        assert!(
            refused
                .suggestion
                .is_some_and(|text| text.contains("Mobilité"))
        );
    }

    #[test]
    fn nothing_typed_empties_the_field() {
        assert_eq!(read(&Shape::Text, " \u{feff} "), Ok(Wanted::Nothing));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(mantissa in any::<i64>(), scale in 0..18_u8, latitude in -899_999_999..900_000_000, longitude in 1..1_800_000_000) {
            let decimal = Value::decimal(mantissa, scale);
            prop_assert_eq!(value_of(Shape::Decimal, &written(&decimal)), Ok(decimal));
            let point = Value::Point { latitude_e7: latitude, longitude_e7: longitude };
            prop_assert_eq!(value_of(Shape::Point, &written(&point)), Ok(point));
        }

        #[test]
        fn no_text_makes_a_reader_panic(text in ".{0,40}") {
            for field in crate::record::KINDS.iter().flat_map(|kind| kind.fields()) {
                let _ = read(&field.shape, &text);
            }
        }
    }
}
