//! Statements in whole replicas: whose they are, which ones are current, what becomes of them, and that none makes a label.

use std::collections::BTreeSet;

use crdt_schema::governance::{Act, Erasure, Position};
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::label::Day;
use crdt_schema::statement::{
    Assessment, Duplicate, Endorsement, Mark, Report, ReportReason, Sameness, Statement,
};
use replica::{BULK_MIN, HeldStatement};
use serde_json::Value as Json;

use crate::harness::federation::{Node, birth, key};
use crate::harness::forged::Chance;
use crate::harness::process::NodeProcess;
use crate::harness::program::text;

const SEEDS: u64 = 40;

fn endorsed(why: &str) -> Statement {
    Statement::Endorsed(Endorsement::new(why).expect("short"))
}

fn assessed(level: u8) -> Statement {
    let mark = Mark::new(level, "vu sur place").expect("a mark");
    let assessment = Assessment::by_prisms([("legacy".to_owned(), mark)], None);
    Statement::Assessed(assessment.expect("one mark"))
}

pub(crate) fn state(node: &Node, record: RecordId, statement: &Statement) {
    let signed = node.replica.make_statement(record, None, statement);
    signed.expect("it is written");
}

fn current(node: &Node, record: &RecordId) -> Vec<HeldStatement> {
    let reader = node.replica.read().expect("a snapshot");
    reader.statements(record).expect("readable")
}

fn contents(node: &Node, record: &RecordId) -> BTreeSet<String> {
    let current = current(node, record).into_iter();
    current
        .map(|held| format!("{:?} {:?}", held.partner, held.statement))
        .collect()
}

/// Two nodes that hold one record.
pub(crate) fn two() -> (Node, Node, RecordId) {
    let (prefecture, ville) = (Node::new(1), Node::new(2));
    let (record, its_birth) = birth(1);
    prefecture.put(record, Some(its_birth), "Maison de quartier");
    ville.take_all(&prefecture);
    (prefecture, ville, record)
}

#[test]
fn the_last_of_a_branch_stands_and_no_partner_overwrites_another() {
    let (prefecture, ville, record) = two();
    for level in [0, 1, 3] {
        state(&ville, record, &assessed(level));
    }
    state(&prefecture, record, &assessed(2));
    state(&ville, record, &endorsed("oui"));
    prefecture.take_all(&ville);
    ville.take_all(&prefecture);
    let stated = contents(&prefecture, &record);
    assert_eq!(stated, contents(&ville, &record));
    assert_eq!(stated.len(), 3, "{stated:?}");
    for level in [2, 3] {
        let said = format!("level: {level}");
        assert!(
            stated.iter().any(|each| each.contains(&said)),
            "{said}: {stated:?}"
        );
    }
    let reader = ville.replica.read().expect("a snapshot");
    let partner = key(2).public().partner();
    let its = reader.statements_of(&partner, 10).expect("readable");
    assert_eq!(its.len(), 2);
    assert!(its.iter().all(|held| held.partner == Some(partner)));
    assert_eq!(
        reader.statements_of(&partner, 1).expect("readable").len(),
        1
    );
    assert_eq!(reader.all_statements(&record).expect("readable").len(), 5);
    assert_eq!(prefecture.digest(), ville.digest());
}

#[test]
fn the_order_in_which_things_arrive_changes_nothing() {
    let (prefecture, ville, record) = two();
    let mut chance = Chance(7);
    for _ in 0..24 {
        let node = if chance.below(2) == 0 {
            &prefecture
        } else {
            &ville
        };
        let statement = match chance.below(3) {
            0 => assessed(u8::try_from(chance.below(4)).expect("small")),
            1 => endorsed(&format!("{}", chance.below(100))),
            _ => Statement::Reported(
                Report::new(ReportReason::Wrong, &format!("{}", chance.below(100))).expect("short"),
            ),
        };
        state(node, record, &statement);
    }
    prefecture.take_all(&ville);
    let expected = contents(&prefecture, &record);
    let mut entries = prefecture.verified();
    for seed in 0..SEEDS {
        let receiver = Node::new(3);
        Chance(seed).shuffle(&mut entries);
        receiver.take_in_any_order(&entries);
        assert_eq!(contents(&receiver, &record), expected, "seed {seed}");
    }
}

