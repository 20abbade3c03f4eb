//! The network of a node that has a replica: peers are called again and again, and told of what is written here.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crdt_schema::id::{EntryId, FeedId, FileHash};
use crdt_schema::time::Timestamp;
use replica::{News, Replica};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bundle::Bundles;
use crate::endpoint::{
    self, Allowed, DialError, Ended, EndpointFault, FileError, KnockError, Network, Options,
};
use crate::gate::{Door, Gate, Shut};
use crate::intake::Intake;
use crate::invite::{JoinReply, JoinRequest, Ticket};
use crate::limits::{
    COMMITS_MAX, HELD_EVERY, REDIAL_MAX, REDIAL_MIN, REDIAL_REFUSED_MAX, RESUME_EVERY,
};
use crate::links::{Links, LocalNetwork, RelayStanding, Way};
use crate::message::{Head, NewHead};
use crate::peers::{PeerState, Peers};
use crate::session::{Close, PeerId};
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
            let (network, peers) = (Arc::clone(&endpoint.network), Arc::clone(&endpoint.peers));
            endpoint.until_stopped(call(network, peers, PeerId::from_bytes(peer), addresses));
        }
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

/// Calls a peer again and again, with longer and longer pauses while it is not reached.
async fn call(
    network: Arc<Network<Shelf>>,
    peers: Arc<Peers>,
    peer: PeerId,
    addresses: Vec<SocketAddr>,
) {
    let mut pause = REDIAL_MIN;
    loop {
        let mut longest = REDIAL_MAX;
        match network.connect(peer, &addresses).await {
            Ok(session) => match session.await {
                Ok(ended) if is_healthy(&ended) => pause = REDIAL_MIN,
                _ => longest = REDIAL_REFUSED_MAX,
            },
            Err(error) => peers.change(*peer.as_bytes(), |peer| {
                // It may have called us meanwhile.
                if peer.sessions == 0 {
                    peer.state = match error {
                        DialError::NotAllowed => PeerState::Refused,
                        error => PeerState::Unreachable(error.to_string()),
                    };
                }
            }),
        }
        pause = pause.min(longest);
        tokio::time::sleep(pause).await;
        pause = next_pause(pause, longest);
    }
}

/// Returns whether a session ended as sessions do: the peer stopped, or the line broke.
fn is_healthy(ended: &Ended) -> bool {
    let is_ours = matches!(ended.close, Close::Lost | Close::Stopping);
    is_ours && ended.peer_number.is_none_or(|number| number == 0)
}

fn next_pause(pause: Duration, longest: Duration) -> Duration {
    (pause * 2).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::{FORBIDDEN, TOO_MANY};
    use crate::session::PeerFault;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut pause = REDIAL_MIN;
        let mut pauses = Vec::new();
        for _ in 0..8 {
            pauses.push(pause.as_millis());
            pause = next_pause(pause, REDIAL_REFUSED_MAX);
        }
        assert_eq!(
            pauses,
            [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000]
        );
        assert_eq!(next_pause(REDIAL_MAX, REDIAL_MAX), REDIAL_MAX);
    }

    #[test]
    fn only_a_session_that_was_welcome_makes_the_next_call_come_soon() {
        let ended = |close, peer_number| Ended { close, peer_number };
        assert!(is_healthy(&ended(Close::Lost, None)));
        assert!(is_healthy(&ended(Close::Lost, Some(0))));
        for number in [FORBIDDEN, TOO_MANY, 400] {
            assert!(!is_healthy(&ended(Close::Lost, Some(u64::from(number)))));
        }
        assert!(!is_healthy(&ended(PeerFault::Silent.into(), None)));
        assert!(!is_healthy(&ended(Close::OtherFederation, None)));
    }
}
