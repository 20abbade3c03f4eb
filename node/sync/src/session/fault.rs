//! Why a session ends, and whose fault it is.

use crate::codec::CodecError;
use crate::session::Unreadable;

/// Why a session ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Close {
    /// This node has enough sessions: the peer may call others.
    #[error("this node has enough sessions")]
    Crowded,
    /// There is another session with the same peer.
    #[error("there is another session with the same peer")]
    Double,
    /// The replica cannot be read or written. Our operator must act.
    #[error(transparent)]
    Fault(#[from] Unreadable),
    /// The connection is gone.
    #[error("the connection is lost")]
    Lost,
    /// The disk is nearly full here. Our operator must act; it goes on by itself once there is room.
    #[error("there is no room on the disk")]
    NoRoom,
    /// The peer has no live certificate.
    #[error("the peer is not admitted")]
    NotAllowed,
    /// The peer belongs to another federation.
    #[error("the peer belongs to another federation")]
    OtherFederation,
    /// The peer broke a rule. Its operator must act.
    #[error(transparent)]
    PeerFault(#[from] PeerFault),
    /// There is no version of the protocol that both speak and the charter allows.
    #[error("no common version of the protocol")]
    Protocol,
    /// This node stops.
    #[error("this node stops")]
    Stopping,
}

/// A rule that a peer broke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeerFault {
    /// A batch is empty, too large, or not the next one.
    #[error("batch {0} breaks the rules of batches")]
    Batch(u32),
    /// The Hello does not belong to this connection.
    #[error("the hello does not belong to this connection")]
    Binding,
    /// Bytes that are no message.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// It sends again and again what is held here.
    #[error("it sends again and again what is held here")]
    Flood,
    /// The feeds or heads of a frontier are not sorted and distinct.
    #[error("the frontier is not sorted")]
    Frontier,
    /// What it sent is not what entries or charters look like.
    #[error("the entries or charters do not hold: {0}")]
    Invalid(String),
    /// It names entries of our own feed, and does not show them.
    #[error("it names entries of the feed of this node, and does not show them")]
    OwnFeed,
    /// A message that has no place at this moment.
    #[error("a message `{0}` out of its place")]
    OutOfState(&'static str),
    /// Too many signatures that do not hold.
    #[error("too many signatures that do not hold")]
    Signatures,
    /// No message where one was due.
    #[error("no message in time")]
    Silent,
    /// More addresses of nodes than a federation has.
    #[error("it tells of too many addresses")]
    TooManyAddresses,
    /// More batches than may be under way.
    #[error("too many batches under way")]
    TooManyBatches,
}

/// The number with which a session is ended of which this node has enough.
pub const CROWDED: u32 = 503;

impl Close {
    /// Returns the stable code of this reason.
    pub fn code(&self) -> &'static str {
        match self {
            Close::Crowded => "crowded",
            Close::Double => "double",
            Close::Fault(_) => "fault",
            Close::Lost => "lost",
            Close::NoRoom => "no_room",
            Close::NotAllowed => "not_allowed",
            Close::OtherFederation => "other_federation",
            Close::PeerFault(fault) => fault.code(),
            Close::Protocol => "protocol",
            Close::Stopping => "stopping",
        }
    }

    /// Returns the number that the peer sees when the connection is closed.
    pub fn number(&self) -> u32 {
        match self {
            Close::Double | Close::Lost | Close::Stopping => 0,
            Close::PeerFault(_) => 400,
            Close::NotAllowed => 403,
            Close::OtherFederation => 404,
            Close::Protocol => 426,
            Close::Fault(_) => 500,
            Close::Crowded => CROWDED,
            Close::NoRoom => 507,
        }
    }
}

impl PeerFault {
    /// Returns the stable code of this fault.
    pub fn code(&self) -> &'static str {
        match self {
            PeerFault::Batch(_) => "peer_batch",
            PeerFault::Binding => "peer_binding",
            PeerFault::Codec(error) => error.code(),
            PeerFault::Flood => "peer_flood",
            PeerFault::Frontier => "peer_frontier",
            PeerFault::Invalid(_) => "peer_invalid",
            PeerFault::OwnFeed => "peer_own_feed",
            PeerFault::OutOfState(_) => "peer_out_of_state",
            PeerFault::Signatures => "peer_signatures",
            PeerFault::Silent => "peer_silent",
            PeerFault::TooManyAddresses => "peer_too_many_addresses",
            PeerFault::TooManyBatches => "peer_too_many_batches",
        }
    }
}

impl From<CodecError> for Close {
    fn from(error: CodecError) -> Self {
        Close::PeerFault(error.into())
    }
}
