//! The work list over HTTP: what our organisation keeps, by how long it waits, and confirmation in bulk of what a person has seen.

use axum::http::StatusCode;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::id::{RecordId, hash};
use replica::{Replica, Saving};

use crate::browser::{Answer, Browser, Node, PASSWORD};
use crate::files::logged_in;

const DEADLINE: std::time::Duration = std::time::Duration::from_secs(60);

pub(crate) fn named(replica: &Replica, kind: &str, name: &str) -> RecordId {
    let federation = *replica.state().federation();
    let nonce = *hash("nonce", &[name.as_bytes()])
        .first_chunk()
        .expect("32 bytes");
    let saving = Saving::creation(&federation, kind, "45", nonce, draft("name", name));
    let record = saving.record;
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(DEADLINE));
    record
}

fn draft(field: &str, text: &str) -> Draft {
    let value = Wanted::Value(Value::Text(text.to_owned()));
    Draft {
        fields: [(field.to_owned(), value)].into(),
    }
}

pub(crate) fn put(replica: &Replica, record: RecordId, field: &str, text: &str) {
    let view = replica.read().expect("a snapshot").record(&record);
    let saving = Saving {
        record,
        birth: None,
        base: view.expect("readable").expect("held").heads,
        draft: draft(field, text),
    };
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(DEADLINE));
}

/// Sends the form of the list with these records ticked.
async fn tick(
    browser: &mut Browser<'_>,
    list: &Answer,
    records: &[RecordId],
    more: &[(&str, &str)],
) -> Answer {
    let (token, seen) = (
        list.token(),
        list.between("name=\"jusqu\" value=\"", "\"").to_owned(),
    );
    let ids: Vec<String> = records.iter().map(RecordId::to_string).collect();
    let mut fields = vec![("token", token.as_str()), ("jusqu", seen.as_str())];
    fields.extend(ids.iter().map(|id| ("fiche", id.as_str())));
    fields.extend(more);
    browser.post("/a-verifier?", &fields).await
}

#[tokio::test]
async fn what_we_keep_is_listed_by_how_long_it_waits_and_confirmed_in_bulk() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let club = named(replica, "actor", "Club <inventé>");
    let choir = named(replica, "actor", "Chorale inventée");
    let party = named(replica, "event", "Fête inventée");
    put(replica, choir, "website", "https://exemple.test");
    let mut browser = logged_in(&node, "noe").await;
    let home = browser.open("/").await;
    assert!(home.body.contains("3 fiches à vérifier"), "{}", home.body);
    let list = browser.open("/a-verifier").await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(
        list.body.contains("Ville d’Exemple") && list.body.contains("3 fiches"),
        "{}",
        list.body
    );
    assert!(list.body.contains("Jamais vérifiée (3)") && !list.body.contains("<inventé>"));
    assert!(
        list.body.contains("Identité, ")
            || list.body.contains(", Identité")
            || list.body.contains("Contact, Identité"),
        "{}",
        list.body
    );
    let export = list.between("href=\"/exporter?", "\"").to_owned();
    assert!(
        export.contains("due=never") && export.contains("keeper="),
        "{export}"
    );
    let file = format!(
        "/exporter/fichier?format=csv&kind=actor&{}",
        export.replace("&#38;", "&")
    );
    let file = browser.open(&file).await;
    assert_eq!(file.body.lines().count(), 3, "{}", file.body);

    let actors = browser.open("/a-verifier?kind=actor&due=never").await;
    assert!(actors.body.contains("2 fiches") && !actors.body.contains("Fête inventée"));
    let none = browser.open("/a-verifier?due=required").await;
    assert!(
        none.body.contains("Aucune fiche ne répond"),
        "{}",
        none.body
    );

    let nothing = tick(&mut browser, &list, &[], &[]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.body.contains("Choisissez au moins une fiche"));
    let looked = tick(&mut browser, &list, &[club, choir], &[]).await;
    assert_eq!(looked.status, StatusCode::OK, "{}", looked.body);
    assert!(
        looked.body.contains("ces 2 fiches") || looked.body.contains("ces 2\u{a0}fiches"),
        "{}",
        looked.body
    );
    assert!(
        looked.body.contains("confirmation en lot") && looked.body.contains("Chorale inventée")
    );
    let reader = replica.read().expect("a snapshot");
    assert!(
        reader.all_statements(&club).expect("readable").is_empty(),
        "nothing is signed yet"
    );

    let signed = tick(&mut browser, &looked, &[club, choir], &[("signer", "1")]).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.body);
    let done = signed.location().to_owned();
    let done = browser.open(&done).await;
    assert!(
        done.body.contains("2 fiches sont confirmées"),
        "{}",
        done.body
    );
    assert!(!done.body.contains("Chorale inventée") && done.body.contains("Fête inventée"));
    let record = browser.open(&format!("/fiches/{club}")).await;
    assert!(
        record.body.contains("confirmation en lot (2 fiches"),
        "{}",
        record.body
    );
    let all = browser.open("/a-verifier?due=up_to_date").await;
    assert!(all.body.contains("À jour (2)"), "{}", all.body);

    // One alone is no bulk.
    let list = browser.open("/a-verifier").await;
    let looked = tick(&mut browser, &list, &[party], &[]).await;
    assert!(
        !looked.body.contains("confirmation en lot"),
        "{}",
        looked.body
    );
    tick(&mut browser, &looked, &[party], &[("signer", "1")]).await;
    let record = browser.open(&format!("/fiches/{party}")).await;
    assert!(
        record.body.contains("Vérifiée par Ville") && !record.body.contains("confirmation en lot")
    );
    let empty = browser.open("/a-verifier").await;
    assert!(empty.body.contains("Rien n’attend"), "{}", empty.body);

    // The calendar goes on.
    for (days, state) in [
        (179, "À jour (3)"),
        (1, "À revérifier bientôt (3)"),
        (60, "Vérification nécessaire (3)"),
    ] {
        node.pass(days * 86_400);
        browser.log_in("noe", PASSWORD).await;
        let list = browser.open("/a-verifier").await;
        assert!(list.body.contains(state), "{state}: {}", list.body);
    }
    let sheet = browser.open("/a-verifier/feuille?kind=actor").await;
    assert_eq!(sheet.status, StatusCode::OK);
    assert!(sheet.body.contains("Vue le, par") && !sheet.body.contains("type=\"checkbox\""));
    assert!(sheet.body.contains("24 novembre 2025") && !sheet.body.contains("Fête inventée"));
    let english = browser.open("/a-verifier?lang=en").await;
    assert!(english.body.contains("3 records"), "{}", english.body);
}

