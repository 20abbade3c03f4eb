//! Sheets as imports: codes that are numbers, errors, real files, and the file that is handed back.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crdt_schema::record::Kind;
use crdt_schema::register::{LAST_YEAR, Territories};
use exchange::{Choices, Level, Report, Reported, Settings, Strictness, Table, hand_back};

use crate::census::Memory;
use crate::made::{of_rows, open, open_sheet};

static LISTS: LazyLock<Territories> = LazyLock::new(Territories::embedded);

pub(crate) fn import(
    table: Table,
    kind: &str,
    strictness: Strictness,
    census: &mut Memory,
) -> Report {
    let settings = Settings {
        source: "essai",
        kind: Kind::parse(kind),
        wishes: &[],
        confirmed: &[],
        lists: &LISTS,
        year: LAST_YEAR,
        strictness,
        has_contacts: false,
        words: crdt_schema::vocabulary::Words::shipped(),
    };
    census.import(table, settings)
}

fn of<'a>(list: &'a [Reported], line: u64, code: &str) -> &'a Reported {
    let found = list
        .iter()
        .find(|one| one.problem.line == line && one.problem.code == code);
    found.unwrap_or_else(|| panic!("no {code} in line {line} of {list:#?}"))
}

fn codes() -> Vec<u8> {
    of_rows(&[
        &[
            "s:nom",
            "s:siret",
            "s:code_insee",
            "s:commune",
            "s:telephone",
        ],
        &[
            "s:Atelier",
            "n:40229699000037",
            "n:45155",
            "s:Gien",
            "n:238000000",
        ],
        &[
            "s:Club",
            "n:4022969900003",
            "n:1004",
            "s:Ambérieu-en-Bugey",
            "",
        ],
        &["s:Foyer", "s:40229699000037", "s:45155", "s:Gien", ""],
    ])
}

#[test]
fn codes_held_as_numbers_are_said_with_what_to_write() {
    let report = import(
        open(&codes()).expect("a table"),
        "actor",
        Strictness::Row,
        &mut Memory::new(1),
    );
    assert_eq!((report.rows, report.new), (3, 2), "{:#?}", report.problems);
    let numbers = report
        .notices
        .iter()
        .filter(|one| one.problem.code == "code_as_number");
    let letters: Vec<_> = numbers
        .map(|one| (one.problem.line, one.problem.letter.as_deref()))
        .collect();
    assert_eq!(letters, [(2, Some("C")), (2, Some("B"))]);
    let in_b = |one: &&Reported| one.problem.letter.as_deref() == Some("B");
    let whole = &report.notices.iter().find(in_b).expect("said").problem;
    assert_eq!(
        (whole.letter.as_deref(), whole.suggestion.as_deref()),
        (Some("B"), Some("40229699000037"))
    );
    assert!(
        whole.reason.contains("format « Texte »"),
        "{}",
        whole.reason
    );
    let lost = &of(&report.notices, 3, "lost_zero").problem;
    assert_eq!(
        (lost.value.as_str(), lost.suggestion.as_deref()),
        ("1004", Some("01004"))
    );
    assert!(lost.reason.contains("zéros de tête"), "{}", lost.reason);
    let refused: Vec<_> = report
        .problems
        .iter()
        .filter(|one| one.level == Level::Refused)
        .collect();
    assert_eq!((refused.len(), refused[0].problem.line), (1, 3));
    assert_eq!(refused[0].problem.letter.as_deref(), Some("B"));
    // A text needs no such word.
    let of_text = report.notices.iter().find(|one| one.problem.line == 4);
    assert_eq!(of_text, None);
}

#[test]
fn a_cell_that_shows_an_error_is_refused_and_nothing_of_it_kept() {
    let bytes = of_rows(&[
        &["s:nom", "s:summary", "s:inconnue", "s:responsable"],
        &["s:Atelier", "e:#N/A", "", "e:#REF!"],
        &["s:Club", "", "f:A1", ""],
        &["s:Foyer", "s:ok", "s:x", ""],
    ]);
    let strict = import(
        open(&bytes).expect("a table"),
        "actor",
        Strictness::Row,
        &mut Memory::new(1),
    );
    assert_eq!((strict.new, strict.refused), (1, 2));
    assert_eq!(of(&strict.problems, 2, "cell_error").problem.value, "#N/A");
    assert_eq!(
        of(&strict.problems, 3, "formula_uncalculated")
            .problem
            .letter
            .as_deref(),
        Some("C")
    );
    // What is left out anyway refuses nothing.
    assert!(
        strict
            .problems
            .iter()
            .all(|one| one.problem.letter.as_deref() != Some("D"))
    );
    let mut census = Memory::new(1);
    let gentle = import(
        open(&bytes).expect("a table"),
        "actor",
        Strictness::Cell,
        &mut census,
    );
    assert_eq!(
        (gentle.new, gentle.refused),
        (3, 0),
        "{:#?}",
        gentle.problems
    );
    of(&gentle.notices, 2, "cell_error");
    for view in census.views() {
        assert!(!format!("{view:?}").contains('#'), "{view:?}");
    }
}

