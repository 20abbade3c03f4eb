//! Real endpoints on loopback: what one node signs, the others hold.

use std::net::SocketAddr;
use std::sync::Arc;

use crdt_schema::id::FeedId;
use crdt_schema::time::Timestamp;

use sync::quota::SpentRow;
use sync::{Door, Endpoint, JoinError, JoinReply, JoinRequest, Links, Settings};
use tokio::sync::Notify;

use crate::harness::federation::{DEADLINE, Node, birth, until};

/// Lets in the network identities that it lists.
struct Listed(Vec<[u8; 32]>);

impl Door for Listed {
    fn is_allowed(&self, endpoint: &[u8; 32]) -> bool {
        self.0.contains(endpoint)
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

fn identity(secret: [u8; 32]) -> [u8; 32] {
    *crdt_schema::key::SecretKey::from_bytes(&secret)
        .public()
        .as_bytes()
}

async fn open(
    node: &Node,
    number: u8,
    peers: Vec<([u8; 32], SocketAddr)>,
    friends: &[u8],
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
        now: || Timestamp::from_millis(0),
    };
    let friends = friends
        .iter()
        .map(|number| identity([*number; 32]))
        .collect();
    let opened = Endpoint::open(
        settings,
        Arc::clone(&node.replica),
        Arc::new(Listed(friends)),
    )
    .await;
    opened.expect("loopback can be listened on")
}

fn address(endpoint: &Endpoint) -> ([u8; 32], SocketAddr) {
    (endpoint.id(), endpoint.addresses()[0])
}

/// Waits until the digests of all nodes are one.
async fn equal(nodes: &[&Node]) {
    // News that come before they are waited for are kept.
    let news = Arc::new(Notify::new());
    for node in nodes {
        let told = Arc::clone(&news);
        node.replica.listen(Box::new(move |_| told.notify_one()));
    }
    let waited = tokio::time::timeout(DEADLINE, async {
        loop {
            let digests: Vec<_> = nodes.iter().map(|node| node.digest()).collect();
            if digests.windows(2).all(|pair| pair[0] == pair[1]) {
                return;
            }
            news.notified().await;
        }
    });
    if waited.await.is_err() {
        let held: Vec<_> = nodes
            .iter()
            .map(|node| {
                node.replica
                    .state()
                    .feed_summaries()
                    .map(|feed| (feed.feed, feed.heads))
                    .collect::<Vec<_>>()
            })
            .collect();
        panic!("the nodes do not hold the same in time: {held:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_never_meet_agree_through_a_third() {
    let (one, middle, two) = (Node::new(1), Node::new(2), Node::new(3));
    let (record, its_birth) = birth(1);
    one.put(record, Some(its_birth), "Maison de quartier");
    for number in 0..300 {
        let (record, its_birth) = birth(number as u8);
        if one.heads(&record).is_empty() {
            one.put(record, Some(its_birth), &format!("Fiche {number}"));
        }
    }
    let center = open(&middle, 12, Vec::new(), &[11, 13]).await;
    let left = open(&one, 11, vec![address(&center)], &[12]).await;
    let right = open(&two, 13, vec![address(&center)], &[12]).await;
    equal(&[&one, &middle, &two]).await;
    assert_eq!(two.names(&record), ["Maison de quartier"]);
    // What is saved now is pushed, through the middle, both ways.
    one.put(record, None, "Maison du quartier");
    equal(&[&one, &middle, &two]).await;
    assert_eq!(two.names(&record), ["Maison du quartier"]);
    middle.put(record, None, "Maison");
    equal(&[&one, &middle, &two]).await;
    assert_eq!(one.names(&record), ["Maison"]);
    for endpoint in [left, right, center] {
        endpoint.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_gets_nothing() {
    let (node, stranger) = (Node::new(1), Node::new(2));
    let (record, its_birth) = birth(1);
    node.put(record, Some(its_birth), "Maison de quartier");
    let closed = open(&node, 11, Vec::new(), &[13]).await;
    let knocking = open(&stranger, 12, vec![address(&closed)], &[11]).await;
    until("the stranger is sent away", || {
        let peers = knocking.peers().all();
        let state = peers.get(&closed.id()).map(|peer| &peer.state);
        state.is_some_and(|state| state.code() == "refuses_stranger")
    })
    .await;
    assert!(stranger.heads(&record).is_empty());
    assert!(closed.peers().all().is_empty());
    knocking.close().await;
    closed.close().await;
}
