//! Verifications: which sections of a record a partner has looked at, and when it says it did.

use std::collections::BTreeMap;

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::label::Day;
use crate::limits::NAME_BYTES_MAX;
use crate::statement::StatementError;

/// Sections of one verification. Kinds have fewer than ten; a later version may have more.
pub const SECTIONS_MAX: usize = 64;

/// The content of a *verified* statement: every section that the partner stands by, with the day on which it last looked. A later
/// statement replaces the earlier one, so it repeats the days of the sections that were not looked at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification(BTreeMap<String, Day>);

/// How long ago a section was last confirmed, by the days of its kind: see [`DueDays`](crate::statement::DueDays).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// Nobody has confirmed it.
    Never,
    /// So long ago that it must be looked at.
    Required,
    /// So long ago that it should be looked at.
    Advised,
    /// Less long ago.
    UpToDate,
}

impl Verification {
    /// Takes sections, each with the day on which it was looked at.
    pub fn new(sections: impl IntoIterator<Item = (String, Day)>) -> Result<Self, StatementError> {
        let mut days = BTreeMap::new();
        for (section, day) in sections {
            if section.is_empty() || section.len() > NAME_BYTES_MAX {
                return Err(StatementError::Code);
            }
            if days.insert(section, day).is_some() {
                return Err(StatementError::Twice);
            }
        }
        match days.len() {
            0 => Err(StatementError::Nothing),
            1..=SECTIONS_MAX => Ok(Self(days)),
            _ => Err(StatementError::TooMany),
        }
    }

    /// Returns the sections with their days, in the order of their codes.
    pub fn sections(&self) -> &BTreeMap<String, Day> {
        &self.0
    }
}

impl Due {
    /// All, from what waits for the longest time.
    pub const ALL: [Due; 4] = [Due::Never, Due::Required, Due::Advised, Due::UpToDate];

    /// Reads a code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|due| due.code() == code)
    }

    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Due::Advised => "advised",
            Due::Never => "never",
            Due::Required => "required",
            Due::UpToDate => "up_to_date",
        }
    }
}

impl Wire for Verification {
    fn encode(&self, to: &mut Writer) {
        to.array(self.0.len());
        for (section, day) in &self.0 {
            to.array(2).text(section).text(&day.to_string());
        }
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        let len = cbor::array(from)?;
        let mut sections = Vec::new();
        for _ in 0..len {
            cbor::array_of(from, 2)?;
            let section = cbor::text(from)?;
            let day = Day::parse(&cbor::text(from)?).ok_or(CborError::Malformed)?;
            sections.push((section, day));
        }
        // Another order is not what would be written: the caller compares.
        Self::new(sections).map_err(|_| CborError::Malformed)
    }
}