#[test]
fn what_is_handed_back_marks_the_cells_and_can_be_imported_once_corrected() {
    let report = import(
        open(&codes()).expect("a table"),
        "actor",
        Strictness::Row,
        &mut Memory::new(1),
    );
    let folder = tempfile::tempdir().expect("a folder");
    let again = open(&codes()).expect("a table");
    let bytes = hand_back(again, &report, folder.path(), Vec::new()).expect("written");
    let mut table = open(&bytes).expect("our own");
    let names: Vec<_> = table
        .columns()
        .iter()
        .map(|column| column.name.clone())
        .collect();
    assert_eq!(
        names[5..],
        ["À corriger (Maillage)", "Ligne d'origine (Maillage)"]
    );
    let rows: Vec<_> = table.by_ref().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[1].cells[..2], ["Club", "4022969900003"]);
    assert!(
        rows[1].cells[5].starts_with("siret : "),
        "{}",
        rows[1].cells[5]
    );
    assert_eq!(
        (rows[0].cells[5].as_str(), rows[1].cells[6].as_str()),
        ("", "3")
    );
    let listed: Vec<_> = open_sheet(&bytes, "Problèmes")
        .expect("there")
        .map(|row| row.expect("a row"))
        .collect();
    assert_eq!(listed.len(), report.problems.len() + report.notices.len());
    assert_eq!(listed[0].cells[..5], ["B3", "3", "B", "siret", "refusé"]);
    // The columns that were added are left out, and the rest is the same file.
    let mut census = Memory::new(1);
    let back = import(
        open(&bytes).expect("our own"),
        "actor",
        Strictness::Row,
        &mut census,
    );
    assert_eq!(
        (back.rows, back.new, back.refused),
        (3, 2, 1),
        "{:#?}",
        back.problems
    );
    let dropped = back
        .columns
        .iter()
        .filter(|column| column.how == "dropped")
        .count();
    assert_eq!(dropped, 2);
}

#[test]
fn any_table_can_be_handed_back() {
    let csv = "nom;siret\nAtelier;12\nClub;1;2\n=1+1;\n";
    let read = || Table::read(Cursor::new(csv), &Choices::default()).expect("a table");
    let report = import(read(), "actor", Strictness::Row, &mut Memory::new(1));
    assert_eq!((report.rows, report.refused), (3, 2));
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = hand_back(read(), &report, folder.path(), Vec::new()).expect("written");
    let rows: Vec<_> = open(&bytes)
        .expect("our own")
        .map(|row| row.expect("a row"))
        .collect();
    assert_eq!(rows[1].cells[0], "Club;1;2");
    assert!(
        rows[1].cells[2].contains("3 cellules"),
        "{:?}",
        rows[1].cells
    );
    assert_eq!(rows[2].cells[0], "=1+1");
}

fn samples() -> Vec<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Worktrees of the repository stand one folder deeper.
    let folders =
        ["../../../shared/data", "../../../../shared/data"].map(|path| manifest.join(path));
    let Some(samples) = folders.into_iter().find(|folder| folder.is_dir()) else {
        println!("skipped: no folder ../shared/data beside the repository: nothing to try.");
        return Vec::new();
    };
    let mut found = Vec::new();
    below(&samples, &mut found);
    found.sort();
    assert!(found.len() >= 7, "{} workbooks", found.len());
    found
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            below(&path, found);
        } else if path
            .extension()
            .is_some_and(|end| end == "xlsx" || end == "xls")
        {
            found.push(path);
        }
    }
}

#[test]
fn every_real_workbook_balances_and_is_unchanged_the_second_time() {
    for path in samples() {
        let name = path
            .file_name()
            .expect("a file")
            .to_string_lossy()
            .into_owned();
        let opened = |sheet: Option<&str>| {
            let sheet = sheet.map(str::to_owned);
            Table::open(
                &path,
                &Choices {
                    sheet,
                    ..Choices::default()
                },
            )
        };
        let mut table = match opened(None) {
            Ok(table) => table,
            Err(error) => {
                assert!(
                    name.ends_with(".xls") && error.code() == "not_a_workbook",
                    "{name}: {error}"
                );
                println!("{name:48} {error}");
                continue;
            }
        };
        let mut sheets = vec![table.sheet().expect("a workbook").to_owned()];
        let others = table.next().map(|_| ()).and_then(|()| {
            let said = table
                .notices()
                .iter()
                .find(|one| one.code == "sheet_read")?;
            Some(said.reason.clone())
        });
        let others = others.unwrap_or_default();
        let names = others
            .split('«')
            .skip(2)
            .filter_map(|rest| rest.split('»').next());
        sheets.extend(names.map(|name| name.trim_matches([' ', '\u{a0}']).to_owned()));
        for sheet in &sheets {
            let read = || match opened(Some(sheet)) {
                Ok(table) => Some(table),
                Err(error) => {
                    println!("{name:48} {sheet:24} {error}");
                    assert_eq!(
                        error.code(),
                        "sheet_without_table",
                        "{name} {sheet}: {error}"
                    );
                    None
                }
            };
            let Some(table) = read() else { continue };
            let kind = exchange::guess(table.columns()).code;
            let mut census = Memory::new(1);
            let first = import(table, kind, Strictness::Row, &mut census);
            assert_eq!(first.rows, first.new + first.refused, "{name} {sheet}");
            assert_eq!(first.sheet.as_deref().map(str::trim), Some(sheet.trim()));
            let second = import(
                read().expect("as before"),
                kind,
                Strictness::Row,
                &mut census,
            );
            assert_eq!(
                (second.unchanged, second.refused),
                (first.new, first.refused),
                "{name} {sheet}"
            );
            let folder = tempfile::tempdir().expect("a folder");
            let back = hand_back(
                read().expect("as before"),
                &first,
                folder.path(),
                Vec::new(),
            );
            let back = open(&back.expect("written")).expect("our own");
            assert_eq!(back.count() as u64, first.rows, "{name} {sheet}");
            println!(
                "{name:48} {sheet:24} {kind:10} {:>5} rows {:>5} new {:>5} refused",
                first.rows, first.new, first.refused
            );
        }
    }
}
