//! Duplicates on the pages: listed with their reasons, compared field by field, settled by a person, and taken back.

use std::time::Duration;

use axum::http::StatusCode;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::statement::{Sameness, Statement};
use replica::{Replica, Saving};

use crate::browser::{Answer, Browser, Node, PASSWORD};
use crate::files::logged_in;

const DEADLINE: Duration = Duration::from_secs(60);

fn text(value: &str) -> Wanted {
    Wanted::Value(Value::Text(value.to_owned()))
}

fn made(replica: &Replica, number: u8, fields: &[(&str, Wanted)]) -> RecordId {
    let fields = fields
        .iter()
        .map(|(name, wanted)| ((*name).to_owned(), wanted.clone()));
    let draft = Draft {
        fields: fields.collect(),
    };
    let federation = *replica.state().federation();
    let saving = Saving::creation(&federation, "actor", "45", [number; 16], draft);
    let record = saving.record;
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    record
}

fn terms(terms: &[&str]) -> Wanted {
    Wanted::Terms(terms.iter().map(|term| (*term).to_owned()).collect())
}

/// Two invented records of one choir.
fn choirs(replica: &Replica) -> (RecordId, RecordId) {
    let one = [
        ("name", text("Chorale des <Étoiles>")),
        ("commune", text("45155")),
        ("themes", terms(&["culture"])),
        ("website", text("https://etoiles.example/")),
    ];
    let other = [
        ("name", text("CHORALE DES ETOILES")),
        ("commune", text("45155")),
        ("themes", terms(&["sport"])),
        ("website", text("https://chorale.example/")),
        ("address", text("1 rue des Écoles")),
    ];
    (made(replica, 1, &one), made(replica, 2, &other))
}

fn value(replica: &Replica, record: &RecordId, field: &str) -> Option<Value> {
    let reader = replica.read().expect("a snapshot");
    let view = reader.record(record).expect("readable").expect("held");
    let held = view.field(field)?.winner()?;
    Some(held.value.clone())
}

fn said(replica: &Replica, record: &RecordId) -> Vec<Sameness> {
    let reader = replica.read().expect("a snapshot");
    let held = reader
        .statements_with(record, "duplicate")
        .expect("readable");
    let verdicts = held.into_iter().filter_map(|held| match held.statement {
        Some(Statement::Duplicate(duplicate)) => Some(duplicate.verdict()),
        _ => None,
    });
    verdicts.collect()
}

/// Sends the form of a pair, with the heads that it was shown with.
async fn decide(
    browser: &mut Browser<'_>,
    pair: (RecordId, RecordId),
    fields: &[(&str, &str)],
) -> Answer {
    let path = format!("/doublons/{}/{}", pair.0, pair.1);
    let shown = browser.open(&path).await;
    let (token, heads) = (
        shown.token(),
        shown.between("name=\"heads\" value=\"", "\"").to_owned(),
    );
    let other = shown
        .between("name=\"other-heads\" value=\"", "\"")
        .to_owned();
    let with = [
        ("token", token.as_str()),
        ("heads", heads.as_str()),
        ("other-heads", other.as_str()),
    ];
    browser.post(&path, &[&with[..], fields].concat()).await
}

