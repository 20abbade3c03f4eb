//! One exchange between two nodes, as a value that eats inputs and returns outputs. It does no IO, and knows no time but the timer
//! that it asks for.
//!
//! Both sides do the same: hello, charters, digest; where digests differ, frontier; for each feed of which the other has a head that
//! is not held here, a *want* with a locator; entries in batches, each acknowledged once it is on disk. Then the session stays open:
//! what a feed gains is sent at once when the other is known to hold what is before it, and told otherwise.
//!
//! Assumptions: messages of one direction arrive in order, or the session ends; the store never forgets an entry. It works badly when
//! a feed has hundreds of branches: only four are told.

mod library;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crdt_schema::entry::SignedEntry;
use crdt_schema::id::{EntryId, FederationId, FeedId, hash};

pub use library::{Heads, Library};

use crate::limits::{BATCHES_IN_FLIGHT_MAX, LOCATOR_IDS_MAX, WANTS_MAX};
use crate::message::{CharterBytes, EntryBytes, FeedHeads, Hello, Locator, Message, PROTOCOL};

/// Something that happened.
#[derive(Debug)]
pub enum Input {
    /// The stream is open.
    Start,
    /// The other said something.
    Received(Message),
    /// A batch that we asked to store is on disk. `unconnected` when the other skipped something inside a feed.
    Stored {
        /// Whether an entry's predecessor was missing.
        unconnected: bool,
    },
    /// Charters that we asked to store are on disk.
    ChartersStored,
    /// Feeds grew here: our own, or another peer's news. No feed, when only charters came.
    Grown(BTreeSet<FeedId>),
    /// It is time to compare all heads again.
    Timer,
}

/// Something to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Say this to the other.
    Send(Message),
    /// Verify and store these entries, then say `Stored`.
    Store(Vec<SignedEntry>),
    /// Verify and store these, then say `ChartersStored`.
    StoreCharters(CharterBytes),
    /// The other holds a later entry of *our* feed than we do: this machine was rolled back.
    RolledBack {
        /// The entry that the other holds.
        sequence: u64,
    },
    /// Both sides have said everything that they hold.
    CaughtUp,
    /// End the session, and hold this against the peer.
    Close(PeerFault),
}

/// What a peer did wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeerFault {
    /// An acknowledgement of nothing.
    #[error("it acknowledged what was not sent")]
    AckOfNothing,
    /// An entry or charter whose form or signature does not hold.
    #[error("it sent something whose signature or form does not hold")]
    Forged,
    /// The frames are no messages.
    #[error("it sent a frame that is no message")]
    Frame,
    /// It belongs to another federation.
    #[error("it belongs to another federation")]
    OtherFederation,
    /// Something before hello, or a second hello.
    #[error("it spoke out of turn")]
    OutOfTurn,
    /// No version of the exchange is common.
    #[error("it speaks another version of the exchange: one of the two must be upgraded")]
    Protocol,
    /// It left something out inside a feed.
    #[error("it left an entry out inside a feed")]
    Skipped,
    /// It asked for more than it may.
    #[error("it asked for more than it may")]
    TooMuch,
}

impl PeerFault {
    /// Returns the stable code of this fault.
    pub fn code(self) -> &'static str {
        match self {
            PeerFault::AckOfNothing => "peer_ack_of_nothing",
            PeerFault::Forged => "peer_forged",
            PeerFault::Frame => "peer_frame",
            PeerFault::OtherFederation => "peer_other_federation",
            PeerFault::OutOfTurn => "peer_out_of_turn",
            PeerFault::Protocol => "peer_protocol",
            PeerFault::Skipped => "peer_skipped",
            PeerFault::TooMuch => "peer_too_much",
        }
    }
}

