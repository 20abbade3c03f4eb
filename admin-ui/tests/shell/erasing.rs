//! The way from a record to a signed erasure, and the board that says how far each node is.

use axum::http::StatusCode;
use crdt_schema::governance::Erasure;
use replica::Rewriting;

use crate::browser::{Node, PASSWORD};
use crate::census::record;

#[tokio::test]
async fn a_record_is_erased_by_who_decides_after_a_preview_with_counts() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    let record = record(replica, "actor", "Club <inventé>");
    let (page, form) = (
        format!("/fiches/{record}"),
        format!("/fiches/{record}/effacer"),
    );
    let mut reader = node.browser();
    reader.log_in("ana", PASSWORD).await;
    assert!(!reader.open(&page).await.body.contains(&form));
    assert_eq!(reader.open(&form).await.status, StatusCode::FORBIDDEN);
    let token = reader.open("/").await.token();
    let sent = [("token", token.as_str()), ("ground", "demande")];
    assert_eq!(
        reader.post(&form, &sent).await.status,
        StatusCode::FORBIDDEN
    );

    let mut admin = node.browser();
    admin.log_in("zoe", PASSWORD).await;
    assert!(admin.open(&page).await.body.contains(&form));
    let shown = admin.open(&form).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(
        shown.body.contains("<dt>Modifications</dt><dd>1</dd>"),
        "{}",
        shown.body
    );
    assert!(!shown.body.contains("<inventé>"), "{}", shown.body);
    let token = shown.token();
    for (ground, status) in [
        ("", StatusCode::UNPROCESSABLE_ENTITY),
        (&*"g".repeat(200), StatusCode::OK),
        (&*"g".repeat(201), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let sent = [("token", token.as_str()), ("ground", ground)];
        assert_eq!(admin.post(&form, &sent).await.status, status, "{ground}");
    }
    let sent = [("token", token.as_str()), ("ground", "demande écrite")];
    let decoded = admin.post(&form, &sent).await.body;
    for said in [
        "erase:",
        "demande écrite",
        &record.to_string(),
        "name=\"password\"",
    ] {
        assert!(decoded.contains(said), "{said}: {decoded}");
    }
    assert_eq!(
        admin.open("/fiches/00/effacer").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_board_says_at_how_many_nodes_an_erasure_is_done() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    let record = record(replica, "actor", "Club <inventé>");
    let mut reader = node.browser();
    reader.log_in("ana", PASSWORD).await;
    let empty = reader.open("/federation/effacements").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(empty.body.contains("Rien n’a été effacé"), "{}", empty.body);
    let erasure = Erasure {
        record: Some(record),
        ground: "demande".to_owned(),
        ..Erasure::default()
    };
    replica.erase(&erasure).expect("it is signed");
    let board = reader.open("/federation/effacements").await.body;
    assert!(
        board.contains("0 nœuds sur 1") && board.contains("dans l’heure"),
        "{board}"
    );
    assert_eq!(
        replica.rewrite_now().expect("it is written"),
        Rewriting::Done
    );
    let board = reader.open("/federation/effacements?lang=en").await.body;
    assert!(board.contains("1 of 1 nodes"), "{board}");
}

#[tokio::test]
async fn an_erased_record_says_by_whom_and_why_and_takes_nothing_more() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    let record = record(replica, "actor", "Club <inventé>");
    let page = format!("/fiches/{record}");
    let mut admin = node.browser();
    admin.log_in("zoe", PASSWORD).await;
    let before = admin.open(&format!("{page}/historique")).await.body;
    assert!(before.contains("Club &#60;inventé&#62;"), "{before}");
    let erasure = Erasure {
        record: Some(record),
        ground: "fiche <d’essai>".to_owned(),
        ..Erasure::default()
    };
    replica.erase(&erasure).expect("it is signed");
    let shown = admin.open(&page).await;
    assert_eq!(shown.status, StatusCode::OK);
    for said in [
        "<h1>Fiche effacée</h1>",
        "fiche &#60;d’essai&#62;",
        "<bdi>Ville d’Exemple (1)</bdi>",
        &record.to_string(),
        "/federation/effacements",
    ] {
        assert!(shown.body.contains(said), "{said}: {}", shown.body);
    }
    assert!(!shown.body.contains("/modifier"), "{}", shown.body);
    let history = admin.open(&format!("{page}/historique")).await.body;
    assert!(!history.contains("inventé"), "{history}");
    assert_eq!(history.matches("Fiche effacée").count(), 2, "{history}");
    let start = history.find("/federation/decisions/").expect("a link");
    let decision: String = history[start..].chars().take_while(|c| *c != '"').collect();
    let decided = admin.open(&decision).await;
    assert_eq!(decided.status, StatusCode::OK, "{decision}");
    assert!(decided.body.contains("fiche &#60;d’essai&#62;"));
    let form = admin.open(&format!("{page}/modifier")).await;
    assert_eq!(form.status, StatusCode::SEE_OTHER);
    for nothing in ["00", &"0".repeat(32)] {
        let page = format!("/federation/decisions/{nothing}");
        assert_eq!(admin.open(&page).await.status, StatusCode::NOT_FOUND);
    }
}
