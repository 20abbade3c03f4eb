//! How values of the census are said to people.

use crdt_schema::draft::{PARIS, shown};
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::profile::Profile;
use crdt_schema::record::{Document, KINDS, Kind, Row, RowCell, RowColumn, Rows, Shape};
use crdt_schema::register::{LocalTime, Repeated};
use crdt_schema::territory::{Level, Outline, TerritoryCode};
use crdt_schema::time::Timestamp;
use crdt_schema::vocabulary::{AnyField, OwnShape, Words};

use crate::hours;
use crate::i18n::Language;

/// Returns a value in words: dates with their month, terms by their wording, amounts in the reader's way, hours as a clock of this zone
/// says them.
pub(crate) fn value(
    language: Language,
    words: &Words,
    shape: Option<Shape>,
    value: &Value,
    zone: &str,
) -> String {
    match value {
        Value::Boolean(true) => language.text("yes"),
        Value::Boolean(false) => language.text("no"),
        Value::Date(date) => language.date(date),
        Value::Decimal { .. } => decimal(language, &shown(value)),
        Value::Instant(millis) => hour(language, *millis, zone),
        Value::Integer(number) if *number >= 0 => language.number(number.unsigned_abs()),
        Value::Point { .. } => shown(value),
        Value::Term(code) => term(language, words, shape, code),
        Value::Text(text) if shape == Some(Shape::Outline) => outline(language, text),
        Value::Text(text) if shape == Some(Shape::Qpv) => neighbourhood(language, text),
        Value::Text(text) if shape == Some(Shape::OpeningHours) => hours::in_words(language, text),
        Value::Integer(_) | Value::Record(_) | Value::Text(_) => shown(value),
    }
}

/// Says a neighbourhood with its generation and when that is in force; overseas has a year more.
fn neighbourhood(language: Language, code: &str) -> String {
    let Some(territory) = TerritoryCode::of(Level::Qpv, code) else {
        return code.to_owned();
    };
    let is_overseas = territory.departement().is_some_and(|code| code.len() == 3);
    let (key, year) = match territory.is_current_qpv() {
        true => ("qpv-of-2024", 2024),
        false => ("qpv-of-2015", 2023),
    };
    let year = (year + i32::from(is_overseas)).to_string();
    let values = [("code", code.to_owned().into()), ("year", year.into())];
    language.text_with(key, &values)
}

/// Says an hour as a clock of a zone does. The zone is named where it is not that of Paris, and which of two hours it is where clocks go
/// back.
fn hour(language: Language, millis: i64, zone: &str) -> String {
    let Some(local) = LocalTime::at(millis, zone) else {
        return Timestamp::from_millis(millis).to_string();
    };
    let (hour, minute) = local.clock();
    // A clock has no thousands: these are texts.
    let hour = match language {
        Language::English => format!("{hour:02}"),
        Language::French => hour.to_string(),
    };
    let values = [
        ("weekday", weekday(language, local.weekday()).into()),
        ("day", language.date(&local.day()).into()),
        ("hour", hour.into()),
        ("minute", format!("{minute:02}").into()),
    ];
    let said = language.text_with("hour-in-words", &values);
    let zone = (zone != PARIS).then(|| zone_in_words(language, zone));
    let which = local.repeated().map(|which| match which {
        Repeated::First => language.text("hour-first"),
        Repeated::Second => language.text("hour-second"),
    });
    let beside: Vec<String> = zone.into_iter().chain(which).collect();
    match beside.is_empty() {
        true => said,
        false => format!("{said} ({})", beside.join(", ")),
    }
}

/// Names a day of the week; Monday is 0.
pub(crate) fn weekday(language: Language, day: usize) -> String {
    language.text(match day {
        0 => "weekday-monday",
        1 => "weekday-tuesday",
        2 => "weekday-wednesday",
        3 => "weekday-thursday",
        4 => "weekday-friday",
        5 => "weekday-saturday",
        _ => "weekday-sunday",
    })
}

