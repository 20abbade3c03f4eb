//! Files that are older than the census: what they say, records said before somebody edited them. The newer stays, and the report says so.
//! The records are invented but for the codes of real places.

use std::ops::ControlFlow;
use std::time::Duration;

use admin_ui::files::{Form, Import, Imported, Request};
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::{Field, Value};
use crdt_schema::id::RecordId;
use crdt_schema::record::Kind;
use crdt_schema::time::Timestamp;
use replica::Saving;

use crate::taken_back::{Office, counts};

const CLUBS: &str = "id;nom;code_insee;adresse;telephone;description;thematiques\n\
    7;Maison sport-santé;45155;1 rue Inventée;02 61 91 00 12;Longue.;sport\n\
    8;Atelier vélo;45155;;;;\n";
const EVENTS: &str = "id;nom;dtstart;dtend;commune;adresse;description\n\
    1;Fête inventée;2026-06-21T18:30:00+02:00;2026-06-21T20:00:00+02:00;45155;1 rue Inventée;Avec musique.\n";

fn text(text: &str) -> Wanted {
    Wanted::Value(Value::Text(text.to_owned()))
}

/// Our own organisation edits a record.
fn edit(office: &Office, record: RecordId, fields: &[(&str, Wanted)]) {
    let reader = office.node.replica.read().expect("a snapshot");
    let view = reader.record(&record).expect("readable").expect("held");
    let fields = fields.iter();
    let draft = Draft {
        fields: fields
            .map(|(name, wanted)| ((*name).to_owned(), wanted.clone()))
            .collect(),
    };
    let saved = office.node.replica.save(Saving::over(&view, draft));
    saved.expect("it is written");
    office.settle();
}

fn held(office: &Office, record: &RecordId, field: &str) -> Field {
    let reader = office.node.replica.read().expect("a snapshot");
    let view = reader.record(record).expect("readable").expect("held");
    view.field(field).cloned().unwrap_or_default()
}

fn import(office: &Office, name: &str, kind: Option<&str>, bytes: &[u8]) -> Imported {
    let imported = office.import_as(name, kind, bytes);
    office.settle();
    imported
}

/// Imports a file with these columns of it confirmed.
fn confirmed(office: &Office, file: (&str, Option<&str>, &[u8]), columns: &[&str]) -> Imported {
    let pair = |column: &&str| ((*column).to_owned(), "edited_since".to_owned());
    let confirmed: Vec<_> = columns.iter().map(pair).collect();
    let request = Request {
        by: "camille",
        at: Timestamp::from_millis(1),
    };
    let held = (&*office.node.replica, &office.local);
    let imported = office.with(file, |wanted| {
        let wanted = Import {
            confirmed: &confirmed,
            ..*wanted
        };
        wanted.run(held, request, &mut |_| ControlFlow::Continue(()))
    });
    office.settle();
    imported
}

/// The codes of what is said of single rows, with their columns.
fn said(imported: &Imported) -> Vec<(&'static str, String)> {
    let of_rows = imported.report.problems.iter();
    let of_rows = of_rows.map(|one| {
        let column = one.problem.column.clone();
        (one.problem.code, column.unwrap_or_default())
    });
    let mut of_rows: Vec<_> = of_rows.collect();
    of_rows.sort();
    of_rows
}

