//! Real files into real replicas, out again as CSV, and into an empty federation: the same records.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use admin_ui::files::{
    AsText, Export, Form, Import, ImportError, Imported, Reach, Refused, Request,
};
use crdt_schema::edit::{Field, Value};
use crdt_schema::record::Kind;
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use replica::Replica;
use replica::local::Local;

use crate::harness::federation::Node;

/// How long some thousands of views may take to be built while other tests use the machine.
const VIEWS_DEADLINE: Duration = Duration::from_secs(300);

/// Files that are really imported.
const FILES: usize = 5;

/// A file to import whole, whose kind and columns are found by themselves.
pub(crate) fn of<'a>(file: &'a File, name: &'a str, source: &'a str) -> Import<'a> {
    Import {
        file,
        name,
        source,
        kind: None,
        wishes: &[],
        confirmed: &[],
        refused: Refused::Stop,
        sheet: None,
        text: AsText::default(),
        problems_max: usize::MAX,
        contacts: None,
        list_year: None,
        only: None,
        decided: None,
    }
}

/// The folder of real files. They are kept beside the repository and never in it.
pub(crate) fn shared() -> Option<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Worktrees of the repository stand one folder deeper.
    let folders = ["../../shared/data", "../../../shared/data"].map(|path| manifest.join(path));
    let found = folders.into_iter().find(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: no folder ../shared/data beside the repository: nothing to import.");
    }
    found
}

/// CSV and JSON files of structures, actions and events, the largest first.
fn samples() -> Vec<PathBuf> {
    let Some(samples) = shared() else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for folder in ["03_structures", "04_actions_financements", "05_evenements"] {
        files_below(&samples.join(folder), &mut files);
    }
    files.sort_by_key(|path| {
        let size = std::fs::metadata(path).expect("a file").len();
        (std::cmp::Reverse(size), path.clone())
    });
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

fn wanted<'a>(file: &'a File, name: &'a str, refused: Refused) -> Import<'a> {
    Import {
        file,
        name,
        source: name,
        kind: None,
        wishes: &[],
        confirmed: &[],
        refused,
        sheet: None,
        text: AsText::default(),
        problems_max: usize::MAX,
        contacts: None,
        list_year: None,
        only: None,
        decided: None,
    }
}

/// Imports a file as a command does: what the node remembers is opened for it alone.
pub(crate) fn run(replica: &Replica, wanted: &Import<'_>) -> Result<Imported, ImportError> {
    let path = replica.folder().join(replica::local::FILE);
    let local = Local::open(&path).expect("opens");
    let request = Request {
        by: "",
        at: Timestamp::from_millis(0),
    };
    wanted.run((replica, &local), request, &mut |_| {
        ControlFlow::Continue(())
    })
}

fn import(replica: &Replica, wanted: &Import<'_>) -> Imported {
    let imported = run(replica, wanted);
    let imported = imported.unwrap_or_else(|error| panic!("{}: {error}", wanted.name));
    let report = &imported.report;
    assert_eq!(
        report.rows,
        report.new + report.changed + report.unchanged + report.refused,
        "{}: no row is lost",
        wanted.name
    );
    imported
}

fn export(replica: &Replica, kind: &'static Kind) -> (File, u64) {
    let mut file = tempfile::tempfile().expect("a file");
    let export = Export {
        form: Form::Csv,
        kind: Some(kind),
        found: None,
        language: "fr",
        reach: Reach::Partners,
        now: Timestamp::from_millis(0),
        address: None,
        said_max: 0,
    };
    let exported = export.write(replica, &mut file, &mut |_| ControlFlow::Continue(()));
    file.flush().expect("the disk has room");
    (file, exported.expect("it is written").records)
}

/// What a record says, without who wrote it: the values of each field, its terms, its long text.
type Content = BTreeMap<String, (Vec<Value>, Vec<String>, Option<String>)>;

/// What the records say, in an order that does not depend on their ids: these are made from the federation.
fn contents(replica: &Replica) -> Vec<(String, String)> {
    assert!(replica.wait_for_views(VIEWS_DEADLINE));
    let plain = |field: &Field| {
        let values = field.values.iter().map(|written| written.value.clone());
        (
            values.collect(),
            field.terms.keys().cloned().collect(),
            field.text.clone(),
        )
    };
    let content = |view: &RecordView| -> Content {
        let fields = view.fields().iter();
        fields
            .map(|(name, field)| (name.clone(), plain(field)))
            .collect()
    };
    let mut contents = Vec::new();
    let reader = replica.read().expect("a snapshot");
    let read = reader.each_record(|view| {
        contents.push((format!("{:?}", view.birth), format!("{:?}", content(&view))));
        Ok::<(), replica::Fault>(())
    });
    read.expect("readable");
    contents.sort();
    contents
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().expect("a file");
    name.to_string_lossy().into_owned()
}

/// Says whether a file can be read as a whole.
fn is_table(path: &Path) -> bool {
    let name = name_of(path);
    let file = File::open(path).expect("readable");
    let table = wanted(&file, &name, Refused::Cell).table();
    if let Err(unreadable) = &table {
        println!("{name:45} cannot be read as a whole: {}", unreadable.code());
    }
    table.is_ok()
}

/// Takes one file there and back.
fn there_and_back(path: &Path) {
    let name = name_of(path);
    let file = File::open(path).expect("readable");
    let rows = wanted(&file, &name, Refused::Cell);
    let one = Node::new(1);
    let first = import(&one.replica, &rows).report;
    // A record whose view is not built yet is built again for every row that asks for it.
    assert!(one.replica.wait_for_views(VIEWS_DEADLINE));
    let again = import(&one.replica, &rows).report;
    assert_eq!(
        (again.new, again.changed, again.unchanged),
        (0, 0, first.new),
        "{name}: a second time, nothing"
    );
    let kind = Kind::parse(first.kind.expect("guessed")).expect("a kind");
    let before = contents(&one.replica);
    assert!(!before.is_empty(), "{name} holds records");
    assert_eq!(
        before.len() as u64,
        first.new,
        "{name}: each row its record"
    );
    let (csv, exported) = export(&one.replica, kind);
    assert_eq!(exported, first.new, "{name}");

    let other = Node::founding(2, "Une autre fédération");
    let back = import(&other.replica, &wanted(&csv, "export.csv", Refused::Stop)).report;
    assert_eq!(
        (back.kind, back.refused, back.new),
        (first.kind, 0, first.new),
        "{name}: {:?}",
        back.problems.first()
    );
    let after = contents(&other.replica);
    for (one, other) in before.iter().zip(&after) {
        assert_eq!(one, other, "{name}");
    }
    assert_eq!(before.len(), after.len(), "{name}");
    println!(
        "{name:45} {:10} {:>6} rows {:>6} records {:>4} refused {:>4} with cells in extra fields",
        kind.code,
        first.rows,
        first.new,
        first.refused,
        first
            .notices
            .iter()
            .filter(|one| one.problem.proposed)
            .count()
    );
}

#[test]
fn the_five_largest_real_files_are_the_same_records_in_an_empty_federation() {
    let largest: Vec<_> = samples()
        .into_iter()
        .filter(|path| is_table(path))
        .take(FILES)
        .collect();
    // Signing waits for the disk: two files at a time.
    for pair in largest.chunks(2) {
        std::thread::scope(|scope| {
            for path in pair {
                scope.spawn(|| there_and_back(path));
            }
        });
    }
}
