//! The program as its users run it: processes, the command line, a browser.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::harness::program::{json, maillage, run, text};

/// A process that ends with the test, whatever happens.
struct Running(Child);

impl Drop for Running {
    /// Asks it to stop as Ctrl-C does, so that it ends the nodes that it started.
    fn drop(&mut self) {
        let pid = self.0.id().to_string();
        // It may have ended by itself.
        let _ = Command::new("kill").args(["-INT", &pid]).status();
        let _ = self.0.wait();
    }
}

#[test]
fn the_demonstration_verifies_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().join("kept");
    let output = run(&["demo", "--check", "--keep", &kept.to_string_lossy()]);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", text(&output.stderr));
    assert!(
        said.contains("Les trois empreintes d'état sont égales"),
        "{said}"
    );
    assert!(
        said.contains("Modifications faites à part et réunies sans personne : 3"),
        "{said}"
    );
    assert!(
        said.contains("Conflits gardés avec leurs deux auteurs : 1"),
        "{said}"
    );
    for file in [
        "exports/acteurs.csv",
        "exports/recensement.json",
        "exports/carte.geojson",
        "ville/replica.redb",
    ] {
        assert!(kept.join(file).exists(), "{file}");
    }
}

#[test]
fn a_demonstration_that_a_supervisor_ends_leaves_no_node_running() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().join("kept");
    let (mut demo, pages) = demonstration(&kept);
    assert_eq!(pages.len(), 3, "{pages:?}");
    let answers = || {
        let sockets = std::fs::read_dir(&kept).expect("it is kept").flatten();
        let sockets = sockets.map(|node| node.path().join("maillage.sock"));
        sockets
            .filter(|socket| UnixStream::connect(socket).is_ok())
            .count()
    };
    assert_eq!(answers(), 3);
    let pid = demo.0.id().to_string();
    let told = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(told.expect("kill runs").success());
    assert!(demo.0.wait().expect("it ends").success());
    assert_eq!(answers(), 0);
}

