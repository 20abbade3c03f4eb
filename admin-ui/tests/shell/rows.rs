//! Rows over HTTP: typed without a script, read as a table, changed apart and settled, and listed where they are commitments. What this
//! version cannot read of them stays.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::http::StatusCode;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::record::{Row, withdrawing};
use replica::{Replica, Saving};
use serde_json::json;

use crate::browser::{Answer, Browser, Node};
use crate::due::named;
use crate::files::logged_in;

const FIELD: &str = "commitments";

/// The names and values that a browser would send of a form as it stands.
fn sent(page: &Answer) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let decoded = text.replace("&#34;", "\"").replace("&#39;", "'");
        let decoded = decoded.replace("&#60;", "<").replace("&#62;", ">");
        decoded.replace("&#38;", "&")
    };
    let form = page.between("<form class=\"stack\" method=\"post\"", "</form>");
    let attribute = |tag: &str, name: &str| {
        let rest = tag.split_once(&format!(" {name}=\""))?.1;
        Some(decoded(rest.split('"').next()?))
    };
    let mut fields = Vec::new();
    for tag in form.split('<').skip(1) {
        let (tag, after) = tag.split_once('>').expect("a whole tag");
        let Some(name) = attribute(tag, "name") else {
            if let (true, Some((_, name))) = (tag.contains(" selected"), fields.last_mut()) {
                *name = attribute(tag, "value").expect("a value");
            }
            continue;
        };
        let is_box = tag.contains("\"checkbox\"") || tag.contains("\"radio\"");
        if tag.starts_with("button") || is_box && !tag.contains(" checked") {
            continue;
        }
        let value = match tag.starts_with("textarea") {
            true => decoded(after.trim_start_matches('\n')),
            false => attribute(tag, "value").unwrap_or_default(),
        };
        fields.push((name, value));
    }
    fields
}

/// Sends a form as it stands, with these answers in it.
async fn send(
    browser: &mut Browser<'_>,
    path: &str,
    page: &Answer,
    answers: &[(&str, &str)],
) -> Answer {
    let mut fields = sent(page);
    for (name, value) in answers {
        match fields.iter_mut().find(|(own, _)| own == name) {
            Some((_, own)) => *own = (*value).to_owned(),
            None => fields.push(((*name).to_owned(), (*value).to_owned())),
        }
    }
    let fields = fields.iter().map(|(name, value)| (&**name, &**value));
    browser.post(path, &fields.collect::<Vec<_>>()).await
}

fn record_of(answer: &Answer) -> RecordId {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let path = answer.location().split('?').next().expect("a path");
    RecordId::parse(path.rsplit('/').next().expect("an id")).expect("an id")
}

fn terms(replica: &Replica, record: RecordId, field: &str) -> BTreeSet<String> {
    assert!(replica.wait_for_views(Duration::from_secs(60)));
    let view = replica.read().expect("a snapshot").record(&record);
    let view = view.expect("readable").expect("held");
    let held = view.field(field).cloned().unwrap_or_default();
    held.terms.keys().cloned().collect()
}

fn heads(replica: &Replica, record: RecordId) -> Vec<ItemId> {
    let view = replica.read().expect("a snapshot").record(&record);
    view.expect("readable").expect("held").heads
}

fn hold(replica: &Replica, record: RecordId, base: &[ItemId], field: &str, terms: &[&str]) {
    let terms = terms.iter().map(|term| (*term).to_owned()).collect();
    let saving = Saving {
        record,
        birth: None,
        base: base.to_vec(),
        draft: Draft {
            fields: [(field.to_owned(), Wanted::Terms(terms))].into(),
        },
    };
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(Duration::from_secs(60)));
}

fn row(id: &str, cells: &[(&str, &str)]) -> String {
    let cells = cells.iter();
    let cells: BTreeMap<_, _> = cells
        .map(|(name, text)| ((*name).to_owned(), json!(text)))
        .collect();
    Row::of(id, cells).expect("short enough").term()
}

