//! Proofs of labels that a coordinator with a rotated root decided.

use super::federation::{Replica, day, instance, key, partner};
use crate::entry::Kind;
use crate::governance::{Feeds, Governance, Holdings};
use crate::label::Labels;
use crate::proof::{Proof, Refusal, Unprovable};

/// Coordinator 2 rotates its root, and decides with an instance that the new root certifies.
fn with_rotated_vote(kept: bool) -> Replica {
    let mut replica = Replica::found();
    replica.decide_label(1);
    if kept {
        replica.decide_label(2);
    }
    let feeds = kept.then(|| instance(2).public().feed());
    let new = replica.rotate(2, feeds.as_slice());
    if !kept {
        let act = replica.issue_by(2, &new);
        let item = act.to_item([2; 16]).unwrap();
        replica.sign(&new, Kind::Governance, vec![item]);
    }
    replica
}

#[test]
fn a_vote_by_an_instance_of_the_new_root_counts_and_the_proof_shows_the_rotation() {
    let replica = with_rotated_vote(false);
    let bytes = replica.prove().unwrap();
    let verdict = Proof::verify(&bytes, Some(&replica.federation), day("2026-06-15")).unwrap();
    let signers = verdict.signers.iter().map(|each| each.partner);
    assert!(signers.into_iter().any(|each| each == partner(2)));
}

#[test]
fn a_vote_that_was_given_before_stays_where_its_feed_is_kept_and_the_proof_shows_the_rotation() {
    let mut replica = with_rotated_vote(true);
    assert!(replica.prove().is_ok());
    replica.amend(|charter| {
        let coordinator = charter.coordinators.get_mut(&partner(2)).unwrap();
        coordinator.root = *key(12).public().as_bytes();
    });
    let bytes = replica.prove().unwrap();
    assert!(Proof::verify(&bytes, None, day("2026-06-15")).is_ok());
}

#[test]
fn a_vote_of_a_root_that_was_rotated_is_not_proved() {
    let mut replica = Replica::found();
    replica.decide_label(1);
    replica.decide_label(2);
    assert!(replica.prove().is_ok());
    replica.rotate(2, &[]);
    assert_eq!(replica.prove(), Err(Unprovable::NotDecided));
}

/// The same node without the entry that carries the rotation.
fn without_rotation(replica: &Replica) -> Feeds {
    let mut feeds = Feeds::new(replica.federation);
    let mut entries: Vec<_> = replica.entries.values().collect();
    entries.sort_by_key(|entry| entry.header().sequence);
    for entry in entries
        .into_iter()
        .filter(|entry| entry.rotations().is_empty())
    {
        feeds.take(entry).unwrap();
    }
    feeds
}

#[test]
fn a_proof_that_hides_a_rotation_is_refused_once_the_charter_names_the_new_root() {
    let mut replica = Replica::found();
    replica.decide_label(1);
    replica.decide_label(2);
    replica.rotate(2, &[]);
    for is_named in [false, true] {
        if is_named {
            replica.amend(|charter| {
                let coordinator = charter.coordinators.get_mut(&partner(2)).unwrap();
                coordinator.root = *key(12).public().as_bytes();
            });
        }
        let feeds = without_rotation(&replica);
        let holdings = Holdings {
            feeds: &feeds,
            ..replica.holdings()
        };
        let governance = Governance::evaluate(holdings);
        assert!(Labels::judge(holdings, &governance).iter().next().is_some());
        let made = replica.prove_with(holdings, &governance);
        // What no file can prevent is said in the list of what was seen; a charter prevents it.
        let refused = Err(Unprovable::Refused(Refusal::RootNotShown));
        assert_eq!(made.is_ok(), !is_named);
        if is_named {
            assert_eq!(made, refused);
        }
    }
}
