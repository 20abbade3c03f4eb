//! A coordinator that shows two histories: it is named on every node after they meet, its grants stop from there on, its denials stay,
//! and two nodes that were told different things find out in one exchange.

use std::net::SocketAddr;
use std::sync::Arc;

use crdt_schema::entry::VerifiedEntry;
use crdt_schema::governance::{Act, NoEffect, Position};
use crdt_schema::id::{EntryId, FeedId};
use crdt_schema::time::Timestamp;
use replica::Replica;
use sync::quota::SpentRow;
use sync::{Door, Endpoint, JoinError, JoinReply, JoinRequest, Links, Settings};
use tokio::sync::Notify;

use crate::harness::federation::{DEADLINE, Node, birth_in, key};
use crate::harness::forged::{Chance, Forger};
use crate::suspension::{enrol, two_coordinators};

const SEEDS: u64 = 6;

/// Two nodes that the ville told different things, and what it signed.
struct Split {
    left: Node,
    right: Node,
    before: EntryId,
    grants: [EntryId; 2],
    denial: EntryId,
    all: Vec<VerifiedEntry>,
}

fn split() -> Split {
    let charter = two_coordinators();
    let (left, right) = (Node::under(&charter, 1), Node::under(&charter, 3));
    let (record, its_birth) = birth_in(&two_coordinators().federation(), 1);
    right.put(record, Some(its_birth), "Club");
    left.take_all(&right);
    right.take_all(&left);
    let mut ville = Forger::new(key(102), charter.federation(), charter.id());
    let start = ville.certificate(&key(2), [2; 32]);
    let common = ville.act(Forger::after(&start), &enrol(5));
    let place = Forger::after(&common);
    // To one it says that 6 is in, to the other that 7 is, and it cuts a feed there.
    let grants = [ville.act(place, &enrol(6)), ville.act(place, &enrol(7))];
    let own = right.replica.feed().expect("it signs");
    let (sequence, entry) = {
        let state = right.replica.state();
        state.feeds().furthest_head(&own).expect("its own")
    };
    let position = Position { sequence, entry };
    let cut = Act::Cut {
        feed: own,
        position,
    };
    let denial = ville.act(Forger::after(&grants[1]), &cut);
    left.take_in_any_order(&[start.clone(), common.clone(), grants[0].clone()]);
    let told = [
        start.clone(),
        common.clone(),
        grants[1].clone(),
        denial.clone(),
    ];
    right.take_in_any_order(&told);
    assert!(left.is_enrolled(6) && !left.is_enrolled(7));
    assert!(right.is_enrolled(7) && !right.is_enrolled(6));
    Split {
        left,
        right,
        before: common.id(),
        grants: grants.each_ref().map(VerifiedEntry::id),
        denial: denial.id(),
        all: [vec![start, common, denial], grants.to_vec()].concat(),
    }
}

/// Both histories are held: the ville is named with both headers, what it gave from the fork on counts for nothing, the rest stays.
fn check(node: &Node, split: &Split) {
    let forks = node.replica.forks().expect("readable");
    let [fork] = forks.as_slice() else {
        panic!("{forks:?}");
    };
    assert_eq!(fork.feed, key(102).public().feed());
    assert_eq!(fork.partner, Some(key(2).public().partner()));
    assert_eq!((fork.sequence, fork.is_own), (2, false));
    let mut shown: Vec<_> = fork.entries.iter().map(|entry| entry.id).collect();
    shown.sort_unstable();
    let mut signed = split.grants.to_vec();
    signed.sort_unstable();
    assert_eq!(shown, signed);
    assert_eq!(node.outcome(&split.before), Ok(()));
    assert_eq!(node.outcome(&split.denial), Ok(()));
    for grant in &split.grants {
        assert_eq!(node.outcome(grant), Err(NoEffect::ForkNotResolved));
    }
    let enrolled = [5, 6, 7].map(|number| node.is_enrolled(number));
    assert_eq!(enrolled, [true, false, false]);
}

