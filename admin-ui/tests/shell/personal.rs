//! Contacts and what is held on a person, over HTTP: who sees what, what is refused, and that no value stands in an address or a log.
//! All persons are invented.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{StatusCode, header};
use crdt_schema::governance::Act;
use crdt_schema::id::RecordId;

use crate::browser::{Answer, Browser, Node, PASSWORD};
use crate::federation::hidden;
use crate::files::{begin, try_out, write};

const DEADLINE: Duration = Duration::from_secs(60);

async fn logged_in<'a>(node: &'a Node, name: &str) -> Browser<'a> {
    let mut browser = node.browser();
    browser.log_in(name, PASSWORD).await;
    browser
}

/// Sends a form with its token.
async fn send(browser: &mut Browser<'_>, page: &str, fields: &[(&str, &str)]) -> Answer {
    let token = browser.open("/").await.token();
    let all = [&[("token", token.as_str())][..], fields].concat();
    browser.post(page, &all).await
}

/// Makes an invented actor, and returns the address of its page.
async fn record(node: &Node, browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> String {
    let all = [&[("name", "Club inventé")][..], fields].concat();
    let made = send(browser, "/fiches/nouvelle?kind=actor", &all).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let replica = node.replica.as_deref().expect("a census");
    assert!(replica.wait_for_views(DEADLINE));
    let page = made.location().split('?').next().expect("an address");
    page.to_owned()
}

/// An invented person.
fn camille(seen_by: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        ("contact_name", "Camille Exemple"),
        ("contact_mail", "camille@exemple.example"),
        ("contact_phone", "06 39 98 00 01"),
        ("contact_purpose", "organiser la rencontre"),
        ("contact_until", "31/12/2027"),
        ("contact_seen_by", seen_by),
    ]
}

/// Sends what was shown decoded, with a password.
async fn sign_own(browser: &mut Browser<'_>, form: &str, shown: &Answer, password: &str) -> Answer {
    let mut fields = hidden(shown);
    fields.push(("password".to_owned(), password.to_owned()));
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.post(form, &fields).await
}

