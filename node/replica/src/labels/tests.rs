//! What is on the disk makes no label either: entries of others that are really stored, and rows that somebody writes by hand.

use std::collections::BTreeSet;
use std::path::Path;

use crdt_schema::cbor::{Tree, Wire};
use crdt_schema::edit::{Content, Operation, Value};
use crdt_schema::entry::{EditFrame, Frame, Header, Kind, SignedEntry, VerifiedEntry};
use crdt_schema::governance::{Act, Label, SchemeId, SchemeName};
use crdt_schema::id::{FeedId, ItemId};
use crdt_schema::label::Day;
use redb::Database;

use crate::apply::place;
use crate::erasure::tests::federation::{
    Feed, Node, charter, creation, key, now, open, personal, record, statement,
};
use crate::search::Query;
use crate::store::{self, PayloadPacker, WriteEntries};
use crate::{NewItem, Replica};

const SEQUENCES: u8 = 48;
const TODAY: &str = "2026-06-01";

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

/// The labels in force, whatever is stored.
fn in_force(replica: &Replica) -> BTreeSet<Label> {
    let reader = replica.read().expect("a snapshot");
    let labels = reader.labels(day(TODAY)).expect("readable").into_iter();
    let labels = labels.filter(|each| each.standing.is_in_force());
    labels.map(|each| each.label).collect()
}

/// A node of the coordinator that has decided one label alone, as the scheme allows.
fn decided() -> (Node, BTreeSet<Label>) {
    let node = Node::new(1);
    let (frame, content) = creation(1, "Association");
    node.replica
        .contribute(vec![NewItem { frame, content }])
        .expect("written");
    node.settle();
    let scheme = SchemeId::Charter(SchemeName {
        id: "accueil".to_owned(),
        version: 1,
    });
    let vote = node
        .replica
        .label_vote(&scheme, &record(1), day("2026-01-01"), None);
    let vote = NewItem::of_act(&vote.expect("is prepared")).expect("a known act");
    node.replica.decide(vec![vote]).expect("written");
    let labels = in_force(&node.replica);
    assert_eq!(labels.len(), 1);
    (node, labels)
}

/// Another label of the same record: of another first day.
fn wanted(decided: &BTreeSet<Label>, number: u8) -> Label {
    let label = decided.first().expect("one").clone();
    let from = format!("2026-02-{:02}", 1 + number % 28);
    Label { from, ..label }
}

fn issue(label: Label) -> (Frame, Vec<u8>) {
    let proof = Tree::Null;
    let act = Act::LabelIssue { label, proof };
    (Frame::Act("label_issue".to_owned()), act.to_content())
}

fn field(base: Vec<ItemId>, name: &str) -> (Frame, Vec<u8>) {
    let put = Operation::Put {
        field: name.to_owned(),
        value: Value::Text("accueil@1 in_force".to_owned()),
    };
    let frame = Frame::Edit(EditFrame {
        record: record(1),
        base,
        creation: None,
    });
    (frame, Content(vec![put]).to_cbor())
}

fn heads(replica: &Replica) -> Vec<ItemId> {
    let reader = replica.read().expect("a snapshot");
    let view = reader.record(&record(1)).expect("readable");
    view.expect("held").heads
}

#[test]
fn a_record_whose_label_is_withdrawn_has_changed_for_who_follows_it() {
    let (node, decided) = decided();
    let changed = |since| {
        node.settle();
        let query = Query {
            changed_after: Some(since),
            ..Query::default()
        };
        node.replica.count(&query).expect("answered")
    };
    node.settle();
    let seen = node.replica.searched_change();
    assert_eq!(changed(seen), 0);
    let label = decided.first().expect("one").clone();
    let act = Act::LabelWithdraw {
        label,
        reason: "fin".to_owned(),
    };
    let item = NewItem::of_act(&act).expect("a known act");
    node.replica.decide(vec![item]).expect("written");
    assert_eq!(changed(seen), 1);
}

