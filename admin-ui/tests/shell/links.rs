//! Links on forms over HTTP: records are named as people name them, candidates come back where a text names several, and what was
//! typed and ticked stays.

use axum::http::StatusCode;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use replica::{Replica, Saving};

use crate::browser::{Answer, Browser, Node};
use crate::due::{named, put};
use crate::files::logged_in;

const NEW: &str = "/fiches/nouvelle?kind=initiative";

async fn send(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let page = browser.open(path).await;
    let token = page.token();
    let base = page.between("name=\"base\" value=\"", "\"").to_owned();
    let asked = page.between("name=\"fields\" value=\"", "\"").to_owned();
    let carried = [
        ("token", token.as_str()),
        ("base", base.as_str()),
        ("fields", asked.as_str()),
        ("name", "Une action inventée"),
    ];
    browser.post(path, &[&carried, fields].concat()).await
}

/// The records that a saved record names in a field.
fn linked(replica: &Replica, answer: &Answer, field: &str) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(replica.wait_for_views(std::time::Duration::from_secs(60)));
    let path = answer.location().split('?').next().expect("a path");
    let id = path.rsplit('/').next().expect("an id");
    let record = RecordId::parse(id).expect("an id");
    let view = replica.read().expect("a snapshot").record(&record);
    let view = view.expect("readable").expect("held");
    let field = view.field(field).cloned().unwrap_or_default();
    let values = field.values.iter().map(|written| match &written.value {
        Value::Record(record) => record.to_string(),
        other => panic!("{other:?} is no record"),
    });
    values.chain(field.terms.keys().cloned()).collect()
}

#[tokio::test]
async fn a_record_is_named_by_its_name_its_siret_its_id_or_the_address_of_its_page() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let club = named(replica, "actor", "Le Cercle inventé d'Été");
    put(replica, club, "siret", "13002526500013");
    let mut browser = logged_in(&node, "noe").await;
    let form = browser.open(NEW).await;
    let known = form.between("<datalist id=\"holder-known\">", "</datalist>");
    assert!(known.contains("Le Cercle inventé"), "{known}");
    let id = club.to_string();
    let address = format!("http://127.0.0.1:8480/fiches/{club}?enregistre=1");
    for typed in [
        "le cercle INVENTE d’ete",
        "130 025 265 00013",
        &id,
        &address,
    ] {
        let saved = send(&mut browser, NEW, &[("holder", typed)]).await;
        assert_eq!(
            linked(replica, &saved, "holder"),
            std::slice::from_ref(&id),
            "{typed}"
        );
    }
}

