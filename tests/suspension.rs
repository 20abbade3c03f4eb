//! Two coordinators suspend each other while apart: every node reads the same, the charter stands, and the next one resolves it.

use crdt_schema::governance::{
    Act, Approval, Charter, Confirmed, Coordinator, Governance, Mandate, NoEffect, Position,
    Selection,
};
use crdt_schema::id::{CharterId, EntryId};

use crate::harness::federation::{Node, birth_in, charter, key};
use crate::harness::forged::Chance;

const SEEDS: u64 = 6;

/// The préfecture and the ville coordinate; the association does not.
pub(crate) fn two_coordinators() -> Charter {
    let mut charter = charter();
    let ville = Coordinator {
        root: *key(2).public().as_bytes(),
        name: "Ville".to_owned(),
        rights: Selection::All,
        mandate: Mandate::everything(),
    };
    let partner = key(2).public().partner();
    charter.coordinators.insert(partner, ville);
    charter
}

pub(crate) fn enrol(number: u8) -> Act {
    Act::Enrol {
        partner: key(number).public().partner(),
        root: *key(number).public().as_bytes(),
        name: format!("Partenaire {number}"),
        mandate: Mandate::everything(),
    }
}

/// Suspends the feed of another node from its newest entry on.
fn suspension(by: &Node, instance: u8) -> EntryId {
    let feed = key(instance).public().feed();
    let head = by.replica.state().feeds().furthest_head(&feed);
    let (sequence, entry) = head.expect("its feed is held");
    let position = Position { sequence, entry };
    by.decide(&[Act::Suspend { feed, position }])
}

/// Three nodes that have met after a quarrel.
struct Quarrel {
    nodes: [Node; 3],
    before: [EntryId; 2],
    suspensions: [EntryId; 2],
    after: [EntryId; 2],
    denial: EntryId,
}

fn quarrel() -> Quarrel {
    let nodes = [1, 2, 3].map(|partner| Node::under(&two_coordinators(), partner));
    let [prefecture, ville, association] = &nodes;
    let (record, its_birth) = birth_in(&two_coordinators().federation(), 1);
    association.put(record, Some(its_birth), "Club");
    let before = [prefecture.decide(&[enrol(5)]), ville.decide(&[enrol(6)])];
    meet(&nodes);
    // Apart.
    let suspensions = [suspension(prefecture, 102), suspension(ville, 101)];
    let after = [prefecture.decide(&[enrol(7)]), ville.decide(&[enrol(8)])];
    let feed = key(103).public().feed();
    let (sequence, entry) = {
        let state = ville.replica.state();
        state.feeds().furthest_head(&feed).expect("held")
    };
    let position = Position { sequence, entry };
    let denial = ville.decide(&[Act::Cut { feed, position }]);
    association.put(record, None, "Club, après");
    meet(&nodes);
    Quarrel {
        nodes,
        before,
        suspensions,
        after,
        denial,
    }
}

fn meet(nodes: &[Node; 3]) {
    for from in nodes {
        for to in nodes {
            to.take_all(from);
        }
    }
}

fn governance(node: &Node) -> Governance {
    node.replica.state().governance().clone()
}

/// Publishes what follows the newest charter, and the seat's vote, on one node; the others hear of it.
fn adopt(nodes: &[Node; 3], next: &Charter) -> CharterId {
    let parent = next.parent.expect("a successor");
    let approval = Approval::sign(&key(9), two_coordinators().federation(), parent, next.id());
    for node in nodes {
        let added = node
            .replica
            .add_charters(vec![next.clone()], vec![approval]);
        added.expect("it is written");
        let tip = node.replica.state().governance().adoption().tip_id();
        assert_eq!(tip, next.id());
    }
    next.id()
}

fn successor() -> Charter {
    let before = two_coordinators();
    Charter {
        federation: Some(before.federation()),
        version: 1,
        parent: Some(before.id()),
        ..before
    }
}

#[test]
fn mutual_suspension_reads_the_same_on_all_nodes_and_leaves_the_charter_alone() {
    let quarrel = quarrel();
    let entries = quarrel.nodes[0].verified();
    for node in &quarrel.nodes {
        assert_eq!(governance(node), governance(&quarrel.nodes[0]));
        assert_eq!(node.digest(), quarrel.nodes[0].digest());
        check_quarrel(node, &quarrel);
    }
    for seed in 0..SEEDS {
        let late_comer = Node::under(&two_coordinators(), 4);
        let mut offered = [&entries[..], &entries[..]].concat();
        Chance(seed).shuffle(&mut offered);
        late_comer.take_in_any_order(&offered);
        assert_eq!(
            governance(&late_comer),
            governance(&quarrel.nodes[0]),
            "seed {seed}"
        );
        assert_eq!(
            late_comer.digest(),
            quarrel.nodes[0].digest(),
            "seed {seed}"
        );
    }
}

/// Neither undoes what the other gave before, neither gives any more, and what takes away bites.
fn check_quarrel(node: &Node, quarrel: &Quarrel) {
    let adoption = governance(node);
    assert_eq!(adoption.adoption().tip_id(), two_coordinators().id());
    assert!(!adoption.adoption().is_disputed());
    for entry in quarrel.before.iter().chain(&quarrel.suspensions) {
        assert_eq!(node.outcome(entry), Ok(()));
    }
    for entry in &quarrel.after {
        assert_eq!(node.outcome(entry), Err(NoEffect::Suspended));
    }
    assert_eq!(node.outcome(&quarrel.denial), Ok(()));
    let enrolled = [5, 6, 7, 8].map(|number| node.is_enrolled(number));
    assert_eq!(enrolled, [true, true, false, false]);
}

#[test]
fn the_next_charter_that_keeps_both_gives_both_their_voice_again() {
    let quarrel = quarrel();
    adopt(&quarrel.nodes, &successor());
    for node in &quarrel.nodes {
        for entry in &quarrel.after {
            assert_eq!(node.outcome(entry), Ok(()));
        }
        assert!(node.is_enrolled(7) && node.is_enrolled(8));
        assert_eq!(governance(node), governance(&quarrel.nodes[0]));
    }
    // The old suspension is not said again by saying anything else.
    let again = quarrel.nodes[1].decide(&[enrol(10)]);
    meet(&quarrel.nodes);
    for node in &quarrel.nodes {
        assert_eq!(node.outcome(&again), Ok(()));
    }
}

#[test]
fn the_next_charter_that_drops_one_undoes_what_it_did_and_frees_the_other() {
    let quarrel = quarrel();
    let feed = key(102).public().feed();
    let mut next = successor();
    next.coordinators.remove(&key(2).public().partner());
    // What it decided before the quarrel stays.
    let position = Position {
        sequence: 1,
        entry: quarrel.before[1],
    };
    next.cuts.insert(feed, position);
    let ville = Confirmed {
        root: *key(2).public().as_bytes(),
        name: "Ville".to_owned(),
        mandate: Mandate::everything(),
    };
    next.partners.insert(key(2).public().partner(), ville);
    adopt(&quarrel.nodes, &next);
    for node in &quarrel.nodes {
        let enrolled = [5, 6, 7, 8].map(|number| node.is_enrolled(number));
        assert_eq!(enrolled, [true, true, true, false]);
        for entry in [quarrel.suspensions[1], quarrel.after[1], quarrel.denial] {
            assert_eq!(node.outcome(&entry), Err(NoEffect::CutByCharter));
        }
        assert_eq!(governance(node), governance(&quarrel.nodes[0]));
        assert_eq!(node.digest(), quarrel.nodes[0].digest());
    }
}
