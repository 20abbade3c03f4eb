//! Real endpoints on loopback. Waiting is for events, with a deadline.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crdt_schema::id::FileHash;
use iroh::endpoint::{ConnectionError, presets};
use iroh::{Endpoint, EndpointAddr, EndpointId, RelayMode, SecretKey};
use sync::Links;
use sync::endpoint::{
    Allowed, DialError, Ended, JOIN_ALPN, Network, Options, Report, SYNC_ALPN, Sink, Source, What,
};
use sync::limits::{JOIN_FRAME_BYTES_MAX, SESSIONS_PER_PEER_MAX};
use sync::message::Digest;
use sync::session::{Batch, Close, Event, PeerId, Receipt, Refusal, Unreadable};
use tokio::sync::{broadcast, watch};
use tokio::time::timeout;

use crate::memory::{Chance, Memory, key};

const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Replica {
    memory: Mutex<Memory>,
    held: watch::Sender<usize>,
    /// What is given when a file is asked for, by hash.
    pub(crate) files: Mutex<BTreeMap<FileHash, Vec<u8>>>,
}

impl Replica {
    fn with<T>(&self, work: impl FnOnce(&mut Memory) -> T) -> T {
        let mut memory = self
            .memory
            .lock()
            .expect("no test panics while it holds this");
        let done = work(&mut memory);
        self.held.send_replace(memory.count());
        done
    }

    fn digest(&self) -> Digest {
        self.with(|memory| Digest::of(&memory.all_heads()))
    }
}

impl Source for Replica {
    type Snapshot = Memory;

    fn snapshot(&self) -> Result<Memory, Unreadable> {
        Ok(self.with(|memory| memory.clone()))
    }

    fn attachment(&self, hash: &FileHash) -> Result<Option<Vec<u8>>, Unreadable> {
        let files = self.files.lock().expect("not poisoned");
        Ok(files.get(hash).cloned())
    }
}

impl Sink for Replica {
    type Verified = Batch;

    async fn verify(&self, batch: Batch) -> Result<Batch, Refusal> {
        Ok(batch)
    }