fn zone_in_words(language: Language, zone: &str) -> String {
    let key = match zone {
        "America/Cayenne" => "zone-guyane",
        "America/Guadeloupe" => "zone-guadeloupe",
        "America/Marigot" => "zone-saint-martin",
        "America/Martinique" => "zone-martinique",
        "America/Miquelon" => "zone-miquelon",
        "America/St_Barthelemy" => "zone-saint-barthelemy",
        "Indian/Mayotte" => "zone-mayotte",
        "Indian/Reunion" => "zone-reunion",
        "Pacific/Gambier" => "zone-gambier",
        "Pacific/Marquesas" => "zone-marquises",
        "Pacific/Noumea" => "zone-nouvelle-caledonie",
        "Pacific/Tahiti" => "zone-tahiti",
        "Pacific/Wallis" => "zone-wallis",
        other => {
            let values = [("zone", other.to_owned().into())];
            return language.text_with("zone-other", &values);
        }
    };
    language.text(key)
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

/// Returns a term as [`term`] does, and says of one that forms offer no more that it is an old one, with what stands in its place.
pub(crate) fn marked_term(
    language: Language,
    words: &Words,
    shape: Option<Shape>,
    code: &str,
) -> String {
    let said = term(language, words, shape, code);
    let Some(vocabulary) = shape.and_then(|shape| shape.vocabulary()) else {
        return said;
    };
    let known = words.term(vocabulary, code);
    if known.is_none_or(|term| term.is_current()) {
        return said;
    }
    match words.successor(vocabulary, code) {
        Some(successor) => {
            let successor = successor.in_language(language.tag()).to_owned();
            let values = [("term", said.into()), ("successor", successor.into())];
            language.text_with("term-former-for", &values)
        }
        None => language.text_with("term-former", &[("term", said.into())]),
    }
}

/// Says a cell of a row; what its column cannot read is shown as it is.
pub(crate) fn cell(language: Language, words: &Words, column: &RowColumn, row: &Row) -> String {
    match row.cell(column) {
        RowCell::Empty => String::new(),
        RowCell::Unread(text) => text,
        // A year has no thousands.
        RowCell::Value(number @ Value::Integer(_)) => shown(&number),
        RowCell::Value(said) => value(language, words, Some(column.shape), &said, PARIS),
    }
}

/// Says a row in one line, with the names of the records that it leads to.
pub(crate) fn row(
    language: Language,
    words: &Words,
    rows: &Rows,
    row: &Row,
    name: &dyn Fn(&RecordId) -> Option<String>,
) -> String {
    let known = rows.columns.iter().filter_map(|column| {
        let linked = row.link(column).and_then(|record| name(&record));
        let said = linked.unwrap_or_else(|| cell(language, words, column, row));
        let label = column.wording.in_language(language.tag()).to_owned();
        (!said.is_empty()).then_some((label, said))
    });
    let others = row.others(rows).into_iter();
    let others = others.map(|(label, said)| (label.to_owned(), said));
    let cells = known.chain(others).map(|(label, said)| {
        let values = [("column", label.into()), ("text", said.into())];
        language.text_with("row-cell", &values)
    });
    cells.collect::<Vec<_>>().join(" ; ")
}

/// Says a term of a field: a row in one line, anything else as a term.
pub(crate) fn term_or_row(
    language: Language,
    words: &Words,
    shape: Option<Shape>,
    code: &str,
    name: &dyn Fn(&RecordId) -> Option<String>,
) -> String {
    match (shape, Row::parse(code)) {
        (Some(Shape::Rows(rows)), Some(read)) => row(language, words, rows, &read, name),
        _ => term(language, words, shape, code),
    }
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
    fn an_hour_is_said_as_a_clock_of_its_place_says_it() {
        let evening = 1_782_059_400_000;
        let say = hour;
        let (french, english) = (Language::French, Language::English);
        assert_eq!(
            say(french, evening, PARIS),
            "dimanche 21 juin 2026 à 18\u{a0}h\u{a0}30"
        );
        assert_eq!(say(english, evening, PARIS), "Sunday 21 June 2026 at 18:30");
        assert_eq!(
            say(french, evening, "Indian/Reunion"),
            "dimanche 21 juin 2026 à 20\u{a0}h\u{a0}30 (heure de La Réunion)"
        );
        assert_eq!(
            say(english, evening, "America/New_York"),
            "Sunday 21 June 2026 at 12:30 (time zone America/New_York)"
        );
        // The night in which clocks go back has this hour twice.
        let first = 1_792_888_200_000;
        assert_eq!(
            [first, first + 3_600_000].map(|millis| say(french, millis, PARIS)),
            ["été", "hiver"].map(|season| format!(
                "dimanche 25 octobre 2026 à 2\u{a0}h\u{a0}30 (heure d’{season})"
            ))
        );
        assert_eq!(
            say(french, evening, "Europe/Lutece"),
            Timestamp::from_millis(evening).to_string()
        );
    }

    #[test]
    fn a_neighbourhood_is_said_with_its_generation() {
        for (code, said) in [
            (
                "QN04512M",
                "QN04512M (génération 2024, en vigueur depuis le 1er janvier 2024)",
            ),
            (
                "QN97405M",
                "QN97405M (génération 2024, en vigueur depuis le 1er janvier 2025)",
            ),
            (
                "QP974001",
                "QP974001 (génération 2015, en vigueur jusqu’au 31 décembre 2024)",
            ),
            ("QX1", "QX1"),
        ] {
            assert_eq!(neighbourhood(Language::French, code), said);
        }
    }

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