#[tokio::test]
async fn a_pair_is_listed_with_its_reasons_and_named_on_both_records() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let mut browser = logged_in(&node, "noe").await;
    let empty = browser.open("/doublons").await.body;
    assert!(empty.contains("Aucune paire à examiner"), "{empty}");
    let (one, other) = choirs(replica);
    let list = browser.open("/doublons").await.body;
    assert!(list.contains("même nom, même commune"), "{list}");
    assert!(list.contains("Chorale des &#60;Étoiles&#62;"), "{list}");
    let english = browser.open("/doublons?lang=en").await.body;
    assert!(english.contains("same name, same commune"), "{english}");
    browser.open("/doublons?lang=fr").await;
    for (record, pair) in [
        (one, format!("/doublons/{one}/{other}")),
        (other, format!("/doublons/{other}/{one}")),
    ] {
        let page = browser.open(&format!("/fiches/{record}")).await.body;
        assert!(page.contains(&pair), "{page}");
    }
    let census = browser.open("/recensement").await.body;
    assert!(census.contains("href=\"/doublons\""), "{census}");
    let unknown = browser.open("/doublons?apres=x").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let itself = browser.open(&format!("/doublons/{one}/{one}")).await;
    assert_eq!(itself.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn one_thing_is_written_field_by_field_and_two_things_leave_the_other_whole() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let (one, other) = choirs(replica);
    let mut browser = logged_in(&node, "noe").await;
    let fields = [
        ("verdict", "same"),
        ("why", "une seule chorale"),
        ("field", "website"),
        ("choice-website", "kept"),
        ("field", "address"),
        ("choice-address", "taken"),
        ("field", "themes"),
        ("choice-themes", "both"),
    ];
    let done = decide(&mut browser, (one, other), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(done.location(), format!("/fiches/{one}?enregistre=1"));
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    let is = |record: &RecordId, field: &str| value(replica, record, field);
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    assert_eq!(is(&one, "name"), text("Chorale des <Étoiles>"));
    assert_eq!(is(&one, "website"), text("https://etoiles.example/"));
    assert_eq!(is(&one, "address"), text("1 rue des Écoles"));
    let reader = replica.read().expect("a snapshot");
    let view = reader.record(&one).expect("readable").expect("held");
    let themes: Vec<&String> = view.field("themes").expect("held").terms.keys().collect();
    assert_eq!(themes, ["culture", "sport"]);
    assert_eq!(is(&other, "website"), text("https://chorale.example/"));
    assert_eq!(said(replica, &other), [Sameness::Same]);
    let list = browser.open("/doublons").await.body;
    assert!(list.contains("Aucune paire à examiner"), "{list}");
    let page = browser.open(&format!("/fiches/{other}")).await.body;
    assert!(page.contains("Même chose, selon Ville d’Exemple"), "{page}");
    // It left the lists, and leads to the one that stays.
    assert!(page.contains("Cette fiche est retirée"), "{page}");
    assert!(page.contains("une seule chorale"), "{page}");
    assert!(page.contains(&format!("href=\"/fiches/{one}\"")), "{page}");
    let census = browser.open("/recensement").await.body;
    assert!(census.contains(&one.to_string()), "{census}");
    assert!(!census.contains(&other.to_string()), "{census}");

    let fields = [("verdict", "distinct"), ("why", "deux chorales")];
    let done = decide(&mut browser, (other, one), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(said(replica, &one), [Sameness::Distinct]);
    assert_eq!(is(&other, "address"), text("1 rue des Écoles"));
    // What the first one had taken over reads as before.
    assert_eq!(is(&one, "address"), None);
    let reader = replica.read().expect("a snapshot");
    let view = reader.record(&one).expect("readable").expect("held");
    let themes: Vec<&String> = view.field("themes").expect("held").terms.keys().collect();
    assert_eq!(themes, ["culture"]);
    let page = browser.open(&format!("/fiches/{other}")).await.body;
    assert!(!page.contains("Même chose, selon"), "{page}");
    assert!(!page.contains("Cette fiche est retirée"), "{page}");
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    let census = browser.open("/recensement").await.body;
    assert!(census.contains(&other.to_string()), "{census}");
}

#[tokio::test]
async fn splitting_leaves_and_names_what_somebody_has_changed_since() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let (one, other) = choirs(replica);
    let mut browser = logged_in(&node, "noe").await;
    let same = [
        ("verdict", "same"),
        ("why", "une seule chorale"),
        ("field", "website"),
        ("choice-website", "taken"),
        ("field", "address"),
        ("choice-address", "taken"),
    ];
    decide(&mut browser, (one, other), &same).await;
    let reader = replica.read().expect("a snapshot");
    let view = reader.record(&one).expect("readable").expect("held");
    let draft = Draft {
        fields: [("address".to_owned(), text("3 rue des Écoles"))].into(),
    };
    replica.save(Saving::over(&view, draft)).expect("written");
    let distinct = [("verdict", "distinct"), ("why", "deux chorales")];
    let done = decide(&mut browser, (other, one), &distinct).await;
    let place = format!("/doublons/{one}/{other}?gardes=address");
    assert_eq!(done.location(), place);
    let page = browser.open(&place).await.body;
    let said = "garde ce que quelqu’un a changé depuis la réunion\u{a0}: Adresse.";
    assert!(page.contains(said), "{page}");
    let is = |field: &str| value(replica, &one, field);
    let held = |text: &str| Some(Value::Text(text.to_owned()));
    assert_eq!(is("address"), held("3 rue des Écoles"));
    assert_eq!(is("website"), held("https://etoiles.example/"));
    let reader = replica.read().expect("a snapshot");
    let view = reader.record(&other).expect("readable").expect("held");
    assert!(!view.is_withdrawn());
    // Said once more, it changes nothing: what was given back is not given back again.
    let again = decide(&mut browser, (one, other), &distinct).await;
    assert_eq!(again.location(), "/doublons");
    assert_eq!(is("website"), held("https://etoiles.example/"));
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_chosen_and_writes_nothing() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let (one, other) = choirs(replica);
    let mut browser = logged_in(&node, "noe").await;
    let fields = [
        ("verdict", "same"),
        ("why", " "),
        ("field", "website"),
        ("choice-website", "taken"),
    ];
    let refused = decide(&mut browser, (one, other), &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("id=\"why-error\""),
        "{}",
        refused.body
    );
    let chosen = "name=\"choice-website\" value=\"taken\" checked";
    assert!(refused.body.contains(chosen), "{}", refused.body);
    let no_heads = browser.open("/").await.token();
    let fields = [
        ("token", no_heads.as_str()),
        ("verdict", "same"),
        ("why", "oui"),
    ];
    let path = format!("/doublons/{one}/{other}");
    let stale = browser.post(&path, &fields).await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN);
    assert_eq!(said(replica, &one), []);
    let website = Some(Value::Text("https://etoiles.example/".to_owned()));
    assert_eq!(value(replica, &one, "website"), website);
}

