//! Two to five nodes, one thread, fake time: frames are delivered, batches written, links cut and nodes restarted in an order that a
//! seed decides. In the end all nodes hold the same.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crdt_schema::id::FeedId;
use sync::codec::{PREFIX_BYTES, decode, encode};
use sync::limits::{FRONTIER_FEEDS_MAX, SILENCE_MAX};
use sync::message::{Digest, Head, NewHead};
use sync::session::{
    Batch, Close, Config, Event, Input, Output, OwnFeed, PeerFault, PeerId, Receipt, Role, Session,
    Timer,
};

use crate::memory::{Chance, Memory, entry, key, wide_key};

/// One side of a session.
struct Side {
    node: usize,
    session: Session,
    inbox: VecDeque<Vec<u8>>,
    storing: VecDeque<(u32, Batch)>,
    timers: BTreeMap<Timer, Duration>,
    events: Vec<Event>,
    closed: Option<Close>,
}

struct World {
    nodes: Vec<Memory>,
    links: Vec<[Side; 2]>,
    now: Duration,
    sent_bytes: usize,
}

pub(crate) fn peer(node: usize) -> PeerId {
    PeerId::from_bytes([node as u8 + 100; 32])
}

impl World {
    fn new(count: usize) -> Self {
        Self {
            nodes: (0..count)
                .map(|node| Memory::new(key(node as u8)))
                .collect(),
            links: Vec::new(),
            now: Duration::ZERO,
            sent_bytes: 0,
        }
    }

    fn connect(&mut self, from: usize, to: usize) {
        let side = |node, other, role| Side {
            node,
            session: Session::new(
                Config {
                    role,
                    peer: peer(other),
                    software: "maillage test".into(),
                    exporter: [3; 32],
                    jitter: 1,
                },
                self.now,
            ),
            inbox: VecDeque::new(),
            storing: VecDeque::new(),
            timers: BTreeMap::new(),
            events: Vec::new(),
            closed: None,
        };
        let link = [
            side(from, to, Role::Dialler),
            side(to, from, Role::Listener),
        ];
        self.links.push(link);
        let link = self.links.len() - 1;
        self.input(link, 0, Input::Start);
        self.input(link, 1, Input::Start);
    }

    fn input(&mut self, link: usize, end: usize, input: Input) {
        let side = &mut self.links[link][end];
        let library = &self.nodes[side.node];
        let outputs = side.session.handle(input, self.now, library);
        for output in outputs {
            let [one, two] = &mut self.links[link];
            let (side, other) = if end == 0 { (one, two) } else { (two, one) };
            match output {
                Output::Send(message) => {
                    let frame = encode(&message).expect("our messages fit");
                    self.sent_bytes += frame.len();
                    other.inbox.push_back(frame[PREFIX_BYTES..].to_vec());
                }
                Output::Store { batch, content } => side.storing.push_back((batch, content)),
                Output::Schedule(timer, at) => {
                    side.timers.insert(timer, at);
                }
                Output::Report(event) => side.events.push(event),
                Output::Close(close) => side.closed = Some(close),
            }
        }
    }

    /// Tells the other sessions of a node about new heads.
    fn publish(&mut self, node: usize, origin: Option<(usize, usize)>, receipt: &Receipt) {
        for link in 0..self.links.len() {
            for end in 0..2 {
                if self.links[link][end].node != node || origin == Some((link, end)) {
                    continue;
                }
                for new in &receipt.heads {
                    self.input(link, end, Input::NewLocalHead(*new));
                }
                if receipt.has_new_objects {
                    self.input(link, end, Input::NewObjects);
                }
            }
        }
    }

    fn write(&mut self, node: usize, new: NewHead) {
        let receipt = Receipt {
            heads: vec![new],
            ..Receipt::default()
        };
        self.publish(node, None, &receipt);
    }

    /// What could happen next: (link, end, is a write to disk).
    fn possible(&self) -> Vec<(usize, usize, bool)> {
        let mut steps = Vec::new();
        for (number, link) in self.links.iter().enumerate() {
            for (end, side) in link.iter().enumerate() {
                if !side.inbox.is_empty() {
                    steps.push((number, end, false));
                }
                if !side.storing.is_empty() {
                    steps.push((number, end, true));
                }
            }
        }
        steps
    }

