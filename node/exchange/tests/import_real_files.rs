//! Real files, imported, imported again, exported and read back. They are kept beside the repository and never in it.

mod census;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crdt_schema::edit::Field;
use crdt_schema::record::Kind;
use crdt_schema::register::{LAST_YEAR, Territories};
use crdt_schema::vocabulary::Words;
use exchange::export::{Csv, Reach, Spreadsheet, Worded, extras};
use exchange::{Choices, Level, Report, Settings, Strictness, Table};

use census::Memory;

static LISTS: LazyLock<Territories> = LazyLock::new(Territories::embedded);

fn settings(source: &str, strictness: Strictness) -> Settings<'_> {
    Settings {
        source,
        kind: None,
        wishes: &[],
        confirmed: &[],
        lists: &LISTS,
        year: LAST_YEAR,
        strictness,
        has_contacts: false,
        words: Words::shipped(),
    }
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
    let mut files = Vec::new();
    for folder in ["03_structures", "04_actions_financements", "05_evenements"] {
        files_below(&samples.join(folder), &mut files);
    }
    files.sort();
    files
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            files_below(&path, found);
        } else if matches!(extension, Some("csv" | "json")) {
            found.push(path);
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .expect("a file")
        .to_string_lossy()
        .into_owned()
}

/// Every refusal can be acted upon: where, what, why.
fn check(name: &str, report: &Report) {
    assert_eq!(
        report.rows,
        report.new + report.changed + report.unchanged + report.refused,
        "{name}"
    );
    let refusals: Vec<_> = report
        .problems
        .iter()
        .filter(|one| one.level == Level::Refused)
        .collect();
    let lines: BTreeSet<_> = refusals.iter().map(|one| one.problem.line).collect();
    assert_eq!(
        lines.len() as u64,
        report.refused,
        "{name}: one line or more for each refused row"
    );
    for one in &report.problems {
        let problem = &one.problem;
        assert!(problem.line > 0, "{name} {problem:?}");
        assert!(
            problem.reason.ends_with(['.', '…']) && problem.reason.contains(' '),
            "{name} {problem:?}"
        );
        assert!(!problem.code.is_empty());
    }
    let warnings = report
        .problems
        .iter()
        .filter(|one| one.level == Level::Warning && one.problem.code == "row_repeated")
        .count();
    assert_eq!(warnings as u64, report.duplicates, "{name}");
}

type Contents = Vec<BTreeMap<String, (Vec<String>, Vec<String>, Option<String>)>>;

/// What the records say, without who wrote it, in an order that does not depend on their ids.
fn contents(census: &Memory) -> Contents {
    let plain = |field: &Field| {
        let values = field
            .values
            .iter()
            .map(|written| format!("{:?}", written.value))
            .collect();
        (
            values,
            field.terms.keys().cloned().collect(),
            field.text.clone(),
        )
    };
    let record = |view: &crdt_schema::view::RecordView| {
        view.fields()
            .iter()
            .map(|(name, field)| (name.clone(), plain(field)))
            .collect()
    };
    let mut contents: Contents = census.views().map(record).collect();
    contents.sort();
    contents
}

fn exported(census: &Memory, kind: &'static Kind) -> Vec<u8> {
    let extras = extras(kind, census.views());
    let words = Words::shipped();
    let mut csv = Csv::new(Vec::new(), kind, &extras, Reach::Partners, words).expect("memory");
    for view in census.views() {
        csv.record(view).expect("memory");
    }
    csv.finish().expect("memory")
}

/// The same for people.
fn worded(census: &Memory, kind: &'static Kind, language: &str) -> Vec<u8> {
    let extras = extras(kind, census.views());
    let words = Words::shipped();
    let worded = Worded { words, language };
    let mut file =
        Spreadsheet::new(Vec::new(), kind, &extras, Reach::Partners, worded).expect("memory");
    for view in census.views() {
        file.record(view, &BTreeMap::new()).expect("memory");
    }
    file.finish().expect("memory")
}

#[test]
fn every_real_file_balances_and_is_unchanged_the_second_time() {
    println!(
        "{:52} {:10} {:>6} {:>6} {:>7} {:>4} {:>7}",
        "file", "kind", "rows", "new", "refused", "dup", "cells"
    );
    let mut why: BTreeMap<(String, String), u64> = BTreeMap::new();
    for path in samples() {
        let name = name_of(&path);
        let Ok(table) = Table::open(&path, &Choices::default()) else {
            continue;
        };
        let mut census = Memory::new(1);
        let first = census.import(table, settings(&name, Strictness::Row));
        check(&name, &first);
        assert_eq!((first.changed, first.unchanged), (0, 0), "{name}");
        assert_eq!(first.new as usize, census.len(), "{name}");
        let again = Table::open(&path, &Choices::default()).expect("as before");
        let second = census.import(again, settings(&name, Strictness::Row));
        assert_eq!(
            (second.new, second.changed, second.unchanged),
            (0, 0, first.new),
            "{name}"
        );
        let gently = Table::open(&path, &Choices::default()).expect("as before");
        let cells = Memory::new(1).import(gently, settings(&name, Strictness::Cell));
        check(&name, &cells);
        let kind = first.kind.expect("guessed");
        println!(
            "{name:52} {kind:10} {:>6} {:>6} {:>7} {:>4} {:>7}",
            first.rows, first.new, first.refused, first.duplicates, cells.refused
        );
        for one in first
            .problems
            .iter()
            .filter(|one| one.level == Level::Refused)
        {
            let column = one.problem.column.clone().unwrap_or_default();
            *why.entry((name.clone(), format!("{column}: {}", one.problem.code)))
                .or_default() += 1;
        }
    }
    let mut why: Vec<_> = why.into_iter().collect();
    why.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for ((name, code), count) in why.iter().take(40) {
        println!("{count:>6} {name} {code}");
    }
}

#[test]
fn what_is_exported_is_imported_as_the_same_records() {
    let mut files = samples();
    files.retain(|path| Table::open(path, &Choices::default()).is_ok());
    files.sort_by_key(|path| std::cmp::Reverse(std::fs::metadata(path).expect("a file").len()));
    for path in files.iter().take(5) {
        let name = name_of(path);
        let table = Table::open(path, &Choices::default()).expect("tried above");
        let mut census = Memory::new(1);
        let report = census.import(table, settings(&name, Strictness::Cell));
        let kind = Kind::parse(report.kind.expect("guessed")).expect("a kind");
        let files = [
            exported(&census, kind),
            worded(&census, kind, "fr"),
            worded(&census, kind, "en"),
        ];
        for file in files {
            let read =
                || Table::read(Cursor::new(file.clone()), &Choices::default()).expect("our own");
            let mut other = Memory::new(2);
            let back = other.import(read(), settings("export", Strictness::Row));
            assert_eq!(
                (back.kind, back.refused),
                (report.kind, 0),
                "{name}: {:?}",
                back.problems.first()
            );
            assert_eq!(back.new as usize, census.len(), "{name}");
            let (before, after) = (contents(&census), contents(&other));
            for (one, two) in before.iter().zip(&after) {
                assert_eq!(one, two, "{name}");
            }
            // In the federation that wrote it, the file says nothing new.
            let same = census.import(read(), settings("export", Strictness::Row));
            assert_eq!(
                same.unchanged,
                same.rows,
                "{name}: {:?}",
                same.problems.first()
            );
        }
        println!("{name:52} {} records there and back", census.len());
    }
}
