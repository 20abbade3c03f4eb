use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::entry::{Header, Kind};
use crate::governance::{Charter, Charters, Ignored, Quotas, Recovery};
use crate::id::{CharterId, FederationId};
use crate::time::Timestamp;

const FEDERATION: FederationId = FederationId::from_bytes([1; 32]);

/// Entries by number: the feed, the entry before it, whether it carries an act.
type World = Vec<(u8, Option<usize>, bool)>;

fn worlds() -> impl Strategy<Value = World> {
    prop::collection::vec(
        (0_u8..3, any::<prop::sample::Index>(), any::<bool>()),
        1..20,
    )
    .prop_map(|drawn| {
        let mut world: World = Vec::new();
        for (feed, before, is_act) in drawn {
            let same: Vec<usize> = (0..world.len()).filter(|it| world[*it].0 == feed).collect();
            let before = (!same.is_empty()).then(|| same[before.index(same.len())]);
            world.push((feed, before, is_act));
        }
        world
    })
}

fn id(number: usize) -> EntryId {
    EntryId::from_bytes([u8::try_from(number).expect("a small world"); 32])
}

fn sequence(world: &World, number: usize) -> u64 {
    std::iter::successors(world[number].1, |it| world[*it].1).count() as u64
}

/// The numbers with everything that stands before them.
fn with_ancestors(world: &World, numbers: &[prop::sample::Index]) -> BTreeSet<usize> {
    let starts = numbers.iter().map(|it| it.index(world.len()));
    starts
        .flat_map(|it| std::iter::successors(Some(it), |it| world[*it].1))
        .collect()
}

fn feeds(world: &World, held: impl Iterator<Item = usize>) -> Feeds {
    let mut feeds = Feeds::new(FEDERATION);
    let mut waiting: Vec<usize> = held.collect();
    while !waiting.is_empty() {
        waiting.retain(|number| {
            let (feed, before, _) = world[*number];
            let header = Header {
                kind: Kind::Governance,
                critical: false,
                federation: FEDERATION,
                feed: FeedId::from_bytes([feed; 32]),
                sequence: sequence(world, *number),
                previous: before.map(id),
                charter: CharterId::from_bytes([2; 32]),
                claimed: Timestamp::from_millis(0),
                payload: [0; 32],
                payload_bytes: 0,
            };
            feeds.insert(id(*number), &header, None) == Err(Ignored::NotConnected)
        });
    }
    feeds
}

fn acts(world: &World, held: &BTreeSet<usize>) -> BTreeSet<EntryId> {
    let carrying = held.iter().filter(|it| world[**it].2);
    carrying.map(|it| id(*it)).collect()
}

fn adoption() -> Adoption {
    Adoption::from_pin(&Charters::new(charter()))
}

fn charter() -> Charter {
    Charter {
        federation: None,
        version: 0,
        parent: None,
        name: "Loiret".to_owned(),
        seats: Vec::new(),
        k: 1,
        recovery: Recovery::default(),
        coordinators: BTreeMap::new(),
        partners: BTreeMap::new(),
        cuts: BTreeMap::new(),
        schemes: BTreeMap::new(),
        quotas: Quotas::default(),
        min_protocol: 1,
    }
}

/// What a node that holds these says.
fn checkpoint(world: &World, held: &BTreeSet<usize>) -> Checkpoint {
    let feeds = feeds(world, held.iter().copied());
    let with_acts = held.iter().filter(|it| world[**it].2);
    let named: BTreeSet<FeedId> = with_acts
        .map(|it| FeedId::from_bytes([world[*it].0; 32]))
        .collect();
    let governance: BTreeMap<FeedId, BTreeSet<(u64, EntryId)>> = named
        .into_iter()
        .map(|feed| (feed, feeds.heads(&feed).into_iter().collect()))
        .collect();
    Checkpoint {
        tip: (adoption().tip().version, adoption().tip_id()),
        governance,
        heads: [0; 32],
        unfinished: None,
    }
}

