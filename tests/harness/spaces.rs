//! Networks of a test's own: namespaces whose cables, addresses and routes it lays itself, and that end with it.
//!
//! A test begins again as a process in a namespace of its own, which is the middle: each `Space` hangs on it by one cable, and reaches
//! what has a route. Nothing is ever forwarded between two spaces. Where a machine lacks the right or the tool, the test says so.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::harness::process::eventually;
use crate::harness::program::{maillage, text};

/// Set in the process that a test begins again as.
const INSIDE: &str = "MAILLAGE_TEST_INSIDE";
/// A space ends after this time, whatever happens to its test.
const SPACE_SECONDS: &str = "3600";

/// Returns whether the test goes on in a network of its own. Otherwise it has done so in another process, with its outcome, or cannot.
pub(crate) fn is_inside(module: &str, test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        said("ip", &["link", "set", "lo", "up"]);
        return true;
    }
    let tried = Command::new("unshare")
        .args([
            "--net", "--mount", "ip", "link", "add", "name", "une", "type", "veth", "peer", "name",
            "b",
        ])
        .output();
    if !tried.is_ok_and(|tried| tried.status.success()) {
        println!(
            "skipped: this user may not make networks here (unshare --net, ip link add), which {test} needs"
        );
        return false;
    }
    let name = module.split_once("::").map_or(module, |(_, name)| name);
    let again = Command::new("unshare")
        .args(["--net", "--mount"])
        .arg(std::env::current_exe().expect("a test has a path"))
        .args(["--exact", &format!("{name}::{test}"), "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("it was there a moment ago");
    let (said, complained) = (text(&again.stdout), text(&again.stderr));
    for line in said.lines().filter_map(worth_saying) {
        println!("{line}");
    }
    assert!(again.status.success(), "{said}{complained}");
    assert!(
        said.contains("1 passed"),
        "{name}::{test} is no test: {said}"
    );
    false
}

fn worth_saying(line: &str) -> Option<&str> {
    let starts = ["skipped: ", "fault: "].map(|start| line.find(start));
    starts.into_iter().flatten().min().map(|at| &line[at..])
}

/// Runs a program that must succeed, and returns what it says.
pub(crate) fn said(program: &str, arguments: &[&str]) -> String {
    good(
        &Command::new(program)
            .args(arguments)
            .output()
            .expect(program),
    )
}

fn good(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// One namespace. It ends when it is dropped, with its cables.
pub(crate) struct Space {
    holder: Child,
}

impl Space {
    /// Makes a namespace in which only loopback is up.
    pub(crate) fn new() -> Self {
        let holder = Command::new("unshare")
            .args(["--net", "sleep", SPACE_SECONDS])
            .stdin(Stdio::null())
            .spawn()
            .expect("unshare");
        let space = Self { holder };
        let own = std::fs::read_link("/proc/self/ns/net").expect("Linux");
        let its = format!("/proc/{}/ns/net", space.holder.id());
        eventually(|| std::fs::read_link(&its).is_ok_and(|its| its != own));
        space.ip("link set lo up");
        space
    }

    /// Returns the process that holds the space, which names it to `ip`.
    pub(crate) fn id(&self) -> u32 {
        self.holder.id()
    }

    /// Lays a cable to the middle: the names and the addresses (with their prefix) of its two ends.
    pub(crate) fn plug(&self, (here, here_at): (&str, &str), (there, there_at): (&str, &str)) {
        let holder = self.holder.id().to_string();
        let add = [
            "link", "add", "name", here, "type", "veth", "peer", "name", there, "netns", &holder,
        ];
        said("ip", &add);
        said("ip", &["addr", "add", here_at, "dev", here]);
        said("ip", &["link", "set", here, "up"]);
        self.ip(&format!("addr add {there_at} dev {there}"));
        self.ip(&format!("link set {there} up"));
    }

    /// Changes the network of the space: the words after `ip`.
    pub(crate) fn ip(&self, words: &str) -> String {
        let mut command = self.command(Path::new("ip"));
        good(&command.args(words.split(' ')).output().expect("ip"))
    }

    /// Returns a program that will run in the space. The process is the program itself: signals reach it.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", self.holder.id()));
        command.arg(program);
        command
    }

    /// Returns the program that was built with these tests.
    pub(crate) fn maillage(&self) -> Command {
        self.command(&maillage())
    }

    /// Returns how many packets have left by an end of a cable.
    pub(crate) fn packets_out(&self, name: &str) -> u64 {
        let shown = self.ip(&format!("-s -j link show {name}"));
        let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
        let packets = &shown[0]["stats64"]["tx"]["packets"];
        packets.as_u64().expect("a number")
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
