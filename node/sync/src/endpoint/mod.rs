//! The node on the network: one iroh endpoint, the sessions on it, and who may come in.
//!
//! It turns bytes into inputs of `Session`, and carries out its outputs. There is no address service, and no relay but the federation's
//! own, if an operator names one: peers are dialled at addresses that somebody told us, and through these relays. Every task is in one tracker, and ends with one token.

mod accept;
mod bind;
mod crowd;
mod drive;
mod files;
mod join;
mod local;
mod reached;
mod stream;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crdt_schema::id::{EntryId, FeedId, FileHash};
use iroh::endpoint::Connection;
use iroh::{Endpoint, EndpointAddr, EndpointId, Watcher as _};
use replica::Bar;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::endpoint::crowd::Crowd;
use crate::endpoint::reached::{relay_state, way};
use crate::limits::{
    ANNOUNCEMENTS_MAX, CONNECTIONS_MAX, DIAL_MAX, HANDSHAKES_MAX, NEWCOMERS_MAX, REPORTS_MAX,
    SESSIONS_PER_PEER_MAX, WORKING_MAX,
};
use crate::links::{Links, LocalNetwork, RelayStanding, RelayState, Way};
use crate::message::{Head, NewHead};
use crate::roster::Enough;
use crate::session::{Batch, Close, Event, Library, PeerId, Receipt, Refusal, Role, Unreadable};

pub use bind::{EndpointFault, Options};

/// What sessions are spoken over.
pub const SYNC_ALPN: &[u8] = b"maillage/sync/1";
/// What newcomers speak.
pub const JOIN_ALPN: &[u8] = b"maillage/join/1";
/// The number with which a connection is closed that has no right to be here.
pub const FORBIDDEN: u32 = 403;
/// The same, of a node whose partner has left.
pub const LEFT: u32 = 410;
/// The same, of a node whose feed was cut.
pub const CUT: u32 = 423;
/// The same, of a node whose certificate is of a root that was rotated.
pub const OUTDATED: u32 = 401;
/// The number with which a connection is closed that is one too many.
pub const TOO_MANY: u32 = 429;

/// Where sessions read.
pub trait Source: Send + Sync + 'static {
    /// One consistent view.
    type Snapshot: Library;

    /// Opens a view of what is held now, everything included whose storing was reported. Called on a thread that may wait.
    fn snapshot(&self) -> Result<Self::Snapshot, Unreadable>;

    /// Returns the bytes of an attached file that is held and that a record names. Called on a thread that may wait.
    fn attachment(&self, hash: &FileHash) -> Result<Option<Vec<u8>>, Unreadable>;
}

/// Where sessions write.
pub trait Sink: Send + Sync + 'static {
    /// A batch whose signatures were looked at.
    type Verified: Send + 'static;

    /// Looks at the signatures of a batch, which asks nothing of what is held: the next batch is verified while one is written.
    fn verify(&self, batch: Batch) -> impl Future<Output = Result<Self::Verified, Refusal>> + Send;

    /// Commits what holds of a batch in one transaction. Answers after the commit.
    fn store(
        &self,
        from: PeerId,
        batch: Self::Verified,
    ) -> impl Future<Output = Result<Receipt, Refusal>> + Send;

    /// Hears what a session reports, before the session handles anything else. From memory.
    fn hear(&self, _: PeerId, _: &Event) {}

    /// Hears how a session with a peer ended. From memory.
    fn ended(&self, _: PeerId, _: &Close) {}
}

/// Who may come in.
pub trait Allowed: fmt::Debug + Send + Sync + 'static {
    /// Returns whether a live certificate names this endpoint. Called for each connection and each announcement: from memory.
    fn allows(&self, peer: &PeerId) -> bool;

    /// Returns why a peer that is not allowed is not.
    fn bar(&self, _: &PeerId) -> Bar {
        Bar::Stranger
    }

    /// Returns whether a peer that is allowed is a coordinator's node. Called for each call that is made: from memory.
    fn is_coordinator(&self, _: &PeerId) -> bool {
        false
    }

    /// Returns whether an invitation is open, so that strangers may knock.
    fn is_inviting(&self) -> bool;

    /// Answers a newcomer's frame of at most `limits::JOIN_FRAME_BYTES_MAX` with at most `limits::JOIN_REPLY_BYTES_MAX`, or turns it away. Called on a thread that may wait.
    fn join(&self, peer: &PeerId, request: Vec<u8>) -> Option<Vec<u8>>;
}

/// What happened on the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The peer.
    pub peer: PeerId,
    /// What happened.
    pub what: What,
}

/// What happened with a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The session says something.
    Event(Event),
    /// The session is over.
    Ended(Ended),
    /// A connection stands.
    Started(Direction),
}

