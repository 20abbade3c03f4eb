//! Reports, and what became of each: which answers settle one is judged as it is read, by the mandate with which each was signed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use crdt_schema::id::{EntryId, ItemId, RecordId};
use crdt_schema::statement::{Answer, Answers, Report, Statement};
use crdt_schema::view::RecordView;

use super::{HeldStatement, StateError};
use crate::fault::Fault;
use crate::reader::Reader;
use crate::replica::{ContributeError, Replica};
use crate::state::State;

/// A report of a record, with the answers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The statement that reports.
    pub held: HeldStatement,
    /// What it says.
    pub report: Report,
    /// The answers to it, in the order of their partners.
    pub answers: Vec<Answered>,
}

/// An answer to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The statement that answers, perhaps other reports of the record too.
    pub held: HeldStatement,
    /// What it says of this one.
    pub answer: Answer,
    /// Whether it settles the report: its author's mandate covers the record, or it is whoever reported.
    pub settles: bool,
}

impl Reported {
    /// Whether nobody whose answer settles it has answered.
    pub fn is_open(&self) -> bool {
        !self.answers.iter().any(|answered| answered.settles)
    }
}

impl Reader {
    /// Returns the reports of a record that stand, in the order of their partners.
    pub fn reports(&self, view: &RecordView) -> Result<Vec<Reported>, Fault> {
        let held = self.statements(&view.record)?;
        Ok(self.reports_among(view, &held))
    }

    /// Returns those among the current statements about the record.
    pub(crate) fn reports_among(&self, view: &RecordView, held: &[HeldStatement]) -> Vec<Reported> {
        let state = self.shared.state();
        let reports = held.iter().filter_map(|each| Some((each, each.report()?)));
        let reports = reports.map(|(of, report)| {
            let answers = held.iter().filter_map(|each| {
                let answer = each.answers()?.answers().get(&of.id)?;
                Some(Answered {
                    held: each.clone(),
                    answer: answer.clone(),
                    settles: settles(&state, view, of, each),
                })
            });
            Reported {
                answers: answers.collect(),
                held: of.clone(),
                report: report.clone(),
            }
        });
        reports.collect()
    }
}

fn settles(state: &State, view: &RecordView, of: &HeldStatement, answered: &HeldStatement) -> bool {
    if of.partner.is_some() && of.partner == answered.partner {
        return true;
    }
    let signed_with = state.governance.standing(&state.feeds, &answered.entry);
    let born = view.birth.as_ref();
    born.is_some_and(|(kind, territory)| {
        signed_with.is_ok_and(|mandate| mandate.covers(kind, territory))
    })
}

impl Replica {
    /// Returns whether an answer of our own organisation to the report would settle it.
    pub fn may_settle(&self, view: &RecordView, report: &HeldStatement) -> bool {
        let Some(partner) = self.partner() else {
            return false;
        };
        let born = view.birth.as_ref();
        report.partner == Some(partner)
            || born.is_some_and(|(kind, territory)| {
                let state = self.state();
                let mut given = state.mandates(&partner);
                given.any(|mandate| mandate.covers(kind, territory))
            })
    }

    /// Signs what became of a report of a record; `None` takes back what this feed has answered. The feed's answers to other reports
    /// that still stand are repeated, since a later statement stands in the place of the earlier.
    pub fn answer_report(
        &self,
        record: RecordId,
        report: ItemId,
        answer: Option<Answer>,
    ) -> Result<EntryId, StateError> {
        let feed = self.feed().ok_or(ContributeError::ReadOnly)?;
        let answering = &self.shared.answering;
        let _held = answering.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = self.read()?;
        let view = reader.record(&record)?.ok_or(StateError::NoReport)?;
        let held = reader.statements(&record)?;
        let mut reports = held.iter().filter(|each| each.report().is_some());
        let asked = reports.clone().find(|each| each.id == report);
        let asked = asked.ok_or(StateError::NoReport)?;
        let standing: BTreeSet<ItemId> = reports.by_ref().map(|each| each.id).collect();
        let own = held.iter().filter(|each| each.feed == feed);
        let own = own.filter_map(HeldStatement::answers);
        let mut answers: BTreeMap<ItemId, Answer> =
            own.flat_map(|own| own.answers().clone()).collect();
        answers.retain(|of, _| standing.contains(of));
        match answer {
            Some(_) if !self.may_settle(&view, asked) => return Err(StateError::MayNotSettle),
            Some(answer) => {
                answers.insert(report, answer);
            }
            None if answers.remove(&report).is_none() => return Err(StateError::NoAnswer),
            None => {}
        }
        let statement = Statement::Answered(Answers::new(answers)?);
        self.make_statement(record, None, &statement)
    }
}
