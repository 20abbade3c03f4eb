//! Rank 2: coordinators' acts. Which of them count, and why the others do not.

use std::collections::BTreeMap;

use crate::entry::{Frame, Kind, VerifiedEntry};
use crate::governance::{Act, Adoption, Charter, Effect, Feeds, Held, Position, Roots};
use crate::id::{EntryId, FeedId, ItemId, PartnerId};

/// An act that is held, and the entry that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedAct {
    /// The entry, whose header says who signs and which charter is cited.
    pub entry: EntryId,
    /// The act.
    pub act: Act,
}

impl SignedAct {
    /// Returns the acts that an entry carries. The contents of acts cannot be erased; one that is missing is still to come.
    pub fn all_of(entry: &VerifiedEntry) -> Vec<(ItemId, Self)> {
        if !entry.header().kind.is_known() {
            return Vec::new();
        }
        let id = entry.id();
        entry
            .identified_items()
            .filter_map(|(item, held)| match (&held.frame, held.content()) {
                (Frame::Act(name), Some(content)) => {
                    let act = Act::read(name, content);
                    Some((item, SignedAct { entry: id, act }))
                }
                _ => None,
            })
            .collect()
    }
}

/// What becomes of every act that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acts {
    outcomes: BTreeMap<ItemId, Result<(), NoEffect>>,
    read_only: bool,
    /// The places of the suspensions in force.
    suspensions: BTreeMap<FeedId, Vec<Position>>,
}

/// Why an act counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum NoEffect {
    /// An act of a later version, or one that cannot be read.
    #[error("unknown act")]
    UnknownAct,
    /// Only entries of kind *governance* carry acts.
    #[error("not in a governance entry")]
    NotInGovernance,
    /// The charter that the entry cites is not adopted here.
    #[error("cites a charter that is not adopted")]
    CharterNotAdopted,
    /// The charter that the entry cites does not make its author a coordinator.
    #[error("not a coordinator")]
    NotCoordinator,
    /// The charter that the entry cites does not give its author this right.
    #[error("not among its rights")]
    NotAmongRights,
    /// The newest charter cuts the feed before this.
    #[error("cut by the charter")]
    CutByCharter,
    /// The newest charter takes the role, or this right, from the author, and does not cut the feed.
    #[error("no longer a coordinator")]
    NoLongerCoordinator,
    /// The author's certificate is of a root that its partner rotated, and that no longer counts here.
    #[error("certified by an outdated root")]
    OutdatedRoot,
    /// The feed shows two histories.
    #[error("fork not resolved")]
    ForkNotResolved,
    /// The feed said something before that this version does not understand and must.
    #[error("after an unknown critical entry")]
    AfterUnknownCritical,
    /// Another coordinator holds the feed's grants back until the next charter.
    #[error("suspended")]
    Suspended,
}

impl NoEffect {
    /// Returns the stable code of this reason.
    pub fn code(self) -> &'static str {
        match self {
            NoEffect::UnknownAct => "act_unknown",
            NoEffect::NotInGovernance => "act_misplaced",
            NoEffect::CharterNotAdopted => "act_charter_not_adopted",
            NoEffect::NotCoordinator => "act_not_coordinator",
            NoEffect::NotAmongRights => "act_not_among_rights",
            NoEffect::CutByCharter => "act_cut_by_charter",
            NoEffect::NoLongerCoordinator => "act_no_longer_coordinator",
            NoEffect::OutdatedRoot => "act_outdated_root",
            NoEffect::ForkNotResolved => "act_fork_not_resolved",
            NoEffect::AfterUnknownCritical => "act_after_unknown_critical",
            NoEffect::Suspended => "act_suspended",
        }
    }
}

