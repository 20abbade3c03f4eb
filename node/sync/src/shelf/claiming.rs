//! What peers say of our own feed, as the node acts on it: signing is held, the acts wait for a second opinion, and both end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use replica::Replica;
use tokio::time::Instant;

use crate::claims::{Claimant, Claims};
use crate::gate::Door;
use crate::message::FeedHeads;
use crate::session::{Close, Event, OwnFeed, PeerFault, PeerId};

/// See the module. INVARIANT: signing is held and released with the claims in hand, so that the two never differ for longer than
/// `HELD_EVERY`.
pub(crate) struct Claiming {
    replica: Arc<Replica>,
    door: Arc<dyn Door>,
    claims: Mutex<Claims>,
    began: Instant,
}

impl Claiming {
    pub(super) fn new(replica: Arc<Replica>, door: Arc<dyn Door>) -> Self {
        Self {
            replica,
            door,
            claims: Mutex::default(),
            began: Instant::now(),
        }
    }

    /// Takes what a session reports, before it handles anything else.
    pub(super) fn hear(&self, from: PeerId, event: &Event) {
        match event {
            Event::OwnFeed(OwnFeed::Unknown(theirs)) => self.claim(from, theirs),
            Event::OwnFeed(OwnFeed::Confirmed(_)) if !self.is_doubted(from) => self.door.compared(),
            Event::Level => {
                if !self.is_doubted(from) {
                    self.door.compared();
                }
                self.door.level();
            }
            _ => {}
        }
    }

    /// Takes how a session ended.
    pub(super) fn ended(&self, from: PeerId, close: &Close) {
        if *close != Close::PeerFault(PeerFault::OwnFeed) {
            return;
        }
        let by = self.claimants(from);
        let mut claims = self.claims();
        claims.unproved(&by, self.began.elapsed());
        self.obey(&mut claims);
        drop(claims);
        self.door.unproved(from.as_bytes());
    }

    /// Lets signing go on once the time of the last claim is over. Called every `HELD_EVERY`.
    pub(crate) fn lapse(&self) {
        if self.replica.is_signing_held() {
            self.obey(&mut self.claims());
        }
    }

    fn claim(&self, from: PeerId, theirs: &FeedHeads) {
        let by = self.claimants(from);
        let mut claims = self.claims();
        let now = self.began.elapsed();
        claims.about(self.replica.feed(), now);
        let was_held = claims.holds(now);
        // An entry that was shown a moment ago has ended the feed.
        let is_ours = self.replica.feed() == Some(theirs.feed);
        let is_heard = is_ours && claims.claim(&by, now);
        self.obey(&mut claims);
        drop(claims);
        if is_heard && !was_held {
            let sequences = theirs.heads.iter().map(|head| head.sequence);
            self.door
                .claimed(from.as_bytes(), sequences.max().unwrap_or(0));
        }
    }

    fn obey(&self, claims: &mut Claims) {
        let now = self.began.elapsed();
        claims.about(self.replica.feed(), now);
        self.replica.hold_signing(claims.holds(now));
    }

    fn is_doubted(&self, peer: PeerId) -> bool {
        let by = self.claimants(peer);
        let mut claims = self.claims();
        claims.about(self.replica.feed(), self.began.elapsed());
        claims.is_doubted(&by)
    }

    /// Returns who answers for what a node says: every partner whose certificate names it, since anybody may name the node of another.
    fn claimants(&self, peer: PeerId) -> Vec<Claimant> {
        let state = self.replica.state();
        let all = state.certificates().values();
        let its = all.filter(|certificate| certificate.endpoint == *peer.as_bytes());
        let mut partners: Vec<_> = its.map(|its| *its.partner.as_bytes()).collect();
        partners.sort_unstable();
        partners.dedup();
        match partners.is_empty() {
            true => vec![*peer.as_bytes()],
            false => partners,
        }
    }

    fn claims(&self) -> MutexGuard<'_, Claims> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
