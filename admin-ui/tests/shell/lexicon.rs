//! What a coordinator declared is what forms ask, pages say and files bring.

use std::time::Duration;

use axum::http::StatusCode;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::profile::Text;
use crdt_schema::record::vocabulary_named;
use crdt_schema::vocabulary::{
    Declaration, Declared, DeclaredField, DeclaredTerm, OwnShape, Standing,
};
use replica::{NewItem, Saving};

use crate::browser::{Node, PASSWORD};
use crate::census;
use crate::files::logged_in;

const DEADLINE: Duration = Duration::from_secs(60);

fn declare(node: &Node, declared: Declared) {
    let replica = node.replica.as_deref().expect("made with a census");
    let declaration = Declaration {
        replaces: replica.state().governance().words().in_force(&declared),
        declared,
    };
    let item = NewItem::of_act(&declaration.to_act()).expect("a known act");
    replica.decide(vec![item]).expect("it is written");
}

fn term(code: &str, fr: &str, standing: Standing) -> Declared {
    Declared::Term(DeclaredTerm {
        vocabulary: "themes".to_owned(),
        code: code.to_owned(),
        wording: Text::new(fr, fr),
        broader: None,
        standing,
        data_inclusion: Vec::new(),
    })
}

fn under(code: &str, fr: &str, broader: &str) -> Declared {
    match term(code, fr, Standing::Current) {
        Declared::Term(term) => Declared::Term(DeclaredTerm {
            broader: Some(broader.to_owned()),
            ..term
        }),
        other => other,
    }
}

fn former(code: &str, fr: &str, successor: &str) -> Declared {
    let successor = Some(successor.to_owned());
    term(code, fr, Standing::Deprecated { successor })
}

fn field(name: &str, fr: &str, shape: OwnShape) -> Declared {
    Declared::Field(DeclaredField {
        kind: "actor".to_owned(),
        section: "contact".to_owned(),
        name: name.to_owned(),
        shape,
        wording: Text::new(fr, fr),
        hint: Text::new("Par exemple « 12 ».", "For example “12”."),
        is_public: false,
    })
}

fn hidden(name: &str, is_hidden: bool) -> Declared {
    Declared::Hidden {
        kind: "actor".to_owned(),
        field: name.to_owned(),
        is_hidden,
    }
}

/// Writes fields of a record as another node would, which may know other words.
fn write(node: &Node, record: RecordId, fields: &[(&str, Wanted)]) {
    let replica = node.replica.as_deref().expect("made with a census");
    let view = replica.read().expect("reads").record(&record);
    let view = view.expect("reads").expect("it is held");
    let fields = fields
        .iter()
        .map(|(name, wanted)| ((*name).to_owned(), wanted.clone()));
    let saving = Saving {
        record,
        birth: None,
        base: view.heads,
        draft: Draft {
            fields: fields.collect(),
        },
    };
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
}

fn terms(node: &Node, record: RecordId, field: &str) -> Vec<String> {
    let replica = node.replica.as_deref().expect("made with a census");
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    let view = replica.read().expect("reads").record(&record);
    let view = view.expect("reads").expect("it is held");
    view.field(field)
        .map_or(Vec::new(), |field| field.terms.keys().cloned().collect())
}

fn value(node: &Node, record: RecordId, field: &str) -> Option<Value> {
    let replica = node.replica.as_deref().expect("made with a census");
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    let view = replica.read().expect("reads").record(&record);
    let view = view.expect("reads").expect("it is held");
    Some(view.field(field)?.winner()?.value.clone())
}

fn set(terms: &[&str]) -> Wanted {
    Wanted::Terms(terms.iter().map(|term| (*term).to_owned()).collect())
}

/// Another actor than the first one.
fn another(node: &Node, number: u8, name: &str) -> RecordId {
    let replica = node.replica.as_deref().expect("made with a census");
    let federation = *replica.state().federation();
    let name = Wanted::Value(Value::Text(name.to_owned()));
    let draft = Draft {
        fields: [("name".to_owned(), name)].into(),
    };
    let saving = Saving::creation(&federation, "actor", "45", [number; 16], draft);
    let record = saving.record;
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    record
}

