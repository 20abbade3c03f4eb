//! What becomes of each contributed item: void, invalid, erased, pending or live, with the reason.
//!
//! Whatever its state, an edit whose past is held has its place in the history of its record; only a live one has operations.

use std::collections::{BTreeMap, BTreeSet};

use crate::edit::{HeldEdit, History, Pending, State};
use crate::entry::{EditFrame, Frame, Item, RecordBirth, VerifiedEntry};
use crate::governance::{
    Feeds, Governance, Personal, Stated, Void, current_personal, current_statements,
};
use crate::id::{EntryId, FederationId, ItemId, RecordId};

/// An edit, a statement or a personal value, and the entry that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributed {
    /// The entry.
    pub entry: EntryId,
    /// The place of the item in it.
    pub index: usize,
    /// The item.
    pub item: Item,
}

impl Contributed {
    /// Returns the edits, statements and personal values of an entry.
    pub fn all_of(entry: &VerifiedEntry) -> Vec<(ItemId, Self)> {
        if !entry.header().kind.is_known() {
            return Vec::new();
        }
        entry
            .identified_items()
            .enumerate()
            .filter(|(_, (_, item))| is_contribution(&item.frame))
            .map(|(index, (id, item))| {
                let contributed = Self {
                    entry: entry.id(),
                    index,
                    item: item.clone(),
                };
                (id, contributed)
            })
            .collect()
    }
}

/// The states of all contributed items of a set, judged at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributions {
    states: BTreeMap<ItemId, State>,
    voids: BTreeMap<ItemId, Void>,
    births: BTreeMap<RecordId, RecordBirth>,
    histories: BTreeMap<RecordId, History>,
}

impl Contributions {
    /// Judges the items, each by its id. Items of entries that are not held are void.
    pub fn judge(
        feeds: &Feeds,
        governance: &Governance,
        items: &BTreeMap<ItemId, Contributed>,
    ) -> Self {
        let births = births(items, feeds.federation());
        let voids = voids(feeds, governance, items, &births);
        let judge = Judge {
            feeds,
            governance,
            items,
            births: &births,
            voids: &voids,
        };
        let histories = judge.histories();
        let edits = histories.values().flat_map(|history| &history.states);
        let mut states: BTreeMap<ItemId, State> = edits.map(|(id, state)| (*id, *state)).collect();
        let others = items.iter().filter(|(_, each)| edit_in(each).is_none());
        states.extend(others.map(|(id, each)| (*id, judge.state(id, each))));
        Self {
            states,
            voids,
            births,
            histories,
        }
    }

    /// Returns the state of an item.
    pub fn state(&self, item: &ItemId) -> Option<State> {
        self.states.get(item).copied()
    }

    /// Returns why an item is void.
    pub fn why_void(&self, item: &ItemId) -> Option<Void> {
        self.voids.get(item).copied()
    }

    /// Returns the states of all items, in the order of their ids.
    pub fn states(&self) -> impl Iterator<Item = (&ItemId, State)> {
        self.states.iter().map(|(id, state)| (id, *state))
    }

    /// Returns kind and home territory of a record, once a creation of it is held, be it void or erased.
    pub fn birth(&self, record: &RecordId) -> Option<&RecordBirth> {
        self.births.get(record)
    }

    /// Returns the statements about a record that their own partners have not replaced.
    pub fn statements(
        &self,
        feeds: &Feeds,
        items: &BTreeMap<ItemId, Contributed>,
        record: &RecordId,
    ) -> BTreeSet<ItemId> {
        let about = items
            .iter()
            .filter_map(|(id, each)| match &each.item.frame {
                Frame::Statement(frame)
                    if frame.subject == *record || frame.other.as_ref() == Some(record) =>
                {
                    Some(Stated {
                        id: *id,
                        entry: each.entry,
                        index: each.index,
                        frame,
                        state: self.state(id)?,
                    })
                }
                _ => None,
            });
        current_statements(feeds, &about.collect::<Vec<_>>())
    }

    /// Returns the personal values of a record that nothing replaces, by field.
    pub fn personal<'h>(
        &self,
        items: &'h BTreeMap<ItemId, Contributed>,
        record: &RecordId,
    ) -> BTreeMap<&'h str, BTreeSet<ItemId>> {
        let of_record = items
            .iter()
            .filter_map(|(id, each)| match &each.item.frame {
                Frame::Personal(frame) if frame.record == *record => Some(Personal {
                    id: *id,
                    frame,
                    state: self.state(id)?,
                }),
                _ => None,
            });
        current_personal(&of_record.collect::<Vec<_>>())
    }

    /// Returns the edits of every record of which one is held, judged.
    pub fn histories(&self) -> &BTreeMap<RecordId, History> {
        &self.histories
    }
}

