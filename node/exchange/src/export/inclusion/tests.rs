use std::collections::BTreeSet;

use crdt_schema::edit::{Field, Merged, Writer, Written};
use crdt_schema::id::{ItemId, RecordId};
use proptest::prelude::*;

use super::*;

const TODAY: &str = "2026-11-26";

fn inclusion() -> Inclusion<'static> {
    Inclusion {
        source: "ville-inventee",
        today: TODAY,
        lists: Territories::shared(),
        words: Words::shipped(),
    }
}

fn today() -> Option<Timestamp> {
    let noon = "2026-11-26T12:00:00Z".parse().expect("an instant");
    let noon: jiff::Timestamp = noon;
    Some(Timestamp::from_millis(noon.as_millisecond()))
}

fn writer() -> Writer {
    Writer {
        edit: ItemId::from_bytes([1; 16]),
        number: 1,
    }
}

fn value(value: Value) -> Field {
    let Writer { edit, number } = writer();
    Field {
        values: vec![Written {
            value,
            edit,
            number,
        }],
        ..Field::default()
    }
}

fn text(of: &str) -> Field {
    value(Value::Text(of.to_owned()))
}

fn set(terms: &[&str]) -> Field {
    let terms = terms
        .iter()
        .map(|term| ((*term).to_owned(), vec![writer()]));
    Field {
        terms: terms.collect(),
        ..Field::default()
    }
}

fn long(of: &str) -> Field {
    Field {
        text: Some(of.to_owned()),
        ..Field::default()
    }
}

fn view<'a>(kind: &str, fields: impl IntoIterator<Item = (&'a str, Field)>) -> RecordView {
    let mut merged = Merged::default();
    let fields = fields.into_iter();
    merged
        .fields
        .extend(fields.map(|(name, field)| (name.to_owned(), field)));
    RecordView {
        record: RecordId::from_bytes([7; 16]),
        birth: Some((kind.to_owned(), "*".to_owned())),
        heads: Vec::new(),
        merged,
    }
}

fn structure<'a>(fields: impl IntoIterator<Item = (&'a str, Field)>) -> Described {
    let described = inclusion().structure(&view("actor", fields), today());
    described.expect("it has a name and a date")
}

fn service<'a>(fields: impl IntoIterator<Item = (&'a str, Field)>) -> Described {
    let base = [("name", text("Atelier")), ("summary", text("Un atelier."))];
    let view = view("initiative", base.into_iter().chain(fields));
    let described = inclusion().service(&view, today(), &RecordId::from_bytes([8; 16]));
    described.expect("it has all that is required")
}

fn codes(described: &Described) -> Vec<&'static str> {
    described.notices.iter().map(|notice| notice.code).collect()
}

#[test]
fn a_name_has_3_to_150_characters_and_no_final_dot() {
    let named = |name: &str| {
        let described = inclusion().structure(&view("actor", [("name", text(name))]), today());
        described.map(|described| described.values["nom"].as_str().expect("a text").to_owned())
    };
    assert_eq!(named("Le Club inventé."), Ok("Le Club inventé".into()));
    assert_eq!(named("Club"), Ok("Club".into()));
    assert_eq!(
        named("Ab."),
        Err(LeftOut::NameShort),
        "two letters and a dot"
    );
    assert_eq!(named("Abc"), Ok("Abc".into()));
    assert_eq!(named(&"a".repeat(150)), Ok("a".repeat(150)));
    let long = format!("{} fin", "a".repeat(149));
    let cut = structure([("name", text(&long))]);
    assert_eq!(cut.values["nom"], json!("a".repeat(149)));
    assert_eq!(codes(&cut), ["name_cut"]);
    assert_eq!(
        inclusion().structure(&view("actor", []), today()),
        Err(LeftOut::NameShort)
    );
}

#[test]
fn a_date_is_never_later_than_today_nor_before_2000() {
    let dated = |changed: Option<Timestamp>| {
        let described = inclusion().structure(&view("actor", [("name", text("Club"))]), changed);
        described.map(|described| described.values["date_maj"].clone())
    };
    let later = today().map(|today| today.plus_days(30));
    assert_eq!(dated(later), Ok(json!(TODAY)), "a clock that is ahead");
    let before = today().map(|today| today.plus_days(-10));
    assert_eq!(dated(before), Ok(json!("2026-11-16")));
    assert_eq!(dated(None), Err(LeftOut::DateMissing));
    assert_eq!(
        dated(Some(Timestamp::from_millis(0))),
        Err(LeftOut::DateMissing)
    );
}

