//! What the writer, the view worker and the readers share: the picture of what is on disk, the fault that ended writing, and who
//! wants to know of news.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use crdt_schema::entry::VerifiedEntry;
use crdt_schema::id::FeedId;

use crate::author::Author;
use crate::awaited::Awaited;
use crate::check::Damaged;
use crate::fault::Fault;
use crate::room::Guard;
use crate::signing::{Pen, Signing};
use crate::state::State;
use crate::view_rows::Dictionaries;
use crate::waiting::Waiting;

/// How often a full disk is measured again: nobody tells when there is room.
const ROOM_CHECK: Duration = Duration::from_secs(1);

/// How long nothing large must have arrived for views to be built: so much for each of several large arrivals that followed one another,
/// since a longer row of them has longer gaps.
const QUIET: Duration = Duration::from_millis(100);
/// The longest that views wait after a large arrival.
const QUIET_MAX: Duration = Duration::from_millis(500);
/// Large arrivals, one after the other, that views wait for.
const ARRIVALS_MAX: u32 = 2_000;
/// How long nothing large has arrived before the search index reads what came: each reading ends with several waits for the disk, and an
/// import or a first synchronisation would otherwise pay for dozens of them.
const INDEX_QUIET: Duration = Duration::from_millis(400);
/// Large arrivals after which the index reads all the same: a quarter of a million items at least.
const INDEX_ARRIVALS_MAX: u64 = 256;

/// Called after each commit that brings entries or charters.
pub type Listener = Box<dyn Fn(&News) + Send + Sync>;

/// What one commit brought. Requests of several callers may share a commit, so both may be there at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The feeds that grew.
    pub feeds: BTreeSet<FeedId>,
    /// Whether charters or approvals came.
    pub has_new_charters: bool,
}

/// See the module.
pub(crate) struct Shared {
    state: RwLock<State>,
    fault: RwLock<Option<Fault>>,
    listeners: RwLock<Vec<Listener>>,
    work: Mutex<Work>,
    is_work: Condvar,
    pub(crate) pen: Pen,
    pub(crate) damaged: Damaged,
    pub(crate) waiting: Waiting,
    pub(crate) awaited: Awaited,
    pub(crate) dictionaries: Dictionaries,
    pub(crate) room: Guard,
    /// Held while answers are read, added to and signed: one statement has them all.
    pub(crate) answering: Mutex<()>,
    /// Held to read while a file is attached, to write while files are cleaned.
    pub(crate) attaching: RwLock<()>,
}

/// What the view worker is told.
#[derive(Debug, Default, Clone, Copy)]
struct Work {
    is_asked: bool,
    is_busy: bool,
    is_stopped: bool,
    has_ended: bool,
    is_reindex_asked: bool,
    /// Large arrivals so far, and those that the worker has waited for.
    arrivals: u64,
    arrivals_seen: u64,
    /// Large arrivals that the index has read, or begun to.
    arrivals_indexed: u64,
}

/// What the view worker does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Build,
    Stop,
}

impl Shared {
    pub(crate) fn new(
        state: State,
        signing: Signing,
        author: Option<Author>,
        waiting: Waiting,
        dictionaries: Dictionaries,
        room: Guard,
    ) -> Self {
        Self {
            state: RwLock::new(state),
            fault: RwLock::default(),
            listeners: RwLock::default(),
            work: Mutex::default(),
            is_work: Condvar::new(),
            pen: Pen::new(signing, author),
            damaged: Damaged::default(),
            waiting,
            awaited: Awaited::default(),
            dictionaries,
            room,
            answering: Mutex::default(),
            attaching: RwLock::default(),
        }
    }

    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn fault(&self) -> Option<Fault> {
        self.fault
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Ends all writing. The first fault is the one that is kept.
    pub(crate) fn stop(&self, fault: &Fault) {
        let mut latched = self.fault.write().unwrap_or_else(PoisonError::into_inner);
        if latched.is_none() {
            tracing::error!(code = fault.code(), "nothing is written any more: {fault}");
            *latched = Some(fault.clone());
        }
    }

    /// Commits, and shows what was committed, as one step for everybody who reads the state.
    ///
    /// INVARIANT: whoever opens a snapshot while holding the state sees both before the commit, or both after it. A view built from a
    /// snapshot with an entry that the state does not show would miss that entry, and its mark would be taken away all the same.
    pub(crate) fn commit(
        &self,
        commit: impl FnOnce() -> Result<(), Fault>,
        ahead: &State,
        entries: &[VerifiedEntry],
        has_new_charters: bool,
    ) -> Result<(), Fault> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        commit()?;
        for entry in entries {
            state.add_entry(entry);
        }
        if state.feed_numbers.len() != ahead.feed_numbers.len() {
            state.feed_numbers.clone_from(&ahead.feed_numbers);
        }
        if state.floods.len() != ahead.floods.len() {
            state.floods.clone_from(&ahead.floods);
        }
        if has_new_charters {
            state.charters.clone_from(&ahead.charters);
        }
        state.take_evaluation(ahead);
        Ok(())
    }