#[test]
fn two_histories_are_named_and_give_nothing_from_the_fork_on_in_any_order() {
    let split = split();
    for seed in 0..SEEDS {
        let node = Node::under(&two_coordinators(), 4);
        let mut offered = [&split.all[..], &split.left.verified()[..]].concat();
        offered.extend(split.right.verified());
        Chance(seed).shuffle(&mut offered);
        node.take_in_any_order(&offered);
        check(&node, &split);
    }
}

#[test]
fn a_second_certificate_does_not_hide_whose_feed_it_is() {
    let split = split();
    let charter = two_coordinators();
    for seed in 0..SEEDS {
        let mut ville = Forger::new(key(102), charter.federation(), charter.id());
        let own_name = ville.certificate(&key(102), [66; 32]);
        let node = Node::under(&charter, 4);
        let mut offered = split.all.clone();
        offered.push(own_name);
        Chance(seed).shuffle(&mut offered);
        node.take_in_any_order(&offered);
        let forks = node.replica.forks().expect("readable");
        assert_eq!(
            forks[0].partner,
            Some(key(2).public().partner()),
            "seed {seed}"
        );
        let state = node.replica.state();
        let certificate = &state.certificates()[&key(102).public().feed()];
        assert_eq!(certificate.endpoint, [2; 32], "seed {seed}");
        drop(state);
        let digest = node.digest();
        let Node { replica, folder } = node;
        drop(replica);
        let replica = Node::open(folder.path(), 4);
        let again = Node { replica, folder };
        let state = again.replica.state();
        let certificate = &state.certificates()[&key(102).public().feed()];
        assert_eq!(certificate.endpoint, [2; 32], "seed {seed}, opened again");
        drop(state);
        assert_eq!(again.digest(), digest);
    }
}

/// Lets everybody in.
struct Open;

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
        Vec::new()
    }

    fn keep_spent(&self, _: &[SpentRow]) {}
}

pub(crate) async fn listen(
    node: &Node,
    number: u8,
    peers: Vec<([u8; 32], SocketAddr)>,
) -> Endpoint {
    let at = "127.0.0.1:0".parse().expect("an address");
    endpoint(&node.replica, [number; 32], at, peers).await
}

/// Opens an endpoint that lets everybody in.
pub(crate) async fn endpoint(
    replica: &Arc<Replica>,
    secret: [u8; 32],
    listen: SocketAddr,
    peers: Vec<([u8; 32], SocketAddr)>,
) -> Endpoint {
    let settings = Settings {
        secret,
        listen,
        peers: peers
            .into_iter()
            .map(|(peer, at)| (peer, vec![at]))
            .collect(),
        links: Links::default(),
        meets_others: true,
        now: || Timestamp::from_millis(0),
    };
    let opened = Endpoint::open(settings, Arc::clone(replica), Arc::new(Open)).await;
    opened.expect("loopback can be listened on")
}

/// Waits for news until the replica shows a fork.
async fn until_forked(replica: &Replica) {
    let news = Arc::new(Notify::new());
    let told = Arc::clone(&news);
    replica.listen(Box::new(move |_| told.notify_one()));
    let waited = tokio::time::timeout(DEADLINE, async {
        while replica.state().feeds().forks().count() == 0 {
            news.notified().await;
        }
    });
    waited.await.expect("both histories meet in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_honest_nodes_that_were_told_different_acts_find_it_in_one_exchange() {
    let split = split();
    let at = listen(&split.right, 13, Vec::new()).await;
    let address = (at.id(), at.addresses()[0]);
    let calling = listen(&split.left, 11, vec![address]).await;
    tokio::join!(
        until_forked(&split.left.replica),
        until_forked(&split.right.replica)
    );
    calling.close().await;
    at.close().await;
    // The denial follows one of them, and may come a moment later than the fork.
    split.left.take_all(&split.right);
    for node in [&split.left, &split.right] {
        check(node, &split);
    }
    assert_eq!(split.left.digest(), split.right.digest());
}
