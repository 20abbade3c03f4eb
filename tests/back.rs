//! Our own files, imported again where they were written: whatever the form, nothing is new, nothing is signed.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;
use std::time::Duration;

use admin_ui::files::{Export, Form, Import, Imported, Reach, Refused};
use crdt_schema::draft::Wanted;
use crdt_schema::record::Kind;
use crdt_schema::time::Timestamp;
use replica::Replica;
use replica::search::Query;

use crate::harness::federation::Node;
use crate::imports;

const VIEWS_DEADLINE: Duration = Duration::from_secs(120);

/// Invented records, with what the forms may stumble over: several terms, figures with decimals, long texts, points, outlines, links,
/// rows, hours, and fields of the file's own.
const ACTORS: &str = r#"[
  {"id":"A1","name":"Les Archers inventés","sources":"Annuaire inventé","summary":"Tir à l'arc ; séances « découverte »","description":"Première ligne.\n\nSeconde ligne, avec un | et un \"mot\".",
   "nature":"association","themes":["sport","culture"],"audiences":["enfants","jeunes"],"siret":"40229699000037","address":"1 rue Inventée",
   "postal_code":"45500","commune":"45155","commune_name":"Gien","latitude":47.685,"longitude":2.625,"phone":"02 61 91 00 12",
   "email":"contact@archers.test","website":"https://archers.test/?a=1&b=2","opening_hours":"Mo-Fr 09:00-12:00","surface":"12,5 m²","=formule":"=1+1"},
  {"id":"A2","name":"La Chorale inventée","nature":"association","latitude":47.6,"longitude":-1.5}]"#;
const INITIATIVES: &str = r#"[
  {"id":"I1","name":"Tir d'essai","nature":"service","status":"en-cours","description":"Une séance inventée pour essayer.","holder":"Les Archers inventés",
   "service_type":"atelier","mobilisable_by":"usagers","themes":["sport"],"starts":"2026-05-01","ends":"2026-09-30","latitude":47.685,"longitude":2.625,
   "commune":"45155","budget":1234.5,"plain_summary":"Venez essayer.",
   "funding_lines":[{"funder":"La Chorale inventée","year":2026,"asked":4000.5,"note":"à confirmer"}],
   "other_places":[{"name":"Salle inventée","commune":"45155","point":"47.69, 2.63"}]}]"#;
const EVENTS: &str = r#"[
  {"id":"E1","name":"Fête inventée","organiser":"Les Archers inventés","starts_at":"2026-06-21T18:00","ends_at":"2026-06-21T23:30",
   "latitude":47.685,"longitude":2.625,"status":"confirme","programme":"Musique, puis danse.","capacity":120,"partners":["La Chorale inventée"]},
  {"id":"E2","name":"Journée entière","starts":"2026-07-14","ends":"2026-07-15"}]"#;
const MEETINGS: &str = r#"[
  {"id":"M1","name":"Rencontre inventée","starts_at":"2026-03-02T14:00","agenda":"Accueil, puis budget","minutes":"Ce qui a été dit.",
   "commitments":[{"who":"La Chorale inventée","what":"Préparer la salle","due":"2026-05-01","state":"todo"}]}]"#;
/// A record of the source that the actors came from: their files say its licence.
const SOURCES: &str = r#"[{"id":"S1","name":"Annuaire inventé","licence":"odbl-1"}]"#;
const TERRITORIES: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code_qp":"QN04512M","nom_qp":"Quartier inventé"},
  "geometry":{"type":"Polygon","coordinates":[[[2.62,47.68],[2.64,47.68],[2.64,47.70],[2.62,47.70],[2.62,47.68]]]}}]}"#;

/// The forms with the records of one kind that an import reads. Parquet and grants are not read.
const OF_A_KIND: [Form; 5] = [
    Form::Workbook,
    Form::Spreadsheet,
    Form::Csv,
    Form::Json,
    Form::GeoJson,
];
const INCLUSION: [Form; 3] = [
    Form::Inclusion,
    Form::InclusionStructures,
    Form::InclusionServices,
];
const KINDS: [&str; 5] = ["actor", "initiative", "event", "meeting", "territory"];

/// A file, the sheet of it, and the kind of its records, where a person says so.
#[derive(Clone, Copy, Default)]
struct Told<'a> {
    name: &'a str,
    source: &'a str,
    sheet: Option<&'a str>,
    kind: Option<&'static Kind>,
}

fn import(replica: &Replica, bytes: &[u8], told: Told<'_>) -> Imported {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("the disk has room");
    let wanted = Import {
        kind: told.kind,
        sheet: told.sheet,
        refused: Refused::Stop,
        ..imports::of(&file, told.name, told.source)
    };
    let imported = imports::run(replica, &wanted);
    let imported = imported.unwrap_or_else(|error| panic!("{}: {error}", told.name));
    assert!(replica.wait_for_views(VIEWS_DEADLINE));
    imported
}

