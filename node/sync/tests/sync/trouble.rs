//! What must hold between simulated nodes, whatever happens to their links and disks.

use std::time::Duration;

use crdt_schema::id::{FederationId, FeedId};
use sync::limits::{FRONTIER_FEEDS_MAX, SILENCE_MAX};
use sync::message::Head;
use sync::session::{Batch, Close, Event, Input, OwnFeed, PeerFault, Receipt};

use crate::memory::{Chance, Memory, dispute, entry, key, recovery, wide_key};
use crate::simulator::{World, peer};

fn one_random_event(world: &mut World, chance: &mut Chance) {
    let node = chance.below(world.nodes.len());
    let author = world.nodes[node].own.clone();
    match chance.below(40) {
        0..4 => {
            let size = 50 + chance.below(400);
            let new = world.nodes[node].write(&author, size, chance);
            world.write(node, new);
        }
        4 => {
            // A copied key: the feed forks at any place, while it has room for one more branch.
            let victim = key(chance.below(world.nodes.len()) as u8);
            let feed = victim.public().feed();
            let held: Vec<Head> = world.nodes[node]
                .feeds
                .get(&feed)
                .into_iter()
                .flatten()
                .map(|(head, _)| *head)
                .collect();
            let branches: usize = world
                .nodes
                .iter()
                .map(|it| it.ends(&feed).len())
                .max()
                .unwrap_or(0);
            if !held.is_empty() && branches < 2 {
                let place = held[chance.below(held.len())];
                let new = world.nodes[node].write_after(&victim, Some(place), 80, chance);
                world.write(node, new);
            }
        }
        5 => {
            let version = world.nodes[node].charters.last().expect("genesis") + 1;
            world.nodes[node].charters.insert(version);
            let receipt = Receipt {
                has_new_objects: true,
                ..Receipt::default()
            };
            world.publish(node, None, &receipt);
        }
        6 if !world.links.is_empty() => {
            let link = chance.below(world.links.len());
            world.links.remove(link);
        }
        7 => world
            .links
            .retain(|[one, two]| one.node != node && two.node != node),
        8..11 if world.links.len() < 8 => {
            let other = (node + 1 + chance.below(world.nodes.len() - 1)) % world.nodes.len();
            world.connect(node, other);
        }
        11 if !world.links.is_empty() => {
            let link = chance.below(world.links.len());
            world.input(link, chance.below(2), Input::Compare);
        }
        12 => {
            // An announcement that is lost: only a digest can find this entry.
            world.nodes[node].write(&author, 70, chance);
        }
        _ => {
            let steps = world.possible();
            if !steps.is_empty() {
                world.step(steps[chance.below(steps.len())]);
            }
        }
    }
}

#[test]
fn after_any_trouble_all_nodes_hold_the_same() {
    let mut seeds = Chance::named("trouble");
    for run in 0..200 {
        let seed = seeds.next();
        let mut chance = Chance::seeded(seed);
        let mut world = World::new(2 + run % 4);
        for _ in 0..60 + chance.below(400) {
            one_random_event(&mut world, &mut chance);
        }
        assert!(
            world.closes().is_empty(),
            "seed {seed}: {:?}",
            world.closes()
        );
        // The network heals into a line, beside what is left of the old links.
        for node in 1..world.nodes.len() {
            world.connect(node - 1, node);
        }
        world.settle(&mut chance);
        world.pass(Duration::from_secs(310), &mut chance);
        world.assert_level(&format!("SEED={seed}, run {run}"));
        let tips: Vec<_> = world
            .nodes
            .iter()
            .map(|node| node.charters.clone())
            .collect();
        assert!(
            tips.windows(2).all(|two| two[0] == two[1]),
            "SEED={seed} charters"
        );
    }
}

