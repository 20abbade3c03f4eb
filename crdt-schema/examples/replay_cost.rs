//! Prints what replay costs on one record of 2,000 edits (or as many as the first argument says), by the shape of its history.

use std::time::Instant;

use crdt_schema::edit::{Operation, Replayed, Value, replay, replay_automerge};
use crdt_schema::id::ItemId;

fn main() {
    let edits = std::env::args()
        .nth(1)
        .and_then(|count| count.parse().ok())
        .unwrap_or(2_000);
    measure("linear, folded", &line(edits, put), |history| {
        replay(history).map(|_| ())
    });
    measure("linear, through automerge", &line(edits, put), merge);
    measure("linear text, folded", &line(edits, splice), |history| {
        replay(history).map(|_| ())
    });
    for (name, history) in [
        ("pairs, then one edit on both", pairs(edits, put)),
        (
            "two authors who always see both heads",
            ladder(edits, 2, put),
        ),
        (
            "eight authors who always see all heads",
            ladder(edits, 8, put),
        ),
        ("two branches of equal length", branches(edits, 2, put)),
        ("forty branches", branches(edits, 40, put)),
        ("all concurrent on one base", branches(edits, edits, put)),
        ("a line with a leaf on each edit", comb(edits, put)),
        ("a line, then as many on its end", brush(edits, put)),
        ("each on two of the last forty", scattered(edits, 40, put)),
        ("each on two of all", scattered(edits, edits, put)),
        ("pairs of splices", pairs(edits, splice)),
        ("pairs that clear a field", pairs(edits, clear)),
    ] {
        measure(name, &history, merge);
    }
}

fn merge(history: &[Replayed]) -> Result<(), crdt_schema::edit::ReplayError> {
    replay_automerge(history).map(|_| ())
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is measured here is the time that passes"
)]
fn measure(
    name: &str,
    history: &[Replayed],
    run: impl Fn(&[Replayed]) -> Result<(), crdt_schema::edit::ReplayError>,
) {
    let start = Instant::now();
    let outcome = run(history);
    let elapsed_ms = start.elapsed().as_millis();
    let edits = history.len();
    println!(
        "{elapsed_ms:>7} ms  {edits:>6} edits  {name}{}",
        match outcome {
            Ok(()) => String::new(),
            Err(error) => format!(": {error}"),
        }
    );
}

type Draw = fn(usize) -> Vec<Operation>;

fn put(number: usize) -> Vec<Operation> {
    vec![Operation::Put {
        field: format!("field {}", number % 25),
        value: Value::Text(format!("value {number}")),
    }]
}

fn splice(number: usize) -> Vec<Operation> {
    vec![Operation::Splice {
        field: "description".to_owned(),
        position: (number * 7) as u64,
        deleted: 3,
        inserted: format!("word {number} "),
    }]
}

fn clear(number: usize) -> Vec<Operation> {
    let field = format!("field {}", number % 25);
    let mut operations = put(number);
    operations.push(Operation::Add {
        field: field.clone(),
        term: number.to_string(),
    });
    if number.is_multiple_of(3) {
        operations.push(Operation::Clear { field });
    }
    operations
}

/// An id that looks like a hash, so that the order of ids says nothing about the order of edits.
fn id(number: usize) -> ItemId {
    let hash = crdt_schema::id::hash("example", &[&number.to_be_bytes()]);
    ItemId::from_slice(&hash[..16]).expect("sixteen bytes")
}

fn edit(number: usize, parents: impl IntoIterator<Item = usize>, draw: Draw) -> Replayed {
    let mut parents: Vec<ItemId> = parents.into_iter().map(id).collect();
    parents.sort_unstable();
    parents.dedup();
    Replayed {
        id: id(number),
        parents,
        operations: draw(number),
    }
}

fn line(edits: usize, draw: Draw) -> Vec<Replayed> {
    (0..edits)
        .map(|n| edit(n, n.checked_sub(1), draw))
        .collect()
}

fn pairs(edits: usize, draw: Draw) -> Vec<Replayed> {
    (0..edits)
        .map(|n| match n % 3 {
            _ if n == 0 => edit(n, [], draw),
            1 => edit(n, [n - 1], draw),
            2 => edit(n, [n - 2], draw),
            _ => edit(n, [n - 1, n - 2], draw),
        })
        .collect()
}

fn ladder(edits: usize, authors: usize, draw: Draw) -> Vec<Replayed> {
    (0..edits)
        .map(|n| {
            let row = n / authors;
            let under = if row == 0 {
                0..0
            } else {
                (row - 1) * authors..row * authors
            };
            edit(n, under, draw)
        })
        .collect()
}

fn branches(edits: usize, count: usize, draw: Draw) -> Vec<Replayed> {
    (0..edits)
        .map(|n| {
            let under = (n > 0).then(|| n.saturating_sub(count));
            edit(n, under, draw)
        })
        .collect()
}

fn comb(edits: usize, draw: Draw) -> Vec<Replayed> {
    (0..edits)
        .map(|n| {
            let under = if n % 2 == 1 {
                Some(n - 1)
            } else {
                n.checked_sub(2)
            };
            edit(n, under, draw)
        })
        .collect()
}

fn brush(edits: usize, draw: Draw) -> Vec<Replayed> {
    (0..edits)
        .map(|n| edit(n, n.checked_sub(1).map(|under| under.min(edits / 2)), draw))
        .collect()
}

fn scattered(edits: usize, window: usize, draw: Draw) -> Vec<Replayed> {
    (0..edits)
        .map(|n| {
            let under = |salt: usize| {
                let width = n.min(window);
                (width > 0).then(|| {
                    n - 1
                        - id(n * 2 + salt).as_bytes()[..4]
                            .iter()
                            .fold(0, |sum, byte| sum * 256 + usize::from(*byte))
                            % width
                })
            };
            edit(n, under(0).into_iter().chain(under(1)), draw)
        })
        .collect()
}
