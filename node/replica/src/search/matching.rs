//! From the words of a query to what the engine matches. There is no query language: every character that is not a letter, a digit
//! or a final `*` is a space, so that no text can be a syntax error.

use std::ops::Bound;

use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, FuzzyTermQuery, Occur, Query as Engine,
    RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::analysis;
use super::query::{BoundingBox, Query, Term, Terms};
use super::schema::Fields;

/// Returns what matches the text, the kind and the area. Facets are applied while collecting, because each is counted without itself.
pub(super) fn query(fields: &Fields, query: &Query, terms: &Terms) -> Box<dyn Engine> {
    let mut clauses = Vec::new();
    if !terms.terms.is_empty() {
        clauses.push(text(fields, terms));
    }
    if let Some(kind) = &query.kind {
        clauses.push(scored(exact(fields.kind, kind), 0.0));
    }
    if let Some(area) = &query.within {
        clauses.push(scored(within(fields, area), 0.0));
    }
    if clauses.is_empty() {
        clauses.push(Box::new(AllQuery));
    }
    Box::new(BooleanQuery::intersection(clauses))
}

fn text(fields: &Fields, terms: &Terms) -> Box<dyn Engine> {
    let words = terms.terms.iter().map(|term| word(fields, term)).collect();
    let all_words = Box::new(BooleanQuery::intersection(words));
    if terms.code.is_empty() {
        return all_words;
    }
    let code = scored(exact(fields.codes, &terms.code), CODE_SCORE);
    any(vec![all_words, code])
}

/// Matches one word anywhere. Closer ways of matching include the looser ones, so their scores add up and the closest comes first.
fn word(fields: &Fields, term: &Term) -> Box<dyn Engine> {
    let word = term.word.as_str();
    let stem = analysis::stem(word);
    let mut ways = vec![
        boosted(ranked(fields.name, word), NAME_BOOST),
        boosted(ranked(fields.name_stems, &stem), NAME_STEM_BOOST),
        ranked(fields.text_stems, &stem),
        scored(exact(fields.codes, word), CODE_SCORE),
    ];
    let name = tantivy::Term::from_field_text(fields.name, word);
    if let Some(distance) = typing_mistakes(word) {
        let fuzzy = FuzzyTermQuery::new(name.clone(), distance, true);
        ways.push(scored(Box::new(fuzzy), FUZZY_SCORE));
    }
    if term.prefix {
        let prefix = FuzzyTermQuery::new_prefix(name, 0, true);
        ways.push(scored(Box::new(prefix), PREFIX_SCORE));
    }
    any(ways)
}

/// Returns how many mistakes a word may have. Numbers may have none, since another number is another thing.
fn typing_mistakes(word: &str) -> Option<u8> {
    if !word.chars().all(char::is_alphabetic) {
        return None;
    }
    match word.chars().count() {
        0..5 => None,
        5..9 => Some(1),
        9.. => Some(2),
    }
}

fn within(fields: &Fields, area: &BoundingBox) -> Box<dyn Engine> {
    let latitude = between(fields.latitude, Some(area.south), Some(area.north));
    let longitude = if area.west <= area.east {
        between(fields.longitude, Some(area.west), Some(area.east))
    } else {
        let east_of = between(fields.longitude, Some(area.west), None);
        let west_of = between(fields.longitude, None, Some(area.east));
        any(vec![east_of, west_of])
    };
    Box::new(BooleanQuery::intersection(vec![latitude, longitude]))
}

fn between(field: Field, low: Option<i32>, high: Option<i32>) -> Box<dyn Engine> {
    let bound = |value: Option<i32>| {
        value.map_or(Bound::Unbounded, |value| {
            Bound::Included(tantivy::Term::from_field_i64(field, value.into()))
        })
    };
    Box::new(RangeQuery::new(bound(low), bound(high)))
}

fn any(ways: Vec<Box<dyn Engine>>) -> Box<dyn Engine> {
    Box::new(BooleanQuery::new(
        ways.into_iter().map(|way| (Occur::Should, way)).collect(),
    ))
}

fn ranked(field: Field, text: &str) -> Box<dyn Engine> {
    let term = tantivy::Term::from_field_text(field, text);
    Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
}

fn exact(field: Field, text: &str) -> Box<dyn Engine> {
    let term = tantivy::Term::from_field_text(field, text);
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn boosted(query: Box<dyn Engine>, boost: f32) -> Box<dyn Engine> {
    Box::new(BoostQuery::new(query, boost))
}

fn scored(query: Box<dyn Engine>, score: f32) -> Box<dyn Engine> {
    Box::new(ConstScoreQuery::new(query, score))
}

/// A word of the name says more than a word of a text, and the very word more than one of its family.
const NAME_BOOST: f32 = 4.0;
const NAME_STEM_BOOST: f32 = 2.0;
/// Above any score of words: a code names one thing.
const CODE_SCORE: f32 = 1_000.0;
/// Below the scores of words, in the order of what is more likely meant.
const PREFIX_SCORE: f32 = 1.0;
const FUZZY_SCORE: f32 = 0.5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_forgiven_from_five_and_from_nine_letters() {
        assert_eq!(typing_mistakes("aide"), None);
        assert_eq!(typing_mistakes("aides"), Some(1));
        assert_eq!(typing_mistakes("mediatio"), Some(1));
        assert_eq!(typing_mistakes("mediation"), Some(2));
        assert_eq!(typing_mistakes("93066000"), None);
    }
}
