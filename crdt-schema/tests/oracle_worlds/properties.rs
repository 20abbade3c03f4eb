//! Properties that hold on every world, whatever the oracle says of it.

use std::collections::BTreeSet;

use crdt_schema::governance::{Contributions, Governance, Ignored};
use serde_json::{Value, json};

use crate::world::World;
use crate::{compare, stored};

#[test]
fn neither_order_nor_repetition_nor_copies_with_less_leave_a_trace() {
    for (name, world, verdict) in stored() {
        for seed in 0..2 {
            let mut again = world.clone();
            let entries = again["entries"].as_array_mut().unwrap();
            let headers = entries.iter().map(without_items).collect::<Vec<_>>();
            let frames = entries.iter().map(without_bytes).collect::<Vec<_>>();
            entries.extend(headers);
            entries.extend(frames);
            for part in ["entries", "charters", "approvals"] {
                shuffle(again[part].as_array_mut().unwrap(), seed);
            }
            compare::assert_same(&name, &World::read(&again).verdict(), &verdict);
        }
    }
}

#[test]
fn entries_of_another_federation_change_nothing() {
    for (name, world, verdict) in stored() {
        let mut more = world.clone();
        let entries = more["entries"].as_array_mut().unwrap();
        let copies: Vec<Value> = entries
            .iter()
            .map(|entry| {
                let mut copy = entry.clone();
                copy["federation"] = json!("another");
                copy["id"] = json!(format!("{} copied", entry["id"]));
                copy
            })
            .collect();
        entries.extend(copies);
        let mut ours = World::read(&more).verdict();
        let ignored = ours["ignored"].as_object_mut().unwrap();
        ignored.retain(|id, _| !id.ends_with("copied"));
        compare::assert_same(&name, &ours, &verdict);
    }
}

#[test]
fn a_proof_of_fork_never_adds_authority() {
    for (name, world, _) in stored() {
        let before = World::read(&world).authority();
        for entry in world["entries"].as_array().unwrap() {
            let mut twin = entry.clone();
            twin["id"] = json!(format!("{} twin", entry["id"]));
            twin["items"] = json!([]);
            let mut more = world.clone();
            more["entries"].as_array_mut().unwrap().push(twin);
            let after = World::read(&more).authority();
            assert!(
                granted(&after).is_subset(&granted(&before)),
                "world {name}, {}",
                entry["id"]
            );
            assert!(
                denied(&after).is_superset(&denied(&before)),
                "world {name}, {}",
                entry["id"]
            );
        }
    }
}

/// PI: what a node does, which evaluates again only when it must, against an evaluation after each entry.
#[test]
fn an_evaluation_that_is_not_touched_is_still_right() {
    for (name, world, verdict) in stored() {
        for seed in 0..2 {
            assert_grows_as_evaluated(&name, &world, &verdict, seed);
        }
    }
}

/// The same for a world that was drawn, in one order.
pub(crate) fn assert_growing_is_the_same(name: &str, world: &Value, verdict: &Value) {
    assert_grows_as_evaluated(name, world, verdict, 7);
}

fn assert_grows_as_evaluated(name: &str, world: &Value, verdict: &Value, seed: u64) {
    let mut entries = world["entries"].as_array().unwrap().clone();
    shuffle(&mut entries, seed);
    entries.sort_by_key(|entry| entry["sequence"].as_u64());
    let mut start = world.clone();
    start["entries"] = json!([]);
    let mut growing = World::read(&start);
    let mut kept = growing.governance();
    for entry in &entries {
        let acts = growing.acts.len();
        let (id, header, change) = match growing.take_entry(entry) {
            Ok(taken) => taken,
            Err(Ignored::NotConnected) => {
                let id = entry["id"].as_str().unwrap().to_owned();
                growing.ignored.insert(id, Ignored::NotConnected);
                continue;
            }
            Err(Ignored::OtherFederation) => continue,
        };
        if growing.acts.len() > acts || kept.is_touched_by(&id, &header, change) {
            kept = growing.governance();
        }
        let fresh = growing.governance();
        assert_eq!(kept, fresh, "{name}, order {seed}, {}", entry["id"]);
    }
    assert_same_items(&growing, &kept, &growing.governance());
    compare::assert_same(name, &growing.verdict_of(&kept), verdict);
}

/// The standings are asked for each time, so they must follow from the kept evaluation.
fn assert_same_items(world: &World, kept: &Governance, fresh: &Governance) {
    let judge = |governance| Contributions::judge(&world.feeds, governance, &world.items);
    assert_eq!(judge(kept), judge(fresh));
}

/// What somebody may do or has done: items that are live, grants that count, partners that are enrolled.
fn granted(verdict: &Value) -> BTreeSet<String> {
    let live = named(&verdict["items"], |item| item["state"] == "live");
    let enrolled = verdict["enrolled"].as_array().unwrap();
    let enrolled = enrolled.iter().map(Value::to_string);
    live.into_iter().chain(enrolled).collect()
}

fn denied(verdict: &Value) -> BTreeSet<String> {
    verdict["erased"]
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string)
        .collect()
}

fn named(parts: &Value, holds: impl Fn(&Value) -> bool) -> Vec<String> {
    let parts = parts.as_object().unwrap().iter();
    parts
        .filter(|(_, part)| holds(part))
        .map(|(id, _)| id.clone())
        .collect()
}

fn without_items(entry: &Value) -> Value {
    let mut entry = entry.clone();
    entry["items"] = Value::Null;
    entry
}

fn without_bytes(entry: &Value) -> Value {
    let mut entry = entry.clone();
    for item in entry["items"].as_array_mut().into_iter().flatten() {
        let body = match item["type"].as_str().unwrap() {
            "edit" => "operations",
            "statement" | "personal" => "value",
            _ => continue,
        };
        item[body] = Value::Null;
    }
    entry
}

/// Shuffles with a small generator of its own, so that a failure can be had again.
fn shuffle(values: &mut [Value], seed: u64) {
    let mut state = seed.wrapping_mul(2) + 1;
    for last in (1..values.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let other = (state >> 33) as usize % (last + 1);
        values.swap(last, other);
    }
}