fn texts(terms: &BTreeSet<String>, column: &str) -> BTreeSet<String> {
    let rows = terms.iter().filter_map(|term| Row::parse(term));
    rows.filter_map(|row| row.text(column).map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn rows_are_typed_added_changed_and_removed_without_a_script() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let club = named(replica, "actor", "Club de lecture inventé");
    let mut browser = logged_in(&node, "noe").await;
    let path = "/fiches/nouvelle?kind=meeting";
    let page = browser.open(path).await;
    assert!(page.body.contains("<legend>Engagement 1</legend>"));
    assert!(!page.body.contains("<legend>Engagement 2</legend>"));
    let typed = [
        ("name", "Réunion de rentrée"),
        ("minutes", "Un compte rendu\nen deux lignes"),
        ("commitments-0-what", "Envoyer la liste"),
        ("commitments-0-due", "31/02/2026"),
        ("commitments-0-who", "club de lecture INVENTE"),
    ];
    // One more row: nothing is saved, nothing typed is lost, nothing is judged.
    let more = [&typed[..], &[("ajouter-ligne", FIELD)]].concat();
    let page = send(&mut browser, path, &page, &more).await;
    assert_eq!(page.status, StatusCode::OK);
    for kept in [
        "<legend>Engagement 2</legend>",
        "value=\"Réunion de rentrée\"",
        "en deux lignes",
        "value=\"Envoyer la liste\"",
        "value=\"31/02/2026\"",
        &format!("value=\"{club}\" checked"),
    ] {
        assert!(page.body.contains(kept), "{kept}: {}", page.body);
    }
    assert!(!page.body.contains("<legend>Engagement 3</legend>"));
    assert!(!page.body.contains("field-error"), "nothing is judged");
    // What is wrong is said at its cell.
    let answers = [
        ("commitments-1-what", "Réserver la salle"),
        ("commitments-1-who_name", "Amicale inventée"),
        ("commitments-1-state", "doing"),
    ];
    let page = send(&mut browser, path, &page, &answers).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in [
        "href=\"#commitments-0-due\"",
        "id=\"commitments-0-due-error\"",
        "aria-describedby=\"commitments-0-due-hint commitments-0-due-error\" aria-invalid=\"true\"",
        "Engagements, ligne 1, Échéance",
        "value=\"Réserver la salle\"",
        "<option value=\"doing\" selected>",
    ] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    let saved = send(
        &mut browser,
        path,
        &page,
        &[("commitments-0-due", "28/02/2026")],
    )
    .await;
    let record = record_of(&saved);
    let first = terms(replica, record, FIELD);
    assert_eq!(first.len(), 2);
    assert_eq!(texts(&first, "due"), ["2026-02-28".to_owned()].into());
    assert_eq!(texts(&first, "who"), [club.to_string()].into());
    let page = browser.open(&format!("/fiches/{record}")).await;
    let table = page.between(
        "<caption class=\"visually-hidden\">Engagements</caption>",
        "</table>",
    );
    for said in [
        "<th scope=\"col\">Échéance</th>",
        "<bdi>Réserver la salle</bdi>",
        "<bdi>En cours</bdi>",
        "28 février 2026",
        &format!("<a href=\"/fiches/{club}\"><bdi>Club de lecture inventé</bdi></a>"),
    ] {
        assert!(table.contains(said), "{said}: {table}");
    }
    // Saved as it stands, nothing is written.
    let path = format!("/fiches/{record}/modifier");
    let before = heads(replica, record);
    let page = browser.open(&path).await;
    let saved = send(&mut browser, &path, &page, &[]).await;
    assert_eq!(record_of(&saved), record);
    assert_eq!(heads(replica, record), before);
    // The rows are ordered by their day: the second has none. It is changed; the first one keeps its term.
    let answers = [("commitments-1-state", "done")];
    record_of(&send(&mut browser, &path, &page, &answers).await);
    let second = terms(replica, record, FIELD);
    assert_eq!(first.intersection(&second).count(), 1);
    let history = browser.open(&format!("/fiches/{record}/historique")).await;
    let said = "ligne modifiée (État\u{a0}: «\u{a0}En cours\u{a0}» devient «\u{a0}Fait\u{a0}»)";
    assert!(history.body.contains(said), "{}", history.body);
    // One goes by its box, the other by being emptied.
    let page = browser.open(&path).await;
    let answers = [
        ("commitments-0-retirer", "oui"),
        ("commitments-1-what", ""),
        ("commitments-1-who_name", ""),
        ("commitments-1-state", ""),
    ];
    record_of(&send(&mut browser, &path, &page, &answers).await);
    assert_eq!(terms(replica, record, FIELD), BTreeSet::new());
}

#[tokio::test]
async fn what_cannot_be_read_of_rows_is_shown_and_stays_when_the_form_is_saved() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let record = named(replica, "meeting", "Réunion d’une autre version");
    let strange = [
        r#"{"due":"demain","id":"a1","what":"Appeler"}"#,
        r#"{"id":"a2","rappel":["juin",3],"what":"Écrire"}"#,
        "Une note\nen deux \"lignes\" & <b>",
    ];
    hold(replica, record, &heads(replica, record), FIELD, &strange);
    let mut browser = logged_in(&node, "noe").await;
    let page = browser.open(&format!("/fiches/{record}")).await;
    for said in [
        "<bdi>demain</bdi>",
        "rappel",
        "en deux &#34;lignes&#34; &#38; &#60;b&#62;",
    ] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    let path = format!("/fiches/{record}/modifier");
    let page = browser.open(&path).await;
    for said in ["rappel", "en deux &#34;lignes&#34;", "value=\"demain\""] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    let saved = send(&mut browser, &path, &page, &[("summary", "Un résumé")]).await;
    record_of(&saved);
    let kept: BTreeSet<String> = strange.iter().map(|term| (*term).to_owned()).collect();
    assert_eq!(terms(replica, record, FIELD), kept);
    // A changed row keeps the cells that the form does not ask.
    let place = (0..3)
        .find(|place| {
            let name = format!("name=\"commitments-{place}-what\" type=\"text\" value=\"Écrire\"");
            page.body.contains(&name)
        })
        .expect("its row");
    let page = browser.open(&path).await;
    let name = format!("commitments-{place}-what");
    record_of(&send(&mut browser, &path, &page, &[(&name, "Écrire à tous")]).await);
    let changed = terms(replica, record, FIELD);
    assert!(changed.contains(r#"{"id":"a2","rappel":["juin",3],"what":"Écrire à tous"}"#));
    assert!(changed.contains(strange[0]) && changed.contains(strange[2]));
}

/// A meeting with a row that two partners changed apart.
fn disputed(replica: &Replica) -> RecordId {
    let record = named(replica, "meeting", "Réunion disputée");
    let none = heads(replica, record);
    let first = row("a1", &[("what", "Envoyer la liste"), ("due", "2026-09-01")]);
    let other = row("b2", &[("what", "Autre chose")]);
    hold(replica, record, &none, FIELD, &[&first, &other]);
    let base = heads(replica, record);
    for (what, due, state) in [
        ("Envoyer la liste des salles", "2026-09-01", "todo"),
        ("Envoyer la liste", "2026-10-01", "done"),
    ] {
        let changed = row("a1", &[("what", what), ("due", due), ("state", state)]);
        hold(replica, record, &base, FIELD, &[&changed, &other]);
    }
    record
}

/// Sends the form that settles a row.
async fn settle(browser: &mut Browser<'_>, record: RecordId, answers: &[(&str, &str)]) -> Answer {
    let page = browser.open(&format!("/fiches/{record}")).await;
    let versions = page.between("<section class=\"conflict\"", "</form>");
    let versions: Vec<String> = versions
        .split("name=\"version\" value=\"")
        .skip(1)
        .map(|rest| {
            rest.split('"')
                .next()
                .expect("a value")
                .replace("&#34;", "\"")
        })
        .collect();
    let token = page.token();
    let mut fields = vec![("token", token.as_str()), ("field", FIELD)];
    fields.extend(versions.iter().map(|version| ("version", version.as_str())));
    fields.extend(answers);
    let path = format!("/fiches/{record}/trancher-ligne");
    browser.post(&path, &fields).await
}

#[tokio::test]
async fn a_row_that_two_partners_changed_apart_is_settled_whole_or_cell_by_cell() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let mut browser = logged_in(&node, "noe").await;
    let record = disputed(replica);
    let page = browser.open(&format!("/fiches/{record}")).await;
    let said = "Engagements\u{a0}: une ligne a 2 versions écrites en même temps";
    assert!(page.body.contains(said), "{}", page.body);
    let list = browser.open("/recensement?kind=meeting&conflict=yes").await;
    assert!(list.body.contains("Réunion disputée"), "{}", list.body);
    // The form shows both, and saving something else keeps both.
    let path = format!("/fiches/{record}/modifier");
    let form = browser.open(&path).await;
    assert_eq!(
        form.body
            .matches("plusieurs partenaires en même temps")
            .count(),
        2
    );
    record_of(&send(&mut browser, &path, &form, &[("summary", "Un résumé")]).await);
    assert_eq!(terms(replica, record, FIELD).len(), 3);
    // Cell by cell: what of one, the day of the other. The versions are in the order of their terms.
    let versions: Vec<String> = terms(replica, record, FIELD).into_iter().collect();
    let first = versions.iter().position(|term| term.contains("2026-09-01"));
    let (one, other) = match first.expect("held") {
        0 => ("0", "1"),
        _ => ("1", "0"),
    };
    let answers = [
        ("garder", "cellules"),
        ("cellule-what", one),
        ("cellule-due", other),
        ("cellule-state", other),
    ];
    record_of(&settle(&mut browser, record, &answers).await);
    let settled = row(
        "a1",
        &[
            ("what", "Envoyer la liste des salles"),
            ("due", "2026-10-01"),
            ("state", "done"),
        ],
    );
    let now = terms(replica, record, FIELD);
    assert!(now.contains(&settled) && now.len() == 2, "{now:?}");
    // Settled already: nothing is written, and that is said.
    let token = browser.open(&format!("/fiches/{record}")).await.token();
    let fields = [
        ("token", token.as_str()),
        ("field", FIELD),
        ("version", versions[0].as_str()),
        ("version", versions[1].as_str()),
        ("garder", "0"),
    ];
    let path = format!("/fiches/{record}/trancher-ligne");
    let answer = browser.post(&path, &fields).await;
    assert!(answer.location().ends_with("?ligne=changee"));
    let page = browser.open(answer.location()).await;
    assert!(page.body.contains("Cette ligne a changé depuis"));
    assert_eq!(terms(replica, record, FIELD), now);
}

#[tokio::test]
async fn a_version_is_kept_alone_or_each_becomes_a_row() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let mut browser = logged_in(&node, "noe").await;
    let record = disputed(replica);
    let before = terms(replica, record, FIELD);
    record_of(&settle(&mut browser, record, &[("garder", "toutes")]).await);
    let all = terms(replica, record, FIELD);
    assert_eq!(texts(&all, "what"), texts(&before, "what"));
    let ids = all
        .iter()
        .filter_map(|term| Some(Row::parse(term)?.id().to_owned()));
    assert_eq!(ids.collect::<BTreeSet<_>>().len(), 3);
    let page = browser.open(&format!("/fiches/{record}")).await;
    assert!(!page.body.contains("une ligne a 2 versions"));
    let readers = logged_in(&node, "ana")
        .await
        .open(&format!("/fiches/{record}"))
        .await;
    assert!(!readers.body.contains("trancher-ligne"));
}

