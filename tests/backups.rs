//! Backup and restore, as an operator does them.

use std::fs;
use std::path::Path;
use std::process::Child;

use replica::{Backup, BackupFile, Replica};
use serde_json::Value as Json;

use crate::harness::federation::{DEADLINE, Node, birth};
use crate::harness::program::{json, run, text};
use crate::harness::running::started;

fn files() -> Vec<BackupFile> {
    vec![BackupFile {
        name: "maillage.toml".to_owned(),
        bytes: b"partner = \"Ville\"".to_vec(),
    }]
}

#[test]
fn a_backup_brings_back_every_record_and_overwrites_nothing() {
    let node = Node::new(1);
    for nonce in 0..30 {
        let (record, its_birth) = birth(nonce);
        node.put(record, Some(its_birth), &format!("Maison {nonce}"));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ville.maillage");
    let written = node.replica.backup(&file, &files(), &mut |_, _| ());
    assert_eq!(written.expect("it is written").entries, 31);
    let again = node.replica.backup(&file, &files(), &mut |_, _| ());
    assert_eq!(again.expect_err("it is there").code(), "file");
    let backup = Backup::open(&file).expect("it is whole");
    assert_eq!(backup.entries(), 31);
    assert_eq!(backup.files(), files());
    let to = folder.path().join("ville-2");
    assert_eq!(backup.restore(&to, &mut |_, _| ()).expect("restored"), 31);
    let restored = Replica::open(&to, None).expect("a store");
    assert!(restored.wait_for_views(DEADLINE));
    let digest = restored.read().and_then(|reader| reader.state_digest());
    assert_eq!(digest.expect("readable"), node.digest());
}

#[test]
fn a_backup_that_is_cut_or_altered_anywhere_is_refused_whole() {
    let node = Node::new(1);
    let (record, its_birth) = birth(1);
    node.put(record, Some(its_birth), "Maison");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ville.maillage");
    node.replica
        .backup(&file, &files(), &mut |_, _| ())
        .expect("it is written");
    let sound = fs::read(&file).expect("readable");
    for place in (0..sound.len()).step_by(sound.len() / 60 + 1) {
        let mut altered = sound.clone();
        altered[place] ^= 4;
        fs::write(&file, &altered).expect("writable");
        assert!(Backup::open(&file).is_err(), "flipped at {place}");
        fs::write(&file, &sound[..place]).expect("writable");
        assert!(Backup::open(&file).is_err(), "cut to {place}");
    }
    let mut longer = sound.clone();
    longer.push(0);
    fs::write(&file, &longer).expect("writable");
    assert!(Backup::open(&file).is_err(), "one byte more");
    fs::write(&file, &sound).expect("writable");
    assert!(Backup::open(&file).is_ok());
}

/// A running node, stopped when dropped.
struct Running(Child);

impl Running {
    fn start(dir: &Path, more: &[&str]) -> (Self, Json) {
        let (process, ready) = started(dir, more, 0);
        (Self(process), ready)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn found(dir: &str) {
    let init = run(&[
        "init",
        "--dir",
        dir,
        "--profile",
        "rencontres",
        "--name",
        "Essai",
        "--partner",
        "Ville",
        "--yes",
        "--json",
    ]);
    assert!(init.status.success(), "{}", text(&init.stderr));
}

#[test]
fn a_node_is_backed_up_while_it_runs_and_restored_with_a_key_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (dir, back, file) = (path("ville"), path("ville-2"), path("ville.maillage"));
    found(&dir);
    let table = path("clubs.csv");
    fs::write(
        &table,
        "identifiant;nom;commune;code_insee;resume\nC1;Club inventé;Gien;45155;Rien.\n",
    )
    .expect("writable");
    let (node, ready) = Running::start(Path::new(&dir), &[]);
    assert_eq!(ready["pages_closed"], false);
    json(&run(&[
        "import", &table, "--dir", &dir, "--kind", "actor", "--json",
    ]));
    let saved = json(&run(&["backup", &file, "--dir", &dir, "--json"]));
    assert_eq!(saved["entries"], 3, "{saved}");
    assert!(!run(&["backup", &file, "--dir", &dir]).status.success());
    let checked = json(&run(&["check", "--dir", &dir, "--json"]));
    assert_eq!(
        (&checked["entries"], &checked["left"]),
        (&3.into(), &0.into())
    );
    let indexed = json(&run(&["reindex", "--dir", &dir, "--json"]));
    assert_eq!(indexed["done"], true);
    let found = json(&run(&["search", "inventé", "--dir", &dir, "--json"]));
    assert_eq!(found["total"], 1);
    let status = json(&run(&["status", "--dir", &dir, "--json"]));
    drop(node);
    assert!(!run(&["restore", &file, "--dir", &dir]).status.success());
    let restored = json(&run(&["restore", &file, "--dir", &back, "--json"]));
    assert_eq!(restored["entries"], 3);
    let old_key = fs::read(Path::new(&dir).join("keys/instance.key")).expect("a key");
    let new_key = fs::read(Path::new(&back).join("keys/instance.key")).expect("a key");
    assert_ne!(old_key, new_key);
    let again = json(&run(&["status", "--dir", &back, "--json"]));
    assert_eq!(again["state_digest"], status["state_digest"]);
    assert_ne!(again["signing"]["feed"], status["signing"]["feed"]);
    assert_eq!(again["signing"]["state"], "signs");
    assert_eq!(again["restored_closed"], true);
    let closed = run(&["search", "inventé", "--dir", &back, "--json"]);
    assert!(text(&closed.stdout).contains("restored_closed"));
    let (node, ready) = Running::start(Path::new(&back), &[]);
    assert_eq!(ready["pages_closed"], true);
    drop(node);
    let (_node, ready) = Running::start(Path::new(&back), &["--alone"]);
    assert_eq!(ready["pages_closed"], false);
    let found = json(&run(&["search", "inventé", "--dir", &back, "--json"]));
    assert_eq!(found["total"], 1);
}

#[test]
fn a_rolled_back_node_makes_a_new_key_when_it_runs_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("ville");
    let path = dir.to_string_lossy().into_owned();
    found(&path);
    let feed = |path: &str| json(&run(&["status", "--dir", path, "--json"]))["signing"].clone();
    let first = feed(&path);
    fs::remove_file(dir.join("published")).expect("it was there");
    assert_eq!(feed(&path)["state"], "ended");
    let doctor = run(&["doctor", "--dir", &path]);
    assert_eq!(doctor.status.code(), Some(2));
    assert!(text(&doctor.stdout).contains("maillage renew"));
    let (node, _) = Running::start(&dir, &[]);
    let second = feed(&path);
    assert_eq!(second["state"], "signs");
    assert_ne!(first["feed"], second["feed"]);
    drop(node);
    let again = run(&["renew", "--dir", &path, "--json"]);
    assert!(text(&again.stdout).contains("not_needed"));
}