#[test]
fn what_is_exported_is_imported_again_as_the_same_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().join("kept");
    let output = run(&["demo", "--check", "--keep", &kept.to_string_lossy()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let dir = folder.path().join("empty");
    let dir = dir.to_string_lossy();
    let init = run(&[
        "init",
        "--dir",
        &dir,
        "--profile",
        "rencontres",
        "--name",
        "Essai",
        "--partner",
        "Essai",
        "--yes",
        "--json",
    ]);
    assert!(init.status.success(), "{}", text(&init.stderr));
    let file = kept.join("exports/acteurs.csv");
    let file = file.to_string_lossy();
    let import = |arguments: &[&str]| -> serde_json::Value {
        json(&run(&[
            &["import", &file, "--dir", &dir, "--kind", "actor", "--json"],
            arguments,
        ]
        .concat()))
    };
    let planned = import(&["--dry-run"]);
    assert_eq!(
        (&planned["rows"], &planned["new"], &planned["refused"]),
        (&150.into(), &150.into(), &0.into()),
        "{planned}"
    );
    assert_eq!(import(&[])["new"], 150);
    let again = import(&[]);
    assert_eq!(
        (&again["unchanged"], &again["new"], &again["changed"]),
        (&150.into(), &0.into(), &0.into()),
        "{again}"
    );
    let out = folder.path().join("again.csv");
    let out = out.to_string_lossy();
    assert!(
        run(&["export", &out, "--dir", &dir, "--kind", "actor"])
            .status
            .success()
    );
    // The same records, but for their ids: the first column.
    let without_ids = |path: &str| {
        let text = std::fs::read_to_string(path).expect("an export");
        let mut lines: Vec<String> = text
            .lines()
            .map(|line| line.split_once(',').expect("columns").1.to_owned())
            .collect();
        lines.sort();
        lines
    };
    assert_eq!(without_ids(&file), without_ids(&out));
}

#[test]
fn a_wrong_command_says_what_to_do_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = folder.path().join("nowhere");
    let output = run(&["status", "--dir", &nowhere.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("maillage init"),
        "{}",
        text(&output.stderr)
    );
    assert!(!nowhere.exists());
}

#[test]
fn a_project_officer_finds_edits_and_settles_in_a_browser() {
    in_a_browser("journey.mjs", &[1, 2], &[]);
}

#[test]
fn the_map_is_used_by_keyboard_in_a_browser() {
    in_a_browser("map.mjs", &[0], &[]);
}

#[test]
fn a_project_officer_imports_a_table_and_exports_a_search_in_a_browser() {
    in_a_browser("exchange.mjs", &[1], &[]);
}

#[test]
fn two_coordinators_decide_by_keyboard_in_a_browser() {
    let program = maillage();
    let program = program.to_string_lossy();
    in_a_browser("federation.mjs", &[0, 1], &[&program]);
}

#[test]
fn coordinators_take_away_and_decide_on_nodes_that_come_and_go_in_a_browser() {
    among_coordinators(&["labels", "erasures", "joining", "cut", "suspension"]);
}

#[test]
fn coordinators_who_suspend_each_other_and_a_copied_key_change_nothing_that_counts_in_a_browser() {
    among_coordinators(&["joining", "cut", "backdated", "mutual"]);
}

#[test]
fn partners_change_nodes_and_keys_and_a_recovery_ends_a_dispute_in_a_browser() {
    among_coordinators(&[
        "joining",
        "persons",
        "instances",
        "rotation",
        "copied",
        "dispute",
        "renewals",
    ]);
}

#[test]
fn a_stranger_checks_a_proof_and_a_changed_one_in_a_browser() {
    in_a_browser("verify.mjs", &[0], &[]);
}

#[test]
fn every_page_can_be_used_by_everyone_in_a_browser() {
    in_a_browser("pages.mjs", &[0], &["--axe", "--quick"]);
}

/// Plays journeys, one after the other, on the nodes of the demonstration, which the script starts and stops.
fn among_coordinators(journeys: &[&str]) {
    let Some(browser) = browser() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().join("kept");
    let demo = run(&["demo", "--check", "--keep", &kept.to_string_lossy()]);
    assert!(demo.status.success(), "{}", text(&demo.stderr));
    let mut journey = Command::new("node");
    journey.arg(browser.join("governance.mjs"));
    journey.args([&kept, &maillage(), &shots(folder.path())]);
    journey.args(journeys);
    succeeds(journey);
}

/// Plays a journey on the pages of some nodes of the demonstration.
fn in_a_browser(script: &str, nodes: &[usize], more: &[&str]) {
    let Some(browser) = browser() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let (_demo, pages) = demonstration(&folder.path().join("kept"));
    assert_eq!(pages.len(), 3, "{pages:?}");
    let mut journey = Command::new("node");
    journey
        .arg(browser.join(script))
        .args(nodes.iter().map(|node| &pages[*node]))
        .args(["demo", "demonstration-locale"])
        .arg(shots(folder.path()))
        .args(more);
    succeeds(journey);
}

/// Starts the demonstration in a folder, and waits until its nodes run: the process, and where their pages are.
fn demonstration(kept: &Path) -> (Running, Vec<String>) {
    let mut demo = Command::new(maillage());
    demo.args(["demo", "--keep"])
        .arg(kept)
        .stdout(Stdio::piped());
    let mut demo = Running(demo.spawn().expect("the program runs"));
    let output = demo.0.stdout.take().expect("it was piped");
    let pages = std::io::BufRead::lines(std::io::BufReader::new(output))
        .map_while(Result::ok)
        .take_while(|line| !line.contains("Ctrl-C"))
        .filter_map(|line| {
            line.split_whitespace()
                .find(|word| word.starts_with("http://"))
                .map(str::to_owned)
        })
        .collect();
    (demo, pages)
}

/// The folder of the browser tests, where this machine has what they need.
fn browser() -> Option<PathBuf> {
    let browser = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    let is_here =
        Path::new("/usr/bin/chromium").exists() && browser.join("node_modules/axe-core").exists();
    if !is_here {
        println!(
            "skipped: the browser test needs Debian's chromium and `npm ci` in tests/browser; scripts/check brings both"
        );
    }
    is_here.then_some(browser)
}

/// Where pictures of the pages go.
fn shots(folder: &Path) -> PathBuf {
    std::env::var("BROWSER_SHOTS").map_or_else(|_| folder.to_owned(), PathBuf::from)
}

fn succeeds(mut journey: Command) {
    let journey = journey.output().expect("node runs");
    assert!(
        journey.status.success(),
        "{}\n{}",
        text(&journey.stdout),
        text(&journey.stderr)
    );
}
