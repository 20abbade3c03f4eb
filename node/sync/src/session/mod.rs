//! One exchange between two nodes, as a value that eats inputs and returns outputs. It does no IO and reads no clock.
//!
//! ```text
//! Hello ─► Governance ─► Digest ──────── equal ────────► Open ─┐
//!                          ▲ └► Frontier ─► Catching up ─► ▲   │
//!                          └───────── every few minutes ───────┘
//! ```
//!
//! Assumptions: messages of one side arrive in order and once, or the connection is lost. What the peer says is believed about the
//! peer only: entries, charters and rights are judged by the replica. Both sides run the same machine; each is at most one step
//! ahead of the other, which is why a message that is out of place is a fault and not bad luck.
//!
//! It works badly on a feed with more than four heads: its further branches are not exchanged, and its digest may differ for ever.

mod claimed;
mod door;
mod exchange;
mod fault;
mod fetching;
mod incoming;
mod library;
mod naming;
mod opening;
mod outgoing;
mod pausing;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crdt_schema::id::{EntryId, FeedId};

use crate::limits::{
    BAD_SIGNATURES_MAX, DIGEST_EVERY, DIGEST_JITTER, HEADS_MAX, NEW_HEADS_MAX, SILENCE_MAX,
};
use crate::message::{Head, Message, NewHead, PeerAddress, Stage, Summary, Tip};
use crate::roster::Enough;
use crate::session::incoming::Incoming;
use crate::session::outgoing::Outgoing;

pub use door::{Batch, Config, Event, Input, Output, OwnFeed, Receipt, Refusal, Role, Timer};
pub use fault::{CROWDED, Close, PeerFault};
pub use library::{Library, ObjectsPage, PeerId, Room, Unreadable};

/// Oldest and newest version of the protocol that this program speaks.
pub const PROTOCOL: (u16, u16) = (1, 3);
/// From this version on a node answers `Message::Fetch`.
const PROTOCOL_WITH_FETCH: u16 = 2;
/// From this version on a node hears `Message::Peers`.
const PROTOCOL_WITH_PEERS: u16 = 3;

/// One exchange between two nodes. Times are counted from any fixed moment, by a clock that never goes back.
#[derive(Debug)]
pub struct Session {
    config: Config,
    phase: Phase,
    /// Whether both sides have been level once: from then on new heads may come at any time.
    has_opened: bool,
    peer: Peer,
    /// Heads that the peer announced, sent or acknowledged. Hints: at most four a feed, the newest.
    peer_heads: BTreeMap<FeedId, Vec<Head>>,
    /// Feeds of the frontier that wait for the data stage.
    later: Vec<FeedId>,
    /// Feeds asked for after an announcement, with the head that will show that the answer came.
    wanted: BTreeMap<FeedId, Head>,
    /// Feeds that the peer was told to wait with, and that were not asked for since.
    held_back: BTreeSet<FeedId>,
    /// Feeds that the peer was ever told to wait with.
    has_waited: BTreeSet<FeedId>,
    /// Whether to compare as soon as nothing is under way: a feed waits for what another feed of the peer may hold, or another charter is
    /// in force here than the peer was told.
    is_to_compare: bool,
    /// The charter in force that the peer was told last.
    told_tip: Option<Tip>,
    /// Whether the peer may lack charters or approvals, which are sent once the session is open.
    owes_objects: bool,
    /// Local heads to announce once the session is open.
    announcements: BTreeMap<FeedId, Vec<Head>>,
    /// Heads of our own feed that the peer names and that are not held here, at most `HEADS_MAX`: they were asked for.
    claimed: Vec<NewHead>,
    claim_timer: bool,
    /// Addresses that the peer was told, or told.
    named: BTreeSet<PeerAddress>,
    /// How many addresses the peer told.
    peers_taken: usize,
    /// Entries that are damaged here, to ask for once the session is open.
    to_fetch: Vec<EntryId>,
    incoming: Incoming,
    outgoing: Outgoing,
    bad_signatures: u32,
    heard: Duration,
    is_waiting: bool,
    silence_timer: bool,
    digest_timer: bool,
    outputs: Vec<Output>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Before `Input::Start`.
    Fresh,
    /// Our Hello is sent.
    Hello,
    /// Charters and approvals go both ways.
    Governance,
    /// Our summary is sent.
    Digest(Summary),
    /// Our frontier is sent.
    Frontier,
    /// Entries go both ways.
    Catching(Catching),
    /// Level, and silent until something is new.
    Open,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Catching {
    stage: Stage,
    is_sent: bool,
    is_received: bool,
}

/// What the peer's Hello said, with sound values before it.
#[derive(Debug)]
struct Peer {
    tip: Option<Tip>,
    protocol: u16,
    batch_bytes_max: usize,
}

impl Session {
    /// Makes a session, which does nothing before `Input::Start`.
    pub fn new(config: Config, now: Duration) -> Self {
        Self {
            config,
            phase: Phase::Fresh,
            has_opened: false,
            peer: Peer {
                tip: None,
                protocol: PROTOCOL.0,
                batch_bytes_max: crate::limits::BATCH_BYTES_MIN,
            },
            peer_heads: BTreeMap::new(),
            later: Vec::new(),
            wanted: BTreeMap::new(),
            held_back: BTreeSet::new(),
            has_waited: BTreeSet::new(),
            is_to_compare: false,
            told_tip: None,
            owes_objects: false,
            announcements: BTreeMap::new(),
            claimed: Vec::new(),
            claim_timer: false,
            named: BTreeSet::new(),
            peers_taken: 0,
            to_fetch: Vec::new(),
            incoming: Incoming::default(),
            outgoing: Outgoing::default(),
            bad_signatures: 0,
            heard: now,
            is_waiting: false,
            silence_timer: false,
            digest_timer: false,
            outputs: Vec::new(),
        }
    }

