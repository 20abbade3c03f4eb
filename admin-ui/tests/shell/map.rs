//! The map of the census and its points: the same question as the list, bounded, and nothing of it is markup.

use std::time::Duration;

use axum::http::{StatusCode, header};
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value as Held;
use crdt_schema::entry::RecordBirth;
use crdt_schema::id::RecordId;
use replica::{Replica, Saving};
use serde_json::Value;

use crate::browser::{Answer, Node, PASSWORD};

const ORLEANS: (i32, i32) = (479_029_000, 19_039_000);
const NOUMEA: (i32, i32) = (-222_735_000, 1_664_481_000);

const DEADLINE: Duration = Duration::from_secs(60);

fn census(node: &Node) -> &Replica {
    node.replica.as_deref().expect("made with a census")
}

/// Writes an invented actor. A point is latitude and longitude, in 10⁻⁷ degrees.
fn put(replica: &Replica, number: u16, name: &str, theme: &str, point: Option<(i32, i32)>) {
    let mut nonce = [0; 16];
    nonce[..2].copy_from_slice(&number.to_be_bytes());
    let (kind, territory) = ("actor".to_owned(), "45".to_owned());
    let federation = *replica.state().federation();
    let record = RecordId::of(&federation, &kind, &territory, &nonce);
    let mut draft = Draft::default();
    let mut want = |field: &str, wanted| draft.fields.insert(field.to_owned(), wanted);
    want("name", Wanted::Value(Held::Text(name.to_owned())));
    want("themes", Wanted::Terms([theme.to_owned()].into()));
    if let Some((latitude_e7, longitude_e7)) = point {
        let point = Held::Point {
            latitude_e7,
            longitude_e7,
        };
        want("point", Wanted::Value(point));
    }
    let birth = RecordBirth {
        kind,
        territory,
        nonce,
    };
    let saving = Saving {
        record,
        birth: Some(birth),
        base: Vec::new(),
        draft,
    };
    replica.save(saving).expect("it is written");
}

/// Waits until all that was written can be found.
fn settle(replica: &Replica) {
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
}

fn names(answer: &Answer) -> Vec<String> {
    let points: Value = serde_json::from_str(&answer.body).expect("is JSON");
    assert_eq!(points["type"], "FeatureCollection");
    let features = points["features"].as_array().expect("is a list");
    let name = |feature: &Value| feature["properties"]["name"].as_str().map(str::to_owned);
    features
        .iter()
        .map(|feature| name(feature).expect("has a name"))
        .collect()
}

/// Two actors with a point, one without; two of sport, one of health.
fn small() -> Node {
    let node = Node::with_census();
    let replica = census(&node);
    put(replica, 1, "Club de sport", "sport", Some(ORLEANS));
    put(replica, 2, "Maison de santé", "sante", Some(NOUMEA));
    put(replica, 3, "Sport pour tous", "sport", None);
    settle(replica);
    node
}

#[tokio::test]
async fn the_points_are_those_of_the_question() {
    let node = small();
    let mut browser = node.browser();
    browser.log_in("ana", PASSWORD).await;
    let all = browser.open("/recensement/points.geojson").await;
    assert_eq!(all.status, StatusCode::OK);
    assert_eq!(all.headers[header::CONTENT_TYPE], "application/geo+json");
    assert_eq!(names(&all), ["Club de sport", "Maison de santé"]);
    let points: Value = serde_json::from_str(&all.body).expect("is JSON");
    let coordinates = &points["features"][1]["geometry"]["coordinates"];
    assert_eq!(coordinates, &serde_json::json!([166.4481, -22.2735]));
    for (question, expected) in [
        ("?q=sant%C3%A9", vec!["Maison de santé"]),
        ("?themes=sport", vec!["Club de sport"]),
        (
            "?themes=sport&themes=sante",
            vec!["Club de sport", "Maison de santé"],
        ),
        ("?kind=event", vec![]),
        ("?q=introuvable", vec![]),
        // The map has no pages.
        ("?page=7", vec!["Club de sport", "Maison de santé"]),
    ] {
        let answer = browser
            .open(&format!("/recensement/points.geojson{question}"))
            .await;
        assert_eq!(names(&answer), expected, "{question}");
    }
}

