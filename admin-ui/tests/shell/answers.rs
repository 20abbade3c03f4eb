//! What every answer carries, and what every page has.

use axum::http::{StatusCode, header};

use crate::browser::{Answer, Node, PASSWORD};

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

fn header_of<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let mut values = answer.headers.get_all(name).into_iter();
    let value = values.next().unwrap_or_else(|| panic!("{name} is there"));
    assert_eq!(values.next(), None, "{name} once");
    value.to_str().expect("is text")
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let node = Node::new();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let style = browser
        .open("/")
        .await
        .between("stylesheet\" href=\"", "\"")
        .to_owned();
    let mut stranger = node.browser();
    let answers = [
        browser.open("/").await,
        browser.open("/nowhere").await,
        browser.open("/deconnexion").await,
        browser.post("/deconnexion", &[]).await,
        browser.open("/comptes?page=x").await,
        stranger.open("/").await,
        stranger.open("/connexion").await,
        stranger.post("/connexion", &[]).await,
    ];
    for answer in &answers {
        assert_eq!(header_of(answer, "content-security-policy"), CSP);
        assert_eq!(header_of(answer, "x-content-type-options"), "nosniff");
        assert_eq!(header_of(answer, "referrer-policy"), "no-referrer");
        assert_eq!(header_of(answer, "cache-control"), "no-store");
    }
    let file = stranger.open(&style).await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(header_of(&file, "content-security-policy"), CSP);
    assert_eq!(
        header_of(&file, "cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(header_of(&file, "content-type"), "text/css; charset=utf-8");
    for other in [
        "/static/maillage.css",
        "/static/..%2fCargo.toml",
        "/static/maillage.0.css",
    ] {
        assert_eq!(
            stranger.open(other).await.status,
            StatusCode::NOT_FOUND,
            "{other}"
        );
    }
}

/// What house style asks of every page, in one language.
fn is_a_page(answer: &Answer, language: &str, path: &str) {
    let body = &answer.body;
    let has = |part: &str| {
        assert!(
            body.contains(part),
            "{path} in {language} has {part}:\n{body}"
        );
    };
    has(&format!("<html lang=\"{language}\">"));
    has("<main id=\"main\"");
    has("<header");
    has("<footer");
    has("href=\"/accessibilite\"");
    assert_eq!(body.matches("<h1").count(), 1, "{path}: one h1");
    let heading = answer.between("<h1>", "</h1>");
    assert!(
        answer.between("<title>", "</title>").starts_with(heading),
        "{path}: title"
    );
    let (_, inside) = body.split_once("<body>").expect("has a body");
    assert!(
        inside
            .trim_start()
            .starts_with("<a class=\"skip\" href=\"#main\">"),
        "{path}: skip"
    );
    for never in ["<script", " style=", "<style", "onclick", "javascript:"] {
        assert!(!body.contains(never), "{path} holds {never}");
    }
    for id in body
        .split(" id=\"")
        .skip(1)
        .map(|rest| rest.split('"').next())
    {
        let id = format!(" id=\"{}\"", id.expect("is closed"));
        assert_eq!(body.matches(&id).count(), 1, "{path}: {id} is there once");
    }
}

#[tokio::test]
async fn every_page_has_its_landmarks_in_both_languages() {
    let node = Node::new();
    let mut stranger = node.browser();
    let mut person = node.browser();
    person.log_in("zoe", PASSWORD).await;
    for (language, other) in [("fr", "en"), ("en", "fr")] {
        for path in ["/connexion", "/accessibilite", "/nowhere"] {
            let answer = stranger.open(&format!("{path}?lang={language}")).await;
            is_a_page(&answer, language, path);
        }
        for path in ["/", "/comptes", "/accessibilite"] {
            let answer = person.open(&format!("{path}?lang={language}")).await;
            assert_eq!(answer.status, StatusCode::OK);
            is_a_page(&answer, language, path);
            let switch = format!("href=\"{path}?lang={other}\" lang=\"{other}\"");
            assert!(
                answer.body.contains(&switch),
                "{path} has {switch}:\n{}",
                answer.body
            );
        }
        let again = person.open("/").await;
        is_a_page(&again, language, "/ with the cookie");
    }
}

#[tokio::test]
async fn the_first_page_is_french_unless_the_browser_prefers_english() {
    let node = Node::new();
    for (accepted, language) in [("de", "fr"), ("en-GB,fr;q=0.8", "en"), ("fr,en", "fr")] {
        let mut browser = node.browser();
        let request = browser
            .request(axum::http::Method::GET, "/connexion")
            .header(header::ACCEPT_LANGUAGE, accepted)
            .body(axum::body::Body::empty());
        is_a_page(
            &browser.send(request.expect("is valid")).await,
            language,
            accepted,
        );
    }
}

#[tokio::test]
async fn a_hostile_address_is_escaped() {
    let node = Node::new();
    let mut browser = node.browser();
    let answer = browser
        .open("/connexion?next=/%22%3E%3Cscript%3Ealert(1)%3C/script%3E&x='%3E")
        .await;
    assert!(!answer.body.contains("<script"), "{}", answer.body);
}