struct Judge<'h> {
    feeds: &'h Feeds,
    governance: &'h Governance,
    items: &'h BTreeMap<ItemId, Contributed>,
    births: &'h BTreeMap<RecordId, RecordBirth>,
    voids: &'h BTreeMap<ItemId, Void>,
}

impl Judge<'_> {
    fn histories(&self) -> BTreeMap<RecordId, History> {
        let mut edits: BTreeMap<RecordId, Vec<HeldEdit<'_>>> = BTreeMap::new();
        for (id, contributed) in self.items {
            if let Some(frame) = edit_in(contributed) {
                let held = self.held_edit(id, contributed, frame);
                edits.entry(frame.record).or_default().push(held);
            }
        }
        let of_another = |id: &ItemId, record: &RecordId| {
            let edit = self.items.get(id).and_then(edit_in);
            edit.is_some_and(|edit| edit.record != *record)
        };
        let federation = self.feeds.federation();
        edits
            .into_iter()
            .map(|(record, edits)| {
                let is_of_another = |id: &ItemId| of_another(id, &record);
                let history = History::judge(federation, &record, &edits, is_of_another);
                (record, history)
            })
            .collect()
    }

    fn held_edit<'e>(
        &self,
        id: &ItemId,
        contributed: &'e Contributed,
        frame: &'e EditFrame,
    ) -> HeldEdit<'e> {
        HeldEdit {
            id: *id,
            frame,
            content: contributed.item.content(),
            is_void: self.voids.contains_key(id),
            is_erased: self.is_erased(id, contributed),
        }
    }

    /// The state of a statement or of a personal value.
    fn state(&self, id: &ItemId, contributed: &Contributed) -> State {
        let item = &contributed.item;
        if self.voids.contains_key(id) {
            return State::Void;
        }
        if self.is_erased(id, contributed) {
            return State::Erased;
        }
        match &item.frame {
            Frame::Personal(personal) if !self.births.contains_key(&personal.record) => {
                State::Pending(Pending::Creation)
            }
            _ if item.content().is_none() => State::Pending(Pending::Bytes),
            _ => State::Live,
        }
    }

    fn is_erased(&self, id: &ItemId, contributed: &Contributed) -> bool {
        let Contributed { entry, item, .. } = contributed;
        self.governance
            .is_erased(self.feeds, entry, id, &item.frame)
    }
}

fn births(
    items: &BTreeMap<ItemId, Contributed>,
    federation: &FederationId,
) -> BTreeMap<RecordId, RecordBirth> {
    items
        .values()
        .filter_map(edit_in)
        .filter(|edit| edit.creates_its_record(federation))
        .filter_map(|edit| edit.creation.clone().map(|birth| (edit.record, birth)))
        .collect()
}

fn voids(
    feeds: &Feeds,
    governance: &Governance,
    items: &BTreeMap<ItemId, Contributed>,
    births: &BTreeMap<RecordId, RecordBirth>,
) -> BTreeMap<ItemId, Void> {
    let mut places: BTreeMap<EntryId, Vec<(&str, &str)>> = BTreeMap::new();
    for Contributed { entry, item, .. } in items.values() {
        let of_entry = places.entry(*entry).or_default();
        let record = match &item.frame {
            Frame::Edit(edit) => &edit.record,
            Frame::Personal(personal) => &personal.record,
            _ => continue,
        };
        if let Some(birth) = births.get(record) {
            of_entry.push((&birth.kind, &birth.territory));
        }
    }
    let void_entries: BTreeMap<EntryId, Void> = places
        .into_iter()
        .filter_map(|(entry, places)| {
            let void = governance.check_contribution(feeds, &entry, places).err();
            void.map(|void| (entry, void))
        })
        .collect();
    let items = items.iter();
    items
        .filter_map(|(id, each)| Some((*id, *void_entries.get(&each.entry)?)))
        .collect()
}

fn edit_in(contributed: &Contributed) -> Option<&EditFrame> {
    match &contributed.item.frame {
        Frame::Edit(edit) => Some(edit),
        _ => None,
    }
}

fn is_contribution(frame: &Frame) -> bool {
    matches!(
        frame,
        Frame::Edit(_) | Frame::Personal(_) | Frame::Statement(_)
    )
}