#[tokio::test]
async fn the_page_has_map_and_list_and_counts_what_has_no_point() {
    let node = small();
    let mut browser = node.browser();
    browser.log_in("ana", PASSWORD).await;
    let page = browser
        .open("/recensement/carte?themes=sport&lang=fr")
        .await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "Une fiche est sur la carte.",
        "Une fiche n’a pas de position et n’est que dans la liste.",
        "data-points=\"/recensement/points.geojson?themes=sport\"",
        "<bdi>Sport pour tous</bdi>",
        "<noscript>",
        "action=\"/recensement/carte\"",
        "href=\"/recensement?themes=sport\"",
    ] {
        assert!(page.body.contains(part), "{part}\n{}", page.body);
    }
    assert!(
        !page.body.contains("style="),
        "the policy allows no inline style"
    );
    let english = browser.open("/recensement/carte?lang=en").await;
    assert!(
        english.body.contains("2 records are on the map."),
        "{}",
        english.body
    );
    let list = browser.open("/recensement?lang=fr").await;
    assert!(!list.body.contains("<script") && !list.body.contains("leaflet"));
    assert!(list.body.contains("href=\"/recensement/carte?\""));
}

#[tokio::test]
async fn every_file_that_the_map_names_is_served() {
    let node = small();
    let mut browser = node.browser();
    browser.log_in("ana", PASSWORD).await;
    let page = browser.open("/recensement/carte").await;
    let named = page
        .body
        .split('"')
        .filter(|part| part.starts_with("/static/"));
    let named: Vec<&str> = named.collect();
    assert!(named.len() >= 8, "{named:?}");
    for address in named {
        let file = browser.open(address).await;
        assert_eq!(file.status, StatusCode::OK, "{address}");
    }
    let lost = browser.open("/static/vendor/SHA256SUMS").await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_stranger_sees_no_point() {
    let node = small();
    let mut stranger = node.browser();
    for path in ["/recensement/points.geojson", "/recensement/carte?q=sport"] {
        let answer = stranger.open(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.location().starts_with("/connexion?next="), "{path}");
        assert!(!answer.body.contains("sport"), "{path}");
    }
}

#[tokio::test]
async fn a_question_that_is_refused_is_a_problem_and_no_map() {
    let node = small();
    let mut browser = node.browser();
    browser.log_in("ana", PASSWORD).await;
    for question in ["?q=*sport", &format!("?q={}", "a".repeat(257))] {
        let answer = browser
            .open(&format!("/recensement/points.geojson{question}"))
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            answer.headers[header::CONTENT_TYPE],
            "application/problem+json"
        );
        let page = browser.open(&format!("/recensement/carte{question}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!page.body.contains("id=\"map\""), "{question}");
    }
    let longest = format!("/recensement/points.geojson?q={}", "a".repeat(256));
    assert_eq!(browser.open(&longest).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_hostile_name_stays_data() {
    let hostile = "</script><img src=x onerror=alert(1)>\"'{n}\u{202e}";
    let node = Node::with_census();
    put(census(&node), 1, hostile, "sport", Some(ORLEANS));
    settle(census(&node));
    let mut browser = node.browser();
    browser.log_in("ana", PASSWORD).await;
    let points = browser.open("/recensement/points.geojson").await;
    assert_eq!(names(&points), [hostile]);
    assert_eq!(points.headers["x-content-type-options"], "nosniff");
    let query = "q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    let page = browser.open(&format!("/recensement/carte?{query}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    let page = browser.open("/recensement/carte").await;
    assert!(!page.body.contains("<img src=x"), "{}", page.body);
}

#[tokio::test]
async fn the_points_end_at_two_thousand_and_the_page_says_so() {
    let node = Node::with_census();
    // Points a few metres apart, written by many at once: they share their commits.
    std::thread::scope(|scope| {
        for start in 0..23_u16 {
            let replica = census(&node);
            scope.spawn(move || {
                for number in (start..2_001).step_by(23) {
                    let point = (ORLEANS.0 + 1_000 * i32::from(number), ORLEANS.1);
                    put(
                        replica,
                        number,
                        &format!("Club {number}"),
                        "sport",
                        Some(point),
                    );
                }
            });
        }
    });
    settle(census(&node));
    let mut browser = node.browser();
    browser.log_in("ana", PASSWORD).await;
    let points = names(&browser.open("/recensement/points.geojson").await);
    let different: std::collections::BTreeSet<_> = points.iter().collect();
    assert_eq!((points.len(), different.len()), (2_000, 2_000));
    let page = browser.open("/recensement/carte?lang=fr").await;
    assert!(
        page.body
            .contains("La carte montre les 2\u{202f}000 premières fiches")
    );
    let fewer = browser.open("/recensement/carte?lang=fr&q=2000").await;
    assert!(!fewer.body.contains("La carte montre"));
}
