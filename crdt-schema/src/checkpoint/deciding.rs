//! Which entries can decide under the newest charter: checkpoints name the heads of these, and nodes compare these alone.
//!
//! It follows from the charter and from what is held, so that two nodes with the same charter and the same entries name and compare the
//! same. Acts of others are kept, and are nobody's governance: their authors could otherwise fill the list, or make nodes disagree.

use std::collections::{BTreeMap, BTreeSet};

use crate::governance::{Adoption, Feeds, Position};
use crate::id::{EntryId, FeedId, PartnerId};
use crate::limits::BRANCHES_MAX;

/// Heads of feeds, as a checkpoint names them.
pub type NamedHeads = BTreeMap<FeedId, BTreeSet<(u64, EntryId)>>;

/// Bytes for the heads of feeds: the rest of an item of 64 KiB is for erasures that are not done. They are those of more than 500 feeds.
const HEADS_BYTES_MAX: usize = 48 << 10;

/// What is held, seen from the newest charter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deciding<'h> {
    feeds: &'h Feeds,
    adoption: &'h Adoption,
}

/// What of a feed can decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'h> {
    /// Everything: a coordinator of the newest charter writes it.
    All,
    /// What stands at or before the place at which the newest charter cuts it.
    UpTo(&'h Position),
    /// Nothing: whoever writes it does not coordinate.
    Nothing,
    /// It is not known: nothing of the feed is held.
    Unknown,
}

impl<'h> Deciding<'h> {
    pub(super) fn of(feeds: &'h Feeds, adoption: &'h Adoption) -> Self {
        Self { feeds, adoption }
    }

    /// Returns what of a feed can decide. The heads of a feed that begins twice may have two owners.
    pub(super) fn part(&self, feed: &FeedId) -> Part<'h> {
        if let Some(cut) = self.adoption.tip().cuts.get(feed) {
            return Part::UpTo(cut);
        }
        let heads = self.feeds.heads(feed);
        if heads.is_empty() {
            return Part::Unknown;
        }
        let mut owners = heads.iter().filter_map(|(_, id)| self.feeds.owner(id));
        match owners.any(|owner| self.coordinates(&owner)) {
            true => Part::All,
            false => Part::Nothing,
        }
    }

    /// Returns whether an entry that carries acts can decide, or could if what the charter's cut names were held.
    pub(super) fn decides(&self, entry: &EntryId) -> bool {
        let Some(held) = self.feeds.entry(entry) else {
            return false;
        };
        let Some(owner) = held.owner else {
            return false;
        };
        match self.adoption.tip().cuts.get(&held.feed) {
            None => self.coordinates(&owner),
            Some(cut) if self.feeds.holds(&cut.entry) => {
                self.adoption.ever_coordinated(&owner) && self.feeds.within(entry, cut)
            }
            // When in doubt, denials bite.
            Some(cut) => self.adoption.ever_coordinated(&owner) && held.sequence <= cut.sequence,
        }
    }

    /// Returns the entry at which the charter cuts the feed of an entry.
    pub(super) fn cut_of(&self, entry: &EntryId) -> Option<EntryId> {
        let held = self.feeds.entry(entry)?;
        let cut = self.adoption.tip().cuts.get(&held.feed)?;
        Some(cut.entry)
    }

    fn coordinates(&self, partner: &PartnerId) -> bool {
        self.adoption.tip().coordinators.contains_key(partner)
    }

    /// Of a feed that the charter cuts, the place of the cut says it all; of another one, its branches, with one more than `BRANCHES_MAX` where
    /// there are more: then not everything is told. `more` are entries of the feed that are to be named in any case, if there is room.
    fn heads(&self, feed: &FeedId, more: &BTreeSet<EntryId>) -> BTreeSet<(u64, EntryId)> {
        let mut heads = self.feeds.heads(feed);
        heads.sort_unstable();
        let cut = self.adoption.tip().cuts.get(feed);
        match cut.filter(|cut| self.feeds.holds(&cut.entry)) {
            None => heads.into_iter().take(BRANCHES_MAX + 1).collect(),
            Some(cut) => {
                let beyond = |id: &&EntryId| {
                    self.feeds.entry(id).is_some_and(|held| held.feed == *feed)
                        && !self.feeds.within(id, cut)
                };
                let beyond: Vec<&EntryId> = more.iter().filter(beyond).collect();
                let is_wanted = |(_, head): &(u64, EntryId)| {
                    let mut each = beyond.iter();
                    each.any(|id| self.feeds.is_same_or_ancestor(id, head))
                };
                let place = (cut.sequence, cut.entry);
                let wanted = heads.into_iter().filter(is_wanted);
                let room = BRANCHES_MAX - 1;
                wanted.take(room).chain([place]).collect()
            }
        }
    }
}

/// Returns the heads that a checkpoint names, as many as there is room for: first the feeds of coordinators, then those that the charter
/// cuts, then those of `more`. `acts` are the entries that carry acts; `more` are those of them that decide nothing, and that the others
/// must still know to be held.
pub fn named_heads(
    feeds: &Feeds,
    adoption: &Adoption,
    acts: &BTreeSet<EntryId>,
    more: &BTreeSet<EntryId>,
) -> NamedHeads {
    let deciding = Deciding::of(feeds, adoption);
    let feed_of = |id: &EntryId| feeds.entry(id).map(|held| held.feed);
    let with_acts = acts.iter().filter(|id| deciding.decides(id));
    let with_acts: BTreeSet<FeedId> = with_acts.filter_map(feed_of).collect();
    let cuts = &adoption.tip().cuts;
    let (cut, whole): (Vec<_>, Vec<_>) = with_acts.iter().partition(|it| cuts.contains_key(it));
    let others: BTreeSet<FeedId> = more.iter().filter_map(feed_of).collect();
    let others = others.iter().filter(|it| !with_acts.contains(it));
    let mut left = HEADS_BYTES_MAX;
    let mut named = NamedHeads::new();
    for feed in whole.into_iter().chain(cut).chain(others) {
        let heads = deciding.heads(feed, more);
        // List heads, sequences of up to nine bytes, ids with theirs.
        let size_bytes = 40 + heads.len() * (1 + 9 + 34);
        if size_bytes <= left {
            left -= size_bytes;
            named.insert(*feed, heads);
        }
    }
    named
}