#[test]
fn only_valid_numbers_and_addresses_leave() {
    let of = structure([
        ("name", text("Club")),
        ("siret", text("13002526500014")),
        ("postal_code", text("4550")),
        ("commune", text("13201")),
        (
            "website",
            value(Value::Text("https://exemple.fr/%2".into())),
        ),
        ("email", text("accueil")),
        ("opening_hours", text("lundi 9h-12h")),
        ("networks", set(&["Mission locale", "Réseau inventé"])),
    ]);
    for absent in [
        "siret",
        "code_postal",
        "site_web",
        "courriel",
        "horaires_accueil",
    ] {
        assert!(!of.values.contains_key(absent), "{absent}");
    }
    assert_eq!(
        of.values["code_insee"],
        json!("13055"),
        "the city, not its arrondissement"
    );
    assert_eq!(of.values["reseaux_porteurs"], json!(["mission-locale"]));
    let expected = [
        "hours_invalid",
        "link_unfit",
        "mail_invalid",
        "network_unknown",
        "postal_code_invalid",
        "siret_invalid",
    ];
    let said: BTreeSet<_> = codes(&of).into_iter().collect();
    assert_eq!(said, expected.into());
}

#[test]
fn everyone_stands_alone_and_other_audiences_are_said_in_words() {
    let of = service([("audiences", set(&["tous-publics", "femmes"]))]);
    assert_eq!(of.values["publics"], json!(["tous-publics"]));
    assert_eq!(of.values["publics_precisions"], json!("Femmes"));
    let of = service([("audiences", set(&["enfants", "femmes"]))]);
    assert_eq!(of.values["publics"], json!(["femmes"]));
    assert_eq!(of.values["publics_precisions"], json!("Enfants"));
    let of = service([("audiences", set(&["enfants"]))]);
    assert!(
        !of.values.contains_key("publics"),
        "an empty list is refused"
    );
}

#[test]
fn what_an_import_kept_leaves_only_where_a_public_field_still_says_it() {
    let fine = "sante--addictions";
    let of = service([("themes", set(&["sante"])), ("x_thematiques", text(fine))]);
    assert_eq!(
        (of.values["thematiques"].clone(), codes(&of)),
        (json!([fine]), vec![])
    );
    let of = service([("themes", set(&["sport"])), ("x_thematiques", text(fine))]);
    let sport = "remobilisation--activites-sportives-et-culturelles";
    assert_eq!(
        of.values["thematiques"],
        json!([sport]),
        "the theme was changed here since"
    );
    let of = service([
        ("themes", set(&["sante"])),
        ("x_thematiques", text("sante--inventee")),
    ]);
    assert!(!of.values.contains_key("thematiques"));
    assert_eq!(codes(&of), ["term_broader"]);
}

#[test]
fn no_field_of_partners_only_leaves() {
    let of = service([
        ("tags", set(&["secret-inventé"])),
        ("budget", value(Value::Integer(987_654))),
        ("x_contact_nom_prenom", text("Personne Inventée")),
        ("x_note", text("note-inventée")),
    ]);
    let all = Json::Object(of.values).to_string();
    for hidden in ["secret", "987654", "Personne", "note-"] {
        assert!(!all.contains(hidden), "{hidden}");
    }
}

/// Fields that only their schema has a place for.
const KEPT: [&str; 5] = [
    "x_lien_source",
    "x_mobilisable_par",
    "x_mobilisation_precisions",
    "x_nombre_semaines",
    "x_volume_horaire_hebdomadaire",
];

#[test]
fn what_only_their_schema_has_a_place_for_comes_back_as_it_came() {
    let of = service([
        ("x_lien_source", text("https://exemple.fr/fiche")),
        ("x_mobilisable_par", text("usagers|professionnels")),
        ("x_mobilisation_precisions", text("Sur   orientation.")),
        ("x_nombre_semaines", value(Value::Integer(12))),
        ("x_volume_horaire_hebdomadaire", text("1,5")),
    ]);
    let said = KEPT.map(|name| of.values[&name[2..]].clone());
    let expected = json!([
        "https://exemple.fr/fiche",
        ["professionnels", "usagers"],
        "Sur orientation.",
        12,
        1.5
    ]);
    assert_eq!(json!(said), expected);
    assert!(codes(&of).is_empty(), "{:?}", of.notices);

    let of = service([
        ("x_lien_source", text("https://exemple.fr/a b")),
        ("x_mobilisable_par", text("tout le monde")),
        (
            "x_mobilisation_precisions",
            text("Écrire à p.inventee@exemple.fr"),
        ),
        ("x_nombre_semaines", text("0")),
        ("x_volume_horaire_hebdomadaire", text("NaN")),
    ]);
    assert!(KEPT.iter().all(|name| !of.values.contains_key(&name[2..])));
    let said = [
        "link_unfit",
        "value_unknown",
        "contact_in_text",
        "number_unfit",
        "number_unfit",
    ];
    let mut found = codes(&of);
    found.sort_unstable();
    let mut said = said.to_vec();
    said.sort_unstable();
    assert_eq!(found, said);
}

