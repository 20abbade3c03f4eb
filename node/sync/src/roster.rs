//! Which nodes are called, and which sessions are ended: a value that hears what happens and says what to do. It does no IO, reads no
//! clock and draws no secret, so that the simulator of two hundred nodes runs the choice that nodes make.
//!
//! A node wants six sessions, one of them with a coordinator. It calls whom its configuration names, then anybody of the federation of
//! whom it has heard an address. Where more than twenty-four sessions are open the oldest are ended, with a number that says "call others",
//! since a node that two hundred call would serve none. From time to time a node that has its six calls one more and lets the
//! oldest go: two halves of a network that was cut have their six each, and would else never meet again.
//!
//! Addresses are hints. Who answers there proves its identity, and only nodes with a live certificate are called or told of.
//! It works badly where nodes cannot be called back (behind a router): they are found only by their own calls.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::limits::{
    ADDRESSES_HEARD_MAX, CALLS_MAX, CROWDED_PAUSE, EXPLORE_EVERY, PEERS_KNOWN_MAX, REDIAL_MAX,
    REDIAL_MIN, REDIAL_REFUSED_MAX, SEARCH_PAUSE_MAX, SESSIONS_CROWDED, SESSIONS_WANTED,
    SETTLED_MIN,
};
use crate::message::PeerAddress;
use crate::session::PeerId;

/// What a node is in the federation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Nobody that may exchange with us.
    None,
    /// A partner's.
    Partner,
    /// A coordinator's: called first, since what decides rights comes from there.
    Coordinator,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Call a node. The answer is `Roster::started` or `Roster::failed`.
    Call(PeerId, Vec<SocketAddr>),
    /// End the session with this number.
    Leave(u64, Enough),
}

/// Why a session is ended that nobody is at fault for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enough {
    /// This node has enough sessions: call others.
    Crowded,
    /// There is another session with the same peer.
    Double,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parting {
    /// The peer has enough sessions.
    Crowded,
    /// As sessions end: a peer stopped, or the line broke.
    Healthy,
    /// Against a rule, or against the peer's will.
    Unwell,
}

/// The nodes that are known, and the sessions with them. Times are counted from any fixed moment, by a clock that never goes back.
#[derive(Debug)]
pub struct Roster {
    own: PeerId,
    /// Whether nodes are called of which others told.
    meets_others: bool,
    chance: u64,
    known: BTreeMap<PeerId, Known>,
    /// No node is called before this moment of which others told, since some were not reached.
    not_before: Duration,
    pause: Duration,
    explores_at: Duration,
    /// Counts whatever can be told to others.
    version: u64,
}

#[derive(Debug)]
struct Known {
    /// Where the configuration says that it is, if it names it: nowhere that is known, where a relay leads to it.
    configured: Option<Vec<SocketAddr>>,
    /// Where a session with it stood last.
    met: Option<SocketAddr>,
    /// Where others say that it is, newest last.
    heard: Vec<SocketAddr>,
    lines: Vec<Line>,
    is_called: bool,
    explores: bool,
    not_before: Duration,
    pause: Duration,
}

/// A session.
#[derive(Debug)]
struct Line {
    number: u64,
    is_outward: bool,
    explores: bool,
    since: Duration,
    level_since: Option<Duration>,
    left: Option<Enough>,
}

impl Roster {
    /// Makes a roster of this node, which calls nobody but whom its configuration names. The seed spreads what many nodes do at once.
    pub fn new(own: PeerId, seed: u64, now: Duration) -> Self {
        let mut roster = Self {
            own,
            meets_others: false,
            chance: seed,
            known: BTreeMap::new(),
            not_before: now,
            pause: REDIAL_MIN,
            explores_at: now,
            version: 0,
        };
        roster.explores_at = now + roster.about(EXPLORE_EVERY);
        roster
    }

    /// Adds a node that the configuration names, with where it is: it is called however many sessions are open.
    pub fn configure(&mut self, peer: PeerId, addresses: Vec<SocketAddr>) {
        let known = self.known.entry(peer).or_insert_with(Known::new);
        known.configured.get_or_insert_default().extend(addresses);
    }

    /// Lets nodes be called of which others told.
    pub fn meet_others(&mut self) {
        self.meets_others = true;
    }

    /// A session began. The address is where the peer is, if that is known.
    pub fn started(
        &mut self,
        (peer, number): (PeerId, u64),
        is_outward: bool,
        address: Option<SocketAddr>,
        now: Duration,
    ) {
        let known = self.known.entry(peer).or_insert_with(Known::new);
        let mut explores = false;
        if is_outward {
            known.is_called = false;
            explores = std::mem::take(&mut known.explores);
        }
        known.lines.push(Line {
            number,
            is_outward,
            explores,
            since: now,
            level_since: None,
            left: None,
        });
        if address.is_some() && known.met != address {
            known.met = address;
            self.version += 1;
        }
    }

