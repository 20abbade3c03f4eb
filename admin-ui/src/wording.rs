//! How values of the census are said to people.

use crdt_schema::draft::shown;
use crdt_schema::edit::Value;
use crdt_schema::profile::Profile;
use crdt_schema::record::{Document, KINDS, Kind, Shape};
use crdt_schema::territory::Outline;
use crdt_schema::time::Timestamp;
use crdt_schema::vocabulary::{AnyField, OwnShape, Words};

use crate::hours;
use crate::i18n::Language;

/// Returns a value in words: dates with their month, terms by their wording, amounts in the reader's way.
pub(crate) fn value(
    language: Language,
    words: &Words,
    shape: Option<Shape>,
    value: &Value,
) -> String {
    match value {
        Value::Boolean(true) => language.text("yes"),
        Value::Boolean(false) => language.text("no"),
        Value::Date(date) => language.date(date),
        Value::Decimal { .. } => decimal(language, &shown(value)),
        Value::Instant(millis) => Timestamp::from_millis(*millis).to_string(),
        Value::Integer(number) if *number >= 0 => language.number(number.unsigned_abs()),
        Value::Point { .. } => shown(value),
        Value::Term(code) => term(language, words, shape, code),
        Value::Text(text) if shape == Some(Shape::Outline) => outline(language, text),
        Value::Text(text) if shape == Some(Shape::OpeningHours) => hours::in_words(language, text),
        Value::Integer(_) | Value::Record(_) | Value::Text(_) => shown(value),
    }
}

/// Says of an outline what its points come to; one that this version cannot read is shown as it is.
fn outline(language: Language, text: &str) -> String {
    let Ok(outline) = Outline::parse(text) else {
        return text.to_owned();
    };
    // SAFETY: no area on the earth has more hectares than fit.
    let hectares = (outline.square_metres() / 10_000.0).round() as u64;
    let values = [
        ("points", outline.points().into()),
        ("area", language.number(hectares).into()),
    ];
    language.text_with("outline-said", &values)
}

/// Returns a term by its wording; a term that nobody declared is shown as it is.
pub(crate) fn term(language: Language, words: &Words, shape: Option<Shape>, code: &str) -> String {
    if let Some(Document::File(file)) = Document::parse(code) {
        return file.name;
    }
    let vocabulary = shape.and_then(|shape| shape.vocabulary());
    let known = vocabulary.and_then(|vocabulary| words.term(vocabulary, code));
    known.map_or_else(
        || code.to_owned(),
        |term| term.in_language(language.tag()).to_owned(),
    )
}

/// Returns the label of a field; a field that nobody declared is named by its code.
pub(crate) fn field_label(language: Language, field: Option<AnyField<'_>>, name: &str) -> String {
    field.map_or_else(
        || name.trim_start_matches("x_").replace('_', " "),
        |field| field.label(language.tag()).to_owned(),
    )
}

/// Returns what may be put in a field of the federation's own.
pub(crate) fn own_shape(language: Language, shape: OwnShape) -> String {
    language.text(match shape {
        OwnShape::Boolean => "shape-boolean",
        OwnShape::Date => "shape-date",
        OwnShape::Decimal => "shape-decimal",
        OwnShape::Integer => "shape-integer",
        OwnShape::Link => "shape-link",
        OwnShape::LongText => "shape-long-text",
        OwnShape::Term(_) | OwnShape::Terms(_) => "shape-terms",
        OwnShape::Text => "shape-text",
        OwnShape::Words => "shape-words",
    })
}

/// Returns what a record of this kind is called.
pub(crate) fn kind_label(language: Language, code: &str) -> String {
    Kind::parse(code).map_or_else(
        || code.to_owned(),
        |kind| kind.wording.in_language(language.tag()).to_owned(),
    )
}

/// A kind as the pages offer it.
#[derive(Clone)]
pub(crate) struct OfferedKind {
    pub(crate) code: &'static str,
    /// What one record is called.
    pub(crate) one: String,
    /// What several are called.
    pub(crate) many: String,
}

/// Returns the kinds that a programme shows, in its order and words; every kind where no programme was chosen.
pub(crate) fn offered_kinds(
    language: Language,
    profile: Option<&'static Profile>,
) -> Vec<OfferedKind> {
    let tag = language.tag();
    let Some(profile) = profile else {
        let all = KINDS.iter().map(|kind| OfferedKind {
            code: kind.code,
            one: kind.wording.in_language(tag).to_owned(),
            many: kind.plural.in_language(tag).to_owned(),
        });
        return all.collect();
    };
    let shown = profile.kinds().iter().map(|shown| OfferedKind {
        code: shown.kind().code,
        one: shown.one(tag).to_owned(),
        many: shown.many(tag).to_owned(),
    });
    shown.collect()
}

/// Returns the kinds that a programme shows, and the one that is chosen already where it shows it not.
pub(crate) fn kinds_to_choose(
    language: Language,
    profile: Option<&'static Profile>,
    chosen: Option<&str>,
) -> Vec<OfferedKind> {
    let mut offered = offered_kinds(language, profile);
    let other = chosen.and_then(Kind::parse);
    let other = other.filter(|kind| offered.iter().all(|offered| offered.code != kind.code));
    offered.extend(other.map(|kind| OfferedKind {
        code: kind.code,
        one: kind.wording.in_language(language.tag()).to_owned(),
        many: kind.plural.in_language(language.tag()).to_owned(),
    }));
    offered
}

fn decimal(language: Language, text: &str) -> String {
    match language {
        Language::English => text.to_owned(),
        Language::French => text.replace('.', ","),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programme_offers_its_own_kinds_in_its_own_words() {
        let codes = |profile| -> Vec<_> {
            let kinds = offered_kinds(Language::French, profile);
            kinds.into_iter().map(|kind| kind.code).collect()
        };
        assert_eq!(codes(None).len(), KINDS.len());
        let council = Profile::of("conseil-developpement");
        assert_eq!(
            codes(council),
            [
                "initiative",
                "event",
                "actor",
                "group",
                "meeting",
                "referral",
                "contribution"
            ]
        );
        let kinds = offered_kinds(Language::English, council);
        assert_eq!(
            (&*kinds[1].one, &*kinds[1].many),
            ("Public event", "Public events")
        );
        let kinds = offered_kinds(Language::French, Profile::of("politique-ville"));
        assert_eq!(kinds[1].many, "Actions");
    }
}
