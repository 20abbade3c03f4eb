//! Records that were merged: what links lead to on every node, in files and in searches, and how both come back.

use std::collections::BTreeSet;
use std::io::Write;
use std::ops::ControlFlow;

use admin_ui::files::{Export, Form, Import, Imported, Reach, Request};
use admin_ui::merging::{Sides, merge, split};
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::record::{Kind, Row, withdrawing};
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use replica::local::Local;
use replica::search::{Query, Withdrawn};
use replica::{LINKS, Saving};
use serde_json::Value as Json;

use crate::harness::federation::{DEADLINE, Node};
use crate::harness::process::NodeProcess;
use crate::imports;

const NOW: Timestamp = Timestamp::from_millis(1_795_694_400_000);

fn text(value: &str) -> Wanted {
    Wanted::Value(Value::Text(value.to_owned()))
}

fn term(value: &str) -> Wanted {
    Wanted::Value(Value::Term(value.to_owned()))
}

fn made(node: &Node, kind: &'static str, number: u8, fields: &[(&str, Wanted)]) -> RecordId {
    let fields = fields
        .iter()
        .map(|(name, wanted)| ((*name).to_owned(), wanted.clone()));
    let draft = Draft {
        fields: fields.collect(),
    };
    let federation = *node.replica.state().federation();
    let saving = Saving::creation(&federation, kind, "45", [number; 16], draft);
    let record = saving.record;
    node.replica.save(saving).expect("it is written");
    assert!(node.replica.wait_for_views(DEADLINE));
    record
}

fn view(node: &Node, record: &RecordId) -> RecordView {
    let reader = node.replica.read().expect("a snapshot");
    reader.record(record).expect("readable").expect("held")
}

fn wanted(node: &Node, record: &RecordId, field: &str) -> Wanted {
    let view = view(node, record);
    view.field(field).map_or(Wanted::Nothing, Wanted::of)
}

/// Two records of one club, and an action that names the second.
fn club(node: &Node) -> [RecordId; 3] {
    let stays = made(
        node,
        "actor",
        1,
        &[
            ("name", text("Judo Club de Gien")),
            ("commune", text("45155")),
            (
                "description",
                Wanted::Text("Un club inventé de judo.".to_owned()),
            ),
        ],
    );
    let other = made(
        node,
        "actor",
        2,
        &[
            ("name", text("JC Gien")),
            ("commune", text("45155")),
            ("address", text("3 rue des Écoles")),
            ("description", Wanted::Text("Un club.".to_owned())),
        ],
    );
    let action = made(
        node,
        "initiative",
        3,
        &[
            ("name", text("Cours du mercredi")),
            ("nature", term("action")),
            ("status", term("en-cours")),
            (
                "description",
                Wanted::Text("Des cours inventés pour tous.".to_owned()),
            ),
            ("holder", Wanted::Value(Value::Record(other))),
            ("partners", Wanted::Terms([other.to_string()].into())),
        ],
    );
    [stays, other, action]
}

fn merged(node: &Node, stays: &RecordId, other: &RecordId) {
    let (stays, other) = (view(node, stays), view(node, other));
    let sides = Sides {
        stays: &stays,
        other: &other,
    };
    let taken = sides.draft(Words::shipped(), &sides.first_choices(Words::shipped()));
    merge(&node.replica, sides, &taken, "un seul club").expect("signed");
    assert!(node.replica.wait_for_views(DEADLINE));
}

fn export(node: &Node, form: Form, kind: Option<&str>, found: Option<&Query>) -> String {
    let export = Export {
        form,
        kind: kind.and_then(Kind::parse),
        found,
        language: "fr",
        reach: Reach::Partners,
        now: NOW,
        address: None,
        said_max: usize::MAX,
    };
    let mut bytes = Vec::new();
    let written = export.write(
        &node.replica,
        &mut bytes,
        &mut |_| ControlFlow::Continue(()),
    );
    written.expect("it is written");
    String::from_utf8(bytes).expect("UTF-8")
}

fn import(node: &Node, local: &Local, (name, kind): (&str, &str), table: &str) -> Imported {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(table.as_bytes()).expect("the disk has room");
    let wanted = Import {
        kind: Kind::parse(kind),
        ..imports::of(&file, name, "clubs")
    };
    let request = Request {
        by: "camille",
        at: Timestamp::from_millis(1),
    };
    let imported = wanted.run((&node.replica, local), request, &mut |_| {
        ControlFlow::Continue(())
    });
    assert!(node.replica.wait_for_views(DEADLINE));
    imported.expect("imported")
}

