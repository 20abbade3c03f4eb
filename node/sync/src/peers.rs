//! What the operator sees of each peer.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crdt_schema::time::Timestamp;
use replica::Bar;

/// A peer, by its network identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// How things stand.
    pub state: PeerState,
    /// When it last said something.
    pub last_contact: Option<Timestamp>,
    /// When both sides last held the same.
    pub last_caught_up: Option<Timestamp>,
    /// How many of our sessions with it are open.
    pub sessions: u32,
}

/// How things stand with a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerState {
    /// Both sides hold the same, as far as they have told.
    CaughtUp,
    /// It has enough sessions, or this node has: what either writes comes by others.
    Elsewhere,
    /// Entries are on their way.
    Exchanging,
    /// It is not reached.
    Unreachable(String),
    /// It broke a rule of the exchange: its operator must act.
    AtFault(&'static str),
    /// It has no right to exchange with this node.
    Refused,
    /// It says that this node has no right to exchange with it. It is not believed in anything else.
    RefusesUs(Bar),
}

impl PeerState {
    /// Returns the stable code of the state.
    pub fn code(&self) -> &'static str {
        match self {
            PeerState::CaughtUp => "caught_up",
            PeerState::Elsewhere => "elsewhere",
            PeerState::Exchanging => "exchanging",
            PeerState::Unreachable(_) => "unreachable",
            PeerState::AtFault(code) => code,
            PeerState::Refused => "refused",
            PeerState::RefusesUs(Bar::Cut) => "refuses_cut",
            PeerState::RefusesUs(Bar::Left) => "refuses_left",
            PeerState::RefusesUs(Bar::Outdated) => "refuses_outdated",
            PeerState::RefusesUs(Bar::Stranger) => "refuses_stranger",
        }
    }
}

/// All peers since the node started.
#[derive(Debug, Default)]
pub struct Peers(Mutex<BTreeMap<[u8; 32], Peer>>);

impl Peers {
    /// Returns the peers, by network identity.
    pub fn all(&self) -> BTreeMap<[u8; 32], Peer> {
        self.lock().clone()
    }

    /// Takes a peer's sessions and state to be changed.
    pub(crate) fn change(&self, endpoint: [u8; 32], change: impl FnOnce(&mut Peer)) {
        let mut peers = self.lock();
        let peer = peers.entry(endpoint).or_insert(Peer {
            state: PeerState::Unreachable("not called yet".to_owned()),
            last_contact: None,
            last_caught_up: None,
            sessions: 0,
        });
        change(peer);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<[u8; 32], Peer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
