//! Charters: what it takes to adopt one, disputes, pins, other federations.

use crdt_schema::entry::Kind;
use crdt_schema::governance::{Approval, Charter, Charters, Feeds, Ignored, Mandate};
use crdt_schema::id::CharterId;

use crate::federation::{Author, Replica, enrol, root, seat};

#[test]
fn p9_fewer_than_k_approvals_never_move_the_tip() {
    for (seats, moves) in [
        (vec![], false),
        (vec![101], false),
        (vec![101, 101, 101], false),
        (vec![101, 55, 56], false),
        (vec![101, 102], true),
        (vec![101, 102, 103], true),
        (vec![111], true),
    ] {
        let mut replica = Replica::found();
        let id = replica.amend(&seats, |_| {});
        assert_eq!(replica.tip() == id, moves, "{seats:?}");
    }
}

#[test]
fn a_charter_needs_more_than_half_of_distinct_and_sound_seats() {
    let mut weak = seat(104);
    weak.key = [0; 32];
    let all = [101, 102, 103, 104];
    for (what, seats, k, is_adopted) in [
        ("three of four", all.map(seat).to_vec(), 3, true),
        ("half", all.map(seat).to_vec(), 2, false),
        ("all", all.map(seat).to_vec(), 4, true),
        ("more than there are", all.map(seat).to_vec(), 5, false),
        ("none", all.map(seat).to_vec(), 0, false),
        (
            "twice the same",
            [101, 102, 102].map(seat).to_vec(),
            2,
            false,
        ),
        ("a weak key", vec![seat(101), seat(102), weak], 2, false),
    ] {
        let mut replica = Replica::found();
        let id = replica.amend(&all, |charter| (charter.seats, charter.k) = (seats, k));
        assert_eq!(replica.tip() == id, is_adopted, "{what}");
    }
}

#[test]
fn two_valid_successors_are_a_dispute_that_a_recovery_ends() {
    let mut replica = Replica::found();
    let genesis = replica.tip();
    let mut rival = replica.clone();
    let one = replica.amend(&[101, 102], |charter| charter.name = "A".to_owned());
    let other = rival.amend(&[102, 103], |charter| charter.name = "B".to_owned());
    assert_eq!((replica.tip(), rival.tip()), (one, other));

    let lost = rival.charters.charter(&other).cloned();
    replica
        .charters
        .insert(lost.expect("the rival holds its own"));
    for approval in rival.charters.approvals(&other) {
        replica.charters.approve(*approval);
    }
    assert_eq!(replica.tip(), genesis);
    assert!(replica.governance().adoption().is_disputed());
    replica.amend(&[111], |charter| charter.name = "B2".to_owned());
    assert!(!replica.governance().adoption().is_disputed());
    assert_ne!(replica.tip(), genesis);
}

#[test]
fn a_pin_moves_forward_only_and_is_never_left() {
    let mut replica = Replica::found();
    let genesis = replica.tip();
    let first = replica.amend(&[101, 102], |_| {});
    let second = replica.amend(&[101, 102], |_| {});
    assert!(replica.charters.pin(&first));
    assert!(!replica.charters.pin(&genesis));
    assert!(!replica.charters.pin(&CharterId::from_bytes([1; 32])));
    assert!(replica.charters.pin(&second));
    assert_eq!(replica.charters.pinned(), second);
    assert_eq!(replica.governance().adoption().chain().len(), 3);
}

#[test]
fn p11_what_is_signed_for_another_federation_means_nothing_here() {
    let mut replica = Replica::found();
    let mut elsewhere = Replica::found();
    let other = Charter {
        name: "Autre".to_owned(),
        ..elsewhere.governance().adoption().tip().clone()
    };
    elsewhere.federation = other.federation();
    elsewhere.feeds = Feeds::new(other.federation());
    elsewhere.charters = Charters::new(other);
    let mut coordinator = Author::new(1, 10);
    let act = enrol(9, Mandate::everything())
        .to_item([1; 16])
        .expect("a known act");
    let entry = coordinator.sign(&mut elsewhere, Kind::Governance, vec![act]);
    assert!(elsewhere.is_enrolled(9));
    assert_eq!(replica.take(&entry), Err(Ignored::OtherFederation));
    assert!(entry.to_signed().verify(&replica.federation).is_err());

    let tip = replica.tip();
    let id = replica.amend(&[101], |_| {});
    let stranger = Approval::sign(&root(102), elsewhere.federation, tip, id);
    replica.charters.approve(stranger);
    assert_eq!(
        replica.tip(),
        tip,
        "an approval for another federation is no approval"
    );
}
