//! Who comes in: our own accept loop, with a bound on everything, and the list of those who may.

use std::sync::Arc;

use iroh::endpoint::{AfterHandshakeOutcome, Connection, EndpointHooks, Incoming, Side};
use tokio::time::timeout;
use tracing::debug;

use crate::endpoint::{
    Allowed, FORBIDDEN, Inner, JOIN_ALPN, Place, SYNC_ALPN, Sink, Source, TOO_MANY, drive, join,
    number_of,
};
use crate::limits::{FIRST_BYTE_MAX, HANDSHAKES_MAX, HANDSHAKES_RETRY};
use crate::session::{PeerId, Role};

/// Closes every connection, in both directions, whose endpoint is in no live certificate.
#[derive(Debug)]
pub(super) struct AllowList {
    allowed: Arc<dyn Allowed>,
}

impl AllowList {
    pub(super) fn new(allowed: Arc<dyn Allowed>) -> Self {
        Self { allowed }
    }

    fn admits(&self, connection: &Connection) -> bool {
        let peer = peer_of(connection);
        match (connection.alpn(), connection.side()) {
            // Whoever knocks has the address from an invitation, which is its trust in us.
            (JOIN_ALPN, Side::Client) => true,
            (JOIN_ALPN, Side::Server) => self.allowed.is_inviting(),
            (SYNC_ALPN, _) => self.allowed.allows(&peer),
            _ => false,
        }
    }
}

impl EndpointHooks for AllowList {
    async fn after_handshake(&self, connection: &Connection) -> AfterHandshakeOutcome {
        if self.admits(connection) {
            return AfterHandshakeOutcome::Accept;
        }
        debug!(peer.id = %peer_of(connection).short(), "a connection without right is closed");
        let number = match connection.alpn() {
            SYNC_ALPN => number_of(self.allowed.bar(&peer_of(connection))),
            _ => FORBIDDEN,
        };
        AfterHandshakeOutcome::Reject {
            error_code: number.into(),
            reason: b"not_allowed".to_vec(),
        }
    }
}

/// Accepts until the node stops.
pub(super) async fn run<R: Source + Sink>(inner: Arc<Inner<R>>) {
    loop {
        let incoming = tokio::select! {
            () = inner.stop.cancelled() => return,
            incoming = inner.endpoint.accept() => incoming,
        };
        match incoming {
            Some(incoming) => admit(&inner, incoming),
            None => return,
        }
    }
}

/// Returns the network identity that the handshake proved.
pub(super) fn peer_of(connection: &Connection) -> PeerId {
    PeerId::from_bytes(*connection.remote_id().as_bytes())
}

fn admit<R: Source + Sink>(inner: &Arc<Inner<R>>, incoming: Incoming) {
    let under_way = HANDSHAKES_MAX - inner.handshakes.available_permits();
    let Ok(handshake) = Arc::clone(&inner.handshakes).try_acquire_owned() else {
        return incoming.refuse();
    };
    if under_way >= HANDSHAKES_RETRY && !incoming.remote_addr_validated() {
        // An address that has come back already cannot be asked again; it is simply refused.
        if let Err(error) = incoming.retry() {
            error.into_incoming().refuse();
        }
        return;
    }
    if inner.connections.available_permits() == 0 {
        return incoming.refuse();
    }
    let own = Arc::clone(inner);
    inner.tasks.spawn(async move {
        let stop = own.stop.clone();
        let greeted = async {
            let accepting = incoming.accept().ok()?;
            timeout(FIRST_BYTE_MAX, accepting).await.ok()?.ok()
        };
        let connection = tokio::select! {
            () = stop.cancelled() => None,
            connection = greeted => connection,
        };
        drop(handshake);
        if let Some(connection) = connection {
            welcome(own, connection).await;
        }
    });
}

async fn welcome<R: Source + Sink>(inner: Arc<Inner<R>>, connection: Connection) {
    if connection.alpn() == JOIN_ALPN {
        return hear(&inner, &connection).await;
    }
    let Some(_place) = Place::take(&inner, peer_of(&connection)) else {
        connection.close(TOO_MANY.into(), b"too_many");
        return;
    };
    drive::run(inner, connection, Role::Listener).await;
}

/// Hears a newcomer, in a place that no partner needs.
async fn hear<R: Source + Sink>(inner: &Arc<Inner<R>>, connection: &Connection) {
    let Ok(_place) = Arc::clone(&inner.newcomers).try_acquire_owned() else {
        connection.close(TOO_MANY.into(), b"too_many");
        return;
    };
    let stop = inner.stop.clone();
    tokio::select! {
        () = stop.cancelled() => {}
        () = join::open(inner, connection) => {}
    }
}
