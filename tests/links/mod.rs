//! How nodes reach each other over networks that are not kind: through a relay, by mDNS, with addresses that change, asleep, cut off.

use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value as Json;

use crate::harness::process::NodeProcess;

mod local;
mod moving;
mod partitions;
mod relay;

const PARTNERS: [&str; 2] = ["Préfecture", "Ville de Gien"];
/// Within this time after a line is back, or a machine is awake, nodes hold the same.
const LEVEL_MAX: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(100);

/// Invented clubs, one row each.
fn clubs(names: &[String]) -> String {
    let mut file = String::from("identifiant;nom;commune;code_insee;resume\n");
    for name in names {
        file.push_str(&format!(
            "{name};Club inventé {name};Gien;45155;Un club qui n'existe pas.\n"
        ));
    }
    file
}

/// Writes clubs on a node.
fn write(node: &NodeProcess, names: &[String]) {
    let file = node.folder().with_extension("csv");
    std::fs::write(&file, clubs(names)).expect("writable");
    let file = file.to_string_lossy();
    // Each file is a source of its own: what it does not name is none of its business.
    let source = format!("source {}", names.first().map_or("", String::as_str));
    let report = node.ask(&["import", &file, "--kind", "actor", "--source", &source]);
    assert_eq!(report["refused"], 0, "{report}");
}

fn records(status: &Json) -> u64 {
    status["records"].as_u64().expect("a number")
}

/// Waits until all nodes hold as many records as were written anywhere, and the same: no longer than `LEVEL_MAX`.
fn agree(nodes: &[&NodeProcess], count: u64) {
    let is_late = alarm(LEVEL_MAX);
    loop {
        let statuses: Vec<Json> = nodes.iter().map(|node| node.ask(&["status"])).collect();
        let digest = &statuses[0]["state_digest"];
        let is_level =
            |status: &Json| records(status) == count && status["state_digest"] == *digest;
        if statuses.iter().all(is_level) {
            return;
        }
        assert!(
            is_late.try_recv().is_err(),
            "{count} records were written, and after half a minute the nodes hold {statuses:#?}"
        );
        wait(PAUSE);
    }
}

/// Rings after some time. How often something was asked is no measure of it.
fn alarm(after: Duration) -> mpsc::Receiver<()> {
    let (ring, rings) = mpsc::channel();
    std::thread::spawn(move || {
        wait(after);
        // Nobody listens any more when all went well.
        let _ = ring.send(());
    });
    rings
}

/// Waits for nothing but time: what a test tries is that it passes.
fn wait(time: Duration) {
    let (_open, never) = mpsc::channel::<()>();
    assert!(never.recv_timeout(time).is_err());
}

/// Sends a signal to a process that a test started.
fn signal(process: u32, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &process.to_string()])
        .status();
    assert!(sent.expect("kill").success(), "{name}");
}
