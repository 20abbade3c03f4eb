//! What becomes of each contributed item: void, invalid, erased, pending or live, with the reason.
//!
//! Whatever its state, an edit whose past is held has its place in the history of its record; only a live one has operations.

use std::collections::{BTreeMap, BTreeSet};

use crate::edit::{Content, Invalid};
use crate::entry::{EditFrame, Frame, Item, RecordBirth, VerifiedEntry};
use crate::governance::{Feeds, Governance, Past, Void, check_frame};
use crate::id::{EntryId, FederationId, ItemId, RecordId};

/// An edit, a statement or a personal value, and the entry that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributed {
    /// The entry.
    pub entry: EntryId,
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
            .filter(|(_, item)| is_contribution(&item.frame))
            .map(|(id, item)| {
                let contributed = Self {
                    entry: entry.id(),
                    item: item.clone(),
                };
                (id, contributed)
            })
            .collect()
    }
}

/// What becomes of an item: the first that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its author had no right to it. Kept, shown with the reason, replayed as empty.
    Void(Void),
    /// It breaks a rule of its form. Kept, shown with the reason, replayed as empty.
    Invalid(Invalid),
    /// Its content had to go.
    Erased,
    /// It waits for something.
    Pending(Pending),
    /// It counts.
    Live,
}

/// What an item waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Pending {
    /// Something that the edit stands on is not held, or its content is not.
    #[error("base not held")]
    BaseNotHeld,
    /// No creation of the record of a personal value is held.
    #[error("creation not held")]
    CreationNotHeld,
    /// The content is not held and was not erased.
    #[error("bytes not held")]
    BytesNotHeld,
}

/// The states of all contributed items of a set, judged at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributions {
    states: BTreeMap<ItemId, State>,
    births: BTreeMap<RecordId, RecordBirth>,
    pasts: BTreeMap<ItemId, Past>,
}

impl Contributions {
    /// Judges the items, each by its id. Items of entries that are not held are void.
    pub fn judge(
        feeds: &Feeds,
        governance: &Governance,
        items: &BTreeMap<ItemId, Contributed>,
    ) -> Self {
        let births = births(items, feeds.federation());
        let pasts = History::of(feeds, governance, items).settle();
        let voids = voids(feeds, governance, items, &births);
        let judge = Judge {
            feeds,
            governance,
            items,
            births: &births,
            pasts: &pasts,
        };
        let states = items
            .iter()
            .map(|(id, contributed)| {
                let void = voids[&contributed.entry];
                (
                    *id,
                    void.map_or_else(|| judge.state(id, contributed), State::Void),
                )
            })
            .collect();
        Self {
            states,
            births,
            pasts,
        }
    }

    /// Returns the state of an item.
    pub fn state(&self, item: &ItemId) -> Option<State> {
        self.states.get(item).copied()
    }

    /// Returns the states of all items, in the order of their ids.
    pub fn states(&self) -> impl Iterator<Item = (&ItemId, State)> {
        self.states.iter().map(|(id, state)| (id, *state))
    }

    /// Returns kind and home territory of a record, once a creation of it is held, be it void or erased.
    pub fn birth(&self, record: &RecordId) -> Option<&RecordBirth> {
        self.births.get(record)
    }

    /// Returns whether an edit has its place in the history of its record: its whole past is held.
    pub fn is_in_history(&self, edit: &ItemId) -> bool {
        self.pasts.contains_key(edit)
    }
}

struct Judge<'h> {
    feeds: &'h Feeds,
    governance: &'h Governance,
    items: &'h BTreeMap<ItemId, Contributed>,
    births: &'h BTreeMap<RecordId, RecordBirth>,
    pasts: &'h BTreeMap<ItemId, Past>,
}

impl Judge<'_> {
    /// The state of an item whose entry is not void.
    fn state(&self, id: &ItemId, contributed: &Contributed) -> State {
        let Contributed { entry, item } = contributed;
        let past = self.pasts.get(id).copied().unwrap_or(Past::Incomplete);
        if let Frame::Edit(edit) = &item.frame {
            let record_of = |id: &ItemId| edit_of(self.items, id).map(|edit| edit.record);
            if let Err(rule) = check_frame(edit, self.feeds.federation(), record_of, past) {
                return State::Invalid(rule);
            }
        }
        if self
            .governance
            .is_erased(self.feeds, entry, id, &item.frame)
        {
            return State::Erased;
        }
        if let (Frame::Edit(_), Some(content)) = (&item.frame, item.content())
            && let Err(rule) = Content::from_bytes(content)
        {
            return State::Invalid(rule);
        }
        self.waiting(item, past).map_or(State::Live, State::Pending)
    }

    fn waiting(&self, item: &Item, past: Past) -> Option<Pending> {
        let has_bytes = item.content().is_some();
        match &item.frame {
            Frame::Edit(_) if past != Past::Incomplete => None,
            Frame::Edit(_) if has_bytes => Some(Pending::BaseNotHeld),
            Frame::Personal(personal) if !self.births.contains_key(&personal.record) => {
                Some(Pending::CreationNotHeld)
            }
            _ if has_bytes => None,
            _ => Some(Pending::BytesNotHeld),
        }
    }
}

