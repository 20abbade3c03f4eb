//! Requests that are refused before any page sees them.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};

use crate::browser::{HOST, Node, ORIGIN};

#[tokio::test]
async fn a_name_that_was_made_to_resolve_to_us_is_misdirected() {
    let node = Node::new();
    for host in [
        "evil.example",
        "evil.example:8080",
        "127.0.0.1",
        "127.0.0.1:8081",
        "",
        "é",
    ] {
        for method in [Method::GET, Method::POST] {
            let request = Request::builder()
                .method(method)
                .uri("/connexion")
                .header(header::HOST, host)
                // The same name twice satisfies `CsrfLayer`: the list of hosts must not depend on it.
                .header(header::ORIGIN, format!("http://{host}"))
                .body(Body::empty())
                .expect("is valid");
            let answer = node.send(request).await;
            assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        }
    }
}

#[tokio::test]
async fn a_request_without_a_host_or_with_two_names_is_misdirected() {
    let node = Node::new();
    let without = Request::builder().uri("/connexion").body(Body::empty());
    let two = Request::builder()
        .uri("/connexion")
        .header(header::HOST, HOST)
        .header(header::HOST, "evil.example")
        .body(Body::empty());
    let absolute = Request::builder()
        .uri("http://evil.example/connexion")
        .header(header::HOST, HOST)
        .body(Body::empty());
    for request in [without, two, absolute] {
        let answer = node.send(request.expect("is valid")).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    }
    let ours = Request::builder()
        .uri("/connexion")
        .header(header::HOST, "LOCALHOST:8080");
    let answer = node.send(ours.body(Body::empty()).expect("is valid")).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_change_passes_only_when_it_shows_that_it_comes_from_us() {
    let node = Node::new();
    let refused = StatusCode::FORBIDDEN;
    // What passes reaches a form without a token, which is refused with other words.
    for (origin, site, passes) in [
        (None, None, false),
        (Some(""), Some(""), false),
        (Some("null"), None, false),
        (Some("null"), Some("cross-site"), false),
        (Some("null"), Some("same-site"), false),
        (Some("null"), Some("same-origin"), true),
        (None, Some("same-origin"), true),
        (None, Some("none"), true),
        (None, Some("same-site"), false),
        (None, Some("cross-site"), false),
        (Some(ORIGIN), None, true),
        (Some(ORIGIN), Some("same-origin"), true),
        (Some(ORIGIN), Some("cross-site"), false),
        (Some("https://127.0.0.1:8080"), None, false),
        (Some("http://127.0.0.1:8081"), None, false),
        (Some("http://evil.example"), None, false),
        (Some("http://evil.example"), Some("same-origin"), false),
        (
            Some("http://census.127.0.0.1:8080"),
            Some("same-site"),
            false,
        ),
    ] {
        let mut request = node.browser().request(Method::POST, "/connexion");
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        let request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("name=zoe"));
        let answer = node.send(request.expect("is valid")).await;
        assert_eq!(answer.status, refused);
        let heading = answer.between("<h1>", "</h1>");
        let expected = match passes {
            true => "Le formulaire n’est plus valable",
            false => "La demande est refusée",
        };
        assert_eq!(heading, expected, "origin {origin:?}, site {site:?}");
    }
}

#[tokio::test]
async fn a_form_without_its_own_token_is_refused() {
    let node = Node::new();
    let mut other = node.browser();
    let stolen = other.open("/connexion").await.token();
    let mut browser = node.browser();
    let own = browser.open("/connexion").await.token();
    assert_ne!(own, stolen);
    for token in ["", "x", stolen.as_str(), &own[1..], &format!("{own}A")] {
        let answer = browser
            .post("/connexion", &[("token", token), ("name", "zoe")])
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{token}");
    }
    let answer = browser
        .post("/connexion", &[("token", &own), ("name", "zoe")])
        .await;
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "the form is read"
    );
}

#[tokio::test]
async fn a_body_is_read_up_to_one_mebibyte() {
    let node = Node::new();
    let mut browser = node.browser();
    let token = browser.open("/connexion").await.token();
    let start = format!("token={token}&name=");
    for (length, expected) in [
        ((1 << 20) - 1, StatusCode::UNPROCESSABLE_ENTITY),
        (1 << 20, StatusCode::UNPROCESSABLE_ENTITY),
        ((1 << 20) + 1, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let body = format!("{start}{}", "a".repeat(length - start.len()));
        let request = browser
            .request(Method::POST, "/connexion")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        let answer = browser.send(request.expect("is valid")).await;
        assert_eq!(answer.status, expected, "{length} bytes");
    }
}
