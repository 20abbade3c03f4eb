//! Answers to reports: what became of what a partner said to be wrong with a record. An answer changes no record and takes back no
//! report: the report stays whose it is, and whoever reads both sees that it was dealt with.

use std::collections::BTreeMap;

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::id::ItemId;
use crate::statement::{StatementError, checked_why};

/// Answers of one partner about one record. A partner reports a record once at a time, so more would be the reports of more partners
/// than a territory has; and as many of the longest ones fit in an item.
pub const ANSWERS_MAX: usize = 24;

/// The content of an *answered* statement: every answer about the record that the partner stands by, by the item of the report that it
/// answers. A later statement stands in the place of the earlier, so it repeats the answers that still hold; one that it leaves out is
/// taken back, and an empty one takes back all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answers(BTreeMap<ItemId, Answer>);

/// What became of one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    outcome: Outcome,
    why: String,
}

/// What became of a report, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The record was put right.
    Corrected,
    /// The record stays as it is.
    NotKept,
    /// It was already settled, or is of no object any more.
    Settled,
}

impl Answers {
    /// Takes answers, each with the item of its report.
    pub fn new(given: impl IntoIterator<Item = (ItemId, Answer)>) -> Result<Self, StatementError> {
        let mut answers = BTreeMap::new();
        for (report, answer) in given {
            if answers.insert(report, answer).is_some() {
                return Err(StatementError::Twice);
            }
        }
        match answers.len() {
            0..=ANSWERS_MAX => Ok(Self(answers)),
            _ => Err(StatementError::TooManyAnswers),
        }
    }

    /// Returns the answers in the order of the reports' items.
    pub fn answers(&self) -> &BTreeMap<ItemId, Answer> {
        &self.0
    }
}

impl Answer {
    /// Puts what became of the report and why together. Whoever does not keep it says why; otherwise the reason may be empty.
    pub fn new(outcome: Outcome, why: &str) -> Result<Self, StatementError> {
        checked_why(why, outcome == Outcome::NotKept)?;
        let why = why.to_owned();
        Ok(Self { outcome, why })
    }

    /// Returns what became of the report.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Returns the reason; empty where none was given.
    pub fn why(&self) -> &str {
        &self.why
    }
}

impl Outcome {
    /// All of them, in the order in which forms offer them.
    pub const ALL: [Outcome; 3] = [Outcome::Corrected, Outcome::NotKept, Outcome::Settled];

    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Outcome::Corrected => "corrected",
            Outcome::NotKept => "not-kept",
            Outcome::Settled => "settled",
        }
    }

    /// Reads a code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.code() == code)
    }
}

impl Wire for Answers {
    fn encode(&self, to: &mut Writer) {
        to.array(self.0.len());
        for (report, answer) in &self.0 {
            to.array(3).bytes(report.as_bytes());
            to.text(answer.outcome.code()).text(&answer.why);
        }
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        let len = cbor::array(from)?;
        let mut given = Vec::new();
        for _ in 0..len {
            cbor::array_of(from, 3)?;
            let report = ItemId::from_bytes(cbor::fixed_bytes(from)?);
            let outcome = Outcome::parse(&cbor::text(from)?).ok_or(CborError::Malformed)?;
            let answer = Answer::new(outcome, &cbor::text(from)?);
            given.push((report, answer.map_err(|_| CborError::Malformed)?));
        }
        // Another order is not what would be written: the caller compares.
        Self::new(given).map_err(|_| CborError::Malformed)
    }
}
