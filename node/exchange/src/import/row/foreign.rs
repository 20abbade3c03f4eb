//! Terms of other lists, put into the words of ours before they are read.

use std::collections::BTreeSet;

use crdt_schema::draft::{Wanted, cut, shown_set};
use crdt_schema::edit::Value;
use crdt_schema::record::Vocabulary;
use crdt_schema::register::Territories;
use crdt_schema::vocabulary::Words;

use crate::mapping::ours;

/// Returns the same set in our terms, or nothing when every term is ours, or unknown to both.
pub(super) fn translated(
    own: &Words,
    vocabulary: &'static Vocabulary,
    text: &str,
    is_set: bool,
) -> Option<String> {
    let words = if is_set && own.term(vocabulary, text).is_none() {
        cut(text).collect()
    } else {
        vec![text.to_owned()]
    };
    let mut is_translated = false;
    let mut terms: BTreeSet<String> = BTreeSet::new();
    for word in words {
        match codes(own, vocabulary, &word) {
            Some(codes) => {
                is_translated = true;
                terms.extend(codes);
            }
            None => {
                terms.insert(word);
            }
        }
    }
    is_translated.then(|| shown_set(terms.iter().map(String::as_str)))
}

/// Returns the terms among what a cell says that forms offer no more, each with the one that stands in its place, in the federation's
/// French words.
pub(super) fn former(
    own: &Words,
    vocabulary: &'static Vocabulary,
    wanted: &Wanted,
) -> Vec<(String, Option<String>)> {
    let codes: Vec<&str> = match wanted {
        Wanted::Terms(codes) => codes.iter().map(String::as_str).collect(),
        Wanted::Value(Value::Term(code)) => vec![code],
        _ => Vec::new(),
    };
    let known = codes
        .into_iter()
        .filter_map(|code| own.term(vocabulary, code));
    let old = known.filter(|term| !term.is_current());
    old.map(|term| {
        let successor = own.successor(vocabulary, term.code);
        (term.fr.to_owned(), successor.map(|term| term.fr.to_owned()))
    })
    .collect()
}

/// Writes the zones of data·inclusion with their levels: a bare code of two or three characters is a département there, and never a
/// région.
pub(super) fn zones_of_inclusion(text: &str, lists: &Territories) -> String {
    let words = cut(text).map(|word| match lists.departement(&word.to_uppercase()) {
        Some(departement) => format!("DEP-{}", departement.code),
        None => word,
    });
    words.collect::<Vec<_>>().join("|")
}

/// Returns what a foreign term means in ours: what a coordinator declared, else what this version knows. `sante--prevention` is of our
/// term `sante`.
fn codes(own: &Words, vocabulary: &'static Vocabulary, word: &str) -> Option<Vec<String>> {
    let owned = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
    let declared = own.meant_by_inclusion(vocabulary, word);
    if !declared.is_empty() && declared != [word] {
        return Some(owned(&declared));
    }
    if own.term(vocabulary, word).is_some() {
        return None;
    }
    let known = ours(vocabulary.code, word).map(owned);
    known.or_else(|| {
        let (head, _) = word.split_once("--")?;
        vocabulary.term(head).map(|term| vec![term.code.to_owned()])
    })
}