#[tokio::test]
async fn a_contact_is_added_shown_changed_and_removed() {
    let node = Node::with_census();
    let mut noe = logged_in(&node, "noe").await;
    let page = record(&node, &mut noe, &[]).await;
    let form = format!("{page}/contacts/nouveau");
    assert!(noe.open(&page).await.body.contains(&form));
    let kept = send(&mut noe, &form, &camille("partners")).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
    let shown = noe.open(&page).await;
    for said in [
        "Camille Exemple",
        "camille@exemple.example",
        "+262639980001",
        "Les partenaires",
        "organiser la rencontre",
        "31 décembre 2027",
        "Ville d’Exemple",
        "depuis le",
    ] {
        assert!(shown.body.contains(said), "{said}: {}", shown.body);
    }
    let person = shown
        .body
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|href| href.contains("/contacts/") && !href.ends_with("nouveau"))
        .expect("a way to the person")
        .to_owned();
    let filled = noe.open(&person).await;
    assert!(
        filled.body.contains("value=\"camille@exemple.example\""),
        "{}",
        filled.body
    );
    // An empty phone goes, by an author's erasure.
    let mut changed = camille("partners");
    changed[2].1 = "";
    assert_eq!(
        send(&mut noe, &person, &changed).await.status,
        StatusCode::SEE_OTHER
    );
    let erased = |node: &Node| {
        let acts = node.desk.0.lock().expect("no panic");
        let items = acts.iter().map(|act| match act {
            Act::Erase(erasure) => erasure.items.len(),
            _ => 0,
        });
        items.sum::<usize>()
    };
    assert_eq!(erased(&node), 1);
    let look = noe.open(&format!("{person}/effacer")).await;
    assert!(look.body.contains("Camille Exemple"), "{}", look.body);
    // The act is shown decoded, and signed after the password only.
    let form = format!("{person}/effacer");
    let shown = send(&mut noe, &form, &[("par", "auteur")]).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    assert!(
        shown
            .body
            .contains("retrait par l’organisation qui l’avait écrit"),
        "{}",
        shown.body
    );
    assert_eq!(erased(&node), 1, "nothing is signed yet");
    let refused = sign_own(&mut noe, &form, &shown, "une autre phrase").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(erased(&node), 1);
    node.pass(60);
    let gone = sign_own(&mut noe, &form, &refused, PASSWORD).await;
    assert_eq!(gone.location(), format!("{page}#contacts"));
    // The phone, and name and mail with what they replaced.
    assert_eq!(erased(&node), 1 + 5);

    let mut reader = logged_in(&node, "ana").await;
    let seen = reader.open(&page).await;
    assert!(seen.body.contains("Camille Exemple") && !seen.body.contains("contacts/nouveau"));
    assert_eq!(reader.open(&form).await.status, StatusCode::FORBIDDEN);
    let refused = send(
        &mut reader,
        &format!("{person}/effacer"),
        &[("par", "auteur")],
    )
    .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_wrong_in_a_contact_is_said_in_both_languages() {
    let node = Node::with_census();
    let mut noe = logged_in(&node, "noe").await;
    let page = record(&node, &mut noe, &[]).await;
    for (language, said) in [
        (
            "fr",
            [
                "courriel n’a pas",
                "numéro n’a pas",
                "à quoi ces",
                "date qui existe",
                "Choisissez qui",
            ],
        ),
        (
            "en",
            [
                "This mail is not",
                "This number is not",
                "what this is kept for",
                "date that exists",
                "Choose who",
            ],
        ),
    ] {
        let form = format!("{page}/contacts/nouveau?lang={language}");
        let opened = noe.open(&form).await;
        assert_eq!(opened.status, StatusCode::OK, "{}", opened.body);
        let wrong = [
            ("contact_mail", "camille"),
            ("contact_phone", "12345678901234567890"),
            ("contact_purpose", "appeler le 06 39 98 00 01"),
            ("contact_until", "31/02/2027"),
        ];
        let refused = send(&mut noe, &form, &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        for said in said {
            assert!(refused.body.contains(said), "{said}: {}", refused.body);
        }
        assert!(
            refused.body.contains("value=\"camille\""),
            "{}",
            refused.body
        );
        let empty = send(&mut noe, &form, &[("contact_seen_by", "own")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for nowhere in ["zz", &"0".repeat(32)] {
        let form = format!("/fiches/{nowhere}/contacts/nouveau");
        assert_eq!(noe.open(&form).await.status, StatusCode::NOT_FOUND);
        let person = format!("{page}/contacts/{nowhere}");
        assert_eq!(noe.open(&person).await.status, StatusCode::NOT_FOUND);
        let sent = send(&mut noe, &person, &camille("own")).await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_person_on_the_form_of_a_record_never_enters_the_record() {
    let node = Node::with_census();
    let mut noe = logged_in(&node, "noe").await;
    let page = record(&node, &mut noe, &camille("own")).await;
    let record = RecordId::parse(page.trim_start_matches("/fiches/")).expect("an id");
    let reader = node
        .replica
        .as_deref()
        .expect("a census")
        .read()
        .expect("a snapshot");
    let view = reader.record(&record).expect("readable").expect("is there");
    assert!(!format!("{view:?}").contains("Camille"), "{view:?}");
    assert!(reader.all_personal(&record).expect("readable").is_empty());
    let shown = noe.open(&page).await;
    assert!(shown.body.contains("Camille Exemple") && shown.body.contains("sur ce nœud seulement"));
    let wrong = [("name", "Autre"), ("contact_name", "Camille Exemple")];
    let refused = send(&mut noe, "/fiches/nouvelle?kind=actor", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("value=\"Camille Exemple\""),
        "{}",
        refused.body
    );
}

#[tokio::test]
async fn a_mail_in_a_text_is_asked_about_and_becomes_a_contact_or_stays() {
    let node = Node::with_census();
    let mut noe = logged_in(&node, "noe").await;
    let new = "/fiches/nouvelle?kind=actor";
    let text = "Écrire à camille@exemple.example avant midi.";
    let fields = [("name", "Club inventé"), ("summary", text)];
    let refused = send(&mut noe, new, &fields).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.body
    );
    for said in ["piece-0-contact", "piece-0-keep", "camille@exemple.example"] {
        assert!(refused.body.contains(said), "{said}");
    }
    let piece = [
        ("piece-field-0", "summary"),
        ("piece-text-0", "camille@exemple.example"),
    ];
    let kept = [&fields[..], &piece, &[("piece-0", "keep")]].concat();
    let kept = send(&mut noe, new, &kept).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
    let replica = node.replica.as_deref().expect("a census");
    assert!(replica.wait_for_views(DEADLINE));
    let page = kept
        .location()
        .split('?')
        .next()
        .expect("an address")
        .to_owned();
    assert!(noe.open(&page).await.body.contains(text));
    // What stood there before is not asked about again.
    let edit = noe.open(&format!("{page}/modifier")).await;
    let base = edit.between("name=\"base\" value=\"", "\"").to_owned();
    let again = [("base", base.as_str()), ("name", "Club"), ("summary", text)];
    let again = send(&mut noe, &format!("{page}/modifier"), &again).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);

    let moved = [
        &fields[..],
        &piece,
        &[
            ("piece-0", "contact"),
            ("contact_purpose", "inscriptions"),
            ("contact_seen_by", "partners"),
        ],
    ];
    let moved = send(&mut noe, new, &moved.concat()).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.body);
    assert!(replica.wait_for_views(DEADLINE));
    let page = moved.location().split('?').next().expect("an address");
    let record = RecordId::parse(page.trim_start_matches("/fiches/")).expect("an id");
    let reader = replica.read().expect("a snapshot");
    let view = reader.record(&record).expect("readable").expect("is there");
    assert!(!format!("{view:?}").contains('@'), "{view:?}");
    assert_eq!(reader.all_personal(&record).expect("readable").len(), 1);
}

#[tokio::test]
async fn who_objected_is_entered_again_only_after_a_warning() {
    let node = Node::with_census();
    let mut noe = logged_in(&node, "noe").await;
    let page = record(&node, &mut noe, &[]).await;
    let objections = "/donnees-personnelles/oppositions";
    let kept = send(&mut noe, objections, &[("opposition", "EXEMPLE Camille")]).await;
    assert_eq!(kept.location(), "/donnees-personnelles?fait=opposition");
    let short = send(&mut noe, objections, &[("opposition", "zo")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let form = format!("{page}/contacts/nouveau");
    let known = [("objection_known", "1")];
    for (form, fields) in [
        (form.as_str(), camille("partners")),
        (
            "/fiches/nouvelle?kind=actor",
            [vec![("name", "Autre")], camille("own")].concat(),
        ),
    ] {
        let warned = send(&mut noe, form, &fields).await;
        assert_eq!(warned.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(warned.body.contains("objection_known"), "{}", warned.body);
        let entered = send(&mut noe, form, &[&fields[..], &known].concat()).await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.body);
    }
    let list = noe.open("/donnees-personnelles").await;
    assert!(list.body.contains("Opposition enregistrée le") && !list.body.contains("Camille"));
    let key = list.between("name=\"cle\" value=\"", "\"").to_owned();
    let mut reader = logged_in(&node, "ana").await;
    let remove = "/donnees-personnelles/oppositions/retirer";
    let refused = send(&mut reader, remove, &[("cle", &key)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    send(&mut noe, remove, &[("cle", &key)]).await;
    let list = noe.open("/donnees-personnelles?lang=en").await;
    assert!(list.body.contains("There is no objection"), "{}", list.body);
}

#[tokio::test]
async fn everything_on_a_person_is_found_exported_and_offered_for_erasure() {
    let node = Node::with_census();
    let mut noe = logged_in(&node, "noe").await;
    let fields = [("summary", "Demander Camille Exemple à l’accueil.")];
    let page = record(&node, &mut noe, &fields).await;
    let mut over = camille("partners");
    over[4].1 = "2024-01-31";
    send(&mut noe, &format!("{page}/contacts/nouveau"), &over).await;
    let mut reader = logged_in(&node, "ana").await;
    let due = reader.open("/donnees-personnelles").await;
    assert!(due.body.contains("à effacer depuis le") && due.body.contains("31 janvier 2024"));
    assert!(
        reader
            .open(&page)
            .await
            .body
            .contains("à effacer depuis le")
    );
    let search = "/donnees-personnelles/recherche";
    for typed in [
        "exemple camille",
        "CAMILLE@exemple.example",
        "+33 6 39 98 00 01",
    ] {
        let found = send(&mut reader, search, &[("personne", typed)]).await;
        assert_eq!(found.status, StatusCode::OK);
        let cache = found.headers.get(header::CACHE_CONTROL).expect("is set");
        assert_eq!(cache, "no-store");
        for said in ["+262639980001", "camille@exemple.example", "Club inventé"] {
            assert!(found.body.contains(said), "{typed} {said}: {}", found.body);
        }
        assert!(!found.body.contains("/effacer"), "a reader erases nothing");
    }
    let texts = send(&mut reader, search, &[("personne", "camille exemple")]).await;
    assert!(texts.body.contains("Dans les textes"), "{}", texts.body);
    let none = send(&mut reader, search, &[("personne", "Zoé Absente")]).await;
    assert!(none.body.contains("ne détient rien"), "{}", none.body);
    let short = send(&mut reader, search, &[("personne", "..")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);

    let export = "/donnees-personnelles/export";
    let file = send(&mut reader, export, &[("personne", "camille exemple")]).await;
    let file: serde_json::Value = serde_json::from_str(&file.body).expect("is JSON");
    assert_eq!(file["values"].as_array().map(Vec::len), Some(3), "{file}");
    assert_eq!(file["texts"][0]["field"], "summary");

    let mut zoe = logged_in(&node, "zoe").await;
    let found = send(&mut zoe, search, &[("personne", "camille exemple")]).await;
    let erase = found.between("href=\"/donnees-personnelles/", "/effacer\"");
    let erase = format!("/donnees-personnelles/{erase}/effacer");
    assert!(zoe.open(&erase).await.body.contains("3 valeurs"));
    let silent = send(&mut zoe, &erase, &[("par", "coordination")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    let sent = [
        ("par", "coordination"),
        ("ground", "demande de la personne"),
    ];
    let decoded = send(&mut zoe, &erase, &sent).await;
    assert!(
        decoded.body.contains("name=\"password\""),
        "{}",
        decoded.body
    );
    assert!(!decoded.body.contains("Camille"), "an act names nobody");
    let shown = send(&mut zoe, &erase, &[("par", "auteur")]).await;
    assert!(!shown.body.contains("Camille"), "an act names nobody");
    let done = sign_own(&mut zoe, &erase, &shown, PASSWORD).await;
    assert_eq!(done.location(), "/donnees-personnelles?fait=efface");
    let stranger = node.browser().open("/donnees-personnelles").await;
    assert_eq!(stranger.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_persons_of_a_file_become_contacts_only_when_the_page_is_told_so() {
    const CLUBS: &str = "Identifiant;Nom du club;Code INSEE;contact_nom;contact_courriel\n\
        C1;Les Archers inventés;45155;Camille Exemple;camille@exemple.example\n";
    let node = Node::with_census();
    let mut noe = logged_in(&node, "noe").await;
    let begun = begin(&mut noe, "Clubs", "clubs.csv", CLUBS.as_bytes()).await;
    let columns = noe.open(begun.location()).await;
    assert!(
        columns.body.contains("name=\"contacts\""),
        "{}",
        columns.body
    );
    // For whom, but not for what.
    let token = columns.token();
    let sent = [
        ("token", token.as_str()),
        ("contacts", "partners"),
        ("c1", "name"),
        ("c3", "~personne"),
    ];
    let refused = noe.post(begun.location(), &sent).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("contact_purpose-error"),
        "{}",
        refused.body
    );

    let (place, report) = try_out(&mut noe, &begun, &[]).await;
    assert!(
        !report.body.contains("contacts gardés à part"),
        "{}",
        report.body
    );
    write(&mut noe, &place, &report, "stop").await;
    let found = |node: &Node| {
        let replica = node.replica.as_deref().expect("a census");
        assert!(replica.wait_for_views(DEADLINE));
        let reader = replica.read().expect("a snapshot");
        reader.find_personal(10, |_| true).expect("readable").len()
    };
    assert_eq!(found(&node), 0);

    let begun = begin(&mut noe, "Clubs", "clubs.csv", CLUBS.as_bytes()).await;
    let token = noe.open(begun.location()).await.token();
    let sent = [
        ("token", token.as_str()),
        ("c0", "source_id"),
        ("c1", "name"),
        ("c2", "commune"),
        ("c3", "~personne"),
        ("c4", "~personne"),
        ("contacts", "partners"),
        ("contact_purpose", "organiser"),
    ];
    let tried = noe.post(begun.location(), &sent).await;
    let place = tried.location().to_owned();
    let report = crate::files::wait(&mut noe, &place).await;
    assert!(
        report.body.contains("contacts gardés à part"),
        "{}",
        report.body
    );
    assert!(!report.body.contains("Camille"), "{}", report.body);
    write(&mut noe, &place, &report, "stop").await;
    assert_eq!(found(&node), 2);
}

/// Keeps everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_canary_stands_in_no_log_and_in_no_address() {
    const CANARY: &str = "canari7f3a9c51";
    let log = Log::default();
    let sink = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || sink.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let node = Node::with_census();
    let mut noe = logged_in(&node, "noe").await;
    let page = record(&node, &mut noe, &[]).await;
    let mail = format!("{CANARY}@exemple.example");
    let contact = [
        ("contact_name", CANARY),
        ("contact_mail", mail.as_str()),
        ("contact_purpose", "essai"),
        ("contact_seen_by", "own"),
    ];
    let search = [("personne", CANARY)];
    let mut addresses = Vec::new();
    for (form, fields) in [
        (format!("{page}/contacts/nouveau"), &contact[..]),
        ("/donnees-personnelles/recherche".to_owned(), &search[..]),
        ("/donnees-personnelles/export".to_owned(), &search[..]),
        (
            "/donnees-personnelles/oppositions".to_owned(),
            &[("opposition", CANARY)][..],
        ),
        (format!("{page}/contacts/nouveau"), &contact[..]),
    ] {
        // What other tests logged for the first time meanwhile is taken for switched off: nobody listens in their threads.
        tracing::callsite::rebuild_interest_cache();
        let answer = send(&mut noe, &form, fields).await;
        assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        let location = answer.headers.get(header::LOCATION);
        addresses.extend(location.map(|location| location.to_str().expect("text").to_owned()));
        let links = answer
            .body
            .split(['"'])
            .filter(|part| part.starts_with('/'));
        addresses.extend(links.map(str::to_owned));
    }
    let shown = noe.open(&page).await.body;
    assert!(
        shown.contains(CANARY),
        "the search below must be able to fail"
    );
    addresses.extend(
        shown
            .split('"')
            .filter(|part| part.starts_with('/'))
            .map(str::to_owned),
    );
    let lines = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("UTF-8");
    assert!(
        lines.contains("/donnees-personnelles/recherche"),
        "requests are logged: {lines}"
    );
    assert!(!lines.contains(CANARY), "{lines}");
    assert!(addresses.len() > 20);
    assert!(
        addresses.iter().all(|address| !address.contains(CANARY)),
        "{addresses:?}"
    );
}
