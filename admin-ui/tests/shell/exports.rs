//! Files out over HTTP: what the search finds, in each form.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::record::withdrawing;
use replica::Saving;

use crate::browser::Node;
use crate::files::{CLUBS, begin, logged_in, records, try_out, write};

/// What an application says once it is granted.
fn as_granted() -> [(&'static str, Wanted); 7] {
    [
        ("decision", term("accordee")),
        ("agreed_on", day("2025-04-02")),
        ("amount_granted", Wanted::Value(Value::decimal(1_000, 0))),
        (
            "grant_nature",
            Wanted::Terms(["numeraire".to_owned()].into()),
        ),
        ("payment_terms", text("unique")),
        ("paid_from", day("2025-04-15")),
        ("state_aid", Wanted::Value(Value::Boolean(false))),
    ]
}

#[tokio::test]
async fn an_export_holds_what_the_search_finds_and_is_named_plainly() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let empty = browser.open("/exporter").await;
    assert!(
        empty.body.contains("Aucune fiche à emporter"),
        "{}",
        empty.body
    );
    let begun = begin(&mut browser, "", "clubs.csv", CLUBS.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    write(&mut browser, &place, &report, "stop").await;
    assert_eq!(records(&node), 2);
    let list = browser.open("/recensement?kind=actor").await;
    assert!(
        list.body.contains("href=\"/exporter?kind=actor\""),
        "{}",
        list.body
    );

    let all = browser
        .open("/exporter/fichier?kind=actor&format=csv")
        .await;
    assert_eq!(all.status, StatusCode::OK);
    assert_eq!(all.body.lines().count(), 3, "{}", all.body);
    assert_eq!(
        all.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"acteurs-2025-11-24.csv\""
    );
    assert_eq!(all.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert_eq!(
        all.headers[header::CONTENT_LENGTH],
        all.body.len().to_string()
    );
    let some = browser
        .open("/exporter/fichier?q=archers&kind=actor&format=csv")
        .await;
    assert_eq!(some.body.lines().count(), 2, "{}", some.body);
    assert!(some.body.contains("Les Archers inventés"), "{}", some.body);
    let none = browser
        .open("/exporter/fichier?q=archers&departement=99&kind=actor&format=csv")
        .await;
    assert_eq!(none.body.lines().count(), 1, "{}", none.body);
    let json = browser.open("/exporter/fichier?format=json").await;
    assert_eq!(json.body.matches("\"record\"").count(), 2, "{}", json.body);
    assert_eq!(json.headers[header::CONTENT_TYPE], "application/json");

    let parquet = browser
        .open("/exporter/fichier?q=archers&kind=actor&format=parquet")
        .await;
    assert_eq!(
        parquet.headers[header::CONTENT_TYPE],
        "application/vnd.apache.parquet"
    );
    assert!(parquet.bytes.starts_with(b"PAR1") && parquet.bytes.ends_with(b"PAR1"));

    let form = browser.open("/exporter?q=archers&themes=sport").await;
    assert!(
        form.body.contains("name=\"q\" value=\"archers\"")
            && form.body.contains("name=\"themes\" value=\"sport\""),
        "{}",
        form.body
    );
    for format in ["geojson", "parquet"] {
        let wrong = browser
            .open(&format!("/exporter/fichier?format={format}"))
            .await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{format}");
        assert!(wrong.body.contains("id=\"kind-error\""), "{}", wrong.body);
    }
    assert_eq!(
        browser.open("/exporter/fichier?format=exe").await.status,
        StatusCode::NOT_FOUND
    );
    let mut stranger = node.browser();
    let sent = stranger.open("/exporter/fichier?format=json").await;
    assert!(sent.location().starts_with("/connexion"));
}

/// A record of this kind, written by the node itself.
fn held(node: &Node, kind: &str, fields: &[(&str, Wanted)]) -> RecordId {
    let replica = node.replica.as_deref().expect("made with a census");
    let federation = *replica.state().federation();
    let fields = fields.iter();
    let fields = fields.map(|(name, wanted)| ((*name).to_owned(), wanted.clone()));
    let draft = Draft {
        fields: fields.collect(),
    };
    let nonce = u8::try_from(records(node)).expect("few");
    let saving = Saving::creation(&federation, kind, "*", [nonce; 16], draft);
    let record = saving.record;
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(Duration::from_secs(60)));
    record
}

fn text(text: &str) -> Wanted {
    Wanted::Value(Value::Text(text.to_owned()))
}

fn day(day: &str) -> Wanted {
    Wanted::Value(Value::Date(day.to_owned()))
}

fn to(record: RecordId) -> Wanted {
    Wanted::Value(Value::Record(record))
}

fn term(term: &str) -> Wanted {
    Wanted::Value(Value::Term(term.to_owned()))
}

#[tokio::test]
async fn a_table_for_people_speaks_the_language_of_the_page_and_names_what_links_lead_to() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let club = held(&node, "actor", &[("name", text("Club inventé"))]);
    let fields = [
        ("name", text("Stage inventé")),
        ("holder", to(club)),
        ("cost", term("gratuit")),
    ];
    held(&node, "initiative", &fields);
    let address = "/exporter/fichier?kind=initiative&format=tableur";
    let french = browser.open(address).await;
    for said in ["Porteur : nom [holder.name]", "Club inventé", ";Gratuit;"] {
        assert!(french.body.contains(said), "{said}: {}", french.body);
    }
    let request = browser
        .request(Method::GET, address)
        .header(header::ACCEPT_LANGUAGE, "en")
        .body(Body::empty());
    let english = browser.send(request.expect("is valid")).await;
    assert!(english.body.contains(";Free;"), "{}", english.body);
    assert!(
        english.body.contains("Holder: name [holder.name]"),
        "{}",
        english.body
    );
    // What was exported changes nothing.
    let token = browser.open("/importer").await.token();
    let fields = [
        ("token", token.as_str()),
        ("genre", "initiative"),
        ("source", ""),
    ];
    let file = ("stages.csv", french.body.as_bytes());
    let begun = browser.upload("/importer", &fields, file).await;
    let (_, report) = try_out(&mut browser, &begun, &[]).await;
    let unchanged = "<span class=\"figure-number\">1</span><span class=\"figure-label\">fiches inchangées</span>";
    assert!(report.body.contains(unchanged), "{}", report.body);
    assert_eq!(records(&node), 2);
}

