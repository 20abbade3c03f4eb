//! Newcomers: one small frame each way, on a protocol of its own.

use std::sync::Arc;

use iroh::endpoint::{Connection, ConnectionError};
use tokio::time::timeout;

use crate::codec;
use crate::endpoint::accept::peer_of;
use crate::endpoint::stream::{Silence, read_frame, write_frame};
use crate::endpoint::{DialError, FORBIDDEN, Inner};
use crate::limits::{FAREWELL_MAX, FIRST_BYTE_MAX, JOIN_FRAME_BYTES_MAX, JOIN_REPLY_BYTES_MAX};
use crate::session::Close;

/// Sends a request and returns the answer.
pub(super) async fn knock(connection: &Connection, request: &[u8]) -> Result<Vec<u8>, DialError> {
    let frame = codec::frame(request, JOIN_FRAME_BYTES_MAX)
        .map_err(|error| DialError::Unreachable(error.to_string()))?;
    let answer = exchange(connection, &frame).await;
    if answer == Err(Close::Lost) {
        // A stream that ends is the first sign of a close; its number follows.
        let _ = timeout(FAREWELL_MAX, connection.closed()).await;
    }
    // Our own close would hide the peer's.
    let number = peer_number(connection);
    connection.close(0_u32.into(), b"");
    answer.map_err(|close| match number {
        Some(number) => DialError::Closed(number),
        None => DialError::Unreachable(close.to_string()),
    })
}

/// Reads a newcomer's request, and answers or turns it away.
pub(super) async fn open<R: Send + Sync + 'static>(inner: &Arc<Inner<R>>, connection: &Connection) {
    if answer(inner, connection).await.is_err() {
        connection.close(FORBIDDEN.into(), b"not_allowed");
        return;
    }
    // The side that sent last waits for the other one to close.
    let _ = timeout(FAREWELL_MAX, connection.closed()).await;
}

/// Returns the number with which the peer closed.
pub(super) fn peer_number(connection: &Connection) -> Option<u64> {
    match connection.close_reason() {
        Some(ConnectionError::ApplicationClosed(close)) => Some(close.error_code.into_inner()),
        _ => None,
    }
}

async fn exchange(connection: &Connection, frame: &[u8]) -> Result<Vec<u8>, Close> {
    let (mut send, mut receive) = connection.open_bi().await.map_err(|_| Close::Lost)?;
    write_frame(&mut send, frame).await?;
    read_frame(&mut receive, JOIN_REPLY_BYTES_MAX, Silence::Bounded).await
}

async fn answer<R: Send + Sync + 'static>(
    inner: &Arc<Inner<R>>,
    connection: &Connection,
) -> Result<(), Close> {
    let accepted = timeout(FIRST_BYTE_MAX, connection.accept_bi()).await;
    let Ok(Ok((mut send, mut receive))) = accepted else {
        return Err(Close::Lost);
    };
    let request = read_frame(&mut receive, JOIN_FRAME_BYTES_MAX, Silence::Bounded).await?;
    let allowed = Arc::clone(&inner.allowed);
    let peer = peer_of(connection);
    let judged = inner
        .tasks
        .spawn_blocking(move || allowed.join(&peer, request));
    let reply = judged.await.ok().flatten().ok_or(Close::NotAllowed)?;
    write_frame(&mut send, &codec::frame(&reply, JOIN_REPLY_BYTES_MAX)?).await?;
    send.finish().map_err(|_| Close::Lost)
}
