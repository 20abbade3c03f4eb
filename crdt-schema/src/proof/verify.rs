//! Judging a proof, with what it holds and nothing else: no node, no network, no clock.

use std::collections::{BTreeMap, BTreeSet};

use crate::cbor::CborError;
use crate::entry::EntryError;
use crate::governance::{
    Act, Approval, Charter, Charters, Feeds, Governance, Holdings, Label, Position, Scheme,
    SchemeId, SignedAct,
};
use crate::id::{CharterId, EntryId, FederationId, FeedId, ItemId, PartnerId};
use crate::key::PublicKey;
use crate::label::{Day, Decision, Labels, Origin, Projection, State};
use crate::proof::bundle::Bundle;
use crate::proof::chain::Read;
use crate::proof::credential::{Facts, instant};
use crate::proof::integrity::{canonical, verify, with_proof};
use crate::proof::issue::Seal;
use crate::time::Timestamp;

/// The judging of proofs.
#[derive(Debug)]
pub struct Proof;

/// What a genuine proof shows. It may well be that the label has ended: the state says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The federation. Whoever reads the verdict compares it with the one expected: anybody can found another of the same name.
    pub federation: FederationId,
    /// Its name in the newest charter that the proof holds.
    pub federation_name: String,
    /// That charter.
    pub charter: CharterId,
    /// Its version.
    pub charter_version: u64,
    /// The label.
    pub label: Label,
    /// The rules.
    pub scheme: Scheme,
    /// Whose rules they are.
    pub origin: Origin,
    /// The name of the coordinator whose own scheme it is.
    pub origin_name: Option<String>,
    /// The record's name, where the scheme binds it; several where partners disagreed.
    pub record_names: Vec<String>,
    /// The partners that decided it.
    pub signers: Vec<Signer>,
    /// The members of the committee that ended it, each with the reason.
    pub withdrawals: Vec<(String, String)>,
    /// The fields that read differently when the proof was made, if the record had changed.
    pub changed: Option<Vec<String>>,
    /// Its first day.
    pub first_day: Day,
    /// Its last day.
    pub last_day: Day,
    /// Its state on the day that was asked.
    pub state: State,
    /// Whether that day is not before its first one.
    pub has_begun: bool,
    /// As of when: the time of making, as the maker says. Nothing later is known.
    pub made: Timestamp,
    /// According to whom: the partner that made the proof.
    pub maker: PartnerId,
    /// Its name, where the proof shows that it is of the federation.
    pub maker_name: Option<String>,
    /// The last entries of the committee's feeds that the maker held.
    pub seen: Vec<(FeedId, Position)>,
    /// The credential, as JSON for a wallet. It shows the signature of one coordinator only.
    pub credential: String,
}

/// A partner that decided the label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The partner.
    pub partner: PartnerId,
    /// Its name.
    pub name: String,
    /// The entry.
    pub entry: EntryId,
    /// When it says that it signed.
    pub claimed: Timestamp,
}

/// Why a file proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Entries do not follow one another from the start of their feed, or one is not signed by anything.
    #[error("the entries do not follow one another from the start of their feed")]
    Chain,
    /// The charters are not adopted one after the other from the genesis: a vote, a link or the genesis is missing.
    #[error("the charters do not follow from the founding one with the votes that each needs")]
    CharterChain,
    /// The credential is not what these entries give.
    #[error("the credential does not say what the signed entries say")]
    Credential,
    /// The newest charter cuts a feed, and the proof does not show whether its entries stand before the cut.
    #[error("a feed was cut by the charter, and the proof does not show where its entries stand")]
    CutNotShown,
    /// An entry does not hold.
    #[error("an entry does not hold: {0}")]
    Entry(#[from] EntryError),
    /// The proof is of another federation than the one expected.
    #[error("the proof is of another federation, {found}")]
    Foreign {
        /// The federation of the proof.
        found: FederationId,
    },
    /// The maker of the proof has no certificate in it.
    #[error("the proof does not show who made it")]
    Maker,
    /// The file is something else.
    #[error("this is no proof of a label")]
    NotAProof,
    /// Fewer partners of the committee decided than must.
    #[error("{votes} partners of the committee decided, {k} must")]
    NotEnoughPartners {
        /// How many have.
        votes: usize,
        /// How many must. 0 where the scheme is not known.
        k: u32,
    },
    /// The record's fields in the proof are not those that the label is bound to.
    #[error("the fields of the record are not those that were signed")]
    Projection,
    /// A byte is not the one that the maker signed.
    #[error("the file was changed after it was made")]
    Tampered,
    /// The file is too large.
    #[error("the file takes {0} bytes, more than a proof may")]
    TooLarge(usize),
    /// The end of the file is missing.
    #[error("the end of the file is missing")]
    Truncated,
    /// What the maker signed is not a proof.
    #[error("the proof cannot be read: {0}")]
    Unreadable(#[from] CborError),
    /// The file was made by a later version.
    #[error("the proof was made by a later version of the program: upgrade")]
    Version,
}

impl Refusal {
    /// Returns the stable code of this reason.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Chain => "proof_entry_chain",
            Refusal::CharterChain => "proof_charter_chain",
            Refusal::Credential => "proof_credential",
            Refusal::CutNotShown => "proof_cut_not_shown",
            Refusal::Entry(_) => "proof_entry",
            Refusal::Foreign { .. } => "proof_foreign",
            Refusal::Maker => "proof_maker",
            Refusal::NotAProof => "proof_not_a_proof",
            Refusal::NotEnoughPartners { .. } => "proof_not_enough_partners",
            Refusal::Projection => "proof_projection",
            Refusal::Tampered => "proof_tampered",
            Refusal::TooLarge(_) => "proof_too_large",
            Refusal::Truncated => "proof_truncated",
            Refusal::Unreadable(_) => "proof_unreadable",
            Refusal::Version => "proof_version",
        }
    }
}

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
                let certified = match &read {
                    Read::Said(entry) => {
                        acts.extend(SignedAct::all_of(entry));
                        claimed.insert(entry.id(), entry.header().claimed);
                        entry.certified_partner()
                    }
                    Read::Silent(_) => None,
                };
                feeds
                    .insert(read.id(), read.header(), certified)
                    .map_err(|_| Refusal::Chain)?;
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
        let projection =
            Projection::from_bytes(&bundle.projection).map_err(|_| Refusal::Projection)?;
        if projection.hash() != label.projection {
            return Err(Refusal::Projection);
        }
        self.check_credential(bundle, decision, &projection)?;
        let maker = self.maker(&bundle.maker).ok_or(Refusal::Maker)?;
        Ok(self.verdict(bundle, decision, &projection, maker, on))
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
    let adoption = crate::governance::Adoption::from_pin(charters);
    let written = adoption.chain().iter().map(|each| each.charter.to_bytes());
    if adoption.is_disputed() || !written.eq(bundle.charters.iter().cloned()) {
        return Err(Refusal::CharterChain);
    }
    Ok(adoption.tip().clone())
}
