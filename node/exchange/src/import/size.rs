//! Whether an edit fits in an item; if not, which field is to blame.

use crdt_schema::cbor::Wire;
use crdt_schema::edit::{Content, Operation};
use crdt_schema::entry::{Body, EditFrame, Frame, Item};
use crdt_schema::limits::{ITEM_BYTES_MAX, OPERATIONS_MAX};

use crate::import::PlannedEdit;
use crate::mapping::Mapping;
use crate::report::Problem;
use crate::table::Column;

/// What is too much, and the field that has most of it.
pub(super) struct Excess {
    field: String,
    code: &'static str,
    reason: String,
}

/// Returns what is too much in an edit, or nothing when it fits.
pub(super) fn excess(edit: &PlannedEdit) -> Option<Excess> {
    let operations = &edit.operations;
    if operations.len() > OPERATIONS_MAX {
        let field = largest(operations, |_| 1)?;
        let reason = format!(
            "Cette ligne remplit trop de champs : {} valeurs, la limite est {OPERATIONS_MAX}. Retirez des colonnes inutiles.",
            operations.len()
        );
        return Some(Excess {
            field,
            code: "values_too_many",
            reason,
        });
    }
    let content = Content(operations.clone());
    let frame = EditFrame {
        record: edit.record,
        base: edit.base.clone(),
        creation: edit.birth.clone(),
    };
    let item = Item {
        frame: Frame::Edit(frame),
        body: Body::Held {
            salt: [0; 16],
            content: content.to_cbor(),
        },
    };
    if content.check().is_ok() && item.size_bytes() <= ITEM_BYTES_MAX {
        return None;
    }
    let field = largest(operations, bytes)?;
    let reason = format!(
        "Cette ligne est trop longue : une fiche reçoit au plus {} Kio à la fois. Raccourcissez ce texte.",
        ITEM_BYTES_MAX / 1024
    );
    Some(Excess {
        field,
        code: "row_too_large",
        reason,
    })
}

impl Excess {
    pub(super) fn problem(self, line: u64, mapping: &Mapping, columns: &[Column]) -> Problem {
        let column = mapping.column_of(&self.field);
        let problem = Problem::of_row(line, &self.field, self.code, self.reason);
        match column.and_then(|column| columns.get(column)) {
            Some(column) => problem.in_column(column),
            None => problem,
        }
    }
}

fn largest(operations: &[Operation], weight: impl Fn(&Operation) -> usize) -> Option<String> {
    let mut weights: Vec<(&str, usize)> = Vec::new();
    for operation in operations {
        let (field, weight) = (operation.field(), weight(operation));
        match weights.iter_mut().find(|(name, _)| *name == field) {
            Some((_, sum)) => *sum += weight,
            None => weights.push((field, weight)),
        }
    }
    let largest = weights.into_iter().max_by_key(|(_, weight)| *weight);
    largest.map(|(field, _)| field.to_owned())
}

fn bytes(operation: &Operation) -> usize {
    Content(vec![operation.clone()]).to_cbor().len()
}
