//! Which sheet, which header, what each cell says.

use exchange::{Format, Mark};

use crate::made::{archive, data, of_rows, open, open_sheet, read, refusal, workbook};

#[test]
fn the_first_visible_sheet_with_a_table_is_read_and_the_others_are_named() {
    let sheets = [
        (
            "Lisez-moi",
            "visible",
            data(&[&["s:Mode d'emploi"], &["s:Remplissez la suite"]]),
        ),
        (
            "Listes",
            "hidden",
            data(&[&["s:code", "s:nom"], &["s:a", "s:b"]]),
        ),
        ("Vide", "visible", data(&[&["s:nom", "s:commune"]])),
        (
            "Données",
            "visible",
            data(&[&["s:nom", "s:commune"], &["s:Atelier", "s:Gien"]]),
        ),
    ];
    let bytes = workbook(&sheets, "", false, &[]);
    let mut table = open(&bytes).expect("a table");
    assert_eq!(
        (table.sheet(), table.format()),
        (Some("Données"), Format::Workbook)
    );
    let row = table.next().expect("one").expect("even");
    assert_eq!(
        (row.line, row.cells.as_slice()),
        (2, &["Atelier".to_owned(), "Gien".to_owned()][..])
    );
    let said = &table.notices()[0];
    assert_eq!(said.code, "sheet_read");
    assert!(
        said.reason.contains("« Listes » (masquée)"),
        "{}",
        said.reason
    );
    for (asked, found) in [
        ("Listes", "Listes"),
        ("DONNEES", "Données"),
        ("Vide", "Vide"),
    ] {
        let table = open_sheet(&bytes, asked).expect("there");
        assert_eq!(table.sheet(), Some(found));
    }
    let error = open_sheet(&bytes, "Feuil1").err().expect("refused");
    assert_eq!(error.code(), "sheet_absent");
    assert!(
        error
            .to_string()
            .contains("« Lisez-moi », « Listes », « Vide », « Données »"),
        "{error}"
    );
}

#[test]
fn a_workbook_without_a_table_lists_its_sheets() {
    let sheets = [
        ("Un", "visible", data(&[&["s:seul"]])),
        ("Deux", "hidden", data(&[&["s:a", "s:b"]])),
    ];
    let (code, sentence) = refusal(&workbook(&sheets, "", false, &[]));
    assert_eq!(code, "sheets_without_table");
    assert!(sentence.contains("« Un », « Deux »"), "{sentence}");
    let error = exchange::Table::read(
        std::io::Cursor::new("a;b\n1;2\n"),
        &exchange::Choices {
            sheet: Some("Un".into()),
            ..Default::default()
        },
    );
    assert_eq!(error.err().expect("refused").code(), "no_sheets");
}

#[test]
fn lines_and_letters_are_those_of_the_sheet() {
    let rows: &[&[&str]] = &[
        &["s:Recensement 2026"],
        &[],
        &["", "s:nom", "", "s:note", "s:"],
        &[],
        &["", "s:Atelier", "s:sans nom de colonne", "s:x"],
        &["", "s:-", "", "s: "],
        &["", "s:Club", "", "s:y"],
    ];
    let (names, rows, notices) = read(&of_rows(rows));
    assert_eq!(names, ["nom", "", "note"]);
    let lines: Vec<_> = rows.iter().map(|row| row.line).collect();
    assert_eq!(lines, [5, 7]);
    assert_eq!(rows[0].cells, ["Atelier", "sans nom de colonne", "x"]);
    let said: Vec<_> = notices
        .iter()
        .map(|one| (one.code, one.line, one.letter.as_deref()))
        .collect();
    assert_eq!(
        said,
        [
            ("header_empty", 3, Some("C")),
            ("header_below", 3, None),
            ("absence_mark", 6, Some("B")),
            ("rows_blank", 4, None),
        ]
    );
    assert!(
        notices[3].reason.starts_with("2 ligne(s)"),
        "{}",
        notices[3].reason
    );
}

#[test]
fn merged_groups_above_the_names_are_passed_over_and_merged_values_are_said() {
    let inner = data(&[
        &["s:Code", "s:Structure", "", "s:Lieu", ""],
        &["", "s:nom", "s:siret", "s:commune", "s:adresse"],
        &["s:1", "s:Atelier", "s:x", "s:Gien", "s:y"],
        &["s:2", "s:Club", "s:x", "", "s:y"],
    ]) + r#"<mergeCells><mergeCell ref="A1:A2"/><mergeCell ref="B1:C1"/><mergeCell ref="D1:E1"/><mergeCell ref="D3:D4"/></mergeCells>"#;
    let bytes = workbook(&[("F", "visible", inner)], "", false, &[]);
    let (names, rows, notices) = read(&bytes);
    assert_eq!(names, ["Code", "nom", "siret", "commune", "adresse"]);
    assert_eq!((rows[0].line, rows[1].cells[3].as_str()), (3, ""));
    let merged = notices
        .iter()
        .find(|one| one.code == "cells_merged")
        .expect("said");
    assert_eq!(merged.line, 3);
    assert!(merged.reason.contains("(1 fois"), "{}", merged.reason);
}

