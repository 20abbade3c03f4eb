//! A real replica behind the shelf: what is read of it, and what peers may put into it.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crdt_schema::entry::{
    Body, Frame, Item, Kind, Payload, SignedEntry, StatementFrame, UnsignedEntry, VerifiedEntry,
};
use crdt_schema::governance::{Charter, Quotas, Recovery, Seat};
use crdt_schema::id::{FeedId, RecordId};
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;
use replica::Replica;

use super::*;
use crate::invite::{JoinError, JoinReply, JoinRequest};
use crate::limits::HEADS_MAX;
use crate::message::{Head, Tip};
use crate::quota::SpentRow;
use crate::session::{Library, Room};

const ROOM: Room = Room {
    entries: 256,
    bytes: 1 << 20,
};

/// Everybody may come in, and nobody new. It keeps what is spent, as a disk would.
#[derive(Default)]
pub(super) struct Open(Mutex<BTreeMap<[u8; 41], SpentRow>>);

impl Door for Open {
    fn is_allowed(&self, _: &[u8; 32]) -> bool {
        true
    }

    fn is_open(&self) -> bool {
        false
    }

    fn join(&self, _: &JoinRequest, _: [u8; 32]) -> JoinReply {
        JoinReply::Refused(JoinError::Code)
    }

    fn claimed(&self, endpoint: &[u8; 32], sequence: u64) {
        panic!("no node was rolled back, least of all to {sequence}: {endpoint:?}");
    }

    fn unproved(&self, endpoint: &[u8; 32]) {
        panic!("nothing was claimed: {endpoint:?}");
    }

    fn compared(&self) {}

    fn level(&self) {}

    fn feeds_of(&self, _: &[u8; 32]) -> Vec<FeedId> {
        Vec::new()
    }

    fn spent(&self) -> Vec<SpentRow> {
        let rows = self.0.lock().expect("no panic");
        rows.values().copied().collect()
    }

    fn keep_spent(&self, rows: &[SpentRow]) {
        let mut kept = self.0.lock().expect("no panic");
        kept.extend(rows.iter().map(|row| (row.key, *row)));
    }
}

fn charter() -> Charter {
    Charter {
        federation: None,
        version: 0,
        parent: None,
        name: "Essai".to_owned(),
        seats: vec![Seat {
            id: "Siège".to_owned(),
            key: *author().public().as_bytes(),
        }],
        k: 1,
        recovery: Recovery::default(),
        coordinators: BTreeMap::new(),
        partners: BTreeMap::new(),
        cuts: BTreeMap::new(),
        schemes: BTreeMap::new(),
        quotas: Quotas::default(),
        min_protocol: 1,
    }
}

fn author() -> SecretKey {
    SecretKey::from_bytes(&[7; 32])
}

fn feed() -> FeedId {
    author().public().feed()
}

/// The entry after `previous`; another `branch` gives another entry.
fn entry(previous: Option<Head>, branch: u8) -> VerifiedEntry {
    let item = Item {
        frame: Frame::Statement(StatementFrame {
            subject: RecordId::from_bytes([1; 16]),
            other: None,
            predicate: "verified".into(),
        }),
        body: Body::Held {
            salt: [branch; 16],
            content: vec![branch; 100],
        },
    };
    let unsigned = UnsignedEntry {
        kind: Kind::Contribution,
        federation: charter().federation(),
        place: previous.map_or((0, None), |head| (head.sequence + 1, Some(head.id))),
        charter: charter().id(),
        claimed: Timestamp::from_millis(0),
        payload: Payload::new(vec![item]).expect("one small item"),
    };
    unsigned.sign(&author())
}

fn head(entry: &VerifiedEntry) -> Head {
    Head {
        sequence: entry.header().sequence,
        id: entry.id(),
    }
}

fn line(length: usize) -> Vec<VerifiedEntry> {
    let mut line: Vec<VerifiedEntry> = Vec::new();
    for _ in 0..length {
        line.push(entry(line.last().map(head), 0));
    }
    line
}

fn shelf() -> (Shelf, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    Replica::create(folder.path(), &[charter()], &[]).expect("an empty folder");
    let replica = Replica::open(folder.path(), None).expect("a store");
    (over(Arc::new(replica), Arc::new(Open::default())), folder)
}

/// A shelf over a replica, on a day long ago.
pub(super) fn over(replica: Arc<Replica>, door: Arc<dyn Door>) -> Shelf {
    let now = || Timestamp::from_millis(0);
    let intake = Intake::new(Arc::clone(&replica), Arc::clone(&door), now);
    Shelf::new(replica, door, Arc::new(intake))
}

/// Stores what a peer sends.
pub(super) fn try_store(shelf: &Shelf, entries: Vec<SignedEntry>) -> Result<Receipt, Refusal> {
    let from = Some(PeerId::from_bytes([1; 32]));
    shelf.store_now(from, Batch::Entries(entries))
}