/// Who dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The peer did.
    Inward,
    /// This node did.
    Outward,
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Our reason.
    pub close: Close,
    /// The number that the peer gave, if it closed first.
    pub peer_number: Option<u64>,
}

/// Why a peer was not reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// It closed with this number.
    #[error("the peer closed with {0}")]
    Closed(u64),
    /// It is not in a live certificate.
    #[error("the peer is not admitted")]
    NotAllowed,
    /// No answer in time.
    #[error("no answer in time")]
    Silent,
    /// As many connections as allowed are open.
    #[error("too many connections")]
    TooMany,
    /// It cannot be reached.
    #[error("the peer cannot be reached: {0}")]
    Unreachable(String),
}

/// Why an attached file does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// No session is open.
    #[error("no other node is connected")]
    Alone,
    /// No connected node gives it.
    #[error("no connected node gives this file")]
    NotGiven,
}

/// Why a knock brings no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum KnockError {
    /// The node is not reached, or turns us away.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// Our own endpoint does not open.
    #[error(transparent)]
    Endpoint(#[from] EndpointFault),
}

/// The node on the network.
pub struct Network<R> {
    inner: Arc<Inner<R>>,
}

struct Inner<R> {
    endpoint: Endpoint,
    replica: Arc<R>,
    allowed: Arc<dyn Allowed>,
    crowd: Crowd,
    software: String,
    jitter: u64,
    links: Links,
    local: LocalNetwork,
    tasks: TaskTracker,
    stop: CancellationToken,
    connections: Arc<Semaphore>,
    handshakes: Arc<Semaphore>,
    newcomers: Arc<Semaphore>,
    /// Sessions at work at once.
    working: Semaphore,
    /// Peers that are being given a file.
    giving: Mutex<BTreeSet<PeerId>>,
    /// Connections with a session on them, by the session's number.
    open: Mutex<BTreeMap<u64, OpenConnection>>,
    peers: Mutex<BTreeMap<PeerId, usize>>,
    sessions: AtomicU64,
    announcements: broadcast::Sender<Announcement>,
    reports: broadcast::Sender<Report>,
}

/// A connection on which files may be asked for.
#[derive(Debug, Clone)]
struct OpenConnection {
    peer: PeerId,
    connection: Connection,
    /// Held by whoever asks for a file.
    asking: Arc<tokio::sync::Mutex<()>>,
}

/// What is new in the replica.
#[derive(Debug, Clone, Default)]
struct Announcement {
    /// The session that brought it, which need not hear it again.
    origin: Option<u64>,
    heads: Arc<[NewHead]>,
    has_new_objects: bool,
    /// Entries that are damaged here, to be asked for.
    to_fetch: Arc<[EntryId]>,
    /// Heads that are not held here, to be asked for.
    to_ask: Arc<[NewHead]>,
    /// Whether some feeds wait no more.
    resumes: bool,
    /// Whether there are addresses of nodes to tell.
    has_new_peers: bool,
    /// The session that is to end.
    leave: Option<(u64, Enough)>,
}

/// A place among the connections, and among those of one peer. Given back when dropped.
struct Place<R> {
    inner: Arc<Inner<R>>,
    peer: PeerId,
    _connection: OwnedSemaphorePermit,
}

/// Returns the number that tells a peer why it may not come in.
fn number_of(bar: Bar) -> u32 {
    match bar {
        Bar::Cut => CUT,
        Bar::Left => LEFT,
        Bar::Outdated => OUTDATED,
        Bar::Stranger => FORBIDDEN,
    }
}

/// Returns why a peer turned us away, from its number.
pub(crate) fn bar_of(number: u64) -> Option<Bar> {
    let all = [Bar::Cut, Bar::Left, Bar::Outdated, Bar::Stranger];
    all.into_iter()
        .find(|bar| u64::from(number_of(*bar)) == number)
}

impl<R: Source + Sink> Network<R> {
    /// Opens the endpoint and starts to accept.
    pub async fn open(
        options: Options,
        replica: Arc<R>,
        allowed: Arc<dyn Allowed>,
    ) -> Result<Self, EndpointFault> {
        let endpoint = bind::bind(&options, &allowed).await?;
        let local = local::look(&endpoint, &options.links);
        let own = PeerId::from_bytes(*endpoint.id().as_bytes());
        let inner = Arc::new(Inner {
            crowd: Crowd::new(own, options.jitter, Arc::clone(&allowed)),
            endpoint,
            replica,
            allowed,
            software: options.software,
            jitter: options.jitter,
            links: options.links,
            local,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            connections: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            handshakes: Arc::new(Semaphore::new(HANDSHAKES_MAX)),
            newcomers: Arc::new(Semaphore::new(NEWCOMERS_MAX)),
            working: Semaphore::new(WORKING_MAX),
            giving: Mutex::new(BTreeSet::new()),
            open: Mutex::new(BTreeMap::new()),
            peers: Mutex::new(BTreeMap::new()),
            sessions: AtomicU64::new(0),
            announcements: broadcast::Sender::new(ANNOUNCEMENTS_MAX),
            reports: broadcast::Sender::new(REPORTS_MAX),
        });
        inner.tasks.spawn(accept::run(Arc::clone(&inner)));
        Ok(Self { inner })
    }

