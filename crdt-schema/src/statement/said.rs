//! What is said of a record in a word and a sentence: that it is wrong, that it is another one, that a partner stands behind it.

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::statement::{StatementError, checked_why};

/// The content of a *duplicate* statement. The frame names the pair, whichever record comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    verdict: Sameness,
    why: String,
}

/// Whether two records describe the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sameness {
    /// They describe two things.
    Distinct,
    /// They describe one thing.
    Same,
    /// Somebody looked, and does not know.
    Unsure,
}

/// The content of an *endorsed* statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endorsement {
    why: String,
}

/// The content of a *reported* statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    reason: ReportReason,
    why: String,
}

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReportReason {
    /// It has closed, ended or was cancelled.
    Closed,
    /// It is there twice.
    Duplicate,
    /// It holds what says something of a person.
    PersonalData,
    /// Something in it is wrong.
    Wrong,
}

impl Duplicate {
    /// Puts a verdict and its reason together.
    pub fn new(verdict: Sameness, why: &str) -> Result<Self, StatementError> {
        checked_why(why, true)?;
        let why = why.to_owned();
        Ok(Self { verdict, why })
    }

    /// Returns the verdict.
    pub fn verdict(&self) -> Sameness {
        self.verdict
    }

    /// Returns the reason.
    pub fn why(&self) -> &str {
        &self.why
    }
}

impl Endorsement {
    /// Takes the reason, which may be empty.
    pub fn new(why: &str) -> Result<Self, StatementError> {
        checked_why(why, false)?;
        Ok(Self {
            why: why.to_owned(),
        })
    }

    /// Returns the reason; empty where none was given.
    pub fn why(&self) -> &str {
        &self.why
    }
}

impl Report {
    /// Puts what is wrong and its explanation together.
    pub fn new(reason: ReportReason, why: &str) -> Result<Self, StatementError> {
        checked_why(why, true)?;
        let why = why.to_owned();
        Ok(Self { reason, why })
    }

    /// Returns what is wrong.
    pub fn reason(&self) -> ReportReason {
        self.reason
    }

    /// Returns the explanation.
    pub fn why(&self) -> &str {
        &self.why
    }
}

impl Sameness {
    /// All of them.
    pub const ALL: [Sameness; 3] = [Sameness::Same, Sameness::Distinct, Sameness::Unsure];

    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Sameness::Distinct => "distinct",
            Sameness::Same => "same",
            Sameness::Unsure => "unsure",
        }
    }

    /// Reads a code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.code() == code)
    }
}

impl ReportReason {
    /// All of them, in the order in which forms offer them.
    pub const ALL: [ReportReason; 4] = [
        ReportReason::Wrong,
        ReportReason::Closed,
        ReportReason::Duplicate,
        ReportReason::PersonalData,
    ];

    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            ReportReason::Closed => "closed",
            ReportReason::Duplicate => "duplicate",
            ReportReason::PersonalData => "personal-data",
            ReportReason::Wrong => "wrong",
        }
    }

    /// Reads a code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.code() == code)
    }
}

impl Wire for Duplicate {
    fn encode(&self, to: &mut Writer) {
        to.array(2).text(self.verdict.code()).text(&self.why);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 2)?;
        let verdict = Sameness::parse(&cbor::text(from)?).ok_or(CborError::Malformed)?;
        Self::new(verdict, &cbor::text(from)?).map_err(|_| CborError::Malformed)
    }
}

impl Wire for Endorsement {
    fn encode(&self, to: &mut Writer) {
        to.array(1).text(&self.why);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 1)?;
        Self::new(&cbor::text(from)?).map_err(|_| CborError::Malformed)
    }
}

impl Wire for Report {
    fn encode(&self, to: &mut Writer) {
        to.array(2).text(self.reason.code()).text(&self.why);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 2)?;
        let reason = ReportReason::parse(&cbor::text(from)?).ok_or(CborError::Malformed)?;
        Self::new(reason, &cbor::text(from)?).map_err(|_| CborError::Malformed)
    }
}
