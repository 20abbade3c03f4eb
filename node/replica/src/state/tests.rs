//! What is in memory after entries came is what is read from the store at the next start.

use crdt_schema::entry::{Frame, Kind, VerifiedEntry};
use crdt_schema::governance::Act;
use crdt_schema::id::EntryId;
use proptest::prelude::*;

use crate::Replica;
use crate::erasure::tests::federation::{
    Feed, Node, charter, creation, erase, key, of_items, of_record, open, statement,
};

/// An entry to sign: in whose feed, of which kind, with which items.
type Drawn = (u8, Kind, Vec<u8>);

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let kind = prop_oneof![
        Just(Kind::Certificate),
        Just(Kind::Contribution),
        Just(Kind::Governance),
        Just(Kind::Checkpoint),
        Just(Kind::Unknown(77)),
    ];
    let entry = (1_u8..4, kind, prop::collection::vec(0_u8..6, 1..4));
    prop::collection::vec(entry, 1..12)
}

fn item(drawn: u8) -> (Frame, Vec<u8>) {
    match drawn {
        0 => creation(1, "Un"),
        1 => statement(1, "fermé"),
        2 => erase(of_record(2)),
        3 => erase(of_items([])),
        4 => {
            let act = Act::Suspend {
                feed: key(103).public().feed(),
                position: crdt_schema::governance::Position {
                    sequence: 0,
                    entry: EntryId::from_bytes([0; 32]),
                },
            };
            (Frame::Act("suspend".to_owned()), act.to_content())
        }
        _ => (Frame::Act("plus tard".to_owned()), vec![0x80]),
    }
}

/// Three feeds: one of a coordinator, two of other partners.
fn signed(drawn: &[Drawn]) -> Vec<VerifiedEntry> {
    let mut feeds: Vec<(Feed, VerifiedEntry)> = (1..4).map(Feed::new).collect();
    let mut entries: Vec<_> = feeds.iter().map(|(_, first)| first.clone()).collect();
    for (author, kind, items) in drawn {
        let (feed, _) = &mut feeds[usize::from(*author) - 1];
        entries.push(feed.sign(*kind, items.iter().map(|it| item(*it)).collect()));
    }
    entries
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_state_after_a_start_is_the_state_before_it(drawn in drawn()) {
        let folder = tempfile::tempdir().expect("a folder");
        Replica::create(folder.path(), &[charter()], &[]).expect("an empty folder");
        let replica = open(folder.path(), 4);
        replica.ingest(signed(&drawn)).expect("it is written");
        let before = replica.state().clone();
        drop(replica);
        let replica = open(folder.path(), 4);
        let after = replica.state();
        prop_assert_eq!(before.acts(), after.acts());
        prop_assert_eq!(before.certificates(), after.certificates());
        prop_assert_eq!(&before.beginnings, &after.beginnings);
        prop_assert_eq!(&before.checkpoints, &after.checkpoints);
        prop_assert_eq!(before.governance(), after.governance());
        prop_assert_eq!(&before.labels, &after.labels);
        let (held, again): (Vec<_>, Vec<_>) =
            (before.feeds().entries().collect(), after.feeds().entries().collect());
        prop_assert_eq!(held, again);
    }
}

#[test]
fn only_governance_entries_bring_acts() {
    let node = Node::new(1);
    let (mut feed, first) = Feed::new(2);
    let misplaced = feed.sign(Kind::Contribution, vec![erase(of_record(1))]);
    let own = feed.sign(Kind::Governance, vec![erase(of_record(1))]);
    let entries = vec![first, misplaced, own.clone()];
    node.replica.ingest(entries).expect("it is written");
    let carriers = |node: &Node| -> Vec<EntryId> {
        let state = node.replica.state();
        state.acts().values().map(|act| act.entry).collect()
    };
    assert_eq!(carriers(&node), [own.id()]);
    let node = node.reopened(1);
    assert_eq!(carriers(&node), [own.id()]);
}