impl Acts {
    /// Judges every act that is held.
    pub(super) fn judge(
        feeds: &Feeds,
        adoption: &Adoption,
        roots: &Roots,
        held: &BTreeMap<ItemId, SignedAct>,
    ) -> Self {
        let mut judge = Judge::new(feeds, adoption, roots);
        let mut outcomes: BTreeMap<ItemId, Result<(), NoEffect>> = held
            .iter()
            .map(|(id, signed)| (*id, judge.check_authority(signed)))
            .collect();
        judge.note_suspensions(held, &outcomes);
        for (id, outcome) in &mut outcomes {
            let signed = &held[id];
            if outcome.is_ok() && signed.act.effect() == Some(Effect::Grant) {
                *outcome = judge.check_not_held_back(&signed.entry);
            }
        }
        Self {
            outcomes,
            read_only: !judge.unknown_critical.is_empty(),
            suspensions: judge.suspensions,
        }
    }

    /// Returns whether an act counts, or why not. `None` for an act that was not held at the evaluation.
    pub fn outcome(&self, act: &ItemId) -> Option<Result<(), NoEffect>> {
        self.outcomes.get(act).copied()
    }

    /// Returns whether an act is held and counts.
    pub fn counts(&self, act: &ItemId) -> bool {
        self.outcomes.get(act).is_some_and(Result::is_ok)
    }

    /// Returns the outcome of every act, in the order of their ids.
    pub fn outcomes(&self) -> impl Iterator<Item = (&ItemId, Result<(), NoEffect>)> {
        self.outcomes.iter().map(|(id, outcome)| (id, *outcome))
    }

    /// Returns those of the held acts that count.
    pub fn counting<'h>(
        &self,
        held: &'h BTreeMap<ItemId, SignedAct>,
    ) -> impl Iterator<Item = (&'h ItemId, &'h SignedAct)> {
        held.iter().filter(|(id, _)| self.counts(id))
    }

    /// Returns whether a coordinator said something that this version must understand and does not: "upgrade".
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Returns whether an act that counts holds back the later grants of a feed until the next charter.
    pub fn is_suspended(&self, feed: &FeedId) -> bool {
        self.suspensions.contains_key(feed)
    }

    /// Returns whether acts depend on whether this entry is held, beside those that the charter's cuts name.
    pub(super) fn names(&self, entry: &EntryId) -> bool {
        let mut places = self.suspensions.values().flatten();
        places.any(|place| place.entry == *entry)
    }
}

struct Judge<'h> {
    feeds: &'h Feeds,
    adoption: &'h Adoption,
    roots: &'h Roots,
    unknown_critical: BTreeMap<FeedId, Vec<EntryId>>,
    suspensions: BTreeMap<FeedId, Vec<Position>>,
}

impl<'h> Judge<'h> {
    fn new(feeds: &'h Feeds, adoption: &'h Adoption, roots: &'h Roots) -> Self {
        let mut judge = Self {
            feeds,
            adoption,
            roots,
            unknown_critical: BTreeMap::new(),
            suspensions: BTreeMap::new(),
        };
        judge.note_unknown_critical();
        judge
    }

    /// An unknown critical kind stops a feed only where an act would have counted, so that the next charter's cut ends it.
    fn note_unknown_critical(&mut self) {
        for id in self.feeds.unknown_critical() {
            let Some(entry) = self.feeds.entry(id) else {
                continue;
            };
            if self.check_right(id, &entry, None).is_ok() {
                self.unknown_critical
                    .entry(entry.feed)
                    .or_default()
                    .push(*id);
            }
        }
    }

    /// A suspension lasts as long as the charter that it cites is the newest.
    fn note_suspensions(
        &mut self,
        held: &BTreeMap<ItemId, SignedAct>,
        outcomes: &BTreeMap<ItemId, Result<(), NoEffect>>,
    ) {
        let tip = self.adoption.tip_id();
        for (id, signed) in held {
            let Act::Suspend { feed, position } = &signed.act else {
                continue;
            };
            let cites = self.feeds.entry(&signed.entry).map(|entry| entry.charter);
            if outcomes[id].is_ok() && cites == Some(tip) {
                self.suspensions.entry(*feed).or_default().push(*position);
            }
        }
    }

