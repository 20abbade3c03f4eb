//! Cells that name other records: by identifier, number or name, in the census or in the same file.

mod census;

use std::io::Cursor;

use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::record::{Kind, withdrawing};
use crdt_schema::register::{LAST_YEAR, Territories};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use exchange::{Choices, PlannedEdit, Report, Settings, Strictness, Table};

use census::Memory;

/// Invented organisations; two have one name.
const ACTORS: &str = "nom;siret;rna;code_insee\n\
    Les Archers, du Val;40229699000037;;45155\n\
    Le Cercle inventé;;W133000001;45155\n\
    Amicale;;;45155\n\
    Amicale;;;93066\n";

fn table(file: &str) -> Table {
    Table::read(Cursor::new(file.to_owned()), &Choices::default()).expect("a table")
}

fn import(census: &mut Memory, kind: &str, file: &str, strictness: Strictness) -> Report {
    let pair = |column: &str, field: &str| (column.to_owned(), field.to_owned());
    let wishes = [
        pair("porteur", "holder"),
        pair("partenaires", "partners"),
        pair("tête", "parent"),
    ];
    let table_of = || table(file);
    let columns = table_of().columns().to_vec();
    let is_there = |name: &str| columns.iter().any(|column| column.name == name);
    let wishes: Vec<_> = wishes
        .into_iter()
        .filter(|(name, _)| is_there(name))
        .collect();
    let settings = Settings {
        source: kind,
        kind: Kind::parse(kind),
        wishes: &wishes,
        confirmed: &[],
        lists: Territories::shared(),
        year: LAST_YEAR,
        strictness,
        has_contacts: false,
        words: Words::shipped(),
    };
    if is_there("tête") {
        census.import_twice_read(table_of(), Some(table_of()), settings)
    } else {
        census.import(table_of(), settings)
    }
}

fn with_actors() -> Memory {
    let mut census = Memory::new(1);
    import(&mut census, "actor", ACTORS, Strictness::Row);
    assert_eq!(census.len(), 4);
    census
}

fn called<'a>(census: &'a Memory, name: &str) -> &'a RecordView {
    let is_it = |view: &&RecordView| match view.field("name").and_then(|held| held.winner()) {
        Some(written) => written.value == Value::Text(name.to_owned()),
        None => false,
    };
    census
        .views()
        .find(is_it)
        .unwrap_or_else(|| panic!("{name} is there"))
}

fn holder(view: &RecordView, field: &str) -> Option<RecordId> {
    match view.field(field)?.winner()?.value {
        Value::Record(record) => Some(record),
        _ => None,
    }
}

fn codes(report: &Report) -> Vec<(u64, &str, &str)> {
    let of = report.problems.iter().chain(&report.notices);
    of.map(|one| {
        (
            one.problem.line,
            one.problem.code,
            one.problem.value.as_str(),
        )
    })
    .collect()
}

#[test]
fn a_cell_names_its_holder_by_number_name_or_identifier() {
    let mut census = with_actors();
    let archers = called(&census, "Les Archers, du Val").record;
    let cells = [
        "402 296 990 00037".to_owned(),
        "LES ARCHERS,  DU VAL".to_owned(),
        archers.to_string(),
        format!("urn:uuid:{archers}"),
        format!("Un autre nom ({archers})"),
    ];
    for (place, cell) in cells.iter().enumerate() {
        let name = format!("Action {place}");
        let file = format!("nom;porteur\n{name};\"{cell}\"\n");
        let report = import(&mut census, "initiative", &file, Strictness::Row);
        assert_eq!((report.new, codes(&report)), (1, vec![]), "{cell}");
        assert_eq!(holder(called(&census, &name), "holder"), Some(archers));
    }
    let file = "nom;porteur\nAction W;w133000001\n";
    import(&mut census, "initiative", file, Strictness::Row);
    let cercle = called(&census, "Le Cercle inventé").record;
    assert_eq!(holder(called(&census, "Action W"), "holder"), Some(cercle));
}

