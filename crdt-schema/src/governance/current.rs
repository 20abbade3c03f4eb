//! Which statements and personal values of a record are the current ones, and which were replaced by later ones. What is erased does
//! not bring back what it had replaced; what is void replaces nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::edit::State;
use crate::entry::{PersonalFrame, StatementFrame};
use crate::governance::Feeds;
use crate::id::{EntryId, ItemId, RecordId};

/// A statement that is held, and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Stated<'h> {
    /// The id of the item.
    pub id: ItemId,
    /// The entry that carries it.
    pub entry: EntryId,
    /// Its place among the items of the entry.
    pub index: usize,
    /// What it is about.
    pub frame: &'h StatementFrame,
    /// What became of it.
    pub state: State,
}

/// A personal value that is held.
#[derive(Debug, Clone, Copy)]
pub struct Personal<'h> {
    /// The id of the item.
    pub id: ItemId,
    /// What it is about, and what it replaces.
    pub frame: &'h PersonalFrame,
    /// What became of it.
    pub state: State,
}

/// Returns the live statements that no later one of the same feed and branch replaces. All that is held about the record is to be
/// given, also as the second record of a *duplicate*.
pub fn current_statements(feeds: &Feeds, held: &[Stated<'_>]) -> BTreeSet<ItemId> {
    let mut topics: BTreeMap<Topic<'_>, Vec<&Stated<'_>>> = BTreeMap::new();
    for stated in held {
        let topic = Topic::of(stated.frame);
        topics.entry(topic).or_default().push(stated);
    }
    let is_replaced =
        |one: &Stated<'_>, all: &[&Stated<'_>]| all.iter().any(|other| replaces(feeds, other, one));
    topics
        .values()
        .flat_map(|all| all.iter().filter(|one| !is_replaced(one, all)))
        .filter(|one| one.state == State::Live)
        .map(|one| one.id)
        .collect()
}

/// Returns the live personal values, by field, that no other one of the same field replaces.
pub fn current_personal<'h>(held: &[Personal<'h>]) -> BTreeMap<&'h str, BTreeSet<ItemId>> {
    let fields: BTreeMap<ItemId, (RecordId, &str)> =
        held.iter().map(|each| (each.id, field_of(each))).collect();
    let replaced: BTreeSet<&ItemId> = held
        .iter()
        .filter(|each| does_replace(each.state))
        .flat_map(|each| {
            let ids = each.frame.supersedes.iter();
            ids.filter(|id| fields.get(id) == Some(&field_of(each)))
        })
        .collect();
    let mut current: BTreeMap<&str, BTreeSet<ItemId>> = BTreeMap::new();
    for each in held {
        if each.state == State::Live && !replaced.contains(&each.id) {
            let of_field = current.entry(each.frame.field.as_str()).or_default();
            of_field.insert(each.id);
        }
    }
    current
}

/// What a statement is about: a *duplicate* is about the pair, whichever record it names first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Topic<'h> {
    predicate: &'h str,
    first: RecordId,
    second: Option<RecordId>,
}

impl<'h> Topic<'h> {
    fn of(frame: &'h StatementFrame) -> Self {
        let (first, second) = match frame.other {
            Some(other) => (other.min(frame.subject), Some(other.max(frame.subject))),
            None => (frame.subject, None),
        };
        Self {
            predicate: &frame.predicate,
            first,
            second,
        }
    }
}

fn replaces(feeds: &Feeds, later: &Stated<'_>, earlier: &Stated<'_>) -> bool {
    if !does_replace(later.state) || later.id == earlier.id {
        return false;
    }
    if later.entry == earlier.entry {
        return later.index > earlier.index;
    }
    feeds.is_same_or_ancestor(&earlier.entry, &later.entry)
}

fn does_replace(state: State) -> bool {
    matches!(state, State::Live | State::Erased)
}

fn field_of<'h>(personal: &Personal<'h>) -> (RecordId, &'h str) {
    (personal.frame.record, personal.frame.field.as_str())
}
