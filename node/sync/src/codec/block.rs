//! A block: entries one after the other, compressed together. The size is declared first, checked before inflating, and enforced
//! while inflating, so that a few bytes cannot become a gigabyte.

use std::io::Read;

use crdt_schema::entry::{HEADER_BYTES, SIGNATURE_BYTES, SignedEntry};
use crdt_schema::limits::PAYLOAD_BYTES_MAX;
use serde::{Deserialize, Serialize};

use crate::codec::CodecError;
use crate::codec::wire::Bytes;
use crate::limits::{BATCH_ENTRIES_MAX, BLOCK_BYTES_MAX, FRAME_BYTES_MAX, ZSTD_WINDOW_LOG_MAX};

/// Compressed entries. Nothing of them is believed, not even their number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    declared_bytes: u32,
    zstd: Bytes<FRAME_BYTES_MAX>,
}

impl Block {
    /// Returns the bytes that an entry takes before compression.
    pub fn size_bytes(entry: &SignedEntry) -> usize {
        FIXED_BYTES + entry.payload.len()
    }

    /// Compresses entries that take at most `BLOCK_BYTES_MAX` together.
    pub fn pack(entries: &[SignedEntry]) -> Result<Self, CodecError> {
        let size_bytes = entries.iter().map(Self::size_bytes).sum();
        if size_bytes > BLOCK_BYTES_MAX {
            return Err(CodecError::TooLong {
                size_bytes,
                max_bytes: BLOCK_BYTES_MAX,
            });
        }
        let mut plain = Vec::with_capacity(size_bytes);
        for entry in entries {
            let length = u32::try_from(entry.payload.len()).expect("the block is within its limit");
            plain.extend_from_slice(&entry.header);
            plain.extend_from_slice(&entry.signature);
            plain.extend_from_slice(&length.to_be_bytes());
            plain.extend_from_slice(&entry.payload);
        }
        let declared_bytes = u32::try_from(size_bytes).expect("the block is within its limit");
        let broken = CodecError::Block { declared_bytes };
        let mut zstd = zstd::bulk::compress(&plain, LEVEL).map_err(|_| broken.clone())?;
        // It was made with room for bytes that do not compress, and waits for the peer.
        zstd.shrink_to_fit();
        let zstd = Bytes::new(zstd).ok_or(broken)?;
        Ok(Self {
            declared_bytes,
            zstd,
        })
    }

    /// Inflates the block and takes it apart.
    pub fn open(&self) -> Result<Vec<SignedEntry>, CodecError> {
        let broken = || CodecError::Block {
            declared_bytes: self.declared_bytes,
        };
        let plain = self.inflate().ok_or_else(broken)?;
        let mut rest = plain.as_slice();
        let mut entries = Vec::new();
        while !rest.is_empty() {
            if entries.len() == BATCH_ENTRIES_MAX {
                return Err(broken());
            }
            entries.push(take_entry(&mut rest).ok_or_else(broken)?);
        }
        Ok(entries)
    }

    /// Returns the size before compression that the sender declares.
    pub fn declared_bytes(&self) -> usize {
        self.declared_bytes as usize
    }

    fn inflate(&self) -> Option<Vec<u8>> {
        let declared = self.declared_bytes();
        if declared > BLOCK_BYTES_MAX {
            return None;
        }
        let mut decoder = zstd::stream::read::Decoder::with_buffer(self.zstd.as_slice()).ok()?;
        decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).ok()?;
        let mut plain = Vec::new();
        decoder
            .take(declared as u64 + 1)
            .read_to_end(&mut plain)
            .ok()?;
        (plain.len() == declared).then_some(plain)
    }
}

