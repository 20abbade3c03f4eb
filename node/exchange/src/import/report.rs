//! What an import did or would do, as `--json` prints it and as pages show it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::mapping::ColumnUse;
use crate::report::{Problem, Unreadable};

/// What an import did or would do. `rows == new + changed + unchanged + refused + left_out`, always.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Report {
    /// Rows of the file.
    pub rows: u64,
    /// Rows that make a record.
    pub new: u64,
    /// Rows that change a record.
    pub changed: u64,
    /// Rows that say what the record says already.
    pub unchanged: u64,
    /// Rows that are not imported, each with its problems.
    pub refused: u64,
    /// Rows that a person has left out.
    pub left_out: u64,
    /// Rows whose key another row of the file has.
    pub duplicates: u64,
    /// What refuses a row, or is to be looked at.
    pub problems: Vec<Reported>,
    /// What was accepted and is worth knowing.
    pub notices: Vec<Reported>,
    /// The kind of the records.
    pub kind: Option<&'static str>,
    /// The sheet that was read, in a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// What becomes of each column.
    pub columns: Vec<ColumnUse>,
    /// Why the file could not be read at all.
    pub unreadable: Option<Unread>,
}

/// A problem and how much it matters.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Reported {
    /// How much it matters.
    pub level: Level,
    /// What is wrong, and where.
    #[serde(flatten)]
    pub problem: Problem,
}

/// How much a problem matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Refuses nothing.
    Notice,
    /// Refuses its row.
    Refused,
    /// Refuses nothing, but a person should look.
    Warning,
}

/// Why a file could not be read at all.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Unread {
    /// Stable code.
    pub code: &'static str,
    /// French sentence.
    pub reason: String,
}

impl Report {
    /// Reports a file of which no row could be read.
    pub fn of_unreadable(error: &Unreadable) -> Self {
        Self {
            unreadable: Some(Unread {
                code: error.code(),
                reason: error.to_string(),
            }),
            ..Self::default()
        }
    }

    pub(super) fn problem(&mut self, level: Level, problem: Problem) {
        self.problems.push(Reported { level, problem });
    }

    pub(super) fn notice(&mut self, problem: Problem) {
        let level = Level::Notice;
        self.notices.push(Reported { level, problem });
    }
}

/// Counts notices of one code in one column, and keeps the first ones: a hundred thousand times the same sentence helps nobody.
#[derive(Debug, Default)]
pub(super) struct Notices {
    counts: BTreeMap<(Option<String>, &'static str), u64>,
}

impl Notices {
    pub(super) fn add(&mut self, notice: Problem, report: &mut Report) {
        let key = (notice.letter.clone(), notice.code);
        let count = self.counts.entry(key).or_default();
        *count += 1;
        if *count <= EXAMPLES_MAX {
            report.notice(notice);
        }
    }

    /// Says how many were not shown.
    pub(super) fn close(&self, report: &mut Report) {
        for ((letter, code), count) in &self.counts {
            let is_one =
                |other: &&Reported| other.problem.letter == *letter && other.problem.code == *code;
            let Some(last) = report.notices.iter().rev().find(is_one) else {
                continue;
            };
            if let Some(more) = count.checked_sub(EXAMPLES_MAX).filter(|more| *more > 0) {
                let mut notice = last.problem.clone();
                notice.line = 0;
                notice.value = String::new();
                notice.suggestion = None;
                notice.reason = format!("Et {more} autre(s) ligne(s) de même : {}", notice.reason);
                report.notice(notice);
            }
        }
    }
}

/// Enough to understand what happens in a column.
const EXAMPLES_MAX: u64 = 10;
