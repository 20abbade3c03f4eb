//! Data Integrity with the cryptosuite `eddsa-jcs-2022`: a signature over a JSON document that does not depend on how it is written.
//!
//! Both hashes are over the canonical writing of RFC 8785 (JCS). No context is ever fetched: the signature is over their names.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::key::{PublicKey, SecretKey};
use crate::proof::multikey::{did_key, from_base58, multikey};

/// Why the signature of a document does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IntegrityError {
    /// The document's contexts do not start with those that were signed.
    #[error("the contexts are not those that were signed")]
    Context,
    /// There is no proof, or it is of another type, suite or purpose.
    #[error("there is no proof of the suite eddsa-jcs-2022")]
    NoProof,
    /// The key did not sign this document.
    #[error("the signature of the document does not hold")]
    Signature,
}

impl IntegrityError {
    /// Returns the stable code of this error.
    pub fn code(self) -> &'static str {
        match self {
            IntegrityError::Context => "integrity_context",
            IntegrityError::NoProof => "integrity_no_proof",
            IntegrityError::Signature => "integrity_signature",
        }
    }
}

/// Returns the canonical writing of a JSON value (RFC 8785).
pub fn canonical(value: &Value) -> String {
    serde_json_canonicalizer::to_string(value).expect("a JSON value holds finite numbers only")
}

/// Signs a document that has no proof yet. `created` is RFC 3339.
pub(super) fn sign(document: &Value, created: &str, key: &SecretKey) -> [u8; 64] {
    let options = options(document, created, &key.public());
    key.sign_bare(&hash_data(document, &options))
}

/// Returns the document with its proof.
pub(super) fn with_proof(
    mut document: Value,
    created: &str,
    key: &PublicKey,
    signature: &[u8; 64],
) -> Value {
    let mut proof = options(&document, created, key);
    proof["proofValue"] = proof_value(signature).into();
    document["proof"] = proof;
    document
}

/// Checks the proof of a document against a key, and returns the document as it was signed, without contexts added at the end.
pub fn verify(document: &Value, key: &PublicKey) -> Result<Value, IntegrityError> {
    let mut document = document.as_object().ok_or(IntegrityError::NoProof)?.clone();
    let proof = document.remove("proof");
    let mut proof = match proof {
        Some(Value::Object(proof)) if is_of_this_suite(&proof) => proof,
        _ => return Err(IntegrityError::NoProof),
    };
    let signature = proof.remove("proofValue");
    let signature = signature.as_ref().and_then(Value::as_str);
    let signature = signature
        .and_then(|text| from_base58(text, 64))
        .and_then(|bytes| <[u8; 64]>::try_from(bytes).ok())
        .ok_or(IntegrityError::Signature)?;
    if let Some(signed) = proof.get("@context") {
        if !starts_with(document.get("@context"), signed) {
            return Err(IntegrityError::Context);
        }
        document.insert("@context".to_owned(), signed.clone());
    }
    let document = Value::Object(document);
    let hash = hash_data(&document, &Value::Object(proof));
    key.verify_bare(&hash, &signature)
        .map_err(|_| IntegrityError::Signature)?;
    Ok(document)
}

/// Writes a signature as `proofValue` does.
pub(super) fn proof_value(signature: &[u8; 64]) -> String {
    format!("z{}", bs58::encode(signature).into_string())
}

fn options(document: &Value, created: &str, key: &PublicKey) -> Value {
    json!({
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": created,
        "verificationMethod": format!("{}#{}", did_key(key), multikey(key)),
        "proofPurpose": PURPOSE,
    })
}

fn is_of_this_suite(proof: &Map<String, Value>) -> bool {
    let is = |key: &str, text: &str| proof.get(key).and_then(Value::as_str) == Some(text);
    is("type", "DataIntegrityProof") && is("cryptosuite", SUITE) && is("proofPurpose", PURPOSE)
}

fn starts_with(contexts: Option<&Value>, signed: &Value) -> bool {
    let list = |value: &Value| match value {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    contexts.is_some_and(|contexts| list(contexts).starts_with(&list(signed)))
}

/// The 64 bytes that are signed: the hash of the proof's options first.
fn hash_data(document: &Value, options: &Value) -> [u8; 64] {
    let mut both = [0; 64];
    let hashes = [options, document].map(|value| Sha256::digest(canonical(value)));
    both[..32].copy_from_slice(&hashes[0]);
    both[32..].copy_from_slice(&hashes[1]);
    both
}

const SUITE: &str = "eddsa-jcs-2022";
const PURPOSE: &str = "assertionMethod";

#[cfg(test)]
mod tests;