#[test]
fn a_cell_may_name_several_partners_and_a_name_may_have_a_comma() {
    let mut census = with_actors();
    let [archers, cercle] =
        ["Les Archers, du Val", "Le Cercle inventé"].map(|name| called(&census, name).record);
    let cells = [
        ("Les Archers, du Val".to_owned(), vec![archers]),
        (
            "Les Archers, du Val|le cercle INVENTE".to_owned(),
            vec![archers, cercle],
        ),
        (
            "40229699000037, W133000001".to_owned(),
            vec![archers, cercle],
        ),
        (format!("Les Archers, du Val ({archers})"), vec![archers]),
        (
            format!("A ({archers}) | B ({cercle})"),
            vec![archers, cercle],
        ),
        (
            format!("A ({archers}), B ({cercle})"),
            vec![archers, cercle],
        ),
        (format!("{archers}|{cercle}"), vec![archers, cercle]),
    ];
    for (place, (cell, wanted)) in cells.iter().enumerate() {
        let name = format!("Action {place}");
        let file = format!("nom;partenaires\n{name};\"{cell}\"\n");
        let report = import(&mut census, "initiative", &file, Strictness::Row);
        assert_eq!((report.new, codes(&report)), (1, vec![]), "{cell}");
        let held = called(&census, &name).field("partners").expect("partners");
        let mut wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        wanted.sort();
        assert_eq!(
            held.terms.keys().cloned().collect::<Vec<_>>(),
            wanted,
            "{cell}"
        );
    }
}

#[test]
fn what_names_several_records_or_none_is_refused_with_what_to_do() {
    let mut census = with_actors();
    let file = "nom;porteur;partenaires\n\
        Un;amicale;\n\
        Deux;Personne;\n\
        Trois;;Le Cercle inventé|Personne\n\
        Quatre;40229699000038;\n";
    let report = import(&mut census, "initiative", file, Strictness::Row);
    assert_eq!((report.new, report.refused), (0, 4));
    assert_eq!(
        codes(&report),
        [
            (2, "link_several", "amicale"),
            (3, "link_unknown", "Personne"),
            (4, "link_unknown", "Personne"),
            (5, "link_unknown", "40229699000038"),
        ]
    );
    let offered = report.problems[0]
        .problem
        .suggestion
        .clone()
        .expect("candidates");
    let offered: Vec<&str> = offered.split(" / ").collect();
    assert_eq!(offered.len(), 2);
    assert!(report.problems[1].problem.reason.contains("(acteurs)"));
    // What is offered can be copied as it stands.
    let file = format!("nom;porteur\nUn;{}\n", offered[1]);
    let report = import(&mut census, "initiative", &file, Strictness::Row);
    assert_eq!(report.new, 1);
    let record = holder(called(&census, "Un"), "holder").expect("a holder");
    assert!(offered[1].contains(&record.to_string()));
}

#[test]
fn what_names_nothing_is_kept_beside_where_only_cells_are_refused() {
    let mut census = with_actors();
    let file = "nom;porteur\nUn;Personne\n";
    let report = import(&mut census, "initiative", file, Strictness::Cell);
    assert_eq!((report.new, report.refused), (1, 0));
    assert_eq!(codes(&report), [(2, "link_unknown", "Personne")]);
    let view = called(&census, "Un");
    assert_eq!(holder(view, "holder"), None);
    let kept = view.field("x_porteur").and_then(|held| held.winner());
    assert_eq!(
        kept.map(|written| &written.value),
        Some(&Value::Text("Personne".to_owned()))
    );
}

#[test]
fn a_row_names_another_row_of_its_file_wherever_it_stands() {
    let mut census = with_actors();
    let file = "nom;tête;code_insee\n\
        Section;fédération inventée;45155\n\
        Fédération inventée;Le Cercle inventé;\n\
        Groupe;Refusée;\n\
        Refusée;;00000\n";
    let report = import(&mut census, "actor", file, Strictness::Row);
    assert_eq!((report.new, report.refused), (2, 2), "{:?}", codes(&report));
    let above = called(&census, "Fédération inventée");
    let cercle = called(&census, "Le Cercle inventé").record;
    assert_eq!(holder(above, "parent"), Some(cercle));
    assert_eq!(
        holder(called(&census, "Section"), "parent"),
        Some(above.record)
    );
    // Nothing is named that will not be there.
    assert!(codes(&report).contains(&(4, "link_unknown", "Refusée")));
    // The same file again says nothing new, and names are those of one record.
    let again = import(&mut census, "actor", file, Strictness::Row);
    assert_eq!((again.new, again.changed, again.unchanged), (0, 0, 2));
}

#[test]
fn a_name_that_file_and_census_have_is_several() {
    let mut census = with_actors();
    let other = "nom;tête;code_insee\nLe cercle inventé;;93066\nSection;Le Cercle inventé;\n";
    let report = import(&mut census, "actor", other, Strictness::Row);
    assert_eq!(codes(&report), [(3, "link_several", "Le Cercle inventé")]);
    let offered = report.problems[0]
        .problem
        .suggestion
        .clone()
        .expect("candidates");
    assert!(offered.contains("ligne 2"), "{offered}");
}

