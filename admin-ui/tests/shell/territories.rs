//! Official lists over HTTP, and what the page of a record says of its territories. Outlines are invented squares.

use std::time::Duration;

use axum::http::StatusCode;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::record::withdrawing;
use crdt_schema::territory::TerritoryCode;
use crdt_schema::view::RecordView;
use replica::search::Query;
use replica::{Replica, Saving};

use crate::browser::{Answer, Browser, Node};
use crate::facets::listed;
use crate::files::{begin, logged_in, records, try_out, wait, write};

const DEADLINE: Duration = Duration::from_secs(60);

const COMMUNES: &str = r#"[
    {"code":"45155","nom":"Gien","zone":"metro","departement":"45","region":"24","type":"commune-actuelle","codesPostaux":["45500"],"population":13500},
    {"code":"18033","nom":"Bourges","zone":"metro","departement":"18","region":"24","type":"commune-actuelle","codesPostaux":["18000"],"population":65000}
]"#;

/// Two neighbourhoods of two generations, a hundredth of a degree wide.
const NEIGHBOURHOODS: [&str; 2] = [
    r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code_qp":"QP045001","nom_qp":"Ancien quartier"},
        "geometry":{"type":"Polygon","coordinates":[[[2.62,47.68],[2.63,47.68],[2.63,47.69],[2.62,47.69],[2.62,47.68]]]}}]}"#,
    r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code_qp":"QN04512M","nom_qp":"Nouveau quartier"},
        "geometry":{"type":"Polygon","coordinates":[[[2.62,47.68],[2.64,47.68],[2.64,47.70],[2.62,47.70],[2.62,47.68]]]}}]}"#,
];

async fn sent(browser: &mut Browser<'_>, kind: &str, name: &str, file: &[u8]) -> (String, Answer) {
    let token = browser.open("/importer").await.token();
    let fields = [("token", token.as_str()), ("genre", kind), ("source", name)];
    let begun = browser.upload("/importer", &fields, (name, file)).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    let columns = begun.location().to_owned();
    let page = browser.open(&columns).await;
    (columns, page)
}

/// Sends the choices of the page of columns back, with what is said of the list.
async fn tried(
    browser: &mut Browser<'_>,
    columns: &str,
    page: &Answer,
    list: &[(&str, &str)],
) -> Answer {
    let mut fields = vec![("token".to_owned(), page.token())];
    for select in page.body.split("<select id=\"c").skip(1) {
        let id = format!("c{}", select.split('"').next().expect("is closed"));
        let options = select.split("</select>").next().expect("is closed");
        let (before, _) = options.split_once("\" selected>").expect("one is chosen");
        let value = before.rsplit("value=\"").next().expect("has a value");
        fields.push((id, value.to_owned()));
    }
    let said = list.iter();
    fields.extend(said.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.post(columns, &fields).await
}

/// Imports a file whole.
async fn import(node: &Node, kind: &str, name: &str, file: &str, list: &[(&str, &str)]) {
    let mut browser = logged_in(node, "noe").await;
    let (columns, page) = sent(&mut browser, kind, name, file.as_bytes()).await;
    let answer = tried(&mut browser, &columns, &page, list).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let place = columns.trim_end_matches("/colonnes");
    let report = wait(&mut browser, place).await;
    let done = write(&mut browser, place, &report, "stop").await;
    assert!(done.body.contains("Import terminé"), "{}", done.body);
    records(node);
}

/// Opens the page of the record with this name.
async fn page_of(browser: &mut Browser<'_>, name: &str) -> String {
    let found = browser.open(&format!("/recensement?q={name}")).await;
    let link = found.body.split("<a href=\"/fiches/").find(|part| {
        let text = part.split("</a>").next().unwrap_or_default();
        text.contains(name)
    });
    let link = link.unwrap_or_else(|| panic!("{name}: {}", found.body));
    let record = link.split('"').next().expect("is closed").to_owned();
    let page = browser.open(&format!("/fiches/{record}")).await;
    assert_eq!(page.status, StatusCode::OK);
    page.body
}

#[tokio::test]
async fn a_list_is_cut_to_a_departement_and_its_year_is_asked() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let (columns, page) = sent(&mut browser, "", "communes.json", COMMUNES.as_bytes()).await;
    assert!(
        page.body.contains("Liste officielle de territoires"),
        "{}",
        page.body
    );
    assert!(page.body.contains("value=\"territory\" selected"));
    for (list, said) in [
        (
            &[("list_year", ""), ("only", "")][..],
            "href=\"#list_year\"",
        ),
        (&[("list_year", "26"), ("only", "")], "href=\"#list_year\""),
        (&[("list_year", "2026"), ("only", "93")], "href=\"#only\""),
    ] {
        let refused = tried(&mut browser, &columns, &page, list).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{list:?}");
        assert!(refused.body.contains(said), "{}", refused.body);
        let (field, typed) = *list.last().expect("two");
        assert!(refused.body.contains(&format!("name=\"{field}\"")));
        assert!(refused.body.contains(&format!("value=\"{typed}\"")));
    }
    let list = [("list_year", "2026"), ("only", "dep-45")];
    let answer = tried(&mut browser, &columns, &page, &list).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let place = columns.trim_end_matches("/colonnes");
    let report = wait(&mut browser, place).await;
    assert!(
        report.body.contains("une nouvelle fiche"),
        "{}",
        report.body
    );
    assert!(report.body.contains("hors de DEP-45"), "{}", report.body);
    assert_eq!(records(&node), 0, "a dry run writes nothing");
    write(&mut browser, place, &report, "stop").await;
    assert_eq!(records(&node), 1);
    // Next year's list: the part that is kept is remembered, its year is not.
    let next = COMMUNES.replace("13500", "13650");
    let (columns, page) = sent(&mut browser, "", "communes.json", next.as_bytes()).await;
    assert!(page.body.contains("value=\"DEP-45\""), "{}", page.body);
    assert!(!page.body.contains("value=\"2026\""), "{}", page.body);
    let list = [("list_year", "2027"), ("only", "DEP-45")];
    tried(&mut browser, &columns, &page, &list).await;
    let report = wait(&mut browser, columns.trim_end_matches("/colonnes")).await;
    let change = "<bdi>Gien</bdi></a> <span class=\"hint\">Année du code, Population</span>";
    assert!(report.body.contains(change), "{}", report.body);
    assert!(report.body.contains("et une modifiée"), "{}", report.body);
}

