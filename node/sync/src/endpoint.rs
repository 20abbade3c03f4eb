//! The iroh endpoint: turns connections into sessions, and does what these ask. What is decided is decided in `session`.
//!
//! No relay, no address service, no name service: only addresses that tickets and the configuration give. A full queue of news makes
//! a session compare all heads again; a full store makes a peer wait for its acknowledgement.

mod exchange;
mod join;

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crdt_schema::id::FeedId;
use crdt_schema::time::Timestamp;
use iroh::endpoint::{
    AfterHandshakeOutcome, Connection, EndpointHooks, QuicTransportConfig, VarInt, presets,
};
use iroh::{EndpointAddr, EndpointId, RelayMode, SecretKey};
use replica::Replica;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::invite::{JoinReply, JoinRequest, Ticket};
use crate::limits::{CONNECT_TIMEOUT, CONNECTIONS_MAX};
use crate::peers::{PeerState, Peers};

const SYNC_ALPN: &[u8] = b"maillage/sync/1";
const JOIN_ALPN: &[u8] = b"maillage/join/1";
/// Code with which strangers are sent away.
const FORBIDDEN: u32 = 403;
/// Bytes that one stream, and one connection, may have on their way: what 64 peers that never read can make us hold.
const STREAM_WINDOW_BYTES: u32 = 1 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 4 << 20;
/// News that wait for a slow session before it compares all heads instead.
const NEWS_MAX: usize = 256;
/// Between two calls to a peer that is not reached: the first, and the longest.
const RETRY_MIN: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(60);
/// Sessions with one peer: one that each side called.
const SESSIONS_PER_PEER_MAX: u32 = 2;

/// What the node decides for the endpoint.
pub trait Door: Send + Sync + 'static {
    /// Returns whether this network identity belongs to a live instance, or was just admitted.
    fn is_allowed(&self, endpoint: &[u8; 32]) -> bool;

    /// Returns whether a newcomer may knock at all.
    fn is_open(&self) -> bool;

    /// Judges a newcomer's request.
    fn join(&self, request: &JoinRequest, endpoint: [u8; 32]) -> JoinReply;

    /// A peer holds a later entry of our own feed than we do.
    fn rolled_back(&self, sequence: u64);

    /// Returns the feed that a network identity writes, if its certificate is held.
    fn feed_of(&self, endpoint: &[u8; 32]) -> Option<FeedId>;
}

/// How the endpoint is opened.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The network identity's secret.
    pub secret: [u8; 32],
    /// Where to listen.
    pub listen: SocketAddr,
    /// Nodes to call.
    pub peers: Vec<([u8; 32], SocketAddr)>,
    /// The clock, for what the operator sees.
    pub now: fn() -> Timestamp,
}

/// Why the endpoint cannot be opened, or a call does not come through.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EndpointError {
    /// The address cannot be listened on.
    #[error("{address} cannot be listened on: {reason}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        reason: String,
    },
    /// The other node is not reached.
    #[error("the node is not reached: {0}")]
    Unreachable(String),
    /// The ticket names no sound network identity.
    #[error("the ticket names no node")]
    Identity,
}

/// An open endpoint.
pub struct Endpoint {
    inner: iroh::Endpoint,
    peers: Arc<Peers>,
    tasks: TaskTracker,
    stop: CancellationToken,
    shared: Arc<Shared>,
}

/// What every task of the endpoint knows.
pub(crate) struct Shared {
    pub(crate) replica: Arc<Replica>,
    pub(crate) door: Arc<dyn Door>,
    pub(crate) peers: Arc<Peers>,
    pub(crate) news: broadcast::Sender<BTreeSet<FeedId>>,
    pub(crate) stop: CancellationToken,
    pub(crate) now: fn() -> Timestamp,
}

/// Lets in who belongs to the federation, and newcomers while an invitation is open.
struct Guard(Arc<dyn Door>);

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

impl EndpointHooks for Guard {
    async fn after_handshake<'a>(&'a self, connection: &'a Connection) -> AfterHandshakeOutcome {
        let is_allowed = match connection.alpn() {
            alpn if alpn == SYNC_ALPN => self.0.is_allowed(connection.remote_id().as_bytes()),
            alpn if alpn == JOIN_ALPN => true,
            _ => false,
        };
        if is_allowed {
            AfterHandshakeOutcome::Accept
        } else {
            AfterHandshakeOutcome::Reject {
                error_code: VarInt::from_u32(FORBIDDEN),
                reason: b"not in the federation".to_vec(),
            }
        }
    }
}

impl Endpoint {
    /// Opens the endpoint, answers calls, and calls the peers of the settings until it is closed.
    pub async fn open(
        settings: Settings,
        replica: Arc<Replica>,
        door: Arc<dyn Door>,
    ) -> Result<Self, EndpointError> {
        let inner = bind(
            &settings.secret,
            settings.listen,
            Some(Guard(Arc::clone(&door))),
        )
        .await?;
        let (peers, stop, tasks) = (
            Arc::new(Peers::default()),
            CancellationToken::new(),
            TaskTracker::new(),
        );
        let (news, _) = broadcast::channel(NEWS_MAX);
        let listener = news.clone();
        // Nobody listens while no session is open, which is no failure.
        replica.listen(Box::new(move |feeds| drop(listener.send(feeds.clone()))));
        let shared = Arc::new(Shared {
            replica,
            door,
            peers: Arc::clone(&peers),
            news,
            stop: stop.clone(),
            now: settings.now,
        });
        let endpoint = Self {
            inner,
            peers,
            tasks,
            stop,
            shared,
        };
        endpoint.answer_calls();
        for (peer, address) in settings.peers {
            endpoint.call_again_and_again(peer, address);
        }
        Ok(endpoint)
    }

