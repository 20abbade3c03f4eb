//! Keeps what the operator sees of each peer in step with what the network reports.

use std::sync::Arc;

use crdt_schema::time::Timestamp;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::endpoint::{Ended, Report, What, bar_of};
use crate::peers::{Peer, PeerState, Peers};
use crate::session::{CROWDED, Close, Event};

/// What turns reports into states.
pub(crate) struct Watch {
    pub(crate) peers: Arc<Peers>,
    pub(crate) now: fn() -> Timestamp,
}

impl Watch {
    /// Watches until the network is closed.
    pub(crate) async fn run(self, mut reports: Receiver<Report>) {
        loop {
            match reports.recv().await {
                Ok(report) => self.take(&report),
                // The next report of each peer says again how things stand.
                Err(RecvError::Lagged(lost)) => tracing::warn!(lost, "reports were lost"),
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn take(&self, report: &Report) {
        let now = (self.now)();
        self.peers.change(*report.peer.as_bytes(), |peer| {
            change(peer, &report.what, now);
        });
    }
}

fn change(peer: &mut Peer, what: &What, now: Timestamp) {
    match what {
        What::Started(_) => {
            peer.sessions += 1;
            // To be connected means nothing before it has met us: whoever refuses this node does so after the handshake.
            if !matches!(peer.state, PeerState::RefusesUs(_)) {
                peer.state = PeerState::Exchanging;
            }
        }
        What::Event(event) => {
            peer.last_contact = Some(now);
            match event {
                Event::Level => {
                    peer.state = PeerState::CaughtUp;
                    peer.last_caught_up = Some(now);
                }
                Event::Compared { .. } | Event::Met { .. } => peer.state = PeerState::Exchanging,
                Event::OwnFeed(_) | Event::Peers(_) => {}
            }
        }
        What::Ended(ended) => {
            peer.sessions = peer.sessions.saturating_sub(1);
            match &ended.close {
                Close::PeerFault(fault) => peer.state = PeerState::AtFault(fault.code()),
                // Another session with this peer goes on.
                _ if peer.sessions > 0 => {}
                Close::NotAllowed => peer.state = PeerState::Refused,
                Close::Crowded => peer.state = PeerState::Elsewhere,
                _ => peer.state = after(ended),
            }
        }
    }
}

/// The peer's own number says more than the loss that it caused.
fn after(ended: &Ended) -> PeerState {
    match ended.peer_number {
        Some(number) if number != 0 => match bar_of(number) {
            Some(bar) => PeerState::RefusesUs(bar),
            None if number == u64::from(CROWDED) => PeerState::Elsewhere,
            None => PeerState::Unreachable(format!("the peer closed with {number}")),
        },
        _ => PeerState::Unreachable(ended.close.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use replica::Bar;

    use super::*;
    use crate::endpoint::Direction;
    use crate::session::PeerFault;

    const NOW: Timestamp = Timestamp::from_millis(5);

    fn peer() -> Peer {
        Peer {
            state: PeerState::Unreachable("not called yet".to_owned()),
            last_contact: None,
            last_caught_up: None,
            sessions: 0,
        }
    }

    fn ended(close: Close, peer_number: Option<u64>) -> What {
        What::Ended(Ended { close, peer_number })
    }

    #[test]
    fn a_peer_is_caught_up_once_both_sides_are_level() {
        let mut peer = peer();
        change(&mut peer, &What::Started(Direction::Inward), NOW);
        assert_eq!((peer.state.code(), peer.sessions), ("exchanging", 1));
        assert_eq!(peer.last_contact, None);
        change(&mut peer, &What::Event(Event::Level), NOW);
        assert_eq!(peer.state, PeerState::CaughtUp);
        assert_eq!(
            (peer.last_contact, peer.last_caught_up),
            (Some(NOW), Some(NOW))
        );
    }

    #[test]
    fn the_end_of_one_of_two_sessions_leaves_the_state() {
        let mut peer = peer();
        for direction in [Direction::Inward, Direction::Outward] {
            change(&mut peer, &What::Started(direction), NOW);
        }
        change(&mut peer, &What::Event(Event::Level), NOW);
        change(&mut peer, &ended(Close::Lost, Some(0)), NOW);
        assert_eq!((peer.state.code(), peer.sessions), ("caught_up", 1));
        change(&mut peer, &ended(Close::Lost, Some(0)), NOW);
        assert_eq!((peer.state.code(), peer.sessions), ("unreachable", 0));
        change(&mut peer, &ended(Close::Lost, None), NOW);
        assert_eq!(peer.sessions, 0);
    }

    #[test]
    fn a_refusal_is_shown_with_the_number_of_the_peer() {
        let mut peer = peer();
        change(&mut peer, &What::Started(Direction::Outward), NOW);
        for (number, code) in [
            (401, "refuses_outdated"),
            (403, "refuses_stranger"),
            (410, "refuses_left"),
            (423, "refuses_cut"),
            (429, "unreachable"),
            (503, "elsewhere"),
        ] {
            change(&mut peer, &ended(Close::Lost, Some(number)), NOW);
            assert_eq!(peer.state.code(), code);
        }
        // It is said until a session is met, not only between two calls.
        change(&mut peer, &ended(Close::Lost, Some(423)), NOW);
        change(&mut peer, &What::Started(Direction::Outward), NOW);
        assert_eq!(peer.state, PeerState::RefusesUs(Bar::Cut));
        change(&mut peer, &What::Event(Event::Level), NOW);
        assert_eq!(peer.state, PeerState::CaughtUp);
        change(&mut peer, &ended(Close::NotAllowed, None), NOW);
        assert_eq!(peer.state, PeerState::Refused);
    }

    #[test]
    fn a_fault_is_shown_even_while_another_session_is_open() {
        let mut peer = peer();
        for _ in 0..2 {
            change(&mut peer, &What::Started(Direction::Inward), NOW);
        }
        change(&mut peer, &ended(PeerFault::Signatures.into(), None), NOW);
        assert_eq!(peer.state, PeerState::AtFault("peer_signatures"));
    }
}
