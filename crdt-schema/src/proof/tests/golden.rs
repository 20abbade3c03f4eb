//! One proof, byte for byte: it changes only when the format does, on purpose (`GOLDEN=write`).

use std::path::PathBuf;

use data_encoding::HEXLOWER;

use super::federation::{Replica, day};
use crate::label::State;
use crate::proof::Proof;

#[test]
fn the_golden_proof_is_written_and_read_as_ever() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/proof/label.hex");
    let replica = Replica::with_label();
    let ours = lines(&HEXLOWER.encode(&replica.prove().unwrap()));
    if std::env::var("GOLDEN").is_ok_and(|mode| mode == "write") {
        std::fs::write(&path, &ours).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert_eq!(ours, golden);
    let bytes = HEXLOWER
        .decode(golden.replace('\n', "").as_bytes())
        .unwrap();
    let verdict = Proof::verify(&bytes, Some(&replica.federation), day("2026-06-15")).unwrap();
    assert_eq!(verdict.state, State::InForce);
}

fn lines(hex: &str) -> String {
    let mut text = String::new();
    for line in hex.as_bytes().chunks(120) {
        text.push_str(std::str::from_utf8(line).unwrap());
        text.push('\n');
    }
    text
}
