//! How a label is said to stand, in one word: the same one in every list, file and search.

use crate::label::{Day, State};

/// The state of a label as people are told it. It knows one thing that [`State`] leaves to whoever asks: that the first day is still to
/// come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Not enough partners have decided it.
    BeingDecided,
    /// It is decided, and its first day is to come.
    ToCome,
    /// It stands.
    InForce,
    /// It stands, and ends soon.
    Expiring,
    /// The record no longer reads as it did where the scheme binds it.
    ChangedSince,
    /// Its last day is over.
    Expired,
    /// A member of the committee ended it.
    Withdrawn,
}

impl Standing {
    /// All of them, in the order of a label's life.
    pub const ALL: [Standing; 7] = [
        Standing::BeingDecided,
        Standing::ToCome,
        Standing::InForce,
        Standing::Expiring,
        Standing::ChangedSince,
        Standing::Expired,
        Standing::Withdrawn,
    ];

    /// Says how a label stands on a day. Only what would be in force can be to come: what was withdrawn before it began is withdrawn.
    pub fn of(state: State, first_day: Day, on: Day) -> Self {
        match state {
            State::Expiring | State::InForce if on < first_day => Standing::ToCome,
            State::BeingDecided { .. } => Standing::BeingDecided,
            State::ChangedSince => Standing::ChangedSince,
            State::Expired => Standing::Expired,
            State::Expiring => Standing::Expiring,
            State::InForce => Standing::InForce,
            State::Withdrawn => Standing::Withdrawn,
        }
    }

    /// Reads what [`Standing::word`] writes.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.word() == word)
    }

    /// Returns the stable code: that of the state, where there is one.
    pub fn code(self) -> &'static str {
        match self {
            Standing::BeingDecided => "label_being_decided",
            Standing::ToCome => "label_to_come",
            Standing::InForce => "label_in_force",
            Standing::Expiring => "label_expiring",
            Standing::ChangedSince => "label_changed_since",
            Standing::Expired => "label_expired",
            Standing::Withdrawn => "label_withdrawn",
        }
    }

    /// Returns the code where it is clear that it is about a label: in searches and in files.
    pub fn word(self) -> &'static str {
        self.code().trim_start_matches("label_")
    }

    /// Returns whether the label is in force, be it to end soon.
    pub fn is_in_force(self) -> bool {
        matches!(self, Standing::Expiring | Standing::InForce)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn only_what_would_be_in_force_is_to_come() {
        let day = |text: &str| Day::parse(text).unwrap();
        let first = day("2026-06-01");
        let votes = State::BeingDecided { votes: 1, k: 2 };
        for (state, before, from_then_on) in [
            (State::InForce, Standing::ToCome, Standing::InForce),
            (State::Expiring, Standing::ToCome, Standing::Expiring),
            (votes, Standing::BeingDecided, Standing::BeingDecided),
            (
                State::ChangedSince,
                Standing::ChangedSince,
                Standing::ChangedSince,
            ),
            (State::Expired, Standing::Expired, Standing::Expired),
            (State::Withdrawn, Standing::Withdrawn, Standing::Withdrawn),
        ] {
            assert_eq!(Standing::of(state, first, day("2026-05-31")), before);
            assert_eq!(Standing::of(state, first, first), from_then_on);
            assert_eq!(from_then_on.code(), state.code());
            assert_eq!(from_then_on.is_in_force(), state.is_in_force());
            assert!(!before.is_in_force());
        }
    }

    #[test]
    fn each_word_is_read_back() {
        for each in Standing::ALL {
            assert_eq!(Standing::parse(each.word()), Some(each));
        }
        assert_eq!(Standing::parse("label_in_force"), None);
    }
}