#[test]
fn an_older_copy_of_our_own_table_takes_no_edit_back() {
    for (form, name, title) in [
        (Form::Csv, "copie.csv", "name"),
        (Form::Json, "copie.json", "name"),
        (Form::Workbook, "copie.xlsx", "Nom"),
    ] {
        let office = Office::of(1);
        import(&office, "clubs.csv", Some("actor"), CLUBS.as_bytes());
        let copy = office.exported_of(form, Kind::parse("actor"));
        let record = office.record("Maison sport-santé");
        let edits = [
            ("name", text("Maison du sport")),
            (
                "description",
                Wanted::Text("Longue, et plus encore.".to_owned()),
            ),
            ("phone", Wanted::Nothing),
            ("themes", Wanted::Terms(["sante".to_owned()].into())),
        ];
        edit(&office, record, &edits);
        let entries = office.node.entries().len();

        let again = import(&office, name, Some("actor"), &copy);
        assert_eq!(counts(&again), [0, 0, 2, 0], "{name}: {:?}", said(&again));
        assert_eq!(office.node.entries().len(), entries, "nothing is signed");
        let codes = said(&again);
        assert!(
            codes.iter().all(|(code, _)| *code == "edited_since"),
            "{codes:?}"
        );
        assert_eq!(codes.len(), edits.len(), "{name}: {codes:?}");
        for (field, wanted) in &edits {
            assert_eq!(
                Wanted::of(&held(&office, &record, field)),
                *wanted,
                "{name}: {field}"
            );
        }

        // Whoever wants the file's value confirms its column, and takes nothing else with it.
        let file = (name, Some("actor"), &copy[..]);
        let taken = confirmed(&office, file, &[title]);
        assert_eq!(counts(&taken), [0, 1, 1, 0], "{name}: {:?}", said(&taken));
        assert_eq!(office.node.names(&record), ["Maison sport-santé"]);
        let description = held(&office, &record, "description");
        assert_eq!(Wanted::of(&description), edits[1].1);
    }
}

#[test]
fn an_older_copy_of_our_own_calendar_takes_no_edit_back() {
    let office = Office::of(1);
    import(&office, "fetes.csv", Some("event"), EVENTS.as_bytes());
    let copy = office.exported_of(Form::Calendar, None);
    let record = office.record("Fête inventée");
    let edits = [
        ("name", text("Fête de la musique inventée")),
        ("address", text("2 place Inventée")),
        ("description", Wanted::Text("Sans musique.".to_owned())),
    ];
    edit(&office, record, &edits);
    let entries = office.node.entries().len();
    let again = import(&office, "copie.ics", Some("event"), &copy);
    assert_eq!(counts(&again), [0, 0, 1, 0], "{:?}", said(&again));
    assert_eq!(office.node.entries().len(), entries, "nothing is signed");
    let columns = ["DESCRIPTION", "LOCATION", "SUMMARY"];
    assert_eq!(
        said(&again),
        columns.map(|column| ("edited_since", column.to_owned()))
    );
    for (field, wanted) in &edits {
        assert_eq!(
            Wanted::of(&held(&office, &record, field)),
            *wanted,
            "{field}"
        );
    }
    let file = ("copie.ics", Some("event"), &copy[..]);
    let taken = confirmed(&office, file, &["SUMMARY"]);
    assert_eq!(counts(&taken), [0, 1, 0, 0], "{:?}", said(&taken));
    assert_eq!(office.node.names(&record), ["Fête inventée"]);
}

#[test]
fn what_a_person_corrects_in_an_older_copy_is_taken() {
    let office = Office::of(1);
    import(&office, "clubs.csv", Some("actor"), CLUBS.as_bytes());
    let copy = office.exported_of(Form::Csv, Kind::parse("actor"));
    let record = office.record("Maison sport-santé");
    edit(&office, record, &[("name", text("Maison du sport"))]);
    let copy = String::from_utf8(copy)
        .expect("is text")
        .replace("1 rue Inventée", "3 rue Inventée");
    let taken = import(&office, "copie.csv", Some("actor"), copy.as_bytes());
    assert_eq!(counts(&taken), [0, 1, 1, 0], "{:?}", said(&taken));
    assert_eq!(office.node.names(&record), ["Maison du sport"]);
    assert_eq!(
        Wanted::of(&held(&office, &record, "address")),
        text("3 rue Inventée")
    );
}

