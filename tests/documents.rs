//! Attached files, as the operators of three nodes see them: a copy where all call, fetched when somebody opens it, in the backup, and gone
//! after an erasure.

use std::fs;

use serde_json::Value as Json;

use crate::erasing::{canary, files_with, record};
use crate::harness::process::NodeProcess;
use crate::harness::program::{run, text};

fn joined(first: &NodeProcess, folder: std::path::PathBuf, name: &str) -> NodeProcess {
    let invited = first.ask(&["invite", "--partner", name, "--auto"]);
    let ticket = invited["ticket"].as_str().expect("a ticket").to_owned();
    let joining = NodeProcess::join(&folder, &ticket, &["--partner", name]);
    let joined = joining.wait_with_output().expect("it ends");
    assert!(joined.status.success(), "{}", text(&joined.stderr));
    let mut node = NodeProcess::of(folder);
    node.start();
    node
}

fn keeps(files: u64) -> impl Fn(&Json) -> bool {
    move |status| status["attachments"]["files"] == files
}

#[test]
fn a_file_reaches_whoever_opens_it_by_the_node_that_all_call_and_an_erasure_leaves_no_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let canary = canary(folder.path());
    let dir = |name: &str| folder.path().join(name);
    let mut prefecture = NodeProcess::found(dir("prefecture"), "Préfecture");
    prefecture.start();
    let ville = joined(&prefecture, dir("ville"), "ville");
    let mut club = joined(&prefecture, dir("club"), "club");
    let record = record(&club, folder.path());

    let minutes = folder.path().join("Compte rendu.pdf");
    let bytes = format!("%PDF-1.7\n{canary}\n").into_bytes();
    fs::write(&minutes, &bytes).expect("writes");
    let attach = ["record", "attach", &record, &minutes.to_string_lossy()];
    let attached = club.ask(&attach);
    assert_eq!(attached["document"], "Compte rendu.pdf");
    assert_eq!(club.ask(&attach)["changed"], false, "it is there already");
    prefecture.eventually(&["status"], keeps(1));
    let show = ["record", "show", record.as_str()];
    let shown = ville.eventually(&show, |shown| {
        shown["documents"]
            .as_array()
            .is_some_and(|all| all.len() == 1)
    });
    assert_eq!(
        shown["documents"][0]["held"], false,
        "nobody has opened it here"
    );
    assert_eq!(shown["documents"][0]["bytes"], bytes.len());

    // The club sleeps: the node that all call has a copy.
    club.stop();
    let out = folder.path().join("cr.pdf");
    let fetch = [
        "record",
        "fetch",
        &record,
        "Compte rendu.pdf",
        "--out",
        &out.to_string_lossy(),
    ];
    assert_eq!(ville.ask(&fetch)["fetched"], true);
    assert_eq!(fs::read(&out).expect("written"), bytes);
    assert_eq!(ville.refusal(&fetch), "file_exists");
    let again = [&fetch[..], &["--force"]].concat();
    assert_eq!(ville.ask(&again)["fetched"], false, "it is kept here now");
    assert_eq!(ville.ask(&["check"])["attachments"], 1);

    let backup = folder.path().join("ville.backup");
    let backup = backup.to_string_lossy();
    assert_eq!(ville.ask(&["backup", &backup])["attachments"], 1);
    let restored = dir("ville-2");
    let restore = run(&["restore", &backup, "--dir", &restored.to_string_lossy()]);
    assert!(restore.status.success(), "{}", text(&restore.stderr));
    assert!(!files_with(&restored, &canary).is_empty());

    club.start();
    prefecture.ask_all(&["erase", "--record", &record, "--ground", "demande", "--yes"]);
    for node in [&prefecture, &ville, &club] {
        node.eventually(&["erasures"], |board| {
            board["erasures"]
                .as_array()
                .is_some_and(|all| !all.is_empty())
        });
        assert_eq!(node.ask(&["erasures", "--finish"])["rewriting"], "done");
        node.eventually(&["status"], keeps(0));
    }
    for mut node in [prefecture, ville, club] {
        node.stop();
        let left = files_with(node.folder(), &canary);
        assert!(left.is_empty(), "{left:?}");
    }
}
