//! Rank 3: partners. Who is enrolled, with which mandate, and where feeds are cut.

use std::collections::BTreeMap;

use crate::entry::{Certified, Kind, Root};
use crate::governance::{
    Act, Acts, Adoption, Feeds, Held, Line, Mandate, Position, Roots, SignedAct,
};
use crate::id::{EntryId, FeedId, ItemId, PartnerId};

/// The partners of the federation and what they may write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partners {
    enrolled: BTreeMap<PartnerId, Profile>,
    grants: BTreeMap<PartnerId, Vec<Grant>>,
    charter_cuts: BTreeMap<FeedId, Position>,
    cuts: BTreeMap<FeedId, Vec<Position>>,
    narrowings: BTreeMap<ItemId, Vec<BTreeMap<FeedId, Position>>>,
    roots: Roots,
}

/// What an enrolment says of a partner, beside its mandate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its root public key, as the charter or the enrolment writes it. [`Partners::root`] says which one is in force.
    pub root: [u8; 32],
    /// Its name.
    pub name: String,
}

/// A mandate given to a partner: by the charter (`act` is `None`), or by an act, which can be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What may be written.
    pub mandate: Mandate,
    /// The `enrol` or `mandate` act.
    pub act: Option<ItemId>,
}

/// Why nothing in a contribution counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Void {
    /// Edits, statements and personal values only stand in entries of kind *contribution*.
    #[error("not in a contribution entry")]
    NotInContribution,
    /// No partner vouches for the feed.
    #[error("no certificate")]
    NoCertificate,
    /// The partner is not of the federation.
    #[error("not enrolled")]
    NotEnrolled,
    /// The certificate is of a root that the partner rotated, or of one in dispute, and no longer counts here.
    #[error("certified by an outdated root")]
    OutdatedRoot,
    /// The newest charter cuts the feed before this.
    #[error("cut by the charter")]
    CutByCharter,
    /// A `cut` act cuts the feed before this.
    #[error("cut by a coordinator")]
    CutByCoordinator,
    /// One of the records is none that the partner may write.
    #[error("outside its mandate")]
    OutsideMandate,
}

impl Void {
    /// Returns the stable code of this reason.
    pub fn code(self) -> &'static str {
        match self {
            Void::NotInContribution => "void_misplaced",
            Void::NoCertificate => "void_no_certificate",
            Void::NotEnrolled => "void_not_enrolled",
            Void::OutdatedRoot => "void_outdated_root",
            Void::CutByCharter => "void_cut_by_charter",
            Void::CutByCoordinator => "void_cut_by_coordinator",
            Void::OutsideMandate => "void_outside_mandate",
        }
    }
}

impl Partners {
    pub(super) fn judge(
        feeds: &Feeds,
        adoption: &Adoption,
        roots: Roots,
        acts: &Acts,
        held: &BTreeMap<ItemId, SignedAct>,
    ) -> Self {
        let mut partners = Self::of_charter(adoption, roots);
        for (id, signed) in acts.counting(held) {
            match &signed.act {
                Act::Cut { feed, position } => {
                    partners.cuts.entry(*feed).or_default().push(*position);
                }
                Act::Descope { grant, positions } => {
                    let narrowings = partners.narrowings.entry(*grant).or_default();
                    narrowings.push(positions.clone());
                }
                Act::Enrol {
                    partner,
                    root,
                    name,
                    mandate,
                } => {
                    let profile = Profile {
                        root: *root,
                        name: name.clone(),
                    };
                    // The charter's words on a partner go first, then those of the act with the lowest id.
                    partners.enrolled.entry(*partner).or_insert(profile);
                    let mandate = what_it_may_give(feeds, adoption, &signed.entry, mandate);
                    partners.grant(*partner, mandate, *id);
                }
                Act::Mandate { partner, mandate } => {
                    let mandate = what_it_may_give(feeds, adoption, &signed.entry, mandate);
                    partners.grant(*partner, mandate, *id);
                }
                _ => {}
            }
        }
        partners
    }

