//! PL: a label is *changed since* exactly when the projection differs; k entries of one partner never make one.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::cbor::{CborError, Tree, Wire};
use crdt_schema::edit::{Field, Value, Writer, Written};
use crdt_schema::governance::{Act, Label, Scheme, SchemeId, SchemeName};
use crdt_schema::id::{ItemId, PartnerId};
use crdt_schema::label::{Day, Origin, Projection, State};
use proptest::prelude::*;

use crate::held::{Held, K, RECORD, issue, label, name, scheme, withdraw};

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[a-c]{0,2}".prop_map(Value::Text),
        "[a-c]{1}".prop_map(Value::Term),
        (-2..2_i64).prop_map(Value::Integer),
        any::<bool>().prop_map(Value::Boolean),
    ]
}

fn fields() -> impl Strategy<Value = BTreeMap<String, Field>> {
    let written =
        (values(), any::<[u8; 2]>(), 0..5_u64).prop_map(|(value, edit, number)| Written {
            value,
            edit: ItemId::from_bytes([edit[0]; 16]),
            number,
        });
    let writers = proptest::collection::vec(0..3_u8, 1..3).prop_map(|edits| {
        edits
            .into_iter()
            .map(|edit| Writer {
                edit: ItemId::from_bytes([edit; 16]),
                number: 1,
            })
            .collect()
    });
    let field = (
        proptest::collection::vec(written, 0..3),
        proptest::collection::btree_map("[a-c]", writers, 0..3),
        proptest::option::of("[a-b]{0,2}"),
    )
        .prop_map(|(values, terms, text)| Field {
            values,
            terms,
            text,
        });
    let name = prop_oneof!["name", "themes", "unbound"].prop_map(|name: String| name);
    proptest::collection::btree_map(name, field, 0..4)
}

/// What a field says, whoever wrote it and in whatever order: written again, and not with the code that is tested.
fn said(fields: &BTreeMap<String, Field>, name: &str) -> Option<String> {
    let field = fields.get(name)?;
    let values: BTreeSet<String> = field
        .values
        .iter()
        .map(|written| format!("{:?}", written.value))
        .collect();
    let terms: Vec<&String> = field.terms.keys().collect();
    let text = field.text.clone().unwrap_or_default();
    let is_empty = values.is_empty() && terms.is_empty() && text.is_empty();
    (!is_empty).then(|| format!("{values:?} {terms:?} {text:?}"))
}

proptest! {
    #[test]
    fn a_label_is_changed_exactly_when_what_it_binds_reads_differently(before in fields(), now in fields()) {
        let bound = scheme().fields;
        let [one, other] = [&before, &now].map(|fields| Projection::of(fields, &bound));
        let differing: BTreeSet<String> = bound
            .iter()
            .filter(|name| said(&before, name) != said(&now, name))
            .cloned()
            .collect();
        prop_assert_eq!(one.hash() != other.hash(), !differing.is_empty());
        let mut held = Held::new();
        let label = Label { projection: one.hash(), ..label() };
        held.sign(1, issue(&label));
        let labels = held.labels();
        let decision = labels.get(&label).expect("one vote counts");
        prop_assert_eq!(decision.is_changed(&label, &now), !differing.is_empty());
        prop_assert!(!decision.is_changed(&label, &before));
        prop_assert_eq!(one.differing(&other), differing);
    }

    #[test]
    fn a_projection_is_read_back_and_has_one_writing(fields in fields(), byte in any::<prop::sample::Index>(), to in any::<u8>()) {
        let projection = Projection::of(&fields, &scheme().fields);
        let mut bytes = projection.to_cbor();
        prop_assert_eq!(Projection::from_bytes(&bytes), Ok(projection.clone()));
        let place = byte.index(bytes.len());
        let is_same = bytes[place] == to;
        bytes[place] = to;
        if let Ok(other) = Projection::from_bytes(&bytes) {
            prop_assert_eq!(other.to_cbor(), bytes);
            prop_assert_eq!(other == projection, is_same);
        }
    }

    /// Votes of any feeds in any number: what counts is how many *partners* of the committee are behind them.
    #[test]
    fn as_many_partners_as_needed_make_a_label_and_nothing_else(
        feeds in proptest::collection::vec(prop_oneof![1..=5_u8, 101..=105_u8], 0..8)
    ) {
        let mut held = Held::new();
        for feed in &feeds {
            held.sign(*feed, issue(&label()));
        }
        let partners: BTreeSet<u8> = feeds.iter().map(|feed| feed % 100).filter(|partner| *partner <= 3).collect();
        let expected = match partners.len() {
            0 => None,
            1 => Some(State::BeingDecided { votes: 1, k: K }),
            _ => Some(State::InForce),
        };
        prop_assert_eq!(held.state(&label(), "2026-06-15"), expected);
    }
}

