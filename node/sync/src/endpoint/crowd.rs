//! The roster of a node on its network: it hears what happens to sessions, and whoever calls hears what to do.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use iroh::TransportAddr;
use iroh::endpoint::Connection;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::endpoint::{Allowed, Announcement, Ended, Network, Sink, Source};
use crate::message::PeerAddress;
use crate::roster::{Enough, Order, Parting, Rank, Roster};
use crate::session::{CROWDED, Close, PeerId};

/// See the module.
pub(super) struct Crowd {
    roster: Mutex<Roster>,
    allowed: Arc<dyn Allowed>,
    began: Instant,
    changed: Notify,
}

impl Crowd {
    pub(super) fn new(own: PeerId, seed: u64, allowed: Arc<dyn Allowed>) -> Self {
        let began = Instant::now();
        Self {
            roster: Mutex::new(Roster::new(own, seed, began.elapsed())),
            allowed,
            began,
            changed: Notify::new(),
        }
    }

    pub(super) fn configure(&self, peer: PeerId, addresses: Vec<SocketAddr>) {
        self.lock().configure(peer, addresses);
        self.changed.notify_one();
    }

    pub(super) fn meet_others(&self) {
        self.lock().meet_others();
        self.changed.notify_one();
    }

    pub(super) fn started(
        &self,
        (peer, number): (PeerId, u64),
        is_outward: bool,
        connection: &Connection,
    ) {
        let (address, now) = (address_of(connection), self.began.elapsed());
        self.lock()
            .started((peer, number), is_outward, address, now);
        self.changed.notify_one();
    }

    pub(super) fn level(&self, peer: PeerId, number: u64) {
        let now = self.began.elapsed();
        self.lock().level(peer, number, now);
        self.changed.notify_one();
    }

    pub(super) fn ended(&self, peer: PeerId, number: u64, ended: &Ended) {
        let now = self.began.elapsed();
        self.lock().ended(peer, number, parting(ended), now);
        self.changed.notify_one();
    }

    pub(super) fn failed(&self, peer: PeerId) {
        let now = self.began.elapsed();
        self.lock().failed(peer, now);
        self.changed.notify_one();
    }

    pub(super) fn heard(&self, from: PeerId, told: &[PeerAddress]) {
        self.lock().heard(from, told, |peer| self.rank(peer));
        self.changed.notify_one();
    }

    pub(super) fn remember(&self, met: &[PeerAddress]) {
        self.lock().remember(met, |peer| self.rank(peer));
        self.changed.notify_one();
    }

    pub(super) fn to_tell(&self, to: &PeerId) -> Vec<PeerAddress> {
        self.lock().to_tell(to, |peer| self.rank(peer))
    }

    pub(super) fn version(&self) -> u64 {
        self.lock().version()
    }

    pub(super) fn met(&self) -> Vec<PeerAddress> {
        self.lock().met(|peer| self.rank(peer))
    }

    pub(super) fn act(&self) -> (Vec<Order>, Instant) {
        let now = self.began.elapsed();
        let (orders, next) = self.lock().act(now, |peer| self.rank(peer));
        (orders, self.began + next)
    }

    /// Waits until something happened since the last time.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn rank(&self, peer: &PeerId) -> Rank {
        if !self.allowed.allows(peer) {
            Rank::None
        } else if self.allowed.is_coordinator(peer) {
            Rank::Coordinator
        } else {
            Rank::Partner
        }
    }

    fn lock(&self) -> MutexGuard<'_, Roster> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What whoever calls asks and tells.
impl<R: Source + Sink> Network<R> {
    /// Adds a node to call, however many sessions are open.
    pub fn configure(&self, peer: PeerId, addresses: Vec<SocketAddr>) {
        self.inner.crowd.configure(peer, addresses);
    }

    /// Lets nodes be called of which others tell. These were met before.
    pub fn meet_others(&self, met: &[PeerAddress]) {
        self.inner.crowd.meet_others();
        self.inner.crowd.remember(met);
    }

    /// Returns what the roster wants done now, and the moment to ask again if `crowd_changed` does not end before.
    pub fn orders(&self) -> (Vec<Order>, Instant) {
        self.inner.crowd.act()
    }

    /// Waits until something happened that may change the orders.
    pub async fn crowd_changed(&self) {
        self.inner.crowd.changed().await;
    }

    /// Ends a session of which this node has enough.
    pub fn leave(&self, number: u64, why: Enough) {
        let _ = self.inner.announcements.send(Announcement {
            leave: Some((number, why)),
            ..Announcement::default()
        });
    }

    /// Returns where nodes were met, and a number that grows with what can be told of nodes.
    pub fn met(&self) -> (Vec<PeerAddress>, u64) {
        (self.inner.crowd.met(), self.inner.crowd.version())
    }

    /// Tells all peers where nodes are, as far as they were not told.
    pub fn tell_peers(&self) {
        let _ = self.inner.announcements.send(Announcement {
            has_new_peers: true,
            ..Announcement::default()
        });
    }
}

/// Returns where the peer of a connection is: nodes call from where they listen.
fn address_of(connection: &Connection) -> Option<SocketAddr> {
    let paths = connection.paths();
    let selected = paths.iter().find(|path| path.is_selected());
    match selected.or_else(|| paths.iter().next())?.remote_addr() {
        TransportAddr::Ip(address) => Some(*address),
        _ => None,
    }
}

fn parting(ended: &Ended) -> Parting {
    match (&ended.close, ended.peer_number) {
        (Close::Crowded, _) => Parting::Crowded,
        (_, Some(number)) if number == u64::from(CROWDED) => Parting::Crowded,
        (Close::Double | Close::Lost | Close::Stopping, None | Some(0)) => Parting::Healthy,
        _ => Parting::Unwell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::{FORBIDDEN, TOO_MANY};
    use crate::session::PeerFault;

    #[test]
    fn only_a_session_that_was_welcome_makes_the_next_call_come_soon() {
        let parted = |close, peer_number| parting(&Ended { close, peer_number });
        assert_eq!(parted(Close::Lost, None), Parting::Healthy);
        assert_eq!(parted(Close::Lost, Some(0)), Parting::Healthy);
        for number in [FORBIDDEN, TOO_MANY, 400] {
            let number = Some(u64::from(number));
            assert_eq!(parted(Close::Lost, number), Parting::Unwell);
        }
        assert_eq!(parted(PeerFault::Silent.into(), None), Parting::Unwell);
        assert_eq!(parted(Close::OtherFederation, None), Parting::Unwell);
        let crowded = Some(u64::from(CROWDED));
        assert_eq!(parted(Close::Lost, crowded), Parting::Crowded);
    }
}