fn led_to(node: &Node, record: &RecordId) -> BTreeSet<RecordId> {
    let query = Query {
        facets: [(LINKS.to_owned(), [record.to_string()].into())].into(),
        ..Query::default()
    };
    let answer = node.replica.search(&query).expect("answered");
    let found: BTreeSet<_> = answer.hits.into_iter().map(|hit| hit.record).collect();
    let all = node.replica.found(&query).expect("answered");
    assert_eq!(found, all.into_iter().collect());
    found
}

#[test]
fn links_to_a_merged_record_lead_to_the_one_that_stays() {
    let (prefecture, ville) = (Node::new(1), Node::new(2));
    let [stays, other, action] = club(&prefecture);
    assert_eq!(led_to(&prefecture, &stays), [].into());
    merged(&prefecture, &stays, &other);
    ville.take_all(&prefecture);
    assert!(ville.replica.wait_for_views(DEADLINE));
    for node in [&prefecture, &ville] {
        assert_eq!(led_to(node, &stays), [action].into());
        let (linked, _) = node.replica.linked_from(&stays).expect("readable");
        assert_eq!(
            linked.into_iter().collect::<BTreeSet<_>>(),
            [action, other].into()
        );
        for form in [Form::Csv, Form::GeoJson, Form::Json] {
            let file = export(node, form, Some("initiative"), None);
            assert!(file.contains(&stays.to_string()), "{form:?} {file}");
            assert!(!file.contains(&other.to_string()), "{form:?} {file}");
        }
        let table = export(node, Form::Spreadsheet, Some("initiative"), None);
        assert!(table.contains("Judo Club de Gien"), "{table}");
        assert!(!table.contains("JC Gien"), "{table}");
    }
}

#[test]
fn our_own_table_read_again_changes_no_link() {
    let node = Node::new(1);
    let local = Local::open(&node.folder.path().join(replica::local::FILE)).expect("opens");
    let [stays, other, action] = club(&node);
    merged(&node, &stays, &other);
    for form in [Form::Csv, Form::Spreadsheet] {
        let table = export(&node, form, Some("initiative"), None);
        let again = import(&node, &local, ("actions.csv", "initiative"), &table);
        assert_eq!(
            (again.report.unchanged, again.number),
            (1, None),
            "{form:?}"
        );
    }
    let named = format!("record;name;holder\n{action};Cours du mercredi;{other}\n");
    let again = import(&node, &local, ("actions.csv", "initiative"), &named);
    assert_eq!(again.report.unchanged, 1, "{:?}", again.report.problems);
    // What names the merged record, by whatever a file knows, goes to the one that stays.
    let new = format!("id;nom;holder\n9;Stage;{other}\n");
    let made = import(&node, &local, ("stages.csv", "initiative"), &new);
    assert_eq!(made.report.new, 1, "{:?}", made.report.problems);
    assert_eq!(led_to(&node, &stays).len(), 2);
    let reader = node.replica.read().expect("a snapshot");
    let mut holders = Vec::new();
    let read = reader.each_record(|view| {
        let name = view.field("name").map(Wanted::of);
        if name == Some(text("Stage")) {
            holders.push(Wanted::of(view.field("holder").expect("held")));
        }
        Ok::<(), replica::Fault>(())
    });
    read.expect("readable");
    assert_eq!(holders, [Wanted::Value(Value::Record(stays))]);
}

#[test]
fn no_withdrawn_record_leaves_for_data_inclusion() {
    let node = Node::new(1);
    let [stays, other, action] = club(&node);
    merged(&node, &stays, &other);
    let id = |record: &RecordId| record.to_string().replace('-', "");
    let rows = |form, found: Option<&Query>| -> Vec<Json> {
        let file = export(&node, form, None, found);
        serde_json::from_str(&file).expect("a list")
    };
    let services = rows(Form::InclusionServices, None);
    assert_eq!(services.len(), 1);
    let structure = services[0]["structure_id"].as_str().expect("an id");
    assert!(structure.ends_with(&id(&stays)), "{structure}");
    let structures = rows(Form::InclusionStructures, None);
    assert_eq!(structures.len(), 1, "{structures:?}");
    assert_eq!(structures[0]["id"], services[0]["structure_id"]);
    let withdrawn = Query {
        withdrawn: Withdrawn::Included,
        ..Query::default()
    };
    assert_eq!(rows(Form::InclusionStructures, Some(&withdrawn)).len(), 1);
    // Withdrawn with nothing in its place, it holds no service.
    let draft = withdrawing("dissous", None);
    let saving = Saving::over(&view(&node, &stays), draft);
    node.replica.save(saving).expect("written");
    assert!(node.replica.wait_for_views(DEADLINE));
    assert_eq!(rows(Form::InclusionServices, None), [] as [Json; 0]);
    assert_eq!(rows(Form::InclusionStructures, None), [] as [Json; 0]);
    assert!(!view(&node, &action).is_withdrawn());
}

