//! How often one address may ask for work that costs something and needs no login.

use std::collections::BTreeMap;

use crdt_schema::time::Timestamp;

use crate::server::PeerAddress;

/// What each address has asked for in its running minute. Its time comes in as an argument.
#[derive(Default)]
pub(crate) struct Turns {
    minutes: BTreeMap<PeerAddress, Minute>,
}

#[derive(Clone, Copy)]
struct Minute {
    began_ms: i64,
    asked: u32,
}

/// Requests of one address in a minute: page 7 of the design.
const ASKED_MAX: u32 = 60;
const MINUTE_MS: i64 = 60_000;
/// Addresses that are remembered; beyond, those whose minute is over are forgotten, and then all.
const ADDRESSES_MAX: usize = 10_000;

impl Turns {
    /// Counts a request. Returns how many seconds to wait where there were too many.
    pub(crate) fn take(&mut self, from: PeerAddress, now: Timestamp) -> Option<u64> {
        let now_ms = now.as_millis();
        // A clock that jumps back begins a new minute: it must not close the page.
        let is_running =
            |minute: &Minute| (0..MINUTE_MS).contains(&now_ms.saturating_sub(minute.began_ms));
        if self.minutes.len() >= ADDRESSES_MAX && !self.minutes.contains_key(&from) {
            self.minutes.retain(|_, minute| is_running(minute));
            if self.minutes.len() >= ADDRESSES_MAX {
                self.minutes.clear();
            }
        }
        let fresh = Minute {
            began_ms: now_ms,
            asked: 0,
        };
        let minute = self.minutes.entry(from).or_insert(fresh);
        if !is_running(minute) {
            *minute = fresh;
        }
        if minute.asked < ASKED_MAX {
            minute.asked += 1;
            return None;
        }
        let left_ms = minute.began_ms + MINUTE_MS - now_ms;
        Some(left_ms.unsigned_abs().div_ceil(1_000))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn from(number: u32) -> PeerAddress {
        PeerAddress(IpAddr::V4(Ipv4Addr::from(number)))
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn sixty_a_minute_pass_and_the_next_waits_for_the_end_of_the_minute() {
        let mut turns = Turns::default();
        for _ in 0..ASKED_MAX {
            assert_eq!(turns.take(from(1), at(1_000)), None);
        }
        assert_eq!(turns.take(from(1), at(1_000)), Some(60));
        assert_eq!(turns.take(from(1), at(60_999)), Some(1));
        assert_eq!(turns.take(from(2), at(1_000)), None, "another address");
        assert_eq!(turns.take(from(1), at(61_000)), None, "the next minute");
    }

    #[test]
    fn a_clock_that_jumps_back_closes_nothing() {
        let mut turns = Turns::default();
        for _ in 0..=ASKED_MAX {
            turns.take(from(1), at(9_000_000));
        }
        assert_eq!(turns.take(from(1), at(0)), None);
    }

    #[test]
    fn the_table_keeps_its_bound() {
        let mut turns = Turns::default();
        for number in 0..=10_000 {
            assert_eq!(turns.take(from(number), at(0)), None);
        }
        assert!(turns.minutes.len() <= ADDRESSES_MAX);
    }
}
