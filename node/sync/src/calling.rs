//! The network of a node that has a replica: peers are called again and again, and told of what is written here.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use crdt_schema::id::{EntryId, FeedId, FileHash};
use crdt_schema::time::Timestamp;
use replica::{News, Replica};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bundle::Bundles;
use crate::endpoint::{
    self, Allowed, DialError, EndpointFault, FileError, KnockError, Network, Options,
};
use crate::gate::{Door, Gate, Shut};
use crate::intake::Intake;
use crate::invite::{JoinReply, JoinRequest, Ticket};
use crate::limits::{COMMITS_MAX, HELD_EVERY, RESUME_EVERY, TELL_EVERY};
use crate::links::{Links, LocalNetwork, RelayStanding, Way};
use crate::message::{Head, NewHead};
use crate::peers::{PeerState, Peers};
use crate::roster::Order;
use crate::session::{PeerFault, PeerId};
use crate::shelf::{Claiming, Shelf};
use crate::watching::Watch;

pub(crate) const SOFTWARE: &str = concat!("maillage ", env!("CARGO_PKG_VERSION"));

/// How the endpoint is opened.
#[derive(Clone)]
pub struct Settings {
    /// The network identity's secret.
    pub secret: [u8; 32],
    /// Where to listen.
    pub listen: SocketAddr,
    /// Nodes to call, each with where it listens: nowhere that is known, if it is reached through a relay.
    pub peers: Vec<([u8; 32], Vec<SocketAddr>)>,
    /// Whether nodes are called of which others tell.
    pub meets_others: bool,
    /// What reaches beyond these addresses.
    pub links: Links,
    /// The clock, for what the operator sees.
    pub now: fn() -> Timestamp,
}

/// Why the endpoint cannot be opened, or a call does not come through.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EndpointError {
    /// The answer of the other node cannot be read.
    #[error("the node answers what this program does not understand")]
    Answer,
    /// The address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] EndpointFault),
    /// The other node is not reached.
    #[error("the node is not reached: {0}")]
    Unreachable(#[from] DialError),
}

impl EndpointError {
    /// Returns whether nobody answered in time. Whoever turns us away has answered.
    pub fn is_silence(&self) -> bool {
        matches!(
            self,
            EndpointError::Unreachable(DialError::Silent | DialError::Unreachable(_))
        )
    }
}

