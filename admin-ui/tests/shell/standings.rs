//! How labels stand, wherever a record is named: lists, map, files, searches. Each state has its word, and no file makes a label.

use std::time::Duration;

use axum::http::StatusCode;
use crdt_schema::cbor::Wire;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::entry::Frame;
use crdt_schema::governance::{Act, Label, SchemeId, SchemeName};
use crdt_schema::id::{RecordId, hash};
use crdt_schema::label::Day;
use replica::{NewItem, Replica, Saving};

use crate::browser::{Answer, Browser, Node};
use crate::census::{of_partner, two_coordinators};
use crate::due::{named, put};
use crate::files::{begin, logged_in, records, try_out, write};
use crate::statements::give;

const DEADLINE: Duration = Duration::from_secs(60);
const TODAY: &str = "2025-11-24";

/// What each record is called, the word of its search, and what its badge says of the label.
const STATES: [(&str, &str, &str); 7] = [
    (
        "Club étudié",
        "being_decided",
        "En cours de décision (1 sur 2)",
    ),
    (
        "Club attendu",
        "to_come",
        "En vigueur à partir du 1er mars 2026",
    ),
    ("Club labellisé", "in_force", "En vigueur"),
    ("Club finissant", "expiring", "Expire bientôt"),
    ("Club remanié", "changed_since", "Fiche modifiée depuis"),
    ("Club échu", "expired", "Expiré"),
    ("Club privé", "withdrawn", "Retiré"),
];

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn decide(replica: &Replica, act: &Act) {
    let item = NewItem {
        frame: Frame::Act(act.name().expect("a known act").to_owned()),
        content: act.to_content(),
    };
    replica.decide(vec![item]).expect("it is written");
}

/// Votes for the label of the charter, as a coordinator's office does.
pub(crate) fn vote(replica: &Replica, record: &RecordId, from: &str) {
    let scheme = SchemeId::Charter(SchemeName {
        id: "accueil".to_owned(),
        version: 1,
    });
    let act = replica.label_vote(&scheme, record, day(from), None);
    decide(replica, &act.expect("is prepared"));
}

fn label(replica: &Replica, record: &RecordId) -> Label {
    let reader = replica.read().expect("a snapshot");
    let labels = reader.labels_of(record, day(TODAY)).expect("readable");
    labels.first().expect("it has one").label.clone()
}

/// A node of a third partner whose records have a label in each state, in the order of [`STATES`].
fn with_all_states() -> (Node, Vec<RecordId>) {
    let node = Node::with_coordinators();
    let replica = node.replica.as_deref().expect("made with a census");
    let made: Vec<RecordId> = STATES
        .iter()
        .map(|(name, _, _)| named(replica, "actor", name))
        .collect();
    let folders = [1, 2].map(|_| tempfile::tempdir().expect("a folder"));
    let [ville, departement] = [1_u8, 2].map(|number| {
        let folder = folders[usize::from(number) - 1].path();
        of_partner(folder, &two_coordinators(), number)
    });
    for coordinator in [&ville, &departement] {
        give(replica, coordinator);
    }
    let days = [
        TODAY,
        "2026-03-01",
        TODAY,
        "2024-01-15",
        TODAY,
        "2020-01-01",
        TODAY,
    ];
    for (number, (record, from)) in made.iter().zip(days).enumerate() {
        vote(&ville, record, from);
        if number > 0 {
            vote(&departement, record, from);
        }
    }
    let reason = "Association dissoute".to_owned();
    let label = label(&ville, &made[6]);
    decide(&ville, &Act::LabelWithdraw { label, reason });
    for coordinator in [&ville, &departement] {
        give(coordinator, replica);
    }
    put(replica, made[4], "name", "Club remanié deux fois");
    (node, made)
}

fn badge(state: &str) -> String {
    format!("dir=\"auto\">Accueil pour tous : {state}</span>")
}

/// The part of a page that is about one record.
fn row<'a>(answer: &'a Answer, record: &RecordId, end: &str) -> &'a str {
    answer.between(&format!("href=\"/fiches/{record}\">"), end)
}

