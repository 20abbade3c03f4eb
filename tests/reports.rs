//! Reports of records, and what answers settle: on every node, as long as whoever answered has the right.

use crdt_schema::entry::{Frame, StatementFrame};
use crdt_schema::governance::{Act, Mandate, Position, Scope, Selection};
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::statement::{Answer, Answers, Outcome, Report, ReportReason, Statement};
use replica::search::Query;
use replica::{ANSWERED, NewItem, REPORTED, REPORTER};

use crate::harness::federation::{Node, birth, birth_in, charter, key};
use crate::statements::{state, two};

const DEADLINE: std::time::Duration = std::time::Duration::from_secs(60);

fn reported(why: &str) -> Statement {
    Statement::Reported(Report::new(ReportReason::Wrong, why).expect("short"))
}

fn not_kept(why: &str) -> Option<Answer> {
    Some(Answer::new(Outcome::NotKept, why).expect("short"))
}

/// A report: its item, whether it is open, and each answer with whether it settles.
type Seen = (ItemId, bool, Vec<(String, bool)>);

/// Every report that stands.
fn reports(node: &Node, record: &RecordId) -> Vec<Seen> {
    let reader = node.replica.read().expect("a snapshot");
    let view = reader.record(record).expect("readable").expect("is held");
    let reports = reader.reports(&view).expect("readable").into_iter();
    let reports = reports.map(|each| {
        let answers = each.answers.iter();
        let answers = answers.map(|of| (of.answer.why().to_owned(), of.settles));
        let mut answers: Vec<(String, bool)> = answers.collect();
        answers.sort();
        (each.held.id, each.is_open(), answers)
    });
    reports.collect()
}

fn found_by(node: &Node, facet: &str, value: &str) -> u64 {
    let query = Query {
        facets: [(facet.to_owned(), [value.to_owned()].into())].into(),
        ..Query::default()
    };
    assert!(node.replica.wait_for_views(DEADLINE), "views are built");
    node.replica.count(&query).expect("readable")
}

#[test]
fn an_answer_settles_a_report_on_every_node_until_it_is_taken_back() {
    let (prefecture, ville, record) = two();
    state(&ville, record, &reported("Le nom"));
    prefecture.take_all(&ville);
    let report = reports(&prefecture, &record)[0].0;
    assert_eq!(found_by(&prefecture, REPORTED, "wrong"), 1);
    assert_eq!(found_by(&prefecture, ANSWERED, "wrong"), 0);
    let answer = |node: &Node, report, answer| {
        let signed = node.replica.answer_report(record, report, answer);
        signed.map(drop).map_err(|error| error.code())
    };
    let stranger = ItemId::from_bytes([7; 16]);
    assert_eq!(
        answer(&prefecture, stranger, not_kept("non")),
        Err("report_not_found")
    );
    assert_eq!(answer(&prefecture, report, None), Err("no_answer"));
    assert_eq!(answer(&prefecture, report, not_kept("C’est juste")), Ok(()));
    ville.take_all(&prefecture);
    let settled = vec![(report, false, vec![("C’est juste".to_owned(), true)])];
    for node in [&prefecture, &ville] {
        assert_eq!(reports(node, &record), settled);
        assert_eq!(found_by(node, REPORTED, "wrong"), 0);
        assert_eq!(found_by(node, ANSWERED, "wrong"), 1);
        assert_eq!(
            found_by(node, REPORTER, &key(2).public().partner().to_string()),
            1
        );
    }
    // Another answer of the same organisation stands in its place, and one of another organisation stands beside it.
    assert_eq!(answer(&prefecture, report, not_kept("Vérifié")), Ok(()));
    assert_eq!(
        answer(&ville, report, not_kept("Nous nous trompions")),
        Ok(())
    );
    prefecture.take_all(&ville);
    ville.take_all(&prefecture);
    let both = [("Nous nous trompions", true), ("Vérifié", true)];
    let both = both.map(|(why, settles)| (why.to_owned(), settles));
    for node in [&prefecture, &ville] {
        assert_eq!(reports(node, &record), vec![(report, false, both.to_vec())]);
    }
    for node in [&ville, &prefecture] {
        assert_eq!(answer(node, report, None), Ok(()));
    }
    ville.take_all(&prefecture);
    prefecture.take_all(&ville);
    for node in [&prefecture, &ville] {
        assert_eq!(reports(node, &record), vec![(report, true, vec![])]);
        assert_eq!(found_by(node, REPORTED, "wrong"), 1);
    }
    // What was answered stays in the history.
    let reader = prefecture.replica.read().expect("a snapshot");
    let all = reader.all_statements(&record).expect("readable");
    let answered = all.iter().filter(|held| held.frame.predicate == "answered");
    assert_eq!(answered.count(), 5);
    // A new report is a new one, and is open.
    assert_eq!(answer(&prefecture, report, not_kept("non")), Ok(()));
    state(&ville, record, &reported("Le nom, encore"));
    prefecture.take_all(&ville);
    let [(again, is_open, answers)] = &reports(&prefecture, &record)[..] else {
        panic!("one report stands");
    };
    assert!(*again != report && *is_open && answers.is_empty());
}

