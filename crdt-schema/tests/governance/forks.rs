//! Forks, suspensions, acts that cannot be read, and what asks for another evaluation.

use crdt_schema::cbor::{Tree, Wire};
use crdt_schema::edit::State;
use crdt_schema::entry::{Frame, Item, Kind, VerifiedEntry};
use crdt_schema::governance::{Act, Mandate, NoEffect, Position, Void};
use crdt_schema::id::{EntryId, ItemId};

use crate::federation::{Author, Replica, creation, cut, enrol, held};

#[test]
fn p7_two_coordinators_that_suspend_each_other_lose_later_grants_only_until_the_next_charter() {
    let mut replica = Replica::found();
    let mut pair = [Author::new(1, 10), Author::new(2, 20)];
    for (index, author) in pair.iter_mut().enumerate() {
        author.decide(
            &mut replica,
            &[enrol(40 + index as u8, Mandate::everything())],
        );
    }
    let places = pair
        .clone()
        .map(|author| (author.feed(), author.position()));
    let tip = replica.tip();
    let mut later = Vec::new();
    for (index, author) in pair.iter_mut().enumerate() {
        let (feed, position) = places[1 - index];
        let acts = [
            Act::Suspend { feed, position },
            enrol(50 + index as u8, Mandate::everything()),
        ];
        let signed = author.decide(&mut replica, &acts);
        assert_eq!(replica.outcome(&signed[0]), Ok(()));
        later.push(signed[1]);
    }
    assert_eq!(replica.tip(), tip);
    for (index, grant) in later.iter().enumerate() {
        assert_eq!(replica.outcome(grant), Err(NoEffect::Suspended));
        assert!(replica.is_enrolled(40 + index as u8));
    }
    replica.amend(&[101, 102], |_| {});
    assert!(later.iter().all(|grant| replica.outcome(grant) == Ok(())));
}

#[test]
fn p8_and_p15_a_fork_stops_the_grants_of_both_branches_and_no_denial_until_a_charter_cuts() {
    let mut replica = Replica::found();
    let mut coordinator = Author::new(1, 10);
    let before = coordinator.decide(&mut replica, &[enrol(40, Mandate::everything())])[0];
    let mut twin = coordinator.clone();
    let victim = Author::new(3, 30).feed();
    let nowhere = Position {
        sequence: 5,
        entry: EntryId::from_bytes([7; 32]),
    };
    let acts = |number| [enrol(number, Mandate::everything()), cut(victim, nowhere)];
    let one = coordinator.decide(&mut replica, &acts(41));
    assert_eq!(replica.outcome(&one[0]), Ok(()));
    let other = twin.decide(&mut replica, &acts(42));

    assert_eq!(replica.outcome(&before), Ok(()));
    for branch in [&one, &other] {
        assert_eq!(replica.outcome(&branch[0]), Err(NoEffect::ForkNotResolved));
        assert_eq!(replica.outcome(&branch[1]), Ok(()));
    }
    let place = coordinator.position();
    replica.amend(&[101, 102], |charter| {
        charter.cuts.insert(coordinator.feed(), place);
    });
    assert_eq!(replica.outcome(&one[0]), Ok(()));
    assert_eq!(replica.outcome(&other[0]), Err(NoEffect::CutByCharter));
    assert_eq!(replica.outcome(&other[1]), Err(NoEffect::CutByCharter));
}

#[test]
fn an_act_whose_content_is_not_what_its_name_says_counts_for_nothing() {
    let mut replica = Replica::found();
    let item = Item {
        frame: Frame::Act("enrol".to_owned()),
        body: held(Tree::text("me").to_cbor()),
    };
    let entry = Author::new(1, 10).sign(&mut replica, Kind::Governance, vec![item]);
    let outcome = replica.outcome(&ItemId::of(&entry.id(), 0));
    assert_eq!(outcome, Err(NoEffect::UnknownAct));
}

/// Takes an entry, and returns whether the evaluation before it must be made again.
fn touches(replica: &mut Replica, entry: &VerifiedEntry) -> bool {
    let governance = replica.governance();
    let change = replica.feeds.take(entry);
    let change = change.expect("the entry is connected");
    governance.is_touched_by(&entry.id(), entry.header(), change)
}

#[test]
fn the_arrival_of_the_place_that_a_cut_names_asks_for_another_evaluation() {
    let mut replica = Replica::found();
    let mut author = Author::new(3, 30);
    author.write(&mut replica, "event", 1);
    let mut twin = author.clone();
    let kept = author.write(&mut replica, "event", 2);
    twin.write(&mut replica, "event", 3);
    let mut ahead = replica.clone();
    let item = creation(&replica.federation, "event", 4);
    let place = author.sign(&mut ahead, Kind::Contribution, vec![item]);
    Author::new(1, 10).decide(&mut replica, &[cut(author.feed(), author.position())]);
    assert_eq!(replica.why_void(&kept), Some(Void::CutByCoordinator));
    assert!(touches(&mut replica, &place));
    assert_eq!(replica.state(&kept), State::Live);

    let item = creation(&replica.federation, "event", 5);
    let later = author.sign(&mut ahead, Kind::Contribution, vec![item]);
    assert!(
        !touches(&mut replica, &later),
        "an entry that nothing names"
    );
}

#[test]
fn the_arrival_of_the_place_that_a_suspension_names_asks_for_another_evaluation() {
    let mut replica = Replica::found();
    let (mut one, mut two) = (Author::new(1, 10), Author::new(2, 20));
    one.decide(&mut replica, &[enrol(40, Mandate::everything())]);
    let mut twin = one.clone();
    let grant = one.decide(&mut replica, &[enrol(41, Mandate::everything())])[0];
    twin.decide(&mut replica, &[enrol(42, Mandate::everything())]);
    let place = one.position();
    replica.amend(&[101, 102], |charter| {
        charter.cuts.insert(one.feed(), place);
    });
    assert_eq!(replica.outcome(&grant), Ok(()));
    let mut ahead = replica.clone();
    let item = creation(&replica.federation, "event", 1);
    let entry = one.sign(&mut ahead, Kind::Contribution, vec![item]);
    let suspend = Act::Suspend {
        feed: one.feed(),
        position: one.position(),
    };
    two.decide(&mut replica, &[suspend]);
    assert_eq!(replica.outcome(&grant), Err(NoEffect::Suspended));
    assert!(touches(&mut replica, &entry));
    assert_eq!(replica.outcome(&grant), Ok(()));
}
