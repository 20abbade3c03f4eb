//! Nodes as processes that end with the test, whatever happens.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;

use super::program::{json, maillage, run, text};

/// Questions after which two nodes must agree: each takes some milliseconds.
const QUESTIONS_MAX: usize = 5_000;

/// A node that runs, with its clock some milliseconds off.
pub(crate) struct RunningNode {
    dir: String,
    process: Child,
}

impl RunningNode {
    pub(crate) fn start(dir: &Path, clock_offset_ms: i64) -> Self {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(dir.join("node.log"));
        let mut process = Command::new(maillage())
            .args(["run", "--json", "--dir"])
            .arg(dir)
            .env("MAILLAGE_CLOCK_OFFSET_MS", clock_offset_ms.to_string())
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

    /// Asks the node; the answer is the one object that the command prints.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Json {
        json(&run(&[arguments, &["--dir", &self.dir, "--json"]].concat()))
    }

    /// Waits until both nodes hold the same, and returns their equal statuses.
    pub(crate) fn agree(&self, other: &Self) -> [Json; 2] {
        for _ in 0..QUESTIONS_MAX {
            let statuses = [self, other].map(|node| node.ask(&["status"]));
            let [one, other] = &statuses;
            if one["entries"] == other["entries"] && one["state_digest"] == other["state_digest"] {
                return statuses;
            }
        }
        panic!("{}\n{}", self.ask(&["status"]), other.ask(&["status"]));
    }

    /// Ends the node in good order.
    pub(crate) fn stop(mut self) {
        let stopped = run(&["stop", "--dir", &self.dir]);
        assert!(stopped.status.success(), "{}", text(&stopped.stderr));
        assert!(self.process.wait().expect("it has ended").success());
    }
}

impl Drop for RunningNode {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