#[test]
fn a_partners_correction_of_an_official_list_stays_where_another_node_loads_the_list() {
    let list = r#"[
        {"code":"45155","nom":"Gien","zone":"metro","departement":"45","region":"24","type":"commune-actuelle","codesPostaux":["45500"],"population":13500},
        {"code":"45053","nom":"Briare","zone":"metro","departement":"45","region":"24","type":"commune-actuelle","codesPostaux":["45250"],"population":5400}
    ]"#;
    let load = |office: &Office, list: &str| {
        let request = Request {
            by: "camille",
            at: Timestamp::from_millis(1),
        };
        let held = (&*office.node.replica, &office.local);
        let loaded = office.with(("communes.json", None, list.as_bytes()), |wanted| {
            let wanted = Import {
                list_year: Some(2026),
                ..*wanted
            };
            wanted.run(held, request, &mut |_| ControlFlow::Continue(()))
        });
        office.settle();
        loaded
    };
    let office = Office::of(1);
    assert_eq!(counts(&load(&office, list)), [2, 0, 0, 0]);
    let record = office.record("Gien");
    edit(
        &office,
        record,
        &[("population", Wanted::Value(Value::Integer(13_650)))],
    );
    let other = Office::of(2);
    other.node.take_all(&office.node);
    assert!(other.node.replica.wait_for_views(Duration::from_secs(60)));

    let again = load(&other, list);
    assert_eq!(counts(&again), [0, 0, 2, 0], "{:?}", said(&again));
    let codes: Vec<_> = said(&again).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["edited_since"]);
    let population = Wanted::of(&held(&other, &record, "population"));
    assert_eq!(population, Wanted::Value(Value::Integer(13_650)));
    // What the list says anew is taken, and said.
    let newer = load(&other, &list.replace("13500", "13700"));
    assert_eq!(counts(&newer), [0, 1, 1, 0], "{:?}", said(&newer));
    let codes: Vec<_> = said(&newer).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["partner_value"]);
}

#[test]
fn what_an_import_that_was_taken_back_wrote_can_be_imported_again() {
    let office = Office::of(1);
    import(&office, "clubs.csv", Some("actor"), CLUBS.as_bytes());
    let record = office.record("Atelier vélo");
    let newer = CLUBS.replace("Atelier vélo", "Atelier du vélo");
    let second = import(&office, "clubs.csv", Some("actor"), newer.as_bytes());
    let number = second.number.expect("it signed something");
    office.undo(number).expect("undone");
    assert_eq!(office.node.names(&record), ["Atelier vélo"]);
    let again = import(&office, "clubs.csv", Some("actor"), newer.as_bytes());
    assert_eq!(counts(&again), [0, 1, 1, 0], "{:?}", said(&again));
    assert_eq!(office.node.names(&record), ["Atelier du vélo"]);
}

#[test]
fn a_link_by_a_former_name_leads_to_the_one_record_that_had_it() {
    let office = Office::of(1);
    import(&office, "clubs.csv", Some("actor"), CLUBS.as_bytes());
    let record = office.record("Atelier vélo");
    edit(&office, record, &[("name", text("Les Roues de Gien"))]);
    let actions = "id;nom;holder\n1;Tournoi inventé;atelier velo\n";
    let made = import(
        &office,
        "actions.csv",
        Some("initiative"),
        actions.as_bytes(),
    );
    assert_eq!(counts(&made), [1, 0, 0, 0], "{:?}", said(&made));
    let holder = held(&office, &office.record("Tournoi inventé"), "holder");
    assert_eq!(Wanted::of(&holder), Wanted::Value(Value::Record(record)));
    let said_once: Vec<_> = made
        .report
        .problems
        .iter()
        .chain(&made.report.notices)
        .collect();
    let former = said_once
        .iter()
        .find(|one| one.problem.code == "link_former_name");
    let former = &former.expect("it is said").problem;
    assert!(
        former.reason.contains("« Les Roues de Gien »"),
        "{}",
        former.reason
    );

    // A name that two records had, or that one has now, is told from none of them by its past.
    let other = office.record("Maison sport-santé");
    edit(&office, other, &[("name", text("Atelier vélo"))]);
    edit(&office, other, &[("name", text("Maison sport-santé"))]);
    let refused = import(
        &office,
        "autres.csv",
        Some("initiative"),
        actions.as_bytes(),
    );
    assert_eq!(counts(&refused), [0, 0, 0, 1]);
    assert_eq!(said(&refused), [("link_unknown", "holder".to_owned())]);
    edit(&office, other, &[("name", text("Atelier vélo"))]);
    let made = import(
        &office,
        "autres.csv",
        Some("initiative"),
        actions.as_bytes(),
    );
    assert_eq!(counts(&made), [1, 0, 0, 0], "{:?}", said(&made));
}
