//! From the first word to knowing what differs: Hello, charters, digest, frontier.

use crdt_schema::id::hash;

use crate::limits::{BATCH_BYTES_MAX, FRONTIER_FEEDS_MAX, OWN_FEEDS_MAX};
use crate::message::{FeedHeads, Frontier, Hello, Message, Stage, Summary};
use crate::session::{
    Catching, Close, Event, Library, OwnFeed, PROTOCOL, PeerFault, Phase, Role, Session,
};

impl Session {
    pub(super) fn greet<L: Library + ?Sized>(&mut self, library: &L) -> Result<(), Close> {
        let mut yours = Vec::new();
        for feed in library.feeds_of(&self.config.peer)? {
            let heads = library.heads(&feed)?;
            if !heads.is_empty() && yours.len() < OWN_FEEDS_MAX {
                yours.push(FeedHeads { feed, heads });
            }
        }
        let tip = library.tip()?;
        self.phase = Phase::Hello;
        self.told_tip = Some(tip);
        self.send(Message::Hello(Box::new(Hello {
            protocol: PROTOCOL,
            federation: library.federation(),
            tip,
            software: self.config.software.clone(),
            batch_bytes_max: u32::try_from(BATCH_BYTES_MAX).expect("4 MiB"),
            yours,
            binding: self.binding(self.config.role, PROTOCOL),
        })));
        Ok(())
    }

    pub(super) fn meet<L: Library + ?Sized>(
        &mut self,
        hello: &Hello,
        library: &L,
    ) -> Result<(), Close> {
        if hello.federation != library.federation() {
            return Err(Close::OtherFederation);
        }
        let other = match self.config.role {
            Role::Dialler => Role::Listener,
            Role::Listener => Role::Dialler,
        };
        if hello.binding != self.binding(other, hello.protocol) {
            return Err(PeerFault::Binding.into());
        }
        let oldest = PROTOCOL
            .0
            .max(hello.protocol.0)
            .max(library.protocol_min()?);
        let protocol = PROTOCOL.1.min(hello.protocol.1);
        if protocol < oldest {
            return Err(Close::Protocol);
        }
        self.peer.tip = Some(hello.tip);
        self.peer.protocol = protocol;
        self.peer.batch_bytes_max = hello.batch_bytes_max as usize;
        self.report(Event::Met {
            software: hello.software.clone(),
            protocol,
            tip: hello.tip,
        });
        for yours in &hello.yours {
            self.compare_own_feed(yours, library)?;
        }
        self.phase = Phase::Governance;
        self.outgoing.start_objects();
        Ok(())
    }

    /// Starts a comparison, if the session is open and nothing is under way; the digest timer brings the next occasion.
    pub(super) fn compare<L: Library + ?Sized>(&mut self, library: &L) -> Result<(), Close> {
        if self.is_open() {
            self.send_digest(library)?;
        }
        Ok(())
    }

    pub(super) fn take_digest<L: Library + ?Sized>(
        &mut self,
        theirs: Summary,
        library: &L,
    ) -> Result<(), Close> {
        if self.phase == Phase::Open {
            self.send_digest(library)?;
        }
        let Phase::Digest(ours) = self.phase else {
            return Err(PeerFault::OutOfState("digest").into());
        };
        // While the session opens, the peer was sent what lies above the tip that its Hello told.
        let is_answered = !self.has_opened && self.peer.tip == Some(theirs.tip);
        self.owes_objects |= ours.tip != theirs.tip && !is_answered;
        self.peer.tip = Some(theirs.tip);
        // Both sides compare the two summaries that were sent, so both decide the same.
        if ours.heads == theirs.heads {
            // It holds what we hold, and nothing of what it has named.
            self.check_claims(library)?;
            return self.open(library);
        }
        let feeds = library.frontier(FRONTIER_FEEDS_MAX + 1)?;
        let is_complete = feeds.len() <= FRONTIER_FEEDS_MAX;
        let feeds = feeds.into_iter().take(FRONTIER_FEEDS_MAX).collect();
        self.send(Message::Frontier(Frontier { feeds, is_complete }));
        self.phase = Phase::Frontier;
        Ok(())
    }

    pub(super) fn take_frontier<L: Library + ?Sized>(
        &mut self,
        theirs: Frontier,
        library: &L,
    ) -> Result<(), Close> {
        let is_sorted = theirs.feeds.is_sorted_by(|a, b| a.feed < b.feed);
        let has_sorted_heads =
            |it: &FeedHeads| !it.heads.is_empty() && it.heads.is_sorted_by(|a, b| a < b);
        if !is_sorted || !theirs.feeds.iter().all(has_sorted_heads) {
            return Err(PeerFault::Frontier.into());
        }
        self.wanted.clear();
        self.report_difference(&theirs.feeds, library)?;
        self.peer_heads = theirs
            .feeds
            .into_iter()
            .map(|it| (it.feed, it.heads))
            .collect();
        self.phase = Phase::Catching(Catching {
            stage: Stage::Governance,
            is_sent: false,
            is_received: false,
        });
        let mut questions = Vec::new();
        let mut ours = library.frontier(FRONTIER_FEEDS_MAX)?;
        // Its own feeds first: what it lacks of them ends its key, and until then it may sign.
        let its = library.feeds_of(&self.config.peer)?;
        ours.sort_by_key(|it| !its.contains(&it.feed));
        for FeedHeads { feed, heads } in ours {
            let is_level = match self.peer_heads.get(&feed) {
                Some(theirs) => *theirs == heads,
                None => !theirs.is_complete,
            };
            if is_level {
                continue;
            }
            if library.is_governance(&feed)? {
                questions.extend(self.serve_frontier(&feed, library)?);
            } else {
                self.later.push(feed);
            }
        }
        self.send_questions(&questions);
        Ok(())
    }