    async fn store(&self, _from: PeerId, batch: Batch) -> Result<Receipt, Refusal> {
        self.with(|memory| memory.store(batch))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Doors {
    allowed: Mutex<BTreeSet<PeerId>>,
    inviting: Mutex<bool>,
}

impl Doors {
    fn allow(&self, peer: PeerId) {
        self.allowed.lock().expect("not poisoned").insert(peer);
    }

    pub(crate) fn cut(&self, peer: PeerId) {
        self.allowed.lock().expect("not poisoned").remove(&peer);
    }
}

impl Allowed for Doors {
    fn allows(&self, peer: &PeerId) -> bool {
        self.allowed.lock().expect("not poisoned").contains(peer)
    }

    fn is_inviting(&self) -> bool {
        *self.inviting.lock().expect("not poisoned")
    }

    fn join(&self, _peer: &PeerId, request: Vec<u8>) -> Option<Vec<u8>> {
        (request != b"wrong").then_some(request)
    }
}

pub(crate) struct Node {
    pub(crate) network: Network<Replica>,
    pub(crate) replica: Arc<Replica>,
    pub(crate) doors: Arc<Doors>,
    reports: broadcast::Receiver<Report>,
}

impl Node {
    pub(crate) async fn start(number: u8) -> Self {
        let memory = Memory::new(key(number));
        let replica = Arc::new(Replica {
            memory: Mutex::new(memory),
            held: watch::Sender::new(0),
            files: Mutex::default(),
        });
        let doors = Arc::new(Doors::default());
        let options = Options {
            secret: [number + 100; 32],
            listen: vec![loopback()],
            software: "maillage test".into(),
            jitter: 0,
            links: Links::default(),
        };
        let allowed: Arc<dyn Allowed> = doors.clone();
        let network = Network::open(options, Arc::clone(&replica), allowed).await;
        let network = network.expect("loopback is there");
        let reports = network.reports();
        Self {
            network,
            replica,
            doors,
            reports,
        }
    }

    fn write(&self, count: usize) {
        let new = self.replica.with(|memory| {
            let mut chance = Chance::seeded(count as u64);
            let own = memory.own.clone();
            (0..count)
                .map(|_| memory.write(&own, 200, &mut chance))
                .collect::<Vec<_>>()
        });
        self.network
            .announce(new.into_iter().next_back().into_iter().collect());
    }

    pub(crate) async fn dial(
        &self,
        other: &Node,
    ) -> Result<tokio::task::JoinHandle<Ended>, DialError> {
        let addresses = other.network.addresses();
        in_time(self.network.connect(other.network.id(), &addresses)).await
    }

    async fn until(&mut self, is_it: impl Fn(&What) -> bool) -> Report {
        loop {
            let report = in_time(self.reports.recv()).await.expect("the node runs");
            if is_it(&report.what) {
                return report;
            }
        }
    }

    pub(crate) async fn until_level(&mut self) {
        self.until(|what| matches!(what, What::Event(Event::Level)))
            .await;
    }

    async fn until_held(&self, count: usize) {
        let mut held = self.replica.held.subscribe();
        in_time(held.wait_for(|held| *held >= count))
            .await
            .expect("the replica is there");
    }
}

fn loopback() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

pub(crate) fn acquaint(one: &Node, two: &Node) {
    one.doors.allow(two.network.id());
    two.doors.allow(one.network.id());
}

pub(crate) async fn in_time<T>(event: impl Future<Output = T>) -> T {
    timeout(DEADLINE, event).await.expect("before the deadline")
}

async fn ended(session: tokio::task::JoinHandle<Ended>) -> Ended {
    in_time(session).await.expect("a session does not panic")
}

#[tokio::test]
async fn two_endpoints_exchange_two_thousand_entries_and_then_what_is_new() {
    let (mut one, mut two) = (Node::start(1).await, Node::start(2).await);
    acquaint(&one, &two);
    one.write(1_000);
    two.write(1_000);
    let session = one.dial(&two).await.expect("it listens");
    one.until_level().await;
    two.until_level().await;
    assert_eq!(one.replica.with(|memory| memory.count()), 2_000);
    assert_eq!(one.replica.digest(), two.replica.digest());
    two.write(3);
    one.until_held(2_003).await;
    one.write(1);
    two.until_held(2_004).await;
    assert_eq!(one.replica.digest(), two.replica.digest());
    in_time(two.network.close()).await;
    let end = ended(session).await;
    assert_eq!((end.close, end.peer_number), (Close::Lost, Some(0)));
    in_time(one.network.close()).await;
}

#[tokio::test]
async fn what_is_new_passes_through_a_node_in_the_middle() {
    let nodes = [
        Node::start(3).await,
        Node::start(4).await,
        Node::start(5).await,
    ];
    let [one, middle, two] = nodes;
    acquaint(&one, &middle);
    acquaint(&middle, &two);
    one.dial(&middle).await.expect("it listens");
    two.dial(&middle).await.expect("it listens");
    one.write(5);
    two.until_held(5).await;
    two.write(7);
    one.until_held(12).await;
    assert_eq!(one.replica.digest(), two.replica.digest());
    for node in [one, middle, two] {
        in_time(node.network.close()).await;
    }
}

#[tokio::test]
async fn a_stranger_is_refused() {
    let (stranger, mut node) = (Node::start(6).await, Node::start(7).await);
    node.write(3);
    // The stranger would like to, but is in no certificate here.
    stranger.doors.allow(node.network.id());
    let session = stranger
        .dial(&node)
        .await
        .expect("being connected means nothing");
    let end = ended(session).await;
    assert_eq!((end.close, end.peer_number), (Close::Lost, Some(403)));
    assert_eq!(stranger.replica.with(|memory| memory.count()), 0);
    // And nobody dials a stranger.
    assert!(matches!(
        node.dial(&stranger).await,
        Err(DialError::NotAllowed)
    ));
    assert!(node.reports.try_recv().is_err(), "no session began");
}

#[tokio::test]
async fn a_peer_that_is_cut_in_mid_session_is_left() {
    let (mut one, two) = (Node::start(8).await, Node::start(9).await);
    acquaint(&one, &two);
    let session = two.dial(&one).await.expect("it listens");
    one.until_level().await;
    one.doors.cut(two.network.id());
    one.network.announce_objects();
    let report = one.until(|what| matches!(what, What::Ended(_))).await;
    let end = Ended {
        close: Close::NotAllowed,
        peer_number: None,
    };
    assert_eq!(report.what, What::Ended(end));
    assert_eq!(ended(session).await.peer_number, Some(403));
}

#[tokio::test]
async fn a_peer_has_two_sessions_and_no_third() {
    let (mut one, two) = (Node::start(10).await, Node::start(11).await);
    acquaint(&one, &two);
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS_PER_PEER_MAX {
        sessions.push(two.dial(&one).await.expect("it has room"));
        one.until_level().await;
    }
    assert!(matches!(two.dial(&one).await, Err(DialError::TooMany)));
    assert!(matches!(one.dial(&two).await, Err(DialError::TooMany)));
    in_time(two.network.close()).await;
    for _ in 0..SESSIONS_PER_PEER_MAX {
        one.until(|what| matches!(what, What::Ended(_))).await;
    }
}

#[tokio::test]
async fn a_newcomer_is_heard_only_while_an_invitation_is_open() {
    let (newcomer, node) = (Node::start(12).await, Node::start(13).await);
    let (peer, addresses) = (node.network.id(), node.network.addresses());
    let knock = |request: Vec<u8>| {
        let (network, addresses) = (&newcomer.network, addresses.clone());
        async move { in_time(network.join(peer, &addresses, &request)).await }
    };
    assert_eq!(knock(b"code".to_vec()).await, Err(DialError::Closed(403)));
    *node.doors.inviting.lock().expect("not poisoned") = true;
    assert_eq!(knock(b"code".to_vec()).await, Ok(b"code".to_vec()));
    assert_eq!(knock(b"wrong".to_vec()).await, Err(DialError::Closed(403)));
    let largest = vec![7; JOIN_FRAME_BYTES_MAX];
    assert_eq!(knock(largest.clone()).await, Ok(largest));
    assert!(knock(vec![7; JOIN_FRAME_BYTES_MAX + 1]).await.is_err());
}

/// An endpoint without our limits and manners.
pub(crate) async fn rogue(node: &Node) -> (Endpoint, EndpointAddr) {
    let endpoint = Endpoint::builder(presets::Minimal)
        .secret_key(SecretKey::from_bytes(&[77; 32]))
        .relay_mode(RelayMode::Disabled)
        .clear_ip_transports()
        .bind_addr(loopback())
        .expect("a sound address")
        .bind()
        .await
        .expect("loopback is there");
    node.doors
        .allow(PeerId::from_bytes(*endpoint.id().as_bytes()));
    let id = EndpointId::from_bytes(node.network.id().as_bytes()).expect("a sound key");
    let to = EndpointAddr::new(id).with_ip_addr(node.network.addresses()[0]);
    (endpoint, to)
}

#[tokio::test]
async fn senseless_bytes_close_the_session_and_name_the_peer() {
    let mut node = Node::start(14).await;
    let (endpoint, to) = rogue(&node).await;
    let cases: [&[u8]; 4] = [
        &[0xff, 0xff, 0xff, 0xff],
        &[0, 16, 0, 1],
        &[0, 0, 0, 0],
        &[0, 0, 0, 3, 200, 1, 1],
    ];
    for bytes in cases {
        let connection = in_time(endpoint.connect(to.clone(), SYNC_ALPN)).await;
        let connection = connection.expect("it listens");
        let (mut send, _receive) = in_time(connection.open_bi()).await.expect("two streams");
        send.write_all(bytes).await.expect("the window is open");
        let reason = in_time(connection.closed()).await;
        let ConnectionError::ApplicationClosed(close) = &reason else {
            panic!("closed for another reason: {reason:?}");
        };
        assert_eq!(close.error_code, 400_u32.into(), "{bytes:?}");
        let report = node.until(|what| matches!(what, What::Ended(_))).await;
        assert!(matches!(
            report.what,
            What::Ended(Ended {
                close: Close::PeerFault(_),
                ..
            })
        ));
    }
    endpoint.close().await;
}

#[tokio::test]
async fn unknown_protocols_and_too_many_streams_get_nowhere() {
    let node = Node::start(15).await;
    let (endpoint, to) = rogue(&node).await;
    let other = in_time(endpoint.connect(to.clone(), b"maillage/other/1")).await;
    assert!(other.is_err());
    let knocking = in_time(endpoint.connect(to.clone(), JOIN_ALPN))
        .await
        .expect("it listens");
    let reason = in_time(knocking.closed()).await;
    assert!(
        matches!(reason, ConnectionError::ApplicationClosed(_)),
        "{reason:?}"
    );
    let connection = in_time(endpoint.connect(to, SYNC_ALPN))
        .await
        .expect("it listens");
    let _first = in_time(connection.open_bi()).await.expect("one");
    let _second = in_time(connection.open_bi()).await.expect("two");
    let mut third = std::pin::pin!(connection.open_bi());
    let is_pending =
        std::future::poll_fn(|cx| std::task::Poll::Ready(third.as_mut().poll(cx).is_pending()));
    assert!(is_pending.await, "a third stream waits for ever");
    let mut one_way = std::pin::pin!(connection.open_uni());
    let is_pending =
        std::future::poll_fn(|cx| std::task::Poll::Ready(one_way.as_mut().poll(cx).is_pending()));
    assert!(is_pending.await, "a one-way stream waits for ever");
    endpoint.close().await;
}

#[tokio::test]
async fn a_flood_of_connections_does_not_keep_a_healthy_peer_out() {
    let (node, mut healthy) = (Node::start(16).await, Node::start(17).await);
    acquaint(&node, &healthy);
    let (endpoint, to) = rogue(&node).await;
    let mut held = Vec::new();
    let mut refused = 0;
    for _ in 0..100 {
        let Ok(connection) = in_time(endpoint.connect(to.clone(), SYNC_ALPN)).await else {
            continue;
        };
        if held.len() < SESSIONS_PER_PEER_MAX {
            held.push(connection);
            continue;
        }
        let reason = in_time(connection.closed()).await;
        let ConnectionError::ApplicationClosed(close) = &reason else {
            panic!("closed for another reason: {reason:?}");
        };
        assert_eq!(close.error_code, 429_u32.into());
        refused += 1;
    }
    assert!(refused > 90, "{refused}");
    healthy.dial(&node).await.expect("there is room");
    let level = timeout(Duration::from_secs(2), healthy.until_level()).await;
    assert!(level.is_ok(), "a healthy peer is served within two seconds");
    endpoint.close().await;
}
