//! Calendars: the vectors of the standard, what changes when an event does, and what a partner may not smuggle into a line.

use crdt_schema::edit::Operation;
use crdt_schema::time::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::export::{Calendar, Revisions, has_dates};

const NOW: Timestamp = Timestamp::from_millis(1_764_000_000_123);

fn event(fields: &[(&str, Value)]) -> RecordView {
    let mut view = view();
    view.birth = Some(("event".to_owned(), "04".to_owned()));
    let fields = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), written(std::slice::from_ref(value))));
    view.merged.fields = fields.collect();
    view
}

fn day(day: &str) -> (&'static str, Value) {
    ("starts", Value::Date(day.to_owned()))
}

fn calendar_of(views: &[RecordView], revisions: Revisions) -> (String, Vec<bool>) {
    let mut calendar =
        Calendar::new(Vec::new(), "Plan inventé", NOW, Reach::Partners).expect("written");
    let answers = views
        .iter()
        .map(|view| calendar.record(view, revisions).expect("written"))
        .collect();
    let bytes = calendar.finish().expect("written");
    (String::from_utf8(bytes).expect("UTF-8"), answers)
}

fn only(view: RecordView) -> String {
    let (text, answers) = calendar_of(&[view], Revisions::default());
    assert_eq!(answers, [true]);
    text
}

