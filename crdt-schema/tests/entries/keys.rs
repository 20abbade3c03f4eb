//! Keys that no honest node makes, and signatures that another verifier might take.
//!
//! The vectors follow the cases of Wycheproof and of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko), computed anew over
//! our own domain prefix: seed `[7; 32]`, purpose `entry`, message `text`.

use crdt_schema::entry::{EntryError, HEADER_BYTES, Header, SignedEntry};
use crdt_schema::id::FeedId;
use crdt_schema::key::{BadSignature, KeyError, PublicKey, SecretKey};
use data_encoding::HEXLOWER;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};

use crate::drawing::{FEDERATION, one_of_each};

/// The order of the group, little-endian: 2^252 + 27742317777372353535851937790883648493.
const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

/// The low bytes of the y ≥ p that are points: p + k for k = 0, 1, 3, 4, 5, 6, 9, 10, 14, 15, 16, 18.
const ABOVE_THE_FIELD: [u8; 12] = [
    0xed, 0xee, 0xf0, 0xf1, 0xf2, 0xf3, 0xf6, 0xf7, 0xfb, 0xfc, 0xfd, 0xff,
];

/// x = 0 with the sign of a negative x: y = 1 and y = −1.
const NEGATIVE_ZERO: [&str; 2] = [
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

/// The eight points whose order divides 8, in their canonical encoding.
const SMALL_ORDER: [&str; 8] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

fn bytes<const N: usize>(digits: &str) -> [u8; N] {
    let bytes = HEXLOWER.decode(digits.as_bytes()).expect("hexadecimal");
    bytes.try_into().expect("as many bytes as asked")
}

fn above_the_field() -> Vec<[u8; 32]> {
    let encoding = |low: u8, high: u8| {
        let mut bytes = [0xff; 32];
        bytes[0] = low;
        bytes[31] = high;
        bytes
    };
    let both_signs = |low: u8| [encoding(low, 0x7f), encoding(low, 0xff)];
    ABOVE_THE_FIELD.into_iter().flat_map(both_signs).collect()
}

/// An entry that names this feed, with this signature.
fn entry_of(feed: [u8; 32], signature: [u8; 64]) -> SignedEntry {
    let entry = one_of_each();
    let mut header: [u8; HEADER_BYTES] = entry.header;
    header[36..68].copy_from_slice(&feed);
    assert!(
        Header::from_bytes(&header).is_ok_and(|header| header.feed == FeedId::from_bytes(feed))
    );
    SignedEntry {
        header,
        signature,
        ..entry
    }
}

#[test]
fn the_twenty_four_encodings_above_the_field_are_no_keys() {
    let encodings = above_the_field();
    assert_eq!(encodings.len(), 24);
    let mut weak = 0;
    for encoding in &encodings {
        let read = VerifyingKey::from_bytes(encoding);
        weak += usize::from(read.expect("the library reads it").is_weak());
        assert_eq!(PublicKey::from_bytes(encoding), Err(KeyError::NotCanonical));
        assert_eq!(
            entry_of(*encoding, [0; 64]).verify(&FEDERATION),
            Err(EntryError::Key(KeyError::NotCanonical))
        );
    }
    assert_eq!(weak, 4, "the other 20 would be taken without our own check");
}

#[test]
fn the_list_of_encodings_above_the_field_is_complete() {
    let listed = above_the_field();
    for low in 0xed..=0xff {
        for high in [0x7f, 0xff] {
            let mut encoding = [0xff; 32];
            (encoding[0], encoding[31]) = (low, high);
            let is_read = VerifyingKey::from_bytes(&encoding).is_ok();
            assert_eq!(is_read, listed.contains(&encoding), "{low:x} {high:x}");
        }
    }
}

#[test]
fn a_zero_with_a_sign_is_no_key() {
    for digits in NEGATIVE_ZERO {
        let key = PublicKey::from_bytes(&bytes(digits));
        assert_eq!(key, Err(KeyError::NotCanonical), "{digits}");
    }
}

#[test]
fn points_of_small_order_are_no_keys() {
    for digits in SMALL_ORDER {
        let key = bytes(digits);
        // x = 0 with a sign is the only other encoding among them, and is in the list above.
        assert_eq!(PublicKey::from_bytes(&key), Err(KeyError::Weak), "{digits}");
        assert_eq!(
            entry_of(key, [0; 64]).verify(&FEDERATION),
            Err(EntryError::Key(KeyError::Weak))
        );
    }
}

#[test]
fn bytes_that_are_no_point_are_no_key() {
    let mut two = [0; 32];
    two[0] = 2;
    assert_eq!(PublicKey::from_bytes(&two), Err(KeyError::NotCanonical));
}

#[test]
fn the_identity_does_not_sign_everything() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&identity);
    let key = VerifyingKey::from_bytes(&identity).expect("the library reads it");
    let as_signature = Signature::from_bytes(&signature);
    assert!(
        key.verify(b"anything", &as_signature).is_ok(),
        "R = 1, s = 0"
    );
    assert_eq!(
        entry_of(identity, signature).verify(&FEDERATION),
        Err(EntryError::Key(KeyError::Weak))
    );
}

