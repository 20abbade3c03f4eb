//! Campaigns over HTTP: made from a search, how far they are by organisation, and what remains for ours.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::label::Day;
use replica::{Replica, Saving};

use crate::browser::{Answer, Browser, Node};
use crate::census;
use crate::due::{named, put};
use crate::files::logged_in;
use crate::statements::give;

const DEADLINE: std::time::Duration = std::time::Duration::from_secs(60);

fn sections(codes: &[&str]) -> BTreeSet<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

fn verify(replica: &Replica, record: RecordId, codes: &[&str], on: &str) {
    let on = Day::parse(on).expect("a day");
    let stated = replica.verify_sections(record, &sections(codes), on);
    stated.expect("it is written");
    assert!(replica.wait_for_views(DEADLINE));
}

async fn make(browser: &mut Browser<'_>, search: &str, fields: &[(&str, &str)]) -> Answer {
    let place = format!("/campagnes/nouvelle?{search}");
    let form = browser.open(&place).await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.body);
    let token = form.token();
    let fields = [&[("token", token.as_str())], fields].concat();
    browser.post(&place, &fields).await
}

/// Writes a campaign as somebody would who fills in the form of its record.
fn written(replica: &Replica, fields: Vec<(&str, Wanted)>) -> RecordId {
    let name = Wanted::Value(Value::Text("Campagne".to_owned()));
    let fields = fields.into_iter().chain([("name", name)]);
    let draft = Draft {
        fields: fields
            .map(|(name, wanted)| (name.to_owned(), wanted))
            .collect(),
    };
    let federation = *replica.state().federation();
    let saving = Saving::creation(&federation, "campaign", "*", [9; 16], draft);
    let record = saving.record;
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(DEADLINE));
    record
}

fn text(text: &str) -> Wanted {
    Wanted::Value(Value::Text(text.to_owned()))
}

fn terms(terms: &[String]) -> Wanted {
    Wanted::Terms(terms.iter().cloned().collect())
}

/// The row of the table of progress that begins with this name.
fn row(page: &Answer, name: &str) -> Vec<u64> {
    let start = format!("<th scope=\"row\"><bdi>{name}</bdi></th>");
    let cells = page
        .between(&start, "</tr>")
        .split("class=\"number\">")
        .skip(1);
    cells
        .map(|cell| {
            cell.split('<')
                .next()
                .expect("is closed")
                .parse()
                .expect("a number")
        })
        .collect()
}

