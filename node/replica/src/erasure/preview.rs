//! What an erasure would take away, shown before it is signed.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::entry::{Frame, VerifiedEntry};
use crdt_schema::governance::{Act, Erasure};
use crdt_schema::id::{EntryId, ItemId, PartnerId, RecordId};
use redb::ReadableTable;

use crate::author::NewItem;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::replica::{ContributeError, Replica};
use crate::store::tables::{self, ItemPlace, item_keys, item_of, subject_keys};

/// What of that which is held an erasure would take away. More may be held elsewhere, or come later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErasurePreview {
    /// Edits that lose their operations. What they had replaced shows again.
    pub edits: usize,
    /// Statements.
    pub statements: usize,
    /// Personal values.
    pub personal: usize,
    /// Items that have lost their content already.
    pub already: usize,
    /// The records that would read differently, or lose a statement or a personal value.
    pub records: BTreeSet<RecordId>,
    /// How many items each partner signed; none for those without a partner.
    pub authors: BTreeMap<Option<PartnerId>, usize>,
    /// Items that are named and not held here, or that cannot be erased: acts, certificates, checkpoints.
    pub unknown: BTreeSet<ItemId>,
    /// Items that this node's erasure would not reach: they are others', and its partner has no right to erase for all.
    pub out_of_reach: usize,
}

/// Items of one act: 17 bytes each, in an item of 64 KiB.
const ITEMS_OF_AN_ACT_MAX: usize = 3_000;

impl Replica {
    /// Returns what an erasure would take away, if this node signed it.
    pub fn preview_erasure(&self, erasure: &Erasure) -> Result<ErasurePreview, Fault> {
        let reader = self.read()?;
        let own = (!self.may_erase_for_all()).then(|| self.partner());
        let mut preview = ErasurePreview {
            unknown: erasure.items.clone(),
            ..ErasurePreview::default()
        };
        for (id, place) in reader.named_by(erasure)? {
            let entry = reader.source.entry(place.entry, &reader.cache)?;
            preview.unknown.remove(&id);
            let owner = self.state().feeds().owner(&entry.id());
            let is_reached = match &own {
                None => true,
                // An author erases item by item.
                Some(own) => owner.is_some() && owner == *own && erasure.items.contains(&id),
            };
            preview.count(&entry, usize::from(place.index), owner, is_reached);
        }
        Ok(preview)
    }

    /// Signs an erasure, in as many acts as it takes. Nothing takes it back. Whether it counts for all is decided by the charter; it counts
    /// for the node's own items in any case.
    pub fn erase(&self, erasure: &Erasure) -> Result<Vec<EntryId>, ContributeError> {
        let items: Vec<ItemId> = erasure.items.iter().copied().collect();
        let mut acts: Vec<Erasure> = items
            .chunks(ITEMS_OF_AN_ACT_MAX)
            .map(|items| Erasure {
                items: items.iter().copied().collect(),
                ground: erasure.ground.clone(),
                ..Erasure::default()
            })
            .collect();
        if acts.is_empty() {
            acts.push(Erasure {
                ground: erasure.ground.clone(),
                ..Erasure::default()
            });
        }
        if let Some(first) = acts.first_mut() {
            (first.record, first.subject) = (erasure.record, erasure.subject);
        }
        let items = acts.into_iter().map(|erasure| NewItem {
            frame: Frame::Act("erase".to_owned()),
            content: Act::Erase(erasure).to_content(),
        });
        self.decide(items.collect())
    }

    /// Returns whether the charter gives this node's partner the right to erase what others signed.
    pub fn may_erase_for_all(&self) -> bool {
        let Some(partner) = self.partner() else {
            return false;
        };
        let state = self.state();
        let coordinators = &state.governance().adoption().tip().coordinators;
        coordinators
            .get(&partner)
            .is_some_and(|coordinator| coordinator.rights.contains("erase"))
    }
}

