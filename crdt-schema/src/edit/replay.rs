//! The door to replay: from all the edits of a record, in any order, to its fields.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::edit::history::{Graph, ReplayError, Replayed};
use crate::edit::{Merged, engine, linear, walk};

/// Merges the edits of a record. The order in which they are given does not matter; each must come with its whole past.
pub fn replay(history: &[Replayed]) -> Result<Merged, ReplayError> {
    let graph = Graph::of(history)?;
    if graph.is_linear() {
        Ok(linear::fold(&graph))
    } else {
        through_automerge(&graph)
    }
}

/// Merges a linear history without automerge.
pub fn replay_linear(history: &[Replayed]) -> Result<Merged, ReplayError> {
    let graph = Graph::of(history)?;
    if graph.is_linear() {
        Ok(linear::fold(&graph))
    } else {
        Err(ReplayError::NotLinear)
    }
}

/// Merges a history through automerge, even when it is linear.
pub fn replay_automerge(history: &[Replayed]) -> Result<Merged, ReplayError> {
    through_automerge(&Graph::of(history)?)
}

/// Merges a history through automerge, one edit after the other in the order in which they are given, each after what it stands on.
/// The result is that of [`replay`]: this is how an open editor would go on, and how it is tested that no order matters.
pub fn replay_as_given(history: &[Replayed]) -> Result<Merged, ReplayError> {
    let graph = Graph::of(history)?;
    guarded(|| read(&walk::document_as_given(&graph, history)?, &graph))
}

/// Returns the record's document in automerge's own format, so that any automerge tool opens it. Nothing reads it back.
pub fn export_document(history: &[Replayed]) -> Result<Vec<u8>, ReplayError> {
    let graph = Graph::of(history)?;
    guarded(|| walk::document(&graph).map(|walked| walked.document.save()))
}

fn through_automerge(graph: &Graph<'_>) -> Result<Merged, ReplayError> {
    guarded(|| read(&walk::document(graph)?, graph))
}

fn read(walked: &walk::Walked, graph: &Graph<'_>) -> Result<Merged, ReplayError> {
    Ok(Merged {
        fields: engine::read(&walked.document, graph)?,
        numbers: walked.numbers.clone(),
    })
}

