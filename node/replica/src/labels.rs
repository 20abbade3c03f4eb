//! Labels on this node: what the entries that are held say, prepared decisions, proofs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crdt_schema::governance::{Act, Governance, Holdings, Label, SchemeId};
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::label::{Day, Decision, Labels, Projection, Standing, State as LabelState};
use crdt_schema::limits::BASE_MAX;
use crdt_schema::proof::{self, IssueError, Issuing, Seal, StatusError, Unprovable};
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;

use crate::fault::Fault;
use crate::reader::Reader;
use crate::replica::Replica;
use crate::state::State;
use crate::status::free_place;

/// A label as it stands on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    /// What names it.
    pub label: Label,
    /// Who decided, who withdrew, from when to when.
    pub decision: Decision,
    /// How it stands.
    pub state: LabelState,
    /// How it is said to stand, in one word.
    pub standing: Standing,
    /// The bound fields that differ from those that were signed. Empty where nothing changed, or where the fields as they were are not
    /// held any more.
    pub differing: BTreeSet<String>,
}

/// Why a label is not decided or not proven here.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LabelError {
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The decision cannot be written.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// No label is held under this name.
    #[error("no such label is held")]
    NoLabel,
    /// Our organisation is not of the committee, so that its withdrawal would count for nothing.
    #[error(
        "your organisation is not of the committee of this label: its withdrawal would count for nothing"
    )]
    NotOfCommittee,
    /// No such record is held.
    #[error("no such record is held")]
    NoRecord,
    /// The node does not sign.
    #[error("this node has no instance key: it can read, not sign")]
    ReadOnly,
    /// The status list cannot be written.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// No proof can be made.
    #[error(transparent)]
    Unprovable(#[from] Unprovable),
}

impl LabelError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            LabelError::Fault(fault) => fault.code(),
            LabelError::Issue(error) => error.code(),
            LabelError::NoLabel => "label_not_held",
            LabelError::NotOfCommittee => "not_of_committee",
            LabelError::NoRecord => "record_not_held",
            LabelError::ReadOnly => "read_only",
            LabelError::Status(error) => error.code(),
            LabelError::Unprovable(error) => error.code(),
        }
    }
}

/// Returns the first day that a vote should name: several votes make one label only when they name the same, so that of the decision
/// under way, or else today.
pub fn first_day(labels: &[Labelled], scheme: &SchemeId, today: Day) -> Day {
    let mut labels = labels.iter();
    let under_way = labels.find(|each| {
        each.label.scheme == *scheme && matches!(each.state, LabelState::BeingDecided { .. })
    });
    under_way.map_or(today, |each| each.decision.first_day)
}

impl State {
    /// Returns every label for which at least one vote of its committee counts.
    pub fn labels(&self) -> Arc<Labels> {
        Arc::clone(&self.labels)
    }

    pub(crate) fn holdings(&self) -> Holdings<'_> {
        Holdings {
            feeds: &self.feeds,
            charters: &self.charters,
            acts: &self.acts,
        }
    }

    /// Judges the labels under an evaluation that has just been made.
    pub(crate) fn judged_labels(&self, governance: &Governance) -> Arc<Labels> {
        Arc::new(Labels::judge(self.holdings(), governance))
    }
}

impl Reader {
    /// Returns the labels of a record as they stand on a day, in the order of their names.
    pub fn labels_of(&self, record: &RecordId, on: Day) -> Result<Vec<Labelled>, Fault> {
        let labels = self.state().labels();
        let its: Vec<_> = labels.of_record(record).collect();
        if its.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.record(record)?;
        its.into_iter()
            .map(|(label, decision)| self.labelled(label, decision, now.as_ref(), on))
            .collect()
    }

    /// Returns the labels of some records as they stand on a day; records without any are left out. However many the records are, the
    /// labels are gone through once.
    pub fn labels_among(
        &self,
        records: &BTreeSet<RecordId>,
        on: Day,
    ) -> Result<BTreeMap<RecordId, Vec<Labelled>>, Fault> {
        let labels = self.state().labels();
        let its = labels
            .iter()
            .filter(|(label, _)| records.contains(&label.record));
        self.by_record(its, on)
    }

    /// Returns the labels of all records as they stand on a day.
    pub fn labels_by_record(&self, on: Day) -> Result<BTreeMap<RecordId, Vec<Labelled>>, Fault> {
        let labels = self.state().labels();
        self.by_record(labels.iter(), on)
    }