/// One session. See the module.
#[derive(Debug)]
pub struct Session {
    our_feed: Option<FeedId>,
    their_feed: Option<FeedId>,
    has_greeted: bool,
    /// What is left to send, feed by feed.
    serving: VecDeque<Serving>,
    in_flight: usize,
    /// Batches that the store is writing.
    storing: usize,
    /// What the other is known to hold at the end of each feed.
    known: BTreeMap<FeedId, BTreeSet<EntryId>>,
    /// Heads of the other that we asked for.
    wanted: BTreeSet<EntryId>,
    is_caught_up: bool,
}

/// A feed that is being sent.
#[derive(Debug)]
struct Serving {
    feed: FeedId,
    from: u64,
    known: Vec<EntryId>,
}

impl Session {
    /// Starts a session. `their_feed` is the feed of the instance that the network identity belongs to.
    pub fn new(our_feed: Option<FeedId>, their_feed: Option<FeedId>) -> Self {
        Self {
            our_feed,
            their_feed,
            has_greeted: false,
            serving: VecDeque::new(),
            in_flight: 0,
            storing: 0,
            known: BTreeMap::new(),
            wanted: BTreeSet::new(),
            is_caught_up: false,
        }
    }

    /// Takes an input and returns what to do, in this order.
    pub fn handle(&mut self, input: Input, library: &impl Library) -> Vec<Output> {
        let handled = match input {
            Input::Start => Ok(vec![Output::Send(Message::Hello(self.hello(library)))]),
            Input::Received(message) => self.receive(message, library),
            Input::Stored { unconnected } => self.stored(unconnected),
            Input::ChartersStored => Ok(Vec::new()),
            Input::Grown(feeds) => Ok(self.grown(&feeds, library)),
            Input::Timer if self.has_greeted => Ok(vec![digest(library)]),
            Input::Timer => Ok(Vec::new()),
        };
        let mut outputs = handled.unwrap_or_else(|fault| vec![Output::Close(fault)]);
        self.serve(library, &mut outputs);
        // What another peer brought meanwhile is waited for no more.
        self.wanted.retain(|head| !library.holds(head));
        self.notice_caught_up(&mut outputs);
        outputs
    }

    fn hello(&self, library: &impl Library) -> Hello {
        let heads = self
            .their_feed
            .map(|feed| library.heads(&feed))
            .unwrap_or_default();
        Hello {
            protocol: (PROTOCOL, PROTOCOL),
            federation: *library.federation().as_bytes(),
            charter: *library.charter().as_bytes(),
            software: concat!("maillage ", env!("CARGO_PKG_VERSION")).to_owned(),
            your_head: heads
                .into_iter()
                .max()
                .map(|(sequence, id)| (sequence, *id.as_bytes())),
        }
    }

    fn receive(
        &mut self,
        message: Message,
        library: &impl Library,
    ) -> Result<Vec<Output>, PeerFault> {
        match message {
            Message::Hello(hello) => self.greet(&hello, library),
            _ if !self.has_greeted => Err(PeerFault::OutOfTurn),
            Message::Charters(bytes) => Ok(vec![Output::StoreCharters(bytes)]),
            Message::Digest(theirs) if theirs == heads_digest(library) => {
                for (feed, heads) in library.frontier() {
                    self.known
                        .insert(feed, heads.into_iter().map(|(_, head)| head).collect());
                }
                self.is_caught_up = false;
                Ok(Vec::new())
            }
            Message::Digest(_) => Ok(vec![Output::Send(frontier(library.frontier()))]),
            Message::Frontier(feeds) => Ok(self.compare(&feeds, library)),
            Message::Want(locator) => self.take_want(&locator, library),
            Message::Entries(entries) => self.take_entries(entries),
            Message::Ack => {
                self.in_flight = self
                    .in_flight
                    .checked_sub(1)
                    .ok_or(PeerFault::AckOfNothing)?;
                Ok(Vec::new())
            }
        }
    }

