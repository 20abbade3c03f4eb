//! A node whose peer holds governance back: data still flows, the days without confirmation are counted, and another partner ends it.
//! The clock is an argument here: nothing waits for days. And a feed with five hundred branches, which harms nothing else.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::cbor::Wire;
use crdt_schema::checkpoint::{Checkpoint, Standing};
use crdt_schema::entry::{Frame, Kind, VerifiedEntry};
use crdt_schema::governance::NoEffect;
use crdt_schema::id::{FeedId, PartnerId};
use crdt_schema::time::Timestamp;
use replica::{BRANCHES_SHOWN_MAX, GovernanceSeen};

use crate::harness::federation::{Node, birth_in, charter, key};
use crate::harness::forged::Forger;
use crate::suspension::enrol;

/// The day on which the nodes of the harness sign.
const START_MS: i64 = 1_764_000_000_000;
const DAYS_MAX: u64 = 7;
/// Branches of a feed whose key is in bad hands.
const BRANCHES: u32 = 500;

fn day(number: i64) -> Timestamp {
    Timestamp::from_millis(START_MS).plus_days(number)
}

fn partner(number: u8) -> PartnerId {
    key(number).public().partner()
}

fn forger(number: u8) -> Forger {
    let charter = charter();
    Forger::new(key(number + 100), charter.federation(), charter.id())
}

fn seen(node: &Node, on: i64) -> GovernanceSeen {
    let seen = node.replica.governance_seen(day(on), DAYS_MAX);
    seen.expect("readable")
}

fn confirming(node: &Node, on: i64) -> BTreeSet<PartnerId> {
    seen(node, on).confirmation.by.into_keys().collect()
}

/// A checkpoint that names the last of these entries of feeds with acts.
fn checkpoint(
    by: &mut Forger,
    after: &VerifiedEntry,
    on: i64,
    named: &[&VerifiedEntry],
) -> VerifiedEntry {
    let mut governance: BTreeMap<FeedId, BTreeSet<_>> = BTreeMap::new();
    for entry in named {
        let header = entry.header();
        let heads = governance.entry(header.feed).or_default();
        heads.insert((header.sequence, entry.id()));
    }
    let charter = charter();
    let content = Checkpoint {
        tip: (charter.version, charter.id()),
        governance,
        heads: [0; 32],
        unfinished: Some(BTreeSet::new()),
    };
    by.claimed = day(on);
    let items = vec![(Frame::Checkpoint, content.to_cbor())];
    by.entry(Kind::Checkpoint, Forger::after(after), items)
}

#[test]
fn a_frozen_node_says_so_after_the_days_and_another_partner_ends_it() {
    let node = Node::under(&charter(), 3);
    let (mut prefecture, mut ville) = (forger(1), forger(2));
    let start = prefecture.certificate(&key(1), [1; 32]);
    let its_start = ville.certificate(&key(2), [2; 32]);
    let known = prefecture.act(Forger::after(&start), &enrol(5));
    let said = checkpoint(&mut prefecture, &known, 0, &[&known]);
    let its_said = checkpoint(&mut ville, &its_start, 0, &[&known]);
    node.take_in_any_order(&[
        start,
        its_start,
        known.clone(),
        said.clone(),
        its_said.clone(),
    ]);
    assert_eq!(confirming(&node, 0), [partner(1), partner(2)].into());
    assert!(!seen(&node, 6).confirmation.is_late);

    // From here on the ville alone is heard. It brings data, and says that it knows nothing new.
    let (record, birth) = birth_in(&charter().federation(), 1);
    let edit = ville.edit(
        Forger::after(&its_said),
        record,
        Some(birth),
        Vec::new(),
        "Club",
    );
    let lie = checkpoint(&mut ville, &edit, 8, &[&known]);
    node.take_in_any_order(&[edit, lie.clone()]);
    assert!(
        node.replica
            .wait_for_views(crate::harness::federation::DEADLINE)
    );
    assert_eq!(node.names(&record), ["Club"]);
    let frozen = seen(&node, 8).confirmation;
    assert!(frozen.is_late, "{frozen:?}");
    assert_eq!((frozen.days, frozen.asked), (8, 2));

    // The préfecture is met: it has decided meanwhile, and nothing confirms that yet but its own word.
    let decided = prefecture.act(Forger::after(&said), &enrol(6));
    let news = checkpoint(&mut prefecture, &decided, 8, &[&decided]);
    // Its word may come through the ville, which keeps the decision back: what is missing has a name.
    let honest = checkpoint(&mut ville, &lie, 8, &[&decided]);
    node.take_in_any_order(std::slice::from_ref(&honest));
    let missing = seen(&node, 8);
    assert_eq!(missing.partners(Standing::Ahead), [partner(2)].into());
    assert_eq!(missing.unknown.len(), 1);
    assert_eq!(missing.unknown[0].entry, decided.id());
    assert!(missing.confirmation.is_late);

    node.take_in_any_order(&[decided, news]);
    assert!(node.is_enrolled(6));
    let met = seen(&node, 8);
    assert_eq!(confirming(&node, 8), [partner(1), partner(2)].into());
    assert!(!met.confirmation.is_late && met.unknown.is_empty());
    assert_eq!(met.confirmation.days, 0);
}

