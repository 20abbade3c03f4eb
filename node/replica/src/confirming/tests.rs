//! What is asked for, turn after turn.

use super::*;
use crate::erasure::tests::federation::now;

fn head(feed: [u8; 32]) -> UnknownHead {
    UnknownHead {
        feed: FeedId::from_bytes(feed),
        sequence: 0,
        entry: EntryId::from_bytes(feed),
    }
}

fn numbered(kind: u8, number: u16) -> UnknownHead {
    let mut feed = [kind; 32];
    feed[30..].copy_from_slice(&number.to_be_bytes());
    head(feed)
}

fn seen(unknown: Vec<UnknownHead>, strange: Vec<UnknownHead>) -> GovernanceSeen {
    let confirmation = confirm(&[], &BTreeSet::new(), now(), now(), 7);
    GovernanceSeen {
        confirmation,
        words: Vec::new(),
        unknown,
        strange,
    }
}

#[test]
fn whoever_names_a_thousand_feeds_hides_none_of_a_coordinator_and_delays_the_others() {
    let partner = |number| PartnerId::from_bytes([number; 32]);
    let liar: BTreeSet<_> = (0..1_000).map(|number| numbered(0, number)).collect();
    let honest = BTreeSet::from([numbered(9, 1)]);
    let strange = taking_turns(&[(partner(1), liar), (partner(2), honest)].into());
    let known: Vec<_> = (0..3).map(|number| numbered(7, number)).collect();
    let seen = seen(known.clone(), strange);
    assert!(
        seen.to_ask(0).contains(&numbered(9, 1)),
        "each partner has its turn"
    );
    let mut asked = BTreeSet::new();
    for turn in 0..20 {
        let heads = seen.to_ask(turn);
        assert_eq!(heads.len(), UNKNOWN_MAX, "turn {turn}");
        assert_eq!(heads[..3], known, "turn {turn}");
        asked.extend(heads);
    }
    assert_eq!(asked.len(), 1_004, "everything has its turn");
}

#[test]
fn a_few_heads_are_all_asked_for_and_a_feed_once() {
    let two = UnknownHead {
        sequence: 1,
        ..numbered(7, 1)
    };
    let seen = seen(vec![numbered(7, 1), two], vec![numbered(8, 1)]);
    for turn in [0, 1, usize::MAX] {
        assert_eq!(seen.to_ask(turn), [numbered(7, 1), numbered(8, 1)]);
    }
    assert!(
        super::tests::seen(Vec::new(), Vec::new())
            .to_ask(3)
            .is_empty()
    );
}
