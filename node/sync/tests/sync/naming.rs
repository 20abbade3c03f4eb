//! What nodes tell each other of where others are.

use std::net::Ipv4Addr;

use sync::limits::{ADDRESSES_TOLD_MAX, REQUEST_IDS_MAX};
use sync::message::{Message, PeerAddress};
use sync::session::{Close, Event, Input, PeerFault, PeerId};

use crate::memory::Chance;
use crate::simulator::World;

fn somebody(number: usize) -> PeerAddress {
    let mut peer = [9; 32];
    peer[..8].copy_from_slice(&number.to_be_bytes());
    PeerAddress {
        peer: PeerId::from_bytes(peer),
        address: (Ipv4Addr::new(192, 0, 2, 1), 4_433).into(),
    }
}

fn open(name: &str) -> (World, Chance) {
    let mut chance = Chance::named(name);
    let mut world = World::new(2);
    world.connect(0, 1);
    world.settle(&mut chance);
    (world, chance)
}

fn heard(world: &World, end: usize) -> Vec<PeerAddress> {
    let events = world.links[0][end].events.iter();
    let heard = events.filter_map(|event| match event {
        Event::Peers(told) => Some(told.clone()),
        _ => None,
    });
    heard.flatten().collect()
}

#[test]
fn each_address_is_told_once_and_not_to_whom_it_came_from() {
    let (mut world, mut chance) = open("told once");
    let all: Vec<_> = (0..REQUEST_IDS_MAX + 6).map(somebody).collect();
    for _ in 0..2 {
        world.input(0, 0, Input::Peers(all.clone()));
        world.settle(&mut chance);
    }
    assert_eq!(heard(&world, 1), all);
    let more = [&all[..], &[somebody(900)]].concat();
    world.input(0, 1, Input::Peers(more));
    world.settle(&mut chance);
    assert_eq!(heard(&world, 0), [somebody(900)]);
    assert_eq!(world.closes(), [&Close::Stopping; 0]);
}

#[test]
fn no_node_tells_more_than_another_one_hears() {
    let (mut world, mut chance) = open("told at most");
    let many: Vec<_> = (0..ADDRESSES_TOLD_MAX + 100).map(somebody).collect();
    world.input(0, 0, Input::Peers(many.clone()));
    world.settle(&mut chance);
    assert_eq!(heard(&world, 1), many[..ADDRESSES_TOLD_MAX]);
    assert_eq!(world.closes(), [&Close::Stopping; 0]);
}

/// Tells so often, which is heard as so many addresses, and once more, which is too much.
fn tells_without_end(tells: fn(usize) -> Vec<PeerAddress>, turns: usize, new: usize) {
    let (mut world, mut chance) = open("told without end");
    let tell = |world: &mut World, turn| {
        let peers = tells(turn);
        world.input(0, 1, Input::Message(Message::Peers { peers }));
    };
    for turn in 0..turns {
        tell(&mut world, turn);
    }
    assert_eq!(world.closes(), [&Close::Stopping; 0]);
    assert_eq!(heard(&world, 1).len(), new);
    tell(&mut world, turns);
    let fault = Close::PeerFault(PeerFault::TooManyAddresses);
    assert_eq!(world.closes(), [&fault]);
    let heard = heard(&world, 1).len();
    assert_eq!(heard, new, "nothing of what is too much is heard");
    world.settle(&mut chance);
}

#[test]
fn whoever_tells_without_end_is_left() {
    let turns = ADDRESSES_TOLD_MAX / REQUEST_IDS_MAX;
    let others = |turn| {
        let first = turn * REQUEST_IDS_MAX;
        (first..first + REQUEST_IDS_MAX).map(somebody).collect()
    };
    tells_without_end(others, turns, ADDRESSES_TOLD_MAX);
    tells_without_end(|_| vec![somebody(1); REQUEST_IDS_MAX], turns, 1);
    tells_without_end(|_| Vec::new(), ADDRESSES_TOLD_MAX, 0);
}

#[test]
fn nobody_tells_or_is_told_before_the_exchange_is_open() {
    let mut chance = Chance::named("told too early");
    let mut world = World::new(2);
    world.connect(0, 1);
    world.input(0, 0, Input::Peers(vec![somebody(1)]));
    world.settle(&mut chance);
    assert_eq!(heard(&world, 1), []);
    let mut world = World::new(2);
    world.connect(0, 1);
    let mut told = 0;
    while let Some(step) = world.possible().first().copied() {
        world.step(step);
        told += 1;
        world.input(0, 0, Input::Peers(vec![somebody(told)]));
        assert!(told < 1_000, "it goes on without end");
        if world.links[0][1].events.contains(&Event::Level) {
            break;
        }
    }
    world.settle(&mut chance);
    assert_eq!(world.closes(), [&Close::Stopping; 0]);
    assert!((1..told).contains(&heard(&world, 1).len()));
    let mut world = World::new(2);
    world.connect(0, 1);
    let peers = vec![somebody(1)];
    world.input(0, 1, Input::Message(Message::Peers { peers }));
    let fault = Close::PeerFault(PeerFault::OutOfState("peers"));
    assert_eq!(world.closes(), [&fault]);
}
