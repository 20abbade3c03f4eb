//! Typed text as the value of a field: what forms and imports accept, and the text that reads back to the same value.
//!
//! The rules of identifiers live in `register`; here the field's shape chooses the rule. Texts for people live elsewhere.

mod number;
mod official;

use std::collections::BTreeSet;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::draft::{Wanted, rows};
use crate::edit::Value;
use crate::id::RecordId;
use crate::limits::{TEXT_BYTES_MAX, VALUE_BYTES_MAX};
use crate::record::{Shape, Term, Vocabulary, folded};
use crate::register::{
    Code, Column, CommuneContext, Generation, LAST_YEAR, Outcome, Territories, alsace_moselle,
    commune, date, email, instant, link, opening_hours, pacific, phone, point, postal_code,
    prefecture, qpv, rna, siren, siret,
};
use crate::territory::Outline;
use crate::time::Timestamp;
use crate::vocabulary::Words;

/// What is known beside a typed text.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The official lists.
    pub lists: &'a Territories,
    /// The year of the codes of communes.
    pub year: u16,
    /// The name of the commune, where one was typed too.
    pub commune_name: Option<&'a str>,
    /// The postal code, where one was typed too.
    pub postal_code: Option<&'a str>,
    /// The zone of a time that says none.
    pub time_zone: Option<&'a str>,
    /// The level of the code of a territory, where one was typed too.
    pub level: Option<&'a str>,
    /// The tribunal of a register, where one was typed too.
    pub tribunal: Option<&'a str>,
    /// The words of the federation.
    pub words: &'a Words,
}

/// What a typed text is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The content for the field, and what is to be said about it.
    pub outcome: Outcome<Wanted>,
    /// A text to offer: the reading that is proposed, or the nearest terms of a list.
    pub suggestion: Option<String>,
}

impl<'a> Context<'a> {
    /// Knows the lists and nothing else: the codes are those of the latest year.
    pub fn of(lists: &'a Territories) -> Self {
        Self {
            lists,
            year: LAST_YEAR,
            commune_name: None,
            postal_code: None,
            time_zone: None,
            level: None,
            tribunal: None,
            words: Words::shipped(),
        }
    }
}

/// Reads a typed text as a field of this shape wants it. A text without a letter is `Wanted::Nothing`.
pub fn read(shape: &Shape, text: &str, context: &Context<'_>) -> Reading {
    let cleaned = tidy(text);
    if cleaned.is_empty() {
        return Outcome::Valid(Wanted::Nothing).into();
    }
    match shape {
        Shape::Boolean => value(number::boolean(&cleaned)),
        Shape::Commune => value(read_commune(&cleaned, context).map(Value::Text)),
        Shape::Date => value(date(&cleaned).map(Value::Date)),
        Shape::Decimal => value(number::decimal(&cleaned)),
        Shape::Email => value(email(&cleaned).map(Value::Text)),
        Shape::Folio => value(alsace_moselle(&cleaned, context.tribunal).map(Value::Text)),
        Shape::Instant => value(read_instant(&cleaned, context)),
        Shape::Integer => value(number::integer(&cleaned)),
        Shape::Link => value(link(&cleaned).map(Value::Text)),
        Shape::LongText => long_text(&cleaned).into(),
        Shape::OfficialCode => value(official::code(&cleaned, context)),
        Shape::OpeningHours => value(hours(&cleaned)),
        Shape::Outline => value(Outline::read(&cleaned).map(Value::Text)),
        Shape::Pacific => value(pacific(&cleaned).map(Value::Text)),
        Shape::Phone => value(phone(&cleaned).map(Value::Text)),
        Shape::Point => value(read_point(&cleaned)),
        Shape::PostalCode => {
            let read = postal_code(&cleaned, context.commune_name, context.lists);
            value(read.map(Value::Text))
        }
        Shape::Prefecture => value(prefecture(&cleaned).map(Value::Text)),
        Shape::Qpv => value(read_qpv(&cleaned, context).map(Value::Text)),
        Shape::Record(_) => value(read_record(&cleaned).map(Value::Record)),
        Shape::Records(_) => records(&cleaned).into(),
        Shape::Rna => value(rna(&cleaned).map(Value::Text)),
        Shape::Rows(shape) => rows::read_field(shape, &cleaned, context),
        Shape::Siren => value(siren(&cleaned).map(Value::Text)),
        Shape::Siret => value(siret(&cleaned).map(Value::Text)),
        Shape::Term(vocabulary) => term(context.words, vocabulary, &cleaned),
        Shape::Terms(vocabulary) => terms(context.words, vocabulary, &cleaned),
        Shape::Text => value(line(&cleaned)),
        Shape::Words => words(&cleaned).into(),
        Shape::Zones => official::zones(&cleaned, context).into(),
    }
}

