//! Which nodes are called, and which sessions are ended: a value that hears what happens and says what to do. It does no IO, reads no
//! clock and draws no secret, so that the simulator of two hundred nodes runs the choice that nodes make.
//!
//! A node wants six sessions, one of them with a coordinator and three that it chose: those that call may all be one partner's. It calls whom its configuration names, then anybody of the federation of
//! whom it has heard an address. Where more than twenty-four sessions are open the oldest are ended, with a number that says "call others",
//! since a node that two hundred call would serve none. From time to time a node that has its six calls one more and lets the
//! oldest go: two halves of a network that was cut have their six each, and would else never meet again.
//!
//! Addresses are hints. Who answers there proves its identity, and only nodes with a live certificate are called or told of. What is told on
//! was proven by a session of one's own, so that a lie goes no further than to those whom the liar tells it. Which addresses are called
//! because somebody says so is one module (`places`).
//! It works badly where nodes cannot be called back (behind a router): they are found only by their own calls.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::limits::{
    CALLS_MAX, CROWDED_PAUSE, EXPLORE_EVERY, PEERS_KNOWN_MAX, REDIAL_MAX, REDIAL_MIN,
    REDIAL_REFUSED_MAX, REQUEST_IDS_MAX, SEARCH_PAUSE_MAX, SESSIONS_CHOSEN, SESSIONS_CROWDED,
    SESSIONS_WANTED, SETTLED_MIN,
};
use crate::message::PeerAddress;
use crate::roster::known::{Known, Line};
use crate::session::PeerId;

mod known;
mod places;

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
                Parting::Unwell if known.configured.is_none() => REDIAL_REFUSED_MAX,
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
        let longest = known.longest_pause();
        known.not_before = now + within(known.next_pause(longest), spread);
        if known.configured.is_none() {
            self.not_before = now + within(self.pause, own_spread);
            self.pause = (self.pause * 2).min(SEARCH_PAUSE_MAX);
        }
    }

    /// A peer tells where others are. Those of no rank are left out, and so is whatever is nearer to us than the peer is.
    pub fn heard(&mut self, from: PeerId, told: &[PeerAddress], rank: impl Fn(&PeerId) -> Rank) {
        let place = self.place_of(&from);
        for PeerAddress { peer, address } in told {
            if *peer == self.own || *peer == from || !places::may_tell(place, address) {
                continue;
            }
            if !self.known.contains_key(peer) {
                if rank(peer) == Rank::None || !self.has_room(&rank) {
                    continue;
                }
                self.known.insert(*peer, Known::new());
            }
            if let Some(known) = self.known.get_mut(peer) {
                known.hear(from, *address);
            }
        }
    }

    /// Adds nodes that were met before the last start, where they were then.
    pub fn remember(&mut self, met: &[PeerAddress], rank: impl Fn(&PeerId) -> Rank) {
        for PeerAddress { peer, address } in met {
            let is_there = places::is_callable(address) && self.has_room(&rank);
            if *peer != self.own && is_there && rank(peer) != Rank::None {
                let known = self.known.entry(*peer).or_insert_with(Known::new);
                known.met.get_or_insert(*address);
            }
        }
    }

    /// Returns whether one more node can be remembered. Those that have no right any more make room.
    fn has_room(&mut self, rank: impl Fn(&PeerId) -> Rank) -> bool {
        if self.known.len() >= PEERS_KNOWN_MAX {
            self.forget(rank);
        }
        self.known.len() < PEERS_KNOWN_MAX
    }

    fn forget(&mut self, rank: impl Fn(&PeerId) -> Rank) {
        self.known.retain(|peer, known| {
            let is_needed = known.configured.is_some() || !known.is_free_at_all();
            is_needed || rank(peer) != Rank::None
        });
    }

    /// Returns what a peer may be told: where this node met others, as far as the peer can be there itself. One message of it, which is others for
    /// others and at other times: whoever serves many is not to send everything to each of them.
    pub fn to_tell(&self, to: &PeerId, rank: impl Fn(&PeerId) -> Rank) -> Vec<PeerAddress> {
        if rank(to) == Rank::None {
            return Vec::new();
        }
        let place = self.place_of(to);
        let mut told = self.met(rank);
        told.retain(|it| it.peer != *to && places::may_tell(place, &it.address));
        let spread = to
            .as_bytes()
            .first_chunk()
            .map_or(0, |it| u64::from_be_bytes(*it));
        let from = spread.wrapping_add(self.version.wrapping_mul(REQUEST_IDS_MAX as u64));
        let from = from % told.len().max(1) as u64;
        told.rotate_left(from as usize);
        told.truncate(REQUEST_IDS_MAX);
        told
    }

    fn place_of(&self, peer: &PeerId) -> Option<SocketAddr> {
        self.known.get(peer)?.met
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

    /// Returns the nodes that have a right to be here with an address at which they were met, to be remembered over a restart.
    pub fn met(&self, rank: impl Fn(&PeerId) -> Rank) -> Vec<PeerAddress> {
        let known = self.known.iter();
        known
            .filter_map(|(peer, known)| {
                let address = known.met?;
                (rank(peer) != Rank::None).then_some(PeerAddress {
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
        self.call_configured(now, &mut orders);
        self.call_others(now, &rank, &mut orders);
        (orders, self.next(now, &rank))
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

    /// Those without a right are among them: whoever calls says so to the operator, and sends nothing.
    fn call_configured(&mut self, now: Duration, orders: &mut Vec<Order>) {
        for (peer, known) in &mut self.known {
            let is_due = known.configured.is_some() && known.is_free(now);
            if is_due && *peer != self.own {
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
        let missing = SESSIONS_WANTED.saturating_sub(reached);
        let missing = missing.max(SESSIONS_CHOSEN.saturating_sub(self.chosen()));
        let wanted = missing + usize::from(explores);
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

    /// Returns how many nodes are called, or connected because this node called.
    fn chosen(&self) -> usize {
        let is_outward = |line: &Line| line.is_outward && line.left.is_none();
        let known = self.known.values();
        known
            .filter(|it| it.is_called || it.lines.iter().any(is_outward))
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

    fn next(&self, now: Duration, rank: &impl Fn(&PeerId) -> Rank) -> Duration {
        let is_short = self.connected() < SESSIONS_WANTED || self.chosen() < SESSIONS_CHOSEN;
        let known = self.known.iter();
        let calls = known.filter_map(|(peer, known)| {
            let is_free = !known.is_connected() && !known.is_called;
            let is_called_at = if known.configured.is_none() {
                known.not_before.max(self.not_before)
            } else {
                known.not_before
            };
            let is_met =
                is_short && self.meets_others && known.has_address() && rank(peer) != Rank::None;
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

/// Returns a time between the half of this one and all of it, so that nodes that lost one peer together do not call it together.
fn within(time: Duration, spread: u64) -> Duration {
    time / 2 + (time / 2).mul_f64((spread >> 11) as f64 / (1_u64 << 53) as f64)
}

#[cfg(test)]
mod tests;
