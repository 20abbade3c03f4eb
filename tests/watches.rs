//! Watches: nothing that came since the last look is lost, whatever becomes of the search index and of the store.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use crdt_schema::id::RecordId;
use proptest::prelude::*;
use replica::search::{PAGE_MAX, Query, Sort};
use serde_json::Value as Json;

use crate::harness::federation::{DEADLINE, Node, birth};
use crate::harness::pages::Pages;
use crate::harness::process::NodeProcess;

/// The records that changed after what was seen, as a watch counts and lists them.
fn news(node: &Node, seen: u64) -> BTreeSet<RecordId> {
    assert!(node.replica.wait_for_views(DEADLINE));
    let query = Query {
        changed_after: Some(seen),
        sort: Sort::Newest,
        size: PAGE_MAX,
        ..Query::default()
    };
    let answer = node.replica.search(&query).expect("answered");
    assert_eq!(node.replica.count(&query).expect("answered"), answer.total);
    assert!(answer.hits.iter().all(|hit| hit.changed > seen));
    assert!(answer.hits.is_sorted_by(|a, b| a.changed >= b.changed));
    answer.hits.iter().map(|hit| hit.record).collect()
}

fn look(node: &Node) -> u64 {
    assert!(node.replica.wait_for_views(DEADLINE));
    node.replica.searched_change()
}

fn refill(node: &Node) {
    node.replica.reindex();
    assert!(node.replica.wait_for_views(DEADLINE));
}

/// What happens to a node between two looks.
#[derive(Debug, Clone)]
enum Step {
    Look,
    Put(u8, u8),
    Refill,
    Reopen,
}

fn a_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Look),
        6 => (1_u8..6, 0_u8..3).prop_map(|(record, name)| Step::Put(record, name)),
        1 => Just(Step::Refill),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// What a model remembers of each record that reads differently than at the last look is exactly what is new.
    #[test]
    fn what_is_new_is_what_reads_differently_since_the_last_look(steps in prop::collection::vec(a_step(), 1..14)) {
        let mut node = Node::new(1);
        let (mut seen, mut changed) = (look(&node), BTreeSet::new());
        let mut made: BTreeSet<u8> = BTreeSet::new();
        for step in steps {
            match step {
                Step::Look => {
                    seen = look(&node);
                    changed.clear();
                }
                Step::Put(number, name) => {
                    let (record, its_birth) = birth(number);
                    let is_new = made.insert(number);
                    node.put(record, is_new.then_some(its_birth), &format!("Nom {name}"));
                    changed.insert(record);
                }
                Step::Refill => refill(&node),
                Step::Reopen => node = node.reopened(1),
            }
            prop_assert_eq!(&news(&node, seen), &changed);
        }
    }
}

#[test]
fn what_is_stated_of_a_record_does_not_make_it_new_and_what_others_write_does() {
    let (prefecture, ville) = (Node::new(1), Node::new(2));
    let (record, its_birth) = birth(1);
    prefecture.put(record, Some(its_birth), "Maison");
    ville.take_all(&prefecture);
    let seen = look(&prefecture);
    let sections = ["identity".to_owned()].into();
    let day = crdt_schema::label::Day::parse("2025-11-24").expect("a day");
    let stated = ville.replica.verify_sections(record, &sections, day);
    stated.expect("it is written");
    prefecture.take_all(&ville);
    assert_eq!(news(&prefecture, seen), BTreeSet::new());
    ville.put(record, None, "Maison du quartier");
    prefecture.take_all(&ville);
    assert_eq!(news(&prefecture, seen), [record].into());
}

#[test]
fn numbers_go_on_where_an_older_copy_of_the_store_is_put_in_the_place_of_a_newer() {
    let node = Node::new(1);
    let (first, its_birth) = birth(1);
    node.put(first, Some(its_birth), "Maison");
    assert!(node.replica.wait_for_views(DEADLINE));
    let peer = Node::new(2);
    peer.take_all(&node);
    let store = node.folder.path().join("replica.redb");
    let Node { replica, folder } = node;
    drop(Arc::into_inner(replica).expect("nobody else has it"));
    let old = fs::read(&store).expect("readable");
    let node = Node {
        replica: Node::open(folder.path(), 1),
        folder,
    };
    for number in 2..8 {
        let (record, its_birth) = birth(number);
        peer.put(record, Some(its_birth), "Autre");
    }
    node.take_all(&peer);
    let seen = look(&node);
    let Node { replica, folder } = node;
    drop(Arc::into_inner(replica).expect("nobody else has it"));
    fs::write(&store, old).expect("writable");
    let node = Node {
        replica: Node::open(folder.path(), 1),
        folder,
    };
    assert_eq!(news(&node, seen), BTreeSet::new());
    // A second start finds the number that was written down, and a peer brings back what the copy lacks, with a change beside it.
    let node = node.reopened(1);
    peer.put(first, None, "Maison du quartier");
    node.take_all(&peer);
    let new = news(&node, seen);
    assert!(new.contains(&first), "a change after the look is new");
    assert_eq!(
        new.len(),
        7,
        "what came back may be new once more, and nothing is lost"
    );
}

