//! The check of a label by somebody who has no account.

use std::path::Path;

use axum::http::StatusCode;
use data_encoding::HEXLOWER;

use crate::browser::{Answer, Browser, Node};

/// A genuine proof of another federation than that of these pages.
fn golden() -> Vec<u8> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../crdt-schema/tests/golden/proof/label.hex");
    let text = std::fs::read_to_string(path).expect("the golden proof");
    HEXLOWER
        .decode(text.replace('\n', "").as_bytes())
        .expect("hexadecimal")
}

async fn check(browser: &mut Browser<'_>, bytes: &[u8]) -> Answer {
    let token = browser.open("/verifier").await.token();
    let fields = [("token", token.as_str())];
    let file = ("label.maillage-proof", bytes);
    browser.upload("/verifier", &fields, file).await
}

#[tokio::test]
async fn the_check_opens_without_a_login_in_both_languages() {
    let node = Node::with_census();
    let mut browser = node.browser();
    for (language, words) in [("fr", "Vérifier un label"), ("en", "Check a label")] {
        let answer = browser.open(&format!("/verifier?lang={language}")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.body.contains(words), "{}", answer.body);
        assert!(!answer.body.contains("<script"));
    }
}

#[tokio::test]
async fn what_is_foreign_changed_or_no_proof_is_refused_in_words() {
    let node = Node::with_census();
    let mut browser = node.browser();
    let proof = golden();
    let mut flipped = proof.clone();
    flipped[proof.len() / 2] ^= 1;
    let most = crdt_schema::proof::PROOF_BYTES_MAX;
    for (bytes, words) in [
        (proof.clone(), "Elle vient d’une autre fédération"),
        (flipped, "modifié après sa fabrication"),
        (
            proof[..proof.len() - 1].to_vec(),
            "La fin du fichier manque",
        ),
        (b"%PDF-1.7".to_vec(), "pas une preuve de label"),
        (vec![0; most], "pas une preuve de label"),
        (vec![0; most + 1], "trop grand pour une preuve"),
        (vec![0; most + (1 << 20)], "trop grand pour une preuve"),
        (Vec::new(), "Choisissez le fichier de preuve"),
    ] {
        let answer = check(&mut browser, &bytes).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_form_that_is_not_ours_and_one_too_many_are_refused() {
    let node = Node::with_census();
    let mut browser = node.browser();
    browser.open("/verifier").await;
    let file = ("label.maillage-proof", &b"x"[..]);
    let stale = browser
        .upload("/verifier", &[("token", "another")], file)
        .await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN);
    for _ in 1..60 {
        let answer = check(&mut browser, b"x").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let answer = check(&mut browser, b"x").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers.contains_key("retry-after"));
    node.pass(60);
    let answer = check(&mut browser, b"x").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_reference_that_means_nothing_and_a_list_without_an_address_are_not_found() {
    let node = Node::with_census();
    let mut browser = node.browser();
    for wanted in ["", "00", "%3Cb%3E", &"f".repeat(4_000)] {
        let answer = browser.open(&format!("/verifier?label={wanted}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.body.contains("aucun label de cette référence"));
    }
    let answer = browser.open("/verifier/statuts.json").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
