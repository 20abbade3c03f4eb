//! Decisions: which labels coordinators have decided, with whom, and what has become of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::edit::Field;
use crate::governance::{Act, Governance, Holdings, Label, Scheme, SchemeId};
use crate::id::{ItemId, PartnerId, RecordId};
use crate::label::{Day, Projection};

/// How many days before its end a label is shown as *expiring*. All nodes show the same.
pub const EXPIRING_DAYS: u16 = 90;

/// Every label for which at least one vote of its committee counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels(BTreeMap<Label, Decision>);

/// What was decided on one label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The rules, in the newest text.
    pub scheme: Scheme,
    /// Whose rules they are.
    pub origin: Origin,
    /// The partners of the committee that decided it, each with its `label_issue` acts.
    pub votes: BTreeMap<PartnerId, Vec<ItemId>>,
    /// The ends that members of the committee put to it, in the order of the acts' ids. One is enough.
    pub withdrawals: Vec<Withdrawal>,
    /// Its first day.
    pub first_day: Day,
    /// Its last day.
    pub last_day: Day,
}

/// Whose rules a label goes by. The two are never shown as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The federation's: the scheme is in its charter.
    Federation,
    /// A coordinator's own, declared by its act. Its labels always show that name.
    Own(PartnerId),
}

/// The end that a member of the committee put to a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The partner.
    pub partner: PartnerId,
    /// The `label_withdraw` act.
    pub act: ItemId,
    /// Why.
    pub reason: String,
}

/// The state of a label on a day: the first that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A member of the committee ended it.
    Withdrawn,
    /// Not enough partners have decided it.
    BeingDecided {
        /// How many have.
        votes: usize,
        /// How many must.
        k: u32,
    },
    /// Its last day is over.
    Expired,
    /// The record no longer reads as it did where the scheme binds it.
    ChangedSince,
    /// It stands, and ends soon.
    Expiring,
    /// It stands.
    InForce,
}

impl State {
    /// Returns the stable code of this state.
    pub fn code(self) -> &'static str {
        match self {
            State::Withdrawn => "label_withdrawn",
            State::BeingDecided { .. } => "label_being_decided",
            State::Expired => "label_expired",
            State::ChangedSince => "label_changed_since",
            State::Expiring => "label_expiring",
            State::InForce => "label_in_force",
        }
    }

    /// Returns whether the label is in force, be it to end soon.
    pub fn is_in_force(self) -> bool {
        matches!(self, State::Expiring | State::InForce)
    }
}

impl Labels {
    /// Gathers what governance counts: votes and withdrawals of committee members only, of which several acts, entries or keys of one
    /// partner are one.
    pub fn judge(holdings: Holdings<'_>, governance: &Governance) -> Self {
        let counted = governance.labels().decisions().iter();
        let decisions = counted.filter_map(|(label, counted)| {
            let mut decision = Decision::open(&holdings, governance, label)?;
            let votes = counted.votes.iter();
            decision.votes = votes
                .map(|(partner, acts)| (*partner, acts.iter().copied().collect()))
                .collect();
            for (partner, acts) in &counted.withdrawals {
                let its = acts.iter().map(|act| Withdrawal {
                    partner: *partner,
                    act: *act,
                    reason: reason(&holdings, act),
                });
                decision.withdrawals.extend(its);
            }
            Some((label.clone(), decision))
        });
        Self(decisions.collect())
    }

    /// Returns the records of which another decision, or none, is known than here.
    pub fn differing(&self, other: &Self) -> BTreeSet<RecordId> {
        let without = |these: &Self, those: &Self| -> Vec<RecordId> {
            let these = these.0.iter();
            let these = these.filter(|(label, decision)| those.get(label) != Some(*decision));
            these.map(|(label, _)| label.record).collect()
        };
        let mut records: BTreeSet<RecordId> = without(self, other).into_iter().collect();
        records.extend(without(other, self));
        records
    }

    /// Returns what was decided on a label.
    pub fn get(&self, label: &Label) -> Option<&Decision> {
        self.0.get(label)
    }

    /// Returns all labels: by scheme, those of the federation first.
    pub fn iter(&self) -> impl Iterator<Item = (&Label, &Decision)> {
        self.0.iter()
    }

    /// Returns the labels of a record.
    pub fn of_record(&self, record: &RecordId) -> impl Iterator<Item = (&Label, &Decision)> {
        self.iter()
            .filter(move |(label, _)| label.record == *record)
    }

    /// Returns the labels of one origin: the register of the federation, or a coordinator's own.
    pub fn of_origin(&self, origin: Origin) -> impl Iterator<Item = (&Label, &Decision)> {
        self.iter()
            .filter(move |(_, decision)| decision.origin == origin)
    }
}

impl Decision {
    fn open(holdings: &Holdings<'_>, governance: &Governance, label: &Label) -> Option<Self> {
        let scheme = governance.schemes().get(&label.scheme)?.clone();
        let origin = match &label.scheme {
            SchemeId::Charter(_) => Origin::Federation,
            SchemeId::Declared(act) => {
                let entry = holdings.acts.get(act)?.entry;
                Origin::Own(holdings.feeds.owner(&entry)?)
            }
        };
        let first_day = Day::parse(&label.from)?;
        Some(Self {
            last_day: first_day.last_of(scheme.months),
            scheme,
            origin,
            votes: BTreeMap::new(),
            withdrawals: Vec::new(),
            first_day,
        })
    }

    /// Returns the state on a day. `is_changed` says whether the record's projection is another one now.
    pub fn state(&self, is_changed: bool, on: Day) -> State {
        if !self.withdrawals.is_empty() {
            return State::Withdrawn;
        }
        if !self.has_quorum() {
            return State::BeingDecided {
                votes: self.votes.len(),
                k: self.scheme.k,
            };
        }
        if on > self.last_day {
            return State::Expired;
        }
        if is_changed {
            return State::ChangedSince;
        }
        if on > self.last_day.minus_days(EXPIRING_DAYS) {
            return State::Expiring;
        }
        State::InForce
    }

    /// Returns whether the record no longer reads as it did where the scheme binds it. `label` is the one that was decided.
    pub fn is_changed(&self, label: &Label, fields: &BTreeMap<String, Field>) -> bool {
        Projection::of(fields, &self.scheme.fields).hash() != label.projection
    }

    /// Returns whether enough partners have decided it.
    pub fn has_quorum(&self) -> bool {
        self.votes.len() as u64 >= u64::from(self.scheme.k)
    }
}

fn reason(holdings: &Holdings<'_>, act: &ItemId) -> String {
    match holdings.acts.get(act).map(|signed| &signed.act) {
        Some(Act::LabelWithdraw { reason, .. }) => reason.clone(),
        _ => String::new(),
    }
}
