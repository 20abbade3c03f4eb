use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::cbor::{Wire, decode_exact};
use crate::draft::{Draft, read_rows};
use crate::edit::{Content, Merged, Replayed, replay, replay_as_given};
use crate::id::ItemId;
use crate::limits::VALUE_BYTES_MAX;
use crate::record::Kind;

fn rows_of(kind: &str, field: &str) -> &'static Rows {
    let field = Kind::parse(kind).and_then(|kind| kind.field(field));
    match field.map(|field| field.shape) {
        Some(Shape::Rows(rows)) => rows,
        other => panic!("{kind} {other:?}"),
    }
}

fn commitments() -> &'static Rows {
    rows_of("meeting", "commitments")
}

fn read_in(rows: &'static Rows, text: &str) -> BTreeSet<String> {
    let read = read_rows(rows, text, &Context::of(Territories::shared()));
    assert_eq!(read.refused().count(), 0, "{text}: {:?}", read.said);
    read.terms
}

fn refusals(text: &str) -> Vec<(usize, Option<&'static str>)> {
    let read = read_rows(commitments(), text, &Context::of(Territories::shared()));
    let refused = read.refused();
    refused
        .map(|said| (said.row, said.column.map(|column| column.name)))
        .collect()
}

fn written(rows: &Rows, terms: &BTreeSet<String>) -> String {
    rows.to_json(terms.iter().map(String::as_str)).to_string()
}

#[test]
fn a_row_has_one_term_and_cells_in_the_form_of_their_columns() {
    let terms = read_in(
        commitments(),
        r#"[{"id":"a1","quoi":" Envoyer la liste ","Échéance":"15/09/2026","state":"En cours","who_name":""}]"#,
    );
    let term = r#"{"due":"2026-09-15","id":"a1","state":"doing","what":"Envoyer la liste"}"#;
    assert_eq!(terms, [term.to_owned()].into());
    let row = Row::parse(term).expect("a row");
    assert_eq!((row.id(), row.term()), ("a1", term.to_owned()));
    let due = commitments().column("due").expect("a column");
    let day = Value::Date("2026-09-15".to_owned());
    assert_eq!(row.cell(due), RowCell::Value(day));
    for other in [
        r#"{"id":"a1","due":"2026-09-15"}"#,
        r#"{"due":"2026-09-15", "id":"a1"}"#,
        r#"{"due":"2026-09-15"}"#,
        r#"{"due":"2026-09-15","id":7}"#,
        r#"{"due":"2026-09-15","id":"A 1"}"#,
        r#"{"due":"","id":"a1"}"#,
        r#"{"due":null,"id":"a1"}"#,
        r#"{"id":"a1"}"#,
        r#"["a1"]"#,
        "Envoyer la liste",
        "",
    ] {
        assert_eq!(Row::parse(other), None, "{other}");
    }
}

