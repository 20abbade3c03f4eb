//! The edge of a session: bytes in, inputs to the session, its outputs carried out.

use std::sync::Arc;
use std::time::Duration;

use crdt_schema::entry::SignedEntry;
use crdt_schema::governance::{Approval, Charter};
use iroh::endpoint::{Connection, RecvStream, SendStream, VarInt};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep_until, timeout};

use super::Shared;
use crate::codec;
use crate::limits::{BATCHES_IN_FLIGHT_MAX, DIGEST_EVERY, FRAME_TIMEOUT, HELLO_TIMEOUT};
use crate::message::{CharterBytes, Message};
use crate::peers::PeerState;
use crate::session::{Input, Output, PeerFault, Session};
use crate::shelf::Shelf;

/// Messages that were read and wait for the session. When full, the stream is not read, and the peer waits.
const READ_AHEAD_MESSAGES: usize = 4;
/// Code with which a session is ended after a fault of the peer.
const FAULT: u32 = 1;

/// Work for the one task of a session that writes to the store.
enum ToStore {
    Charters(CharterBytes),
    Entries(Vec<SignedEntry>),
}

/// Runs the session of the side that called.
pub(super) async fn caller(connection: &Connection, shared: &Arc<Shared>) {
    match timeout(HELLO_TIMEOUT, connection.open_bi()).await {
        Ok(Ok((send, receive))) => run(connection, send, receive, shared).await,
        _ => tracing::debug!("the peer opened no stream"),
    }
}

/// Runs the session of the side that was called.
pub(super) async fn answerer(connection: &Connection, shared: &Arc<Shared>) {
    match timeout(HELLO_TIMEOUT, connection.accept_bi()).await {
        Ok(Ok((send, receive))) => run(connection, send, receive, shared).await,
        _ => connection.close(VarInt::from_u32(FAULT), b"no stream in time"),
    }
}

async fn run(connection: &Connection, send: SendStream, receive: RecvStream, shared: &Arc<Shared>) {
    let peer = *connection.remote_id().as_bytes();
    shared.peers.change(peer, |peer| {
        peer.sessions += 1;
        peer.state = PeerState::Exchanging;
    });
    let ended = exchange(connection, send, receive, shared).await;
    shared
        .peers
        .change(peer, |peer| peer.sessions = peer.sessions.saturating_sub(1));
    match ended {
        Ended::Fault(fault) => {
            tracing::warn!(peer.id = %short(&peer), code = fault.code(), "a session ended by a fault of the peer: {fault}");
            connection.close(VarInt::from_u32(FAULT), fault.code().as_bytes());
            shared
                .peers
                .change(peer, |peer| peer.state = PeerState::AtFault(fault.code()));
        }
        Ended::Lost(reason) => {
            // The connection knows better than the stream why it ended: a refusal has a code and a sentence.
            let reason = connection
                .close_reason()
                .map_or(reason, |why| why.to_string());
            connection.close(VarInt::from_u32(0), b"lost");
            shared.peers.change(peer, |peer| {
                if peer.sessions == 0 {
                    peer.state = PeerState::Unreachable(reason);
                }
            });
        }
        Ended::Stopped => connection.close(VarInt::from_u32(0), b"stopping"),
    }
}

/// How a session ended.
enum Ended {
    Fault(PeerFault),
    Lost(String),
    Stopped,
}

async fn exchange(
    connection: &Connection,
    mut send: SendStream,
    receive: RecvStream,
    shared: &Arc<Shared>,
) -> Ended {
    let peer = *connection.remote_id().as_bytes();
    let mut session = Session::new(shared.replica.feed(), shared.door.feed_of(&peer));
    let mut news = shared.news.subscribe();
    let (read, mut messages) = mpsc::channel(READ_AHEAD_MESSAGES);
    let (store, to_store) = mpsc::channel(BATCHES_IN_FLIGHT_MAX + 2);
    let (stored, mut results) = mpsc::channel(BATCHES_IN_FLIGHT_MAX + 2);
    // Both tasks end when this function returns and drops its ends of the channels, or aborts them.
    let reading = tokio::spawn(read_all(receive, read));
    let storing = tokio::spawn(store_all(to_store, stored, Arc::clone(shared)));
    let mut next_digest = Instant::now() + digest_pause(&peer);
    let mut input = Input::Start;
    let ended = loop {
        let outputs = block_in_place(|| session.handle(input, &Shelf(&shared.replica)));
        if let Some(ended) = carry_out(outputs, &mut send, &store, shared, &peer).await {
            break ended;
        }
        input = tokio::select! {
            message = messages.recv() => match message {
                Some(Ok(message)) => Input::Received(message),
                Some(Err(ended)) => break ended,
                None => break Ended::Lost("the stream ended".to_owned()),
            },
            result = results.recv() => match result {
                Some(Ok(input)) => input,
                Some(Err(ended)) => break ended,
                None => break Ended::Stopped,
            },
            feeds = news.recv() => match feeds {
                Ok(feeds) => Input::Grown(feeds),
                Err(RecvError::Lagged(_)) => Input::Timer,
                Err(RecvError::Closed) => break Ended::Stopped,
            },
            () = sleep_until(next_digest) => {
                next_digest = Instant::now() + digest_pause(&peer);
                Input::Timer
            }
            () = shared.stop.cancelled() => break Ended::Stopped,
        };
        if matches!(input, Input::Received(_)) {
            shared
                .peers
                .change(peer, |peer| peer.last_contact = Some((shared.now)()));
        }
    };
    reading.abort();
    drop(store);
    // A batch that is being written is waited for: the store outlives the session.
    let _ = storing.await;
    ended
}

