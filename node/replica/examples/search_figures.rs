//! Prints how fast an invented census of 100,000 records is indexed and searched: `cargo run --release -p replica --example search_figures`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crdt_schema::id::RecordId;
use crdt_schema::label::Day;
use crdt_schema::record::Kind;
use crdt_schema::statement::Due;
use crdt_schema::time::Timestamp;
use crdt_schema::vocabulary::Words;
use replica::search::{Confirmed, Error, Fault, Index, Query, SearchDocument, Sort, Update};

const RECORDS: u64 = 100_000;
const BATCH: u64 = 4_000;
const QUERIES: u64 = 1_000;
const EDITS: u64 = 100;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let index = Index::open(folder.path())?;
    let mut chance = Chance(7);
    let mut indexing_ms = 0.0;
    for batch in 0..RECORDS / BATCH {
        let updates = (0..BATCH).map(|n| Update::Put(document(batch * BATCH + n, &mut chance)));
        let updates: Vec<Update> = updates.collect();
        let (result, ms) = timed(|| index.apply(updates, batch));
        result?;
        indexing_ms += ms;
    }
    let rate = RECORDS as f64 / indexing_ms * 1_000.0;
    println!("indexed {RECORDS} records in {indexing_ms:.0} ms, {rate:.0} a second");
    drop(index);
    let (index, ms) = timed(|| Index::open(folder.path()));
    let index = index?;
    index.learn(Words::shipped());
    println!(
        "opened again in {ms:.1} ms, {} bytes a record",
        size_bytes(folder.path())? / RECORDS
    );

    let (all, ms) = timed(|| index.records(&Query::default()));
    println!("all {} ids read in {ms:.0} ms, 16 bytes each", all?.len());

    edit(&index, &mut chance)?;
    ask(&index, &mut chance, "everything, no facet", |_| {
        Query::default()
    })?;
    ask(&index, &mut chance, "three facets", three_facets)?;
    ask(&index, &mut chance, "three facets and a word", |chance| {
        Query {
            text: format!("{} ", chance.of(&WORDS)),
            ..three_facets(chance)
        }
    })?;
    ask(
        &index,
        &mut chance,
        "two words, the last unfinished",
        |chance| {
            let unfinished: String = chance.of(&WORDS).chars().take(4).collect();
            Query {
                text: format!("{} {unfinished}", chance.of(&WORDS)),
                ..Query::default()
            }
        },
    )?;
    ask(&index, &mut chance, "a word with a mistake", |chance| {
        let mut word: Vec<char> = chance.of(&WORDS).chars().collect();
        word.swap(2, 3);
        Query {
            text: format!("{} ", word.into_iter().collect::<String>()),
            ..Query::default()
        }
    })?;
    ask(&index, &mut chance, "the words of a term", |_| Query {
        text: "éducation jeunesse ".to_owned(),
        ..Query::default()
    })?;
    ask(&index, &mut chance, "page 100 by name", |_| Query {
        sort: Sort::Name,
        offset: 5_000,
        ..Query::default()
    })?;
    ask(&index, &mut chance, "to be confirmed, oldest first", |_| {
        Query {
            sort: Sort::Confirmed,
            ..to_confirm()
        }
    })?;
    count(&index, "to be confirmed, counted", &to_confirm())?;
    let news = Query {
        changed_after: Some(RECORDS - 1_000),
        ..Query::default()
    };
    count(&index, "changed since, counted", &news)?;
    let news = Query {
        changed_after: Some(RECORDS - 1_000),
        ..three_facets(&mut chance)
    };
    count(&index, "changed since in three facets, counted", &news)?;
    Ok(())
}

fn today() -> Day {
    Day::parse("2026-11-27").expect("a day")
}

fn to_confirm() -> Query {
    Query {
        due: BTreeSet::from([Due::Never, Due::Required, Due::Advised]),
        today: Some(today()),
        ..Query::default()
    }
}

fn count(index: &Index, what: &str, query: &Query) -> Result<(), Error> {
    let (mut times, mut found) = (Vec::new(), 0);
    for _ in 0..QUERIES {
        let (count, ms) = timed(|| index.count(query));
        found = count?;
        times.push(ms);
    }
    print_times(&format!("{what} ({found})"), times);
    Ok(())
}

fn edit(index: &Index, chance: &mut Chance) -> Result<(), Fault> {
    let mut times = Vec::new();
    for turn in 0..EDITS {
        let edited = Update::Put(document(turn, chance));
        let (result, ms) = timed(|| index.apply(vec![edited], turn));
        result?;
        times.push(ms);
    }
    print_times("one edit applied", times);
    Ok(())
}

