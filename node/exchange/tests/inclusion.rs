//! data·inclusion in and out: what leaves is what the published schema takes, and comes back as the same lists. The schema and the real
//! lists stand beside the repository and never in it; the schema is asked by another program, Python's jsonschema.

mod census;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::register::{LAST_YEAR, Territories};
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use exchange::export::{Inclusion, InclusionBook, InclusionJson, Notice, holder, is_service};
use exchange::{Choices, Format, Level, Report, Settings, Strictness, Table};
use serde_json::{Map, Value as Json};

use census::Memory;

type Row = Map<String, Json>;

/// Both lists, and what was said of each record of them.
#[derive(Default)]
struct Lists {
    structures: Vec<Row>,
    services: Vec<Row>,
    notices: BTreeMap<RecordId, Vec<Notice>>,
    left_out: BTreeMap<&'static str, u64>,
}

/// The day of these tests.
fn now() -> Timestamp {
    Timestamp::from_millis(1_795_694_400_000)
}

fn shared() -> Option<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["../../../shared/data", "../../../../shared/data"];
    let found = folders.map(|path| manifest.join(path));
    let found = found.into_iter().find(|folder| folder.is_dir());
    if found.is_none() {
        println!(
            "skipped: no folder ../shared/data beside the repository: no published schema to ask."
        );
    }
    found
}

fn import(census: &mut Memory, bytes: Vec<u8>, source: &str, sheet: Option<&str>) -> Report {
    let choices = Choices {
        sheet: sheet.map(str::to_owned),
        format: sheet.map(|_| Format::Workbook),
        ..Choices::default()
    };
    let table = Table::read(Cursor::new(bytes), &choices).expect("a table");
    let settings = Settings {
        source,
        kind: None,
        wishes: &[],
        confirmed: &[],
        lists: Territories::shared(),
        year: LAST_YEAR,
        strictness: Strictness::Cell,
        has_contacts: false,
        words: Words::shipped(),
    };
    census.import(table, settings)
}

fn exported(census: &Memory, source: &str) -> Lists {
    let today = now().date().expect("a day");
    let inclusion = Inclusion {
        source,
        today: &today,
        lists: Territories::shared(),
        words: Words::shipped(),
    };
    let mut lists = Lists::default();
    let mut holders = BTreeSet::new();
    for view in census.views().filter(|view| view.kind() == "actor") {
        match inclusion.structure(view, Some(now())) {
            Ok(described) => {
                holders.insert(view.record);
                lists.structures.push(described.values);
                lists.notices.insert(view.record, described.notices);
            }
            Err(why) => *lists.left_out.entry(why.code()).or_default() += 1,
        }
    }
    for view in census.views().filter(|view| is_service(view)) {
        let Some(holder) = holder(view).filter(|holder| holders.contains(holder)) else {
            *lists.left_out.entry("holder_missing").or_default() += 1;
            continue;
        };
        match inclusion.service(view, Some(now()), &holder) {
            Ok(described) => {
                lists.services.push(described.values);
                lists.notices.insert(view.record, described.notices);
            }
            Err(why) => *lists.left_out.entry(why.code()).or_default() += 1,
        }
    }
    lists
}

fn json(rows: &[Row]) -> Vec<u8> {
    let mut list = InclusionJson::new(Vec::new()).expect("memory");
    for row in rows {
        list.row(row).expect("memory");
    }
    list.finish().expect("memory")
}

fn workbook(lists: &Lists) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut book = InclusionBook::new(folder.path()).expect("begun");
    for row in &lists.structures {
        book.structure(row).expect("written");
    }
    for row in &lists.services {
        book.service(row).expect("written");
    }
    book.finish(Vec::new()).expect("written")
}

