//! Statements on this node: what each partner holds about a record, which ones are current, and our own.
//!
//! Nothing is derived into the store: rows name the places of statements, and what counts is judged as it is read, by the governance
//! that is in force then. A statement that becomes void or is erased so vanishes by itself.

mod bulk;
mod reports;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crdt_schema::edit::{Pending, State as ItemState};
use crdt_schema::entry::{Frame, StatementFrame, VerifiedEntry};
use crdt_schema::governance::{Stated, current_statements};
use crdt_schema::id::{EntryId, FeedId, ItemId, PartnerId, RecordId};
use crdt_schema::label::Day;
use crdt_schema::statement::{Answers, Report, Statement, StatementError, Verification};
use crdt_schema::time::Timestamp;
use redb::ReadableTable;

use crate::author::NewItem;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::replica::{ContributeError, Replica};
use crate::state::State;
use crate::store::tables::{self, ItemPlace, item_keys, item_of};

pub use bulk::{BULK_MIN, Together};
pub use reports::{Answered, Reported};

/// A statement that is held, with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldStatement {
    /// The item.
    pub id: ItemId,
    /// The record that it is about, and for a duplicate the other one.
    pub frame: StatementFrame,
    /// What is stated; `None` where the content is of no form that this version knows, or is gone.
    pub statement: Option<Statement>,
    /// The entry that carries it.
    pub entry: EntryId,
    /// The feed of the author.
    pub feed: FeedId,
    /// Position of the entry in its feed.
    pub sequence: u64,
    /// The partner for which the author speaks.
    pub partner: Option<PartnerId>,
    /// When the author says it was signed.
    pub claimed: Timestamp,
    /// What became of it.
    pub state: ItemState,
    /// Whether it counts, and no later one of its own feed stands in its place.
    pub is_current: bool,
}

impl HeldStatement {
    /// Returns what it says is wrong with the record; `None` for another statement.
    pub fn report(&self) -> Option<&Report> {
        match &self.statement {
            Some(Statement::Reported(report)) => Some(report),
            _ => None,
        }
    }

    /// Returns what it answers to reports of the record; `None` for another statement.
    pub fn answers(&self) -> Option<&Answers> {
        match &self.statement {
            Some(Statement::Answered(answers)) => Some(answers),
            _ => None,
        }
    }
}

/// Why something was not stated.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StateError {
    /// It is no statement.
    #[error(transparent)]
    Form(#[from] StatementError),
    /// Our answer would settle nothing.
    #[error(
        "the mandate of our organisation does not cover this record: an answer to somebody else's report would settle nothing; ask whoever keeps the record, or a coordinator"
    )]
    MayNotSettle,
    /// There is nothing to take back.
    #[error("this node has not answered this report")]
    NoAnswer,
    /// The report is none, or does not stand any more.
    #[error(
        "no such report of this record stands: `maillage statement reports` lists those that do"
    )]
    NoReport,
    /// It was not signed.
    #[error(transparent)]
    NotSigned(#[from] ContributeError),
}

impl StateError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            StateError::Form(error) => error.code(),
            StateError::MayNotSettle => "outside_mandate",
            StateError::NoAnswer => "no_answer",
            StateError::NoReport => "report_not_found",
            StateError::NotSigned(error) => error.code(),
        }
    }
}

impl From<Fault> for StateError {
    fn from(fault: Fault) -> Self {
        StateError::NotSigned(ContributeError::Fault(fault))
    }
}

impl Reader {
    /// Returns the current statements about a record, in the order of predicates, partners and items.
    pub fn statements(&self, record: &RecordId) -> Result<Vec<HeldStatement>, Fault> {
        let mut current = self.all_statements(record)?;
        current.retain(|each| each.is_current);
        Ok(current)
    }