/// An open endpoint.
pub struct Endpoint {
    network: Arc<Network<Shelf>>,
    intake: Arc<Intake>,
    shelf: Arc<Shelf>,
    now: fn() -> Timestamp,
    peers: Arc<Peers>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Endpoint {
    /// Opens the endpoint, answers calls, and calls the peers of the settings until it is closed.
    pub async fn open(
        settings: Settings,
        replica: Arc<Replica>,
        door: Arc<dyn Door>,
    ) -> Result<Self, EndpointError> {
        let gate = Arc::new(Gate(Arc::clone(&door)));
        let intake = Intake::new(Arc::clone(&replica), Arc::clone(&door), settings.now);
        let intake = Arc::new(intake);
        let shelf = Shelf::new(Arc::clone(&replica), Arc::clone(&door), Arc::clone(&intake));
        let shelf = Arc::new(shelf);
        let options = options(settings.secret, settings.listen, settings.links);
        let network = Arc::new(Network::open(options, Arc::clone(&shelf), gate).await?);
        let (commits, new_commits) = broadcast::channel(COMMITS_MAX);
        // The replica outlives its listener's reader when the endpoint is closed first, which is no failure.
        replica.listen(Box::new(move |news| drop(commits.send(news.clone()))));
        let endpoint = Self {
            network,
            intake: Arc::clone(&intake),
            shelf,
            now: settings.now,
            peers: Arc::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        let known = Arc::clone(&door);
        let watch = Watch {
            peers: Arc::clone(&endpoint.peers),
            now: settings.now,
        };
        endpoint.until_stopped(watch.run(endpoint.network.reports()));
        let network = Arc::clone(&endpoint.network);
        endpoint.until_stopped(announce_all(network, replica, new_commits));
        endpoint.until_stopped(release(Arc::clone(endpoint.shelf.claiming())));
        let network = Arc::clone(&endpoint.network);
        endpoint.until_stopped(resume_all(network, intake));
        for (peer, addresses) in settings.peers {
            endpoint
                .network
                .configure(PeerId::from_bytes(peer), addresses);
        }
        if settings.meets_others {
            endpoint.network.meet_others(&known.met());
        }
        let network = Arc::clone(&endpoint.network);
        endpoint.until_stopped(tell_all(network, known));
        let (network, peers) = (Arc::clone(&endpoint.network), Arc::clone(&endpoint.peers));
        endpoint.until_stopped(keep_crowd(network, peers));
        Ok(endpoint)
    }

    /// Returns the network identity.
    pub fn id(&self) -> [u8; 32] {
        *self.network.id().as_bytes()
    }

    /// Returns where the endpoint listens.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.network.addresses()
    }

    /// Returns what is known of the peers.
    pub fn peers(&self) -> &Arc<Peers> {
        &self.peers
    }

    /// Returns what is taken in for now, and which feeds wait.
    pub fn intake(&self) -> &Arc<Intake> {
        &self.intake
    }

    /// Returns the bundles of this node: what they bring is announced to all sessions.
    pub fn bundles(&self) -> Bundles {
        let network = Arc::clone(&self.network);
        let announce = move |heads: Vec<NewHead>, has_new_objects| {
            if !heads.is_empty() {
                network.announce(heads);
            }
            if has_new_objects {
                network.announce_objects();
            }
        };
        Bundles::over(Arc::clone(&self.shelf), Box::new(announce), self.now)
    }

    /// Returns which way the packets of each peer take now, by network identity.
    pub fn ways(&self) -> BTreeMap<[u8; 32], Way> {
        let ways = self.network.ways().into_iter();
        ways.map(|(peer, way)| (*peer.as_bytes(), way)).collect()
    }

    /// Returns how things stand with each relay that is configured.
    pub fn relays(&self) -> Vec<RelayStanding> {
        self.network.relays()
    }

    /// Returns whether nodes are looked for on the local network.
    pub fn local(&self) -> &LocalNetwork {
        self.network.local()
    }

    /// Asks all peers for entries that are damaged here. They are written as they come, and the replica knows which are left.
    pub fn fetch(&self, entries: Vec<EntryId>) {
        self.intake.expect(&entries);
        self.network.fetch(entries);
    }

    /// Asks the connected peers for an attached file of this size. `progress` hears how many bytes have come.
    pub async fn file(
        &self,
        hash: &FileHash,
        bytes: u64,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Vec<u8>, FileError> {
        self.network.file(hash, bytes, progress).await
    }

    /// Asks all peers for what follows in these feeds, up to heads (feed, sequence, entry) that are not held here.
    pub fn ask(&self, heads: impl IntoIterator<Item = (FeedId, u64, EntryId)>) {
        self.network.ask(heads);
    }

    /// Ends all sessions, and waits for their tasks.
    pub async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.network.close().await;
        self.tasks.wait().await;
    }

    fn until_stopped(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = work => {}
            }
        });
    }
}

/// Shows a ticket to the node that gave it, once. It is reached at the addresses of the ticket, and through these relays.
pub async fn knock(
    secret: &[u8; 32],
    (listen, links): (SocketAddr, &Links),
    ticket: &Ticket,
    request: &JoinRequest,
) -> Result<JoinReply, EndpointError> {
    let request = postcard::to_stdvec(request).map_err(|_| EndpointError::Answer)?;
    let shut: Arc<dyn Allowed> = Arc::new(Shut);
    let to = (
        PeerId::from_bytes(ticket.endpoint),
        ticket.addresses.as_slice(),
    );
    let answer = endpoint::knock(
        &options(*secret, listen, links.clone()),
        to,
        &shut,
        &request,
    )
    .await;
    let answer = answer.map_err(|error| match error {
        KnockError::Dial(error) => EndpointError::Unreachable(error),
        KnockError::Endpoint(fault) => EndpointError::Listen(fault),
    })?;
    match postcard::take_from_bytes(&answer) {
        Ok((reply, [])) => Ok(reply),
        _ => Err(EndpointError::Answer),
    }
}

