use std::collections::BTreeMap;

use crdt_schema::edit::{Field, Merged, Value, Written};
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::record::Kind;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;

use super::*;

fn written(values: &[Value]) -> Field {
    let written = |(number, value): (usize, &Value)| Written {
        value: value.clone(),
        edit: ItemId::from_bytes([u8::try_from(number).expect("few"); 16]),
        number: 1,
    };
    Field {
        values: values.iter().enumerate().map(written).collect(),
        ..Field::default()
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn view() -> RecordView {
    let point = Value::Point {
        latitude_e7: -208_807_830,
        longitude_e7: 554_579_100,
    };
    let fields = [
        ("name", written(&[text("=Maison"), text("Maison")])),
        ("phone", written(&[text("+33465710001")])),
        ("point", written(&[point])),
        ("postal_code", written(&[text("04000")])),
        ("x_note", written(&[text("a, b")])),
    ];
    let mut fields: BTreeMap<_, _> = fields.map(|(name, field)| (name.to_owned(), field)).into();
    let themes = ["sport", "culture"].map(|term| (term.to_owned(), Vec::new()));
    fields.insert(
        "themes".to_owned(),
        Field {
            terms: themes.into(),
            ..Field::default()
        },
    );
    RecordView {
        record: RecordId::from_bytes([0xab; 16]),
        birth: Some(("actor".to_owned(), "04".to_owned())),
        heads: Vec::new(),
        merged: Merged {
            fields,
            numbers: BTreeMap::new(),
        },
    }
}

fn actor() -> &'static Kind {
    Kind::parse("actor").expect("it exists")
}

fn csv(reach: Reach) -> Vec<Vec<String>> {
    let view = view();
    let extras = extras(actor(), [&view]);
    let mut csv = Csv::new(Vec::new(), actor(), &extras, reach, Words::shipped()).expect("memory");
    csv.record(&view).expect("memory");
    rows(&csv.finish().expect("memory"), b',')
}

fn rows(bytes: &[u8], separator: u8) -> Vec<Vec<String>> {
    let bytes = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(bytes);
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .from_reader(bytes);
    reader
        .records()
        .map(|row| row.expect("even").iter().map(str::to_owned).collect())
        .collect()
}

fn cell(rows: &[Vec<String>], name: &str) -> String {
    let column = rows[0].iter().position(|column| column == name);
    rows[1][column.unwrap_or_else(|| panic!("no {name}"))].clone()
}

#[test]
fn a_file_for_programs_has_everything_and_names_the_conflicts() {
    let rows = csv(Reach::Partners);
    assert_eq!(
        (rows[0][0].as_str(), rows[1][0].as_str()),
        ("record", "ab".repeat(16).as_str())
    );
    for (name, said) in [
        ("name", "=Maison"),
        ("phone", "+33465710001"),
        ("point", "-20.880783, 55.45791"),
        ("postal_code", "04000"),
        ("themes", "culture|sport"),
        ("x_note", "a, b"),
        ("conflicts", "name"),
        ("siret", ""),
    ] {
        assert_eq!(cell(&rows, name), said, "{name}");
    }
}

#[test]
fn a_public_file_has_public_fields_only() {
    let rows = csv(Reach::Public);
    for name in ["x_note", "tags", "sources", "source_id", "parent"] {
        assert!(!rows[0].iter().any(|column| column == name), "{name}");
    }
    let mut json = Json::new(Vec::new(), Reach::Public).expect("memory");
    json.record(&view()).expect("memory");
    let json = String::from_utf8(json.finish().expect("memory")).expect("UTF-8");
    assert!(json.contains("Maison") && !json.contains("x_note"));
}

#[test]
fn json_gives_all_the_values_of_a_conflict() {
    let mut json = Json::new(Vec::new(), Reach::Partners).expect("memory");
    json.record(&view()).expect("memory");
    json.record(&view()).expect("memory");
    let bytes = json.finish().expect("memory");
    let json: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(2));
    assert_eq!(json[0]["name"], "=Maison");
    assert_eq!(
        json[0]["conflicts"]["name"],
        serde_json::json!(["=Maison", "Maison"])
    );
    assert_eq!(json[0]["themes"], serde_json::json!(["culture", "sport"]));
    assert_eq!(json[0]["postal_code"], "04000");
}

