//! Whether the governance held here is what the other partners know: their newest checkpoints, compared with what is held.

use std::collections::BTreeSet;

use crdt_schema::checkpoint::{
    Confirmation, Standing, UNKNOWN_MAX, UnknownHead, Word, compare, confirm,
};
use crdt_schema::id::{EntryId, FeedId, PartnerId};
use crdt_schema::time::Timestamp;

use crate::erasure::Node;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::replica::Replica;
use crate::signing::Signing;
use crate::state::State;

/// What the checkpoints of the others say of the governance held here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GovernanceSeen {
    /// How many partners confirm it, and since when too few do.
    pub confirmation: Confirmation,
    /// The newest word of each node of another partner.
    pub words: Vec<Word>,
    /// Heads that are named and not held here, at most `UNKNOWN_MAX`.
    pub unknown: Vec<UnknownHead>,
}

impl GovernanceSeen {
    /// Returns the partners whose word is of this kind, each once.
    pub fn partners(&self, standing: Standing) -> BTreeSet<PartnerId> {
        let words = self.words.iter().filter(|word| word.standing == standing);
        words.map(|word| word.partner).collect()
    }
}

impl Replica {
    /// Compares the newest checkpoints of the other partners with what is held. `days_max` is how many days too few may agree.
    pub fn governance_seen(&self, now: Timestamp, days_max: u64) -> Result<GovernanceSeen, Fault> {
        let own = self.partner();
        let own_feed = match self.signing() {
            Signing::Feed(feed) | Signing::Ended(feed) => Some(feed),
            Signing::Keyless => None,
        };
        let reader = self.read()?;
        let state = self.state();
        let start = match own_feed {
            Some(feed) => reader.first_day(&state, &feed)?,
            None => None,
        };
        let acts: BTreeSet<EntryId> = state.acts().values().map(|act| act.entry).collect();
        let (mut words, mut unknown) = (Vec::new(), BTreeSet::new());
        for node in reader.nodes(&state)? {
            if Some(node.partner) == own {
                continue;
            }
            let Some((claimed, checkpoint)) = node.checkpoint else {
                continue;
            };
            let adoption = state.governance().adoption();
            let found = compare(&checkpoint, state.feeds(), &acts, adoption);
            unknown.extend(found.unknown);
            words.push(Word {
                partner: node.partner,
                claimed,
                standing: found.standing,
            });
        }
        let enrolled = state.governance().partners().enrolled();
        let others = enrolled.keys().copied().filter(|it| Some(*it) != own);
        let start = start.unwrap_or(Timestamp::from_millis(0));
        Ok(GovernanceSeen {
            confirmation: confirm(&words, &others.collect(), start, now, days_max),
            words,
            unknown: unknown.into_iter().take(UNKNOWN_MAX).collect(),
        })
    }
}

impl Reader {
    /// Returns when the author of a feed says that it began.
    fn first_day(&self, state: &State, feed: &FeedId) -> Result<Option<Timestamp>, Fault> {
        let mut first = None;
        for entry in self.feed_entries_at_in(state, feed, 0)? {
            first = first.max(self.claimed(state, &entry)?);
        }
        Ok(first)
    }

    /// Returns the partners whose newest checkpoint names this entry, or one after it on its branch.
    pub(crate) fn confirmed_by(
        nodes: &[Node],
        state: &State,
        entry: &EntryId,
    ) -> BTreeSet<PartnerId> {
        let covers = |node: &&Node| {
            let checkpoint = node.checkpoint.as_ref();
            checkpoint.is_some_and(|(_, it)| it.covers(state.feeds(), entry))
        };
        nodes
            .iter()
            .filter(covers)
            .map(|node| node.partner)
            .collect()
    }
}
