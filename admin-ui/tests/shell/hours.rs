//! Hours of events through the form and the page: typed as a clock on the wall says them, and shown so.

use axum::http::StatusCode;

use crate::browser::{Answer, Browser, Node};
use crate::files::logged_in;

/// Makes an event, and returns the answer to the form.
async fn made(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Answer {
    let address = "/fiches/nouvelle?kind=event";
    let token = browser.open(address).await.token();
    let first = [("token", token.as_str()), ("name", "Fête du port")];
    browser.post(address, &[&first, fields].concat()).await
}

/// The page of the record that a form made.
async fn page(browser: &mut Browser<'_>, saved: &Answer) -> Answer {
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let place = saved.location().to_owned();
    browser.open(&place).await
}

fn address(saved: &Answer) -> String {
    let place = saved.location();
    place.split('?').next().expect("a path").to_owned()
}

fn shows(answer: &Answer, text: &str) {
    assert!(answer.body.contains(text), "{text} in {}", answer.body);
}

fn hides(answer: &Answer, text: &str) {
    assert!(!answer.body.contains(text), "{text} in {}", answer.body);
}

#[tokio::test]
async fn an_hour_is_typed_and_shown_as_a_clock_of_its_place_says_it() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    for typed in ["2026-06-21T18:30", "21/06/2026 18:30", "21/06/2026 18h30"] {
        let saved = made(&mut browser, &[("starts_at", typed), ("commune", "45155")]).await;
        let page = page(&mut browser, &saved).await;
        shows(&page, "dimanche 21 juin 2026 à 18\u{a0}h\u{a0}30");
        shows(&page, "Europe/Paris");
        hides(&page, "heure de Paris");
        hides(&page, "T16:30");
    }
    // A commune overseas has its own zone, which the page names.
    let reunion = [("starts_at", "21/06/2026 18h30"), ("commune", "97411")];
    let saved = made(&mut browser, &reunion).await;
    let shown = page(&mut browser, &saved).await;
    shows(
        &shown,
        "dimanche 21 juin 2026 à 18\u{a0}h\u{a0}30 (heure de La Réunion)",
    );
    shows(&shown, "Indian/Reunion");
    let english = browser.open(&format!("{}?lang=en", address(&saved))).await;
    shows(&english, "Sunday 21 June 2026 at 18:30 (Réunion time)");
    browser.open(&format!("{}?lang=fr", address(&saved))).await;
    let form = browser.open(&format!("{}/modifier", address(&saved))).await;
    shows(&form, "value=\"2026-06-21T18:30\"");
    let history = browser
        .open(&format!("{}/historique", address(&saved)))
        .await;
    shows(&history, "18\u{a0}h\u{a0}30 (heure de La Réunion)");
}

#[tokio::test]
async fn an_hour_without_a_place_is_one_of_paris_and_that_is_said() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let saved = made(&mut browser, &[("starts_at", "2026-06-21T18:30")]).await;
    let page = page(&mut browser, &saved).await;
    shows(&page, "est lue comme une heure de Paris");
    shows(&page, "dimanche 21 juin 2026 à 18\u{a0}h\u{a0}30");
    shows(&page, "Europe/Paris");
}

#[tokio::test]
async fn an_hour_that_clocks_skip_is_refused_and_one_that_they_repeat_is_said() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let place = ("commune", "45155");
    let skipped = [("starts_at", "29/03/2026 02h30"), place];
    let refused = made(&mut browser, &skipped).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(&refused, "cette heure n’existe pas");
    shows(&refused, "value=\"29/03/2026 02h30\"");
    let unknown = [
        ("starts_at", "29/03/2026 04h30"),
        ("time_zone", "Europe/Lutece"),
    ];
    let refused = made(&mut browser, &unknown).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(&refused, "le fuseau horaire n’est pas connu");
    let repeated = [("starts_at", "25/10/2026 02h30"), place];
    let saved = made(&mut browser, &repeated).await;
    let page = page(&mut browser, &saved).await;
    shows(&page, "la première est prise");
    shows(
        &page,
        "dimanche 25 octobre 2026 à 2\u{a0}h\u{a0}30 (heure d’été)",
    );
}

#[tokio::test]
async fn what_is_saved_unchanged_stays_and_another_zone_makes_it_another_hour() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let saved = made(
        &mut browser,
        &[("starts_at", "2026-06-21T18:30"), ("commune", "45155")],
    )
    .await;
    let (place, form) = (address(&saved), format!("{}/modifier", address(&saved)));
    let again = |page: &Answer| {
        let base = page.between("name=\"base\" value=\"", "\"").to_owned();
        let fields = page.between("name=\"fields\" value=\"", "\"").to_owned();
        (page.token(), base, fields)
    };
    for (zone, hour) in [
        ("Europe/Paris", "18\u{a0}h\u{a0}30"),
        ("America/Cayenne", "18\u{a0}h\u{a0}30 (heure de Guyane)"),
    ] {
        let asked = browser.open(&form).await;
        let (token, base, fields) = again(&asked);
        let typed = [
            ("token", token.as_str()),
            ("base", base.as_str()),
            ("fields", fields.as_str()),
            ("name", "Fête du port"),
            ("starts_at", "2026-06-21T18:30"),
            ("commune", "45155"),
            ("time_zone", zone),
        ];
        let saved = browser.post(&form, &typed).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        let page = browser.open(&place).await;
        shows(&page, hour);
    }
    let history = browser.open(&format!("{place}/historique")).await;
    // The second form changed nothing: two entries stand in the history.
    assert_eq!(history.body.matches("Prise en compte").count(), 2);
}
