//! Communes by their postal code and name, in forms and imports, and mandates that are limited to départements.

use axum::http::StatusCode;

use crate::browser::{Answer, Browser, Node};
use crate::files::{begin, logged_in, records, try_out, write};

/// Sends the form of a new actor.
async fn sent(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Answer {
    let address = "/fiches/nouvelle?kind=actor";
    let token = browser.open(address).await.token();
    let first = [("token", token.as_str()), ("name", "Club inventé")];
    browser.post(address, &[&first, fields].concat()).await
}

async fn page(browser: &mut Browser<'_>, saved: &Answer) -> Answer {
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let place = saved.location().to_owned();
    browser.open(&place).await
}

fn shows(answer: &Answer, text: &str) {
    assert!(answer.body.contains(text), "{text} in {}", answer.body);
}

fn hides(answer: &Answer, text: &str) {
    assert!(!answer.body.contains(text), "{text} in {}", answer.body);
}

#[tokio::test]
async fn a_form_finds_the_commune_by_what_people_know_of_it() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let said: [&[(&str, &str)]; 5] = [
        &[("commune", "45155")],
        &[("commune", "45500 Gien")],
        &[("commune", "gien")],
        &[("commune", "GIEN (45500)")],
        &[
            ("postal_code", "45500"),
            ("commune_name", "Gien"),
            ("commune", ""),
        ],
    ];
    for fields in said {
        let saved = sent(&mut browser, fields).await;
        let page = page(&mut browser, &saved).await;
        shows(&page, "45155");
        match fields[0].1 {
            "45155" => hides(&page, "la commune a été trouvée"),
            _ => shows(&page, "la commune a été trouvée"),
        }
    }
}