#[test]
fn days_of_other_sections_are_repeated_so_that_none_is_lost() {
    let (prefecture, _, record) = two();
    let day = |text: &str| Day::parse(text).expect("a day");
    let verify = |sections: &[&str], on: &str| {
        let sections = sections.iter().map(|each| (*each).to_owned()).collect();
        let signed = prefecture
            .replica
            .verify_sections(record, &sections, day(on));
        signed.map(drop).map_err(|error| error.code())
    };
    assert_eq!(verify(&["identity", "place"], "2026-01-01"), Ok(()));
    assert_eq!(verify(&["place"], "2026-03-03"), Ok(()));
    assert_eq!(verify(&[], "2026-03-04"), Err("statement_empty"));
    let held = current(&prefecture, &record);
    let [
        HeldStatement {
            statement: Some(Statement::Verified(verification)),
            ..
        },
    ] = held.as_slice()
    else {
        panic!("{held:?}");
    };
    let days: Vec<_> = verification
        .sections()
        .iter()
        .map(|(code, on)| format!("{code} {on}"))
        .collect();
    assert_eq!(days, ["identity 2026-01-01", "place 2026-03-03"]);
}

#[test]
fn twenty_confirmations_within_a_minute_are_a_bulk_and_nineteen_are_none() {
    let (prefecture, _, record) = two();
    let day = Day::parse("2025-11-24").expect("a day");
    let sections: BTreeSet<String> = ["identity".to_owned()].into();
    for count in 1..=BULK_MIN {
        let (other, its_birth) = birth(u8::try_from(count).expect("few") + 1);
        prefecture.put(other, Some(its_birth), "Autre");
        let subject = if count == 1 { record } else { other };
        prefecture
            .replica
            .verify_sections(subject, &sections, day)
            .expect("it is written");
        let reader = prefecture.replica.read().expect("a snapshot");
        let first = &current(&prefecture, &record)[0];
        let together = reader.verified_together(first).expect("readable");
        assert_eq!((together.in_minute, together.in_entry), (count, 1));
    }
}

#[test]
fn a_duplicate_is_about_the_pair_from_both_sides() {
    let (prefecture, _, record) = two();
    let (other, its_birth) = birth(2);
    prefecture.put(other, Some(its_birth), "Maison du quartier");
    for (subject, of, verdict) in [
        (record, other, Sameness::Unsure),
        (other, record, Sameness::Distinct),
    ] {
        let statement = Duplicate::new(verdict, "deux adresses").expect("short");
        let statement = Statement::Duplicate(statement);
        let signed = prefecture
            .replica
            .make_statement(subject, Some(of), &statement);
        signed.expect("it is written");
    }
    for side in [record, other] {
        let held = current(&prefecture, &side);
        assert_eq!(held.len(), 1, "{held:?}");
        assert!(format!("{held:?}").contains("Distinct"), "{held:?}");
    }
    let alone = prefecture
        .replica
        .make_statement(record, Some(record), &endorsed(""));
    assert!(alone.is_err());
}

#[test]
fn statements_of_whoever_is_cut_or_was_never_let_in_do_not_show() {
    let (prefecture, ville, record) = two();
    state(&ville, record, &endorsed("avant"));
    let feed = key(102).public().feed();
    let head = ville.replica.state().feeds().furthest_head(&feed);
    let (sequence, entry) = head.expect("its feed is held");
    state(&ville, record, &assessed(3));
    prefecture.take_all(&ville);
    assert_eq!(current(&prefecture, &record).len(), 2);
    let position = Position { sequence, entry };
    prefecture.decide(&[Act::Cut { feed, position }]);
    let stated = contents(&prefecture, &record);
    assert_eq!(stated.len(), 1, "{stated:?}");
    assert!(
        stated.iter().all(|each| each.contains("avant")),
        "{stated:?}"
    );

    let stranger = Node::new(7);
    stranger.take_all(&prefecture);
    state(&stranger, record, &assessed(0));
    prefecture.take_all(&stranger);
    assert_eq!(contents(&prefecture, &record), stated);
    assert!(current(&stranger, &record).len() < 3);
}

#[test]
fn an_erased_statement_vanishes_and_brings_the_one_before_not_back() {
    let (prefecture, ville, record) = two();
    state(&ville, record, &endorsed("un secret"));
    state(&ville, record, &endorsed("un autre secret"));
    prefecture.take_all(&ville);
    let item: ItemId = current(&prefecture, &record)[0].id;
    let erasure = Erasure {
        items: [item].into(),
        ground: "demande".to_owned(),
        ..Erasure::default()
    };
    prefecture.replica.erase(&erasure).expect("it is signed");
    ville.take_all(&prefecture);
    for node in [&prefecture, &ville] {
        assert_eq!(current(node, &record), []);
        let reader = node.replica.read().expect("a snapshot");
        let all = reader.all_statements(&record).expect("readable");
        let erased = all
            .iter()
            .find(|held| held.id == item)
            .expect("its place stays");
        assert_eq!(erased.statement, None);
    }
}

