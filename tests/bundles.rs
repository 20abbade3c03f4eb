//! Bundles, as operators carry them: nodes that never meet on a network, and files that came to harm.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use crate::harness::pages::Pages;
use crate::harness::process::NodeProcess;
use crate::harness::program::{json, maillage, run, text};

/// Rows of the large import: several batches of one bundle.
const ROWS: usize = 2_500;
/// How often an import is killed, each time further on in the file.
const KILLS: u64 = 6;

/// A founder and a partner that has met it once, with its ticket, and never again.
fn apart(folder: &Path) -> [NodeProcess; 2] {
    let mut prefecture = NodeProcess::found(folder.join("prefecture"), "Préfecture");
    let ville = joined(&mut prefecture, folder);
    [prefecture, ville]
}

/// Lets a partner in. Neither node runs afterwards.
fn joined(prefecture: &mut NodeProcess, folder: &Path) -> NodeProcess {
    prefecture.start();
    let invited = prefecture.ask(&["invite", "--partner", "Ville", "--auto"]);
    let ticket = invited["ticket"].as_str().expect("a ticket").to_owned();
    let ville = folder.join("ville");
    let joining = NodeProcess::join(&ville, &ticket, &["--partner", "Ville"]);
    let joined = joining.wait_with_output().expect("it ends");
    assert!(joined.status.success(), "{}", text(&joined.stderr));
    prefecture.stop();
    NodeProcess::of(ville)
}

fn import(node: &NodeProcess, folder: &Path, name: &str, rows: usize) {
    let file = folder.join(format!("{name}.csv"));
    let mut lines = String::from("identifiant,nom,commune,resume\n");
    for row in 0..rows {
        // More than a kilobyte a row, so that a bundle has several batches.
        let salt = |part: u8| {
            crdt_schema::id::hash("row", &[name.as_bytes(), &row.to_be_bytes(), &[part]])
        };
        let words = (0..16).flat_map(salt).map(|byte| format!("{byte:02x}"));
        let words: Vec<String> = words.collect();
        let words = words.join(" ");
        lines.push_str(&format!(
            "{name}-{row},Club {name} {row},45155,Inventé {words}\n"
        ));
    }
    fs::write(&file, lines).expect("writable");
    let report = node.ask(&["import", &file.to_string_lossy(), "--kind", "actor"]);
    assert_eq!(
        (&report["new"], &report["refused"]),
        (&rows.into(), &0.into())
    );
}

fn export(node: &NodeProcess, folder: &Path, name: &str) -> (String, Json) {
    let file = folder.join(name).to_string_lossy().into_owned();
    let report = node.ask(&["bundle", "export", &file]);
    (file, report)
}

fn digest(node: &NodeProcess) -> Json {
    // A node that does not run builds its views while a command has it open.
    node.ask(&["reindex"]);
    let status = node.ask(&["status"]);
    assert_eq!(
        (&status["pending"], &status["rejected"]),
        (&0.into(), &0.into())
    );
    status["state_digest"].clone()
}

