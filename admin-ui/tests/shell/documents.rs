//! Documents of a record over HTTP: attached, opened, taken away, put back, and fetched from another node.

use axum::http::{StatusCode, header};
use crdt_schema::id::RecordId;
use crdt_schema::record::Document;
use replica::{Replica, hash_of};

use crate::browser::{Answer, Browser, Node};
use crate::census::record;
use crate::files::logged_in;

/// Invented minutes.
const MINUTES: &[u8] = b"%PDF-1.7\nCompte rendu invent\xC3\xA9 <b>";

fn replica(node: &Node) -> &Replica {
    node.replica.as_deref().expect("made with a census")
}

fn documents(replica: &Replica, record: &RecordId) -> Vec<Document> {
    let reader = replica.read().expect("readable");
    let view = reader
        .record(record)
        .expect("readable")
        .expect("it is there");
    view.documents().into_iter().collect()
}

async fn attach(browser: &mut Browser<'_>, record: &RecordId, file: (&str, &[u8])) -> Answer {
    let add = format!("/fiches/{record}/documents/ajouter");
    let token = browser.open(&add).await.token();
    let path = format!("/fiches/{record}/documents/fichier");
    browser.upload(&path, &[("token", &token)], file).await
}

async fn send(
    browser: &mut Browser<'_>,
    record: &RecordId,
    action: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let token = browser.open(&format!("/fiches/{record}")).await.token();
    let fields = [&[("token", token.as_str())], fields].concat();
    let path = format!("/fiches/{record}/documents/{action}");
    browser.post(&path, &fields).await
}

