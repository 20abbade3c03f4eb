use proptest::prelude::*;

use super::*;
use crate::governance::Act;
use crate::id::ItemId;
use crate::profile::Text;
use crate::record::{KINDS, Kind, vocabulary_named};
use crate::vocabulary::{Declaration, Declared, DeclaredTerm, Standing};

fn lists() -> &'static Territories {
    static LISTS: std::sync::OnceLock<Territories> = std::sync::OnceLock::new();
    LISTS.get_or_init(Territories::embedded)
}

fn reading(shape: &Shape, text: &str) -> Reading {
    read(shape, text, &Context::of(lists()))
}

fn themes() -> Shape {
    let actor = Kind::parse("actor").expect("it exists");
    actor.field("themes").expect("it exists").shape
}

fn nature() -> Shape {
    let actor = Kind::parse("actor").expect("it exists");
    actor.field("nature").expect("it exists").shape
}

fn accepted(shape: &Shape, text: &str) -> Wanted {
    let reading = reading(shape, text);
    let outcome = format!("{:?}", reading.outcome);
    reading
        .outcome
        .into_accepted()
        .unwrap_or_else(|| panic!("{text}: {outcome}"))
}

fn one(value: Value) -> Wanted {
    Wanted::Value(value)
}

fn set(terms: &[&str]) -> Wanted {
    Wanted::Terms(terms.iter().map(|term| (*term).to_owned()).collect())
}

#[test]
fn each_shape_gives_its_own_type() {
    let text = |text: &str| one(Value::Text(text.to_owned()));
    let cases = [
        (Shape::Boolean, "Oui", one(Value::Boolean(true))),
        (Shape::Commune, "45155", text("45155")),
        (
            Shape::Date,
            "21/06/2026",
            one(Value::Date("2026-06-21".into())),
        ),
        (
            Shape::Decimal,
            "12 500,50 €",
            one(Value::decimal(1_250_050, 2)),
        ),
        (
            Shape::Email,
            "accueil@mairie.example",
            text("accueil@mairie.example"),
        ),
        (
            Shape::Instant,
            "2026-06-21T18:30:00Z",
            one(Value::Instant(1_782_066_600_000)),
        ),
        (Shape::Integer, "1 200", one(Value::Integer(1200))),
        (
            Shape::Link,
            "https://a.example/",
            text("https://a.example/"),
        ),
        (Shape::LongText, " a\r\nb ", Wanted::Text("a\nb".into())),
        (
            Shape::OpeningHours,
            "Mo-Fr 09:00-12:00",
            text("Mo-Fr 09:00-12:00"),
        ),
        (Shape::Phone, "02 61 91 00 12", text("+33261910012")),
        (Shape::OfficialCode, "QN00103M", text("QN00103M")),
        (Shape::Pacific, "0123456.001", text("0123456001")),
        (Shape::PostalCode, "45 500", text("45500")),
        (Shape::Prefecture, "0451001234", text("0451001234")),
        (Shape::Qpv, "qn 001 03 m", text("QN00103M")),
        (Shape::Rna, "w9p1002760", text("W9P1002760")),
        (Shape::Siren, "402 296 990", text("402296990")),
        (Shape::Siret, "402 296 990 00037", text("40229699000037")),
        (Shape::Text, "12 rue des Écoles", text("12 rue des Écoles")),
        (
            Shape::Words,
            "été 2026 | mobilité",
            set(&["été 2026", "mobilité"]),
        ),
        (
            themes(),
            "Sport ; éducation et jeunesse",
            set(&["sport", "education-jeunesse"]),
        ),
        (
            nature(),
            "Service de l'État",
            one(Value::Term("service-etat".into())),
        ),
    ];
    for (shape, typed, wanted) in cases {
        assert_eq!(accepted(&shape, typed), wanted, "{typed}");
    }
}

