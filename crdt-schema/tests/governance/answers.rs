//! What governance answers beside verdicts: what asks for another evaluation, how acts travel as text, which charters are held.

use std::collections::BTreeSet;

use crdt_schema::entry::Kind;
use crdt_schema::governance::{Act, AmendmentError, Change, Mandate, Recovery};

use crate::federation::{Author, Replica, creation, enrol};

#[test]
fn only_a_critical_entry_of_an_unknown_kind_asks_for_another_evaluation_by_itself() {
    let mut replica = Replica::found();
    let item = creation(&replica.federation, "event", 1);
    let entry = Author::new(3, 30).sign(&mut replica, Kind::Contribution, vec![item]);
    let governance = replica.governance();
    let asks = |kind, critical, change| {
        let mut header = entry.header().clone();
        header.kind = kind;
        header.critical = critical;
        governance.is_touched_by(&entry.id(), &header, change)
    };
    let unknown = Kind::Unknown(0x7f);
    assert!(!unknown.is_known());
    assert!(asks(unknown, true, Change::Appended));
    assert!(!asks(unknown, false, Change::Appended));
    assert!(!asks(Kind::Contribution, true, Change::Appended));
    assert!(!asks(Kind::Contribution, false, Change::Appended));
    assert!(!asks(unknown, true, Change::Known));
    assert!(asks(Kind::Contribution, false, Change::Forked));
    assert!(asks(Kind::Contribution, false, Change::Certified));
}

#[test]
fn an_act_reads_back_from_its_text_and_nothing_else_does() {
    let act = enrol(9, Mandate::everything());
    let text = act.to_text();
    assert!(text.starts_with("enrol:"), "{text}");
    assert_eq!(Act::from_text(&text), Some(act));
    assert_eq!(Act::Unknown.to_text(), "");
    for nothing in [
        "",
        "enrol",
        "enrol:",
        "enrol:zz",
        "enrol:80",
        &format!("{text}00"),
    ] {
        assert_eq!(Act::from_text(nothing), None, "{nothing}");
    }
}

#[test]
fn every_charter_that_is_held_is_listed_and_a_pin_that_is_set_again_has_not_moved() {
    let mut replica = Replica::found();
    let genesis = replica.tip();
    let adopted = replica.amend(&[101, 102], |_| {});
    let refused = replica.amend(&[101], |charter| charter.name = "Autre".to_owned());
    let listed: BTreeSet<_> = replica.charters.iter().map(|(id, _)| *id).collect();
    assert_eq!(listed, [genesis, adopted, refused].into());
    assert!(!replica.charters.pin(&genesis), "it is pinned already");
    assert!(!replica.charters.pin(&refused));
    assert!(replica.charters.pin(&adopted));
    assert!(!replica.charters.pin(&adopted));
    assert_eq!(replica.charters.pinned(), adopted);
}

#[test]
fn a_charter_without_recovery_is_not_recovered_by_nobody() {
    let mut replica = Replica::found();
    let none = Recovery::default();
    let adopted = replica.amend(&[101, 102], |charter| charter.recovery = none);
    replica.amend(&[], |charter| charter.name = "Autre".to_owned());
    assert_eq!(replica.tip(), adopted);
    replica.amend(&[111], |charter| charter.name = "Encore".to_owned());
    assert_eq!(replica.tip(), adopted);
}

#[test]
fn the_codes_of_refused_charters_are_stable() {
    let codes = [
        AmendmentError::Nothing,
        AmendmentError::LastVersion,
        AmendmentError::Threshold,
        AmendmentError::SeatTwice,
        AmendmentError::LooserCut,
        AmendmentError::Recovery,
    ];
    assert_eq!(
        codes.map(AmendmentError::code),
        [
            "charter_unchanged",
            "charter_last_version",
            "charter_threshold",
            "charter_seat_twice",
            "charter_looser_cut",
            "charter_recovery",
        ]
    );
}
