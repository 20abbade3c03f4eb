use std::fs::File;

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::{Row, RowAccessor};
use crdt_schema::record::KINDS;

use super::*;

/// A file of these records, read back.
fn read(kind: &'static Kind, views: &[RecordView], reach: Reach) -> SerializedFileReader<File> {
    let mut seen = Seen::new(kind);
    views.iter().for_each(|view| seen.record(view));
    let file = tempfile::tempfile().expect("a file");
    let mut parquet = Parquet::new(file, &seen, reach, Words::shipped()).expect("a schema");
    for view in views {
        parquet.record(view).expect("written");
    }
    let file = parquet.finish().expect("written");
    SerializedFileReader::new(file).expect("Parquet")
}

fn rows(reader: &SerializedFileReader<File>) -> Vec<Row> {
    let rows = reader.get_row_iter(None).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}

fn said(row: &Row, name: &str) -> String {
    let mut columns = row.get_column_iter();
    let found = columns.find(|(column, _)| *column == name);
    found.unwrap_or_else(|| panic!("no {name}")).1.to_string()
}

fn names(reader: &SerializedFileReader<File>) -> Vec<String> {
    let schema = reader.metadata().file_metadata().schema();
    let fields = schema.get_fields().iter();
    fields.map(|field| field.name().to_owned()).collect()
}

fn initiative(fields: &[(&str, Value)]) -> RecordView {
    let mut view = view();
    view.birth = Some(("initiative".to_owned(), "04".to_owned()));
    let fields = fields.iter().cloned();
    view.merged.fields = fields
        .map(|(name, value)| (name.to_owned(), written(&[value])))
        .collect();
    view
}

fn kind(code: &str) -> &'static Kind {
    Kind::parse(code).expect("it exists")
}

#[test]
fn values_come_back_with_their_types() {
    let mut bare = view();
    bare.merged.fields.clear();
    let reader = read(actor(), &[view(), bare], Reach::Partners);
    let rows = rows(&reader);
    for (name, first, second) in [
        ("record", format!("{:?}", "ab".repeat(16)), "same"),
        ("name", "\"=Maison\"".to_owned(), "null"),
        ("phone", "\"+33465710001\"".to_owned(), "null"),
        ("postal_code", "\"04000\"".to_owned(), "null"),
        ("themes", "[\"culture\", \"sport\"]".to_owned(), "null"),
        ("siret", "null".to_owned(), "null"),
        ("x_note", "\"a, b\"".to_owned(), "null"),
        ("conflicts", "[\"name\"]".to_owned(), "[]"),
    ] {
        let second = if second == "same" { &first } else { second };
        assert_eq!(said(&rows[0], name), first, "{name}");
        assert_eq!(said(&rows[1], name), second, "{name}");
    }
    let point = names(&reader).iter().position(|name| name == "point");
    let point = point.expect("a column");
    let place = rows[0].get_group(point).expect("a place");
    let degrees = [0, 1].map(|part| place.get_double(part).expect("degrees"));
    assert_eq!(degrees, [-20.880_783, 55.457_91]);
    assert_eq!(said(&rows[1], "point"), "null");
}

#[test]
fn a_file_has_the_columns_of_the_csv() {
    for kind in KINDS {
        for reach in [Reach::Partners, Reach::Public] {
            let extras = std::collections::BTreeSet::new();
            let csv = Csv::new(Vec::new(), kind, &extras, reach, Words::shipped());
            let header = csv.expect("memory").finish().expect("memory");
            let header = String::from_utf8(header).expect("UTF-8");
            let parquet = read(kind, &[], reach);
            assert_eq!(
                names(&parquet).join(","),
                header.trim_end(),
                "{}",
                kind.code
            );
            assert_eq!(rows(&parquet).len(), 0);
        }
    }
    let public = names(&read(actor(), &[view()], Reach::Public));
    for name in ["x_note", "tags", "sources", "source_id", "parent"] {
        assert!(!public.iter().any(|column| column == name), "{name}");
    }
}

#[test]
fn dates_and_numbers_are_dates_and_numbers() {
    let dated = initiative(&[
        ("starts", Value::Date("1969-12-31".to_owned())),
        ("budget", Value::decimal(125_005, 1)),
    ]);
    let reader = read(kind("initiative"), &[dated], Reach::Partners);
    let row = &rows(&reader)[0];
    assert_eq!(said(row, "starts"), "1969-12-31");
    assert_eq!(said(row, "budget"), "12500.5");
    let schema = reader.metadata().file_metadata().schema_descr();
    let typed = |name: &str| {
        let columns = schema.columns().iter();
        let mut found = columns.filter(|column| column.path().string() == name);
        found.next().expect("a column").physical_type().to_string()
    };
    assert_eq!(
        [typed("starts"), typed("budget"), typed("name")],
        ["INT32", "DOUBLE", "BYTE_ARRAY"]
    );
}

#[test]
fn a_column_that_cannot_be_typed_is_one_of_texts_and_loses_nothing() {
    let views = [
        initiative(&[
            ("starts", Value::Date("2026-05-17".to_owned())),
            ("budget", Value::decimal(125_005, 1)),
        ]),
        initiative(&[
            ("starts", text("au printemps")),
            ("budget", Value::decimal(1_234_567_890_123_456_789, 9)),
        ]),
    ];
    let rows = rows(&read(kind("initiative"), &views, Reach::Partners));
    let both = |name: &str| [said(&rows[0], name), said(&rows[1], name)];
    assert_eq!(both("starts"), ["\"2026-05-17\"", "\"au printemps\""]);
    assert_eq!(both("budget"), ["\"12500.5\"", "\"1234567890.123456789\""]);
}

#[test]
fn two_columns_never_have_one_name() {
    let view = initiative(&[
        ("conflicts", text("a")),
        ("conflicts_", text("b")),
        ("record", text("c")),
    ]);
    let reader = read(kind("initiative"), &[view], Reach::Partners);
    let names = names(&reader);
    let distinct: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
    let row = &rows(&reader)[0];
    for (name, value) in [("conflicts__", "a"), ("conflicts_", "b"), ("record_", "c")] {
        assert_eq!(said(row, name), format!("{value:?}"));
    }
}

#[test]
fn rows_are_written_in_groups_of_bounded_size() {
    let groups = |views: &[RecordView]| -> Vec<i64> {
        let reader = read(kind("initiative"), views, Reach::Partners);
        let groups = reader.metadata().row_groups().iter();
        groups.map(|group| group.num_rows()).collect()
    };
    let small = initiative(&[("name", text("Atelier"))]);
    assert_eq!(groups(&vec![small.clone(); 10_000]), [10_000]);
    assert_eq!(groups(&vec![small; 10_001]), [10_000, 1]);
    let long = initiative(&[("name", text(&"é".repeat(512 * 1024)))]);
    assert_eq!(groups(&vec![long; 33]), [16, 16, 1]);
}
