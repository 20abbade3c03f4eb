//! Statements on the pages: said for one's own organisation, shown by whoever says it, and never a label.

use std::time::Duration;

use axum::http::StatusCode;
use crdt_schema::entry::{Frame, StatementFrame, VerifiedEntry};
use crdt_schema::id::RecordId;
use crdt_schema::label::Day;
use crdt_schema::statement::{Assessment, Mark, Statement};
use replica::{NewItem, Replica};

use crate::browser::{Browser, Node, PASSWORD};
use crate::census::{self, record};

const DEADLINE: Duration = Duration::from_secs(60);

/// Gives everything that one replica holds to the other.
pub(crate) fn give(from: &Replica, to: &Replica) {
    let federation = *from.state().federation();
    let feeds: Vec<_> = from.state().feeds().ids().copied().collect();
    let reader = from.read().expect("a snapshot");
    for feed in feeds {
        let bounds = (usize::MAX, usize::MAX);
        let (entries, _) = reader
            .feed_entries(&feed, 0, bounds, |_| false)
            .expect("readable");
        let verified: Vec<VerifiedEntry> = entries
            .into_iter()
            .map(|entry| entry.verify(&federation).expect("signed"))
            .collect();
        to.ingest(verified).expect("it is written");
    }
    assert!(to.wait_for_views(DEADLINE), "views are built in time");
}

async fn post(
    browser: &mut Browser<'_>,
    path: &str,
    fields: &[(&str, &str)],
) -> crate::browser::Answer {
    let token = browser.open("/").await.token();
    let fields = [&[("token", token.as_str())], fields].concat();
    browser.post(path, &fields).await
}

fn marks(levels: &[(&str, u8)]) -> Vec<(String, Mark)> {
    let marks = levels.iter().map(|(code, level)| {
        let mark = Mark::new(*level, "vu sur <place>").expect("a mark");
        ((*code).to_owned(), mark)
    });
    marks.collect()
}

#[tokio::test]
async fn a_section_is_confirmed_in_one_click_and_says_who_confirmed_it_and_when() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let record = record(replica, "actor", "Club inventé");
    let page = format!("/fiches/{record}");
    let mut browser = node.browser();
    browser.log_in("noe", PASSWORD).await;
    let before = browser.open(&page).await.body;
    assert!(before.contains("Jamais vérifiée"), "{before}");
    assert!(before.contains("Toujours valable"), "{before}");
    let verify = format!("{page}/verifier");
    let done = post(&mut browser, &verify, &[("section", "identity")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let after = browser.open(&page).await.body;
    let said = "Vérifiée par Ville d’Exemple le 24 novembre 2025";
    assert!(after.contains(said) && after.contains("À jour"), "{after}");
    let english = browser.open(&format!("{page}?lang=en")).await.body;
    let said = "Verified by Ville d’Exemple on 24 November 2025";
    assert!(english.contains(said), "{english}");
    for (days, due) in [
        (179, "Up to date"),
        (1, "To be verified soon"),
        (60, "Verification needed"),
    ] {
        node.pass(days * 86_400);
        browser.log_in("noe", PASSWORD).await;
        let later = browser.open(&page).await.body;
        assert!(later.contains(due), "{due}: {later}");
    }
    let nothing = post(&mut browser, &verify, &[]).await;
    assert_eq!(nothing.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_reader_is_offered_no_statement_and_makes_none() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let record = record(replica, "actor", "Club inventé");
    let mut browser = node.browser();
    browser.log_in("ana", PASSWORD).await;
    let shown = browser.open(&format!("/fiches/{record}")).await.body;
    assert!(!shown.contains("Toujours valable"), "{shown}");
    for form in ["qualifier", "signaler", "soutenir", "candidater"] {
        let path = format!("/fiches/{record}/{form}");
        assert_eq!(browser.open(&path).await.status, StatusCode::FORBIDDEN);
        let fields = [
            ("reason", "wrong"),
            ("why", "faux"),
            ("scheme", "accueil@1"),
        ];
        let posted = post(&mut browser, &path, &fields).await;
        assert_eq!(posted.status, StatusCode::FORBIDDEN, "{form}");
    }
    let verify = format!("/fiches/{record}/verifier");
    let posted = post(&mut browser, &verify, &[("section", "identity")]).await;
    assert_eq!(posted.status, StatusCode::FORBIDDEN);
    let reader = replica.read().expect("a snapshot");
    assert!(reader.all_statements(&record).expect("readable").is_empty());
}

#[tokio::test]
async fn forms_name_what_is_wrong_and_keep_what_was_typed() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let record = record(replica, "initiative", "Action <inventée>");
    let mut browser = node.browser();
    browser.log_in("noe", PASSWORD).await;
    let long = "l".repeat(2_001);
    for (form, fields, problem) in [
        ("qualifier", vec![], "mark-0-level"),
        ("qualifier", vec![("mark-1-level", "2")], "mark-1-why"),
        (
            "qualifier",
            vec![("mark-1-why", "typed <here>")],
            "mark-1-level",
        ),
        (
            "qualifier",
            vec![("mark-1-level", "4"), ("mark-1-why", "w")],
            "mark-1-level",
        ),
        (
            "qualifier",
            vec![("mark-0-level", "1"), ("mark-0-why", &long)],
            "mark-0-why",
        ),
        (
            "qualifier",
            vec![
                ("mark-0-level", "1"),
                ("mark-0-why", "w"),
                ("evidence", "javascript:x"),
            ],
            "evidence",
        ),
        ("signaler", vec![("why", "typed <here>")], "reason"),
        ("signaler", vec![("reason", "closed")], "why"),
        (
            "signaler",
            vec![("reason", "closed"), ("why", &long)],
            "why",
        ),
        ("soutenir", vec![("why", &long)], "why"),
    ] {
        let path = format!("/fiches/{record}/{form}");
        assert_eq!(browser.open(&path).await.status, StatusCode::OK);
        let refused = post(&mut browser, &path, &fields).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{fields:?}"
        );
        let summary = format!("<a href=\"#{problem}\">");
        assert!(
            refused.body.contains(&summary),
            "{problem}: {}",
            refused.body
        );
        assert!(refused.body.contains(&format!("id=\"{problem}\"")));
        assert!(!refused.body.contains("<here>") && !refused.body.contains("<inventée>"));
        if fields.contains(&("mark-1-why", "typed <here>")) {
            assert!(
                refused.body.contains("typed &#60;here&#62;"),
                "{}",
                refused.body
            );
        }
    }
    let reader = replica.read().expect("a snapshot");
    assert!(reader.all_statements(&record).expect("readable").is_empty());
}