    /// Returns the network identity.
    pub fn id(&self) -> [u8; 32] {
        *self.inner.id().as_bytes()
    }

    /// Returns where the endpoint listens.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.inner.bound_sockets()
    }

    /// Returns what is known of the peers.
    pub fn peers(&self) -> &Arc<Peers> {
        &self.peers
    }

    /// Ends all sessions, and waits for their tasks.
    pub async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        self.inner.close().await;
        self.tasks.wait().await;
    }

    fn answer_calls(&self) {
        let (inner, shared, tasks) = (
            self.inner.clone(),
            Arc::clone(&self.shared),
            self.tasks.clone(),
        );
        self.tasks.spawn(async move {
            loop {
                let incoming = tokio::select! {
                    incoming = inner.accept() => incoming,
                    () = shared.stop.cancelled() => None,
                };
                let Some(incoming) = incoming else { return };
                if tasks.len() > CONNECTIONS_MAX {
                    incoming.refuse();
                    continue;
                }
                let shared = Arc::clone(&shared);
                tasks.spawn(async move {
                    match tokio::time::timeout(CONNECT_TIMEOUT, incoming).await {
                        Ok(Ok(connection)) => answer(connection, &shared).await,
                        Ok(Err(error)) => tracing::debug!(%error, "a call was not accepted"),
                        Err(_) => tracing::debug!("a call did not complete its handshake"),
                    }
                });
            }
        });
    }

    fn call_again_and_again(&self, peer: [u8; 32], address: SocketAddr) {
        let (inner, shared) = (self.inner.clone(), Arc::clone(&self.shared));
        self.tasks.spawn(async move {
            let mut pause = RETRY_MIN;
            while !shared.stop.is_cancelled() {
                match connect(&inner, &peer, &[address], SYNC_ALPN).await {
                    Ok(connection) => {
                        pause = RETRY_MIN;
                        exchange::caller(&connection, &shared).await;
                    }
                    Err(error) => {
                        let reason = error.to_string();
                        shared
                            .peers
                            .change(peer, |peer| peer.state = PeerState::Unreachable(reason));
                    }
                }
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = shared.stop.cancelled() => {}
                }
                pause = (pause * 2).min(RETRY_MAX);
            }
        });
    }
}

/// Shows a ticket to the node that gave it, once.
pub async fn knock(
    secret: &[u8; 32],
    listen: SocketAddr,
    ticket: &Ticket,
    request: &JoinRequest,
) -> Result<JoinReply, EndpointError> {
    let inner = bind(secret, listen, None).await?;
    let connected = connect(&inner, &ticket.endpoint, &ticket.addresses, JOIN_ALPN).await;
    let reply = match connected {
        Ok(connection) => join::ask(&connection, request).await,
        Err(error) => Err(error),
    };
    inner.close().await;
    reply
}

async fn bind(
    secret: &[u8; 32],
    listen: SocketAddr,
    guard: Option<Guard>,
) -> Result<iroh::Endpoint, EndpointError> {
    let failed = |reason: String| EndpointError::Listen {
        address: listen,
        reason,
    };
    let transport = QuicTransportConfig::builder()
        .max_concurrent_bidi_streams(2u32.into())
        .max_concurrent_uni_streams(0u32.into())
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW_BYTES))
        .receive_window(VarInt::from_u32(CONNECTION_WINDOW_BYTES))
        .datagram_receive_buffer_size(None)
        .build();
    let mut builder = iroh::Endpoint::builder(presets::Minimal)
        .secret_key(SecretKey::from_bytes(secret))
        .alpns(vec![SYNC_ALPN.to_vec(), JOIN_ALPN.to_vec()])
        .relay_mode(RelayMode::Disabled)
        .clear_ip_transports()
        .transport_config(transport)
        .bind_addr(listen)
        .map_err(|error| failed(error.to_string()))?;
    if let Some(guard) = guard {
        builder = builder.hooks(guard);
    }
    builder
        .bind()
        .await
        .map_err(|error| failed(error.to_string()))
}

async fn connect(
    inner: &iroh::Endpoint,
    peer: &[u8; 32],
    addresses: &[SocketAddr],
    alpn: &[u8],
) -> Result<Connection, EndpointError> {
    let id = EndpointId::from_bytes(peer).map_err(|_| EndpointError::Identity)?;
    let address = addresses
        .iter()
        .fold(EndpointAddr::new(id), |all, one| all.with_ip_addr(*one));
    match tokio::time::timeout(CONNECT_TIMEOUT, inner.connect(address, alpn)).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(EndpointError::Unreachable(error.to_string())),
        Err(_) => Err(EndpointError::Unreachable("no answer in time".to_owned())),
    }
}

async fn answer(connection: Connection, shared: &Arc<Shared>) {
    let peer = *connection.remote_id().as_bytes();
    if connection.alpn() == JOIN_ALPN {
        join::answer(&connection, shared).await;
        return;
    }
    let (with_peer, in_all) = shared.peers.sessions(&peer);
    if with_peer >= SESSIONS_PER_PEER_MAX || in_all as usize >= CONNECTIONS_MAX {
        connection.close(VarInt::from_u32(1), b"too many sessions");
        return;
    }
    exchange::answerer(&connection, shared).await;
}
