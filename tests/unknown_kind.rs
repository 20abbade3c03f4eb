//! A coordinator's feed holds an entry of a kind that this version does not know and that nobody may leave aside: every node says to
//! upgrade and decides nothing, passes the entry on, and lets the seats vote for the charter that ends it.

use crdt_schema::entry::{Body, Frame, Header, Item, Kind, Payload, SignedEntry, VerifiedEntry};
use crdt_schema::governance::{Act, Approval, Charter, Position};
use crdt_schema::id::EntryId;
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;
use replica::{DecisionError, Replica, State};
use serde_json::Value as Json;

use crate::harness::federation::{Node, birth_in, key};
use crate::harness::process::NodeProcess;
use crate::harness::program::{run, text};
use crate::suspension::{enrol, two_coordinators};

/// Signs an entry of a later version after the last one of a feed.
fn of_a_later_version(state: &State, secret: &SecretKey) -> VerifiedEntry {
    let feed = secret.public().feed();
    let (sequence, previous) = state.feeds().furthest_head(&feed).expect("it has begun");
    let body = Body::Held {
        salt: [7; 16],
        content: b"\xa0".to_vec(),
    };
    let frame = Frame::Act("treaty".to_owned());
    let payload = Payload::new(vec![Item { frame, body }]).expect("small");
    let header = Header {
        kind: Kind::Unknown(77),
        critical: true,
        federation: *state.federation(),
        feed,
        sequence: sequence + 1,
        previous: Some(previous),
        charter: state.governance().adoption().tip_id(),
        claimed: Timestamp::from_millis(1_764_000_000_000),
        payload: payload.commitment(),
        payload_bytes: u32::try_from(payload.to_bytes().len()).expect("small"),
    };
    let signed = SignedEntry {
        header: header.to_bytes(),
        signature: secret.sign("entry", &header.to_bytes()),
        payload: payload.to_bytes(),
    };
    signed.verify(state.federation()).expect("it is signed")
}

fn forged(node: &Node, secret: &SecretKey) -> EntryId {
    let entry = of_a_later_version(&node.replica.state(), secret);
    let id = entry.id();
    node.replica.ingest(vec![entry]).expect("it is written");
    id
}

/// Whether a node may sign this now.
fn right(node: &Node, partner: u8, act: &Act) -> Result<(), DecisionError> {
    let state = node.replica.state();
    let feed = key(partner + 100).public().feed();
    let acts = std::slice::from_ref(act);
    state.check_right(&key(partner).public().partner(), &feed, acts)
}

#[test]
fn nothing_is_decided_until_a_charter_that_the_seats_vote_all_the_same_cuts_the_feed_before_it() {
    let nodes = [1, 2, 3].map(|partner| Node::under(&two_coordinators(), partner));
    let [prefecture, ville, association] = &nodes;
    let (record, its_birth) = birth_in(&two_coordinators().federation(), 1);
    association.put(record, Some(its_birth), "Club");
    let before = prefecture.decide(&[enrol(5)]);
    for node in [ville, association] {
        node.take_all(prefecture);
    }
    for node in [prefecture, ville] {
        node.take_all(association);
    }
    prefecture.take_all(ville);
    association.take_all(ville);
    assert!(right(ville, 2, &enrol(6)).is_ok());
    // The ville hears of it from elsewhere, and the association from the ville.
    let unknown = forged(ville, &key(101));
    association.take_all(ville);
    for node in [ville, association] {
        let state = node.replica.state();
        assert!(state.feeds().entry(&unknown).is_some());
        assert!(state.governance().acts().is_read_only());
        drop(state);
        // What stood before it counts as before, and nothing is lost of the census.
        assert_eq!(node.outcome(&before), Ok(()));
        assert_eq!(node.names(&record), ["Club"]);
    }
    let denial = {
        let state = ville.replica.state();
        let feed = key(103).public().feed();
        let head = state.feeds().furthest_head(&feed);
        let (sequence, entry) = head.expect("its feed is held");
        let position = Position { sequence, entry };
        Act::Cut { feed, position }
    };
    for act in [enrol(6), denial] {
        let refused = right(ville, 2, &act).expect_err("this version knows too little");
        assert_eq!(refused.code(), "upgrade");
    }
    // The association's contributions go on.
    association.put(record, None, "Club, après");
    // A charter that drops the feed from there on: it is voted by seats, which are no coordinators.
    let pin = two_coordinators();
    let (sequence, entry) = {
        let state = ville.replica.state();
        let held = state.feeds().entry(&before).expect("held");
        (held.sequence, before)
    };
    let next = Charter {
        federation: Some(pin.federation()),
        version: 1,
        parent: Some(pin.id()),
        cuts: [(key(101).public().feed(), Position { sequence, entry })].into(),
        ..pin.clone()
    };
    let vote = Approval::sign(&key(9), pin.federation(), pin.id(), next.id());
    {
        let charters = vec![next.clone()];
        let added = ville.replica.add_charters(charters, Vec::new());
        added.expect("a proposal is kept");
    }
    assert_eq!(ville.replica.state().check_vote(&vote), Ok(()));
    for node in [ville, association] {
        let added = node.replica.add_charters(vec![next.clone()], vec![vote]);
        added.expect("it is written");
        let state = node.replica.state();
        assert_eq!(state.governance().adoption().tip_id(), next.id());
        assert!(!state.governance().acts().is_read_only());
    }
    assert!(right(ville, 2, &enrol(6)).is_ok());
    assert_eq!(ville.outcome(&before), Ok(()));
    // Who has the cut feed still decides nothing.
    let refused = right(prefecture, 1, &enrol(7));
    assert!(
        refused.is_ok(),
        "it has not heard of the charter: {refused:?}"
    );
    let added = prefecture.replica.add_charters(vec![next], vec![vote]);
    added.expect("it is written");
    let late = prefecture.replica.state();
    let feed = key(101).public().feed();
    let refused = late.check_right(&key(1).public().partner(), &feed, &[enrol(7)]);
    assert_eq!(refused.expect_err("cut").code(), "not_among_rights");
    drop(late);
}

