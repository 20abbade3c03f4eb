//! What is said of the golden proof of `crdt-schema`, and of what is not one.

use std::path::PathBuf;

use crdt_schema::id::FederationId;
use crdt_schema::proof::{Proof, STATUS_BITS};
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
    Day::parse(text).expect("a day")
}

fn verdict() -> Verdict {
    Proof::verify(&golden(), None, on("2026-06-15")).expect("genuine")
}

fn told(result: &Result<Verdict, Refusal>, list: Option<Result<Listed, StatusError>>) -> Told {
    let judged = Judged {
        result,
        on: on("2026-06-15"),
        is_expected: false,
        list: list.as_ref(),
    };
    judged.told(Language::French)
}

fn listed(is_revoked: bool) -> Listed {
    Listed {
        is_revoked,
        from: on("2026-06-10"),
        until: on("2026-06-24"),
    }
}

#[test]
fn a_good_proof_says_everything_in_both_languages() {
    let result = Ok(verdict());
    let said = told(&result, None);
    assert_eq!(said.outcome, Outcome::Accepted);
    let facts: Vec<&str> = said.facts.iter().map(|(_, text)| text.as_str()).collect();
    let text = [
        &[said.headline.as_str()],
        &*facts,
        &[&said.notes.join("\n")],
    ]
    .concat()
    .join("\n");
    for part in [
        "Preuve valable\u{a0}: le label est en vigueur.",
        "Accueil pour tous (accueil, version 1), label de la fédération",
        "Maison des associations",
        "du 15 janvier 2026 au 14 janvier 2028",
        "Coordination 1",
        "Coordination 2",
        "(2 exigés)",
        "Recensement d'essai, version 1",
        &verdict().federation.to_string(),
        "15 juin 2026",
        "Coordination 3, qui a fabriqué ce fichier le 12 mai 2026",
        "n’y figure pas",
        "Comparez l’identifiant",
        "https://coordination-1.example/labels/status",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let judged = Judged {
        result: &result,
        on: on("2026-06-15"),
        is_expected: true,
        list: None,
    };
    let english = judged.told(Language::English);
    assert_eq!(
        english.headline,
        "The proof is good: the label is in force."
    );
    assert!(!english.notes.join("").contains("Compare"));
}

#[test]
fn the_headline_says_what_has_become_of_the_label() {
    let said = |change: fn(&mut Verdict)| {
        let mut changed = verdict();
        change(&mut changed);
        let said = told(&Ok(changed), None);
        assert_eq!(said.outcome, Outcome::Ended, "{}", said.headline);
        said.headline
    };
    assert!(said(|verdict| verdict.state = State::Expired).contains("expiré"));
    assert!(said(|verdict| verdict.has_begun = false).contains("pas encore"));
    let withdrawn = said(|verdict| {
        verdict.state = State::Withdrawn;
        verdict.withdrawals = vec![("Coordination 1".to_owned(), "Fermé".to_owned())];
    });
    assert!(withdrawn.contains("retiré. Coordination 1\u{a0}: «\u{a0}Fermé\u{a0}»"));
    let changed = said(|verdict| {
        verdict.state = State::ChangedSince;
        verdict.changed = Some(vec!["name".to_owned()]);
    });
    assert!(changed.contains("a changé depuis la décision\u{a0}: name"));
}

#[test]
fn a_label_that_is_withdrawn_in_the_list_is_refused_and_the_list_is_named() {
    let said = told(&Ok(verdict()), Some(Ok(listed(true))));
    assert_eq!(said.outcome, Outcome::Ended);
    assert!(
        said.headline
            .contains("retiré depuis, d’après la liste d’état du 10 juin 2026 (Coordination"),
        "{}",
        said.headline
    );
    let said = told(&Ok(verdict()), Some(Ok(listed(false))));
    assert_eq!(said.outcome, Outcome::Accepted);
    assert!(said.notes[0].contains("n’est pas retiré") && said.notes[0].contains("24 juin"));
}

#[test]
fn a_list_that_is_not_used_is_told_and_changes_nothing() {
    let outdated = StatusError::Outdated {
        from: on("2026-01-01"),
        until: on("2026-01-15"),
    };
    for (error, part) in [
        (StatusError::Encoding, "lue"),
        (StatusError::Index(STATUS_BITS), "place"),
        (StatusError::Issuer, "coordonnateur"),
        (StatusError::NoPlace, "aucune"),
        (StatusError::NotTheList, "nomme"),
        (outdated, "du 1er janvier 2026 au 15 janvier 2026"),
        (StatusError::Purpose, "retraits"),
        (StatusError::Signature, "signature"),
        (StatusError::TooShort, "lue"),
    ] {
        let said = told(&Ok(verdict()), Some(Err(error)));
        assert_eq!(said.outcome, Outcome::Accepted);
        assert!(
            said.notes[0].starts_with("Liste d’état non utilisée.") && said.notes[0].contains(part),
            "{}",
            said.notes[0]
        );
    }
}

#[test]
fn a_file_that_is_no_proof_is_refused_with_its_reason() {
    let bytes = golden();
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    let other = FederationId::from_bytes([1; 32]);
    for (wrong, expected, reason) in [
        (flipped, None, "modifié après sa fabrication"),
        (bytes[..bytes.len() - 1].to_vec(), None, "fin du fichier"),
        (b"%PDF-1.7".to_vec(), None, "n’est pas une preuve"),
        (vec![0; PROOF_BYTES_MAX + 1], None, "trop grand"),
        (bytes.clone(), Some(&other), "autre fédération"),
    ] {
        let said = told(&Proof::verify(&wrong, expected, on("2026-06-15")), None);
        assert_eq!(said.outcome, Outcome::Refused);
        assert!(
            said.headline.starts_with("Preuve refusée. ") && said.headline.contains(reason),
            "{}",
            said.headline
        );
        assert_eq!((said.facts.len(), said.notes.len()), (0, 0));
    }
}

#[test]
fn words_of_a_file_cannot_write_on_the_terminal() {
    assert_eq!(plain("A\u{1b}[2J\nB\u{202e}C\u{9b}\u{200f}"), "A[2JBC");
}
