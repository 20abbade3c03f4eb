//! How entries are kept: header and signature in one table, so that whoever looks through a feed reads these alone, and the payload as
//! one compressed block. A short block stands in the same row; a long one in parts that fill a page each, since the database gives a row
//! that does not fit a page the next power of two of pages.

use crdt_schema::entry::{HEADER_BYTES, Header, SIGNATURE_BYTES, SignedEntry, VerifiedEntry};
use crdt_schema::limits::{ENTRY_ITEMS_MAX, PAYLOAD_BYTES_HELD_MAX};
use redb::{ReadOnlyTable, ReadTransaction, ReadableTable, Table, WriteTransaction};

use super::tables::{ENTRIES, EntryPlace, PAYLOADS};
use crate::fault::Fault;

/// The first level already finds the repetitions between the items of an import; higher ones cost more than the disk saves.
const LEVEL: i32 = 1;
/// Bytes of a block that stands in the row of its entry: what a person signs with one form. Longer ones stand apart.
const INLINE_BYTES_MAX: usize = 1_024;
/// Bytes of a part: with its key of 22 bytes and 8 of the leaf, one part fills a page of 4,096.
const PART_BYTES: usize = 4_066;

/// A table of headers, signatures and short blocks.
pub(crate) trait Rows: ReadableTable<&'static [u8; 20], &'static [u8]> {}
impl<T: ReadableTable<&'static [u8; 20], &'static [u8]>> Rows for T {}

/// A table of the parts of long blocks.
pub(crate) trait Parts: ReadableTable<&'static [u8; 22], &'static [u8]> {}
impl<T: ReadableTable<&'static [u8; 22], &'static [u8]>> Parts for T {}

/// The tables of entries, open in a transaction.
pub(crate) struct Entries<R, P> {
    /// Place → header, signature, and the block if it is short.
    pub(crate) rows: R,
    parts: P,
}

/// The entries of a snapshot.
pub(crate) type ReadEntries = Entries<
    ReadOnlyTable<&'static [u8; 20], &'static [u8]>,
    ReadOnlyTable<&'static [u8; 22], &'static [u8]>,
>;

/// The entries of a write transaction.
pub(crate) type WriteEntries<'txn> = Entries<
    Table<'txn, &'static [u8; 20], &'static [u8]>,
    Table<'txn, &'static [u8; 22], &'static [u8]>,
>;

/// Compresses payloads. Making a compressor costs more than using it, so one is kept.
pub(crate) struct PayloadPacker {
    compressor: zstd::bulk::Compressor<'static>,
}

impl PayloadPacker {
    pub(crate) fn new() -> Result<Self, Fault> {
        let compressor = zstd::bulk::Compressor::new(LEVEL);
        let compressor = compressor.map_err(|error| Fault::file("zstd", &error))?;
        Ok(Self { compressor })
    }

    /// Compresses a payload as its block is kept.
    pub(crate) fn pack(&mut self, payload: &[u8]) -> Result<Vec<u8>, Fault> {
        let block = self.compressor.compress(payload);
        block.map_err(|error| Fault::file("zstd", &error))
    }
}

impl ReadEntries {
    pub(crate) fn open(read: &ReadTransaction) -> Result<Self, Fault> {
        Ok(Self {
            rows: read.open_table(ENTRIES)?,
            parts: read.open_table(PAYLOADS)?,
        })
    }
}

impl<'txn> WriteEntries<'txn> {
    pub(crate) fn open(write: &'txn WriteTransaction) -> Result<Self, Fault> {
        Ok(Self {
            rows: write.open_table(ENTRIES)?,
            parts: write.open_table(PAYLOADS)?,
        })
    }

    /// Writes an entry, in the place of what stood there. Nothing of an earlier payload is left in a live row.
    pub(crate) fn insert(
        &mut self,
        place: EntryPlace,
        entry: &SignedEntry,
        packer: &mut PayloadPacker,
    ) -> Result<(), Fault> {
        let block = packer.pack(&entry.payload)?;
        self.insert_block(place, (&entry.header, &entry.signature, &block))
    }

    /// Takes over a row that holds its block whatever its length, as rows did before version 6. The block is not looked into: one that is
    /// damaged is found by a check, as before.
    pub(super) fn insert_whole_row(&mut self, place: EntryPlace, row: &[u8]) -> Result<(), Fault> {
        self.insert_block(place, split(row)?)
    }

