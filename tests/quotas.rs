//! Quotas between real endpoints on loopback: what a partner publishes beyond them waits for the next day, and comes in the same session.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crdt_schema::governance::{Approval, Charter, Quotas};
use crdt_schema::id::{FeedId, RecordId};
use crdt_schema::time::Timestamp;
use sync::quota::SpentRow;
use sync::{Door, Endpoint, JoinError, JoinReply, JoinRequest, Links, Settings};

use crate::harness::federation::{Node, birth_in, charter, key, until};

/// The day on which the harness signs.
const DAY_MS: i64 = 86_400_000;
const SIGNED: i64 = 1_764_000_000_000;

/// Lets everybody in, and keeps what is spent as a disk would.
#[derive(Default)]
struct Keeping {
    rows: Mutex<Vec<SpentRow>>,
    levels: AtomicU64,
}

impl Door for Keeping {
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

    fn level(&self) {
        self.levels.fetch_add(1, Ordering::SeqCst);
    }

    fn feeds_of(&self, _: &[u8; 32]) -> Vec<FeedId> {
        Vec::new()
    }

    fn spent(&self) -> Vec<SpentRow> {
        self.rows.lock().expect("no panic").clone()
    }

    fn keep_spent(&self, rows: &[SpentRow]) {
        let mut kept = self.rows.lock().expect("no panic");
        for row in rows {
            kept.retain(|each| each.key != row.key);
            kept.push(*row);
        }
    }
}

async fn open(
    node: &Node,
    number: u8,
    peers: Vec<([u8; 32], SocketAddr)>,
    door: &Arc<Keeping>,
    now: fn() -> Timestamp,
) -> Endpoint {
    let settings = Settings {
        secret: [number; 32],
        listen: "127.0.0.1:0".parse().expect("an address"),
        peers: peers
            .into_iter()
            .map(|(peer, at)| (peer, vec![at]))
            .collect(),
        links: Links::default(),
        meets_others: true,
        now,
    };
    let door = Arc::clone(door) as Arc<dyn Door>;
    let opened = Endpoint::open(settings, Arc::clone(&node.replica), door).await;
    opened.expect("loopback can be listened on")
}

fn quotas(entries_per_day: u64) -> Charter {
    Charter {
        quotas: Quotas {
            entries_per_day: Some(entries_per_day),
            bytes_per_day: None,
        },
        ..charter()
    }
}

fn feed(partner: u8) -> FeedId {
    key(partner + 100).public().feed()
}

/// How many entries of a partner's feed a node holds.
fn held(node: &Node, partner: u8) -> u64 {
    let state = node.replica.state();
    let head = state.feeds().furthest_head(&feed(partner));
    head.map_or(0, |(sequence, _)| sequence + 1)
}

fn write(node: &Node, charter: &Charter, first: u8, count: u8) -> Vec<RecordId> {
    let numbers = first..first + count;
    let written = numbers.map(|number| {
        let (record, its_birth) = birth_in(&charter.federation(), number);
        node.put(record, Some(its_birth), &format!("Fiche {number}"));
        record
    });
    written.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_beyond_the_quota_comes_day_by_day_in_one_session_also_after_a_restart() {
    static NOW: AtomicI64 = AtomicI64::new(SIGNED);
    let now = || Timestamp::from_millis(NOW.load(Ordering::SeqCst));
    let charter = quotas(5);
    let (one, two) = (Node::under(&charter, 1), Node::under(&charter, 2));
    // With its certificate, a coordinator has 21 entries, and a partner 18.
    write(&one, &charter, 0, 20);
    let records = write(&two, &charter, 100, 17);
    let doors = [Arc::default(), Arc::default()];
    let listening = open(&one, 11, Vec::new(), &doors[0], now).await;
    let address = |at: &Endpoint| vec![(at.id(), at.addresses()[0])];
    let calling = open(&two, 12, address(&listening), &doors[1], now).await;
    until("the first day", || held(&one, 2) == 5).await;
    until("the coordinator is not stopped", || held(&two, 1) == 21).await;
    let pauses = listening.intake().pauses();
    assert_eq!(pauses.keys().collect::<Vec<_>>(), [&feed(2)]);
    assert!(calling.intake().pauses().is_empty());
    NOW.fetch_add(DAY_MS, Ordering::SeqCst);
    until("the second day", || held(&one, 2) == 10).await;
    // What is pushed now has its turn after what waits.
    let last = write(&two, &charter, 200, 1);
    calling.close().await;
    listening.close().await;
    // A restart on the same day: both are level as far as may be, and nothing more came.
    let before = doors[0].levels.load(Ordering::SeqCst);
    let listening = open(&one, 11, Vec::new(), &doors[0], now).await;
    let calling = open(&two, 12, address(&listening), &doors[1], now).await;
    until("level again", || {
        doors[0].levels.load(Ordering::SeqCst) > before
    })
    .await;
    assert_eq!(held(&one, 2), 10);
    assert!(listening.intake().pauses().contains_key(&feed(2)));
    for taken in [15, 19] {
        NOW.fetch_add(DAY_MS, Ordering::SeqCst);
        until("the next day", || held(&one, 2) == taken).await;
    }
    assert!(listening.intake().pauses().is_empty());
    assert_eq!(one.names(&records[16]), ["Fiche 116"]);
    assert_eq!(one.names(&last[0]), ["Fiche 200"]);
    assert_eq!(one.digest(), two.digest());
    calling.close().await;
    listening.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charter_that_allows_more_lets_what_waits_go_on() {
    static NOW: AtomicI64 = AtomicI64::new(SIGNED);
    let now = || Timestamp::from_millis(NOW.load(Ordering::SeqCst));
    let charter = quotas(3);
    let (one, two) = (Node::under(&charter, 1), Node::under(&charter, 2));
    write(&two, &charter, 0, 9);
    let doors = [Arc::default(), Arc::default()];
    let listening = open(&one, 11, Vec::new(), &doors[0], now).await;
    let address = vec![(listening.id(), listening.addresses()[0])];
    let calling = open(&two, 12, address, &doors[1], now).await;
    until("it waits", || {
        held(&one, 2) == 3 && !listening.intake().pauses().is_empty()
    })
    .await;
    let next = Charter {
        federation: Some(charter.federation()),
        version: 1,
        parent: Some(charter.id()),
        ..quotas(100)
    };
    let approval = Approval::sign(&key(9), charter.federation(), charter.id(), next.id());
    let added = one.replica.add_charters(vec![next], vec![approval]);
    added.expect("it is written");
    until("it goes on", || held(&one, 2) == 10).await;
    assert_eq!(NOW.load(Ordering::SeqCst), SIGNED);
    calling.close().await;
    listening.close().await;
}
