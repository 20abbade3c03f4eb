//! Rotations of roots, as stories.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::edit::State;
use crdt_schema::entry::{Certified, Frame, Item, Keeping, Kind, Root, Rotation, RotationError};
use crdt_schema::governance::{Act, Mandate, NoEffect, Void};
use crdt_schema::id::{CharterId, ItemId};
use crdt_schema::key::SecretKey;

use crate::federation::{Author, Replica, creation, cut, enrol, held, item_of, partner, root};

pub(crate) fn live(replica: &Replica) -> BTreeSet<ItemId> {
    let contributions = replica.contributions();
    let live = contributions.states();
    let live = live.filter(|(_, state)| *state == State::Live);
    live.map(|(id, _)| *id).collect()
}

pub(crate) fn is_live(replica: &Replica, item: &ItemId) -> bool {
    live(replica).contains(item)
}

fn publish(author: &mut Author, to: &mut Replica, item: Item) {
    author.sign(to, Kind::Governance, vec![item]);
}

/// Partner 3 has written with one instance, and rotates from root 3 to root 33.
fn rotated(keep: bool) -> (Replica, Author, ItemId) {
    let mut replica = Replica::found();
    let mut author = Author::new(3, 30);
    let before = author.write(&mut replica, "event", 1);
    let kept = keep.then(|| (author.feed(), Keeping::Open));
    let item = author.rotate(replica.federation, root(33), kept);
    publish(&mut author, &mut replica, item);
    (replica, author, before)
}

#[test]
fn a_feed_that_a_rotation_keeps_open_goes_on_as_before() {
    let (mut replica, mut author, before) = rotated(true);
    let after = author.write(&mut replica, "event", 2);
    assert!(is_live(&replica, &before) && is_live(&replica, &after));
    let governance = replica.governance();
    let line = governance.roots().line(&partner(3)).expect("it rotated");
    let later = Root::Later(*root(33).public().as_bytes());
    assert_eq!(line.roots(), [Root::First, later]);
    assert!(!line.is_disputed());
    let in_force = governance.partners().root(&partner(3));
    assert_eq!(in_force, Some(*root(33).public().as_bytes()));
}

#[test]
fn the_new_root_certifies_and_the_old_one_does_not_any_more() {
    let (mut replica, author, _) = rotated(true);
    let new = author.another(31).write(&mut replica, "event", 2);
    assert!(is_live(&replica, &new));
    // Whoever has the old root only.
    let stolen = Author::new(3, 32).write(&mut replica, "event", 3);
    assert_eq!(replica.why_void(&stolen), Some(Void::OutdatedRoot));
}

#[test]
fn a_feed_is_vouched_for_while_its_partner_is_enrolled_and_its_root_holds() {
    let (replica, author, _) = rotated(true);
    let later = Root::Later(*root(33).public().as_bytes());
    let governance = replica.governance();
    let vouches = |feed, partner, root| {
        let certified = Certified { partner, root };
        governance.partners().vouches_for(&feed, &certified)
    };
    let (kept, new) = (author.feed(), author.another(31).feed());
    assert!(vouches(kept, partner(3), Root::First));
    assert!(!vouches(new, partner(3), Root::First));
    assert!(vouches(new, partner(3), later));
    assert!(!vouches(new, partner(9), Root::First), "nobody enrolled it");
}

#[test]
fn a_feed_that_a_rotation_does_not_name_counts_for_nothing() {
    let (replica, _, before) = rotated(false);
    assert_eq!(replica.why_void(&before), Some(Void::OutdatedRoot));
}

#[test]
fn a_feed_that_is_kept_up_to_a_place_counts_up_to_there() {
    let mut replica = Replica::found();
    let mut author = Author::new(3, 30);
    let before = author.write(&mut replica, "event", 1);
    let until = Keeping::Until(author.position());
    let after = author.write(&mut replica, "event", 2);
    let item = author.rotate(replica.federation, root(33), [(author.feed(), until)]);
    let mut new = author.another(31);
    publish(&mut new, &mut replica, item);
    assert!(is_live(&replica, &before));
    assert_eq!(replica.why_void(&after), Some(Void::OutdatedRoot));
}

