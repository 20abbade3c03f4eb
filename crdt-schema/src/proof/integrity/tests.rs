//! The vectors of RFC 8785 and of the W3C specification, and what must not pass.

#![expect(clippy::unwrap_used, reason = "tests")]

use data_encoding::HEXLOWER;

use super::*;
use crate::proof::multikey::from_multikey;

const PUBLIC: &str = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
const SECRET: &str = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq";
const CREATED: &str = "2023-02-24T23:36:38Z";
const PROOF_VALUE: &str =
    "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX";

/// The Alumni Credential of W3C vc-di-eddsa.
fn alumni() -> Value {
    json!({
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://www.w3.org/ns/credentials/examples/v2"
        ],
        "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential", "AlumniCredential"],
        "name": "Alumni Credential",
        "description": "A minimum viable example of an Alumni Credential.",
        "issuer": "https://vc.example/issuers/5678",
        "validFrom": "2023-01-01T00:00:00Z",
        "credentialSubject": {
            "id": "did:example:abcdefgh",
            "alumniOf": "The School of Examples"
        }
    })
}

fn secret() -> SecretKey {
    let bytes = from_base58(SECRET, 34).unwrap();
    SecretKey::from_bytes(&bytes[2..].try_into().unwrap())
}

fn public() -> PublicKey {
    from_multikey(PUBLIC).unwrap()
}

fn signed() -> Value {
    let document = alumni();
    let signature = sign(&document, CREATED, &secret());
    with_proof(document, CREATED, &public(), &signature)
}

#[test]
fn the_official_vector_is_signed_and_verified() {
    assert_eq!(secret().public(), public());
    let document = alumni();
    let hash = |value: &Value| HEXLOWER.encode(&Sha256::digest(canonical(value)));
    assert_eq!(
        hash(&document),
        "59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19"
    );
    assert_eq!(
        hash(&options(&document, CREATED, &public())),
        "66ab154f5c2890a140cb8388a22a160454f80575f6eae09e5a097cabe539a1db"
    );
    assert_eq!(
        proof_value(&sign(&document, CREATED, &secret())),
        PROOF_VALUE
    );
    assert_eq!(verify(&signed(), &public()), Ok(document));
}

/// The file `TestVectors/eddsa-jcs-2022/signedJCS.json` names the method otherwise, and so has another signature.
#[test]
fn the_file_of_the_working_group_is_verified() {
    let mut document = alumni();
    document["proof"] = json!({
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": CREATED,
        "verificationMethod": format!("https://vc.example/issuers/5678#{PUBLIC}"),
        "proofPurpose": "assertionMethod",
        "@context": document["@context"],
        "proofValue": "z63t83Y53KfzJ5ZosfKTnqfMcKB2dmTrfjSaQjeNNjAD5srBowQfmWqeRb8rRjmeEuCBEsddF9LsVogtuTsijJKh4",
    });
    assert_eq!(verify(&document, &public()), Ok(alumni()));
}

#[test]
fn another_writing_and_a_context_added_at_the_end_still_pass() {
    let text = serde_json::to_string_pretty(&signed()).unwrap();
    let mut again: Value = serde_json::from_str(&text).unwrap();
    again["@context"]
        .as_array_mut()
        .unwrap()
        .push("https://example.org/more".into());
    let pairs = again.as_object().unwrap().clone();
    let reversed: Map<String, Value> = pairs.into_iter().rev().collect();
    assert_eq!(verify(&Value::Object(reversed), &public()), Ok(alumni()));
}

