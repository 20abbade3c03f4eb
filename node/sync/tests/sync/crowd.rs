//! Up to two hundred nodes in memory, with virtual time: the real session, and the real roster that chooses whom to call. Only the line is
//! invented: every message takes 20 ms, every commit 2 ms, and a line that is cut is noticed after `IDLE_MAX`.
//!
//! `scripts/crowd` prints the figures of 10, 50 and 200 partners; without `CROWD` a short run asserts what must hold.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use sync::codec::{PREFIX_BYTES, decode, encode};
use sync::limits::{CONNECTIONS_MAX, DIAL_MAX, IDLE_MAX, SESSIONS_CROWDED, TELL_EVERY};
use sync::message::{Digest, Head, NewHead};
use sync::roster::{Order, Parting, Rank, Roster};
use sync::session::{
    Batch, Close, Config, Event, Input, Output, PeerFault, PeerId, Role, Session, Timer,
};

use crate::memory::{Chance, Memory, wide_key};

const LATENCY: Duration = Duration::from_millis(20);
const COMMIT: Duration = Duration::from_millis(2);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
/// Nodes of coordinators: the first ones. All others have joined by the ticket of node 0.
const COORDINATORS: usize = 3;

struct Node {
    memory: Memory,
    roster: Roster,
    links: BTreeSet<u64>,
    wakes_at: Duration,
    tells_at: Option<Duration>,
    told: u64,
    cost: Cost,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    messages: u64,
    bytes: u64,
    calls: u64,
}

struct Link {
    nodes: [usize; 2],
    /// Whether something was lost on it.
    is_cut: bool,
    sessions: [Option<Session>; 2],
}

enum Happening {
    Commit(u64, usize, u32, Batch),
    Connect(usize, usize),
    Fail(usize, usize),
    Lose(u64, usize, Parting),
    Message(u64, usize, Vec<u8>),
    Ring(u64, usize, Timer),
    Tell(usize),
    Wake(usize),
}

/// Which lines there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Whole,
    /// Each node reaches the one before and the one after it.
    Chain,
    Halves,
    /// This many of the first nodes are reached by nobody but each other.
    WithoutFirst(usize),
    WithoutLast,
}

struct Crowd {
    nodes: Vec<Node>,
    links: BTreeMap<u64, Link>,
    shape: Shape,
    now: Duration,
    agenda: BTreeMap<(Duration, u64), Happening>,
    number: u64,
    /// How far from its author an entry was taken in: node, hops and moment.
    way: BTreeMap<usize, (usize, Duration)>,
    followed: Option<Head>,
}

fn id(node: usize) -> PeerId {
    let mut bytes = [1; 32];
    bytes[..4].copy_from_slice(&(node as u32).to_be_bytes());
    PeerId::from_bytes(bytes)
}

fn node_of(peer: &PeerId) -> usize {
    let bytes = peer.as_bytes()[..4].try_into().expect("four bytes");
    u32::from_be_bytes(bytes) as usize
}

fn address(node: usize) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, node as u16 + 4_433).into()
}

fn rank(peer: &PeerId) -> Rank {
    if node_of(peer) < COORDINATORS {
        Rank::Coordinator
    } else {
        Rank::Partner
    }
}

impl Crowd {
    /// A federation as tickets make it: everybody knows node 0 and nobody else.
    fn star(count: usize, meets_others: bool, seed: u64) -> Self {
        let mut chance = Chance::seeded(seed);
        let nodes = (0..count).map(|node| {
            let mut roster = Roster::new(id(node), chance.next(), Duration::ZERO);
            if meets_others {
                roster.meet_others();
            }
            if node > 0 {
                roster.configure(id(0), vec![address(0)]);
            }
            let mut memory = Memory::new(wide_key(node as u32));
            let own = memory.own.clone();
            memory.write(&own, 200, &mut chance);
            Node {
                memory,
                roster,
                links: BTreeSet::new(),
                wakes_at: Duration::MAX,
                tells_at: None,
                told: 0,
                cost: Cost::default(),
            }
        });
        let mut crowd = Self {
            nodes: nodes.collect(),
            links: BTreeMap::new(),
            shape: Shape::Whole,
            now: Duration::ZERO,
            agenda: BTreeMap::new(),
            number: 0,
            way: BTreeMap::new(),
            followed: None,
        };
        for node in 0..count {
            crowd.look(node);
        }
        crowd
    }