#[test]
fn geojson_has_longitude_first_and_null_without_a_place() {
    let mut nowhere = view();
    nowhere.merged.fields.remove("point");
    let mut file = GeoJson::new(
        Vec::new(),
        actor(),
        &extras(actor(), [&nowhere]),
        Reach::Partners,
        Words::shipped(),
    )
    .expect("memory");
    file.record(&view()).expect("memory");
    file.record(&nowhere).expect("memory");
    let bytes = file
        .finish(&["Ville, ODbL 1.0".to_owned()])
        .expect("memory");
    let json: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(json["type"], "FeatureCollection");
    assert!(json.get("crs").is_none());
    assert_eq!(json["licences"], serde_json::json!(["Ville, ODbL 1.0"]));
    let features = json["features"].as_array().expect("a list");
    assert_eq!(features[0]["id"], "ab".repeat(16));
    assert_eq!(
        features[0]["geometry"]["coordinates"],
        serde_json::json!([55.45791, -20.880783])
    );
    assert_eq!(features[1]["geometry"], serde_json::Value::Null);
    assert!(
        features[1]
            .as_object()
            .expect("an object")
            .contains_key("geometry")
    );
    let keys =
        |feature: &serde_json::Value| feature["properties"].as_object().map(|object| object.len());
    assert_eq!(keys(&features[0]), keys(&features[1]));
}

#[test]
fn a_territory_is_its_outline_with_outer_rings_counter_clockwise_and_holes_clockwise() {
    let territory = Kind::parse("territory").expect("it exists");
    // The outer ring runs clockwise, the hole counter-clockwise: neither is the form that we sign.
    let outline = r#"{"type":"Polygon","coordinates":[
        [[2.0,47.0],[2.0,48.0],[3.0,48.0],[3.0,47.0],[2.0,47.0]],
        [[2.4,47.4],[2.6,47.4],[2.6,47.6],[2.4,47.4]]]}"#;
    let point = Value::Point {
        latitude_e7: 475_000_000,
        longitude_e7: 25_000_000,
    };
    let mut views = [view(), view(), view()];
    for (view, outline) in views.iter_mut().zip([Some(outline), Some("rien"), None]) {
        view.birth = Some(("territory".to_owned(), "45".to_owned()));
        view.merged.fields = [("point".to_owned(), written(std::slice::from_ref(&point)))].into();
        let outline = outline.map(|outline| ("outline".to_owned(), written(&[text(outline)])));
        view.merged.fields.extend(outline);
    }
    let none = std::collections::BTreeSet::new();
    let words = Words::shipped();
    let mut file =
        GeoJson::new(Vec::new(), territory, &none, Reach::Partners, words).expect("memory");
    for view in &views {
        file.record(view).expect("memory");
    }
    let bytes = file.finish(&[]).expect("memory");
    let json: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    let rings = &json["features"][0]["geometry"]["coordinates"];
    // Twice the area, positive for a ring that runs counter-clockwise.
    let doubled = |ring: &serde_json::Value| {
        let ring = ring.as_array().expect("a ring");
        assert_eq!(ring.first(), ring.last(), "closed");
        let at = |place: usize, axis: usize| ring[place][axis].as_f64().expect("a number");
        let sides = (0..ring.len() - 1)
            .map(|side| at(side, 0) * at(side + 1, 1) - at(side + 1, 0) * at(side, 1));
        sides.sum::<f64>()
    };
    assert_eq!(json["features"][0]["geometry"]["type"], "Polygon");
    assert!(
        doubled(&rings[0]) > 1.9 && doubled(&rings[1]) < -0.03,
        "{rings}"
    );
    for feature in json["features"].as_array().expect("a list") {
        let properties = feature["properties"].as_object().expect("properties");
        assert!(!properties.contains_key("outline"));
        assert_eq!(properties["point"]["latitude"], 47.5);
    }
    for without in [1, 2] {
        assert_eq!(json["features"][without]["geometry"]["type"], "Point");
    }
}

#[test]
fn empty_files_are_whole() {
    let json = Json::new(Vec::new(), Reach::Partners)
        .expect("memory")
        .finish()
        .expect("memory");
    assert!(serde_json::from_slice::<serde_json::Value>(&json).is_ok());
    let none = std::collections::BTreeSet::new();
    let file = GeoJson::new(
        Vec::new(),
        actor(),
        &none,
        Reach::Partners,
        Words::shipped(),
    )
    .expect("memory");
    let file = file.finish(&[]).expect("memory");
    assert!(serde_json::from_slice::<serde_json::Value>(&file).is_ok());
}

mod calendar;
mod parquet;