#[test]
fn a_feed_goes_on_only_while_every_later_rotation_keeps_it() {
    let (mut replica, mut author, before) = rotated(true);
    let item = author.rotate(replica.federation, root(34), []);
    let mut new = author.another(31);
    publish(&mut new, &mut replica, item);
    assert_eq!(replica.why_void(&before), Some(Void::OutdatedRoot));
    let written = new.write(&mut replica, "event", 2);
    assert!(is_live(&replica, &written));
}

#[test]
fn two_rotations_of_one_root_leave_only_what_both_keep() {
    let mut replica = Replica::found();
    let mut author = Author::new(3, 30);
    let both = author.write(&mut replica, "event", 1);
    let until = Keeping::Until(author.position());
    let one_only = author.write(&mut replica, "event", 2);
    let feed = author.feed();
    let mut thief = author.another(39);
    let item = author.rotate(replica.federation, root(33), [(feed, Keeping::Open)]);
    publish(&mut author, &mut replica, item);
    let item = thief.rotate(replica.federation, root(66), [(feed, until)]);
    let mut stranger = Author::new(9, 90);
    publish(&mut stranger, &mut replica, item);

    assert!(is_live(&replica, &both));
    assert_eq!(replica.why_void(&one_only), Some(Void::OutdatedRoot));
    for author in [&author, &thief] {
        let item = author.another(40).write(&mut replica, "event", 3);
        assert_eq!(replica.why_void(&item), Some(Void::OutdatedRoot));
    }
    let governance = replica.governance();
    let line = governance.roots().line(&partner(3)).expect("it rotated");
    assert!(line.is_disputed());
    assert_eq!(line.current(), Root::First);
    assert_eq!(line.rivals().count(), 2);
}

#[test]
fn who_disputes_an_old_root_opens_nothing_that_a_later_one_has_closed() {
    let (mut replica, mut author, before) = rotated(true);
    let mut thief = Author::new(3, 39);
    let until = Keeping::Until(author.position());
    let (feed, after) = (author.feed(), author.write(&mut replica, "event", 2));
    let item = author.rotate(replica.federation, root(34), [(feed, until)]);
    let mut new = author.another(31);
    publish(&mut new, &mut replica, item);
    assert!(is_live(&replica, &before));
    assert_eq!(replica.why_void(&after), Some(Void::OutdatedRoot));
    // Root 3 is of no use any more, but for this.
    let item = thief.rotate(replica.federation, root(66), [(feed, Keeping::Open)]);
    publish(&mut Author::new(9, 90), &mut replica, item);
    let governance = replica.governance();
    let line = governance.roots().line(&partner(3)).expect("it rotated");
    assert!(line.is_disputed());
    assert!(is_live(&replica, &before));
    assert_eq!(replica.why_void(&after), Some(Void::OutdatedRoot));
}

/// Partner 5, enrolled by an act, in whose name two roots stand beside each other: 55 is its own, 66 a thief's.
fn disputed() -> (Replica, Author, Author) {
    let mut replica = Replica::found();
    let mut coordinator = Author::new(1, 10);
    coordinator.decide(&mut replica, &[enrol(5, Mandate::everything())]);
    let mut author = Author::new(5, 50);
    author.write(&mut replica, "event", 1);
    let mut thief = author.another(59);
    let kept = [(author.feed(), Keeping::Open)];
    let item = author.rotate(replica.federation, root(55), kept);
    publish(&mut author, &mut replica, item);
    let item = thief.rotate(replica.federation, root(66), []);
    publish(&mut thief, &mut replica, item);
    (replica, author, thief)
}

