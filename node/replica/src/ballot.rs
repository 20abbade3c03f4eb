//! Votes that somebody carries here from where a key is kept off line: they are judged before they are kept.

use crdt_schema::governance::{Approval, Ballot};
use crdt_schema::id::CharterId;

use crate::state::State;

/// Why a vote that was carried here is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VoteError {
    /// It is for a charter that is not held, or that follows none that was adopted.
    #[error("the vote is for a charter that is no proposal here: see `maillage charter show`")]
    NotHeld,
    /// It was signed in another place: for another federation, or as the follower of another charter.
    #[error("the vote was signed for another place than that of this charter")]
    OtherPlace,
    /// The key is neither a seat nor a recovery key.
    #[error("the key that signed has no vote: it is neither a seat nor a recovery key")]
    NoVote,
    /// The same vote is held.
    #[error("this vote is held already")]
    Known,
    /// The same key has approved another follower of the same charter.
    #[error("the same key has approved another charter in this place")]
    Rival,
}

impl VoteError {
    /// Returns the stable code of this error.
    pub fn code(self) -> &'static str {
        match self {
            VoteError::NotHeld => "charter_not_held",
            VoteError::OtherPlace => "vote_other_place",
            VoteError::NoVote => "no_vote",
            VoteError::Known => "vote_known",
            VoteError::Rival => "vote_rival",
        }
    }
}

impl State {
    /// Returns a charter that is held beside the adopted one that it follows, for who votes elsewhere.
    pub fn ballot(&self, charter: &CharterId) -> Option<Ballot> {
        let next = self.charters.charter(charter)?;
        let parent = self.governance.adoption().adopted(&next.parent?)?;
        Ballot::new(parent.clone(), next.clone()).ok()
    }

    /// Says whether a vote that was carried here may be kept.
    pub fn check_vote(&self, approval: &Approval) -> Result<(), VoteError> {
        let vote = approval.vote();
        let ballot = self.ballot(&vote.charter).ok_or(VoteError::NotHeld)?;
        if (vote.federation, vote.parent) != (*self.federation(), ballot.parent().id()) {
            return Err(VoteError::OtherPlace);
        }
        if !ballot.has_voter(&vote.signer) {
            return Err(VoteError::NoVote);
        }
        if self
            .charters
            .approvals(&vote.charter)
            .any(|held| held.vote() == vote)
        {
            return Err(VoteError::Known);
        }
        let mut siblings = self
            .charters
            .iter()
            .filter(|(id, charter)| charter.parent == Some(vote.parent) && **id != vote.charter);
        let approves = |id: &CharterId| {
            let mut approvals = self.charters.approvals(id);
            approvals.any(|held| held.vote().signer == vote.signer)
        };
        match siblings.any(|(id, _)| approves(id)) {
            true => Err(VoteError::Rival),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crdt_schema::governance::{Amendment, Charter, Quotas, Recovery, Seat};
    use crdt_schema::key::SecretKey;

    use super::*;

    fn key(number: u8) -> SecretKey {
        SecretKey::from_bytes(&[number; 32])
    }

    fn genesis() -> Charter {
        Charter {
            federation: None,
            version: 0,
            parent: None,
            name: "Essai".to_owned(),
            seats: vec![Seat {
                id: "Préfecture".to_owned(),
                key: *key(1).public().as_bytes(),
            }],
            k: 1,
            recovery: Recovery {
                keys: [2, 3].map(|number| *key(number).public().as_bytes()).into(),
                k: 2,
            },
            coordinators: [].into(),
            partners: [].into(),
            cuts: [].into(),
            schemes: [].into(),
            quotas: Quotas::default(),
            min_protocol: 1,
        }
    }

    fn named(parent: &Charter, name: &str) -> Charter {
        let amended = parent.amended(vec![Amendment::Name(name.to_owned())]);
        amended.expect("it changes something")
    }

    #[test]
    fn a_vote_is_kept_once_and_only_from_who_has_one_for_one_charter_in_its_place() {
        let parent = genesis();
        let (one, other) = (named(&parent, "Une"), named(&parent, "Autre"));
        let (federation, place) = (parent.federation(), parent.id());
        let sign = |number: u8, charter: &Charter| {
            Approval::sign(&key(number), federation, place, charter.id())
        };
        let mut state = State::new(parent);
        assert_eq!(state.check_vote(&sign(2, &one)), Err(VoteError::NotHeld));
        for charter in [&one, &other] {
            state.charters.insert(charter.clone());
        }
        assert_eq!(
            state.ballot(&one.id()).map(|it| it.next().id()),
            Some(one.id())
        );
        assert_eq!(state.check_vote(&sign(2, &one)), Ok(()));
        assert_eq!(state.check_vote(&sign(1, &one)), Ok(()));
        assert_eq!(state.check_vote(&sign(4, &one)), Err(VoteError::NoVote));
        let elsewhere = Approval::sign(&key(2), federation, other.id(), one.id());
        assert_eq!(state.check_vote(&elsewhere), Err(VoteError::OtherPlace));
        state.charters.approve(sign(2, &one));
        assert_eq!(state.check_vote(&sign(2, &one)), Err(VoteError::Known));
        assert_eq!(state.check_vote(&sign(2, &other)), Err(VoteError::Rival));
        assert_eq!(state.check_vote(&sign(3, &other)), Ok(()));
    }
}