fn actor(node: &Node) -> RecordId {
    let replica = node.replica.as_deref().expect("made with a census");
    census::record(replica, "actor", "Club inventé")
}

#[tokio::test]
async fn a_field_of_the_federation_is_asked_checked_kept_and_shown() {
    let node = Node::with_census();
    declare(
        &node,
        field("x_agrement", "Numéro d’agrément", OwnShape::Integer),
    );
    let record = actor(&node);
    let mut browser = node.browser();
    browser.log_in("noe", PASSWORD).await;
    let edit = format!("/fiches/{record}/modifier");
    let form = browser.open(&edit).await;
    assert!(form.body.contains("Numéro d’agrément"), "{}", form.body);
    let (token, base) = (
        form.token(),
        form.between("name=\"base\" value=\"", "\"").to_owned(),
    );
    let sent = |agreement| {
        [
            ("token", token.as_str()),
            ("base", base.as_str()),
            ("fields", "name x_agrement"),
            ("name", "Club inventé"),
            ("x_agrement", agreement),
        ]
    };
    let refused = browser.post(&edit, &sent("douze")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("value=\"douze\""), "{}", refused.body);
    let saved = browser.post(&edit, &sent("12")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(value(&node, record, "x_agrement"), Some(Value::Integer(12)));
    for page in [
        format!("/fiches/{record}"),
        format!("/fiches/{record}/historique"),
    ] {
        let shown = browser.open(&page).await;
        assert!(
            shown.body.contains("Numéro d’agrément"),
            "{page}: {}",
            shown.body
        );
    }
}

#[tokio::test]
async fn a_field_that_was_not_on_the_form_is_not_emptied() {
    let node = Node::with_census();
    let record = actor(&node);
    write(
        &node,
        record,
        &[("x_note", Wanted::Value(Value::Text("gardée".to_owned())))],
    );
    let mut browser = node.browser();
    browser.log_in("noe", PASSWORD).await;
    let edit = format!("/fiches/{record}/modifier");
    let form = browser.open(&edit).await;
    let (token, base) = (
        form.token(),
        form.between("name=\"base\" value=\"", "\"").to_owned(),
    );
    let asked = form.between("name=\"fields\" value=\"", "\"").to_owned();
    assert!(!asked.split(' ').any(|name| name == "x_note"));
    declare(&node, field("x_note", "Note", OwnShape::Text));
    let fields = [
        ("token", token.as_str()),
        ("base", base.as_str()),
        ("fields", asked.as_str()),
        ("name", "Club renommé"),
    ];
    let saved = browser.post(&edit, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(
        value(&node, record, "x_note"),
        Some(Value::Text("gardée".to_owned()))
    );
    assert_eq!(
        value(&node, record, "name"),
        Some(Value::Text("Club renommé".to_owned()))
    );
}

#[tokio::test]
async fn a_hidden_field_is_neither_asked_nor_shown_and_keeps_its_value() {
    let node = Node::with_census();
    let record = actor(&node);
    let hours = Wanted::Value(Value::Text("Mo-Fr 09:00-12:00".to_owned()));
    write(&node, record, &[("opening_hours", hours)]);
    let mut browser = node.browser();
    browser.log_in("noe", PASSWORD).await;
    let (page, edit) = (
        format!("/fiches/{record}"),
        format!("/fiches/{record}/modifier"),
    );
    for (is_hidden, is_shown) in [(false, true), (true, false), (false, true)] {
        declare(&node, hidden("opening_hours", is_hidden));
        let (shown, form) = (browser.open(&page).await, browser.open(&edit).await);
        assert_eq!(
            shown.body.contains("du lundi au vendredi de 9"),
            is_shown,
            "{}",
            shown.body
        );
        assert_eq!(
            form.body.contains("id=\"opening_hours\""),
            is_shown,
            "{}",
            form.body
        );
        let (token, base) = (
            form.token(),
            form.between("name=\"base\" value=\"", "\"").to_owned(),
        );
        let asked = form.between("name=\"fields\" value=\"", "\"").to_owned();
        let hours = if is_shown { "Mo-Fr 09:00-12:00" } else { "" };
        let name = format!("Club {is_hidden}");
        let fields = [
            ("token", token.as_str()),
            ("base", base.as_str()),
            ("fields", asked.as_str()),
            ("name", name.as_str()),
            ("opening_hours", hours),
        ];
        // An empty cell of a hidden field is what no browser sends; it is not asked, so it says nothing.
        let fields = &fields[..if is_shown { 5 } else { 4 }];
        let saved = browser.post(&edit, fields).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        let kept = value(&node, record, "opening_hours");
        assert_eq!(kept, Some(Value::Text("Mo-Fr 09:00-12:00".to_owned())));
    }
}

#[tokio::test]
async fn terms_are_worded_offered_and_taken_back_by_the_federation() {
    let node = Node::with_census();
    let record = actor(&node);
    write(
        &node,
        record,
        &[("themes", set(&["sport", "culture", "terme-futur"]))],
    );
    declare(
        &node,
        term("sport-sante", "Sport et santé", Standing::Current),
    );
    declare(&node, term("culture", "Arts et culture", Standing::Current));
    declare(
        &node,
        term("sport", "Sport", Standing::Deprecated { successor: None }),
    );
    let mut browser = node.browser();
    browser.log_in("noe", PASSWORD).await;
    let list = browser.open("/recensement?themes=culture").await;
    assert!(list.body.contains("Arts et culture"), "{}", list.body);
    // Words that were declared after the record was indexed find it.
    let found = browser.open("/recensement?q=arts").await;
    assert!(found.body.contains("Une fiche"), "{}", found.body);
    let new = browser.open("/fiches/nouvelle?kind=actor").await;
    assert!(new.body.contains("value=\"sport-sante\""), "{}", new.body);
    assert!(!new.body.contains("value=\"sport\""), "{}", new.body);
    let edit = format!("/fiches/{record}/modifier");
    let form = browser.open(&edit).await;
    for (code, said) in [
        ("sport", "Sport (ancien terme)"),
        ("terme-futur", "terme-futur (n’est plus proposé)"),
        ("culture", "Arts et culture"),
    ] {
        assert!(
            form.body.contains(&format!("value=\"{code}\" checked")),
            "{code}: {}",
            form.body
        );
        assert!(form.body.contains(said), "{said}: {}", form.body);
    }
    let (token, base) = (
        form.token(),
        form.between("name=\"base\" value=\"", "\"").to_owned(),
    );
    let mut fields = vec![
        ("token", token.as_str()),
        ("base", base.as_str()),
        ("fields", "name themes"),
        ("name", "Club inventé"),
        ("themes", "terme-futur"),
        ("themes", "sport"),
        ("themes", "sport-sante"),
    ];
    let saved = browser.post(&edit, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(
        terms(&node, record, "themes"),
        ["sport", "sport-sante", "terme-futur"]
    );
    // A term that nobody knows is kept, not added.
    fields[4].1 = "autre-inconnu";
    let refused = browser.post(&edit, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_field_of_the_federation_is_a_facet_by_its_terms() {
    let node = Node::with_census();
    let themes = vocabulary_named("themes").expect("it is one of ours");
    declare(
        &node,
        field("x_axes", "Axes du contrat", OwnShape::Terms(themes)),
    );
    let record = actor(&node);
    write(&node, record, &[("x_axes", set(&["sport"]))]);
    let replica = node.replica.as_deref().expect("made with a census");
    let query = replica::search::Query {
        facets: [("x_axes".to_owned(), ["sport".to_owned()].into())].into(),
        ..Default::default()
    };
    assert_eq!(replica.search(&query).expect("answers").total, 1);
    let mut browser = node.browser();
    browser.log_in("noe", PASSWORD).await;
    let list = browser.open("/recensement?kind=actor").await;
    assert!(list.body.contains("Axes du contrat"), "{}", list.body);
    let chosen = browser.open("/recensement?kind=actor&x_axes=sport").await;
    assert!(chosen.body.contains("Club inventé"), "{}", chosen.body);
    let other = browser.open("/recensement?kind=actor&x_axes=culture").await;
    assert!(!other.body.contains("Club inventé"), "{}", other.body);
}

#[tokio::test]
async fn whoever_searches_a_term_finds_what_stands_under_it_wherever_it_is_searched() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    declare(&node, under("nage-bebe", "Bébés nageurs", "natation"));
    declare(&node, under("natation", "Natation", "sport"));
    let kept = [
        ("Club inventé", "sport"),
        ("Aquaclub inventé", "natation"),
        ("Crèche inventée", "nage-bebe"),
    ];
    for (number, (name, theme)) in (1..).zip(kept) {
        let record = another(&node, number, name);
        write(&node, record, &[("themes", set(&[theme]))]);
    }
    let query = replica::search::Query {
        facets: [("themes".to_owned(), ["sport".to_owned()].into())].into(),
        ..Default::default()
    };
    assert_eq!(replica.search(&query).expect("answers").total, 3);
    assert_eq!(replica.count(&query).expect("answers"), 3);
    assert_eq!(replica.found(&query).expect("answers").len(), 3);
    let mut browser = node.browser();
    browser.log_in("noe", PASSWORD).await;
    let list = browser.open("/recensement").await.body;
    for (code, label, count) in [("sport", "Sport", 3), ("natation", "Natation", 2)] {
        let link = list
            .split(&format!("href=\"/recensement?themes={code}\""))
            .nth(1);
        let link = link.unwrap_or_else(|| panic!("no link for {code}: {list}"));
        let end = link.split("</li>").next().unwrap_or_default();
        assert!(
            end.contains(label) && end.contains(&count.to_string()),
            "{end}"
        );
    }
    for place in [
        "/recensement?",
        "/recensement/carte?",
        "/veilles/nouvelle?",
        "/exporter?",
    ] {
        let page = browser.open(&format!("{place}themes=sport")).await;
        assert_eq!(page.status, StatusCode::OK, "{place}");
        let is_counted = page.body.contains("3 fiches") || page.body.contains("3\u{a0}fiches");
        assert!(is_counted, "{place}: {}", page.body);
    }
    let found = browser.open("/recensement?q=natation").await;
    assert!(found.body.contains("Crèche inventée"), "{}", found.body);
    assert!(!found.body.contains("Club inventé</"), "{}", found.body);
}

#[tokio::test]
async fn a_former_term_stays_is_marked_and_gives_way_at_a_click() {
    let node = Node::with_census();
    let (one, other) = (actor(&node), another(&node, 1, "Cercle inventé"));
    for record in [one, other] {
        write(&node, record, &[("themes", set(&["culture", "insertion"]))]);
    }
    declare(&node, former("insertion", "Insertion", "emploi-formation"));
    let mut browser = node.browser();
    browser.log_in("noe", PASSWORD).await;
    let said = "Insertion (ancien terme, remplacé par «\u{a0}Emploi et formation\u{a0}»)";
    let list = browser.open("/recensement").await.body;
    assert!(list.contains(said), "it is held: {list}");
    let page = browser.open(&format!("/fiches/{one}")).await;
    assert!(page.body.contains(said), "{}", page.body);
    let button = "Remplacer par «\u{a0}Emploi et formation\u{a0}»";
    assert!(page.body.contains(button), "{}", page.body);
    let sent = [
        ("token", page.token()),
        ("field", "themes".to_owned()),
        ("term", "insertion".to_owned()),
    ];
    let sent: Vec<(&str, &str)> = sent
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let replace = format!("/fiches/{one}/remplacer");
    let replaced = browser.post(&replace, &sent).await;
    assert_eq!(replaced.location(), format!("/fiches/{one}?enregistre=1"));
    assert_eq!(terms(&node, one, "themes"), ["culture", "emploi-formation"]);
    let again = browser.post(&replace, &sent).await;
    assert_eq!(
        again.location(),
        format!("/fiches/{one}"),
        "nothing is left to be replaced"
    );
    // The form offers the same, and leaves it to the person.
    let edit = format!("/fiches/{other}/modifier");
    let form = browser.open(&edit).await;
    assert!(form.body.contains(said), "{}", form.body);
    assert!(
        form.body.contains("value=\"themes insertion\""),
        "{}",
        form.body
    );
    let (token, base) = (
        form.token(),
        form.between("name=\"base\" value=\"", "\"").to_owned(),
    );
    let mut fields = vec![
        ("token", token.as_str()),
        ("base", base.as_str()),
        ("fields", "name themes"),
        ("name", "Cercle inventé rebaptisé"),
        ("themes", "culture"),
        ("themes", "insertion"),
    ];
    let saved = browser.post(&edit, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(terms(&node, other, "themes"), ["culture", "insertion"]);
    let form = browser.open(&edit).await;
    let base = form.between("name=\"base\" value=\"", "\"").to_owned();
    fields[1].1 = &base;
    fields.push(("remplacer", "themes insertion"));
    let saved = browser.post(&edit, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(
        terms(&node, other, "themes"),
        ["culture", "emploi-formation"]
    );
    let list = browser.open("/recensement").await.body;
    assert!(!list.contains("Insertion"), "nobody holds it: {list}");
}

#[tokio::test]
async fn a_former_term_that_only_has_others_under_it_is_no_facet() {
    let node = Node::with_census();
    declare(
        &node,
        under("chantier", "Chantier d’insertion", "insertion"),
    );
    declare(&node, former("insertion", "Insertion", "emploi-formation"));
    let record = actor(&node);
    write(&node, record, &[("themes", set(&["chantier"]))]);
    let mut browser = node.browser();
    browser.log_in("noe", PASSWORD).await;
    let list = browser.open("/recensement").await.body;
    assert!(list.contains("themes=chantier") && !list.contains("themes=insertion"));
    let chosen = browser.open("/recensement?themes=insertion").await.body;
    assert!(chosen.contains("Club inventé"), "{chosen}");
}

#[tokio::test]
async fn a_vocabulary_says_who_changed_a_term_when_and_what_it_was_before() {
    let node = Node::with_committee();
    let mut browser = logged_in(&node, "ana").await;
    let themes = "/federation/vocabulaires/themes";
    let untouched = browser.open(themes).await;
    assert!(
        untouched.body.contains("Personne n’a encore rien changé"),
        "{}",
        untouched.body
    );
    declare(&node, term("sport", "Sport <inventé>", Standing::Current));
    declare(&node, under("sport", "Sport et santé", "sante"));
    declare(&node, term("natation", "Natation", Standing::Current));
    let page = browser.open(themes).await;
    let changes = page.between("id=\"changements\"", "</section>");
    let rows: Vec<&str> = changes.split("<tr><th scope=\"row\">").skip(1).collect();
    assert_eq!(rows.len(), 3, "{changes}");
    let of = |after: &str| {
        let after = format!("<td><bdi>{after}");
        let row = rows.iter().find(|row| row.contains(&after));
        *row.unwrap_or_else(|| panic!("{after}: {changes}"))
    };
    let first = of("Sport &#60;inventé&#62; / Sport &#60;inventé&#62;");
    assert!(first.contains("<p><bdi>Sport / Sport</bdi></p>"), "{first}");
    assert!(first.contains("Remplacé depuis"), "{first}");
    let second = of("Sport et santé / Sport et santé ; sous «\u{a0}Santé\u{a0}»");
    assert!(
        second.contains("<p><bdi>Sport &#60;inventé&#62;"),
        "{second}"
    );
    assert!(second.contains("En vigueur"), "{second}");
    assert!(second.contains("Ville d’Exemple"), "{second}");
    assert!(second.contains("24 novembre 2025"), "{second}");
    let third = of("Natation / Natation");
    assert!(third.contains("Nouveau terme"), "{third}");
    let english = browser.open(&format!("{themes}?lang=en")).await;
    assert!(english.body.contains("under “"), "{}", english.body);
}