fn store(shelf: &Shelf, entries: &[VerifiedEntry]) -> Receipt {
    let entries = entries.iter().map(VerifiedEntry::to_signed).collect();
    try_store(shelf, entries).expect("entries that can be stored")
}

fn sent(shelf: &Shelf, known: &[Head], cursor: Option<&Head>, room: Room) -> Vec<Head> {
    let reading = shelf.snapshot().expect("a store without fault");
    let found = reading.entries_after(&feed(), known, cursor, room);
    let found = found.expect("readable").into_iter();
    found.map(|(head, _)| head).collect()
}

#[test]
fn entries_go_out_in_their_order_in_pages_of_the_room() {
    let (shelf, _folder) = shelf();
    let line = line(5);
    assert_eq!(store(&shelf, &line).heads.len(), 1);
    let heads: Vec<Head> = line.iter().map(head).collect();
    assert_eq!(sent(&shelf, &[], None, ROOM), heads);
    assert_eq!(sent(&shelf, &heads[1..2], None, ROOM), heads[2..]);
    assert_eq!(sent(&shelf, &heads[4..], None, ROOM), []);
    for entries in [1, 2, 3] {
        let room = Room { entries, ..ROOM };
        assert_eq!(
            sent(&shelf, &heads[..1], Some(&heads[1]), room),
            heads[2..2 + entries]
        );
    }
    let size = crate::codec::Block::size_bytes(&line[0].to_signed());
    for (bytes, count) in [(size - 1, 0), (size, 1), (2 * size - 1, 1), (2 * size, 2)] {
        let room = Room { bytes, ..ROOM };
        assert_eq!(sent(&shelf, &[], None, room).len(), count, "{bytes}");
    }
}

#[test]
fn only_the_unknown_branch_of_a_fork_goes_out() {
    let (shelf, _folder) = shelf();
    let line = line(4);
    let branch = entry(Some(head(&line[1])), 9);
    store(&shelf, &line);
    let receipt = store(&shelf, std::slice::from_ref(&branch));
    assert_eq!(receipt.heads.len(), 1);
    assert_eq!(sent(&shelf, &[head(&line[3])], None, ROOM), [head(&branch)]);
    assert_eq!(
        sent(&shelf, &[head(&branch)], None, ROOM),
        [head(&line[2]), head(&line[3])]
    );
    // The cursor stands between two entries of one sequence.
    let mut both = [head(&line[2]), head(&branch)];
    both.sort_unstable();
    let one = Room { entries: 1, ..ROOM };
    let known = [head(&line[1])];
    assert_eq!(sent(&shelf, &known, None, one), both[..1]);
    assert_eq!(sent(&shelf, &known, Some(&both[0]), one), both[1..]);
    assert_eq!(sent(&shelf, &known, Some(&both[1]), one), [head(&line[3])]);
}

#[test]
fn the_heads_and_the_ways_to_them_are_told() {
    let (shelf, _folder) = shelf();
    let line = line(4);
    let branch = entry(Some(head(&line[1])), 9);
    store(&shelf, &line);
    store(&shelf, std::slice::from_ref(&branch));
    let reading = shelf.snapshot().expect("a store without fault");
    let heads = [head(&branch), head(&line[3])];
    assert_eq!(reading.heads(&feed()).expect("readable"), heads);
    assert_eq!(reading.frontier(1).expect("readable")[0].heads, heads);
    assert!(reading.frontier(0).expect("readable").is_empty());
    for (from, sequence, expected) in [
        (&branch, 2, Some(head(&branch))),
        (&branch, 1, Some(head(&line[1]))),
        (&line[3], 2, Some(head(&line[2]))),
        (&line[3], 4, None),
    ] {
        let ancestor = reading.ancestor(&feed(), &head(from), sequence);
        assert_eq!(ancestor.expect("readable"), expected);
    }
    let lied = Head {
        sequence: 2,
        id: line[3].id(),
    };
    assert!(!reading.holds(&feed(), &lied).expect("readable"));
}

#[test]
fn a_gap_pauses_its_feed_and_what_came_before_is_kept() {
    let (shelf, _folder) = shelf();
    let line = line(4);
    let receipt = store(&shelf, &[line[0].clone(), line[2].clone(), line[3].clone()]);
    assert_eq!(receipt.paused, [feed()]);
    assert_eq!(receipt.heads.len(), 1);
    assert_eq!(receipt.heads[0].head, head(&line[0]));
    let receipt = store(&shelf, &line);
    assert_eq!((receipt.paused.len(), receipt.heads.len()), (0, 1));
    assert_eq!(store(&shelf, &line), Receipt::default());
}

