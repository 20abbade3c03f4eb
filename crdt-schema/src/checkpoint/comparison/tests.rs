use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::checkpoint::named_heads;
use crate::entry::{Header, Kind};
use crate::governance::{
    Charter, Charters, Coordinator, Ignored, Mandate, Position, Quotas, Recovery, Selection,
};
use crate::id::{CharterId, FederationId, PartnerId};
use crate::time::Timestamp;

const FEDERATION: FederationId = FederationId::from_bytes([1; 32]);

/// The feed of a partner that does not coordinate. Those above it are coordinators'.
const OTHERS: u8 = 0;

/// What may be held, and under which charter.
#[derive(Debug, Clone)]
struct World {
    /// Entries by number: the feed, the entry before it, whether it carries an act.
    entries: Vec<(u8, Option<usize>, bool)>,
    /// Where the charter cuts a feed.
    cuts: BTreeMap<u8, usize>,
}

impl std::ops::Deref for World {
    type Target = [(u8, Option<usize>, bool)];

    fn deref(&self) -> &Self::Target {
        &self.entries
    }
}

fn uncut(entries: Vec<(u8, Option<usize>, bool)>) -> World {
    let cuts = BTreeMap::new();
    World { entries, cuts }
}

fn worlds() -> impl Strategy<Value = World> {
    let entry = (0_u8..3, any::<prop::sample::Index>(), any::<bool>());
    let cuts = prop::collection::vec(any::<prop::sample::Index>(), 0..3);
    (prop::collection::vec(entry, 1..24), cuts).prop_map(|(drawn, cuts)| {
        let mut world = uncut(Vec::new());
        for (feed, before, is_act) in drawn {
            let same: Vec<usize> = (0..world.len()).filter(|it| world[*it].0 == feed).collect();
            let before = (!same.is_empty()).then(|| same[before.index(same.len())]);
            world.entries.push((feed, before, is_act));
        }
        let places = cuts.iter().map(|it| it.index(world.len()));
        world.cuts = places.map(|place| (world[place].0, place)).collect();
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
            let owner = PartnerId::from_bytes([feed; 32]);
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
            feeds.insert(id(*number), &header, Some(owner.into())) == Err(Ignored::NotConnected)
        });
    }
    feeds
}

fn acts(world: &World, held: &BTreeSet<usize>) -> BTreeSet<EntryId> {
    let carrying = held.iter().filter(|it| world[**it].2);
    carrying.map(|it| id(*it)).collect()
}

/// The entries with acts that decide, once everything in the world is held.
fn deciding(world: &World, held: &BTreeSet<usize>) -> BTreeSet<EntryId> {
    let (all, adoption) = (feeds(world, 0..world.len()), adoption(world));
    let mut acts = acts(world, held);
    acts.retain(|act| Deciding::of(&all, &adoption).decides(act));
    acts
}

fn adoption(world: &World) -> Adoption {
    Adoption::from_pin(&Charters::new(charter(world)))
}

fn charter(world: &World) -> Charter {
    let coordinator = |feed: u8| {
        let coordinator = Coordinator {
            root: [feed; 32],
            name: "Préfecture".to_owned(),
            rights: Selection::All,
            mandate: Mandate::everything(),
        };
        (PartnerId::from_bytes([feed; 32]), coordinator)
    };
    let cuts = world.cuts.iter().map(|(feed, place)| {
        let (sequence, entry) = (sequence(world, *place), id(*place));
        (
            FeedId::from_bytes([*feed; 32]),
            Position { sequence, entry },
        )
    });
    Charter {
        federation: None,
        version: 0,
        parent: None,
        name: "Loiret".to_owned(),
        seats: Vec::new(),
        k: 1,
        recovery: Recovery::default(),
        coordinators: [1, 2].map(coordinator).into(),
        partners: BTreeMap::new(),
        cuts: cuts.collect(),
        schemes: BTreeMap::new(),
        quotas: Quotas::default(),
        min_protocol: 1,
    }
}

/// What a node that holds these says.
fn checkpoint(world: &World, held: &BTreeSet<usize>) -> Checkpoint {
    let (feeds, adoption) = (feeds(world, held.iter().copied()), adoption(world));
    let governance = named_heads(&feeds, &adoption, &acts(world, held), &BTreeSet::new());
    Checkpoint {
        tip: (adoption.tip().version, adoption.tip_id()),
        governance,
        heads: [0; 32],
        unfinished: None,
    }
}

/// Whether a feed that the charter does not cut has more branches than nodes hold.
fn is_flooded(world: &World, held: &BTreeSet<usize>) -> bool {
    let (feeds, adoption) = (feeds(world, held.iter().copied()), adoption(world));
    let mut named = named_heads(&feeds, &adoption, &acts(world, held), &BTreeSet::new());
    named.retain(|_, heads| heads.len() > BRANCHES_MAX);
    !named.is_empty()
}

