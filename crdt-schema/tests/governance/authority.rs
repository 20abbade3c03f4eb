//! What no entry can do, in any drawn federation: give itself authority, or take away what it has no right to.

use std::collections::BTreeSet;

use crdt_schema::edit::State;
use crdt_schema::entry::{Frame, Item, Kind};
use crdt_schema::governance::{Act, Effect, Position};
use crdt_schema::id::ItemId;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::drawing::{Story, Wish, denials, stories, wish};
use crate::federation::{Author, Replica, cut, held, partner, seat};

fn is_within(less: &[String], more: &[String]) -> bool {
    let more: BTreeSet<&String> = more.iter().collect();
    less.iter().all(|each| more.contains(each))
}

fn live(story: &Story) -> BTreeSet<ItemId> {
    let contributions = story.replica.contributions();
    let live = contributions.states();
    let live = live.filter(|(_, state)| *state == State::Live);
    live.map(|(id, _)| *id).collect()
}

/// The grants that stand at or after the first fork of their feed, where no charter cuts it.
fn grants_after_a_fork(story: &Story) -> Vec<ItemId> {
    let (governance, feeds) = (story.replica.governance(), &story.replica.feeds);
    let cuts = &governance.adoption().tip().cuts;
    let acts = story.replica.acts.iter();
    acts.filter(|(_, signed)| signed.act.effect() == Some(Effect::Grant))
        .filter(|(_, signed)| {
            let feed = feeds.entry(&signed.entry).expect("it is held").feed;
            feeds.is_forked_at(&signed.entry) && !cuts.contains_key(&feed)
        })
        .map(|(id, _)| *id)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn p4_one_more_denial_never_adds_anything(
        mut story in stories(), coordinator in 0..2_usize, denial in denials()
    ) {
        let before = story.authority();
        story.decide(coordinator, &denial);
        let after = story.authority();
        prop_assert!(is_within(&after, &before), "{:?} adds to {:?}", denial, before);
    }

    #[test]
    fn p6_after_a_cut_that_is_held_the_key_alone_makes_nothing_live(
        mut story in stories(), place in any::<Index>(), later in vec(any::<(Index, Index)>(), 1..5)
    ) {
        let Some(Act::Cut { feed, position }) = story.act(&Wish::Cut(place)) else {
            return Ok(());
        };
        let item = cut(feed, position).to_item([1; 16]).expect("a known act");
        let act = story.sign(0, Kind::Governance, vec![item]);
        let Some(thief) = story.authors.iter().position(|author| author.feed() == feed) else {
            return Ok(());
        };
        prop_assume!(story.replica.outcome(&act) == Ok(()));
        let before = live(&story);
        for (place, record) in later {
            // At the end of the feed, at any earlier place, or from its start.
            let entries: Vec<_> = story.replica.log.iter().map(|entry| (entry.header().sequence, entry.id(), entry.header().feed)).collect();
            let (sequence, entry, of) = entries[place.index(entries.len())];
            story.authors[thief].head = (of == feed).then_some((sequence, entry));
            let records = story.records();
            let record = records.get(record.index(records.len() + 1)).copied();
            let written = story.write(thief, record);
            prop_assert_ne!(story.replica.state(&written), State::Live);
        }
        prop_assert!(live(&story).is_subset(&before));
    }

    #[test]
    fn p7_a_mutual_suspension_treats_both_alike_and_leaves_the_charter_alone(
        mut story in stories(), is_swapped in any::<bool>(), erased in any::<Index>()
    ) {
        let pair = [Author::new(1, 201), Author::new(2, 202)];
        let start = story.authors.len();
        story.authors.extend(pair);
        let [one, other] = [start, start + 1];
        for author in [one, other] {
            story.decide(author, &Wish::Enrol(40));
        }
        let able = [one, other].map(|author| !story.replica.governance().acts().outcomes().any(|(id, outcome)| {
            outcome.is_err() && story.replica.feeds.entry(&story.replica.acts[id].entry).expect("held").feed == story.authors[author].feed()
        }));
        prop_assume!(able == [true; 2]);
        let before = story.replica.governance().adoption().clone();
        let positions = [one, other].map(|author| (story.authors[author].feed(), story.authors[author].position()));
        let turns = if is_swapped { [(other, 0), (one, 1)] } else { [(one, 1), (other, 0)] };
        for (author, against) in turns {
            let (feed, position) = positions[against];
            let item = Act::Suspend { feed, position }.to_item([1; 16]).expect("a known act");
            let suspension = story.sign(author, Kind::Governance, vec![item]);
            prop_assert_eq!(story.replica.outcome(&suspension), Ok(()));
        }
        let later = [one, other].map(|author| story.decide(author, &Wish::Enrol(41)).expect("an act"));
        prop_assert!(later.iter().all(|act| story.replica.outcome(act).is_err()));
        prop_assert_eq!(story.replica.governance().adoption().clone(), before);
        // The earlier ones still count, and so do denials.
        let denials = [one, other].map(|author| story.decide(author, &Wish::Erase(erased)).expect("an act"));
        prop_assert!(denials.iter().all(|act| story.replica.outcome(act) == Ok(())));
    }

    #[test]
    fn p8_a_proof_of_fork_never_adds_authority_and_takes_no_denial_away(
        mut story in stories(), place in any::<Index>()
    ) {
        let (before, denials) = (story.authority(), story.counting(Effect::Denial));
        let place = place.index(story.replica.log.len());
        let header = story.replica.log[place].header().clone();
        let Some(author) = story.authors.iter().position(|author| author.feed() == header.feed) else {
            return Ok(());
        };
        let Some(previous) = header.previous else { return Ok(()) };
        story.authors[author].head = Some((header.sequence - 1, previous));
        story.sign(author, Kind::Checkpoint, vec![later_item()]);
        let fork = story.replica.feeds.first_fork(&header.feed);
        prop_assert!(fork.is_some_and(|fork| fork <= header.sequence));
        prop_assert!(is_within(&story.authority(), &before));
        let after: BTreeSet<ItemId> = story.counting(Effect::Denial).into_iter().collect();
        prop_assert!(denials.iter().all(|act| after.contains(act)));
    }

    #[test]
    fn p15_no_grant_after_an_unresolved_fork_counts(story in stories()) {
        for act in grants_after_a_fork(&story) {
            prop_assert!(story.replica.outcome(&act).is_err());
        }
    }

    #[test]
    fn p14_the_keys_of_a_dropped_coordinator_change_nothing(
        mut story in stories(), wishes in vec(wish(), 1..5)
    ) {
        let dropped = partner(1);
        let feeds: Vec<_> = story.replica.feeds.entries().filter(|(_, held)| held.owner == Some(dropped)).collect();
        story.replica.amend(&[101, 102], |charter| {
            charter.coordinators.remove(&dropped);
            for (entry, held) in feeds {
                let position = Position { sequence: held.sequence, entry };
                charter.cuts.entry(held.feed).or_insert(position);
            }
        });
        let governance = story.replica.governance();
        prop_assume!(!governance.adoption().tip().coordinators.contains_key(&dropped));
        // Its old key where it stands, and one that nobody has seen.
        story.authors.push(Author::new(1, 203));
        let fresh = story.authors.len() - 1;
        for wish in &wishes {
            for author in [0, fresh] {
                if story.authors[author].partner() != dropped {
                    continue;
                }
                if let Some(act) = story.decide(author, wish) {
                    prop_assert!(story.replica.outcome(&act).is_err());
                }
            }
        }
        let after = story.replica.governance();
        prop_assert_eq!(after.partners(), governance.partners());
        prop_assert_eq!(after.adoption(), governance.adoption());
        prop_assert_eq!(after.labels(), governance.labels());
        prop_assert_eq!(after.erasures().items(), governance.erasures().items());
        prop_assert_eq!(after.erasures().records(), governance.erasures().records());
    }

    #[test]
    fn p16_whoever_the_charter_confirms_is_enrolled_whatever_was_signed(story in stories()) {
        let governance = story.replica.governance();
        let confirmed = governance.adoption().tip().partners.keys();
        for partner in confirmed {
            prop_assert!(governance.partners().enrolled().contains_key(partner));
        }
    }

    #[test]
    fn p9_a_charter_is_adopted_exactly_when_enough_distinct_seats_of_both_approve(
        signers in vec(prop::sample::select(vec![101_u8, 102, 103, 104, 55]), 0..6), k in 1..5_u32
    ) {
        let mut replica = Replica::found();
        let seats = [101, 102, 103, 104].map(seat);
        let id = replica.amend(&signers, |charter| {
            (charter.seats, charter.k) = (seats.to_vec(), k);
        });
        let distinct: BTreeSet<u8> = signers.iter().copied().collect();
        let of_parent = distinct.iter().filter(|seat| (101..=103).contains(*seat)).count();
        let of_child = distinct.iter().filter(|seat| (101..=104).contains(*seat)).count();
        let is_enough = of_parent >= 2 && of_child as u32 >= k && 2 * k > 4;
        prop_assert_eq!(replica.tip() == id, is_enough);
    }

    #[test]
    fn pl_no_contribution_makes_a_label_or_ends_one(
        mut story in stories(), writes in vec(any::<(Index, Index)>(), 1..6)
    ) {
        let before = story.replica.governance().labels().clone();
        for (author, record) in writes {
            let records = story.records();
            let record = records.get(record.index(records.len() + 1)).copied();
            // A new branch of a coordinator's feed is a fork, which holds back votes: that is another property.
            let adopted = story.replica.governance().adoption().chain().to_vec();
            let others: Vec<usize> = (0..story.authors.len())
                .filter(|index| {
                    let partner = story.authors[*index].partner();
                    !adopted.iter().any(|each| each.charter.coordinators.contains_key(&partner))
                })
                .collect();
            prop_assume!(!others.is_empty());
            story.write(others[author.index(others.len())], record);
        }
        let after = story.replica.governance();
        prop_assert_eq!(after.labels(), &before);
    }
}

fn later_item() -> Item {
    Item {
        frame: Frame::Checkpoint,
        body: held(Vec::new()),
    }
}
