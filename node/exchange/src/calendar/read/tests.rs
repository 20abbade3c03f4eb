use std::io;

use super::*;
use crate::calendar::Unfolded;

fn events(text: &str) -> (Vec<Event>, Events<Unfolded<&[u8]>>) {
    let mut events = Events::new(Unfolded::new(text.as_bytes()), Encoding::Utf8);
    let mut read = Vec::new();
    while let Some(event) = events.next().expect("a calendar") {
        read.push(event);
    }
    (read, events)
}

fn refused(text: &str) -> String {
    let mut events = Events::new(Unfolded::new(text.as_bytes()), Encoding::Utf8);
    loop {
        match events.next() {
            Ok(Some(_)) => {}
            Ok(None) => return String::new(),
            Err(fault) => return fault.to_string(),
        }
    }
}

fn cell<'e>(event: &'e Event, name: &str) -> &'e str {
    let column = COLUMNS.iter().position(|column| *column == name);
    &event.cells[column.expect("a column")]
}

/// A calendar of an invented municipality.
const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-TIMEZONE:Indian/Reunion\r\n\
    BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
    BEGIN:VEVENT\r\nUID:bal@mairie.example\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Bal\\, jeux\r\nDTSTART:20260714T200000\r\n\
    BEGIN:VALARM\r\nDESCRIPTION:Rappel\r\nEND:VALARM\r\n\
    DESCRIPTION:Venez\\nnombre\r\n ux\r\nORGANIZER;CN=Personne Inventée:mailto:p@mairie.example\r\nATTENDEE:mailto:q@mairie.example\r\n\
    END:VEVENT\r\nBEGIN:VTODO\r\nSUMMARY:Louer la salle\r\nEND:VTODO\r\n\
    BEGIN:VEVENT\r\nUID:bal@mairie.example\r\nRECURRENCE-ID:20260721T200000\r\nSUMMARY:Bal\r\nSTATUS:CANCELLED\r\n\
    DTSTART;VALUE=DATE:20260721\r\nDTEND;VALUE=DATE:20260723\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\nEXDATE:20260728\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

#[test]
fn events_are_rows_and_what_is_inside_them_is_not() {
    let (read, events) = events(CALENDAR);
    assert_eq!(read.len(), 2);
    let [bal, other] = &read[..] else {
        panic!("two events")
    };
    assert_eq!((bal.line, other.line), (10, 26));
    for (event, name, expected) in [
        (bal, "UID", "bal@mairie.example"),
        (bal, "SUMMARY", "Bal, jeux"),
        (bal, "DESCRIPTION", "Venez\nnombreux"),
        (bal, "DTSTART", "2026-07-14T20:00:00"),
        (bal, "TZID", "Indian/Reunion"),
        (bal, "ORGANIZER", "Personne Inventée"),
        (bal, "ATTENDEE", ""),
        (other, "UID", "bal@mairie.example/20260721T200000"),
        (other, "STATUS", "annule"),
        (other, "DTSTART;VALUE=DATE", "2026-07-21"),
        (other, "DTEND;VALUE=DATE", "2026-07-22"),
        (other, "RRULE", "RRULE:FREQ=WEEKLY;COUNT=3 EXDATE:20260728"),
    ] {
        assert_eq!(cell(event, name), expected, "{name}");
    }
    assert!(bal.has_attendees && !bal.is_floating);
    let others: Vec<_> = events.others.iter().collect();
    assert_eq!(others, [(&"VTODO".to_owned(), &(1, 23))]);
    let left_out: Vec<_> = events.left_out.iter().map(String::as_str).collect();
    assert_eq!(left_out, ["DTSTAMP"]);
}

#[test]
fn a_calendar_of_cancellations_cancels_all_that_it_holds() {
    let text = CALENDAR.replace("VERSION:2.0", "METHOD:CANCEL");
    let (read, _) = events(&text);
    assert!(read.iter().all(|event| cell(event, "STATUS") == "annule"));
}

#[test]
fn what_is_not_whole_is_refused_with_its_line() {
    let cut = CALENDAR.strip_suffix("END:VCALENDAR\r\n").expect("its end");
    for (text, sentence) in [
        (cut, "ligne 26 : la fin de VCALENDAR manque"),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\n",
            "ligne 2 : la fin de VEVENT manque",
        ),
        (
            "BEGIN:VCALENDAR\nEND:VEVENT\n",
            "ligne 2 : END:VCALENDAR attendu",
        ),
        ("END:VCALENDAR\n", "ligne 1 : END sans BEGIN"),
    ] {
        let said = refused(text);
        assert!(said.contains(sentence), "{said}");
    }
    for (depth, is_read) in [(DEPTH_MAX, true), (DEPTH_MAX + 1, false)] {
        let text = format!("{}{}", "BEGIN:A\n".repeat(depth), "END:A\n".repeat(depth));
        assert_eq!(refused(&text).is_empty(), is_read, "{depth}");
    }
}

/// Gives events until there are enough of them, and never sits in memory.
struct Endless {
    given: usize,
    count: u64,
    end: u64,
}

impl io::Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        const EVENT: &[u8] = b"BEGIN:VEVENT\nEND:VEVENT\n";
        let rest = &EVENT[self.given..];
        let count = if self.count == self.end {
            0
        } else {
            rest.len().min(into.len())
        };
        into[..count].copy_from_slice(&rest[..count]);
        self.given = (self.given + count) % EVENT.len();
        self.count += u64::from(self.given == 0 && count > 0);
        Ok(count)
    }
}

#[test]
fn the_limit_of_events_holds_at_its_edge() {
    for (count, code) in [(ROWS_MAX, None), (ROWS_MAX + 1, Some("entries_too_many"))] {
        let endless = Endless {
            given: 0,
            count: 0,
            end: count,
        };
        let mut events = Events::new(endless, Encoding::Utf8);
        let refusal = loop {
            match events.next() {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(fault) => break Some(fault.code()),
            }
        };
        assert_eq!(refusal, code, "{count}");
    }
}
