//! Prints how fast what is to be confirmed is listed in the census of a node's folder that no other process has open:
//! `cargo run --release -p replica --example due_figures -- FOLDER`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crdt_schema::label::Day;
use crdt_schema::statement::Due;
use replica::search::{Confirming, Query, Sort};
use replica::{KEEPER, Replica};

const TIMES: usize = 100;
/// Records of a page of the list.
const PAGE: usize = 50;
const INDEXING_MAX: Duration = Duration::from_secs(3_600);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .ok_or("name the folder of a node")?;
    let replica = Replica::open(&PathBuf::from(folder), None)?;
    let (is_filled, ms) = timed(|| replica.wait_for_views(INDEXING_MAX));
    if !is_filled {
        return Err("the views are not built in an hour".into());
    }
    println!("opened and up to date after {ms:.0} ms");
    let (is_filled, ms) = timed(|| {
        replica.reindex();
        replica.wait_for_views(INDEXING_MAX)
    });
    if !is_filled {
        return Err("the index is not filled in an hour".into());
    }
    let all = Query::default();
    println!(
        "{} records indexed anew in {ms:.0} ms",
        replica.count(&all)?
    );

    // The keeper of most records.
    let keepers = replica.search(&all)?.facets.remove(KEEPER);
    let keepers = keepers.unwrap_or_default().into_iter();
    let keeper: BTreeSet<String> = keepers.take(1).map(|count| count.value).collect();
    let today = Day::parse("2026-11-27").ok_or("no day")?;
    let list = Query {
        facets: [(KEEPER.to_owned(), keeper)].into(),
        due: [Due::Never, Due::Required, Due::Advised].into(),
        today: Some(today),
        sort: Sort::Confirmed,
        size: PAGE,
        ..Query::default()
    };
    print_times(
        &format!("the first page of {}", replica.count(&list)?),
        || page(&replica, &list, today),
    )?;
    let last = Query {
        offset: usize::try_from(replica.count(&list)?)?.saturating_sub(PAGE),
        ..list.clone()
    };
    print_times("the last page", || page(&replica, &last, today))?;
    print_times("the counts by state", || {
        Ok(replica.count_due(&list).map(drop)?)
    })?;
    let done = Query {
        confirmed: Some(Confirming::Since(today.minus_days(30))),
        due: Due::ALL.into(),
        ..list.clone()
    };
    print_times("the progress of a campaign", || {
        replica.search(&done)?;
        Ok(())
    })
}

/// What a page reads: the hits, and of each record its sections with the statements about it.
fn page(replica: &Replica, query: &Query, today: Day) -> Result<(), Box<dyn std::error::Error>> {
    let answer = replica.search(query)?;
    let reader = replica.read()?;
    for hit in &answer.hits {
        if let Some(view) = reader.record(&hit.record)? {
            reader.freshness(&view, Some(today))?;
        }
    }
    Ok(())
}

fn print_times(
    what: &str,
    mut run: impl FnMut() -> Result<(), Box<dyn std::error::Error>>,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let (result, ms) = timed(&mut run);
        result?;
        times.push(ms);
    }
    times.sort_by(f64::total_cmp);
    let at = |part: usize| times[(times.len() - 1) * part / 100];
    println!(
        "{what}: median {:.1} ms, 99 % below {:.1} ms",
        at(50),
        at(99)
    );
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "an example that measures")]
fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed().as_secs_f64() * 1_000.0)
}