/// Each node compares at its own rhythm, which its identity gives it.
fn options(secret: [u8; 32], listen: SocketAddr, links: Links) -> Options {
    let public = crdt_schema::key::SecretKey::from_bytes(&secret).public();
    let jitter = public.as_bytes().iter().fold(0_u64, |jitter, byte| {
        jitter.wrapping_mul(31).wrapping_add(u64::from(*byte))
    });
    Options {
        secret,
        listen: vec![listen],
        software: SOFTWARE.to_owned(),
        jitter,
        links,
    }
}

/// Tells all sessions of what is committed here. What peers brought is announced by the session that stored it.
async fn announce_all(
    network: Arc<Network<Shelf>>,
    replica: Arc<Replica>,
    mut commits: broadcast::Receiver<News>,
) {
    loop {
        let (has_grown, has_new_objects) = match commits.recv().await {
            Ok(news) => {
                let own = replica.feed();
                let has_grown = own.is_some_and(|own| news.feeds.contains(&own));
                (has_grown, news.has_new_charters)
            }
            Err(RecvError::Lagged(_)) => (true, true),
            Err(RecvError::Closed) => return,
        };
        if has_grown {
            network.announce(own_heads(&replica));
        }
        if has_new_objects {
            network.announce_objects();
        }
    }
}

/// Lets all sessions ask for the feeds that wait no more.
async fn resume_all(network: Arc<Network<Shelf>>, intake: Arc<Intake>) {
    let mut look = tokio::time::interval(RESUME_EVERY);
    loop {
        look.tick().await;
        if intake.end_pauses() {
            network.resume();
        }
    }
}

/// Lets signing go on once what peers named of our feed was waited for.
async fn release(claiming: Arc<Claiming>) {
    let mut look = tokio::time::interval(HELD_EVERY);
    loop {
        look.tick().await;
        claiming.lapse();
    }
}

fn own_heads(replica: &Replica) -> Vec<NewHead> {
    let Some(feed) = replica.feed() else {
        return Vec::new();
    };
    let heads = replica.state().feeds().heads(&feed);
    let heads = heads.into_iter();
    heads
        .map(|(sequence, id)| NewHead {
            feed,
            head: Head { sequence, id },
        })
        .collect()
}

/// Calls whom the roster wants called, and ends the sessions that are too many.
async fn keep_crowd(network: Arc<Network<Shelf>>, peers: Arc<Peers>) {
    let mut calls = JoinSet::new();
    loop {
        let (orders, again) = network.orders();
        for order in orders {
            match order {
                Order::Call(peer, addresses) => {
                    calls.spawn(call(
                        Arc::clone(&network),
                        Arc::clone(&peers),
                        peer,
                        addresses,
                    ));
                }
                Order::Leave(number, why) => network.leave(number, why),
            }
        }
        tokio::select! {
            () = tokio::time::sleep_until(again) => {}
            () = network.crowd_changed() => {}
            Some(_) = calls.join_next() => {}
        }
    }
}

async fn call(
    network: Arc<Network<Shelf>>,
    peers: Arc<Peers>,
    peer: PeerId,
    addresses: Vec<SocketAddr>,
) {
    let Err(error) = network.connect(peer, &addresses).await else {
        return;
    };
    peers.change(*peer.as_bytes(), |peer| {
        // It may have called us meanwhile. What it did wrong stays to be seen until it does better; who was silent may have been cut off.
        let silent = PeerFault::Silent.code();
        let is_at_fault = matches!(peer.state, PeerState::AtFault(code) if code != silent);
        if peer.sessions == 0 {
            match error {
                DialError::NotAllowed => peer.state = PeerState::Refused,
                _ if is_at_fault => {}
                error => peer.state = PeerState::Unreachable(error.to_string()),
            }
        }
    });
}

/// Tells all peers, and the disk, of nodes that were met.
async fn tell_all(network: Arc<Network<Shelf>>, door: Arc<dyn Door>) {
    let mut look = tokio::time::interval(TELL_EVERY);
    let mut told = (Vec::new(), 0);
    loop {
        look.tick().await;
        let met = network.met();
        if met.1 != told.1 {
            network.tell_peers();
        }
        if met.0 != told.0 {
            let (door, met) = (Arc::clone(&door), met.0.clone());
            // What cannot be kept is met again: the door says so.
            let _ = tokio::task::spawn_blocking(move || door.keep_met(&met)).await;
        }
        told = met;
    }
}