#[tokio::test]
async fn a_reader_compares_and_decides_nothing() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let (one, other) = choirs(replica);
    let mut browser = node.browser();
    browser.log_in("ana", PASSWORD).await;
    let path = format!("/doublons/{one}/{other}");
    let shown = browser.open(&path).await.body;
    assert!(shown.contains("https://chorale.example/"), "{shown}");
    assert!(!shown.contains("C’est la même chose"), "{shown}");
    let token = browser.open("/").await.token();
    let fields = [
        ("token", token.as_str()),
        ("verdict", "same"),
        ("why", "oui"),
    ];
    let posted = browser.post(&path, &fields).await;
    assert_eq!(posted.status, StatusCode::FORBIDDEN);
    assert_eq!(said(replica, &one), []);
}

#[tokio::test]
async fn who_merges_the_other_way_round_meanwhile_is_told_and_both_records_are_not_lost() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let (one, other) = choirs(replica);
    let mut zoe = logged_in(&node, "zoe").await;
    let mut noe = logged_in(&node, "noe").await;
    let path = format!("/doublons/{other}/{one}");
    let opened = noe.open(&path).await;
    let same = [("verdict", "same"), ("why", "une seule chorale")];
    let done = decide(&mut zoe, (one, other), &same).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    let (token, heads) = (
        opened.token(),
        opened.between("name=\"heads\" value=\"", "\"").to_owned(),
    );
    let others = opened.between("name=\"other-heads\" value=\"", "\"");
    let late = [
        ("token", token.as_str()),
        ("heads", heads.as_str()),
        ("other-heads", others),
        ("verdict", "same"),
        ("why", "une seule chorale"),
    ];
    let refused = noe.post(&path, &late).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let reader = replica.read().expect("a snapshot");
    let withdrawn = |record| {
        let view = reader.record(record).expect("readable").expect("held");
        view.is_withdrawn()
    };
    assert_eq!((withdrawn(&one), withdrawn(&other)), (false, true));
}

