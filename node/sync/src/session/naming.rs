//! Where other nodes are: told once the exchange is open, each address once in each direction. The session believes nothing of it; who is
//! called is decided by the roster. What is told is counted, repetitions too: a peer cannot make us read addresses for ever.

use crate::limits::{ADDRESSES_TOLD_MAX, REQUEST_IDS_MAX};
use crate::message::{Message, PeerAddress};
use crate::session::{Close, Event, PROTOCOL_WITH_PEERS, PeerFault, Session};

impl Session {
    /// Tells what was neither told nor heard in this session.
    pub(super) fn name_peers(&mut self, peers: Vec<PeerAddress>) {
        if !self.has_opened || self.peer.protocol < PROTOCOL_WITH_PEERS {
            return;
        }
        let mut new = Vec::new();
        for peer in peers {
            if self.named.len() < ADDRESSES_TOLD_MAX && self.named.insert(peer) {
                new.push(peer);
            }
        }
        for some in new.chunks(REQUEST_IDS_MAX) {
            self.send(Message::Peers {
                peers: some.to_vec(),
            });
        }
    }

    pub(super) fn take_peers(&mut self, peers: Vec<PeerAddress>) -> Result<(), Close> {
        if self.peer.protocol < PROTOCOL_WITH_PEERS {
            return Err(PeerFault::OutOfState("peers").into());
        }
        // A message without any counts too: nobody has a reason to send it.
        self.peers_taken += peers.len().max(1);
        if self.peers_taken > ADDRESSES_TOLD_MAX {
            return Err(PeerFault::TooManyAddresses.into());
        }
        let new: Vec<_> = peers
            .into_iter()
            .filter(|peer| self.named.insert(*peer))
            .collect();
        if !new.is_empty() {
            self.report(Event::Peers(new));
        }
        Ok(())
    }
}
