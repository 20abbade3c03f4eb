//! Feeds that wait for a day, and go on in sessions that stay open.

use std::time::Duration;

use sync::session::Input;

use crate::memory::{Chance, key};
use crate::simulator::World;

/// A node that holds a feed of this length, and an empty one that takes so much of it in a day.
fn one_feed(length: usize, quota: usize, chance: &mut Chance) -> World {
    let mut world = World::new(2);
    for _ in 0..length {
        world.nodes[0].write(&key(60), 300, chance);
    }
    world.nodes[1].quota = Some(quota);
    world.connect(0, 1);
    world.settle(chance);
    world
}

#[test]
fn a_feed_goes_on_each_day_in_the_same_session() {
    let mut chance = Chance::named("each day");
    // More than the two batches that are under way when the first pause is told.
    let mut world = one_feed(1_000, 300, &mut chance);
    for day in 1..=4 {
        let taken = (300 * day).min(1_000);
        assert_eq!(world.nodes[1].count(), taken, "day {day}");
        world.begin_day(&mut chance);
    }
    world.assert_level("after four days");
}

#[test]
fn what_waits_is_neither_sent_nor_asked_for_before_its_day() {
    let mut chance = Chance::named("before its day");
    let mut world = one_feed(1_000, 10, &mut chance);
    let sent = world.sent_bytes;
    let pass = |world: &mut World, chance: &mut Chance| {
        world.pass(Duration::from_secs(310), chance);
        let new = world.nodes[0].write(&key(60), 300, chance);
        world.write(0, new);
        world.settle(chance);
    };
    for _ in 0..5 {
        pass(&mut world, &mut chance);
    }
    assert_eq!(world.nodes[1].count(), 10);
    assert!(world.sent_bytes < sent + 5 * 2_000, "{}", world.sent_bytes);
    assert!(world.closes().is_empty());
}

#[test]
fn a_comparison_finds_what_no_resumption_told() {
    let mut chance = Chance::named("not told");
    let mut world = one_feed(40, 25, &mut chance);
    assert_eq!(world.nodes[1].count(), 25);
    world.nodes[1].begin_day();
    world.pass(Duration::from_secs(310), &mut chance);
    world.assert_level("after one comparison");
}

#[test]
fn a_pause_and_a_later_day_end_as_if_there_had_been_none() {
    let mut seeds = Chance::named("pauses");
    for run in 0..60 {
        let seed = seeds.next();
        let mut chance = Chance::seeded(seed);
        let mut world = World::new(2 + run % 3);
        for node in 0..world.nodes.len() {
            world.nodes[node].quota = (node != 1).then(|| 1 + chance.below(30));
            for author in 0..4 {
                // Some begin with a prefix of what others hold, some with a branch.
                for _ in 0..chance.below(60) {
                    let author = key(if chance.below(20) == 0 {
                        author
                    } else {
                        10 * node as u8 + author
                    });
                    world.nodes[node].write(&author, 100, &mut chance);
                }
            }
        }
        for node in 1..world.nodes.len() {
            world.connect(node - 1, node);
        }
        for _ in 0..chance.below(600) {
            let node = chance.below(world.nodes.len());
            let author = key(10 * node as u8);
            match chance.below(60) {
                0 => {
                    let new = world.nodes[node].write(&author, 100, &mut chance);
                    world.write(node, new);
                }
                // Midnight on one node, in the middle of everything.
                1 => {
                    world.nodes[node].begin_day();
                    for link in 0..world.links.len() {
                        for end in 0..2 {
                            if world.links[link][end].node == node {
                                world.input(link, end, Input::Resume);
                            }
                        }
                    }
                }
                2 => {
                    let link = chance.below(world.links.len());
                    world.input(link, 0, Input::Compare);
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
        let mut days = 0;
        // What a comparison finds may have to wait for another day.
        loop {
            world.pass(Duration::from_secs(310), &mut chance);
            if !world.nodes.iter().any(|node| node.waits()) {
                break;
            }
            world.begin_day(&mut chance);
            days += 1;
            assert!(days < 400, "SEED={seed}: it never ends");
        }
        world.assert_level(&format!("SEED={seed}, run {run}, {days} days"));
    }
}
