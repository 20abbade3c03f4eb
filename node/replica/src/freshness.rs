//! Who keeps a record, and how fresh it is: read from its edits and from the *verified* statements about it, so that the search index
//! can hold both. A statement marks its record like an edit does, and a change of governance marks every record that it touches: the
//! index follows by itself.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::edit::Field;
use crdt_schema::id::{ItemId, PartnerId, RecordId};
use crdt_schema::label::Day;
use crdt_schema::statement::{Freshness, Statement, Verification};
use crdt_schema::view::RecordView;

use crate::fault::Fault;
use crate::reader::Reader;
use crate::statements::HeldStatement;
use crate::store::tables::{self, ItemPlace, item_keys, item_of};

/// Which partners wrote what a record reads now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keeping {
    /// The partner that wrote most of its values; of those that wrote as many, the one that wrote its name, else the first by its id.
    pub keeper: Option<PartnerId>,
    /// Every partner that wrote a value, with how many.
    pub writers: BTreeMap<PartnerId, usize>,
}

/// The partners of all feeds that are held, by the feed's number: looked up once for many records.
pub(crate) struct Feeds(BTreeMap<u32, PartnerId>);

impl Reader {
    /// Returns who keeps a record. A value, a term of a set and nothing else counts: long texts are merged word by word.
    pub fn keeping(&self, view: &RecordView) -> Result<Keeping, Fault> {
        self.keeping_by(&self.feeds(), view)
    }

    /// Returns how fresh a record is, with the statements that count now.
    pub fn freshness(&self, view: &RecordView, today: Option<Day>) -> Result<Freshness, Fault> {
        let verifications = self.verifications(&view.record)?;
        Ok(Freshness::of(view, &verifications, today))
    }

    /// Returns the number of the last change by which the record reads differently here; 0 where it is older than this number.
    pub fn last_change(&self, record: &RecordId) -> Result<u64, Fault> {
        let Some(number) = self.source.number(record)? else {
            return Ok(0);
        };
        let changed = self.read.open_table(tables::CHANGED)?.get(number)?;
        Ok(changed.map_or(0, |row| row.value()))
    }

    pub(crate) fn feeds(&self) -> Feeds {
        let state = self.state();
        let certificates = state.certificates();
        let numbers = state.feed_numbers.iter();
        let known = numbers.filter_map(|(feed, number)| {
            let certificate = certificates.get(feed)?;
            Some((*number, certificate.partner))
        });
        Feeds(known.collect())
    }

    pub(crate) fn keeping_by(&self, feeds: &Feeds, view: &RecordView) -> Result<Keeping, Fault> {
        let Some(number) = self.source.number(&view.record)? else {
            return Ok(Keeping::default());
        };
        let (first, last) = item_keys(number);
        let edits = self.read.open_table(tables::EDITS)?;
        let mut authors: BTreeMap<ItemId, PartnerId> = BTreeMap::new();
        for row in edits.range::<&[u8; 24]>(&first..=&last)? {
            let (key, place) = row?;
            let feed = ItemPlace::from_bytes(place.value()).entry.feed;
            if let Some(partner) = feeds.0.get(&feed) {
                authors.insert(item_of(key.value()), *partner);
            }
        }
        Ok(Keeping::of(view, |edit| authors.get(edit).copied()))
    }

    /// Returns what partners confirm of a record now.
    pub(crate) fn verifications(&self, record: &RecordId) -> Result<Vec<Verification>, Fault> {
        Ok(verifications(self.statements(record)?))
    }
}

/// What these statements confirm.
pub(crate) fn verifications(held: Vec<HeldStatement>) -> Vec<Verification> {
    let verified = held.into_iter().filter_map(|held| match held.statement {
        Some(Statement::Verified(verification)) => Some(verification),
        _ => None,
    });
    verified.collect()
}

