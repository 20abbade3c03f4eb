//! Attached files, on streams of their own beside the session: the protocol of iroh-blobs, which verifies what comes against the hash
//! while it comes (BLAKE3 and bao). A peer is given only what a record names, one file at a time; this node asks only for what a record
//! names, and takes no byte more than the record says.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use crdt_schema::id::FileHash;
use iroh::endpoint::{Connection, RecvStream, SendStream};
use iroh_blobs::Hash;
use iroh_blobs::api::remote::GetProgressItem;
use iroh_blobs::protocol::{ChunkRanges, ChunkRangesExt, GetRequest, Request};
use iroh_blobs::provider::events::EventSender;
use iroh_blobs::provider::{StreamPair, handle_get};
use iroh_blobs::store::mem::MemStore;
use n0_future::{Stream, StreamExt};
use tokio::time::timeout;
use tracing::debug;

use crate::endpoint::accept::peer_of;
use crate::endpoint::{Inner, Sink, Source};
use crate::limits::{FILE_MAX, FILE_STALL_MAX, FIRST_BYTE_MAX};

/// Answers the requests of a peer until the connection is over. One at a time: a peer may open no more streams.
pub(super) async fn serve<R: Source + Sink>(
    inner: &Arc<Inner<R>>,
    connection: &Connection,
) -> Infallible {
    while let Ok((send, receive)) = connection.accept_bi().await {
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
    let mut pair = StreamPair::new(number, receive, send, EventSender::DEFAULT);
    // Dropped without an answer, the stream is reset: the peer asks another node.
    let Ok(Ok(Request::Get(request))) = timeout(FIRST_BYTE_MAX, pair.read_request()).await else {
        return;
    };
    let peer = peer_of(connection);
    if !request.ranges.is_blob() || !inner.allowed.allows(&peer) {
        return;
    }
    let Ok(_place) = Arc::clone(&inner.files).try_acquire_owned() else {
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

/// Asks a peer for a file of this size. `None` if it does not hold it, or does not give it in time.
pub(super) async fn ask(
    connection: &Connection,
    hash: &FileHash,
    bytes: u64,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Option<Vec<u8>> {
    let store = MemStore::new();
    let wanted = Hash::from_bytes(*hash.as_bytes());
    let request = GetRequest::blob_ranges(wanted, ChunkRanges::bytes(..bytes));
    let getting = store.remote().execute_get(connection.clone(), request);
    let came = came(getting.stream(), progress).await;
    let found = match came {
        true => store.get_bytes(wanted).await.ok(),
        false => None,
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
    loop {
        match timeout(patience, items.next()).await {
            Ok(Some(GetProgressItem::Progress(bytes))) => progress(bytes),
            Ok(Some(GetProgressItem::Done(_))) => return true,
            Ok(Some(GetProgressItem::Error(error))) => {
                debug!(%error, "a peer does not give a file");
                return false;
            }
            Ok(None) | Err(_) => return false,
        }
        patience = FILE_STALL_MAX;
    }
}