fn standing(checkpoint: &Checkpoint, world: &World, held: &BTreeSet<usize>) -> Comparison {
    let ours = feeds(world, held.iter().copied());
    compare(checkpoint, &ours, &acts(world, held), &adoption(world))
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
        let (our_acts, their_acts) = (deciding(&world, &ours), deciding(&world, &theirs));
        if found.standing == Standing::Same {
            prop_assert_eq!(&our_acts, &their_acts);
        }
        if matches!(found.standing, Standing::Same | Standing::Behind) {
            prop_assert!(their_acts.is_subset(&our_acts) && found.unknown.is_empty());
        }
        if found.standing == Standing::Silent {
            prop_assert!(their_acts.is_empty() && !acts(&world, &ours).is_empty());
        }
        if found.standing == Standing::Contradictory {
            let both: BTreeSet<usize> = ours.union(&theirs).copied().collect();
            prop_assert!(feeds(&world, both.into_iter()).forks().next().is_some());
        }
        for head in found.unknown.iter().chain(&found.strange) {
            prop_assert!(theirs.iter().any(|it| id(*it) == head.entry));
            prop_assert!(!ours.iter().any(|it| id(*it) == head.entry));
            prop_assert_ne!(head.feed, FeedId::from_bytes([OTHERS; 32]));
        }
        if !their_acts.is_subset(&our_acts) && !is_flooded(&world, &theirs) {
            prop_assert!(!found.unknown.is_empty() || !found.strange.is_empty());
        }
    }

    #[test]
    fn two_nodes_that_hold_the_same_up_to_the_cuts_say_the_same(
        world in worlds(),
        left in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
        right in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        // Each holds the cuts, and of the feeds that are not cut the same. Of the others, whatever it was given.
        let mut both = with_ancestors(&world, &left);
        both.extend((0..world.len()).filter(|it| !world.cuts.contains_key(&world[*it].0)));
        for place in world.cuts.values() {
            both.extend(std::iter::successors(Some(*place), |it| world[*it].1));
        }
        let mut other = both.clone();
        other.extend(with_ancestors(&world, &right));
        // With more branches than are named, nobody knows that there are no others.
        let expected = match is_flooded(&world, &both) {
            true => Standing::Contested,
            false => Standing::Same,
        };
        for (ours, theirs) in [(&both, &other), (&other, &both)] {
            let found = standing(&checkpoint(&world, theirs), &world, ours);
            prop_assert_eq!(found.standing, expected);
            prop_assert!(found.unknown.is_empty() && found.strange.is_empty());
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
        let again = compare(&said, &feeds(&world, order.into_iter()), &acts(&world, &ours), &adoption(&world));
        prop_assert_eq!(standing(&said, &world, &ours), again);
    }

    #[test]
    fn a_node_confirms_itself_and_an_empty_list_confirms_no_act(
        world in worlds(),
        held in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let held = with_ancestors(&world, &held);
        let mut said = checkpoint(&world, &held);
        // With more branches than are named, nobody knows that there are no others.
        let expected = match is_flooded(&world, &held) {
            true => Standing::Contested,
            false => Standing::Same,
        };
        prop_assert_eq!(standing(&said, &world, &held).standing, expected);
        let tells = !said.governance.is_empty();
        said.governance.clear();
        let expected = match tells {
            true => Standing::Silent,
            false => Standing::Same,
        };
        prop_assert_eq!(standing(&said, &world, &held).standing, expected);
    }
}

#[test]
fn another_charter_is_ahead_or_contradicts() {
    let world = uncut(vec![(1, None, true)]);
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
fn a_thousand_unknown_heads_are_counted_up_to_the_limit_of_a_feed() {
    let world = uncut(vec![(1, None, true)]);
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
        (Standing::Ahead, BRANCHES_MAX)
    );
    // The same of feeds of which nothing is held: they hide none that is.
    for number in 0_u64..1_000 {
        let mut bytes = [0; 32];
        bytes[24..].copy_from_slice(&number.to_be_bytes());
        let head = (0, EntryId::from_bytes(bytes));
        said.governance
            .insert(FeedId::from_bytes(bytes), [head].into());
    }
    let again = standing(&said, &world, &held);
    assert_eq!(again.unknown, found.unknown);
    assert_eq!(again.strange.len(), UNKNOWN_MAX);
}

/// Feed 1: a start with an act, and nine branches with an act each.
fn flood() -> World {
    let start = [(1, None, true)];
    let branches = (0..9).map(|_| (1, Some(0), true));
    uncut(start.into_iter().chain(branches).collect())
}

