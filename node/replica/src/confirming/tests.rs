//! What is asked for, turn after turn; and what a new instance key changes.

use crdt_schema::cbor::Wire;
use crdt_schema::checkpoint::{Checkpoint, NamedHeads};
use crdt_schema::entry::{Certificate, Frame, Kind};
use crdt_schema::governance::Act;

use super::*;
use crate::author::{Author, NewItem};
use crate::erasure::tests::federation::{Feed, Node, charter, erase, key, now, of_record};

const DAY_MS: i64 = 24 * 3_600_000;

fn head(feed: [u8; 32]) -> UnknownHead {
    UnknownHead {
        feed: FeedId::from_bytes(feed),
        sequence: 0,
        entry: EntryId::from_bytes(feed),
    }
}

fn numbered(kind: u8, number: u16) -> UnknownHead {
    let mut feed = [kind; 32];
    feed[30..].copy_from_slice(&number.to_be_bytes());
    head(feed)
}

fn seen(unknown: Vec<UnknownHead>, strange: Vec<UnknownHead>) -> GovernanceSeen {
    let confirmation = confirm(&[], &BTreeSet::new(), now(), now(), 7);
    GovernanceSeen {
        confirmation,
        words: Vec::new(),
        unknown,
        strange,
    }
}

#[test]
fn whoever_names_a_thousand_feeds_hides_none_of_a_coordinator_and_delays_the_others() {
    let partner = |number| PartnerId::from_bytes([number; 32]);
    let liar: BTreeSet<_> = (0..1_000).map(|number| numbered(0, number)).collect();
    let honest = BTreeSet::from([numbered(9, 1)]);
    let strange = taking_turns(&[(partner(1), liar), (partner(2), honest)].into());
    let known: Vec<_> = (0..3).map(|number| numbered(7, number)).collect();
    let seen = seen(known.clone(), strange);
    assert!(
        seen.to_ask(0).contains(&numbered(9, 1)),
        "each partner has its turn"
    );
    let mut asked = BTreeSet::new();
    for turn in 0..20 {
        let heads = seen.to_ask(turn);
        assert_eq!(heads.len(), UNKNOWN_MAX, "turn {turn}");
        assert_eq!(heads[..3], known, "turn {turn}");
        asked.extend(heads);
    }
    assert_eq!(asked.len(), 1_004, "everything has its turn");
}

#[test]
fn a_few_heads_are_all_asked_for_and_a_feed_once() {
    let two = UnknownHead {
        sequence: 1,
        ..numbered(7, 1)
    };
    let seen = seen(vec![numbered(7, 1), two], vec![numbered(8, 1)]);
    for turn in [0, 1, usize::MAX] {
        assert_eq!(seen.to_ask(turn), [numbered(7, 1), numbered(8, 1)]);
    }
    assert!(
        super::tests::seen(Vec::new(), Vec::new())
            .to_ask(3)
            .is_empty()
    );
}

fn says(by: &mut Feed, acts: NamedHeads) -> crdt_schema::entry::VerifiedEntry {
    let content = Checkpoint {
        tip: (0, charter().id()),
        governance: acts,
        heads: [0; 32],
        unfinished: Some(BTreeSet::new()),
    };
    by.sign(
        Kind::Checkpoint,
        vec![(Frame::Checkpoint, content.to_cbor())],
    )
}

/// A second instance of a partner, at the endpoint of the first.
fn renewed(partner: u8) -> (Certificate, Author) {
    let (root, instance) = (key(partner), key(partner + 200));
    let certificate = Certificate::sign(
        &root,
        root.public().partner(),
        &charter().federation(),
        &instance.public().feed(),
        [partner; 32],
    );
    let author = Author {
        secret: instance,
        now,
        fill_random: |bytes| bytes.fill(7),
    };
    (certificate, author)
}

#[test]
fn a_new_instance_key_begins_no_new_days() {
    let node = Node::new(1);
    let before = node.replica.governance_seen(now(), 7).expect("read");
    // Some seconds later, by the clock of the tests.
    for _ in 0..100 {
        now();
    }
    let (certificate, author) = renewed(1);
    node.replica
        .renew(author, certificate, &[])
        .expect("renewed");
    let after = node.replica.governance_seen(now(), 7).expect("read");
    assert_eq!(after.confirmation.since, before.confirmation.since);
}

#[test]
fn the_word_of_a_node_outlives_its_instance_key_and_its_receipts_do_not() {
    let node = Node::new(1);
    let frame = erase(of_record(1));
    let act = node.replica.decide(vec![NewItem {
        frame: frame.0,
        content: frame.1,
    }]);
    let act = *act.expect("signed").first().expect("an entry");
    let own = node.replica.feed().expect("it signs");
    let named: NamedHeads = [(own, [(1, act)].into())].into();
    let (mut feed, first) = Feed::new(2);
    let said = says(&mut feed, named);
    node.replica.ingest(vec![first, said]).expect("written");
    let confirming = |node: &Node| -> BTreeSet<PartnerId> {
        let at = Timestamp::from_millis(now().as_millis() + DAY_MS / 2);
        let seen = node.replica.governance_seen(at, 7).expect("read");
        seen.confirmation.by.into_keys().collect()
    };
    let done = |node: &Node| {
        let board = node.replica.erasure_board().expect("read");
        let its = board[0].nodes.iter().find(|it| it.feed != own);
        its.expect("a second node").is_done
    };
    let other: BTreeSet<_> = [key(2).public().partner()].into();
    assert_eq!((confirming(&node), done(&node)), (other.clone(), true));

    let (certificate, author) = renewed(2);
    let item = crdt_schema::entry::Item {
        frame: Frame::Certificate(Box::new(certificate)),
        body: crdt_schema::entry::Body::Held {
            salt: [3; 16],
            content: b"essai".to_vec(),
        },
    };
    let unsigned = crdt_schema::entry::UnsignedEntry {
        kind: Kind::Certificate,
        federation: charter().federation(),
        place: (0, None),
        charter: charter().id(),
        claimed: now(),
        payload: crdt_schema::entry::Payload::new(vec![item]).expect("small"),
    };
    let started = unsigned.sign(&author.secret);
    node.replica.ingest(vec![started]).expect("written");
    assert_eq!((confirming(&node), done(&node)), (other, false));

    // What a cut feed said is nobody's word.
    let (position, feed) = {
        let state = node.replica.state();
        let feed = key(102).public().feed();
        let (sequence, entry) = state.feeds().furthest_head(&feed).expect("held");
        (crdt_schema::governance::Position { sequence, entry }, feed)
    };
    let cut = Act::Cut { feed, position };
    let cut = NewItem {
        frame: Frame::Act("cut".to_owned()),
        content: cut.to_content(),
    };
    node.replica.decide(vec![cut]).expect("signed");
    assert!(confirming(&node).is_empty());
}
