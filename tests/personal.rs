//! Contacts between two real nodes: what is for partners arrives, what is for our own organisation never leaves, and what was erased
//! comes back from no copy.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::erasing::{canary, files_with, has_value, record};
use crate::harness::pages::Pages;
use crate::harness::process::NodeProcess;
use crate::harness::program::{json, run, text};

/// A node that runs, and the account that its folder was made with.
pub(crate) struct Founded {
    pub(crate) node: NodeProcess,
    account: Json,
}

impl Founded {
    /// Founds a federation, and starts its first node.
    pub(crate) fn new(dir: PathBuf) -> Self {
        let (mut node, account) = NodeProcess::found_with_account(dir, "Préfecture");
        node.start();
        Self { node, account }
    }

    /// Joins a federation that a running node coordinates, and starts.
    pub(crate) fn joined(by: &NodeProcess, dir: PathBuf, name: &str) -> Self {
        let invited = by.ask(&["invite", "--partner", name, "--auto"]);
        let ticket = invited["ticket"].as_str().expect("a ticket");
        let joined = NodeProcess::join(&dir, ticket, &["--partner", name]);
        let joined = joined.wait_with_output().expect("it ends");
        assert!(joined.status.success(), "{}", text(&joined.stderr));
        let said = text(&joined.stdout);
        let account = serde_json::from_str(said.lines().last().unwrap_or_default());
        let mut node = NodeProcess::of(dir);
        node.start();
        Self {
            node,
            account: account.expect("one object"),
        }
    }

    pub(crate) fn pages(&self) -> Pages {
        let word = |name: &str| self.account[name].as_str().expect("is told").to_owned();
        Pages::log_in(self.node.pages(), &word("account"), &word("password"))
    }
}

/// Two organisations, each with its node: the first one coordinates.
fn two(folder: &Path) -> [Founded; 2] {
    let one = Founded::new(folder.join("prefecture"));
    let other = Founded::joined(&one.node, folder.join("ville"), "ville");
    [one, other]
}

/// Adds a contact on the pages, and returns the address of its person.
fn add(pages: &mut Pages, record: &str, name: &str, seen_by: &str) {
    let form = format!("/fiches/{record}/contacts/nouveau");
    let mail = format!("{name}@exemple.example");
    let fields = [
        ("contact_name", name),
        ("contact_mail", &mail),
        ("contact_purpose", "organiser la rencontre"),
        ("contact_seen_by", seen_by),
    ];
    let kept = pages.send(&form, &fields);
    assert_eq!(kept.status, 303, "{}", kept.body);
    assert!(!kept.location.contains(name));
}

#[test]
fn a_contact_for_partners_arrives_one_of_our_own_never_leaves_and_no_backup_brings_an_erased_one_back()
 {
    let folder = tempfile::tempdir().expect("a folder");
    let shared = canary(folder.path());
    let own = format!("{shared}propre");
    let [one, mut other] = two(folder.path());
    let path = |name: &str| folder.path().join(name);
    let record = record(&one.node, folder.path());
    let show = ["contact", "list", record.as_str()];
    let mut pages = one.pages();
    add(&mut pages, &record, &shared, "partners");
    add(&mut pages, &record, &own, "own");

    let listed = other.node.eventually(&show, has_value("live"));
    assert_eq!(listed["own_values"].as_array().map(Vec::len), Some(0));
    let page = other.pages().open(&format!("/fiches/{record}")).body;
    assert!(
        page.contains(&shared) && page.contains("Préfecture"),
        "{page}"
    );
    assert!(!page.contains(&own));
    let page = pages.open(&format!("/fiches/{record}")).body;
    assert!(page.contains(&own));
    assert!(
        !files_with(&path("prefecture"), &own).is_empty(),
        "the search can find it"
    );
    let left = files_with(&path("ville"), &own);
    assert!(left.is_empty(), "it left our node: {left:?}");

    // The partner keeps a copy of its node from before the erasure.
    let copy = path("ville.maillage").to_string_lossy().into_owned();
    other.node.ask(&["backup", &copy]);

    let subject = listed["values"][0]["subject"].as_str().expect("an id");
    let erase = format!("/fiches/{record}/contacts/{subject}/effacer");
    // Shown decoded, then signed after the password.
    let shown = pages.send(&erase, &[("par", "auteur")]);
    assert_eq!(shown.status, 200, "{}", shown.body);
    let act = shown
        .body
        .split_once("name=\"act\" value=\"")
        .expect("an act");
    let act = act.1.split('"').next().expect("it ends");
    let password = one.account["password"].as_str().expect("it is told");
    let sent = [("par", "auteur"), ("act", act), ("password", password)];
    let erased = pages.send(&erase, &sent);
    assert_eq!(erased.status, 303, "{}", erased.body);
    for node in [&one.node, &other.node] {
        node.eventually(&show, has_value("erased"));
        assert_eq!(node.ask(&["erasures", "--finish"])["rewriting"], "done");
    }
    let left = files_with(&path("ville"), &shared);
    assert!(left.is_empty(), "{left:?}");

    // The copy is restored in the place of the node: it holds the contact until it meets a peer, and shows it to nobody.
    other.node.stop();
    let back = path("ville-2");
    json(&run(&[
        "restore",
        &copy,
        "--dir",
        &back.to_string_lossy(),
        "--json",
    ]));
    assert!(!files_with(&back, &shared).is_empty(), "the copy had it");
    let mut restored = NodeProcess::of(back.clone());
    assert_eq!(restored.refusal(&show), "restored_closed");
    restored.start();
    restored.eventually(&["status"], |status| status["restored_closed"] == false);
    restored.eventually(&show, has_value("erased"));
    assert_eq!(restored.ask(&["erasures", "--finish"])["rewriting"], "done");
    let left = files_with(&back, &shared);
    assert!(left.is_empty(), "{left:?}");
    one.node.eventually(&show, has_value("erased"));
    one.node.ask(&["erasures", "--finish"]);
    let left: Vec<_> = files_with(&path("prefecture"), &shared)
        .into_iter()
        .filter(|file| fs::read(file).is_ok_and(|bytes| !holds(&bytes, &own)))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    // What stays of our own was never meant to go; no log names anybody.
    let found = pages.send("/donnees-personnelles/recherche", &[("personne", &own)]);
    assert!(found.body.contains("exemple.example"), "{}", found.body);
    for log in ["prefecture.log", "ville.log", "ville-2.log"] {
        let log = fs::read(path(log)).expect("a log");
        assert!(!holds(&log, &shared));
    }
}

