//! Who is of the federation today: which partners are in, which nodes may exchange with this one, and what decisions would leave of that.
//! Whether something counts is judged elsewhere; a node that nobody hears can go on signing what counts for nothing.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::governance::{Act, Label, NoEffect, Position, SignedAct};
use crdt_schema::id::{EntryId, FeedId, ItemId, PartnerId};

use crate::state::State;

/// Why a node may not exchange with this one, what weighs most first: whoever has left is not told of an old key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bar {
    /// Its partner was put out, or is named by no charter and no act any more.
    Left,
    /// Its feed was cut.
    Cut,
    /// Its certificate is of a root that was rotated, or of one in dispute.
    Outdated,
    /// Nobody vouches for it.
    Stranger,
}

/// What acts would leave of a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aftermath {
    /// It leaves: nothing that it or a new node of it signs counts.
    Leaves,
    /// The same, but it coordinates: its decisions go on to count until a charter drops it.
    LeavesAndDecides,
    /// Its feeds are all cut, but the charter names it: a new node of it would count.
    NamedByCharter,
    /// Its feeds are all cut, but it keeps its mandate: a new node of it would count.
    KeepsMandate,
}

/// What became of an act, as people ask it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It counts.
    Counts,
    /// Its author erased what is its own, which needs no right.
    ErasesOwn,
    /// Its author could decide, but not this: nobody outside the committee of a label decides or ends it.
    NotOfCommittee,
    /// It counts for nothing.
    Nothing(NoEffect),
}

impl Became {
    /// Returns whether it has an effect.
    pub fn counts(self) -> bool {
        matches!(self, Became::Counts | Became::ErasesOwn)
    }

    /// Returns the stable code of why it has none.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Became::Counts | Became::ErasesOwn => None,
            Became::NotOfCommittee => Some("not_of_committee"),
            Became::Nothing(why) => Some(why.code()),
        }
    }
}

impl Bar {
    /// Returns the stable code of this reason.
    pub fn code(self) -> &'static str {
        match self {
            Bar::Cut => "cut",
            Bar::Left => "left",
            Bar::Outdated => "outdated",
            Bar::Stranger => "stranger",
        }
    }
}

impl State {
    /// Returns whether a partner is of the federation: it coordinates, or something that was given to it stands.
    pub fn is_in(&self, partner: &PartnerId) -> bool {
        let partners = self.governance().partners();
        self.coordinates(partner)
            || (partners.enrolled().contains_key(partner) && !partners.has_left(partner))
    }

    /// Returns why the node that signs this feed may not exchange. Nothing where it may.
    ///
    /// A feed that an act cut is still heard when its partner coordinates: only a charter ends a coordinator's word, so no coordinator
    /// can close another one's line.
    pub fn bar(&self, feed: &FeedId) -> Option<Bar> {
        let Some(certificate) = self.certificates().get(feed) else {
            return Some(Bar::Stranger);
        };
        let partner = &certificate.partner;
        let governance = self.governance();
        if !self.is_in(partner) {
            return Some(Bar::Left);
        }
        let is_cut_by_charter = governance.adoption().tip().cuts.contains_key(feed);
        let is_cut = governance.partners().is_cut(feed) && !self.coordinates(partner);
        if is_cut_by_charter || is_cut {
            return Some(Bar::Cut);
        }
        let is_in_force = governance.roots().vouch_for(feed, &certificate.into());
        (!is_in_force).then_some(Bar::Outdated)
    }

    /// Returns why the node with this network identity may not exchange, as far as certificates say. Nothing where no certificate names it.
    /// One instance that may is enough: the others of its endpoint are those that it had before.
    pub fn bar_of_endpoint(&self, endpoint: &[u8; 32]) -> Option<Result<(), Bar>> {
        let its = self.certificates().iter();
        let its = its.filter(|(_, certificate)| certificate.endpoint == *endpoint);
        let mut bars: Vec<Option<Bar>> = its.map(|(feed, _)| self.bar(feed)).collect();
        // `None` goes first, then what weighs most.
        bars.sort_unstable();
        bars.first().map(|bar| bar.map_or(Ok(()), Err))
    }

