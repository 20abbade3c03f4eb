//! The pages of the federation: what is signed is what was shown, after the password, by who may decide.

use axum::http::StatusCode;
use crdt_schema::entry::{
    Body, Frame, Header, Item, Kind, Payload, ProvenRotation, Rotation, SignedEntry,
};
use crdt_schema::governance::{Act, Mandate};
use crdt_schema::id::PartnerId;
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;
use replica::NewItem;

use crate::browser::{Answer, Browser, Node, PASSWORD};
use crate::census::{of_partner, two_coordinators};
use crate::files::logged_in;
use crate::statements::give;

fn ours(node: &Node) -> PartnerId {
    let replica = node.replica.as_deref().expect("made with a census");
    replica.partner().expect("the node signs")
}

/// The hidden fields of a page's last form, as a browser sends them.
pub(crate) fn hidden(answer: &Answer) -> Vec<(String, String)> {
    let form = answer.body.rsplit_once("<form").expect("a form").1;
    let inputs = form.split("<input type=\"hidden\" name=\"").skip(1);
    inputs
        .map(|input| {
            let (name, rest) = input.split_once('"').expect("a name");
            let value = rest.split('"').nth(1).expect("a value");
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

async fn preview(browser: &mut Browser<'_>, partner: &PartnerId) -> Answer {
    let address = format!("/federation/partenaires/{partner}");
    let token = browser.open(&address).await.token();
    let fields = [
        ("token", token.as_str()),
        ("decision", "mandate"),
        ("kind", "event"),
        ("territories", "45 2a"),
    ];
    browser.post(&format!("{address}/preparer"), &fields).await
}

pub(crate) async fn sign(browser: &mut Browser<'_>, shown: &Answer, password: &str) -> Answer {
    let mut fields = hidden(shown);
    fields.push(("password".to_owned(), password.to_owned()));
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.post("/federation/signer", &fields).await
}

#[tokio::test]
async fn every_page_of_the_federation_opens_in_both_languages() {
    let node = Node::with_census();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let partner = format!("/federation/partenaires/{}", ours(&node));
    for (path, french, english) in [
        (
            "/federation",
            "Organismes de la fédération",
            "Organisations of the federation",
        ),
        (partner.as_str(), "Mandats reçus", "Mandates received"),
        ("/federation/charte", "En vigueur", "In force"),
        (
            "/federation/decisions",
            "Décisions de la fédération",
            "Decisions of the federation",
        ),
        ("/labels", "Règlements", "Schemes"),
        ("/federation/vocabulaires", "Liste", "List"),
        (
            "/federation/vocabulaires/themes",
            "Ajouter un terme",
            "Add a term",
        ),
        ("/federation/programmes", "Aucun programme", "No programme"),
        (
            "/federation/champs",
            "Aucun champ n’est masqué",
            "No field is hidden",
        ),
    ] {
        for (language, words) in [("fr", french), ("en", english)] {
            let answer = browser.open(&format!("{path}?lang={language}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert!(
                answer.body.contains(words),
                "{path} {language}: {}",
                answer.body
            );
        }
    }
    for nothing in ["00", &"0".repeat(64)] {
        let answer = browser
            .open(&format!("/federation/partenaires/{nothing}"))
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn what_is_signed_is_what_was_shown_and_only_after_the_password() {
    let node = Node::with_census();
    let partner = ours(&node);
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let shown = preview(&mut browser, &partner).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(
        shown.body.contains("Événement dans 2A, 45"),
        "{}",
        shown.body
    );
    let refused = sign(&mut browser, &shown, "une autre phrase").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(node.desk.0.lock().expect("a list").is_empty());
    node.pass(60);
    let done = sign(&mut browser, &refused, PASSWORD).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let kept = node.desk.0.lock().expect("a list");
    let [
        Act::Mandate {
            partner: given,
            mandate,
        },
    ] = kept.as_slice()
    else {
        panic!("{kept:?}");
    };
    assert_eq!(*given, partner);
    assert!(mandate.covers("event", "45") && mandate.covers("event", "2A"));
    assert!(!mandate.covers("actor", "45") && !mandate.covers("event", "18"));
}

#[tokio::test]
async fn whoever_may_not_decide_is_sent_away_and_signs_nothing() {
    let node = Node::with_census();
    let partner = ours(&node);
    let shown = {
        let mut admin = node.browser();
        admin.log_in("zoe", PASSWORD).await;
        preview(&mut admin, &partner).await
    };
    for name in ["ana", "noe"] {
        let mut browser = node.browser();
        browser.log_in(name, PASSWORD).await;
        let page = browser
            .open(&format!("/federation/partenaires/{partner}"))
            .await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            !page.body.contains("/preparer"),
            "{name} is offered a decision"
        );
        let prepared = preview(&mut browser, &partner).await;
        assert_eq!(prepared.status, StatusCode::FORBIDDEN, "{name}");
        // Not even with the fields of somebody else's preview and the right token.
        let mut fields = hidden(&shown);
        fields.retain(|(field, _)| field != "token");
        fields.push(("token".to_owned(), page.token()));
        fields.push(("password".to_owned(), PASSWORD.to_owned()));
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(field, value)| (field.as_str(), value.as_str()))
            .collect();
        let signed = browser.post("/federation/signer", &fields).await;
        assert_eq!(signed.status, StatusCode::FORBIDDEN, "{name}");
    }
    assert!(node.desk.0.lock().expect("a list").is_empty());
}

#[tokio::test]
async fn bytes_that_are_no_decision_are_not_signed() {
    let node = Node::with_census();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let token = browser.open("/federation").await.token();
    for act in ["", "cut", "cut:00", "become_king:80", "mandate:zz"] {
        let fields = [
            ("token", token.as_str()),
            ("act", act),
            ("password", PASSWORD),
        ];
        let answer = browser.post("/federation/signer", &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{act:?}");
    }
    let territory = [
        ("token", token.as_str()),
        ("decision", "mandate"),
        ("territories", "45 <script>"),
    ];
    let address = format!("/federation/partenaires/{}/preparer", ours(&node));
    let answer = browser.post(&address, &territory).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!answer.body.contains("<script>") && !answer.body.contains("<SCRIPT>"));
    assert!(node.desk.0.lock().expect("a list").is_empty());
}

fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

/// An invented organisation is let in, and two keys claim to be the next one of its root.
fn with_dispute(node: &Node) -> PartnerId {
    let replica = node.replica.as_deref().expect("made with a census");
    let partner = key(50).public().partner();
    let enrolment = Act::Enrol {
        partner,
        root: *key(50).public().as_bytes(),
        name: "Club inventé".to_owned(),
        mandate: Mandate::everything(),
    };
    let item = NewItem::of_act(&enrolment).expect("a known act");
    replica.decide(vec![item]).expect("it is written");
    for next in [51, 52] {
        replica
            .rotate(&rotation(replica, partner, (50, next)))
            .expect("it is written");
    }
    partner
}

fn rotation(
    replica: &replica::Replica,
    partner: PartnerId,
    (previous, next): (u8, u8),
) -> ProvenRotation {
    let federation = *replica.state().federation();
    let roots = (&key(previous), &key(next));
    Rotation::sign(federation, partner, roots, [].into()).expect("two keys")
}

fn hexadecimal(number: u8) -> String {
    data_encoding::HEXLOWER.encode(key(number).public().as_bytes())
}

#[tokio::test]
async fn a_dispute_about_a_root_is_said_and_a_coordinator_ends_it() {
    let node = Node::with_census();
    let partner = with_dispute(&node);
    let address = format!("/federation/partenaires/{partner}");
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    for (language, words) in [
        ("fr", "Deux clés racines se disputent"),
        ("en", "Two root keys claim"),
    ] {
        let page = browser.open(&format!("{address}?lang={language}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains(words), "{}", page.body);
        for next in [51, 52] {
            assert!(page.body.contains(&hexadecimal(next)), "{}", page.body);
        }
    }
    let token = browser.open(&format!("{address}?lang=fr")).await.token();
    let named = hexadecimal(51);
    let fields = [
        ("token", token.as_str()),
        ("decision", "root"),
        ("root", named.as_str()),
    ];
    let shown = browser.post(&format!("{address}/preparer"), &fields).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    assert!(
        shown.body.contains("Reconnaître une clé racine"),
        "{}",
        shown.body
    );
    assert!(shown.body.contains(&named) && shown.body.contains("Club inventé"));
    let done = sign(&mut browser, &shown, PASSWORD).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let root = *key(51).public().as_bytes();
    let kept = node.desk.0.lock().expect("a list").clone();
    assert_eq!(kept, [Act::Root { partner, root }]);
    // A key to which nothing leads is not offered, nor shown for a signature.
    let strange = hexadecimal(53);
    for wrong in [strange.as_str(), "", "<b>"] {
        let fields = [
            ("token", token.as_str()),
            ("decision", "root"),
            ("root", wrong),
        ];
        let refused = browser.post(&format!("{address}/preparer"), &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}

#[tokio::test]
async fn which_root_of_a_coordinator_holds_is_said_by_the_charter() {
    let node = Node::with_census();
    let partner = ours(&node);
    let replica = node.replica.as_deref().expect("made with a census");
    // The root of the census's own organisation is `key(1)`.
    for next in [51, 52] {
        replica
            .rotate(&rotation(replica, partner, (1, next)))
            .expect("it is written");
    }
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let page = browser
        .open(&format!("/federation/partenaires/{partner}?lang=fr"))
        .await;
    assert!(
        page.body.contains("c’est une nouvelle charte"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("value=\"root\""), "{}", page.body);
}

#[tokio::test]
async fn our_root_is_rotated_after_the_password_and_the_passphrase() {
    let node = Node::with_census();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let address = format!("/federation/partenaires/{}?lang=fr", ours(&node));
    let page = browser.open(&address).await;
    assert!(page.body.contains("Changer la clé racine"), "{}", page.body);
    let token = page.token();
    let shown = browser
        .post("/federation/racine/preparer", &[("token", token.as_str())])
        .await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    assert!(shown.body.contains("07070707 : continue"), "{}", shown.body);
    assert!(shown.body.contains("name=\"passphrase\""), "{}", shown.body);
    let sign = async |browser: &mut Browser<'_>, passphrase: &str, password: &str| {
        let mut fields = hidden(&shown);
        fields.push(("passphrase".to_owned(), passphrase.to_owned()));
        fields.push(("password".to_owned(), password.to_owned()));
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        browser.post("/federation/signer", &fields).await
    };
    for (passphrase, words) in [
        ("", "donnez sa phrase secrète"),
        ("une autre", "n’a pas pu être ouverte"),
    ] {
        let refused = sign(&mut browser, passphrase, PASSWORD).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(words), "{}", refused.body);
        assert!(
            !refused.body.contains("une autre\""),
            "a passphrase is not sent back"
        );
    }
    let done = sign(&mut browser, "une phrase", PASSWORD).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let refused = sign(&mut browser, "une phrase", "faux").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Whoever may not decide does not see it.
    let mut reader = node.browser();
    reader.log_in("ana", PASSWORD).await;
    let page = reader.open(&address).await;
    assert!(!page.body.contains("/federation/racine/"), "{}", page.body);
    let fields = [("token", page.token())];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let forbidden = reader.post("/federation/racine/preparer", &fields).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_node_whose_feed_has_ended_says_so_first() {
    let node = Node::with_census();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let alarm = "Ce nœud ne signe plus rien";
    let before = browser.open("/federation").await;
    assert!(!before.body.contains(alarm), "{}", before.body);
    let replica = node.replica.as_deref().expect("made with a census");
    replica.end_feed().expect("it is written");
    let after = browser.open("/federation").await;
    assert_eq!(after.status, StatusCode::OK);
    assert!(after.body.contains(alarm), "{}", after.body);
}

#[tokio::test]
async fn what_a_later_version_signed_for_a_coordinator_is_said_on_the_page() {
    let node = Node::with_coordinators();
    let replica = node.replica.as_deref().expect("made with a census");
    let folder = tempfile::tempdir().expect("a folder");
    let ville = of_partner(folder.path(), &two_coordinators(), 1);
    give(&ville, replica);
    let mut browser = logged_in(&node, "ana").await;
    let said = "Une coordination a signé une décision que cette version ne comprend pas.";
    let before = browser.open("/federation").await;
    assert!(!before.body.contains(said), "{}", before.body);
    let (author, charter) = (key(101), two_coordinators());
    let feed = author.public().feed();
    let head = replica.state().feeds().furthest_head(&feed);
    let (sequence, previous) = head.expect("it has begun");
    let body = Body::Held {
        salt: [7; 16],
        content: b"\xa0".to_vec(),
    };
    let frame = Frame::Act("treaty".to_owned());
    let payload = Payload::new(vec![Item { frame, body }]).expect("small");
    let header = Header {
        kind: Kind::Unknown(77),
        critical: true,
        federation: charter.federation(),
        feed,
        sequence: sequence + 1,
        previous: Some(previous),
        charter: charter.id(),
        claimed: Timestamp::from_millis(1_764_000_000_000),
        payload: payload.commitment(),
        payload_bytes: u32::try_from(payload.to_bytes().len()).expect("small"),
    };
    let entry = SignedEntry {
        header: header.to_bytes(),
        signature: author.sign("entry", &header.to_bytes()),
        payload: payload.to_bytes(),
    };
    let entry = entry.verify(&charter.federation()).expect("signed");
    replica.ingest(vec![entry]).expect("it is written");
    let shown = browser.open("/federation").await;
    assert!(shown.body.contains(said), "{}", shown.body);
    let shown = browser.open("/federation?lang=en").await;
    assert!(shown.body.contains("Upgrade the node"), "{}", shown.body);
}