    /// Returns the enrolled partners.
    pub fn enrolled(&self) -> &BTreeMap<PartnerId, Profile> {
        &self.enrolled
    }

    /// Returns what was given to a partner, also what was taken back since.
    pub fn grants(&self, partner: &PartnerId) -> &[Grant] {
        self.grants.get(partner).map_or(&[], Vec::as_slice)
    }

    /// Returns the roots of partners that rotated theirs.
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// Returns the root public key in force of an enrolled partner. In a dispute, that of before.
    pub fn root(&self, partner: &PartnerId) -> Option<[u8; 32]> {
        let written = self.enrolled.get(partner)?.root;
        Some(match self.roots.line(partner).map(Line::current) {
            Some(Root::Later(key)) => key,
            Some(Root::First) | None => written,
        })
    }

    /// Returns whether what a feed signs next can count: its partner is enrolled, its certificate is of a root in force or kept open by
    /// every rotation since.
    pub fn vouches_for(&self, feed: &FeedId, certified: &Certified) -> bool {
        self.enrolled.contains_key(&certified.partner) && self.roots.vouch_for(feed, certified)
    }

    /// Returns the earliest sequence at which a charter or an act cuts the contributions of a feed.
    pub fn cut_at(&self, feed: &FeedId) -> Option<u64> {
        let by_charter = self.charter_cuts.get(feed).into_iter();
        let by_acts = self.cuts.get(feed).into_iter().flatten();
        by_charter.chain(by_acts).map(|place| place.sequence).min()
    }

    /// Returns the places at which charter and acts cut the contributions of feeds.
    pub fn cuts(&self) -> impl Iterator<Item = (&FeedId, &Position)> {
        let by_acts = self.cuts.iter();
        let by_acts = by_acts.flat_map(|(feed, places)| places.iter().map(move |it| (feed, it)));
        self.charter_cuts.iter().chain(by_acts)
    }

    /// Returns whether an act that counts has taken a grant back, from some place on.
    pub fn is_narrowed(&self, grant: &ItemId) -> bool {
        self.narrowings.contains_key(grant)
    }

    /// Returns whether everything that was given to a partner was taken back: it has left, until somebody gives it something again. What
    /// a charter gives is never taken back by an act.
    pub fn has_left(&self, partner: &PartnerId) -> bool {
        let grants = self.grants(partner);
        let is_narrowed = |grant: &Grant| grant.act.is_some_and(|act| self.is_narrowed(&act));
        !grants.is_empty() && grants.iter().all(is_narrowed)
    }

    /// Returns whether the partner of this entry had left when it was signed: of all that was given to it, nothing reaches so far. The
    /// mandate is empty there, so that edits and personal values are void; statements need none.
    pub fn had_left(&self, feeds: &Feeds, entry: &EntryId) -> bool {
        let Some(held) = feeds.entry(entry) else {
            return false;
        };
        let grants = held.owner.map_or(&[][..], |owner| self.grants(&owner));
        let is_gone = |grant: &Grant| self.is_taken_back(feeds, entry, &held, grant);
        !grants.is_empty() && grants.iter().all(is_gone)
    }

    /// Returns what the author of a contribution could write there, or why nothing in it counts.
    ///
    /// An entry that is not held has no certificate.
    pub fn standing(&self, feeds: &Feeds, entry: &EntryId) -> Result<Mandate, Void> {
        let held = feeds.entry(entry).ok_or(Void::NoCertificate)?;
        if held.kind != Kind::Contribution {
            return Err(Void::NotInContribution);
        }
        let partner = held.owner.ok_or(Void::NoCertificate)?;
        if !self.enrolled.contains_key(&partner) {
            return Err(Void::NotEnrolled);
        }
        if !self.roots.give(feeds, entry, &held) {
            return Err(Void::OutdatedRoot);
        }
        let charter_cut = self.charter_cuts.get(&held.feed);
        if charter_cut.is_some_and(|cut| !feeds.within(entry, cut)) {
            return Err(Void::CutByCharter);
        }
        let mut cuts = self.cuts.get(&held.feed).into_iter().flatten();
        if cuts.any(|cut| !feeds.within(entry, cut)) {
            return Err(Void::CutByCoordinator);
        }
        Ok(self.mandate_at(feeds, entry, &held, &partner))
    }

