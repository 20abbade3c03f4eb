//! How many partners say that they know the same governance as this node, and since when too few do: a node whose peers hold
//! governance back finds out by this.
//!
//! Two questions, each with one set of partners. *Who confirms?* Those whose nodes all know exactly what this node knows: they are counted,
//! and the oldest of their words says how old that is. *For how long may something be missing?* Here those count too whose nodes know less
//! and nothing else: right after a decision nobody else can know it yet, and that is no silence.

use std::collections::{BTreeMap, BTreeSet};

use crate::checkpoint::Standing;
use crate::id::PartnerId;
use crate::time::Timestamp;

/// Partners whose word is asked for: of different organisations, and not ours.
pub const PARTNERS_ASKED: usize = 2;
/// A claim further ahead of our clock than this is nobody's word.
const AHEAD_MS_MAX: i64 = 24 * 3_600 * 1_000;
const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// What the newest checkpoint of a partner's node says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    /// The partner.
    pub partner: PartnerId,
    /// When its author says it was signed.
    pub claimed: Timestamp,
    /// How it stands to what is held here.
    pub standing: Standing,
}

/// Whether the governance that is held here is confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The partners that know exactly the same, with their newest word.
    pub by: BTreeMap<PartnerId, Timestamp>,
    /// Whole days since the oldest of these words. 0 where there is none.
    pub by_days: u64,
    /// The partners that name governance which is not held here, or another one.
    pub differing: BTreeSet<PartnerId>,
    /// The partners that only differ in a feed with more branches than nodes hold.
    pub contested: BTreeSet<PartnerId>,
    /// Partners whose word is needed: 2, or as many as there are beside us.
    pub asked: usize,
    /// Since when fewer than `asked` partners have said that they know nothing else than this node: the same, or less. Of a node that never
    /// heard enough of them, its start.
    pub since: Timestamp,
    /// Whole days since then.
    pub days: u64,
    /// Whether that is too long.
    pub is_late: bool,
}

/// Counts the words of other partners. `others` are the partners of the federation beside ours, `start` is when this node came, `days_max` the
/// days after which silence is too long. A word that agrees and knows less counts for the day only, never as a confirmation.
pub fn confirm(
    words: &[Word],
    others: &BTreeSet<PartnerId>,
    start: Timestamp,
    now: Timestamp,
    days_max: u64,
) -> Confirmation {
    let mut by: BTreeMap<PartnerId, Timestamp> = BTreeMap::new();
    let mut agreeing: BTreeMap<PartnerId, Timestamp> = BTreeMap::new();
    let (mut differing, mut contested) = (BTreeSet::new(), BTreeSet::new());
    for word in words.iter().filter(|word| others.contains(&word.partner)) {
        if word.claimed.as_millis().saturating_sub(now.as_millis()) > AHEAD_MS_MAX {
            continue;
        }
        let note = |of: &mut BTreeMap<PartnerId, Timestamp>| {
            let newest = of.entry(word.partner).or_insert(word.claimed);
            *newest = (*newest).max(word.claimed);
        };
        match word.standing {
            Standing::Same => {
                note(&mut by);
                note(&mut agreeing);
            }
            Standing::Behind => note(&mut agreeing),
            Standing::Silent => {}
            Standing::Contested => {
                contested.insert(word.partner);
            }
            Standing::Ahead | Standing::Contradictory => {
                differing.insert(word.partner);
            }
        }
    }
    // What one node of a partner confirms, another one of it may know better.
    contested.retain(|partner| !differing.contains(partner));
    let agrees = |partner: &PartnerId| !differing.contains(partner) && !contested.contains(partner);
    by.retain(|partner, _| agrees(partner));
    agreeing.retain(|partner, _| agrees(partner));
    let asked = others.len().min(PARTNERS_ASKED);
    let mut days_of: Vec<Timestamp> = agreeing.into_values().collect();
    days_of.sort_unstable_by(|one, other| other.cmp(one));
    let since = match asked {
        0 => now,
        _ => days_of.get(asked - 1).map_or(start, |it| (*it).max(start)),
    };
    let days = days_between(since, now);
    let oldest = by.values().min();
    Confirmation {
        by_days: oldest.map_or(0, |oldest| days_between(*oldest, now)),
        by,
        differing,
        contested,
        asked,
        since,
        days,
        is_late: days >= days_max && asked > 0,
    }
}