fn name(number: u8, root_of: u8) -> Act {
    Act::Root {
        partner: partner(number),
        root: *root(root_of).public().as_bytes(),
    }
}

#[test]
fn a_coordinators_act_says_which_root_holds() {
    let (mut replica, author, thief) = disputed();
    let mine = author.another(51).write(&mut replica, "event", 2);
    let theirs = thief.another(58).write(&mut replica, "event", 3);
    assert!(!is_live(&replica, &mine) && !is_live(&replica, &theirs));
    let before = live(&replica);
    assert!(before.is_empty(), "{before:?}");

    let mut coordinator = Author::new(2, 20);
    coordinator.decide(&mut replica, &[name(5, 55)]);
    assert!(is_live(&replica, &mine));
    assert_eq!(replica.why_void(&theirs), Some(Void::OutdatedRoot));
    assert_eq!(live(&replica).len(), 2, "and what was written before");

    // The thief cannot open the dispute again.
    let mut again = Author::new(5, 57);
    let item = again.rotate(replica.federation, root(67), []);
    publish(&mut again, &mut replica, item);
    assert!(is_live(&replica, &mine));
}

#[test]
fn two_acts_that_name_rivals_settle_nothing() {
    let (mut replica, author, _) = disputed();
    let mine = author.another(51).write(&mut replica, "event", 2);
    Author::new(2, 20).decide(&mut replica, &[name(5, 55)]);
    Author::new(1, 11).decide(&mut replica, &[name(5, 66)]);
    assert_eq!(replica.why_void(&mine), Some(Void::OutdatedRoot));
}

#[test]
fn an_act_of_somebody_without_the_right_settles_nothing() {
    let (mut replica, mut author, _) = disputed();
    let mine = author.another(51).write(&mut replica, "event", 2);
    let act = author.decide(&mut replica, &[name(5, 55)])[0];
    let outcome = replica.governance().acts().outcome(&act);
    assert_eq!(outcome, Some(Err(NoEffect::NotCoordinator)));
    assert!(!is_live(&replica, &mine));
}

#[test]
fn an_act_that_names_a_root_that_nobody_rotated_to_settles_nothing() {
    let (mut replica, author, _) = disputed();
    let mine = author.another(51).write(&mut replica, "event", 2);
    Author::new(2, 20).decide(&mut replica, &[name(5, 77), name(5, 5)]);
    assert!(!is_live(&replica, &mine));
}

/// Coordinator 2 rotates to root 22, and a thief of root 2, which the founding charter names, to root 66.
fn disputed_coordinator() -> (Replica, Author, Author) {
    let mut replica = Replica::found();
    let mut author = Author::new(2, 20);
    author.write(&mut replica, "event", 1);
    let mut thief = author.another(29);
    let item = author.rotate(replica.federation, root(22), []);
    publish(&mut author, &mut replica, item);
    let item = thief.rotate(replica.federation, root(66), []);
    publish(&mut thief, &mut replica, item);
    (replica, author, thief)
}

/// The next charter writes root 22 for coordinator 2.
fn write_root_22(replica: &mut Replica) {
    replica.amend(&[101, 102], |charter| {
        let coordinator = charter
            .coordinators
            .get_mut(&partner(2))
            .expect("it is one");
        coordinator.root = *root(22).public().as_bytes();
    });
}

#[test]
fn the_root_of_a_coordinator_is_settled_by_the_charter_only() {
    let (mut replica, author, _) = disputed_coordinator();
    let mut new = author.another(21);
    let enrolment = new.decide(&mut replica, &[enrol(7, Mandate::everything())])[0];
    let outcome = |replica: &Replica| replica.governance().acts().outcome(&enrolment);
    assert_eq!(outcome(&replica), Some(Err(NoEffect::OutdatedRoot)));
    Author::new(1, 10).decide(&mut replica, &[name(2, 22)]);
    assert_eq!(outcome(&replica), Some(Err(NoEffect::OutdatedRoot)));

    write_root_22(&mut replica);
    assert_eq!(outcome(&replica), Some(Ok(())));
    let written = new.write(&mut replica, "event", 3);
    assert!(is_live(&replica, &written));
}

