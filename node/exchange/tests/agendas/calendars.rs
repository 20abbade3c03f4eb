//! Calendars as other programs write them.

use exchange::{Format, Level, Strictness};

use crate::census::Memory;
use crate::{code_of, counts, import, import_with, named, of, opened, table, use_of};

/// The agenda of an invented municipality, as its software exports it.
fn agenda(events: &str) -> String {
    let head = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Mairie inventée//FR\n";
    format!("{head}{events}END:VCALENDAR\n").replace('\n', "\r\n")
}

const BAL: &str = "BEGIN:VEVENT\nUID:bal@mairie.example\nDTSTAMP:20260101T000000Z\nSUMMARY:Bal du 14\nLOCATION:Place Haute\\nGien\n\
    DTSTART;TZID=Europe/Paris:20260714T200000\nDTEND;TZID=Europe/Paris:20260714T233000\nGEO:47.68;2.63\n\
    DESCRIPTION:Ouvert à tous.\nURL:https://mairie.example/bal\nSTATUS:CONFIRMED\nCATEGORIES:fête,plein air\n\
    ORGANIZER;CN=Personne Inventée:mailto:p@mairie.example\nATTENDEE:mailto:q@mairie.example\n\
    CONTACT:Autre Personne\\, 01 99 00 12 34\nCOMMENT:Voir Q.\nEND:VEVENT\n";

#[test]
fn an_event_becomes_a_record_with_its_zone_and_without_its_persons() {
    let table = table(agenda(BAL));
    assert_eq!(table.format(), Format::Calendar);
    let mut census = Memory::new(1);
    let report = import(table, "", &mut census);
    assert_eq!(counts(&report), (1, 0, 0, 0), "{report:#?}");
    assert_eq!(report.kind, Some("event"));
    // An identifier that looks like a mail is none.
    assert!(report.problems.is_empty(), "{:#?}", report.problems);
    let bal = named(&census, "Bal du 14");
    for (field, expected) in [
        ("source_id", "bal@mairie.example"),
        ("place_name", "Place Haute, Gien"),
        ("starts_at", "2026-07-14T18:00:00.000Z"),
        ("ends_at", "2026-07-14T21:30:00.000Z"),
        ("time_zone", "Europe/Paris"),
        ("description", "Ouvert à tous."),
        ("website", "https://mairie.example/bal"),
        ("status", "confirme"),
    ] {
        let value = bal[field].as_str().unwrap_or_default();
        assert_eq!(value, expected, "{field}: {bal:#}");
    }
    let all = bal.to_string();
    for person in ["Personne", "@mairie.example\"", "01 99", "Voir Q"] {
        let is_said = all.replace("bal@mairie.example", "").contains(person);
        assert!(!is_said, "{person} in {all}");
    }
    for column in ["ORGANIZER", "ATTENDEE", "CONTACT", "COMMENT"] {
        assert_eq!(use_of(&report, column), ("", "personal"));
        let notices = &report.notices;
        let said = notices.iter().any(|one| {
            one.problem.code == "personal_column" && one.problem.column.as_deref() == Some(column)
        });
        assert!(said, "{column}: {notices:#?}");
    }
}

#[test]
fn the_same_file_twice_changes_nothing_and_a_change_changes_one_record() {
    let mut census = Memory::new(1);
    let other = BAL.replace("bal@", "loto@").replace("Bal du 14", "Loto");
    let text = agenda(&format!("{BAL}{other}"));
    assert_eq!(counts(&import(table(&text), "", &mut census)), (2, 0, 0, 0));
    let stamped = text.replace("DTSTAMP:20260101", "DTSTAMP:20260301");
    assert_eq!(
        counts(&import(table(stamped), "", &mut census)),
        (0, 0, 2, 0)
    );
    let moved = text.replacen("CONFIRMED", "CANCELLED", 1);
    assert_eq!(counts(&import(table(moved), "", &mut census)), (0, 1, 1, 0));
    assert_eq!(named(&census, "Bal du 14")["status"], "annule");
    assert_eq!(census.len(), 2);
}

