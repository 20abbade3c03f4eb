//! A node that is asked to stop answers first what it was asked before.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::process::Command;

use serde_json::{Value as Json, json};

use crate::harness::process::NodeProcess;
use crate::harness::program::{run, text};

/// Enough for an import that goes on while the node is asked to stop.
const ROWS: usize = 400;
const STOPS: usize = 4;

#[test]
fn a_command_that_was_asked_before_the_signal_has_its_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("prefecture");
    let mut node = NodeProcess::found(dir.clone(), "Préfecture");
    node.start();
    let file = folder.path().join("clubs.csv");
    let rows: Vec<String> = (0..ROWS)
        .map(|number| format!("Club inventé {number},45155"))
        .collect();
    std::fs::write(&file, format!("nom,commune\n{}\n", rows.join("\n"))).expect("writes");
    let mut socket = UnixStream::connect(dir.join("maillage.sock")).expect("it listens");
    let question = json!({ "import": {
        "file": file, "kind": "actor", "source": null, "columns": [], "confirmed": [], "dry_run": false, "refused": "stop",
    } });
    writeln!(socket, "{question}").expect("it reads");
    let mut lines = BufReader::new(socket).lines();
    let mut next = || -> Json {
        let line = lines.next().expect("an answer").expect("readable");
        serde_json::from_str(&line).expect("one object a line")
    };
    let mut said = next();
    assert!(said.get("progress").is_some(), "{said}");
    let pid = node.process_id().to_string();
    let told = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(told.expect("kill runs").success());
    while said.get("progress").is_some() {
        said = next();
    }
    assert_eq!(said["done"]["new"], ROWS, "{said}");
    node.stop();
    assert_eq!(node.ask(&["status"])["records"], ROWS);
}

#[test]
fn a_node_that_is_told_to_stop_says_so_each_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("prefecture");
    let mut node = NodeProcess::found(dir.clone(), "Préfecture");
    for _ in 0..STOPS {
        node.start();
        let stopped = run(&["stop", "--json", "--dir", &dir.to_string_lossy()]);
        let said = text(&stopped.stdout);
        assert!(stopped.status.success(), "{said}{}", text(&stopped.stderr));
        assert!(said.contains("\"stopping\":true"), "{said}");
        node.stop();
    }
}
