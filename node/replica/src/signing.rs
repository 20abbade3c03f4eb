//! With which key this node signs, whether it may sign acts, and why not.
//!
//! A feed ends for good when its node finds that somebody else has written in it: its store was rolled back, a backup was restored by
//! hand, or the folder was copied. The end is kept in the sidecar, so that what peers bring later does not revive the key.
//!
//! Only a signature proves that. A peer that names an entry which is not held here may lie: then signing is *held*, in memory, while the
//! peer is asked for it. Who holds it, and for how long, is decided by whoever hears the peers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, RwLock};
use std::time::Duration;

use crdt_schema::entry::VerifiedEntry;
use crdt_schema::id::FeedId;

use crate::author::Author;
use crate::fault::Fault;
use crate::published::{Mark, Published, Sidecar};
use crate::replica::Replica;
use crate::state::State;

/// How long what a person saves waits for the end of a hold: an honest peer brings what it names in less, and a page answers within 30 s.
const HELD_WAIT: Duration = Duration::from_secs(5);

/// With which key this node signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// With the key of this feed.
    Feed(FeedId),
    /// With none any more: entries of this feed exist that this store did not write. A new instance key is needed.
    Ended(FeedId),
    /// With none: the node has no instance key.
    Keyless,
}

/// What the writer decides and everybody reads.
#[derive(Debug)]
pub(crate) struct Pen {
    signing: RwLock<Signing>,
    author: RwLock<Option<Author>>,
    holds_acts: AtomicBool,
    is_held: Mutex<bool>,
    has_changed: Condvar,
}

impl Pen {
    pub(crate) fn new(signing: Signing, author: Option<Author>) -> Self {
        Self {
            signing: RwLock::new(signing),
            author: RwLock::new(author),
            holds_acts: AtomicBool::new(false),
            is_held: Mutex::new(false),
            has_changed: Condvar::new(),
        }
    }

    pub(crate) fn signing(&self) -> Signing {
        *self.signing.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the key of the feed that is signed now.
    pub(crate) fn author(&self) -> Option<Author> {
        let author = self.author.read().unwrap_or_else(PoisonError::into_inner);
        let author = author.clone();
        author.filter(|author| self.signing() == Signing::Feed(author.feed()))
    }

    pub(crate) fn give(&self, author: Author) {
        *self.author.write().unwrap_or_else(PoisonError::into_inner) = Some(author);
    }

    pub(crate) fn set(&self, signing: Signing) {
        *self.signing.write().unwrap_or_else(PoisonError::into_inner) = signing;
        // A hold is about the feed that was signed until now.
        self.hold(false);
    }

    fn hold(&self, holds: bool) {
        *self.is_held.lock().unwrap_or_else(PoisonError::into_inner) = holds;
        self.has_changed.notify_all();
    }

    pub(crate) fn is_held(&self) -> bool {
        *self.is_held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the end of a hold, for a while.
    pub(crate) fn wait_while_held(&self) {
        let is_held = self.is_held.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .has_changed
            .wait_timeout_while(is_held, HELD_WAIT, |is_held| *is_held);
        drop(waited);
    }

    pub(crate) fn holds_acts(&self) -> bool {
        self.holds_acts.load(Ordering::Acquire)
    }

    pub(crate) fn hold_acts(&self, holds: bool) {
        self.holds_acts.store(holds, Ordering::Release);
    }
}

impl Replica {
    /// Holds all signing, or no more: a peer says that our feed goes on beyond what is held here, and has not shown it yet. Nothing of it
    /// is on disk. Ends by itself with the feed.
    pub fn hold_signing(&self, holds: bool) {
        self.shared().pen.hold(holds);
    }

    /// Returns whether nothing is signed for now.
    pub fn is_signing_held(&self) -> bool {
        self.shared().pen.is_held()
    }

    /// Ends our own feed if one of these entries is of it and not held here: whoever signed it has our key. Whether it is kept is another
    /// question: a quota, a gap or a full disk may leave it out, and takes nothing away from what it proves.
    pub fn guard_own_feed<'e>(
        &self,
        entries: impl IntoIterator<Item = &'e VerifiedEntry>,
    ) -> Result<(), Fault> {
        let Some(own) = self.feed() else {
            return Ok(());
        };
        let is_foreign = self.state().is_foreign(own, entries);
        match is_foreign {
            true => self.end_feed(),
            false => Ok(()),
        }
    }
}

/// Compares what is held of our own feed with what we know to have published, and ends the feed when the store is the older one.
pub(crate) fn judge(
    author: Option<Author>,
    sidecar: &Sidecar,
    state: &State,
) -> Result<(Option<Author>, Signing), Fault> {
    let Some(author) = author else {
        return Ok((None, Signing::Keyless));
    };
    let feed = author.feed();
    let held = state.feeds.furthest_head(&feed);
    let mark = match sidecar.read() {
        // A sidecar that cannot be read says nothing, like one that is missing.
        Err(Fault::Damaged { .. }) => None,
        read => read?,
    };
    let published = match mark {
        Some(Mark::Ended(ended)) if ended == feed => return Ok((None, Signing::Ended(feed))),
        Some(Mark::Published(published)) if published.feed == feed => Some(published),
        _ => None,
    };
    match (held, published) {
        (None, None) => {}
        (Some((sequence, entry)), Some(published)) if state.feeds.holds(&published.entry) => {
            if sequence != published.sequence {
                // The store is ahead: the process ended between the commit and the sidecar.
                sidecar.write(&Published {
                    feed,
                    sequence,
                    entry,
                })?;
            }
        }
        _ => {
            sidecar.end(&feed)?;
            tracing::warn!(feed = %feed.short(), "the store is older than what this node has published: its feed ends here");
            return Ok((None, Signing::Ended(feed)));
        }
    }
    Ok((Some(author), Signing::Feed(feed)))
}
