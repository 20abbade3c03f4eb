//! Tables for people: every field of every kind leaves in words, and the same file again changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::governance::Act;
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::profile::Text;
use crdt_schema::record::{KINDS, Kind, Row, Shape, Vocabulary, vocabulary_named};
use crdt_schema::register::{LAST_YEAR, Territories};
use crdt_schema::vocabulary::{
    Declaration, Declared, DeclaredField, DeclaredTerm, OwnShape, Standing, Words,
};
use exchange::export::{Reach, Sheets, Spreadsheet, Worded, extras, linked};
use exchange::{Choices, Report, Settings, Strictness, Table};

use crate::census::Memory;
use crate::made::open_sheet;
use crate::there_and_back::hold;

const LANGUAGES: [&str; 2] = ["fr", "en"];

/// Words that could be mistaken: a term that is called as another one is written, one with signs that part sets, one that would say that
/// nothing is known, and a field of the federation's own that is called like one of ours.
fn words() -> Words {
    let term = |code: &str, fr: &str| {
        Declared::Term(DeclaredTerm {
            vocabulary: "themes".to_owned(),
            code: code.to_owned(),
            wording: Text::new(fr, fr),
            broader: None,
            standing: Standing::Current,
            data_inclusion: Vec::new(),
        })
    };
    let own = |name: &str, fr: &str, shape: OwnShape| {
        Declared::Field(DeclaredField {
            kind: "initiative".to_owned(),
            section: "identity".to_owned(),
            name: name.to_owned(),
            shape,
            wording: Text::new(fr, fr),
            hint: Text::new("Par exemple « 12 ».", "For example “12”."),
            is_public: true,
        })
    };
    let themes = vocabulary_named("themes").expect("one of ours");
    let hidden = Declared::Hidden {
        kind: "initiative".to_owned(),
        field: "opening_hours".to_owned(),
        is_hidden: true,
    };
    let acts = [
        term("sport-sante", "Sport"),
        term("logement", "Se loger ; habiter, vivre"),
        term("culture", "Culture | arts"),
        term("rien", "NC"),
        own("x_budget", "Budget total (€)", OwnShape::Decimal),
        own("x_autres_themes", "Nom", OwnShape::Terms(themes)),
        hidden,
    ];
    let bodies = acts.map(|declared| {
        let replaces = Vec::new();
        match (Declaration { declared, replaces }).to_act() {
            Act::Vocabulary { body, .. } => body,
            other => panic!("{other:?}"),
        }
    });
    let bodies = bodies.iter().zip(1..);
    Words::of(bodies.map(|(body, number)| (ItemId::from_bytes([number; 16]), body)))
}

/// The terms of a vocabulary, one for each record and all of them in the last.
fn terms(words: &Words, vocabulary: &'static Vocabulary, place: usize) -> Vec<String> {
    let all = words.terms(vocabulary);
    match all.get(place) {
        Some(term) => vec![term.code.to_owned()],
        None => all.iter().map(|term| term.code.to_owned()).collect(),
    }
}