    pub(crate) fn listen(&self, listener: Listener) {
        self.listeners
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(listener);
    }

    pub(crate) fn tell_listeners(&self, news: &News) {
        for listener in self
            .listeners
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
        {
            listener(news);
        }
    }

    pub(crate) fn wake_worker(&self) {
        self.work
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_asked = true;
        self.is_work.notify_all();
    }

    /// Asks the worker to fill the search index anew.
    pub(crate) fn ask_for_index(&self) {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        work.is_reindex_asked = true;
        work.is_asked = true;
        drop(work);
        self.is_work.notify_all();
    }

    /// Returns whether the index is to be filled anew, once for each time it was asked.
    pub(crate) fn takes_index(&self) -> bool {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut work.is_reindex_asked)
    }

    /// Notes that a transaction brought thousands of items.
    pub(crate) fn note_arrival(&self) {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        work.arrivals += 1;
        drop(work);
        self.is_work.notify_all();
    }

    /// Waits while items keep arriving by the thousand: what is on disk is read on demand and given on, so views come after it. Somebody
    /// who sends without end holds them up for so many arrivals only.
    pub(crate) fn let_arrive(&self) {
        for followed in 1..=ARRIVALS_MAX {
            let quiet = QUIET_MAX.min(QUIET * followed);
            let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
            let seen = work.arrivals;
            if seen == work.arrivals_seen || work.is_stopped {
                return;
            }
            work.arrivals_seen = seen;
            let is_quiet = |work: &mut Work| work.arrivals == seen && !work.is_stopped;
            let waited = self.is_work.wait_timeout_while(work, quiet, is_quiet);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Returns whether the index is to read now what came: nothing large has arrived for a while, or very much has since it last read. Waits
    /// for no longer than the next arrival.
    pub(crate) fn may_index(&self) -> bool {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = work.arrivals;
        let unread = seen - work.arrivals_indexed;
        if unread > 0 && unread < INDEX_ARRIVALS_MAX {
            let is_quiet = |work: &mut Work| work.arrivals == seen && !work.is_stopped;
            let waited = self.is_work.wait_timeout_while(work, INDEX_QUIET, is_quiet);
            work = waited.unwrap_or_else(PoisonError::into_inner).0;
            if work.arrivals != seen {
                return false;
            }
        }
        work.arrivals_indexed = seen;
        true
    }

    pub(crate) fn stop_worker(&self) {
        self.work
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_stopped = true;
        self.is_work.notify_all();
    }

    /// Says that the worker has ended with a fault: nothing is built any more.
    pub(crate) fn worker_ended(&self) {
        self.work
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .has_ended = true;
        self.is_work.notify_all();
    }

    /// Returns whether the worker is asked to stop.
    pub(crate) fn is_stopping(&self) -> bool {
        self.work
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_stopped
    }

    /// Waits until every view is built, or the deadline has passed. Returns whether they are.
    pub(crate) fn wait_until_idle(&self, deadline: Duration) -> bool {
        let work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let is_working = |work: &mut Work| (work.is_asked || work.is_busy) && !work.is_stopped;
        // After a fault nobody builds any more: whoever waits would wait for nothing.
        let is_built_on = |work: &mut Work| is_working(work) && !work.has_ended;
        let waited = self.is_work.wait_timeout_while(work, deadline, is_built_on);
        let (mut work, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !is_working(&mut work)
    }

    /// Waits until the disk has room for what is built, or nothing more is to be done.
    pub(crate) fn wait_for_room(&self) -> Next {
        loop {
            let work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
            if work.is_stopped {
                return Next::Stop;
            }
            drop(work);
            if self.room.check().is_ok() {
                return Next::Build;
            }
            let work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
            if !work.is_stopped {
                let _ = self.is_work.wait_timeout(work, ROOM_CHECK);
            }
        }
    }

    /// Waits until there is something to build, or nothing more to do.
    pub(crate) fn wait_for_work(&self) -> Next {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if work.is_stopped {
                return Next::Stop;
            }
            if work.is_asked {
                work.is_asked = false;
                work.is_busy = true;
                return Next::Build;
            }
            work.is_busy = false;
            self.is_work.notify_all();
            work = self
                .is_work
                .wait(work)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}