fn joined(prefecture: &NodeProcess, folder: &std::path::Path, name: &str) -> NodeProcess {
    let invited = prefecture.ask(&["invite", "--partner", name, "--auto"]);
    let ticket = invited["ticket"].as_str().expect("a ticket");
    let joining = NodeProcess::join(&folder.join(name), ticket, &["--partner", name]);
    let joined = joining.wait_with_output().expect("it ends");
    assert!(joined.status.success(), "{}", text(&joined.stderr));
    NodeProcess::of(folder.join(name))
}

#[test]
fn nodes_pass_on_what_they_do_not_know_and_tell_their_operators_to_upgrade() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut prefecture = NodeProcess::found(folder.path().join("prefecture"), "Préfecture");
    prefecture.start();
    let [mut ville, mut club] = ["ville", "club"].map(|name| {
        let mut node = joined(&prefecture, folder.path(), name);
        node.start();
        node.eventually(&["status"], |status| {
            status["feeds"]
                .as_array()
                .is_some_and(|feeds| feeds.len() > 1)
        });
        node
    });
    let file = folder.path().join("acteurs.csv");
    std::fs::write(&file, "nom,commune\nClub inventé,45155\n").expect("writable");
    ville.ask(&["import", &file.to_string_lossy(), "--kind", "actor"]);
    let found = club.eventually(&["search", "inventé"], |found| found["total"] == 1);
    let record = found["hits"][0]["record"]
        .as_str()
        .expect("an id")
        .to_owned();
    let coordinator = prefecture.key("instance");
    prefecture.stop();
    ville.stop();
    club.stop();
    ville.call(&[&club]);
    club.call(&[&ville]);
    // The ville met the préfecture once more, which has a newer version.
    let unknown = {
        let replica = Replica::open(ville.folder(), None).expect("a store");
        let entry = of_a_later_version(&replica.state(), &coordinator);
        let id = entry.id();
        replica.ingest(vec![entry]).expect("it is written");
        id.to_string()
    };
    ville.start();
    club.start();
    let holds = |status: &Json| {
        let feeds = status["feeds"].as_array().expect("a list").iter();
        let mut heads = feeds.flat_map(|feed| feed["heads"].as_array().expect("a list"));
        heads.any(|head| head["id"] == unknown.as_str())
    };
    club.eventually(&["status"], holds);
    for node in [&ville, &club] {
        assert_eq!(node.ask(&["status"])["governance"]["upgrade"], true);
        let dir = node.folder().to_string_lossy().into_owned();
        let status = run(&["status", "--dir", &dir]);
        let said = text(&status.stdout);
        assert!(said.contains("upgrade maillage"), "{said}");
        let told = run(&["doctor", "--dir", &dir]);
        assert_eq!(told.status.code(), Some(2));
        let said = text(&told.stdout);
        assert!(said.contains("upgrade maillage"), "{said}");
        let erase = ["erase", "--record", &record, "--ground", "demande"];
        assert_eq!(node.refusal(&erase), "upgrade");
    }
    // The census goes on.
    std::fs::write(&file, "nom,commune\nFête inventée,45155\n").expect("writable");
    club.ask(&["import", &file.to_string_lossy(), "--kind", "event"]);
    ville.eventually(&["search", "fête"], |found| found["total"] == 1);
}
