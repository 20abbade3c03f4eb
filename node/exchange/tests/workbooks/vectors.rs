//! The vectors of the design through a real import and through the reader of forms: what a register says of a text, a file and a form say
//! too. They stand here because the dates among them are cells of workbooks. They lie beside the repository, in `../shared`.

use std::convert::Infallible;
use std::io::Cursor;
use std::path::Path;

use crdt_schema::draft::{Context, Wanted, read, read_hour, shown};
use crdt_schema::edit::Value as Held;
use crdt_schema::id::{FederationId, RecordId};
use crdt_schema::record::{Kind, Shape};
use crdt_schema::register::{CommunesMeant, LAST_YEAR, Territories, communes_meant, postal_code};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use exchange::{Census, Choices, Level, Plan, PlannedEdit, Report, Settings, Strictness, Table};
use serde_json::{Value, json};

use crate::made::{data, workbook};

/// « The mapping says which column is which », and an unmapped column is never read as one of communes (page 5, section 4): digits of which
/// nobody says what they are stay a text of their own.
const UNMAPPED: [&str; 1] = ["commune-47"];
/// Dates as a workbook holds them: nobody types those into a form.
const SERIALS: usize = 4;
/// The field takes neighbourhoods of both generations, each in its form (page 5, section 5): one of 2015 is no mistake there.
const OF_THE_OTHER_GENERATION: [&str; 1] = ["qpv-19"];
/// Events store their zone, by default that of the département (page 5, section 6): an hour that says none, beside no commune, is read
/// as one of Paris, and that is said.
const READ_IN_PARIS: [&str; 1] = ["instant-08"];

