//! Erasure, as the operators of five nodes see it: the bytes are gone from every file, also on the node that was away.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crdt_schema::id::hash;
use serde_json::Value as Json;

use crate::harness::process::NodeProcess;
use crate::harness::program::{json, maillage, run, text};
use crate::harness::running::RunningNode;

/// More than the hour after which files are written anew.
const TWO_HOURS_MS: i64 = 2 * 3_600_000;
/// How a compressed row begins.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Bytes of a row that are looked at: those of this test are far below.
const FRAME_BYTES_MAX: u64 = 1 << 20;
const NAMES: [&str; 5] = ["prefecture", "ville", "caf", "comite", "club"];

/// A name that nobody has, and that no other run of this test has written.
pub(crate) fn canary(folder: &Path) -> String {
    let random = hash("canary", &[folder.to_string_lossy().as_bytes()]);
    let digits: String = random[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("Personne{digits}")
}

/// A federation of five nodes that run, each let in with a ticket.
fn five(folder: &Path) -> Vec<NodeProcess> {
    let mut prefecture = NodeProcess::found(folder.join(NAMES[0]), "Préfecture");
    prefecture.start();
    let mut nodes = vec![prefecture];
    for name in &NAMES[1..] {
        let invited = nodes[0].ask(&["invite", "--partner", name, "--auto"]);
        let ticket = invited["ticket"].as_str().expect("a ticket").to_owned();
        let folder = folder.join(name);
        let joining = NodeProcess::join(&folder, &ticket, &["--partner", name]);
        let joined = joining.wait_with_output().expect("it ends");
        assert!(joined.status.success(), "{}", text(&joined.stderr));
        let mut node = NodeProcess::of(folder);
        node.start();
        nodes.push(node);
    }
    nodes
}

/// Imports one invented record, and returns its id.
pub(crate) fn record(node: &NodeProcess, folder: &Path) -> String {
    let file = folder.join("acteurs.csv");
    fs::write(&file, "nom,commune\nClub inventé,45155\n").expect("writes");
    node.ask(&["import", &file.to_string_lossy(), "--kind", "actor"]);
    let found = node.eventually(&["search", "inventé"], |answer| answer["total"] == 1);
    let record = found["hits"][0]["record"].as_str().expect("an id");
    record.to_owned()
}

/// Writes a contact as a person does: its values come on standard input.
fn contact(dir: &Path, record: &str, seen_by: &str, typed: &str) -> Json {
    let mut command = Command::new(maillage())
        .args(["contact", "add", record, "--purpose", "organiser"])
        .args(["--seen-by", seen_by, "--json", "--dir"])
        .arg(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut input = command.stdin.take().expect("it was piped");
    input.write_all(typed.as_bytes()).expect("it is read");
    drop(input);
    json(&command.wait_with_output().expect("it ends"))
}

/// The files below a folder that hold this text: as it is, or in a compressed row, also where the page of the row is free.
pub(crate) fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).expect("readable") {
        let file = file.expect("readable");
        let kind = file.file_type().expect("known");
        if kind.is_dir() {
            found.extend(files_with(&file.path(), text));
        } else if kind.is_file() && read(&file.path()).is_some_and(|bytes| holds(&bytes, text)) {
            found.push(file.path());
        }
    }
    found
}

/// The bytes of a file, unless the search index has removed it meanwhile.
fn read(path: &Path) -> Option<Vec<u8>> {
    match fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let has = |bytes: &[u8]| {
        let mut windows = bytes.windows(text.len());
        windows.any(|window| window == text.as_bytes())
    };
    let mut frames = bytes.windows(ZSTD_MAGIC.len()).enumerate();
    has(bytes)
        || frames.any(|(at, window)| window == ZSTD_MAGIC && has(&decompressed(&bytes[at..])))
}

/// What can be read of a frame; the end of one in a freed page may be overwritten.
fn decompressed(frame: &[u8]) -> Vec<u8> {
    let mut read = Vec::new();
    if let Ok(decoder) = zstd::Decoder::with_buffer(frame) {
        let mut decoder = decoder.single_frame().take(FRAME_BYTES_MAX);
        // What was read before a fault is kept.
        let _ = decoder.read_to_end(&mut read);
    }
    read
}

