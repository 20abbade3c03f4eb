//! Workbooks that would fill a memory or a disk: refused with a sentence, before anything is parsed.

use exchange::Table;

use crate::made::{Sheet, archive, data, of_rows, open, read, refusal, workbook};

fn plain() -> Vec<Sheet<'static>> {
    vec![(
        "F",
        "visible",
        data(&[&["s:nom", "s:note"], &["s:a", "s:b"]]),
    )]
}

fn beside(name: &str, bytes: &[u8]) -> Vec<u8> {
    workbook(&plain(), "", false, &[(name, bytes)])
}

fn is_unsafe(bytes: &[u8], word: &str) {
    let (code, sentence) = refusal(bytes);
    assert_eq!(code, "workbook_unsafe", "{sentence}");
    assert!(sentence.contains(word), "{sentence}");
}

/// Bytes that pack badly.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b'a' + u8::try_from(state >> 28).expect("four bits")
    };
    (0..length).map(next).collect()
}

#[test]
fn what_packs_a_hundred_times_is_refused_once_it_is_large() {
    is_unsafe(&beside("xl/media/a.bin", &vec![b'x'; 2 << 20]), "cent fois");
    // Less than a mebibyte harms nobody, and what packs as real sheets do is read.
    open(&beside("xl/media/a.bin", &vec![b'x'; 1 << 20])).expect("small");
    open(&beside("xl/media/a.bin", &noise(3 << 20))).expect("packs badly");
}

#[test]
fn two_hundred_mebibytes_are_the_limit_once_unpacked() {
    // Each part packs some ninety times: only their sum is too much.
    let mut part = noise(560 << 10);
    part.resize(25 << 20, b'x');
    let names: Vec<String> = (0..9)
        .map(|place| format!("xl/media/{place}.bin"))
        .collect();
    let parts: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), part.as_slice()))
        .collect();
    is_unsafe(&workbook(&plain(), "", false, &parts), "200 Mio");
    open(&workbook(&plain(), "", false, &parts[..7])).expect("below");
}

#[test]
fn a_thousand_entries_are_the_limit() {
    let own = 5;
    for (count, accepted) in [(999, true), (1_000, true), (1_001, false)] {
        let names: Vec<String> = (0..count - own)
            .map(|place| format!("xl/media/{place}"))
            .collect();
        let parts: Vec<_> = names
            .iter()
            .map(|name| (name.as_str(), &b"x"[..]))
            .collect();
        let bytes = workbook(&plain(), "", false, &parts);
        assert_eq!(open(&bytes).is_ok(), accepted, "{count}");
        if !accepted {
            is_unsafe(&bytes, "1 000 fichiers");
        }
    }
}

#[test]
fn a_count_that_the_end_of_the_archive_only_claims_is_refused() {
    let mut bytes = of_rows(&[&["s:nom", "s:note"]]);
    let end = bytes.len() - 22;
    assert_eq!(&bytes[end..end + 4], b"PK\x05\x06");
    bytes[end + 8..end + 12].copy_from_slice(&[0xE9, 0x03, 0xE9, 0x03]);
    is_unsafe(&bytes, "1 000 fichiers");
    // The large end, for archives of more than 65,535 entries.
    let mut large = of_rows(&[&["s:nom", "s:note"]]);
    let end = large.split_off(large.len() - 22);
    let at = large.len() as u64;
    large.extend(b"PK\x06\x06");
    large.extend([0; 28]);
    large.extend(1_000_000_u64.to_le_bytes());
    large.extend([0; 16]);
    large.extend(b"PK\x06\x07\0\0\0\0");
    large.extend(at.to_le_bytes());
    large.extend(1_u32.to_le_bytes());
    large.extend(end);
    is_unsafe(&large, "1 000 fichiers");
}

#[test]
fn archives_inside_are_refused_whatever_their_name() {
    is_unsafe(
        &beside("xl/embeddings/a.xlsx", &of_rows(&[])),
        "autre archive",
    );
    is_unsafe(
        &beside("xl/media/image.png", &archive(&[("a", b"b")])),
        "autre archive",
    );
    is_unsafe(&beside("a", b"\x1F\x8B\x08"), "autre archive");
}

#[test]
fn documents_that_define_entities_are_refused() {
    let laughs = r#"<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><sst uniqueCount="1"><si><t>&b;</t></si></sst>"#;
    is_unsafe(&workbook(&plain(), laughs, false, &[]), "DTD");
    // Seen also where two blocks meet.
    for before in 65_536 - 10..65_536 + 2 {
        let text = format!("<a>{}<!DOCTYPE x>", "x".repeat(before - 3));
        is_unsafe(&beside("xl/x.xml", text.as_bytes()), "DTD");
    }
    is_unsafe(&beside("xl/x.xml", b"\xFF\xFE<\0a\0"), "UTF-16");
}

