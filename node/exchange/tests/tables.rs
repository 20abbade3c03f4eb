//! What a person gets for a file: rows, refused rows, notices, or one sentence.

use std::io::Cursor;

use exchange::csv::Separator;
use exchange::{Choices, Encoding, Format, Problem, Table, Unreadable};

fn open(bytes: impl AsRef<[u8]>, choices: &Choices) -> Result<Table, Unreadable> {
    Table::read(Cursor::new(bytes.as_ref().to_vec()), choices)
}

/// Rows as `line:cell|cell`, refused rows as `line!code`.
fn outcomes(table: &mut Table) -> Vec<String> {
    table
        .map(|row| match row {
            Ok(row) => format!("{}:{}", row.line, row.cells.join("|")),
            Err(problem) => format!("{}!{}", problem.line, problem.code),
        })
        .collect()
}

fn read(bytes: impl AsRef<[u8]>) -> Vec<String> {
    outcomes(&mut open(bytes, &Choices::default()).expect("a table"))
}

fn refusal(bytes: impl AsRef<[u8]>) -> Unreadable {
    match open(bytes, &Choices::default()) {
        Ok(_) => panic!("a table"),
        Err(error) => error,
    }
}

fn codes(notices: &[Problem]) -> Vec<(&'static str, u64)> {
    notices
        .iter()
        .map(|notice| (notice.code, notice.line))
        .collect()
}

#[test]
fn an_uneven_row_is_refused_with_both_counts_and_the_others_are_read() {
    let text = "nom;ville;cp\nA;Lyon;69001\nB;Lyon\nC;Lyon;69;x\n\"D\n\";Lyon;69\nE;;\n";
    let mut table = open(text, &Choices::default()).expect("a table");
    let rows: Vec<_> = table.by_ref().collect();
    let short = rows[1].as_ref().expect_err("refused");
    assert_eq!(
        (short.line, short.code, short.value.as_str()),
        (3, "row_uneven", "B;Lyon")
    );
    assert!(
        short.reason.contains("2 cellules") && short.reason.contains("en a 3"),
        "{}",
        short.reason
    );
    assert_eq!(
        read(text),
        [
            "2:A|Lyon|69001",
            "3!row_uneven",
            "4!row_uneven",
            "5:D|Lyon|69",
            "7:E||"
        ]
    );
}

#[test]
fn titles_above_and_blank_rows_below_are_noticed() {
    let text =
        "Liste des clubs;;\r\n\r\nnom;ville;cp\r\nA;Lyon;69001\r\n;;\r\nB;Nice;06000\r\n;;\r\n";
    let mut table = open(text, &Choices::default()).expect("a table");
    assert_eq!(outcomes(&mut table), ["4:A|Lyon|69001", "6:B|Nice|06000"]);
    assert_eq!(
        codes(table.notices()),
        [("header_below", 3), ("rows_blank", 5)]
    );
}

#[test]
fn a_quote_never_closed_refuses_its_row_and_says_that_the_rest_is_not_read() {
    let mut table = open("a;b\n1;2\n3;\"4\n5;6\n", &Choices::default()).expect("a table");
    assert_eq!(outcomes(&mut table), ["2:1|2", "3!quote_unclosed"]);
    assert!(table.next().is_none());
}

#[test]
fn a_mark_of_absence_is_said_once_in_each_column() {
    let mut table = open("a;b\n-;1\nNULL;#N/A\n", &Choices::default()).expect("a table");
    assert_eq!(outcomes(&mut table), ["2:|1"]);
    let notices = table.notices();
    assert_eq!(
        codes(notices),
        [("absence_mark", 2), ("absence_mark", 3), ("rows_blank", 3)]
    );
    assert_eq!(notices[1].column.as_deref(), Some("b"));
    assert_eq!(notices[1].letter.as_deref(), Some("B"));
}

#[test]
fn a_person_may_choose_encoding_separator_and_conversion() {
    let mac = open(
        b"nom;ville\n\x83cole;Lyon\n",
        &Choices {
            encoding: Some(Encoding::MacRoman),
            ..Choices::default()
        },
    );
    assert_eq!(outcomes(&mut mac.expect("a table")), ["2:École|Lyon"]);

    let bar = Choices {
        separator: Some(Separator::Bar),
        ..Choices::default()
    };
    let mut table = open("a;b|c\n1;2|3\n", &bar).expect("a table");
    assert_eq!(
        (table.separator(), outcomes(&mut table)),
        (Some(Separator::Bar), vec!["2:1;2|3".into()])
    );

    let double = "nom;ville\nMÃ©diathÃ¨que;Lyon\n";
    let mut proposed = open(double, &Choices::default()).expect("a table");
    assert_eq!(codes(proposed.notices()), [("mojibake", 2)]);
    assert_eq!(outcomes(&mut proposed), ["2:MÃ©diathÃ¨que|Lyon"]);
    let accepted = Choices {
        repair_accents: true,
        ..Choices::default()
    };
    let mut table = open(double, &accepted).expect("a table");
    assert!(table.notices().is_empty());
    assert_eq!(outcomes(&mut table), ["2:Médiathèque|Lyon"]);
}