#[test]
fn no_entry_of_others_that_is_stored_makes_a_label() {
    let (node, decided) = decided();
    let mut hostile = Vec::new();
    for partner in [2, 3] {
        let (feed, first) = Feed::new(partner);
        node.replica.ingest(vec![first]).expect("written");
        hostile.push(feed);
    }
    let copied: Vec<_> = node.entries().into_iter().collect();
    for number in 0..SEQUENCES {
        let feed = &mut hostile[usize::from(number % 2)];
        let vote = issue(wanted(&decided, number));
        let base = heads(&node.replica);
        let (kind, items) = match number % 8 {
            0 => (Kind::Governance, vec![vote]),
            1 => (Kind::Contribution, vec![vote]),
            2 => (Kind::Checkpoint, vec![vote]),
            3 => (Kind::Unknown(77), vec![vote]),
            4 => (
                Kind::Contribution,
                ["labels", "label", "x_label"]
                    .map(|name| field(base.clone(), name))
                    .into(),
            ),
            5 => (Kind::Contribution, vec![statement(1, "label_issue")]),
            6 => (Kind::Contribution, vec![personal(1, 1, "accueil@1")]),
            _ => {
                let entry: &VerifiedEntry = &copied[usize::from(number) % copied.len()];
                let items = entry.items().iter();
                let items = items.filter(|item| !matches!(item.frame, Frame::Certificate(_)));
                let items: Vec<_> = items
                    .map(|item| (item.frame.clone(), item.content().expect("held").to_vec()))
                    .collect();
                (Kind::Governance, items)
            }
        };
        if items.is_empty() {
            continue;
        }
        let entry = feed.sign(kind, items);
        let bytes = entry.to_signed();
        let entry = bytes.verify(&charter().federation()).expect("signed");
        node.replica.ingest(vec![entry]).expect("written");
        node.settle();
        assert_eq!(in_force(&node.replica), decided, "{number}");
    }
    let node = node.reopened(1);
    assert_eq!(in_force(&node.replica), decided);
}

/// Writes a row by hand after the last entry of the coordinator's own feed: a vote that somebody else has signed.
fn write_by_hand(folder: &Path, replica: Replica, kind: Kind, decided: &BTreeSet<Label>) {
    let feed: FeedId = key(101).public().feed();
    let (number, (sequence, previous), tip) = {
        let state = replica.state();
        let head = state.feeds().furthest_head(&feed).expect("it has begun");
        (state.feed_numbers[&feed], head, charter().id())
    };
    drop(replica);
    let (mut other, _) = Feed::new(2);
    let vote = other
        .sign(kind, vec![issue(wanted(decided, 1))])
        .to_signed();
    let header = Header {
        feed,
        sequence: sequence + 1,
        previous: Some(previous),
        charter: tip,
        claimed: now(),
        ..Header::from_bytes(&vote.header).expect("a header")
    };
    let forged = SignedEntry {
        header: header.to_bytes(),
        signature: key(102).sign("entry", &header.to_bytes()),
        payload: vote.payload,
    };
    let mut packer = PayloadPacker::new().expect("a compressor");
    let database = Database::builder().open(folder.join(store::FILE));
    let write = database.expect("a store");
    let write = write.begin_write().expect("a transaction");
    {
        let mut entries = WriteEntries::open(&write).expect("tables");
        let at = place(number, sequence + 1, &header.id());
        entries.insert(at, &forged, &mut packer).expect("written");
    }
    write.commit().expect("on disk");
}

#[test]
fn a_row_that_is_written_by_hand_makes_no_label() {
    // A row of governance is verified when the store is opened: the store is damaged, and what holds of it is kept.
    let author = || crate::Author {
        secret: key(101),
        now,
        fill_random: |bytes| bytes.fill(7),
    };
    let (node, decided) = decided();
    let Node { replica, folder } = node;
    drop(replica);
    // As a node starts: it keeps beside the store which charter it trusts.
    let opened = Replica::open_or_set_aside(folder.path(), Some(author()), now());
    let (replica, aside) = opened.expect("a sound store");
    assert!(aside.is_none());
    write_by_hand(folder.path(), replica, Kind::Governance, &decided);
    assert!(Replica::open(folder.path(), Some(author())).is_err());
    let opened = Replica::open_or_set_aside(folder.path(), Some(author()), now());
    let (replica, aside) = opened.expect("a new store");
    assert!(aside.is_some());
    assert_eq!(in_force(&replica), decided);

    // A row of another kind decides nothing, and a check finds it.
    for kind in [Kind::Contribution, Kind::Checkpoint] {
        let (node, decided) = self::decided();
        let Node { replica, folder } = node;
        write_by_hand(folder.path(), replica, kind, &decided);
        let replica = open(folder.path(), 1);
        assert_eq!(in_force(&replica), decided, "{kind:?}");
        let checked = replica.check(&mut |_, _| ()).expect("readable");
        assert_eq!(checked.damaged.len(), 1, "{kind:?}");
    }
}
