//! Exchange by file: who may, the password, and what is said of a file that was read.

use axum::http::{StatusCode, header};

use crate::browser::{Browser, Node, PASSWORD};

const PAGE: &str = "/federation/fichier";

async fn admin(node: &Node) -> Browser<'_> {
    let mut admin = node.browser();
    admin.log_in("zoe", PASSWORD).await;
    admin
}

#[tokio::test]
async fn only_who_decides_may_write_or_read_a_bundle_and_gives_the_password_again() {
    let node = Node::with_census();
    let mut reader = node.browser();
    reader.log_in("ana", PASSWORD).await;
    assert_eq!(reader.open(PAGE).await.status, StatusCode::FORBIDDEN);
    let token = reader.open("/").await.token();
    let fields = [("token", token.as_str()), ("password", PASSWORD)];
    let written = reader.post("/federation/fichier/ecrire", &fields).await;
    assert_eq!(written.status, StatusCode::FORBIDDEN);
    let fields = [("token", token.as_str()), ("password-take", PASSWORD)];
    let read = reader.upload(PAGE, &fields, ("a.bundle", b"new"));
    assert_eq!(read.await.status, StatusCode::FORBIDDEN);
    assert!(!reader.open("/federation").await.body.contains(PAGE));

    let mut admin = admin(&node).await;
    assert!(admin.open("/federation").await.body.contains(PAGE));
    let page = admin.open(PAGE).await;
    assert_eq!(page.status, StatusCode::OK);
    let token = page.token();
    let right = [("token", token.as_str()), ("password", PASSWORD)];
    let written = admin.post("/federation/fichier/ecrire", &right).await;
    assert_eq!(written.status, StatusCode::OK);
    assert_eq!(written.body, "un fichier");
    let name = written.headers[header::CONTENT_DISPOSITION]
        .to_str()
        .expect("text");
    assert!(
        name.starts_with("attachment; filename=\"maillage-"),
        "{name}"
    );
    let stale = [("token", "autre"), ("password", PASSWORD)];
    let written = admin.post("/federation/fichier/ecrire", &stale).await;
    assert_ne!(written.status, StatusCode::OK);
    // Last: who mistypes a password waits before the next one.
    let wrong = [
        ("token", token.as_str()),
        ("password", "un autre mot de passe"),
    ];
    let refused = admin.post("/federation/fichier/ecrire", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Rien n’a été échangé"));
}

#[tokio::test]
async fn a_file_that_was_read_is_said_in_both_languages() {
    let node = Node::with_census();
    let mut admin = admin(&node).await;
    let token = admin.open(PAGE).await.token();
    let fields = [("token", token.as_str()), ("password-take", PASSWORD)];
    for (path, sent, status, said) in [
        (
            "?lang=fr",
            "new",
            StatusCode::OK,
            "<dt>Entrées nouvelles</dt><dd>7</dd>",
        ),
        (
            "?lang=en",
            "new",
            StatusCode::OK,
            "<dt>New entries</dt><dd>7</dd>",
        ),
        (
            "?lang=fr",
            "without quota",
            StatusCode::OK,
            "relisez le fichier demain",
        ),
        (
            "?lang=fr",
            "without missing",
            StatusCode::OK,
            "lisez d’abord le fichier",
        ),
        (
            "?lang=fr",
            "without signature",
            StatusCode::OK,
            "Leur signature ne tient pas",
        ),
        (
            "?lang=fr",
            "without gap",
            StatusCode::OK,
            "lisez un fichier plus récent",
        ),
        (
            "?lang=fr",
            "without gap",
            StatusCode::OK,
            "Club &#60;inventé&#62;",
        ),
        (
            "?lang=en",
            "broken bundle_damaged",
            StatusCode::UNPROCESSABLE_ENTITY,
            "The file is damaged in the part that begins at byte 1,234",
        ),
        (
            "?lang=en",
            "broken bundle_refused",
            StatusCode::UNPROCESSABLE_ENTITY,
            "begins at byte 1,234 is refused",
        ),
        (
            "?lang=fr",
            "refused bundle_newer",
            StatusCode::UNPROCESSABLE_ENTITY,
            "Mettez ce nœud à jour",
        ),
        (
            "?lang=fr",
            "refused bundle_of_another_federation",
            StatusCode::UNPROCESSABLE_ENTITY,
            "d’une autre fédération",
        ),
        (
            "?lang=fr",
            "refused bundle_unknown",
            StatusCode::UNPROCESSABLE_ENTITY,
            "Ce n’est pas un fichier d’échange",
        ),
        (
            "?lang=fr",
            "refused bundle_damaged",
            StatusCode::UNPROCESSABLE_ENTITY,
            "abîmé dès son début",
        ),
        (
            "?lang=fr",
            "refused bundle_too_many_feeds",
            StatusCode::UNPROCESSABLE_ENTITY,
            "trop de journaux",
        ),
    ] {
        let path = format!("{PAGE}{path}");
        let answer = admin
            .upload(&path, &fields, ("a.bundle", sent.as_bytes()))
            .await;
        assert_eq!(answer.status, status, "{sent}");
        assert!(answer.body.contains(said), "{sent}: {}", answer.body);
    }
    let none = admin.upload(PAGE, &fields, ("", b"")).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.body.contains("Choisissez un fichier"));
    let wrong = [("token", token.as_str()), ("password-take", "un autre")];
    let refused = admin.upload(PAGE, &wrong, ("a.bundle", b"new"));
    let refused = refused.await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!refused.body.contains("Entrées nouvelles"));
}
