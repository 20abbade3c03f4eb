use super::*;
use crate::NewItem;
use crate::erasure::tests::federation::{Node, creation, record};
use crate::search::Query;

const RECORDS: u8 = 160;

#[test]
fn an_index_that_is_left_in_the_middle_goes_on_where_it_was() {
    let node = Node::new(2);
    let numbers = 1..=RECORDS;
    let items = numbers.clone().map(|number| {
        let (frame, content) = creation(number, &format!("Association {number}"));
        NewItem { frame, content }
    });
    node.replica.contribute(items.collect()).expect("written");
    node.settle();
    let reader = node.replica.read().expect("a snapshot");
    let changes: Vec<_> = numbers.map(|it| (u64::from(it) + 7, record(it))).collect();
    let newest = u64::from(RECORDS) + 7;
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::open(folder.path()).expect("opened");
    index.apply(Vec::new(), 7).expect("written");

    node.replica.shared.stop_worker();
    let chunk = CHUNK_DOCUMENTS as u64;
    // Each start that is stopped comes one chunk further.
    for start in 0..6 {
        let from = 7 + start * chunk;
        let left: Vec<_> = changes
            .iter()
            .filter(|(it, _)| *it > from)
            .copied()
            .map(Ok)
            .collect();
        let stopped = fill_changes(&index, &reader, left.into_iter(), (from, newest));
        assert!(matches!(stopped, Err(Fault::Stopped(_))), "{stopped:?}");
        assert_eq!(index.progress(), Some(from + chunk));
    }
    let left: Vec<_> = changes
        .iter()
        .filter(|(it, _)| *it > 157)
        .copied()
        .map(Ok)
        .collect();
    fill_changes(&index, &reader, left.into_iter(), (157, newest))
        .expect("less than a chunk is left");
    assert_eq!(index.progress(), Some(newest));
    let held = index.count(&Query::default()).expect("counted");
    assert_eq!(held, u64::from(RECORDS));

    // One that is filled anew says nothing of what it has read.
    let stopped = fill_anew(&index, &reader, newest);
    assert!(matches!(stopped, Err(Fault::Stopped(_))), "{stopped:?}");
    assert_eq!(index.progress().unwrap_or(0), 0);
}