    fn insert_block(
        &mut self,
        place: EntryPlace,
        (header, signature, block): Split<'_>,
    ) -> Result<(), Fault> {
        let (inline, apart) = match block.len() {
            ..=INLINE_BYTES_MAX => (block, [].as_slice()),
            _ => ([].as_slice(), block),
        };
        let row = [header.as_slice(), signature, inline].concat();
        let is_new = self.rows.insert(&place.to_key(), row.as_slice())?.is_none();
        let mut number = 0_u16;
        for part in apart.chunks(PART_BYTES) {
            self.parts.insert(&part_key(place, number), part)?;
            number += 1;
        }
        while !is_new && self.parts.remove(&part_key(place, number))?.is_some() {
            number += 1;
        }
        Ok(())
    }
}

impl<R: Rows, P: Parts> Entries<R, P> {
    /// Returns an entry as it is sent, if it is held.
    pub(crate) fn signed(&self, place: EntryPlace) -> Result<Option<SignedEntry>, Fault> {
        let row = self.rows.get(&place.to_key())?;
        row.map(|row| self.of_row(place, row.value())).transpose()
    }

    /// Returns an entry that was verified when it was written, if it is held.
    pub(crate) fn verified(&self, place: EntryPlace) -> Result<Option<VerifiedEntry>, Fault> {
        let signed = self.signed(place)?;
        let verified = signed.map(|signed| VerifiedEntry::from_store(&signed));
        let verified = verified.transpose();
        verified.map_err(|error| Fault::damaged(format!("entry: {error}")))
    }

    /// Returns the entry of a row.
    pub(crate) fn of_row(&self, place: EntryPlace, row: &[u8]) -> Result<SignedEntry, Fault> {
        let (header, signature, inline) = split(row)?;
        if !inline.is_empty() {
            return signed_entry(header, signature, inline);
        }
        let mut block = Vec::new();
        let (first, last) = (part_key(place, 0), part_key(place, u16::MAX));
        for part in self.parts.range::<&[u8; 22]>(&first..=&last)? {
            block.extend_from_slice(part?.1.value());
        }
        signed_entry(header, signature, &block)
    }
}

/// Returns the entry of a row of before version 6.
pub(super) fn of_whole_row(row: &[u8]) -> Result<SignedEntry, Fault> {
    let (header, signature, block) = split(row)?;
    signed_entry(header, signature, block)
}

/// Returns the header of a row alone, which needs no decompression.
pub(crate) fn header_of(row: &[u8]) -> Result<Header, Fault> {
    let bytes = row.first_chunk();
    let header = bytes.and_then(|bytes| Header::from_bytes(bytes).ok());
    header.ok_or_else(|| Fault::damaged("header of an entry"))
}

type Split<'row> = (
    &'row [u8; HEADER_BYTES],
    &'row [u8; SIGNATURE_BYTES],
    &'row [u8],
);

fn split(row: &[u8]) -> Result<Split<'_>, Fault> {
    let parts = row.split_first_chunk().and_then(|(header, rest)| {
        let (signature, block) = rest.split_first_chunk()?;
        Some((header, signature, block))
    });
    parts.ok_or_else(|| Fault::damaged("entry cut short"))
}

fn signed_entry(
    header: &[u8; HEADER_BYTES],
    signature: &[u8; SIGNATURE_BYTES],
    block: &[u8],
) -> Result<SignedEntry, Fault> {
    let signed_bytes: [u8; 4] = header[180..].try_into().expect("a header ends there");
    let capacity = u32::from_be_bytes(signed_bytes) as usize + 16 * ENTRY_ITEMS_MAX;
    let payload = zstd::bulk::decompress(block, capacity.min(PAYLOAD_BYTES_HELD_MAX));
    Ok(SignedEntry {
        header: *header,
        signature: *signature,
        payload: payload.map_err(|_| Fault::damaged("payload of an entry"))?,
    })
}

fn part_key(place: EntryPlace, number: u16) -> [u8; 22] {
    let mut key = [0; 22];
    key[..20].copy_from_slice(&place.to_key());
    key[20..].copy_from_slice(&number.to_be_bytes());
    key
}

#[cfg(test)]
mod tests {
    use redb::{Database, ReadableDatabase, ReadableTableMetadata};

    use super::*;