#[tokio::test]
async fn who_is_unsure_restores_nothing_and_a_reason_names_nobody() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let (one, other) = choirs(replica);
    let mut browser = logged_in(&node, "noe").await;
    let named = [("verdict", "same"), ("why", "dit jeanne@exemple.example")];
    let refused = decide(&mut browser, (one, other), &named).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("ni courriel ni téléphone"));
    let same = [("verdict", "same"), ("why", "une seule chorale")];
    decide(&mut browser, (one, other), &same).await;
    for (verdict, is_withdrawn) in [("unsure", true), ("distinct", false)] {
        let said = [("verdict", verdict), ("why", "à voir")];
        let done = decide(&mut browser, (one, other), &said).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let reader = replica.read().expect("a snapshot");
        let view = reader.record(&other).expect("readable").expect("held");
        assert_eq!(view.is_withdrawn(), is_withdrawn, "{verdict}");
    }
}

#[tokio::test]
async fn a_link_to_a_merged_record_leads_to_the_one_that_stays() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let (one, other) = choirs(replica);
    let fields = [
        ("name", text("Concert inventé")),
        ("holder", Wanted::Value(Value::Record(other))),
    ];
    let draft = Draft {
        fields: fields
            .map(|(name, wanted)| (name.to_owned(), wanted))
            .into(),
    };
    let federation = *replica.state().federation();
    let saving = Saving::creation(&federation, "initiative", "45", [9; 16], draft);
    let concert = saving.record;
    replica.save(saving).expect("it is written");
    let mut browser = logged_in(&node, "noe").await;
    let same = [("verdict", "same"), ("why", "une seule chorale")];
    decide(&mut browser, (one, other), &same).await;
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    let page = browser.open(&format!("/fiches/{concert}")).await.body;
    let link = format!(
        "<a href=\"/fiches/{one}\" rel=\"noopener nofollow\"><bdi>CHORALE DES ETOILES (retirée), remplacée par Chorale des &#60;Étoiles&#62;</bdi></a>"
    );
    assert!(page.contains(&link), "{page}");
    let english = browser
        .open(&format!("/fiches/{concert}?lang=en"))
        .await
        .body;
    assert!(english.contains("replaced by Chorale"), "{english}");
    browser.open("/?lang=fr").await;
    let stays = browser.open(&format!("/fiches/{one}")).await.body;
    assert!(stays.contains("Concert inventé"), "{stays}");
    let found = browser
        .open(&format!("/recensement?links={one}"))
        .await
        .body;
    assert!(found.contains("Concert inventé"), "{found}");
}

/// What one of two records says of the other, one thing would say of itself.
#[tokio::test]
async fn a_merged_record_names_neither_of_the_two_it_was() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let (one, other) = choirs(replica);
    let third = made(replica, 3, &[("name", text("Fédération inventée"))]);
    let parent = |record| Wanted::Value(Value::Record(record));
    let write = |record: RecordId, fields: &[(&str, Wanted)]| {
        let view = replica.read().expect("a snapshot").record(&record);
        let fields = fields.iter().cloned();
        let fields = fields.map(|(name, wanted)| (name.to_owned(), wanted));
        let draft = Draft {
            fields: fields.collect(),
        };
        let saving = Saving::over(&view.expect("readable").expect("held"), draft);
        replica.save(saving).expect("it is written");
        assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    };
    write(other, &[("parent", parent(one))]);
    let mut browser = logged_in(&node, "noe").await;
    let taken = [
        ("verdict", "same"),
        ("why", "une seule chorale"),
        ("field", "parent"),
        ("choice-parent", "taken"),
    ];
    let done = decide(&mut browser, (one, other), &taken).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    assert_eq!(value(replica, &one, "parent"), None);
    // A set keeps what names others.
    let reader = replica.read().expect("a snapshot");
    let view = |record: &RecordId| reader.record(record).expect("readable").expect("held");
    let with = |record: &RecordId, names: &[RecordId]| {
        let mut view = view(record);
        let held = crdt_schema::edit::Field {
            terms: names
                .iter()
                .map(|name| (name.to_string(), Vec::new()))
                .collect(),
            ..Default::default()
        };
        view.merged.fields.insert("networks".to_owned(), held);
        view
    };
    let (stays, goes) = (with(&one, &[other]), with(&other, &[one, third]));
    let sides = admin_ui::merging::Sides {
        stays: &stays,
        other: &goes,
    };
    let words = replica.state().governance().words().clone();
    let choices = [("networks".to_owned(), admin_ui::merging::Choice::Both)].into();
    let draft = sides.draft(&words, &choices);
    let expected = Wanted::Terms([third.to_string()].into());
    assert_eq!(draft.fields.get("networks"), Some(&expected));
}

