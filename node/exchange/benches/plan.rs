//! What planning the import of a CSV costs, against an empty census. `scripts/bench --parts` runs it.

use std::convert::Infallible;
use std::io::Cursor;

use crdt_schema::id::{FederationId, RecordId};
use crdt_schema::record::Kind;
use crdt_schema::register::{LAST_YEAR, Territories};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use criterion::{Criterion, Throughput};
use exchange::{Census, Choices, Plan, Settings, Strictness, Table};

const ROWS: u64 = 2_000;

struct Empty;

impl Census for Empty {
    type Error = Infallible;

    fn federation(&self) -> FederationId {
        FederationId::from_bytes([1; 32])
    }

    fn find(&self, _: &RecordId) -> Result<Option<RecordView>, Infallible> {
        Ok(None)
    }
}

fn main() {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let file = file();
    assert_eq!(plan(&file), ROWS, "each row is new");
    let mut group = criterion.benchmark_group("import");
    group.throughput(Throughput::Elements(ROWS));
    group.bench_function("read_csv_2000", |bench| {
        bench.iter(|| open(&file).filter(Result::is_ok).count());
    });
    group.bench_function("plan_csv_2000", |bench| bench.iter(|| plan(&file)));
    group.finish();
    criterion.final_summary();
}

fn open(file: &str) -> Table {
    let source = Cursor::new(file.to_owned());
    Table::read(source, &Choices::default()).expect("a table")
}

fn plan(file: &str) -> u64 {
    let settings = Settings {
        source: "mesure",
        kind: Kind::parse("initiative"),
        wishes: &[],
        confirmed: &[],
        lists: Territories::shared(),
        year: LAST_YEAR,
        strictness: Strictness::Row,
        has_contacts: false,
        words: Words::shipped(),
    };
    let mut plan = Plan::new(open(file), settings, &Empty).expect("a kind");
    for edit in &mut plan {
        std::hint::black_box(edit.expect("nothing fails"));
    }
    plan.finish().expect("nothing fails").new
}

fn file() -> String {
    let mut file = "identifiant;nom;résumé;commune;thématiques;date de début;site web\n".to_owned();
    for row in 0..ROWS {
        file += &format!(
            "{row};Atelier inventé {row};Un résumé de quelques mots, numéro {row};45{:03};sport;2026-0{}-1{};https://www.exemple.fr/{row}\n",
            [155, 234, 147, 302][row as usize % 4],
            row % 9 + 1,
            row % 9,
        );
    }
    file
}
