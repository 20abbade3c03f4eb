//! What the peer says of our own feed and has not shown yet. It is asked for, and has `CLAIM_MAX` from then on.

use std::time::Duration;

use crdt_schema::id::FeedId;

use crate::limits::{CLAIM_MAX, HEADS_MAX};
use crate::message::{Head, NewHead};
use crate::session::{Close, Library, Output, PeerFault, Session, Timer};

impl Session {
    /// Remembers a head of our own feed that is not held here. Beyond the limit the first ones are enough.
    pub(super) fn note_claim(&mut self, feed: FeedId, head: Head) {
        let new = NewHead { feed, head };
        if self.claimed.len() < HEADS_MAX && !self.claimed.contains(&new) {
            self.claimed.push(new);
        }
    }

    /// Asks once more for what the exchange has not brought: it is over, or has left our feed out.
    pub(super) fn ask_for_claimed<L: Library + ?Sized>(
        &mut self,
        library: &L,
    ) -> Result<(), Close> {
        self.forget_shown(library)?;
        match self.claimed.first().copied() {
            Some(NewHead { feed, head }) if !self.wanted.contains_key(&feed) => {
                self.want(feed, head, library)
            }
            _ => Ok(()),
        }
    }

    /// The time of a claim is over. A peer that is in the middle of what it sends gets as much again: it is slow, and signing is not held
    /// for it any longer.
    pub(super) fn look_at_claims<L: Library + ?Sized>(&mut self, library: &L) -> Result<(), Close> {
        self.claim_timer = false;
        match self.is_open() {
            true => self.check_claims(library),
            false => self.forget_shown(library),
        }
    }

    /// Ends the session if the peer has named what it does not show.
    pub(super) fn check_claims<L: Library + ?Sized>(&mut self, library: &L) -> Result<(), Close> {
        self.forget_shown(library)?;
        match self.claimed.is_empty() {
            true => Ok(()),
            false => Err(PeerFault::OwnFeed.into()),
        }
    }

    pub(super) fn set_claim_timer(&mut self, now: Duration) {
        if !self.claimed.is_empty() && !self.claim_timer {
            self.claim_timer = true;
            let at = now + CLAIM_MAX;
            self.outputs.push(Output::Schedule(Timer::Claim, at));
        }
    }

    /// Keeps what is still not held, as long as the feed is signed here: one entry that was shown ends it.
    fn forget_shown<L: Library + ?Sized>(&mut self, library: &L) -> Result<(), Close> {
        let own = library.own_feed()?;
        let mut left = Vec::new();
        for claim in std::mem::take(&mut self.claimed) {
            if own == Some(claim.feed) && !library.holds(&claim.feed, &claim.head)? {
                left.push(claim);
            }
        }
        self.claimed = left;
        Ok(())
    }
}
