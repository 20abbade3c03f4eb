//! Who may come in, as the node decides it: membership, invitations, and whose feed is whose.

use std::fmt;
use std::sync::Arc;

use crdt_schema::id::FeedId;
use replica::Bar;

use crate::endpoint::Allowed;
use crate::invite::{JoinReply, JoinRequest};
use crate::message::PeerAddress;
use crate::quota::SpentRow;
use crate::session::PeerId;

/// What the node decides for its endpoint. Every answer comes from memory, except those of `join` and `spent`.
pub trait Door: Send + Sync + 'static {
    /// Returns whether this network identity belongs to a live instance, or was just admitted.
    fn is_allowed(&self, endpoint: &[u8; 32]) -> bool;

    /// Returns why a network identity that is not allowed is not: it is told.
    fn bar(&self, _: &[u8; 32]) -> Bar {
        Bar::Stranger
    }

    /// Returns whether a network identity that is allowed is a coordinator's.
    fn is_coordinator(&self, _: &[u8; 32]) -> bool {
        false
    }

    /// Returns where nodes were met before the last start, as `keep_met` was given it. Asked once, from the disk.
    fn met(&self) -> Vec<PeerAddress> {
        Vec::new()
    }

    /// Keeps where nodes were met, in the place of what was kept before. What a crash loses of it is met again.
    fn keep_met(&self, _: &[PeerAddress]) {}

    /// Returns whether a newcomer may knock at all.
    fn is_open(&self) -> bool;

    /// Judges a newcomer's request. Called on a thread that may wait.
    fn join(&self, request: &JoinRequest, endpoint: [u8; 32]) -> JoinReply;

    /// A peer names a later entry of our own feed than we hold. Nothing is signed while it is asked for it, and acts wait until another
    /// peer was heard.
    fn claimed(&self, endpoint: &[u8; 32], sequence: u64);

    /// A peer did not show what it named: signing goes on.
    fn unproved(&self, endpoint: &[u8; 32]);

    /// A peer was heard that holds nothing of our own feed that we do not hold.
    fn compared(&self);

    /// Both sides hold the same, erasures included.
    fn level(&self);

    /// Returns the feeds that a network identity has written, as far as their certificates are held.
    fn feeds_of(&self, endpoint: &[u8; 32]) -> Vec<FeedId>;

    /// Returns what was charged to partners, as `keep_spent` was given it. Asked once, from the disk.
    fn spent(&self) -> Vec<SpentRow>;

    /// Keeps rows in the place of those before. What a crash loses of them does no harm.
    fn keep_spent(&self, rows: &[SpentRow]);
}

/// The node's door, as connections see it.
pub(crate) struct Gate(pub(crate) Arc<dyn Door>);

/// The door of a newcomer, which has nothing to share yet.
#[derive(Debug)]
pub(crate) struct Shut;

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

impl Allowed for Gate {
    fn allows(&self, peer: &PeerId) -> bool {
        self.0.is_allowed(peer.as_bytes())
    }

    fn bar(&self, peer: &PeerId) -> Bar {
        self.0.bar(peer.as_bytes())
    }

    fn is_coordinator(&self, peer: &PeerId) -> bool {
        self.0.is_coordinator(peer.as_bytes())
    }

    fn is_inviting(&self) -> bool {
        self.0.is_open()
    }

    fn join(&self, peer: &PeerId, request: Vec<u8>) -> Option<Vec<u8>> {
        let request = match postcard::take_from_bytes::<JoinRequest>(&request) {
            Ok((request, [])) => request,
            _ => return None,
        };
        let reply = self.0.join(&request, *peer.as_bytes());
        postcard::to_stdvec(&reply).ok()
    }
}

impl Allowed for Shut {
    fn allows(&self, _: &PeerId) -> bool {
        false
    }

    fn is_inviting(&self) -> bool {
        false
    }

    fn join(&self, _: &PeerId, _: Vec<u8>) -> Option<Vec<u8>> {
        None
    }
}