impl Keeping {
    fn of(view: &RecordView, author: impl Fn(&ItemId) -> Option<PartnerId>) -> Self {
        let mut writers: BTreeMap<PartnerId, usize> = BTreeMap::new();
        for edit in view.fields().values().flat_map(written_by) {
            if let Some(partner) = author(&edit) {
                *writers.entry(partner).or_default() += 1;
            }
        }
        let most = writers.values().max().copied();
        let first: BTreeSet<PartnerId> = writers
            .iter()
            .filter(|(_, count)| Some(**count) == most)
            .map(|(partner, _)| *partner)
            .collect();
        let named = view.field("name").and_then(Field::winner);
        let named = named.and_then(|written| author(&written.edit));
        Self {
            keeper: named
                .filter(|partner| first.contains(partner))
                .or_else(|| first.first().copied()),
            writers,
        }
    }
}

/// The edits that wrote what a field reads: its winning value, and each term of its set.
fn written_by(field: &Field) -> impl Iterator<Item = ItemId> {
    let value = field.winner().map(|written| written.edit);
    let terms = field.terms.values().filter_map(|writers| writers.first());
    value.into_iter().chain(terms.map(|writer| writer.edit))
}

#[cfg(test)]
mod tests {
    use crdt_schema::edit::{Merged, Value, Writer, Written};

    use super::*;

    const A: PartnerId = PartnerId::from_bytes([1; 32]);
    const B: PartnerId = PartnerId::from_bytes([2; 32]);

    fn edit(author: u8, number: u8) -> ItemId {
        let mut bytes = [number; 16];
        bytes[0] = author;
        ItemId::from_bytes(bytes)
    }

    fn author(edit: &ItemId) -> Option<PartnerId> {
        match edit.as_bytes()[0] {
            1 => Some(A),
            2 => Some(B),
            _ => None,
        }
    }

    fn value(edit: ItemId) -> Field {
        Field {
            values: vec![Written {
                value: Value::Text("x".to_owned()),
                edit,
                number: 1,
            }],
            ..Field::default()
        }
    }

    fn view(fields: Vec<(&str, Field)>) -> RecordView {
        let fields = fields.into_iter();
        RecordView {
            record: RecordId::from_bytes([9; 16]),
            birth: None,
            heads: Vec::new(),
            merged: Merged {
                fields: fields
                    .map(|(name, field)| (name.to_owned(), field))
                    .collect(),
                ..Merged::default()
            },
        }
    }

    #[test]
    fn whoever_wrote_most_values_keeps_a_record_and_its_name_settles_a_tie() {
        let keeping = |fields| Keeping::of(&view(fields), author);
        assert_eq!(keeping(vec![]), Keeping::default());
        let tie = vec![("city", value(edit(1, 1))), ("name", value(edit(2, 2)))];
        assert_eq!(keeping(tie.clone()).keeper, Some(B));
        let unnamed = vec![("city", value(edit(1, 1))), ("url", value(edit(2, 2)))];
        assert_eq!(keeping(unnamed).keeper, Some(A));
        let more = [tie, vec![("url", value(edit(1, 3)))]].concat();
        let kept = keeping(more);
        assert_eq!(kept.keeper, Some(A));
        assert_eq!(kept.writers, BTreeMap::from([(A, 2), (B, 1)]));
    }

    #[test]
    fn each_term_counts_for_whoever_added_it_first_and_a_losing_value_does_not() {
        let writer = |author| Writer {
            edit: edit(author, 7),
            number: 1,
        };
        let terms = Field {
            terms: BTreeMap::from([
                ("culture".to_owned(), vec![writer(2), writer(1)]),
                ("sport".to_owned(), vec![writer(2)]),
            ]),
            ..Field::default()
        };
        let mut name = value(edit(1, 1));
        name.values.extend(value(edit(2, 2)).values);
        let kept = Keeping::of(&view(vec![("name", name), ("themes", terms)]), author);
        assert_eq!(kept.keeper, Some(B));
        assert_eq!(kept.writers, BTreeMap::from([(A, 1), (B, 2)]));
        // An author that nobody enrolled keeps nothing.
        let unknown = Keeping::of(&view(vec![("name", value(edit(3, 1)))]), author);
        assert_eq!(unknown, Keeping::default());
    }
}