#[test]
fn two_nodes_that_never_meet_agree_by_files_whether_they_run_or_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let [mut prefecture, ville] = apart(folder.path());
    import(&prefecture, folder.path(), "prefecture", 5);
    import(&ville, folder.path(), "ville", 3);
    let (there, report) = export(&prefecture, folder.path(), "prefecture.bundle");
    assert_eq!(report["bytes"], fs::metadata(&there).expect("there").len());
    assert_eq!(
        (&report["charters"], &report["erasures"]),
        (&1.into(), &0.into())
    );
    let taken = ville.ask(&["bundle", "import", &there]);
    assert_eq!(taken["made_by"], "Préfecture", "{taken}");
    assert_eq!(
        (&taken["entries"], &taken["refused"]),
        (&report["entries"], &0.into())
    );
    assert_eq!(taken["new"], report["entries"]);
    // Back, to a node that runs.
    let (back, _) = export(&ville, folder.path(), "ville.bundle");
    prefecture.start();
    let taken = prefecture.ask(&["bundle", "import", &back]);
    assert_eq!(
        taken["new"].as_u64(),
        Some(2),
        "its certificate and its records: {taken}"
    );
    let again = prefecture.ask(&["bundle", "import", &back]);
    assert_eq!(
        (&again["new"], &again["known"]),
        (&0.into(), &again["entries"])
    );
    prefecture.eventually(&["search", "Club"], |found| found["total"] == 8);
    assert_eq!(digest(&prefecture), digest(&ville));
    // A file that is there stays, unless it is said otherwise; the node that runs writes as well.
    let before = fs::read(&there).expect("readable");
    assert_eq!(
        prefecture.refusal(&["bundle", "export", &there]),
        "file_exists"
    );
    assert_eq!(fs::read(&there).expect("readable"), before);
    let forced = prefecture.ask(&["bundle", "export", &there, "--force"]);
    assert_eq!(
        ville.ask(&["bundle", "import", &there])["entries"],
        forced["entries"]
    );
    let left: Vec<PathBuf> = fs::read_dir(folder.path())
        .expect("readable")
        .map(|file| file.expect("readable").path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(".tmp"))
        })
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn files_that_cannot_be_taken_are_refused_with_what_to_do_and_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let [prefecture, ville] = apart(folder.path());
    import(&prefecture, folder.path(), "prefecture", ROWS);
    let (file, _) = export(&prefecture, folder.path(), "prefecture.bundle");
    let stranger = NodeProcess::found(folder.path().join("autre"), "Autre");
    let words = ["bundle", "import", file.as_str()];
    assert_eq!(stranger.refusal(&words), "bundle_of_another_federation");
    let table = folder.path().join("prefecture.csv");
    let table = ["bundle", "import", &table.to_string_lossy()];
    assert_eq!(ville.refusal(&table), "bundle_unknown");
    assert_eq!(ville.refusal(&["bundle", "import", "/nowhere"]), "file");
    let before = ville.ask(&["status"])["entries"].clone();
    let sound = fs::read(&file).expect("readable");
    let mut newer = sound.clone();
    newer[9] = 2;
    fs::write(&file, &newer).expect("writable");
    assert_eq!(ville.refusal(&words), "bundle_newer");
    assert_eq!(ville.ask(&["status"])["entries"], before);
    // A byte near the end: what stands before is kept, and a good copy brings the rest.
    let place = sound.len() - 1_000;
    let mut damaged = sound.clone();
    damaged[place] ^= 1;
    fs::write(&file, &damaged).expect("writable");
    let dir = folder.path().join("ville");
    let output = run(&[
        "bundle",
        "import",
        &file,
        "--json",
        "--dir",
        &dir.to_string_lossy(),
    ]);
    assert_eq!(output.status.code(), Some(1));
    let report: Json = serde_json::from_slice(&output.stdout).expect("one object");
    assert_eq!(report["code"], "bundle_damaged");
    let at = report["at"].as_u64().expect("a place") as usize;
    assert!(at > 0 && at <= place, "{report}");
    let reason = report["reason"].as_str().expect("words");
    assert!(reason.contains(&at.to_string()), "{reason}");
    let kept = report["new"].as_u64().expect("a number");
    assert!(kept > 0, "{report}");
    fs::write(&file, &sound).expect("writable");
    let rest = ville.ask(&words);
    assert_eq!(rest["known"], kept, "{rest}");
    assert_eq!(digest(&prefecture), digest(&ville));
}

/// How far a process has read a file, in bytes.
fn read_so_far(process: u32, file: &Path) -> Option<u64> {
    let of_process = PathBuf::from(format!("/proc/{process}"));
    let descriptors = fs::read_dir(of_process.join("fd")).ok()?;
    let its = descriptors
        .flatten()
        .find(|descriptor| fs::read_link(descriptor.path()).is_ok_and(|opened| opened == file))?;
    let info = fs::read_to_string(of_process.join("fdinfo").join(its.file_name())).ok()?;
    let place = info.lines().find_map(|line| line.strip_prefix("pos:"))?;
    place.trim().parse().ok()
}

#[test]
fn an_import_that_is_killed_leaves_a_sound_node_and_goes_on_the_next_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let [prefecture, ville] = apart(folder.path());
    import(&prefecture, folder.path(), "prefecture", ROWS);
    let (file, report) = export(&prefecture, folder.path(), "prefecture.bundle");
    let dir = folder.path().join("ville");
    let mut held = ville.ask(&["status"])["entries"]
        .as_u64()
        .expect("a number");
    let all = report["entries"].as_u64().expect("a number");
    let bytes = report["bytes"].as_u64().expect("a number");
    let mut cut_short = 0;
    for round in 0..KILLS {
        let mut process = Command::new(maillage())
            .args(["bundle", "import", &file, "--json", "--dir"])
            .arg(&dir)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program runs");
        let enough = bytes * (round + 1) / (KILLS + 1);
        let is_enough = |process: u32| {
            read_so_far(process, Path::new(&file)).is_some_and(|read| read >= enough)
        };
        while !is_enough(process.id()) && process.try_wait().expect("it runs").is_none() {
            std::thread::yield_now();
        }
        // It may have ended.
        let _ = process.kill();
        process.wait().expect("it has ended");
        let checked = ville.ask(&["check"]);
        assert_eq!(checked["left"], 0, "{checked}");
        let now = checked["entries"].as_u64().expect("a number");
        assert!(now >= held, "what was committed stays");
        cut_short += usize::from(now > held && now < all);
        held = now;
    }
    assert!(cut_short > 0, "no import was killed in the middle");
    let taken = ville.ask(&["bundle", "import", &file]);
    assert_eq!(
        (&taken["entries"], &taken["refused"]),
        (&report["entries"], &0.into())
    );
    assert_eq!(digest(&prefecture), digest(&ville));
}

