//! Worlds that the oracle draws and judges, two processes at a time.
//!
//! `ORACLE_WORLDS` says how many, `ORACLE_SEED` with which seed to start: `scripts/oracle` sets them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;

const HARNESS: &str = "
import json, sys
sys.path.insert(0, sys.argv[1])
import world
from model.verdict import evaluate
for seed in range(int(sys.argv[2]), int(sys.argv[3]), 2):
    drawn = world.generate(seed, 1 + seed % 4)
    print(json.dumps([seed, drawn, evaluate(drawn)]))
";

/// How much was compared.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Compared {
    pub(crate) worlds: u64,
    pub(crate) entries: usize,
    pub(crate) acts: usize,
    pub(crate) items: usize,
    pub(crate) records: usize,
    pub(crate) labels: usize,
}

impl Compared {
    fn add(self, other: Self) -> Self {
        Self {
            worlds: self.worlds + other.worlds,
            entries: self.entries + other.entries,
            acts: self.acts + other.acts,
            items: self.items + other.items,
            records: self.records + other.records,
            labels: self.labels + other.labels,
        }
    }
}

/// Compares as many worlds as are asked for. `None` where `python3` is missing.
pub(crate) fn compare_all(
    oracle: &Path,
    compare: impl Fn(&str, &Value, &Value) + Copy + Send,
) -> Option<Compared> {
    let count = asked("ORACLE_WORLDS", 200);
    let first = asked("ORACLE_SEED", 5_000);
    let end = first + count;
    println!("worlds with the seeds {first} to {}", end - 1);
    let halves = thread::scope(|scope| {
        let halves =
            [first, first + 1].map(|start| scope.spawn(move || half(oracle, start, end, compare)));
        halves.map(|half| half.join().expect("the seed is printed above"))
    });
    let [one, other] = halves;
    let compared = one?.add(other?);
    assert_eq!(compared.worlds, count, "the oracle stopped early");
    Some(compared)
}

fn half(
    oracle: &Path,
    start: u64,
    end: u64,
    compare: impl Fn(&str, &Value, &Value),
) -> Option<Compared> {
    let mut python = Command::new("python3")
        .args(["-B", "-c", HARNESS])
        .arg(oracle)
        .args([start.to_string(), end.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let lines = BufReader::new(python.stdout.take().expect("it is piped")).lines();
    let mut compared = Compared::default();
    for line in lines {
        let line = line.expect("the oracle writes lines");
        let (seed, world, verdict): (u64, Value, Value) =
            serde_json::from_str(&line).expect("the oracle writes JSON");
        let name =
            format!("world with seed {seed} (again: scripts/oracle --worlds 1 --seed {seed})");
        compare(&name, &world, &verdict);
        compared = compared.add(counted(&world, &verdict));
    }
    assert!(
        python.wait().expect("it ends").success(),
        "the oracle failed"
    );
    Some(compared)
}

fn counted(world: &Value, verdict: &Value) -> Compared {
    let len = |part: &Value| match part {
        Value::Array(all) => all.len(),
        Value::Object(all) => all.len(),
        _ => 0,
    };
    Compared {
        worlds: 1,
        entries: len(&world["entries"]),
        acts: len(&verdict["acts"]),
        items: len(&verdict["items"]),
        records: len(&verdict["records"]),
        labels: len(&verdict["labels"]),
    }
}

fn asked(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().expect("a number"))
}
