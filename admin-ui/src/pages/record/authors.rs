//! Who wrote a long text.

use crdt_schema::edit::State;

use super::Held;

/// Everybody whose live edits touched a long text.
pub(super) fn of_text(name: &str, held: &Held) -> Vec<String> {
    let touched = held.edits.iter().filter(|edit| {
        let operations = edit
            .operations
            .as_ref()
            .and_then(|operations| operations.as_ref().ok());
        edit.state == State::Live
            && operations.is_some_and(|all| all.iter().any(|operation| operation.field() == name))
    });
    let mut authors: Vec<String> = touched
        .filter_map(|edit| held.authors.get(&edit.id).cloned())
        .collect();
    authors.sort();
    authors.dedup();
    authors
}
