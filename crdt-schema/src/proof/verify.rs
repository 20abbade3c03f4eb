//! Judging a proof, with what it holds and nothing else: no node, no network, no clock.

use std::collections::{BTreeMap, BTreeSet};

use crate::entry::Root;
use crate::governance::{
    Act, Adoption, Approval, Charter, Charters, Feeds, Governance, Holdings, SchemeId, SignedAct,
};
use crate::id::{EntryId, FederationId, FeedId, ItemId, PartnerId};
use crate::key::PublicKey;
use crate::label::{Day, Decision, Labels, Origin, Projection};
use crate::proof::bundle::Bundle;
use crate::proof::chain::Read;
use crate::proof::credential::{Facts, instant};
use crate::proof::integrity::{canonical, verify, with_proof};
use crate::proof::issue::Seal;
use crate::proof::{Refusal, Signer, Verdict};
use crate::time::Timestamp;

/// The judging of proofs.
#[derive(Debug)]
pub struct Proof;

impl Proof {
    /// Judges the bytes of a proof on a day. `expected` is the federation that the reader trusts; without it, the reader compares the
    /// verdict's own.
    pub fn verify(
        bytes: &[u8],
        expected: Option<&FederationId>,
        on: Day,
    ) -> Result<Verdict, Refusal> {
        let bundle = Bundle::read(bytes)?;
        let charters = charters(&bundle)?;
        let federation = charters.pinned().founds();
        if expected.is_some_and(|expected| *expected != federation) {
            return Err(Refusal::Foreign { found: federation });
        }
        let shown = Shown::read(&bundle, charters)?;
        shown.judge(&bundle, on)
    }
}

/// Everything that the proof holds, as a node would hold it.
struct Shown {
    charters: Charters,
    feeds: Feeds,
    acts: BTreeMap<ItemId, SignedAct>,
    claimed: BTreeMap<EntryId, Timestamp>,
    governance: Governance,
}

impl Shown {
    fn read(bundle: &Bundle, charters: Charters) -> Result<Self, Refusal> {
        let federation = charters.pinned().founds();
        let mut feeds = Feeds::new(federation);
        let mut acts = BTreeMap::new();
        let mut claimed = BTreeMap::new();
        let tip = newest(bundle, &charters)?;
        for chain in &bundle.chains {
            let cut = tip.cuts.get(&chain.feed);
            for read in chain.read(&federation, cut.map(|place| &place.entry))? {
                let taken = match &read {
                    Read::Said(entry) => {
                        acts.extend(SignedAct::all_of(entry));
                        claimed.insert(entry.id(), entry.header().claimed);
                        feeds.take(entry)
                    }
                    Read::Silent(header) => feeds.insert(header.id(), header, None),
                };
                taken.map_err(|_| Refusal::Chain)?;
            }
            // Without the entry that a cut names, a second history below it could pass for the one that counts.
            if cut.is_some_and(|place| !feeds.holds(&place.entry)) {
                return Err(Refusal::CutNotShown);
            }
        }
        let governance = Governance::evaluate(Holdings {
            feeds: &feeds,
            charters: &charters,
            acts: &acts,
        });
        Ok(Self {
            charters,
            feeds,
            acts,
            claimed,
            governance,
        })
    }

    fn judge(&self, bundle: &Bundle, on: Day) -> Result<Verdict, Refusal> {
        let holdings = Holdings {
            feeds: &self.feeds,
            charters: &self.charters,
            acts: &self.acts,
        };
        let labels = Labels::judge(holdings, &self.governance);
        let label = &bundle.label;
        let decision = labels.get(label).ok_or_else(|| {
            let scheme = self.governance.schemes().get(&label.scheme);
            Refusal::NotEnoughPartners {
                votes: 0,
                k: scheme.map_or(0, |scheme| scheme.k),
            }
        })?;
        if !decision.has_quorum() {
            return Err(Refusal::NotEnoughPartners {
                votes: decision.votes.len(),
                k: decision.scheme.k,
            });
        }
        self.check_roots(decision)?;
        let projection =
            Projection::from_bytes(&bundle.projection).map_err(|_| Refusal::Projection)?;
        if projection.hash() != label.projection {
            return Err(Refusal::Projection);
        }
        self.check_credential(bundle, decision, &projection)?;
        let maker = self.maker(&bundle.maker).ok_or(Refusal::Maker)?;
        Ok(self.verdict(bundle, decision, &projection, maker, on))
    }

    /// Where the newest charter names a later root, a proof that hides the rotation could pass a stolen first root for the one in force.
    fn check_roots(&self, decision: &Decision) -> Result<(), Refusal> {
        let tip = self.governance.adoption().tip();
        for partner in decision.votes.keys() {
            let Some(coordinator) = tip.coordinators.get(partner) else {
                continue;
            };
            let named = Root::of(partner, &coordinator.root);
            let line = self.governance.roots().line(partner);
            let is_shown = line.is_some_and(|line| line.roots().contains(&named));
            if named != Root::First && !is_shown {
                return Err(Refusal::RootNotShown);
            }
        }
        Ok(())
    }

