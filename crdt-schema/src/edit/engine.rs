//! One document of automerge: how an edit is written into it, and how fields are read out of it.
//!
//! The root is flat, and a key carries the kind of what is under it, because in automerge a value put on the key of a text would hide
//! the text without a trace:
//!
//! - `v:field` the value of a field, as the bytes of its CBOR, so that two values are equal when type and content are;
//! - `s:field:term` one term of a set;
//! - `t:field` a long text.
//!
//! Documents are made here and nowhere else: no byte of automerge's own ever comes from outside.

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::{Transactable, Transaction};
use automerge::{
    ActorId, Automerge, AutomergeError, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue,
    TextEncoding, Value as Stored,
};

use crate::cbor::Wire;
use crate::edit::history::{Graph, ReplayError, Replayed};
use crate::edit::linear::clamp;
use crate::edit::{Field, Operation, Value, Writer, Written};
use crate::id::{ItemId, hash};

impl From<AutomergeError> for ReplayError {
    fn from(error: AutomergeError) -> Self {
        ReplayError::Engine(error.to_string())
    }
}

/// Returns a document without anything in it. Positions in texts are in Unicode scalar values, whatever features the build has.
pub(super) fn empty_document() -> Automerge {
    Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint)
}

/// Writes an edit into a document that holds exactly its past, and the texts that it splices. Returns the change, unless nothing was
/// to be written.
pub(super) fn write(
    document: &mut Automerge,
    edit: &Replayed,
) -> Result<Option<Change>, ReplayError> {
    if edit.operations.is_empty() {
        return Ok(None);
    }
    document.set_actor(ActorId::from(edit.id.as_bytes()));
    let written = document
        .transact(|transaction| {
            edit.operations
                .iter()
                .try_for_each(|operation| apply(transaction, operation))
        })
        .map_err(|failure| ReplayError::from(failure.error))?;
    if written.hash.is_none() {
        return Ok(None);
    }
    let change = document.get_last_local_change();
    change
        .map(Some)
        .ok_or_else(|| ReplayError::Engine("a change that was just made is not there".to_owned()))
}

/// Returns the change that creates the text of a field: the same on every node, so that two first edits of a text merge.
pub(super) fn text_creation(field: &str) -> Result<Change, ReplayError> {
    let mut document = empty_document();
    // Thirty-two bytes, one actor for each field: never the actor of an edit, and never the same number twice.
    document.set_actor(ActorId::from(hash("text-creation", &[field.as_bytes()])));
    document
        .transact(|transaction| transaction.put_object(ROOT, text_key(field), ObjType::Text))
        .map_err(|failure| ReplayError::from(failure.error))?;
    document
        .get_last_local_change()
        .ok_or_else(|| ReplayError::Engine("the creation of a text is not there".to_owned()))
}

/// Tells whether a document has the text of a field, be it empty.
pub(super) fn has_text(document: &Automerge, field: &str) -> Result<bool, ReplayError> {
    Ok(document.get(ROOT, text_key(field))?.is_some())
}

/// Returns the fields whose text an edit must find: those that it splices, if there is anything that it may have to write first. An
/// edit that only takes away needs nothing that is not there, and must not make number 1 appear in an empty record.
pub(super) fn texts_needed(operations: &[Operation]) -> BTreeSet<&str> {
    let may_write = operations.iter().any(|operation| match operation {
        Operation::Put { .. } | Operation::Add { .. } => true,
        Operation::Splice { inserted, .. } => !inserted.is_empty(),
        Operation::Clear { .. } | Operation::Remove { .. } => false,
    });
    let spliced = operations
        .iter()
        .filter(|operation| may_write && matches!(operation, Operation::Splice { .. }));
    spliced.map(Operation::field).collect()
}

fn apply(to: &mut Transaction<'_>, operation: &Operation) -> Result<(), AutomergeError> {
    match operation {
        // Automerge's own rules are the ones we want: a value that stands alone is not written again; the winner of a conflict is
        // kept with its author, and the others go.
        Operation::Put { field, value } => {
            to.put(ROOT, value_key(field), ScalarValue::Bytes(value.to_cbor()))
        }
        Operation::Clear { field } => clear(to, field),
        Operation::Add { field, term } => to.put(ROOT, term_key(field, term), true),
        Operation::Remove { field, term } => to.delete(ROOT, term_key(field, term)),
        Operation::Splice {
            field,
            position,
            deleted,
            inserted,
        } => splice(to, field, *position, *deleted, inserted),
    }
}

/// Empties what is in sight: the value, the terms by their UTF-8 bytes, then the text.
fn clear(to: &mut Transaction<'_>, field: &str) -> Result<(), AutomergeError> {
    to.delete(ROOT, value_key(field))?;
    let start = term_key(field, "");
    let keys: BTreeSet<String> = to
        .map_range(ROOT, start.clone()..after_all_terms(field))
        .map(|item| item.key.into_owned())
        .collect();
    for key in keys {
        to.delete(ROOT, key)?;
    }
    splice(to, field, 0, u64::MAX, "")
}