/// A census of every kind that files carry, made of files.
fn census() -> Node {
    let node = Node::new(1);
    let files = [
        ("actor", "clubs.json", ACTORS),
        ("initiative", "actions.json", INITIATIVES),
        ("event", "dates.json", EVENTS),
        ("meeting", "rencontres.json", MEETINGS),
        ("source", "sources.json", SOURCES),
        ("territory", "quartiers.geojson", TERRITORIES),
    ];
    for (kind, name, text) in files {
        let told = Told {
            name,
            source: name,
            kind: Kind::parse(kind),
            ..Told::default()
        };
        let report = import(&node.replica, text.as_bytes(), told).report;
        let counts = (report.refused, report.changed);
        assert_eq!(counts, (0, 0), "{name}: {:?}", report.problems);
        assert!(report.new > 0, "{name}");
    }
    node
}

fn export(replica: &Replica, form: Form, kind: Option<&'static Kind>, reach: Reach) -> Vec<u8> {
    let mut bytes = Vec::new();
    let export = Export {
        form,
        kind,
        found: None,
        language: "fr",
        reach,
        now: Timestamp::from_millis(1_764_000_000_000),
        address: None,
        said_max: 5,
    };
    let exported = export.write(replica, &mut bytes, &mut |_| ControlFlow::Continue(()));
    exported.unwrap_or_else(|error| panic!("{}: {error}", form.code()));
    bytes
}

fn entries(replica: &Replica) -> u64 {
    let reader = replica.read().expect("a snapshot");
    reader.counts().expect("readable").entries
}

/// What the record of this name says, field by field.
fn texts(replica: &Replica, name: &str) -> BTreeMap<String, String> {
    let query = Query {
        named: Some(name.to_owned()),
        ..Query::default()
    };
    let found = replica.found(&query).expect("answered");
    let view = replica.read().expect("a snapshot").record(&found[0]);
    let view = view.expect("readable").expect("held");
    let said = view.fields().iter();
    said.map(|(name, held)| (name.clone(), Wanted::of(held).shown()))
        .collect()
}

/// Imports a file of ours where it was written, and says what of it is not as it was.
fn again(replica: &Replica, form: Form, kind: Option<&'static Kind>, reach: Reach) -> Vec<String> {
    let bytes = export(replica, form, kind, reach);
    let before = entries(replica);
    let name = form.file_name("export");
    let sheets = match form {
        Form::Inclusion => vec![Some("Structures"), Some("Services")],
        _ => vec![None],
    };
    let mut said = Vec::new();
    for sheet in sheets {
        let told = Told {
            name: &name,
            source: "Notre export",
            sheet,
            kind,
        };
        let report = import(replica, &bytes, told).report;
        let counts = (report.new, report.changed, report.refused);
        if counts != (0, 0, 0) || report.unchanged != report.rows || report.rows == 0 {
            let kind = kind.map_or("all", |kind| kind.code);
            let form = form.code();
            said.push(format!(
                "{form} {kind} {reach:?}: {counts:?} of {}",
                report.rows
            ));
            said.push(format!("  {:?} {:?}", report.problems, report.notices));
        }
    }
    if entries(replica) != before {
        said.push(format!("{} signed something", form.code()));
    }
    said
}

#[test]
fn what_we_wrote_says_nothing_new_where_it_was_written() {
    let node = census();
    let actors = export(
        &node.replica,
        Form::Json,
        Kind::parse("actor"),
        Reach::Public,
    );
    let actors = String::from_utf8(actors).expect("JSON");
    assert!(
        actors.contains("\"licences\":[\"Annuaire inventé, ODbL 1.0\"]"),
        "{actors}"
    );
    let mut said = Vec::new();
    for reach in [Reach::Partners, Reach::Public] {
        for form in OF_A_KIND {
            for code in KINDS {
                said.extend(again(&node.replica, form, Kind::parse(code), reach));
            }
        }
        for form in INCLUSION {
            said.extend(again(&node.replica, form, None, reach));
        }
        for code in ["event", "meeting"] {
            let kind = Kind::parse(code);
            said.extend(again(&node.replica, Form::Calendar, kind, reach));
        }
    }
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn of_our_own_list_only_what_somebody_changed_in_it_is_read() {
    let node = census();
    let bytes = export(&node.replica, Form::InclusionServices, None, Reach::Public);
    let text = String::from_utf8(bytes).expect("JSON");
    let changed = text.replace("pour essayer.", "pour tous.");
    assert_ne!(changed, text);
    let told = Told {
        name: "services.json",
        source: "Notre export",
        ..Told::default()
    };
    let before = texts(&node.replica, "Tir d'essai");
    let report = import(&node.replica, changed.as_bytes(), told).report;
    assert_eq!((report.new, report.changed, report.refused), (0, 1, 0));
    let after = texts(&node.replica, "Tir d'essai");
    let differing = after
        .iter()
        .filter(|(name, text)| before.get(*name) != Some(text));
    let differing: Vec<_> = differing.collect();
    let expected = (
        "description".to_owned(),
        "Une séance inventée pour tous.".to_owned(),
    );
    assert_eq!(differing, [(&expected.0, &expected.1)]);
    assert_eq!(before.len(), after.len());
}