    /// Both sides of a session hold the same for the first time: the peer is what it seems, and who calls again need not wait.
    pub fn level(&mut self, peer: PeerId, number: u64, now: Duration) {
        if let Some(known) = self.known.get_mut(&peer) {
            for line in known.lines.iter_mut().filter(|line| line.number == number) {
                line.level_since.get_or_insert(now);
                if line.is_outward {
                    self.pause = REDIAL_MIN;
                    self.not_before = now;
                }
            }
        }
    }

    /// A session ended.
    pub fn ended(&mut self, peer: PeerId, number: u64, how: Parting, now: Duration) {
        let spread = self.draw();
        let Some(known) = self.known.get_mut(&peer) else {
            return;
        };
        let line = known.lines.iter().position(|line| line.number == number);
        let left = line.and_then(|line| known.lines.remove(line).left);
        if known.lines.is_empty() {
            let pause = match how {
                _ if left == Some(Enough::Crowded) => CROWDED_PAUSE,
                Parting::Crowded => CROWDED_PAUSE,
                Parting::Healthy => {
                    known.pause = REDIAL_MIN;
                    known.next_pause(REDIAL_MAX)
                }
                Parting::Unwell => known.next_pause(REDIAL_REFUSED_MAX),
            };
            known.not_before = now + within(pause, spread);
        }
    }

    /// A call did not come through.
    pub fn failed(&mut self, peer: PeerId, now: Duration) {
        let (spread, own_spread) = (self.draw(), self.draw());
        let Some(known) = self.known.get_mut(&peer) else {
            return;
        };
        known.is_called = false;
        known.explores = false;
        known.not_before = now + within(known.next_pause(REDIAL_MAX), spread);
        if known.configured.is_none() {
            self.not_before = now + within(self.pause, own_spread);
            self.pause = (self.pause * 2).min(SEARCH_PAUSE_MAX);
        }
    }

    /// A peer tells where others are. Those of no rank are left out, and so is what no node listens on.
    pub fn heard(&mut self, told: &[PeerAddress], rank: impl Fn(&PeerId) -> Rank) {
        for PeerAddress { peer, address } in told {
            let is_known = self.known.contains_key(peer);
            let has_room = is_known || self.known.len() < PEERS_KNOWN_MAX;
            if *peer == self.own || !can_be_called(address) || !has_room {
                continue;
            }
            if !is_known && rank(peer) == Rank::None {
                continue;
            }
            let known = self.known.entry(*peer).or_insert_with(Known::new);
            if known.addresses().any(|known| known == *address) {
                continue;
            }
            if known.heard.len() >= ADDRESSES_HEARD_MAX {
                known.heard.remove(0);
            }
            known.heard.push(*address);
            self.version += 1;
        }
    }

    /// Returns what a peer may be told, and a number that grows with it. Loopback addresses mean nothing on another machine.
    pub fn to_tell(&self, to: &PeerId, rank: impl Fn(&PeerId) -> Rank) -> Vec<PeerAddress> {
        let is_here = |address: &SocketAddr| address.ip().is_loopback();
        let its = self.known.get(to).and_then(|known| known.met);
        let is_neighbour = its.as_ref().is_some_and(is_here);
        let others = self.known.iter().filter(|(peer, _)| *peer != to);
        others
            .filter_map(|(peer, known)| {
                let address = known.met.or(known.heard.last().copied())?;
                let is_told = (is_neighbour || !is_here(&address)) && rank(peer) != Rank::None;
                is_told.then_some(PeerAddress {
                    peer: *peer,
                    address,
                })
            })
            .collect()
    }

    /// Returns a number that grows with what can be told.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns how many nodes are connected.
    pub fn connected(&self) -> usize {
        let known = self.known.values();
        known.filter(|known| known.is_connected()).count()
    }

    /// Returns the known nodes with an address at which they were met, to be remembered over a restart.
    pub fn met(&self) -> Vec<PeerAddress> {
        let known = self.known.iter();
        known
            .filter_map(|(peer, known)| {
                let address = known.met?;
                Some(PeerAddress {
                    peer: *peer,
                    address,
                })
            })
            .collect()
    }

    /// Returns what is to be done now, and the moment to ask again if nothing happens before.
    pub fn act(&mut self, now: Duration, rank: impl Fn(&PeerId) -> Rank) -> (Vec<Order>, Duration) {
        let mut orders = Vec::new();
        self.end_doubles(&mut orders);
        self.end_oldest(now, &rank, &mut orders);
        self.call_configured(now, &rank, &mut orders);
        self.call_others(now, &rank, &mut orders);
        (orders, self.next(now))
    }