#[test]
fn records_that_replace_each_other_lead_to_themselves() {
    let node = Node::new(1);
    let [one, other, action] = club(&node);
    let third = made(&node, "actor", 4, &[("name", text("Dojo"))]);
    let replace = |record: &RecordId, place: &RecordId| {
        let draft = withdrawing("en double", Some(*place));
        let saving = Saving::over(&view(&node, record), draft);
        node.replica.save(saving).expect("written");
        assert!(node.replica.wait_for_views(DEADLINE));
    };
    let standing = |record: &RecordId| {
        let reader = node.replica.read().expect("a snapshot");
        reader.standing(record).expect("readable")
    };
    replace(&other, &one);
    replace(&one, &third);
    assert_eq!([&one, &other, &third].map(standing), [third; 3]);
    assert_eq!(led_to(&node, &third), [action].into());
    replace(&third, &other);
    assert_eq!([&one, &other, &third].map(standing), [one, other, third]);
    let file = export(&node, Form::Json, Some("initiative"), None);
    assert!(file.contains(&other.to_string()), "{file}");
    for record in [&one, &other, &third] {
        assert_eq!(led_to(&node, record), [action].into());
    }
}

#[test]
fn splitting_on_another_node_gives_back_what_nobody_has_touched() {
    let (prefecture, ville) = (Node::new(1), Node::new(2));
    let [stays, other, _] = club(&prefecture);
    let before = wanted(&prefecture, &stays, "description");
    merged(&prefecture, &stays, &other);
    assert_eq!(
        wanted(&prefecture, &stays, "address"),
        text("3 rue des Écoles")
    );
    ville.take_all(&prefecture);
    let (_, done) = split(&ville.replica, (other, stays), "deux clubs").expect("signed");
    assert_eq!((done.restored, done.kept), (vec![other], vec![]));
    prefecture.take_all(&ville);
    for node in [&prefecture, &ville] {
        assert_eq!(wanted(node, &stays, "address"), Wanted::Nothing);
        assert_eq!(wanted(node, &stays, "description"), before);
        assert!(!view(node, &other).is_withdrawn());
    }
    assert_eq!(prefecture.digest(), ville.digest());
}

#[test]
fn a_merge_takes_rows_over_and_splitting_leaves_the_rows_that_were_there() {
    let node = Node::new(1);
    let row = |id: &str, who: &str| {
        let cells = [("funder_name".to_owned(), who.into())].into();
        Row::of(id, cells).expect("a row").term()
    };
    let [own, theirs, both] = [
        row("a1", "Ville inventée"),
        row("b2", "Fondation inventée"),
        row("c3", "Région inventée"),
    ];
    let of = |number: u8, name: &str, rows: [&String; 2]| {
        let rows = Wanted::Terms(rows.into_iter().cloned().collect());
        let fields = [("name", text(name)), ("funding_lines", rows)];
        made(&node, "initiative", number, &fields)
    };
    let stays = of(1, "Fête du quartier", [&own, &both]);
    let other = of(2, "La fête du quartier", [&theirs, &both]);
    let before = wanted(&node, &stays, "funding_lines");
    merged(&node, &stays, &other);
    let all = Wanted::Terms([own, theirs, both].into());
    assert_eq!(wanted(&node, &stays, "funding_lines"), all);
    assert!(view(&node, &other).is_withdrawn());
    split(&node.replica, (other, stays), "deux fêtes").expect("signed");
    assert!(node.replica.wait_for_views(DEADLINE));
    assert_eq!(wanted(&node, &stays, "funding_lines"), before);
    assert!(!view(&node, &other).is_withdrawn());
}

