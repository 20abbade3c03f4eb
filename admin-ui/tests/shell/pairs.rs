//! The page of the other nodes: which way each is reached, and how the relays of the federation are.

use admin_ui::{PeerRow, RelayRow};

use crate::browser::{Node, PASSWORD};

fn peer(name: &str, way: Option<&str>) -> PeerRow {
    PeerRow {
        endpoint: [1; 32],
        is_connected: way.is_some(),
        name: name.to_owned(),
        state: "caught_up".to_owned(),
        way: way.map(str::to_owned),
        last_contact: None,
        last_caught_up: None,
    }
}

fn relay(address: &str, state: &str) -> RelayRow {
    RelayRow {
        address: address.to_owned(),
        state: state.to_owned(),
    }
}

#[tokio::test]
async fn the_page_says_which_way_each_node_is_reached_and_how_relays_are() {
    let node = Node::with_census();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    *node.pairs.lock().expect("no panic") =
        (vec![peer("Ville", Some("direct"))], Vec::new(), "off");
    let alone = browser.open("/pairs").await.body;
    assert!(alone.contains("Aucun serveur n’est entre eux"), "{alone}");
    assert!(alone.contains(">Direct<"), "{alone}");
    assert!(!alone.contains("Relais de la fédération"), "{alone}");
    let pairs = vec![peer("Ville", Some("relayed")), peer("Club", None)];
    let relays = vec![
        relay("https://relais.exemple.test/", "connected"),
        relay("https://autre.exemple.test/", "refused"),
    ];
    *node.pairs.lock().expect("no panic") = (pairs, relays, "off");
    let page = browser.open("/pairs").await.body;
    assert!(!page.contains("Aucun serveur n’est entre eux"), "{page}");
    for said in [
        ">Par un relais<",
        ">Aucun<",
        "https://relais.exemple.test/",
        ">Relié<",
        "le jeton manque",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[tokio::test]
async fn the_page_says_that_the_local_network_is_asked_and_what_a_node_claims_in_vain() {
    let node = Node::with_census();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let claims = PeerRow {
        state: "peer_own_feed".to_owned(),
        ..peer("Club", None)
    };
    for (local, said) in [
        ("off", None),
        (
            "on",
            Some("ce nœud y annonce son identité réseau et ses adresses"),
        ),
        ("failed", Some("le système ne le permet pas")),
    ] {
        *node.pairs.lock().expect("no panic") = (vec![claims.clone()], Vec::new(), local);
        let page = browser.open("/pairs").await.body;
        assert_eq!(page.contains("réseau local"), said.is_some(), "{page}");
        assert!(said.is_none_or(|said| page.contains(said)), "{page}");
        assert!(page.contains("et ne les montre pas"), "{page}");
    }
}