#[tokio::test]
async fn each_state_has_its_word_wherever_a_record_is_named() {
    let (node, made) = with_all_states();
    let mut browser = logged_in(&node, "noe").await;
    for page in ["/recensement", "/recensement/carte", "/a-verifier"] {
        let list = browser.open(page).await;
        for (record, (_, _, state)) in made.iter().zip(STATES) {
            let row = row(&list, record, "</tr>");
            assert!(row.contains(&badge(state)), "{page}: {row}");
            assert_eq!(row.matches("Accueil pour tous").count(), 1, "{page}: {row}");
        }
    }
    let sheet = browser.open("/a-verifier/feuille").await;
    assert!(sheet.body.contains(&badge("Expiré")), "{}", sheet.body);
    // The register, the certificate and the page of the record say the same of a first day that is to come.
    let to_come = "En vigueur à partir du 1er mars 2026";
    for page in ["/labels", &format!("/fiches/{}", made[1])] {
        let shown = browser.open(page).await;
        assert!(shown.body.contains(to_come), "{page}: {}", shown.body);
    }
    let of_one = browser.open(&format!("/fiches/{}", made[1])).await.body;
    assert!(!of_one.contains(">En vigueur<"), "{of_one}");
    let english = browser.open("/recensement?lang=en").await;
    assert!(
        english
            .body
            .contains("Accueil pour tous: In force from 1 March 2026"),
        "{}",
        english.body
    );
}

#[tokio::test]
async fn a_record_that_leads_to_a_labelled_one_and_its_double_show_the_label() {
    let (node, made) = with_all_states();
    let replica = node.replica.as_deref().expect("made with a census");
    let twin = named(replica, "actor", "Club labellisé ");
    let view = replica.read().expect("a snapshot").record(&made[2]);
    let draft = Draft {
        fields: [
            ("parent".to_owned(), Wanted::Value(Value::Record(twin))),
            ("siret".to_owned(), text("73282932000074")),
        ]
        .into(),
    };
    let saving = Saving {
        record: made[2],
        birth: None,
        base: view.expect("readable").expect("held").heads,
        draft,
    };
    replica.save(saving).expect("it is written");
    put(replica, twin, "siret", "73282932000074");
    assert!(replica.wait_for_views(DEADLINE));
    let mut browser = logged_in(&node, "noe").await;
    let said = badge("En vigueur");
    for page in [
        "/doublons".to_owned(),
        format!("/doublons/{}/{twin}", made[2]),
    ] {
        let shown = browser.open(&page).await;
        assert!(shown.body.contains(&said), "{page}: {}", shown.body);
    }
    let page = browser.open(&format!("/fiches/{twin}")).await;
    let linked = page.between("<h2 id=\"linked\">", "</section>");
    assert!(linked.contains(&said), "{linked}");
    let doubles = page.between("<h2 id=\"duplicates\">", "</section>");
    assert!(doubles.contains(&said), "{doubles}");
}

fn text(text: &str) -> Wanted {
    Wanted::Value(Value::Text(text.to_owned()))
}

#[tokio::test]
async fn each_state_is_a_facet_and_a_criterion() {
    let (node, made) = with_all_states();
    let mut browser = logged_in(&node, "ana").await;
    let all = browser.open("/recensement").await;
    let facet = all.between("<summary>État du label</summary>", "</details>");
    for word in [
        "En cours de décision",
        "En vigueur plus tard",
        "En vigueur",
        "Expire bientôt",
        "Fiche modifiée depuis",
        "Expiré",
        "Retiré",
    ] {
        let link = format!("<span>{word}</span><span class=\"count\">1</span>");
        assert!(facet.contains(&link), "{word}: {facet}");
    }
    for (record, (_, word, _)) in made.iter().zip(STATES) {
        for search in [
            format!("label_state={word}"),
            format!("label=accueil%401&label_state={word}"),
        ] {
            let found = browser.open(&format!("/recensement?{search}")).await;
            let table = found.between("<tbody>", "</tbody>");
            assert_eq!(table.matches("<tr>").count(), 1, "{search}: {table}");
            assert!(table.contains(&record.to_string()), "{search}: {table}");
        }
        let other = format!("/recensement?label=autre%401&label_state={word}");
        let none = browser.open(&other).await;
        assert!(!none.body.contains("<tbody>"), "{}", none.body);
    }
    // Two states are either of them; without a state, a label is one in force, be it to end soon.
    for (search, count) in [
        ("label_state=expired&label_state=withdrawn", 2),
        ("label=accueil%401", 2),
    ] {
        let found = browser.open(&format!("/recensement?{search}")).await;
        let table = found.between("<tbody>", "</tbody>");
        assert_eq!(table.matches("<tr>").count(), count, "{search}: {table}");
    }
    let chosen = browser.open("/recensement?label_state=expired").await;
    assert!(
        chosen.body.contains("État du label : Expiré"),
        "{}",
        chosen.body
    );
}