#[tokio::test]
async fn another_table_is_not_asked_for_a_year() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let (_, page) = sent(&mut browser, "actor", "clubs.csv", b"nom;ville\nA;Gien\n").await;
    assert!(!page.body.contains("list_year"), "{}", page.body);
}

#[tokio::test]
async fn a_record_says_to_which_territories_it_belongs() {
    let node = Node::with_census();
    let list = [("list_year", "2026"), ("only", "")];
    import(&node, "", "communes.json", COMMUNES, &list).await;
    let actors = "nom;code_insee;latitude;longitude;qpv\n\
        Dedans;45155;47.685;2.625;\n\
        Limite;45155;47.6804;2.635;\n\
        Dehors;45155;47.6796;2.635;QN04512M\n\
        Vide;;;;\n\
        Bruxelles;;50.85;4.35;\n\
        Ancienne;45155;47.9;2.9;\n";
    import(&node, "actor", "acteurs.csv", actors, &[]).await;
    let mut browser = logged_in(&node, "ana").await;
    let before = page_of(&mut browser, "Dedans").await;
    assert!(
        before.contains("Aucun contour de quartier prioritaire"),
        "{before}"
    );
    for (name, file) in ["qpv-2015.geojson", "qpv-2024.geojson"]
        .into_iter()
        .zip(NEIGHBOURHOODS)
    {
        import(&node, "", name, file, &[]).await;
    }
    let inside = page_of(&mut browser, "Dedans").await;
    for said in [
        "Gien (45155)</bdi></a>",
        "CC Giennoises",
        "<a class=\"aside\" href=\"/recensement?epci=244500211\">",
        "Loiret",
        "Centre-Val de Loire",
        "Ancien quartier prioritaire (2015 à 2023, ou 2024 outre-mer)",
        "Ancien quartier (QP045001)",
        "Quartier prioritaire (depuis 2024)",
        "Nouveau quartier (QN04512M)",
        "Dans le contour.",
        "ne donnent aucun droit",
    ] {
        assert!(inside.contains(said), "{said}: {inside}");
    }
    let near = page_of(&mut browser, "Limite").await;
    assert!(
        near.contains("Dans le contour, à 44\u{a0}m de la limite"),
        "{near}"
    );
    let outside = page_of(&mut browser, "Dehors").await;
    assert!(
        outside.contains("Hors du contour, à 44\u{a0}m de la limite"),
        "{outside}"
    );
    assert!(
        outside.contains("dit être dans le quartier QN04512M"),
        "{outside}"
    );
    for (name, said) in [
        ("Vide", "Ni commune ni position"),
        ("Bruxelles", "La position est hors de France"),
        ("Ancienne", "Aucun contour de quartier prioritaire"),
    ] {
        let page = page_of(&mut browser, name).await;
        assert!(page.contains(said), "{name}: {page}");
    }
    let facet = browser.open("/recensement?epci=244500211").await;
    assert!(
        facet.body.contains("CC Giennoises (244500211)"),
        "{}",
        facet.body
    );
    assert!(facet.body.contains("Dedans") && !facet.body.contains("Bruxelles"));
    // The outline itself is said in words, and never as its text.
    let territory = page_of(&mut browser, "Nouveau").await;
    assert!(territory.contains("4 points, 33"), "{territory}");
    assert!(!territory.contains("coordinates"), "{territory}");
    // Of seven records, two lie in it.
    assert!(
        territory.contains("2 fiches ont leur position dans ce contour"),
        "{territory}"
    );
    for (name, is_within) in [("Dedans", true), ("Limite", true), ("Dehors", false)] {
        assert_eq!(
            territory.contains(&format!("<bdi>{name}</bdi>")),
            is_within,
            "{name}"
        );
    }
}

