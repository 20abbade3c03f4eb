//! What must hold for every history.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::cbor::{Wire, decode_exact};
use crdt_schema::edit::{
    Merged, Operation, Replayed, Value, causal_order, export_document, heads, is_linear, replay,
    replay_automerge, replay_linear,
};
use crdt_schema::id::ItemId;
use proptest::prelude::*;

use crate::drawing::{histories, lines};

fn merged(history: &[Replayed]) -> Merged {
    replay(history).expect("a drawn history can be replayed")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_order_of_arrival_does_not_matter(
        (history, orders) in histories(30).prop_flat_map(|history| {
            let orders = prop::collection::vec(Just(history.clone()).prop_shuffle(), 20);
            (Just(history), orders)
        })
    ) {
        let expected = merged(&history);
        let expected_heads = heads(&history, |_| true);
        for order in orders {
            prop_assert_eq!(&merged(&order), &expected);
            prop_assert_eq!(&heads(&order, |_| true), &expected_heads);
        }
    }

    #[test]
    fn a_line_is_the_plain_succession_that_automerge_gives(line in lines(30)) {
        prop_assert_eq!(is_linear(&line), Ok(true));
        prop_assert_eq!(replay_linear(&line), replay_automerge(&line));
    }

    #[test]
    fn what_an_edit_takes_depends_on_its_past_alone(history in histories(30), end in any::<prop::sample::Index>()) {
        let whole = merged(&history);
        let ordered: Vec<Replayed> = causal_order(&history).expect("drawn in order").into_iter().cloned().collect();
        let mut prefix = ordered.clone();
        prefix.truncate(end.index(ordered.len() + 1));
        // The past of one edit is a part too, and of another shape than a prefix.
        let chosen = &ordered[end.index(ordered.len())];
        for part in [prefix, with_its_past(chosen, &ordered)] {
            for (edit, numbers) in merged(&part).numbers {
                prop_assert_eq!(whole.numbers.get(&edit), Some(&numbers));
            }
        }
    }

    #[test]
    fn an_empty_edit_is_seen_through(history in histories(20)) {
        let contracted = without_empty_edits(&history);
        prop_assert_eq!(merged(&contracted), merged(&history));
    }

    #[test]
    fn an_edit_on_all_heads_settles_every_conflict_of_values(history in histories(25)) {
        let before = merged(&history);
        let settling: Vec<Operation> = before.fields.keys().map(|field| Operation::Put {
            field: field.clone(),
            value: Value::Text("settled".into()),
        }).collect();
        let last = Replayed {
            id: ItemId::from_bytes([0; 16]),
            parents: heads(&history, |_| true).expect("drawn in order"),
            operations: settling,
        };
        let mut after = history;
        after.push(last.clone());
        prop_assert_eq!(heads(&after, |_| true), Ok(vec![last.id]));
        for field in merged(&after).fields.values() {
            prop_assert_eq!(field.values.len(), 1);
            prop_assert_eq!(&field.values[0].value, &Value::Text("settled".into()));
        }
    }

    #[test]
    fn the_bytes_of_the_result_are_read_back_and_the_document_can_be_exported(history in histories(20)) {
        let merged = merged(&history);
        let read: Merged = decode_exact(&merged.to_cbor()).expect("our own bytes");
        prop_assert_eq!(&read.fields, &merged.fields);
        prop_assert_eq!(read.digest(), merged.digest());
        prop_assert!(export_document(&history).is_ok());
    }
}

fn with_its_past(edit: &Replayed, ordered: &[Replayed]) -> Vec<Replayed> {
    let mut wanted = BTreeSet::from([edit.id]);
    for each in ordered.iter().rev() {
        if wanted.contains(&each.id) {
            wanted.extend(each.parents.iter().copied());
        }
    }
    ordered
        .iter()
        .filter(|each| wanted.contains(&each.id))
        .cloned()
        .collect()
}

/// The same history, in which whoever stood on an empty edit stands on what that one stood on.
fn without_empty_edits(history: &[Replayed]) -> Vec<Replayed> {
    let mut nearest: BTreeMap<ItemId, BTreeSet<ItemId>> = BTreeMap::new();
    let mut kept = Vec::new();
    for edit in causal_order(history).expect("drawn in order") {
        let under: BTreeSet<ItemId> = edit
            .parents
            .iter()
            .flat_map(|parent| nearest[parent].iter().copied())
            .collect();
        if edit.operations.is_empty() {
            nearest.insert(edit.id, under);
        } else {
            nearest.insert(edit.id, BTreeSet::from([edit.id]));
            kept.push(Replayed {
                parents: under.into_iter().collect(),
                ..edit.clone()
            });
        }
    }
    kept
}