/// Writes a value as the text that [`read`] turns into the same value.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Date(text) | Value::Term(text) => text.clone(),
        Value::Integer(whole) => whole.to_string(),
        Value::Decimal { mantissa, scale } => number::shown(*mantissa, *scale),
        Value::Boolean(true) => "oui".to_owned(),
        Value::Boolean(false) => "non".to_owned(),
        Value::Instant(millis) => Timestamp::from_millis(*millis).to_string(),
        Value::Point {
            latitude_e7,
            longitude_e7,
        } => {
            let degrees = |e7: &i32| number::shown_shortest(i64::from(*e7), 7);
            format!("{}, {}", degrees(latitude_e7), degrees(longitude_e7))
        }
        Value::Record(record) => record.to_string(),
    }
}

/// Writes a set as the text that [`read`] turns into the same set.
pub fn shown_set<'a>(terms: impl IntoIterator<Item = &'a str>) -> String {
    let terms: Vec<_> = terms.into_iter().collect();
    match terms[..] {
        // The bar says that the other signs separate nothing.
        [alone] if alone.contains([',', ';']) => format!("{alone}|"),
        _ => terms.join("|"),
    }
}

/// Cuts a typed set: at line ends and at the strongest of the signs `|`, `;` and `,` that it has.
pub fn cut(text: &str) -> impl Iterator<Item = String> {
    let sign = ['|', ';', ',']
        .into_iter()
        .find(|sign| text.contains(*sign))
        .unwrap_or('|');
    text.split([sign, '\n'])
        .map(tidy)
        .filter(|word| !word.is_empty())
}

/// Returns the text in NFC, without white space and invisible characters around. Those inside stay: a joiner in a word has its
/// meaning, and the rules of `register` drop them where they have none.
pub fn tidy(text: &str) -> String {
    let is_around = |c: char| {
        c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\0')
    };
    let inner = text.trim_matches(is_around);
    // Nearly all texts are in NFC, and to see it costs less than to make it.
    if is_nfc_quick(inner.chars()) == IsNormalized::Yes {
        inner.to_owned()
    } else {
        inner.nfc().collect()
    }
}

/// Returns the terms whose code or wording looks most like the text, the nearest first.
pub fn nearest(vocabulary: &Vocabulary, text: &str) -> Vec<&'static Term> {
    let wanted: Vec<char> = folded(text).chars().take(NEAREST_CHARACTERS_MAX).collect();
    let distance = |name: &str| {
        let name: Vec<char> = folded(name).chars().collect();
        let shared = name.iter().zip(&wanted).take_while(|(a, b)| a == b).count();
        number::edits(&name, &wanted).saturating_sub(2 * shared)
    };
    let mut ranked: Vec<_> = vocabulary
        .terms
        .iter()
        .map(|term| (distance(term.code).min(distance(term.wording.fr)), term))
        .collect();
    ranked.sort_by_key(|(distance, _)| *distance);
    ranked
        .into_iter()
        .take(NEAREST_MAX)
        .map(|(_, term)| term)
        .collect()
}

impl From<Outcome<Wanted>> for Reading {
    fn from(outcome: Outcome<Wanted>) -> Self {
        let suggestion = outcome.proposed().and_then(|wanted| match wanted {
            Wanted::Nothing => None,
            other => Some(other.shown()),
        });
        Self {
            outcome,
            suggestion,
        }
    }
}

fn value(outcome: Outcome<Value>) -> Reading {
    outcome.map(Wanted::Value).into()
}

fn read_commune(text: &str, context: &Context<'_>) -> Outcome<String> {
    let beside = CommuneContext {
        year: context.year,
        column: Column::Insee,
        name: context.commune_name,
        postal: context.postal_code,
    };
    commune(text, &beside, context.lists)
}

fn read_qpv(text: &str, context: &Context<'_>) -> Outcome<String> {
    let is_first = text
        .get(..2)
        .is_some_and(|head| head.eq_ignore_ascii_case("qp"));
    let generation = if is_first {
        Generation::Of2015
    } else {
        Generation::Of2024
    };
    qpv(text, generation, context.lists)
}

fn read_instant(text: &str, context: &Context<'_>) -> Outcome<Value> {
    let outcome = instant(text, context.time_zone);
    let read = |text: &str| text.parse::<jiff::Timestamp>();
    match outcome
        .accepted()
        .or(outcome.proposed())
        .map(|text| read(text))
    {
        Some(Ok(instant)) => outcome.map(|_| Value::Instant(instant.as_millisecond())),
        Some(Err(_)) => Outcome::Invalid(Code::Range),
        None => Outcome::Invalid(outcome.code().unwrap_or(Code::Format)),
    }
}

