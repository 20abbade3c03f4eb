//! Watches over HTTP: kept from a search, seen by whoever made them alone, and changed by a button only.

use std::time::Duration;

use axum::http::StatusCode;
use crdt_schema::label::Day;

use crate::browser::{Answer, Browser, Node, PASSWORD};
use crate::census::record;
use crate::due::{named, put};
use crate::files::logged_in;

const SEARCH: &str = "kind=actor&q=invent";
const DEADLINE: Duration = Duration::from_secs(60);

async fn keep(browser: &mut Browser<'_>, name: &str) -> Answer {
    let place = format!("/veilles/nouvelle?{SEARCH}");
    let form = browser.open(&place).await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.body);
    let seen = form.between("name=\"jusqu\" value=\"", "\"").to_owned();
    let token = form.token();
    let fields = [("token", token.as_str()), ("jusqu", &seen), ("nom", name)];
    browser.post(&place, &fields).await
}

async fn press(browser: &mut Browser<'_>, path: &str, more: &[(&str, &str)]) -> Answer {
    let token = browser.open("/veilles").await.token();
    let fields = [&[("token", token.as_str())], more].concat();
    browser.post(path, &fields).await
}

#[tokio::test]
async fn a_search_is_followed_and_says_what_is_new_until_a_button_says_that_it_was_seen() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    record(replica, "actor", "Club <inventé>");
    let mut browser = logged_in(&node, "ana").await;
    let none = browser.open("/veilles").await;
    assert!(none.body.contains("Vous ne suivez encore aucune recherche"));
    let census = browser.open(&format!("/recensement?{SEARCH}")).await;
    assert!(
        census.body.contains("Suivre cette recherche"),
        "{}",
        census.body
    );
    assert!(
        census
            .body
            .contains("href=\"/veilles/nouvelle?q=invent&#38;kind=actor\"")
    );

    let kept = keep(&mut browser, "Clubs <à moi>").await;
    let place = kept.location().to_owned();
    assert_eq!(place, "/veilles/1");
    let watch = browser.open(&place).await;
    assert!(
        watch.body.contains("Une fiche, rien de nouveau"),
        "{}",
        watch.body
    );
    assert!(
        watch.body.contains("Clubs &#60;à moi&#62;"),
        "{}",
        watch.body
    );
    assert!(!watch.body.contains("Marquer comme vu") && !watch.body.contains("<à moi>"));

    let other = record(replica, "event", "Fête inventée");
    let (second, _) = (record_of(replica, "Chorale inventée"), other);
    let list = browser.open("/veilles").await;
    assert!(
        list.body.contains("une fiche nouvelle ou modifiée"),
        "{}",
        list.body
    );
    for _ in 0..2 {
        let watch = browser.open(&place).await;
        let body = &watch.body;
        assert!(
            body.contains("2\u{a0}fiches, dont une nouvelle")
                || body.contains("2 fiches, dont une nouvelle"),
            "{body}"
        );
        assert_eq!(body.matches(">Nouveau<").count(), 1, "{body}");
        let (new, old) = (
            body.find("Chorale inventée"),
            body.find("Club &#60;inventé"),
        );
        assert!(
            new.is_some() && new < old,
            "what is new comes first: {body}"
        );
        assert!(body.contains(&format!("/fiches/{second}")) && !body.contains("Fête inventée"));
    }
    // What comes after the page was opened stays new, although its button is pressed then.
    let watch = browser.open(&place).await;
    let seen = watch.between("name=\"jusqu\" value=\"", "\"").to_owned();
    record_of(replica, "Judo inventé");
    let marked = press(&mut browser, "/veilles/1/vue", &[("jusqu", &seen)]).await;
    assert_eq!(marked.location(), place);
    let watch = browser.open(&place).await;
    assert_eq!(watch.body.matches(">Nouveau<").count(), 1, "{}", watch.body);
    let new = watch.body.find(">Nouveau<").expect("one is new");
    assert!(watch.body[..new].contains("Judo inventé") && !watch.body[..new].contains("Chorale"));
    // A number from nowhere marks nothing that is not there yet.
    let far = u64::MAX.to_string();
    press(&mut browser, "/veilles/1/vue", &[("jusqu", &far)]).await;
    record_of(replica, "Tir inventé");
    let watch = browser.open(&place).await;
    assert_eq!(watch.body.matches(">Nouveau<").count(), 1, "{}", watch.body);
    let wrong = press(&mut browser, "/veilles/1/vue", &[("jusqu", "x")]).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
}

/// Another record of kind `actor`: the home territory is a part of what its id is made of.
fn record_of(replica: &replica::Replica, name: &str) -> crdt_schema::id::RecordId {
    use crdt_schema::draft::{Draft, Wanted};
    use crdt_schema::edit::Value;
    let federation = *replica.state().federation();
    let draft = Draft {
        fields: [(
            "name".to_owned(),
            Wanted::Value(Value::Text(name.to_owned())),
        )]
        .into(),
    };
    let nonce = *crdt_schema::id::hash("nonce", &[name.as_bytes()])
        .first_chunk()
        .expect("32 bytes");
    let saving = replica::Saving::creation(&federation, "actor", "45", nonce, draft);
    let record = saving.record;
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(std::time::Duration::from_secs(60)));
    record
}

