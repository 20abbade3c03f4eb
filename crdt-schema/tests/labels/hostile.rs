//! No sequence of what partners can sign makes a label appear, as long as fewer than k partners of the committee want it.

use std::collections::BTreeMap;

use crdt_schema::cbor::Tree;
use crdt_schema::entry::Kind;
use crdt_schema::governance::{Act, Label, Mandate, Position, Scheme, SignedAct};
use crdt_schema::id::{CharterId, EntryId, FederationId, FeedId, ItemId, PartnerId};
use crdt_schema::label::Origin;
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::held::{Held, charter, header, issue, label, scheme, withdraw};

/// One thing that an attacker signs. It holds the keys of one member of the committee (1), of a coordinator outside it (4), of a
/// partner (5), and of a feed that nobody certified (66).
#[derive(Debug, Clone)]
struct Attempt {
    feed: u8,
    kind: Kind,
    is_critical: bool,
    cites_adopted: bool,
    is_ours: bool,
    /// How many entries before the end the entry stands: more than 0 is a fork.
    back: usize,
    act: u8,
    day: u8,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let kind = prop_oneof![
        4 => Just(Kind::Governance),
        1 => Just(Kind::Contribution),
        1 => Just(Kind::Checkpoint),
        1 => Just(Kind::Unknown(99)),
    ];
    let feed = prop::sample::select(vec![1_u8, 101, 4, 104, 5, 105, 66]);
    let often = || prop::bool::weighted(0.9);
    let attempt = (
        feed,
        kind,
        any::<bool>(),
        often(),
        often(),
        0..4_usize,
        0..9_u8,
        0..2_u8,
    );
    let attempt = attempt.prop_map(
        |(feed, kind, is_critical, cites_adopted, is_ours, back, act, day)| Attempt {
            feed,
            kind,
            is_critical,
            cites_adopted,
            is_ours,
            back,
            act,
            day,
        },
    );
    proptest::collection::vec(attempt, 1..16)
}

/// The label of one of two first days.
fn wanted(day: u8) -> Label {
    Label {
        from: format!("2026-01-{}", 15 + day),
        ..label()
    }
}

fn act(attempt: &Attempt, held: &Held) -> Act {
    let wanted = wanted(attempt.day);
    let honest = FeedId::from_bytes([2; 32]);
    let (sequence, entry) = held.feeds.furthest_head(&honest).expect("it has started");
    let position = Position { sequence, entry };
    match attempt.act {
        0..=2 => issue(&wanted),
        3 => withdraw(&wanted),
        4 => Act::Vocabulary {
            scheme: Some(Scheme {
                k: 1,
                committee: (1..=5)
                    .map(|each| PartnerId::from_bytes([each; 32]))
                    .collect(),
                ..scheme()
            }),
            body: Tree::Null,
        },
        5 => Act::Enrol {
            partner: PartnerId::from_bytes([5; 32]),
            root: [5; 32],
            name: "Coordination 2".to_owned(),
            mandate: Mandate::everything(),
        },
        6 => Act::Cut {
            feed: honest,
            position,
        },
        7 => Act::Suspend {
            feed: honest,
            position,
        },
        _ => Act::Descope {
            grant: ItemId::from_bytes([1; 16]),
            positions: BTreeMap::new(),
        },
    }
}

fn sign(held: &mut Held, number: usize, attempt: &Attempt) {
    let feed = FeedId::from_bytes([attempt.feed; 32]);
    let mut chain: Vec<(u64, EntryId)> = held
        .feeds
        .entries()
        .filter(|(_, entry)| entry.feed == feed)
        .map(|(id, entry)| (entry.sequence, id))
        .collect();
    chain.sort_unstable();
    let place = chain
        .len()
        .checked_sub(1 + attempt.back.min(chain.len().saturating_sub(1)));
    let mut header = header(&charter(), attempt.feed, 0);
    header.kind = attempt.kind;
    header.critical = attempt.is_critical;
    header.payload = [u8::try_from(number).expect("few attempts"); 32];
    if let Some((sequence, previous)) = place.map(|place| chain[place]) {
        header.sequence = sequence + 1;
        header.previous = Some(previous);
    }
    if !attempt.cites_adopted {
        header.charter = CharterId::from_bytes([3; 32]);
    }
    if !attempt.is_ours {
        header.federation = FederationId::from_bytes([4; 32]);
    }
    let act = act(attempt, held);
    if held.feeds.insert(header.id(), &header, None).is_ok() && header.kind.is_known() {
        let entry = header.id();
        let item = ItemId::of(&entry, 0);
        held.acts.insert(item, SignedAct { entry, act });
    }
}

proptest! {
    #![proptest_config(Config { cases: 10_000, ..Config::default() })]

    #[test]
    fn no_sequence_of_hostile_entries_makes_a_label_of_the_federation(attempts in attempts()) {
        let mut held = Held::new();
        // Two honest members of the committee have voted, for another state of the record.
        for honest in [2, 3] {
            held.sign(honest, issue(&Label { projection: [9; 32], ..label() }));
        }
        for (number, attempt) in attempts.iter().enumerate() {
            sign(&mut held, number, attempt);
        }
        let labels = held.labels();
        for (label, decision) in labels.of_origin(Origin::Federation) {
            let is_honest = label.projection == [9; 32];
            prop_assert_eq!(decision.has_quorum(), is_honest, "{:?}", label);
            prop_assert!(decision.votes.keys().all(|voter| scheme().committee.contains(voter)));
        }
        // What the attacker declares for itself shows its own name.
        for (_, decision) in labels.iter().filter(|(_, decision)| decision.origin != Origin::Federation) {
            let own = [1, 4].map(|number| Origin::Own(PartnerId::from_bytes([number; 32])));
            prop_assert!(own.contains(&decision.origin));
        }
    }
}
