//! Personal values of records: read apart from the views, so that each can go alone and nobody sees more than is meant for them.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::cbor::Wire;
use crdt_schema::entry::{Frame, PersonalFrame, VerifiedEntry};
use crdt_schema::id::{EntryId, FeedId, ItemId, PartnerId, RecordId, SubjectId};
use crdt_schema::personal::{PersonalContent, Visibility};
use crdt_schema::time::Timestamp;
use redb::ReadableTable;

use crate::author::NewItem;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::state::State;
use crate::store::tables::{self, ItemPlace, item_keys, item_of, subject_keys};

/// A personal value that is held, with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalValue {
    /// The item.
    pub id: ItemId,
    /// The record that has the value.
    pub record: RecordId,
    /// The field that has the value.
    pub field: String,
    /// The person.
    pub subject: SubjectId,
    /// The value with its purpose; none where it is gone or cannot be read.
    pub content: Option<PersonalContent>,
    /// The entry that carries it.
    pub entry: EntryId,
    /// The feed of the author.
    pub feed: FeedId,
    /// The partner for which the author writes.
    pub partner: Option<PartnerId>,
    /// When the author says it was signed.
    pub claimed: Timestamp,
    /// The values that it replaces.
    pub supersedes: Vec<ItemId>,
    /// What became of it.
    pub state: PersonalState,
}

/// What becomes of a personal value: the first that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PersonalState {
    /// Its author had no right to it.
    Void,
    /// Its content is gone for good. What it had replaced stays away.
    Erased,
    /// It waits for a creation of its record, or for its bytes.
    Pending,
    /// A later value of the same field stands in its place. It is still held.
    Superseded,
    /// Its content is of no form that this version knows.
    Unreadable,
    /// It is shown to those who may see it.
    Live,
}

impl PersonalState {
    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            PersonalState::Void => "void",
            PersonalState::Erased => "erased",
            PersonalState::Pending => "pending",
            PersonalState::Superseded => "superseded",
            PersonalState::Unreadable => "unreadable",
            PersonalState::Live => "live",
        }
    }
}

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// A person of one of the partners.
    Partner,
    /// Anybody: the public pages, and what is exported to be published.
    Public,
}

impl Viewer {
    /// Returns whether values of this visibility are shown.
    pub fn sees(self, visibility: Visibility) -> bool {
        match self {
            Viewer::Partner => true,
            Viewer::Public => visibility == Visibility::PublicProfessional,
        }
    }
}

impl NewItem {
    /// Makes a personal value to sign. A value that is for one's own organisation only is kept in `local.redb` instead: see
    /// `local::OwnValue`.
    pub fn personal(frame: PersonalFrame, content: &PersonalContent) -> Self {
        Self {
            frame: Frame::Personal(frame),
            content: content.to_cbor(),
        }
    }
}

impl Reader {
    /// Returns the personal values of a record that a reader may see, in the order of fields and items. Several of one field are
    /// concurrent: all are shown.
    pub fn personal(&self, record: &RecordId, viewer: Viewer) -> Result<Vec<PersonalValue>, Fault> {
        let mut values = self.all_personal(record)?;
        values.retain(|value| {
            let content = value.content.as_ref();
            value.state == PersonalState::Live
                && content.is_some_and(|content| viewer.sees(content.visibility))
        });
        values.sort_by(|one, other| (&one.field, one.id).cmp(&(&other.field, other.id)));
        Ok(values)
    }

    /// Returns every personal value of a record with what became of it, in the order of items.
    pub fn all_personal(&self, record: &RecordId) -> Result<Vec<PersonalValue>, Fault> {
        let Some(number) = self.source.number(record)? else {
            return Ok(Vec::new());
        };
        let (first, last) = item_keys(number);
        let table = self.read.open_table(tables::PERSONAL)?;
        let state = self.shared.state();
        let mut values = Vec::new();
        for row in table.range::<&[u8; 24]>(&first..=&last)? {
            let (key, place) = row?;
            let place = ItemPlace::from_bytes(place.value());
            values.extend(self.personal_at(&state, item_of(key.value()), place)?);
        }
        mark_superseded(&mut values);
        Ok(values)
    }

    /// Returns everything that is held about a person, whatever became of it: for the person's page and its export.
    pub fn about(&self, subject: &SubjectId) -> Result<Vec<PersonalValue>, Fault> {
        let (first, last) = subject_keys(subject);
        let subjects = self.read.open_table(tables::SUBJECTS)?;
        let mut places = Vec::new();
        for row in subjects.range::<&[u8; 32]>(&first..=&last)? {
            places.push(ItemPlace::from_bytes(row?.1.value()));
        }
        let mut records = BTreeSet::new();
        for place in places {
            let entry = self.source.entry(place.entry, &self.cache)?;
            if let Some(Frame::Personal(frame)) = frame_at(&entry, place) {
                records.insert(frame.record);
            }
        }
        let mut values = Vec::new();
        for record in records {
            // What replaces a value may be about another person, so the whole record is looked at.
            let of_record = self.all_personal(&record)?.into_iter();
            values.extend(of_record.filter(|value| value.subject == *subject));
        }
        Ok(values)
    }

