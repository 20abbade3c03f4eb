//! Proofs. An input is what the maker of a proof signs; it is signed here by an instance of the federation of the seeds, whose key is
//! invented, so that what stands inside is looked at.

use crdt_schema::id::hash;
use crdt_schema::key::SecretKey;
use crdt_schema::label::Day;
use crdt_schema::proof::{Proof, Verdict};

use crate::Target;

/// Chains, charters and acts are held as they came and again as what they say, in maps; the credential is read as JSON and written anew.
pub(crate) const TARGET: Target = Target {
    name: "proof",
    bytes_max: 64 << 10,
    run: proof,
    fixed: 64 << 10,
    per_byte: 32,
};

/// What stands before the body: the purpose and its version.
pub const PREFIX: &[u8] = b"maillage/proof/v1\0";
/// Key of the first instance of the federation of the seeds: their maker.
const MAKER: [u8; 32] = [101; 32];
/// What the seeds show, all of them: no other federation has keys that anybody here can sign with, and what its partners signed is this.
const SHOWN: &str = include_str!("../corpus/proof.shown");

fn proof(input: &[u8]) {
    let day = Day::parse("2026-06-15").expect("a day");
    // As it is: the signature is that of the seeds, or none.
    if let Ok(verdict) = Proof::verify(input, None, day) {
        shown(&verdict);
    }
    if let Ok(verdict) = Proof::verify(&sealed(input), None, day) {
        shown(&verdict);
        let other = crdt_schema::id::FederationId::from_bytes([0; 32]);
        let foreign = Proof::verify(&sealed(input), Some(&other), day);
        assert!(
            foreign.is_err(),
            "whoever expects another federation is not shown this one"
        );
    }
}

/// Signs a body.
fn sealed(body: &[u8]) -> Vec<u8> {
    let maker = SecretKey::from_bytes(&MAKER);
    let size = u32::try_from(body.len()).expect("an input is small");
    let mut bytes = PREFIX.to_vec();
    bytes.extend(size.to_be_bytes());
    bytes.extend(body);
    bytes.extend(maker.sign("proof", &hash("proof", &[body])));
    bytes
}

/// A proof that is accepted shows what was decided, whatever its maker changes around it.
fn shown(verdict: &Verdict) {
    let signers: Vec<_> = verdict
        .signers
        .iter()
        .map(|signer| signer.name.as_str())
        .collect();
    let said = format!(
        "{} {} {} {}",
        verdict.federation,
        verdict.label.record,
        verdict.label.from,
        signers.join(", ")
    );
    let known = SHOWN.lines().any(|line| line == said);
    assert!(known, "nobody decided this: {said}");
}