#[test]
fn without_trouble_pushes_alone_bring_everything_everywhere() {
    let mut seeds = Chance::named("pushes");
    for run in 0..60 {
        let seed = seeds.next();
        let mut chance = Chance::seeded(seed);
        let mut world = World::new(2 + run % 4);
        for node in 1..world.nodes.len() {
            world.connect(node - 1, node);
        }
        for _ in 0..150 {
            let node = chance.below(world.nodes.len());
            if chance.below(3) == 0 {
                let author = world.nodes[node].own.clone();
                let new = world.nodes[node].write(&author, 100, &mut chance);
                world.write(node, new);
            }
            let steps = world.possible();
            if !steps.is_empty() {
                world.step(steps[chance.below(steps.len())]);
            }
        }
        world.settle(&mut chance);
        world.assert_level(&format!("SEED={seed}, run {run}, before any timer"));
    }
}

fn two_that_differ(chance: &mut Chance) -> World {
    let mut world = World::new(2);
    for number in 0..6 {
        let author = key(number);
        let mut last = None;
        for _ in 0..chance.below(120) {
            let written = world.nodes[0].write(&author, 200, chance);
            last = Some(written.head);
        }
        // Node 1 holds a prefix, and for one feed a branch of its own.
        let feed = author.public().feed();
        let entries: Vec<_> = world.nodes[0]
            .feeds
            .get(&feed)
            .into_iter()
            .flatten()
            .map(|(_, (entry, _))| entry.clone())
            .collect();
        let prefix = if entries.is_empty() {
            0
        } else {
            chance.below(entries.len())
        };
        let _ = world.nodes[1].store(Batch::Entries(entries[..prefix].to_vec()));
        if number % 2 == 0 && last.is_some() {
            for _ in 0..chance.below(60) {
                world.nodes[1].write(&author, 200, chance);
            }
        }
    }
    let governed = key(5).public().feed();
    world.nodes[0].governance.insert(governed);
    world
}

#[test]
fn a_cut_or_restart_at_every_step_loses_nothing() {
    let mut chance = Chance::named("every step");
    let start = two_that_differ(&mut chance);
    let nodes = start.nodes;
    for cut in 0.. {
        let mut world = World::new(2);
        world.nodes.clone_from(&nodes);
        world.connect(0, 1);
        let mut steps = 0;
        while steps < cut && !world.possible().is_empty() {
            let possible = world.possible();
            world.step(possible[chance.below(possible.len())]);
            steps += 1;
        }
        let is_over = world.possible().is_empty();
        world.links.clear();
        world.connect(1, 0);
        world.settle(&mut chance);
        world.assert_level(&format!("cut after {cut} steps"));
        if is_over {
            assert!(cut > 20, "the exchange has many steps");
            break;
        }
    }
}

#[test]
fn a_second_session_between_the_same_nodes_does_no_harm() {
    let mut chance = Chance::named("twice");
    let mut world = two_that_differ(&mut chance);
    world.connect(0, 1);
    world.connect(1, 0);
    world.settle(&mut chance);
    world.assert_level("two sessions");
}

#[test]
fn little_more_is_sent_than_what_is_missing() {
    let mut seeds = Chance::named("bytes");
    for _ in 0..40 {
        let seed = seeds.next();
        let mut chance = Chance::seeded(seed);
        let mut world = two_that_differ(&mut chance);
        let [one, two] = [&world.nodes[0], &world.nodes[1]];
        let missing = one.missing_bytes(two) + two.missing_bytes(one);
        world.connect(0, 1);
        world.settle(&mut chance);
        world.assert_level(&format!("SEED={seed}"));
        let allowed = missing * 12 / 10 + 64 * 1024;
        assert!(
            world.sent_bytes <= allowed,
            "SEED={seed}: {} of {allowed}",
            world.sent_bytes
        );
    }
}

#[test]
fn equal_nodes_say_so_in_a_few_bytes() {
    let mut chance = Chance::named("equal");
    let mut world = World::new(2);
    for number in 0..200 {
        let new = world.nodes[0].write(&key(number), 300, &mut chance);
        let entry = world.nodes[0].feeds[&new.feed][&new.head].0.clone();
        let stored = world.nodes[1].store(Batch::Entries(vec![entry]));
        assert!(stored.is_ok_and(|receipt| receipt.heads == [new]));
    }
    world.connect(0, 1);
    world.settle(&mut chance);
    world.assert_level("equal");
    assert!(world.sent_bytes < 1024, "{}", world.sent_bytes);
}

