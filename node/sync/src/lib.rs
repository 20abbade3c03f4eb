//! How nodes talk: messages and their frames, the session without IO, and the iroh endpoint that carries sessions.
//!
//! It is not a store and judges no right: what is held is read through `session::Library`, what comes is given to `endpoint::Sink`, and
//! the replica decides what counts. It believes nothing that a peer says about others.
//!
//! A session is a value that eats inputs and returns outputs, so that any exchange can be replayed in memory:
//!
//! ```
//! use std::time::Duration;
//!
//! use sync::session::{Config, Input, Library, Output, PeerId, Role, Session};
//!
//! fn first_words(library: &impl Library) -> Vec<Output> {
//!     let config = Config {
//!         role: Role::Dialler,
//!         peer: PeerId::from_bytes([1; 32]),
//!         software: "maillage".into(),
//!         exporter: [0; 32],
//!         jitter: 0,
//!     };
//!     let now = Duration::ZERO;
//!     Session::new(config, now).handle(Input::Start, now, library)
//! }
//! ```
//!
//! The names to know: `Endpoint`, which is all of it over a replica, and `Door`, which the node decides; below them
//! `session::{Session, Library}`, `endpoint::{Network, Source, Sink, Allowed}`, `message::Message`.

mod bundle;
mod calling;
mod claims;
pub mod codec;
pub mod endpoint;
mod gate;
mod intake;
mod invite;
pub mod limits;
mod links;
pub mod message;
mod peers;
pub mod quota;
pub mod roster;
pub mod session;
mod shelf;
mod watching;

pub use bundle::{BundleError, Bundles, Damage, Exported, Imported, LeftOut, Preamble};
pub use calling::{Endpoint, EndpointError, Settings, knock};
pub use gate::Door;
pub use intake::{Intake, Pause, PauseReason};
pub use invite::{
    CharterBytes, Invite, Invites, JoinError, JoinReply, JoinRequest, NewInvite, Open, Presented,
    Ticket, TicketError,
};
pub use links::{Links, LocalNetwork, RelayError, RelayStanding, RelayState, Relays, Way};
pub use peers::{Peer, PeerState, Peers};
