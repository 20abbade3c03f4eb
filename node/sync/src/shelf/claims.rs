//! A node whose store was rolled back, with its sidecar: what peers say of its feed, and what they show.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crdt_schema::governance::Charter;
use replica::{Author, ContributeError, Signing};

use super::erasures::key;
use super::quotas::{Feed, NOON, charter, now, partner};
use super::*;
use crate::invite::{JoinError, JoinReply, JoinRequest};
use crate::limits::{CLAIM_MAX, HELD_EVERY};
use crate::message::{FeedHeads, Head};
use crate::quota::SpentRow;
use crate::session::{OwnFeed, PeerFault};
use crdt_schema::id::FeedId;

/// The network identities of the partners are their numbers.
const WITNESS: PeerId = PeerId::from_bytes([3; 32]);
const OTHER: PeerId = PeerId::from_bytes([1; 32]);

/// Counts what it is told.
#[derive(Default)]
struct Told {
    claimed: AtomicUsize,
    unproved: AtomicUsize,
    compared: AtomicUsize,
    level: AtomicUsize,
}

impl Told {
    fn all(&self) -> [usize; 4] {
        [&self.claimed, &self.unproved, &self.compared, &self.level]
            .map(|count| count.load(Ordering::SeqCst))
    }
}

impl Door for Told {
    fn is_allowed(&self, _: &[u8; 32]) -> bool {
        true
    }

    fn is_open(&self) -> bool {
        false
    }

    fn join(&self, _: &JoinRequest, _: [u8; 32]) -> JoinReply {
        JoinReply::Refused(JoinError::Code)
    }

    fn claimed(&self, _: &[u8; 32], _: u64) {
        self.claimed.fetch_add(1, Ordering::SeqCst);
    }

    fn unproved(&self, _: &[u8; 32]) {
        self.unproved.fetch_add(1, Ordering::SeqCst);
    }

    fn compared(&self) {
        self.compared.fetch_add(1, Ordering::SeqCst);
    }

    fn level(&self) {
        self.level.fetch_add(1, Ordering::SeqCst);
    }

    fn feeds_of(&self, _: &[u8; 32]) -> Vec<FeedId> {
        Vec::new()
    }

    fn spent(&self) -> Vec<SpentRow> {
        Vec::new()
    }

    fn keep_spent(&self, _: &[SpentRow]) {}
}

struct Restored {
    shelf: Shelf,
    told: Arc<Told>,
    _folder: tempfile::TempDir,
}

/// The node of the second partner, which holds the first entries of its feed and believes that there are no others.
fn restored(charter: &Charter, feed: &Feed<'_>, held: usize) -> Restored {
    let folder = tempfile::tempdir().expect("a folder");
    Replica::create(folder.path(), std::slice::from_ref(charter), &[]).expect("empty");
    let keyless = Replica::open(folder.path(), None).expect("a store");
    keyless
        .ingest(feed.entries[..held].to_vec())
        .expect("written");
    // The certificate of the witness, so that it is known whose node it is.
    let its = Feed::of(charter, partner(3), 3, 103);
    keyless.ingest(its.entries).expect("written");
    drop(keyless);
    let last = &feed.entries[held - 1];
    let sidecar = format!("{} {} {}\n", feed.id(), held - 1, last.id());
    std::fs::write(folder.path().join("published"), sidecar).expect("writable");
    let author = Author {
        secret: key(102),
        now,
        fill_random: |bytes| bytes.fill(7),
    };
    let replica = Arc::new(Replica::open(folder.path(), Some(author)).expect("a store"));
    assert_eq!(replica.signing(), Signing::Feed(feed.id()));
    let told = Arc::new(Told::default());
    let door = Arc::clone(&told) as Arc<dyn Door>;
    let intake = Intake::new(Arc::clone(&replica), Arc::clone(&door), now);
    Restored {
        shelf: Shelf::new(replica, door, Arc::new(intake)),
        told,
        _folder: folder,
    }
}

impl Restored {
    fn take(&self, feed: &Feed<'_>, entries: std::ops::Range<usize>) {
        let batch = Batch::Entries(feed.signed()[entries].to_vec());
        self.shelf.store_now(Some(WITNESS), batch).expect("sound");
    }

    fn claim(&self, by: PeerId, feed: &Feed<'_>) {
        let last = feed.entries.last().expect("some");
        let head = Head {
            sequence: last.header().sequence,
            id: last.id(),
        };
        let heads = FeedHeads {
            feed: feed.id(),
            heads: vec![head],
        };
        self.shelf
            .hear(by, &Event::OwnFeed(OwnFeed::Unknown(heads)));
    }