/// Turns a panic of the engine into an error, so that one record is put aside and the node goes on. Everything that the engine
/// touches is made inside and dropped with it.
fn guarded<T>(work: impl FnOnce() -> Result<T, ReplayError>) -> Result<T, ReplayError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned());
        Err(ReplayError::Engine(
            said.unwrap_or_else(|| "a panic without words".to_owned()),
        ))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::edit::{Field, Operation, Value, Writer, heads};
    use crate::id::ItemId;

    /// Edits are named by a letter, which is their id: at equal numbers the later letter wins.
    fn id(name: char) -> ItemId {
        ItemId::from_bytes([name as u8; 16])
    }

    fn edit(name: char, base: &str, operations: &[Operation]) -> Replayed {
        Replayed {
            id: id(name),
            parents: base.chars().map(id).collect(),
            operations: operations.to_vec(),
        }
    }

    fn put(field: &str, text: &str) -> Operation {
        Operation::Put {
            field: field.into(),
            value: Value::Text(text.into()),
        }
    }

    fn add(term: &str) -> Operation {
        Operation::Add {
            field: "themes".into(),
            term: term.into(),
        }
    }

    fn remove(term: &str) -> Operation {
        Operation::Remove {
            field: "themes".into(),
            term: term.into(),
        }
    }

    fn clear(field: &str) -> Operation {
        Operation::Clear {
            field: field.into(),
        }
    }

    fn splice(position: u64, deleted: u64, inserted: &str) -> Operation {
        Operation::Splice {
            field: "description".into(),
            position,
            deleted,
            inserted: inserted.into(),
        }
    }

    /// Replays both ways where there are two.
    fn merged(history: &[Replayed]) -> Merged {
        let merged = replay(history).unwrap();
        assert_eq!(merged, replay_automerge(history).unwrap());
        merged
    }

    fn field(history: &[Replayed], name: &str) -> Field {
        merged(history).fields.remove(name).unwrap_or_default()
    }

    /// All the values of a field, the winner first, each with its edit and number.
    fn values(field: &Field) -> Vec<(String, char, u64)> {
        let shown = |value: &Value| match value {
            Value::Text(text) => text.clone(),
            other => format!("{other:?}"),
        };
        field
            .values
            .iter()
            .map(|each| (shown(&each.value), name(&each.edit), each.number))
            .collect()
    }

    fn writers(writers: &[Writer]) -> String {
        writers.iter().map(|writer| name(&writer.edit)).collect()
    }

    fn name(edit: &ItemId) -> char {
        char::from(edit.as_bytes()[0])
    }

    fn value(text: &str, edit: char, number: u64) -> (String, char, u64) {
        (text.to_owned(), edit, number)
    }

    #[test]
    fn two_partners_who_write_at_the_same_time_are_both_shown() {
        let history = [
            edit('a', "", &[put("name", "Mairie")]),
            edit('b', "a", &[put("name", "Les Amarres")]),
            edit('c', "a", &[put("name", "Les Amarres 13")]),
        ];
        let name = field(&history, "name");
        assert!(name.is_conflict());
        assert_eq!(
            values(&name),
            [
                value("Les Amarres 13", 'c', 2),
                value("Les Amarres", 'b', 2)
            ]
        );
        assert_eq!(name.winner().map(|winner| winner.edit), Some(id('c')));
    }

    #[test]
    fn the_one_who_wrote_more_before_wins_whatever_the_ids() {
        let history = [
            edit('a', "", &[put("name", "Mairie")]),
            edit('b', "a", &[put("city", "Brest"), put("name", "Le Port")]),
            edit('c', "a", &[put("name", "Le Quai")]),
        ];
        assert_eq!(
            values(&field(&history, "name")),
            [value("Le Port", 'b', 3), value("Le Quai", 'c', 2)]
        );
    }

    #[test]
    fn putting_what_stands_there_keeps_its_first_author() {
        let history = [
            edit('a', "", &[put("name", "Mairie")]),
            edit('b', "a", &[put("name", "Mairie")]),
        ];
        let merged = merged(&history);
        assert_eq!(values(&merged.fields["name"]), [value("Mairie", 'a', 1)]);
        assert!(!merged.numbers.contains_key(&id('b')));
        let link = Value::Term("Mairie".into());
        let other_type = Operation::Put {
            field: "name".into(),
            value: link.clone(),
        };
        let name = field(&[history[0].clone(), edit('b', "a", &[other_type])], "name");
        assert_eq!(
            (&name.values[0].value, name.values[0].edit),
            (&link, id('b'))
        );
    }

    #[test]
    fn putting_the_winner_again_settles_the_conflict_and_keeps_its_author() {
        let mut history = vec![
            edit('a', "", &[put("name", "Mairie")]),
            edit('b', "a", &[put("name", "Le Port")]),
            edit('c', "a", &[put("name", "Le Quai")]),
            edit('d', "bc", &[put("name", "Le Quai")]),
        ];
        let settled = merged(&history);
        assert_eq!(values(&settled.fields["name"]), [value("Le Quai", 'c', 2)]);
        assert_eq!(settled.numbers[&id('d')], (3, 1));
        // The value that loses is written anew.
        history[3] = edit('d', "bc", &[put("name", "Le Port")]);
        assert_eq!(values(&field(&history, "name")), [value("Le Port", 'd', 3)]);
    }

    #[test]
    fn a_removal_only_removes_what_it_saw() {
        let history = [
            edit('a', "", &[add("atelier"), add("repas")]),
            edit('b', "a", &[remove("atelier"), add("jardin")]),
            edit(
                'c',
                "a",
                &[remove("atelier"), add("atelier"), add("jardin")],
            ),
            edit('d', "a", &[remove("repas"), remove("unknown")]),
        ];
        let themes = field(&history, "themes");
        let shown: Vec<_> = themes
            .terms
            .iter()
            .map(|(term, by)| (term.as_str(), writers(by)))
            .collect();
        assert_eq!(
            shown,
            [("atelier", "c".to_owned()), ("jardin", "cb".to_owned())]
        );
    }

    #[test]
    fn a_field_named_with_a_colon_does_not_meet_another_one() {
        let add = |field: &str, term: &str| Operation::Add {
            field: field.into(),
            term: term.into(),
        };
        let history = [
            edit(
                'a',
                "",
                &[add("a", "b:c"), add("a:b", "c"), add("a%3Ab", "c")],
            ),
            edit('b', "a", &[clear("a")]),
        ];
        let fields: Vec<_> = merged(&history).fields.into_keys().collect();
        assert_eq!(fields, ["a%3Ab", "a:b"]);
    }

    #[test]
    fn an_edit_that_does_not_count_is_seen_through() {
        let void = [
            edit('a', "", &[put("name", "Mairie")]),
            edit('b', "a", &[]),
            edit('c', "a", &[put("name", "Le Port")]),
            edit('d', "b", &[put("name", "Le Quai")]),
        ];
        let counting = [
            void[0].clone(),
            void[2].clone(),
            edit('d', "a", &void[3].operations),
        ];
        assert_eq!(merged(&void), merged(&counting));
        // What a void edit had replaced shows again.
        let alone = [void[0].clone(), void[1].clone()];
        assert_eq!(values(&field(&alone, "name")), [value("Mairie", 'a', 1)]);
    }

    #[test]
    fn two_first_edits_of_a_text_merge() {
        let history = [
            edit('a', "", &[put("name", "Mairie")]),
            edit('b', "a", &[splice(0, 0, "Ouvert le lundi. ")]),
            edit('c', "a", &[splice(9, 9, "Entrée libre. ")]),
        ];
        let description = field(&history, "description");
        assert_eq!(
            description.text.as_deref(),
            Some("Entrée libre. Ouvert le lundi. ")
        );
        assert!(!description.is_conflict());
    }

    #[test]
    fn a_splice_of_any_size_is_clamped_and_counts_characters() {
        let far = u64::MAX;
        let history = [
            edit(
                'a',
                "",
                &[
                    splice(far, far, "été"),
                    splice(far, 0, " 👩‍🌾"),
                    splice(1, 1, "T"),
                ],
            ),
            edit('b', "a", &[splice(0, 0, "")]),
        ];
        let merged = merged(&history);
        assert_eq!(merged.fields["description"].text.as_deref(), Some("éTé 👩‍🌾"));
        // The text itself has number 1. Three letters, a space and three scalar values, one in and one out.
        assert_eq!(merged.numbers[&id('a')], (2, 9));
        assert_eq!(merged.numbers.len(), 1);
    }

    #[test]
    fn a_splice_that_writes_nothing_leaves_an_empty_record_without_numbers() {
        let nothing = [splice(0, far(), ""), clear("name"), remove("atelier")];
        let history = [
            edit('a', "", &nothing),
            edit('b', "a", &[put("name", "Mairie")]),
            edit('c', "a", &[splice(0, 0, ""), put("name", "Le Port")]),
        ];
        assert_eq!(
            values(&field(&history, "name")),
            [value("Le Port", 'c', 2), value("Mairie", 'b', 1)]
        );
        assert_eq!(replay(&history[..1]), Ok(Merged::default()));
    }

    fn far() -> u64 {
        u64::MAX
    }

    #[test]
    fn clearing_empties_what_its_author_saw_and_nothing_else() {
        let all = [
            put("description", "court"),
            splice(0, 0, "long"),
            Operation::Add {
                field: "description".into(),
                term: "é".into(),
            },
            Operation::Add {
                field: "description".into(),
                term: "z".into(),
            },
        ];
        let mut history = vec![edit('a', "", &all), edit('b', "a", &[clear("description")])];
        let cleared = merged(&history);
        assert!(cleared.fields.is_empty());
        assert_eq!(cleared.numbers[&id('b')], (9, 7));
        history.push(edit(
            'c',
            "a",
            &[splice(4, 0, "!"), put("description", "bref")],
        ));
        let left = field(&history, "description");
        assert_eq!(values(&left), [value("bref", 'c', 10)]);
        assert_eq!(left.text.as_deref(), Some("!"));
        assert!(left.terms.is_empty());
        assert!(left.is_conflict(), "a value and a text");
    }

    #[test]
    fn a_base_that_names_an_edit_and_its_own_past_is_as_good_as_the_edit() {
        let edits = |base: &str| {
            [
                edit('a', "", &[put("name", "Mairie")]),
                edit('b', "a", &[put("name", "Le Port")]),
                edit('c', base, &[put("name", "Le Quai")]),
            ]
        };
        assert_eq!(merged(&edits("ab")), merged(&edits("b")));
        assert_eq!(merged(&edits("bba")), merged(&edits("b")));
    }

    #[test]
    fn an_empty_history_is_an_empty_record() {
        assert_eq!(merged(&[]), Merged::default());
        assert_eq!(heads(&[], |_| true), Ok(Vec::new()));
    }

    #[test]
    fn histories_that_lack_something_are_refused_both_ways() {
        let lacking = [edit('b', "a", &[put("name", "Le Port")])];
        assert!(matches!(
            replay(&lacking),
            Err(ReplayError::BaseNotHeld { .. })
        ));
        assert!(matches!(
            replay_automerge(&lacking),
            Err(ReplayError::BaseNotHeld { .. })
        ));
        let two = [edit('a', "", &[]), edit('b', "", &[])];
        assert_eq!(replay_linear(&two), Err(ReplayError::NotLinear));
    }

    #[test]
    fn a_panic_of_the_engine_is_an_error_of_one_record() {
        let panicking = guarded::<()>(|| panic!("number {}", 7));
        assert_eq!(panicking, Err(ReplayError::Engine("number 7".to_owned())));
        assert_eq!(guarded(|| Ok(1)), Ok(1));
    }

    #[test]
    fn forty_branches_of_edits_need_few_documents_and_give_one_record() {
        let id = |number: u16| {
            let mut bytes = [7; 16];
            bytes[..2].copy_from_slice(&number.wrapping_mul(40_503).to_be_bytes());
            ItemId::from_bytes(bytes)
        };
        let history: Vec<Replayed> = (0..401u16)
            .map(|number| Replayed {
                id: id(number),
                parents: (number > 0)
                    .then(|| id(number.saturating_sub(40)))
                    .into_iter()
                    .collect(),
                operations: vec![put("name", &number.to_string()), splice(3, 1, "ab")],
            })
            .collect();
        let merged = merged(&history);
        assert_eq!(merged.fields["name"].values.len(), 40);
        assert_eq!(merged.numbers.len(), 401);
        let last = heads(&history, |_| true).unwrap();
        assert_eq!(last.len(), 40);
    }
}