#[test]
fn excel_unicode_text_is_read() {
    let utf16: Vec<u8> = "\u{FEFF}nom\tville\r\nÉcole\tLyon\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(read(utf16), ["2:École|Lyon"]);
}

#[test]
fn objects_share_the_columns_that_any_of_them_has() {
    let json =
        r#"[{"nom":"A","adresse":{"commune":"Lyon"}}, 12, {"themes":["x","y"],"nom":" B "}]"#;
    let mut table = open(json, &Choices::default()).expect("a table");
    let names: Vec<_> = table
        .columns()
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(names, ["nom", "adresse.commune", "themes"]);
    assert_eq!(table.format(), Format::Json);
    assert_eq!(
        outcomes(&mut table),
        ["1:A|Lyon|", "2!not_an_object", "3:B||x|y"]
    );
}

#[test]
fn the_lists_of_other_programs_are_found() {
    assert_eq!(read("{\"a\":1}\n\n{\"a\":2}\n"), ["1:1", "2:2"]);
    assert_eq!(
        read(r#"{"total":1,"results":[{"a":"x"}],"next":null}"#),
        ["1:x"]
    );
    let point = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"n":"x"},
        "geometry":{"type":"Point","coordinates":[4.5,45.25]}}]}"#;
    assert_eq!(read(point), ["1:x|4.5|45.25"]);
    let json = r#"{"a":[{"k":1}],"b":[{"k":2}]}"#;
    let choices = Choices {
        list: Some("b".into()),
        ..Choices::default()
    };
    assert_eq!(
        outcomes(&mut open(json, &choices).expect("a table")),
        ["1:2"]
    );
}

#[test]
fn a_json_that_is_no_table_is_refused_whole() {
    for (json, code) in [
        ("[1,2]", "not_a_table"),
        (r#"{"nom":"A"}"#, "not_a_table"),
        (r#"[{"a":1}"#, "json_invalid"),
        (r#"[{"a":1}]]"#, "json_invalid"),
        (r#"[{"a":1} {"a":2}]"#, "json_invalid"),
        (r#"[{"a":tru}]"#, "json_invalid"),
        ("[{\"a\":\"crche \\ufffd\"}]", "accents_lost"),
    ] {
        let error = refusal(json);
        assert_eq!(error.code(), code, "{json}: {error}");
    }
    assert!(read("[]").is_empty());
}

#[test]
fn an_object_over_the_limit_is_refused_alone() {
    let limit = 8 * 1024 * 1024;
    // As it is kept: without white space, a space after each word.
    let around = r#"{"a":1 ,"g":[""]}"#.len();
    let cases = [
        // The object is read; its text is still over the limit of a cell.
        (limit - 1, "1!cell_too_long"),
        (limit, "1!cell_too_long"),
        (limit + 1, "1!object_too_large"),
    ];
    for (size, expected) in cases {
        let json = format!(
            r#"[{{"a":1,"g":["{}"]}},{{"a":2,"g":0}}]"#,
            "x".repeat(size - around)
        );
        assert_eq!(read(json), [expected, "2:2|0"], "{size}");
    }
}

#[test]
fn the_name_of_a_file_tells_its_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        Table::open(&path, &Choices::default())
    };
    assert_eq!(
        outcomes(&mut write("a.CSV", "[nom];ville\nA;Lyon\n").expect("a CSV")),
        ["2:A|Lyon"]
    );
    assert_eq!(
        outcomes(&mut write("a.jsonl", "{\"a\":1}\n").expect("one line")),
        ["1:1"]
    );
    assert_eq!(
        outcomes(&mut write("a.export", "[{\"a\":1}]").expect("a JSON")),
        ["1:1"]
    );
    assert_eq!(
        write("a.json", "nom;ville\n")
            .err()
            .expect("refused")
            .code(),
        "not_a_table"
    );
    let absent = Table::open(&folder.path().join("absent.csv"), &Choices::default());
    assert_eq!(absent.err().expect("refused").code(), "io");
}
