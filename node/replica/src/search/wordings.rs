//! The words of terms, and which are wider than others. Records hold codes, and people type what they read: a query is told which terms
//! its words may mean, and which records stand under a wider term, so that a term that the federation words anew or puts under another is
//! found at once, and nothing has to be indexed again.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::record::{KINDS, Shape, Vocabulary};
use crdt_schema::statement::DueDates;
use crdt_schema::vocabulary::Words;

use super::analysis::{is_stop_word, stem, words};
use super::schema::{facet_key, split_facet_key};

/// Keys of facets, by the folded words and by the stems of what their terms and the wider ones are called.
#[derive(Debug, Default)]
pub(super) struct Wordings {
    /// The keys of all wider terms, by the key of a term that has some.
    wider: BTreeMap<String, BTreeSet<String>>,
    by_word: BTreeMap<String, BTreeSet<String>>,
    by_stem: BTreeMap<String, BTreeSet<String>>,
    /// After how many days each kind is to be looked at again: what the federation declares is asked with each search too.
    due: DueDates,
}

impl Wordings {
    /// Gathers the words of all vocabularies, in both languages, of every field that is written with them.
    pub(super) fn of(all: &Words) -> Self {
        let mut fields: BTreeSet<(&str, &str)> = BTreeSet::new();
        let mut gathered = Self {
            due: all.due_dates(),
            ..Self::default()
        };
        for kind in KINDS {
            let known = kind.fields().map(|field| (field.name, field.shape));
            let own = all.fields(kind.code);
            let own = own.map(|field| (field.name.as_str(), field.shape.shape()));
            for (name, shape) in known.chain(own) {
                if let Shape::Term(vocabulary) | Shape::Terms(vocabulary) = shape
                    && fields.insert((name, vocabulary.code))
                {
                    for term in all.terms(vocabulary) {
                        if let Some(key) = facet_key(name, term.code) {
                            gathered.add(&key, [term.fr, term.en]);
                            gathered.put_under(&key, name, all, vocabulary);
                        }
                    }
                }
            }
        }
        gathered
    }

    /// A term is said by the words of the wider ones too: who searches these means what stands under them.
    fn put_under(&mut self, key: &str, name: &str, all: &Words, vocabulary: &'static Vocabulary) {
        let code = split_facet_key(key).map_or("", |(_, code)| code);
        for wide in all.broader(vocabulary, code) {
            let Some(wide) = all.term(vocabulary, wide) else {
                continue;
            };
            self.add(key, [wide.fr, wide.en]);
            if let Some(wide) = facet_key(name, wide.code) {
                self.wider.entry(key.to_owned()).or_default().insert(wide);
            }
        }
    }

    /// Returns each key of a term that stands under others, with theirs.
    pub(super) fn wider(&self) -> &BTreeMap<String, BTreeSet<String>> {
        &self.wider
    }

    /// Returns after how many days each kind is to be looked at again.
    pub(super) fn due(&self) -> &DueDates {
        &self.due
    }

    fn add(&mut self, key: &str, texts: [&str; 2]) {
        for word in texts.iter().flat_map(|text| words(text)) {
            if is_stop_word(&word) {
                continue;
            }
            let stems = self.by_stem.entry(stem(&word)).or_default();
            stems.insert(key.to_owned());
            let words = self.by_word.entry(word).or_default();
            words.insert(key.to_owned());
        }
    }

    /// Returns the keys of the terms that a folded word says: the word or one of its family, the beginning of one that is still being
    /// typed, or one with a mistake in it.
    pub(super) fn keys(&self, word: &str, is_prefix: bool, may_err: bool) -> BTreeSet<&str> {
        let mut keys: BTreeSet<&str> = BTreeSet::new();
        keys.extend(texts(self.by_stem.get(&stem(word))));
        if is_prefix && word.chars().count() >= PREFIX_CHARS_MIN {
            let after = self.by_word.range(word.to_owned()..);
            let begun = after.take_while(|(other, _)| other.starts_with(word));
            keys.extend(begun.flat_map(|(_, keys)| texts(Some(keys))));
        }
        if may_err && keys.is_empty() {
            let near = self
                .by_word
                .iter()
                .filter(|(other, _)| is_near(word, other));
            keys.extend(near.flat_map(|(_, keys)| texts(Some(keys))));
        }
        keys
    }
}

fn texts(keys: Option<&BTreeSet<String>>) -> impl Iterator<Item = &str> {
    keys.into_iter().flatten().map(String::as_str)
}

/// Says whether two words differ by one letter that is added, missing or another one, or by two that changed places.
fn is_near(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > 1 {
        return false;
    }
    let same = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[same..], &other[same..]);
    match (one, other) {
        ([], _) | (_, []) => true,
        ([_, rest @ ..], _) if rest == other => true,
        (_, [_, rest @ ..]) if rest == one => true,
        ([_, a @ ..], [_, b @ ..]) if a == b => true,
        ([a, b, rest_one @ ..], [c, d, rest_other @ ..]) => {
            a == d && b == c && rest_one == rest_other
        }
        _ => false,
    }
}

/// Shorter beginnings say every term.
const PREFIX_CHARS_MIN: usize = 3;

#[cfg(test)]
mod tests {
    use super::super::analysis::fold;
    use super::*;

    #[test]
    fn a_term_is_said_by_its_words_in_both_languages_a_beginning_or_one_mistake() {
        let wordings = Wordings::of(Words::shipped());
        let theme = facet_key("themes", "education-jeunesse").expect("a key");
        let says = |word: &str, is_prefix, may_err| {
            wordings
                .keys(&fold(word), is_prefix, may_err)
                .contains(&*theme)
        };
        for word in ["éducation", "Jeunesse", "youth"] {
            assert!(says(word, false, false), "{word}");
        }
        assert!(says("jeun", true, false) && !says("jeun", false, false));
        assert!(says("éducaton", false, true) && !says("éducaton", false, false));
        assert!(!says("et", true, true) && !says("ed", true, true));
    }

    #[test]
    fn one_mistake_is_near_and_two_are_not() {
        for near in [
            "educaton",
            "eductaion",
            "educatiion",
            "educatien",
            "education",
        ] {
            assert!(is_near(near, "education"), "{near}");
            assert!(is_near("education", near), "{near}");
        }
        for far in ["educatn", "eductoian", "educatienn", ""] {
            assert!(!is_near(far, "education"), "{far}");
        }
    }
}