    fn greet(&mut self, hello: &Hello, library: &impl Library) -> Result<Vec<Output>, PeerFault> {
        if self.has_greeted {
            return Err(PeerFault::OutOfTurn);
        }
        if FederationId::from_bytes(hello.federation) != library.federation() {
            return Err(PeerFault::OtherFederation);
        }
        if !(hello.protocol.0..=hello.protocol.1).contains(&PROTOCOL) {
            return Err(PeerFault::Protocol);
        }
        self.has_greeted = true;
        let mut outputs = Vec::new();
        if let (Some((sequence, id)), Some(_)) = (hello.your_head, self.our_feed)
            && !library.holds(&EntryId::from_bytes(id))
        {
            outputs.push(Output::RolledBack { sequence });
        }
        if hello.charter != *library.charter().as_bytes() {
            outputs.push(Output::Send(Message::Charters(library.charters())));
        }
        outputs.push(digest(library));
        Ok(outputs)
    }

    /// Asks for every head that is not held here, and remembers what the other holds.
    fn compare(&mut self, feeds: &[FeedHeads], library: &impl Library) -> Vec<Output> {
        let mut outputs = Vec::new();
        for each in feeds {
            let feed = FeedId::from_bytes(each.feed);
            let heads = each.heads.iter().map(|(_, id)| EntryId::from_bytes(*id));
            let (held, missing): (Vec<_>, Vec<_>) = heads.partition(|head| library.holds(head));
            let known = self.known.entry(feed).or_default();
            known.extend(held);
            // Asked once: what is on its way is not asked for again by the next frontier.
            let is_asked = missing.iter().all(|head| self.wanted.contains(head));
            if !is_asked {
                self.wanted.extend(missing);
                let mut ids = library.locator(&feed);
                ids.truncate(LOCATOR_IDS_MAX);
                let ids = ids.iter().map(|id| *id.as_bytes()).collect();
                outputs.push(Output::Send(Message::Want(Locator {
                    feed: each.feed,
                    ids,
                })));
            }
        }
        outputs
    }

    fn take_want(
        &mut self,
        locator: &Locator,
        library: &impl Library,
    ) -> Result<Vec<Output>, PeerFault> {
        if self.serving.len() >= WANTS_MAX {
            return Err(PeerFault::TooMuch);
        }
        let feed = FeedId::from_bytes(locator.feed);
        let known: Vec<EntryId> = locator
            .ids
            .iter()
            .map(|id| EntryId::from_bytes(*id))
            .collect();
        // Without a fork the newest common entry is where to go on. With one, everything after the oldest common ancestor of all
        // branches may be missing, and what is known is left out entry by entry.
        let common = known.iter().filter_map(|id| library.sequence(&feed, id));
        let is_chain = library.heads(&feed).len() == 1;
        let from = if is_chain {
            common.max().map_or(0, |sequence| sequence + 1)
        } else {
            0
        };
        self.serving.push_back(Serving { feed, from, known });
        Ok(Vec::new())
    }

    fn take_entries(&mut self, entries: Vec<EntryBytes>) -> Result<Vec<Output>, PeerFault> {
        if self.storing >= BATCHES_IN_FLIGHT_MAX {
            return Err(PeerFault::TooMuch);
        }
        let signed: Option<Vec<SignedEntry>> =
            entries.into_iter().map(EntryBytes::into_signed).collect();
        let signed = signed.ok_or(PeerFault::Forged)?;
        for entry in &signed {
            if let Ok(header) = crdt_schema::entry::Header::from_bytes(&entry.header) {
                let known = self.known.entry(header.feed).or_default();
                if let Some(previous) = header.previous {
                    known.remove(&previous);
                }
                let id = header.id();
                known.insert(id);
                self.wanted.remove(&id);
            }
        }
        self.storing += 1;
        Ok(vec![Output::Store(signed)])
    }

    fn stored(&mut self, unconnected: bool) -> Result<Vec<Output>, PeerFault> {
        self.storing = self.storing.saturating_sub(1);
        if unconnected {
            return Err(PeerFault::Skipped);
        }
        Ok(vec![Output::Send(Message::Ack)])
    }