    fn by_record<'l>(
        &self,
        labels: impl Iterator<Item = (&'l Label, &'l Decision)>,
        on: Day,
    ) -> Result<BTreeMap<RecordId, Vec<Labelled>>, Fault> {
        let mut of_record: BTreeMap<RecordId, Vec<(&Label, &Decision)>> = BTreeMap::new();
        for (label, decision) in labels {
            let its = of_record.entry(label.record).or_default();
            its.push((label, decision));
        }
        let labelled = of_record.into_iter().map(|(record, its)| {
            let now = self.record(&record)?;
            let its = its
                .into_iter()
                .map(|(label, decision)| self.labelled(label, decision, now.as_ref(), on));
            Ok((record, its.collect::<Result<Vec<_>, Fault>>()?))
        });
        labelled.collect()
    }

    /// Returns every label as it stands on a day, in the order of their names.
    pub fn labels(&self, on: Day) -> Result<Vec<Labelled>, Fault> {
        let labels = self.state().labels();
        labels
            .iter()
            .map(|(label, decision)| {
                let now = self.record(&label.record)?;
                self.labelled(label, decision, now.as_ref(), on)
            })
            .collect()
    }

    /// Returns every label with how it stands on a day. What differs in the record is not looked for: a search need not know.
    pub fn standings(&self, on: Day) -> Result<Vec<(Label, Standing)>, Fault> {
        let labels = self.state().labels();
        let mut standings = Vec::new();
        for (label, decision) in labels.iter() {
            let now = self.record(&label.record)?;
            let is_changed =
                projection(now.as_ref(), &decision.scheme.fields).hash() != label.projection;
            let state = decision.state(is_changed, on);
            standings.push((label.clone(), Standing::of(state, decision.first_day, on)));
        }
        Ok(standings)
    }

    fn labelled(
        &self,
        label: &Label,
        decision: &Decision,
        now: Option<&RecordView>,
        on: Day,
    ) -> Result<Labelled, Fault> {
        let bound = &decision.scheme.fields;
        let now = projection(now, bound);
        let is_changed = now.hash() != label.projection;
        let signed = if is_changed {
            self.signed_projection(label, decision)?
        } else {
            None
        };
        let state = decision.state(is_changed, on);
        Ok(Labelled {
            label: label.clone(),
            decision: decision.clone(),
            state,
            standing: Standing::of(state, decision.first_day, on),
            differing: signed.map_or_else(BTreeSet::new, |signed| signed.differing(&now)),
        })
    }

    /// Returns the fields as they were when the label was decided: the record at the heads that a coordinator named, if that is what
    /// was signed.
    pub fn signed_projection(
        &self,
        label: &Label,
        decision: &Decision,
    ) -> Result<Option<Projection>, Fault> {
        for heads in self.sealed_heads(decision) {
            let view = self.record_at(&label.record, &heads)?;
            let found = projection(view.as_ref(), &decision.scheme.fields);
            if found.hash() == label.projection {
                return Ok(Some(found));
            }
        }
        let now = self.record(&label.record)?;
        let found = projection(now.as_ref(), &decision.scheme.fields);
        Ok((found.hash() == label.projection).then_some(found))
    }

    fn sealed_heads(&self, decision: &Decision) -> Vec<Vec<ItemId>> {
        let state = self.state();
        let votes = decision.votes.values().flatten();
        votes
            .filter_map(|act| match &state.acts().get(act)?.act {
                Act::LabelIssue { proof, .. } => Seal::read(proof).map(|seal| seal.heads),
                _ => None,
            })
            .collect()
    }
}

impl Replica {
    /// Prepares the vote of this node's partner for a label that starts on a day. `list` is the public address of its status list, if it
    /// has one. Nothing is signed but the credential inside.
    pub fn label_vote(
        &self,
        scheme: &SchemeId,
        record: &RecordId,
        from: Day,
        list: Option<&str>,
    ) -> Result<Act, LabelError> {
        let author = self.author().ok_or(LabelError::ReadOnly)?;
        let partner = self.partner().ok_or(LabelError::ReadOnly)?;
        let reader = self.read()?;
        let view = reader.record(record)?.ok_or(LabelError::NoRecord)?;
        let state = self.state();
        let schemes = state.governance().schemes();
        let text = schemes.get(scheme).ok_or(IssueError::SchemeUnknown)?;
        if view.heads.len() > BASE_MAX {
            return Err(IssueError::TooManyHeads.into());
        }
        let issuing = Issuing {
            charter: state.governance().adoption().tip(),
            partner,
            scheme: scheme.clone(),
            declared: matches!(scheme, SchemeId::Declared(_)).then_some(text),
            record: *record,
            projection: &projection(Some(&view), &text.fields),
            from,
            heads: view.heads.clone(),
            created: (author.now)(),
            status: list.and_then(|list| free_place(&state, &partner, &author, list)),
        };
        Ok(proof::issue(&issuing, &author.secret)?)
    }

    /// Writes the proof of a label that is decided: a file that anybody checks without a node.
    pub fn prove(&self, label: &Label) -> Result<Vec<u8>, LabelError> {
        let author = self.author().ok_or(LabelError::ReadOnly)?;
        let reader = self.read()?;
        let labels = self.state().labels();
        let decision = labels.get(label).ok_or(LabelError::NoLabel)?;
        let signed = reader.signed_projection(label, decision)?;
        let signed = signed.ok_or(Unprovable::Projection)?;
        let now = projection(
            reader.record(&label.record)?.as_ref(),
            &decision.scheme.fields,
        );
        let request = proof::Request {
            label,
            projection: &signed,
            now: &now,
            made: whole_seconds((author.now)()),
        };
        let state = self.state();
        let entry = |id: &_| {
            let found = reader.entry_in(&state, id).ok().flatten();
            found.map(|entry| entry.as_ref().clone())
        };
        let bytes = proof::build(
            state.holdings(),
            state.governance(),
            entry,
            &request,
            &author.secret,
        )?;
        Ok(bytes)
    }
}

fn projection(view: Option<&RecordView>, bound: &[String]) -> Projection {
    view.map_or_else(Projection::default, |view| {
        Projection::of(view.fields(), bound)
    })
}

fn whole_seconds(time: Timestamp) -> Timestamp {
    let millis = time.as_millis();
    Timestamp::from_millis(millis - millis.rem_euclid(1_000))
}

#[cfg(test)]
mod tests;