/// Every name of this test begins alike.
fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn a_person_is_found_removed_and_objected_to_by_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("ville");
    let mut node = NodeProcess::found(dir.clone(), "Ville");
    node.start();
    let record = record(&node, folder.path());
    let typed = |words: &[&str], typed: &str| {
        let file = folder.path().join("personne.txt");
        fs::write(&file, typed).expect("writable");
        node.ask_with(words, &file)
    };
    let add = [
        "contact",
        "add",
        &record,
        "--purpose",
        "organiser",
        "--until",
        "2024-01-31",
    ];
    let shared = [&add[..], &["--seen-by", "partners"]].concat();
    let kept = typed(&shared, "name: Camille Exemple\nphone: 0692 00 00 01\n");
    let subject = kept["subject"].as_str().expect("an id").to_owned();
    let found = typed(&["contact", "find"], "+262 692 00 00 01");
    assert_eq!(found["values"].as_array().map(Vec::len), Some(2), "{found}");
    assert_eq!(found["values"][0]["partner"], "Ville");
    let due = node.ask(&["contact", "due"]);
    assert_eq!(due["values"].as_array().map(Vec::len), Some(2), "{due}");
    assert_eq!(
        typed(&["contact", "objection", "add"], "exemple CAMILLE")["kept"],
        true
    );
    let since = node.ask(&["contact", "objection", "list"]);
    assert_eq!(since["objections"].as_array().map(Vec::len), Some(1));
    let own = [&add[..], &["--seen-by", "own", "--subject", &subject]].concat();
    assert_eq!(typed(&own, "name: Camille Exemple\n")["objection"], true);
    let remove = ["contact", "remove", &record, "--subject", &subject];
    assert_eq!(node.refusal(&remove), "not_confirmed");
    let removed = node.ask_all(&[&remove[..], &["--yes"]].concat());
    assert_eq!(removed["removed"], 3, "{removed}");
    let found = typed(&["contact", "find"], "Camille Exemple");
    assert_eq!(found["values"].as_array().map(Vec::len), Some(0), "{found}");
    assert!(found["objection"].is_string());
    assert_eq!(node.refusal(&remove), "nothing_of_ours");
    assert_eq!(
        typed(&["contact", "objection", "remove"], "Camille Exemple")["kept"],
        false
    );
}

#[test]
fn the_persons_of_a_file_are_left_out_or_become_contacts_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut node = NodeProcess::found(folder.path().join("ville"), "Ville");
    node.start();
    let file = folder.path().join("clubs.csv");
    let rows = "identifiant;nom;commune;contact_nom;contact_prenom;contact_courriel;contact_fonction\n\
        C1;Club inventé;45155;Exemple;Camille;camille@exemple.example;trésorière\n\
        C2;Cercle inventé;45155;Exemple;Noé;noe@exemple.example;\n";
    fs::write(&file, rows).expect("writable");
    let file = file.to_string_lossy().into_owned();
    let import = ["import", &file, "--kind", "actor"];
    let report = node.ask(&import);
    assert_eq!(
        (&report["new"], &report["contacts"]),
        (&2.into(), &Json::Null)
    );
    let found = node.eventually(&["search", "inventé"], |answer| answer["total"] == 2);
    let person = folder.path().join("personne.txt");
    fs::write(&person, "Noé Exemple\n").expect("writable");
    node.ask_with(&["contact", "objection", "add"], &person);
    let counts = |more: &[&str]| {
        let wanted = [
            "--contacts",
            "partners",
            "--purpose",
            "organiser",
            "--until",
            "2099-12-31",
        ];
        node.ask(&[&import[..], &wanted, more].concat())["contacts"].clone()
    };
    let once = serde_json::json!({ "kept": 1, "unchanged": 0, "objected": 1 });
    assert_eq!(counts(&["--dry-run"]), once);
    assert_eq!(counts(&[]), once);
    let again = serde_json::json!({ "kept": 0, "unchanged": 1, "objected": 1 });
    assert_eq!(counts(&[]), again);
    let mut values = Vec::new();
    for hit in found["hits"].as_array().expect("a list") {
        let record = hit["record"].as_str().expect("an id");
        let listed = node.ask(&["contact", "list", record]);
        values.extend(listed["values"].as_array().expect("a list").clone());
        let shown = node.ask(&["record", "show", record]).to_string();
        assert!(
            !shown.contains("Exemple") && !shown.contains("trésorière"),
            "{shown}"
        );
    }
    let mut said: Vec<&str> = values
        .iter()
        .filter_map(|value| value["value"].as_str())
        .collect();
    said.sort_unstable();
    assert_eq!(said, ["Camille Exemple", "camille@exemple.example"]);
    let named = [
        &import[..],
        &["--contacts", "partners", "--purpose", "voir 06 39 98 00 01"],
    ];
    assert_eq!(node.refusal(&named.concat()), "contact_unreadable");
}
