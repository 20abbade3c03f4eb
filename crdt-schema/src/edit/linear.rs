//! The plain succession of the operations of a linear history. Where nobody writes at the same time as somebody else, every operation
//! sees everything before it, and this is what automerge would give, numbers and authors too, at a hundredth of the cost.

use std::collections::BTreeMap;

use crate::edit::history::{Graph, Replayed};
use crate::edit::{Field, Merged, Operation, Value, Writer, Written};
use crate::id::ItemId;

/// Applies the edits one after the other. The caller knows that the history is linear.
pub(super) fn fold(graph: &Graph<'_>) -> Merged {
    let mut line = Line::default();
    for edit in &graph.edits {
        line.extend(edit);
    }
    line.into_merged()
}

/// The record so far.
#[derive(Default)]
struct Line {
    fields: BTreeMap<String, Part>,
    numbers: BTreeMap<ItemId, (u64, u64)>,
    /// The highest number that was taken.
    highest: u64,
}

/// One field so far.
#[derive(Default)]
struct Part {
    value: Option<Written>,
    terms: BTreeMap<String, Writer>,
    letters: Vec<char>,
}

impl Line {
    fn extend(&mut self, edit: &Replayed) {
        let mut pen = Pen {
            edit: edit.id,
            next: first_number(self.highest, &edit.operations),
        };
        let first = pen.next;
        for operation in &edit.operations {
            let field = operation.field();
            if !self.fields.contains_key(field) {
                self.fields.insert(field.to_owned(), Part::default());
            }
            let part = self.fields.get_mut(field).expect("inserted above");
            pen.apply(part, operation);
        }
        if pen.next > first {
            self.highest = pen.next - 1;
            self.numbers.insert(edit.id, (first, pen.next - first));
        }
    }

    fn into_merged(self) -> Merged {
        let fields = self
            .fields
            .into_iter()
            .map(|(name, part)| (name, part.into_field()))
            .filter(|(_, field)| !field.is_empty())
            .collect();
        Merged {
            fields,
            numbers: self.numbers,
        }
    }
}

impl Part {
    fn into_field(self) -> Field {
        Field {
            values: self.value.into_iter().collect(),
            terms: self
                .terms
                .into_iter()
                .map(|(term, writer)| (term, vec![writer]))
                .collect(),
            text: (!self.letters.is_empty()).then(|| self.letters.into_iter().collect()),
        }
    }
}

/// Writes for one edit and gives out its numbers.
struct Pen {
    edit: ItemId,
    next: u64,
}

impl Pen {
    fn apply(&mut self, part: &mut Part, operation: &Operation) {
        match operation {
            Operation::Put { value, .. } => self.put(part, value),
            Operation::Clear { .. } => self.clear(part),
            Operation::Add { term, .. } => self.add(part, term),
            Operation::Remove { term, .. } => {
                if part.terms.remove(term).is_some() {
                    self.take(1);
                }
            }
            Operation::Splice {
                position,
                deleted,
                inserted,
                ..
            } => self.splice(part, *position, *deleted, inserted),
        }
    }

    /// A value that stands there already is not written again and keeps its author.
    fn put(&mut self, part: &mut Part, value: &Value) {
        if part
            .value
            .as_ref()
            .is_some_and(|written| written.value == *value)
        {
            return;
        }
        part.value = Some(Written {
            value: value.clone(),
            edit: self.edit,
            number: self.take(1),
        });
    }

    fn add(&mut self, part: &mut Part, term: &str) {
        if !part.terms.contains_key(term) {
            let writer = Writer {
                edit: self.edit,
                number: self.take(1),
            };
            part.terms.insert(term.to_owned(), writer);
        }
    }

    fn clear(&mut self, part: &mut Part) {
        let taken = usize::from(part.value.is_some()) + part.terms.len() + part.letters.len();
        self.take(taken);
        *part = Part::default();
    }

    fn splice(&mut self, part: &mut Part, position: u64, deleted: u64, inserted: &str) {
        let letters = &mut part.letters;
        let start = clamp(position, letters.len());
        let end = start + clamp(deleted, letters.len() - start);
        let gone = letters.splice(start..end, inserted.chars()).count();
        self.take(inserted.chars().count() + gone);
    }

    /// Takes as many numbers, and returns the first.
    fn take(&mut self, count: usize) -> u64 {
        let first = self.next;
        self.next += count as u64;
        first
    }
}

/// The text of a field is created by a change of its own, which holds number 1, and which an edit that splices has in its past.
fn first_number(highest: u64, operations: &[Operation]) -> u64 {
    let does_splice = operations
        .iter()
        .any(|operation| matches!(operation, Operation::Splice { .. }));
    highest.max(u64::from(does_splice)) + 1
}

/// Brings a count from an edit, of any size, down to what is there.
pub(super) fn clamp(count: u64, len: usize) -> usize {
    usize::try_from(count).map_or(len, |count| count.min(len))
}
