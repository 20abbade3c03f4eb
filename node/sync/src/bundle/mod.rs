//! Exchange without a network: what a node would send to one that holds nothing, in a file, and a session that is fed from that file.
//!
//! There is no second way in or out. Exporting is a session with a node that holds nothing (`giving`), whose messages are written down.
//! Importing is the listening half of a session (`taking`), whose peer is the file: what comes is verified, judged by the intake and
//! committed like the batches of any peer. `layout` says where each byte stands.
//!
//! A file says nothing of today: it never counts as a peer that was met, and confirms nothing. Only what this node's own key has signed
//! is believed of it: entries that are not held show that the store is older than what was published.

mod giving;
mod layout;
mod library;
mod taking;

use std::io::{Read, Seek, Write};
use std::sync::Arc;

use crdt_schema::time::Timestamp;
use replica::Replica;

use crate::calling::SOFTWARE;
use crate::gate::Door;
use crate::intake::Intake;
use crate::limits::FRONTIER_FEEDS_MAX;
use crate::message::NewHead;
use crate::session::{Close, Unreadable};
use crate::shelf::Shelf;

pub use giving::Exported;
pub use layout::{Damage, Preamble};
#[cfg(test)]
pub(crate) use layout::{Part, Reader, Totals, Writer};
pub use taking::{Imported, LeftOut};

/// Writes and reads bundles for a node, whether it runs or not.
pub struct Bundles {
    shelf: Arc<Shelf>,
    announce: Announce,
    now: fn() -> Timestamp,
}

/// Told what is new and on disk: heads, and whether a charter or an approval is.
pub(crate) type Announce = Box<dyn Fn(Vec<NewHead>, bool) + Send + Sync>;

/// Why a bundle was not written, or not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The bytes are not those that were written.
    #[error("the bundle is damaged in the part that begins at byte {at}: {damage}")]
    Damaged {
        /// Where the part begins, in bytes from the start of the file.
        at: u64,
        /// What is wrong with it.
        damage: Damage,
    },
    /// The replica cannot be read or written.
    #[error(transparent)]
    Fault(#[from] Unreadable),
    /// The file cannot be read or written.
    #[error("the file cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// A newer program wrote it.
    #[error("a newer program wrote this bundle, in version {version} of the format")]
    Newer {
        /// The version of the format.
        version: u16,
    },
    /// It does not begin like a bundle.
    #[error("the file is no bundle")]
    NotABundle,
    /// It is one of another federation.
    #[error("the bundle belongs to another federation")]
    OtherFederation,
    /// What it holds breaks a rule of the exchange.
    #[error("the part that begins at byte {at} is refused: {close}")]
    Refused {
        /// Where the part begins, in bytes from the start of the file.
        at: u64,
        /// The rule, as a session with a peer says it.
        close: Close,
    },
    /// A session compares fewer feeds than the node holds, so that a file would lack some.
    #[error(
        "the node holds more than {FRONTIER_FEEDS_MAX} feeds, and a bundle has no room for all"
    )]
    TooManyFeeds,
}

impl BundleError {
    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        match self {
            BundleError::Damaged { .. } => "bundle_damaged",
            BundleError::Fault(_) => "fault",
            BundleError::Io(_) => "file",
            BundleError::Newer { .. } => "bundle_newer",
            BundleError::NotABundle => "bundle_unknown",
            BundleError::OtherFederation => "bundle_of_another_federation",
            BundleError::Refused { .. } => "bundle_refused",
            BundleError::TooManyFeeds => "bundle_too_many_feeds",
        }
    }

    /// Returns where the part begins that is damaged or refused, in bytes from the start of the file.
    pub fn at(&self) -> Option<u64> {
        match self {
            BundleError::Damaged { at, .. } | BundleError::Refused { at, .. } => Some(*at),
            _ => None,
        }
    }
}

impl Bundles {
    /// Makes the bundles of a node that does not run: there is nobody to tell what is new.
    pub fn of(replica: Arc<Replica>, door: Arc<dyn Door>, now: fn() -> Timestamp) -> Self {
        let intake = Intake::new(Arc::clone(&replica), Arc::clone(&door), now);
        let shelf = Shelf::new(replica, door, Arc::new(intake));
        Self::over(Arc::new(shelf), Box::new(|_, _| ()), now)
    }

    pub(crate) fn over(shelf: Arc<Shelf>, announce: Announce, now: fn() -> Timestamp) -> Self {
        Self {
            shelf,
            announce,
            now,
        }
    }

    /// Writes everything that this node would send to a partner that holds nothing: charters, what coordinators decided (erasures
    /// included), then all the rest. `watch` is told entries: written, and all.
    pub fn export<W: Write>(
        &self,
        file: W,
        watch: &mut dyn FnMut(u64, u64),
    ) -> Result<Exported, BundleError> {
        giving::give(&self.shelf, (self.now)(), SOFTWARE, file, watch)
    }

    /// Takes in what a bundle holds, like what a peer sends. `watch` is told bytes: read, and all.
    ///
    /// An error means that nothing was taken. A bundle that is damaged further on is `Imported::broken`: what stood before is kept.
    pub fn import<R: Read + Seek>(
        &self,
        file: R,
        watch: &mut dyn FnMut(u64, u64),
    ) -> Result<Imported, BundleError> {
        taking::take(&self.shelf, &self.announce, file, watch)
    }
}

/// Writes a bundle in the name of another program.
#[cfg(test)]
pub(crate) fn write_as<W: Write>(
    shelf: &Shelf,
    made: Timestamp,
    software: &str,
    file: W,
) -> Result<Exported, BundleError> {
    giving::give(shelf, made, software, file, &mut |_, _| ())
}
