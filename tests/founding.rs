//! How a federation begins and lets in: with several seats, with a ticket that admits by itself where its node may, and never otherwise.

use serde_json::Value as Json;

use crate::harness::process::NodeProcess;
use crate::harness::program::{json, run, text};

/// Makes a seat's key where it will be kept, and returns its public half.
fn seat(folder: &std::path::Path, name: &str) -> String {
    let file = folder.join(name);
    let made = json(&run(&["charter", "key", &file.to_string_lossy(), "--json"]));
    made["key"].as_str().expect("a key").to_owned()
}

fn found(folder: &std::path::Path, more: &[&str]) -> std::process::Output {
    let dir = folder.to_string_lossy();
    let init = [
        "init",
        "--dir",
        &dir,
        "--profile",
        "rencontres",
        "--name",
        "Loiret",
        "--partner",
        "Préfecture",
        "--yes",
        "--json",
    ];
    run(&[&init[..], more].concat())
}

/// What was decided since the federation chose its programme.
fn acts_but_the_first(node: &NodeProcess) -> Vec<Json> {
    let acts = node.ask(&["acts"])["acts"].as_array().cloned();
    let acts = acts.unwrap_or_default().into_iter();
    acts.filter(|act| act["act"] != "vocabulary").collect()
}

#[test]
fn a_federation_is_founded_with_several_seats() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ville, caf) = (seat(folder.path(), "ville"), seat(folder.path(), "caf"));
    let (ville, caf) = (format!("Ville={ville}"), format!("CAF={caf}"));
    let seats = ["--seat", &ville, "--seat", &caf];
    for wrong in [
        &["--seat", "Ville=00"][..],
        &["--seat", &ville, "--seat", &ville],
        &["--seat", &ville, "--needed", "1"],
        &["--seat", &ville, "--needed", "3"],
    ] {
        let refused = found(&folder.path().join("faux"), wrong);
        assert_eq!(refused.status.code(), Some(1), "{wrong:?}");
        let said = text(&refused.stdout);
        assert!(said.contains("seat"), "{said}");
    }
    let made = found(&folder.path().join("prefecture"), &seats);
    let founded = json(&made);
    assert_eq!(
        (&founded["seats"], &founded["needed"]),
        (&3.into(), &2.into())
    );
    let prefecture = NodeProcess::of(folder.path().join("prefecture"));
    let shown = prefecture.ask(&["charter", "show"]);
    assert_eq!(shown["k"], 2);
    let names = shown["seats"].as_array().expect("a list").iter();
    let names: Vec<&str> = names.filter_map(|seat| seat["name"].as_str()).collect();
    assert_eq!(names, ["Préfecture", "Ville", "CAF"]);
    // One vote of two changes nothing; the key that is kept elsewhere gives the second.
    let quotas = [
        "charter",
        "propose",
        "--entries-per-day",
        "500",
        "--bytes-per-day",
        "none",
        "--yes",
    ];
    let proposed = prefecture.ask_all(&quotas);
    assert_eq!(proposed["adopted"], false);
    let id = proposed["id"].as_str().expect("an id").to_owned();
    let key = folder.path().join("ville");
    let key = key.to_string_lossy();
    let approved = prefecture.ask_all(&["charter", "approve", &id, "--key", &key, "--yes"]);
    assert_eq!(approved["adopted"], true);
    let shown = prefecture.ask(&["charter", "show"]);
    assert_eq!(shown["quotas"]["entries_per_day"], 500);
    assert_eq!(shown["quotas"]["bytes_per_day"], Json::Null);
    let wrong = [
        "charter",
        "propose",
        "--entries-per-day",
        "beaucoup",
        "--yes",
    ];
    assert_eq!(prefecture.refusal(&wrong), "quota_unreadable");
}

fn waiting(answer: &Json) -> Option<&str> {
    answer["waiting"][0]["withheld"].as_str()
}

