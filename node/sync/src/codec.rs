//! Frames: a length of four bytes (big-endian), then one byte that says whether the rest is compressed, then a message in postcard's
//! encoding. What a compressed frame claims to inflate to is a bound while it is inflated, not an allocation.

use std::io::Read;

use crate::limits::{
    APPROVALS_MAX, BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, CHARTERS_MAX, FEED_HEADS_MAX,
    FRAME_BYTES_MAX, FRONTIER_FEEDS_MAX, LOCATOR_IDS_MAX, SOFTWARE_BYTES_MAX,
};
use crate::message::Message;

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
/// Smaller messages are not worth a compressor's memory.
const COMPRESSED_FROM_BYTES: usize = 512;
const LEVEL: i32 = 1;
/// Largest window that a frame may ask of the receiver: 2^20 bytes.
const WINDOW_LOG_MAX: u32 = 20;

/// Bytes that no honest node sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The frame is larger than it may be.
    #[error("a frame of {0} bytes, {FRAME_BYTES_MAX} at most")]
    TooLarge(usize),
    /// The frame inflates to more than it may.
    #[error("a frame that inflates to more than {BATCH_BYTES_MAX} bytes")]
    Bomb,
    /// The bytes are no message.
    #[error("a frame that is no message")]
    Malformed,
    /// A list is longer than it may be.
    #[error("a message with a list that is too long")]
    ListTooLong,
}

/// Writes a message as a frame, its length included.
pub fn encode(message: &Message) -> Result<Vec<u8>, FrameError> {
    let plain = postcard::to_stdvec(message).map_err(|_| FrameError::Malformed)?;
    let (kind, content) = if plain.len() < COMPRESSED_FROM_BYTES {
        (PLAIN, plain)
    } else {
        (
            ZSTD,
            zstd::bulk::compress(&plain, LEVEL).map_err(|_| FrameError::Malformed)?,
        )
    };
    let length = content.len() + 1;
    if length > FRAME_BYTES_MAX {
        return Err(FrameError::TooLarge(length));
    }
    let mut frame = Vec::with_capacity(length + 4);
    frame.extend_from_slice(&(length as u32).to_be_bytes());
    frame.push(kind);
    frame.extend_from_slice(&content);
    Ok(frame)
}

/// Reads the length of a frame, and refuses one that is too large before anything is allocated for it.
pub fn length(bytes: [u8; 4]) -> Result<usize, FrameError> {
    let length = u32::from_be_bytes(bytes) as usize;
    match length {
        0 => Err(FrameError::Malformed),
        1..=FRAME_BYTES_MAX => Ok(length),
        _ => Err(FrameError::TooLarge(length)),
    }
}

/// Reads what follows the length.
pub fn decode(frame: &[u8]) -> Result<Message, FrameError> {
    let (kind, content) = frame.split_first().ok_or(FrameError::Malformed)?;
    let message = match *kind {
        PLAIN => postcard::take_from_bytes(content),
        ZSTD => return decode_plain(&inflate(content)?),
        _ => return Err(FrameError::Malformed),
    };
    checked(message)
}

fn decode_plain(plain: &[u8]) -> Result<Message, FrameError> {
    checked(postcard::take_from_bytes(plain))
}

fn checked(read: Result<(Message, &[u8]), postcard::Error>) -> Result<Message, FrameError> {
    match read {
        Ok((message, [])) if is_within_limits(&message) => Ok(message),
        Ok((_, [])) => Err(FrameError::ListTooLong),
        _ => Err(FrameError::Malformed),
    }
}

fn inflate(content: &[u8]) -> Result<Vec<u8>, FrameError> {
    let mut decoder =
        zstd::stream::read::Decoder::new(content).map_err(|_| FrameError::Malformed)?;
    decoder
        .window_log_max(WINDOW_LOG_MAX)
        .map_err(|_| FrameError::Malformed)?;
    let mut plain = Vec::new();
    let limit = (BATCH_BYTES_MAX + 1) as u64;
    decoder
        .take(limit)
        .read_to_end(&mut plain)
        .map_err(|_| FrameError::Malformed)?;
    if plain.len() > BATCH_BYTES_MAX {
        Err(FrameError::Bomb)
    } else {
        Ok(plain)
    }
}