#[tokio::test]
async fn grants_leave_by_a_page_that_says_first_what_is_missing() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let town = held(
        &node,
        "actor",
        &[
            ("name", text("Ville inventée")),
            ("siret", text("40229699000037")),
        ],
    );
    let club = held(
        &node,
        "actor",
        &[("name", text("Club inventé")), ("rna", text("W452001234"))],
    );
    let stage = held(
        &node,
        "initiative",
        &[("name", text("Stage inventé")), ("holder", to(club))],
    );
    let call = held(
        &node,
        "call",
        &[("name", text("Appel inventé")), ("issuer", to(town))],
    );
    let granted = [
        ("name", text("Stage inventé, été")),
        ("call", to(call)),
        ("candidate", to(stage)),
    ];
    held(
        &node,
        "application",
        &[&granted[..], &as_granted()].concat(),
    );
    let bare = [
        ("name", text("Dossier sans suite")),
        ("decision", term("accordee")),
    ];
    held(&node, "application", &bare);
    let waiting = [
        ("name", text("Dossier en attente")),
        ("decision", term("en-attente")),
    ];
    held(&node, "application", &waiting);

    let form = browser.open("/exporter").await;
    assert!(
        form.body.contains("value=\"scdl-subventions\""),
        "{}",
        form.body
    );
    let sent = browser
        .open("/exporter/fichier?format=scdl-subventions")
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let page = browser.open(sent.location()).await;
    assert_eq!(page.status, StatusCode::OK);
    for said in [
        "1 subvention part.",
        "1 candidature n’est pas accordée",
        "1 candidature accordée reste ici",
        "Dossier sans suite",
        "Il manque la date de la convention.",
    ] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    let file = browser
        .open("/exporter/fichier?format=scdl-subventions&vu=1")
        .await;
    assert_eq!(
        file.headers[header::CONTENT_TYPE],
        "text/csv; charset=utf-8"
    );
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(lines.len(), 2, "{}", file.body);
    assert_eq!(
        lines[1],
        "Ville inventée,40229699000037,2025-04-02,,Club inventé,,W452001234,\"Stage inventé, été\",1000,aide en numéraire,unique,2025-04-15,,non,1.00,"
    );
    let wrong = browser
        .open("/exporter/fichier?format=scdl-subventions&kind=actor&vu=1")
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("id=\"kind-error\""), "{}", wrong.body);
    let none = browser
        .open("/exporter/scdl-subventions?q=introuvable")
        .await;
    assert!(
        none.body.contains("Aucune subvention ne peut partir"),
        "{}",
        none.body
    );
}

