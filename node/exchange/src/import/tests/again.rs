//! A file again, after its source, partners, or both have changed something.

mod led;

use crdt_schema::draft::TIME_ZONE;
use crdt_schema::record::withdrawing;

use super::*;

/// The census after one import of `FILE`, and a partner's new name for its first record.
fn renamed() -> (Memory, RecordId) {
    let mut census = Memory::default();
    import(FILE, &mut census);
    let is_first = |view: &&RecordView| view.field("siret").is_some();
    let record = census.records.values().find(is_first).expect("one").record;
    put(&mut census, record, "Autre nom");
    (census, record)
}

fn put(census: &mut Memory, record: RecordId, name: &str) {
    let put = Operation::Put {
        field: "name".into(),
        value: Value::Text(name.into()),
    };
    census.write(record, None, vec![put]);
}

fn name_of(census: &Memory, record: &RecordId) -> Option<Value> {
    let name = census.records[record].field("name")?.winner()?;
    Some(name.value.clone())
}

/// The codes of what the report says of the name, with their level and line.
fn said_of_name(report: &Report) -> Vec<(&'static str, Level, u64)> {
    let problems = report.problems.iter().chain(&report.notices);
    let of_name = problems.filter(|one| one.problem.column.as_deref() == Some("nom"));
    of_name
        .map(|one| (one.problem.code, one.level, one.problem.line))
        .collect()
}

#[test]
fn what_a_partner_changed_since_stays_and_the_report_says_so() {
    let (mut census, record) = renamed();
    let report = import(FILE, &mut census);
    assert_eq!(counts(&report), [0, 0, 2, 0]);
    assert_eq!(said_of_name(&report), [("changed_here", Level::Notice, 2)]);
    let said = report.problems.iter().chain(&report.notices);
    let reason = &said.last().expect("one").problem.reason;
    assert!(reason.contains("« Autre nom »"), "{reason}");
    assert_eq!(
        name_of(&census, &record),
        Some(Value::Text("Autre nom".into()))
    );
}

