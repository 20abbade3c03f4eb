//! What a checkpoint says of governance, beside what is held here. It is the word of one node: it shows what to ask for, and whom to
//! believe is decided by the entries themselves.

use std::collections::BTreeSet;

use crate::checkpoint::Checkpoint;
use crate::governance::{Adoption, Feeds};
use crate::id::{EntryId, FeedId};

/// Unknown heads of one checkpoint that are remembered: the lowest feeds and sequences come first. The others are found once these came.
pub const UNKNOWN_MAX: usize = 64;

/// How the governance of a checkpoint stands to ours. A later one of these hides the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// The same charter, and exactly the same acts.
    Same,
    /// Nothing that is not held here, and something is missing there.
    Behind,
    /// It names no head, though acts are held here: it says nothing.
    Silent,
    /// It names a charter or heads that are not held here.
    Ahead,
    /// It names an entry where another one is held here, or another charter of a version that is adopted here: there are two histories.
    Contradictory,
}

/// A head that a checkpoint names and that is not held here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownHead {
    /// The feed.
    pub feed: FeedId,
    /// The sequence.
    pub sequence: u64,
    /// The entry.
    pub entry: EntryId,
}

/// What a comparison finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// How it stands to what is held here.
    pub standing: Standing,
    /// The heads that are not held here, in their order, at most `UNKNOWN_MAX`.
    pub unknown: Vec<UnknownHead>,
}

/// Compares a checkpoint with what is held: the entries, those that carry acts, and the charters that are adopted. A head further on in a
/// feed that carries no other act is no difference. Heads that are left out say nothing, and never confirm.
pub fn compare(
    checkpoint: &Checkpoint,
    feeds: &Feeds,
    acts: &BTreeSet<EntryId>,
    adoption: &Adoption,
) -> Comparison {
    let mut standing = compare_tip(checkpoint, adoption);
    let mut unknown = Vec::new();
    for (feed, heads) in &checkpoint.governance {
        let furthest = feeds.furthest_head(feed).map(|(sequence, _)| sequence);
        for (sequence, entry) in heads {
            if feeds.entry(entry).is_some_and(|held| held.feed == *feed) {
                continue;
            }
            let is_taken = furthest.is_some_and(|furthest| *sequence <= furthest);
            standing = standing.max(match is_taken {
                true => Standing::Contradictory,
                false => Standing::Ahead,
            });
            if unknown.len() < UNKNOWN_MAX {
                unknown.push(UnknownHead {
                    feed: *feed,
                    sequence: *sequence,
                    entry: *entry,
                });
            }
        }
    }
    if acts.iter().any(|act| !checkpoint.covers(feeds, act)) {
        standing = standing.max(match checkpoint.governance.is_empty() {
            true => Standing::Silent,
            false => Standing::Behind,
        });
    }
    Comparison { standing, unknown }
}

fn compare_tip(checkpoint: &Checkpoint, adoption: &Adoption) -> Standing {
    let (version, id) = &checkpoint.tip;
    let first = adoption.chain().first().map(|it| it.charter.version);
    if *id == adoption.tip_id() {
        Standing::Same
    } else if adoption.adopted(id).is_some() || first.is_some_and(|first| *version < first) {
        Standing::Behind
    } else if *version > adoption.tip().version {
        Standing::Ahead
    } else {
        Standing::Contradictory
    }
}

#[cfg(test)]
mod tests;
