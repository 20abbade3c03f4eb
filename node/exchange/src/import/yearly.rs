//! An official list against the records of its territories: what a list of another year proposes, and what it does not.
//!
//! A year's list names 35,000 communes of which some change. That the others still stand under their codes is no news: the year alone
//! changes nothing. A list that is older than what a record knows changes nothing at all. Whatever else differs is an ordinary change:
//! shown by the dry run, and signed once a person has seen it.

use std::collections::BTreeSet;

use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::view::RecordView;

use crate::official::InList;
use crate::report::Problem;

/// The field of the year: that of the list which last changed something of the record, be it that its code is gone.
const YEAR: &str = "code_year";

/// Says why nothing of a row is taken: the record was brought up to the list of a later year.
pub(super) fn older(line: u64, draft: &Draft, view: &RecordView) -> Option<Problem> {
    let Some(Wanted::Value(Value::Integer(year))) = draft.fields.get(YEAR) else {
        return None;
    };
    let held = view.field(YEAR).and_then(|held| held.winner());
    let Some(Value::Integer(held)) = held.map(|written| &written.value) else {
        return None;
    };
    (year < held).then(|| {
        let reason = format!(
            "La fiche de ce territoire est à jour de la liste de {held} : la liste de {year}, plus ancienne, n'y change rien."
        );
        Problem::of_row(line, "", "older_list", reason)
    })
}

/// Says of a code that came back that nothing takes its place any more. Only the list of a later year brings it back: what partners
/// have written since the one that the record knows stays.
pub(super) fn restore(in_list: InList, draft: &mut Draft, view: &RecordView) {
    let held = view.field(YEAR).and_then(|held| held.winner());
    let held = held.map(|written| Wanted::Value(written.value.clone()));
    if held.is_some() && draft.fields.get(YEAR) == held.as_ref() {
        return;
    }
    let is_succeeded = view
        .field(SUCCESSORS)
        .is_some_and(|field| !field.is_empty());
    if in_list == InList::InForce && is_succeeded {
        let none = Wanted::Terms(BTreeSet::new());
        draft.fields.entry(SUCCESSORS.to_owned()).or_insert(none);
    }
}

/// Says that a code is gone, and what took its place: among the changes of a year, this is what people have to know.
pub(super) fn gone(line: u64, draft: &Draft) -> Problem {
    let said = |field: &str| draft.fields.get(field).map_or(String::new(), Wanted::shown);
    let (code, successors) = (said("code"), said(SUCCESSORS));
    let succeed = if successors.contains('|') {
        "succèdent"
    } else {
        "succède"
    };
    let successors = successors.replace('|', ", ");
    let reason = format!(
        "Le code {code} n'est plus dans cette liste : {successors} lui {succeed}. Sa fiche le dira ; les fiches qui portent ce code ne changent pas."
    );
    Problem::of_row(line, &code, "code_gone", reason)
}

/// Leaves the year out where nothing else changes.
pub(super) fn without_year_alone(changed: &mut Draft, is_change: impl Fn(&Draft) -> bool) {
    let Some(year) = changed.fields.remove(YEAR) else {
        return;
    };
    if is_change(changed) {
        changed.fields.insert(YEAR.to_owned(), year);
    }
}

const SUCCESSORS: &str = "successors";
