//! data·inclusion over HTTP, in and out: services find their structures, the page says what stays behind, both lists are fetched.

use axum::http::{StatusCode, header};

use crate::browser::{Browser, Node};
use crate::files::{logged_in, records, try_out, write};

/// Invented structures: the second has a name that is too short.
const STRUCTURES: &str = r#"[
 {"source": "ville", "id": "ville--1", "nom": "Maison inventée", "date_maj": "2025-05-02", "reseaux_porteurs": ["mjc"]},
 {"source": "ville", "id": "ville--2", "nom": "Xy", "date_maj": "2025-05-02"}]"#;
/// Invented services: of the first structure, of the second, and of none.
const SERVICES: &str = r#"[
 {"source": "ville", "id": "s1", "structure_id": "ville--1", "nom": "Atelier inventé", "description": "Un atelier.", "date_maj": "2025-05-02", "frais": "gratuit"},
 {"source": "ville", "id": "s2", "structure_id": "ville--2", "nom": "Cours inventé", "description": "Un cours.", "date_maj": "2025-05-02", "frais": "gratuit"},
 {"source": "ville", "id": "s3", "structure_id": "ville--9", "nom": "Autre cours", "description": "Un cours.", "date_maj": "2025-05-02", "frais": "gratuit"}]"#;

async fn import(browser: &mut Browser<'_>, name: &str, kind: &str, file: &str) {
    let token = browser.open("/importer").await.token();
    let fields = [("token", token.as_str()), ("genre", kind), ("source", "")];
    let file = (name, file.as_bytes());
    let begun = browser.upload("/importer", &fields, file).await;
    let (place, report) = try_out(browser, &begun, &[]).await;
    write(browser, &place, &report, "stop").await;
}

#[tokio::test]
async fn both_lists_come_in_by_the_page_and_leave_with_what_stays_behind() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    import(&mut browser, "structures.json", "actor", STRUCTURES).await;
    assert_eq!(records(&node), 2);
    import(&mut browser, "services.json", "initiative", SERVICES).await;
    assert_eq!(records(&node), 5);

    let form = browser.open("/exporter").await;
    assert!(
        form.body.contains("value=\"data-inclusion\""),
        "{}",
        form.body
    );
    assert!(
        !form.body.contains("value=\"data-inclusion-services\""),
        "they have a page"
    );
    let sent = browser
        .open("/exporter/fichier?format=data-inclusion")
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let page = browser.open(sent.location()).await;
    assert_eq!(page.status, StatusCode::OK);
    for said in [
        "1 structure, 1 service.",
        "3 fiches ne peuvent pas partir",
        "n'a pas trois caractères",
        "La fiche du porteur ne peut pas partir",
        "Aucune fiche d&#39;acteur",
    ] {
        let said_plainly = page.body.replace("&#39;", "'");
        let said = said.replace("&#39;", "'");
        assert!(said_plainly.contains(&said), "{said}: {}", page.body);
    }

    let link = |end: &str| {
        let links = page.body.split("href=\"").skip(1);
        let mut links = links.filter_map(|rest| rest.split('"').next());
        let link = links.find(|link| {
            link.contains(&format!("format={end}&")) || link.contains(&format!("format={end}&amp;"))
        });
        link.expect("the page links to it")
            .replace("&amp;", "&")
            .replace("&#38;", "&")
    };
    let structures = browser.open(&link("data-inclusion-structures")).await;
    assert_eq!(structures.headers[header::CONTENT_TYPE], "application/json");
    let structures: serde_json::Value = serde_json::from_str(&structures.body).expect("JSON");
    let services = browser.open(&link("data-inclusion-services")).await;
    let services: serde_json::Value = serde_json::from_str(&services.body).expect("JSON");
    assert_eq!(structures.as_array().map(Vec::len), Some(1));
    assert_eq!(services.as_array().map(Vec::len), Some(1));
    assert_eq!(services[0]["structure_id"], structures[0]["id"]);
    assert_eq!(
        services[0]["date_maj"], "2025-11-24",
        "the day of the import"
    );
    let book = browser.open(&link("data-inclusion")).await;
    assert_eq!(book.status, StatusCode::OK);
    assert!(book.bytes.starts_with(b"PK"));
    assert_eq!(
        book.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"recensement-2025-11-24-data-inclusion.xlsx\""
    );
}

#[tokio::test]
async fn a_search_that_finds_a_service_takes_its_structure_along() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    import(&mut browser, "structures.json", "actor", STRUCTURES).await;
    import(&mut browser, "services.json", "initiative", SERVICES).await;
    assert_eq!(records(&node), 5);
    let found = "/exporter/fichier?q=atelier&kind=initiative&vu=1&format=data-inclusion";
    for list in ["structures", "services"] {
        let sent = browser.open(&format!("{found}-{list}")).await;
        let rows: serde_json::Value = serde_json::from_str(&sent.body).expect("JSON");
        assert_eq!(
            rows.as_array().map(Vec::len),
            Some(1),
            "{list}: {}",
            sent.body
        );
    }
}