fn wanted(words: &Words, shape: &Shape, place: usize, other: &RecordId) -> Wanted {
    let text = |text: &str| Wanted::Value(Value::Text(text.to_owned()));
    let set = |terms: &[&str]| Wanted::Terms(terms.iter().map(|term| (*term).to_owned()).collect());
    match shape {
        Shape::Boolean => Wanted::Value(Value::Boolean(place.is_multiple_of(2))),
        Shape::Commune => text("45155"),
        Shape::Date => Wanted::Value(Value::Date("2026-05-17".to_owned())),
        Shape::Decimal => Wanted::Value(Value::decimal(-1_250_050, 2)),
        Shape::Folio => text("178/236"),
        Shape::Email => text("accueil@mairie.example"),
        Shape::Instant => Wanted::Value(Value::Instant(1_779_006_600_000)),
        Shape::Integer => Wanted::Value(Value::Integer(2026)),
        Shape::Link => text("https://exemple.fr/a?b=c"),
        Shape::LongText => Wanted::Text("Un ; deux\n=trois \"quatre\"".to_owned()),
        Shape::OpeningHours => text("Mo-Fr 09:00-12:00"),
        Shape::Outline => {
            text(r#"{"type":"Polygon","coordinates":[[[2,47],[3,47],[3,48],[2,47]]]}"#)
        }
        Shape::OfficialCode => text("45155"),
        Shape::Pacific => text("0123456001"),
        Shape::Phone => text("+33261910012"),
        Shape::Point => Wanted::Value(Value::Point {
            latitude_e7: 476_853_000,
            longitude_e7: 26_306_000,
        }),
        Shape::PostalCode => text("45500"),
        Shape::Prefecture => text("0451001234"),
        Shape::Qpv => text("QN00103M"),
        Shape::Record(_) => Wanted::Value(Value::Record(*other)),
        Shape::Records(_) => set(&[&other.to_string(), &"ab".repeat(16)]),
        Shape::Rna => text("W452001234"),
        Shape::Rows(rows) => {
            let cells = rows.columns.iter().map(|column| match column.shape {
                Shape::Commune => (column.name, "45155".to_owned()),
                Shape::Date => (column.name, "2026-05-17".to_owned()),
                Shape::Decimal => (column.name, "1250.5".to_owned()),
                Shape::Integer => (column.name, "2026".to_owned()),
                Shape::Point => (column.name, "47.69, 2.63".to_owned()),
                Shape::PostalCode => (column.name, "45500".to_owned()),
                Shape::Record(_) => (column.name, other.to_string()),
                Shape::Term(vocabulary) => (column.name, vocabulary.terms[0].code.to_owned()),
                _ => (column.name, "Été ; \"à Gien\" | suite".to_owned()),
            });
            let cells = cells.map(|(name, text)| (name.to_owned(), text.into()));
            let row = Row::of("a1", cells.collect()).expect("short enough");
            set(&[&row.term(), r#"{"id":"b2","inconnu":[1]}"#, "pas une ligne"])
        }
        Shape::Siren => text("402296990"),
        Shape::Siret => text("40229699000037"),
        Shape::Term(vocabulary) => {
            let term = terms(words, vocabulary, place).swap_remove(0);
            Wanted::Value(Value::Term(term))
        }
        Shape::Terms(vocabulary) => {
            Wanted::Terms(terms(words, vocabulary, place).into_iter().collect())
        }
        Shape::Text => text("Été 2026, à Gien ; suite"),
        Shape::Words => set(&["été 2026", "mobilité"]),
        Shape::Zones => set(&["COM-45155", "DEP-93", "REG-93"]),
    }
}

/// Records of one kind, with something in every field; as many as the longest list has terms, and one with all of them.
fn filled(words: &Words, kind: &'static Kind) -> Memory {
    let mut census = Memory::new(1);
    let mut other = RecordId::from_bytes([7; 16]);
    for place in 0..24 {
        let mut fields: BTreeMap<String, Wanted> = kind
            .fields()
            .map(|field| {
                let wanted = wanted(words, &field.shape, place, &other);
                (field.name.to_owned(), wanted)
            })
            .collect();
        for own in words.fields(kind.code) {
            let wanted = wanted(words, &own.shape.shape(), place, &other);
            fields.insert(own.name.clone(), wanted);
        }
        let text = |text: &str| Wanted::Value(Value::Text(text.to_owned()));
        fields.insert("name".to_owned(), text(&format!("Fiche {place} | =a")));
        fields.insert("x_note".to_owned(), text("une note"));
        if fields.contains_key("commune_name") {
            fields.insert("commune_name".to_owned(), text("Gien"));
        }
        let nonce = u8::try_from(place).expect("few");
        other = hold(&mut census, kind.code, nonce, Draft { fields });
    }
    census
}

/// The names that a caller looks up.
fn names(census: &Memory) -> BTreeMap<RecordId, String> {
    let name = |view: &crdt_schema::view::RecordView| {
        let held = view.field("name").and_then(|held| held.winner());
        match held.map(|written| written.value.clone()) {
            Some(Value::Text(name)) => name,
            other => panic!("{other:?}"),
        }
    };
    let names = census.views().map(|view| (view.record, name(view)));
    names.collect()
}

fn spreadsheet(words: &Words, language: &str, kind: &'static Kind, census: &Memory) -> Vec<u8> {
    let extras = extras(kind, census.views());
    let worded = Worded { words, language };
    let mut file =
        Spreadsheet::new(Vec::new(), kind, &extras, Reach::Partners, worded).expect("memory");
    let names = names(census);
    for view in census.views() {
        file.record(view, &names).expect("memory");
    }
    file.finish().expect("memory")
}

fn workbook(words: &Words, language: &str, kind: &'static Kind, census: &Memory) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let kinds = [(kind, extras(kind, census.views()))];
    let worded = Worded { words, language };
    let mut sheets =
        Sheets::new(folder.path(), &kinds, Reach::Partners, worded).expect("a workbook");
    let names = names(census);
    for view in census.views() {
        sheets.record(view, &names).expect("a row");
    }
    sheets.finish(Vec::new()).expect("memory")
}

fn import(words: &Words, table: Table, census: &mut Memory) -> Report {
    let settings = Settings {
        source: "essai",
        kind: None,
        wishes: &[],
        confirmed: &[],
        lists: Territories::shared(),
        year: LAST_YEAR,
        strictness: Strictness::Row,
        has_contacts: false,
        words,
    };
    census.import(table, settings)
}

fn table(bytes: Vec<u8>) -> Table {
    Table::read(Cursor::new(bytes), &Choices::default()).expect("our own")
}

#[test]
fn every_field_of_every_kind_comes_back_from_both_tables_and_changes_nothing() {
    let words = words();
    for kind in KINDS {
        let mut census = filled(&words, kind);
        for language in LANGUAGES {
            let sheet = workbook(&words, language, kind, &census);
            let plural = kind.plural.in_language(language);
            let tables = [
                table(spreadsheet(&words, language, kind, &census)),
                open_sheet(&sheet, plural).expect("its sheet"),
            ];
            for table in tables {
                let report = import(&words, table, &mut census);
                assert_eq!(report.kind, Some(kind.code));
                assert_eq!(
                    (report.rows, report.unchanged),
                    (24, 24),
                    "{} {language}: {:#?}",
                    kind.code,
                    report.problems
                );
                let mut codes = report.notices.iter().map(|one| one.problem.code);
                let is_of_links =
                    |code: &str| ["field_hidden", "link_name_differs"].contains(&code);
                assert!(
                    !codes.any(is_of_links),
                    "{}: {:#?}",
                    kind.code,
                    report.notices
                );
            }
        }
    }
}

/// One row by its headers.
fn row(bytes: Vec<u8>, place: usize) -> BTreeMap<String, String> {
    let mut table = table(bytes);
    let headers: Vec<String> = table
        .columns()
        .iter()
        .map(|column| column.name.clone())
        .collect();
    let once: BTreeSet<&String> = headers.iter().collect();
    assert_eq!(once.len(), headers.len(), "{headers:?}");
    let row = table.nth(place).expect("a row").expect("even");
    headers.into_iter().zip(row.cells).collect()
}

#[test]
fn columns_and_terms_are_words_links_have_names_and_hidden_fields_are_not_there() {
    let words = words();
    let kind = Kind::parse("initiative").expect("a kind");
    let census = filled(&words, kind);
    let named = names(&census);
    let mut of_sport = census.views().enumerate().filter(|(_, view)| {
        let themes = view.field("themes").expect("filled");
        themes.terms.len() == 1 && themes.terms.contains_key("environnement")
    });
    let (place, view) = of_sport.next().expect("one of them");
    let holder = *linked(view)
        .iter()
        .find(|record| named.contains_key(record))
        .expect("it leads to another");
    let french = row(spreadsheet(&words, "fr", kind, &census), place);
    for (header, said) in [
        (
            "Fiche [record.initiative]",
            view.record.to_string().as_str(),
        ),
        ("Nom", named[&view.record].as_str()),
        ("Thématiques", "Environnement"),
        ("Porteur", holder.to_string().as_str()),
        ("Porteur : nom [holder.name]", named[&holder].as_str()),
        ("Téléphone de l'organisme", "02 61 91 00 12"),
        ("Début", "17/05/2026"),
        ("Budget total (€)", "-12500,5"),
        ("Budget total (€) [x_budget]", "-12500,5"),
        ("Nom [x_autres_themes]", "Environnement"),
        ("x_note", "une note"),
        ("Champs en conflit [conflicts]", ""),
    ] {
        assert_eq!(
            french.get(header).map(String::as_str),
            Some(said),
            "{header}"
        );
    }
    assert!(!french.keys().any(|header| header.contains("Horaires")));
    let english = row(spreadsheet(&words, "en", kind, &census), place);
    assert_eq!(english["Themes"], "Environment");
    assert_eq!(english["Holder: name [holder.name]"], named[&holder]);
    assert_eq!(
        english["Record [record.initiative]"],
        view.record.to_string()
    );
}

#[test]
fn a_term_whose_words_mean_another_or_nothing_is_written_as_its_code() {
    let words = words();
    let kind = Kind::parse("initiative").expect("a kind");
    let mut census = Memory::new(1);
    let name = Wanted::Value(Value::Text("Atelier".to_owned()));
    let all = [
        "sport",
        "sport-sante",
        "logement",
        "culture",
        "rien",
        "sante",
    ];
    let themes = Wanted::Terms(all.map(str::to_owned).into());
    let fields = [("name".to_owned(), name), ("themes".to_owned(), themes)].into();
    hold(&mut census, "initiative", 1, Draft { fields });
    let said = row(spreadsheet(&words, "fr", kind, &census), 0);
    let themes: BTreeSet<&str> = said["Thématiques"].split('|').collect();
    let expected = BTreeSet::from([
        "sport",
        "Sport",
        "Se loger ; habiter, vivre",
        "culture",
        "rien",
        "Santé",
    ]);
    assert_eq!(themes, expected);
}

#[test]
fn what_a_person_corrects_in_words_is_what_changes() {
    let words = Words::shipped();
    let kind = Kind::parse("initiative").expect("a kind");
    let mut census = Memory::new(1);
    let text = |text: &str| Wanted::Value(Value::Text(text.to_owned()));
    let fields = [
        ("name".to_owned(), text("Atelier")),
        (
            "cost".to_owned(),
            Wanted::Value(Value::Term("gratuit".to_owned())),
        ),
    ];
    let record = hold(
        &mut census,
        "initiative",
        1,
        Draft {
            fields: fields.into(),
        },
    );
    let file = String::from_utf8(spreadsheet(words, "fr", kind, &census)).expect("UTF-8");
    assert!(file.contains(";Gratuit;"));
    let corrected = file.replace(";Gratuit;", ";Payant;").into_bytes();
    let report = import(words, table(corrected), &mut census);
    assert_eq!(
        (report.changed, report.refused),
        (1, 0),
        "{:#?}",
        report.problems
    );
    let view = census.views().find(|view| view.record == record);
    let cost = view.and_then(|view| view.field("cost")?.winner());
    assert_eq!(
        cost.map(|written| &written.value),
        Some(&Value::Term("payant".to_owned()))
    );
    let wrong = file.replace(";Gratuit;", ";Offert;").into_bytes();
    let report = import(words, table(wrong), &mut census);
    assert_eq!(report.refused, 1);
    assert_eq!(report.problems[0].problem.column.as_deref(), Some("Frais"));
}

#[test]
fn a_name_beside_an_identifier_is_the_link_where_it_stands_alone_and_else_is_compared() {
    let words = Words::shipped();
    let kind = Kind::parse("initiative").expect("a kind");
    let mut census = Memory::new(1);
    let text = |text: &str| Wanted::Value(Value::Text(text.to_owned()));
    let mut named = |code: &str, nonce: u8, name: &str, holder: Option<RecordId>| {
        let mut fields = BTreeMap::from([("name".to_owned(), text(name))]);
        if let Some(holder) = holder {
            let holder = Wanted::Value(Value::Record(holder));
            fields.insert("holder".to_owned(), holder);
        }
        hold(&mut census, code, nonce, Draft { fields })
    };
    let archers = named("actor", 1, "Les Archers", None);
    let cercle = named("actor", 2, "Le Cercle", None);
    let atelier = named("initiative", 3, "Atelier", Some(archers));
    let id = format!("\"{archers}\"");
    let names = names(&census);
    let worded = Worded {
        words,
        language: "fr",
    };
    let view = census.views().find(|view| view.record == atelier);
    let view = view.expect("held").clone();
    let mut file = Spreadsheet::new(Vec::new(), kind, &BTreeSet::new(), Reach::Partners, worded)
        .expect("memory");
    file.record(&view, &names).expect("memory");
    let file = String::from_utf8(file.finish().expect("memory")).expect("UTF-8");
    assert!(file.contains(&format!("Les Archers;{id}")), "{file}");
    let holder = |census: &Memory| {
        let view = census.views().find(|view| view.record == atelier);
        view.and_then(|view| Some(view.field("holder")?.winner()?.value.clone()))
    };
    // The name alone was changed: the identifier counts, and that is said.
    let corrected = file.replace("Les Archers;", "Le Cercle;");
    let report = import(words, table(corrected.into_bytes()), &mut census);
    assert_eq!((report.unchanged, report.refused), (1, 0));
    let said: Vec<_> = report.notices.iter().map(|one| &one.problem).collect();
    let said: Vec<_> = said
        .iter()
        .filter(|one| one.code == "link_name_differs")
        .collect();
    assert_eq!(said.len(), 1, "{:#?}", report.notices);
    assert_eq!((said[0].line, said[0].value.as_str()), (2, "Le Cercle"));
    assert_eq!(
        said[0].column.as_deref(),
        Some("Porteur : nom [holder.name]")
    );
    assert!(said[0].reason.contains("« Les Archers »"));
    assert_eq!(holder(&census), Some(Value::Record(archers)));
    // Without an identifier, the name says which record is meant.
    let corrected = file.replace(&format!("Les Archers;{id}"), "le cercle;");
    let report = import(words, table(corrected.into_bytes()), &mut census);
    assert_eq!(
        (report.changed, report.refused),
        (1, 0),
        "{:#?}",
        report.problems
    );
    assert_eq!(holder(&census), Some(Value::Record(cercle)));
    let corrected = file.replace(&format!("Les Archers;{id}"), "Personne;");
    let report = import(words, table(corrected.into_bytes()), &mut census);
    assert_eq!(report.refused, 1);
    assert_eq!(report.problems[0].problem.code, "link_unknown");
}

#[test]
fn a_column_that_fills_a_hidden_field_is_imported_and_said() {
    let words = words();
    let mut census = Memory::new(1);
    let file = "record.initiative,name,opening_hours\n,Atelier,Mo 09:00-12:00\n";
    let settings = Settings {
        source: "essai",
        kind: Kind::parse("initiative"),
        wishes: &[],
        confirmed: &[],
        lists: Territories::shared(),
        year: LAST_YEAR,
        strictness: Strictness::Row,
        has_contacts: false,
        words: &words,
    };
    let report = census.import(table(file.into()), settings);
    assert_eq!(
        (report.new, report.refused),
        (1, 0),
        "{:#?}",
        report.problems
    );
    let is_it = |one: &&exchange::Reported| one.problem.code == "field_hidden";
    let said: Vec<_> = report.notices.iter().filter(is_it).collect();
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].problem.column.as_deref(), Some("opening_hours"));
    let view = census.views().next().expect("made");
    assert!(view.field("opening_hours").is_some());
}