#[test]
fn a_ticket_that_admits_by_itself_gives_no_right_that_its_node_has_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut prefecture = NodeProcess::found(folder.path().join("prefecture"), "Préfecture");
    prefecture.start();
    let invite = ["invite", "--partner", "Ville de Gien", "--auto"];
    let ticket = prefecture.ask(&invite)["ticket"].clone();
    let ticket = ticket.as_str().expect("a ticket");
    let other = prefecture.ask(&["invite", "--partner", "Comité sportif"]);
    let drop = [
        "charter",
        "propose",
        "--drop-coordinator",
        "Préfecture",
        "--yes",
    ];
    assert_eq!(prefecture.ask_all(&drop)["adopted"], true);
    let place = folder.path().join("ville");
    let mut joining = NodeProcess::join(&place, ticket, &["--partner", "Ville de Gien"]);
    prefecture.eventually(&["partners"], |answer| {
        waiting(answer) == Some("not_among_rights")
    });
    // Nothing void was signed, and the newcomer is not told that it is in.
    assert_eq!(acts_but_the_first(&prefecture), Vec::<Json>::new());
    assert!(joining.try_wait().expect("it runs").is_none());
    let listed = prefecture.ask(&["invitations", "list"]);
    let states: Vec<&str> = listed["invitations"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|invitation| invitation["state"].as_str())
        .collect();
    assert_eq!(states, ["open", "waiting"]);
    // Neither does a person sign it there; the newcomer is sent away, and the other ticket is cancelled.
    let partner = prefecture.ask(&["partners"])["waiting"][0]["partner"].clone();
    let partner = partner.as_str().expect("an id");
    let admit = ["admit", &partner[..12], "--yes"];
    assert_eq!(prefecture.refusal(&admit), "not_among_rights");
    prefecture.ask(&["invitations", "decline", &partner[..12]]);
    let left = joining.wait().expect("it ends");
    assert_eq!(left.code(), Some(1));
    let open = prefecture.ask(&["invitations", "list"])["invitations"][0].clone();
    assert_eq!(open["name"], "Comité sportif");
    let id = open["id"].as_str().expect("an id");
    prefecture.ask(&["invitations", "cancel", id]);
    assert_eq!(
        prefecture.refusal(&["invitations", "cancel", id]),
        "invitation_not_found"
    );
    let place = folder.path().join("comite");
    let ticket = other["ticket"].as_str().expect("a ticket");
    let refused = NodeProcess::join(&place, ticket, &["--partner", "Comité sportif"]);
    let refused = refused.wait_with_output().expect("it ends");
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stdout);
    assert!(said.contains("takes no newcomer now"), "{said}");
}

#[test]
fn what_a_command_signs_holds_no_way_to_reach_somebody() {
    let folder = tempfile::tempdir().expect("a folder");
    let prefecture = NodeProcess::found(folder.path().join("prefecture"), "Préfecture");
    let file = folder.path().join("clubs.csv");
    std::fs::write(&file, "nom,commune\nClub nautique,45155\n").expect("writes");
    prefecture.ask(&["import", &file.to_string_lossy(), "--kind", "actor"]);
    prefecture.ask(&["status"]);
    let found = prefecture.ask(&["search"]);
    let record = found["hits"][0]["record"].as_str();
    let record = record.expect("an id").to_owned();
    let why = "appeler le 06 39 98 00 01";
    for (command, code) in [
        (
            &["erase", "--record", &record, "--ground", why, "--yes"][..],
            "act_personal",
        ),
        (
            &[
                "statement",
                "report",
                &record,
                "--reason",
                "wrong",
                "--why",
                why,
            ],
            "text_personal",
        ),
        (
            &["bulk", "address_extra", why, "--kind", "actor", "--yes"],
            "text_personal",
        ),
    ] {
        assert_eq!(prefecture.refusal(command), code, "{command:?}");
    }
    assert_eq!(acts_but_the_first(&prefecture), Vec::<Json>::new());
}
