//! Withdrawn records over HTTP: out of lists, maps and files, still at their address, and restored.

use std::time::Duration;

use axum::http::StatusCode;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::record::withdrawing;
use replica::{Replica, Saving};

use crate::browser::{Answer, Browser, Node, PASSWORD};
use crate::files::logged_in;

const DEADLINE: Duration = Duration::from_secs(60);

/// An invented club.
fn club(replica: &Replica, number: u8, name: &str, more: &[(&str, Value)]) -> RecordId {
    let name = ("name", Value::Text(name.to_owned()));
    let fields = more.iter().chain([&name]).map(|(field, value)| {
        let wanted = Wanted::Value(value.clone());
        ((*field).to_owned(), wanted)
    });
    let draft = Draft {
        fields: fields.collect(),
    };
    let federation = *replica.state().federation();
    let saving = Saving::creation(&federation, "actor", "45", [number; 16], draft);
    let record = saving.record;
    replica.save(saving).expect("it is written");
    built(replica);
    record
}

fn built(replica: &Replica) {
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
}

async fn withdraw(
    browser: &mut Browser<'_>,
    record: &RecordId,
    why: &str,
    replaced_by: &str,
) -> Answer {
    let path = format!("/fiches/{record}/retirer");
    let token = browser.open(&path).await.token();
    let fields = [
        ("token", token.as_str()),
        ("withdrawn", why),
        ("replaced_by", replaced_by),
    ];
    browser.post(&path, &fields).await
}

async fn body(browser: &mut Browser<'_>, path: &str) -> String {
    browser.open(path).await.body
}

#[tokio::test]
async fn a_withdrawn_record_leaves_lists_and_files_and_is_restored_as_it_was() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let gone = club(replica, 1, "Les Archers <inventés>", &[]);
    let stays = club(replica, 2, "La Chorale inventée", &[]);
    let parent = [("parent", Value::Record(gone))];
    let child = club(replica, 3, "La Section inventée", &parent);
    let mut browser = logged_in(&node, "noe").await;
    let file = "/exporter/fichier?format=csv&kind=actor";
    let before = body(&mut browser, file).await;

    let form = body(&mut browser, &format!("/fiches/{gone}/retirer")).await;
    assert!(form.contains("Une fiche mène à celle-ci"), "{form}");
    let address = format!("http://127.0.0.1:8480/fiches/{stays}?enregistre=1");
    let done = withdraw(&mut browser, &gone, "Le club est <dissous>", &address).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    built(replica);

    let page = body(&mut browser, &format!("/fiches/{gone}")).await;
    assert!(page.contains("Cette fiche est retirée"), "{page}");
    assert!(page.contains("Le club est &#60;dissous&#62;"), "{page}");
    assert!(page.contains("Ville d’Exemple"), "{page}");
    assert!(page.contains(&format!("/fiches/{stays}")), "{page}");
    assert!(!page.contains("Autres champs"), "{page}");
    let other = body(&mut browser, &format!("/fiches/{child}")).await;
    assert!(
        other.contains("Les Archers &#60;inventés&#62; (retirée)"),
        "{other}"
    );
    let history = body(&mut browser, &format!("/fiches/{gone}/historique")).await;
    assert!(history.contains("Remplacée par"), "{history}");

    let census = body(&mut browser, "/recensement").await;
    assert!(census.contains("2 fiches"), "{census}");
    assert!(!census.contains(&gone.to_string()), "{census}");
    assert!(census.contains("Fiches retirées"), "{census}");
    let only = body(&mut browser, "/recensement?withdrawn=yes").await;
    assert!(only.contains(&gone.to_string()), "{only}");
    assert!(!only.contains(&stays.to_string()), "{only}");
    for format in ["csv&kind=actor", "json"] {
        let file = format!("/exporter/fichier?format={format}");
        let exported = body(&mut browser, &file).await;
        assert!(!exported.contains("Archers"), "{exported}");
        assert!(exported.contains("Chorale"), "{exported}");
        let only = body(&mut browser, &format!("{file}&withdrawn=yes")).await;
        assert!(
            only.contains("Archers") && !only.contains("Chorale"),
            "{only}"
        );
    }

    let token = browser.open("/").await.token();
    let restore = format!("/fiches/{gone}/retablir");
    for _ in 0..2 {
        let done = browser.post(&restore, &[("token", &token)]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        built(replica);
    }
    assert_eq!(body(&mut browser, file).await, before);
    let census = body(&mut browser, "/recensement").await;
    assert!(census.contains("3 fiches"), "{census}");
    assert!(!census.contains("Fiches retirées"), "{census}");
}