/// The lines as they were before they were folded.
fn lines(text: &str) -> Vec<String> {
    let unfolded = text.replace("\r\n ", "");
    unfolded
        .split_terminator("\r\n")
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_series_leaves_with_its_rule_in_its_own_zone_and_comes_back_as_it_was() {
    let text = |text: &str| Value::Text(text.to_owned());
    // Wednesday 2 September 2026, 18:00 in Paris.
    let hour = Value::Instant(1_788_364_800_000);
    let weekly = event(&[
        ("name", text("Cours")),
        ("starts_at", hour.clone()),
        ("ends_at", Value::Instant(1_788_368_400_000)),
        ("time_zone", text("Europe/Paris")),
        (
            "recurrence",
            text("RRULE:FREQ=WEEKLY;UNTIL=20270630T000000Z EXDATE:20261020T160000Z"),
        ),
    ]);
    let (written, _) = calendar_of(&[weekly.clone(), weekly], Revisions::default());
    let said = lines(&written);
    for line in [
        "DTSTART;TZID=Europe/Paris:20260902T180000",
        "DTEND;TZID=Europe/Paris:20260902T190000",
        "RRULE:FREQ=WEEKLY;UNTIL=20270630T000000Z",
        "EXDATE:20261020T160000Z",
    ] {
        assert_eq!(
            said.iter().filter(|it| *it == line).count(),
            2,
            "{line} in {written}"
        );
    }
    assert_eq!(written.matches("BEGIN:VTIMEZONE").count(), 1, "{written}");
    let read = crate::calendar::cells_of_one(written.as_bytes());
    assert_eq!(
        read["RRULE"],
        "RRULE:FREQ=WEEKLY;UNTIL=20270630T000000Z EXDATE:20261020T160000Z"
    );
    assert_eq!(read["DTSTART"], "2026-09-02T18:00:00");
    assert_eq!(read["TZID"], "Europe/Paris");

    let typed = event(&[
        ("name", text("Permanence")),
        day("2026-09-02"),
        ("ends", Value::Date("2027-06-30".to_owned())),
        ("recurrence", text("Tous les mercredis")),
    ]);
    let said = lines(&only(typed));
    for line in [
        "DTSTART;VALUE=DATE:20260902",
        "DTEND;VALUE=DATE:20260903",
        "RRULE:FREQ=WEEKLY;BYDAY=WE;UNTIL=20270630",
    ] {
        assert!(said.iter().any(|it| it == line), "{line} in {said:?}");
    }
    let festival = event(&[
        ("name", text("Festival inventé")),
        day("2026-07-01"),
        ("ends", Value::Date("2026-07-03".to_owned())),
        ("recurrence", text("Tous les ans")),
    ]);
    let said = lines(&only(festival));
    for line in [
        "DTSTART;VALUE=DATE:20260701",
        "DTEND;VALUE=DATE:20260704",
        "RRULE:FREQ=YEARLY",
    ] {
        assert!(said.iter().any(|it| it == line), "{line} in {said:?}");
    }
    // What is no rule leaves as before: one date, in UTC.
    let other = event(&[
        ("name", text("Cours")),
        ("starts_at", hour),
        ("recurrence", text("hors vacances\r\nRRULE:FREQ=DAILY")),
    ]);
    let written = only(other);
    assert!(written.contains("DTSTART:20260902T160000Z"), "{written}");
    assert!(!written.contains("RRULE"), "{written}");
}

#[test]
fn a_calendar_says_what_it_is_and_when_to_ask_again() {
    let (text, _) = calendar_of(&[], Revisions::default());
    assert_eq!(
        text,
        "BEGIN:VCALENDAR\r\n\
         VERSION:2.0\r\n\
         PRODID:-//Maillage//Maillage//FR\r\n\
         METHOD:PUBLISH\r\n\
         NAME;VALUE=TEXT:Plan inventé\r\n\
         X-WR-CALNAME:Plan inventé\r\n\
         REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n\
         END:VCALENDAR\r\n"
    );
}

#[test]
fn hours_are_in_utc_and_whole_days_end_on_the_day_after() {
    let hours = event(&[
        ("name", text("Bal")),
        ("starts_at", Value::Instant(1_782_059_400_000)),
        ("ends_at", Value::Instant(1_782_072_000_000)),
        day("2026-06-22"),
    ]);
    let lines_of_hours = lines(&only(hours));
    assert!(lines_of_hours.contains(&"DTSTART:20260621T163000Z".to_owned()));
    assert!(lines_of_hours.contains(&"DTEND:20260621T200000Z".to_owned()));
    let days = event(&[
        day("2026-02-28"),
        ("ends", Value::Date("2026-12-31".to_owned())),
    ]);
    let lines_of_days = lines(&only(days));
    assert!(lines_of_days.contains(&"DTSTART;VALUE=DATE:20260228".to_owned()));
    assert!(lines_of_days.contains(&"DTEND;VALUE=DATE:20270101".to_owned()));
    let one_day = lines(&only(event(&[day("2028-02-28")])));
    assert!(one_day.contains(&"DTEND;VALUE=DATE:20280229".to_owned()));
    let backwards = event(&[
        ("starts_at", Value::Instant(1_782_059_400_000)),
        ("ends_at", Value::Instant(1_782_059_400_000)),
    ]);
    assert!(!only(backwards).contains("DTEND"));
}

#[test]
fn what_has_no_date_is_left_out() {
    let (text, answers) = calendar_of(&[event(&[("name", text("Bal"))])], Revisions::default());
    assert_eq!(answers, [false]);
    assert!(!text.contains("VEVENT"));
    let dated: Vec<_> = crdt_schema::record::KINDS
        .iter()
        .filter(|kind| has_dates(kind))
        .map(|kind| kind.code)
        .collect();
    assert_eq!(dated, ["event", "meeting"]);
}

#[test]
fn lines_are_folded_at_75_octets_and_never_inside_a_letter() {
    let text = only(event(&[("name", text(&"é".repeat(40))), day("2026-06-21")]));
    let folded = format!("SUMMARY:{}\r\n {}\r\n", "é".repeat(33), "é".repeat(7));
    assert!(text.contains(&folded), "{text}");
}

#[test]
fn signs_of_the_format_are_escaped() {
    let name = "Réunion; budget, \"2026\"\nSuite \\ fin";
    let text = only(event(&[("name", text(name)), day("2026-06-21")]));
    let summary = r#"SUMMARY:Réunion\; budget\, "2026"\nSuite \\ fin"#;
    assert!(lines(&text).contains(&summary.to_owned()), "{text}");
}

#[test]
fn what_is_cancelled_stays_and_says_so() {
    for (code, word) in [
        ("annule", "CANCELLED"),
        ("reporte", "TENTATIVE"),
        ("confirme", "CONFIRMED"),
    ] {
        let status = ("status", Value::Term(code.to_owned()));
        let text = only(event(&[day("2026-06-21"), status]));
        assert!(text.contains(&format!("\r\nSTATUS:{word}\r\n")), "{text}");
    }
}

#[test]
fn the_name_of_an_event_is_its_record_and_its_number_the_changes_that_matter() {
    let put = |field: &str| Operation::Clear {
        field: field.to_owned(),
    };
    let mut revisions = Revisions::default();
    revisions.add(Timestamp::from_millis(5_000), true, &[put("starts")]);
    revisions.add(Timestamp::from_millis(9_000), false, &[put("starts")]);
    revisions.add(Timestamp::from_millis(7_000), false, &[put("summary")]);
    revisions.add(
        Timestamp::from_millis(8_000),
        false,
        &[put("name"), put("status")],
    );
    assert_eq!(revisions.changes, 2);
    let view = event(&[day("2026-06-21")]);
    let (text, _) = calendar_of(std::slice::from_ref(&view), revisions);
    let said = lines(&text);
    assert!(said.contains(&format!("UID:{}", view.record.urn())));
    assert!(said.contains(&"SEQUENCE:2".to_owned()));
    assert!(said.contains(&"LAST-MODIFIED:19700101T000009Z".to_owned()));
    // A clock that is ahead is not believed.
    let ahead = Revisions {
        last: Some(NOW.plus_days(400)),
        changes: 0,
    };
    let (text, _) = calendar_of(&[view], ahead);
    assert!(text.contains("LAST-MODIFIED:20251124T160000Z"), "{text}");
}

#[test]
fn partners_see_the_room_of_a_meeting_and_the_public_does_not() {
    let mut meeting = event(&[
        ("starts_at", Value::Instant(1_782_059_400_000)),
        ("remote_link", text("https://visio.example/salle")),
    ]);
    meeting.birth = Some(("meeting".to_owned(), "04".to_owned()));
    let for_partners = only(meeting.clone());
    assert!(for_partners.contains("CONFERENCE;VALUE=URI:https://visio.example/salle\r\n"));
    let mut calendar = Calendar::new(Vec::new(), "x", NOW, Reach::Public).expect("written");
    assert!(
        calendar
            .record(&meeting, Revisions::default())
            .expect("written")
    );
    let text = String::from_utf8(calendar.finish().expect("written")).expect("UTF-8");
    assert!(!text.contains("visio.example"));
}

proptest! {
    /// Whatever partners write, a line of the file is one of ours: nobody adds a property or an event.
    #[test]
    fn no_text_begins_a_line_of_its_own(
        texts in prop::collection::vec(("(name|summary|website|remote_link|address|x_y|organiser_name)", "(\\PC|[\r\n\t\0]|BEGIN:VEVENT|ATTENDEE:mailto:a){0,40}"), 0..6),
    ) {
        let mut fields: Vec<_> = texts.iter().map(|(name, said)| (name.as_str(), text(said))).collect();
        fields.push(day("2026-06-21"));
        let said = only(event(&fields));
        for line in said.split_terminator("\r\n") {
            prop_assert!(line.len() <= 75, "{line:?}");
            prop_assert!(!line.contains(['\r', '\n']), "{line:?}");
        }
        let ours = [
            "BEGIN", "VERSION", "PRODID", "METHOD", "NAME", "X-WR-CALNAME", "REFRESH-INTERVAL", "DTSTAMP", "UID", "SEQUENCE", "DTSTART",
            "DTEND", "SUMMARY", "DESCRIPTION", "LOCATION", "CONTACT", "URL", "CONFERENCE", "END",
        ];
        let mut begins = 0;
        for line in lines(&said) {
            let name = line.split([':', ';']).next().unwrap_or_default();
            prop_assert!(ours.contains(&name), "{line:?}");
            begins += usize::from(name == "BEGIN");
        }
        prop_assert_eq!(begins, 2);
    }
}