/// Of a closed source, nothing leaves for everyone, be it by a link.
#[tokio::test]
async fn a_grant_whose_party_is_of_a_closed_source_stays_and_names_it_nowhere() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let source = [
        ("name", text("Fichier inventé")),
        ("licence", term("usage-interne")),
    ];
    held(&node, "source", &source);
    let town = |sources: &[(&str, Wanted)]| {
        let fields = [
            ("name", text("Ville inventée")),
            ("siret", text("40229699000037")),
        ];
        held(&node, "actor", &[&fields, sources].concat())
    };
    let of_closed = Wanted::Terms(["Fichier inventé".to_owned()].into());
    let (open, closed) = (town(&[]), town(&[("sources", of_closed)]));
    let club = held(
        &node,
        "actor",
        &[("name", text("Club inventé")), ("rna", text("W452001234"))],
    );
    for (grantor, name) in [(open, "Stage ouvert"), (closed, "Stage fermé")] {
        let granted = [
            ("name", text(name)),
            ("grantor", to(grantor)),
            ("beneficiary", to(club)),
        ];
        held(
            &node,
            "application",
            &[&granted[..], &as_granted()].concat(),
        );
    }
    let page = browser.open("/exporter/scdl-subventions").await.body;
    assert!(page.contains("1 subvention part."), "{page}");
    assert!(page.contains("1 candidature accordée reste ici"), "{page}");
    assert!(page.contains("Stage fermé"), "{page}");
    let file = "/exporter/fichier?format=scdl-subventions&vu=1";
    let file = browser.open(file).await.body;
    assert!(file.contains("Stage ouvert"), "{file}");
    assert!(!file.contains("Stage fermé"), "{file}");
    assert_eq!(file.matches("Ville inventée").count(), 1, "{file}");
}

#[tokio::test]
async fn what_is_given_away_has_public_fields_only_unless_a_person_says_otherwise() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let replica = node.replica.as_deref().expect("a census");
    let text = |text: &str| Wanted::Value(Value::Text(text.to_owned()));
    let fields = [
        ("name", text("Bal inventé")),
        (
            "starts",
            Wanted::Value(Value::Date("2026-07-14".to_owned())),
        ),
        (
            "sources",
            Wanted::Terms(["Mairie inventée".to_owned()].into()),
        ),
        ("x_note", text("note interne")),
    ];
    let draft = Draft {
        fields: fields
            .map(|(name, wanted)| (name.to_owned(), wanted))
            .into(),
    };
    let federation = *replica.state().federation();
    let saving = Saving::creation(&federation, "event", "45", [1; 16], draft);
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(Duration::from_secs(60)));
    let page = browser.open("/exporter").await.body;
    assert!(page.contains("name=\"pour\" value=\"public\""), "{page}");
    assert!(page.contains("Ne publiez pas ce fichier"), "{page}");
    for (format, pour, is_internal) in [
        ("csv", "", true),
        ("csv", "&pour=public", false),
        ("json", "&pour=public", false),
        ("geojson", "&pour=public", false),
        ("tableur", "&pour=public", false),
        ("csv", "&pour=partenaires", true),
    ] {
        let place = format!("/exporter/fichier?kind=event&format={format}{pour}");
        let file = browser.open(&place).await;
        assert!(file.body.contains("Bal inventé"), "{place}: {}", file.body);
        assert_eq!(
            file.body.contains("note interne"),
            is_internal,
            "{place}: {}",
            file.body
        );
        let name = file.headers[header::CONTENT_DISPOSITION]
            .to_str()
            .expect("a text");
        assert_eq!(name.contains("-public"), pour == "&pour=public", "{name}");
    }
    for format in ["ics", "atom"] {
        let file = browser
            .open(&format!("/exporter/fichier?format={format}"))
            .await;
        assert!(file.body.contains("Bal inventé"), "{}", file.body);
        assert!(!file.body.contains("note interne"), "{}", file.body);
    }
}

