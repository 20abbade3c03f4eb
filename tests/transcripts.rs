//! The manual, executed: each document in `cli/` shows commands and what they print, and is run against the program.
//!
//! A block ```` ```file NAME ```` writes a file. In a block ```` ```console ````, a line that starts with `$ ` is given to the shell, and
//! the lines below it are what it must print; `? 2` is an exit status other than 0. A command that ends with ` &` is left running
//! until the document ends, or until `$ wait`. What differs from run to run is masked: `[ID]`, `[PORT]`, `[TIME]`…
//!
//! `TRANSCRIPTS=write cargo test -p tests transcripts` writes the documents anew: read the difference before you keep it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use regex::Regex;

use crate::harness::program::{maillage, text};

/// Seconds that a command may take: they take a few at most.
const COMMAND_SECONDS: &str = "60";

/// What differs from run to run, and what is shown instead. Applied in this order.
const MASKS: &[(&str, &str)] = &[
    (r"maillage1[0-9a-z]{40,}", "[TICKET]"),
    (r"\b[0-9a-f]{64}\b", "[HASH]"),
    (r"\b[0-9a-f]{32}\b", "[ID]"),
    (r"\b[0-9a-f]{8}\b", "[ID]"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[TIME]"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
    (r"password: [a-z2-7]{16}", "password: [PASSWORD]"),
    (r"in process \d+", "in process [PROCESS]"),
    (r"disk( +)\d+ bytes", "disk$1[SIZE] bytes"),
];

/// A folder in which a document is played, and the commands that still run in it.
struct Stage {
    folder: tempfile::TempDir,
    running: Vec<Child>,
}

impl Stage {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            running: Vec::new(),
        }
    }

    fn shell(&self, command: &str) -> Command {
        let program = maillage();
        let folder = program.parent().expect("a program has a folder");
        let others = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("timeout");
        shell
            .args(["--foreground", COMMAND_SECONDS, "sh", "-c", command])
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{others}", folder.display()))
            .env("HOME", self.folder.path())
            .env("RUST_LOG", "off")
            .env_remove("MAILLAGE_DIR")
            .env_remove("MAILLAGE_CLOCK_OFFSET_MS")
            .stdin(Stdio::null());
        shell
    }

    /// Runs a command, and returns the lines that it prints.
    fn run(&mut self, command: &str) -> String {
        if let Some(command) = command.strip_suffix(" &") {
            return self.leave_running(command);
        }
        if command == "wait" {
            self.wait();
            return String::new();
        }
        let output = self.shell(&format!("exec 2>&1; {command}")).output();
        let output = output.expect("a shell");
        let mut printed = self.masked(&text(&output.stdout));
        if !printed.is_empty() && !printed.ends_with('\n') {
            printed.push('\n');
        }
        if !output.status.success() {
            let status = output.status.code();
            printed.push_str(&status.map_or("? killed\n".to_owned(), |code| format!("? {code}\n")));
        }
        printed
    }

    /// Starts a command, and waits for its first line.
    fn leave_running(&mut self, command: &str) -> String {
        let mut child = self
            .shell(&format!("exec {command}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let output = child.stdout.take().expect("it was piped");
        self.running.push(child);
        let mut line = String::new();
        let read = BufReader::new(output).read_line(&mut line);
        read.expect("the line is text");
        self.masked(&line)
    }

    /// Waits until what was left running has ended by itself.
    fn wait(&mut self) {
        for mut child in self.running.drain(..) {
            let status = child.wait().expect("it was started here");
            assert!(status.success(), "{status}");
        }
    }

    fn masked(&self, printed: &str) -> String {
        let here = self.folder.path().to_string_lossy();
        let mut masked = printed.replace(&*here, "…");
        for (pattern, shown) in MASKS {
            let pattern = Regex::new(pattern).expect("a pattern");
            masked = pattern.replace_all(&masked, *shown).into_owned();
        }
        masked
    }
}

impl Drop for Stage {
    /// Asks what still runs to stop, as Ctrl-C does: `timeout` hands the signal on.
    fn drop(&mut self) {
        for child in &mut self.running {
            let pid = child.id().to_string();
            // It may have ended by itself.
            let _ = Command::new("kill").args(["-TERM", &pid]).status();
            let _ = child.wait();
        }
    }
}

/// Returns the document as it would be if what is printed today were right.
fn played(document: &str, stage: &mut Stage) -> String {
    let mut played = String::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        played.push_str(line);
        played.push('\n');
        let Some(opening) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if opening == "console" {
            for command in block.iter().filter_map(|line| line.strip_prefix("$ ")) {
                played.push_str(&format!("$ {command}\n{}", stage.run(command)));
            }
        } else {
            let content: String = block.iter().map(|line| format!("{line}\n")).collect();
            if let Some(name) = opening.strip_prefix("file ") {
                let path = stage.folder.path().join(name);
                fs::write(path, &content).expect("the folder is writable");
            }
            played.push_str(&content);
        }
        played.push_str("```\n");
    }
    played
}

