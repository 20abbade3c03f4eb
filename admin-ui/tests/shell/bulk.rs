//! One change in many records over HTTP: looked at before it is signed, and taken back as one.

use axum::http::StatusCode;

use crate::browser::{Answer, Browser, Node};
use crate::files::{begin, logged_in, records, try_out, wait, write};

/// Invented clubs.
const CLUBS: &str = "Identifiant;Nom du club;Commune;Code INSEE;Thématiques\n\
    C1;Les Archers inventés;Gien;45155;\n\
    C2;Le Cercle inventé;Gien;45155;sport\n\
    C3;La Chorale inventée;Gien;45155;culture\n";
const ALL: &str = "/recensement/lot?kind=actor";

async fn imported(node: &Node) -> Browser<'_> {
    let mut browser = logged_in(node, "noe").await;
    let begun = begin(&mut browser, "Clubs", "clubs.csv", CLUBS.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    write(&mut browser, &place, &report, "stop").await;
    assert_eq!(records(node), 3);
    browser
}

/// The fields that a page would send with its button.
fn carried(answer: &Answer, names: &[&str]) -> Vec<(String, String)> {
    let value = |name: &str| {
        let before = format!("name=\"{name}\" value=\"");
        (name.to_owned(), answer.between(&before, "\"").to_owned())
    };
    names.iter().map(|name| value(name)).collect()
}

async fn press(browser: &mut Browser<'_>, place: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.post(place, &fields).await
}

async fn exported(browser: &mut Browser<'_>) -> String {
    let file = browser.open("/exporter/fichier?format=csv&kind=actor");
    file.await.body
}

#[tokio::test]
async fn a_change_of_many_is_looked_at_signed_and_taken_back_as_one() {
    let node = Node::with_census();
    let mut browser = imported(&node).await;
    let before = exported(&mut browser).await;
    let list = browser.open("/recensement?kind=actor").await;
    assert!(list.body.contains(ALL), "{}", list.body);
    let fields = browser.open(ALL).await;
    assert!(fields.body.contains("value=\"themes\""), "{}", fields.body);
    for single in ["name", "siret", "description"] {
        let option = format!("<option value=\"{single}\"");
        assert!(!fields.body.contains(&option), "{single} is of one record");
    }
    let place = format!("{ALL}&champ=themes");
    let form = browser.open(&place).await;
    assert!(form.body.contains("Ajouter à ce qui s’y trouve"));
    // Of a field that holds several, what is there stays unless the person says otherwise.
    assert!(form.body.contains("value=\"add\" checked"), "{}", form.body);
    let token = form.token();
    let looked = browser
        .post(
            &place,
            &[("token", &token), ("comment", "add"), ("themes", "sport")],
        )
        .await;
    assert!(
        looked.body.contains("2 fiches changeraient"),
        "{}",
        looked.body
    );
    assert!(looked.body.contains("Une fiche le dit déjà"));
    assert!(looked.body.contains("Les Archers inventés"));
    assert_eq!(
        exported(&mut browser).await,
        before,
        "nothing is written yet"
    );

    let sent = carried(&looked, &["token", "comment", "themes", "vues"]);
    let signed = press(&mut browser, &place, &sent).await;
    let done = signed.location().to_owned();
    assert!(done.ends_with("fait=2"), "{done}");
    let done = browser.open(&done).await;
    assert!(
        done.body.contains("2 fiches sont modifiées"),
        "{}",
        done.body
    );
    let after = exported(&mut browser).await;
    assert_eq!(after.matches("sport").count(), 3, "{after}");
    assert!(after.contains("culture"), "what was there stays: {after}");

    let looked = wait(&mut browser, "/importer/faits/2").await;
    assert!(looked.body.contains("Annuler la modification de 2 fiches"));
    let token = looked.token();
    browser
        .post("/importer/faits/2/annuler", &[("token", &token)])
        .await;
    let undone = wait(&mut browser, "/importer/faits/2").await;
    assert!(undone.body.contains("Les modifications sont annulées"));
    assert_eq!(exported(&mut browser).await, before);
}

#[tokio::test]
async fn a_way_to_reach_somebody_is_asked_about_before_it_stands_in_many_records() {
    let node = Node::with_census();
    let mut browser = imported(&node).await;
    let place = format!("{ALL}&champ=address_extra");
    let token = browser.open(&place).await.token();
    let sent = [
        ("token", token.as_str()),
        ("comment", "put"),
        ("address_extra", "sonner au 06 39 98 00 01"),
    ];
    let refused = browser.post(&place, &sent).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["« 06 39 98 00 01 » permet de joindre", "garder-coordonnees"] {
        assert!(refused.body.contains(said), "{said}: {}", refused.body);
    }
    let kept = [&sent[..], &[("garder-coordonnees", "1")]].concat();
    let shown = browser.post(&place, &kept).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    // What was said is carried to the signature.
    let names = [
        "token",
        "comment",
        "address_extra",
        "vues",
        "garder-coordonnees",
    ];
    let done = press(&mut browser, &place, &carried(&shown, &names)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
}

#[tokio::test]
async fn what_was_not_seen_is_not_signed_and_what_is_wrong_is_said() {
    let node = Node::with_census();
    let mut browser = imported(&node).await;
    let before = exported(&mut browser).await;
    let place = format!("{ALL}&champ=themes");
    let token = browser.open(&place).await.token();
    for (how, value, said) in [
        ("add", "", "Indiquez la valeur"),
        ("put", "inconnu", "field-wrong"),
    ] {
        let sent = [
            ("token", token.as_str()),
            ("comment", how),
            ("themes", value),
        ];
        let refused = browser.post(&place, &sent).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{how}");
        assert!(refused.body.contains(said), "{}", refused.body);
    }
    // Somebody has changed the list since it was looked at.
    let sent = [
        ("token", token.as_str()),
        ("comment", "add"),
        ("themes", "sport"),
        ("vues", "3"),
    ];
    let again = browser.post(&place, &sent).await;
    assert_eq!(again.status, StatusCode::OK);
    assert!(again.body.contains("La liste a changé"), "{}", again.body);
    assert_eq!(exported(&mut browser).await, before);
    let unknown = browser.open(&format!("{ALL}&fait=9")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let kinds = browser.open("/recensement/lot?q=club").await;
    assert!(
        kinds
            .body
            .contains("/recensement/lot?q=club&#38;kind=actor"),
        "{}",
        kinds.body
    );

    let mut reader = logged_in(&node, "ana").await;
    assert_eq!(reader.open(&place).await.status, StatusCode::FORBIDDEN);
    let token = reader.open("/recensement").await.token();
    let sent = [
        ("token", token.as_str()),
        ("comment", "clear"),
        ("vues", "2"),
    ];
    let refused = reader.post(&place, &sent).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(exported(&mut browser).await, before);
}
