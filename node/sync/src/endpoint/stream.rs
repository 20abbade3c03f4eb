//! Frames on a stream, each with a deadline.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
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
    stream: &mut (impl AsyncRead + Unpin),
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
    stream: &mut (impl AsyncWrite + Unpin),
    mut outbox: mpsc::Receiver<Message>,
) -> Result<(), Close> {
    while let Some(message) = outbox.recv().await {
        write_frame(stream, &codec::encode(&message)?).await?;
    }
    Ok(())
}

/// Reads one frame without its length.
pub(super) async fn read_frame(
    stream: &mut (impl AsyncRead + Unpin),
    max_bytes: usize,
    silence: Silence,
) -> Result<Vec<u8>, Close> {
    let first = stream.read_u8();
    let first = match silence {
        Silence::Bounded => match timeout(FIRST_BYTE_MAX, first).await {
            Ok(first) => first,
            Err(_) => return Err(PeerFault::Silent.into()),
        },
        Silence::Free => first.await,
    };
    let mut prefix = [first.map_err(lost)?; PREFIX_BYTES];
    let rest = async {
        stream.read_exact(&mut prefix[1..]).await.map_err(lost)?;
        let mut body = vec![0; codec::length(prefix, max_bytes)?];
        stream.read_exact(&mut body).await.map_err(lost)?;
        Ok(body)
    };
    match timeout(FRAME_MAX, rest).await {
        Ok(body) => body,
        Err(_) => Err(PeerFault::Silent.into()),
    }
}

/// Writes one frame.
pub(super) async fn write_frame(
    stream: &mut (impl AsyncWrite + Unpin),
    frame: &[u8],
) -> Result<(), Close> {
    match timeout(FRAME_MAX, stream.write_all(frame)).await {
        Ok(written) => written.map_err(lost),
        Err(_) => Err(PeerFault::Silent.into()),
    }
}

fn lost(_: std::io::Error) -> Close {
    Close::Lost
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{DuplexStream, duplex};
    use tokio::time::{Instant, sleep};

    use super::*;
    use crate::limits::JOIN_FRAME_BYTES_MAX;

    const TICK: Duration = Duration::from_millis(1);

    /// Time is paused in these tests: a wait costs nothing, and ends exactly when it is due.
    async fn read_after(wait: Duration, silence: Silence) -> Result<Vec<u8>, Close> {
        let (mut ours, mut theirs) = duplex(1024);
        let peer = async move {
            sleep(wait).await;
            // The reader may have gone.
            let _ = theirs.write_all(&[0, 0, 0, 1, 7]).await;
            theirs
        };
        tokio::join!(read_frame(&mut ours, 10, silence), peer).0
    }

    async fn drip(mut theirs: DuplexStream, bytes: &[u8], every: Duration) {
        for byte in bytes {
            sleep(every).await;
            if theirs.write_all(&[*byte]).await.is_err() {
                return;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_byte_of_an_answer_has_its_time() {
        let silent = Err(Close::PeerFault(PeerFault::Silent));
        let bounded = Silence::Bounded;
        assert_eq!(
            read_after(FIRST_BYTE_MAX - TICK, bounded).await,
            Ok(vec![7])
        );
        assert_eq!(read_after(FIRST_BYTE_MAX + TICK, bounded).await, silent);
        assert_eq!(
            read_after(100 * FIRST_BYTE_MAX, Silence::Free).await,
            Ok(vec![7])
        );
    }

    #[tokio::test(start_paused = true)]
    async fn one_byte_every_nine_seconds_does_not_hold_a_session() {
        for silence in [Silence::Bounded, Silence::Free] {
            let (mut ours, theirs) = duplex(1024);
            let began = Instant::now();
            let dripping = drip(theirs, &[0, 0, 0, 9, 1, 2, 3], Duration::from_secs(9));
            let read = async {
                let read = read_frame(&mut ours, 10, silence).await;
                drop(ours);
                (read, began.elapsed())
            };
            let ((read, elapsed), ()) = tokio::join!(read, dripping);
            assert_eq!(read, Err(Close::PeerFault(PeerFault::Silent)));
            assert_eq!(elapsed, Duration::from_secs(9) + FRAME_MAX);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_never_reads_is_left() {
        let (mut ours, _theirs) = duplex(1024);
        assert_eq!(write_frame(&mut ours, &[0; 1024]).await, Ok(()));
        let began = Instant::now();
        let written = write_frame(&mut ours, &[0]).await;
        assert_eq!(written, Err(Close::PeerFault(PeerFault::Silent)));
        assert_eq!(began.elapsed(), FRAME_MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn a_length_beyond_the_limit_ends_the_reading_at_once() {
        for (size, is_read) in [(-1, true), (0, true), (1, false)] {
            let size = JOIN_FRAME_BYTES_MAX.saturating_add_signed(size);
            let (mut ours, mut theirs) = duplex(2 * JOIN_FRAME_BYTES_MAX);
            let length = u32::try_from(size).expect("small").to_be_bytes();
            theirs.write_all(&length).await.expect("room");
            if is_read {
                theirs.write_all(&vec![0; size]).await.expect("room");
            }
            let read = read_frame(&mut ours, JOIN_FRAME_BYTES_MAX, Silence::Bounded).await;
            assert_eq!(read.is_ok(), is_read, "{size}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_frame_that_is_cut_off_is_a_lost_connection() {
        for bytes in [&[][..], &[0, 0], &[0, 0, 0, 4, 1]] {
            let (mut ours, mut theirs) = duplex(1024);
            theirs.write_all(bytes).await.expect("room");
            drop(theirs);
            let read = read_frame(&mut ours, 10, Silence::Bounded).await;
            assert_eq!(read, Err(Close::Lost), "{bytes:?}");
        }
    }
}
