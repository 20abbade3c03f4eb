//! Two nodes, one of which has a clock that is ten years off: nothing differs but the times that are shown.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;

use crate::harness::program::{json, maillage};
use crate::harness::running::RunningNode;

const TEN_YEARS_MS: i64 = 3_652 * 24 * 3_600 * 1_000;

/// A node's folder and how far its clock is off.
struct Place {
    dir: PathBuf,
    offset_ms: i64,
}

impl Place {
    fn new(folder: &Path, name: &str, offset_ms: i64) -> Self {
        Self {
            dir: folder.join(name),
            offset_ms,
        }
    }

    /// Runs a command in the folder, under the folder's clock.
    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(maillage())
            .args(arguments)
            .args(["--json", "--dir"])
            .arg(&self.dir)
            .env("MAILLAGE_CLOCK_OFFSET_MS", self.offset_ms.to_string())
            .output()
            .expect("the program runs")
    }

    fn start(&self) -> RunningNode {
        RunningNode::start(&self.dir, self.offset_ms)
    }

    /// Imports clubs, in the name of a source that both nodes know.
    fn import(&self, clubs: &[(&str, &str)]) -> Json {
        let mut file = String::from("identifiant;nom;commune;code_insee;resume\n");
        for (name, summary) in clubs {
            file.push_str(&format!(
                "{name};Club inventé {name};Gien;45155;{summary}\n"
            ));
        }
        let path = self.dir.join("clubs.csv");
        std::fs::write(&path, file).expect("the folder is writable");
        let path = path.to_string_lossy();
        let import = ["import", &path, "--kind", "actor", "--source", "clubs"];
        let report = json(&self.run(&import));
        assert_eq!(report["refused"], 0, "{report}");
        report
    }
}

/// The summary of each club as a node reads it: every value that stands, with the partner who wrote it and the year that it claims.
type Summaries = BTreeMap<String, Vec<(String, String, i32)>>;

fn summaries(node: &RunningNode) -> Summaries {
    let found = node.ask(&["search", "--limit", "200"]);
    let hits = found["hits"].as_array().expect("a list");
    let read = hits.iter().map(|hit| {
        let record = hit["record"].as_str().expect("an id");
        let shown = node.ask(&["record", "show", record]);
        let values = shown["fields"]["summary"]["values"]
            .as_array()
            .expect("a list");
        let mut values: Vec<_> = values
            .iter()
            .map(|value| {
                let word = |value: &Json| value.as_str().expect("a text").to_owned();
                let claimed = word(&value["by"]["claimed"]);
                let year = claimed.split('-').next().and_then(|year| year.parse().ok());
                (
                    word(&value["value"]),
                    word(&value["by"]["partner"]),
                    year.expect("a year"),
                )
            })
            .collect();
        values.sort();
        (hit["name"].as_str().expect("a name").to_owned(), values)
    });
    read.collect()
}

/// What stands at the end whatever the clocks say. The third club was changed on both sides, and keeps both values.
const EXPECTED: [(&str, &[(&str, &str)]); 5] = [
    (
        "Club inventé A",
        &[("changé par la préfecture", "Préfecture")],
    ),
    ("Club inventé B", &[("changé par la ville", "Ville")]),
    (
        "Club inventé C",
        &[
            ("vu par la préfecture", "Préfecture"),
            ("vu par la ville", "Ville"),
        ],
    ),
    (
        "Club inventé D",
        &[("nouveau, de la préfecture", "Préfecture")],
    ),
    ("Club inventé E", &[("nouveau, de la ville", "Ville")]),
];

