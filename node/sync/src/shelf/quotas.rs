//! Quotas over a real replica: who pays, who waits, who is never stopped.

use std::cell::Cell;

use crdt_schema::entry::{
    Body, Certificate, Frame, Item, Kind, Payload, SignedEntry, UnsignedEntry, VerifiedEntry,
};
use crdt_schema::governance::{Charter, Position, Quotas};
use crdt_schema::id::{EntryId, FeedId, PartnerId};
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;
use replica::Replica;

use super::erasures::{charter_of, key};
use super::tests::Open;
use super::*;
use crate::intake::{Pause, PauseReason};
use crate::limits::FETCH_IDS_MAX;
use crate::quota::{Account, Day};

/// Monday 24 November 2025, at noon.
pub(super) const NOON: Timestamp = Timestamp::from_millis(1_763_985_600_000);

thread_local! {
    /// Each test has its own thread, and so its own day.
    static DAYS: Cell<i64> = const { Cell::new(0) };
}

pub(super) fn now() -> Timestamp {
    NOON.plus_days(DAYS.get())
}

pub(super) fn next_day() {
    DAYS.set(DAYS.get() + 1);
}

pub(super) fn partner(number: u8) -> PartnerId {
    key(number).public().partner()
}

/// Three partners, of which the first coordinates.
pub(super) fn charter(entries_per_day: Option<u64>) -> Charter {
    Charter {
        quotas: Quotas {
            entries_per_day,
            bytes_per_day: None,
        },
        ..charter_of(3)
    }
}

/// Signs the feed of a node.
pub(super) struct Feed<'c> {
    charter: &'c Charter,
    instance: SecretKey,
    pub(super) entries: Vec<VerifiedEntry>,
}

impl<'c> Feed<'c> {
    /// The feed of the partner whose root is `key(root)`, with its certificate in the name of `partner`.
    pub(super) fn of(charter: &'c Charter, partner: PartnerId, root: u8, instance: u8) -> Self {
        Self::signed_by(charter, partner, root, key(instance))
    }

    /// The same, with any instance key.
    pub(super) fn signed_by(
        charter: &'c Charter,
        partner: PartnerId,
        root: u8,
        instance: SecretKey,
    ) -> Self {
        let feed = instance.public().feed();
        let certificate = Certificate::sign(
            &key(root),
            partner,
            &charter.federation(),
            &feed,
            [root; 32],
        );
        let mut feed = Self {
            charter,
            instance,
            entries: Vec::new(),
        };
        let frame = Frame::Certificate(Box::new(certificate));
        feed.sign(Kind::Certificate, None, vec![item(frame, 0)], NOON);
        feed
    }

    pub(super) fn id(&self) -> FeedId {
        self.instance.public().feed()
    }

    pub(super) fn sign(
        &mut self,
        kind: Kind,
        after: Option<&VerifiedEntry>,
        items: Vec<Item>,
        claimed: Timestamp,
    ) {
        let place = after.map_or((0, None), |after| {
            (after.header().sequence + 1, Some(after.id()))
        });
        let unsigned = UnsignedEntry {
            kind,
            federation: self.charter.federation(),
            place,
            charter: self.charter.id(),
            claimed,
            payload: Payload::new(items).expect("small items"),
        };
        self.entries.push(unsigned.sign(&self.instance));
    }

    /// Writes entries one after the other.
    pub(super) fn write(mut self, count: usize, claimed: Timestamp) -> Self {
        for _ in 0..count {
            let last = self.entries.last().cloned();
            let items = vec![item(Frame::Checkpoint, 0)];
            self.sign(Kind::Checkpoint, last.as_ref(), items, claimed);
        }
        self
    }

    pub(super) fn signed(&self) -> Vec<SignedEntry> {
        self.entries.iter().map(VerifiedEntry::to_signed).collect()
    }
}

/// An item whose content is of no importance.
fn item(frame: Frame, salt: u8) -> Item {
    let body = Body::Held {
        salt: [salt; 16],
        content: vec![salt; 100],
    };
    Item { frame, body }
}

pub(super) struct Node {
    pub(super) shelf: Shelf,
    door: Arc<Open>,
    folder: tempfile::TempDir,
}

impl Node {
    pub(super) fn new(charter: &Charter) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Replica::create(folder.path(), std::slice::from_ref(charter), &[]).expect("empty");
        let replica = Arc::new(Replica::open(folder.path(), None).expect("a store"));
        let door = Arc::new(Open::default());
        Self {
            shelf: shelf(replica, &door),
            door,
            folder,
        }
    }

    /// Forgets what is only in memory.
    pub(super) fn restart(self) -> Self {
        let Self {
            shelf: before,
            door,
            folder,
        } = self;
        // One process, one store.
        drop(before);
        let replica = Arc::new(Replica::open(folder.path(), None).expect("a store"));
        Self {
            shelf: shelf(replica, &door),
            door,
            folder,
        }
    }

    pub(super) fn try_take(&self, from: u8, entries: Vec<SignedEntry>) -> Result<Receipt, Refusal> {
        let from = Some(PeerId::from_bytes([from; 32]));
        self.shelf.store_now(from, Batch::Entries(entries))
    }

    pub(super) fn take(&self, feed: &Feed<'_>) -> Receipt {
        let receipt = self.try_take(8, feed.signed());
        receipt.expect("entries that can be stored")
    }

    /// How many entries of a feed are held.
    pub(super) fn held(&self, feed: &Feed<'_>) -> usize {
        let state = self.shelf.replica.state();
        let ids = feed.entries.iter().map(VerifiedEntry::id);
        ids.filter(|id| state.feeds().holds(id)).count()
    }

    fn spent(&self, account: Account) -> u64 {
        let spent = self.shelf.intake.spent_on(Day::of(now()));
        spent.get(&account).map_or(0, |spent| spent.entries)
    }
}

