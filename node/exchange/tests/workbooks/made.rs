//! Workbooks made by hand, byte by byte where it matters.

use std::io::{Cursor, Write};

use exchange::{Choices, Problem, Row, Table, Unreadable};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// One sheet: its name, its state (`visible`, `hidden`), the XML inside `worksheet`.
pub(crate) type Sheet<'a> = (&'a str, &'a str, String);

/// An archive of these entries.
pub(crate) fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        archive
            .start_file(*name, SimpleFileOptions::default())
            .expect("memory");
        archive.write_all(bytes).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

/// A workbook of these sheets, with shared texts, and other entries beside them.
pub(crate) fn workbook(
    sheets: &[Sheet<'_>],
    texts: &str,
    is_1904: bool,
    beside: &[(&str, &[u8])],
) -> Vec<u8> {
    let mut list = String::new();
    let mut relations = String::new();
    for (place, (name, state, _)) in (1..).zip(sheets) {
        list += &format!(
            r#"<sheet name="{name}" sheetId="{place}" state="{state}" r:id="rId{place}"/>"#
        );
        relations += &format!(
            r#"<Relationship Id="rId{place}" Type="{TYPES}/worksheet" Target="worksheets/sheet{place}.xml"/>"#
        );
    }
    let epoch = if is_1904 {
        r#"<workbookPr date1904="1"/>"#
    } else {
        ""
    };
    let book = format!(
        r#"<workbook xmlns="{MAIN}" xmlns:r="{TYPES}">{epoch}<sheets>{list}</sheets></workbook>"#
    );
    let relations = format!(r#"<Relationships xmlns="{PACKAGE}">{relations}</Relationships>"#);
    let root = format!(
        r#"<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{TYPES}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    // Style 1 is a date, style 2 a date and time.
    let styles = format!(
        r#"<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>"#
    );
    let mut entries: Vec<(String, Vec<u8>)> = vec![
        ("_rels/.rels".into(), root.into_bytes()),
        ("xl/workbook.xml".into(), book.into_bytes()),
        ("xl/_rels/workbook.xml.rels".into(), relations.into_bytes()),
        ("xl/styles.xml".into(), styles.into_bytes()),
    ];
    if !texts.is_empty() {
        entries.push(("xl/sharedStrings.xml".into(), texts.into()));
    }
    for (place, (_, _, inner)) in (1..).zip(sheets) {
        let sheet = format!(r#"<worksheet xmlns="{MAIN}">{inner}</worksheet>"#);
        entries.push((
            format!("xl/worksheets/sheet{place}.xml"),
            sheet.into_bytes(),
        ));
    }
    let beside = beside
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()));
    entries.extend(beside);
    let entries: Vec<_> = entries
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    archive(&entries)
}

/// A workbook of one visible sheet.
pub(crate) fn of_rows(rows: &[&[&str]]) -> Vec<u8> {
    workbook(&[("Feuil1", "visible", data(rows))], "", false, &[])
}

/// Rows of cells: `s:text`, `n:12`, `d:45292`, `e:#N/A`, `b:1`, `f:SUM(A1)=3`, or nothing.
pub(crate) fn data(rows: &[&[&str]]) -> String {
    let mut xml = "<sheetData>".to_owned();
    for (row, cells) in (1..).zip(rows) {
        xml += &format!(r#"<row r="{row}">"#);
        for (column, cell) in (b'A'..).zip(*cells) {
            let place = format!("{}{row}", char::from(column));
            xml += &match cell.split_once(':') {
                None => String::new(),
                Some(("s", text)) => {
                    let text = text.replace('&', "&amp;").replace('<', "&lt;");
                    format!(
                        r#"<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>"#
                    )
                }
                Some(("n", number)) => format!(r#"<c r="{place}"><v>{number}</v></c>"#),
                Some(("d", serial)) => format!(r#"<c r="{place}" s="1"><v>{serial}</v></c>"#),
                Some(("t", serial)) => format!(r#"<c r="{place}" s="2"><v>{serial}</v></c>"#),
                Some(("e", error)) => format!(r#"<c r="{place}" t="e"><v>{error}</v></c>"#),
                Some(("b", value)) => format!(r#"<c r="{place}" t="b"><v>{value}</v></c>"#),
                Some(("f", formula)) => match formula.split_once('=') {
                    None => format!(r#"<c r="{place}"><f>{formula}</f></c>"#),
                    Some((formula, value)) => {
                        format!(r#"<c r="{place}"><f>{formula}</f><v>{value}</v></c>"#)
                    }
                },
                Some((kind, _)) => panic!("no kind of cell {kind}"),
            };
        }
        xml += "</row>";
    }
    xml + "</sheetData>"
}

pub(crate) fn open(bytes: &[u8]) -> Result<Table, Unreadable> {
    Table::read(Cursor::new(bytes.to_vec()), &Choices::default())
}

pub(crate) fn open_sheet(bytes: &[u8], sheet: &str) -> Result<Table, Unreadable> {
    let choices = Choices {
        sheet: Some(sheet.to_owned()),
        ..Choices::default()
    };
    Table::read(Cursor::new(bytes.to_vec()), &choices)
}

/// Rows and notices of a workbook that can be read whole.
pub(crate) fn read(bytes: &[u8]) -> (Vec<String>, Vec<Row>, Vec<Problem>) {
    let mut table = open(bytes).expect("a table");
    let names = table
        .columns()
        .iter()
        .map(|column| column.name.clone())
        .collect();
    let rows = table.by_ref().map(|row| row.expect("a row")).collect();
    (names, rows, table.notices().to_vec())
}

/// The code and the sentence of a refused workbook.
pub(crate) fn refusal(bytes: &[u8]) -> (&'static str, String) {
    match open(bytes) {
        Ok(table) => panic!("read as {:?}", table.columns()),
        Err(error) => (error.code(), error.to_string()),
    }
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const TYPES: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
