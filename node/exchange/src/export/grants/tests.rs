//! Vectors written from the text of the schema, version 2.1.1.

use std::collections::BTreeMap;
use std::convert::Infallible;

use crdt_schema::edit::{Field, Merged, Writer, Written};
use crdt_schema::id::{ItemId, RecordId};

use super::*;

fn written(values: &[Value]) -> Field {
    let written = |(number, value): (u8, &Value)| Written {
        value: value.clone(),
        edit: ItemId::from_bytes([number; 16]),
        number: 1,
    };
    Field {
        values: (0..).zip(values).map(written).collect(),
        ..Field::default()
    }
}

fn text(of: &str) -> Field {
    written(&[Value::Text(of.to_owned())])
}

fn day(of: &str) -> Field {
    written(&[Value::Date(of.to_owned())])
}

fn set(terms: &[&str]) -> Field {
    let writer = Writer {
        edit: ItemId::from_bytes([1; 16]),
        number: 1,
    };
    let terms = terms.iter().map(|term| ((*term).to_owned(), vec![writer]));
    Field {
        terms: terms.collect(),
        ..Field::default()
    }
}

fn view<'a>(kind: &str, fields: impl IntoIterator<Item = (&'a str, Field)>) -> RecordView {
    let fields = fields
        .into_iter()
        .map(|(name, field)| (name.to_owned(), field));
    RecordView {
        record: RecordId::from_bytes([7; 16]),
        birth: Some((kind.to_owned(), "*".to_owned())),
        heads: Vec::new(),
        merged: Merged {
            fields: fields.collect(),
            numbers: BTreeMap::new(),
        },
    }
}

fn region() -> RecordView {
    view(
        "actor",
        [
            ("name", text("Région inventée")),
            ("siret", text("40229699000037")),
        ],
    )
}

fn club(number: Option<(&'static str, &str)>) -> RecordView {
    let number = number.map(|(name, number)| (name, text(number)));
    view(
        "actor",
        [("name", text("Club inventé"))].into_iter().chain(number),
    )
}

/// An application with all that the schema requires, and these fields in place of its own.
fn granted<'a>(changed: impl IntoIterator<Item = (&'a str, Option<Field>)>) -> RecordView {
    let mut view = view(
        "application",
        [
            ("name", text("Stages d'été")),
            ("decision", written(&[Value::Term("accordee".to_owned())])),
            ("agreed_on", day("2026-04-02")),
            ("amount_granted", written(&[Value::decimal(4_780_020, 2)])),
            ("grant_nature", set(&["numeraire"])),
            ("payment_terms", text("Échelonné")),
            ("paid_from", day("2026-04-15")),
            ("paid_until", day("2026-12-31")),
            ("state_aid", written(&[Value::Boolean(false)])),
        ],
    );
    for (name, field) in changed {
        match field {
            Some(field) => view.merged.fields.insert(name.to_owned(), field),
            None => view.merged.fields.remove(name),
        };
    }
    view
}

fn written_as(application: &RecordView, club: &RecordView) -> Result<Vec<String>, Vec<Unfit>> {
    let region = region();
    let grant = Grant {
        application,
        grantor: Some(&region),
        beneficiary: Some(club),
        met: &BTreeSet::new(),
    };
    let mut file = Grants::new(Vec::new()).expect("memory");
    file.grant(&grant).expect("memory")?;
    let bytes = file.finish().expect("memory");
    assert!(!bytes.starts_with("\u{FEFF}".as_bytes()), "no mark");
    let mut rows = ::csv::Reader::from_reader(&bytes[..]);
    let header: Vec<&str> = rows.headers().expect("a header").iter().collect();
    assert_eq!(
        header.join(","),
        "nomAttribuant,idAttribuant,dateConvention,referenceDecision,nomBeneficiaire,idBeneficiaire,rnaBeneficiaire,objet,montant,nature,conditionsVersement,datesPeriodeVersement,idRAE,notificationUE,pourcentageSubvention,dispositifAide"
    );
    let row = rows.records().next().expect("a row").expect("even");
    Ok(row.iter().map(str::to_owned).collect())
}