#[test]
fn a_row_that_a_partner_changed_since_stays_and_both_changed_is_left_to_a_person() {
    let mut census = Memory::default();
    let file = |scheme: &str| {
        let rows = format!(r#"[{{""year"":2026,""scheme"":""{scheme}""}},{{""year"":2025}}]"#);
        format!("source_id;name;holder_name;grant;funding_lines\n1;Fête;Ville;4000;\"{rows}\"\n")
    };
    import(&file("Contrat de ville"), &mut census);
    let record = *census.records.keys().next().expect("one");
    let terms = |census: &Memory| -> Vec<String> {
        let held = census.records[&record].field("funding_lines");
        let terms = held.expect("read as rows").terms.keys();
        terms.cloned().collect()
    };
    let is_of_2026 = |term: &&String| term.contains("2026");
    let held = terms(&census);
    let before = held.iter().find(is_of_2026).expect("one").clone();
    let (field, after) = (
        "funding_lines",
        before.replace("Contrat de ville", "Bourse"),
    );
    let remove = Operation::Remove {
        field: field.into(),
        term: before.clone(),
    };
    let add = Operation::Add {
        field: field.into(),
        term: after.clone(),
    };
    census.write(record, None, vec![remove, add]);
    let changed = terms(&census);
    assert!(changed.contains(&after) && changed.len() == 2);
    for (scheme, code) in [
        ("Contrat de ville", "changed_here"),
        ("Autre", "both_changed"),
    ] {
        let report = import(&file(scheme), &mut census);
        assert_eq!(counts(&report), [0, 0, 1, 0], "{:#?}", report.problems);
        let said = report.problems.iter().chain(&report.notices);
        let codes: Vec<_> = said.map(|one| one.problem.code).collect();
        assert_eq!(codes, [code]);
        assert_eq!(terms(&census), changed);
    }
}

#[test]
fn a_text_that_a_spreadsheet_has_cut_leaves_the_longer_one() {
    let mut census = Memory::default();
    let whole = "Une phrase inventée, assez longue. ".repeat(1_200);
    let file = |text: &str| format!("id;nom;description\n1;Club;{text}\n");
    import(&file(&whole), &mut census);
    let record = *census.records.keys().next().expect("one");
    let held = |census: &Memory| census.records[&record].field("description").cloned();
    let before = held(&census);
    let cut: String = whole.chars().take(32_767).collect();
    let report = import(&file(&cut), &mut census);
    assert_eq!(counts(&report), [0, 0, 1, 0]);
    let codes: Vec<_> = report.problems.iter().map(|one| one.problem.code).collect();
    assert_eq!(codes, ["text_cut"]);
    assert_eq!(held(&census), before);
    // A text that a person shortened is shorter than a cell.
    let short: String = whole.chars().take(350).collect();
    assert_eq!(counts(&import(&file(&short), &mut census)), [0, 1, 0, 0]);
}

#[test]
fn what_both_changed_is_left_to_a_person_who_may_take_the_file() {
    let (mut census, record) = renamed();
    let newer = FILE.replace("Maison sport-santé", "Maison du sport");
    let confirmed = [("nom".to_owned(), "both_changed".to_owned())];
    let settings = Settings {
        confirmed: &confirmed,
        ..settings()
    };
    let (edits, report) = planned(&newer, settings, &census);
    assert_eq!((counts(&report), edits.len()), ([0, 1, 1, 0], 1));
    let report = import(&newer, &mut census);
    assert_eq!(counts(&report), [0, 0, 2, 0]);
    assert_eq!(said_of_name(&report), [("both_changed", Level::Warning, 2)]);
    // It is said until somebody decides.
    let report = import(&newer, &mut census);
    assert_eq!(said_of_name(&report), [("both_changed", Level::Warning, 2)]);
    assert_eq!(
        name_of(&census, &record),
        Some(Value::Text("Autre nom".into()))
    );
}

#[test]
fn what_the_source_changed_alone_is_written() {
    let mut census = Memory::default();
    import(FILE, &mut census);
    let newer = FILE.replace("Maison sport-santé", "Maison du sport");
    let report = import(&newer, &mut census);
    assert_eq!(counts(&report), [0, 1, 1, 0]);
    assert_eq!(said_of_name(&report), []);
}

#[test]
fn a_partner_who_comes_to_what_the_file_says_leaves_nothing_to_say() {
    let (mut census, record) = renamed();
    put(&mut census, record, "Maison du sport");
    let newer = FILE.replace("Maison sport-santé", "Maison du sport");
    let report = import(&newer, &mut census);
    assert_eq!(
        (counts(&report), said_of_name(&report)),
        ([0, 0, 2, 0], vec![])
    );
}

#[test]
fn without_memory_the_file_wins_and_what_it_replaces_of_partners_is_said() {
    for is_others in [true, false] {
        let (mut census, record) = renamed();
        census.imported.clear();
        census.is_others = is_others;
        let report = import(FILE, &mut census);
        assert_eq!(counts(&report), [0, 1, 1, 0]);
        let said = [("partner_value", Level::Warning, 2)];
        assert_eq!(said_of_name(&report), said[..usize::from(is_others)]);
        let name = Value::Text("Maison sport-santé".into());
        assert_eq!(name_of(&census, &record), Some(name));
    }
}

#[test]
fn a_record_that_says_nothing_any_more_is_made_again_whatever_is_remembered() {
    let mut census = Memory::default();
    import(FILE, &mut census);
    let records: Vec<_> = census.records.values().cloned().collect();
    for view in records {
        let names = view.fields().keys();
        let fields = names.map(|name| (name.clone(), Wanted::Nothing)).collect();
        let emptied = Draft { fields }.operations(view.fields());
        census.write(view.record, None, emptied);
    }
    assert!(census.records.values().all(|view| view.fields().is_empty()));
    let report = import(FILE, &mut census);
    assert_eq!(counts(&report), [2, 0, 0, 0]);
    assert_eq!(census.records.len(), 2);
    assert_eq!(counts(&import(FILE, &mut census)), [0, 0, 2, 0]);
}

/// Erases these fields of a record, as all nodes do: nothing of them is held or remembered.
fn erase(census: &mut Memory, record: RecordId, is_named: impl Fn(&str) -> bool) {
    let view = census.records.remove(&record).expect("it is held");
    let mut rest = all_of(&view);
    rest.retain(|operation| !is_named(operation.field()));
    census.write(record, view.birth, rest);
    census.imported.remove(&record);
    census.erased.insert(record, Erased::Values);
}

#[test]
fn a_value_that_was_erased_comes_back_only_where_a_person_confirms_it() {
    let (mut census, record) = renamed();
    erase(&mut census, record, |_| true);
    let confirmed = ["nom", "siret"].map(|column| (column.to_owned(), "erased_here".to_owned()));
    let settings = Settings {
        confirmed: &confirmed,
        ..settings()
    };
    let (edits, _) = planned(FILE, settings, &census);
    let [edit] = &edits[..] else {
        panic!("one record was erased: {edits:?}");
    };
    let fields: Vec<_> = edit.operations.iter().map(Operation::field).collect();
    assert_eq!((edit.record, fields), (record, vec!["name", "siret"]));
    for _ in 0..2 {
        let report = import(FILE, &mut census);
        assert_eq!(counts(&report), [0, 0, 2, 0]);
        assert_eq!(said_of_name(&report), [("erased_here", Level::Warning, 2)]);
        assert!(census.records[&record].fields().is_empty());
    }
}

#[test]
fn of_a_record_with_an_erased_value_the_other_fields_follow_their_file() {
    let (mut census, record) = renamed();
    erase(&mut census, record, |field| field == "siret");
    let report = import(FILE, &mut census);
    assert_eq!(counts(&report), [0, 1, 1, 0]);
    let said = report.problems.iter().map(|one| {
        let column = one.problem.column.as_deref();
        (column.expect("of a column"), one.problem.code)
    });
    assert_eq!(said.collect::<Vec<_>>(), [("siret", "erased_here")]);
    assert!(census.records[&record].field("siret").is_none());
    let name = Value::Text("Maison sport-santé".into());
    assert_eq!(name_of(&census, &record), Some(name));
}

#[test]
fn a_record_that_was_erased_is_written_by_no_row() {
    let (mut census, record) = renamed();
    erase(&mut census, record, |_| true);
    census.erased.insert(record, Erased::Record);
    let report = import(FILE, &mut census);
    assert_eq!(counts(&report), [0, 0, 1, 1]);
    assert_eq!(report.problems[0].problem.code, "record_erased");
    assert!(census.records[&record].fields().is_empty());
}

#[test]
fn a_row_follows_a_withdrawn_record_without_restoring_it_and_the_report_says_so() {
    let (mut census, record) = renamed();
    let operations = withdrawing("dissoute", None).operations(census.records[&record].fields());
    census.write(record, None, operations);
    let report = import(
        &FILE.replace("Maison sport-santé", "Maison nouvelle"),
        &mut census,
    );
    let said = report
        .problems
        .iter()
        .map(|one| (one.problem.code, one.level));
    assert!(
        said.clone()
            .any(|it| it == ("record_withdrawn", Level::Notice))
    );
    assert_eq!(
        said.filter(|(code, _)| *code == "record_withdrawn").count(),
        1
    );
    assert!(census.records[&record].is_withdrawn());
    assert_eq!(counts(&report)[3], 0, "no row is refused");
}

/// A commune and a zone that other columns say are replaced by nobody's file, and nothing is said of columns that are not there.
#[test]
fn what_is_only_inferred_replaces_nothing_that_somebody_says() {
    let file = "nom;code_postal;commune;starts_at\nFête inventée;45500;Gien;2026-06-21 18:30\n";
    let settings = Settings {
        kind: Kind::parse("event"),
        ..settings()
    };
    let mut census = Memory::default();
    let (edits, report) = planned(file, settings, &census);
    assert_eq!(counts(&report), [1, 0, 0, 0], "{report:?}");
    let edit = edits.into_iter().next().expect("one");
    let birth = edit.birth.map(|birth| (birth.kind, birth.territory));
    census.write(edit.record, birth, edit.operations);
    let held = |census: &Memory, field: &str| {
        let field = census.records[&edit.record].field(field)?.winner()?;
        Some(field.value.clone())
    };
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(
        held(&census, "commune"),
        Some(text("45155")),
        "it is inferred"
    );
    assert_eq!(held(&census, TIME_ZONE), Some(text("Europe/Paris")));
    let others = [("commune", "45001"), (TIME_ZONE, "Indian/Reunion")];
    let puts = others.map(|(field, value)| Operation::Put {
        field: field.into(),
        value: text(value),
    });
    census.write(edit.record, None, puts.into());
    census.is_others = true;
    let (edits, report) = planned(file, settings, &census);
    let written: Vec<_> = edits.iter().flat_map(|edit| &edit.operations).collect();
    let names: Vec<_> = written.iter().map(|operation| operation.field()).collect();
    assert!(
        !names.contains(&"commune") && !names.contains(&TIME_ZONE),
        "{names:?}"
    );
    let said = report.problems.iter().chain(&report.notices);
    let said: Vec<_> = said
        .filter(|one| one.problem.code == "partner_value")
        .collect();
    let columns = ["commune", "starts_at", "code_postal"];
    assert!(
        said.iter().all(|one| {
            let column = one.problem.column.as_deref();
            column.is_some_and(|column| columns.contains(&column))
        }),
        "{said:?}"
    );
}