fn is_within_limits(message: &Message) -> bool {
    match message {
        Message::Hello(hello) => hello.software.len() <= SOFTWARE_BYTES_MAX,
        Message::Charters(bytes) => {
            bytes.charters.len() <= CHARTERS_MAX && bytes.approvals.len() <= APPROVALS_MAX
        }
        Message::Frontier(feeds) => {
            feeds.len() <= FRONTIER_FEEDS_MAX
                && feeds
                    .iter()
                    .all(|feed| (1..=FEED_HEADS_MAX).contains(&feed.heads.len()))
        }
        Message::Want(locator) => locator.ids.len() <= LOCATOR_IDS_MAX,
        Message::Entries(entries) => (1..=BATCH_ENTRIES_MAX).contains(&entries.len()),
        Message::Digest(_) | Message::Ack => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::{FeedHeads, Locator};

    fn decoded(message: &Message) -> Result<Message, FrameError> {
        let frame = encode(message)?;
        let length = length(frame[..4].try_into().expect("four bytes"))?;
        assert_eq!(length, frame.len() - 4);
        decode(&frame[4..])
    }

    fn frontier(feeds: usize, heads: usize) -> Message {
        let heads = FeedHeads {
            feed: [1; 32],
            heads: vec![(7, [2; 32]); heads],
        };
        Message::Frontier(vec![heads; feeds])
    }

    #[test]
    fn a_message_is_read_as_it_was_written() {
        for message in [
            Message::Ack,
            Message::Digest([9; 32]),
            frontier(FRONTIER_FEEDS_MAX, FEED_HEADS_MAX),
            Message::Want(Locator {
                feed: [1; 32],
                ids: vec![[3; 32]; LOCATOR_IDS_MAX],
            }),
        ] {
            assert_eq!(decoded(&message), Ok(message));
        }
    }

    #[test]
    fn lists_are_refused_just_above_their_limits() {
        let want = Message::Want(Locator {
            feed: [1; 32],
            ids: vec![[3; 32]; LOCATOR_IDS_MAX + 1],
        });
        for message in [
            frontier(FRONTIER_FEEDS_MAX + 1, 1),
            frontier(1, FEED_HEADS_MAX + 1),
            frontier(1, 0),
            want,
            Message::Entries(Vec::new()),
        ] {
            assert_eq!(decoded(&message), Err(FrameError::ListTooLong));
        }
    }

    #[test]
    fn a_frame_is_refused_just_above_its_length() {
        let bytes = |length: usize| (length as u32).to_be_bytes();
        assert_eq!(length(bytes(FRAME_BYTES_MAX)), Ok(FRAME_BYTES_MAX));
        assert_eq!(
            length(bytes(FRAME_BYTES_MAX + 1)),
            Err(FrameError::TooLarge(FRAME_BYTES_MAX + 1))
        );
        assert_eq!(length(bytes(0)), Err(FrameError::Malformed));
    }

    #[test]
    fn a_small_frame_that_inflates_without_end_is_refused() {
        let zeros = vec![0; BATCH_BYTES_MAX + 1];
        let mut frame = vec![ZSTD];
        frame.extend(zstd::bulk::compress(&zeros, LEVEL).expect("zeros compress"));
        assert!(frame.len() < 2_000);
        assert_eq!(decode(&frame), Err(FrameError::Bomb));
    }

    #[test]
    fn bytes_after_a_message_are_refused() {
        let mut frame = encode(&Message::Ack).expect("small");
        frame.push(0);
        assert_eq!(decode(&frame[4..]), Err(FrameError::Malformed));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&bytes);
        }
    }
}