#[test]
fn a_service_says_its_type_and_who_can_mobilise_it() {
    let of = service([
        ("service_type", value(Value::Term("atelier".to_owned()))),
        ("mobilisable_by", set(&["usagers", "professionnels"])),
        ("x_type", text("formation")),
        ("x_mobilisable_par", text("usagers")),
    ]);
    assert_eq!(of.values["type"], "atelier");
    assert_eq!(
        of.values["mobilisable_par"],
        json!(["professionnels", "usagers"])
    );
    assert!(codes(&of).is_empty(), "{:?}", of.notices);
    let unknown = service([("service_type", value(Value::Term("stage".to_owned())))]);
    assert!(!unknown.values.contains_key("type"));
    assert_eq!(codes(&unknown), ["term_unmapped"]);
}

#[test]
fn terms_leave_as_a_coordinator_declared_them() {
    use crdt_schema::governance::Act;
    use crdt_schema::profile::Text;
    use crdt_schema::vocabulary::{Declaration, Declared, DeclaredTerm, Standing};
    let term = |vocabulary: &str, code: &str, theirs: &[&str]| DeclaredTerm {
        vocabulary: vocabulary.to_owned(),
        code: code.to_owned(),
        wording: Text::new("Des mots", "Words"),
        broader: None,
        standing: Standing::Current,
        data_inclusion: theirs.iter().map(|it| (*it).to_owned()).collect(),
    };
    let terms = [
        term("themes", "sante", &["sante--acces-aux-soins"]),
        term("themes", "jeux", &[]),
        term("audiences", "enfants", &["familles"]),
        term("audiences", "voisins", &[]),
    ];
    let acts = terms.map(|term| {
        let declaration = Declaration {
            declared: Declared::Term(term),
            replaces: Vec::new(),
        };
        match declaration.to_act() {
            Act::Vocabulary { body, .. } => body,
            other => panic!("{other:?}"),
        }
    });
    let ids = (1..).map(|number| ItemId::from_bytes([number; 16]));
    let words = Words::of(ids.zip(acts.iter()));
    let inclusion = Inclusion {
        words: &words,
        ..inclusion()
    };
    let view = view(
        "initiative",
        [
            ("name", text("Atelier")),
            ("summary", text("Un atelier.")),
            ("themes", set(&["sante", "jeux", "sport"])),
            ("audiences", set(&["enfants", "voisins"])),
        ],
    );
    let of = inclusion.service(&view, today(), &RecordId::from_bytes([8; 16]));
    let of = of.expect("it has all that is required");
    assert_eq!(
        of.values["thematiques"],
        json!([
            "remobilisation--activites-sportives-et-culturelles",
            "sante--acces-aux-soins"
        ])
    );
    assert_eq!(of.values["publics"], json!(["familles"]));
    assert_eq!(of.values["publics_precisions"], "Des mots");
    let said = of
        .notices
        .iter()
        .map(|notice| (notice.code, notice.value.as_str()));
    assert_eq!(
        said.collect::<Vec<_>>(),
        [("term_unmapped", "jeux"), ("term_unmapped", "voisins")]
    );
}

#[test]
fn a_service_needs_a_description() {
    let view = view(
        "initiative",
        [("name", text("Atelier")), ("description", long("abcd"))],
    );
    let described = inclusion().service(&view, today(), &RecordId::from_bytes([8; 16]));
    assert_eq!(described, Err(LeftOut::DescriptionMissing));
    let of = service([("description", long(&"mot ".repeat(2_501)))]);
    let text = of.values["description"].as_str().expect("a text");
    assert_eq!(
        (text.chars().count() <= 10_000, codes(&of)),
        (true, vec!["description_cut"])
    );
}

#[test]
fn a_name_of_a_federation_is_a_name_of_a_source() {
    assert_eq!(slug("Ville de Gien : été 2026"), "ville-de-gien-ete-2026");
    assert_eq!(slug("···"), "maillage");
}

