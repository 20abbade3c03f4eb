//! From the words of a query to what the engine matches. There is no query language: every character that is not a letter, a digit
//! or a final `*` is a space, so that no text can be a syntax error.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crdt_schema::id::RecordId;
use crdt_schema::label::Day;
use crdt_schema::statement::{Due, DueDates, DueDays};
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, FuzzyTermQuery, Occur, Query as Engine,
    RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::analysis;
use super::query::{BoundingBox, Confirming, Query, Term, Terms};
use super::schema::{Fields, NEVER};
use super::wordings::Wordings;

/// Returns what matches the text, the kind and the area. Facets are applied while collecting, because each is counted without itself.
pub(super) fn query(
    fields: &Fields,
    wordings: &Wordings,
    query: &Query,
    terms: &Terms,
) -> Box<dyn Engine> {
    let mut clauses = Vec::new();
    if !terms.terms.is_empty() {
        clauses.push(text(fields, wordings, terms));
    }
    if let Some(name) = &query.named {
        let name = analysis::whole_name(name);
        clauses.push(scored(exact(fields.whole_name, &name), 0.0));
    }
    if let Some(kind) = &query.kind {
        clauses.push(scored(exact(fields.kind, kind), 0.0));
    }
    if let Some(area) = &query.within {
        clauses.push(scored(within(fields, area), 0.0));
    }
    if let Some(among) = &query.among {
        clauses.push(scored(records(fields, among), 0.0));
    }
    if let Some(change) = query.changed_after {
        let after = i64::try_from(change.saturating_add(1)).unwrap_or(i64::MAX);
        clauses.push(scored(between(fields.updated, Some(after), None), 0.0));
    }
    if let (false, Some(today)) = (query.due.is_empty(), query.today) {
        let due = due(fields, wordings.due(), query, today);
        clauses.push(scored(due, 0.0));
    }
    if let Some(confirming) = query.confirmed {
        let days = Days::confirming(confirming, query.today);
        clauses.push(scored(confirmed(fields, days, query.today), 0.0));
    }
    if clauses.is_empty() {
        clauses.push(Box::new(AllQuery));
    }
    let all = Box::new(BooleanQuery::intersection(clauses));
    if query.except.is_empty() {
        return all;
    }
    Box::new(BooleanQuery::new(vec![
        (Occur::Must, all),
        (Occur::MustNot, records(fields, &query.except)),
    ]))
}

fn records(fields: &Fields, records: &BTreeSet<RecordId>) -> Box<dyn Engine> {
    let terms = records.iter();
    let terms =
        terms.map(|record| tantivy::Term::from_field_bytes(fields.record, record.as_bytes()));
    Box::new(TermSetQuery::new(terms))
}

fn text(fields: &Fields, wordings: &Wordings, terms: &Terms) -> Box<dyn Engine> {
    let words = terms.terms.iter();
    let words = words.map(|term| word(fields, wordings, term)).collect();
    let all_words = Box::new(BooleanQuery::intersection(words));
    if terms.code.is_empty() {
        return all_words;
    }
    let code = scored(exact(fields.codes, &terms.code), CODE_SCORE);
    any(vec![all_words, code])
}