#[test]
fn two_that_never_meet_agree_through_a_third() {
    let mut chance = Chance::named("third");
    let mut world = World::new(3);
    for _ in 0..300 {
        for node in [0, 2] {
            let author = world.nodes[node].own.clone();
            world.nodes[node].write(&author, 150, &mut chance);
        }
    }
    for partner in [0, 2, 0] {
        world.connect(partner, 1);
        world.settle(&mut chance);
        world.links.clear();
    }
    world.connect(1, 2);
    world.settle(&mut chance);
    assert_eq!(world.nodes[0].count(), 600);
    world.assert_level("through the third");
}

#[test]
fn governance_arrives_before_any_data() {
    let mut chance = Chance::named("governance");
    let mut world = World::new(2);
    let coordinator = key(200).public().feed();
    for node in 0..2 {
        world.nodes[node].governance.insert(coordinator);
        let author = world.nodes[node].own.clone();
        for _ in 0..300 {
            world.nodes[node].write(&author, 50, &mut chance);
        }
    }
    world.nodes[0].charters.insert(2);
    for _ in 0..400 {
        world.nodes[0].write(&key(200), 50, &mut chance);
    }
    world.connect(0, 1);
    world.settle(&mut chance);
    world.assert_level("governance");
    let arrivals = &world.nodes[1].arrivals;
    let is_first: Vec<bool> = arrivals.iter().map(|feed| *feed == coordinator).collect();
    assert_eq!(is_first, [vec![true; 400], vec![false; 300]].concat());
    assert_eq!(world.nodes[1].charters.len(), 2);
}

#[test]
fn a_peer_that_the_governance_cuts_gets_no_data() {
    let mut chance = Chance::named("cut");
    let mut world = World::new(2);
    let author = world.nodes[0].own.clone();
    world.nodes[0].write(&author, 50, &mut chance);
    world.nodes[0].cut.insert(peer(1));
    world.connect(0, 1);
    world.settle(&mut chance);
    assert_eq!(world.closes(), [&Close::NotAllowed]);
    assert_eq!(world.nodes[1].count(), 0);
}

#[test]
fn a_peer_that_is_cut_by_what_it_brings_gets_no_data() {
    let mut chance = Chance::named("brings its cut");
    let mut world = World::new(2);
    let coordinator = key(200);
    let feed = coordinator.public().feed();
    let author = world.nodes[0].own.clone();
    world.nodes[0].write(&author, 50, &mut chance);
    world.nodes[0].cutting = Some((feed, peer(1)));
    world.nodes[1].write(&coordinator, 50, &mut chance);
    for node in &mut world.nodes {
        node.governance.insert(feed);
    }
    world.connect(0, 1);
    world.settle(&mut chance);
    assert_eq!(world.closes(), [&Close::NotAllowed]);
    assert_eq!(world.nodes[0].arrivals, [feed], "the cut is kept");
    assert_eq!(world.nodes[1].count(), 1, "and nothing is given");
}

#[test]
fn nodes_of_another_federation_or_protocol_part() {
    let mut chance = Chance::named("parting");
    let mut world = World::new(2);
    world.nodes[1].federation = FederationId::from_bytes([6; 32]);
    world.connect(0, 1);
    world.settle(&mut chance);
    assert_eq!(world.closes(), [&Close::OtherFederation; 2]);
    let mut world = World::new(2);
    world.nodes[0].protocol_min = 4;
    world.connect(0, 1);
    world.settle(&mut chance);
    assert_eq!(world.closes(), [&Close::Protocol]);
}