/// The thief of root 2 rotates from 66 back to 2.
fn with_a_way_back() -> (Replica, Author, Author) {
    let (mut replica, author, mut thief) = disputed_coordinator();
    let mut back = thief.another(28);
    let item = back.rotate(replica.federation, root(2), []);
    publish(&mut thief, &mut replica, item);
    (replica, author, thief)
}

#[test]
fn a_way_back_to_the_root_that_the_charter_names_makes_nobodys_root_hold() {
    let (mut replica, _, thief) = with_a_way_back();
    let mut stranger = thief.another(27);
    let grant = stranger.decide(&mut replica, &[enrol(7, Mandate::everything())])[0];
    let governance = replica.governance();
    let line = governance.roots().line(&partner(2)).expect("it rotated");
    assert!(line.is_disputed());
    assert_eq!(line.roots(), [Root::First]);
    let outcome = governance.acts().outcome(&grant);
    assert_eq!(outcome, Some(Err(NoEffect::OutdatedRoot)));
}

#[test]
fn a_way_through_an_older_root_keeps_no_charter_from_naming_the_one_that_holds() {
    let (mut replica, author, _) = with_a_way_back();
    write_root_22(&mut replica);
    let written = author.another(21).write(&mut replica, "event", 3);
    assert!(is_live(&replica, &written));
    let governance = replica.governance();
    let line = governance.roots().line(&partner(2)).expect("it rotated");
    assert!(!line.is_disputed());
}

#[test]
fn a_rotation_of_a_coordinator_stops_grants_of_the_old_root_and_no_denial() {
    let mut replica = Replica::found();
    let mut victim = Author::new(3, 30);
    let kept = victim.write(&mut replica, "event", 1);
    let place = victim.position();
    let after = victim.write(&mut replica, "event", 2);
    let mut author = Author::new(2, 20);
    let denial = author.decide(&mut replica, &[cut(victim.feed(), place)])[0];
    let grant = author.decide(&mut replica, &[enrol(7, Mandate::everything())])[0];
    let item = author.rotate(replica.federation, root(22), []);
    let mut new = author.another(21);
    publish(&mut new, &mut replica, item);

    let governance = replica.governance();
    assert_eq!(governance.acts().outcome(&denial), Some(Ok(())));
    let outcome = governance.acts().outcome(&grant);
    assert_eq!(outcome, Some(Err(NoEffect::OutdatedRoot)));
    assert!(is_live(&replica, &kept));
    assert_eq!(replica.why_void(&after), Some(Void::CutByCoordinator));

    // Once the charter has left the old root behind, whoever stole it cuts nobody any more.
    write_root_22(&mut replica);
    let mut thief = Author::new(2, 29);
    let place = victim.position();
    let late = thief.decide(&mut replica, &[cut(victim.feed(), place)])[0];
    let outcome = replica.governance().acts().outcome(&late);
    assert_eq!(outcome, Some(Err(NoEffect::OutdatedRoot)));
}

#[test]
fn what_a_charter_cut_keeps_of_a_coordinator_no_rotation_takes_away() {
    let mut replica = Replica::found();
    let mut author = Author::new(2, 20);
    let grant = author.decide(&mut replica, &[enrol(7, Mandate::everything())])[0];
    let (feed, place) = (author.feed(), author.position());
    replica.amend(&[101, 102], |charter| {
        charter.coordinators.remove(&partner(2));
        charter.cuts.insert(feed, place);
    });
    assert!(replica.governance().acts().counts(&grant));
    let item = author.rotate(replica.federation, root(22), []);
    publish(&mut Author::new(9, 90), &mut replica, item);
    assert!(replica.governance().acts().counts(&grant));
    assert!(
        replica
            .governance()
            .partners()
            .enrolled()
            .contains_key(&partner(7))
    );
}

