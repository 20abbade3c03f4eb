//! Feeds of watches over HTTP: opened and closed by a button, read by whoever knows the address, and by nobody else.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::record::withdrawing;
use replica::{Replica, Saving};

use crate::browser::{Answer, Browser, Node};
use crate::files::logged_in;

const DEADLINE: std::time::Duration = std::time::Duration::from_secs(60);

fn text(text: &str) -> Wanted {
    Wanted::Value(Value::Text(text.to_owned()))
}

fn made(replica: &Replica, number: u8, fields: &[(&str, Wanted)]) -> RecordId {
    let federation = *replica.state().federation();
    let fields = fields.iter().cloned();
    let fields = fields.map(|(name, wanted)| (name.to_owned(), wanted));
    let draft = Draft {
        fields: fields.collect(),
    };
    let kind = match draft.fields.contains_key("licence") {
        true => "source",
        false => "actor",
    };
    let saving = Saving::creation(&federation, kind, "45", [number; 16], draft);
    let record = saving.record;
    replica.save(saving).expect("it is written");
    record
}

/// Follows all actors, and opens the feed. Returns the place of the watch and the path of the feed.
async fn opened(browser: &mut Browser<'_>) -> (String, String) {
    let form = browser.open("/veilles/nouvelle?kind=actor").await;
    let seen = form.between("name=\"jusqu\" value=\"", "\"").to_owned();
    let token = form.token();
    let fields = [
        ("token", token.as_str()),
        ("jusqu", &seen),
        ("nom", "Clubs & cie"),
    ];
    let kept = browser.post("/veilles/nouvelle?kind=actor", &fields).await;
    let place = kept.location().to_owned();
    let path = press(browser, &place, "flux").await;
    (place, path)
}

/// Presses a button of the page of a watch; returns the path of the feed that the answer shows.
async fn press(browser: &mut Browser<'_>, place: &str, button: &str) -> String {
    let token = browser.open(place).await.token();
    let sent = browser
        .post(&format!("{place}/{button}"), &[("token", &token)])
        .await;
    if sent.status == StatusCode::SEE_OTHER {
        return String::new();
    }
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
    let address = sent.between("value=\"http://", "\"");
    let (_, path) = address.split_once('/').expect("an address");
    format!("/{path}")
}