    /// Bytes that do not compress.
    fn noise(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed | 1;
        let mut step = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005);
            state = state.wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        std::iter::repeat_with(&mut step).take(length).collect()
    }

    fn entry(payload: Vec<u8>) -> SignedEntry {
        let mut header = [7; HEADER_BYTES];
        header[180..].copy_from_slice(&(payload.len() as u32).to_be_bytes());
        SignedEntry {
            header,
            signature: [9; SIGNATURE_BYTES],
            payload,
        }
    }

    fn place(sequence: u64) -> EntryPlace {
        EntryPlace {
            feed: 3,
            sequence,
            start_of_id: [5; 8],
        }
    }

    fn store() -> (tempfile::TempDir, Database) {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::create(folder.path().join("it.redb")).expect("made");
        (folder, database)
    }

    fn put(database: &Database, rows: &[(EntryPlace, &SignedEntry)]) {
        let mut packer = PayloadPacker::new().expect("a compressor");
        let write = database.begin_write().expect("begins");
        {
            let mut entries = WriteEntries::open(&write).expect("opened");
            for (place, entry) in rows {
                entries.insert(*place, entry, &mut packer).expect("written");
            }
        }
        write.commit().expect("committed");
    }

    fn parts(database: &Database) -> u64 {
        let read = database.begin_read().expect("begins");
        read.open_table(PAYLOADS)
            .expect("there")
            .len()
            .expect("counted")
    }

    #[test]
    fn what_is_written_is_read_whatever_its_length_and_what_stood_there() {
        // Around each bound: zstd adds some bytes to what it cannot compress.
        let lengths = [
            0,
            1,
            INLINE_BYTES_MAX - 12,
            INLINE_BYTES_MAX,
            PART_BYTES - 12,
            PART_BYTES,
            3 * PART_BYTES - 15,
            3 * PART_BYTES,
            256 * 1024,
        ];
        for before in lengths {
            for after in lengths {
                let (_folder, database) = store();
                let (first, second) = (entry(noise(1, before)), entry(noise(2, after)));
                let beside = entry(noise(3, 9_000));
                put(
                    &database,
                    &[(place(1), &beside), (place(2), &first), (place(3), &beside)],
                );
                put(&database, &[(place(2), &second)]);
                let read = database.begin_read().expect("begins");
                let entries = ReadEntries::open(&read).expect("opened");
                let held = |number| entries.signed(place(number)).expect("read").expect("held");
                assert_eq!(held(2), second, "{before} then {after}");
                assert_eq!([held(1), held(3)], [beside.clone(), beside]);
                // No part of what stood there before is left: it may have been erased.
                let length = zstd::bulk::compress(&second.payload, LEVEL)
                    .expect("fits")
                    .len();
                let apart = match length {
                    ..=INLINE_BYTES_MAX => 0,
                    _ => length.div_ceil(PART_BYTES),
                };
                assert_eq!(parts(&database), apart as u64 + 6, "{before} then {after}");
            }
        }
    }

    #[test]
    fn long_payloads_fill_their_pages() {
        let (_folder, database) = store();
        let long = entry(noise(1, 200_000));
        let places: Vec<_> = (0..40).map(|number| (place(number), &long)).collect();
        put(&database, &places);
        let read = database.begin_read().expect("begins");
        let stats = read.open_table(PAYLOADS).expect("there").stats();
        let stats = stats.expect("counted");
        assert!(
            stats.fragmented_bytes() * 20 < stats.stored_bytes(),
            "{stats:?}"
        );
    }

    #[test]
    fn a_payload_that_lacks_a_part_is_damaged_and_its_header_is_still_read() {
        let (_folder, database) = store();
        let long = entry(noise(1, 20_000));
        for missing in 0..5 {
            put(&database, &[(place(1), &long)]);
            let write = database.begin_write().expect("begins");
            let removed = {
                let mut table = write.open_table(PAYLOADS).expect("opened");
                let removed = table.remove(&part_key(place(1), missing)).expect("written");
                removed.is_some()
            };
            assert!(removed);
            write.commit().expect("committed");
            let read = database.begin_read().expect("begins");
            let entries = ReadEntries::open(&read).expect("opened");
            let fault = entries.signed(place(1)).expect_err("damaged");
            assert!(matches!(fault, Fault::Damaged { .. }), "{fault}");
        }
    }
}