#[tokio::test]
async fn a_campaign_is_made_from_a_search_and_says_by_organisation_how_far_it_is() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let [club, choir] =
        ["Club inventé", "Chorale inventée"].map(|name| named(replica, "actor", name));
    named(replica, "event", "Fête inventée");
    let folder = tempfile::tempdir().expect("a folder");
    let other = census::of_partner(folder.path(), &census::committee(), 2);
    give(replica, &other);
    let theirs = named(&other, "actor", "Judo inventé");
    give(&other, replica);
    // Too early to count.
    verify(replica, club, &["identity"], "2025-11-23");

    let mut browser = logged_in(&node, "noe").await;
    let list = browser.open("/recensement?kind=actor&due=never").await;
    assert!(
        list.body
            .contains("/campagnes/nouvelle?kind=actor&#38;due=never"),
        "{}",
        list.body
    );
    let form = browser
        .open("/campagnes/nouvelle?kind=actor&due=never")
        .await;
    assert!(
        form.body.contains("n’est pas gardé") && form.body.contains("3 fiches"),
        "{}",
        form.body
    );
    assert!(
        form.body.contains("value=\"2025-11-24\""),
        "it begins today: {}",
        form.body
    );
    let fields = [
        ("nom", "Automne <2025>"),
        ("depuis", "2025-11-24"),
        ("avant", "30/11/2025"),
    ];
    let made = make(&mut browser, "kind=actor&due=never", &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    assert!(replica.wait_for_views(DEADLINE));
    let place = made
        .location()
        .split('?')
        .next()
        .expect("a path")
        .to_owned();
    let campaign = place.rsplit('/').next().expect("an id").to_owned();
    let page = browser.open(&place).await;
    assert!(
        page.body.contains("0 sur 3") && !page.body.contains("<2025>"),
        "{}",
        page.body
    );
    assert!(
        page.body.contains("En cours jusqu’au 30 novembre 2025"),
        "{}",
        page.body
    );
    assert_eq!(row(&page, "Ville d’Exemple"), [2, 0, 2]);
    assert_eq!(row(&page, "Département d’Exemple"), [1, 0, 1]);
    assert!(
        page.body.contains("Ce qui reste à votre organisme (2"),
        "{}",
        page.body
    );

    // What remains for us is listed, and confirmed from there.
    let rest = format!("/a-verifier?campagne={campaign}");
    let list = browser.open(&rest).await;
    assert!(
        list.body.contains("Club inventé") && list.body.contains("Chorale inventée"),
        "{}",
        list.body
    );
    assert!(!list.body.contains("Judo inventé") && !list.body.contains("Fête inventée"));
    assert!(
        list.body.contains("Automne &#60;2025&#62;"),
        "{}",
        list.body
    );
    let seen = list.between("name=\"jusqu\" value=\"", "\"").to_owned();
    let (token, club_id) = (list.token(), club.to_string());
    let fields = [
        ("token", token.as_str()),
        ("jusqu", &seen),
        ("fiche", &club_id),
        ("signer", "1"),
    ];
    let signed = browser.post(&rest, &fields).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.body);
    let list = browser.open(signed.location()).await;
    assert!(!list.body.contains("Club inventé") && list.body.contains("Chorale inventée"));
    // Another partner's confirmation of a record that it does not keep counts for whoever keeps it.
    verify(&other, choir, &["identity"], "2025-11-24");
    give(&other, replica);
    let page = browser.open(&place).await;
    assert!(page.body.contains("2 sur 3"), "{}", page.body);
    assert_eq!(row(&page, "Ville d’Exemple"), [2, 2, 0]);
    assert!(
        page.body.contains("Rien ne reste à votre organisme"),
        "{}",
        page.body
    );

    node.pass(7 * 86_400);
    let mut browser = logged_in(&node, "noe").await;
    let page = browser.open(&place).await;
    let said = "Échéance passée depuis le 30 novembre 2025\u{a0}: une fiche reste à vérifier";
    assert!(page.body.contains(said), "{}", page.body);
    verify(replica, theirs, &["identity"], "2025-11-24");
    let page = browser.open(&format!("{place}?lang=en")).await;
    assert!(
        page.body.contains("Finished: everything is verified"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn a_campaign_for_some_sections_looks_at_these_and_names_what_it_cannot_ask() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let club = named(replica, "actor", "Club inventé");
    let choir = named(replica, "actor", "Chorale inventée");
    let party = named(replica, "event", "Fête inventée");
    put(replica, club, "website", "https://exemple.test");
    verify(replica, club, &["contact"], "2025-11-24");
    let records = [club, choir].map(|record| record.to_string());
    let campaign = written(
        replica,
        vec![
            ("search", text("?kind=event")),
            ("records", terms(&records)),
            ("sections_asked", terms(&["contact".to_owned()])),
            (
                "partners_asked",
                terms(&["ville d’exemple ".to_owned(), "Personne".to_owned()]),
            ),
        ],
    );
    let mut browser = logged_in(&node, "noe").await;
    let place = format!("/fiches/{campaign}");
    let page = browser.open(&place).await;
    // The section of the choir holds nothing: it is to be filled, then confirmed. Events have no such section or hold nothing there.
    assert!(page.body.contains("1 sur "), "{}", page.body);
    assert!(
        page.body
            .contains("Aucun partenaire ne porte ce nom\u{a0}: Personne"),
        "{}",
        page.body
    );
    assert!(page.body.contains("Sans date de début"), "{}", page.body);
    let list = browser
        .open(&format!("/a-verifier?campagne={campaign}"))
        .await;
    assert!(
        list.body.contains("Chorale inventée") && !list.body.contains("Club inventé"),
        "{}",
        list.body
    );
    put(replica, choir, "website", "https://exemple.test");
    let list = browser
        .open(&format!("/a-verifier?campagne={campaign}"))
        .await;
    let seen = list.between("name=\"jusqu\" value=\"", "\"").to_owned();
    let (token, id) = (list.token(), choir.to_string());
    let fields = [
        ("token", token.as_str()),
        ("jusqu", &seen),
        ("fiche", &id),
        ("signer", "1"),
    ];
    browser
        .post(&format!("/a-verifier?campagne={campaign}"), &fields)
        .await;
    let reader = replica.read().expect("a snapshot");
    let held = reader
        .statements_with(&choir, "verified")
        .expect("readable");
    let said = format!("{:?}", held[0].statement);
    assert!(
        said.contains("contact") && !said.contains("identity"),
        "only what is asked: {said}"
    );
    let list = browser
        .open(&format!("/a-verifier?campagne={campaign}"))
        .await;
    assert!(!list.body.contains("Chorale inventée"), "{}", list.body);
    assert!(reader.all_statements(&party).expect("readable").is_empty());
    let unknown = browser.open(&format!("/a-verifier?campagne={club}")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_campaign_that_asks_for_others_or_for_nothing_leaves_nothing_to_us() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    named(replica, "actor", "Club inventé");
    let nothing = written(replica, Vec::new());
    let mut browser = logged_in(&node, "noe").await;
    let page = browser.open(&format!("/fiches/{nothing}")).await;
    assert!(
        page.body.contains("Ne demande encore rien"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("<progress"));
    let list = browser
        .open(&format!("/a-verifier?campagne={nothing}"))
        .await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(!list.body.contains("Club inventé"), "{}", list.body);

    let fields = [
        ("nom", "Pour eux"),
        ("depuis", ""),
        ("partenaire", "Département d’Exemple"),
    ];
    let made = make(&mut browser, "kind=actor", &fields).await;
    assert!(replica.wait_for_views(DEADLINE));
    let place = made
        .location()
        .split('?')
        .next()
        .expect("a path")
        .to_owned();
    let page = browser.open(&place).await;
    assert!(
        page.body.contains("Aucune fiche ne répond pour l’instant"),
        "{}",
        page.body
    );
    let campaign = place.rsplit('/').next().expect("an id");
    let list = browser
        .open(&format!("/a-verifier?campagne={campaign}"))
        .await;
    assert!(!list.body.contains("Club inventé"), "{}", list.body);
}

#[tokio::test]
async fn the_form_names_what_is_wrong_and_only_who_may_write_makes_a_campaign() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    named(replica, "actor", "Club inventé");
    let mut browser = logged_in(&node, "noe").await;
    for (fields, problem) in [
        (&[("nom", ""), ("depuis", "2025-11-24")][..], "nom"),
        (&[("nom", "n"), ("depuis", "hier")], "depuis"),
        (&[("nom", "n"), ("avant", "2025-13-01")], "avant"),
        (
            &[
                ("nom", "n"),
                ("depuis", "2025-11-24"),
                ("avant", "2025-11-23"),
            ],
            "avant",
        ),
    ] {
        let refused = make(&mut browser, "kind=actor", fields).await;
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
    }
    let none = browser.open("/campagnes/nouvelle?q=*a").await;
    assert_eq!(none.location(), "/recensement?q=%2aa");
    let english = browser.open("/campagnes/nouvelle?lang=en").await;
    assert!(
        english.body.contains("search for a single kind"),
        "{}",
        english.body
    );
    let mut reader = logged_in(&node, "ana").await;
    let list = reader.open("/recensement?kind=actor").await;
    assert!(!list.body.contains("/campagnes/nouvelle"), "{}", list.body);
    assert_eq!(
        reader.open("/campagnes/nouvelle").await.status,
        StatusCode::FORBIDDEN
    );
    let token = list.token();
    let refused = reader
        .post("/campagnes/nouvelle", &[("token", &token), ("nom", "n")])
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
