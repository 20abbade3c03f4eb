//! Random histories of one record: one to six authors who edit, read each other, and sometimes do not count.

use std::collections::BTreeSet;

use crdt_schema::edit::{Operation, Replayed, Value};
use crdt_schema::id::{ItemId, RecordId};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    /// An author changes the record as it is known to this author.
    Edit {
        author: Index,
        salt: [u8; 14],
        operations: Vec<Operation>,
        is_empty: bool,
        /// Names an older edit in the base too, as only a hasty or a hostile author does.
        also: Option<Index>,
    },
    /// An author receives what another one has.
    Read { reader: Index, from: Index },
}

/// Draws a history of at most `steps` edits, by up to six authors.
pub(crate) fn histories(steps: usize) -> impl Strategy<Value = Vec<Replayed>> {
    (1..=6usize, edit(), vec(step(), 1..steps)).prop_map(|(authors, first, mut steps)| {
        steps.insert(0, first);
        played(authors, &steps)
    })
}

/// Draws a history in which each edit stands exactly on the one before it.
pub(crate) fn lines(steps: usize) -> impl Strategy<Value = Vec<Replayed>> {
    vec(edit(), 1..steps)
        .prop_map(|steps| played(1, &steps))
        .prop_map(|mut line| {
            for place in 0..line.len() {
                line[place].parents = place
                    .checked_sub(1)
                    .map(|before| line[before].id)
                    .into_iter()
                    .collect();
            }
            line
        })
}

fn edit() -> impl Strategy<Value = Step> {
    (
        any::<Index>(),
        any::<[u8; 14]>(),
        vec(operation(), 1..6),
        prop::bool::weighted(0.15),
        prop::option::weighted(0.1, any::<Index>()),
    )
        .prop_map(|(author, salt, operations, is_empty, also)| Step::Edit {
            author,
            salt,
            operations,
            is_empty,
            also,
        })
}

fn step() -> impl Strategy<Value = Step> {
    let read = any::<(Index, Index)>().prop_map(|(reader, from)| Step::Read { reader, from });
    prop_oneof![5 => edit(), 3 => read]
}

fn operation() -> impl Strategy<Value = Operation> {
    let field = || prop::sample::select(vec!["a", "b", "b:c", "%3A"]).prop_map(str::to_owned);
    let term = || prop::sample::select(vec!["x", "é", "c:x", "zz"]).prop_map(str::to_owned);
    let count = || prop_oneof![4 => 0..6u64, 1 => Just(u64::MAX)];
    let inserted =
        prop::sample::select(vec!["", "", "a", "é", "👩‍🌾", "abc"]).prop_map(str::to_owned);
    prop_oneof![
        4 => (field(), value()).prop_map(|(field, value)| Operation::Put { field, value }),
        1 => field().prop_map(|field| Operation::Clear { field }),
        2 => (field(), term()).prop_map(|(field, term)| Operation::Add { field, term }),
        2 => (field(), term()).prop_map(|(field, term)| Operation::Remove { field, term }),
        3 => (field(), count(), count(), inserted).prop_map(|(field, position, deleted, inserted)| {
            Operation::Splice { field, position, deleted, inserted }
        }),
    ]
}

/// Few values, so that the same one is often put again; some differ only by their type.
fn value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        Value::Text("x".into()),
        Value::Text("y".into()),
        Value::Text(String::new()),
        Value::Term("x".into()),
        Value::Integer(1),
        Value::Instant(1),
        Value::decimal(1, 0),
        Value::decimal(15, 1),
        Value::Boolean(true),
        Value::Date("2026-02-28".into()),
        Value::Point {
            latitude_e7: -1,
            longitude_e7: 1,
        },
        Value::Record(RecordId::from_bytes([1; 16])),
    ])
}

fn played(authors: usize, steps: &[Step]) -> Vec<Replayed> {
    let mut history: Vec<Replayed> = Vec::new();
    // For each author, the places that are held, and those of them that nothing held stands on.
    let mut held = vec![BTreeSet::new(); authors];
    let mut heads: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); authors];
    for step in steps {
        match step {
            Step::Edit {
                author,
                salt,
                operations,
                is_empty,
                also,
            } => {
                let author = author.index(authors);
                let place = history.len();
                let mut under = heads[author].clone();
                if let (Some(also), false) = (also, held[author].is_empty()) {
                    let known: Vec<usize> = held[author].iter().copied().collect();
                    under.insert(known[also.index(known.len())]);
                }
                let mut parents: Vec<ItemId> =
                    under.iter().map(|place| history[*place].id).collect();
                parents.sort_unstable();
                history.push(Replayed {
                    id: id(salt, place),
                    parents,
                    operations: if *is_empty {
                        Vec::new()
                    } else {
                        operations.clone()
                    },
                });
                held[author].insert(place);
                heads[author] = BTreeSet::from([place]);
            }
            Step::Read { reader, from } => {
                let (reader, from) = (reader.index(authors), from.index(authors));
                let more = held[from].clone();
                held[reader].extend(more);
                heads[reader] = uncovered(&history, &held[reader]);
            }
        }
    }
    history
}

fn uncovered(history: &[Replayed], held: &BTreeSet<usize>) -> BTreeSet<usize> {
    let covered: BTreeSet<ItemId> = held
        .iter()
        .flat_map(|place| history[*place].parents.iter().copied())
        .collect();
    held.iter()
        .copied()
        .filter(|place| !covered.contains(&history[*place].id))
        .collect()
}

/// Random in front, so that the order of ids is not the order of edits; distinct by its end.
fn id(salt: &[u8; 14], place: usize) -> ItemId {
    let mut bytes = [0; 16];
    bytes[..14].copy_from_slice(salt);
    bytes[14..].copy_from_slice(&(place as u16).to_be_bytes());
    ItemId::from_bytes(bytes)
}