#[test]
fn each_type_of_cell_has_its_text() {
    let rows: &[&[&str]] = &[
        &["s:nom", "s:valeur"],
        &["s:nombre", "n:40229699000037"],
        &["s:décimal", "n:0.30000000000000004"],
        &["s:puissance", "n:4.0229699000037E13"],
        &["s:jour", "d:45292"],
        &["s:moment", "t:45292.6041666667"],
        &["s:vrai", "b:1"],
        &["s:formule", "f:1+2=3"],
        &["s:erreur", "e:#N/A"],
        &["s:sans résultat", "f:A1"],
        &["s:garde", "s:'=1+1"],
        &["s:espaces", "s:  a  b "],
        &["s:échappé", "s:a_x000D_b"],
    ];
    let (_, rows, _) = read(&of_rows(rows));
    let said: Vec<_> = rows
        .iter()
        .map(|row| (row.cells[1].as_str(), row.marks.get(&1).copied()))
        .collect();
    let number = Some(Mark::Number);
    assert_eq!(
        said,
        [
            ("40229699000037", number),
            ("0.3", number),
            ("40229699000037", number),
            ("2024-01-01", None),
            ("2024-01-01T14:30", None),
            ("oui", None),
            ("3", number),
            ("#N/A", Some(Mark::Error)),
            ("", Some(Mark::Uncalculated)),
            ("'=1+1", None),
            ("a  b", None),
            ("a\rb", None),
        ]
    );
    let dated = data(&[&["s:nom", "s:jour"], &["s:a", "d:43830"]]);
    let (_, rows, _) = read(&workbook(&[("F", "visible", dated)], "", true, &[]));
    assert_eq!(rows[0].cells[1], "2024-01-01");
}

#[test]
fn shared_texts_with_runs_are_one_text() {
    let texts = r#"<sst uniqueCount="3"><si><t>nom</t></si><si><t>note</t></si><si><r><t>L'</t></r><r><t>été</t></r></si></sst>"#;
    let inner = r#"<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row r="2"><c r="A2" t="s"><v>2</v></c></row></sheetData>"#;
    let bytes = workbook(&[("F", "visible", inner.to_owned())], texts, false, &[]);
    let (_, rows, _) = read(&bytes);
    assert_eq!(rows[0].cells, ["L'été", ""]);
}

#[test]
fn other_files_are_named_with_what_to_do() {
    let compound = |stream: &str| {
        let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
        bytes.resize(100_000, 0);
        bytes.extend(stream.encode_utf16().flat_map(u16::to_le_bytes));
        bytes.resize(200_000, 0);
        bytes
    };
    let ods: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";
    for (bytes, code, word) in [
        (
            compound("EncryptedPackage"),
            "workbook_locked",
            "mot de passe",
        ),
        (compound("Workbook"), "not_a_workbook", "XLS"),
        (
            archive(&[("mimetype", ods), ("content.xml", b"<a/>")]),
            "not_a_workbook",
            "LibreOffice",
        ),
        (
            archive(&[("xl/workbook.bin", b"x")]),
            "not_a_workbook",
            "XLSB",
        ),
        (
            archive(&[("word/document.xml", b"<a/>")]),
            "not_a_workbook",
            "Word",
        ),
        (
            archive(&[("liste.csv", b"a;b")]),
            "not_a_workbook",
            "Décompressez",
        ),
        (
            archive(&[("xl/workbook.xml", b"<a/>")]),
            "workbook_damaged",
            "enregistrez-le",
        ),
        (
            b"PK\x03\x04 and then nothing".to_vec(),
            "workbook_damaged",
            "enregistrez-le",
        ),
    ] {
        let (found, sentence) = refusal(&bytes);
        assert_eq!(found, code, "{sentence}");
        assert!(
            sentence.contains(word) && sentence.ends_with('.'),
            "{sentence}"
        );
    }
}

#[test]
fn an_error_that_no_parser_knows_is_said_with_its_line() {
    let rows: &[&[&str]] = &[&["s:nom", "s:note"], &["s:a", "s:b"], &["s:c", "e:#SPILL!"]];
    let (code, sentence) = refusal(&of_rows(rows));
    assert_eq!(code, "cell_error_unknown");
    assert!(
        sentence.contains("#SPILL!") && sentence.contains("ligne 3"),
        "{sentence}"
    );
}