#[test]
fn texts_that_are_only_announced_make_no_room() {
    let texts = |count: &str| {
        format!(r#"<sst uniqueCount="{count}"><si><t>nom</t></si><si><t>note</t></si></sst>"#)
    };
    open(&workbook(&plain(), &texts("2"), false, &[])).expect("as many as there are");
    for count in [
        "1000000000000000",
        "2000001",
        "99999999999999999999999999",
        "50000",
    ] {
        is_unsafe(
            &workbook(&plain(), &texts(count), false, &[]),
            "plus de textes",
        );
    }
}

#[test]
fn one_long_text_that_many_cells_share_is_refused() {
    let long = String::from_utf8(noise(60_000)).expect("letters");
    let texts = format!(r#"<sst uniqueCount="1"><si><t>{long}</t></si></sst>"#);
    let mut inner = data(&[&["s:nom", "s:note"]]).replace("</sheetData>", "");
    for row in 2..4_000 {
        inner += &format!(r#"<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>"#);
    }
    inner += "</sheetData>";
    is_unsafe(
        &workbook(&[("F", "visible", inner)], &texts, false, &[]),
        "200 Mio",
    );
}

#[test]
fn rows_that_are_only_claimed_cost_nothing_and_rows_out_of_order_are_refused() {
    let claims = r#"<dimension ref="A1:XFD1048576"/>"#.to_owned()
        + &data(&[&["s:nom", "s:note"], &["s:a", "s:b"]]);
    let (_, rows, _) = read(&workbook(&[("F", "visible", claims)], "", false, &[]));
    assert_eq!(rows.len(), 1);
    let far = |row: &str| {
        let inner = data(&[&["s:nom", "s:note"]]).replace("</sheetData>", "");
        let inner = format!(
            r#"{inner}<row r="{row}"><c r="A{row}"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row></sheetData>"#
        );
        refusal(&workbook(&[("F", "visible", inner)], "", false, &[])).0
    };
    for row in ["1000000000", "99999999999999", "4", "0"] {
        assert_eq!(far(row), "workbook_damaged", "{row}");
    }
}

#[test]
fn two_hundred_thousand_rows_are_the_limit() {
    let head = data(&[&["s:nom", "s:note"]]).replace("</sheetData>", "");
    for (count, accepted) in [(200_000, true), (200_001, false)] {
        let mut inner = head.clone();
        for row in 2..count + 2 {
            inner += &format!(r#"<row r="{row}"><c r="A{row}"><v>{row}</v></c></row>"#);
        }
        inner += "</sheetData>";
        let bytes = workbook(&[("F", "visible", inner)], "", false, &[]);
        match open(&bytes) {
            Ok(table) => assert!(accepted && table.count() == 200_000),
            Err(error) => assert!(!accepted && error.code() == "rows_too_many", "{error}"),
        }
    }
}

#[test]
fn a_cell_of_sixty_four_kibibytes_is_read_and_a_longer_one_refuses_its_row() {
    for (length, accepted) in [(64 * 1024, true), (64 * 1024 + 1, false)] {
        let long = format!("s:{}", String::from_utf8(noise(length)).expect("letters"));
        let bytes = of_rows(&[&["s:nom", "s:note"], &["s:a", &long], &["s:b", "s:c"]]);
        let rows: Vec<_> = open(&bytes).expect("a table").collect();
        assert_eq!(rows.len(), 2);
        match &rows[0] {
            Ok(row) => assert!(accepted && row.cells[1].len() == length),
            Err(problem) => {
                assert!(!accepted && problem.code == "cell_too_long", "{problem:?}");
                assert_eq!((problem.line, problem.letter.as_deref()), (2, Some("B")));
            }
        }
    }
}

/// Any change of any byte gives rows or a sentence, and never a panic.
#[test]
fn broken_workbooks_give_rows_or_a_sentence() {
    let whole = of_rows(&[&["s:nom", "s:note"], &["s:a", "n:1"], &["s:b", "d:45292"]]);
    let try_it =
        |bytes: Vec<u8>| match Table::read(std::io::Cursor::new(bytes), &Default::default()) {
            Ok(table) => {
                let columns = table.columns().len();
                assert!(table.flatten().all(|row| row.cells.len() == columns));
            }
            Err(error) => assert!(error.to_string().ends_with('.'), "{error}"),
        };
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (place % 8);
        try_it(bytes);
        if place % 7 == 0 {
            try_it(whole[..place].to_vec());
        }
    }
    for xml in [
        "<sheetData><row r=\"1\"><c r=\"ZZZZZZZZZ1\"><v>1</v></c></row></sheetData>",
        "<dimension ref=\"B2:A1\"/><sheetData/>",
        "<sheetData/><mergeCells><mergeCell ref=\"B2:A1\"/></mergeCells>",
        "<sheetData><row><c t=\"s\"><v>7</v></c></row></sheetData>",
        "<sheetData><row><c t=\"zz\"><v>7</v></c></row></sheetData>",
        "<sheetData><row><c><v>1e999</v></c><c><v>nan</v></c></row>",
        "<sheetData><row><c><f t=\"shared\" si=\"99999999999\"/></c></row></sheetData>",
    ] {
        try_it(workbook(
            &[("F", "visible", xml.to_owned())],
            "",
            false,
            &[],
        ));
    }
}
