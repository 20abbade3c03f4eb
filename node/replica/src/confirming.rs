//! Whether the governance held here is what the other partners know: their newest checkpoints, compared with what is held.

use std::collections::{BTreeMap, BTreeSet};

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

/// Feeds of coordinators among those that are asked for at once. The others are those of which nothing is held.
const KNOWN_ASKED_MAX: usize = UNKNOWN_MAX / 2;

/// What the checkpoints of the others say of the governance held here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GovernanceSeen {
    /// How many partners confirm it, and since when too few do.
    pub confirmation: Confirmation,
    /// The newest word of each node of another partner.
    pub words: Vec<Word>,
    /// Heads that are named and not held here, in feeds that decide, in the order of feeds.
    pub unknown: Vec<UnknownHead>,
    /// Heads of feeds of which nothing is held here, the partners that name them taking turns. They may be a coordinator's, or invented.
    pub strange: Vec<UnknownHead>,
}

impl GovernanceSeen {
    /// Returns the partners whose word is of this kind, each once.
    pub fn partners(&self, standing: Standing) -> BTreeSet<PartnerId> {
        let words = self.words.iter().filter(|word| word.standing == standing);
        words.map(|word| word.partner).collect()
    }

    /// Returns the heads to ask for, one a feed and `UNKNOWN_MAX` at most. Each turn goes on where the one before ended, so that whoever
    /// names many feeds delays the others and never hides them; feeds of coordinators have their share of every turn.
    pub fn to_ask(&self, turn: usize) -> Vec<UnknownHead> {
        let known = part_of(&one_a_feed(&self.unknown), turn, KNOWN_ASKED_MAX);
        let left = UNKNOWN_MAX - known.len();
        let strange = part_of(&one_a_feed(&self.strange), turn, left);
        known.into_iter().chain(strange).collect()
    }
}

fn one_a_feed(heads: &[UnknownHead]) -> Vec<UnknownHead> {
    let mut feeds = BTreeSet::new();
    let first = heads.iter().filter(|head| feeds.insert(head.feed));
    first.copied().collect()
}

/// So many of a list from where this turn begins, from its start again after its end.
fn part_of(heads: &[UnknownHead], turn: usize, count_max: usize) -> Vec<UnknownHead> {
    let count = count_max.min(heads.len());
    let first = turn.wrapping_mul(count).checked_rem(heads.len());
    let around = heads.iter().cycle().skip(first.unwrap_or(0));
    around.take(count).copied().collect()
}

/// Lists of several, merged: the first of each, then the second of each.
fn taking_turns(lists: &BTreeMap<PartnerId, BTreeSet<UnknownHead>>) -> Vec<UnknownHead> {
    let mut lists: Vec<_> = lists.values().map(|list| list.iter()).collect();
    let (mut seen, mut merged) = (BTreeSet::new(), Vec::new());
    while !lists.is_empty() {
        lists.retain_mut(|list| match list.next() {
            Some(head) => {
                if seen.insert(*head) {
                    merged.push(*head);
                }
                true
            }
            None => false,
        });
    }
    merged
}

impl Replica {
    /// Compares the newest checkpoints of the other partners with what is held. `days_max` is how many days too few may agree.
    pub fn governance_seen(&self, now: Timestamp, days_max: u64) -> Result<GovernanceSeen, Fault> {
        let own_feed = match self.signing() {
            Signing::Feed(feed) | Signing::Ended(feed) => Some(feed),
            Signing::Keyless => None,
        };
        let reader = self.read()?;
        let state = self.state();
        let own = own_feed.and_then(|feed| state.certificates().get(&feed));
        let own = own.map(|certificate| certificate.partner);
        let start = match own_feed {
            Some(feed) => reader.first_day(&state, &feed)?,
            None => None,
        };
        let acts = state.act_entries();
        let (mut words, mut unknown) = (Vec::new(), BTreeSet::new());
        let mut strange: BTreeMap<PartnerId, BTreeSet<UnknownHead>> = BTreeMap::new();
        for node in reader.nodes(&state)? {
            if Some(node.partner) == own {
                continue;
            }
            let Some((claimed, checkpoint)) = node.word else {
                continue;
            };
            let adoption = state.governance().adoption();
            let found = compare(&checkpoint, state.feeds(), &acts, adoption);
            unknown.extend(found.unknown);
            strange
                .entry(node.partner)
                .or_default()
                .extend(found.strange);
            words.push(Word {
                partner: node.partner,
                claimed,
                standing: found.standing,
            });
        }
        let enrolled = state.governance().partners().enrolled();
        let others = enrolled.keys().copied();
        let others = others.filter(|it| Some(*it) != own && state.is_in(it));
        let start = start.unwrap_or(Timestamp::from_millis(0));
        Ok(GovernanceSeen {
            confirmation: confirm(&words, &others.collect(), start, now, days_max),
            words,
            unknown: unknown.into_iter().collect(),
            strange: taking_turns(&strange),
        })
    }
}

impl Reader {
    /// Returns when a node came, as it says itself: when the first of the feeds began that its partner certifies for its endpoint. A new
    /// instance key makes no new node.
    fn first_day(&self, state: &State, feed: &FeedId) -> Result<Option<Timestamp>, Fault> {
        let Some(own) = state.certificates().get(feed) else {
            return Ok(None);
        };
        let mut first: Option<Timestamp> = None;
        for (feed, each) in state.certificates() {
            if (each.partner, each.endpoint) != (own.partner, own.endpoint) {
                continue;
            }
            let mut began = None;
            for entry in self.feed_entries_at_in(state, feed, 0)? {
                began = began.max(self.claimed(state, &entry)?);
            }
            first = first.into_iter().chain(began).min();
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

#[cfg(test)]
mod tests;