    /// Takes one input and returns what is to be done, in order. A closed session returns nothing.
    pub fn handle<L: Library + ?Sized>(
        &mut self,
        input: Input,
        now: Duration,
        library: &L,
    ) -> Vec<Output> {
        if self.phase == Phase::Closed {
            return Vec::new();
        }
        let done = self
            .take(input, now, library)
            .and_then(|()| self.advance(library))
            .and_then(|()| self.compare_if_due(library));
        match done {
            Ok(()) => self.set_timers(now),
            Err(close) => {
                self.phase = Phase::Closed;
                self.outputs.push(Output::Close(close));
            }
        }
        std::mem::take(&mut self.outputs)
    }

    /// Returns whether both sides are level and nothing is under way.
    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open && self.outgoing.is_idle() && self.incoming.is_idle()
    }

    fn take<L: Library + ?Sized>(
        &mut self,
        input: Input,
        now: Duration,
        library: &L,
    ) -> Result<(), Close> {
        match input {
            Input::Start if self.phase == Phase::Fresh => {
                self.heard = now;
                self.greet(library)
            }
            Input::Start => Ok(()),
            Input::Message(message) => {
                self.heard = now;
                self.receive(message, library)
            }
            Input::Stored { batch, outcome } => {
                self.heard = now;
                self.stored(batch, outcome, library)
            }
            Input::NewLocalHead(new) => {
                self.announce_later(new);
                Ok(())
            }
            Input::NewObjects => {
                self.owes_objects = true;
                self.look_at_tip(library)
            }
            Input::Fetch(ids) => {
                self.fetch_later(ids);
                Ok(())
            }
            Input::Ask(heads) => self.ask_for(heads, library),
            Input::Peers(peers) => {
                self.name_peers(peers);
                Ok(())
            }
            Input::Resume => self.resume(library),
            Input::Compare => self.compare(library),
            Input::Timer(timer) => self.ring(timer, now, library),
            Input::Leave(Enough::Crowded) => Err(Close::Crowded),
            Input::Leave(Enough::Double) => Err(Close::Double),
            Input::Lost => Err(Close::Lost),
            Input::Stop => Err(Close::Stopping),
        }
    }

    fn receive<L: Library + ?Sized>(&mut self, message: Message, library: &L) -> Result<(), Close> {
        let is_catching = matches!(self.phase, Phase::Catching(_));
        let is_exchanging = is_catching || self.has_opened;
        let is_governance = self.phase == Phase::Governance;
        let in_place = match &message {
            Message::Hello(_) => self.phase == Phase::Hello,
            Message::Governance(_) | Message::Ack { .. } => is_governance || is_exchanging,
            Message::Digest(_) => matches!(self.phase, Phase::Digest(_) | Phase::Open),
            Message::Frontier(_) => self.phase == Phase::Frontier,
            Message::Done(_) => is_catching,
            Message::Ask { .. } | Message::Locators { .. } | Message::Entries(_) => is_exchanging,
            Message::NewHeads { .. } | Message::Want(_) => self.has_opened,
            Message::Fetch { .. } | Message::Peers { .. } => self.has_opened,
        };
        if !in_place {
            return Err(PeerFault::OutOfState(message.name()).into());
        }
        match message {
            Message::Hello(hello) => self.meet(&hello, library),
            Message::Governance(objects) => self.take_objects(objects),
            Message::Digest(theirs) => self.take_digest(theirs, library),
            Message::Frontier(frontier) => self.take_frontier(frontier, library),
            Message::Ask { feeds } => self.answer(&feeds, library),
            Message::Locators { locators } => self.take_locators(locators, library),
            Message::Entries(entries) => self.take_entries(&entries),
            Message::Ack { batch, paused } => self.take_ack(batch, paused),
            Message::Done(stage) => self.take_done(stage),
            Message::NewHeads { heads } => self.take_new_heads(heads, library),
            Message::Want(want) => self.take_want(&want, library),
            Message::Fetch { ids } => self.take_fetch(ids),
            Message::Peers { peers } => self.take_peers(peers),
        }
    }

