//! Making a proof from what a node holds.

use std::collections::{BTreeMap, BTreeSet};

use crate::entry::VerifiedEntry;
use crate::governance::{Act, Adopted, Governance, Holdings, Label, Position, SchemeId};
use crate::id::{EntryId, FeedId, ItemId};
use crate::key::SecretKey;
use crate::label::{Decision, Labels, Projection};
use crate::proof::bundle::Bundle;
use crate::proof::chain::{Chain, Link};
use crate::proof::verify::credential;
use crate::proof::{Proof, Refusal};
use crate::time::Timestamp;

/// What to prove.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The label.
    pub label: &'a Label,
    /// The projection that the label is bound to.
    pub projection: &'a Projection,
    /// The record's projection now.
    pub now: &'a Projection,
    /// The time of making.
    pub made: Timestamp,
}

/// Why no proof can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unprovable {
    /// An entry that the proof needs is not held.
    #[error("the entry {0} is not held")]
    EntryNotHeld(EntryId),
    /// This node's feed has not started.
    #[error("this node's feed has not started")]
    Maker,
    /// No issue carries a credential that holds.
    #[error("no coordinator signed a credential with its decision")]
    NoCredential,
    /// The charters are not held from the genesis on.
    #[error("the founding charter is not held")]
    NoGenesis,
    /// The label was never decided by enough partners.
    #[error("the label is not decided")]
    NotDecided,
    /// The projection is not the one that the label is bound to.
    #[error("the fields of the record as they were signed are not held")]
    Projection,
    /// The proof would not convince.
    #[error("the proof would be refused: {0}")]
    Refused(#[from] Refusal),
}

impl Unprovable {
    /// Returns the stable code of this reason.
    pub fn code(&self) -> &'static str {
        match self {
            Unprovable::EntryNotHeld(_) => "unprovable_entry_not_held",
            Unprovable::Maker => "unprovable_maker",
            Unprovable::NoCredential => "unprovable_no_credential",
            Unprovable::NoGenesis => "unprovable_no_genesis",
            Unprovable::NotDecided => "unprovable_not_decided",
            Unprovable::Projection => "unprovable_projection",
            Unprovable::Refused(_) => "unprovable_refused",
        }
    }
}

/// Makes the file. `entry` gives the entries that are held; `maker` is the key of this node's instance.
///
/// The result has been verified: what this returns is accepted by everyone.
pub fn build(
    holdings: Holdings<'_>,
    governance: &Governance,
    entry: impl FnMut(&EntryId) -> Option<VerifiedEntry>,
    request: &Request<'_>,
    maker: &SecretKey,
) -> Result<Vec<u8>, Unprovable> {
    let labels = Labels::judge(holdings, governance);
    let decision = labels.get(request.label);
    let decision = decision.filter(|decision| decision.has_quorum());
    let decision = decision.ok_or(Unprovable::NotDecided)?;
    if request.projection.hash() != request.label.projection {
        return Err(Unprovable::Projection);
    }
    let mut builder = Builder {
        holdings,
        governance,
        entry,
        needed: BTreeMap::new(),
        rotations: BTreeSet::new(),
    };
    let credential = builder.credential(decision, request)?;
    builder.need_acts(decision, request);
    builder.need_certificate(&maker.public().feed())?;
    builder.need_rotations(decision);
    builder.need_cuts();
    let differing = request.projection.differing(request.now);
    let bundle = Bundle {
        made: request.made,
        maker: maker.public().feed(),
        label: request.label.clone(),
        charters: builder.charters()?,
        approvals: builder.approvals(),
        chains: builder.chains()?,
        seen: builder.seen(decision),
        projection: crate::cbor::Wire::to_cbor(request.projection),
        changed: (!differing.is_empty()).then(|| differing.into_iter().collect()),
        credential: credential.into_bytes(),
    };
    let bytes = bundle.sign(maker);
    let federation = holdings.feeds.federation();
    Proof::verify(&bytes, Some(federation), decision.first_day)?;
    Ok(bytes)
}

struct Builder<'h, F> {
    holdings: Holdings<'h>,
    governance: &'h Governance,
    entry: F,
    /// The entries that the proof shows, each with the items whose contents matter.
    needed: BTreeMap<EntryId, BTreeSet<ItemId>>,
    /// Those of them that carry rotations of a voter's root: frames are enough.
    rotations: BTreeSet<EntryId>,
}