fn standing(checkpoint: &Checkpoint, world: &World, held: &BTreeSet<usize>) -> Comparison {
    let ours = feeds(world, held.iter().copied());
    compare(checkpoint, &ours, &acts(world, held), &adoption())
}

proptest! {
    #[test]
    fn a_checkpoint_confirms_only_the_same_acts_and_finds_what_is_missing(
        world in worlds(),
        left in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
        right in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let (ours, theirs) = (with_ancestors(&world, &left), with_ancestors(&world, &right));
        let found = standing(&checkpoint(&world, &theirs), &world, &ours);
        let (our_acts, their_acts) = (acts(&world, &ours), acts(&world, &theirs));
        if found.standing == Standing::Same {
            prop_assert_eq!(&our_acts, &their_acts);
        }
        if matches!(found.standing, Standing::Same | Standing::Behind) {
            prop_assert!(their_acts.is_subset(&our_acts) && found.unknown.is_empty());
        }
        if found.standing == Standing::Silent {
            prop_assert!(their_acts.is_empty() && !our_acts.is_empty());
        }
        if found.standing == Standing::Contradictory {
            let both: BTreeSet<usize> = ours.union(&theirs).copied().collect();
            prop_assert!(feeds(&world, both.into_iter()).forks().next().is_some());
        }
        for head in &found.unknown {
            prop_assert!(theirs.iter().any(|it| id(*it) == head.entry));
            prop_assert!(!ours.iter().any(|it| id(*it) == head.entry));
        }
        if !their_acts.is_subset(&our_acts) {
            prop_assert!(!found.unknown.is_empty());
        }
    }

    #[test]
    fn what_came_first_changes_nothing(
        world in worlds(),
        left in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
        right in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
        turn in 0_usize..20,
    ) {
        let (ours, theirs) = (with_ancestors(&world, &left), with_ancestors(&world, &right));
        let said = checkpoint(&world, &theirs);
        let mut order: Vec<usize> = ours.iter().rev().copied().collect();
        let turn = turn % order.len().max(1);
        order.rotate_left(turn);
        let again = compare(&said, &feeds(&world, order.into_iter()), &acts(&world, &ours), &adoption());
        prop_assert_eq!(standing(&said, &world, &ours), again);
    }

    #[test]
    fn a_node_confirms_itself_and_an_empty_list_confirms_no_act(
        world in worlds(),
        held in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let held = with_ancestors(&world, &held);
        let mut said = checkpoint(&world, &held);
        prop_assert_eq!(standing(&said, &world, &held).standing, Standing::Same);
        said.governance.clear();
        let expected = match acts(&world, &held).is_empty() {
            true => Standing::Same,
            false => Standing::Silent,
        };
        prop_assert_eq!(standing(&said, &world, &held).standing, expected);
    }
}

#[test]
fn another_charter_is_ahead_or_contradicts() {
    let world = vec![(1, None, true)];
    let held = [0].into();
    let mut said = checkpoint(&world, &held);
    let (version, _) = said.tip;
    said.tip.1 = CharterId::from_bytes([9; 32]);
    assert_eq!(
        standing(&said, &world, &held).standing,
        Standing::Contradictory
    );
    said.tip.0 = version + 1;
    assert_eq!(standing(&said, &world, &held).standing, Standing::Ahead);
}

#[test]
fn a_thousand_unknown_heads_are_counted_up_to_the_limit() {
    let world = vec![(1, None, true)];
    let held = [0].into();
    let mut said = checkpoint(&world, &held);
    let heads = said
        .governance
        .entry(FeedId::from_bytes([1; 32]))
        .or_default();
    for number in 0_u64..1_000 {
        let mut bytes = [8; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        heads.insert((number + 1, EntryId::from_bytes(bytes)));
    }
    let found = standing(&said, &world, &held);
    assert_eq!(
        (found.standing, found.unknown.len()),
        (Standing::Ahead, UNKNOWN_MAX)
    );
}
