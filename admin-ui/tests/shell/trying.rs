//! What a dry run shows beside errors: records that are named, and rows that may be there already.

use crate::browser::Node;
use crate::files::{CLUBS, begin, logged_in, records, try_out, write};

#[tokio::test]
async fn rows_that_may_be_there_already_are_shown_before_anything_is_written() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let begun = begin(&mut browser, "Clubs", "clubs.csv", CLUBS.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    assert!(!report.body.contains("id=\"doublons\""), "{}", report.body);
    let done = write(&mut browser, &place, &report, "stop").await;
    assert!(done.body.contains("href=\"/doublons\""), "{}", done.body);
    assert_eq!(records(&node), 2);
    let known = done
        .between("<ul class=\"linked\"><li><a href=\"", "\"")
        .to_owned();

    // Another source has one of them, and one that is new.
    let other = "Nom;Code INSEE\nLES ARCHERS INVENTES;45155\nUn autre club;45155\n";
    let begun = begin(&mut browser, "Mairie", "mairie.csv", other.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    assert!(
        report
            .body
            .contains("Une ligne nouvelle ressemble à une fiche du recensement"),
        "{}",
        report.body
    );
    let row = report
        .between("<tbody>\n<tr><td>2</td>", "</tr>")
        .to_owned();
    for part in [
        "LES ARCHERS INVENTES",
        "Les Archers inventés",
        known.as_str(),
        "même nom",
    ] {
        assert!(row.contains(part), "{part} in {row}");
    }
    // What the other row of its source is, is no duplicate: the same file again finds its records.
    let done = write(&mut browser, &place, &report, "stop").await;
    assert!(done.body.contains("Import terminé"), "{}", done.body);
    assert_eq!(records(&node), 4);
    let begun = begin(&mut browser, "Mairie", "mairie.csv", other.as_bytes()).await;
    let (_, report) = try_out(&mut browser, &begun, &[]).await;
    assert!(!report.body.contains("id=\"doublons\""), "{}", report.body);
}

#[tokio::test]
async fn a_column_of_names_links_records_of_the_census_and_says_which_it_does_not_know() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let begun = begin(&mut browser, "Clubs", "clubs.csv", CLUBS.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    write(&mut browser, &place, &report, "stop").await;
    assert_eq!(records(&node), 2);
    let table = "Action;Club\nTir d'essai;les archers INVENTES\nAutre;Personne\n";
    let token = browser.open("/importer").await.token();
    let fields = [
        ("token", token.as_str()),
        ("genre", "initiative"),
        ("source", "Actions"),
    ];
    let file = ("actions.csv", table.as_bytes());
    let begun = browser.upload("/importer", &fields, file).await;
    let (place, report) = try_out(&mut browser, &begun, &[("c0", "name"), ("c1", "holder")]).await;
    assert!(
        report
            .body
            .contains("Aucune fiche (acteurs) n&#39;a ce nom exact"),
        "{}",
        report.body
    );
    write(&mut browser, &place, &report, "row").await;
    assert_eq!(records(&node), 3);
    let found = browser.open("/recensement?kind=initiative").await;
    let record = found.between("href=\"/fiches/", "\"").to_owned();
    let page = browser.open(&format!("/fiches/{record}")).await;
    assert!(
        page.body.contains("Tir d&#39;essai") || page.body.contains("Tir d'essai"),
        "{}",
        page.body
    );
    assert!(page.body.contains("Les Archers inventés"), "{}", page.body);
}
