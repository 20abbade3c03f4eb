//! Another reader opens what we write: openpyxl, where python3 has it. `scripts/readers` makes a place where it does.

use std::collections::BTreeMap;
use std::process::Command;

use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use exchange::{Strictness, hand_back};

use crate::census::Memory;
use crate::import::import;
use crate::made::{of_rows, open};
use crate::there_and_back::{exported, hold};

/// Runs a script on a workbook; nothing where there is no such reader.
fn seen(bytes: &[u8], script: &str) -> Option<String> {
    let python = std::env::var("READERS_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_it = Command::new(&python)
        .args(["-c", "import openpyxl"])
        .output();
    if !has_it.is_ok_and(|ran| ran.status.success()) {
        println!("skipped: {python} has no openpyxl; scripts/readers fetches it and runs this.");
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("essai.xlsx");
    std::fs::write(&file, bytes).expect("written");
    let script =
        format!("import sys, openpyxl\nbook = openpyxl.load_workbook(sys.argv[1])\n{script}");
    let ran = Command::new(&python)
        .args(["-c", &script])
        .arg(&file)
        .output()
        .expect("it runs");
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    Some(String::from_utf8(ran.stdout).expect("UTF-8"))
}

#[test]
fn another_reader_sees_texts_as_texts_and_dates_as_dates() {
    let mut census = Memory::new(1);
    let text = |text: &str| Wanted::Value(Value::Text(text.to_owned()));
    let fields = BTreeMap::from([
        (
            "name".to_owned(),
            text("=HYPERLINK(\"http://example.org\")"),
        ),
        ("postal_code".to_owned(), text("01004")),
        (
            "starts".to_owned(),
            Wanted::Value(Value::Date("2026-05-17".to_owned())),
        ),
        (
            "budget".to_owned(),
            Wanted::Value(Value::decimal(125_005, 1)),
        ),
        ("x_note".to_owned(), text("+33465710001")),
    ]);
    hold(&mut census, "initiative", 1, Draft { fields });
    let script = r#"
sheet = book.worksheets[0]
names = {cell.value: cell.column - 1 for cell in sheet[1]}
print(sheet.title, sheet.freeze_panes, sheet.auto_filter.ref.split(":")[0], sheet[1][0].font.b)
for name in ["Nom", "Code postal", "Début", "Budget total (€)", "x_note"]:
    cell = sheet[2][names[name]]
    print(name, cell.data_type, cell.number_format, cell.value)
"#;
    let Some(seen) = seen(&exported(&census), script) else {
        return;
    };
    let expected = "Initiatives A2 A1 True\n\
        Nom s @ =HYPERLINK(\"http://example.org\")\n\
        Code postal s @ 01004\n\
        Début d dd/mm/yyyy 2026-05-17 00:00:00\n\
        Budget total (€) n General 12500.5\n\
        x_note s @ +33465710001\n";
    assert_eq!(seen, expected);
}

#[test]
fn another_reader_sees_which_cells_are_marked() {
    let bytes = of_rows(&[
        &["s:nom", "s:siret"],
        &["s:Atelier", "s:12"],
        &["s:Club", ""],
    ]);
    let read = || open(&bytes).expect("a table");
    let report = import(read(), "actor", Strictness::Row, &mut Memory::new(1));
    let folder = tempfile::tempdir().expect("a folder");
    let back = hand_back(read(), &report, folder.path(), Vec::new()).expect("written");
    let script = r#"
table = book["Tableau"]
for row in table.iter_rows(min_row=2):
    print([cell.fill.fgColor.rgb if cell.fill.fill_type else "-" for cell in row])
print(book["Problèmes"]["A2"].value, book["Problèmes"]["E2"].value)
"#;
    let Some(seen) = seen(&back, script) else {
        return;
    };
    let expected = "['-', 'FFFFC7CE', 'FFFFC7CE', '-']\n['-', '-', '-', '-']\nB2 refusé\n";
    assert_eq!(seen, expected);
}