    /// Returns those with one predicate.
    pub fn statements_with(
        &self,
        record: &RecordId,
        predicate: &str,
    ) -> Result<Vec<HeldStatement>, Fault> {
        let mut current = self.statements(record)?;
        current.retain(|each| each.frame.predicate == predicate);
        Ok(current)
    }

    /// Returns every statement about a record with what became of it, in the same order.
    pub fn all_statements(&self, record: &RecordId) -> Result<Vec<HeldStatement>, Fault> {
        let Some(number) = self.source.number(record)? else {
            return Ok(Vec::new());
        };
        let (first, last) = item_keys(number);
        let table = self.read.open_table(tables::STATEMENTS)?;
        let state = self.shared.state();
        let mut found = Vec::new();
        for row in table.range::<&[u8; 24]>(&first..=&last)? {
            let (key, place) = row?;
            let place = ItemPlace::from_bytes(place.value());
            found.extend(self.statement_at(&state, item_of(key.value()), place)?);
        }
        mark_current(&state, &mut found);
        let mut all: Vec<HeldStatement> = found.into_iter().map(|(_, held)| held).collect();
        all.sort_by(|one, other| order(one).cmp(&order(other)));
        Ok(all)
    }

    /// Returns the current statements of a partner, `statements_max` at most, in the order in which their records were first met here.
    pub fn statements_of(
        &self,
        partner: &PartnerId,
        statements_max: usize,
    ) -> Result<Vec<HeldStatement>, Fault> {
        let feeds = self.feed_numbers_of(partner);
        let table = self.read.open_table(tables::STATEMENTS)?;
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        let mut last = None;
        for row in table.iter()? {
            let (key, place) = row?;
            let number = u64::from_be_bytes(*key.value().first_chunk().expect("of 24 bytes"));
            let place = ItemPlace::from_bytes(place.value());
            if last == Some(number) || !feeds.contains(&place.entry.feed) {
                continue;
            }
            last = Some(number);
            for held in self.statements(&self.source.record_id(number)?)? {
                // A pair stands under both of its records.
                if held.partner == Some(*partner) && seen.insert(held.id) {
                    found.push(held);
                }
            }
            if found.len() >= statements_max {
                found.truncate(statements_max);
                break;
            }
        }
        Ok(found)
    }

    fn feed_numbers_of(&self, partner: &PartnerId) -> BTreeSet<u32> {
        let state = self.state();
        let numbers = state.feed_numbers.iter();
        let is_its = |feed: &FeedId| {
            let certificate = state.certificates().get(feed);
            certificate.is_some_and(|certificate| certificate.partner == *partner)
        };
        numbers
            .filter(|(feed, _)| is_its(feed))
            .map(|(_, number)| *number)
            .collect()
    }

    fn statement_at(
        &self,
        state: &State,
        id: ItemId,
        place: ItemPlace,
    ) -> Result<Option<(usize, HeldStatement)>, Fault> {
        let entry = self.source.entry(place.entry, &self.cache)?;
        if !state.feeds.holds(&entry.id()) {
            return Ok(None);
        }
        let index = usize::from(place.index);
        let damaged = || Fault::damaged("place of a statement");
        let item = entry.items().get(index).ok_or_else(damaged)?;
        let Frame::Statement(frame) = &item.frame else {
            return Err(damaged());
        };
        let became = self.statement_state(state, &entry, id, index)?;
        let content = item.content().filter(|_| became == ItemState::Live);
        let held = HeldStatement {
            id,
            frame: frame.clone(),
            statement: content.and_then(|content| Statement::read(frame, content)),
            entry: entry.id(),
            feed: entry.header().feed,
            sequence: entry.header().sequence,
            partner: state.feeds.owner(&entry.id()),
            claimed: entry.header().claimed,
            state: became,
            is_current: false,
        };
        Ok(Some((index, held)))
    }