#[test]
fn a_grant_is_a_line_in_the_order_of_the_schema() {
    let club = club(Some(("siret", "35600000009075")));
    let line = written_as(&granted([]), &club).expect("a line");
    assert_eq!(
        line,
        [
            "Région inventée",
            "40229699000037",
            "2026-04-02",
            "",
            "Club inventé",
            "35600000009075",
            "",
            "Stages d'été",
            "47800.2",
            "aide en numéraire",
            "échelonné",
            "2026-04-15/2026-12-31",
            "",
            "non",
            "1.00",
            "",
        ]
    );
    let all = granted([
        ("decision_reference", Some(text("2026-03-103"))),
        ("grant_object", Some(text("Stages, \"multisports\""))),
        ("grant_nature", Some(set(&["nature", "numeraire"]))),
        ("payment_terms", Some(text("80 % à la signature"))),
        ("paid_until", None),
        ("state_aid", Some(written(&[Value::Boolean(true)]))),
        ("grant_share", Some(written(&[Value::decimal(45, 2)]))),
        ("aid_number", Some(text("12345"))),
        (
            "aid_scheme",
            Some(text("65d5b6c7-102c-4440-ac3b-768f708edc0a")),
        ),
    ]);
    let line = written_as(&all, &club).expect("a line");
    for (place, said) in [
        (3, "2026-03-103"),
        (7, "Stages, \"multisports\""),
        (9, "aide en numéraire;aide en nature"),
        (10, "80 % à la signature"),
        (11, "2026-04-15"),
        (12, "12345"),
        (13, "oui"),
        (14, "0.45"),
        (15, "65d5b6c7-102c-4440-ac3b-768f708edc0a"),
    ] {
        assert_eq!(line[place], said, "{place}");
    }
}

#[test]
fn an_association_of_corsica_or_overseas_is_named_by_its_siret() {
    let line = written_as(&granted([]), &club(Some(("rna", "W452001234")))).expect("a line");
    assert_eq!((line[5].as_str(), line[6].as_str()), ("", "W452001234"));
    for number in ["W2A1000275", "W9R1011072"] {
        let alone = written_as(&granted([]), &club(Some(("rna", number))));
        assert_eq!(
            alone,
            Err(vec![Unfit::BeneficiaryNumberRefused]),
            "{number}"
        );
        let mut both = club(Some(("rna", number)));
        let siret = text("40229699000037");
        both.merged.fields.insert("siret".to_owned(), siret);
        let line = written_as(&granted([]), &both).expect("a line");
        assert_eq!((line[5].as_str(), line[6].as_str()), ("40229699000037", ""));
    }
    for club in [club(None), club(Some(("siret", "40229699000038")))] {
        assert_eq!(
            written_as(&granted([]), &club),
            Err(vec![Unfit::BeneficiaryNumberMissing])
        );
    }
}

#[test]
fn each_thing_that_the_schema_requires_keeps_a_line_back_by_its_own_reason() {
    let club = club(Some(("siret", "40229699000037")));
    let long = |count: usize| Some(text(&"é".repeat(count)));
    let amount = |amount: i64| Some(written(&[Value::decimal(amount, 2)]));
    let disputed = written(&[Value::decimal(1, 0), Value::decimal(2, 0)]);
    for (name, field, unfit) in [
        ("agreed_on", None, Unfit::AgreementMissing),
        ("aid_number", long(6), Unfit::AidNumberLong),
        ("amount_granted", None, Unfit::AmountMissing),
        ("amount_granted", amount(0), Unfit::AmountMissing),
        ("amount_granted", Some(disputed), Unfit::Conflict),
        ("grant_nature", None, Unfit::NatureMissing),
        ("grant_nature", Some(set(&["prêt"])), Unfit::NatureMissing),
        ("grant_object", long(257), Unfit::ObjectLong),
        ("name", None, Unfit::ObjectMissing),
        ("paid_from", None, Unfit::PeriodMissing),
        ("paid_until", Some(day("2026-04-14")), Unfit::PeriodReversed),
        ("grant_share", amount(0), Unfit::ShareUnfit),
        ("grant_share", amount(101), Unfit::ShareUnfit),
        ("state_aid", None, Unfit::StateAidMissing),
        ("payment_terms", None, Unfit::TermsMissing),
        ("payment_terms", long(257), Unfit::TermsLong),
    ] {
        let refused = written_as(&granted([(name, field)]), &club);
        assert_eq!(refused, Err(vec![unfit]), "{name}");
        assert!(unfit.reason().ends_with('.') && !unfit.code().is_empty());
    }
    for (name, field) in [
        ("aid_number", long(5)),
        ("grant_object", long(256)),
        ("grant_share", amount(1)),
        ("grant_share", amount(100)),
        ("payment_terms", long(256)),
        ("paid_until", Some(day("2026-04-15"))),
    ] {
        assert!(
            written_as(&granted([(name, field)]), &club).is_ok(),
            "{name}"
        );
    }
}

