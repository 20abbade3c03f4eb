//! How the birth of a record (what its id is the hash of) is kept in a row.

use crdt_schema::cbor::{Tree, Wire, decode_exact};
use crdt_schema::entry::RecordBirth;

use crate::fault::Fault;

pub(crate) fn birth_to_bytes(birth: &RecordBirth) -> Vec<u8> {
    Tree::List(vec![
        Tree::text(&birth.kind),
        Tree::text(&birth.territory),
        Tree::Bytes(birth.nonce.to_vec()),
    ])
    .to_cbor()
}

pub(crate) fn birth_from_bytes(bytes: &[u8]) -> Result<RecordBirth, Fault> {
    let damaged = || Fault::damaged("birth of a record");
    let Ok(Tree::List(values)) = decode_exact(bytes) else {
        return Err(damaged());
    };
    match <[Tree; 3]>::try_from(values) {
        Ok([Tree::Text(kind), Tree::Text(territory), Tree::Bytes(nonce)]) => Ok(RecordBirth {
            kind,
            territory,
            nonce: nonce.try_into().map_err(|_| damaged())?,
        }),
        _ => Err(damaged()),
    }
}
