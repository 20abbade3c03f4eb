//! The pages of the federation: what is signed is what was shown, after the password, by who may decide.

use axum::http::StatusCode;
use crdt_schema::governance::Act;
use crdt_schema::id::PartnerId;

use crate::browser::{Answer, Browser, Node, PASSWORD};

fn ours(node: &Node) -> PartnerId {
    let replica = node.replica.as_deref().expect("made with a census");
    replica.partner().expect("the node signs")
}

/// The hidden fields of a page's last form, as a browser sends them.
pub(crate) fn hidden(answer: &Answer) -> Vec<(String, String)> {
    let form = answer.body.rsplit_once("<form").expect("a form").1;
    let inputs = form.split("<input type=\"hidden\" name=\"").skip(1);
    inputs
        .map(|input| {
            let (name, rest) = input.split_once('"').expect("a name");
            let value = rest.split('"').nth(1).expect("a value");
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

async fn preview(browser: &mut Browser<'_>, partner: &PartnerId) -> Answer {
    let address = format!("/federation/partenaires/{partner}");
    let token = browser.open(&address).await.token();
    let fields = [
        ("token", token.as_str()),
        ("decision", "mandate"),
        ("kind", "event"),
        ("territories", "45 2a"),
    ];
    browser.post(&format!("{address}/preparer"), &fields).await
}

pub(crate) async fn sign(browser: &mut Browser<'_>, shown: &Answer, password: &str) -> Answer {
    let mut fields = hidden(shown);
    fields.push(("password".to_owned(), password.to_owned()));
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.post("/federation/signer", &fields).await
}

#[tokio::test]
async fn every_page_of_the_federation_opens_in_both_languages() {
    let node = Node::with_census();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let partner = format!("/federation/partenaires/{}", ours(&node));
    for (path, french, english) in [
        (
            "/federation",
            "Organismes de la fédération",
            "Organisations of the federation",
        ),
        (partner.as_str(), "Mandats reçus", "Mandates received"),
        ("/federation/charte", "En vigueur", "In force"),
        (
            "/federation/decisions",
            "Décisions de la fédération",
            "Decisions of the federation",
        ),
        ("/labels", "Règlements", "Schemes"),
        ("/federation/vocabulaires", "Liste", "List"),
        (
            "/federation/vocabulaires/themes",
            "Ajouter un terme",
            "Add a term",
        ),
        (
            "/federation/champs",
            "Aucun champ n’est masqué",
            "No field is hidden",
        ),
    ] {
        for (language, words) in [("fr", french), ("en", english)] {
            let answer = browser.open(&format!("{path}?lang={language}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert!(
                answer.body.contains(words),
                "{path} {language}: {}",
                answer.body
            );
        }
    }
    for nothing in ["00", &"0".repeat(64)] {
        let answer = browser
            .open(&format!("/federation/partenaires/{nothing}"))
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn what_is_signed_is_what_was_shown_and_only_after_the_password() {
    let node = Node::with_census();
    let partner = ours(&node);
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let shown = preview(&mut browser, &partner).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(
        shown.body.contains("Événement dans 2A, 45"),
        "{}",
        shown.body
    );
    let refused = sign(&mut browser, &shown, "une autre phrase").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(node.desk.0.lock().expect("a list").is_empty());
    node.pass(60);
    let done = sign(&mut browser, &refused, PASSWORD).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let kept = node.desk.0.lock().expect("a list");
    let [
        Act::Mandate {
            partner: given,
            mandate,
        },
    ] = kept.as_slice()
    else {
        panic!("{kept:?}");
    };
    assert_eq!(*given, partner);
    assert!(mandate.covers("event", "45") && mandate.covers("event", "2A"));
    assert!(!mandate.covers("actor", "45") && !mandate.covers("event", "18"));
}

#[tokio::test]
async fn whoever_may_not_decide_is_sent_away_and_signs_nothing() {
    let node = Node::with_census();
    let partner = ours(&node);
    let shown = {
        let mut admin = node.browser();
        admin.log_in("zoe", PASSWORD).await;
        preview(&mut admin, &partner).await
    };
    for name in ["ana", "noe"] {
        let mut browser = node.browser();
        browser.log_in(name, PASSWORD).await;
        let page = browser
            .open(&format!("/federation/partenaires/{partner}"))
            .await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            !page.body.contains("/preparer"),
            "{name} is offered a decision"
        );
        let prepared = preview(&mut browser, &partner).await;
        assert_eq!(prepared.status, StatusCode::FORBIDDEN, "{name}");
        // Not even with the fields of somebody else's preview and the right token.
        let mut fields = hidden(&shown);
        fields.retain(|(field, _)| field != "token");
        fields.push(("token".to_owned(), page.token()));
        fields.push(("password".to_owned(), PASSWORD.to_owned()));
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(field, value)| (field.as_str(), value.as_str()))
            .collect();
        let signed = browser.post("/federation/signer", &fields).await;
        assert_eq!(signed.status, StatusCode::FORBIDDEN, "{name}");
    }
    assert!(node.desk.0.lock().expect("a list").is_empty());
}

#[tokio::test]
async fn bytes_that_are_no_decision_are_not_signed() {
    let node = Node::with_census();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let token = browser.open("/federation").await.token();
    for act in ["", "cut", "cut:00", "become_king:80", "mandate:zz"] {
        let fields = [
            ("token", token.as_str()),
            ("act", act),
            ("password", PASSWORD),
        ];
        let answer = browser.post("/federation/signer", &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{act:?}");
    }
    let territory = [
        ("token", token.as_str()),
        ("decision", "mandate"),
        ("territories", "45 <script>"),
    ];
    let address = format!("/federation/partenaires/{}/preparer", ours(&node));
    let answer = browser.post(&address, &territory).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!answer.body.contains("<script>") && !answer.body.contains("<SCRIPT>"));
    assert!(node.desk.0.lock().expect("a list").is_empty());
}