impl<F: FnMut(&EntryId) -> Option<VerifiedEntry>> Builder<'_, F> {
    /// The credential of the first issue that has one.
    fn credential(&self, decision: &Decision, request: &Request<'_>) -> Result<String, Unprovable> {
        let acts = decision.votes.values().flatten();
        let mut written = acts.filter_map(|act| {
            let Holdings { feeds, acts, .. } = self.holdings;
            credential(self.governance, feeds, acts, act, request.projection)
        });
        written.next().ok_or(Unprovable::NoCredential)
    }

    /// One issue of each partner, every withdrawal, and the declaration of a scheme that is not the charter's.
    fn need_acts(&mut self, decision: &Decision, request: &Request<'_>) {
        let issues = decision.votes.values().filter_map(|acts| {
            let sealed = acts.iter().find(|act| {
                let Holdings { feeds, acts, .. } = self.holdings;
                credential(self.governance, feeds, acts, act, request.projection).is_some()
            });
            sealed.or(acts.first()).copied()
        });
        let mut acts: Vec<ItemId> = issues.collect();
        acts.extend(decision.withdrawals.iter().map(|each| each.act));
        if let SchemeId::Declared(act) = request.label.scheme {
            acts.push(act);
        }
        for act in acts {
            if let Some(signed) = self.holdings.acts.get(&act) {
                self.needed.entry(signed.entry).or_default().insert(act);
            }
        }
    }

    /// The certificate of the maker's feed, and its enrolment where the charter does not name it.
    fn need_certificate(&mut self, feed: &FeedId) -> Result<(), Unprovable> {
        let entries = self.holdings.feeds.entries();
        let mut first = entries.filter(|(_, held)| held.feed == *feed && held.sequence == 0);
        let (id, held) = first.next().ok_or(Unprovable::Maker)?;
        let maker = held.owner.ok_or(Unprovable::Maker)?;
        self.needed.entry(id).or_default();
        let tip = self.governance.adoption().tip();
        if tip.partners.contains_key(&maker) || tip.coordinators.contains_key(&maker) {
            return Ok(());
        }
        let mut counting = self.governance.acts().counting(self.holdings.acts);
        let enrolment = counting.find(
            |(_, signed)| matches!(&signed.act, Act::Enrol { partner, .. } if *partner == maker),
        );
        if let Some((act, signed)) = enrolment {
            self.needed.entry(signed.entry).or_default().insert(*act);
        }
        Ok(())
    }

    /// The rotations of the voters' roots: what a certificate is worth depends on them. One entry that carries each.
    fn need_rotations(&mut self, decision: &Decision) {
        for partner in decision.votes.keys() {
            for (_, carriers) in self.holdings.feeds.rotations_of(partner) {
                let is_shown = carriers.iter().any(|id| self.rotations.contains(id));
                if let (false, Some(carrier)) = (is_shown, carriers.first()) {
                    self.rotations.insert(*carrier);
                    self.needed.entry(*carrier).or_default();
                }
            }
        }
    }

    /// The entries that the charter's cuts name, of the feeds that the proof shows.
    fn need_cuts(&mut self) {
        let feeds = self.holdings.feeds;
        let shown: BTreeSet<FeedId> = self
            .needed
            .keys()
            .filter_map(|id| Some(feeds.entry(id)?.feed))
            .collect();
        for (feed, place) in &self.governance.adoption().tip().cuts {
            if shown.contains(feed) && feeds.holds(&place.entry) {
                self.needed.entry(place.entry).or_default();
            }
        }
    }

    fn charters(&self) -> Result<Vec<Vec<u8>>, Unprovable> {
        let chain = self.governance.adoption().chain();
        if chain
            .first()
            .is_none_or(|first| first.charter.federation.is_some())
        {
            return Err(Unprovable::NoGenesis);
        }
        Ok(chain.iter().map(|each| each.charter.to_bytes()).collect())
    }

    /// The votes of seats and recovery keys for the adopted charters, sorted.
    fn approvals(&self) -> Vec<Vec<u8>> {
        let chain = self.governance.adoption().chain();
        let mut approvals = BTreeSet::new();
        for pair in chain.windows(2) {
            let [parent, child] = pair else { continue };
            let voters = voters(parent, child);
            for approval in self.holdings.charters.approvals(&child.id) {
                let vote = approval.vote();
                if vote.parent == parent.id && voters.contains(&vote.signer) {
                    approvals.insert(approval.to_bytes());
                }
            }
        }
        approvals.into_iter().collect()
    }

    /// Walks from each needed entry back to the start of its feed, the furthest first, so that one chain shows all it can.
    fn chains(&mut self) -> Result<Vec<Chain>, Unprovable> {
        let feeds = self.holdings.feeds;
        let mut waiting: Vec<(FeedId, u64, EntryId)> = Vec::new();
        for id in self.needed.keys() {
            let held = feeds.entry(id).ok_or(Unprovable::EntryNotHeld(*id))?;
            waiting.push((held.feed, held.sequence, *id));
        }
        waiting.sort_unstable();
        let mut shown = BTreeSet::new();
        let mut chains = Vec::new();
        while let Some((feed, _, id)) = waiting.pop() {
            if !shown.contains(&id) {
                let links = self.walk(id, &mut shown)?;
                chains.push(Chain { feed, links });
            }
        }
        chains.reverse();
        Ok(chains)
    }

    fn walk(
        &mut self,
        from: EntryId,
        shown: &mut BTreeSet<EntryId>,
    ) -> Result<Vec<Link>, Unprovable> {
        let mut links = Vec::new();
        let mut next = Some(from);
        while let Some(id) = next {
            let entry = (self.entry)(&id).ok_or(Unprovable::EntryNotHeld(id))?;
            let header = entry.header();
            let keep = self.needed.get(&id).filter(|items| !items.is_empty());
            links.push(match keep {
                Some(items) => Link::said(&entry, |item| items.contains(item)),
                None if header.sequence == 0 || self.rotations.contains(&id) => {
                    Link::said(&entry, |_| false)
                }
                None => Link::silent(header),
            });
            next = header.previous;
            shown.insert(id);
        }
        links.reverse();
        Ok(links)
    }

    /// The heads of the committee's feeds, sorted.
    fn seen(&self, decision: &Decision) -> Vec<(FeedId, Position)> {
        let feeds = self.holdings.feeds;
        let mut seen = Vec::new();
        for feed in feeds.ids() {
            for (sequence, entry) in feeds.heads(feed) {
                let owner = feeds.owner(&entry);
                if owner.is_some_and(|owner| decision.scheme.committee.contains(&owner)) {
                    seen.push((*feed, Position { sequence, entry }));
                }
            }
        }
        seen.sort_unstable();
        seen
    }
}

fn voters(parent: &Adopted, child: &Adopted) -> BTreeSet<[u8; 32]> {
    let seats = [parent, child]
        .into_iter()
        .flat_map(|each| &each.charter.seats);
    let keys = seats.map(|seat| seat.key);
    keys.chain(parent.charter.recovery.keys.iter().copied())
        .collect()
}