    /// Returns our network identity.
    pub fn id(&self) -> PeerId {
        PeerId::from_bytes(*self.inner.endpoint.id().as_bytes())
    }

    /// Returns the addresses at which we are reached: those that we listen on, or those of this machine when we listen on all of them.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let bound = self.inner.endpoint.bound_sockets();
        let is_given = |address: &SocketAddr| !address.ip().is_unspecified();
        let given: Vec<_> = bound.iter().copied().filter(is_given).collect();
        let own = match given.len() == bound.len() {
            true => Vec::new(),
            false => self.inner.endpoint.addr().ip_addrs().copied().collect(),
        };
        let found: Vec<_> = given.into_iter().chain(own).collect();
        // A machine that has no address yet is at least told the port.
        if found.is_empty() { bound } else { found }
    }

    /// Dials a peer and starts a session, whose end the handle brings. To be connected means nothing before `Event::Met`.
    pub async fn connect(
        &self,
        peer: PeerId,
        addresses: &[SocketAddr],
    ) -> Result<JoinHandle<Ended>, DialError> {
        let reached = self.reach(peer, addresses).await;
        let (place, connection) = reached.inspect_err(|_| self.inner.crowd.failed(peer))?;
        let inner = Arc::clone(&self.inner);
        let session = async move {
            let _place = place;
            drive::run(inner, connection, Role::Dialler).await
        };
        Ok(self.inner.tasks.spawn(session))
    }

    async fn reach(
        &self,
        peer: PeerId,
        addresses: &[SocketAddr],
    ) -> Result<(Place<R>, Connection), DialError> {
        if !self.inner.allowed.allows(&peer) {
            return Err(DialError::NotAllowed);
        }
        let place = Place::take(&self.inner, peer).ok_or(DialError::TooMany)?;
        let connection = self.inner.dial(peer, addresses, SYNC_ALPN).await?;
        Ok((place, connection))
    }

    /// Knocks at a node that has given us an invitation, and returns its answer.
    pub async fn join(
        &self,
        peer: PeerId,
        addresses: &[SocketAddr],
        request: &[u8],
    ) -> Result<Vec<u8>, DialError> {
        let connection = self.inner.dial(peer, addresses, JOIN_ALPN).await?;
        join::knock(&connection, request).await
    }

    /// Tells all sessions about entries written here. To be called after they are on disk and published.
    pub fn announce(&self, heads: Vec<NewHead>) {
        self.inner.announce(None, heads, false);
    }

    /// Tells all sessions about charters or approvals made here, or about rights that changed: who has none any more is left.
    pub fn announce_objects(&self) {
        self.inner.announce(None, Vec::new(), true);
    }

    /// Asks all peers for entries that are damaged here.
    pub fn fetch(&self, entries: Vec<EntryId>) {
        // Without a session there is nobody to ask.
        let _ = self.inner.announcements.send(Announcement {
            to_fetch: entries.into(),
            ..Announcement::default()
        });
    }

    /// Asks all peers for what follows in these feeds, up to heads (feed, sequence, entry) that are not held here.
    pub fn ask(&self, heads: impl IntoIterator<Item = (FeedId, u64, EntryId)>) {
        let heads = heads.into_iter().map(|(feed, sequence, id)| NewHead {
            feed,
            head: Head { sequence, id },
        });
        let _ = self.inner.announcements.send(Announcement {
            to_ask: heads.collect(),
            ..Announcement::default()
        });
    }

    /// Lets all sessions ask for the rest of the feeds that wait no more.
    pub fn resume(&self) {
        // Without a session nobody was told that they wait.
        let _ = self.inner.announcements.send(Announcement {
            resumes: true,
            ..Announcement::default()
        });
    }

    /// Asks the connected peers for an attached file of this size, one after the other. `progress` hears how many bytes have come from
    /// the one that gives it. What comes is the file that has this hash, or nothing.
    pub async fn file(
        &self,
        hash: &FileHash,
        bytes: u64,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Vec<u8>, FileError> {
        let open = self.inner.open_connections();
        if open.is_empty() {
            return Err(FileError::Alone);
        }
        for (peer, open) in open {
            if !self.inner.allowed.allows(&peer) {
                continue;
            }
            if let Some(file) = files::ask(&open, hash, bytes, progress).await {
                return Ok(file);
            }
        }
        Err(FileError::NotGiven)
    }

    /// Returns which way the packets of each peer with an open session take now.
    pub fn ways(&self) -> BTreeMap<PeerId, Way> {
        let open = self.inner.open_connections().into_iter();
        open.filter_map(|(peer, open)| Some((peer, way(&open.connection)?)))
            .collect()
    }

    /// Returns how things stand with each relay that is configured.
    pub fn relays(&self) -> Vec<RelayStanding> {
        let home = self.inner.endpoint.home_relay_status().get();
        let relays = self.inner.links.relays.urls().iter();
        relays
            .map(|url| RelayStanding {
                address: url.to_string(),
                state: match home.iter().find(|status| status.url() == url) {
                    None => RelayState::Idle,
                    Some(status) => relay_state(status),
                },
            })
            .collect()
    }

    /// Returns whether nodes are looked for on the local network.
    pub fn local(&self) -> &LocalNetwork {
        &self.inner.local
    }

    /// Returns what happens from now on. A reader that is slow loses the oldest.
    pub fn reports(&self) -> broadcast::Receiver<Report> {
        self.inner.reports.subscribe()
    }

    /// Ends all sessions, waits for what they are writing, and closes the endpoint.
    pub async fn close(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
        self.inner.endpoint.close().await;
    }
}

