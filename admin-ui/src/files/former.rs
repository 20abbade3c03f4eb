//! What records said before: by their history, an import knows a file that is older than they are, and the former name of a record.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use crdt_schema::edit::{Operation, State, Value};
use crdt_schema::id::{EntryId, RecordId};
use exchange::{Called, Earlier, normal_name};
use replica::{EditInfo, Fault, Reader};

use super::name_of;
use super::undo::fields_of;

/// Returns how a record read after each of its edits that later ones stand on, the newest first, without those of these entries.
pub(super) fn earlier(
    reader: &Reader,
    record: &RecordId,
    without: &BTreeSet<EntryId>,
) -> Result<Vec<Earlier>, Fault> {
    let mut edits = reader.edits(record)?;
    let replaced: BTreeSet<_> = edits.iter().flat_map(|edit| edit.base.clone()).collect();
    edits.retain(|edit| {
        let is_read = edit.state == State::Live && !without.contains(&edit.entry);
        is_read && replaced.contains(&edit.id)
    });
    edits.sort_by_key(|edit| (Reverse(edit.claimed), edit.id));
    let mut earlier = Vec::new();
    for edit in edits.iter().take(EARLIER_MAX) {
        if let Some(view) = reader.record_at(record, &[edit.id])? {
            let wrote = fields_of(edit);
            earlier.push(Earlier { view, wrote });
        }
    }
    Ok(earlier)
}

/// What the records of a kind were called before, as names are compared.
pub(super) struct FormerNames(HashMap<String, BTreeSet<RecordId>>);

impl FormerNames {
    /// Reads the edits of all records of a kind that are not withdrawn.
    pub(super) fn of(reader: &Reader, kind: &str) -> Result<Self, Fault> {
        let mut names: HashMap<String, BTreeSet<RecordId>> = HashMap::new();
        reader.each_record(|view| {
            if view.kind() != kind || view.is_withdrawn() || view.fields().is_empty() {
                return Ok::<(), Fault>(());
            }
            let now = normal_name(&name_of(&view));
            for edit in reader.edits(&view.record)? {
                for name in names_in(&edit).map(normal_name) {
                    if name != now {
                        names.entry(name).or_default().insert(view.record);
                    }
                }
            }
            Ok(())
        })?;
        Ok(Self(names))
    }

    /// Returns the records that were called so.
    pub(super) fn called(&self, called: &Called) -> impl Iterator<Item = &RecordId> {
        let name = match called {
            Called::Name(name) => self.0.get(&normal_name(name)),
            Called::Number(..) => None,
        };
        name.into_iter().flatten()
    }
}

/// Returns the names that an edit gives its record.
fn names_in(edit: &EditInfo) -> impl Iterator<Item = &str> {
    let operations = match (&edit.operations, edit.state) {
        (Some(Ok(operations)), State::Live) => &operations[..],
        _ => &[],
    };
    operations.iter().filter_map(|operation| match operation {
        Operation::Put {
            field,
            value: Value::Text(name),
        } if field == "name" => Some(name.as_str()),
        _ => None,
    })
}

/// Edits of a record that are looked at: a file that is older than the last of them is said to be newer.
const EARLIER_MAX: usize = 32;