#[tokio::test]
async fn a_watch_is_renamed_and_removed_by_its_account_and_by_nobody_else() {
    let node = Node::with_census();
    let mut ana = logged_in(&node, "ana").await;
    assert_eq!(keep(&mut ana, "À moi").await.location(), "/veilles/1");
    let mut noe = logged_in(&node, "noe").await;
    for path in ["/veilles/1", "/veilles/2"] {
        assert_eq!(noe.open(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["renommer", "supprimer", "vue"] {
        let more = [("nom", "Volée"), ("jusqu", "1")];
        let refused = press(&mut noe, &format!("/veilles/1/{path}"), &more).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{path}");
    }
    for wrong in [String::new(), "é".repeat(101)] {
        let refused = press(&mut ana, "/veilles/1/renommer", &[("nom", &wrong)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.body.contains("<a href=\"#nom\">"),
            "{}",
            refused.body
        );
        let refused = keep(&mut ana, &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let renamed = press(&mut ana, "/veilles/1/renommer", &[("nom", "Clubs")]).await;
    assert_eq!(renamed.location(), "/veilles/1");
    assert!(ana.open("/veilles").await.body.contains("<bdi>Clubs</bdi>"));
    // Without its token, a form changes nothing.
    let forged = ana.post("/veilles/1/supprimer", &[("token", "x")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let removed = press(&mut ana, "/veilles/1/supprimer", &[]).await;
    assert_eq!(removed.location(), "/veilles");
    assert_eq!(ana.open("/veilles/1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_fifty_first_search_is_refused_with_what_to_do() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "ana").await;
    for number in 1..=50 {
        let kept = keep(&mut browser, "n").await;
        assert_eq!(kept.location(), format!("/veilles/{number}"));
    }
    let refused = keep(&mut browser, "n").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("supprimez-en une d’abord"),
        "{}",
        refused.body
    );
    let list = browser.open("/veilles?lang=en").await;
    assert!(
        list.body.contains("50 watches of 50 possible"),
        "{}",
        list.body
    );
    // A search that is none leads to the page that says why.
    let none = browser.open("/veilles/nouvelle?q=*a").await;
    assert_eq!(none.location(), "/recensement?q=%2aa");
}

#[tokio::test]
async fn a_record_that_becomes_due_without_any_change_is_new_until_it_is_seen() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    let [old, young, other] =
        ["Ancien club", "Jeune club", "Autre club"].map(|name| named(replica, "actor", name));
    let today = Day::parse("2025-11-24").expect("a day");
    for (record, day) in [(old, today.minus_days(10)), (young, today)] {
        let sections = ["identity".to_owned()].into();
        let stated = replica.verify_sections(record, &sections, day);
        stated.expect("it is written");
    }
    assert!(replica.wait_for_views(DEADLINE));
    let mut browser = logged_in(&node, "ana").await;
    let search = "/veilles/nouvelle?due=never&due=advised&due=required";
    let form = browser.open(search).await;
    let seen = form.between("name=\"jusqu\" value=\"", "\"").to_owned();
    assert!(seen.ends_with("@2025-11-24"), "{seen}");
    let token = form.token();
    let fields = [
        ("token", token.as_str()),
        ("jusqu", &seen),
        ("nom", "À revoir"),
    ];
    let place = browser.post(search, &fields).await.location().to_owned();
    let watch = browser.open(&place).await;
    assert!(
        watch.body.contains("Une fiche, rien de nouveau"),
        "{}",
        watch.body
    );
    // Another record changes, and is not among what is asked.
    put(replica, young, "website", "https://exemple.test");
    let sections = ["identity".to_owned(), "contact".to_owned()].into();
    replica
        .verify_sections(young, &sections, today)
        .expect("it is written");
    put(replica, other, "summary", "Rien de plus");
    let place_of = |page: &str, name: &str| page.find(name).unwrap_or_else(|| panic!("{page}"));

    // 170 days later the older one was confirmed 180 days ago. Nobody wrote anything about it, and it stands first.
    node.pass(169 * 86_400);
    browser.log_in("ana", PASSWORD).await;
    let early = browser.open(&place).await.body;
    assert!(!early.contains("Ancien club"), "{early}");
    node.pass(86_400);
    browser.log_in("ana", PASSWORD).await;
    let list = browser.open("/veilles").await.body;
    assert!(list.contains("2 fiches nouvelles ou modifiées"), "{list}");
    let page = browser.open(&place).await;
    assert!(page.body.contains("Ancien club") && !page.body.contains("Jeune club"));
    let mark = "class=\"badge badge-notice\"";
    assert_eq!(page.body.matches(mark).count(), 2, "{}", page.body);

    // The page was opened before the next day came: what became due since is not seen with it.
    let seen = page.between("name=\"jusqu\" value=\"", "\"").to_owned();
    node.pass(10 * 86_400);
    browser.log_in("ana", PASSWORD).await;
    press(&mut browser, &format!("{place}/vue"), &[("jusqu", &seen)]).await;
    let page = browser.open(&place).await.body;
    assert!(
        page.contains("3 fiches, dont une nouvelle ou modifiée"),
        "{page}"
    );
    assert!(place_of(&page, "Jeune club") < place_of(&page, "Ancien club"));
    let seen = page
        .split_once("name=\"jusqu\" value=\"")
        .expect("a button")
        .1;
    let seen = seen.split('"').next().expect("is closed").to_owned();
    press(&mut browser, &format!("{place}/vue"), &[("jusqu", &seen)]).await;
    let page = browser.open(&place).await.body;
    assert!(page.contains("3 fiches, rien de nouveau"), "{page}");
}
