//! What we write is what we read, and no bytes make the reader panic.

use std::io::Cursor;

use exchange::csv::{Cell, Flavour, Writer};
use exchange::{Choices, Format, Row, Table};
use proptest::prelude::*;

fn written(flavour: Flavour, names: &[&str], rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), flavour).expect("memory");
    writer.header(names).expect("memory");
    for row in rows {
        writer.row(row).expect("memory");
    }
    writer.finish().expect("memory")
}

fn rows(bytes: Vec<u8>) -> Vec<Row> {
    let table = Table::read(Cursor::new(bytes), &Choices::default()).expect("a table");
    table.map(|row| row.expect("an even row")).collect()
}

/// Texts with everything that a CSV could trip over; `key` keeps rows from being blank.
fn texts() -> impl Strategy<Value = Vec<[String; 2]>> {
    let hostile = "[ \t\r\n'\"=+@;,|aé１＝−\\-]{0,12}";
    let text = prop_oneof![hostile.prop_map(|text| text), any::<String>()];
    let text = text.prop_map(|text| text.replace(['\0', '\u{FFFD}'], ""));
    prop::collection::vec([text.clone(), text], 0..80)
}

/// What a reader keeps of any cell.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200D}' | '\u{2060}')
    })
}

fn is_absence(text: &str) -> bool {
    matches!(trimmed(text), "-" | "NULL" | "#N/A" | "#N/D")
}

fn typed(rows: &[[String; 2]]) -> Vec<Vec<Cell>> {
    let row = |[a, b]: &[String; 2]| {
        vec![
            Cell::Code("01".into()),
            Cell::Text(a.clone()),
            Cell::Text(b.clone()),
        ]
    };
    rows.iter().map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_guarded_spreadsheet_file_is_read_back(texts in texts()) {
        let read = rows(written(Flavour::Spreadsheet, &["clé", "a", "b"], &typed(&texts)));
        prop_assert_eq!(read.len(), texts.len());
        for (row, texts) in read.iter().zip(&texts) {
            prop_assert_eq!(row.cells[0].as_str(), "01");
            for (cell, text) in row.cells[1..].iter().zip(texts) {
                if !matches!(trimmed(text), "NULL" | "#N/A" | "#N/D") {
                    prop_assert_eq!(cell, trimmed(text));
                }
            }
        }
    }

    #[test]
    fn a_machine_file_is_read_back(texts in texts()) {
        let read = rows(written(Flavour::Machine, &["cle", "a", "b"], &typed(&texts)));
        prop_assert_eq!(read.len(), texts.len());
        for (row, texts) in read.iter().zip(&texts) {
            for (cell, text) in row.cells[1..].iter().zip(texts) {
                // A text that starts with an apostrophe and a formula sign loses the apostrophe.
                let kept = trimmed(exchange::csv::unguarded(trimmed(text)));
                let expected = if is_absence(text) { "" } else { kept };
                prop_assert_eq!(cell, expected);
            }
        }
    }

    #[test]
    fn another_csv_reader_sees_the_same_machine_file(texts in texts()) {
        let bytes = written(Flavour::Machine, &["cle", "a", "b"], &typed(&texts));
        let mut witness = ::csv::Reader::from_reader(bytes.as_slice());
        let read: Vec<_> = witness.records().map(|record| record.expect("even")).collect();
        prop_assert_eq!(read.len(), texts.len());
        for (record, [a, b]) in read.iter().zip(&texts) {
            prop_assert_eq!((&record[1], &record[2]), (a.as_str(), b.as_str()));
        }
    }

    #[test]
    fn any_bytes_give_rows_or_a_sentence(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_anyhow(&bytes);
    }

    #[test]
    fn any_marks_give_rows_or_a_sentence(text in "[\\[\\]{}\",:;|\\\\a0\r\n\té=' .-]{0,120}") {
        read_anyhow(text.as_bytes());
    }

    #[test]
    fn a_broken_list_gives_rows_or_a_sentence(
        at in 0_usize..200, byte in any::<u8>(),
        list in prop::sample::select(vec![
            r#"[{"a":1,"b":{"c":[1,2]}},{"a":"é\"","d":null}]"#,
            r#"{"type":"FeatureCollection","features":[{"properties":{"a":1},"geometry":{"type":"Point","coordinates":[1.5,2]}}]}"#,
            "{\"a\":1}\n{\"b\":[{}]}\n",
        ]),
    ) {
        let mut bytes = list.as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        read_anyhow(&bytes);
        bytes.truncate(at);
        read_anyhow(&bytes);
    }
}

/// Reads bytes as every format; only a panic can fail here.
fn read_anyhow(bytes: &[u8]) {
    for format in [
        None,
        Some(Format::Csv),
        Some(Format::Json),
        Some(Format::JsonLines),
    ] {
        let choices = Choices {
            format,
            repair_accents: true,
            ..Choices::default()
        };
        match Table::read(Cursor::new(bytes.to_vec()), &choices) {
            Ok(table) => {
                let columns = table.columns().len();
                for row in table.flatten() {
                    assert_eq!(row.cells.len(), columns);
                }
            }
            Err(error) => assert!(error.to_string().ends_with('.'), "{error}"),
        }
    }
}
