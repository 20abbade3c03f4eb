//! The life of a federation, by the commands of three nodes that run: invited, admitted with a mandate, extended, seated, cut.

use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};

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
    // Nothing is signed without a yes.
    assert_eq!(by.refusal(&["admit", &partner[..12]]), "not_confirmed");
    let waits = by.ask(&["partners"])["waiting"].as_array().map(Vec::len);
    assert_eq!(waits, Some(1));
    by.ask(&["admit", &partner[..12], "--yes"]);
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

fn counts(answer: &Json, names: &[&str]) -> bool {
    let acts = answer["acts"].as_array().expect("a list");
    let has = |name: &&str| {
        let mut its = acts.iter().filter(|act| act["act"] == **name);
        its.any(|act| act["counts"] == true)
    };
    names.iter().all(has)
}

/// What another node of an organisation comes in with: a ticket of its first one, and the file of its root key.
fn own_ticket(of: &NodeProcess, folder: &Path) -> (String, String) {
    let root = folder.join("organisation.key");
    let root = root.to_string_lossy().into_owned();
    of.ask(&["export-root", &root]);
    let ticket = of.ask(&["invite", "--instance"])["ticket"].clone();
    (ticket.as_str().expect("a ticket").to_owned(), root)
}

/// A node that comes in with the root key of an organisation that is in.
fn entered(ticket: &str, folder: &Path, name: &str, root: &str) -> NodeProcess {
    let joining = NodeProcess::join(folder, ticket, &["--partner", name, "--root", root]);
    let joined = joining.wait_with_output().expect("it ends");
    assert!(joined.status.success(), "{}", text(&joined.stderr));
    let mut node = NodeProcess::of(folder.to_owned());
    node.start();
    node
}

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

    // The association is put out: what it writes afterwards counts nowhere, what it wrote stays.
    let file = actors(folder.path(), &["Aviron", "Cyclo club"]);
    association.ask(&["import", &file, "--kind", "actor"]);
    prefecture.eventually(&FIND, with_records(4));
    let (ticket, root) = own_ticket(&association, folder.path());
    prefecture.ask_all(&["partner", "put-out", "Comité sportif", "--yes"]);
    for node in [&prefecture, &ville] {
        node.eventually(&["acts"], |answer| counts(answer, &["cut", "descope"]));
        let partners = node.ask(&["partners"]);
        let listed = partners["partners"].as_array().expect("a list");
        let its = listed.iter().find(|each| each["name"] == "Comité sportif");
        assert_eq!(its.expect("it is named")["left"], true);
    }
    // The session is closed while it goes on, and the node is told why.
    association.eventually(&["status"], |status| {
        status["unheard"][0]["code"] == "refused_left"
    });
    let found = association.ask_whatever(&["doctor"]);
    assert!(found.contains("refused_left"), "{found}");
    assert_eq!(association.refusal(&["invite", "--instance"]), "own_left");
    let file = actors(folder.path(), &["Trop tard"]);
    association.ask(&["import", &file, "--kind", "actor"]);
    // A node that nobody knows, let in by the one that was put out, and certified by its root.
    let fresh = entered(
        &ticket,
        &folder.path().join("fresh"),
        "Comité sportif",
        &root,
    );
    let file = actors(folder.path(), &["Nœud neuf"]);
    fresh.ask(&["import", &file, "--kind", "actor"]);
    // Nobody speaks with them, and what is carried there by hand changes nothing.
    for node in [&association, &fresh] {
        let file = node.folder().join("porte.bundle");
        let file = file.to_string_lossy();
        node.ask(&["bundle", "export", &file]);
        prefecture.ask(&["bundle", "import", &file]);
    }
    ville.eventually(&["status"], |status| status["forks"] == json!([]));
    for node in [&prefecture, &ville] {
        node.ask(&["status"]);
        assert_eq!(node.ask(&FIND)["total"], 4);
    }
    fresh.ask(&["stop"]);

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
fn a_node_that_was_cut_is_told_and_its_partner_comes_back_with_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut prefecture = NodeProcess::found(folder.path().join("prefecture"), "Préfecture");
    prefecture.start();
    let ville = invited(&prefecture, &folder.path().join("ville"), VILLE, &[]);
    let file = actors(folder.path(), &["Club nautique"]);
    ville.ask(&["import", &file, "--kind", "actor"]);
    prefecture.eventually(&FIND, with_records(1));
    let root = folder.path().join("ville.key");
    let root = root.to_string_lossy();
    ville.ask(&["export-root", &root]);

    let shown = prefecture.ask(&["partner", "show", VILLE]);
    let feed = shown["feeds"][0]["feed"].as_str().expect("a feed");
    let other = prefecture.ask(&["partner", "show", "Préfecture"]);
    let other = other["feeds"][0]["feed"].as_str().expect("a feed");
    let cut = |feed: &str| -> Vec<String> {
        let words = ["partner", "cut", VILLE, "--feed", feed, "--yes"];
        words.map(str::to_owned).to_vec()
    };
    let strange = cut(other);
    let strange: Vec<&str> = strange.iter().map(String::as_str).collect();
    assert_eq!(prefecture.refusal(&strange), "feed_not_held");
    let cut = cut(feed);
    let cut: Vec<&str> = cut.iter().map(String::as_str).collect();
    prefecture.ask_all(&cut);
    ville.eventually(&["status"], |status| {
        status["unheard"][0]["code"] == "refused_cut"
    });
    let endpoint = *ville.key("endpoint").public().as_bytes();
    let digits: String = endpoint.iter().map(|byte| format!("{byte:02x}")).collect();
    prefecture.eventually(&["status"], |status| {
        let peers = status["peers"].as_array().expect("a list");
        let mut its = peers.iter().filter(|peer| peer["endpoint"] == *digits);
        its.any(|peer| peer["state"] == "refused" && peer["sessions"] == 0)
    });
    let file = actors(folder.path(), &["Trop tard"]);
    ville.ask(&["import", &file, "--kind", "actor"]);
    let carried = ville.folder().join("porte.bundle");
    let carried = carried.to_string_lossy();
    ville.ask(&["bundle", "export", &carried]);
    prefecture.ask(&["bundle", "import", &carried]);
    prefecture.ask(&["status"]);
    assert_eq!(prefecture.ask(&FIND)["total"], 1);

    // The organisation is in as before: with its root key, another node of it comes in and counts.
    let ticket = prefecture.ask(&["invite", "--partner", VILLE, "--auto"])["ticket"]
        .as_str()
        .expect("a ticket")
        .to_owned();
    let second = entered(&ticket, &folder.path().join("second"), VILLE, &root);
    second.eventually(&FIND, with_records(1));
    let file = actors(folder.path(), &["Judo club"]);
    second.ask(&["import", &file, "--kind", "actor"]);
    prefecture.eventually(&FIND, with_records(2));
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
