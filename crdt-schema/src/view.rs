//! A record as it reads: kind, home territory, heads, and every field with all its concurrent values.

use std::collections::BTreeMap;

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::edit::{Field, History, Merged, ReplayError, State, Value, heads, replay};
use crate::id::{ItemId, RecordId, hash};
use crate::register::Point;

/// A record as it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordView {
    /// The record.
    pub record: RecordId,
    /// Kind and home territory, once a creation is held.
    pub birth: Option<(String, String)>,
    /// The base for the next edit.
    pub heads: Vec<ItemId>,
    /// The fields that are not empty, with all their concurrent values.
    pub merged: Merged,
}

impl RecordView {
    /// Replays the history of a record. `None` when no edit is held with its whole past.
    pub fn of(record: RecordId, history: &History) -> Result<Option<Self>, ReplayError> {
        if history.replayed.is_empty() {
            return Ok(None);
        }
        let counts =
            |id: &ItemId| matches!(history.states.get(id), Some(State::Live | State::Erased));
        let birth = history
            .birth
            .as_ref()
            .map(|birth| (birth.kind.clone(), birth.territory.clone()));
        let mut merged = replay(&history.replayed)?;
        merged.numbers.clear();
        Ok(Some(Self {
            record,
            birth,
            heads: heads(&history.replayed, counts)?,
            merged,
        }))
    }

    /// Returns the kind, or the empty text while no creation is held.
    pub fn kind(&self) -> &str {
        self.birth.as_ref().map_or("", |(kind, _)| kind)
    }

    /// Returns a field that is not empty.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.merged.fields.get(name)
    }

    /// Returns the position that the record reads.
    pub fn point(&self) -> Option<Point> {
        match self.field("point")?.winner()?.value {
            Value::Point {
                latitude_e7,
                longitude_e7,
            } => Some(Point {
                lat_e7: latitude_e7,
                lon_e7: longitude_e7,
            }),
            _ => None,
        }
    }

    /// Returns the fields that are not empty.
    pub fn fields(&self) -> &BTreeMap<String, Field> {
        &self.merged.fields
    }

    /// Returns the hash of what the record says, whoever wrote it, when, and in how many edits: what was changed and changed back says
    /// what it said.
    pub fn said_digest(&self) -> [u8; 32] {
        let mut said = self.merged.clone();
        for field in said.fields.values_mut() {
            for written in &mut field.values {
                written.edit = ItemId::from_bytes([0; ItemId::BYTES]);
                written.number = 0;
            }
            field.values.sort_by_key(Wire::to_cbor);
            field.values.dedup();
            field.terms.values_mut().for_each(Vec::clear);
        }
        let (kind, territory) = self.birth.clone().unwrap_or_default();
        let parts = [kind.as_bytes(), b"\0", territory.as_bytes(), b"\0"];
        let birth = parts.concat();
        hash(
            "record-said",
            &[self.record.as_bytes(), &birth, &said.to_cbor()],
        )
    }
}

impl Wire for RecordView {
    fn encode(&self, to: &mut Writer) {
        to.array(4).bytes(self.record.as_bytes());
        match &self.birth {
            None => to.null(),
            Some((kind, territory)) => to.array(2).text(kind).text(territory),
        };
        to.array(self.heads.len());
        for head in &self.heads {
            to.bytes(head.as_bytes());
        }
        to.value(&self.merged);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 4)?;
        let record = RecordId::from_bytes(cbor::fixed_bytes(from)?);
        let birth = cbor::optional(from, |from| {
            cbor::array_of(from, 2)?;
            Ok((cbor::text(from)?, cbor::text(from)?))
        })?;
        let len = cbor::array(from)?;
        let mut heads = Vec::new();
        for _ in 0..len {
            heads.push(ItemId::from_bytes(cbor::fixed_bytes(from)?));
        }
        Ok(Self {
            record,
            birth,
            heads,
            merged: Merged::decode(from)?,
        })
    }
}