    /// Returns whether a feed is cut, so that nothing that it signs next can count.
    pub fn is_cut(&self, feed: &FeedId) -> bool {
        self.charter_cuts.contains_key(feed) || self.cuts.contains_key(feed)
    }

    /// Returns whether the standing of entries depends on whether this one is held.
    pub(super) fn names(&self, entry: &EntryId) -> bool {
        let narrowed = self
            .narrowings
            .values()
            .flatten()
            .flat_map(BTreeMap::values);
        self.charter_cuts
            .values()
            .chain(self.cuts.values().flatten())
            .chain(narrowed)
            .any(|place| place.entry == *entry)
            || self.roots.names(entry)
    }

    fn of_charter(adoption: &Adoption, roots: Roots) -> Self {
        let tip = adoption.tip();
        let mut partners = Self {
            enrolled: BTreeMap::new(),
            grants: BTreeMap::new(),
            charter_cuts: tip.cuts.clone(),
            cuts: BTreeMap::new(),
            narrowings: BTreeMap::new(),
            roots,
        };
        for (partner, confirmed) in &tip.partners {
            let profile = Profile {
                root: confirmed.root,
                name: confirmed.name.clone(),
            };
            partners.enrolled.insert(*partner, profile);
            let grant = Grant {
                mandate: confirmed.mandate.clone(),
                act: None,
            };
            partners.grants.insert(*partner, vec![grant]);
        }
        partners
    }

    fn grant(&mut self, partner: PartnerId, mandate: Mandate, act: ItemId) {
        let act = Some(act);
        let grants = self.grants.entry(partner).or_default();
        grants.push(Grant { mandate, act });
    }

    /// The grants of the partner that were not taken back before this entry.
    fn mandate_at(
        &self,
        feeds: &Feeds,
        entry: &EntryId,
        held: &Held,
        partner: &PartnerId,
    ) -> Mandate {
        let mut mandate = Mandate::default();
        for grant in self.grants(partner) {
            if !self.is_taken_back(feeds, entry, held, grant) {
                mandate.extend(&grant.mandate);
            }
        }
        mandate
    }

    /// A `descope` names a grant and, for each feed, the last place that keeps it. A feed that it does not name loses it.
    fn is_taken_back(&self, feeds: &Feeds, entry: &EntryId, held: &Held, grant: &Grant) -> bool {
        let Some(narrowings) = grant.act.and_then(|act| self.narrowings.get(&act)) else {
            return false;
        };
        !narrowings.iter().all(|positions| {
            positions
                .get(&held.feed)
                .is_some_and(|place| feeds.within(entry, place))
        })
    }
}

/// The mandate that an act gives, within the coordinator's own. A feed that the charter cuts is judged as it was then.
fn what_it_may_give(
    feeds: &Feeds,
    adoption: &Adoption,
    entry: &EntryId,
    mandate: &Mandate,
) -> Mandate {
    let Some(held) = feeds.entry(entry) else {
        return Mandate::default();
    };
    let tip = adoption.tip();
    let newest = (!tip.cuts.contains_key(&held.feed)).then_some(tip);
    let bounds = [adoption.adopted(&held.charter), newest];
    bounds
        .into_iter()
        .flatten()
        .fold(mandate.clone(), |given, charter| {
            let coordinator = held
                .owner
                .and_then(|owner| charter.coordinators.get(&owner));
            coordinator.map_or_else(Mandate::default, |its| given.common_part(&its.mandate))
        })
}
