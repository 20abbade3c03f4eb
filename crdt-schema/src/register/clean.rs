//! What every value goes through before it is read.

use unicode_normalization::UnicodeNormalization;

/// Returns the text in NFC, without invisible characters, and without white space around.
///
/// For codes and simple values only: in running text a joiner inside a word carries meaning.
pub fn clean(text: &str) -> String {
    let visible: String = text.nfc().filter(|c| !is_invisible(*c)).collect();
    visible.trim().to_owned()
}

/// Returns the cleaned text without inner spaces, dots and hyphens, in upper case.
///
/// Only ASCII letters are raised: a code has no others, and `ß` must not become two letters.
pub fn compact(text: &str) -> String {
    clean(text)
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '.' && !is_hyphen(*c))
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// Tells whether the text is made of ASCII digits, and not empty.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the digits before a `.0` or `,0` that a spreadsheet wrote.
pub(super) fn without_decimal(text: &str) -> Option<&str> {
    let digits = text
        .strip_suffix(".0")
        .or_else(|| text.strip_suffix(",0"))?;
    is_digits(digits).then_some(digits)
}

/// Tells whether a spreadsheet wrote the number as `4,02297E+13`: its last digits are gone.
pub(super) fn is_scientific(text: &str) -> bool {
    let Some((number, power)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let power = power.strip_prefix('+').unwrap_or(power);
    let (whole, fraction) = number.split_once(['.', ',']).unwrap_or((number, "0"));
    is_digits(whole) && is_digits(fraction) && is_digits(power)
}

/// Tells whether a character is one of the hyphens and dashes that people put in numbers.
pub(super) fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200D}' | '\u{2060}')
}

#[cfg(test)]
mod tests {
    use super::{clean, compact, is_digits, is_scientific, without_decimal};

    #[test]
    fn invisible_characters_go_and_accents_are_composed() {
        assert_eq!(
            clean("\u{FEFF} caf\u{65}\u{301}\u{200B}\u{2060} \u{A0}"),
            "café"
        );
        assert_eq!(clean(""), "");
    }

    #[test]
    fn all_spaces_dots_and_hyphens_of_a_code_go() {
        assert_eq!(compact(" w\u{202F}1\u{2009}3.3-4\u{2011}5 "), "W13345");
    }

    #[test]
    fn digits_are_ascii() {
        assert!(is_digits("0123456789"));
        assert!(!is_digits("٣٤"));
        assert!(!is_digits("１２"));
        assert!(!is_digits(""));
    }

    #[test]
    fn marks_of_a_spreadsheet_are_seen() {
        assert_eq!(without_decimal("12.0"), Some("12"));
        assert_eq!(without_decimal("1.2.0"), None);
        assert_eq!(without_decimal(".0"), None);
        assert!(is_scientific("4,02297E+13") && is_scientific("4E13"));
        assert!(!is_scientific("E13") && !is_scientific("4E") && !is_scientific("12"));
    }
}