    /// Sends what is new to a peer that holds what is before it, and tells the heads to one that may not.
    fn grown(&mut self, feeds: &BTreeSet<FeedId>, library: &impl Library) -> Vec<Output> {
        if !self.has_greeted {
            return Vec::new();
        }
        if feeds.is_empty() {
            return vec![Output::Send(Message::Charters(library.charters()))];
        }
        let mut told = Vec::new();
        for feed in feeds {
            let heads = library.heads(feed);
            let known: Vec<EntryId> = self
                .known
                .get(feed)
                .into_iter()
                .flatten()
                .copied()
                .collect();
            if heads.iter().all(|(_, head)| known.contains(head)) {
                continue;
            }
            let is_followed = heads.len() == 1 && !known.is_empty();
            let is_served = self.serving.iter().any(|serving| serving.feed == *feed);
            match known
                .iter()
                .filter_map(|id| library.sequence(feed, id))
                .max()
            {
                Some(sequence) if is_followed && !is_served => {
                    self.serving.push_back(Serving {
                        feed: *feed,
                        from: sequence + 1,
                        known,
                    });
                }
                _ => told.push((*feed, heads)),
            }
        }
        if told.is_empty() {
            Vec::new()
        } else {
            vec![Output::Send(frontier(told))]
        }
    }

    /// Sends entries while the other acknowledges them.
    fn serve(&mut self, library: &impl Library, outputs: &mut Vec<Output>) {
        if outputs
            .iter()
            .any(|output| matches!(output, Output::Close(_)))
        {
            return;
        }
        while self.in_flight < BATCHES_IN_FLIGHT_MAX {
            let Some(serving) = self.serving.front_mut() else {
                return;
            };
            let (entries, next) = library.entries(&serving.feed, serving.from, &serving.known);
            let feed = serving.feed;
            match next {
                Some(next) => serving.from = next,
                None => {
                    self.serving.pop_front();
                }
            }
            if entries.is_empty() {
                continue;
            }
            let known = self.known.entry(feed).or_default();
            for entry in &entries {
                if let Ok(header) = crdt_schema::entry::Header::from_bytes(&entry.header) {
                    if let Some(previous) = header.previous {
                        known.remove(&previous);
                    }
                    known.insert(header.id());
                }
            }
            self.in_flight += 1;
            let entries = entries.into_iter().map(EntryBytes::from).collect();
            outputs.push(Output::Send(Message::Entries(entries)));
        }
    }

    fn notice_caught_up(&mut self, outputs: &mut Vec<Output>) {
        let is_quiet = self.has_greeted
            && self.serving.is_empty()
            && self.in_flight == 0
            && self.storing == 0
            && self.wanted.is_empty();
        if is_quiet && !self.is_caught_up {
            outputs.push(Output::CaughtUp);
        }
        self.is_caught_up = is_quiet;
    }
}

fn frontier(feeds: Vec<(FeedId, Heads)>) -> Message {
    let feeds = feeds.into_iter().map(|(feed, heads)| FeedHeads {
        feed: *feed.as_bytes(),
        heads: heads
            .into_iter()
            .map(|(sequence, id)| (sequence, *id.as_bytes()))
            .collect(),
    });
    Message::Frontier(feeds.collect())
}

fn digest(library: &impl Library) -> Output {
    Output::Send(Message::Digest(heads_digest(library)))
}

/// The hash of all heads, by which two nodes see that they hold the same entries.
pub fn heads_digest(library: &impl Library) -> [u8; 32] {
    let mut feeds = library.frontier();
    feeds.sort_unstable();
    let mut bytes = Vec::new();
    for (feed, heads) in feeds {
        bytes.extend_from_slice(feed.as_bytes());
        bytes.push(heads.len() as u8);
        for (_, head) in heads {
            bytes.extend_from_slice(head.as_bytes());
        }
    }
    hash("heads", &[&bytes])
}
