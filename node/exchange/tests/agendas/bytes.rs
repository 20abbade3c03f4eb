//! Any bytes at all: no panic, and each row counts once.

use std::io::Cursor;

use exchange::{Choices, Format, Table};
use proptest::prelude::*;

use crate::census::Memory;
use crate::{import, table};

/// Reads to the end whatever it is.
fn read(bytes: Vec<u8>, format: Format) {
    let choices = Choices {
        format: Some(format),
        ..Choices::default()
    };
    let again = bytes.clone();
    let Ok(rows) = Table::read(Cursor::new(bytes), &choices) else {
        return;
    };
    let width = rows.columns().len();
    let mut count = 0;
    for row in rows {
        count += 1;
        if let Ok(row) = row {
            assert_eq!(row.cells.len(), width);
        }
    }
    let rows = Table::read(Cursor::new(again), &choices).expect("as before");
    // The helper compares the rows with what became of them.
    let report = import(rows, "", &mut Memory::new(1));
    assert_eq!(report.rows, count);
}

/// Pieces of calendars in any order, with any bytes between them.
fn calendar() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<&'static [u8]> = vec![
        b"BEGIN:VEVENT\r\n",
        b"END:VEVENT\r\n",
        b"BEGIN:VCALENDAR\n",
        b"END:VCALENDAR\n",
        b"BEGIN:VALARM\n",
        b"END:VALARM\n",
        b"UID:1\r\n",
        b"SUMMARY:a\r\n",
        b" \xC3\r\n \xA9\r\n",
        b"DTSTART:2026",
        b"0621T183000Z\r\n",
        b"DTSTART;VALUE=DATE:20260621\n",
        b"DTEND:99991231T235959Z\n",
        b"DURATION:P4D\n",
        b"RRULE:FREQ=DAILY\n",
        b"\r",
        b"\n",
        b" ",
        b"\t",
        b";TZID=\"",
        b"Europe/Paris\"",
        b":",
        b",",
        b"\\",
        b"\\n",
        b"GEO:1;2\n",
        b"RDATE:1,2\n",
        b"CATEGORIES:a\\,b,c\n",
        b"RECURRENCE-ID:1\n",
        b"\xEF\xBB\xBF",
    ];
    let piece = prop_oneof![
        8 => prop::sample::select(known).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..60)
        .prop_map(|pieces| [b"BEGIN:VCALENDAR\r\n".to_vec(), pieces.concat()].concat())
}

fn feed() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<&'static [u8]> = vec![
        b"<item>",
        b"</item>",
        b"<entry>",
        b"</entry>",
        b"<title>",
        b"</title>",
        b"<link href=\"",
        b"\"/>",
        b"<guid>",
        b"</guid>",
        b"<content type=\"xhtml\">",
        b"</content>",
        b"<p>",
        b"</p>",
        b"<script>",
        b"</script>",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"-->",
        b"&amp;",
        b"&#0;",
        b"&#xD800;",
        b"&lol;",
        b"&",
        b"<!DOCTYPE x [",
        b"]>",
        b"<?xml version='1.0'?>",
        b"<author><name>",
        b"</name></author>",
        b"xml:base=\"http://",
        b"<category term='a'/>",
        b"<pubDate>",
        b"</pubDate>",
        b"\r\n",
        b"\0",
        b"\xC3\xA9",
        b"xmlns:a='b'",
        b"<a:b>",
        b"</a:b>",
    ];
    let piece = prop_oneof![
        8 => prop::sample::select(known).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    let head = prop::sample::select(vec![
        "<rss><channel>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "",
        "<?xml version='1.0' encoding='x'?><rss>",
    ]);
    let tail = prop::sample::select(vec!["</channel></rss>", "</feed>", "", "</rss>"]);
    (head, prop::collection::vec(piece, 0..40), tail).prop_map(|(head, pieces, tail)| {
        [
            head.as_bytes().to_vec(),
            pieces.concat(),
            tail.as_bytes().to_vec(),
        ]
        .concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_reader_of_calendars_panic(bytes in prop_oneof![calendar(), prop::collection::vec(any::<u8>(), 0..200)]) {
        read(bytes, Format::Calendar);
    }

    #[test]
    fn no_bytes_make_the_reader_of_feeds_panic(bytes in prop_oneof![feed(), prop::collection::vec(any::<u8>(), 0..200)]) {
        read(bytes, Format::Feed);
    }

    #[test]
    fn any_text_of_an_article_is_read_back(
        texts in prop::collection::vec("[^\u{0}-\u{1f}\u{7f}-\u{9f}\u{FFFD}\u{FFFE}\u{FFFF}]{0,40}", 1..6),
    ) {
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace("]]>", "]]&gt;");
        let entries: String = texts
            .iter()
            .enumerate()
            .map(|(number, text)| format!("<entry><id>x{number}</id><content>{}</content></entry>", escaped(text)))
            .collect();
        let table = table(format!("<feed xmlns='http://www.w3.org/2005/Atom'>{entries}</feed>"));
        let place = table.columns().iter().position(|column| column.name == "entry.content");
        let read: Vec<_> = table.map(|row| row.expect("whole")).collect();
        prop_assert_eq!(read.len(), texts.len());
        for (row, text) in read.iter().zip(&texts) {
            let around = |c: char| c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200D}' | '\u{2060}');
            let kept = text.trim_matches(around);
            let kept = if ["-", "NULL", "#N/A", "#N/D"].contains(&kept) { "" } else { kept };
            prop_assert_eq!(place.map_or("", |place| row.cells[place].as_str()), kept);
        }
    }
}
