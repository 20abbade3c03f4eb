//! Confirmations that were made in bulk: they count, and are shown as such. They are known by one signature over several, or by so many
//! of one feed within a minute.

use crdt_schema::entry::{Frame, VerifiedEntry};

use super::HeldStatement;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::store::tables::EntryPlace;

/// So many verifications of one feed within one minute are a bulk: nobody looks at a record every three seconds for long.
pub const BULK_MIN: usize = 20;

/// How many verifications were made with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Together {
    /// In the same entry: one signature, and one click.
    pub in_entry: usize,
    /// By the same feed within one minute that holds it, by the times that it claims.
    pub in_minute: usize,
}

impl Together {
    /// Whether this is a bulk.
    pub fn is_bulk(self) -> bool {
        self.in_entry > 1 || self.in_minute >= BULK_MIN
    }

    /// Returns how many were confirmed at once.
    pub fn count(self) -> usize {
        self.in_entry.max(self.in_minute)
    }
}

const MINUTE_MS: i64 = 60_000;
/// Entries on either side that are looked at. Each verification made by itself takes one entry, so a bulk is found long before.
const NEIGHBOURS_MAX: u64 = 64;

impl Reader {
    /// Returns how many verifications the feed of this statement made together with it.
    pub fn verified_together(&self, held: &HeldStatement) -> Result<Together, Fault> {
        let Some(place) = self.state().place(&held.entry) else {
            return Ok(Together {
                in_entry: 0,
                in_minute: 0,
            });
        };
        let (mut times, mut in_entry) = (Vec::new(), 0);
        let first = place.sequence.saturating_sub(NEIGHBOURS_MAX);
        let last = place.sequence.saturating_add(NEIGHBOURS_MAX);
        for at in self.places_between(place.feed, first, last)? {
            let entry = self.source.entry(at, &self.cache)?;
            let claimed = entry.header().claimed.as_millis();
            let verified = verifications(&entry);
            if entry.id() == held.entry {
                in_entry = verified;
            }
            if claimed.abs_diff(held.claimed.as_millis()) > MINUTE_MS.unsigned_abs() {
                continue;
            }
            times.extend(std::iter::repeat_n(claimed, verified));
        }
        Ok(Together {
            in_entry,
            in_minute: most_within(&mut times, held.claimed.as_millis()),
        })
    }

    fn places_between(&self, feed: u32, first: u64, last: u64) -> Result<Vec<EntryPlace>, Fault> {
        let (first, last) = EntryPlace::keys_between(feed, first, last);
        let table = &self.source.entries.rows;
        let rows = table.range::<&[u8; 20]>(&first..=&last)?;
        rows.map(|row| Ok(EntryPlace::from_key(row?.0.value())))
            .collect()
    }
}

fn verifications(entry: &VerifiedEntry) -> usize {
    let verified = entry.items().iter().filter(
        |item| matches!(&item.frame, Frame::Statement(frame) if frame.predicate == "verified"),
    );
    verified.count()
}

/// The most of these times that lie within one minute that also holds `this`.
fn most_within(times: &mut [i64], this: i64) -> usize {
    times.sort_unstable();
    let starts = times
        .iter()
        .filter(|start| **start <= this && this.abs_diff(**start) < MINUTE_MS.unsigned_abs());
    let within = |start: i64| {
        let is_within =
            |time: &&i64| **time >= start && time.abs_diff(start) < MINUTE_MS.unsigned_abs();
        times.iter().filter(is_within).count()
    };
    starts.map(|start| within(*start)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_holds_what_is_less_than_sixty_seconds_apart() {
        let together = |times: &[i64], this| most_within(&mut times.to_vec(), this);
        assert_eq!(together(&[0], 0), 1);
        assert_eq!(together(&[0, 59_999], 0), 2);
        assert_eq!(together(&[0, 60_000], 0), 1);
        assert_eq!(together(&[-30_000, 0, 29_999], 0), 3);
        assert_eq!(together(&[-30_000, 0, 30_000], 0), 2);
        assert_eq!(together(&[i64::MIN, i64::MAX], i64::MAX), 1);
        assert_eq!(together(&[], 0), 0);
    }
}
