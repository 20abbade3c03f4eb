//! The life of a federation, by the commands of three nodes that run: invited, admitted with a mandate, extended, seated, cut.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::harness::process::NodeProcess;
use crate::harness::program::{run, text};

const VILLE: &str = "Ville de Gien";

fn invited(by: &NodeProcess, folder: &Path, name: &str, arguments: &[&str]) -> NodeProcess {
    let invite = [&["invite", "--partner", name][..], arguments].concat();
    let ticket = by.ask(&invite)["ticket"]
        .as_str()
        .expect("a ticket")
        .to_owned();
    let folder = folder.to_owned();
    let joining = NodeProcess::join(&folder, &ticket, &["--partner", name]);
    let waiting = by.eventually(&["partners"], |answer| {
        answer["waiting"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    });
    let partner = waiting["waiting"][0]["partner"].as_str().expect("an id");
    by.ask(&["admit", &partner[..12]]);
    let joined = joining.wait_with_output().expect("it ends");
    assert!(joined.status.success(), "{}", text(&joined.stderr));
    let mut node = NodeProcess::of(folder);
    node.start();
    node
}

fn actors(folder: &Path, names: &[&str]) -> String {
    let file = folder.join(format!("{}.csv", names[0].replace(' ', "-")));
    let rows: Vec<String> = names.iter().map(|name| format!("{name},45155")).collect();
    fs::write(&file, format!("nom,commune\n{}\n", rows.join("\n"))).expect("writes");
    file.to_string_lossy().into_owned()
}

/// What is found: records of which something counts.
const FIND: [&str; 1] = ["search"];

fn with_records(count: u64) -> impl Fn(&Json) -> bool {
    move |answer| answer["total"] == count
}

#[test]
fn a_federation_admits_extends_seats_and_cuts_a_partner_by_commands_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut prefecture = NodeProcess::found(folder.path().join("prefecture"), "Préfecture");
    prefecture.start();

    // Invited for events only: what the ville writes about actors is kept, and counts for nothing.
    let ville = invited(
        &prefecture,
        &folder.path().join("ville"),
        VILLE,
        &["--kind", "event"],
    );
    let file = actors(folder.path(), &["Club nautique", "Judo club"]);
    ville.ask(&["import", &file, "--kind", "actor"]);
    ville.ask(&["status"]);
    assert_eq!(ville.ask(&FIND)["total"], 0);

    // Nothing is signed without a yes, and a coordinator's word is needed.
    let extend = ["partner", "mandate", VILLE, "--kind", "actor"];
    assert_eq!(prefecture.refusal(&extend), "not_confirmed");
    let extend = [&extend[..], &["--yes"]].concat();
    assert_eq!(ville.refusal(&extend), "not_among_rights");
    prefecture.ask_all(&extend);
    // What was written before counts now: a mandate is not about time.
    ville.eventually(&FIND, with_records(2));
    prefecture.eventually(&FIND, with_records(2));
    let there = ville.ask(&["status"]);
    prefecture.eventually(&["status"], |here| {
        here["state_digest"] == there["state_digest"]
    });

    // The ville gets a seat and coordinates: two seats of two approve, each on its own node.
    let seat = ville.ask(&["charter", "seat", "--new"])["seat"]
        .as_str()
        .expect("a public key")
        .to_owned();
    let seat = format!("Ville={seat}");
    let proposed = prefecture.ask_all(&[
        "charter",
        "propose",
        "--add-seat",
        &seat,
        "--needed",
        "2",
        "--coordinator",
        VILLE,
        "--yes",
    ]);
    assert_eq!(proposed["adopted"], false);
    let held = ville.eventually(&["charter", "show"], |answer| {
        answer["proposals"]
            .as_array()
            .is_some_and(|all| all.len() == 1)
    });
    let id = held["proposals"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert_eq!(
        ville.ask_all(&["charter", "approve", &id, "--yes"])["adopted"],
        true
    );
    let second = |answer: &Json| answer["version"] == 1;
    prefecture.eventually(&["charter", "show"], second);

    // The ville, a coordinator now, admits an association by itself.
    let association = invited(
        &ville,
        &folder.path().join("association"),
        "Comité sportif",
        &[],
    );
    association.eventually(&FIND, with_records(2));

    // The association is cut: what it writes afterwards counts nowhere, what it wrote stays.
    let file = actors(folder.path(), &["Aviron", "Cyclo club"]);
    association.ask(&["import", &file, "--kind", "actor"]);
    prefecture.eventually(&FIND, with_records(4));
    prefecture.ask_all(&["partner", "cut", "Comité sportif", "--yes"]);
    association.eventually(&["acts"], |answer| {
        let acts = answer["acts"].as_array().expect("a list");
        acts.iter()
            .any(|act| act["act"] == "cut" && act["counts"] == true)
    });
    let file = actors(folder.path(), &["Trop tard"]);
    association.ask(&["import", &file, "--kind", "actor"]);
    for node in [&prefecture, &ville, &association] {
        node.eventually(&FIND, with_records(4));
    }

    // The prefecture opens a second node: its own root key vouches for it, no decision is needed.
    let root = folder.path().join("racine.key");
    let root = root.to_string_lossy();
    prefecture.ask(&["export-root", &root]);
    let ticket = prefecture.ask(&["invite", "--instance"])["ticket"]
        .as_str()
        .expect("a ticket")
        .to_owned();
    let stranger = NodeProcess::join(
        &folder.path().join("stranger"),
        &ticket,
        &["--partner", "Préfecture"],
    );
    let refused = stranger.wait_with_output().expect("it ends");
    assert_eq!(refused.status.code(), Some(1), "its root key is another");
    let second = folder.path().join("second");
    let joining = NodeProcess::join(
        &second,
        &ticket,
        &["--partner", "Préfecture", "--root", &root],
    );
    let joined = joining.wait_with_output().expect("it ends");
    assert!(joined.status.success(), "{}", text(&joined.stderr));
    let mut second = NodeProcess::of(second);
    second.start();
    second.eventually(&FIND, with_records(4));
    let shown = prefecture.eventually(&["partner", "show", "Préfecture"], |answer| {
        answer["feeds"]
            .as_array()
            .is_some_and(|feeds| feeds.len() == 2)
    });
    assert_eq!(shown["coordinator"], true);
}

#[test]
fn a_recovery_key_seats_another_when_the_seat_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut prefecture = NodeProcess::found(folder.path().join("prefecture"), "Préfecture");
    prefecture.start();
    // A recovery key is any seat key that is kept elsewhere.
    let elsewhere = NodeProcess::found(folder.path().join("coffre"), "Coffre");
    let recovery = elsewhere.ask(&["charter", "seat"])["seat"]
        .as_str()
        .expect("a key")
        .to_owned();
    let secret = folder.path().join("coffre/keys/seat.key");
    let secret = secret.to_string_lossy();
    let named = prefecture.ask_all(&[
        "charter",
        "propose",
        "--recovery-key",
        &recovery,
        "--recovery-needed",
        "1",
        "--yes",
    ]);
    assert_eq!(named["adopted"], true);
    // The seat is lost: the recovery key alone seats another.
    let new_seat = format!("Nouveau={recovery}");
    let lost = folder.path().join("prefecture/keys/seat.key");
    fs::remove_file(lost).expect("a seat");
    let proposed = prefecture.ask_all(&[
        "charter",
        "propose",
        "--add-seat",
        &new_seat,
        "--remove-seat",
        "Préfecture",
        "--yes",
    ]);
    let id = proposed["id"].as_str().expect("an id").to_owned();
    assert_eq!(proposed["adopted"], false);
    let without_seat = ["charter", "approve", &id, "--yes"];
    assert_eq!(prefecture.refusal(&without_seat), "no_seat");
    let approved = prefecture.ask_all(&["charter", "approve", &id, "--key", &secret, "--yes"]);
    assert_eq!(approved["adopted"], true);
    let output = run(&[
        "charter",
        "show",
        "--dir",
        &folder.path().join("prefecture").to_string_lossy(),
    ]);
    let said = text(&output.stdout);
    assert!(
        said.contains("version 2") && said.contains("Nouveau"),
        "{said}"
    );
}
