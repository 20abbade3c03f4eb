//! What a dry run shows beside errors: records that are named, and rows that may be there already.

use crate::browser::{Answer, Browser, Node};
use crate::files::{CLUBS, begin, logged_in, records, try_out, wait, write};

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

/// Sends what was decided of rows, and waits for the next report.
async fn decide(
    browser: &mut Browser<'_>,
    (place, report): (&str, &Answer),
    fields: &[(&str, &str)],
) -> Answer {
    let token = report.token();
    let with = [&[("token", token.as_str())][..], fields].concat();
    let sent = browser.post(&format!("{place}/doublons"), &with).await;
    assert_eq!(sent.location(), place, "{}", sent.body);
    wait(browser, place).await
}

#[tokio::test]
async fn a_person_decides_of_rows_that_may_be_there_already_and_the_next_file_remembers() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let clubs = "Identifiant;Nom;Code INSEE\n1;Les Archers inventés;45155\n2;Judo inventé;45155\n3;Chorale inventée;45155\n";
    let begun = begin(&mut browser, "Clubs", "clubs.csv", clubs.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    write(&mut browser, &place, &report, "stop").await;
    assert_eq!(records(&node), 3);
    let other = "Numero;Nom;Code INSEE;Telephone\nA;LES ARCHERS INVENTES;45155;02 61 91 00 12\nB;JUDO INVENTE;45155;\nC;CHORALE INVENTEE;45155;\n";
    let begun = begin(&mut browser, "Mairie", "mairie.csv", other.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[("c0", "source_id")]).await;
    assert!(
        report.body.contains("3 lignes nouvelles ressemblent"),
        "{}",
        report.body
    );
    let key = |report: &Answer, name: &str| {
        let row = report.body.split("<tr><td>").find(|row| row.contains(name));
        let row = row.expect("is listed");
        let key = row
            .split("name=\"ligne\" value=\"")
            .nth(1)
            .expect("has a key");
        key.split('"').next().expect("ends").to_owned()
    };
    let names = ["LES ARCHERS", "JUDO INVENTE", "CHORALE"].map(|name| key(&report, name));
    let choices = names.each_ref().map(|key| format!("choix-{key}"));
    let fields = [
        ("ligne", names[0].as_str()),
        (choices[0].as_str(), "meme"),
        ("ligne", names[1].as_str()),
        (choices[1].as_str(), "autre"),
        ("ligne", names[2].as_str()),
        (choices[2].as_str(), "laisser"),
    ];
    let report = decide(&mut browser, (&place, &report), &fields).await;
    assert!(!report.body.contains("id=\"doublons\""), "{}", report.body);
    let said = "même fiche 1, une autre 1, lignes laissées 1";
    assert!(report.body.contains(said), "{}", report.body);
    // Taken back, and chosen again.
    let report = decide(&mut browser, (&place, &report), &[("tout", "oublier")]).await;
    assert!(report.body.contains("id=\"doublons\""), "{}", report.body);
    let report = decide(&mut browser, (&place, &report), &fields).await;
    let done = write(&mut browser, &place, &report, "stop").await;
    assert!(done.body.contains("Import terminé"), "{}", done.body);
    assert_eq!(records(&node), 4, "the judo club alone is new");
    let found = browser.open("/recensement?q=archers").await;
    let archers = found.between("href=\"/fiches/", "\"").to_owned();
    let page = browser.open(&format!("/fiches/{archers}")).await.body;
    assert!(
        page.contains("02 61 91 00 12") || page.contains("+33261910012"),
        "{page}"
    );
    let pairs = browser.open("/doublons").await.body;
    assert!(pairs.contains("Aucune paire à examiner"), "{pairs}");
    // The next file of the source asks nothing, and writes only what is new in it.
    let begun = begin(&mut browser, "Mairie", "mairie.csv", other.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    assert!(!report.body.contains("id=\"doublons\""), "{}", report.body);
    assert!(report.body.contains(said), "{}", report.body);
    write(&mut browser, &place, &report, "stop").await;
    assert_eq!(records(&node), 4);
}

#[tokio::test]
async fn all_sure_pairs_are_decided_at_once() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let clubs =
        "Identifiant;Nom;SIRET\n1;Régie inventée;13002526500013\n2;Club inventé;40229699000037\n";
    let begun = begin(&mut browser, "Clubs", "clubs.csv", clubs.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    write(&mut browser, &place, &report, "stop").await;
    let other = "Nom;SIRET\nLa Coursive;13002526500013\nLe Dojo;40229699000037\n";
    let begun = begin(&mut browser, "Mairie", "mairie.csv", other.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    assert!(
        report.body.contains("pour les 2 paires sûres"),
        "{}",
        report.body
    );
    let report = decide(&mut browser, (&place, &report), &[("tout", "meme")]).await;
    assert!(report.body.contains("même fiche 2"), "{}", report.body);
    let done = write(&mut browser, &place, &report, "stop").await;
    assert!(done.body.contains("Import terminé"), "{}", done.body);
    assert_eq!(records(&node), 2);
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