fn take_entry(rest: &mut &[u8]) -> Option<SignedEntry> {
    let header = *rest.split_first_chunk::<HEADER_BYTES>()?.0;
    let (signature, after) = rest[HEADER_BYTES..].split_first_chunk::<SIGNATURE_BYTES>()?;
    let (length, after) = after.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes(*length) as usize;
    if length > PAYLOAD_BYTES_MAX {
        return None;
    }
    let (payload, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(SignedEntry {
        header,
        signature: *signature,
        payload: payload.to_vec(),
    })
}

const FIXED_BYTES: usize = HEADER_BYTES + SIGNATURE_BYTES + 4;
/// zstd's own default: 300 MB/s on these cores, and two thirds of the size for structured text.
const LEVEL: i32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(payload_bytes: usize, filling: u8) -> SignedEntry {
        SignedEntry {
            header: [filling; HEADER_BYTES],
            signature: [filling; SIGNATURE_BYTES],
            payload: vec![filling; payload_bytes],
        }
    }

    /// Bytes that no compressor makes smaller.
    fn noise(count: usize) -> Vec<u8> {
        let mut state = 7_u64;
        let next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    fn sealed(plain: &[u8], declared_bytes: u32) -> Block {
        let zstd = zstd::bulk::compress(plain, 3).expect("memory suffices");
        let zstd = Bytes::new(zstd).expect("within a frame");
        Block {
            declared_bytes,
            zstd,
        }
    }

    #[test]
    fn a_block_opens_to_the_entries_that_were_packed() {
        let entries = vec![entry(0, 1), entry(PAYLOAD_BYTES_MAX, 2), entry(3, 3)];
        let block = Block::pack(&entries).expect("within the limit");
        assert_eq!(block.open(), Ok(entries));
        assert_eq!(Block::pack(&[]).expect("empty").open(), Ok(vec![]));
    }

    #[test]
    fn a_block_ends_at_its_limit_and_fits_a_frame_whatever_it_holds() {
        let mut entries: Vec<SignedEntry> = (0..3).map(|_| entry(PAYLOAD_BYTES_MAX, 0)).collect();
        let left = BLOCK_BYTES_MAX - entries.iter().map(Block::size_bytes).sum::<usize>();
        entries.push(entry(left - FIXED_BYTES, 0));
        for entry in &mut entries {
            entry.payload = noise(entry.payload.len());
        }
        let block = Block::pack(&entries).expect("at the limit");
        assert!(block.zstd.as_slice().len() < FRAME_BYTES_MAX - 1024);
        assert_eq!(block.open(), Ok(entries.clone()));
        entries[3].payload.push(0);
        assert!(Block::pack(&entries).is_err());
    }

    #[test]
    fn a_block_that_is_longer_or_shorter_than_declared_is_refused() {
        let plain = vec![0; FIXED_BYTES];
        let size = FIXED_BYTES as u32;
        assert_eq!(
            sealed(&plain, size).open().map(|entries| entries.len()),
            Ok(1)
        );
        for declared_bytes in [0, 1, size - 1, size + 1, u32::MAX] {
            let error = CodecError::Block { declared_bytes };
            assert_eq!(sealed(&plain, declared_bytes).open(), Err(error));
        }
    }

    #[test]
    fn a_bomb_is_put_out_at_the_size_it_declares() {
        let bomb = zstd::bulk::compress(&vec![0; 256 << 20], 3).expect("memory suffices");
        let zstd = Bytes::new(bomb).expect("a bomb is small");
        for declared_bytes in [10, BLOCK_BYTES_MAX as u32, BLOCK_BYTES_MAX as u32 + 1] {
            let block = Block {
                declared_bytes,
                zstd: zstd.clone(),
            };
            assert_eq!(block.open(), Err(CodecError::Block { declared_bytes }));
        }
    }

    #[test]
    fn a_payload_that_claims_more_than_is_there_is_refused() {
        let mut plain = vec![0; FIXED_BYTES];
        plain[FIXED_BYTES - 1] = 1;
        assert!(sealed(&plain, plain.len() as u32).open().is_err());
        plain[FIXED_BYTES - 4] = 0xff;
        assert!(sealed(&plain, plain.len() as u32).open().is_err());
    }

    #[test]
    fn more_entries_than_a_batch_has_are_refused() {
        for (count, is_taken) in [(255, true), (256, true), (257, false)] {
            let entries = vec![entry(0, 9); count];
            let block = Block::pack(&entries).expect("small");
            assert_eq!(block.open().is_ok(), is_taken, "{count}");
        }
    }
}
