//! Other readers open what we write: Python's pyarrow, shapely, icalendar and feedparser, where python3 has them. `scripts/readers` makes a place
//! where it does.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crdt_schema::edit::{Field, Merged, Value, Written};
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::record::Kind;
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use exchange::export::{About, Atom, Calendar, Dated, GeoJson, Parquet, Reach, Revisions, Seen};

/// Runs a script on a file; nothing where there is no such reader.
fn seen(module: &str, bytes: &[u8], script: &str) -> Option<String> {
    let python = std::env::var("READERS_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let import = format!("import {module}");
    let has_it = Command::new(&python).args(["-c", &import]).output();
    if !has_it.is_ok_and(|ran| ran.status.success()) {
        println!("skipped: {python} has no {module}; scripts/readers fetches it and runs this.");
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("essai");
    std::fs::write(&file, bytes).expect("written");
    let ran = Command::new(&python)
        .args(["-c", &format!("import sys, {module}\n{script}")])
        .arg(&file)
        .env("PYTHONUTF8", "1")
        .output()
        .expect("it runs");
    let failed = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{failed}");
    Some(String::from_utf8(ran.stdout).expect("UTF-8"))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// An invented record.
fn record(kind: &str, fields: &[(&str, Value)], themes: &[&str]) -> RecordView {
    let written = |value: &Value| Written {
        value: value.clone(),
        edit: ItemId::from_bytes([1; 16]),
        number: 1,
    };
    let field = |value| Field {
        values: vec![written(value)],
        ..Field::default()
    };
    let fields = fields.iter();
    let mut fields: BTreeMap<_, _> = fields
        .map(|(name, value)| ((*name).to_owned(), field(value)))
        .collect();
    if !themes.is_empty() {
        let terms = themes.iter().map(|term| ((*term).to_owned(), Vec::new()));
        let set = Field {
            terms: terms.collect(),
            ..Field::default()
        };
        fields.insert("themes".to_owned(), set);
    }
    RecordView {
        record: RecordId::from_bytes([0xab; 16]),
        birth: Some((kind.to_owned(), "04".to_owned())),
        heads: Vec::new(),
        merged: Merged {
            fields,
            numbers: BTreeMap::new(),
        },
    }
}

fn place() -> Value {
    Value::Point {
        latitude_e7: -208_807_830,
        longitude_e7: 554_579_100,
    }
}

#[test]
fn another_reader_of_parquet_sees_the_same_types_and_values() {
    let fields = [
        ("name", text("=École « inventée »")),
        ("postal_code", text("01004")),
        ("starts", Value::Date("2026-05-17".to_owned())),
        ("budget", Value::decimal(125_005, 1)),
        ("x_note", text("+33465710001")),
        ("point", place()),
    ];
    let full = record("initiative", &fields, &["sport", "culture"]);
    let bare = record("initiative", &[("name", text("Atelier"))], &[]);
    let mut looked = Seen::new(Kind::parse("initiative").expect("it exists"));
    for view in [&full, &bare] {
        looked.record(view);
    }
    let mut parquet =
        Parquet::new(Vec::new(), &looked, Reach::Partners, Words::shipped()).expect("memory");
    for view in [&full, &bare] {
        parquet.record(view).expect("memory");
    }
    let bytes = parquet.finish().expect("memory");
    let script = r#"
table = pyarrow.parquet.read_table(sys.argv[1])
for name in ["name", "postal_code", "starts", "budget", "x_note", "point", "themes", "conflicts"]:
    print(name, table.schema.field(name).type, table.column(name).to_pylist())
"#;
    let Some(seen) = seen("pyarrow.parquet", &bytes, script) else {
        return;
    };
    let expected = "name string ['=École « inventée »', 'Atelier']\n\
        postal_code string ['01004', None]\n\
        starts date32[day] [datetime.date(2026, 5, 17), None]\n\
        budget double [12500.5, None]\n\
        x_note string ['+33465710001', None]\n\
        point struct<latitude: double not null, longitude: double not null> [{'latitude': -20.880783, 'longitude': 55.45791}, None]\n\
        themes list<element: string not null> [['culture', 'sport'], None]\n\
        conflicts list<element: string not null> [[], []]\n";
    assert_eq!(seen, expected);
}

#[test]
fn another_reader_of_geojson_sees_valid_points() {
    let kind = Kind::parse("actor").expect("it exists");
    let views = [
        record(
            "actor",
            &[("name", text("Les Archers inventés")), ("point", place())],
            &[],
        ),
        record("actor", &[("name", text("Sans lieu"))], &[]),
    ];
    let mut file = GeoJson::new(
        Vec::new(),
        kind,
        &BTreeSet::new(),
        Reach::Partners,
        Words::shipped(),
    )
    .expect("memory");
    for view in &views {
        file.record(view).expect("memory");
    }
    let bytes = file.finish(&[]).expect("memory");
    let script = r#"
import json
for feature in json.load(open(sys.argv[1], encoding="utf-8"))["features"]:
    there = feature["geometry"] and shapely.geometry.shape(feature["geometry"])
    print(feature["properties"]["name"], there and (there.wkt, there.is_valid))
"#;
    let Some(seen) = seen("shapely.geometry", &bytes, script) else {
        return;
    };
    let expected = "Les Archers inventés ('POINT (55.45791 -20.880783)', True)\nSans lieu None\n";
    assert_eq!(seen, expected);
}

#[test]
fn another_reader_of_calendars_sees_whole_days_and_texts() {
    let name = format!("{} ; budget, \\ \"2026\"", "é".repeat(60));
    let fields = [
        ("name", text(&name)),
        ("starts", Value::Date("2026-05-17".to_owned())),
        ("starts_at", Value::Instant(1_779_006_600_000)),
        ("point", place()),
    ];
    let now = Timestamp::from_millis(1_795_694_400_000);
    let mut calendar =
        Calendar::new(Vec::new(), "Recensement inventé", now, Reach::Partners).expect("memory");
    let view = record("event", &fields, &[]);
    assert!(
        calendar
            .record(&view, Revisions::default())
            .expect("memory")
    );
    let bytes = calendar.finish().expect("memory");
    let script = r#"
calendar = icalendar.Calendar.from_ical(open(sys.argv[1], "rb").read())
print(calendar["NAME"])
for event in calendar.walk("VEVENT"):
    print(event["UID"], event["SUMMARY"], event.decoded("DTSTART").isoformat(), event["GEO"].to_ical(), event.errors)
"#;
    let Some(seen) = seen("icalendar", &bytes, script) else {
        return;
    };
    let uid = view.record.urn();
    let expected = format!(
        "Recensement inventé\n{uid} {name} 2026-05-17T08:30:00+00:00 -20.880783;55.45791 []\n"
    );
    assert_eq!(seen, expected);
}

#[test]
fn another_reader_of_feeds_sees_entries_and_what_went() {
    let fields = [
        ("name", text("Fête <inventée> & co\u{1}")),
        ("summary", text("Sous le chapiteau")),
        ("tags", text("interne")),
    ];
    let view = record("event", &fields, &["sport"]);
    let at = |second: i64| Timestamp::from_millis(1_795_694_400_000 + second * 1_000);
    let gone = RecordId::from_bytes([0xcd; 16]);
    let about = About {
        id: "urn:uuid:0fd9bde0-0000-8000-8000-000000000001",
        title: "Recensement inventé",
        author: "Ville inventée",
        updated: at(60),
        address: Some("https://recensement.example/"),
        list: Some("https://recensement.example/recensement"),
        links: &["self", "next"]
            .map(|rel| (rel, format!("https://recensement.example/{rel}?a=1&b=2"))),
    };
    let mut feed = Atom::new(Vec::new(), &about, Reach::Public).expect("memory");
    feed.deleted(&gone, at(60)).expect("memory");
    let dated = Dated {
        published: Some(at(0)),
        updated: at(30),
        authors: vec!["Association inventée".to_owned()],
    };
    feed.record(&view, &dated).expect("memory");
    let bytes = feed.finish().expect("memory");
    let xml = String::from_utf8(bytes.clone()).expect("UTF-8");
    let deleted = format!(
        "<at:deleted-entry ref=\"{}\" when=\"2026-11-26T12:01:00Z\"/>",
        gone.urn()
    );
    assert!(xml.contains(&deleted), "{xml}");
    assert!(!xml.contains("interne"), "{xml}");
    let script = r#"
feed = feedparser.parse(sys.argv[1])
print(feed.bozo, feed.version, feed.feed.id, feed.feed.title, feed.feed.author, feed.feed.updated, feed.feed.link)
for entry in feed.entries:
    print(entry.id, entry.title, entry.updated, entry.published, entry.author, entry.link, entry.content[0].value)
    print([(tag.scheme, tag.term, tag.label) for tag in entry.tags])
print([(link.rel, link.href) for link in feed.feed.links if link.type == "application/atom+xml"])
"#;
    let Some(seen) = seen("feedparser", &bytes, script) else {
        return;
    };
    let expected = format!(
        "False atom10 urn:uuid:0fd9bde0-0000-8000-8000-000000000001 Recensement inventé Ville inventée 2026-11-26T12:01:00Z https://recensement.example/recensement\n\
        {} Fête <inventée> & co 2026-11-26T12:00:30Z 2026-11-26T12:00:00Z Association inventée https://recensement.example/fiches/{} Sous le chapiteau\n\
        [('urn:maillage:kind', 'event', 'Événement'), ('urn:maillage:themes', 'sport', 'Sport')]\n\
        [('self', 'https://recensement.example/self?a=1&b=2'), ('next', 'https://recensement.example/next?a=1&b=2')]\n",
        view.record.urn(),
        view.record
    );
    assert_eq!(seen, expected);
}
