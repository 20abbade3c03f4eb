//! What peers say of our own feed and have not shown: for how long it is waited for, and whom it is believed from.
//!
//! A peer that names an entry of our feed that is not held here may be the only witness of a store that was rolled back: signing on would
//! use a sequence twice. Or it lies: every partner could end the feed of every other one by a word. So a claim *holds* signing until the
//! entry is here, whose signature nobody can invent and which ends the feed, or until the time is over. Nothing of it reads a clock:
//! times are counted from any fixed moment.
//!
//! INVARIANT: within any `CLAIMS_DAY`, signing is held for `HELD_DAY_MAX` at most, whoever claims what and however often.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crdt_schema::id::FeedId;

use crate::limits::{CLAIM_MAX, CLAIMS_DAY, CLAIMS_MAX, HELD_DAY_MAX};

/// Whoever answers for a claim: a partner, since it may have any number of nodes; or a node whose certificate is not held.
pub(crate) type Claimant = [u8; 32];

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    /// The feed that all of this is about.
    feed: Option<FeedId>,
    /// Until when each claimant is waited for.
    pending: BTreeMap<Claimant, Duration>,
    /// How often signing was held for each of them.
    heard: BTreeMap<Claimant, u32>,
    /// Those that had their time on an open session, and showed nothing.
    disbelieved: BTreeSet<Claimant>,
    /// From when to when signing was held, in their order. The last one may reach into the time to come.
    spans: Vec<(Duration, Duration)>,
}

impl Claims {
    /// Begins anew if another feed is signed now, or none: what was said of the one before is settled.
    pub(crate) fn about(&mut self, feed: Option<FeedId>, now: Duration) {
        if self.feed != feed {
            let spans = std::mem::take(&mut self.spans);
            *self = Self {
                feed,
                spans,
                ..Self::default()
            };
            self.shorten(now);
        }
    }

    /// Takes a claim, for which any of these answers. Returns whether signing is held, from now on or already.
    pub(crate) fn claim(&mut self, by: &[Claimant], now: Duration) -> bool {
        self.pending.retain(|_, until| *until > now);
        let mut waited_for = by.iter().filter_map(|each| self.pending.get(each));
        // What a session repeats is one claim; in the second half of its time it comes of another session, after a line that broke.
        if waited_for.any(|until| *until > now + CLAIM_MAX / 2) {
            return true;
        }
        if !by.iter().any(|each| self.is_believed(each)) {
            return self.holds(now);
        }
        let used = self.used_before(now);
        let until = now + CLAIM_MAX.min(HELD_DAY_MAX.saturating_sub(used));
        if until == now {
            return self.holds(now);
        }
        for each in by {
            *self.heard.entry(*each).or_default() += 1;
            self.pending.insert(*each, until);
        }
        match self.spans.last_mut() {
            Some((_, to)) if *to >= now => *to = until.max(*to),
            _ => self.spans.push((now, until)),
        }
        true
    }

    /// Notes that these had their time, and showed nothing.
    pub(crate) fn unproved(&mut self, by: &[Claimant], now: Duration) {
        self.disbelieved.extend(by);
        for each in by {
            self.pending.remove(each);
        }
        self.shorten(now);
    }

    /// Returns whether signing is held.
    pub(crate) fn holds(&self, now: Duration) -> bool {
        self.spans.last().is_some_and(|(_, to)| *to > now)
    }

    /// Returns whether one of these has said of our feed what it has not shown: it is no witness that the feed ends here either.
    pub(crate) fn is_doubted(&self, by: &[Claimant]) -> bool {
        by.iter()
            .any(|each| self.heard.contains_key(each) || self.disbelieved.contains(each))
    }

    fn is_believed(&self, by: &Claimant) -> bool {
        let heard = self.heard.get(by).copied().unwrap_or(0);
        heard < CLAIMS_MAX && !self.disbelieved.contains(by)
    }

