//! Mutations of seeds: what a changed byte, a lost or repeated part, or parts of two seeds may do.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::sample::{Index, select};

#[derive(Debug, Clone)]
enum Change {
    /// One bit.
    Bit(Index, u8),
    /// A byte, or a number of four, that tends to be a limit.
    Limit(Index, Vec<u8>),
    Insert(Index, Vec<u8>),
    Remove(Index, Index),
    /// A part, so often.
    Repeat(Index, Index, usize),
    /// A part of another seed.
    Splice(Index, Vec<u8>, Index, Index),
    Truncate(Index),
}

/// Seeds of which some things were changed.
pub(crate) fn of(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (select(seeds.clone()), vec(changes(seeds), 1..6)).prop_map(|(mut bytes, changes)| {
        for change in changes {
            change.make(&mut bytes);
        }
        bytes
    })
}

fn changes(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    let limits = select(vec![
        vec![0],
        vec![0xff],
        vec![0x7f],
        vec![0x80],
        vec![0, 0, 0, 0],
        vec![0xff, 0xff, 0xff, 0xff],
        vec![0x9b, 0, 0, 0],
        b"99999999999".to_vec(),
    ]);
    prop_oneof![
        4 => (at(), 0..8_u8).prop_map(|(at, bit)| Change::Bit(at, bit)),
        3 => (at(), limits).prop_map(|(at, bytes)| Change::Limit(at, bytes)),
        2 => (at(), vec(any::<u8>(), 1..8)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        2 => (at(), at()).prop_map(|(from, to)| Change::Remove(from, to)),
        1 => (at(), at(), 1..20_usize).prop_map(|(from, to, times)| Change::Repeat(from, to, times)),
        2 => (at(), select(seeds), at(), at()).prop_map(|(at, other, from, to)| Change::Splice(at, other, from, to)),
        1 => at().prop_map(Change::Truncate),
    ]
}

impl Change {
    fn make(self, bytes: &mut Vec<u8>) {
        // One place more than there are bytes: the end.
        let place = |index: Index, bytes: &[u8]| index.index(bytes.len() + 1);
        match self {
            Change::Bit(at, bit) => {
                let at = place(at, bytes);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            Change::Limit(at, limit) => {
                let from = place(at, bytes);
                let to = (from + limit.len()).min(bytes.len());
                bytes.splice(from..to, limit);
            }
            Change::Insert(at, new) => {
                let at = place(at, bytes);
                bytes.splice(at..at, new);
            }
            Change::Remove(from, to) => {
                bytes.drain(part(from, to, bytes.len()));
            }
            Change::Repeat(from, to, times) => {
                let range = part(from, to, bytes.len());
                let again = bytes[range.clone()].repeat(times);
                bytes.splice(range.end..range.end, again);
            }
            Change::Splice(at, other, from, to) => {
                let at = place(at, bytes);
                let range = part(from, to, other.len());
                bytes.splice(at..at, other[range].iter().copied());
            }
            Change::Truncate(at) => bytes.truncate(place(at, bytes)),
        }
    }
}

/// A part that tends to be short.
fn part(from: Index, to: Index, length: usize) -> std::ops::Range<usize> {
    let from = from.index(length + 1);
    let most = (length - from).min(64);
    from..from + to.index(most + 1)
}