fn ask(
    index: &Index,
    chance: &mut Chance,
    what: &str,
    make: fn(&mut Chance) -> Query,
) -> Result<(), Error> {
    let mut times = Vec::new();
    let mut total = 0;
    for _ in 0..QUERIES {
        let query = make(chance);
        let (answer, ms) = timed(|| index.search(&query));
        total += answer?.total;
        times.push(ms);
    }
    print_times(
        &format!("{what} ({} hits on average)", total / QUERIES),
        times,
    );
    Ok(())
}

fn print_times(what: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |part: usize| times[times.len() * part / 100];
    println!("{what}: p50 {:.1} ms, p99 {:.1} ms", at(50), at(99));
}

fn three_facets(chance: &mut Chance) -> Query {
    let facets = BTreeMap::from([
        facet(
            "territoire",
            [
                format!("dep{:02}", chance.below(20)),
                format!("dep{:02}", chance.below(20)),
            ],
        ),
        facet("themes", [theme(chance), theme(chance)]),
        facet("statut", [format!("statut{}", chance.below(4))]),
    ]);
    Query {
        facets,
        ..Query::default()
    }
}

/// A theme of the common list.
fn theme(chance: &mut Chance) -> String {
    let themes = Kind::parse("actor").and_then(|kind| kind.field("themes"));
    let themes = themes.and_then(|field| field.shape.vocabulary());
    let themes = themes.expect("actors have themes").terms;
    themes[chance.below(themes.len() as u64) as usize]
        .code
        .to_owned()
}

fn document(number: u64, chance: &mut Chance) -> SearchDocument {
    let mut record = [0; 16];
    record[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    let commune = chance.below(3_000);
    let facets = BTreeMap::from([
        facet(
            "territoire",
            [
                format!("com{commune:05}"),
                format!("epci{}", commune / 30),
                format!("dep{:02}", commune % 20),
            ],
        ),
        facet("themes", (0..chance.below(4)).map(|_| theme(chance))),
        facet(
            "public",
            (0..chance.below(3)).map(|_| format!("public{}", chance.below(30))),
        ),
        facet("statut", [format!("statut{}", chance.below(4))]),
        facet("nature", [format!("nature{}", chance.below(20))]),
        facet("partenaire", [format!("partenaire{}", chance.below(100))]),
        facet(
            "conflit",
            [if chance.below(50) == 0 { "oui" } else { "non" }.to_owned()],
        ),
    ]);
    let mut sentence = |words: u64| {
        (0..words)
            .map(|_| chance.word())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let name = sentence(4);
    let texts = vec![sentence(25)];
    let confirmed = match number % 400 {
        0..100 => Confirmed::Never,
        days => Confirmed::Since(today().minus_days(days as u16)),
    };
    SearchDocument {
        record: RecordId::from_bytes(record),
        kind: "actor".to_owned(),
        names: [name.clone()].into(),
        name,
        texts,
        is_withdrawn: number.is_multiple_of(50),
        facets,
        codes: vec![format!("{:014}", number * 97)],
        blocks: BTreeSet::new(),
        updated: Timestamp::from_millis(number as i64),
        confirmed,
        latest: match confirmed {
            Confirmed::Since(day) => Some(day),
            Confirmed::Never | Confirmed::Nothing => None,
        },
        reached: confirmed,
        point: Some((480_000_000 + number as i32, 20_000_000 - number as i32)),
    }
}

fn facet(name: &str, values: impl IntoIterator<Item = String>) -> (String, BTreeSet<String>) {
    (name.to_owned(), values.into_iter().collect())
}

fn size_bytes(folder: &std::path::Path) -> std::io::Result<u64> {
    std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.metadata()?.len()))
        .sum()
}

#[expect(clippy::disallowed_methods, reason = "an example that measures")]
fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed().as_secs_f64() * 1_000.0)
}

/// The same numbers in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn of(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(words.len() as u64) as usize]
    }

    /// A common word half of the time, one of 20,000 others otherwise.
    fn word(&mut self) -> String {
        if self.below(2) == 0 {
            return self.of(&WORDS).to_owned();
        }
        let mut rare = String::new();
        for _ in 0..3 {
            rare += self.of(&SYLLABLES);
        }
        rare
    }
}

const WORDS: [&str; 16] = [
    "association",
    "solidarités",
    "médiation",
    "numérique",
    "maison",
    "quartier",
    "emploi",
    "logement",
    "école",
    "santé",
    "accueil",
    "seniors",
    "insertion",
    "bibliothèque",
    "centre",
    "social",
];
const SYLLABLES: [&str; 27] = [
    "ba", "cré", "do", "fi", "gue", "har", "jou", "ki", "lon", "mé", "nou", "pra", "que", "ri",
    "sol", "tra", "u", "ville", "xa", "yo", "zel", "bre", "char", "den", "pont", "saint", "mont",
];
