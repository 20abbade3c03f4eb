//! A partner rotates its root: the old one opens no door and makes nothing count; two rotations are a dispute that a coordinator ends.

use std::path::Path;

use crdt_schema::entry::{Certificate, Frame, Keeping, Kind, ProvenRotation, Rotation};
use crdt_schema::governance::{Act, NoEffect, Void};
use crdt_schema::id::{EntryId, PartnerId};
use replica::{Decision, DecisionError};

use crate::harness::federation::{Node, birth, birth_in, charter, key};
use crate::harness::forged::Forger;
use crate::harness::process::NodeProcess;
use crate::harness::program::text;

const VILLE: u8 = 2;

fn ville() -> PartnerId {
    key(VILLE).public().partner()
}

/// A rotation of the ville's root to `key(next)`.
fn rotation(next: u8, kept: &[u8]) -> ProvenRotation {
    let kept = kept
        .iter()
        .map(|instance| (key(*instance).public().feed(), Keeping::Open));
    let federation = charter().federation();
    let roots = (&key(VILLE), &key(next));
    Rotation::sign(federation, ville(), roots, kept.collect()).expect("two keys")
}

/// Somebody who has a root of the ville, and starts an instance with it. `way` leads to that root.
struct Holder {
    forger: Forger,
    last: crdt_schema::entry::VerifiedEntry,
}

impl Holder {
    fn start(node: &Node, root: u8, instance: u8, way: &[ProvenRotation]) -> Self {
        let federation = charter().federation();
        let mut forger = Forger::new(key(instance), federation, charter().id());
        let feed = forger.feed();
        let certificate =
            Certificate::sign(&key(root), ville(), &federation, &feed, [instance; 32]);
        let mut frames = vec![(Frame::Certificate(Box::new(certificate)), Vec::new())];
        frames.extend(way.iter().map(|each| (frame(each), Vec::new())));
        let last = forger.entry(Kind::Certificate, (0, None), frames);
        take(node, &last);
        Self { forger, last }
    }

    /// Creates a record, and returns the entry.
    fn write(&mut self, node: &Node, nonce: u8) -> EntryId {
        let (record, birth) = birth(nonce);
        let place = Forger::after(&self.last);
        self.last = self
            .forger
            .edit(place, record, Some(birth), Vec::new(), "Forgé");
        take(node, &self.last);
        self.last.id()
    }

    fn publish(&mut self, node: &Node, rotation: &ProvenRotation) {
        let place = Forger::after(&self.last);
        let frames = vec![(frame(rotation), Vec::new())];
        self.last = self.forger.entry(Kind::Governance, place, frames);
        take(node, &self.last);
    }
}

fn frame(rotation: &ProvenRotation) -> Frame {
    Frame::Rotation(Box::new(rotation.said().clone()))
}

fn take(node: &Node, entry: &crdt_schema::entry::VerifiedEntry) {
    let federation = charter().federation();
    let verified = entry.to_signed().verify(&federation).expect("it holds");
    let ingested = node.replica.ingest(vec![verified]).expect("it is written");
    assert_eq!(ingested.unconnected, None);
}

fn standing(node: &Node, entry: &EntryId) -> Result<(), Void> {
    let state = node.replica.state();
    let standing = state.governance().standing(state.feeds(), entry);
    standing.map(|_| ())
}

fn is_disputed(node: &Node) -> bool {
    let state = node.replica.state();
    let line = state.governance().roots().line(&ville());
    line.is_some_and(crdt_schema::governance::Line::is_disputed)
}

fn meet(nodes: &[&Node]) {
    for from in nodes {
        for to in nodes {
            to.take_all(from);
        }
    }
    for node in nodes {
        assert_eq!(node.digest(), nodes[0].digest());
    }
}

#[test]
fn after_a_rotation_an_instance_of_the_old_root_counts_nowhere_and_the_running_one_goes_on() {
    let [prefecture, node] = [1, VILLE].map(Node::new);
    let (record, its_birth) = birth(1);
    let before = node.put(record, Some(its_birth), "Club");
    let published = node.replica.rotate(&rotation(22, &[102]));
    published.expect("it is written");
    let after = node.put(record, None, "Club, après");
    let mut thief = Holder::start(&prefecture, VILLE, 150, &[]);
    let stolen = thief.write(&prefecture, 9);
    meet(&[&prefecture, &node]);
    for node in [&prefecture, &node] {
        assert_eq!(standing(node, &before), Ok(()));
        assert_eq!(standing(node, &after), Ok(()));
        assert_eq!(standing(node, &stolen), Err(Void::OutdatedRoot));
        assert_eq!(node.names(&record), ["Club, après"]);
    }
    // What was judged while it ran is what a start reads.
    let at_work = prefecture.replica.state().governance().clone();
    let Node { replica, folder } = prefecture;
    drop(replica);
    let reopened = Node::open(folder.path(), 1);
    assert_eq!(*reopened.state().governance(), at_work);
    // The new root certifies.
    let prefecture = Node {
        replica: reopened,
        folder,
    };
    let mut new = Holder::start(&prefecture, 22, 151, &[rotation(22, &[102])]);
    let written = new.write(&prefecture, 8);
    assert_eq!(standing(&prefecture, &written), Ok(()));
}

