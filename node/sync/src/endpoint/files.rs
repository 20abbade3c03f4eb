//! Attached files, on streams of their own beside the session: the protocol of iroh-blobs, which verifies what comes against the hash
//! while it comes (BLAKE3 and bao). A peer is given only what a record names, one file at a time; this node asks only for what a record
//! names, and takes no byte more than the record says.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use crdt_schema::id::FileHash;
use iroh::endpoint::{Connection, RecvStream, SendStream, VarInt};
use iroh_blobs::Hash;
use iroh_blobs::api::remote::GetProgressItem;
use iroh_blobs::protocol::{ChunkRanges, ChunkRangesExt, GetRequest, Request};
use iroh_blobs::provider::events::EventSender;
use iroh_blobs::provider::{StreamPair, handle_get};
use iroh_blobs::store::mem::MemStore;
use iroh_blobs::util::SendStream as BlobStream;
use n0_future::{Stream, StreamExt};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tracing::debug;

use crate::endpoint::accept::peer_of;
use crate::endpoint::{Inner, OpenConnection, Sink, Source};
use crate::limits::{
    FILE_MAX, FILE_PACE, FILE_PACE_BYTES_MIN, FILE_STALL_MAX, FILES_GIVEN_MAX, FIRST_BYTE_MAX,
    LEVEL_MAX,
};
use crate::session::PeerId;

/// Answers the requests of a peer until the connection is over. One at a time: a peer may open no more streams.
pub(super) async fn serve<R: Source + Sink>(
    inner: &Arc<Inner<R>>,
    connection: &Connection,
    mut was_level: watch::Receiver<bool>,
) -> Infallible {
    while let Ok((send, receive)) = connection.accept_bi().await {
        // Before, erasures may be on their way of which this node has not heard. The peer may see a little earlier that both are level.
        let level = was_level.wait_for(|was_level| *was_level);
        if !matches!(timeout(LEVEL_MAX, level).await, Ok(Ok(_))) {
            continue;
        }
        let answer = answer(inner, connection, send, receive);
        if timeout(FILE_MAX, answer).await.is_err() {
            debug!(peer.id = %peer_of(connection).short(), "a peer took too long over a file");
        }
    }
    std::future::pending().await
}

async fn answer<R: Source + Sink>(
    inner: &Arc<Inner<R>>,
    connection: &Connection,
    send: SendStream,
    receive: RecvStream,
) {
    let number = connection.stable_id() as u64;
    let send = Patient(send);
    let mut pair = StreamPair::new(number, receive, send, EventSender::DEFAULT);
    // Dropped without an answer, the stream is reset: the peer asks another node.
    let Ok(Ok(Request::Get(request))) = timeout(FIRST_BYTE_MAX, pair.read_request()).await else {
        return;
    };
    let peer = peer_of(connection);
    if !request.ranges.is_blob() || !inner.allowed.allows(&peer) {
        return;
    }
    let Some(_place) = Giving::begin(inner, peer) else {
        return;
    };
    let hash = FileHash::from_bytes(*request.hash.as_bytes());
    let replica = Arc::clone(&inner.replica);
    let found = inner
        .tasks
        .spawn_blocking(move || replica.attachment(&hash));
    let bytes = match found.await {
        Ok(Ok(Some(bytes))) => bytes,
        Ok(Ok(None)) => return,
        Ok(Err(error)) => {
            tracing::error!(file = %hash, %error, "an attached file cannot be read");
            return;
        }
        Err(_) => return,
    };
    let store = MemStore::new();
    let added = store.add_bytes(bytes).temp_tag().await;
    if added.is_ok() {
        // A peer that goes away in the middle is no fault of anybody.
        let _ = handle_get(pair, (*store).clone(), request).await;
    }
    let _ = store.shutdown().await;
}

/// A place among the files that are given: one for each peer, so that nobody holds all of them.
struct Giving<'i, R> {
    inner: &'i Inner<R>,
    peer: PeerId,
}

impl<'i, R> Giving<'i, R> {
    fn begin(inner: &'i Inner<R>, peer: PeerId) -> Option<Self> {
        let mut giving = inner.giving.lock().unwrap_or_else(PoisonError::into_inner);
        let is_free = giving.len() < FILES_GIVEN_MAX && giving.insert(peer);
        is_free.then_some(Self { inner, peer })
    }
}

impl<R> Drop for Giving<'_, R> {
    fn drop(&mut self) {
        let giving = self.inner.giving.lock();
        giving
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.peer);
    }
}

/// A stream on which a peer must take each piece in time: whoever takes nothing holds no place.
struct Patient(SendStream);

impl Patient {
    async fn in_time<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        match timeout(FILE_STALL_MAX, work).await {
            Ok(done) => done,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl BlobStream for Patient {
    async fn send_bytes(&mut self, bytes: Bytes) -> io::Result<()> {
        Self::in_time(BlobStream::send_bytes(&mut self.0, bytes)).await
    }

    async fn send(&mut self, buffer: &[u8]) -> io::Result<()> {
        Self::in_time(BlobStream::send(&mut self.0, buffer)).await
    }

    async fn sync(&mut self) -> io::Result<()> {
        Self::in_time(BlobStream::sync(&mut self.0)).await
    }

    fn reset(&mut self, code: VarInt) -> io::Result<()> {
        BlobStream::reset(&mut self.0, code)
    }

    async fn stopped(&mut self) -> io::Result<Option<VarInt>> {
        BlobStream::stopped(&mut self.0).await
    }

    fn id(&self) -> u64 {
        BlobStream::id(&self.0)
    }
}

/// Asks a peer for a file of this size. `None` if it does not hold it, or does not give it in time. One file at a time is asked for on a
/// connection: the time of the next one begins when it is its turn.
pub(super) async fn ask(
    open: &OpenConnection,
    hash: &FileHash,
    bytes: u64,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Option<Vec<u8>> {
    let _turn = open.asking.lock().await;
    let store = MemStore::new();
    let wanted = Hash::from_bytes(*hash.as_bytes());
    let request = GetRequest::blob_ranges(wanted, ChunkRanges::bytes(..bytes));
    let getting = store.remote().execute_get(open.connection.clone(), request);
    let came = timeout(FILE_MAX, came(getting.stream(), progress)).await;
    let found = match came {
        Ok(true) => store.get_bytes(wanted).await.ok(),
        Ok(false) | Err(_) => None,
    };
    let _ = store.shutdown().await;
    let found = found.filter(|found| found.len() as u64 == bytes)?;
    Some(found.into())
}

async fn came(
    items: impl Stream<Item = GetProgressItem>,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> bool {
    let mut items = std::pin::pin!(items);
    let mut patience: Duration = FIRST_BYTE_MAX;
    let (mut since, mut counted) = (Instant::now(), 0);
    loop {
        let bytes = match timeout(patience, items.next()).await {
            Ok(Some(GetProgressItem::Progress(bytes))) => {
                progress(bytes);
                bytes
            }
            Ok(Some(GetProgressItem::Done(_))) => return true,
            Ok(Some(GetProgressItem::Error(error))) => {
                debug!(%error, "a peer does not give a file");
                return false;
            }
            Ok(None) | Err(_) => return false,
        };
        patience = FILE_STALL_MAX;
        // A peer that gives a little now and then keeps nobody waiting for hours.
        if since.elapsed() >= FILE_PACE {
            if bytes < counted + FILE_PACE_BYTES_MIN {
                return false;
            }
            (since, counted) = (Instant::now(), bytes);
        }
    }
}