#[test]
fn a_point_is_read_however_the_two_numbers_are_parted() {
    let wanted = one(Value::Point {
        latitude_e7: 489_000_000,
        longitude_e7: 23_000_000,
    });
    for typed in [
        "48.9, 2.3",
        "48.9,2.3",
        "48,9 ; 2,3",
        "48.9 2.3",
        "48.9|2.3",
        "[48.9, 2.3]",
        "SRID=4326;POINT (2.3 48.9)",
    ] {
        assert_eq!(accepted(&Shape::Point, typed), wanted, "{typed}");
    }
    let swapped = reading(&Shape::Point, "2.3, 48.9");
    assert_eq!(swapped.outcome.code(), Some(Code::Swapped));
    assert_eq!(swapped.suggestion.as_deref(), Some("48.9, 2.3"));
    for (typed, code) in [("48.9", Code::Incomplete), ("0, 0", Code::NullIsland)] {
        assert_eq!(
            reading(&Shape::Point, typed).outcome,
            Outcome::Invalid(code),
            "{typed}"
        );
    }
}

#[test]
fn nothing_typed_is_nothing_wanted() {
    for field in KINDS.iter().flat_map(|kind| kind.fields()) {
        for typed in ["", "  ", "\u{feff}\u{a0}\t"] {
            assert_eq!(
                reading(&field.shape, typed).outcome,
                Outcome::Valid(Wanted::Nothing),
                "{}",
                field.name
            );
        }
    }
}

#[test]
fn an_unknown_term_is_refused_and_the_nearest_are_named() {
    for shape in [themes(), nature()] {
        let reading = reading(&shape, "JO");
        assert_eq!(reading.outcome, Outcome::Invalid(Code::Unknown));
        assert_eq!(
            reading
                .suggestion
                .expect("a suggestion")
                .split(" / ")
                .count(),
            3
        );
    }
    let near = reading(&themes(), "culture | sports").suggestion;
    assert!(near.expect("a suggestion").starts_with("Sport / "));
}

#[test]
fn amounts_that_can_be_read_twice_are_only_offered() {
    let reading = reading(&Shape::Decimal, "1.500,00");
    assert_eq!(reading.outcome.code(), Some(Code::Separator));
    assert_eq!(reading.suggestion.as_deref(), Some("1500"));
}

#[test]
fn numbers_that_are_none_are_refused() {
    for (shape, typed, code) in [
        (Shape::Integer, "12,5", Code::Precision),
        (Shape::Integer, "environ 3000", Code::Format),
        (Shape::Integer, "9223372036854775808", Code::Range),
        (Shape::Integer, "٣", Code::Format),
        (Shape::Decimal, "4,02E+13", Code::LostDigits),
        (Shape::Decimal, "€", Code::Format),
        (Shape::Decimal, "0.1234567890123456789", Code::Range),
        (Shape::Boolean, "peut-être", Code::Format),
    ] {
        assert_eq!(reading(&shape, typed).outcome.code(), Some(code), "{typed}");
    }
    assert_eq!(
        reading(&Shape::Integer, "9223372036854775807")
            .outcome
            .as_str(),
        "valid"
    );
    assert_eq!(
        reading(&Shape::Integer, "12.0").outcome.as_str(),
        "repaired"
    );
}

#[test]
fn the_limits_of_texts_hold_at_their_edges() {
    for (shape, max) in [
        (Shape::Text, VALUE_BYTES_MAX),
        (Shape::Words, VALUE_BYTES_MAX),
        (Shape::LongText, TEXT_BYTES_MAX),
    ] {
        for (len, outcome) in [(max - 1, "valid"), (max, "valid"), (max + 1, "invalid")] {
            let reading = reading(&shape, &"a".repeat(len));
            assert_eq!(reading.outcome.as_str(), outcome, "{shape:?} {len}");
        }
    }
}

#[test]
fn opening_hours_are_read_within_the_limit_of_a_value() {
    for (len, outcome) in [(VALUE_BYTES_MAX, "valid"), (VALUE_BYTES_MAX + 1, "invalid")] {
        let typed = format!("\"{}\"", "a".repeat(len - 2));
        let read = reading(&Shape::OpeningHours, &typed);
        assert_eq!(read.outcome.as_str(), outcome, "{len}");
    }
    let lines = reading(&Shape::OpeningHours, "Lundi 9h-12h\r\nMardi 14h-17h");
    assert_eq!(lines.outcome.as_str(), "proposed");
    assert_eq!(
        lines.suggestion.as_deref(),
        Some("Mo 09:00-12:00; Tu 14:00-17:00")
    );
}

