//! What is exported to a workbook and imported again gives the same records.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::entry::RecordBirth;
use crdt_schema::id::RecordId;
use crdt_schema::record::{KINDS, Kind};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use exchange::export::{Reach, Sheets, Worded, extras};
use exchange::{Census, Choices, PlannedEdit, Strictness, Table};
use proptest::prelude::*;

use crate::census::Memory;
use crate::import::import;
use crate::made::open_sheet;

/// A workbook of all records, one sheet for each kind that has some.
pub(crate) fn exported(census: &Memory) -> Vec<u8> {
    let has_some = |kind: &&&'static Kind| census.views().any(|view| view.kind() == kind.code);
    let kinds: Vec<(&'static Kind, BTreeSet<String>)> = KINDS
        .iter()
        .filter(has_some)
        .map(|kind| {
            (
                *kind,
                extras(kind, census.views().filter(|view| view.kind() == kind.code)),
            )
        })
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let worded = Worded {
        words: Words::shipped(),
        language: "fr",
    };
    let mut sheets =
        Sheets::new(folder.path(), &kinds, Reach::Partners, worded).expect("a workbook");
    for view in census.views() {
        sheets.record(view, &BTreeMap::new()).expect("a row");
    }
    sheets.finish(Vec::new()).expect("memory")
}

fn fields(view: &RecordView) -> BTreeMap<String, String> {
    let plain = |(name, field): (&String, &crdt_schema::edit::Field)| {
        let values: Vec<_> = field.values.iter().map(|written| &written.value).collect();
        let terms: Vec<_> = field.terms.keys().collect();
        (
            name.clone(),
            format!("{values:?} {terms:?} {:?}", field.text),
        )
    };
    view.fields().iter().map(plain).collect()
}

pub(crate) fn hold(census: &mut Memory, kind: &str, nonce: u8, draft: Draft) -> RecordId {
    let birth = RecordBirth {
        kind: kind.to_owned(),
        territory: "*".to_owned(),
        nonce: [nonce; 16],
    };
    let record = RecordId::of(
        &census.federation(),
        &birth.kind,
        &birth.territory,
        &birth.nonce,
    );
    let operations = draft.operations(&BTreeMap::new());
    census.apply(PlannedEdit {
        line: 1,
        row: [0; 16],
        decided: None,
        record,
        birth: Some(birth),
        is_new: true,
        base: vec![],
        operations,
        draft,
    });
    record
}

/// Texts with everything that a cell could trip over.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ \t\n'\"=+@;,|aé１＝−<>&\\]\\-]{0,12}",
        "_x[0-9A-F]{4}_[a-z]{0,3}",
        any::<String>(),
        prop::sample::select(vec![
            "=1+1",
            "+33465710001",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "＝1",
            "  =1",
            "a=b",
            "1-2",
            "—",
            "'=1",
            "_x000D_",
            "_x005F_x000D_",
            "]]>",
            "&amp;",
            "0012",
            "1e5",
            "2026-05-17",
            "#REF!",
            "VRAI",
        ])
        .prop_map(str::to_owned),
    ]
}

