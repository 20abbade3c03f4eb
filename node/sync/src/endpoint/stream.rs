//! Frames on a stream, each with a deadline.

use iroh::endpoint::{ReadExactError, RecvStream, SendStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::codec::{self, PREFIX_BYTES};
use crate::limits::{FIRST_BYTE_MAX, FRAME_BYTES_MAX, FRAME_MAX};
use crate::message::Message;
use crate::session::{Close, PeerFault};

/// Whether a peer may be silent before its next frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// An answer is due.
    Bounded,
    /// The session decides, with its own timer.
    Free,
}

/// Reads messages until the stream ends or a rule is broken, then hands over the reason and waits to be dropped.
pub(super) async fn read_messages(
    stream: &mut RecvStream,
    inbox: mpsc::Sender<Result<Message, Close>>,
) {
    let mut silence = Silence::Bounded;
    loop {
        let read = read_frame(stream, FRAME_BYTES_MAX, silence).await;
        let message = read.and_then(|body| codec::decode(&body).map_err(Close::from));
        let is_over = message.is_err();
        if inbox.send(message).await.is_err() || is_over {
            break;
        }
        silence = Silence::Free;
    }
    std::future::pending::<()>().await;
}

/// Writes messages until there are no more, or the peer does not take them in time.
pub(super) async fn write_messages(
    stream: &mut SendStream,
    mut outbox: mpsc::Receiver<Message>,
) -> Result<(), Close> {
    while let Some(message) = outbox.recv().await {
        write_frame(stream, &codec::encode(&message)?).await?;
    }
    Ok(())
}

/// Reads one frame without its length.
pub(super) async fn read_frame(
    stream: &mut RecvStream,
    max_bytes: usize,
    silence: Silence,
) -> Result<Vec<u8>, Close> {
    let mut prefix = [0; PREFIX_BYTES];
    let first = stream.read_exact(&mut prefix[..1]);
    match silence {
        Silence::Bounded => in_time(timeout(FIRST_BYTE_MAX, first).await)?,
        Silence::Free => in_time(Ok(first.await))?,
    }
    let rest = async {
        stream.read_exact(&mut prefix[1..]).await.map_err(lost)?;
        let mut body = vec![0; codec::length(prefix, max_bytes)?];
        stream.read_exact(&mut body).await.map_err(lost)?;
        Ok(body)
    };
    timeout(FRAME_MAX, rest)
        .await
        .unwrap_or(Err(PeerFault::Silent.into()))
}

/// Writes one frame.
pub(super) async fn write_frame(stream: &mut SendStream, frame: &[u8]) -> Result<(), Close> {
    match timeout(FRAME_MAX, stream.write_all(frame)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Close::Lost),
        Err(_) => Err(PeerFault::Silent.into()),
    }
}

fn in_time(
    read: Result<Result<(), ReadExactError>, tokio::time::error::Elapsed>,
) -> Result<(), Close> {
    read.map_err(|_| PeerFault::Silent)?.map_err(lost)
}

fn lost(_: ReadExactError) -> Close {
    Close::Lost
}
