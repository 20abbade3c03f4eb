//! Heavy crates that are compiled twice: each has a line in ARCHITECTURE.md that says why, or the build fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Crates that cost every build and every reader of an audit. Two versions of one of them are a decision; what is not named here is small,
/// runs in the compiler only, or is for another operating system.
const HEAVY: &[&str] = &[
    "automerge",
    "axum",
    "chacha20poly1305",
    "clap",
    "curve25519-dalek",
    "ed25519-dalek",
    "fluent-bundle",
    "h2",
    "hickory-resolver",
    "hyper",
    "hyper-util",
    "idna",
    "iroh",
    "iroh-relay",
    "jiff",
    "netdev",
    "netwatch",
    "noq",
    "quinn",
    "rand",
    "redb",
    "regex",
    "regex-automata",
    "reqwest",
    "ring",
    "rustls",
    "serde",
    "serde_json",
    "sha2",
    "tantivy",
    "tokio",
    "tower-http",
    "tracing-subscriber",
    "zstd-sys",
];
const HEADING: &str = "## Third-party crates";
/// The table that names a crate, its versions in the lock, and the reason.
const TABLE: &str = "| there twice | versions | why |";

/// The versions of each crate in a lock file.
fn versions(lock: &str) -> BTreeMap<String, BTreeSet<String>> {
    let lock: toml::Table = lock.parse().expect("TOML");
    let packages = lock["package"].as_array().expect("a list");
    let mut versions = BTreeMap::<String, BTreeSet<String>>::new();
    for package in packages {
        let word = |key: &str| package[key].as_str().expect("a text").to_owned();
        let known = versions.entry(word("name")).or_default();
        known.insert(compatible(&word("version")));
    }
    versions
}

/// The part of a version that a manifest would have to name to get another one: `4` of 4.1.3, `0.6` of 0.6.11.
fn compatible(version: &str) -> String {
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some("0"), Some(minor)) => format!("0.{minor}"),
        (major, _) => major.unwrap_or_default().to_owned(),
    }
}

/// The heavy crates that the table explains, with the versions that it names.
fn explained(architecture: &str) -> BTreeMap<String, BTreeSet<String>> {
    let section = architecture.split(HEADING).nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let table = section.split(TABLE).nth(1).unwrap_or_default();
    let rows = table
        .lines()
        .skip(1)
        .skip_while(|line| line.starts_with("|--"));
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 5, "a row has three cells: {row}");
        assert!(!cells[3].is_empty(), "a row says why: {row}");
        let versions = cells[2].split(',').map(|version| version.trim().to_owned());
        (cells[1].trim_matches('`').to_owned(), versions.collect())
    })
    .collect()
}

/// What is there twice and not explained, and what is explained and not there twice.
fn differences(lock: &str, architecture: &str) -> Vec<String> {
    let mut twice = versions(lock);
    twice.retain(|name, versions| versions.len() > 1 && HEAVY.contains(&name.as_str()));
    let explained = explained(architecture);
    let names: BTreeSet<_> = twice.keys().chain(explained.keys()).collect();
    let differing = names
        .into_iter()
        .filter(|name| twice.get(*name) != explained.get(*name));
    let listed = |versions: Option<&BTreeSet<String>>| {
        versions.map_or_else(
            || "nothing".to_owned(),
            |versions| versions.iter().cloned().collect::<Vec<_>>().join(", "),
        )
    };
    differing
        .map(|name| {
            format!(
                "{name}: Cargo.lock has {}, ARCHITECTURE.md explains {}",
                listed(twice.get(name)),
                listed(explained.get(name))
            )
        })
        .collect()
}

#[test]
fn every_heavy_crate_that_is_there_twice_is_explained() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |name: &str| fs::read_to_string(root.join(name)).expect(name);
    let (lock, architecture) = (read("Cargo.lock"), read("ARCHITECTURE.md"));
    assert!(architecture.contains(TABLE), "{TABLE}");
    let differences = differences(&lock, &architecture);
    assert!(
        differences.is_empty(),
        "`cargo tree -d` says who brings them; write a line below « {TABLE} »:\n{}",
        differences.join("\n")
    );
    let known = versions(&lock);
    assert!(
        HEAVY
            .iter()
            .filter(|name| known.contains_key(**name))
            .count()
            > 20,
        "the list of heavy crates speaks of others than those that are here"
    );
}

#[test]
fn a_second_version_without_a_line_and_a_line_without_a_second_version_are_found() {
    let package = |name: &str, version: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n")
    };
    let lock = |versions: &[(&str, &str)]| -> String {
        versions
            .iter()
            .map(|(name, version)| package(name, version))
            .collect()
    };
    let page =
        |rows: &str| format!("# A\n\n{HEADING} of ours\n\n{TABLE}\n|---|---|---|\n{rows}\n## B\n");
    let twice = lock(&[
        ("hyper", "0.14.1"),
        ("hyper", "1.6.0"),
        ("either", "1.0.0"),
        ("either", "2.0.0"),
    ]);
    assert_eq!(
        differences(&twice, &page("")),
        ["hyper: Cargo.lock has 0.14, 1, ARCHITECTURE.md explains nothing"]
    );
    let line = "| `hyper` | 0.14, 1 | an old client |\n";
    assert!(differences(&twice, &page(line)).is_empty());
    assert_eq!(
        differences(&lock(&[("hyper", "1.6.0")]), &page(line)).len(),
        1
    );
    let third = format!("{twice}{}", package("hyper", "2.0.0"));
    assert_eq!(differences(&third, &page(line)).len(), 1);
    // A line elsewhere on the page explains nothing.
    assert_eq!(differences(&twice, &format!("{line}{}", page(""))).len(), 1);
    assert_eq!(differences(&twice, "").len(), 1);
}

#[test]
fn versions_that_one_manifest_could_unify_are_one() {
    assert_eq!(compatible("4.1.3"), "4");
    assert_eq!(compatible("0.6.11"), "0.6");
    assert_eq!(compatible("0.9.12+spec-1.1.0"), "0.9");
    assert_eq!(compatible(""), "");
}
