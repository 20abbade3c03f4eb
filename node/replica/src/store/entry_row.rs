//! How an entry is kept: header, signature, and the payload as one compressed block.

use crdt_schema::entry::{HEADER_BYTES, SIGNATURE_BYTES, SignedEntry, VerifiedEntry};
use crdt_schema::limits::{ENTRY_ITEMS_MAX, PAYLOAD_BYTES_HELD_MAX};

use crate::fault::Fault;

/// The first level already finds the repetitions between the items of an import; higher ones cost more than the disk saves.
const LEVEL: i32 = 1;
const FIXED_BYTES: usize = HEADER_BYTES + SIGNATURE_BYTES;

/// Writes and reads entry rows. Making a compressor costs more than using it, so one is kept.
pub(crate) struct EntryRow {
    compressor: zstd::bulk::Compressor<'static>,
}

impl EntryRow {
    pub(crate) fn new() -> Result<Self, Fault> {
        let compressor = zstd::bulk::Compressor::new(LEVEL);
        let compressor = compressor.map_err(|error| Fault::file("zstd", &error))?;
        Ok(Self { compressor })
    }

    pub(crate) fn encode(&mut self, entry: &SignedEntry) -> Result<Vec<u8>, Fault> {
        let block = self.compressor.compress(&entry.payload);
        let block = block.map_err(|error| Fault::file("zstd", &error))?;
        let mut row = Vec::with_capacity(FIXED_BYTES + block.len());
        row.extend_from_slice(&entry.header);
        row.extend_from_slice(&entry.signature);
        row.extend_from_slice(&block);
        Ok(row)
    }

    pub(crate) fn decode(row: &[u8]) -> Result<VerifiedEntry, Fault> {
        VerifiedEntry::from_store(&Self::decode_signed(row)?)
            .map_err(|error| Fault::damaged(format!("entry: {error}")))
    }

    pub(crate) fn decode_signed(row: &[u8]) -> Result<SignedEntry, Fault> {
        if row.len() < FIXED_BYTES {
            return Err(Fault::damaged("entry cut short"));
        }
        let (header, rest) = row.split_at(HEADER_BYTES);
        let (signature, block) = rest.split_at(SIGNATURE_BYTES);
        let signed_bytes: [u8; 4] = header[180..].try_into().expect("a header ends there");
        let capacity = u32::from_be_bytes(signed_bytes) as usize + 16 * ENTRY_ITEMS_MAX;
        let payload = zstd::bulk::decompress(block, capacity.min(PAYLOAD_BYTES_HELD_MAX))
            .map_err(|_| Fault::damaged("payload of an entry"))?;
        Ok(SignedEntry {
            header: header.try_into().expect("split there"),
            signature: signature.try_into().expect("split there"),
            payload,
        })
    }

    /// Returns the header alone, which needs no decompression.
    pub(crate) fn header(row: &[u8]) -> Option<&[u8; HEADER_BYTES]> {
        row.first_chunk()
    }
}
