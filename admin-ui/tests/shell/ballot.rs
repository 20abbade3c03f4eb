//! A vote that is signed elsewhere: the ballot leaves, the signature is decoded before it is taken.

use axum::http::StatusCode;
use crdt_schema::governance::{Amendment, Approval, Ballot, Charter};
use crdt_schema::key::SecretKey;

use crate::browser::{Node, PASSWORD};
use crate::federation::sign;

/// Puts a proposal into the store of the node.
fn proposal(node: &Node) -> Charter {
    let replica = node.replica.as_deref().expect("made with a census");
    let next = {
        let state = replica.state();
        let tip = state.governance().adoption().tip();
        tip.amended(vec![Amendment::Name("Essai <suite>".to_owned())])
    };
    let next = next.expect("it changes the name");
    let added = replica.add_charters(vec![next.clone()], Vec::new());
    added.expect("it is written");
    next
}

fn approval(seat: u8, charter: &Charter) -> Approval {
    let seat = SecretKey::from_bytes(&[seat; 32]);
    let federation = charter.federation();
    let parent = charter.parent.expect("it follows another");
    Approval::sign(&seat, federation, parent, charter.id())
}

#[tokio::test]
async fn the_ballot_holds_what_the_page_shows() {
    let node = Node::with_census();
    let charter = proposal(&node);
    let page = format!("/federation/charte/{}/signature", charter.id());
    let mut reader = node.browser();
    reader.log_in("ana", PASSWORD).await;
    assert_eq!(reader.open(&page).await.status, StatusCode::FORBIDDEN);
    let mut admin = node.browser();
    admin.log_in("zoe", PASSWORD).await;
    let shown = admin.open(&page).await;
    assert_eq!(shown.status, StatusCode::OK);
    for said in [
        "Essai &#60;suite&#62;",
        &charter.id().to_string(),
        &charter.federation().to_string(),
        "maillage charter sign charte-",
    ] {
        assert!(shown.body.contains(said), "{said}: {}", shown.body);
    }
    let file = admin
        .open(&format!("/federation/charte/{}/bulletin", charter.id()))
        .await;
    let ballot = Ballot::parse(&file.body).expect("a ballot");
    assert_eq!(ballot.next(), &charter);
    let overview = admin.open("/federation/charte").await.body;
    assert!(overview.contains(&page), "{overview}");
    for nothing in ["00", &"0".repeat(64)] {
        let page = format!("/federation/charte/{nothing}/signature");
        assert_eq!(admin.open(&page).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_signature_is_decoded_before_it_is_taken_and_taken_after_the_password() {
    let node = Node::with_census();
    let charter = proposal(&node);
    let page = format!("/federation/charte/{}/signature", charter.id());
    let mut admin = node.browser();
    admin.log_in("zoe", PASSWORD).await;
    let token = admin.open(&page).await.token();
    let good = approval(9, &charter);
    let cut_short = good.to_text()[..60].to_owned();
    for (text, why) in [
        (String::new(), "Aucune signature entière"),
        (cut_short, "Aucune signature entière"),
        (approval(8, &charter).to_text(), "pas de voix"),
    ] {
        let refused = admin
            .post(
                &page,
                &[("token", token.as_str()), ("signature", text.as_str())],
            )
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
        assert!(refused.body.contains(why), "{why}: {}", refused.body);
        assert!(refused.body.contains(&text), "what was typed is kept");
    }
    let text = format!("Signature:\n{}\n", good.to_text());
    let shown = admin
        .post(
            &page,
            &[("token", token.as_str()), ("signature", text.as_str())],
        )
        .await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    for said in [
        "Voix d’un siège",
        "<bdi>Ville</bdi>",
        "Essai &#60;suite&#62;",
    ] {
        assert!(shown.body.contains(said), "{said}: {}", shown.body);
    }
    let refused = sign(&mut admin, &shown, "une autre phrase").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(node.desk.1.lock().expect("a list").is_empty());
    node.pass(60);
    let done = sign(&mut admin, &refused, PASSWORD).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(*node.desk.1.lock().expect("a list"), [good]);
}
