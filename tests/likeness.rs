//! Pairs that a node proposes: found as records come and change, listed once each, and gone when a partner settles them.

use std::collections::BTreeSet;

use crdt_schema::id::RecordId;
use crdt_schema::likeness::BLOCK_RECORDS_MAX;
use crdt_schema::statement::{Duplicate, Sameness, Statement};
use replica::{Candidate, CandidatePlace};

use crate::harness::federation::{DEADLINE, Node, birth};

fn named(node: &Node, names: &[&str]) -> Vec<RecordId> {
    let put = |(number, name): (u8, &&str)| {
        let (record, its_birth) = birth(number);
        node.put(record, Some(its_birth), name);
        record
    };
    let records = (1..).zip(names).map(put).collect();
    assert!(node.replica.wait_for_views(DEADLINE));
    records
}

fn near(node: &Node, record: &RecordId) -> Vec<Candidate> {
    assert!(node.replica.wait_for_views(DEADLINE));
    node.replica.duplicates_of(record).expect("readable")
}

/// All pairs, page by page.
fn listed(node: &Node, page_max: usize) -> Vec<(RecordId, RecordId)> {
    assert!(node.replica.wait_for_views(DEADLINE));
    let mut pairs = Vec::new();
    let mut from = CandidatePlace::default();
    loop {
        let page = node.replica.duplicates(from, page_max).expect("readable");
        assert!(page.candidates.len() <= page_max);
        pairs.extend(page.candidates.iter().map(|it| (it.record, it.other)));
        match page.next {
            Some(next) => from = next,
            None => return pairs,
        }
    }
}

fn say(node: &Node, record: RecordId, other: RecordId, verdict: Sameness) {
    let said = Duplicate::new(verdict, "vu sur place").expect("a reason");
    let signed = node
        .replica
        .make_statement(record, Some(other), &Statement::Duplicate(said));
    signed.expect("it is written");
}

#[test]
fn candidates_follow_the_records_as_they_change() {
    let node = Node::new(1);
    let records = named(
        &node,
        &["Chorale des Étoiles", "Judo", "chorale des etoiles"],
    );
    let found = near(&node, &records[0]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].record, found[0].other), (records[0], records[2]));
    assert_eq!(near(&node, &records[1]), []);
    node.put(records[2], None, "Tir à l'arc");
    assert_eq!(near(&node, &records[0]), []);
    node.put(records[1], None, "La chorale des étoiles");
    let others: Vec<_> = near(&node, &records[0]).iter().map(|it| it.other).collect();
    assert_eq!(others, [records[1]]);
    node.replica.reindex();
    assert_eq!(near(&node, &records[0]).len(), 1);
    let node = node.reopened(1);
    assert_eq!(near(&node, &records[0]).len(), 1);
}

#[test]
fn each_pair_is_listed_once_whatever_the_page() {
    let node = Node::new(1);
    let name = "Fanfare municipale des bords de Loire";
    let names = [name, name, name, name, "Judo", "Judo"];
    let records = named(&node, &names);
    let mut expected = BTreeSet::new();
    for (n, one) in records.iter().enumerate() {
        for (m, other) in records.iter().enumerate().skip(n + 1) {
            if names[n] == names[m] {
                expected.insert((*one.min(other), *one.max(other)));
            }
        }
    }
    for page_max in [1, 2, 3, 100] {
        let pairs = listed(&node, page_max);
        assert_eq!(pairs.len(), expected.len(), "{page_max}");
        assert_eq!(pairs.into_iter().collect::<BTreeSet<_>>(), expected);
    }
}

#[test]
fn a_pair_that_any_partner_settled_is_listed_no_more_and_comes_back_when_it_is_unsure() {
    let (prefecture, ville) = (Node::new(1), Node::new(2));
    let records = named(&prefecture, &["Judo Club de Gien", "Judo club Gien"]);
    ville.take_all(&prefecture);
    say(&ville, records[1], records[0], Sameness::Distinct);
    prefecture.take_all(&ville);
    assert_eq!(listed(&prefecture, 10), []);
    let found = near(&prefecture, &records[0]);
    assert!(found[0].is_settled());
    let verdicts: Vec<_> = found[0].verdicts.iter().map(|(_, said)| *said).collect();
    assert_eq!(verdicts, [Sameness::Distinct]);
    say(&ville, records[0], records[1], Sameness::Unsure);
    prefecture.take_all(&ville);
    assert_eq!(listed(&prefecture, 10).len(), 1);
    assert!(!near(&prefecture, &records[0])[0].is_settled());
}

#[test]
fn a_name_that_too_many_have_is_compared_with_none() {
    let node = Node::new(1);
    let most = u8::try_from(BLOCK_RECORDS_MAX).expect("small");
    let names = vec!["Judo"; usize::from(most)];
    let records = named(&node, &names);
    assert_eq!(near(&node, &records[0]).len(), names.len() - 1);
    let (record, its_birth) = birth(most + 1);
    node.put(record, Some(its_birth), "Judo");
    assert_eq!(near(&node, &record), []);
    assert_eq!(listed(&node, 10), []);
}

#[test]
fn places_in_the_list_are_read_as_they_are_written() {
    for text in ["0000000000000000-0", "05ffffffffffffff-17"] {
        let place = CandidatePlace::parse(text).expect("a place");
        assert_eq!(place.to_string(), text);
    }
    for wrong in ["", "-", "12", "xx-1", "12-x", "12345678901234567-1"] {
        assert_eq!(CandidatePlace::parse(wrong), None, "{wrong}");
    }
}