#[tokio::test]
async fn links_of_rows_are_read_both_ways_and_found_by_their_words() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let club = named(replica, "actor", "Club inventé");
    let record = named(replica, "meeting", "Réunion de juin");
    let promised = row(
        "a1",
        &[("what", "Prêter des kakémonos"), ("who", &club.to_string())],
    );
    hold(
        replica,
        record,
        &heads(replica, record),
        FIELD,
        &[&promised],
    );
    let mut browser = logged_in(&node, "noe").await;
    let page = browser.open(&format!("/fiches/{club}")).await;
    let linked = page.between("<h3>Engagements pris</h3>", "</ul>");
    assert!(linked.contains("Réunion de juin"), "{linked}");
    let found = browser.open("/recensement?q=kakemonos").await;
    assert!(found.body.contains("Réunion de juin"), "{}", found.body);
    // The id of the link is no word.
    let none = browser
        .open(&format!("/recensement?q={}", &club.to_string()[..8]))
        .await;
    assert!(!none.body.contains("Réunion de juin"));
    // What stands in the place of a merged record is led to, on every page.
    let stays = named(replica, "actor", "Club qui reste");
    let saving = Saving {
        record: club,
        birth: None,
        base: heads(replica, club),
        draft: withdrawing("Un doublon", Some(stays)),
    };
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(Duration::from_secs(60)));
    let page = browser.open(&format!("/fiches/{stays}")).await;
    let linked = page.between("<h3>Engagements pris</h3>", "</ul>");
    assert!(linked.contains("Réunion de juin"), "{linked}");
    let page = browser.open(&format!("/fiches/{record}")).await;
    let led = format!("<a href=\"/fiches/{stays}\"");
    assert!(page.body.contains(&led), "{}", page.body);
    let list = browser
        .open(&format!("/engagements?organisme={stays}"))
        .await;
    assert!(list.body.contains("Prêter des kakémonos"), "{}", list.body);
    // The row itself says what somebody wrote.
    let who = texts(&terms(replica, record, FIELD), "who");
    assert_eq!(who, [club.to_string()].into());
}

