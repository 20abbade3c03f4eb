//! How French words are read, the same way in documents and in queries.
//!
//! Accents are folded *before* stemming. A few families of words are lost by it (the stemmer reads some endings by their accents), but a
//! word typed without its accents then always finds the same records as with them, which matters more on a keyboard or a phone.

use std::collections::HashMap;
use std::iter;

use tantivy::tokenizer::{
    Language, RawTokenizer, Stemmer, TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager,
};
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// The name of the analysis that only folds, for names.
pub(super) const FOLDED: &str = "folded";
/// The name of the analysis that drops stop words and stems.
pub(super) const STEMMED: &str = "stemmed";

/// Gives both analyses to an index.
pub(super) fn register(tokenizers: &TokenizerManager) {
    tokenizers.register(FOLDED, TextAnalyzer::builder(Words { stems: None }).build());
    let stems = Some(Stems::default());
    tokenizers.register(STEMMED, TextAnalyzer::builder(Words { stems }).build());
}

/// Returns the text in lower case, without accents and with ligatures opened.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            folded.push(c.to_ascii_lowercase());
        } else {
            // Marks are dropped, so that their order does not matter and each character can be taken apart alone.
            decompose_compatible(c, |part| fold_part(part, &mut folded));
        }
    }
    folded
}

fn fold_part(part: char, folded: &mut String) {
    for c in part.to_lowercase().filter(|c| !is_combining_mark(*c)) {
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'ø' => folded.push('o'),
            'đ' => folded.push('d'),
            'ł' => folded.push('l'),
            // A letter for Unicode, an apostrophe for people.
            'ʼ' => folded.push('\''),
            _ => folded.push(c),
        }
    }
}

/// Returns the folded words of a text, in order, without elided articles ("l'", "d'", "qu'"…) but with its stop words.
pub(super) fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut words = Vec::new();
    let mut rest = folded.as_str();
    while let Some(start) = rest.find(char::is_alphanumeric) {
        rest = &rest[start..];
        let end = rest
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let elided = after.starts_with(APOSTROPHES) && ELIDED.contains(&word);
        if !elided {
            words.push(word.chars().take(WORD_CHARS_MAX).collect());
        }
        rest = after;
    }
    words
}

/// Tells whether a folded word is too common to say anything.
pub(super) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// Returns the stem of a folded word.
pub(super) fn stem(word: &str) -> String {
    stem_by(&mut stemmer(), word)
}

fn stemmer() -> TextAnalyzer {
    let french = Stemmer::new(Language::French);
    let builder = TextAnalyzer::builder(RawTokenizer::default());
    builder.filter(french).build()
}

fn stem_by(stemmer: &mut TextAnalyzer, word: &str) -> String {
    let mut stream = stemmer.token_stream(word);
    let token = stream.next();
    token.map_or_else(|| word.to_owned(), |token| token.text.clone())
}

/// Stems that were found lately: a census has a hundred thousand times the same few thousand words.
#[derive(Clone)]
struct Stems {
    stemmer: TextAnalyzer,
    known: HashMap<String, String>,
}

impl Default for Stems {
    fn default() -> Self {
        Self {
            stemmer: stemmer(),
            known: HashMap::new(),
        }
    }
}

impl Stems {
    fn of(&mut self, word: String) -> String {
        if let Some(stem) = self.known.get(&word) {
            return stem.clone();
        }
        let stem = stem_by(&mut self.stemmer, &word);
        if self.known.len() == STEMS_MAX {
            self.known.clear();
        }
        self.known.insert(word, stem.clone());
        stem
    }
}

/// Returns a code as it is compared: folded, with letters and digits only.
pub(super) fn code(text: &str) -> String {
    fold(text)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .take(CODE_CHARS_MAX)
        .collect()
}

/// Returns a whole name as it is compared: folded, with letters and digits only, or with all its signs where it has no others. Two names
/// that differ in more than case, accents, spaces and signs have two keys, but for very long ones: whoever asks looks at what is found.
pub(super) fn whole_name(name: &str) -> String {
    let folded = fold(name);
    let key = |is_kept: fn(&char) -> bool| -> String {
        folded.chars().filter(is_kept).take(KEY_CHARS_MAX).collect()
    };
    let letters = key(|c| c.is_alphanumeric());
    match letters.is_empty() {
        true => key(|c| !c.is_whitespace()),
        false => letters,
    }
}

/// Returns the key that sorts names as a French directory does.
///
/// Letters count first, then numbers by their value, then the accents; marks count as spaces.
pub(super) fn name_key(name: &str) -> String {
    let folded = fold(name);
    let words = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let mut key = String::new();
    for word in words {
        if !key.is_empty() {
            key.push(' ');
        }
        let digits = word.chars().take_while(char::is_ascii_digit).count();
        if digits > 0 {
            key.extend(iter::repeat_n('0', NUMBER_DIGITS.saturating_sub(digits)));
        }
        key.push_str(word);
    }
    let key = key.chars().take(KEY_CHARS_MAX);
    // Below the space, so that a name comes before the longer ones that begin with it.
    let accents = iter::once('\u{1}').chain(name.chars().take(KEY_CHARS_MAX));
    key.chain(accents).collect()
}

