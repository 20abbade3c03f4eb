//! Workbooks over HTTP: which sheet, the file handed back with the cells to correct, the export of all kinds.

use std::io::Cursor;

use axum::http::{StatusCode, header};
use exchange::{Choices, Row, Table};

use crate::browser::{Browser, Node};
use crate::files::{begin, logged_in, records, try_out, write};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Invented clubs. The mail of the second is none.
const CLUBS: &str = "Identifiant;Nom du club;Code INSEE;Courriel\n\
    C1;Les Archers inventés;45155;archers@club.example\n\
    C2;Le Cercle inventé;45155;cercle\n";

fn rows(bytes: &[u8], sheet: Option<&str>) -> (Vec<String>, Vec<Row>) {
    let choices = Choices {
        sheet: sheet.map(str::to_owned),
        ..Choices::default()
    };
    let mut table = Table::read(Cursor::new(bytes.to_vec()), &choices).expect("a workbook");
    let names = table.columns().iter().map(|column| column.name.clone());
    let names = names.collect();
    (
        names,
        table.by_ref().map(|row| row.expect("a row")).collect(),
    )
}

async fn with_sheet(browser: &mut Browser<'_>, sheet: &str, file: &[u8]) -> crate::browser::Answer {
    let token = browser.open("/importer").await.token();
    let fields = [
        ("token", token.as_str()),
        ("genre", "actor"),
        ("source", "clubs"),
        ("feuille", sheet),
    ];
    browser.upload("/importer", &fields, ("a.xlsx", file)).await
}

#[tokio::test]
async fn a_file_is_handed_back_with_its_faulty_cells_and_comes_in_again_corrected() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let begun = begin(&mut browser, "clubs", "clubs.csv", CLUBS.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    let link = format!("href=\"{place}/corrections.xlsx\"");
    assert!(report.body.contains(&link), "{}", report.body);
    let sent = browser.open(&format!("{place}/corrections.xlsx")).await;
    assert_eq!(sent.status, StatusCode::OK);
    assert_eq!(sent.headers[header::CONTENT_TYPE], XLSX);
    assert_eq!(
        sent.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"corrections-import.xlsx\""
    );
    let (names, table) = rows(&sent.bytes, None);
    assert_eq!(
        names[..4],
        ["Identifiant", "Nom du club", "Code INSEE", "Courriel"]
    );
    assert_eq!(table.len(), 2);
    assert!(
        table[1].cells[4].starts_with("Courriel : "),
        "{:?}",
        table[1]
    );
    let (_, problems) = rows(&sent.bytes, Some("Problèmes"));
    assert_eq!(problems[0].cells[..2], ["D3", "3"]);
    // Nobody else sees it.
    let mut other = logged_in(&node, "zoe").await;
    let refused = other.open(&format!("{place}/corrections.xlsx")).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);

    let wrong = with_sheet(&mut browser, "Clubs", &sent.bytes).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.body.contains("id=\"feuille-error\""),
        "{}",
        wrong.body
    );
    assert!(
        wrong.body.contains("« Tableau », « Problèmes »"),
        "{}",
        wrong.body
    );
    let begun = with_sheet(&mut browser, "Tableau", &sent.bytes).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    assert!(
        report.body.contains("Une ligne est refusée"),
        "{}",
        report.body
    );
    write(&mut browser, &place, &report, "row").await;
    assert_eq!(records(&node), 1);
}

#[tokio::test]
async fn an_export_of_all_kinds_is_a_workbook_that_changes_nothing_when_it_comes_back() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    // Without records, it shows the columns.
    let empty = browser.open("/exporter/fichier?format=xlsx").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert_eq!(rows(&empty.bytes, None).1.len(), 0);
    let begun = begin(&mut browser, "clubs", "clubs.csv", CLUBS.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    write(&mut browser, &place, &report, "cell").await;
    assert_eq!(records(&node), 2);
    let form = browser.open("/exporter").await;
    assert!(
        form.body.contains("value=\"xlsx\" checked"),
        "{}",
        form.body
    );
    let sent = browser.open("/exporter/fichier?format=xlsx").await;
    assert_eq!(sent.headers[header::CONTENT_TYPE], XLSX);
    assert_eq!(
        sent.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"recensement-2025-11-24.xlsx\""
    );
    let length = sent.headers[header::CONTENT_LENGTH]
        .to_str()
        .expect("a number");
    assert_eq!(length, sent.bytes.len().to_string());
    let (names, table) = rows(&sent.bytes, Some("Acteurs"));
    assert_eq!(
        (names[0].as_str(), table.len()),
        ("Fiche [record.actor]", 2)
    );
    let commune = names
        .iter()
        .position(|name| name == "Commune")
        .expect("there");
    assert!(
        table
            .iter()
            .all(|row| row.cells[commune] == "45155" && row.marks.is_empty())
    );
    let begun = with_sheet(&mut browser, "", &sent.bytes).await;
    let (_, report) = try_out(&mut browser, &begun, &[]).await;
    assert!(
        report.body.contains("n’apporte rien de nouveau"),
        "{}",
        report.body
    );
}

#[tokio::test]
async fn the_sheet_of_a_workbook_is_chosen_from_those_that_it_has() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let begun = begin(&mut browser, "clubs", "clubs.csv", CLUBS.as_bytes()).await;
    assert!(!begun.location().is_empty(), "{}", begun.body);
    let text = browser.open(begun.location()).await;
    assert!(!text.body.contains("name=\"feuille\""), "a text has none");
    let (place, _) = try_out(&mut browser, &begun, &[]).await;
    let book = browser.open(&format!("{place}/corrections.xlsx")).await;

    let begun = with_sheet(&mut browser, "", &book.bytes).await;
    let columns = begun.location().to_owned();
    let shown = browser.open(&columns).await;
    let is_read = |body: &str, sheet: &str| {
        body.contains(&format!(
            "<option value=\"{sheet}\" selected>{sheet}</option>"
        ))
    };
    assert!(is_read(&shown.body, "Tableau"), "{}", shown.body);
    let other = "<option value=\"Problèmes\">Problèmes</option>";
    assert!(shown.body.contains(other), "{}", shown.body);
    assert!(shown.body.contains("Nom du club"), "{}", shown.body);

    let choose = columns.replace("colonnes", "feuille");
    let token = shown.token();
    let chosen = browser
        .post(&choose, &[("token", &token), ("feuille", "Problèmes")])
        .await;
    assert_eq!(chosen.location(), columns);
    let shown = browser.open(&columns).await;
    assert!(is_read(&shown.body, "Problèmes"), "{}", shown.body);
    assert!(!shown.body.contains("Nom du club"), "{}", shown.body);

    let (_, report) = try_out(&mut browser, &chosen, &[]).await;
    let said = "La feuille lue est « Problèmes »";
    assert!(report.body.contains(said), "{}", report.body);

    // A sheet that is not there is said, and the one of before stays.
    let wrong = browser
        .post(&choose, &[("token", &token), ("feuille", "Absente")])
        .await;
    assert!(
        wrong.body.contains("id=\"feuille-error\""),
        "{}",
        wrong.body
    );
    assert!(is_read(&wrong.body, "Problèmes"), "{}", wrong.body);

    let back = browser
        .post(&choose, &[("token", &token), ("feuille", "Tableau")])
        .await;
    let (place, report) = try_out(&mut browser, &back, &[]).await;
    write(&mut browser, &place, &report, "row").await;
    assert_eq!(records(&node), 1);
}
