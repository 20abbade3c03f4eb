//! What a person decides of rows that may be records which are there already, for this import and the next ones of its source.

use std::collections::BTreeMap;

use crdt_schema::id::RecordId;
use crdt_schema::statement::{Duplicate, Sameness, Statement, StatementError};
use exchange::{RowDecision, RowKey};
use replica::local::Local;
use replica::{Fault, NewItem};

/// What a person says of rows of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decided {
    /// By what tells a row from the others of its source, as a dry run names it.
    pub by_row: BTreeMap<RowKey, RowDecision>,
    /// By the line of the file.
    pub by_line: BTreeMap<u64, RowDecision>,
    /// Whether what was decided of rows of this source before is forgotten.
    pub forgets: bool,
}

/// How many decisions were followed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DecidedCounts {
    /// Rows that make a record of their own, although one is like it.
    pub apart: u64,
    /// Rows that were left out.
    pub left_out: u64,
    /// Rows that are about a record that was there already.
    pub same: u64,
}

impl DecidedCounts {
    pub(super) fn add(&mut self, decision: RowDecision) {
        match decision {
            RowDecision::Apart => self.apart += 1,
            RowDecision::LeftOut => self.left_out += 1,
            RowDecision::Same(_) => self.same += 1,
        }
    }

    /// Whether any was.
    pub fn is_any(&self) -> bool {
        self.apart + self.left_out + self.same > 0
    }
}

/// All decisions that hold for an import, the newest first.
pub(super) struct Decisions<'a> {
    said: Option<&'a Decided>,
    kept: BTreeMap<RowKey, RowDecision>,
}

impl<'a> Decisions<'a> {
    pub(super) fn of(
        local: &Local,
        source: &str,
        said: Option<&'a Decided>,
    ) -> Result<Self, Fault> {
        let kept = match said {
            Some(said) if said.forgets => BTreeMap::new(),
            _ => local.row_choices(source)?,
        };
        let kept = kept
            .into_iter()
            .filter_map(|(row, bytes)| Some((row, RowDecision::from_bytes(&bytes)?)));
        Ok(Self {
            said,
            kept: kept.collect(),
        })
    }

    pub(super) fn of_row(&self, line: u64, row: &RowKey) -> Option<RowDecision> {
        let said = self.said.and_then(|said| {
            let by_row = said.by_row.get(row);
            by_row.or_else(|| said.by_line.get(&line)).copied()
        });
        said.or_else(|| self.kept.get(row).copied())
    }

    /// Whether a row may be told apart from a record.
    pub(super) fn tells_apart(&self) -> bool {
        let said = self.said.into_iter();
        let said = said.flat_map(|said| said.by_row.values().chain(said.by_line.values()));
        let mut all = said.chain(self.kept.values());
        all.any(|decision| *decision == RowDecision::Apart)
    }

    /// Whether a decision is to be kept for the next file.
    pub(super) fn is_news(&self, row: &RowKey, decision: RowDecision) -> bool {
        self.kept.get(row) != Some(&decision)
    }
}

/// Says for all partners that what a row makes and a record that was there are two things.
pub(super) fn apart(made: RecordId, other: RecordId) -> Result<NewItem, StatementError> {
    let said = Statement::Duplicate(Duplicate::new(Sameness::Distinct, APART)?);
    Ok(NewItem {
        frame: said.frame(made, Some(other))?,
        content: said.to_content(),
    })
}

/// All partners read it.
const APART: &str = "Choisi à l'import : ce sont deux choses.";
