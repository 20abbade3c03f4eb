//! Whole replicas in temporary folders: what one signs, another takes, and both show the same.

use std::sync::Arc;

use crate::harness::federation::{DEADLINE, Node, birth, charter, key};
use replica::Replica;

#[test]
fn edits_made_apart_merge_and_keep_both_values() {
    let (prefecture, ville) = (Node::new(1), Node::new(2));
    let (record, birth) = birth(1);
    prefecture.put(record, Some(birth), "Maison de quartier");
    ville.take_all(&prefecture);
    assert_eq!(ville.names(&record), ["Maison de quartier"]);
    assert_eq!(prefecture.names(&record), ["Maison de quartier"]);
    prefecture.put(record, None, "Maison du quartier nord");
    ville.put(record, None, "Maison de quartier Jean-Zay");
    assert_ne!(prefecture.digest(), ville.digest());
    ville.take_all(&prefecture);
    prefecture.take_all(&ville);
    assert_eq!(prefecture.digest(), ville.digest());
    let mut names = ville.names(&record);
    assert_eq!(names, prefecture.names(&record));
    names.sort();
    assert_eq!(
        names,
        ["Maison de quartier Jean-Zay", "Maison du quartier nord"]
    );
    ville.put(record, None, "Maison de quartier Jean-Zay");
    prefecture.take_all(&ville);
    assert_eq!(prefecture.names(&record), ["Maison de quartier Jean-Zay"]);
    assert_eq!(prefecture.digest(), ville.digest());
}

#[test]
fn a_replica_that_is_opened_again_holds_the_same() {
    let node = Node::new(1);
    let (record, birth) = birth(1);
    node.put(record, Some(birth), "Maison de quartier");
    let digest = node.digest();
    let Node { replica, folder } = node;
    drop(replica);
    let node = Node {
        replica: Node::open(folder.path(), 1),
        folder,
    };
    assert_eq!(node.digest(), digest);
    node.put(record, None, "Maison du quartier");
    assert_eq!(node.names(&record), ["Maison du quartier"]);
    assert_ne!(node.digest(), digest);
}

#[test]
fn locks_that_a_process_being_started_still_shares_are_waited_for() {
    let node = Node::new(1);
    let Node { replica, folder } = node;
    drop(replica);
    for file in ["replica.redb", "search/.tantivy-writer.lock"] {
        // Between the fork and the exec of a child, the child has every open file too, with its locks.
        let shared = std::fs::File::options()
            .read(true)
            .write(true)
            .open(folder.path().join(file))
            .expect("it is there");
        shared.try_lock().expect("nobody has it");
        let child = std::thread::spawn(move || {
            std::thread::park_timeout(std::time::Duration::from_millis(200));
            drop(shared);
        });
        // It was taken for a store in use, or for an index in use.
        drop(Node::open(folder.path(), 1));
        child.join().expect("it ended");
    }
}

#[test]
fn what_comes_before_its_base_waits_and_then_counts() {
    let (prefecture, ville, third) = (Node::new(1), Node::new(2), Node::new(1));
    let (record, birth) = birth(1);
    prefecture.put(record, Some(birth), "Maison de quartier");
    ville.take_all(&prefecture);
    ville.put(record, None, "Maison du quartier");
    // A third node gets the ville's feed first: its edit stands on one that is not there yet.
    let federation = charter().federation();
    let (own, others): (Vec<_>, Vec<_>) = ville
        .entries()
        .into_iter()
        .map(|entry| entry.verify(&federation).expect("signed"))
        .partition(|entry| entry.header().feed == key(102).public().feed());
    let folder = tempfile::tempdir().expect("a folder");
    Replica::create(folder.path(), &[charter()], &[]).expect("an empty folder");
    drop(third);
    let late = Node {
        replica: Arc::new(Replica::open(folder.path(), None).expect("a store")),
        folder,
    };
    late.replica.ingest(own).expect("it is written");
    assert!(late.replica.wait_for_views(DEADLINE));
    let counts = late
        .replica
        .read()
        .expect("a snapshot")
        .counts()
        .expect("readable");
    assert_eq!((counts.records, counts.troubles.pending), (0, 1));
    late.replica.ingest(others).expect("it is written");
    assert_eq!(late.digest(), ville.digest());
    let counts = late
        .replica
        .read()
        .expect("a snapshot")
        .counts()
        .expect("readable");
    assert_eq!((counts.records, counts.troubles.pending), (1, 0));
}

#[test]
fn a_gap_in_a_feed_is_never_skipped() {
    let (prefecture, ville) = (Node::new(1), Node::new(2));
    let (record, birth) = birth(1);
    prefecture.put(record, Some(birth), "a");
    let skipped = prefecture.put(record, None, "b");
    let last = prefecture.put(record, None, "c");
    let federation = charter().federation();
    let entries = prefecture
        .entries()
        .into_iter()
        .map(|entry| entry.verify(&federation).expect("signed"));
    let entries: Vec<_> = entries.filter(|entry| entry.id() != skipped).collect();
    let ingested = ville.replica.ingest(entries).expect("it is written");
    assert_eq!(ingested.unconnected, Some(last));
    assert_eq!(ingested.added, 2);
    assert_eq!(ville.names(&record), ["a"]);
}