    fn is_reached(&self, one: usize, two: usize) -> bool {
        let half = self.nodes.len() / 2;
        let last = self.nodes.len() - 1;
        match self.shape {
            Shape::Whole => true,
            Shape::Chain => one.abs_diff(two) == 1,
            Shape::Halves => (one < half) == (two < half),
            Shape::WithoutFirst(first) => (one < first) == (two < first),
            Shape::WithoutLast => one != last && two != last,
        }
    }

    fn plan(&mut self, after: Duration, what: Happening) {
        self.number += 1;
        self.agenda.insert((self.now + after, self.number), what);
    }

    /// Cuts lines, or mends them.
    fn become_of(&mut self, shape: Shape) {
        self.shape = shape;
        let links = self.links.iter();
        let cut: Vec<u64> = links
            .filter(|(_, link)| !self.is_reached(link.nodes[0], link.nodes[1]))
            .map(|(number, _)| *number)
            .collect();
        for link in cut {
            self.links.get_mut(&link).expect("it is there").is_cut = true;
            for end in 0..2 {
                self.plan(IDLE_MAX, Happening::Lose(link, end, Parting::Healthy));
            }
        }
    }

    /// Asks the roster of a node what to do.
    fn look(&mut self, node: usize) {
        let (orders, next) = self.nodes[node].roster.act(self.now, rank);
        for order in orders {
            match order {
                Order::Call(peer, _) => {
                    let other = node_of(&peer);
                    self.nodes[node].cost.calls += 1;
                    if !self.is_reached(node, other) {
                        self.plan(DIAL_MAX, Happening::Fail(node, other));
                    } else if self.nodes[other].links.len() >= CONNECTIONS_MAX {
                        self.plan(2 * LATENCY, Happening::Fail(node, other));
                    } else {
                        self.plan(2 * LATENCY, Happening::Connect(node, other));
                    }
                }
                Order::Leave(link, why) => {
                    if let Some(end) = self.end_of(link, node) {
                        self.input(link, end, Input::Leave(why));
                    }
                }
            }
        }
        if next != self.nodes[node].wakes_at {
            self.nodes[node].wakes_at = next;
            self.plan(next.saturating_sub(self.now), Happening::Wake(node));
        }
        let its = &mut self.nodes[node];
        if its.roster.version() != its.told && its.tells_at.is_none() {
            its.tells_at = Some(self.now + TELL_EVERY);
            self.plan(TELL_EVERY, Happening::Tell(node));
        }
    }

    fn end_of(&self, link: u64, node: usize) -> Option<usize> {
        let link = self.links.get(&link)?;
        link.nodes.iter().position(|it| *it == node)
    }

    fn connect(&mut self, from: usize, to: usize) {
        if self.nodes[to].links.len() >= CONNECTIONS_MAX || !self.is_reached(from, to) {
            self.nodes[from].roster.failed(id(to), self.now);
            return self.look(from);
        }
        self.number += 1;
        let number = self.number;
        let session = |other: usize, role| {
            let config = Config {
                role,
                peer: id(other),
                software: "maillage test".into(),
                exporter: [3; 32],
                jitter: number.wrapping_mul(0x9e37_79b9),
            };
            Some(Session::new(config, self.now))
        };
        let sessions = [session(to, Role::Dialler), session(from, Role::Listener)];
        let nodes = [from, to];
        let is_cut = false;
        let link = Link {
            nodes,
            is_cut,
            sessions,
        };
        self.links.insert(number, link);
        for (node, other, is_outward) in [(from, to, true), (to, from, false)] {
            let its = &mut self.nodes[node];
            its.links.insert(number);
            let place = Some(address(other));
            let line = (id(other), number);
            its.roster.started(line, is_outward, place, self.now);
        }
        for (end, node) in nodes.into_iter().enumerate() {
            self.input(number, end, Input::Start);
            self.look(node);
        }
    }

