//! Frames: a length of four bytes, big-endian, then a message in postcard. Reading costs memory in proportion to the bytes that came,
//! and ends at the first broken rule.

mod block;
pub(crate) mod wire;

pub use block::Block;
pub use wire::Bytes;

use crate::limits::FRAME_BYTES_MAX;
use crate::message::Message;

/// Bytes of the length before a frame.
pub const PREFIX_BYTES: usize = 4;

/// Bytes that are no message. The peer that sent them is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The block does not inflate to entries of the size that it declares.
    #[error("the entries cannot be inflated to the {declared_bytes} bytes that they declare")]
    Block {
        /// What it declares.
        declared_bytes: u32,
    },
    /// The bytes do not read as a message within its limits.
    #[error("the frame is no message of this protocol")]
    Malformed,
    /// The frame is longer than allowed.
    #[error("a frame of {size_bytes} bytes, {max_bytes} at most")]
    TooLong {
        /// Its length.
        size_bytes: usize,
        /// The limit.
        max_bytes: usize,
    },
}

impl CodecError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            CodecError::Block { .. } => "block_malformed",
            CodecError::Malformed => "frame_malformed",
            CodecError::TooLong { .. } => "frame_too_long",
        }
    }
}

/// Returns the frame of a message, its length first.
pub fn encode(message: &Message) -> Result<Vec<u8>, CodecError> {
    let body = postcard::to_stdvec(message).map_err(|_| CodecError::Malformed)?;
    frame(&body, FRAME_BYTES_MAX)
}

/// Reads what stands behind the length of a frame.
pub fn decode(body: &[u8]) -> Result<Message, CodecError> {
    check_length(body.len(), FRAME_BYTES_MAX)?;
    let (message, rest) =
        postcard::take_from_bytes::<Message>(body).map_err(|_| CodecError::Malformed)?;
    if !rest.is_empty() {
        return Err(CodecError::Malformed);
    }
    if let Message::Hello(hello) = &message {
        hello.check()?;
    }
    Ok(message)
}

/// Returns a body with its length before it.
pub fn frame(body: &[u8], max_bytes: usize) -> Result<Vec<u8>, CodecError> {
    check_length(body.len(), max_bytes)?;
    let length = u32::try_from(body.len()).expect("a frame is at most 4 MiB");
    Ok([&length.to_be_bytes(), body].concat())
}

/// Reads the length before a frame, before any memory is set aside for it.
pub fn length(prefix: [u8; PREFIX_BYTES], max_bytes: usize) -> Result<usize, CodecError> {
    let size_bytes = u32::from_be_bytes(prefix) as usize;
    check_length(size_bytes, max_bytes)?;
    Ok(size_bytes)
}

fn check_length(size_bytes: usize, max_bytes: usize) -> Result<(), CodecError> {
    if size_bytes > max_bytes {
        return Err(CodecError::TooLong {
            size_bytes,
            max_bytes,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