fn shelf(replica: Arc<Replica>, door: &Arc<Open>) -> Shelf {
    let door = Arc::clone(door) as Arc<dyn Door>;
    let intake = Intake::new(Arc::clone(&replica), Arc::clone(&door), now);
    Shelf::new(replica, door, Arc::new(intake))
}

#[test]
fn a_feed_beyond_the_quota_waits_at_a_prefix_and_goes_on_each_day() {
    let charter = charter(Some(4));
    let node = Node::new(&charter);
    let feed = Feed::of(&charter, partner(2), 2, 102).write(9, NOON);
    let receipt = node.take(&feed);
    assert_eq!((node.held(&feed), receipt.heads.len()), (4, 1));
    assert_eq!(receipt.paused, [feed.id()]);
    assert_eq!(receipt.waiting, [feed.id()]);
    let reason = PauseReason::Quota(charter.quotas, Day::of(NOON));
    let pause = Pause {
        account: Account::Partner(partner(2)),
        since: NOON,
        reason,
    };
    assert_eq!(node.shelf.intake.pauses(), [(feed.id(), pause)].into());
    assert_eq!(
        reason.until(),
        Some(Timestamp::from_millis(1_764_028_800_000))
    );
    // The books outlive a restart: nothing more comes on this day.
    let node = node.restart();
    assert_eq!(node.take(&feed).waiting, [feed.id()]);
    assert!(node.shelf.intake.is_paused(&feed.id()));
    assert!(!node.shelf.intake.end_pauses());
    for held in [8, 10] {
        next_day();
        assert!(!node.shelf.intake.is_paused(&feed.id()));
        assert!(node.shelf.intake.end_pauses());
        node.take(&feed);
        assert_eq!(node.held(&feed), held);
    }
    assert!(node.shelf.intake.pauses().is_empty());
}

#[test]
fn history_comes_at_once() {
    let charter = charter(Some(4));
    let node = Node::new(&charter);
    let mut feed = Feed::of(&charter, partner(2), 2, 102);
    for days in (0..60).rev() {
        feed = feed.write(3, NOON.plus_days(-7 * days));
    }
    assert!(node.take(&feed).paused.is_empty());
    assert_eq!(node.held(&feed), 181);
}

#[test]
fn no_branch_of_a_feed_that_waits_is_taken_in_the_same_batch() {
    let charter = charter(Some(3));
    let node = Node::new(&charter);
    let mut feed = Feed::of(&charter, partner(2), 2, 102).write(4, NOON);
    // A branch whose first entry claims a day that has room.
    let start = feed.entries[0].clone();
    let earlier = NOON.plus_days(-3);
    let items = vec![item(Frame::Checkpoint, 7)];
    feed.sign(Kind::Checkpoint, Some(&start), items, earlier);
    node.take(&feed);
    assert_eq!(node.held(&feed), 3);
    next_day();
    node.take(&feed);
    assert_eq!(node.held(&feed), 6);
}

#[test]
fn a_coordinator_is_counted_and_never_stopped_unless_it_is_cut() {
    let charter = charter(Some(4));
    let feed = Feed::of(&charter, partner(1), 1, 101).write(9, NOON);
    let node = Node::new(&charter);
    assert!(node.take(&feed).paused.is_empty());
    assert_eq!(node.held(&feed), 10);
    assert_eq!(node.spent(Account::Partner(partner(1))), 10);
    // The same feed where the charter has cut it after its sixth entry.
    let sixth = &feed.entries[5];
    let cut = Position {
        sequence: 5,
        entry: sixth.id(),
    };
    let cutting = Charter {
        federation: Some(charter.federation()),
        version: 1,
        parent: Some(charter.id()),
        cuts: [(feed.id(), cut)].into(),
        ..charter.clone()
    };
    let folder = tempfile::tempdir().expect("a folder");
    Replica::create(folder.path(), std::slice::from_ref(&cutting), &[]).expect("empty");
    let replica = Arc::new(Replica::open(folder.path(), None).expect("a store"));
    let shelf = shelf(replica, &Arc::default());
    let from = Some(PeerId::from_bytes([8; 32]));
    let receipt = shelf.store_now(from, Batch::Entries(feed.signed()));
    assert_eq!(receipt.expect("stored").waiting, [feed.id()]);
    let held = shelf.replica.state().feeds().furthest_head(&feed.id());
    assert_eq!(held, Some((5, sixth.id())));
}

