//! Cuts and other denials: they take away, and nothing brings back.

use std::collections::BTreeMap;

use crdt_schema::cbor::Tree;
use crdt_schema::edit::State;
use crdt_schema::governance::{Act, Erasure, Mandate, NoEffect, Position, Void};
use crdt_schema::id::{EntryId, ItemId};

use crate::federation::{Author, Replica, cut, enrol, partner};

#[test]
fn p4_one_more_denial_never_makes_anything_live() {
    let mut replica = Replica::found();
    let (mut one, mut two) = (Author::new(1, 10), Author::new(2, 20));
    let (mut author, mut other) = (Author::new(3, 30), Author::new(9, 90));
    let grant = one.decide(&mut replica, &[enrol(9, Mandate::everything())])[0];
    let mut written = vec![author.write(&mut replica, "event", 1)];
    let place = author.position();
    for nonce in 2..5 {
        written.push(author.write(&mut replica, "event", nonce));
        written.push(other.write(&mut replica, "event", 10 + nonce));
    }
    let live = |replica: &Replica| -> Vec<ItemId> {
        let is_live = |item: &&ItemId| replica.state(item) == State::Live;
        written.iter().filter(is_live).copied().collect()
    };
    let erasure = Erasure {
        items: [written[0]].into(),
        ..Default::default()
    };
    let denials = [
        cut(author.feed(), place),
        cut(author.feed(), author.position()),
        Act::Erase(erasure),
        Act::Descope {
            grant,
            positions: BTreeMap::new(),
        },
        Act::Suspend {
            feed: one.feed(),
            position: one.position(),
        },
    ];
    let mut before = live(&replica);
    assert_eq!(before.len(), written.len());
    for denial in denials {
        two.decide(&mut replica, std::slice::from_ref(&denial));
        let after = live(&replica);
        assert!(after.iter().all(|item| before.contains(item)), "{denial:?}");
        before = after;
    }
    assert!(
        before.is_empty(),
        "everything was cut, erased or taken back"
    );
}

#[test]
fn p6_a_key_that_was_cut_brings_nothing_back_by_backdating_or_forking() {
    let mut replica = Replica::found();
    let mut author = Author::new(3, 30);
    let kept = author.write(&mut replica, "event", 1);
    let below = author.clone();
    let last = author.write(&mut replica, "event", 2);
    let place = author.position();
    let late = author.write(&mut replica, "event", 3);
    Author::new(1, 10).decide(&mut replica, &[cut(author.feed(), place)]);
    let forked = below.clone().write(&mut replica, "event", 4);
    let restarted = Author::new(3, 30).write(&mut replica, "event", 5);

    assert_eq!(
        [kept, last].map(|item| replica.state(&item)),
        [State::Live; 2]
    );
    for stolen in [late, forked, restarted] {
        assert_eq!(replica.why_void(&stolen), Some(Void::CutByCoordinator));
    }
    let fresh = Author::new(3, 31).write(&mut replica, "event", 6);
    assert_eq!(replica.state(&fresh), State::Live, "a fresh instance heals");
}

#[test]
fn a_cut_at_an_entry_that_nobody_has_keeps_the_feed_until_it_forks() {
    let mut replica = Replica::found();
    let mut author = Author::new(3, 30);
    let first = author.write(&mut replica, "event", 1);
    let below = author.clone();
    let second = author.write(&mut replica, "event", 2);
    let third = author.write(&mut replica, "event", 3);
    let nowhere = Position {
        sequence: 2,
        entry: EntryId::from_bytes([7; 32]),
    };
    Author::new(1, 10).decide(&mut replica, &[cut(author.feed(), nowhere)]);
    assert_eq!(
        replica.state(&second),
        State::Live,
        "sequence 2 is at the limit"
    );
    assert_eq!(replica.why_void(&third), Some(Void::CutByCoordinator));
    below.clone().write(&mut replica, "event", 4);
    assert_eq!(replica.why_void(&first), Some(Void::CutByCoordinator));
}

#[test]
fn p14_a_dropped_coordinator_changes_nothing_any_more() {
    let mut replica = Replica::found();
    let mut stolen = Author::new(1, 10);
    let honest = stolen.decide(&mut replica, &[enrol(40, Mandate::everything())])[0];
    let place = stolen.position();
    let theft = stolen.decide(&mut replica, &[enrol(41, Mandate::everything())])[0];
    replica.amend(&[101, 102], |charter| {
        charter.coordinators.remove(&partner(1));
        charter.cuts.insert(stolen.feed(), place);
    });
    assert_eq!(replica.outcome(&honest), Ok(()));
    assert_eq!(replica.outcome(&theft), Err(NoEffect::CutByCharter));

    let before = replica.governance();
    let victim = Author::new(3, 30).feed();
    let wishes = [
        enrol(42, Mandate::everything()),
        cut(victim, place),
        Act::Moderate(Tree::Null),
    ];
    let late = stolen.decide(&mut replica, &wishes);
    let fresh = Author::new(1, 11).decide(&mut replica, &wishes);
    for act in late.iter().chain(&fresh) {
        assert!(replica.outcome(act).is_err());
    }
    assert_eq!(replica.governance().partners(), before.partners());
    assert_eq!(replica.governance().erasures(), before.erasures());
}

#[test]
fn when_a_charter_s_cut_is_in_doubt_denials_bite_up_to_it_and_grants_do_not() {
    let mut replica = Replica::found();
    let mut coordinator = Author::new(1, 10);
    let place = Position {
        sequence: 2,
        entry: EntryId::from_bytes([7; 32]),
    };
    let acts = [
        cut(Author::new(3, 30).feed(), place),
        enrol(40, Mandate::everything()),
    ];
    let below = coordinator.decide(&mut replica, &acts);
    let mut twin = coordinator.clone();
    let at = coordinator.decide(&mut replica, &acts);
    let above = coordinator.decide(&mut replica, &acts);
    twin.decide(&mut replica, &[Act::Moderate(Tree::Null)]);
    replica.amend(&[101, 102], |charter| {
        charter.cuts.insert(coordinator.feed(), place);
    });
    let outcomes = |signed: &[ItemId]| [signed[0], signed[1]].map(|act| replica.outcome(&act));
    let cut_off = Err(NoEffect::CutByCharter);
    assert_eq!(outcomes(&below), [Ok(()), cut_off]);
    assert_eq!(outcomes(&at), [Ok(()), cut_off]);
    assert_eq!(outcomes(&above), [cut_off, cut_off]);
}