impl ErasurePreview {
    fn count(
        &mut self,
        entry: &VerifiedEntry,
        index: usize,
        owner: Option<PartnerId>,
        is_reached: bool,
    ) {
        let Some(item) = entry.items().get(index) else {
            return;
        };
        if item.content().is_none() {
            self.already += 1;
            return;
        }
        if !is_reached {
            self.out_of_reach += 1;
            return;
        }
        match &item.frame {
            Frame::Edit(edit) => {
                self.edits += 1;
                self.records.insert(edit.record);
            }
            Frame::Personal(personal) => {
                self.personal += 1;
                self.records.insert(personal.record);
            }
            Frame::Statement(statement) => {
                self.statements += 1;
                self.records.insert(statement.subject);
                self.records.extend(statement.other);
            }
            _ => return,
        }
        *self.authors.entry(owner).or_default() += 1;
    }
}

impl Reader {
    /// Returns the frames of held items, with the partner whose feed carries each. It looks at every item that is held.
    pub fn frames_of(
        &self,
        items: &BTreeSet<ItemId>,
    ) -> Result<BTreeMap<ItemId, (Frame, Option<PartnerId>)>, Fault> {
        let erasure = Erasure {
            items: items.clone(),
            ..Erasure::default()
        };
        let mut frames = BTreeMap::new();
        for (id, place) in self.named_by(&erasure)? {
            let entry = self.source.entry(place.entry, &self.cache)?;
            let owner = self.state().feeds().owner(&entry.id());
            if let Some(item) = entry.items().get(usize::from(place.index)) {
                frames.insert(id, (item.frame.clone(), owner));
            }
        }
        Ok(frames)
    }

    /// Returns the records of which an erasure in force has taken single edits. Whole ones are named by the erasures themselves. It looks
    /// at every item that is held.
    pub fn records_with_erased_edits(&self) -> Result<BTreeSet<RecordId>, Fault> {
        let erasures = self.state().governance().erasures().clone();
        let mut records = BTreeSet::new();
        let own = erasures.own().values().flatten();
        let items: BTreeSet<ItemId> = erasures.items().iter().chain(own).copied().collect();
        if items.is_empty() {
            return Ok(records);
        }
        for (id, (frame, owner)) in self.frames_of(&items)? {
            if let Frame::Edit(edit) = &frame
                && erasures.is_erased(owner.as_ref(), &id, &frame)
            {
                records.insert(edit.record);
            }
        }
        Ok(records)
    }

    /// Returns the held items that an erasure names, one way or another.
    fn named_by(&self, erasure: &Erasure) -> Result<BTreeMap<ItemId, ItemPlace>, Fault> {
        let mut named = BTreeMap::new();
        for table in [tables::EDITS, tables::PERSONAL, tables::STATEMENTS] {
            let table = self.read.open_table(table)?;
            if let Some(record) = &erasure.record
                && let Some(number) = self.source.number(record)?
            {
                let (first, last) = item_keys(number);
                for row in table.range::<&[u8; 24]>(&first..=&last)? {
                    let (key, place) = row?;
                    named.insert(item_of(key.value()), ItemPlace::from_bytes(place.value()));
                }
            }
            if !erasure.items.is_empty() {
                for row in table.iter()? {
                    let (key, place) = row?;
                    let id = item_of(key.value());
                    if erasure.items.contains(&id) {
                        named.insert(id, ItemPlace::from_bytes(place.value()));
                    }
                }
            }
        }
        if let Some(subject) = &erasure.subject {
            let (first, last) = subject_keys(subject);
            let subjects = self.read.open_table(tables::SUBJECTS)?;
            for row in subjects.range::<&[u8; 32]>(&first..=&last)? {
                let (key, place) = row?;
                let id = key.value()[16..].try_into().expect("a key has 32 bytes");
                named.insert(ItemId::from_bytes(id), ItemPlace::from_bytes(place.value()));
            }
        }
        Ok(named)
    }
}
