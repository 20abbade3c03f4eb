//! How much a partner has published lately, as other nodes count it.

use crdt_schema::entry::{HEADER_BYTES, SIGNATURE_BYTES};
use crdt_schema::id::PartnerId;
use crdt_schema::time::Timestamp;

use crate::fault::Fault;
use crate::reader::Reader;
use crate::store::{header_of, tables};

/// An amount of entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// How many.
    pub entries: u64,
    /// Bytes that they take on the wire, before compression.
    pub bytes: u64,
}

impl Reader {
    /// Returns what the feeds of a partner claim to have signed from an instant on. Each is read from its end, and no further than the
    /// last entry that claims an earlier one.
    pub fn used_since(&self, partner: &PartnerId, since: Timestamp) -> Result<Used, Fault> {
        let feeds: Vec<_> = {
            let state = self.state();
            let certificates = state.certificates().iter();
            let its = certificates.filter(|(_, its)| its.partner == *partner);
            its.filter_map(|(feed, _)| self.feed_keys(&state, feed, 0))
                .collect()
        };
        let table = self.read.open_table(tables::ENTRIES)?;
        let mut used = Used::default();
        for (first, last) in feeds {
            for row in table.range::<&[u8; 20]>(&first..=&last)?.rev() {
                let header = header_of(row?.1.value())?;
                if header.claimed < since {
                    break;
                }
                used.entries += 1;
                used.bytes += FIXED_BYTES + u64::from(header.payload_bytes);
            }
        }
        Ok(used)
    }
}

/// What goes with a payload: header, signature, and the length of the payload.
const FIXED_BYTES: u64 = (HEADER_BYTES + SIGNATURE_BYTES + 4) as u64;
