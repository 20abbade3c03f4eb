//! Agendas and feeds over HTTP.

use axum::http::StatusCode;

use crate::browser::Node;
use crate::files::{logged_in, records, try_out, write};

/// The agenda of an invented municipality.
const AGENDA: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:bal@mairie.example\r\nSUMMARY:Bal\r\n\
    DTSTART;TZID=Europe/Paris:20260714T200000\r\nORGANIZER;CN=Personne Inventée:mailto:p@mairie.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[tokio::test]
async fn a_calendar_and_a_feed_are_tables_with_their_usual_kinds_and_without_persons() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let form = browser.open("/importer").await;
    let accepted = form.between("accept=\"", "\"").to_owned();
    for ending in [".ics", ".atom", ".rss", ".xml"] {
        assert!(
            accepted.split(',').any(|known| known == ending),
            "{accepted}"
        );
    }
    let feed = "<rss><channel><item><title>Un appel</title><author>Personne Inventée</author></item></channel></rss>";
    for (name, file, kind, column) in [
        ("mairie.ics", AGENDA, "event", "ORGANIZER"),
        ("actus.rss", feed, "proposal", "entry.author"),
    ] {
        let token = browser.open("/importer").await.token();
        let fields = [("token", token.as_str()), ("genre", ""), ("source", name)];
        let sent = browser
            .upload("/importer", &fields, (name, file.as_bytes()))
            .await;
        let columns = browser.open(sent.location()).await;
        let chosen_kind = format!("value=\"{kind}\" selected");
        assert!(
            columns.body.contains(&chosen_kind),
            "{name}: {}",
            columns.body
        );
        let (place, report) = try_out(&mut browser, &sent, &[]).await;
        assert!(
            report.body.contains("Tout est bon : une nouvelle fiche"),
            "{}",
            report.body
        );
        assert!(report.body.contains(column), "{}", report.body);
        let before = records(&node);
        write(&mut browser, &place, &report, "stop").await;
        assert_eq!(records(&node), before + 1, "{name}");
    }
    let token = browser.open("/importer").await.token();
    let fields = [("token", token.as_str()), ("genre", ""), ("source", "")];
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"b\">]><rss>&a;</rss>";
    let refused = browser
        .upload("/importer", &fields, ("actus.xml", bomb.as_bytes()))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("DOCTYPE"), "{}", refused.body);
}