    /// Signs, as whatever does not wait.
    fn sign(&self) -> Result<(), ContributeError> {
        self.shelf.replica.checkpoint().map(drop)
    }
}

#[test]
fn an_entry_of_our_feed_ends_it_also_where_it_is_not_kept() {
    // Two entries a day: with the certificate and the first one, the day is used up.
    let charter = charter(Some(2));
    let feed = Feed::of(&charter, partner(2), 2, 102).write(8, NOON);
    for (what, brought) in [("beyond the quota", 2..9), ("without its past", 5..6)] {
        let node = restored(&charter, &feed, 2);
        node.take(&feed, 0..2);
        node.sign().expect("what is held proves nothing");
        let node = restored(&charter, &feed, 2);
        node.take(&feed, brought);
        let signing = node.shelf.replica.signing();
        assert_eq!(signing, Signing::Ended(feed.id()), "{what}");
        let refused = node.sign().expect_err("no key");
        assert_eq!(refused.code(), "read_only", "{what}");
        assert_eq!(node.told.all()[0], 0, "it needs no word before");
    }
}

#[tokio::test(start_paused = true)]
async fn a_word_holds_signing_for_a_minute_and_a_shown_entry_ends_the_feed() {
    let charter = charter(None);
    let feed = Feed::of(&charter, partner(2), 2, 102).write(5, NOON);
    let node = restored(&charter, &feed, 3);
    node.sign().expect("nobody has said anything");
    let head = || {
        let state = node.shelf.replica.state();
        state.feeds().furthest_head(&feed.id())
    };
    let before = head();
    node.claim(WITNESS, &feed);
    let refused = node.sign().expect_err("held");
    assert_eq!(refused.code(), "signing_held");
    assert_eq!(head(), before, "nothing was signed");
    assert_eq!(node.told.all(), [1, 0, 0, 0]);
    // Others and their words change nothing of it.
    node.shelf.hear(OTHER, &Event::Level);
    node.shelf.ended(OTHER, &Close::Lost);
    node.shelf.ended(WITNESS, &Close::Lost);
    tokio::time::advance(CLAIM_MAX - Duration::from_secs(1)).await;
    node.shelf.claiming().lapse();
    assert!(node.sign().is_err());
    node.take(&feed, 3..4);
    assert_eq!(node.shelf.replica.signing(), Signing::Ended(feed.id()));
    assert!(
        !node.shelf.replica.is_signing_held(),
        "there is nothing to hold"
    );
}

#[tokio::test(start_paused = true)]
async fn a_word_without_an_entry_ends_nothing_and_is_not_heard_again() {
    let charter = charter(None);
    let feed = Feed::of(&charter, partner(2), 2, 102).write(5, NOON);
    let node = restored(&charter, &feed, 3);
    node.claim(WITNESS, &feed);
    assert!(node.sign().is_err());
    tokio::time::advance(CLAIM_MAX + HELD_EVERY).await;
    node.shelf.claiming().lapse();
    node.sign().expect("the time is over");
    // Its line broke: it is heard once more, has its time, and is at fault.
    node.claim(WITNESS, &feed);
    assert!(node.sign().is_err());
    node.shelf.ended(WITNESS, &PeerFault::OwnFeed.into());
    node.sign().expect("it is not waited for any more");
    node.claim(WITNESS, &feed);
    node.sign().expect("it is not believed");
    // Another node of the same partner would not be either; another partner is.
    assert_eq!(node.told.all(), [2, 1, 0, 0]);
    node.claim(OTHER, &feed);
    assert!(node.sign().is_err());
}

#[test]
fn whoever_has_named_what_it_does_not_show_confirms_nothing() {
    let charter = charter(None);
    let feed = Feed::of(&charter, partner(2), 2, 102).write(5, NOON);
    let node = restored(&charter, &feed, 3);
    let confirmed = || {
        let heads = FeedHeads {
            feed: feed.id(),
            heads: Vec::new(),
        };
        Event::OwnFeed(OwnFeed::Confirmed(heads))
    };
    node.shelf.hear(WITNESS, &confirmed());
    node.shelf.hear(WITNESS, &Event::Level);
    assert_eq!(node.told.all(), [0, 0, 2, 1]);
    node.claim(WITNESS, &feed);
    node.shelf.hear(WITNESS, &confirmed());
    node.shelf.hear(WITNESS, &Event::Level);
    assert_eq!(node.told.all(), [1, 0, 2, 2]);
    node.shelf.hear(OTHER, &confirmed());
    assert_eq!(node.told.all(), [1, 0, 3, 2]);
}
