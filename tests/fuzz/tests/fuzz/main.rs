//! Every target over its corpus, and over seeded mutations of it: short, on any toolchain, without instrumentation.

mod mutations;
mod seeds;

use fuzz::{TARGETS, Target};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

/// A test for each target, so that they run beside each other, with how many mutations are tried: together some seconds.
macro_rules! targets {
    ($($name:ident: $cases:literal),* $(,)?) => {
        $(#[test]
        fn $name() {
            whatever_comes(stringify!($name), $cases);
        })*

        #[test]
        fn every_target_is_tried() {
            let tried = [$(stringify!($name)),*];
            let all: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(all, tried);
        }
    };
}

targets! {
    bundle: 400,
    calendar: 1_500,
    cbor: 40_000,
    csv: 1_500,
    feed: 1_500,
    frames: 8_000,
    header: 20_000,
    host: 1_500,
    items: 3_000,
    json: 1_500,
    proof: 400,
    ticket: 20_000,
    xlsx: 1_500,
}

fn whatever_comes(name: &str, cases: u32) {
    let target = Target::named(name).expect("a target");
    let corpus = target.corpus();
    assert!(corpus.len() >= 4, "{name} has {} seeds", corpus.len());
    target.warm_all();
    for (file, bytes) in &corpus {
        assert!(
            bytes.len() <= target.bytes_max,
            "{name}/{file} is never tried"
        );
        println!("{name}/{file}");
        target.check(bytes);
    }
    let seeds: Vec<_> = corpus.into_values().collect();
    let seed = std::env::var("SEED").unwrap_or_else(|_| name.to_owned());
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let bytes = crdt_schema::id::hash("fuzz", &[seed.as_bytes()]);
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let strategy = mutations::of(seeds);
    let tried = TestRunner::new_with_rng(config, random).run(&strategy, |input| {
        target.check(&input);
        Ok::<(), TestCaseError>(())
    });
    if let Err(TestError::Fail(reason, input)) = tried {
        panic!(
            "{reason}\nSEED={seed}, {} bytes:\n{}",
            input.len(),
            input.escape_ascii()
        );
    }
    tried.expect("the strategy gives inputs");
}