/// Founds, joins, edits apart and together, and compares everything with what right clocks give.
fn play(prefecture_offset_ms: i64, ville_offset_ms: i64) {
    let folder = tempfile::tempdir().expect("a folder");
    let prefecture = Place::new(folder.path(), "prefecture", prefecture_offset_ms);
    let ville = Place::new(folder.path(), "ville", ville_offset_ms);
    json(&prefecture.run(&[
        "init",
        "--profile",
        "rencontres",
        "--name",
        "Essai",
        "--partner",
        "Préfecture",
        "--yes",
    ]));
    let running = prefecture.start();
    let ticket = running.ask(&["invite", "--partner", "Ville", "--auto"]);
    let ticket = ticket["ticket"].as_str().expect("a ticket");
    json(&ville.run(&["join", ticket, "--partner", "Ville", "--yes"]));
    let nodes = [running, ville.start()];
    let first = [("A", "d'abord"), ("B", "d'abord"), ("C", "d'abord")];
    assert_eq!(prefecture.import(&first)["new"], 3);
    nodes[0].agree(&nodes[1]);
    // Apart: each changes one club alone, both change the third, and each adds one.
    nodes.into_iter().for_each(RunningNode::stop);
    let there = [
        ("A", "changé par la préfecture"),
        ("C", "vu par la préfecture"),
    ];
    assert_eq!(prefecture.import(&there)["changed"], 2);
    assert_eq!(
        prefecture.import(&[("D", "nouveau, de la préfecture")])["new"],
        1
    );
    let here = [("B", "changé par la ville"), ("C", "vu par la ville")];
    assert_eq!(ville.import(&here)["changed"], 2);
    assert_eq!(ville.import(&[("E", "nouveau, de la ville")])["new"], 1);
    let nodes = [&prefecture, &ville].map(Place::start);
    let statuses = nodes[0].agree(&nodes[1]);
    for status in &statuses {
        assert_eq!(
            (&status["records"], &status["pending"], &status["rejected"]),
            (&5.into(), &0.into(), &0.into()),
            "{status}"
        );
        let feeds = status["feeds"].as_array().expect("a list");
        assert!(feeds.iter().all(|feed| feed["fork"].is_null()), "{status}");
    }
    let read = nodes.each_ref().map(summaries);
    assert_eq!(read[0], read[1], "both nodes read the same, times included");
    check(&read[0], prefecture_offset_ms, ville_offset_ms);
    nodes.into_iter().for_each(RunningNode::stop);
}

/// The values are those of right clocks; the years that partners claim lie as far apart as their clocks.
fn check(read: &Summaries, prefecture_offset_ms: i64, ville_offset_ms: i64) {
    let values: Vec<_> = read
        .iter()
        .map(|(name, values)| {
            let values: Vec<_> = values
                .iter()
                .map(|(value, partner, _)| (value.as_str(), partner.as_str()))
                .collect();
            (name.as_str(), values)
        })
        .collect();
    let expected = EXPECTED.map(|(name, values)| (name, values.to_vec()));
    assert_eq!(values, expected);
    let years = |partner: &str| {
        let claims = read.values().flatten();
        let mut years = claims
            .filter(|(_, by, _)| by == partner)
            .map(|(_, _, year)| *year);
        let first = years.next().expect("the partner wrote something");
        assert!(years.all(|year| (year - first).abs() <= 1), "{read:?}");
        first
    };
    let apart = i64::from(years("Ville") - years("Préfecture"));
    let wanted = 10 * (ville_offset_ms - prefecture_offset_ms).signum();
    assert!(
        (apart - wanted).abs() <= 1,
        "{apart} years apart, not {wanted}"
    );
}

#[test]
fn right_clocks_give_the_values_that_wrong_ones_are_compared_with() {
    play(0, 0);
}

#[test]
fn a_partner_ten_years_ahead_changes_nothing_but_displayed_times() {
    play(0, TEN_YEARS_MS);
}

#[test]
fn a_partner_ten_years_behind_changes_nothing_but_displayed_times() {
    play(0, -TEN_YEARS_MS);
}

#[test]
fn a_coordinator_ten_years_behind_changes_nothing_but_displayed_times() {
    play(-TEN_YEARS_MS, 0);
}

#[test]
fn a_coordinator_ten_years_ahead_changes_nothing_but_displayed_times() {
    play(TEN_YEARS_MS, 0);
}