/// The words of a text; with stems, without those that are too common.
#[derive(Clone)]
struct Words {
    stems: Option<Stems>,
}

impl Tokenizer for Words {
    type TokenStream<'a> = WordStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream {
        let mut words = words(text);
        if let Some(stems) = &mut self.stems {
            words.retain(|word| !is_stop_word(word));
            for word in &mut words {
                *word = stems.of(std::mem::take(word));
            }
        }
        WordStream {
            words: words.into_iter(),
            token: Token::default(),
        }
    }
}

/// Offsets are not kept: nothing is highlighted from the index.
struct WordStream {
    words: std::vec::IntoIter<String>,
    token: Token,
}

impl TokenStream for WordStream {
    fn advance(&mut self) -> bool {
        let Some(word) = self.words.next() else {
            return false;
        };
        self.token.text = word;
        // A new token stands before the first position.
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

/// Longer words are cut, in documents and in queries: the longest French word in use has 25 letters.
const WORD_CHARS_MAX: usize = 48;
/// Stems that are kept: some MB, and more words than a census has.
const STEMS_MAX: usize = 50_000;
/// The longest code in use, a SIRET or an international account, is far below.
const CODE_CHARS_MAX: usize = 64;
/// Enough to tell apart names that differ late, twice a line of a table.
const KEY_CHARS_MAX: usize = 200;
/// Numbers in names are compared as numbers up to this many digits.
const NUMBER_DIGITS: usize = 10;

const APOSTROPHES: [char; 4] = ['\'', '’', '‘', '`'];

const ELIDED: [&str; 14] = [
    "c", "d", "j", "jusqu", "l", "lorsqu", "m", "n", "presqu", "puisqu", "qu", "quoiqu", "s", "t",
];

/// Folded and sorted. Words that can name something ("été", "sous", "entre", "avec"…) are kept out of it.
const STOP_WORDS: [&str; 61] = [
    "a", "ai", "as", "au", "aux", "c", "ce", "ces", "cet", "cette", "d", "dans", "de", "des", "du",
    "elle", "elles", "en", "est", "et", "eu", "eux", "il", "ils", "j", "je", "l", "la", "le",
    "les", "leur", "leurs", "lui", "m", "ma", "mais", "me", "mes", "n", "ne", "nos", "notre",
    "nous", "on", "ou", "par", "pour", "qu", "que", "qui", "sa", "se", "ses", "son", "sur", "t",
    "un", "une", "vos", "votre", "vous",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_words_are_sorted_and_folded() {
        assert!(STOP_WORDS.is_sorted());
        assert!(STOP_WORDS.iter().all(|word| fold(word) == *word));
    }

    #[test]
    fn accents_ligatures_and_case_are_folded_composed_or_not() {
        assert_eq!(fold("ÉCOLE du Cœur"), "ecole du coeur");
        assert_eq!(fold("e\u{301}cole"), "ecole");
        assert_eq!(fold("ŒUVRE Ǽ ß İ ﬁn"), "oeuvre ae ss i fin");
    }

    #[test]
    fn elided_articles_go_away_with_any_apostrophe() {
        for text in [
            "l'association d'aide",
            "L’association d’aide",
            "lʼassociation d`aide",
        ] {
            assert_eq!(words(text), ["association", "aide"], "{text}");
        }
        assert_eq!(
            words("jusqu'à qu'il aujourd'hui l'"),
            ["a", "il", "aujourd", "hui"]
        );
        assert_eq!(words("Plan-D' Or"), ["plan", "or"]);
    }

    #[test]
    fn words_are_cut_at_their_limit() {
        for length in [WORD_CHARS_MAX - 1, WORD_CHARS_MAX, WORD_CHARS_MAX + 1] {
            let word = "é".repeat(length);
            assert_eq!(words(&word)[0].len(), length.min(WORD_CHARS_MAX));
        }
    }

    #[test]
    fn plural_and_feminine_have_one_stem_with_or_without_accents() {
        let same = |a: &str, b: &str| assert_eq!(stem(&fold(a)), stem(&fold(b)), "{a} {b}");
        same("associations", "association");
        same("solidarités", "solidarite");
        same("médiatrices", "médiatrice");
        same("nationales", "national");
        assert_ne!(stem("emploi"), stem("logement"));
    }

    #[test]
    fn codes_ignore_spaces_marks_and_case() {
        assert_eq!(code("123 456 789 00012"), "12345678900012");
        assert_eq!(code("w-751.234 567"), code("W751234567"));
        assert_eq!(code("2A004"), "2a004");
    }

    #[test]
    fn names_sort_as_a_french_directory() {
        let sorted = [
            "Ab",
            "Ab Ba",
            "Aba",
            "cote",
            "coté",
            "côte",
            "côté",
            "Éclat",
            "ecole 2",
            "École 10",
            "Zèbre",
        ];
        let mut names = sorted;
        names.reverse();
        names.sort_by_key(|name| name_key(name));
        assert_eq!(names, sorted);
    }
}