/// Opens the feed of the watch `Clubs`, renews and closes it: each address is said once, and leads somewhere until it is replaced.
fn feed_of_a_watch(node: &NodeProcess, ask: &dyn Fn(&NodeProcess, &[&str]) -> Json) {
    let status = |address: &Json| {
        let address = address.as_str().expect("an address");
        let place = address.trim_start_matches("http://");
        let (host, path) = place.split_once('/').expect("a host and a path");
        assert_eq!(format!("http://{host}/"), node.pages(), "of these pages");
        Pages::without_login(node.pages())
            .open(&format!("/{path}"))
            .status
    };
    let opened = ask(node, &["feed", "Clubs"]);
    let first = &opened["address"];
    assert_eq!(status(first), 200, "{opened}");
    let again = ask(node, &["feed", "1"]);
    assert_eq!(again["address"], Json::Null, "{again}");
    assert_eq!(again["open_since"], opened["open_since"]);
    let renewed = ask(node, &["feed", "Clubs", "--renew"]);
    assert_eq!(status(first), 404, "the address of before leads nowhere");
    assert_eq!(status(&renewed["address"]), 200);
    let closed = ask(node, &["feed", "Clubs", "--off"]);
    assert_eq!(
        (&closed["address"], &closed["open_since"]),
        (&Json::Null, &Json::Null)
    );
    assert_eq!(status(&renewed["address"]), 404);
}

#[test]
fn watches_are_followed_by_command_and_looking_at_one_marks_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut node, founded) =
        NodeProcess::found_with_account(folder.path().join("ville"), "Ville d’Exemple");
    let account = founded["account"].as_str().expect("an account").to_owned();
    let clubs = folder.path().join("clubs.csv");
    fs::write(
        &clubs,
        "identifiant;nom\nC1;Judo inventé\nC2;Chorale inventée\n",
    )
    .expect("written");
    let clubs = clubs.to_string_lossy().into_owned();
    let import = ["import", clubs.as_str(), "--kind", "actor"];
    node.ask(&import);
    let ask = |node: &NodeProcess, words: &[&str]| {
        node.ask(&[&["watch"], words, &["--account", &account]].concat())
    };
    let added = ask(
        &node,
        &["add", "Clubs", "--kind", "actor", "--facet", "due=never"],
    );
    assert_eq!((&added["watch"], &added["total"]), (&1.into(), &2.into()));
    assert_eq!(added["new"], 0, "what is found already counts as seen");
    node.start();
    fs::write(
        folder.path().join("clubs.csv"),
        "identifiant;nom\nC1;Judo nouveau\nC3;Tir inventé\n",
    )
    .expect("written");
    node.ask(&import);
    let listed = || ask(&node, &["list"]);
    let news = node.eventually(&["watch", "list", "--account", &account], |it| {
        it["watches"][0]["new"] == 2
    });
    assert_eq!(news["watches"][0]["total"], 3);
    let shown = ask(&node, &["show", "1"]);
    let new: Vec<bool> = shown["hits"]
        .as_array()
        .expect("hits")
        .iter()
        .map(|hit| hit["is_new"].as_bool().expect("said"))
        .collect();
    assert_eq!(new, [true, true, false], "what is new comes first");
    assert_eq!(listed()["watches"][0]["new"], 2, "looking marks nothing");
    let up_to = shown["up_to"].to_string();
    assert_eq!(ask(&node, &["seen", "1", "--up-to", &up_to])["new"], 0);
    assert_eq!(
        ask(&node, &["seen", "1", "--up-to", "0"])["new"],
        0,
        "nothing is taken back"
    );
    feed_of_a_watch(&node, &ask);
    for (words, code) in [
        (
            &["add", "x", "--facet", "couleur=bleu"][..],
            "search_part_unknown",
        ),
        (&["add", " ", "--kind", "actor"], "watch_name"),
        (&["show", "9"], "watch_unknown"),
        (&["seen", "9"], "watch_unknown"),
        (&["feed", "9"], "watch_unknown"),
        (&["feed", "Chorales"], "watch_unknown"),
        (&["remove", "9"], "watch_unknown"),
    ] {
        let words = [&["watch"], words, &["--account", &account]].concat();
        assert_eq!(node.refusal(&words), code, "{words:?}");
    }
    let unknown = node.refusal(&["watch", "list", "--account", "eve"]);
    assert_eq!(unknown, "account_unknown");
    assert_eq!(ask(&node, &["remove", "1"])["removed"], 1);
    assert_eq!(listed()["watches"], serde_json::json!([]));
    node.stop();
}
