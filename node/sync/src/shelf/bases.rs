//! Edits whose bases are not held: so many of one partner, and then its feed waits for them.

use std::time::Duration;

use crdt_schema::cbor::Wire;
use crdt_schema::edit::{Content, Operation, Value};
use crdt_schema::entry::{Body, EditFrame, Frame, Item, Kind, RecordBirth};
use crdt_schema::governance::Charter;
use crdt_schema::id::{ItemId, RecordId};

use super::quotas::{Feed, NOON, Node, charter, partner};
use crate::intake::PauseReason;
use crate::limits::WAITING_EDITS_MAX;
use crate::quota::Account;

const DEADLINE: Duration = Duration::from_secs(60);
/// Edits of one entry.
const EDITS: usize = 200;
/// Entries that bring as many edits as may wait.
pub(super) const ENTRIES: usize = WAITING_EDITS_MAX as usize / EDITS;

fn birth(number: usize) -> RecordBirth {
    let mut nonce = [0; 16];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    RecordBirth {
        kind: "actor".to_owned(),
        territory: "45".to_owned(),
        nonce,
    }
}

fn record(charter: &Charter, number: usize) -> RecordId {
    let birth = birth(number);
    RecordId::of(
        &charter.federation(),
        &birth.kind,
        &birth.territory,
        &birth.nonce,
    )
}

fn edit(frame: EditFrame, salt: u8) -> Item {
    let operation = Operation::Put {
        field: "name".to_owned(),
        value: Value::Text(format!("Club inventé {salt}")),
    };
    Item {
        frame: Frame::Edit(frame),
        body: Body::Held {
            salt: [salt; 16],
            content: Content(vec![operation]).to_cbor(),
        },
    }
}

/// The feed that makes the records.
pub(super) fn makers(charter: &Charter) -> Feed<'_> {
    let mut feed = Feed::of(charter, partner(3), 3, 103);
    let creations = (0..EDITS).map(|number| {
        let frame = EditFrame {
            record: record(charter, number),
            base: Vec::new(),
            creation: Some(birth(number)),
        };
        edit(frame, 0)
    });
    let start = feed.entries[0].clone();
    feed.sign(Kind::Contribution, Some(&start), creations.collect(), NOON);
    feed
}

/// The feed that changes each record so many times: each entry stands on the one before, so that one creation carries all of them.
pub(super) fn changers<'c>(charter: &'c Charter, made: &Feed<'_>, entries: usize) -> Feed<'c> {
    let mut feed = Feed::of(charter, partner(2), 2, 102);
    let mut before = made.entries[1].id();
    for number in 0..entries {
        let edits = (0..EDITS).map(|index| {
            let frame = EditFrame {
                record: record(charter, index),
                base: vec![ItemId::of(&before, index as u32)],
                creation: None,
            };
            edit(frame, number as u8)
        });
        let last = feed.entries.last().cloned();
        feed.sign(Kind::Contribution, last.as_ref(), edits.collect(), NOON);
        before = feed.entries.last().expect("just signed").id();
    }
    feed
}

fn waiting(node: &Node, feed: &Feed<'_>) -> u64 {
    assert!(node.shelf.replica.wait_for_views(DEADLINE));
    let waiting = node.shelf.replica.waiting_edits();
    waiting.get(&feed.id()).map_or(0, |waiting| waiting.edits)
}

#[test]
fn edits_without_bases_are_kept_up_to_a_bound_and_all_resumes_when_the_bases_come() {
    let charter = charter(None);
    let node = Node::new(&charter);
    let made = makers(&charter);
    let changed = changers(&charter, &made, ENTRIES + 2);
    let receipt = node.take(&changed);
    // The certificate besides.
    assert_eq!(node.held(&changed), ENTRIES + 1);
    assert_eq!(
        (receipt.waiting, receipt.misses),
        (vec![changed.id()], true)
    );
    let pause = node.shelf.intake.pauses()[&changed.id()].clone();
    assert_eq!(pause.reason, PauseReason::Missing);
    assert_eq!(
        (pause.account, pause.reason.until()),
        (Account::Partner(partner(2)), None)
    );
    assert_eq!(waiting(&node, &changed), WAITING_EDITS_MAX);
    assert!(!node.shelf.intake.end_pauses());
    // Also after a restart, of the node and of its replica.
    let node = node.restart();
    assert_eq!(node.take(&changed).waiting, [changed.id()]);
    let (missing, count) = node.shelf.replica.missing_bases(3).expect("readable");
    assert_eq!((missing.len(), count), (3, EDITS));
    for each in &missing {
        let its = (0..EDITS).find(|number| record(&charter, *number) == each.record);
        let base = ItemId::of(&made.entries[1].id(), its.expect("a record") as u32);
        assert_eq!(each.missing, [base]);
        assert_eq!(each.feeds, [changed.id()].into());
    }
    // Others are not held up.
    assert!(node.take(&made).paused.is_empty());
    assert_eq!(waiting(&node, &changed), 0);
    assert!(!node.shelf.intake.is_paused(&changed.id()));
    assert!(node.shelf.intake.end_pauses());
    assert!(node.take(&changed).paused.is_empty());
    assert_eq!(node.held(&changed), ENTRIES + 3);
    assert_eq!(waiting(&node, &changed), 0);
    let (missing, count) = node.shelf.replica.missing_bases(3).expect("readable");
    assert_eq!((missing.len(), count), (0, 0));
}

#[test]
fn bases_in_the_same_batch_keep_nobody_waiting() {
    let charter = charter(None);
    let node = Node::new(&charter);
    let made = makers(&charter);
    let changed = changers(&charter, &made, ENTRIES + 2);
    let both = [made.signed(), changed.signed()].concat();
    let receipt = node.try_take(8, both).expect("stored");
    assert!(receipt.paused.is_empty());
    assert_eq!(node.held(&changed), ENTRIES + 3);
}
