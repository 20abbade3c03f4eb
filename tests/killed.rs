//! Nodes that are killed without warning, again and again, in the middle of what they do.

use crate::harness::program::{injected, json, run, text};
use crate::harness::running::RunningNode;

/// How often a node is killed, and how often where `FAULTS=all` asks for it (`scripts/faults`).
const KILLS: (usize, usize) = (20, 500);
/// Rows that are imported before each kill: 10,000 in all.
const ROWS: usize = 500;
/// Questions after which two nodes must agree: each takes some milliseconds.
const QUESTIONS_MAX: usize = 5_000;

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
fn nodes_killed_again_and_again_during_a_transfer_lose_nothing_that_was_acknowledged() {
    let kills = injected(KILLS);
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
    let mut prefecture = Some(RunningNode::start(&dirs[0], 0));
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
    let mut ville = Some(RunningNode::start(&dirs[1], 0));
    for round in 0..kills {
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
            ville.as_ref().expect("it runs").ask(&["status"]);
        }
        let (killed, dir) = if round % 2 == 0 {
            (&mut ville, &dirs[1])
        } else {
            (&mut prefecture, &dirs[0])
        };
        killed.take().expect("it runs").kill();
        *killed = Some(RunningNode::start(dir, 0));
    }
    let (prefecture, ville) = (prefecture.expect("it runs"), ville.expect("it runs"));
    for question in 0.. {
        let (one, other) = (prefecture.ask(&["status"]), ville.ask(&["status"]));
        if one["entries"] == other["entries"] {
            assert_eq!(
                one["records"],
                kills * ROWS,
                "every acknowledged record is there"
            );
            assert_eq!(one["records"], other["records"]);
            assert_eq!(one["state_digest"], other["state_digest"]);
            assert_eq!((&one["pending"], &one["rejected"]), (&0.into(), &0.into()));
            println!(
                "fault: kill -9 of a node in a transfer: {kills} injected, 0 of {} acknowledged records lost",
                kills * ROWS
            );
            return;
        }
        assert!(question < QUESTIONS_MAX, "{one}\n{other}");
    }
}