#[test]
fn strangers_share_an_account_and_nobody_spends_what_is_not_theirs() {
    let charter = charter(Some(4));
    let node = Node::new(&charter);
    // Two organisations that nobody enrolled, and one that signs in the name of partner 2.
    let strangers = [(50, 50), (51, 51), (52, 2)];
    let feeds = strangers
        .map(|(root, name)| Feed::of(&charter, partner(name), root, root + 100).write(2, NOON));
    assert!(node.take(&feeds[0]).paused.is_empty());
    assert_eq!(node.take(&feeds[1]).waiting, [feeds[1].id()]);
    let forged = node.try_take(8, feeds[2].signed());
    assert!(matches!(forged, Err(Refusal::Invalid(_))), "{forged:?}");
    assert_eq!(node.spent(Account::Strangers), 4);
    assert_eq!(
        node.shelf.intake.pauses()[&feeds[1].id()].account,
        Account::Strangers
    );
    let honest = Feed::of(&charter, partner(2), 2, 102).write(3, NOON);
    assert!(node.take(&honest).paused.is_empty());
    assert_eq!(node.spent(Account::Partner(partner(2))), 4);
}

#[test]
fn what_all_peers_were_asked_for_is_held_against_none_of_them_once() {
    let charter = charter(Some(4));
    let node = Node::new(&charter);
    let feed = Feed::of(&charter, partner(2), 2, 102).write(3, NOON);
    node.take(&feed);
    let ids: Vec<_> = feed.entries.iter().map(VerifiedEntry::id).collect();
    for _ in 0..2 {
        // The first answer mends what is damaged, and the others come all the same.
        node.shelf.intake.expect(&ids);
        for peer in [7, 8] {
            let answer = node.try_take(peer, feed.signed());
            assert_eq!(answer, Ok(Receipt::default()));
        }
    }
    // Nothing of that was counted: as many as without a question, and not one more.
    for _ in 0..4 {
        assert_eq!(node.take(&feed), Receipt::default());
    }
    assert_eq!(node.try_take(8, feed.signed()), Err(Refusal::Flood));
}

#[test]
fn questions_for_too_many_entries_forget_the_earlier_ones() {
    let charter = charter(Some(4));
    let node = Node::new(&charter);
    let feed = Feed::of(&charter, partner(2), 2, 102).write(3, NOON);
    node.take(&feed);
    let ids: Vec<_> = feed.entries.iter().map(VerifiedEntry::id).collect();
    let others = |count: usize| -> Vec<EntryId> {
        let number = |each: usize| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&each.to_be_bytes());
            EntryId::from_bytes(bytes)
        };
        (0..count).map(number).collect()
    };
    node.shelf.intake.expect(&ids);
    node.shelf.intake.expect(&others(FETCH_IDS_MAX - ids.len()));
    let mut sent = (0..5).map(|_| node.try_take(8, feed.signed()));
    assert!(
        sent.all(|sent| sent.is_ok()),
        "one answer, four repetitions"
    );
    node.shelf.intake.expect(&ids);
    node.shelf.intake.expect(&others(FETCH_IDS_MAX));
    assert_eq!(node.try_take(8, feed.signed()), Err(Refusal::Flood));
}

#[test]
fn what_is_sent_again_and_again_is_held_against_its_sender_alone() {
    let charter = charter(Some(4));
    let node = Node::new(&charter);
    let feed = Feed::of(&charter, partner(2), 2, 102).write(3, NOON);
    node.take(&feed);
    // Three partners may publish twelve entries together; four were new, which two peers may send at once.
    for _ in 0..4 {
        assert_eq!(node.take(&feed), Receipt::default());
    }
    assert_eq!(node.try_take(8, feed.signed()), Err(Refusal::Flood));
    assert!(node.shelf.intake.pauses().is_empty());
    assert_eq!(node.spent(Account::Partner(partner(2))), 4);
    assert_eq!(node.try_take(7, feed.signed()), Ok(Receipt::default()));
    // What came for the first time before it was too much is kept.
    let other = Feed::of(&charter, partner(3), 3, 103).write(1, NOON);
    let mixed = [other.signed(), feed.signed(), feed.signed()].concat();
    assert_eq!(node.try_take(8, mixed), Err(Refusal::Flood));
    assert_eq!(node.held(&other), 2);
    assert_eq!(node.spent(Account::Partner(partner(3))), 2);
    next_day();
    assert_eq!(node.take(&feed), Receipt::default());
}

#[test]
fn without_quotas_nothing_is_counted() {
    let charter = charter(None);
    let node = Node::new(&charter);
    let feed = Feed::of(&charter, partner(2), 2, 102).write(50, NOON);
    for _ in 0..20 {
        assert!(node.take(&feed).paused.is_empty());
    }
    assert_eq!(node.held(&feed), 51);
    assert_eq!(node.spent(Account::Partner(partner(2))), 0);
    assert!(node.door.spent().is_empty());
}