    fn verdict(
        &self,
        bundle: &Bundle,
        decision: &Decision,
        projection: &Projection,
        maker: PartnerId,
        on: Day,
    ) -> Verdict {
        let adoption = self.governance.adoption();
        let signers = decision.votes.iter().filter_map(|(partner, acts)| {
            let entry = self.acts.get(acts.first()?)?.entry;
            Some(Signer {
                partner: *partner,
                name: self.name(partner).unwrap_or_default(),
                entry,
                claimed: self.claimed.get(&entry).copied()?,
            })
        });
        let withdrawals = decision.withdrawals.iter().map(|withdrawal| {
            let name = self.name(&withdrawal.partner).unwrap_or_default();
            (name, withdrawal.reason.clone())
        });
        Verdict {
            federation: *self.feeds.federation(),
            federation_name: adoption.tip().name.clone(),
            charter: adoption.tip_id(),
            charter_version: adoption.tip().version,
            label: bundle.label.clone(),
            scheme: decision.scheme.clone(),
            origin: decision.origin,
            origin_name: match &decision.origin {
                Origin::Federation => None,
                Origin::Own(partner) => self.name(partner),
            },
            record_names: projection.texts("name").map(str::to_owned).collect(),
            signers: signers.collect(),
            withdrawals: withdrawals.collect(),
            changed: bundle.changed.clone(),
            first_day: decision.first_day,
            last_day: decision.last_day,
            state: decision.state(bundle.changed.is_some(), on),
            has_begun: on >= decision.first_day,
            made: bundle.made,
            maker_name: self.maker_name(&maker, &bundle.maker),
            maker,
            seen: bundle.seen.clone(),
            credential: String::from_utf8_lossy(&bundle.credential).into_owned(),
        }
    }

    /// The credential is written again from the entries: every byte must be the same, and the coordinator must have signed it.
    fn check_credential(
        &self,
        bundle: &Bundle,
        decision: &Decision,
        projection: &Projection,
    ) -> Result<(), Refusal> {
        let acts: BTreeSet<ItemId> = decision.votes.values().flatten().copied().collect();
        let is_given = acts.iter().any(|act| {
            let written = credential(&self.governance, &self.feeds, &self.acts, act, projection);
            written.is_some_and(|written| written.as_bytes() == bundle.credential)
        });
        if is_given {
            Ok(())
        } else {
            Err(Refusal::Credential)
        }
    }

    /// The partner that the certificate of the maker's feed names.
    fn maker(&self, feed: &FeedId) -> Option<PartnerId> {
        let (_, head) = self.feeds.furthest_head(feed)?;
        self.feeds.owner(&head)
    }

    /// The maker's name, while the newest charter makes it a coordinator or it is enrolled, and does not cut its feed.
    fn maker_name(&self, maker: &PartnerId, feed: &FeedId) -> Option<String> {
        let tip = self.governance.adoption().tip();
        if tip.cuts.contains_key(feed) {
            return None;
        }
        let coordinator = tip.coordinators.get(maker).map(|each| &each.name);
        let enrolled = self.governance.partners().enrolled().get(maker);
        let name = coordinator.or(enrolled.map(|profile| &profile.name));
        name.cloned()
    }

    /// A partner's name, in the newest words: its charter's, or those of its enrolment.
    fn name(&self, partner: &PartnerId) -> Option<String> {
        let chain = self.governance.adoption().chain().iter().rev();
        let coordinators = chain.map(|adopted| &adopted.charter.coordinators);
        let mut names = coordinators.filter_map(|all| Some(all.get(partner)?.name.clone()));
        let enrolled = self.governance.partners().enrolled().get(partner);
        names
            .next()
            .or_else(|| enrolled.map(|profile| profile.name.clone()))
    }
}

/// Writes the credential of one `label_issue` act from what is held. `None` where the act has no seal, or the seal does not hold.
pub(super) fn credential(
    governance: &Governance,
    feeds: &Feeds,
    acts: &BTreeMap<ItemId, SignedAct>,
    act: &ItemId,
    projection: &Projection,
) -> Option<String> {
    let signed = acts.get(act)?;
    let Act::LabelIssue { label, proof } = &signed.act else {
        return None;
    };
    let seal = Seal::read(proof)?;
    let entry = feeds.entry(&signed.entry)?;
    let charter = governance.adoption().adopted(&entry.charter)?;
    let scheme = match &label.scheme {
        SchemeId::Charter(name) => charter.schemes.get(name)?,
        declared @ SchemeId::Declared(_) => governance.schemes().get(declared)?,
    };
    let facts = Facts {
        charter,
        label,
        scheme,
        projection,
        feed: entry.feed,
        issuer: &charter.coordinators.get(&entry.owner?)?.name,
        status: seal.status.as_ref(),
    };
    let key = PublicKey::from_bytes(entry.feed.as_bytes()).ok()?;
    let document = with_proof(
        facts.document()?,
        &instant(seal.created)?,
        &key,
        &seal.value,
    );
    verify(&document, &key).ok()?;
    Some(canonical(&document))
}

/// Reads the charters and their approvals: the first one is a genesis charter, which nobody has to approve.
fn charters(bundle: &Bundle) -> Result<Charters, Refusal> {
    let mut read = Vec::new();
    for bytes in &bundle.charters {
        read.push(Charter::from_bytes(bytes).map_err(|_| Refusal::CharterChain)?);
    }
    let mut read = read.into_iter();
    let genesis = read.next().ok_or(Refusal::CharterChain)?;
    if genesis.federation.is_some() || genesis.parent.is_some() {
        return Err(Refusal::CharterChain);
    }
    let mut charters = Charters::new(genesis);
    for charter in read {
        charters.insert(charter);
    }
    for bytes in &bundle.approvals {
        let approval = Approval::from_bytes(bytes).map_err(|_| Refusal::CharterChain)?;
        charters.approve(approval);
    }
    Ok(charters)
}

/// The newest charter. All that the proof holds must be adopted, in the order in which they are written.
fn newest(bundle: &Bundle, charters: &Charters) -> Result<Charter, Refusal> {
    let adoption = Adoption::from_pin(charters);
    let written = adoption.chain().iter().map(|each| each.charter.to_bytes());
    if adoption.is_disputed() || !written.eq(bundle.charters.iter().cloned()) {
        return Err(Refusal::CharterChain);
    }
    Ok(adoption.tip().clone())
}