/// Asks the published schema, by Python's jsonschema. `scripts/readers` makes a place where it is.
fn validate(schema: &Path, rows: &[Row]) -> Option<String> {
    let python = std::env::var("READERS_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_it = Command::new(&python)
        .args(["-c", "import jsonschema, rfc3986_validator"])
        .output();
    if !has_it.is_ok_and(|ran| ran.status.success()) {
        println!("skipped: {python} has no jsonschema; scripts/readers fetches it and runs this.");
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("liste.json");
    std::fs::write(&file, json(rows)).expect("written");
    let script = r#"
import json, sys, jsonschema
schema = json.load(open(sys.argv[1], encoding="utf-8"))
rows = json.load(open(sys.argv[2], encoding="utf-8"))
checker = jsonschema.FormatChecker()
validator = jsonschema.Draft7Validator(schema, format_checker=checker)
for row in rows:
    unknown = set(row) - set(schema["properties"])
    assert not unknown, unknown
    for error in validator.iter_errors(row):
        print(row["id"], list(error.path), error.message[:200])
print(len(rows), "uri" in checker.checkers)
"#;
    let ran = Command::new(&python)
        .args(["-c", script])
        .args([schema, file.as_path()])
        .output();
    let ran = ran.expect("it runs");
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    Some(String::from_utf8(ran.stdout).expect("UTF-8"))
}

fn check(lists: &Lists) {
    let Some(shared) = shared() else {
        return;
    };
    let schemas = shared.join("06_vocabulaires/data-inclusion_v1");
    for (name, rows) in [
        ("structure", &lists.structures),
        ("service", &lists.services),
    ] {
        let schema = schemas.join(format!("{name}.schema.json"));
        if let Some(said) = validate(&schema, rows) {
            assert_eq!(said, format!("{} True\n", rows.len()), "{name}");
        }
    }
    let ids: BTreeSet<_> = lists
        .structures
        .iter()
        .map(|row| row["id"].to_string())
        .collect();
    assert_eq!(ids.len(), lists.structures.len(), "an id once");
    for service in &lists.services {
        assert!(
            ids.contains(&service["structure_id"].to_string()),
            "its structure is there"
        );
    }
}

/// The rows without what names the federation that wrote them; a service with the name of its structure.
fn contents(lists: &Lists) -> (Vec<String>, Vec<String>) {
    let names: BTreeMap<_, _> = lists
        .structures
        .iter()
        .map(|row| (row["id"].clone().to_string(), row["nom"].clone()))
        .collect();
    let plain = |row: &Row| {
        let mut row = row.clone();
        if let Some(id) = row.remove("structure_id") {
            row.insert("structure".into(), names[&id.to_string()].clone());
        }
        row.retain(|name, _| !["id", "source"].contains(&name.as_str()));
        Json::Object(row).to_string()
    };
    let sorted = |rows: &[Row]| {
        let mut rows: Vec<_> = rows.iter().map(plain).collect();
        rows.sort();
        rows
    };
    (sorted(&lists.structures), sorted(&lists.services))
}

/// Two structures and a service with every field, all invented.
const STRUCTURES: &str = r#"[
 {"source": "ville", "id": "ville--1", "nom": "Maison inventée", "date_maj": "2026-05-02", "siret": "13002526500013",
  "commune": "Gien", "code_postal": "45500", "code_insee": "45155", "adresse": "1 rue des Inventions", "complement_adresse": "Bâtiment B",
  "latitude": 47.6853, "longitude": 2.6306, "telephone": "0261910012", "courriel": "accueil@maison.example", "site_web": "https://maison.example/",
  "description": "Une maison inventée pour ces essais.", "horaires_accueil": "Mo-Fr 09:00-12:00",
  "accessibilite_lieu": "https://acceslibre.beta.gouv.fr/app/inventee/", "reseaux_porteurs": ["france-service", "mjc"]},
 {"source": "ville", "id": "ville--2", "nom": "Club inventé", "date_maj": "2026-05-02"}
]"#;
const SERVICES: &str = r#"[
 {"source": "ville", "id": "ville--s1", "structure_id": "ville--1", "nom": "Atelier inventé", "description": "Un atelier inventé pour ces essais.",
  "date_maj": "2026-05-02", "type": "atelier", "thematiques": ["numerique--acquerir-un-equipement", "famille--soutien-aidants"],
  "publics": ["femmes", "personnes-en-situation-de-handicap"], "frais": "payant", "frais_precisions": "5 € par séance",
  "modes_accueil": ["en-presentiel"], "modes_mobilisation": ["telephoner", "se-presenter"], "mobilisable_par": ["usagers"],
  "conditions_acces": "Sur inscription", "zone_eligibilite": ["45", "45155"], "lien_mobilisation": "https://maison.example/atelier",
  "contact_nom_prenom": "Personne Inventée", "nombre_semaines": 3, "colonne_inventee": "un mot"},
 {"source": "ville", "id": "ville--s2", "structure_id": "ville--9", "nom": "Service sans structure", "description": "Inventé lui aussi.",
  "date_maj": "2026-05-02", "publics": ["tous-publics"]}
]"#;

fn both(census: &mut Memory) -> (Report, Report) {
    let structures = import(census, STRUCTURES.into(), "structures.json", None);
    let services = import(census, SERVICES.into(), "services.json", None);
    (structures, services)
}

fn named<'a>(census: &'a Memory, name: &str) -> &'a RecordView {
    let is_it = |view: &&RecordView| {
        let held = view.field("name").and_then(|held| held.winner());
        held.is_some_and(|written| written.value == Value::Text(name.to_owned()))
    };
    census.views().find(is_it).expect("it is there")
}

#[test]
fn both_lists_are_mapped_without_a_word_and_a_service_finds_its_structure() {
    let mut census = Memory::new(1);
    let (structures, services) = both(&mut census);
    assert_eq!(
        (structures.kind, structures.new, structures.refused),
        (Some("actor"), 2, 0)
    );
    assert_eq!(
        (services.kind, services.new, services.refused),
        (Some("initiative"), 2, 0)
    );
    let service = named(&census, "Atelier inventé");
    assert_eq!(
        holder(service),
        Some(named(&census, "Maison inventée").record)
    );
    assert!(is_service(service) && is_service(named(&census, "Service sans structure")));
    let lost = named(&census, "Service sans structure");
    assert_eq!(holder(lost), None);
    let kept = lost.field("x_structure_id").and_then(|held| held.winner());
    assert_eq!(
        kept.map(|written| &written.value),
        Some(&Value::Text("ville--9".into()))
    );
    let said: BTreeSet<_> = services
        .notices
        .iter()
        .map(|one| (one.problem.code, one.problem.column.clone()))
        .collect();
    for (code, column) in [
        ("column_unknown", "colonne_inventee"),
        ("holder_unknown", "structure_id"),
        ("personal_column", "contact_nom_prenom"),
    ] {
        assert!(
            said.contains(&(code, Some(column.to_owned()))),
            "{code}: {said:?}"
        );
    }
    let all = format!("{:?}", census.views().collect::<Vec<_>>());
    assert!(
        !all.contains("Personne Inventée"),
        "no person is in a record"
    );
    let (again, services) = both(&mut census);
    assert_eq!(
        (again.unchanged, services.unchanged),
        (2, 2),
        "the same files change nothing"
    );
    assert_eq!(census.len(), 4);
}