async fn ask(browser: &mut Browser<'_>, path: &str, tag: Option<&str>) -> Answer {
    let mut request = browser.request(Method::GET, path);
    if let Some(tag) = tag {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    browser
        .send(request.body(Body::empty()).expect("is valid"))
        .await
}

#[tokio::test]
async fn a_feed_reader_follows_a_watch_without_a_login() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    let licence = Wanted::Value(Value::Term("usage-interne".to_owned()));
    let source = [("name", text("Fichier inventé")), ("licence", licence)];
    made(replica, 200, &source);
    let closed = Wanted::Terms(["Fichier inventé".to_owned()].into());
    made(
        replica,
        201,
        &[("name", text("Club fermé")), ("sources", closed)],
    );
    for number in 0..52 {
        let name = format!("Club n° {number:02} <inventé>");
        let tags = Wanted::Terms(["interne".to_owned()].into());
        made(replica, number, &[("name", text(&name)), ("tags", tags)]);
    }
    let gone = made(replica, 99, &[("name", text("Club parti"))]);
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    let view = replica.read().expect("a snapshot").record(&gone);
    let saving = Saving::over(
        &view.expect("readable").expect("held"),
        withdrawing("Dissous", None),
    );
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");

    let mut browser = logged_in(&node, "ana").await;
    let (place, path) = opened(&mut browser).await;
    let page = browser.open(&place).await.body;
    assert!(page.contains("Un flux est ouvert depuis"), "{page}");
    let (_, secret) = path.split_once("cle=").expect("a secret");
    assert_eq!(secret.len(), 64);
    assert!(!page.contains(secret), "it is shown once");

    let mut reader = node.browser();
    let feed = ask(&mut reader, &path, None).await;
    assert_eq!(feed.status, StatusCode::OK);
    assert_eq!(feed.headers[header::CONTENT_TYPE], "application/atom+xml");
    assert_eq!(feed.headers[header::CACHE_CONTROL], "private, no-cache");
    assert!(!feed.headers.contains_key(header::SET_COOKIE));
    let own = format!("http://127.0.0.1:8080{path}");
    for said in [
        "<title>Clubs &amp; cie</title>".to_owned(),
        format!("<link rel=\"self\" type=\"application/atom+xml\" href=\"{own}\"/>"),
        format!("<link rel=\"next\" type=\"application/atom+xml\" href=\"{own}&amp;page=2\"/>"),
        "<link rel=\"alternate\" href=\"http://127.0.0.1:8080/recensement?kind=actor\"/>"
            .to_owned(),
        format!("<at:deleted-entry ref=\"{}\"", gone.urn()),
    ] {
        assert!(feed.body.contains(&said), "{said}: {}", feed.body);
    }
    let second = ask(&mut reader, &format!("{path}&page=2"), None).await;
    assert!(second.body.contains("rel=\"previous\""), "{}", second.body);
    assert!(!second.body.contains("rel=\"next\""), "{}", second.body);
    assert!(!second.body.contains("deleted-entry"), "{}", second.body);
    let both = feed.body.clone() + &second.body;
    for kept in ["Club fermé", "interne", "Dissous"] {
        assert!(!both.contains(kept), "{kept}: {both}");
    }
    for number in 0..52 {
        let title = format!("<title>Club n° {number:02} &lt;inventé&gt;</title>");
        assert_eq!(both.matches(&title).count(), 1, "{number}");
    }

    let tag = feed.headers[header::ETAG]
        .to_str()
        .expect("is text")
        .to_owned();
    let same = ask(&mut reader, &path, Some(&tag)).await;
    assert_eq!(
        (same.status, same.body.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
    assert_eq!(same.headers[header::ETAG], tag.as_str());
    made(replica, 60, &[("name", text("Club nouveau"))]);
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    let news = ask(&mut reader, &path, Some(&tag)).await;
    assert_eq!(news.status, StatusCode::OK);
    let first = news.body.split("<entry>").nth(1).unwrap_or_default();
    assert!(first.contains("Club nouveau"), "{first}");
}

#[tokio::test]
async fn a_feed_is_renewed_and_closed_and_a_wrong_address_tells_nothing() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "ana").await;
    let (place, first) = opened(&mut browser).await;
    let mut reader = node.browser();
    assert_eq!(ask(&mut reader, &first, None).await.status, StatusCode::OK);
    let unknown = ask(&mut reader, "/nulle/part", None).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let renewed = press(&mut browser, &place, "flux").await;
    assert_ne!(renewed, first);
    let other = format!("{}0", &renewed[..renewed.len() - 1]);
    let (without, _) = first.split_once('?').expect("a query");
    for wrong in [
        first.clone(),
        other,
        without.to_owned(),
        format!("{without}?cle=x"),
        format!("{renewed}&page=0"),
        format!("{renewed}&page=21"),
    ] {
        // The last digit may be the right one.
        if wrong == renewed {
            continue;
        }
        let refused = ask(&mut reader, &wrong, None).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{wrong}");
        assert!(!refused.body.contains("cle="), "{}", refused.body);
        let secret = wrong.split("cle=").nth(1).unwrap_or_default();
        let secret = secret.split('&').next().unwrap_or_default();
        let is_told = secret.len() > 1 && refused.body.contains(secret);
        assert!(!is_told, "{}", refused.body);
        assert!(!refused.headers.contains_key(header::ETAG));
    }
    assert_eq!(
        ask(&mut reader, &renewed, None).await.status,
        StatusCode::OK
    );
    press(&mut browser, &place, "flux/fermer").await;
    let closed = ask(&mut reader, &renewed, None).await;
    assert_eq!(closed.status, StatusCode::NOT_FOUND);
    assert!(browser.open(&place).await.body.contains("Ouvrir un flux"));

    // Another account opens nothing there, and a form without its token neither.
    let mut noe = logged_in(&node, "noe").await;
    let token = noe.open("/veilles").await.token();
    let foreign = noe
        .post(&format!("{place}/flux"), &[("token", &token)])
        .await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let forged = browser
        .post(&format!("{place}/flux"), &[("token", "x")])
        .await;
    assert_ne!(forged.status, StatusCode::OK, "{}", forged.body);
    let removed = press(&mut browser, &place, "flux").await;
    press(&mut browser, &place, "supprimer").await;
    let gone = ask(&mut reader, &removed, None).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "it goes with its watch");
}

#[tokio::test]
async fn whoever_asks_too_often_waits() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "ana").await;
    let (_, path) = opened(&mut browser).await;
    let mut reader = node.browser();
    for _ in 0..60 {
        let asked = ask(&mut reader, "/veilles/flux?cle=x", None).await;
        assert_eq!(asked.status, StatusCode::NOT_FOUND);
    }
    let late = ask(&mut reader, &path, None).await;
    assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(late.headers.contains_key(header::RETRY_AFTER));
    node.pass(61);
    assert_eq!(ask(&mut reader, &path, None).await.status, StatusCode::OK);
}
