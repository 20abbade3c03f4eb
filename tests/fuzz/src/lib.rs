//! What is fuzzed: one target for each reader of bytes from outside, and what must hold whatever the bytes are. More than that nothing
//! panics: what is read is written back as it was, what one piece accepts the next one accepts, and memory stays in proportion.
//!
//! `tests/fuzz/main.rs` beside this tries every target over the corpus and over seeded mutations of it, on any toolchain; `scripts/fuzz` runs
//! the same targets under libFuzzer. What either finds becomes a file of the corpus and a test beside the code that it broke.

mod bundle;
mod cbor;
mod census;
mod entries;
pub mod federation;
mod files;
mod frames;
mod host;
pub mod proof;
pub mod session;
mod ticket;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use allocation_counter::measure;

pub use bundle::Alone;

/// A reader, and what must hold of it.
#[derive(Debug)]
pub struct Target {
    /// Its name: that of its folder in the corpus.
    pub name: &'static str,
    /// Bytes of the largest input that is tried.
    pub bytes_max: usize,
    /// Panics when something does not hold.
    run: fn(&[u8]),
    /// Bytes of memory that it may hold at once, whatever the input.
    fixed: u64,
    /// Bytes of memory that it may hold at once for each byte of input.
    per_byte: u64,
}

/// All of them. What each may hold is said with it; all of them hold what they read beside the input, and growing lists twice.
pub const TARGETS: &[Target] = &[
    bundle::TARGET,
    files::CALENDAR,
    cbor::TARGET,
    files::CSV,
    files::FEED,
    frames::TARGET,
    entries::HEADER,
    host::TARGET,
    entries::ITEMS,
    files::JSON,
    proof::TARGET,
    ticket::TARGET,
    files::XLSX,
];

impl Target {
    /// Returns the target of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name)
    }

    /// Tries one input. Panics when something does not hold.
    pub fn check(&self, input: &[u8]) {
        if input.len() > self.bytes_max {
            return;
        }
        let held = measure(|| (self.run)(input)).bytes_max;
        let allowed = self.fixed + self.per_byte * input.len() as u64;
        assert!(
            held <= allowed,
            "{}: {held} bytes of memory for {} bytes of input, {allowed} at most",
            self.name,
            input.len()
        );
    }

    /// Tries what is committed of the corpus without counting memory, so that lists that are read once for all are there.
    pub fn warm_all(&self) {
        for (_, input) in self.corpus() {
            (self.run)(&input);
        }
    }

    /// Returns what is committed of the corpus, by the names of its files.
    pub fn corpus(&self) -> BTreeMap<String, Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        let files = fs::read_dir(folder.join(self.name)).expect("each target has a corpus");
        files
            .map(|file| {
                let path = file.expect("readable").path();
                let name = path.file_name().expect("a name").to_string_lossy();
                (name.into_owned(), fs::read(&path).expect("readable"))
            })
            .collect()
    }
}