    fn statement_state(
        &self,
        state: &State,
        entry: &Arc<VerifiedEntry>,
        id: ItemId,
        index: usize,
    ) -> Result<ItemState, Fault> {
        // Statements need no mandate: without this, whoever was put out would still be heard, from a node that nobody knew of.
        let had_left = state
            .governance
            .partners()
            .had_left(&state.feeds, &entry.id());
        if had_left || self.source.is_void(entry, state)? {
            return Ok(ItemState::Void);
        }
        let item = &entry.items()[index];
        let is_erased = state
            .governance
            .is_erased(&state.feeds, &entry.id(), &id, &item.frame);
        Ok(match item.content() {
            _ if is_erased => ItemState::Erased,
            None if self.source.was_erased(&id)? => ItemState::Erased,
            None => ItemState::Pending(Pending::Bytes),
            Some(_) => ItemState::Live,
        })
    }
}

impl Replica {
    /// Signs a statement about a record; a duplicate names another one. It is on disk when this returns.
    pub fn make_statement(
        &self,
        record: RecordId,
        other: Option<RecordId>,
        statement: &Statement,
    ) -> Result<EntryId, StateError> {
        let item = NewItem {
            frame: statement.frame(record, other)?,
            content: statement.to_content(),
        };
        let signed = self.contribute(vec![item])?;
        signed
            .first()
            .copied()
            .ok_or(StateError::NotSigned(ContributeError::ReadOnly))
    }

    /// States that sections of a record are still right on a day. The days of other sections that this feed has confirmed are
    /// repeated, since a later statement stands in the place of the earlier.
    pub fn verify_sections(
        &self,
        record: RecordId,
        sections: &BTreeSet<String>,
        today: Day,
    ) -> Result<EntryId, StateError> {
        let statement = self.verification(&self.read()?, record, sections, today)?;
        self.make_statement(record, None, &statement)
    }

    /// Does the same for several records at once, in as few entries as it takes: whoever reads them sees that nobody looked at one
    /// record after the other.
    pub fn verify_many(
        &self,
        records: &BTreeMap<RecordId, BTreeSet<String>>,
        today: Day,
    ) -> Result<Vec<EntryId>, StateError> {
        let reader = self.read()?;
        let mut items = Vec::with_capacity(records.len());
        for (record, sections) in records {
            let statement = self.verification(&reader, *record, sections, today)?;
            items.push(NewItem {
                frame: statement.frame(*record, None)?,
                content: statement.to_content(),
            });
        }
        Ok(self.contribute(items)?)
    }

    fn verification(
        &self,
        reader: &Reader,
        record: RecordId,
        sections: &BTreeSet<String>,
        today: Day,
    ) -> Result<Statement, StateError> {
        let feed = self.feed().ok_or(ContributeError::ReadOnly)?;
        let before = reader.statements_with(&record, "verified")?;
        let own = before.iter().filter(|held| held.feed == feed);
        let mut days: BTreeMap<String, Day> = BTreeMap::new();
        for held in own {
            if let Some(Statement::Verified(verification)) = &held.statement {
                for (section, day) in verification.sections() {
                    let known = days.entry(section.clone()).or_insert(*day);
                    *known = (*known).max(*day);
                }
            }
        }
        days.extend(sections.iter().map(|section| (section.clone(), today)));
        if sections.is_empty() {
            return Err(StatementError::Nothing.into());
        }
        Ok(Statement::Verified(Verification::new(days)?))
    }
}

fn mark_current(state: &State, found: &mut [(usize, HeldStatement)]) {
    let current = {
        let stated = found.iter().map(|(index, held)| Stated {
            id: held.id,
            entry: held.entry,
            index: *index,
            frame: &held.frame,
            state: held.state,
        });
        current_statements(&state.feeds, &stated.collect::<Vec<_>>())
    };
    for (_, held) in found {
        held.is_current = current.contains(&held.id);
    }
}

fn order(held: &HeldStatement) -> (&str, Option<PartnerId>, ItemId) {
    (&held.frame.predicate, held.partner, held.id)
}