/// What a form keeps of a line of text: the record holds nothing else.
fn kept(text: &str) -> Option<String> {
    let is_out = |c: char| c.is_control() || matches!(c, '\u{FFFD}' | '\u{FFFE}' | '\u{FFFF}');
    let text = crdt_schema::draft::tidy(&text.replace(is_out, " "));
    let is_absence = matches!(text.as_str(), "-" | "NULL" | "#N/A" | "#N/D");
    (!text.is_empty() && !is_absence).then_some(text)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn records_are_the_same_after_a_workbook(
        texts in prop::collection::vec([hostile(), hostile()], 1..12),
        mantissa in -10_000_000_000_i64..10_000_000_000, scale in 0_u8..6,
        day in 0_i64..80_000, count in any::<i32>(),
    ) {
        let mut census = Memory::new(1);
        let text = |text: &str| Wanted::Value(Value::Text(text.to_owned()));
        for (nonce, [name, other]) in (0..).zip(&texts) {
            let mut fields = BTreeMap::new();
            let name = kept(name).map_or_else(|| "Atelier".to_owned(), |name| format!("Atelier {name}"));
            fields.insert("name".to_owned(), text(&name));
            if let Some(other) = kept(other) {
                fields.insert("x_note".to_owned(), text(&other));
            }
            fields.insert("budget".to_owned(), Wanted::Value(Value::decimal(mantissa, scale)));
            fields.insert("expected_people".to_owned(), Wanted::Value(Value::Integer(i64::from(count))));
            // From 1850: what a sheet cannot count is written as a text.
            let date = crdt_schema::time::Timestamp::from_millis((day - 43_000) * 86_400_000).date().expect("a day");
            fields.insert("starts".to_owned(), Wanted::Value(Value::Date(date.to_string())));
            fields.insert("postal_code".to_owned(), text("01004"));
            hold(&mut census, "initiative", nonce, Draft { fields });
        }
        let bytes = exported(&census);
        let kind = Kind::parse("initiative").expect("a kind");
        let mut other = Memory::new(2);
        let table = open_sheet(&bytes, kind.plural.fr).expect("our own");
        let report = import(table, "initiative", Strictness::Row, &mut other);
        prop_assert_eq!(report.refused, 0, "{:#?}", report.problems);
        let sorted = |census: &Memory| {
            let mut all: Vec<_> = census.views().map(fields).collect();
            all.sort();
            all
        };
        prop_assert_eq!(sorted(&census), sorted(&other));
        // In the federation that wrote it, the file says nothing new.
        let table = open_sheet(&bytes, kind.plural.fr).expect("our own");
        let same = import(table, "initiative", Strictness::Row, &mut census);
        prop_assert_eq!(same.unchanged, same.rows);
    }
}

#[test]
fn each_kind_has_its_sheet() {
    let mut census = Memory::new(1);
    for (nonce, kind) in [(1, "actor"), (2, "event"), (3, "territory")] {
        let name = Wanted::Value(Value::Text(format!("Fiche {nonce}")));
        hold(
            &mut census,
            kind,
            nonce,
            Draft {
                fields: BTreeMap::from([("name".to_owned(), name)]),
            },
        );
    }
    let bytes = exported(&census);
    assert_eq!(census.len(), 3);
    for kind in ["actor", "event", "territory"] {
        let kind = Kind::parse(kind).expect("a kind");
        let mut table = open_sheet(&bytes, kind.plural.fr).expect("its sheet");
        assert_eq!(
            table.columns()[0].name,
            format!("Fiche [record.{}]", kind.code)
        );
        let report = import(
            open_sheet(&bytes, kind.plural.fr).expect("its sheet"),
            kind.code,
            Strictness::Row,
            &mut census,
        );
        assert_eq!(
            (report.rows, report.unchanged),
            (1, 1),
            "{:#?}",
            report.problems
        );
        assert!(table.next().is_some());
    }
    // The same records are the same bytes.
    assert_eq!(exported(&census), bytes);
}

#[test]
fn a_text_too_long_for_a_cell_is_cut_and_leaves_the_record_as_it_was() {
    let mut census = Memory::new(1);
    let long = "mot ".repeat(10_000).trim_end().to_owned();
    let fields = BTreeMap::from([
        (
            "name".to_owned(),
            Wanted::Value(Value::Text("Atelier".to_owned())),
        ),
        ("description".to_owned(), Wanted::Text(long)),
    ]);
    hold(&mut census, "actor", 1, Draft { fields });
    let table = Table::read(Cursor::new(exported(&census)), &Choices::default()).expect("our own");
    let report = import(table, "actor", Strictness::Row, &mut census);
    assert_eq!(
        (report.rows, report.unchanged),
        (1, 1),
        "{:#?}",
        report.problems
    );
    assert_eq!(report.problems[0].problem.code, "text_cut");
}
