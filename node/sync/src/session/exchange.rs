//! Which entries the peer lacks: from its heads where we know them all, from a locator where the feed forks.

use crdt_schema::id::FeedId;

use crate::limits::{LOCATOR_MAX, REQUEST_IDS_MAX};
use crate::message::{FeedHeads, Head, Locator, Message, Need, NewHead, Stage};
use crate::session::{Close, Library, PeerFault, Phase, Session};

/// What a peer's heads are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heads {
    /// The ends of its branches: one that we do not know may hide that it knows ours.
    Ends,
    /// Its branches down to their start: what we know of them is all that we have in common.
    Whole,
}

impl Session {
    /// Queues what the peer lacks of a feed according to its frontier, or returns the feed to ask about.
    pub(super) fn serve_frontier<L: Library + ?Sized>(
        &mut self,
        feed: &FeedId,
        library: &L,
    ) -> Result<Option<FeedId>, Close> {
        let theirs = self.peer_heads.get(feed).cloned().unwrap_or_default();
        self.serve(feed, &theirs, Heads::Ends, library)
    }

    pub(super) fn send_questions(&mut self, feeds: &[FeedId]) {
        for some in feeds.chunks(REQUEST_IDS_MAX) {
            self.send(Message::Ask {
                feeds: some.to_vec(),
            });
        }
    }

    pub(super) fn answer<L: Library + ?Sized>(
        &mut self,
        feeds: &[FeedId],
        library: &L,
    ) -> Result<(), Close> {
        let mut locators = Vec::new();
        for feed in feeds {
            let need = if self.lacks(feed, library)?.is_empty() {
                Need::Nothing
            } else {
                Need::After(locate(feed, library)?)
            };
            locators.push(Locator { feed: *feed, need });
        }
        self.send(Message::Locators { locators });
        Ok(())
    }

    pub(super) fn take_locators<L: Library + ?Sized>(
        &mut self,
        locators: Vec<Locator>,
        library: &L,
    ) -> Result<(), Close> {
        for Locator { feed, need } in locators {
            if !self.outgoing.settle_question(&feed) {
                return Err(PeerFault::OutOfState("locators").into());
            }
            if let Need::After(places) = need {
                self.serve(&feed, &places, Heads::Whole, library)?;
            }
        }
        Ok(())
    }

    pub(super) fn take_new_heads<L: Library + ?Sized>(
        &mut self,
        heads: Vec<NewHead>,
        library: &L,
    ) -> Result<(), Close> {
        for NewHead { feed, head } in heads {
            self.note(feed, head);
            if library.holds(&feed, &head)? {
                continue;
            }
            let heads = vec![head];
            self.compare_own_feed(&FeedHeads { feed, heads }, library)?;
            // One request a feed is under way; what is announced meanwhile is asked for when its answer is written.
            let is_asked = self.wanted.contains_key(&feed);
            // What is claimed of our own feed is asked for whatever waits: it is believed once it is seen, and need not be kept for that.
            let is_own = library.own_feed()? == Some(feed);
            let waits = !is_own && self.held_back.contains(&feed) && library.is_paused(&feed)?;
            if !is_asked && !waits && self.peer_heads.contains_key(&feed) {
                self.want(feed, head, library)?;
            }
        }
        Ok(())
    }

    pub(super) fn take_want<L: Library + ?Sized>(
        &mut self,
        want: &FeedHeads,
        library: &L,
    ) -> Result<(), Close> {
        self.outgoing.resume(&want.feed);
        let question = self.serve(&want.feed, &want.heads, Heads::Ends, library)?;
        for head in &want.heads {
            self.note(want.feed, *head);
        }
        self.send_questions(question.as_slice());
        Ok(())
    }

    /// Asks for heads that were announced while an answer was under way.
    pub(super) fn want_again<L: Library + ?Sized>(&mut self, library: &L) -> Result<(), Close> {
        let wanted: Vec<(FeedId, Head)> = self.wanted.iter().map(|(k, v)| (*k, *v)).collect();
        for (feed, head) in wanted {
            if !library.holds(&feed, &head)? {
                continue;
            }
            self.wanted.remove(&feed);
            if self.held_back.contains(&feed) {
                continue;
            }
            if let Some(newest) = self.lacks(&feed, library)?.last() {
                self.want(feed, *newest, library)?;
            }
        }
        Ok(())
    }

    pub(super) fn flush_announcements<L: Library + ?Sized>(
        &mut self,
        library: &L,
    ) -> Result<(), Close> {
        if self.phase != Phase::Open || self.announcements.is_empty() {
            return Ok(());
        }
        let mut new = Vec::new();
        for (feed, heads) in std::mem::take(&mut self.announcements) {
            let known = self.peer_heads.get(&feed);
            let is_news = |head: &Head| known.is_none_or(|known| !known.contains(head));
            // Of several entries on one branch the last one says it all.
            let ends = library.heads(&feed)?;
            let news = heads
                .into_iter()
                .filter(|head| is_news(head) && ends.contains(head));
            new.extend(news.map(|head| NewHead { feed, head }));
        }
        for some in new.chunks(REQUEST_IDS_MAX) {
            self.send(Message::NewHeads {
                heads: some.to_vec(),
            });
        }
        Ok(())
    }

    pub(super) fn want<L: Library + ?Sized>(
        &mut self,
        feed: FeedId,
        head: Head,
        library: &L,
    ) -> Result<(), Close> {
        self.wanted.insert(feed, head);
        self.held_back.remove(&feed);
        let heads = library.heads(&feed)?;
        self.send(Message::Want(FeedHeads { feed, heads }));
        Ok(())
    }

    /// Queues what the peer lacks of a feed. Returns the feed if that cannot be told from these heads.
    fn serve<L: Library + ?Sized>(
        &mut self,
        feed: &FeedId,
        theirs: &[Head],
        heads: Heads,
        library: &L,
    ) -> Result<Option<FeedId>, Close> {
        let ours = library.heads(feed)?;
        let mut known = Vec::new();
        for head in theirs {
            if library.holds(feed, head)? {
                known.push(*head);
            }
        }
        if ours.iter().all(|head| known.contains(head)) {
            return Ok(None);
        }
        if known.len() < theirs.len() && heads == Heads::Ends {
            return Ok(self.outgoing.ask(*feed).then_some(*feed));
        }
        let stage = if library.is_governance(feed)? {
            Stage::Governance
        } else {
            Stage::Data
        };
        self.outgoing.queue(*feed, known, stage);
        Ok(None)
    }
}

/// Returns places of our branches: each head, then 1, 2, 4, 8 … entries before it, and the start.
fn locate<L: Library + ?Sized>(feed: &FeedId, library: &L) -> Result<Vec<Head>, Close> {
    let heads = library.heads(feed)?;
    let share = LOCATOR_MAX / heads.len().max(1);
    let mut places = Vec::new();
    for head in &heads {
        let doubling = std::iter::successors(Some(1_u64), |back| back.checked_mul(2));
        let sequences = doubling.map_while(|back| head.sequence.checked_sub(back));
        places.push(*head);
        for sequence in sequences.take(share.saturating_sub(2)).chain([0]) {
            places.extend(library.ancestor(feed, head, sequence)?);
        }
    }
    places.sort_unstable();
    places.dedup();
    Ok(places)
}
