//! A disk that fills up, and has room again. The tests say what is free.

use std::sync::atomic::{AtomicU64, Ordering};

use crdt_schema::governance::Charter;
use replica::{FreeMin, Space};

use super::quotas::{Feed, NOON, Node, charter, partner};
use super::*;
use crate::intake::PauseReason;

/// What is kept free in these tests.
const MIN: u64 = 4_000;

/// Guards the disk of a node. What is free is what the answer holds.
fn guarded(node: &Node) -> Arc<AtomicU64> {
    let free = Arc::new(AtomicU64::new(MIN));
    let said = Arc::clone(&free);
    let replica = &node.shelf.replica;
    replica.measure_with(Box::new(move |_| {
        Ok(Space {
            free_bytes: said.load(Ordering::SeqCst),
            total_bytes: u64::MAX,
        })
    }));
    replica.keep_free(FreeMin::Bytes(MIN));
    free
}

#[test]
fn below_the_guard_only_coordinators_are_heard_and_below_a_quarter_of_it_nobody() {
    let charter = charter(None);
    let node = Node::new(&charter);
    let free = guarded(&node);
    let decided = Feed::of(&charter, partner(1), 1, 101).write(2, NOON);
    let written = Feed::of(&charter, partner(2), 2, 102).write(2, NOON);
    free.store(MIN - 1, Ordering::SeqCst);
    let receipt = node.take(&written);
    let waiting = vec![written.id()];
    assert_eq!(
        (receipt.paused, receipt.waiting, node.held(&written)),
        (waiting.clone(), waiting, 0)
    );
    let pause = node.shelf.intake.pauses()[&written.id()].clone();
    assert_eq!(
        (pause.reason, pause.reason.code(), pause.reason.until()),
        (PauseReason::Disk, "disk", None)
    );
    assert!(node.shelf.intake.is_paused(&written.id()));
    assert!(node.take(&decided).paused.is_empty());
    assert_eq!(node.held(&decided), 3);
    // Full: what cannot be stored is not acknowledged, and the session goes on, since our own entries may be sent.
    free.store(MIN / 4 - 1, Ordering::SeqCst);
    let more = Feed::of(&charter, partner(1), 1, 101).write(4, NOON);
    let receipt = node.take(&more);
    assert_eq!(receipt.heads, []);
    assert_eq!(receipt.waiting, [more.id()]);
    let reason = node.shelf.intake.pauses()[&more.id()].reason;
    assert_eq!(
        (reason.code(), reason.until(), node.held(&more)),
        ("disk_full", None, 3)
    );
    let replica = &node.shelf.replica;
    let refused = storing::objects(replica, &[charter_after(&charter)], &[]);
    assert_eq!(refused, Err(Refusal::NoRoom));
    assert_eq!(node.take(&written).waiting, [written.id()]);
    assert_eq!((node.held(&written), node.held(&more)), (0, 3));
    assert!(!node.shelf.intake.end_pauses());
    // Some room, without a restart: coordinators first.
    free.store(MIN / 4, Ordering::SeqCst);
    assert!(node.shelf.intake.end_pauses());
    assert!(!node.shelf.intake.is_paused(&more.id()));
    assert!(node.shelf.intake.is_paused(&written.id()));
    assert!(node.take(&more).paused.is_empty());
    free.store(MIN, Ordering::SeqCst);
    assert!(node.shelf.intake.end_pauses());
    assert!(!node.shelf.intake.is_paused(&written.id()));
    assert!(node.take(&written).paused.is_empty());
    assert_eq!((node.held(&written), node.held(&more)), (3, 5));
    let taken = storing::objects(replica, &[charter_after(&charter)], &[]);
    assert!(taken.expect("stored").has_new_objects);
    assert!(replica.fault().is_none());
}

fn charter_after(charter: &Charter) -> Vec<u8> {
    let next = Charter {
        federation: Some(charter.federation()),
        version: 1,
        parent: Some(charter.id()),
        ..charter.clone()
    };
    next.to_bytes()
}
