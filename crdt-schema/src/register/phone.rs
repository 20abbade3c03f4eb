//! Telephone numbers, in the international form (E.164).

use super::clean::{clean, is_digits, is_hyphen, is_scientific, without_decimal};
use super::outcome::{Code, Outcome};

/// Reads one telephone number, as `+33465710001`; a short number stays as it is.
pub fn phone(input: &str) -> Outcome<String> {
    let text = clean(input).to_lowercase();
    if is_scientific(&text) {
        return Outcome::Invalid(Code::LostDigits);
    }
    if let Some(digits) = without_decimal(&text) {
        return read_digits(digits).repaired(Code::FloatText);
    }
    if has_extension(&text) {
        return Outcome::Invalid(Code::Extension);
    }
    if has_two_numbers(&text) {
        return Outcome::Invalid(Code::TwoNumbers);
    }
    // `(0)` is spoken only inside the country.
    let text = if is_international(&text) {
        text.replace("(0)", "")
    } else {
        text
    };
    let dialled: String = text
        .chars()
        .filter(|c| !(c.is_whitespace() || is_hyphen(*c) || matches!(c, '.' | '(' | ')')))
        .collect();
    match dialled.strip_prefix('+') {
        Some(digits) if is_digits(digits) => international(digits),
        None if is_digits(&dialled) => read_digits(&dialled),
        _ => Outcome::Invalid(Code::Charset),
    }
}

/// Reads what is dialled in France.
fn read_digits(digits: &str) -> Outcome<String> {
    if is_short(digits) {
        return Outcome::Noted(digits.to_owned(), Code::ShortNumber);
    }
    match (digits.len(), digits.as_bytes()) {
        (10, [b'0', b'1'..=b'9', ..]) => Outcome::Valid(national(&digits[1..])),
        // Ten digits from `00` cannot be told from a national number gone wrong.
        (10, _) => Outcome::Invalid(Code::Format),
        (9, [b'1'..=b'9', ..]) => Outcome::Repaired(national(digits), Code::LostZero),
        (11, [b'3', b'3', b'1'..=b'9', ..]) => {
            international(digits).only_proposed(Code::MissingPlus)
        }
        (11.., [b'0', b'0', rest @ ..]) if rest.first().is_some_and(|b| *b != b'0') => {
            international(&digits[2..])
        }
        _ => Outcome::Invalid(Code::Length),
    }
}

/// Writes nine digits without their zero: overseas has country codes of its own.
fn national(significant: &str) -> String {
    let country = match &significant[..3] {
        "262" | "263" | "269" | "639" | "692" | "693" => "262",
        "590" | "690" | "691" => "590",
        "594" | "694" => "594",
        "596" | "696" | "697" => "596",
        _ => "33",
    };
    format!("+{country}{significant}")
}

/// Reads the digits after `+` or `00`.
fn international(digits: &str) -> Outcome<String> {
    if digits.starts_with('0') {
        return Outcome::Invalid(Code::Format);
    }
    let known = FRENCH_COUNTRY_CODES
        .iter()
        .find_map(|(country, len)| Some((*country, *len, digits.strip_prefix(country)?)));
    let Some((country, len, rest)) = known else {
        return if (FOREIGN_DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) {
            Outcome::Valid(format!("+{digits}"))
        } else {
            Outcome::Invalid(Code::Length)
        };
    };
    // `+33 04…`: the zero of the national form was kept.
    let rest = match rest.strip_prefix('0') {
        Some(after) if after.len() == len => after,
        _ => rest,
    };
    if rest.len() != len {
        return Outcome::Invalid(Code::Length);
    }
    if rest.starts_with('0') {
        return Outcome::Invalid(Code::Format);
    }
    let written = format!("+{country}{rest}");
    if country == "33" && national(rest) != written {
        return Outcome::Repaired(national(rest), Code::OverseasPrefix);
    }
    Outcome::Valid(written)
}

fn is_international(text: &str) -> bool {
    text.starts_with('+') || text.starts_with("00")
}

fn is_short(digits: &str) -> bool {
    let starts = |prefix: &str| digits.starts_with(prefix);
    match digits.len() {
        2 | 3 => SHORT_NUMBERS.contains(&digits),
        4 => starts("3") || starts("10"),
        6 => starts("116") || starts("118"),
        _ => false,
    }
}