#[tokio::test]
async fn a_phone_in_a_row_is_asked_about_as_one_in_a_text() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let mut browser = logged_in(&node, "noe").await;
    let path = "/fiches/nouvelle?kind=meeting";
    let page = browser.open(path).await;
    let typed = [
        ("name", "Réunion inventée"),
        ("commitments-0-what", "Appeler le 06 12 34 56 78"),
    ];
    let page = send(&mut browser, path, &page, &typed).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.body.contains("href=\"#commitments-0-what\""),
        "{}",
        page.body
    );
    assert!(
        page.body.contains("value=\"commitments-0-what\""),
        "{}",
        page.body
    );
    let kept = [("piece-0", "keep")];
    let record = record_of(&send(&mut browser, path, &page, &kept).await);
    // What stood there is not asked about again, wherever its row stands now.
    let path = format!("/fiches/{record}/modifier");
    let page = browser.open(&path).await;
    let answers = [
        ("commitments-1-what", "Autre"),
        ("commitments-1-due", "2026-01-01"),
    ];
    record_of(&send(&mut browser, &path, &page, &answers).await);
    let page = browser.open(&path).await;
    record_of(&send(&mut browser, &path, &page, &[("summary", "Un résumé")]).await);
    assert_eq!(terms(replica, record, FIELD).len(), 2);
}