#[tokio::test]
async fn what_changed_since_it_was_seen_is_not_confirmed() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    let club = named(replica, "actor", "Club inventé");
    let choir = named(replica, "actor", "Chorale inventée");
    let mut browser = logged_in(&node, "noe").await;
    let list = browser.open("/a-verifier").await;
    put(replica, club, "website", "https://exemple.test");
    let looked = tick(&mut browser, &list, &[club, choir], &[]).await;
    assert!(
        looked
            .body
            .contains("ont changé depuis que vous les avez vues"),
        "{}",
        looked.body
    );
    assert!(
        looked.body.contains(&format!("/fiches/{club}"))
            && looked.body.contains("Signer la confirmation")
    );
    assert!(
        !looked
            .body
            .contains(&format!("name=\"fiche\" value=\"{club}\""))
    );
    // And between the look and the signature.
    put(replica, choir, "website", "https://exemple.test");
    let signed = tick(&mut browser, &looked, &[choir], &[("signer", "1")]).await;
    let said = browser.open(signed.location()).await;
    assert!(
        said.body.contains("Une fiche a changé entre-temps"),
        "{}",
        said.body
    );
    let reader = replica.read().expect("a snapshot");
    for record in [club, choir] {
        assert!(reader.all_statements(&record).expect("readable").is_empty());
    }
}

#[tokio::test]
async fn who_may_only_read_is_offered_no_box_and_signs_nothing_and_a_page_is_the_most() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    let club = named(replica, "actor", "Club inventé");
    let mut reader = logged_in(&node, "ana").await;
    let list = reader.open("/a-verifier").await;
    assert!(
        list.body.contains("Club inventé") && !list.body.contains("checkbox"),
        "{}",
        list.body
    );
    let refused = tick(&mut reader, &list, &[club], &[("signer", "1")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let mut browser = logged_in(&node, "noe").await;
    let list = browser.open("/a-verifier").await;
    let many: Vec<RecordId> = (0..51)
        .map(|number| RecordId::from_bytes([number; 16]))
        .collect();
    let refused = tick(&mut browser, &list, &many, &[("signer", "1")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    // Records that nobody holds are confirmed by nobody.
    let looked = tick(&mut browser, &list, &many[..2], &[]).await;
    assert!(
        looked.body.contains("Aucune fiche ne peut être confirmée"),
        "{}",
        looked.body
    );
    let wrong = browser.open("/a-verifier?q=*a").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.body.contains("Un mot ne peut pas commencer"),
        "{}",
        wrong.body
    );
    let statements = replica.read().expect("a snapshot");
    assert!(
        statements
            .all_statements(&club)
            .expect("readable")
            .is_empty()
    );
}
