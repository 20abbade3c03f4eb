//! How well duplicates are proposed: a made census with planted pairs, read by the real import, compared with its truth file.

mod census;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use crdt_schema::edit::Value;
use crdt_schema::likeness::{BLOCK_RECORDS_MAX, Traits};
use crdt_schema::register::{LAST_YEAR, Territories};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use exchange::{Choices, Settings, Strictness, Table};

use census::Memory;

type Pair = (String, String);

#[test]
fn nine_tenths_of_planted_duplicates_are_proposed_and_few_others() {
    let folder = tempfile::tempdir().expect("a folder");
    // Few départements make a dense census, where different things are more often alike.
    let Some((file, truth)) = made(
        folder.path(),
        &["--records", "6000", "--departements", "45,93"],
    ) else {
        return;
    };
    let lists = Territories::embedded();
    let table = Table::open(&file, &Choices::default()).expect("a table");
    let mut census = Memory::new(1);
    let settings = Settings {
        source: "recensement",
        kind: None,
        wishes: &[],
        confirmed: &[],
        lists: &lists,
        year: LAST_YEAR,
        strictness: Strictness::Cell,
        has_contacts: false,
        words: Words::shipped(),
    };
    census.import(table, settings);
    let proposed = proposed(&census);
    let (planted, right) = planted(&truth, &census);
    let found = planted.intersection(&proposed).count();
    let correct = proposed.intersection(&right).count();
    println!(
        "{} records, {} planted pairs, {found} of them proposed ({:.1} %); {} proposed, {correct} of them right ({:.1} %)",
        census.len(),
        planted.len(),
        percent(found, planted.len()),
        proposed.len(),
        percent(correct, proposed.len()),
    );
    assert!(planted.len() > 200, "enough to measure by");
    assert!(percent(found, planted.len()) >= 90.0);
    assert!(percent(correct, proposed.len()) >= 80.0);
}

/// Makes a census and its truth. `None` where its maker is not there, or no Python.
fn made(folder: &Path, options: &[&str]) -> Option<(PathBuf, PathBuf)> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Worktrees of the repository stand one folder deeper.
    let folders =
        ["../../../shared/data", "../../../../shared/data"].map(|path| manifest.join(path));
    let Some(shared) = folders.into_iter().find(|folder| folder.is_dir()) else {
        println!("skipped: no folder ../shared/data beside the repository: nothing to try.");
        return None;
    };
    let (file, truth) = (folder.join("census.csv"), folder.join("truth.csv"));
    let mut command = Command::new("python3");
    command.arg(shared.join("make_census.py")).args(options);
    command.arg("--ref").arg(shared.join("reference"));
    command.arg("--out").arg(&file).arg("--truth").arg(&truth);
    match command.status() {
        Ok(status) => assert!(status.success(), "make_census.py: {status}"),
        Err(error) => {
            println!("skipped: no python3 to make a census with: {error}");
            return None;
        }
    }
    Some((file, truth))
}

fn id_of(view: &RecordView) -> String {
    let field = view.field("source_id").and_then(|field| field.winner());
    match field.map(|written| &written.value) {
        Some(Value::Text(id)) => id.clone(),
        _ => panic!("each row has an identifier"),
    }
}

/// All pairs that share a block which is not too full, and are alike enough.
fn proposed(census: &Memory) -> BTreeSet<Pair> {
    let records: Vec<(String, Traits)> = census
        .views()
        .map(|view| (id_of(view), Traits::of(view)))
        .collect();
    let mut blocks: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (place, (_, traits)) in records.iter().enumerate() {
        for block in traits.blocks() {
            blocks.entry(block).or_default().push(place);
        }
    }
    let mut pairs = BTreeSet::new();
    for block in blocks
        .values()
        .filter(|block| block.len() <= BLOCK_RECORDS_MAX as usize)
    {
        for (n, one) in block.iter().enumerate() {
            pairs.extend(block[n + 1..].iter().map(|other| (*one, *other)));
        }
    }
    println!("{} blocks, {} pairs compared", blocks.len(), pairs.len());
    let is_alike = |(one, other): &(usize, usize)| {
        let likeness = records[*one].1.compare(&records[*other].1);
        likeness.is_some_and(|likeness| likeness.is_proposed())
    };
    let named = |(one, other): (usize, usize)| pair(&records[one].0, &records[other].0);
    pairs.into_iter().filter(is_alike).map(named).collect()
}

/// The planted pairs of which both records are there, and with them the pairs of two copies of one record.
fn planted(truth: &Path, census: &Memory) -> (BTreeSet<Pair>, BTreeSet<Pair>) {
    let held: BTreeSet<String> = census.views().map(id_of).collect();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .from_path(truth)
        .expect("a file");
    let mut copies: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in reader.records() {
        let row = row.expect("a row");
        if !row[2].is_empty() && held.contains(&row[0]) {
            copies
                .entry(row[2].to_owned())
                .or_default()
                .push(row[0].to_owned());
        }
    }
    let (mut planted, mut right) = (BTreeSet::new(), BTreeSet::new());
    for (original, copies) in copies {
        if held.contains(&original) {
            planted.extend(copies.iter().map(|copy| pair(&original, copy)));
        }
        for (n, one) in copies.iter().enumerate() {
            right.extend(copies[n + 1..].iter().map(|other| pair(one, other)));
        }
    }
    right.extend(planted.iter().cloned());
    (planted, right)
}

fn pair(one: &str, other: &str) -> Pair {
    let (first, second) = if one < other {
        (one, other)
    } else {
        (other, one)
    };
    (first.to_owned(), second.to_owned())
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