#[tokio::test]
async fn records_of_a_closed_source_leave_for_partners_only_and_the_others_say_their_licence() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let replica = node.replica.as_deref().expect("a census");
    let federation = *replica.state().federation();
    let text = |text: &str| Wanted::Value(Value::Text(text.to_owned()));
    let made = |kind: &str, number: u8, fields: &[(&str, Wanted)]| {
        let fields = fields
            .iter()
            .map(|(name, wanted)| ((*name).to_owned(), wanted.clone()));
        let draft = Draft {
            fields: fields.collect(),
        };
        let saving = Saving::creation(&federation, kind, "45", [number; 16], draft);
        let record = saving.record;
        replica.save(saving).expect("it is written");
        record
    };
    let source = |name: &str, number: u8, licence: &str| {
        let licence = Wanted::Value(Value::Term(licence.to_owned()));
        let fields = [
            ("name", text(name)),
            ("licence", licence),
            ("attribution", text("Citez-nous")),
        ];
        made("source", number, &fields)
    };
    let open = source("Annuaire inventé", 1, "odbl-1");
    let closed = source("Fichier inventé", 2, "usage-interne");
    let club = |number: u8, name: &str, source: &str| {
        let sources = Wanted::Terms([source.to_owned()].into());
        made(
            "actor",
            number,
            &[("name", text(name)), ("sources", sources)],
        )
    };
    let first = club(3, "Les Archers", "ANNUAIRE INVENTE");
    let choir = club(4, "La Chorale", "Fichier inventé");
    let holder = Wanted::Value(Value::Record(choir));
    made(
        "initiative",
        7,
        &[("name", text("Concert inventé")), ("holder", holder)],
    );
    club(5, "Le Judo", &closed.to_string());
    club(6, "Le Dojo", "Ailleurs");
    assert!(replica.wait_for_views(Duration::from_secs(60)));
    let file = browser
        .open("/exporter/fichier?kind=actor&format=geojson")
        .await
        .body;
    assert_eq!(file.matches("\"Feature\"").count(), 4, "{file}");
    let file = browser
        .open("/exporter/fichier?kind=actor&format=geojson&pour=public")
        .await
        .body;
    for (name, is_there) in [
        ("Les Archers", true),
        ("La Chorale", false),
        ("Le Judo", false),
        ("Le Dojo", true),
    ] {
        assert_eq!(file.contains(name), is_there, "{name} in {file}");
    }
    assert!(
        file.contains("\"licences\":[\"Annuaire inventé, ODbL 1.0, Citez-nous\"]"),
        "{file}"
    );
    // A list of objects has no place of its own for them: each record says those of its sources.
    let json = browser
        .open("/exporter/fichier?kind=actor&format=json&pour=public")
        .await
        .body;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let said = json.as_array().expect("a list").iter();
    let said: Vec<_> = said
        .map(|it| (&it["name"], &it["licences"]))
        .filter(|(_, licences)| !licences.is_null())
        .collect();
    let expected = serde_json::json!(["Les Archers", ["Annuaire inventé, ODbL 1.0, Citez-nous"]]);
    assert_eq!(said, [(&expected[0], &expected[1])]);
    let feed = browser
        .open("/exporter/fichier?kind=actor&format=atom")
        .await
        .body;
    assert!(
        feed.contains("<rights>Annuaire inventé, ODbL 1.0, Citez-nous</rights>"),
        "{feed}"
    );
    assert!(!feed.contains("La Chorale"), "{feed}");
    let lists = browser
        .open("/exporter/data-inclusion?kind=actor")
        .await
        .body;
    assert!(!lists.contains("Fichier inventé"), "{lists}");
    let page = browser.open("/exporter").await.body;
    assert!(page.contains("2 fiches ont une source fermée"), "{page}");
    assert!(page.contains("Entre partenaires"), "{page}");
    let record = browser.open(&format!("/fiches/{first}")).await.body;
    assert!(
        record.contains(&format!("href=\"/fiches/{open}\"")),
        "{record}"
    );
    // Nor does the name of a closed record leave beside a link to it.
    let table = "/exporter/fichier?kind=initiative&format=tableur";
    let file = browser.open(table).await.body;
    assert!(
        file.contains("Concert inventé") && file.contains("La Chorale"),
        "{file}"
    );
    let file = browser.open(&format!("{table}&pour=public")).await.body;
    assert!(
        file.contains("Concert inventé") && !file.contains("La Chorale"),
        "{file}"
    );

    let view = replica.read().expect("a snapshot").record(&closed);
    let view = view.expect("readable").expect("held");
    let merged = withdrawing("Un doublon", Some(open));
    replica
        .save(Saving::over(&view, merged))
        .expect("it is written");
    assert!(replica.wait_for_views(Duration::from_secs(60)));
    let file = browser
        .open("/exporter/fichier?kind=actor&format=geojson&pour=public")
        .await
        .body;
    assert!(file.contains("Le Dojo"), "{file}");
    assert!(
        !file.contains("La Chorale") && !file.contains("Le Judo"),
        "{file}"
    );
}
