//! A calendar into a real replica, again, and out and back: nothing is signed that nobody has changed.

use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use std::time::Duration;

use admin_ui::files::{Export, Form, Imported, Reach};
use crdt_schema::time::Timestamp;

use crate::harness::federation::Node;
use crate::imports;

/// How long two views may take to be built while other tests use the machine.
const VIEWS_DEADLINE: Duration = Duration::from_secs(60);

/// The agenda of an invented municipality.
const AGENDA: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Mairie inventée//FR\r\n\
    BEGIN:VEVENT\r\nUID:bal@mairie.example\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Bal\\, feu et fan\r\n fare\r\nLOCATION:Place Haute\r\n\
    DESCRIPTION:Ouvert à tous.\\nSans réservation.\r\nDTSTART;TZID=Europe/Paris:20260714T200000\r\nDURATION:PT3H\r\nGEO:47.68;2.63\r\n\
    CATEGORIES:fête\r\nORGANIZER;CN=Personne Inventée:mailto:p@mairie.example\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:salon@mairie.example\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Salon\r\nSTATUS:CANCELLED\r\n\
    DTSTART;VALUE=DATE:20261024\r\nDTEND;VALUE=DATE:20261026\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

fn file(text: &str) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(text.as_bytes()).expect("room");
    file
}

fn import(node: &Node, file: &File, name: &str) -> Imported {
    let wanted = imports::of(file, name, name);
    let imported = imports::run(&node.replica, &wanted);
    let imported = imported.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(node.replica.wait_for_views(VIEWS_DEADLINE));
    imported
}

fn counts(imported: &Imported) -> (u64, u64, u64, u64) {
    let report = &imported.report;
    (report.new, report.changed, report.unchanged, report.refused)
}

#[test]
fn a_calendar_that_comes_again_and_our_own_that_comes_back_sign_nothing() {
    let node = Node::new(1);
    let agenda = file(AGENDA);
    let first = import(&node, &agenda, "mairie.ics");
    assert_eq!(counts(&first), (2, 0, 0, 0), "{:#?}", first.report);
    let (entries, digest) = (node.entries().len(), node.digest());
    assert_eq!(counts(&import(&node, &agenda, "mairie.ics")), (0, 0, 2, 0));
    assert_eq!((node.entries().len(), node.digest()), (entries, digest));

    let mut ours = tempfile::tempfile().expect("a file");
    let export = Export {
        form: Form::Calendar,
        kind: None,
        found: None,
        language: "fr",
        reach: Reach::Partners,
        now: Timestamp::from_millis(1_764_000_000_000),
        address: None,
        said_max: 0,
    };
    let exported = export.write(&node.replica, &mut ours, &mut |_| ControlFlow::Continue(()));
    assert_eq!(exported.expect("written").records, 2);
    assert_eq!(counts(&import(&node, &ours, "agenda.ics")), (0, 0, 2, 0));
    assert_eq!((node.entries().len(), node.digest()), (entries, digest));

    // What the source changes, and nothing else, is signed.
    let moved = file(&AGENDA.replace("PT3H", "PT4H"));
    assert_eq!(counts(&import(&node, &moved, "mairie.ics")), (0, 1, 1, 0));
    assert_eq!(node.entries().len(), entries + 1);
}