/// Whole days, none where the first moment is the later one.
fn days_between(from: Timestamp, to: Timestamp) -> u64 {
    let age_ms = to.as_millis().saturating_sub(from.as_millis()).max(0);
    age_ms.unsigned_abs() / DAY_MS.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn standings() -> impl Strategy<Value = Standing> {
        prop_oneof![
            Just(Standing::Same),
            Just(Standing::Behind),
            Just(Standing::Silent),
            Just(Standing::Contested),
            Just(Standing::Ahead),
            Just(Standing::Contradictory),
        ]
    }

    fn word(partner: u8, day: i64, standing: Standing) -> Word {
        Word {
            partner: PartnerId::from_bytes([partner; 32]),
            claimed: Timestamp::from_millis(day * DAY_MS),
            standing,
        }
    }

    fn others(count: u8) -> BTreeSet<PartnerId> {
        (0..count)
            .map(|it| PartnerId::from_bytes([it; 32]))
            .collect()
    }

    fn at(words: &[Word], count: u8, day: i64) -> Confirmation {
        let (start, now) = (
            Timestamp::from_millis(0),
            Timestamp::from_millis(day * DAY_MS),
        );
        confirm(words, &others(count), start, now, 7)
    }

    proptest! {
        #[test]
        fn any_order_and_any_repetition_count_the_same(
            words in prop::collection::vec((0_u8..5, 0_i64..40, standings()), 0..12),
            turn in 0_usize..12,
            count in 0_u8..5,
        ) {
            let words: Vec<Word> = words.into_iter().map(|(p, d, s)| word(p, d, s)).collect();
            let mut again = words.clone();
            again.extend(words.iter().rev());
            let turn = turn % again.len().max(1);
            again.rotate_left(turn);
            prop_assert_eq!(at(&words, count, 30), at(&again, count, 30));
        }

        #[test]
        fn only_partners_that_know_the_same_confirm(
            words in prop::collection::vec((0_u8..5, 0_i64..40, standings()), 0..12),
        ) {
            let words: Vec<Word> = words.into_iter().map(|(p, d, s)| word(p, d, s)).collect();
            let found = at(&words, 4, 30);
            for (partner, day) in &found.by {
                let same = |it: &Word| it.partner == *partner && it.claimed == *day && it.standing == Standing::Same;
                prop_assert!(words.iter().any(same));
                prop_assert!(others(4).contains(partner) && !found.differing.contains(partner));
            }
        }

        #[test]
        fn a_word_that_does_not_agree_never_ends_the_alarm(
            words in prop::collection::vec((0_u8..5, 0_i64..30, standings()), 0..12),
            partner in 0_u8..5,
            standing in prop_oneof![
                Just(Standing::Silent),
                Just(Standing::Contested),
                Just(Standing::Ahead),
                Just(Standing::Contradictory),
            ],
        ) {
            let mut words: Vec<Word> = words.into_iter().map(|(p, d, s)| word(p, d, s)).collect();
            let before = at(&words, 4, 30);
            words.push(word(partner, 30, standing));
            let after = at(&words, 4, 30);
            prop_assert!(after.since <= before.since && (after.is_late || !before.is_late));
        }
    }

    #[test]
    fn the_word_of_one_organisation_is_not_enough_and_two_are() {
        let one = [word(1, 30, Standing::Same), word(1, 29, Standing::Same)];
        let found = at(&one, 3, 30);
        assert_eq!((found.asked, found.by.len(), found.days), (2, 1, 30));
        assert!(found.is_late);
        let two = [one[0], word(2, 24, Standing::Behind)];
        let found = at(&two, 3, 30);
        assert_eq!((found.by.len(), found.days, found.is_late), (1, 6, false));
        assert!(at(&two, 3, 31).is_late);
        // Where there is one partner beside us, its word is all that can be asked for; alone, nobody's.
        assert!(!at(&[word(0, 30, Standing::Same)], 1, 30).is_late);
        assert!(!at(&[], 0, 300).is_late);
    }

    #[test]
    fn the_days_of_those_who_confirm_are_of_their_own_words() {
        let words = [
            word(1, 27, Standing::Same),
            word(2, 25, Standing::Same),
            word(3, 30, Standing::Behind),
            word(4, 30, Standing::Behind),
        ];
        let found = at(&words, 5, 30);
        // Two confirm, and their oldest word is five days old. That two others spoke today, and know less, is another matter.
        assert_eq!((found.by.len(), found.by_days, found.days), (2, 5, 0));
        let found = at(&words[2..], 5, 30);
        assert_eq!((found.by.len(), found.by_days, found.days), (0, 0, 0));
        let ahead = [word(1, 31, Standing::Same)];
        assert_eq!(at(&ahead, 5, 30).by_days, 0);
    }

    #[test]
    fn a_partner_that_a_flood_keeps_apart_neither_confirms_nor_differs() {
        let words = [
            word(1, 30, Standing::Contested),
            word(1, 30, Standing::Same),
            word(2, 30, Standing::Same),
        ];
        let found = at(&words, 3, 30);
        assert_eq!((found.by.len(), found.is_late), (1, true));
        assert_eq!(found.contested, [words[0].partner].into());
        assert!(found.differing.is_empty());
    }

    #[test]
    fn a_partner_whose_nodes_disagree_confirms_nothing() {
        let words = [
            word(1, 30, Standing::Same),
            word(1, 30, Standing::Ahead),
            word(2, 30, Standing::Same),
        ];
        let found = at(&words, 3, 30);
        assert_eq!((found.by.len(), found.days, found.is_late), (1, 30, true));
    }

    #[test]
    fn a_clock_that_is_years_ahead_confirms_nothing() {
        let words = [word(1, 3_000, Standing::Same), word(2, 30, Standing::Same)];
        let found = at(&words, 3, 30);
        assert_eq!(found.by.len(), 1);
        assert!(found.is_late);
    }

    #[test]
    fn a_node_that_has_just_come_has_its_days() {
        assert!(!at(&[], 3, 6).is_late);
        assert!(at(&[], 3, 7).is_late);
    }
}