#[test]
fn a_restored_node_learns_that_its_feed_went_on() {
    let mut chance = Chance::named("restored");
    let mut world = World::new(2);
    let author = world.nodes[0].own.clone();
    let feed = author.public().feed();
    world.nodes[1].known_peers.insert(peer(0), feed);
    for sequence in 0..9 {
        let new = world.nodes[0].write(&author, 50, &mut chance);
        let entry = world.nodes[0].feeds[&feed][&new.head].0.clone();
        if sequence < 5 {
            let stored = world.nodes[1].store(Batch::Entries(vec![entry]));
            assert!(stored.is_ok());
        }
    }
    world.connect(0, 1);
    world.settle(&mut chance);
    let own = |world: &World| -> Vec<Event> {
        let events = world.links[0][0].events.iter();
        events
            .filter(|event| matches!(event, Event::OwnFeed(_)))
            .cloned()
            .collect()
    };
    assert!(matches!(
        own(&world)[..],
        [Event::OwnFeed(OwnFeed::Confirmed(_))]
    ));
    world.nodes[0] = Memory::new(author);
    world.links.clear();
    world.connect(0, 1);
    world.settle(&mut chance);
    assert!(matches!(
        own(&world)[0],
        Event::OwnFeed(OwnFeed::Unknown(_))
    ));
    assert_eq!(world.nodes[0].count(), 9, "the lost entries come back");
}

#[test]
fn four_branches_are_exchanged_and_a_fifth_is_not() {
    for branches in [2, 4, 5] {
        let mut chance = Chance::named("branches");
        let mut world = World::new(2);
        let author = key(50);
        let root = world.nodes[0].write(&author, 50, &mut chance).head;
        for _ in 0..branches {
            let mut place = root;
            for _ in 0..30 {
                place = world.nodes[0]
                    .write_after(&author, Some(place), 50, &mut chance)
                    .head;
            }
        }
        world.connect(0, 1);
        world.settle(&mut chance);
        let feed: FeedId = author.public().feed();
        let heads = world.nodes[1].ends(&feed).len();
        assert_eq!(heads, branches.min(4));
        assert!(world.closes().is_empty());
        assert_eq!(world.nodes[1].count() == 1 + 30 * branches, branches < 5);
    }
}

#[test]
fn a_feed_that_is_refused_is_not_sent_again() {
    let mut chance = Chance::named("refused");
    let mut world = World::new(2);
    let author = key(60);
    for _ in 0..1_000 {
        world.nodes[0].write(&author, 300, &mut chance);
    }
    world.nodes[1].refused.insert(author.public().feed());
    world.connect(0, 1);
    world.settle(&mut chance);
    let sent = world.sent_bytes;
    // Two batches are under way before the first answer; the others stay here, also at the next comparison.
    assert!(sent < 600 * 600, "{sent}");
    world.pass(Duration::from_secs(310), &mut chance);
    assert!(world.sent_bytes < sent + 2_000, "{}", world.sent_bytes);
    assert!(world.closes().is_empty());
}

#[test]
fn a_silent_peer_is_left_after_its_time_and_not_before() {
    let mut chance = Chance::named("silent");
    let mut world = World::new(2);
    world.connect(0, 1);
    world.links[0][1].inbox.clear();
    world.links[0][0].inbox.clear();
    world.pass(SILENCE_MAX - Duration::from_millis(1), &mut chance);
    assert!(world.closes().is_empty());
    world.pass(Duration::from_millis(1), &mut chance);
    let silent = Close::PeerFault(PeerFault::Silent);
    assert_eq!(world.closes(), [&silent; 2]);
}

#[test]
fn an_open_session_may_be_silent_for_hours() {
    let mut chance = Chance::named("quiet");
    let mut world = World::new(2);
    world.connect(0, 1);
    world.settle(&mut chance);
    world.pass(Duration::from_secs(7_200), &mut chance);
    world.assert_level("after two hours");
}

#[test]
fn what_no_announcement_told_is_found_by_the_next_digest() {
    let mut chance = Chance::named("next digest");
    let mut world = two_that_differ(&mut chance);
    world.connect(0, 1);
    world.settle(&mut chance);
    world.assert_level("before");
    for node in 0..2 {
        // Both write at the same place of one feed, and in feeds of their own.
        for author in [key(0), key(30 + node as u8)] {
            for _ in 0..5 {
                world.nodes[node].write(&author, 60, &mut chance);
            }
        }
    }
    world.nodes[1].charters.insert(2);
    world.pass(Duration::from_secs(179), &mut chance);
    assert_ne!(world.digests()[0], world.digests()[1]);
    world.pass(Duration::from_secs(131), &mut chance);
    world.assert_level("after");
    assert_eq!(world.nodes[0].charters, world.nodes[1].charters);
}

