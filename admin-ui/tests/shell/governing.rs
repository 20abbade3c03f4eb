//! What takes rights away and what texts go into signed decisions, over HTTP: shown whole before it is signed, and refused with what was
//! found.

use axum::http::StatusCode;
use crdt_schema::governance::{Act, Mandate};
use crdt_schema::id::PartnerId;
use replica::NewItem;

use crate::browser::{Browser, Node, PASSWORD};
use crate::census::record;
use crate::federation::sign;

/// An invented organisation that an act lets in.
fn admitted(node: &Node) -> PartnerId {
    let replica = node.replica.as_deref().expect("made with a census");
    let root = crdt_schema::key::SecretKey::from_bytes(&[50; 32]).public();
    let act = Act::Enrol {
        partner: root.partner(),
        root: *root.as_bytes(),
        name: "Club inventé".to_owned(),
        mandate: Mandate::everything(),
    };
    let item = NewItem::of_act(&act).expect("a known act");
    replica.decide(vec![item]).expect("it is written");
    root.partner()
}

async fn logged_in<'a>(node: &'a Node, name: &str) -> Browser<'a> {
    let mut browser = node.browser();
    browser.log_in(name, PASSWORD).await;
    browser
}

#[tokio::test]
async fn whoever_is_put_out_is_shown_to_leave_before_it_is_signed_and_as_gone_after() {
    let node = Node::with_census();
    let partner = admitted(&node);
    let mut browser = logged_in(&node, "zoe").await;
    let address = format!("/federation/partenaires/{partner}?lang=fr");
    let token = browser.open(&address).await.token();
    let fields = [("token", token.as_str()), ("decision", "put-out")];
    let prepare = format!("/federation/partenaires/{partner}/preparer");
    let shown = browser.post(&prepare, &fields).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    for said in ["Retirer un mandat", "Club inventé sort de la fédération"] {
        assert!(shown.body.contains(said), "{said}: {}", shown.body);
    }
    let done = sign(&mut browser, &shown, PASSWORD).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let acts = node.desk.0.lock().expect("a list").clone();
    assert!(matches!(acts[..], [Act::Descope { .. }]), "{acts:?}");
    let replica = node.replica.as_deref().expect("made with a census");
    let items = acts.iter().map(|act| NewItem::of_act(act).expect("known"));
    replica.decide(items.collect()).expect("it is written");
    for (page, language, word) in [
        ("/federation?lang=", "fr", "Sorti"),
        ("/federation?lang=", "en", "Has left"),
    ] {
        let listed = browser.open(&format!("{page}{language}")).await;
        assert!(listed.body.contains(word), "{}", listed.body);
    }
    let page = browser.open(&address).await;
    assert!(page.body.contains("Sorti"), "{}", page.body);
    assert!(!page.body.contains("value=\"put-out\""), "{}", page.body);
    let again = browser.post(&prepare, &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("déjà sorti"), "{}", again.body);
}

#[tokio::test]
async fn a_way_to_reach_somebody_goes_into_no_act() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    let record = record(replica, "actor", "Club inventé");
    let mut browser = logged_in(&node, "zoe").await;
    let form = format!("/fiches/{record}/effacer");
    let token = browser.open(&format!("{form}?lang=fr")).await.token();
    for ground in [
        "demande de camille@exemple.example",
        "voir le 06 39 98 00 01",
    ] {
        let sent = [("token", token.as_str()), ("ground", ground)];
        let refused = browser.post(&form, &sent).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let said = "que rien n’efface ensuite";
        assert!(refused.body.contains(said), "{}", refused.body);
        let found = ground.rsplit_once(" de ").or(ground.split_once("le "));
        let (_, found) = found.expect("both have one");
        assert!(refused.body.contains(found), "{}", refused.body);
        assert!(!refused.body.contains("name=\"act\""), "{}", refused.body);
    }
    assert!(node.desk.0.lock().expect("a list").is_empty());
}

