//! What a peer says of the feed that this node signs: an honest one shows it first of all, and one that does not is at fault.

use std::time::Duration;

use sync::limits::CLAIM_MAX;
use sync::session::{Close, Event, Input, OwnFeed, PeerFault, Timer};

use crate::memory::{Chance, Memory, key};
use crate::simulator::{World, peer};

const SECOND: Duration = Duration::from_secs(1);

/// Two nodes, the second of which knows the feed of the first.
fn world(chance: &mut Chance) -> World {
    let mut world = World::new(2);
    let author = world.nodes[0].own.clone();
    let feed = author.public().feed();
    world.nodes[1].known_peers.insert(peer(0), feed);
    let start = world.nodes[0].write(&author, 50, chance);
    let entry = world.nodes[0].feeds[&feed][&start.head].0.clone();
    let stored = world.nodes[1].store(sync::session::Batch::Entries(vec![entry]));
    assert!(stored.is_ok());
    world
}

fn is_claimed(world: &World) -> bool {
    let mut events = world.links[0][0].events.iter();
    events.any(|event| matches!(event, Event::OwnFeed(OwnFeed::Unknown(_))))
}

/// Adds an entry of the first node's feed to what the second one says, and not to what it holds.
fn invent(
    world: &mut World,
    chance: &mut Chance,
    say: impl FnOnce(&mut World, sync::message::NewHead),
) {
    let honest: Memory = world.nodes[1].clone();
    let author = world.nodes[0].own.clone();
    let new = world.nodes[1].write(&author, 50, chance);
    say(world, new);
    world.nodes[1] = honest;
}

#[test]
fn a_node_is_sent_what_it_lacks_of_its_own_feed_before_all_other_data() {
    let mut chance = Chance::named("own first");
    let mut world = world(&mut chance);
    for number in 10..40 {
        world.nodes[1].write(&key(number), 50, &mut chance);
    }
    let author = world.nodes[0].own.clone();
    for _ in 0..3 {
        world.nodes[1].write(&author, 50, &mut chance);
    }
    world.connect(0, 1);
    world.settle(&mut chance);
    world.assert_level("own first");
    assert!(is_claimed(&world));
    let own = author.public().feed();
    let is_own: Vec<bool> = world.nodes[0]
        .arrivals
        .iter()
        .map(|it| *it == own)
        .collect();
    assert_eq!(is_own, [vec![true; 3], vec![false; 30]].concat());
}

#[test]
fn a_peer_that_names_an_entry_and_then_holds_what_we_hold_is_at_fault() {
    let mut chance = Chance::named("names and holds");
    let mut world = world(&mut chance);
    invent(&mut world, &mut chance, |world, _| world.connect(0, 1));
    world.settle(&mut chance);
    assert!(is_claimed(&world));
    let fault = Close::PeerFault(PeerFault::OwnFeed);
    assert_eq!(fault.code(), "peer_own_feed");
    assert_eq!(world.links[0][0].closed, Some(fault));
}

#[test]
fn a_peer_that_announces_an_entry_and_does_not_bring_it_has_a_minute() {
    let mut chance = Chance::named("announces in vain");
    let mut world = world(&mut chance);
    world.connect(0, 1);
    world.settle(&mut chance);
    world.assert_level("before");
    assert!(!is_claimed(&world));
    invent(&mut world, &mut chance, |world, new| world.write(1, new));
    world.settle(&mut chance);
    assert!(is_claimed(&world));
    world.pass(CLAIM_MAX - SECOND, &mut chance);
    assert_eq!(world.closes(), [] as [&Close; 0]);
    world.pass(2 * SECOND, &mut chance);
    let fault = Close::PeerFault(PeerFault::OwnFeed);
    assert_eq!(world.links[0][0].closed, Some(fault));
}

#[test]
fn a_peer_that_is_still_sending_after_a_minute_is_slow_and_not_at_fault() {
    let mut chance = Chance::named("slow");
    let mut world = world(&mut chance);
    let author = world.nodes[0].own.clone();
    world.nodes[1].write(&author, 50, &mut chance);
    world.connect(0, 1);
    // The hello is heard, and nothing else yet.
    world.step((0, 0, false));
    assert!(is_claimed(&world));
    world.now += CLAIM_MAX;
    world.links[0][0]
        .timers
        .remove(&Timer::Claim)
        .expect("it runs");
    world.input(0, 0, Input::Timer(Timer::Claim));
    assert!(world.links[0][0].timers.contains_key(&Timer::Claim));
    world.settle(&mut chance);
    world.assert_level("it was slow");
    world.pass(2 * CLAIM_MAX, &mut chance);
    world.assert_level("and has shown what it named");
}
