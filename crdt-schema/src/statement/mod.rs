//! Statements: what one partner holds about a record. The frame of the item names the record and the predicate; the content below says
//! the rest.
//!
//! A statement changes no record and makes no label. Nobody overwrites another's: which ones are current is decided by
//! [`crate::governance::current_statements`]. A content that is not of these forms is kept, and shown as unknown.

mod answered;
mod assessed;
mod committee;
mod dates;
mod freshness;
mod said;
mod verified;

use crate::cbor::{Wire, decode_exact};
use crate::entry::{Frame, StatementFrame};
use crate::id::RecordId;

pub use answered::{ANSWERS_MAX, Answer, Answers, Outcome};
pub use assessed::{
    Assessment, EVIDENCE_BYTES_MAX, LEVEL_MAX, MARKS_MAX, Mark, PRISMS, Prism, Spread,
};
pub use committee::{MET_LEVEL, Tally, tally};
pub use dates::{DueDates, DueDays};
pub use freshness::{Freshness, filled_sections};
pub use said::{Duplicate, Endorsement, Report, ReportReason, Sameness};
pub use verified::{Due, SECTIONS_MAX, Verification};

/// Bytes of a sentence that says why, in UTF-8: a paragraph. What is longer belongs into the record.
pub const WHY_BYTES_MAX: usize = 2_000;

/// What a partner states about a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// What became of reports of the record.
    Answered(Answers),
    /// How far the record answers prisms, or the criteria of a label.
    Assessed(Assessment),
    /// Whether two records describe the same thing.
    Duplicate(Duplicate),
    /// The partner stands behind the record.
    Endorsed(Endorsement),
    /// Something is wrong with the record.
    Reported(Report),
    /// Sections were looked at and are still right.
    Verified(Verification),
}

/// Why something cannot be stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// A code is empty or too long.
    #[error("a code has 1 to 200 bytes")]
    Code,
    /// An address is too long.
    #[error("the address of the evidence takes more than 2,000 bytes")]
    Evidence,
    /// A level is none.
    #[error("a level is 0, 1, 2 or 3")]
    Level,
    /// Nothing is stated.
    #[error("nothing is stated: give at least one")]
    Nothing,
    /// A pair needs two records.
    #[error("a duplicate is about two different records")]
    Pair,
    /// There are too many.
    #[error("64 marks, and 64 sections, are the most")]
    TooMany,
    /// There are too many answers.
    #[error("24 answers about one record are the most")]
    TooManyAnswers,
    /// Something is said twice.
    #[error("the same is stated twice")]
    Twice,
    /// The reason is too long.
    #[error("a text takes more than 2,000 bytes: shorten it")]
    WhyTooLong,
    /// There is no reason.
    #[error("say why, in one sentence")]
    WhyMissing,
}

impl StatementError {
    /// Returns the stable code of this error.
    pub fn code(self) -> &'static str {
        match self {
            StatementError::Code => "statement_code",
            StatementError::Evidence => "statement_evidence",
            StatementError::Level => "statement_level",
            StatementError::Nothing => "statement_empty",
            StatementError::Pair => "statement_pair",
            StatementError::TooMany => "statement_too_many",
            StatementError::TooManyAnswers => "statement_too_many_answers",
            StatementError::Twice => "statement_twice",
            StatementError::WhyTooLong => "statement_why_too_long",
            StatementError::WhyMissing => "statement_why_missing",
        }
    }
}

/// The predicates that this version knows, in the order in which pages list them.
pub const PREDICATES: [&str; 6] = [
    "verified",
    "assessed",
    "endorsed",
    "reported",
    "answered",
    "duplicate",
];

impl Statement {
    /// Reads a statement. `None` when this version knows no such content: it is kept, and shown as unknown.
    pub fn read(frame: &StatementFrame, content: &[u8]) -> Option<Self> {
        let is_pair = frame.other.is_some_and(|other| other != frame.subject);
        let statement = match (frame.predicate.as_str(), is_pair, frame.other) {
            ("duplicate", true, _) => Statement::Duplicate(decode_exact(content).ok()?),
            ("answered", _, None) => Statement::Answered(decode_exact(content).ok()?),
            ("assessed", _, None) => Statement::Assessed(decode_exact(content).ok()?),
            ("endorsed", _, None) => Statement::Endorsed(decode_exact(content).ok()?),
            ("reported", _, None) => Statement::Reported(decode_exact(content).ok()?),
            ("verified", _, None) => Statement::Verified(decode_exact(content).ok()?),
            _ => return None,
        };
        Some(statement)
    }

    /// Returns what the statement is, as the frame names it.
    pub fn predicate(&self) -> &'static str {
        match self {
            Statement::Answered(_) => "answered",
            Statement::Assessed(_) => "assessed",
            Statement::Duplicate(_) => "duplicate",
            Statement::Endorsed(_) => "endorsed",
            Statement::Reported(_) => "reported",
            Statement::Verified(_) => "verified",
        }
    }

    /// Returns the frame of the item that states this of a record. A duplicate, and nothing else, names another one.
    pub fn frame(
        &self,
        subject: RecordId,
        other: Option<RecordId>,
    ) -> Result<Frame, StatementError> {
        let is_pair = other.is_some_and(|other| other != subject);
        if is_pair != matches!(self, Statement::Duplicate(_)) || (!is_pair && other.is_some()) {
            return Err(StatementError::Pair);
        }
        Ok(Frame::Statement(StatementFrame {
            subject,
            other,
            predicate: self.predicate().to_owned(),
        }))
    }

    /// Returns the content of the item.
    pub fn to_content(&self) -> Vec<u8> {
        match self {
            Statement::Answered(answers) => answers.to_cbor(),
            Statement::Assessed(assessment) => assessment.to_cbor(),
            Statement::Duplicate(duplicate) => duplicate.to_cbor(),
            Statement::Endorsed(endorsement) => endorsement.to_cbor(),
            Statement::Reported(report) => report.to_cbor(),
            Statement::Verified(verification) => verification.to_cbor(),
        }
    }
}

fn checked_why(why: &str, is_needed: bool) -> Result<(), StatementError> {
    match why.len() {
        0 if is_needed => Err(StatementError::WhyMissing),
        0..=WHY_BYTES_MAX => Ok(()),
        _ => Err(StatementError::WhyTooLong),
    }
}

#[cfg(test)]
mod tests;