/// Copies the folder of a node that does not run.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("writable");
    for file in fs::read_dir(from).expect("readable") {
        let file = file.expect("readable");
        let to = to.join(file.file_name());
        if file.path().is_dir() {
            copy(&file.path(), &to);
        } else {
            fs::copy(file.path(), to).expect("writable");
        }
    }
}

#[test]
fn a_bundle_opens_no_restored_node_and_ends_the_feed_of_an_old_copy() {
    let folder = tempfile::tempdir().expect("a folder");
    let [prefecture, ville] = apart(folder.path());
    import(&ville, folder.path(), "ville", 1);
    let backup = folder.path().join("ville.maillage");
    ville.ask(&["backup", &backup.to_string_lossy()]);
    let old = folder.path().join("ancienne");
    copy(&folder.path().join("ville"), &old);
    import(&ville, folder.path(), "suite", 1);
    let (file, _) = export(&ville, folder.path(), "ville.bundle");
    prefecture.ask(&["bundle", "import", &file]);

    let restored = folder.path().join("ville-2");
    json(&run(&[
        "restore",
        &backup.to_string_lossy(),
        "--json",
        "--dir",
        &restored.to_string_lossy(),
    ]));
    let restored = NodeProcess::of(restored);
    let there = folder.path().join("non.bundle");
    let export = ["bundle", "export", &there.to_string_lossy()];
    assert_eq!(restored.refusal(&export), "restored_closed");
    assert!(!there.exists());
    assert_eq!(restored.ask(&["bundle", "import", &file])["refused"], 0);
    assert_eq!(restored.refusal(&["search", "Club"]), "restored_closed");

    // A copy that is older than what was published signs nothing more with its key, and keeps what it hears.
    let old = NodeProcess::of(old);
    assert_eq!(old.ask(&["status"])["signing"]["state"], "signs");
    let taken = old.ask(&["bundle", "import", &file]);
    assert!(taken["new"].as_u64().is_some_and(|new| new > 0), "{taken}");
    assert_eq!(old.ask(&["status"])["signing"]["state"], "ended");
}

#[test]
fn the_pages_of_a_node_write_and_read_the_same_files_as_its_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("prefecture");
    let (mut prefecture, founded) = NodeProcess::found_with_account(dir, "Préfecture");
    let ville = joined(&mut prefecture, folder.path());
    import(&ville, folder.path(), "ville", 3);
    let (file, _) = export(&ville, folder.path(), "ville.bundle");
    prefecture.start();
    let word = |name: &str| founded[name].as_str().expect("is told").to_owned();
    let password = word("password");
    let mut pages = Pages::log_in(prefecture.pages(), &word("account"), &password);
    let page = "/federation/fichier";
    let sent = fs::read(&file).expect("readable");
    let answer = pages.upload(page, ("password-take", &password), &sent);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(
        answer.body.contains("<dt>Entrées nouvelles</dt><dd>2</dd>"),
        "{}",
        answer.body
    );
    assert!(answer.body.contains("par Ville"), "{}", answer.body);
    let cut = pages.upload(page, ("password-take", &password), &sent[..sent.len() - 9]);
    assert_eq!(cut.status, 422);
    assert!(cut.body.contains("Le fichier est abîmé"), "{}", cut.body);
    prefecture.eventually(&["search", "Club"], |found| found["total"] == 3);
    let written = pages.send("/federation/fichier/ecrire", &[("password", &password)]);
    assert_eq!(written.status, 200, "{}", written.body);
    fs::write(&file, &written.bytes).expect("writable");
    let taken = ville.ask(&["bundle", "import", &file]);
    assert_eq!(
        (&taken["made_by"], &taken["refused"]),
        (&"Préfecture".into(), &0.into())
    );
    assert_eq!(digest(&prefecture), digest(&ville));
}