    /// Returns the personal values that `is_wanted` takes, among all that are held with their content, `values_max` at most: to find a
    /// person by what they are called, or values whose last day is over. It reads them all.
    pub fn find_personal(
        &self,
        values_max: usize,
        is_wanted: impl Fn(&PersonalValue) -> bool,
    ) -> Result<Vec<PersonalValue>, Fault> {
        let table = self.read.open_table(tables::PERSONAL)?;
        let mut found = Vec::new();
        let mut last = None;
        for row in table.iter()? {
            let number = u64::from_be_bytes(*row?.0.value().first_chunk().expect("of 24 bytes"));
            if last.replace(number) == Some(number) {
                continue;
            }
            let values = self.all_personal(&self.source.record_id(number)?)?;
            let values = values.into_iter().filter(|value| value.content.is_some());
            found.extend(values.filter(&is_wanted));
            if found.len() >= values_max {
                found.truncate(values_max);
                break;
            }
        }
        Ok(found)
    }

    fn personal_at(
        &self,
        state: &State,
        id: ItemId,
        place: ItemPlace,
    ) -> Result<Option<PersonalValue>, Fault> {
        let entry = self.source.entry(place.entry, &self.cache)?;
        if !state.feeds.holds(&entry.id()) {
            return Ok(None);
        }
        let Some(Frame::Personal(frame)) = frame_at(&entry, place) else {
            return Err(Fault::damaged("place of a personal value"));
        };
        let became = self.personal_state(state, &entry, id, place)?;
        let shows = became != PersonalState::Erased;
        let content = entry.items()[usize::from(place.index)].content();
        Ok(Some(PersonalValue {
            id,
            record: frame.record,
            field: frame.field.clone(),
            subject: frame.subject,
            content: content.filter(|_| shows).and_then(PersonalContent::read),
            entry: entry.id(),
            feed: entry.header().feed,
            partner: state.feeds.owner(&entry.id()),
            claimed: entry.header().claimed,
            supersedes: frame.supersedes.clone(),
            state: became,
        }))
    }

    fn personal_state(
        &self,
        state: &State,
        entry: &VerifiedEntry,
        id: ItemId,
        place: ItemPlace,
    ) -> Result<PersonalState, Fault> {
        let item = &entry.items()[usize::from(place.index)];
        let Frame::Personal(frame) = &item.frame else {
            return Err(Fault::damaged("place of a personal value"));
        };
        if self.source.is_void(entry, state)? {
            return Ok(PersonalState::Void);
        }
        let is_erased = state
            .governance
            .is_erased(&state.feeds, &entry.id(), &id, &item.frame);
        if is_erased || (item.content().is_none() && self.source.was_erased(&id)?) {
            return Ok(PersonalState::Erased);
        }
        let is_born = match self.source.number(&frame.record)? {
            Some(number) => self.source.has_birth(number)?,
            None => false,
        };
        Ok(match item.content().map(PersonalContent::read) {
            _ if !is_born => PersonalState::Pending,
            None => PersonalState::Pending,
            Some(None) => PersonalState::Unreadable,
            Some(Some(_)) => PersonalState::Live,
        })
    }
}

fn frame_at(entry: &VerifiedEntry, place: ItemPlace) -> Option<&Frame> {
    let item = entry.items().get(usize::from(place.index))?;
    Some(&item.frame)
}

/// A value that counts, or counted until it was erased, stands in the place of those of the same field that it names.
fn mark_superseded(values: &mut [PersonalValue]) {
    let fields: BTreeMap<ItemId, String> = values
        .iter()
        .map(|value| (value.id, value.field.clone()))
        .collect();
    let counts = |state| {
        use PersonalState::{Erased, Live, Unreadable};
        matches!(state, Erased | Live | Unreadable)
    };
    let superseded: BTreeSet<ItemId> = values
        .iter()
        .filter(|value| counts(value.state))
        .flat_map(|value| {
            let of_field = |id: &&ItemId| fields.get(*id) == Some(&value.field);
            value.supersedes.iter().filter(of_field).copied()
        })
        .collect();
    for value in values {
        if value.state == PersonalState::Live && superseded.contains(&value.id) {
            value.state = PersonalState::Superseded;
        }
    }
}