#[test]
fn whole_days_hours_of_utc_and_hours_without_zone_are_told_apart() {
    let days = "BEGIN:VEVENT\nUID:1\nSUMMARY:Salon\nDTSTART;VALUE=DATE:20261024\nDTEND;VALUE=DATE:20261026\nEND:VEVENT\n";
    let utc =
        "BEGIN:VEVENT\nUID:2\nSUMMARY:Stage\nDTSTART:20261025T003000Z\nDURATION:PT2H\nEND:VEVENT\n";
    let local = "BEGIN:VEVENT\nUID:3\nSUMMARY:Veillée\nDTSTART:20260714T200000\nEND:VEVENT\n";
    let mut census = Memory::new(1);
    let report = import(
        table(agenda(&format!("{days}{utc}{local}"))),
        "",
        &mut census,
    );
    assert_eq!(counts(&report), (3, 0, 0, 0), "{report:#?}");
    let salon = named(&census, "Salon");
    assert_eq!(
        (salon["starts"].as_str(), salon["ends"].as_str()),
        (Some("2026-10-24"), Some("2026-10-25"))
    );
    assert!(salon["starts_at"].is_null());
    let at = |name: &str, field: &str| {
        named(&census, name)[field]
            .as_str()
            .map(|at| at[..16].to_owned())
    };
    assert_eq!(
        at("Stage", "starts_at").as_deref(),
        Some("2026-10-25T00:30")
    );
    assert_eq!(at("Stage", "ends_at").as_deref(), Some("2026-10-25T02:30"));
    assert_eq!(
        at("Veillée", "starts_at").as_deref(),
        Some("2026-07-14T18:00")
    );
    let floating = of(&report.notices, "time_floating");
    assert_eq!(floating.problem.line, 16);
}

#[test]
fn an_hour_of_a_zone_that_nobody_knows_is_refused_with_its_line_and_its_property() {
    let other = BAL
        .replace("bal@", "autre@")
        .replace("Europe/Paris", "\"Heure de la mairie\"");
    let windows = BAL
        .replace("bal@", "windows@")
        .replace("Europe/Paris", "Romance Standard Time");
    let text = agenda(&format!("{other}{windows}"));
    let mut census = Memory::new(1);
    let report = import(table(&text), "", &mut census);
    assert_eq!(counts(&report), (1, 0, 0, 1));
    let refusals: Vec<_> = report
        .problems
        .iter()
        .filter(|one| one.level == Level::Refused)
        .collect();
    let [end, start] = &refusals[..] else {
        panic!("{refusals:#?}")
    };
    assert_eq!((start.problem.line, end.problem.line), (4, 4));
    assert_eq!(start.problem.column.as_deref(), Some("DTSTART"));
    assert_eq!(end.problem.column.as_deref(), Some("DTEND"));
    assert!(
        start.problem.reason.contains("Europe/Paris"),
        "{}",
        start.problem.reason
    );
    let wishes = [("TZID".to_owned(), String::new())];
    let mut census = Memory::new(1);
    let report = import_with(table(&text), "", &wishes, Strictness::Row, &mut census);
    assert_eq!(
        report.refused, 0,
        "the person says to read them as hours of the place"
    );
}

#[test]
fn what_recurs_is_kept_as_a_text_and_a_changed_date_is_an_event_of_its_own() {
    let series = "BEGIN:VEVENT\nUID:cours\nSUMMARY:Cours\nDTSTART:20260901T160000Z\nRRULE:FREQ=WEEKLY;UNTIL=20270630T000000Z\n\
        RDATE:20260905T160000Z\nEXDATE:20261020T160000Z,20261027T160000Z\nEND:VEVENT\n";
    let changed = "BEGIN:VEVENT\nUID:cours\nRECURRENCE-ID:20260908T160000Z\nSUMMARY:Cours déplacé\nDTSTART:20260909T160000Z\nEND:VEVENT\n";
    let mut census = Memory::new(1);
    let text = agenda(&format!("{series}{changed}"));
    let report = import(table(&text), "", &mut census);
    assert_eq!((counts(&report), report.duplicates), ((2, 0, 0, 0), 0));
    assert_eq!(
        named(&census, "Cours")["recurrence"],
        "RRULE:FREQ=WEEKLY;UNTIL=20270630T000000Z RDATE:20260905T160000Z EXDATE:20261020T160000Z,20261027T160000Z"
    );
    assert_eq!(
        named(&census, "Cours déplacé")["source_id"],
        "cours/20260908T160000Z"
    );
    assert_eq!(counts(&import(table(&text), "", &mut census)), (0, 0, 2, 0));
}