pub(crate) fn has_value(state: &'static str) -> impl Fn(&Json) -> bool {
    move |answer| {
        let values = answer["values"].as_array().expect("a list");
        !values.is_empty() && values.iter().all(|value| value["state"] == state)
    }
}

fn done(nodes: u64) -> impl Fn(&Json) -> bool {
    move |board| board["erasures"][0]["done"] == nodes && board["erasures"][0]["of"] == 5
}

/// When the node that was away reads its bundle, which was made before the erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// While it is away still: it knows nothing of the erasure.
    BeforeItMeets,
    /// Once it has carried the erasure out.
    Afterwards,
}

#[test]
fn a_contact_that_five_nodes_held_is_gone_from_every_file_also_of_the_one_that_was_away_and_read_a_bundle()
 {
    five_forget(Reads::BeforeItMeets);
}

#[test]
fn a_bundle_made_before_an_erasure_brings_nothing_back_to_any_of_five_nodes() {
    five_forget(Reads::Afterwards);
}

fn five_forget(reads: Reads) {
    let folder = tempfile::tempdir().expect("a folder");
    let canary = canary(folder.path());
    let path = |place: usize| folder.path().join(NAMES[place]);
    let mut nodes = five(folder.path());
    let record = record(&nodes[1], folder.path());
    let show = ["contact", "list", &record];
    let typed = format!("name: {canary}\nmail: {canary}@exemple.fr\n");
    let kept = contact(&path(1), &record, "partners", &typed);
    let subject = kept["subject"].as_str().expect("an id").to_owned();
    for node in &nodes {
        node.eventually(&show, has_value("live"));
    }
    let mut away = nodes.pop().expect("five");
    let bundle = folder.path().join("cle.bundle");
    let bundle = bundle.to_string_lossy().into_owned();
    away.ask(&["bundle", "export", &bundle]);
    let made = fs::read(&bundle).expect("readable");
    assert!(holds(&made, &canary));
    let import = ["bundle", "import", bundle.as_str()];
    away.stop();
    for name in NAMES {
        let held = files_with(&folder.path().join(name), &canary);
        assert!(!held.is_empty(), "{name} never had it");
    }

    let erase = ["erase", "--subject", &subject, "--ground", "demande"];
    assert_eq!(nodes[0].refusal(&erase), "not_confirmed");
    let erase = [&erase[..], &["--yes"]].concat();
    assert_eq!(nodes[1].refusal(&erase), "not_among_rights");
    nodes[0].ask_all(&erase);
    for node in &nodes {
        node.eventually(&show, has_value("erased"));
        assert_eq!(node.ask(&["erasures", "--finish"])["rewriting"], "done");
    }
    for place in 0..4 {
        let left = files_with(&path(place), &canary);
        assert!(left.is_empty(), "{left:?}");
    }
    let board = nodes[0].eventually(&["erasures"], done(4));
    let summary = board["erasures"][0]["summary"].as_str().expect("words");
    assert!(
        summary.starts_with("4 of 5 nodes done, club not seen since "),
        "{summary}"
    );

    if reads == Reads::BeforeItMeets {
        let taken = away.ask(&import);
        assert_eq!((&taken["new"], &taken["refused"]), (&0.into(), &0.into()));
        assert_eq!(
            taken["erased"], 0,
            "it knows nothing of the erasure: {taken}"
        );
    }
    // It was away the whole time, and brings the bytes back to nobody.
    away.start();
    away.eventually(&show, has_value("erased"));
    if reads == Reads::Afterwards {
        for node in nodes.iter().chain([&away]) {
            let taken = node.ask(&import);
            assert!(
                taken["erased"].as_u64().is_some_and(|erased| erased > 0),
                "{taken}"
            );
            assert_eq!((&taken["new"], &taken["refused"]), (&0.into(), &0.into()));
            let again = node.ask(&["bundle", "export", &bundle, "--force"]);
            assert_eq!(again["erasures"], 1, "{again}");
            let written = fs::read(&bundle).expect("readable");
            assert!(!holds(&written, &canary), "what is erased is not written");
            fs::write(&bundle, &made).expect("writable");
        }
    }
    away.stop();
    // Two hours later it writes its files anew by itself, and says so.
    let away = RunningNode::start(&path(4), TWO_HOURS_MS);
    for node in &nodes {
        node.eventually(&["erasures"], done(5));
    }
    away.stop();
    for mut node in nodes {
        node.eventually(&show, has_value("erased"));
        node.stop();
    }
    for place in 0..5 {
        let left = files_with(&path(place), &canary);
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn an_author_erases_items_of_its_own_and_a_value_of_its_own_organisation_leaves_no_byte_either() {
    let folder = tempfile::tempdir().expect("a folder");
    let canary = canary(folder.path());
    let dir = folder.path().join("ville");
    let mut node = NodeProcess::found(dir.clone(), "Ville");
    node.start();
    let record = record(&node, folder.path());
    let typed = format!("name: {canary}\n");
    contact(&dir, &record, "own", &typed);
    contact(&dir, &record, "public", &typed);
    let listed = node.ask(&["contact", "list", &record]);
    assert_eq!(listed["own_values"][0]["value"], canary.as_str());
    let item = listed["values"][0]["item"].as_str().expect("an id");
    let erase = ["erase", "--item", item, "--ground", "erreur", "--yes"];
    node.ask_all(&erase);
    let listed = node.ask(&["contact", "list", &record]);
    assert_eq!(listed["values"][0]["state"], "erased");
    let erase = ["erase", "--record", &record, "--ground", "erreur", "--yes"];
    node.ask_all(&erase);
    assert_eq!(node.ask(&["erasures", "--finish"])["rewriting"], "done");
    let listed = node.ask(&["contact", "list", &record]);
    assert_eq!(listed["own_values"].as_array().map(Vec::len), Some(0));
    let left = files_with(&dir, &canary);
    assert!(left.is_empty(), "{left:?}");
    for wrong in [
        ["--item", "zz", "--ground", "erreur"],
        ["--subject", &record[..8], "--ground", "erreur"],
    ] {
        let words = [&["erase"][..], &wrong].concat();
        assert_eq!(node.refusal(&words), "id_unreadable");
    }
    let silent = ["erase", "--record", &record, "--ground", " "];
    assert_eq!(node.refusal(&silent), "ground_missing");
}

#[test]
fn a_file_says_again_what_was_erased_only_with_a_yes_and_never_of_an_erased_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut node = NodeProcess::found(folder.path().join("ville"), "Ville");
    node.start();
    let record = record(&node, folder.path());
    let file = folder.path().join("acteurs.csv");
    let file = file.to_string_lossy();
    let import = ["import", &file, "--kind", "actor"];
    let search = ["search", "inventé"];
    for _ in 0..2 {
        let history = node.ask(&["record", "history", &record]);
        let edits = history["edits"].as_array().expect("a list");
        for edit in edits.iter().filter(|edit| edit["state"] == "live") {
            let item = edit["edit"].as_str().expect("an id");
            node.ask_all(&["erase", "--item", item, "--ground", "demande", "--yes"]);
        }
        node.ask(&["erasures", "--finish"]);
        node.eventually(&search, |answer| answer["total"] == 0);
        let report = node.ask(&import);
        assert_eq!(report["unchanged"], 1, "{report}");
        let problems = report["problems"].as_array().expect("a list");
        assert!(problems.iter().all(|one| one["code"] == "erased_here"));
        // Who is sure says so, and may be wrong.
        let confirm = problems.iter().map(|one| {
            let column = one["column"].as_str().expect("a column");
            format!("--confirm={column}=erased_here")
        });
        let confirm: Vec<_> = confirm.collect();
        let sure = import.into_iter().chain(confirm.iter().map(String::as_str));
        let report = node.ask(&sure.collect::<Vec<_>>());
        assert_eq!(report["new"], 1, "{report}");
        node.eventually(&search, |answer| answer["total"] == 1);
    }
    node.ask_all(&["erase", "--record", &record, "--ground", "demande", "--yes"]);
    node.eventually(&search, |answer| answer["total"] == 0);
    let dir = folder.path().join("ville");
    let refused = run(&[&import[..], &["--json", "--dir", &dir.to_string_lossy()]].concat());
    assert_eq!(refused.status.code(), Some(2), "no row was good");
    assert!(text(&refused.stdout).contains(r#""code":"record_erased""#));
}
