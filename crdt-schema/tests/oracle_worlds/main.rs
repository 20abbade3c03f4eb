//! Holds the evaluation of governance against the oracle, an independent model that lives beside the repository.
//!
//! The stored worlds are read from `../shared/oracle/worlds`, or from the folder that `ORACLE_DIR` names. More are drawn by the oracle
//! itself where `python3` is there; `scripts/oracle` asks for thousands.

#![expect(clippy::unwrap_used, reason = "tests")]

mod compare;
mod drawn;
#[path = "../oracle/fields.rs"]
mod fields;
mod names;
mod objects;
mod properties;
mod verdict;
mod world;

use std::path::PathBuf;

use serde_json::Value;

use crate::world::World;

/// Returns the folder of the oracle, or says why the test that asks is left out.
fn oracle() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("ORACLE_DIR") {
        return Some(folder.into());
    }
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/oracle"));
    let repository = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/oracle"
    ));
    let found = [folder, repository]
        .into_iter()
        .find(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: the oracle is not beside this repository: nothing is compared");
    }
    found
}

/// Returns the stored worlds with their verdicts.
fn stored() -> Vec<(String, Value, Value)> {
    let Some(folder) = oracle() else {
        return Vec::new();
    };
    let read = |name: String| -> Value {
        let text = std::fs::read_to_string(folder.join("worlds").join(&name));
        serde_json::from_str(&text.unwrap_or_else(|error| panic!("{name}: {error}"))).unwrap()
    };
    (1..=60)
        .map(|number| {
            let world = read(format!("{number:03}.json"));
            (
                format!("{number:03}"),
                world,
                read(format!("{number:03}.verdict.json")),
            )
        })
        .collect()
}

#[test]
fn the_stored_worlds_get_the_oracle_s_verdict() {
    for (name, world, verdict) in stored() {
        compare::assert_same(&name, &World::read(&world).verdict(), &verdict);
    }
}

/// At once, and entry after entry in another order; both ways must agree with each other too.
#[test]
fn drawn_worlds_get_the_oracle_s_verdict() {
    let Some(folder) = oracle() else { return };
    let compared = drawn::compare_all(&folder, |name, world, verdict| {
        compare::assert_same(name, &World::read(world).verdict(), verdict);
        properties::assert_growing_is_the_same(name, world, verdict);
    });
    match compared {
        Some(compared) => println!("agreement: {compared:?}"),
        None => {
            println!("skipped: no python3 to draw worlds with: only the stored ones are compared");
        }
    }
}
