//! The registers of associations: RNA, the files of the prefectures before it, and the tribunals
//! of Alsace-Moselle.

use super::clean::{clean, compact, is_digits, is_hyphen};
use super::outcome::{Code, Outcome};

/// Reads an RNA number: `W`, a registry code of three characters, six digits. It has no check digit.
pub fn rna(input: &str) -> Outcome<String> {
    let text = clean(input);
    if is_volume_and_folio(&text) {
        return Outcome::Invalid(Code::AlsaceMoselle);
    }
    let text = compact(&text);
    if is_digits(&text) {
        match text.len() {
            14 => return Outcome::Invalid(Code::SiretGiven),
            9 => {
                return Outcome::Proposed {
                    value: format!("W{text}"),
                    code: Code::MissingW,
                };
            }
            _ => {}
        }
    }
    if text.chars().count() != 10 {
        return Outcome::Invalid(Code::Length);
    }
    let [b'W', first, second, rest @ ..] = text.as_bytes() else {
        return Outcome::Invalid(Code::Format);
    };
    let registry_ok = second.is_ascii_digit() || second.is_ascii_uppercase();
    if !(first.is_ascii_digit() && registry_ok && rest.iter().all(u8::is_ascii_digit)) {
        return Outcome::Invalid(Code::Format);
    }
    if second.is_ascii_digit() || REGISTRIES_WITH_A_LETTER.contains(&&text[1..3]) {
        Outcome::Valid(text)
    } else {
        Outcome::Warned(text, Code::RegistryUnknown)
    }
}

/// Reads a number of the prefecture files, for associations older than 2009 with no change since.
pub fn prefecture(input: &str) -> Outcome<String> {
    let text = compact(input);
    if text.chars().count() != 10 {
        return Outcome::Invalid(Code::Length);
    }
    let office = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'A' | b'B');
    match text.as_bytes() {
        [b'0', a, b, c, kind, rest @ ..]
            if [a, b, c].into_iter().all(office)
                && (kind.is_ascii_digit() || *kind == b'R')
                && rest.iter().all(u8::is_ascii_digit) =>
        {
            Outcome::Valid(text)
        }
        _ => Outcome::Invalid(Code::Format),
    }
}

/// Reads a number of the registers of New Caledonia (RIDET) or French Polynesia (Tahiti): six to ten characters, whose form is not
/// checked.
pub fn pacific(input: &str) -> Outcome<String> {
    let text = compact(input);
    match text.chars().count() {
        6..=10 if text.chars().all(|c| c.is_ascii_alphanumeric()) => Outcome::Valid(text),
        6..=10 => Outcome::Invalid(Code::Charset),
        _ => Outcome::Invalid(Code::Length),
    }
}

/// Reads a volume and folio of a tribunal of Alsace-Moselle, as `volume/folio`.
///
/// The same pair exists at every tribunal: store the tribunal with it.
pub fn alsace_moselle(input: &str, tribunal: Option<&str>) -> Outcome<String> {
    let text = clean(input).to_lowercase();
    let mut words = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        // Longest first, so that `volume` does not leave `ume`.
        let word = ["volume", "folio", "vol.", "fol.", "vol", "fol"]
            .into_iter()
            .find(|word| rest.starts_with(word));
        match word {
            Some(word) => {
                words.push(' ');
                rest = &rest[word.len()..];
            }
            None => {
                words.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    let separator = |c: char| c.is_whitespace() || is_hyphen(c) || matches!(c, '/' | ',' | ':');
    let parts: Vec<&str> = words
        .split(separator)
        .filter(|part| !part.is_empty())
        .collect();
    let [volume, folio] = parts[..] else {
        return Outcome::Invalid(Code::Format);
    };
    if !(is_digits(volume) && is_digits(folio) && volume.len() <= 4 && folio.len() <= 5) {
        return Outcome::Invalid(Code::Format);
    }
    if tribunal.is_none_or(|name| clean(name).is_empty()) {
        return Outcome::Invalid(Code::TribunalMissing);
    }
    Outcome::Valid(format!("{volume}/{folio}"))
}

fn is_volume_and_folio(text: &str) -> bool {
    text.split_once(|c| c == '/' || is_hyphen(c))
        .is_some_and(|(volume, folio)| {
            is_digits(volume) && is_digits(folio) && volume.len() <= 4 && folio.len() <= 5
        })
}

/// The registry codes with a letter that public files show: Corsica and overseas.
const REGISTRIES_WITH_A_LETTER: &[&str] = &[
    "2A", "2B", "9B", "9C", "9F", "9G", "9M", "9N", "9P", "9R", "9S", "9T",
];

#[cfg(test)]
mod tests {
    use super::{alsace_moselle, pacific, prefecture, rna};
    use crate::register::{Code, Outcome};

    #[test]
    fn corsica_and_overseas_have_rna_numbers() {
        for text in ["W2A1000275", "w9p1002760", "W 133 000 001"] {
            assert!(matches!(rna(text), Outcome::Valid(_)), "{text}");
        }
        assert_eq!(rna("W9Z1000001").code(), Some(Code::RegistryUnknown));
        assert_eq!(rna("W13A000001"), Outcome::Invalid(Code::Format));
    }

    #[test]
    fn an_rna_number_has_ten_characters() {
        assert_eq!(rna("W13300001"), Outcome::Invalid(Code::Length));
        assert!(matches!(rna("W133000001"), Outcome::Valid(_)));
        assert_eq!(rna("W1330000011"), Outcome::Invalid(Code::Length));
        assert_eq!(rna("W13300000٣"), Outcome::Invalid(Code::Format));
    }

    #[test]
    fn a_number_of_the_prefecture_is_no_rna_number() {
        assert_eq!(rna("0133000001"), Outcome::Invalid(Code::Format));
        for text in ["0133000001", "02A2R00012", "045100 1234"] {
            assert!(matches!(prefecture(text), Outcome::Valid(_)), "{text}");
        }
        assert_eq!(prefecture("0C33000001"), Outcome::Invalid(Code::Format));
        assert_eq!(prefecture("013300001"), Outcome::Invalid(Code::Length));
    }

    #[test]
    fn a_number_of_the_pacific_has_six_to_ten_characters() {
        let read = pacific;
        assert_eq!(read("0123456.001"), Outcome::Valid("0123456001".to_owned()));
        assert_eq!(read("a12345"), Outcome::Valid("A12345".to_owned()));
        for (text, code) in [
            ("12345", Code::Length),
            ("12345678901", Code::Length),
            ("123/456", Code::Charset),
        ] {
            assert_eq!(read(text), Outcome::Invalid(code), "{text}");
        }
    }

    #[test]
    fn a_folio_needs_its_tribunal_and_its_limits() {
        let at = Some("Colmar");
        assert_eq!(
            alsace_moselle("Volume 9999, folio 99999", at),
            Outcome::Valid("9999/99999".to_owned())
        );
        assert_eq!(
            alsace_moselle("10000/1", at),
            Outcome::Invalid(Code::Format)
        );
        assert_eq!(
            alsace_moselle("1/100000", at),
            Outcome::Invalid(Code::Format)
        );
        assert_eq!(
            alsace_moselle("1/2", Some(" ")),
            Outcome::Invalid(Code::TribunalMissing)
        );
    }
}