fn has_extension(text: &str) -> bool {
    let Some(place) = text.find(|c: char| c.is_alphabetic() || c == '#') else {
        return false;
    };
    let (number, word) = text.split_at(place);
    let many = number.bytes().filter(u8::is_ascii_digit).count() >= 9;
    many && ["poste", "post.", "ext", "x", "#"]
        .iter()
        .any(|mark| word.starts_with(mark))
}

fn has_two_numbers(text: &str) -> bool {
    let numbers = |separator: &str| {
        text.split(separator)
            .filter(|part| part.bytes().filter(u8::is_ascii_digit).count() >= 9)
            .count()
    };
    ["/", ";", ",", "|", "\n", " ou ", " et "]
        .into_iter()
        .any(|mark| numbers(mark) > 1)
}

/// Country codes of French territories, with the digits that follow.
const FRENCH_COUNTRY_CODES: &[(&str, usize)] = &[
    ("33", 9),
    ("262", 9),
    ("508", 6),
    ("590", 9),
    ("594", 9),
    ("596", 9),
    ("681", 6),
    ("687", 6),
    ("689", 8),
];
const SHORT_NUMBERS: &[&str] = &["15", "17", "18", "112", "114", "115", "116", "119", "196"];
/// E.164 sets the maximum, country code included.
const DIGITS_MAX: usize = 15;
/// The shortest numbers in use: a country code of three digits and four more.
const FOREIGN_DIGITS_MIN: usize = 7;

#[cfg(test)]
mod tests {
    use super::phone;
    use crate::register::{Code, Outcome};

    fn valid(text: &str) -> Outcome<String> {
        Outcome::Valid(text.to_owned())
    }

    #[test]
    fn one_number_is_written_in_one_way() {
        for text in [
            "04 65 71 00 01",
            "+33 (0)4 65 71 00 01",
            "0033465710001",
            "+330465710001",
            "(04) 65.71.00-01",
            "00 33 (0)4 65 71 00 01",
        ] {
            assert_eq!(phone(text), valid("+33465710001"), "{text}");
        }
    }

    #[test]
    fn overseas_has_its_country_codes() {
        assert_eq!(phone("0262 16 12 34"), valid("+262262161234"));
        assert_eq!(
            phone("+33 262 16 12 34"),
            Outcome::Repaired("+262262161234".to_owned(), Code::OverseasPrefix)
        );
        assert_eq!(phone("+508 41 12 3"), Outcome::Invalid(Code::Length));
        assert_eq!(phone("+508 41 12 34"), valid("+508411234"));
        assert_eq!(phone("+508 41 12 345"), Outcome::Invalid(Code::Length));
    }

    #[test]
    fn lost_signs_are_repaired_or_proposed() {
        assert_eq!(
            phone("465710001"),
            Outcome::Repaired("+33465710001".to_owned(), Code::LostZero)
        );
        assert_eq!(phone("33465710001").code(), Some(Code::MissingPlus));
        assert_eq!(phone("4,66E+08"), Outcome::Invalid(Code::LostDigits));
    }

    #[test]
    fn short_numbers_stay() {
        for text in ["15", "115", "3919", "1014", "116 117", "118 218"] {
            assert_eq!(phone(text).code(), Some(Code::ShortNumber), "{text}");
        }
        for text in ["16", "113", "2919", "117 117", ""] {
            assert_eq!(phone(text).accepted(), None, "{text}");
        }
    }

    #[test]
    fn a_foreign_number_has_seven_to_fifteen_digits() {
        assert_eq!(phone("+212 522 12 34 56"), valid("+212522123456"));
        assert_eq!(phone("+290123"), Outcome::Invalid(Code::Length));
        assert_eq!(phone("+2901234"), valid("+2901234"));
        assert_eq!(phone("+491234567890123"), valid("+491234567890123"));
        assert_eq!(phone("+4912345678901234"), Outcome::Invalid(Code::Length));
    }

    #[test]
    fn what_is_not_one_number_is_refused() {
        assert_eq!(
            phone("04 65 71 00 01 ou 0199001234"),
            Outcome::Invalid(Code::TwoNumbers)
        );
        assert_eq!(
            phone("04 65 71 00 01 ext. 3"),
            Outcome::Invalid(Code::Extension)
        );
        assert_eq!(phone("٠٤٦٥٧١٠٠٠١"), Outcome::Invalid(Code::Charset));
        assert_eq!(phone("04+65710001"), Outcome::Invalid(Code::Charset));
        assert_eq!(phone("+"), Outcome::Invalid(Code::Charset));
        assert_eq!(phone("+0465710001"), Outcome::Invalid(Code::Format));
    }
}
