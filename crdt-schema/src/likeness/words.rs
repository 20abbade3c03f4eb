//! Names as they are compared: without accents, articles and legal forms, and by the groups of three letters in them, so that a typing
//! mistake costs a little and not all.

use std::collections::BTreeSet;

use crate::record;

/// A name, ready to be compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Name {
    /// The words that say something, without those of the place.
    pub(super) words: BTreeSet<String>,
    /// Groups of three letters of all words that say something, in their order.
    grams: BTreeSet<[char; 3]>,
    /// The same without the words of the place.
    own_grams: BTreeSet<[char; 3]>,
    numbers: BTreeSet<String>,
}

impl Name {
    /// Reads a name. The words of `place` are left aside where enough remains: half of a census says where it is in its names.
    pub(super) fn of(text: &str, place: &str) -> Self {
        let all: Vec<String> = split(text).collect();
        let telling: Vec<&String> = all.iter().filter(|word| tells(word)).collect();
        // "Mairie" is all that some names are.
        let telling = if telling.is_empty() {
            all.iter().collect()
        } else {
            telling
        };
        let place: BTreeSet<String> = split(place).collect();
        let own: Vec<&String> = telling
            .iter()
            .copied()
            .filter(|word| !place.contains(*word))
            .collect();
        let is_number = |word: &&&String| word.bytes().all(|byte| byte.is_ascii_digit());
        Self {
            grams: grams(&telling),
            own_grams: grams(&own),
            numbers: telling
                .iter()
                .filter(is_number)
                .map(|word| (*word).clone())
                .collect(),
            words: own.into_iter().cloned().collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.grams.is_empty()
    }

    /// How near two names are, in thousandths. 0 where one is empty.
    pub(super) fn nearness(&self, other: &Name) -> u32 {
        let whole = dice(&self.grams, &other.grams);
        let enough = |name: &Name| name.own_grams.len() >= OWN_GRAMS_MIN;
        if enough(self) && enough(other) {
            whole.max(dice(&self.own_grams, &other.own_grams))
        } else {
            whole
        }
    }

    /// Whether both count, and differently: "Séance 1" is not "Séance 2".
    pub(super) fn counts_otherwise(&self, other: &Name) -> bool {
        !self.numbers.is_empty()
            && !other.numbers.is_empty()
            && self.numbers.is_disjoint(&other.numbers)
    }
}

/// Lower case, no accents, one space between words.
pub(super) fn folded(text: &str) -> String {
    record::folded(text)
}

/// Splits the number off an address. "12 bis, rue X" and "12 rue X" have one number.
pub(super) fn street(text: &str) -> (Option<String>, String) {
    let folded = folded(text);
    let digits = folded.bytes().take_while(u8::is_ascii_digit).count();
    let (number, street) = folded.split_at(digits);
    let number = (!number.is_empty()).then(|| number.to_owned());
    let spelt = street.split(' ').map(|word| match word {
        "av" | "ave" => "avenue",
        "bd" | "bld" | "blvd" => "boulevard",
        "pl" => "place",
        "st" => "saint",
        "ste" => "sainte",
        other => other,
    });
    (number, spelt.collect::<Vec<_>>().join(" "))
}

fn split(text: &str) -> impl Iterator<Item = String> {
    // The "œ" is a letter of its own for Unicode.
    let opened = text.replace(['œ', 'Œ'], "oe").replace(['æ', 'Æ'], "ae");
    let words = folded(&opened);
    let words: Vec<String> = words
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.into_iter().map(|word| match word.as_str() {
        "st" => "saint".to_owned(),
        "ste" => "sainte".to_owned(),
        _ => word,
    })
}

fn tells(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_err() && LEGAL_FORMS.binary_search(&word).is_err()
}

fn grams(words: &[&String]) -> BTreeSet<[char; 3]> {
    // Run together: a typing mistake is as often a space as a letter.
    let letters: Vec<char> = words
        .iter()
        .take(WORDS_MAX)
        .flat_map(|word| word.chars())
        .take(LETTERS_MAX)
        .collect();
    match letters.as_slice() {
        [] => BTreeSet::new(),
        [one] => [[*one, ' ', ' ']].into(),
        [one, two] => [[*one, *two, ' ']].into(),
        letters => letters
            .windows(3)
            .map(|three| [three[0], three[1], three[2]])
            .collect(),
    }
}

/// Dice's coefficient, in thousandths.
fn dice(one: &BTreeSet<[char; 3]>, other: &BTreeSet<[char; 3]>) -> u32 {
    let total = one.len() + other.len();
    if one.is_empty() || other.is_empty() {
        return 0;
    }
    u32::try_from(2_000 * one.intersection(other).count() / total).unwrap_or(0)
}

/// What remains without the place must be more than a word of it.
const OWN_GRAMS_MIN: usize = 6;
/// A name is a line; what is longer is a text that stands in the wrong field, and is compared by its start.
const WORDS_MAX: usize = 60;
const LETTERS_MAX: usize = 300;

/// Folded and sorted.
const STOP_WORDS: [&str; 44] = [
    "a", "ai", "as", "au", "aux", "avec", "c", "ce", "ces", "cet", "cette", "d", "dans", "de",
    "des", "du", "elle", "en", "entre", "est", "et", "il", "j", "l", "la", "le", "les", "leur",
    "m", "n", "ou", "par", "pour", "qu", "que", "qui", "s", "sa", "se", "son", "sur", "un", "une",
    "vers",
];
/// What says how something is incorporated and not what it is. Folded and sorted.
const LEGAL_FORMS: [&str; 16] = [
    "1901",
    "ass",
    "asso",
    "assoc",
    "association",
    "commune",
    "eurl",
    "loi",
    "mairie",
    "sa",
    "sarl",
    "sas",
    "scic",
    "scop",
    "societe",
    "ville",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_folded() {
        for list in [&STOP_WORDS[..], &LEGAL_FORMS[..]] {
            assert!(list.is_sorted());
            assert!(list.iter().all(|word| folded(word) == *word));
        }
    }

    #[test]
    fn accents_case_articles_and_legal_forms_make_no_difference() {
        let near = |one: &str, other: &str| Name::of(one, "").nearness(&Name::of(other, ""));
        assert_eq!(
            near("Association Les Étoiles du Cœur", "ASSO. ETOILES COEUR"),
            1_000
        );
        assert_eq!(near("Mairie", "MAIRIE"), 1_000);
        assert_eq!(near("St-Jean", "Saint Jean"), 1_000);
        assert_eq!(near("Repair café", ""), 0);
        assert!(near("Atelier vélo", "Atelier véol") >= 600);
        assert!(near("Atelier vélo", "Chorale des aînés") < 300);
    }

    #[test]
    fn the_place_in_a_name_counts_where_nothing_else_is_there() {
        let near =
            |one: &str, other: &str| Name::of(one, "Gien").nearness(&Name::of(other, "Gien"));
        assert_eq!(
            near("Ateliers numériques", "Gien : ateliers numériques"),
            1_000
        );
        assert_eq!(near("Ville de Gien", "Gien"), 1_000);
        assert!(near("Gien", "Ateliers numériques") < 300);
    }

    #[test]
    fn numbers_that_differ_are_seen() {
        let other =
            |one: &str, other: &str| Name::of(one, "").counts_otherwise(&Name::of(other, ""));
        assert!(other("Séance 1", "Séance 2"));
        assert!(!other("Séance 1", "Séance"));
        assert!(!other("Séance 1 (2026)", "Séance 1"));
    }

    #[test]
    fn a_street_is_read_apart_from_its_number() {
        let read = |text: &str| street(text);
        assert_eq!(
            read("12, av. de la Gare"),
            (Some("12".to_owned()), " avenue de la gare".to_owned())
        );
        assert_eq!(read("La Grange").0, None);
    }
}
