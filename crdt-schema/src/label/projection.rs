//! The projection of a record: exactly what a label is bound to.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::edit::{Field, History, ReplayError, Value, replay};
use crate::id::{ItemId, hash};

/// The fields that a scheme binds and that are not empty. A conflict is the set of its values, so that it does not matter who
/// wrote them nor which one wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Projection(BTreeMap<String, Bound>);

/// What one bound field holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Bound {
    /// The values, without their authors.
    pub values: BTreeSet<Value>,
    /// The terms of the set.
    pub terms: BTreeSet<String>,
    /// The long text.
    pub text: Option<String>,
}

impl Projection {
    /// Projects a record's fields on those that are bound. A record of which nothing is held has none.
    pub fn of(fields: &BTreeMap<String, Field>, bound: &[String]) -> Self {
        let bound: BTreeSet<&String> = bound.iter().collect();
        let projected = bound.into_iter().filter_map(|name| {
            let part = Bound::of(fields.get(name)?);
            (!part.is_empty()).then(|| (name.clone(), part))
        });
        Self(projected.collect())
    }

    /// Projects the record as it read at these heads: what the coordinators had before them when they decided.
    ///
    /// It differs from what was signed when an edit before these heads was erased, or lost its effect, since.
    pub fn at(
        mut history: History,
        heads: &[ItemId],
        bound: &[String],
    ) -> Result<Self, ReplayError> {
        history.keep_past_of(heads);
        Ok(Self::of(&replay(&history.replayed)?.fields, bound))
    }

    /// Reads the bytes of a projection.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode_exact(bytes)
    }

    /// Returns the hash that a label is named by.
    pub fn hash(&self) -> [u8; 32] {
        hash("projection", &[&self.to_cbor()])
    }

    /// Returns the bound fields that are not empty.
    pub fn fields(&self) -> &BTreeMap<String, Bound> {
        &self.0
    }

    /// Returns the fields that are not the same in both.
    pub fn differing(&self, other: &Self) -> BTreeSet<String> {
        let names = self.0.keys().chain(other.0.keys());
        names
            .filter(|name| self.0.get(*name) != other.0.get(*name))
            .cloned()
            .collect()
    }

    /// Returns the texts that a field holds as values, sorted.
    pub fn texts(&self, field: &str) -> impl Iterator<Item = &str> {
        let values = self
            .0
            .get(field)
            .into_iter()
            .flat_map(|bound| &bound.values);
        values.filter_map(|value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }
}

impl Bound {
    fn of(field: &Field) -> Self {
        Self {
            values: field
                .values
                .iter()
                .map(|written| written.value.clone())
                .collect(),
            terms: field.terms.keys().cloned().collect(),
            text: field.text.clone().filter(|text| !text.is_empty()),
        }
    }

    fn is_empty(&self) -> bool {
        self.values.is_empty() && self.terms.is_empty() && self.text.is_none()
    }
}

impl Wire for Projection {
    fn encode(&self, to: &mut Writer) {
        to.array(self.0.len());
        for (name, bound) in &self.0 {
            to.array(2).text(name).value(bound);
        }
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        let mut fields = BTreeMap::new();
        for _ in 0..cbor::array(from)? {
            cbor::array_of(from, 2)?;
            // A name that comes twice is lost here, and so refused by `decode_exact`.
            fields.insert(cbor::text(from)?, Bound::decode(from)?);
        }
        Ok(Self(fields))
    }
}

impl Wire for Bound {
    fn encode(&self, to: &mut Writer) {
        to.array(3).array(self.values.len());
        for value in &self.values {
            to.value(value);
        }
        to.array(self.terms.len());
        for term in &self.terms {
            to.text(term);
        }
        match &self.text {
            Some(text) => to.text(text),
            None => to.null(),
        };
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 3)?;
        let values: Vec<Value> = cbor::list(from)?;
        let mut terms = BTreeSet::new();
        for _ in 0..cbor::array(from)? {
            terms.insert(cbor::text(from)?);
        }
        let bound = Self {
            values: values.into_iter().collect(),
            terms,
            text: cbor::optional(from, cbor::text)?,
        };
        if bound.is_empty() || bound.text.as_deref() == Some("") {
            return Err(CborError::NotDeterministic);
        }
        Ok(bound)
    }
}