#[tokio::test]
async fn a_name_of_two_records_comes_back_with_both_and_the_choice_is_taken() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let one = named(replica, "actor", "Maison des Jeunes");
    let other = named(replica, "actor", "maison des jeunes");
    put(replica, other, "commune_name", "Gien <bourg>");
    named(replica, "initiative", "MAISON DES JEUNES");
    let mut browser = logged_in(&node, "noe").await;
    let typed = [("holder", "Maison des jeunes"), ("summary", "Un résumé")];
    let refused = send(&mut browser, NEW, &typed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = &refused.body;
    for kept in [
        "value=\"Maison des jeunes\"",
        "value=\"Un résumé\"",
        "value=\"Une action inventée\"",
        "ne désigne pas une seule fiche",
        "href=\"#holder\"",
        "aria-describedby=\"holder-how holder-error\"",
        "maison des jeunes (Acteur, Gien &#60;bourg&#62;)",
    ] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    let radio = "type=\"radio\" id=\"choix-holder-0-";
    assert_eq!(page.matches(radio).count(), 3, "{page}");
    let text = refused.between("name=\"choix-holder-0-texte\" value=\"", "\"");
    for (choice, held) in [
        (one.to_string(), vec![one.to_string()]),
        (other.to_string(), vec![other.to_string()]),
        ("aucune".to_owned(), Vec::new()),
    ] {
        let answer = [
            ("holder", "Maison des jeunes"),
            ("choix-holder-0-texte", text),
            ("choix-holder-0", &choice),
        ];
        let saved = send(&mut browser, NEW, &answer).await;
        assert_eq!(linked(replica, &saved, "holder"), held);
    }
    // Another text than the one that was asked about is looked for anew.
    let answer = [
        ("holder", "Une maison inconnue"),
        ("choix-holder-0-texte", text),
        ("choix-holder-0", &one.to_string()),
    ];
    let refused = send(&mut browser, NEW, &answer).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn several_records_are_added_by_name_and_removed_by_their_boxes() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let names = [
        "Cercle d'aviron",
        "Cercle d'escrime",
        "Ville ; jeunesse, sports",
    ];
    let ids = names.map(|name| named(replica, "actor", name).to_string());
    let mut browser = logged_in(&node, "noe").await;
    let typed = [("partners", "cercle; ville ; jeunesse, sports")];
    let refused = send(&mut browser, NEW, &typed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let typed = [
        ("partners", "Ville ; jeunesse, sports"),
        ("partners", "cercle"),
    ];
    let refused = send(&mut browser, NEW, &typed).await;
    let box_of = |id: &str| format!("name=\"partners\" value=\"{id}\" checked");
    assert!(refused.body.contains(&box_of(&ids[2])), "{}", refused.body);
    let answer = [
        ("partners", ids[2].as_str()),
        ("partners", "cercle"),
        ("choix-partners-0-texte", "cercle"),
        ("choix-partners-0", &ids[0]),
        ("choix-partners-0", &ids[1]),
    ];
    let saved = send(&mut browser, NEW, &answer).await;
    let mut all = ids.to_vec();
    all.sort();
    assert_eq!(linked(replica, &saved, "partners"), all);

    let edit = format!(
        "{}/modifier",
        saved.location().split('?').next().expect("a path")
    );
    let page = browser.open(&edit).await;
    for (id, name) in ids.iter().zip(names) {
        let name = name.replace('\'', "&#39;");
        assert!(page.body.contains(&box_of(id)), "{}", page.body);
        assert!(
            page.body.contains(&format!("{name} (Acteur)")),
            "{}",
            page.body
        );
    }
    let untouched = [("partners", ids[1].as_str()), ("partners", "")];
    let wrong = [&untouched[..], &[("starts", "demain")]].concat();
    let refused = send(&mut browser, &edit, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let unticked = format!("name=\"partners\" value=\"{}\"><label", ids[0]);
    assert!(refused.body.contains(&unticked), "{}", refused.body);
    assert!(refused.body.contains(&box_of(&ids[1])), "{}", refused.body);
    let saved = send(&mut browser, &edit, &untouched).await;
    assert_eq!(linked(replica, &saved, "partners"), [ids[1].clone()]);
}

#[tokio::test]
async fn what_names_no_record_one_of_another_kind_or_two_at_once_is_refused_with_what_to_do() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let walk = named(replica, "initiative", "Balade inventée").to_string();
    let (one, two) = (
        named(replica, "actor", "Aviron").to_string(),
        named(replica, "actor", "Escrime").to_string(),
    );
    let absent = RecordId::from_bytes([9; 16]).to_string();
    let mut browser = logged_in(&node, "noe").await;
    for (typed, said) in [
        (&walk, "est une fiche d’une autre sorte (Initiative)"),
        (&absent, "aucune fiche ne répond à"),
        (&"zzz".to_owned(), "aucune fiche ne répond à"),
    ] {
        let refused = send(&mut browser, NEW, &[("holder", typed)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(said), "{typed}: {}", refused.body);
        let kept = format!("value=\"{typed}\"");
        assert!(refused.body.contains(&kept), "{}", refused.body);
    }
    let refused = send(&mut browser, NEW, &[("holder", &one), ("holder", &two)]).await;
    assert!(
        refused
            .body
            .contains("une seule fiche peut être nommée ici")
    );
    let saved = send(&mut browser, NEW, &[("holder", &one)]).await;
    assert_eq!(
        linked(replica, &saved, "holder"),
        std::slice::from_ref(&one)
    );
    // The box of the holder is still ticked: what is typed takes its place.
    let edit = format!(
        "{}/modifier",
        saved.location().split('?').next().expect("a path")
    );
    let saved = send(
        &mut browser,
        &edit,
        &[("holder", &one), ("holder", "escrime")],
    )
    .await;
    assert_eq!(linked(replica, &saved, "holder"), [two]);
}

#[tokio::test]
async fn what_a_form_changed_is_said_once_it_is_saved_and_hours_are_shown_in_words() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let mut browser = logged_in(&node, "noe").await;
    let new = "/fiches/nouvelle?kind=actor";
    let refused = send(&mut browser, new, &[("opening_hours", "Lundi 9h-12h")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["Mo 09:00-12:00", "value=\"Lundi 9h-12h\""] {
        assert!(refused.body.contains(said), "{said}: {}", refused.body);
    }
    let typed = [
        ("opening_hours", "Mo-Fr 09:00-12:00;"),
        ("siret", "40229699000037.0"),
    ];
    let saved = send(&mut browser, new, &typed).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert!(replica.wait_for_views(std::time::Duration::from_secs(60)));
    let page = browser.open(saved.location()).await.body;
    for said in [
        "À vérifier dans ce que vous avez enregistré",
        "Horaires d&#39;ouverture\u{a0}: les signes en trop ont été retirés",
        "ajouté par un tableur a été retiré",
        "du lundi au vendredi de 9\u{a0}h à 12\u{a0}h",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let path = saved
        .location()
        .split('?')
        .next()
        .expect("a path")
        .to_owned();
    let again = browser.open(&path).await.body;
    assert!(!again.contains("À vérifier"), "{again}");
    // Without hours, a day is all day: that is taken, and said.
    let edit = format!("{path}/modifier");
    let saved = send(&mut browser, &edit, &[("opening_hours", "Mo-Fr")]).await;
    let page = browser.open(saved.location()).await.body;
    assert!(page.contains("ces jours n’ont pas d’heures"), "{page}");
    // What a partner signed otherwise is shown as it is.
    let record = RecordId::parse(path.rsplit('/').next().expect("an id")).expect("an id");
    put(replica, record, "opening_hours", "le lundi, sauf <été>");
    let page = browser.open(&path).await.body;
    assert!(page.contains("le lundi, sauf &#60;été&#62;"), "{page}");
}

#[tokio::test]
async fn the_records_that_lead_to_one_are_shown_by_field_and_all_of_them_in_the_census() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let club = named(replica, "actor", "Club <porteur>");
    let federation = *replica.state().federation();
    let links = |kind: &str, number: u16, field: &str| {
        let wanted = [
            ("name", Value::Text(format!("Suite {number:03}"))),
            (field, Value::Record(club)),
        ];
        let wanted = wanted.map(|(field, value)| (field.to_owned(), Wanted::Value(value)));
        let draft = Draft {
            fields: wanted.into(),
        };
        let mut nonce = [7; 16];
        nonce[..2].copy_from_slice(&number.to_be_bytes());
        let saving = Saving::creation(&federation, kind, "45", nonce, draft);
        replica.save(saving).expect("it is written");
    };
    links("initiative", 0, "holder");
    links("event", 1, "organiser");
    assert!(replica.wait_for_views(std::time::Duration::from_secs(60)));
    let mut browser = logged_in(&node, "noe").await;
    let page = browser.open(&format!("/fiches/{club}")).await;
    let block = page.between("<h2 id=\"linked\">", "</section>");
    for said in [
        "<h3>Porteur</h3>",
        "<h3>Organisateur</h3>",
        "Suite 000",
        "Suite 001",
    ] {
        assert!(block.contains(said), "{said}: {block}");
    }
    assert!(!block.contains("links="), "{block}");
    for number in 2..=200 {
        links("initiative", number, "holder");
    }
    assert!(replica.wait_for_views(std::time::Duration::from_secs(60)));
    let page = browser.open(&format!("/fiches/{club}")).await;
    let all = format!("/recensement?links={club}");
    let block = page.between("<h2 id=\"linked\">", "</section>");
    assert!(block.contains(&format!("href=\"{all}\"")), "{block}");
    assert!(block.contains("Voir les 201 fiches"), "{block}");
    let list = browser.open(&all).await.body;
    assert!(list.contains("201 fiches"), "{list}");
    assert!(list.contains("Mène à : Club &#60;porteur&#62;"), "{list}");
}
