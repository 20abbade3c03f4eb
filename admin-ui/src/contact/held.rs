//! Personal values as they are held: shared ones and those of our own organisation, side by side.

use std::collections::BTreeMap;

use crdt_schema::id::{ItemId, PartnerId, RecordId, SubjectId};
use crdt_schema::time::Timestamp;
use replica::local::{Local, OwnValue};
use replica::{Fault, PersonalState, PersonalValue, Reader, Replica, Viewer};

use super::SeenBy;

/// A personal value that can be read here. It says something of a person: it is in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldValue {
    /// The record that has the value.
    pub record: RecordId,
    /// The person.
    pub subject: SubjectId,
    /// The field that has the value.
    pub field: String,
    /// The value.
    pub value: String,
    /// Who may see it.
    pub seen_by: SeenBy,
    /// What it is kept for.
    pub purpose: String,
    /// The last day for which it is kept, `AAAA-MM-JJ`.
    pub until: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This node keeps it for our own organisation.
    Here,
    /// A partner signed it.
    Shared {
        /// The item that carries it.
        item: ItemId,
        /// The partner.
        partner: Option<PartnerId>,
        /// When it was signed, as its author says.
        claimed: Timestamp,
        /// What became of it.
        state: PersonalState,
    },
}

impl HeldValue {
    /// Returns whether the last day is over on this day, `AAAA-MM-JJ`.
    pub fn is_over(&self, today: &str) -> bool {
        self.until.as_deref().is_some_and(|until| until < today)
    }

    /// Returns whether our own organisation wrote it.
    pub fn is_of(&self, partner: Option<PartnerId>) -> bool {
        match self.origin {
            Origin::Here => true,
            Origin::Shared { partner: own, .. } => own.is_some() && own == partner,
        }
    }

    /// Returns whether nothing stands in its place.
    pub fn is_shown(&self) -> bool {
        match self.origin {
            Origin::Here => true,
            Origin::Shared { state, .. } => state == PersonalState::Live,
        }
    }

    fn shared(value: PersonalValue) -> Option<Self> {
        let content = value.content?;
        Some(Self {
            record: value.record,
            subject: value.subject,
            field: value.field,
            value: content.value,
            seen_by: SeenBy::Others(content.visibility),
            purpose: content.purpose,
            until: content.until,
            origin: Origin::Shared {
                item: value.id,
                partner: value.partner,
                claimed: value.claimed,
                state: value.state,
            },
        })
    }

    fn own(own: OwnValue) -> Self {
        Self {
            record: own.record,
            subject: own.subject,
            field: own.field,
            value: own.value,
            seen_by: SeenBy::OurOrganisation,
            purpose: own.purpose,
            until: own.until,
            origin: Origin::Here,
        }
    }
}

/// Returns the contacts of a record that people of our organisation see, person by person.
pub fn of_record(
    reader: &Reader,
    local: &Local,
    record: &RecordId,
) -> Result<BTreeMap<SubjectId, Vec<HeldValue>>, Fault> {
    let shared = reader.personal(record, Viewer::Partner)?;
    let own = local.own_values(record)?;
    let mut persons: BTreeMap<SubjectId, Vec<HeldValue>> = BTreeMap::new();
    for value in joined(shared, own) {
        persons.entry(value.subject).or_default().push(value);
    }
    Ok(persons)
}

/// Returns everything that can still be read about a person, also what was replaced since.
pub fn about(reader: &Reader, local: &Local, subject: &SubjectId) -> Result<Vec<HeldValue>, Fault> {
    let shared = reader.about(subject)?;
    let mut values: Vec<HeldValue> = joined(shared, local.own_values_about(subject)?).collect();
    // Ids are drawn: without an order of its own, two answers would differ.
    values.sort_by(|one, other| {
        (one.record, &one.field, &one.value).cmp(&(other.record, &other.field, &other.value))
    });
    Ok(values)
}

/// Returns values whose last day is over, `values_max` shared ones at most, the longest over first.
pub fn overdue(
    replica: &Replica,
    local: &Local,
    today: &str,
    values_max: usize,
) -> Result<Vec<HeldValue>, Fault> {
    let is_over = |value: &PersonalValue| {
        let content = value.content.as_ref();
        content.is_some_and(|content| content.is_over(today))
    };
    let shared = replica.read()?.find_personal(values_max, is_over)?;
    let mut values: Vec<HeldValue> = joined(shared, local.own_values_over(today)?).collect();
    values.sort_by(|one, other| (&one.until, one.record).cmp(&(&other.until, other.record)));
    Ok(values)
}

pub(super) fn joined(
    shared: Vec<PersonalValue>,
    own: Vec<OwnValue>,
) -> impl Iterator<Item = HeldValue> {
    let shared = shared.into_iter().filter_map(HeldValue::shared);
    shared.chain(own.into_iter().map(HeldValue::own))
}