    fn input(&mut self, number: u64, end: usize, input: Input) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        let (node, other) = (link.nodes[end], link.nodes[1 - end]);
        let Some(session) = &mut link.sessions[end] else {
            return;
        };
        let outputs = session.handle(input, self.now, &self.nodes[node].memory);
        for output in outputs {
            match output {
                Output::Send(message) => {
                    let frame = encode(&message).expect("our messages fit");
                    let cost = &mut self.nodes[node].cost;
                    cost.messages += 1;
                    cost.bytes += frame.len() as u64;
                    if self.is_reached(node, other) {
                        let body = frame[PREFIX_BYTES..].to_vec();
                        self.plan(LATENCY, Happening::Message(number, 1 - end, body));
                    }
                }
                Output::Store { batch, content } => {
                    self.plan(COMMIT, Happening::Commit(number, end, batch, content));
                }
                Output::Schedule(timer, at) => {
                    let after = at.saturating_sub(self.now);
                    self.plan(after, Happening::Ring(number, end, timer));
                }
                Output::Report(Event::Level) => {
                    self.nodes[node].roster.level(id(other), number, self.now);
                    let told = self.nodes[node].roster.to_tell(&id(other), rank);
                    self.input(number, end, Input::Peers(told));
                    self.look(node);
                }
                Output::Report(Event::Peers(told)) => {
                    self.nodes[node].roster.heard(id(other), &told, rank);
                    self.look(node);
                }
                Output::Report(_) => {}
                Output::Close(close) => {
                    let how = match close {
                        Close::Crowded => Parting::Crowded,
                        Close::Double | Close::Lost => Parting::Healthy,
                        // An answer was due when the line was cut: its time ends with that of the line.
                        Close::PeerFault(PeerFault::Silent) if self.links[&number].is_cut => {
                            Parting::Unwell
                        }
                        other => panic!("no node breaks a rule: {other:?}"),
                    };
                    self.lose(number, end, how);
                    self.plan(LATENCY, Happening::Lose(number, 1 - end, how));
                }
            }
        }
    }

    fn lose(&mut self, number: u64, end: usize, how: Parting) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        if link.sessions[end].take().is_none() {
            return;
        }
        let (node, other) = (link.nodes[end], link.nodes[1 - end]);
        if link.sessions.iter().all(Option::is_none) {
            self.links.remove(&number);
        }
        self.nodes[node].links.remove(&number);
        self.nodes[node]
            .roster
            .ended(id(other), number, how, self.now);
        self.look(node);
    }

    fn tell_news(&mut self, node: usize, origin: Option<u64>, heads: &[NewHead]) {
        let links: Vec<u64> = self.nodes[node].links.iter().copied().collect();
        for link in links.into_iter().filter(|link| Some(*link) != origin) {
            if let Some(end) = self.end_of(link, node) {
                for new in heads {
                    self.input(link, end, Input::NewLocalHead(*new));
                }
            }
        }
    }

    fn write(&mut self, node: usize, chance: &mut Chance) {
        let author = self.nodes[node].memory.own.clone();
        let new = self.nodes[node].memory.write(&author, 300, chance);
        self.way = BTreeMap::from([(node, (0, self.now))]);
        self.followed = Some(new.head);
        self.tell_news(node, None, &[new]);
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Commit(link, end, batch, content) => {
                let Some(nodes) = self.links.get(&link).map(|it| it.nodes) else {
                    return;
                };
                let (node, from) = (nodes[end], nodes[1 - end]);
                let outcome = self.nodes[node].memory.store(content);
                let heads = outcome.as_ref().map_or(Vec::new(), |it| it.heads.clone());
                if heads.iter().any(|new| Some(new.head) == self.followed)
                    && let Some((hops, _)) = self.way.get(&from)
                {
                    self.way.insert(node, (hops + 1, self.now));
                }
                self.input(link, end, Input::Stored { batch, outcome });
                self.tell_news(node, Some(link), &heads);
            }
            Happening::Connect(from, to) => self.connect(from, to),
            Happening::Fail(from, to) => {
                self.nodes[from].roster.failed(id(to), self.now);
                self.look(from);
            }
            Happening::Lose(link, end, how) => self.lose(link, end, how),
            Happening::Message(link, end, body) => {
                let message = decode(&body).expect("what was encoded");
                self.input(link, end, Input::Message(message));
            }
            Happening::Ring(link, end, timer) => self.input(link, end, Input::Timer(timer)),
            Happening::Tell(node) => {
                let its = &mut self.nodes[node];
                (its.tells_at, its.told) = (None, its.roster.version());
                for link in its.links.clone() {
                    if let Some(end) = self.end_of(link, node) {
                        let other = self.links[&link].nodes[1 - end];
                        let told = self.nodes[node].roster.to_tell(&id(other), rank);
                        self.input(link, end, Input::Peers(told));
                    }
                }
            }
            Happening::Wake(node) if self.nodes[node].wakes_at <= self.now => {
                self.nodes[node].wakes_at = Duration::MAX;
                self.look(node);
            }
            Happening::Wake(_) => {}
        }
    }

    /// Lets time pass until it is so, at most this long. Returns how long it took.
    fn until(&mut self, longest: Duration, is_so: impl Fn(&Self) -> bool) -> Option<Duration> {
        let (begun, mut looked) = (self.now, Duration::ZERO);
        while let Some(entry) = self.agenda.first_entry() {
            if entry.key().0 > begun + longest {
                break;
            }
            let ((at, _), what) = entry.remove_entry();
            self.now = at;
            self.happen(what);
            // Comparing all nodes costs more than a message does.
            if self.now >= looked + LATENCY {
                looked = self.now;
                if is_so(self) {
                    return Some(self.now - begun);
                }
            }
        }
        self.now = begun + longest;
        is_so(self).then_some(longest)
    }

    fn pass(&mut self, time: Duration) {
        self.until(time, |_| false);
    }

    fn is_level(&self) -> bool {
        let count = self.nodes[0].memory.count();
        let others = self.nodes.iter();
        if !others.clone().all(|it| it.memory.count() == count) {
            return false;
        }
        let digest = Digest::of(&self.nodes[0].memory.all_heads());
        others
            .skip(1)
            .all(|it| Digest::of(&it.memory.all_heads()) == digest)
    }

    /// Returns the costs since the last time: median and worst messages, median and worst bytes, calls in all.
    fn costs(&mut self) -> [u64; 5] {
        let costs = self.nodes.iter_mut();
        let costs: Vec<Cost> = costs.map(|it| std::mem::take(&mut it.cost)).collect();
        let of = |value: fn(&Cost) -> u64| {
            let mut values: Vec<u64> = costs.iter().map(value).collect();
            values.sort_unstable();
            [values[values.len() / 2], values[values.len() - 1]]
        };
        let [messages, most_messages] = of(|it| it.messages);
        let [bytes, most_bytes] = of(|it| it.bytes);
        let calls = costs.iter().map(|it| it.calls).sum();
        [messages, most_messages, bytes, most_bytes, calls]
    }
}

