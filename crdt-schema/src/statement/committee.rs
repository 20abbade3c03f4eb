//! What the assessments of an application come to. It informs those who decide, and decides nothing: only their acts make a label.

use crate::governance::Criterion;
use crate::statement::{Assessment, LEVEL_MAX};

/// The level from which a mandatory criterion is met: *met*, and not only *in part*.
pub const MET_LEVEL: u8 = 2;

/// The assessment of one partner against the criteria of a scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The sum of weight × level.
    pub total: u64,
    /// What the sum would be with the highest level everywhere.
    pub of: u64,
    /// The mandatory criteria that the partner holds to be not met.
    pub not_met: Vec<String>,
    /// The criteria without a mark.
    pub missing: Vec<String>,
}

/// Adds the marks of an assessment up. Marks of criteria that the scheme has not count for nothing.
pub fn tally(criteria: &[Criterion], assessment: &Assessment) -> Tally {
    let mut tally = Tally {
        total: 0,
        of: 0,
        not_met: Vec::new(),
        missing: Vec::new(),
    };
    for criterion in criteria {
        let weight = u64::from(criterion.weight);
        tally.of = tally.of.saturating_add(weight * u64::from(LEVEL_MAX));
        let Some(mark) = assessment.marks().get(&criterion.id) else {
            tally.missing.push(criterion.id.clone());
            continue;
        };
        tally.total = tally.total.saturating_add(weight * u64::from(mark.level()));
        if criterion.mandatory && mark.level() < MET_LEVEL {
            tally.not_met.push(criterion.id.clone());
        }
    }
    tally
}
