//! A disk that lies under a node that has a peer: `maillage check` names what is damaged, has the peer bring it again, and says so.

use std::path::Path;

use crdt_schema::entry::{Header, Kind};
use replica::Replica;
use serde_json::Value as Json;

use crate::damage::flip_where;
use crate::erasing::{canary, files_with};
use crate::harness::process::NodeProcess;
use crate::harness::program::{run, text};

const STORE: &str = "replica.redb";

/// Two nodes that run and hold the same records: three of them, one of this name.
fn two(folder: &Path, name: &str) -> (NodeProcess, NodeProcess) {
    let mut prefecture = NodeProcess::found(folder.join("prefecture"), "Préfecture");
    prefecture.start();
    let invited = prefecture.ask(&["invite", "--partner", "ville", "--auto"]);
    let ticket = invited["ticket"].as_str().expect("a ticket");
    let joining = NodeProcess::join(&folder.join("ville"), ticket, &["--partner", "ville"]);
    let joined = joining.wait_with_output().expect("it ends");
    assert!(joined.status.success(), "{}", text(&joined.stderr));
    let mut ville = NodeProcess::of(folder.join("ville"));
    ville.start();
    let file = folder.join("acteurs.csv");
    let table = format!("nom,commune\nClub inventé,45155\nFête inventée,45155\n{name},45155\n");
    std::fs::write(&file, table).expect("writable");
    prefecture.ask(&["import", &file.to_string_lossy(), "--kind", "actor"]);
    ville.eventually(&["search", "inventé"], |found| found["total"] == 2);
    ville.eventually(&["search", name], |found| found["total"] == 1);
    (prefecture, ville)
}

/// The id, the header and the signature of a contribution of one node, as another that is stopped holds it.
fn contribution(node: &NodeProcess, author: &NodeProcess) -> (String, [u8; 184], [u8; 64]) {
    let feed = author.key("instance").public().feed();
    let replica = Replica::open(node.folder(), None).expect("a store");
    let ids: Vec<_> = {
        let state = replica.state();
        let entries = state.feeds().entries();
        let its = entries.filter(|(_, held)| held.feed == feed);
        its.map(|(id, _)| id).collect()
    };
    let reader = replica.read().expect("a snapshot");
    let entries = reader.signed_entries(&ids).expect("readable");
    let its = entries.into_iter().find_map(|entry| {
        let header = Header::from_bytes(&entry.header).expect("a header");
        let its = (header.id().to_string(), entry.header, entry.signature);
        (header.kind == Kind::Contribution).then_some(its)
    });
    its.expect("an import")
}

/// Alters the signature of an entry that a stopped node has from another, in its file. Returns the id of the entry.
fn damage(node: &NodeProcess, author: &NodeProcess) -> String {
    let (id, _, signature) = contribution(node, author);
    flip_where(&node.folder().join(STORE), &signature, 40);
    id
}

fn codes(node: &NodeProcess) -> Vec<String> {
    let dir = node.folder().to_string_lossy().into_owned();
    let told = run(&["doctor", "--json", "--dir", &dir]);
    let told: Json = serde_json::from_slice(&told.stdout).expect("one object");
    let findings = told["findings"].as_array().expect("a list").iter();
    let codes = findings.map(|each| each["code"].as_str().expect("a code").to_owned());
    codes.collect()
}

#[test]
fn what_a_check_finds_damaged_is_brought_again_by_a_peer() {
    let folder = tempfile::tempdir().expect("a folder");
    let (prefecture, mut ville) = two(folder.path(), "Maison");
    ville.stop();
    damage(&ville, &prefecture);
    ville.start();
    ville.eventually(&["status"], |status| {
        let mut peers = status["peers"].as_array().expect("a list").iter();
        peers.any(|peer| !peer["last_caught_up"].is_null())
    });
    let dir = ville.folder().to_string_lossy().into_owned();
    let checked = run(&["check", "--dir", &dir]);
    let said = text(&checked.stdout);
    assert!(checked.status.success(), "{said}{}", text(&checked.stderr));
    assert!(said.contains("fetched again"), "{said}");
    let again = ville.ask(&["check"]);
    assert_eq!(again["damaged"], serde_json::json!([]), "{again}");
    let wanted = prefecture.ask(&["status"]);
    ville.eventually(&["status"], |status| {
        status["state_digest"] == wanted["state_digest"]
            && status["entries"] == wanted["entries"]
            && status["damaged"] == 0
    });
}

#[test]
fn a_command_waits_until_a_node_is_level_with_a_peer() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut prefecture, mut ville) = two(folder.path(), "Maison");
    let level = ville.ask(&["status", "--wait", "60"]);
    assert_eq!(level["views_built"], true, "{level}");
    let other = prefecture.ask(&["status", "--wait", "60"]);
    assert_eq!(level["state_digest"], other["state_digest"]);
    prefecture.stop();
    ville.stop();
    let dir = ville.folder().to_string_lossy().into_owned();
    let refused = |code: &str| {
        let said = run(&["status", "--wait", "0", "--json", "--dir", &dir]);
        assert_eq!(said.status.code(), Some(1), "{}", text(&said.stdout));
        let said: Json = serde_json::from_slice(&said.stdout).expect("one object");
        assert_eq!(said["code"], code, "{said}");
    };
    refused("not_running");
    ville.start();
    refused("not_level");
}

