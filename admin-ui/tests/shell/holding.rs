//! What a person saves while a peer is asked what it holds of the feed of this node.

use std::time::Duration;

use axum::http::StatusCode;

use crate::browser::Node;
use crate::files::logged_in;

#[tokio::test]
async fn what_is_saved_meanwhile_is_not_lost_and_goes_through_when_it_is_sent_again() {
    let node = Node::with_census();
    let replica = node.replica.clone().expect("made with a census");
    let mut browser = logged_in(&node, "noe").await;
    let address = "/fiches/nouvelle?kind=event";
    let token = browser.open(address).await.token();
    let typed = [("token", token.as_str()), ("name", "Fête du port")];
    let before = replica.state().feeds().len();
    replica.hold_signing(true);
    let held = browser.post(address, &typed).await;
    assert_eq!(held.status, StatusCode::SERVICE_UNAVAILABLE);
    let says = "Rien de ce que vous avez saisi n’est perdu";
    assert!(held.body.contains(says), "{}", held.body);
    assert!(!held.body.contains("incident"), "{}", held.body);
    assert_eq!(replica.state().feeds().len(), before, "nothing is signed");
    let federation = logged_in(&node, "zoe").await.open("/federation").await;
    assert!(
        federation
            .body
            .contains("rien n’est signé pendant ce temps")
    );
    // A browser that loads the page again sends the same form again. It waits for the end of the hold.
    let end = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        replica.hold_signing(false);
    };
    let (saved, ()) = tokio::join!(browser.post(address, &typed), end);
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(replica.state().feeds().len(), before + 1);
    let federation = logged_in(&node, "zoe").await.open("/federation").await;
    assert!(
        !federation
            .body
            .contains("rien n’est signé pendant ce temps")
    );
}
