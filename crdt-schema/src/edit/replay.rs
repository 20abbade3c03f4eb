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

/// Returns the record's document in automerge's own format, so that any automerge tool opens it. Nothing reads it back.
pub fn export_document(history: &[Replayed]) -> Result<Vec<u8>, ReplayError> {
    let graph = Graph::of(history)?;
    guarded(|| walk::document(&graph).map(|walked| walked.document.save()))
}

fn through_automerge(graph: &Graph<'_>) -> Result<Merged, ReplayError> {
    guarded(|| {
        let walked = walk::document(graph)?;
        let fields = engine::read(&walked.document, graph)?;
        Ok(Merged {
            fields,
            numbers: walked.numbers,
        })
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
