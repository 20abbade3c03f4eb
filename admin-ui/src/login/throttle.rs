//! How long one waits after a wrong password: 2ⁿ seconds after the n-th, by account and address. The wait is the same for names that
//! no account has.

use std::collections::BTreeMap;

use crdt_schema::time::Timestamp;

use crate::server::PeerAddress;

/// Failures by account and address. Its time comes in as an argument.
#[derive(Default)]
pub(crate) struct Throttle {
    failures: BTreeMap<(String, PeerAddress), Failures>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    /// No attempt is looked at before this.
    closed_until_ms: i64,
}

/// What becomes of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The password may be compared.
    Open,
    /// Not before this many seconds.
    Wait(u64),
}

/// Pairs that are remembered; the one that has waited most goes first.
const PAIRS_MAX: usize = 10_000;
/// The wait stops doubling here: 1,024 seconds.
const DOUBLINGS_MAX: u32 = 10;
/// A pair is forgotten when it has tried nothing for this long.
const FORGOTTEN_AFTER_MS: i64 = 3_600_000;

impl Throttle {
    /// Counts an attempt as failed before its password is compared, so that two hundred at once are one; [`Self::succeed`] takes it back.
    pub(crate) fn begin(&mut self, name: &str, from: PeerAddress, now: Timestamp) -> Attempt {
        let now_ms = now.as_millis();
        let key = (name.to_owned(), from);
        let before = self.failures.get(&key).copied().filter(|failures| {
            now_ms < failures.closed_until_ms.saturating_add(FORGOTTEN_AFTER_MS)
        });
        let count = before.map_or(1, |failures| failures.count.saturating_add(1));
        if let Some(failures) = before {
            // A clock that jumped back must not close the door for longer than the wait itself.
            let left_ms = failures.closed_until_ms.saturating_sub(now_ms);
            if left_ms > 0 && left_ms <= wait_ms(failures.count) {
                return Attempt::Wait(left_ms.unsigned_abs().div_ceil(1000));
            }
        }
        self.make_room(&key);
        let closed_until_ms = now_ms.saturating_add(wait_ms(count));
        self.failures.insert(
            key,
            Failures {
                count,
                closed_until_ms,
            },
        );
        Attempt::Open
    }

    /// Forgets the failures of a pair: its password was right.
    pub(crate) fn succeed(&mut self, name: &str, from: PeerAddress) {
        self.failures.remove(&(name.to_owned(), from));
    }

    fn make_room(&mut self, key: &(String, PeerAddress)) {
        if self.failures.len() < PAIRS_MAX || self.failures.contains_key(key) {
            return;
        }
        let oldest = self
            .failures
            .iter()
            .min_by_key(|(_, failures)| failures.closed_until_ms);
        if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
            self.failures.remove(&oldest);
        }
    }
}

fn wait_ms(count: u32) -> i64 {
    1000 << count.min(DOUBLINGS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: PeerAddress = PeerAddress(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn each_wrong_password_doubles_the_wait_up_to_seventeen_minutes() {
        let mut throttle = Throttle::default();
        let mut now = 0;
        for n in 1..=15 {
            assert_eq!(
                throttle.begin("zoe", HERE, at(now)),
                Attempt::Open,
                "attempt {n}"
            );
            let wait = 1_u64 << n.min(10);
            assert_eq!(throttle.begin("zoe", HERE, at(now)), Attempt::Wait(wait));
            now += wait_ms(n);
            assert_eq!(throttle.begin("zoe", HERE, at(now - 1)), Attempt::Wait(1));
        }
    }

    #[test]
    fn two_hundred_attempts_at_once_are_one() {
        let mut throttle = Throttle::default();
        let open = (0..200).filter(|_| throttle.begin("zoe", HERE, at(0)) == Attempt::Open);
        assert_eq!(open.count(), 1);
    }

    #[test]
    fn a_right_password_and_another_pair_do_not_wait() {
        let mut throttle = Throttle::default();
        assert_eq!(throttle.begin("zoe", HERE, at(0)), Attempt::Open);
        assert_eq!(throttle.begin("ana", HERE, at(0)), Attempt::Open);
        assert_eq!(
            throttle.begin("zoe", PeerAddress::default(), at(0)),
            Attempt::Open
        );
        throttle.succeed("zoe", HERE);
        assert_eq!(throttle.begin("zoe", HERE, at(0)), Attempt::Open);
        assert_eq!(
            throttle.begin("zoe", HERE, at(0)),
            Attempt::Wait(2),
            "and counts from one"
        );
    }

    #[test]
    fn an_old_failure_is_forgotten_and_a_clock_that_jumps_back_closes_nothing() {
        let mut throttle = Throttle::default();
        assert_eq!(throttle.begin("zoe", HERE, at(0)), Attempt::Open);
        let late = 2_000 + FORGOTTEN_AFTER_MS;
        assert_eq!(throttle.begin("zoe", HERE, at(late)), Attempt::Open);
        assert_eq!(
            throttle.begin("zoe", HERE, at(late)),
            Attempt::Wait(2),
            "counts from one"
        );
        assert_eq!(
            throttle.begin("zoe", HERE, at(late - 86_400_000)),
            Attempt::Open
        );
    }

    #[test]
    fn the_table_keeps_its_bound_and_those_who_wait_longest() {
        let mut throttle = Throttle::default();
        assert_eq!(throttle.begin("zoe", HERE, at(1)), Attempt::Open);
        for number in 1..PAIRS_MAX {
            throttle.begin(&number.to_string(), HERE, at(0));
        }
        assert_eq!(throttle.failures.len(), PAIRS_MAX);
        throttle.begin("one more", HERE, at(0));
        assert_eq!(throttle.failures.len(), PAIRS_MAX);
        assert_eq!(
            throttle.begin("zoe", HERE, at(1)),
            Attempt::Wait(2),
            "was not dropped"
        );
    }
}
