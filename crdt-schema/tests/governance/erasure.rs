//! What is erased, by whom, and what stays.

use crdt_schema::edit::State;
use crdt_schema::entry::{Frame, PersonalFrame, StatementFrame};
use crdt_schema::governance::{Act, Erasure, NoEffect};
use crdt_schema::id::{RecordId, SubjectId};

use crate::federation::{Author, Replica, partner};

#[test]
fn an_author_erases_its_own_items_and_nobody_else_s() {
    let mut replica = Replica::found();
    let (mut author, mut other) = (Author::new(3, 30), Author::new(2, 20));
    let own = author.write(&mut replica, "event", 1);
    let foreign = Author::new(1, 10).write(&mut replica, "event", 2);
    let erasure = Erasure {
        items: [own, foreign].into(),
        ..Default::default()
    };
    let act = author.decide(&mut replica, &[Act::Erase(erasure.clone())])[0];
    assert_eq!(replica.outcome(&act), Err(NoEffect::NotCoordinator));
    assert_eq!(replica.state(&own), State::Erased);
    assert_eq!(replica.state(&foreign), State::Live);
    other.decide(&mut replica, &[Act::Erase(erasure)]);
    assert_eq!(replica.state(&foreign), State::Erased);
}

#[test]
fn erasing_a_record_or_a_person_reaches_all_that_is_about_them_and_nothing_else() {
    let mut replica = Replica::found();
    let mut coordinator = Author::new(1, 10);
    let (gone, other) = (RecordId::from_bytes([1; 16]), RecordId::from_bytes([2; 16]));
    let (person, somebody) = (
        SubjectId::from_bytes([3; 16]),
        SubjectId::from_bytes([4; 16]),
    );
    let erasure = Erasure {
        record: Some(gone),
        subject: Some(person),
        ..Erasure::default()
    };
    let act = coordinator.decide(&mut replica, &[Act::Erase(erasure)])[0];
    let governance = replica.governance();
    let statement = |subject, other| {
        Frame::Statement(StatementFrame {
            subject,
            other,
            predicate: "duplicate".to_owned(),
        })
    };
    let personal = |record, subject| {
        Frame::Personal(PersonalFrame {
            record,
            field: "phone".to_owned(),
            subject,
            supersedes: Vec::new(),
        })
    };
    for (frame, is_erased) in [
        (statement(gone, None), true),
        (statement(other, Some(gone)), true),
        (statement(other, None), false),
        (personal(gone, somebody), true),
        (personal(other, person), true),
        (personal(other, somebody), false),
        (Frame::Act("erase".to_owned()), false),
    ] {
        let erased = governance.erasures().is_erased(None, &act, &frame);
        assert_eq!(erased, is_erased, "{frame:?}");
    }
}

#[test]
fn what_is_erased_is_listed_by_what_was_named_and_by_whom() {
    let mut replica = Replica::found();
    let (mut coordinator, mut author) = (Author::new(1, 10), Author::new(3, 30));
    let [own, named] = [1, 2].map(|nonce| author.write(&mut replica, "event", nonce));
    let (record, person) = (
        RecordId::from_bytes([1; 16]),
        SubjectId::from_bytes([3; 16]),
    );
    let by_all = Erasure {
        items: [named].into(),
        record: Some(record),
        subject: Some(person),
        ..Erasure::default()
    };
    let by_its_author = Erasure {
        items: [own].into(),
        ..Erasure::default()
    };
    coordinator.decide(&mut replica, &[Act::Erase(by_all)]);
    author.decide(&mut replica, &[Act::Erase(by_its_author)]);
    let governance = replica.governance();
    let erasures = governance.erasures();
    assert_eq!(*erasures.items(), [named].into());
    assert_eq!(*erasures.records(), [record].into());
    assert_eq!(*erasures.subjects(), [person].into());
    assert_eq!(*erasures.own(), [(partner(3), [own].into())].into());
}
