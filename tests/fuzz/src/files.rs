//! Files that people import: each is read as a table, then planned and written into a census in memory, twice.

use std::io::{Cursor, Write};

use allocation_counter::measure;
use crdt_schema::cbor::Wire;
use crdt_schema::edit::Content;
use crdt_schema::entry::{Body, EditFrame, Frame, Item, Payload};
use crdt_schema::record::Kind;
use crdt_schema::register::{LAST_YEAR, Territories};
use crdt_schema::vocabulary::Words;
use exchange::{Choices, Format, Plan, PlannedEdit, Report, Settings, Strictness, Table};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::Target;
use crate::census::Memory;

pub(crate) const CALENDAR: Target = target("calendar", calendar);
pub(crate) const CSV: Target = target("csv", csv);
pub(crate) const FEED: Target = target("feed", feed);
pub(crate) const JSON: Target = target("json", json);
pub(crate) const XLSX: Target = target("xlsx", xlsx);

/// The census that is imported into is held too: a row of two bytes becomes a record, its history, and a line of the report in words.
const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target {
        name,
        bytes_max: 32 << 10,
        run,
        fixed: 1 << 20,
        per_byte: 2 << 10,
    }
}

/// What reading alone may hold: buffers of the decoder, of the inflater and of the parser, then the cells of one row, and what the columns
/// are called, over again for each of 200 notices at most.
const READING_BYTES: u64 = 512 << 10;
const READING_PER_BYTE: u64 = 64;

fn calendar(input: &[u8]) {
    let upper = input.to_ascii_uppercase();
    let rows = upper.windows(5).filter(|word| *word == b"BEGIN").count();
    imported(input, Some(Format::Calendar), rows);
}

fn csv(input: &[u8]) {
    let ends = input.iter().filter(|byte| b"\r\n".contains(byte)).count();
    imported(input, Some(Format::Csv), ends + 1);
}

fn feed(input: &[u8]) {
    imported(input, Some(Format::Feed), count(input, b'<'));
}

/// Objects that follow each other are told by a first `L`: nothing else does.
fn json(input: &[u8]) {
    let (format, input) = match input.strip_prefix(b"L") {
        Some(lines) => (Format::JsonLines, lines),
        None => (Format::Json, input),
    };
    imported(input, Some(format), count(input, b'{'));
}

/// An archive as it is, or the parts of one, each behind a line `=== its name`: no mutation finds the checks of an archive.
fn xlsx(input: &[u8]) {
    if !input.starts_with(b"=== ") {
        imported(input, None, usize::MAX);
        return;
    }
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for part in input.split_inclusive(|byte| *byte == b'\n').fold(
        Vec::<Vec<u8>>::new(),
        |mut parts, line| {
            match (line.starts_with(b"=== "), parts.last_mut()) {
                (false, Some(part)) => part.extend(line),
                _ => parts.push(line.to_vec()),
            }
            parts
        },
    ) {
        let end = part.iter().position(|byte| *byte == b'\n');
        let (name, content) = part.split_at(end.unwrap_or(part.len()));
        let name = String::from_utf8_lossy(&name[4..]);
        let options = SimpleFileOptions::default();
        // Two parts of one name, and the like, are refused by whoever writes.
        if archive.start_file(name, options).is_err() || archive.write_all(content).is_err() {
            return;
        }
    }
    let Ok(archive) = archive.finish() else {
        return;
    };
    imported(&archive.into_inner(), None, count(input, b'<'));
}

fn count(input: &[u8], sign: u8) -> usize {
    input.iter().filter(|byte| **byte == sign).count()
}

fn opened(bytes: &[u8], format: Option<Format>) -> Option<Table> {
    let choices = Choices {
        format,
        ..Choices::default()
    };
    Table::read(Cursor::new(bytes.to_vec()), &choices).ok()
}

