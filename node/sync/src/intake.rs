//! What this node takes in for now: quotas as they are spent, repetitions by peer, and the feeds that wait.
//!
//! It only ever decides what is *held*, by stopping at a prefix of a feed. Feeds of coordinators are counted and never stopped: what takes
//! rights away must get through.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crdt_schema::entry::{Certificate, Certified, Header, Root, VerifiedEntry};
use crdt_schema::governance::{Line, Quotas};
use crdt_schema::id::{EntryId, FeedId};
use crdt_schema::time::Timestamp;
use replica::{Fault, Replica, RoomState, State, WaitingEdit, WaitingEdits};

use crate::gate::Door;
use crate::limits::{FETCH_IDS_MAX, FRONTIER_FEEDS_MAX, WAITING_BYTES_MAX, WAITING_EDITS_MAX};
use crate::quota::{Account, Day, Ledger, Offer, Spent};
use crate::session::PeerId;

/// See the module.
pub struct Intake {
    replica: Arc<Replica>,
    door: Arc<dyn Door>,
    now: fn() -> Timestamp,
    books: Mutex<Books>,
    pauses: Mutex<BTreeMap<FeedId, Pause>>,
    /// Entries that all peers were asked to send again, with those that have done so.
    asked: Mutex<BTreeMap<EntryId, BTreeSet<PeerId>>>,
}

/// A feed of which nothing more is taken for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Who pays for it.
    pub account: Account,
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: PauseReason,
}

/// Why a feed waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseReason {
    /// The disk of this node has too little room. Coordinators go on.
    Disk,
    /// Nothing is written to the disk of this node.
    Full,
    /// Too many of its partner's edits stand on edits that are not held.
    Missing,
    /// Its partner has published all that the charter allows in this day, UTC.
    Quota(Quotas, Day),
}

/// What is counted.
#[derive(Debug)]
struct Books {
    ledger: Ledger,
    /// The day of the two counters below.
    day: Day,
    /// What each peer sent again today.
    repeated: BTreeMap<PeerId, Spent>,
    /// What was new today, from all peers.
    fresh: Spent,
}

/// What pauses depend on, at one moment.
struct Present {
    today: Day,
    quotas: Option<Quotas>,
    room: RoomState,
    /// What waits for what is not held, by account.
    waiting: BTreeMap<Account, WaitingEdits>,
}

/// The books, open while a batch of a peer is judged and stored: two peers who bring the same entry are counted once.
pub(crate) struct Judging<'i> {
    intake: &'i Intake,
    /// Who brings the batch; `None` for a file that a person gave.
    from: Option<PeerId>,
    room: RoomState,
    /// `None` where the charter has no quota: nothing is counted then.
    counting: Option<Counting<'i>>,
    /// Certificates that the batch itself brings.
    certificates: BTreeMap<FeedId, Certificate>,
    paused: BTreeSet<FeedId>,
    misses: bool,
}

struct Counting<'i> {
    books: MutexGuard<'i, Books>,
    quotas: Quotas,
    today: Day,
}

impl PauseReason {
    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        match self {
            PauseReason::Disk => "disk",
            PauseReason::Full => "disk_full",
            PauseReason::Missing => "missing",
            PauseReason::Quota(..) => "quota",
        }
    }

    /// Returns when the feed goes on by itself, where that is known.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            PauseReason::Disk | PauseReason::Full | PauseReason::Missing => None,
            PauseReason::Quota(_, day) => Some(day.next().start()),
        }
    }
}

impl Intake {
    pub(crate) fn new(replica: Arc<Replica>, door: Arc<dyn Door>, now: fn() -> Timestamp) -> Self {
        let books = Books {
            ledger: Ledger::from_rows(&door.spent()),
            day: Day::of(now()),
            repeated: BTreeMap::new(),
            fresh: Spent::default(),
        };
        Self {
            replica,
            door,
            now,
            books: Mutex::new(books),
            pauses: Mutex::default(),
            asked: Mutex::default(),
        }
    }

    /// Returns the feeds that wait.
    pub fn pauses(&self) -> BTreeMap<FeedId, Pause> {
        let present = self.present();
        let mut pauses = self.lock_pauses().clone();
        pauses.retain(|_, pause| present.upholds(pause));
        pauses
    }

    /// Returns what is charged to a day, by account. Nothing is charged while the charter has no quota.
    pub fn spent_on(&self, day: Day) -> BTreeMap<Account, Spent> {
        let books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = books.ledger.on(day);
        spent.map(|(account, spent)| (*account, spent)).collect()
    }

    pub(crate) fn is_paused(&self, feed: &FeedId) -> bool {
        let present = self.present();
        let pauses = self.lock_pauses();
        pauses.get(feed).is_some_and(|pause| present.upholds(pause))
    }

    /// Forgets the pauses that are over. Returns whether there were some.
    pub(crate) fn end_pauses(&self) -> bool {
        let present = self.present();
        let mut pauses = self.lock_pauses();
        let before = pauses.len();
        pauses.retain(|_, pause| present.upholds(pause));
        pauses.len() < before
    }

