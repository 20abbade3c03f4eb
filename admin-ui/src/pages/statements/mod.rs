//! Statements on the pages: what each partner holds about a record, and the forms to say it for one's own organisation.

mod answer;
mod block;
mod entry;
mod forms;
mod list;
mod marks;
mod reports;
mod words;

use std::collections::BTreeMap;

use axum::Router;
use axum::response::{IntoResponse, Response};
use crdt_schema::id::{EntryId, RecordId};
use crdt_schema::statement::Statement;
use crdt_schema::view::RecordView;
use replica::{ContributeError, HeldStatement, State as Held, StateError};

use crate::app::{App, blocking};
use crate::error::PageError;

pub(in crate::pages) use block::{Block, block};
pub(in crate::pages) use marks::{AskedMark, MarkForm, Typed, read, typed_of};
pub(in crate::pages) use words::{
    due, due_badge, due_lead, due_others, level, median, predicate, reason, section,
};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(answer::routes())
        .merge(entry::routes())
        .merge(forms::routes())
        .merge(list::routes())
        .merge(reports::routes())
}

/// Returns the name of whoever states.
pub(in crate::pages) fn author(state: &Held, held: &HeldStatement) -> String {
    held.partner
        .map_or_else(|| held.feed.short(), |partner| state.partner_name(&partner))
}

/// Reads the id of an address, and the record that it names.
pub(in crate::pages) async fn held_record(
    app: &App,
    record: &str,
) -> Result<(RecordId, RecordView), Response> {
    let not_found = || PageError::NotFound.into_response();
    let record = RecordId::parse(record).map_err(|_| not_found())?;
    let view = app.read(move |_, reader| reader.record(&record)).await;
    let view = view
        .map_err(IntoResponse::into_response)?
        .ok_or_else(not_found)?;
    Ok((record, view))
}

/// Signs a statement of our own organisation.
pub(in crate::pages) async fn sign(
    app: &App,
    record: RecordId,
    statement: Statement,
) -> Result<EntryId, PageError> {
    let replica = std::sync::Arc::clone(&app.census()?.replica);
    let signed = blocking(move || replica.make_statement(record, None, &statement)).await?;
    signed.map_err(not_signed)
}

/// Returns what a page answers when a statement was not signed.
pub(in crate::pages) fn not_signed(error: StateError) -> PageError {
    match error {
        StateError::NotSigned(ContributeError::Fault(fault)) => PageError::Fault(fault),
        StateError::NotSigned(ContributeError::Held) => PageError::Held,
        StateError::NotSigned(ContributeError::TooLarge(_)) => PageError::TooLarge,
        StateError::NotSigned(ContributeError::NotCompared | ContributeError::ReadOnly) => {
            PageError::NotForThisRole
        }
        // Whatever a form can say was checked with the same rules before.
        StateError::Form(_) | StateError::NoAnswer | StateError::NoReport => PageError::StaleForm,
        StateError::MayNotSettle => PageError::NotForThisRole,
    }
}

/// Returns the statements whose content this version reads, by whoever states, in the order of their names.
fn by_author<'h>(
    state: &Held,
    held: &'h [HeldStatement],
) -> BTreeMap<String, Vec<&'h HeldStatement>> {
    let mut by: BTreeMap<String, Vec<&HeldStatement>> = BTreeMap::new();
    for each in held {
        by.entry(author(state, each)).or_default().push(each);
    }
    by
}
