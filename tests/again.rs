//! One file given twice to the real command, in each form: nothing is signed the second time, and what a person changed in between stays.

use std::path::Path;

use serde_json::Value as Json;

use crate::harness::process::NodeProcess;

const TABLE: &str = "id,nom,code_insee,telephone\n\
    A1,Les Archers inventés,45155,02 61 91 00 12\n\
    B2,La Chorale inventée,45155,02 61 91 00 13\n";
const FEATURES: &str = r#"{"type":"FeatureCollection","features":[
    {"type":"Feature","geometry":{"type":"Point","coordinates":[2.63,47.69]},
     "properties":{"id":"A1","nom":"Les Archers inventés","telephone":"02 61 91 00 12"}},
    {"type":"Feature","geometry":null,
     "properties":{"id":"B2","nom":"La Chorale inventée","telephone":"02 61 91 00 13"}}]}"#;
const STRUCTURES: &str = r#"[
    {"source":"ville-inventee","id":"ville-inventee--1","nom":"Les Archers inventés","date_maj":"2026-05-01","telephone":"02 61 91 00 12"},
    {"source":"ville-inventee","id":"ville-inventee--2","nom":"La Chorale inventée","date_maj":"2026-05-01","telephone":"02 61 91 00 13"}]"#;

fn counts(answer: &Json) -> [Option<u64>; 4] {
    ["new", "changed", "unchanged", "refused"].map(|name| answer[name].as_u64())
}

fn entries(node: &NodeProcess) -> Json {
    node.ask(&["status"])["entries"].clone()
}

fn import(node: &NodeProcess, file: &Path) -> Json {
    let file = file.to_string_lossy();
    node.ask(&["import", &file, "--kind", "actor", "--source", "Clubs"])
}

/// The same table as a workbook, which the command makes itself.
fn workbook(node: &NodeProcess, folder: &Path) -> std::path::PathBuf {
    let (table, book) = (folder.join("table.csv"), folder.join("clubs.xlsx"));
    std::fs::write(&table, TABLE).expect("writes");
    let [from, to] = [&table, &book].map(|path| path.to_string_lossy().into_owned());
    node.ask(&[
        "import",
        &from,
        "--kind",
        "actor",
        "--dry-run",
        "--report",
        &to,
    ]);
    book
}

fn twice_and_changed_between(make: impl FnOnce(&NodeProcess, &Path) -> std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut node = NodeProcess::found(folder.path().join("ville"), "Ville");
    node.start();
    let file = make(&node, folder.path());
    let first = import(&node, &file);
    assert_eq!(counts(&first), [2, 0, 0, 0].map(Some), "{first}");
    let signed = entries(&node);
    let again = import(&node, &file);
    assert_eq!(counts(&again), [0, 0, 2, 0].map(Some), "{again}");
    assert_eq!(again["import"], Json::Null);
    assert_eq!(entries(&node), signed, "nothing is signed");

    node.eventually(&["search", "archers"], |answer| answer["total"] == 1);
    let other = "+33261910099";
    node.ask_all(&[
        "bulk", "phone", other, "--kind", "actor", "--text", "archers", "--yes",
    ]);
    let signed = entries(&node);
    let again = import(&node, &file);
    assert_eq!(counts(&again), [0, 0, 2, 0].map(Some), "{again}");
    assert_eq!(entries(&node), signed, "nothing is signed");
    let problems = again["problems"].as_array().expect("a list");
    let said = problems
        .iter()
        .chain(again["notices"].as_array().expect("a list"));
    let said = said.filter(|one| one["code"] == "changed_here");
    assert_eq!(said.count(), 1, "{again}");
    let found = node.ask(&["search", "archers"]);
    let record = found["hits"][0]["record"].as_str().expect("an id");
    let shown = node.ask(&["record", "show", record]);
    assert_eq!(shown["fields"]["phone"]["values"][0]["value"], other);
    node.stop();
}

fn written(
    name: &'static str,
    text: &'static str,
) -> impl FnOnce(&NodeProcess, &Path) -> std::path::PathBuf {
    move |_, folder| {
        let file = folder.join(name);
        std::fs::write(&file, text).expect("writes");
        file
    }
}

#[test]
fn a_csv_twice() {
    twice_and_changed_between(written("clubs.csv", TABLE));
}

#[test]
fn a_workbook_twice() {
    twice_and_changed_between(workbook);
}

#[test]
fn a_geojson_twice() {
    twice_and_changed_between(written("clubs.geojson", FEATURES));
}

#[test]
fn a_list_of_data_inclusion_twice() {
    twice_and_changed_between(written("structures.json", STRUCTURES));
}

#[test]
fn both_sheets_of_a_workbook_of_data_inclusion_come_in_by_one_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = NodeProcess::found(folder.path().join("ville"), "Ville");
    first.start();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("writes");
        file.to_string_lossy().into_owned()
    };
    let actors = write(
        "acteurs.csv",
        "id,nom,code_insee\nA1,Les Archers inventés,45155\n",
    );
    let services = "id,nom,nature,status,description,holder,service_type,mobilisable_by\n\
        S1,Tir d'essai,service,en-cours,Une séance inventée pour essayer.,Les Archers inventés,atelier,usagers\n";
    let services = write("services.csv", services);
    first.ask(&["import", &actors, "--kind", "actor"]);
    first.eventually(&["search", "archers"], |answer| answer["total"] == 1);
    let made = first.ask(&["import", &services, "--kind", "initiative"]);
    assert_eq!(made["new"], 1, "{made}");
    let book = folder
        .path()
        .join("listes.xlsx")
        .to_string_lossy()
        .into_owned();
    let left = first.ask(&["export", &book, "--format", "data-inclusion"]);
    assert_eq!(left["inclusion"]["services"], 1, "{left}");
    first.stop();

    let mut second = NodeProcess::found(folder.path().join("autre"), "Autre");
    second.start();
    let done = second.ask(&["import", &book, "--source", "Listes"]);
    assert_eq!(counts(&done), [2, 0, 0, 0].map(Some), "{done}");
    assert_eq!(done["sheets"].as_array().map(Vec::len), Some(2));
    let found = second.eventually(&["search", "essai"], |answer| answer["total"] == 1);
    let record = found["hits"][0]["record"].as_str().expect("an id");
    let shown = second.ask(&["record", "show", record]);
    let holder = shown["fields"]["holder"]["values"][0]["value"]
        .as_str()
        .expect("an id");
    assert_eq!(
        shown["fields"]["service_type"]["values"][0]["value"], "atelier",
        "{shown}"
    );
    let holder = second.ask(&["record", "show", holder]);
    assert_eq!(
        holder["fields"]["name"]["values"][0]["value"],
        "Les Archers inventés"
    );
    let again = second.ask(&["import", &book, "--source", "Listes"]);
    assert_eq!(counts(&again), [0, 0, 2, 0].map(Some), "{again}");
    second.stop();
}