/// Fields of any kind with anything in them, as other versions and other nodes could write them.
fn fields() -> impl Strategy<Value = Vec<(String, Field)>> {
    let names = ["actor", "initiative"]
        .into_iter()
        .filter_map(Kind::parse)
        .flat_map(Kind::fields);
    let names: Vec<_> = names
        .map(|field| field.name.to_owned())
        .chain(["x_thematiques".into(), "x_type".into()])
        .chain(KEPT.map(str::to_owned))
        .collect();
    let words = prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "tous-publics",
            "femmes",
            "enfants",
            "sport",
            "sante",
            "sante--addictions",
            "gratuit",
            "payant",
            "France Services",
            "REG-24",
            "DEP-45",
            "45155",
            "13201",
            "13002526500013",
            "https://exemple.fr/a b",
            "accueil@exemple.fr",
            "+33465710001",
            "45500",
            "a-distance",
            "telephoner",
            "service",
            "atelier",
            "usagers|professionnels",
            "12,5",
            "-1",
            "inf",
        ])
        .prop_map(str::to_owned),
        "[a-z. ]{140,160}",
    ];
    let held = prop_oneof![
        words.clone().prop_map(|word| text(&word)),
        words.clone().prop_map(|word| value(Value::Term(word))),
        words.clone().prop_map(|word| long(&word)),
        prop::collection::vec(words, 1..4)
            .prop_map(|words| set(&words.iter().map(String::as_str).collect::<Vec<_>>())),
        any::<[i32; 2]>().prop_map(|[latitude_e7, longitude_e7]| value(Value::Point {
            latitude_e7,
            longitude_e7
        })),
        any::<i64>().prop_map(|number| value(Value::Integer(number))),
    ];
    prop::collection::vec((prop::sample::select(names), held), 0..14)
}

/// The rules of the published schema, read by hand: `tests/inclusion.rs` asks the schema itself.
fn check(values: &Map<String, Json>) -> Result<(), TestCaseError> {
    let closed = |name: &str, list: InclusionList| match values.get(name) {
        None => true,
        Some(Json::String(value)) => list.value(value).is_some(),
        Some(Json::Array(items)) => {
            let known: BTreeSet<_> = items
                .iter()
                .filter_map(|item| list.value(item.as_str()?))
                .collect();
            !items.is_empty() && known.len() == items.len()
        }
        Some(_) => false,
    };
    for (name, list) in [
        ("reseaux_porteurs", InclusionList::Network),
        ("thematiques", InclusionList::Theme),
        ("publics", InclusionList::Audience),
        ("frais", InclusionList::Cost),
        ("type", InclusionList::ServiceType),
        ("mobilisable_par", InclusionList::Mobiliser),
        ("modes_accueil", InclusionList::AccessMode),
        ("modes_mobilisation", InclusionList::Joining),
    ] {
        prop_assert!(closed(name, list), "{name}: {:?}", values.get(name));
    }
    let length = |name: &str| {
        values
            .get(name)
            .and_then(Json::as_str)
            .map(|text| text.chars().count())
    };
    prop_assert!(length("nom").is_some_and(|length| (3..=150).contains(&length)));
    prop_assert!(length("description").is_none_or(|length| (5..=10_000).contains(&length)));
    for (name, digits) in [("siret", 14), ("code_postal", 5)] {
        let text = values.get(name).and_then(Json::as_str);
        let is_number =
            |text: &str| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        prop_assert!(text.is_none_or(is_number), "{name}: {text:?}");
    }
    let number = |name: &str, least: f64| {
        let value = values.get(name);
        value.is_none_or(|value| value.as_f64().is_some_and(|number| number >= least))
    };
    prop_assert!(number("nombre_semaines", 1.0) && number("volume_horaire_hebdomadaire", 0.0));
    let publics = values.get("publics").and_then(Json::as_array);
    prop_assert!(
        publics.is_none_or(|list| list.len() == 1 || !list.contains(&json!("tous-publics")))
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_record_says_gives_what_the_schema_takes_or_is_left_out(fields in fields(), days in -12_000_i64..12_000) {
        let changed = today().map(|today| today.plus_days(days));
        let fields = || fields.iter().map(|(name, field)| (name.as_str(), field.clone()));
        if let Ok(described) = inclusion().structure(&view("actor", fields()), changed) {
            check(&described.values)?;
            prop_assert!(described.values.keys().all(|name| STRUCTURE.contains(&name.as_str())));
        }
        let service = view("initiative", fields());
        if let Ok(described) = inclusion().service(&service, changed, &RecordId::from_bytes([8; 16])) {
            check(&described.values)?;
            prop_assert!(described.values.contains_key("description"));
            prop_assert!(described.values.keys().all(|name| SERVICE.contains(&name.as_str())));
            let score = quality(&described.values, TODAY);
            prop_assert!((0.0..=1.0).contains(&score));
        }
    }
}

#[test]
fn a_field_of_partners_only_says_nothing_to_whoever_asks() {
    let view = view(
        "initiative",
        [
            ("results", long("des mots")),
            ("tags", set(&["mot"])),
            ("x_note", text("mot")),
        ],
    );
    let work = Work {
        lists: Territories::shared(),
        words: Words::shipped(),
        view: &view,
        described: Described::default(),
    };
    assert_eq!((work.whole("results"), work.line("x_note")), (None, None));
    assert!(work.set("tags").is_empty());
}
