//! Freshness: what the search index says of who keeps a record and since when it is confirmed is what edits and statements say, whatever
//! comes, in whatever order, and whoever is cut.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::governance::{Act, Position};
use crdt_schema::id::{RecordId, hash};
use crdt_schema::label::Day;
use crdt_schema::statement::Due;
use crdt_schema::vocabulary::{Declaration, Declared};
use proptest::prelude::*;
use replica::search::{Confirming, PAGE_MAX, Query, Sort};
use replica::{KEEPER, PARTNER, Saving};

use crate::harness::federation::{DEADLINE, Node, birth, key};

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

/// The day of the clock of these nodes.
fn today() -> Day {
    day("2025-11-24")
}

fn sections(codes: &[&str]) -> BTreeSet<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

fn put(node: &Node, record: RecordId, field: &str, text: &str) {
    let value = Wanted::Value(Value::Text(text.to_owned()));
    let saving = Saving {
        record,
        birth: None,
        base: node.heads(&record),
        draft: Draft {
            fields: [(field.to_owned(), value)].into(),
        },
    };
    node.replica.save(saving).expect("it is written");
}

fn listed(node: &Node, due: Due, today: Day) -> BTreeSet<RecordId> {
    let query = Query {
        due: [due].into(),
        today: Some(today),
        size: PAGE_MAX,
        sort: Sort::Confirmed,
        ..Query::default()
    };
    let answer = node.replica.search(&query).expect("answered");
    answer.hits.iter().map(|hit| hit.record).collect()
}

/// Holds the index against the statements, record by record.
fn agrees(node: &Node, records: &BTreeSet<RecordId>, today: Day) {
    assert!(node.replica.wait_for_views(DEADLINE));
    let dates = node.replica.state().governance().words().due_dates();
    let reader = node.replica.read().expect("a snapshot");
    let mut expected: BTreeMap<Due, BTreeSet<RecordId>> = BTreeMap::new();
    for record in records {
        let view = reader.record(record).expect("readable").expect("held");
        let freshness = reader.freshness(&view, Some(today)).expect("readable");
        let due = freshness.due(dates.days(view.kind()), today);
        let due = due.expect("something is to be confirmed");
        expected.entry(due).or_default().insert(*record);
    }
    let counts = Query {
        today: Some(today),
        ..Query::default()
    };
    let counts = node.replica.count_due(&counts).expect("answered");
    for due in Due::ALL {
        let its = expected.remove(&due).unwrap_or_default();
        assert_eq!(counts[&due], its.len() as u64, "{due:?}");
        assert_eq!(listed(node, due, today), its, "{due:?}");
    }
}

/// Something that one of two partners does to a record.
#[derive(Debug, Clone)]
enum Step {
    Contact(bool, u8),
    Refill,
    Verify(bool, u8, bool, u16),
}

fn a_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (any::<bool>(), 1_u8..4).prop_map(|(who, record)| Step::Contact(who, record)),
        1 => Just(Step::Refill),
        // From a day that nobody can have seen, over the bounds of 180 and 240 days, to long ago.
        8 => (any::<bool>(), 1_u8..4, any::<bool>(), prop::sample::select(vec![0_u16, 38, 39, 40, 41, 219, 220, 221, 279, 280, 281, 400]))
            .prop_map(|(who, record, both, ago)| Step::Verify(who, record, both, ago)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn what_the_index_says_is_due_is_what_the_statements_say(programmes in a_choice(), steps in prop::collection::vec(a_step(), 1..16)) {
        let (prefecture, ville) = (Node::new(1), Node::new(2));
        follow(&prefecture, &programmes);
        let mut records = BTreeSet::new();
        for number in 1..4 {
            let (record, its_birth) = birth(number);
            prefecture.put(record, Some(its_birth), "Maison");
            records.insert(record);
        }
        // Kinds of which programmes ask sooner, and later.
        for kind in ["event", "initiative", "meeting"] {
            let record = confirmed(&prefecture, kind, "2025-11-24");
            records.insert(record);
        }
        ville.take_all(&prefecture);
        for step in steps {
            match step {
                Step::Contact(who, number) => {
                    let node = if who { &ville } else { &prefecture };
                    put(node, birth(number).0, "website", "https://exemple.test");
                }
                Step::Refill => prefecture.replica.reindex(),
                Step::Verify(who, number, both, ago) => {
                    let node = if who { &ville } else { &prefecture };
                    let codes: &[&str] = if both { &["identity", "contact"] } else { &["identity"] };
                    // Forty days ahead of the clock at most.
                    let on = day("2026-01-03").minus_days(ago);
                    let stated = node.replica.verify_sections(birth(number).0, &sections(codes), on);
                    stated.expect("it is written");
                }
            }
            prefecture.take_all(&ville);
            agrees(&prefecture, &records, today());
            // Later, what was ahead is reached.
            for later in ["2026-01-03", "2026-01-22", "2026-01-23", "2026-02-22", "2026-06-01", "2026-09-05", "2027-05-18"] {
                agrees(&prefecture, &records, day(later));
            }
        }
        // Another order, and all at once.
        ville.take_all(&prefecture);
        agrees(&ville, &records, today());
        refill(&ville);
        agrees(&ville, &records, today());
    }
}

