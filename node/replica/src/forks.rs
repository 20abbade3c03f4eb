//! Feeds that show two histories: a copied key, a backup restored by hand, or a dishonest author. Both are kept, and shown with their
//! names, and with the partners that know each, so that people can ask each other.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::entry::Header;
use crdt_schema::governance::Position;
use crdt_schema::id::{EntryId, FeedId, PartnerId};
use crdt_schema::limits::BRANCHES_MAX;

use crate::fault::Fault;
use crate::reader::Reader;
use crate::replica::Replica;
use crate::request::Request;
use crate::signing::Signing;
use crate::state::State;

/// Branches of one feed that are read and shown. Whoever has a key can sign as many as it likes, and a cut may bring one more.
pub const BRANCHES_SHOWN_MAX: usize = 2 * BRANCHES_MAX;

/// A feed with two entries at one sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    /// The feed.
    pub feed: FeedId,
    /// The partner for which it is written.
    pub partner: Option<PartnerId>,
    /// Whether it is, or was, the feed of this node.
    pub is_own: bool,
    /// The lowest sequence at which two entries are held.
    pub sequence: u64,
    /// The headers of the entries at that sequence, in the order of their ids, at most `BRANCHES_SHOWN_MAX`.
    pub entries: Vec<ForkedEntry>,
    /// How many branches of the feed are held.
    pub branches: usize,
    /// The first entry that was refused, since as many branches were held as nodes hold.
    pub refused: Option<Position>,
    /// Whether somebody who may has cut the feed: what of it counts is said, and nothing is left to be done.
    pub is_settled: bool,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkedEntry {
    /// The entry.
    pub id: EntryId,
    /// Its header.
    pub header: Header,
    /// The partners whose newest checkpoint names it, or one after it. Of a feed that decides nothing, nobody's does.
    pub confirmed_by: BTreeSet<PartnerId>,
}

impl Fork {
    /// Returns whether there are more branches than nodes hold, here or with a peer: whoever has its key floods the federation.
    pub fn is_flooded(&self) -> bool {
        self.refused.is_some() || self.branches > BRANCHES_MAX
    }
}

impl State {
    /// Returns whether a feed is cut by whoever says what of it counts: for one of a coordinator a charter, for another one a
    /// coordinator's act too.
    fn is_settled(&self, feed: &FeedId) -> bool {
        let tip = self.governance().adoption().tip();
        let owner = self.certificates().get(feed).map(|its| its.partner);
        let decides = owner.is_some_and(|owner| tip.coordinators.contains_key(&owner));
        tip.cuts.contains_key(feed) || (!decides && self.governance().partners().is_cut(feed))
    }
}

impl Replica {
    /// Keeps that entries were refused which would have begun a branch too many, by feed. On disk when this returns.
    pub fn note_floods(&self, refused: BTreeMap<FeedId, Position>) -> Result<(), Fault> {
        self.ask(|reply| Request::Flooded(refused, reply))
    }

    /// Returns the forked feeds, with the headers that show each fork.
    pub fn forks(&self) -> Result<Vec<Fork>, Fault> {
        let own = match self.signing() {
            Signing::Feed(feed) | Signing::Ended(feed) => Some(feed),
            Signing::Keyless => None,
        };
        let own_partner = self.partner();
        let reader = self.read()?;
        let state = self.state();
        let forks = state.feeds().forks();
        let forked: Vec<(FeedId, u64)> = forks.map(|(feed, sequence)| (*feed, sequence)).collect();
        let nodes = reader.nodes(&state)?;
        let mut forks = Vec::with_capacity(forked.len());
        for (feed, sequence) in forked {
            let mut ids = reader.feed_entries_at_in(&state, &feed, sequence)?;
            ids.sort_unstable();
            let mut entries = Vec::new();
            for id in ids.into_iter().take(BRANCHES_SHOWN_MAX) {
                if let Some(entry) = reader.held(&state, &id)? {
                    entries.push(ForkedEntry {
                        id,
                        header: entry.header().clone(),
                        confirmed_by: Reader::confirmed_by(&nodes, &state, &id),
                    });
                }
            }
            let partner = state.certificates().get(&feed).map(|each| each.partner);
            forks.push(Fork {
                feed,
                partner,
                is_own: own == Some(feed) || (partner.is_some() && partner == own_partner),
                sequence,
                entries,
                branches: state.feeds().heads(&feed).len(),
                refused: state.flood(&feed).copied(),
                is_settled: state.is_settled(&feed),
            });
        }
        Ok(forks)
    }
}
