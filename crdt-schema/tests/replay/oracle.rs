//! Stored histories with what automerge itself gave, and drawn histories that the oracle's model merges too.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crdt_schema::edit::{
    Merged, Operation, Replayed, Value, is_linear, replay, replay_automerge, replay_linear,
};
use crdt_schema::id::ItemId;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value as Json, json};

use crate::drawing::{histories, lines};
use crate::fields::{field_to_json, value_to_json};

#[test]
fn stored_histories_have_the_numbers_and_fields_that_automerge_gave() {
    let path = oracle().join("histories/automerge.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: the oracle is not beside the repository: stored histories are not compared.");
        return;
    };
    let stored: Json = serde_json::from_str(&text).expect("the stored histories are JSON");
    let stored = stored["histories"].as_array().expect("a list of histories");
    let mut lines = 0;
    for (index, history) in stored.iter().enumerate() {
        let edits: Vec<Replayed> = list(&history["edits"]).iter().map(replayed).collect();
        let expected = json!({"numbers": history["numbers"], "fields": history["fields"]});
        let engine = replay_automerge(&edits).expect("a stored history can be replayed");
        assert_eq!(written(&engine), expected, "history {index}, automerge");
        if is_linear(&edits).expect("stored in order") {
            let line = replay_linear(&edits).expect("linear");
            assert_eq!(
                written(&line),
                expected,
                "history {index}, plain succession"
            );
            lines += 1;
        }
    }
    println!("{} histories, {lines} of them linear", stored.len());
    assert!(stored.len() >= 100);
}

#[test]
fn drawn_histories_have_the_numbers_and_fields_that_the_oracle_gives() {
    if !oracle().join("model/records.py").exists() {
        println!("skipped: the oracle is not beside the repository: drawn histories are not compared.");
        return;
    }
    let (count, seed) = (asked("ORACLE_HISTORIES", 400), asked("ORACLE_SEED", 0));
    let mut runner = seeded(seed);
    let mut drawn: Vec<Vec<Replayed>> = Vec::new();
    for number in 0..count {
        drawn.push(match number % 4 {
            0 => draw(&mut runner, &histories(10)),
            1 => draw(&mut runner, &lines(15)),
            _ => draw(&mut runner, &histories(30)),
        });
    }
    let Some(expected) = merged_by_the_oracle(&drawn) else {
        println!("There is no python3: drawn histories are not compared.");
        return;
    };
    assert_eq!(list(&expected).len(), drawn.len());
    for (index, (history, expected)) in drawn.iter().zip(list(&expected)).enumerate() {
        let ours = replay(history).expect("a drawn history can be replayed");
        assert_eq!(
            &written(&ours),
            expected,
            "seed {seed}, history {index}: {history:?}"
        );
    }
    println!("agreement on {count} drawn histories, seed {seed}");
}

/// What `scripts/oracle` asks for.
fn asked(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().expect("a number"))
}

fn seeded(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let chance = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    TestRunner::new_with_rng(Config::default(), chance)
}

const HARNESS: &str = "
import json, sys
from model.objects import operation_from_json
from model.records import Replayed, merge
def merged(history):
    result = merge(Replayed(edit['id'], tuple(edit['base']), tuple(map(operation_from_json, edit['operations']))) for edit in history)
    return {'numbers': {edit: list(taken) for edit, taken in result.numbers.items() if taken[1]},
            'fields': {name: view.to_json() for name, view in result.fields().items()}}
json.dump([merged(history) for history in json.load(sys.stdin)], sys.stdout)
";

fn merged_by_the_oracle(drawn: &[Vec<Replayed>]) -> Option<Json> {
    let mut python = Command::new("python3")
        .args(["-B", "-c", HARNESS])
        .env("PYTHONPATH", oracle())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let histories: Vec<Vec<Json>> = drawn
        .iter()
        .map(|history| history.iter().map(edit_to_json).collect())
        .collect();
    let mut input = python.stdin.take().expect("it is piped");
    input
        .write_all(json!(histories).to_string().as_bytes())
        .expect("the oracle reads all");
    drop(input);
    let output = python.wait_with_output().expect("the oracle ends");
    assert!(output.status.success(), "the oracle failed");
    Some(serde_json::from_slice(&output.stdout).expect("the oracle writes JSON"))
}

