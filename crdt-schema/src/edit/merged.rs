//! What a history becomes: the fields of the record, with every concurrent value and who wrote it. The bytes are canonical: two nodes
//! that hold the same edits write the same ones, whatever the order in which they came.

use std::collections::BTreeMap;

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer as CborWriter};
use crate::edit::Value;
use crate::id::{ItemId, hash};

/// The record as its edits make it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    /// The fields that have something in them.
    pub fields: BTreeMap<String, Field>,
    /// For each edit that wrote something, its first number and how many it took. This is how the result came about and not part of
    /// it: it is neither in the bytes nor in the digest, and what is decoded has none.
    pub numbers: BTreeMap<ItemId, (u64, u64)>,
}

/// What one field holds. Its three parts do not touch each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    /// The concurrent values, the winner first.
    pub values: Vec<Written>,
    /// The terms of the set, each with all who added it, the winner first.
    pub terms: BTreeMap<String, Vec<Writer>>,
    /// The long text, when it has a character.
    pub text: Option<String>,
}

/// A value and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The value.
    pub value: Value,
    /// The edit that wrote it.
    pub edit: ItemId,
    /// The number of the operation. The highest (number, edit) wins.
    pub number: u64,
}

/// Who added a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer {
    /// The edit that added it.
    pub edit: ItemId,
    /// The number of the operation.
    pub number: u64,
}

impl Merged {
    /// Returns the hash of the fields, by which two nodes see that they show the same record.
    pub fn digest(&self) -> [u8; 32] {
        hash("record-fields", &[&self.to_cbor()])
    }
}

impl Field {
    /// Tells whether a person has something to settle: several values, or contents of several kinds (value, terms, text).
    pub fn is_conflict(&self) -> bool {
        let kinds = [
            !self.values.is_empty(),
            !self.terms.is_empty(),
            self.text.is_some(),
        ];
        self.values.len() > 1 || kinds.into_iter().filter(|is_there| *is_there).count() > 1
    }

    /// Tells whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.terms.is_empty() && self.text.is_none()
    }

    /// Returns the value that wins.
    pub fn winner(&self) -> Option<&Written> {
        self.values.first()
    }
}

impl Wire for Merged {
    fn encode(&self, to: &mut CborWriter) {
        to.array(self.fields.len());
        for (name, field) in &self.fields {
            to.array(2).text(name).value(field);
        }
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        let fields = sorted_pairs(from, Field::decode)?;
        if fields.values().any(Field::is_empty) {
            return Err(CborError::NotDeterministic);
        }
        Ok(Self {
            fields,
            numbers: BTreeMap::new(),
        })
    }
}

impl Wire for Field {
    fn encode(&self, to: &mut CborWriter) {
        to.array(3).list(&self.values).array(self.terms.len());
        for (term, writers) in &self.terms {
            to.array(2).text(term).list(writers);
        }
        match &self.text {
            Some(text) => to.text(text),
            None => to.null(),
        };
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 3)?;
        Ok(Self {
            values: cbor::list(from)?,
            terms: sorted_pairs(from, cbor::list)?,
            text: cbor::optional(from, cbor::text)?,
        })
    }
}

impl Wire for Written {
    fn encode(&self, to: &mut CborWriter) {
        to.array(3).value(&self.value);
        to.bytes(self.edit.as_bytes()).unsigned(self.number);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 3)?;
        Ok(Self {
            value: Value::decode(from)?,
            edit: ItemId::from_bytes(cbor::fixed_bytes(from)?),
            number: from.u64()?,
        })
    }
}

impl Wire for Writer {
    fn encode(&self, to: &mut CborWriter) {
        to.array(2).bytes(self.edit.as_bytes());
        to.unsigned(self.number);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 2)?;
        Ok(Self {
            edit: ItemId::from_bytes(cbor::fixed_bytes(from)?),
            number: from.u64()?,
        })
    }
}

