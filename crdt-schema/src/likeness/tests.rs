//! Invented records that are and are not one thing.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::edit::{Field, Merged, Writer, Written};
use crate::id::{ItemId, RecordId};

fn view(kind: &str, fields: &[(&str, Value)]) -> RecordView {
    let edit = ItemId::from_bytes([1; ItemId::BYTES]);
    let field = |value: &Value| Field {
        values: vec![Written {
            value: value.clone(),
            edit,
            number: 1,
        }],
        ..Field::default()
    };
    let fields = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), field(value)));
    RecordView {
        record: RecordId::from_bytes([2; RecordId::BYTES]),
        birth: Some((kind.to_owned(), "45".to_owned())),
        heads: vec![edit],
        merged: Merged {
            fields: fields.collect(),
            numbers: BTreeMap::new(),
        },
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn traits(kind: &str, fields: &[(&str, Value)]) -> Traits {
    Traits::of(&view(kind, fields))
}

fn compared(kind: &str, one: &[(&str, Value)], other: &[(&str, Value)]) -> Likeness {
    let (one, other) = (traits(kind, one), traits(kind, other));
    one.compare(&other).expect("of one kind")
}

fn meet(kind: &str, one: &[(&str, Value)], other: &[(&str, Value)]) -> bool {
    !traits(kind, one)
        .blocks()
        .is_disjoint(&traits(kind, other).blocks())
}

fn date(day: &str) -> Value {
    Value::Date(day.to_owned())
}

fn point(latitude_e7: i32, longitude_e7: i32) -> Value {
    Value::Point {
        latitude_e7,
        longitude_e7,
    }
}

#[test]
fn one_register_number_is_enough_whatever_the_name() {
    let one = [
        ("name", text("Régie des bords")),
        ("siret", text("130 025 265 00013")),
    ];
    let other = [
        ("name", text("La Coursive")),
        ("siret", text("13002526500013")),
    ];
    let likeness = compared("actor", &one, &other);
    assert!(likeness.is_exact() && likeness.is_proposed());
    assert_eq!(likeness.reasons, [Reason::SameRegister, Reason::OtherName]);
    assert!(likeness.is_sure(), "one number is given once");
    assert!(meet("actor", &one, &other));
}

#[test]
fn numbers_of_the_other_registers_are_of_one_thing_and_a_siren_is_not() {
    let name = |name: &str| ("name", text(name));
    let of =
        |field: &'static str, number: &str, called: &str| [name(called), (field, text(number))];
    for (field, one, other) in [
        ("ridet", "0123456.001", "0123456001"),
        ("tahiti", "A12345", "a 12345"),
        ("prefecture", "0451001234", "045 1001234"),
    ] {
        let (one, other) = (of(field, one, "Le Pré"), of(field, other, "La Coursive"));
        assert!(compared("actor", &one, &other).is_exact(), "{field}");
        assert!(meet("actor", &one, &other), "{field}");
    }
    let (one, other) = (
        of("siren", "402296990", "Le Pré"),
        of("siren", "402296990", "La Coursive"),
    );
    assert!(!compared("actor", &one, &other).is_exact());
    let folio = |tribunal: &str, called: &str| {
        let [named, folio] = of("alsace_moselle", "178/236", called);
        [named, folio, ("tribunal", text(tribunal))]
    };
    let at = |one: &str, other: &str| {
        let (one, other) = (folio(one, "Le Pré"), folio(other, "La Coursive"));
        compared("actor", &one, &other).is_exact()
    };
    assert!(at("Strasbourg", "STRASBOURG"));
    assert!(!at("Strasbourg", "Mulhouse"));
    // A number of one register is none of another.
    let (ridet, tahiti) = (
        of("ridet", "0123456", "Le Pré"),
        of("tahiti", "0123456", "La Coursive"),
    );
    assert!(!compared("actor", &ridet, &tahiti).is_exact());
}

#[test]
fn one_identifier_at_one_source_is_enough_and_at_two_is_nothing() {
    let mut views = [
        view(
            "actor",
            &[("name", text("Le Pré")), ("source_id", text("A-12"))],
        ),
        view(
            "actor",
            &[("name", text("Le Champ")), ("source_id", text("a 12"))],
        ),
    ];
    let named = |views: &mut [RecordView; 2], sources: [&str; 2]| {
        for (view, source) in views.iter_mut().zip(sources) {
            let edit = ItemId::from_bytes([1; ItemId::BYTES]);
            let writer = Writer { edit, number: 2 };
            let terms = BTreeMap::from([(source.to_owned(), vec![writer])]);
            let field = Field {
                terms,
                ..Field::default()
            };
            view.merged.fields.insert("sources".to_owned(), field);
        }
        let [one, other] = [&views[0], &views[1]].map(Traits::of);
        let is_met = !one.blocks().is_disjoint(&other.blocks());
        (is_met, one.compare(&other).expect("of one kind"))
    };
    let (is_met, likeness) = named(&mut views, ["Annuaire", "annuaire"]);
    assert!(is_met && likeness.is_exact());
    let (is_met, likeness) = named(&mut views, ["Annuaire", "Agenda"]);
    assert!(!is_met && !likeness.is_exact() && !likeness.is_proposed());
}

#[test]
fn one_page_is_proposed_and_one_front_page_is_not() {
    let with = |name: &str, site: &str| [("name", text(name)), ("website", text(site))];
    let one = with("Repair café", "https://www.coursive.example/repair/");
    let other = with("Atelier des réparations", "http://coursive.example/repair");
    assert!(compared("initiative", &one, &other).is_proposed());
    assert!(meet("initiative", &one, &other));
    let one = with("Repair café", "https://coursive.example/");
    let other = with("Chorale", "https://coursive.example");
    assert!(!compared("initiative", &one, &other).is_proposed());
}

#[test]
fn one_page_is_enough_whatever_else_differs_and_one_host_or_a_series_is_not() {
    let with = |name: &str, commune: &str, site: &str| {
        [
            ("name", text(name)),
            ("commune", text(commune)),
            ("website", text(site)),
        ]
    };
    let one = with("Judo Club", "45155", "https://portail.example/assos/judo");
    let other = with(
        "Arts martiaux",
        "45234",
        "http://WWW.Portail.example/assos/judo/",
    );
    let likeness = compared("actor", &one, &other);
    assert!(likeness.points < POINTS_MIN, "{likeness:?}");
    assert!(likeness.is_exact() && likeness.is_proposed());
    assert!(!likeness.is_sure(), "a page may be that of several");
    assert!(meet("actor", &one, &other));
    // A town's portal is the address of many: another page of it, or its front page, is none of theirs alone.
    for site in [
        "https://portail.example/assos/chorale",
        "https://portail.example/assos/judo?page=2",
        "https://portail.example/assos/judo#chorale",
        "https://portail.example/assos/JUDO",
        "https://portail.example/",
    ] {
        let other = with("Chorale", "45155", site);
        let likeness = compared("actor", &one, &other);
        assert!(!likeness.is_exact() && !likeness.is_proposed(), "{site}");
    }
    let front = |name: &str| with(name, "45155", "https://www.portail.example");
    let likeness = compared("actor", &front("Judo Club"), &front("Chorale"));
    assert!(!likeness.is_exact() && !likeness.is_proposed());
    let on = |day: &str| {
        [
            ("name", text("Bal")),
            ("website", text("https://portail.example/agenda/bal")),
            ("starts", date(day)),
        ]
    };
    let series = compared("event", &on("2026-06-24"), &on("2026-07-24"));
    assert!(!series.is_exact() && !series.is_proposed());
    assert!(compared("event", &on("2026-06-24"), &on("2026-06-24")).is_exact());
}

#[test]
fn a_name_at_a_place_is_proposed_and_a_name_elsewhere_is_not() {
    let at = |name: &str, commune: &str| [("name", text(name)), ("commune", text(commune))];
    let one = at("Association Les Étoiles", "45155");
    assert!(compared("actor", &one, &at("ASSO. ETOILES", "45155")).is_proposed());
    assert!(meet("actor", &one, &at("ASSO. ETOILES", "45155")));
    assert!(!compared("actor", &one, &at("Les Étoiles", "45234")).is_proposed());
    assert!(!compared("actor", &one, &at("Les Comètes", "45155")).is_proposed());
}

#[test]
fn an_event_on_another_day_is_another_event() {
    let on = |day: &str| {
        [
            ("name", text("Bal de la Saint-Jean")),
            ("commune", text("45155")),
            ("organiser_name", text("Comité des fêtes")),
            ("address", text("1 place du Château")),
            ("starts", date(day)),
        ]
    };
    assert!(compared("event", &on("2026-06-24"), &on("2026-06-24")).is_proposed());
    let later = compared("event", &on("2026-06-24"), &on("2027-06-24"));
    assert!(!later.is_proposed());
    assert!(later.reasons.contains(&Reason::OtherDay));
}

#[test]
fn numbers_in_names_tell_meetings_apart() {
    let named = |name: &str| [("name", text(name)), ("commune", text("45155"))];
    let likeness = compared(
        "meeting",
        &named("Comité de suivi 1"),
        &named("Comité de suivi 2"),
    );
    assert!(likeness.reasons.contains(&Reason::OtherNumber) && !likeness.is_proposed());
}

#[test]
fn distances_count_in_metres() {
    let at = |latitude: i32, longitude: i32| {
        [
            ("name", text("Le Local")),
            ("point", point(latitude, longitude)),
        ]
    };
    let gien = at(476_853_000, 26_306_000);
    let reasons = |other: &[(&str, Value)]| compared("actor", &gien, other).reasons;
    assert!(reasons(&at(476_856_000, 26_306_000)).contains(&Reason::SamePoint));
    assert!(reasons(&at(476_858_500, 26_306_000)).contains(&Reason::NearPoint));
    assert!(reasons(&at(477_803_000, 26_306_000)).contains(&Reason::FarPoint));
    let across = compared("actor", &at(0, 1_799_999_900), &at(0, -1_799_999_900));
    assert!(across.reasons.contains(&Reason::SamePoint));
}

#[test]
fn two_official_territories_are_two_and_one_code_is_one_whatever_it_is_called() {
    let territory = |code: &str, name: &str| {
        let fields = [
            ("level", Value::Term("qpv".to_owned())),
            ("code", text(code)),
            ("name", text(name)),
        ];
        traits("territory", &fields)
    };
    let first = territory("QP045001", "Montoires");
    let second = territory("QN04512M", "Montoires");
    assert_eq!(first.compare(&second), None, "two generations");
    let again = territory("QP045001", "Quartier des Montoires");
    assert!(first.compare(&again).expect("one code").is_exact());
    assert!(!first.blocks().is_disjoint(&again.blocks()));
    let by_hand = traits("territory", &[("name", text("Montoires"))]);
    assert!(first.compare(&by_hand).is_some(), "a person may decide");
}

#[test]
fn kinds_are_not_compared_with_each_other() {
    let fields = [("name", text("Le Local")), ("commune", text("45155"))];
    let (one, other) = (traits("actor", &fields), traits("event", &fields));
    assert_eq!(one.compare(&other), None);
    assert!(one.blocks().is_disjoint(&other.blocks()));
    let mut bare = view("actor", &fields);
    bare.birth = None;
    assert!(Traits::of(&bare).blocks().is_empty());
}

#[test]
fn surer_signs_have_lower_blocks() {
    let number = traits("actor", &[("siret", text("13002526500013"))]).blocks();
    let name = traits("actor", &[("name", text("Le Local"))]).blocks();
    assert!(number.last() < name.first());
}

#[test]
fn reasons_are_listed_in_their_order_with_one_code_each() {
    assert!(Reason::ALL.is_sorted());
    let codes: BTreeSet<_> = Reason::ALL.map(Reason::code).into();
    assert_eq!(codes.len(), Reason::ALL.len());
}

prop_compose! {
    fn a_record()(
        name in prop::option::of("\\PC{0,40}"), holder in prop::option::of("[A-Za-zÀ-ÿ' ]{0,20}"),
        commune in prop::option::of(prop::sample::select(vec!["45155", "45234"])),
        address in prop::option::of("[0-9]{0,3} ?[a-zé ]{0,20}"),
        site in prop::option::of("https?://(www\\.)?[a-z]{1,4}\\.example/?[a-z]{0,3}"),
        siret in prop::option::of("[0-9 ]{0,14}"),
        day in prop::option::of("20[0-9]{2}-0[1-9]-1[0-9]"),
        place in prop::option::of((-900_000_000..=900_000_000_i32, -1_800_000_000..=1_800_000_000_i32)),
    ) -> RecordView {
        let texts = [
            ("name", name), ("holder_name", holder), ("commune", commune.map(str::to_owned)), ("address", address),
            ("website", site), ("siret", siret),
        ];
        let mut fields: Vec<(&str, Value)> = texts.into_iter()
            .filter_map(|(field, value)| Some((field, Value::Text(value?))))
            .collect();
        fields.extend(day.map(|day| ("starts", Value::Date(day))));
        fields.extend(place.map(|(latitude, longitude)| ("point", point(latitude, longitude))));
        view("initiative", &fields)
    }
}

proptest! {
    #[test]
    fn a_comparison_is_the_same_from_both_sides(one in a_record(), other in a_record()) {
        let (one, other) = (Traits::of(&one), Traits::of(&other));
        prop_assert_eq!(one.compare(&other), other.compare(&one));
    }

    #[test]
    fn a_record_and_its_copy_are_met_and_nothing_speaks_against_them(record in a_record()) {
        let traits = Traits::of(&record);
        let likeness = traits.compare(&traits).expect("of one kind");
        let against: Vec<_> = likeness.reasons.iter().filter(|reason| !reason.speaks_for()).collect();
        if traits.name.is_empty() {
            prop_assert_eq!(against, [&Reason::OtherName]);
        } else {
            prop_assert!(against.is_empty());
            prop_assert!(likeness.is_proposed());
            prop_assert!(!traits.blocks().is_empty());
        }
    }
}