    /// Returns what became of an act that is held. Nothing for one that was not judged yet.
    pub fn became(&self, id: &ItemId, signed: &SignedAct) -> Option<Became> {
        let governance = self.governance();
        let outcome = governance.acts().outcome(id)?;
        let author = self.feeds().owner(&signed.entry);
        let label = match &signed.act {
            Act::Erase(erasure) if outcome.is_err() => {
                let own = author.and_then(|author| governance.erasures().own().get(&author));
                let erases = own.is_some_and(|own| erasure.items.iter().any(|it| own.contains(it)));
                if erases {
                    return Some(Became::ErasesOwn);
                }
                None
            }
            Act::LabelIssue { label, .. } | Act::LabelWithdraw { label, .. } => Some(label),
            _ => None,
        };
        Some(match (outcome, label) {
            (Err(why), _) => Became::Nothing(why),
            (Ok(()), Some(label)) if !author.is_some_and(|it| self.sits(&it, label)) => {
                Became::NotOfCommittee
            }
            (Ok(()), _) => Became::Counts,
        })
    }

    /// Returns whether a partner sits in the committee that decides a label.
    pub fn sits(&self, partner: &PartnerId, label: &Label) -> bool {
        let scheme = self.governance().schemes().get(&label.scheme);
        scheme.is_some_and(|scheme| scheme.committee.contains(partner))
    }

    /// Returns whether a cut of a forked feed at this place keeps one of its histories and drops what another one says.
    pub fn drops_histories(&self, feed: &FeedId, place: &Position) -> bool {
        let feeds = self.feeds();
        let heads = feeds.heads(feed);
        let is_dropped = |head: &EntryId| {
            !feeds.is_same_or_ancestor(&place.entry, head)
                && !feeds.is_same_or_ancestor(head, &place.entry)
        };
        heads.iter().any(|(_, head)| is_dropped(head))
    }

    /// Returns what these acts would leave of the partners that they cut or take something from, where that is more than the acts say.
    pub fn aftermath(&self, acts: &[Act]) -> BTreeMap<PartnerId, Aftermath> {
        let partners = self.governance().partners();
        let (mut cut, mut narrowed, mut named) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for act in acts {
            match act {
                Act::Cut { feed, .. } => {
                    cut.insert(*feed);
                    let owner = self.certificates().get(feed);
                    named.extend(owner.map(|its| its.partner));
                }
                Act::Descope { grant, .. } => {
                    narrowed.insert(*grant);
                    let given = self.acts().get(grant).map(|signed| &signed.act);
                    if let Some(Act::Enrol { partner, .. } | Act::Mandate { partner, .. }) = given {
                        named.insert(*partner);
                    }
                }
                _ => {}
            }
        }
        let after = |partner: &PartnerId| {
            let keeps = partners
                .grants(partner)
                .iter()
                .any(|grant| match grant.act {
                    None => true,
                    Some(act) => !partners.is_narrowed(&act) && !narrowed.contains(&act),
                });
            let mut its = self.certificates().iter();
            let is_open = |feed: &FeedId| !partners.is_cut(feed) && !cut.contains(feed);
            let has_open = its.any(|(feed, its)| its.partner == *partner && is_open(feed));
            let tip = self.governance().adoption().tip();
            match (keeps, has_open) {
                (false, _) if self.coordinates(partner) => Some(Aftermath::LeavesAndDecides),
                (false, _) => Some(Aftermath::Leaves),
                (true, false) if tip.partners.contains_key(partner) => {
                    Some(Aftermath::NamedByCharter)
                }
                (true, false) => Some(Aftermath::KeepsMandate),
                (true, true) => None,
            }
        };
        let named = named.into_iter();
        named
            .filter_map(|partner| Some((partner, after(&partner)?)))
            .collect()
    }

    fn coordinates(&self, partner: &PartnerId) -> bool {
        let tip = self.governance().adoption().tip();
        tip.coordinators.contains_key(partner)
    }
}