#[test]
fn nobody_who_grants_or_gets_is_said_with_all_else_that_is_missing() {
    let application = granted([("agreed_on", None)]);
    let grant = Grant {
        application: &application,
        grantor: None,
        beneficiary: None,
        met: &BTreeSet::new(),
    };
    let expected = vec![
        Unfit::AgreementMissing,
        Unfit::BeneficiaryMissing,
        Unfit::GrantorMissing,
        Unfit::GrantorNumberMissing,
    ];
    assert_eq!(line(&grant), Err(expected));
    assert!(is_granted(&application));
    let refused = written(&[Value::Term("refusee".to_owned())]);
    assert!(!is_granted(&granted([("decision", Some(refused))])));
    assert!(!is_granted(&granted([("decision", None)])));
}

fn led(to: &[u8]) -> Field {
    let values: Vec<_> = to
        .iter()
        .map(|to| Value::Record(RecordId::from_bytes([*to; 16])))
        .collect();
    written(&values)
}

/// Records by the byte of their id: an issuer, its call, a holder, its initiative, an organiser and its event.
fn census() -> BTreeMap<u8, RecordView> {
    let call = view("call", [("name", text("Appel")), ("issuer", led(&[1]))]);
    let initiative = view(
        "initiative",
        [("name", text("Stages")), ("holder", led(&[3]))],
    );
    let event = view("event", [("name", text("Fête")), ("organiser", led(&[3]))]);
    let club = club(Some(("siret", "35600000009075")));
    [
        (1, region()),
        (2, call),
        (3, club),
        (4, initiative),
        (5, event),
    ]
    .into()
}

/// What keeps an application back, its parties being found in this census.
fn kept_back(application: &RecordView, census: &BTreeMap<u8, RecordView>) -> Vec<Unfit> {
    let find = |record: &RecordId| Ok::<_, Infallible>(census.get(&record.as_bytes()[0]).cloned());
    let Ok(parties) = Parties::of(application, find);
    line(&parties.grant(application)).err().unwrap_or_default()
}

#[test]
fn no_line_goes_by_a_link_that_partners_disagree_on_or_a_record_that_is_withdrawn() {
    let by_links = |candidate| {
        granted([
            ("call", Some(led(&[2]))),
            ("candidate", Some(led(&[candidate]))),
        ])
    };
    for candidate in [3, 4, 5] {
        assert_eq!(kept_back(&by_links(candidate), &census()), []);
    }
    for (field, to) in [
        ("call", &[2, 6][..]),
        ("candidate", &[4, 6]),
        ("grantor", &[1, 6]),
        ("beneficiary", &[3, 6]),
    ] {
        let mut application = by_links(4);
        let disputed = led(to);
        application.merged.fields.insert(field.to_owned(), disputed);
        assert_eq!(
            kept_back(&application, &census()),
            [Unfit::Conflict],
            "{field}"
        );
    }
    for (record, field, candidate) in [(2, "issuer", 4), (4, "holder", 4), (5, "organiser", 5)] {
        let mut census = census();
        let held = census.get_mut(&record).expect("one of them");
        let disputed = led(&[if field == "issuer" { 1 } else { 3 }, 6]);
        held.merged.fields.insert(field.to_owned(), disputed);
        let said = kept_back(&by_links(candidate), &census);
        assert_eq!(said, [Unfit::Conflict], "{field}");
    }
    for record in 1..=4 {
        let mut census = census();
        let held = census.get_mut(&record).expect("one of them");
        let fields = &mut held.merged.fields;
        fields.insert("withdrawn".to_owned(), text("erreur"));
        assert!(held.is_withdrawn());
        let said = kept_back(&by_links(4), &census);
        assert_eq!(said, [Unfit::Withdrawn], "{record}");
    }
    assert!(Unfit::Withdrawn.reason().ends_with('.'));
}

#[test]
fn a_name_that_is_published_as_the_object_and_a_decision_are_agreed_on() {
    let club = club(Some(("siret", "35600000009075")));
    let names = || {
        Some(written(&[
            Value::Text("Un".into()),
            Value::Text("Deux".into()),
        ]))
    };
    let disputed = granted([("name", names())]);
    assert_eq!(written_as(&disputed, &club), Err(vec![Unfit::Conflict]));
    let object = Some(text("Stages"));
    let named = granted([("name", names()), ("grant_object", object)]);
    assert!(written_as(&named, &club).is_ok(), "its name is not written");
    let term = |term: &str| Value::Term(term.to_owned());
    for decisions in [["accordee", "refusee"], ["refusee", "accordee"]] {
        let decisions = written(&decisions.map(term));
        let application = granted([("decision", Some(decisions))]);
        assert!(is_granted(&application), "it is told of");
        assert_eq!(written_as(&application, &club), Err(vec![Unfit::Conflict]));
    }
}