#[test]
fn what_is_refused_for_its_own_link_is_named_by_no_other_row() {
    let mut census = with_actors();
    // Each of the first three names the next; the last one names nothing.
    let file = "nom;tête\nPetit;Moyen\nMoyen;Grand\nGrand;Personne\nAutre;Amont\nAmont;\n";
    let report = import(&mut census, "actor", file, Strictness::Row);
    assert_eq!(
        codes(&report),
        [
            (2, "link_unknown", "Moyen"),
            (3, "link_unknown", "Grand"),
            (4, "link_unknown", "Personne"),
        ]
    );
    let amont = called(&census, "Amont").record;
    assert_eq!(holder(called(&census, "Autre"), "parent"), Some(amont));
    // Where only cells are refused, each row makes its record.
    let report = import(&mut census, "actor", file, Strictness::Cell);
    assert_eq!(
        (report.new, codes(&report)),
        (3, vec![(4, "link_unknown", "Personne")])
    );
}

#[test]
fn a_record_that_is_withdrawn_leaves_its_name_to_the_one_that_stays() {
    let mut census = Memory::new(1);
    let twice = "nom;code_insee\nCercle;45155\nCercle;93066\n";
    import(&mut census, "actor", twice, Strictness::Row);
    let records: Vec<_> = census.views().map(|view| view.record).collect();
    let [gone, survivor] = records[..] else {
        panic!("two records");
    };
    let view = census.views().find(|view| view.record == gone);
    let view = view.expect("it is there").clone();
    let draft = withdrawing("doublon", Some(survivor));
    census.apply(PlannedEdit {
        line: 0,
        row: [0; 16],
        decided: None,
        record: gone,
        birth: None,
        base: view.heads.clone(),
        operations: draft.operations(view.fields()),
        draft,
        is_new: true,
    });
    let file = "nom;tête;code_insee\nCercle;;45155\nCercle;;93066\nSection;Cercle;\n";
    let report = import(&mut census, "actor", file, Strictness::Row);
    assert_eq!((report.new, report.refused), (1, 0), "{:?}", codes(&report));
    assert_eq!(holder(called(&census, "Section"), "parent"), Some(survivor));
}

#[test]
fn no_record_leads_to_itself() {
    let mut census = with_actors();
    let file = "nom;tête\nLe Seul;Le Seul\nAmont;\nLe Cercle inventé;Le Cercle inventé\n";
    let report = import(&mut census, "actor", file, Strictness::Row);
    assert_eq!(codes(&report), [(2, "link_unknown", "Le Seul")]);
    // One name is that of two: the other one is meant.
    let cercle = census.views().filter(|view| view.field("parent").is_some());
    let cercle: Vec<_> = cercle.collect();
    assert_eq!(cercle.len(), 1);
    assert_ne!(holder(cercle[0], "parent"), Some(cercle[0].record));
    let amont = called(&census, "Amont").record;
    let file = format!("record;nom;tête\n{amont};Amont;{amont}\n");
    let report = import(&mut census, "actor", &file, Strictness::Row);
    let amont = amont.to_string();
    assert_eq!(codes(&report), [(2, "link_itself", amont.as_str())]);
}

#[test]
fn an_identifier_is_that_of_a_record_of_the_right_kind() {
    let mut census = with_actors();
    import(
        &mut census,
        "initiative",
        "nom;note\nAction;x\n",
        Strictness::Row,
    );
    let action = called(&census, "Action").record.to_string();
    let absent = "0123456789abcdef0123456789abcdef";
    let file = format!("nom;porteur\nUn;{action}\nDeux;{absent}\n");
    let report = import(&mut census, "initiative", &file, Strictness::Row);
    assert_eq!(
        codes(&report),
        [
            (2, "link_of_another_kind", action.as_str()),
            (3, "link_unknown", absent),
        ]
    );
    let reason = &report.problems[0].problem.reason;
    assert!(reason.ends_with("convienne : acteurs."), "{reason}");
    // A record that is made anew from the same file is meant by the identifier that it had.
    let file = format!("record;nom;tête\n{absent};Amont;\n;Aval;{absent}\n");
    let report = import(&mut census, "actor", &file, Strictness::Row);
    assert_eq!((report.new, codes(&report)), (2, vec![]));
    let amont = called(&census, "Amont").record;
    assert_eq!(holder(called(&census, "Aval"), "parent"), Some(amont));
}