/// Measures one federation, asserts what must hold, and returns a line of figures.
fn measure(count: usize, seed: u64) -> String {
    let context = format!("{count} partners, SEED={seed}");
    let mut chance = Chance::seeded(seed);
    let mut crowd = Crowd::star(count, true, seed);
    let met = crowd.until(HOUR, Crowd::is_level);
    let met = met.unwrap_or_else(|| panic!("{context}: the star of tickets never levels"));
    crowd.pass(HOUR);
    let sessions: Vec<usize> = crowd.nodes.iter().map(|it| it.roster.connected()).collect();
    let (least, most) = (sessions.iter().min(), sessions.iter().max());
    let (least, most) = (least.copied().unwrap_or(0), most.copied().unwrap_or(0));
    assert!(most <= SESSIONS_CROWDED + 8, "{context}: {sessions:?}");
    assert!(least >= 4.min(count - 1), "{context}: {sessions:?}");
    crowd.costs();
    let quiet = 2 * HOUR;
    crowd.pass(quiet);
    let day = |value: u64| value * 12;
    let [idle_messages, _, idle_bytes, idle_worst, idle_calls] = crowd.costs().map(day);
    let (mut edit, mut worst, mut hops, mut time) = ([0; 4], [0; 4], 0, Duration::ZERO);
    const EDITS: usize = 10;
    for _ in 0..EDITS {
        crowd.costs();
        let begun = crowd.now;
        crowd.write(chance.below(count), &mut chance);
        let all = crowd.until(MINUTE, |it| it.way.len() == count);
        assert!(all.is_some(), "{context}: an edit does not reach all");
        crowd.pass(Duration::from_millis(200));
        let [messages, most_messages, bytes, most_bytes, _] = crowd.costs();
        let its = [messages, most_messages, bytes, most_bytes];
        edit = std::array::from_fn(|at| edit[at] + its[at] / EDITS as u64);
        worst = std::array::from_fn(|at| worst[at].max(its[at]));
        hops = hops.max(crowd.way.values().map(|it| it.0).max().unwrap_or(0));
        let last = crowd.way.values().map(|it| it.1).max().unwrap_or(begun);
        time = time.max(last - begun);
    }
    // A month where few are simulated: what the others compare meanwhile costs the same time for each day, and a pause is no longer than an hour.
    let alone = if count > 10 { 6 * HOUR } else { 30 * 24 * HOUR };
    let mut healed = String::new();
    let shapes = [
        ("halves", Shape::Halves, HOUR),
        ("centre_gone", Shape::WithoutFirst(1), HOUR),
        ("chain", Shape::Chain, HOUR),
        (
            "coordinators_cut_off",
            Shape::WithoutFirst(COORDINATORS),
            HOUR,
        ),
        ("one_alone", Shape::WithoutLast, alone),
    ];
    for (name, shape, lasts) in shapes {
        crowd.become_of(shape);
        crowd.pass(lasts / 2);
        for node in 0..count {
            crowd.write(node, &mut chance);
        }
        crowd.pass(lasts / 2);
        crowd.costs();
        crowd.become_of(Shape::Whole);
        let level = crowd.until(HOUR, Crowd::is_level);
        let level = level.unwrap_or_else(|| panic!("{context}: {name} never levels"));
        let [_, _, bytes, most_bytes, calls] = crowd.costs();
        healed += &format!(
            r#","{name}_s":{:.2},"{name}_bytes":{bytes},"{name}_bytes_worst":{most_bytes},"{name}_calls":{calls}"#,
            level.as_secs_f64()
        );
        crowd.pass(10 * MINUTE);
    }
    format!(
        r#"{{"partners":{count},"seed":{seed},"star_levels_s":{:.2},"sessions_least":{least},"sessions_most":{most},"edit_messages":{},"edit_messages_worst":{},"edit_bytes":{},"edit_bytes_worst":{},"edit_hops":{hops},"edit_s":{:.3},"idle_day_messages":{idle_messages},"idle_day_bytes":{idle_bytes},"idle_day_bytes_worst":{idle_worst},"idle_day_calls":{idle_calls}{healed}}}"#,
        met.as_secs_f64(),
        edit[0],
        worst[1],
        edit[2],
        worst[3],
        time.as_secs_f64(),
    )
}

#[test]
fn partners_who_know_only_the_ticket_hang_together_and_heal_after_every_cut() {
    let seed = std::env::var("SEED").ok().and_then(|it| it.parse().ok());
    let counts = std::env::var("CROWD").unwrap_or_else(|_| "16".to_owned());
    for count in counts.split(',') {
        let count = count.parse().expect("numbers of partners");
        println!("crowd: {}", measure(count, seed.unwrap_or(7)));
    }
}

#[test]
fn more_partners_than_one_node_serves_stay_apart_where_nobody_meets_others() {
    // What the roster mends: all know the node of their ticket alone, and the last ones never come in.
    let count = CONNECTIONS_MAX + 10;
    let mut alone = Crowd::star(count, false, 3);
    assert_eq!(alone.until(HOUR, Crowd::is_level), None);
    let mut together = Crowd::star(count, true, 3);
    assert!(together.until(HOUR, Crowd::is_level).is_some());
}