#[test]
fn no_number_of_statements_makes_a_label() {
    let (prefecture, ville, record) = two();
    for node in [&prefecture, &ville] {
        for level in 0..=3 {
            let mark = Mark::new(level, "parfait").expect("a mark");
            let marks = [("accueil".to_owned(), mark)];
            let assessment = Assessment::by_criteria("accueil@1", marks, None);
            state(
                node,
                record,
                &Statement::Assessed(assessment.expect("one mark")),
            );
        }
        state(node, record, &endorsed("pour le label"));
    }
    prefecture.take_all(&ville);
    let reader = prefecture.replica.read().expect("a snapshot");
    let day = Day::parse("2026-01-01").expect("a day");
    assert_eq!(reader.labels(day).expect("readable"), []);
    assert_eq!(reader.labels_of(&record, day).expect("readable"), []);
}

fn is_current(predicate: &'static str, partner: &'static str) -> impl Fn(&Json) -> bool {
    move |answer| {
        let statements = answer["statements"].as_array().expect("a list");
        statements.iter().any(|each| {
            each["predicate"] == predicate
                && each["partner"] == partner
                && each["state"] == "current"
        })
    }
}

#[test]
fn what_one_node_states_by_command_the_other_one_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut prefecture = NodeProcess::found(folder.path().join("prefecture"), "Préfecture");
    prefecture.start();
    let invited = prefecture.ask(&["invite", "--partner", "Ville", "--auto"]);
    let ticket = invited["ticket"].as_str().expect("a ticket").to_owned();
    let dir = folder.path().join("ville");
    let joined = NodeProcess::join(&dir, &ticket, &["--partner", "Ville"]);
    let joined = joined.wait_with_output().expect("it ends");
    assert!(joined.status.success(), "{}", text(&joined.stderr));
    let mut ville = NodeProcess::of(dir);
    ville.start();
    let file = folder.path().join("acteurs.csv");
    std::fs::write(&file, "nom,commune\nClub inventé,45155\n").expect("writes");
    prefecture.ask(&["import", &file.to_string_lossy(), "--kind", "actor"]);
    let found = ville.eventually(&["search", "inventé"], |answer| answer["total"] == 1);
    let record = found["hits"][0]["record"]
        .as_str()
        .expect("an id")
        .to_owned();

    ville.ask(&[
        "statement",
        "assess",
        &record,
        "--mark",
        "legacy=2:Reste après juin",
    ]);
    ville.ask(&["statement", "verify", &record]);
    ville.ask(&["statement", "endorse", &record]);
    ville.ask(&[
        "statement",
        "report",
        &record,
        "--reason",
        "wrong",
        "--why",
        "Le nom",
    ]);
    for predicate in ["assessed", "verified", "endorsed", "reported"] {
        prefecture.eventually(
            &["statement", "list", &record],
            is_current(predicate, "Ville"),
        );
    }
    let open = prefecture.ask(&["statement", "reports"]);
    assert_eq!(open["records"][0]["reports"][0]["why"], "Le nom", "{open}");
    prefecture.ask(&[
        "statement",
        "answer",
        &record,
        "--outcome",
        "corrected",
        "--why",
        "Nom repris",
    ]);
    let settled = ["statement", "reports", "--which", "settled"];
    let ours = ville.eventually(&settled, |answer| answer["total"] == 1);
    let answer = &ours["records"][0]["reports"][0]["answers"][0];
    assert_eq!(answer["outcome"], "corrected", "{ours}");
    assert_eq!(answer["partner"], "Préfecture", "{ours}");
    assert_eq!(prefecture.ask(&["statement", "reports"])["total"], 0);
    prefecture.ask(&["statement", "answer", &record, "--take-back"]);
    assert_eq!(prefecture.ask(&["statement", "reports"])["total"], 1);
    let by = ["statement", "list", "--partner", "Ville"];
    assert_eq!(
        prefecture.ask(&by)["statements"].as_array().map(Vec::len),
        Some(4)
    );
    for (words, code) in [
        (
            vec!["assess", &record, "--mark", "autre=2:w"],
            "prism_unknown",
        ),
        (
            vec!["verify", &record, "--section", "zz"],
            "section_unknown",
        ),
        (
            vec!["report", &record, "--reason", "zz", "--why", "w"],
            "reason_unknown",
        ),
        (
            vec!["report", &record, "--reason", "wrong", "--why", " "],
            "statement_why_missing",
        ),
        (
            vec![
                "duplicate",
                &record,
                &record,
                "--verdict",
                "same",
                "--why",
                "w",
            ],
            "statement_pair",
        ),
        (
            vec!["endorse", "00000000000000000000000000000000"],
            "record_not_found",
        ),
    ] {
        let words = [&["statement"][..], &words].concat();
        assert_eq!(ville.refusal(&words), code, "{words:?}");
    }
    let label = ["label", "assess", &record, "--mark", "accueil=2:w"];
    assert_eq!(ville.refusal(&label), "no_application");
    ville.stop();
    prefecture.stop();
}
