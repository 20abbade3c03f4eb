//! A thousand random histories of one record, each arriving in many orders: whatever the order, the record reads the same.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use crdt_schema::cbor::Wire;
use crdt_schema::edit::{HeldEdit, History, Replayed, State, is_linear, replay, replay_as_given};
use crdt_schema::id::ItemId;
use crdt_schema::view::RecordView;

use crate::chance::Chance;
use crate::received::{FEDERATION, FOREIGN, Received, received, record};

const HISTORIES: u64 = 1_000;
const CAUSAL_ORDERS: usize = 20;
/// Orders in which edits come before what they stand on, as they do when pages of several feeds are interleaved.
const OTHER_ORDERS: usize = 5;

/// What was drawn, by its state, and the shapes of the histories.
type Counts = BTreeMap<String, usize>;

#[test]
fn a_thousand_histories_in_twenty_causal_orders_each_give_equal_views() {
    if let Some(seed) = std::env::var("SEED").ok().map(|seed| seed.parse()) {
        println!("{:?}", check(seed.expect("SEED is a number")));
        return;
    }
    // Two halves, one for each core of a small machine.
    let halves = thread::scope(|scope| {
        let halves = [0, 1].map(|half| {
            scope.spawn(move || {
                let seeds = (half..HISTORIES).step_by(2);
                seeds.fold(Counts::new(), |sum, seed| added(sum, check(seed)))
            })
        });
        halves.map(|half| half.join().expect("the seed is printed above"))
    });
    let [one, other] = halves;
    let counts = added(one, other);
    println!("{counts:#?}");
    for what in [
        "erased",
        "invalid: base not sorted and distinct",
        "invalid: base of another record",
        "invalid: base too long",
        "invalid: content that cannot be read",
        "invalid: creation of another record",
        "invalid: creation with a base",
        "invalid: field name too long",
        "invalid: no base and no creation",
        "invalid: no creation in its past",
        "invalid: no operation",
        "invalid: too many operations",
        "linear",
        "live",
        "not linear",
        "pending: base not held",
        "pending: bytes not held",
        "void",
    ] {
        assert!(counts.get(what) > Some(&5), "hardly ever drawn: {what}");
    }
}

/// Judges and replays one history in all its orders.
fn check(seed: u64) -> Counts {
    let mut chance = Chance::new(seed);
    let edits = received(&mut chance);
    let again = format!(
        "seed {seed} (again: SEED={seed} cargo test -p crdt-schema --test replay thousand)"
    );
    let first = judge(&edits);
    let view = view(&first);
    let merged = replay(&first.replayed).unwrap_or_else(|error| panic!("{again}: {error}"));
    for _ in 0..CAUSAL_ORDERS {
        let order = causal(&edits, &mut chance);
        assert_same(&order, &first, view.as_ref(), &again);
        assert_settled_on_arrival(&order, &first, &mut chance, &again);
        let in_order = replay_as_given(&replayed_in(&order, &first));
        assert_eq!(in_order.as_ref(), Ok(&merged), "{again}");
    }
    for _ in 0..OTHER_ORDERS {
        let mut order = edits.clone();
        chance.shuffle(&mut order);
        assert_same(&order, &first, view.as_ref(), &again);
    }
    let mut counts = Counts::new();
    for state in first.states.values() {
        *counts.entry(named(state)).or_insert(0) += 1;
    }
    let is_linear = is_linear(&first.replayed).expect("it was replayed");
    let shape = if is_linear { "linear" } else { "not linear" };
    counts.insert(shape.to_owned(), 1);
    counts
}

fn judge(edits: &[Received]) -> History {
    let held: Vec<HeldEdit<'_>> = edits.iter().map(Received::held).collect();
    History::judge(&FEDERATION, &record(), &held, |id| *id == FOREIGN)
}

fn view(history: &History) -> Option<RecordView> {
    RecordView::of(record(), history).expect("a drawn history can be replayed")
}

fn assert_same(order: &[Received], first: &History, expected: Option<&RecordView>, again: &str) {
    let history = judge(order);
    assert_eq!(history.states, first.states, "{again}");
    assert_eq!(history.missing, first.missing, "{again}");
    assert_eq!(history.birth, first.birth, "{again}");
    let view = view(&history);
    assert_eq!(view.as_ref(), expected, "{again}");
    assert_eq!(
        view.map(|view| view.to_cbor()),
        expected.map(Wire::to_cbor),
        "{again}"
    );
}

/// Where nothing comes before what it stands on, every edit has its last state as soon as it is there: what comes later changes none.
fn assert_settled_on_arrival(order: &[Received], last: &History, chance: &mut Chance, again: &str) {
    let arrived = judge(&order[..chance.below(order.len() + 1)]);
    for (id, state) in &arrived.states {
        assert_eq!(state, &last.states[id], "{again}, edit {id}");
    }
}

/// An order that is drawn at random among those in which nothing comes before what it stands on.
fn causal(edits: &[Received], chance: &mut Chance) -> Vec<Received> {
    let ids: BTreeSet<ItemId> = edits.iter().map(|edit| edit.id).collect();
    let mut placed = BTreeSet::new();
    let mut waiting: Vec<&Received> = edits.iter().collect();
    let mut order = Vec::with_capacity(edits.len());
    while !waiting.is_empty() {
        let is_ready = |edit: &&Received| {
            let mut base = edit.frame.base.iter().filter(|id| ids.contains(id));
            base.all(|id| placed.contains(id))
        };
        let ready: Vec<usize> = (0..waiting.len())
            .filter(|place| is_ready(&waiting[*place]))
            .collect();
        let next = waiting.remove(chance.pick(&ready));
        placed.insert(next.id);
        order.push(next.clone());
    }
    order
}

/// The edits that have their place in the history, in this order.
fn replayed_in(order: &[Received], history: &History) -> Vec<Replayed> {
    let replayed: BTreeMap<ItemId, &Replayed> = (history.replayed.iter())
        .map(|edit| (edit.id, edit))
        .collect();
    let found = order.iter().filter_map(|edit| replayed.get(&edit.id));
    found.map(|edit| (*edit).clone()).collect()
}

fn named(state: &State) -> String {
    match state {
        State::Void => "void".to_owned(),
        State::Invalid(rule) => format!("invalid: {rule}"),
        State::Erased => "erased".to_owned(),
        State::Pending(what) => format!("pending: {what}"),
        State::Live => "live".to_owned(),
    }
}

fn added(mut sum: Counts, more: Counts) -> Counts {
    for (what, count) in more {
        *sum.entry(what).or_insert(0) += count;
    }
    sum
}