/// Labels are counted among the records that lead to one, be it by another that was merged into it.
#[tokio::test]
async fn labels_are_counted_among_what_leads_to_a_record() {
    let (node, made) = with_all_states();
    let replica = node.replica.as_deref().expect("made with a census");
    let [old, head] = ["Ancien siège", "Siège"].map(|name| named(replica, "actor", name));
    let write = |record: RecordId, draft: Draft| {
        let view = replica.read().expect("a snapshot").record(&record);
        let view = view.expect("readable").expect("held");
        let saved = replica.save(Saving::over(&view, draft));
        saved.expect("it is written");
        assert!(replica.wait_for_views(DEADLINE));
    };
    // One in force leads there, one that has expired, and one that leads elsewhere.
    for (record, parent) in [(made[2], old), (made[5], head), (made[3], made[0])] {
        let parent = Wanted::Value(Value::Record(parent));
        let fields = [("parent".to_owned(), parent)].into();
        write(record, Draft { fields });
    }
    write(
        old,
        crdt_schema::record::withdrawing("Un doublon", Some(head)),
    );
    let mut browser = logged_in(&node, "ana").await;
    let page = browser.open(&format!("/recensement?links={head}")).await;
    let table = page.between("<tbody>", "</tbody>");
    assert_eq!(table.matches("<tr>").count(), 2, "{table}");
    let facet = page.between("<summary>État du label</summary>", "</details>");
    assert_eq!(
        facet.matches("<span class=\"count\">1</span>").count(),
        2,
        "{facet}"
    );
    for (word, is_there) in [
        ("Expiré", true),
        ("En vigueur", true),
        ("Expire bientôt", false),
    ] {
        let link = format!("<span>{word}</span>");
        assert_eq!(facet.contains(&link), is_there, "{word}: {facet}");
    }
    // What a click gives is what was counted.
    let search = format!("/recensement?links={head}&label_state=expired");
    let found = browser.open(&search).await;
    let table = found.between("<tbody>", "</tbody>");
    assert_eq!(table.matches("<tr>").count(), 1, "{table}");
}

async fn file(browser: &mut Browser<'_>, form: &str) -> Answer {
    let place = format!("/exporter/fichier?kind=actor&format={form}");
    browser.open(&place).await
}

