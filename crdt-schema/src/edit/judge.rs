//! What becomes of each edit of one record, and what is left to replay: a pure function of the edits that are held.
//!
//! The state of an edit is the first that applies of void, invalid (by its frame), erased, invalid (by its operations), pending,
//! live. Whatever its state, an edit whose whole past is held has its place in the history; only a live one has operations.

use std::collections::{BTreeMap, BTreeSet};

use crate::edit::{Content, Invalid, Operation, Past, Replayed, check_frame};
use crate::entry::{EditFrame, RecordBirth};
use crate::id::{FederationId, ItemId, RecordId};

/// An edit of the record, as far as it is held.
#[derive(Debug, Clone)]
pub struct HeldEdit<'a> {
    /// The id of the item.
    pub id: ItemId,
    /// What others stand on.
    pub frame: &'a EditFrame,
    /// The operations as they were signed, unless their bytes are not held.
    pub content: Option<&'a [u8]>,
    /// Whether governance gives the entry that carries it no effect.
    pub is_void: bool,
    /// Whether its content must be gone for good.
    pub is_erased: bool,
}

/// What becomes of an item that somebody contributed: an edit, a statement or a personal value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Its author had no right to it. Kept, shown, replayed as empty; governance knows the reason.
    Void,
    /// It breaks a rule of its form. Kept, shown with the reason, replayed as empty.
    Invalid(Invalid),
    /// Its content is gone for good.
    Erased,
    /// It waits for something.
    Pending(Pending),
    /// It counts.
    Live,
}

/// What an item waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Pending {
    /// An edit that it stands on.
    #[error("base not held")]
    Base,
    /// Its own content.
    #[error("bytes not held")]
    Bytes,
    /// A creation of the record that it is about, where it is not an edit.
    #[error("creation not held")]
    Creation,
}

/// The edits of a record, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// What became of each edit.
    pub states: BTreeMap<ItemId, State>,
    /// The edits that have their place in the history, with operations if they are live. Not sorted by cause.
    pub replayed: Vec<Replayed>,
    /// Ids that a base names and that are edits of no record that is held.
    pub missing: BTreeSet<ItemId>,
    /// What the record's id is the hash of, once a creation of it is held, be it void.
    pub birth: Option<RecordBirth>,
}

impl History {
    /// Judges the edits of a record. `is_of_another` says whether an id is a held edit of another record.
    pub fn judge(
        federation: &FederationId,
        record: &RecordId,
        edits: &[HeldEdit<'_>],
        is_of_another: impl Fn(&ItemId) -> bool,
    ) -> Self {
        let edits: BTreeMap<ItemId, &HeldEdit<'_>> =
            edits.iter().map(|edit| (edit.id, edit)).collect();
        let creates = |edit: &HeldEdit<'_>| {
            edit.frame.record == *record && edit.frame.creates_its_record(federation)
        };
        let first_creation = edits.values().find(|edit| creates(edit));
        let birth = first_creation.and_then(|edit| edit.frame.creation.clone());
        let places = Places::of(&edits, &is_of_another, creates);
        let mut history = Self {
            states: BTreeMap::new(),
            replayed: Vec::new(),
            missing: BTreeSet::new(),
            birth,
        };
        for (id, edit) in &edits {
            let past = places.past(id);
            let frame = check_frame(edit.frame, federation, &is_of_another, past);
            let (state, operations) = judge_edit(edit, frame, past);
            history.states.insert(*id, state);
            if let Some(parents) = places.parents.get(id) {
                history.replayed.push(Replayed {
                    id: *id,
                    parents: parents.clone(),
                    operations,
                });
            }
        }
        history.missing = places.missing;
        history
    }

