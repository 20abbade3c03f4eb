//! What the command does with the golden proof of `crdt-schema`, with status lists, and with what is not a proof.

use std::path::PathBuf;

use crdt_schema::key::SecretKey;
use crdt_schema::proof::StatusList;
use crdt_schema::time::Timestamp;
use data_encoding::HEXLOWER;

use super::*;

const DAY: &str = "2026-06-15";
/// 15 June 2026, 8 in the morning.
const MADE_MS: i64 = 1_781_510_400_000;

fn golden() -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../crdt-schema/tests/golden/proof/label.hex");
    let text = std::fs::read_to_string(path).expect("the golden proof");
    HEXLOWER
        .decode(text.replace('\n', "").as_bytes())
        .expect("hexadecimal")
}

fn on(text: &str) -> Day {
    day(text).expect("a day")
}

/// Runs the command on files with these bytes, and returns its exit status.
fn status(
    bytes: &[u8],
    at: &str,
    federation: Option<FederationId>,
    list: Option<&[u8]>,
) -> ExitCode {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("label.maillage-proof");
    std::fs::write(&file, bytes).expect("a file");
    let status_list = list.map(|list| {
        let file = folder.path().join("statuts.json");
        std::fs::write(&file, list).expect("a file");
        file
    });
    let asked = Verify {
        file,
        at: Some(on(at)),
        federation,
        status_list,
    };
    verify(&asked, true).expect("the file can be read")
}

fn is(one: ExitCode, status: u8) -> bool {
    format!("{one:?}") == format!("{:?}", ExitCode::from(status))
}

fn judged<'a>(
    result: &'a Result<Verdict, crdt_schema::proof::Refusal>,
    list: Option<&'a Result<Listed, StatusError>>,
) -> Judged<'a> {
    Judged {
        result,
        on: on(DAY),
        is_expected: false,
        list,
    }
}

/// The list of the coordinator whose credential the golden proof holds, in which these are revoked.
fn list(revoked: &[u32]) -> Vec<u8> {
    let verdict = Proof::verify(&golden(), None, on(DAY)).expect("genuine");
    let place = verdict.status_place().expect("it names its list");
    let number = u8::try_from(place.index - 40).expect("a coordinator of the golden federation");
    let key = SecretKey::from_bytes(&[number + 100; 32]);
    let list = StatusList::revoked(revoked.iter().copied()).expect("in the list");
    let list = list.to_credential(&place.list, Timestamp::from_millis(MADE_MS), &key);
    list.expect("a day").to_string().into_bytes()
}

fn place() -> u32 {
    let verdict = Proof::verify(&golden(), None, on(DAY)).expect("genuine");
    verdict.status_place().expect("it names its list").index
}

#[test]
fn a_label_in_force_ends_with_zero_an_ended_one_with_two_and_another_federation_with_one() {
    let bytes = golden();
    assert!(is(status(&bytes, DAY, None, None), 0));
    for at in ["2028-01-15", "2026-01-14"] {
        assert!(is(status(&bytes, at, None, None), 2), "{at}");
    }
    let found = Proof::verify(&bytes, None, on(DAY)).expect("genuine");
    assert!(is(status(&bytes, DAY, Some(found.federation), None), 0));
    let other = FederationId::from_bytes([1; 32]);
    assert!(is(status(&bytes, DAY, Some(other), None), 1));
}

#[test]
fn a_flipped_byte_a_missing_end_and_another_file_end_with_one() {
    let bytes = golden();
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    for (wrong, code) in [
        (flipped, "proof_tampered"),
        (bytes[..bytes.len() - 1].to_vec(), "proof_truncated"),
        (b"%PDF-1.7".to_vec(), "proof_not_a_proof"),
        (vec![0; PROOF_BYTES_MAX + 1], "proof_too_large"),
    ] {
        assert!(is(status(&wrong, DAY, None, Some(b"{}")), 1), "{code}");
        let result = Proof::verify(&wrong, None, on(DAY));
        assert_eq!(to_json(&judged(&result, None))["code"], code);
    }
}

#[test]
fn a_label_that_the_status_list_withdraws_is_refused() {
    let bytes = golden();
    let clear = list(&[place() + 1]);
    assert!(is(status(&bytes, DAY, None, Some(&clear)), 0));
    let withdrawn = list(&[place()]);
    assert!(is(status(&bytes, DAY, None, Some(&withdrawn)), 2));
    let result = Proof::verify(&bytes, None, on(DAY));
    let verdict = result.as_ref().expect("genuine");
    let read = verdict.listed(&withdrawn, on(DAY));
    let answer = to_json(&judged(&result, Some(&read)));
    assert_eq!(
        (&answer["genuine"], &answer["in_force"], &answer["state"]),
        (&true.into(), &false.into(), &"label_withdrawn".into())
    );
    assert_eq!(answer["status_list"]["revoked"], true);
    assert_eq!(answer["status_list"]["until"], "2026-06-29");
}

#[test]
fn a_status_list_that_cannot_be_used_is_told_and_its_bits_are_not_read() {
    let bytes = golden();
    let withdrawn = list(&[place()]);
    let text = String::from_utf8(withdrawn.clone()).expect("JSON");
    let forged = text.replace("2026-06-29T", "2028-06-29T").into_bytes();
    let result = Proof::verify(&bytes, None, on(DAY));
    let verdict = result.as_ref().expect("genuine");
    for (list, at, code) in [
        (&withdrawn, "2026-06-30", "status_outdated"),
        (&forged, DAY, "status_signature"),
        (&b"{}".to_vec(), DAY, "status_not_the_list"),
        (&b"<html>".to_vec(), DAY, "status_encoding"),
    ] {
        assert!(is(status(&bytes, at, None, Some(list)), 2), "{code}");
        let read = verdict.listed(list, on(at));
        let answer = to_json(&judged(&result, Some(&read)));
        assert_eq!(answer["status_list"]["code"], code);
        assert_eq!(answer["status_list"]["used"], false);
        assert_eq!(answer["state"], "label_in_force", "{code}");
    }
}

#[test]
fn a_day_is_written_in_one_way() {
    assert_eq!(on("2026-12-31").to_string(), "2026-12-31");
    assert!(day("31/12/2026").is_err());
}

#[test]
fn a_missing_or_empty_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("absent");
    let error = read(&missing, 10).expect_err("it is not there");
    assert!(format!("{error:#}").contains("absent"));
    std::fs::write(&missing, []).expect("a file");
    assert!(read(&missing, 10).is_err());
    std::fs::write(&missing, [0; 20]).expect("a file");
    assert_eq!(read(&missing, 10).map(|bytes| bytes.len()).ok(), Some(11));
}