/// Opens an endpoint for one knock, as a newcomer that has no replica yet, and returns the answer.
pub async fn knock(
    options: &Options,
    (peer, addresses): (PeerId, &[SocketAddr]),
    allowed: &Arc<dyn Allowed>,
    request: &[u8],
) -> Result<Vec<u8>, KnockError> {
    let endpoint = bind::bind(options, allowed).await?;
    local::look(&endpoint, &options.links);
    let to = (peer, addresses, &options.links);
    let answer = match dial(&endpoint, to, JOIN_ALPN).await {
        Ok(connection) => join::knock(&connection, request).await,
        Err(error) => Err(error),
    };
    endpoint.close().await;
    Ok(answer?)
}

async fn dial(
    endpoint: &Endpoint,
    (peer, addresses, links): (PeerId, &[SocketAddr], &Links),
    alpn: &[u8],
) -> Result<Connection, DialError> {
    let unreachable = |reason: String| DialError::Unreachable(reason);
    let id =
        EndpointId::from_bytes(peer.as_bytes()).map_err(|error| unreachable(error.to_string()))?;
    let to = addresses.iter().fold(EndpointAddr::new(id), |to, address| {
        to.with_ip_addr(*address)
    });
    let to = links.relays.on_the_way_to(to);
    let dialled = timeout(DIAL_MAX, endpoint.connect(to, alpn)).await;
    dialled
        .map_err(|_| DialError::Silent)?
        .map_err(|error| unreachable(error.to_string()))
}

impl<R> Inner<R> {
    async fn dial(
        &self,
        peer: PeerId,
        addresses: &[SocketAddr],
        alpn: &[u8],
    ) -> Result<Connection, DialError> {
        dial(&self.endpoint, (peer, addresses, &self.links), alpn).await
    }

    fn announce(&self, origin: Option<u64>, heads: Vec<NewHead>, has_new_objects: bool) {
        // Nobody listens when there is no session: then there is nobody to tell.
        let _ = self.announcements.send(Announcement {
            origin,
            heads: heads.into(),
            has_new_objects,
            ..Announcement::default()
        });
    }

    fn report(&self, peer: PeerId, what: What) {
        let _ = self.reports.send(Report { peer, what });
    }

    /// Returns one connection for each peer.
    fn open_connections(&self) -> BTreeMap<PeerId, OpenConnection> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let open = open.values().map(|open| (open.peer, open.clone()));
        open.collect()
    }

    fn next_session(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::Relaxed)
    }
}

impl<R> Place<R> {
    fn take(inner: &Arc<Inner<R>>, peer: PeerId) -> Option<Self> {
        let connection = Arc::clone(&inner.connections).try_acquire_owned().ok()?;
        let mut peers = inner.peers.lock().unwrap_or_else(PoisonError::into_inner);
        let count = peers.entry(peer).or_default();
        if *count >= SESSIONS_PER_PEER_MAX {
            return None;
        }
        *count += 1;
        Some(Self {
            inner: Arc::clone(inner),
            peer,
            _connection: connection,
        })
    }
}

impl<R> Drop for Place<R> {
    fn drop(&mut self) {
        let peers = self.inner.peers.lock();
        let mut peers = peers.unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = peers.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                peers.remove(&self.peer);
            }
        }
    }
}

impl<R> Drop for Network<R> {
    fn drop(&mut self) {
        // Without `close` nobody waits, but nothing goes on either.
        self.inner.stop.cancel();
    }
}

impl<R> fmt::Debug for Network<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Network of {}", self.inner.endpoint.id())
    }
}
