//! A partner that was cut goes on signing: backdated entries, forks, other certificates, acts, what it signed before. Nothing that lives
//! changes on any node, in whatever order it comes; and what honest partners built on it before they knew keeps its effect.

use crdt_schema::edit::State;
use crdt_schema::entry::{Kind, VerifiedEntry};
use crdt_schema::governance::{Act, Mandate, NoEffect, Position, Void};
use crdt_schema::id::{EntryId, ItemId, RecordId};

use crate::harness::federation::{DEADLINE, Node, birth, charter, key};
use crate::harness::forged::{Chance, Forger};

const SEEDS: u64 = 6;
/// Partner that is cut, and its instance.
const CUT: u8 = 3;
const CUT_INSTANCE: u8 = 103;

/// Three nodes that hold the same: the association wrote, and the ville built on what the association wrote too late.
struct World {
    nodes: [Node; 3],
    /// The association's feed up to the news.
    line: Vec<VerifiedEntry>,
    /// What the association wrote after the last entry that counts, before anybody knew.
    late: EntryId,
    shared: RecordId,
    own: RecordId,
}

fn world() -> World {
    let nodes = [Node::new(1), Node::new(2), Node::new(CUT)];
    let [prefecture, ville, association] = &nodes;
    let (shared, shared_birth) = birth(1);
    let (own, own_birth) = birth(2);
    association.put(shared, Some(shared_birth), "Club d'aviron");
    association.put(own, Some(own_birth), "Local du club");
    let counted = association.put(own, None, "Local du club, quai nord");
    let sequence = 3;
    let late = association.put(shared, None, "Trop tard");
    for node in [prefecture, ville] {
        node.take_all(association);
    }
    // The ville saw what was too late, and built on it.
    ville.put(shared, None, "Club d'aviron de Gien");
    let feed = key(CUT_INSTANCE).public().feed();
    prefecture.decide(&[Act::Cut {
        feed,
        position: Position {
            sequence,
            entry: counted,
        },
    }]);
    for from in [prefecture, ville] {
        for to in &nodes {
            to.take_all(from);
        }
    }
    let line = association.verified();
    let line = line.into_iter().filter(|each| each.header().feed == feed);
    World {
        line: line.collect(),
        nodes,
        late,
        shared,
        own,
    }
}

/// What the holder of the cut key signs: every place, every time, every kind.
fn forged(world: &World) -> Vec<VerifiedEntry> {
    let pin = charter();
    let mut forger = Forger::new(key(CUT_INSTANCE), pin.federation(), pin.id());
    let heads = world.nodes[0].heads(&world.shared);
    let first = |entry: &VerifiedEntry| -> ItemId {
        let (id, _) = entry.identified_items().next().expect("one item");
        id
    };
    let created = vec![first(&world.line[1])];
    let mut all = Vec::new();
    // Chains after each of its entries: forks below the cut, at the cut, and plain continuations.
    for (start, before) in world.line.iter().enumerate() {
        for claimed in [0, 1_000, 1_764_000_000_000, 9_999_999_999_999] {
            forger.claimed = crdt_schema::time::Timestamp::from_millis(claimed);
            let mut place = Forger::after(before);
            for base in [heads.clone(), created.clone()] {
                let name = format!("Faux {start} {claimed}");
                let entry = forger.edit(place, world.shared, None, base, &name);
                place = Forger::after(&entry);
                all.push(entry);
            }
            let act = Act::Enrol {
                partner: key(66).public().partner(),
                root: *key(66).public().as_bytes(),
                name: "Complice".to_owned(),
                mandate: Mandate::everything(),
            };
            let entry = forger.act(place, &act);
            place = Forger::after(&entry);
            all.push(entry);
            let heal = Act::Cut {
                feed: key(102).public().feed(),
                position: Position {
                    sequence: 0,
                    entry: world.line[0].id(),
                },
            };
            all.push(forger.act(place, &heal));
        }
    }
    all.extend(second_beginnings(&mut forger, world));
    all
}

/// The feed begins a second time: certified by the partner's root for another endpoint, and by the key itself for a partner of its own.
fn second_beginnings(forger: &mut Forger, world: &World) -> Vec<VerifiedEntry> {
    let heads = world.nodes[0].heads(&world.shared);
    let mut all = Vec::new();
    for root in [key(CUT), key(CUT_INSTANCE)] {
        let start = forger.certificate(&root, [66; 32]);
        let place = Forger::after(&start);
        let entry = forger.edit(place, world.shared, None, heads.clone(), "Autre début");
        all.extend([start, entry]);
    }
    all
}

/// Everything that lives.
fn lives(node: &Node, world: &World) -> ([u8; 32], Vec<Vec<String>>, Vec<Vec<ItemId>>) {
    let records = [world.shared, world.own];
    (
        node.digest(),
        records.iter().map(|record| node.names(record)).collect(),
        records.iter().map(|record| node.heads(record)).collect(),
    )
}

fn waiting(node: &Node) -> u32 {
    assert!(node.replica.wait_for_views(DEADLINE));
    let reader = node.replica.read().expect("a snapshot");
    reader.counts().expect("readable").troubles.pending
}