#[test]
fn the_person_may_say_that_these_are_meetings() {
    let mut census = Memory::new(1);
    let report = import(table(agenda(BAL)), "meeting", &mut census);
    assert_eq!(
        (report.kind, counts(&report)),
        (Some("meeting"), (1, 0, 0, 0)),
        "{report:#?}"
    );
    assert_eq!(use_of(&report, "DESCRIPTION"), ("agenda", "field"));
    assert_eq!(use_of(&report, "DTSTART"), ("starts_at", "field"));
}

#[test]
fn a_table_that_was_made_of_a_calendar_is_read_as_one() {
    let sheet = "UID;SUMMARY;DTSTART;ORGANIZER\n1;Bal;2026-07-14T18:00:00Z;Personne Inventée\n";
    let mut census = Memory::new(1);
    let report = import(table(sheet), "", &mut census);
    assert_eq!(
        (report.kind, counts(&report)),
        (Some("event"), (1, 0, 0, 0))
    );
    assert_eq!(named(&census, "Bal")["source_id"], "1");
    assert_eq!(use_of(&report, "ORGANIZER"), ("", "personal"));
}

#[test]
fn encodings_and_marks_of_old_programs_are_read_and_said() {
    let text =
        agenda("BEGIN:VEVENT\nUID:1\nSUMMARY:Fête d'été\nDTSTART:20260714T180000Z\nEND:VEVENT\n");
    let mut marked = b"\xEF\xBB\xBF".to_vec();
    marked.extend_from_slice(text.as_bytes());
    let latin: Vec<u8> = text
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).expect("Latin"))
        .collect();
    for (bytes, is_said) in [(marked, false), (latin, true)] {
        let mut table = table(bytes);
        let row = table.next().expect("a row").expect("a whole row");
        assert_eq!(row.cells[1], "Fête d'été");
        let said = table
            .notices()
            .iter()
            .any(|one| one.code == "calendar_encoding");
        assert_eq!(said, is_said);
    }
}

#[test]
fn what_is_no_calendar_is_refused_by_its_reason() {
    for (text, code) in [
        ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "calendar_invalid"),
        ("begin:vcalendar\nEND:VCALENDAR", "a table"),
    ] {
        assert_eq!(code_of(text), code, "{text}");
    }
    let choices = exchange::Choices {
        format: Format::of_name(std::path::Path::new("agenda.ICS")),
        ..exchange::Choices::default()
    };
    assert_eq!(choices.format, Some(Format::Calendar));
    for (text, code) in [
        ("nom;debut\nBal;2026\n", "not_a_calendar"),
        ("", "empty"),
        ("<!DOCTYPE html><html>", "not_text"),
        ("\u{FEFF}BEGIN:VCALENDAR\nEND:VCALENDAR", "a table"),
    ] {
        let source = std::io::Cursor::new(text.as_bytes().to_vec());
        let read = exchange::Table::read(source, &choices);
        let found = read.map_or_else(|error| error.code(), |_| "a table");
        assert_eq!(found, code, "{text}");
    }
    assert!(opened("BEGIN:VCALENDAR\nEND:VCALENDAR").is_ok_and(|mut table| table.next().is_none()));
}

#[test]
fn a_text_that_no_cell_can_hold_refuses_its_event_only() {
    for (size, refused) in [(64 * 1024, 0), (64 * 1024 + 1, 1), (10 * 1024 * 1024, 1)] {
        let long = format!(
            "BEGIN:VEVENT\nUID:1\nSUMMARY:Long\nDTSTART:20260714T180000Z\nDESCRIPTION:{}\nEND:VEVENT\n",
            "a".repeat(size)
        );
        let mut table = table(agenda(&format!("{long}{BAL}")));
        let rows: Vec<_> = table.by_ref().collect();
        assert_eq!(rows.len(), 2);
        let problems: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
        assert_eq!(problems.len(), refused, "{size}");
        for problem in problems {
            assert_eq!(
                (problem.code, problem.column.as_deref()),
                ("cell_too_long", Some("DESCRIPTION"))
            );
        }
    }
}
