//! Whether two spellings name the same commune.

use unicode_normalization::UnicodeNormalization;

/// Tells whether two spellings name the same commune.
///
/// Case, accents, hyphens, `St` for `Saint`, an article in front, `Cedex` and numbers of postal
/// districts do not count.
pub fn names_agree(one: &str, other: &str) -> bool {
    let folded = folded_name(one);
    !folded.is_empty() && folded == folded_name(other)
}

/// Returns what two spellings of one name share.
pub(super) fn folded_name(name: &str) -> String {
    let mut letters = String::with_capacity(name.len());
    for c in name.nfd().flat_map(char::to_lowercase) {
        match c {
            'œ' => letters.push_str("oe"),
            'æ' => letters.push_str("ae"),
            // The marks that decomposition set apart.
            '\u{300}'..='\u{36F}' => {}
            c if c.is_alphanumeric() => letters.push(c),
            _ => letters.push(' '),
        }
    }
    let mut words: Vec<&str> = letters
        .split_whitespace()
        .map(|word| match word {
            "st" => "saint",
            "ste" => "sainte",
            _ => word,
        })
        .filter(|word| *word != "cedex" && !word.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    if words.len() > 1 && matches!(words[0], "l" | "la" | "le" | "les") {
        words.remove(0);
    }
    words.concat()
}

#[cfg(test)]
mod tests {
    use super::names_agree;

    #[test]
    fn spellings_of_one_commune_agree() {
        for (one, other) in [
            ("Prémeyzel", "PREMEYZEL"),
            ("Saint-Étienne", "st etienne"),
            ("L'Oie", "Oie"),
            ("Marseille", "MARSEILLE 01 CEDEX 3"),
            ("Œuilly", "Oeuilly"),
        ] {
            assert!(names_agree(one, other), "{one} / {other}");
        }
    }

    #[test]
    fn other_communes_and_empty_names_do_not_agree() {
        assert!(!names_agree("Prémeyzel", "Polliat"));
        assert!(!names_agree("", ""));
        assert!(!names_agree("12", "13"));
    }
}