#[test]
fn what_is_no_row_and_what_no_column_can_read_is_shown_and_kept() {
    let strange = [
        r#"{"due":"demain","id":"a1","what":{"texte":"Appeler"}}"#,
        r#"{"id":"a2","rappel":["juin",3],"what":"Appeler"}"#,
        "Appeler la mairie",
        r#"{"id":"a3","what":"Appeler" }"#,
    ];
    let held = commitments().held(strange);
    let ids: Vec<&str> = held.rows.iter().map(|row| &*row.id).collect();
    assert_eq!(ids, ["a1", "a2"]);
    assert_eq!(held.unread, [strange[2], strange[3]]);
    let [other, of] = [&held.rows[0].versions[0], &held.rows[1].versions[0]];
    assert_eq!(
        of.others(commitments()),
        [("rappel", r#"["juin",3]"#.to_owned())]
    );
    let cell = |name| other.cell(commitments().column(name).expect("a column"));
    assert_eq!(cell("due"), RowCell::Unread("demain".to_owned()));
    assert_eq!(
        cell("what"),
        RowCell::Unread(r#"{"texte":"Appeler"}"#.to_owned())
    );
    assert_eq!(cell("state"), RowCell::Empty);
    for term in strange {
        assert!(!commitments().texts(term).is_empty(), "{term}");
    }
    // Columns of another version come back from a file as they left.
    let terms: BTreeSet<String> = [strange[1].to_owned()].into();
    assert_eq!(
        read_in(commitments(), &written(commitments(), &terms)),
        terms
    );
}

#[test]
fn the_limits_of_a_row_and_of_a_field_hold() {
    let of_length = |letters: usize| {
        let cells = [("what".to_owned(), json!("a".repeat(letters)))];
        Row::of("a1", cells.into())
    };
    let around = r#"{"id":"a1","what":""}"#.len();
    let longest = of_length(ROW_BYTES_MAX - around).expect("just short enough");
    assert_eq!(longest.term().len(), ROW_BYTES_MAX);
    const { assert!(ROW_BYTES_MAX <= VALUE_BYTES_MAX) };
    assert_eq!(of_length(ROW_BYTES_MAX - around + 1), None);
    let long = "a".repeat(ROW_BYTES_MAX);
    let term = format!(r#"{{"id":"a1","what":"{long}"}}"#);
    assert_eq!(commitments().held([&*term]).unread, [&*term]);
    let typed = |rows: usize| {
        let rows = (0..rows).map(|row| json!({ "what": row.to_string() }));
        Json::from(rows.collect::<Vec<_>>()).to_string()
    };
    assert_eq!(read_in(commitments(), &typed(ROWS_MAX)).len(), ROWS_MAX);
    assert_eq!(refusals(&typed(ROWS_MAX + 1)), [(ROWS_MAX, None)]);
    assert_eq!(
        refusals(&format!(r#"[{{}},{{"what":"{long}"}}]"#)),
        [(1, None)]
    );
}

#[test]
fn what_is_wrong_is_said_of_its_cell() {
    let text =
        r#"[{"what":"a"},{"due":"31/02/2026","state":"peut-être","what":"b"},"c",{"who":"Ville"}]"#;
    assert_eq!(
        refusals(text),
        [
            (1, Some("due")),
            (1, Some("state")),
            (2, None),
            (3, Some("who"))
        ]
    );
    for text in ["Ville de Gien", "12", "\"a\"", "[{]", "null"] {
        assert_eq!(refusals(text), [(0, None)], "{text}");
    }
    assert!(read_in(commitments(), "[]").is_empty());
    assert!(read_in(commitments(), r#"[{},{"what":" "},{"id":"a1"}]"#).is_empty());
}

#[test]
fn a_commune_is_found_by_its_name_and_an_ambiguous_one_is_said() {
    let places = rows_of("initiative", "other_places");
    for text in [
        r#"[{"commune":"45500 Gien"}]"#,
        r#"[{"commune":"Gien","postal_code":"45500"}]"#,
        r#"[{"commune":"45155"}]"#,
    ] {
        let terms = read_in(places, text);
        let held = places.held(terms.iter().map(String::as_str));
        assert_eq!(held.rows[0].versions[0].text("commune"), Some("45155"));
    }
    let read = read_rows(
        places,
        r#"[{"commune":"Saint-Denis"}]"#,
        &Context::of(Territories::shared()),
    );
    let refused: Vec<_> = read.refused().collect();
    assert!(
        refused[0]
            .suggestion
            .as_ref()
            .is_some_and(|it| it.contains(" / "))
    );
}

#[test]
fn rows_without_an_id_are_told_by_what_they_say() {
    let text = r#"[{"what":"a"},{"what":"b"},{"what":"a"}]"#;
    let terms = read_in(commitments(), text);
    assert_eq!(terms.len(), 3, "two rows may say the same");
    assert_eq!(read_in(commitments(), text), terms);
    let turned = r#"[{"what":"b"},{"what":"a","due":""},{"what":"a"}]"#;
    assert_eq!(read_in(commitments(), turned), terms);
    // An id that somebody else took is not given twice.
    let first = Row::parse(terms.first().expect("a row")).expect("a row");
    let cells = first.cells().clone();
    let beside = json!([{ "id": first.id(), "what": "c" }, cells]);
    let read = read_in(commitments(), &beside.to_string());
    let held = commitments().held(read.iter().map(String::as_str));
    assert_eq!((held.rows.len(), held.has_conflict()), (2, false));
}

#[test]
fn rows_are_ordered_by_what_they_say_and_those_that_do_not_come_last() {
    let terms = read_in(
        commitments(),
        r#"[{"what":"c"},{"what":"b","due":"2026-10-01"},{"what":"a","due":"2026-10-01"},{"what":"d","due":"2026-09-01"}]"#,
    );
    let held = commitments().held(terms.iter().map(String::as_str));
    let said = held
        .rows
        .iter()
        .map(|row| row.versions[0].text("what").expect("said"));
    assert_eq!(said.collect::<Vec<_>>(), ["d", "a", "b", "c"]);
}

#[test]
fn links_of_rows_are_told_and_led() {
    let [old, new] = [3, 4].map(|byte| RecordId::from_bytes([byte; 16]));
    let term = format!(r#"{{"id":"a1","what":"Écrire à {old}","who":"{old}"}}"#);
    assert_eq!(commitments().links([&*term, "rien"]), [old].into());
    let led = commitments()
        .leading(term, |_| Ok::<_, ()>(new))
        .expect("led");
    assert_eq!(
        led,
        format!(r#"{{"id":"a1","what":"Écrire à {old}","who":"{new}"}}"#)
    );
    let none = commitments()
        .leading("rien".to_owned(), |_| Err(()))
        .expect("no link");
    assert_eq!(none, "rien");
}

fn edit(number: u8, parents: &[u8], before: &Merged, wanted: &BTreeSet<String>) -> Replayed {
    let draft = Draft {
        fields: [(FIELD.to_owned(), Wanted::Terms(wanted.clone()))].into(),
    };
    let operations = draft.operations(&before.fields);
    if !operations.is_empty() {
        let content = Content(operations.clone());
        assert_eq!(decode_exact::<Content>(&content.to_cbor()), Ok(content));
    }
    Replayed {
        id: ItemId::from_bytes([number; 16]),
        parents: parents
            .iter()
            .map(|parent| ItemId::from_bytes([*parent; 16]))
            .collect(),
        operations,
    }
}

const FIELD: &str = "commitments";

/// What a partner does apart with one of the rows: changes it, takes it away, or leaves it; and how many it adds.
#[derive(Debug, Clone)]
struct Turn {
    changes: Vec<Option<Option<String>>>,
    added: usize,
}

fn turn(rows: usize) -> impl Strategy<Value = Turn> {
    let change = prop_oneof![
        2 => Just(None),
        1 => Just(Some(None)),
        2 => "[a-zé\"\\\\ ]{1,8}".prop_map(|text| Some(Some(format!("x{text}")))),
    ];
    let changes = prop::collection::vec(change, rows);
    (changes, 0..3_usize).prop_map(|(changes, added)| Turn { changes, added })
}

proptest! {
    #[test]
    fn any_term_is_read_to_itself_or_left_alone(term in any::<String>()) {
        if let Some(row) = Row::parse(&term) {
            prop_assert_eq!(row.term(), term);
        }
    }

    #[test]
    fn rows_of_any_cells_come_back_from_json_and_from_bytes(
        cells in prop::collection::btree_map("[a-z_é \"]{1,6}", any::<String>(), 1..5),
        number in any::<i32>(),
    ) {
        let mut cells: BTreeMap<String, Json> =
            cells.into_iter().map(|(name, cell)| (name, json!(cell))).collect();
        cells.insert("nombre".to_owned(), json!(number));
        cells.remove(ID);
        let row = Row::of("a1", cells).expect("short enough");
        prop_assert_eq!(Row::parse(&row.term()), Some(row.clone()));
        let canonical: Json = serde_json::from_str(&row.term()).expect("JSON");
        prop_assert_eq!(serde_json_canonicalizer::to_string(&canonical).expect("finite"), row.term());
    }

    #[test]
    fn what_is_typed_is_written_and_read_as_the_same_rows(
        typed in prop::collection::vec(("[A-Za-zé|;,\"\\\\]{1,12}", 0..4_usize, 1..29_u8), 0..8),
    ) {
        let states = ["À faire", "doing", "Fait", "dropped"];
        let rows: Vec<Json> = typed.iter().map(|(what, state, day)| {
            json!({ "what": what, "state": states[*state], "due": format!("{day:02}/09/2026") })
        }).collect();
        let terms = read_in(commitments(), &Json::from(rows).to_string());
        prop_assert_eq!(terms.len(), typed.len());
        prop_assert_eq!(read_in(commitments(), &written(commitments(), &terms)), terms.clone());
        if !terms.is_empty() {
            prop_assert_eq!(read_in(commitments(), &Wanted::Terms(terms.clone()).shown()), terms);
        }
    }

    #[test]
    fn changes_made_apart_merge_the_same_in_any_order_and_lose_no_row(
        turns in prop::collection::vec(turn(3), 2..4),
        shuffle in any::<u64>(),
    ) {
        let base: Vec<Row> = (0..3).map(|row| {
            let cells = [("what".to_owned(), json!(format!("ligne {row}")))];
            Row::of(&format!("r{row}"), cells.into()).expect("short")
        }).collect();
        let before: BTreeSet<String> = base.iter().map(Row::term).collect();
        let first = edit(1, &[], &Merged::default(), &before);
        let stood = replay(std::slice::from_ref(&first)).expect("one edit");
        let mut history = vec![first];
        let mut expected = BTreeSet::new();
        for (place, turn) in turns.iter().enumerate() {
            let number = u8::try_from(place).expect("few") + 2;
            let mut wanted = BTreeSet::new();
            for (row, change) in base.iter().zip(&turn.changes) {
                match change {
                    None => drop(wanted.insert(row.term())),
                    Some(None) => {}
                    Some(Some(text)) => {
                        let cells = [("what".to_owned(), json!(text))];
                        let changed = Row::of(row.id(), cells.into()).expect("short").term();
                        wanted.insert(changed.clone());
                        expected.insert(changed);
                    }
                }
            }
            for added in 0..turn.added {
                let cells = [("what".to_owned(), json!("nouvelle"))];
                let id = format!("n{number}x{added}");
                let added = Row::of(&id, cells.into()).expect("short").term();
                wanted.insert(added.clone());
                expected.insert(added);
            }
            history.push(edit(number, &[1], &stood, &wanted));
        }
        // A row that nobody changed or took away stays as it was.
        for (place, row) in base.iter().enumerate() {
            if turns.iter().all(|turn| turn.changes[place].is_none()) {
                expected.insert(row.term());
            }
        }
        let merged = replay(&history).expect("whole");
        let held = merged.fields.get(FIELD).cloned().unwrap_or_default();
        let terms: BTreeSet<String> = held.terms.keys().cloned().collect();
        prop_assert_eq!(&terms, &expected);
        let mut arrived = history.clone();
        let (turn, last) = (shuffle as usize, arrived.len() - 1);
        arrived[1..].rotate_left(turn % last);
        if turn & 1 == 1 {
            arrived[1..].reverse();
        }
        prop_assert_eq!(replay_as_given(&arrived).expect("whole").fields, merged.fields);
        let rows = commitments().held(terms.iter().map(String::as_str));
        let versions: usize = rows.rows.iter().map(|row| row.versions.len()).sum();
        prop_assert_eq!(versions, expected.len());
        prop_assert!(rows.unread.is_empty());
        prop_assert_eq!(is_in_conflict(Some(Shape::Rows(commitments())), &held), rows.has_conflict());
    }
}
