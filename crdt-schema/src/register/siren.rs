//! SIREN and SIRET, the numbers of legal units and of their establishments.

use super::clean::{clean, compact, is_digits, is_scientific, without_decimal};
use super::outcome::{Code, Outcome};

/// Reads a SIREN: nine digits with their check digit.
pub fn siren(input: &str) -> Outcome<String> {
    read(input, "SIREN", siren_digits)
}

/// Reads a SIRET: fourteen digits, whose first nine are a SIREN.
pub fn siret(input: &str) -> Outcome<String> {
    read(input, "SIRET", siret_digits)
}

fn read(input: &str, label: &str, digits: fn(&str) -> Outcome<String>) -> Outcome<String> {
    let text = clean(input);
    if is_scientific(&text) {
        return Outcome::Invalid(Code::LostDigits);
    }
    // Before the dots go: `40229699000037.0` would become fifteen digits.
    if let Some(whole) = without_decimal(&text) {
        return digits(whole).repaired(Code::FloatText);
    }
    let text = compact(&text);
    if let Some(rest) = after_label(&text, label) {
        return digits(rest).only_proposed(Code::LabelInValue);
    }
    if let Some(rest) = after_vat_prefix(&text) {
        return match siren_digits(rest) {
            Outcome::Valid(value) if label == "SIREN" => Outcome::Proposed {
                value,
                code: Code::VatNumber,
            },
            _ => Outcome::Invalid(Code::Charset),
        };
    }
    digits(&text)
}

fn siren_digits(text: &str) -> Outcome<String> {
    if !is_digits(text) {
        return Outcome::Invalid(Code::Charset);
    }
    match text.len() {
        9 if is_zero(text) => Outcome::Invalid(Code::Zero),
        9 if luhn(text) => Outcome::Valid(text.to_owned()),
        9 => Outcome::Invalid(Code::Checksum),
        14 if siret_ok(text) => Outcome::Proposed {
            value: text[..9].to_owned(),
            code: Code::SiretGiven,
        },
        8 => with_zero(text, siren_ok),
        _ => Outcome::Invalid(Code::Length),
    }
}

fn siret_digits(text: &str) -> Outcome<String> {
    if !is_digits(text) {
        return Outcome::Invalid(Code::Charset);
    }
    match text.len() {
        14 if is_zero(&text[..9]) => Outcome::Invalid(Code::Zero),
        14 if !siren_ok(&text[..9]) => Outcome::Invalid(Code::ChecksumSiren),
        14 if siret_ok(text) => Outcome::Valid(text.to_owned()),
        14 => Outcome::Invalid(Code::ChecksumSiret),
        9 if siren_ok(text) => Outcome::Invalid(Code::SirenGiven),
        13 => with_zero(text, siret_ok),
        _ => Outcome::Invalid(Code::Length),
    }
}

/// Offers the number with a zero in front, if that passes: one in a hundred does by chance.
fn with_zero(text: &str, passes: fn(&str) -> bool) -> Outcome<String> {
    let value = format!("0{text}");
    if passes(&value) {
        Outcome::Proposed {
            value,
            code: Code::LostZero,
        }
    } else {
        Outcome::Invalid(Code::Length)
    }
}

/// Tells whether nine digits are a SIREN. The caller has checked that they are digits.
pub(super) fn siren_ok(digits: &str) -> bool {
    digits.len() == 9 && !is_zero(digits) && luhn(digits)
}

/// Tells whether fourteen digits are a SIRET. The caller has checked that they are digits.
pub(super) fn siret_ok(digits: &str) -> bool {
    if digits.len() != 14 || !siren_ok(&digits[..9]) {
        return false;
    }
    if &digits[..9] != LA_POSTE {
        return luhn(digits);
    }
    // La Poste ran out of numbers that pass Luhn (INSEE, lettre Sirene n° 16).
    digits == LA_POSTE_HEAD_OFFICE || digit_sum(digits).is_multiple_of(5)
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            match (place % 2, digit * 2) {
                (0, _) => digit,
                (_, double) if double > 9 => double - 9,
                (_, double) => double,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn digit_sum(digits: &str) -> u32 {
    digits.bytes().map(|byte| u32::from(byte - b'0')).sum()
}

fn is_zero(digits: &str) -> bool {
    digits.bytes().all(|byte| byte == b'0')
}

fn after_label<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let text = text.strip_prefix("N°").unwrap_or(text);
    let rest = text.strip_prefix(label)?;
    Some(rest.trim_start_matches([':', '=', '°', 'N']))
}

/// Returns the SIREN inside a French VAT number: `FR`, two characters, nine digits.
fn after_vat_prefix(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("FR")?;
    (rest.is_ascii() && rest.len() == 11).then(|| &rest[2..])
}

const LA_POSTE: &str = "356000000";
const LA_POSTE_HEAD_OFFICE: &str = "35600000000048";

#[cfg(test)]
mod tests {
    use super::{siren, siret};
    use crate::register::{Code, Outcome};

    fn valid(text: &str) -> Outcome<String> {
        Outcome::Valid(text.to_owned())
    }

    #[test]
    fn a_siren_follows_luhn() {
        assert_eq!(siren("402 296 990"), valid("402296990"));
        assert_eq!(siren("402296991"), Outcome::Invalid(Code::Checksum));
        assert_eq!(siren("000000000"), Outcome::Invalid(Code::Zero));
        assert_eq!(siren(""), Outcome::Invalid(Code::Charset));
    }

    #[test]
    fn establishments_of_la_poste_follow_their_digit_sum() {
        assert_eq!(siret("35600000009075"), valid("35600000009075"));
        assert_eq!(siret("35600000000048"), valid("35600000000048"));
        // Luhn is right, the sum is 19.
        assert_eq!(
            siret("35600000001202"),
            Outcome::Invalid(Code::ChecksumSiret)
        );
        assert_eq!(
            siret("35600000009076"),
            Outcome::Invalid(Code::ChecksumSiret)
        );
    }

    #[test]
    fn other_digits_of_unicode_are_refused() {
        assert_eq!(
            siret("４０２２９６９９００００３７"),
            Outcome::Invalid(Code::Charset)
        );
        assert_eq!(siren("٤٠٢٢٩٦٩٩٠"), Outcome::Invalid(Code::Charset));
    }

    #[test]
    fn a_lost_zero_is_only_proposed() {
        assert_eq!(
            siret("5520135400010"),
            Outcome::Proposed {
                value: "05520135400010".to_owned(),
                code: Code::LostZero,
            }
        );
        assert_eq!(siret("5520135400011"), Outcome::Invalid(Code::Length));
    }

    #[test]
    fn a_decimal_is_cut_before_the_dots_go() {
        assert_eq!(
            siren("402296990.0"),
            Outcome::Repaired("402296990".to_owned(), Code::FloatText)
        );
        // Eight digits and a decimal are not nine digits.
        assert_eq!(siren("40229699.0"), Outcome::Invalid(Code::Length));
        assert_eq!(siret("4.0229699E13"), Outcome::Invalid(Code::LostDigits));
    }

    #[test]
    fn hostile_text_is_refused_without_a_panic() {
        for text in [
            "FRé4022969",
            "FR€€402296990",
            "SIRET",
            "N°SIRET:é",
            "\0",
            "FR",
        ] {
            assert_eq!(siren(text).accepted(), None, "{text:?}");
            assert_eq!(siret(text).accepted(), None, "{text:?}");
        }
    }
}
