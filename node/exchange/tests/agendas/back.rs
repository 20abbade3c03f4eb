//! Our own calendar, when it comes back.

use exchange::Report;
use exchange::export::{Calendar, Reach, Revisions};

use crdt_schema::time::Timestamp;

use crate::census::Memory;
use crate::{counts, import, named, table};

const SHEET: &str = "id;nom;resume;description;statut;debut;fin;dtstart;dtend;lieu;adresse;code_postal;commune;latitude;longitude;thematiques;siteweb;organisateur\n\
    1;Fête, du parc;Courte;\"Longue ; avec « signes »\";Complet;;;2026-06-21T18:30:00;2026-06-21T22:00:00;Parc;12 rue des Écoles;45500;45155;47.68;2.63;sport;https://fete.example;Club inventé\n\
    2;Salon;;;Reporté;2026-10-24;2026-10-26;;;;;;;;;;;\n\
    3;Un  seul jour;;;;2026-10-24;;;;;;;;;;;;\n";

fn census() -> Memory {
    let mut census = Memory::new(1);
    let report = import(table(SHEET), "event", &mut census);
    assert_eq!(counts(&report), (3, 0, 0, 0), "{report:#?}");
    census
}

fn calendar(census: &Memory, reach: Reach) -> String {
    let now = Timestamp::from_millis(1_764_000_000_123);
    let mut calendar = Calendar::new(Vec::new(), "Agenda inventé", now, reach).expect("memory");
    for view in census.views() {
        calendar.record(view, Revisions::default()).expect("memory");
    }
    String::from_utf8(calendar.finish().expect("memory")).expect("UTF-8")
}

fn import_back(text: &str, kind: &str, census: &mut Memory) -> Report {
    import(table(text), kind, census)
}

#[test]
fn our_own_calendar_finds_its_records_and_changes_nothing() {
    for reach in [Reach::Partners, Reach::Public] {
        let mut census = census();
        let text = calendar(&census, reach);
        let report = import_back(&text, "", &mut census);
        assert_eq!(counts(&report), (0, 0, 3, 0), "{report:#?}");
        assert_eq!(census.len(), 3);
    }
}

#[test]
fn a_record_of_another_kind_in_our_own_calendar_is_unchanged_too() {
    let mut census = census();
    let meeting = "nom;dtstart;odj\nComité;2026-09-01T09:00:00;Bilan\n";
    assert_eq!(
        counts(&import(table(meeting), "meeting", &mut census)),
        (1, 0, 0, 0)
    );
    let text = calendar(&census, Reach::Partners);
    let report = import_back(&text, "event", &mut census);
    assert_eq!(counts(&report), (0, 0, 4, 0), "{report:#?}");
}

#[test]
fn what_somebody_changed_in_our_calendar_changes_that_and_nothing_else() {
    let mut census = census();
    let before = named(&census, "Fête, du parc");
    let text = calendar(&census, Reach::Partners);
    let text = text.replace("SUMMARY:Fête\\, du parc", "SUMMARY:Fête des parcs");
    let text = text.replace("DTEND:20260621T200000Z", "DTEND:20260621T210000Z");
    let report = import_back(&text, "", &mut census);
    assert_eq!(counts(&report), (0, 1, 2, 0), "{report:#?}");
    let mut after = named(&census, "Fête des parcs");
    assert!(
        after["ends_at"]
            .as_str()
            .is_some_and(|at| at.starts_with("2026-06-21T21:00:00"))
    );
    for field in ["name", "ends_at"] {
        after[field] = before[field].clone();
    }
    assert_eq!(after, before);
}

#[test]
fn elsewhere_our_calendar_makes_records_and_finds_them_again() {
    let text = calendar(&census(), Reach::Partners);
    let mut elsewhere = Memory::new(2);
    assert_eq!(
        counts(&import_back(&text, "", &mut elsewhere)),
        (3, 0, 0, 0)
    );
    assert_eq!(
        counts(&import_back(&text, "", &mut elsewhere)),
        (0, 0, 3, 0)
    );
    let salon = named(&elsewhere, "Salon");
    assert!(
        salon["source_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("urn:uuid:"))
    );
    assert_eq!(
        (salon["starts"].as_str(), salon["ends"].as_str()),
        (Some("2026-10-24"), Some("2026-10-26"))
    );
}

#[test]
fn two_rows_about_one_record_are_not_both_taken() {
    let mut census = census();
    let text = calendar(&census, Reach::Partners);
    let first = text.find("BEGIN:VEVENT").expect("an event");
    let end = text.find("END:VEVENT\r\n").expect("its end") + "END:VEVENT\r\n".len();
    let twice = format!("{}{}", &text[..end], &text[first..]);
    let report = import_back(&twice, "", &mut census);
    assert_eq!(counts(&report), (0, 0, 3, 1), "{report:#?}");
}
