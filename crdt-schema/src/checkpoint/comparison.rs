//! What a checkpoint says of governance, beside what is held here. It is the word of one node: it shows what to ask for, and whom to
//! believe is decided by the entries themselves.
//!
//! Only what can decide under our newest charter is compared. Where this charter cuts a feed at an entry that is held here, whatever the
//! cut excludes is no difference. Of a feed that is not cut, nodes hold `BRANCHES_MAX` branches, and not all the same ones: what they then
//! name apart is *contested* because of the flood, and proves no second history of theirs.

use std::collections::BTreeSet;

use crate::checkpoint::deciding::{Deciding, Part};
use crate::checkpoint::{Checkpoint, NamedHeads};
use crate::governance::{Adoption, Feeds};
use crate::id::{EntryId, FeedId};
use crate::limits::BRANCHES_MAX;

/// Unknown heads of one checkpoint that are remembered, of feeds that are held and of others: the lowest feeds and sequences come first. The
/// others are found once these came.
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
    /// The only differences are branches of a feed that has more of them than nodes hold. Until a charter cuts it, nobody can know them all.
    Contested,
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
    /// The heads that are not held here, in feeds that decide, in their order, at most `UNKNOWN_MAX`, and `BRANCHES_MAX` of each feed.
    pub unknown: Vec<UnknownHead>,
    /// The same of feeds of which nothing is held here: they may be a coordinator's, or nobody's.
    pub strange: Vec<UnknownHead>,
}

/// Compares a checkpoint with what is held: the entries, those that carry acts, and the charters that are adopted. A head further on in a
/// feed that carries no other act is no difference. Heads that are left out say nothing, and never confirm.
pub fn compare(
    checkpoint: &Checkpoint,
    feeds: &Feeds,
    acts: &BTreeSet<EntryId>,
    adoption: &Adoption,
) -> Comparison {
    let deciding = Deciding::of(feeds, adoption);
    let mut found = Comparison {
        standing: compare_tip(checkpoint, adoption),
        unknown: Vec::new(),
        strange: Vec::new(),
    };
    let mut to_tell = to_be_told(&deciding, acts);
    for (feed, heads) in &checkpoint.governance {
        let part = deciding.part(feed);
        let list = match part {
            Part::Nothing => continue,
            Part::UpTo(cut) if feeds.holds(&cut.entry) => {
                // Nothing that is not held can stand before the cut: without its place, other branches may still be in doubt there.
                to_tell.insert(cut.entry);
                continue;
            }
            Part::Unknown => &mut found.strange,
            Part::All | Part::UpTo(_) => &mut found.unknown,
        };
        if heads.len() > BRANCHES_MAX {
            found.standing = found.standing.max(Standing::Contested);
        }
        let is_held = |entry| feeds.entry(entry).is_some_and(|held| held.feed == *feed);
        let missing = heads.iter().filter(|(_, entry)| !is_held(entry));
        for (count, (sequence, entry)) in missing.enumerate() {
            let head = UnknownHead {
                feed: *feed,
                sequence: *sequence,
                entry: *entry,
            };
            found.standing = found.standing.max(of_missing(&head, feeds, part));
            if count < BRANCHES_MAX && list.len() < UNKNOWN_MAX {
                list.push(head);
            }
        }
    }
    to_tell.retain(|entry| feeds.holds(entry) && !checkpoint.covers(feeds, entry));
    for entry in &to_tell {
        let standing = of_untold(&checkpoint.governance, feeds, entry);
        found.standing = found.standing.max(standing);
    }
    found
}

/// The entries with acts that decide here, and the places at which their feeds are cut: these are what the acts are worth.
fn to_be_told(deciding: &Deciding<'_>, acts: &BTreeSet<EntryId>) -> BTreeSet<EntryId> {
    let decides = |act: &&EntryId| deciding.decides(act);
    let with_places = |act: &EntryId| [Some(*act), deciding.cut_of(act)];
    let all = acts.iter().filter(decides).flat_map(with_places);
    all.flatten().collect()
}

/// What it says that a head is named and not held here.
fn of_missing(head: &UnknownHead, feeds: &Feeds, part: Part<'_>) -> Standing {
    let heads = feeds.heads(&head.feed);
    let is_cut_there = matches!(part, Part::UpTo(cut) if cut.entry == head.entry);
    if heads.len() >= BRANCHES_MAX && !is_cut_there {
        return Standing::Contested;
    }
    let furthest = heads.iter().map(|(sequence, _)| *sequence).max();
    let is_taken = furthest.is_some_and(|furthest| head.sequence <= furthest);
    match is_taken && !is_cut_there {
        true => Standing::Contradictory,
        false => Standing::Ahead,
    }
}

/// What it says that an entry that decides here is neither named nor before one that is.
fn of_untold(named: &NamedHeads, feeds: &Feeds, act: &EntryId) -> Standing {
    let feed = feeds.entry(act).map(|held| held.feed);
    let its = feed.and_then(|feed| named.get(&feed));
    if named.is_empty() {
        Standing::Silent
    } else if its.is_some_and(|heads| heads.len() >= BRANCHES_MAX) {
        Standing::Contested
    } else {
        Standing::Behind
    }
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
