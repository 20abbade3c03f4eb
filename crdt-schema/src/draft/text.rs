//! From one long text to another by splices: word by word, so that what two partners change apart merges as they meant it.

use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::edit::Operation;

/// Splices of one text in one edit. A text that changed in more places was written anew, and one splice says so.
const SPLICES_MAX: usize = 60;

/// Returns the splices that lead from one text to the other, in the order in which they are to be applied.
pub(super) fn splices(field: &str, before: &str, after: &str) -> Vec<Operation> {
    if before == after {
        return Vec::new();
    }
    let (old, new) = (words(before), words(after));
    let mut splices = Vec::new();
    let mut position = 0;
    for change in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let deleted = letters(&old[change.old_range()]);
        let inserted = new[change.new_range()].concat();
        if change.tag() != DiffTag::Equal {
            splices.push(splice(field, position, deleted, &inserted));
        }
        position += inserted.chars().count() as u64;
    }
    if splices.len() > SPLICES_MAX {
        vec![whole(field, before, after)]
    } else {
        splices
    }
}

/// Replaces what stands between the common start and the common end.
fn whole(field: &str, before: &str, after: &str) -> Operation {
    let old: Vec<char> = before.chars().collect();
    let new: Vec<char> = after.chars().collect();
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - start;
    let end = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take(rest)
        .take_while(|(a, b)| a == b)
        .count();
    let inserted: String = new[start..new.len() - end].iter().collect();
    splice(
        field,
        start as u64,
        (old.len() - end - start) as u64,
        &inserted,
    )
}

fn splice(field: &str, position: u64, deleted: u64, inserted: &str) -> Operation {
    Operation::Splice {
        field: field.to_owned(),
        position,
        deleted,
        inserted: inserted.to_owned(),
    }
}

/// Cuts a text before and after every run of white space.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut was_space = None;
    for (place, letter) in text.char_indices() {
        let is_space = letter.is_whitespace();
        if was_space.is_some_and(|was| was != is_space) {
            words.push(&text[start..place]);
            start = place;
        }
        was_space = Some(is_space);
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

fn letters(words: &[&str]) -> u64 {
    words.iter().map(|word| word.chars().count() as u64).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn apply(before: &str, splices: &[Operation]) -> String {
        let mut text: Vec<char> = before.chars().collect();
        for each in splices {
            let Operation::Splice {
                position,
                deleted,
                inserted,
                ..
            } = each
            else {
                panic!("{each:?}")
            };
            let (start, deleted) = (*position as usize, *deleted as usize);
            text.splice(start..start + deleted, inserted.chars());
        }
        text.into_iter().collect()
    }

    proptest! {
        #[test]
        fn splices_lead_from_one_text_to_the_other(before in "[a-c é\n]{0,60}", after in "[a-c é\n]{0,60}") {
            prop_assert_eq!(apply(&before, &splices("d", &before, &after)), after);
        }

        #[test]
        fn the_whole_replacement_leads_there_too(before in "[ab😀]{0,9}", after in "[ab😀]{0,9}") {
            prop_assert_eq!(apply(&before, &[whole("d", &before, &after)]), after);
        }
    }

    #[test]
    fn one_changed_word_touches_nothing_else() {
        assert_eq!(
            splices("d", "Un atelier vélo le mardi", "Un atelier vélo le jeudi"),
            [splice("d", 19, 5, "jeudi")]
        );
    }

    #[test]
    fn a_text_written_anew_is_one_splice() {
        let before: String = (0..200).map(|i| format!("a{i} ")).collect();
        let after: String = (0..200)
            .map(|i| format!("{}{i} ", if i % 2 == 0 { "a" } else { "b" }))
            .collect();
        assert_eq!(splices("d", &before, &after).len(), 1);
        assert_eq!(apply(&before, &splices("d", &before, &after)), after);
    }
}