#[test]
fn an_import_says_of_each_vector_what_the_register_says() {
    let Some(asked) = asked() else { return };
    let lists = lists();
    assert_eq!(asked.len(), 302 - UNMAPPED.len());
    let mut differing = Vec::new();
    for vector in &asked {
        let mut wanted = wanted(vector);
        if is_postal(vector) && wanted[0] == "repaired" {
            // What is repaired is the postal code; the commune is found by it.
            wanted[0] = json!("warned");
        }
        // What is only a fact beside the value is no line of a report.
        if wanted[0] == "valid" {
            wanted[2] = Value::Null;
        }
        let got = imported(vector, &lists);
        if got != wanted {
            differing.push(format!("{}: {got} instead of {wanted}", id(vector)));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn a_form_says_of_each_vector_what_the_register_says() {
    let Some(mut asked) = asked() else { return };
    let lists = lists();
    asked.retain(|vector| !vector["input"].is_number());
    assert_eq!(asked.len(), 302 - UNMAPPED.len() - SERIALS);
    let mut differing = Vec::new();
    for vector in &asked {
        let (got, wanted) = (typed(vector, &lists), wanted(vector));
        if got != wanted {
            differing.push(format!("{}: {got} instead of {wanted}", id(vector)));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// The vectors that forms and imports are asked.
fn asked() -> Option<Vec<Value>> {
    let text = shared("vectors/identifiers.json")?;
    let file: Value = serde_json::from_str(&text).expect("the vectors are JSON");
    let all = file["vectors"].as_array().expect("a list").clone();
    assert_eq!(all.len(), 302);
    let asked = all.into_iter();
    Some(
        asked
            .filter(|vector| !UNMAPPED.contains(&id(vector)))
            .collect(),
    )
}

/// Tells whether a vector asks for the commune behind a postal code: a column of these has its own field, and the commune is found by it.
fn is_postal(vector: &Value) -> bool {
    vector["context"]["column"] == "postal"
}

fn shared(path: &str) -> Option<String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["../../../shared/data", "../../../../shared/data"];
    let files = folders.map(|folder| manifest.join(folder).join(path));
    let text = files
        .iter()
        .find_map(|file| std::fs::read_to_string(file).ok());
    if text.is_none() {
        println!("skipped: ../shared/data/{path} is not beside the repository");
    }
    text
}

/// The official lists, with the neighbourhoods of 2024, which the program does not ship.
fn lists() -> Territories {
    let list = shared("reference/qpv2024.csv").unwrap_or_default();
    let codes = list.lines().filter_map(|line| line.split(',').next());
    Territories::embedded().with_qpv(codes.filter(|code| code.starts_with("QN")))
}

fn id(vector: &Value) -> &str {
    vector["id"].as_str().expect("a name")
}

/// What the vector wants: outcome, normal form as it is shown, code.
fn wanted(vector: &Value) -> Value {
    if OF_THE_OTHER_GENERATION.contains(&id(vector)) {
        return json!(["valid", vector["input"], null]);
    }
    if READ_IN_PARIS.contains(&id(vector)) {
        return json!(["warned", "2026-07-06T12:30:00.000Z", "no_zone"]);
    }
    let value = match (&vector["value"], vector["kind"].as_str()) {
        (Value::Null, _) => Value::Null,
        (Value::Object(point), _) => {
            let part = |name: &str| i32::try_from(point[name].as_i64()?).ok();
            let point = Held::Point {
                latitude_e7: part("lat_e7").expect("a latitude"),
                longitude_e7: part("lon_e7").expect("a longitude"),
            };
            shown(&point).into()
        }
        (text, Some("instant")) => {
            let text = text.as_str().expect("a text");
            let instant: jiff::Timestamp = text.parse().expect("an instant");
            shown(&Held::Instant(instant.as_millisecond())).into()
        }
        (text, _) => text.clone(),
    };
    json!([vector["outcome"], value, vector["code"]])
}

/// The kind and the field that a vector is read for.
fn place(vector: &Value) -> (&'static Kind, &'static str) {
    let (kind, field) = match vector["kind"].as_str().expect("a kind") {
        "alsace_moselle" => ("actor", "alsace_moselle"),
        "commune" => ("actor", "commune"),
        "date" => ("event", "starts"),
        "departement" | "epci" | "region" => ("territory", "code"),
        "email" => ("actor", "email"),
        "instant" => ("event", "starts_at"),
        "phone" => ("actor", "phone"),
        "point" => ("actor", "point"),
        "qpv" => ("actor", "qpv"),
        "rna" => ("actor", "rna"),
        "siren" => ("actor", "siren"),
        "siret" => ("actor", "siret"),
        other => panic!("{other} has no field"),
    };
    (Kind::parse(kind).expect("a kind of ours"), field)
}

/// The level of the code of a territory.
fn level(vector: &Value) -> Option<&str> {
    let kind = vector["kind"].as_str()?;
    ["departement", "epci", "region"]
        .contains(&kind)
        .then_some(kind)
}

fn year(vector: &Value) -> u16 {
    let year = vector["context"]["year"].as_u64();
    year.map_or(LAST_YEAR, |year| {
        u16::try_from(year).expect("a year is small")
    })
}

/// Brings a vector to a census in the only row of a file, and reads off the report what became of it.
fn imported(vector: &Value, lists: &Territories) -> Value {
    let (kind, field) = place(vector);
    let (file, columns) = file_of(vector);
    let table = Table::read(Cursor::new(file), &Choices::default()).expect("a table");
    let mut wishes = vec![("nom", "name")];
    match columns[..] {
        [one] if is_postal(vector) => wishes.push((one, "postal_code")),
        [one] => wishes.push((one, field)),
        _ => wishes.extend([("lat", "latitude"), ("lon", "longitude")]),
    }
    let beside = [
        ("fuseau", "time_zone"),
        ("niveau", "level"),
        ("tribunal", "tribunal"),
        ("ville", "commune_name"),
    ];
    let is_there = |name: &str| table.columns().iter().any(|column| column.name == name);
    wishes.extend(beside.into_iter().filter(|(name, _)| is_there(name)));
    let wishes: Vec<_> = wishes
        .into_iter()
        .map(|(column, field)| (column.to_owned(), field.to_owned()))
        .collect();
    let settings = Settings {
        source: "vecteurs",
        kind: Some(kind),
        wishes: &wishes,
        confirmed: &[],
        lists,
        year: year(vector),
        strictness: Strictness::Row,
        has_contacts: false,
        words: Words::shipped(),
    };
    let mut plan = Plan::new(table, settings, &Nobody).expect("wishes that can be fulfilled");
    let edits: Vec<PlannedEdit> = (&mut plan).map(|edit| edit.expect("never fails")).collect();
    let report = plan.finish().expect("never fails");
    if is_postal(vector) {
        return found(&report, &edits);
    }
    said(&report, &edits, field, &columns)
}

/// What a report and the edits say of the commune behind the postal code of the only row.
fn found(report: &Report, edits: &[PlannedEdit]) -> Value {
    let held = edits
        .first()
        .and_then(|edit| edit.draft.fields.get("commune"));
    let held = held.map(Wanted::shown);
    let all = report.problems.iter().chain(&report.notices);
    let codes: Vec<&str> = all.map(|one| one.problem.code).collect();
    match (held, &codes[..]) {
        (held @ Some(_), ["commune_found"]) => json!(["valid", held, null]),
        (held @ Some(_), [code, "commune_found"]) => json!(["warned", held, code]),
        (None, ["commune_open"]) => json!(["invalid", null, "ambiguous"]),
        (None, [code]) => json!(["invalid", null, code]),
        other => panic!("{other:?}"),
    }
}

/// The file with one row, and the columns whose cells are the vector.
fn file_of(vector: &Value) -> (Vec<u8>, Vec<&'static str>) {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let context = |name: &str| vector["context"][name].as_str().map(quoted);
    let text = match &vector["input"] {
        Value::Number(serial) => {
            let date = format!("d:{serial}");
            let rows = data(&[&["s:nom", "s:valeur"], &["s:Essai", &date]]);
            let is_1904 = vector["context"]["epoch"] == 1904;
            let book = workbook(&[("Feuil1", "visible", rows)], "", is_1904, &[]);
            return (book, vec!["valeur"]);
        }
        Value::Object(parts) => {
            let part = |name: &str| quoted(parts[name].as_str().expect("a text"));
            let (lat, lon) = (part("lat"), part("lon"));
            let file = format!("nom;lat;lon\nEssai;{lat};{lon}\n");
            return (file.into_bytes(), vec!["lat", "lon"]);
        }
        text => quoted(text.as_str().expect("a text")),
    };
    let (mut names, mut cells) = ("nom;valeur".to_owned(), format!("Essai;{text}"));
    for (column, name) in [
        ("ville", "name"),
        ("fuseau", "zone"),
        ("tribunal", "tribunal"),
    ] {
        if let Some(cell) = context(name) {
            names = format!("{names};{column}");
            cells = format!("{cells};{cell}");
        }
    }
    if let Some(level) = level(vector) {
        names = format!("{names};niveau");
        cells = format!("{cells};{level}");
    }
    (format!("{names}\n{cells}\n").into_bytes(), vec!["valeur"])
}

/// What a report and the edits say of the only row: outcome, normal form, code.
fn said(report: &Report, edits: &[PlannedEdit], field: &str, columns: &[&str]) -> Value {
    let all = report.problems.iter().chain(&report.notices);
    let about: Vec<_> = all
        .filter(|one| {
            let column = one.problem.column.as_deref();
            column.is_some_and(|column| columns.contains(&column))
        })
        .collect();
    assert!(about.len() < 2, "{about:?}");
    let held = edits.first().and_then(|edit| edit.draft.fields.get(field));
    let held = held.map(|wanted| match wanted {
        Wanted::Value(value) => shown(value),
        other => panic!("{other:?}"),
    });
    let Some(one) = about.first() else {
        return json!(["valid", held, null]);
    };
    let problem = &one.problem;
    let (outcome, value) = match (one.level, problem.proposed) {
        (Level::Refused, true) => ("proposed", problem.suggestion.clone()),
        (Level::Refused, false) => ("invalid", held),
        (_, _) if problem.suggestion == held => ("repaired", held),
        _ => ("warned", held),
    };
    let is_refused = one.level == Level::Refused;
    assert_eq!(
        (report.refused, edits.len()),
        (u64::from(is_refused), usize::from(!is_refused))
    );
    json!([outcome, value, problem.code])
}

/// Reads a vector as a form does.
fn typed(vector: &Value, lists: &Territories) -> Value {
    let (kind, field) = place(vector);
    let shape: Shape = kind.field(field).expect("a field").shape;
    let text = match &vector["input"] {
        Value::Object(parts) => {
            let part = |name: &str| parts[name].as_str().expect("a text");
            format!("{} ; {}", part("lat"), part("lon"))
        }
        text => text.as_str().expect("a text").to_owned(),
    };
    if is_postal(vector) {
        return typed_as_postal(vector, &text, lists);
    }
    let context = Context {
        year: year(vector),
        level: level(vector),
        tribunal: vector["context"]["tribunal"].as_str(),
        commune_name: vector["context"]["name"].as_str(),
        time_zone: vector["context"]["zone"].as_str(),
        ..Context::of(lists)
    };
    let outcome = match shape {
        Shape::Instant => read_hour(&text, &context).outcome,
        shape => read(&shape, &text, &context).outcome,
    };
    let value = outcome.accepted().or(outcome.proposed());
    let value = value.map(Wanted::shown);
    let code = outcome.code().map(|code| code.as_str());
    json!([outcome.as_str(), value, code])
}

/// Reads a postal code as a form does: the code for its own field, the commune for another.
fn typed_as_postal(vector: &Value, text: &str, lists: &Territories) -> Value {
    let name = vector["context"]["name"].as_str();
    let postal = postal_code(text, name, lists);
    let code = postal.code().map(|code| code.as_str());
    let Some(postal) = postal.accepted() else {
        return json!(["invalid", null, code]);
    };
    match communes_meant(Some(postal), name, lists) {
        CommunesMeant::One(one) if code.is_some() => json!(["repaired", one.code, code]),
        CommunesMeant::One(one) => json!(["valid", one.code, null]),
        CommunesMeant::OneOtherwiseNamed(one) => json!(["warned", one.code, "name_disagrees"]),
        CommunesMeant::Several(_) => json!(["invalid", null, "ambiguous"]),
    }
}

/// A census without a record.
struct Nobody;

impl Census for Nobody {
    type Error = Infallible;

    fn federation(&self) -> FederationId {
        FederationId::from_bytes([1; 32])
    }

    fn find(&self, _: &RecordId) -> Result<Option<RecordView>, Infallible> {
        Ok(None)
    }
}