#[test]
fn a_hundred_entries_of_one_partner_never_make_a_label() {
    let mut held = Held::new();
    for _ in 0..50 {
        held.sign(1, issue(&label()));
        held.sign(101, issue(&label()));
    }
    let waiting = State::BeingDecided { votes: 1, k: K };
    assert_eq!(held.state(&label(), "2026-06-15"), Some(waiting));
    let labels = held.labels();
    let decision = labels.get(&label()).unwrap();
    assert_eq!(decision.votes.values().map(Vec::len).sum::<usize>(), 100);
    assert!(!decision.has_quorum());
}

#[test]
fn the_state_follows_the_calendar_and_the_first_that_applies_is_shown() {
    let mut held = Held::new();
    held.sign(1, issue(&label()));
    held.sign(2, issue(&label()));
    for (day, state) in [
        ("2026-01-15", State::InForce),
        ("2027-10-16", State::InForce),
        ("2027-10-17", State::Expiring),
        ("2028-01-14", State::Expiring),
        ("2028-01-15", State::Expired),
    ] {
        assert_eq!(held.state(&label(), day), Some(state), "{day}");
        let on = Day::parse(day).unwrap();
        let labels = held.labels();
        let changed = labels.get(&label()).unwrap().state(true, on);
        let expected = if state == State::Expired {
            State::Expired
        } else {
            State::ChangedSince
        };
        assert_eq!(changed, expected, "{day}");
    }
    held.sign(2, withdraw(&label()));
    assert_eq!(held.state(&label(), "2026-06-15"), Some(State::Withdrawn));
    assert_eq!(held.state(&label(), "2030-06-15"), Some(State::Withdrawn));
    let labels = held.labels();
    assert_eq!(labels.get(&label()).unwrap().withdrawals[0].reason, "Fermé");
}

#[test]
fn only_a_member_of_the_committee_ends_a_label_and_only_one_that_exists() {
    let mut held = Held::new();
    held.sign(1, withdraw(&label()));
    assert_eq!(held.state(&label(), "2026-06-15"), None);
    let mut held = Held::new();
    held.sign(1, issue(&label()));
    held.sign(2, issue(&label()));
    held.sign(4, withdraw(&label()));
    held.sign(5, withdraw(&label()));
    assert_eq!(held.state(&label(), "2026-06-15"), Some(State::InForce));
}

#[test]
fn a_renewal_is_another_label_and_needs_its_own_votes() {
    let mut held = Held::new();
    let renewal = Label {
        from: "2028-01-15".to_owned(),
        ..label()
    };
    for feed in [1, 2] {
        held.sign(feed, issue(&label()));
    }
    held.sign(1, issue(&renewal));
    let waiting = State::BeingDecided { votes: 1, k: K };
    assert_eq!(held.state(&renewal, "2028-02-01"), Some(waiting));
    held.sign(3, issue(&renewal));
    held.sign(1, withdraw(&label()));
    assert_eq!(held.state(&renewal, "2028-02-01"), Some(State::InForce));
    assert_eq!(held.state(&label(), "2028-02-01"), Some(State::Withdrawn));
    assert_eq!(held.labels().of_record(&RECORD).count(), 2);
}

#[test]
fn a_coordinator_s_own_scheme_shows_its_name_and_is_never_in_the_federation_s_register() {
    let mut held = Held::new();
    let own = Scheme {
        k: 1,
        committee: [PartnerId::from_bytes([4; 32])].into(),
        ..scheme()
    };
    let declared = held.sign(
        4,
        Act::Vocabulary {
            scheme: Some(own),
            body: Tree::Null,
        },
    );
    let label = Label {
        scheme: SchemeId::Declared(declared),
        ..label()
    };
    held.sign(104, issue(&label));
    let labels = held.labels();
    let origin = Origin::Own(PartnerId::from_bytes([4; 32]));
    assert_eq!(labels.get(&label).unwrap().origin, origin);
    assert_eq!(labels.of_origin(Origin::Federation).count(), 0);
    assert_eq!(labels.of_origin(origin).count(), 1);
}

#[test]
fn a_scheme_that_nobody_declared_makes_no_label() {
    let mut held = Held::new();
    let label = Label {
        scheme: SchemeId::Charter(SchemeName {
            version: 2,
            ..name()
        }),
        ..label()
    };
    for feed in [1, 2, 3] {
        held.sign(feed, issue(&label));
    }
    assert_eq!(held.labels().iter().count(), 0);
}

#[test]
fn a_projection_with_an_empty_field_or_names_that_do_not_rise_is_refused() {
    let part = |name: &str, text: Option<&str>| {
        let text = text.map_or(Tree::Null, Tree::text);
        let none = || Tree::List(Vec::new());
        Tree::List(vec![
            Tree::text(name),
            Tree::List(vec![none(), none(), text]),
        ])
    };
    let read = |parts: Vec<Tree>| Projection::from_bytes(&Tree::List(parts).to_cbor());
    assert!(read(vec![part("a", Some("x")), part("b", Some("x"))]).is_ok());
    for wrong in [
        vec![part("a", None)],
        vec![part("a", Some(""))],
        vec![part("b", Some("x")), part("a", Some("x"))],
        vec![part("a", Some("x")), part("a", Some("x"))],
    ] {
        assert_eq!(read(wrong), Err(CborError::NotDeterministic));
    }
}
