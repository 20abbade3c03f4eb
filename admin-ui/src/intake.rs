//! What is taken in for now, as pages and commands show it, and what our own organisation has published today.

use crdt_schema::governance::Quotas;
use crdt_schema::id::RecordId;
use crdt_schema::time::Timestamp;
use replica::{Fault, Replica, Used};

/// What the program counts of what other nodes bring.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intake {
    /// Feeds that wait.
    pub pauses: Vec<PauseRow>,
    /// What other partners have published today, by name. Nothing while the charter has no quota.
    pub today: Vec<TodayRow>,
    /// Records that miss edits: the first ones.
    pub missing: Vec<MissingRow>,
    /// How many records miss edits.
    pub missing_count: usize,
}

/// A feed that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PauseRow {
    /// The name of its partner; `None` where no enrolled partner vouches for it.
    pub partner: Option<String>,
    /// The start of its id.
    pub feed: String,
    /// Since when.
    pub since: Timestamp,
    /// The stable code of the reason.
    pub reason: String,
    /// When it goes on by itself, where that is known.
    pub until: Option<Timestamp>,
}

/// A record of which some edits wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingRow {
    /// The record.
    pub record: RecordId,
    /// The starts of the ids of the edits that are not held.
    pub edits: Vec<String>,
    /// The names of the partners whose edits wait for them.
    pub partners: Vec<String>,
}

/// What a partner has published today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TodayRow {
    /// The name of the partner; `None` for all that are not enrolled together.
    pub partner: Option<String>,
    /// How much.
    pub used: Used,
}

/// What our own organisation has published today, beside what the charter allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnUse {
    /// What it has published.
    pub used: Used,
    /// What it may publish.
    pub quotas: Quotas,
    /// Whether other nodes never stop it: it coordinates.
    pub is_exempt: bool,
}

impl OwnUse {
    /// Counts what was signed today, UTC. `None` where the charter has no quota, or this node signs for nobody.
    pub fn today(replica: &Replica, now: Timestamp) -> Result<Option<Self>, Fault> {
        let Some(partner) = replica.partner() else {
            return Ok(None);
        };
        let (quotas, is_exempt) = {
            let state = replica.state();
            let adoption = state.governance().adoption();
            let mut chain = adoption.chain().iter();
            let is_exempt = chain.any(|it| it.charter.coordinators.contains_key(&partner));
            (adoption.tip().quotas, is_exempt)
        };
        if quotas == Quotas::default() {
            return Ok(None);
        }
        let used = replica.read()?.used_since(&partner, now.start_of_day())?;
        Ok(Some(Self {
            used,
            quotas,
            is_exempt,
        }))
    }

    /// Returns whether partners take the rest of it from tomorrow. A single entry always comes through.
    pub fn waits(&self) -> bool {
        let is_over = |used: u64, quota: Option<u64>| quota.is_some_and(|quota| used > quota);
        let is_over = is_over(self.used.entries, self.quotas.entries_per_day)
            || is_over(self.used.bytes, self.quotas.bytes_per_day);
        is_over && self.used.entries > 1 && !self.is_exempt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_the_quota_waits_unless_it_is_one_entry_or_a_coordinators() {
        let own = |entries, bytes| OwnUse {
            used: Used { entries, bytes },
            quotas: Quotas {
                entries_per_day: Some(3),
                bytes_per_day: Some(1_000),
            },
            is_exempt: false,
        };
        for (entries, bytes, waits) in [
            (0, 0, false),
            (3, 1_000, false),
            (4, 1_000, true),
            (3, 1_001, true),
            (1, 5_000, false),
        ] {
            assert_eq!(own(entries, bytes).waits(), waits, "{entries}, {bytes}");
        }
        let coordinator = OwnUse {
            is_exempt: true,
            ..own(9, 9_000)
        };
        assert!(!coordinator.waits());
    }
}