    /// Remembers that all peers are asked to send these entries again: the answer of each is no repetition. Of more than a session asks
    /// for at once, the earlier ones are forgotten.
    pub(crate) fn expect(&self, entries: &[EntryId]) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len().saturating_add(entries.len()) > FETCH_IDS_MAX {
            asked.clear();
        }
        let entries = entries.iter().take(FETCH_IDS_MAX);
        asked.extend(entries.map(|entry| (*entry, BTreeSet::new())));
    }

    /// Opens the books for a batch of a peer.
    pub(crate) fn judge(&self, from: Option<PeerId>) -> Result<Judging<'_>, Fault> {
        let room = self.replica.room()?.state();
        let quotas = quotas(&self.replica.state());
        let counting = quotas.map(|quotas| {
            let today = self.today();
            let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
            books.begin(today);
            Counting {
                books,
                quotas,
                today,
            }
        });
        Ok(Judging {
            intake: self,
            from,
            room,
            counting,
            certificates: BTreeMap::new(),
            paused: BTreeSet::new(),
            misses: false,
        })
    }

    /// Never asked with a lock of this module held: it takes that of the state.
    fn present(&self) -> Present {
        let by_feed = self.replica.waiting_edits();
        let state = self.replica.state();
        Present {
            today: self.today(),
            quotas: quotas(&state),
            // A disk that cannot be measured is left to whoever writes to it.
            room: self
                .replica
                .room()
                .map_or(RoomState::Ample, |room| room.state()),
            waiting: by_account(&state, by_feed, &BTreeMap::new()),
        }
    }

    fn today(&self) -> Day {
        Day::of((self.now)())
    }

    fn pause(&self, feed: FeedId, account: Account, reason: PauseReason) {
        let mut pauses = self.lock_pauses();
        // As many as a frontier tells. A feed that finds no room here is offered again in the next session.
        if pauses.len() >= FRONTIER_FEEDS_MAX && !pauses.contains_key(&feed) {
            return;
        }
        let is_new = pauses.get(&feed).is_none_or(|pause| pause.reason != reason);
        if is_new {
            tracing::info!(feed = %feed.short(), reason = reason.code(), "a feed waits");
            let since = (self.now)();
            let pause = Pause {
                account,
                since,
                reason,
            };
            pauses.insert(feed, pause);
        }
    }

    fn lock_pauses(&self) -> MutexGuard<'_, BTreeMap<FeedId, Pause>> {
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Present {
    fn upholds(&self, pause: &Pause) -> bool {
        match pause.reason {
            PauseReason::Disk => self.room != RoomState::Ample,
            PauseReason::Full => self.room == RoomState::Full,
            // Not before half of it is gone: otherwise it would be asked for again and again.
            PauseReason::Missing => {
                let waiting = self.waiting.get(&pause.account).copied();
                let waiting = waiting.unwrap_or_default();
                waiting.edits > WAITING_EDITS_MAX / 2 || waiting.bytes > WAITING_BYTES_MAX / 2
            }
            PauseReason::Quota(then, day) => day == self.today && self.quotas == Some(then),
        }
    }
}

impl Books {
    fn begin(&mut self, today: Day) {
        if self.day != today {
            self.day = today;
            self.repeated.clear();
            self.fresh = Spent::default();
        }
    }
}