#[tokio::test]
async fn communes_to_choose_from_are_offered_without_a_script() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let refused = sent(&mut browser, &[("commune", "Saint-Denis")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(&refused, "plusieurs communes répondent");
    shows(&refused, "Saint-Denis (93066, Seine-Saint-Denis)");
    shows(&refused, "Saint-Denis (97411, La Réunion)");
    let again = [
        ("commune", "Saint-Denis"),
        ("choix-commune-0-texte", "Saint-Denis"),
        ("choix-commune-0", "97411"),
    ];
    let saved = sent(&mut browser, &again).await;
    shows(&page(&mut browser, &saved).await, "97411");
    // A choice among the communes of another text is none.
    let other = [("commune", "Saint-Aubin"), again[1], again[2]];
    let refused = sent(&mut browser, &other).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let nowhere = [again[0], again[1], ("choix-commune-0", "aucune")];
    let saved = sent(&mut browser, &nowhere).await;
    hides(&page(&mut browser, &saved).await, "Saint-Denis");
    let unknown = sent(&mut browser, &[("commune", "Ville-qui-n-est-pas")]).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(&unknown, "aucune commune ne répond à ce texte");
}

#[tokio::test]
async fn a_form_reads_a_postal_code_as_an_import_does() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    for wrong in ["4550", "F-45500", "455000"] {
        let refused = sent(&mut browser, &[("postal_code", wrong)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        shows(&refused, "un code postal compte cinq chiffres");
    }
    let lost = [
        ("postal_code", "4000"),
        ("commune_name", "Digne-les-Bains"),
        ("commune", ""),
    ];
    let saved = sent(&mut browser, &lost).await;
    let page = page(&mut browser, &saved).await;
    shows(&page, "04000");
    shows(&page, "04070");
}

#[tokio::test]
async fn an_import_finds_communes_by_postal_code_and_name() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let file = "Nom;Code postal;Ville\n\
        Club du Giennois;45500;GIEN\n\
        Club du coin;01200;\n\
        Club d'Orléans;45032;Orléans Cedex 1\n";
    let begun = begin(&mut browser, "Clubs", "clubs.csv", file.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    shows(&report, "est trouvé par le code postal et le nom");
    shows(&report, "45155 Gien");
    shows(&report, "ne désignent pas une seule commune");
    let done = write(&mut browser, &place, &report, "stop").await;
    shows(&done, "Import terminé");
    assert_eq!(records(&node), 3);
    for commune in ["45155", "45234"] {
        let found = browser.open(&format!("/recensement?q={commune}")).await;
        shows(&found, "href=\"/fiches/");
    }
}

#[tokio::test]
async fn what_a_mandate_does_not_cover_is_said_before_it_is_signed() {
    let node = Node::with_mandate();
    let mut browser = logged_in(&node, "noe").await;
    let nowhere = sent(&mut browser, &[]).await;
    assert_eq!(nowhere.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(&nowhere, "resterait sans effet");
    shows(&nowhere, "Donnez la commune");
    let elsewhere = sent(&mut browser, &[("commune", "18000 Bourges")]).await;
    assert_eq!(elsewhere.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(&elsewhere, "du département 18");
    let english = browser.open("/fiches/nouvelle?kind=actor&lang=en").await;
    assert_eq!(english.status, StatusCode::OK);
    let nowhere = sent(&mut browser, &[]).await;
    shows(&nowhere, "would count for nothing");
    browser.open("/?lang=fr").await;
    let saved = sent(&mut browser, &[("commune", "45500 Gien")]).await;
    page(&mut browser, &saved).await;
    assert_eq!(records(&node), 1);
    // Who has read it may sign it all the same: a mandate can be extended later.
    let saved = sent(&mut browser, &[("hors-mandat", "oui")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);

    let file = "Nom;Code postal;Ville\nClub du Giennois;45500;GIEN\nClub sans lieu;;\n";
    let begun = begin(&mut browser, "Clubs", "clubs.csv", file.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    shows(&report, "Elle resterait sans effet");
    shows(&report, "toutes les fiches de 45");
    // One row that counts for nothing takes no other one with it.
    let done = write(&mut browser, &place, &report, "stop").await;
    shows(&done, "Import terminé");
    assert_eq!(records(&node), 4);
    let census = browser.open("/recensement").await;
    shows(&census, "Club du Giennois");
    hides(&census, "Club sans lieu");
}

#[tokio::test]
async fn numbers_of_the_other_registers_have_their_fields_and_are_checked() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let form = browser.open("/fiches/nouvelle?kind=actor").await;
    shows(&form, "Autres registres");
    for (field, text, said) in [
        ("rna", "0451001234", "c’est un ancien numéro de préfecture"),
        ("rna", "178-236", "un numéro du registre d’Alsace-Moselle"),
        ("siren", "402296991", "un SIREN compte neuf chiffres"),
        ("alsace_moselle", "178-236", "donnez aussi le tribunal"),
        ("prefecture", "12", "ce numéro compte dix caractères"),
        ("ridet", "12", "de six à dix lettres et chiffres"),
    ] {
        let refused = sent(&mut browser, &[(field, text)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        shows(&refused, said);
    }
    let all = [
        ("siren", "402 296 990"),
        ("prefecture", "045 1001234"),
        ("alsace_moselle", "Vol. 178 Fol. 236"),
        ("tribunal", "Strasbourg"),
        ("ridet", "0123456.001"),
        ("tahiti", "a12345"),
        ("siret_status", "remplace"),
        ("siret_status_on", "15/01/2026"),
        ("siret_successor", "40229699000037"),
    ];
    let saved = sent(&mut browser, &all).await;
    let page = page(&mut browser, &saved).await;
    for said in [
        "402296990",
        "0451001234",
        "178/236",
        "0123456001",
        "A12345",
        "Remplacé par un autre",
        "15 janvier 2026",
    ] {
        shows(&page, said);
    }
}

#[tokio::test]
async fn codes_of_territories_are_checked_with_their_levels() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let made = async |browser: &mut Browser<'_>, kind: &str, fields: &[(&str, &str)]| {
        let address = format!("/fiches/nouvelle?kind={kind}");
        let token = browser.open(&address).await.token();
        let first = [("token", token.as_str()), ("name", "Essai")];
        browser.post(&address, &[&first, fields].concat()).await
    };
    for (level, code) in [
        ("departement", "96"),
        ("region", "82"),
        ("epci", "356000000"),
    ] {
        let fields = [("level", level), ("code", code)];
        let refused = made(&mut browser, "territory", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{code}");
        shows(&refused, "la liste officielle n’a pas ce code à ce niveau");
    }
    let saved = made(
        &mut browser,
        "territory",
        &[("level", "region"), ("code", "93")],
    )
    .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let zone = |zone| [("eligibility_zone", zone)];
    let refused = made(&mut browser, "initiative", &zone("DEP-45 | 93")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(&refused, "écrivez le niveau devant");
    let saved = made(&mut browser, "initiative", &zone("dep-45 | 45155 | france")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let address = saved
        .location()
        .split('?')
        .next()
        .expect("a path")
        .to_owned();
    let form = browser.open(&format!("{address}/modifier")).await;
    shows(&form, "value=\"COM-45155 | DEP-45 | PAYS-99100\"");
}