    /// Ends the hold with the last claim that is waited for.
    fn shorten(&mut self, now: Duration) {
        let last = self.pending.values().copied().max();
        if let Some((_, to)) = self.spans.last_mut()
            && *to > now
        {
            *to = last.unwrap_or(now).max(now);
        }
    }

    /// Returns for how long signing was held within the day until now, and forgets what is older.
    fn used_before(&mut self, now: Duration) -> Duration {
        let start = now.saturating_sub(CLAIMS_DAY);
        self.spans.retain(|(_, to)| *to > start);
        let spans = self.spans.iter();
        spans
            .map(|(from, to)| (*to).min(now).saturating_sub((*from).max(start)))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    /// Partners of a simulated federation.
    const PARTNERS: u8 = 40;

    /// A small generator (splitmix64), so that a seed replays a run.
    struct Chance(u64);

    impl Chance {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ (mixed >> 31)) % bound
        }
    }

    fn about(feed: u8) -> Claims {
        let mut claims = Claims::default();
        claims.about(Some(FeedId::from_bytes([feed; 32])), Duration::ZERO);
        claims
    }

    fn partner(number: u8) -> Claimant {
        [number; 32]
    }

    /// Claims at this second, and returns for how long signing is held from then on.
    fn held(claims: &mut Claims, by: u8, at: u64) -> u64 {
        let now = SECOND * u32::try_from(at).expect("small");
        claims.claim(&[partner(by)], now);
        let after = (0..).find(|after| !claims.holds(now + SECOND * *after));
        u64::from(after.expect("it ends"))
    }

    #[test]
    fn a_claim_holds_signing_for_a_minute_and_repeating_it_soon_changes_nothing() {
        let mut claims = about(1);
        assert!(!claims.holds(Duration::ZERO));
        assert_eq!(held(&mut claims, 1, 10), 60);
        assert_eq!(held(&mut claims, 1, 39), 31);
        assert!(claims.holds(SECOND * 69));
        assert!(!claims.holds(SECOND * 70));
        // After a line that broke, it has another minute.
        let mut claims = about(1);
        assert_eq!(held(&mut claims, 1, 10), 60);
        assert_eq!(held(&mut claims, 1, 40), 60);
    }

    #[test]
    fn a_partner_whose_line_breaks_is_heard_three_times_and_one_that_had_its_time_once() {
        let mut claims = about(1);
        let heard: Vec<_> = (0..5).map(|at| held(&mut claims, 1, at * 100)).collect();
        assert_eq!(heard, [60, 60, 60, 0, 0]);
        let mut claims = about(1);
        assert_eq!(held(&mut claims, 1, 0), 60);
        claims.unproved(&[partner(1)], SECOND * 20);
        assert!(!claims.holds(SECOND * 20), "signing goes on at once");
        assert_eq!(held(&mut claims, 1, 30), 0);
        assert!(claims.is_doubted(&[partner(1)]));
        assert_eq!(held(&mut claims, 2, 40), 60, "others are heard as before");
    }

    #[test]
    fn a_claim_that_fell_leaves_the_time_of_the_others() {
        let mut claims = about(1);
        assert_eq!(held(&mut claims, 1, 0), 60);
        assert_eq!(held(&mut claims, 2, 30), 60);
        claims.unproved(&[partner(2)], SECOND * 40);
        assert!(claims.holds(SECOND * 59));
        assert!(!claims.holds(SECOND * 60));
    }

    #[test]
    fn whoever_names_the_node_of_another_takes_nothing_from_it() {
        let mut claims = about(1);
        claims.unproved(&[partner(6)], Duration::ZERO);
        // The certificates of both name this node.
        assert!(claims.claim(&[partner(5), partner(6)], SECOND));
        assert!(claims.holds(SECOND));
    }

    #[test]
    fn another_feed_begins_anew_and_the_day_goes_on() {
        let mut claims = about(1);
        for by in 0..10 {
            assert_eq!(held(&mut claims, by, u64::from(by) * 60), 60);
        }
        assert_eq!(held(&mut claims, 10, 599), 1, "the day is used up");
        claims.about(Some(FeedId::from_bytes([2; 32])), SECOND * 600);
        assert!(!claims.is_doubted(&[partner(1)]));
        assert_eq!(held(&mut claims, 1, 601), 0);
        assert_eq!(held(&mut claims, 1, 86_400 + 60), 60, "a day later");
    }

    /// Signing is held for the bound at most in any day, whoever claims, falls and claims again.
    #[test]
    fn however_many_claim_signing_is_held_for_ten_minutes_a_day_at_most() {
        for seed in 0..60 {
            let mut chance = Chance(seed);
            let mut claims = about(1);
            let pace = 1 + chance.below(40);
            let seconds = 3 * CLAIMS_DAY.as_secs();
            // Seconds in which signing is held, as a window over the last day.
            let mut held: std::collections::VecDeque<u64> = Default::default();
            let mut longest = 0;
            for second in 0..seconds {
                let now = Duration::from_secs(second);
                if chance.below(pace) == 0 {
                    let by = partner(chance.below(u64::from(PARTNERS)) as u8);
                    match chance.below(4) {
                        0 => claims.unproved(&[by], now),
                        _ => drop(claims.claim(&[by], now)),
                    }
                }
                if claims.holds(now) {
                    held.push_back(second);
                }
                while held
                    .front()
                    .is_some_and(|at| at + CLAIMS_DAY.as_secs() <= second)
                {
                    held.pop_front();
                }
                longest = longest.max(held.len());
            }
            assert!(
                longest as u64 <= HELD_DAY_MAX.as_secs(),
                "seed {seed}: {longest}"
            );
            assert!(longest > 0, "seed {seed}: nothing was held");
        }
    }

    /// A node whose store was rolled back signs nothing between the word of an honest witness and the entries that it brings, whatever
    /// liars said before and whoever saves meanwhile, and never again after them. Lies alone end nothing.
    #[test]
    fn between_an_honest_word_and_its_proof_nothing_is_signed() {
        for seed in 0..2_000 {
            let mut chance = Chance(seed);
            let mut claims = about(1);
            // Sequences that were published beyond what is held. None: nothing was rolled back.
            let lost = chance.below(3);
            let witness = PARTNERS + 1;
            let liars = chance.below(9) as u8;
            // When the witness is met, and when its entries are here. The line may break twice on the way: it is met again, and says it again.
            let met = 100 + chance.below(300);
            let breaks = chance.below(3);
            let met_again: Vec<u64> = (0..=breaks).map(|turn| met + turn * 45).collect();
            let shown = met_again[breaks as usize] + 1 + chance.below(14);
            let (mut has_ended, mut signed) = (false, 0);
            for second in 0..1_000 {
                let now = Duration::from_secs(second);
                if liars > 0 && chance.below(30) == 0 {
                    let liar = partner(chance.below(u64::from(liars)) as u8);
                    match chance.below(3) {
                        0 => claims.unproved(&[liar], now),
                        _ => drop(claims.claim(&[liar], now)),
                    }
                }
                if lost > 0 && met_again.contains(&second) {
                    claims.claim(&[partner(witness)], now);
                    assert!(claims.holds(now), "seed {seed}: the witness is not heard");
                }
                if lost > 0 && second == shown {
                    has_ended = true;
                }
                let may_sign = !has_ended && !claims.holds(now);
                if may_sign {
                    signed += 1;
                }
                let is_warned = lost > 0 && second >= met;
                assert!(!(may_sign && is_warned), "seed {seed}: signed at {second}");
            }
            assert_eq!(has_ended, lost > 0);
            assert!(lost > 0 || signed >= 1_000 - HELD_DAY_MAX.as_secs());
        }
    }
}
