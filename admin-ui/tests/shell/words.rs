//! The words of the federation: a coordinator declares what the page shows, readers only read.

use axum::http::StatusCode;
use crdt_schema::governance::Act;
use crdt_schema::vocabulary::{Declaration, Declared, OwnShape};

use crate::browser::{Answer, Browser, Node, PASSWORD};
use crate::federation::sign;

const THEMES: &str = "/federation/vocabulaires/themes";
const FIELDS: &str = "/federation/champs";

async fn declare(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let token = browser.open("/federation").await.token();
    let mut all = vec![("token", token.as_str())];
    all.extend(fields);
    browser.post(path, &all).await
}

fn declared(node: &Node) -> Vec<Declared> {
    let acts = node.desk.0.lock().expect("a list");
    let bodies = acts.iter().map(|act| match act {
        Act::Vocabulary { scheme: None, body } => Declaration::read(body).expect("a declaration"),
        other => panic!("{other:?}"),
    });
    bodies.map(|declaration| declaration.declared).collect()
}

#[tokio::test]
async fn a_term_is_declared_as_it_was_shown() {
    let node = Node::with_census();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let shown = browser.open(&format!("{THEMES}?terme=sport")).await;
    assert!(shown.body.contains("Modifier le terme"), "{}", shown.body);
    let fields = [
        ("code", "sport-sante"),
        ("fr", "Sport et santé"),
        ("broader", "sport"),
        ("data_inclusion", "sante--bien-etre | sante"),
    ];
    let preview = declare(&mut browser, THEMES, &fields).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.body);
    for said in [
        "Sport et santé",
        "sport-sante",
        "Proposé",
        "sante--bien-etre, sante",
    ] {
        assert!(preview.body.contains(said), "{said}: {}", preview.body);
    }
    assert_eq!(declared(&node), []);
    let done = sign(&mut browser, &preview, PASSWORD).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let [Declared::Term(term)] = &declared(&node)[..] else {
        panic!("{:?}", declared(&node));
    };
    assert_eq!(
        (term.code.as_str(), term.broader.as_deref()),
        ("sport-sante", Some("sport"))
    );
    assert_eq!(term.wording.in_language("en"), "Sport et santé");
    assert_eq!(term.data_inclusion, ["sante--bien-etre", "sante"]);
}

#[tokio::test]
async fn what_cannot_be_declared_comes_back_with_what_was_typed() {
    let node = Node::with_census();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    for (fields, said) in [
        (
            [
                ("code", "Sport Santé"),
                ("fr", "Sport gardé"),
                ("broader", ""),
            ],
            "Écrivez un code",
        ),
        (
            [("code", "sport-sante"), ("fr", ""), ("broader", "")],
            "Écrivez un libellé",
        ),
        (
            [
                ("code", "sport-sante"),
                ("fr", "Sport"),
                ("broader", "rien"),
            ],
            "n’est pas un terme",
        ),
        (
            [("code", "a-b"), ("fr", "Sport"), ("broader", "a-b")],
            "n’est pas un terme",
        ),
    ] {
        let answer = declare(&mut browser, THEMES, &fields).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{fields:?}"
        );
        assert!(answer.body.contains(said), "{fields:?}: {}", answer.body);
        assert!(answer.body.contains(fields[0].1), "{fields:?}");
    }
    let fields = [
        ("place", "actor.contact"),
        ("name", "x_É"),
        ("fr", "Agrément"),
        ("shape", "text"),
    ];
    let answer = declare(&mut browser, FIELDS, &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(declared(&node), []);
    let nothing = browser.open("/federation/vocabulaires/rien").await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_field_is_added_and_another_is_hidden() {
    let node = Node::with_census();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let fields = [
        ("place", "actor.contact"),
        ("name", "agrement"),
        ("fr", "Numéro d’agrément"),
        ("hint", "Par exemple « 12 »."),
        ("shape", "integer"),
        ("public", "1"),
    ];
    let preview = declare(&mut browser, FIELDS, &fields).await;
    assert!(preview.body.contains("x_agrement"), "{}", preview.body);
    sign(&mut browser, &preview, PASSWORD).await;
    let hide = [("place", "event.recurrence"), ("hidden", "1")];
    let preview = declare(&mut browser, &format!("{FIELDS}/masquer"), &hide).await;
    assert!(preview.body.contains("Récurrence"), "{}", preview.body);
    sign(&mut browser, &preview, PASSWORD).await;
    let declared = declared(&node);
    let [
        Declared::Field(field),
        Declared::Hidden {
            field: hidden,
            is_hidden: true,
            ..
        },
    ] = &declared[..]
    else {
        panic!("{declared:?}");
    };
    assert_eq!(
        (field.name.as_str(), field.shape),
        ("x_agrement", OwnShape::Integer)
    );
    assert!(field.is_public);
    assert_eq!(hidden, "recurrence");
    let name = [("place", "event.name"), ("hidden", "1")];
    let refused = declare(&mut browser, &format!("{FIELDS}/masquer"), &name).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn readers_and_contributors_read_and_declare_nothing() {
    let node = Node::with_census();
    for name in ["ana", "noe"] {
        let mut browser = node.browser();
        browser.log_in(name, PASSWORD).await;
        let page = browser.open(THEMES).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.body.contains("Ajouter un terme"), "{name}");
        let fields = [("code", "sport-sante"), ("fr", "Sport")];
        let answer = declare(&mut browser, THEMES, &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}");
        let fields = [("place", "event.recurrence"), ("hidden", "1")];
        let answer = declare(&mut browser, &format!("{FIELDS}/masquer"), &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}");
    }
    assert_eq!(declared(&node), []);
}

#[tokio::test]
async fn programmes_are_chosen_with_the_leading_one_first() {
    const PROGRAMMES: &str = "/federation/programmes";
    let node = Node::with_census();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let shown = browser.open(PROGRAMMES).await;
    assert!(
        shown.body.contains("Aucun programme n’est choisi"),
        "{}",
        shown.body
    );
    let refused = declare(&mut browser, PROGRAMMES, &[("leading", "autonomie")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("Choisissez au moins un programme"),
        "{}",
        refused.body
    );
    let fields = [
        ("profile", "autonomie"),
        ("profile", "rencontres"),
        ("leading", "rencontres"),
    ];
    let preview = declare(&mut browser, PROGRAMMES, &fields).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.body);
    assert!(
        preview.body.contains("Programmes suivis"),
        "{}",
        preview.body
    );
    assert_eq!(declared(&node), []);
    let done = sign(&mut browser, &preview, PASSWORD).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let chosen = ["rencontres", "autonomie"].map(str::to_owned);
    assert_eq!(declared(&node), [Declared::Profiles(chosen.to_vec())]);

    let unknown = declare(&mut browser, PROGRAMMES, &[("profile", "Rien de tel")]).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut browser = node.browser();
    browser.log_in("ana", PASSWORD).await;
    let read = browser.open(PROGRAMMES).await;
    assert_eq!(read.status, StatusCode::OK);
    assert!(
        !read.body.contains("name=\"leading\""),
        "a reader only reads"
    );
    let token = browser.open("/").await.token();
    let fields = [&[("token", token.as_str())][..], &fields].concat();
    let sent = browser.post(PROGRAMMES, &fields).await;
    assert_eq!(sent.status, StatusCode::FORBIDDEN);
}
