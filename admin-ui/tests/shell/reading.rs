//! How the text of a file is read: shown and corrected where it is read wrongly.

use axum::http::StatusCode;

use crate::browser::{Answer, Browser, Node};
use crate::files::{begin, logged_in, records, try_out, write};

async fn read_again(browser: &mut Browser<'_>, columns: &str, said: &[(&str, &str)]) -> Answer {
    let token = browser.open(columns).await.token();
    let mut fields = vec![("token", token.as_str())];
    fields.extend(said);
    let place = columns.replace("colonnes", "lecture");
    browser.post(&place, &fields).await
}

#[tokio::test]
async fn a_file_that_was_not_read_shows_its_first_lines_and_is_read_as_the_person_says() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    // Mac Roman, and a byte that Windows-1252 does not have.
    let file = b"Nom;Commune\n\x83cole de musique;Gien\n\x90tang;Gien\n";
    let refused = begin(&mut browser, "", "mac.csv", file).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("ƒcole de musique;Gien"),
        "{}",
        refused.body
    );
    assert!(refused.body.contains("<details open>"), "{}", refused.body);

    let token = browser.open("/importer").await.token();
    let fields = [
        ("token", token.as_str()),
        ("genre", "actor"),
        ("encodage", "mac-roman"),
    ];
    let begun = browser
        .upload("/importer", &fields, ("mac.csv", file))
        .await;
    let columns = browser.open(begun.location()).await;
    assert!(
        columns.body.contains("École de musique;Gien"),
        "{}",
        columns.body
    );
    assert!(
        columns
            .body
            .contains("Lu en Mac Roman, colonnes séparées par\u{a0}: point-virgule."),
        "{}",
        columns.body
    );
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    let done = write(&mut browser, &place, &report, "stop").await;
    assert!(done.body.contains("École de musique"), "{}", done.body);
    assert!(done.body.contains("êtang"), "{}", done.body);
    assert_eq!(records(&node), 2);
}

#[tokio::test]
async fn columns_are_parted_anew_and_a_reading_that_fails_changes_nothing() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let file = b"Nom,Note;Suite\nUn,a;b\nDeux,c;d\n";
    let begun = begin(&mut browser, "", "a.csv", file).await;
    let columns = begun.location().to_owned();
    let page = browser.open(&columns).await;
    assert!(page.body.contains("<bdi>Nom,Note</bdi>"), "{}", page.body);
    let again = read_again(&mut browser, &columns, &[("separateur", "comma")]).await;
    assert_eq!(again.location(), columns);
    let page = browser.open(&columns).await;
    assert!(page.body.contains("<bdi>Note;Suite</bdi>"), "{}", page.body);
    let refused = read_again(&mut browser, &columns, &[("encodage", "utf-16le")]).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.body
    );
    assert!(
        refused.body.contains("id=\"encodage-error\""),
        "{}",
        refused.body
    );
    let page = browser.open(&columns).await;
    assert!(page.body.contains("<bdi>Note;Suite</bdi>"), "{}", page.body);
}

#[tokio::test]
async fn accents_that_were_encoded_twice_are_offered_and_put_right() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let file = "Nom;Commune\nMÃ©diathÃ¨que inventÃ©e;Gien\n";
    let begun = begin(&mut browser, "", "a.csv", file.as_bytes()).await;
    let columns = begun.location().to_owned();
    let page = browser.open(&columns).await;
    assert!(
        page.body.contains("accents encodés deux fois, comme"),
        "{}",
        page.body
    );
    let again = read_again(&mut browser, &columns, &[("accents", "oui")]).await;
    assert_eq!(again.location(), columns);
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    let done = write(&mut browser, &place, &report, "stop").await;
    assert!(done.body.contains("Médiathèque inventée"), "{}", done.body);
}

#[tokio::test]
async fn a_workbook_is_not_asked_how_its_text_is_written() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let begun = begin(&mut browser, "", "a.csv", b"Nom;Email\nUn;rien\n").await;
    let (place, _) = try_out(&mut browser, &begun, &[]).await;
    let book = browser.open(&format!("{place}/corrections.xlsx")).await;
    let begun = begin(&mut browser, "", "a.xlsx", &book.bytes).await;
    let page = browser.open(begun.location()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("id=\"encodage\""), "{}", page.body);
}