#[test]
fn a_merge_by_command_does_what_the_page_does_and_is_split_by_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut node = NodeProcess::found(folder.path().join("ville"), "Ville");
    let file = folder.path().join("clubs.csv");
    let table = "nom,code_insee,adresse,telephone\nJudo Club de Gien,45155,,02 61 91 00 12\nJC Gien,45155,3 rue des Écoles,02 61 91 00 13\n";
    std::fs::write(&file, table).expect("writes");
    node.start();
    node.ask(&["import", &file.to_string_lossy(), "--kind", "actor"]);
    let found = |words: &str| {
        let answer = node.eventually(&["search", words], |answer| answer["total"] == 1);
        let record = answer["hits"][0]["record"].as_str().expect("an id");
        record.to_owned()
    };
    let (stays, other) = (found("judo"), found("JC"));
    let say = |verdict: &'static str, more: &[&str]| {
        let words = [
            &[
                "statement",
                "duplicate",
                &stays,
                &other,
                "--verdict",
                verdict,
                "--why",
                "vu sur place",
            ],
            more,
        ];
        words
            .concat()
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    let refused = |words: &[String]| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        node.refusal(&words)
    };
    let ask = |words: &[String]| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        node.ask(&words)
    };
    assert_eq!(
        refused(&say("same", &["--take", "commune"])),
        "choice_useless"
    );
    assert_eq!(
        refused(&say("distinct", &["--take", "phone"])),
        "choice_useless"
    );
    let done = ask(&say("same", &["--take", "phone"]));
    assert_eq!(done["withdrawn"], Json::String(other.clone()));
    let value = |record: &str, field: &str| {
        let shown = node.ask(&["record", "show", record]);
        shown["fields"][field]["values"][0]["value"].clone()
    };
    assert_eq!(value(&stays, "address"), "3 rue des Écoles");
    assert_eq!(value(&stays, "phone"), "+33261910013");
    let shown = node.ask(&["record", "show", &other]);
    assert_eq!(shown["replaced_by"], Json::String(stays.clone()));
    // A partner who agrees, the other way round too, merges nothing again.
    let again = [
        "statement",
        "duplicate",
        &other,
        &stays,
        "--verdict",
        "same",
        "--why",
        "oui",
    ];
    assert_eq!(node.ask(&again)["withdrawn"], Json::Null);
    let newer = folder.path().join("adresse.csv");
    let table = format!("record,nom,adresse\n{stays},Judo Club de Gien,4 rue des Écoles\n");
    std::fs::write(&newer, table).expect("writes");
    node.ask(&["import", &newer.to_string_lossy(), "--kind", "actor"]);
    let split = ask(&say("distinct", &[]));
    assert_eq!(split["restored"], serde_json::json!([other]));
    assert_eq!(
        split["kept"],
        serde_json::json!([{ "record": stays, "fields": ["address"] }])
    );
    assert_eq!(value(&stays, "address"), "4 rue des Écoles");
    assert_eq!(value(&stays, "phone"), "+33261910012");
    assert_eq!(node.ask(&["record", "show", &other])["withdrawn"], false);
    node.stop();
}

#[test]
fn what_is_decided_of_rows_by_command_holds_for_the_next_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut node = NodeProcess::found(folder.path().join("ville"), "Ville");
    node.start();
    let write = |name: &str, table: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, table).expect("writes");
        file.to_string_lossy().into_owned()
    };
    let clubs = write(
        "clubs.csv",
        "id,nom,code_insee\n1,Les Archers inventés,45155\n2,Judo inventé,45155\n3,Chorale inventée,45155\n",
    );
    node.ask(&["import", &clubs, "--kind", "actor"]);
    node.eventually(&["search", "inventé"], |answer| answer["total"] == 3);
    let other = write(
        "mairie.csv",
        "id,nom,code_insee,telephone\nA,LES ARCHERS INVENTES,45155,02 61 91 00 12\nB,JUDO INVENTE,45155,\nC,CHORALE INVENTEE,45155,\n",
    );
    let import = |more: &[&str]| node.ask(&[&["import", &other, "--kind", "actor"], more].concat());
    let tried = import(&["--dry-run"]);
    assert_eq!(tried["alike"]["rows"], 3);
    let archers = tried["alike"]["listed"][0]["record"]
        .as_str()
        .expect("an id");
    let same = format!("2={archers}");
    let choices = ["--same", &same, "--new", "3", "--skip", "4"];
    let counts = |answer: &Json| {
        ["new", "changed", "unchanged", "refused", "left_out"].map(|name| answer[name].as_u64())
    };
    let tried = import(&[&choices[..], &["--dry-run"]].concat());
    assert_eq!(counts(&tried), [1, 1, 0, 0, 1].map(Some));
    assert_eq!(tried["alike"]["rows"], 0);
    let twice = [
        "import", &other, "--kind", "actor", "--skip", "3", "--new", "3",
    ];
    assert_eq!(node.refusal(&twice), "choice_twice");
    let done = import(&choices);
    assert_eq!(counts(&done), [1, 1, 0, 0, 1].map(Some));
    let shown = node.ask(&["record", "show", archers]);
    assert_eq!(
        shown["fields"]["phone"]["values"][0]["value"],
        "+33261910012"
    );
    let sources = shown["fields"]["sources"]["terms"].as_array().map(Vec::len);
    assert!(sources.is_none_or(|count| count == 2), "{shown}");
    let pairs = node.eventually(&["duplicates"], |answer| answer["complete"] == true);
    assert_eq!(
        pairs["pairs"],
        serde_json::json!([]),
        "told apart for all partners"
    );
    // The same file again, without a word: nothing to write.
    let again = import(&[]);
    assert_eq!(counts(&again), [0, 0, 2, 0, 1].map(Some));
    assert_eq!(again["import"], Json::Null);
    assert_eq!(again["decided"]["same"], 1);
    let forgotten = import(&["--forget-choices", "--dry-run"]);
    assert_eq!(forgotten["alike"]["rows"], 2, "{forgotten}");
    node.stop();
}
