//! Assessments: how far a record answers each prism, or each criterion of a label, in the eyes of one partner.

use std::collections::BTreeMap;

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::limits::NAME_BYTES_MAX;
use crate::record::{Wording, wording};
use crate::statement::{StatementError, checked_why};

/// The highest level.
pub const LEVEL_MAX: u8 = 3;
/// Marks of one assessment: schemes have ten criteria or so.
pub const MARKS_MAX: usize = 64;
/// Bytes of the address of the evidence.
pub const EVIDENCE_BYTES_MAX: usize = 2_000;
/// What an assessment by prisms is against, in the place of a scheme.
const BY_PRISMS: &str = "prisms";

/// The content of an *assessed* statement. It holds all marks of the partner at once: a later one replaces the earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    against: String,
    marks: BTreeMap<String, Mark>,
    evidence: Option<String>,
}

/// One level, and the sentence that says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    level: u8,
    why: String,
}

/// What actions are looked at through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prism {
    /// The stable code that marks name.
    pub code: &'static str,
    /// What it is called.
    pub wording: Wording,
}

/// The prisms where a profile names no others.
pub const PRISMS: [Prism; 5] = [
    prism("engagement", "Engagement", "Engagement"),
    prism(
        "popular-education",
        "Éducation populaire",
        "Popular education",
    ),
    prism("solidarity", "Solidarité", "Solidarity"),
    prism("legacy", "Héritage", "Legacy"),
    prism(
        "sustainable-development",
        "Développement durable",
        "Sustainable development",
    ),
];

/// Several levels together: never only the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// How many partners gave a level.
    pub count: usize,
    /// Twice the median, which may lie between two levels.
    pub median_doubled: u8,
    /// The lowest level.
    pub low: u8,
    /// The highest level.
    pub high: u8,
}

impl Mark {
    /// Puts a level and its reason together.
    pub fn new(level: u8, why: &str) -> Result<Self, StatementError> {
        if level > LEVEL_MAX {
            return Err(StatementError::Level);
        }
        checked_why(why, true)?;
        let why = why.to_owned();
        Ok(Self { level, why })
    }

    /// Returns the level, 0 to 3.
    pub fn level(&self) -> u8 {
        self.level
    }

    /// Returns the reason.
    pub fn why(&self) -> &str {
        &self.why
    }
}

impl Assessment {
    /// Takes marks by the codes of prisms, with the address of the evidence.
    pub fn by_prisms(
        marks: impl IntoIterator<Item = (String, Mark)>,
        evidence: Option<String>,
    ) -> Result<Self, StatementError> {
        Self::new(BY_PRISMS.to_owned(), marks, evidence)
    }

    /// Takes marks by the criteria of a scheme, named as `SchemeId` is written.
    pub fn by_criteria(
        scheme: &str,
        marks: impl IntoIterator<Item = (String, Mark)>,
        evidence: Option<String>,
    ) -> Result<Self, StatementError> {
        if scheme == BY_PRISMS {
            return Err(StatementError::Code);
        }
        Self::new(scheme.to_owned(), marks, evidence)
    }

    fn new(
        against: String,
        given: impl IntoIterator<Item = (String, Mark)>,
        evidence: Option<String>,
    ) -> Result<Self, StatementError> {
        // A scheme's name is a code of 200 bytes, `@` and a number.
        if !(1..=NAME_BYTES_MAX + 11).contains(&against.len()) {
            return Err(StatementError::Code);
        }
        let mut marks = BTreeMap::new();
        for (code, mark) in given {
            if !(1..=NAME_BYTES_MAX).contains(&code.len()) {
                return Err(StatementError::Code);
            }
            if marks.insert(code, mark).is_some() {
                return Err(StatementError::Twice);
            }
        }
        if evidence
            .as_ref()
            .is_some_and(|link| !(1..=EVIDENCE_BYTES_MAX).contains(&link.len()))
        {
            return Err(StatementError::Evidence);
        }
        match marks.len() {
            0 => Err(StatementError::Nothing),
            1..=MARKS_MAX => Ok(Self {
                against,
                marks,
                evidence,
            }),
            _ => Err(StatementError::TooMany),
        }
    }

    /// Returns whether the marks are by prisms.
    pub fn is_by_prisms(&self) -> bool {
        self.against == BY_PRISMS
    }

    /// Returns the scheme whose criteria are marked; `None` for prisms.
    pub fn scheme(&self) -> Option<&str> {
        (!self.is_by_prisms()).then_some(self.against.as_str())
    }

    /// Returns the marks, by the codes of prisms or criteria.
    pub fn marks(&self) -> &BTreeMap<String, Mark> {
        &self.marks
    }

    /// Returns the address of the evidence. Nobody has checked that it is one.
    pub fn evidence(&self) -> Option<&str> {
        self.evidence.as_deref()
    }
}

impl Spread {
    /// Takes levels in any order. `None` when there is none.
    pub fn of(levels: impl IntoIterator<Item = u8>) -> Option<Self> {
        let mut levels: Vec<u8> = levels.into_iter().collect();
        levels.sort_unstable();
        let (low, high) = (*levels.first()?, *levels.last()?);
        let middle = levels.len() / 2;
        let below = levels[(levels.len() - 1) / 2];
        Some(Self {
            count: levels.len(),
            median_doubled: below + levels[middle],
            low,
            high,
        })
    }
}

impl Wire for Assessment {
    fn encode(&self, to: &mut Writer) {
        to.array(3).text(&self.against).array(self.marks.len());
        for (code, mark) in &self.marks {
            to.array(3).text(code).unsigned(mark.level.into());
            to.text(&mark.why);
        }
        match &self.evidence {
            None => to.null(),
            Some(link) => to.text(link),
        };
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        let malformed = |_: StatementError| CborError::Malformed;
        cbor::array_of(from, 3)?;
        let against = cbor::text(from)?;
        let len = cbor::array(from)?;
        let mut marks = Vec::new();
        for _ in 0..len {
            cbor::array_of(from, 3)?;
            let code = cbor::text(from)?;
            let level = from.u8()?;
            let mark = Mark::new(level, &cbor::text(from)?).map_err(malformed)?;
            marks.push((code, mark));
        }
        let evidence = cbor::optional(from, cbor::text)?;
        Self::new(against, marks, evidence).map_err(malformed)
    }
}

const fn prism(code: &'static str, fr: &'static str, en: &'static str) -> Prism {
    Prism {
        code,
        wording: wording(fr, en),
    }
}