async fn carry_out(
    outputs: Vec<Output>,
    send: &mut SendStream,
    store: &mpsc::Sender<ToStore>,
    shared: &Shared,
    peer: &[u8; 32],
) -> Option<Ended> {
    for output in outputs {
        match output {
            Output::Send(message) => {
                let frame = match codec::encode(&message) {
                    Ok(frame) => frame,
                    Err(error) => return Some(Ended::Lost(error.to_string())),
                };
                match timeout(FRAME_TIMEOUT, send.write_all(&frame)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => return Some(Ended::Lost(error.to_string())),
                    Err(_) => return Some(Ended::Lost("it does not read what we send".to_owned())),
                }
            }
            Output::Store(entries) => {
                shared
                    .peers
                    .change(*peer, |peer| peer.state = PeerState::Exchanging);
                if store.send(ToStore::Entries(entries)).await.is_err() {
                    return Some(Ended::Stopped);
                }
            }
            Output::StoreCharters(bytes) => {
                if store.send(ToStore::Charters(bytes)).await.is_err() {
                    return Some(Ended::Stopped);
                }
            }
            Output::RolledBack { sequence } => shared.door.rolled_back(sequence),
            Output::CaughtUp => shared.peers.change(*peer, |peer| {
                peer.state = PeerState::CaughtUp;
                peer.last_caught_up = Some((shared.now)());
            }),
            Output::Close(fault) => return Some(Ended::Fault(fault)),
        }
    }
    None
}

/// Reads frames until the stream ends.
async fn read_all(mut stream: RecvStream, read: mpsc::Sender<Result<Message, Ended>>) {
    loop {
        let message = read_frame(&mut stream).await;
        let is_end = message.is_err();
        if read.send(message).await.is_err() || is_end {
            return;
        }
    }
}

async fn read_frame(stream: &mut RecvStream) -> Result<Message, Ended> {
    let mut length = [0; 4];
    // Only between two frames may a peer be silent: the connection's own keep-alive says that it is there.
    stream
        .read_exact(&mut length)
        .await
        .map_err(|error| Ended::Lost(error.to_string()))?;
    let length = codec::length(length).map_err(|_| Ended::Fault(PeerFault::Frame))?;
    let mut frame = vec![0; length];
    match timeout(FRAME_TIMEOUT, stream.read_exact(&mut frame)).await {
        Ok(Ok(())) => codec::decode(&frame).map_err(|_| Ended::Fault(PeerFault::Frame)),
        Ok(Err(error)) => Err(Ended::Lost(error.to_string())),
        Err(_) => Err(Ended::Lost("a frame did not end in time".to_owned())),
    }
}

/// Verifies and stores, one batch after the other, in their order.
async fn store_all(
    mut to_store: mpsc::Receiver<ToStore>,
    stored: mpsc::Sender<Result<Input, Ended>>,
    shared: Arc<Shared>,
) {
    while let Some(work) = to_store.recv().await {
        let shared = Arc::clone(&shared);
        let done = tokio::task::spawn_blocking(move || match work {
            ToStore::Charters(bytes) => store_charters(&bytes, &shared),
            ToStore::Entries(entries) => store_entries(entries, &shared),
        });
        let result = done.await.unwrap_or(Err(Ended::Stopped));
        if stored.send(result).await.is_err() {
            return;
        }
    }
}

fn store_entries(entries: Vec<SignedEntry>, shared: &Shared) -> Result<Input, Ended> {
    let federation = *shared.replica.state().federation();
    let verified = entries.into_iter().map(|entry| entry.verify(&federation));
    let verified = verified.collect::<Result<Vec<_>, _>>().map_err(|error| {
        tracing::warn!(%error, "an entry from a peer does not hold");
        Ended::Fault(PeerFault::Forged)
    })?;
    let ingested = shared
        .replica
        .ingest(verified)
        .map_err(|fault| Ended::Lost(fault.to_string()))?;
    Ok(Input::Stored {
        unconnected: ingested.unconnected.is_some(),
    })
}

fn store_charters(bytes: &CharterBytes, shared: &Shared) -> Result<Input, Ended> {
    let forged = |_| Ended::Fault(PeerFault::Forged);
    let charters = bytes
        .charters
        .iter()
        .map(|bytes| Charter::from_bytes(bytes));
    let charters = charters
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| forged(()))?;
    let approvals = bytes
        .approvals
        .iter()
        .map(|bytes| Approval::from_bytes(bytes));
    let approvals = approvals
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| forged(()))?;
    let federation = *shared.replica.state().federation();
    if charters
        .iter()
        .any(|charter| charter.federation() != federation)
    {
        return Err(Ended::Fault(PeerFault::OtherFederation));
    }
    let kept = shared.replica.add_charters(charters, approvals);
    kept.map_err(|fault| Ended::Lost(fault.to_string()))?;
    Ok(Input::ChartersStored)
}

/// Peers do not compare all at once: each pair has its own rhythm.
fn digest_pause(peer: &[u8; 32]) -> Duration {
    DIGEST_EVERY + Duration::from_millis(u64::from(peer[0]) * 100)
}

fn short(peer: &[u8; 32]) -> String {
    data_encoding::HEXLOWER.encode(&peer[..4])
}