#[tokio::test]
async fn files_say_how_labels_stand_and_make_none() {
    let (node, made) = with_all_states();
    let replica = node.replica.as_deref().expect("made with a census");
    // A partner writes a field that is called like the column.
    put(replica, made[0], "labels", "accueil@1 in_force");
    let mut browser = logged_in(&node, "noe").await;
    let json = file(&mut browser, "json").await;
    let json: serde_json::Value = serde_json::from_str(&json.body).expect("JSON");
    let of = |record: &RecordId| {
        let all = json.as_array().expect("a list").iter();
        let mut its = all.filter(|one| one["record"] == record.to_string());
        its.next().expect("it is in the file").clone()
    };
    for (record, (_, word, _)) in made.iter().zip(STATES) {
        let labels = of(record)["labels"].clone();
        assert_eq!(labels.as_array().map(Vec::len), Some(1), "{labels}");
        assert_eq!(labels[0]["state"], format!("label_{word}"));
        assert_eq!(labels[0]["scheme"], "accueil@1");
    }
    let forged = of(&made[0]);
    assert_eq!(forged["labels_"], "accueil@1 in_force");
    let days = of(&made[1])["labels"][0].clone();
    assert_eq!(
        (days["from"].as_str(), days["to"].as_str()),
        (Some("2026-03-01"), Some("2028-02-29"))
    );
    let csv = file(&mut browser, "csv").await;
    for (_, word, _) in STATES {
        let said = format!("accueil@1 {word} 20");
        assert!(csv.body.contains(&said), "{word}: {}", csv.body);
    }
    let header = csv.body.lines().next().expect("a header");
    assert_eq!(header.matches(",labels,").count(), 1, "{header}");
    assert!(header.contains(",labels_,"), "{header}");
    let sheet = file(&mut browser, "tableur").await;
    assert!(sheet.body.contains("Labels [labels]"), "{}", sheet.body);
    for (_, _, state) in STATES {
        let said = format!("Accueil pour tous : {state}, du ");
        assert!(sheet.body.contains(&said), "{state}: {}", sheet.body);
    }
    let geojson = file(&mut browser, "geojson").await;
    let geojson: serde_json::Value = serde_json::from_str(&geojson.body).expect("JSON");
    let features = geojson["features"].as_array().expect("a list").iter();
    let labels = features.map(|feature| feature["properties"]["labels"].clone());
    assert!(
        labels
            .clone()
            .all(|labels| labels.as_array().map(Vec::len) == Some(1))
    );

    // The same files again, with every label said to be in force: nothing changes, and the report says why.
    let before = replica.read().expect("a snapshot").labels(day(TODAY));
    let before = before.expect("readable");
    for (name, bytes) in [
        ("a.csv", csv.bytes.clone()),
        ("a.csv", sheet.bytes.clone()),
        ("a.json", serde_json::to_vec(&json).expect("JSON")),
        ("a.geojson", serde_json::to_vec(&geojson).expect("JSON")),
    ] {
        let mut text = String::from_utf8(bytes).expect("UTF-8");
        for (_, word, state) in STATES {
            text = text.replace(&format!("accueil@1 {word}"), "accueil@1 in_force");
            text = text.replace(&format!("label_{word}"), "label_in_force");
            text = text.replace(&format!(" : {state},"), " : En vigueur,");
        }
        let begun = begin(&mut browser, "", name, text.as_bytes()).await;
        let (_, report) = try_out(&mut browser, &begun, &[]).await;
        assert!(
            report
                .body
                .contains("Un fichier n&#39;attribue aucun label"),
            "{name}: {}",
            report.body
        );
        // Nothing else is new either, but the `id` of a feature.
        let is_same = report.body.contains("rien de nouveau");
        assert!(is_same || name == "a.geojson", "{name}: {}", report.body);
        assert_eq!(records(&node), 7, "{name}");
    }
    // A table of somebody else keeps its column as a field, which makes no label either.
    let table = "Identifiant;Nom;Label\nA;Club <inventé>;Accueil pour tous : En vigueur\n";
    let begun = begin(&mut browser, "", "b.csv", table.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    write(&mut browser, &place, &report, "stop").await;
    assert_eq!(records(&node), 8);
    let after = replica.read().expect("a snapshot").labels(day(TODAY));
    assert_eq!(after.expect("readable"), before);
    let list = browser.open("/recensement?q=invent%C3%A9").await;
    assert!(!list.body.contains("class=\"badge"), "{}", list.body);
}

#[tokio::test]
async fn the_map_says_how_labels_stand() {
    let (node, made) = with_all_states();
    let replica = node.replica.as_deref().expect("made with a census");
    let view = replica.read().expect("a snapshot").record(&made[3]);
    let point = Value::Point {
        latitude_e7: 479_029_000,
        longitude_e7: 19_039_000,
    };
    let saving = Saving {
        record: made[3],
        birth: None,
        base: view.expect("readable").expect("held").heads,
        draft: Draft {
            fields: [("point".to_owned(), Wanted::Value(point))].into(),
        },
    };
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(DEADLINE));
    let mut browser = logged_in(&node, "ana").await;
    let points = browser.open("/recensement/points.geojson").await;
    let points: serde_json::Value = serde_json::from_str(&points.body).expect("JSON");
    let labels = &points["features"][0]["properties"]["labels"];
    assert_eq!(
        *labels,
        serde_json::json!([{ "class": "badge-warning", "text": "Accueil pour tous\u{a0}: Expire bientôt" }])
    );
}

#[tokio::test]
async fn a_proof_that_cannot_be_made_says_why() {
    let (node, made) = with_all_states();
    let replica = node.replica.as_deref().expect("made with a census");
    let named = label(replica, &made[0]);
    let address = hash("label-address", &[&named.to_cbor()]);
    let address: String = address[..16].iter().map(|it| format!("{it:02x}")).collect();
    let proof = format!("/fiches/{}/labels/{address}/preuve", made[0]);
    let mut browser = logged_in(&node, "ana").await;
    let told = browser.open(&proof).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(
        told.body.contains("Ce label n’est pas décidé"),
        "{}",
        told.body
    );
    let back = format!("href=\"/fiches/{}/labels\"", made[0]);
    assert!(told.body.contains(&back), "{}", told.body);
    let english = browser.open(&format!("{proof}?lang=en")).await;
    assert!(
        english.body.contains("This label is not decided"),
        "{}",
        english.body
    );
    let none = format!("/fiches/{}/labels/{}/preuve", made[0], "0".repeat(32));
    assert_eq!(browser.open(&none).await.status, StatusCode::NOT_FOUND);
}
