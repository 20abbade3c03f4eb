//! Imports taken back over HTTP: looked at first, then done, by who may write, once.

use axum::http::StatusCode;

use crate::browser::Node;
use crate::files::{begin, logged_in, try_out, wait, write};

/// Invented clubs.
const CLUBS: &str = "Identifiant;Nom du club;Commune;Code INSEE\n\
    C1;Les Archers inventés;Gien;45155\n\
    C2;Le Cercle inventé;Gien;45155\n";
const FIRST: &str = "/importer/faits/1";

async fn exported(browser: &mut crate::browser::Browser<'_>) -> String {
    let file = browser.open("/exporter/fichier?format=csv&kind=actor");
    file.await.body
}

#[tokio::test]
async fn an_import_is_looked_at_then_taken_back_and_can_be_made_again() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let begun = begin(&mut browser, "Clubs", "clubs.csv", CLUBS.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    let start = browser.open("/importer").await;
    assert!(!start.body.contains("Imports déjà faits"), "{}", start.body);
    let done = write(&mut browser, &place, &report, "stop").await;
    assert!(done.body.contains(FIRST), "{}", done.body);
    let start = browser.open("/importer").await;
    assert!(start.body.contains(FIRST), "{}", start.body);
    assert!(start.body.contains("2 nouvelles fiches"), "{}", start.body);

    // Nothing is done that nobody has looked at.
    let token = start.token();
    let undo = format!("{FIRST}/annuler");
    browser.post(&undo, &[("token", &token)]).await;
    let looked = wait(&mut browser, FIRST).await;
    assert!(
        looked.body.contains("Annuler l’import de 2 fiches"),
        "{}",
        looked.body
    );
    assert!(
        exported(&mut browser)
            .await
            .contains("Les Archers inventés")
    );

    let token = looked.token();
    let sent = browser.post(&undo, &[("token", &token)]).await;
    assert_eq!(sent.location(), FIRST);
    let undone = wait(&mut browser, FIRST).await;
    assert!(
        undone.body.contains("L’import est annulé sur ce nœud"),
        "{}",
        undone.body
    );
    assert!(
        !exported(&mut browser)
            .await
            .contains("Les Archers inventés")
    );
    let start = browser.open("/importer").await;
    assert!(start.body.contains("Annulé"), "{}", start.body);

    let begun = begin(&mut browser, "Clubs", "clubs.csv", CLUBS.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    assert!(
        report.body.contains("2 nouvelles fiches"),
        "{}",
        report.body
    );
    write(&mut browser, &place, &report, "stop").await;
    assert!(
        exported(&mut browser)
            .await
            .contains("Les Archers inventés")
    );
}

#[tokio::test]
async fn who_may_only_read_takes_nothing_back_and_an_unknown_import_is_not_there() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let begun = begin(&mut browser, "Clubs", "clubs.csv", CLUBS.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    write(&mut browser, &place, &report, "stop").await;
    let unknown = browser.open("/importer/faits/7").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let mut reader = logged_in(&node, "ana").await;
    let refused = reader.open(FIRST).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let token = reader.open("/recensement").await.token();
    let undo = format!("{FIRST}/annuler");
    let refused = reader.post(&undo, &[("token", &token)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(
        exported(&mut browser)
            .await
            .contains("Les Archers inventés")
    );
}

#[tokio::test]
async fn the_values_of_the_file_are_taken_where_the_person_says_so() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let begun = begin(&mut browser, "Clubs", "clubs.csv", CLUBS.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    let done = write(&mut browser, &place, &report, "stop").await;
    let record = done
        .between("<ul class=\"linked\"><li><a href=\"", "\"")
        .to_owned();
    rename(&mut browser, &record, "Les Archers de la Loire").await;

    let newer = CLUBS.replace("Les Archers inventés", "Les Archers nouveaux");
    let begun = begin(&mut browser, "Clubs", "clubs.csv", newer.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    assert!(
        report.body.contains("Les Archers de la Loire"),
        "{}",
        report.body
    );
    let value = report
        .between("name=\"accepter\" value=\"", "\"")
        .to_owned();
    assert_eq!(value, "both_changed|Nom du club");
    let token = report.token();
    let fields = [("token", token.as_str()), ("accepter", value.as_str())];
    browser.post(&format!("{place}/essayer"), &fields).await;
    let report = wait(&mut browser, &place).await;
    write(&mut browser, &place, &report, "stop").await;
    assert!(
        exported(&mut browser)
            .await
            .contains("Les Archers nouveaux")
    );

    // It was decided for this value: what is written in the record later stays, whatever the next file says.
    rename(&mut browser, &record, "Les Archers du Loiret").await;
    let newest = CLUBS.replace("Les Archers inventés", "Les Archers derniers");
    let begun = begin(&mut browser, "Clubs", "clubs.csv", newest.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    assert!(report.body.contains("both_changed|Nom du club"));
    write(&mut browser, &place, &report, "stop").await;
    assert!(
        exported(&mut browser)
            .await
            .contains("Les Archers du Loiret")
    );
}

/// Names a record in its form.
async fn rename(browser: &mut crate::browser::Browser<'_>, record: &str, name: &str) {
    let form = browser.open(&format!("{record}/modifier")).await;
    let (token, base) = (
        form.token(),
        form.between("name=\"base\" value=\"", "\"").to_owned(),
    );
    let fields = form.between("name=\"fields\" value=\"", "\"").to_owned();
    let changed = [
        ("token", token.as_str()),
        ("base", base.as_str()),
        ("fields", "name"),
        ("name", name),
    ];
    assert!(fields.split(' ').any(|field| field == "name"));
    let saved = browser.post(&format!("{record}/modifier"), &changed).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
}