#[test]
fn each_history_of_a_coordinator_is_shown_with_the_partners_that_know_it() {
    let node = Node::under(&charter(), 3);
    let (mut prefecture, mut ville) = (forger(1), forger(2));
    let start = prefecture.certificate(&key(1), [1; 32]);
    let its_start = ville.certificate(&key(2), [2; 32]);
    let place = Forger::after(&start);
    let told_us = prefecture.act(place, &enrol(5));
    let told_it = prefecture.act(place, &enrol(6));
    let its_said = checkpoint(&mut ville, &its_start, 0, &[&told_it]);
    node.take_in_any_order(&[start, its_start, told_us.clone(), its_said]);
    // The ville names an entry where this node holds another one.
    assert_eq!(
        seen(&node, 0).partners(Standing::Contradictory),
        [partner(2)].into()
    );
    assert!(confirming(&node, 0).is_empty());
    node.replica.checkpoint().expect("it is written");
    node.take_in_any_order(std::slice::from_ref(&told_it));
    let forks = node.replica.forks().expect("readable");
    assert_eq!(forks.len(), 1);
    let known: BTreeMap<_, _> = forks[0]
        .entries
        .iter()
        .map(|entry| (entry.id, entry.confirmed_by.clone()))
        .collect();
    assert_eq!(known[&told_us.id()], [partner(3)].into());
    assert_eq!(known[&told_it.id()], [partner(2)].into());
}

#[test]
fn five_hundred_branches_are_named_once_and_harm_no_data() {
    let node = Node::under(&charter(), 3);
    let (mut prefecture, mut ville) = (forger(1), forger(2));
    let start = prefecture.certificate(&key(1), [1; 32]);
    let its_start = ville.certificate(&key(2), [2; 32]);
    let mut flood = vec![start.clone(), its_start.clone()];
    let mut grants = Vec::new();
    for number in 0..BRANCHES {
        prefecture.claimed = day(0).plus_days(i64::from(number));
        grants.push(prefecture.act(Forger::after(&start), &enrol(5)));
    }
    flood.extend(grants.iter().cloned());
    let ingested = node.replica.ingest(flood).expect("it is written");
    assert_eq!(ingested.unconnected, None);
    let forks = node.replica.forks().expect("readable");
    assert_eq!(forks.len(), 1, "one feed is named once");
    assert_eq!(forks[0].branches, BRANCHES as usize);
    assert_eq!(forks[0].entries.len(), BRANCHES_SHOWN_MAX);
    assert!(forks[0].is_flooded());
    assert_eq!(
        node.outcome(&grants[0].id()),
        Err(NoEffect::ForkNotResolved)
    );
    assert!(!node.is_enrolled(5));
    // Data of the others come in, and the checkpoint of this node is still one entry that names what it can.
    let (record, birth) = birth_in(&charter().federation(), 1);
    let edit = ville.edit(
        Forger::after(&its_start),
        record,
        Some(birth),
        Vec::new(),
        "Club",
    );
    node.take_in_any_order(&[edit]);
    assert!(
        node.replica
            .wait_for_views(crate::harness::federation::DEADLINE)
    );
    assert_eq!(node.names(&record), ["Club"]);
    node.replica.checkpoint().expect("it is written");
    assert!(!node.replica.checkpoint_due(day(0)).expect("readable"));
}