    fn step(&mut self, (link, end, is_write): (usize, usize, bool)) {
        let side = &mut self.links[link][end];
        if is_write {
            let (batch, content) = side.storing.pop_front().expect("possible");
            let node = side.node;
            let outcome = self.nodes[node].store(content);
            let receipt = outcome.clone().unwrap_or_default();
            self.input(link, end, Input::Stored { batch, outcome });
            self.publish(node, Some((link, end)), &receipt);
        } else {
            let body = side.inbox.pop_front().expect("possible");
            let message = decode(&body).expect("what was encoded");
            self.input(link, end, Input::Message(message));
        }
    }

    fn settle(&mut self, chance: &mut Chance) {
        for _ in 0..200_000 {
            let steps = self.possible();
            if steps.is_empty() {
                return;
            }
            self.step(steps[chance.below(steps.len())]);
        }
        panic!("the nodes never come to rest");
    }

    /// Lets all timers ring that are due within this time, in their order.
    fn pass(&mut self, time: Duration, chance: &mut Chance) {
        let end_of_time = self.now + time;
        loop {
            let mut due: Vec<(Duration, usize, usize, Timer)> = Vec::new();
            for (number, link) in self.links.iter().enumerate() {
                for (end, side) in link.iter().enumerate() {
                    due.extend(
                        side.timers
                            .iter()
                            .map(|(timer, at)| (*at, number, end, *timer)),
                    );
                }
            }
            due.sort_unstable();
            match due.first() {
                Some((at, link, end, timer)) if *at <= end_of_time => {
                    self.now = self.now.max(*at);
                    self.links[*link][*end].timers.remove(timer);
                    self.input(*link, *end, Input::Timer(*timer));
                    self.settle(chance);
                }
                _ => break,
            }
        }
        self.now = end_of_time;
    }

    fn digests(&self) -> Vec<Digest> {
        let digest = |node: &Memory| Digest::of(&node.all_heads());
        self.nodes.iter().map(digest).collect()
    }

    fn assert_level(&self, context: &str) {
        let digests = self.digests();
        let counts: Vec<usize> = self.nodes.iter().map(Memory::count).collect();
        assert!(
            digests.windows(2).all(|two| two[0] == two[1]),
            "{context}: {counts:?}"
        );
        assert!(
            counts.windows(2).all(|two| two[0] == two[1]),
            "{context}: {counts:?}"
        );
        for side in self.links.iter().flatten() {
            assert_eq!(side.closed, None, "{context}");
            assert!(side.session.is_open(), "{context}: {:?}", side.session);
        }
    }

    fn closes(&self) -> Vec<&Close> {
        self.links
            .iter()
            .flatten()
            .filter_map(|side| side.closed.as_ref())
            .collect()
    }
}

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
fn nodes_of_another_federation_or_protocol_part() {
    let mut chance = Chance::named("parting");
    let mut world = World::new(2);
    world.nodes[1].federation = crdt_schema::id::FederationId::from_bytes([6; 32]);
    world.connect(0, 1);
    world.settle(&mut chance);
    assert_eq!(world.closes(), [&Close::OtherFederation; 2]);
    let mut world = World::new(2);
    world.nodes[0].protocol_min = 2;
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
        for number in 0..count {
            let first = entry(&wide_key(number as u32), None, 1, &mut chance);
            world.nodes[0].insert(&first);
            world.nodes[1].insert(&first);
        }
        let smallest = *world.nodes[0].feeds.keys().next().expect("thousands");
        let author = (0..count as u32)
            .map(wide_key)
            .find(|key| key.public().feed() == smallest);
        world.nodes[0].write(&author.expect("one of them"), 60, &mut chance);
        world.connect(0, 1);
        world.settle(&mut chance);
        world.assert_level(&format!("{count} feeds"));
        assert_eq!(world.nodes[1].duplicates, 0, "{count} feeds");
    }
}