#[test]
fn what_leaves_is_taken_by_the_published_schema_and_comes_back_as_the_same_lists() {
    let mut census = Memory::new(1);
    both(&mut census);
    let lists = exported(&census, "ville-inventee");
    assert_eq!((lists.structures.len(), lists.services.len()), (2, 1));
    assert_eq!(lists.left_out, BTreeMap::from([("holder_missing", 1)]));
    let service = &lists.services[0];
    let expected = serde_json::json!({
        "thematiques": ["famille--soutien-aidants", "numerique--acquerir-un-equipement"],
        "publics": ["femmes", "personnes-en-situation-de-handicap"], "frais": "payant", "type": "atelier",
        "zone_eligibilite": ["45", "45155"], "lien_mobilisation": "https://maison.example/atelier",
    });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(service.get(name), Some(value), "{name}");
    }
    check(&lists);
    for is_workbook in [false, true] {
        let mut other = Memory::new(2);
        let reports = if is_workbook {
            let bytes = workbook(&lists);
            ["Structures", "Services"]
                .map(|sheet| import(&mut other, bytes.clone(), "classeur.xlsx", Some(sheet)))
        } else {
            [
                import(&mut other, json(&lists.structures), "s.json", None),
                import(&mut other, json(&lists.services), "v.json", None),
            ]
        };
        for report in &reports {
            let refused: Vec<_> = report
                .problems
                .iter()
                .filter(|one| one.level == Level::Refused)
                .collect();
            assert!(refused.is_empty(), "{refused:?}");
        }
        let back = exported(&other, "prefecture-inventee");
        assert_eq!(contents(&back), contents(&lists), "workbook: {is_workbook}");
    }
}

#[test]
fn the_real_lists_leave_as_the_published_schema_takes_them_and_come_back() {
    let Some(shared) = shared() else {
        return;
    };
    let read = |name: &str| std::fs::read(shared.join("03_structures").join(name)).expect("a file");
    let mut census = Memory::new(1);
    let structures = import(
        &mut census,
        read("data-inclusion_structures.json"),
        "structures",
        None,
    );
    let services = import(
        &mut census,
        read("data-inclusion_services.json"),
        "services",
        None,
    );
    assert_eq!(
        (structures.kind, services.kind),
        (Some("actor"), Some("initiative"))
    );
    let lists = exported(&census, "ville-inventee");
    let notices: Vec<_> = lists.notices.values().flatten().collect();
    println!(
        "{} structures of {}, {} services of {}, {} values said, left out: {:?}",
        lists.structures.len(),
        structures.new,
        lists.services.len(),
        services.new,
        notices.len(),
        lists.left_out
    );
    assert!(lists.structures.len() as u64 > structures.new * 9 / 10);
    check(&lists);
    let mut other = Memory::new(2);
    import(&mut other, json(&lists.structures), "s.json", None);
    import(&mut other, json(&lists.services), "v.json", None);
    let back = exported(&other, "prefecture-inventee");
    let ((before, before_services), (after, after_services)) = (contents(&lists), contents(&back));
    let lost: Vec<_> = before
        .iter()
        .filter(|row| !after.contains(row))
        .take(3)
        .collect();
    assert!(
        lost.is_empty(),
        "{lost:#?} of {} and {}",
        before.len(),
        after.len()
    );
    assert_eq!(after_services.len(), before_services.len());
    assert_eq!(after_services, before_services);
}

#[test]
fn the_closed_lists_are_those_that_are_published() {
    use crdt_schema::vocabulary::InclusionList as List;
    let Some(shared) = shared() else {
        return;
    };
    for (file, list) in [
        ("thematiques", List::Theme),
        ("publics", List::Audience),
        ("frais", List::Cost),
        ("modes-accueil", List::AccessMode),
        ("modes-mobilisation", List::Joining),
        ("types-de-services", List::ServiceType),
        ("reseaux-porteurs", List::Network),
    ] {
        let path = shared.join(format!("06_vocabulaires/data-inclusion_v1/{file}.json"));
        let rows: Vec<Row> =
            serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
        let published: BTreeSet<_> = rows
            .iter()
            .filter_map(|row| row["value"].as_str())
            .collect();
        assert_eq!(list.values().collect::<BTreeSet<_>>(), published, "{file}");
    }
}