fn a_choice() -> impl Strategy<Value = Vec<&'static str>> {
    let codes = vec!["jop2024", "politique-ville", "rencontres"];
    prop::sample::subsequence(codes, 0..=3)
}

/// Declares the programmes that the federation follows.
fn follow(node: &Node, programmes: &[&str]) {
    if programmes.is_empty() {
        return;
    }
    let codes = programmes.iter().map(|code| (*code).to_owned());
    let declared = Declared::Profiles(codes.collect());
    let replaces = node
        .replica
        .state()
        .governance()
        .words()
        .in_force(&declared);
    let declaration = Declaration { replaces, declared };
    node.decide(&[declaration.to_act()]);
}

/// Makes a record of a kind, whole confirmed on a day.
fn confirmed(node: &Node, kind: &str, on: &str) -> RecordId {
    let federation = *node.replica.state().federation();
    let name = Wanted::Value(Value::Text("Fête inventée".to_owned()));
    let draft = Draft {
        fields: [("name".to_owned(), name)].into(),
    };
    let nonce = *hash("nonce", &[kind.as_bytes()])
        .first_chunk()
        .expect("32 bytes");
    let saving = Saving::creation(&federation, kind, "45", nonce, draft);
    let record = saving.record;
    node.replica.save(saving).expect("it is written");
    let stated = node
        .replica
        .verify_sections(record, &sections(&["identity"]), day(on));
    stated.expect("it is written");
    record
}

#[test]
fn a_kind_is_due_as_its_programme_says_and_of_two_programmes_as_the_sooner_one() {
    let node = Node::new(1);
    let records =
        ["event", "initiative", "meeting"].map(|kind| confirmed(&node, kind, "2025-11-24"));
    let states = |today: &str| {
        agrees(&node, &BTreeSet::from(records), day(today));
        let of = |record: RecordId| {
            let mut all = Due::ALL.into_iter();
            all.find(|due| listed(&node, *due, day(today)).contains(&record))
        };
        records.map(of).map(|due| due.expect("one of them"))
    };
    let (fine, soon, must) = (Due::UpToDate, Due::Advised, Due::Required);
    // 60, 90, 180 and 240 days later.
    let days = ["2026-01-23", "2026-02-22", "2026-05-23", "2026-07-22"];
    assert_eq!(days.map(&states)[2..], [[soon; 3], [must; 3]]);
    follow(&node, &["rencontres"]);
    let expected = [[fine; 3], [fine; 3], [soon, soon, fine], [must, must, fine]];
    assert_eq!(days.map(&states), expected);
    follow(&node, &["rencontres", "jop2024"]);
    let expected = [
        [soon, fine, fine],
        [must, soon, fine],
        [must, must, fine],
        [must, must, fine],
    ];
    assert_eq!(days.map(&states), expected);
    // One kind alone is asked for by its own days.
    let query = Query {
        kind: Some("event".to_owned()),
        due: [soon].into(),
        today: Some(day("2026-01-23")),
        ..Query::default()
    };
    assert_eq!(node.replica.count(&query).expect("answered"), 1);
}

#[test]
fn a_section_that_is_confirmed_for_a_day_ahead_waits_although_another_section_does_not() {
    let node = Node::new(1);
    let (record, its_birth) = birth(1);
    node.put(record, Some(its_birth), "Maison");
    put(&node, record, "website", "https://exemple.test");
    for (codes, on) in [
        (&["identity", "contact"][..], "2025-11-24"),
        (&["identity"][..], "2026-01-03"),
    ] {
        let stated = node
            .replica
            .verify_sections(record, &sections(codes), day(on));
        stated.expect("it is written");
    }
    let records = BTreeSet::from([record]);
    agrees(&node, &records, today());
    assert_eq!(listed(&node, Due::Never, today()), records);
    agrees(&node, &records, day("2026-01-03"));
    assert_eq!(listed(&node, Due::UpToDate, day("2026-01-03")), records);
}

fn refill(node: &Node) {
    node.replica.reindex();
    assert!(node.replica.wait_for_views(DEADLINE));
}

