//! Files out over HTTP: what the search finds, in each form.

use axum::http::{StatusCode, header};

use crate::browser::Node;
use crate::files::{CLUBS, begin, logged_in, records, try_out, write};

#[tokio::test]
async fn an_export_holds_what_the_search_finds_and_is_named_plainly() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let empty = browser.open("/exporter").await;
    assert!(
        empty.body.contains("Aucune fiche à emporter"),
        "{}",
        empty.body
    );
    let begun = begin(&mut browser, "", "clubs.csv", CLUBS.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    write(&mut browser, &place, &report, "stop").await;
    assert_eq!(records(&node), 2);
    let list = browser.open("/recensement?kind=actor").await;
    assert!(
        list.body.contains("href=\"/exporter?kind=actor\""),
        "{}",
        list.body
    );

    let all = browser
        .open("/exporter/fichier?kind=actor&format=csv")
        .await;
    assert_eq!(all.status, StatusCode::OK);
    assert_eq!(all.body.lines().count(), 3, "{}", all.body);
    assert_eq!(
        all.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"acteurs-2025-11-24.csv\""
    );
    assert_eq!(all.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert_eq!(
        all.headers[header::CONTENT_LENGTH],
        all.body.len().to_string()
    );
    let some = browser
        .open("/exporter/fichier?q=archers&kind=actor&format=csv")
        .await;
    assert_eq!(some.body.lines().count(), 2, "{}", some.body);
    assert!(some.body.contains("Les Archers inventés"), "{}", some.body);
    let none = browser
        .open("/exporter/fichier?q=archers&departement=99&kind=actor&format=csv")
        .await;
    assert_eq!(none.body.lines().count(), 1, "{}", none.body);
    let json = browser.open("/exporter/fichier?format=json").await;
    assert_eq!(json.body.matches("\"record\"").count(), 2, "{}", json.body);
    assert_eq!(json.headers[header::CONTENT_TYPE], "application/json");

    let parquet = browser
        .open("/exporter/fichier?q=archers&kind=actor&format=parquet")
        .await;
    assert_eq!(
        parquet.headers[header::CONTENT_TYPE],
        "application/vnd.apache.parquet"
    );
    assert!(parquet.bytes.starts_with(b"PAR1") && parquet.bytes.ends_with(b"PAR1"));

    let form = browser.open("/exporter?q=archers&themes=sport").await;
    assert!(
        form.body.contains("name=\"q\" value=\"archers\"")
            && form.body.contains("name=\"themes\" value=\"sport\""),
        "{}",
        form.body
    );
    for format in ["geojson", "parquet"] {
        let wrong = browser
            .open(&format!("/exporter/fichier?format={format}"))
            .await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{format}");
        assert!(wrong.body.contains("id=\"kind-error\""), "{}", wrong.body);
    }
    assert_eq!(
        browser.open("/exporter/fichier?format=exe").await.status,
        StatusCode::NOT_FOUND
    );
    let mut stranger = node.browser();
    let sent = stranger.open("/exporter/fichier?format=json").await;
    assert!(sent.location().starts_with("/connexion"));
}