#[test]
fn answers_to_several_reports_are_kept_side_by_side() {
    let (prefecture, ville, record) = two();
    for (node, why) in [(&prefecture, "Le nom"), (&ville, "La rue")] {
        state(node, record, &reported(why));
    }
    prefecture.take_all(&ville);
    let items: Vec<ItemId> = reports(&prefecture, &record)
        .into_iter()
        .map(|(item, ..)| item)
        .collect();
    for item in &items {
        let signed = prefecture
            .replica
            .answer_report(record, *item, not_kept("vu"));
        signed.expect("it is written");
    }
    let answered = reports(&prefecture, &record);
    assert_eq!(answered.len(), 2);
    assert!(
        answered.iter().all(|(_, is_open, _)| !is_open),
        "{answered:?}"
    );
}

#[test]
fn an_answer_outside_the_mandate_is_shown_and_settles_nothing() {
    let mut charter = charter();
    let ville = charter.partners.get_mut(&key(2).public().partner());
    ville.expect("is confirmed").mandate = Mandate::new(vec![Scope {
        kinds: Selection::only(["event"]),
        territories: Selection::All,
    }]);
    let (prefecture, ville) = (Node::under(&charter, 1), Node::under(&charter, 2));
    let (record, its_birth) = birth_in(&charter.federation(), 1);
    prefecture.put(record, Some(its_birth), "Maison de quartier");
    ville.take_all(&prefecture);
    state(&prefecture, record, &reported("Le nom"));
    state(&ville, record, &reported("La rue"));
    ville.take_all(&prefecture);
    let reader = ville.replica.read().expect("a snapshot");
    let view = reader.record(&record).expect("readable").expect("is held");
    assert!(view.birth.is_some(), "its kind is known: mandates can tell");
    let held = reader
        .statements_with(&record, "reported")
        .expect("readable");
    let of = |partner| {
        let mut held = held.iter();
        held.find(|each| (each.partner == Some(key(2).public().partner())) == partner)
            .expect("both report")
            .id
    };
    let (own, theirs) = (of(true), of(false));
    let refused = ville.replica.answer_report(record, theirs, not_kept("non"));
    assert_eq!(
        refused.map_err(|error| error.code()),
        Err("outside_mandate")
    );
    // A node that signs it all the same settles its own report only.
    let answer = not_kept("dehors").expect("an answer");
    let both = Answers::new([(own, answer.clone()), (theirs, answer)]).expect("two");
    state(&ville, record, &Statement::Answered(both));
    prefecture.take_all(&ville);
    for (item, is_open, answers) in reports(&prefecture, &record) {
        assert_eq!(is_open, item == theirs);
        assert_eq!(answers, [("dehors".to_owned(), item == own)]);
    }
    // What this version cannot read answers nothing.
    let frame = Frame::Statement(StatementFrame {
        subject: record,
        other: None,
        predicate: "answered".to_owned(),
    });
    let content = b"\x81\x83".to_vec();
    let signed = prefecture
        .replica
        .contribute(vec![NewItem { frame, content }]);
    signed.expect("it is written");
    let open = reports(&prefecture, &record);
    assert_eq!(open.iter().filter(|(_, is_open, _)| *is_open).count(), 1);
    // Whoever may write the record settles it.
    let settled = prefecture
        .replica
        .answer_report(record, theirs, not_kept("vu"));
    settled.expect("it is written");
    let open = reports(&prefecture, &record);
    assert!(open.iter().all(|(_, is_open, _)| !is_open), "{open:?}");
}

#[test]
fn the_search_follows_the_rights_of_who_answered() {
    // The coordinator edits nothing: what its act touches by its own feed would hide what the act does to others.
    let (prefecture, ville) = (Node::new(1), Node::new(2));
    let (record, its_birth) = birth(1);
    ville.put(record, Some(its_birth), "Maison de quartier");
    prefecture.take_all(&ville);
    state(&prefecture, record, &reported("Le nom"));
    ville.take_all(&prefecture);
    let feed = ville.replica.feed().expect("it signs");
    let head = ville.replica.state().feeds().furthest_head(&feed);
    let (sequence, entry) = head.expect("it began");
    let report = reports(&ville, &record)[0].0;
    let signed = ville
        .replica
        .answer_report(record, report, not_kept("Vérifié"));
    signed.expect("it is written");
    prefecture.take_all(&ville);
    for node in [&prefecture, &ville] {
        assert_eq!(found_by(node, REPORTED, "wrong"), 0);
        assert_eq!(found_by(node, ANSWERED, "wrong"), 1);
    }
    // What the ville wrote after its head of then counts no more; nobody touches the record.
    let position = Position { sequence, entry };
    prefecture.decide(&[Act::Cut { feed, position }]);
    // Another node hears of the answer first and of the cut later, and one of the cut first.
    let late = Node::new(3);
    late.take_all(&prefecture);
    ville.take_all(&prefecture);
    for node in [&prefecture, &ville, &late] {
        assert!(reports(node, &record)[0].1, "it is open again");
        assert_eq!(found_by(node, REPORTED, "wrong"), 1);
        assert_eq!(found_by(node, ANSWERED, "wrong"), 0);
    }
}
