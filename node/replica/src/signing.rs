//! With which key this node signs, whether it may sign acts, and why not.
//!
//! A feed ends for good when its node finds that somebody else has written in it: its store was rolled back, a backup was restored by
//! hand, or the folder was copied. The end is kept in the sidecar, so that what peers bring later does not revive the key.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use crdt_schema::id::FeedId;

use crate::author::Author;
use crate::fault::Fault;
use crate::published::{Mark, Published, Sidecar};
use crate::state::State;

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
}

impl Pen {
    pub(crate) fn new(signing: Signing, author: Option<Author>) -> Self {
        Self {
            signing: RwLock::new(signing),
            author: RwLock::new(author),
            holds_acts: AtomicBool::new(false),
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
    }

    pub(crate) fn holds_acts(&self) -> bool {
        self.holds_acts.load(Ordering::Acquire)
    }

    pub(crate) fn hold_acts(&self, holds: bool) {
        self.holds_acts.store(holds, Ordering::Release);
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
