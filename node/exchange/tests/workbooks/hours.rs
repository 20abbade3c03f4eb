//! Hours in tables for people: as a clock of their place says them, and the same file again changes nothing.

use std::collections::BTreeMap;
use std::io::Cursor;

use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::record::Kind;
use crdt_schema::register::{LAST_YEAR, Territories};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use exchange::export::{Csv, Reach, Sheets, Spreadsheet, Worded};
use exchange::{Choices, Report, Settings, Strictness, Table};

use crate::census::Memory;
use crate::there_and_back::hold;

/// 21 June 2026, 18:30 in Paris.
const EVENING: i64 = 1_782_059_400_000;
/// 21 June 2026, midnight in Paris.
const MIDNIGHT: i64 = EVENING - 66_600_000;
/// The second 2:30 of the night in which clocks go back in Paris.
const AGAIN: i64 = 1_792_891_800_000;

fn event() -> &'static Kind {
    Kind::parse("event").expect("one of ours")
}

fn text(text: &str) -> Wanted {
    Wanted::Value(Value::Text(text.to_owned()))
}

/// Events whose zone is said, is that of the commune, or is said by nothing.
fn census() -> Memory {
    let mut census = Memory::new(1);
    let events = [
        ("Dite", vec![("time_zone", "Indian/Reunion")], EVENING),
        ("Commune", vec![("commune", "97411")], EVENING),
        ("Sans lieu", vec![], EVENING),
        ("Minuit", vec![("commune", "45155")], MIDNIGHT),
        ("Bis", vec![("time_zone", "Europe/Paris")], AGAIN),
        ("Fausse", vec![("time_zone", "Europe/Lutece")], EVENING + 7),
    ];
    for (nonce, (name, said, starts)) in (1..).zip(events) {
        let said = said.iter().map(|(field, said)| (*field, text(said)));
        let hour = Wanted::Value(Value::Instant(starts));
        let fields = said.chain([("name", text(name)), ("starts_at", hour)]);
        let fields = fields.map(|(name, wanted)| (name.to_owned(), wanted));
        let draft = Draft {
            fields: fields.collect(),
        };
        hold(&mut census, "event", nonce, draft);
    }
    census
}

fn spreadsheet(census: &Memory) -> Vec<u8> {
    let worded = Worded {
        words: Words::shipped(),
        language: "fr",
    };
    let extras = Default::default();
    let mut file =
        Spreadsheet::new(Vec::new(), event(), &extras, Reach::Partners, worded).expect("memory");
    for view in census.views() {
        file.record(view, &BTreeMap::new()).expect("memory");
    }
    file.finish().expect("memory")
}

fn workbook(census: &Memory) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let worded = Worded {
        words: Words::shipped(),
        language: "fr",
    };
    let kinds = [(event(), Default::default())];
    let mut sheets =
        Sheets::new(folder.path(), &kinds, Reach::Partners, worded).expect("a workbook");
    for view in census.views() {
        sheets.record(view, &BTreeMap::new()).expect("a row");
    }
    sheets.finish(Vec::new()).expect("memory")
}

fn import(file: Vec<u8>, kind: Option<&'static Kind>, census: &mut Memory) -> Report {
    let table = Table::read(Cursor::new(file), &Choices::default()).expect("a table");
    let settings = Settings {
        source: "essai",
        kind,
        wishes: &[],
        confirmed: &[],
        lists: Territories::shared(),
        year: LAST_YEAR,
        strictness: Strictness::Row,
        has_contacts: false,
        words: Words::shipped(),
    };
    census.import(table, settings)
}

fn held(view: &RecordView, field: &str) -> Option<Value> {
    Some(view.field(field)?.winner()?.value.clone())
}

fn named<'c>(census: &'c Memory, name: &str) -> &'c RecordView {
    let mut views = census.views();
    let view = views.find(|view| held(view, "name") == Some(Value::Text(name.to_owned())));
    view.expect("an event of this name")
}

#[test]
fn hours_are_local_in_tables_for_people_and_the_file_again_changes_nothing() {
    let mut census = census();
    let file = String::from_utf8(spreadsheet(&census)).expect("UTF-8");
    for (name, hour) in [
        ("Dite", "21/06/2026 20:30"),
        ("Commune", "21/06/2026 20:30"),
        ("Sans lieu", "21/06/2026 18:30"),
        ("Minuit", "21/06/2026 00:00"),
        ("Bis", "2026-10-25T02:30+01:00"),
        ("Fausse", "2026-06-21T18:30:00.007"),
    ] {
        let line = file
            .lines()
            .skip(1)
            .find(|line| line.contains(&format!(";{name};")));
        let line = line.expect("its line");
        assert!(line.contains(&format!(";{hour};")), "{hour} in {line}");
    }
    for file in [file.into_bytes(), workbook(&census)] {
        let report = import(file, None, &mut census);
        assert_eq!((report.rows, report.unchanged), (6, 6), "{report:#?}");
        assert!(report.problems.is_empty(), "{:#?}", report.problems);
    }
    // A program gets what RFC 3339 says.
    let extras = Default::default();
    let mut machine = Csv::new(
        Vec::new(),
        event(),
        &extras,
        Reach::Partners,
        Words::shipped(),
    )
    .expect("memory");
    machine.record(named(&census, "Dite")).expect("memory");
    let machine = String::from_utf8(machine.finish().expect("memory")).expect("UTF-8");
    assert!(machine.contains("2026-06-21T16:30:00.000Z"), "{machine}");
}

#[test]
fn an_import_keeps_the_zone_in_which_it_read_an_hour() {
    let mut census = Memory::new(1);
    let file = "Nom;Début;Fin;Code INSEE;Fuseau horaire\n\
        Bal;21/06/2026 20:30;21/06/2026 23h;97411;\n\
        Fête;2026-06-21T18:30;;;\n\
        Marché;2026-06-21T16:30Z;;45155;\n\
        Foire;21/06/2026 13:30;;45155;America/Cayenne\n";
    let wishes = [("Début", "starts_at"), ("Fin", "ends_at")];
    let wishes = wishes.map(|(column, field)| (column.to_owned(), field.to_owned()));
    let import = |census: &mut Memory| {
        let table = Table::read(Cursor::new(file.as_bytes().to_vec()), &Choices::default());
        let settings = Settings {
            source: "essai",
            kind: Some(event()),
            wishes: &wishes,
            confirmed: &[],
            lists: Territories::shared(),
            year: LAST_YEAR,
            strictness: Strictness::Row,
            has_contacts: false,
            words: Words::shipped(),
        };
        census.import(table.expect("a table"), settings)
    };
    let report = import(&mut census);
    assert_eq!((report.rows, report.new), (4, 4), "{report:#?}");
    for (name, zone) in [
        ("Bal", Some("Indian/Reunion")),
        ("Fête", Some("Europe/Paris")),
        ("Marché", None),
        ("Foire", Some("America/Cayenne")),
    ] {
        let view = named(&census, name);
        let zone = zone.map(|zone| Value::Text(zone.to_owned()));
        assert_eq!(held(view, "time_zone"), zone, "{name}");
        assert_eq!(
            held(view, "starts_at"),
            Some(Value::Instant(EVENING)),
            "{name}"
        );
    }
    let report = import(&mut census);
    assert_eq!(report.unchanged, 4, "{report:#?}");
}