#[test]
fn line_breaks_in_a_line_are_repaired_and_said() {
    let reading = reading(&Shape::Text, "Maison\r\n 1 rue A");
    assert_eq!(
        reading.outcome,
        Outcome::Repaired(one(Value::Text("Maison 1 rue A".into())), Code::Control)
    );
}

#[test]
fn a_joiner_inside_a_text_stays_and_those_around_go() {
    let family = "\u{1F469}\u{200D}\u{1F467}";
    let typed = format!("\u{FEFF} {family}\u{200B}\n");
    assert_eq!(
        accepted(&Shape::LongText, &typed),
        Wanted::Text(family.to_owned())
    );
    assert_eq!(
        accepted(&Shape::Text, "e\u{301}cole"),
        one(Value::Text("\u{e9}cole".into()))
    );
}

#[test]
fn a_word_with_a_comma_reads_back_alone() {
    for terms in [&["a, b"][..], &["a; b", "c"], &["a", "b"], &["a"]] {
        let shown = shown_set(terms.iter().copied());
        assert_eq!(accepted(&Shape::Words, &shown), set(terms), "{shown}");
    }
}

#[test]
fn a_value_reads_back_from_its_text() {
    let record = RecordId::from_bytes([7; 16]);
    for (shape, value) in [
        (Shape::Boolean, Value::Boolean(false)),
        (Shape::Date, Value::Date("2026-02-28".into())),
        (Shape::Instant, Value::Instant(1_764_000_000_123)),
        (Shape::Integer, Value::Integer(i64::MIN)),
        (Shape::Record(&["actor"]), Value::Record(record)),
        (
            Shape::Point,
            Value::Point {
                latitude_e7: -208_807_831,
                longitude_e7: 554_579_100,
            },
        ),
        (
            Shape::Point,
            Value::Point {
                latitude_e7: 480_000_000,
                longitude_e7: -5,
            },
        ),
        (nature(), Value::Term("collectif".into())),
    ] {
        assert_eq!(accepted(&shape, &shown(&value)), one(value));
    }
}

proptest! {
    #[test]
    fn a_decimal_reads_back_from_its_text(mantissa: i64, scale in 0_u8..=18) {
        let value = Value::decimal(mantissa, scale);
        prop_assert_eq!(accepted(&Shape::Decimal, &shown(&value)), one(value));
    }

    #[test]
    fn no_text_panics_in_any_shape(text in "\\PC{0,24}|[0-9.,;| €eE+-]{0,12}") {
        for field in KINDS.iter().flat_map(|kind| kind.fields()) {
            let _ = reading(&field.shape, &text);
        }
    }
}

#[test]
fn a_term_of_the_federation_s_own_is_read_by_its_code_and_its_wording() {
    let declared = Declared::Term(DeclaredTerm {
        vocabulary: "themes".to_owned(),
        code: "sport-sante".to_owned(),
        wording: Text::new("Sport et santé", "Sport and health"),
        broader: None,
        standing: Standing::Current,
        data_inclusion: Vec::new(),
    });
    let replaces = Vec::new();
    let Act::Vocabulary { body, .. } = (Declaration { declared, replaces }).to_act() else {
        panic!("it is a vocabulary act");
    };
    let words = Words::of([(ItemId::from_bytes([1; 16]), &body)].into_iter());
    let context = Context {
        words: &words,
        ..Context::of(lists())
    };
    let themes = vocabulary_named("themes").expect("one of ours");
    for typed in ["sport-sante", "Sport et sante", "SPORT AND HEALTH"] {
        let read = read(&Shape::Term(themes), typed, &context);
        assert_eq!(
            read.outcome.into_accepted(),
            Some(Wanted::Value(Value::Term("sport-sante".to_owned()))),
            "{typed}"
        );
    }
    let several = read(&Shape::Terms(themes), "Sport et santé, culture", &context);
    let codes = ["culture", "sport-sante"].map(str::to_owned).into();
    assert_eq!(several.outcome.into_accepted(), Some(Wanted::Terms(codes)));
    let alone = read(&Shape::Term(themes), "sport-sante", &Context::of(lists()));
    assert_eq!(alone.outcome.code(), Some(Code::Unknown));
}