#[test]
fn a_thief_of_an_old_root_erases_nothing_once_the_new_one_was_named() {
    let (mut replica, mut author, before) = rotated(true);
    let erase = |item: ItemId| {
        Act::Erase(crdt_schema::governance::Erasure {
            items: [item].into(),
            ..Default::default()
        })
    };
    // What the partner itself has erased stays so, whatever happens to its roots.
    let own = author.write(&mut replica, "event", 2);
    author.decide(&mut replica, &[erase(own)]);
    Author::new(1, 10).decide(&mut replica, &[name(3, 33)]);
    assert!(!is_live(&replica, &own));
    let mut thief = Author::new(3, 39);
    thief.decide(&mut replica, &[erase(before)]);
    assert!(is_live(&replica, &before));
    // Closing the feed later does not undo its erasures either.
    let item = author.rotate(replica.federation, root(34), []);
    publish(&mut author.another(31), &mut replica, item);
    assert!(!is_live(&replica, &own));
}

#[test]
fn a_line_never_comes_back_to_a_root_that_it_left() {
    let (mut replica, mut author, _) = rotated(true);
    let feed = author.feed();
    let item = author.rotate(replica.federation, root(3), [(feed, Keeping::Open)]);
    publish(&mut author, &mut replica, item);
    let line = replica.governance();
    let line = line.roots().line(&partner(3)).expect("it rotated");
    assert_eq!(line.roots().len(), 2);
    let stolen = Author::new(3, 39).write(&mut replica, "event", 2);
    assert_eq!(replica.why_void(&stolen), Some(Void::OutdatedRoot));
}

#[test]
fn several_rotations_to_one_root_keep_what_all_of_them_keep() {
    let (mut replica, mut author, before) = rotated(true);
    let mut old = Author::new(3, 30);
    let item = old.rotate(replica.federation, root(33), []);
    let new = author.write(&mut replica, "event", 2);
    assert!(is_live(&replica, &before) && is_live(&replica, &new));
    publish(&mut author, &mut replica, item);
    assert!(!is_live(&replica, &before) && !is_live(&replica, &new));
    let governance = replica.governance();
    let line = governance.roots().line(&partner(3)).expect("it rotated");
    assert!(!line.is_disputed());
}

#[test]
fn a_rotation_in_a_contribution_says_nothing() {
    let mut replica = Replica::found();
    let mut author = Author::new(3, 30);
    let item = author.rotate(replica.federation, root(33), []);
    let create = creation(&replica.federation, "event", 1);
    let entry =
        author_with_first_root(&author).sign(&mut replica, Kind::Contribution, vec![create, item]);
    assert!(is_live(&replica, &ItemId::of(&entry.id(), 0)));
    assert!(replica.governance().roots().lines().next().is_none());
}

fn author_with_first_root(author: &Author) -> Author {
    Author {
        root: root(3),
        line: Vec::new(),
        ..author.clone()
    }
}