/// Reads `48.9, 2.3`, `48,9 ; 2,3`, `48.9 2.3`, and `POINT (2.3 48.9)`, which has the longitude first.
fn read_point(text: &str) -> Outcome<Value> {
    let upper = text.to_ascii_uppercase();
    let pair = match upper.split_once("POINT") {
        Some((_, rest)) => {
            let inner = rest.trim_matches(|c: char| c.is_whitespace() || c == '(' || c == ')');
            inner
                .split_once(' ')
                .map(|(longitude, latitude)| (latitude, longitude))
        }
        None => pair(text),
    };
    match pair {
        Some((latitude, longitude)) => point(latitude, longitude).map(|point| Value::Point {
            latitude_e7: point.lat_e7,
            longitude_e7: point.lon_e7,
        }),
        None => Outcome::Invalid(Code::Incomplete),
    }
}

fn pair(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_matches(['[', ']', '(', ')']);
    [";", "|", ", "]
        .into_iter()
        .find_map(|sign| text.split_once(sign))
        .or_else(|| text.split_once(char::is_whitespace))
        // A lone comma parts two numbers only if each has its dot.
        .or_else(|| text.split_once(',').filter(|(_, rest)| !rest.contains(',')))
}

fn read_record(text: &str) -> Outcome<RecordId> {
    let bare = text.strip_prefix("urn:uuid:").unwrap_or(text);
    match RecordId::parse(bare) {
        Ok(record) => Outcome::Valid(record),
        Err(_) => Outcome::Invalid(Code::Format),
    }
}

fn records(text: &str) -> Outcome<Wanted> {
    let read: Option<BTreeSet<String>> = cut(text)
        .map(|word| read_record(&word).into_accepted().map(|id| id.to_string()))
        .collect();
    read.map_or(Outcome::Invalid(Code::Format), |terms| {
        Outcome::Valid(Wanted::Terms(terms))
    })
}

fn term(words: &Words, vocabulary: &'static Vocabulary, text: &str) -> Reading {
    match words.code_meant(vocabulary, text) {
        Some(code) => value(Outcome::Valid(Value::Term(code.to_owned()))),
        None => unknown(vocabulary, text),
    }
}

fn terms(words: &Words, vocabulary: &'static Vocabulary, text: &str) -> Reading {
    let mut codes = BTreeSet::new();
    for word in cut(text) {
        match words.code_meant(vocabulary, &word) {
            Some(code) => codes.insert(code.to_owned()),
            // The wording of one term may have a comma.
            None => match words.code_meant(vocabulary, text) {
                Some(code) => codes.insert(code.to_owned()),
                None => return unknown(vocabulary, &word),
            },
        };
    }
    if codes.is_empty() {
        return Outcome::Valid(Wanted::Nothing).into();
    }
    Outcome::Valid(Wanted::Terms(codes)).into()
}

fn unknown(vocabulary: &Vocabulary, text: &str) -> Reading {
    let near: Vec<_> = nearest(vocabulary, text)
        .iter()
        .map(|term| term.wording.fr)
        .collect();
    Reading {
        outcome: Outcome::Invalid(Code::Unknown),
        suggestion: Some(near.join(" / ")),
    }
}

fn words(text: &str) -> Outcome<Wanted> {
    let words: BTreeSet<String> = cut(&without_nul(text)).collect();
    if words.iter().any(|word| word.len() > VALUE_BYTES_MAX) {
        return Outcome::Invalid(Code::Length);
    }
    if words.is_empty() {
        return Outcome::Valid(Wanted::Nothing);
    }
    Outcome::Valid(Wanted::Terms(words))
}

/// Reads one line: line breaks become spaces, and that is said.
fn line(text: &str) -> Outcome<Value> {
    let is_one_line = !text.contains(char::is_control);
    let one_line: Vec<_> = text.split(char::is_control).map(str::trim).collect();
    let one_line: Vec<_> = one_line
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    match one_line.join(" ") {
        short if short.is_empty() => Outcome::Invalid(Code::Control),
        long if long.len() > VALUE_BYTES_MAX => Outcome::Invalid(Code::Length),
        line if is_one_line => Outcome::Valid(Value::Text(line)),
        line => Outcome::Repaired(Value::Text(line), Code::Control),
    }
}

/// Reads opening hours, which people write on several lines.
fn hours(text: &str) -> Outcome<Value> {
    let text = with_line_feeds(text);
    if text.len() > VALUE_BYTES_MAX {
        return Outcome::Invalid(Code::Length);
    }
    opening_hours(&text).map(Value::Text)
}

fn long_text(text: &str) -> Outcome<Wanted> {
    let text = with_line_feeds(text);
    if text.len() > TEXT_BYTES_MAX {
        return Outcome::Invalid(Code::Length);
    }
    Outcome::Valid(Wanted::Text(text))
}

/// Browsers send CR LF, files have all three: the text must not change because of who sends it.
fn with_line_feeds(text: &str) -> String {
    without_nul(text).replace("\r\n", "\n").replace('\r', "\n")
}

fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// As many as a person reads in a sentence.
const NEAREST_MAX: usize = 3;
/// Longer texts are no terms; the distance is quadratic.
const NEAREST_CHARACTERS_MAX: usize = 80;

#[cfg(test)]
mod tests;
