//! What is erased: contents are gone for good, frames stay.
//!
//! A coordinator's `erase` act that counts reaches any contribution. Anybody else's reaches the items that it names, where they are
//! its own partner's; nothing takes that back, not even a cut of the feed: only a root that was named from above, for what a root left
//! behind has signed (see `roots`). Acts, charters and certificates cannot be erased.

use std::collections::{BTreeMap, BTreeSet};

use crate::entry::{Frame, Kind};
use crate::governance::{Act, Acts, Erasure, Feeds, Roots, SignedAct};
use crate::id::{ItemId, PartnerId, RecordId, SubjectId};

/// Everything that has to go. It can be asked about any item, also one that comes later.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Erasures {
    items: BTreeSet<ItemId>,
    records: BTreeSet<RecordId>,
    subjects: BTreeSet<SubjectId>,
    own: BTreeMap<PartnerId, BTreeSet<ItemId>>,
}

impl Erasures {
    pub(super) fn judge(
        feeds: &Feeds,
        roots: &Roots,
        acts: &Acts,
        held: &BTreeMap<ItemId, SignedAct>,
    ) -> Self {
        let mut erasures = Self::default();
        for (id, signed) in held {
            let Act::Erase(erasure) = &signed.act else {
                continue;
            };
            let entry = feeds.entry(&signed.entry);
            let Some(entry) = entry.filter(|entry| entry.kind == Kind::Governance) else {
                continue;
            };
            if acts.counts(id) {
                erasures.add_for_all(erasure);
            } else if let Some(owner) = entry.owner
                && roots.take(feeds, &signed.entry, &entry)
            {
                erasures
                    .own
                    .entry(owner)
                    .or_default()
                    .extend(&erasure.items);
            }
        }
        erasures
    }

    /// Returns whether the content of an item has to go. `owner` is the partner whose feed carries it.
    pub fn is_erased(&self, owner: Option<&PartnerId>, item: &ItemId, frame: &Frame) -> bool {
        let names_record = match frame {
            Frame::Edit(edit) => self.records.contains(&edit.record),
            Frame::Personal(personal) => {
                self.records.contains(&personal.record) || self.subjects.contains(&personal.subject)
            }
            Frame::Statement(statement) => {
                let other = statement.other.as_ref();
                self.records.contains(&statement.subject)
                    || other.is_some_and(|other| self.records.contains(other))
            }
            Frame::Act(_)
            | Frame::Certificate(_)
            | Frame::Checkpoint
            | Frame::Rotation(_)
            | Frame::Unknown(_) => return false,
        };
        let own = owner.and_then(|owner| self.own.get(owner));
        names_record || self.items.contains(item) || own.is_some_and(|items| items.contains(item))
    }

    /// Returns the records whose whole content has to go.
    pub fn records(&self) -> &BTreeSet<RecordId> {
        &self.records
    }

    /// Returns the persons about whom everything has to go.
    pub fn subjects(&self) -> &BTreeSet<SubjectId> {
        &self.subjects
    }

    /// Returns the single items that a coordinator named.
    pub fn items(&self) -> &BTreeSet<ItemId> {
        &self.items
    }

    /// Returns the single items that partners named among their own.
    pub fn own(&self) -> &BTreeMap<PartnerId, BTreeSet<ItemId>> {
        &self.own
    }

    fn add_for_all(&mut self, erasure: &Erasure) {
        self.items.extend(&erasure.items);
        self.records.extend(erasure.record);
        self.subjects.extend(erasure.subject);
    }
}