#[test]
fn what_counted_before_a_rotation_is_looked_at_again_when_it_comes() {
    let [prefecture, node] = [1, VILLE].map(Node::new);
    let mut thief = Holder::start(&prefecture, VILLE, 150, &[]);
    let stolen = thief.write(&prefecture, 9);
    assert_eq!(standing(&prefecture, &stolen), Ok(()));
    let (record, _) = birth(9);
    prefecture.digest();
    assert_eq!(prefecture.names(&record), ["Forgé"]);
    node.replica.rotate(&rotation(22, &[102])).expect("written");
    meet(&[&prefecture, &node]);
    assert_eq!(standing(&prefecture, &stolen), Err(Void::OutdatedRoot));
    let view = prefecture
        .replica
        .read()
        .expect("a snapshot")
        .record(&record);
    let shown = view
        .expect("readable")
        .and_then(|view| view.field("name").cloned());
    assert_eq!(shown, None, "nothing of it counts any more");
}

#[test]
fn two_rotations_are_a_dispute_on_every_node_until_a_coordinator_names_one() {
    let [prefecture, node, association] = [1, VILLE, 3].map(Node::new);
    let (record, its_birth) = birth(1);
    let before = node.put(record, Some(its_birth), "Club");
    let own = rotation(22, &[102]);
    node.replica.rotate(&own).expect("it is written");
    let mut new = Holder::start(&node, 22, 151, std::slice::from_ref(&own));
    let written = new.write(&node, 8);
    meet(&[&prefecture, &node, &association]);
    assert_eq!(standing(&prefecture, &written), Ok(()));

    // A thief of the old root signs another one, and shows it to the association.
    let mut thief = Holder::start(&association, VILLE, 150, &[]);
    thief.publish(&association, &rotation(66, &[150]));
    let stolen = thief.write(&association, 9);
    meet(&[&prefecture, &node, &association]);
    for node in [&prefecture, &node, &association] {
        assert!(is_disputed(node));
        for entry in [before, written, stolen] {
            assert_eq!(standing(node, &entry), Err(Void::OutdatedRoot));
        }
    }
    // Neither the ville itself nor the thief can end it.
    let root = *key(22).public().as_bytes();
    let settling = Act::Root {
        partner: ville(),
        root,
    };
    let by_itself = node.decide(std::slice::from_ref(&settling));
    meet(&[&prefecture, &node]);
    assert_eq!(
        prefecture.outcome(&by_itself),
        Err(NoEffect::NotCoordinator)
    );
    assert!(is_disputed(&prefecture));

    let acts = {
        let reader = prefecture.replica.read().expect("a snapshot");
        let state = prefecture.replica.state();
        let strange = Decision::Root(ville(), [7; 32]).acts(&state, &reader);
        assert!(matches!(strange, Err(DecisionError::RootUnknown)));
        let of_coordinator = Decision::Root(key(1).public().partner(), root).acts(&state, &reader);
        assert!(matches!(
            of_coordinator,
            Err(DecisionError::RootOfCoordinator)
        ));
        let acts = Decision::Root(ville(), root).acts(&state, &reader);
        acts.expect("one of the two")
    };
    prefecture.decide(&acts);
    meet(&[&prefecture, &node, &association]);
    for node in [&prefecture, &node, &association] {
        assert!(!is_disputed(node));
        assert_eq!(standing(node, &before), Ok(()));
        assert_eq!(standing(node, &written), Ok(()));
        assert_eq!(standing(node, &stolen), Err(Void::OutdatedRoot));
    }
}