#[test]
fn damage_that_no_peer_can_mend_is_left_and_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut prefecture, mut ville) = two(folder.path(), "Maison");
    ville.stop();
    let damaged = damage(&ville, &prefecture);
    prefecture.stop();
    let dir = ville.folder().to_string_lossy().into_owned();
    // A node that does not run asks nobody.
    let checked = run(&["check", "--json", "--dir", &dir]);
    assert_eq!(checked.status.code(), Some(2), "{}", text(&checked.stdout));
    let said: Json = serde_json::from_slice(&checked.stdout).expect("one object");
    assert_eq!(said["damaged"][0]["entry"], damaged.as_str());
    assert_eq!(said["damaged"][0]["repaired"], false);
    assert_eq!(
        (&said["left"], &said["asked_peers"]),
        (&1.into(), &false.into())
    );
}

#[test]
fn a_damaged_store_that_was_set_aside_goes_before_an_erasure_is_said_to_be_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let canary = canary(folder.path());
    let (prefecture, mut ville) = two(folder.path(), &canary);
    let found = prefecture.ask(&["search", &canary]);
    let record = found["hits"][0]["record"].as_str().expect("an id");
    ville.stop();
    // The time that its author claims: nothing but its id says that it is another.
    let (_, header, _) = contribution(&ville, &prefecture);
    flip_where(&ville.folder().join(STORE), &header, 147);
    ville.start();
    let status = ville.ask(&["status"]);
    let aside = status["set_aside"].as_array().expect("a list").clone();
    let [Json::String(aside)] = aside.as_slice() else {
        panic!("{status}");
    };
    assert!(Path::new(aside).exists());
    assert!(codes(&ville).contains(&"store_beside".to_owned()));
    // Also the process after the one that set it aside names it.
    ville.stop();
    ville.start();
    assert!(codes(&ville).contains(&"store_beside".to_owned()));
    ville.eventually(&["search", &canary], |found| found["total"] == 1);
    let held = files_with(ville.folder(), &canary);
    assert!(held.iter().any(|file| file == Path::new(aside)), "{held:?}");

    prefecture.ask_all(&["erase", "--record", record, "--ground", "demande", "--yes"]);
    ville.eventually(&["erasures"], |board| board["erasures"][0].is_object());
    ville.eventually(&["erasures", "--finish"], |board| {
        board["set_aside"] == serde_json::json!([])
    });
    assert!(!Path::new(aside).exists());
    ville.eventually(&["erasures", "--finish"], |_| {
        files_with(ville.folder(), &canary).is_empty()
    });
    assert!(!codes(&ville).contains(&"store_beside".to_owned()));
    prefecture.ask(&["erasures", "--finish"]);
    for node in [&prefecture, &ville] {
        node.eventually(&["erasures"], |board| {
            let erasure = &board["erasures"][0];
            (&erasure["done"], &erasure["of"]) == (&2.into(), &2.into())
        });
    }
}

#[test]
fn a_damaged_store_with_own_entries_that_nobody_brings_again_is_left_to_a_person() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut prefecture, mut ville) = two(folder.path(), "Maison");
    let found = prefecture.ask(&["search", "Maison"]);
    let record = found["hits"][0]["record"].as_str().expect("an id");
    // What the ville writes now is on its own disk only.
    prefecture.stop();
    let file = folder.path().join("seule.csv");
    std::fs::write(&file, "nom,commune\nAtelier inventé,45155\n").expect("writable");
    ville.ask(&["import", &file.to_string_lossy(), "--kind", "actor"]);
    ville.stop();
    let (_, header, _) = contribution(&ville, &ville);
    flip_where(&ville.folder().join(STORE), &header, 147);
    prefecture.start();
    ville.start();
    prefecture.ask_all(&["erase", "--record", record, "--ground", "demande", "--yes"]);
    ville.eventually(&["erasures"], |board| board["erasures"][0].is_object());
    ville.ask(&["status", "--wait", "60"]);
    let board = ville.ask(&["erasures", "--finish"]);
    assert_eq!(board["set_aside"].as_array().map(Vec::len), Some(1));
    let dir = ville.folder().to_string_lossy().into_owned();
    let told = run(&["doctor", "--json", "--dir", &dir]);
    let said = text(&told.stdout);
    assert!(said.contains("are not back either"), "{said}");
    // A person gives them up, and the erasure is done.
    let aside = board["set_aside"][0].as_str().expect("a path");
    std::fs::remove_file(aside).expect("it is there");
    ville.eventually(&["erasures", "--finish"], |board| {
        board["set_aside"] == serde_json::json!([])
    });
    assert!(!codes(&ville).contains(&"store_beside".to_owned()));
}