#[tokio::test]
async fn what_two_partners_state_stands_side_by_side_and_what_cannot_be_read_is_said_to_be_so() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let record = record(replica, "initiative", "Action inventée");
    let folder = tempfile::tempdir().expect("a folder");
    let other = census::of_partner(folder.path(), &census::committee(), 2);
    give(replica, &other);
    let theirs = Assessment::by_prisms(marks(&[("legacy", 0), ("x", 1)]), None);
    let theirs = Statement::Assessed(theirs.expect("an assessment"));
    other
        .make_statement(record, None, &theirs)
        .expect("it is written");
    let frame = Frame::Statement(StatementFrame {
        subject: record,
        other: None,
        predicate: "songed".to_owned(),
    });
    let content = b"\xff<script>".to_vec();
    other
        .contribute(vec![NewItem { frame, content }])
        .expect("it is written");
    give(&other, replica);
    let mut browser = node.browser();
    browser.log_in("noe", PASSWORD).await;
    let path = format!("/fiches/{record}/qualifier");
    let ours = [
        ("mark-3-level", "3"),
        ("mark-3-why", "un stade"),
        ("evidence", "https://exemple.fr"),
    ];
    assert_eq!(
        post(&mut browser, &path, &ours).await.status,
        StatusCode::SEE_OTHER
    );
    let why = [("why", "Nous y allons")];
    let path = format!("/fiches/{record}/soutenir");
    assert_eq!(
        post(&mut browser, &path, &why).await.status,
        StatusCode::SEE_OTHER
    );
    let report = [("reason", "closed"), ("why", "Fermé en <mars>")];
    let path = format!("/fiches/{record}/signaler");
    assert_eq!(
        post(&mut browser, &path, &report).await.status,
        StatusCode::SEE_OTHER
    );
    let page = browser.open(&format!("/fiches/{record}")).await.body;
    for said in [
        "<td>1,5</td>",
        "de 0 à 3 (2 évaluations)",
        "Département d’Exemple : 0",
        "Ville d’Exemple : 3",
        "Soutenue par Ville d’Exemple",
        "Signalée par Ville d’Exemple",
        "Fermé en &#60;mars&#62;",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(replica.wait_for_views(DEADLINE), "the index follows");
    let reported = browser.open("/signalements").await.body;
    let all = [
        "1 fiche signalée",
        "Fermé en &#60;mars&#62;",
        "Ville d’Exemple",
    ];
    assert!(all.iter().all(|said| reported.contains(said)), "{reported}");
    let closed = browser.open("/signalements?motif=closed").await.body;
    assert!(closed.contains(&format!("/fiches/{record}\"")), "{closed}");
    let wrong = browser.open("/signalements?motif=wrong&lang=fr").await.body;
    assert!(
        wrong.contains("Aucun signalement ici pour ce motif"),
        "{wrong}"
    );
    let facet = browser.open("/recensement?reported=closed").await.body;
    assert!(facet.contains(&format!("/fiches/{record}\"")), "{facet}");
    let facet = browser.open("/recensement?reported=wrong").await.body;
    assert!(!facet.contains(&format!("/fiches/{record}\"")), "{facet}");
    answer_the_report(&node, &mut browser, record).await;
    let far = browser.open("/signalements?page=99999999999").await;
    assert!(
        far.body.contains(&format!("/fiches/{record}\"")),
        "{}",
        far.body
    );
    for (language, words) in [
        ("fr", "Déclarations"),
        ("en", "A statement that this version cannot read"),
    ] {
        let list = browser
            .open(&format!("/fiches/{record}/declarations?lang={language}"))
            .await;
        assert_eq!(list.status, StatusCode::OK);
        assert!(list.body.contains(words), "{}", list.body);
        assert!(list.body.contains("songed") && !list.body.contains("<script>"));
        let entry = format!("/entrees/{}", list.between("/entrees/", "\""));
        let entry = browser.open(&entry).await;
        assert_eq!(entry.status, StatusCode::OK, "{}", entry.body);
    }
    assert_eq!(
        browser.open("/entrees/00").await.status,
        StatusCode::NOT_FOUND
    );
}

