//! Nodes that are killed without warning, again and again, in the middle of what they do.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;

use crate::harness::program::{json, maillage, run, text};

/// How often a node is killed.
const KILLS: usize = 20;
/// Rows that are imported before each kill: 10,000 in all.
const ROWS: usize = 500;
/// Questions after which two nodes must agree: each takes some milliseconds.
const QUESTIONS_MAX: usize = 5_000;

/// A running node, killed when dropped.
struct Node {
    dir: String,
    process: Child,
}

impl Node {
    fn start(dir: &Path) -> Self {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(dir.join("node.log"));
        let mut process = Command::new(maillage())
            .args(["run", "--json", "--dir"])
            .arg(dir)
            .stdout(Stdio::piped())
            .stderr(log.expect("the folder is writable"))
            .spawn()
            .expect("the program runs");
        let mut line = String::new();
        let output = process.stdout.take().expect("it was piped");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let log = || std::fs::read_to_string(dir.join("node.log")).unwrap_or_default();
        assert!(line.contains("\"ready\":true"), "{line}{}", log());
        Self {
            dir: dir.to_string_lossy().into_owned(),
            process,
        }
    }

    fn status(&self) -> Json {
        json(&run(&["status", "--dir", &self.dir, "--json"]))
    }

    fn kill(mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it has ended");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A file of invented clubs.
fn clubs(round: usize) -> String {
    let mut file = String::from("identifiant;nom;commune;code_insee;resume\n");
    for row in 0..ROWS {
        file.push_str(&format!(
            "CLUB-{round}-{row};Club inventé {round} {row};Gien;45155;Un club qui n'existe pas.\n"
        ));
    }
    file
}

#[test]
fn nodes_killed_twenty_times_during_a_transfer_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let dirs = ["prefecture", "ville"].map(|name| folder.path().join(name));
    let paths = dirs.clone().map(|dir| dir.to_string_lossy().into_owned());
    let init = run(&[
        "init",
        "--dir",
        &paths[0],
        "--profile",
        "rencontres",
        "--name",
        "Essai",
        "--partner",
        "Préfecture",
        "--yes",
        "--json",
    ]);
    assert!(init.status.success(), "{}", text(&init.stderr));
    let mut prefecture = Some(Node::start(&dirs[0]));
    let ticket = json(&run(&[
        "invite",
        "--dir",
        &paths[0],
        "--partner",
        "Ville",
        "--auto",
        "--json",
    ]));
    let ticket = ticket["ticket"].as_str().expect("a ticket");
    let join = run(&[
        "join",
        ticket,
        "--dir",
        &paths[1],
        "--partner",
        "Ville",
        "--yes",
        "--json",
    ]);
    assert!(join.status.success(), "{}", text(&join.stderr));
    let mut ville = Some(Node::start(&dirs[1]));
    for round in 0..KILLS {
        let file = folder.path().join(format!("clubs-{round}.csv"));
        std::fs::write(&file, clubs(round)).expect("the folder is writable");
        let import = json(&run(&[
            "import",
            &file.to_string_lossy(),
            "--dir",
            &paths[0],
            "--kind",
            "actor",
            "--json",
        ]));
        assert_eq!(
            (&import["new"], &import["refused"]),
            (&ROWS.into(), &0.into()),
            "{import}"
        );
        // The moment of the kill moves from round to round, from at once to well into the transfer.
        for _ in 0..round % 4 {
            ville.as_ref().expect("it runs").status();
        }
        let (killed, dir) = if round % 2 == 0 {
            (&mut ville, &dirs[1])
        } else {
            (&mut prefecture, &dirs[0])
        };
        killed.take().expect("it runs").kill();
        *killed = Some(Node::start(dir));
    }
    let (prefecture, ville) = (prefecture.expect("it runs"), ville.expect("it runs"));
    for question in 0.. {
        let (one, other) = (prefecture.status(), ville.status());
        if one["entries"] == other["entries"] {
            assert_eq!(
                one["records"],
                KILLS * ROWS,
                "every acknowledged record is there"
            );
            assert_eq!(one["records"], other["records"]);
            assert_eq!(one["state_digest"], other["state_digest"]);
            assert_eq!((&one["pending"], &one["rejected"]), (&0.into(), &0.into()));
            return;
        }
        assert!(question < QUESTIONS_MAX, "{one}\n{other}");
    }
}