#[test]
fn the_charter_in_force_is_the_same_everywhere_before_any_timer() {
    let mut seeds = Chance::named("disputes");
    for run in 0..400 {
        let seed = seeds.next();
        let mut chance = Chance::seeded(seed);
        let mut world = World::new(2 + run % 4);
        for node in 1..world.nodes.len() {
            world.connect(node - 1, node);
        }
        for _ in 0..60 {
            let node = chance.below(world.nodes.len());
            match chance.below(12) {
                0 => decide(&mut world, node, &mut chance),
                1 if chance.below(4) == 0 => {
                    // Links break: the next sessions begin with what each side holds now.
                    world.links.remove(chance.below(world.nodes.len() - 1));
                    let ends: Vec<_> = world.links.iter().map(|[one, _]| one.node).collect();
                    let lost = (0..world.nodes.len() - 1).find(|node| !ends.contains(node));
                    let lost = lost.expect("one link is gone");
                    world.connect(lost, lost + 1);
                }
                _ => {
                    let steps = world.possible();
                    if !steps.is_empty() {
                        world.step(steps[chance.below(steps.len())]);
                    }
                }
            }
        }
        world.settle(&mut chance);
        let versions: Vec<u64> = world.nodes.iter().map(Memory::version).collect();
        assert!(
            versions.windows(2).all(|two| two[0] == two[1]),
            "SEED={seed}, run {run}: {versions:?}"
        );
        world.assert_level(&format!("SEED={seed}, run {run}"));
    }
}

/// Ends the dispute that a node is in; where there is none, follows up its charter or begins a dispute about one that it holds.
fn decide(world: &mut World, node: usize, chance: &mut Chance) {
    let memory = &mut world.nodes[node];
    let (version, newest) = (
        memory.version(),
        *memory.charters.last().expect("the genesis"),
    );
    if version < newest {
        memory.approvals.insert(recovery(version + 1));
    } else if version == 1 || chance.below(2) == 0 {
        memory.charters.insert(version + 1);
    } else {
        let doubted = 2 + chance.below(version as usize - 1) as u64;
        memory.approvals.insert(dispute(doubted));
    }
    let receipt = Receipt {
        has_new_objects: true,
        ..Receipt::default()
    };
    world.publish(node, None, &receipt);
}

#[test]
fn two_that_compare_at_the_same_moment_understand_each_other() {
    let mut chance = Chance::named("same moment");
    for is_level in [true, false] {
        let mut world = two_that_differ(&mut chance);
        world.connect(0, 1);
        world.settle(&mut chance);
        if !is_level {
            world.nodes[0].write(&key(40), 60, &mut chance);
        }
        world.input(0, 0, Input::Compare);
        world.input(0, 1, Input::Compare);
        world.settle(&mut chance);
        world.assert_level("after");
    }
}

#[test]
fn a_frontier_that_is_not_complete_makes_nobody_send_what_is_held() {
    let mut chance = Chance::named("complete");
    for count in [
        FRONTIER_FEEDS_MAX - 1,
        FRONTIER_FEEDS_MAX,
        FRONTIER_FEEDS_MAX + 1,
    ] {
        let mut world = World::new(2);
        // The feed that only one node holds pushes the last one out of its frontier.
        let mut firsts: Vec<_> = (0..count as u32)
            .map(|number| entry(&wide_key(number), None, 1, &mut chance))
            .collect();
        firsts.sort_by_key(|first| first.header().feed);
        for (place, first) in firsts.iter().enumerate() {
            world.nodes[0].insert(first);
            if place > 0 {
                world.nodes[1].insert(first);
            }
        }
        world.connect(0, 1);
        world.settle(&mut chance);
        world.assert_level(&format!("{count} feeds"));
        let duplicates = [0, 1].map(|node: usize| world.nodes[node].duplicates);
        assert_eq!(duplicates, [0, 0], "{count} feeds");
    }
}
