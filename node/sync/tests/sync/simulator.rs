//! Two to five nodes, one thread, fake time: frames are delivered, batches written, links cut and nodes restarted in an order that a
//! seed decides. In the end all nodes hold the same.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use sync::codec::{PREFIX_BYTES, decode, encode};
use sync::message::{Digest, NewHead};
use sync::session::{
    Batch, Close, Config, Event, Input, Output, PeerId, Receipt, Role, Session, Timer,
};

use crate::memory::{Chance, Memory, key};

/// One side of a session.
pub(crate) struct Side {
    pub(crate) node: usize,
    pub(crate) session: Session,
    pub(crate) inbox: VecDeque<Vec<u8>>,
    pub(crate) storing: VecDeque<(u32, Batch)>,
    pub(crate) timers: BTreeMap<Timer, Duration>,
    pub(crate) events: Vec<Event>,
    pub(crate) closed: Option<Close>,
}

/// Nodes, the sessions between them, and one clock.
pub(crate) struct World {
    pub(crate) nodes: Vec<Memory>,
    pub(crate) links: Vec<[Side; 2]>,
    pub(crate) now: Duration,
    pub(crate) sent_bytes: usize,
}

/// The network identity of a node.
pub(crate) fn peer(node: usize) -> PeerId {
    PeerId::from_bytes([node as u8 + 100; 32])
}

impl World {
    pub(crate) fn new(count: usize) -> Self {
        Self {
            nodes: (0..count)
                .map(|node| Memory::new(key(node as u8)))
                .collect(),
            links: Vec::new(),
            now: Duration::ZERO,
            sent_bytes: 0,
        }
    }

    pub(crate) fn connect(&mut self, from: usize, to: usize) {
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

    pub(crate) fn input(&mut self, link: usize, end: usize, input: Input) {
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
    pub(crate) fn publish(
        &mut self,
        node: usize,
        origin: Option<(usize, usize)>,
        receipt: &Receipt,
    ) {
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

    pub(crate) fn write(&mut self, node: usize, new: NewHead) {
        let receipt = Receipt {
            heads: vec![new],
            ..Receipt::default()
        };
        self.publish(node, None, &receipt);
    }

    /// What could happen next: (link, end, is a write to disk).
    pub(crate) fn possible(&self) -> Vec<(usize, usize, bool)> {
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

    pub(crate) fn step(&mut self, (link, end, is_write): (usize, usize, bool)) {
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

    pub(crate) fn settle(&mut self, chance: &mut Chance) {
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
    pub(crate) fn pass(&mut self, time: Duration, chance: &mut Chance) {
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

    /// Begins a day on every node, and lets all sessions know.
    pub(crate) fn begin_day(&mut self, chance: &mut Chance) {
        for node in &mut self.nodes {
            node.begin_day();
        }
        for link in 0..self.links.len() {
            for end in 0..2 {
                self.input(link, end, Input::Resume);
            }
        }
        self.settle(chance);
    }

    pub(crate) fn digests(&self) -> Vec<Digest> {
        let digest = |node: &Memory| Digest::of(&node.all_heads());
        self.nodes.iter().map(digest).collect()
    }

    pub(crate) fn assert_level(&self, context: &str) {
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

    pub(crate) fn closes(&self) -> Vec<&Close> {
        self.links
            .iter()
            .flatten()
            .filter_map(|side| side.closed.as_ref())
            .collect()
    }
}
