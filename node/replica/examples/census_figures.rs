//! Prints how fast the census of a node's folder, which no other process has open, is searched, and how fast duplicates are found in it:
//! `cargo run --release -p replica --example census_figures -- FOLDER`. With `--json`, an object for each line.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::view::RecordView;
use replica::search::{Query, Sort};
use replica::{CandidatePlace, Fault, Replica};

const ASKED: usize = 1_000;
const PAGE: usize = 50;
const INDEXING_MAX: Duration = Duration::from_secs(3_600);
/// The facets that most records have.
const FACETS: [&str; 4] = ["departement", "themes", "status", "audiences"];

/// A record that is asked after.
struct Sample {
    record: RecordId,
    kind: String,
    words: Vec<String>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = arguments.next().ok_or("name the folder of a node")?;
    let is_json = arguments.any(|argument| argument == "--json");
    let replica = Replica::open(&PathBuf::from(folder), None)?;
    if !replica.wait_for_views(INDEXING_MAX) {
        return Err("the views are not built in an hour".into());
    }
    let mut all = Vec::new();
    replica.read()?.each_record(|view| {
        all.push(sample(&view));
        Ok::<(), Fault>(())
    })?;
    let samples: Vec<&Sample> = all.iter().step_by((all.len() / ASKED).max(1)).collect();
    if !is_json {
        println!("{} records", all.len());
    }
    for (what, query) in queries() {
        let facets = values(&replica)?;
        let (mut times, mut found) = (Vec::new(), 0);
        for (turn, sample) in samples.iter().enumerate() {
            let query = query(sample, &facets, turn);
            let (answer, ms) = timed(|| replica.search(&query));
            found += answer?.total;
            times.push(ms);
        }
        let mean = found / samples.len().max(1) as u64;
        summary(is_json, &format!("search: {what}"), mean, times);
    }
    let (mut times, mut found) = (Vec::new(), 0);
    for sample in &samples {
        let (candidates, ms) = timed(|| replica.duplicates_of(&sample.record));
        found += candidates?.len() as u64;
        times.push(ms);
    }
    summary(is_json, "duplicates of one record", found, times);

    let mut times = Vec::new();
    let (mut from, mut pairs) = (CandidatePlace::default(), 0);
    loop {
        let (page, ms) = timed(|| replica.duplicates(from, PAGE));
        let page = page?;
        pairs += page.candidates.len() as u64;
        times.push(ms);
        match page.next {
            Some(next) => from = next,
            None => break,
        }
    }
    summary(is_json, "a page of all duplicates", pairs, times);
    Ok(())
}

fn sample(view: &RecordView) -> Sample {
    let name = view.field("name").and_then(|held| held.winner());
    let name = match name.map(|written| &written.value) {
        Some(Value::Text(name)) => name.clone(),
        _ => String::new(),
    };
    let long = |word: &&str| word.chars().count() > 3 && word.chars().all(char::is_alphabetic);
    Sample {
        record: view.record,
        kind: view.kind().to_owned(),
        words: name
            .split_whitespace()
            .filter(long)
            .map(str::to_owned)
            .collect(),
    }
}

/// What each facet offers, most frequent first.
type Values = Vec<(&'static str, Vec<String>)>;

fn values(replica: &Replica) -> Result<Values, replica::search::Error> {
    let answer = replica.search(&Query::default())?;
    let values = FACETS.iter().filter_map(|facet| {
        let counted = answer.facets.get(*facet)?;
        let values = counted.iter().map(|count| count.value.clone());
        Some((*facet, values.collect()))
    });
    Ok(values.collect())
}

type Asks = fn(&Sample, &Values, usize) -> Query;

fn queries() -> [(&'static str, Asks); 5] {
    [
        ("everything", |_, _, _| Query::default()),
        ("two facets", |_, values, turn| Query {
            facets: chosen(values, turn, 2),
            sort: Sort::Name,
            ..Query::default()
        }),
        ("two words", |sample, _, _| Query {
            text: sample
                .words
                .iter()
                .take(2)
                .cloned()
                .collect::<Vec<_>>()
                .join(" "),
            ..Query::default()
        }),
        ("a word and a facet", |sample, values, turn| Query {
            text: sample.words.first().cloned().unwrap_or_default(),
            kind: Some(sample.kind.clone()),
            facets: chosen(values, turn, 1),
            ..Query::default()
        }),
        (
            "an unfinished word and three facets",
            |sample, values, turn| Query {
                text: sample
                    .words
                    .first()
                    .map_or_else(String::new, |word| word.chars().take(4).collect()),
                facets: chosen(values, turn, 3),
                ..Query::default()
            },
        ),
    ]
}

/// One value of each of some facets, another one in each turn.
fn chosen(
    values: &Values,
    turn: usize,
    count: usize,
) -> std::collections::BTreeMap<String, BTreeSet<String>> {
    let shifted = (0..count.min(values.len())).map(|n| &values[(turn + n) % values.len()]);
    let one = shifted.filter_map(|(facet, values)| {
        let value = values.get(turn / 7 % values.len().max(1))?;
        Some(((*facet).to_owned(), BTreeSet::from([value.clone()])))
    });
    one.collect()
}

fn summary(is_json: bool, what: &str, found: u64, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |part: usize| times[(times.len() - 1) * part / 100];
    if is_json {
        let line = serde_json::json!({
            "what": what, "times": times.len(), "found": found, "p50_ms": at(50), "p99_ms": at(99), "worst_ms": at(100),
        });
        println!("{line}");
        return;
    }
    println!(
        "{what} ({found} found): {} times, median {:.2} ms, 99 % below {:.2} ms, worst {:.2} ms",
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
