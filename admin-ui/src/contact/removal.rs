//! What our organisation takes away of what it wrote about a person: for good, and on every node.

use std::collections::BTreeSet;

use crdt_schema::governance::{Act, Erasure};
use crdt_schema::id::{ItemId, PartnerId, RecordId, SubjectId};
use replica::Fault;
use replica::local::Local;

use super::{Contact, HeldValue, Origin, SeenBy};

/// Values of our own organisation that are to go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removal {
    items: BTreeSet<ItemId>,
    own: BTreeSet<(RecordId, SubjectId, String)>,
}

impl Removal {
    /// Takes those of some values that our organisation wrote.
    pub fn of<'v>(
        values: impl IntoIterator<Item = &'v HeldValue>,
        ours: Option<PartnerId>,
    ) -> Self {
        let mut removal = Self::default();
        for value in values.into_iter().filter(|value| value.is_of(ours)) {
            match value.origin {
                Origin::Here => {
                    let place = (value.record, value.subject, value.field.clone());
                    removal.own.insert(place);
                }
                Origin::Shared { item, .. } => {
                    removal.items.insert(item);
                }
            }
        }
        removal
    }

    /// Takes items that our organisation signed.
    pub(crate) fn of_items(items: BTreeSet<ItemId>) -> Self {
        Self {
            items,
            ..Self::default()
        }
    }

    /// Returns whether there is nothing to take away.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.own.is_empty()
    }

    /// Returns how many values go.
    pub fn len(&self) -> usize {
        self.items.len() + self.own.len()
    }

    /// Returns what has to be signed for it: an author's erasure needs no right.
    pub fn act(&self) -> Option<Act> {
        (!self.items.is_empty()).then(|| {
            Act::Erase(Erasure {
                items: self.items.clone(),
                ground: GROUND.to_owned(),
                ..Erasure::default()
            })
        })
    }

    /// Forgets the values that never left this node.
    pub fn forget(&self, local: &Local) -> Result<(), Fault> {
        for (record, subject, field) in &self.own {
            local.forget_own_value(record, subject, field)?;
        }
        Ok(())
    }
}

impl Contact {
    /// Returns what has to go of what the person had from us in this record before: fields that are empty now, and values that stand
    /// where others see more or less than is meant now.
    pub fn leaves<'v>(
        &self,
        before: impl IntoIterator<Item = &'v HeldValue>,
        ours: Option<PartnerId>,
    ) -> Removal {
        let is_left = |value: &&HeldValue| {
            let has_field = self.values.iter().any(|(field, _)| *field == value.field);
            let is_own = self.seen_by == SeenBy::OurOrganisation;
            let stays = has_field && is_own == (value.origin == Origin::Here);
            // What was seen by more than is meant now goes for good; otherwise it is replaced.
            let is_narrower = value.seen_by != self.seen_by;
            !stays || (value.origin != Origin::Here && is_narrower)
        };
        Removal::of(before.into_iter().filter(is_left), ours)
    }
}

/// Read by everybody, for ever.
const GROUND: &str = "retrait par l’organisation qui l’avait écrit";
