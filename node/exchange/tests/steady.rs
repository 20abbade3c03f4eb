//! What keeps the record of a row, and its values, when a file comes again: columns that only values tell, columns that are there to be
//! read, and texts that the record has already.

mod census;

use std::io::Cursor;

use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::record::Kind;
use crdt_schema::register::{LAST_YEAR, Territories};
use crdt_schema::vocabulary::Words;
use exchange::{Choices, PlannedEdit, Report, Settings, Strictness, Table};

use census::Memory;

/// A file of which one cell is wrong: its second column is not recognised by its values.
const WITH_A_FAULT: &str = "Nom;Colonne2;Colonne3\n\
    Un;40229699000037;45155\n\
    Deux;55210055400005;45232\n\
    Trois;faux;93066\n\
    Quatre;13002526500005;faux\n";

fn whole() -> String {
    WITH_A_FAULT
        .replace("Trois;faux", "Trois;77567041700002")
        .replace(";faux", ";75056")
}

fn import_with(file: &str, wishes: &[(String, String)], census: &mut Memory) -> Report {
    let table = Table::read(Cursor::new(file.to_owned()), &Choices::default());
    let settings = Settings {
        source: "clubs",
        kind: Kind::parse("actor"),
        wishes,
        confirmed: &[],
        lists: Territories::shared(),
        year: LAST_YEAR,
        strictness: Strictness::Row,
        has_contacts: false,
        words: Words::shipped(),
    };
    census.import(table.expect("a table"), settings)
}

fn counts(report: &Report) -> [u64; 4] {
    [report.new, report.changed, report.unchanged, report.refused]
}

fn recognised(report: &Report) -> usize {
    let notices = report.notices.iter();
    let told = notices.filter(|one| one.problem.code == "column_recognised");
    told.count()
}

#[test]
fn a_column_that_its_values_tell_makes_no_row_new() {
    let whole = whole();
    let files = [WITH_A_FAULT, &whole];
    for order in [[0, 1, 0], [1, 0, 1], [1, 1, 0]] {
        let mut census = Memory::new(1);
        for (month, file) in order.into_iter().enumerate() {
            let report = import_with(files[file], &[], &mut census);
            assert_eq!(recognised(&report), [0, 2][file], "{order:?} {month}");
            let new = if month == 0 { 4 } else { 0 };
            assert_eq!((report.new, report.refused), (new, 0), "{order:?} {month}");
        }
        let numbered = census.views();
        let numbered = numbered.filter(|view| view.field("siret").is_some());
        assert_eq!(numbered.count(), 4, "it fills its field all the same");
    }
}

#[test]
fn what_a_person_says_of_a_column_that_its_values_tell_makes_no_row_new() {
    let said = [("Colonne2", "siret"), ("Colonne3", "commune")]
        .map(|(column, field)| (column.to_owned(), field.to_owned()));
    let file = whole();
    for first in [&said[..], &[]] {
        let mut census = Memory::new(1);
        assert_eq!(
            counts(&import_with(&file, first, &mut census)),
            [4, 0, 0, 0]
        );
        for wishes in [&[][..], &said] {
            let report = import_with(&file, wishes, &mut census);
            assert_eq!(counts(&report), [0, 0, 4, 0]);
        }
    }
}

#[test]
fn columns_of_ours_that_no_form_writes_are_left_out_and_what_is_held_is_not_refused() {
    let mut census = Memory::new(1);
    import_with("nom;note\nUn;x\n", &[], &mut census);
    assert_eq!(census.len(), 1);
    let view = census.views().next().expect("one").clone();
    let draft = Draft {
        fields: [(
            "opening_hours".to_owned(),
            Wanted::Value(Value::Text("le mardi soir".to_owned())),
        )]
        .into(),
    };
    census.apply(PlannedEdit {
        line: 0,
        row: [0; 16],
        decided: None,
        record: view.record,
        birth: None,
        base: view.heads.clone(),
        operations: draft.operations(view.fields()),
        draft,
        is_new: true,
    });
    let record = view.record;
    let file = format!(
        "record;kind;name;opening_hours;documents;withdrawn;replaced_by\n\
        {record};actor;Un;le mardi soir;https://www.exemple.fr/a.pdf;dissoute;{record}\n"
    );
    let report = import_with(&file, &[], &mut census);
    assert_eq!(counts(&report), [0, 0, 1, 0]);
    let said = report.notices.iter();
    let said = said.filter(|one| one.problem.code == "column_outside");
    assert_eq!(said.count(), 3);
    let report = import_with(&file.replace("mardi", "jeudi"), &[], &mut census);
    assert_eq!(counts(&report), [0, 0, 0, 1]);
}