    /// Leaves only these edits and what they stand on: the history as somebody saw it.
    pub fn keep_past_of(&mut self, heads: &[ItemId]) {
        let parents: BTreeMap<ItemId, &[ItemId]> = self
            .replayed
            .iter()
            .map(|edit| (edit.id, edit.parents.as_slice()))
            .collect();
        let mut past = BTreeSet::new();
        let mut waiting: Vec<ItemId> = heads.to_vec();
        while let Some(id) = waiting.pop() {
            if let Some(parents) = parents.get(&id)
                && past.insert(id)
            {
                waiting.extend_from_slice(parents);
            }
        }
        self.replayed.retain(|edit| past.contains(&edit.id));
    }

    /// Returns how many edits are in a state.
    pub fn count(&self, is: impl Fn(&State) -> bool) -> usize {
        self.states.values().filter(|state| is(state)).count()
    }
}

fn judge_edit(
    edit: &HeldEdit<'_>,
    frame: Result<(), Invalid>,
    past: Past,
) -> (State, Vec<Operation>) {
    if edit.is_void {
        return (State::Void, Vec::new());
    }
    if let Err(reason) = frame {
        return (State::Invalid(reason), Vec::new());
    }
    if edit.is_erased {
        return (State::Erased, Vec::new());
    }
    let content = edit.content.map(Content::from_bytes).transpose();
    match content {
        Err(reason) => (State::Invalid(reason), Vec::new()),
        Ok(Some(content)) if past != Past::Incomplete => (State::Live, content.0),
        Ok(Some(_)) => (State::Pending(Pending::Base), Vec::new()),
        Ok(None) => (State::Pending(Pending::Bytes), Vec::new()),
    }
}

/// Which edits have their whole past, with their parents in this record.
struct Places {
    parents: BTreeMap<ItemId, Vec<ItemId>>,
    created: BTreeSet<ItemId>,
    missing: BTreeSet<ItemId>,
}

impl Places {
    fn past(&self, edit: &ItemId) -> Past {
        match (self.parents.contains_key(edit), self.created.contains(edit)) {
            (false, _) => Past::Incomplete,
            (true, true) => Past::WithCreation,
            (true, false) => Past::WithoutCreation,
        }
    }

    fn of(
        edits: &BTreeMap<ItemId, &HeldEdit<'_>>,
        is_of_another: &impl Fn(&ItemId) -> bool,
        creates: impl Fn(&HeldEdit<'_>) -> bool,
    ) -> Self {
        let mut places = Self {
            parents: BTreeMap::new(),
            created: BTreeSet::new(),
            missing: BTreeSet::new(),
        };
        let mut waiting_for: BTreeMap<ItemId, usize> = BTreeMap::new();
        let mut children: BTreeMap<ItemId, Vec<ItemId>> = BTreeMap::new();
        let mut ready = Vec::new();
        for (id, edit) in edits {
            let base: BTreeSet<ItemId> = edit.frame.base.iter().copied().collect();
            let (own, others): (Vec<_>, Vec<_>) =
                base.into_iter().partition(|each| edits.contains_key(each));
            let missing: Vec<_> = others
                .into_iter()
                .filter(|each| !is_of_another(each))
                .collect();
            let is_held = edit.content.is_some() || edit.is_erased;
            if is_held && missing.is_empty() {
                waiting_for.insert(*id, own.len());
                if own.is_empty() {
                    ready.push(*id);
                }
                for parent in own {
                    children.entry(parent).or_default().push(*id);
                }
            }
            places.missing.extend(missing);
        }
        while let Some(id) = ready.pop() {
            let edit = edits[&id];
            let base: BTreeSet<ItemId> = edit.frame.base.iter().copied().collect();
            let parents: Vec<_> = base
                .into_iter()
                .filter(|each| edits.contains_key(each))
                .collect();
            if creates(edit) || parents.iter().any(|parent| places.created.contains(parent)) {
                places.created.insert(id);
            }
            places.parents.insert(id, parents);
            for child in children.remove(&id).unwrap_or_default() {
                let count = waiting_for.get_mut(&child).expect("a child is waiting");
                *count -= 1;
                if *count == 0 {
                    ready.push(child);
                }
            }
        }
        places
    }
}
