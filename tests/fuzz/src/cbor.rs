//! CBOR: any tree, and each structure that is signed or stored as it. The first byte of an input says which.

use crdt_schema::cbor::{CborError, Tree, Wire, decode_exact};
use crdt_schema::checkpoint::Checkpoint;
use crdt_schema::edit::{Content, Merged};
use crdt_schema::entry::Payload;
use crdt_schema::governance::{Approval, Charter, Mandate, Scheme};
use crdt_schema::label::Projection;
use crdt_schema::statement::{Answers, Assessment, Verification};
use crdt_schema::view::RecordView;

use crate::Target;

/// A value of one byte becomes a tree of 32 bytes in a list that doubles, and a key of two bytes an entry of a map.
pub(crate) const TARGET: Target = Target {
    name: "cbor",
    bytes_max: 64 << 10,
    run: cbor,
    fixed: 16 << 10,
    per_byte: 128,
};

fn cbor(input: &[u8]) {
    let Some((kind, bytes)) = input.split_first() else {
        return;
    };
    // Each of these reads alone what the tree reads too, unless it is nested deeper than any of ours.
    match kind % 13 {
        0 => exact::<Tree>(bytes),
        1 => exact::<Content>(bytes),
        2 => exact::<Merged>(bytes),
        3 => exact::<Payload>(bytes),
        4 => exact::<Approval>(bytes),
        5 => exact::<Charter>(bytes),
        6 => exact::<Mandate>(bytes),
        7 => exact::<Scheme>(bytes),
        8 => exact::<Projection>(bytes),
        9 => exact::<Answers>(bytes),
        10 => exact::<Assessment>(bytes),
        11 => exact::<Verification>(bytes),
        _ => {
            exact::<RecordView>(bytes);
            exact::<Checkpoint>(bytes);
        }
    }
    if let Ok(charter) = Charter::from_bytes(bytes) {
        assert_eq!(charter.to_bytes(), bytes);
    }
}

fn exact<T: Wire>(bytes: &[u8]) {
    let Ok(value) = decode_exact::<T>(bytes) else {
        return;
    };
    assert_eq!(value.to_cbor(), bytes, "a value has one writing");
    let tree = decode_exact::<Tree>(bytes);
    let is_read = matches!(tree, Ok(_) | Err(CborError::TooDeep));
    assert!(
        is_read,
        "what a structure reads is deterministic CBOR: {tree:?}"
    );
    let longer = [bytes, &[0]].concat();
    assert!(decode_exact::<T>(&longer).is_err(), "nothing may follow");
}