#[test]
fn a_rotation_of_another_federation_is_nothing() {
    let node = Node::new(1);
    let elsewhere = Node::founding(1, "Ailleurs");
    let federation = *elsewhere.replica.state().federation();
    let roots = (&key(VILLE), &key(22));
    let foreign = Rotation::sign(federation, ville(), roots, [].into()).expect("two keys");
    node.replica
        .rotate(&foreign)
        .expect("it is an item like another");
    let (record, its_birth) = birth_in(&charter().federation(), 3);
    let other = Node::new(VILLE);
    let entry = other.put(record, Some(its_birth), "Club");
    node.take_all(&other);
    assert_eq!(standing(&node, &entry), Ok(()));
}

fn admitted(by: &NodeProcess, invite: &[&str], folder: &Path, join: &[&str]) -> NodeProcess {
    let ticket = by.ask(invite)["ticket"]
        .as_str()
        .expect("a ticket")
        .to_owned();
    let joining = NodeProcess::join(folder, &ticket, join);
    let joined = joining.wait_with_output().expect("it ends");
    assert!(joined.status.success(), "{}", text(&joined.stderr));
    let mut node = NodeProcess::of(folder.to_owned());
    node.start();
    node
}

/// Imports one invented record.
fn import(node: &NodeProcess, folder: &Path, name: &str) {
    let file = folder.join(format!("{name}.csv"));
    std::fs::write(&file, format!("nom,commune\n{name},45155\n")).expect("writes");
    node.ask(&["import", &file.to_string_lossy(), "--kind", "actor"]);
}

#[test]
fn the_old_root_opens_no_door_once_the_command_has_rotated_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let path = |name: &str| at(name).to_string_lossy().into_owned();
    let mut prefecture = NodeProcess::found(at("prefecture"), "Préfecture");
    prefecture.start();
    let invite = ["invite", "--partner", "Ville", "--auto"];
    let ville = admitted(&prefecture, &invite, &at("ville"), &["--partner", "Ville"]);
    ville.ask(&["export-root", &path("racine.key")]);
    let carried = ["--partner", "Ville", "--root", &path("racine.key")];
    let mut second = admitted(&ville, &["invite", "--instance"], &at("ville-2"), &carried);
    import(&second, folder.path(), "avant");
    prefecture.eventually(&["search", "avant"], |answer| answer["total"] == 1);

    let shown = ville.refusal(&["partner", "rotate-root"]);
    assert_eq!(shown, "not_confirmed");
    let rotated = ville.ask_all(&["partner", "rotate-root", "--yes"]);
    let root = rotated["root"].as_str().expect("a key").to_owned();
    let has_rotated = |answer: &serde_json::Value| answer["roots"]["later"][0] == root.as_str();
    prefecture.eventually(&["partner", "show", "Ville"], has_rotated);
    // What the second node had written stays. Nobody lets it in any more, so that what it writes now reaches nobody.
    let before = prefecture.ask(&["search", "avant"]);
    assert_eq!(before["total"], 1);
    import(&second, folder.path(), "ensuite");
    second.stop();
    second.start();
    let is_out = |answer: &serde_json::Value| {
        let mut peers = answer["peers"].as_array().into_iter().flatten();
        peers.any(|peer| peer["state"] != "caught_up" && peer["state"] != "exchanging")
    };
    second.eventually(&["status"], is_out);

    // The old root is worth nothing, neither for another instance nor for another rotation; the new one is.
    let ticket = ville.ask(&["invite", "--instance"])["ticket"]
        .as_str()
        .expect("a ticket")
        .to_owned();
    let stolen = NodeProcess::join(&at("voleur"), &ticket, &carried);
    let refused = stolen.wait_with_output().expect("it ends");
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused.stdout));
    let again = [
        "partner",
        "rotate-root",
        "--root",
        &path("racine.key"),
        "--out",
        &path("x.key"),
        "--yes",
    ];
    assert_eq!(ville.refusal(&again), "root_outdated");
    assert!(!at("x.key").exists());
    ville.ask(&["export-root", &path("racine-2.key")]);
    let carried = ["--partner", "Ville", "--root", &path("racine-2.key")];
    let third = admitted(&ville, &["invite", "--instance"], &at("ville-3"), &carried);
    import(&third, folder.path(), "nouveau");
    prefecture.eventually(&["search", "nouveau"], |answer| answer["total"] == 1);
    assert_eq!(prefecture.ask(&["search", "ensuite"])["total"], 0);
    // Nobody has told the second node anything since, not even that the root is another one.
    let told = second.ask(&["partner", "show", "Ville"]);
    assert_eq!(told["roots"]["later"], serde_json::json!([]), "{told}");
    assert_eq!(second.ask(&["search", "nouveau"])["total"], 0);
    let status = prefecture.ask(&["status"]);
    third.eventually(&["status"], |answer| {
        answer["state_digest"] == status["state_digest"]
    });
}