#[tokio::test]
async fn a_file_is_attached_and_given_back_byte_by_byte() {
    let node = Node::with_committee();
    let record = record(replica(&node), "meeting", "Réunion inventée");
    let mut browser = logged_in(&node, "noe").await;
    let page = browser.open(&format!("/fiches/{record}")).await.body;
    assert!(page.contains("Aucun document."), "{page}");
    let sent = attach(&mut browser, &record, ("Compte rendu d’été.PDF", MINUTES)).await;
    assert_eq!(
        sent.location(),
        format!("/fiches/{record}?enregistre=1#documents")
    );
    let page = browser.open(&format!("/fiches/{record}")).await.body;
    assert!(
        page.contains("Compte rendu d’été.pdf") && page.contains("PDF"),
        "{page}"
    );
    let hash = hash_of(MINUTES);
    let href = format!("/fiches/{record}/documents/{hash}");
    assert!(page.contains(&href) && !page.contains("Sur un autre nœud"));
    let file = browser.open(&href).await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(file.body.as_bytes(), MINUTES);
    let said = |name| {
        file.headers
            .get(name)
            .and_then(|it| it.to_str().ok())
            .unwrap_or_default()
    };
    assert_eq!(said(header::CONTENT_TYPE), "application/pdf");
    assert_eq!(
        said(header::CONTENT_DISPOSITION),
        "attachment; filename=\"document.pdf\"; filename*=UTF-8''Compte%20rendu%20d%e2%80%99%c3%a9t%c3%a9.pdf"
    );
    assert_eq!(
        said(header::CONTENT_SECURITY_POLICY),
        "sandbox; default-src 'none'"
    );
    assert_eq!(said(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    // A reader opens it and changes nothing.
    let mut reader = logged_in(&node, "ana").await;
    assert_eq!(reader.open(&href).await.status, StatusCode::OK);
    let page = reader.open(&format!("/fiches/{record}")).await.body;
    assert!(!page.contains("documents/retirer") && !page.contains("documents/ajouter"));
    let refused = reader
        .open(&format!("/fiches/{record}/documents/ajouter"))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    // Nobody opens it without a login.
    assert_eq!(
        node.browser().open(&href).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_hash_opens_nothing_that_the_record_does_not_name() {
    let node = Node::with_committee();
    let own = record(replica(&node), "meeting", "Réunion inventée");
    let other = record(replica(&node), "actor", "Club inventé");
    let mut browser = logged_in(&node, "noe").await;
    attach(&mut browser, &own, ("cr.pdf", MINUTES)).await;
    let hash = hash_of(MINUTES);
    for path in [
        format!("/fiches/{other}/documents/{hash}"),
        format!("/fiches/{own}/documents/{}", hash_of(b"autre")),
        format!("/fiches/{own}/documents/..%2F..%2Flocal.redb"),
        format!("/fiches/{own}/documents/{}", "z".repeat(64)),
    ] {
        assert_eq!(
            browser.open(&path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_attached_is_refused_with_what_to_do_and_nothing_is_kept() {
    let node = Node::with_committee();
    let record = record(replica(&node), "meeting", "Réunion inventée");
    let mut browser = logged_in(&node, "noe").await;
    let large = [b"%PDF-1.7\n".as_slice(), &vec![b'.'; 21 << 20]].concat();
    for (file, said) in [
        (
            ("facture.pdf", b"MZ\x90\0\x03".as_slice()),
            "Enregistrez-le en PDF",
        ),
        (("vide.pdf", b""), "Le fichier est vide"),
        (("", b""), "Choisissez un fichier"),
        (("grand.pdf", &large), "dépasse"),
        (
            ("zoe.martin@exemple.fr.pdf", MINUTES),
            "Renommez le fichier",
        ),
    ] {
        let answer = attach(&mut browser, &record, file).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            file.0
        );
        assert!(answer.body.contains(said), "{}: {}", file.0, answer.body);
        assert!(answer.body.contains("fichier-error"));
    }
    assert!(documents(replica(&node), &record).is_empty());
    assert_eq!(replica(&node).attachments_held().expect("readable"), (0, 0));
}

#[tokio::test]
async fn an_address_is_a_document_and_a_wrong_one_is_asked_for_again() {
    let node = Node::with_committee();
    let record = record(replica(&node), "meeting", "Réunion inventée");
    let mut browser = logged_in(&node, "noe").await;
    for (typed, said) in [
        ("", "Écrivez l’adresse."),
        ("www.exemple.fr/cr.pdf", "https://www.exemple.fr/cr.pdf"),
        ("javascript:alert(1)", "Ce n’est pas l’adresse"),
    ] {
        let answer = send(&mut browser, &record, "adresse", &[("adresse", typed)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(said), "{typed}: {}", answer.body);
    }
    let address = "https://www.exemple.fr/cr.pdf";
    send(&mut browser, &record, "adresse", &[("adresse", address)]).await;
    assert_eq!(
        documents(replica(&node), &record),
        [Document::Link(address.to_owned())]
    );
    let page = browser.open(&format!("/fiches/{record}")).await.body;
    assert!(page.contains(&format!("<a href=\"{address}\" rel=\"noopener nofollow\">")));
}

#[tokio::test]
async fn a_document_is_taken_away_and_put_back() {
    let node = Node::with_committee();
    let record = record(replica(&node), "meeting", "Réunion inventée");
    let mut browser = logged_in(&node, "noe").await;
    attach(&mut browser, &record, ("cr.pdf", MINUTES)).await;
    attach(&mut browser, &record, ("affiche.txt", b"une affiche")).await;
    let all = documents(replica(&node), &record);
    let term = all
        .iter()
        .map(Document::term)
        .find(|term| term.ends_with("cr.pdf"));
    let term = term.expect("attached");
    let removed = send(&mut browser, &record, "retirer", &[("document", &term)]).await;
    let path = removed.location().to_owned();
    assert_eq!(documents(replica(&node), &record).len(), 1);
    let page = browser
        .open(path.split('#').next().expect("a path"))
        .await
        .body;
    assert!(
        page.contains("est retiré de la fiche") && page.contains("Le remettre"),
        "{page}"
    );
    send(&mut browser, &record, "remettre", &[("document", &term)]).await;
    assert_eq!(documents(replica(&node), &record), all);
    // The page that offered to put it back offers it no more.
    let page = browser
        .open(path.split('#').next().expect("a path"))
        .await
        .body;
    assert!(!page.contains("Le remettre"));
    let strange = send(
        &mut browser,
        &record,
        "retirer",
        &[("document", "une note")],
    )
    .await;
    assert_eq!(strange.status, StatusCode::NOT_FOUND);
    let history = browser
        .open(&format!("/fiches/{record}/historique"))
        .await
        .body;
    assert!(
        history.contains("cr.pdf") && !history.contains("blake3:"),
        "{history}"
    );
}

#[tokio::test]
async fn a_file_of_another_node_is_fetched_when_somebody_opens_it() {
    let node = Node::with_committee();
    let record = record(replica(&node), "meeting", "Réunion inventée");
    let mut browser = logged_in(&node, "noe").await;
    attach(&mut browser, &record, ("cr.pdf", MINUTES)).await;
    let hash = hash_of(MINUTES);
    // As on a node that got the record and not the bytes.
    let folder = replica(&node).folder().join("attachments");
    std::fs::remove_file(folder.join(hash.to_string())).expect("it was there");
    let href = format!("/fiches/{record}/documents/{hash}");
    let page = browser.open(&format!("/fiches/{record}")).await.body;
    assert!(page.contains("Sur un autre nœud"));
    let alone = browser.open(&href).await;
    assert_eq!(alone.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        alone.body.contains("aucun n’est joignable"),
        "{}",
        alone.body
    );
    *node.desk.2.lock().expect("no panic") = Some(vec![b"autre".to_vec()]);
    let missing = browser.open(&href).await;
    assert_eq!(missing.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        missing.body.contains("Aucun des nœuds joignables"),
        "{}",
        missing.body
    );
    *node.desk.2.lock().expect("no panic") = Some(vec![b"autre".to_vec(), MINUTES.to_vec()]);
    let came = browser.open(&href).await;
    assert_eq!(
        (came.status, came.body.as_bytes()),
        (StatusCode::OK, MINUTES)
    );
    // It is kept from now on.
    *node.desk.2.lock().expect("no panic") = None;
    assert_eq!(browser.open(&href).await.status, StatusCode::OK);
    assert!(replica(&node).attachments().holds(&hash));
}