#[test]
fn honest_edits_built_before_the_news_keep_their_effect_and_nothing_waits() {
    let world = world();
    for node in &world.nodes {
        assert_eq!(node.names(&world.shared), ["Club d'aviron de Gien"]);
        assert_eq!(node.names(&world.own), ["Local du club, quai nord"]);
        assert_eq!(waiting(node), 0);
        assert_eq!(lives(node, &world), lives(&world.nodes[0], &world));
        let state = node.replica.state();
        let standing = state.governance().standing(state.feeds(), &world.late);
        assert_eq!(standing, Err(Void::CutByCoordinator));
    }
}

#[test]
fn nothing_that_a_cut_partner_signs_afterwards_changes_what_lives_on_any_node() {
    let world = world();
    let forged = forged(&world);
    let before = lives(&world.nodes[0], &world);
    for (number, node) in world.nodes.iter().enumerate() {
        let mut chance = Chance(number as u64);
        // Replayed, doubled, and in an order of its own on each node.
        let mut offered = [&forged[..], &forged[..], &world.line[..]].concat();
        chance.shuffle(&mut offered);
        node.take_in_any_order(&offered);
        check(node, &world, &forged);
        assert_eq!(lives(node, &world), before, "node {number}");
    }
}

#[test]
fn a_node_that_hears_of_all_at_once_in_any_order_shows_the_same() {
    let world = world();
    let forged = forged(&world);
    let before = lives(&world.nodes[0], &world);
    let honest = world.nodes[0].verified();
    for seed in 0..SEEDS {
        let late_comer = Node::new(4);
        let mut offered = [&honest[..], &forged[..]].concat();
        Chance(seed).shuffle(&mut offered);
        late_comer.take_in_any_order(&offered);
        assert_eq!(lives(&late_comer, &world), before, "seed {seed}");
        assert_eq!(waiting(&late_comer), 0, "seed {seed}");
        check(&late_comer, &world, &forged);
    }
}

/// Each forged entry is held, and says why it counts for nothing.
fn check(node: &Node, world: &World, forged: &[VerifiedEntry]) {
    let state = node.replica.state();
    for entry in forged {
        match entry.header().kind {
            Kind::Contribution => {
                let standing = state.governance().standing(state.feeds(), &entry.id());
                let why = standing.expect_err("it counts for nothing");
                let owner = state.feeds().owner(&entry.id());
                if owner == Some(key(CUT).public().partner()) {
                    assert_eq!(why, Void::CutByCoordinator);
                } else {
                    assert!(matches!(why, Void::NotEnrolled | Void::CutByCoordinator));
                }
            }
            Kind::Governance => {
                let acts = state.acts().iter();
                let mut its = acts.filter(|(_, signed)| signed.entry == entry.id());
                let (id, _) = its.next().expect("held");
                let outcome = state.governance().acts().outcome(id);
                assert_eq!(outcome, Some(Err(NoEffect::NotCoordinator)));
            }
            _ => {}
        }
    }
    drop(state);
    assert!(!node.is_enrolled(66));
    let reader = node.replica.read().expect("a snapshot");
    for record in [world.shared, world.own] {
        for edit in reader.edits(&record).expect("readable") {
            let is_forged = forged.iter().any(|entry| entry.id() == edit.entry);
            let is_void = edit.state == State::Void;
            assert_eq!(is_void, is_forged || edit.entry == world.late, "{edit:?}");
        }
    }
    let forks = node.replica.forks().expect("readable");
    assert_eq!(forks.len(), 1, "it is named");
    assert_eq!(forks[0].feed, key(CUT_INSTANCE).public().feed());
}

#[test]
fn new_records_of_a_cut_partner_are_shown_nowhere() {
    let world = world();
    let pin = charter();
    let mut forger = Forger::new(key(CUT_INSTANCE), pin.federation(), pin.id());
    let found = |node: &Node| {
        node.digest();
        let answer = node.replica.search(&replica::search::Query {
            size: 10,
            ..Default::default()
        });
        answer.expect("it is searched").total
    };
    let phantoms = [40, 41].map(|nonce| {
        let (record, its_birth) = birth(nonce);
        let place = Forger::after(&world.line[usize::from(nonce - 40)]);
        let entry = forger.edit(place, record, Some(its_birth), Vec::new(), "Fantôme");
        (record, entry)
    });
    for node in &world.nodes {
        let before = found(node);
        for (record, entry) in &phantoms {
            node.take_in_any_order(std::slice::from_ref(entry));
            assert!(node.heads(record).is_empty());
            assert!(node.names(record).is_empty());
        }
        assert_eq!(found(node), before);
    }
    let digests = world.nodes.each_ref().map(Node::digest);
    assert!(digests.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_certificate_that_the_root_did_not_sign_is_not_taken_at_all() {
    let pin = charter();
    for root in [key(CUT_INSTANCE), key(66)] {
        let mut forger = Forger::new(key(CUT_INSTANCE), pin.federation(), pin.id());
        let mut certificate = crdt_schema::entry::Certificate::sign(
            &root,
            key(CUT).public().partner(),
            &pin.federation(),
            &forger.feed(),
            [66; 32],
        );
        for claimed_root in [*root.public().as_bytes(), *key(CUT).public().as_bytes()] {
            certificate.root = claimed_root;
            let frame = crdt_schema::entry::Frame::Certificate(Box::new(certificate.clone()));
            let entry = forger.entry(Kind::Certificate, (0, None), vec![(frame, vec![1])]);
            let taken = entry.to_signed().verify(&pin.federation());
            assert!(taken.is_err(), "{taken:?}");
        }
    }
}