#[tokio::test]
async fn a_way_to_reach_somebody_is_asked_about_in_what_is_stated() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    let record = record(replica, "actor", "Club inventé");
    let mut browser = logged_in(&node, "noe").await;
    let why = "Le numéro est faux, appeler le 06 39 98 00 01.";
    let page = format!("/fiches/{record}");
    let token = browser.open(&format!("{page}?lang=fr")).await.token();
    for (form, more) in [
        ("signaler", &[("reason", "wrong"), ("why", why)][..]),
        ("soutenir", &[("why", why)]),
        ("qualifier", &[("mark-0-level", "1"), ("mark-0-why", why)]),
    ] {
        let form = format!("{page}/{form}");
        let sent = [&[("token", token.as_str())][..], more].concat();
        let refused = browser.post(&form, &sent).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        for said in ["06 39 98 00 01", "garder-coordonnees"] {
            assert!(refused.body.contains(said), "{form}: {}", refused.body);
        }
        let reader = replica.read().expect("a snapshot");
        let before = reader.statements(&record).expect("readable").len();
        let kept = [&sent[..], &[("garder-coordonnees", "1")]].concat();
        let done = browser.post(&form, &kept).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let reader = replica.read().expect("a snapshot");
        let after = reader.statements(&record).expect("readable").len();
        assert_eq!(after, before + 1, "{form}");
    }
}

#[tokio::test]
async fn the_rules_of_a_label_are_pasted_into_the_draft_of_a_charter() {
    let node = Node::with_census();
    let ours = {
        let replica = node.replica.as_deref().expect("made with a census");
        replica.partner().expect("the node signs").to_string()
    };
    let mut browser = logged_in(&node, "zoe").await;
    let page = browser.open("/federation/charte?lang=fr").await;
    assert!(page.body.contains("name=\"scheme\""), "{}", page.body);
    let token = page.token();
    let value = |name: &str| {
        let start = format!("name=\"{name}\" value=\"");
        let rest = page.body.split_once(&start).map_or("", |(_, rest)| rest);
        rest.split('"').next().unwrap_or_default().to_owned()
    };
    let seats = page.body.split_once("name=\"seats\"").expect("a field").1;
    let seats = seats.split_once('>').expect("it opens").1;
    let seats = seats.split("</textarea>").next().expect("it ends").trim();
    let k = value("k");
    let rules = format!(
        "id = \"accueil\"\nversion = 1\ntitle = \"Accueil inventé\"\nfields = [\"name\"]\nneeded = 1\nmonths = 24\ncommittee = [\"{}\"]\n\n[[criteria]]\nid = \"a\"\ntitle = \"Ouvert à tous\"\nweight = 1\n",
        &ours[..12]
    );
    let send = |rules: &str| -> Vec<(&'static str, String)> {
        vec![
            ("token", token.clone()),
            ("seats", seats.to_owned()),
            ("k", k.clone()),
            ("coordinator", ours.clone()),
            ("confirmed", ours.clone()),
            ("scheme", rules.to_owned()),
        ]
    };
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let other = |from: &str, to: &str| {
        let changed = rules.replacen(from, to, 1);
        assert_ne!(changed, rules, "{from}");
        changed
    };
    for (rules, status, said) in [
        (&rules, StatusCode::OK, "Accueil inventé"),
        (&"id = 3".to_owned(), wrong, "ligne 1"),
        (
            &other("title = \"Accueil inventé\"\n", ""),
            wrong,
            "il manque",
        ),
        (&other("months", "mois"), wrong, "mois\u{a0}» n’existe pas"),
        (
            &other("months = 24", "months = \"deux ans\""),
            wrong,
            "sans guillemets",
        ),
        (
            &other("\"Accueil inventé\"", "\"Accueil inventé"),
            wrong,
            "se lit pas à la ligne 3",
        ),
        (&other(&ours[..12], "personne"), wrong, "aucun organisme"),
        (
            &other("needed = 1", "needed = 2"),
            wrong,
            "nombre de membres",
        ),
        (&other("[\"name\"]", "[]"), wrong, "au moins un champ"),
        (
            &other("Ouvert à tous", "camille@exemple.example"),
            wrong,
            "permet de joindre",
        ),
    ] {
        let fields = send(rules);
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let answer = browser.post("/federation/charte/proposer", &fields).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.body.contains(said), "{said}: {}", answer.body);
        if status == wrong {
            // Nothing of what was typed is lost, and the form stands open.
            let kept = answer
                .body
                .split_once("name=\"scheme\"")
                .expect("a field")
                .1;
            let kept = kept.split("</textarea>").next().unwrap_or_default();
            let escaped = rules.replace('"', "&#34;");
            assert!(kept.ends_with(&escaped), "{kept}");
            assert!(answer.body.contains("no-print\" open>"), "{}", answer.body);
            let ticked = format!("name=\"coordinator\" value=\"{ours}\"");
            let ticked = answer.body.split_once(&ticked).expect("its box").1;
            assert!(
                ticked
                    .split('>')
                    .next()
                    .is_some_and(|it| it.ends_with("checked"))
            );
        }
    }
}
