//! Logging in, staying logged in, logging out.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};

use crate::browser::{Node, PASSWORD};

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_read_the_same() {
    let node = Node::new();
    let mut bodies = Vec::new();
    for name in ["zoe", "bob", "Not A Name!"] {
        let mut browser = node.browser();
        let answer = browser.log_in(name, "une phrase bien fausse").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(browser.login(), None);
        assert!(answer.body.contains("role=\"alert\""), "has a summary");
        assert!(
            answer.body.contains("<a href=\"#name\">"),
            "links to the field"
        );
        assert!(answer.body.contains("aria-invalid=\"true\""));
        assert!(
            answer.body.contains(&format!("value=\"{name}\"")),
            "keeps what was typed"
        );
        assert!(
            !answer.body.contains("bien fausse"),
            "and never the password"
        );
        let token = answer.token();
        bodies.push(answer.body.replace(name, "NAME").replace(&token, "TOKEN"));
    }
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(bodies[0], bodies[2]);
}

#[tokio::test]
async fn the_wait_is_the_same_for_accounts_and_unknown_names() {
    let node = Node::new();
    for name in ["zoe", "bob"] {
        let mut browser = node.browser();
        browser.log_in(name, "une phrase bien fausse").await;
        let answer = browser.log_in(name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{name}");
        assert_eq!(
            answer.headers.get(header::RETRY_AFTER).expect("is there"),
            "2"
        );
        assert_eq!(browser.login(), None);
    }
    node.pass(2);
    let mut browser = node.browser();
    assert_eq!(
        browser.log_in("zoe", PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn empty_fields_are_all_named_at_once() {
    let node = Node::new();
    let answer = node.browser().log_in(" ", "").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.body.contains("<a href=\"#name\">")
            && answer.body.contains("<a href=\"#password\">")
    );
    assert!(answer.body.contains("2 corrections"));
}

#[tokio::test]
async fn a_login_opens_the_page_that_was_asked_and_no_other_site() {
    let node = Node::new();
    let mut browser = node.browser();
    let asked = browser.open("/comptes?page=2").await;
    assert_eq!(asked.location(), "/connexion?next=/comptes%3fpage%3d2");
    for (next, expected) in [
        ("/comptes?page=2", "/comptes?page=2"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
    ] {
        let mut browser = node.browser();
        let token = browser.open("/connexion").await.token();
        let fields = [
            ("token", token.as_str()),
            ("name", "zoe"),
            ("password", PASSWORD),
            ("next", next),
        ];
        let answer = browser.post("/connexion", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.location(), expected);
    }
    let form = browser.open("/connexion?next=//evil.example").await;
    assert!(
        form.body.contains("name=\"next\" value=\"/\""),
        "{}",
        form.body
    );
}

#[tokio::test]
async fn an_id_that_was_planted_before_the_login_opens_nothing() {
    let node = Node::new();
    let planted = "A".repeat(43);
    let mut victim = node.browser();
    victim
        .cookies
        .insert("maillage-login-8080".to_owned(), planted.clone());
    victim
        .cookies
        .insert("maillage-visit-8080".to_owned(), planted.clone());
    assert_eq!(
        victim.log_in("zoe", PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
    assert_ne!(victim.login(), Some(&planted));
    assert_eq!(victim.open("/").await.status, StatusCode::OK);
    let mut thief = node.browser();
    thief
        .cookies
        .insert("maillage-login-8080".to_owned(), planted);
    assert_eq!(thief.open("/").await.location(), "/connexion");
}

#[tokio::test]
async fn a_second_login_in_one_browser_ends_the_first() {
    let node = Node::new();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let first = browser.login().expect("is logged in").clone();
    let token = browser.open("/").await.token();
    let fields = [
        ("token", token.as_str()),
        ("name", "ana"),
        ("password", PASSWORD),
    ];
    assert_eq!(
        browser.post("/connexion", &fields).await.status,
        StatusCode::SEE_OTHER
    );
    let mut old = node.browser();
    old.cookies.insert("maillage-login-8080".to_owned(), first);
    assert_eq!(old.open("/").await.location(), "/connexion");
}

#[tokio::test]
async fn a_logout_ends_this_login_for_whoever_copied_it_and_not_the_other_browser() {
    let node = Node::new();
    let (mut here, mut there, mut thief) = (node.browser(), node.browser(), node.browser());
    here.log_in("zoe", PASSWORD).await;
    there.log_in("zoe", PASSWORD).await;
    thief.cookies = here.cookies.clone();
    let page = here.open("/").await;
    assert_eq!(page.status, StatusCode::OK);
    let without = here.post("/deconnexion", &[]).await;
    assert_eq!(
        without.status,
        StatusCode::FORBIDDEN,
        "a logout needs its token too"
    );
    let answer = here.post("/deconnexion", &[("token", &page.token())]).await;
    assert_eq!(answer.location(), "/connexion");
    assert_eq!(here.login(), None);
    assert_eq!(thief.open("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(there.open("/").await.status, StatusCode::OK);
    let again = here.post("/deconnexion", &[]).await;
    assert_eq!(again.location(), "/connexion", "nothing is left to end");
}

#[tokio::test]
async fn a_login_ends_after_thirty_idle_minutes() {
    let node = Node::new();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    node.pass(29 * 60);
    assert_eq!(browser.open("/").await.status, StatusCode::OK);
    node.pass(29 * 60);
    assert_eq!(browser.open("/").await.status, StatusCode::OK);
    node.pass(30 * 60);
    assert_eq!(browser.open("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_page_for_administrators_is_closed_to_other_roles() {
    let node = Node::new();
    let mut reader = node.browser();
    reader.log_in("ana", PASSWORD).await;
    let home = reader.open("/").await;
    assert!(
        !home.body.contains("href=\"/comptes\""),
        "is not in the navigation"
    );
    let answer = reader.open("/comptes").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!answer.body.contains("zoe"));
    let mut admin = node.browser();
    admin.log_in("zoe", PASSWORD).await;
    let answer = admin.open("/comptes").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        answer
            .body
            .contains("<caption>2 comptes sur ce nœud</caption>"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn reading_never_logs_out() {
    let node = Node::new();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let request = browser
        .request(Method::GET, "/deconnexion")
        .body(Body::empty());
    let answer = browser.send(request.expect("is valid")).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(browser.open("/").await.status, StatusCode::OK);
}