/// Reads a file to its end: each row has as many cells as there are columns. Returns how many rows there are.
fn read(bytes: &[u8], format: Option<Format>) -> Option<u64> {
    let mut rows = None;
    let held = measure(|| {
        rows = opened(bytes, format).map(|mut table| {
            let (width, mut count, mut last) = (table.columns().len(), 0, 0);
            for row in &mut table {
                count += 1;
                if let Ok(row) = row {
                    assert_eq!(row.cells.len(), width);
                    assert!(row.line >= last, "lines rise");
                    last = row.line;
                }
            }
            assert!(table.next().is_none(), "the end is the end");
            count
        });
    });
    let allowed = READING_BYTES + READING_PER_BYTE * bytes.len() as u64;
    let held = held.bytes_max;
    assert!(
        held <= allowed,
        "{held} bytes to read {}, {allowed} at most",
        bytes.len()
    );
    rows
}

fn imported(bytes: &[u8], format: Option<Format>, rows_max: usize) {
    let Some(rows) = read(bytes, format) else {
        return;
    };
    // Lists that come packed have more rows than the bytes that hold them show.
    let is_packed = bytes.starts_with(&[0x1f, 0x8b]);
    assert!(
        is_packed || rows <= rows_max as u64,
        "{rows} rows of {rows_max}"
    );
    let mut census = Memory::default();
    let Some(first) = import(bytes, format, &mut census) else {
        return;
    };
    assert!(first.edits <= rows, "no more edits than rows");
    let again = import(bytes, format, &mut census).expect("it was read before");
    // Rows of one key change one record by turns, and what is not said twice the same is refused or told apart.
    if first.report.duplicates == 0 {
        assert_eq!(
            again.edits, 0,
            "the same file twice changes nothing: {:#?}",
            again.report
        );
        assert_eq!(again.report.refused, first.report.refused);
    }
}

struct Imported {
    edits: u64,
    report: Report,
}

fn import(bytes: &[u8], format: Option<Format>, census: &mut Memory) -> Option<Imported> {
    let settings = |kind| Settings {
        source: "fichier inventé",
        kind: Kind::parse(kind),
        wishes: &[],
        confirmed: &[],
        lists: Territories::shared(),
        year: LAST_YEAR,
        strictness: Strictness::Row,
        has_contacts: true,
        words: Words::shipped(),
    };
    let plan = |kind| Plan::new(opened(bytes, format)?, settings(kind), census).ok();
    let mut plan = plan("").or_else(|| plan("initiative"))?;
    if plan.names_own_records() {
        let again = opened(bytes, format).expect("it was read before");
        plan.foresee(again).expect("memory");
    }
    let mut edits = Vec::new();
    for edit in &mut plan {
        edits.push(edit.expect("memory"));
    }
    let imprints = plan.take_imprints();
    let report = plan.finish().expect("memory");
    let parts = [report.new, report.changed, report.unchanged, report.refused];
    assert_eq!(
        report.rows,
        parts.iter().sum::<u64>(),
        "each row counts once"
    );
    let count = edits.len() as u64;
    assert_eq!(count, report.new + report.changed);
    for edit in edits {
        signable(&edit);
        census.apply(edit);
    }
    census.remember(imprints);
    Some(Imported {
        edits: count,
        report,
    })
}

/// What is planned can be signed, and every node takes it.
fn signable(edit: &PlannedEdit) {
    let content = Content(edit.operations.clone()).to_cbor();
    let read = Content::from_bytes(&content).expect("what is planned is valid");
    assert_eq!(read.0, edit.operations);
    let frame = Frame::Edit(EditFrame {
        record: edit.record,
        base: edit.base.clone(),
        creation: edit.birth.clone(),
    });
    let body = Body::Held {
        salt: [0; 16],
        content,
    };
    let payload = Payload::new(vec![Item { frame, body }]).expect("an item within its limit");
    assert_eq!(Payload::from_bytes(&payload.to_bytes()), Ok(payload));
}