/// The oracle is where `ORACLE_DIR` says, in `shared` beside the repository, or beside the folder that holds its work trees.
fn oracle() -> PathBuf {
    if let Some(folder) = std::env::var_os("ORACLE_DIR") {
        return folder.into();
    }
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    ["../shared/oracle", "../../shared/oracle"]
        .map(|place| repository.join(place))
        .into_iter()
        .find(|place| place.exists())
        .unwrap_or(repository)
}

fn draw(runner: &mut TestRunner, from: &impl Strategy<Value = Vec<Replayed>>) -> Vec<Replayed> {
    from.new_tree(runner)
        .expect("nothing is filtered")
        .current()
}

fn replayed(edit: &Json) -> Replayed {
    let is_empty = edit["empty"].as_bool().expect("a boolean");
    let operations = list(&edit["operations"]);
    Replayed {
        id: id(&edit["id"]),
        parents: list(&edit["base"]).iter().map(id).collect(),
        operations: operations
            .iter()
            .filter(|_| !is_empty)
            .map(operation)
            .collect(),
    }
}

fn operation(from: &Json) -> Operation {
    let text = |key: &str| from[key].as_str().expect("a text").to_owned();
    let count = |key: &str| from[key].as_u64().expect("a count");
    let field = text("field");
    match text("op").as_str() {
        "put" => Operation::Put {
            field,
            value: value(&from["value"]),
        },
        "clear" => Operation::Clear { field },
        "add" => Operation::Add {
            field,
            term: text("term"),
        },
        "remove" => Operation::Remove {
            field,
            term: text("term"),
        },
        "splice" => Operation::Splice {
            field,
            position: count("position"),
            deleted: count("deleted"),
            inserted: text("inserted"),
        },
        unknown => panic!("unknown operation {unknown}"),
    }
}

/// The stored histories put texts, terms and integers.
fn value(from: &Json) -> Value {
    let content = &from["value"];
    let text = || content.as_str().expect("a text").to_owned();
    match from["type"].as_str() {
        Some("text") => Value::Text(text()),
        Some("term") => Value::Term(text()),
        Some("integer") => Value::Integer(content.as_i64().expect("an integer")),
        unknown => panic!("unknown type {unknown:?}"),
    }
}

fn edit_to_json(edit: &Replayed) -> Json {
    let base: Vec<String> = edit.parents.iter().map(ItemId::to_string).collect();
    let operations: Vec<Json> = edit.operations.iter().map(operation_to_json).collect();
    json!({"id": edit.id.to_string(), "base": base, "operations": operations})
}

fn operation_to_json(operation: &Operation) -> Json {
    match operation {
        Operation::Put { field, value } => {
            json!({"op": "put", "field": field, "value": value_to_json(value)})
        }
        Operation::Clear { field } => json!({"op": "clear", "field": field}),
        Operation::Add { field, term } => json!({"op": "add", "field": field, "term": term}),
        Operation::Remove { field, term } => json!({"op": "remove", "field": field, "term": term}),
        Operation::Splice {
            field,
            position,
            deleted,
            inserted,
        } => json!({
            "op": "splice",
            "field": field,
            "position": position,
            "deleted": deleted,
            "inserted": inserted,
        }),
    }
}

/// Writes a result as the oracle does.
fn written(merged: &Merged) -> Json {
    let numbers: BTreeMap<String, [u64; 2]> = merged
        .numbers
        .iter()
        .map(|(edit, (first, count))| (edit.to_string(), [*first, *count]))
        .collect();
    let fields: BTreeMap<&String, Json> = merged
        .fields
        .iter()
        .map(|(name, field)| (name, field_to_json(field)))
        .collect();
    json!({"numbers": numbers, "fields": fields})
}

fn id(from: &Json) -> ItemId {
    ItemId::parse(from.as_str().expect("a text")).expect("an id")
}

fn list(from: &Json) -> &Vec<Json> {
    from.as_array().expect("a list")
}
