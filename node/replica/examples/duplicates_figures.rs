//! Prints how fast candidates are found in the census of a node's folder that no other process has open:
//! `cargo run --release -p replica --example duplicates_figures -- FOLDER`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crdt_schema::id::RecordId;
use replica::{CandidatePlace, Fault, Replica};

const ASKED: usize = 1_000;
const PAGE: usize = 50;
const INDEXING_MAX: Duration = Duration::from_secs(3_600);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .ok_or("name the folder of a node")?;
    let replica = Replica::open(&PathBuf::from(folder), None)?;
    if !replica.wait_for_views(INDEXING_MAX) {
        return Err("the views are not built in an hour".into());
    }
    let mut records: Vec<RecordId> = Vec::new();
    replica.read()?.each_record(|view| {
        records.push(view.record);
        Ok::<(), Fault>(())
    })?;
    println!("{} records", records.len());
    let mut found = 0;
    let mut times = Vec::new();
    for record in records.iter().step_by((records.len() / ASKED).max(1)) {
        let (candidates, ms) = timed(|| replica.duplicates_of(record));
        found += candidates?.len();
        times.push(ms);
    }
    summary(&format!("of one record ({found} found)"), times);

    let mut times = Vec::new();
    let (mut from, mut pairs) = (CandidatePlace::default(), 0);
    loop {
        let (page, ms) = timed(|| replica.duplicates(from, PAGE));
        let page = page?;
        pairs += page.candidates.len();
        times.push(ms);
        match page.next {
            Some(next) => from = next,
            None => break,
        }
    }
    summary(&format!("a page of all ({pairs} pairs)"), times);
    Ok(())
}

fn summary(what: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |part: usize| times[(times.len() - 1) * part / 100];
    println!(
        "{what}: {} times, median {:.2} ms, 99 % below {:.2} ms, worst {:.2} ms",
        times.len(),
        at(50),
        at(99),
        at(100)
    );
}

#[expect(clippy::disallowed_methods, reason = "an example that measures")]
fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed().as_secs_f64() * 1_000.0)
}
