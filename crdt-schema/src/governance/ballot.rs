//! A ballot: what somebody carries to where a key is kept, so that it is read and voted on there, and the vote that comes back.
//!
//! It holds both charters whole, so that what changes is shown from the bytes whose hash is signed. It proves nothing: a ballot made
//! up by somebody shows a charter that no node holds, and a vote for it counts nowhere.

use data_encoding::HEXLOWER;

use crate::governance::{Amendment, Approval, Charter};
use crate::limits::CHARTER_BYTES_MAX;

/// A charter and the one that would follow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    parent: Charter,
    next: Charter,
}

/// Text that is no ballot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BallotError {
    /// It is not three lines of which two are charters.
    #[error("the file is no ballot, or was cut short")]
    Unreadable,
    /// The second charter does not follow the first.
    #[error("the charters in the file do not follow each other")]
    NoSuccessor,
}

/// The longest ballot: two charters in hexadecimal and a first line.
pub const BALLOT_BYTES_MAX: usize = 2 * (2 * CHARTER_BYTES_MAX + 2) + FIRST_LINE.len() + 2;
const FIRST_LINE: &str = "maillage/ballot/1";
const APPROVAL_PREFIX: &str = "approval:";

impl BallotError {
    /// Returns the stable code of this error.
    pub fn code(self) -> &'static str {
        match self {
            BallotError::Unreadable => "ballot_unreadable",
            BallotError::NoSuccessor => "ballot_no_successor",
        }
    }
}

impl Ballot {
    /// Puts a charter beside the one that it follows.
    pub fn new(parent: Charter, next: Charter) -> Result<Self, BallotError> {
        let follows = next.parent == Some(parent.id())
            && next.federation == Some(parent.federation())
            && parent.version.checked_add(1) == Some(next.version);
        match follows {
            true => Ok(Self { parent, next }),
            false => Err(BallotError::NoSuccessor),
        }
    }

    /// Reads the text of a ballot. Line ends and spaces around lines do not count.
    pub fn parse(text: &str) -> Result<Self, BallotError> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.next() == Some(FIRST_LINE);
        let mut charter = || {
            let bytes = HEXLOWER.decode(lines.next()?.as_bytes()).ok()?;
            Charter::from_bytes(&bytes).ok()
        };
        match (first, charter(), charter(), lines.next()) {
            (true, Some(parent), Some(next), None) => Self::new(parent, next),
            _ => Err(BallotError::Unreadable),
        }
    }

    /// Writes it: a first line that names the format, then each charter in hexadecimal.
    pub fn to_text(&self) -> String {
        let line = |charter: &Charter| HEXLOWER.encode(&charter.to_bytes());
        format!(
            "{FIRST_LINE}\n{}\n{}\n",
            line(&self.parent),
            line(&self.next)
        )
    }

    /// Returns the charter that is followed.
    pub fn parent(&self) -> &Charter {
        &self.parent
    }

    /// Returns the charter that is voted on.
    pub fn next(&self) -> &Charter {
        &self.next
    }

    /// Returns what it changes.
    pub fn amendments(&self) -> Vec<Amendment> {
        self.parent.amendments(&self.next)
    }

    /// Returns whether a key has a vote on this: a seat of either charter, or a recovery key of the one that is followed.
    pub fn has_voter(&self, key: &[u8; 32]) -> bool {
        let mut seats = self.parent.seats.iter().chain(&self.next.seats);
        seats.any(|seat| seat.key == *key) || self.parent.recovery.keys.contains(key)
    }
}

impl Approval {
    /// Writes it as one word, to be carried by hand.
    pub fn to_text(&self) -> String {
        format!("{APPROVAL_PREFIX}{}", HEXLOWER.encode(&self.to_bytes()))
    }

    /// Finds the approval in a text that somebody brings, and checks its signature. `None` unless exactly one word of it is one.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut words = text
            .split_whitespace()
            .filter_map(|word| word.strip_prefix(APPROVAL_PREFIX));
        let (Some(word), None) = (words.next(), words.next()) else {
            return None;
        };
        Self::from_bytes(&HEXLOWER.decode(word.as_bytes()).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::governance::Recovery;
    use crate::governance::{Quotas, Seat};
    use crate::key::SecretKey;

    fn key(number: u8) -> SecretKey {
        SecretKey::from_bytes(&[number; 32])
    }

    fn genesis() -> Charter {
        let seat = Seat {
            id: "Préfecture".to_owned(),
            key: *key(1).public().as_bytes(),
        };
        Charter {
            federation: None,
            version: 0,
            parent: None,
            name: "Essai".to_owned(),
            seats: vec![seat],
            k: 1,
            recovery: Recovery {
                keys: vec![*key(2).public().as_bytes()],
                k: 1,
            },
            coordinators: [].into(),
            partners: [].into(),
            cuts: [].into(),
            schemes: [].into(),
            quotas: Quotas::default(),
            min_protocol: 1,
        }
    }

    fn ballot() -> Ballot {
        let parent = genesis();
        let change = vec![Amendment::Name("Essai, suite".to_owned())];
        let next = parent.amended(change).expect("it changes something");
        Ballot::new(parent, next).expect("it follows")
    }

    #[test]
    fn a_ballot_reads_back_and_names_what_changes() {
        let ballot = ballot();
        let carried = ballot.to_text().replace('\n', "\r\n");
        assert_eq!(Ballot::parse(&carried), Ok(ballot.clone()));
        assert_eq!(
            ballot.amendments(),
            [Amendment::Name("Essai, suite".to_owned())]
        );
        assert!(ballot.to_text().len() <= BALLOT_BYTES_MAX);
    }

    #[test]
    fn what_was_cut_short_or_follows_nothing_is_no_ballot() {
        let text = ballot().to_text();
        let lines: Vec<&str> = text.lines().collect();
        for wrong in [
            String::new(),
            text[..text.len() - 3].to_owned(),
            lines[..2].join("\n"),
            lines[1..].join("\n"),
            format!("{text}00\n"),
        ] {
            assert_eq!(Ballot::parse(&wrong), Err(BallotError::Unreadable));
        }
        let backwards = [lines[0], lines[2], lines[1]].join("\n");
        assert_eq!(Ballot::parse(&backwards), Err(BallotError::NoSuccessor));
    }

    #[test]
    fn seats_and_recovery_keys_have_a_vote_and_nobody_else() {
        let has_vote = [1, 2, 3].map(|it| ballot().has_voter(key(it).public().as_bytes()));
        assert_eq!(has_vote, [true, true, false]);
    }

    #[test]
    fn an_approval_is_found_in_what_somebody_brings_only_if_it_is_whole_and_alone() {
        let (parent, next) = (ballot().parent().id(), ballot().next().id());
        let approval = Approval::sign(&key(2), genesis().federation(), parent, next);
        let word = approval.to_text();
        assert_eq!(
            Approval::from_text(&format!("Signature:\n  {word}\n")),
            Some(approval)
        );
        assert_eq!(Approval::from_text(&format!("{word} {word}")), None);
        assert_eq!(Approval::from_text(&word[..word.len() - 2]), None);
        let last = if word.ends_with('0') { '1' } else { '0' };
        let forged = format!("{}{last}", &word[..word.len() - 1]);
        assert_eq!(Approval::from_text(&forged), None);
        assert_eq!(Approval::from_text(""), None);
    }
}
