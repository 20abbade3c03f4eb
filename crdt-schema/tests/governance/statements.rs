//! Which statements and personal values are the current ones.

use crdt_schema::entry::{Frame, Item, Kind, PersonalFrame, StatementFrame};
use crdt_schema::governance::{Act, Erasure, NoEffect, Void};
use crdt_schema::id::{ItemId, RecordId, SubjectId};

use crate::federation::{Author, Replica, creation, cut, held};

const ONE: RecordId = RecordId::from_bytes([1; 16]);
const OTHER: RecordId = RecordId::from_bytes([2; 16]);

fn says(subject: RecordId, other: Option<RecordId>, predicate: &str) -> Item {
    Item {
        frame: Frame::Statement(StatementFrame {
            subject,
            other,
            predicate: predicate.to_owned(),
        }),
        body: held(b"said".to_vec()),
    }
}

fn sign(author: &mut Author, replica: &mut Replica, items: Vec<Item>) -> Vec<ItemId> {
    let entry = author.sign(replica, Kind::Contribution, items);
    entry.identified_items().map(|(id, _)| id).collect()
}

fn current(replica: &Replica, record: &RecordId) -> Vec<ItemId> {
    let contributions = replica.contributions();
    let current = contributions.statements(&replica.feeds, &replica.items, record);
    current.into_iter().collect()
}

fn sorted(mut ids: Vec<ItemId>) -> Vec<ItemId> {
    ids.sort_unstable();
    ids
}

#[test]
fn a_later_statement_of_the_same_feed_on_the_same_matter_replaces_the_earlier_one_and_no_other() {
    let mut replica = Replica::found();
    let (mut author, mut other) = (Author::new(3, 30), Author::new(2, 20));
    let two = [says(ONE, None, "verified"), says(ONE, None, "verified")];
    let first = sign(&mut author, &mut replica, two.into());
    assert_eq!(
        current(&replica, &ONE),
        [first[1]],
        "the second of one entry"
    );
    let apart = [says(ONE, None, "assessed"), says(OTHER, None, "verified")];
    let apart = sign(&mut author, &mut replica, apart.into());
    let theirs = sign(&mut other, &mut replica, vec![says(ONE, None, "verified")]);
    assert_eq!(
        current(&replica, &ONE),
        sorted(vec![first[1], apart[0], theirs[0]])
    );
    let later = sign(&mut author, &mut replica, vec![says(ONE, None, "verified")]);
    assert_eq!(
        current(&replica, &ONE),
        sorted(vec![later[0], apart[0], theirs[0]])
    );
    assert_eq!(current(&replica, &OTHER), [apart[1]]);

    // An erased one shows no more, and does not bring back what it had replaced.
    let erasure = Erasure {
        items: [later[0]].into(),
        ..Erasure::default()
    };
    author.decide(&mut replica, &[Act::Erase(erasure)]);
    assert_eq!(current(&replica, &ONE), sorted(vec![apart[0], theirs[0]]));
}

#[test]
fn a_duplicate_is_about_the_pair_and_another_branch_replaces_nothing() {
    let mut replica = Replica::found();
    let mut author = Author::new(3, 30);
    let first = sign(
        &mut author,
        &mut replica,
        vec![says(ONE, Some(OTHER), "duplicate")],
    );
    let mut twin = author.clone();
    assert_eq!(current(&replica, &OTHER), first);
    let turned = sign(
        &mut author,
        &mut replica,
        vec![says(OTHER, Some(ONE), "duplicate")],
    );
    assert_eq!(current(&replica, &ONE), turned);
    let branch = sign(
        &mut twin,
        &mut replica,
        vec![says(ONE, Some(OTHER), "duplicate")],
    );
    assert_eq!(current(&replica, &ONE), sorted(vec![turned[0], branch[0]]));
}

#[test]
fn a_personal_value_replaces_those_that_it_names_in_its_own_field() {
    let mut replica = Replica::found();
    let mut author = Author::new(3, 30);
    let born = creation(&replica.federation, "event", 1);
    let Frame::Edit(edit) = &born.frame else {
        panic!("a creation is an edit");
    };
    let record = edit.record;
    let value = |field: &str, supersedes: Vec<ItemId>| Item {
        frame: Frame::Personal(PersonalFrame {
            record,
            field: field.to_owned(),
            subject: SubjectId::from_bytes([3; 16]),
            supersedes,
        }),
        body: held(b"06 00 00 00 00".to_vec()),
    };
    let items = vec![born, value("phone", Vec::new()), value("phone", Vec::new())];
    let first = sign(&mut author, &mut replica, items);
    // A value of another field names one in vain.
    let stray = sign(
        &mut author,
        &mut replica,
        vec![value("contact", vec![first[2]])],
    );
    let next = sign(
        &mut author,
        &mut replica,
        vec![value("phone", vec![first[1]])],
    );
    let contributions = replica.contributions();
    let current = contributions.personal(&replica.items, &record);
    assert_eq!(current["phone"], [first[2], next[0]].into());
    assert_eq!(current["contact"], [stray[0]].into());
    assert_eq!(current.len(), 2);
}

#[test]
fn the_codes_of_acts_without_effect_and_of_void_entries_are_stable() {
    let codes = [
        (NoEffect::UnknownAct, "act_unknown"),
        (NoEffect::NotInGovernance, "act_misplaced"),
        (NoEffect::CharterNotAdopted, "act_charter_not_adopted"),
        (NoEffect::NotCoordinator, "act_not_coordinator"),
        (NoEffect::NotAmongRights, "act_not_among_rights"),
        (NoEffect::CutByCharter, "act_cut_by_charter"),
        (NoEffect::NoLongerCoordinator, "act_no_longer_coordinator"),
        (NoEffect::ForkNotResolved, "act_fork_not_resolved"),
        (NoEffect::AfterUnknownCritical, "act_after_unknown_critical"),
        (NoEffect::Suspended, "act_suspended"),
    ];
    for (why, code) in codes {
        assert_eq!(why.code(), code);
    }
    let codes = [
        (Void::NotInContribution, "void_misplaced"),
        (Void::NoCertificate, "void_no_certificate"),
        (Void::NotEnrolled, "void_not_enrolled"),
        (Void::OutdatedRoot, "void_outdated_root"),
        (Void::CutByCharter, "void_cut_by_charter"),
        (Void::CutByCoordinator, "void_cut_by_coordinator"),
        (Void::OutsideMandate, "void_outside_mandate"),
    ];
    for (why, code) in codes {
        assert_eq!(why.code(), code);
    }
}

#[test]
fn a_statement_that_counts_for_nothing_replaces_nothing() {
    let mut replica = Replica::found();
    let mut author = Author::new(3, 30);
    let first = sign(&mut author, &mut replica, vec![says(ONE, None, "verified")]);
    let place = author.position();
    let late = sign(&mut author, &mut replica, vec![says(ONE, None, "verified")]);
    assert_eq!(current(&replica, &ONE), late);
    Author::new(1, 10).decide(&mut replica, &[cut(author.feed(), place)]);
    assert_eq!(replica.why_void(&late[0]), Some(Void::CutByCoordinator));
    assert_eq!(current(&replica, &ONE), first);
}