    fn check_authority(&self, signed: &SignedAct) -> Result<(), NoEffect> {
        if signed.act == Act::Unknown {
            return Err(NoEffect::UnknownAct);
        }
        match self.feeds.entry(&signed.entry) {
            Some(entry) if entry.kind == Kind::Governance => {
                self.check_right(&signed.entry, &entry, Some(&signed.act))
            }
            _ => Err(NoEffect::NotInGovernance),
        }
    }

    /// Whether the feed had a coordinator's authority at this entry. Without an act, any authority will do.
    fn check_right(&self, id: &EntryId, entry: &Held, act: Option<&Act>) -> Result<(), NoEffect> {
        let cited = self
            .adoption
            .adopted(&entry.charter)
            .ok_or(NoEffect::CharterNotAdopted)?;
        let partner = entry.owner.ok_or(NoEffect::NotCoordinator)?;
        check_rights(cited, &partner, act)?;
        let tip = self.adoption.tip();
        match tip.cuts.get(&entry.feed) {
            Some(cut) if self.survives_charter_cut(id, entry, act, cut) => Ok(()),
            Some(_) => Err(NoEffect::CutByCharter),
            None => {
                check_rights(tip, &partner, act).map_err(|_| NoEffect::NoLongerCoordinator)?;
                self.check_root(id, entry, act)
            }
        }
    }

    /// Where the charter cuts a feed, it has said what of it counts, and no rotation changes that. Elsewhere a grant needs a root in
    /// force, and a denial none that the charter has left behind.
    fn check_root(&self, id: &EntryId, entry: &Held, act: Option<&Act>) -> Result<(), NoEffect> {
        let stands = match act.and_then(Act::effect) {
            Some(Effect::Denial) => self.roots.take(self.feeds, id, entry),
            _ => self.roots.give(self.feeds, id, entry),
        };
        if stands {
            Ok(())
        } else {
            Err(NoEffect::OutdatedRoot)
        }
    }

    /// When in doubt, denials bite: where the entry named by the cut is not held, those at or below it count.
    fn survives_charter_cut(
        &self,
        id: &EntryId,
        entry: &Held,
        act: Option<&Act>,
        cut: &Position,
    ) -> bool {
        let is_denial = act.and_then(Act::effect) == Some(Effect::Denial);
        let in_doubt = !self.feeds.holds(&cut.entry) && entry.sequence <= cut.sequence;
        self.feeds.within(id, cut) || (is_denial && in_doubt)
    }

    /// Whether a grant has effect now, or waits for the next charter although its author had the authority.
    fn check_not_held_back(&self, id: &EntryId) -> Result<(), NoEffect> {
        let entry = self.feeds.entry(id).ok_or(NoEffect::NotInGovernance)?;
        let is_cut = self.adoption.tip().cuts.contains_key(&entry.feed);
        if !is_cut && self.feeds.is_forked_at(id) {
            return Err(NoEffect::ForkNotResolved);
        }
        let mut unknown = self.unknown_critical.get(&entry.feed).into_iter().flatten();
        if unknown.any(|unknown| self.feeds.is_same_or_ancestor(unknown, id)) {
            return Err(NoEffect::AfterUnknownCritical);
        }
        let mut places = self.suspensions.get(&entry.feed).into_iter().flatten();
        if places.any(|place| !self.feeds.within(id, place)) {
            return Err(NoEffect::Suspended);
        }
        Ok(())
    }
}

fn check_rights(charter: &Charter, partner: &PartnerId, act: Option<&Act>) -> Result<(), NoEffect> {
    let coordinator = charter
        .coordinators
        .get(partner)
        .ok_or(NoEffect::NotCoordinator)?;
    match act.and_then(Act::name) {
        Some(name) if !coordinator.rights.contains(name) => Err(NoEffect::NotAmongRights),
        _ => Ok(()),
    }
}