    fn stored<L: Library + ?Sized>(
        &mut self,
        batch: u32,
        outcome: Result<Receipt, Refusal>,
        library: &L,
    ) -> Result<(), Close> {
        let receipt = outcome.map_err(|refusal| match refusal {
            Refusal::Invalid(reason) => Close::PeerFault(PeerFault::Invalid(reason)),
            Refusal::Fault(unreadable) => Close::Fault(unreadable),
            Refusal::NoRoom => Close::NoRoom,
            Refusal::Flood => Close::PeerFault(PeerFault::Flood),
        })?;
        self.bad_signatures = self.bad_signatures.saturating_add(receipt.bad_signatures);
        if self.bad_signatures >= BAD_SIGNATURES_MAX {
            return Err(PeerFault::Signatures.into());
        }
        for new in &receipt.heads {
            self.note(new.feed, new.head);
        }
        self.incoming.settle(batch);
        self.hold_back(&receipt);
        let mut paused = receipt.paused;
        paused.truncate(crate::limits::BATCH_ENTRIES_MAX);
        self.send(Message::Ack { batch, paused });
        if receipt.has_new_objects {
            self.look_at_tip(library)?;
        }
        self.want_again(library)
    }

    fn ring<L: Library + ?Sized>(
        &mut self,
        timer: Timer,
        now: Duration,
        library: &L,
    ) -> Result<(), Close> {
        match timer {
            Timer::Claim => self.look_at_claims(library),
            Timer::Digest => {
                self.digest_timer = false;
                self.compare(library)
            }
            Timer::Silence => {
                self.silence_timer = false;
                if self.is_waiting && now >= self.heard + SILENCE_MAX {
                    return Err(PeerFault::Silent.into());
                }
                Ok(())
            }
        }
    }

    fn set_timers(&mut self, now: Duration) {
        // While our own disk is at work it is not the peer's turn.
        let is_idle = self.outgoing.is_idle() && self.incoming.is_idle();
        let is_due = match self.phase {
            Phase::Fresh | Phase::Closed => false,
            Phase::Hello | Phase::Digest(_) | Phase::Frontier => true,
            Phase::Governance | Phase::Catching(_) => !self.incoming.is_storing(),
            Phase::Open => !is_idle && !self.incoming.is_storing(),
        };
        if is_due && !self.is_waiting {
            self.heard = now;
        }
        self.is_waiting = is_due;
        if is_due && !self.silence_timer {
            self.silence_timer = true;
            let at = self.heard + SILENCE_MAX;
            self.outputs.push(Output::Schedule(Timer::Silence, at));
        }
        self.set_claim_timer(now);
        let compares = self.phase == Phase::Open && self.config.role == Role::Dialler;
        if compares && !self.digest_timer {
            self.digest_timer = true;
            let jitter = self.config.jitter % DIGEST_JITTER.as_millis() as u64;
            let at = now + DIGEST_EVERY + Duration::from_millis(jitter);
            self.outputs.push(Output::Schedule(Timer::Digest, at));
        }
    }

    fn announce_later(&mut self, new: NewHead) {
        // A feed that finds no room is found by the next digest.
        let is_full = self.announcements.len() >= NEW_HEADS_MAX;
        if !is_full || self.announcements.contains_key(&new.feed) {
            keep_newest(self.announcements.entry(new.feed).or_default(), new.head);
        }
    }

    /// Remembers that the peer holds this entry.
    fn note(&mut self, feed: FeedId, head: Head) {
        let is_full = self.peer_heads.len() >= crate::limits::FRONTIER_FEEDS_MAX;
        if !is_full || self.peer_heads.contains_key(&feed) {
            keep_newest(self.peer_heads.entry(feed).or_default(), head);
        }
    }

    /// Returns the peer's heads in this feed that we lack.
    fn lacks<L: Library + ?Sized>(&self, feed: &FeedId, library: &L) -> Result<Vec<Head>, Close> {
        let mut lacking = Vec::new();
        for head in self.peer_heads.get(feed).into_iter().flatten() {
            if !library.holds(feed, head)? {
                lacking.push(*head);
            }
        }
        Ok(lacking)
    }

    fn send(&mut self, message: Message) {
        self.outputs.push(Output::Send(message));
    }

    fn report(&mut self, event: Event) {
        self.outputs.push(Output::Report(event));
    }
}

fn keep_newest(heads: &mut Vec<Head>, head: Head) {
    if heads.contains(&head) {
        return;
    }
    heads.push(head);
    heads.sort_unstable();
    if heads.len() > HEADS_MAX {
        heads.remove(0);
    }
}
