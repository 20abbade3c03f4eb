//! Nodes of which each knows no other than that of its ticket, as processes: they meet, and go on without it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

use crate::harness::process::{NodeProcess, eventually};
use crate::harness::program::{maillage, text};

const OTHERS: [&str; 3] = ["Ville de Gien", "Comité sportif", "Club nautique"];

fn joined(by: &NodeProcess, folder: &Path, name: &str) -> NodeProcess {
    let ticket = by.ask(&["invite", "--partner", name, "--auto"])["ticket"].clone();
    let ticket = ticket.as_str().expect("a ticket");
    let joining = NodeProcess::join(folder, ticket, &["--partner", name]);
    let joined = joining.wait_with_output().expect("it ends");
    assert!(joined.status.success(), "{}", text(&joined.stderr));
    let mut node = NodeProcess::of(folder.to_owned());
    node.start();
    node
}

fn endpoint(node: &NodeProcess) -> String {
    let endpoint = node.key("endpoint").public();
    let digits = endpoint.as_bytes().iter();
    digits.map(|byte| format!("{byte:02x}")).collect()
}

/// How many nodes hold the same as this one, with a session that says so.
fn level(status: &Json) -> usize {
    let peers = status["peers"].as_array().expect("a list");
    let is_level = |peer: &&Json| peer["state"] == "caught_up" && peer["sessions"] != 0;
    peers.iter().filter(is_level).count()
}

fn kept(node: &NodeProcess) -> String {
    fs::read_to_string(node.folder().join("peers.json")).unwrap_or_default()
}

fn write(node: &NodeProcess, name: &str) {
    let file = node.folder().with_extension("csv");
    fs::write(&file, format!("nom,commune\n{name},45155\n")).expect("writable");
    node.ask(&["import", &file.to_string_lossy(), "--kind", "actor"]);
}

fn has_records(count: u64) -> impl Fn(&Json) -> bool {
    move |found| found["total"] == count
}

#[test]
fn nodes_of_one_ticket_meet_and_go_on_without_its_node_and_without_who_is_put_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut prefecture = NodeProcess::found(folder.path().join("prefecture"), "Préfecture");
    prefecture.start();
    let mut others = OTHERS.map(|name| {
        joined(
            &prefecture,
            &folder.path().join(name.replace(' ', "-")),
            name,
        )
    });
    for node in &others {
        node.eventually(&["status"], |status| level(status) == OTHERS.len());
    }
    let [ville, comite, club] = &mut others;
    eventually(|| kept(club).contains(&endpoint(ville)) && kept(club).contains(&endpoint(comite)));

    // Who is put out is forgotten: nobody calls it after a start, and nobody is told where it is.
    prefecture.ask_all(&["partner", "put-out", OTHERS[1], "--yes"]);
    eventually(|| !kept(club).contains(&endpoint(comite)) && kept(club).contains(&endpoint(ville)));

    // The node of all tickets is gone, and one starts that has nothing but what it kept.
    prefecture.stop();
    club.stop();
    club.start();
    write(ville, "Aviron");
    club.eventually(&["search"], has_records(1));
    write(club, "Cyclo club");
    ville.eventually(&["search"], has_records(2));
    assert_eq!(comite.ask(&["search"])["total"], 0);
}

#[test]
fn a_node_that_is_to_call_those_it_lists_calls_no_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut prefecture = NodeProcess::found(folder.path().join("prefecture"), "Préfecture");
    prefecture.start();
    let mut nodes: Vec<_> = OTHERS[..2]
        .iter()
        .map(|name| {
            joined(
                &prefecture,
                &folder.path().join(name.replace(' ', "-")),
                name,
            )
        })
        .collect();
    for node in &nodes {
        node.eventually(&["status"], |status| level(status) == 2);
        eventually(|| kept(node).contains(&endpoint(&prefecture)));
    }
    for node in &mut nodes {
        node.stop();
        node.configure(|config| config["sync"]["meet"] = "listed".into());
    }
    // What it kept is there, and calls nobody.
    prefecture.stop();
    for node in &mut nodes {
        assert!(kept(node).contains(&endpoint(&prefecture)));
        node.start();
    }
    write(&nodes[0], "Aviron");
    prefecture.start();
    nodes[1].eventually(&["search"], has_records(1));
    for node in &nodes {
        let status = node.ask(&["status"]);
        assert_eq!(level(&status), 1, "{status}");
    }
}

#[test]
fn processes_are_measured_by_the_script_that_does_so() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/processes");
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: python3 is not there");
        return;
    }
    let mut measure = Command::new("python3");
    measure.arg(script).arg("--program").arg(maillage());
    let short = "--json --nodes 3 --seconds 1 --settle 0 --edits 2 --cut 1";
    let measured = measure.args(short.split(' ')).output().expect("python");
    let said = text(&measured.stderr);
    assert!(measured.status.success(), "{said}");
    let figures: Json = serde_json::from_slice(&measured.stdout).expect("one object");
    let mut expected = vec!["edit_p99_ms", "still_agree_s", "without_first_agree_s"];
    match said.lines().find(|line| line.starts_with("skipped:")) {
        Some(line) => println!("{line}"),
        None => expected.extend([
            "idle_bytes_per_session_s",
            "chain_agree_s",
            "halves_agree_s",
        ]),
    }
    for figure in expected {
        assert!(figures[figure].is_number(), "{figure}: {figures}");
    }
}