#[test]
fn whatever_is_changed_is_refused() {
    let changes: [fn(&mut Value); 11] = [
        |document| document["name"] = "Alumni credential".into(),
        |document| document["credentialSubject"]["id"] = "did:example:abcdefgi".into(),
        |document| document["more"] = true.into(),
        |document| document["proof"]["created"] = "2023-02-24T23:36:39Z".into(),
        |document| document["proof"]["verificationMethod"] = "did:example:1".into(),
        |document| document["proof"]["domain"] = "example.org".into(),
        |document| contexts(document).reverse(),
        |document| contexts(document).insert(0, "https://example.org/first".into()),
        |document| {
            let value = document["proof"]["proofValue"].as_str().unwrap()[1..].to_owned();
            document["proof"]["proofValue"] = value.into();
        },
        |document| {
            let short = format!("z{}", bs58::encode([1; 63]).into_string());
            document["proof"]["proofValue"] = short.into();
        },
        |document| {
            document["proof"]
                .as_object_mut()
                .unwrap()
                .remove("@context");
        },
    ];
    for (index, change) in changes.iter().enumerate() {
        let mut document = signed();
        change(&mut document);
        assert!(verify(&document, &public()).is_err(), "{index}");
    }
    let other = SecretKey::from_bytes(&[1; 32]).public();
    assert_eq!(verify(&signed(), &other), Err(IntegrityError::Signature));
}

#[test]
fn hashes_in_the_other_order_are_refused() {
    let document = alumni();
    let mut hash = hash_data(&document, &options(&document, CREATED, &public()));
    hash.rotate_left(32);
    let signature = secret().sign_bare(&hash);
    let wrong = with_proof(document, CREATED, &public(), &signature);
    assert_eq!(verify(&wrong, &public()), Err(IntegrityError::Signature));
}

#[test]
fn other_suites_purposes_and_shapes_are_no_proof() {
    for (key, value) in [
        ("type", json!("Ed25519Signature2020")),
        ("cryptosuite", json!("eddsa-rdfc-2022")),
        ("proofPurpose", json!("authentication")),
        ("cryptosuite", json!(1)),
    ] {
        let mut document = signed();
        document["proof"][key] = value;
        assert_eq!(
            verify(&document, &public()),
            Err(IntegrityError::NoProof),
            "{key}"
        );
    }
    for document in [json!(1), json!({}), json!({"proof": [1]}), alumni()] {
        assert_eq!(verify(&document, &public()), Err(IntegrityError::NoProof));
    }
}

fn contexts(document: &mut Value) -> &mut Vec<Value> {
    document["@context"].as_array_mut().unwrap()
}

/// RFC 8785, section 3.2.2 and 3.2.3: numbers, escapes, and keys sorted by UTF-16 units.
#[test]
fn the_examples_of_the_rfc_have_their_canonical_form() {
    let example: Value = serde_json::from_str(
        r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#,
    )
    .unwrap();
    assert_eq!(
        canonical(&example),
        r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
    );
    let keys: Value = serde_json::from_str(
        r#"{
            "\u20ac": "Euro Sign",
            "\r": "Carriage Return",
            "\ufb33": "Hebrew Letter Dalet With Dagesh",
            "1": "One",
            "\ud83d\ude00": "Emoji: Grinning Face",
            "\u0080": "Control",
            "\u00f6": "Latin Small Letter O With Diaeresis"
        }"#,
    )
    .unwrap();
    let written: Value = serde_json::from_str(&canonical(&keys)).unwrap();
    let order: Vec<_> = written.as_object().unwrap().keys().collect();
    assert_eq!(
        order,
        [
            "\r",
            "1",
            "\u{80}",
            "\u{f6}",
            "\u{20ac}",
            "\u{1f600}",
            "\u{fb33}"
        ]
    );
}

/// RFC 8785, appendix B: doubles by their bits.
#[test]
fn numbers_are_written_as_ecmascript_writes_them() {
    for (bits, text) in [
        (0x0000_0000_0000_0000_u64, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
    ] {
        assert_eq!(canonical(&json!(f64::from_bits(bits))), text, "{bits:x}");
    }
}

/// The one signature without a domain prefix is over 64 bytes; ours are over other lengths.
#[test]
fn no_message_of_ours_has_the_length_of_a_credential_s_hash() {
    for (what, message_bytes) in [
        ("entry", 184),
        ("certificate", 128),
        ("approval", 96),
        ("proof", 32),
    ] {
        assert_ne!(crate::id::domain(what).len() + message_bytes, 64, "{what}");
    }
}