fn documents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cli")
}

fn check(name: &str) {
    let path = documents().join(format!("{name}.md"));
    let document = fs::read_to_string(&path).expect(name);
    let played = played(&document, &mut Stage::new());
    if std::env::var("TRANSCRIPTS").is_ok_and(|how| how == "write") {
        fs::write(&path, played).expect("the document is writable");
        return;
    }
    let difference = similar::TextDiff::from_lines(&document, &played);
    let shown = difference
        .unified_diff()
        .header(name, "printed")
        .to_string();
    assert!(document == played, "{shown}");
}

#[test]
fn a_federation_is_founded() {
    check("init");
}

#[test]
fn a_file_is_imported_and_what_it_brought_is_found_and_exported() {
    check("import");
}

#[test]
fn a_node_runs_and_a_partner_joins() {
    check("run");
}

#[test]
fn a_bundle_is_written_and_taken_in() {
    check("bundle");
}

#[test]
fn pairs_that_may_be_one_thing_are_listed_and_settled() {
    check("duplicates");
}

#[test]
fn a_document_is_attached_and_taken_away() {
    check("documents");
}

#[test]
fn how_labels_stand_is_said_everywhere() {
    check("labels");
}

#[test]
fn a_record_is_withdrawn_and_restored() {
    check("withdrawal");
}

#[test]
fn a_root_key_is_rotated() {
    check("rotation");
}

#[test]
fn repeated_rows_are_shown_in_words() {
    check("rows");
}

#[test]
fn official_lists_make_territories() {
    check("territories");
}

#[test]
fn what_is_to_be_verified_is_listed() {
    check("due");
}

#[test]
fn words_are_declared_and_followed() {
    check("vocabulary");
}

#[test]
fn searches_are_followed() {
    check("watches");
}

#[test]
fn the_program_documents_itself() {
    check("manual");
}

#[test]
fn every_document_is_played() {
    let mut names: Vec<_> = fs::read_dir(documents())
        .expect("the folder is there")
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "bundle.md",
            "documents.md",
            "due.md",
            "duplicates.md",
            "import.md",
            "init.md",
            "labels.md",
            "manual.md",
            "rotation.md",
            "rows.md",
            "run.md",
            "territories.md",
            "vocabulary.md",
            "watches.md",
            "withdrawal.md"
        ]
    );
}

#[test]
fn a_document_that_says_something_else_differs() {
    let document = "# Essai\n```file a\nun\ndeux\n```\n```console\n$ cat a\nun\ntrois\n$ false\n$ echo 2026-01-02T03:04:05Z 0123abcd\n```\n```json\n$ echo\n```\n";
    let right = "# Essai\n```file a\nun\ndeux\n```\n```console\n$ cat a\nun\ndeux\n$ false\n? 1\n$ echo 2026-01-02T03:04:05Z 0123abcd\n[TIME] [ID]\n```\n```json\n$ echo\n```\n";
    let played_once = played(document, &mut Stage::new());
    assert_eq!(played_once, right);
    assert_eq!(played(right, &mut Stage::new()), right);
}