    /// Of two sessions that both nodes began at once, the one stays that was begun by the greater identity. A later one replaces a line of
    /// which this node does not know yet that it is dead.
    fn end_doubles(&mut self, orders: &mut Vec<Order>) {
        let own = self.own;
        for (peer, known) in &mut self.known {
            let inward = known.lines.iter().filter(|it| !it.is_outward);
            let inward = inward
                .filter(|it| it.level_since.is_some())
                .map(|it| it.since);
            let Some(inward) = inward.max() else {
                continue;
            };
            for line in known.lines.iter_mut().filter(|line| line.is_outward) {
                let is_at_once = line.since.abs_diff(inward) < SETTLED_MIN;
                let gives_way = if is_at_once {
                    own < *peer
                } else {
                    line.since < inward
                };
                if gives_way && line.level_since.is_some() && line.left.is_none() {
                    line.left = Some(Enough::Double);
                    orders.push(Order::Leave(line.number, Enough::Double));
                }
            }
        }
    }

    /// Makes room where too many sessions are open, and lets the oldest go for the one that explores.
    fn end_oldest(
        &mut self,
        now: Duration,
        rank: &impl Fn(&PeerId) -> Rank,
        orders: &mut Vec<Order>,
    ) {
        if !self.meets_others {
            return;
        }
        let connected = self.connected();
        let surplus = connected.saturating_sub(SESSIONS_CROWDED);
        let is_settled = |line: &Line| line.level_since.is_some_and(|at| now >= at + SETTLED_MIN);
        let mut leaving = Vec::new();
        if surplus > 0 {
            let mut settled = self.settled(|_, line| !line.is_outward && is_settled(line));
            settled
                .sort_unstable_by_key(|(peer, since, _)| (rank(peer) == Rank::Coordinator, *since));
            leaving.extend(settled.into_iter().take(surplus).map(|(_, _, it)| it));
        }
        let explorers = self.settled(|_, line| line.explores && is_settled(line));
        if !explorers.is_empty() {
            let may_go = |known: &Known, line: &Line| {
                line.is_outward && !line.explores && is_settled(line) && known.configured.is_none()
            };
            let mut settled = self.settled(may_go);
            settled.sort_unstable_by_key(|(_, since, _)| *since);
            let coordinators = self.coordinators(rank);
            let spare = |peer: &PeerId| coordinators > 1 || rank(peer) != Rank::Coordinator;
            settled.retain(|(peer, _, _)| spare(peer));
            let surplus = (connected - leaving.len()).saturating_sub(SESSIONS_WANTED);
            let surplus = surplus.min(explorers.len());
            leaving.extend(settled.into_iter().take(surplus).map(|(_, _, it)| it));
        }
        for line in self.known.values_mut().flat_map(|it| &mut it.lines) {
            // It has shown what it can: it is a session like any other from now on.
            line.explores &= !is_settled(line);
            if leaving.contains(&line.number) {
                line.left = Some(Enough::Crowded);
                orders.push(Order::Leave(line.number, Enough::Crowded));
            }
        }
    }

    fn call_configured(
        &mut self,
        now: Duration,
        rank: &impl Fn(&PeerId) -> Rank,
        orders: &mut Vec<Order>,
    ) {
        for (peer, known) in &mut self.known {
            let is_due = known.configured.is_some() && known.is_free(now);
            if is_due && *peer != self.own && rank(peer) != Rank::None {
                known.is_called = true;
                orders.push(Order::Call(*peer, known.addresses().collect()));
            }
        }
    }

    fn call_others(
        &mut self,
        now: Duration,
        rank: &impl Fn(&PeerId) -> Rank,
        orders: &mut Vec<Order>,
    ) {
        let is_exploring = now >= self.explores_at;
        if is_exploring {
            self.explores_at = now + self.about(EXPLORE_EVERY);
        }
        if !self.meets_others || now < self.not_before {
            return;
        }
        let called = self.known.values().filter(|it| it.is_called).count();
        let mut reached = self.connected() + called;
        let mut free = CALLS_MAX.saturating_sub(called);
        let mut candidates = self.candidates(now);
        if self.coordinators(rank) == 0 && free > 0 && reached < SESSIONS_CROWDED {
            let mut all = candidates.iter();
            let first = all.position(|peer| rank(peer) == Rank::Coordinator);
            if let Some(first) = first {
                let peer = candidates.remove(first);
                orders.extend(self.call(peer, false));
                (reached, free) = (reached + 1, free - 1);
            }
        }
        let explores = is_exploring && reached >= SESSIONS_WANTED;
        let wanted = SESSIONS_WANTED.saturating_sub(reached) + usize::from(explores);
        let allowed = candidates.into_iter().filter(|it| rank(it) != Rank::None);
        let chosen: Vec<_> = allowed.take(wanted.min(free)).collect();
        for peer in chosen {
            orders.extend(self.call(peer, explores));
        }
    }