#[test]
fn branches_beyond_those_that_are_held_contest_and_prove_no_second_history() {
    let world = flood();
    let (ours, theirs): (BTreeSet<usize>, BTreeSet<usize>) =
        ((0..5).collect(), [0, 5, 6, 7, 8].into());
    let found = standing(&checkpoint(&world, &theirs), &world, &ours);
    assert_eq!(found.standing, Standing::Contested);
    assert_eq!(
        found.unknown.len(),
        BRANCHES_MAX,
        "they are still asked for"
    );
    let found = standing(&checkpoint(&world, &ours), &world, &theirs);
    assert_eq!(found.standing, Standing::Contested);
    // With the same four there is no doubt, and with one branch beside another the history is another.
    assert_eq!(
        standing(&checkpoint(&world, &ours), &world, &ours).standing,
        Standing::Same
    );
    let (one, other) = ([0, 1].into(), [0, 2].into());
    let found = standing(&checkpoint(&world, &one), &world, &other);
    assert_eq!(found.standing, Standing::Contradictory);
    // What is missing elsewhere is not hidden by the flood.
    let mut lacking = world.clone();
    lacking.entries.push((2, None, true));
    let theirs = [0, 5, 6, 7, 8, 10].into();
    let found = standing(&checkpoint(&lacking, &theirs), &lacking, &ours);
    assert_eq!((found.standing, found.strange.len()), (Standing::Ahead, 1));
}

#[test]
fn a_cut_ends_what_a_flood_contests() {
    let (ours, theirs): (BTreeSet<usize>, BTreeSet<usize>) =
        ((0..5).collect(), [0, 5, 6, 7, 8].into());
    let mut world = flood();
    world.cuts.insert(1, 0);
    for (one, other) in [(&ours, &theirs), (&theirs, &ours)] {
        let found = standing(&checkpoint(&world, other), &world, one);
        assert_eq!((found.standing, found.unknown.len()), (Standing::Same, 0));
    }
    // Heads beyond the cut are no difference, whoever names them. Without its place, they do not tell that it is held there.
    let mut said = checkpoint(&world, &theirs);
    let heads = said.governance.get_mut(&FeedId::from_bytes([1; 32]));
    let heads = heads.expect("its acts decide");
    heads.extend([(1, id(5)), (1, id(6)), (9, id(7))]);
    let found = standing(&said, &world, &ours);
    assert_eq!((found.standing, found.unknown.len()), (Standing::Same, 0));
    said.governance.values_mut().for_each(|heads| {
        heads.remove(&(0, id(0)));
    });
    let found = standing(&said, &world, &ours);
    assert_eq!((found.standing, found.unknown.len()), (Standing::Behind, 0));
    // Cut on a branch that one of them has not got: this one entry is missing, and nothing is contradicted.
    world.cuts.insert(1, 5);
    let found = standing(&checkpoint(&world, &theirs), &world, &ours);
    assert_eq!(found.standing, Standing::Ahead);
    let entries: Vec<EntryId> = found.unknown.iter().map(|it| it.entry).collect();
    assert_eq!(entries, [id(5)]);
    let with_it = (0..6).collect();
    for (one, other) in [(&with_it, &theirs), (&theirs, &with_it)] {
        let found = standing(&checkpoint(&world, other), &world, one);
        assert_eq!((found.standing, found.unknown.len()), (Standing::Same, 0));
    }
}

#[test]
fn partners_that_do_not_coordinate_take_no_room_and_contradict_nobody() {
    let world = uncut(vec![
        (2, None, true),
        (OTHERS, None, true),
        (OTHERS, None, true),
    ]);
    let (ours, theirs) = ([0, 1].into(), [0, 2].into());
    let found = standing(&checkpoint(&world, &theirs), &world, &ours);
    assert_eq!((found.standing, found.unknown.len()), (Standing::Same, 0));
    // Programs before this rule named such feeds.
    let mut said = checkpoint(&world, &theirs);
    let others = FeedId::from_bytes([OTHERS; 32]);
    said.governance.insert(others, [(0, id(2))].into());
    let found = standing(&said, &world, &ours);
    assert_eq!((found.standing, found.unknown.len()), (Standing::Same, 0));

    // A thousand feeds with low ids, each with an act.
    let (adoption, mut all) = (adoption(&world), feeds(&world, [0].into_iter()));
    let mut with_acts = acts(&world, &[0].into());
    for number in 1_u64..1_000 {
        let mut bytes = [0; 32];
        bytes[24..].copy_from_slice(&number.to_be_bytes());
        let (feed, entry) = (FeedId::from_bytes(bytes), EntryId::from_bytes(bytes));
        let header = Header {
            kind: Kind::Governance,
            critical: false,
            federation: FEDERATION,
            feed,
            sequence: 0,
            previous: None,
            charter: CharterId::from_bytes([2; 32]),
            claimed: Timestamp::from_millis(0),
            payload: [0; 32],
            payload_bytes: 0,
        };
        let owner = PartnerId::from_bytes([OTHERS; 32]);
        let inserted = all.insert(entry, &header, Some(owner.into()));
        assert!(inserted.is_ok());
        with_acts.insert(entry);
    }
    let named = named_heads(&all, &adoption, &with_acts, &BTreeSet::new());
    let coordinator = FeedId::from_bytes([2; 32]);
    assert_eq!(named.keys().collect::<Vec<_>>(), [&coordinator]);
    // Where others ask about them, they come after, as long as there is room.
    let named = named_heads(&all, &adoption, &with_acts, &with_acts);
    assert!(named.contains_key(&coordinator) && named.len() > 500 && named.len() < 1_000);
}