#[tokio::test]
async fn open_commitments_of_all_meetings_are_listed_by_day_and_chosen_by_organisation_and_state() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let mut browser = logged_in(&node, "ana").await;
    let empty = browser.open("/engagements").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(
        empty.body.contains("Aucun engagement à tenir"),
        "{}",
        empty.body
    );
    let club = named(replica, "actor", "Club inventé").to_string();
    let june = named(replica, "meeting", "Réunion de juin");
    // The clock of the node stands in November 2025.
    let rows = [
        row(
            "a1",
            &[
                ("what", "Promesse tardive"),
                ("due", "2025-10-01"),
                ("who", &club),
            ],
        ),
        row(
            "a2",
            &[
                ("what", "Promesse à venir"),
                ("due", "2026-10-01"),
                ("state", "doing"),
            ],
        ),
        row(
            "a3",
            &[
                ("what", "Promesse tenue"),
                ("due", "2025-09-01"),
                ("state", "done"),
            ],
        ),
        row(
            "a4",
            &[("what", "Promesse sans jour"), ("who_name", "Amicale")],
        ),
    ];
    let rows = rows.each_ref().map(String::as_str);
    hold(replica, june, &heads(replica, june), FIELD, &rows);
    let said = |page: &Answer| -> Vec<String> {
        let rows = page.body.split("<bdi>Promesse ").skip(1);
        rows.map(|rest| rest.split('<').next().expect("a text").to_owned())
            .collect()
    };
    let list = browser.open("/engagements").await;
    assert_eq!(
        said(&list),
        ["tardive", "à venir", "sans jour"],
        "{}",
        list.body
    );
    assert_eq!(list.body.matches("badge-warning\">En retard").count(), 1);
    for (query, wanted) in [
        (format!("organisme={club}"), vec!["tardive"]),
        ("etat=retard".to_owned(), vec!["tardive"]),
        ("etat=done".to_owned(), vec!["tenue"]),
        ("etat=todo".to_owned(), vec!["tardive", "sans jour"]),
        (
            "etat=tous".to_owned(),
            vec!["tenue", "tardive", "à venir", "sans jour"],
        ),
        ("etat=dropped".to_owned(), vec![]),
    ] {
        let list = browser.open(&format!("/engagements?{query}")).await;
        assert_eq!(said(&list), wanted, "{query}");
    }
    let page = browser.open(&format!("/fiches/{june}")).await;
    let late = page.between("1er octobre 2025", "</td>");
    assert!(late.contains("En retard"), "{late}");
    assert_eq!(
        page.body.matches("En retard").count(),
        1,
        "what is kept is not late"
    );
    let census = browser.open("/recensement").await;
    assert!(census.body.contains("href=\"/engagements\""));
}
