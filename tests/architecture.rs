//! The walls of the house: who may import whom, how long a file may be, and whether ARCHITECTURE.md speaks of what is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The arrows of the architecture: a crate, and the crates of ours that it may name.
const ARROWS: &[(&str, &str, &[&str])] = &[
    ("crdt-schema", "crdt-schema", &[]),
    ("node/replica", "replica", &["crdt-schema"]),
    ("node/exchange", "exchange", &["crdt-schema"]),
    ("node/sync", "sync", &["crdt-schema", "replica"]),
    (
        "admin-ui",
        "admin-ui",
        &["crdt-schema", "exchange", "replica"],
    ),
    (
        "node",
        "node",
        &["admin-ui", "crdt-schema", "exchange", "replica", "sync"],
    ),
];
/// What the pure crate must not know: files, sockets, clocks, threads, logs.
const IMPURE: &[&str] = &[
    "tokio",
    "redb",
    "iroh",
    "axum",
    "tracing",
    "std::fs",
    "std::net",
    "std::thread",
];
/// Modules of other crates that decide without IO.
const PURE_FOLDERS: &[&str] = &["crdt-schema/src", "node/sync/src/session"];
const FILE_LINES_MAX: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests is in the workspace")
        .to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The lines of a file before its tests.
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
}

#[test]
fn crates_depend_only_along_the_arrows() {
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(_, name, _)| *name).collect();
    for (folder, name, allowed) in ARROWS {
        let manifest: toml::Table = read(&root().join(folder).join("Cargo.toml"))
            .parse()
            .expect("TOML");
        let dependencies = manifest["dependencies"].as_table().expect("a table");
        for dependency in dependencies
            .keys()
            .filter(|dependency| ours.contains(dependency.as_str()))
        {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{name} must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn the_pure_modules_do_no_input_or_output() {
    for folder in PURE_FOLDERS {
        for file in rust_files(&root().join(folder)) {
            let text = read(&file);
            for line in code_lines(&text).filter(|line| line.trim_start().starts_with("use ")) {
                let word = line.trim_start().trim_start_matches("use ").trim_start();
                let is_impure = IMPURE.iter().any(|name| {
                    word.strip_prefix(name)
                        .is_some_and(|rest| rest.starts_with([':', ';', ' ']))
                });
                assert!(!is_impure, "{}: {line}", file.display());
            }
        }
    }
}

#[test]
fn no_file_is_longer_than_a_person_reads() {
    for file in rust_files(&root()) {
        let inside = file.strip_prefix(root()).expect("below the root");
        let is_test_folder = inside.iter().skip(1).any(|part| part == "tests");
        if inside.iter().any(|part| part == "target") || is_test_folder {
            continue;
        }
        let text = read(&file);
        let lines = code_lines(&text).count();
        assert!(
            lines <= FILE_LINES_MAX,
            "{}: {lines} lines, {FILE_LINES_MAX} at most",
            file.display()
        );
    }
}

#[test]
fn the_top_folder_holds_the_known_source_folders_only() {
    let known = [
        "admin-ui",
        "crdt-schema",
        "deploy",
        "docs",
        "node",
        "scripts",
        "target",
        "tests",
    ];
    for entry in fs::read_dir(root()).expect("readable") {
        let entry = entry.expect("readable");
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() && !name.starts_with('.') {
            assert!(known.contains(&name.as_str()), "{name}");
        }
    }
}

#[test]
fn architecture_md_names_files_that_exist() {
    let text = read(&root().join("ARCHITECTURE.md"));
    let mut named = 0;
    for name in text.split('`').skip(1).step_by(2) {
        let is_path = name.contains('/') && !name.contains([' ', '<', '*', ':', '\\']);
        if is_path {
            named += 1;
            assert!(
                root().join(name).exists(),
                "ARCHITECTURE.md names {name}, which is not there"
            );
        }
    }
    assert!(
        named >= 10,
        "ARCHITECTURE.md names {named} places: too few to find one's way"
    );
}