#[tokio::test]
async fn a_withdrawal_without_a_reason_or_with_a_place_that_cannot_be_is_refused_and_keeps_what_was_typed()
 {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let (one, other) = (
        club(replica, 1, "Un club", &[]),
        club(replica, 2, "Un autre", &[]),
    );
    let mut browser = logged_in(&node, "noe").await;
    let unknown = RecordId::from_bytes([9; 16]).to_string();
    let itself = one.to_string();
    for (why, place, said) in [
        ("  ", "", "id=\"withdrawn-error\""),
        (
            "Écrire à jeanne@exemple.example",
            "",
            "ni courriel ni téléphone",
        ),
        ("dissous", "x", "id=\"replaced_by-error\""),
        ("dissous", unknown.as_str(), "aucune fiche ne répond à"),
        (
            "dissous",
            itself.as_str(),
            "ne peut pas se remplacer elle-même",
        ),
    ] {
        let refused = withdraw(&mut browser, &one, why, place).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{why} {place}"
        );
        assert!(refused.body.contains(said), "{}", refused.body);
        assert!(refused.body.contains(why.trim()), "{}", refused.body);
    }
    let done = withdraw(&mut browser, &other, "en double", &one.to_string()).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    built(replica);
    let circle = withdraw(&mut browser, &one, "en double", &other.to_string()).await;
    assert!(
        circle.body.contains("est elle-même retirée"),
        "{}",
        circle.body
    );
    let page = body(&mut browser, &format!("/fiches/{one}")).await;
    assert!(!page.contains("Cette fiche est retirée"), "{page}");
}

#[tokio::test]
async fn a_reader_neither_withdraws_nor_restores() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let record = club(replica, 1, "Un club", &[]);
    let mut browser = node.browser();
    browser.log_in("ana", PASSWORD).await;
    let page = body(&mut browser, &format!("/fiches/{record}")).await;
    assert!(!page.contains("/retirer"), "{page}");
    let form = browser.open(&format!("/fiches/{record}/retirer")).await;
    assert_eq!(form.status, StatusCode::FORBIDDEN);
    let token = browser.open("/").await.token();
    for (path, fields) in [
        (
            "retirer",
            vec![("token", token.as_str()), ("withdrawn", "oui")],
        ),
        ("retablir", vec![("token", token.as_str())]),
    ] {
        let answer = browser
            .post(&format!("/fiches/{record}/{path}"), &fields)
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_feed_says_what_is_there_and_which_records_went() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let gone = club(replica, 1, "Les Archers <inventés>", &[]);
    club(replica, 2, "La Chorale & co", &[]);
    let mut browser = logged_in(&node, "noe").await;
    withdraw(&mut browser, &gone, "dissous", "").await;
    let page = body(&mut browser, "/exporter").await;
    assert!(page.contains("Flux (Atom)"), "{page}");
    let feed = browser.open("/exporter/fichier?format=atom").await;
    assert_eq!(feed.headers["content-type"], "application/atom+xml");
    let deleted = format!("<at:deleted-entry ref=\"{}\"", gone.urn());
    assert!(feed.body.contains(&deleted), "{}", feed.body);
    assert!(!feed.body.contains("Archers"), "{}", feed.body);
    assert!(feed.body.contains("La Chorale &amp; co"), "{}", feed.body);
    assert!(
        feed.body.contains("<name>Ville d’Exemple</name>"),
        "{}",
        feed.body
    );
    // The same question has the same name, another question another one.
    let id = |body: &str| {
        let after = body.split_once("<id>").expect("a feed has an id").1;
        after[..after.find('<').expect("it ends")].to_owned()
    };
    let again = body(&mut browser, "/exporter/fichier?format=atom").await;
    let other = body(&mut browser, "/exporter/fichier?format=atom&q=chorale").await;
    assert_eq!(id(&again), id(&feed.body));
    assert_ne!(id(&other), id(&feed.body));
    assert!(
        !other.contains(&gone.urn()),
        "it was never in this one: {other}"
    );
    restore(&mut browser, &gone).await;
    built(replica);
    let feed = body(&mut browser, "/exporter/fichier?format=atom").await;
    assert!(!feed.contains("deleted-entry"), "{feed}");
}

async fn restore(browser: &mut Browser<'_>, record: &RecordId) {
    let token = browser.open("/").await.token();
    let restore = format!("/fiches/{record}/retablir");
    let done = browser.post(&restore, &[("token", &token)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
}

#[tokio::test]
async fn two_records_that_partners_withdrew_for_each_other_say_so_until_one_is_restored() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let (one, other) = (
        club(replica, 1, "Un club", &[]),
        club(replica, 2, "Un autre", &[]),
    );
    // As two nodes that merge them apart would have it.
    for (record, place) in [(one, other), (other, one)] {
        let reader = replica.read().expect("a snapshot");
        let view = reader.record(&record).expect("readable").expect("held");
        let saving = Saving {
            record,
            birth: None,
            base: view.heads,
            draft: withdrawing("en double", Some(place)),
        };
        replica.save(saving).expect("it is written");
    }
    built(replica);
    let mut browser = logged_in(&node, "noe").await;
    let circle = "retirées l’une pour l’autre";
    for record in [one, other] {
        let page = body(&mut browser, &format!("/fiches/{record}")).await;
        assert!(page.contains(circle), "{page}");
    }
    restore(&mut browser, &one).await;
    built(replica);
    let page = body(&mut browser, &format!("/fiches/{other}")).await;
    assert!(!page.contains(circle), "{page}");
    assert!(page.contains("Elle est remplacée par"), "{page}");
}
