//! Heads that a checkpoint names and that nobody announced: they are asked of every peer, and come from the one that has them.

use sync::message::{Head, NewHead};
use sync::session::Input;

use crate::memory::{Chance, key};
use crate::simulator::World;

/// Three nodes: the middle one exchanges with both others, and they are level.
fn level(chance: &mut Chance) -> (World, NewHead) {
    let mut world = World::new(3);
    let first = world.nodes[0].write(&key(7), 80, chance);
    world.connect(1, 0);
    world.connect(1, 2);
    world.settle(chance);
    world.assert_level("at the start");
    (world, first)
}

#[test]
fn a_named_head_comes_from_the_one_peer_that_has_it_with_all_before_it() {
    let mut chance = Chance::named("asking");
    let (mut world, _) = level(&mut chance);
    // One peer has three entries that it does not announce; the other has not got them.
    for _ in 0..2 {
        world.nodes[2].write(&key(7), 80, &mut chance);
    }
    let named = world.nodes[2].write(&key(7), 80, &mut chance);
    world.settle(&mut chance);
    assert_eq!(world.nodes[1].count() + 3, world.nodes[2].count());
    for link in 0..2 {
        world.input(link, 0, Input::Ask(vec![named]));
    }
    world.settle(&mut chance);
    world.assert_level("the middle node passes on what it asked for");
    assert_eq!(world.nodes[0].count(), 4);
}

#[test]
fn what_is_held_is_not_asked_for_and_an_unknown_head_disturbs_nothing() {
    let mut chance = Chance::named("asking in vain");
    let (mut world, first) = level(&mut chance);
    let before = world.sent_bytes;
    world.input(0, 0, Input::Ask(vec![first]));
    assert_eq!(world.sent_bytes, before);
    let head = Head {
        sequence: 9,
        ..first.head
    };
    let invented = NewHead { head, ..first };
    for _ in 0..3 {
        world.input(0, 0, Input::Ask(vec![invented; 50]));
    }
    world.settle(&mut chance);
    world.assert_level("nobody has it");
    // News of the same feed are announced and fetched as before.
    let new = world.nodes[0].write(&key(7), 80, &mut chance);
    world.write(0, new);
    world.settle(&mut chance);
    world.assert_level("after news");
    assert_eq!(world.nodes[2].count(), 2);
}

#[test]
fn a_feed_that_waits_is_not_asked_for_before_its_day() {
    let mut chance = Chance::named("asking while it waits");
    let mut world = World::new(2);
    let mut named = world.nodes[0].write(&key(7), 80, &mut chance);
    for _ in 0..20 {
        named = world.nodes[0].write(&key(7), 80, &mut chance);
    }
    world.nodes[1].quota = Some(5);
    world.connect(0, 1);
    world.settle(&mut chance);
    assert_eq!(world.nodes[1].count(), 5);
    let sent = world.sent_bytes;
    world.input(0, 1, Input::Ask(vec![named]));
    assert_eq!(world.sent_bytes, sent);
    // One that does not wait is asked for beside it.
    let other = world.nodes[0].write(&key(8), 80, &mut chance);
    world.input(0, 1, Input::Ask(vec![named, other]));
    assert!(world.sent_bytes > sent);
    world.settle(&mut chance);
    assert_eq!(world.nodes[1].count(), 6);
}
