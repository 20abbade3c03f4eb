//! What a frame costs: entries compressed and inflated, a message written and read. `scripts/bench --parts` runs it.

use std::hint::black_box;

use crdt_schema::entry::{HEADER_BYTES, SIGNATURE_BYTES, SignedEntry};
use crdt_schema::id::hash;
use criterion::{Criterion, Throughput};
use sync::codec::{Block, PREFIX_BYTES, decode, encode};
use sync::limits::BLOCK_BYTES_MAX;
use sync::message::{Entries, Message};

/// Bytes of a payload: 48 records of a kilobyte.
const PAYLOAD_BYTES: usize = 48 << 10;

fn main() {
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    let entries = entries();
    let block = Block::pack(&entries).expect("within the limit");
    let message = Message::Entries(Entries {
        batch: 0,
        last: true,
        block: block.clone(),
    });
    let frame = encode(&message).expect("within the limit");
    let mut group = criterion.benchmark_group("frame");
    group.throughput(Throughput::Bytes(block.declared_bytes() as u64));
    group.bench_function("compress", |bench| {
        bench.iter(|| Block::pack(black_box(&entries)));
    });
    group.bench_function("inflate", |bench| bench.iter(|| black_box(&block).open()));
    group.bench_function("encode", |bench| bench.iter(|| encode(black_box(&message))));
    group.bench_function("decode", |bench| {
        bench.iter(|| decode(black_box(&frame[PREFIX_BYTES..])));
    });
    group.finish();
    criterion.final_summary();
}

/// A full block of what records look like: words that come again, and hashes that do not.
fn entries() -> Vec<SignedEntry> {
    let count = BLOCK_BYTES_MAX / (PAYLOAD_BYTES + HEADER_BYTES + SIGNATURE_BYTES + 4);
    let entry = |number: usize| {
        let mut payload = Vec::with_capacity(PAYLOAD_BYTES);
        let mut line = 0_u64;
        while payload.len() < PAYLOAD_BYTES {
            let random = hash("bench", &[&number.to_be_bytes(), &line.to_be_bytes()]);
            payload.extend(random);
            payload.extend(b"name, summary, territory, themes, audiences: Maison de quartier, un atelier pour tous, ");
            payload.extend(format!("commune 45{:03}, place {line}", random[0]).as_bytes());
            line += 1;
        }
        payload.truncate(PAYLOAD_BYTES);
        SignedEntry {
            header: [number as u8; HEADER_BYTES],
            signature: [number as u8; SIGNATURE_BYTES],
            payload,
        }
    };
    (0..count).map(entry).collect()
}