#[test]
fn what_both_roots_did_not_sign_here_is_no_rotation() {
    let federation = Replica::found().federation;
    let keys = (&root(3), &root(33));
    let good = Rotation::sign(federation, partner(3), keys, BTreeMap::new()).expect("two keys");
    let good = good.said().clone();
    assert!(good.prove(&federation).is_ok());
    let elsewhere = CharterId::from_bytes([9; 32]).founds();
    assert_eq!(good.prove(&elsewhere), Err(RotationError::Federation));
    let changes: [(&str, Change); 8] = [
        ("the old root's signature", |its| its.by_previous[0] ^= 1),
        ("the new root's signature", |its| its.by_next[63] ^= 1),
        ("one signature twice", |its| its.by_next = its.by_previous),
        ("the signatures exchanged", |its| {
            std::mem::swap(&mut its.by_next, &mut its.by_previous);
        }),
        ("another partner", |its| its.partner = partner(4)),
        ("another old root", |its| {
            its.previous = *root(4).public().as_bytes();
        }),
        ("another new root", |its| {
            its.next = *root(4).public().as_bytes();
        }),
        ("one feed more", |its| {
            its.kept.insert(Author::new(3, 30).feed(), Keeping::Open);
        }),
    ];
    for (what, change) in changes {
        let mut changed = good.clone();
        change(&mut changed);
        assert_eq!(
            changed.prove(&federation),
            Err(RotationError::NotSigned),
            "{what}"
        );
    }
    let same = Rotation::sign(
        federation,
        partner(3),
        (&root(3), &root(3)),
        BTreeMap::new(),
    );
    assert_eq!(same, Err(RotationError::Keys));
    let mut weak = good;
    weak.next = [0; 32];
    assert_eq!(weak.prove(&federation), Err(RotationError::Keys));
}

#[test]
fn a_rotation_keeps_256_feeds_at_most() {
    let federation = Replica::found().federation;
    let sign = |count: u16| {
        let feed = |number: u16| {
            let mut bytes = [7; 32];
            bytes[..2].copy_from_slice(&number.to_be_bytes());
            (crdt_schema::id::FeedId::from_bytes(bytes), Keeping::Open)
        };
        let kept = (0..count).map(feed).collect();
        Rotation::sign(federation, partner(3), (&root(3), &root(33)), kept)
    };
    assert!(sign(256).is_ok());
    assert_eq!(sign(257), Err(RotationError::TooManyFeeds(257)));
}

#[test]
fn the_start_of_a_feed_shows_the_whole_way_to_a_later_root() {
    let (replica, mut author, _) = rotated(true);
    author.rotate(replica.federation, root(34), []);
    for missing in [0, 1] {
        let mut replica = replica.clone();
        let mut incomplete = author.another(31);
        incomplete.line.remove(missing);
        // The line names the partner; without its first rotation another one still does.
        let certificate = crdt_schema::entry::Certificate::sign(
            &incomplete.root,
            author.partner(),
            &replica.federation,
            &incomplete.feed(),
            [0; 32],
        );
        let mut items = vec![Item {
            frame: Frame::Certificate(Box::new(certificate)),
            body: held(Vec::new()),
        }];
        items.extend(incomplete.line.iter().map(item_of));
        let unsigned = crdt_schema::entry::UnsignedEntry {
            kind: Kind::Certificate,
            federation: replica.federation,
            place: (0, None),
            charter: replica.tip(),
            claimed: crdt_schema::time::Timestamp::from_millis(0),
            payload: crdt_schema::entry::Payload::new(items).expect("small"),
        };
        let signed = unsigned.sign(&incomplete.instance).to_signed();
        let refused = signed.verify(&replica.federation);
        assert_eq!(refused, Err(crdt_schema::entry::EntryError::Certificate));
        // With all of it, the entry is taken.
        author.another(32).write(&mut replica, "event", 5);
    }
}

/// What is altered in a rotation that both roots signed.
type Change = fn(&mut Rotation);

#[test]
fn a_secret_of_both_roots_is_what_a_rotation_needs() {
    let replica = Replica::found();
    let thief = SecretKey::from_bytes(&[66; 32]);
    // A thief who has neither key can only sign for partners of its own.
    let rotation = Rotation::sign(
        replica.federation,
        partner(3),
        (&thief, &root(67)),
        BTreeMap::new(),
    );
    let rotation = rotation.expect("it is well signed");
    let mut replica = replica;
    let mut carrier = Author::new(9, 90);
    publish(&mut carrier, &mut replica, item_of(&rotation));
    assert!(replica.governance().roots().lines().next().is_none());
    let written = Author::new(3, 30).write(&mut replica, "event", 1);
    assert!(is_live(&replica, &written));
}