impl Judging<'_> {
    /// Returns whether a new entry is taken today, and charges it. Nothing more of a feed is taken in this batch once one was not.
    pub(crate) fn takes(
        &mut self,
        state: &State,
        entry: &VerifiedEntry,
        bytes: u64,
        waiting: &[WaitingEdit],
    ) -> bool {
        let header = entry.header();
        if self.paused.contains(&header.feed) {
            return false;
        }
        if let Some(certificate) = entry.certificate() {
            self.certificates
                .entry(header.feed)
                .or_insert_with(|| certificate.clone());
        }
        let held = state.certificates().get(&header.feed);
        let certificate = held.or_else(|| self.certificates.get(&header.feed));
        let account = account(state, &header.feed, certificate);
        let decides = certificate.is_some_and(|its| decides(state, header, its));
        let reason = match (self.room, decides) {
            (RoomState::Full, true) => Some(PauseReason::Full),
            (RoomState::Ample | RoomState::Low, true) => None,
            (RoomState::Full | RoomState::Low, false) => Some(PauseReason::Disk),
            (RoomState::Ample, false) => self
                .misses_too_much(state, account, waiting)
                .then_some(PauseReason::Missing),
        };
        if let Some(reason) = reason {
            self.misses |= reason == PauseReason::Missing;
            self.paused.insert(header.feed);
            self.intake.pause(header.feed, account, reason);
            return false;
        }
        let Some(counting) = &mut self.counting else {
            return true;
        };
        let offer = Offer {
            account,
            claimed: Day::of(header.claimed),
            bytes,
        };
        let (books, today) = (&mut *counting.books, counting.today);
        if decides {
            books.ledger.count(&offer, today);
        } else if !books.ledger.charge(&offer, today, &counting.quotas) {
            let reason = PauseReason::Quota(counting.quotas, today);
            self.intake.pause(header.feed, account, reason);
            self.paused.insert(header.feed);
            return false;
        }
        books.fresh = books.fresh.plus(Spent::one(offer.bytes));
        true
    }

    /// Returns whether nothing at all is written for now.
    pub(crate) fn is_full(&self) -> bool {
        self.room == RoomState::Full
    }

    /// Returns whether the peer sends an entry that it was asked for, and has not sent it since.
    pub(crate) fn is_answer(&self, entry: &EntryId) -> bool {
        // A file was asked for nothing.
        let Some(from) = self.from else {
            return false;
        };
        let asked = self.intake.asked.lock();
        let mut asked = asked.unwrap_or_else(PoisonError::into_inner);
        asked
            .get_mut(entry)
            .is_some_and(|answered| answered.insert(from))
    }

    /// Counts an entry that is held already against the peer that sent it. Returns whether that is too much: more than all partners
    /// together may publish in a day, beside what came for the first time, which several peers may send at once.
    pub(crate) fn is_flooded(&mut self, state: &State, bytes: u64) -> bool {
        // A file says everything again each time, and costs only whoever gave it.
        let (Some(counting), Some(from)) = (&mut self.counting, self.from) else {
            return false;
        };
        let books = &mut *counting.books;
        let fresh = books.fresh;
        let repeated = books.repeated.entry(from).or_default();
        *repeated = repeated.plus(Spent::one(bytes));
        let beside = Spent {
            entries: repeated.entries.saturating_sub(fresh.entries),
            bytes: repeated.bytes.saturating_sub(fresh.bytes),
        };
        let partners = state.governance().partners().enrolled().len();
        !beside.is_within(&counting.quotas, partners as u64)
    }

    /// Returns whether a partner's edits that wait would be too many with these.
    fn misses_too_much(&self, state: &State, account: Account, waiting: &[WaitingEdit]) -> bool {
        if waiting.is_empty() {
            return false;
        }
        let by_feed = self.intake.replica.waiting_edits();
        let held = by_account(state, by_feed, &self.certificates);
        let held = held.get(&account).copied().unwrap_or_default();
        let all = held.plus(WaitingEdits::of(waiting));
        all.edits > WAITING_EDITS_MAX || all.bytes > WAITING_BYTES_MAX
    }

    /// Returns the feeds that wait.
    pub(crate) fn paused(&self) -> &BTreeSet<FeedId> {
        &self.paused
    }

    /// Returns whether some of them wait for edits that other feeds may hold.
    pub(crate) fn misses(&self) -> bool {
        self.misses
    }

    /// Keeps what was counted, once the batch is stored.
    pub(crate) fn close(mut self) {
        if let Some(counting) = &mut self.counting {
            let rows = counting.books.ledger.take_changes();
            if !rows.is_empty() {
                self.intake.door.keep_spent(&rows);
            }
        }
    }
}

/// Returns the quotas of the charter in force, if it has some.
fn quotas(state: &State) -> Option<Quotas> {
    let quotas = state.governance().adoption().tip().quotas;
    (quotas != Quotas::default()).then_some(quotas)
}

/// `more` are certificates that are not stored yet.
fn by_account(
    state: &State,
    feeds: BTreeMap<FeedId, WaitingEdits>,
    more: &BTreeMap<FeedId, Certificate>,
) -> BTreeMap<Account, WaitingEdits> {
    let mut accounts: BTreeMap<Account, WaitingEdits> = BTreeMap::new();
    for (feed, waiting) in feeds {
        let certificate = state.certificates().get(&feed);
        let certificate = certificate.or_else(|| more.get(&feed));
        let sum = accounts.entry(account(state, &feed, certificate));
        let sum = sum.or_default();
        *sum = sum.plus(waiting);
    }
    accounts
}

/// A certificate is believed only where its root is in force: otherwise anybody could spend what a partner may publish.
fn account(state: &State, feed: &FeedId, certificate: Option<&Certificate>) -> Account {
    let partners = state.governance().partners();
    match certificate {
        Some(its) if partners.vouches_for(feed, &its.into()) => Account::Partner(its.partner),
        _ => Account::Strangers,
    }
}

/// Returns whether an entry may hold a decision: its feed is one of a partner that an adopted charter names as a coordinator, and is not
/// cut before it. An outdated root may have signed what takes away.
fn decides(state: &State, header: &Header, certificate: &Certificate) -> bool {
    let governance = state.governance();
    let is_named = governance.adoption().ever_coordinated(&certificate.partner);
    let certified = Certified::from(certificate);
    let line = governance.roots().line(&certified.partner);
    let is_root = match line.map(Line::roots) {
        None => certified.root == Root::First,
        Some(roots) => roots.contains(&certified.root),
    };
    let cut = governance.partners().cut_at(&header.feed);
    is_named && is_root && cut.is_none_or(|cut| header.sequence <= cut)
}