fn view_named(replica: &Replica, name: &str) -> RecordView {
    let query = Query {
        named: Some(name.to_owned()),
        ..Query::default()
    };
    let found = replica.found(&query).expect("answered");
    let view = replica.read().expect("a snapshot").record(&found[0]);
    view.expect("readable").expect("held")
}

/// The names that a search lists, in its order.
async fn found(browser: &mut Browser<'_>, search: &str) -> Vec<String> {
    let list = browser.open(&format!("/recensement?{search}")).await;
    assert_eq!(list.status, StatusCode::OK, "{search}");
    listed(&list)
}

#[tokio::test]
async fn a_neighbourhood_finds_what_lies_in_its_outline_and_follows_it_when_it_moves() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    let mut browser = logged_in(&node, "noe").await;
    // Records first: no outline is held when they are indexed.
    let actors = "nom;latitude;longitude;qpv\n\
        Dedans;47.685;2.625;\n\
        Nommé;;;QN04512M\n\
        Nouveau seul;47.695;2.635;\n\
        Loin;47.75;2.75;\n";
    import(&node, "actor", "acteurs.csv", actors, &[]).await;
    assert_eq!(found(&mut browser, "qpv=QN04512M").await, ["Nommé"]);
    for (name, file) in ["qpv-2015.geojson", "qpv-2024.geojson"]
        .into_iter()
        .zip(NEIGHBOURHOODS)
    {
        import(&node, "", name, file, &[]).await;
    }
    let current = ["Dedans", "Nommé", "Nouveau seul"];
    for _ in 0..2 {
        assert_eq!(found(&mut browser, "qpv=QN04512M").await, current);
        assert_eq!(found(&mut browser, "qpv=QP045001").await, ["Dedans"]);
        // Typed as a word, the code finds the same.
        let typed = "q=QP045001&kind=actor";
        assert_eq!(found(&mut browser, typed).await, ["Dedans"]);
        // An index that is filled anew says the same.
        replica.reindex();
        assert!(replica.wait_for_views(DEADLINE));
    }
    let list = browser.open("/recensement").await;
    for said in [
        "Nouveau quartier (QN04512M)</span><span class=\"count\">3<",
        "Ancien quartier (QP045001), génération 2015</span><span class=\"count\">1<",
    ] {
        assert!(list.body.contains(said), "{said}: {}", list.body);
    }
    let file = browser
        .open("/exporter/fichier?format=csv&kind=actor&qpv=QN04512M")
        .await;
    assert_eq!(file.body.lines().count(), 4, "{}", file.body);
    let map = browser.open("/recensement/carte?qpv=QP045001").await;
    assert!(map.body.contains("Dedans") && !map.body.contains("Nouveau seul"));
    let watch = "/veilles/nouvelle?kind=actor&qpv=QN04512M";
    let watch = browser.open(watch).await;
    assert!(watch.body.contains("3 fiches"), "{}", watch.body);
    let record = page_of(&mut browser, "Dedans").await;
    assert!(
        record.contains("href=\"/recensement?qpv=QN04512M\""),
        "{record}"
    );
    // The outline moves to the east: a corrected list, and nobody touches the records.
    let moved = NEIGHBOURHOODS[1]
        .replace("[2.62,", "[2.63,")
        .replace("[2.64,", "[2.78,");
    let moved = moved.replace("47.70]", "47.78]");
    import(&node, "", "qpv-2024.geojson", &moved, &[]).await;
    let now = ["Loin", "Nommé", "Nouveau seul"];
    assert_eq!(found(&mut browser, "qpv=QN04512M").await, now);
    // A record that moves is looked at again, by the outlines that are held.
    let loin = view_named(replica, "Loin");
    let point = Value::Point {
        latitude_e7: 476_850_000,
        longitude_e7: 26_250_000,
    };
    let draft = Draft {
        fields: [("point".to_owned(), Wanted::Value(point))].into(),
    };
    replica.save(Saving::over(&loin, draft)).expect("written");
    assert!(replica.wait_for_views(DEADLINE));
    assert_eq!(
        found(&mut browser, "qpv=QP045001").await,
        ["Dedans", "Loin"]
    );
    // A neighbourhood that is withdrawn holds nothing any more; what names it still does.
    let code = TerritoryCode::parse("QPV-QN04512M").expect("a code");
    let record = code.record(replica.state().federation());
    let held = replica.read().expect("a snapshot").record(&record);
    let held = held.expect("readable").expect("held");
    let draft = withdrawing("other", None);
    replica.save(Saving::over(&held, draft)).expect("written");
    assert!(replica.wait_for_views(DEADLINE));
    assert_eq!(found(&mut browser, "qpv=QN04512M").await, ["Nommé"]);
}

