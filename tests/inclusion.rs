//! The real lists of data·inclusion into a real replica, out again, and into an empty federation: what the published schema takes, twice
//! the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use admin_ui::files::{Export, Exported, Form, Import, Reach, Refused};
use crdt_schema::time::Timestamp;
use replica::Replica;
use serde_json::{Map, Value as Json};

use crate::harness::federation::Node;
use crate::imports;

/// How long some thousands of views may take to be built while other tests use the machine.
const VIEWS_DEADLINE: Duration = Duration::from_secs(300);

type Row = Map<String, Json>;

fn shared() -> Option<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["../../shared/data", "../../../shared/data"].map(|path| manifest.join(path));
    let found = folders.into_iter().find(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: no folder ../shared/data beside the repository: nothing to import.");
    }
    found
}

/// Imports a list; the kind and the columns are found by themselves.
fn import(replica: &Replica, file: &File, name: &str) {
    let wanted = Import {
        refused: Refused::Cell,
        problems_max: 0,
        ..imports::of(file, name, name)
    };
    let imported = imports::run(replica, &wanted);
    let report = imported.expect("it is imported").report;
    assert!(report.new > 0, "{name}");
    assert!(replica.wait_for_views(VIEWS_DEADLINE));
}

fn export(replica: &Replica, form: Form) -> (Vec<u8>, Exported) {
    let mut bytes = Vec::new();
    let export = Export {
        form,
        kind: None,
        found: None,
        language: "fr",
        reach: Reach::Partners,
        now: Timestamp::from_millis(1_795_694_400_000),
        address: None,
        said_max: usize::MAX,
    };
    let exported = export.write(replica, &mut bytes, &mut |_| ControlFlow::Continue(()));
    (bytes, exported.expect("it is written"))
}

fn lists(replica: &Replica) -> [Vec<Row>; 2] {
    [Form::InclusionStructures, Form::InclusionServices].map(|form| {
        let (bytes, exported) = export(replica, form);
        let rows: Vec<Row> = serde_json::from_slice(&bytes).expect("a list");
        assert_eq!(exported.records, rows.len() as u64);
        rows
    })
}

/// Asks Python's jsonschema whether rows are what the published schema takes.
fn check(shared: &Path, name: &str, rows: &[Row]) {
    let python = std::env::var("READERS_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_it = Command::new(&python)
        .args(["-c", "import jsonschema, rfc3986_validator"])
        .output();
    if !has_it.is_ok_and(|ran| ran.status.success()) {
        println!("skipped: {python} has no jsonschema; scripts/readers fetches it and runs this.");
        return;
    }
    let schema = shared.join(format!(
        "06_vocabulaires/data-inclusion_v1/{name}.schema.json"
    ));
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(&serde_json::to_vec(rows).expect("JSON"))
        .expect("written");
    let script = r#"
import json, sys, jsonschema
schema, rows = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
for row in rows:
    assert set(row) <= set(schema["properties"]), row
    for error in validator.iter_errors(row):
        print(row["id"], list(error.path), error.message[:200])
print(len(rows))
"#;
    let ran = Command::new(&python)
        .args(["-c", script])
        .args([schema.as_path(), file.path()])
        .output()
        .expect("it runs");
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let said = String::from_utf8(ran.stdout).expect("UTF-8");
    assert_eq!(said, format!("{}\n", rows.len()), "{name}");
}

/// The rows without what names the federation and the day; a service with the name of its structure.
fn contents([structures, services]: &[Vec<Row>; 2]) -> [Vec<String>; 2] {
    let names = structures
        .iter()
        .map(|row| (row["id"].to_string(), row["nom"].clone()));
    let names: BTreeMap<_, _> = names.collect();
    [structures, services].map(|rows| {
        let plain = |row: &Row| {
            let mut row = row.clone();
            if let Some(id) = row.remove("structure_id") {
                let holder = names.get(&id.to_string()).expect("its structure is there");
                row.insert("structure".to_owned(), holder.clone());
            }
            row.retain(|name, _| !["date_maj", "id", "source"].contains(&name.as_str()));
            Json::Object(row).to_string()
        };
        let mut rows: Vec<_> = rows.iter().map(plain).collect();
        rows.sort();
        rows
    })
}

fn as_file(rows: &[Row]) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(&serde_json::to_vec(rows).expect("JSON"))
        .expect("written");
    file
}

#[test]
fn the_real_lists_go_through_a_replica_and_come_out_valid_and_the_same() {
    let Some(shared) = shared() else {
        return;
    };
    let one = Node::new(1);
    for name in [
        "data-inclusion_structures.json",
        "data-inclusion_services.json",
    ] {
        let file = File::open(shared.join("03_structures").join(name)).expect("readable");
        import(&one.replica, &file, name);
    }
    let before = lists(&one.replica);
    check(&shared, "structure", &before[0]);
    check(&shared, "service", &before[1]);
    let (book, exported) = export(&one.replica, Form::Inclusion);
    assert!(book.starts_with(b"PK"));
    let report = exported.inclusion.expect("it is reported");
    assert_eq!(
        (report.structures, report.services),
        (before[0].len() as u64, before[1].len() as u64)
    );
    assert_eq!(
        report.left_out as usize,
        report.left.len(),
        "each with its record and why"
    );
    let left: BTreeSet<_> = report.left.iter().map(|(named, _)| named.record).collect();
    assert_eq!(left.len(), report.left.len());
    println!(
        "{} structures, {} services, mean score {:?}, {} left out, {} values said",
        report.structures,
        report.services,
        report.mean_score(),
        report.left_out,
        report.notices
    );
    assert!(report.structures > 3_000 && report.services > 500);

    let other = Node::founding(2, "Une autre fédération");
    for (rows, name) in before.iter().zip(["structures.json", "services.json"]) {
        import(&other.replica, &as_file(rows), name);
    }
    let after = lists(&other.replica);
    let (before, after) = (contents(&before), contents(&after));
    for (one, two) in before.iter().flatten().zip(after.iter().flatten()) {
        assert_eq!(one, two);
    }
    assert_eq!(before.map(|rows| rows.len()), after.map(|rows| rows.len()));
}