#[test]
fn adding_the_order_to_s_is_refused() {
    let order: [u8; 32] = bytes(ORDER);
    let entry = one_of_each();
    let mut signature = entry.signature;
    let mut carry = 0;
    for (digit, add) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*digit) + u16::from(add) + carry;
        *digit = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    assert_eq!(carry, 0, "s + L fits in 32 bytes");
    assert!(entry.clone().verify(&FEDERATION).is_ok());
    let changed = SignedEntry { signature, ..entry };
    assert_eq!(
        changed.verify(&FEDERATION),
        Err(EntryError::Signature(BadSignature))
    );
}

#[test]
fn s_equal_to_the_order_or_above_is_refused() {
    let key = SecretKey::from_bytes(&[7; 32]);
    for s in [bytes(ORDER), [0xff; 32], {
        let mut high_bit = [0; 32];
        high_bit[31] = 0x80;
        high_bit
    }] {
        let mut signature = key.sign("entry", b"text");
        signature[32..].copy_from_slice(&s);
        assert_eq!(
            key.public().verify("entry", b"text", &signature),
            Err(BadSignature)
        );
    }
}

#[test]
fn a_signature_computed_elsewhere_is_taken() {
    let signature = bytes(
        "ef4f62f8479733ad879cfaced3c89a9c39dd4fc795ef2efa1c3eafe4d729a081\
         262d347d266aa43d5f206dae1f28dc49d6ace5957c2104f9e4ef95fe3575710c",
    );
    let key = SecretKey::from_bytes(&[7; 32]).public();
    assert_eq!(key.verify("entry", b"text", &signature), Ok(()));
}

#[test]
fn a_signature_whose_r_has_a_small_order_is_refused() {
    // s = k·a, so that s·B − k·A is the identity. The library's plain `verify` takes it; the strict one does not.
    let signature = bytes(
        "0100000000000000000000000000000000000000000000000000000000000000\
         862cec9024ee471c410c6f97c048d2713983fcbbd06a187e99d69164402cca0d",
    );
    let key = SecretKey::from_bytes(&[7; 32]).public();
    let plain = VerifyingKey::from_bytes(key.as_bytes()).expect("a sound key");
    let message = b"maillage/entry/v1\0text";
    assert!(
        plain
            .verify(message, &Signature::from_bytes(&signature))
            .is_ok()
    );
    assert_eq!(key.verify("entry", b"text", &signature), Err(BadSignature));
}

#[test]
fn a_signature_whose_r_is_not_canonical_is_refused() {
    let key = SecretKey::from_bytes(&[7; 32]).public();
    for digits in [
        // y = p + 1
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f\
         eced7683d010436a71feb9354aec30127c8ddc739ef40abc10ed565e949fe309",
        // x = −0
        "0100000000000000000000000000000000000000000000000000000000000080\
         06a12975c19a566edd93c28b9f89d54cf11e31f25ba2e5d5c114bfcf07239306",
    ] {
        assert_eq!(
            key.verify("entry", b"text", &bytes(digits)),
            Err(BadSignature)
        );
    }
}

#[test]
fn a_signature_that_holds_only_with_the_cofactor_is_refused() {
    // R = r·B + a point of order 8: batch verifiers and cofactored ones take it, so nodes would disagree.
    let signature = bytes(
        "40a4cf5c611d737a2f1c6fcca84d9cabfed80987f186a5a6c57e629bff1af27f\
         d918d298cf553383f7b20d695f0aa7eaad4ff67cfcc890c401c968e28c5db407",
    );
    let key = SecretKey::from_bytes(&[7; 32]).public();
    assert_eq!(key.verify("entry", b"text", &signature), Err(BadSignature));
}

#[test]
fn a_key_with_a_part_of_small_order_is_verified_without_the_cofactor() {
    // A + a point of order 8. It is canonical and not weak, so it is a key, and its owner can only cheat itself: whether a
    // signature holds is the same on every node. Here k is 6, then 0 modulo 8.
    let key = PublicKey::from_bytes(&bytes(
        "1f4f580e73ac208f06760190e9edc6f5916775dabd9c1cdca393175c2d6d1083",
    ));
    let key = key.expect("canonical and not weak");
    let refused = bytes(
        "ef4f62f8479733ad879cfaced3c89a9c39dd4fc795ef2efa1c3eafe4d729a081\
         bac58977efeb6f48a2adc55b79d4720e068613495f740cada831c6cf5d2da008",
    );
    let taken = bytes(
        "ef4f62f8479733ad879cfaced3c89a9c39dd4fc795ef2efa1c3eafe4d729a081\
         0229d45f6eea5033738f491b7ef01354e2547a4c61c1a1f7ceafb06c5062bf0a",
    );
    assert_eq!(key.verify("entry", b"text 0", &refused), Err(BadSignature));
    assert_eq!(key.verify("entry", b"text 8", &taken), Ok(()));
}