#[test]
fn a_fifth_branch_is_left_out_and_a_longer_one_is_taken() {
    let (shelf, _folder) = shelf();
    let start = entry(None, 0);
    store(&shelf, std::slice::from_ref(&start));
    let branches = HEADS_MAX as u8 + 1;
    let branches: Vec<_> = (1..=branches)
        .map(|branch| entry(Some(head(&start)), branch))
        .collect();
    let receipt = store(&shelf, &branches[..HEADS_MAX]);
    assert_eq!((receipt.heads.len(), receipt.paused.len()), (HEADS_MAX, 0));
    let receipt = store(&shelf, &branches[HEADS_MAX..]);
    assert_eq!((receipt.heads.len(), receipt.paused), (0, vec![feed()]));
    let longer = entry(Some(head(&branches[0])), 1);
    assert_eq!(store(&shelf, &[longer]).heads.len(), 1);
}

#[test]
fn a_branch_that_was_refused_is_known_as_a_flood_after_a_restart_too() {
    let (shelf, folder) = shelf();
    let start = entry(None, 0);
    store(&shelf, std::slice::from_ref(&start));
    let branches: Vec<_> = (1..=HEADS_MAX as u8 + 2)
        .map(|branch| entry(Some(head(&start)), branch))
        .collect();
    store(&shelf, &branches[..HEADS_MAX]);
    let flood = |replica: &Replica| {
        let forks = replica.forks().expect("readable");
        let [fork] = forks.as_slice() else {
            panic!("{forks:?}");
        };
        assert_eq!(fork.branches, HEADS_MAX);
        assert_eq!(fork.is_flooded(), fork.refused.is_some());
        fork.refused.map(|place| place.entry)
    };
    // As many as are held, one of them longer, and one whose past is not known: nothing of this is a flood.
    let longer = entry(Some(head(&branches[0])), 1);
    store(&shelf, std::slice::from_ref(&longer));
    let missing = entry(Some(head(&branches[HEADS_MAX])), 9);
    assert_eq!(store(&shelf, &[missing]).paused, [feed()]);
    assert_eq!(flood(&shelf.replica), None);
    let refused = &branches[HEADS_MAX];
    store(&shelf, std::slice::from_ref(refused));
    assert_eq!(flood(&shelf.replica), Some(refused.id()));
    // The first one stays, here and after a restart.
    store(&shelf, &branches[HEADS_MAX + 1..]);
    assert_eq!(flood(&shelf.replica), Some(refused.id()));
    drop(shelf);
    let again = Replica::open(folder.path(), None).expect("a store");
    assert_eq!(flood(&again), Some(refused.id()));
}

#[test]
fn signatures_that_do_not_hold_are_counted_and_foreign_bytes_refused() {
    let (shelf, _folder) = shelf();
    let line = line(2);
    let mut forged: SignedEntry = line[1].to_signed();
    forged.signature[0] ^= 1;
    let stored = try_store(&shelf, vec![line[0].to_signed(), forged]);
    let receipt = stored.expect("a forged entry is only left out");
    assert_eq!((receipt.bad_signatures, receipt.heads.len()), (1, 1));
    let mut changed = line[1].to_signed();
    changed.payload.push(0);
    let stored = try_store(&shelf, vec![changed]);
    assert!(matches!(stored, Err(Refusal::Invalid(_))), "{stored:?}");
}

#[test]
fn charters_are_new_once_and_only_of_this_federation() {
    let (shelf, _folder) = shelf();
    let next = Charter {
        federation: Some(charter().federation()),
        version: 1,
        parent: Some(charter().id()),
        ..charter()
    };
    for is_new in [true, false] {
        let stored = storing::objects(&shelf.replica, &[next.to_bytes()], &[]);
        assert_eq!(stored.expect("a charter").has_new_objects, is_new);
    }
    let foreign = Charter {
        name: "Autre".to_owned(),
        ..charter()
    };
    for bytes in [foreign.to_bytes(), b"no charter".to_vec(), Vec::new()] {
        let stored = storing::objects(&shelf.replica, &[bytes], &[]);
        assert!(matches!(stored, Err(Refusal::Invalid(_))), "{stored:?}");
    }
    // What follows our tip is offered to a node that has this tip, in pages.
    let reading = shelf.snapshot().expect("a store without fault");
    let tip = reading.tip().expect("readable");
    let page = reading.objects_above(&tip, 0, 1 << 20).expect("readable");
    assert_eq!((page.charters.len(), page.has_more), (1, false));
    let unknown = Tip {
        version: 9,
        id: next.id(),
    };
    let page = reading.objects_above(&unknown, 0, 1).expect("readable");
    assert_eq!((page.charters.len(), page.has_more), (1, true));
    let page = reading.objects_above(&unknown, 1, 1).expect("readable");
    assert_eq!((page.charters.len(), page.has_more), (1, false));
}
