//! Which labels exist, who decided them, and who ended them: a matter of acts only. Whether the record has changed since depends on
//! its projection, and whether the label has expired on today's date; neither is known here.
//!
//! What counts is partners: not keys, not entries, not acts. Nothing but acts makes a label, so that no edit, no import and no row of
//! a table can.

use std::collections::{BTreeMap, BTreeSet};

use crate::governance::{Act, Acts, Feeds, Label, Scheme, SchemeId, SignedAct};
use crate::id::{ItemId, PartnerId, RecordId};

/// The labels for which the vote of at least one partner of the committee counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels {
    decisions: BTreeMap<Label, Decision>,
}

/// What the committee says of one label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// How many partners must say the same.
    pub k: u32,
    /// The partners that do, each with its acts: one, unless it said it several times.
    pub votes: BTreeMap<PartnerId, BTreeSet<ItemId>>,
    /// The partners that ended it, each with its acts, which hold the reasons. One is enough.
    pub withdrawals: BTreeMap<PartnerId, BTreeSet<ItemId>>,
}

impl Decision {
    /// Returns whether enough partners decided it, be it withdrawn since.
    pub fn is_decided(&self) -> bool {
        self.votes.len() as u64 >= u64::from(self.k)
    }

    /// Returns whether a partner of the committee ended it, before or after it was decided.
    pub fn is_withdrawn(&self) -> bool {
        !self.withdrawals.is_empty()
    }

    /// Returns whether it was decided and nobody ended it, whatever became of the record and of the calendar.
    pub fn stands(&self) -> bool {
        self.is_decided() && !self.is_withdrawn()
    }
}

impl Labels {
    pub(super) fn judge(
        feeds: &Feeds,
        acts: &Acts,
        held: &BTreeMap<ItemId, SignedAct>,
        schemes: &BTreeMap<SchemeId, Scheme>,
    ) -> Self {
        let mut labels = Self::default();
        let mut withdrawals = Vec::new();
        for (id, signed) in acts.counting(held) {
            let (Act::LabelIssue { label, .. } | Act::LabelWithdraw { label, .. }) = &signed.act
            else {
                continue;
            };
            let (Some(scheme), Some(partner)) =
                (schemes.get(&label.scheme), feeds.owner(&signed.entry))
            else {
                continue;
            };
            if !scheme.committee.contains(&partner) {
                continue;
            }
            if matches!(signed.act, Act::LabelWithdraw { .. }) {
                withdrawals.push((label, partner, *id));
            } else {
                let decision = labels.decision(label, scheme);
                decision.votes.entry(partner).or_default().insert(*id);
            }
        }
        for (label, partner, id) in withdrawals {
            if let Some(decision) = labels.decisions.get_mut(label) {
                decision.withdrawals.entry(partner).or_default().insert(id);
            }
        }
        labels
    }

    /// Returns every label with its decision, in a fixed order.
    pub fn decisions(&self) -> &BTreeMap<Label, Decision> {
        &self.decisions
    }

    /// Returns the labels of a record, in a fixed order.
    pub fn of_record(&self, record: &RecordId) -> impl Iterator<Item = (&Label, &Decision)> {
        let record = *record;
        let all = self.decisions.iter();
        all.filter(move |(label, _)| label.record == record)
    }

    fn decision(&mut self, label: &Label, scheme: &Scheme) -> &mut Decision {
        self.decisions
            .entry(label.clone())
            .or_insert_with(|| Decision {
                k: scheme.k,
                votes: BTreeMap::new(),
                withdrawals: BTreeMap::new(),
            })
    }
}
