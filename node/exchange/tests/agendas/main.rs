//! Agendas and articles in: iCalendar, Atom, RSS, OpenAgenda. Everybody and everything in these files is invented.

mod back;
mod bytes;
mod calendars;
mod feeds;
mod openagenda;
mod written;

#[path = "../census/mod.rs"]
mod census;

use std::io::Cursor;
use std::sync::LazyLock;

use crdt_schema::record::Kind;
use crdt_schema::register::{LAST_YEAR, Territories};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use exchange::export::{Json, Reach};
use exchange::{Choices, Report, Reported, Settings, Strictness, Table, Unreadable};

use census::Memory;

static LISTS: LazyLock<Territories> = LazyLock::new(Territories::embedded);

fn opened(bytes: impl AsRef<[u8]>) -> Result<Table, Unreadable> {
    let source = Cursor::new(bytes.as_ref().to_vec());
    Table::read(source, &Choices::default())
}

fn table(bytes: impl AsRef<[u8]>) -> Table {
    opened(bytes).unwrap_or_else(|error| panic!("{error}"))
}

fn code_of(bytes: impl AsRef<[u8]>) -> &'static str {
    opened(bytes).map_or_else(|error| error.code(), |_| "a table")
}

fn import(table: Table, kind: &str, census: &mut Memory) -> Report {
    import_with(table, kind, &[], Strictness::Row, census)
}

fn import_with(
    table: Table,
    kind: &str,
    wishes: &[(String, String)],
    strictness: Strictness,
    census: &mut Memory,
) -> Report {
    let settings = Settings {
        source: "agenda inventé",
        kind: Kind::parse(kind),
        wishes,
        confirmed: &[],
        lists: &LISTS,
        year: LAST_YEAR,
        strictness,
        has_contacts: true,
        words: Words::shipped(),
    };
    let report = census.import(table, settings);
    let parts = report.new + report.changed + report.unchanged + report.refused;
    assert_eq!(report.rows, parts, "each row counts once: {report:#?}");
    report
}

fn counts(report: &Report) -> (u64, u64, u64, u64) {
    (report.new, report.changed, report.unchanged, report.refused)
}

/// What a record says, as our JSON has it.
fn said(view: &RecordView) -> serde_json::Value {
    let mut json = Json::new(Vec::new(), Reach::Partners).expect("memory");
    json.record(view).expect("memory");
    let bytes = json.finish().expect("memory");
    let all: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    all[0].clone()
}

fn named(census: &Memory, name: &str) -> serde_json::Value {
    let mut all = census.views().map(said);
    all.find(|view| view["name"] == name)
        .unwrap_or_else(|| panic!("no {name}"))
}

fn of<'r>(list: &'r [Reported], code: &str) -> &'r Reported {
    let found = list.iter().find(|one| one.problem.code == code);
    found.unwrap_or_else(|| panic!("no {code} in {list:#?}"))
}

fn use_of<'r>(report: &'r Report, column: &str) -> (&'r str, &'r str) {
    let mut columns = report.columns.iter();
    let found = columns.find(|usage| usage.column == column);
    let usage = found.unwrap_or_else(|| panic!("no {column} in {:#?}", report.columns));
    (usage.field.as_deref().unwrap_or_default(), usage.how)
}