#[tokio::test]
async fn a_neighbourhood_is_checked_where_its_official_list_was_imported() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let address = "/fiches/nouvelle?kind=actor";
    let sent = async |browser: &mut Browser<'_>, code: &str| {
        let token = browser.open(address).await.token();
        let fields = [("token", token.as_str()), ("name", "Club"), ("qpv", code)];
        browser.post(address, &fields).await
    };
    let said = async |browser: &mut Browser<'_>, saved: &Answer| {
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        let place = saved.location().to_owned();
        browser.open(&place).await
    };
    // Without a list, the form of the code is all that is known.
    let saved = sent(&mut browser, "QN04513M").await;
    let page = said(&mut browser, &saved).await;
    let hint = "n’a pas la liste officielle des quartiers";
    assert!(page.body.contains(hint), "{}", page.body);

    let [_, current] = NEIGHBOURHOODS;
    import(&node, "territory", "qpv.geojson", current, &[]).await;
    records(&node);
    // Nobody says that the list is held whole: it is a doubt, and no refusal.
    let saved = sent(&mut browser, "QN04513M").await;
    let page = said(&mut browser, &saved).await;
    let unknown = "aucun des quartiers de ce département que ce nœud connaît n’a ce code";
    assert!(page.body.contains(unknown), "{}", page.body);
    let saved = sent(&mut browser, "qn 045 12 m").await;
    let page = said(&mut browser, &saved).await;
    assert!(!page.body.contains(hint), "{}", page.body);
    let generation = "QN04512M (génération 2024, en vigueur depuis le 1er janvier 2024)";
    assert!(page.body.contains(generation), "{}", page.body);
    // Of another département, no neighbourhood is held.
    let saved = sent(&mut browser, "QN01801N").await;
    assert!(said(&mut browser, &saved).await.body.contains(hint));

    let file = "Nom;Code QPV\nUn;QN04513M\nDeux;QN04512M\n";
    let begun = begin(&mut browser, "Clubs", "clubs.csv", file.as_bytes()).await;
    let (_, report) = try_out(&mut browser, &begun, &[]).await;
    let reason = "la liste officielle ne connaît pas cette valeur";
    assert_eq!(report.body.matches(reason).count(), 1, "{}", report.body);
}