    /// Goes on as soon as nothing is left to wait for.
    pub(super) fn advance<L: Library + ?Sized>(&mut self, library: &L) -> Result<(), Close> {
        loop {
            self.flush_announcements(library)?;
            self.flush_fetches();
            self.pay_objects();
            self.pump(library)?;
            match self.phase {
                Phase::Governance => {
                    if !self.outgoing.is_idle() || !self.incoming.has_objects() {
                        return Ok(());
                    }
                    self.check_right(library)?;
                    self.send_digest(library)?;
                }
                Phase::Catching(mut catching) => {
                    if !catching.is_sent && self.outgoing.is_done(catching.stage) {
                        catching.is_sent = true;
                        self.phase = Phase::Catching(catching);
                        self.send(Message::Done(catching.stage));
                    }
                    if !catching.is_sent || !catching.is_received {
                        return Ok(());
                    }
                    self.end_stage(catching.stage, library)?;
                }
                _ => return Ok(()),
            }
        }
    }

    pub(super) fn take_done(&mut self, stage: Stage) -> Result<(), Close> {
        match &mut self.phase {
            Phase::Catching(catching) if catching.stage == stage && !catching.is_received => {
                catching.is_received = true;
                Ok(())
            }
            _ => Err(PeerFault::OutOfState("done").into()),
        }
    }

    /// Tells whether the peer names entries of our own feed that we do not hold.
    pub(super) fn compare_own_feed<L: Library + ?Sized>(
        &mut self,
        theirs: &FeedHeads,
        library: &L,
    ) -> Result<(), Close> {
        if library.own_feed()? != Some(theirs.feed) {
            return Ok(());
        }
        let mut is_held = true;
        for head in &theirs.heads {
            if !library.holds(&theirs.feed, head)? {
                is_held = false;
                self.note_claim(theirs.feed, *head);
            }
        }
        let own = if is_held {
            OwnFeed::Confirmed
        } else {
            OwnFeed::Unknown
        };
        self.report(Event::OwnFeed(own(theirs.clone())));
        Ok(())
    }

    fn end_stage<L: Library + ?Sized>(&mut self, stage: Stage, library: &L) -> Result<(), Close> {
        if stage == Stage::Data {
            return self.open(library);
        }
        // What came may have cut the peer, and certainly came before any data.
        self.check_right(library)?;
        self.phase = Phase::Catching(Catching {
            stage: Stage::Data,
            is_sent: false,
            is_received: false,
        });
        let mut questions = Vec::new();
        for feed in std::mem::take(&mut self.later) {
            questions.extend(self.serve_frontier(&feed, library)?);
        }
        self.send_questions(&questions);
        Ok(())
    }

    fn open<L: Library + ?Sized>(&mut self, library: &L) -> Result<(), Close> {
        self.phase = Phase::Open;
        self.has_opened = true;
        self.report(Event::Level);
        self.ask_for_claimed(library)?;
        // What changed while the session was opening.
        self.look_at_tip(library)?;
        self.resume(library)
    }

    /// Lets the peer know soon if another charter is in force here than it was told: what it sends depends on that. The one in force may
    /// be an earlier one, if a dispute came up.
    pub(super) fn look_at_tip<L: Library + ?Sized>(&mut self, library: &L) -> Result<(), Close> {
        // The opening itself tells it.
        if self.has_opened {
            self.is_to_compare |= self.told_tip != Some(library.tip()?);
        }
        Ok(())
    }

    /// Sends charters and approvals that the peer may lack. While the session opens, one round of them is under way already.
    fn pay_objects(&mut self) {
        if self.has_opened && self.owes_objects {
            self.owes_objects = false;
            self.outgoing.start_objects();
        }
    }

    fn check_right<L: Library + ?Sized>(&self, library: &L) -> Result<(), Close> {
        if library.is_allowed(&self.config.peer)? {
            Ok(())
        } else {
            Err(Close::NotAllowed)
        }
    }

    fn send_digest<L: Library + ?Sized>(&mut self, library: &L) -> Result<(), Close> {
        let ours = Summary {
            heads: library.digest()?,
            tip: library.tip()?,
        };
        self.told_tip = Some(ours.tip);
        self.send(Message::Digest(ours));
        self.phase = Phase::Digest(ours);
        Ok(())
    }

    fn report_difference<L: Library + ?Sized>(
        &mut self,
        theirs: &[FeedHeads],
        library: &L,
    ) -> Result<(), Close> {
        let (mut feeds_behind, mut entries_behind) = (0, 0_u64);
        for feed_heads in theirs {
            let FeedHeads { feed, heads } = feed_heads;
            let mut newest = None;
            for head in heads {
                if !library.holds(feed, head)? {
                    newest = Some(head.sequence);
                }
            }
            let Some(newest) = newest else { continue };
            let ours = library.heads(feed)?;
            let next = ours
                .last()
                .map_or(0, |head| head.sequence.saturating_add(1));
            feeds_behind += 1;
            // A fork at or below our height still lacks one entry at least.
            let lacking = newest.saturating_add(1).saturating_sub(next).max(1);
            entries_behind = entries_behind.saturating_add(lacking);
            self.compare_own_feed(feed_heads, library)?;
        }
        self.report(Event::Compared {
            feeds_behind,
            entries_behind,
        });
        Ok(())
    }

    fn binding(&self, role: Role, protocol: (u16, u16)) -> [u8; 32] {
        let role = match role {
            Role::Dialler => [1],
            Role::Listener => [2],
        };
        let (oldest, newest) = (protocol.0.to_be_bytes(), protocol.1.to_be_bytes());
        hash("hello", &[&self.config.exporter, &role, &oldest, &newest])
    }
}
