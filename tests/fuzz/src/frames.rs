//! What two nodes say: the frames of one direction, one after the other, as they come from a stream. What they bring is given to a
//! session that holds nothing.

use sync::codec::{self, Block, PREFIX_BYTES};
use sync::limits::{BLOCK_BYTES_MAX, FRAME_BYTES_MAX};
use sync::message::Message;
use sync::session::Role;

use crate::Target;
use crate::session::Side;

/// A place of a list takes one byte and becomes a structure of some forty. A block is held inflated and taken apart, as much as it may
/// declare: those bytes are no part of the input. What zstd takes for its window is C's own, and bounded for the process by `scripts/fuzz`.
pub(crate) const TARGET: Target = Target {
    name: "frames",
    bytes_max: 64 << 10,
    run: frames,
    fixed: (32 << 10) + 4 * BLOCK_BYTES_MAX as u64,
    per_byte: 32,
};

fn frames(input: &[u8]) {
    // Who dialled decides what is in its place; the peer's binding tells.
    let mut sides = [Role::Dialler, Role::Listener].map(|role| Side::start(role).0);
    let mut rest = input;
    while let Some((prefix, after)) = rest.split_first_chunk::<PREFIX_BYTES>() {
        let Ok(length) = codec::length(*prefix, FRAME_BYTES_MAX) else {
            return;
        };
        let (body, after) = after.split_at(length.min(after.len()));
        let Some(message) = message(body) else {
            return;
        };
        for side in sides.iter_mut().filter(|side| !side.is_over()) {
            for answer in side.hear(message.clone()) {
                let frame = codec::encode(&answer).expect("what we say is within the limits");
                assert_eq!(codec::decode(&frame[PREFIX_BYTES..]), Ok(answer));
            }
        }
        rest = after;
    }
}

fn message(body: &[u8]) -> Option<Message> {
    let message = codec::decode(body).ok()?;
    let frame = codec::encode(&message).expect("what was read within its limits is within them");
    // A number may be written longer than it need be: then the frame is shorter than it came.
    assert!(frame.len() <= body.len() + PREFIX_BYTES);
    assert_eq!(codec::decode(&frame[PREFIX_BYTES..]).as_ref(), Ok(&message));
    if let Message::Entries(entries) = &message {
        block(&entries.block);
    }
    Some(message)
}

fn block(block: &Block) {
    let Ok(entries) = block.open() else {
        return;
    };
    let size_bytes: usize = entries.iter().map(Block::size_bytes).sum();
    assert_eq!(size_bytes, block.declared_bytes());
    let packed = Block::pack(&entries).expect("what was opened is within the limit");
    assert_eq!(packed.open(), Ok(entries));
}