/// A record that holds the code of a commune, as an older version or another node took it.
fn holding(node: &Node, number: u8, name: &str, commune: &str) -> RecordId {
    let replica = node.replica.as_deref().expect("a census");
    let federation = *replica.state().federation();
    let wanted = [("name", name), ("commune", commune)];
    let wanted = wanted.map(|(field, text)| {
        let value = Wanted::Value(Value::Text(text.to_owned()));
        (field.to_owned(), value)
    });
    let draft = Draft {
        fields: wanted.into(),
    };
    let saving = Saving::creation(&federation, "actor", "01", [number; 16], draft);
    let record = saving.record;
    replica.save(saving).expect("it is written");
    record
}

#[tokio::test]
async fn communes_that_changed_are_seen_before_their_records_are_changed() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let place = "/communes/annee";
    let nothing = browser.open(place).await;
    assert!(
        nothing.body.contains("Il n’y a rien à faire"),
        "{}",
        nothing.body
    );
    // Rignat was an associated commune until the list of 2026.
    let merged = holding(&node, 1, "Club de Rignat", "01324");
    let kept = holding(&node, 2, "Club de Bourg", "01053");
    let unknown = holding(&node, 3, "Club d'ailleurs", "01999");
    records(&node);
    let page = browser.open(place).await;
    for said in [
        "Une fiche changerait de code de commune",
        "Rignat (01324)",
        "(01245) lui succède",
        "Club de Rignat",
    ] {
        assert!(page.body.contains(said), "{said} in {}", page.body);
    }
    assert!(!page.body.contains("Club de Bourg"), "{}", page.body);
    let english = browser.open(&format!("{place}?lang=en")).await;
    assert!(
        english.body.contains("One record would change"),
        "{}",
        english.body
    );
    let page = browser.open(&format!("{place}?annee=2026&lang=fr")).await;

    let sent = |token: &str, seen: &str| {
        let fields = [("token", token), ("annee", "2026"), ("vues", seen)];
        fields.map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let post = async |browser: &mut Browser<'_>, token: &str, seen: &str| {
        let fields = sent(token, seen);
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        browser.post(place, &fields).await
    };
    // Another number than the one that was seen is shown again, and nothing is signed.
    let again = post(&mut browser, &page.token(), "7").await;
    assert_eq!(again.status, StatusCode::OK);
    assert!(again.body.contains("La liste a changé"), "{}", again.body);
    let done = post(&mut browser, &again.token(), "1").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = browser.open(done.location()).await;
    assert!(page.body.contains("/importer/faits/1"), "{}", page.body);
    assert!(!page.body.contains("Rignat"), "{}", page.body);
    for (record, commune) in [(merged, "01245"), (kept, "01053"), (unknown, "01999")] {
        let page = browser.open(&format!("/fiches/{record}")).await;
        assert!(page.body.contains(commune), "{}", page.body);
    }
    let past = browser.open("/importer/faits/1").await;
    assert_eq!(past.status, StatusCode::OK);
    assert!(
        past.body.contains("Communes de la liste de 2026"),
        "{}",
        past.body
    );
    // Who may not write sees none of it.
    let mut reader = logged_in(&node, "ana").await;
    assert_eq!(reader.open(place).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_waits_for_a_person_is_not_nothing_to_do() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let record = holding(&node, 1, "Club partagé", "01324");
    records(&node);
    let replica = node.replica.as_deref().expect("a census");
    let view = replica.read().expect("a snapshot").record(&record);
    let heads = view.expect("readable").expect("held").heads;
    // Two partners who write at once; both codes are of communes that are no more.
    for commune in ["01039", "27058"] {
        let value = Wanted::Value(Value::Text(commune.to_owned()));
        let saving = Saving {
            record,
            birth: None,
            base: heads.clone(),
            draft: Draft {
                fields: [("commune".to_owned(), value)].into(),
            },
        };
        replica.save(saving).expect("it is written");
    }
    records(&node);
    let page = browser.open("/communes/annee").await.body;
    assert!(!page.contains("Il n’y a rien à faire"), "{page}");
    let said = "Aucune fiche ne changerait de code de commune";
    assert!(page.contains(said), "{page}");
    assert!(page.contains("plusieurs communes en conflit"), "{page}");
}
