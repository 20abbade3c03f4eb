//! Certificates, and signatures for one purpose that are offered for another.

use crdt_schema::entry::{Certificate, EntryError, Frame, Header, Item, Payload, SignedEntry};
use crdt_schema::id::{FederationId, FeedId, hash};
use crdt_schema::key::{BadSignature, SecretKey};

use crate::drawing::{FEDERATION, certificate, header, held, instance, root, seal};

const ENDPOINT: [u8; 32] = [0xed; 32];

fn start_of_feed(certificates: Vec<Certificate>) -> SignedEntry {
    let items: Vec<Item> = certificates
        .into_iter()
        .map(|certificate| held(Frame::Certificate(Box::new(certificate)), Vec::new()))
        .collect();
    let payload = Payload::new(items).expect("a small payload");
    let header = Header {
        sequence: 0,
        previous: None,
        ..header(payload.commitment(), payload.to_bytes().len())
    };
    seal(&header, payload.to_bytes())
}

/// Certificates that say something else than what their root has signed, or that another root has signed.
fn false_certificates() -> Vec<(&'static str, Certificate)> {
    let (partner, feed) = (root().public().partner(), instance().public().feed());
    let stranger = SecretKey::from_bytes(&[9; 32]);
    let strange = stranger.public();
    let other_federation = FederationId::from_bytes([0xff; 32]);
    let other_feed = FeedId::from_bytes(*strange.as_bytes());
    let sign = |root: &SecretKey, partner, federation: &FederationId, feed: &FeedId| {
        Certificate::sign(root, partner, federation, feed, ENDPOINT)
    };
    let certificate = certificate();
    vec![
        (
            "another root signs for the partner",
            sign(&stranger, partner, &FEDERATION, &feed),
        ),
        (
            "the root signs for another partner",
            sign(&root(), strange.partner(), &FEDERATION, &feed),
        ),
        (
            "signed in another federation",
            sign(&root(), partner, &other_federation, &feed),
        ),
        (
            "signed for another feed",
            sign(&root(), partner, &FEDERATION, &other_feed),
        ),
        (
            "the endpoint is changed",
            Certificate {
                endpoint: [0xee; 32],
                ..certificate.clone()
            },
        ),
        (
            "the partner is changed",
            Certificate {
                partner: strange.partner(),
                ..certificate.clone()
            },
        ),
        (
            "the root is changed",
            Certificate {
                root: *strange.as_bytes(),
                ..certificate.clone()
            },
        ),
        (
            "the root is weak",
            Certificate {
                root: [0; 32],
                ..certificate.clone()
            },
        ),
        (
            "the instance signs for itself",
            Certificate {
                signature: instance().sign("certificate", &message(&certificate.partner, &feed)),
                ..certificate
            },
        ),
    ]
}

fn message(partner: &crdt_schema::id::PartnerId, feed: &FeedId) -> Vec<u8> {
    [
        *FEDERATION.as_bytes(),
        *partner.as_bytes(),
        *feed.as_bytes(),
        ENDPOINT,
    ]
    .concat()
}

#[test]
fn a_feed_starts_with_a_certificate_of_its_partners_root() {
    let entry = start_of_feed(vec![certificate()]).verify(&FEDERATION);
    let entry = entry.expect("the root has signed");
    assert_eq!(entry.certified_partner(), Some(root().public().partner()));
}

#[test]
fn a_certificate_that_the_root_did_not_sign_refuses_the_entry() {
    for (why, certificate) in false_certificates() {
        assert_eq!(
            start_of_feed(vec![certificate]).verify(&FEDERATION),
            Err(EntryError::Certificate),
            "{why}"
        );
    }
}

#[test]
fn an_erased_certificate_item_still_certifies() {
    let entry = start_of_feed(vec![certificate()]);
    let whole = entry
        .clone()
        .verify(&FEDERATION)
        .expect("the root has signed");
    let erased = Payload::new(vec![whole.items()[0].erased()]).expect("a small payload");
    let entry = SignedEntry {
        payload: erased.to_bytes(),
        ..entry
    };
    let erased = entry.verify(&FEDERATION).expect("the frame is still there");
    assert_eq!(erased.certificate(), Some(&certificate()));
}

#[test]
fn a_certificate_later_in_a_feed_says_nothing() {
    for (why, certificate) in false_certificates() {
        let item = held(Frame::Certificate(Box::new(certificate)), Vec::new());
        let payload = Payload::new(vec![item]).expect("a small payload");
        let header = header(payload.commitment(), payload.to_bytes().len());
        let entry = seal(&header, payload.to_bytes())
            .verify(&FEDERATION)
            .expect(why);
        assert_eq!(entry.certified_partner(), None, "{why}");
    }
}

#[test]
fn only_the_first_certificate_at_the_start_of_a_feed_speaks() {
    let stranger = false_certificates().remove(0).1;
    let entry = start_of_feed(vec![certificate(), stranger.clone()])
        .verify(&FEDERATION)
        .expect("the first one holds");
    assert_eq!(entry.certificate(), Some(&certificate()));
    assert_eq!(
        start_of_feed(vec![stranger, certificate()]).verify(&FEDERATION),
        Err(EntryError::Certificate)
    );
}

#[test]
fn each_signed_object_holds_for_its_own_purpose_only() {
    // One key in every role, which no node does: only the domain prefix keeps the objects apart.
    let key = instance();
    let feed = key.public().feed();
    let partner = key.public().partner();
    let signed = start_of_feed(vec![certificate()]);
    let objects = [
        ("approval", vec![1; 64]),
        ("certificate", message(&partner, &feed)),
        ("charter", vec![2; 300]),
        ("entry", signed.header.to_vec()),
    ];
    for (purpose, bytes) in &objects {
        let signature = key.sign(purpose, bytes);
        for (other, other_bytes) in &objects {
            let expected = if purpose == other {
                Ok(())
            } else {
                Err(BadSignature)
            };
            assert_eq!(
                key.public().verify(other, bytes, &signature),
                expected,
                "the {purpose} offered as {other}"
            );
            assert_eq!(
                key.public().verify(other, other_bytes, &signature),
                expected,
                "the signature of {purpose} put on {other}"
            );
        }
        let offered = SignedEntry {
            signature,
            ..signed.clone()
        };
        assert_eq!(offered.verify(&FEDERATION).is_ok(), *purpose == "entry");
        let offered = Certificate {
            partner,
            root: *key.public().as_bytes(),
            endpoint: ENDPOINT,
            signature,
        };
        assert_eq!(
            offered.verify(&FEDERATION, &feed).is_ok(),
            *purpose == "certificate"
        );
    }
}

#[test]
fn a_purpose_cannot_be_stretched_into_the_message() {
    let key = instance();
    let signature = key.sign("entry", b"-id/v1\0text");
    for message in [&b"text"[..], b"\0text", b"/v1\0text"] {
        assert_eq!(
            key.public().verify("entry-id", message, &signature),
            Err(BadSignature)
        );
    }
}

#[test]
fn the_same_parts_have_another_hash_for_each_purpose() {
    let purposes = [
        "charter", "content", "edit", "entry-id", "item", "partner", "payload", "record",
    ];
    let mut hashes: Vec<[u8; 32]> = purposes.map(|what| hash(what, &[&[7; 48]])).into();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), purposes.len());
}
