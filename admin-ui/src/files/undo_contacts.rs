//! The contacts of an import that is taken back. What it wrote and nobody has replaced since goes as if a person had removed it: for good,
//! and on every node. What it had replaced is signed again, where it can still be read.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::entry::{Frame, PersonalFrame, VerifiedEntry};
use crdt_schema::id::{EntryId, ItemId};
use replica::local::Local;
use replica::{Fault, NewItem, PersonalState, Reader, Replica};

use super::undo::UndoError;
use crate::contact::Removal;

/// How many values of contacts became what when an import was taken back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ContactsUndone {
    /// Values that go.
    pub gone: u64,
    /// Values in whose place that of before stands again.
    pub restored: u64,
    /// Values that somebody has replaced since: what stands there stays.
    pub kept: u64,
}

impl ContactsUndone {
    /// Returns how many values of the import are taken back.
    pub fn taken_back(&self) -> u64 {
        self.gone + self.restored
    }
}

/// What an entry of an import says of persons and nobody has replaced since.
#[derive(Default)]
pub(super) struct Left {
    items: BTreeSet<ItemId>,
    /// What stood there before, by the entries that said it.
    before: BTreeMap<EntryId, Vec<NewItem>>,
}

impl Left {
    /// Looks at an entry of the import, whose entries are `own`; what the imports of the entries `undone` wrote is not brought back.
    pub(super) fn of(
        reader: &Reader,
        entry: &VerifiedEntry,
        (own, undone): (&BTreeSet<EntryId>, &BTreeSet<EntryId>),
        counts: &mut ContactsUndone,
    ) -> Result<Self, Fault> {
        let mut left = Self::default();
        for (index, item) in entry.items().iter().enumerate() {
            let Frame::Personal(frame) = &item.frame else {
                continue;
            };
            let index = u32::try_from(index).expect("an entry has 256 items at most");
            let id = ItemId::of(&entry.id(), index);
            let values = reader.all_personal(&frame.record)?;
            match values.iter().find(|value| value.id == id) {
                Some(value) if value.state == PersonalState::Live => {}
                // It was replaced, has no effect, or is gone already.
                _ => {
                    let mut others = values.iter().filter(|value| {
                        value.state == PersonalState::Live && !own.contains(&value.entry)
                    });
                    let is_kept = others
                        .any(|value| value.subject == frame.subject && value.field == frame.field);
                    counts.kept += u64::from(is_kept);
                    continue;
                }
            }
            left.items.insert(id);
            let mut is_restored = false;
            for value in &values {
                let is_before = value.state == PersonalState::Superseded
                    && value.field == frame.field
                    && !undone.contains(&value.entry)
                    && frame.supersedes.contains(&value.id);
                if let (true, Some(content)) = (is_before, &value.content) {
                    let again = PersonalFrame {
                        supersedes: vec![id],
                        subject: value.subject,
                        ..frame.clone()
                    };
                    let again = NewItem::personal(again, content);
                    left.before.entry(value.entry).or_default().push(again);
                    is_restored = true;
                }
            }
            match is_restored {
                true => counts.restored += 1,
                false => counts.gone += 1,
            }
        }
        Ok(left)
    }

    /// Signs again what stood there before, then lets go what the import wrote.
    pub(super) fn take_back(self, replica: &Replica, local: &Local) -> Result<(), UndoError> {
        for (former, items) in self.before {
            let entries = replica.contribute(items)?;
            local.keep_in_place(&former, &entries)?;
        }
        if let Some(act) = Removal::of_items(self.items).act() {
            replica.decide(NewItem::of_act(&act).into_iter().collect())?;
        }
        Ok(())
    }
}