/// Answers the only report of the record, and takes the answer back.
async fn answer_the_report(node: &Node, browser: &mut Browser<'_>, record: RecordId) {
    let replica = node.replica.as_deref().expect("made with a census");
    let list = browser.open("/signalements").await.body;
    let start = format!("/fiches/{record}/signalements/");
    let item = list.split(&start).nth(1).expect("a link to answer");
    let answer = format!("{start}{}", &item[..32]);
    let form = browser.open(&answer).await.body;
    assert!(form.contains("Ville d’Exemple signale"), "{form}");
    let wrong = [("reason", "not-kept"), ("why", "")];
    let refused = post(browser, &answer, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let personal = [
        ("reason", "corrected"),
        ("why", "voir camille@exemple.example"),
    ];
    let refused = post(browser, &answer, &personal).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("voir camille@"),
        "what was typed stays"
    );
    let none = [("why", "oui")];
    let refused = post(browser, &answer, &none).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let good = [("reason", "not-kept"), ("why", "Toujours <ouvert>")];
    assert_eq!(
        post(browser, &answer, &good).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(replica.wait_for_views(DEADLINE), "the index follows");
    let open = browser.open("/signalements").await.body;
    assert!(!open.contains(&start), "{open}");
    for place in ["settled", "settled&motif=closed", "ours"] {
        let list = browser.open(&format!("/signalements?etat={place}")).await;
        let said = "Non retenu – Toujours &#60;ouvert&#62;";
        assert!(list.body.contains(said), "{place}: {}", list.body);
    }
    let page = browser.open(&format!("/fiches/{record}")).await.body;
    assert!(page.contains("Réponse de Ville d’Exemple le"), "{page}");
    assert!(page.contains("Retirer notre réponse"), "{page}");
    let form = browser.open(&answer).await.body;
    assert!(form.contains("value=\"not-kept\" checked"), "{form}");
    let back = post(browser, &format!("{answer}/retirer"), &[]).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    let twice = post(browser, &format!("{answer}/retirer"), &[]).await;
    assert_eq!(twice.status, StatusCode::FORBIDDEN);
    assert!(replica.wait_for_views(DEADLINE), "the index follows");
    let open = browser.open("/signalements").await.body;
    assert!(open.contains(&start), "{open}");
    let mut reader = node.browser();
    reader.log_in("ana", PASSWORD).await;
    let seen = reader.open("/signalements").await.body;
    assert!(
        seen.contains("Fermé en") && !seen.contains(&start),
        "{seen}"
    );
    assert_eq!(reader.open(&answer).await.status, StatusCode::FORBIDDEN);
    let gone = format!("{start}{}", "0".repeat(32));
    assert_eq!(browser.open(&gone).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_application_is_made_assessed_side_by_side_and_makes_no_label() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let candidate = record(replica, "initiative", "Action inventée");
    let mut browser = node.browser();
    browser.log_in("noe", PASSWORD).await;
    let apply = format!("/fiches/{candidate}/candidater");
    let list = browser.open(&apply).await.body;
    assert!(list.contains("reglement=accueil%401"), "{list}");
    let form = browser.open(&format!("{apply}?reglement=accueil@1")).await;
    assert_eq!(form.status, StatusCode::OK);
    assert!(!form.body.contains("<accueil>"), "{}", form.body);
    let refused = post(
        &mut browser,
        &apply,
        &[("scheme", "accueil@1"), ("answer-1", "Oui")],
    )
    .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("<a href=\"#answer-0\">"),
        "{}",
        refused.body
    );
    let answers = [
        ("scheme", "accueil@1"),
        ("answer-0", "Une rampe.\r\n[suivi] pas un titre"),
        ("answer-1", "Chaque juin."),
        ("evidence", "https://exemple.fr/dossier"),
    ];
    let made = post(&mut browser, &apply, &answers).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let page = made.location().to_owned();
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    let shown = browser.open(&page).await.body;
    for said in [
        "Une rampe.",
        "Chaque juin.",
        "[suivi] pas un titre",
        "poids 2, obligatoire",
        "Ville d’Exemple, Département d’Exemple",
    ] {
        let swapped = "Département d’Exemple, Ville d’Exemple";
        let is_there =
            shown.contains(said) || (said.starts_with("Ville") && shown.contains(swapped));
        assert!(is_there, "{said}: {shown}");
    }

    let application = page.rsplit('/').next().expect("an id");
    let application = RecordId::parse(application).expect("an id");
    let folder = tempfile::tempdir().expect("a folder");
    let other = census::of_partner(folder.path(), &census::committee(), 2);
    give(replica, &other);
    let theirs = Assessment::by_criteria("accueil@1", marks(&[("accueil", 1)]), None);
    let theirs = Statement::Assessed(theirs.expect("an assessment"));
    other
        .make_statement(application, None, &theirs)
        .expect("it is written");
    give(&other, replica);
    let assess = format!("{page}/evaluer");
    let refused = post(&mut browser, &assess, &[("mark-0-level", "3")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("<a href=\"#mark-0-why\">"),
        "{}",
        refused.body
    );
    let ours = [
        ("mark-0-level", "3"),
        ("mark-0-why", "Parfait"),
        ("mark-1-level", "2"),
        ("mark-1-why", "Suivi"),
    ];
    assert_eq!(
        post(&mut browser, &assess, &ours).await.status,
        StatusCode::SEE_OTHER
    );
    let shown = browser.open(&page).await.body;
    for said in [
        "Total pondéré : 8 sur 9",
        "Total pondéré : 2 sur 9",
        "Obligatoire non rempli",
        "Tout le comité a évalué",
        "<td>2</td><td>1–3</td>",
        "Sans niveau",
        &format!("/fiches/{candidate}/labels"),
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let english = browser.open(&format!("{page}?lang=en")).await.body;
    assert!(english.contains("Weighted total: 8 of 9"), "{english}");
    for (language, words) in [("fr", "2 sur 2"), ("en", "2 of 2")] {
        let list = browser
            .open(&format!("/labels/candidatures?lang={language}"))
            .await
            .body;
        assert!(
            list.contains(words) && list.contains("Candidature : Action inventée"),
            "{list}"
        );
    }
    let today = Day::parse("2025-11-24").expect("a day");
    let reader = replica.read().expect("a snapshot");
    assert!(
        reader.labels(today).expect("readable").is_empty(),
        "an assessment made a label"
    );
    let nowhere = format!("/labels/candidatures/{candidate}");
    assert_eq!(browser.open(&nowhere).await.status, StatusCode::NOT_FOUND);
}