/// Clamps first: automerge refuses a position beyond the end, and deletes backwards when the count is negative.
fn splice(
    to: &mut Transaction<'_>,
    field: &str,
    position: u64,
    deleted: u64,
    inserted: &str,
) -> Result<(), AutomergeError> {
    let Some((_, text)) = to.get(ROOT, text_key(field))? else {
        // Only with nothing to insert, see `texts_needed`.
        return Ok(());
    };
    let len = to.length(&text);
    let start = clamp(position, len);
    let gone = clamp(deleted, len - start);
    to.splice_text(&text, start, gone.cast_signed(), inserted)
}

/// Reads all the fields of a document, each value from the edit that wrote it.
pub(super) fn read(
    document: &Automerge,
    graph: &Graph<'_>,
) -> Result<BTreeMap<String, Field>, ReplayError> {
    let edits: BTreeMap<ItemId, &Replayed> =
        graph.edits.iter().map(|edit| (edit.id, *edit)).collect();
    let mut fields: BTreeMap<String, Field> = BTreeMap::new();
    let keys: Vec<String> = document.keys(ROOT).collect();
    for key in keys {
        let Some(key_read) = Key::of(&key) else {
            return Err(ReplayError::Engine("a key of no known kind".to_owned()));
        };
        let all = document.get_all(ROOT, &key)?;
        match key_read {
            Key::Value(name) => {
                let values = winner_first(&all)
                    .map(|(stored, writer)| written(stored, writer?, name, &edits))
                    .collect::<Result<_, _>>()?;
                fields.entry(name.to_owned()).or_default().values = values;
            }
            Key::Term(name, term) => {
                let writers = winner_first(&all)
                    .map(|(_, writer)| writer)
                    .collect::<Result<_, _>>()?;
                let terms = &mut fields.entry(name).or_default().terms;
                terms.insert(term.to_owned(), writers);
            }
            Key::Text(name) => {
                let (_, text) = all.last().ok_or_else(unreadable)?;
                let text = document.text(text)?;
                fields.entry(name.to_owned()).or_default().text =
                    (!text.is_empty()).then_some(text);
            }
        }
    }
    fields.retain(|_, field| !field.is_empty());
    Ok(fields)
}

/// Automerge lists the values under a key by (counter, actor), the winner last.
fn winner_first<'a>(
    all: &'a [(Stored<'a>, ObjId)],
) -> impl Iterator<Item = (&'a Stored<'a>, Result<Writer, ReplayError>)> {
    all.iter().rev().map(|(stored, id)| (stored, writer(id)))
}

fn writer(id: &ObjId) -> Result<Writer, ReplayError> {
    match id {
        ObjId::Id(number, actor, _) => ItemId::from_slice(actor.to_bytes()).map(|edit| Writer {
            edit,
            number: *number,
        }),
        ObjId::Root => None,
    }
    .ok_or_else(unreadable)
}

fn written(
    stored: &Stored<'_>,
    writer: Writer,
    field: &str,
    edits: &BTreeMap<ItemId, &Replayed>,
) -> Result<Written, ReplayError> {
    let bytes = stored.as_bytes().ok_or_else(unreadable)?;
    let edit = edits.get(&writer.edit).ok_or_else(unreadable)?;
    let value = edit
        .operations
        .iter()
        .find_map(|operation| value_put(operation, field, bytes))
        .ok_or_else(unreadable)?;
    Ok(Written {
        value: value.clone(),
        edit: writer.edit,
        number: writer.number,
    })
}

fn value_put<'a>(operation: &'a Operation, in_field: &str, bytes: &[u8]) -> Option<&'a Value> {
    match operation {
        Operation::Put { field, value } if field == in_field && value.to_cbor() == bytes => {
            Some(value)
        }
        _ => None,
    }
}

fn unreadable() -> ReplayError {
    ReplayError::Engine("the document holds something that no edit wrote".to_owned())
}

/// A key of the root, taken apart.
enum Key<'a> {
    Value(&'a str),
    Term(String, &'a str),
    Text(&'a str),
}

impl<'a> Key<'a> {
    fn of(key: &'a str) -> Option<Self> {
        let (kind, rest) = key.split_once(':')?;
        match kind {
            "v" => Some(Key::Value(rest)),
            "s" => rest
                .split_once(':')
                .map(|(field, term)| Key::Term(unescaped(field), term)),
            "t" => Some(Key::Text(rest)),
            _ => None,
        }
    }
}

fn value_key(field: &str) -> String {
    format!("v:{field}")
}

fn text_key(field: &str) -> String {
    format!("t:{field}")
}

fn term_key(field: &str, term: &str) -> String {
    format!("s:{}:{term}", escaped(field))
}

/// The first key after all the terms of a field: `;` follows `:`.
fn after_all_terms(field: &str) -> String {
    format!("s:{};", escaped(field))
}

/// A field's name may hold a colon. Without this, the term `b:c` of the field `a` and the term `c` of the field `a:b` would be one.
fn escaped(field: &str) -> String {
    field.replace('%', "%25").replace(':', "%3A")
}

fn unescaped(field: &str) -> String {
    field.replace("%3A", ":").replace("%25", "%")
}