#[test]
fn what_is_confirmed_since_a_day_and_what_is_not_are_all_records_together() {
    let node = Node::new(1);
    let mut made = BTreeSet::new();
    for (number, on) in [(1, Some("2025-11-01")), (2, Some("2025-10-31")), (3, None)] {
        let (record, its_birth) = birth(number);
        node.put(record, Some(its_birth), "Maison");
        if let Some(on) = on {
            let stated = node
                .replica
                .verify_sections(record, &sections(&["identity"]), day(on));
            stated.expect("it is written");
        }
        made.insert(record);
    }
    assert!(node.replica.wait_for_views(DEADLINE));
    let found = |confirmed| -> BTreeSet<RecordId> {
        let query = Query {
            confirmed: Some(confirmed),
            today: Some(today()),
            ..Query::default()
        };
        let answer = node.replica.search(&query).expect("answered");
        answer.hits.iter().map(|hit| hit.record).collect()
    };
    let since = found(Confirming::Since(day("2025-11-01")));
    assert_eq!(since, [birth(1).0].into());
    let others = found(Confirming::NotSince(day("2025-11-01")));
    assert_eq!(&(&since | &others), &made);
    assert!(since.is_disjoint(&others));
    // What was confirmed the longest time ago comes first, what never was before it.
    let query = Query {
        sort: Sort::Confirmed,
        ..Query::default()
    };
    let answer = node.replica.search(&query).expect("answered");
    let order: Vec<RecordId> = answer.hits.iter().map(|hit| hit.record).collect();
    assert_eq!(order, [3, 2, 1].map(|number| birth(number).0));
}

#[test]
fn whoever_wrote_most_keeps_a_record_until_it_is_cut_and_its_confirmations_go_with_it() {
    let (prefecture, ville) = (Node::new(1), Node::new(2));
    let (record, its_birth) = birth(1);
    prefecture.put(record, Some(its_birth), "Maison");
    ville.take_all(&prefecture);
    for (field, text) in [
        ("website", "https://exemple.test"),
        ("address", "1 rue Inventée"),
    ] {
        put(&ville, record, field, text);
    }
    let all = sections(&["identity", "contact", "place"]);
    let stated = ville.replica.verify_sections(record, &all, today());
    stated.expect("it is written");
    prefecture.take_all(&ville);
    assert!(prefecture.replica.wait_for_views(DEADLINE));
    let partners = [1, 2].map(|number| key(number).public().partner());
    let held = |facet: &str, partner: usize| {
        let query = Query {
            facets: [(facet.to_owned(), [partners[partner].to_string()].into())].into(),
            ..Query::default()
        };
        prefecture.replica.count(&query).expect("answered")
    };
    assert_eq!((held(KEEPER, 0), held(KEEPER, 1)), (0, 1));
    assert_eq!((held(PARTNER, 0), held(PARTNER, 1)), (1, 1));
    assert_eq!(listed(&prefecture, Due::UpToDate, today()), [record].into());

    let feed = key(102).public().feed();
    let entries = ville.verified();
    let first = entries
        .iter()
        .find(|entry| entry.header().feed == feed && entry.header().sequence == 0);
    prefecture.decide(&[Act::Cut {
        feed,
        position: Position {
            sequence: 0,
            entry: first.expect("its certificate").id(),
        },
    }]);
    assert!(prefecture.replica.wait_for_views(DEADLINE));
    assert_eq!((held(KEEPER, 0), held(KEEPER, 1)), (1, 0));
    assert_eq!((held(PARTNER, 0), held(PARTNER, 1)), (1, 0));
    assert_eq!(listed(&prefecture, Due::Never, today()), [record].into());
}

#[test]
fn records_that_are_confirmed_by_one_signature_say_so_and_one_alone_does_not() {
    let node = Node::new(1);
    let records: Vec<RecordId> = (1..4)
        .map(|number| {
            let (record, its_birth) = birth(number);
            node.put(record, Some(its_birth), "Maison");
            record
        })
        .collect();
    // What was confirmed of another section before stays.
    let contact =
        node.replica
            .verify_sections(records[0], &sections(&["contact"]), day("2025-10-01"));
    contact.expect("it is written");
    let of = |records: &[RecordId]| {
        let each = records
            .iter()
            .map(|record| (*record, sections(&["identity"])));
        each.collect::<BTreeMap<_, _>>()
    };
    let signed = node.replica.verify_many(&of(&records[..2]), today());
    assert_eq!(signed.expect("it is written").len(), 1, "one entry");
    node.replica
        .verify_many(&of(&records[2..]), today())
        .expect("it is written");
    let reader = node.replica.read().expect("a snapshot");
    for (record, is_bulk) in records.iter().zip([true, true, false]) {
        let held = reader
            .statements_with(record, "verified")
            .expect("readable");
        let [held] = held.as_slice() else {
            panic!("one stands: {held:?}");
        };
        let together = reader.verified_together(held).expect("readable");
        assert_eq!(together.is_bulk(), is_bulk, "{together:?}");
    }
    let view = reader.record(&records[0]).expect("readable").expect("held");
    let held = reader
        .statements_with(&records[0], "verified")
        .expect("readable");
    let said = format!("{:?}", held[0].statement);
    assert!(
        said.contains("2025-10-01") && said.contains("2025-11-24"),
        "{said}"
    );
    let freshness = reader.freshness(&view, None).expect("readable");
    assert_eq!(
        freshness.since(),
        Some(Some(today())),
        "only what holds something waits"
    );
    let nothing = node
        .replica
        .verify_many(&[(records[0], BTreeSet::new())].into(), today());
    assert_eq!(
        nothing.expect_err("nothing is stated").code(),
        "statement_empty"
    );
}
