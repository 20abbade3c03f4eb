//! One question and one answer of a newcomer, each a small frame of its own.

use std::sync::Arc;

use iroh::endpoint::{Connection, VarInt};
use tokio::time::timeout;

use super::{EndpointError, FORBIDDEN, Shared};
use crate::invite::{JoinReply, JoinRequest, REQUEST_BYTES_MAX};
use crate::limits::{FRAME_TIMEOUT, HELLO_TIMEOUT};

/// Bytes of an answer: a federation's charters.
const REPLY_BYTES_MAX: usize = 16 << 20;

/// Asks, as a newcomer.
pub(super) async fn ask(
    connection: &Connection,
    request: &JoinRequest,
) -> Result<JoinReply, EndpointError> {
    let lost = |error: String| EndpointError::Unreachable(error);
    let exchange = async {
        let (mut send, mut receive) = connection
            .open_bi()
            .await
            .map_err(|error| lost(error.to_string()))?;
        let bytes = postcard::to_stdvec(request).map_err(|error| lost(error.to_string()))?;
        send.write_all(&bytes)
            .await
            .map_err(|error| lost(error.to_string()))?;
        send.finish().map_err(|error| lost(error.to_string()))?;
        let reply = receive
            .read_to_end(REPLY_BYTES_MAX)
            .await
            .map_err(|error| lost(error.to_string()))?;
        postcard::from_bytes(&reply).map_err(|error| lost(error.to_string()))
    };
    let reply = timeout(FRAME_TIMEOUT, exchange).await;
    connection.close(VarInt::from_u32(0), b"done");
    reply.unwrap_or_else(|_| Err(lost("no answer in time".to_owned())))
}

/// Answers, as a coordinator.
pub(super) async fn answer(connection: &Connection, shared: &Arc<Shared>) {
    if !shared.door.is_open() {
        connection.close(VarInt::from_u32(FORBIDDEN), b"no invitation is open");
        return;
    }
    match timeout(HELLO_TIMEOUT, try_answer(connection, shared)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::info!(error, "a newcomer did not finish its request"),
        Err(_) => tracing::info!("a newcomer did not finish its request in time"),
    }
}

async fn try_answer(connection: &Connection, shared: &Arc<Shared>) -> Result<(), String> {
    let (mut send, mut receive) = connection
        .accept_bi()
        .await
        .map_err(|error| error.to_string())?;
    let bytes = receive
        .read_to_end(REQUEST_BYTES_MAX)
        .await
        .map_err(|error| error.to_string())?;
    let request: JoinRequest = postcard::from_bytes(&bytes).map_err(|error| error.to_string())?;
    let (door, peer) = (Arc::clone(&shared.door), *connection.remote_id().as_bytes());
    let reply = tokio::task::spawn_blocking(move || door.join(&request, peer)).await;
    let reply = postcard::to_stdvec(&reply.map_err(|error| error.to_string())?);
    send.write_all(&reply.map_err(|error| error.to_string())?)
        .await
        .map_err(|error| error.to_string())?;
    send.finish().map_err(|error| error.to_string())?;
    connection.closed().await;
    Ok(())
}