/// Finds the edits whose whole past is held: be it erased, void or invalid, but not without bytes that should be there.
struct History<'h> {
    federation: &'h FederationId,
    items: &'h BTreeMap<ItemId, Contributed>,
    /// For each edit that may come into the history, how many edits of its base are not in it yet.
    missing: BTreeMap<ItemId, usize>,
    children: BTreeMap<ItemId, Vec<ItemId>>,
}

impl<'h> History<'h> {
    fn of(
        feeds: &'h Feeds,
        governance: &Governance,
        items: &'h BTreeMap<ItemId, Contributed>,
    ) -> Self {
        let mut history = Self {
            federation: feeds.federation(),
            items,
            missing: BTreeMap::new(),
            children: BTreeMap::new(),
        };
        for (id, Contributed { entry, item }) in items {
            let Frame::Edit(edit) = &item.frame else {
                continue;
            };
            let has_bytes = item.content().is_some();
            if has_bytes || governance.is_erased(feeds, entry, id, &item.frame) {
                history.add(*id, edit);
            }
        }
        history
    }

    fn add(&mut self, id: ItemId, edit: &EditFrame) {
        if edit
            .base
            .iter()
            .any(|base| edit_of(self.items, base).is_none())
        {
            return;
        }
        let own = edit.base.iter().filter(|base| {
            edit_of(self.items, base).is_some_and(|base| base.record == edit.record)
        });
        let mut missing = 0;
        for base in own {
            self.children.entry(*base).or_default().push(id);
            missing += 1;
        }
        self.missing.insert(id, missing);
    }

    fn settle(mut self) -> BTreeMap<ItemId, Past> {
        let mut ready: Vec<ItemId> = self
            .missing
            .iter()
            .filter_map(|(id, missing)| (*missing == 0).then_some(*id))
            .collect();
        let mut created = BTreeSet::new();
        let mut pasts = BTreeMap::new();
        while let Some(id) = ready.pop() {
            let creates = edit_of(self.items, &id)
                .is_some_and(|edit| edit.creates_its_record(self.federation));
            let past = if creates || created.contains(&id) {
                Past::WithCreation
            } else {
                Past::WithoutCreation
            };
            pasts.insert(id, past);
            for child in self.children.remove(&id).unwrap_or_default() {
                if past == Past::WithCreation {
                    created.insert(child);
                }
                if let Some(missing) = self.missing.get_mut(&child) {
                    *missing -= 1;
                    if *missing == 0 {
                        ready.push(child);
                    }
                }
            }
        }
        pasts
    }
}

fn births(
    items: &BTreeMap<ItemId, Contributed>,
    federation: &FederationId,
) -> BTreeMap<RecordId, RecordBirth> {
    items
        .values()
        .filter_map(|contributed| match &contributed.item.frame {
            Frame::Edit(edit) if edit.creates_its_record(federation) => {
                edit.creation.clone().map(|birth| (edit.record, birth))
            }
            _ => None,
        })
        .collect()
}

fn voids(
    feeds: &Feeds,
    governance: &Governance,
    items: &BTreeMap<ItemId, Contributed>,
    births: &BTreeMap<RecordId, RecordBirth>,
) -> BTreeMap<EntryId, Option<Void>> {
    let mut places: BTreeMap<EntryId, Vec<(&str, &str)>> = BTreeMap::new();
    for Contributed { entry, item } in items.values() {
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
    places
        .into_iter()
        .map(|(entry, places)| {
            let void = governance.check_contribution(feeds, &entry, places).err();
            (entry, void)
        })
        .collect()
}

fn edit_of<'h>(items: &'h BTreeMap<ItemId, Contributed>, id: &ItemId) -> Option<&'h EditFrame> {
    match &items.get(id)?.item.frame {
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
