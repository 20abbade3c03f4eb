//! What the command says of the golden proof of `crdt-schema`, and of what is not one.

use std::path::PathBuf;

use data_encoding::HEXLOWER;

use super::*;

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

/// Runs the command on a file with these bytes, and returns its exit status.
fn status(bytes: &[u8], at: &str, federation: Option<FederationId>) -> ExitCode {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("label.maillage-proof");
    std::fs::write(&file, bytes).expect("a file");
    let asked = Verify {
        file,
        at: Some(on(at)),
        federation,
    };
    verify(&asked, true).expect("the file can be read")
}

fn is(one: ExitCode, status: u8) -> bool {
    format!("{one:?}") == format!("{:?}", ExitCode::from(status))
}

#[test]
fn a_label_in_force_ends_with_zero_and_says_everything_in_french() {
    let bytes = golden();
    assert!(is(status(&bytes, "2026-06-15", None), 0));
    let verdict = Proof::verify(&bytes, None, on("2026-06-15")).expect("genuine");
    let text = lines(&verdict, on("2026-06-15"), false).join("\n");
    for part in [
        "Preuve valable : le label est en vigueur.",
        "Accueil pour tous (accueil, version 1), label de la fédération",
        "Maison des associations",
        "du 15 janvier 2026 au 14 janvier 2028",
        "Coordination 1",
        "Coordination 2",
        "(2 exigés)",
        "Recensement d'essai, version 1",
        &verdict.federation.to_string(),
        "Coordination 3, qui a fabriqué ce fichier le 12 mai 2026",
        "n'y figure pas",
        "Comparez l'identifiant",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let expected = lines(&verdict, on("2026-06-15"), true).join("\n");
    assert!(!expected.contains("Comparez"));
}

#[test]
fn an_ended_label_ends_with_two_and_another_federation_with_one() {
    let bytes = golden();
    for at in ["2028-01-15", "2026-01-14"] {
        assert!(is(status(&bytes, at, None), 2), "{at}");
    }
    let found = Proof::verify(&bytes, None, on("2026-06-15"))
        .expect("genuine")
        .federation;
    assert!(is(status(&bytes, "2026-06-15", Some(found)), 0));
    let other = FederationId::from_bytes([1; 32]);
    assert!(is(status(&bytes, "2026-06-15", Some(other)), 1));
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
        assert!(is(status(&wrong, "2026-06-15", None), 1), "{code}");
        let judged = Proof::verify(&wrong, None, on("2026-06-15"));
        assert_eq!(to_json(&judged, on("2026-06-15"))["code"], code);
    }
}

#[test]
fn the_headline_says_what_has_become_of_the_label() {
    let verdict = Proof::verify(&golden(), None, on("2026-06-15")).expect("genuine");
    let said = |change: fn(&mut Verdict)| {
        let mut changed = verdict.clone();
        change(&mut changed);
        headline(&changed)
    };
    assert!(said(|verdict| verdict.state = State::Expired).contains("expiré"));
    assert!(said(|verdict| verdict.has_begun = false).contains("pas encore"));
    let withdrawn = said(|verdict| {
        verdict.state = State::Withdrawn;
        verdict.withdrawals = vec![("Coordination 1".to_owned(), "Fermé".to_owned())];
    });
    assert!(withdrawn.contains("retiré. Coordination 1 : « Fermé »"));
    let changed = said(|verdict| {
        verdict.state = State::ChangedSince;
        verdict.changed = Some(vec!["name".to_owned()]);
    });
    assert!(changed.contains("a changé depuis la décision : name"));
}

#[test]
fn words_of_a_file_cannot_write_on_the_terminal() {
    assert_eq!(plain("A\u{1b}[2J\nB\u{202e}C\u{9b}"), "A[2JBC");
}

#[test]
fn days_are_written_as_people_say_them() {
    assert_eq!(in_words(on("2026-03-01")), "1er mars 2026");
    assert_eq!(in_words(on("2026-12-31")), "31 décembre 2026");
    assert!(day("31/12/2026").is_err());
}

#[test]
fn a_missing_or_empty_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("absent");
    let error = read(&missing).expect_err("it is not there");
    assert!(format!("{error:#}").contains("absent"));
    std::fs::write(&missing, []).expect("a file");
    assert!(read(&missing).is_err());
}