/// Reads a list of (name, content), whose names must rise.
fn sorted_pairs<'b, T>(
    from: &mut Decoder<'b>,
    read: impl Fn(&mut Decoder<'b>) -> Result<T, CborError>,
) -> Result<BTreeMap<String, T>, CborError> {
    let len = cbor::array(from)?;
    let mut pairs: BTreeMap<String, T> = BTreeMap::new();
    for _ in 0..len {
        cbor::array_of(from, 2)?;
        let name = cbor::text(from)?;
        if pairs
            .last_key_value()
            .is_some_and(|(last, _)| *last >= name)
        {
            return Err(CborError::NotDeterministic);
        }
        pairs.insert(name, read(from)?);
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: Value, edit: u8, number: u64) -> Written {
        Written {
            value,
            edit: ItemId::from_bytes([edit; 16]),
            number,
        }
    }

    fn writer(edit: u8, number: u64) -> Writer {
        Writer {
            edit: ItemId::from_bytes([edit; 16]),
            number,
        }
    }

    fn example() -> Merged {
        let name = Field {
            values: vec![
                written(Value::Text("Les Amarres".into()), 2, 4),
                written(Value::decimal(-150, 2), 1, u64::MAX),
            ],
            ..Field::default()
        };
        let themes = Field {
            terms: BTreeMap::from([
                ("atelier".to_owned(), vec![writer(2, 5), writer(1, 5)]),
                ("numérique".to_owned(), vec![writer(1, 6)]),
            ]),
            text: Some("Ouvert à tous.".into()),
            ..Field::default()
        };
        Merged {
            fields: BTreeMap::from([("name".into(), name), ("themes".into(), themes)]),
            numbers: BTreeMap::new(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for merged in [Merged::default(), example()] {
            assert_eq!(cbor::decode_exact::<Merged>(&merged.to_cbor()), Ok(merged));
        }
    }

    #[test]
    fn the_digest_depends_on_every_part_but_not_on_the_numbers_of_edits() {
        let digest = example().digest();
        let changes: [fn(&mut Merged); 6] = [
            |merged| merged.fields.retain(|name, _| name == "name"),
            |merged| field(merged, "name").values.reverse(),
            |merged| field(merged, "name").values[1].number -= 1,
            |merged| field(merged, "themes").text = None,
            |merged| {
                field(merged, "themes").terms.remove("atelier");
            },
            |merged| field(merged, "name").values[0].edit = ItemId::from_bytes([3; 16]),
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut changed = example();
            change(&mut changed);
            assert_ne!(changed.digest(), digest, "{index}");
        }
        let mut numbered = example();
        numbered.numbers.insert(ItemId::from_bytes([1; 16]), (1, 1));
        assert_eq!(numbered.digest(), digest);
    }

    fn field<'a>(merged: &'a mut Merged, name: &str) -> &'a mut Field {
        merged.fields.get_mut(name).expect("the example has it")
    }

    #[test]
    fn bytes_that_are_cut_unsorted_or_hold_an_empty_field_are_refused() {
        let bytes = example().to_cbor();
        for len in 0..bytes.len() {
            assert!(
                cbor::decode_exact::<Merged>(&bytes[..len]).is_err(),
                "{len}"
            );
        }
        let pairs = |names: &[&str], field: &Field| {
            let mut writer = CborWriter::default();
            writer.array(names.len());
            for name in names {
                writer.array(2).text(name).value(field);
            }
            cbor::decode_exact::<Merged>(&writer.into_bytes())
        };
        let full = Field {
            text: Some("a".into()),
            ..Field::default()
        };
        assert!(pairs(&["a", "b"], &full).is_ok());
        assert_eq!(pairs(&["b", "a"], &full), Err(CborError::NotDeterministic));
        assert_eq!(pairs(&["a", "a"], &full), Err(CborError::NotDeterministic));
        assert_eq!(
            pairs(&["a"], &Field::default()),
            Err(CborError::NotDeterministic)
        );
    }

    #[test]
    fn two_values_or_two_kinds_of_content_are_a_conflict() {
        let value = Field {
            values: vec![written(Value::Boolean(true), 1, 1)],
            ..Field::default()
        };
        let mut two_values = value.clone();
        two_values.values.push(written(Value::Boolean(true), 2, 1));
        let mut value_and_text = value.clone();
        value_and_text.text = Some("a".into());
        let terms = Field {
            terms: BTreeMap::from([("a".to_owned(), vec![writer(1, 1), writer(2, 1)])]),
            ..Field::default()
        };
        assert!(!value.is_conflict());
        assert!(!terms.is_conflict());
        assert!(!Field::default().is_conflict());
        assert!(two_values.is_conflict());
        assert!(value_and_text.is_conflict());
    }
}