/// Matches one word anywhere. Closer ways of matching include the looser ones, so their scores add up and the closest comes first.
fn word(fields: &Fields, wordings: &Wordings, term: &Term) -> Box<dyn Engine> {
    let word = term.word.as_str();
    let stem = analysis::stem(word);
    let mut ways = vec![
        boosted(ranked(fields.name, word), NAME_BOOST),
        boosted(ranked(fields.name_stems, &stem), NAME_STEM_BOOST),
        ranked(fields.text_stems, &stem),
        scored(exact(fields.codes, word), CODE_SCORE),
    ];
    let mistakes = typing_mistakes(word);
    let said = wordings.keys(word, term.prefix, mistakes.is_some());
    let said = said.into_iter();
    let said = said.map(|key| tantivy::Term::from_field_text(fields.facets, key));
    let said = TermSetQuery::new(said);
    ways.push(scored(Box::new(said), TERM_SCORE));
    let name = tantivy::Term::from_field_text(fields.name, word);
    if let Some(distance) = mistakes {
        let fuzzy = FuzzyTermQuery::new(name.clone(), distance, true);
        ways.push(scored(Box::new(fuzzy), FUZZY_SCORE));
        // Texts have many more words than names: two mistakes would make most of them look alike.
        let text = tantivy::Term::from_field_text(fields.text, word);
        let fuzzy = FuzzyTermQuery::new(text, 1, true);
        ways.push(scored(Box::new(fuzzy), FUZZY_TEXT_SCORE));
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
    let [south, west, north, east] = [area.south, area.west, area.north, area.east].map(i64::from);
    let latitude = between(fields.latitude, Some(south), Some(north));
    let longitude = if west <= east {
        between(fields.longitude, Some(west), Some(east))
    } else {
        let east_of = between(fields.longitude, Some(west), None);
        let west_of = between(fields.longitude, None, Some(east));
        any(vec![east_of, west_of])
    };
    Box::new(BooleanQuery::intersection(vec![latitude, longitude]))
}

/// Records that wait so long, each by the days of its kind.
fn due(fields: &Fields, dates: &DueDates, query: &Query, today: Day) -> Box<dyn Engine> {
    let waiting = |after: DueDays| {
        let days = query.due.iter().map(|due| Days::of(*due, after, today));
        any(days
            .map(|days| confirmed(fields, days, Some(today)))
            .collect())
    };
    if let Some(kind) = &query.kind {
        return waiting(dates.days(kind));
    }
    if dates.others().is_empty() {
        return waiting(DueDays::USUAL);
    }
    let mut by_days: BTreeMap<DueDays, Vec<&'static str>> = BTreeMap::new();
    for (kind, days) in dates.others() {
        by_days.entry(*days).or_default().push(kind);
    }
    let of_kinds = |kinds: &[&'static str]| -> Box<dyn Engine> {
        let terms = kinds.iter();
        let terms = terms.map(|kind| tantivy::Term::from_field_text(fields.kind, kind));
        Box::new(TermSetQuery::new(terms))
    };
    let others: Vec<&str> = dates.others().keys().copied().collect();
    let mut ways: Vec<Box<dyn Engine>> = vec![Box::new(BooleanQuery::new(vec![
        (Occur::Must, waiting(DueDays::USUAL)),
        (Occur::MustNot, of_kinds(&others)),
    ]))];
    for (days, kinds) in by_days {
        let both = vec![of_kinds(&kinds), waiting(days)];
        ways.push(Box::new(BooleanQuery::intersection(both)));
    }
    any(ways)
}

/// Days on which a record may have been confirmed, both ends included.
#[derive(Clone, Copy)]
struct Days {
    first: i64,
    last: i64,
    /// Whether a day that nobody can have reached is as good: it is none.
    or_ahead: bool,
}

impl Days {
    /// The days of which [`DueDays::judge`] says this.
    fn of(due: Due, after: DueDays, today: Day) -> Self {
        let today = today.number();
        let (advised, required) = (today - after.advised(), today - after.required());
        let (first, last) = match due {
            Due::Never => (NEVER, NEVER),
            Due::Required => (NEVER + 1, required),
            Due::Advised => (required + 1, advised),
            Due::UpToDate => (advised + 1, today + 1),
        };
        Self {
            first,
            last,
            or_ahead: due == Due::Never,
        }
    }

    fn confirming(confirming: Confirming, today: Option<Day>) -> Self {
        let (first, last, or_ahead) = match confirming {
            Confirming::Since(day) => {
                let last = today.map_or(DAY_MAX, |today| today.number() + 1);
                (day.number(), last, false)
            }
            Confirming::NotSince(day) => (NEVER, day.number() - 1, true),
        };
        Self {
            first,
            last,
            or_ahead,
        }
    }
}

/// Records that were confirmed on these days. While something of what partners claim lies ahead of today, be it of one section, that
/// counts which was reached when the record came into the index.
fn confirmed(fields: &Fields, days: Days, today: Option<Day>) -> Box<dyn Engine> {
    let within = |field| between(field, Some(days.first), Some(days.last));
    let Some(today) = today else {
        return within(fields.confirmed);
    };
    let ahead = |field| between(field, Some(today.number() + 2), Some(DAY_MAX));
    let is_reached = between(fields.latest, None, Some(today.number() + 1));
    let claimed = BooleanQuery::intersection(vec![is_reached, within(fields.confirmed)]);
    let mut reached = vec![within(fields.reached)];
    if days.or_ahead {
        reached.push(ahead(fields.reached));
    }
    let reached = BooleanQuery::intersection(vec![ahead(fields.latest), any(reached)]);
    any(vec![Box::new(claimed), Box::new(reached)])
}

fn between(field: Field, low: Option<i64>, high: Option<i64>) -> Box<dyn Engine> {
    let bound = |value: Option<i64>| {
        value.map_or(Bound::Unbounded, |value| {
            Bound::Included(tantivy::Term::from_field_i64(field, value))
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

/// Behind all days, and before what has nothing to confirm.
const DAY_MAX: i64 = (1 << 40) - 1;
/// A word of the name says more than a word of a text, and the very word more than one of its family.
const NAME_BOOST: f32 = 4.0;
const NAME_STEM_BOOST: f32 = 2.0;
/// Above any score of words: a code names one thing.
const CODE_SCORE: f32 = 1_000.0;
/// Below the scores of words, in the order of what is more likely meant.
const PREFIX_SCORE: f32 = 1.0;
const FUZZY_SCORE: f32 = 0.5;
/// A term says what a record is about, as a word of its text does.
const TERM_SCORE: f32 = 2.0;
const FUZZY_TEXT_SCORE: f32 = 0.25;

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
