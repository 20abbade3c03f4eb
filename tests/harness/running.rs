//! Nodes as processes that end with the test, whatever happens.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;

use super::program::{json, maillage, run, text};

/// Questions after which two nodes must agree: each takes some milliseconds.
const QUESTIONS_MAX: usize = 5_000;

/// Starts the node of a folder, and waits until it says that it is ready: the process, and what it said. Its log is beside the folder.
pub(crate) fn started(dir: &Path, more: &[&str], clock_offset_ms: i64) -> (Child, Json) {
    started_by(Command::new(maillage()), dir, more, clock_offset_ms)
}

/// The same, by a command that runs the program where it should be.
pub(crate) fn started_by(
    mut program: Command,
    dir: &Path,
    more: &[&str],
    clock_offset_ms: i64,
) -> (Child, Json) {
    let log = dir.with_extension("log");
    let written = File::options().create(true).append(true).open(&log);
    let mut process = program
        .args(["run", "--json", "--dir"])
        .arg(dir)
        .args(more)
        .env("MAILLAGE_CLOCK_OFFSET_MS", clock_offset_ms.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(written.expect("the folder is writable"))
        .spawn()
        .expect("the program runs");
    let mut line = String::new();
    let output = process.stdout.take().expect("it was piped");
    BufReader::new(output).read_line(&mut line).expect("a line");
    let why = || std::fs::read_to_string(&log).unwrap_or_default();
    let ready: Json = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}{}", why()));
    assert_eq!(ready["ready"], true, "{line}{}", why());
    (process, ready)
}

/// A node that runs, with its clock some milliseconds off.
pub(crate) struct RunningNode {
    dir: String,
    process: Child,
}

impl RunningNode {
    pub(crate) fn start(dir: &Path, clock_offset_ms: i64) -> Self {
        let (process, _) = started(dir, &[], clock_offset_ms);
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

    /// Ends the node without a warning.
    pub(crate) fn kill(mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it has ended");
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