#[tokio::test]
async fn two_records_that_are_one_already_are_not_merged_the_other_way_round() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let (one, other) = choirs(replica);
    let mut browser = logged_in(&node, "noe").await;
    let same = [("verdict", "same"), ("why", "une seule chorale")];
    decide(&mut browser, (one, other), &same).await;
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    let withdrawn = |record: &RecordId| {
        let reader = replica.read().expect("a snapshot");
        let view = reader.record(record).expect("readable").expect("held");
        view.is_withdrawn()
    };
    let refused = decide(&mut browser, (other, one), &same).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in [
        "déjà réunies, dans l’autre sens",
        "dites d’abord",
        "une seule chorale",
    ] {
        assert!(refused.body.contains(said), "{said}: {}", refused.body);
    }
    assert_eq!((withdrawn(&one), withdrawn(&other)), (false, true));
    // Said again as it is, nothing is merged a second time.
    let edits = || {
        let reader = replica.read().expect("a snapshot");
        reader.edits(&other).expect("readable").len()
    };
    let before = edits();
    let again = [("verdict", "same"), ("why", "je confirme")];
    let said_again = decide(&mut browser, (one, other), &again).await;
    assert_eq!(
        said_again.status,
        StatusCode::SEE_OTHER,
        "{}",
        said_again.body
    );
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    assert_eq!((edits(), withdrawn(&other)), (before, true));
    // The way that the sentence names.
    let distinct = [("verdict", "distinct"), ("why", "pour changer de sens")];
    decide(&mut browser, (one, other), &distinct).await;
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    decide(&mut browser, (other, one), &same).await;
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    assert_eq!((withdrawn(&one), withdrawn(&other)), (true, false));
}

#[tokio::test]
async fn no_record_is_shown_or_exported_as_linked_to_itself() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let (one, other) = choirs(replica);
    let view = replica.read().expect("a snapshot").record(&one);
    let parent = Wanted::Value(Value::Record(other));
    let draft = Draft {
        fields: [("parent".to_owned(), parent)].into(),
    };
    let saving = Saving::over(&view.expect("readable").expect("held"), draft);
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    let mut browser = logged_in(&node, "noe").await;
    let place = format!("/fiches/{one}");
    assert!(
        browser
            .open(&place)
            .await
            .body
            .contains("CHORALE DES ETOILES</bdi></a>")
    );
    let same = [("verdict", "same"), ("why", "une seule chorale")];
    decide(&mut browser, (one, other), &same).await;
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    assert_eq!(
        value(replica, &one, "parent"),
        Some(Value::Record(other)),
        "the merge leaves what was not chosen"
    );
    let page = browser.open(&place).await.body;
    assert!(!page.contains("remplacée par Chorale"), "{page}");
    let linked = page.split("id=\"linked\"").nth(1).unwrap_or_default();
    let linked = linked.split("</section>").next().unwrap_or_default();
    assert!(!linked.contains(&one.to_string()), "{linked}");
    let found = browser
        .open(&format!("/recensement?links={one}"))
        .await
        .body;
    assert!(!found.contains("<tbody>"), "{found}");
    for form in ["csv", "json", "tableur"] {
        let address = format!("/exporter/fichier?kind=actor&format={form}");
        let file = browser.open(&address).await.body;
        assert_eq!(file.matches(&one.to_string()).count(), 1, "{form}: {file}");
    }
}