    fn call(&mut self, peer: PeerId, explores: bool) -> Option<Order> {
        let known = self.known.get_mut(&peer)?;
        known.is_called = true;
        known.explores = explores;
        Some(Order::Call(peer, known.addresses().collect()))
    }

    /// Returns the nodes that may be called now, in an order that chance decides.
    fn candidates(&mut self, now: Duration) -> Vec<PeerId> {
        let own = self.own;
        let known = self.known.iter();
        let known = known
            .filter(|(peer, known)| **peer != own && known.is_free(now) && known.has_address());
        let mut candidates: Vec<_> = known.map(|(peer, _)| *peer).collect();
        for place in (1..candidates.len()).rev() {
            let other = (self.draw() % (place as u64 + 1)) as usize;
            candidates.swap(place, other);
        }
        candidates
    }

    /// Returns how many coordinators are connected or being called.
    fn coordinators(&self, rank: &impl Fn(&PeerId) -> Rank) -> usize {
        let reached = self.known.iter();
        let reached = reached.filter(|(_, known)| known.is_connected() || known.is_called);
        reached
            .filter(|(peer, _)| rank(peer) == Rank::Coordinator)
            .count()
    }

    fn settled(&self, is_one: impl Fn(&Known, &Line) -> bool) -> Vec<(PeerId, Duration, u64)> {
        let mut settled = Vec::new();
        for (peer, known) in &self.known {
            let lines = known.lines.iter();
            let lines = lines.filter(|line| line.left.is_none() && is_one(known, line));
            settled.extend(lines.map(|line| (*peer, line.since, line.number)));
        }
        settled
    }

    fn next(&self, now: Duration) -> Duration {
        let is_short = self.connected() < SESSIONS_WANTED;
        let known = self.known.values();
        let calls = known.filter_map(|known| {
            let is_free = !known.is_connected() && !known.is_called;
            let is_called_at = if known.configured.is_none() {
                known.not_before.max(self.not_before)
            } else {
                known.not_before
            };
            let is_met = is_short && self.meets_others && known.has_address();
            let is_wanted = known.configured.is_some() || is_met;
            (is_free && is_wanted).then_some(is_called_at)
        });
        let lines = self.known.values().flat_map(|known| &known.lines);
        // Only those that are not settled yet: then it may be one too many.
        let settling = lines.filter_map(|line| Some(line.level_since? + SETTLED_MIN));
        let settling = settling.filter(|at| *at > now);
        let first = calls.chain(settling).chain([self.explores_at]).min();
        // What is due and was not done waits for others to end: nothing is asked more often than this.
        first.unwrap_or(self.explores_at).max(now + REDIAL_MIN)
    }

    /// Returns a time between the half of this one and one and a half.
    fn about(&mut self, time: Duration) -> Duration {
        within(time, self.draw()) + within(time, self.draw()) - time / 2
    }

    /// Returns the next number of a small generator (splitmix64): what it spreads is no secret.
    fn draw(&mut self) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.chance;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Known {
    fn new() -> Self {
        Self {
            configured: None,
            met: None,
            heard: Vec::new(),
            lines: Vec::new(),
            is_called: false,
            explores: false,
            not_before: Duration::ZERO,
            pause: REDIAL_MIN,
        }
    }

    /// Returns where it may be: where the configuration says, where it was, where others say.
    fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        let configured = self.configured.iter().flatten().copied();
        let rest = self.met.into_iter().chain(self.heard.iter().rev().copied());
        configured
            .clone()
            .chain(rest.filter(move |it| !configured.clone().any(|other| other == *it)))
    }

    fn has_address(&self) -> bool {
        self.addresses().next().is_some()
    }

    fn is_connected(&self) -> bool {
        self.lines.iter().any(|line| line.left.is_none())
    }

    fn is_free(&self, now: Duration) -> bool {
        self.lines.is_empty() && !self.is_called && now >= self.not_before
    }

    fn next_pause(&mut self, longest: Duration) -> Duration {
        let pause = self.pause.min(longest);
        self.pause = (pause * 2).min(longest);
        pause
    }
}

/// Returns a time between the half of this one and all of it, so that nodes that lost one peer together do not call it together.
fn within(time: Duration, spread: u64) -> Duration {
    time / 2 + (time / 2).mul_f64((spread >> 11) as f64 / (1_u64 << 53) as f64)
}

fn can_be_called(address: &SocketAddr) -> bool {
    let is_nowhere = match address.ip() {
        IpAddr::V4(ip) => ip.is_unspecified() || ip.is_multicast() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_unspecified() || ip.is_multicast(),
    };
    address.port() != 0 && !is_nowhere
}

#[cfg(test)]
mod tests;
