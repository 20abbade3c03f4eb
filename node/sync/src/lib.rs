//! How nodes talk: the session as a value without IO, its codec, and the iroh endpoint that carries it.
//!
//! Nothing from a peer is believed before it is verified, and nothing is acknowledged before it is on disk. Authority is not judged
//! here: entries are verified, stored, and evaluated by the replica.

pub mod codec;
mod endpoint;
mod invite;
pub mod limits;
pub mod message;
mod peers;
pub mod session;
mod shelf;

pub use endpoint::{Door, Endpoint, EndpointError, Settings, knock};
pub use invite::{
    Invite, Invites, JoinError, JoinReply, JoinRequest, Presented, Ticket, TicketError,
};
pub use peers::{Peer, PeerState, Peers};
