//! What is received, and how: order, repetition, portions, other federations, things of a later version.

use crdt_schema::cbor::Tree;
use crdt_schema::entry::{Body, Frame, Item, Kind, Payload, UnsignedEntry, VerifiedEntry};
use crdt_schema::governance::{Contributions, Feeds, Governance, Ignored};
use crdt_schema::id::{CharterId, RecordId};
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::drawing::{Story, stories};
use crate::federation::{Replica, held};

/// Everything that follows from what is held.
type Whole = (Governance, Contributions);

fn whole(replica: &Replica) -> Whole {
    (replica.governance(), replica.contributions())
}

/// A node that holds the same charters, and none of the entries.
fn empty(of: &Replica) -> Replica {
    Replica {
        feeds: Feeds::new(of.federation),
        acts: Default::default(),
        items: Default::default(),
        log: Vec::new(),
        ..of.clone()
    }
}

/// Takes entries as they come; one that comes before what it stands on is offered again.
fn receive(replica: &mut Replica, entries: &[VerifiedEntry]) {
    let mut waiting: Vec<&VerifiedEntry> = entries.iter().collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|entry| replica.take(entry) == Err(Ignored::NotConnected));
        assert!(waiting.len() < before, "something never connects");
    }
}

fn views(replica: &Replica) -> Vec<RecordView> {
    let contributions = replica.contributions();
    let histories = contributions.histories().iter();
    let view = |(record, history): (&RecordId, _)| RecordView::of(*record, history);
    histories
        .filter_map(|each| view(each).expect("a drawn history can be replayed"))
        .collect()
}

/// An entry of another kind at the end of a feed, with an item that this version does not know.
fn of_a_later_version(story: &mut Story, author: usize, kind: Kind) {
    let item = Item {
        frame: Frame::Unknown(Tree::List(vec![Tree::text("later")])),
        body: held(b"later".to_vec()),
    };
    story.sign(author, kind, vec![item]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn p1_order_and_repetition_leave_no_trace(
        (story, order) in stories().prop_flat_map(|story| {
            let twice = [story.replica.log.clone(), story.replica.log.clone()].concat();
            (Just(story), Just(twice).prop_shuffle())
        })
    ) {
        let mut other = empty(&story.replica);
        receive(&mut other, &order);
        prop_assert_eq!(whole(&other), whole(&story.replica));
        prop_assert_eq!(views(&other), views(&story.replica));
    }

    #[test]
    fn p1_an_act_that_was_held_without_its_bytes_counts_once_they_come(story in stories()) {
        let mut other = empty(&story.replica);
        for entry in &story.replica.log {
            // First the header alone, as when a payload is withheld.
            let header = entry.header();
            other.feeds.insert(entry.id(), header, None).expect("in order");
        }
        receive(&mut other, &story.replica.log);
        prop_assert_eq!(whole(&other), whole(&story.replica));
    }

    #[test]
    fn pi_an_evaluation_that_is_only_made_again_when_it_is_touched_is_right_at_each_entry(
        (story, order) in stories().prop_flat_map(|story| {
            let log = Just(story.replica.log.clone()).prop_shuffle();
            (Just(story), log)
        })
    ) {
        let mut order = order;
        order.sort_by_key(|entry| entry.header().sequence);
        let mut growing = empty(&story.replica);
        let mut kept = growing.governance();
        for entry in &order {
            let acts = growing.acts.len();
            let change = growing.feeds.take(entry);
            growing.take(entry).expect("lower sequences come first");
            let change = change.expect("lower sequences come first");
            if growing.acts.len() > acts || kept.is_touched_by(&entry.id(), entry.header(), change) {
                kept = growing.governance();
            }
            prop_assert_eq!(&kept, &growing.governance());
        }
        prop_assert_eq!(whole(&growing), whole(&story.replica));
    }

    #[test]
    fn pq_a_feed_that_is_paused_at_a_prefix_and_resumed_is_as_if_it_had_not_been(
        story in stories(), paused in any::<Index>(), at in 0..4_u64
    ) {
        let log = &story.replica.log;
        let feed = log[paused.index(log.len())].header().feed;
        let is_paused = |entry: &VerifiedEntry| {
            entry.header().feed == feed && entry.header().sequence > at
        };
        let (later, before): (Vec<_>, Vec<_>) = log.iter().cloned().partition(is_paused);
        let mut other = empty(&story.replica);
        receive(&mut other, &before);
        let _ = (whole(&other), views(&other));
        receive(&mut other, &later);
        prop_assert_eq!(whole(&other), whole(&story.replica));
        prop_assert_eq!(views(&other), views(&story.replica));
    }

    #[test]
    fn p11_what_is_signed_for_another_federation_changes_nothing(story in stories()) {
        let mut replica = story.replica.clone();
        let before = whole(&replica);
        let elsewhere = CharterId::from_bytes([9; 32]).founds();
        for entry in &story.replica.log {
            let author = story.authors.iter().find(|author| author.feed() == entry.header().feed);
            let Some(author) = author else { continue };
            let header = entry.header();
            let unsigned = UnsignedEntry {
                kind: header.kind,
                federation: elsewhere,
                place: (header.sequence, header.previous),
                charter: header.charter,
                claimed: Timestamp::from_millis(0),
                payload: Payload::new(entry.items().to_vec()).expect("it was one"),
            };
            let foreign = unsigned.sign(&author.instance);
            prop_assert_eq!(replica.take(&foreign), Err(Ignored::OtherFederation));
        }
        prop_assert_eq!(whole(&replica), before);
    }

    #[test]
    fn pu_kinds_and_items_that_this_version_does_not_know_change_no_view(
        mut story in stories(), authors in prop::collection::vec(any::<Index>(), 1..4), kind in 5..0x8000_u16
    ) {
        let (before, acts) = (views(&story.replica), story.authority());
        for author in authors {
            let author = author.index(story.authors.len());
            // An author that was copied and stands behind would show a fork by signing, which is something else.
            if story.authors[author].is_at_its_end(&story.replica) {
                of_a_later_version(&mut story, author, Kind::Unknown(kind));
                of_a_later_version(&mut story, author, Kind::Contribution);
            }
        }
        prop_assert_eq!(views(&story.replica), before);
        prop_assert_eq!(story.authority(), acts);
    }

    #[test]
    fn pe_an_erased_content_changes_no_view_when_a_peer_brings_it_back(story in stories()) {
        let governance = story.replica.governance();
        let with_bytes = views(&story.replica);
        let mut without = story.replica.clone();
        let mut gone = 0;
        for (id, each) in &mut without.items {
            if governance.is_erased(&without.feeds, &each.entry, id, &each.item.frame) {
                each.item = each.item.erased();
                gone += 1;
            }
        }
        prop_assert_eq!(views(&without), with_bytes);
        let states = |replica: &Replica| replica.contributions().states().map(|(id, state)| (*id, state)).collect::<Vec<_>>();
        prop_assert_eq!(states(&without), states(&story.replica));
        let is_gone = |item: &Item| matches!(item.body, Body::Erased { .. });
        prop_assert_eq!(without.items.values().filter(|each| is_gone(&each.item)).count(), gone);
    }
}
